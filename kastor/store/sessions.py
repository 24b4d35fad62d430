"""Who is signed in: sessions of browsers, and links that let somebody in once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, delete, select, update

from kastor.store import audit
from kastor.store.database import Database
from kastor.store.instance import invitations, sessions
from kastor.store.moments import later, now

IDLE = 8.0
"""A session ends when it was not used for this long. [h]"""

LONGEST = 7.0
"""A session ends after this in any case. [days]"""

NOTED = 5.0
"""A session's last use is written down this often. [min]"""

OPEN = "SELECT s.person, s.id, s.seen FROM sessions s JOIN people p ON p.id = s.person " + (
    "WHERE s.hash = ? AND s.seen > ? AND s.until > ? AND p.closed IS NULL"
)

PASSWORD, SIGN_IN = "password", "sign in"
"""What a link is for: choosing a password, or signing in at once."""


@dataclass(frozen=True)
class Session:
    """
    A browser somebody is signed in with.

    Parameters
    ----------
    id
        To name it by; cannot be used to sign in.
    person
        Number of the person.
    device
        Browser and system in words.
    begun, seen
        When it began and was last used, ISO 8601.
    """

    id: str
    person: str
    device: str
    begun: str
    seen: str


def begin(connection: Connection, person: str, device: str) -> str:
    """Begin a session; gives the secret the browser keeps, which is not kept here."""
    connection.execute(delete(sessions).where(sessions.c.until < now()))
    secret = secrets.token_urlsafe(32)
    present = now()
    connection.execute(
        sessions.insert().values(
            hash=_hash(secret), id=secrets.token_hex(6), person=person, device=device[:80], begun=present,
            seen=present, until=later(days=LONGEST),
        )
    )  # fmt: skip
    return secret


def holder(database: Database, secret: str) -> tuple[str, str] | None:
    """Number of the person and id of the session a secret belongs to; None when it is wrong or has ended."""
    row = database.reader().execute(OPEN, (_hash(secret), later(hours=-IDLE), now())).fetchone()
    if row is None:
        return None
    person, session_id, seen = row
    if seen < later(minutes=-NOTED):
        with database.write("The session cannot be continued") as connection:
            connection.execute(update(sessions).where(sessions.c.hash == _hash(secret)).values(seen=now()))
    return str(person), str(session_id)


def of_person(connection: Connection, person: str) -> list[Session]:
    """Sessions of a person that can still be used, the one used last first."""
    open_ones = (sessions.c.person == person) & (sessions.c.seen > later(hours=-IDLE)) & (sessions.c.until > now())
    rows = connection.execute(select(sessions).where(open_ones).order_by(sessions.c.seen.desc())).mappings()
    return [Session(row["id"], row["person"], row["device"], row["begun"], row["seen"]) for row in rows]


def end(connection: Connection, person: str, session_id: str) -> None:
    """End one session of a person."""
    connection.execute(delete(sessions).where(sessions.c.person == person, sessions.c.id == session_id))


def end_all(connection: Connection, person: str) -> None:
    """Sign a person out everywhere."""
    connection.execute(delete(sessions).where(sessions.c.person == person))


def invite(connection: Connection, person: str, purpose: str, hours: float, by: str = audit.NOBODY) -> str:
    """Make the secret of a link that lets somebody in once; earlier links of the person end."""
    connection.execute(delete(invitations).where((invitations.c.person == person) | (invitations.c.until < now())))
    secret = secrets.token_urlsafe(32)
    connection.execute(
        invitations.insert().values(hash=_hash(secret), person=person, purpose=purpose, until=later(hours=hours))
    )
    audit.record(connection, by, "link made", person, {"for": purpose, "hours": hours})
    return secret


def invited(connection: Connection, secret: str) -> tuple[str, str] | None:
    """Number of the person and purpose of a link that can still be used."""
    valid = (invitations.c.hash == _hash(secret)) & (invitations.c.until > now())
    row = connection.execute(select(invitations.c.person, invitations.c.purpose).where(valid)).first()
    return (str(row[0]), str(row[1])) if row else None


def redeem(connection: Connection, secret: str) -> None:
    """Use a link up."""
    connection.execute(delete(invitations).where(invitations.c.hash == _hash(secret)))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
