"""Ways of signing in that take two steps: what was begun is remembered here until it comes back, once.

The secret of a step goes out to the browser and comes back with the second step. It is used up by the first
who brings it, whether the second step succeeds or not, so nothing that was overheard can be played again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, delete, select

from kastor.store.instance import sign_ins
from kastor.store.moments import later, now

MINUTES = 10.0
"""Time between the two steps at most. [min]"""


class Purpose(StrEnum):
    """What was begun."""

    PROVIDER = "provider"
    """Signing in at the identity provider."""
    PASSKEY = "passkey"
    """Signing in with a passkey."""
    REGISTER = "register"
    """Making a passkey for an account."""


@dataclass(frozen=True)
class Begun:
    """
    Something that was begun.

    Parameters
    ----------
    person
        Number of the person who was signed in at that time; empty for nobody.
    target
        Path of the page that is opened afterwards.
    """

    person: str
    target: str


def begin(connection: Connection, purpose: Purpose, person: str = "", target: str = "") -> str:
    """Remember what is begun; gives the secret that has to come back, which is not kept here."""
    connection.execute(delete(sign_ins).where(sign_ins.c.until < now()))
    secret = secrets.token_urlsafe(32)
    connection.execute(
        sign_ins.insert().values(
            hash=_hash(secret), purpose=purpose.value, person=person, target=target, until=later(minutes=MINUTES)
        )
    )
    return secret


def redeem(connection: Connection, purpose: Purpose, secret: str) -> Begun | None:
    """What a secret was given out for; None when it is wrong, for something else, too old or used already."""
    meant = sign_ins.c.hash == _hash(secret)
    row = connection.execute(select(sign_ins).where(meant)).mappings().first()
    connection.execute(delete(sign_ins).where(meant))
    if row is None or row["purpose"] != purpose or row["until"] < now():
        return None
    return Begun(row["person"], row["target"])


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
