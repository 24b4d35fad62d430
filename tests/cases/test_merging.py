"""Two people change the same version: what touches other places comes together, what touches the same one is shown."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.cases.merging import merged
from kastor.cases.revising import revised
from tests.cases.test_form_changes import GARDEN
from tests.cases.test_revising import PET, READ, TABLE, after


def onto(theirs: list[dict[str, Any]], *mine: dict[str, Any]) -> Any:
    return merged(PET, after(*theirs), [READ.validate_python(one) for one in mine])


CELL = {"do": "cell", **TABLE, "column": 1, "text": "<= 1"}


def test_changes_of_other_places_come_together() -> None:
    theirs = [
        {"do": "question", "slot": "anzahl", "language": "de", "text": "Wie viele?"},
        {**CELL, "rule": "entscheidung_r12"},
    ]
    found = onto(theirs, CELL, {"do": "deadline", "id": "antwort", "within": "P3D"})
    assert found.conflicts == ()
    both = revised(after(*theirs), found.fits)
    assert both.form.slots["anzahl"].question["de"] == "Wie viele?"
    assert both.about.deadlines[0].within == "P3D"
    assert [one.inputs[1] for one in both.rules.named("entscheidung").logic.rules[10:12]] == ["<= 1", "<= 1"]  # type: ignore[union-attr]


def test_the_same_place_is_shown_with_both_texts_and_nothing_is_lost() -> None:
    (one,) = onto([CELL], {**CELL, "text": "<= 3"}).conflicts
    assert (one.before, one.theirs, one.mine) == ("<= 2", "<= 1", "<= 3")
    mine = revised(after(CELL), [one.change])
    assert mine.rules.named("entscheidung").logic.rules[10].inputs[1] == "<= 3"  # type: ignore[union-attr]


def test_the_same_wish_of_both_is_done_already() -> None:
    found = onto([CELL, GARDEN], CELL)
    assert (found.fits, found.conflicts) == ((), ())


def test_a_column_of_the_other_moves_no_text_into_another_column() -> None:
    theirs = [GARDEN, {"do": "add_column", "table": "entscheidung", "expression": "garten"}]
    reason = {"do": "cell", **TABLE, "column": 11, "text": "Neuer Grund."}
    (change,) = onto(theirs, reason).fits
    assert change.column == 12
    both = revised(after(*theirs), [change])
    assert both.rules.named("entscheidung").logic.rules[10].annotations[0] == "Neuer Grund."  # type: ignore[union-attr]


def test_a_column_of_ones_own_moves_no_text_either() -> None:
    column = {"do": "add_column", "table": "entscheidung", "expression": "garten"}
    inside = {**CELL, "column": 10, "text": "true"}
    reason = {"do": "cell", **TABLE, "column": 12, "text": "Meiner."}
    found = onto([{**reason, "column": 11, "text": "Der andere."}], GARDEN, column, inside, reason)
    assert [one.do for one in found.fits] == ["add_question", "add_column", "cell"]
    (one,) = found.conflicts
    assert (one.theirs, one.mine, one.change.column) == ("Der andere.", "Meiner.", 12)
    assert (one.before or "").startswith("Bis zu zwei Katzen")


def test_a_rule_the_other_removed_is_a_conflict_without_a_text_of_theirs() -> None:
    (one,) = onto([{"do": "remove_rule", **TABLE}], CELL).conflicts
    assert (one.theirs, one.mine) == (None, "<= 1")
    (back,) = onto([CELL], {"do": "remove_rule", **TABLE}).conflicts
    assert back.mine is None
    assert "<= 1" in (back.theirs or "")


texts = st.sampled_from(["<= 1", "<= 2", "<= 3", "-"])
places = st.tuples(st.sampled_from(["entscheidung_r11", "entscheidung_r12", "entscheidung_r13"]), texts)


@settings(deadline=None, max_examples=30)
@given(st.lists(places, min_size=1, max_size=4), st.lists(places, min_size=1, max_size=4, unique_by=lambda one: one[0]))
def test_every_change_fits_is_done_or_is_shown(theirs: list[tuple[str, str]], mine: list[tuple[str, str]]) -> None:
    def cells(pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{**CELL, "rule": rule, "text": text} for rule, text in pairs]

    other = after(*cells(theirs))
    found = onto(cells(theirs), *cells(mine))
    chosen = revised(other, [*found.fits, *(one.change for one in found.conflicts)])
    rows = {one.id: one.inputs[1] for one in chosen.rules.named("entscheidung").logic.rules}  # type: ignore[union-attr]
    assert {rule: rows[rule] for rule, _ in mine} == dict(mine), "with mine chosen everywhere all of mine holds"
