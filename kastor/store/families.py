"""Single objects with their families (a building and its parts) in the tables and blocks: found, written, ended.

Objects added by hand belong to a part of their dataset of their own, so that no load ends them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select, update

from kastor.city.model import City, Json, Kind, root, take
from kastor.store import blocks
from kastor.store.changes import CURRENT_BLOCK, Change, rebuild_cell
from kastor.store.conflicts import EDITED, ENDED, keep_original
from kastor.store.contents import Contents, contents
from kastor.store.errors import StoreError, UnknownObject, VersionConflict
from kastor.store.overrides import read_attributes
from kastor.store.pieces import Cell
from kastor.store.rows import USED, rows
from kastor.store.schema import datasets, objects, parts, versions
from kastor.store.subtrees import below, grafted, pruned
from kastor.store.writing import Incoming, Known, RowWriter

BY_HAND = "(by hand)"
"""Part of a dataset that objects added by hand belong to."""


class Subject(NamedTuple):
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


def select_object(object_id: str, dataset: str) -> Any:
    """Statement for the row of an object, the current one first; columns as in :class:`Subject`."""
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


def row_of(begun: Change, object_id: str, dataset: str) -> Subject | None:
    """The row of an object, current or ended; None when there never was one."""
    row = begun.connection.execute(select_object(object_id, dataset)).first()
    return None if row is None else Subject._make(row)


def current(begun: Change, object_id: str, dataset: str, if_version: int | None) -> Subject:
    """
    The row of a current object.

    Raises
    ------
    UnknownObject, VersionConflict
        When there is none today; when it has another version than ``if_version``.
    """
    found = row_of(begun, object_id, dataset)
    if found is None or (found.ended is not None and if_version is None):
        raise unknown(object_id, dataset)
    lock(found, if_version)
    if found.ended is not None:
        raise VersionConflict(f"Object {object_id!r} has ended meanwhile; read it again and decide anew.")
    return found


def unknown(object_id: str, dataset: str) -> UnknownObject:
    """The error for an object that is not there."""
    return UnknownObject(f"There is no current object {object_id!r}{f' in dataset {dataset!r}' if dataset else ''}.")


def lock(found: Subject, if_version: int | None) -> None:
    """Refuse who has read another version than the present one."""
    if if_version is not None and if_version != found.version:
        raise VersionConflict(
            f"Object {found.id!r} has version {found.version} now, not {if_version}: somebody else changed it."
            " Read it again and decide anew."
        )


def attributes_of(begun: Change, found: Subject) -> dict[str, Json]:
    """Present attributes."""
    text = begun.connection.execute(select(versions.c.attributes).where(versions.c.key == found.version_key)).scalar()
    assert text is not None
    return read_attributes(text)


def family_of(begun: Change, found: Subject) -> City:
    """The object with its building and all parts, encoded."""
    row = begun.execute(CURRENT_BLOCK, (*found.cell, found.dataset)).fetchone()
    if row is None:
        raise StoreError(f"The geometry of object {found.id!r} is missing; load its dataset again.")
    city = blocks.join([blocks.read(begun.directory / "blocks", row[1])], encoded=True)
    top = root(city)
    return take(city, np.flatnonzero(top == top[city.ids.tolist().index(found.id)]))


def exchange(begun: Change, found: Subject, family: City, new: City, parent: str | None = None) -> list[Cell]:
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
    return write(begun, found, grafted(rest, new, parent), gone)


def write(begun: Change, subject: Subject, family: City, gone: list[str], part: int | None = None) -> list[Cell]:
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


def end(begun: Change, found: Subject) -> list[Cell]:
    """End an object and all below it; its building stays with what is left."""
    family = family_of(begun, found)
    index = family.ids.tolist().index(found.id)
    gone = [family.ids[int(i)] for i in below(family, index)]
    rest = pruned(family, index)
    if len(rest):
        top = current(begun, rest.ids[0], found.dataset_id, None)
        return write(begun, top._replace(id=""), rest, gone)
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


def part_by_hand(begun: Change, dataset: int) -> int:
    """Number of the part that objects added by hand belong to, made when missing."""
    found = begun.connection.execute(
        select(parts.c.key).where(parts.c.dataset == dataset, parts.c.name == BY_HAND)
    ).scalar()
    if found is not None:
        return int(found)
    made = begun.connection.execute(parts.insert().values(dataset=dataset, name=BY_HAND))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def _part_of(begun: Change, subject: Subject) -> int:
    """The part an object came with; what is added to it goes and comes with it."""
    return int(begun.connection.execute(select(objects.c.part).where(objects.c.key == subject.key)).scalar_one())
