"""What an object was in an earlier version, and which version a step back or forth leads to."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from kastor.city.model import City, take
from kastor.store import blocks
from kastor.store.database import Database
from kastor.store.errors import NothingToUndo, UnknownObject
from kastor.store.families import Subject, select_object, unknown
from kastor.store.history import UNDO, undoable
from kastor.store.schema import blocks as block_table
from kastor.store.schema import revisions, versions
from kastor.store.subtrees import below


def shape_of_version(database: Database, object_id: str, dataset: str, version: int) -> City:
    """
    The object with its parts as they were at the end of one of its versions; attributes encoded.

    Raises
    ------
    UnknownObject
        When there is no such object or version.
    """
    with database.read() as connection:
        found = subject(connection, object_id, dataset)
        return subtree_at(connection, database.directory, found, last_revision(connection, found, version))


def aim(database: Database, object_id: str, dataset: str, what: str) -> int | None:
    """The version ``undo`` or ``redo`` would lead to now; None where the object would not be there."""
    with database.read() as connection:
        return step(connection, subject(connection, object_id, dataset), what)


def subject(connection: Connection, object_id: str, dataset: str) -> Subject:
    """The row of an object, current or ended."""
    row = connection.execute(select_object(object_id, dataset)).first()
    if row is None:
        raise unknown(object_id, dataset)
    return Subject._make(row)


def last_revision(connection: Connection, found: Subject, version: int) -> int:
    """The last change of the twin before a version was followed by another."""
    row = connection.execute(
        select(versions.c.last).where(versions.c.object == found.key, versions.c.version == version)
    ).first()
    if row is None:
        raise UnknownObject(f"Object {found.id!r} has no version {version}; its history names them all.")
    if row.last is not None:
        return int(row.last) - 1
    newest = select(revisions.c.revision).order_by(revisions.c.revision.desc()).limit(1)
    return int(connection.execute(newest).scalar_one())


def subtree_at(connection: Connection, directory: Path, found: Subject, revision: int) -> City:
    """The object with all below it as they were at a revision, encoded."""
    table = block_table.c
    valid = (table.dataset == found.dataset) & (table.first <= revision)
    valid &= table.last.is_(None) | (table.last > revision)
    here = (table.cell_column == found.cell_column) & (table.cell_row == found.cell_row)
    # nearly always it stood in the same cell; only a move across a border makes the others worth reading
    for where in (valid & here, valid & ~here):
        for name in connection.execute(select(table.hash).where(where)).scalars():
            block = blocks.read(directory / "blocks", name)
            ids = blocks.ids_of(block)
            if found.id in ids:
                city = blocks.join([block], encoded=True)
                return take(city, below(city, ids.index(found.id)))
    raise UnknownObject(f"The shape of object {found.id!r} at that time is not kept any more.")


def step(connection: Connection, found: Subject, what: str) -> int | None:
    """
    The version one step back or forth; None where the object was not there.

    Raises
    ------
    NothingToUndo
        When nothing is left to take back, or to make again.
    """
    done, undone = undoable(connection, found.key)
    left = done if what == UNDO else undone
    if not left or (found.ended is not None and found.ended != left[-1]["revision"]):
        kind = "correction" if what == UNDO else "taking back"
        raise NothingToUndo(f"Object {found.id!r} has no {kind} left that could be reversed.")
    target: int | None = left[-1]["before"]
    return target
