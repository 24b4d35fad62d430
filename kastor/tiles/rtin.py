"""Terrain as right-triangulated irregular networks: few triangles where the ground is even, many where it is not.

Method: the ground is cut into right isosceles triangles, each halved at the middle of its
longest side as long as leaving the middle out would be wrong by more than a given height
(Evans, Kirkpatrick and Townsend). The *error map* holds for each grid point the largest
deviation, over all grid points of the two triangles that meet there, of those triangles from
the ground, and is never smaller than the errors of the finer points that need it. Drawing
exactly the points above a limit therefore gives a mesh without cracks that is nowhere
further from the grid than the limit.

The grid may hold many squares side by side. A point on the edge of a square depends on points at
most one square away; two squares computed with their neighbours around them hence agree on
their shared edge to the bit, whatever else was computed with them.

Rows run south to north, columns west to east. The diagonal of a square goes through the corner
whose lattice indices are both odd; this one rule makes every level of the hierarchy fit the next.

References
----------
.. [1] Evans, Kirkpatrick, Townsend (2001), Right-Triangulated Irregular Networks,
   Algorithmica 30, 264-286, :doi:`10.1007/s00453-001-0006-x`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled


class GridSizeError(ValueError):
    """A grid whose size does not fit the triangulation."""

    def __init__(self, rows: int, cols: int, side: int) -> None:
        super().__init__(
            f"a grid of {rows} x {cols} heights cannot be cut into squares of {side}; "
            "rows - 1 and cols - 1 must be multiples of a power of two >= 2; resample the heights first"
        )


def errors(
    heights: NDArray[np.float32],
    side: int = 0,
    corner: tuple[int, int] = (0, 0),
    least: NDArray[np.float32] | None = None,
    limit: float | None = None,
) -> NDArray[np.float32]:
    """
    What leaving out a grid point would cost.

    Parameters
    ----------
    heights
        Heights on a square lattice, every one known, rows from south to north,
        shape (a * side + 1, b * side + 1). [m]
    side
        Steps along the side of a square, a power of two; 0 for one square that fills the grid.
    corner
        Row and column of the first square among all squares; only whether they are odd matters.
    least
        Errors the points have at least, for instance infinite where a point must stay; same shape. [m]
    limit
        Errors need only be right about being above or below this: several times faster when the ``max_error`` of
        :func:`mesh` is known; None for exact errors. [m]

    Returns
    -------
    NDArray
        Largest deviation of the ground from the mesh without this point, same shape, float32. [m]

    Raises
    ------
    GridSizeError
        When the grid is no whole number of squares.
    """
    rows, cols = heights.shape
    side = side or rows - 1
    if side < 2 or side & (side - 1) or (rows - 1) % side or (cols - 1) % side or min(rows, cols) <= side:
        raise GridSizeError(rows, cols, side)
    found = np.zeros((rows, cols), np.float32) if least is None else least.astype(np.float32)
    odd = (corner[0] + corner[1]) % 2
    harmless, enough = (-1.0, np.inf) if limit is None else (limit, limit)
    _fill_errors(np.ascontiguousarray(heights, np.float32), found, side, odd, np.float32(harmless), np.float32(enough))
    return found


def mesh(
    errors: NDArray[np.float32], max_error: float, corner: tuple[int, int] = (0, 0)
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    The coarsest mesh of one square that is nowhere wrong by more than ``max_error``.

    Parameters
    ----------
    errors
        Error map of the square, as :func:`errors` gives it, shape (side + 1, side + 1). [m]
    max_error
        Largest deviation allowed. [m]
    corner
        Row and column of the square among all squares, as in :func:`errors`.

    Returns
    -------
    vertices
        Row and column of each vertex, shape (n_vertices, 2).
    triangles
        Vertices of each triangle, counter-clockwise seen from above, shape (n_triangles, 3).
    """
    rows, cols = errors.shape
    side = rows - 1
    if rows != cols or side < 2 or side & (side - 1):
        raise GridSizeError(rows, cols, side)
    flip = (corner[0] + corner[1]) % 2 == 1
    index = np.full(rows * cols, -1, np.int32)
    limit = np.float32(max_error)
    n_vertices, n_triangles = _walk(errors, limit, flip, index, np.empty((0, 2), np.int32), np.empty((0, 3), np.int32))
    vertices, triangles = np.empty((n_vertices, 2), np.int32), np.empty((n_triangles, 3), np.int32)
    index.fill(-1)
    _walk(errors, limit, flip, index, vertices, triangles)
    return vertices, triangles


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _fill_errors(h, found, side, odd, harmless, enough):  # type: ignore[no-untyped-def]
    """Errors from the finest level to the coarsest, each at least as large as those of the points that need it."""
    ramp = np.arange(side + 1).astype(np.float32)
    half = 1
    while half < side:
        _straight_level(ramp, h, found, half, harmless, enough)
        _diagonal_level(ramp, h, found, half, odd if 2 * half == side else 0, harmless, enough)
        half *= 2


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _straight_level(ramp, h, found, half, harmless, enough):  # type: ignore[no-untyped-def]
    """Points in the middle of a horizontal or vertical side of length 2 * half."""
    rows, cols = h.shape
    quarter = half // 2
    for r in range(0, rows, half):
        across = (r // half) % 2 == 0
        for c in range(half if across else 0, cols, 2 * half):
            worst = found[r, c]
            if quarter > 0:
                for i in (r - quarter, r + quarter):
                    for j in (c - quarter, c + quarter):
                        if 0 <= i < rows and 0 <= j < cols:
                            worst = max(worst, found[i, j])
            ends = h[r, c - half] + h[r, c + half] if across else h[r - half, c] + h[r + half, c]
            off = abs(h[r, c] - np.float32(0.5) * ends)
            if half == 1:
                worst = max(worst, off)
            elif worst + off <= harmless:
                # leaving this point out moves the finer triangles by at most this
                worst += off
            elif worst <= enough:
                if half == 2:
                    worst = max(worst, _small_diamond(h, r, c, across))
                elif across:
                    worst = max(worst, _beside_row(ramp, h, r, c, half))
                else:
                    worst = max(worst, _beside_column(ramp, h, r, c, half))
            found[r, c] = worst


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _diagonal_level(ramp, h, found, half, odd, harmless, enough):  # type: ignore[no-untyped-def]
    """Points in the middle of a square of side 2 * half."""
    rows, cols = h.shape
    for r in range(half, rows, 2 * half):
        for c in range(half, cols, 2 * half):
            worst = max(found[r, c], max(found[r - half, c], found[r + half, c]))
            worst = max(worst, max(found[r, c - half], found[r, c + half]))
            flip = (r // (2 * half) + c // (2 * half) + odd) % 2 == 1
            west, east = (c + half, c - half) if flip else (c - half, c + half)
            off = abs(h[r, c] - np.float32(0.5) * (h[r - half, west] + h[r + half, east]))
            if half == 1:
                worst = max(worst, off)
            elif worst + off <= harmless:
                worst += off
            elif worst <= enough:
                if half == 2:
                    worst = max(worst, _small_square(h, r - 2, c - 2, flip))
                else:
                    worst = max(worst, _in_square(ramp, h, r - half, c - half, 2 * half, flip))
            found[r, c] = worst


@compiled(nogil=True, fastmath={"nnan", "nsz"}, inline="always")
def _small_diamond(h, r, c, across):  # type: ignore[no-untyped-def]
    """Largest deviation from the two triangles on the side of length 4 around (r, c), written out for speed."""
    if across:
        before, after = h[r, c - 2], h[r, c + 2]
        low, high = h[r, c - 1], h[r, c + 1]
    else:
        before, after = h[r - 2, c], h[r + 2, c]
        low, high = h[r - 1, c], h[r + 1, c]
    middle = np.float32(0.5) * (before + after)
    step = np.float32(0.25) * (after - before)
    worst = max(abs(h[r, c] - middle), max(abs(low - (middle - step)), abs(high - (middle + step))))
    for way in (-1, 1):
        i, j = (r + way, c) if across else (r, c + way)
        if i < 0 or j < 0 or i >= h.shape[0] or j >= h.shape[1]:
            continue
        apex = h[r + 2 * way, c] if across else h[r, c + 2 * way]
        low, high = (h[i, j - 1], h[i, j + 1]) if across else (h[i - 1, j], h[i + 1, j])
        base = np.float32(0.5) * (middle + apex)
        worst = max(worst, max(abs(h[i, j] - base), max(abs(low - (base - step)), abs(high - (base + step)))))
    return worst


@compiled(nogil=True, fastmath={"nnan", "nsz"}, inline="always")
def _small_square(h, r, c, flip):  # type: ignore[no-untyped-def]
    """Largest deviation from the two triangles of the square of side 4 at (r, c), written out for speed."""
    # mirrored so that the diagonal always runs from the first corner to the last
    first, way = (c + 4, -1) if flip else (c, 1)
    start, end = h[r, first], h[r + 4, first + 4 * way]
    beside, above = h[r, first + 4 * way], h[r + 4, first]
    quarter = np.float32(0.25)
    x_low, y_low = quarter * (beside - start), quarter * (end - beside)
    x_high, y_high = quarter * (end - above), quarter * (above - start)
    worst = np.float32(0.0)
    for j in range(5):
        for i in range(5):
            x, y = (x_low, y_low) if i > j else (x_high, y_high)
            off = abs(h[r + j, first + i * way] - (start + x * np.float32(i) + y * np.float32(j)))
            worst = max(worst, off)
    return worst


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _beside_row(ramp, h, r, c, half):  # type: ignore[no-untyped-def]
    """Largest deviation from the two triangles on the horizontal side around (r, c)."""
    west, east = h[r, c - half], h[r, c + half]
    middle = np.float32(0.5) * (west + east)
    slope = (east - west) / np.float32(2 * half)
    worst = np.float32(0.0)
    for way in (-1, 1):
        apex = r + way * half
        if apex < 0 or apex >= h.shape[0]:
            continue
        rise = (h[apex, c] - middle) / np.float32(half)
        for j in range(half):
            worst = max(
                worst,
                _along(ramp, h, r + way * j, c - half + j, c + half - j + 1, c, middle + rise * np.float32(j), slope),
            )
    return worst


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _beside_column(ramp, h, r, c, half):  # type: ignore[no-untyped-def]
    """Largest deviation from the two triangles on the vertical side around (r, c)."""
    south, north = h[r - half, c], h[r + half, c]
    middle = np.float32(0.5) * (south + north)
    rise = (north - south) / np.float32(2 * half)
    west = c - half
    east = c + half
    slope_west = (middle - h[r, west]) / np.float32(half) if west >= 0 else np.float32(0.0)
    slope_east = (h[r, east] - middle) / np.float32(half) if east < h.shape[1] else np.float32(0.0)
    worst = np.float32(0.0)
    for j in range(1 - half, half):
        reach = half - abs(j)
        base = middle + rise * np.float32(j)
        if west >= 0:
            worst = max(worst, _along(ramp, h, r + j, c - reach, c + 1, c, base, slope_west))
        if east < h.shape[1]:
            worst = max(worst, _along(ramp, h, r + j, c, c + reach + 1, c, base, slope_east))
    return worst


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _in_square(ramp, h, r, c, size, flip):  # type: ignore[no-untyped-def]
    """Largest deviation from the two triangles of the square with south-west corner (r, c)."""
    sw, se, nw, ne = h[r, c], h[r, c + size], h[r + size, c], h[r + size, c + size]
    low, high = (se - sw) / np.float32(size), (ne - nw) / np.float32(size)
    worst = np.float32(0.0)
    for j in range(size + 1):
        left = sw + (nw - sw) / np.float32(size) * np.float32(j)
        right = se + (ne - se) / np.float32(size) * np.float32(j)
        if flip:
            # the diagonal runs from the south-east to the north-west
            worst = max(worst, _along(ramp, h, r + j, c, c + size - j + 1, c, left, low))
            worst = max(worst, _along(ramp, h, r + j, c + size - j, c + size + 1, c + size, right, high))
        else:
            worst = max(worst, _along(ramp, h, r + j, c, c + j + 1, c, left, high))
            worst = max(worst, _along(ramp, h, r + j, c + j, c + size + 1, c + size, right, low))
    return worst


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _along(ramp, h, r, start, stop, origin, base, slope):  # type: ignore[no-untyped-def]
    """Largest deviation of a run of heights from a line that is ``base`` high at ``origin``."""
    first = base + slope * np.float32(start - origin)
    worst = np.int32(0)
    for i in range(stop - start):
        off = abs(h[r, start + i] - (first + slope * ramp[i]))
        # positive floats order like their bits, and compilers only find the maximum of integers in parallel
        worst = max(worst, np.float32(off).view(np.int32))
    return np.int32(worst).view(np.float32)


@compiled(nogil=True, fastmath={"nnan", "nsz"})
def _walk(errors, limit, flip, index, vertices, triangles):  # type: ignore[no-untyped-def]
    """Split triangles from the whole square down; count them, and write them down when there is room."""
    side = errors.shape[0] - 1
    write = len(triangles) > 0
    n_vertices = 0
    n_triangles = 0
    stack = np.empty((64, 6), np.int64)
    if flip:
        stack[0] = (side, 0, 0, side, side, side)
        stack[1] = (0, side, side, 0, 0, 0)
    else:
        stack[0] = (side, side, 0, 0, 0, side)
        stack[1] = (0, 0, side, side, side, 0)
    depth = 2
    while depth > 0:
        depth -= 1
        ar, ac, br, bc, cr, cc = stack[depth]
        mr, mc = (ar + br) >> 1, (ac + bc) >> 1
        if abs(ar - cr) + abs(ac - cc) > 1 and errors[mr, mc] > limit:
            stack[depth] = (cr, cc, ar, ac, mr, mc)
            stack[depth + 1] = (br, bc, cr, cc, mr, mc)
            depth += 2
            continue
        for corner in range(3):
            r, c = (ar, ac) if corner == 0 else ((br, bc) if corner == 1 else (cr, cc))
            at = r * (side + 1) + c
            if index[at] < 0:
                index[at] = n_vertices
                if write:
                    vertices[n_vertices, 0] = r
                    vertices[n_vertices, 1] = c
                n_vertices += 1
            if write:
                triangles[n_triangles, corner] = index[at]
        n_triangles += 1
    return n_vertices, n_triangles
