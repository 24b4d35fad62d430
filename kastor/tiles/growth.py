"""Blocks that grow together: neighbours of like height become one outline, on a grid of squares.

The outlines are drawn into a grid, gaps of up to two squares between blocks of one height class
are closed, and the edges of what is connected are walked around. Unlike a union of polygons this
takes the same short time however badly the outlines overlap, and it cannot fail. Slanting walls
come out as stairs, which a simplification wider than a stair straightens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LARGEST = 4096
"""Squares along a side of the grid at most."""


@dataclass(frozen=True, eq=False)
class Grown:
    """
    Regions of squares.

    Parameters
    ----------
    xy
        Corners of the rings, first not repeated; regions to the left, shape (n, 2). [m]
    vertex_offsets
        Corners of each ring.
    ring_region
        Region each ring bounds, ascending, outer ring first.
    block, region
        Each pair of a block and a region it has squares in.
    squares
        How many, for each pair.
    """

    xy: NDArray[np.float64]
    vertex_offsets: NDArray[np.int64]
    ring_region: NDArray[np.int64]
    block: NDArray[np.int64]
    region: NDArray[np.int64]
    squares: NDArray[np.int64]


def grown_together(
    xy: NDArray[np.float64],
    vertex_offsets: NDArray[np.int64],
    ring_offsets: NDArray[np.int64],
    height_class: NDArray[np.uint8],
    square: float,
) -> Grown:
    """
    Let blocks of one class grow together.

    Parameters
    ----------
    xy, vertex_offsets, ring_offsets
        Outlines as ragged rings, shape of ``xy`` (n, 2). [m]
    height_class
        1, 2, ...: only blocks of one class join, shape (n_blocks,).
    square
        Side of a square; larger if the grid would become too large. [m]
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    square = max(square, float((high - low).max()) / _LARGEST)
    corner = np.floor(low / square) - 2.0
    size = (np.ceil(high / square) - corner).astype(np.int64) + 2
    block = _drawn(xy / square - corner, vertex_offsets, ring_offsets, int(size[1]), int(size[0]))
    classes = _closed(np.concatenate([np.zeros(1, np.uint8), height_class])[block])
    region, count = _regions(classes)
    flat = region.reshape(-1)
    filled = np.flatnonzero(flat)
    lower = filled[flat[filled] != flat[filled - region.shape[1]]]
    found, offsets, owners = _edges(region, np.column_stack(np.divmod(lower, region.shape[1])))
    order = np.argsort(owners, kind="stable")
    counts = np.diff(offsets)[order]
    starts = offsets[:-1][order]
    new_offsets = np.concatenate([[0], np.cumsum(counts)])
    positions = np.arange(new_offsets[-1]) + np.repeat(starts - new_offsets[:-1], counts)
    drawn = block.reshape(-1)[filled].astype(np.int64)
    pair = (drawn - 1) * (count + 1) + flat[filled]
    pairs, squares = np.unique(pair[drawn > 0], return_counts=True)
    return Grown(
        xy=(found[positions] + corner) * square,
        vertex_offsets=new_offsets,
        ring_region=owners[order] - 1,
        block=pairs // (count + 1),
        region=pairs % (count + 1) - 1,
        squares=squares,
    )


@njit(cache=True)
def _drawn(
    xy: NDArray[np.float64], vertex_offsets: NDArray[np.int64], ring_offsets: NDArray[np.int64], rows: int, cols: int
) -> NDArray[np.int32]:
    """Number of the block (from 1) whose outline holds the middle of each square, 0 where none."""
    grid = np.zeros((rows, cols), np.int32)
    crossings = np.empty(len(xy) + 1)
    for block in range(len(ring_offsets) - 1):
        first, last = vertex_offsets[ring_offsets[block]], vertex_offsets[ring_offsets[block + 1]]
        if last - first < 3:
            continue
        low, high = np.inf, -np.inf
        for i in range(first, last):
            low, high = min(low, xy[i, 1]), max(high, xy[i, 1])
        for row in range(int(np.ceil(low - 0.5)), int(np.ceil(high - 0.5))):
            y = row + 0.5
            n = 0
            for ring in range(ring_offsets[block], ring_offsets[block + 1]):
                start, end = vertex_offsets[ring], vertex_offsets[ring + 1]
                for i in range(start, end):
                    j = i + 1 if i + 1 < end else start
                    if (xy[i, 1] <= y) != (xy[j, 1] <= y):
                        along = (y - xy[i, 1]) / (xy[j, 1] - xy[i, 1])
                        crossings[n] = xy[i, 0] + along * (xy[j, 0] - xy[i, 0])
                        n += 1
            for i in range(1, n):
                value, j = crossings[i], i
                while j > 0 and crossings[j - 1] > value:
                    crossings[j] = crossings[j - 1]
                    j -= 1
                crossings[j] = value
            for pair in range(0, n - 1, 2):
                for col in range(int(np.ceil(crossings[pair] - 0.5)), int(np.ceil(crossings[pair + 1] - 0.5))):
                    grid[row, col] = block + 1
    return grid


