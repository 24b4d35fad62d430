"""Where rain would stand if it had all the time to run there: the first answer, before anything flows.

Every hollow fills with the rain of its catchment and spills what it cannot hold into the next one
below. No times, no speeds, and no water on slopes. Hollows within hollows count as one as soon as
they share a level of spilling.

Method: cells are visited from the border upwards (priority flood; Barnes, Lehman and Mulla 2014,
doi:10.1016/j.cageo.2013.04.024), by whole millimetres of height, so that no sorting is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.simulations.faces import WALL
from kastor.simulations.scene import Ground, Roofs, SceneError

I4 = NDArray[np.int32]
F8 = NDArray[np.float64]

MOST_LEVELS = 20_000_000
"""Greatest difference of heights. [mm]"""


@dataclass(frozen=True, eq=False)
class Ponds:
    """
    Water standing in hollows.

    Parameters
    ----------
    depth
        Shape (rows, cols). [m]
    stored, left
        Water in the hollows and water that ran out over the border. [m³]
    """

    depth: F8
    stored: float
    left: float


def ponds(ground: Ground, rain: float, roofs: Roofs | None = None, lost: F8 | None = None) -> Ponds:
    """
    Where some rain would stand.

    Parameters
    ----------
    ground
        Water leaves over the whole border, and to where the ground is unknown.
    rain
        Depth. [m]
    roofs
        Where the rain of roofs goes.
    lost
        What each class of surface takes of the rain, shape (n,). [m]

    Raises
    ------
    SceneError
        When there is no ground, or its heights differ by more than ``MOST_LEVELS``.
    """
    known = np.isfinite(ground.heights)
    free = known & (ground.surface != WALL)
    if not free.any():
        raise SceneError(
            "there is no free ground in this area; load a terrain model of it first",
            "in diesem Gebiet gibt es kein freies Gelände; laden Sie zuerst ein Geländemodell davon",
        )
    lowest = float(ground.heights[free].min())
    if ground.heights[free].max() - lowest > MOST_LEVELS / 1000:
        raise SceneError(
            "heights differ by more than 20 km; check the unit of the terrain model, metres are needed",
            "Höhen liegen mehr als 20 km auseinander; prüfen Sie die Einheit des Geländemodells, es müssen Meter sein",
        )
    level = np.where(free, np.rint((np.where(free, ground.heights, lowest) - lowest) * 1000), -1).astype(np.int32)
    water = np.where(free, rain, 0.0)
    if lost is not None:
        taken = np.append(lost, np.zeros(256 - len(lost)))
        water = np.maximum(water - taken[ground.surface], 0.0)
    if roofs is not None:
        water[tuple(roofs.cells.T)] += rain * roofs.areas / ground.cell**2
    filled, order, parent = _flooded(level, _outlets(level, known))
    pool = _pools(filled, level, order)
    held, left = _held(filled, level, pool, order, parent, water)
    depth = _standing(filled, level, pool, held)
    depth += _enclosed(level, filled, water)
    area = ground.cell**2
    return Ponds(depth, float(depth.sum()) * area, left * area)


def drainage(heights: NDArray[np.floating]) -> tuple[I4, I4]:
    """
    Where the ground drains to, over the lowest way out.

    Parameters
    ----------
    heights
        NaN where unknown, shape (rows, cols). [m]

    Returns
    -------
    tuple
        Cells from the outlets upwards, flat, each after the one it drains to; and the cell each drains to, flat, -1
        over the border or into unknown ground.

    Raises
    ------
    SceneError
        When there is no ground, or its heights differ by more than ``MOST_LEVELS``.
    """
    known = np.isfinite(heights)
    if not known.any():
        raise SceneError(
            "there is no ground in this area; load a terrain model of it first",
            "in diesem Gebiet gibt es kein Gelände; laden Sie zuerst ein Geländemodell davon",
        )
    lowest = float(heights[known].min())
    if heights[known].max() - lowest > MOST_LEVELS / 1000:
        raise SceneError(
            "heights differ by more than 20 km; check the unit of the terrain model, metres are needed",
            "Höhen liegen mehr als 20 km auseinander; prüfen Sie die Einheit des Geländemodells, es müssen Meter sein",
        )
    level = np.where(known, np.rint((np.where(known, heights, lowest) - lowest) * 1000), -1).astype(np.int32)
    _, order, parent = _flooded(level, _outlets(level, known))
    return order, parent


def _outlets(level: I4, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells at the border or beside unknown ground."""
    beyond = np.pad(~known, 1, constant_values=True)
    beside = beyond[:-2, 1:-1] | beyond[2:, 1:-1] | beyond[1:-1, :-2] | beyond[1:-1, 2:]
    return beside & (level >= 0)


