"""Objects over HTTP: lists, details, search, what lies at a place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from kastor.city.codelists import FUNCTION_GROUPS
from kastor.city.model import Kind
from kastor.store import Tenant
from kastor.store.objects import Filters
from kastor.web.errors import BadRequest, NotFound
from kastor.web.object_json import detail_json, row_json
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import dataset_json, json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["objects"], dependencies=[needs(Right.SEE)])

KINDS = tuple(kind.name.lower() for kind in Kind)
REACH = 15.0
"""How far from a click a street is still meant. [m]"""

ON_THE_GROUND = (Kind.STREET, Kind.RAILWAY, Kind.PARKING, Kind.LAND_USE, Kind.WATER, Kind.VEGETATION)

HEADINGS = {
    "de": ("Kennung", "Art", "Bezeichnung", "Ort", "Ost", "Nord", "Höhe über Grund in m", "Geschosse", "Funktion",
           "Dachform", "Baujahr", "Grundfläche in m²", "Stand", "Datensatz", "Befunde"),
    "en": ("id", "kind", "label", "place", "east", "north", "height above ground in m", "storeys", "function",
           "roof form", "year", "area in m²", "date", "dataset", "findings"),
}  # fmt: skip


def filters(
    kind: str = "building",
    q: str = "",
    function_group: Annotated[str, Query(alias="functionGroup")] = "",
    roof: int | None = None,
    min_height: Annotated[float | None, Query(alias="minHeight")] = None,
    max_height: Annotated[float | None, Query(alias="maxHeight")] = None,
    min_storeys: Annotated[int | None, Query(alias="minStoreys")] = None,
    max_storeys: Annotated[int | None, Query(alias="maxStoreys")] = None,
    findings: Literal["yes", "no", ""] = "",
    dataset: str | None = None,
    sort: str = "label",
    descending: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: str | None = None,
) -> Filters:
    """The filters of a list as they stand in the address."""
    if kind not in KINDS:
        raise BadRequest(f"kind: {kind!r} is none of {', '.join(KINDS)}.")
    if function_group and function_group not in FUNCTION_GROUPS:
        raise BadRequest(f"functionGroup: {function_group!r} is none of {', '.join(FUNCTION_GROUPS)}.")
    return Filters(
        kind=Kind[kind.upper()],
        q=q,
        function_group=FUNCTION_GROUPS.index(function_group) if function_group else None,
        roof=roof,
        min_height=min_height,
        max_height=max_height,
        min_storeys=min_storeys,
        max_storeys=max_storeys,
        findings={"yes": True, "no": False, "": None}[findings],
        dataset=dataset,
        sort=(f"-{sort}" if descending else sort,),
        limit=limit,
        after=after,
    )


@router.get("/objects")
def list_objects(request: Request, tenant: str, wanted: Annotated[Filters, Depends(filters)]) -> Response:
    """A page of objects."""
    twin = visible(request, tenant)
    page = twin.objects(wanted)
    return json({"items": [row_json(twin, row) for row in page.items], "total": page.total, "next": page.next})


@router.get("/objects.csv")
def objects_csv(
    request: Request,
    tenant: str,
    wanted: Annotated[Filters, Depends(filters)],
    language: Literal["de", "en"] = "de",
) -> Response:
    """All objects of a list as a table for spreadsheets."""
    twin = visible(request, tenant)
    name = f"{twin.id}-{wanted.kind.name.lower()}.csv" if wanted.kind else f"{twin.id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(twin, wanted, language), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(tenant: Tenant, wanted: Filters, language: str) -> Iterator[str]:
    # a mark at the beginning lets spreadsheets see UTF-8; German ones want semicolons
    yield "\ufeff" + _line(HEADINGS[language], language)
    after: str | None = None
    while True:
        page = tenant.objects(replace(wanted, limit=1000, after=after))
        for row in page.items:
            yield _line(_cells(row_json(tenant, row), language), language)
        after = page.next
        if after is None:
            return


def _cells(row: dict[str, Any], language: str) -> list[Any]:
    east, north, _ = row["place"]
    function, roof = row["function"], row["roof"]
    return [
        row["id"], row["kind"], row["label"], row["detail"][language], round(east, 3), round(north, 3), row["height"],
        row["storeys"], function[language] if function else "", roof[language] if roof else "", row["year"],
        round(row["area"], 1) if row["area"] is not None else None, row["date"], row["dataset"], row["findings"],
    ]  # fmt: skip


def _line(cells: Any, language: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";" if language == "de" else ",").writerow([_cell(c, language) for c in cells])
    return buffer.getvalue()


def _cell(value: Any, language: str) -> Any:
    if isinstance(value, float) and language == "de":
        return str(value).replace(".", ",")
    # a spreadsheet would run text that begins like a formula
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


@router.get("/objects/{object_id:path}")
def one_object(request: Request, tenant: str, object_id: str) -> Response:
    """One object with its attributes, source, history and findings."""
    twin = visible(request, tenant)
    record = twin.object(object_id)
    if record is None or record.ended is not None:
        raise NotFound(f"There is no object {object_id[:120]!r} in {twin.id} today.")
    source = next(dataset_json(d) for d in twin.datasets() if d.id == record.row.dataset)
    return json(detail_json(twin, record, source))


@router.get("/search")
def search(
    request: Request,
    tenant: str,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> Response:
    """Objects by address, name or id, best first."""
    twin = visible(request, tenant)
    return json([row_json(twin, row) for row in twin.search(q, limit)])


@router.get("/at")
def at(request: Request, tenant: str, east: float, north: float) -> Response:
    """Streets, areas and waters at a place on the ground, nearest first."""
    twin = visible(request, tenant)
    return json([row_json(twin, row) for row, _ in twin.nearest(east, north, REACH, ON_THE_GROUND)])
