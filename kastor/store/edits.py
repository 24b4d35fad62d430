"""Clerks add, correct, replace and end single objects; every correction is a version and can be taken back by another.

A correction is one change: rows, versions and the blocks of the cells it touches, committed together or not at
all. ``if_version`` is the optimistic lock: who names the version read gets :class:`VersionConflict` when somebody
else was faster. Objects added by hand belong to a part of their dataset of their own, so that no load ends them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select, update

from kastor.city.model import City, Json, Kind, root, take
from kastor.store import blocks
from kastor.store.changes import CURRENT_BLOCK, Change, change, rebuild_cell
from kastor.store.conflicts import EDITED, ENDED, keep_original
from kastor.store.contents import Contents, contents
from kastor.store.database import Database
from kastor.store.datasets import Dataset, claim_dataset, save_dataset, save_revision
from kastor.store.errors import (
    InvalidObject,
    NothingToUndo,
    ObjectExists,
    StoreError,
    UnknownObject,
    VersionConflict,
    store_errors,
)
from kastor.store.history import REDO, UNDO, undoable
from kastor.store.overrides import read_attributes, with_attributes
from kastor.store.pieces import Cell
from kastor.store.rows import USED, rows
from kastor.store.schema import blocks as block_table
from kastor.store.schema import datasets, edits, objects, parts, versions
from kastor.store.subtrees import below, grafted, pruned
from kastor.store.writing import Incoming, Known, RowWriter

BY_HAND = "(by hand)"
"""Part of a dataset that objects added by hand belong to."""

_KINDS = {int(kind) for kind in Kind}


@dataclass(frozen=True)
class Edit:
    """
    What a correction did.

    Parameters
    ----------
    object, dataset
        Id of the object and of its dataset.
    version
        Number of its present version, or of its last one when it has ended.
    revision
        Number of the change.
    cells
        Column and row of each cell whose content changed, to be tiled again.
    """

    object: str
    dataset: str
    version: int
    revision: int
    cells: list[Cell]


class _Object(NamedTuple):
    """The row of an object that is being corrected."""

    key: int
    id: str
    dataset: int
    dataset_id: str
    dataset_date: str
    version: int
    version_key: int
    ended: int | None
    cell_column: int
    cell_row: int

    @property
    def cell(self) -> Cell:
        """Where its block is."""
        return (self.cell_column, self.cell_row)


def add_object(database: Database, crs: str, city: City, dataset: Dataset, who: str, note: str) -> Edit:
    """Add an object; see ``Tenant.add_object``."""
    what = f"Dataset {dataset.id} gets no new object"
    with change(database, what) as begun, store_errors(what, database.directory):
        _check(city, crs, city.ids[0] if len(city) else "")
        known = begun.connection.execute(select(datasets.c.key).where(datasets.c.id == dataset.id)).scalar()
        key = claim_dataset(begun.connection, dataset, begun.revision)
        if known is None:
            save_dataset(begun.connection, dataset, begun.revision, begun.at, "")
        for object_id in city.ids.tolist():
            if _row(begun, object_id, dataset.id) is not None:
                raise ObjectExists(
                    f"id: dataset {dataset.id!r} has an object {object_id!r} already, or had one; choose another id."
                )
        new = _Object(0, city.ids[0], key, dataset.id, dataset.date, 0, 0, None, *_NO_CELL)
        cells = _write(begun, new, blocks.encode(city), [], part=_part_by_hand(begun, key))
        added = _row(begun, city.ids[0], dataset.id)
        assert added is not None
        return _record(begun, added, "add", None, 1, who, note, cells)


def edit_object(
    database: Database,
    object_id: str,
    attributes: Mapping[str, Any],
    who: str,
    note: str,
    dataset: str,
    if_version: int | None,
) -> Edit:
    """Set some attributes of an object; see ``Tenant.edit_object``."""
    what = f"Object {object_id} cannot be changed"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _found(begun, object_id, dataset, if_version)
        present = _attributes(begun, found)
        wanted = {n: v for n, v in {**present, **attributes}.items() if v is not None}
        family = _family(begun, found)
        edited = with_attributes(family, {family.ids.tolist().index(object_id): wanted})
        cells = _write(begun, found, edited, [])
        return _record(begun, found, "edit", found.version, found.version + 1, who, note, cells)


def replace_object(
    database: Database,
    crs: str,
    object_id: str,
    city: City,
    who: str,
    note: str,
    dataset: str,
    if_version: int | None,
) -> Edit:
    """Give an object another shape, attributes and parts; see ``Tenant.replace_object``."""
    what = f"Object {object_id} cannot be replaced"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _found(begun, object_id, dataset, if_version)
        _check(city, crs, object_id)
        cells = _exchange(begun, found, _family(begun, found), blocks.encode(city))
        return _record(begun, found, "replace", found.version, found.version + 1, who, note, cells)


def end_object(database: Database, object_id: str, who: str, note: str, dataset: str, if_version: int | None) -> Edit:
    """End an object with its parts; see ``Tenant.end_object``."""
    what = f"Object {object_id} cannot be ended"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _found(begun, object_id, dataset, if_version)
        cells = _end(begun, found)
        return _record(begun, found, "end", found.version, None, who, note, cells)


def restore_object(
    database: Database,
    object_id: str,
    version: int,
    who: str,
    note: str,
    dataset: str,
    if_version: int | None,
) -> Edit:
    """Go back to an earlier version; see ``Tenant.restore_object``."""
    what = f"Object {object_id} cannot be changed"
    with change(database, what) as begun, store_errors(what, database.directory):
        found = _row(begun, object_id, dataset)
        if found is None:
            raise _unknown(object_id, dataset)
        _lock(found, if_version)
        return _go_back(begun, found, version, "restore", who, note)


def undo(database: Database, object_id: str, who: str, note: str, dataset: str, if_version: int | None) -> Edit:
    """Take back the last correction of an object; see ``Tenant.undo``."""
    return _step(database, object_id, UNDO, who, note, dataset, if_version)


def redo(database: Database, object_id: str, who: str, note: str, dataset: str, if_version: int | None) -> Edit:
    """Make good again what was taken back last; see ``Tenant.redo``."""
    return _step(database, object_id, REDO, who, note, dataset, if_version)


def steps(database: Database, object_id: str, dataset: str) -> tuple[int, int]:
    """How many corrections of an object can be taken back, and made again; see ``Tenant.steps``."""
    with database.read() as connection:
        found = connection.execute(_select(object_id, dataset)).first()
        if found is None:
            raise _unknown(object_id, dataset)
        done, undone = undoable(connection, found[0])
        return len(done), len(undone)


def _step(
    database: Database, object_id: str, what: str, who: str, note: str, dataset: str, if_version: int | None
) -> Edit:
    words = f"Object {object_id} cannot be changed"
    with change(database, words) as begun, store_errors(words, database.directory):
        found = _row(begun, object_id, dataset)
        if found is None:
            raise _unknown(object_id, dataset)
        _lock(found, if_version)
        done, undone = undoable(begun.connection, found.key)
        steps_left = done if what == UNDO else undone
        if not steps_left or (found.ended is not None and found.ended != steps_left[-1]["revision"]):
            kind = "correction" if what == UNDO else "taking back"
            raise NothingToUndo(f"Object {object_id!r} has no {kind} left that could be reversed.")
        target = steps_left[-1]["before"]
        if target is None:
            cells = _end(begun, found)
            return _record(begun, found, what, found.version, None, who, note, cells)
        return _go_back(begun, found, target, what, who, note)


def _go_back(begun: Change, found: _Object, version: int, what: str, who: str, note: str) -> Edit:
    """Bring an object and its parts back as they were when a version was last valid."""
    row = begun.connection.execute(
        select(versions.c.last).where(versions.c.object == found.key, versions.c.version == version)
    ).first()
    if row is None:
        raise UnknownObject(f"Object {found.id!r} has no version {version}; its history names them all.")
    at = begun.revision if row.last is None else row.last - 1
    then = _subtree_at(begun, found, at)
    parent = begun.connection.execute(select(objects.c.parent).where(objects.c.key == found.key)).scalar()
    if found.ended is None:
        family = _family(begun, found)
    elif parent is None:
        family = take(then, np.zeros(0, np.int64))
    else:
        above = _found(begun, parent, found.dataset_id, None)
        family = _family(begun, above)
    cells = _exchange(begun, found, family, then, parent)
    before = None if found.ended is not None else found.version
    return _record(begun, found, what, before, found.version + 1, who, note, cells)


def _check(city: City, crs: str, object_id: str) -> None:
    """Refuse what the twin cannot hold."""
    ids = city.ids.tolist()
    if city.crs != crs:
        raise InvalidObject(
            f"crs: the object is in {city.crs or 'no known system'}, the tenant in {crs}. Transform it."
        )
    if not ids or (city.parent < 0).sum() != 1 or city.parent[0] >= 0:
        raise InvalidObject("object: exactly one object with its parts can be written at once, the object first.")
    if ids[0] != object_id or not all(ids) or len(set(ids)) != len(ids):
        raise InvalidObject(f"id: every part needs an id of its own and the first must be {object_id!r}.")
    if not set(city.kind.tolist()) <= _KINDS:
        raise InvalidObject(f"kind: {sorted(set(city.kind.tolist()) - _KINDS)} are none of {sorted(_KINDS)}.")
    if not len(city.xyz) or not np.isfinite(city.xyz).all():
        raise InvalidObject("geometry: the object needs coordinates, and each must be a number.")


def _select(object_id: str, dataset: str) -> Any:
    return (
        select(
            objects.c.key, objects.c.id, objects.c.dataset, datasets.c.id, datasets.c.date, objects.c.version,
            objects.c.version_key, objects.c.ended, objects.c.cell_column, objects.c.cell_row,
        )
        .join(datasets, datasets.c.key == objects.c.dataset)
        .where(objects.c.id == object_id, *([datasets.c.id == dataset] if dataset else []))
        .order_by(objects.c.ended.is_not(None), datasets.c.revision.desc())
        .limit(1)
    )  # fmt: skip


def _row(begun: Change, object_id: str, dataset: str) -> _Object | None:
    row = begun.connection.execute(_select(object_id, dataset)).first()
    return None if row is None else _Object._make(row)


def _found(begun: Change, object_id: str, dataset: str, if_version: int | None) -> _Object:
    """The current object."""
    found = _row(begun, object_id, dataset)
    if found is None or (found.ended is not None and if_version is None):
        raise _unknown(object_id, dataset)
    _lock(found, if_version)
    if found.ended is not None:
        raise VersionConflict(f"Object {object_id!r} has ended meanwhile; read it again and decide anew.")
    return found


def _unknown(object_id: str, dataset: str) -> UnknownObject:
    return UnknownObject(f"There is no current object {object_id!r}{f' in dataset {dataset!r}' if dataset else ''}.")


def _lock(found: _Object, if_version: int | None) -> None:
    if if_version is not None and if_version != found.version:
        raise VersionConflict(
            f"Object {found.id!r} has version {found.version} now, not {if_version}: somebody else changed it."
            " Read it again and decide anew."
        )


def _attributes(begun: Change, found: _Object) -> dict[str, Json]:
    text = begun.connection.execute(select(versions.c.attributes).where(versions.c.key == found.version_key)).scalar()
    assert text is not None
    return read_attributes(text)


def _family(begun: Change, found: _Object) -> City:
    """The object with its building and all parts, encoded."""
    row = begun.execute(CURRENT_BLOCK, (*found.cell, found.dataset)).fetchone()
    if row is None:
        raise StoreError(f"The geometry of object {found.id!r} is missing; load its dataset again.")
    city = blocks.join([blocks.read(begun.directory / "blocks", row[1])], encoded=True)
    top = root(city)
    return take(city, np.flatnonzero(top == top[city.ids.tolist().index(found.id)]))


def _subtree_at(begun: Change, found: _Object, revision: int) -> City:
    """The object with all below it as they were at a revision, encoded."""
    table = block_table.c
    valid = (table.dataset == found.dataset) & (table.first <= revision)
    valid &= table.last.is_(None) | (table.last > revision)
    here = (table.cell_column == found.cell_column) & (table.cell_row == found.cell_row)
    # nearly always it stood in the same cell; only a move across a border makes the others worth reading
    for where in (valid & here, valid & ~here):
        for name in begun.connection.execute(select(table.hash).where(where)).scalars():
            block = blocks.read(begun.directory / "blocks", name)
            ids = blocks.ids_of(block)
            if found.id in ids:
                city = blocks.join([block], encoded=True)
                return take(city, below(city, ids.index(found.id)))
    raise UnknownObject(f"The shape of object {found.id!r} at that time is not kept any more.")


def _exchange(begun: Change, found: _Object, family: City, new: City, parent: str | None = None) -> list[Cell]:
    """Put a new subtree in place of an object and all below it; parts that are not in it end."""
    ids = family.ids.tolist()
    gone: list[str] = []
    rest = family
    if found.id in ids:
        index = ids.index(found.id)
        above = int(family.parent[index])
        parent = ids[above] if above >= 0 else None
        coming = set(new.ids.tolist())
        gone = [ids[i] for i in below(family, index).tolist() if ids[i] not in coming]
        rest = pruned(family, index)
    return _write(begun, found, grafted(rest, new, parent), gone)


def _write(begun: Change, subject: _Object, family: City, gone: list[str], part: int | None = None) -> list[Cell]:
    """Write a family anew; those of it that changed get a version, the subject always."""
    writer = RowWriter(begun, subject.dataset)
    ids = family.ids.tolist()
    content = contents(family, ids)
    table = rows(blocks.decode(family, USED), ids, subject.dataset_date)
    known = writer.known(ids)
    dirty = {(int(column), int(row)) for column, row in table.cells.tolist()}
    for i, k in enumerate(known):
        if k is None:
            new = Incoming(ids[i], part or _part_of(begun, subject), table.values[i], b"", *_content(content, i))
            writer.insert([new], EDITED)
            _count_kind(begun, subject.dataset, int(family.kind[i]), 1)
            continue
        dirty.add((k.cell_column, k.cell_row))
        incoming = Incoming(ids[i], None, table.values[i], k.source_hash, *_content(content, i))
        if not k.edited:
            keep_original(begun, k)
        if ids[i] == subject.id or k.ended is not None or _differs(begun, k, incoming):
            writer.update([(k, incoming)], edited=content.content[i] != k.source_hash)
        else:
            writer.refresh([(k, incoming)])
        if k.ended is not None:
            _count_kind(begun, subject.dataset, int(family.kind[i]), 1)
    _end_rows(begun, writer, subject.dataset, gone)
    pieces = {(int(column), int(row)): [family] for column, row in table.cells[:1].tolist()}
    return [cell for cell in sorted(dirty) if rebuild_cell(begun, subject.dataset, cell, pieces.get(cell, []))]


def _content(content: Contents, i: int) -> tuple[bytes, bytes]:
    return content.geometry[i], content.attributes[i]


def _differs(begun: Change, known: Known, incoming: Incoming) -> bool:
    row = begun.connection.execute(
        select(versions.c.geometry, versions.c.attributes).where(versions.c.key == known.version_key)
    ).one()
    return (bytes(row.geometry), bytes(row.attributes)) != (incoming.geometry, incoming.attributes)


def _end(begun: Change, found: _Object) -> list[Cell]:
    """End an object and all below it; its building stays with what is left."""
    family = _family(begun, found)
    index = family.ids.tolist().index(found.id)
    gone = [family.ids[int(i)] for i in below(family, index)]
    rest = pruned(family, index)
    if len(rest):
        top = _found(begun, rest.ids[0], found.dataset_id, None)
        return _write(begun, top._replace(id=""), rest, gone)
    _end_rows(begun, RowWriter(begun, found.dataset), found.dataset, gone)
    return [found.cell] if rebuild_cell(begun, found.dataset, found.cell, []) else []


def _end_rows(begun: Change, writer: RowWriter, dataset: int, ids: list[str]) -> None:
    for known in writer.known(ids):
        assert known is not None
        if not known.edited:
            keep_original(begun, known)
        writer.end([(known.key, known.version_key, known.words)])
        kind = begun.connection.execute(
            update(objects).where(objects.c.key == known.key).values(edited=ENDED).returning(objects.c.kind)
        ).scalar_one()
        _count_kind(begun, dataset, kind, -1)


def _count_kind(begun: Change, dataset: int, kind: int, more: int) -> None:
    """Keep the numbers of objects that stand with the dataset right."""
    here = datasets.c.key == dataset
    kinds = dict(begun.connection.execute(select(datasets.c.kinds).where(here)).scalar_one())
    name = Kind(kind).name.lower()
    kinds[name] = kinds.get(name, 0) + more
    kept = {k: n for k, n in kinds.items() if n > 0}
    begun.connection.execute(update(datasets).where(here).values(kinds=kept, ended=None))


def _part_by_hand(begun: Change, dataset: int) -> int:
    found = begun.connection.execute(
        select(parts.c.key).where(parts.c.dataset == dataset, parts.c.name == BY_HAND)
    ).scalar()
    if found is not None:
        return int(found)
    made = begun.connection.execute(parts.insert().values(dataset=dataset, name=BY_HAND))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def _part_of(begun: Change, subject: _Object) -> int:
    """The part an object came with; what is added to it goes and comes with it."""
    return int(begun.connection.execute(select(objects.c.part).where(objects.c.key == subject.key)).scalar_one())


def _record(
    begun: Change, found: _Object, what: str, before: int | None, after: int | None, who: str, note: str,
    cells: list[Cell],
) -> Edit:  # fmt: skip
    save_revision(begun.connection, begun.revision, begun.at, what, found.id, who, note, {"dataset": found.dataset_id})
    begun.connection.execute(
        edits.insert().values(revision=begun.revision, object=found.key, what=what, before=before, after=after)
    )
    return Edit(found.id, found.dataset_id, after or found.version, begun.revision, cells)


_NO_CELL = (0, 0)
