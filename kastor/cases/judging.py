"""What follows from what the rules say: what may leave is decided, everything else is proposed to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kastor.cases.events import COLLEAGUE
from kastor.cases.gate import Terms, why_not_automatic
from kastor.cases.working import Working


def judge(
    working: Working, procedure: Terms, outcome: str, public: Mapping[str, Any], personal: Mapping[str, Any]
) -> str:
    """
    Take in what the rules say.

    An outcome neither for nor against who asks (a question, a receipt, handing on) is an interim one: the case goes on.

    Returns
    -------
    str
        The outcome that holds now; empty when a person has to decide.
    """
    said = {**public, "outcome": outcome}
    working.add("evaluated", COLLEAGUE, said, personal)
    why = why_not_automatic(working.state, procedure, outcome)
    reasons = {"reasons": personal.get("reasons", [])}
    if not why:
        interim = procedure.outcomes[outcome].favourable is None
        decided = {**said, "automatic": True, "interim": interim, "version": procedure.version}
        working.add("decided", COLLEAGUE, decided, reasons)
        return outcome
    working.add("proposed", COLLEAGUE, {**said, "why": why}, reasons)
    working.hand_over(working.state["wanted"] or why)
    return ""
