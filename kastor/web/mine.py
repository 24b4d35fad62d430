"""Own cases over HTTP: a link instead of a password, the list, and the way from there into the chat of each.

Whoever asks for a link gets the same answer whether anybody is known or not. Looking at a link changes nothing, since
mail servers look at links; only the button behind it uses it up.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kastor.cases import casework, own_cases, signing_in
from kastor.cases.contacts import contact_of
from kastor.cases.conversation import reference
from kastor.cases.message import WEB
from kastor.cases.own_cases import NotOwn
from kastor.store import Tenant, case_links, cases, requesters
from kastor.store.errors import TooManyAttempts
from kastor.store.moments import moment
from kastor.store.requesters import LINK, SESSION, SESSION_HOLDS
from kastor.web import mine_page
from kastor.web.channels import body_of
from kastor.web.chat import Thread, chat_frame, chat_thread, chat_twin, page_language, remember_thread
from kastor.web.chat_page import word
from kastor.web.cookies import cookie, drop_cookie, set_cookie
from kastor.web.form_bodies import form
from kastor.web.guard import Limits, caller_of
from kastor.web.mine_page import Mine, Place
from kastor.web.rights import Right, needs

router = APIRouter(prefix="/{tenant}/chat/mine", tags=["chat"], dependencies=[needs(Right.SEE)])

LARGEST_FORM = 4096
"""Of a form of these pages. [bytes]"""

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("")
def page(request: Request, tenant: str, language: str = "", other: bool = False) -> Response:
    """Own cases of whoever is signed in; else, or to add an ``other`` address, where a link shall go."""
    twin, place = _place(request, tenant, language)
    shown = _shown(request, twin)
    if not shown or other:
        return _ask_page(twin, place)
    now = moment(datetime.now(UTC))
    with twin.database.read() as connection:
        found = own_cases.own_cases(connection, shown, place.language, now)
        whose = own_cases.address_of(connection, shown)
    mine = Mine(found, whose.value if whose else "", _conversation(request, twin, shown) if whose else "")
    return _html(mine_page.list_html(place, mine, chat_frame()))


@router.post("")
async def ask(request: Request, tenant: str) -> Response:
    """Ask for a link to an address or number; the answer is the same whether it is known."""
    fields = await _fields(request)
    twin, place = await run_in_threadpool(_place, request, tenant, fields.get("language", ""))
    _slow_down(request)
    contact = contact_of(fields.get("contact", ""))
    if contact is None:
        typed = fields.get("contact", "")[:254]
        return await run_in_threadpool(_ask_page, twin, place, typed, word("mine_wrong", place.language))
    await run_in_threadpool(signing_in.ask, twin.database, contact, place.language, datetime.now(UTC))
    loop = request.app.state.case_loop
    if loop is not None:
        loop.wake()
    return _html(mine_page.sent_html(place, chat_frame()))


@router.get("/enter/{token}")
def link(request: Request, tenant: str, token: str, language: str = "") -> Response:
    """The page behind a link; looking at it changes nothing."""
    _slow_down(request)
    twin, place = _place(request, tenant, language)
    with twin.database.read() as connection:
        holds = requesters.contacts_of(connection, LINK, token[:200], datetime.now(UTC))
    return _html(mine_page.enter_html(place, token if holds else "", chat_frame()), 200 if holds else 404)


@router.post("/enter/{token}")
async def enter(request: Request, tenant: str, token: str) -> Response:
    """Use a link up: this browser sees the cases of its address from now on; leads to the list (303)."""
    _slow_down(request)
    fields = await _fields(request)
    twin, place = await run_in_threadpool(_place, request, tenant, fields.get("language", ""))
    secret = await run_in_threadpool(_entered, twin, token[:200], _session(request, tenant))
    if secret is None:
        return _html(mine_page.enter_html(place, "", chat_frame()), 404)
    answer = _to_list(place)
    set_cookie(request, answer, secret, SESSION_HOLDS.days, _cookie(tenant))
    return answer


@router.post("/leave")
async def leave(request: Request, tenant: str) -> Response:
    """Sign out: the session ends wherever its secret is."""
    fields = await _fields(request)
    twin, place = await run_in_threadpool(_place, request, tenant, fields.get("language", ""))
    await run_in_threadpool(_left, twin, _session(request, tenant))
    answer = _to_list(place)
    drop_cookie(answer, _cookie(tenant))
    return answer


@router.post("/open")
async def open_case(request: Request, tenant: str) -> Response:
    """Open one's own ``case`` in the chat of this browser (303); 404 for any other."""
    fields = await _fields(request)
    twin, place = await run_in_threadpool(_place, request, tenant, fields.get("language", ""))
    thread = Thread(secrets.token_urlsafe(24), True)
    try:
        await run_in_threadpool(_opened, request, twin, fields.get("case", ""), thread.secret)
    except NotOwn:
        return _html(mine_page.gone_html(place, chat_frame()), 404)
    answer = RedirectResponse(f"/{tenant}/chat?language={place.language}", 303)
    remember_thread(request, answer, tenant, thread)
    return answer


