"""Steps of a procedure as BPMN 2.0: files read and written losslessly, and a profile that is carried out.

:func:`read` and :func:`write` keep everything; :func:`unsupported` names what the profile does not execute;
:func:`executable` gives the :class:`Process`, which ``advance`` carries out as pure functions on plain JSON.
"""

from __future__ import annotations

from kastor.cases.steps.advance import Advance, Work, begin, completed, failed, moved_to, rang, signalled, waiting
from kastor.cases.steps.document import Document, Element, StepsError, elements, read, write
from kastor.cases.steps.process import Node, Process, Unsupported, executable, unsupported

__all__ = [
    "Advance", "Document", "Element", "Node", "Process", "StepsError", "Unsupported", "Work", "begin", "completed",
    "elements", "executable", "failed", "moved_to", "rang", "read", "signalled", "unsupported", "waiting", "write",
]  # fmt: skip
