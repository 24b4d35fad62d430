"""A district in figures: what stands, grows and runs in an area somebody drew.

Buildings cut by the border are counted by a stated rule: ``centroid`` (a building counts as a whole when the
centroid of its footprint lies in the area) or ``share`` (every building that reaches in counts, its areas by the share
of its footprint inside). Streets and land use are cut at the border, trees and addresses count where they stand.
The city is read cell by cell, so the memory stays small whatever the area.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.codelists import FUNCTION_GROUPS, roof_code
from kastor.city.model import City, Kind, root, take
from kastor.city.outlines import Geometries, own_outlines, with_parts
from kastor.planning.floors import floor_sizes
from kastor.planning.reading import cities
from kastor.planning.statistics import Estimate, estimates
from kastor.planning.storeys import groups, heights
from kastor.store import Tenant
from kastor.tiles.land import LAND_USE, STREET_WIDTHS

Rule = Literal["centroid", "share"]

YEARS = (1919, 1949, 1979, 1995, 2010)
"""First years of the classes of years of construction, as in the German building typology."""

GREEN = frozenset({"green", "meadow", "forest", "cemetery", "garden", "farmland"})
"""Layers of land use (``tiles.land``) that count as green or open land."""

STREET_WIDTH = 5.0
"""Width of a street of no known class. [m]"""

KINDS = (Kind.BUILDING, Kind.TREE, Kind.STREET, Kind.LAND_USE, Kind.VEGETATION, Kind.WATER, Kind.PARKING, Kind.ADDRESS)


@dataclass(eq=False)
class District:
    """
    Figures of an area.

    Parameters
    ----------
    area
        The area, a polygon or multipolygon in the tenant's reference system.
    rule
        How buildings cut by the border count.
    known
        Kinds of objects the twin has anywhere: what it has not is not known to be none.
    buildings, cut
        Number of buildings, and how many of those that reach in are cut by the border.
    footprint, floor_area, floor_area_estimated
        Of the buildings; the last is the part whose storeys are estimated. [m²]
    height_sum, height_max
        Footprint times height, of which the mean is made [m³]; highest building [m].
    storeys, uses, roofs, years
        Number of buildings by storeys, function group, AdV roof code (0 unknown) and first year of the class of years
        (0 before the first, None unknown).
    use_floor_area
        Floor area by function group. [m²]
    trees, addresses
        Their number.
    streets
        Length by ``highway`` class. [m]
    street_area, parking
        Area of streets (length times usual width) and parking. [m²]
    land
        Area by class of land use, cut at the border, overlaps counted in each class. [m²]
    green, water
        Area of green land and of water, overlaps counted once. [m²]
    statistics
        Numbers of tables by district for the area.
    """

    area: shapely.Geometry
    rule: Rule
    known: frozenset[str] = frozenset()
    buildings: int = 0
    cut: int = 0
    footprint: float = 0.0
    floor_area: float = 0.0
    floor_area_estimated: float = 0.0
    height_sum: float = 0.0
    height_max: float = 0.0
    storeys: Counter[int] = field(default_factory=Counter)
    uses: Counter[str] = field(default_factory=Counter)
    use_floor_area: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    roofs: Counter[int] = field(default_factory=Counter)
    years: Counter[int | None] = field(default_factory=Counter)
    trees: int = 0
    addresses: int = 0
    streets: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    street_area: float = 0.0
    parking: float = 0.0
    land: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    green: float = 0.0
    water: float = 0.0
    statistics: list[Estimate] = field(default_factory=list)

    @property
    def size(self) -> float:
        """Area of the district. [m²]"""
        return float(shapely.area(self.area))

    @property
    def sealed(self) -> float:
        """What is certainly sealed: buildings, streets and parking. [m²]"""
        return self.footprint + self.street_area + self.parking


def district(tenant: Tenant, area: shapely.Geometry, rule: Rule = "centroid") -> District:
    """
    The figures of an area.

    Parameters
    ----------
    area
        Valid polygon or multipolygon in the tenant's reference system. [m]
    rule
        How buildings cut by the border count.
    """
    shapely.prepare(area)
    found = District(area, rule, frozenset(tenant.counts()))
    green: list[Any] = []
    water: list[Any] = []
    addresses: set[tuple[str, str]] = set()
    for city in cities(tenant, area, KINDS):
        shapes = own_outlines(city)
        outlines = _of_whole(city, shapes)
        _add_buildings(found, city, shapes, outlines, addresses)
        _add_points(found, city, outlines, addresses)
        _add_streets(found, city, outlines)
        _add_land(found, city, outlines, green, water)
    found.addresses = len(addresses)
    found.statistics = estimates(tenant, area)
    found.green, found.water = (float(shapely.area(shapely.union_all(some))) for some in (green, water))
    return found


def buildings_of(tenant: Tenant, area: shapely.Geometry, rule: Rule = "centroid") -> Iterator[tuple[City, Geometries]]:
    """The buildings that count, in chunks, with the outline of each object; for lists and downloads."""
    shapely.prepare(area)
    for city in cities(tenant, area, [Kind.BUILDING]):
        outlines = _of_whole(city, own_outlines(city))
        weight, _ = _weights(area, outlines, city.kind == Kind.BUILDING, rule)
        chosen = np.flatnonzero(weight[root(city)] > 0)
        if len(chosen):
            yield take(city, chosen), outlines[chosen]


def _of_whole(city: City, own: Geometries) -> Geometries:
    """Outline of each top-level object together with its parts; None for the parts."""
    found = with_parts(city, own)
    found[city.parent >= 0] = None
    return found


def _weights(
    area: shapely.Geometry, outlines: Geometries, which: NDArray[np.bool_], rule: Rule
) -> tuple[NDArray[np.float64], int]:
    """Weight of each object in the area, 0 where it does not count, and how many are cut by the border."""
    weight = np.zeros(len(outlines))
    chosen = np.flatnonzero(which & np.array([g is not None for g in outlines.tolist()], bool))
    shapes = outlines[chosen]
    touching = shapely.intersects(area, shapes)
    chosen, shapes = chosen[touching], shapes[touching]
    whole = shapely.covers(area, shapes)
    border = np.flatnonzero(~whole)
    weight[chosen[whole]] = 1.0
    if rule == "centroid":
        weight[chosen[border]] = shapely.intersects(area, shapely.centroid(shapes[border]))
    else:
        size = shapely.area(shapes[border])
        inside = shapely.area(shapely.intersection(area, shapes[border]))
        weight[chosen[border]] = np.divide(inside, size, out=np.zeros(len(border)), where=size > 0)
    return weight, len(border)


def _add_buildings(
    found: District, city: City, shapes: Geometries, outlines: Geometries, addresses: set[tuple[str, str]]
) -> None:
    heads = (city.kind == Kind.BUILDING) & (city.parent < 0)
    if not heads.any():
        return
    weight, cut = _weights(found.area, outlines, heads, found.rule)
    found.cut += cut
    top = root(city)
    own = weight[top]
    size, levels, estimated, group = floor_sizes(city, shapes)
    floor = size * levels * own
    found.footprint += float((_areas(outlines) * weight)[heads].sum())
    found.floor_area += float(floor.sum())
    found.floor_area_estimated += float(floor[estimated].sum())
    for name, share in zip(FUNCTION_GROUPS, np.bincount(group, floor, minlength=len(FUNCTION_GROUPS)), strict=True):
        if share:
            found.use_floor_area[name] += float(share)
    _count_buildings(found, city, np.flatnonzero(heads & (weight > 0)), outlines, weight, levels, size)
    _gather_addresses(city, np.flatnonzero(own > 0), addresses)


def _count_buildings(
    found: District,
    city: City,
    counted: NDArray[np.int64],
    outlines: Geometries,
    weight: NDArray[np.float64],
    levels: NDArray[np.float64],
    size: NDArray[np.float64],
) -> None:
    top = root(city)
    high = np.zeros(len(city))
    np.maximum.at(high, top, np.nan_to_num(heights(city)))
    # a building of several parts has the storeys of its highest part
    most = np.zeros(len(city))
    np.maximum.at(most, top, np.where(size > 0, levels, 0.0))
    group, outline = groups(city), _areas(outlines)
    roof = _values(city, "roofType")
    year = _values(city, "yearOfConstruction")
    found.buildings += len(counted)
    found.height_sum += float((high * outline * weight)[counted].sum())
    found.height_max = max(found.height_max, float(high[counted].max(initial=0.0)))
    for i in counted.tolist():
        found.storeys[max(int(most[i]), 1)] += 1
        found.uses[FUNCTION_GROUPS[group[i]]] += 1
        found.roofs[roof_code(str(roof[i])) if roof[i] is not None else 0] += 1
        found.years[_year_class(year[i])] += 1


def _add_points(found: District, city: City, outlines: Geometries, addresses: set[tuple[str, str]]) -> None:
    points = np.isin(city.kind, (Kind.TREE, Kind.ADDRESS))
    chosen = np.flatnonzero(points & np.array([g is not None for g in outlines.tolist()], bool))
    inside = chosen[shapely.intersects(found.area, outlines[chosen])]
    found.trees += int((city.kind[inside] == Kind.TREE).sum())
    _gather_addresses(city, inside[city.kind[inside] == Kind.ADDRESS], addresses)


def _add_streets(found: District, city: City, outlines: Geometries) -> None:
    chosen, parts = _clipped(found.area, outlines, city.kind == Kind.STREET)
    lengths = shapely.length(parts)
    classes = _values(city, "highway")
    widths = city.attributes["width"].numbers() if "width" in city.attributes else np.full(len(city), np.nan)
    for i, length in zip(chosen.tolist(), lengths.tolist(), strict=True):
        name = str(classes[i] or "road")
        usual = STREET_WIDTHS.get(name, ("", STREET_WIDTH))[1]
        found.streets[name] += length
        found.street_area += length * (float(widths[i]) if 0 < widths[i] < 100 else usual)


def _add_land(found: District, city: City, outlines: Geometries, green: list[Any], water: list[Any]) -> None:
    which = np.isin(city.kind, (Kind.LAND_USE, Kind.VEGETATION, Kind.WATER, Kind.PARKING))
    chosen, parts = _clipped(found.area, outlines, which)
    sizes = shapely.area(parts)
    columns = [_values(city, name) for name in ("landuse", "natural", "leisure")]
    for i, part, size in zip(chosen.tolist(), parts.tolist(), sizes.tolist(), strict=True):
        if not size:
            continue
        kind = Kind(int(city.kind[i]))
        name = next((str(c[i]) for c in columns if c[i]), kind.name.lower())
        layer = LAND_USE.get(name, "green" if kind == Kind.VEGETATION else "")
        if kind == Kind.PARKING:
            found.parking += size
            continue
        found.land[name] += size
        if kind == Kind.WATER or layer == "water":
            water.append(part)
        elif layer in GREEN:
            green.append(part)


def _clipped(
    area: shapely.Geometry, outlines: Geometries, which: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Geometries]:
    """Objects that reach into the area, and what of them lies inside."""
    chosen = np.flatnonzero(which & np.array([g is not None for g in outlines.tolist()], bool))
    shapes = outlines[chosen]
    touching = shapely.intersects(area, shapes)
    chosen, shapes = chosen[touching], shapes[touching].copy()
    border = ~shapely.covers(area, shapes)
    shapes[border] = shapely.intersection(area, shapes[border])
    return chosen, shapes


def _areas(shapes: Geometries) -> NDArray[np.float64]:
    sizes: NDArray[np.float64] = shapely.area(shapes)
    return np.nan_to_num(sizes)


def _values(city: City, name: str) -> list[Any]:
    column = city.attributes.get(name)
    return column.tolist() if column is not None else [None] * len(city)


def _gather_addresses(city: City, objects: NDArray[np.int64], addresses: set[tuple[str, str]]) -> None:
    listed = _values(city, "address")
    for i in objects.tolist():
        for one in listed[i] if isinstance(listed[i], list) else []:
            if isinstance(one, dict) and one.get("street"):
                addresses.add((str(one["street"]), str(one.get("number", ""))))


def _year_class(value: Any) -> int | None:
    text = str(value)[:4] if value is not None else ""
    if not text.isdigit():
        return None
    return max((first for first in YEARS if first <= int(text)), default=0)
