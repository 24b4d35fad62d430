"""What of a tenant is to be drawn: its cells with the hashes of their content, and the ground under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kastor.city.cells import CELL, cell_box
from kastor.city.model import City, Kind
from kastor.city.terrain import Terrain
from kastor.store import Tenant
from kastor.tiles.tileset import CellContent

MOST_HEIGHTS = 60_000_000
"""Heights of a terrain drawn at once; above that its cells are widened."""

Cell = tuple[int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Stand:
    """
    What is stored, as tiling sees it.

    Parameters
    ----------
    tenant
        Where it is stored.
    cells
        Column and row, shape (n, 2).
    boxes
        West, south, east, north of what each cell holds, shape (n, 4). [m]
    hashes
        Content hash of each cell.
    counts
        Objects in each cell by the name of their kind.
    terrain
        The ground to draw.
    surveyed
        Whether any height of the ground is known at all.
    ground
        Stands for the ground.
    """

    tenant: Tenant
    cells: NDArray[np.int64]
    boxes: NDArray[np.float64]
    hashes: list[str]
    counts: list[Mapping[str, int]]
    terrain: Terrain
    surveyed: bool
    ground: bytes

    @staticmethod
    def of(tenant: Tenant) -> Stand | None:
        """What stands of a tenant; None when that is nothing with a place."""
        states = [s for s in tenant.cells() if s.box is not None]
        if not states:
            return None
        cells = np.array([(s.column, s.row) for s in states], np.int64)
        boxes = np.array([(s.box[0], s.box[1], s.box[3], s.box[4]) for s in states if s.box])
        hashes, counts = [s.hash for s in states], [s.counts for s in states]
        stored, digest = _stored_ground(tenant, tenant.terrain_files())
        if stored is not None:
            return Stand(tenant, cells, boxes, hashes, counts, stored, True, digest)
        built = np.array(["building" in c for c in counts], bool)
        plane = _plane(tenant.crs, cells[built] if built.any() else cells)
        return Stand(tenant, cells, boxes, hashes, counts, plane, False, _ground_digest(plane))

    def city(self, kinds: Iterable[Kind], cells: Iterable[Cell] | None = None, box: Box | None = None) -> City:
        """Objects of some kinds; all, those of some cells, or those that reach into a box."""
        return self.tenant.city(cells=cells, box=box, kinds=kinds)

    def cities(self, kinds: Iterable[Kind], leaves: Sequence[Sequence[Cell]]) -> tuple[City, NDArray[np.int64]]:
        """Objects of some kinds of the cells of some tiles, and which of the tiles each belongs to."""
        return self.tenant.cities(leaves, kinds)

    def cells_with(self, kinds: Iterable[Kind]) -> list[CellContent]:
        """Cells that hold objects of some kinds."""
        names = [kind.name.lower() for kind in kinds]
        found = []
        for (column, row), counts, content in zip(self.cells.tolist(), self.counts, self.hashes, strict=True):
            objects = sum(counts.get(name, 0) for name in names)
            if objects:
                found.append(CellContent(column, row, self.digest([content]), objects))
        return found

    def cells_near(self, kinds: Iterable[Kind]) -> list[CellContent]:
        """All cells that objects of some kinds reach into, where ground is drawn."""
        names = {kind.name.lower() for kind in kinds}
        reaching = np.array([not names.isdisjoint(counts) for counts in self.counts], bool)
        found = []
        west, south, east, north = self.terrain.box
        for column in range(int(west // CELL), int(np.ceil(east / CELL))):
            for row in range(int(south // CELL), int(np.ceil(north / CELL))):
                box = cell_box(column, row)
                near = np.flatnonzero(reaching & self.meeting(box))
                if len(near) and np.isfinite(_window(self.terrain, box)).any():
                    hashes = [self.hashes[i] for i in near.tolist()]
                    found.append(CellContent(column, row, self.digest(hashes), len(near)))
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
    digest = blake2b(np.ascontiguousarray(terrain.heights).data, digest_size=16)
    digest.update(np.array([terrain.west, terrain.north, terrain.cell]).tobytes())
    return digest.digest()


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
