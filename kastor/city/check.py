"""Checks on a city as it was read: what looks doubtful is written into the report, never thrown away.

Planes (a roof whose corners are not in one plane), areas, and whether height and storeys fit
together. A doubtful object stays as it is; a person decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.city.geometry import plane_deviation, polygon_areas
from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, boxes, owner, root
from kastor.city.report import Report

PLANAR = 0.05
"""A polygon whose vertices leave its plane by more than this is reported. [m]"""

STOREY_HEIGHT = (2.2, 4.6)
"""Walls per storey of dwellings outside this range are reported. [m]"""

HEIGHT_DIFFERENCE = 1.0
"""A stated height that differs from the geometry by more than this is reported. [m]"""


def check(city: City, report: Report) -> None:
    """Write everything doubtful about ``city`` into ``report``."""
    _check_planes(city, report)
    _check_heights(city, report)


def _check_planes(city: City, report: Report) -> None:
    surface = owner(city.polygon_offsets)
    lines = np.isin(city.semantic, LINE_SEMANTICS)[surface]
    of_object = owner(city.surface_offsets)[surface]
    deviation = plane_deviation(city)
    for polygon in np.flatnonzero((deviation > PLANAR) & ~lines).tolist():
        report.add(
            "polygon_not_planar",
            "kept",
            city.ids[int(of_object[polygon])],
            place=_first_vertex(city, polygon),
            deviation=float(deviation[polygon]),
        )
    for polygon in np.flatnonzero((polygon_areas(city) < 1e-6) & ~lines).tolist():
        report.add(
            "polygon_without_area", "kept", city.ids[int(of_object[polygon])], place=_first_vertex(city, polygon)
        )


def _first_vertex(city: City, polygon: int) -> tuple[float, float, float] | None:
    vertex = int(city.vertex_offsets[city.ring_offsets[polygon]])
    if vertex >= len(city.xyz):
        return None
    x, y, z = city.xyz[vertex].tolist()
    return (x, y, z)


def _check_heights(city: City, report: Report) -> None:
    if "measuredHeight" not in city.attributes:
        return
    stated = city.attributes["measuredHeight"].numbers()
    box = boxes(city)
    body = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
    built = box[:, 5] - box[:, 2]
    for i in np.flatnonzero(body & (np.abs(stated - built) > HEIGHT_DIFFERENCE)).tolist():
        place = ((box[i, 0] + box[i, 3]) / 2, (box[i, 1] + box[i, 4]) / 2, box[i, 2])
        report.add("height_differs", "kept", city.ids[i], place=place, stated=float(stated[i]), built=float(built[i]))
    if "storeysAboveGround" not in city.attributes:
        return
    storeys = city.attributes["storeysAboveGround"].numbers()
    with np.errstate(divide="ignore", invalid="ignore"):
        per_storey = eaves_height(city) / storeys
    doubtful = (per_storey < STOREY_HEIGHT[0]) | (per_storey > STOREY_HEIGHT[1])
    dwelling = _dwellings(city)
    for i in np.flatnonzero(body & dwelling & doubtful).tolist():
        place = ((box[i, 0] + box[i, 3]) / 2, (box[i, 1] + box[i, 4]) / 2, box[i, 2])
        report.add(
            "storeys_do_not_fit",
            "kept",
            city.ids[i],
            place=place,
            storeys=int(storeys[i]),
            per_storey=float(per_storey[i]),
        )


def eaves_height(city: City) -> NDArray[np.float64]:
    """
    From the lowest point of each object's own surfaces to its lowest roof corner.

    Returns
    -------
    NDArray
        NaN for objects without roof surfaces, shape (n_objects,). [m]
    """
    roofs = np.flatnonzero(city.semantic == Semantic.ROOF)
    heights = np.full(len(city), np.nan)
    if not len(roofs):
        return heights
    first = city.vertex_offsets[city.ring_offsets[city.polygon_offsets]]
    roofs = roofs[first[roofs + 1] > first[roofs]]
    of_surface = np.repeat(np.arange(len(roofs)), first[roofs + 1] - first[roofs])
    positions = np.arange(len(of_surface)) - np.repeat(
        np.cumsum(first[roofs + 1] - first[roofs]) - (first[roofs + 1] - first[roofs]) - first[roofs],
        first[roofs + 1] - first[roofs],
    )
    low = np.full(len(roofs), np.inf)
    np.minimum.at(low, of_surface, city.xyz[positions, 2])
    eaves = np.full(len(city), np.inf)
    np.minimum.at(eaves, owner(city.surface_offsets)[roofs], low)
    has_roof = np.isfinite(eaves)
    heights[has_roof] = eaves[has_roof] - boxes(city)[has_roof, 2]
    return heights


def _dwellings(city: City) -> NDArray[np.bool_]:
    """Whether the top-level object of each object is a dwelling by its function code."""
    if "function" not in city.attributes:
        return np.zeros(len(city), bool)
    column = city.attributes["function"]
    dwelling = np.array([str(v).startswith("31001_10") for v in column.values] + [False])
    return dwelling[column.codes][root(city)]
