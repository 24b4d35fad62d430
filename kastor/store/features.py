"""Features of one kind of object, a page at a time, whatever is asked of them.

Pages go on after the key of the last feature, so the thousandth costs what the first does. Without a
filter a page is one walk along an index. With a box that few objects meet, or with few objects at all,
all of these are looked at. Else the city is walked in pieces (squares of 2 km that meet the box, or
runs of keys) until the page is full or its time is up: a page may then be short, and still say where
the next one begins. So no question takes longer than ``PATIENCE``, and none needs more memory than a page.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Integer, Select, and_, column, exists, func, select, text

from kastor.city.model import Kind
from kastor.store.database import Database
from kastor.store.errors import InvalidFilter
from kastor.store.filter_places import Box
from kastor.store.filters import Filter
from kastor.store.ready_features import newest_revision
from kastor.store.schema import blocks, datasets, features, objects, versions

PLAIN = {
    place: f"SELECT o.key, f.head, f.{place}, o.low FROM objects o JOIN features f ON f.key = o.key"
    " WHERE o.kind = ? AND o.ended IS NULL AND o.key > ? ORDER BY o.key LIMIT ?"
    for place in ("degrees", "geometry")
}
TEXT = {
    "sqlite": "SELECT count(*), max(key), CAST(group_concat(text, '},') AS BLOB) FROM (SELECT o.key AS key,"
    " f.head || coalesce(f.degrees, 'null') AS text FROM objects o JOIN features f ON f.key = o.key"
    " WHERE o.kind = ? AND o.ended IS NULL AND o.key > ? ORDER BY o.key LIMIT ?) AS found",
    "postgresql": "SELECT count(*), max(key), string_agg(text, '},'::bytea ORDER BY key) FROM (SELECT o.key AS key,"
    " f.head || coalesce(f.degrees, 'null'::bytea) AS text FROM objects o JOIN features f ON f.key = o.key"
    " WHERE o.kind = ? AND o.ended IS NULL AND o.key > ? ORDER BY o.key LIMIT ?) AS found",
}
"""A page as one text, each feature without its closing bracket: thousands of rows need not become objects first."""
MORE = "SELECT 1 FROM objects WHERE kind = ? AND ended IS NULL AND key > ? LIMIT 1"
ONE = {
    place: f"SELECT o.key, f.head, f.{place}, o.low, f.version, f.block, d.id FROM objects o"
    " JOIN features f ON f.key = o.key JOIN datasets d ON d.key = o.dataset"
    " WHERE o.id = ? AND o.kind = ? AND o.ended IS NULL ORDER BY d.revision DESC LIMIT 1"
    for place in ("degrees", "geometry")
}
KEYS_IN_BOX = {
    "sqlite": "SELECT key FROM boxes WHERE east >= :west AND north >= :south AND west <= :east AND south <= :north",
    "postgresql": "SELECT key FROM objects WHERE ended IS NULL AND parent IS NULL"
    " AND box && ST_MakeEnvelope(:west, :south, :east, :north)",
}
KINDS = "SELECT d.key, d.kinds FROM datasets d WHERE d.ended IS NULL"

FEW = 5_000
"""Objects that are all looked at; more are walked in pieces."""
RUN = 20_000
"""Objects of a run of keys."""
SIDE = 4
"""Cells along the side of a square the city is walked by."""
PATIENCE = 2.0
"""How long a page may look for its features. [s]"""
MOST_COMPARED = 50_000
"""Objects among which those of several datasets are looked for."""
MOST_COUNTED = 20_000
"""Objects a filter is tried on to say how many fulfil it."""

Square = tuple[int, int]

_PARTS = (Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION)
"""Kinds whose objects stand in the box index with their building."""


class Feature(NamedTuple):
    """
    An object as it is handed out.

    Parameters
    ----------
    key
        Number in the tables.
    head
        GeoJSON up to the geometry.
    place
        The geometry: GeoJSON in degrees (CRS84), or WKB in the tenant's plane system, None without a place.
    low
        Lowest height. [m]
    """

    key: int
    head: bytes
    place: bytes | None
    low: float | None


class State(NamedTuple):
    """
    What of a feature changes with the twin.

    Parameters
    ----------
    version
        Number of its present version.
    block
        Number of the block it was made from: another one when anything in its cell changed.
    dataset
        Id of its dataset.
    """

    version: int
    block: int
    dataset: str


@dataclass(frozen=True, eq=False)
class Wanted:
    """
    What is asked for.

    Parameters
    ----------
    kind
        What objects are.
    filter
        What they must fulfil, with the box that follows from it; None for all.
    limit
        Features of a page.
    after
        ``FeaturePage.next`` of the page before.
    place
        ``degrees`` for GeoJSON in CRS84, ``geometry`` for WKB in the tenant's plane system.
    """

    kind: Kind
    filter: Filter | None = None
    limit: int = 10
    after: str | None = None
    place: str = "degrees"


@dataclass(frozen=True)
class FeaturePage:
    """
    Part of what was asked for.

    Parameters
    ----------
    features
        In the order of their keys, or square by square.
    next
        ``Wanted.after`` for the next page; None on the last one.
    matched
        How many there are in all; None where counting would take long.
    """

    features: list[Feature]
    next: str | None
    matched: int | None


@dataclass(frozen=True)
class TextPage:
    """
    Part of what was asked for, as GeoJSON in degrees.

    Parameters
    ----------
    text
        Features separated by commas, the last one without its closing bracket.
    count
        How many they are.
    next, matched
        As of a :class:`FeaturePage`.
    """

    text: bytes
    count: int
    next: str | None
    matched: int | None


class _Position(NamedTuple):
    """Where a page ended: a key, and the square it was found in when the city was walked by squares."""

    key: int = 0
    square: Square | None = None


class _Piece(NamedTuple):
    """Some of the city: a condition, where its end is, and whether it is the last one."""

    where: Sequence[Any]
    square: Square | None
    end: _Position
    last: bool


def count(database: Database, kind: Kind) -> int:
    """Number of current objects of a kind, over all datasets in sight."""
    return sum(_per_dataset(database, kind).values())


def feature(database: Database, kind: Kind, object_id: str, place: str) -> tuple[Feature, State] | None:
    """A feature by its id, of the dataset loaded last when several have it; see ``Wanted.place``."""
    if "\0" in object_id:
        # no id holds one, and PostgreSQL takes no text that does
        return None
    row = database.reader().execute(ONE[place], (object_id, int(kind))).fetchone()
    return None if row is None else (Feature._make(row[:4]), State._make(row[4:]))


def page(database: Database, wanted: Wanted) -> FeaturePage:
    """
    A page of features.

    Raises
    ------
    InvalidFilter
        When ``after`` is no mark of such a list.
    """
    begin = _read(wanted.after)
    counts = _per_dataset(database, wanted.kind)
    total = sum(counts.values())
    if _plain(database, wanted, counts, total):
        rows = (
            database.reader().execute(PLAIN[wanted.place], (int(wanted.kind), begin.key, wanted.limit + 1)).fetchall()
        )
        found = [Feature._make(row) for row in rows[: wanted.limit]]
        more = len(rows) > wanted.limit
        return FeaturePage(found, _write(_Position(found[-1].key)) if more else None, total)
    with database.read() as connection:
        return _walked(connection, database.dialect, wanted, begin, counts)


def text_page(database: Database, wanted: Wanted) -> TextPage:
    """
    A page of features in degrees, ready to be sent.

    Raises
    ------
    InvalidFilter
        When ``after`` is no mark of such a list.
    """
    begin = _read(wanted.after)
    counts = _per_dataset(database, wanted.kind)
    total = sum(counts.values())
    if not _plain(database, wanted, counts, total):
        found = page(database, wanted)
        joined = b"},".join([f.head + (f.place or b"null") for f in found.features])
        return TextPage(joined, len(found.features), found.next, found.matched)
    reader, kind = database.reader(), int(wanted.kind)
    number, last, joined = reader.execute(TEXT[database.dialect], (kind, begin.key, wanted.limit)).fetchone()
    more = number == wanted.limit and reader.execute(MORE, (kind, last)).fetchone() is not None
    return TextPage(bytes(joined or b""), number, _write(_Position(last)) if more else None, total)


def _plain(database: Database, wanted: Wanted, counts: dict[int, int], total: int) -> bool:
    """Whether a page is one walk along the keys."""
    return wanted.filter is None and (len(counts) <= 1 or _all_differ(database, wanted.kind, total))


def _walked(
    connection: Connection, dialect: str, wanted: Wanted, begin: _Position, counts: dict[int, int]
) -> FeaturePage:
    deadline = time.monotonic() + PATIENCE
    found: list[tuple[Feature, Square | None]] = []
    total = sum(counts.values())
    conditions = _conditions(wanted, len(counts) > 1, total)
    few = _few(connection, dialect, wanted, begin, total)
    for piece in _pieces(connection, dialect, wanted, begin, few, total):
        where = [*conditions, *piece.where]
        if piece.square == begin.square:
            where.append(objects.c.key > begin.key)
        statement = _statement(wanted, where, wanted.limit + 1 - len(found))
        found += [(Feature._make(row), piece.square) for row in connection.execute(statement)]
        if len(found) > wanted.limit:
            shown = found[: wanted.limit]
            matched = _count(connection, wanted, [*conditions, *piece.where]) if few else None
            return _page(shown, _Position(shown[-1][0].key, shown[-1][1]), matched)
        if not piece.last and time.monotonic() > deadline:
            return _page(found, piece.end, None)
    return _page(found, None, len(found) if wanted.after is None else None)


def _page(found: list[tuple[Feature, Square | None]], end: _Position | None, matched: int | None) -> FeaturePage:
    return FeaturePage([feature for feature, _ in found], None if end is None else _write(end), matched)


def _count(connection: Connection, wanted: Wanted, conditions: Sequence[Any]) -> int:
    """How many of a few objects fulfil the filter."""
    inner = _keys(wanted, conditions).subquery()
    return int(connection.execute(select(func.count()).select_from(inner)).scalar_one())


def _keys(wanted: Wanted, conditions: Sequence[Any]) -> Select[Any]:
    """Keys of objects; what the filter asks about is joined."""
    asked = wanted.filter.tables if wanted.filter else frozenset()
    source: Any = objects.join(features, features.c.key == objects.c.key)
    if "datasets" in asked:
        source = source.join(datasets, datasets.c.key == objects.c.dataset)
    if "versions" in asked:
        source = source.join(versions, versions.c.key == objects.c.version_key)
    return select(objects.c.key).select_from(source).where(*conditions)


def _statement(wanted: Wanted, conditions: Sequence[Any], limit: int) -> Select[Any]:
    # the keys first: sorting must not carry the features along
    keys = _keys(wanted, conditions).order_by(objects.c.key).limit(limit).subquery()
    f, o = features.alias("f"), objects.alias("o")
    return (
        select(f.c.key, f.c.head, f.c[wanted.place], o.c.low)
        .select_from(keys.join(f, f.c.key == keys.c.key).join(o, o.c.key == keys.c.key))
        .order_by(keys.c.key)
    )


def _conditions(wanted: Wanted, several: bool, total: int) -> tuple[Any, ...]:
    c = objects.c
    # by the sum no index of kinds can be walked, where a box leads to far fewer objects
    boxed = wanted.filter is not None and wanted.filter.box is not None and total > FEW
    kind = c.kind + 0 if boxed else c.kind
    found: list[Any] = [kind == int(wanted.kind), c.ended.is_(None)]
    if several:
        found.append(~_overlaid())
    if wanted.filter is not None:
        if wanted.filter.box is not None:
            found.append(_meets(wanted.filter.box))
        found.append(wanted.filter.condition)
    return tuple(found)


def _meets(box: Box) -> Any:
    west, south, east, north = box
    c = objects.c
    return and_(c.east >= west, c.north >= south, c.west <= east, c.south <= north)


def _overlaid() -> Any:
    """Whether a dataset loaded later has the same object."""
    other, mine, theirs = objects.alias("other"), datasets.alias("mine"), datasets.alias("theirs")
    return exists(
        select(other.c.key)
        .join(theirs, theirs.c.key == other.c.dataset)
        .join(mine, mine.c.key == objects.c.dataset)
        .where(
            other.c.id == objects.c.id, other.c.dataset != objects.c.dataset, other.c.ended.is_(None),
            theirs.c.revision > mine.c.revision,
        )
    )  # fmt: skip


def _per_dataset(database: Database, kind: Kind) -> dict[int, int]:
    """Number of objects of a kind in each dataset that has some."""
    name = kind.name.lower()
    rows = database.reader().execute(KINDS).fetchall()
    kinds = [(key, orjson.loads(text) if isinstance(text, (str, bytes)) else text) for key, text in rows]
    return {key: int(found[name]) for key, found in kinds if found.get(name)}


def _all_differ(database: Database, kind: Kind, total: int) -> bool:
    """Whether no object of a kind is in several datasets; not asked of very many."""
    return total <= MOST_COMPARED and _none_overlaid(database, kind, newest_revision(database))


@lru_cache(maxsize=256)
def _none_overlaid(database: Database, kind: Kind, revision: int) -> bool:
    with database.read() as connection:
        statement = select(objects.c.key).where(objects.c.kind == int(kind), objects.c.ended.is_(None), _overlaid())
        return connection.execute(statement.limit(1)).first() is None


def _few(connection: Connection, dialect: str, wanted: Wanted, begin: _Position, total: int) -> bool:
    """Whether so few objects come into question that all may be looked at."""
    box = wanted.filter.box if wanted.filter else None
    if total <= FEW or box is None:
        return total <= MOST_COUNTED
    if wanted.kind in _PARTS:
        return False
    if wanted.after is not None:
        # a list goes on as it began
        return begin.square is None
    near = text(f"SELECT count(*) FROM ({KEYS_IN_BOX[dialect]} LIMIT {FEW + 1}) AS found")
    return int(connection.execute(near, _named(box)).scalar_one()) <= FEW


def _named(box: Box) -> dict[str, float]:
    return dict(zip(("west", "south", "east", "north"), box, strict=True))


def _pieces(
    connection: Connection, dialect: str, wanted: Wanted, begin: _Position, few: bool, total: int
) -> Iterator[_Piece]:
    box = wanted.filter.box if wanted.filter else None
    if box is None or (few and (total <= FEW or wanted.kind in _PARTS)):
        return iter([_Piece((), None, _Position(), True)]) if few else _runs(connection, wanted.kind, begin.key)
    if not few:
        return _squares(connection, box, begin.square)
    near = text(KEYS_IN_BOX[dialect]).bindparams(**_named(box)).columns(column("key", Integer))
    return iter([_Piece((objects.c.key.in_(near),), None, _Position(), True)])


def _squares(connection: Connection, box: Box, after: Square | None) -> Iterator[_Piece]:
    """Squares of the city in which objects may meet a box."""
    b, c = blocks.c, objects.c
    west, south, east, north = box
    meeting = and_(b.last.is_(None), b.east >= west, b.north >= south, b.west <= east, b.south <= north)
    rows = connection.execute(select(b.cell_column, b.cell_row).where(meeting).distinct())
    found = sorted({(column // SIDE, row // SIDE) for column, row in rows})
    rest = [square for square in found if after is None or square >= after]
    for square in rest:
        first_column, first_row = square[0] * SIDE, square[1] * SIDE
        here = (
            c.cell_column.in_(range(first_column, first_column + SIDE)),
            c.cell_row.between(first_row, first_row + SIDE - 1),
        )
        yield _Piece(here, square, _Position(_BEHIND, square), square == rest[-1])


def _runs(connection: Connection, kind: Kind, key: int) -> Iterator[_Piece]:
    """Runs of keys, so that none takes long."""
    c = objects.c
    while True:
        ends = select(c.key).where(c.kind == int(kind), c.ended.is_(None), c.key > key).order_by(c.key)
        end = connection.execute(ends.offset(RUN).limit(1)).scalar()
        if end is None:
            yield _Piece((c.key > key,), None, _Position(), True)
            return
        yield _Piece((c.key > key, c.key <= end), None, _Position(end), False)
        key = end


_BEHIND = 2**62
"""Behind every key."""


def _write(position: _Position) -> str:
    """A position as a mark nobody needs to understand."""
    numbers = [position.key, *(position.square or ())]
    return base64.urlsafe_b64encode(orjson.dumps(numbers)).decode().rstrip("=")


def _read(mark: str | None) -> _Position:
    if mark is None:
        return _Position()
    try:
        numbers = orjson.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
    except (binascii.Error, ValueError, TypeError):
        numbers = []
    whole = isinstance(numbers, list) and all(type(n) is int and abs(n) <= _BEHIND for n in numbers)
    if not whole or len(numbers) not in (1, 3):
        raise InvalidFilter(f"after: {mark[:40]!r} is not the end of a page; follow the link 'next' of a page.")
    return _Position(numbers[0], (numbers[1], numbers[2]) if len(numbers) == 3 else None)
