"""Questions of a form are added, worded, ordered and removed, and their answers changed; nothing else moves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from kastor.cases import cards
from kastor.cases.authoring import report
from kastor.cases.deciding import decide, open_slots
from kastor.cases.procedure import InvalidProcedure
from tests.cases.test_revising import PET, READ, after

GARDEN = {
    "do": "add_question", "slot": "garten", "after": "anzahl", "kind": "yes_no",
    "title": {"de": "Garten", "en": "Garden"},
    "question": {"de": "Haben Sie einen Garten?", "en": "Do you have a garden?", "leicht": "Haben Sie einen Garten?"},
    "help": {"de": "Ein Balkon zählt nicht."},
}  # fmt: skip
SIZE = {
    **GARDEN, "slot": "groesse", "kind": "choice",
    "choices": [{"id": "klein", "names": {"de": "Klein", "en": "Small"}},
                {"id": "gross", "names": {"de": "Groß", "en": "Large", "leicht": "Groß"}}],
}  # fmt: skip


def test_a_question_is_added_in_its_place_with_texts_help_and_choices() -> None:
    changed = after(GARDEN, SIZE)
    names = list(changed.form.slots)
    assert names[names.index("anzahl") :][:3] == ["anzahl", "groesse", "garten"]
    slot = changed.form.slots["groesse"]
    assert [one.names["de"] for one in slot.choices] == ["Klein", "Groß"]
    assert (slot.unknown, slot.help["de"], slot.question["en"]) == (
        True,
        "Ein Balkon zählt nicht.",
        "Do you have a garden?",
    )
    assert changed.form.problem("groesse", "klein") == changed.form.problem("groesse", None) == ""
    assert changed.form.problem("groesse", "riesig")
    assert report(changed).passed
    assert [(one.place, one.after) for one in cards.changed(PET, changed)] == [
        ("groesse", "Haben Sie einen Garten?"), ("garten", "Haben Sie einen Garten?"),
    ]  # fmt: skip


def test_a_question_no_rule_reads_is_asked_only_when_it_is_required() -> None:
    facts = {"tierart": "kleintier", "anzahl": 1}
    assert "garten" not in open_slots(after(GARDEN), facts)
    required = after(GARDEN, {"do": "required", "slot": "garten", "required": True})
    assert open_slots(required, facts) == ("garten",)
    assert "garten" not in open_slots(
        after({"do": "required", "slot": "garten", "required": False}, before=required), facts
    )


def test_a_new_question_is_read_by_a_new_column() -> None:
    column = {"do": "add_column", "table": "entscheidung", "expression": "garten"}
    changed = after(GARDEN, column)
    head = changed.rules.named("entscheidung").logic.inputs[-1]  # type: ignore[union-attr]
    assert (head.label, head.expression) == ("Garten", "garten")
    assert report(changed).passed
    no = {"do": "cell", "table": "entscheidung", "rule": "entscheidung_r01", "column": 10, "text": "true"}
    strict = after(GARDEN, column, no)
    facts = {"tierart": "kleintier", "anzahl": 2}
    assert decide(PET, facts).outcome == decide(strict, {**facts, "garten": True}).outcome == "frei"
    assert decide(strict, {**facts, "garten": False}).outcome == "vorlage"
    assert "garten" in open_slots(strict, facts)
    gone = after({"do": "remove_column", "table": "entscheidung", "expression": "garten"},
                 {"do": "remove_question", "slot": "garten"}, before=strict)  # fmt: skip
    assert gone.rules.elements == PET.rules.elements
    assert set(gone.form.slots) == set(PET.form.slots)


def test_a_question_rules_still_read_is_not_removed() -> None:
    with pytest.raises(InvalidProcedure, match="still read this question"):
        after({"do": "remove_question", "slot": "anzahl"})


def test_a_removed_question_leaves_the_worked_cases() -> None:
    added = after(
        GARDEN, {"do": "worked_case", "case": "g1", "name": "Garten", "facts": {"garten": True, "tierart": "exot"}}
    )
    assert added.cases[-1]["expect"] == {"outcome": "vorlage", "rule": "entscheidung_r03", "letter": "zwischenbescheid"}
    removed = after({"do": "remove_question", "slot": "garten"}, before=added)
    assert removed.cases[-1]["facts"] == {"tierart": "exot"}
    assert report(removed).passed


def test_questions_are_moved_and_worded() -> None:
    first = after({"do": "move_question", "slot": "anzahl", "position": 1})
    assert next(iter(first.form.slots)) == "anzahl"
    worded = after(
        {"do": "question", "slot": "anzahl", "language": "de", "part": "help", "text": "Eine Zahl genügt."},
        {"do": "question", "slot": "anzahl", "language": "en", "part": "title", "text": "How many"},
    )
    assert worded.form.slots["anzahl"].help == {"de": "Eine Zahl genügt."}
    assert worded.form.slots["anzahl"].title["en"] == "How many"
    bare = after({"do": "question", "slot": "anzahl", "language": "de", "part": "help", "text": ""}, before=worded)
    assert bare.form.slots["anzahl"].help == {}


def test_answers_are_renamed_and_added_and_a_rule_that_names_a_lost_one_is_hinted_at() -> None:
    kept = [{"id": one.id, "names": dict(one.names)} for one in PET.form.slots["tierart"].choices]
    more = after(
        {
            "do": "choices",
            "slot": "tierart",
            "choices": [*kept, {"id": "pferd", "names": {"de": "Pferd", "en": "Horse"}}],
        }
    )
    assert more.form.problem("tierart", "pferd") == ""
    assert more.form.schema["properties"]["tierart"]["x-kastor-labels"]["hund"]["leicht"] == "Hund"
    with pytest.raises(InvalidProcedure) as found:
        after({"do": "choices", "slot": "tierart", "choices": kept[:2]})
    assert any(one.place == "entscheidung, entscheidung_r02" and "hund" in one.de for one in found.value.problems)


@pytest.mark.parametrize(
    "change",
    [
        {**GARDEN, "slot": "anzahl"},
        {**GARDEN, "kind": "choice"},
        {**SIZE, "kind": "number"},
        {**GARDEN, "question": {"de": "Nur deutsch?"}},
        {"do": "choices", "slot": "anzahl", "choices": SIZE["choices"]},
        {"do": "question", "slot": "anzahl", "part": "title", "language": "de", "text": ""},
        {"do": "move_question", "slot": "nichts", "position": 1},
        {"do": "remove_question", "slot": "nichts"},
        {"do": "required", "slot": "nichts", "required": True},
        {"do": "add_column", "table": "entscheidung", "expression": "nichts"},
        {"do": "add_column", "table": "entscheidung", "expression": "tierart"},
        {"do": "add_column", "table": "rasse_lage", "expression": "entscheidung"},
        {"do": "remove_column", "table": "auflagen", "expression": "tierart"},
        {"do": "worked_case", "case": "h001", "name": "Noch einmal", "facts": {}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_in_a_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidProcedure) as found:
        after(change)
    assert all(one.de and one.en for one in found.value.problems)


@pytest.mark.parametrize("slot", ["", "Garten", "1a", "a b", "../x", "x" * 50])
def test_a_name_of_a_question_is_plain(slot: str) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python({**GARDEN, "slot": slot})


def test_a_table_gets_the_column_for_leichte_sprache_once() -> None:
    text = re.sub(r"<annotationEntry>(?:(?!</?annotationEntry).)*</annotationEntry>\s*</rule>", "</rule>",
                  PET.files["rules.dmn"].decode())  # fmt: skip
    bare = after({"do": "file", "name": "rules.dmn", "text": text.replace('<annotation name="Leichte Sprache"/>', "")})
    hint = next(one for one in report(bare).hints if one.table == "flaeche_noetig")
    assert (hint.kind, len(hint.rules)) == ("plain", 5)
    column = {"do": "plain_column", "table": "flaeche_noetig"}
    cell = {"do": "cell", "table": "flaeche_noetig", "rule": "flaeche_noetig_r4", "column": 5, "text": "Für Katzen."}
    whole = after(column, column, cell, before=bare)
    assert whole.rules.named("flaeche_noetig").logic.annotations.count("Leichte Sprache") == 1  # type: ignore[union-attr]
    hint = next(one for one in report(whole).hints if one.table == "flaeche_noetig")
    assert "flaeche_noetig_r4" not in hint.rules
    assert len(hint.rules) == 4
