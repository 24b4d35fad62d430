"""
Write the tiles of the sample city, or of a file of buildings, into a directory: something for a browser to show.

    python -m tests.tiles.make_fixture OUT [FILE]
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kastor import formats
from kastor.city.model import City, concat
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import HULL_ERROR, hull_tile
from kastor.tiles.tile import Tile
from kastor.tiles.tileset import each, update, write_root
from kastor.tiles.trees import DETAIL_ERROR, far_trees_tile, tree_tile
from tests.tiles.real_buildings import CRS, by_cell, contents, frame_of, of_cells


def make(directory: Path, city: City) -> None:
    """Tiles of the buildings and trees of a city in ``CRS``."""
    frame = frame_of(city)
    parts = by_cell(city)
    cells, to_local, transform = contents(parts), frame.to_local, frame.transform

    def buildings(members: Sequence[tuple[int, int]]) -> Tile | None:
        return building_tile(of_cells(parts, members), to_local)

    def trees(members: Sequence[tuple[int, int]]) -> Tile | None:
        return tree_tile(of_cells(parts, members), to_local)

    update(directory, "buildings", cells, each(buildings), hull_tile, transform, HULL_ERROR)
    update(directory, "trees", cells, each(trees), far_trees_tile, transform, DETAIL_ERROR)
    write_root(directory, ["buildings", "trees"])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        read = [part.content for part in formats.read(Path(sys.argv[2]), Report(sys.argv[2]))]
        make(Path(sys.argv[1]), replace(concat([c for c in read if isinstance(c, City)]), crs=CRS))
    else:
        make(Path(sys.argv[1]), four_houses())
