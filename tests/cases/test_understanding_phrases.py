"""Closed answers are read as they are meant: phrases written before the grammars, and by other people (MASSIVE)."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest

from kastor.cases.understanding import GRAMMARS, of_streets, symptoms
from kastor.cases.understanding.values import BERLIN, Context

PHRASES = orjson.loads((Path(__file__).parent.parent / "data" / "phrases" / "closed_slots.json").read_bytes())
CONTEXT = Context(
    datetime.fromisoformat(PHRASES["now"]).astimezone(BERLIN), "de", of_streets(PHRASES["streets"]), asked=True
)


@pytest.mark.parametrize("grammar", list(PHRASES["phrases"]))
def test_closed_answers_are_read_as_meant(grammar):
    wrong = []
    for text, meant in PHRASES["phrases"][grammar]:
        found = GRAMMARS[grammar].read(text, CONTEXT)
        said = found[0].value if found else None
        if said != meant:
            wrong.append((text, said, meant))
    assert len(wrong) <= 0.05 * len(PHRASES["phrases"][grammar]), wrong


def test_there_are_four_hundred_phrases_and_more():
    assert sum(map(len, PHRASES["phrases"].values())) >= 400


@pytest.mark.parametrize("grammar", list(PHRASES["phrases"]))
def test_a_value_says_where_it_stands(grammar):
    for text, _ in PHRASES["phrases"][grammar]:
        for found in GRAMMARS[grammar].read(text, CONTEXT):
            assert 0 <= found.start < found.end <= len(text), (text, found)


@pytest.mark.parametrize(
    ("text", "shut"),
    [
        ("Die Klospülung hört nicht auf zu laufen", []),
        ("Ich bekomme den Hahn nicht zu, es läuft weiter", [False]),
        ("Das Ventil ist zu", [True]),
    ],
)
def test_water_that_does_not_stop_says_nothing_of_the_valve(text, shut):
    assert [found.value for found in symptoms.read_shut_off(text, None)] == shut
