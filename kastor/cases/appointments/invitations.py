"""Appointments as iCalendar (RFC 5545, iTIP RFC 5546): invitations, changes, cancellations, and answers to them.

Times stand in ``Europe/Berlin`` with its VTIMEZONE; UID stays, SEQUENCE grows with each change, so that a calendar that
gets the same thing twice has it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from kastor.cases.hours import BERLIN
from kastor.cases.message import Attachment

_ZONE = b"""BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
"""Summer time in Germany as it is since 1996."""

Method = Literal["REQUEST", "PUBLISH", "CANCEL"]

LARGEST = 100_000
"""Of an answer that is read. [bytes]"""


@dataclass(frozen=True)
class Invitation:
    """
    What goes into a calendar.

    Parameters
    ----------
    uid, sequence
        What it is known by, and which change of it this is.
    begin, end
        UTC.
    title, text, place
        In words; no more of a person than the receiver needs.
    organizer
        Mail address answers go to; empty for none.
    attendee
        Mail address of who is invited; empty for none.
    made
        When it was written, UTC.
    """

    uid: str
    sequence: int
    begin: datetime
    end: datetime
    title: str
    text: str
    place: str
    organizer: str
    attendee: str
    made: datetime


def invitation(wanted: Invitation, method: Method) -> Attachment:
    """The file for a calendar."""
    event = Event()
    event.add("uid", wanted.uid)
    event.add("sequence", wanted.sequence)
    event.add("dtstamp", wanted.made)
    event.add("dtstart", wanted.begin.astimezone(BERLIN))
    event.add("dtend", wanted.end.astimezone(BERLIN))
    event.add("summary", wanted.title)
    event.add("description", wanted.text)
    event.add("location", wanted.place)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if wanted.organizer:
        event["organizer"] = vCalAddress(f"mailto:{wanted.organizer}")
    if wanted.attendee:
        attendee = vCalAddress(f"mailto:{wanted.attendee}")
        attendee.params["RSVP"] = vText("TRUE")
        event.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Kastor//Kastor//DE")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(Timezone.from_ical(_ZONE.replace(b"\n", b"\r\n")))
    calendar.add_component(event)
    return Attachment("termin.ics", f"text/calendar; method={method}", calendar.to_ical())


def answer(content: bytes) -> tuple[str, int, bool] | None:
    """
    What a REPLY says: UID, SEQUENCE, and whether it is accepted; None when it is none, or says neither.

    Nothing raises: it comes from outside.
    """
    if len(content) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(content)
        events = [one for one in calendar.walk("VEVENT")]
        if str(calendar.get("method", "")).upper() != "REPLY" or len(events) != 1:
            return None
        attendee = events[0].get("attendee")
        first = attendee[0] if isinstance(attendee, list) else attendee
        said = str(first.params.get("PARTSTAT", "")).upper() if first is not None else ""
        uid, sequence = str(events[0].get("uid", "")), int(events[0].get("sequence", 0))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return (uid, sequence, said == "ACCEPTED") if uid and said in ("ACCEPTED", "DECLINED") else None
