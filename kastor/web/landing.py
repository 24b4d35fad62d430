"""The door to all open interfaces of a tenant: landing page, conformance, collections, what they can be asked.

One landing page per tenant at ``/ogc/{tenant}``. Further interfaces add their links to ``LINKS`` and
their conformance classes to ``CONFORMANCE``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web import feature_filters, feature_pages, feature_schema, openapi
from kastor.web.collections import KINDS, NAMES, collections, description, kind_of, licences, whole
from kastor.web.feature_crs import CRS84, offered
from kastor.web.ogc import (
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
    Asked,
    answer,
    asked,
    json_answer,
    link,
    not_modified,
    own_links,
    tag_of,
    with_form,
)  # fmt: skip
from kastor.web.rights import Right, needs, serves_everybody

router = APIRouter(prefix="/ogc/{tenant}", include_in_schema=False)

FORMS = {"json": JSON, "html": HTML}
API_FORMS = {"json": OPENAPI, "html": HTML}
SCHEMA_FORMS = {"json": SCHEMA, "html": HTML}

_COMMON = "http://www.opengis.net/spec/ogcapi-common-{}/1.0/conf/{}"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-{}/1.0/conf/{}"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/{}"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{}"

_PROCESSES = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{}"

CONFORMANCE: list[str] = [
    *(_COMMON.format(1, name) for name in ("core", "landing-page", "json", "html", "oas30")),
    _COMMON.format(2, "collections"),
    *(_FEATURES.format(1, name) for name in ("core", "oas30", "html", "geojson")),
    _FEATURES.format(2, "crs"),
    *(
        _FEATURES.format(3, name)
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        _FEATURES.format(4, name)
        for name in ("create-replace-delete", "update", "optimistic-locking-etags", "create-replace-delete/features")
    ),
    *(_FEATURES.format(5, name) for name in ("schemas", "core-roles-features", "returnables-and-receivables")),
    *(
        _CQL2.format(name)
        for name in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus",
            "spatial-functions", "temporal-functions", "array-functions", "property-property", "arithmetic",
        )
    ),
    *(f"http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}" for name in ("core", "polyhedra", "types-schemas")),
    *(_TILES.format(name) for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "dataset-tilesets",
                                       "mvt", "oas30")),
    *(_PROCESSES.format(name) for name in ("core", "ogc-process-description", "json", "oas30", "job-list",
                                           "callback", "dismiss")),
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
]  # fmt: skip
"""Conformance classes of all interfaces."""


def _feature_links(ask: Asked) -> list[dict[str, str]]:
    base = ask.base
    found = [
        link(f"{base}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
        link(with_form(f"{base}/api", "html"), "service-doc", HTML),
        link(f"{base}/conformance", "conformance", JSON),
        link(f"{base}/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance", JSON),
        link(f"{base}/collections", "data", JSON),
        link(f"{base}/collections", "http://www.opengis.net/def/rel/ogc/1.0/data", JSON),
        link(f"{base}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", JSON),
        link(f"{base}/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", JSON),
    ]
    home = base.removesuffix(f"/ogc/{ask.twin.id}")
    folder = ask.twin.tiles
    for tileset in sorted(folder.glob("*/tileset.json")) if folder.is_dir() else ():
        address = f"{home}/tiles/{ask.twin.id}/{tileset.parent.name}/tileset.json"
        found.append(link(address, "related", "application/json", f"3D Tiles: {tileset.parent.name}"))
    return found


def _process_links(ask: Asked) -> list[dict[str, str]]:
    return [
        link(f"{ask.base}/processes", "http://www.opengis.net/def/rel/ogc/1.0/processes", JSON),
        link(f"{ask.base}/jobs", "http://www.opengis.net/def/rel/ogc/1.0/job-list", JSON),
    ]


LINKS: list[Callable[[Asked], list[dict[str, str]]]] = [_feature_links, _process_links]
"""What the landing page links to, interface by interface."""


@router.api_route("", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
@router.api_route("/", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def landing(request: Request, tenant: str) -> Response:
    """The landing page."""
    ask = asked(request, tenant, FORMS)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    info = ask.twin.info
    datasets = ask.twin.datasets()
    content: dict[str, Any] = {
        "title": info.title,
        "description": info.description.get("de" if ask.german else "en", ""),
        "attribution": " · ".join(dict.fromkeys(d.attribution for d in datasets if d.attribution)),
        "links": [*own_links(ask, FORMS, ask.base), *(one for links in LINKS for one in links(ask))],
    }
    extent = whole(ask.twin)
    if extent is not None:
        content["extent"] = {"spatial": {"bbox": [list(extent.degrees)], "crs": CRS84}}
    content["links"] += licences(datasets)
    if ask.form == HTML:
        kinds = [description(ask, kind) for kind in collections(ask.twin)]
        return answer(ask, feature_pages.landing(ask, content, kinds), tag=tag)
    return json_answer(ask, content, tag)


@router.api_route("/conformance", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def conformance(request: Request, tenant: str) -> Response:
    """What this API keeps to."""
    ask = asked(request, tenant, FORMS)
    if ask.form == HTML:
        return answer(ask, feature_pages.conformance(ask, CONFORMANCE))
    return json_answer(ask, {"conformsTo": CONFORMANCE, "links": own_links(ask, FORMS)})


@router.api_route("/api", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def api(request: Request, tenant: str) -> Response:
    """The API itself as an OpenAPI document."""
    ask = asked(request, tenant, API_FORMS, ready=True)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    kinds = {NAMES[k][0]: feature_filters.properties(ask.twin, k) for k in collections(ask.twin)}
    document = openapi.document(ask, kinds)
    if ask.form == HTML:
        return answer(ask, feature_pages.api(ask, document), tag=tag)
    return json_answer(ask, document, tag)


@router.api_route("/collections", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def all_collections(request: Request, tenant: str) -> Response:
    """All collections."""
    ask = asked(request, tenant, FORMS)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    found = [description(ask, kind) for kind in collections(ask.twin)]
    if ask.form == HTML:
        return answer(ask, feature_pages.collections(ask, found), tag=tag)
    content = {"links": own_links(ask, FORMS), "collections": found, "crs": [s.uri for s in offered(ask.twin)]}
    return json_answer(ask, content, tag)


@router.api_route("/collections/{collection}", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def one_collection(request: Request, tenant: str, collection: str) -> Response:
    """One collection."""
    ask = asked(request, tenant, FORMS)
    kind = kind_of(ask.twin, collection)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    found = description(ask, kind)
    if ask.form == HTML:
        return answer(ask, feature_pages.collection(ask, found), tag=tag)
    return json_answer(ask, found, tag)


@router.api_route("/collections/{collection}/{which}", methods=["GET", "HEAD"], dependencies=[needs(Right.SEE)])
def schemas(request: Request, tenant: str, collection: str, which: str) -> Response:
    """What a collection can be asked (``queryables``), and what its features hold (``schema``)."""
    make = feature_schema.WRITERS.get(which)
    ask = asked(request, tenant, SCHEMA_FORMS, ready=make is not None)
    kind = kind_of(ask.twin, collection)
    if make is None:
        raise feature_schema.unknown(collection, which)
    tag = tag_of(ask)
    if (known := not_modified(ask, tag)) is not None:
        return known
    content = make(ask, kind, feature_filters.properties(ask.twin, kind))
    if ask.form == HTML:
        return answer(ask, feature_pages.schema(ask, content), tag=tag)
    return json_answer(ask, content, tag, SCHEMA)


@router.options("/{path:path}", dependencies=[serves_everybody()])
def options(tenant: str, path: str) -> Response:
    """What may be done at an address; browsers ask this before they send something to another site."""
    parts = [part for part in path.split("/") if part]
    methods = "GET, HEAD, OPTIONS"
    if parts[:1] == ["collections"] and parts[2:3] == ["items"] and parts[1] in KINDS:
        methods = "GET, HEAD, OPTIONS, POST" if len(parts) == 3 else "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    headers = {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Accept, Accept-Language, Authorization, Content-Type, Content-Crs, If-Match",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)
