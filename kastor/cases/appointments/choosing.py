"""Somebody takes one of the offered times, or none of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from kastor.cases import commands as c
from kastor.cases.appointments import offering, visits
from kastor.cases.appointments.times import Span, fits
from kastor.cases.appointments.words import said
from kastor.cases.dialogue.standing import standing
from kastor.store import crafts
from kastor.store.crafts import Appointment, Order

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

NONE = "none"
"""What is chosen when no time fits."""


def choose(work: Casework, case_id: str, chosen: str) -> None:
    """
    Take a time by its id, or ``NONE``.

    A time that was kept free too long ago is taken all the same while nobody else has it; else three others are
    offered. After ``offering.ROUNDS`` rounds a person calls.
    """
    order = offering.accepted(work, case_id)
    offered = [one for one in crafts.appointments_of(work.connection, case_id) if order and one.order == order.id]
    if order is None:
        # steps of a procedure may offer times of their own
        work.do(case_id, c.Signal(visits.CHOSEN, {"termin": chosen}, "requester"))
        return
    if visits.booked_of(work, case_id) is not None:
        return
    visit = next((one for one in offered if one.id == chosen), None)
    if visit is not None and visit.state == crafts.HELD and _still_free(work, visit):
        visits.book(work, visit, confirmed=True)
        offering.release(work, case_id)
        return
    language = standing(work.state(case_id)).language
    _offer_again(work, case_id, order, offered, "" if chosen == NONE else said("gone", language))


def _still_free(work: Casework, visit: Appointment) -> bool:
    if visit.begins <= work.at:
        return False
    others = [
        Span(datetime.fromisoformat(one.begins), datetime.fromisoformat(one.ends), one.place)
        for one in crafts.standing(work.connection, [visit.craftsman], work.at) if one.case != visit.case
    ]  # fmt: skip
    return fits(Span(datetime.fromisoformat(visit.begins), datetime.fromisoformat(visit.ends), visit.place), others)


def _offer_again(work: Casework, case_id: str, order: Order, offered: list[Appointment], before: str) -> None:
    rounds = -(-len(offered) // 3)
    if rounds >= offering.ROUNDS:
        offering.release(work, case_id)
        offering.call_back(work, case_id)
        return
    offering.propose(work, case_id, order, [datetime.fromisoformat(one.begins) for one in offered], before)
