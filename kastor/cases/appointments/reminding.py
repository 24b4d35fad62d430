"""What happens around a visit by itself: a reminder the day before, and a look whether it is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from kastor.cases.appointments.words import said, when
from kastor.cases.message import Reply
from kastor.cases.steps import Work
from kastor.cases.working import Working

REMINDER, OVER = "appointment:reminder", "appointment:over"
"""Timers of a case that has an appointment."""

BEFORE, AFTER = timedelta(hours=24), timedelta(hours=2)
"""How long before a visit one is reminded, and how long after its end it counts as over."""


def timers(begin: datetime, end: datetime, now: datetime) -> dict[str, str | None]:
    """Timers of an appointment; no reminder for one that is tomorrow already."""
    remind_at = begin - BEFORE
    return {
        REMINDER: remind_at.isoformat() if remind_at > now else None,
        OVER: (end + AFTER).isoformat(),
    }


def remind(working: Working, work: Work) -> None:
    """Remind whoever waits for a visit; nothing where it was called off."""
    visit = working.state["appointment"]
    if visit.get("state") != "booked":
        return
    language = working.state["language"]
    text = said("reminder", language, when=when(visit["begin"], visit["end"], language), craftsman=visit["craftsman"])
    working.say(Reply(text, language, f"{working.state['id']}-{working.state['seq'] + 1}", "appointment"))
