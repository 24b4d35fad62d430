"""``four_houses()``: the smallest city with everything in it, used in examples and tests.

Four houses of 10 m x 10 m stand around a crossing on flat ground at 50 m above sea level: a
flat roof, a gable, a house of two parts, and one with a courtyard. One tree, two streets and
a park go with them.
"""

from __future__ import annotations

import numpy as np

from kastor.city.builder import CityBuilder, Point, Ring
from kastor.city.model import City, Kind, Semantic
from kastor.city.terrain import Terrain

CRS = "EPSG:25832+7837"
ORIGIN = (356000.0, 5655000.0, 50.0)
"""South-west corner of the sample city: east, north, height. [m]"""


def four_houses() -> City:
    """
    The sample city.

    Examples
    --------
    >>> city = four_houses()
    >>> city.ids.tolist()[:4]
    ['flat', 'gable', 'pair', 'pair-low']
    """
    grow = CityBuilder(CRS)
    grow.add_object(
        "flat", Kind.BUILDING, measuredHeight=6.0, storeysAboveGround=2, roofType="1000", function="31001_1010",
        yearOfConstruction=1962, address=[{"street": "Hauptstraße", "number": "1", "city": "Musterstadt"}],
    )  # fmt: skip
    _box(grow, 5, 5, 10, 10, 0, 6)
    grow.add_object(
        "gable", Kind.BUILDING, measuredHeight=9.0, storeysAboveGround=2, roofType="3100", function="31001_1010",
        address=[{"street": "Hauptstraße", "number": "2", "city": "Musterstadt"}],
    )  # fmt: skip
    _gable(grow, 35, 5, 10, 10, 6, 9)
    pair = grow.add_object("pair", Kind.BUILDING, function="31001_2000")
    grow.add_object("pair-low", Kind.BUILDING_PART, pair, measuredHeight=4.0, storeysAboveGround=1)
    _box(grow, 5, 35, 5, 10, 0, 4)
    grow.add_object("pair-high", Kind.BUILDING_PART, pair, measuredHeight=12.0, storeysAboveGround=4)
    _box(grow, 10, 35, 5, 10, 0, 12)
    grow.add_object("courtyard", Kind.BUILDING, measuredHeight=8.0, roofType="1000", function="31001_3000")
    _courtyard(grow, 35, 35, 10, 3, 8)
    grow.add_object("oak", Kind.TREE, height=12.0, crownDiameter=8.0, species="Quercus robur")
    grow.add_surface(Semantic.POSITION, [[_ring((20, 20, 0))]], lod=0)
    for street, name, line in (
        ("way/1", "Hauptstraße", _ring((0, 25, 0), (25, 25, 0), (50, 25, 0))),
        ("way/2", "Querweg", _ring((25, 0, 0), (25, 25, 0), (25, 50, 0))),
    ):
        grow.add_object(street, Kind.STREET, name=name, highway="residential", width=6.0)
        grow.add_surface(Semantic.AXIS, [[line]], lod=0)
    grow.add_object("park", Kind.LAND_USE, landuse="grass", name="Stadtpark")
    grow.add_surface(Semantic.AREA, [[_ring((28, 28, 0), (33, 28, 0), (33, 33, 0), (28, 33, 0))]], lod=0)
    return grow.build()


def flat_ground(cell: float = 1.0, margin: float = 10.0) -> Terrain:
    """Flat ground at 50 m below and around the sample city, 50 m wide plus ``margin`` on each side."""
    n = round((50.0 + 2 * margin) / cell)
    heights = np.full((n, n), ORIGIN[2], np.float32)
    return Terrain(CRS, ORIGIN[0] - margin, ORIGIN[1] + 50.0 + margin, cell, heights)


def _ring(*points: Point) -> list[Point]:
    return [(ORIGIN[0] + x, ORIGIN[1] + y, ORIGIN[2] + z) for x, y, z in points]


def _walls(corners: list[tuple[float, float]], low: float, high: float) -> list[list[Ring]]:
    """One outward wall per edge of a counter-clockwise outline."""
    following = corners[1:] + corners[:1]
    return [
        [_ring((x0, y0, low), (x1, y1, low), (x1, y1, high), (x0, y0, high))]
        for (x0, y0), (x1, y1) in zip(corners, following, strict=True)
    ]


def _rectangle(x: float, y: float, width: float, depth: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]


def _solid(grow: CityBuilder, ground: list[list[Ring]], walls: list[list[Ring]], roofs: list[list[Ring]]) -> None:
    for semantic, polygons in ((Semantic.GROUND, ground), (Semantic.WALL, walls), (Semantic.ROOF, roofs)):
        for polygon in polygons:
            grow.add_surface(semantic, [polygon], solid=0, shell=0)


def _box(grow: CityBuilder, x: float, y: float, width: float, depth: float, low: float, high: float) -> None:
    corners = _rectangle(x, y, width, depth)
    ground = _ring(*((a, b, low) for a, b in reversed(corners)))
    roof = _ring(*((a, b, high) for a, b in corners))
    _solid(grow, [[ground]], _walls(corners, low, high), [[roof]])


def _gable(grow: CityBuilder, x: float, y: float, width: float, depth: float, eaves: float, ridge: float) -> None:
    corners = _rectangle(x, y, width, depth)
    middle = x + width / 2
    ground = _ring(*((a, b, 0) for a, b in reversed(corners)))
    south, east, north, west = _walls(corners, 0, eaves)
    south = [_ring((x, y, 0), (x + width, y, 0), (x + width, y, eaves), (middle, y, ridge), (x, y, eaves))]
    far = y + depth
    north = [_ring((x + width, far, 0), (x, far, 0), (x, far, eaves), (middle, far, ridge), (x + width, far, eaves))]
    roofs: list[list[Ring]] = [
        [_ring((x, y, eaves), (middle, y, ridge), (middle, far, ridge), (x, far, eaves))],
        [_ring((x + width, y, eaves), (x + width, far, eaves), (middle, far, ridge), (middle, y, ridge))],
    ]
    _solid(grow, [[ground]], [south, east, north, west], roofs)


def _courtyard(grow: CityBuilder, x: float, y: float, side: float, wing: float, high: float) -> None:
    outer = _rectangle(x, y, side, side)
    inner = _rectangle(x + wing, y + wing, side - 2 * wing, side - 2 * wing)
    ground: list[Ring] = [_ring(*((a, b, 0) for a, b in reversed(outer))), _ring(*((a, b, 0) for a, b in inner))]
    roof: list[Ring] = [_ring(*((a, b, high) for a, b in outer)), _ring(*((a, b, high) for a, b in reversed(inner)))]
    walls = _walls(outer, 0, high) + _walls(list(reversed(inner)), 0, high)
    _solid(grow, [ground], walls, [roof])
