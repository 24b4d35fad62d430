"""What each object covers or follows on the ground, as one plan geometry: for maps, tables and questions about places.

A building is the outline of its ground surfaces (else of its footprint, else of its roofs, else of
everything it has seen from above) joined with those of its parts; a street is its axis, a tree its
point. Walls have no area and are never built.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Semantic, owner
from kastor.city.strings import ranges

Geometries = NDArray[np.object_]

AREAS = (
    (Semantic.FOOTPRINT, Semantic.AREA),
    (Semantic.GROUND,),
    (Semantic.ROOF, Semantic.ROOF_EDGE),
    tuple(meaning for meaning in Semantic if meaning < Semantic.AXIS and meaning != Semantic.WALL),
)
"""Surfaces an outline is taken from, the first ones an object has."""


def outlines(city: City) -> Geometries:
    """Place of each object in plan: area, line, point or None, shape (n_objects,); a building covers its parts."""
    return with_parts(city, own_outlines(city))


def own_outlines(city: City) -> Geometries:
    """Place of each object in plan by its own surfaces alone, parts aside; shape (n_objects,)."""
    found: Geometries = np.full(len(city), None, object)
    surface = owner(city.polygon_offsets)
    semantic = city.semantic[surface]
    of_object = owner(city.surface_offsets)[surface]
    open_yet = np.ones(len(city), bool)
    for meanings in AREAS:
        wanted = np.flatnonzero(np.isin(semantic, meanings) & open_yet[of_object])
        wanted, polygons = _polygons(city, wanted)
        _join(found, of_object[wanted], polygons)
        open_yet[of_object[wanted]] = False
    _add_lines_and_points(city, found)
    return found


def with_parts(city: City, own: Geometries) -> Geometries:
    """What :func:`own_outlines` gave, each joined with the places of the object's parts; shape (n_objects,)."""
    found = own.copy()
    _add_parts(city, found)
    return found


def _polygons(city: City, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int64], Geometries]:
    """Those of some polygons that have an area in plan, and their areas."""
    corners = np.diff(city.vertex_offsets)
    wanted = wanted[np.diff(city.ring_offsets)[wanted] > 0]
    wanted = wanted[corners[city.ring_offsets[wanted]] >= 3]
    if not len(wanted):
        return wanted, np.zeros(0, object)
    rings, ring_offsets = ranges(city.ring_offsets, wanted)
    of_ring = np.repeat(np.arange(len(wanted)), np.diff(ring_offsets))
    closed = corners[rings] >= 3
    rings, of_ring = rings[closed], of_ring[closed]
    vertices, _ = ranges(city.vertex_offsets, rings)
    linear = shapely.linearrings(city.xyz[vertices, :2], indices=np.repeat(np.arange(len(rings)), corners[rings]))
    polygons: Geometries = np.asarray(shapely.polygons(np.asarray(linear, object), indices=of_ring), object)
    for index in np.flatnonzero(~shapely.is_valid(polygons)).tolist():
        # a bow-tie or a wall seen from above; zero width keeps what has an area
        polygons[index] = shapely.buffer(polygons[index], 0)
    solid = shapely.area(polygons) > 0
    return wanted[solid], polygons[solid]


def _join(found: Geometries, of_object: NDArray[np.int64], polygons: Geometries) -> None:
    """Give each object its polygons as one area."""
    if not len(of_object):
        return
    order = np.argsort(of_object, kind="stable")
    objects, first, count = np.unique(of_object[order], return_index=True, return_counts=True)
    alone = count == 1
    found[objects[alone]] = polygons[order[first[alone]]]
    for index, start, n in zip(*(a[~alone].tolist() for a in (objects, first, count)), strict=True):
        found[index] = shapely.union_all(polygons[order[start : start + n]])


def _add_lines_and_points(city: City, found: Geometries) -> None:
    """Axes and points of the objects that have no area."""
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    of_object = owner(city.surface_offsets)[surface]
    corners = np.diff(city.vertex_offsets)
    for semantic, least in ((Semantic.AXIS, 2), (Semantic.POSITION, 1)):
        empty = shapely.is_missing(found)
        rings = np.flatnonzero((city.semantic[surface] == semantic) & empty[of_object] & (corners >= least))
        if not len(rings):
            continue
        vertices, _ = ranges(city.vertex_offsets, rings)
        xy = city.xyz[vertices, :2]
        if semantic == Semantic.AXIS:
            axes = shapely.linestrings(xy, indices=np.repeat(np.arange(len(rings)), corners[rings]))
            shapes: Geometries = np.asarray(axes, object)
            of_shape = of_object[rings]
        else:
            shapes = np.asarray(shapely.points(xy), object)
            of_shape = np.repeat(of_object[rings], corners[rings])
        _gather(found, of_shape, shapes)


def _gather(found: Geometries, of_object: NDArray[np.int64], shapes: Geometries) -> None:
    """Give each object its lines or points, several as one collection."""
    order = np.argsort(of_object, kind="stable")
    objects, first, count = np.unique(of_object[order], return_index=True, return_counts=True)
    alone = count == 1
    found[objects[alone]] = shapes[order[first[alone]]]
    for index, start, n in zip(*(a[~alone].tolist() for a in (objects, first, count)), strict=True):
        members = shapes[order[start : start + n]]
        make = shapely.multipoints if isinstance(members[0], shapely.Point) else shapely.multilinestrings
        found[index] = make(members)


def _add_parts(city: City, found: Geometries) -> None:
    """Join the outlines of parts with that of what they belong to, the deepest first."""
    children: dict[int, list[int]] = {}
    for child in np.flatnonzero(city.parent >= 0).tolist():
        children.setdefault(int(city.parent[child]), []).append(child)
    # a parent stands before its children, so from the end every part is complete when it is needed
    for parent in sorted(children, reverse=True):
        members = [found[i] for i in (parent, *children[parent]) if found[i] is not None]
        found[parent] = shapely.union_all(members) if len(members) > 1 else members[0] if members else None
