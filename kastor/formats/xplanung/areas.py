"""Checks of geometry: areas that cross themselves, the direction of rings, the seamless cover, what lies outside.

The conformity conditions of XPlanung 6.0.2 are followed: 2.2.1.1 (Flächenschluss: the areas of level 0 that carry
``flaechenschluss = true`` cover the area of the plan, or of each section with an area of its own, without overlap
and gap) and 2.2.3.1 (objects lie in that area). Sections for compensation stand for themselves, those for
information from outside are left out of both. What is thinner than the tolerance counts as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung.model import Finding, Plan, PlanFile, PlanObject, Severity

TOLERANCE = 0.002
"""What is thinner is no gap and no overlap. [m]"""

PRESENTATION = ("XP_PPO", "XP_PTO", "XP_LPO", "XP_LTO", "XP_FPO", "XP_Nutzungsschablone", "XP_APO", "XP_TPO",
                "XP_Praesentationsobjekt")  # fmt: skip
"""Classes that only say how the plan is drawn."""

OUTSIDE = "2000"
"""Meaning of a section that holds information from outside of the plan."""

_PLACE = re.compile(r"\[(\S+) (\S+)\]")


def check_areas(file: PlanFile) -> list[Finding]:
    """Everything that is wrong with the geometries of a file."""
    found = [finding for o in file.objects if o.geometry is not None for finding in _own(o, o.geometry)]
    for plan in file.plans:
        for area, objects in _scopes(plan):
            found += _cover(plan, area, [o for o in objects if _closes(o)])
            found += _outside(area, objects)
        found += _sections_outside(plan)
    return found


def areas_of(shape: BaseGeometry | None) -> list[Polygon]:
    """The polygons of a shape, also of one that mixes areas with lines."""
    parts = shapely.get_parts(shapely.get_parts(shape)).tolist() if shape is not None else []
    return [part for part in parts if isinstance(part, Polygon)]


def _own(owner: PlanObject, shape: BaseGeometry) -> Iterator[Finding]:
    """What is wrong with one geometry by itself."""
    polygons = areas_of(shape)
    for polygon in polygons:
        if not shapely.is_valid(polygon):
            yield _crossing(owner, polygon)
    if len(polygons) > 1 and all(shapely.is_valid(p) for p in polygons):
        both = _thick(sum(p.area for p in polygons) - shapely.union_all(polygons).area, shape, polygons)
        if both is not None:
            yield _finding("self_intersection", owner, both, reason=f"{both.area:.3f} m²")
    outer = sum(not p.exterior.is_ccw for p in polygons)
    inner = sum(ring.is_ccw for p in polygons for ring in p.interiors)
    if outer or inner:
        yield _finding("ring_direction", owner, shape, "warning", outer=outer, inner=inner)


def _thick(surplus: float, shape: BaseGeometry, polygons: list[Polygon]) -> BaseGeometry | None:
    """The part two members of one area share, None when it is nothing."""
    if surplus <= TOLERANCE * shape.length:
        return None
    tree = STRtree(polygons)
    for a, b in tree.query(polygons, predicate="intersects").T.tolist():
        if a < b:
            both = _no_slivers(polygons[a].intersection(polygons[b]))
            if not both.is_empty:
                return both
    return None


def _crossing(owner: PlanObject, polygon: Polygon) -> Finding:
    reason = shapely.is_valid_reason(polygon)
    place = _PLACE.search(reason)
    at = (float(place[1]), float(place[2])) if place else None
    return Finding("self_intersection", "error", owner.id, owner.kind, {"reason": reason}, at, owner.line)


def _scopes(plan: Plan) -> Iterator[tuple[BaseGeometry | None, list[PlanObject]]]:
    """Areas that have to be covered, each with what belongs into it."""
    by_id = {o.id: o for o in plan.objects}
    own = [s for s in plan.sections if s.area is not None and s.object.text("bedeutung") != OUTSIDE]
    for section in own:
        yield section.area, [by_id[i] for i in section.contents if i in by_id]
    elsewhere = {i for s in plan.sections if s.may_lie_outside or s.area is not None for i in s.contents}
    yield plan.area, [o for o in plan.objects if o.id not in elsewhere]


def _closes(o: PlanObject) -> bool:
    """Whether an object is part of the seamless cover."""
    return bool(o.closes) and o.layer == 0 and bool(areas_of(o.geometry))


def _cover(plan: Plan, area: BaseGeometry | None, objects: list[PlanObject]) -> Iterator[Finding]:
    """Overlaps, gaps and what stands out among the areas of the cover."""
    shapes = [shapely.make_valid(o.geometry) for o in objects if o.geometry is not None]
    if not shapes:
        return
    yield from _overlaps(objects, shapes)
    if area is None:
        return
    whole, bounds = shapely.union_all(shapes), shapely.make_valid(area)
    for code, rest in (("gap", bounds.difference(whole)), ("overhang", whole.difference(bounds))):
        for part in areas_of(_no_slivers(rest)):
            yield _finding(code, plan.object, part, **_size(part))


def _overlaps(objects: list[PlanObject], shapes: list[BaseGeometry]) -> Iterator[Finding]:
    left, right = STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    first, second = (np.array([shapes[i] for i in side[once]], dtype=object) for side in (left, right))
    for a, b, both in zip(left[once], right[once], shapely.intersection(first, second), strict=True):
        thick = _no_slivers(both)
        if not thick.is_empty:
            other = objects[b]
            yield _finding("overlap", objects[a], thick, kind=other.kind, other=other.id, **_size(thick))
        else:
            yield from _vertices(objects[a], shapes[a], objects[b], shapes[b])
            yield from _vertices(objects[b], shapes[b], objects[a], shapes[a])


def _vertices(owner: PlanObject, mine: BaseGeometry, other: PlanObject, theirs: BaseGeometry) -> Iterator[Finding]:
    """Vertices of one area on the border of another that has none there; arcs are drawn, so they have no say."""
    if owner.exact or other.exact:
        return
    points, others = _around(mine, theirs), _around(theirs, mine)
    distance = KDTree(others).query(points)[0] if len(others) else np.full(len(points), np.inf)
    alone = np.unique(points[distance > TOLERANCE], axis=0)
    missing = alone[shapely.dwithin(shapely.points(alone), theirs.boundary, TOLERANCE)]
    if len(missing):
        yield Finding(
            "vertex_missing", "warning", owner.id, owner.kind,
            {"count": len(missing), "kind": other.kind, "other": other.id},
            (float(missing[0, 0]), float(missing[0, 1])), owner.line,
        )  # fmt: skip


def _around(shape: BaseGeometry, other: BaseGeometry) -> NDArray[np.float64]:
    """Vertices of a shape in the box of another."""
    west, south, east, north = other.bounds
    points: NDArray[np.float64] = shapely.get_coordinates(shape)
    x, y = points[:, 0], points[:, 1]
    t = 2 * TOLERANCE
    return points[(x >= west - t) & (x <= east + t) & (y >= south - t) & (y <= north + t)]


def _size(shape: BaseGeometry) -> dict[str, Any]:
    """Area and greatest width. [m², m]"""
    widest = max(2.0 * shapely.maximum_inscribed_circle(p, tolerance=TOLERANCE / 4).length for p in areas_of(shape))
    return {"area": _rounded(shape.area), "width": _rounded(widest)}


def _outside(area: BaseGeometry | None, objects: list[PlanObject]) -> Iterator[Finding]:
    if area is None:
        return
    room = shapely.make_valid(area).buffer(TOLERANCE)
    shapely.prepare(room)
    for o in objects:
        if o.geometry is None or o.kind in PRESENTATION or shapely.covers(room, o.geometry):
            continue
        beyond = shapely.make_valid(o.geometry).difference(room)
        if not beyond.is_empty:
            yield _finding("outside", o, beyond, distance=_distance(area, beyond))


def _sections_outside(plan: Plan) -> Iterator[Finding]:
    if plan.area is None:
        return
    room = shapely.make_valid(plan.area).buffer(TOLERANCE)
    for section in plan.sections:
        if section.area is None or section.may_lie_outside:
            continue
        beyond = shapely.make_valid(section.area).difference(room)
        if not beyond.is_empty:
            yield _finding("section_outside", section.object, beyond, distance=_distance(plan.area, beyond))


def _distance(area: BaseGeometry, beyond: BaseGeometry) -> float:
    """How far the farthest vertex lies from an area. [m]"""
    points = shapely.points(shapely.get_coordinates(beyond))
    return _rounded(float(shapely.distance(points, area).max()))


def _no_slivers(shape: BaseGeometry) -> BaseGeometry:
    """The polygons of a shape that are wider than the tolerance."""
    thick = [p for p in areas_of(shape) if not p.buffer(-TOLERANCE / 2).is_empty]
    return MultiPolygon(thick)


def _finding(code: str, owner: PlanObject, at: BaseGeometry, severity: Severity = "error", **values: object) -> Finding:
    point = shapely.point_on_surface(at)
    place = None if point.is_empty else (round(point.x, 3), round(point.y, 3))
    return Finding(code, severity, owner.id, owner.kind, dict(values), place, owner.line)


def _rounded(number: float) -> float:
    """Three significant digits behind the point at most; never rounded to nothing."""
    return round(number, 3) if number >= 0.001 else float(f"{number:.1g}")
