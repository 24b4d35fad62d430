"""The ground as quantized mesh, for viewers that want terrain apart from 3D Tiles."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.formats.frame import frame_at
from kastor.loading import drawn_terrain, origin_of
from kastor.store import Tenant
from kastor.tiles.quantized_mesh import GeoRelief, geo_relief, layer_json, tile
from kastor.tiles.relief import relief
from kastor.web.errors import NotFound
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/tiles/{tenant}/quantized-mesh", tags=["tiles"], dependencies=[needs(Right.SEE)])


@router.get("/layer.json")
def description(request: Request, tenant: str) -> Response:
    """What viewers read first: extent and levels."""
    twin = visible(request, tenant)
    credit_lines = dict.fromkeys(d.attribution for d in twin.datasets() if d.kinds.get("terrain") and d.attribution)
    content: dict[str, Any] = layer_json(_ground(twin, twin.revision), twin.info.title, " · ".join(credit_lines))
    return json(content)


@router.get("/{level}/{column}/{row}.terrain")
def terrain_tile(request: Request, tenant: str, level: int, column: int, row: int) -> Response:
    """One tile, gzipped."""
    twin = visible(request, tenant)
    content = _tile(twin, twin.revision, level, column, row)
    if content is None:
        raise NotFound(f"There is no terrain tile {level}/{column}/{row} in {twin.id}.")
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=300"}
    return Response(content, media_type="application/vnd.quantized-mesh", headers=headers)


@lru_cache(maxsize=4)
def _ground(tenant: Tenant, revision: str) -> GeoRelief:
    terrain = drawn_terrain(tenant)
    if terrain is None:
        raise NotFound(f"Tenant {tenant.id} has no terrain.")
    return geo_relief(relief(terrain), frame_at(terrain.crs, origin_of(tenant)).to_geographic)


@lru_cache(maxsize=512)
def _tile(tenant: Tenant, revision: str, level: int, column: int, row: int) -> bytes | None:
    return tile(_ground(tenant, revision), level, column, row)
