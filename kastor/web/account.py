"""One's own account: password, sessions, API keys, and which roles one has on whose word."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from kastor.store import grants, keys, passkeys, people, sessions
from kastor.store.keys import FOR_KEYS, Key
from kastor.store.sessions import Session
from kastor.web.administration import decision_json
from kastor.web.cookies import drop_cookie
from kastor.web.errors import BadRequest, Forbidden
from kastor.web.opened import instance_of
from kastor.web.passkeys import passkey_json
from kastor.web.rights import Right, needs, person
from kastor.web.session import Secret, begin_session
from kastor.web.tenants import json

router = APIRouter(prefix="/api/account", tags=["account"], dependencies=[needs(Right.ACCOUNT)])


class ChangedPassword(BaseModel):
    """The present password and the one that takes its place."""

    present: Secret
    wanted: Secret


class WantedKey(BaseModel):
    """An API key to be made."""

    tenant: Annotated[str, Field(max_length=63)]
    rights: list[Right]
    title: Annotated[str, Field(max_length=100)]
    days: int


@router.get("")
def account(request: Request) -> Response:
    """What is known of oneself."""
    asking = person(request)
    with instance_of(request).read() as connection:
        known = people.account(connection, asking.id)
        names = people.names(connection)
        content: dict[str, Any] = {
            "id": known.id,
            "login": known.login,
            "name": known.name,
            "hasPassword": known.has_password,
            "provider": known.issuer,
            "created": known.created,
            "sessions": [_session_json(s, asking.session) for s in sessions.of_person(connection, asking.id)],
            "passkeys": [passkey_json(one) for one in passkeys.of_person(connection, asking.id)],
            "keys": [_key_json(key) for key in keys.of_person(connection, asking.id)],
            "decisions": [decision_json(grant, names) for grant in grants.of_person(connection, asking.id)],
            "rightsForKeys": {
                tenant: sorted(asking.rights(tenant) & FOR_KEYS) for tenant in asking.roles if tenant
            },
        }  # fmt: skip
    return json(content)


@router.put("/password")
def change_password(request: Request, given: ChangedPassword) -> Response:
    """
    Change one's password; all other sessions end.

    Raises
    ------
    Forbidden
        When the present password is wrong.
    WeakPassword
        When the new one does not follow the rules.
    """
    asking = person(request)
    instance = instance_of(request)
    with instance.read() as connection:
        known = people.account(connection, asking.id)
    if people.signed_in(instance, known.login, given.present) is None:
        raise Forbidden("The present password is wrong; nothing was changed.")
    with instance.write("The password cannot be changed") as connection:
        people.set_password(connection, asking.id, given.wanted)
    return begin_session(request, known, json({}))


@router.delete("/sessions")
def end_sessions(request: Request) -> Response:
    """Sign oneself out everywhere."""
    with instance_of(request).write("The sessions cannot be ended") as connection:
        sessions.end_all(connection, person(request).id)
    response = json({})
    drop_cookie(response)
    return response


@router.delete("/sessions/{session}")
def end_session(request: Request, session: str) -> Response:
    """End one session."""
    with instance_of(request).write("The session cannot be ended") as connection:
        sessions.end(connection, person(request).id, session)
    return json({})


@router.post("/keys")
def make_key(request: Request, wanted: WantedKey) -> Response:
    """
    Make an API key; what it is stands in this answer and nowhere else.

    Raises
    ------
    BadRequest
        When it would have a right its owner has not got.
    InvalidKey
        When title, days or rights make no sense.
    """
    asking = person(request)
    missing = sorted(set(wanted.rights) - asking.rights(wanted.tenant))
    if missing:
        raise BadRequest(f"rights: you have not got {', '.join(missing)} in {wanted.tenant!r} yourself.")
    with instance_of(request).write("The key cannot be made") as connection:
        key, secret = keys.create(
            connection, asking.id, wanted.tenant, wanted.rights, wanted.title, wanted.days, asking.id
        )
    return json({**_key_json(key), "key": secret})


@router.delete("/keys/{key}")
def end_key(request: Request, key: str) -> Response:
    """End an API key at once."""
    asking = person(request)
    with instance_of(request).write("The key cannot be ended") as connection:
        keys.end(connection, asking.id, key, asking.id)
    return json({})


def _session_json(session: Session, present: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device,
        "begun": session.begun,
        "seen": session.seen,
        "present": session.id == present,
    }


def _key_json(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "rights": sorted(key.rights),
        "title": key.title,
        "created": key.created,
        "until": key.until,
        "used": key.used,
    }
