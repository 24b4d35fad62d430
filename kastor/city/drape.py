"""Plan data laid on the ground: streets, trees, areas and footprints that come without heights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.extrude import extrude
from kastor.city.model import City, Kind, Semantic, owner, root
from kastor.city.terrain import Terrain, height_at

_PLAN = (Semantic.FOOTPRINT, Semantic.ROOF_EDGE, Semantic.AREA, Semantic.AXIS, Semantic.POSITION)


def drape(city: City, terrain: Terrain) -> City:
    """
    Lay plan data on the ground and raise blocks on the footprints.

    Plan surfaces (LoD 0) at height 0 are lifted: trees, lines and areas vertex by vertex; bridges and
    tunnels straight from end to end; a footprint to the lowest ground under its building, so that it stays level.
    Objects with the attribute ``heightAboveGround`` are lifted as a whole in the same way and lose it. Footprints
    with a height then become blocks, see :func:`kastor.city.extrude.extrude`. Whatever has heights of its own stays
    as it is, and so does what lies off the terrain.

    Parameters
    ----------
    city
        In the reference system of the terrain.
    """
    flat = (city.lod == 0) & np.isin(city.semantic, _PLAN)
    if not flat.any() and "heightAboveGround" not in city.attributes:
        return extrude(city)
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)[owner(city.vertex_offsets)]]
    above = _above_ground(city)[owner(city.surface_offsets)]
    # a plan has no heights
    flat[surface[city.xyz[:, 2] != 0.0]] = False
    plan = flat & ~above
    vertices = np.flatnonzero((plan | above)[surface])
    if not len(vertices):
        return extrude(city)
    of = surface[vertices]
    ground = height_at(terrain, city.xyz[vertices, 0], city.xyz[vertices, 1])
    ground = _nearby(ground, of, len(plan))
    level = above[of] | (city.semantic[of] == Semantic.FOOTPRINT)
    if level.any():
        lowest = np.full(len(city), np.nan)
        top = root(city)[owner(city.surface_offsets)[of]]
        np.fmin.at(lowest, top[level], ground[level])
        ground = np.where(level, lowest[top], ground)
    xyz = city.xyz.copy()
    known = np.isfinite(ground)
    xyz[vertices[known], 2] += ground[known]
    lifted = replace(
        city,
        xyz=_straightened(city, xyz, plan),
        attributes={name: c for name, c in city.attributes.items() if name != "heightAboveGround"},
    )
    return extrude(lifted)


def _above_ground(city: City) -> NDArray[np.bool_]:
    """Whether the heights of each object count from the ground."""
    column = city.attributes.get("heightAboveGround")
    if column is None:
        return np.zeros(len(city), bool)
    marked = np.array([v is True for v in column.values] + [False])[column.codes]
    return np.asarray(marked[root(city)] | marked)


def _nearby(ground: NDArray[np.float64], surface: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Unknown heights get the mean of the known ones of their surface."""
    known = np.isfinite(ground)
    count = np.bincount(surface[known], minlength=n)
    total = np.bincount(surface[known], ground[known], minlength=n)
    mean = np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
    return np.where(known, ground, mean[surface])


def _straightened(city: City, xyz: NDArray[np.float64], plan: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bridges and tunnels run straight between their ends instead of following the valley."""
    crossing = np.zeros(len(city), bool)
    for name in ("bridge", "tunnel"):
        column = city.attributes.get(name)
        if column is not None:
            spans = np.array([v not in (None, "no", False) for v in column.values] + [False])
            crossing |= spans[column.codes]
    crossing &= np.isin(city.kind, (Kind.STREET, Kind.RAILWAY, Kind.BRIDGE, Kind.TUNNEL))
    surfaces = plan & (city.semantic == Semantic.AXIS) & crossing[owner(city.surface_offsets)]
    ring_surface = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    for ring in np.flatnonzero(surfaces[ring_surface]).tolist():
        line = slice(city.vertex_offsets[ring], city.vertex_offsets[ring + 1])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xyz[line, :2], axis=0).T))])
        if along[-1] > 0:
            xyz[line, 2] = np.interp(along, [0.0, along[-1]], xyz[line, 2][[0, -1]])
    return xyz
