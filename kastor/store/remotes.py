"""Processes of other servers that an administration offers in its tenant.

Kept is what the other server said about the process when it was added, so that the list, the form and the command line
need nobody else. What proves to the other server who asks is no part of it: that is a setting of the instance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import now
from kastor.store.schema import remote_processes

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

MOST = 100
"""Processes of other servers in one tenant."""


class UnknownRemote(StoreError):
    """The tenant has no process of another server of this name."""


class InvalidRemote(StoreError):
    """A process of another server cannot be kept under this name."""


@dataclass(frozen=True)
class Remote:
    """
    A process of another server.

    Parameters
    ----------
    name
        What it is called here, in addresses and commands.
    address
        Of its description, ``https://HOST/.../processes/ID``.
    described
        The description (OGC API - Processes) by language, ``de`` and ``en``.
    units
        Unit of each output the description gives none for.
    added, who
        When (ISO 8601) and by whom.
    """

    name: str
    address: str
    described: Mapping[str, Any]
    units: Mapping[str, str]
    added: str = ""
    who: str = ""


def add(database: Database, remote: Remote, who: str) -> Remote:
    """
    Keep a process of another server; one of the same name is replaced.

    Raises
    ------
    InvalidRemote
        When the name is none, or there are too many.
    """
    if not NAME.fullmatch(remote.name):
        raise InvalidRemote(
            f"{remote.name[:60]!r} is no name for a process; use up to 40 small letters, digits and hyphens,"
            " a letter first."
        )
    kept = Remote(remote.name, remote.address, remote.described, remote.units, now(), who)
    with database.write("The process cannot be added") as connection:
        connection.execute(remote_processes.delete().where(remote_processes.c.name == kept.name))
        if len(connection.execute(select(remote_processes.c.name)).all()) >= MOST:
            raise InvalidRemote(f"There are {MOST} processes of other servers already. Remove one first.")
        connection.execute(
            insert(remote_processes).values(
                name=kept.name, address=kept.address, described=dict(kept.described), units=dict(kept.units),
                added=kept.added, who=who,
            )
        )  # fmt: skip
        record(connection, who, "add_process", kept.name, {"address": kept.address})
    return kept


def remove(database: Database, name: str, who: str) -> None:
    """
    Offer a process of another server no longer; its results stay.

    Raises
    ------
    UnknownRemote
        When there is none of this name.
    """
    with database.write("The process cannot be removed") as connection:
        gone = connection.execute(remote_processes.delete().where(remote_processes.c.name == name))
        if not gone.rowcount:
            raise UnknownRemote(f"There is no process {name[:60]!r} of another server here.")
        record(connection, who, "remove_process", name, {})


def remote(database: Database, name: str) -> Remote:
    """
    A process of another server by its name.

    Raises
    ------
    UnknownRemote
        When there is none of this name.
    """
    found = next((one for one in remotes(database) if one.name == name), None)
    if found is None:
        raise UnknownRemote(f"There is no process {name[:60]!r} of another server here.")
    return found


def remotes(database: Database) -> list[Remote]:
    """All processes of other servers, by name."""
    with database.read() as connection:
        rows = connection.execute(select(remote_processes).order_by(remote_processes.c.name)).mappings()
        return [Remote(**{name: row[name] for name in Remote.__dataclass_fields__}) for row in rows]
