"""Blocks that grow together: neighbours of like height become one outline, on a grid of squares.

The outlines are drawn into a grid, gaps of up to two squares between blocks of one height class
are closed, and the edges of what is connected are walked around. Unlike a union of polygons this
takes the same short time however badly the outlines overlap, and it cannot fail. Slanting walls
come out as stairs, which a simplification wider than a stair straightens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import owner
from kastor.city.strings import ranges
from kastor.tiles.outlines import Outlines

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


def grown_together(outlines: Outlines, height_class: NDArray[np.uint8], square: float) -> Grown:
    """
    Let blocks of one class grow together.

    Parameters
    ----------
    outlines
        Of the blocks.
    height_class
        1, 2, ...: only blocks of one class join, shape (n_blocks,).
    square
        Side of a square; larger if the grid would become too large. [m]
    """
    xy = outlines.xy
    low, high = xy.min(axis=0), xy.max(axis=0)
    square = max(square, float((high - low).max()) / _LARGEST)
    corner = np.floor(low / square) - 2.0
    cols, rows = ((np.ceil(high / square) - corner).astype(np.int64) + 2).tolist()
    shape = (rows, cols)
    drawn, block = _drawn(replace(outlines, xy=xy / square - corner), shape)
    classes = np.zeros(shape, np.uint8)
    classes.reshape(-1)[drawn] = height_class[block]
    region = _regions(_closed(classes))
    corners, offsets, ring_region = _rings(region)
    regions = int(ring_region.max(initial=0)) + 1
    pairs, squares = np.unique(block * regions + region.reshape(-1)[drawn], return_counts=True)
    return Grown(
        xy=(corners + corner) * square,
        vertex_offsets=offsets,
        ring_region=ring_region - 1,
        block=pairs // regions,
        region=pairs % regions - 1,
        squares=squares,
    )


def _drawn(outlines: Outlines, shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Squares whose middle lies in an outline, ascending, and the block of each, of several the last."""
    xy, vertex_offsets = outlines.xy, outlines.vertex_offsets
    rows, cols = shape
    following = np.arange(1, len(xy) + 1)
    following[vertex_offsets[1:] - 1] = vertex_offsets[:-1]
    # rows whose middle an edge crosses
    y, other = xy[:, 1], xy[following, 1]
    first = np.ceil(np.minimum(y, other) - 0.5).astype(np.int64)
    crossings = np.ceil(np.maximum(y, other) - 0.5).astype(np.int64) - first
    edge = np.repeat(np.arange(len(xy)), crossings)
    row = first[edge] + _counted(crossings)
    start, end = xy[edge], xy[following[edge]]
    along = (row + 0.5 - start[:, 1]) / (end[:, 1] - start[:, 1])
    col = np.ceil(start[:, 0] + along * (end[:, 0] - start[:, 0]) - 0.5).astype(np.int64)
    # of the crossings of a row every other one leads out of the block again
    block = owner(outlines.vertex_offsets[outlines.ring_offsets])[edge]
    order = np.argsort((block * rows + row) * cols + col)
    into, out = order[::2], order[1::2]
    widths = col[out] - col[into]
    squares = np.repeat(row[into] * cols + col[into], widths) + _counted(widths)
    grid = np.zeros(rows * cols, np.int32)
    grid[squares] = np.repeat(block[into] + 1, widths)
    filled = np.flatnonzero(grid != 0)
    return filled, grid[filled].astype(np.int64) - 1


def _counted(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, 2, ... as far as each count, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) - np.repeat(ends - counts, counts)


