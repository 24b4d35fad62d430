"""Variants over HTTP: saved, merged, taken back, shared by state, drawn, and computed with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.planning.computing import compute
from kastor.planning.orders import read
from kastor.process import Quiet
from kastor.store import Dataset, Tenant, create_tenant
from kastor.store.roles import Right, Role
from kastor.web.app import create_app
from kastor.web.rights import ANONYMOUS, Person
from kastor.web.settings import Settings
from tests.tiles.glb_contents import read_contents

HERE = "/api/tenants/musterstadt/variants"
EAST, NORTH = ORIGIN[:2]
PLANNING = {"musterstadt": frozenset({Role.PLANNER})}
PEOPLE = {
    "planner": Person("7", PLANNING),
    "colleague": Person("8", PLANNING),
    "clerk": Person("9", {"musterstadt": frozenset({Role.CLERK})}),
    "citizen": Person("10"),
    "neighbour": Person("11"),
    "nobody": ANONYMOUS,
    "program": Person("7", PLANNING, only=("musterstadt", frozenset({Right.PLAN, Right.SEE_DRAFTS}))),
    "looker": Person("7", PLANNING, only=("musterstadt", frozenset({Right.SEE_DRAFTS}))),
}

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Tenant]:
    with create_tenant(tmp_path_factory.mktemp("home"), "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as load:
            load.put("houses", four_houses())
            load.put_terrain("ground", flat_ground())
            load.finish({"source": "houses", "findings": []})
        yield twin


@pytest.fixture(scope="module")
def ask(twin: Tenant) -> Client:
    app = create_app(Settings(home=twin.directory.parent.parent, rate=0))
    app.state.identify = lambda request: PEOPLE[request.headers["authorization"]]
    client = TestClient(app)

    def asked(who: str, method: str, path: str = "", revision: int | None = None, **more: Any) -> Any:
        headers = {"Authorization": who} | ({"If-Match": f'"{revision}"'} if revision is not None else {})
        return client.request(method, path if path.startswith("/") else f"{HERE}{path and '/' + path}",
                              headers=headers | more.pop("headers", {}), **more)  # fmt: skip

    return asked


def made(ask: Client, who: str = "planner", **more: object) -> dict[str, Any]:
    answer = ask(who, "POST", json={"name": "Neue Mitte", **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def house(name: str, east: float = 20.0, **more: Any) -> dict[str, Any]:
    corners = [(east, 8), (east + 6, 8), (east + 6, 14), (east, 14)]
    footprint = [[EAST + x, NORTH + y] for x, y in corners]
    return {"kind": "add_building", "id": name, "footprint": footprint, "storeys": 3, **more}


def tree(name: str, east: float) -> dict[str, Any]:
    return {"kind": "plant_tree", "id": name, "place": [EAST + east, NORTH + 25], "species": "Tilia cordata"}


def test_what_is_saved_comes_back_and_nothing_else_changes(ask: Client) -> None:
    variant = made(ask)
    edits = [
        house("n", roof="gable"),
        {"kind": "demolish", "id": "gable"},
        {"kind": "fell", "id": "f", "object": "oak"},
    ]
    answer = ask("planner", "PUT", f"{variant['id']}/edits", 1, json={"edits": edits})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    document = ask("planner", "GET", variant["id"]).json()
    assert document["hidden"] == ["gable", "oak"]
    assert [edit["id"] for edit in document["edits"]] == ["n", "gable", "f"]
    assert {name: document[name] for name in ("revision", "undo", "redo", "by", "state", "conflicts")} == {
        "revision": 2, "undo": True, "redo": False, "by": "self", "state": "draft", "conflicts": [],
    }  # fmt: skip
    assert ask("planner", "GET", f"{variant['id']}?revision=1").json()["edits"] == []
    same = ask("planner", "PUT", f"{variant['id']}/edits", 2, json={"edits": document["edits"]})
    assert same.json()["revision"] == 2


def test_steps_back_and_forth_survive_reloading(ask: Client) -> None:
    variant = made(ask)["id"]
    for number in (1, 2):
        trees = [tree(f"t{n}", 20.0 + n) for n in range(number)]
        ask("planner", "PUT", f"{variant}/edits", number, json={"edits": trees})
    before = ask("planner", "GET", variant).content
    back = [ask("planner", "POST", f"{variant}/undo", revision).json() for revision in (3, 4)]
    assert [len(one["edits"]) for one in back] == [1, 0]
    assert [one["undo"] for one in back] == [True, False]
    assert ask("planner", "POST", f"{variant}/undo", 5).status_code == 409
    forth = [ask("planner", "POST", f"{variant}/redo", revision).json() for revision in (5, 6)]
    assert [len(one["edits"]) for one in forth] == [1, 2]
    assert forth[1]["redo"] is False
    assert forth[1]["edits"] == ask("planner", "GET", f"{variant}?revision=3").json()["edits"]
    assert len(before) > 0


def test_two_people_on_different_objects_are_merged(ask: Client) -> None:
    variant = made(ask)["id"]
    ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": [tree("shared", 20), tree("old", 21)]})
    ask("planner", "PUT", f"{variant}/edits", 2, json={"edits": [tree("shared", 20), tree("mine", 30)]})
    changed = [tree("shared", 20) | {"height": 12.0}, tree("old", 21), tree("theirs", 31)]
    answer = ask("colleague", "PUT", f"{variant}/edits", 2, json={"edits": changed})
    assert answer.status_code == 200, answer.text
    assert [edit["id"] for edit in answer.json()["edits"]] == ["shared", "mine", "theirs"]
    assert answer.json()["edits"][0]["height"] == 12.0
    assert answer.json()["revision"] == 4
    assert ask("planner", "GET", variant).json()["by"] == "planner"


def test_two_people_on_the_same_object_are_told_with_both_sides(ask: Client) -> None:
    variant = made(ask)["id"]
    lower = {"kind": "raise", "id": "a", "object": "flat", "height": 9.0}
    ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": [lower]})
    answer = ask("colleague", "PUT", f"{variant}/edits", 1, json={"edits": [{"kind": "demolish", "id": "flat"}]})
    assert answer.status_code == 412
    problem = answer.json()
    assert problem["objects"] == ["flat"]
    assert problem["revision"] == 2
    assert [edit["kind"] for side in ("theirs", "mine") for edit in problem[side]] == ["raise", "demolish"]
    assert "flat" in problem["detail"]
    assert ask("planner", "PUT", f"{variant}/edits", json={"edits": []}).status_code == 428


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (house("n", storeys=-3), "Geschosse: -3 liegt nicht zwischen 1 und 120"),
        (house("n") | {"footprint": [[EAST, NORTH], [EAST + 9, NORTH + 9], [EAST + 9, NORTH], [EAST, NORTH + 9]]},
         "darf sich nicht überschneiden"),
        (house("n", height="NaN"), "keine Zahl"),
        (house("n", roof="onion"), "möglich sind 'flat', 'gable', 'hip' oder 'pent'"),
        (house("n", roof="gable", pitch=60, height=5), "mehr Höhe oder weniger Neigung"),
        (house("n", colour="red"), "'colour' gibt es nicht; bekannt sind"),
        ({"kind": "demolish", "id": "nothing"}, "Das Objekt nothing gibt es nicht"),
        ({"kind": "explode", "id": "flat"}, "'explode' gibt es nicht; möglich sind add_building"),
        ({"kind": "ground", "id": "g", "outline": house("n")["footprint"]}, "Höhe oder Niveau"),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_is_refused_by_field_value_and_cure(
    ask: Client, edit: dict[str, Any], named: str
) -> None:
    variant = made(ask)["id"]
    answer = ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": [edit]})
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
    assert ask("planner", "GET", variant).json()["revision"] == 1


def test_ten_thousand_edits_and_twins_of_an_id_are_refused(ask: Client) -> None:
    variant = made(ask)["id"]
    many = [{"kind": "fell", "id": str(n), "object": "oak"} for n in range(10_000)]
    answer = ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": many}, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "2000" in answer.json()["detail"]
    answer = ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": [tree("t", 20), tree("t", 21)]})
    assert "kommt zweimal vor" in answer.json()["detail"]
    assert ask("planner", "PUT", f"{variant}/edits", 1, content=b'{"edits": [NaN]}').status_code == 400


def test_who_sees_a_variant_follows_from_its_state(ask: Client) -> None:
    variant = made(ask)["id"]
    seen = {}
    for state in ("draft", "internal", "public"):
        assert ask("planner", "PATCH", variant, json={"state": state}).json()["state"] == state
        seen[state] = [who for who in PEOPLE if ask(who, "GET", variant).status_code == 200]
        listed = [who for who in PEOPLE if variant in {v["id"] for v in ask(who, "GET").json()["variants"]}]
        assert listed == seen[state]
    assert seen == {
        "draft": ["planner", "colleague", "program", "looker"],
        "internal": ["planner", "colleague", "clerk", "program", "looker"],
        "public": list(PEOPLE),
    }  # fmt: skip
    assert ask("clerk", "PUT", f"{variant}/edits", 1, json={"edits": []}).status_code == 403
    assert ask("nobody", "GET", variant).json()["by"] == "planner"


def test_a_key_plans_only_with_the_right_to(ask: Client) -> None:
    variant = made(ask, "program")["id"]
    assert ask("program", "PUT", f"{variant}/edits", 1, json={"edits": [tree("t", 20)]}).status_code == 200
    for who, status in (("looker", 403), ("nobody", 401)):
        assert ask(who, "POST", json={"name": "x"}).status_code == status
    assert ask("looker", "PUT", f"{variant}/edits", 2, json={"edits": []}).status_code == 403


def test_a_citizen_proposes_and_nobody_changes_the_proposal(ask: Client) -> None:
    variant = made(ask, "citizen", name="Spielplatz")
    assert (variant["origin"], variant["state"]) == ("citizen", "draft")
    assert ask("neighbour", "GET", variant["id"]).status_code == 404
    assert ask("neighbour", "PUT", f"{variant['id']}/edits", 1, json={"edits": []}).status_code == 404
    assert ask("citizen", "PUT", f"{variant['id']}/edits", 1, json={"edits": [tree("t", 20)]}).status_code == 200
    assert ask("planner", "PUT", f"{variant['id']}/edits", 2, json={"edits": []}).status_code == 403
    assert ask("citizen", "PATCH", variant["id"], json={"state": "public"}).status_code == 403
    assert ask("citizen", "PATCH", variant["id"], json={"state": "internal"}).status_code == 200
    assert ask("citizen", "PUT", f"{variant['id']}/edits", 2, json={"edits": []}).status_code == 403
    branch = made(ask, "planner", **{"name": "Spielplatz, geprüft", "from": {"variant": variant["id"], "revision": 2}})
    assert branch["parent"] == {"variant": variant["id"], "revision": 2}
    assert [edit["id"] for edit in branch["edits"]] == ["t"]
    assert branch["origin"] == "office"


def test_the_overlay_holds_what_is_planned_with_its_ids(ask: Client) -> None:
    variant = made(ask)["id"]
    assert ask("planner", "GET", f"{variant}/overlay.glb").status_code == 204
    edits = [
        house("n", roof="hip"), tree("t", 20), {"kind": "move", "id": "m", "object": "pair-low", "east": 3.0},
        {"kind": "raise", "id": "r", "object": "gable", "height": 12.0}, {"kind": "demolish", "id": "flat"},
        {"kind": "wall", "id": "w", "line": [[EAST, NORTH], [EAST + 9, NORTH]], "height": 2},
    ]  # fmt: skip
    assert ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": edits}).status_code == 200
    answer = ask("planner", "GET", f"{variant}/overlay.glb")
    assert answer.headers["content-type"] == "model/gltf-binary"
    buildings, trees = read_contents(answer.content).tables
    assert sorted(buildings["id"]) == ["gable", "n", "pair", "w"]
    assert trees["id"] == ["t"]


def test_an_order_names_a_variant_and_its_result_says_so(ask: Client, twin: Tenant) -> None:
    variant = made(ask)["id"]
    dig = {"kind": "basin", "id": "b", "outline": house("n")["footprint"], "depth": 1.0}
    ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": [dig]})
    order = read(twin, "slope", {"variant": {"id": variant, "revision": 2}})
    again = read(twin, "slope", order.inputs)
    assert (again.edits, again.variant) == (order.edits, {"id": variant, "revision": 2, "name": "Neue Mitte"})
    plain = read(twin, "slope", {"edits": [dig]})
    assert plain.id("x") == order.id("x")
    found = compute(twin, order, Quiet(), "7")
    document = ask("planner", "GET", f"/api/tenants/musterstadt/results/{found}").json()
    assert document["variant"] == {"id": variant, "revision": 2, "name": "Neue Mitte"}
    assert (document["state"], document["stale"]) == ("draft", [])
    assert ask("clerk", "GET", f"/api/tenants/musterstadt/results/{found}").status_code == 404
    ask("planner", "PUT", f"{variant}/edits", 2, json={"edits": []})
    document = ask("planner", "GET", f"/api/tenants/musterstadt/results/{found}").json()
    assert document["stale"] == [
        {"de": "Die Variante hat sich seitdem geändert.", "en": "The variant has changed since."}
    ]


def test_edits_far_from_the_area_do_not_stop_a_computation(ask: Client, twin: Tenant) -> None:
    variant = made(ask)["id"]
    edits = [house("n"), {"kind": "demolish", "id": "gable"}, {"kind": "raise", "id": "r", "object": "n", "height": 5}]
    ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": edits})
    west = {"type": "Polygon", "coordinates": [[[EAST, NORTH + 30], [EAST + 4, NORTH + 30], [EAST + 4, NORTH + 40],
                                                [EAST, NORTH + 40], [EAST, NORTH + 30]]]}  # fmt: skip
    found = compute(twin, read(twin, "slope", {"variant": {"id": variant}, "area": west}), Quiet(), "7")
    assert len(found) == 32


def test_an_object_that_ended_meanwhile_is_a_conflict_and_goes_with_its_edit(ask: Client, twin: Tenant) -> None:
    variant = made(ask)["id"]
    edits = [{"kind": "raise", "id": "r", "object": "courtyard", "height": 12.0}, tree("t", 20)]
    assert ask("planner", "PUT", f"{variant}/edits", 1, json={"edits": edits}).status_code == 200
    twin.end_object("courtyard", "7")
    document = ask("planner", "GET", variant).json()
    assert [(one["edit"], one["number"]) for one in document["conflicts"]] == [("r", 0)]
    assert "nicht mehr" in document["conflicts"][0]["words"]["de"]
    assert ask("planner", "GET", f"{variant}/overlay.glb").status_code == 200
    kept = ask("planner", "PUT", f"{variant}/edits", 2, json={"edits": [edits[0], tree("t", 21)]})
    assert len(kept.json()["conflicts"]) == 1
    solved = ask("planner", "PUT", f"{variant}/edits", 3, json={"edits": [tree("t", 21)]})
    assert solved.json()["conflicts"] == []
    twin.undo("courtyard", "7")


def test_a_removed_variant_is_gone(ask: Client) -> None:
    variant = made(ask)["id"]
    assert ask("clerk", "DELETE", variant).status_code == 404
    assert ask("planner", "DELETE", variant).status_code == 204
    assert ask("planner", "GET", variant).status_code == 404
    assert variant not in [v["id"] for v in ask("planner", "GET").json()["variants"]]
