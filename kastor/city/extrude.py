"""Footprints with a height become block models (LoD1), all at once.

Plan data (OpenStreetMap, cadastre, GeoJSON) say where a house stands and how high it is. Readers
hand on the outline as a ``FOOTPRINT`` surface and the height as ``measuredHeight``; this module
makes the solid once the outline lies in metres and on the ground.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Column, Kind, Semantic, concat, owner, take
from kastor.city.strings import Strings

LOD1 = 10


def extrude(city: City) -> City:
    """
    The city with a solid of ground, walls and flat roof in place of each footprint.

    Taken are buildings and parts that have nothing but ``FOOTPRINT`` surfaces and a positive
    ``measuredHeight``; a building whose parts are taken keeps its footprint and gets no solid of its own.
    The solid reaches from the lowest vertex of the footprint (plus ``min_height`` where the object has one)
    to ``measuredHeight`` above that vertex. Anything else stays as it is.

    Parameters
    ----------
    city
        Any city; heights of footprint vertices are the ground, see :func:`kastor.city.drape.drape`.

    Returns
    -------
    City
        Same objects in the same order; new surfaces have LoD1 and one solid per footprint polygon.
    """
    chosen = _extrudable(city)
    if not len(chosen):
        return city
    rest = np.setdiff1d(np.arange(len(city)), chosen)
    blocks = _blocks(take(city, chosen), _number(city, "measuredHeight", chosen), _number(city, "min_height", chosen))
    joined = concat([replace(take(city, rest), attributes={}), blocks])
    order = np.empty(len(city), np.int64)
    order[rest] = np.arange(len(rest))
    order[chosen] = len(rest) + np.arange(len(chosen))
    return replace(take(joined, order), parent=city.parent, attributes=city.attributes)


def extrusion_base(city: City) -> NDArray[np.float64]:
    """Lowest vertex of each object, NaN without vertices, shape (n_objects,). [m]"""
    offsets = city.vertex_offsets[city.ring_offsets[city.polygon_offsets[city.surface_offsets]]]
    filled = np.flatnonzero(np.diff(offsets) > 0)
    base = np.full(len(city), np.nan)
    if len(filled):
        base[filled] = np.minimum.reduceat(city.xyz[:, 2], offsets[filled])
    return base


def ring_areas(city: City) -> NDArray[np.float64]:
    """Signed plan area of each ring, positive when it turns left, shape (n_rings,). [m²]"""
    ring = owner(city.vertex_offsets)
    following = np.arange(1, len(city.xyz) + 1)
    filled = np.diff(city.vertex_offsets) > 0
    following[city.vertex_offsets[1:][filled] - 1] = city.vertex_offsets[:-1][filled]
    # relative to the first vertex, so that large map coordinates cancel
    local = city.xyz[:, :2] - city.xyz[city.vertex_offsets[:-1][ring], :2]
    cross = local[:, 0] * local[following, 1] - local[following, 0] * local[:, 1]
    return np.bincount(ring, cross / 2.0, minlength=len(filled)).astype(np.float64)


def facing_up(city: City) -> City:
    """The city with all plan areas turned to face up: outer rings to the left, holes to the right."""
    area = np.isin(city.semantic, (Semantic.FOOTPRINT, Semantic.AREA))[owner(city.polygon_offsets)]
    outer = np.zeros(len(city.vertex_offsets) - 1, bool)
    outer[city.ring_offsets[:-1][np.diff(city.ring_offsets) > 0]] = True
    wrong = ((ring_areas(city) < 0) == outer) & area[owner(city.ring_offsets)]
    index = np.arange(len(city.xyz))
    order = np.where(wrong[owner(city.vertex_offsets)], _reversed(city.vertex_offsets), index)
    return replace(city, xyz=city.xyz[order])


def _extrudable(city: City) -> NDArray[np.int64]:
    foreign = np.zeros(len(city), bool)
    of_surface = owner(city.surface_offsets)
    foreign[of_surface[city.semantic != Semantic.FOOTPRINT]] = True
    with_footprint = np.zeros(len(city), bool)
    with_footprint[of_surface[np.diff(city.polygon_offsets) > 0]] = True
    height = _number(city, "measuredHeight", np.arange(len(city)))
    kinds = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
    good = kinds & with_footprint & ~foreign & (height > 0)
    parts = np.flatnonzero(good & (city.parent >= 0))
    good[city.parent[parts]] = False
    return np.flatnonzero(good)


def _number(city: City, name: str, objects: NDArray[np.int64]) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    values = column.numbers() if isinstance(column, Column) else np.zeros(len(city))
    return np.nan_to_num(values, nan=0.0, posinf=0.0)[objects]


def _blocks(plan: City, height: NDArray[np.float64], above: NDArray[np.float64]) -> City:
    """Three surfaces per object: ground, walls, roof."""
    base = extrusion_base(plan)
    low, high = base + np.where(above < height, above, 0.0), base + height
    of_surface = owner(plan.surface_offsets)
    of_polygon = of_surface[owner(plan.polygon_offsets)]
    of_vertex = of_polygon[owner(plan.ring_offsets)[owner(plan.vertex_offsets)]]
    xy = facing_up(plan).xyz[:, :2]
    following = _following(plan.vertex_offsets)
    roof_xyz = np.column_stack([xy, high[of_vertex]])
    ground_xyz = np.column_stack([xy, low[of_vertex]])
    corners = (ground_xyz, ground_xyz[following], roof_xyz[following], roof_xyz)
    number = np.arange(len(of_polygon)) - plan.polygon_offsets[plan.surface_offsets[of_polygon]]
    faces = owner(plan.ring_offsets)[owner(plan.vertex_offsets)]
    n = len(plan)
    ground = _layer(
        plan, Semantic.GROUND, of_polygon, number, plan.ring_offsets, plan.vertex_offsets,
        ground_xyz[_reversed(plan.vertex_offsets)],
    )  # fmt: skip
    walls = _layer(
        plan, Semantic.WALL, of_vertex, number[faces], np.arange(len(xy) + 1), np.arange(len(xy) + 1) * 4,
        np.stack(corners, axis=1).reshape(-1, 3),
    )  # fmt: skip
    roof = _layer(plan, Semantic.ROOF, of_polygon, number, plan.ring_offsets, plan.vertex_offsets, roof_xyz)
    order = np.arange(3 * n).reshape(3, n).T.ravel()
    layered = take(concat([ground, walls, roof]), order)
    return replace(layered, ids=plan.ids, kind=plan.kind, parent=plan.parent, surface_offsets=np.arange(n + 1) * 3)


def _layer(
    plan: City,
    semantic: Semantic,
    of_polygon: NDArray[np.int64],
    solid: NDArray[np.int64],
    ring_offsets: NDArray[np.int64],
    vertex_offsets: NDArray[np.int64],
    xyz: NDArray[np.float64],
) -> City:
    """One surface per object of the plan with the given polygons, which are grouped by object."""
    n = len(plan)
    polygon_offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(of_polygon, minlength=n), out=polygon_offsets[1:])
    return City(
        crs=plan.crs,
        ids=Strings.of([""] * n),
        kind=plan.kind,
        parent=np.full(n, -1, np.int32),
        attributes={},
        surface_offsets=np.arange(n + 1),
        surface_ids=Strings.of([""] * n),
        semantic=np.full(n, semantic, np.uint8),
        lod=np.full(n, LOD1, np.uint8),
        polygon_offsets=polygon_offsets,
        solid=solid.astype(np.int16),
        shell=np.zeros(len(of_polygon), np.int16),
        ring_offsets=ring_offsets,
        vertex_offsets=vertex_offsets,
        xyz=xyz,
    )


def _reversed(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the members of each group from last to first."""
    group = owner(offsets)
    return offsets[group] + offsets[group + 1] - 1 - np.arange(offsets[-1])


def _following(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the next member of the same group, the first one after the last."""
    group = owner(offsets)
    index = np.arange(offsets[-1]) + 1
    return np.where(index < offsets[group + 1], index, offsets[group])
