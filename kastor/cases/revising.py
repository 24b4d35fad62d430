"""What staff change in a procedure, put into its open files: cells of tables, rules, letters, questions, deadlines.

Every change is plain data. A changed table is written into ``rules.dmn`` in its place, so that diagrams and comments
of the expert editors stay; :func:`revised` gives a new procedure only when all files still hold together. The cases
that run stay on the version they began with (:mod:`kastor.cases.versions`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from kastor.cases import dmn, feel
from kastor.cases.authoring import QUOTED
from kastor.cases.deciding import decide, open_slots
from kastor.cases.procedure import InvalidProcedure, Problem, Procedure, procedure

Language = Literal["de", "en", "leicht"]
Name = Annotated[str, Field(max_length=100)]
Text = Annotated[str, Field(max_length=20_000)]

EXAMPLES = 'true   > 2   [1..3]   "hund","katze"   not("exot")   -'
"""Conditions as cells write them, for what is told when one is not readable."""


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Change):
    """
    Another text in a cell.

    Attributes
    ----------
    table
        Name of the decision.
    rule
        Id of the rule.
    column
        Counted from 0: conditions first, then results, then annotations (the reasons).
    """

    do: Literal["cell"]
    table: Name
    rule: Name
    column: int = Field(ge=0, le=200)
    text: Text


class AddRule(_Change):
    """A new rule with its own id behind another one; it begins as a copy of that one, to be changed by cells."""

    do: Literal["add_rule"]
    table: Name
    after: Name
    rule: str = Field(pattern=r"^[A-Za-z_][\w.-]{0,99}$")


class RemoveRule(_Change):
    """A rule less."""

    do: Literal["remove_rule"]
    table: Name
    rule: Name


class MoveRule(_Change):
    """A rule at another position, counted from 1."""

    do: Literal["move_rule"]
    table: Name
    rule: Name
    position: int = Field(ge=1, le=10_000)


class LetterText(_Change):
    """Another text of a letter."""

    do: Literal["letter"]
    language: Language
    name: Name
    text: Text


class Question(_Change):
    """Another wording of a question."""

    do: Literal["question"]
    slot: Name
    language: Language
    text: Text


class DeadlineWithin(_Change):
    """Another length of a deadline, a duration by ISO 8601."""

    do: Literal["deadline"]
    id: Name
    within: str = Field(max_length=40, pattern=r"^P(\d+D|\d+DT\d+H|T\d+H|T\d+M)$")


class Notes(_Change):
    """Other notes for those who work with the procedure."""

    do: Literal["notes"]
    notes: tuple[Text, ...] = Field(max_length=50)


class Expected(_Change):
    """The way a worked case comes out now is right: its expectation is written anew."""

    do: Literal["expected"]
    case: Name


class File(_Change):
    """A whole file out of an expert editor."""

    do: Literal["file"]
    name: Literal["rules.dmn", "steps.bpmn"]
    text: str = Field(max_length=4_000_000)


Change = Annotated[
    Cell | AddRule | RemoveRule | MoveRule | LetterText | Question | DeadlineWithin | Notes | Expected | File,
    Field(discriminator="do"),
]


def revised(before: Procedure, changes: Sequence[Change]) -> Procedure:
    """
    A procedure with some changes, applied one after the other.

    Raises
    ------
    InvalidProcedure
        When a change names something that is not there, a cell is not readable, or the files no longer hold together;
        everything that is wrong is named with table, rule, column, value and cure.
    """
    after, problems = before, list[Problem]()
    settled = [one for one in changes if not isinstance(one, Expected)]
    files, rules = dict(before.files), before.rules
    for change in settled:
        try:
            if isinstance(change, Cell | AddRule | RemoveRule | MoveRule):
                rules = _with_table(rules, before, change)
                files["rules.dmn"] = dmn.write(rules)
            elif isinstance(change, File):
                files[change.name] = change.text.encode()
                rules = dmn.read(files["rules.dmn"])
            else:
                _IN_FILES[type(change)](files, change)
        except InvalidProcedure as error:
            problems += error.problems
        except dmn.DmnError as error:
            problems.append(
                Problem("rules.dmn", "", f"Die Regeln sind nicht lesbar: {error}", f"Not readable: {error}")
            )
    if problems:
        raise InvalidProcedure(problems)
    after = procedure(files)
    accepted = {one.case for one in changes if isinstance(one, Expected)}
    return procedure({**files, "cases.json": _expected(after, accepted)}) if accepted else after


def wrong(file: str, place: str, de: str, en: str) -> InvalidProcedure:
    """One problem as an error."""
    return InvalidProcedure([Problem(file, place, de, en)])


def _with_table(rules: dmn.Model, before: Procedure, change: Cell | AddRule | RemoveRule | MoveRule) -> dmn.Model:
    decision = rules.named(change.table)
    if not isinstance(decision, dmn.Decision) or not isinstance(decision.logic, dmn.DecisionTable):
        raise wrong(
            "rules.dmn", change.table, f"Die Tabelle {change.table!r} gibt es nicht. Laden Sie das Verfahren neu.",
            f"There is no table {change.table!r}. Load the procedure again.",
        )  # fmt: skip
    table = decision.logic
    named = change.after if isinstance(change, AddRule) else change.rule
    at = next((at for at, rule in enumerate(table.rules) if rule.id == named), None)
    if at is None:
        raise wrong(
            "rules.dmn", f"{change.table}, {named}", f"Die Regel {named!r} gibt es nicht. Laden Sie das Verfahren neu.",
            f"There is no rule {named!r}. Load the procedure again.",
        )  # fmt: skip
    changed = replace(decision, logic=replace(table, rules=tuple(_rows(table, before, change, at))))
    return replace(rules, elements={**rules.elements, decision.id: changed})


def _rows(
    table: dmn.DecisionTable, before: Procedure, change: Cell | AddRule | RemoveRule | MoveRule, at: int
) -> list[dmn.Rule]:
    rows = list(table.rules)
    match change:
        case Cell():
            rows[at] = _with_cell(table, before, change, at)
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


def _with_cell(table: dmn.DecisionTable, before: Procedure, change: Cell, at: int) -> dmn.Rule:
    rule, column, text = table.rules[at], change.column, change.text.strip()
    conditions, results = len(table.inputs), len(table.outputs)
    if column < conditions:
        clause = table.inputs[column]
        _readable(change, at, clause.label or clause.expression, text or "-", before, clause.expression)
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


def _readable(change: Cell, at: int, label: str, text: str, before: Procedure | None = None, slot: str = "") -> None:
    """Refuse a cell that cannot be read, or a condition that names no answer of its question."""
    place = f"{change.table}, Regel {at + 1} ({change.rule}), Spalte {label!r}"
    try:
        feel.parse_tests(text) if before is not None else feel.parse(text)
    except feel.FeelError as error:
        raise wrong(
            "rules.dmn", place, f"{text!r} ist nicht lesbar: {error}. So geht es: {EXAMPLES}",
            f"{text!r} is not readable: {error}. It works like this: {EXAMPLES}",
        ) from None  # fmt: skip
    choices = {one.id for one in before.form.slots[slot].choices} if before and slot in before.form.slots else set()
    strange = sorted(set(QUOTED.findall(text)) - choices) if choices else []
    if strange:
        offered = ", ".join(f'"{one}"' for one in sorted(choices))
        raise wrong(
            "rules.dmn", place, f"Die Frage kennt keine Antwort {strange[0]!r}. Es gibt: {offered}",
            f"The question has no answer {strange[0]!r}. There are: {offered}",
        )  # fmt: skip


def _letter(files: dict[str, bytes], change: LetterText) -> None:
    name = f"letters/{change.language}/{change.name}.txt"
    if name not in files:
        raise wrong(name, "", "Diesen Brief gibt es nicht.", "There is no such letter.")
    files[name] = (change.text.rstrip() + "\n").encode()


def _question(files: dict[str, bytes], change: Question) -> None:
    form = orjson.loads(files["form.json"])
    words = form["properties"].get(change.slot, {}).get("x-kastor-question")
    if not words:
        raise wrong("form.json", change.slot, "Diese Frage gibt es nicht.", "There is no such question.")
    words[change.language] = change.text.strip()
    files["form.json"] = laid_out(form)


def _deadline(files: dict[str, bytes], change: DeadlineWithin) -> None:
    about = orjson.loads(files["procedure.json"])
    found = next((one for one in about.get("deadlines", ()) if one["id"] == change.id), None)
    if found is None:
        raise wrong("procedure.json", change.id, "Diese Frist gibt es nicht.", "There is no such deadline.")
    found["within"] = change.within
    files["procedure.json"] = laid_out(about)


def _notes(files: dict[str, bytes], change: Notes) -> None:
    about = orjson.loads(files["procedure.json"])
    files["procedure.json"] = laid_out({**about, "notes": [one.strip() for one in change.notes if one.strip()]})


_IN_FILES: dict[type, Callable[[dict[str, bytes], Any], None]] = {
    LetterText: _letter, Question: _question, DeadlineWithin: _deadline, Notes: _notes,
}  # fmt: skip


def _expected(after: Procedure, accepted: set[str]) -> bytes:
    """The worked cases, some with the way they come out now."""
    written = orjson.loads(after.files["cases.json"])
    for case in written["cases"]:
        if str(case.get("id")) in accepted:
            case["expect"] = _comes_out(after, case)
    return laid_out(written)


def _comes_out(after: Procedure, case: dict[str, Any]) -> dict[str, Any]:
    decided, before = decide(after, case["facts"]), case["expect"]
    found: dict[str, Any] = {"outcome": decided.outcome}
    if decided.hits:
        found["rule"] = decided.hits[0].rule
    if decided.outcome and after.outcomes[decided.outcome].letter:
        found["letter"] = after.outcomes[decided.outcome].letter
    if "values" in before:
        found["values"] = {name: decided.values.get(name) for name in before["values"]}
    if "open" in before:
        found["open"] = list(open_slots(after, case["facts"]))
    return found


def laid_out(content: Any) -> bytes:
    """JSON as the files of procedures are laid out."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"
