"""Single trees out of surface and ground heights, and symbolic ones for woods.

Where a surface model (DOM) stands above the ground (DGM) and no building is, something grows:
smoothed, its tops are the trees, and a crown is what flows down from a top (seeded region
growing). Wires, masts, birds and flat things are told from trees by their shape. In a closed
wood only the upper storey is seen, so the count there is a lower bound.

References
----------
.. [1] Popescu, Wynne (2004), Seeing the trees in the forest: window size from tree height,
   :doi:`10.14358/PERS.70.5.589`.
.. [2] Dalponte, Coomes (2016), Tree-centric mapping of forest carbon density from airborne
   laser scanning (crowns by region growing), :doi:`10.1111/2041-210X.12575`.
"""

from __future__ import annotations

import heapq

import numpy as np
import scipy
from numpy.typing import NDArray

from kastor.city.geometry import triangulate
from kastor.city.ground import fill_triangles
from kastor.city.kernels import compiled
from kastor.city.model import City, Column, Kind, Semantic, empty_city
from kastor.city.strings import Strings
from kastor.city.terrain import Terrain, height_at
from kastor.city.woodland import woodland_points

__all__ = ["canopy", "trees_from_heights", "woodland_points"]

LOWEST_TREE = 2.5
"""Lower growth is a shrub or a car. [m]"""

TALLEST_TREE = 45.0
"""Higher things are masts, wires or birds; the tallest trees of German towns stay below. [m]"""

SMALLEST_CROWN = 3.0
"""Crowns smaller than this are poles and noise. [m²]"""

ROOF_MARGIN = 1.5
"""Eaves reach this far beyond the model of a building. [m]"""

_WIRE_STEP = 4.0
"""A wire stands at least this far above what is beside it. [m]"""

_WIRE_LENGTH = 24.0
"""Straight length over which a thin high thing is a wire. [m]"""

_ROUGHNESS = 0.06
"""Leaves scatter heights; what is smoother than this is a roof or a tarpaulin. [m]"""


def trees_from_heights(surface: Terrain, ground: Terrain, buildings: City) -> City:
    """
    Trees standing between a surface and the ground.

    Parameters
    ----------
    surface
        Highest points (DOM), 0.2 to 2 m cells.
    ground
        Ground (DGM) of any cell size in the same reference system.
    buildings
        What is no tree; any objects with walls, roofs or footprints, in the same reference system.

    Returns
    -------
    City
        Trees with ``height`` [m], ``crownDiameter`` [m] and their ``POSITION`` on the ground; ids come from the
        coordinates of the top, such as ``tree/360123.5_5721456.5``.
    """
    raw = canopy(surface, ground, buildings)
    if raw.size == 0 or not (raw >= LOWEST_TREE).any():
        return empty_city(surface.crs)
    cell = surface.cell
    calm = scipy.ndimage.median_filter(raw, max(3, 2 * round(1.0 / cell) + 1))
    smooth = scipy.ndimage.gaussian_filter(calm, 0.6 / cell)
    tops = _tops(smooth, cell)
    crowns = _crowns(smooth, tops, cell)
    area, roughness, height = _measured(crowns, raw, calm, len(tops))
    # a raw height far above the calm one is a twig or a bird on the tree
    height = np.minimum(height, calm[tops[:, 0], tops[:, 1]] + 3.0)
    good = (area * cell**2 >= SMALLEST_CROWN) & (roughness > _ROUGHNESS) & (height <= TALLEST_TREE)
    tops, height, area = tops[good], height[good], area[good]
    east = surface.west + (tops[:, 1] + 0.5) * cell
    north = surface.north - (tops[:, 0] + 0.5) * cell
    foot = height_at(ground, east, north)
    known = np.isfinite(foot)
    diameter = 2.0 * np.sqrt(area * cell**2 / np.pi)
    return _city(surface.crs, np.column_stack([east, north, foot])[known], height[known], diameter[known])


