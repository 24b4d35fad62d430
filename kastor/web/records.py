"""The catalogue over HTTP: OGC API - Records for programs, DCAT-AP.de for data portals to harvest."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.catalogue import dcat
from kastor.catalogue.entries import Box, Entry, entries, licence_of, theme_of
from kastor.city.codes_datasets import LICENCES, THEMES
from kastor.store.folding import folded
from kastor.web.addresses import root
from kastor.web.errors import BadRequest, NotFound
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/records/{tenant}", tags=["records"], dependencies=[needs(Right.SEE)])

CONFORMANCE = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core-query-parameters",
    "http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/json",
]

SYNTAXES: dict[str, tuple[str, dcat.Syntax]] = {
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
    "rdf": ("application/rdf+xml", "pretty-xml"),
}
GEOJSON = "application/geo+json"


@router.get("")
def landing(request: Request, tenant: str) -> Response:
    """What this catalogue is and where everything is."""
    info, here = visible(request, tenant).info, _here(request, tenant)
    links = [
        _link("self", here, "application/json", "This page"),
        _link("service-desc", f"{root(request)}/openapi.json", "application/vnd.oai.openapi+json;version=3.1", "API"),
        _link("conformance", f"{here}/conformance", "application/json", "Conformance classes"),
        _link("data", f"{here}/collections", "application/json", "Collections"),
        *(
            _link("alternate", f"{here}/catalog.{ending}", media_type, f"DCAT-AP.de ({ending})")
            for ending, (media_type, _) in SYNTAXES.items()
        ),
    ]
    return json({"title": f"Datenkatalog {info.title}", "description": info.description.get("de", ""), "links": links})


@router.get("/conformance")
def conformance(request: Request, tenant: str) -> Response:
    """Classes of the standards this catalogue keeps to."""
    visible(request, tenant)
    return json({"conformsTo": CONFORMANCE})


@router.get("/collections")
def collections(request: Request, tenant: str) -> Response:
    """The only collection: the datasets."""
    here = _here(request, tenant)
    links = [_link("self", f"{here}/collections", "application/json", "Collections")]
    return json({"collections": [_collection(request, tenant)], "links": links})


@router.get("/collections/datasets")
def collection(request: Request, tenant: str) -> Response:
    """The catalogue as a collection of records."""
    return json(_collection(request, tenant))


@router.get("/collections/datasets/items")
def items(
    request: Request,
    tenant: str,
    q: str = "",
    ids: str = "",
    bbox: str = "",
    type: Literal["", "dataset"] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Records, by words, ids or place."""
    here = f"{_here(request, tenant)}/collections/datasets/items"
    found = [entry for entry in _entries(request, tenant) if _matches(entry, q, ids, _box(bbox))]
    shown = found[offset : offset + limit]
    asked = {"q": q, "ids": ids, "bbox": bbox, "type": type, "limit": limit}
    links = [_link("self", _address(here, {**asked, "offset": offset}), GEOJSON, "This page")]
    if offset + limit < len(found):
        links.append(_link("next", _address(here, {**asked, "offset": offset + limit}), GEOJSON, "Next page"))
    if offset:
        links.append(_link("prev", _address(here, {**asked, "offset": max(offset - limit, 0)}), GEOJSON, "Page before"))
    content = {
        "type": "FeatureCollection", "numberMatched": len(found), "numberReturned": len(shown), "links": links,
        "features": [_record(entry, _here(request, tenant)) for entry in shown],
    }  # fmt: skip
    return _geojson(content)


@router.get("/collections/datasets/items/{dataset}")
def item(request: Request, tenant: str, dataset: str) -> Response:
    """One record."""
    for entry in _entries(request, tenant):
        if entry.dataset.id == dataset:
            return _geojson(_record(entry, _here(request, tenant)))
    raise NotFound(f"There is no dataset {dataset[:80]!r} in this catalogue.")


@router.get("/catalog")
def catalog(request: Request, tenant: str) -> Response:
    """The catalogue in the RDF syntax the caller accepts, Turtle when it does not matter."""
    accepted = request.headers.get("accept", "")
    ending = next((e for e, (media_type, _) in SYNTAXES.items() if media_type in accepted), "ttl")
    return _rdf(request, tenant, ending)


