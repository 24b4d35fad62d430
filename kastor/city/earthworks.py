"""The ground after digging and filling: basins, levees, cuts, fills and walls as heights of cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.terrain import Terrain


def hollowed(terrain: Terrain, outline: shapely.Geometry, depth: float) -> Terrain:
    """The ground with a level floor ``depth`` below the lowest ground of an outline. [m]"""
    inside = cells_in(terrain, outline)
    heights = terrain.heights.copy()
    known = inside & np.isfinite(heights)
    if known.any():
        floor = heights[known].min() - np.float32(depth)
        heights[known] = floor
    return replace(terrain, heights=heights)


def banked(terrain: Terrain, axis: shapely.LineString, height: float, width: float) -> Terrain:
    """The ground raised along a line, over the width of the crest or at least a cell. [m]"""
    # a line thinner than a cell would leave gaps water runs through
    band = shapely.buffer(axis, max(width / 2, 0.75 * terrain.cell), cap_style="flat")
    return shifted(terrain, band, height)


def shifted(terrain: Terrain, outline: shapely.Geometry, height: float) -> Terrain:
    """The ground filled by ``height`` in an outline, cut where it is negative. [m]"""
    heights = terrain.heights.copy()
    heights[cells_in(terrain, outline)] += np.float32(height)
    return replace(terrain, heights=heights)


def levelled(terrain: Terrain, outline: shapely.Geometry, level: float) -> Terrain:
    """The ground made level at a height above sea level, where it is known. [m]"""
    heights = terrain.heights.copy()
    heights[cells_in(terrain, outline) & np.isfinite(heights)] = np.float32(level)
    return replace(terrain, heights=heights)


def cells_in(terrain: Terrain, area: shapely.Geometry) -> NDArray[np.bool_]:
    """Which cells have their centre in an area, shape (rows, cols)."""
    rows, cols = terrain.heights.shape
    inside = np.zeros((rows, cols), bool)
    west, south, east, north = shapely.bounds(area)
    left, right = (int(np.floor((x - terrain.west) / terrain.cell)) for x in (west, east))
    top, bottom = (int(np.floor((terrain.north - y) / terrain.cell)) for y in (north, south))
    left, right, top, bottom = max(left, 0), min(right + 1, cols), max(top, 0), min(bottom + 1, rows)
    if left >= right or top >= bottom:
        return inside
    x = terrain.west + (np.arange(left, right) + 0.5) * terrain.cell
    y = terrain.north - (np.arange(top, bottom) + 0.5) * terrain.cell
    shapely.prepare(area)
    inside[top:bottom, left:right] = shapely.contains_xy(area, *np.meshgrid(x, y))
    return inside
