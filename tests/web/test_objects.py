import csv
import io

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"


@pytest.fixture
def client(small_twin):
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def test_the_list_of_tenants_says_what_is_in_them(client):
    (tenant,) = client.get("/api/tenants").json()
    assert tenant["id"] == "musterstadt"
    assert tenant["counts"]["building"] == 4
    assert tenant["description"]["en"] == "Four houses."


def test_a_tenant_tells_how_to_get_from_map_to_scene(client):
    frame = client.get(HERE).json()["frame"]
    x, y = (ORIGIN[0] + 25 - frame["origin"][0]) / 1000, (ORIGIN[1] + 25 - frame["origin"][1]) / 1000
    terms = [1, x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3, 0, 0, 0]
    east = sum(c * t for c, t in zip(frame["toScene"][0], terms, strict=True))
    assert abs(east - (ORIGIN[0] + 25 - frame["origin"][0])) < 1.0
    assert 6 < frame["longitude"] < 8
    assert 50 < frame["latitude"] < 52


def test_buildings_are_listed_by_label(client):
    page = client.get(f"{HERE}/objects", params={"kind": "building"}).json()
    assert page["total"] == 4
    assert [row["label"] for row in page["items"]][:1] == ["courtyard"]
    assert page["next"] is None


def test_pages_go_on_where_the_last_one_ended(client):
    first = client.get(f"{HERE}/objects", params={"limit": 3, "sort": "height", "descending": True}).json()
    second = client.get(
        f"{HERE}/objects", params={"limit": 3, "sort": "height", "descending": True, "after": first["next"]}
    ).json()
    assert [row["id"] for row in first["items"] + second["items"]] == ["pair", "gable", "courtyard", "flat"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"minHeight": 7}, {"gable", "courtyard", "pair"}),
        ({"maxStoreys": 2}, {"flat", "gable"}),
        ({"functionGroup": "residential"}, {"flat", "gable"}),
        ({"roof": 3100}, {"gable"}),
        ({"q": "hauptstr 1"}, {"flat"}),
        ({"kind": "tree"}, {"oak"}),
        ({"findings": "yes"}, set()),
    ],
)
def test_filters_narrow_the_list(client, parameters, ids):
    page = client.get(f"{HERE}/objects", params=parameters).json()
    assert {row["id"] for row in page["items"]} == ids
    assert page["total"] == len(ids)


def test_an_unknown_kind_is_named_with_what_is_allowed(client):
    answer = client.get(f"{HERE}/objects", params={"kind": "castle"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "'castle'" in answer.json()["detail"]
    assert "building" in answer.json()["detail"]


def test_a_building_tells_its_data_source_and_history(client):
    detail = client.get(f"{HERE}/objects/flat").json()
    assert detail["function"]["de"] == "Wohnhaus"
    assert detail["function"]["en"]
    assert detail["roof"]["de"] == "Flachdach"
    assert detail["storeys"] == 2
    assert round(detail["area"]) == 100
    assert detail["source"]["attribution"] == "© Amt"
    assert detail["history"][0]["what"]["de"] == "In Kastor übernommen"


def test_a_street_is_found_at_a_place_and_stands_on_the_ground(client):
    found = client.get(f"{HERE}/at", params={"east": ORIGIN[0] + 10, "north": ORIGIN[1] + 26}).json()
    assert found[0]["label"] == "Hauptstraße"
    assert found[0]["kind"] == "street"


def test_search_finds_addresses_as_people_type_them(client):
    assert client.get(f"{HERE}/search", params={"q": "Hauptstr. 2"}).json()[0]["id"] == "gable"
    assert client.get(f"{HERE}/search", params={"q": ""}).json() == []


def test_a_street_is_told_in_words(client):
    (row, *_) = client.get(f"{HERE}/objects", params={"kind": "street"}).json()["items"]
    assert row["detail"] == {"de": "Wohnstraße", "en": "Residential street"}


def test_the_table_opens_in_a_spreadsheet(client):
    answer = client.get(f"{HERE}/objects.csv", params={"language": "de"})
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 5
    assert rows[0][0] == "Kennung"
    assert "6,0" in next(row for row in rows if row[0] == "flat")


@pytest.mark.parametrize("path", ["objects/nothing", "reports/nothing", "nothing"])
def test_what_is_not_there_is_a_problem_not_a_crash(client, path):
    answer = client.get(f"{HERE}/{path}")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_unknown_and_hostile_tenants_are_not_found(client):
    for name in ("nirgends", "..%2f..", "%2e%2e", "a" * 300):
        assert client.get(f"/api/tenants/{name}").status_code in (404, 400)


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "0,0,0,0", "0,0,1e9,1e9", "nan,0,1,1"])
def test_a_map_of_nonsense_is_refused(client, box):
    assert client.get(f"{HERE}/map.png", params={"box": box}).status_code in (400, 422)


def test_a_map_is_drawn(client):
    box = f"{ORIGIN[0]},{ORIGIN[1]},{ORIGIN[0] + 50},{ORIGIN[1] + 50}"
    answer = client.get(f"{HERE}/map.png", params={"box": box, "width": 200, "height": 200})
    assert answer.content.startswith(b"\x89PNG")
    assert client.get(f"{HERE}/preview.png").content.startswith(b"\x89PNG")
