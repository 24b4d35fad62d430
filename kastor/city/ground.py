"""Ground under a city: heights from what the buildings know, gaps filled.

Official building models carry the line where each house meets the ground
(``TERRAIN_INTERSECTION``), cut from the official terrain model. Where no terrain model is at
hand, these lines give one: exact at the houses, linear between them, and its ``distance`` tells
how far each cell is from a known height. It knows no ditches, dikes or underpasses.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.city.model import City, Kind, Semantic, owner, root
from kastor.city.terrain import Terrain, height_at

MAX_CELLS = 200_000_000
"""Largest grid made here; larger ones are asked for in pieces."""

_CELLS_AT_ONCE = 250_000


def ground_points(city: City) -> NDArray[np.float64]:
    """
    Known heights of the ground: terrain intersections, and the ground surfaces of buildings without one.

    Bridges and locks are left out: what their models call ground is the underside of the deck or the chamber floor.

    Returns
    -------
    NDArray
        East, north and height, shape (n, 3). [m]
    """
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)[owner(city.vertex_offsets)]]
    semantic = city.semantic[surface]
    top = root(city)[owner(city.surface_offsets)[surface]]
    exact = semantic == Semantic.TERRAIN_INTERSECTION
    told = _misleading(city)
    told[top[exact]] = True
    points = city.xyz[exact | ((semantic == Semantic.GROUND) & ~told[top])]
    return np.asarray(points[np.isfinite(points).all(axis=1)])


def terrain_from_intersections(city: City, cell: float = 10.0, margin: float = 100.0) -> Terrain:
    """
    Terrain from the ground heights the buildings of a city know.

    Linear in the triangles between the known heights, the nearest known height outside of them.

    Parameters
    ----------
    city
        Buildings in a plane system with heights.
    cell
        Side of a cell. [m]
    margin
        How far the grid reaches beyond the outermost building. [m]

    Returns
    -------
    Terrain
        Grid aligned to multiples of ``cell``, with ``distance``.

    Raises
    ------
    ValueError
        When the city knows no ground height, or the grid would have more than ``MAX_CELLS`` cells.
    """
    points = ground_points(city)
    if not len(points):
        raise ValueError("no building of this city knows its ground height; load a terrain model instead")
    west, south = np.floor((points[:, :2].min(axis=0) - margin) / cell) * cell
    east, north = np.ceil((points[:, :2].max(axis=0) + margin) / cell) * cell
    shape = (round((north - south) / cell), round((east - west) / cell))
    return grid_points(points, city.crs, float(west), float(north), cell, shape)


def grid_points(
    points: NDArray[np.float64], crs: str, west: float, north: float, cell: float, shape: tuple[int, int]
) -> Terrain:
    """
    Terrain through scattered heights: linear in their triangles, the nearest one outside.

    Points closer together than half a cell are averaged first.

    Parameters
    ----------
    points
        East, north and height, shape (n, 3), at least one. [m]
    west, north, cell, shape
        The grid, see :class:`~kastor.city.terrain.Terrain`.
    """
    rows, cols = shape
    if rows * cols > MAX_CELLS:
        raise ValueError(f"a grid of {rows} x {cols} cells is more than {MAX_CELLS}; choose larger cells")
    known = _thinned(points, cell / 2.0)
    # in cells, so that the centre of row r and column c is (c, r)
    col, row = (known[:, 0] - west) / cell - 0.5, (north - known[:, 1]) / cell - 0.5
    heights = np.full(shape, np.nan, np.float32)
    triangles = _triangles(np.column_stack([col, row]))
    fill_triangles(triangles, col, row, known[:, 2], heights)
    distance = np.empty(shape, np.float32)
    tree = scipy.spatial.cKDTree(np.column_stack([col, row]))
    step = max(1, _CELLS_AT_ONCE // max(cols, 1))
    for first in range(0, rows, step):
        some = slice(first, min(first + step, rows))
        where = np.stack(np.meshgrid(np.arange(cols), np.arange(some.start, some.stop)), axis=-1)
        away, nearest = tree.query(where.astype(np.float64))
        distance[some] = away * cell
        heights[some] = np.where(np.isnan(heights[some]), known[nearest, 2], heights[some])
    return Terrain(crs, west, north, cell, heights, distance)


def merge(terrains: list[Terrain]) -> Terrain:
    """
    One terrain from several: every cell takes the height with the smallest ``distance``, of equals the later one.

    The finest grid gives the cells; coarser or shifted ones are interpolated to it.

    Raises
    ------
    ValueError
        When there is none, when reference systems differ, or when the result would have more than ``MAX_CELLS`` cells.
    """
    if not terrains:
        raise ValueError("there is no terrain to merge")
    systems = sorted({t.crs for t in terrains})
    if len(systems) > 1:
        raise ValueError(f"terrains in different reference systems cannot be merged: {', '.join(systems)}")
    finest = min(terrains, key=lambda t: t.cell)
    cell = finest.cell
    corners = np.array([t.box for t in terrains])
    left = np.floor((corners[:, 0].min() - finest.west) / cell + 1e-6)
    up = np.ceil((corners[:, 3].max() - finest.north) / cell - 1e-6)
    west, north = finest.west + left * cell, finest.north + up * cell
    cols = int(np.ceil((corners[:, 2].max() - west) / cell - 1e-6))
    rows = int(np.ceil((north - corners[:, 1].min()) / cell - 1e-6))
    if rows * cols > MAX_CELLS:
        raise ValueError(f"a terrain of {rows} x {cols} cells is more than {MAX_CELLS}; merge fewer pieces")
    heights = np.full((rows, cols), np.nan, np.float32)
    distance = np.full((rows, cols), np.inf, np.float32)
    for terrain in terrains:
        _lay(heights, distance, terrain, west, north, cell)
    measured = all(t.distance is None for t in terrains)
    return Terrain(finest.crs, float(west), float(north), cell, heights, None if measured else distance)


def fill_gaps(terrain: Terrain, reach: float = np.inf) -> Terrain:
    """
    Unknown cells filled smoothly from their surroundings; ``distance`` tells where.

    Averages of ever larger squares are laid under the gaps, from coarse to fine.

    Parameters
    ----------
    reach
        Cells farther than this from a known one stay unknown. [m]
    """
    unknown = np.isnan(terrain.heights)
    if not unknown.any() or unknown.all():
        return terrain
    away = (scipy.ndimage.distance_transform_edt(unknown) * terrain.cell).astype(np.float32)
    filled = np.where(unknown, _pulled(terrain.heights.astype(np.float64)), terrain.heights)
    filled[away > reach] = np.nan
    before = terrain.distance if terrain.distance is not None else np.zeros_like(away)
    return replace(
        terrain, heights=filled.astype(np.float32), distance=np.where(unknown, away, before).astype(np.float32)
    )


def _misleading(city: City) -> NDArray[np.bool_]:
    """Whether each object is a bridge or a lock, by its kind or by its AdV function (52..., 53...)."""
    bridge: NDArray[np.bool_] = city.kind == Kind.BRIDGE
    column = city.attributes.get("function")
    if column is None:
        return bridge
    named = np.array([str(v).startswith(("52", "53")) for v in column.values] + [False])
    return np.asarray(bridge | named[column.codes])


def _thinned(points: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Mean of the points in each square of the given side."""
    square = np.floor(points[:, :2] / spacing).astype(np.int64)
    square -= square.min(axis=0)
    key = square[:, 0] * (int(square[:, 1].max()) + 1) + square[:, 1]
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) != 0]))
    counts = np.diff(np.append(first, len(order)))
    centre = points[0]
    total = np.add.reduceat(points[order] - centre, first, axis=0)
    return np.asarray(total / counts[:, None] + centre)


