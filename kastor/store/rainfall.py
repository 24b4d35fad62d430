"""The table of design rain a tenant has of its own, instead of the one Kastor brings along."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import insert, select

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import now
from kastor.store.schema import rainfall


class NoRainfall(StoreError):
    """The tenant has no table of design rain of its own."""


@dataclass(frozen=True)
class Rainfall:
    """
    A table of design rain.

    Parameters
    ----------
    source
        Credit line.
    hash
        Of its bytes.
    cells
        Number of places.
    added, who
        When (ISO 8601) and by whom.
    """

    source: str
    hash: str
    cells: int
    added: str
    who: str


def keep(database: Database, source: str, cells: int, packed: bytes, who: str) -> Rainfall:
    """Keep a table of design rain in place of the one before."""
    kept = Rainfall(source, hashlib.blake2b(packed, digest_size=16).hexdigest(), cells, now(), who)
    with database.write("The design rain cannot be kept") as connection:
        connection.execute(rainfall.delete())
        connection.execute(
            insert(rainfall).values(
                hash=kept.hash, source=source, cells=cells, added=kept.added, who=who, packed=packed
            )
        )
        record(connection, who, "load_rainfall", source, {"cells": cells})
    return kept


def remove(database: Database, who: str) -> None:
    """
    Go back to the table Kastor brings along.

    Raises
    ------
    NoRainfall
        When the tenant has no own one.
    """
    with database.write("The design rain cannot be removed") as connection:
        if not connection.execute(rainfall.delete()).rowcount:
            raise NoRainfall("The tenant has no table of design rain of its own; KOSTRA-DWD-2010R is in use.")
        record(connection, who, "remove_rainfall", "", {})


def rainfall_of(database: Database) -> Rainfall | None:
    """What is said about the tenant's own table; None without one."""
    columns = [rainfall.c[name] for name in Rainfall.__dataclass_fields__]
    with database.read() as connection:
        row = connection.execute(select(*columns)).mappings().first()
    return None if row is None else Rainfall(**row)


def packed(database: Database) -> bytes:
    """
    The table itself.

    Raises
    ------
    NoRainfall
        When the tenant has no own one.
    """
    with database.read() as connection:
        found = connection.execute(select(rainfall.c.packed)).scalar()
    if found is None:
        raise NoRainfall("The tenant has no table of design rain of its own.")
    return bytes(found)
