"""API keys: what lets a program in, with some rights of its owner in one tenant."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from kastor.store import audit
from kastor.store.database import Database
from kastor.store.errors import InvalidKey, UnknownPerson
from kastor.store.instance import keys
from kastor.store.moments import later, now
from kastor.store.roles import Right

PREFIX = "kastor"
LONGEST = 366
"""Days a key may live."""

FOR_KEYS = frozenset(Right) - {Right.ACCOUNT, Right.OPERATE, Right.ADMINISTER}
"""Rights a key can have; who has which role is decided by people who are signed in."""

BY_ID = (
    "SELECT k.hash, k.person, k.tenant, k.rights, k.until, k.used FROM keys k JOIN people p ON p.id = k.person"
    " WHERE k.id = ? AND k.ended = 0 AND p.closed IS NULL"
)


@dataclass(frozen=True)
class Key:
    """
    An API key without its secret.

    Parameters
    ----------
    id
        Beginning of the key, by which it is named.
    person, tenant, rights
        Whose it is, where it counts and for what.
    title
        What its owner calls it.
    created, until
        When it was made and when it ends, ISO 8601.
    used
        Day of its last use, empty for never; nothing finer is kept.
    """

    id: str
    person: str
    tenant: str
    rights: frozenset[Right]
    title: str
    created: str
    until: str
    used: str


def create(
    connection: Connection, person: str, tenant: str, rights: Iterable[Right], title: str, days: int, by: str
) -> tuple[Key, str]:
    """
    Make a key; gives it and what the program sends, which is not kept here.

    Raises
    ------
    InvalidKey
        When title, days or rights make no sense.
    """
    wanted = frozenset(rights)
    if not 1 <= days <= LONGEST:
        raise InvalidKey(f"A key lives 1 to {LONGEST} days, not {days}.")
    if not wanted or not wanted <= FOR_KEYS:
        raise InvalidKey(f"A key has at least one right, out of {', '.join(sorted(FOR_KEYS))}.")
    if not title.strip() or len(title) > 100 or not title.isprintable():
        raise InvalidKey("Say in 1 to 100 letters what the key is for, so that it is found again.")
    key_id, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    connection.execute(
        keys.insert().values(
            id=key_id, hash=_hash(secret), person=person, tenant=tenant, rights=sorted(wanted), title=title.strip(),
            created=now(), until=later(days=days), used="", ended=0,
        )
    )  # fmt: skip
    audit.record(connection, by, "key made", person, {"key": key_id, "tenant": tenant, "rights": sorted(wanted)})
    row = connection.execute(select(keys).where(keys.c.id == key_id)).mappings().one()
    return _key(row), f"{PREFIX}_{key_id}_{secret}"


def holder(database: Database, sent: str) -> tuple[str, str, frozenset[Right]] | None:
    """Number of the person, tenant and rights of a key; None when it is wrong or has ended."""
    prefix, _, rest = sent.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not secret:
        return None
    row = database.reader().execute(BY_ID, (key_id,)).fetchone()
    present = now()
    if row is None or not hmac.compare_digest(row[0], _hash(secret)) or row[4] <= present:
        return None
    _, person, tenant, rights, _, used = row
    if used != present[:10]:
        with database.write("The use of a key cannot be noted") as connection:
            connection.execute(update(keys).where(keys.c.id == key_id).values(used=present[:10]))
    stored = orjson.loads(rights) if isinstance(rights, (str, bytes)) else rights
    return str(person), str(tenant), frozenset(Right(right) for right in stored)


def of_person(connection: Connection, person: str) -> list[Key]:
    """Keys of a person that have not been ended, newest first."""
    live = (keys.c.person == person) & (keys.c.ended == 0)
    return [
        _key(row) for row in connection.execute(select(keys).where(live).order_by(keys.c.created.desc())).mappings()
    ]


def end(connection: Connection, person: str, key_id: str, by: str) -> None:
    """
    End a key of a person.

    Raises
    ------
    UnknownPerson
        When the person has no such key.
    """
    ended = connection.execute(
        update(keys).where(keys.c.person == person, keys.c.id == key_id, keys.c.ended == 0).values(ended=1)
    )
    if not ended.rowcount:
        raise UnknownPerson(f"There is no key {key_id[:40]!r} of this person.")
    audit.record(connection, by, "key ended", person, {"key": key_id})


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _key(row: Mapping[Any, Any]) -> Key:
    return Key(
        id=row["id"], person=row["person"], tenant=row["tenant"], rights=frozenset(Right(r) for r in row["rights"]),
        title=row["title"], created=row["created"], until=row["until"], used=row["used"],
    )  # fmt: skip
