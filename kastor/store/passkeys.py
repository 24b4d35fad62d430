"""Passkeys: keys in people's devices that sign them in; here lies the half that checks, which opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from kastor.store import audit, people
from kastor.store.errors import InvalidKey, UnknownPerson
from kastor.store.instance import passkeys
from kastor.store.moments import now

MOST = 20
"""Passkeys of one person."""


@dataclass(frozen=True)
class Passkey:
    """
    A passkey.

    Parameters
    ----------
    id
        Its name among all devices, base64url.
    person
        Whose it is.
    public_key
        Checks what the device signs: COSE, base64url.
    uses
        How often the device says it was used; 0 for devices that do not count.
    title
        What its owner calls it.
    created
        When it was made, ISO 8601.
    used
        Day of its last use, empty for never; nothing finer is kept.
    """

    id: str
    person: str
    public_key: str
    uses: int
    title: str
    created: str
    used: str


def add(connection: Connection, person: str, passkey_id: str, public_key: str, uses: int, title: str) -> Passkey:
    """
    Keep a passkey of a person.

    Raises
    ------
    InvalidKey
        When the title makes no sense, the person has too many, or the passkey is somebody's already.
    """
    if not title.strip() or len(title) > 100 or not title.isprintable():
        raise InvalidKey("Say in 1 to 100 letters which device the passkey is in, so that it is found again.")
    if len(of_person(connection, person)) >= MOST:
        raise InvalidKey(f"There are {MOST} passkeys already. Remove one that is not used any more.")
    if find(connection, passkey_id) is not None:
        raise InvalidKey("This passkey is known already. Make another one.")
    made = Passkey(passkey_id, person, public_key, uses, title.strip(), now(), "")
    connection.execute(
        passkeys.insert().values(
            id=made.id, person=person, public_key=public_key, uses=uses, title=made.title, created=made.created, used=""
        )
    )
    audit.record(connection, person, "passkey made", person, {})
    return made


def find(connection: Connection, passkey_id: str) -> Passkey | None:
    """A passkey by its name."""
    row = connection.execute(select(passkeys).where(passkeys.c.id == passkey_id)).mappings().first()
    return _passkey(row) if row else None


def of_person(connection: Connection, person: str) -> list[Passkey]:
    """Passkeys of a person, newest first."""
    query = select(passkeys).where(passkeys.c.person == person).order_by(passkeys.c.created.desc())
    return [_passkey(row) for row in connection.execute(query).mappings()]


def note_use(connection: Connection, passkey_id: str, uses: int) -> None:
    """Write down that a passkey was used, and how often its device says it was."""
    day = now()[:10]
    connection.execute(update(passkeys).where(passkeys.c.id == passkey_id).values(uses=uses, used=day))


def remove(connection: Connection, person: str, passkey_id: str) -> None:
    """
    Remove a passkey of a person, who cannot sign in with it any more.

    Raises
    ------
    UnknownPerson
        When the person has no such passkey.
    InvalidPerson
        When it is the only way into the account.
    """
    own = (passkeys.c.person == person) & (passkeys.c.id == passkey_id)
    if not connection.execute(delete(passkeys).where(own)).rowcount:
        raise UnknownPerson("There is no such passkey of this person.")
    people.check_way_in(connection, person)
    audit.record(connection, person, "passkey removed", person, {})


def _passkey(row: Mapping[Any, Any]) -> Passkey:
    return Passkey(**{str(name): value for name, value in row.items()})