@router.post("/add")
async def add(request: Request, tenant: str) -> Response:
    """Let the conversation of this browser be one of one's own cases; leads to the list (303)."""
    fields = await _fields(request)
    twin, place = await run_in_threadpool(_place, request, tenant, fields.get("language", ""))
    try:
        await run_in_threadpool(_added, request, twin)
    except NotOwn:
        return _html(mine_page.gone_html(place, chat_frame()), 404)
    return _to_list(place)


def _place(request: Request, tenant: str, language: str) -> tuple[Tenant, Place]:
    twin = chat_twin(request, tenant)
    return twin, Place(twin.info.id, twin.info.title, page_language(request, language))


def _ask_page(twin: Tenant, place: Place, typed: str = "", problem: str = "") -> Response:
    with twin.database.read() as connection:
        possible = signing_in.is_possible(connection)
    return _html(mine_page.ask_html(place, chat_frame(), typed, problem, possible), 422 if problem else 200)


def _entered(twin: Tenant, token: str, session: str) -> str | None:
    with twin.database.write("The session cannot be begun") as connection:
        return requesters.begin_session(connection, token, session, datetime.now(UTC))


def _left(twin: Tenant, session: str) -> None:
    with twin.database.write("The session cannot be ended") as connection:
        requesters.end_session(connection, session)


def _opened(request: Request, twin: Tenant, case_id: str, secret: str) -> None:
    shown = _shown(request, twin)
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        own_cases.open_in_browser(work, case_id, shown, secret)


def _added(request: Request, twin: Tenant) -> None:
    shown = _shown(request, twin)
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        own_cases.add_conversation(work, shown, chat_thread(request, twin.info.id).secret)


def _conversation(request: Request, twin: Tenant, shown: frozenset[str]) -> str:
    """What people call the conversation of this browser when it is not among one's own cases; else empty."""
    thread = chat_thread(request, twin.info.id)
    with twin.database.read() as connection:
        case_id = case_links.case_of_thread(connection, WEB, thread.secret)
        if case_id is None or case_id in requesters.cases_of(connection, shown):
            return ""
        row = cases.case(connection, case_id)
        return "" if row.erased else reference(row.number, casework.state_in(connection, case_id))


def _shown(request: Request, twin: Tenant) -> frozenset[str]:
    """Contacts (hashes) whoever asks has shown to be theirs; empty for who is not signed in."""
    session = _session(request, twin.info.id)
    if not session:
        return frozenset()
    with twin.database.read() as connection:
        return requesters.contacts_of(connection, SESSION, session, datetime.now(UTC))


def _session(request: Request, tenant: str) -> str:
    return (cookie(request.headers, _cookie(tenant)) or "")[:200]


def _cookie(tenant: str) -> str:
    return f"kastor-mine-{tenant}"


async def _fields(request: Request) -> Mapping[str, str]:
    body = await body_of(request, LARGEST_FORM)
    return dict(form(body, request.headers.get("content-type", "")).fields)


def _to_list(place: Place) -> RedirectResponse:
    return RedirectResponse(f"/{place.tenant}/chat/mine?language={place.language}", 303, HEADERS)


def _html(content: str, status: int = 200) -> Response:
    return HTMLResponse(content, status, HEADERS)


def _slow_down(request: Request) -> None:
    """
    Refuse links that are asked for or tried too often from one address.

    Raises
    ------
    TooManyAttempts
        When the address of the caller has no more left.
    """
    limits: Limits = request.app.state.link_limits
    wait = limits.wait(caller_of(request.scope))
    if wait:
        raise TooManyAttempts("There were too many tries from your address.", wait)
