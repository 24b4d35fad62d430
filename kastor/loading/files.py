"""Files into a tenant, all or nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from kastor import formats
from kastor.city.aggregate import aggregate_parts
from kastor.city.check import check
from kastor.city.model import City, Kind, concat
from kastor.city.report import Report
from kastor.city.statistics import Sheet
from kastor.formats import crs
from kastor.formats.errors import NoData
from kastor.formats.xplanung.model import PlanFile
from kastor.loading.placing import terrain_to_tenant
from kastor.loading.plans import placed_plans
from kastor.loading.statistics import known_districts, statistics_of, tell_about_missing
from kastor.store import Dataset, Tenant
from kastor.store.loads import Load, LoadResult
from kastor.store.statistics import mapping_of, rows_now

Progress = Callable[[str, float], None]
"""Called with what is being done and how much of it is done, 0..1."""

Alongside = Callable[[Connection, LoadResult], None]
"""Called with the connection of a load before it is committed, and what the load did."""


OBJECTS = 2000
"""Objects that are checked and stored at once."""

BYTES = 16 << 20
"""Coordinates that are checked and stored at once."""


YOUNG = 500_000
"""New objects after which Python looks for reference cycles during a load."""


def quiet(what: str, done: float) -> None:
    """Progress nobody watches."""


@dataclass(frozen=True)
class Loaded:
    """What a load did: its import report as JSON, and the changes to the twin."""

    report: dict[str, Any]
    result: LoadResult


def load(
    tenant: Tenant,
    paths: Iterable[Path],
    dataset: Dataset,
    *,
    kind: Kind | None = None,
    source_crs: str | None = None,
    columns: Mapping[str, str] | None = None,
    progress: Progress = quiet,
    who: str = "",
    alongside: Alongside | None = None,
    town: Tenant | None = None,
) -> Loaded:
    """
    Load files into a tenant as (a part of) a dataset, all or nothing.

    Objects of a file that was loaded before under the same name are compared with their last
    version: changed, new and ended ones are found, the rest stays untouched.

    Parameters
    ----------
    paths
        Files of any format Kastor reads, plain, .gz or .zip.
    kind
        What the objects of a plain table or vector file are, where the file does not tell.
    source_crs
        Reference system of files that name none.
    columns
        Names of columns of a table, such as ``{"east": "rechtswert"}``.
    who
        Number of the person who loads; empty for the command line.
    alongside
        Writes more in the same transaction, such as that an upload is done: both happen or neither.
    town
        Whose areas a table by district is joined to; the tenant itself when None.

    Raises
    ------
    FormatError
        When a file cannot be read; nothing is loaded then.
    StoreError
        When the twin cannot be written; it stays as it was.
    """
    paths = list(paths)
    report = Report(", ".join(path.name for path in paths))
    target = tenant.info.crs
    total = sum(path.stat().st_size for path in paths) or 1
    before = 0
    with seldom_collecting(), tenant.load(dataset, who=who) as loading:
        group = _Group(loading, report)
        tables: list[Sheet] = []
        districts: list[City] = []
        others = False
        for path in paths:
            progress(path.name, before / total)
            for part in formats.read(path, report, crs=source_crs, columns=columns, kind=kind, work_dir=tenant.uploads):
                progress(part.name, before / total)
                others |= not isinstance(part.content, Sheet)
                if isinstance(part.content, Sheet):
                    tables.append(part.content)
                elif isinstance(part.content, PlanFile):
                    plans = placed_plans(part.content, town or tenant, dataset.id, report)
                    loading.put_plans(part.name, plans.content, plans.findings)
                    group.add(part.name, plans.city)
                elif isinstance(part.content, City):
                    group.add(part.name, crs.to_tenant(part.content, target, report))
                    districts += [part.content] if (part.content.kind == Kind.DISTRICT).any() else []
                else:
                    loading.put_terrain(part.name, terrain_to_tenant(part.content, target, report))
            before += path.stat().st_size
        group.put()
        if tables:
            said = {**mapping_of((town or tenant).database, dataset.id), **(columns or {})}
            _put_tables(loading, tables, districts, town or tenant, dataset, said, report, not others)
        progress(report.source, 1.0)
        result = loading.finish(report.as_json())
        if alongside is not None:
            alongside(loading.connection, result)
    return Loaded(report.as_json(), result)


def _put_tables(
    loading: Load,
    tables: list[Sheet],
    beside: list[City],
    town: Tenant,
    dataset: Dataset,
    said: Mapping[str, str],
    report: Report,
    alone: bool,
) -> None:
    """
    Tables by district into a dataset, joined to the areas of the town and those that came with them.

    Beside other data a table that says nothing about areas is left out with a finding, as any file that is no data.
    """
    known = known_districts(town, beside, dataset.id)
    for sheet in tables:
        try:
            table, columns = statistics_of(sheet, known, said, dataset.date, report)
        except NoData as error:
            if alone:
                raise
            report.add("member_ignored", "ignored", file=sheet.name, what=error.problem)
            continue
        tell_about_missing(table, rows_now(town.database, dataset.id), report)
        chosen = columns.joined
        loading.put_statistics(table, said, (chosen.districts.dataset, chosen.attribute) if chosen else ("", ""))


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """
    Let Python look for reference cycles more seldom: a load makes millions of small things and hardly a cycle.

    Counts for the whole process until the load has ended.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], YOUNG), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Group:
    """
    Cities in the tenant's reference system that are checked and stored together: it is the number of steps that costs.

    Parameters
    ----------
    loading
        Where they go.
    report
        Receives what the checks find.
    """

    def __init__(self, loading: Load, report: Report) -> None:
        self._loading = loading
        self._report = report
        self._names: list[str] = []
        self._cities: list[City] = []

    def add(self, name: str, city: City) -> None:
        """Take a city of a part, and store all when they are many."""
        self._names.append(name)
        self._cities.append(city)
        if sum(map(len, self._cities)) >= OBJECTS or sum(city.xyz.nbytes for city in self._cities) >= BYTES:
            self.put()

    def put(self) -> None:
        """Store what has been taken: parts gathered, doubts reported."""
        parts = [(name, len(city)) for name, city in zip(self._names, self._cities, strict=True)]
        city = aggregate_parts(concat(self._cities), self._report)
        self._names, self._cities = [], []
        check(city, self._report)
        self._loading.put_together(parts, city)
