"""OGC API - Features over the small twin."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/ogc/musterstadt"
BUILDINGS = f"{HERE}/collections/buildings"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"


@pytest.fixture
def client(small_twin):
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def ids(answer):
    assert answer.status_code == 200, answer.text
    return {feature["id"] for feature in answer.json()["features"]}


def test_the_landing_page_leads_to_everything(client):
    links = {link["rel"] for link in client.get(HERE).json()["links"]}
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= links


def test_there_is_a_collection_for_each_kind_of_object(client):
    found = {c["id"]: c for c in client.get(f"{HERE}/collections").json()["collections"]}
    assert set(found) == {"buildings", "building_parts", "trees", "streets", "land_use"}
    assert found["buildings"]["attribution"] == "© Amt"
    assert found["buildings"]["storageCrs"] == UTM


def test_a_building_is_its_outline_with_its_properties(client):
    (flat,) = [f for f in client.get(f"{BUILDINGS}/items").json()["features"] if f["id"] == "flat"]
    assert flat["geometry"]["type"] == "Polygon"
    assert flat["properties"]["label"] == "Hauptstraße 1"
    assert flat["properties"]["height"] == 6.0
    assert flat["properties"]["yearOfConstruction"] == 1962


def test_pages_follow_each_other_without_gap_or_repetition(client):
    address, seen = f"{BUILDINGS}/items?limit=1", []
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == 4
        seen += [f["id"] for f in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert seen == ["flat", "gable", "pair", "courtyard"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"filter": "height > 8"}, {"gable", "pair"}),
        ({"filter": "yearOfConstruction = 1962"}, {"flat"}),
        ({"filter": "label LIKE 'Haupt%' AND storeys = 2"}, {"flat", "gable"}),
        ({"filter": '{"op":"=","args":[{"property":"id"},"pair"]}', "filter-lang": "cql2-json"}, {"pair"}),
        ({"storeys": "2"}, {"flat", "gable"}),
        ({"label": "Haupt*1"}, {"flat"}),
        ({"height": "6"}, {"flat"}),
        ({"dataset": "houses"}, {"flat", "gable", "pair", "courtyard"}),
        ({"filter": f"S_INTERSECTS(geometry, POINT({ORIGIN[0] + 7} {ORIGIN[1] + 7}))", "filter-crs": UTM}, {"flat"}),
        ({"bbox": f"{ORIGIN[0]},{ORIGIN[1]},{ORIGIN[0] + 20},{ORIGIN[1] + 20}", "bbox-crs": UTM}, {"flat"}),
        ({"filter": f"S_INTERSECTS(geometry, POINT({ORIGIN[0] + 40} {ORIGIN[1] + 40}))", "filter-crs": UTM}, set()),
        ({"bbox": "-180,-90,180,90"}, {"flat", "gable", "pair", "courtyard"}),
        ({"bbox": "100,10,101,11"}, set()),
    ],
)
def test_what_is_asked_for_is_found(client, parameters, found):
    assert ids(client.get(f"{BUILDINGS}/items", params=parameters)) == found


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"limit": "many"}, "limit"),
        ({"limit": "0"}, "limit"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,2,nan,4"}, "bbox"),
        ({"bbox": "1,40,2,3"}, "bbox"),
        ({"bbox": "1,2,1e400,4"}, "bbox"),
        ({"crs": "EPSG:99999"}, "crs"),
        ({"datetime": "yesterday"}, "datetime"),
        ({"datetime": "2025-02-31"}, "datetime"),
        ({"filter": "height >"}, "filter"),
        ({"filter": "castle = 1"}, "castle"),
        ({"filter": "height = 'high'"}, "compared"),
        ({"filter": "(" * 100 + "height=1" + ")" * 100}, "deep"),
        ({"filter": "height > 1" + " and height > 1" * 1100}, "characters"),
        ({"filter": "height=1", "filter-lang": "sql"}, "filter-lang"),
        ({"after": "nonsense"}, "after"),
        ({"after": "WyJ4Il0"}, "after"),
        ({"height": "tall"}, "height"),
        ({"f": "gml"}, "f:"),
        ({"unknown": "1"}, "unknown"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_parameter(client, parameters, word):
    answer = client.get(f"{BUILDINGS}/items", params=parameters)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


def test_what_the_client_has_is_not_sent_again(client):
    first = client.get(f"{BUILDINGS}/items")
    again = client.get(f"{BUILDINGS}/items", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_is_seen_at_once(client, small_twin):
    before = client.get(f"{BUILDINGS}/items/flat")
    small_twin.edit_object("flat", {"measuredHeight": 7.5}, who="test")
    after = client.get(f"{BUILDINGS}/items/flat", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["properties"]["height"] == 7.5
    assert ids(client.get(f"{BUILDINGS}/items", params={"filter": "height=7.5"})) == {"flat"}


def test_an_ended_object_is_gone(client, small_twin):
    assert client.get(f"{HERE}/collections/trees/items/oak").status_code == 200
    small_twin.end_object("oak", who="test")
    assert client.get(f"{HERE}/collections/trees/items/oak").status_code == 404


def test_words_of_the_data_do_nothing_in_pages(client, small_twin):
    small_twin.edit_object("flat", {"name": '<script>alert("1")</script>'}, who="test")
    page = client.get(f"{BUILDINGS}/items/flat?f=html").text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_drafts_are_for_those_who_work_on_them(client, small_twin):
    small_twin.set_state("houses", "draft", who="test")
    assert client.get(f"{HERE}/collections").json()["collections"] == []
    assert client.get(f"{BUILDINGS}/items").status_code == 404
    assert client.get(f"{BUILDINGS}/items/flat").status_code == 404


def test_a_solid_stands_in_place_with_all_its_faces(client):
    page = client.get(f"{BUILDINGS}/items", params={"f": "jsonfg"}).json()
    places = {f["id"]: f["place"] for f in page["features"]}
    assert page["coordRefSys"].startswith("http://www.opengis.net/def/crs-compound?")
    assert places["flat"]["type"] == "Polyhedron"
    assert len(places["flat"]["coordinates"][0]) == 6
    assert places["pair"]["type"] == "MultiPolyhedron"
    assert len(places["pair"]["coordinates"]) == 2
