"""What the dialogue needs of a procedure: its questions, and which of them can still change the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kastor.cases import deciding
from kastor.cases.dialogue import Guide, questions
from kastor.cases.procedure import Procedure

MOST_KEPT = 200
"""Guides kept ready; a town has a handful of procedures in a few versions."""

URGENCY = "dringlichkeit"
"""The decision of a procedure that says how urgent a case is, where it has one; the engine reads the class from it."""

_GUIDES: dict[tuple[str, str], Guide] = {}


def guide(procedure: Procedure) -> Guide:
    """The guide of a version of a procedure, made once."""
    key = (procedure.id, procedure.version)
    found = _GUIDES.get(key)
    if found is None:
        if len(_GUIDES) >= MOST_KEPT:
            _GUIDES.clear()
        still, settled_ = partial(still_open, procedure), partial(settled, procedure)
        found = _GUIDES[key] = Guide(procedure.id, procedure.about.names, questions(procedure.form), still, settled_)
    return found


def still_open(procedure: Procedure, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """
    Slots whose value can still change the outcome or how urgent it is, those that matter first.

    Parameters
    ----------
    facts
        Values by slot as JSON; None was asked and is not known.
    """
    decisions = [procedure.about.decision, *procedure.about.asks]
    decisions += [one.name for one in procedure.rules.decisions if one.name == URGENCY and one.name not in decisions]
    return deciding.still_open(procedure, facts, decisions)


def settled(procedure: Procedure, facts: Mapping[str, Any]) -> bool:
    """Whether the outcome is certain whatever else is said."""
    return not deciding.still_open(procedure, facts, (procedure.about.decision,))
