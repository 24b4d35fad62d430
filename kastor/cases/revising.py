"""What staff change in a procedure, put into its open files: cells of tables, rules, letters, questions, deadlines.

Every change is plain data. A changed table is written into ``rules.dmn`` in its place, so that diagrams and comments
of the expert editors stay; :func:`revised` gives a new procedure only when all files still hold together. The cases
that run stay on the version they began with (:mod:`kastor.cases.versions`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from kastor.cases import dmn
from kastor.cases.changes import (
    Change,
    Choices,
    DeadlineWithin,
    Expected,
    File,
    FormChange,
    LetterText,
    Notes,
    RemoveQuestion,
    Sentences,
    TableChange,
    WorkedCase,
)
from kastor.cases.deciding import decide, open_slots
from kastor.cases.form_changes import change_form
from kastor.cases.forms import form_of
from kastor.cases.procedure import InvalidProcedure, Problem, Procedure, laid_out, procedure, wrong
from kastor.cases.table_changes import lost_answers, with_table_change, without_input


def revised(before: Procedure, changes: Sequence[Change]) -> Procedure:
    """
    A procedure with some changes, applied one after the other.

    Raises
    ------
    InvalidProcedure
        When a change names something that is not there, a cell is not readable, or the files no longer hold together;
        everything that is wrong is named with table, rule, column, value and cure.
    """
    problems: list[Problem] = []
    files, rules, form = dict(before.files), before.rules, before.form
    for change in changes:
        try:
            if isinstance(change, TableChange):
                rules = with_table_change(rules, form, change)
                files["rules.dmn"] = dmn.write(rules)
            elif isinstance(change, File):
                files[change.name] = change.text.encode()
                rules = dmn.read(files["rules.dmn"])
            elif isinstance(change, FormChange):
                if isinstance(change, RemoveQuestion):
                    rules = without_input(rules, change.slot)
                    files["rules.dmn"] = dmn.write(rules)
                change_form(files, change)
                form = form_of(orjson.loads(files["form.json"]))[0]
                if isinstance(change, Choices):
                    problems += lost_answers(rules, form, change.slot)
            elif not isinstance(change, Expected):
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
    accepted = {one.case for one in changes if isinstance(one, Expected | WorkedCase)}
    return procedure({**files, "cases.json": _expected(after, accepted)}) if accepted else after


def _letter(files: dict[str, bytes], change: LetterText) -> None:
    name = f"letters/{change.language}/{change.name}.txt"
    if name not in files:
        raise wrong(name, "", "Diesen Brief gibt es nicht.", "There is no such letter.")
    files[name] = (change.text.rstrip() + "\n").encode()


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


def _sentences(files: dict[str, bytes], change: Sentences) -> None:
    about = orjson.loads(files["procedure.json"])
    said = [one.strip() for one in change.sentences if one.strip()]
    files["procedure.json"] = laid_out({**about, "sentences": said})


def _worked(files: dict[str, bytes], change: WorkedCase) -> None:
    written = orjson.loads(files["cases.json"])
    if any(str(one.get("id")) == change.case for one in written["cases"]):
        raise wrong("cases.json", change.case, "Diesen Fall gibt es schon.", "There is a case of this id already.")
    made = {"id": change.case, "name": change.name.strip(), "language": "de", "facts": change.facts, "expect": {}}
    files["cases.json"] = laid_out({**written, "cases": [*written["cases"], made]})


_IN_FILES: dict[type, Callable[[dict[str, bytes], Any], None]] = {
    LetterText: _letter, DeadlineWithin: _deadline, Notes: _notes, Sentences: _sentences, WorkedCase: _worked,
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
