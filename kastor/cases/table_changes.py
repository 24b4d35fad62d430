"""Changes in the tables of a procedure: cells, rules, columns. The rest of ``rules.dmn`` stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace

from kastor.cases import dmn, feel
from kastor.cases.changes import (
    AddColumn,
    AddRule,
    Cell,
    MoveRule,
    PlainColumn,
    RemoveColumn,
    RemoveRule,
    TableChange,
)
from kastor.cases.deciding import REASON
from kastor.cases.forms import Form
from kastor.cases.procedure import Problem, wrong
from kastor.cases.table_hints import QUOTED

RowChange = Cell | AddRule | RemoveRule | MoveRule

EXAMPLES = 'true   > 2   [1..3]   "hund","katze"   not("exot")   -'
"""Conditions as cells write them, for what is told when one is not readable."""

WORD = re.compile(r"\w+")

TYPES = {"string": "string", "boolean": "boolean", "integer": "number", "number": "number"}
"""Types of DMN for values of forms."""


def with_table_change(rules: dmn.Model, form: Form, change: TableChange) -> dmn.Model:
    """
    Rules with a change in one of their tables.

    Parameters
    ----------
    form
        For the answers its questions have.

    Raises
    ------
    InvalidProcedure
        When it names something that is not there, or a cell is not readable.
    """
    decision = rules.named(change.table)
    if not isinstance(decision, dmn.Decision) or not isinstance(decision.logic, dmn.DecisionTable):
        raise wrong(
            "rules.dmn", change.table, f"Die Tabelle {change.table!r} gibt es nicht. Laden Sie das Verfahren neu.",
            f"There is no table {change.table!r}. Load the procedure again.",
        )  # fmt: skip
    table = decision.logic
    if isinstance(change, AddColumn | RemoveColumn):
        return _with_columns(rules, form, decision, table, change)
    if isinstance(change, PlainColumn):
        return _put_back(rules, decision, _with_plain_column(table))
    named = change.after if isinstance(change, AddRule) else change.rule
    at = next((at for at, rule in enumerate(table.rules) if rule.id == named), None)
    if at is None:
        raise wrong(
            "rules.dmn", f"{change.table}, {named}", f"Die Regel {named!r} gibt es nicht. Laden Sie das Verfahren neu.",
            f"There is no rule {named!r}. Load the procedure again.",
        )  # fmt: skip
    return _put_back(rules, decision, replace(table, rules=tuple(_rows(table, form, change, at))))


def _put_back(rules: dmn.Model, decision: dmn.Decision, table: dmn.DecisionTable) -> dmn.Model:
    return replace(rules, elements={**rules.elements, decision.id: replace(decision, logic=table)})


def _with_plain_column(table: dmn.DecisionTable) -> dmn.DecisionTable:
    column = REASON["leicht"]
    if column in table.annotations:
        return table
    told = len(table.annotations)
    rows = [
        replace(one, annotations=(*one.annotations, *[""] * (told + 1 - len(one.annotations)))) for one in table.rules
    ]
    return replace(table, annotations=(*table.annotations, column), rules=tuple(rows))


def _with_columns(
    rules: dmn.Model, form: Form, decision: dmn.Decision, table: dmn.DecisionTable,
    change: AddColumn | RemoveColumn,
) -> dmn.Model:  # fmt: skip
    at = next((at for at, one in enumerate(table.inputs) if one.expression == change.expression), None)
    if isinstance(change, RemoveColumn):
        if at is None or len(table.inputs) == 1:
            raise wrong(
                "rules.dmn", f"{change.table}, {change.expression}",
                "Die Spalte gibt es nicht, oder sie ist die letzte. Eine Tabelle braucht mindestens eine.",
                "There is no such column, or it is the last one. A table needs one at least.",
            )  # fmt: skip
        rows = [replace(one, inputs=(*one.inputs[:at], *one.inputs[at + 1 :])) for one in table.rules]
        heads = (*table.inputs[:at], *table.inputs[at + 1 :])
        kept = replace(table, inputs=heads, rules=tuple(rows))
        return _put_back(rules, _without_requirement(rules, decision, kept, change.expression), kept)
    if at is not None:
        raise wrong(
            "rules.dmn", f"{change.table}, {change.expression}", "Diese Spalte hat die Tabelle schon.",
            "The table has this column already.",
        )  # fmt: skip
    rules, read = _read_by(rules, form, change)
    wanted = replace(decision, requirements=tuple(dict.fromkeys([*decision.requirements, f"#{read.id}"])))
    slot = form.slots.get(change.expression)
    label = slot.title.get("de", change.expression) if slot else change.expression
    rows = [replace(one, inputs=(*one.inputs, "-")) for one in table.rules]
    heads = (*table.inputs, dmn.InputClause(label, change.expression, read.type_ref))
    return _put_back(rules, wanted, replace(table, inputs=heads, rules=tuple(rows)))


def _without_requirement(
    rules: dmn.Model, decision: dmn.Decision, table: dmn.DecisionTable, expression: str
) -> dmn.Decision:
    """A decision that no longer requires what none of its cells names any more."""
    cells = [one.expression for one in table.inputs]
    cells += [cell for rule in table.rules for cell in (*rule.inputs, *rule.outputs)]
    read = rules.named(expression)
    if read is None or expression in {word for cell in cells for word in WORD.findall(cell)}:
        return decision
    return replace(decision, requirements=tuple(one for one in decision.requirements if one != f"#{read.id}"))


def _read_by(rules: dmn.Model, form: Form, change: AddColumn) -> tuple[dmn.Model, dmn.InputData | dmn.Decision]:
    """What a new column reads: a decision that does not rest on this one, or a slot, which the rules then know."""
    found = rules.named(change.expression)
    if isinstance(found, dmn.InputData):
        return rules, found
    if isinstance(found, dmn.Decision) and not _rests_on(rules, found, change.table):
        return rules, found
    slot = form.slots.get(change.expression)
    if found is not None or slot is None:
        raise wrong(
            "rules.dmn", f"{change.table}, {change.expression}",
            "Eine Spalte liest eine Frage oder eine andere Tabelle, die nicht auf dieser beruht.",
            "A column reads a question, or another table that does not rest on this one.",
        )  # fmt: skip
    made = dmn.InputData(f"input_{slot.id}", slot.id, TYPES.get(slot.kind, "Any"))
    return replace(rules, elements={made.id: made, **rules.elements}), made


def _rests_on(rules: dmn.Model, decision: dmn.Decision, named: str) -> bool:
    """Whether a decision is, or needs, the one of a name."""
    if decision.name == named:
        return True
    needed = (rules.resolve(href) for href in decision.requirements)
    return any(
        _rests_on(rules, one[2], named) for one in needed if one is not None and isinstance(one[2], dmn.Decision)
    )


def _rows(table: dmn.DecisionTable, form: Form, change: RowChange, at: int) -> list[dmn.Rule]:
    rows = list(table.rules)
    match change:
        case Cell():
            rows[at] = _with_cell(table, form, change, at)
        case AddRule():
            if any(rule.id == change.rule for rule in rows):
                raise wrong(
                    "rules.dmn", f"{change.table}, {change.rule}",
                    "Diese Regel gibt es schon. Nehmen Sie einen anderen Namen.",
                    "There is a rule of this id already. Take another one.",
                )  # fmt: skip
            rows.insert(at + 1, replace(rows[at], id=change.rule))
        case RemoveRule():
            del rows[at]
        case MoveRule():
            rows.insert(min(change.position - 1, len(rows) - 1), rows.pop(at))
    return rows


def _with_cell(table: dmn.DecisionTable, form: Form, change: Cell, at: int) -> dmn.Rule:
    rule, column, text = table.rules[at], change.column, change.text.strip()
    conditions, results = len(table.inputs), len(table.outputs)
    if column < conditions:
        clause = table.inputs[column]
        _readable(change, at, clause.label or clause.expression, text or "-", form, clause.expression)
        return replace(rule, inputs=_put(rule.inputs, column, text or "-"))
    column -= conditions
    if column < results:
        output = table.outputs[column]
        _readable(change, at, output.label or output.name or table.output_label, text)
        return replace(rule, outputs=_put(rule.outputs, column, text))
    column -= results
    if column < len(table.annotations):
        notes = (*rule.annotations, *[""] * (len(table.annotations) - len(rule.annotations)))
        return replace(rule, annotations=_put(notes, column, text))
    raise wrong(
        "rules.dmn", f"{change.table}, Regel {at + 1}", f"Die Tabelle hat keine Spalte {change.column + 1}.",
        f"The table has no column {change.column + 1}.",
    )  # fmt: skip


def _put(cells: tuple[str, ...], column: int, text: str) -> tuple[str, ...]:
    return (*cells[:column], text, *cells[column + 1 :])


def _readable(change: Cell, at: int, label: str, text: str, form: Form | None = None, slot: str = "") -> None:
    """Refuse a cell that cannot be read, or a condition that names no answer of its question."""
    place = f"{change.table}, Regel {at + 1} ({change.rule}), Spalte {label!r}"
    try:
        feel.parse_tests(text) if form is not None else feel.parse(text)
    except feel.FeelError as error:
        raise wrong(
            "rules.dmn", place, f"{text!r} ist nicht lesbar: {error}. So geht es: {EXAMPLES}",
            f"{text!r} is not readable: {error}. It works like this: {EXAMPLES}",
        ) from None  # fmt: skip
    choices = {one.id for one in form.slots[slot].choices} if form and slot in form.slots else set()
    strange = sorted(set(QUOTED.findall(text)) - choices) if choices else []
    if strange:
        offered = ", ".join(f'"{one}"' for one in sorted(choices))
        raise wrong(
            "rules.dmn", place, f"Die Frage kennt keine Antwort {strange[0]!r}. Es gibt: {offered}",
            f"The question has no answer {strange[0]!r}. There are: {offered}",
        )  # fmt: skip


def without_input(rules: dmn.Model, slot: str) -> dmn.Model:
    """
    Rules that no longer know a question.

    Raises
    ------
    InvalidProcedure
        When a table still reads it.
    """
    read = next((one for one in rules.inputs if one.name == slot), None)
    if read is None:
        return rules
    readers = [one.name for one in rules.decisions if f"#{read.id}" in one.requirements]
    if readers:
        raise wrong(
            "rules.dmn", slot,
            f"Diese Frage lesen noch die Tabellen {', '.join(readers)}. Nehmen Sie dort zuerst die Spalte heraus.",
            f"The tables {', '.join(readers)} still read this question. Take the column out of them first.",
        )  # fmt: skip
    return replace(rules, elements={name: one for name, one in rules.elements.items() if name != read.id})


def lost_answers(rules: dmn.Model, form: Form, slot: str) -> list[Problem]:
    """Rules that name an answer their question no longer has."""
    choices = {one.id for one in form.slots[slot].choices} if slot in form.slots else set()
    named = [
        (f"{decision.name}, {rule.id}", answer)
        for decision in rules.decisions
        if isinstance(decision.logic, dmn.DecisionTable)
        for at, column in enumerate(decision.logic.inputs)
        if column.expression == slot
        for rule in decision.logic.rules
        for answer in sorted(set(QUOTED.findall(rule.inputs[at])) - choices)
    ]
    return [
        Problem(
            "rules.dmn", place,
            f"Die Regel nennt die Antwort {answer!r}, die es nicht mehr gibt. Ändern Sie zuerst die Regel.",
            f"This rule names the answer {answer!r} that is no longer there. Change it first.",
        ) for place, answer in named
    ]  # fmt: skip
