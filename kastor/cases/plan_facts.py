"""What a drawn project says about a building application: the outline somebody sent, checked against the plan in force.

A project comes as GeoJSON (:func:`kastor.cases.precheck.project_of`) with a message, in degrees or in the plane of the
tenant. It is checked against the plan its outline lies in; the counts become facts the rules read, and the findings go
into the letter. A file that cannot be read gives no facts: the question for the outline stays open, and the file stays
with the case for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.cases.commands import Fact
from kastor.cases.knowledge import plane
from kastor.cases.message import Attachment, Message
from kastor.cases.precheck import Findings, Project, ProjectError, geometry_of, in_degrees, precheck, project_of, rows
from kastor.cases.procedure import Procedure
from kastor.planning.plan_limits import PlanLimits
from kastor.planning.plans import limits_of
from kastor.store import Tenant
from kastor.store.plans import plans_of

EXTRACTOR = "plan_check/1"

MOST_BYTES = 2_000_000
"""A drawn project is small. [byte]"""

MOST_LINES = 100


def records(tenant: Tenant, procedure: Procedure, message: Message) -> tuple[Fact, ...]:
    """
    Facts from a project that came with a message; nothing when none did or the procedure does not ask for one.

    Parameters
    ----------
    tenant
        As far as who asks may see it.
    """
    if "umriss_bekannt" not in procedure.form.slots:
        return ()
    project = next(filter(None, (_project(tenant, file) for file in message.attachments)), None)
    if project is None:
        return ()
    facts: dict[str, Any] = {"umriss_bekannt": True}
    plan = plan_at(tenant, project)
    if plan is not None:
        facts |= told(precheck(project, plan))
    return tuple(
        Fact(slot, value, "case", 1.0, EXTRACTOR)
        for slot, value in facts.items()
        if slot in procedure.form.slots and not procedure.form.problem(slot, value)
    )


def plan_at(tenant: Tenant, project: Project) -> PlanLimits | None:
    """The plan most of an outline lies in, the one loaded last where several do; None when there is none."""
    best: tuple[float, PlanLimits] | None = None
    for stored in plans_of(tenant.database):
        _, found = limits_of(tenant, stored.id)
        shared = 0.0 if found.area is None else float(found.area.intersection(project.outline).area)
        if shared > 0 and (best is None or shared >= best[0]):
            best = shared, found
    return None if best is None else best[1]


def told(findings: Findings) -> dict[str, Any]:
    """Counts and, in words, what is not kept or cannot be checked."""
    lines = {"befunde": "de", "befunde_en": "en"}
    return {**findings.facts(), **{slot: list(_lines(findings, language)) for slot, language in lines.items()}}


def _lines(findings: Findings, language: str) -> Iterator[str]:
    told = zip(findings.verdicts, rows(findings, language), strict=True)
    for verdict, (rule, result, words, source) in list(told)[:MOST_LINES]:
        if verdict.verdict != "kept":
            yield f"{rule}: {result}. {words} ({source.strip()})"[:400]


def _project(tenant: Tenant, file: Attachment) -> Project | None:
    named = file.name.lower().endswith((".geojson", ".json")) or "json" in file.media_type
    if not named or len(file.content) > MOST_BYTES:
        return None
    try:
        return project_of(_in_plane(tenant, orjson.loads(file.content)))
    except (ProjectError, orjson.JSONDecodeError):
        return None


def _in_plane(tenant: Tenant, said: Any) -> Any:
    """GeoJSON with the coordinates of the tenant's plane, whichever it came in."""
    if not isinstance(said, dict) or not isinstance(said.get("features"), list):
        return said
    placed = []
    for number, feature in enumerate(said["features"]):
        shape = geometry_of(feature, number)
        if in_degrees(shape):
            shape = shapely.transform(shape, lambda xy: np.array([_placed(tenant, float(x), float(y)) for x, y in xy]))
        placed.append({**feature, "geometry": shapely.geometry.mapping(shape)})
    return {**said, "features": placed}


def _placed(tenant: Tenant, east: float, north: float) -> tuple[float, float]:
    found = plane(tenant.crs, (east, north))
    if found is None:
        raise ProjectError(f"{east}, {north} does not lie in the area of {tenant.crs}.")
    return found
