"""The ground on lattices of any fineness: what all meshes of the terrain are made from.

A lattice is fixed by its spacing alone: point (i, j) lies at i and j times the spacing from the
origin of the map projection. Two neighbouring tiles therefore ask for the same points on their
shared edge and get the same heights, whoever is made first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.city.terrain import Terrain
from kastor.tiles import rtin

FAR = 65535
"""Steps to the nearest known height where none has been found yet."""

OUTLINE = 4
"""Half the side, in lattice steps, of the squares down to which the border of known ground is cut."""


@dataclass(frozen=True, eq=False)
class Relief:
    """
    A terrain ready to be meshed.

    Parameters
    ----------
    terrain
        The ground.
    heights
        Its heights, unknown cells filled from a known one nearby, shape (rows, cols), float32. [m]
    known
        Which heights are known, shape (rows, cols); None when all are.
    """

    terrain: Terrain
    heights: NDArray[np.float32]
    known: NDArray[np.bool_] | None


@dataclass(frozen=True, eq=False)
class Mesh:
    """
    The ground of one square as triangles.

    Parameters
    ----------
    vertices
        Row (from the south) and column (from the west) of each vertex on the lattice, shape (n, 2).
    triangles
        Counter-clockwise seen from above, shape (m, 3).
    heights
        Height of each vertex, shape (n,), float32. [m]
    slopes
        Rise towards east and north at each vertex, shape (n, 2), float32.
    """

    vertices: NDArray[np.int32]
    triangles: NDArray[np.int32]
    heights: NDArray[np.float32]
    slopes: NDArray[np.float32]


def relief(terrain: Terrain) -> Relief:
    """
    Prepare a terrain for meshing.

    Raises
    ------
    ValueError
        When no height is known.
    """
    heights = np.ascontiguousarray(terrain.heights, np.float32)
    known = np.isfinite(heights)
    if known.all() and heights.size:
        return Relief(terrain, heights, None)
    if not known.any():
        raise ValueError("the terrain has no known height; load heights first or start from a flat ground")
    filled = heights.copy()
    _fill(filled, np.where(known, 0, FAR).astype(np.uint16))
    return Relief(terrain, filled, known)


def square_mesh(on: Relief, row: int, column: int, side: int, step: float, max_error: float) -> Mesh | None:
    """
    Mesh of one square of the ground.

    The square is meshed together with its eight neighbours, so that the edge it shares with
    each of them gets the same vertices on both sides.

    Parameters
    ----------
    on
        The ground.
    row, column
        Number of the square north and east of the origin of the projection.
    side
        Lattice steps along the side of the square, a power of two.
    step
        Spacing of the lattice. [m]
    max_error
        Largest deviation of the mesh from the lattice heights. [m]

    Returns
    -------
    Mesh or None
        None when nothing of the square is known.
    """
    n = 3 * side + 1
    first_row, first_column = (row - 1) * side, (column - 1) * side
    heights, known = lattice(on, first_column * step, first_row * step, step, step, n, n)
    inner = slice(side, 2 * side + 1)
    if known is not None and not known[inner, inner].any():
        return None
    least = None if known is None or known.all() else _outline(known)
    found = rtin.errors(heights, side, (row - 1, column - 1), least, limit=max_error)
    vertices, triangles = rtin.mesh(np.ascontiguousarray(found[inner, inner]), max_error, (row, column))
    if known is not None:
        vertices, triangles = _only_known(vertices, triangles, known[inner, inner])
        if not len(triangles):
            return None
    r, c = vertices[:, 0] + side, vertices[:, 1] + side
    rises = np.column_stack([heights[r, c + 1] - heights[r, c - 1], heights[r + 1, c] - heights[r - 1, c]])
    slopes = (rises / (2.0 * step)).astype(np.float32)
    return Mesh(vertices, triangles, heights[r, c], slopes)


def lattice(
    on: Relief, west: float, south: float, step_east: float, step_north: float, rows: int, cols: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """
    Heights on a lattice, rows from south to north; bilinear between the centres of the terrain's cells.

    Returns
    -------
    heights
        Shape (rows, cols), float32. [m]
    known
        Where the ground is known, same shape; None when everywhere.
    """
    east = west + step_east * np.arange(cols)
    north = south + step_north * np.arange(rows)
    t = on.terrain
    x = (east - t.west) / t.cell - 0.5
    y = (t.north - north) / t.cell - 0.5
    heights = np.empty((rows, cols), np.float32)
    _bilinear(on.heights, x, y, heights)
    size = on.heights.shape
    across = (x >= -0.5) & (x <= size[1] - 0.5)
    along = (y >= -0.5) & (y <= size[0] - 0.5)
    if on.known is None and across.all() and along.all():
        return heights, None
    known = along[:, None] & across[None, :]
    if on.known is not None:
        _clear_unknown(on.known, x, y, known)
    return heights, known


def _outline(known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Errors that keep every point in the middle of a square that is known in part."""
    least = np.zeros(known.shape, np.float32)
    rows, cols = known.shape
    size = 2 * OUTLINE
    places = [(i, j) for i in (0, OUTLINE, size) for j in (0, OUTLINE, size)]
    points = np.stack([known[i : rows - size + i : size, j : cols - size + j : size] for i, j in places])
    some, every = points.any(axis=0), points.all(axis=0)
    least[OUTLINE::size, OUTLINE::size][: some.shape[0], : some.shape[1]][some & ~every] = np.inf
    return least


