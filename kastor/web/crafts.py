"""Craftsmen over HTTP: who there is, what was ordered, the page an order leads to, and what another system says."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from kastor.cases import casework
from kastor.cases.appointments import answers, craftsmen, erp, offering, visits
from kastor.cases.appointments.words import when
from kastor.cases.casework import Casework
from kastor.cases.conversation import reference
from kastor.store import Tenant, cases, crafts
from kastor.store.crafts import ORDER_STATES, Appointment, Craftsman, Order, UnknownOrder
from kastor.store.moments import moment
from kastor.web import form_bodies
from kastor.web.channels import body_of, present
from kastor.web.errors import NotFound, Unfit
from kastor.web.opened import opened
from kastor.web.pages import STATIC
from kastor.web.rights import Right, needs, person, serves_everybody
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["craftsmen"])
page = APIRouter(prefix="/{tenant}/orders", tags=["craftsmen"], dependencies=[serves_everybody()])

HANDLING, OVERSEEING = [needs(Right.HANDLE)], [needs(Right.OVERSEE)]

LARGEST_FORM = 4096
"""Of an answer. [bytes]"""

TITLES = {
    crafts.ORDERED: "Neuer Auftrag", crafts.ACCEPTED: "Angenommen", crafts.SCHEDULED: "Termin steht",
    crafts.FINISHED: "Ausgeführt", crafts.INVOICED: "Abgerechnet", crafts.DECLINED: "Abgelehnt",
    crafts.WITHDRAWN: "Nicht mehr offen",
}  # fmt: skip
BUTTONS = {answers.ACCEPT: "Auftrag annehmen", answers.DECLINE: "Ablehnen", answers.FINISH: "Als ausgeführt melden"}


class CraftsmanBody(BaseModel):
    """A craftsman as a form sends it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    mail: str = Field(max_length=254)
    trades: list[str] = Field(max_length=50)
    areas: list[str] = Field(default_factory=list, max_length=500)
    hours: str = Field(Craftsman.hours, max_length=500)
    absences: list[tuple[date, date]] = Field(default_factory=list, max_length=200)
    contract: bool = False
    priority: int = Craftsman.priority
    capacity: int = Craftsman.capacity
    place: tuple[float, float] | None = None
    active: bool = True


class OrderBody(BaseModel):
    """How an order stands, in the words of the other system; ``begin`` where that has set a time."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field(max_length=60)
    begin: AwareDatetime | None = None


class CancelBody(BaseModel):
    """Why a visit is called off; both sides are told."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


class MoveBody(BaseModel):
    """Which time was agreed on for a visit, and why it is moved; both sides are told."""

    model_config = ConfigDict(extra="forbid")

    begin: AwareDatetime
    reason: str = Field(min_length=1, max_length=500)


@router.get("/craftsmen", dependencies=HANDLING)
def list_craftsmen(request: Request, tenant: str) -> Response:
    """All craftsmen, by name, with their open orders."""
    with opened(request, tenant).database.read() as connection:
        load = crafts.load(connection)
        found = [{**asdict(one), "open": load.get(one.id, 0)} for one in crafts.all_craftsmen(connection)]
    return json({"craftsmen": found})


@router.put("/craftsmen/{craftsman}", dependencies=OVERSEEING)
def put_craftsman(request: Request, tenant: str, craftsman: str, body: CraftsmanBody) -> Response:
    """
    Add a craftsman, or change the one of this id.

    Raises
    ------
    CraftError, HoursError
        When a field makes no sense.
    """
    given = body.model_dump() | {
        "trades": tuple(body.trades), "areas": tuple(body.areas),
        "absences": tuple((first.isoformat(), last.isoformat()) for first, last in body.absences),
    }  # fmt: skip
    wanted = craftsmen.checked(Craftsman(craftsman, **given))
    with opened(request, tenant).database.write("The craftsman cannot be written") as connection:
        crafts.save(connection, wanted, moment(datetime.now(UTC)))
    return json(asdict(wanted))


