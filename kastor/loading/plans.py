"""Plans on their way into a twin: put into the town's reference system, refused in the wrong place, checked."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from kastor.city.model import City
from kastor.city.report import Report
from kastor.formats import xplanung
from kastor.formats.crs_names import normalise
from kastor.formats.errors import FormatError, NoData, UnknownCrs
from kastor.formats.xplanung.check import problems
from kastor.formats.xplanung.model import Finding, Plan, PlanFile
from kastor.formats.xplanung.texts import text
from kastor.store import Tenant
from kastor.store.plans import PlanContent, PlanFacts, StoredPlan, plans_of

FAR = 50_000.0
"""A plan farther than this from everything the town holds lies in the wrong place. [m]"""

OVERLAP = 1.0
"""Plans of one kind that share more than this are reported. [m²]"""

LISTED = 500
"""Findings kept with a plan; further ones are only counted in the report of the load."""


@dataclass(frozen=True)
class PlacedPlans:
    """
    Plans ready to be stored.

    Parameters
    ----------
    city
        What they fix, as objects in the reference system of the tenant.
    content
        The file as it was read, and its plans' facts.
    findings
        What the check found, as JSON.
    """

    city: City
    content: PlanContent
    findings: list[dict[str, Any]]


def placed_plans(file: PlanFile, town: Tenant, dataset: str, report: Report) -> PlacedPlans:
    """
    The plans of a file for a town.

    Parameters
    ----------
    town
        Whose place and whose other plans they are compared with.
    dataset
        Id of the dataset they are loaded as.
    report
        Receives what the check finds.

    Raises
    ------
    NoData
        When the file holds no plan.
    UnknownCrs
        When it names no reference system, or its coordinates do not fit the one it names.
    FormatError
        When the plan lies far from the town.
    """
    if not file.plans:
        raise NoData(file.source, "It is XPlanGML but holds no plan.", "Export the whole plan again.")
    _known_place(file)
    moved = xplanung.to_system(file, town.crs)
    report.crs = report.crs or file.crs
    _near(moved, town)
    found = problems(file)
    _report(found, report)
    if file.attachments:
        names = ", ".join(a.name for a in file.attachments[:20])
        report.add("plan_attachments", "ignored", count=1, number=len(file.attachments), names=names)
    _overlaps(moved.plans, [p for p in plans_of(town.database) if p.dataset != dataset], report)
    city = xplanung.city_of(moved)
    report.kept.update({"PlanArea": len(city)})
    content = PlanContent(written(file), tuple(_facts(plan, moved) for plan in moved.plans))
    # the tenant has a height system too, plans lie in the plane
    return PlacedPlans(replace(city, crs=town.crs), content, [finding_json(f) for f in found[:LISTED]])


def written(file: PlanFile) -> bytes:
    """The plans as XPlanGML, every object as it was read."""
    with tempfile.TemporaryDirectory(prefix="kastor-plan-") as directory:
        path = Path(directory) / "xplan.gml"
        xplanung.write(file, path)
        return path.read_bytes()


def _known_place(file: PlanFile) -> None:
    if not file.crs:
        raise UnknownCrs(
            file.source,
            "The plan names no reference system.",
            "Export it again with srsName, or name the system when loading, for example crs=EPSG:25832.",
        )
    unfit = next((f for f in file.findings if f.code in ("crs_unfit", "crs_several")), None)
    if unfit is not None:
        raise UnknownCrs(
            file.source, text(unfit, "en"), "Name the right system when loading, for example crs=EPSG:25833."
        )


def _near(file: PlanFile, town: Tenant) -> None:
    """Refuse a plan in the wrong place; an empty twin takes it where it is."""
    box = town.box()
    shapes = [p.area for p in file.plans if p.area is not None]
    if box is None or not shapes:
        return
    apart = float(shapely.union_all(shapes).distance(shapely.box(box[0], box[1], box[3], box[4])))
    if apart > FAR:
        east, north = shapely.centroid(shapes[0]).coords[0]
        raise FormatError(
            file.source,
            f"The plan {file.plans[0].name!r} lies at {east:.0f}, {north:.0f} in {normalise(town.crs).title}, "
            f"{apart / 1000:.0f} km from everything in {town.id}.",
            "Load it into the twin of its own town, or name its reference system when loading, such as crs=EPSG:25833.",
        )


def _report(found: Sequence[Finding], report: Report) -> None:
    for f in found:
        if f.severity != "hint":
            place = (*f.place, 0.0) if f.place else None
            report.add(f"plan_{f.severity}", "kept", f.object_id, place, plan_de=text(f, "de"), plan_en=text(f, "en"))


def _overlaps(young: Sequence[Plan], others: Sequence[StoredPlan], report: Report) -> None:
    for plan in young:
        for other, shared in overlapping(plan.kind, plan.area, others):
            report.add(
                "plans_overlap", "kept", plan.object.id, count=1,
                plan=plan.name or plan.object.id, other=other.facts.name or other.id, area=round(shared.area),
            )  # fmt: skip


def overlapping(
    kind: str, area: BaseGeometry | None, others: Sequence[StoredPlan]
) -> Iterator[tuple[StoredPlan, BaseGeometry]]:
    """Plans of the same kind that are for the same ground, each with what is shared."""
    if area is None:
        return
    mine = shapely.make_valid(area)
    for other in others:
        if other.facts.kind == kind and other.facts.area is not None:
            shared = mine.intersection(shapely.make_valid(other.facts.area))
            if shared.area > OVERLAP:
                yield other, shared


def _facts(plan: Plan, file: PlanFile) -> PlanFacts:
    kinds: dict[str, int] = {}
    for o in (plan.object, *(s.object for s in plan.sections), *plan.objects):
        kinds[o.kind] = kinds.get(o.kind, 0) + 1
    facts = {
        "type": plan.type_code, "legal_state": plan.legal_state, "dates": dict(plan.dates),
        "municipalities": [m.name for m in plan.municipalities], "objects": kinds, "crs": file.crs,
        "attachments": [a.name for a in file.attachments],
    }  # fmt: skip
    return PlanFacts(plan.object.id, plan.name, plan.number, plan.kind, file.version, facts, plan.area)


def finding_json(f: Finding) -> dict[str, Any]:
    """A finding as it is kept with its plan; its place is in the reference system of the file."""
    return {
        "code": f.code, "severity": f.severity, "object": f.object_id, "class": f.kind,
        "text": {language: text(f, language) for language in ("de", "en")},
    }  # fmt: skip


def dataset_name(path: Path) -> str:
    """
    The dataset a file of plans is loaded as when nobody names one.

    Examples
    --------
    >>> dataset_name(Path("Nr. 12 Am Mühlbach.zip"))
    'nr._12_am_muehlbach'
    """
    stem = re.sub(r"\.(gml|xml|zip)(\.gz)?$|\.gz$", "", path.name, flags=re.IGNORECASE).lower()
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        stem = stem.replace(umlaut, plain)
    return re.sub(r"[^a-z0-9._-]+", "_", stem).strip("._-")[:100] or "plan"
