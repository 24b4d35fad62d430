"""One change of the twin: a transaction of the database and the block files that go with it.

Block files are written first and forced to the disk, then the database commits. Killed before
the commit, the twin is as it was, and what was written is unreferenced: the directory
``staging`` that every change makes at its beginning and removes at its end tells the next one
to look for such files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection

from kastor.city.model import City, Kind, take
from kastor.store import blocks
from kastor.store.database import Database
from kastor.store.datasets import next_revision
from kastor.store.errors import TenantBusy, store_errors
from kastor.store.moments import now
from kastor.store.pieces import Cell, by_family

STAGING = "staging"

CURRENT_BLOCK = "SELECT key, hash FROM blocks WHERE cell_column = ? AND cell_row = ? AND dataset = ? AND last IS NULL"
CURRENT_IDS = "SELECT id FROM objects WHERE cell_column = ? AND cell_row = ? AND dataset = ? AND ended IS NULL"
END_BLOCK = "UPDATE blocks SET last = ? WHERE key = ?"
ADD_BLOCK = (
    "INSERT INTO blocks (cell_column, cell_row, dataset, hash, size, kinds, west, south, low, east, north, high, first)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass
class Change:
    """
    A change under way.

    Parameters
    ----------
    directory
        The tenant's directory.
    connection
        Holds the write lock.
    dialect
        Which store the rows are in, see ``Database.dialect``.
    execute, executemany, insert
        Named SQL, see ``database.Statements``.
    revision
        Number of the change.
    at
        When it is made, ISO 8601.
    files
        New files of this change.
    """

    directory: Path
    connection: Connection
    dialect: str
    execute: Callable[..., Any]
    executemany: Callable[..., Any]
    insert: Callable[..., None]
    revision: int
    at: str
    files: list[Path] = field(default_factory=list)

    @property
    def staging(self) -> Path:
        """Directory for scratch files, removed at the end."""
        return self.directory / STAGING


@contextmanager
def change(database: Database, what: str, wait: float = 10.0) -> Iterator[Change]:
    """
    Make a change: committed as a whole at the end, or nothing of it.

    Parameters
    ----------
    what
        Beginning of error messages.
    wait
        How long to wait for somebody else's change. [s]
    """
    directory = database.directory
    with database.write(what, wait) as connection:
        sql = database.statements(connection)
        with store_errors(what, directory):
            collect_garbage(directory, sql.execute)
            (directory / STAGING).mkdir(exist_ok=True)
        begun = Change(
            directory, connection, database.dialect, sql.execute, sql.executemany, sql.insert,
            next_revision(connection), now(),
        )  # fmt: skip
        try:
            yield begun
            with store_errors(what, directory):
                sync(begun.files)
        except BaseException:
            for file in begun.files:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
            shutil.rmtree(directory / STAGING, ignore_errors=True)
            raise
    shutil.rmtree(directory / STAGING, ignore_errors=True)


def clean_up(database: Database) -> None:
    """Remove what a killed change left behind, unless a change is running now."""
    if not (database.directory / STAGING).exists():
        return
    with suppress(TenantBusy), database.write("The tenant cannot be tidied up", wait=0.0) as connection:
        collect_garbage(database.directory, database.statements(connection).execute)


def collect_garbage(directory: Path, execute: Callable[..., Any]) -> None:
    """Remove files no revision needs; the caller holds the write lock."""
    used = {row[0] for row in execute("SELECT file FROM terrain_parts")}
    for file in (directory / "terrain").glob("*"):
        if file.name not in used:
            file.unlink(missing_ok=True)
    if (directory / STAGING).exists():
        known = {row[0] for row in execute("SELECT hash FROM blocks")}
        for file in (directory / "blocks").glob("*"):
            if file.stem not in known or file.suffix != ".block":
                file.unlink(missing_ok=True)
        shutil.rmtree(directory / STAGING, ignore_errors=True)


def sync(files: list[Path]) -> None:
    """Force files and their names to the disk."""
    for path in [*files, *sorted({f.parent for f in files})]:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def rebuild_cell(change: Change, dataset: int, cell: Cell, pieces: list[City]) -> bool:
    """
    Write the new block of a cell and dataset: what was there and still counts, and the new pieces.

    Parameters
    ----------
    dataset
        Its number in the tables.
    pieces
        Families (objects with all their parts) that are new or changed; encoded, see ``blocks.encode``.

    Returns
    -------
    bool
        Whether the block is another than before.
    """
    old = change.execute(CURRENT_BLOCK, (*cell, dataset)).fetchone()
    city = _assembled(change, old[1] if old else None, dataset, cell, pieces)
    if not len(city):
        if old:
            change.execute(END_BLOCK, (change.revision, old[0]))
        return bool(old)
    data = blocks.pack_encoded(blocks.in_one_way(city))
    name, file = blocks.write(change.directory / "blocks", data)
    if file:
        change.files.append(file)
    if old and old[1] == name:
        return False
    if old:
        change.execute(END_BLOCK, (change.revision, old[0]))
    change.execute(ADD_BLOCK, (*cell, dataset, name, len(data), _kinds(city), *_box(city), change.revision))
    return True


def _assembled(change: Change, old: str | None, dataset: int, cell: Cell, pieces: list[City]) -> City:
    """Old families that are still current and the new ones, by id, so that a block does not tell what came first."""
    if old is None and len(pieces) == 1:
        return pieces[0]
    found = [blocks.as_block(piece) for piece in pieces]
    if old is not None:
        found.insert(0, _remaining(change, blocks.read(change.directory / "blocks", old), dataset, cell, found))
    city = blocks.join([block for block in found if block.objects], encoded=True)
    rank = by_family(city)
    return city if (rank[1:] >= rank[:-1]).all() else take(city, np.argsort(rank, kind="stable"))


def _remaining(
    change: Change, block: blocks.Block, dataset: int, cell: Cell, pieces: list[blocks.Block]
) -> blocks.Block:
    """What of an old block is still current and not among the new pieces."""
    current = {row[0] for row in change.execute(CURRENT_IDS, (*cell, dataset))}
    for piece in pieces:
        current.difference_update(blocks.ids_of(piece))
    ids = blocks.ids_of(block)
    keep = np.array([i for i, object_id in enumerate(ids) if object_id in current], np.int64)
    if len(keep) == len(ids):
        return block
    return blocks.as_block(take(blocks.join([block], encoded=True), keep))


def kind_counts(city: City) -> dict[str, int]:
    """Number of objects by kind name."""
    numbers = np.bincount(city.kind)
    return {Kind(k).name.lower(): int(numbers[k]) for k in np.flatnonzero(numbers).tolist()}


def _kinds(city: City) -> str:
    return orjson.dumps(kind_counts(city)).decode()


def _box(city: City) -> tuple[float | None, ...]:
    if not len(city.xyz):
        return (None,) * 6
    # by column: along rows of three numpy takes ten times as long
    columns = [city.xyz[:, axis] for axis in range(3)]
    return (*(float(c.min()) for c in columns), *(float(c.max()) for c in columns))