@compiled(nogil=True)
def _flooded(level: I4, outlets: NDArray[np.bool_]) -> tuple[I4, I4, I4]:
    """
    Visit the cells from the outlets upwards.

    Returns
    -------
    tuple
        Level each cell spills at, -1 where no water gets out, shape (rows, cols) [mm]; the cells in the order of
        their visit, flat; and the cell each drains to, -1 out of the area, flat.
    """
    rows, cols = level.shape
    heights = level.ravel()
    filled = np.full(rows * cols, -1, np.int32)
    parent = np.full(rows * cols, -1, np.int32)
    order = np.empty(rows * cols, np.int32)
    after = np.full(rows * cols, -1, np.int32)
    first = np.full(heights.max() + 2, -1, np.int32)
    for k in range(rows * cols):
        if outlets[k // cols, k % cols]:
            filled[k] = heights[k]
            after[k] = first[heights[k]]
            first[heights[k]] = k
    visited = 0
    for height in range(len(first)):
        while first[height] >= 0:
            here = first[height]
            first[height] = after[here]
            order[visited] = here
            visited += 1
            row, col = here // cols, here % cols
            for side in range(4):
                r = row + (side == 0) - (side == 1)
                c = col + (side == 2) - (side == 3)
                if r < 0 or c < 0 or r >= rows or c >= cols:
                    continue
                there = r * cols + c
                if heights[there] < 0 or filled[there] >= 0:
                    continue
                filled[there] = max(heights[there], height)
                parent[there] = here
                after[there] = first[filled[there]]
                first[filled[there]] = there
    return filled.reshape(rows, cols), order[:visited], parent


@compiled(nogil=True)
def _pools(filled: I4, level: I4, order: I4) -> I4:
    """Number of the hollow each cell lies in, adjoining cells that spill at one level; -1 in none, (rows, cols)."""
    rows, cols = level.shape
    pool = np.full((rows, cols), -1, np.int32)
    stack = np.empty(rows * cols, np.int32)
    pools = 0
    for k in order:
        if pool[k // cols, k % cols] >= 0 or filled[k // cols, k % cols] == level[k // cols, k % cols]:
            continue
        pool[k // cols, k % cols] = pools
        stack[0] = k
        waiting = 1
        while waiting:
            waiting -= 1
            row, col = stack[waiting] // cols, stack[waiting] % cols
            for side in range(4):
                r = row + (side == 0) - (side == 1)
                c = col + (side == 2) - (side == 3)
                if r < 0 or c < 0 or r >= rows or c >= cols or pool[r, c] >= 0:
                    continue
                if filled[r, c] == filled[row, col] and filled[r, c] > level[r, c]:
                    pool[r, c] = pools
                    stack[waiting] = r * cols + c
                    waiting += 1
        pools += 1
    return pool


@compiled(nogil=True)
def _held(filled: I4, level: I4, pool: I4, order: I4, parent: I4, water: F8) -> tuple[F8, float]:
    """Water each hollow ends up with, shape (pools,), and what leaves the area. [m on one cell]"""
    pools = pool.max() + 1
    held = np.zeros(pools)
    room = np.zeros(pools)
    entry = np.full(pools, -1, np.int32)
    passing = water.ravel().copy()
    flat, full, bed = pool.ravel(), filled.ravel(), level.ravel()
    for k in order:
        if flat[k] >= 0:
            room[flat[k]] += (full[k] - bed[k]) / 1000.0
            if entry[flat[k]] < 0:
                entry[flat[k]] = k
    left = 0.0
    for n in range(len(order) - 1, -1, -1):
        k = order[n]
        gone = passing[k]
        if flat[k] >= 0:
            held[flat[k]] += gone
            if entry[flat[k]] != k:
                continue
            gone = max(held[flat[k]] - room[flat[k]], 0.0)
            held[flat[k]] -= gone
        if parent[k] >= 0:
            passing[parent[k]] += gone
        else:
            left += gone
    return held, left


def _standing(filled: I4, level: I4, pool: I4, held: F8) -> F8:
    """Depth of the water in every cell of the hollows, each with one level."""
    depth = np.zeros(level.shape)
    inside = np.flatnonzero(pool.ravel() >= 0)
    if len(inside):
        of = pool.ravel()[inside]
        by_height = inside[np.lexsort((level.ravel()[inside], of))]
        bed = level.ravel()[by_height] / 1000.0
        starts = np.searchsorted(pool.ravel()[by_height], np.arange(len(held) + 1))
        depth.ravel()[by_height] = _levelled(bed, starts.astype(np.int64), held)
    return depth


@compiled(nogil=True)
def _levelled(bed: F8, starts: NDArray[np.int64], held: F8) -> F8:
    """Depths over ascending beds of each hollow, so that they sum up to what it holds."""
    depth = np.zeros(len(bed))
    for p in range(len(held)):
        below, level = 0.0, 0.0
        wet = 0
        for n in range(starts[p], starts[p + 1]):
            if wet and bed[n] * wet - below >= held[p]:
                break
            below += bed[n]
            wet += 1
        if wet:
            level = (held[p] + below) / wet
        for n in range(starts[p], starts[p] + wet):
            depth[n] = max(level - bed[n], 0.0)
    return depth


def _enclosed(level: I4, filled: I4, water: F8) -> F8:
    """Depth in yards that houses enclose on all sides: all their rain stays."""
    yards, count = scipy.ndimage.label((level >= 0) & (filled < 0))
    if not count:
        return np.zeros(level.shape)
    held = np.bincount(yards.ravel(), water.ravel(), count + 1)[1:].astype(np.float64)
    return _standing(filled, level, (yards - 1).astype(np.int32), held)