def _triangles(xy: NDArray[np.float64]) -> NDArray[np.int32]:
    if len(xy) < 3:
        return np.zeros((0, 3), np.int32)
    try:
        return np.asarray(scipy.spatial.Delaunay(xy).simplices, np.int32)
    except scipy.spatial.QhullError:  # all points on one line
        return np.zeros((0, 3), np.int32)


@compiled()
def fill_triangles(
    triangles: NDArray[np.int32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    heights: NDArray[np.float32],
) -> None:
    """Write the plane of each triangle into the cells whose centre it covers, row by row."""
    rows, cols = heights.shape
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
        if area == 0.0:
            continue
        for row in range(
            max(0, int(np.ceil(min(y[a], y[b], y[c])))), min(rows - 1, int(np.floor(max(y[a], y[b], y[c])))) + 1
        ):
            low, high = np.inf, -np.inf
            for p, q in ((a, b), (b, c), (c, a)):
                if min(y[p], y[q]) <= row <= max(y[p], y[q]) and y[p] != y[q]:
                    at = x[p] + (row - y[p]) / (y[q] - y[p]) * (x[q] - x[p])
                    low, high = min(low, at), max(high, at)
            if not low <= high:
                continue
            for col in range(max(0, int(np.ceil(low - 1e-9))), min(cols - 1, int(np.floor(high + 1e-9))) + 1):
                wb = ((col - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (row - y[a])) / area
                wc = ((x[b] - x[a]) * (row - y[a]) - (col - x[a]) * (y[b] - y[a])) / area
                heights[row, col] = z[a] + wb * (z[b] - z[a]) + wc * (z[c] - z[a])


def _lay(
    heights: NDArray[np.float32],
    distance: NDArray[np.float32],
    terrain: Terrain,
    west: float,
    north: float,
    cell: float,
) -> None:
    """Write a terrain into the grid where it is nearer to a known height than what is there."""
    rows, cols = heights.shape
    left, low, right, high = terrain.box
    first_col, last_col = int(np.floor((left - west) / cell + 1e-6)), int(np.ceil((right - west) / cell - 1e-6))
    first_row, last_row = int(np.floor((north - high) / cell + 1e-6)), int(np.ceil((north - low) / cell - 1e-6))
    window = (slice(first_row, min(last_row, rows)), slice(first_col, min(last_col, cols)))
    new = _on_grid(terrain, terrain.heights, window, west, north, cell)
    away = np.zeros_like(new)
    if terrain.distance is not None:
        away = _on_grid(terrain, terrain.distance, window, west, north, cell)
    better = ~np.isnan(new) & ~(away > distance[window])
    heights[window] = np.where(better, new, heights[window])
    distance[window] = np.where(better, away, distance[window])


def _on_grid(
    terrain: Terrain, values: NDArray[np.float32], window: tuple[slice, slice], west: float, north: float, cell: float
) -> NDArray[np.float32]:
    shift = np.array([(terrain.west - west) / cell, (north - terrain.north) / cell])
    same = terrain.cell == cell and np.abs(shift - np.round(shift)).max() < 1e-4
    if same and values.shape == (window[0].stop - window[0].start, window[1].stop - window[1].start):
        return values
    x = west + (np.arange(window[1].start, window[1].stop) + 0.5) * cell
    y = north - (np.arange(window[0].start, window[0].stop) + 0.5) * cell
    east, northing = np.meshgrid(x, y)
    sampled = height_at(replace(terrain, heights=values), east.ravel(), northing.ravel())
    return sampled.reshape(east.shape).astype(np.float32)


def _pulled(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every unknown cell replaced by the average of the smallest square around it that knows something."""
    if not np.isnan(heights).any():
        return heights
    rows, cols = heights.shape
    padded = np.pad(heights, ((0, rows % 2), (0, cols % 2)), constant_values=np.nan)
    quads = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    known = np.isfinite(quads)
    count = known.sum(axis=(1, 3))
    total = np.where(known, quads, 0.0).sum(axis=(1, 3))
    coarse = _pulled(np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0))
    fine = scipy.ndimage.zoom(coarse, 2, order=1, mode="nearest", grid_mode=True)[:rows, :cols]
    return np.where(np.isnan(heights), fine, heights)
