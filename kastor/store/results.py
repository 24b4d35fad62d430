"""Results of a tenant: what computations gave, each a directory of open formats and a row that traces it.

The id of a result is a hash of everything it depends on: process and version, parameters, edits, area and data. So
the same input has one result, and a result is never changed: it is there or not. Who may see it is told by its state.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import StoreError, store_errors
from kastor.store.schema import results
from kastor.store.tenant import Tenant
from kastor.store.visibility import State

ROOM = "results"
"""Directory of a tenant's results."""

DOCUMENT = "result.json"
"""File of a result that describes it and names its others."""

ID = re.compile(r"[0-9a-f]{32}")
FILE = re.compile(r"[a-z0-9][a-z0-9_-]*\.(?:json|geojson|tif)")
PATIENCE = 600.0
"""How long to wait for a load to end before a result is kept. [s]"""


_CANNOT = "The result cannot be kept"


class UnknownResult(StoreError):
    """The tenant has no such result."""


@dataclass(frozen=True)
class Kept:
    """
    A result that is kept.

    Parameters
    ----------
    id
        Its name, the hash of its input.
    process, version
        What computed it.
    inputs
        Parameters, with ``area`` and ``edits``.
    data
        Hash of the data it used, and where they were: ``hash``, ``box`` and ``needs``.
    state
        Who may see it.
    made, who
        When (ISO 8601) and for whom.
    seconds
        What it took.
    """

    id: str
    process: str
    version: str
    inputs: Mapping[str, Any]
    data: Mapping[str, Any]
    state: State
    made: str
    who: str
    seconds: float


def keep(tenant: Tenant, kept: Kept, young: Path) -> None:
    """
    Keep a result whose files lie in ``young``, all or nothing; one that is kept already stays.

    Raises
    ------
    StoreError
        When there is no room on the disk.
    """
    place = tenant.directory / ROOM / kept.id
    with tenant.database.write(_CANNOT, PATIENCE) as connection, store_errors(_CANNOT, place):
        if connection.execute(select(results.c.id).where(results.c.id == kept.id)).first() is not None:
            return
        place.parent.mkdir(exist_ok=True)
        # without a row it is what a killed worker left behind
        shutil.rmtree(place, ignore_errors=True)
        young.rename(place)
        connection.execute(
            insert(results).values(
                id=kept.id, process=kept.process, version=kept.version, inputs=dict(kept.inputs),
                data=dict(kept.data), state=kept.state.value, made=kept.made, who=kept.who, seconds=kept.seconds,
            )
        )  # fmt: skip
        detail = {"process": kept.process, "version": kept.version}
        record(connection, kept.who, "compute", kept.id, detail)


def result(database: Database, result_id: str) -> Kept:
    """
    A result that may be seen.

    Raises
    ------
    UnknownResult
        When there is none of this id, or none the caller sees.
    """
    with database.read() as connection:
        return _found(connection, result_id)


def results_of(database: Database, process: str = "", limit: int = 100) -> list[Kept]:
    """Results that may be seen, newest first."""
    wanted = [results.c.process == process] if process else []
    with database.read() as connection:
        rows = connection.execute(select(results).where(*wanted).order_by(results.c.made.desc()).limit(limit))
        return [_kept(row) for row in rows.mappings()]


def file_of(tenant: Tenant, result_id: str, name: str) -> Path:
    """
    A file of a result that may be seen.

    Raises
    ------
    UnknownResult
        When there is none.
    """
    result(tenant.database, result_id)
    found = tenant.directory / ROOM / result_id / name
    if not FILE.fullmatch(name) or not found.is_file():
        raise UnknownResult(f"The result has no file {name[:60]!r}. Its document names its files.")
    return found


def set_state(database: Database, result_id: str, state: State, who: str) -> None:
    """Decide who may see a result: a draft, internal or public."""
    with database.write("The result cannot be published") as connection:
        before = _found(connection, result_id).state
        if before is not state:
            connection.execute(update(results).where(results.c.id == result_id).values(state=state.value))
            record(connection, who, "publish_result", result_id, {"before": before.value, "after": state.value})


def remove(tenant: Tenant, result_id: str, who: str) -> None:
    """Remove a result; that it was there stays in the audit log."""
    with tenant.database.write("The result cannot be removed") as connection:
        _found(connection, result_id)
        connection.execute(results.delete().where(results.c.id == result_id))
        record(connection, who, "remove_result", result_id, {})
    shutil.rmtree(tenant.directory / ROOM / result_id, ignore_errors=True)


def _found(connection: Connection, result_id: str) -> Kept:
    row = connection.execute(select(results).where(results.c.id == result_id)).mappings().one_or_none()
    if row is None:
        raise UnknownResult(f"There is no result {result_id[:40]!r}. Run the process to have one.")
    return _kept(row)


def _kept(row: Any) -> Kept:
    names = Kept.__dataclass_fields__
    return Kept(**{**{name: row[name] for name in names}, "state": State(row["state"])})
