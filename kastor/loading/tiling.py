"""The tiles of a tenant, brought up to date with what is stored: only what changed is made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kastor.city.cells import CELL, cell_box
from kastor.city.extrude import extrude
from kastor.city.ground import drape
from kastor.city.model import City, Kind
from kastor.city.terrain import Terrain, height_at
from kastor.city.trees import woodland_points
from kastor.formats.frame import Frame, frame_at
from kastor.loading.files import Progress, quiet
from kastor.store import Tenant
from kastor.store.visibility import PUBLIC
from kastor.tiles.buildings import building_tile
from kastor.tiles.confidence import confidence_digest, confidence_paint
from kastor.tiles.ground import ground_digest, ground_picture
from kastor.tiles.hull_tiles import HULL_ERROR, hull_tile
from kastor.tiles.land import land
from kastor.tiles.relief import relief
from kastor.tiles.terrain import update_terrain
from kastor.tiles.tile import Tile
from kastor.tiles.tileset import TilingResult, update, write_root
from kastor.tiles.trees import DETAIL_ERROR, far_trees_tile, tree_tile, woodland_tile

LAYERS = ("terrain", "buildings", "trees", "woodland", "confidence")
"""Layers of a tenant, in the order they are listed."""

TOGETHER = ("terrain", "buildings", "trees", "woodland")
"""Layers other viewers see in one tileset."""

RECIPE = "2"
"""Raised when tiles are made another way, so that all are made anew."""

MOST_HEIGHTS = 60_000_000
"""Heights of a terrain drawn at once; above that its cells are widened."""

BUILT = (Kind.BUILDING, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL)
PLANS = (Kind.STREET, Kind.RAILWAY, Kind.PARKING, Kind.LAND_USE, Kind.VEGETATION, Kind.WATER, Kind.BUILDING)
WOODED = (Kind.LAND_USE, Kind.VEGETATION)

Cell = tuple[int, int]
Box = tuple[float, float, float, float]


def tile(tenant: Tenant, progress: Progress = quiet, layers: Sequence[str] = LAYERS) -> dict[str, TilingResult]:
    """
    Bring layers up to date with the public datasets.

    Parameters
    ----------
    layers
        Names of ``LAYERS``; the others stay as they are.

    Returns
    -------
    dict
        What was done, by layer; layers with nothing to show are left out.
    """
    if tenant.info.origin is None and tenant.cells():
        tenant.update(origin=origin_of(tenant))
    # tiles are files anybody may fetch
    tenant = tenant.showing(PUBLIC)
    stand = _Stand.of(tenant)
    if stand is None:
        # what is no longer public must not be left lying there
        for left in tenant.tiles.glob("*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        return {}
    frame = frame_at(tenant.info.crs, origin_of(tenant))
    done: dict[str, TilingResult] = {}
    if "terrain" in layers:
        done["terrain"] = _tile_terrain(tenant, stand, frame, _watch(progress, "Gelände"))
    for layer, cells, build, coarsen, error, words in (
        (
            "buildings",
            partial(stand.cells_with, BUILT),
            _buildings(tenant, stand, frame),
            hull_tile,
            HULL_ERROR,
            "Gebäude",
        ),
        (
            "trees",
            partial(stand.cells_with, [Kind.TREE]),
            _trees(tenant, stand, frame),
            far_trees_tile,
            DETAIL_ERROR,
            "Bäume",
        ),
        (
            "woodland",
            partial(stand.cells_near, WOODED),
            _woodland(tenant, stand, frame),
            far_trees_tile,
            DETAIL_ERROR,
            "Wald",
        ),
    ):
        if layer not in layers:
            continue
        watch = _watch(progress, words)
        done[layer] = update(
            tenant.tiles, layer, cells(), build, coarsen, frame.transform, error, RECIPE, progress=watch
        )
    if "confidence" in layers and stand.terrain.distance is not None and stand.surveyed:
        done["confidence"] = _tile_confidence(tenant, stand, frame, _watch(progress, "Sicherheit"))
    write_root(tenant.tiles, TOGETHER)
    return {layer: result for layer, result in done.items() if result.bytes}


def layers_of(tenant: Tenant) -> list[str]:
    """Layers that have something to show."""
    return [layer for layer in LAYERS if any((tenant.tiles / layer).glob("*.glb"))]


def origin_of(tenant: Tenant) -> tuple[float, float, float]:
    """Where the local frame of a tenant stands: its own, or the middle of what is loaded. [m]"""
    if tenant.info.origin is not None:
        return tenant.info.origin
    box = tenant.box() or (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return (round((box[0] + box[3]) / 2), round((box[1] + box[4]) / 2), round(box[2]))


def standing(tenant: Tenant, city: City) -> City:
    """A cut of a tenant's city with its plan data laid on the ground."""
    if not len(city.xyz):
        return city
    low, high = city.xyz[:, :2].min(axis=0), city.xyz[:, :2].max(axis=0)
    terrain = tenant.terrain((low[0] - CELL, low[1] - CELL, high[0] + CELL, high[1] + CELL))
    return extrude(city) if terrain is None else drape(city, terrain)


