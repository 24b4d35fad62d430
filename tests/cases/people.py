"""Somebody with a request on each channel: says something, answers what is asked, hears what arrives there."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

import orjson

from kastor.cases.channels.phone_events import signature as of_call
from kastor.cases.channels.whatsapp import signature as of_notice
from kastor.cases.dialogue.standing import standing
from kastor.cases.message import Choice
from tests.cases.mails import mail
from tests.cases.test_whatsapp import call, said
from tests.cases.town import API, APP, CALLS, NUMBER, STAFF, Town, text_of


@dataclass(frozen=True)
class Asked:
    """The question that is open in the case."""

    slot: str
    choices: tuple[Choice, ...]
    text: str

    def place_of(self, value: str) -> int:
        """Place of a value among the choices, 1 first; 0 when there are none."""
        values = [choice.value for choice in self.choices]
        return values.index(value) + 1 if value in values else 0


def asked(town: Town) -> Asked:
    """What the case asks; a slot without a name when nothing is asked."""
    talk = standing(town.state())
    last = [one for one in town.events() if one.kind == "asked" and one.public["ask"] == talk.asked]
    return Asked(talk.asked, talk.choices, last[-1].personal["text"]) if talk.asked and last else Asked("", (), "")


class Web:
    """In the chat of the browser."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def says(self, text: str, **answers: Any) -> None:
        sent = self.town.client.post(f"{API}/chat/messages", json={"text": text, "answers": answers})
        assert sent.status_code == 200, sent.text
        self.town.work()

    def answers(self, question: Asked, value: str) -> None:
        if question.place_of(value):
            self.says("", **{question.slot: value})
        else:
            self.says(value)

    def comes_back(self) -> None:
        """The page is open all the time."""

    def heard(self) -> list[str]:
        shown = self.town.client.get(f"{API}/chat").json()["entries"]
        return [one["text"] for one in shown if one["from"] != "me"]


class Staff(Web):
    """At the counter of a member of the staff, who writes it down and reads out what the colleague says."""

    conversation = ""

    def says(self, text: str, **answers: Any) -> None:
        entry = {"text": text, "answers": answers, "conversation": self.conversation}
        sent = self.town.client.post(f"{API}/cases", json=entry, headers=STAFF)
        assert sent.status_code == 200, sent.text
        self.conversation = sent.json()["conversation"]
        self.town.work()

    def heard(self) -> list[str]:
        case = self.town.client.get(f"{API}/cases/{self.town.case().id}", headers=STAFF).json()
        return [one["text"] for one in case["conversation"] if one["sender"] != "me"]


class Mail(Web):
    """By mail: answers stand above what is quoted."""

    ADDRESS = "erika@web.example"
    count = 0

    def says(self, text: str, **answers: Any) -> None:
        self.count += 1
        before = self.town.mails_to(self.ADDRESS)
        headers = [f"In-Reply-To: {before[-1]['Message-ID']}"] if before else []
        quoted = "\r\n\r\nAm 27.11.2026 um 09:00 schrieb Wohnen:\r\n> 1) Ja\r\n> 2) Nein" if before else ""
        subject = f"AW: {make_header(decode_header(before[-1]['Subject']))}" if before else "Anfrage"
        self.town.post(mail(f"{text}{quoted}", *headers, identity=f"<{self.count}@web.example>", subject=subject))

    def answers(self, question: Asked, value: str) -> None:
        self.says(str(question.place_of(value) or value))

    def heard(self) -> list[str]:
        return [text_of(one) for one in self.town.mails_to(self.ADDRESS)]


class WhatsApp(Web):
    """On WhatsApp: presses buttons and rows of lists, types what else is asked."""

    count = 0

    def says(self, text: str, **answers: Any) -> None:
        self._sent("text", {"body": text})

    def _sent(self, kind: str, content: Any) -> None:
        self.count += 1
        body = call(said(kind, content, f"wamid.{self.count}", int(datetime.now(UTC).timestamp())), number=NUMBER)
        header = {"X-Hub-Signature-256": of_notice(body, APP)}
        assert self.town.client.post(f"{API}/channels/whatsapp", content=body, headers=header).status_code == 200
        self.town.work()

    def answers(self, question: Asked, value: str) -> None:
        place, last = question.place_of(value), self.town.graph.sent[-1]
        if not place or last["type"] != "interactive":
            self.says(str(place or value))
            return
        action = last["interactive"]["action"]
        if "buttons" in action:
            self._sent("interactive", {"button_reply": action["buttons"][place - 1]["reply"]})
        else:
            self._sent("interactive", {"list_reply": action["sections"][0]["rows"][place - 1]})

    def heard(self) -> list[str]:
        return self.town.graph.texts


class Phone(Web):
    """On the telephone: says the first sentence, then presses keys; calls again when something is to be decided."""

    CALLER = "+491510000001"

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.calls = self.number = 0
        self.spoken: list[str] = []
        self.actions: list[dict[str, Any]] = []

    def says(self, text: str, **answers: Any) -> None:
        if not self.calls:
            self._calls()
        self._happens("transcript", text=text, confidence=0.9)

    def answers(self, question: Asked, value: str) -> None:
        place = question.place_of(value)
        assert self.actions[-1]["do"] == "ask", "nothing is asked in the call"
        if place:
            self._happens("digits", digits=f"{place:0{1 if len(question.choices) <= 7 else 2}d}")
        elif value.isdigit():
            self._happens("digits", digits=f"{value}#")
        else:
            self.says(value)

    def comes_back(self) -> None:
        """Call again: the last choice of the menu is a case one has, and its number was told in the first call."""
        told = re.search(r"(?:hat die Nummer|has the number) ((?:\d )+\d)\b", " ".join(self.spoken))
        assert told is not None, self.spoken
        self._happens("hangup")
        self._calls()
        self._happens("digits", digits=str(self.actions[-1]["text"].count("drücken Sie die")))
        self._happens("digits", digits=f"{told[1].replace(' ', '')}#")

    def _calls(self) -> None:
        self.calls, self.number = self.calls + 1, 0
        self._happens("started")

    def _happens(self, event: str, **more: Any) -> None:
        self.number += 1
        said = {"call": f"c{self.calls}", "number": self.number, "event": event, "from": self.CALLER, **more}
        body = orjson.dumps(said)
        header = {"X-Kastor-Signature": of_call(body, CALLS, int(time.time()))}
        answer = self.town.client.post(f"{API}/channels/phone", content=body, headers=header)
        assert answer.status_code == 200, answer.text
        self.actions = answer.json()["actions"]
        self.spoken += [one["text"] for one in self.actions if one.get("text")]
        self.town.work()

    def heard(self) -> list[str]:
        return self.spoken


CHANNELS = {"web": Web, "mail": Mail, "whatsapp": WhatsApp, "phone": Phone, "staff": Staff}
