"""Checks on a city as it was read: what looks doubtful is written into the report, never thrown away.

Planes (a roof whose corners are not in one plane), areas, and whether height and storeys fit
together. A doubtful object stays as it is; a person decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kastor.city.geometry import plane_deviation, polygon_normals
from kastor.city.model import LINE_SEMANTICS, City, Kind, Semantic, boxes, owner, root
from kastor.city.report import Report
from kastor.city.strings import ranges

PLANAR = 0.05
"""A polygon whose vertices leave its plane by more than this is reported. [m]"""

STOREY_HEIGHT = (2.0, 4.6)
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
    normals = polygon_normals(city)
    deviation = plane_deviation(city, normals)
    for polygon in np.flatnonzero((deviation > PLANAR) & ~lines).tolist():
        report.add(
            "polygon_not_planar",
            "kept",
            city.ids[int(of_object[polygon])],
            place=_first_vertex(city, polygon),
            deviation=float(deviation[polygon]),
        )
    for polygon in np.flatnonzero((np.linalg.norm(normals, axis=1) < 1e-6) & ~lines).tolist():
        report.add(
            "polygon_without_area", "kept", city.ids[int(of_object[polygon])], place=_first_vertex(city, polygon)
        )


def _first_vertex(city: City, polygon: int) -> tuple[float, float, float] | None:
    vertex = int(city.vertex_offsets[city.ring_offsets[polygon]])
    if vertex >= len(city.xyz):
        return None
    x, y, z = city.xyz[vertex].tolist()
    return (x, y, z)


def _foot(box: NDArray[np.float64]) -> tuple[float, float, float]:
    """Centre of a box on its lowest height."""
    west, south, low, east, north, _ = box.tolist()
    return ((west + east) / 2, (south + north) / 2, low)


def _check_heights(city: City, report: Report) -> None:
    if "measuredHeight" not in city.attributes:
        return
    stated = city.attributes["measuredHeight"].numbers()
    box = boxes(city)
    body = np.isin(city.kind, (Kind.BUILDING, Kind.BUILDING_PART))
    built = box[:, 5] - box[:, 2]
    for i in np.flatnonzero(body & (np.abs(stated - built) > HEIGHT_DIFFERENCE)).tolist():
        place = _foot(box[i])
        report.add("height_differs", "kept", city.ids[i], place=place, stated=float(stated[i]), built=float(built[i]))
    if "storeysAboveGround" not in city.attributes:
        return
    storeys = city.attributes["storeysAboveGround"].numbers()
    with np.errstate(divide="ignore", invalid="ignore"):
        per_storey = eaves_height(city) / storeys
    doubtful = (per_storey < STOREY_HEIGHT[0]) | (per_storey > STOREY_HEIGHT[1])
    dwelling = _dwellings(city)
    for i in np.flatnonzero((city.parent < 0) & dwelling & doubtful).tolist():
        place = _foot(box[i])
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
    From the lowest point of each object to the lowest roof corner of its highest part.

    Returns
    -------
    NDArray
        NaN for objects without roof surfaces, shape (n_objects,). [m]
    """
    first = city.vertex_offsets[city.ring_offsets[city.polygon_offsets]]
    roofs = np.flatnonzero((city.semantic == Semantic.ROOF) & (np.diff(first) > 0))
    vertices, offsets = ranges(first, roofs)
    low = np.full(len(city), np.inf)
    if len(roofs):
        of_object = owner(city.surface_offsets)[roofs]
        np.minimum.at(low, of_object, np.minimum.reduceat(city.xyz[vertices, 2], offsets[:-1]))
    eaves = np.where(np.isfinite(low), low, -np.inf)
    np.maximum.at(eaves, root(city), eaves.copy())
    heights: NDArray[np.float64] = np.where(np.isfinite(eaves), eaves - boxes(city)[:, 2], np.nan)
    return heights


def _dwellings(city: City) -> NDArray[np.bool_]:
    """Whether each object is a dwelling by its function code."""
    if "function" not in city.attributes:
        return np.zeros(len(city), bool)
    column = city.attributes["function"]
    dwelling = np.array([str(v).startswith("31001_10") for v in column.values] + [False])
    return dwelling[column.codes]
