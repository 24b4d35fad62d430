"""Buildings as triangles: which surfaces are drawn, what each triangle is, and vertices shared where they may be.

Every top-level object with its parts becomes one feature. Per object the most detailed
surfaces up to LoD3 are taken; a building whose parts are more detailed than itself leaves the
drawing to them, so that no block stands inside a house.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kastor.city.geometry import polygon_normals, triangulate
from kastor.city.model import City, Kind, Semantic, boxes, empty_city, owner, root
from kastor.city.strings import ranges
from kastor.tiles.quantise import RESOLVED

OTHER, GROUND, WALL, ROOF = 0, 1, 2, 3
"""Values of ``_FEATURE_ID_1``: what a triangle is."""

_DRAWN_KINDS = (
    Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL,
    Kind.FURNITURE, Kind.OTHER,
)  # fmt: skip
_MEANING = {Semantic.GROUND: GROUND, Semantic.WALL: WALL, Semantic.ROOF: ROOF}
_INSIDE = (Semantic.INTERIOR_WALL, Semantic.CEILING, Semantic.FLOOR)
_MOST_DETAILED = 39
_SLOPE = 0.2
"""Least share of the normal that points up or down in a roof or ground, for surfaces that do not say what they are."""


@dataclass(frozen=True, eq=False)
class Grounds:
    """
    Ground polygons.

    Parameters
    ----------
    part
        Object each polygon belongs to, shape (n_polygons,).
    ring_offsets, vertex_offsets
        Rings of each polygon, vertices of each ring.
    point
        Point of the mesh at each vertex.
    """

    part: NDArray[np.int64]
    ring_offsets: NDArray[np.int64]
    vertex_offsets: NDArray[np.int64]
    point: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Mesh:
    """
    Buildings as triangles.

    Parameters
    ----------
    features
        Index of the top-level object of each feature, shape (n_features,).
    groups
        Features of each group that fits into one quantised mesh, as offsets, shape (n_groups + 1,).
    points
        Vertices, each once per feature, in map coordinates, shape (n_points, 3). [m]
    feature
        Feature of each point, ascending, shape (n_points,).
    triangles
        Points of each triangle, shape (n_triangles, 3).
    meaning
        ``OTHER``, ``GROUND``, ``WALL`` or ``ROOF`` of each triangle, shape (n_triangles,), uint8.
    part
        Object of the city each triangle belongs to, shape (n_triangles,).
    grounds
        Parts that have a ground surface: its polygons, as rings of points.
    closed
        Whether all surfaces bound solids, so that no back of a triangle is ever seen.
    """

    features: NDArray[np.int64]
    groups: NDArray[np.int64]
    points: NDArray[np.float64]
    feature: NDArray[np.int64]
    triangles: NDArray[np.int64]
    meaning: NDArray[np.uint8]
    part: NDArray[np.int64]
    grounds: Grounds
    closed: bool


def building_mesh(city: City) -> Mesh | None:
    """The buildings of a city as triangles, None when there is nothing to draw."""
    return building_meshes(city, np.zeros(len(city), np.int64), 1)[0]


def building_meshes(city: City, leaf: NDArray[np.int64], leaves: int) -> list[Mesh | None]:
    """
    The buildings of some tiles as triangles: it is the number of steps that costs.

    Parameters
    ----------
    city
        The objects of one tile after the other.
    leaf
        Which of the ``leaves`` tiles each object belongs to, ascending, shape (n_objects,).
    leaves
        Number of tiles.

    Returns
    -------
    list
        A mesh for each, None where there is nothing to draw.
    """
    top = root(city)
    surfaces = _drawn_surfaces(city, top)
    if not len(surfaces):
        return [None] * leaves
    of_surface = owner(city.surface_offsets)
    features, groups = _grouped(city, np.unique(top[of_surface[surfaces]]), leaf)
    row = np.full(len(city), -1, np.int64)
    row[features] = np.arange(len(features))
    surfaces = surfaces[np.argsort(row[top[of_surface[surfaces]]], kind="stable")]
    shape = _shape(city, surfaces)
    corners, polygon = triangulate(shape)
    surface = owner(shape.polygon_offsets)
    part = of_surface[surfaces][surface]
    feature_of_polygon = row[top[part]]
    vertex_polygon = owner(shape.ring_offsets)[owner(shape.vertex_offsets)]
    index, first = _shared(shape.xyz, feature_of_polygon[vertex_polygon])
    triangles = index[corners]
    proper = (triangles != triangles[:, [1, 2, 0]]).all(axis=1)
    triangles, polygon = triangles[proper], polygon[proper]
    meaning = _meaning(shape)
    whole = Mesh(
        features=features,
        groups=groups,
        points=shape.xyz[first],
        feature=feature_of_polygon[vertex_polygon[first]],
        triangles=triangles,
        meaning=meaning[polygon],
        part=part[polygon],
        grounds=_grounds(shape, meaning, part, index),
        closed=bool((shape.solid >= 0).all()),
    )
    if leaves == 1:
        return [whole if len(triangles) else None]
    loose = np.bincount(leaf[part[shape.solid < 0]], minlength=leaves)
    return _split(whole, leaf, loose)


def _split(whole: Mesh, leaf: NDArray[np.int64], loose: NDArray[np.int64]) -> list[Mesh | None]:
    """
    The mesh of each tile, from one of them all.

    Parameters
    ----------
    leaf
        Tile of each object.
    loose
        Surfaces of each tile that bound no solid.
    """
    each = np.arange(len(loose) + 1)
    features = np.searchsorted(leaf[whole.features], each)
    groups = np.searchsorted(whole.groups, features)
    points = np.searchsorted(whole.feature, features)
    triangles, polygons = np.searchsorted(leaf[whole.part], each), np.searchsorted(leaf[whole.grounds.part], each)
    cuts = zip(*(pairwise(bounds.tolist()) for bounds in (features, groups, points, triangles, polygons)), strict=True)
    return [
        Mesh(
            features=whole.features[f0:f1],
            groups=whole.groups[g0 : g1 + 1] - f0,
            points=whole.points[p0:p1],
            feature=whole.feature[p0:p1] - f0,
            triangles=whole.triangles[t0:t1] - p0,
            meaning=whole.meaning[t0:t1],
            part=whole.part[t0:t1],
            grounds=_cut_grounds(whole.grounds, q0, q1, p0),
            closed=not loose[number],
        )
        if t0 < t1
        else None
        for number, ((f0, f1), (g0, g1), (p0, p1), (t0, t1), (q0, q1)) in enumerate(cuts)
    ]


def _cut_grounds(grounds: Grounds, first: int, last: int, first_point: int) -> Grounds:
    r0, r1 = grounds.ring_offsets[[first, last]].tolist()
    v0, v1 = grounds.vertex_offsets[[r0, r1]].tolist()
    return Grounds(
        grounds.part[first:last],
        grounds.ring_offsets[first : last + 1] - r0,
        grounds.vertex_offsets[r0 : r1 + 1] - v0,
        grounds.point[v0:v1] - first_point,
    )


def _drawn_surfaces(city: City, top: NDArray[np.int64]) -> NDArray[np.int64]:
    """Surfaces of the highest level up to LoD3 of each object; higher levels only from objects that have no other."""
    of_object = owner(city.surface_offsets)
    drawn = _one_of(city.kind, _DRAWN_KINDS)
    usable = (drawn & drawn[top])[of_object] & (city.lod >= 10)
    usable &= (city.semantic < Semantic.FOOTPRINT) & ~_one_of(city.semantic, _INSIDE)
    if not np.isfinite(city.xyz).all():
        usable &= _finite(city)
    rank = np.where(city.lod <= _MOST_DETAILED, city.lod, 1)
    best = np.zeros(len(city), np.uint8)
    np.maximum.at(best, of_object[usable], rank[usable])
    best_part = np.zeros(len(city), np.uint8)
    parts = np.flatnonzero(city.kind == Kind.BUILDING_PART)
    np.maximum.at(best_part, top[parts], best[parts])
    best[best < best_part] = 255
    best[parts] = np.where(best[parts] == 255, best_part[parts], best[parts])
    return np.flatnonzero(usable & (rank == best[of_object]))


def _finite(city: City) -> NDArray[np.bool_]:
    """Whether each surface has numbers only as coordinates."""
    bad = np.flatnonzero(~np.isfinite(city.xyz).all(axis=1))
    first = city.vertex_offsets[city.ring_offsets[city.polygon_offsets]]
    result = np.ones(len(city.semantic), bool)
    result[np.searchsorted(first, bad, side="right") - 1] = False
    return result


def _one_of(codes: NDArray[np.uint8], wanted: Sequence[int]) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[list(wanted)] = True
    return table[codes]


def _grouped(
    city: City, features: NDArray[np.int64], leaf: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Features ordered so that runs of them, each of one tile, fit into one quantised mesh; the offsets of the runs."""
    box = np.nan_to_num(boxes(city)[features])
    starts = np.flatnonzero(np.diff(leaf[features])) + 1
    runs, pending = [], np.split(np.arange(len(features)), starts)[::-1]
    while pending:
        members = pending.pop()
        low, high = box[members, :3].min(axis=0), box[members, 3:].max(axis=0)
        if len(members) == 1 or np.linalg.norm(high - low) <= RESOLVED:
            runs.append(members)
            continue
        axis = int((high - low)[:2].argmax())
        centre = box[members, axis] + box[members, axis + 3]
        left = centre < low[axis] + high[axis]
        if left.all() or not left.any():
            left = np.argsort(np.argsort(centre, kind="stable"), kind="stable") < len(members) // 2
        pending += [members[~left], members[left]]
    offsets = np.concatenate([[0], np.cumsum([len(r) for r in runs])])
    return features[np.concatenate(runs)], offsets.astype(np.int64)


