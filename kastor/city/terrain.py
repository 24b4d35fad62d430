"""The ground as a regular grid of heights.

The same array feeds the terrain of the scene, the clamping of objects and every simulation,
so they can never drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class Terrain:
    """
    Heights at the centres of square cells, first row in the north, first column in the west.

    Parameters
    ----------
    crs
        Plane and height reference system, such as ``"EPSG:25832+7837"``.
    west, north
        Outer corner of the first cell. [m]
    cell
        Side of a cell. [m]
    heights
        Height of each cell, NaN where unknown, shape (rows, cols), float32. [m]
    distance
        How far the nearest measured height is, the confidence of a derived terrain; None when
        every height is measured; shape (rows, cols), float32. [m]
    """

    crs: str
    west: float
    north: float
    cell: float
    heights: NDArray[np.float32]
    distance: NDArray[np.float32] | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge. [m]"""
        rows, cols = self.heights.shape
        return (self.west, self.north - rows * self.cell, self.west + cols * self.cell, self.north)


def known_box(terrain: Terrain) -> tuple[float, float, float, float]:
    """West, south, east and north edge of the heights that are known; those of the grid when none is. [m]"""
    known = np.isfinite(terrain.heights)
    rows, cols = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
    if not len(rows):
        return terrain.box
    side = terrain.cell
    return (
        terrain.west + float(cols[0]) * side, terrain.north - float(rows[-1] + 1) * side,
        terrain.west + float(cols[-1] + 1) * side, terrain.north - float(rows[0]) * side,
    )  # fmt: skip


def height_at(terrain: Terrain, east: ArrayLike, north: ArrayLike) -> NDArray[np.float64]:
    """
    Height of the ground at some points, bilinear between cell centres.

    Parameters
    ----------
    east, north
        Coordinates in the terrain's reference system, shape (n,). [m]

    Returns
    -------
    NDArray
        Height, NaN outside the grid or next to unknown cells, shape (n,). [m]
    """
    rows, cols = terrain.heights.shape
    x = (np.asarray(east, np.float64) - terrain.west) / terrain.cell - 0.5
    y = (terrain.north - np.asarray(north, np.float64)) / terrain.cell - 0.5
    inside = (x >= -0.5) & (x <= cols - 0.5) & (y >= -0.5) & (y <= rows - 0.5)
    x, y = np.clip(np.nan_to_num(x), 0, cols - 1), np.clip(np.nan_to_num(y), 0, rows - 1)
    col = np.minimum(x.astype(np.int64), max(cols - 2, 0))
    row = np.minimum(y.astype(np.int64), max(rows - 2, 0))
    right, below = np.minimum(col + 1, cols - 1), np.minimum(row + 1, rows - 1)
    fx, fy = x - col, y - row
    h = terrain.heights
    # the weights are float64 and make the sums so; converting the whole grid for a few points would cost more
    upper = h[row, col] * (1 - fx) + h[row, right] * fx
    lower = h[below, col] * (1 - fx) + h[below, right] * fx
    return np.where(inside, upper * (1 - fy) + lower * fy, np.nan)