@dataclass(frozen=True, eq=False)
class _Stand:
    """
    What is stored, as tiling sees it.

    Parameters
    ----------
    cells
        Column and row, shape (n, 2).
    boxes
        West, south, east, north of what each cell holds, shape (n, 4). [m]
    hashes
        Content hash of each cell.
    kinds
        Names of the kinds each cell holds.
    terrain
        The ground to draw.
    surveyed
        Whether any height of the ground is known at all.
    ground
        Stands for the ground.
    """

    cells: NDArray[np.int64]
    boxes: NDArray[np.float64]
    hashes: list[str]
    kinds: list[frozenset[str]]
    terrain: Terrain
    surveyed: bool
    ground: bytes

    @staticmethod
    def of(tenant: Tenant) -> _Stand | None:
        states = [s for s in tenant.cells() if s.box is not None]
        if not states:
            return None
        cells = np.array([(s.column, s.row) for s in states], np.int64).reshape(-1, 2)
        boxes = np.array([(s.box[0], s.box[1], s.box[3], s.box[4]) for s in states if s.box]).reshape(-1, 4)
        kinds = [frozenset(s.counts) for s in states]
        stored, digest = _stored_ground(tenant, tenant.terrain_files())
        if stored is not None:
            return _Stand(cells, boxes, [s.hash for s in states], kinds, stored, True, digest)
        built = np.array(["building" in k for k in kinds], bool)
        plane = _plane(tenant.info.crs, cells[built] if built.any() else cells)
        return _Stand(cells, boxes, [s.hash for s in states], kinds, plane, False, _ground_digest(plane))

    def cells_with(self, kinds: Iterable[Kind]) -> list[tuple[int, int, str]]:
        """Column, row and hash of cells that hold objects of some kinds."""
        names = {kind.name.lower() for kind in kinds}
        return [
            (int(column), int(row), self.digest([self.hashes[i]]))
            for i, (column, row) in enumerate(self.cells.tolist())
            if self.kinds[i] & names
        ]

    def cells_near(self, kinds: Iterable[Kind]) -> list[tuple[int, int, str]]:
        """Column, row and hash of all cells that objects of some kinds reach into, where ground is drawn."""
        names = {kind.name.lower() for kind in kinds}
        reaching = [i for i, k in enumerate(self.kinds) if k & names]
        found = []
        west, south, east, north = self.terrain.box
        for column in range(int(west // CELL), int(np.ceil(east / CELL))):
            for row in range(int(south // CELL), int(np.ceil(north / CELL))):
                near = self.meeting(cell_box(column, row))
                hashes = [self.hashes[i] for i in reaching if near[i]]
                if hashes and np.isfinite(_window(self.terrain, cell_box(column, row))).any():
                    found.append((column, row, self.digest(hashes)))
        return found

    def meeting(self, box: Box) -> NDArray[np.bool_]:
        """Which cells hold something that reaches into a box, shape (n,)."""
        b = self.boxes
        met: NDArray[np.bool_] = (b[:, 0] <= box[2]) & (b[:, 2] >= box[0]) & (b[:, 1] <= box[3]) & (b[:, 3] >= box[1])
        return met

    def digest(self, hashes: list[str]) -> str:
        """Stands for the content of some cells and the ground under them."""
        return blake2b("".join(hashes).encode() + self.ground, digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def _stored_ground(tenant: Tenant, files: tuple[str, ...]) -> tuple[Terrain | None, bytes]:
    """
    The ground of a tenant as it is drawn, and what stands for it; kept, so that a correction is drawn at once.

    Parameters
    ----------
    files
        Names of the terrain files, which name their content.
    """
    stored = drawn_terrain(tenant) if files else None
    return stored, b"" if stored is None else _ground_digest(stored)


def _ground_digest(terrain: Terrain) -> bytes:
    digest = blake2b(np.ascontiguousarray(terrain.heights).tobytes(), digest_size=16)
    digest.update(np.array([terrain.west, terrain.north, terrain.cell]).tobytes())
    return digest.digest()


def _watch(progress: Progress, words: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(f"Kacheln: {words}", done / max(total, 1))


def drawn_terrain(tenant: Tenant) -> Terrain | None:
    """The ground of a tenant as it is drawn, in wider cells where it is vast; None where none is stored."""
    parts = tenant.terrain_boxes()
    if not parts:
        return None
    corners = np.array([box for box, _ in parts])
    area = float(np.prod(corners[:, 2:].max(axis=0) - corners[:, :2].min(axis=0)))
    cell = min(side for _, side in parts)
    while area / cell**2 > MOST_HEIGHTS:
        cell *= 2.0
    return tenant.terrain(cell=cell)


def _plane(crs: str, cells: NDArray[np.int64]) -> Terrain:
    """A plane at height 0 under some cells and their neighbours, where no ground is known."""
    low, high = cells.min(axis=0) - 1, cells.max(axis=0) + 2
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    near = np.zeros(shape, bool)
    row, column = high[1] - 1 - cells[:, 1], cells[:, 0] - low[0]
    for down, right in np.ndindex(3, 3):
        near[row + down - 1, column + right - 1] = True
    near = np.kron(near, np.ones((10, 10), bool)).astype(bool)
    heights = np.where(near, np.float32(0.0), np.float32(np.nan)).astype(np.float32)
    return Terrain(crs, float(low[0] * CELL), float(high[1] * CELL), CELL / 10.0, heights)


def _window(terrain: Terrain, box: Box) -> NDArray[np.float32]:
    rows = slice(
        max(int((terrain.north - box[3]) // terrain.cell), 0), max(int((terrain.north - box[1]) // terrain.cell), 0)
    )
    cols = slice(
        max(int((box[0] - terrain.west) // terrain.cell), 0), max(int((box[2] - terrain.west) // terrain.cell), 0)
    )
    return terrain.heights[rows, cols]


def _buildings(tenant: Tenant, stand: _Stand, frame: Frame) -> Callable[[Cell], Tile | None]:
    def build(cell: Cell) -> Tile | None:
        city = drape(tenant.city_of_cell(*cell, kinds=BUILT), stand.terrain)
        return building_tile(city, frame.to_local)

    return build


def _trees(tenant: Tenant, stand: _Stand, frame: Frame) -> Callable[[Cell], Tile | None]:
    def build(cell: Cell) -> Tile | None:
        city = drape(tenant.city_of_cell(*cell, kinds=[Kind.TREE]), stand.terrain)
        return tree_tile(city, frame.to_local)

    return build


def _woodland(tenant: Tenant, stand: _Stand, frame: Frame) -> Callable[[Cell], Tile | None]:
    def build(cell: Cell) -> Tile | None:
        box = cell_box(*cell)
        places = woodland_points(tenant.city(box=box, kinds=WOODED), box)
        heights = height_at(stand.terrain, places[:, 0], places[:, 1])
        known = np.isfinite(heights)
        return woodland_tile(np.column_stack([places[known], heights[known]]), frame.to_local)

    return build


def _tile_terrain(tenant: Tenant, stand: _Stand, frame: Frame, watch: Callable[[int, int], None]) -> TilingResult:
    on = land(tenant.city(kinds=PLANS))

    def paint(box: Box, width: int, height: int) -> NDArray[np.uint8]:
        # nobody looks closely where no house stands
        share = 1 if on.has_buildings(box) else 2
        return ground_picture(on, box, width // share, height // share)

    return update_terrain(
        tenant.tiles, relief(stand.terrain), paint, partial(ground_digest, on),
        frame.to_local, frame.transform, progress=watch,
    )  # fmt: skip


def _tile_confidence(tenant: Tenant, stand: _Stand, frame: Frame, watch: Callable[[int, int], None]) -> TilingResult:
    streets = land(tenant.city(kinds=(Kind.STREET, Kind.BUILDING)))
    paint, digest = confidence_paint(stand.terrain, streets), confidence_digest(stand.terrain, streets)
    return update_terrain(
        tenant.tiles, relief(stand.terrain), paint, digest, frame.to_local, frame.transform,
        layer="confidence", picture=256, progress=watch,
    )  # fmt: skip