def _shape(city: City, surfaces: NDArray[np.int64]) -> City:
    """The geometry of some surfaces alone, in the given order, as a city without objects."""
    polygons, polygon_offsets = ranges(city.polygon_offsets, surfaces)
    rings, ring_offsets = ranges(city.ring_offsets, polygons)
    vertices, vertex_offsets = ranges(city.vertex_offsets, rings)
    return replace(
        empty_city(city.crs),
        semantic=city.semantic[surfaces],
        lod=city.lod[surfaces],
        polygon_offsets=polygon_offsets,
        solid=city.solid[polygons],
        shell=city.shell[polygons],
        ring_offsets=ring_offsets,
        vertex_offsets=vertex_offsets,
        xyz=np.ascontiguousarray(city.xyz[vertices]),
    )


def _meaning(shape: City) -> NDArray[np.uint8]:
    """What each polygon is; surfaces that do not say it are told apart by their slope."""
    table = np.full(256, OTHER, np.uint8)
    for said, means in _MEANING.items():
        table[said] = means
    semantic = shape.semantic[owner(shape.polygon_offsets)]
    meaning: NDArray[np.uint8] = table[semantic]
    silent = np.flatnonzero(semantic == Semantic.UNKNOWN)
    if len(silent):
        normals = polygon_normals(shape)[silent]
        up = normals[:, 2] / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
        meaning[silent] = np.where(up > _SLOPE, ROOF, np.where(up < -_SLOPE, GROUND, WALL))
    return meaning


