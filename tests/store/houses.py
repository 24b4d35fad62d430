"""Houses as plain as possible, for tests of what happens to them in the store."""

from __future__ import annotations

import numpy as np

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Column, Json, Kind, Semantic
from kastor.city.statistics import Measure, Statistics
from kastor.city.strings import Strings

CRS = "EPSG:25832+7837"
EAST, NORTH = 356000.0, 5655000.0


def add_house(
    grow: CityBuilder, house_id: str, east: float = 10.0, north: float = 10.0, height: float = 6.0,
    kind: Kind = Kind.BUILDING, parent: int = -1, **attributes: Json,
) -> int:  # fmt: skip
    """A roof and a ground of 10 m x 10 m, east and north counted from the sample corner."""
    index = grow.add_object(house_id, kind, parent, **attributes)
    x, y = EAST + east, NORTH + north
    for semantic, z in ((Semantic.GROUND, 50.0), (Semantic.ROOF, 50.0 + height)):
        ring = [(x, y, z), (x + 10, y, z), (x + 10, y + 10, z), (x, y + 10, z)]
        grow.add_surface(semantic, [[ring]])
    return index


def numbers(inhabitants: float) -> Statistics:
    """A table by district of one row with one number, and one that is secret."""
    measures = (Measure("Einwohner", "count"), Measure("Quote", "share", "%"))
    values = np.array([[inhabitants, np.nan]])
    return Statistics(measures, ("Westend",), ("2023",), values, {(0, 1): "."}, ("Quelle: Amt",))


def house(
    house_id: str, east: float = 10.0, north: float = 10.0, height: float = 6.0, kind: Kind = Kind.BUILDING,
    **attributes: Json,
) -> City:  # fmt: skip
    """A city of one house."""
    grow = CityBuilder(CRS)
    add_house(grow, house_id, east, north, height, kind, **attributes)
    return grow.build()


def many_houses(count: int) -> City:
    """Houses on a grid of 20 m, made without a loop: measured heights, streets and functions vary."""
    i = np.arange(count)
    side = int(np.ceil(np.sqrt(count)))
    corner = np.column_stack([EAST + 20.0 * (i % side), NORTH + 20.0 * (i // side), np.full(count, 50.0)])
    square = np.array([[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]], float)
    heights = 3.0 + (i * 7919 % 977) / 50.0
    rings = corner[:, None, None, :] + square[None, None] + np.zeros((1, 2, 1, 1))
    rings[:, 1, :, 2] += heights[:, None]
    surfaces = 2 * count
    streets: tuple[Json, ...] = tuple(
        [{"street": f"{_NAMES[n % len(_NAMES)]}{_ENDS[n % 3]}", "number": str(n // 300 + 1), "city": "Musterstadt"}]
        for n in range(count)
    )
    return City(
        crs=CRS,
        ids=Strings.of(f"DENW{n:012d}" for n in range(count)),
        kind=np.full(count, Kind.BUILDING, np.uint8),
        parent=np.full(count, -1, np.int32),
        attributes={
            "measuredHeight": Column(tuple(np.unique(heights).tolist()), _codes(heights)),
            "function": Column(("31001_1010", "31001_2463", "31001_2000"), (i % 3).astype(np.int32)),
            "address": Column(streets, i.astype(np.int32)),
        },
        surface_offsets=np.arange(0, surfaces + 1, 2),
        surface_ids=Strings.of([""] * surfaces),
        semantic=np.tile(np.array([Semantic.GROUND, Semantic.ROOF], np.uint8), count),
        lod=np.full(surfaces, 20, np.uint8),
        polygon_offsets=np.arange(surfaces + 1),
        solid=np.full(surfaces, -1, np.int16),
        shell=np.full(surfaces, -1, np.int16),
        ring_offsets=np.arange(surfaces + 1),
        vertex_offsets=np.arange(0, 4 * surfaces + 1, 4),
        xyz=rings.reshape(-1, 3),
    )


def _codes(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


_NAMES = [f"{a}{b}" for a in ("Kalk", "Linden", "Haupt", "Mühlen", "Brücken") for b in ("berg", "hof", "feld", "tal")]
_ENDS = ("straße", "weg", "allee")
