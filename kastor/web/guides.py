"""Lines to snap to, over HTTP: what an editor asks for around the place somebody draws at."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning.guides import guides
from kastor.web.errors import BadRequest
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["plans"], dependencies=[needs(Right.SEE)])


@router.get("/guides")
def lines(request: Request, tenant: str, box: Annotated[str, Query(max_length=120)]) -> Response:
    """Borders of parcels, axes of streets and outlines of houses in a box ``WEST,SOUTH,EAST,NORTH``."""
    found = guides(visible(request, tenant), _box(box))
    return Response(
        orjson.dumps({"guides": found}), media_type="application/json", headers={"Cache-Control": "private, no-cache"}
    )


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(f"box: {text[:60]!r} is no box; give WEST,SOUTH,EAST,NORTH in metres.") from None
    if not all(abs(number) < 1e8 for number in (west, south, east, north)):
        raise BadRequest(f"box: {text[:60]!r} is not on the map; give WEST,SOUTH,EAST,NORTH in metres.")
    return west, south, east, north