def canopy(surface: Terrain, ground: Terrain, buildings: City) -> NDArray[np.float32]:
    """
    Height of what grows above the ground: buildings, wires and masts are cut out as 0.

    Returns
    -------
    NDArray
        Shape of ``surface.heights``. [m]
    """
    raw = surface.heights - _on(surface, ground)
    raw = np.nan_to_num(raw, nan=0.0, posinf=0.0, neginf=0.0)
    raw[_roofs(surface, buildings)] = 0.0
    return np.maximum(_without_wires(raw, surface.cell), np.float32(0.0))


def _on(surface: Terrain, ground: Terrain) -> NDArray[np.float32]:
    """The ground at the cells of the surface."""
    same = surface.box == ground.box and surface.heights.shape == ground.heights.shape
    if same:
        return ground.heights
    rows, cols = surface.heights.shape
    x = surface.west + (np.arange(cols) + 0.5) * surface.cell
    result = np.empty((rows, cols), np.float32)
    for row in range(rows):
        y = surface.north - (row + 0.5) * surface.cell
        result[row] = height_at(ground, x, np.full(cols, y))
    return result


def _roofs(surface: Terrain, buildings: City) -> NDArray[np.bool_]:
    """Cells on or right beside a building."""
    rows, cols = surface.heights.shape
    covered = np.full((rows, cols), np.nan, np.float32)
    if len(buildings.xyz):
        triangles, _ = triangulate(buildings)
        x = (buildings.xyz[:, 0] - surface.west) / surface.cell - 0.5
        y = (surface.north - buildings.xyz[:, 1]) / surface.cell - 0.5
        fill_triangles(triangles, x, y, np.zeros(len(x)), covered)
    near = _disc(ROOF_MARGIN / surface.cell)
    return np.asarray(scipy.ndimage.binary_dilation(~np.isnan(covered), structure=near))


def _disc(radius: float) -> NDArray[np.bool_]:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(np.hypot(x, y) <= radius + 1e-9)


def _without_wires(raw: NDArray[np.float32], cell: float) -> NDArray[np.float32]:
    """Thin straight things and everything too high replaced by what is beside them."""
    opened = scipy.ndimage.grey_opening(raw, footprint=_disc(2.0 / cell))
    thin = raw - opened > _WIRE_STEP
    if not thin.any():
        return np.where(raw > TALLEST_TREE, np.float32(0.0), raw)
    crest = scipy.ndimage.maximum_filter(np.where(thin, raw, np.float32(-1e9)), 3)
    wires = _straight(thin, crest, raw, max(3, round(_WIRE_LENGTH / cell / 2)))
    wires |= raw > TALLEST_TREE
    wires = scipy.ndimage.binary_dilation(wires, structure=np.ones((3, 3), bool))
    calm = np.where(wires & (raw > opened + 1.0), opened, raw)
    return np.where(calm > TALLEST_TREE, np.float32(0.0), calm)


@compiled()
def _straight(
    thin: NDArray[np.bool_], crest: NDArray[np.float32], raw: NDArray[np.float32], reach: int
) -> NDArray[np.bool_]:
    """Thin cells with thin cells of nearly the same height along a straight line on both sides."""
    rows, cols = raw.shape
    found = np.zeros(raw.shape, np.bool_)
    for row in range(rows):
        for col in range(cols):
            if not thin[row, col]:
                continue
            for turn in range(24):
                angle = np.pi * turn / 24
                dx, dy = np.cos(angle), np.sin(angle)
                met, seen = 0, 0
                for side in (-1, 1):
                    height = raw[row, col]
                    for step in range(1, reach + 1):
                        r, c = round(row + side * step * dy), round(col + side * step * dx)
                        if r < 0 or r >= rows or c < 0 or c >= cols:
                            break
                        seen += 1
                        if abs(crest[r, c] - height) < 1.5:
                            met += 1
                            height = crest[r, c]
                if seen >= reach and met >= 0.8 * seen:
                    found[row, col] = True
                    break
    return found


