"""Danger is recognised first and not missed; harmless texts that sound alike are left alone."""

import re
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from kastor.cases.understanding import emergencies, understand
from kastor.cases.understanding.emergencies import emergency

FOLDER = Path(__file__).parent.parent / "data" / "phrases"
TEXTS = orjson.loads((FOLDER / "emergencies.json").read_bytes())
UNSEEN = orjson.loads((FOLDER / "emergencies_unseen.json").read_bytes())
ROUNDS = orjson.loads((FOLDER / "emergencies_rounds.json").read_bytes())
"""Texts written afresh, each round before its result was seen; what was missed at its first run is noted."""
OTHER_AUTHOR = orjson.loads((FOLDER / "emergencies_other_author.json").read_bytes())
"""Texts of somebody who had not seen the patterns; never used for correction."""
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DANGER = [(kind, text) for kind, texts in TEXTS["danger"].items() for text in texts]
ALL_DANGER = [text for _, text in DANGER] + TEXTS["long"] + TEXTS["danger_later"]
HARMLESS = TEXTS["harmless"] + TEXTS["harmless_later"]


def test_no_danger_of_three_hundred_texts_is_missed():
    assert len(ALL_DANGER) >= 300
    assert [text for text in ALL_DANGER if emergency(text) is None] == []


def test_at_most_one_harmless_text_in_ten_raises_an_alarm():
    assert len(HARMLESS) >= 200
    alarms = [text for text in HARMLESS if emergency(text)]
    assert len(alarms) <= 0.1 * len(HARMLESS), alarms


def test_of_another_authors_texts_nineteen_dangers_in_twenty_are_found():
    missed = [text for text in OTHER_AUTHOR["danger"] if emergency(text) is None]
    alarms = [text for text in OTHER_AUTHOR["harmless"] if emergency(text)]
    assert len(missed) <= 0.05 * len(OTHER_AUTHOR["danger"]), missed
    assert len(alarms) <= 0.1 * len(OTHER_AUTHOR["harmless"]), alarms


def test_of_the_fifth_set_nine_dangers_in_ten_are_found():
    missed = [text for text in UNSEEN["danger"] if emergency(text) is None]
    alarms = [text for text in UNSEEN["harmless"] if emergency(text)]
    assert len(missed) <= 0.1 * len(UNSEEN["danger"]), missed
    assert len(alarms) <= 0.1 * len(UNSEEN["harmless"]), alarms


def test_the_net_only_adds_to_the_patterns():
    for text in ALL_DANGER:
        assert emergencies.told(text) in (None, emergency(text)), text


def test_the_kind_of_danger_is_nearly_always_the_one_meant():
    other = [(kind, emergency(text), text) for kind, text in DANGER if emergency(text) != kind]
    assert len(other) <= 0.03 * len(DANGER), other


def test_no_danger_of_the_rounds_is_missed_and_one_harmless_text_in_twenty_raises_an_alarm():
    danger = [text for one in ROUNDS for _, text in one["danger"]]
    harmless = [text for one in ROUNDS for text in one["harmless"]]
    assert len(danger) >= 1000
    assert [text for text in danger if emergency(text) is None] == []
    alarms = [text for text in harmless if emergency(text)]
    assert len(alarms) <= 0.05 * len(harmless), alarms


def test_a_conversation_hears_every_danger_of_the_rounds_whatever_else_the_text_seems_to_be_about():
    danger = [text for one in ROUNDS for _, text in one["danger"]]
    assert [text for text in danger if understand(text, now=NOW).emergency is None] == []


@pytest.mark.parametrize(
    "text",
    [
        "Meine Nachbarin sagt sie springt vom Balkon",
        "the balcony is coming away from the wall",
        "Ich mag nicht mehr leben",
    ],
)
def test_a_word_of_another_procedure_does_not_hide_a_danger(text):
    assert understand(text, now=NOW).emergency == "verletzt"


@pytest.mark.parametrize(
    "text",
    [
        "Im Film gestern ist ein Haus explodiert",
        "manhole cover rattles at night",
        "my upstairs neighbours are killing me with their music",
        "Danke, der Gasgeruch letzte Woche war nur Farbe",
        "Die Heizkosten sind explodiert",
    ],
)
def test_a_story_a_figure_of_speech_or_something_cleared_up_is_no_danger(text):
    assert emergency(text) is None


def test_a_crisis_is_told_whom_to_call_in_every_language():
    for language in ("de", "en", "leicht"):
        assert "0800 111 0 111" in emergencies.text(emergencies.HURT, language)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Der Aufzug steht und meine Mutter ist drin", "eingeschlossen"),
        ("Drin sitzt meine Oma, der Fahrstuhl bewegt sich nicht", "eingeschlossen"),
        ("em Keller schdingts noch faule Oier", "gas"),
        ("Wenn i s Wasser ofdreh bitzelts", "strom"),
        ("Unsere Heizung ist komplett ausgefallen", "heizung"),
        ("Aus keinem Hahn kommt mehr was", "kein_wasser"),
        ("we have no electricity in the flat", "kein_strom"),
        ("Aus dem Abfluss drückt es Fäkalien hoch", "abwasser"),
        ("Die Haustür geht nicht mehr zu", "tuer"),
    ],
)
def test_what_stands_near_each_other_tells_of_a_danger(text, kind):
    assert emergency(text) == kind


@pytest.mark.parametrize(
    "text",
    ["Der Aufzug ist kaputt, niemand drin", "Kein warmes Wasser", "Heizkörper im Bad lauwarm", "Haustür quietscht"],
)
def test_only_a_part_of_a_situation_is_no_danger(text):
    assert emergency(text) is None


@pytest.mark.parametrize("text", ["kein Gasgeruch", "Es riecht nicht nach Gas", "no smell of gas", "Nein, kein Rauch"])
def test_a_danger_denied_is_none(text):
    assert emergency(text) is None


def test_a_danger_beside_something_denied_or_past_still_counts():
    assert emergency("Kein Licht mehr. Und es riecht nach Gas!") == "gas"
    assert emergency("Letztes Jahr hatten wir einen Rohrbruch. Jetzt brennt es im Keller.") == "feuer"


def test_capitals_and_umlauts_written_out_change_nothing():
    for _, text in DANGER:
        spelt = text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
        assert emergencies.told(text.upper()) or emergencies.told(text) is None, text
        assert emergencies.told(spelt) or emergencies.told(text) is None, spelt


@pytest.mark.parametrize("language", ["de", "en", "leicht"])
@pytest.mark.parametrize("kind", emergencies.KINDS)
def test_every_danger_has_its_words_with_the_number_to_call(kind, language):
    assert re.search(r"\b11[02]\b", emergencies.text(kind, language))
    assert len({emergencies.text(kind, other) for other in ("de", "en", "leicht")}) == 3
