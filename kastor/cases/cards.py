"""A procedure as staff read it: questions, rules in words, letters, deadlines, law, and what differs between versions.

Nothing here decides or changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kastor.cases import dmn
from kastor.cases.condition_words import ANY, in_words, result_in_words
from kastor.cases.deciding import REASON
from kastor.cases.forms import Slot
from kastor.cases.procedure import Procedure, shipped, tables

_NAME = re.compile(r"\w+")


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
        "notes": list(about.notes), "sentences": list(about.sentences), "own": procedure.id not in shipped(),
        "questions": [_question(procedure, one) for one in procedure.form.slots.values()],
        "tables": [_table(procedure, named, table, language) for named, table in tables(procedure)],
        "letters": [
            {"name": name, "language": spoken, "text": text}
            for (spoken, name), text in sorted(procedure.letters.items())
        ],
        "files": {name: procedure.files[name].decode() for name in ("rules.dmn", "steps.bpmn")},
    }  # fmt: skip


def _question(procedure: Procedure, slot: Slot) -> dict[str, Any]:
    readers = [
        named for named, table in tables(procedure)
        if any(slot.id in _NAME.findall(one.expression) for one in table.inputs)
    ]  # fmt: skip
    return {
        "slot": slot.id, "kind": slot.kind, "unit": slot.unit, "source": slot.source, "asked": slot.ask,
        "required": slot.required, "personal": slot.personal, "title": slot.title, "question": slot.question,
        "help": slot.help,
        "read_by": readers,
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
                    *(result_in_words(procedure, cell, language) for cell in rule.outputs),
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
    yield from _form_changed(before, after)
    was = {one.id: one.within for one in before.about.deadlines}
    for one in after.about.deadlines:
        if was.get(one.id) != one.within:
            yield Changed("procedure.json", one.id, "", was.get(one.id, ""), one.within)
    if before.about.notes != after.about.notes:
        yield Changed("procedure.json", "notes", "", "\n".join(before.about.notes), "\n".join(after.about.notes))
    if before.about.sentences != after.about.sentences:
        yield Changed(
            "procedure.json", "sentences", "", "\n".join(before.about.sentences), "\n".join(after.about.sentences)
        )
    if before.files["steps.bpmn"] != after.files["steps.bpmn"]:
        yield Changed("steps.bpmn", "", "", "", "")


def _form_changed(before: Procedure, after: Procedure) -> Iterator[Changed]:
    old, new = before.form.slots, after.form.slots
    for name in [name for name in old if name not in new]:
        yield Changed("form.json", name, "", old[name].title["de"], "")
    for name, slot in new.items():
        if name not in old:
            yield Changed("form.json", name, "", "", slot.question.get("de") or slot.title["de"])
            continue
        was, now = _texts(old[name]), _texts(slot)
        for place in dict.fromkeys([*was, *now]):
            if was.get(place, "") != now.get(place, ""):
                yield Changed("form.json", name, place, was.get(place, ""), now.get(place, ""))
    both = [[name for name in slots if name in old and name in new] for slots in (old, new)]
    if both[0] != both[1]:
        yield Changed("form.json", "", "", ", ".join(both[0]), ", ".join(both[1]))


def _texts(slot: Slot) -> dict[str, str]:
    """What a question says, by what and language."""
    words = {"": slot.question, "help": slot.help, "title": slot.title}
    found = {f"{part} {one}".strip(): text for part, said in words.items() for one, text in said.items()}
    found["required"] = "true" if slot.required else ""
    return found | {f"{choice.id} {one}": text for choice in slot.choices for one, text in choice.names.items()}


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
