"""Outlines of blocks in plan: many polygons as ragged rings, which cost less to join and to store than objects do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import owner
from kastor.city.strings import join_offsets, ranges


@dataclass(frozen=True, eq=False)
class Outlines:
    """
    Polygons in a plane, each an outer ring and its holes.

    Parameters
    ----------
    xy
        Corners of all rings, the first not repeated, shape (n, 2). [m]
    vertex_offsets
        Corners of each ring, shape (n_rings + 1,); at least three each.
    ring_offsets
        Rings of each polygon, the outer one first, shape (n_polygons + 1,).
    """

    xy: NDArray[np.float64]
    vertex_offsets: NDArray[np.int64]
    ring_offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ring_offsets) - 1

    def at(self, indices: NDArray[np.int64]) -> Outlines:
        """Some of the polygons."""
        rings, ring_offsets = ranges(self.ring_offsets, indices)
        vertices, vertex_offsets = ranges(self.vertex_offsets, rings)
        return Outlines(self.xy[vertices], vertex_offsets, ring_offsets)

    def ring_areas(self) -> NDArray[np.float64]:
        """Area of each ring, negative where it turns right, shape (n_rings,). [m²]"""
        starts = self.vertex_offsets[:-1]
        if not len(starts):
            return np.zeros(0)
        x, y = (column - np.repeat(column[starts], np.diff(self.vertex_offsets)) for column in self.xy.T)
        # a product across two rings is one with the origin
        products = np.append(x[:-1] * y[1:] - y[:-1] * x[1:], 0.0)
        return np.asarray(np.add.reduceat(products, starts) / 2.0)

    def areas(self) -> NDArray[np.float64]:
        """Area of each polygon less its holes, shape (n_polygons,). [m²]"""
        rings = np.abs(self.ring_areas())
        if len(rings) == len(self):
            return rings
        whole = np.bincount(owner(self.ring_offsets), rings, len(self))
        outer = rings[np.minimum(self.ring_offsets[:-1], len(rings) - 1)] * (np.diff(self.ring_offsets) > 0)
        return 2.0 * outer - whole

    def turned(self) -> Outlines:
        """The same polygons, outer rings to the left and holes to the right."""
        outer = np.zeros(len(self.vertex_offsets) - 1, bool)
        outer[self.ring_offsets[:-1]] = True
        wrong = (self.ring_areas() > 0.0) != outer
        if not wrong.any():
            return self
        ring = owner(self.vertex_offsets)
        index = np.arange(len(self.xy))
        backwards = self.vertex_offsets[ring] + self.vertex_offsets[ring + 1] - 1 - index
        return Outlines(self.xy[np.where(wrong[ring], backwards, index)], self.vertex_offsets, self.ring_offsets)

    def polygons(self) -> NDArray[np.object_]:
        """The same as polygons of shapely."""
        starts, ends = self.vertex_offsets[:-1], self.vertex_offsets[1:]
        # each ring once more with its first corner behind its last
        positions = np.insert(np.arange(len(self.xy)), ends, starts)
        offsets = self.vertex_offsets + np.arange(len(self.vertex_offsets))
        made: NDArray[np.object_] = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, self.xy[positions], (offsets, self.ring_offsets)
        )
        return made


NO_OUTLINES = Outlines(np.zeros((0, 2)), np.zeros(1, np.int64), np.zeros(1, np.int64))


def outlines_of(
    xy: NDArray[np.float64], vertex_offsets: NDArray[np.int64], ring_offsets: NDArray[np.int64]
) -> Outlines:
    """Outlines of any rings; those of less than three corners vanish."""
    full = np.diff(vertex_offsets) >= 3
    if full.all():
        return Outlines(xy, vertex_offsets, ring_offsets)
    vertices, offsets = ranges(vertex_offsets, np.flatnonzero(full))
    return Outlines(xy[vertices], offsets, np.concatenate([[0], np.cumsum(full)])[ring_offsets])


def outlines_of_polygons(polygons: NDArray[np.object_]) -> Outlines:
    """Outlines of polygons of shapely."""
    if not len(polygons):
        return NO_OUTLINES
    _, xy, (closed, ring_offsets) = shapely.to_ragged_array(polygons)
    offsets = closed.astype(np.int64) - np.arange(len(closed))
    return Outlines(np.delete(xy, closed[1:] - 1, axis=0), offsets, ring_offsets.astype(np.int64))


def joined_outlines(parts: Sequence[Outlines]) -> Outlines:
    """One after the other."""
    if not parts:
        return NO_OUTLINES
    return Outlines(
        np.concatenate([part.xy for part in parts]),
        join_offsets([part.vertex_offsets for part in parts]),
        join_offsets([part.ring_offsets for part in parts]),
    )


def simplified(outlines: Outlines, tolerance: float) -> Outlines:
    """Outlines with fewer corners; what would lose more than a fifth of its area stays as it is."""
    rich = np.flatnonzero(_has_blunt_corner(outlines, tolerance))
    if not len(rich):
        return outlines
    before = outlines.at(rich)
    simple = shapely.simplify(before.polygons(), tolerance, preserve_topology=False)
    fits = shapely.get_type_id(simple) == shapely.GeometryType.POLYGON
    fits &= np.abs(shapely.area(simple) / np.maximum(before.areas(), 1e-9) - 1.0) < 0.2
    changed = rich[fits]
    order = np.arange(len(outlines))
    order[changed] = len(outlines) + np.arange(len(changed))
    return joined_outlines([outlines, outlines_of_polygons(simple[fits])]).at(order)


def _has_blunt_corner(outlines: Outlines, tolerance: float) -> NDArray[np.bool_]:
    """Whether a corner of each outline lies near the line between its neighbours, shape (n_polygons,)."""
    ring = owner(outlines.vertex_offsets)
    ends = outlines.vertex_offsets
    after, before = np.arange(1, len(ring) + 1), np.arange(-1, len(ring) - 1)
    after[ends[1:] - 1], before[ends[:-1]] = ends[:-1], ends[1:] - 1
    x, y = outlines.xy.T
    along_x, along_y = x[after] - x[before], y[after] - y[before]
    apart = np.abs(along_x * (y - y[before]) - along_y * (x - x[before]))
    blunt = apart <= tolerance * np.hypot(along_x, along_y)
    polygon = owner(outlines.ring_offsets)[ring]
    corners = np.bincount(polygon, minlength=len(outlines))
    return np.asarray((np.bincount(polygon[blunt], minlength=len(outlines)) > 0) & (corners > 4))
