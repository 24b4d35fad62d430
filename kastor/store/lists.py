"""Objects as a list: filtered, sorted by any columns, a page at a time.

Pages go on after the last row seen, so the thousandth page costs what the first one does.
Unknown values come last in either direction; the first sort column walks its index in two
phases, known values and unknown ones.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Integer, Select, and_, column, func, or_, select, table, text, union_all

from kastor.store.database import Database
from kastor.store.errors import InvalidFilter
from kastor.store.folding import folded
from kastor.store.objects import Filters, Page, object_row
from kastor.store.schema import datasets, objects
from kastor.store.words import beginnings

WITH_WORDS = {
    "sqlite": ("rowid", "words", "words MATCH :words"),
    "postgresql": ("key", "objects", "word_index @@ CAST(:words AS tsquery) AND ended IS NULL"),
}
"""Column and table that give the keys of objects with some words, and the condition."""

SORTS = {
    "label": "label_key", "function": "function_group", "height": "height", "storeys": "storeys", "roof": "roof",
    "year": "year", "area": "area", "date": "date", "findings": "findings",
}  # fmt: skip
"""Names a list can be sorted by, and their columns."""

MOST = 1000
"""Rows of one page."""

Order = list[tuple[Column[Any], bool]]
"""Columns, and whether the largest comes first."""

Condition = ColumnElement[bool]


def page(database: Database, filters: Filters) -> Page:
    """A page of a list; see ``Tenant.objects``."""
    where = conditions(filters, database.dialect)
    statements = page_statements(filters, database.dialect)
    with database.read() as connection:
        total = connection.execute(select(func.count()).select_from(objects).where(*where)).scalar_one()
        rows: list[Any] = []
        for statement in statements:
            if len(rows) <= filters.limit:
                rows += connection.execute(statement.limit(filters.limit + 1 - len(rows))).all()
    more = len(rows) > filters.limit
    shown = rows[: filters.limit]
    return Page([object_row(r) for r in shown], total, _mark(filters, shown[-1]) if more else None)


def page_statements(filters: Filters, dialect: str) -> list[Select[Any]]:
    """The one or two statements whose rows, one after the other, are a page."""
    if not 1 <= filters.limit <= MOST:
        raise InvalidFilter(f"A page has 1 to {MOST} rows, not {filters.limit}.")
    order = _order(filters.sort)
    after = _after(filters, len(order) + 1)
    wanted = (
        select(*_columns(), *(by for by, _ in order))
        .join_from(objects, datasets, datasets.c.key == objects.c.dataset)
        .where(*conditions(filters, dialect))
    )
    return list(_phases(wanted, order, after))


def conditions(filters: Filters, dialect: str) -> list[Condition]:
    """Filters as conditions on ``objects`` in a store."""
    c = objects.c
    found: list[Condition] = [c.ended.is_(None)]
    kind = None if filters.kind is None else int(filters.kind)
    for wanted, value in ((c.kind, kind), (c.function_group, filters.function_group), (c.roof, filters.roof)):
        if value is not None:
            found.append(wanted == value)
    for wanted, low, high in (
        (c.height, filters.min_height, filters.max_height),
        (c.storeys, filters.min_storeys, filters.max_storeys),
        (c.year, filters.min_year, filters.max_year),
    ):
        if low is not None:
            found.append(wanted >= low)
        if high is not None:
            found.append(wanted <= high)
    if filters.findings is not None:
        found.append(c.findings > 0 if filters.findings else c.findings == 0)
    if filters.dataset is not None:
        found.append(c.dataset == select(datasets.c.key).where(datasets.c.id == filters.dataset).scalar_subquery())
    if filters.q.strip():
        found.append(_text(filters.q.strip(), dialect))
    return found


def _text(q: str, dialect: str) -> Condition:
    other = objects.alias("named")
    spellings = sorted({q, q.upper(), q.lower()})
    by_id = select(other.c.key).where(or_(*(and_(other.c.id >= t, other.c.id < t + "\U0010ffff") for t in spellings)))
    words = folded(q).split()
    if not words:
        return objects.c.key.in_(by_id)
    key, name, has_words = WITH_WORDS[dialect]
    condition = text(has_words).bindparams(words=beginnings(words, dialect))
    by_words = select(column(key, Integer)).select_from(table(name)).where(condition)
    return objects.c.key.in_(union_all(by_words, by_id))


def _columns() -> list[Column[Any]]:
    o, names = objects.c, (
        "kind label detail west south low east north high height storeys function function_group roof year area date"
    )  # fmt: skip
    return [o.id, *(o[n] for n in names.split()), datasets.c.id, o.findings, o.parent, o.part_count, o.key]


def _order(sort: Sequence[str]) -> Order:
    order: Order = []
    for name in sort:
        plain = name.removeprefix("-")
        if plain not in SORTS:
            raise InvalidFilter(f"A list cannot be sorted by {plain!r}; it can by {', '.join(SORTS)}.")
        order.append((objects.c[SORTS[plain]], name != plain))
    return order


def _phases(wanted: Select[Any], order: Order, after: list[Any] | None) -> Iterator[Select[Any]]:
    down = bool(order) and order[0][1]
    key = objects.c.key.desc() if down else objects.c.key.asc()
    if not order:
        yield wanted.where(*([objects.c.key > after[0]] if after else [])).order_by(key)
        return
    (first, _), rest = order[0], order[1:]
    by_rest = [clause for by, falls in rest for clause in _sorted(by, falls)]
    if after is None or after[0] is not None:
        known = wanted.where(first.is_not(None)) if first.nullable else wanted
        if after is not None:
            beyond = first < after[0] if down else first > after[0]
            bound = first <= after[0] if down else first >= after[0]
            known = known.where(bound, or_(beyond, and_(first == after[0], _beyond(rest, after[1:], down))))
        yield known.order_by(first.desc() if down else first.asc(), *by_rest, key)
    if first.nullable:
        unknown = wanted.where(first.is_(None))
        if after is not None and after[0] is None:
            unknown = unknown.where(_beyond(rest, after[1:], down))
        yield unknown.order_by(*by_rest, key)


def _sorted(by: Column[Any], falls: bool) -> list[ColumnElement[Any]]:
    direction = by.desc() if falls else by.asc()
    return [by.is_(None), direction] if by.nullable else [direction]


def _beyond(order: Order, values: list[Any], key_falls: bool) -> Condition:
    """Rows after the one with these values, unknown ones last."""
    if not order:
        further_on: Condition = objects.c.key < values[0] if key_falls else objects.c.key > values[0]
        return further_on
    (by, falls), value = order[0], values[0]
    then = _beyond(order[1:], values[1:], key_falls)
    if value is None:
        return and_(by.is_(None), then)
    further = [by < value if falls else by > value, and_(by == value, then)]
    return or_(*further, *([by.is_(None)] if by.nullable else []))


def _mark(filters: Filters, row: Any) -> str:
    values = [*row[23:], row[22]]
    return base64.urlsafe_b64encode(orjson.dumps([list(filters.sort), values])).decode().rstrip("=")


def _after(filters: Filters, length: int) -> list[Any] | None:
    if filters.after is None:
        return None
    try:
        sort, values = orjson.loads(base64.urlsafe_b64decode(filters.after + "=" * (-len(filters.after) % 4)))
    except (binascii.Error, ValueError, TypeError):
        sort, values = None, []
    plain = isinstance(values, list) and all(isinstance(v, (str, int, float, type(None))) for v in values)
    if sort != list(filters.sort) or not plain or len(values) != length or values[-1] is None:
        raise InvalidFilter(
            f"{filters.after[:40]!r} is not the end of a page of this list; pass 'next' of the page before, same sort."
        )
    return list(values)
