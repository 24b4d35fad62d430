"""Kept results over HTTP: the list, the document, its files, who may see it."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import FileResponse, Response

from kastor.planning.computing import stale
from kastor.store import Tenant, results
from kastor.store.expertises import Expertise, expertises_of
from kastor.store.resolutions import check_free
from kastor.store.results import DOCUMENT, Kept
from kastor.store.visibility import State
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/results", tags=["results"])

LOOKING = [needs(Right.SEE)]


@router.get("", dependencies=LOOKING)
def all_results(
    request: Request, tenant: str, process: Annotated[str, Query(max_length=100)] = "", limit: int = 100
) -> Response:
    """Results the caller may see, newest first."""
    twin = visible(request, tenant)
    found = results.results_of(twin.database, process, min(max(limit, 1), 1000))
    return json({"results": [_entry(request, twin, kept) for kept in found]})


@router.get("/{result}", dependencies=LOOKING)
def one_result(request: Request, tenant: str, result: str) -> Response:
    """The document of a result, who may see it, and why it is out of date."""
    twin = visible(request, tenant)
    kept = results.result(twin.database, result)
    document = orjson.loads(results.file_of(twin, result, DOCUMENT).read_bytes())
    reports = [said_of(one) for one in expertises_of(twin.database, result)]
    return json({**document, **_entry(request, twin, kept), "expertises": reports})


@router.get("/{result}/{file}", dependencies=LOOKING)
def one_file(request: Request, tenant: str, result: str, file: str) -> Response:
    """A file of a result; it never changes."""
    found = results.file_of(visible(request, tenant), result, file)
    kinds = {".tif": "image/tiff", ".geojson": "application/geo+json", ".json": "application/json"}
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(found, media_type=kinds[found.suffix], headers=headers)


@router.put("/{result}/state", dependencies=[needs(Right.PUBLISH)])
def set_state(request: Request, tenant: str, result: str, state: Annotated[State, Body(embed=True)]) -> Response:
    """Decide who may see a result."""
    visible(request, tenant)
    twin = opened(request, tenant)
    results.set_state(twin.database, result, state, person(request).id)
    return json(_entry(request, twin, results.result(twin.database, result)))


@router.delete("/{result}", dependencies=[needs(Right.PLAN)])
def remove(request: Request, tenant: str, result: str) -> Response:
    """Remove a result; the audit log keeps that it was there."""
    visible(request, tenant)
    check_free(opened(request, tenant).database, "results", result)
    results.remove(opened(request, tenant), result, person(request).id)
    return Response(status_code=204)


def said_of(one: Expertise) -> dict[str, Any]:
    """A report of an expert that stands in place of a result."""
    return {
        "id": one.id, "result": one.result, "title": one.title, "office": one.office, "note": one.note,
        "size": one.size, "hash": one.hash, "at": one.at,
    }  # fmt: skip


def _entry(request: Request, twin: Tenant, kept: Kept) -> dict[str, Any]:
    """Of a result, what is not in its document: that never changes, this does."""
    return {
        "id": kept.id, "process_id": kept.process, "version": kept.version, "made": kept.made,
        "state": kept.state.value, "seconds": kept.seconds, "stale": stale(opened(request, twin.id), kept),
    }  # fmt: skip
