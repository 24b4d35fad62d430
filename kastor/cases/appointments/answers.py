"""What craftsmen answer: by the link of an order, by the answer of their calendar, or through another system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kastor.cases import commands as c
from kastor.cases import neighbours
from kastor.cases.appointments import erp, offering, ordering, visits
from kastor.cases.appointments.alarming import ON_CALL
from kastor.cases.appointments.invitations import answer
from kastor.cases.appointments.times import VISIT, Span
from kastor.cases.events import ERASED
from kastor.store import crafts
from kastor.store.crafts import Order, UnknownOrder
from kastor.store.moments import moment

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

ACCEPT, DECLINE, FINISH, INVOICE = "accept", "decline", "finish", "invoice"
"""What can be answered."""

POSSIBLE = {
    crafts.ORDERED: (ACCEPT, DECLINE), crafts.ACCEPTED: (DECLINE, FINISH), crafts.SCHEDULED: (FINISH, DECLINE),
    crafts.FINISHED: (INVOICE,),
}  # fmt: skip
"""By the state of an order; everything else changes nothing, so that an answer may come twice."""


def take(work: Casework, order: Order, what: str, who: str = "") -> bool:
    """
    Take an answer; gives whether it changed anything.

    Parameters
    ----------
    who
        Number of the person who answers for the craftsman; empty for the craftsman.

    Raises
    ------
    UnknownOrder
        When the case was erased.
    """
    if work.row(order.case).status == ERASED:
        raise UnknownOrder("The case of this order was erased.")
    if what not in POSSIBLE.get(order.state, ()):
        return False
    {ACCEPT: _accept, DECLINE: _decline, FINISH: _finish, INVOICE: _invoice}[what](work, order, who)
    return True


def of_calendar(work: Casework, content: bytes, sender: str) -> bool:
    """
    Take the answer of a calendar; gives whether it was one to an appointment of ours.

    An answer to an earlier change of the appointment counts for nothing any more.

    Parameters
    ----------
    sender
        Mail address it comes from; must be the craftsman's.
    """
    read = answer(content)
    visit = crafts.appointment(work.connection, read[0].partition("@")[0]) if read else None
    if read is None or visit is None:
        return False
    craftsman = crafts.craftsman(work.connection, visit.craftsman)
    if sender.lower() == craftsman.mail.lower() and read[1] >= visit.sequence and not read[2]:
        order = crafts.order(work.connection, visit.order)
        if visit.state == crafts.BOOKED:
            take(work, order, DECLINE)
    return True


def scheduled(work: Casework, order: Order, begin: datetime, who: str = "") -> bool:
    """
    Another system has set the time of a visit; gives whether that changed anything.

    The time is one somebody relies on: it is booked as it is, whatever was offered here.
    """
    if order.state not in (crafts.ORDERED, crafts.ACCEPTED, crafts.SCHEDULED):
        return False
    before = visits.booked_of(work, order.case)
    if before is not None and before.begins == moment(begin):
        return False
    if order.state == crafts.ORDERED:
        _accept(work, order, who)
    if before is not None:
        visits.cancel(work, before, who)
    visit = offering.held(work, order.case, order, Span(begin, begin + VISIT))
    crafts.add_appointments(work.connection, [visit])
    visits.book(work, visit, confirmed=True)
    offering.release(work, order.case)
    return True


def over(work: Casework, case_id: str, payload: Mapping[str, Any]) -> None:
    """The time of a visit is over: its order counts as done unless somebody says otherwise."""
    order = offering.accepted(work, case_id)
    if order is not None:
        take(work, order, FINISH)


def _accept(work: Casework, order: Order, who: str) -> None:
    _set(work, order, crafts.ACCEPTED)
    if order.trade == ON_CALL:
        work.do(order.case, c.Signal("alarm_bestaetigt", {}, who))
        return
    before = work.state(order.case)["steps"]
    work.do(order.case, c.Signal("auftrag_angenommen", {}, who))
    if work.state(order.case)["steps"] == before:
        # the steps are further on already: another craftsman had declined after all was agreed
        offering.offer(work, order.case, {})


def _decline(work: Casework, order: Order, who: str) -> None:
    _set(work, order, crafts.DECLINED)
    offering.release(work, order.case)
    visit = visits.booked_of(work, order.case)
    if visit is not None:
        visits.cancel(work, visit, who)
    ordering.next_craftsman(work, order.case)


def _finish(work: Casework, order: Order, who: str) -> None:
    _set(work, order, crafts.FINISHED)
    visit = visits.booked_of(work, order.case)
    if visit is not None:
        crafts.put_appointment(work.connection, replace(visit, state=crafts.DONE))
    work.do(order.case, c.Signal("ausgefuehrt", {}, who))
    neighbours.settle(work, order.case)


def _invoice(work: Casework, order: Order, who: str) -> None:
    _set(work, order, crafts.INVOICED)


def _set(work: Casework, order: Order, state: str) -> None:
    crafts.set_order(work.connection, order.id, state, work.at)
    erp.tell(work, replace(order, state=state))
