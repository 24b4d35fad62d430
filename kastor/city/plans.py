"""What objects look like on a map: outlines, lines and points as shapely geometries, all at once.

The outline of an object is its ground surfaces, else its footprint, else its plan area, else its roofs seen from
above; the same order in which ``area`` of the object lists is computed.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Semantic, owner

OUTLINES = (Semantic.GROUND, Semantic.FOOTPRINT, Semantic.AREA, Semantic.ROOF, Semantic.UNKNOWN)
"""Surfaces an outline is made of, the ones that say most first."""

Geometries = NDArray[np.object_]


def plans(city: City) -> Geometries:
    """
    Plan geometry of each object by its own surfaces, parts aside; shape (n_objects,).

    Polygons and multipolygons for areas, lines for axes, points for positions, None without any. Coordinates are
    those of the city. [m]
    """
    found = np.full(len(city), None, object)
    of_surface = owner(city.surface_offsets)
    for semantic in OUTLINES:
        chosen = np.flatnonzero(city.semantic == semantic)
        missing = np.array([g is None for g in found.tolist()], bool)
        chosen = chosen[missing[of_surface[chosen]]]
        if len(chosen):
            _fill(found, *_outlines(city, chosen, of_surface))
    for semantic in (Semantic.AXIS, Semantic.POSITION):
        chosen = np.flatnonzero(city.semantic == semantic)
        missing = np.array([g is None for g in found.tolist()], bool)
        chosen = chosen[missing[of_surface[chosen]]]
        if len(chosen):
            _fill(found, *_lines(city, chosen, of_surface, semantic))
    return found


def outline_of_parts(shapes: Geometries, top: NDArray[np.int64]) -> Geometries:
    """
    Outline of each top-level object together with its parts; shape (n_objects,), None for parts.

    Parameters
    ----------
    shapes
        See :func:`plans`.
    top
        Index of each object's top-level object, shape (n_objects,).
    """
    found = np.full(len(shapes), None, object)
    heads = np.flatnonzero(top == np.arange(len(top)))
    found[heads] = shapes[heads]
    children = np.flatnonzero(top != np.arange(len(top)))
    for head in np.unique(top[children]).tolist():
        members = [g for g in shapes[np.flatnonzero(top == head)] if g is not None]
        found[head] = shapely.union_all(members) if members else None
    return found


def _fill(found: Geometries, shapes: Geometries, of: NDArray[np.int64]) -> None:
    """Give each object the union of its shapes."""
    order = np.argsort(of, kind="stable")
    shapes, of = shapes[order], of[order]
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    ends = np.r_[starts[1:], len(of)]
    single = ends - starts == 1
    found[of[starts[single]]] = shapes[starts[single]]
    for a, b in zip(starts[~single].tolist(), ends[~single].tolist(), strict=True):
        found[of[a]] = shapely.union_all(shapes[a:b])


def _outlines(
    city: City, surfaces: NDArray[np.int64], of_surface: NDArray[np.int64]
) -> tuple[Geometries, NDArray[np.int64]]:
    chosen = np.zeros(len(city.semantic), bool)
    chosen[surfaces] = True
    surface = owner(city.polygon_offsets)
    polygon = owner(city.ring_offsets)
    vertices = np.diff(city.vertex_offsets)
    outer = np.zeros(len(vertices), bool)
    outer[city.ring_offsets[:-1][np.diff(city.ring_offsets) > 0]] = True
    # a polygon whose outer ring is no ring is nothing
    whole = np.zeros(len(surface), bool)
    whole[polygon[outer & (vertices >= 3)]] = True
    kept = np.flatnonzero(chosen[surface][polygon] & whole[polygon] & (vertices >= 3))
    if not len(kept):
        return np.zeros(0, object), np.zeros(0, np.int64)
    rings = _runs(city, kept, shapely.linearrings)
    numbers, indices = np.unique(polygon[kept], return_inverse=True)
    shapes = np.asarray(shapely.polygons(rings, indices=indices), object)
    wrong = ~shapely.is_valid(shapes)
    shapes[wrong] = shapely.make_valid(shapes[wrong])
    return shapes, of_surface[surface[numbers]]


def _lines(
    city: City, surfaces: NDArray[np.int64], of_surface: NDArray[np.int64], semantic: Semantic
) -> tuple[Geometries, NDArray[np.int64]]:
    chosen = np.zeros(len(city.semantic), bool)
    chosen[surfaces] = True
    surface = owner(city.polygon_offsets)[owner(city.ring_offsets)]
    least = 1 if semantic == Semantic.POSITION else 2
    kept = np.flatnonzero(chosen[surface] & (np.diff(city.vertex_offsets) >= least))
    if not len(kept):
        return np.zeros(0, object), np.zeros(0, np.int64)
    if semantic == Semantic.POSITION:
        shapes = shapely.points(city.xyz[city.vertex_offsets[kept], :2])
    else:
        shapes = _runs(city, kept, shapely.linestrings)
    return np.asarray(shapes, object), of_surface[surface[kept]]


def _runs(city: City, rings: NDArray[np.int64], make: object) -> Geometries:
    """Lines or rings of some runs of vertices."""
    assert callable(make)
    counts = np.diff(city.vertex_offsets)[rings]
    starts = city.vertex_offsets[rings]
    first = np.cumsum(counts) - counts
    vertex = np.arange(int(counts.sum())) + np.repeat(starts - first, counts)
    made: Geometries = make(city.xyz[vertex, :2], indices=np.repeat(np.arange(len(rings)), counts))
    return made
