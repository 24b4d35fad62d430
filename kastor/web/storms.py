"""Storms over HTTP: what the guidelines call rare, exceptional and extreme at a place."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning.storms import storms
from kastor.web.places import place_of
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["results"])


@router.get("/storms", dependencies=[needs(Right.SEE)])
def all_storms(request: Request, tenant: str, place: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Storms of the guidelines with the design rain of a place."""
    return json(storms(visible(request, tenant), place_of(place) if place else None))
