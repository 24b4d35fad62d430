"""Abstract tests of OGC API - Features Part 1 (17-069r4), Part 2 (18-058r1) and Part 3 (19-079r2), one test each."""

from __future__ import annotations

import jsonschema
import pytest

from kastor.city.sample import ORIGIN

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
WGS84 = "http://www.opengis.net/def/crs/EPSG/0/4326"
ITEMS = "collections/buildings/items"
LINK = {"type": "object", "required": ["href", "rel"], "properties": {"href": {"type": "string"}}}
COLLECTION = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {"id": {"type": "string"}, "links": {"type": "array", "minItems": 1, "items": LINK}},
}
FEATURE = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {"type": {"const": "Feature"}, "geometry": {"type": ["object", "null"]}, "id": {"type": "string"}},
}
FEATURES = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": FEATURE}},
}


def get(api, path, **parameters):
    answer = api.get(path, params={name.replace("_", "-"): value for name, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    return answer


def rels(document):
    return [link["rel"] for link in document["links"]]


def ids(answer):
    return {feature["id"] for feature in answer.json()["features"]}


# Part 1, /conf/core


def test_conf_core_http(api):
    assert get(api, "").http_version == "HTTP/1.1"


def test_conf_core_root_op(api):
    assert get(api, "", f="json").headers["content-type"] == "application/json"


def test_conf_core_root_success(api):
    found = rels(get(api, "").json())
    assert {"service-desc", "conformance", "data"} <= set(found)
    assert "service-doc" in found


def test_conf_core_api_definition_op(api):
    for link in get(api, "").json()["links"]:
        if link["rel"] in ("service-desc", "service-doc"):
            assert api.get(link["href"]).status_code == 200


def test_conf_core_api_definition_success(api):
    answer = get(api, "api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert answer.json()["openapi"].startswith("3.0.")


def test_conf_core_conformance_op_and_success(api):
    found = get(api, "conformance").json()["conformsTo"]
    for part, name in ((1, "core"), (1, "geojson"), (1, "html"), (1, "oas30"), (2, "crs"), (3, "filter")):
        assert f"http://www.opengis.net/spec/ogcapi-features-{part}/1.0/conf/{name}" in found
    assert len(set(found)) == len(found)


def test_conf_core_fc_md_op_and_success(api):
    document = get(api, "collections").json()
    assert "self" in rels(document)
    assert "alternate" in rels(document)
    for collection in document["collections"]:
        jsonschema.validate(collection, COLLECTION)
        assert "items" in rels(collection)
        for link in collection["links"]:
            assert link["rel"]
            assert link["type"]


def test_conf_core_fc_md_extent(api):
    for collection in get(api, "collections").json()["collections"]:
        west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


def test_conf_core_sfc_md_op_and_success(api):
    for listed in get(api, "collections").json()["collections"]:
        single = get(api, f"collections/{listed['id']}").json()
        assert {**single, "links": 0} == {**listed, "links": 0}


def test_conf_core_fc_op(api):
    for collection in get(api, "collections").json()["collections"]:
        found = get(api, f"collections/{collection['id']}/items").json()
        jsonschema.validate(found, FEATURES)
        assert found["numberReturned"] == len(found["features"]) > 0, collection["id"]


def test_conf_core_fc_limit_definition_and_response(api):
    assert len(get(api, ITEMS, limit=2).json()["features"]) == 2
    assert get(api, ITEMS, limit=10000000 - 1).status_code == 200
    for wrong in ("0", "-1", "x", "1.5", ""):
        assert api.get(ITEMS, params={"limit": wrong}).status_code == 400


def test_conf_core_fc_bbox_definition_and_response(api):
    west, south, east, north = get(api, "collections/buildings").json()["extent"]["spatial"]["bbox"][0]
    everything = ids(get(api, ITEMS))
    assert ids(get(api, ITEMS, bbox=f"{west},{south},{east},{north}")) == everything
    assert ids(get(api, ITEMS, bbox=f"{west},{south},-100,{east},{north},1000")) == everything
    assert ids(get(api, ITEMS, bbox=f"{west},{south},{(west + east) / 2},{north}")) < everything
    assert ids(get(api, ITEMS, bbox="177,-10,-177,10")) == set()
    for wrong in ("1,2,3", "1,2,3,4,5", "a,b,c,d", "1,9,2,8", "", "1,2,3,4,5,6,7"):
        assert api.get(ITEMS, params={"bbox": wrong}).status_code == 400


def test_conf_core_fc_time_definition_and_response(api):
    everything = ids(get(api, ITEMS))
    for holds in ("2026-03-01T00:00:00Z", "2026-01-01/2026-12-31", "../2026-03-01", "2026-03-01T00:00:00Z/.."):
        assert ids(get(api, ITEMS, datetime=holds)) == everything
    for fails in ("2025-01-01T00:00:00Z", "../2026-02-28", "2026-03-02/.."):
        assert ids(get(api, ITEMS, datetime=fails)) == set()
    for wrong in ("x", "2026-13-01", "2026-01-01/2025-01-01", "a/b/c", "..", ""):
        assert api.get(ITEMS, params={"datetime": wrong}).status_code == 400


def test_conf_core_query_param_invalid_and_unknown(api):
    assert api.get(ITEMS, params={"unknown": "1"}).status_code == 400
    assert api.get("collections", params={"unknown": "1"}).status_code == 400


def test_conf_core_fc_response(api):
    page = get(api, ITEMS, limit=3).json()
    assert {"self", "alternate", "next"} <= set(rels(page))
    assert page["numberMatched"] == 4
    assert page["numberReturned"] == len(page["features"]) == 3
    assert page["timeStamp"].endswith("Z")
    onward = next(link for link in page["links"] if link["rel"] == "next")
    rest = api.get(onward["href"]).json()
    assert "next" not in rels(rest)
    assert {f["id"] for f in rest["features"]}.isdisjoint(f["id"] for f in page["features"])


def test_conf_core_f_op_and_success(api):
    for feature in get(api, ITEMS).json()["features"]:
        single = get(api, f"{ITEMS}/{feature['id']}").json()
        assert {"self", "alternate", "collection"} <= set(rels(single))
        assert {name: single[name] for name in feature} == feature


def test_conf_core_unknown_resources_are_not_found(api):
    for path in ("nothing", "collections/nothing", "collections/nothing/items", f"{ITEMS}/nothing"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


# Part 1, /conf/geojson, /conf/html, /conf/oas30


def test_conf_geojson_definition_and_content(api):
    for path, schema in ((ITEMS, FEATURES), (f"{ITEMS}/flat", FEATURE)):
        answer = api.get(path, headers={"Accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        jsonschema.validate(answer.json(), schema)


def test_conf_html_definition_and_content(api):
    for path in ("", "conformance", "api", "collections", "collections/buildings", ITEMS, f"{ITEMS}/flat"):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert answer.headers["content-type"].startswith("text/html"), path
        assert answer.text.startswith("<!DOCTYPE html>")
        assert answer.text.endswith("</html>")


def test_conf_oas30_completeness(api):
    document = get(api, "api").json()
    paths = document["paths"]
    for collection in get(api, "collections").json()["collections"]:
        assert f"/collections/{collection['id']}/items" in paths
        assert f"/collections/{collection['id']}/items/{{featureId}}" in paths
    text = get(api, "api").text
    assert text.count('"$ref"') == text.count('"$ref":"#/')


def test_conf_oas30_exceptions_codes(api):
    operation = get(api, "api").json()["paths"][f"/{ITEMS}"]["get"]
    assert {"200", "400", "404"} <= set(operation["responses"])


def test_head_and_options_answer_everywhere(api):
    for path in ("", "conformance", "api", "collections", "collections/buildings", ITEMS, f"{ITEMS}/flat"):
        head = api.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == api.get(path).headers["content-type"]
    assert "POST" in api.options(ITEMS).headers["allow"]
    assert api.get(ITEMS).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_answers_are_compressed_as_the_client_likes(api, coding):
    answer = api.get("api", headers={"Accept-Encoding": coding})
    assert answer.headers["content-encoding"] == coding
    assert answer.json()["openapi"]


# Part 2, /conf/crs


def test_conf_crs_crs_uri_and_default(api):
    for collection in get(api, "collections").json()["collections"]:
        assert collection["crs"][0] == CRS84
        assert collection["storageCrs"] in collection["crs"]
    assert get(api, ITEMS).headers["content-crs"] == f"<{CRS84}>"


def test_conf_crs_fc_crs_parameter(api):
    for uri in get(api, "collections/buildings").json()["crs"]:
        answer = get(api, ITEMS, crs=uri)
        assert answer.headers["content-crs"] == f"<{uri}>"
    assert api.get(ITEMS, params={"crs": "http://www.opengis.net/def/crs/EPSG/0/0"}).status_code == 400
    assert api.get(f"{ITEMS}/flat", params={"crs": "x"}).status_code == 400


def test_conf_crs_coordinates_and_their_order(api):
    (east, north), *_ = get(api, f"{ITEMS}/flat", crs=UTM).json()["geometry"]["coordinates"][0]
    assert ORIGIN[0] <= east <= ORIGIN[0] + 50
    assert ORIGIN[1] <= north <= ORIGIN[1] + 50
    (first, second), *_ = get(api, f"{ITEMS}/flat", crs=WGS84).json()["geometry"]["coordinates"][0]
    (longitude, latitude), *_ = get(api, f"{ITEMS}/flat").json()["geometry"]["coordinates"][0]
    assert (second, first) == pytest.approx((longitude, latitude), abs=1e-7)


def test_conf_crs_bbox_crs_parameter(api):
    everything = ids(get(api, ITEMS))
    box = f"{ORIGIN[0]},{ORIGIN[1]},{ORIGIN[0] + 50},{ORIGIN[1] + 50}"
    assert ids(get(api, ITEMS, bbox=box, bbox_crs=UTM)) == everything
    west, south, east, north = get(api, "collections/buildings").json()["extent"]["spatial"]["bbox"][0]
    assert ids(get(api, ITEMS, bbox=f"{south},{west},{north},{east}", bbox_crs=WGS84)) == everything
    assert api.get(ITEMS, params={"bbox": box, "bbox-crs": "x"}).status_code == 400


# Part 3, /conf/queryables, /conf/filter, /conf/features-filter


def test_conf_queryables_get(api):
    (href,) = [
        link["href"]
        for link in get(api, "collections/buildings").json()["links"]
        if link["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/queryables"
    ]
    answer = api.get(href)
    assert answer.headers["content-type"] == "application/schema+json"
    jsonschema.Draft202012Validator.check_schema(answer.json())
    assert answer.json()["type"] == "object"
    assert "geometry" in answer.json()["properties"]


def test_conf_queryables_query_parameters(api):
    assert ids(get(api, ITEMS, storeys=2)) == {"flat", "gable"}
    assert ids(get(api, ITEMS, roofType="3100")) == {"gable"}


def test_conf_filter_filter_param_and_lang(api):
    assert ids(get(api, ITEMS, filter="height > 8")) == {"gable", "pair"}
    as_json = '{"op":">","args":[{"property":"height"},8]}'
    assert ids(get(api, ITEMS, filter=as_json, filter_lang="cql2-json")) == {"gable", "pair"}
    assert api.get(ITEMS, params={"filter": "height >"}).status_code == 400
    assert api.get(ITEMS, params={"filter": "height > 8", "filter-lang": "cql-text"}).status_code == 400


def test_conf_filter_filter_crs(api):
    there = f"S_INTERSECTS(geometry,POINT({ORIGIN[0] + 7} {ORIGIN[1] + 7}))"
    assert ids(get(api, ITEMS, filter=there, filter_crs=UTM)) == {"flat"}
    assert api.get(ITEMS, params={"filter": there, "filter-crs": "x"}).status_code == 400


def test_conf_filter_unknown_property(api):
    answer = api.get(ITEMS, params={"filter": "nothing = 1"})
    assert answer.status_code == 400
    assert "nothing" in answer.json()["detail"]


def test_conf_features_filter_with_bbox_and_datetime(api):
    box = f"{ORIGIN[0]},{ORIGIN[1]},{ORIGIN[0] + 50},{ORIGIN[1] + 20}"
    answer = get(api, ITEMS, filter="height > 8", bbox=box, bbox_crs=UTM, datetime="2026-03-01")
    assert ids(answer) == {"gable"}
