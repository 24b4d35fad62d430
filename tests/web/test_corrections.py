"""Single objects corrected over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
EAST, NORTH = ORIGIN[:2]
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[EAST + x, NORTH + y] for x, y in ((20, 40), (30, 40), (30, 48), (20, 48), (20, 40))]],
}


@pytest.fixture
def client(tiled_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=tiled_twin.directory.parent.parent))) as client:
        yield acting(client, Role.CARETAKER)


def ask(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.post(f"{HERE}/corrections", json={"note": "vor Ort gesehen", **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_form_tells_fields_units_choices_and_steps(client: TestClient) -> None:
    form = client.get(f"{HERE}/form", params={"object": "flat"}).json()
    fields = {f["name"]: f for f in form["fields"]}
    assert (form["version"], form["undo"], form["redo"], form["fourEyes"]) == (1, 0, 0, False)
    assert (fields["measuredHeight"]["unit"], fields["measuredHeight"]["value"]) == ("m", 6.0)
    assert {"code": "3100", "de": "Satteldach", "en": "Gable roof"} in fields["roofType"]["choices"]
    assert fields["address"]["value"] == [{"street": "Hauptstraße", "number": "1", "city": "Musterstadt"}]
    assert form["geometry"]["type"] == "Polygon"
    new = client.get(f"{HERE}/form", params={"kind": "tree"}).json()
    assert [f["name"] for f in new["fields"]][:3] == ["species", "height", "crownDiameter"]
    assert new["shapes"] == ["Point"]


def test_a_corrected_height_is_in_the_detail_and_in_a_new_tile(client: TestClient, tiled_twin: Tenant) -> None:
    before = tileset(tiled_twin, "buildings")
    done = ask(client, what="edit", object="flat", attributes={"storeysAboveGround": "3"}, ifVersion=1)
    assert (done["state"], done["version"], done["layers"]) == ("done", 2, ["buildings"])
    assert client.get(f"{HERE}/objects/flat").json()["storeys"] == 3
    assert tileset(tiled_twin, "buildings") != before


def test_a_drawn_house_stands_in_the_scene_and_can_be_taken_back(client: TestClient, tiled_twin: Tenant) -> None:
    before = tileset(tiled_twin, "buildings")
    done = ask(
        client, what="add", kind="building", geometry=SQUARE,
        attributes={"storeysAboveGround": 3, "roofType": "1000", "name": "Kiosk"},
    )  # fmt: skip
    detail = client.get(f"{HERE}/objects/{done['object']}").json()
    assert (detail["height"], detail["storeys"], round(detail["area"]), detail["dataset"]) == (
        9.0,
        3,
        80,
        "ergaenzungen",
    )
    with_house = tileset(tiled_twin, "buildings")
    assert with_house != before
    ask(client, what="undo", object=done["object"], note="")
    assert client.get(f"{HERE}/objects/{done['object']}").status_code == 404
    assert tileset(tiled_twin, "buildings") == before
    ask(client, what="redo", object=done["object"], note="")
    assert tileset(tiled_twin, "buildings") == with_house


def test_a_tree_is_moved_and_a_bench_is_set(client: TestClient) -> None:
    ask(client, what="replace", object="oak", shift=[3.5, -2.0], ifVersion=1)
    oak = client.get(f"{HERE}/objects/oak").json()
    assert (oak["place"][:2], oak["height"]) == ([EAST + 23.5, NORTH + 18.0], 12.0)
    ask(client, what="replace", object="oak", geometry={"type": "Point", "coordinates": [EAST + 1, NORTH + 2]})
    assert client.get(f"{HERE}/objects/oak").json()["place"][:2] == [EAST + 1, NORTH + 2]
    bench = ask(
        client, what="add", kind="furniture", attributes={"amenity": "bench"},
        geometry={"type": "Point", "coordinates": [EAST + 5, NORTH + 25]},
    )  # fmt: skip
    assert client.get(f"{HERE}/objects/{bench['object']}").json()["kind"] == "furniture"


def test_a_new_footprint_keeps_what_is_known_of_the_house(client: TestClient) -> None:
    ask(client, what="replace", object="courtyard", geometry=SQUARE)
    detail = client.get(f"{HERE}/objects/courtyard").json()
    assert (detail["height"], detail["roof"]["de"], round(detail["area"])) == (8.0, "Flachdach", 80)


def test_an_ended_object_is_gone_with_date_and_reason_and_stays_in_the_list(client: TestClient) -> None:
    ask(client, what="end", object="oak", on="2026-05-01", note="Sturmschaden")
    assert client.get(f"{HERE}/objects/oak").status_code == 404
    (last,) = client.get(f"{HERE}/corrections").json()["items"]
    assert (last["what"], last["object"], last["note"], last["kind"]) == ("end", "oak", "Sturmschaden", "tree")
    form = client.get(f"{HERE}/form", params={"object": "oak"}).json()
    assert (form["ended"], form["undo"], form["geometry"]) == (True, 1, None)
    ask(client, what="undo", object="oak", note="")
    assert client.get(f"{HERE}/objects/oak").json()["height"] == 12.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"what": "edit", "object": "flat", "attributes": {"measuredHeight": "hoch"}}, "Höhe: 'hoch' ist keine"),
        ({"what": "edit", "object": "flat", "attributes": {"storeysAboveGround": 2.5}}, "2.5 ist keine ganze Zahl"),
        ({"what": "edit", "object": "flat", "attributes": {"measuredHeight": 900}}, "zwischen 0.1 und 830 m"),
        ({"what": "edit", "object": "flat", "attributes": {"roofType": "17"}}, "Dachform: '17' steht nicht zur Wahl"),
        ({"what": "edit", "object": "flat", "attributes": {"colour": "red"}}, "gibt es für dieses Objekt nicht"),
        ({"what": "edit", "object": "flat", "attributes": {"name": "x" * 501}}, "Höchstens 500 Zeichen"),
        ({"what": "edit", "object": "flat", "attributes": {"address": [{"number": "1"}]}}, "Die Straße fehlt"),
        ({"what": "edit", "object": "flat", "attributes": {"name": "x"}, "note": " "}, "Grund angeben"),
        ({"what": "add", "kind": "building", "geometry": SQUARE}, "Höhe oder Geschosse"),
        ({"what": "add", "kind": "tree", "geometry": SQUARE}, "ein Punkt"),
        ({"what": "add", "kind": "tree", "geometry": {"type": "Point", "coordinates": [7.0, 51.0]}}, "außerhalb"),
        ({"what": "add", "kind": "tree", "geometry": {"type": "Point", "coordinates": ["x", 1]}}, "keine Zahlen"),
        ({"what": "add", "kind": "tree", "geometry": {"type": "Point"}}, "keine Zahlen"),
        (
            {
                "what": "add", "kind": "land_use", "attributes": {"landuse": "grass"},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[EAST, NORTH], [EAST + 9, NORTH + 9], [EAST + 9, NORTH], [EAST, NORTH + 9]]],
                },
            },
            "überschneidet sich",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_field_value_and_cure(
    client: TestClient, tiled_twin: Tenant, asked: dict[str, Any], said: str
) -> None:
    before = tiled_twin.revision
    answer = client.post(f"{HERE}/corrections", json={"note": "Grund", **asked})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert tiled_twin.revision == before


def test_sentences_come_in_english_too(client: TestClient) -> None:
    answer = client.post(
        f"{HERE}/corrections",
        json={"what": "edit", "object": "flat", "attributes": {"measuredHeight": "high"}, "note": "x"},
        headers={"Accept-Language": "en"},
    )
    assert answer.json()["detail"] == "Height: 'high' is not a number."


def test_who_was_slower_gets_412(client: TestClient) -> None:
    ask(client, what="edit", object="flat", attributes={"name": "A"}, ifVersion=1)
    late = client.post(
        f"{HERE}/corrections",
        json={"what": "edit", "object": "flat", "attributes": {"name": "B"}, "ifVersion": 1, "note": "x"},
    )
    assert late.status_code == 412
    assert client.get(f"{HERE}/form", params={"object": "flat"}).json()["version"] == 2


def test_nothing_is_left_to_undo(client: TestClient) -> None:
    answer = client.post(f"{HERE}/corrections", json={"what": "undo", "object": "flat"})
    assert answer.status_code == 409
    assert client.post(f"{HERE}/corrections", json={"what": "undo", "object": "none"}).status_code == 404


def tileset(twin: Tenant, layer: str) -> list[str]:
    manifest = orjson.loads((twin.tiles / layer / "manifest.json").read_bytes())
    return sorted(t["hash"] + t["content"] for t in manifest["tiles"] if t["content"])
