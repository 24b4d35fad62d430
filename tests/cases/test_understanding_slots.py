"""What belongs to which question of a form: words that stand together, and figures typed on a telephone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kastor.cases.procedure import shipped
from kastor.cases.understanding import Lexicon, of_form, understand

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
FORM = of_form(shipped()["haustier"].form.schema)


def read(text: str, asked: str = "") -> dict[str, Any]:
    expected = next((slot for slot in FORM if slot.name == asked), None)
    return {one.slot: one.value for one in understand(text, Lexicon(), now=NOW, expected=expected, slots=FORM).slots}


@pytest.mark.parametrize(
    "text",
    ["May I keep a Labrador? I have no other animals.", "We don't have any other pets.", "No other animals live here."],
)
def test_no_other_animals_are_none(text: str) -> None:
    found = read(text)
    assert (found["vorhandene_hunde"], found["vorhandene_katzen"]) == (0, 0)


@pytest.mark.parametrize("text", ["I have no other questions.", "There are no other tenants in the house."])
def test_nothing_else_that_is_missing_says_anything_of_animals(text: str) -> None:
    assert not {"vorhandene_hunde", "vorhandene_katzen"} & read(text).keys()


def test_other_dogs_are_counted() -> None:
    assert read("I have two other dogs.")["vorhandene_hunde"] == 2


@pytest.mark.parametrize(("typed", "day"), [("31121980", "1980-12-31"), (" 01022001 ", "2001-02-01")])
def test_a_day_can_be_typed_as_eight_figures(typed: str, day: str) -> None:
    assert read(typed, "geburtsdatum") == {"geburtsdatum": day}


@pytest.mark.parametrize("typed", ["32131980", "311280"])
def test_figures_that_are_no_day_are_none(typed: str) -> None:
    assert "geburtsdatum" not in read(typed, "geburtsdatum")
