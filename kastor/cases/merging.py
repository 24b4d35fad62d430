"""Two people changed the same version: what of one's changes fits on the other's draft, and where both say otherwise.

Every change names one place. Where the other draft says at that place what the common version said, the change fits;
where it says what the change wants, there is nothing left to do; else both texts are shown and a person chooses.
Columns are found by what they ask, so that a column more or less moves no text into another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from kastor.cases import dmn
from kastor.cases.changes import (
    AddColumn,
    AddQuestion,
    AddRule,
    Cell,
    Change,
    Choices,
    DeadlineWithin,
    File,
    LetterText,
    MoveQuestion,
    MoveRule,
    Notes,
    PlainColumn,
    Question,
    RemoveColumn,
    RemoveQuestion,
    RemoveRule,
    Required,
    Sentences,
)
from kastor.cases.deciding import REASON
from kastor.cases.procedure import Procedure, tables

NOWHERE = 200
"""A column no table has."""

HERE = "+"
"""What is said of a question, a rule or a column that is there, where nothing else counts."""


@dataclass(frozen=True)
class Conflict:
    """
    A place where two people say different things.

    Parameters
    ----------
    change
        What one of them wants, for the draft of the other.
    before, theirs, mine
        What the common version, the other draft and the change say; None where it is not there.
    """

    change: Change
    before: str | None
    theirs: str | None
    mine: str | None


@dataclass(frozen=True)
class Merged:
    """
    Changes, for the draft of somebody else.

    Parameters
    ----------
    fits
        Those that can be made in it as they are; what it says already is left out.
    conflicts
        Those a person has to choose about.
    """

    fits: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]


def merged(base: Procedure, theirs: Procedure, changes: Sequence[Change]) -> Merged:
    """
    Bring changes to a version onto the draft somebody else made of it.

    Parameters
    ----------
    base, theirs
        What both began with, and what the other one kept.
    changes
        To ``base``.
    """
    fits: list[Change] = []
    conflicts: list[Conflict] = []
    # columns as they stand when each change is made, in one's own draft and in the other one
    own, other = _columns(base), _columns(theirs)
    for change in changes:
        head = _head(own, change)
        moved = _at(other, change, head)
        before, there = (said(one, _at(_columns(one), change, head)) for one in (base, theirs))
        mine = _wanted(change)
        _shift(own, change)
        if before == there:
            fits.append(moved)
            _shift(other, change)
        elif there != mine:
            conflicts.append(Conflict(moved, before, there, mine))
    return Merged(tuple(fits), tuple(conflicts))


def said(procedure: Procedure, change: Change) -> str | None:
    """What a procedure says at the place of a change; None where there is nothing."""
    match change:
        case LetterText():
            text = procedure.letters.get((change.language, change.name))
            return None if text is None else text.rstrip()
        case DeadlineWithin():
            return next((one.within for one in procedure.about.deadlines if one.id == change.id), None)
        case Notes():
            return "\n".join(procedure.about.notes)
        case Sentences():
            return "\n".join(procedure.about.sentences)
        case File():
            return procedure.files[change.name].decode()
        case Question() | Choices() | Required() | MoveQuestion() | AddQuestion() | RemoveQuestion():
            return _said_of_question(procedure, change)
        case Cell() | AddRule() | RemoveRule() | MoveRule() | AddColumn() | RemoveColumn() | PlainColumn():
            table = dict(tables(procedure)).get(change.table)
            return None if table is None else _said_of_table(table, change)
        case _:
            return None


def _said_of_question(
    procedure: Procedure, change: Question | Choices | Required | MoveQuestion | AddQuestion | RemoveQuestion
) -> str | None:
    slot = procedure.form.slots.get(change.slot)
    if slot is None:
        return None
    match change:
        case Question():
            words = {"question": slot.question, "help": slot.help, "title": slot.title}[change.part]
            return words.get(change.language, "")
        case Choices():
            return _listed({one.id: dict(one.names) for one in slot.choices})
        case Required():
            return str(slot.required)
        case MoveQuestion():
            return HERE
        case _:
            return orjson.dumps(procedure.form.schema["properties"][change.slot]).decode()


def _said_of_table(table: dmn.DecisionTable, change: Change) -> str | None:
    if isinstance(change, PlainColumn):
        return HERE if REASON["leicht"] in table.annotations else None
    if isinstance(change, AddColumn | RemoveColumn):
        return HERE if any(one.expression == change.expression for one in table.inputs) else None
    rule = next((one for one in table.rules if one.id == getattr(change, "rule", "")), None)
    if rule is None:
        return None
    cells = (*rule.inputs, *rule.outputs, *rule.annotations, *[""] * (len(table.annotations) - len(rule.annotations)))
    if isinstance(change, Cell):
        return cells[change.column] if change.column < len(cells) else None
    return HERE if isinstance(change, MoveRule) else " | ".join(cells)


def _wanted(change: Change) -> str | None:
    """What stands at the place of a change when it is made."""
    match change:
        case Cell() | LetterText() | Question() | File():
            return change.text.strip() if isinstance(change, Cell | Question) else change.text.rstrip()
        case DeadlineWithin():
            return change.within
        case Notes():
            return "\n".join(change.notes)
        case Sentences():
            return "\n".join(change.sentences)
        case Choices():
            return _listed({one.id: {str(key): text for key, text in one.names.items()} for one in change.choices})
        case Required():
            return str(change.required)
        case AddColumn() | PlainColumn() | MoveRule() | MoveQuestion():
            return HERE
        case AddQuestion():
            return change.title.get("de", "")
        case _:
            return None


def _listed(choices: dict[str, dict[str, str]]) -> str:
    return "\n".join(f"{one}: {names.get('de', '')} / {names.get('en', '')}" for one, names in choices.items())


Columns = dict[str, list[str]]
"""What each column of each table asks, says or notes."""


def _columns(procedure: Procedure) -> Columns:
    return {named: _heads(table) for named, table in tables(procedure)}


def _head(columns: Columns, change: Change) -> str:
    """The column a change of a cell is about; empty for every other change."""
    heads = columns.get(change.table, []) if isinstance(change, Cell) else []
    return heads[change.column] if isinstance(change, Cell) and change.column < len(heads) else ""


def _at(columns: Columns, change: Change, head: str) -> Change:
    """A change of a cell where its column stands now; one whose column is not there lies behind them all."""
    if not isinstance(change, Cell):
        return change
    heads = columns.get(change.table, [])
    return change.model_copy(update={"column": heads.index(head) if head in heads else NOWHERE})


def _shift(columns: Columns, change: Change) -> None:
    """Make the columns of a table those after a change."""
    if not isinstance(change, AddColumn | RemoveColumn | PlainColumn) or change.table not in columns:
        return
    heads = columns[change.table]
    new = f"note {REASON['leicht']}" if isinstance(change, PlainColumn) else f"when {change.expression}"
    if isinstance(change, RemoveColumn):
        columns[change.table] = [one for one in heads if one != new]
    elif new not in heads:
        at = len(heads) if isinstance(change, PlainColumn) else sum(one.startswith("when ") for one in heads)
        heads.insert(at, new)


def _heads(table: dmn.DecisionTable) -> list[str]:
    return [
        *(f"when {one.expression}" for one in table.inputs), *(f"then {one.name}" for one in table.outputs),
        *(f"note {one}" for one in table.annotations),
    ]  # fmt: skip
