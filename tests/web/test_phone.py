"""Calls through the webhook, with the real dialogue behind it: signed, repeated, by keys alone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework
from kastor.cases.channels.phone import INTENT as SPOKEN_INTENT
from kastor.cases.channels.phone_events import signature
from kastor.cases.channels.settings import ChannelError, PhoneSettings, written
from kastor.cases.dialogue.talk import INTENT, PERSON
from kastor.cases.message import PHONE
from kastor.store import Tenant, cases, channels
from kastor.web.app import create_app
from kastor.web.settings import Settings

PATH, SECRET = "/api/tenants/musterstadt/channels/phone", "telefon-geheim"


@pytest.fixture
def client(small_twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    secrets = {"musterstadt": {"phone": {"signature": SECRET}}}
    monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", orjson.dumps(secrets).decode())
    opened = PhoneSettings("Wohnen Musterstadt", "+492362000", "+492362112")
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, PHONE, written(opened), datetime.now(UTC), "")
    app = create_app(Settings(home=small_twin.database.directory.parent.parent))
    yield TestClient(app)
    for one in app.state.tenants.values():
        one.close()


def happens(client: TestClient, number: int, event: str, call: str = "c1", **more: Any) -> list[dict[str, Any]]:
    body = orjson.dumps({"call": call, "number": number, "event": event, "from": "+491510000001", **more})
    answer = client.post(PATH, content=body, headers={"X-Kastor-Signature": signature(body, SECRET, int(time.time()))})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["actions"]
    return found


def said(actions: list[dict[str, Any]]) -> str:
    return " ".join(action.get("text", "") for action in actions)


def all_cases(twin: Tenant) -> list[Any]:
    with twin.database.read() as connection:
        return cases.listed(connection)


def test_a_call_by_keys_alone_ends_with_a_question_of_the_procedure(client, small_twin):
    begun = happens(client, 1, "started")
    assert "automatischen System" in said(begun)
    assert all_cases(small_twin) == []
    key = re.search(r"Für [^.]*Haustier[^.]* drücken Sie die (\d)", said(begun))
    assert key is not None
    asked = happens(client, 2, "digits", digits=key.group(1))
    assert asked[-1]["do"] == "ask"
    assert "drücken Sie die 1" in said(asked)
    (case,) = all_cases(small_twin)
    assert case.procedure == "haustier"


def test_a_call_goes_on_in_the_language_of_the_menu(client):
    happens(client, 1, "started")
    assert "automated system" in said(happens(client, 2, "digits", digits="8"))
    asked = happens(client, 3, "digits", digits="3")
    assert asked[-1]["language"] == "en"
    assert "Say it" in said(asked) or "press" in said(asked)


def test_the_same_event_again_gives_the_same_answer_and_changes_nothing(client, small_twin):
    happens(client, 1, "started")
    first = happens(client, 2, "transcript", text="Darf ich einen Hund halten?", confidence=0.9)
    assert happens(client, 2, "transcript", text="Darf ich einen Hund halten?", confidence=0.9) == first
    (case,) = all_cases(small_twin)
    with small_twin.database.read() as connection:
        events = casework.read_events(connection, case.id, cases.key_of(connection, case.id))
    assert sum(event.kind == "received" for event in events) == 1


def test_an_emergency_is_said_at_once_and_passed_on(client):
    happens(client, 1, "started")
    actions = happens(client, 2, "transcript", text="Hilfe, es riecht nach Gas im Treppenhaus!", confidence=0.9)
    assert "112" in said(actions)
    assert actions[-1] == {"do": "transfer", "to": "+492362112"}


def test_zero_hands_the_case_to_a_person(client, small_twin):
    happens(client, 1, "started")
    assert happens(client, 2, "digits", digits="0")[-1] == {"do": "transfer", "to": "+492362000"}
    assert all_cases(small_twin)[0].status == "staff"


def test_a_call_back_is_asked_for(client, small_twin):
    happens(client, 1, "started")
    happens(client, 2, "digits", digits="9")
    actions = happens(client, 3, "digits", digits="#")
    assert [action["do"] for action in actions] == ["say", "say", "hangup"]
    assert all_cases(small_twin)[0].status == "staff"


def test_forged_old_large_and_senseless_events_are_refused(client, small_twin):
    body = b'{"call":"c","number":1,"event":"started"}'
    now = int(time.time())
    for given in ("", signature(body, "falsch", now), signature(body, SECRET, now - 600), signature(b"x", SECRET, now)):
        assert client.post(PATH, content=body, headers={"X-Kastor-Signature": given}).status_code == 403
    assert client.post(PATH, content=b" " * 70_000).status_code == 413
    senseless = b'{"call":"c","number":0,"event":"started"}'
    answer = client.post(PATH, content=senseless, headers={"X-Kastor-Signature": signature(senseless, SECRET, now)})
    assert (answer.status_code, answer.json()["detail"][:7]) == (400, "number:")
    assert all_cases(small_twin) == []


def test_the_menu_asks_with_the_slots_of_the_dialogue():
    from kastor.cases.channels import phone

    assert (SPOKEN_INTENT, phone.ANYBODY) == (INTENT, PERSON)


@pytest.mark.parametrize(("change", "word"), [({"name": ""}, "name"), ({"person": "0236"}, "person")])
def test_settings_that_make_no_sense_are_refused(change, word):
    with pytest.raises(ChannelError, match=word):
        PhoneSettings(**{"name": "x", **change})
