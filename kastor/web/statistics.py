"""Tables by district over HTTP: what they say of each area, as JSON, CSV and GeoJSON."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any, Literal

import orjson
import shapely
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning.figures import in_words
from kastor.planning.statistics import JoinedTable, joined_table
from kastor.store import Tenant
from kastor.store.errors import UnknownDataset
from kastor.store.statistics import StoredTable, Value, rows_now, tables, values
from kastor.web.dataset_json import safe_cell
from kastor.web.errors import BadRequest
from kastor.web.outlines import as_geojson
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(
    prefix="/api/tenants/{tenant}/statistics", tags=["statistics"], dependencies=[needs(Right.SEE)]
)  # fmt: skip

CORNERS_ACROSS = 800
"""Outlines for a small map are drawn as fine as this many steps across all areas."""

HEADS = {"de": ("Gebiet", "Kennung des Gebiets", "Zeitraum"), "en": ("area", "id of the area", "period")}

Period = Annotated[str, Query(max_length=20)]


@router.get("")
def all_tables(request: Request, tenant: str) -> Response:
    """The tables by district."""
    return json([_table_json(one) for one in tables(visible(request, tenant).database)])


@router.get("/{dataset}.csv")
def as_csv(request: Request, tenant: str, dataset: str, language: Literal["de", "en"] = "de") -> Response:
    """The whole table, all periods, for spreadsheets."""
    twin = visible(request, tenant)
    table = joined_table(twin, _found(twin, dataset))
    names = [one.name for one in table.table.measures]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if language == "de" else ",")
    writer.writerow([safe_cell(cell) for cell in (*HEADS[language], *names)])
    for (area, period), cells in sorted(rows_now(twin.database, dataset).items(), key=lambda row: row[0][::-1]):
        numbers = [_cell(cells.get(name), language) for name in names]
        writer.writerow([safe_cell(cell) for cell in (area, _id(table, area), in_words(period)[language], *numbers)])
    return _file(("\ufeff" + buffer.getvalue()).encode(), "text/csv; charset=utf-8", f"{twin.id}-{dataset}.csv")


@router.get("/{dataset}")
def one_table(request: Request, tenant: str, dataset: str, period: Period = "") -> Response:
    """A table for one period, the newest when none is named: its rows with their areas, and the areas to draw."""
    twin = visible(request, tenant)
    table = joined_table(twin, _found(twin, dataset))
    when = _period(table.table, period)
    rows = _rows(twin, table, when)
    return json(
        {
            **_table_json(table.table),
            "period": when,
            "rows": rows,
            "areas": _areas_json(table),
            "without": _without(table, {row["id"] for row in rows}),
        }
    )


@router.get("/{dataset}/areas.geojson")
def as_features(request: Request, tenant: str, dataset: str, period: Period = "") -> Response:
    """The areas with the numbers of one period as their properties, in the tenant's reference system."""
    twin = visible(request, tenant)
    table = joined_table(twin, _found(twin, dataset))
    when = _period(table.table, period)
    features: list[dict[str, Any]] = []
    for row in _rows(twin, table, when):
        if row["id"]:
            shape = as_geojson([table.outlines[table.area[row["key"]]]])
            numbers = {name: cell["value"] for name, cell in row["values"].items()}
            properties = {"area": row["label"], "period": when, **numbers}
            features.append({"type": "Feature", "id": row["id"], "geometry": shape, "properties": properties})
    code = twin.crs.split(":")[1].split("+")[0]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    content = orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    return _file(content, "application/geo+json", f"{twin.id}-{dataset}-{when}.geojson")


@router.get("/{dataset}/history")
def history(
    request: Request, tenant: str, dataset: str, area: Annotated[str, Query(max_length=500)], period: Period = ""
) -> Response:
    """All numbers of an area, as its table names it, over the periods; what held before has an ``until``."""
    twin = visible(request, tenant)
    _found(twin, dataset)
    return json([_value_json(one) for one in values(twin.database, dataset, period, area, past=True)])


def _found(tenant: Tenant, dataset: str) -> StoredTable:
    found = next((one for one in tables(tenant.database) if one.dataset == dataset), None)
    if found is None:
        raise UnknownDataset(f"There is no table by district {dataset[:100]!r} in {tenant.id}.")
    return found


def _period(table: StoredTable, wanted: str) -> str:
    if wanted and wanted not in table.periods:
        raise BadRequest(f"period: {wanted[:40]!r} is none of {', '.join(table.periods)[:300]}.")
    return wanted or (table.periods[-1] if table.periods else "")


def _table_json(table: StoredTable) -> dict[str, Any]:
    return {
        "dataset": table.dataset,
        "title": table.title,
        "measures": [{"name": one.name, "what": one.what, "unit": one.unit} for one in table.measures],
        "periods": [{"id": one, "title": in_words(one)} for one in table.periods],
        "areaDataset": table.areas,
        "notes": list(table.notes),
    }


def _rows(tenant: Tenant, table: JoinedTable, period: str) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for one in values(tenant.database, table.table.dataset, period):
        cells = rows.setdefault(one.area, {})
        cells[one.measure] = {"value": one.value, "sign": one.sign}
    labels = table.districts.labels if table.districts is not None else ()
    found = []
    for key, cells in rows.items():
        area = table.area.get(key, -1)
        found.append(
            {"key": key, "id": _id(table, key), "label": labels[area] if area >= 0 else key, "values": cells}
        )  # fmt: skip
    return found


def _id(table: JoinedTable, key: str) -> str:
    area = table.area.get(key, -1)
    return table.districts.ids[area] if table.districts is not None and area >= 0 else ""


def _without(table: JoinedTable, named: set[str]) -> list[str]:
    """Labels of the areas the table says nothing about."""
    if table.districts is None:
        return []
    pairs = zip(table.districts.ids, table.districts.labels, strict=True)
    return [label for area, label in pairs if area not in named]


def _areas_json(table: JoinedTable) -> dict[str, Any]:
    """Outlines for a small map: as coarse as it shows, neighbours still meeting."""
    if table.districts is None:
        return {"box": None, "items": []}
    known = [i for i, shape in enumerate(table.outlines.tolist()) if shape is not None]
    west, south, east, north = (float(v) for v in shapely.total_bounds(table.outlines[known]))
    step = max(east - west, north - south) / CORNERS_ACROSS
    shapes = shapely.coverage_simplify(table.outlines[known], step)
    items = [
        {
            "id": table.districts.ids[i],
            "label": table.districts.labels[i],
            "outline": as_geojson([shape])["coordinates"],
        }
        for i, shape in zip(known, shapes.tolist(), strict=True)
    ]
    return {"box": [west, south, east, north], "items": items}


def _cell(cell: tuple[float | None, str] | None, language: str) -> str:
    value, sign = cell or (None, "")
    text = sign if value is None else f"{value:.6f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "de" and value is not None else text


def _value_json(one: Value) -> dict[str, Any]:
    return {
        "period": one.period, "measure": one.measure, "value": one.value, "sign": one.sign, "since": one.since,
        "until": one.until,
    }  # fmt: skip


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
