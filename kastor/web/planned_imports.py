"""Planned objects from files over HTTP: what a file holds, and where a model stands; nothing is saved here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.planning import feature_imports, imports, placing
from kastor.web.errors import BadRequest, BodyTooLarge
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/planned", tags=["variants"], dependencies=[needs(Right.PLAN)])

LARGEST = 50 * 2**20
"""Bytes of a file."""

Place = tuple[float, float]


class Pair(BaseModel):
    """A point of a model and the same one on the map. [m]"""

    model: Place
    map: Place


class Asked(BaseModel):
    """Points, or an address and north."""

    model_config = ConfigDict(extra="forbid")

    pairs: Annotated[list[Pair], Field(max_length=placing.MOST_PAIRS)] = []
    address: str = Field("", max_length=200)
    north: float = Field(0.0, ge=-360, le=360)


@router.post("/file")
async def read_file(
    request: Request, tenant: str, name: Annotated[str, Query(max_length=200)] = "model.glb",
    unit: Annotated[str, Query(max_length=10)] = "", storeys: Annotated[int | None, Query(ge=1, le=120)] = None,
) -> Response:  # fmt: skip
    """What a file (the body: GLB, glTF, IFC or GeoJSON) holds, with unit and extent, ready to become edits."""
    visible(request, tenant)
    if int(request.headers.get("content-length", "0") or 0) > LARGEST:
        raise BodyTooLarge(f"A file of planned objects has at most {LARGEST // 2**20} MB.")
    content = await request.body()
    return await run_in_threadpool(_read, request, tenant, content, name, unit, storeys)


def _read(request: Request, tenant: str, content: bytes, name: str, unit: str, storeys: int | None) -> Response:
    twin = opened(request, tenant)
    if not content:
        raise BadRequest("The body is empty; send a file in GLB, glTF, IFC or GeoJSON.")
    if b'"FeatureCollection"' in content[:4096]:
        listed = feature_imports.features(twin, content, storeys)
        return json({"format": "geojson", **asdict(listed)})
    return json(_model(imports.model(twin, content, name, unit)))


def _model(found: imports.Imported) -> dict[str, Any]:
    return {
        "format": found.format, "name": found.name, "storeys": found.storeys, "unit": found.unit,
        "unitSaid": found.said, "units": imports.UNITS, "extent": found.extent, "points": found.points,
        "triangles": found.triangles, "outline": found.outline, "place": found.place, "turn": found.turn,
        "notes": found.notes,
    }  # fmt: skip


@router.post("/placing")
def place(request: Request, tenant: str, asked: Asked) -> Response:
    """Where a model stands: by pairs of points, or by address and north."""
    twin = visible(request, tenant)
    if asked.address:
        return json(asdict(placing.by_address(twin, asked.address, asked.north)))
    return json(asdict(placing.by_points([pair.model for pair in asked.pairs], [pair.map for pair in asked.pairs])))
