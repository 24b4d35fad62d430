"""Whole quarters as blocks: what is drawn while the camera is too far away to see roofs.

Each part of a building becomes its outline, pulled up to the mean height of its roof. One level
above the cells every building is still itself and can be picked and coloured; further up,
neighbours of like height grow together, outlines lose their small corners and sheds disappear,
so that a whole city opens with one small file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.strings import Strings, ranges
from kastor.tiles.mesh import ROOF, Mesh
from kastor.tiles.tile import pack, unpack

OUTLINE_TOLERANCE = 0.3
"""How far a corner of a single building's outline may lie from its simplified outline. [m]"""

Columns = dict[str, NDArray[Any] | Strings]


@dataclass(frozen=True, eq=False)
class Blocks:
    """
    Vertical blocks.

    Parameters
    ----------
    outline
        Polygons in the plane of the local frame (east, north), shape (n_blocks,). [m]
    base, top
        Height of floor and roof above the frame's origin, shape (n_blocks,). [m]
    feature
        Row of each block in ``columns``, shape (n_blocks,).
    columns
        What is known of the buildings.
    """

    outline: NDArray[np.object_]
    base: NDArray[np.float64]
    top: NDArray[np.float64]
    feature: NDArray[np.int64]
    columns: Columns

    def at(self, indices: NDArray[np.int64]) -> Blocks:
        """Some of the blocks."""
        return replace(
            self,
            outline=self.outline[indices],
            base=self.base[indices],
            top=self.top[indices],
            feature=self.feature[indices],
        )


def blocks_of(mesh: Mesh, local: NDArray[np.float64], columns: Columns) -> Blocks:
    """One block per building part, or more where its ground falls into pieces; ``local`` are the points of the mesh."""
    parts, row = np.unique(mesh.part, return_inverse=True)
    corners = local[mesh.triangles]
    heights = corners[:, :, 2]
    edge, other = corners[:, 1, :2] - corners[:, 0, :2], corners[:, 2, :2] - corners[:, 0, :2]
    plan = np.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0]) / 2.0 * (mesh.meaning == ROOF)
    area = np.bincount(row, plan, len(parts))
    base, highest = np.full(len(parts), np.inf), np.full(len(parts), -np.inf)
    np.minimum.at(base, row, heights.min(axis=1))
    np.maximum.at(highest, row, heights.max(axis=1))
    mean = np.bincount(row, plan * heights.mean(axis=1), len(parts)) / np.where(area > 0, area, 1.0)
    top = np.where(area > 0, mean, highest)
    feature = np.zeros(len(parts), np.int64)
    feature[row] = mesh.feature[mesh.triangles[:, 0]]
    outline, of_part = _outlines(mesh, local, parts, row)
    blocks = Blocks(simplified(outline, OUTLINE_TOLERANCE), base[of_part], top[of_part], feature[of_part], columns)
    return blocks.at(np.flatnonzero((blocks.top - blocks.base > 0.1) & (shapely.area(blocks.outline) > 0.01)))


