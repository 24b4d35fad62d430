"""Real buildings for the tests of tiles, from the data the project ships."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import kastor.demo
from kastor import formats
from kastor.city.builder import CityBuilder
from kastor.city.cells import cell_of
from kastor.city.model import City, Kind, Semantic, concat, take
from kastor.city.report import Report
from kastor.formats.frame import Frame, frame_at
from kastor.tiles.tileset import CellContent

CRS = "EPSG:25832+7837"
DEMO = Path(kastor.demo.__file__).parent


@cache
def dorsten() -> City:
    """30 buildings of Dorsten: Geobasis NRW, dl-de/zero-2-0."""
    parts = formats.read(DEMO / "dorsten" / "LoD2_32_360_5721_1_NW.gml.gz", Report("dorsten"))
    return replace(concat([part.content for part in parts]), crs=CRS)  # type: ignore[list-item, type-var]


def frame_of(city: City) -> Frame:
    """The local frame in the middle of a city."""
    east, north, height = city.xyz.mean(axis=0)
    return frame_at(CRS, (round(east), round(north), round(height)))


def by_cell(city: City) -> dict[tuple[int, int], City]:
    """The city cut into its cells."""
    cells, member = np.unique(cell_of(city), axis=0, return_inverse=True)
    return {
        (int(column), int(row)): take(city, np.flatnonzero(member.ravel() == i))
        for i, (column, row) in enumerate(cells)
    }


def contents(parts: dict[tuple[int, int], City]) -> list[CellContent]:
    """The cells of :func:`by_cell` as an update of a layer takes them."""
    return [CellContent(*cell, "1", len(part)) for cell, part in parts.items()]


def of_cells(parts: dict[tuple[int, int], City], cells: Sequence[tuple[int, int]]) -> City:
    """Some cells of :func:`by_cell` as one city."""
    return concat([parts[cell] for cell in cells])


def one_house(rings, semantic=Semantic.ROOF, kind=Kind.BUILDING, lod=20, **attributes) -> City:
    """A single object with one polygon."""
    grow = CityBuilder(CRS)
    grow.add_object("house", kind, **attributes)
    grow.add_surface(semantic, [rings], lod=lod)
    return grow.build()
