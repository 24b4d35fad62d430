"""A visit is agreed, moved or called off: the case, the craftsman and whoever waits hear of it, calendar and all."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kastor.cases import commands as c
from kastor.cases.appointments import erp
from kastor.cases.appointments.invitations import Invitation, Method, invitation
from kastor.cases.appointments.ordering import link_of
from kastor.cases.appointments.reminding import OVER, REMINDER, timers
from kastor.cases.appointments.times import Span, fits
from kastor.cases.appointments.words import CANCEL_MAIL, VISIT_MAIL, said, when
from kastor.cases.dialogue.standing import standing
from kastor.cases.message import MAIL, WEB, Attachment, Reply
from kastor.store import crafts
from kastor.store.channels import settings as channel_settings
from kastor.store.crafts import Appointment
from kastor.store.moments import moment

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

CHOSEN = "termin_gewaehlt"
"""Message the steps may wait for."""


class VisitError(ValueError):
    """A time a visit cannot be moved to; the message says why."""


def book(work: Casework, visit: Appointment, confirmed: bool) -> None:
    """A visit is agreed (``confirmed``: somebody relies on its time), and the steps go on."""
    booked = replace(visit, state=crafts.BOOKED, held_until=None, confirmed=confirmed)
    crafts.put_appointment(work.connection, booked)
    crafts.set_order(work.connection, visit.order, crafts.SCHEDULED, work.at)
    _tell(work, booked, "booked" if confirmed else "planned")
    erp.tell(work, crafts.order(work.connection, visit.order))
    work.do(visit.case, c.Signal(CHOSEN, {"termin": visit.id}, "requester"))


def move(work: Casework, visit: Appointment, begin: datetime) -> None:
    """A planned visit nobody has confirmed gets another time."""
    length = datetime.fromisoformat(visit.ends) - datetime.fromisoformat(visit.begins)
    at = begin.isoformat().replace("+00:00", "Z"), (begin + length).isoformat().replace("+00:00", "Z")
    moved = replace(visit, begins=at[0], ends=at[1], sequence=visit.sequence + 1)
    crafts.put_appointment(work.connection, moved)
    _tell(work, moved, "moved")


def reschedule(work: Casework, visit: Appointment, begin: datetime, who: str, reason: str) -> None:
    """
    A person has agreed on another time for a visit; both sides get the reason and a new invitation.

    Raises
    ------
    VisitError
        When the time is over already, or the craftsman is elsewhere then.
    """
    length = datetime.fromisoformat(visit.ends) - datetime.fromisoformat(visit.begins)
    if begin <= work.now:
        raise VisitError(f"begin: {begin.isoformat()} is over already. Name a time to come.")
    others = [
        Span(datetime.fromisoformat(one.begins), datetime.fromisoformat(one.ends), one.place)
        for one in crafts.standing(work.connection, [visit.craftsman], work.at) if one.id != visit.id
    ]  # fmt: skip
    if not fits(Span(begin, begin + length, visit.place), others):
        raise VisitError(f"begin: at {begin.isoformat()} the craftsman is at another visit. Name another time.")
    moved = replace(
        visit, begins=moment(begin), ends=moment(begin + length), sequence=visit.sequence + 1, confirmed=True
    )  # fmt: skip
    crafts.put_appointment(work.connection, moved)
    _tell(work, moved, "rescheduled", who, reason)
    erp.tell(work, crafts.order(work.connection, visit.order))


def cancel(work: Casework, visit: Appointment, who: str = "", reason: str = "") -> None:
    """A visit is called off, with the reason where one is given; what comes instead is up to the caller."""
    gone = replace(visit, state=crafts.CANCELLED, sequence=visit.sequence + 1)
    crafts.put_appointment(work.connection, gone)
    order = crafts.order(work.connection, visit.order)
    told = crafts.told(work.connection, order.id, work.key(visit.case))
    spoken = when(visit.begins, visit.ends, "de")
    text = CANCEL_MAIL.replace("{when}", spoken).replace("{order}", order.id).replace("{place}", told["place"])
    _mail(work, gone, f"Termin fällt aus: {order.id}", _with_reason(text, "de", reason), "CANCEL")
    language = standing(work.state(visit.case)).language
    words = said("cancelled", language, when=when(visit.begins, visit.ends, language))
    public = {"state": "cancelled", "uid": visit.id, "sequence": gone.sequence}
    work.do(visit.case, c.Appoint(public, {"reason": reason} if reason else {}, who))
    _say(work, gone, _with_reason(words, language, reason), "CANCEL")
    work.do(visit.case, c.SetTimers({REMINDER: None, OVER: None}))


def booked_of(work: Casework, case_id: str) -> Appointment | None:
    """The visit that is agreed for a case; None when there is none."""
    found = [one for one in crafts.appointments_of(work.connection, case_id) if one.state == crafts.BOOKED]
    return found[-1] if found else None


def _with_reason(text: str, language: str, reason: str) -> str:
    return f"{text}\n{said('reason', language, reason=reason)}" if reason else text


def _tell(work: Casework, visit: Appointment, how: str, by: str = "", reason: str = "") -> None:
    craftsman = crafts.craftsman(work.connection, visit.craftsman)
    public = {"state": "booked", "uid": visit.id, "sequence": visit.sequence}
    personal = {"begin": visit.begins, "end": visit.ends, "craftsman": craftsman.name}
    who = "requester" if how == "booked" else by
    work.do(visit.case, c.Appoint(public, personal | ({"reason": reason} if reason else {}), who))
    language = standing(work.state(visit.case)).language
    spoken = when(visit.begins, visit.ends, language)
    words = said(how, language, when=spoken, craftsman=craftsman.name)
    shows_files = work.state(visit.case)["heard"].get("channel") in (WEB, MAIL)
    if shows_files and how in ("booked", "rescheduled"):
        words += said("calendar", language)
    _say(work, visit, _with_reason(words, language, reason), "REQUEST")
    order = crafts.order(work.connection, visit.order)
    told = crafts.told(work.connection, order.id, work.key(visit.case))
    values = {
        "what": told["subject"], "order": order.id, "when": when(visit.begins, visit.ends, "de"),
        "place": told["place"], "phone": f"Telefon: {told['phone']}\n" if told["phone"] else "",
        "link": link_of(work, told["link"]),
    }  # fmt: skip
    text = VISIT_MAIL
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    _mail(work, visit, f"Termin: {told['subject']}", _with_reason(text, "de", reason), "REQUEST")
    begin, end = datetime.fromisoformat(visit.begins), datetime.fromisoformat(visit.ends)
    work.do(visit.case, c.SetTimers(timers(begin, end, work.now)))


def _say(work: Casework, visit: Appointment, text: str, method: Method) -> None:
    """Tell whoever waits, with a file for the calendar."""
    state = work.state(visit.case)
    address = next((one["sender"] for one in state["channels"] if one["channel"] == "mail"), "")
    how: Method = method if address or method == "CANCEL" else "PUBLISH"
    file = _file(work, visit, "Handwerkertermin", address, how)
    key = f"{visit.id}-{visit.sequence}-{method.lower()}"
    work.do(visit.case, c.Say((Reply(text, standing(state).language, key, "appointment", attachments=(file,)),)))


def _mail(work: Casework, visit: Appointment, subject: str, text: str, method: Method) -> None:
    """Tell the craftsman, with an invitation."""
    craftsman = crafts.craftsman(work.connection, visit.craftsman)
    file = _file(work, visit, subject, craftsman.mail, method)
    calendar = {"method": method, "content": file.content.decode()}
    work.do(visit.case, c.Send("craft", {"to": craftsman.mail, "subject": subject, "text": text, "calendar": calendar}))


def _file(work: Casework, visit: Appointment, title: str, attendee: str, method: Method) -> Attachment:
    told = crafts.told(work.connection, visit.order, work.key(visit.case))
    mailbox = channel_settings(work.connection, "mail") or {}
    host = urlsplit(os.environ.get("KASTOR_PUBLIC_URL", "")).hostname or "kastor.invalid"
    begin, end = datetime.fromisoformat(visit.begins), datetime.fromisoformat(visit.ends)
    wanted = Invitation(
        f"{visit.id}@{host}", visit.sequence, begin, end, title, "", told["place"], str(mailbox.get("address", "")),
        attendee, work.now + timedelta(0),
    )  # fmt: skip
    return invitation(wanted, method)
