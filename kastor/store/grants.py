"""Who has which role in a tenant, and who decided that, why and until when.

A grant is a recorded decision and is never changed: it ends, by another decision or at its time.
So the list of all grants answers who had access when, and on whose word. The decision stands in
the list of the instance, and a line about it in the audit log of the tenant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from kastor.store import audit
from kastor.store.database import Database
from kastor.store.errors import InvalidGrant, LastAdministration
from kastor.store.instance import grants, people
from kastor.store.moments import moment, now
from kastor.store.people import account
from kastor.store.roles import GRANTED, Role

INSTANCE = ""
"""Stands for the instance itself where a tenant is asked for."""

OF_PERSON = "SELECT tenant, role FROM grants WHERE person = ? AND ended IS NULL AND (until IS NULL OR until > ?)"


@dataclass(frozen=True)
class Grant:
    """
    A decision that somebody has a role.

    Parameters
    ----------
    key
        Its number.
    tenant, person, role
        Who has what where.
    granted, granted_by, reason
        When, by whom (empty for the command line) and why.
    until
        When it ends by itself; None for never.
    ended, ended_by, ended_reason
        When, by whom and why it was withdrawn; ``ended`` is None while it was not.
    """

    key: int
    tenant: str
    person: str
    role: Role
    granted: str
    granted_by: str
    reason: str
    until: str | None
    ended: str | None
    ended_by: str
    ended_reason: str

    def holds(self, at: str) -> bool:
        """Whether it counts at a moment."""
        return self.ended is None and (self.until is None or self.until > at)


def roles_of(database: Database, person: str) -> dict[str, frozenset[Role]]:
    """The roles of a person now, by tenant."""
    found: dict[str, set[Role]] = {}
    for tenant, role in database.reader().execute(OF_PERSON, (person, now())).fetchall():
        found.setdefault(tenant, set()).add(Role(role))
    return {tenant: frozenset(roles) for tenant, roles in found.items()}


def of_tenant(connection: Connection, tenant: str) -> list[Grant]:
    """All decisions of a tenant, newest first, ended ones too."""
    rows = connection.execute(select(grants).where(grants.c.tenant == tenant).order_by(grants.c.key.desc()))
    return [_grant(row) for row in rows.mappings()]


def of_person(connection: Connection, person: str) -> list[Grant]:
    """All decisions about a person, newest first."""
    rows = connection.execute(select(grants).where(grants.c.person == person).order_by(grants.c.key.desc()))
    return [_grant(row) for row in rows.mappings()]


def grant(
    instance: Database,
    tenant: Database | None,
    person: str,
    role: Role,
    reason: str,
    by: str = audit.NOBODY,
    until: str | None = None,
) -> None:
    """
    Decide that somebody has a role.

    Parameters
    ----------
    instance, tenant
        Where people are, and the rows of the tenant; None for a role of the instance itself.
    reason
        Why; at least a few words.
    by
        Number of the person who decides.
    until
        Last day it counts, ISO 8601; None for no end.

    Raises
    ------
    UnknownPerson, InvalidGrant
        When there is nobody of this number, or role, reason or end make no sense.
    """
    tenant_id = INSTANCE if tenant is None else tenant.directory.name
    if tenant is None and role is not Role.OPERATOR:
        raise InvalidGrant(f"The role {role!r} is not granted for a whole instance.")
    end = None if tenant is None else check(role, reason, until)
    with instance.write("The role cannot be granted") as connection:
        if account(connection, person).closed:
            raise InvalidGrant("This account is closed; open another one before granting a role.")
        if _held(connection, tenant_id, person, role):
            raise InvalidGrant(f"This person has the role {role!r} already.")
        made = connection.execute(
            grants.insert().values(
                tenant=tenant_id, person=person, role=role, granted=now(), granted_by=by, reason=_reason(reason),
                until=end, ended=None, ended_by="", ended_reason="",
            )
        )  # fmt: skip
        assert made.inserted_primary_key is not None
        detail = {"grant": int(made.inserted_primary_key[0]), "role": role, "until": end}
        _log(connection, tenant, by, "grant", person, detail)


def check(role: Role, reason: str, until: str | None) -> str | None:
    """
    Whether a role can be granted in a tenant with this reason and end; gives the end as a moment.

    Raises
    ------
    InvalidGrant
        When it cannot.
    """
    if role not in GRANTED:
        raise InvalidGrant(f"The role {role!r} is not granted here; these are: {', '.join(GRANTED)}.")
    _reason(reason)
    return _end_of(until)


def withdraw(
    instance: Database, tenant: Database | None, person: str, role: Role, reason: str, by: str = audit.NOBODY
) -> None:
    """
    Decide that somebody has a role no longer; see :func:`grant`.

    Raises
    ------
    InvalidGrant
        When the person has not got the role.
    LastAdministration
        When nobody would be left who can grant roles.
    """
    tenant_id = INSTANCE if tenant is None else tenant.directory.name
    with instance.write("The role cannot be withdrawn") as connection:
        held = _held(connection, tenant_id, person, role)
        if not held:
            raise InvalidGrant(f"This person has not got the role {role!r}.")
        if role is Role.ADMINISTRATION and not _others(connection, tenant_id, person, role):
            raise LastAdministration(
                "This is the last person who can grant roles here. Give somebody else the role first."
            )
        values = {"ended": now(), "ended_by": by, "ended_reason": _reason(reason)}
        connection.execute(update(grants).where(grants.c.key.in_(held)).values(values))
        _log(connection, tenant, by, "withdraw", person, {"grants": held, "role": role})


def members(connection: Connection, tenant: str) -> dict[str, frozenset[Role]]:
    """Who has roles in a tenant now, by number of the person."""
    found: dict[str, set[Role]] = {}
    for person, role in connection.execute(
        select(grants.c.person, grants.c.role).where(grants.c.tenant == tenant, _holding())
    ):
        found.setdefault(person, set()).add(Role(role))
    return {person: frozenset(roles) for person, roles in found.items()}


def _log(
    connection: Connection, tenant: Database | None, by: str, what: str, person: str, detail: Mapping[str, Any]
) -> None:
    """One line in the log of the tenant, committed before the decision is: the log may say more, never less."""
    if tenant is None:
        audit.record(connection, by, what, person, detail)
        return
    with tenant.write("The decision cannot be recorded") as rows:
        audit.record(rows, by, what, person, detail)


def _held(connection: Connection, tenant: str, person: str, role: Role) -> list[int]:
    same = (grants.c.tenant == tenant) & (grants.c.person == person) & (grants.c.role == role)
    return [int(k) for k in connection.execute(select(grants.c.key).where(same, _holding())).scalars()]


def _others(connection: Connection, tenant: str, person: str, role: Role) -> bool:
    """Whether somebody else has a role without end, and can sign in."""
    wanted = (
        select(grants.c.key)
        .join(people, people.c.id == grants.c.person)
        .where(grants.c.tenant == tenant, grants.c.role == role, grants.c.person != person)
        .where(grants.c.ended.is_(None), grants.c.until.is_(None), people.c.closed.is_(None))
    )
    return connection.execute(wanted.limit(1)).first() is not None


def _holding() -> ColumnElement[bool]:
    return and_(grants.c.ended.is_(None), or_(grants.c.until.is_(None), grants.c.until > now()))


def _reason(text: str) -> str:
    if not 3 <= len(text.strip()) <= 500:
        raise InvalidGrant("Say why in 3 to 500 letters; everybody with the same right will read it.")
    return text.strip()


def _end_of(until: str | None) -> str | None:
    if until is None:
        return None
    try:
        day = datetime.fromisoformat(f"{until[:10]}T23:59:59.999999+00:00")
    except ValueError:
        raise InvalidGrant(f"{until[:40]!r} is no day; write it as 2027-12-31.") from None
    if moment(day) <= now():
        raise InvalidGrant(f"{until[:10]} is over already; name a day to come, or none.")
    return moment(day)


def _grant(row: Mapping[Any, Any]) -> Grant:
    return Grant(**{**row, "role": Role(row["role"])})
