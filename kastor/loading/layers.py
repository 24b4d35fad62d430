"""The layers of a tenant's tiles: what each draws, and from what.

Each function brings one layer up to date. What draws the ground is loaded with it: pictures and
compiled code take longer to start than a small town's buildings take to tile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kastor.city.cells import cell_box
from kastor.city.drape import drape
from kastor.city.model import Kind
from kastor.city.terrain import height_at
from kastor.formats.frame import Frame
from kastor.loading.stand import Box, Cell, Stand
from kastor.tiles.tile import Tile
from kastor.tiles.tileset import TilingResult, each, update

RECIPE = "3"
"""Raised when tiles are made another way, so that all are made anew."""

BUILT = (Kind.BUILDING, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL)
PLANS = (Kind.STREET, Kind.RAILWAY, Kind.PARKING, Kind.LAND_USE, Kind.VEGETATION, Kind.WATER, Kind.BUILDING)
MAPPED = (*PLANS, Kind.TREE)
WOODED = (Kind.LAND_USE, Kind.VEGETATION)

TREES_TOGETHER = 2000
"""Trees that share a tile, see ``update``."""

Watch: TypeAlias = Callable[[int, int], None]
Layer: TypeAlias = Callable[[Stand, Frame, Path, Watch], TilingResult | None]
"""Brings a layer below a directory up to date; None when a tenant cannot have it."""


def terrain(stand: Stand, frame: Frame, directory: Path, watch: Watch) -> TilingResult:
    """The ground with what lies on it drawn into its texture."""
    from kastor.tiles.ground import ground_digest, ground_picture
    from kastor.tiles.land import land
    from kastor.tiles.relief import relief
    from kastor.tiles.terrain import update_terrain

    on = land(stand.city(PLANS))

    def paint(box: Box, width: int, height: int) -> NDArray[np.uint8]:
        # nobody looks closely where no house stands
        share = 1 if on.has_buildings(box) else 2
        return ground_picture(on, box, width // share, height // share)

    return update_terrain(
        directory, relief(stand.terrain), paint, partial(ground_digest, on),
        frame.to_local, frame.transform, progress=watch,
    )  # fmt: skip


def buildings(stand: Stand, frame: Frame, directory: Path, watch: Watch) -> TilingResult:
    """Buildings, bridges, tunnels and walls; blocks from afar."""
    from kastor.tiles.buildings import building_tiles
    from kastor.tiles.hull_tiles import HULL_ERROR, hull_tile

    def build(leaves: Sequence[Sequence[Cell]]) -> list[Tile | None]:
        city, leaf = stand.cities(BUILT, leaves)
        return building_tiles(drape(city, stand.terrain), leaf, len(leaves), frame.to_local)

    cells = stand.cells_with(BUILT)
    return update(directory, "buildings", cells, build, hull_tile, frame.transform, HULL_ERROR, RECIPE, watch)


def trees(stand: Stand, frame: Frame, directory: Path, watch: Watch) -> TilingResult:
    """Trees that are objects."""
    from kastor.tiles.trees import DETAIL_ERROR, far_trees_tile, tree_tile

    def build(cells: Sequence[Cell]) -> Tile | None:
        return tree_tile(drape(stand.city([Kind.TREE], cells), stand.terrain), frame.to_local)

    return update(
        directory, "trees", stand.cells_with([Kind.TREE]), each(build), far_trees_tile, frame.transform, DETAIL_ERROR,
        RECIPE, watch, TREES_TOGETHER,
    )  # fmt: skip


def woodland(stand: Stand, frame: Frame, directory: Path, watch: Watch) -> TilingResult:
    """Trees that stand for woods."""
    from kastor.city.woodland import woodland_points
    from kastor.tiles.trees import DETAIL_ERROR, far_trees_tile, woodland_tile

    def build(cells: Sequence[Cell]) -> Tile | None:
        boxes = [cell_box(*cell) for cell in cells]
        places = np.concatenate([woodland_points(stand.city(WOODED, box=box), box) for box in boxes])
        heights = height_at(stand.terrain, places[:, 0], places[:, 1])
        known = np.isfinite(heights)
        return woodland_tile(np.column_stack([places[known], heights[known]]), frame.to_local)

    # how many trees a cell gets is known once they are planted
    return update(
        directory, "woodland", stand.cells_near(WOODED), each(build), far_trees_tile, frame.transform, DETAIL_ERROR,
        RECIPE, watch, together=0,
    )  # fmt: skip


def confidence(stand: Stand, frame: Frame, directory: Path, watch: Watch) -> TilingResult | None:
    """The ground tinted by how far the nearest measured height is; only where the terrain says so."""
    if stand.terrain.distance is None or not stand.surveyed:
        return None
    from kastor.tiles.confidence import confidence_digest, confidence_paint
    from kastor.tiles.land import land
    from kastor.tiles.relief import relief
    from kastor.tiles.terrain import update_terrain

    streets = land(stand.city((Kind.STREET, Kind.BUILDING)))
    paint, digest = confidence_paint(stand.terrain, streets), confidence_digest(stand.terrain, streets)
    return update_terrain(
        directory, relief(stand.terrain), paint, digest, frame.to_local, frame.transform,
        layer="confidence", picture=256, progress=watch,
    )  # fmt: skip


LAYERS: Mapping[str, Layer] = MappingProxyType(
    {
        "terrain": terrain,
        "buildings": buildings,
        "trees": trees,
        "woodland": woodland,
        "confidence": confidence,
    }
)
"""Layers of a tenant in the order they are listed."""
