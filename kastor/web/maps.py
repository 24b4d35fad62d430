"""Drawn maps over HTTP: for screens without 3D, and as a preview of a twin."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.loading.layers import MAPPED
from kastor.store import Tenant
from kastor.tiles.ground import map_image
from kastor.web.errors import BadRequest
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["maps"], dependencies=[needs(Right.SEE)])

WIDEST = 20_000.0
"""Longest side of a map that is drawn with everything on it. [m]"""


@router.get("/map.png")
def map_png(
    request: Request,
    tenant: str,
    box: str,
    width: Annotated[int, Query(ge=1, le=2048)] = 800,
    height: Annotated[int, Query(ge=1, le=2048)] = 600,
) -> Response:
    """A map of a box ``west,south,east,north``."""
    twin = visible(request, tenant)
    return _png(_drawn(twin, twin.revision, _box(box), width, height))


@router.get("/preview.png")
def preview(request: Request, tenant: str) -> Response:
    """A map of where the twin opens."""
    twin = visible(request, tenant)
    view: Any = twin.info.view
    if view:
        east, north, _ = view["target"]
        reach = float(view["distance"])
    else:
        whole = twin.box() or (0.0, 0.0, 0.0, 1000.0, 1000.0, 0.0)
        east, north, reach = (whole[0] + whole[3]) / 2, (whole[1] + whole[4]) / 2, 500.0
    box = (east - reach * 0.8, north - reach * 0.5, east + reach * 0.8, north + reach * 0.5)
    return _png(_drawn(twin, twin.revision, box, 640, 400))


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequest(f"box: {text[:80]!r} is not four numbers west,south,east,north in metres.") from None
    if not (0 < east - west <= WIDEST and 0 < north - south <= WIDEST):
        raise BadRequest(f"box: {text[:80]!r} must be wider than 0 and at most {WIDEST:.0f} m on each side.")
    return west, south, east, north


@lru_cache(maxsize=64)
def _drawn(tenant: Tenant, revision: str, box: tuple[float, float, float, float], width: int, height: int) -> bytes:
    return map_image(tenant.city(box=box, kinds=MAPPED), box, width, height)


def _png(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=60"})
