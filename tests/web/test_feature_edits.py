"""OGC API - Features Part 4 over the small twin: created, replaced, changed, ended, and never blindly."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/ogc/musterstadt/collections"
UTM = "<http://www.opengis.net/def/crs/EPSG/0/25832>"
GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def client(small_twin, acting):
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home))) as client:
        yield acting(client, Role.CARETAKER)


def tree(**properties):
    place = {"type": "Point", "coordinates": [ORIGIN[0] + 15, ORIGIN[1] + 15]}
    return {"type": "Feature", "geometry": place, "properties": properties}


def test_a_tree_is_added_and_stands_where_it_was_put(client, small_twin):
    answer = client.post(
        f"{HERE}/trees/items?note=gepflanzt", json=tree(height=7.5), headers=GEOJSON | {"Content-Crs": UTM}
    )
    assert answer.status_code == 201, answer.text
    address = answer.headers["location"].removeprefix("http://testserver")
    found = client.get(address, params={"crs": UTM.strip("<>")}).json()
    assert found["geometry"]["coordinates"] == [ORIGIN[0] + 15, ORIGIN[1] + 15]
    assert found["properties"]["height"] == 7.5
    assert small_twin.corrections()[0].note == "gepflanzt"
    assert small_twin.corrections()[0].who == "7"


def test_one_property_is_changed_and_the_solid_stays(client):
    before = client.get(f"{HERE}/buildings/items/flat", params={"f": "jsonfg"})
    answer = client.patch(
        f"{HERE}/buildings/items/flat",
        json={"properties": {"year": 1970}},
        headers=PATCH | {"If-Match": before.headers["etag"]},
    )
    assert answer.status_code == 204, answer.text
    after = client.get(f"{HERE}/buildings/items/flat", params={"f": "jsonfg"})
    assert after.json()["properties"]["yearOfConstruction"] == 1970
    assert after.json()["place"] == before.json()["place"]
    assert after.headers["etag"] != before.headers["etag"]


def test_a_feature_read_and_put_back_changes_nothing_but_the_version(client):
    before = client.get(f"{HERE}/buildings/items/gable")
    feature = before.json()
    answer = client.put(
        f"{HERE}/buildings/items/gable", json=feature, headers=GEOJSON | {"If-Match": before.headers["etag"]}
    )
    assert answer.status_code == 204, answer.text
    after = client.get(f"{HERE}/buildings/items/gable").json()
    assert (after["properties"], after["geometry"]) == (feature["properties"], feature["geometry"])


def test_another_outline_gives_another_shape(client):
    corner = [ORIGIN[0] + 5, ORIGIN[1] + 5]
    ring = [corner, [corner[0] + 20, corner[1]], [corner[0] + 20, corner[1] + 10], [corner[0], corner[1] + 10], corner]
    answer = client.patch(
        f"{HERE}/buildings/items/flat",
        json={"geometry": {"type": "Polygon", "coordinates": [ring]}},
        headers=PATCH | {"If-Match": "*", "Content-Crs": UTM},
    )
    assert answer.status_code == 204, answer.text
    assert client.get(f"{HERE}/buildings/items/flat").json()["properties"]["area"] == 200.0


def test_an_object_ends_and_is_gone(client):
    tag = client.get(f"{HERE}/trees/items/oak").headers["etag"]
    assert client.delete(f"{HERE}/trees/items/oak", headers={"If-Match": tag}).status_code == 204
    assert client.get(f"{HERE}/trees/items/oak").status_code == 404
    assert client.delete(f"{HERE}/trees/items/oak", headers={"If-Match": tag}).status_code == 404


def test_who_does_not_name_a_version_is_asked_for_it(client):
    for method, more in (("PATCH", {"json": {}}), ("PUT", {"json": {"type": "Feature"}}), ("DELETE", {})):
        headers = {"Content-Type": "application/geo+json"} if more else {}
        answer = client.request(method, f"{HERE}/buildings/items/flat", headers=headers, **more)
        assert answer.status_code == 428
        assert "If-Match" in answer.json()["detail"]


def test_the_slower_of_two_overwrites_nobody(client):
    tag = client.get(f"{HERE}/buildings/items/flat").headers["etag"]
    change = {"properties": {"year": 1971}}
    first = client.patch(f"{HERE}/buildings/items/flat", json=change, headers=PATCH | {"If-Match": tag})
    second = client.patch(
        f"{HERE}/buildings/items/flat", json={"properties": {"year": 1980}}, headers=PATCH | {"If-Match": tag}
    )
    assert (first.status_code, second.status_code) == (204, 412)
    assert client.get(f"{HERE}/buildings/items/flat").json()["properties"]["year"] == 1971


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", PATCH, 400),
        (b"[]", PATCH, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b'{"properties":{"area":5}}', PATCH, 422),
        (b'{"properties":{"year":"old"}}', PATCH, 422),
        (b'{"properties":{"castle":1}}', PATCH, 422),
        (b'{"properties":[]}', PATCH, 422),
        (b'{"id":"other"}', PATCH, 422),
        (b'{"geometry":{"type":"Polygon","coordinates":[[[1,2]]]}}', PATCH, 422),
        (b'{"geometry":{"type":"Point","coordinates":[1,2]}}', PATCH, 422),
        (b'{"geometry":5}', PATCH, 422),
        (b"{}", PATCH | {"Content-Crs": "<nowhere>"}, 400),
        (b"x" * (4 * 2**20 + 1), PATCH, 413),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(client, body, headers, status):
    before = client.get(f"{HERE}/buildings/items/flat")
    answer = client.patch(f"{HERE}/buildings/items/flat", content=body, headers=headers | {"If-Match": "*"})
    assert answer.status_code == status, answer.text
    after = client.get(f"{HERE}/buildings/items/flat")
    assert after.headers["etag"] == before.headers["etag"]


def test_who_may_only_see_changes_nothing(small_twin):
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home))) as client:
        assert client.post(f"{HERE}/trees/items", json=tree(), headers=GEOJSON).status_code == 401
        assert client.delete(f"{HERE}/trees/items/oak", headers={"If-Match": "*"}).status_code == 401


def test_where_four_eyes_are_the_rule_a_change_is_proposed(client, small_twin):
    small_twin.set_four_eyes("houses", True, "1")
    answer = client.patch(
        f"{HERE}/buildings/items/flat", json={"properties": {"year": 1980}}, headers=PATCH | {"If-Match": "*"}
    )
    assert answer.status_code == 202
    assert answer.json()["state"] == "proposed"
    assert client.get(f"{HERE}/buildings/items/flat").json()["properties"]["year"] == 1962
