"""Where a city lies: coordinates of files brought into the reference system of the tenant.

Every change names its operation and accuracy in the report. Axis order and zone prefixes are
told from the coordinates themselves, because files are often wrong about them; coordinates
that fit nowhere are an error, never a city in the sea.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, object_of_vertex, root, take, with_coordinates
from kastor.city.report import Outcome, Report
from kastor.formats.crs_names import DHHN2016, OLDER_GERMAN_HEIGHTS, Crs, normalise
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import Operation, area_of_use, middle, operation

__all__ = ["Crs", "UnknownCrs", "in_order", "normalise", "tenant_crs", "to_tenant"]

MARGIN = 3.0
"""How far beyond its area a reference system is accepted. [degrees]"""

UTM_MARGIN = 6.5
"""The same for UTM zones: one zone often serves the whole country. [degrees]"""

MILLION = 1e6


def to_tenant(city: City, target: str, report: Report) -> City:
    """
    A city in the reference system of a tenant.

    Plan coordinates are transformed vertex by vertex. Heights are transformed where both systems
    name theirs exactly, else taken over with a finding. Objects outside the area of the
    system are left out with a finding each.

    Parameters
    ----------
    city
        As read; ``city.crs`` may be any name :func:`normalise` knows.
    target
        Reference system of the tenant, such as ``"EPSG:25832+7837"``.
    report
        Receives the operation with its accuracy, and the findings.

    Raises
    ------
    UnknownCrs
        When the city has no system, lies mostly outside of it, or only a ballpark operation leads to the target.
    """
    if not city.crs:
        raise UnknownCrs(
            report.source, "The file names no reference system.", "Name it when loading, for example crs=EPSG:25832."
        )
    source, goal = normalise(city.crs), normalise(target)
    report.crs = report.crs or f"{source.code} ({source.title})"
    xyz = _placed(city.xyz, source, _box(source, goal), report)
    inside = _inside(xyz, _box(source, goal))
    if not inside.all():
        city, xyz = _without_strays(city, xyz, inside, report)
    if source.code != goal.code and len(xyz):
        xyz = _transformed(xyz, source, goal, report)
        reached: NDArray[np.bool_] = np.asarray(np.isfinite(xyz).all(axis=1))
        if not reached.all():
            city, xyz = _without_strays(city, xyz, reached, report)
    elif not report.operation:
        report.operation = f"{goal.code}: unchanged"
    return city if xyz is city.xyz and city.crs == goal.code else with_coordinates(city, xyz, goal.code)


def tenant_crs(name: str, xyz: NDArray[np.float64]) -> str:
    """
    A suitable reference system for a new tenant, from the first data loaded.

    Parameters
    ----------
    name
        Reference system of the data.
    xyz
        Coordinates, shape (n, 3).

    Returns
    -------
    str
        The ETRS89 / UTM zone of Germany with DHHN2016 heights; abroad the plane system of the data itself.
    """
    crs = normalise(name)
    longitude, latitude = middle(xyz[np.isfinite(xyz).all(axis=1)], _plane(crs))
    if 5.8 <= longitude <= 15.1 and 47.2 <= latitude <= 55.1 and crs.horizontal not in (28992, 2056, 21781):
        zone = int(crs.horizontal) if 25831 <= crs.horizontal <= 25833 else 25832 if longitude < 12 else 25833
        return f"EPSG:{zone}+{DHHN2016}"
    if crs.geographic:
        return f"EPSG:{25800 + int((longitude + 180) // 6) + 1}"
    return _plane(crs)


def in_order(xyz: NDArray[np.float64], name: str, report: Report) -> NDArray[np.float64]:
    """
    Coordinates of a file east first and without zone prefix, told by where most of them lie.

    Parameters
    ----------
    xyz
        As read, shape (n, 3).
    name
        Reference system the file states.
    report
        Receives what was changed.

    Raises
    ------
    UnknownCrs
        When they lie outside of the area of the system whichever way they are read.
    """
    crs = normalise(name)
    return _placed(xyz, crs, _area(crs), report)


def _plane(crs: Crs) -> str:
    return f"EPSG:{crs.horizontal}"


def _area(crs: Crs) -> tuple[float, float, float, float]:
    return area_of_use(_plane(crs), UTM_MARGIN if "UTM zone" in crs.title else MARGIN)


def _box(source: Crs, goal: Crs) -> tuple[float, float, float, float]:
    """Where coordinates may lie, in the units of the source; worldwide degrees are held to the area of the goal."""
    if not source.geographic or source.horizontal == goal.horizontal:
        return _area(source)
    if goal.geographic:
        return _area(goal)
    west, south, east, north = _area(goal)
    corners = np.array([[west, south], [east, south], [west, north], [east, north]])
    degrees = operation(_plane(goal), _plane(source), middle(corners, _plane(goal))).apply(corners)
    low, high = degrees.min(axis=0), degrees.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _inside(xyz: NDArray[np.float64], box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = box
    x, y = xyz[:, 0], xyz[:, 1]
    return (x >= west) & (x <= east) & (y >= south) & (y <= north) & np.isfinite(xyz[:, 2])


def _placed(
    xyz: NDArray[np.float64], crs: Crs, box: tuple[float, float, float, float], report: Report
) -> NDArray[np.float64]:
    """Coordinates with axes in order and without zone prefix, told by where most of them lie."""
    if not len(xyz) or 2 * np.count_nonzero(_inside(xyz, box)) >= len(xyz):
        return xyz
    known = xyz[np.isfinite(xyz).all(axis=1)]
    if not len(known):
        raise UnknownCrs(report.source, "None of the coordinates is a finite number.", "Export the file again.")
    zone = re.search(r"zone (\d+)", crs.title)
    shift = int(zone[1]) * MILLION if zone else 0.0
    for order in ((0, 1, 2), (1, 0, 2)):
        for moved in (0.0, -shift, shift):
            candidate = xyz[:, order] + (moved, 0.0, 0.0)
            prefix = np.floor(np.median(known[:, order[0]]) / MILLION) * MILLION
            if moved and prefix != max(-moved, 0.0):
                continue
            if 2 * np.count_nonzero(_inside(candidate, box)) < len(xyz):
                continue
            if order[0]:
                _once(report, "axes_swapped", "repaired", crs=crs.code)
            if moved:
                _once(report, "zone_prefix", "repaired", crs=crs.code, zone=int(abs(moved) / MILLION))
            return candidate
    seen = np.median(known, axis=0)
    west, south, east, north = box
    raise UnknownCrs(
        report.source,
        f"Coordinates such as {seen[0]:.10g}, {seen[1]:.10g} do not lie in {crs.code} ({crs.title}), "
        f"where east is {west:.6g} to {east:.6g} and north {south:.6g} to {north:.6g}.",
        "Name the right system when loading, for example crs=EPSG:25832 or crs=EPSG:25833.",
    )


def _without_strays(
    city: City, xyz: NDArray[np.float64], inside: NDArray[np.bool_], report: Report
) -> tuple[City, NDArray[np.float64]]:
    """The city without the objects that have a vertex outside; whole buildings go, never single parts."""
    top = root(city)
    vertices = top[object_of_vertex(city)]
    outside, first = np.unique(vertices[~inside], return_index=True)
    strays = np.flatnonzero(~inside)[first]
    for index, vertex in zip(outside.tolist(), strays.tolist(), strict=True):
        x, y, z = city.xyz[vertex].tolist()
        place = (x, y, z) if np.isfinite(city.xyz[vertex]).all() else None
        report.add("coordinates_outside", "ignored", city.ids[index], place, crs=city.crs, east=x, north=y)
    kept = take(with_coordinates(city, xyz, city.crs), np.flatnonzero(~np.isin(top, outside)))
    return kept, kept.xyz


def _transformed(xyz: NDArray[np.float64], source: Crs, goal: Crs, report: Report) -> NDArray[np.float64]:
    near = middle(xyz, _plane(source))
    if _heights_differ(source, goal, xyz, report):
        step = operation(source.code, goal.code, near)
        _state(report, source, goal, step, "heights transformed")
        return step.apply(xyz)
    if source.horizontal == goal.horizontal:
        report.operation = report.operation or f"{source.code} -> {goal.code}: plan unchanged, heights taken over"
        return xyz
    step = operation(_plane(source), _plane(goal), near)
    _state(report, source, goal, step, "heights taken over")
    return np.column_stack([step.apply(xyz[:, :2]), xyz[:, 2]])


def _heights_differ(source: Crs, goal: Crs, xyz: NDArray[np.float64], report: Report) -> bool:
    """Whether heights must be transformed; a finding states what is only assumed."""
    if source.vertical == goal.vertical and source.ellipsoidal == goal.ellipsoidal:
        return False
    if goal.vertical is None and not goal.ellipsoidal:
        return False
    if source.vertical in OLDER_GERMAN_HEIGHTS and goal.vertical == DHHN2016:
        system = normalise(f"{source.code}").title.rpartition(" + ")[2]
        _once(report, "height_system_older", "kept", system=system, within=OLDER_GERMAN_HEIGHTS[source.vertical])
        return False
    if source.vertical is None and not source.ellipsoidal:
        if np.any(xyz[:, 2] != 0.0):
            _once(report, "height_system_missing", "kept", system=goal.title.rpartition(" + ")[2])
        return False
    return True


def _state(report: Report, source: Crs, goal: Crs, step: Operation, heights: str) -> None:
    if not report.operation:
        report.operation = f"{source.code} -> {goal.code}: {step.title}; accuracy {step.accuracy:g} m; {heights}"


def _once(report: Report, code: str, outcome: Outcome, **values: Any) -> None:
    """A finding about the whole file: once, not for every chunk."""
    if not report.counts[code, outcome]:
        report.add(code, outcome, **values)
