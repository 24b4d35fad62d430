"""Tables by district in the store: one row per area, period and measure, with what it was before.

A newer table replaces by area and period. What it says nothing about stays; what it says otherwise becomes a new row,
and the old one remembers until which revision it held.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from kastor.city.statistics import Measure, Statistics
from kastor.store.database import Database
from kastor.store.datasets import dataset_key
from kastor.store.schema import datasets, revisions, statistic_measures, statistic_tables, statistic_values

TOGETHER = 5_000
"""Rows written at once."""

_values = statistic_values.c
_CURRENT = _values.last.is_(None)


@dataclass(frozen=True)
class StoredTable:
    """
    A table by district, as it is known.

    Parameters
    ----------
    dataset, title
        Id and title of its dataset.
    measures
        Its columns of numbers.
    periods
        In order, the last one newest.
    areas, attribute
        Dataset of the areas it is about and what of them its rows name; empty where none was found.
    mapping
        What a person said about its columns.
    notes
        Title lines and footnotes.
    """

    dataset: str
    title: str
    measures: tuple[Measure, ...]
    periods: tuple[str, ...]
    areas: str
    attribute: str
    mapping: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """
    One cell: number, or sign of the source where there is none; of which revisions it holds.

    Parameters
    ----------
    area, period, measure
        As the source names the area; the period; name of the measure.
    value
        None where there is no number.
    sign
        What the source has instead.
    since, until
        When it was known to be so, ISO 8601; ``until`` is empty for what holds now.
    """

    area: str
    period: str
    measure: str
    value: float | None
    sign: str
    since: str = ""
    until: str = ""


def put(
    connection: Connection,
    key: int,
    revision: int,
    table: Statistics,
    mapping: Mapping[str, str],
    joined: tuple[str, str],
) -> Counter[str]:
    """
    Write a table inside a transaction; gives how many rows are ``new``, ``changed`` and ``unchanged``.

    Parameters
    ----------
    key
        Number of its dataset in the tables.
    mapping
        What a person said about its columns.
    joined
        Dataset of the areas, and what of them the rows name.
    """
    measures = _measures(connection, key, table.measures)
    known = _known(connection, key)
    count: Counter[str] = Counter()
    ended: list[int] = []
    young: list[dict[str, Any]] = []
    for i, (area, period) in enumerate(zip(table.areas, table.periods, strict=True)):
        changed = 0
        before = known.get((area, period), {})
        for j, measure in enumerate(measures):
            value, sign = _cell(table, i, j)
            old = before.get(measure)
            if (old is not None and old[1:] == (value, sign)) or (old is None and value is None and not sign):
                continue
            changed += 1
            ended += [old[0]] if old else []
            young.append(
                {
                    "dataset": key, "area": area, "period": period, "measure": measure, "value": value, "sign": sign,
                    "first": revision,
                }
            )  # fmt: skip
        count["new" if not before else "changed" if changed else "unchanged"] += 1
    for numbers in _portions(ended):
        connection.execute(update(statistic_values).where(_values.key.in_(numbers)).values(last=revision))
    for rows in _portions(young):
        connection.execute(insert(statistic_values), rows)
    _remember(connection, key, table.notes, mapping, joined)
    return count


def _cell(table: Statistics, i: int, j: int) -> tuple[float | None, str]:
    value = float(table.values[i, j])
    return (None, table.signs.get((i, j), "")) if math.isnan(value) else (value, "")


def _portions(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER))


def _measures(connection: Connection, key: int, measures: Sequence[Measure]) -> list[int]:
    """Numbers of the measures in the tables; what and unit are as the newest table has them."""
    columns = statistic_measures.c
    known = {name: number for name, number in connection.execute(
        select(columns.name, columns.key).where(columns.dataset == key))}  # fmt: skip
    found = []
    for measure in measures:
        facts = {"what": measure.what, "unit": measure.unit}
        if measure.name in known:
            found.append(known[measure.name])
            connection.execute(update(statistic_measures).where(columns.key == found[-1]).values(facts))
        else:
            row = {"dataset": key, "name": measure.name, **facts}
            result = connection.execute(insert(statistic_measures).values(row))
            assert result.inserted_primary_key is not None
            found.append(int(result.inserted_primary_key[0]))
    return found


def _known(connection: Connection, key: int) -> dict[tuple[str, str], dict[int, tuple[int, float | None, str]]]:
    """What holds now: area and period -> measure -> number of the row, value and sign."""
    found: dict[tuple[str, str], dict[int, tuple[int, float | None, str]]] = {}
    query = select(
        _values.area, _values.period, _values.measure, _values.key, _values.value, _values.sign
    ).where(_values.dataset == key, _CURRENT)  # fmt: skip
    for area, period, measure, number, value, sign in connection.execute(query):
        found.setdefault((area, period), {})[measure] = (number, value, sign)
    return found


def _remember(
    connection: Connection, key: int, notes: Sequence[str], mapping: Mapping[str, str], joined: tuple[str, str]
) -> None:
    connection.execute(delete(statistic_tables).where(statistic_tables.c.dataset == key))
    row = {"dataset": key, "mapping": dict(mapping), "areas": joined[0], "attribute": joined[1], "notes": list(notes)}
    connection.execute(insert(statistic_tables).values(row))


def end(connection: Connection, key: int, revision: int) -> int:
    """End all rows of a dataset inside a transaction; gives how many rows of an area and period there were."""
    count = rows_of(connection, key)
    held = update(statistic_values).where(_values.dataset == key, _CURRENT)
    connection.execute(held.values(last=revision))
    return count


def rows_of(connection: Connection, key: int) -> int:
    """How many rows of an area and period a dataset has now."""
    pairs = select(_values.area, _values.period).where(_values.dataset == key, _CURRENT).distinct().subquery()
    return int(connection.execute(select(func.count()).select_from(pairs)).scalar_one())


def rows_now(database: Database, dataset_id: str) -> dict[tuple[str, str], dict[str, tuple[float | None, str]]]:
    """Area and period of each row a dataset has now -> measure -> number and sign; empty where there is no dataset."""
    query = (
        select(_values.area, _values.period, statistic_measures.c.name, _values.value, _values.sign)
        .join(statistic_measures, statistic_measures.c.key == _values.measure)
        .join(datasets, datasets.c.key == _values.dataset)
        .where(datasets.c.id == dataset_id, _CURRENT)
    )
    found: dict[tuple[str, str], dict[str, tuple[float | None, str]]] = {}
    with database.read() as connection:
        for area, period, measure, value, sign in connection.execute(query):
            found.setdefault((area, period), {})[measure] = (value, sign)
    return found


def mapping_of(database: Database, dataset_id: str) -> dict[str, str]:
    """What a person said about the columns of a table when it was loaded last; empty for what is none."""
    query = (
        select(statistic_tables.c.mapping)
        .join(datasets, datasets.c.key == statistic_tables.c.dataset)
        .where(datasets.c.id == dataset_id)
    )
    with database.read() as connection:
        return dict(connection.execute(query).scalar() or {})


def tables(database: Database) -> list[StoredTable]:
    """The tables by district of a tenant, in the order of their first load."""
    with database.read() as connection:
        rows = connection.execute(
            select(statistic_tables, datasets.c.id, datasets.c.title)
            .join(datasets, datasets.c.key == statistic_tables.c.dataset)
            .where(datasets.c.ended.is_(None))
            .order_by(datasets.c.key)
        ).all()
        return [
            StoredTable(
                row.id, row.title, _measures_now(connection, row.dataset), _periods(connection, row.dataset), row.areas,
                row.attribute, row.mapping, tuple(row.notes),
            )
            for row in rows
        ]  # fmt: skip


def _measures_now(connection: Connection, key: int) -> tuple[Measure, ...]:
    columns = statistic_measures.c
    used = select(_values.measure).where(_values.dataset == key, _CURRENT).distinct()
    query = select(columns.name, columns.what, columns.unit).where(columns.key.in_(used)).order_by(columns.key)
    return tuple(Measure(*row) for row in connection.execute(query))


def _periods(connection: Connection, key: int) -> tuple[str, ...]:
    query = select(_values.period).where(_values.dataset == key, _CURRENT).distinct().order_by(_values.period)
    return tuple(connection.execute(query).scalars())


def values(
    database: Database, dataset_id: str, period: str = "", area: str = "", past: bool = False
) -> list[Value]:  # fmt: skip
    """
    The cells of a table, by area and measure.

    Parameters
    ----------
    period, area
        Only those of this one; all when empty.
    past
        Whether to give what held before as well, newest last.

    Raises
    ------
    UnknownDataset
        When there is no such dataset.
    """
    began, ended = revisions.alias("began"), revisions.alias("ended")
    with database.read() as connection:
        key = dataset_key(connection, dataset_id)
        query = (
            select(
                _values.area, _values.period, statistic_measures.c.name, _values.value, _values.sign, began.c.at,
                func.coalesce(ended.c.at, ""),
            )
            .join(statistic_measures, statistic_measures.c.key == _values.measure)
            .join(began, began.c.revision == _values.first)
            .outerjoin(ended, ended.c.revision == _values.last)
            .where(_values.dataset == key)
            .where(*([_values.period == period] if period else []), *([_values.area == area] if area else []))
            .where(*([] if past else [_CURRENT]))
            .order_by(_values.key)
        )  # fmt: skip
        return [Value(*row) for row in connection.execute(query)]
