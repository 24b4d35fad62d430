"""Where plans lie: the reference system a file names, the order of its axes, and the way to the system of a tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kastor.city.report import Report
from kastor.formats.crs import in_order, normalise
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import middle, operation
from kastor.formats.xplanung.model import Finding, PlanFile, PlanObject
from kastor.formats.xplanung.plans import plans_of

Change: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def placed(
    objects: tuple[PlanObject, ...], system: str, report: Report
) -> tuple[str, tuple[PlanObject, ...], list[Finding]]:
    """
    Objects with east first and without zone prefix, told by where they lie.

    Returns
    -------
    tuple
        Code of the reference system (as written when nobody knows it), the objects, and what is wrong.
    """
    shapes = [o.geometry for o in objects if o.geometry is not None]
    points = np.array([_first(shape) for shape in shapes]).reshape(-1, 2)
    try:
        crs = normalise(system)
        xyz = np.column_stack([points, np.zeros(len(points))])
        moved = in_order(xyz, crs.code, report)[:, :2]
    except UnknownCrs as error:
        return system, objects, [Finding("crs_unfit", "error", values={"crs": system, "problem": error.problem})]
    if not len(points) or np.array_equal(points, moved):
        return crs.code, objects, []
    swapped = points[0, 1] != moved[0, 1]
    shift = moved[0] - (points[0, ::-1] if swapped else points[0])
    changed = tuple(_changed(o, lambda xy: (xy[:, ::-1] if swapped else xy) + shift) for o in objects)
    code = "axes_swapped" if swapped else "zone_prefix"
    return crs.code, changed, [Finding(code, "warning", values={"crs": crs.code})]


def said_to_be_in(plans: PlanFile, system: str, report: Report) -> PlanFile:
    """A file's plans read as if it named a reference system; findings about the one it names are let go."""
    crs, objects, findings = placed(plans.objects, system, report)
    rest = tuple(f for f in plans.findings if not f.code.startswith("crs_"))
    return replace(plans, crs=crs, objects=objects, plans=plans_of(objects), findings=(*rest, *findings))


def to_system(plans: PlanFile, target: str) -> PlanFile:
    """
    A file's plans in another plane reference system; exact arcs are let go, their chains stay.

    Raises
    ------
    UnknownCrs
        When the file names no system, or only a ballpark operation leads to the target.
    """
    if not plans.crs:
        raise UnknownCrs(plans.source, "The plan names no reference system.", "Export it again with srsName.")
    source, goal = (f"EPSG:{normalise(name).horizontal}" for name in (plans.crs, target))
    shapes = [o.geometry for o in plans.objects if o.geometry is not None]
    if source == goal or not shapes:
        return plans
    near = middle(np.array([_first(shape) for shape in shapes]), source)
    way = operation(source, goal, near)
    objects = tuple(_changed(o, way.apply) for o in plans.objects)
    return replace(plans, crs=goal, objects=objects, plans=plans_of(objects))


def _changed(owner: PlanObject, change: Change) -> PlanObject:
    """An object elsewhere; its written arcs no longer fit and are left to their chains."""
    if owner.geometry is None:
        return owner
    return replace(
        owner, geometry=_moved(owner.geometry, change), exact={},
        others={name: _moved(shape, change) for name, shape in owner.others.items()},
    )  # fmt: skip


def _moved(shape: BaseGeometry, change: Change) -> BaseGeometry:
    return shapely.transform(shape, change)


def _first(shape: BaseGeometry) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shape)[0], dtype=np.float64)
