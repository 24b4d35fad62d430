"""The city, or a cut of it, put together from geometry blocks; and what stands near a place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City, Kind, boxes, empty_city, root, take
from kastor.store import blocks
from kastor.store.block_files import read_all
from kastor.store.database import Database
from kastor.store.errors import InvalidFilter
from kastor.store.objects import ObjectRow, in_box
from kastor.store.outlines import distance
from kastor.store.subtrees import below

Box = tuple[float, float, float, float]
Grouped: TypeAlias = tuple[City, NDArray[np.int64]]

CURRENT = (
    "SELECT b.cell_column, b.cell_row, d.id, b.hash, b.west, b.south, b.east, b.north FROM blocks b"
    " JOIN datasets d ON d.key = b.dataset WHERE b.last IS NULL"
    " ORDER BY d.revision DESC, b.cell_column, b.cell_row"
)
AS_OF = (
    "SELECT b.cell_column, b.cell_row, d.id, b.hash, b.west, b.south, b.east, b.north FROM blocks b"
    " JOIN datasets d ON d.key = b.dataset WHERE b.first <= ? AND (b.last IS NULL OR b.last > ?)"
    " ORDER BY d.revision DESC, b.cell_column, b.cell_row"
)
OF_CELL = (
    "SELECT b.cell_column, b.cell_row, d.id, b.hash, b.west, b.south, b.east, b.north FROM blocks b"
    " JOIN datasets d ON d.key = b.dataset WHERE b.cell_column = ? AND b.cell_row = ? AND b.last IS NULL"
    " ORDER BY d.revision DESC"
)
STATES = (
    "SELECT b.cell_column, b.cell_row, d.id, b.hash, CAST(b.kinds AS TEXT), b.west, b.south, b.low, b.east, b.north,"
    " b.high FROM blocks b JOIN datasets d ON d.key = b.dataset WHERE b.last IS NULL"
    " ORDER BY b.cell_column, b.cell_row, d.id"
)
EXTENT = "SELECT min(west), min(south), min(low), max(east), max(north), max(high) FROM blocks WHERE last IS NULL"
OF_DATASET = (
    "SELECT min(west), min(south), max(east), max(north) FROM (SELECT b.west, b.south, b.east, b.north FROM blocks b"
    " JOIN datasets d ON d.key = b.dataset WHERE d.id = ? AND b.last IS NULL UNION ALL"
    " SELECT t.west, t.south, t.east, t.north FROM terrain_parts t JOIN parts p ON p.key = t.part"
    " JOIN datasets d ON d.key = p.dataset WHERE d.id = ?) AS placed"
)
REVISION_AT = "SELECT coalesce(max(revision), 0) FROM revisions WHERE at < ?"
WHERE_IT_IS = (
    "SELECT b.hash FROM objects o JOIN datasets d ON d.key = o.dataset JOIN blocks b ON b.cell_column = o.cell_column"
    " AND b.cell_row = o.cell_row AND b.dataset = o.dataset AND b.last IS NULL WHERE o.id = ? AND d.id = ?"
)


@dataclass(frozen=True)
class CellState:
    """
    What a cell holds now.

    Parameters
    ----------
    column, row
        Its place, see ``kastor.city.cells``.
    hashes
        Content hash of its block by dataset id.
    hash
        One hash of all of them: the cell is the same as before when this is.
    counts
        Number of objects by kind name.
    box
        West, south, lowest, east, north, highest; None when nothing in it has coordinates. [m]
    """

    column: int
    row: int
    hashes: Mapping[str, str]
    hash: str
    counts: Mapping[str, int]
    box: tuple[float, float, float, float, float, float] | None


def cells(database: Database) -> list[CellState]:
    """The cells that hold something, by column and row."""
    found: dict[tuple[int, int], list[Any]] = {}
    for row in database.reader().execute(STATES):
        found.setdefault((row[0], row[1]), []).append(row[2:])
    return [_state(cell, rows) for cell, rows in found.items()]


def _state(cell: tuple[int, int], rows: list[Any]) -> CellState:
    hashes = {row[0]: row[1] for row in rows}
    kinds: Counter[str] = Counter()
    for row in rows:
        kinds.update(orjson.loads(row[2]))
    placed = [row[3:] for row in rows if row[3] is not None]
    box = None
    if placed:
        west, south, low, east, north, high = zip(*placed, strict=True)
        box = (min(west), min(south), min(low), max(east), max(north), max(high))
    content = hashlib.sha256(orjson.dumps(sorted(hashes.items()))).hexdigest()
    return CellState(*cell, hashes, content, dict(kinds), box)


def box(database: Database) -> tuple[float, float, float, float, float, float] | None:
    """Box of everything; see ``Tenant.box``."""
    row = database.reader().execute(EXTENT).fetchone()
    return None if row[0] is None else tuple(row)


def dataset_box(database: Database, dataset: str) -> Box | None:
    """Plan box of what a dataset holds; see ``Tenant.dataset_box``."""
    row = database.reader().execute(OF_DATASET, (dataset, dataset)).fetchone()
    return None if row[0] is None else tuple(row)


def city(
    database: Database,
    crs: str,
    wanted_cells: Iterable[tuple[int, int]] | None,
    within: Box | None,
    kinds: Iterable[Kind] | None,
    datasets: Iterable[str] | None,
    at: date | str | int | None,
) -> City:
    """The city, or a cut of it; see ``Tenant.city``."""
    rows = _blocks(database, None if wanted_cells is None else list(wanted_cells), at)
    if datasets is not None:
        chosen = set(datasets)
        rows = [r for r in rows if r[2] in chosen]
    if within is not None:
        rows = [r for r in rows if r[4] is not None and _meet(r[4:], within)]
    if not rows:
        return empty_city(crs)
    found, _ = read_all(database.directory / "blocks", [r[3] for r in rows])
    keep = np.ones(len(found), bool)
    if len({r[2] for r in rows}) > 1:
        keep &= _newest(found, np.zeros(len(found), np.int64))
    if kinds is not None:
        keep &= np.isin(found.kind, [int(k) for k in kinds])[root(found)]
    if within is not None:
        keep &= _in(boxes(found)[root(found)], within)
    return found if keep.all() else take(found, np.flatnonzero(keep))


def grouped(
    database: Database, crs: str, groups: Sequence[Sequence[tuple[int, int]]], kinds: Iterable[Kind]
) -> Grouped:
    """The cities of some groups of cells; see ``Tenant.cities``."""
    rows = [(number, row) for number, cells in enumerate(groups) for row in _blocks(database, list(cells), None)]
    if not rows:
        return empty_city(crs), np.zeros(0, np.int64)
    found, objects = read_all(database.directory / "blocks", [row[3] for _, row in rows])
    group = np.repeat([number for number, _ in rows], objects)
    keep = np.isin(found.kind, [int(k) for k in kinds])[root(found)]
    if len({row[2] for _, row in rows}) > 1:
        keep &= _newest(found, group)
    return (found, group) if keep.all() else (take(found, np.flatnonzero(keep)), group[keep])


def _blocks(database: Database, wanted: list[tuple[int, int]] | None, at: date | str | int | None) -> list[Any]:
    """Cell, dataset, hash and plan box of the blocks, newest dataset first in each cell."""
    execute = database.reader().execute
    if at is not None:
        found = execute(AS_OF, (_revision_at(database, at),) * 2).fetchall()
    elif wanted is not None and len(wanted) <= 100:
        return [row for cell in dict.fromkeys(wanted) for row in execute(OF_CELL, cell).fetchall()]
    else:
        found = execute(CURRENT).fetchall()
    if wanted is None:
        return list(found)
    chosen = set(wanted)
    return [row for row in found if (row[0], row[1]) in chosen]


def _revision_at(database: Database, at: date | str | int) -> int:
    if isinstance(at, int):
        return at
    if isinstance(at, str):
        try:
            at = date.fromisoformat(at) if len(at) <= 10 else datetime.fromisoformat(at)
        except ValueError as error:
            raise InvalidFilter(f"{at!r} is no date; write it as 2026-05-01 or 2026-05-01T12:00:00Z.") from error
    if isinstance(at, datetime):
        moment = (at.astimezone(UTC) if at.tzinfo else at).isoformat(timespec="microseconds")[:26]
        # the moment itself counts: 'Z' sorts behind every digit
        until = moment + "Z~"
    else:
        until = (at + timedelta(days=1)).isoformat()
    return int(database.reader().execute(REVISION_AT, (until,)).fetchone()[0])


def _newest(found: City, group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which objects to keep where several datasets have the same id in a group: the first ones, with their parts."""
    ids = list(zip(group.tolist(), found.ids.tolist(), strict=True))
    if len(set(ids)) == len(ids):
        return np.ones(len(ids), bool)
    first: dict[tuple[int, str], int] = {}
    keep = np.array([first.setdefault(object_id, i) == i for i, object_id in enumerate(ids)], bool)
    keep &= keep[root(found)]
    return keep


