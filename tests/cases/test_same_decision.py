"""The same facts lead to the same decision by chat, mail, WhatsApp and telephone, in German and English."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from kastor.cases import casework
from kastor.cases.channels import calls, mail_post, whatsapp_post
from kastor.cases.channels.phone_events import Event
from kastor.cases.channels.settings import MailSettings, PhoneSettings, WhatsAppSettings
from kastor.cases.dialogue.talk import SUMMARY
from kastor.cases.message import MAIL, Choice, Message
from kastor.cases.reception import receive
from kastor.store import Tenant, cases, channels
from tests.cases.mails import TENANT, mail
from tests.cases.test_whatsapp import NUMBER, call, said

NOW = datetime(2026, 11, 27, 8, 20, tzinfo=UTC)
DOG = {"anzahl": "1", "mischling": "false", "vorhandene_hunde": "0", "haftpflicht": "true"}
FLUSH = {"gefahr": "keine", "adresse": "Kalkweg 5", "symptom": "laeuft_durch", "absperrbar": "true"}
STORIES = {
    "dog, German": ("Ich möchte einen Labrador Retriever in meiner Wohnung halten.", DOG, "haustier"),
    "dog, English": ("I would like to keep a Labrador Retriever in my flat.", DOG, "haustier"),
    "flush, German": ("Meine Toilettenspülung läuft ständig durch.", FLUSH, "schaden"),
    "flush, English": ("My toilet flush is running constantly.", FLUSH, "schaden"),
}


@dataclass
class Asked:
    """The question that is open in a case."""

    slot: str = ""
    choices: tuple[Choice, ...] = ()
    language: str = "de"

    def number_of(self, value: str) -> int:
        """Place of a value among the choices, 1 first; 0 when there are none."""
        values = [choice.value for choice in self.choices]
        return values.index(value) + 1 if value in values else 0


@dataclass
class Person:
    """Somebody on a channel: says the first thing, then answers what is asked."""

    twin: Tenant
    say: Callable[[Person, str], None]
    answer: Callable[[Person, Asked, str], None]
    count: int = 0
    seen: dict[str, Any] = field(default_factory=dict)

    def next(self) -> int:
        self.count += 1
        return self.count


def only_case(twin: Tenant) -> cases.Case:
    with twin.database.read() as connection:
        (found,) = cases.listed(connection)
    return found


def asked(twin: Tenant) -> Asked:
    """What the case asks last; nothing when the last word is no question."""
    case = only_case(twin)
    with twin.database.read() as connection:
        events = casework.read_events(connection, case.id, cases.key_of(connection, case.id))
    last = [event for event in events if event.kind in ("said", "asked")][-1]
    if last.kind != "asked" or case.status != "open":
        return Asked()
    choices = tuple(Choice(one["value"], one["label"]) for one in last.personal["choices"])
    return Asked(last.public["ask"], choices, last.public["language"])


def web_says(person: Person, text: str, answers: dict[str, Any] | None = None) -> None:
    message = Message("web", f"m{person.next()}", "t1", "anna", text, NOW, answers=answers or {})
    receive(person.twin, message, NOW)


def web_answers(person: Person, question: Asked, value: str) -> None:
    web_says(person, "", {question.slot: value})


MAILBOX = MailSettings(address=TENANT, imap_host="localhost", smtp_host="localhost", most_per_hour=100)


def mail_says(person: Person, text: str, *headers: str) -> None:
    number = person.next()
    raw = mail(f"{text}\r\n\r\n-- \r\nAnna", *headers, identity=f"<{number}@web.example>", subject="Anfrage")
    entry = channels.Entry(MAIL, f"m{number}", NOW.isoformat(), 0, raw)
    assert mail_post.take_in(person.twin, MAILBOX, entry, receive, NOW) == "message"


def mail_answers(person: Person, question: Asked, value: str) -> None:
    number = question.number_of(value)
    quoted = "\r\n\r\nAm 27.11.2026 um 09:00 schrieb Wohnen:\r\n> 1) Ja\r\n> 2) Nein"
    mail_says(person, f"{number or value}{quoted}", "References: <1@web.example>")


CLOUD = WhatsAppSettings(number=NUMBER, agreed="Vorstand, 1. November 2026")


def whatsapp_says(person: Person, text: str, kind: str = "text", content: Any = None) -> None:
    body = call(said(kind, content or {"body": text}, f"wamid.{person.next()}", int(NOW.timestamp())))
    whatsapp_post.write_down(person.twin.database, CLOUD, body, NOW)
    with person.twin.database.read() as connection:
        (entry,) = channels.waiting(connection, NOW)
    whatsapp_post.take_in(person.twin, CLOUD, entry, receive, NOW)
    with person.twin.database.write("done") as connection:
        channels.done(connection, entry)


def whatsapp_answers(person: Person, question: Asked, value: str) -> None:
    if question.number_of(value):
        pressed = {"id": f"kastor:{question.slot}:{value}", "title": "x"}
        whatsapp_says(person, "", "interactive", {"button_reply": pressed})
    else:
        whatsapp_says(person, value)


def phone_happens(person: Person, kind: str, text: str = "", digits: str = "") -> None:
    event = Event("c1", person.next(), kind, "+491510000001", text, 0.9, digits, "", NOW)
    answer = calls.answered(person.twin, PhoneSettings("Wohnen"), event, receive, NOW)
    person.seen["actions"] = orjson.loads(answer)["actions"]


def phone_says(person: Person, text: str) -> None:
    phone_happens(person, "started")
    phone_happens(person, "transcript", text)


def phone_answers(person: Person, question: Asked, value: str) -> None:
    number = question.number_of(value)
    # what is spoken in the call is what the case asks
    assert person.seen["actions"][-1]["do"] == "ask"
    width = 1 if len(question.choices) <= 7 else 2
    phone_happens(person, "digits", digits=f"{number:0{width}d}" if number else f"{value}#")


CHANNELS = {
    "web": (web_says, web_answers), "mail": (mail_says, mail_answers), "whatsapp": (whatsapp_says, whatsapp_answers),
    "phone": (phone_says, phone_answers),
}  # fmt: skip


def decision(twin: Tenant, channel: str, text: str, facts: dict[str, str]) -> Sequence[Any]:
    """What came of a story on a channel: procedure, status, outcome, what the rules said, which rules hit."""
    say, answer = CHANNELS[channel]
    person = Person(twin, say, answer)
    say(person, text)
    for _ in range(12):
        question = asked(twin)
        if not question.slot:
            break
        value = "yes" if question.slot == SUMMARY else facts[question.slot]
        answer(person, question, value)
    case = only_case(twin)
    state = casework.read_state(twin.database, case.id)
    evaluation = state["evaluation"]
    return (
        case.procedure, case.status, state["outcome"].get("outcome"), evaluation["outcome"],
        [rule["rule"] for rule in evaluation["rules"]], {slot: fact["value"] for slot, fact in state["facts"].items()},
    )  # fmt: skip


@pytest.mark.parametrize("story", list(STORIES))
@pytest.mark.parametrize("channel", ["mail", "whatsapp", "phone"])
def test_the_same_facts_give_the_same_decision(twin, story, channel, by_chat):
    text, facts, procedure = STORIES[story]
    found = decision(twin, channel, text, facts)
    assert found[0] == procedure
    assert found[3]
    assert found == by_chat(story)


@pytest.fixture(scope="module")
def by_chat(tmp_path_factory) -> Callable[[str], Sequence[Any]]:
    """What the chat decides in a story; each is told there once."""
    from kastor.store import create_tenant

    known: dict[str, Sequence[Any]] = {}

    def decided(story: str) -> Sequence[Any]:
        if story not in known:
            home = tmp_path_factory.mktemp("chat") / "home"
            with create_tenant(home, "musterstadt", "Musterstadt", "EPSG:25832+7837") as twin:
                text, facts, _ = STORIES[story]
                known[story] = decision(twin, "web", text, facts)
        return known[story]

    return decided


def test_german_and_english_decide_alike(by_chat):
    for story in ("dog", "flush"):
        german, english = by_chat(f"{story}, German"), by_chat(f"{story}, English")
        assert german[:5] == english[:5]


@pytest.mark.parametrize("channel", ["mail", "whatsapp", "phone"])
def test_danger_is_answered_first_on_every_channel(twin, channel):
    say, answer = CHANNELS[channel]
    person = Person(twin, say, answer)
    say(person, "Hilfe, es riecht im ganzen Treppenhaus stark nach Gas!")
    case = only_case(twin)
    with twin.database.read() as connection:
        events = casework.read_events(connection, case.id, cases.key_of(connection, case.id))
    first = next(event for event in events if event.kind in ("said", "asked"))
    assert first.public["kind"] == "emergency"
    assert "112" in first.personal["text"]
    if channel == "phone":
        assert "112" in person.seen["actions"][0]["text"]


@pytest.mark.parametrize("channel", ["mail", "whatsapp", "phone"])
@pytest.mark.parametrize("word", ["Mensch", "I want to talk to a human"])
def test_a_person_is_reached_on_every_channel(twin, channel, word):
    say, answer = CHANNELS[channel]
    person = Person(twin, say, answer)
    say(person, "Ich möchte einen Hund halten.")
    if channel == "phone":
        phone_happens(person, "transcript", word)
    elif channel == "mail":
        mail_says(person, word, "References: <1@web.example>")
    else:
        say(person, word)
    assert only_case(twin).status == "staff"
