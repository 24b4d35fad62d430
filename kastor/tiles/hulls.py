"""Whole quarters as blocks: what is drawn while the camera is too far away to see roofs.

Each part of a building becomes its outline, pulled up to the mean height of its roof. One level
above the cells every building is still itself and can be picked and coloured; further up,
neighbours of like height grow together, outlines lose their small corners and sheds disappear,
so that a whole city opens with one small file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.strings import Strings
from kastor.tiles.mesh import ROOF, Mesh
from kastor.tiles.outlines import Outlines, joined_outlines, outlines_of, outlines_of_polygons, simplified
from kastor.tiles.tile import pack, unpack

OUTLINE_TOLERANCE = 0.3
"""How far a corner of a single building's outline may lie from its simplified outline. [m]"""

_FILLED = 0.01
"""Share of its area by which a convex hull may differ from the pieces in it and still be taken for their outline."""

Columns = dict[str, NDArray[Any] | Strings]


@dataclass(frozen=True, eq=False)
class Blocks:
    """
    Vertical blocks.

    Parameters
    ----------
    outlines
        One polygon per block in the plane of the local frame (east, north).
    base, top
        Height of floor and roof above the frame's origin, shape (n_blocks,). [m]
    feature
        Row of each block in ``columns``, shape (n_blocks,).
    columns
        What is known of the buildings.
    """

    outlines: Outlines
    base: NDArray[np.float64]
    top: NDArray[np.float64]
    feature: NDArray[np.int64]
    columns: Columns

    def at(self, indices: NDArray[np.int64]) -> Blocks:
        """Some of the blocks."""
        return replace(
            self,
            outlines=self.outlines.at(indices),
            base=self.base[indices],
            top=self.top[indices],
            feature=self.feature[indices],
        )


def blocks_of(mesh: Mesh, local: NDArray[np.float64], columns: Columns) -> Blocks:
    """One block per building part, or more where its ground falls into pieces; ``local`` are the points of the mesh."""
    # the triangles of a part stand together
    starts = np.flatnonzero(np.append(True, mesh.part[1:] != mesh.part[:-1]))
    corners = [np.ascontiguousarray(corner) for corner in mesh.triangles.T]
    # by column: rows of three numpy picks one number at a time
    x, y, z = ([column[corner] for corner in corners] for column in np.ascontiguousarray(local.T))
    lowest, highest = (choose(choose(z[0], z[1]), z[2]) for choose in (np.minimum, np.maximum))
    plan = np.abs((x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])) / 2.0
    plan *= mesh.meaning == ROOF
    area = np.add.reduceat(plan, starts)
    mean = np.add.reduceat(plan * (z[0] + z[1] + z[2]) / 3.0, starts) / np.where(area > 0, area, 1.0)
    base = np.minimum.reduceat(lowest, starts)
    top = np.where(area > 0, mean, np.maximum.reduceat(highest, starts))
    feature = mesh.feature[mesh.triangles[starts, 0]]
    outlines, of_part = _outlines(mesh, local, starts)
    blocks = Blocks(simplified(outlines, OUTLINE_TOLERANCE), base[of_part], top[of_part], feature[of_part], columns)
    return blocks.at(np.flatnonzero((blocks.top - blocks.base > 0.1) & (blocks.outlines.areas() > 0.01)))


def _outlines(mesh: Mesh, local: NDArray[np.float64], starts: NDArray[np.int64]) -> tuple[Outlines, NDArray[np.int64]]:
    """
    Ground polygons and the number of the part each belongs to; the convex hull of all points where there is no ground.

    ``starts`` are the first triangles of the parts.
    """
    grounds = mesh.grounds
    known = outlines_of(local[grounds.point, :2], grounds.vertex_offsets, grounds.ring_offsets)
    number = np.full(max(mesh.part.max(), grounds.part.max(initial=-1)) + 1, -1, np.int64)
    number[mesh.part[starts]] = np.arange(len(starts))
    of_part = number[grounds.part]
    usable = np.flatnonzero((of_part >= 0) & (known.areas() > 0.01))
    outlines, of_part = _united(known.at(usable), of_part[usable])
    without = np.setdiff1d(np.arange(len(starts)), of_part)
    ends = np.append(starts[1:], len(mesh.part))
    corners = [local[mesh.triangles[starts[p] : ends[p]].ravel(), :2] for p in without.tolist()]
    hulls = np.array([shapely.convex_hull(shapely.multipoints(points)) for points in corners], object)
    solid = shapely.get_type_id(hulls) == shapely.GeometryType.POLYGON
    return (
        joined_outlines([outlines, outlines_of_polygons(hulls[solid])]),
        np.concatenate([of_part, without[solid]]),
    )


def _united(outlines: Outlines, of_part: NDArray[np.int64]) -> tuple[Outlines, NDArray[np.int64]]:
    """Polygons of one part joined; official models cut the ground of a round chimney into strips."""
    several = np.bincount(of_part, minlength=1)[of_part] > 1
    if not several.any():
        return outlines, of_part
    chosen = outlines.at(np.flatnonzero(several))
    order = np.argsort(of_part[several], kind="stable")
    parts, member = np.unique(of_part[several][order], return_inverse=True)
    groups = np.asarray(shapely.geometrycollections(_valid(chosen.polygons()[order]), indices=member), object)
    joined = np.asarray(shapely.convex_hull(groups), object)
    # strips of a round shape fill its convex hull; only what does not needs a union
    area = np.bincount(member, chosen.areas()[order])
    open_ones = np.flatnonzero(np.abs(area / shapely.area(joined) - 1.0) > _FILLED)
    joined[open_ones] = shapely.union_all(groups[open_ones, None], axis=1)
    joined, of_group = shapely.get_parts(joined, return_index=True)
    solid = shapely.get_type_id(joined) == shapely.GeometryType.POLYGON
    alone = np.flatnonzero(~several)
    return (
        joined_outlines([outlines.at(alone), outlines_of_polygons(joined[solid])]),
        np.concatenate([of_part[alone], parts[of_group[solid]]]),
    )


def _valid(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    wrong = np.flatnonzero(~shapely.is_valid(polygons))
    polygons[wrong] = shapely.make_valid(polygons[wrong])
    return polygons


def pack_blocks(blocks: Blocks) -> bytes:
    """Blocks as bytes."""
    arrays: dict[str, NDArray[Any]] = {"base": blocks.base, "top": blocks.top, "feature": blocks.feature}
    arrays |= {field.name: getattr(blocks.outlines, field.name) for field in fields(Outlines)}
    for name, column in blocks.columns.items():
        if isinstance(column, Strings):
            arrays[f"text/{name}"], arrays[f"offsets/{name}"] = column.data, column.offsets
        else:
            arrays[f"column/{name}"] = column
    return pack(arrays)


def unpack_blocks(data: bytes) -> Blocks:
    """The blocks of :func:`pack_blocks`."""
    arrays = unpack(data)
    columns: Columns = {}
    for key, array in arrays.items():
        form, _, name = key.partition("/")
        if form == "column":
            columns[name] = array
        elif form == "text":
            columns[name] = Strings(array, arrays[f"offsets/{name}"])
    outlines = Outlines(**{field.name: arrays[field.name] for field in fields(Outlines)})
    return Blocks(outlines, arrays["base"], arrays["top"], arrays["feature"], columns)
