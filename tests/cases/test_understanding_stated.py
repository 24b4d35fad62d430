"""A hundred wordy first messages of all procedures: the facts they state are read and not asked again."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from kastor.cases.dialogue import Talk, turn
from kastor.cases.guides import guide
from kastor.cases.hearing import hear
from kastor.cases.message import Message
from kastor.cases.procedure import shipped
from kastor.cases.understanding import Lexicon, of_form, understand

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MESSAGES = orjson.loads((Path(__file__).parent.parent / "data" / "phrases" / "first_messages.json").read_bytes())
PROCEDURES = shipped()


def facts_read(procedure: str, text: str) -> dict[str, object]:
    slots = of_form(PROCEDURES[procedure].form.schema)
    return {one.slot: one.value for one in understand(text, Lexicon(), now=NOW, slots=slots).slots}


def test_nineteen_of_twenty_stated_facts_are_read():
    stated = [(one, slot, value) for one in MESSAGES for slot, value in one["facts"].items()]
    read = {one["text"]: facts_read(one["procedure"], one["text"]) for one in MESSAGES}
    missed = [(one["text"], slot) for one, slot, value in stated if read[one["text"]].get(slot, "") != value]
    assert len(stated) >= 270
    assert len(missed) <= 0.05 * len(stated), missed


def test_no_stated_fact_is_asked_again():
    guides = {name: guide(one) for name, one in PROCEDURES.items()}
    again = []
    for one in MESSAGES:
        message = Message("web", "1", "t", "", one["text"], NOW)
        understood = hear(message, Talk(), PROCEDURES, NOW, Lexicon())
        if understood.candidate == one["procedure"]:
            asked = turn(Talk(), guides, understood.heard).say[-1].ask
            again += [(one["text"], asked)] if asked in one["facts"] else []
    assert again == []


@pytest.mark.parametrize(
    ("text", "dogs", "cats"),
    [
        ("Ich möchte einen Hund. Keine weiteren Tiere.", 0, 0),
        ("Andere Haustiere gibt es nicht, ich möchte zwei Katzen.", 0, 0),
        ("Ich habe bereits zwei Katzen und möchte einen Hund", None, 2),
        ("We already have one dog and would like a cat", 1, None),
        ("Ich möchte zwei Katzen halten", None, None),
        ("Ich möchte keinen Ärger, nur einen Hund", None, None),
    ],
)
def test_animals_that_live_there_already_are_told_from_those_wished_for(text, dogs, cats):
    read = facts_read("haustier", text)
    assert (read.get("vorhandene_hunde"), read.get("vorhandene_katzen")) == (dogs, cats)


@pytest.mark.parametrize(
    ("text", "storeys"),
    [
        ("Wir bauen ein zweigeschossiges Haus", 2),
        ("ein 3-geschossiges Haus mit 6 Wohnungen", 3),
        ("a single-storey extension of 30 m2", 1),
        ("Das Haus hat drei Stockwerke und eine Firsthöhe von 11 Metern", 3),
        ("ein eingeschossiger Anbau", 1),
    ],
)
def test_storeys_are_read_from_inside_a_word(text, storeys):
    assert facts_read("bauantrag", text)["vollgeschosse"] == storeys


def test_what_is_only_a_place_is_not_what_is_wished_for():
    assert facts_read("balkon_stellplatz", "I would like a wallbox on my parking space")["vorhaben"] == "wallbox"
    assert facts_read("balkon_stellplatz", "Ich suche einen Stellplatz ab dem 1. März") == {
        "vorhaben": "stellplatz",
        "wunschtermin": "2027-03-01",
    }


def test_a_decimal_point_does_not_end_a_clause():
    assert facts_read("bauantrag", "The ridge height is 10.5 m.")["firsthoehe_m"] == 10.5
