"""Calls between provider and case: each event is answered once, and the same answer is given when it comes again.

Where a call stands is kept for a day and no longer; what was said is in the log of its case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from threading import Lock

import orjson

from kastor.cases.channels.calling_again import number_of, taken_up
from kastor.cases.channels.inbox import Receive
from kastor.cases.channels.phone import CASE, Line, Numbers, Turn, not_found, spoken, turn
from kastor.cases.channels.phone_events import Event, as_json
from kastor.cases.channels.phone_words import WORDS
from kastor.cases.channels.settings import PhoneSettings
from kastor.cases.message import PHONE, Choice, Reply
from kastor.cases.offering import offered_by
from kastor.store import Tenant, channels

_LOCKS = tuple(Lock() for _ in range(64))


def answered(tenant: Tenant, settings: PhoneSettings, happened: Event, receive: Receive, now: datetime) -> bytes:
    """
    What the provider is to do after an event, as JSON.

    Parameters
    ----------
    receive
        Takes a message in: ``reception.receive``.
    """
    with _LOCKS[hash(happened.call) % len(_LOCKS)]:
        with tenant.database.read() as connection:
            before = channels.note(connection, PHONE, f"{happened.call}/{happened.number}")
            standing = channels.note(connection, PHONE, happened.call)
        if before:
            return before
        line = _line(standing)
        found = _turned(tenant, settings, line, happened, receive, now)
        answer = orjson.dumps(as_json(found.actions))
        with tenant.database.write("A call cannot be written down") as connection:
            channels.set_note(connection, PHONE, f"{happened.call}/{happened.number}", answer, now)
            channels.set_note(connection, PHONE, happened.call, orjson.dumps(asdict(found.line)), now)
        return answer


def _line(kept: bytes) -> Line:
    if not kept:
        return Line()
    values = orjson.loads(kept)
    return Line(**{**values, "choices": tuple((key, value) for key, value in values["choices"])})


def _turned(
    tenant: Tenant, settings: PhoneSettings, line: Line, happened: Event, receive: Receive, now: datetime
) -> Turn:
    """What follows from an event; the dialogue is asked where it has something to hear."""
    numbers = Numbers(settings.person, settings.emergency)
    found = turn(line, happened, menu(tenant, line.language), settings.name, numbers)
    if found.message is not None and line.ask == CASE and not found.actions:
        again = taken_up(tenant, found.message, now)
        if again is not None:
            return spoken(found.line, (again,), numbers)
        found = not_found(found.line, happened, numbers)
    if found.message is None:
        return found
    replies = receive(tenant, found.message, now)
    if found.actions:
        # a person or a call back was wanted: that is said already
        return found
    return spoken(found.line, _with_number(tenant, happened.call, replies), numbers)


def _with_number(tenant: Tenant, call: str, replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """Replies, and after a letter the number of the case: with it somebody can call again."""
    at = next((place for place, one in enumerate(replies, 1) if one.kind == "letter"), None)
    if at is None:
        return tuple(replies)
    last = replies[at - 1]
    words = WORDS["en" if last.language == "en" else "de"]["case_number"].format(number=number_of(tenant, call))
    return (*replies[:at], Reply(words, last.language, f"{last.key}-number"), *replies[at:])


def menu(tenant: Tenant, language: str) -> Sequence[Choice]:
    """What can be chosen at the beginning: the procedures that are offered, and a case one has already."""
    tongue = "en" if language == "en" else "de"
    offered = (Choice(one.id, one.about.names[tongue]) for one in offered_by(tenant).values())
    return (*offered, Choice(CASE, WORDS[tongue]["running"]))
