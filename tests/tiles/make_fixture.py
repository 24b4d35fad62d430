"""
Write the tiles of the sample city, or of a file of buildings, into a directory: something for a browser to show.

    python -m tests.tiles.make_fixture OUT [FILE]
"""

import sys
from dataclasses import replace
from pathlib import Path

from kastor import formats
from kastor.city.model import City, concat
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import HULL_ERROR, hull_tile
from kastor.tiles.tileset import update, write_root
from kastor.tiles.trees import DETAIL_ERROR, far_trees_tile, tree_tile
from tests.tiles.real_buildings import CRS, by_cell, frame_of


def make(directory: Path, city: City) -> None:
    """Tiles of the buildings and trees of a city in ``CRS``."""
    frame = frame_of(city)
    parts = by_cell(city)
    cells = [(*cell, "1") for cell in parts]
    to_local, transform = frame.to_local, frame.transform
    update(directory, "buildings", cells, lambda c: building_tile(parts[c], to_local), hull_tile, transform, HULL_ERROR)
    update(
        directory,
        "trees",
        cells,
        lambda c: tree_tile(parts[c], to_local),
        far_trees_tile,
        transform,
        error=DETAIL_ERROR,
    )
    write_root(directory, ["buildings", "trees"])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        read = [part.content for part in formats.read(Path(sys.argv[2]), Report(sys.argv[2]))]
        make(Path(sys.argv[1]), replace(concat([c for c in read if isinstance(c, City)]), crs=CRS))
    else:
        make(Path(sys.argv[1]), four_houses())
