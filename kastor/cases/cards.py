"""A procedure as staff read it: questions, rules in words, letters, deadlines, law, and what differs between versions.

Conditions of rules are FEEL; where a cell is simple it is told in words ("mindestens 2", "Hund oder Katze"), else as it
is written. Nothing here decides or changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kastor.cases import dmn
from kastor.cases.authoring import tables
from kastor.cases.deciding import REASON
from kastor.cases.forms import Slot
from kastor.cases.procedure import Procedure

ANY = ("", "-")
"""Cells that ask nothing."""

_TEXT = re.compile(r'^"([^"]*)"$')
_COMPARED = re.compile(r"^(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)$")
_BETWEEN = re.compile(r"^\[\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*\]$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_PARTS = re.compile(r'(?:"[^"]*"|[^,"])+')

_WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "<=": "höchstens {}", ">=": "mindestens {}", "<": "weniger als {}", ">": "mehr als {}", "between": "{} bis {}",
        "true": "ja", "false": "nein", "null": "nicht bekannt", "or": "oder", "not": "nicht {}",
    },
    "en": {
        "<=": "at most {}", ">=": "at least {}", "<": "less than {}", ">": "more than {}", "between": "{} to {}",
        "true": "yes", "false": "no", "null": "not known", "or": "or", "not": "not {}",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Changed:
    """
    One place where two versions differ.

    Parameters
    ----------
    file, place
        Where: for a table the decision and the rule, else what it is called.
    column
        Of a table; empty for a whole rule and for everything else.
    before, after
        Both texts; empty where there was or is nothing.
    """

    file: str
    place: str
    column: str
    before: str
    after: str


def in_words(cell: str, slot: Slot | None, language: str) -> str:
    """
    A condition as people read it; as it is written where it is not simple.

    Parameters
    ----------
    cell
        What stands in the cell.
    slot
        The question the column reads; None when it reads something else.
    language
        ``de`` or ``en``.

    Examples
    --------
    >>> in_words(">= 2", None, "de"), in_words('"a", null', None, "en"), in_words("date(x)", None, "de")
    ('mindestens 2', 'a or not known', 'date(x)')
    """
    words, cell = _WORDS["en" if language == "en" else "de"], cell.strip()
    if cell.startswith("not(") and cell.endswith(")"):
        inside = in_words(cell[4:-1], slot, language)
        return cell if inside == cell[4:-1] else words["not"].format(inside)
    told = [_part(one.strip(), slot, language, words) for one in _PARTS.findall(cell)]
    if not told or None in told:
        return cell
    return f" {words['or']} ".join(one for one in told if one is not None)


def _part(cell: str, slot: Slot | None, language: str, words: Mapping[str, str]) -> str | None:
    """One alternative of a cell; None when it is not simple."""
    if cell in ("true", "false", "null"):
        return words[cell]
    text = _TEXT.match(cell)
    if text:
        return slot.in_words(text[1], language) if slot else text[1]
    number, compared, between = _NUMBER.match(cell), _COMPARED.match(cell), _BETWEEN.match(cell)
    unit = f" {slot.unit}" if slot and slot.unit else ""
    if number:
        return _local(cell, language) + unit
    if compared:
        return words[compared[1]].format(_local(compared[2], language)) + unit
    if between:
        return words["between"].format(_local(between[1], language), _local(between[2], language)) + unit
    return None


def _local(number: str, language: str) -> str:
    return number if language == "en" else number.replace(".", ",")


def card(procedure: Procedure, language: str) -> dict[str, Any]:
    """
    Everything staff read of a procedure, as plain JSON.

    Parameters
    ----------
    language
        ``de`` or ``en``, of the conditions in words and of what has one name only.
    """
    about = procedure.about
    return {
        "id": procedure.id, "version": procedure.version, "names": about.names, "purpose": about.purpose,
        "law": about.law, "autonomy": about.autonomy, "four_eyes": about.four_eyes, "decision": about.decision,
        "basis": [{"text": one.text, "source": one.source} for one in about.basis],
        "retention": {"days": about.retention.days, "reason": about.retention.reason},
        "outcomes": [one.model_dump() for one in about.outcomes],
        "deadlines": [one.model_dump() for one in about.deadlines],
        "notes": list(about.notes),
        "questions": [_question(one) for one in procedure.form.slots.values()],
        "tables": [_table(procedure, named, table, language) for named, table in tables(procedure)],
        "letters": [
            {"name": name, "language": spoken, "text": text}
            for (spoken, name), text in sorted(procedure.letters.items())
        ],
        "files": {name: procedure.files[name].decode() for name in ("rules.dmn", "steps.bpmn")},
    }  # fmt: skip


def _question(slot: Slot) -> dict[str, Any]:
    return {
        "slot": slot.id, "kind": slot.kind, "unit": slot.unit, "source": slot.source, "asked": slot.ask,
        "required": slot.required, "personal": slot.personal, "title": slot.title, "question": slot.question,
        "choices": [{"id": one.id, "names": one.names} for one in slot.choices],
    }  # fmt: skip


def _table(procedure: Procedure, named: str, table: dmn.DecisionTable, language: str) -> dict[str, Any]:
    decision = procedure.rules.named(named)
    slots = [procedure.form.slots.get(one.expression) for one in table.inputs]
    return {
        "name": named, "question": decision.question if isinstance(decision, dmn.Decision) else "",
        "hit_policy": table.hit_policy, "hash": table.hash,
        "columns": [
            *({"kind": "condition", "label": one.label or one.expression, "expression": one.expression}
              for one in table.inputs),
            *({"kind": "result", "label": _head(table, one) or named, "expression": one.name}
              for one in table.outputs),
            *({"kind": "note", "label": one, "expression": ""} for one in table.annotations),
        ],
        "rules": [
            {
                "id": rule.id,
                "cells": [*rule.inputs, *rule.outputs, *rule.annotations,
                          *[""] * (len(table.annotations) - len(rule.annotations))],
                "words": [
                    *("" if cell.strip() in ANY else in_words(cell, slot, language)
                      for cell, slot in zip(rule.inputs, slots, strict=True)),
                    *(_result(procedure, cell, language) for cell in rule.outputs),
                ],
                "reason": dict(zip(table.annotations, rule.annotations, strict=False)).get(
                    REASON["en" if language == "en" else "de"], ""),
            }
            for rule in table.rules
        ],
    }  # fmt: skip


def _head(table: dmn.DecisionTable, column: dmn.OutputClause) -> str:
    """What a column of results is called; where there is one only, it is what the whole table is called."""
    whole = table.output_label if len(table.outputs) == 1 else ""
    return whole or column.label or column.name


def _result(procedure: Procedure, cell: str, language: str) -> str:
    """A result in words: the name of an outcome where it is one."""
    text = _TEXT.match(cell.strip())
    outcome = procedure.outcomes.get(text[1]) if text else None
    if outcome is not None:
        return outcome.names.get(language, outcome.names["de"])
    return in_words(cell, None, language)


def changed(before: Procedure, after: Procedure) -> Iterator[Changed]:
    """Where two versions of a procedure differ: rules cell by cell, texts by their name, other files as a whole."""
    old, new = dict(tables(before)), dict(tables(after))
    for named in dict.fromkeys([*old, *new]):
        if named in old and named in new and old[named].inputs == new[named].inputs:
            yield from _rules_changed(named, old[named], new[named])
        elif old.get(named) != new.get(named):
            yield Changed("rules.dmn", named, "", "" if named not in old else named, "" if named not in new else named)
    for key in sorted({*before.letters, *after.letters}):
        pair = before.letters.get(key, ""), after.letters.get(key, "")
        if pair[0] != pair[1]:
            yield Changed(f"letters/{key[0]}/{key[1]}.txt", key[1], "", *pair)
    for name, slot in after.form.slots.items():
        earlier = before.form.slots.get(name)
        for language, text in slot.question.items():
            said = earlier.question.get(language, "") if earlier else ""
            if said != text:
                yield Changed("form.json", name, language, said, text)
    was = {one.id: one.within for one in before.about.deadlines}
    for one in after.about.deadlines:
        if was.get(one.id) != one.within:
            yield Changed("procedure.json", one.id, "", was.get(one.id, ""), one.within)
    if before.about.notes != after.about.notes:
        yield Changed("procedure.json", "notes", "", "\n".join(before.about.notes), "\n".join(after.about.notes))
    if before.files["steps.bpmn"] != after.files["steps.bpmn"]:
        yield Changed("steps.bpmn", "", "", "", "")


def _rules_changed(named: str, old: dmn.DecisionTable, new: dmn.DecisionTable) -> Iterator[Changed]:
    heads = [
        *(one.label or one.expression for one in new.inputs),
        *(_head(new, one) for one in new.outputs),
        *new.annotations,
    ]
    earlier = {rule.id: rule for rule in old.rules}
    for at, rule in enumerate(new.rules):
        was, place = earlier.pop(rule.id, None), f"{named}, {at + 1}"
        cells = (*rule.inputs, *rule.outputs, *rule.annotations)
        if was is None:
            yield Changed("rules.dmn", place, "", "", _line(cells))
            continue
        for head, first, second in zip(heads, (*was.inputs, *was.outputs, *was.annotations), cells, strict=False):
            if first != second:
                yield Changed("rules.dmn", place, head, first, second)
    for rule in earlier.values():
        yield Changed("rules.dmn", f"{named}, {rule.id}", "", _line((*rule.inputs, *rule.outputs)), "")
    if [rule.id for rule in old.rules if rule.id not in earlier] != [
        rule.id for rule in new.rules if any(rule.id == one.id for one in old.rules)
    ]:
        order = [", ".join(rule.id for rule in one.rules) for one in (old, new)]
        yield Changed("rules.dmn", named, "", *order)


def _line(cells: tuple[str, ...]) -> str:
    return " | ".join(cell for cell in cells if cell.strip() not in ANY)
