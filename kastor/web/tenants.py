"""Tenants over HTTP: what there is, where to begin looking, what to credit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.formats.crs_names import normalise
from kastor.formats.frame import frame_at
from kastor.loading import layers_of, origin_of
from kastor.loading.drafts import upload_of
from kastor.store import Dataset, Tenant
from kastor.store.tenants import tenant_ids
from kastor.tiles.confidence import CONFIDENCE_CLASSES, shown_color
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants", tags=["tenants"], dependencies=[needs(Right.SEE)])

LAYER_TITLES = {
    "buildings": {"de": "Gebäude", "en": "Buildings"},
    "trees": {"de": "Bäume", "en": "Trees"},
    "woodland": {"de": "Wald (symbolisch)", "en": "Woodland (symbolic)"},
    "terrain": {"de": "Gelände mit Straßen und Grün", "en": "Terrain with streets and green"},
    "confidence": {"de": "Wie sicher das Gelände ist", "en": "How sure the terrain is"},
}
HIDDEN_AT_FIRST = frozenset({"confidence"})


def json(content: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    text = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(text, status, media_type="application/json")


@router.get("")
def all_tenants(request: Request) -> Response:
    """All tenants of this instance."""
    home = request.app.state.settings.home
    return json([summary(visible(request, tenant_id)) for tenant_id in tenant_ids(home)])


@router.get("/{tenant}")
def one_tenant(request: Request, tenant: str) -> Response:
    """One tenant with its layers, datasets and first view."""
    belongs = upload_of(request.app.state.settings.home, tenant)
    draft = {"tenant": belongs[0], "upload": belongs[1]} if belongs else None
    return json({**detail(visible(request, tenant)), "draft": draft})


def summary(tenant: Tenant) -> dict[str, Any]:
    """What the list of tenants shows; ``Tenant`` of the browser."""
    info = tenant.info
    box = tenant.box()
    return {
        "id": info.id,
        "title": info.title,
        "description": {"de": info.description.get("de", ""), "en": info.description.get("en", "")},
        "projection": normalise(info.crs).title,
        "crs": info.crs,
        "counts": tenant.counts(),
        "box": [box[0], box[1], box[3], box[4]] if box else [0, 0, 0, 0],
        "preview": f"/api/tenants/{info.id}/preview.png",
    }


def detail(tenant: Tenant) -> dict[str, Any]:
    """Everything the browser asks when it opens a twin; ``TenantDetail`` of the browser."""
    info = tenant.info
    datasets = tenant.datasets()
    return {
        **summary(tenant),
        "view": info.view or _whole(tenant),
        "frame": _frame(info.crs, origin_of(tenant)),
        "layers": [_layer(tenant, layer, datasets) for layer in layers_of(tenant)],
        "datasets": [dataset_json(d) for d in datasets],
        "revision": tenant.revision,
        "accent": info.accent,
        "logo": info.logo,
        "services": list(info.services),
    }


def dataset_json(dataset: Dataset) -> dict[str, Any]:
    """``Dataset`` of the browser."""
    return {
        "id": dataset.id,
        "title": dataset.title,
        "owner": dataset.owner,
        "licence": dataset.licence,
        "licenceUrl": dataset.licence_url,
        "attribution": dataset.attribution,
        "date": dataset.date,
        "state": dataset.state,
        "loaded": dataset.loaded,
        "kinds": dict(dataset.kinds),
        "report": dataset.report,
    }


def _whole(tenant: Tenant) -> dict[str, Any]:
    """A view of everything, from the south."""
    box = tenant.box() or (0.0, 0.0, 0.0, 1000.0, 1000.0, 0.0)
    target = [(box[0] + box[3]) / 2, (box[1] + box[4]) / 2, box[2]]
    distance = min(max(box[3] - box[0], box[4] - box[1], 300.0) * 1.6, 6000.0)
    return {"target": target, "heading": 0.0, "pitch": 42.0, "distance": distance}


@lru_cache(maxsize=64)
def _frame(crs: str, origin: tuple[float, float, float]) -> dict[str, Any]:
    frame = frame_at(crs, origin)
    polynomials = frame.polynomials()
    return {
        "origin": list(origin),
        "longitude": frame.longitude,
        "latitude": frame.latitude,
        "toScene": polynomials.to_scene,
        "toMap": polynomials.to_map,
    }


LAYER_KINDS = {
    "buildings": ("building", "bridge", "tunnel", "wall"),
    "trees": ("tree",),
    "woodland": ("land_use", "vegetation"),
    "terrain": ("terrain", "street", "land_use", "water", "railway", "parking"),
    "confidence": ("terrain",),
}


def _layer(tenant: Tenant, layer: str, datasets: list[Dataset]) -> dict[str, Any]:
    shown = [d for d in datasets if any(d.kinds.get(kind) for kind in LAYER_KINDS[layer])]
    return {
        "id": layer,
        "title": LAYER_TITLES[layer],
        "tileset": f"/tiles/{tenant.id}/{layer}/tileset.json",
        "visible": layer not in HIDDEN_AT_FIRST,
        "attribution": " · ".join(dict.fromkeys(d.attribution for d in shown if d.attribution)),
        "note": _note(tenant, layer),
        "legend": _LEGENDS.get(layer, []),
    }


_LEGENDS = {
    "confidence": [
        {"text": one.text, "color": shown_color(one), "hatched": one.hatch > 0.0} for one in CONFIDENCE_CLASSES
    ]
}


def _note(tenant: Tenant, layer: str) -> dict[str, str]:
    if layer == "woodland":
        return {
            "de": "Zeigt bewaldete Flächen. Die einzelnen Bäume sind nicht vermessen.",
            "en": "Shows wooded areas. The single trees are not surveyed.",
        }
    if layer == "terrain" and "confidence" in layers_of(tenant):
        return {
            "de": "Aus den Gebäuden abgeleitet. Zwischen den Gebäuden sind die Höhen geschätzt.",
            "en": "Derived from the buildings. Between them the heights are estimated.",
        }
    return {"de": "", "en": ""}
