"""Who sends a request: the holder of a session cookie or of an API key."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from fastapi import Request

from kastor.store import grants, keys, sessions
from kastor.store.errors import TooManyAttempts
from kastor.web.cookies import cookie
from kastor.web.errors import NotSignedIn
from kastor.web.guard import Limits
from kastor.web.opened import instance_of
from kastor.web.rights import ANONYMOUS, Person


def identify(request: Request) -> Person:
    """
    Who sends a request.

    A cookie that has run out makes somebody not signed in, so that public pages go on working; a key
    that is wrong is an error, since a program would not notice otherwise.

    Raises
    ------
    NotSignedIn
        When the key is wrong or has ended.
    TooManyAttempts
        When the key is used too often.
    """
    sent = _key_of(request.headers.get("authorization", ""))
    if sent is not None:
        return _of_key(request, sent)
    secret = cookie(request.headers)
    if secret is None or "authorization" in request.headers:
        return ANONYMOUS
    instance = instance_of(request)
    held = sessions.holder(instance, secret)
    if held is None:
        return ANONYMOUS
    person_id, session = held
    return Person(person_id, grants.roles_of(instance, person_id), session=session)


def _of_key(request: Request, sent: str) -> Person:
    instance = instance_of(request)
    found = keys.holder(instance, sent)
    if found is None:
        raise NotSignedIn("This API key is wrong or has ended. Make another one in your account.")
    person_id, tenant, rights = found
    limits: Limits = request.app.state.key_limits
    # a key that is wrong costs nobody else's key anything
    wait = limits.wait(sha256(sent.encode()).hexdigest())
    if wait:
        raise TooManyAttempts("There were too many requests with this API key.", wait)
    return Person(person_id, grants.roles_of(instance, person_id), only=(tenant, rights))


def _key_of(header: str) -> str | None:
    """The API key in an ``Authorization`` header: as bearer token, or as the password of any user."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            password = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
        # other passwords are meant for a proxy before this server
        return password if password.startswith(f"{keys.PREFIX}_") else None
    return None
