"""The desk over HTTP: the inbox, one case, what a person does to it, and figures for those who lead."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.cases import absences, casework, desk, prices
from kastor.cases import commands as c
from kastor.cases.casework import Casework
from kastor.cases.events import STAFF as WITH_STAFF
from kastor.cases.events import STATUS, TAKEN, State
from kastor.cases.figures import figures
from kastor.cases.message import STAFF, Language, Message, Reply
from kastor.cases.prices import Prices
from kastor.cases.reception import conversation, receive
from kastor.store import case_files, cases
from kastor.store.moments import moment
from kastor.web.chat import conversation_json
from kastor.web.errors import PreconditionFailed, Unfit
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/cases", tags=["cases"])

HANDLING = [needs(Right.HANDLE)]
OVERSEEING = [needs(Right.OVERSEE)]

Tongue = Literal["de", "en"]

LONGEST = 20_000
"""Letters of a text a person writes."""

Text = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Words = Annotated[str, Field(max_length=LONGEST)]

YEAR = timedelta(days=365)


class _Deed(BaseModel):
    """Something a person does; ``seq`` is the state of the case the person saw."""

    model_config = ConfigDict(extra="forbid")

    seq: int = Field(ge=1)


class TakeOver(_Deed):
    """Take the case: the colleague neither decides nor asks any longer."""

    do: Literal["take_over"]


class GiveBack(_Deed):
    """Give the case back to the colleague."""

    do: Literal["give_back"]


class Decide(_Deed):
    """Decide, with a reason of one's own where one is needed; ``text`` is the letter as edited."""

    do: Literal["decide"]
    outcome: str = Field(max_length=100)
    reason: Words = ""
    text: Words = ""


class Confirm(_Deed):
    """Agree to what a first person signed, or not."""

    do: Literal["confirm"]
    agree: bool
    reason: Words = ""


class Say(_Deed):
    """Answer who asked."""

    do: Literal["say"]
    text: Text


class Note(_Deed):
    """Leave a note that only the staff reads."""

    do: Literal["note"]
    text: Text


class Draft(_Deed):
    """Keep a letter as edited."""

    do: Literal["draft"]
    letter: str = Field(max_length=100)
    text: Text


class Learn(_Deed):
    """Set right what is known."""

    do: Literal["learn"]
    slot: str = Field(max_length=100)
    value: str | int | float | bool | list[str] | None


class Reopen(_Deed):
    """Take the case up again."""

    do: Literal["reopen"]


class Close(_Deed):
    """The case is settled."""

    do: Literal["close"]


class Join(_Deed):
    """The case is the same matter as another one."""

    do: Literal["join"]
    case: str = Field(max_length=40)


