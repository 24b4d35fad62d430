"""What the rules of a procedure say about facts, why, and which questions are still worth asking.

The rules decide nothing by themselves: an outcome against the requester, or one the procedure leaves to people, needs
a person (:mod:`kastor.cases.gate`). Facts are plain values by slot. A slot that is missing is not known yet; None
means the requester does not know it, or nobody could be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kastor.cases import dmn
from kastor.cases.forms import Words
from kastor.cases.procedure import Procedure

MOST_KEPT = 5000
"""Answers of :func:`open_slots` that are kept: most conversations begin alike, and finding them takes a while."""

_OPEN: dict[tuple[str, bytes], tuple[str, ...]] = {}

REASON = {"de": "Begründung", "en": "Reason", "leicht": "Leichte Sprache"}
"""Columns with the reasons of rules, by language; that in Leichte Sprache may be missing."""


@dataclass(frozen=True)
class Hit:
    """
    A rule that made an outcome.

    Parameters
    ----------
    decision, rule
        Name of the decision and id of the rule.
    words
        Its reason in German, English and, where it has one, Leichte Sprache.
    table
        SHA-256 of the table, hexadecimal.
    """

    decision: str
    rule: str
    words: Words
    table: str


@dataclass(frozen=True)
class Decided:
    """
    What the rules say.

    Parameters
    ----------
    outcome
        Id of an outcome of the procedure; empty while facts are missing that it depends on.
    recommendation
        Id of the outcome recommended to a person, or ``pruefen``; empty when there is none.
    values
        What each decision says, by its name.
    hits
        Rules that made the outcome, that of the main table first, then those it rests on.
    table
        SHA-256 of the main table, hexadecimal.
    """

    outcome: str
    recommendation: str
    values: Mapping[str, Any]
    hits: tuple[Hit, ...]
    table: str

    def reasons(self, language: str) -> tuple[str, ...]:
        """
        Why, in whole sentences, each said once.

        Parameters
        ----------
        language
            ``de``, ``en`` or ``leicht`` (a reason without words in it is told in German).
        """
        told = (hit.words.get(language) or hit.words["en" if language == "en" else "de"] for hit in self.hits)
        return tuple(dict.fromkeys(one for one in told if one))


def inputs(procedure: Procedure, facts: Mapping[str, Any]) -> dict[str, Any]:
    """
    What the rules read: facts, values of the tables, and None for what nobody can be asked.

    Parameters
    ----------
    facts
        Values by slot, those of the twin and the ERP looked up already.
    """
    given = {name: value for name, value in facts.items() if value is not dmn.UNKNOWN}
    silent = {name: None for name, slot in procedure.form.slots.items() if not slot.ask}
    return {**silent, **given, **procedure.looked_up(given)}


def decide(procedure: Procedure, facts: Mapping[str, Any]) -> Decided:
    """
    What the rules say about some facts.

    Parameters
    ----------
    facts
        Values by slot; those that are missing are not known.

    Raises
    ------
    kastor.cases.dmn.LimitError
        When a table computes too long.
    """
    about, known = procedure.about, inputs(procedure, facts)
    main = dmn.evaluate(procedure.rules, about.decision, known, missing=dmn.UNKNOWN)
    if main.value is dmn.UNKNOWN and not dmn.open_inputs(procedure.rules, about.decision, known):
        # whatever is missing cannot change the outcome any more
        main = dmn.evaluate(procedure.rules, about.decision, known)
    values = {trace.decision: trace.value for trace in main.traces}
    for decision in procedure.rules.decisions:
        if decision.name not in values:
            found = dmn.evaluate(procedure.rules, decision.name, known, missing=dmn.UNKNOWN)
            values |= {trace.decision: trace.value for trace in found.traces}
    outcome = main.value if isinstance(main.value, str) else ""
    wanted = values.get(about.recommendation, "")
    return Decided(
        outcome=outcome if outcome in procedure.outcomes else "",
        recommendation=wanted if isinstance(wanted, str) else "",
        values={name: plain(value) for name, value in values.items()},
        hits=tuple(_hits(procedure, main.traces)) if outcome else (),
        table=next((trace.hash for trace in main.traces if trace.decision == about.decision), ""),
    )


def open_slots(procedure: Procedure, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """
    Slots that are worth asking: their answer can still change the outcome, or the work cannot be done without it.

    Returns
    -------
    In the order of the columns of the rules, then who asks, then what the twin might know, then required ones.
    """
    slots = procedure.form.slots
    found = still_open(procedure, facts, (procedure.about.decision, *procedure.about.asks))
    needed = [name for name, slot in slots.items() if slot.required and slot.ask and name not in facts]
    return tuple(dict.fromkeys([*(name for name in found if slots[name].ask), *needed]))


def still_open(procedure: Procedure, facts: Mapping[str, Any], decisions: Sequence[str]) -> tuple[str, ...]:
    """
    Slots whose value can still change what some decisions say.

    What the ERP knows of a contract is open as long as it is not known who asks: then the slots that say so stand in
    its place.
    """
    slots = procedure.form.slots
    who = [name for name, slot in slots.items() if slot.identity and name not in facts]
    known = inputs(procedure, facts)
    if who:
        known = {name: value for name, value in known.items() if name in facts or not _of_contract(procedure, name)}
    key = procedure.version, orjson.dumps([decisions, known], option=orjson.OPT_SORT_KEYS, default=str)
    if key not in _OPEN:
        if len(_OPEN) >= MOST_KEPT:
            _OPEN.clear()
        names = [name for one in decisions for name in dmn.open_inputs(procedure.rules, one, known)]
        _OPEN[key] = tuple(dict.fromkeys(name for name in names if name in slots))
    found = [name for name in _OPEN[key] if not _of_contract(procedure, name)]
    if not who or len(found) == len(_OPEN[key]):
        return tuple(found)
    # the contract may also tell what else would be asked of who does not know it by heart
    own = [name for name in found if slots[name].source == "requester"]
    return (*own, *who, *(name for name in found if name not in own))


def _of_contract(procedure: Procedure, name: str) -> bool:
    slot = procedure.form.slots.get(name)
    return slot is not None and slot.source == "erp" and not slot.ask


def plain(value: Any) -> Any:
    """A value of FEEL as plain JSON; what is not known becomes None."""
    if value is dmn.UNKNOWN:
        return None
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bool | str) or value is None:
        return value
    number = float(value) if hasattr(value, "is_finite") else value
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _hits(procedure: Procedure, traces: Sequence[dmn.Trace]) -> Iterator[Hit]:
    """Rules that made the outcome, and those of decisions a condition of theirs reads."""
    told = {procedure.about.decision}
    for trace in reversed(traces):
        if trace.decision not in told:
            continue
        if trace.table is None:
            told |= set(_words(_text(procedure, trace.decision)))
            continue
        # several rules that say the same: the first that surely holds tells why
        sure = [at for at in range(len(trace.table.rules)) if trace.certain >> at & 1][:1]
        for at in trace.used or sure:
            rule = trace.table.rules[at]
            texts = dict(zip(trace.table.annotations, rule.annotations, strict=False))
            words = {tongue: texts.get(column, "") for tongue, column in REASON.items()}
            yield Hit(trace.decision, rule.id, words, trace.hash)
            for clause, cell in zip(trace.table.inputs, rule.inputs, strict=True):
                if cell.strip() not in ("", "-"):
                    told |= set(_words(clause.expression))


def _text(procedure: Procedure, decision: str) -> str:
    """The expression of a decision that is none by a table."""
    element = procedure.rules.named(decision)
    return str(getattr(getattr(element, "logic", None), "text", ""))


def _words(expression: str) -> Iterator[str]:
    return (one[0] for one in re.finditer(r"\w+", expression))
