"""An offered time is chosen in words, in both languages; what is not certain chooses nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases.dialogue.times_meant import meant, names_a_time
from kastor.cases.dialogue.words import span_words
from kastor.cases.message import Choice

MONDAY = date(2026, 11, 30)
BEGINS = [datetime(2026, 12, day, hour, tzinfo=UTC) for day, hour in ((1, 7), (1, 11), (2, 7))]
"""Tuesday at eight and at twelve, Wednesday at eight in Berlin."""


def offered(language: str) -> list[Choice]:
    spans = [span_words(begin, begin + timedelta(hours=2), language) for begin in BEGINS]
    none = Choice("none", "None fits" if language == "en" else "Keiner passt")
    return [*(Choice(value, label) for value, label in zip("abc", spans, strict=True)), none]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Der zweite Termin passt mir gut", "b"), ("the second one, please", "b"), ("2", "b"), ("Nr. 3", "c"),
        ("der letzte", "c"), ("so früh wie möglich", "a"), ("any time is fine", "a"),
        ("Dienstag Vormittag passt", "a"), ("Dienstagnachmittag", "b"), ("Tuesday afternoon works", "b"),
        ("Wir nehmen Mittwochvormittag, danke!", "c"), ("Wednesday", "c"), ("Di 8 Uhr", "a"), ("Wed", "c"),
        ("Guten Morgen, der dritte bitte", "c"), ("übermorgen", "c"), ("the day after tomorrow", "c"),
        ("2.12.", "c"), ("the 2nd of December", "c"), ("zwischen 12 und 14 Uhr am Dienstag", "b"),
        ("Tuesday at 8 am", "a"), ("at 12:00", "b"), ("ab 12 Uhr", "b"), ("am Dienstag vor 12 Uhr", "a"),
        ("Keiner passt", "none"), ("none of these work", "none"), ("Das passt alles nicht", "none"),
        ("Da kann ich leider nicht", "none"), ("I can't do any of them", "none"),
    ],
)  # fmt: skip
def test_a_time_is_chosen_in_words(language: str, text: str, value: str) -> None:
    assert meant(text, offered(language), MONDAY) == value


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "text",
    ["Dienstag", "Tuesday", "Sonntag um 3", "Mittwoch kann ich nicht", "not the second one", "der zweite, Mittwoch",
     "am Donnerstag", "5"],
)  # fmt: skip
def test_what_is_not_certain_chooses_nothing_and_is_asked_again(language: str, text: str) -> None:
    assert meant(text, offered(language), MONDAY) is None
    assert names_a_time(text, MONDAY) or text == "5"


@pytest.mark.parametrize(
    "text",
    ["Die Klingel geht nicht, bitte klopfen", "My bell doesn't work", "Bringen Sie bitte Ersatz mit", "Danke", ""],
)
def test_what_says_nothing_of_times_chooses_nothing(text: str) -> None:
    assert meant(text, offered("de"), MONDAY) is None
    assert not names_a_time(text, MONDAY)


@given(st.text(max_size=80))
def test_any_text_chooses_one_of_the_choices_or_nothing(text: str) -> None:
    assert meant(text, offered("de"), MONDAY) in ("a", "b", "c", "none", None)
    assert meant(text, [], MONDAY) in ("none", None)


@given(st.sampled_from(["de", "en"]), st.integers(0, 2))
def test_a_label_as_it_was_shown_chooses_itself(language: str, place: int) -> None:
    shown = offered(language)[place]
    assert meant(shown.label, offered(language), MONDAY) == shown.value