@router.get("/catalog.{ending}")
def catalog_file(request: Request, tenant: str, ending: Literal["ttl", "jsonld", "rdf"]) -> Response:
    """The catalogue as DCAT-AP.de in Turtle, JSON-LD or RDF/XML."""
    return _rdf(request, tenant, ending)


def _rdf(request: Request, tenant: str, ending: str) -> Response:
    media_type, syntax = SYNTAXES[ending]
    twin = visible(request, tenant)
    contributor = request.app.state.settings.dcat_contributor
    graph = dcat.catalog(twin.info, _entries(request, tenant), root(request), contributor)
    return Response(dcat.text(graph, syntax), media_type=media_type, headers={"Vary": "Accept"})


def _entries(request: Request, tenant: str) -> list[Entry]:
    return entries(visible(request, tenant), root(request))


def _here(request: Request, tenant: str) -> str:
    return f"{root(request)}/records/{tenant}"


def _collection(request: Request, tenant: str) -> dict[str, Any]:
    twin, here = visible(request, tenant), _here(request, tenant)
    boxes = [entry.box for entry in entries(twin, root(request)) if entry.box is not None]
    whole = [min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)]
    return {
        "id": "datasets", "type": "Collection", "itemType": "record", "title": f"Datensätze {twin.info.title}",
        "description": twin.info.description.get("de", ""),
        **({"extent": {"spatial": {"bbox": [whole]}}} if boxes else {}),
        "links": [
            _link("self", f"{here}/collections/datasets", "application/json", "This collection"),
            _link("items", f"{here}/collections/datasets/items", GEOJSON, "Records"),
        ],
    }  # fmt: skip


def _record(entry: Entry, here: str) -> dict[str, Any]:
    dataset = entry.dataset
    licence = licence_of(dataset)
    url = LICENCES[licence].url if licence else dataset.licence_url
    known: dict[str, Any] = {
        "type": "dataset", "title": dataset.title or dataset.id, "description": dataset.description,
        "keywords": list(entry.keywords), "language": {"code": "de"}, "updated": dataset.loaded,
        "license": url or dataset.licence, "rights": dataset.attribution,
        "themes": [{"scheme": dcat.EU + "data-theme", "concepts": [
            {"id": theme_of(dataset), "title": THEMES[theme_of(dataset)][0]}]}],
        "formats": [{"name": way.media_type} for way in entry.ways],
        "contacts": [{"organization": dataset.office or dataset.owner, "roles": ["pointOfContact"]}],
    }  # fmt: skip
    links = [
        _link("self", entry.href, GEOJSON, dataset.title),
        _link("collection", f"{here}/collections/datasets", "application/json", "All datasets"),
        *(
            _link("item" if way.service else "enclosure", way.href, way.media_type, way.title["de"])
            for way in entry.ways
        ),
    ]
    return {
        "type": "Feature", "id": dataset.id, "geometry": _polygon(entry.box),
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"],
        "time": {"date": dataset.date} if len(dataset.date) == 10 else None,
        "properties": {name: value for name, value in known.items() if value not in ("", [])}, "links": links,
    }  # fmt: skip


def _polygon(box: Box | None) -> dict[str, Any] | None:
    if box is None:
        return None
    west, south, east, north = (round(side, 7) for side in box)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _matches(entry: Entry, q: str, ids: str, box: Box | None) -> bool:
    if ids and entry.dataset.id not in [part.strip() for part in ids.split(",")]:
        return False
    d = entry.dataset
    said = folded(" ".join([d.id, d.title, d.description, d.owner, d.office, *entry.keywords]))
    if not all(word in said for word in folded(q).split()):
        return False
    if box is None:
        return True
    own = entry.box
    return own is not None and own[0] <= box[2] and own[2] >= box[0] and own[1] <= box[3] and own[3] >= box[1]


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(n) <= 360 for n in numbers) or numbers[1] > numbers[3]:
        raise BadRequest(f"bbox: {text[:80]!r} is not west,south,east,north in degrees.")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _address(path: str, asked: dict[str, Any]) -> str:
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value not in ('', None)})}"


def _link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def _geojson(content: dict[str, Any]) -> Response:
    answer = json(content)
    answer.headers["content-type"] = GEOJSON
    return answer
