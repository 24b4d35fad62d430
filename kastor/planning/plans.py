"""The plans of a tenant as they are shown: what they fix with its signs, what the check found, buildable volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.terrain import Terrain, height_at
from kastor.formats import xplanung
from kastor.formats.xplanung.drawing import MARK_RADII, style_of
from kastor.formats.xplanung.envelopes import Envelope
from kastor.formats.xplanung.model import Plan, PlanFile, PlanObject
from kastor.formats.xplanung.names import title
from kastor.formats.xplanung.objects import facts, placed_objects
from kastor.loading.plans import overlapping
from kastor.planning.heights import SURE, words_of_top
from kastor.planning.plan_limits import PlanLimits, limits
from kastor.store import Tenant
from kastor.store.plans import StoredPlan, document_of, plans_of
from kastor.store.plans import plan as stored_plan

MOST_HEIGHTS = 1_000_000
"""Heights of the ground looked at under a plan; above that its cells are widened."""

Json = dict[str, Any]


def plan_of(tenant: Tenant, plan_id: str) -> tuple[StoredPlan, Plan]:
    """
    A plan with everything it fixes, in the reference system of the tenant.

    Raises
    ------
    UnknownPlan
        When there is none of this id that may be seen.
    """
    found = stored_plan(tenant.database, plan_id)
    document, _ = document_of(tenant.database, plan_id)
    file = _read(document, found.facts.facts.get("crs", ""), tenant.crs)
    return found, next(p for p in file.plans if p.object.id == found.facts.object_id)


def limits_of(tenant: Tenant, plan_id: str) -> tuple[StoredPlan, PlanLimits]:
    """
    A plan as limits, kept for the next question about it.

    Raises
    ------
    UnknownPlan
        When there is none of this id that may be seen.
    """
    found = stored_plan(tenant.database, plan_id)
    document, _ = document_of(tenant.database, plan_id)
    return found, _limits(found.id, found.facts.object_id, document, found.facts.facts.get("crs", ""), tenant.crs)


@lru_cache(maxsize=16)
def _limits(plan_id: str, object_id: str, document: bytes, crs: str, target: str) -> PlanLimits:
    file = _read(document, crs, target)
    return limits(plan_id, next(p for p in file.plans if p.object.id == object_id))


@lru_cache(maxsize=16)
def _read(document: bytes, crs: str, target: str) -> PlanFile:
    file = xplanung.parse(document, "xplan.gml")
    return xplanung.to_system(file, target)


def plan_list(tenant: Tenant) -> list[Json]:
    """The plans of a tenant, in short."""
    return [entry(found) for found in plans_of(tenant.database)]


def entry(found: StoredPlan) -> Json:
    """A plan in short: names, kind, version, who may see it, and where it is."""
    f = found.facts
    return {
        "id": found.id, "name": f.name or found.title, "number": f.number, "kind": f.kind, "version": f.version,
        "state": found.state, "extent": _rounded(f.area.bounds) if f.area is not None else None,
        "dataset": found.dataset, "legal_state": f.facts.get("legal_state", ""), "dates": f.facts.get("dates", {}),
        "municipalities": f.facts.get("municipalities", []),
    }  # fmt: skip


def plan_document(tenant: Tenant, plan_id: str) -> Json:
    """
    Everything a plan shows.

    Raises
    ------
    UnknownPlan
        When there is none of this id that may be seen.
    """
    found, plan = plan_of(tenant, plan_id)
    radius = MARK_RADII.get(plan.object.kind[:2], MARK_RADII["BP"])
    drawn = [_drawn(o, radius) for o in _bottom_up(plan)]
    return {
        **entry(found),
        "content": found.content,
        "objects": found.facts.facts.get("objects", {}),
        "findings": document_of(tenant.database, plan_id)[1],
        "overlaps": _overlaps(found, plans_of(tenant.database)),
        "areas": [d for d in drawn if "Polygon" in d["geometry"]["type"]],
        "lines": [d for d in drawn if "Line" in d["geometry"]["type"]],
        "points": [d for d in drawn if "Point" in d["geometry"]["type"]],
        "texts": [_text(o) for o in plan.objects if "Text" in o.kind and o.geometry is None],
        "attachments": found.facts.facts.get("attachments", []),
    }


def _bottom_up(plan: Plan) -> list[PlanObject]:
    """What is drawn, the largest areas first so that small ones lie on them; the border of the plan on top."""
    shapes = [o for o in placed_objects(plan) if o is not plan.object]
    ordered = sorted(shapes, key=lambda o: -o.geometry.area if o.geometry is not None else 0.0)
    filled = [o for o in ordered if style_of(o)["fill"]]
    border = [plan.object] if plan.object.geometry is not None else []
    return [*filled, *(o for o in ordered if not style_of(o)["fill"]), *border]


def _drawn(o: PlanObject, radius: float) -> Json:
    style = style_of(o)
    if "mark" in style:
        style["radius"] = radius
    return {
        "id": o.id, "class": o.kind, "title": title(o), "geometry": geometry_json(o.geometry), "style": style,
        "attributes": facts(o),
    }  # fmt: skip


def _text(o: PlanObject) -> Json:
    return {"id": o.id, "class": o.kind, "key": o.text("schluessel"), "text": o.text("text")}


def _overlaps(found: StoredPlan, others: Sequence[StoredPlan]) -> list[Json]:
    rest = [p for p in others if p.id != found.id]
    return [
        {"plan": other.id, "name": other.facts.name, "area": round(float(shared.area), 1)}
        for other, shared in overlapping(found.facts.kind, found.facts.area, rest)
    ]


def volumes(tenant: Tenant, plan_id: str, ground: float | None = None) -> list[Json]:
    """
    The volume of each buildable area of a plan.

    Parameters
    ----------
    ground
        Height of the ground where the tenant's data do not tell it. [m]

    Returns
    -------
    list
        Each with ``id``, ``outline`` (GeoJSON in the plane system), ``base`` and ``top`` (heights of the tenant's
        system [m]; ``top`` is None where no height follows from the plan), ``words``, ``limits`` and ``use``.
    """
    _, rules = limits_of(tenant, plan_id)
    terrain = ground_under(tenant, rules.area) if rules.windows else None
    if rules.area is not None and rules.windows:
        west, south, east, north = shapely.bounds(rules.area).tolist()
        terrain = completed(terrain, tenant.crs, (west - 20.0, south - 20.0, east + 20.0, north + 20.0), ground)
    return [_volume(envelope, terrain) for envelope in rules.windows]


def ground_under(tenant: Tenant, area: BaseGeometry | None) -> Terrain | None:
    """The ground under an area and a little around it; None where nothing is known."""
    cells = [cell for _, cell in tenant.terrain_boxes()]
    if area is None or not cells:
        return None
    west, south, east, north = shapely.bounds(shapely.buffer(area, 20.0)).tolist()
    cell = min(cells)
    while (east - west) * (north - south) / cell**2 > MOST_HEIGHTS:
        cell *= 2.0
    return tenant.terrain((west, south, east, north), cell)


STATED_CELL = 10.0
"""Side of the cells of ground that somebody stated. [m]"""


def completed(
    terrain: Terrain | None, crs: str, box: tuple[float, float, float, float], ground: float | None
) -> Terrain | None:
    """
    The ground in a box, with a height that somebody states where it is not known.

    Parameters
    ----------
    ground
        None where nobody states one. [m]
    """
    if ground is None:
        return terrain
    if terrain is not None:
        return replace(terrain, heights=np.where(np.isfinite(terrain.heights), terrain.heights, np.float32(ground)))
    west, south, east, north = box
    rows, cols = (max(ceil(side / STATED_CELL), 2) for side in (north - south, east - west))
    return Terrain(crs, west, north, STATED_CELL, np.full((rows, cols), ground, np.float32))


def _volume(envelope: Envelope, terrain: Terrain | None) -> Json:
    ground = ground_of(envelope.area, terrain)
    low, middle = ground or (0.0, None)
    top, words = words_of_top(envelope, middle)
    return {
        "id": envelope.id,
        "outline": geometry_json(envelope.area),
        "base": round(low, 2),
        "top": None if top is None else round(top, 2),
        "words": words,
        "use": list(envelope.use),
        "limits": {
            name: {"value": limit.value, "object": limit.object_id, "attribute": limit.attribute}
            for name, limit in envelope.limits.items()
        },
        "lines": envelope.bounded_by,
    }


def ground_of(area: BaseGeometry, terrain: Terrain | None) -> tuple[float, float] | None:
    """Lowest and middle height of the ground along the border of an area; None where too little is known. [m]"""
    if terrain is None:
        return None
    xy = shapely.get_coordinates(area)
    heights = height_at(terrain, xy[:, 0], xy[:, 1])
    known = heights[np.isfinite(heights)]
    return (float(known.min()), float(known.mean())) if len(known) >= SURE else None


def geometry_json(shape: BaseGeometry | None) -> Json:
    """As GeoJSON in the plane of the tenant, to the millimetre."""
    if shape is None:
        return {}
    return dict(shapely.geometry.mapping(shapely.transform(shape, lambda xy: np.round(xy, 3))))


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [round(float(n), 2) for n in numbers]


def buildable(tenant: Tenant) -> Iterator[tuple[StoredPlan, Plan]]:
    """The development plans of a tenant with everything they fix."""
    for found in plans_of(tenant.database):
        if found.facts.kind == "BP":
            yield plan_of(tenant, found.id)
