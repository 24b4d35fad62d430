"""A result to take along: a report on paper, its features as GeoPackage and as a table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning.computing import stale
from kastor.store import Tenant, results
from kastor.store.results import DOCUMENT, UnknownResult
from kastor.web import result_paper, result_tables
from kastor.web.opened import opened
from kastor.web.rights import Right, needs, visible

router = APIRouter(
    prefix="/api/tenants/{tenant}/results/{result}", tags=["results"], dependencies=[needs(Right.SEE)]
)  # fmt: skip

Language = Literal["de", "en"]


@router.get("/report.pdf")
def report(request: Request, tenant: str, result: str, language: Language = "de") -> Response:
    """The result on paper: map, numbers, whom it concerns, inputs, method and sources."""
    twin = visible(request, tenant)
    reasons = stale(opened(request, tenant), results.result(twin.database, result))
    document = _document(twin, result)
    return _file(result_paper.as_pdf(twin, document, reasons, language), "application/pdf", twin, document, "pdf")


@router.get("/export.gpkg")
def geopackage(request: Request, tenant: str, result: str) -> Response:
    """All features of the result, a layer for each output."""
    twin = visible(request, tenant)
    document = _document(twin, result)
    if not document["features"]:
        raise UnknownResult("The result has no features; its rasters come as GeoTIFF.")
    content = result_tables.as_geopackage(twin, result, document)
    return _file(content, "application/geopackage+sqlite3", twin, document, "gpkg")


@router.get("/export.csv")
def table(
    request: Request, tenant: str, result: str, features: Annotated[str, Query(max_length=100)],
    language: Language = "de",
) -> Response:  # fmt: skip
    """Features of one output as a table for spreadsheets."""
    twin = visible(request, tenant)
    document = _document(twin, result)
    chosen = next((entry for entry in document["features"] if entry["id"] == features), None)
    if chosen is None:
        known = ", ".join(entry["id"] for entry in document["features"]) or "none"
        raise UnknownResult(f"The result has no features {features[:60]!r}; it has {known}.")
    content = result_tables.as_csv(twin, result, chosen, language)
    return _file(content, "text/csv; charset=utf-8", twin, document, "csv", f"-{features}")


def _document(twin: Tenant, result: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(results.file_of(twin, result, DOCUMENT).read_bytes())
    return found


def _file(
    content: bytes, media_type: str, twin: Tenant, document: dict[str, Any], suffix: str, part: str = ""
) -> Response:  # fmt: skip
    name = f"{twin.id}-{document['process']['id']}-{document['id'][:8]}{part}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(content, media_type=media_type, headers=headers)