class Entry(BaseModel):
    """What somebody said, as a member of the staff writes it down."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field("", max_length=100)
    conversation: str = Field("", max_length=100)
    text: Words = ""
    language: Language | None = None
    answers: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict, max_length=60)
    object: str = Field("", max_length=200)


Deed = Annotated[
    TakeOver | GiveBack | Decide | Confirm | Say | Note | Draft | Learn | Reopen | Close | Join,
    Field(discriminator="do"),
]


class AbsenceBody(BaseModel):
    """First and last day somebody is away, ISO 8601."""

    model_config = ConfigDict(extra="forbid")

    begin: str = Field(max_length=10)
    end: str = Field(max_length=10)


class PricesBody(BaseModel):
    """An hour of work [EUR], minutes by way of working, and where the numbers are from."""

    model_config = ConfigDict(extra="forbid")

    rate: float
    automatic: float
    coupled: float
    person: float
    source: str = Field(max_length=500)
    day: str = Field(max_length=10)


@router.get("", dependencies=HANDLING)
def inbox(
    request: Request,
    tenant: str,
    language: Tongue = "de",
    status: Annotated[list[Literal[STATUS]] | None, Query()] = None,  # type: ignore[valid-type]
) -> Response:
    """Cases that wait for people, urgent ones first; others by ``status``."""
    twin, me = opened(request, tenant), person(request).id
    with twin.database.read() as connection:
        away = absences.away(connection, desk.local_day(datetime.now(UTC)))
        found = desk.inbox(connection, me, language, status or (WITH_STAFF, TAKEN), away)
    return json({"cases": list(found.lines), "running": found.running})


@router.post("", dependencies=HANDLING)
def take_down(request: Request, tenant: str, entry: Annotated[Entry, Body()]) -> Response:
    """
    Write down what somebody says at the counter, in a letter or on one's own telephone, and go on with it.

    The colleague answers to who writes it down, and asks what is missing; the same ``key`` again changes nothing.
    Give back ``conversation`` with what is said next.

    Raises
    ------
    Unfit
        When nothing was said, or the conversation was erased.
    """
    if not entry.text.strip() and not entry.answers:
        raise Unfit("text: nothing was written. Write what was said, or give answers.")
    twin, thread = opened(request, tenant), entry.conversation or secrets.token_urlsafe(12)
    now = datetime.now(UTC)
    message = Message(
        STAFF, entry.key or secrets.token_urlsafe(12), thread, person(request).id, entry.text, now,
        language=entry.language, answers=entry.answers, object=entry.object,
    )  # fmt: skip
    receive(twin, message, now)
    found = conversation(twin, STAFF, thread)
    if found is None:
        raise Unfit("conversation: it was erased. Leave it out to begin a new one.")
    return json({**conversation_json(found), "case": found.case, "conversation": thread})


@router.get("/figures", dependencies=OVERSEEING)
def overview(request: Request, tenant: str, since: datetime | None = None, until: datetime | None = None) -> Response:
    """Figures of the cases opened in a period, the last year unless one is named; none is about a person."""
    end = (until or datetime.now(UTC)).astimezone(UTC)
    begin = (since or end - YEAR).astimezone(UTC)
    with opened(request, tenant).database.read() as connection:
        priced = prices.prices(connection)
        return json({**figures(connection, moment(begin), moment(end), priced), "prices": priced})


@router.put("/figures/prices", dependencies=OVERSEEING)
def put_prices(request: Request, tenant: str, body: PricesBody) -> Response:
    """
    Say what work on a case is estimated at.

    Raises
    ------
    PriceError
        When a number is out of range, or source or day are missing.
    """
    wanted = Prices(**body.model_dump())
    with opened(request, tenant).database.write("The prices cannot be written") as connection:
        prices.set_prices(connection, wanted, moment(datetime.now(UTC)), person(request).id)
    return json(wanted)


@router.get("/absence", dependencies=HANDLING)
def own_absence(request: Request, tenant: str) -> Response:
    """When the caller is away; nobody else can read it."""
    with opened(request, tenant).database.read() as connection:
        return json(absences.absence_of(connection, person(request).id))


@router.put("/absence", dependencies=HANDLING)
def put_absence(request: Request, tenant: str, body: AbsenceBody) -> Response:
    """
    Say when the caller is away: the cases they have may be taken over meanwhile.

    Raises
    ------
    AbsenceError
        When a day makes no sense.
    """
    who = person(request).id
    return _absent(request, tenant, who, body, who)


@router.delete("/absence", dependencies=HANDLING)
def delete_absence(request: Request, tenant: str) -> Response:
    """The caller is back."""
    now, who = datetime.now(UTC), person(request).id
    with opened(request, tenant).database.write("The absence cannot be ended") as connection:
        absences.end_absence(connection, who, desk.local_day(now), moment(now), who)
    return Response(status_code=204)


@router.put("/{case}/absence", dependencies=OVERSEEING)
def put_holders_absence(request: Request, tenant: str, case: str, body: AbsenceBody) -> Response:
    """
    Say that whoever has a case is away, for one who cannot say so; it stays untold who that is.

    Raises
    ------
    Unfit
        When nobody has the case.
    """
    with opened(request, tenant).database.read() as connection:
        holder = cases.case(connection, case).person
    if not holder:
        raise Unfit("case: nobody has it. Anybody may take it over.")
    return _absent(request, tenant, holder, body, person(request).id)


def _absent(request: Request, tenant: str, away: str, body: AbsenceBody, who: str) -> Response:
    now = datetime.now(UTC)
    with opened(request, tenant).database.write("The absence cannot be written") as connection:
        stated = absences.set_absence(connection, away, body.begin, body.end, desk.local_day(now), moment(now), who)
    return json(stated)


@router.get("/{case}", dependencies=HANDLING)
def one_case(request: Request, tenant: str, case: str, language: Tongue = "de") -> Response:
    """A case with facts, conversation, rules, recommendation, drafts and what happened so far."""
    return json(_page(request, tenant, case, language))


@router.get("/{case}/files/{file}", dependencies=HANDLING)
def one_file(request: Request, tenant: str, case: str, file: str) -> Response:
    """A file that came with a message; it is always saved, never shown as a page."""
    with opened(request, tenant).database.read() as connection:
        _, media_type, content = case_files.file(connection, case, cases.key_of(connection, case), file)
    picture = media_type in ("image/jpeg", "image/png", "image/webp")
    headers = {"Content-Disposition": "inline" if picture else "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type if picture else "application/octet-stream", headers=headers)


@router.post("/{case}/deeds", dependencies=HANDLING)
def act(request: Request, tenant: str, case: str, deed: Annotated[Deed, Body()], language: Tongue = "de") -> Response:
    """Do something to a case; what leaves without a person's own reason where one is needed is refused."""
    who = person(request).id
    with casework.begin(opened(request, tenant).database, datetime.now(UTC)) as work:
        state = work.state(case)
        if state["seq"] != deed.seq:
            raise PreconditionFailed("Something happened in the case meanwhile. Look at it again, then decide.")
        work.do(case, *_commands(work, state, deed, who))
    return json(_page(request, tenant, case, language))


def _page(request: Request, tenant: str, case: str, language: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    with opened(request, tenant).database.read() as connection:
        today = desk.local_day(now)
        return desk.page(connection, case, person(request).id, language, today, absences.away(connection, today))


def _commands(work: Casework, state: State, deed: _Deed, who: str) -> tuple[c.Command, ...]:
    """What a deed asks of the engine."""
    match deed:
        case TakeOver():
            holder = state["person"]
            gone = holder in absences.away(work.connection, desk.local_day(work.now))
            return (c.TakeOver(who, holder if gone else ""),)
        case GiveBack():
            return (c.GiveBack(who),)
        case Decide():
            return (c.Decide(deed.outcome, who, deed.reason, deed.text),)
        case Confirm():
            return (c.Confirm(who, deed.agree, deed.reason),)
        case Say():
            reply = Reply(deed.text, cast(Language, state["language"]), secrets.token_hex(8), "text")
            return (c.Say((reply,), who=who),)
        case Note():
            return (c.Note(who, deed.text),)
        case Draft():
            return (c.Draft(who, deed.letter, deed.text),)
        case Learn():
            return (c.Learn((c.Fact(deed.slot, deed.value, "staff"),), who),)
        case Reopen():
            return (c.Reopen("staff", who),)
        case Join():
            work.state(deed.case)
            return (c.Join(deed.case, who),)
        case _:
            return (c.Close("staff", who),)