def _grounds(shape: City, meaning: NDArray[np.uint8], part: NDArray[np.int64], index: NDArray[np.int64]) -> Grounds:
    polygons = np.flatnonzero((meaning == GROUND) & (np.diff(shape.ring_offsets) > 0))
    rings, ring_offsets = ranges(shape.ring_offsets, polygons)
    vertices, vertex_offsets = ranges(shape.vertex_offsets, rings)
    return Grounds(part[polygons], ring_offsets, vertex_offsets, index[vertices])


def _shared(xyz: NDArray[np.float64], group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each vertex the number of its place, equal for equal places in one group; and the first vertex of each."""
    number = 0
    while True:
        key = _mixed(xyz, group, number)
        order = np.argsort(key)
        new = np.append(True, np.diff(key[order]) != 0)
        first = np.minimum.reduceat(order, np.flatnonzero(new))
        by_appearance = np.argsort(first)
        rank = np.empty(len(first), np.int64)
        rank[by_appearance] = np.arange(len(first))
        index = np.empty(len(xyz), np.int64)
        index[order] = rank[np.cumsum(new) - 1]
        first = first[by_appearance]
        if (xyz[first[index]] == xyz).all() and (group[first[index]] == group).all():
            return index, first
        # two places happened to have the same key
        number += 1


def _mixed(xyz: NDArray[np.float64], group: NDArray[np.int64], number: int) -> NDArray[np.uint64]:
    """A number that hardly two different places share, shape (n,)."""
    key = group.astype(np.uint64) + np.uint64(number)
    for column in np.ascontiguousarray(xyz.T + 0.0).view(np.uint64):
        key ^= column
        key *= np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key
