"""Signing in at the identity provider the operator has set: going there, coming back, connecting an account."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from kastor.store import people, sessions, sign_ins
from kastor.store.errors import InvalidPerson, PersonExists, UnknownPerson
from kastor.store.people import Account
from kastor.store.sign_ins import Begun, Purpose
from kastor.web import cookies
from kastor.web.addresses import root
from kastor.web.errors import BadRequest, ProviderDown, ProviderRefused
from kastor.web.opened import instance_of, provider_of
from kastor.web.rights import Right, needs, person, serves_everybody
from kastor.web.session import HOME, begin_session, slow_down
from kastor.web.tenants import json

if TYPE_CHECKING:
    from kastor.web.openid import Identity

router = APIRouter(prefix="/api/session/provider", tags=["session"])

RETURN = "/api/session/provider/return"
OWN_PAGE = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
"""A path of this server; browsers take two slashes, or a backslash, for the beginning of another one."""


class Going(BaseModel):
    """Which page is opened after signing in."""

    target: Annotated[str, Field(max_length=500)] = HOME


@router.post("", dependencies=[needs(Right.SEE)])
def go(request: Request, given: Going) -> Response:
    """
    Begin to sign in at the provider; gives the address the browser goes to.

    Somebody signed in already connects the account there with the account here.

    Raises
    ------
    BadRequest
        When the page to open afterwards is not one of this server.
    ProviderDown
        When the provider does not answer; nothing else stops working.
    """
    slow_down(request)
    if not OWN_PAGE.fullmatch(given.target):
        raise BadRequest(f"target: {given.target[:80]!r} is no page of this server; give a path such as /koeln.")
    provider = provider_of(request)
    provider.description()
    asking = person(request)
    with instance_of(request).write("Nobody can sign in") as connection:
        secret = sign_ins.begin(connection, Purpose.PROVIDER, asking.id if asking.session else "", given.target)
    response = json({"address": provider.address(secret, root(request) + RETURN)})
    cookies.set_cookie(request, response, secret, sign_ins.MINUTES / 1440, cookies.PROVIDER)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("/return", dependencies=[serves_everybody()])
def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """
    Where the provider sends a browser back to: signs in and opens the page that was wanted.

    Whatever goes wrong opens the page for signing in, with ``problem`` in its address: ``late``, ``refused``,
    ``down``, ``unknown`` or ``connect``.
    """
    # not before it is needed, see ``provider_of``
    from kastor.web.openid import state_of

    slow_down(request)
    secret = cookies.cookie(request.headers, cookies.PROVIDER) or ""
    begun = _redeemed(request, secret)
    if begun is None or not hmac.compare_digest(state.encode(), state_of(secret).encode()):
        return _failed("late")
    provider = provider_of(request)
    if error or not code or (iss and iss != provider.issuer):
        return _failed("refused")
    try:
        found = provider.identity(secret, root(request) + RETURN, code)
        known = _connected(request, found, begun) if begun.person else _known(request, found)
    except ProviderRefused:
        return _failed("refused")
    except ProviderDown:
        return _failed("down")
    except (UnknownPerson, InvalidPerson):
        return _failed("unknown")
    except PersonExists:
        return _failed("connect" if not begun.person else "taken")
    response = RedirectResponse(begun.target, 303)
    cookies.drop_cookie(response, cookies.PROVIDER)
    return response if begun.person else begin_session(request, known, response)


@router.delete("", dependencies=[needs(Right.ACCOUNT)])
def disconnect(request: Request) -> Response:
    """
    Let the provider speak for this account no longer.

    Raises
    ------
    InvalidPerson
        When nobody could sign in to it any more.
    """
    with instance_of(request).write("The account cannot be changed") as connection:
        people.unbind(connection, person(request).id)
    return json({})


def _redeemed(request: Request, secret: str) -> Begun | None:
    with instance_of(request).write("Nobody can sign in") as connection:
        begun = sign_ins.redeem(connection, Purpose.PROVIDER, secret) if secret else None
    if begun is None or not begun.person:
        return begun
    held = sessions.holder(instance_of(request), cookies.cookie(request.headers) or "")
    return begun if held is not None and held[0] == begun.person else None


def _known(request: Request, found: Identity) -> Account:
    create = request.app.state.settings.oidc_create
    with instance_of(request).write("Nobody can sign in") as connection:
        return people.from_provider(connection, found.issuer, found.subject, found.login, found.name, create)


def _connected(request: Request, found: Identity, begun: Begun) -> Account:
    with instance_of(request).write("The account cannot be connected") as connection:
        people.bind(connection, begun.person, found.issuer, found.subject)
        return people.account(connection, begun.person)


def _failed(problem: str) -> Response:
    response = RedirectResponse(f"{HOME}?problem={problem}", 303)
    cookies.drop_cookie(response, cookies.PROVIDER)
    return response
