"""Four eyes over HTTP: rules, proposals in words, decisions, and the list of corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
EAST, NORTH = ORIGIN[:2]
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[EAST + x, NORTH + y] for x, y in ((20, 40), (30, 40), (30, 48), (20, 48), (20, 40))]],
}
FIRST, SECOND, HEAD = (
    Person(number, {"musterstadt": frozenset({role})})
    for number, role in (("7", Role.CARETAKER), ("8", Role.CARETAKER), ("9", Role.ADMINISTRATION))
)


@pytest.fixture
def client(tiled_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=tiled_twin.directory.parent.parent))) as client:
        yield acting(client, Role.CARETAKER)


def act(client: TestClient, who: Person) -> None:
    client.app.state.identify = lambda request: who  # type: ignore[attr-defined]


@pytest.fixture
def ruled(client: TestClient) -> TestClient:
    act(client, HEAD)
    assert client.put(f"{HERE}/four-eyes", json={"on": True}).json() == {"everywhere": True, "datasets": []}
    act(client, FIRST)
    return client


def propose(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.post(f"{HERE}/corrections", json={"note": "vor Ort gesehen", **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["state"] == "proposed"
    return found


def in_words(client: TestClient) -> list[tuple[str, str, str]]:
    (waiting,) = client.get(f"{HERE}/proposals").json()
    return [(c["label"]["de"], c["before"]["de"], c["after"]["de"]) for c in waiting["changes"]]


def test_only_the_administration_makes_the_rule(client: TestClient) -> None:
    assert client.put(f"{HERE}/four-eyes", json={"on": True}).status_code == 403
    assert client.put(f"{HERE}/four-eyes/houses", json={"on": True}).status_code == 403
    act(client, HEAD)
    assert client.put(f"{HERE}/four-eyes/houses", json={"on": True}).json()["datasets"] == ["houses"]
    assert client.put(f"{HERE}/four-eyes/none", json={"on": True}).status_code == 404
    assert client.get(f"{HERE}/four-eyes").json() == {"everywhere": False, "datasets": ["houses"]}


def test_a_second_person_accepts(ruled: TestClient) -> None:
    made = propose(ruled, what="edit", object="flat", attributes={"storeysAboveGround": 4}, ifVersion=1)
    assert ruled.get(f"{HERE}/form", params={"object": "flat"}).json()["fourEyes"]
    assert ruled.get(f"{HERE}/proposals").json()[0]["mine"]
    assert in_words(ruled) == [("Geschosse", "2", "4")]
    address = f"{HERE}/proposals/{made['proposal']}"
    assert ruled.post(f"{address}/accept", json={}).status_code == 403
    act(ruled, SECOND)
    assert not ruled.get(f"{HERE}/proposals").json()[0]["mine"]
    assert ruled.post(f"{address}/accept", json={"note": "stimmt"}).json()["version"] == 2
    assert ruled.get(f"{HERE}/objects/flat").json()["storeys"] == 4
    assert ruled.post(f"{address}/decline", json={}).status_code == 409


def test_the_administration_reads_and_accepts_but_does_not_correct(ruled: TestClient) -> None:
    made = propose(ruled, what="edit", object="flat", attributes={"name": "Altes Haus"})
    act(ruled, HEAD)
    assert len(ruled.get(f"{HERE}/proposals").json()) == 1
    asked = {"what": "edit", "object": "flat", "attributes": {"name": "x"}, "note": "y"}
    assert ruled.post(f"{HERE}/corrections", json=asked).status_code == 403
    assert ruled.post(f"{HERE}/proposals/{made['proposal']}/accept", json={}).status_code == 200


def test_a_declined_proposal_says_why(ruled: TestClient) -> None:
    made = propose(ruled, what="end", object="flat", on="2026-05-01")
    assert in_words(ruled) == [("Beendet am", "", "2026-05-01")]
    act(ruled, SECOND)
    assert ruled.post(f"{HERE}/proposals/{made['proposal']}/decline", json={"note": "steht noch"}).status_code == 200
    (done,) = ruled.get(f"{HERE}/proposals", params={"state": "declined"}).json()
    assert (done["decisionNote"], done["decidedBy"]["id"], done["changes"]) == ("steht noch", "8", [])


def test_a_drawn_house_is_proposed_with_place_and_size(ruled: TestClient) -> None:
    propose(ruled, what="add", kind="building", geometry=SQUARE, attributes={"storeysAboveGround": 3, "name": "Kiosk"})
    (waiting,) = ruled.get(f"{HERE}/proposals").json()
    assert (waiting["label"], waiting["kind"], waiting["place"]) == ("Kiosk", "building", [EAST + 25, NORTH + 44, 0.0])
    assert ("Grundfläche", "", "80,0 m²") in in_words(ruled)
    assert ("Geschosse", "", "3") in in_words(ruled)
    assert ("Höhe", "", "9 m") in in_words(ruled)


def test_a_new_footprint_says_how_much_larger_and_where(ruled: TestClient) -> None:
    propose(ruled, what="replace", object="courtyard", geometry=SQUARE)
    words = {label: (before, after) for label, before, after in in_words(ruled)}
    assert words["Grundfläche"][1] == "80,0 m²"
    assert "nach" in words["Lage"][1]


def test_a_shift_says_how_far(ruled: TestClient) -> None:
    propose(ruled, what="replace", object="oak", shift=[3.5, -2.0])
    assert in_words(ruled) == [("Lage", "", "3,50 m nach Osten, 2,00 m nach Süden")]


def test_a_step_back_says_what_comes_back(ruled: TestClient) -> None:
    made = propose(ruled, what="edit", object="flat", attributes={"storeysAboveGround": 4})
    act(ruled, SECOND)
    ruled.post(f"{HERE}/proposals/{made['proposal']}/accept", json={})
    propose(ruled, what="undo", object="flat")
    assert ("Geschosse", "4", "2") in in_words(ruled)


def test_the_list_of_corrections_names_who_and_goes_on(client: TestClient) -> None:
    for height in (7, 8, 9):
        asked = {"what": "edit", "object": "flat", "attributes": {"measuredHeight": height}, "note": f"Höhe {height}"}
        assert client.post(f"{HERE}/corrections", json=asked).status_code == 200
    page = client.get(f"{HERE}/corrections", params={"limit": 2}).json()
    assert [one["note"] for one in page["items"]] == ["Höhe 9", "Höhe 8"]
    assert set(page["items"][0]["who"]) == {"id", "name"}
    rest = client.get(f"{HERE}/corrections", params={"limit": 2, "before": page["next"]}).json()
    assert [one["note"] for one in rest["items"]] == ["Höhe 7"]
    assert rest["next"] is None
    act(client, Person("3", {"musterstadt": frozenset({Role.CLERK})}))
    assert client.get(f"{HERE}/corrections").status_code == 403


def test_versions_say_what_would_be_other_than_today(client: TestClient) -> None:
    for asked in (
        {"what": "edit", "object": "courtyard", "attributes": {"name": "Markthalle"}},
        {"what": "replace", "object": "courtyard", "geometry": SQUARE},
    ):
        assert client.post(f"{HERE}/corrections", json={"note": "Bauakte", **asked}).status_code == 200
    found = client.get(f"{HERE}/versions", params={"object": "courtyard"}).json()
    assert (found["version"], [one["version"] for one in found["items"]]) == (3, [3, 2, 1])
    today, named, first = found["items"]
    assert today["present"]
    assert today["changes"] == []
    assert "Bauakte" in named["what"]["de"]
    labels = {c["label"]["de"]: (c["before"]["de"], c["after"]["de"]) for c in first["changes"]}
    assert labels["Name"] == ("Markthalle", "")
    assert labels["Grundfläche"][0] == "80,0 m²"
    assert "Name" not in {c["label"]["de"] for c in named["changes"]}
    back = {"what": "restore", "object": "courtyard", "version": 1, "note": "war doch richtig", "ifVersion": 3}
    assert client.post(f"{HERE}/corrections", json=back).json()["version"] == 4
    assert client.get(f"{HERE}/versions", params={"object": "none"}).status_code == 404
