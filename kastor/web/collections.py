"""The collections of a tenant: one per kind of object, as maps and QGIS have their layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.model import Kind
from kastor.formats.crs import normalise
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import middle, operation
from kastor.store import Dataset, Tenant
from kastor.store.ready_features import newest_revision
from kastor.web import feature_crs
from kastor.web.errors import NotFound
from kastor.web.ogc import FG_JSON, GEOJSON, HTML, JSON, SCHEMA, Asked, link, with_form

NAMES: dict[Kind, tuple[str, str, str]] = {
    Kind.BUILDING: ("buildings", "Gebäude", "Buildings"),
    Kind.BUILDING_PART: ("building_parts", "Gebäudeteile", "Building parts"),
    Kind.BUILDING_INSTALLATION: ("building_installations", "Bauteile an Gebäuden", "Building installations"),
    Kind.BRIDGE: ("bridges", "Brücken", "Bridges"),
    Kind.TUNNEL: ("tunnels", "Tunnel", "Tunnels"),
    Kind.WALL: ("walls", "Mauern", "Walls"),
    Kind.TREE: ("trees", "Bäume", "Trees"),
    Kind.VEGETATION: ("vegetation", "Vegetation", "Vegetation"),
    Kind.STREET: ("streets", "Straßen und Wege", "Streets and ways"),
    Kind.RAILWAY: ("railways", "Gleise", "Railways"),
    Kind.PARKING: ("parking", "Parkflächen", "Parking"),
    Kind.LAND_USE: ("land_use", "Flächennutzung", "Land use"),
    Kind.WATER: ("waters", "Gewässer", "Waters"),
    Kind.ADDRESS: ("addresses", "Adressen", "Addresses"),
    Kind.PARCEL: ("parcels", "Flurstücke", "Parcels"),
    Kind.DISTRICT: ("districts", "Stadtgebiete", "Districts"),
    Kind.PLAN_AREA: ("plan_areas", "Festsetzungen von Plänen", "What plans fix"),
    Kind.FURNITURE: ("furniture", "Stadtmobiliar", "Street furniture"),
    Kind.OTHER: ("others", "Sonstige Objekte", "Other objects"),
}
"""Id of the collection, German and English title."""

KINDS = {names[0]: kind for kind, names in NAMES.items()}

BOXES = "SELECT kinds, west, south, low, east, north, high FROM blocks WHERE last IS NULL AND west IS NOT NULL"


@dataclass(frozen=True)
class Extent:
    """Where objects are: a box in the plane of the tenant and one in degrees, each west, south, east, north."""

    plane: tuple[float, float, float, float]
    degrees: tuple[float, float, float, float]


def kind_of(twin: Tenant, collection: str) -> Kind:
    """
    The kind of the objects of a collection.

    Raises
    ------
    NotFound
        When the tenant has no such collection.
    """
    kind = KINDS.get(collection)
    if kind is None or not counts(twin).get(kind.name.lower()):
        known = ", ".join(NAMES[k][0] for k in collections(twin)) or "none"
        raise NotFound(f"There is no collection {collection[:60]!r} in {twin.id}; there are {known}.")
    return kind


def collections(twin: Tenant) -> list[Kind]:
    """Kinds the tenant has objects of."""
    found = counts(twin)
    return [kind for kind in NAMES if found.get(kind.name.lower())]


def counts(twin: Tenant) -> dict[str, int]:
    """Number of objects in sight by kind name."""
    return _counts(twin, newest_revision(twin.database))


@lru_cache(maxsize=128)
def _counts(twin: Tenant, revision: int) -> dict[str, int]:
    return twin.counts()


def description(ask: Asked, kind: Kind) -> dict[str, Any]:
    """The description of a collection."""
    twin = ask.twin
    name, german, english = NAMES[kind]
    datasets = [d for d in twin.datasets() if d.kinds.get(kind.name.lower())]
    number = sum(d.kinds[kind.name.lower()] for d in datasets)
    systems = feature_crs.offered(twin)
    found: dict[str, Any] = {
        "id": name,
        "title": german if ask.german else english,
        "description": _sentence(ask, datasets, number),
        "attribution": " · ".join(dict.fromkeys(d.attribution for d in datasets if d.attribution)),
        "itemType": "feature",
        "links": [*_links(ask, name), *licences(datasets)],
        "crs": [system.uri for system in systems],
        "storageCrs": feature_crs.storage(twin).uri,
        "numberOfItems": number,
    }
    extent = extents(twin).get(kind.name.lower())
    if extent is not None:
        found["extent"] = {
            "spatial": {"bbox": [list(extent.degrees)], "crs": feature_crs.CRS84},
            "temporal": {
                "interval": [_interval(datasets)],
                "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
            },
        }
    return found


def _sentence(ask: Asked, datasets: Iterable[Dataset], number: int) -> str:
    titles = ", ".join(d.title for d in datasets)
    return f"{number} Objekte aus: {titles}." if ask.german else f"{number} objects from: {titles}."


def _links(ask: Asked, name: str) -> list[dict[str, str]]:
    here = f"{ask.base}/collections/{name}"
    return [
        link(with_form(here, "json"), "self" if ask.form == JSON else "alternate", JSON),
        link(with_form(here, "html"), "self" if ask.form == HTML else "alternate", HTML),
        link(with_form(f"{here}/items", "json"), "items", GEOJSON, "GeoJSON"),
        link(with_form(f"{here}/items", "jsonfg"), "items", FG_JSON, "JSON-FG"),
        link(with_form(f"{here}/items", "html"), "items", HTML, "HTML"),
        link(f"{here}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA),
        link(f"{here}/schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", SCHEMA),
        link(f"{here}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", JSON),
    ]


def licences(datasets: Iterable[Dataset]) -> list[dict[str, str]]:
    """Links to the licences of some datasets."""
    known = dict.fromkeys((d.licence_url, d.licence) for d in datasets if d.licence_url)
    return [link(url, "license", HTML, title) for url, title in known]


def _interval(datasets: Iterable[Dataset]) -> list[str | None]:
    dates = sorted(d.date for d in datasets if len(d.date) == 10)
    return [f"{dates[0]}T00:00:00Z", f"{dates[-1]}T23:59:59Z"] if dates else [None, None]


def extents(twin: Tenant) -> dict[str, Extent]:
    """Where the objects of each kind are, by kind name."""
    return _extents(twin, newest_revision(twin.database))


def whole(twin: Tenant) -> Extent | None:
    """Where all objects are."""
    found = extents(twin)
    return found.get("")


@lru_cache(maxsize=128)
def _extents(twin: Tenant, revision: int) -> dict[str, Extent]:
    boxes: dict[str, list[tuple[float, ...]]] = {}
    for kinds, west, south, _, east, north, _ in twin.database.reader().execute(BOXES):
        names = Counter(orjson.loads(kinds) if isinstance(kinds, (str, bytes)) else kinds)
        for name in ("", *names):
            boxes.setdefault(name, []).append((west, south, east, north))
    return {name: _extent(twin.crs, np.array(rows)) for name, rows in boxes.items()}


def _extent(crs: str, boxes: Any) -> Extent:
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    plane = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    edge = shapely.get_coordinates(shapely.segmentize(shapely.box(*plane), max(*(high - low), 1.0) / 20))
    code = f"EPSG:{normalise(crs).horizontal}"
    try:
        degrees = operation(code, "EPSG:4326", middle(edge, code)).apply(edge)
    except UnknownCrs:
        return Extent(plane, (-180.0, -90.0, 180.0, 90.0))
    (west, south), (east, north) = degrees.min(axis=0).tolist(), degrees.max(axis=0).tolist()
    return Extent(plane, (round(west, 7), round(south, 7), round(east, 7), round(north, 7)))
