"""Which version of a procedure holds: the one released last by two people, else the one that comes with Kastor."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Connection

from kastor.cases import procedure as procedures
from kastor.cases.procedure import Procedure
from kastor.store import procedure_versions
from kastor.store.procedure_versions import SHIPPED, UnknownVersion

MOST_HELD = 200
_IN_FORCE: dict[str, Procedure] = {}
"""Versions by their hash, so that a message does not read the files of all of them again."""


def find_procedure(connection: Connection, procedure: str, version: str) -> Procedure:
    """
    A version of a procedure; one that comes with Kastor is kept in the tenant, so that a case can stay on it.

    Parameters
    ----------
    connection
        Inside a transaction that writes.
    procedure
        Its id.
    version
        Empty for the one in force.

    Raises
    ------
    UnknownVersion
        When there is no such procedure or version.
    """
    shipped = procedures.shipped().get(procedure)
    if shipped is not None and version == shipped.version:
        # a case that follows it has kept it
        return shipped
    version = version or procedure_versions.in_force(connection, procedure) or ""
    if shipped is not None and version in ("", shipped.version):
        if procedure_versions.content(connection, procedure, shipped.version) is None:
            packed = procedures.pack(shipped)
            procedure_versions.keep(connection, procedure, shipped.version, packed, "", "", SHIPPED)
        return shipped
    content = procedure_versions.content(connection, procedure, version) if version else None
    if content is None:
        known = ", ".join(procedures.shipped())
        raise UnknownVersion(
            f"There is no procedure {procedure[:40]!r} in version {version[:12] or 'in force'}. Shipped are: {known}."
        )
    return unpacked(version, content)


def kept(connection: Connection, procedure: str, version: str) -> Procedure | None:
    """A version as it was kept, also inside a transaction that only reads; None when it was not."""
    content = procedure_versions.content(connection, procedure, version)
    return None if content is None else unpacked(version, content)


@lru_cache(maxsize=32)
def unpacked(version: str, content: bytes) -> Procedure:
    """The procedure of a kept version."""
    return procedures.unpack(content)


def in_force(connection: Connection, procedure: str) -> Procedure:
    """
    The version in force, also inside a transaction that only reads.

    Raises
    ------
    UnknownVersion
        When there is no such procedure.
    """
    version = procedure_versions.in_force(connection, procedure)
    return named(connection, procedure, version or "")


def named(connection: Connection, procedure: str, version: str) -> Procedure:
    """
    A version by its name, kept or shipped, also inside a transaction that only reads.

    Parameters
    ----------
    version
        Empty for the one that comes with Kastor.

    Raises
    ------
    UnknownVersion
        When there is no such procedure or version.
    """
    shipped = procedures.shipped().get(procedure)
    if shipped is not None and version in ("", shipped.version):
        return shipped
    found = kept(connection, procedure, version) if version else None
    if found is None:
        raise UnknownVersion(f"There is no version {version[:12]!r} of the procedure {procedure[:40]!r}.")
    return found


def current(connection: Connection, procedure: str) -> Procedure | None:
    """The version in force; None for a procedure of the tenant's own that nobody has released yet."""
    version = procedure_versions.in_force(connection, procedure)
    if version is None and procedure not in procedures.shipped():
        return None
    return named(connection, procedure, version or "")


def all_in_force(connection: Connection) -> dict[str, Procedure]:
    """Procedures by id as they are in force: those that come with Kastor, then the tenant's own."""
    found = dict(procedures.shipped())
    for procedure, version in procedure_versions.all_in_force(connection).items():
        held = _IN_FORCE.get(version)
        if held is None:
            if len(_IN_FORCE) >= MOST_HELD:
                _IN_FORCE.clear()
            held = _IN_FORCE[version] = named(connection, procedure, version)
        found[procedure] = held
    return found


def ids(connection: Connection) -> tuple[str, ...]:
    """Ids of all procedures of a tenant: those that come with Kastor, then those of its own."""
    own = (one.procedure for one in procedure_versions.versions(connection))
    return tuple(dict.fromkeys([*procedures.shipped(), *own]))


def earlier(connection: Connection, procedure: str, version: str) -> Procedure | None:
    """
    What a version is compared with: the one in force, or for that one (and those before) the one it followed.

    Returns
    -------
    Procedure or None
        None before the first release of a procedure of the tenant's own.
    """
    released = sorted(
        (one for one in procedure_versions.versions(connection, procedure) if one.released),
        key=lambda one: one.released,
    )
    place = next((at for at, one in enumerate(released) if one.version == version), len(released))
    if not place and procedure not in procedures.shipped():
        return None
    return named(connection, procedure, released[place - 1].version if place else "")
