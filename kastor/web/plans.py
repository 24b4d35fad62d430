"""Plans over HTTP: the list, what a plan fixes with its signs, and the volumes that may be built."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.planning import plans
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/plans", tags=["plans"], dependencies=[needs(Right.SEE)])


@router.get("")
def all_plans(request: Request, tenant: str) -> Response:
    """The plans the caller may see."""
    return json({"plans": plans.plan_list(visible(request, tenant))})


@router.get("/{plan}")
def one_plan(request: Request, tenant: str, plan: str) -> Response:
    """What a plan fixes, each with its sign, and what the check found."""
    return json(plans.plan_document(visible(request, tenant), plan))


@router.get("/{plan}/envelopes")
def envelopes(request: Request, tenant: str, plan: str) -> Response:
    """The volume of each buildable area."""
    return json(plans.volumes(visible(request, tenant), plan))