def _closed(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grid with narrow gaps between squares of one class filled, tall classes first."""
    result = classes.copy()
    found = np.flatnonzero(np.bincount(classes.reshape(-1), minlength=1))
    for number in found[found > 0][::-1].tolist():
        mask = classes == number
        for join in (np.logical_or, np.logical_and):
            wide = mask.copy()
            join(wide[1:], mask[:-1], out=wide[1:])
            join(wide[:-1], mask[1:], out=wide[:-1])
            mask = wide.copy()
            join(mask[:, 1:], wide[:, :-1], out=mask[:, 1:])
            join(mask[:, :-1], wide[:, 1:], out=mask[:, :-1])
        result[mask & (result == 0)] = number
    return result


@njit(cache=True)
def _regions(classes: NDArray[np.uint8]) -> tuple[NDArray[np.int32], int]:
    """Number of the connected region (from 1) each square of a class belongs to, and how many there are."""
    rows, cols = classes.shape
    region = np.zeros((rows, cols), np.int32)
    stack = np.empty((1024, 2), np.int32)
    count = 0
    for row in range(rows):
        for col in range(cols):
            if classes[row, col] == 0 or region[row, col] != 0:
                continue
            count += 1
            region[row, col] = count
            stack[0, 0], stack[0, 1] = row, col
            n = 1
            while n > 0:
                n -= 1
                r, c = stack[n, 0], stack[n, 1]
                if n + 4 > len(stack):
                    longer = np.empty((2 * len(stack), 2), np.int32)
                    longer[: len(stack)] = stack
                    stack = longer
                for step in range(4):
                    a = r + (step == 0) - (step == 1)
                    b = c + (step == 2) - (step == 3)
                    if 0 <= a < rows and 0 <= b < cols and region[a, b] == 0 and classes[a, b] == classes[row, col]:
                        region[a, b] = count
                        stack[n, 0], stack[n, 1] = a, b
                        n += 1
    return region, count


@njit(cache=True)
def _edges(
    region: NDArray[np.int32], lower: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """
    Rings around all regions, region on the left: corners, offsets, region of each ring; outer rings come first.

    ``lower`` are the squares whose lower edge bounds a region: every ring has one, walked eastwards.
    """
    rows, cols = region.shape
    done = np.zeros((rows, cols), np.bool_)
    corners = np.empty((1024, 2))
    offsets = np.zeros(len(lower) + 1, np.int64)
    owners = np.zeros(len(lower), np.int64)
    n = rings = 0
    for row, col in lower:
        here = region[row, col]
        if done[row, col]:
            continue
        x, y, way = col, row, 0
        while True:
            if way == 0:
                done[y, x] = True
            if n + 1 >= len(corners):
                longer = np.empty((2 * len(corners), 2))
                longer[: len(corners)] = corners
                corners = longer
            ahead_x = x + (way == 0) - (way == 2)
            ahead_y = y + (way == 1) - (way == 3)
            # squares left and right of the edge that would go on straight
            if way == 0:
                left, right = region[ahead_y, ahead_x], region[ahead_y - 1, ahead_x]
            elif way == 1:
                left, right = region[ahead_y, ahead_x - 1], region[ahead_y, ahead_x]
            elif way == 2:
                left, right = region[ahead_y - 1, ahead_x - 1], region[ahead_y, ahead_x - 1]
            else:
                left, right = region[ahead_y - 1, ahead_x], region[ahead_y - 1, ahead_x - 1]
            turn = 0
            if left != here:
                turn = 1
            elif right == here:
                turn = 3
            x, y = ahead_x, ahead_y
            if turn != 0:
                corners[n, 0], corners[n, 1] = x, y
                n += 1
                way = (way + turn) % 4
            if x == col and y == row and way == 0:
                break
        owners[rings] = here
        rings += 1
        offsets[rings] = n
    return corners[:n], offsets[: rings + 1], owners[:rings]