def _outlines(
    mesh: Mesh, local: NDArray[np.float64], parts: NDArray[np.int64], row: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Ground polygons and the part each belongs to; the convex hull of all points of a part that has no ground."""
    grounds = mesh.grounds
    of_part = np.minimum(np.searchsorted(parts, grounds.part), len(parts) - 1)
    polygons = polygons_of(local[grounds.point, :2], grounds.vertex_offsets, grounds.ring_offsets)
    usable = np.flatnonzero((parts[of_part] == grounds.part) & (shapely.area(polygons) > 0.01))
    known = np.zeros(len(parts), bool)
    known[of_part[usable]] = True
    without = np.flatnonzero(~known)
    hulls = [shapely.convex_hull(shapely.multipoints(local[mesh.triangles[row == p].ravel(), :2])) for p in without]
    solid = [shapely.get_type_id(hull) == shapely.GeometryType.POLYGON for hull in hulls]
    outline, of_part = _united(polygons[usable], of_part[usable])
    return np.concatenate([outline, np.array(hulls, object)[solid]]), np.concatenate([of_part, without[solid]])


def _united(polygons: NDArray[np.object_], of_part: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Polygons of one part joined; official models cut the ground of a round chimney into strips."""
    several = np.bincount(of_part, minlength=1)[of_part] > 1
    parts = np.unique(of_part[several])
    if not len(parts):
        return polygons, of_part
    unions = [shapely.union_all(shapely.make_valid(polygons[of_part == part])) for part in parts.tolist()]
    pieces, which = shapely.get_parts(np.array(unions, object), return_index=True)
    solid = shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON
    joined = np.concatenate([polygons[~several], pieces[solid]])
    return joined, np.concatenate([of_part[~several], parts[which[solid]]])


def simplified(outline: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    """Outlines with fewer corners; what would lose more than a fifth of its area stays as it is."""
    result = outline.copy()
    rich = np.flatnonzero(shapely.get_num_coordinates(outline) > 5)
    simple = shapely.simplify(outline[rich], tolerance, preserve_topology=False)
    fits = shapely.get_type_id(simple) == shapely.GeometryType.POLYGON
    fits &= np.abs(shapely.area(simple) / shapely.area(outline[rich]) - 1.0) < 0.2
    result[rich[fits]] = simple[fits]
    return result


def polygons_of(
    xy: NDArray[np.float64], vertex_offsets: NDArray[np.int64], ring_offsets: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Shapely polygons of rings whose first vertex is not repeated; rings of less than three vertices vanish."""
    starts, stops = vertex_offsets[:-1], vertex_offsets[1:]
    counts = stops - starts
    full = counts >= 3
    positions, closed = ranges(vertex_offsets, np.flatnonzero(full))
    # each ring once more with its first vertex behind its last
    ends = np.insert(positions, closed[1:], starts[full])
    ring_number = np.concatenate([[0], np.cumsum(full)])
    offsets = closed + np.arange(len(closed))
    made: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, xy[ends], (offsets, ring_number[ring_offsets])
    )
    return made


def rings_of(
    outline: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Corners, rings as offsets of corners and polygons as offsets of rings; the first corner is not repeated."""
    _, xy, (closed, ring_offsets) = shapely.to_ragged_array(outline)
    offsets = closed.astype(np.int64) - np.arange(len(closed))
    return np.delete(xy, closed[1:] - 1, axis=0), offsets, ring_offsets.astype(np.int64)


def pack_blocks(blocks: Blocks) -> bytes:
    """Blocks as bytes."""
    arrays: dict[str, NDArray[Any]] = {"base": blocks.base, "top": blocks.top, "feature": blocks.feature}
    if len(blocks.outline):
        _, xy, (vertex_offsets, ring_offsets) = shapely.to_ragged_array(blocks.outline)
        arrays |= {"xy": xy, "vertex_offsets": vertex_offsets, "ring_offsets": ring_offsets}
    for name, column in blocks.columns.items():
        if isinstance(column, Strings):
            arrays[f"text/{name}"], arrays[f"offsets/{name}"] = column.data, column.offsets
        else:
            arrays[f"column/{name}"] = column
    return pack(arrays)


def unpack_blocks(data: bytes) -> Blocks:
    """The blocks of :func:`pack_blocks`."""
    arrays = unpack(data)
    outline = np.zeros(0, object)
    if "xy" in arrays:
        outline = shapely.from_ragged_array(
            shapely.GeometryType.POLYGON, arrays["xy"], (arrays["vertex_offsets"], arrays["ring_offsets"])
        )
    columns: Columns = {}
    for key, array in arrays.items():
        form, _, name = key.partition("/")
        if form == "column":
            columns[name] = array
        elif form == "text":
            columns[name] = Strings(array, arrays[f"offsets/{name}"])
    return Blocks(outline, arrays["base"], arrays["top"], arrays["feature"], columns)
