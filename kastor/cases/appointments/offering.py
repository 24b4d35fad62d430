"""Three times in three half-days, kept free for half an hour; two rounds, then a person calls.

Whoever need not be at home (stairwell, outside) is not asked: the first time that fits is planned, and may be moved by
the nightly optimisation until the day before.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kastor.cases import commands as c
from kastor.cases.appointments import visits
from kastor.cases.appointments.ordering import free_times, point_of
from kastor.cases.appointments.times import Span, proposals
from kastor.cases.appointments.words import said
from kastor.cases.dialogue.after import ask_appointment
from kastor.cases.dialogue.standing import kept, standing
from kastor.cases.dialogue.words import span_words
from kastor.cases.message import Choice, Reply
from kastor.store import crafts
from kastor.store.crafts import Appointment, Craftsman, Order
from kastor.store.moments import moment

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

KEPT_FREE = timedelta(minutes=30)
"""How long an offered time is kept free."""

ROUNDS = 2
"""How often three times are offered before a person calls."""


def offer(work: Casework, case_id: str, payload: Mapping[str, Any]) -> None:
    """Offer times for the order a craftsman has accepted; ``payload`` is that of the effect ``offer``."""
    order = accepted(work, case_id)
    if order is None:
        work.do(case_id, c.HandOver("no_craftsman"))
    elif crafts.told(work.connection, order.id, work.key(case_id)).get("home", True):
        propose(work, case_id, order, ())
    else:
        _plan(work, case_id, order)


def accepted(work: Casework, case_id: str) -> Order | None:
    """The order of a case a craftsman works on; None when there is none."""
    found = [
        one for one in crafts.orders_of(work.connection, case_id) if one.state in (crafts.ACCEPTED, crafts.SCHEDULED)
    ]
    return found[-1] if found else None


def propose(work: Casework, case_id: str, order: Order, without: Iterable[datetime], before: str = "") -> None:
    """
    Keep three times free and ask for one of them.

    Parameters
    ----------
    without
        Beginnings of times that were offered already; their half-days are not offered again.
    before
        A sentence that is said first.
    """
    release(work, case_id)
    craftsman = crafts.craftsman(work.connection, order.craftsman)
    found = proposals(free_times(work, craftsman, work.state(case_id)), without)
    if not found:
        call_back(work, case_id)
        return
    kept_free = [held(work, case_id, order, one) for one in found]
    crafts.add_appointments(work.connection, kept_free)
    talk = standing(work.state(case_id))
    choices = [
        Choice(one.id, span_words(span.begin, span.end, talk.language))
        for one, span in zip(kept_free, found, strict=True)
    ]
    talk, question = ask_appointment(talk, choices, int(KEPT_FREE.total_seconds() // 60))
    text = f"{before}\n\n{question.text}" if before else question.text
    reply = Reply(text, talk.language, f"{kept_free[0].id}-offer", question.kind, question.choices, question.ask)
    work.do(case_id, c.Say((reply,)), c.Talk(kept(talk)))


def held(work: Casework, case_id: str, order: Order, span: Span) -> Appointment:
    """A visit that is kept free for a while; not written down yet."""
    point = point_of(work.state(case_id)) or (None, None)
    return Appointment(
        secrets.token_hex(12), case_id, order.id, order.craftsman, moment(span.begin), moment(span.end), crafts.HELD,
        moment(work.now + KEPT_FREE), order.latest, longitude=point[0], latitude=point[1],
    )  # fmt: skip


def release(work: Casework, case_id: str) -> None:
    """Times that are kept free for a case are not any longer."""
    for one in crafts.appointments_of(work.connection, case_id):
        if one.state == crafts.HELD:
            crafts.put_appointment(work.connection, replace(one, state=crafts.CANCELLED))


def call_back(work: Casework, case_id: str) -> None:
    """No time fits: a person calls."""
    language = standing(work.state(case_id)).language
    key = f"{case_id}-{work.state(case_id)['seq'] + 1}"
    work.do(case_id, c.Say((Reply(said("called_back", language), language, key, "handed_over"),)))
    work.do(case_id, c.HandOver("no_appointment"))


def _plan(work: Casework, case_id: str, order: Order) -> None:
    craftsman: Craftsman = crafts.craftsman(work.connection, order.craftsman)
    found = proposals(free_times(work, craftsman, work.state(case_id)), count=1)
    if not found:
        call_back(work, case_id)
        return
    planned = held(work, case_id, order, found[0])
    crafts.add_appointments(work.connection, [planned])
    visits.book(work, planned, confirmed=False)
