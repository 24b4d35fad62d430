"""The OGC interfaces of a tenant as one OpenAPI 3.0 document that refers to nothing outside of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import kastor
from kastor.store.filter_values import Property
from kastor.web import openapi_processes
from kastor.web.feature_filters import is_simple
from kastor.web.feature_schema import TYPES
from kastor.web.ogc import FG_JSON, GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Asked

MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"
MVT = "application/vnd.mapbox-vector-tile"

Collections = Mapping[str, Mapping[str, Property]]


def document(ask: Asked, collections: Collections) -> dict[str, Any]:
    """
    The document.

    Parameters
    ----------
    collections
        What may be asked about the features of each collection.
    """
    info = ask.twin.info
    paths = {**_common(), **_tiles(collections), **openapi_processes.paths()}
    for name, properties in collections.items():
        paths |= _collection(name, properties)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": info.title,
            "description": info.description.get("de" if ask.german else "en", ""),
            "version": kastor.__version__,
        },
        "servers": [{"url": ask.base}],
        "tags": [{"name": word} for word in ("capabilities", "data", "tiles", "processes")],
        "paths": paths,
        "components": {
            "parameters": {**_parameters(), **openapi_processes.parameters()},
            "responses": _responses(),
            "schemas": {**_schemas(), **openapi_processes.schemas()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    summary: str, tag: str, name: str, media_types: Iterable[str], parameters: Iterable[Any], errors: Iterable[int],
    schema: str = "Document",
) -> dict[str, Any]:  # fmt: skip
    content = {
        media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"} if media_type != HTML else {"type": "string"}}
        for media_type in media_types
    }
    return {
        "summary": summary,
        "operationId": name,
        "tags": [tag],
        "parameters": list(parameters),
        "responses": {"200": {"description": summary, "content": content}, **_errors(errors)},
    }


def _errors(statuses: Iterable[int]) -> dict[str, Any]:
    found = {str(status): {"$ref": f"#/components/responses/{_ERRORS[status]}"} for status in statuses}
    return {**found, "304": {"description": "Unchanged"}, "503": {"$ref": "#/components/responses/Unavailable"}}


_ERRORS = {
    400: "BadRequest", 401: "NotSignedIn", 403: "Forbidden", 404: "NotFound", 406: "NotAcceptable", 409: "Conflict",
    412: "PreconditionFailed", 413: "TooLarge", 415: "Unsupported", 422: "Unfit", 428: "PreconditionRequired",
    429: "TooMany",
}  # fmt: skip


def _common() -> dict[str, Any]:
    forms = {"$ref": "#/components/parameters/f"}

    def get(summary: str, name: str, media_types: Iterable[str] = (JSON, HTML), schema: str = "Document") -> Any:
        return {"get": _operation(summary, "capabilities", name, media_types, [forms], (400, 406), schema)}

    return {
        "/": get("Landing page", "getLandingPage", schema="Landing"),
        "/conformance": get("Conformance classes", "getConformance", schema="Conformance"),
        "/api": get("This document", "getApi", (OPENAPI, HTML)),
        "/collections": get("All collections", "getCollections", schema="Collections"),
    }


def _collection(name: str, properties: Mapping[str, Property]) -> dict[str, Any]:
    forms = {"$ref": "#/components/parameters/f"}
    below = f"/collections/{name}"
    simple = [
        {"name": p.name, "in": "query", "required": False, "style": "form", "explode": False,
         "schema": dict(TYPES[p.type])}
        for p in properties.values() if is_simple(p)
    ]  # fmt: skip
    shared = [
        {"$ref": f"#/components/parameters/{word}"}
        for word in ("limit", "bbox", "bboxCrs", "crs", "datetime", "filter", "filterLang", "filterCrs", "after")
    ]
    formats = {"$ref": "#/components/parameters/fItems"}
    return {
        below: {
            "get": _operation(
                f"Collection {name}", "capabilities", f"{name}.describe", (JSON, HTML), [forms], (400, 404, 406),
                "Collection",
            )
        },
        f"{below}/queryables": {
            "get": _operation(
                "What filters may ask", "capabilities", f"{name}.queryables", (SCHEMA, HTML), [forms], (400, 404, 406)
            )
        },
        f"{below}/schema": {
            "get": _operation(
                "What features hold", "capabilities", f"{name}.schema", (SCHEMA, HTML), [forms], (400, 404, 406)
            )
        },
        f"{below}/items": {
            "get": _operation(
                f"Features of {name}", "data", f"{name}.getFeatures", (GEOJSON, FG_JSON, HTML),
                [*shared, formats, *simple], (400, 404, 406), "FeatureCollection",
            ),
            "post": _write(f"Add a feature to {name}", f"{name}.createFeature", (GEOJSON, FG_JSON), "201", ()),
        },
        f"{below}/items/{{featureId}}": {
            "parameters": [{"$ref": "#/components/parameters/featureId"}],
            "get": _operation(
                f"One feature of {name}", "data", f"{name}.getFeature", (GEOJSON, FG_JSON, HTML),
                [{"$ref": "#/components/parameters/crs"}, formats], (400, 404, 406), "Feature",
            ),
            "put": _write("Replace a feature", f"{name}.replaceFeature", (GEOJSON, FG_JSON), "204", _MATCH),
            "patch": _write("Change a feature", f"{name}.updateFeature", (MERGE_PATCH,), "204", _MATCH),
            "delete": _write("End a feature", f"{name}.deleteFeature", (), "204", _MATCH),
        },
    }  # fmt: skip


_MATCH = (400, 404, 412, 428)


def _write(summary: str, name: str, bodies: Iterable[str], done: str, errors: Iterable[int]) -> dict[str, Any]:
    parameters = [{"$ref": "#/components/parameters/ifMatch"}] if errors else []
    if bodies:
        parameters.append({"$ref": "#/components/parameters/contentCrs"})
    statuses = sorted({400, 401, 403, 404, 409, 413, 415, 422, *errors} if bodies else {401, 403, *errors})
    found: dict[str, Any] = {
        "summary": summary,
        "operationId": name,
        "tags": ["data"],
        "security": [{"key": []}],
        "parameters": parameters,
        "responses": {done: {"description": summary}, **_errors(statuses)},
    }
    if bodies:
        schema = {"$ref": "#/components/schemas/Feature"}
        content = {body: {"schema": {"type": "object"} if body == MERGE_PATCH else schema} for body in bodies}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _tiles(collections: Collections) -> dict[str, Any]:
    forms = [{"$ref": "#/components/parameters/f"}]
    place = [{"$ref": f"#/components/parameters/{w}"} for w in ("tileMatrix", "tileRow", "tileCol")]
    matrix_set = {"$ref": "#/components/parameters/tileMatrixSetId"}

    def get(summary: str, name: str, parameters: list[Any], media_types: Iterable[str] = (JSON,)) -> dict[str, Any]:
        return {"get": _operation(summary, "tiles", name, media_types, parameters, (400, 404, 406))}

    found = {
        "/tileMatrixSets": get("Tile matrix sets", "getTileMatrixSets", forms),
        "/tileMatrixSets/{tileMatrixSetId}": get("A tile matrix set", "getTileMatrixSet", [matrix_set, *forms]),
    }
    for below, word in (("", "dataset"), *((f"/collections/{name}", name) for name in collections)):
        found |= {
            f"{below}/tiles": get("Tilesets", f"{word}.getTilesets", forms),
            f"{below}/tiles/{{tileMatrixSetId}}": get("A tileset", f"{word}.getTileset", [matrix_set, *forms]),
            f"{below}/tiles/{{tileMatrixSetId}}/tilejson": get("TileJSON", f"{word}.tileJson", [matrix_set, *forms]),
        }
        tile = _operation("A vector tile", "tiles", f"{word}.getTile", (MVT,), [matrix_set, *place], (400, 404), "Tile")
        tile["responses"]["204"] = {"description": "Nothing is there"}
        found[f"{below}/tiles/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = {"get": tile}
    return found


def _parameters() -> dict[str, Any]:
    def query(name: str, schema: Any, description: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name, "in": "query", "required": False, "description": description, "style": "form",
            "explode": False, "schema": schema, **more,
        }  # fmt: skip

    def path(name: str, schema: Any, description: str) -> dict[str, Any]:
        return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}

    uri = {"type": "string", "format": "uri"}
    text = {"type": "string"}
    number = {"type": "integer", "minimum": 0}
    box = {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    return {
        "f": query("f", {"type": "string", "enum": ["json", "html"]}, "Form of the document"),
        "fItems": query("f", {"type": "string", "enum": ["json", "jsonfg", "html"]}, "Form of the features"),
        "limit": query(
            "limit", {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10}, "Most features of a page"
        ),
        "bbox": query("bbox", box, "Only features that meet a box"),
        "bboxCrs": query("bbox-crs", uri, "System of the box"),
        "crs": query("crs", uri, "System of the answer"),
        "datetime": query("datetime", text, "Only features of a time or an interval (RFC 3339, .. is open)"),
        "filter": query("filter", text, "CQL2"),
        "filterLang": query("filter-lang", {"type": "string", "enum": ["cql2-text", "cql2-json"]}, "Its language"),
        "filterCrs": query("filter-crs", uri, "System of places in the filter"),
        "after": query("after", text, "End of the page before; follow the link 'next'"),
        "featureId": path("featureId", text, "Id of the feature"),
        "ifMatch": {
            "name": "If-Match", "in": "header", "required": True, "description": "ETag of the feature that was read",
            "schema": text,
        },
        "contentCrs": {
            "name": "Content-Crs", "in": "header", "required": False, "description": "System of the body, in < >",
            "schema": text,
        },
        "tileMatrixSetId": path("tileMatrixSetId", text, "Id of a tile matrix set"),
        "tileMatrix": path("tileMatrix", text, "Id of a level"),
        "tileRow": path("tileRow", number, "Row from the top"),
        "tileCol": path("tileCol", number, "Column from the left"),
    }  # fmt: skip


def _responses() -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    names = {name: {"description": name, "content": content} for name in _ERRORS.values()}
    return {**names, "Unavailable": {"description": "Not available right now", "content": content}}


def _schemas() -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "integer", "minimum": 0}
    link = {
        "type": "object", "required": ["href", "rel"],
        "properties": {name: text for name in ("href", "rel", "type", "title", "hreflang")},
    }  # fmt: skip
    links = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
    feature = {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": text,
            "geometry": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Geometry"}]},
            "properties": {"type": "object", "nullable": True},
            "links": links,
        },
    }
    collection = {
        "type": "object",
        "required": ["id", "links"],
        "properties": {"id": text, "title": text, "links": links, "crs": {"type": "array", "items": text}},
    }
    return {
        "Document": {"type": "object"},
        "Tile": {"type": "string", "format": "binary"},
        "Link": link,
        "Landing": {"type": "object", "required": ["links"], "properties": {"title": text, "links": links}},
        "Conformance": {
            "type": "object",
            "required": ["conformsTo"],
            "properties": {"conformsTo": {"type": "array", "items": text}},
        },
        "Collection": collection,
        "Collections": {
            "type": "object",
            "required": ["links", "collections"],
            "properties": {
                "links": links,
                "collections": {"type": "array", "items": {"$ref": "#/components/schemas/Collection"}},
            },
        },
        "Geometry": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {
                    "type": "string",
                    "enum": ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"],
                },
                "coordinates": {"type": "array", "items": {}},
            },
        },
        "Feature": feature,
        "FeatureCollection": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
                "links": links,
                "timeStamp": {"type": "string", "format": "date-time"},
                "numberMatched": number,
                "numberReturned": number,
            },
        },
        "Problem": {
            "type": "object",
            "properties": {"type": text, "title": text, "status": {"type": "integer"}, "detail": text},
        },
    }
