"""Versions of procedures in a tenant: each kept for ever as it was, in force only when two people have released it.

A case stays on the version it began with, so none is ever changed or removed. What comes with Kastor is kept too, the
first time a case follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from kastor.store.audit import record
from kastor.store.case_schema import procedure_versions
from kastor.store.errors import StoreError
from kastor.store.moments import now

DRAFT, SIGNED, RELEASED, SHIPPED = "draft", "signed", "released", "shipped"
"""States: proposed, released by a first person, in force or once in force, from Kastor itself."""


class UnknownVersion(StoreError):
    """There is no such version of a procedure."""


class ReleaseRefused(StoreError):
    """A version cannot be released so."""


class NewerVersion(StoreError):
    """Somebody kept a version after the one that was on the screen."""


@dataclass(frozen=True)
class Version:
    """
    A version of a procedure.

    Parameters
    ----------
    procedure, version
        Its id and the hash of its files.
    added, who, note
        When it was brought in, by whom, and what was changed.
    state
        ``draft``, ``signed``, ``released`` or ``shipped``.
    released
        Since when it is in force; empty when not.
    first, second
        Who released it.
    """

    procedure: str
    version: str
    added: str
    who: str
    note: str
    state: str
    released: str
    first: str
    second: str


_OF_VERSION = tuple(procedure_versions.c[name] for name in Version.__dataclass_fields__)


def keep(
    connection: Connection, procedure: str, version: str, content: bytes, who: str, note: str, state: str = DRAFT
) -> Version:
    """Keep a version; one that is there already stays as it is."""
    row = _row(connection, procedure, version)
    if row is None:
        connection.execute(
            insert(procedure_versions).values(
                procedure=procedure, version=version, content=content, added=now(), who=who, note=note, state=state,
                released="", first="", second="",
            )
        )  # fmt: skip
        record(connection, who, "keep_procedure", procedure, {"version": version, "state": state})
    return version_of(connection, procedure, version)


def version_of(connection: Connection, procedure: str, version: str) -> Version:
    """
    A version.

    Raises
    ------
    UnknownVersion
        When there is none.
    """
    row = _row(connection, procedure, version)
    if row is None:
        raise UnknownVersion(f"There is no version {version[:12]!r} of the procedure {procedure[:40]!r}.")
    return Version(**{str(name): value for name, value in row.items()})


def content(connection: Connection, procedure: str, version: str) -> bytes | None:
    """The packed files of a version; None when it is not kept here."""
    wanted = select(procedure_versions.c.content)
    found = connection.execute(wanted.where(_named(procedure, version))).scalar_one_or_none()
    return None if found is None else bytes(found)


def in_force(connection: Connection, procedure: str) -> str | None:
    """The version released last; None when the shipped one holds."""
    wanted = select(procedure_versions.c.version).where(
        procedure_versions.c.procedure == procedure, procedure_versions.c.state == RELEASED
    )
    return connection.execute(wanted.order_by(procedure_versions.c.released.desc()).limit(1)).scalar_one_or_none()


def all_in_force(connection: Connection) -> dict[str, str]:
    """Versions released last, by procedure; those of which the shipped one holds are not among them."""
    wanted = select(procedure_versions.c.procedure, procedure_versions.c.version)
    rows = connection.execute(
        wanted.where(procedure_versions.c.state == RELEASED).order_by(procedure_versions.c.released)
    )
    return {str(procedure): str(version) for procedure, version in rows}


def versions(connection: Connection, procedure: str = "") -> list[Version]:
    """All versions, the newest first."""
    wanted = select(*_OF_VERSION).order_by(procedure_versions.c.added.desc(), procedure_versions.c.version)
    if procedure:
        wanted = wanted.where(procedure_versions.c.procedure == procedure)
    return [Version(*row) for row in connection.execute(wanted)]


def check_newest(connection: Connection, procedure: str, seen: str) -> None:
    """
    Refuse when somebody kept a version that was not seen.

    Parameters
    ----------
    seen
        The newest kept version known; empty for none.

    Raises
    ------
    NewerVersion
        When there is a newer one.
    """
    kept = [one for one in versions(connection, procedure) if one.state != SHIPPED]
    if kept and kept[0].version != seen:
        raise NewerVersion(
            f"Somebody kept the version {kept[0].version[:12]} in the meantime. Merge your changes with it, then keep "
            "them again; nothing of them is lost."
        )


def release(connection: Connection, procedure: str, version: str, who: str) -> Version:
    """
    Release a version: by the first person it is signed, by a second one it comes into force.

    Raises
    ------
    ReleaseRefused
        When the second person is the first one, the one who made it alone, or it is in force already.
    """
    found = version_of(connection, procedure, version)
    if not who:
        raise ReleaseRefused("A version is released by persons. Say who.")
    if found.state == DRAFT:
        values = {"state": SIGNED, "first": who}
    elif found.state == SIGNED and who != found.first:
        values = {"state": RELEASED, "second": who, "released": now()}
    elif found.state == SIGNED:
        raise ReleaseRefused("The same person has signed it already; a second one has to release it.")
    else:
        raise ReleaseRefused(f"The version is {found.state} already.")
    connection.execute(update(procedure_versions).where(_named(procedure, version)).values(values))
    record(connection, who, "release_procedure", procedure, {"version": version, "state": values["state"]})
    return version_of(connection, procedure, version)


def _named(procedure: str, version: str) -> ColumnElement[bool]:
    return (procedure_versions.c.procedure == procedure) & (procedure_versions.c.version == version)


def _row(connection: Connection, procedure: str, version: str) -> RowMapping | None:
    return connection.execute(select(*_OF_VERSION).where(_named(procedure, version))).mappings().one_or_none()
