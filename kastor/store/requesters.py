"""Whose a case is, without saying it: cases by a keyed hash of what reaches who asks, and links and sessions for it.

The key is the tenant's own and never leaves its database, so a hash from elsewhere tells nothing. Secrets of links and
sessions are kept as hashes; a link is good once.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from kastor.store.case_schema import case_keys, cases
from kastor.store.moments import moment
from kastor.store.requester_schema import case_contacts, contact_asks, contact_keys, contact_secrets
from kastor.store.sealing import new_key

NOBODY = ""
"""Stands for a case that was looked through, whether or not anything in it reaches anybody."""

LINK, SESSION = "link", "session"
"""What a secret is for."""

LINK_HOLDS, SESSION_HOLDS = timedelta(minutes=15), timedelta(days=30)
"""How long each is good."""

MOST_ASKS, ASKED_IN = 3, timedelta(hours=1)
"""Links one address is sent in this time; what is asked for beyond that is dropped without a word."""

_WAITING, _DONE = "waiting", "done"


@dataclass(frozen=True)
class Ask:
    """Somebody asked for a link: which contact (hash), in which language, when (ISO 8601)."""

    id: str
    contact: str
    language: str
    at: str


def hashed(connection: Connection, contact: str) -> str:
    """
    What stands for an address or number in the tables.

    The first call makes the tenant's key, and needs a connection that can write.
    """
    wanted = select(contact_keys.c.key).where(contact_keys.c.number == 1)
    key = connection.execute(wanted).scalar_one_or_none()
    if key is None:
        key = new_key()
        connection.execute(insert(contact_keys).values(number=1, key=key))
    return hmac.new(bytes(key), contact.encode(), sha256).hexdigest()


def set_contacts(connection: Connection, case_id: str, contacts: Iterable[str]) -> None:
    """These contacts (hashes) are those of a case, no others."""
    wanted = {NOBODY, *contacts}
    of_case = case_contacts.c.case == case_id
    known = set(connection.execute(select(case_contacts.c.contact).where(of_case)).scalars())
    if gone := known - wanted:
        connection.execute(delete(case_contacts).where(of_case, case_contacts.c.contact.in_(gone)))
    if new := wanted - known:
        connection.execute(insert(case_contacts), [{"case": case_id, "contact": one} for one in sorted(new)])


def forget_case(connection: Connection, case_id: str) -> None:
    """A case is erased: its contacts go, and what stands under an address that has no case any more."""
    connection.execute(delete(case_contacts).where(case_contacts.c.case == case_id))
    left = select(case_contacts.c.contact)
    for table in (contact_asks, contact_secrets):
        connection.execute(delete(table).where(table.c.contact.not_in(left)))


def unlooked(connection: Connection, limit: int = 500) -> list[str]:
    """Cases nobody has looked through for contacts yet, since they are older than this list; erased ones aside."""
    looked = select(case_contacts.c.case).where(case_contacts.c.contact == NOBODY)
    wanted = select(cases.c.id).join(case_keys, case_keys.c.case == cases.c.id).where(cases.c.id.not_in(looked))
    return list(connection.execute(wanted.order_by(cases.c.number).limit(limit)).scalars())


def cases_of(connection: Connection, contacts: Collection[str]) -> list[str]:
    """Ids of the cases of some contacts (hashes), the newest first."""
    own = select(case_contacts.c.case).where(case_contacts.c.contact.in_(set(contacts) - {NOBODY}))
    wanted = select(cases.c.id).where(cases.c.id.in_(own), cases.c.erased.is_(None)).order_by(cases.c.number.desc())
    return list(connection.execute(wanted).scalars())


def ask(connection: Connection, contact: str, language: str, now: datetime) -> None:
    """Write down that somebody wants a link for a contact (hash), known or not; too many are dropped."""
    since = moment(now - ASKED_IN)
    wanted = select(func.count()).where(contact_asks.c.contact == contact, contact_asks.c.at > since)
    if int(connection.execute(wanted).scalar_one()) >= MOST_ASKS:
        return
    row = {"id": secrets.token_hex(12), "contact": contact, "language": language, "at": moment(now), "state": _WAITING}
    connection.execute(insert(contact_asks).values(row))


def waiting(connection: Connection) -> list[Ask]:
    """What was asked for and is not answered, the oldest first."""
    wanted = select(contact_asks).where(contact_asks.c.state == _WAITING).order_by(contact_asks.c.at).limit(200)
    return [Ask(row.id, row.contact, row.language, row.at) for row in connection.execute(wanted)]


def take(connection: Connection, ask_id: str) -> bool:
    """Mark something asked for as answered; False when somebody else was faster."""
    named = (contact_asks.c.id == ask_id, contact_asks.c.state == _WAITING)
    return bool(connection.execute(update(contact_asks).where(*named).values(state=_DONE)).rowcount)


def new_link(connection: Connection, contact: str, now: datetime) -> str:
    """Make the secret of a link for a contact (hash); it is not kept here."""
    return _new(connection, LINK, {contact}, now + LINK_HOLDS)


def contacts_of(connection: Connection, purpose: str, secret: str, now: datetime) -> frozenset[str]:
    """The contacts (hashes) a secret is good for; empty when it is wrong or its time is over."""
    wanted = select(contact_secrets.c.contact).where(
        contact_secrets.c.hash == _hash(secret), contact_secrets.c.purpose == purpose,
        contact_secrets.c.until > moment(now),
    )  # fmt: skip
    return frozenset(connection.execute(wanted).scalars())


def begin_session(connection: Connection, link: str, session: str, now: datetime) -> str | None:
    """
    Use a link up and begin a session; gives its secret, None when the link is good no longer.

    Parameters
    ----------
    session
        Secret of the session the browser has already, whose contacts are taken along; empty when it has none.
    """
    contacts = contacts_of(connection, LINK, link, now)
    if not contacts:
        return None
    shown = contacts_of(connection, SESSION, session, now) if session else frozenset()
    # other links of the same mailbox, asked for in impatience, are of no use any more
    links = and_(contact_secrets.c.purpose == LINK, contact_secrets.c.contact.in_(contacts))
    connection.execute(delete(contact_secrets).where(or_(contact_secrets.c.hash == _hash(session), links)))
    return _new(connection, SESSION, contacts | shown, now + SESSION_HOLDS)


def end_session(connection: Connection, session: str) -> None:
    """Sign out: the secret of a session is good no longer, wherever it is."""
    connection.execute(delete(contact_secrets).where(contact_secrets.c.hash == _hash(session)))


def tidy(connection: Connection, now: datetime) -> None:
    """Let go what has ended."""
    connection.execute(delete(contact_secrets).where(contact_secrets.c.until <= moment(now)))
    connection.execute(delete(contact_asks).where(contact_asks.c.at <= moment(now - ASKED_IN)))


def _new(connection: Connection, purpose: str, contacts: Collection[str], until: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    row = {"hash": _hash(secret), "purpose": purpose, "until": moment(until)}
    connection.execute(insert(contact_secrets), [{**row, "contact": one} for one in sorted(contacts)])
    return secret


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
