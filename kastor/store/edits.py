"""Clerks correct single objects; every correction is a version and can be taken back by another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kastor.city.model import City, Json, root, take
from kastor.store import blocks
from kastor.store.changes import CURRENT_BLOCK, Change, change, rebuild_cell
from kastor.store.contents import contents
from kastor.store.database import Database
from kastor.store.datasets import save_revision
from kastor.store.errors import StoreError, UnknownObject, store_errors
from kastor.store.overrides import read_attributes, with_attributes
from kastor.store.rows import USED, rows
from kastor.store.writing import KNOWN, Incoming, Known, RowWriter

OBJECT = (
    "SELECT o.key, o.dataset, v.attributes, d.date FROM objects o"
    " JOIN datasets d ON d.key = o.dataset JOIN versions v ON v.key = o.version_key"
    " WHERE o.id = ? AND (d.id = ? OR ? = '') AND o.ended IS NULL ORDER BY d.revision DESC LIMIT 1"
)
VERSION = "SELECT attributes FROM versions WHERE object = ? AND version = ?"
HISTORY = (
    "SELECT v.version, v.first, v.last, v.geometry, v.attributes, r.at, r.what, r.who, r.note, e.at"
    " FROM versions v JOIN revisions r ON r.revision = v.first LEFT JOIN revisions e ON e.revision = v.last"
    " WHERE v.object = (SELECT o.key FROM objects o JOIN datasets d ON d.key = o.dataset"
    " WHERE o.id = ? AND (d.id = ? OR ? = '') ORDER BY o.ended IS NOT NULL, d.revision DESC LIMIT 1)"
    " ORDER BY v.version"
)


@dataclass(frozen=True)
class Version:
    """
    A version of an object.

    Parameters
    ----------
    version
        Its number, 1 is the first.
    valid_from, valid_to
        When it was known to be so, ISO 8601; ``valid_to`` is empty for the present version.
    what, who, note
        Kind of change (``load``, ``edit``, ``restore``), by whom, why.
    changed
        Names of the attributes that are others than in the version before, new and gone ones too.
    geometry_changed
        Whether its shape, place or kind is another than in the version before.
    attributes
        All its attributes.
    """

    version: int
    valid_from: str
    valid_to: str
    what: str
    who: str
    note: str
    changed: list[str]
    geometry_changed: bool
    attributes: Mapping[str, Any]


def history(database: Database, object_id: str, dataset: str) -> list[Version]:
    """The versions of an object, newest first; see ``Tenant.history``."""
    found: list[Version] = []
    before: dict[str, Json] = {}
    shape: bytes | None = None
    for row in database.reader().execute(HISTORY, (object_id, dataset, dataset)):
        version, _, _, geometry, attribute_text, at, what, who, note, end = row
        attributes = read_attributes(attribute_text)
        names = sorted(n for n in before.keys() | attributes.keys() if before.get(n) != attributes.get(n))
        first = not found
        found.append(
            Version(
                version,
                at,
                end or "",
                what,
                who,
                note,
                [] if first else names,
                not first and geometry != shape,
                attributes,
            )
        )
        before, shape = attributes, geometry
    return found[::-1]


def edit_object(
    database: Database, object_id: str, attributes: Mapping[str, Any], who: str, note: str, dataset: str
) -> int:
    """Set some attributes of an object; see ``Tenant.edit_object``."""
    what = f"Object {object_id} cannot be changed"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _found(begun, object_id, dataset)
        present = read_attributes(found[2])
        wanted = {n: v for n, v in {**present, **attributes}.items() if v is not None}
        return _write(begun, object_id, found, wanted, "edit", who, note)


def restore_object(database: Database, object_id: str, version: int, who: str, note: str, dataset: str) -> int:
    """Go back to the attributes of an earlier version; see ``Tenant.restore_object``."""
    what = f"Object {object_id} cannot be changed"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _found(begun, object_id, dataset)
        row = begun.execute(VERSION, (found[0], version)).fetchone()
        if row is None:
            raise UnknownObject(f"Object {object_id!r} has no version {version}; its history names them all.")
        return _write(begun, object_id, found, read_attributes(row[0]), "restore", who, note)


def _found(begun: Change, object_id: str, dataset: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = begun.execute(OBJECT, (object_id, dataset, dataset)).fetchone()
    if row is None:
        raise UnknownObject(f"There is no current object {object_id!r}{f' in dataset {dataset!r}' if dataset else ''}.")
    return row


def _write(
    begun: Change, object_id: str, found: tuple[Any, ...], attributes: dict[str, Json], what: str, who: str, note: str
) -> int:
    _, dataset, _, date = found
    writer = RowWriter(begun, dataset)
    known = Known._make(begun.execute(KNOWN, (object_id, dataset)).fetchone())
    cell = (known.cell_column, known.cell_row)
    family = _family(begun, dataset, cell, object_id)
    ids = family.ids.tolist()
    edited = with_attributes(family, {ids.index(object_id): attributes})
    content = contents(edited, ids)
    table = rows(blocks.decode(edited, USED), ids, date)
    for i, member in enumerate(ids):
        k = Known._make(begun.execute(KNOWN, (member, dataset)).fetchone())
        incoming = Incoming(member, None, table.values[i], k.source_hash, content.geometry[i], content.attributes[i])
        if member == object_id:
            writer.update([(k, incoming)], edited=content.content[i] != k.source_hash)
        else:
            writer.refresh([(k, incoming)])
    rebuild_cell(begun, dataset, cell, [edited])
    save_revision(begun.connection, begun.revision, begun.at, what, who, note)
    return known.version + 1


def _family(begun: Change, dataset: int, cell: tuple[int, int], object_id: str) -> City:
    """The object with its building and all parts, encoded."""
    row = begun.execute(CURRENT_BLOCK, (*cell, dataset)).fetchone()
    if row is None:
        raise StoreError(f"The geometry of object {object_id!r} is missing; load its dataset again.")
    city = blocks.join([blocks.read(begun.directory / "blocks", row[1])], encoded=True)
    top = root(city)
    index = city.ids.tolist().index(object_id)
    return take(city, np.flatnonzero(top == top[index]))
