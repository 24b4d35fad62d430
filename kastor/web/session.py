"""Signing in and out, and who one is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.store import people, sessions
from kastor.store.errors import TooManyAttempts
from kastor.store.people import Account
from kastor.store.roles import Role, rights_of
from kastor.web import rights
from kastor.web.addresses import can_have_passkeys, root
from kastor.web.cookies import cookie, drop_cookie, set_cookie
from kastor.web.errors import NotFound, NotSignedIn, ProviderDown
from kastor.web.guard import Limits, caller_of
from kastor.web.opened import instance_of, provider_of
from kastor.web.rights import Right, needs, serves_everybody
from kastor.web.settings import Settings
from kastor.web.tenants import json

router = APIRouter(prefix="/api/session", tags=["session"])

HOME = "/konto"
"""The page for signing in and for one's account."""

Secret = Annotated[str, Field(max_length=800)]

WRONG = "Login or password is wrong. Check both; after several wrong passwords you have to wait a little."
LINK_OVER = "This link is wrong, was used already or is too old. Ask for another one."


class SignIn(BaseModel):
    """Login and password."""

    login: Annotated[str, Field(max_length=200)]
    password: Secret


class Link(BaseModel):
    """The secret of a link."""

    link: Secret


class Invented(BaseModel):
    """Login of one of the invented people of the demo."""

    login: Annotated[str, Field(max_length=200)]


class NewPassword(Link):
    """The secret of a link and the password somebody chose."""

    password: Secret


@router.get("", dependencies=[needs(Right.SEE)])
def who_am_i(request: Request) -> Response:
    """Who is signed in, with roles and rights by tenant, and how one can sign in here."""
    asking = rights.person(request)
    ways = {
        "provider": _provider_name(request.app.state.settings),
        "passkey": can_have_passkeys(root(request)),
        "demo": list(request.app.state.demo),
    }
    if not asking.signed_in:
        everybody = sorted(rights_of([Role.PUBLIC]))
        return json({"person": None, "roles": {}, "rights": {}, "everywhere": everybody, "ways": ways})
    with instance_of(request).read() as connection:
        known = people.account(connection, asking.id)
    tenants = [tenant for tenant in asking.roles if tenant]
    return json(
        {
            "person": {"id": known.id, "login": known.login, "name": known.name},
            "roles": {tenant: sorted(roles) for tenant, roles in asking.roles.items()},
            "rights": {tenant: sorted(asking.rights(tenant)) for tenant in tenants},
            "everywhere": sorted(asking.rights()),
            "ways": ways,
        }
    )


@router.post("", dependencies=[serves_everybody()])
def sign_in(request: Request, given: SignIn) -> Response:
    """
    Begin a session with login and password.

    Raises
    ------
    NotSignedIn
        When they do not belong together; not which of them is wrong.
    TooManyAttempts
        When there were too many wrong passwords.
    """
    slow_down(request)
    known = people.signed_in(instance_of(request), given.login, given.password)
    if known is None:
        raise NotSignedIn(WRONG)
    return begin_session(request, known, json({"id": known.id, "name": known.name}))


@router.delete("", dependencies=[needs(Right.SEE)])
def sign_out(request: Request) -> Response:
    """End the session; gives the address where somebody who came from a provider can sign out as well."""
    asking = rights.person(request)
    elsewhere = ""
    if asking.session:
        with instance_of(request).write("The session cannot be ended") as connection:
            sessions.end(connection, asking.id, asking.session)
            known = people.account(connection, asking.id)
        elsewhere = _farewell(request, known)
    response = json({"elsewhere": elsewhere})
    drop_cookie(response)
    return response


@router.post("/link", dependencies=[serves_everybody()])
def open_link(request: Request, given: Link) -> Response:
    """
    Use a link: sign in at once, or learn whose password is to be chosen.

    Raises
    ------
    NotSignedIn
        When it is wrong, used or too old.
    """
    slow_down(request)
    with instance_of(request).write("The link cannot be used") as connection:
        found = sessions.invited(connection, given.link)
        if found is None:
            raise NotSignedIn(LINK_OVER)
        person, purpose = found
        known = people.account(connection, person)
        if purpose == sessions.SIGN_IN:
            sessions.redeem(connection, given.link)
    content = {"for": purpose, "login": known.login, "name": known.name}
    return begin_session(request, known, json(content)) if purpose == sessions.SIGN_IN else json(content)


@router.post("/demo", dependencies=[serves_everybody()])
def sign_in_as(request: Request, given: Invented) -> Response:
    """
    Begin a session as one of the invented people of the demo; only `kastor demo` has them, and only on its own machine.

    Raises
    ------
    NotFound
        When there is nobody of this login among them.
    """
    if given.login not in {one["login"] for one in request.app.state.demo}:
        raise NotFound("There is no such person in a demo here.")
    with instance_of(request).read() as connection:
        known = people.by_login(connection, given.login)
    return begin_session(request, known, json({"id": known.id, "name": known.name}))


@router.post("/password", dependencies=[serves_everybody()])
def choose_password(request: Request, given: NewPassword) -> Response:
    """
    Choose a password by a link, and sign in.

    Raises
    ------
    NotSignedIn
        When the link is wrong, used or too old.
    WeakPassword
        When the password does not follow the rules; the link can still be used.
    """
    slow_down(request)
    with instance_of(request).write("The password cannot be set") as connection:
        found = sessions.invited(connection, given.link)
        if found is None or found[1] != sessions.PASSWORD:
            raise NotSignedIn(LINK_OVER)
        people.set_password(connection, found[0], given.password)
        sessions.redeem(connection, given.link)
        known = people.account(connection, found[0])
    return begin_session(request, known, json({"id": known.id, "name": known.name}))


def begin_session(request: Request, known: Account, response: Response) -> Response:
    """Sign somebody in with a new secret, whatever the browser had before."""
    old = cookie(request.headers)
    instance = instance_of(request)
    held = sessions.holder(instance, old) if old else None
    with instance.write("Nobody can sign in") as connection:
        if held is not None:
            sessions.end(connection, *held)
        secret = sessions.begin(connection, known.id, device_of(request))
    set_cookie(request, response, secret, sessions.LONGEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def device_of(request: Request) -> str:
    """Browser and system in words, so that people know their sessions apart; nothing finer is kept."""
    agent = request.headers.get("user-agent", "")
    browsers = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS",
        "Linux": "Linux",
    }  # fmt: skip
    found = [next((name for sign, name in of.items() if sign in agent), "") for of in (browsers, systems)]
    return ", ".join(name for name in found if name)


def slow_down(request: Request) -> None:
    """
    Refuse tries to sign in that come too often.

    Raises
    ------
    TooManyAttempts
        When the address of the caller has no more left.
    """
    limits: Limits = request.app.state.sign_in_limits
    wait = limits.wait(caller_of(request.scope))
    if wait:
        raise TooManyAttempts("There were too many tries to sign in from your address.", wait)


def _provider_name(settings: Settings) -> str:
    """What people call the identity provider; empty when there is none."""
    return settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""


def _farewell(request: Request, known: Account) -> str:
    """Where somebody who comes from the provider can sign out as well; empty for nowhere."""
    issuer = request.app.state.settings.oidc_issuer
    if not issuer or known.issuer != issuer:
        return ""
    try:
        return provider_of(request).farewell(root(request) + HOME)
    except ProviderDown:
        return ""
