"""Whom does the water reach? Houses by the depth at their walls, streets a rescue vehicle cannot pass.

A house has the greatest depth of the cells around it, a street the depth along its line. What happens behind a wall,
such as water in cellars, and how fast the water runs in a street are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Kind
from kastor.city.outlines import outlines
from kastor.simulations.flood import Flood
from kastor.simulations.grid import Grid
from kastor.simulations.surfaces import street_widths

RING = 1.0
"""How far from a wall the water counts as standing at it; at least one cell. [m]"""

AFFECTED = 0.1
"""Depth at a wall from which a house counts as affected: most door sills and cellar windows are not higher. [m]"""

IMPASSABLE = 0.5
"""Depth a fire engine wades through at most; DIN 14530 and the makers name 0.5 m to 0.7 m. [m]"""


@dataclass(frozen=True, eq=False)
class Houses:
    """
    Houses and the water at their walls.

    Parameters
    ----------
    objects
        Index of the city's object, ascending, shape (n,).
    depth
        Greatest depth in the ring around the house, shape (n,). [m]
    share
        Share of the ring that was flooded, shape (n,).
    arrival
        When the water first stood at a wall, NaN where it never did, shape (n,). [s]
    """

    objects: NDArray[np.int64]
    depth: NDArray[np.float64]
    share: NDArray[np.float64]
    arrival: NDArray[np.float64]

    @property
    def affected(self) -> NDArray[np.bool_]:
        """Whether each house is, see :data:`AFFECTED`."""
        return self.depth >= AFFECTED


@dataclass(frozen=True, eq=False)
class Streets:
    """Streets with impassable places: object, length that is impassable [m] and greatest depth [m], shape (n,)."""

    objects: NDArray[np.int64]
    length: NDArray[np.float64]
    depth: NDArray[np.float64]


def houses(where: Grid, flood: Flood) -> Houses:
    """Water at the walls of all houses of a grid."""
    building = where.building
    reach = max(1, round(RING / where.ground.cell))
    free = (building < 0) & np.isfinite(where.ground.heights)
    pairs = np.unique(np.concatenate([_beside(building, free, r, c) for r, c in _ring(reach)]), axis=0)
    cells = tuple(pairs[:, :2].T)
    objects = np.unique(building[building >= 0]).astype(np.int64)
    number = np.searchsorted(objects, pairs[:, 2])
    depth, arrival = np.zeros(len(objects)), np.full(len(objects), np.inf)
    np.maximum.at(depth, number, flood.depth[cells])
    came = np.where(np.isnan(flood.arrival[cells]), np.inf, flood.arrival[cells])
    np.minimum.at(arrival, number, came)
    around = np.bincount(number, minlength=len(objects))
    wet = np.bincount(number, np.isfinite(came), len(objects))
    arrival[np.isinf(arrival)] = np.nan
    return Houses(objects, depth, wet / np.maximum(around, 1), arrival)


def _ring(reach: int) -> list[tuple[int, int]]:
    span = range(-reach, reach + 1)
    return [(r, c) for r in span for c in span if (r or c) and r * r + c * c <= reach * reach]


def _beside(building: NDArray[np.int32], free: NDArray[np.bool_], down: int, right: int) -> NDArray[np.int64]:
    """Free cells and the house that stands some rows down and columns to the right of each."""
    rows, cols = building.shape
    here = (slice(max(0, -down), rows - max(0, down)), slice(max(0, -right), cols - max(0, right)))
    there = (slice(max(0, down), rows - max(0, -down)), slice(max(0, right), cols - max(0, -right)))
    beside = building[there]
    at = np.argwhere(free[here] & (beside >= 0))
    house = beside[tuple(at.T)]
    at += (here[0].start, here[1].start)
    return np.column_stack([at, house]).astype(np.int64)


def streets(where: Grid, city: City, flood: Flood, deeper: float = IMPASSABLE) -> Streets:
    """
    Streets with places deeper than a vehicle can wade through.

    Parameters
    ----------
    city
        The city the grid was made of.
    deeper
        Depth. [m]
    """
    rows, cols = flood.depth.shape
    cell = where.ground.cell
    wanted = np.flatnonzero((city.kind == Kind.STREET) & (street_widths(city) >= 3.0))
    places = outlines(city)[wanted]
    frame = shapely.box(where.west, where.north - rows * cell, where.west + cols * cell, where.north)
    found = []
    for k, place in zip(wanted.tolist(), places, strict=True):
        if place is None or not shapely.intersects(place, frame):
            continue
        line = place if place.area == 0 else place.boundary
        for piece in shapely.get_parts(line):
            places_along = np.arange(cell / 2, piece.length, cell)
            xy = shapely.get_coordinates(shapely.line_interpolate_point(piece, places_along))
            row = np.floor((where.north - xy[:, 1]) / cell).astype(int)
            col = np.floor((xy[:, 0] - where.west) / cell).astype(int)
            inside = (row >= 0) & (col >= 0) & (row < rows) & (col < cols)
            depth = flood.depth[row[inside], col[inside]]
            if (depth > deeper).any():
                found.append((k, float((depth > deeper).sum() * cell), float(depth.max())))
    table = np.array(found, np.float64).reshape(-1, 3)
    objects, number = np.unique(table[:, 0].astype(np.int64), return_inverse=True)
    deepest = np.zeros(len(objects))
    np.maximum.at(deepest, number, table[:, 2])
    return Streets(objects, np.bincount(number, table[:, 1], len(objects)).astype(np.float64), deepest)