@router.get("/craft-orders", dependencies=HANDLING)
def list_orders(
    request: Request,
    tenant: str,
    state: Annotated[list[Literal[ORDER_STATES]] | None, Query()] = None,  # type: ignore[valid-type]
) -> Response:
    """Orders in some states, or those that are open, the newest first, with their visit; nothing in it is personal."""
    with opened(request, tenant).database.read() as connection:
        found = crafts.listed_orders(connection, state or crafts.OPEN_ORDERS)
        visits_of = crafts.booked(connection, [one.id for one in found])
        behind = {of: cases.case(connection, of) for of in {one.case for one in found}}
    references = {of: reference(row.number, {"opened": row.opened}) for of, row in behind.items()}
    told = [{**asdict(one), "reference": references[one.case], "visit": visits_of.get(one.id)} for one in found]
    return json({"orders": told})


@router.post("/craft-orders/{order}/{answer}", dependencies=HANDLING)
def answer_order(
    request: Request, tenant: str, order: str, answer: Literal["accept", "decline", "finish", "invoice"]
) -> Response:
    """Answer for a craftsman who called; what is so already changes nothing."""
    with casework.begin(opened(request, tenant).database, present()) as work:
        changed = answers.take(work, crafts.order(work.connection, order), answer, person(request).id)
        return json({**asdict(crafts.order(work.connection, order)), "changed": changed})


@router.post("/cases/{case}/appointment/cancel", dependencies=HANDLING)
def cancel_appointment(request: Request, tenant: str, case: str, body: CancelBody | None = None) -> Response:
    """
    Call the visit of a case off; three other times are offered.

    Raises
    ------
    NotFound
        When no visit is agreed.
    """
    with casework.begin(opened(request, tenant).database, present()) as work:
        visit = _agreed(work, case)
        visits.cancel(work, visit, person(request).id, body.reason if body else "")
        crafts.set_order(work.connection, visit.order, crafts.ACCEPTED, work.at)
        offering.offer(work, visit.case, {})
        return json({"cancelled": visit.id})


@router.post("/cases/{case}/appointment/move", dependencies=HANDLING)
def move_appointment(request: Request, tenant: str, case: str, body: MoveBody) -> Response:
    """
    Move the visit of a case to a time a person has agreed on with both sides.

    Raises
    ------
    NotFound
        When no visit is agreed.
    VisitError
        When the time is over already, or the craftsman is elsewhere then.
    """
    with casework.begin(opened(request, tenant).database, present()) as work:
        visit = _agreed(work, case)
        visits.reschedule(work, visit, body.begin.astimezone(UTC), person(request).id, body.reason)
        return json({"moved": visit.id})


def _agreed(work: Casework, case: str) -> Appointment:
    visit = visits.booked_of(work, cases.case(work.connection, case).id)
    if visit is None:
        raise NotFound(f"No visit is agreed for case {case[:40]}.")
    return visit


@router.post("/erp/orders/{order}", dependencies=HANDLING)
def order_state(request: Request, tenant: str, order: str, body: OrderBody) -> Response:
    """
    How an order stands in the housing company's system; the same again changes nothing.

    Raises
    ------
    Unfit
        When the state is unknown.
    UnknownOrder
        When there is no such order.
    """
    with casework.begin(opened(request, tenant).database, present()) as work:
        settings = crafts.connection_settings(work.connection, erp.NAME)
        state = erp.state_of(erp.read(settings) if settings else None, body.state)
        if not state:
            raise Unfit(f"state: {body.state[:40]!r} is none of {', '.join(ORDER_STATES)}.")
        known = crafts.order(work.connection, order)
        changed = _stands(work, known, state, body.begin, person(request).id)
        return json({**asdict(crafts.order(work.connection, order)), "changed": changed})


