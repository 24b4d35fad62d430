"""What tables by district say about their areas, and about an area somebody drew across them.

For a drawn area the numbers of the districts are divided. Of a district that lies in it only in part the share counts
that its share of the residential floor area is (dasymetric areal interpolation; Eicher and Brewer 2001,
doi:10.1559/152304001782173727), so that fields and factories hold no inhabitants. Where the twin plainly lacks
buildings of the district, or the number is one of land, the share of the area counts. Nobody knows how people really
are spread within a district: what the other way of dividing gives is told beside the number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.codelists import FUNCTION_GROUPS
from kastor.city.district_keys import Districts, Join, best_join, districts_of, join
from kastor.city.model import Kind, root
from kastor.city.outlines import Geometries, own_outlines
from kastor.city.statistics import ADDS_UP, Measure
from kastor.planning.floors import floor_sizes
from kastor.planning.reading import cities
from kastor.store import Tenant
from kastor.store.statistics import StoredTable, Value, tables, values

Basis = Literal["whole", "floor_area", "area"]
"""How a number was divided: not at all, by residential floor area, by area."""

SLIVER = 1e-3
"""Share of a district below which it is not touched, and above whose complement it lies inside as a whole."""

LEAST_PER_PERSON = 20.0
"""Residential floor area per inhabitant below which buildings of a district are missing, not people crowded: less
than half of what a person in Germany lives on (Destatis, 47 m² of dwelling in 2022). [m²]"""

INHABITANTS = re.compile(r"einwohner|bev(ö|oe)lkerung|inhabitants|population|hauptwohnsitz", re.IGNORECASE)
SOME = re.compile(
    r"männ|maenn|weib|frauen|männer|divers|\bmale|female|unter|über|\bbis\b|\bab\b|under|over|\d|jahr|kinder|"
    r"ausländ|auslaend|deutsch|migration|nichtdeutsch|je |pro |per ",
    re.IGNORECASE,
)
"""What names some of the inhabitants, not all."""
TOGETHER = re.compile(r"insgesamt|gesamt|total|zusammen", re.IGNORECASE)

LAND_UNITS = frozenset({"ha", "km²", "m²"})


@dataclass(frozen=True, eq=False)
class JoinedTable:
    """
    A table with the areas it is about.

    Parameters
    ----------
    table
        As it is stored.
    districts, outlines
        Its areas and their outlines; None where no area of the twin is named by it.
    area
        Key of the table -> number of its area.
    """

    table: StoredTable
    districts: Districts | None
    outlines: Geometries
    area: Mapping[str, int]


@dataclass(frozen=True)
class Estimate:
    """
    A number for a drawn area.

    Parameters
    ----------
    dataset, measure, period
        Where it is from.
    value
        None where it is not known.
    other
        What the other way of dividing gives; None where there is only one.
    basis
        How it was divided.
    estimated
        Share of the number that rests on dividing, 0..1.
    lacking
        Districts without a number, for which there is none here.
    """

    dataset: str
    measure: Measure
    period: str
    value: float | None
    other: float | None
    basis: Basis
    estimated: float
    lacking: tuple[str, ...] = ()

    @property
    def counts_inhabitants(self) -> bool:
        """Whether it is the number of all inhabitants."""
        return counts_inhabitants(self.measure)


def counts_inhabitants(measure: Measure) -> bool:
    """Whether a measure is the number of all inhabitants."""
    return measure.what == "count" and bool(INHABITANTS.search(measure.name)) and not SOME.search(measure.name)


@dataclass(frozen=True, eq=False)
class _Shares:
    """
    How a drawn area cuts districts: number of each touched district, its share by floor area (NaN without homes) and
    by area, its residential floor area [m²], and what of it counts inside, arrays of the same length.
    """

    district: NDArray[np.int64]
    by_floor: NDArray[np.float64]
    by_area: NDArray[np.float64]
    floor: NDArray[np.float64]


def joined_table(tenant: Tenant, table: StoredTable) -> JoinedTable:
    """A table with its areas as they are now, also where they were loaded after it."""
    keys = list(dict.fromkeys(one.area for one in _values(tenant, tenant.revision, table.dataset)))
    found = _join(tenant, keys, table)
    if found is None:
        return JoinedTable(table, None, np.zeros(0, object), {})
    _, outlines = _areas(tenant, tenant.revision, found.districts.dataset)
    return JoinedTable(table, found.districts, outlines, dict(zip(keys, found.area, strict=True)))


def _join(tenant: Tenant, keys: Sequence[str], table: StoredTable) -> Join | None:
    there = [one.id for one in tenant.datasets() if not one.ended and one.kinds.get("district")]
    if table.areas in there:
        return join(keys, _areas(tenant, tenant.revision, table.areas)[0], table.attribute)
    return best_join(keys, [_areas(tenant, tenant.revision, one)[0] for one in there])


@lru_cache(maxsize=64)
def _areas(tenant: Tenant, revision: str, dataset: str) -> tuple[Districts, Geometries]:
    city = tenant.city(kinds=[Kind.DISTRICT], datasets=[dataset])
    return districts_of(city, dataset), own_outlines(city)[city.kind == Kind.DISTRICT]


@lru_cache(maxsize=64)
def _values(tenant: Tenant, revision: str, dataset: str) -> tuple[Value, ...]:
    return tuple(values(tenant.database, dataset))


def estimates(tenant: Tenant, area: shapely.Geometry) -> list[Estimate]:
    """The newest numbers of all tables by district for a drawn area, table by table."""
    found: list[Estimate] = []
    shares: dict[str, _Shares] = {}
    for stored in tables(tenant.database):
        table = joined_table(tenant, stored)
        if table.districts is None:
            continue
        name = table.districts.dataset
        if name not in shares:
            shares[name] = _cut(tenant, name, table.outlines, area)
        if len(shares[name].district):
            found += _of_table(tenant, table, shares[name])
    return found


def _of_table(tenant: Tenant, table: JoinedTable, cut: _Shares) -> list[Estimate]:
    period = table.table.periods[-1] if table.table.periods else ""
    numbers: dict[str, dict[int, float | None]] = {}
    for one in _values(tenant, tenant.revision, table.table.dataset):
        area = table.area.get(one.area, -1)
        if one.period == period and area >= 0:
            numbers.setdefault(one.measure, {})[area] = one.value
    people = _people(table.table.measures, numbers, cut)
    sparse = people is not None and bool((cut.floor < LEAST_PER_PERSON * people)[cut.by_area < 1.0].any())
    return [
        _estimate(table, measure, period, numbers[measure.name], cut, people, sparse)
        for measure in table.table.measures
        if measure.name in numbers
    ]


def _people(
    measures: Sequence[Measure], numbers: Mapping[str, Mapping[int, float | None]], cut: _Shares
) -> NDArray[np.float64] | None:
    """Inhabitants of each touched district, None where the table does not say."""
    some = sorted(filter(counts_inhabitants, measures), key=lambda m: (not TOGETHER.search(m.name), len(m.name)))
    for measure in some:
        found = _column(numbers.get(measure.name, {}), cut)
        if np.isfinite(found).all():
            return found
    return None


def _column(numbers: Mapping[int, float | None], cut: _Shares) -> NDArray[np.float64]:
    listed = [numbers.get(i) for i in cut.district.tolist()]
    return np.array([np.nan if n is None else n for n in listed], np.float64)


def _estimate(
    table: JoinedTable,
    measure: Measure,
    period: str,
    numbers: Mapping[int, float | None],
    cut: _Shares,
    people: NDArray[np.float64] | None,
    sparse: bool,
) -> Estimate:
    column = _column(numbers, cut)
    assert table.districts is not None
    lacking = tuple(table.districts.labels[i] for i in cut.district[~np.isfinite(column)].tolist())
    inside = cut.by_area >= 1.0
    by_area = sparse or measure.unit in LAND_UNITS or not np.isfinite(cut.by_floor[~inside]).all()
    basis: Basis = "whole" if inside.all() else "area" if by_area else "floor_area"
    if lacking:
        return Estimate(table.table.dataset, measure, period, None, None, basis, 0.0, lacking)
    share = cut.by_area if by_area else np.where(inside, 1.0, cut.by_floor)
    value, estimated = _divided(measure, column, share, inside, people)
    other = _divided(measure, column, cut.by_area, inside, people)[0] if basis == "floor_area" else None
    return Estimate(table.table.dataset, measure, period, value, other, basis, estimated)


def _divided(
    measure: Measure,
    column: NDArray[np.float64],
    share: NDArray[np.float64],
    inside: NDArray[np.bool_],
    people: NDArray[np.float64] | None,
) -> tuple[float | None, float]:
    """The number for the area, and the share of it that rests on dividing."""
    weight = share if measure.what in ADDS_UP else share * (people if people is not None else 1.0)
    part = column * weight if measure.what in ADDS_UP else weight
    total = float(part.sum())
    estimated = float(part[~inside].sum()) / total if total > 0 else float(not inside.all())
    if measure.what in ADDS_UP:
        return total, estimated
    return (float((column * weight).sum()) / total, estimated) if total > 0 else (None, estimated)


def _cut(tenant: Tenant, dataset: str, outlines: Geometries, area: shapely.Geometry) -> _Shares:
    """How the area cuts the districts of a dataset."""
    known = np.array([shape is not None for shape in outlines.tolist()], bool)
    near = np.flatnonzero(known & shapely.intersects(area, outlines))
    size = shapely.area(outlines[near])
    by_area = shapely.area(shapely.intersection(area, outlines[near])) / np.where(size > 0, size, np.inf)
    # borders that were drawn by hand never meet exactly
    near, by_area = near[by_area > SLIVER], by_area[by_area > SLIVER]
    by_area[by_area > 1.0 - SLIVER] = 1.0
    floor, by_floor = np.zeros(len(near)), np.full(len(near), np.nan)
    for i, district in enumerate(near.tolist()):
        places, floors = _homes(tenant, tenant.revision, dataset, district)
        floor[i] = floors.sum()
        if floor[i] > 0:
            by_floor[i] = floors[shapely.intersects_xy(area, places[:, 0], places[:, 1])].sum() / floor[i]
    return _Shares(near, by_floor, by_area, floor)


@lru_cache(maxsize=256)
def _homes(
    tenant: Tenant, revision: str, dataset: str, district: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle of each residential building of a district, shape (n, 2), and its floor area [m²]."""
    outline = _areas(tenant, revision, dataset)[1][district]
    shapely.prepare(outline)
    places, floors = [np.zeros((0, 2))], [np.zeros(0)]
    for city in cities(tenant, outline, [Kind.BUILDING]):
        shapes = own_outlines(city)
        sizes, levels, _, group = floor_sizes(city, shapes)
        top = root(city)
        floor = np.zeros(len(city))
        np.add.at(floor, top, sizes * levels * (group == FUNCTION_GROUPS.index("residential")))
        weight = np.zeros((len(city), 2))
        middles = shapely.centroid(shapes)
        middle = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
        np.add.at(weight, top, np.nan_to_num(middle) * sizes[:, None])
        whole = np.zeros(len(city))
        np.add.at(whole, top, sizes)
        homes = np.flatnonzero((floor > 0) & (whole > 0))
        place = weight[homes] / whole[homes, None]
        here = shapely.intersects_xy(outline, place[:, 0], place[:, 1])
        places.append(place[here])
        floors.append(floor[homes][here])
    return np.concatenate(places), np.concatenate(floors)
