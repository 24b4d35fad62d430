"""Files for the Masterportal, ready to copy: services.json and config.json of a tenant."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.catalogue import masterportal
from kastor.loading import layers_of
from kastor.store import Tenant
from kastor.web import wms
from kastor.web.addresses import root
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import LAYER_TITLES

router = APIRouter(prefix="/masterportal/{tenant}", tags=["masterportal"], dependencies=[needs(Right.SEE)])

SOLIDS = ("buildings", "trees", "woodland")
"""Layers that are drawn as 3D objects."""


@router.get("/services.json")
def services(request: Request, tenant: str) -> Response:
    """Every layer of the twin for the ``services.json`` of a Masterportal."""
    return _json(_services(request, visible(request, tenant)))


@router.get("/config.json")
def config(request: Request, tenant: str) -> Response:
    """A portal of version 3 that shows these layers."""
    twin = visible(request, tenant)
    return _json(masterportal.portal(twin, _services(request, twin)))


def _services(request: Request, twin: Tenant) -> list[dict[str, Any]]:
    maps = {wms.WHOLE: "Karte", **{name: title for name, (title, _) in wms.PARTS.items()}}
    solids = {layer: LAYER_TITLES[layer]["de"] for layer in layers_of(twin) if layer in SOLIDS}
    return masterportal.services(twin, root(request), maps, solids, bool(twin.terrain_boxes()))


def _json(content: Any) -> Response:
    # written for people who copy and change it
    return Response(orjson.dumps(content, option=orjson.OPT_INDENT_2), media_type="application/json")
