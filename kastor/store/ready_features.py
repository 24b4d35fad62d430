"""Objects ready to be handed out as features: which are missing, and putting them in.

``features`` holds for each current object its place in plan (WKB in the tenant's system), its GeoJSON
up to the geometry, and that geometry in degrees. They are derived: a row counts while the block it
was made from is the current one of its cell, so loads and edits need not know of them. Whoever makes
them (``loading/features.py``) asks :func:`missing`, and puts them in with :func:`save`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, delete, select, tuple_

from kastor.city.model import City, Kind, concat, empty_city, root, take
from kastor.store import blocks
from kastor.store.database import Database
from kastor.store.schema import attribute_types, datasets, features
from kastor.store.schema import blocks as block_table

MISSING = (
    "SELECT b.key, b.cell_column, b.cell_row, b.dataset, b.hash FROM blocks b WHERE b.last IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM features f WHERE f.block = b.key) ORDER BY b.key"
)
NEWEST_REVISION = "SELECT coalesce(max(revision), 0) FROM revisions"
ROWS = (
    "SELECT o.id, o.key, o.version, o.kind, o.parent, o.label, o.detail, o.height, o.storeys, o.roof, o.year, o.area,"
    " o.date, o.low, d.id, v.attributes FROM objects o JOIN datasets d ON d.key = o.dataset"
    " JOIN versions v ON v.key = o.version_key"
    " WHERE o.cell_column = ? AND o.cell_row = ? AND o.dataset = ? AND o.ended IS NULL"
)


WHERE = (
    "SELECT o.key, o.id, b.hash FROM objects o JOIN blocks b ON b.cell_column = o.cell_column"
    " AND b.cell_row = o.cell_row AND b.dataset = o.dataset AND b.last IS NULL WHERE o.key = ?"
)


class Missing(NamedTuple):
    """A current block whose objects are not ready."""

    key: int
    cell_column: int
    cell_row: int
    dataset: int
    hash: str


class Described(NamedTuple):
    """What the rows say about an object; see ``ROWS``."""

    id: str
    key: int
    version: int
    kind: int
    parent: str | None
    label: str
    detail: str
    height: float | None
    storeys: int | None
    roof: int
    year: int | None
    area: float | None
    date: str
    low: float | None
    dataset: str
    attributes: bytes


class Ready(NamedTuple):
    """A row of ``features``."""

    key: int
    dataset: int
    block: int
    version: int
    geometry: bytes | None
    head: bytes
    degrees: bytes


def newest_revision(database: Database) -> int:
    """Number of the last change."""
    return int(database.reader().execute(NEWEST_REVISION).fetchone()[0])


def missing(database: Database) -> list[Missing]:
    """Current blocks whose objects are not ready."""
    return [Missing._make(row) for row in database.reader().execute(MISSING)]


def described(database: Database, block: Missing) -> dict[str, Described]:
    """What the rows say about the objects of a block, by id."""
    found = database.reader().execute(ROWS, (block.cell_column, block.cell_row, block.dataset))
    return {row[0]: Described._make(row) for row in found}


def content(database: Database, some: Sequence[Missing]) -> tuple[City, list[int]]:
    """The objects of some blocks, with encoded attributes, and how many each block has."""
    directory = database.directory / "blocks"
    read = [blocks.read(directory, block.hash) for block in some]
    return blocks.join(read, encoded=True), [block.objects for block in read]


def save(
    database: Database, some: Sequence[Missing], rows: Iterable[Ready], types: Mapping[tuple[int, int, str], str]
) -> None:
    """
    Put in what was made of some blocks, in place of what was there of their cells.

    Parameters
    ----------
    types
        What attributes hold, by dataset, kind and name.
    """
    with database.write("Features cannot be made ready", wait=30.0) as connection:
        # a change may have come in between; what was made of a block that is gone would never be cleared away
        ready = [row._asdict() for row in rows]
        keys = [block.key for block in some]
        current = set(
            connection.execute(
                select(block_table.c.key).where(block_table.c.key.in_(keys), block_table.c.last.is_(None))
            ).scalars()
        )
        _clear(connection, some, [row["key"] for row in ready])
        wanted = [row for row in ready if row["block"] in current]
        if wanted:
            connection.execute(features.insert(), wanted)
        _save_types(connection, types)


def _clear(connection: Connection, some: Sequence[Missing], keys: Sequence[int]) -> None:
    cells = {(b.cell_column, b.cell_row, b.dataset) for b in some}
    c = block_table.c
    stale = select(c.key).where(tuple_(c.cell_column, c.cell_row, c.dataset).in_(sorted(cells)), c.last.is_not(None))
    connection.execute(delete(features).where(features.c.block.in_(stale)))
    # what moved here from another cell stands under its number already
    for start in range(0, len(keys), _AT_ONCE):
        connection.execute(delete(features).where(features.c.key.in_(keys[start : start + _AT_ONCE])))


def clear_ended(database: Database) -> None:
    """Take out what was made of blocks whose cell is empty now."""
    c = block_table.c
    gone = select(features.c.block).join(block_table, c.key == features.c.block).where(c.last.is_not(None)).limit(1)
    with database.read() as connection:
        if connection.execute(gone).first() is None:
            return
    with database.write("Features cannot be cleared away", wait=30.0) as connection:
        ended = select(c.key).where(c.last.is_not(None))
        connection.execute(delete(features).where(features.c.block.in_(ended)))


def _save_types(connection: Connection, types: Mapping[tuple[int, int, str], str]) -> None:
    c = attribute_types.c
    for (dataset, kind, name), found in types.items():
        here = (c.dataset == dataset) & (c.kind == kind) & (c.name == name)
        before = connection.execute(select(c.type).where(here)).scalar()
        if before is None:
            connection.execute(attribute_types.insert().values(dataset=dataset, kind=kind, name=name, type=found))
        elif joined(before, found) != before:
            connection.execute(attribute_types.update().where(here).values(type=joined(before, found)))


def joined(one: str, other: str) -> str:
    """The type that holds the values of two."""
    if one == other:
        return one
    if {one, other} <= {"integer", "number"}:
        return "number"
    return "text" if "text" in (one, other) or {one, other} <= {"date", "timestamp"} else "mixed"


_AT_ONCE = 500


def shapes_of(database: Database, keys: Sequence[int]) -> tuple[City, dict[int, int]]:
    """
    Objects with all their surfaces, by their numbers.

    Returns
    -------
    city
        The families (buildings with all parts) they belong to, attributes encoded.
    places
        Index in the city of each number.
    """
    execute = database.reader().execute
    rows = [row for key in keys for row in execute(WHERE, (key,))]
    by_block: dict[str, list[tuple[int, str]]] = {}
    for key, object_id, name in rows:
        by_block.setdefault(name, []).append((key, object_id))
    cities: list[City] = []
    places: dict[int, int] = {}
    start = 0
    for name, members in by_block.items():
        city = blocks.join([blocks.read(database.directory / "blocks", name)], encoded=True)
        index = {object_id: i for i, object_id in enumerate(city.ids.tolist())}
        wanted = np.array([index[object_id] for _, object_id in members if object_id in index], np.int64)
        top = root(city)
        kept = np.flatnonzero(np.isin(top, top[wanted]))
        position = {int(old): new for new, old in enumerate(kept.tolist())}
        places |= {key: start + position[index[o]] for key, o in members if o in index}
        cities.append(take(city, kept))
        start += len(kept)
    return concat([replace(city, attributes={}) for city in cities]) if cities else empty_city(), places


def datasets_with(database: Database, kind: Kind) -> list[int]:
    """Numbers of the datasets that have objects of a kind."""
    name = kind.name.lower()
    with database.read() as connection:
        rows = connection.execute(select(datasets.c.key, datasets.c.kinds)).all()
    return [row.key for row in rows if row.kinds.get(name)]


def attribute_names(database: Database, kind: int, datasets: Sequence[int]) -> dict[str, str]:
    """Names and types of the attributes objects of a kind have in some datasets."""
    c = attribute_types.c
    found: dict[str, str] = {}
    with database.read() as connection:
        for row in connection.execute(
            select(c.name, c.type).where(c.kind == kind, c.dataset.in_(datasets)).order_by(c.name)
        ):
            found[row.name] = joined(found[row.name], row.type) if row.name in found else row.type
    return found