def _only_known(
    vertices: NDArray[np.int32], triangles: NDArray[np.int32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The triangles with a known corner, and the vertices they use."""
    has = known[vertices[:, 0], vertices[:, 1]]
    kept = triangles[has[triangles].any(axis=1)]
    used, renamed = np.unique(kept, return_inverse=True)
    return vertices[used], renamed.reshape(-1, 3).astype(np.int32)


@compiled(nogil=True)
def _fill(heights, steps):  # type: ignore[no-untyped-def]
    """Take unknown heights from the nearest known cell, counted in steps along rows and columns, in two sweeps."""
    rows, cols = heights.shape
    for sweep in range(2):
        back = sweep == 1
        for k in range(rows):
            r = rows - 1 - k if back else k
            before = r + 1 if back else r - 1
            for m in range(cols):
                c = cols - 1 - m if back else m
                beside = c + 1 if back else c - 1
                if 0 <= before < rows and steps[before, c] + 1 < steps[r, c]:
                    steps[r, c] = steps[before, c] + 1
                    heights[r, c] = heights[before, c]
                if 0 <= beside < cols and steps[r, beside] + 1 < steps[r, c]:
                    steps[r, c] = steps[r, beside] + 1
                    heights[r, c] = heights[r, beside]
    # on rasters larger than the counter some stay unreached; they are as far from all known ground
    for r in range(rows):
        for c in range(cols):
            if steps[r, c] == FAR:
                heights[r, c] = 0.0


@compiled(nogil=True)
def _bilinear(grid, x, y, out):  # type: ignore[no-untyped-def]
    rows, cols = grid.shape
    for r in range(len(y)):
        v = min(max(y[r], 0.0), rows - 1.0)
        i = min(int(v), max(rows - 2, 0))
        below = min(i + 1, rows - 1)
        fy = v - i
        for c in range(len(x)):
            u = min(max(x[c], 0.0), cols - 1.0)
            j = min(int(u), max(cols - 2, 0))
            right = min(j + 1, cols - 1)
            fx = u - j
            upper = grid[i, j] * (1.0 - fx) + grid[i, right] * fx
            lower = grid[below, j] * (1.0 - fx) + grid[below, right] * fx
            out[r, c] = upper * (1.0 - fy) + lower * fy


@compiled(nogil=True)
def scattered(grid, x, y):  # type: ignore[no-untyped-def]
    """Values of a grid at points given in its columns and rows, bilinear, those outside taken from its edge."""
    rows, cols = grid.shape
    out = np.empty(x.shape, np.float32)
    for r in range(x.shape[0]):
        for c in range(x.shape[1]):
            u, v = min(max(x[r, c], 0.0), cols - 1.0), min(max(y[r, c], 0.0), rows - 1.0)
            i, j = min(int(v), max(rows - 2, 0)), min(int(u), max(cols - 2, 0))
            below, right = min(i + 1, rows - 1), min(j + 1, cols - 1)
            fx, fy = u - j, v - i
            upper = grid[i, j] * (1.0 - fx) + grid[i, right] * fx
            lower = grid[below, j] * (1.0 - fx) + grid[below, right] * fx
            out[r, c] = upper * (1.0 - fy) + lower * fy
    return out


@compiled(nogil=True)
def _clear_unknown(grid, x, y, known):  # type: ignore[no-untyped-def]
    rows, cols = grid.shape
    for r in range(len(y)):
        i = min(max(int(np.rint(y[r])), 0), rows - 1)
        for c in range(len(x)):
            if known[r, c]:
                j = min(max(int(np.rint(x[c])), 0), cols - 1)
                known[r, c] = grid[i, j]
