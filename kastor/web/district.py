"""Quartiersanalyse over HTTP: the figures of an area, as JSON and as files to keep."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from kastor.planning.areas import MOST_CORNERS, area_of
from kastor.planning.district import District, Rule, buildings_of, district
from kastor.planning.figures import GROUPS, METHODS, Figure, figures, sources_of
from kastor.store import Dataset, Tenant
from kastor.web import district_files
from kastor.web.outlines import as_geojson
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["district"], dependencies=[needs(Right.SEE)])

MOST_BUILDINGS = 50_000
"""Buildings of one download."""

Language = Literal["de", "en"]


class Wanted:
    """The area and the rule as they stand in the address."""

    def __init__(
        self,
        area: Annotated[str, Query(max_length=MOST_CORNERS * 40)] = "",
        around: Annotated[str, Query(max_length=200)] = "",
        radius: float = 0.0,
        object: Annotated[str, Query(max_length=200)] = "",
        rule: Rule = "centroid",
    ) -> None:
        self.area, self.around, self.radius, self.object, self.rule = area, around, radius, object, rule

    def of(self, twin: Tenant) -> shapely.Geometry:
        """The area in a tenant."""
        return area_of(twin, self.area, self.around, self.radius, self.object)


Asked = Annotated[Wanted, Depends()]


@router.get("/district")
def figures_of_area(request: Request, tenant: str, wanted: Asked) -> Response:
    """The figures of an area, each with its method and the datasets behind it."""
    twin = visible(request, tenant)
    area = wanted.of(twin)
    return json(_as_json(twin, _district(twin, twin.revision, shapely.to_wkb(area), wanted.rule)))


@router.get("/district.csv")
def as_csv(request: Request, tenant: str, wanted: Asked, language: Language = "de") -> Response:
    """The figures as a table for spreadsheets."""
    twin = visible(request, tenant)
    found = _district(twin, twin.revision, shapely.to_wkb(wanted.of(twin)), wanted.rule)
    return _file(district_files.as_csv(figures(found), language), "text/csv; charset=utf-8", twin, "csv")


@router.get("/district.pdf")
def as_pdf(request: Request, tenant: str, wanted: Asked, language: Language = "de") -> Response:
    """The figures on paper, with a map, methods, sources and date."""
    twin = visible(request, tenant)
    found = _district(twin, twin.revision, shapely.to_wkb(wanted.of(twin)), wanted.rule)
    return _file(district_files.as_pdf(twin, found, language), "application/pdf", twin, "pdf")


@router.get("/district.geojson")
def buildings_geojson(request: Request, tenant: str, wanted: Asked) -> Response:
    """The area and the buildings that count, in the tenant's reference system."""
    twin = visible(request, tenant)
    area = wanted.of(twin)
    features: list[dict[str, Any]] = [
        {"type": "Feature", "geometry": as_geojson([area]), "properties": {"kind": "district", "rule": wanted.rule}}
    ]
    for city, outlines in buildings_of(twin, area, wanted.rule):
        columns = {name: column.tolist() for name, column in city.attributes.items()}
        for i in np.flatnonzero(city.parent < 0).tolist():
            own = {name: values[i] for name, values in columns.items() if values[i] is not None}
            shape = as_geojson([outlines[i]])
            features.append(
                {"type": "Feature", "id": city.ids[i], "geometry": shape, "properties": {"kind": "building", **own}}
            )
        if len(features) > MOST_BUILDINGS:
            break
    code = twin.crs.split(":")[1].split("+")[0]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    content = orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": features})
    return _file(content, "application/geo+json", twin, "geojson")


@lru_cache(maxsize=32)
def _district(twin: Tenant, revision: str, area: bytes, rule: Rule) -> District:
    """The same area is asked for as page, table and paper, one after the other."""
    return district(twin, shapely.from_wkb(area), rule)


def _as_json(twin: Tenant, found: District) -> dict[str, Any]:
    datasets = twin.datasets()
    west, south, east, north = (float(v) for v in shapely.bounds(found.area))
    return {
        "area": as_geojson([found.area]),
        "box": [west, south, east, north],
        "rule": found.rule,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": twin.revision,
        "groups": [{"id": name, "label": label} for name, label in GROUPS.items()],
        "figures": [_figure_json(f) for f in figures(found)],
        "methods": {
            name: {"text": text, "sources": [_source_json(d) for d in sources_of(name, datasets)]}
            for name, text in METHODS.items()
        },
    }


def _figure_json(f: Figure) -> dict[str, Any]:
    return {
        "group": f.group, "id": f.id, "label": f.label, "value": f.value, "unit": f.unit, "method": f.method,
        "estimated": round(f.estimated, 4), "between": list(f.between) if f.between else None, "lacking": f.lacking,
        "addsUp": f.adds_up,
    }  # fmt: skip


def _source_json(d: Dataset) -> dict[str, str]:
    return {"id": d.id, "title": d.title, "owner": d.owner, "licence": d.licence, "date": d.date}


def _file(content: bytes, media_type: str, twin: Tenant, suffix: str) -> Response:
    name = f"{twin.id}-quartier-{datetime.now(UTC):%Y-%m-%d}.{suffix}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
