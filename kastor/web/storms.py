"""Storms over HTTP: what the guidelines call rare, exceptional and extreme at a place."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning.storms import storms
from kastor.web.errors import BadRequest
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["results"])


@router.get("/storms", dependencies=[needs(Right.SEE)])
def all_storms(request: Request, tenant: str, place: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Storms of the guidelines with the design rain of a place."""
    return json(storms(visible(request, tenant), place_of(place) if place else None))


def place_of(text: str) -> tuple[float, float]:
    """
    A place written as ``EAST,NORTH``.

    Raises
    ------
    BadRequest
        When it is none.
    """
    try:
        east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(f"place: {text[:60]!r} is no place; give EAST,NORTH in metres.") from None
    if not (abs(east) < 1e8 and abs(north) < 1e8):
        raise BadRequest(f"place: {text[:60]!r} is not on the map; give EAST,NORTH in metres.")
    return east, north