@compiled()
def _tops(smooth: NDArray[np.float32], cell: float) -> NDArray[np.int64]:
    """Row and column of the cells nothing near overtops; tall trees keep others further away."""
    rows, cols = smooth.shape
    found = []
    for row in range(rows):
        for col in range(cols):
            height = smooth[row, col]
            if height < LOWEST_TREE:
                continue
            # half the crown width of mixed woods of that height
            radius = min(max((2.515 + 0.009 * height * height) / 2.0, 1.5), 4.5) / cell
            reach = int(radius)
            top = True
            for r in range(max(0, row - reach), min(rows, row + reach + 1)):
                for c in range(max(0, col - reach), min(cols, col + reach + 1)):
                    if (r - row) ** 2 + (c - col) ** 2 > radius * radius or (r == row and c == col):
                        continue
                    other = smooth[r, c]
                    if other > height or (other == height and (r, c) < (row, col)):
                        top = False
                        break
                if not top:
                    break
            if top:
                found.append((row, col))
    result = np.empty((len(found), 2), np.int64)
    for i in range(len(found)):
        result[i, 0], result[i, 1] = found[i]
    return result


@compiled()
def _crowns(smooth: NDArray[np.float32], tops: NDArray[np.int64], cell: float) -> NDArray[np.int32]:
    """Number of the top whose crown covers each cell, -1 for none; crowns grow from the highest cell downwards."""
    rows, cols = smooth.shape
    crown = np.full(smooth.shape, -1, np.int32)
    queue = [(np.float32(0.0), 0, 0)]
    queue.clear()
    for i in range(len(tops)):
        row, col = tops[i]
        crown[row, col] = i
        heapq.heappush(queue, (-smooth[row, col], row, col))
    while len(queue) > 0:
        _, row, col = heapq.heappop(queue)
        label = crown[row, col]
        top_row, top_col = tops[label]
        top = smooth[top_row, top_col]
        lowest = max(0.45 * top, 2.0)
        widest = min(max(1.5 + 0.22 * top, 2.0), 9.0) / cell
        for step in range(4):
            r, c = row + (step == 0) - (step == 1), col + (step == 2) - (step == 3)
            if r < 0 or r >= rows or c < 0 or c >= cols or crown[r, c] >= 0:
                continue
            away = (r - top_row) ** 2 + (c - top_col) ** 2
            if smooth[r, c] >= lowest and smooth[r, c] <= top * 1.05 and away <= widest * widest:
                crown[r, c] = label
                heapq.heappush(queue, (-smooth[r, c], r, c))
    return crown


def _measured(
    crowns: NDArray[np.int32], raw: NDArray[np.float32], calm: NDArray[np.float32], n: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Cells, mean roughness [m] and greatest height [m] of each crown."""
    inside = crowns >= 0
    label = crowns[inside]
    cells = np.bincount(label, minlength=n)
    rough = np.bincount(label, np.abs(raw[inside] - calm[inside]), minlength=n) / np.maximum(cells, 1)
    height = np.zeros(n)
    np.maximum.at(height, label, raw[inside].astype(np.float64))
    return cells, rough, height


def _city(crs: str, foot: NDArray[np.float64], height: NDArray[np.float64], diameter: NDArray[np.float64]) -> City:
    """Trees as objects with one position each."""
    n = len(foot)
    steps = np.arange(n + 1, dtype=np.int64)
    return City(
        crs=crs,
        ids=Strings.of([f"tree/{x:.1f}_{y:.1f}" for x, y in foot[:, :2].tolist()]),
        kind=np.full(n, Kind.TREE, np.uint8),
        parent=np.full(n, -1, np.int32),
        attributes={"height": _tenths(height), "crownDiameter": _tenths(diameter)},
        surface_offsets=steps,
        surface_ids=Strings.of([""] * n),
        semantic=np.full(n, Semantic.POSITION, np.uint8),
        lod=np.zeros(n, np.uint8),
        polygon_offsets=steps,
        solid=np.full(n, -1, np.int16),
        shell=np.full(n, -1, np.int16),
        ring_offsets=steps,
        vertex_offsets=steps,
        xyz=np.ascontiguousarray(foot),
    )


def _tenths(values: NDArray[np.float64]) -> Column:
    distinct, codes = np.unique(np.round(values, 1), return_inverse=True)
    return Column(tuple(distinct.tolist()), codes.astype(np.int32))
