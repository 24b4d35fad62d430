"""Planes, areas and triangles of the polygons of a city, vectorised.

Normals after Newell, relative to the first vertex of the ring so that large map coordinates
cancel. Convex polygons without holes (more than nine of ten in official building models) become fans
in one stroke; the rest goes through ear clipping in the plane of the dominant axis.
"""

from __future__ import annotations

from itertools import pairwise

import mapbox_earcut
import numpy as np
from numpy.typing import NDArray

from kastor.city.model import LINE_SEMANTICS, City, owner
from kastor.city.strings import ranges

_STRAIGHT = 0.001
"""Depth of a dent that does not count: measured corners on one line are never quite on it. [m]"""


def ring_normals(xyz: NDArray[np.float64], vertex_offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """
    Newell normal of each ring, as long as its area.

    Parameters
    ----------
    xyz
        Vertices, shape (n_vertices, 3). [m]
    vertex_offsets
        Rings as ragged offsets, shape (n_rings + 1,).

    Returns
    -------
    NDArray
        Shape (n_rings, 3). [m²]

    References
    ----------
    .. [1] Sutherland, Sproull, Schumacker (1974), A characterization of ten hidden-surface
       algorithms (Newell's method), :doi:`10.1145/356625.356626`.
    """
    counts = np.diff(vertex_offsets)
    normals = np.zeros((len(counts), 3))
    filled = np.flatnonzero(counts > 0)
    if len(filled):
        starts = vertex_offsets[filled]
        columns = _from_first(xyz[: vertex_offsets[-1]], starts, counts[filled])
        normals[filled] = _newell(columns, starts).T
    return normals


def _from_first(xyz: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """x, y and z of the vertices of filled rings from the first vertex of each, shape (3, n)."""
    columns = np.ascontiguousarray(xyz.T)
    for column in columns:
        column -= np.repeat(column[starts], counts)
    return columns


def _newell(columns: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Normals of filled rings whose first vertex is the origin, shape (3, n_rings)."""
    # a product across two rings is one with the origin
    products = _cross(columns[:, :-1], columns[:, 1:])
    return np.stack([np.add.reduceat(np.append(product, 0.0), starts) for product in products]) / 2.0


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Vector products of columns of shape (3, n); numpy's own takes several times as long."""
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def polygon_normals(city: City) -> NDArray[np.float64]:
    """Newell normal of each polygon less its holes, as long as its area, shape (n_polygons, 3). [m²]"""
    rings = ring_normals(city.xyz, city.vertex_offsets)
    outer = city.ring_offsets[:-1]
    filled = np.diff(city.ring_offsets) > 0
    normals = np.zeros((len(outer), 3))
    if not filled.any():
        return normals
    normals[filled] = rings[outer[filled]]
    first = np.zeros(len(rings), bool)
    first[outer[filled]] = True
    holes = np.flatnonzero(~first)
    if len(holes):
        of = owner(city.ring_offsets)[holes]
        length = np.linalg.norm(normals[of], axis=1)
        hole_area = np.linalg.norm(rings[holes], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(length > 0, hole_area / length, 0.0)
        taken = np.zeros(len(outer))
        np.add.at(taken, of, share)
        normals *= np.clip(1.0 - taken, 0.0, None)[:, None]
    return normals


def polygon_areas(city: City) -> NDArray[np.float64]:
    """Area of each polygon less its holes, shape (n_polygons,). [m²]"""
    areas: NDArray[np.float64] = np.linalg.norm(polygon_normals(city), axis=1)
    return areas


def plane_deviation(city: City, normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Largest distance of a polygon's vertices from its plane, shape (n_polygons,). [m]

    The plane goes through the mean of the vertices; 0 for polygons without area.

    Parameters
    ----------
    normals
        See :func:`polygon_normals`.
    """
    result = np.zeros(len(city.ring_offsets) - 1)
    ends = city.vertex_offsets[city.ring_offsets]
    filled = np.flatnonzero(ends[1:] > ends[:-1])
    if not len(filled):
        return result
    starts, counts = ends[:-1][filled], np.diff(ends)[filled]
    length = np.linalg.norm(normals[filled], axis=1)
    along = np.zeros(len(city.xyz))
    # by column: along rows of three numpy takes several times as long
    for axis in range(3):
        column = np.ascontiguousarray(city.xyz[:, axis])
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = np.where(length > 1e-12, normals[filled, axis] / length, 0.0)
        along += (column - np.repeat(column[starts], counts)) * np.repeat(unit, counts)
    mean = np.add.reduceat(along, starts) / counts
    result[filled] = np.maximum.reduceat(np.abs(along - np.repeat(mean, counts)), starts)
    return result


def triangulate(city: City) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """
    Triangles of all polygons that enclose an area, turning like their outer ring.

    Returns
    -------
    triangles
        Vertex indices, shape (n_triangles, 3).
    polygon
        Polygon of each triangle, shape (n_triangles,), ascending.
    """
    counts = np.diff(city.vertex_offsets)
    rings = np.diff(city.ring_offsets)
    outer = np.where(rings > 0, city.ring_offsets[:-1], 0)
    corners = np.where(rings > 0, counts[outer] if len(counts) else 0, 0)
    corners[np.isin(city.semantic, LINE_SEMANTICS)[owner(city.polygon_offsets)]] = 0
    convex = (rings == 1) & (corners == 3)
    several = np.flatnonzero((rings == 1) & (corners > 3))
    convex[several] = _convex(city.xyz, city.vertex_offsets, outer[several])
    fans, fan_polygon = _fans(city.vertex_offsets[outer], corners, np.flatnonzero(convex))
    bent = np.flatnonzero((rings > 0) & (corners >= 3) & ~convex)
    if not len(bent):
        return fans, fan_polygon
    ears, ear_polygon = _ears(city, bent)
    of = np.concatenate([fan_polygon, ear_polygon])
    order = np.argsort(of, kind="stable")
    return np.concatenate([fans, ears])[order], of[order]


def _convex(xyz: NDArray[np.float64], vertex_offsets: NDArray[np.int64], rings: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each of some filled rings turns one way only around its normal, dents apart; shape (len(rings),)."""
    if not len(rings):
        return np.zeros(0, bool)
    vertices, offsets = ranges(vertex_offsets, rings)
    starts, counts = offsets[:-1], np.diff(offsets)
    columns = _from_first(xyz[vertices], starts, counts)
    following = np.arange(1, len(vertices) + 1)
    following[offsets[1:] - 1] = starts
    edges = columns[:, following] - columns
    ahead = edges[:, following]
    turns = _cross(edges, ahead)
    normals = _newell(columns, starts)
    along = sum(turn * np.repeat(normal, counts) for turn, normal in zip(turns, normals, strict=True))
    one_way = np.ones(len(rings), bool)
    dents = np.flatnonzero(along < 0.0)
    of = np.searchsorted(offsets, dents, side="right") - 1
    depth = -along[dents] / np.linalg.norm(normals[:, of], axis=0)
    one_way[of[depth > _STRAIGHT * np.linalg.norm(edges[:, dents] + ahead[:, dents], axis=0)]] = False
    # a ring of five corners and more that winds around twice also turns one way only; its turning angles tell
    unsure = np.flatnonzero(one_way & ((counts > 4) | (np.minimum.reduceat(along, starts) <= 0.0)))
    if len(unsure):
        corner, offsets = ranges(offsets, unsure)
        length = np.sqrt(sum(turn[corner] * turn[corner] for turn in turns))
        angles = np.arctan2(length, (edges[:, corner] * ahead[:, corner]).sum(axis=0))
        one_way[unsure] = np.add.reduceat(angles, offsets[:-1]) < 2.5 * np.pi
    return one_way


def _fans(
    first: NDArray[np.int64], corners: NDArray[np.int64], polygons: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    per_polygon = corners[polygons] - 2
    of = np.repeat(polygons, per_polygon)
    starts = np.cumsum(per_polygon) - per_polygon
    step = np.arange(len(of)) - np.repeat(starts, per_polygon)
    apex = first[of]
    return np.column_stack([apex, apex + step + 1, apex + step + 2]).astype(np.int32), of


def _ears(city: City, polygons: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Ear-clipped triangles of polygons with holes or dents, each in the plane of its normal's dominant axis."""
    rings, ring_offsets = ranges(city.ring_offsets, polygons)
    vertices, vertex_offsets = ranges(city.vertex_offsets, rings)
    starts = vertex_offsets[ring_offsets[:-1]]
    of_vertex = np.repeat(np.arange(len(polygons)), vertex_offsets[ring_offsets[1:]] - starts)
    xyz = city.xyz[vertices]
    normals = ring_normals(xyz, vertex_offsets)[ring_offsets[:-1]]
    axis = np.abs(normals).argmax(axis=1)
    kept = np.array([(1, 2), (2, 0), (0, 1)])[axis][of_vertex]
    flat = np.take_along_axis(xyz - xyz[starts[of_vertex]], kept, axis=1)
    # where each ring ends, counted from the first vertex of its polygon
    ends = (vertex_offsets[1:] - np.repeat(starts, np.diff(ring_offsets))).astype(np.uint32)
    pieces = zip(pairwise([*starts.tolist(), len(flat)]), pairwise(ring_offsets.tolist()), strict=True)
    parts = [mapbox_earcut.triangulate_float64(flat[a:b], ends[low:high]) for (a, b), (low, high) in pieces]
    counts = np.array([len(part) // 3 for part in parts])
    of = np.repeat(np.arange(len(polygons)), counts)
    triangles = np.concatenate(parts).reshape(-1, 3).astype(np.int64) + starts[of][:, None]
    # ear clipping answers in its own turn; the plane's outward side decides
    a, b, c = flat[triangles[:, 0]], flat[triangles[:, 1]], flat[triangles[:, 2]]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    flip = (area > 0) != (normals[np.arange(len(polygons)), axis] > 0)[of]
    triangles[flip] = triangles[flip][:, ::-1]
    return vertices[triangles].astype(np.int32), polygons[of]