def nearest(
    database: Database, place: tuple[float, float], radius: float, kinds: Iterable[Kind] | None, limit: int
) -> list[tuple[ObjectRow, float]]:
    """What stands near a place; see ``Tenant.nearest``."""
    east, north = place
    chosen = None if kinds is None else set(kinds)
    around = in_box(database, (east - radius, north - radius, east + radius, north + radius), None, None)
    groups: dict[str, list[ObjectRow]] = {}
    for row in around:
        if chosen is None or row.kind in chosen:
            found = database.reader().execute(WHERE_IT_IS, (row.id, row.dataset)).fetchone()
            if found:
                groups.setdefault(found[0], []).append(row)
    measured = []
    for name, rows in groups.items():
        own = blocks.join([blocks.read(database.directory / "blocks", name)], encoded=True)
        apart = distance(own, [r.id for r in rows], place)
        measured += [(r, d) for r, d in zip(rows, apart, strict=True) if d <= radius]
    return sorted(measured, key=lambda pair: (pair[1], pair[0].area or 0.0, pair[0].id))[:limit]


def family(database: Database, object_id: str, dataset: str) -> City | None:
    """An object with its parts; see ``Tenant.family``."""
    row = database.reader().execute(WHERE_IT_IS, (object_id, dataset)).fetchone()
    if row is None:
        return None
    found = blocks.join([blocks.read(database.directory / "blocks", row[0])])
    ids = found.ids.tolist()
    return take(found, below(found, ids.index(object_id))) if object_id in ids else None


def _meet(block: Any, within: Box) -> bool:
    west, south, east, north = within
    return bool(block[0] <= east and block[2] >= west and block[1] <= north and block[3] >= south)


def _in(box_of: NDArray[np.float64], within: Box) -> NDArray[np.bool_]:
    west, south, east, north = within
    # what has no coordinates is nowhere: comparing with NaN gives False
    met: NDArray[np.bool_] = box_of[:, 0] <= east
    for side in (box_of[:, 3] >= west, box_of[:, 1] <= north, box_of[:, 4] >= south):
        met = met & side
    return met
