"""One step of a case while it is made: events are added, the state follows at once, nothing is written yet.

Whatever is added passes the gate. Handlers of work (``handlers.py``) get a :class:`Working` and add what they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kastor.cases import gate
from kastor.cases.events import COLLEAGUE, Event, State, apply
from kastor.cases.gate import Terms
from kastor.cases.message import MAIL, WHATSAPP, Attachment, Reply
from kastor.store.case_links import digest
from kastor.store.moments import moment

SENT = (MAIL, WHATSAPP)
"""Channels on which a reply has to be sent; on the others who asks comes for it."""

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Effect:
    """
    Something to be done outside, with a key the receiver is told.

    Parameters
    ----------
    key
        Unique for ever, the same however often it is delivered.
    kind
        Who carries it out: ``mail``, ``whatsapp``, ``erp``, ``alarm``...
    lane
        Effects of one lane keep their order.
    payload
        What it takes, plain JSON.
    """

    key: str
    kind: str
    lane: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Office:
    """
    Who the colleague works for.

    Parameters
    ----------
    name
        Stands under letters.
    land
        Its Land, such as ``NW``, for holidays; empty when not known.
    """

    name: str = ""
    land: str = ""


NO_OFFICE = Office()


class Working:
    """
    A case while something is done to it.

    Parameters
    ----------
    state
        Changed in place as events are added.
    procedure
        What it follows; None while that is unknown.
    now
        The present moment, UTC.
    office
        Who the colleague works for.
    """

    def __init__(self, state: State, procedure: Terms | None, now: datetime, office: Office = NO_OFFICE) -> None:
        self.state = state
        self.procedure = procedure
        self.now = now
        self.at = moment(now)
        self.office = office
        self.events: list[Event] = []
        self.effects: list[Effect] = []
        self.timers: dict[str, str | None] = {}
        self.files: list[Attachment] = []

    def add(
        self, kind: str, who: str = COLLEAGUE, public: Mapping[str, Any] = _NOTHING,
        personal: Mapping[str, Any] = _NOTHING,
    ) -> Event:  # fmt: skip
        """
        Let something happen.

        Raises
        ------
        GateError
            When it needs a person or a reason.
        """
        event = Event(kind, self.at, who, public, personal)
        gate.check(self.state, self.procedure, event)
        apply(self.state, event)
        self.events.append(event)
        return event

    def effect(self, kind: str, payload: Mapping[str, Any], lane: str = "", key: str = "") -> str:
        """Something is to be done outside; gives its key, made from the case and the number of the event."""
        key = key or f"{self.state['id']}-{self.state['seq'] + 1}"
        self.add("effect", public={"key": key, "kind": kind})
        self.effects.append(Effect(key, kind, lane or f"{kind}:{self.state['id']}", payload))
        return key

    def timer(self, name: str, due: datetime | None) -> None:
        """Set a timer, or take it away."""
        at = None if due is None else moment(due)
        if at is None and name not in self.state["timers"]:
            return
        self.add("timer", public={"set": {name: at}})
        self.timers[name] = at

    def hand_over(self, why: str, note: str = "", who: str = COLLEAGUE) -> None:
        """A person is wanted; said once for one reason."""
        if self.state["wanted"] != why:
            self.add("handed_over", who, {"why": why}, {"note": note} if note else {})

    def say(
        self, reply: Reply, channel: str = "", thread: str = "", send: bool = True, who: str = COLLEAGUE,
        subject: str = "",
    ) -> None:  # fmt: skip
        """Say something to who asks, on the channel heard last unless another one is named."""
        to = self._channel(channel, thread)
        files = [self._kept(file) for file in reply.attachments]
        public = {"channel": to.get("channel", ""), "kind": reply.kind, "ask": reply.ask, "language": reply.language,
                  "key": reply.key}  # fmt: skip
        choices = [{"value": one.value, "label": one.label} for one in reply.choices]
        personal = {"text": reply.text, "choices": choices, "files": files}
        self.add("asked" if reply.ask else "said", who, public, personal)
        if send and to.get("channel") in SENT:
            payload = {**to, **public, **personal, "case": self.state["id"], "subject": subject}
            self.effect(to["channel"], payload, f"{to['channel']}:{digest(to['channel'], to['thread'])}", reply.key)

    def _channel(self, channel: str, thread: str) -> Mapping[str, Any]:
        """
        Where to: the thread heard last, of a channel if one is named.

        What is said unasked goes where it is brought to: who answers in the browser still gets the letter by mail.
        """
        known = [one for one in self.state["channels"] if channel in ("", one["channel"])]
        named = [one for one in known if thread in ("", one["thread"])]
        if named:
            last = self.state.get("heard", {})
            heard: Mapping[str, Any] = next((one for one in named if one["channel"] == last.get("channel")
                          and one["thread"] == last.get("thread")), named[-1])  # fmt: skip
            if channel or heard["channel"] in SENT:
                return heard
            return next((one for one in reversed(named) if one["channel"] in SENT), heard)
        return {"channel": channel, "thread": thread, "sender": ""} if channel else {}

    def _kept(self, file: Attachment) -> dict[str, Any]:
        self.files.append(file)
        return {"hash": file.hash, "name": file.name, "media_type": file.media_type, "size": len(file.content)}
