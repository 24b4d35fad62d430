"""Where may windows be? Points on the walls of houses, a storey above the other, from the surfaces of the model.

A wall is cut into pieces of one length, each with a point above every floor of a usual storey; where another
house stands there is none. Real windows, balconies and odd heights of storeys are not known, so a point is where one
could be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.geometry import polygon_normals
from kastor.city.model import City, Kind, Semantic, owner, root, take
from kastor.city.outlines import outlines
from kastor.simulations.skyline import Skyline

STOREY = 3.0
"""Usual height of a storey. [m]"""

SILL = 1.2
"""Of a window's reference point above its floor (DIN EN 17037). [m]"""

NARROWEST = 1.0
"""Shorter walls have no window. [m]"""

CLEAR = 0.71
"""How far before the wall a point stands, so that it is in no cell of its own house. [cells]"""

HOUSES = (Kind.BUILDING, Kind.BUILDING_PART)


@dataclass(frozen=True, eq=False)
class Facades:
    """
    Walls and the points on them.

    Parameters
    ----------
    lines
        Foot of each wall in plan, shape (w,).
    house
        Building each wall belongs to, index of the city's object, shape (w,).
    facing
        East and north of the outward normal of each wall, shape (w, 2).
    wall, storey
        Wall and storey (0 at the ground) of each point, shape (n,).
    points
        Row, column and height of each point, see :func:`~kastor.simulations.rays.point_light`, shape (n, 3).
    """

    lines: NDArray[np.object_]
    house: NDArray[np.int64]
    facing: NDArray[np.float64]
    wall: NDArray[np.int64]
    storey: NDArray[np.int64]
    points: NDArray[np.float64]


def facades(city: City, area: shapely.Geometry, sky: Skyline, apart: float, highest: int = 60) -> Facades:
    """
    Points on all walls in an area that no other house hides.

    Parameters
    ----------
    apart
        Distance of points along a wall; the middle of each such piece. [m]
    highest
        How many storeys count.
    """
    walls = _walls(city)
    lines = np.asarray(shapely.linestrings(walls.ends), object) if len(walls.ends) else np.zeros(0, object)
    kept = np.flatnonzero((shapely.length(lines) >= NARROWEST) & shapely.intersects(lines, area))
    lines, ends, facing = lines[kept], walls.ends[kept], walls.facing[kept]
    low, high = walls.low[kept], walls.high[kept]
    wall, along = _pieces(shapely.length(lines), apart)
    middle = ends[wall, 0] + (ends[wall, 1] - ends[wall, 0]) * along[:, None]
    middle += facing[wall] * CLEAR * sky.cell
    at = sky.cells(middle[:, 0], middle[:, 1])
    rows, cols = sky.solid.shape
    inside = (at[:, 0] >= 0) & (at[:, 1] >= 0) & (at[:, 0] < rows) & (at[:, 1] < cols)
    wall, at = wall[inside], at[inside]
    cell = at.astype(np.int64)
    foot = np.maximum(low[wall] - sky.zero, sky.ground[cell[:, 0], cell[:, 1]])
    storeys = np.clip(np.floor((high[wall] - sky.zero - foot) / STOREY + 0.34), 1, highest).astype(np.int64)
    of = np.repeat(np.arange(len(wall)), storeys)
    storey = np.arange(len(of)) - np.repeat(np.cumsum(storeys) - storeys, storeys)
    height = foot[of] + STOREY * storey + SILL
    free = sky.solid[cell[of, 0], cell[of, 1]] <= height
    points = np.column_stack([at[of], height])[free]
    return Facades(lines, walls.house[kept], facing, wall[of][free], storey[free], np.ascontiguousarray(points))


def _pieces(length: NDArray[np.float64], apart: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Wall, and share of its length, of the middles of equal pieces about ``apart`` long."""
    count = np.maximum(np.rint(length / apart), 1).astype(np.int64)
    wall = np.repeat(np.arange(len(length)), count)
    number = np.arange(len(wall)) - np.repeat(np.cumsum(count) - count, count)
    return wall, (number + 0.5) / count[wall]


@dataclass(frozen=True, eq=False)
class _Walls:
    """Ends in plan (w, 2, 2), outward normal (w, 2), lowest and highest point and building of each upright wall."""

    ends: NDArray[np.float64]
    facing: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    house: NDArray[np.int64]


def _walls(city: City) -> _Walls:
    surface = owner(city.polygon_offsets)
    of = owner(city.surface_offsets)[surface]
    normals = polygon_normals(city)
    flat = np.hypot(normals[:, 0], normals[:, 1])
    upright = (city.semantic[surface] == Semantic.WALL) & np.isin(city.kind[of], HOUSES)
    upright &= (flat > 1e-6) & (np.abs(normals[:, 2]) < 0.2 * flat)
    chosen = np.flatnonzero(upright)
    facing = normals[chosen, :2] / flat[chosen, None]
    rings = city.ring_offsets[chosen]
    starts, counts = city.vertex_offsets[rings], np.diff(city.vertex_offsets)[rings]
    if not len(chosen):
        return _Walls(np.zeros((0, 2, 2)), np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    first = np.cumsum(counts) - counts
    vertex = np.repeat(starts - first, counts) + np.arange(counts.sum())
    xyz, origin = city.xyz[vertex], city.xyz[starts]
    # along the wall, to the right of who looks at it from outside
    along = np.column_stack([-facing[:, 1], facing[:, 0]])
    t = ((xyz[:, :2] - np.repeat(origin[:, :2], counts, axis=0)) * np.repeat(along, counts, axis=0)).sum(axis=1)
    span = np.stack([np.minimum.reduceat(t, first), np.maximum.reduceat(t, first)], axis=1)
    ends = origin[:, None, :2] + span[:, :, None] * along[:, None, :]
    low, high = np.minimum.reduceat(xyz[:, 2], first), np.maximum.reduceat(xyz[:, 2], first)
    return _Walls(ends, facing, low, high, root(city)[of[chosen]])


def outlines_of(city: City, objects: NDArray[np.int64]) -> NDArray[np.object_]:
    """Places in plan of some objects with their parts, shape (n,)."""
    family = np.flatnonzero(np.isin(root(city), objects))
    at = np.full(len(city), -1)
    at[family] = np.arange(len(family))
    return np.asarray(outlines(take(city, family))[at[objects]], object)