def _stands(work: Casework, order: Order, state: str, begin: datetime | None, who: str) -> bool:
    if state == crafts.SCHEDULED:
        if begin is None:
            raise Unfit("begin: is missing. A visit that is scheduled has a time.")
        return answers.scheduled(work, order, begin, who)
    wanted = {
        crafts.ACCEPTED: answers.ACCEPT, crafts.DECLINED: answers.DECLINE, crafts.FINISHED: answers.FINISH,
        crafts.INVOICED: answers.INVOICE,
    }  # fmt: skip
    return state in wanted and answers.take(work, order, wanted[state], who)


@page.get("/{token}", response_class=HTMLResponse)
def order_page(request: Request, tenant: str, token: str) -> Response:
    """The page of an order for the craftsman; who has its address may answer."""
    twin = opened(request, tenant)
    with casework.begin(twin.database, present()) as work:
        return _page(twin, work, crafts.order_of_link(work.connection, token))


@page.post("/{token}", response_class=HTMLResponse)
async def answer_page(request: Request, tenant: str, token: str) -> Response:
    """Take what the craftsman pressed; the same again changes nothing."""
    body = await body_of(request, LARGEST_FORM)
    fields = dict(form_bodies.form(body, request.headers.get("content-type", "")).fields)
    return await run_in_threadpool(_answered, request, tenant, token, fields.get("answer", ""))


def _answered(request: Request, tenant: str, token: str, answer: str) -> Response:
    twin = opened(request, tenant)
    if answer not in BUTTONS:
        raise Unfit(f"answer: {answer[:40]!r} is none of {', '.join(BUTTONS)}.")
    with casework.begin(twin.database, present()) as work:
        order = crafts.order_of_link(work.connection, token)
        answers.take(work, order, answer)
        return _page(twin, work, crafts.order(work.connection, order.id))


def _page(twin: Tenant, work: Casework, order: Order) -> Response:
    if cases.case(work.connection, order.case).erased:
        raise UnknownOrder("This order is over; nothing of it is kept any more.")
    open_now = order.state in crafts.OPEN_ORDERS
    told = crafts.told(work.connection, order.id, work.key(order.case)) if open_now else {}
    visit = visits.booked_of(work, order.case) if open_now else None
    time = f"<p><strong>Termin: {escape(when(visit.begins, visit.ends, 'de'))}</strong></p>" if visit else ""
    phone = f"<p>Telefon: {escape(told['phone'])}</p>" if visit and told.get("phone") else ""
    paragraphs = [escape(one).replace("\n", "<br>") for one in told.get("body", "").split("\n\n")]
    text = "".join(f"<p>{one}</p>" for one in paragraphs)
    possible = [one for one in answers.POSSIBLE.get(order.state, ()) if one in BUTTONS]
    words = BUTTONS | ({answers.DECLINE: "Termin absagen"} if visit else {})
    buttons = "".join(
        f'<button class="btn{" p" if not number else ""}" name="answer" value="{one}">{words[one]}</button>'
        for number, one in enumerate(possible)
    )
    title = TITLES[order.state]
    body = (
        f"<!doctype html>\n<html lang=\"de\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width="
        f"device-width\"><meta name=\"robots\" content=\"noindex\"><title>{title}: {escape(order.id)}</title>"
        f"{_styles()}</head><body><main class=\"order\"><h1>{title}</h1>"
        f"<p>{escape(twin.info.title)}, Auftrag {escape(order.id)}</p>{time}{phone}{text}"
        f"<form method=\"post\">{buttons}</form></main></body></html>"
    )  # fmt: skip
    return HTMLResponse(body, headers={"Cache-Control": "no-store"})


@cache
def _styles() -> str:
    """The styles of the chat, where the browser app is built."""
    file = STATIC / "chat.html"
    found = re.findall(r'<link rel="stylesheet"[^>]*>', file.read_text(encoding="utf-8")) if file.is_file() else []
    return "".join(found)
