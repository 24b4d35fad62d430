"""How far objects are from a place on the ground, measured to their outlines, not their boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import LINE_SEMANTICS, City, owner, root, take


def distance(city: City, ids: list[str], place: tuple[float, float]) -> list[float]:
    """
    Distance of some top-level objects, with their parts, from a place; 0 inside. [m]

    Parameters
    ----------
    city
        Holds them.
    ids
        Which objects.
    place
        East and north. [m]
    """
    index = {object_id: i for i, object_id in enumerate(city.ids.tolist())}
    wanted = np.array([index[i] for i in ids], np.int64)
    members = np.flatnonzero(np.isin(root(city), wanted))
    cut = take(city, members)
    edge, inside = _polygons(cut, np.array(place))
    surface = owner(cut.polygon_offsets)
    edge[inside & ~np.isin(cut.semantic, LINE_SEMANTICS)[surface]] = 0.0
    family = root(city)[members][owner(cut.surface_offsets)[surface]]
    nearest = np.full(len(city), np.inf)
    np.minimum.at(nearest, family, edge)
    return [float(d) for d in nearest[wanted]]


def _polygons(city: City, place: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Distance of each polygon's edges from a place, and whether its rings enclose the place."""
    count = len(city.ring_offsets) - 1
    edge, crossings = np.full(count, np.inf), np.zeros(count, np.int64)
    if not len(city.xyz):
        return edge, crossings > 0
    ring = owner(city.vertex_offsets)
    polygon = owner(city.ring_offsets)[ring]
    start = city.xyz[:, :2] - place
    following = np.arange(len(start)) + 1
    last = city.vertex_offsets[1:][np.diff(city.vertex_offsets) > 0] - 1
    first = city.vertex_offsets[:-1][np.diff(city.vertex_offsets) > 0]
    following[last] = first
    surface = owner(city.polygon_offsets)[polygon]
    # the rings of lines are open: their last vertex has no edge of its own
    is_line = np.isin(city.semantic, LINE_SEMANTICS)[surface]
    following[last] = np.where(is_line[last], last, first)
    along = start[following] - start
    length = np.einsum("ij,ij->i", along, along)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(length > 0, -np.einsum("ij,ij->i", start, along) / length, 0.0).clip(0.0, 1.0)
    np.minimum.at(edge, polygon, np.hypot(*(start + t[:, None] * along).T))
    end = start[following]
    across = (start[:, 1] > 0) != (end[:, 1] > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        at = start[:, 0] - start[:, 1] * along[:, 0] / along[:, 1]
    np.add.at(crossings, polygon[across & (at > 0)], 1)
    return edge, crossings % 2 == 1
