"""The ground on disk: one Cloud Optimized GeoTIFF per terrain part, read by window and joined."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kastor.city.terrain import Terrain
from kastor.store.changes import Change
from kastor.store.database import Database
from kastor.store.errors import StoreError

Box = tuple[float, float, float, float]

OF_PART = "SELECT key, content, west, south, east, north FROM terrain_parts WHERE part = ?"
DELETE = "DELETE FROM terrain_parts WHERE key = ?"
ADD = (
    "INSERT INTO terrain_parts (part, file, content, cell, west, south, east, north, derived, revision)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
# derived terrain first, so that measured ground lies on top of it, and the newest on top of all
IN_BOX = (
    "SELECT file, cell, west, south, east, north, derived FROM terrain_parts"
    " WHERE west < ? AND east > ? AND south < ? AND north > ? ORDER BY derived DESC, revision, key"
)
ALL = "SELECT file, cell, west, south, east, north, derived FROM terrain_parts ORDER BY derived DESC, revision, key"

OF_DATASET = (
    "SELECT t.file FROM terrain_parts t JOIN parts p ON p.key = t.part JOIN datasets d ON d.key = p.dataset"
    " WHERE d.id = ? ORDER BY t.west, t.south, t.key"
)

LARGEST = 2**28
"""Cells one reading may return."""


@dataclass(frozen=True)
class TerrainFile:
    """
    A written terrain file.

    Parameters
    ----------
    file
        Name below ``terrain/``.
    content
        Hash of place and heights, whatever the bytes of the file.
    cell, box, derived
        Side of a cell [m], west, south, east, north [m], whether the heights are not measured.
    """

    file: str
    content: str
    cell: float
    box: Box
    derived: bool


def write(change: Change, terrain: Terrain) -> TerrainFile:
    """Write the ground of a part; it counts from :func:`replace` on."""
    # rasterio takes long to import, and most loads and readings have no ground
    from kastor.store import geotiff

    content = _content(terrain)
    target = change.directory / "terrain" / f"{content}.tif"
    written = TerrainFile(target.name, content, terrain.cell, terrain.box, terrain.distance is not None)
    if target.exists():
        return written
    target.parent.mkdir(exist_ok=True)
    young = change.staging / target.name
    geotiff.write(young, terrain)
    young.rename(target)
    change.files.append(target)
    return written


def replace(change: Change, part: int, files: list[TerrainFile]) -> list[Box]:
    """Make these files the ground of a part; gives the boxes in which the ground is another than before. [m]"""
    old = {row[1]: row for row in change.execute(OF_PART, (part,)).fetchall()}
    new = {f.content: f for f in files}
    for content, row in old.items():
        if content not in new:
            change.execute(DELETE, (row[0],))
    for content, f in new.items():
        if content not in old:
            change.execute(ADD, (part, f.file, content, f.cell, *f.box, int(f.derived), change.revision))
    gone = [tuple(row[2:]) for content, row in old.items() if content not in new]
    return [*gone, *(f.box for content, f in new.items() if content not in old)]


def files_of(database: Database, dataset: str) -> list[Path]:
    """Files with the heights of a dataset; see ``Tenant.heights_of``."""
    return [database.directory / "terrain" / row[0] for row in database.reader().execute(OF_DATASET, (dataset,))]


def boxes(database: Database) -> list[tuple[Box, float]]:
    """West, south, east, north and cell side of each file. [m]"""
    return [(tuple(row[2:6]), row[1]) for row in database.reader().execute(ALL).fetchall()]


def files(database: Database, box: Box | None) -> tuple[str, ...]:
    """Names of the files, the ones on top last; see ``Tenant.terrain_files``."""
    return tuple(row[0] for row in _rows(database, box))


def _rows(database: Database, box: Box | None) -> list[Any]:
    execute = database.reader().execute
    return execute(IN_BOX, (box[2], box[0], box[3], box[1])).fetchall() if box else execute(ALL).fetchall()


def terrain(database: Database, crs: str, box: Box | None, cell: float | None) -> Terrain | None:
    """The ground in a box; see ``Tenant.terrain``."""
    files = _rows(database, box)
    if not files:
        return None
    from kastor.store import geotiff

    side = cell or min(f[1] for f in files)
    west, south, east, north = box or (
        min(f[2] for f in files), min(f[3] for f in files), max(f[4] for f in files), max(f[5] for f in files),
    )  # fmt: skip
    # on the raster of the finest file, so that its heights come back as they were stored
    finest = min(files, key=lambda f: f[1])
    first_col = int(np.floor((west - finest[2]) / side + 1e-9))
    first_row = int(np.floor((finest[5] - north) / side + 1e-9))
    cols = int(np.ceil((east - finest[2]) / side - 1e-9)) - first_col
    rows = int(np.ceil((finest[5] - south) / side - 1e-9)) - first_row
    if rows * cols > LARGEST:
        raise StoreError(f"{rows} x {cols} terrain cells are too many at once; ask for a smaller box or larger cells.")
    corner = (finest[2] + first_col * side, finest[5] - first_row * side)
    heights = np.full((rows, cols), np.nan, np.float32)
    distance = np.zeros((rows, cols), np.float32)
    for name, _, *extent, _ in files:
        geotiff.paste(database.directory / "terrain" / name, tuple(extent), corner, side, heights, distance)
    derived = any(f[6] for f in files)
    return Terrain(crs, *corner, side, heights, distance if derived else None)


def _content(terrain: Terrain) -> str:
    digest = hashlib.sha256(f"{terrain.crs} {terrain.west!r} {terrain.north!r} {terrain.cell!r}".encode())
    for layer in (terrain.heights, terrain.distance):
        if layer is not None:
            digest.update(f"{layer.shape}".encode())
            digest.update(np.ascontiguousarray(layer, np.float32).tobytes())
    return digest.hexdigest()
