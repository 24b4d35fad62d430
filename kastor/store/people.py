"""People of an instance: making, finding, signing in, erasing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from sqlalchemy import Connection, delete, select, update

from kastor.store import audit, passwords
from kastor.store.database import Database
from kastor.store.errors import InvalidPerson, PersonExists, TooManyAttempts, UnknownPerson
from kastor.store.instance import attempts, invitations, keys, passkeys, people, sessions
from kastor.store.moments import later, moment, now

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+-]*(@[a-z0-9.-]+)?")

FREE_ATTEMPTS = 5
"""Wrong passwords in a row before waiting begins."""

FIRST_WAIT = 4.0
"""Wait after them, doubled by each further one. [s]"""

LONGEST_WAIT = 900.0
"""Wait after very many of them. [s]"""

FORGOTTEN_AFTER = 1.0
"""Wrong passwords are forgotten after this. [days]"""


@dataclass(frozen=True)
class Account:
    """
    Somebody known to the instance.

    Parameters
    ----------
    id
        Number by which everything refers to the person; says nothing about them.
    login, name
        What they type to sign in, and how they are called.
    has_password
        Whether they sign in with a password.
    issuer
        Address of the identity provider they come from; empty for none.
    created
        When they were made known, ISO 8601.
    closed
        When the account was closed; None while it is open.
    """

    id: str
    login: str
    name: str
    has_password: bool
    issuer: str
    created: str
    closed: str | None


def create(
    connection: Connection, login: str, name: str, by: str = audit.NOBODY, issuer: str = "", subject: str = ""
) -> Account:
    """
    Make a person known, without a password and without any role.

    Parameters
    ----------
    by
        Number of the person who does it.
    issuer, subject
        Who they are to an identity provider.

    Raises
    ------
    InvalidPerson, PersonExists
        When login or name make no sense, or the login is taken.
    """
    typed = _login(login)
    if not _LOGIN.fullmatch(typed) or len(typed) > 200:
        raise InvalidPerson(f"{login[:80]!r} cannot be a login; use an e-mail address or letters, digits, '.', '-'.")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise InvalidPerson(f"{name[:80]!r} cannot be a name; it has 1 to 200 letters.")
    if connection.execute(select(people.c.id).where(people.c.login == typed)).first():
        raise PersonExists(f"There is somebody with the login {typed!r} already.")
    person_id = secrets.token_hex(6)
    connection.execute(
        people.insert().values(
            id=person_id, login=typed, name=name.strip(), password="", issuer=issuer, subject=subject,
            created=now(), closed=None,
        )
    )  # fmt: skip
    audit.record(connection, by, "person created", person_id, {"provider": issuer})
    return account(connection, person_id)


def account(connection: Connection, person_id: str) -> Account:
    """
    Somebody by number.

    Raises
    ------
    UnknownPerson
        When there is nobody of this number.
    """
    row = connection.execute(select(people).where(people.c.id == person_id)).mappings().first()
    if row is None:
        raise UnknownPerson(f"There is nobody with the number {person_id[:80]!r}.")
    return _account(row)


def by_login(connection: Connection, login: str) -> Account:
    """
    Somebody by login.

    Raises
    ------
    UnknownPerson
        When nobody has it.
    """
    row = connection.execute(select(people).where(people.c.login == _login(login))).mappings().first()
    if row is None:
        raise UnknownPerson(f"There is nobody with the login {login[:80]!r}.")
    return _account(row)


def by_subject(connection: Connection, issuer: str, subject: str) -> Account | None:
    """Somebody by what an identity provider calls them."""
    same = (people.c.issuer == issuer) & (people.c.subject == subject)
    row = connection.execute(select(people).where(same)).mappings().first()
    return _account(row) if row else None


def everybody(connection: Connection) -> list[Account]:
    """All people, by name."""
    return [_account(row) for row in connection.execute(select(people).order_by(people.c.name)).mappings()]


def names(connection: Connection) -> dict[str, str]:
    """Name of everybody by number, for showing histories to those who may read them."""
    return {person_id: name for person_id, name in connection.execute(select(people.c.id, people.c.name))}


def rename(connection: Connection, person_id: str, name: str) -> None:
    """Change how somebody is called."""
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise InvalidPerson(f"{name[:80]!r} cannot be a name; it has 1 to 200 letters.")
    connection.execute(update(people).where(people.c.id == person_id).values(name=name.strip()))


def set_password(connection: Connection, person_id: str, password: str) -> None:
    """
    Give somebody a password; all their sessions end.

    Raises
    ------
    WeakPassword
        When it does not follow the rules.
    """
    known = account(connection, person_id)
    kept = passwords.hashed(password, known.login, known.name)
    connection.execute(update(people).where(people.c.id == person_id).values(password=kept))
    connection.execute(delete(sessions).where(sessions.c.person == person_id))
    connection.execute(delete(attempts).where(attempts.c.login == _attempt(known.login)))
    audit.record(connection, person_id, "password set", person_id, {})


def bind(connection: Connection, person_id: str, issuer: str, subject: str) -> None:
    """
    Let an identity provider say from now on when this person is there; open links of the person end.

    Raises
    ------
    PersonExists
        When the provider means somebody else, or the person is bound already.
    """
    same = by_subject(connection, issuer, subject)
    if same is not None and same.id == person_id:
        return
    if same is not None:
        raise PersonExists("This account of the provider belongs to somebody here already.")
    unbound = (people.c.id == person_id) & (people.c.subject == "") & people.c.closed.is_(None)
    if not connection.execute(update(people).where(unbound).values(issuer=issuer, subject=subject)).rowcount:
        raise PersonExists("This account is connected with another account of a provider already.")
    connection.execute(delete(invitations).where(invitations.c.person == person_id))
    audit.record(connection, person_id, "provider connected", person_id, {"provider": issuer})


def unbind(connection: Connection, person_id: str) -> None:
    """
    Let no identity provider speak for this person any more.

    Raises
    ------
    InvalidPerson
        When the person could not sign in any more.
    """
    known = account(connection, person_id)
    connection.execute(update(people).where(people.c.id == person_id).values(issuer="", subject=""))
    check_way_in(connection, person_id)
    audit.record(connection, person_id, "provider disconnected", person_id, {"provider": known.issuer})


def check_way_in(connection: Connection, person_id: str) -> None:
    """
    See to it that a person still can sign in, after a way of doing it was taken away.

    Raises
    ------
    InvalidPerson
        When no way is left; the change is to be undone.
    """
    known = account(connection, person_id)
    own = select(passkeys.c.id).where(passkeys.c.person == person_id)
    if not known.has_password and not known.issuer and not connection.execute(own).first():
        raise InvalidPerson("That is the only way into this account. Add another one first, such as a passkey.")


def from_provider(
    connection: Connection, issuer: str, subject: str, login: str, name: str, create_missing: bool
) -> Account:
    """
    The person an identity provider says is there.

    Who comes for the first time is the one who was invited with this login and has no password. Who has one
    connects the two accounts themselves: otherwise whoever runs the provider could take over any account.

    Parameters
    ----------
    issuer, subject
        Who it is, as the provider calls them.
    login, name
        What the provider knows about them; the login is empty when it is not sure of it.
    create_missing
        Whether somebody nobody has invited is made known, without any role.

    Raises
    ------
    UnknownPerson
        When nobody is known or invited, or the account is closed.
    PersonExists
        When the account has to be connected first.
    InvalidPerson
        When login or name of somebody new make no sense.
    """
    known = by_subject(connection, issuer, subject)
    if known is not None and known.closed:
        raise UnknownPerson("This account is closed.")
    if known is not None:
        return known
    row = (
        connection.execute(select(people).where(people.c.login == _login(login))).mappings().first() if login else None
    )
    if row is None:
        if not (create_missing and login):
            raise UnknownPerson("Nobody with this login is invited.")
        return create(connection, login, name or login, issuer=issuer, subject=subject)
    if row["closed"]:
        raise UnknownPerson("This account is closed.")
    if row["password"] or connection.execute(select(passkeys.c.id).where(passkeys.c.person == row["id"])).first():
        raise PersonExists("There is an account with this login already; connect the two in it.")
    bind(connection, row["id"], issuer, subject)
    return account(connection, row["id"])


def signed_in(database: Database, login: str, password: str) -> Account | None:
    """
    The person to whom login and password belong; None for a wrong pair, whatever is wrong with it.

    Unknown logins count and take as long as known ones, so nobody learns who has an account.

    Raises
    ------
    TooManyAttempts
        When there were too many wrong passwords for this login; it says how long to wait.
    """
    typed = _login(login)[:200]
    with database.write("Nobody can sign in") as connection:
        # counted before the password is looked at: many tries at once must not each be the first
        _count_attempt(connection, typed)
    with database.read() as connection:
        row = connection.execute(select(people).where(people.c.login == typed)).mappings().first()
    right = passwords.fits(row["password"] if row else "", password)
    if row is None or not right or row["closed"]:
        return None
    with database.write("Nobody can sign in") as connection:
        connection.execute(delete(attempts).where(attempts.c.login == _attempt(typed)))
        if passwords.outdated(row["password"]):
            kept = passwords.anew(password)
            connection.execute(update(people).where(people.c.id == row["id"]).values(password=kept))
    return _account(row)


def _count_attempt(connection: Connection, login: str) -> None:
    key, present = _attempt(login), datetime.now(UTC)
    connection.execute(delete(attempts).where(attempts.c.last < later(days=-FORGOTTEN_AFTER)))
    row = connection.execute(select(attempts).where(attempts.c.login == key)).mappings().first()
    failed = int(row["failed"]) if row else 0
    if row and row["wait_until"] > moment(present):
        wait = ceil((datetime.fromisoformat(row["wait_until"]) - present).total_seconds())
        raise TooManyAttempts("There were too many wrong passwords for this login.", wait)
    pause = min(FIRST_WAIT * 2.0 ** (failed + 1 - FREE_ATTEMPTS), LONGEST_WAIT) if failed + 1 >= FREE_ATTEMPTS else 0.0
    values = {
        "failed": failed + 1,
        "wait_until": moment(present + timedelta(seconds=pause)),
        "last": moment(present),
    }
    if row:
        connection.execute(update(attempts).where(attempts.c.login == key).values(values))
    else:
        connection.execute(attempts.insert().values(login=key, **values))
    if failed + 1 == FREE_ATTEMPTS:
        # one line however many follow, and nobody named: the log is no record of a person's failures
        audit.record(connection, audit.NOBODY, "sign-in slowed down", "", {"wrong passwords": FREE_ATTEMPTS})


def close(connection: Connection, person_id: str, by: str) -> None:
    """Close an account: the person cannot sign in any more, sessions and keys end."""
    connection.execute(update(people).where(people.c.id == person_id).values(closed=now()))
    _forget_secrets(connection, person_id)
    audit.record(connection, by, "account closed", person_id, {})


def erase(connection: Connection, person_id: str, by: str) -> None:
    """
    Erase what is known of a person; their number stays in logs and histories and means nobody.

    Raises
    ------
    UnknownPerson
        When there is nobody of this number.
    """
    account(connection, person_id)
    _forget_secrets(connection, person_id)
    connection.execute(
        update(people)
        .where(people.c.id == person_id)
        .values(login=f"erased-{person_id}", name="", password="", issuer="", subject="", closed=now())
    )
    audit.record(connection, by, "person erased", person_id, {})


def _forget_secrets(connection: Connection, person_id: str) -> None:
    for table in (sessions, keys, invitations, passkeys):
        connection.execute(delete(table).where(table.c.person == person_id))


def _login(typed: str) -> str:
    return typed.strip().casefold()


def _attempt(login: str) -> str:
    # what strangers type is not kept: it may be anything, even a password in the wrong field
    return sha256(login.encode()).hexdigest()


def _account(row: Mapping[Any, Any]) -> Account:
    return Account(
        id=row["id"], login=row["login"], name=row["name"], has_password=bool(row["password"]),
        issuer=row["issuer"], created=row["created"], closed=row["closed"],
    )  # fmt: skip
