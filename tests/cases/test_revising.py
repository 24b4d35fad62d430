"""Staff change a procedure: everything that can be changed is, in its place, and what makes no sense is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kastor.cases import cards, dmn
from kastor.cases.authoring import report
from kastor.cases.changes import Change
from kastor.cases.condition_words import in_words
from kastor.cases.procedure import InvalidProcedure, Procedure, shipped, tables
from kastor.cases.revising import revised

PET = shipped()["haustier"]
TABLE = {"table": "entscheidung", "rule": "entscheidung_r11"}
READ: TypeAdapter[Any] = TypeAdapter(Change)


def after(*changes: dict[str, Any], before: Procedure = PET) -> Procedure:
    return revised(before, [READ.validate_python(one) for one in changes])


def rules(one: Procedure) -> list[str]:
    return [rule.id for rule in dict(tables(one))["entscheidung"].rules]


def test_a_cell_is_changed_in_its_place_and_the_rest_of_the_file_stays() -> None:
    changed = after({"do": "cell", **TABLE, "column": 1, "text": "<= 1"})
    old, new = (one.files["rules.dmn"].decode().strip().splitlines()[1:] for one in (PET, changed))
    assert [(a.strip(), b.strip()) for a, b in zip(old, new, strict=True) if a != b] == [
        (
            '<inputEntry id="entscheidung_r11_in2"><text>&lt;= 2</text></inputEntry>',
            '<inputEntry id="entscheidung_r11_in2"><text>&lt;= 1</text></inputEntry>',
        )
    ]
    assert changed.version != PET.version
    assert after({"do": "cell", **TABLE, "column": 1, "text": "<= 2"}, before=changed).rules.elements == (
        PET.rules.elements
    )


def test_rules_are_added_moved_and_removed() -> None:
    added = after({"do": "add_rule", "table": "entscheidung", "after": "entscheidung_r11", "rule": "neu"})
    assert rules(added)[10:12] == ["entscheidung_r11", "neu"]
    moved = after({"do": "move_rule", "table": "entscheidung", "rule": "neu", "position": 1}, before=added)
    assert rules(moved)[0] == "neu"
    removed = after({"do": "remove_rule", "table": "entscheidung", "rule": "neu"}, before=moved)
    assert rules(removed) == rules(PET)
    assert dmn.read(removed.files["rules.dmn"]).elements == PET.rules.elements
    hints = [(one.kind, one.rules) for one in report(added).hints]
    assert hints == [("unreachable", ("neu",))], "a copy behind its original decides nothing"


def test_letters_questions_deadlines_and_notes_are_changed() -> None:
    changed = after(
        {"do": "letter", "language": "de", "name": "zusage", "text": PET.letters["de", "zusage"] + "Alles Gute!"},
        {"do": "question", "slot": "anzahl", "language": "leicht", "text": "Wie viele Tiere?"},
        {"do": "deadline", "id": "antwort", "within": "P5D"},
        {"do": "notes", "notes": ["Geprüft am 1. Mai."]},
    )
    assert changed.letters["de", "zusage"].endswith("Alles Gute!\n")
    assert changed.form.slots["anzahl"].question["leicht"] == "Wie viele Tiere?"
    assert changed.about.deadlines[0].within == "P5D"
    assert changed.about.notes == ("Geprüft am 1. Mai.",)
    places = [(one.file, one.place) for one in cards.changed(PET, changed)]
    assert places == [
        ("letters/de/zusage.txt", "zusage"), ("form.json", "anzahl"), ("procedure.json", "antwort"),
        ("procedure.json", "notes"),
    ]  # fmt: skip


def test_what_a_worked_case_gives_now_can_be_called_right() -> None:
    cell = {"do": "cell", **TABLE, "column": 1, "text": "<= 1"}
    assert [one.id for one in report(after(cell)).cases if one.wrong] == ["h011"]
    assert report(after(cell, {"do": "expected", "case": "h011"})).passed


def test_a_whole_file_of_an_expert_editor_is_taken_or_refused() -> None:
    text = PET.files["rules.dmn"].decode()
    assert after({"do": "file", "name": "rules.dmn", "text": text.replace("&lt;= 2<", "&lt;= 1<", 1)}).version
    for wrong in ("<html/>", "no xml", text.replace('name="entscheidung"', 'name="x"')):
        with pytest.raises(InvalidProcedure) as found:
            after({"do": "file", "name": "rules.dmn", "text": wrong})
        assert all(one.file in ("rules.dmn", "procedure.json") for one in found.value.problems)


@pytest.mark.parametrize(
    "change",
    [
        {"do": "letter", "language": "de", "name": "../procedure", "text": "x"},
        {"do": "question", "slot": "gewicht_kg", "language": "de", "text": "x"},
        {"do": "question", "slot": "anzahl", "language": "de", "text": " "},
        {"do": "deadline", "id": "nie", "within": "P5D"},
        {"do": "add_rule", "table": "entscheidung", "after": "entscheidung_r11", "rule": "entscheidung_r11"},
        {"do": "cell", **TABLE, "column": 10, "text": '"genehmigt'},
    ],
)
def test_what_makes_no_sense_is_refused_and_named(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidProcedure) as found:
        after(change)
    assert found.value.problems
    assert all(one.de and one.en for one in found.value.problems)


@pytest.mark.parametrize("within", ["", "P", "5 Tage", "P5", "PT", "P1Y"])
def test_a_deadline_is_a_duration(within: str) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python({"do": "deadline", "id": "antwort", "within": within})


@pytest.mark.parametrize(
    ("cell", "de", "en"),
    [
        ('"hund","katze"', "Hund oder Katze", "Dog or Cat"),
        ('not("hund")', "nicht Hund", "not Dog"),
        (">= 2.5", "mindestens 2,5", "at least 2.5"),
        ("[1..3]", "1 bis 3", "1 to 3"),
        ("(1..3]", "mehr als 1 und höchstens 3", "more than 1 and at most 3"),
        ("false, null", "nein oder nicht bekannt", "no or not known"),
        ("count(rasse) > 1", "count(rasse) > 1", "count(rasse) > 1"),
        ('> 2, date("2026-01-01")', '> 2, date("2026-01-01")', '> 2, date("2026-01-01")'),
    ],
)
def test_simple_conditions_are_told_in_words_and_others_as_written(cell: str, de: str, en: str) -> None:
    slot = PET.form.slots["tierart"]
    assert (in_words(cell, slot, "de"), in_words(cell, slot, "en")) == (de, en)
