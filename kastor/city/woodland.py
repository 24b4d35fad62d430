"""Where trees stand in woods and parks that nobody has counted: symbolic, the same at every call.

One place per square of a fixed grid, moved by a hash of the square, so places keep a distance,
look unordered, and never depend on what else is loaded. They are no objects.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, owner

SPACING = 9.0
"""Side of the squares of which each may hold one tree. [m]"""

LIMIT = 200_000
"""Most places returned at once; larger woods are thinned evenly."""

DENSITY: dict[str, dict[str, float]] = {
    "landuse": {
        "forest": 0.9, "orchard": 0.5, "cemetery": 0.2, "allotments": 0.12, "recreation_ground": 0.1,
        "village_green": 0.15, "plant_nursery": 0.3,
    },
    "natural": {"wood": 0.9, "scrub": 0.35, "shrubbery": 0.2, "heath": 0.04},
    "leisure": {"park": 0.2, "garden": 0.15, "nature_reserve": 0.0},
}  # fmt: skip
"""Share of the squares that hold a tree, by attribute and value."""

ROW_SHARE = 0.8
CLEARANCE = 4.0
"""Trees keep away from streets and water lines. [m]"""

Box = tuple[float, float, float, float]


def woodland_points(
    city: City, box: Box | None = None, spacing: float = SPACING, limit: int = LIMIT
) -> NDArray[np.float64]:
    """
    Places of symbolic trees in the wooded areas and tree rows of a city.

    Parameters
    ----------
    city
        Land use and vegetation; buildings, parking, water and streets among its objects are kept free. Plane system.
    box
        West, south, east, north edge; half open, so that neighbouring boxes share no tree; everything when None. [m]
    spacing
        Mean distance of trees in a closed wood. [m]
    limit
        Most places to return.

    Returns
    -------
    NDArray
        East and north, shape (n, 2), sorted. [m]
    """
    density = _densities(city)
    areas, owners = _polygons(city, density)
    rows, row_owners = _lines(city, density)
    if box is None:
        bounds = np.array([g.bounds for g in (*areas, *rows)]).reshape(-1, 4)
        if not len(bounds):
            return np.zeros((0, 2))
        box = (bounds[:, 0].min(), bounds[:, 1].min(), bounds[:, 2].max() + 1.0, bounds[:, 3].max() + 1.0)
    total = sum(
        shapely.area(shapely.clip_by_rect(area, *box)) * density[o] for area, o in zip(areas, owners, strict=True)
    )
    share = min(1.0, limit * spacing**2 / total) if total > 0 else 1.0
    found = [_in_area(area, density[o] * share, box, spacing) for area, o in zip(areas, owners, strict=True)]
    found += [_along(line, density[o], box, spacing) for line, o in zip(rows, row_owners, strict=True)]
    places = np.unique(np.concatenate([np.zeros((0, 2)), *found]), axis=0)
    free = _freed(city, places)
    return free if len(free) <= limit else free[np.linspace(0, len(free) - 1, limit).astype(np.int64)]


def _densities(city: City) -> NDArray[np.float64]:
    """Share of squares with a tree, for each object."""
    result = np.zeros(len(city))
    for name, values in DENSITY.items():
        column = city.attributes.get(name)
        if column is not None:
            table = np.array([values.get(v, 0.0) if isinstance(v, str) else 0.0 for v in column.values] + [0.0])
            result = np.maximum(result, table[column.codes])
    rows = city.attributes.get("natural")
    if rows is not None:
        table = np.array([v == "tree_row" for v in rows.values] + [False])
        result[table[rows.codes]] = ROW_SHARE
    result[~np.isin(city.kind, (Kind.LAND_USE, Kind.VEGETATION))] = 0.0
    return result


def _polygons(city: City, wanted: NDArray[np.float64]) -> tuple[list[BaseGeometry], list[int]]:
    """Plan polygons of the objects with a positive number, and the object of each."""
    objects = owner(city.surface_offsets)[owner(city.polygon_offsets)]
    enclosing = ~np.isin(city.semantic, LINE_SEMANTICS)[owner(city.polygon_offsets)]
    chosen = np.flatnonzero(enclosing & (wanted[objects] > 0) & (np.diff(city.ring_offsets) > 0)).tolist()
    shapes: list[BaseGeometry] = []
    owners: list[int] = []
    for polygon in chosen:
        rings = range(city.ring_offsets[polygon], city.ring_offsets[polygon + 1])
        outlines = [city.xyz[city.vertex_offsets[r] : city.vertex_offsets[r + 1], :2] for r in rings]
        if len(outlines[0]) >= 3:
            shape = shapely.Polygon(outlines[0], [hole for hole in outlines[1:] if len(hole) >= 3])
            shapes.append(shape if shape.is_valid else shapely.make_valid(shape))
            owners.append(int(objects[polygon]))
    return shapes, owners


def _lines(city: City, wanted: NDArray[np.float64]) -> tuple[list[shapely.LineString], list[int]]:
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    objects = owner(city.surface_offsets)[surface]
    axis = (city.semantic == Semantic.AXIS)[surface] & (wanted[objects] > 0) & (np.diff(city.vertex_offsets) > 1)
    chosen = np.flatnonzero(axis).tolist()
    return [
        shapely.LineString(city.xyz[city.vertex_offsets[r] : city.vertex_offsets[r + 1], :2]) for r in chosen
    ], objects[chosen].tolist()


def _in_area(area: BaseGeometry, share: float, box: Box, spacing: float) -> NDArray[np.float64]:
    west, south, east, north = area.bounds
    low = np.floor(np.array([max(west, box[0]), max(south, box[1])]) / spacing).astype(np.int64) - 1
    high = np.floor(np.array([min(east, box[2]), min(north, box[3])]) / spacing).astype(np.int64) + 2
    if (high <= low).any() or share <= 0.0:
        return np.zeros((0, 2))
    columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    squares = np.column_stack([columns.ravel(), rows.ravel()])
    chance = _chance(squares)
    squares, chance = squares[chance[:, 2] < share], chance[chance[:, 2] < share]
    # moved by less than half a square, so that no two places touch
    places = (squares + 0.5 + 0.7 * (chance[:, :2] - 0.5)) * spacing
    places = places[_inside(places, box)]
    shapely.prepare(area)
    return np.asarray(places[shapely.contains_xy(area, places)])


def _along(line: shapely.LineString, share: float, box: Box, spacing: float) -> NDArray[np.float64]:
    """Places along a row of trees, evenly from its beginning."""
    steps = np.arange(0.0, line.length + 1e-9, spacing / share)
    places = shapely.get_coordinates(shapely.line_interpolate_point(line, steps))
    return np.asarray(places[_inside(places, box)])


def _inside(places: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    x, y = places[:, 0], places[:, 1]
    return np.asarray((x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3]))


def _freed(city: City, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places that are not on a building, a car park, water or a street."""
    areas = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART, Kind.PARKING, Kind.WATER)).astype(np.float64)
    lines = np.isin(city.kind, (Kind.STREET, Kind.RAILWAY, Kind.WATER)).astype(np.float64)
    obstacles = [*_polygons(city, areas)[0], *_lines(city, lines)[0]]
    if not obstacles or not len(places):
        return places
    tree = shapely.STRtree(obstacles)
    hit = tree.query(shapely.points(places), predicate="dwithin", distance=CLEARANCE)[0]
    free = np.ones(len(places), bool)
    free[hit] = False
    return np.asarray(places[free])


def _chance(squares: NDArray[np.int64]) -> NDArray[np.float64]:
    """Three numbers in 0..1 that look random and depend on the square alone, shape (n, 3)."""
    with np.errstate(over="ignore"):
        mixed = squares[:, 0].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= squares[:, 1].astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
        columns = []
        for salt in (1, 2, 3):
            word = mixed + np.uint64(salt) * np.uint64(0x165667B19E3779F9)
            word ^= word >> np.uint64(30)
            word *= np.uint64(0xBF58476D1CE4E5B9)
            word ^= word >> np.uint64(27)
            word *= np.uint64(0x94D049BB133111EB)
            word ^= word >> np.uint64(31)
            columns.append((word >> np.uint64(11)).astype(np.float64) / 2.0**53)
    return np.column_stack(columns)
