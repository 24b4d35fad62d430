"""Which craftsman gets an order, and what the craftsman is told: the place, the trade, what is wrong, by when.

Who has the trade and the area is asked in this order: whoever can come in time, then framework contracts, then
priority, then whoever has the fewest open orders, then the nearest. Who declines, or does not answer within a day, is
not asked again for the same matter; when nobody is left a person is told.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kastor.cases import commands as c
from kastor.cases.appointments import erp
from kastor.cases.appointments.times import Point, Span, distance, free, hours_of
from kastor.cases.appointments.words import ORDER_MAIL, ORDER_MAIL_WITHOUT_LINK
from kastor.cases.events import State
from kastor.cases.hours import BERLIN, LAENDER, Calendar, SpanError, later
from kastor.store import crafts
from kastor.store.crafts import Craftsman, Order
from kastor.store.moments import moment

if TYPE_CHECKING:
    from kastor.cases.casework import Casework

ANSWER = timedelta(hours=24)
"""How long a craftsman has to answer."""

URGENT = ("K0", "K1", "K2")
"""Classes for which somebody comes on the same day where possible."""

SOON = timedelta(hours=2)
"""The earliest visit from now on."""

_POSTCODE = re.compile(r"\b\d{5}\b")


def order(work: Casework, case_id: str, payload: Mapping[str, Any]) -> None:
    """Order what a step wants; ``payload`` is that of the effect ``order``."""
    task = payload["task"].get("trade", "gewerk")
    trade = payload["values"].get(task) or payload["facts"].get(task) or ""
    for one in crafts.orders_of(work.connection, case_id):
        if one.state == crafts.ORDERED:
            crafts.set_order(work.connection, one.id, crafts.WITHDRAWN, work.at)
            erp.tell(work, replace(one, state=crafts.WITHDRAWN))
    said = {
        "trade": trade, "subject": payload["letter"]["subject"], "body": payload["letter"]["body"],
        "phone": payload["facts"].get("telefon") or "", "urgency": payload["urgency"],
        "home": payload["facts"].get("ort") not in ("treppenhaus", "aussen", "gemeinschaft"),
    }  # fmt: skip
    place(work, case_id, said)


def next_craftsman(work: Casework, case_id: str) -> None:
    """Order the same from whoever comes next, who has a whole day to answer again."""
    before = crafts.orders_of(work.connection, case_id)[-1]
    place(work, case_id, crafts.told(work.connection, before.id, work.key(case_id)))
    waiting = {name: moment(work.now + ANSWER) for name in work.state(case_id)["timers"] if name.endswith(":ein_tag")}
    if waiting:
        work.do(case_id, c.SetTimers(waiting))


def place(work: Casework, case_id: str, said: Mapping[str, Any]) -> None:
    """Order from whoever comes next in the trade, or tell a person that nobody is left."""
    state, earlier = work.state(case_id), crafts.orders_of(work.connection, case_id)
    latest = latest_of(work, case_id)
    asked = {one.craftsman for one in earlier if one.state in (crafts.DECLINED, crafts.WITHDRAWN)}
    found = [one for one in _ranked(work, state, str(said["trade"]), latest) if one.id not in asked]
    if not found:
        work.do(case_id, c.HandOver("no_craftsman", str(said["trade"])))
        return
    link = secrets.token_urlsafe(24)
    placed = Order(
        f"{case_id}-o{len(earlier) + 1}", case_id, found[0].id, str(said["trade"]), crafts.ORDERED, work.at, work.at,
        moment(latest) if latest else None,
    )  # fmt: skip
    told = {**said, "link": link, "place": state["place"].get("address", "")}
    crafts.add_order(work.connection, placed, link, told, work.key(case_id))
    work.do(case_id, c.Send("craft", {"to": found[0].mail, "subject": said["subject"], "text": _text(work, told)}))
    erp.tell(work, placed)


def link_of(work: Casework, token: str) -> str:
    """Where a craftsman answers; empty when this instance has no address (``KASTOR_PUBLIC_URL``)."""
    address = os.environ.get("KASTOR_PUBLIC_URL", "").rstrip("/")
    tenant = quote(work.tenant, safe="")
    return f"{address}/{tenant}/orders/{token}" if address else ""


def _text(work: Casework, told: Mapping[str, Any]) -> str:
    link = link_of(work, told["link"])
    text = ORDER_MAIL if link else ORDER_MAIL_WITHOUT_LINK
    return text.replace("{link}", link).replace("{body}", told["body"])


def calendar_of(work: Casework, state: State) -> Calendar:
    """Working days of the Land the case is in, where that is known."""
    land = state["facts"].get("bundesland", {}).get("value") or work.office.land
    return Calendar(land if land in LAENDER else "")


def latest_of(work: Casework, case_id: str) -> datetime | None:
    """By when the visit should begin, by the class of urgency and the deadline the procedure sets for it."""
    state, procedure = work.state(case_id), work.procedure(case_id)
    deadlines = {one.id: one for one in getattr(procedure.about, "deadlines", ())} if procedure else {}
    named = deadlines.get(state["urgency"])
    if named is None:
        return None
    begun = datetime.fromisoformat(state["opened"])
    try:
        return later(begun, named.within, named.counted, calendar_of(work, state))
    except SpanError:
        return None


def earliest(work: Casework, state: State) -> datetime:
    """When the first visit may begin: soon when it is urgent, else on the next day."""
    if state["urgency"] in URGENT:
        return work.now + SOON
    tomorrow = work.now.astimezone(BERLIN).date() + timedelta(days=1)
    return max(work.now + SOON, datetime.combine(tomorrow, datetime.min.time(), BERLIN).astimezone(UTC))


def point_of(state: State) -> Point | None:
    """Where the case is, if a point is known: longitude, latitude. [degree]"""
    point = state["place"].get("point")
    return (float(point[0]), float(point[1])) if point else None


def free_times(work: Casework, craftsman: Craftsman, state: State) -> Iterator[Span]:
    """Times a craftsman can come to a case, the earliest first."""
    busy = [
        Span(datetime.fromisoformat(one.begins), datetime.fromisoformat(one.ends), one.place)
        for one in crafts.standing(work.connection, [craftsman.id], work.at)
    ]
    return free(
        hours_of(craftsman.hours), craftsman.absences, craftsman.capacity, busy, point_of(state),
        earliest(work, state), calendar_of(work, state),
    )  # fmt: skip


def _ranked(work: Casework, state: State, trade: str, latest: datetime | None) -> list[Craftsman]:
    postcode = _POSTCODE.search(state["place"].get("address") or "")
    area, place, load = postcode[0] if postcode else "", point_of(state), crafts.load(work.connection)

    def rank(one: Craftsman) -> tuple[bool, bool, int, int, float, str]:
        first = next(free_times(work, one, state), None)
        late = first is None or (latest is not None and first.begin > latest)
        far = distance(place, one.place) if place and one.place else 0.0
        return late, not one.contract, one.priority, load.get(one.id, 0), far, one.id

    able = [
        one for one in crafts.all_craftsmen(work.connection)
        if one.active and trade in one.trades and _covers(one.areas, area)
    ]  # fmt: skip
    return sorted(able, key=rank)


def _covers(areas: tuple[str, ...], postcode: str) -> bool:
    """Whether somebody works there; where no postcode is known, everybody might."""
    return not areas or not postcode or any(postcode.startswith(one) for one in areas)