def _closed(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grid with gaps of up to two squares filled; between two classes with the lower one."""
    wide = classes
    for choose in (np.maximum, np.minimum):
        tall = wide.copy()
        choose(tall[1:], wide[:-1], out=tall[1:])
        choose(tall[:-1], wide[1:], out=tall[:-1])
        wide = tall.copy()
        choose(wide[:, 1:], tall[:, :-1], out=wide[:, 1:])
        choose(wide[:, :-1], tall[:, 1:], out=wide[:, :-1])
    np.copyto(wide, classes, where=classes != 0)
    return wide


def _regions(classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Number of the connected region (from 1) each square of a class belongs to, 0 elsewhere."""
    flat = classes.reshape(-1)
    squares = np.flatnonzero(flat != 0)
    own = flat[squares]
    run = np.cumsum(np.append(True, (np.diff(squares) != 1) | (np.diff(own) != 0))[: len(squares)])
    region = np.zeros(classes.shape, np.int32)
    region.reshape(-1)[squares] = run
    # runs of squares that touch those in the row below
    below = squares - classes.shape[1]
    joined = flat[below] == own
    label = _connected(run[joined], region.reshape(-1)[below[joined]].astype(np.int64), int(run.max(initial=0)) + 1)
    number = np.unique(label, return_inverse=True)[1]
    region.reshape(-1)[squares] = number[run]
    return region


def _connected(one: NDArray[np.int64], other: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The least number each of ``count`` numbers is linked with, over any number of links."""
    least = np.arange(count)
    while True:
        a, b = least[one], least[other]
        if (a == b).all():
            return least
        np.minimum.at(least, np.maximum(a, b), np.minimum(a, b))
        while (least[least] != least).any():
            least = least[least]


def _rings(region: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """
    Rings around all regions, region on the left: corners, offsets, region of each ring; outer rings come first.

    An edge between two regions is named by the square on its left and its way: 0 east, 1 north, 2 west, 3 south.
    """
    squares = np.flatnonzero(region.reshape(-1) != 0)
    bends = [_bends(region, squares, way) for way in range(4)]
    places = [_place(region, bend.square, way) for way, bend in enumerate(bends)]
    first = np.cumsum([0, *(len(place) for place in places)])
    following = []
    for way, bend in enumerate(bends):
        found = np.empty(len(bend.square), np.int64)
        for left in (True, False):
            chosen = np.flatnonzero(bend.left == left)
            onward = (way + (1 if left else 3)) % 4
            found[chosen] = first[onward] + np.searchsorted(places[onward], _place(region, bend.onward[chosen], onward))
        following.append(found)
    order, offsets = _walked(np.concatenate(following).tolist())
    row, col = np.divmod(np.concatenate([bend.square for bend in bends]), region.shape[1])
    ways = np.repeat(np.arange(4), np.diff(first))
    # where the edge ends
    corners = np.column_stack([col + (ways < 2), row + ((ways == 1) | (ways == 2))]).astype(np.float64)
    of_ring = region[row[order[offsets[:-1]]], col[order[offsets[:-1]]]].astype(np.int64)
    by_region = np.argsort(of_ring, kind="stable")
    kept, sorted_offsets = ranges(offsets, by_region)
    return corners[order[kept]], sorted_offsets, of_ring[by_region]


@dataclass(frozen=True, eq=False)
class _Bends:
    """Edges of one way after which the ring turns: their squares, whether to the left, squares of the next edges."""

    square: NDArray[np.int64]
    left: NDArray[np.bool_]
    onward: NDArray[np.int64]


def _bends(region: NDArray[np.int32], squares: NDArray[np.int64], way: int) -> _Bends:
    """The edges of a way that end in a corner, in the order of :func:`_place`."""
    flat, cols = region.reshape(-1), region.shape[1]
    steps = (1, cols, -1, -cols)
    ahead, right = steps[way], steps[way - 1]
    own = flat[squares]
    edges = flat[squares + right] != own
    squares, own = squares[edges], own[edges]
    left = flat[squares + ahead] != own
    turns = left | (flat[squares + ahead + right] == own)
    squares, left = squares[turns], left[turns]
    order = np.argsort(_place(region, squares, way))
    squares, left = squares[order], left[order]
    return _Bends(squares, left, np.where(left, squares, squares + ahead + right))


def _place(region: NDArray[np.int32], squares: NDArray[np.int64], way: int) -> NDArray[np.int64]:
    """Numbers that grow along the lines of a way: the edge behind one on its line has the next number."""
    rows, cols = region.shape
    place = squares if way % 2 == 0 else squares % cols * rows + squares // cols
    return place if way < 2 else -place


def _walked(following: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The members of each ring of a permutation in turn, and where each ring begins."""
    order: list[int] = []
    offsets = [0]
    seen = bytearray(len(following))
    for start in range(len(following)):
        if seen[start]:
            continue
        at = start
        while not seen[at]:
            seen[at] = 1
            order.append(at)
            at = following[at]
        offsets.append(len(order))
    return np.array(order, np.int64), np.array(offsets, np.int64)
