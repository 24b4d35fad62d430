"""Calls: by keys alone, by words, with silence, with words that are not sure, forged and repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.cases.channels.phone import Line, Numbers, speakable, spoken, turn
from kastor.cases.channels.phone_events import BadEvent, Event, as_json, event, is_signed, signature
from kastor.cases.message import Choice, Reply

NOW = datetime(2026, 11, 27, 8, 20, tzinfo=UTC)
MENU = (Choice("schaden", "einen Schaden"), Choice("haustier", "ein Haustier"))
HOUSE = Numbers("+492362000", "+492362112")
NAME = "Wohnen Musterstadt"


def happens(line: Line, kind: str, number: int = 2, numbers: Numbers = HOUSE, **more):
    return turn(line, Event("c1", number, kind, "+491510000001", at=NOW, **more), MENU, NAME, numbers)


@pytest.fixture
def greeted() -> Line:
    return happens(Line(), "started", 1).line


def test_a_call_begins_with_what_one_talks_to_and_how_to_reach_a_person():
    found = happens(Line(), "started", 1)
    text = " ".join(action.text for action in found.actions)
    assert "automatischen System" in text
    assert "112" in text
    assert "mit der 0" in text
    assert "Für einen Schaden drücken Sie die 1." in text
    assert found.actions[-1].do == "ask"


def test_keys_lead_through_the_menu_without_a_word(greeted):
    assert dict(happens(greeted, "digits", digits="1").message.answers) == {"_intent": "schaden"}
    assert happens(greeted, "digits", digits="7").message is None
    assert "nicht belegt" in happens(greeted, "digits", digits="7").actions[0].text


def test_eight_changes_the_language(greeted):
    found = happens(greeted, "digits", digits="8")
    assert found.line.language == "en"
    assert "automated system" in found.actions[0].text


def test_star_repeats(greeted):
    assert happens(greeted, "digits", digits="*").actions[0].text == greeted.last


@pytest.mark.parametrize("state", ["greeted", "asked", "unsure", "calling_back"])
def test_zero_reaches_a_person_in_every_state(greeted, state):
    line = {
        "greeted": greeted, "asked": replace(greeted, ask="tierart", choices=(("1", "hund"),)),
        "unsure": replace(greeted, heard="Hund"), "calling_back": greeted,
    }[state]  # fmt: skip
    found = happens(line, "digits", digits="0")
    assert [action.do for action in found.actions] == ["say", "transfer"]
    assert found.actions[1].to == "+492362000"
    assert found.message.text == "Mensch"


def test_where_nobody_answers_a_call_back_is_offered(greeted):
    found = happens(greeted, "digits", digits="0", numbers=Numbers())
    assert found.message.text == "Mensch"
    assert found.line.calling_back
    given = happens(found.line, "digits", 3, digits="02362123456#")
    assert given.message.answers["telefon"] == "02362123456"
    assert [action.do for action in given.actions] == ["say", "say", "hangup"]


@pytest.mark.parametrize(
    ("more", "number"),
    [
        ({"kind": "digits", "digits": "#"}, "+491510000001"),
        ({"kind": "transcript", "text": "0 23 62 / 12 34 56"}, "02362123456"),
    ],
)
def test_a_number_to_call_back_is_typed_said_or_the_own(greeted, more, number):
    waiting = happens(greeted, "digits", digits="9").line
    assert happens(waiting, **more).message.answers["telefon"] == number


def test_half_a_number_is_asked_again(greeted):
    waiting = happens(greeted, "digits", digits="9").line
    found = happens(waiting, "digits", digits="12#")
    assert found.message is None
    assert "nicht vollständig" in found.actions[0].text


def test_what_was_heard_surely_goes_to_the_dialogue(greeted):
    assert happens(greeted, "transcript", text="Die Spülung läuft", confidence=0.9).message.text == "Die Spülung läuft"


@pytest.mark.parametrize(
    "yes", [{"kind": "digits", "digits": "1"}, {"kind": "transcript", "text": "Ja", "confidence": 0.5}]
)
def test_what_was_heard_badly_is_read_back_first(greeted, yes):
    found = happens(greeted, "transcript", text="Labrador", confidence=0.4)
    assert found.message is None
    assert "Ich habe verstanden: Labrador" in found.actions[0].text
    assert happens(found.line, number=3, **yes).message.text == "Labrador"
    refused = happens(found.line, "digits", 3, digits="2")
    assert refused.message is None
    assert "noch einmal" in refused.actions[0].text


def test_silence_is_asked_again_and_then_the_call_ends(greeted):
    line = greeted
    for _ in range(2):
        found = happens(line, "silence")
        assert found.actions[0].text.startswith("Ich habe nichts gehört.")
        line = found.line
    assert [action.do for action in happens(line, "silence").actions] == ["say", "hangup"]


def test_a_recording_is_kept_as_a_reference(greeted):
    found = happens(greeted, "recording", url="https://anbieter.example/a.wav")
    assert found.message.text == "[Aufnahme] https://anbieter.example/a.wav"


def test_replies_are_spoken_and_choices_get_keys(greeted):
    replies = (
        Reply("Sie sprechen mit einem automatischen System.", "de", "a", "notice"),
        Reply(
            "Welches Tier?",
            "de",
            "b",
            "question",
            (Choice("hund", "einen Hund"), Choice("katze", "eine Katze")),
            "tierart",
        ),
    )
    found = spoken(greeted, replies, HOUSE)
    assert [action.do for action in found.actions] == ["ask"]
    assert found.actions[0].text == "Welches Tier? Für einen Hund drücken Sie die 1. Für eine Katze drücken Sie die 2."
    assert dict(happens(found.line, "digits", 3, digits="2").message.answers) == {"tierart": "katze"}


def test_a_number_can_be_typed_where_one_is_asked(greeted):
    line = spoken(
        greeted, (Reply("Wie groß ist der Hund?", "de", "b", "question", (), "schulterhoehe_cm"),), HOUSE
    ).line
    assert happens(line, "digits", 3, digits="45#").message.text == "45"


def test_a_zero_can_be_typed_as_a_number(greeted):
    line = spoken(greeted, (Reply("Wie viele Hunde leben dort?", "de", "b", "question", (), "hunde"),), HOUSE).line
    assert happens(line, "digits", 3, digits="0#").message.text == "0"
    assert happens(line, "digits", 3, digits="0").actions[-1].do == "transfer"


def test_an_emergency_is_said_first_and_passed_on(greeted):
    replies = (Reply("Wählen Sie 112!", "de", "a", "emergency"), Reply("Wo?", "de", "b", "question", (), "ort"))
    found = spoken(greeted, replies, HOUSE)
    assert [(a.do, a.text or a.to) for a in found.actions] == [("say", "Wählen Sie 112!"), ("transfer", "+492362112")]


def test_a_case_that_goes_to_a_person_connects_or_calls_back(greeted):
    replies = (Reply("Eine Kollegin übernimmt.", "de", "a", "handed_over"),)
    assert spoken(greeted, replies, HOUSE).actions[-1].do == "transfer"
    assert spoken(greeted, replies, Numbers()).line.calling_back


def test_a_long_list_is_told_to_who_asks_for_it(greeted):
    replies = (Reply("Was?", "de", "a", "question", tuple(Choice(f"v{n}", f"Ding {n}") for n in range(1, 20)), "teil"),)
    found = spoken(greeted, replies, HOUSE)
    assert "Ding 1" not in found.actions[0].text
    assert "mit der Raute" in found.actions[0].text
    whole = happens(found.line, "digits", 3, digits="#")
    assert "Für Ding 19 drücken Sie die 19." in whole.actions[0].text


def test_more_than_seven_choices_have_keys_of_two_figures(greeted):
    replies = (Reply("Was?", "de", "a", "question", tuple(Choice(f"v{n}", f"Ding {n}") for n in range(1, 13)), "teil"),)
    found = spoken(greeted, replies, HOUSE)
    assert found.actions[0].digits == 2
    assert dict(happens(found.line, "digits", 3, digits="12").message.answers) == {"teil": "v12"}
    assert dict(happens(found.line, "digits", 3, digits="2").message.answers) == {"teil": "v2"}


def test_what_is_only_to_be_seen_is_not_spoken():
    text = "Angaben:\n- Tier: Hund\n- Größe: 45 cm\n\nMehr: https://x.example/a"
    assert speakable(text) == "Angaben: Tier: Hund. Größe: 45 cm. Mehr:"


def test_a_signature_counts_for_five_minutes():
    body = b'{"call":"c"}'
    given = signature(body, "s", int(NOW.timestamp()))
    assert is_signed(body, given, "s", NOW)
    assert is_signed(body, given, "s", NOW + timedelta(minutes=4))
    assert not is_signed(body, given, "s", NOW + timedelta(minutes=6))
    assert not is_signed(body + b" ", given, "s", NOW)
    assert not is_signed(body, given, "t", NOW)
    assert not is_signed(body, given.replace("v1=", "v0="), "s", NOW)
    assert not is_signed(body, signature(body, "", int(NOW.timestamp())), "", NOW)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"call": ""}, "call"), ({"call": 3}, "call"), ({"number": 0}, "number"), ({"number": True}, "number"),
        ({"event": "x"}, "event"), ({"confidence": 2}, "confidence"), ({"confidence": "hoch"}, "confidence"),
    ],
)  # fmt: skip
def test_a_bad_event_is_refused_by_its_field(change, word):
    with pytest.raises(BadEvent, match=f"^{word}:"):
        event(orjson.dumps({"call": "c", "number": 1, "event": "started", **change}), NOW)
    for body in (b"", b"[]", b"\xff"):
        with pytest.raises(BadEvent):
            event(body, NOW)


def test_an_event_is_read_and_cleaned():
    body = {
        "call": "c",
        "number": 2,
        "event": "digits",
        "from": "+49 (151) 000-1",
        "digits": "1a2#",
        "text": "x" * 5000,
    }
    found = event(orjson.dumps(body), NOW)
    assert (found.caller, found.digits, len(found.text)) == ("+491510001", "12#", 2000)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["started", "transcript", "digits", "recording", "silence", "hangup"]),
            st.text(max_size=8), st.floats(0, 1), st.text("0123456789*#", max_size=4),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_whatever_happens_there_is_something_to_do_or_to_pass_on(steps):
    line = Line()
    for number, (kind, text, confidence, digits) in enumerate(steps, 1):
        found = happens(line, kind, number, text=text, confidence=confidence, digits=digits)
        line = found.line
        assert kind == "hangup" or found.actions or found.message
        assert orjson.loads(orjson.dumps(as_json(found.actions)))["actions"] is not None
