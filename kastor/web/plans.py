"""Plans over HTTP: the list, what a plan fixes with its signs, what may be built, and edits against it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.city.edits import AddBuilding, plain
from kastor.loading.plans import written
from kastor.planning import orders, plans
from kastor.planning.plan_check import as_json, check_edits, clip
from kastor.planning.plan_draft import Draft, left_json, plan_draft
from kastor.process import InvalidInput
from kastor.store import variants
from kastor.store.plans import plan as known_plan
from kastor.store.variants import Saved
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json
from kastor.web.variants import check_author, readable

router = APIRouter(prefix="/api/tenants/{tenant}/plans", tags=["plans"], dependencies=[needs(Right.SEE)])

drafts = APIRouter(
    prefix="/api/tenants/{tenant}/variants/{variant}/plan", tags=["plans"], dependencies=[needs(Right.SEE)]
)


LOWEST, HIGHEST = -500.0, 9000.0
"""Of the ground, above sea level. [m]"""

Ground = Annotated[float | None, Field(ge=LOWEST, le=HIGHEST)]


@router.get("")
def all_plans(request: Request, tenant: str) -> Response:
    """The plans the caller may see."""
    return json({"plans": plans.plan_list(visible(request, tenant))})


@router.get("/{plan}")
def one_plan(request: Request, tenant: str, plan: str) -> Response:
    """What a plan fixes, each with its sign, and what the check found."""
    return json(plans.plan_document(visible(request, tenant), plan))


@router.get("/{plan}/envelopes")
def envelopes(
    request: Request, tenant: str, plan: str, ground: Annotated[float | None, Query(ge=LOWEST, le=HIGHEST)] = None
) -> Response:
    """The volume of each buildable area; ``ground`` where the data do not tell its height."""
    return json(plans.volumes(visible(request, tenant), plan, ground))


class Edited(BaseModel):
    """
    Edits to check, where no variant is named.

    Parameters
    ----------
    plot
        As GeoJSON, where the tenant's parcels do not say it.
    ground
        Height of the ground where the tenant's data do not tell it. [m]
    """

    model_config = ConfigDict(extra="forbid")

    edits: list[Any] | None = None
    plot: dict[str, Any] | None = None
    ground: Ground = None


class Planned(BaseModel):
    """One planned building; ``ground`` as in :class:`Edited`."""

    model_config = ConfigDict(extra="forbid")

    edit: dict[str, Any]
    ground: Ground = None


@router.post("/{plan}/check")
def check(
    request: Request,
    tenant: str,
    plan: str,
    body: Edited,
    variant: Annotated[str, Query(max_length=100)] = "",
    revision: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Edits, or a revision of a variant, against a plan, rule by rule; nothing is kept."""
    twin = visible(request, tenant)
    known_plan(twin.database, plan)
    check_author(request, tenant)
    plot = None if body.plot is None else orders.area(twin, body.plot)
    if not variant:
        return json(as_json(check_edits(twin, plan, orders.edits(body.edits or []), plot, body.ground)))
    found, seen = _saved(request, tenant, variant, revision)
    return json({**as_json(check_edits(twin, plan, orders.edits(found.edits), plot, body.ground)), "variant": seen})


def _saved(request: Request, tenant: str, variant: str, revision: int | None) -> tuple[Saved, dict[str, Any]]:
    """A revision of a variant the caller may see, and what names it."""
    whole, one = readable(request, tenant, variant)
    found = variants.saved(whole.database, one.id, revision)
    return found, {"id": one.id, "revision": found.revision, "name": one.name}


@router.post("/{plan}/clip")
def cut(request: Request, tenant: str, plan: str, body: Planned) -> Response:
    """A planned building cut to what a plan allows, as an edit; nothing is kept."""
    twin = visible(request, tenant)
    check_author(request, tenant)
    (edit,) = orders.edits([body.edit])
    if not isinstance(edit, AddBuilding):
        raise InvalidInput("edit: only add_building can be clipped.", "edit: Nur ein neues Gebäude lässt sich kürzen.")
    found = clip(twin, plan, edit, body.ground)
    proposal = None if found.edit is None else plain(found.edit)
    return json({"edit": proposal, "changes": [dict(words) for words in found.changes]})


@drafts.get("")
def draft(
    request: Request, tenant: str, variant: str, revision: Annotated[int | None, Query(ge=1)] = None,
    plan: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """What the draft of a plan made of a variant holds, and what of the variant is not in it."""
    found = _draft(request, tenant, variant, revision, plan)
    return json({"objects": found.file.counts(), "left": list(left_json(found.left))})


@drafts.get(".gml")
def draft_file(
    request: Request, tenant: str, variant: str, revision: Annotated[int | None, Query(ge=1)] = None,
    plan: Annotated[str, Query(max_length=200)] = "",
) -> Response:  # fmt: skip
    """The draft of a plan made of a variant, as XPlanGML 6.0."""
    found = _draft(request, tenant, variant, revision, plan)
    headers = {"Content-Disposition": f'attachment; filename="{tenant}-{variant}.gml"'}
    return Response(written(found.file), media_type="application/gml+xml", headers=headers)


def _draft(request: Request, tenant: str, variant: str, revision: int | None, plan: str) -> Draft:
    found, seen = _saved(request, tenant, variant, revision)
    return plan_draft(visible(request, tenant), seen["name"], orders.edits(found.edits), plan)
