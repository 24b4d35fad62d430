"""Objects as rows: by id, by box, and as pages of a sorted and filtered list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import func, select

from kastor.city.model import Kind
from kastor.store.care import settled_codes
from kastor.store.database import Database
from kastor.store.overrides import read_attributes
from kastor.store.schema import objects, revisions

ROW = (
    "o.id, o.kind, o.label, o.detail, o.west, o.south, o.low, o.east, o.north, o.high, o.height, o.storeys,"
    " o.function, o.function_group, o.roof, o.year, o.area, o.date, d.id, o.findings, o.parent, o.part_count, o.key"
)
BY_ID = (
    f"SELECT {ROW}, o.version, o.ended, o.dataset, v.first, v.attributes FROM objects o"
    " JOIN datasets d ON d.key = o.dataset JOIN versions v ON v.key = o.version_key"
    " WHERE o.id = ? ORDER BY o.ended IS NOT NULL, d.revision DESC LIMIT 1"
)
PARTS = (
    f"SELECT {ROW} FROM objects o JOIN datasets d ON d.key = o.dataset"
    " WHERE o.parent = ? AND o.dataset = ? AND o.ended IS NULL ORDER BY o.label_key, o.key"
)
BY_KEY = f"SELECT {ROW} FROM objects o JOIN datasets d ON d.key = o.dataset WHERE o.key = ?"
# the box index keeps short floats, rounded outwards: the row has the last word
_MEETS = " AND o.east >= ? AND o.north >= ? AND o.west <= ? AND o.south <= ?"
IN_BOX = {
    "sqlite": f"SELECT {ROW} FROM boxes b CROSS JOIN objects o ON o.key = b.key"
    " CROSS JOIN datasets d ON d.key = o.dataset"
    f" WHERE b.east >= ? AND b.north >= ? AND b.west <= ? AND b.south <= ?{_MEETS}",
    "postgresql": f"SELECT {ROW} FROM objects o JOIN datasets d ON d.key = o.dataset"
    " WHERE o.ended IS NULL AND o.parent IS NULL"
    f" AND o.box && ST_MakeEnvelope(?, ?, ?, ?){_MEETS}",
}
OF_KIND = {"sqlite": " AND b.kind = ?", "postgresql": " AND o.kind = ?"}
FINDINGS = (
    "SELECT f.json FROM findings f JOIN objects o ON o.id = f.object AND o.seen = f.revision"
    " WHERE f.object = ? GROUP BY f.json ORDER BY min(f.key)"
)

Box = tuple[float, float, float, float]


class ObjectRow(NamedTuple):
    """
    What a list or a map says about an object.

    Parameters
    ----------
    id, kind
        Its id and what it is.
    label, detail
        Address, name or id; town, street class or species.
    box
        West, south, lowest, east, north, highest; None without coordinates. [m]
    height
        Height above its ground. [m]
    storeys, function, function_group, roof, year, area
        Storeys above ground; code of its function; index into ``codelists.FUNCTION_GROUPS``; AdV roof code
        (0 unknown); year of construction; area on the ground [m²].
    date
        Date of the source, ISO 8601.
    dataset, findings
        Id of the dataset; number of findings of its last load about the object.
    parent, part_count
        Id of what it is a part of; how many parts it has.
    """

    id: str
    kind: Kind
    label: str
    detail: str
    box: tuple[float, float, float, float, float, float] | None
    height: float | None
    storeys: int | None
    function: str
    function_group: int
    roof: int
    year: int | None
    area: float | None
    date: str
    dataset: str
    findings: int
    parent: str | None
    part_count: int

    @property
    def place(self) -> tuple[float, float, float] | None:
        """Centre of its box on its lowest height: east, north, height. [m]"""
        if self.box is None:
            return None
        west, south, low, east, north, _ = self.box
        return ((west + east) / 2, (south + north) / 2, low)


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """
    Everything about an object but its geometry.

    Parameters
    ----------
    row
        See :class:`ObjectRow`.
    attributes
        All attributes by name.
    parts
        Its parts.
    version, revision
        Number of the present version and of the change that made it.
    ended
        Number of the change that ended it; None for a current object.
    """

    row: ObjectRow
    attributes: Mapping[str, Any]
    parts: list[ObjectRow]
    version: int
    revision: int
    ended: int | None


@dataclass(frozen=True)
class Filters:
    """
    What a list shows; None means everything.

    Parameters
    ----------
    kind
        What objects are.
    q
        Words of label and detail, or the beginning of an id.
    function_group
        Index into ``codelists.FUNCTION_GROUPS``.
    roof
        AdV roof code.
    min_height, max_height, min_storeys, max_storeys, min_year, max_year
        Bounds, inclusive.
    findings
        Only objects with (True) or without (False) findings.
    dataset
        Id of a dataset.
    sort
        Names of ``lists.SORTS``, most important first; ``-height`` turns the order round. Unknown values come last.
    limit
        Rows of a page, at most ``lists.MOST``.
    after
        ``Page.next`` of the page before.
    """

    kind: Kind | None = None
    q: str = ""
    function_group: int | None = None
    roof: int | None = None
    min_height: float | None = None
    max_height: float | None = None
    min_storeys: int | None = None
    max_storeys: int | None = None
    min_year: int | None = None
    max_year: int | None = None
    findings: bool | None = None
    dataset: str | None = None
    sort: Sequence[str] = ("label",)
    limit: int = 100
    after: str | None = None


@dataclass(frozen=True)
class Page:
    """
    Part of a list.

    Parameters
    ----------
    items
        Rows.
    total
        Rows of the whole list.
    next
        ``Filters.after`` for the next page; None on the last one.
    """

    items: list[ObjectRow]
    total: int
    next: str | None


def object_by_id(database: Database, object_id: str) -> ObjectRecord | None:
    """An object by its id; see ``Tenant.object``."""
    if "\0" in object_id:
        # no id holds one, and PostgreSQL takes no text that does
        return None
    execute = database.reader().execute
    row = execute(BY_ID, (object_id,)).fetchone()
    if row is None:
        return None
    version, ended, dataset, first, attributes = row[23:]
    parts = [object_row(r) for r in execute(PARTS, (object_id, dataset))] if row[21] else []
    return ObjectRecord(object_row(row), read_attributes(attributes), parts, version, first, ended)


def in_box(database: Database, box: Box, kind: Kind | None, limit: int | None) -> list[ObjectRow]:
    """Top-level objects in a box; see ``Tenant.in_box``."""
    values: list[Any] = [*box, *box]
    statement = IN_BOX[database.dialect]
    if kind is not None:
        statement += OF_KIND[database.dialect]
        values.append(int(kind))
    if limit is not None:
        statement += " LIMIT ?"
        values.append(limit)
    return [object_row(r) for r in database.reader().execute(statement, values)]


def findings_of(database: Database, object_id: str) -> list[dict[str, Any]]:
    """Findings about an object nobody has decided on; see ``Tenant.findings``."""
    with database.read() as connection:
        decided = settled_codes(connection, object_id)
    found = [orjson.loads(row[0]) for row in database.reader().execute(FINDINGS, (object_id,))]
    return [f for f in found if (f["code"], f.get("values", {})) not in decided]


def labels(database: Database, ids: Iterable[str]) -> dict[str, str]:
    """What people call some current objects; parts are called as what they are a part of."""
    wanted = sorted(ids)
    whole = objects.alias()
    found: dict[str, str] = {}
    with database.read() as connection:
        for start in range(0, len(wanted), _TOGETHER):
            query = (
                select(objects.c.id, func.coalesce(whole.c.label, objects.c.label))
                .outerjoin(whole, (whole.c.id == objects.c.parent) & (whole.c.dataset == objects.c.dataset))
                .where(objects.c.id.in_(wanted[start : start + _TOGETHER]), objects.c.ended.is_(None))
            )
            found.update((object_id, label) for object_id, label in connection.execute(query))
    return found


def endings(database: Database, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What people called some objects that stand no longer, and since when (ISO 8601); unknown ids are left out."""
    wanted = sorted(ids)
    found: dict[str, tuple[str, str]] = {}
    with database.read() as connection:
        for start in range(0, len(wanted), _TOGETHER):
            query = (
                select(objects.c.id, objects.c.label, revisions.c.at)
                .join(revisions, revisions.c.revision == objects.c.ended)
                .where(objects.c.id.in_(wanted[start : start + _TOGETHER]))
                .order_by(objects.c.ended)
            )
            found.update((object_id, (label, at)) for object_id, label, at in connection.execute(query))
    return found


def object_row(row: Sequence[Any]) -> ObjectRow:
    """A row of the columns ``ROW``."""
    box = None if row[4] is None else tuple(row[4:10])
    return ObjectRow._make((row[0], _KINDS[row[1]], row[2], row[3], box, *row[10:22]))


_KINDS = {int(k): k for k in Kind}
_TOGETHER = 2_000
