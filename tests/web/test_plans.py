"""Plans over HTTP: listed, drawn with their signs, raised to volumes; a twin that holds only a plan opens on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.city.sample import CRS
from kastor.city.terrain import Terrain
from kastor.cli import app
from kastor.loading import load
from kastor.store import Dataset, create_tenant
from kastor.store.roles import Role
from kastor.store.visibility import State
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.loading.test_plans import PLAN, WHAT_IT_FIXES
from tests.web.test_uploads import at_once as at_once
from tests.web.test_uploads import publish, read, send

TENANT = "/api/tenants/musterstadt"
HERE = f"{TENANT}/plans"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[TestClient]:
    """A twin with the small plan and a hidden one on ground that rises eastwards from 40 m by 1 m in 10 m."""
    home = tmp_path_factory.mktemp("plans")
    east = np.arange(364900.5, 365200.5)
    heights = np.tile((40.0 + (east - 365000.0) / 10.0).astype(np.float32), (300, 1))
    with create_tenant(home, "musterstadt", "Musterstadt", CRS) as twin:
        load(twin, [PLAN], Dataset("am-muehlbach", "Am Mühlbach"))
        with twin.load(Dataset("ground", "Gelände")) as loading:
            loading.put_terrain("ground", Terrain(CRS, 364900.0, 5723200.0, 1.0, heights))
            loading.finish()
        hidden = home / "hidden.gml"
        hidden.write_text(PLAN.read_text(encoding="utf-8").replace("_1", "_9"), encoding="utf-8")
        load(twin, [hidden], Dataset("hidden", "Entwurf", state=State.DRAFT))
    with TestClient(create_app(Settings(home=home, workers=0))) as found:
        yield found


@pytest.fixture
def planner(client: TestClient, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    """The same for somebody who plans."""
    before = client.app.state.identify  # type: ignore[attr-defined]
    yield acting(client, Role.PLANNER)
    client.app.state.identify = before  # type: ignore[attr-defined]
    del client.headers["Authorization"]


def test_only_plans_one_may_see_are_listed(client: TestClient) -> None:
    (plan,) = client.get(HERE).json()["plans"]
    assert plan["id"] == "am-muehlbach"
    assert plan["name"] == "Am Mühlbach"
    assert (plan["number"], plan["kind"], plan["version"], plan["state"]) == ("12", "BP", "6.0", "public")
    assert plan["extent"] == [365000.0, 5723000.0, 365100.0, 5723080.0]
    assert plan["dates"] == {"inkrafttretensDatum": "2024-05-02"}
    assert client.get(f"{HERE}/hidden").status_code == 404
    assert client.get(f"{HERE}/nowhere/envelopes").status_code == 404


def test_a_plan_is_drawn_by_the_ordinance_with_large_areas_below(client: TestClient) -> None:
    plan = client.get(f"{HERE}/am-muehlbach").json()
    drawn = [o for group in ("areas", "lines", "points") for o in plan[group]]
    assert {o["id"] for o in drawn} == WHAT_IT_FIXES
    assert plan["objects"]["BP_Bereich"] == 1
    assert (plan["findings"], plan["overlaps"]) == ([], [])
    homes = next(o for o in drawn if o["id"] == "homes_1")
    assert homes["title"] == {"de": "Allgemeines Wohngebiet", "en": "General residential area"}
    assert homes["style"]["label"] == "WA III 0,4 (1,2)"
    assert homes["style"]["fill"] == "#e8837c"
    assert homes["attributes"]["GFZ"] == 1.2
    filled = [o["id"] for o in plan["areas"] if o["style"]["fill"]]
    assert filled == ["homes_1", "street_1", "green_1"]
    assert plan["areas"][-1]["id"] == "plan_1"
    limit = next(o for o in plan["lines"] if o["id"] == "limit_1")
    assert limit["style"] == {"fill": "", "stroke": "#1f4fbf", "width": 2.5, "dash": [10.0, 4.0, 2.0, 4.0]}
    assert [t["key"] for t in plan["texts"]] == ["1.1"]


def test_a_buildable_area_stands_on_its_ground_as_high_as_the_plan_allows(client: TestClient) -> None:
    (volume,) = client.get(f"{HERE}/am-muehlbach/envelopes").json()
    assert volume["id"] == "buildable_1"
    # the border runs from 365005 to 365050: ground from 40.5 to 45 m; its five corners' middle is 42.3 m
    assert volume["base"] == pytest.approx(40.5, abs=0.06)
    assert volume["top"] == pytest.approx(42.3 + 10.5, abs=0.06)
    assert volume["words"]["de"] == "Gebäudehöhe 10,50 m über Gehweg"
    assert volume["limits"]["grz"] == {"value": 0.4, "object": "homes_1", "attribute": "GRZ"}
    assert volume["lines"] == {"limit_1": "Baugrenze"}


def test_a_twin_that_holds_a_plan_opens_on_it(client: TestClient) -> None:
    view = client.get(TENANT).json()["view"]
    assert view["target"][:2] == [365050.0, 5723040.0]
    assert view["distance"] < 1000.0


def test_what_a_plan_fixes_is_a_collection_of_features(client: TestClient) -> None:
    found = client.get("/ogc/musterstadt/collections/plan_areas/items", params={"f": "json"}).json()
    assert {f["id"] for f in found["features"]} == WHAT_IT_FIXES


def test_plans_are_loaded_by_command(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(tmp_path))
    create_tenant(tmp_path, "leer", "Leer", CRS).close()
    done = CliRunner().invoke(app, ["xplanung", "load", "leer", str(PLAN), "--state", "internal", "--no-tile"])
    assert done.exit_code == 0, done.output
    assert "small_plan: Am Mühlbach (7)" in done.output
    with TestClient(create_app(Settings(home=tmp_path, workers=0))) as client:
        assert client.get("/api/tenants/leer/plans").json() == {"plans": []}


def planned(west: float, south: float, east: float, north: float, height: float = 9.0) -> dict[str, object]:
    """An edit that adds a house, in metres from the corner of the plan."""
    corners = [(west, south), (east, south), (east, north), (west, north)]
    footprint = [[365000 + x, 5723000 + y] for x, y in corners]
    return {"kind": "add_building", "id": "house", "footprint": footprint, "height": height}


def test_edits_are_checked_with_what_sticks_out_and_its_source(planner: TestClient) -> None:
    found = planner.post(f"{HERE}/am-muehlbach/check", json={"edits": [planned(30, 30, 52, 60, 15.0)]}).json()
    assert found["objects"] == ["house"]
    broken = {v["rule"]: v for v in found["verdicts"] if v["verdict"] == "broken"}
    assert set(broken) == {"boundary", "height"}
    assert found["verdicts"][0]["verdict"] == "broken"
    assert broken["boundary"]["text"]["de"] == "2,00 m über der Baugrenze"
    assert broken["boundary"]["title"] == {"de": "Baugrenze", "en": "Building limit"}
    assert broken["boundary"]["beyond"]["type"] == "Polygon"
    # the house stands on its lowest corner, 43 m; the street before its middle is at 44.1 m
    assert broken["height"]["value"] == pytest.approx(43.0 + 15.0 - 44.1, abs=0.06)
    assert broken["height"]["top"] == pytest.approx(44.1 + 10.5, abs=0.06)
    assert broken["height"]["source"] == {"plan": "am-muehlbach", "object": "homes_1", "paragraph": "§ 18 BauNVO"}
    assert found["counts"]["broken"] == 2
    grz = next(v for v in found["verdicts"] if v["rule"] == "grz")
    assert grz["text"]["de"] == "Grundstück nicht bekannt; es braucht mindestens 1.650 m² (höchstens 0,40)"


def test_a_house_that_breaks_three_rules_names_exactly_those(planner: TestClient) -> None:
    """A variant with one storey and 1.90 m too many, two metres over the Baugrenze."""
    house = {**planned(30, 30, 52, 60), "height": None, "storeys": 4, "storey_height": 3.375, "use": "residential"}
    made = planner.post(f"{TENANT}/variants", json={"name": "Zu groß"}).json()
    at = f"{TENANT}/variants/{made['id']}/edits"
    saved = planner.put(at, json={"edits": [house]}, headers={"If-Match": '"1"'})
    assert saved.status_code == 200, saved.text
    found = planner.post(f"{HERE}/am-muehlbach/check", params={"variant": made["id"]}, json={}).json()
    assert found["variant"] == {"id": made["id"], "revision": 2, "name": "Zu groß"}
    broken = {v["rule"]: v["text"]["de"] for v in found["verdicts"] if v["verdict"] == "broken"}
    # the house stands on 43 m, its lowest corner; 44.1 + 10.5 m are allowed
    assert broken == {
        "boundary": "2,00 m über der Baugrenze", "storeys": "1 Geschoss zu viel (höchstens 3)",
        "height": "1,90 m zu hoch (Gebäudehöhe 10,50 m über Gehweg)",
    }  # fmt: skip
    cut = planner.post(f"{HERE}/am-muehlbach/clip", json={"edit": house}).json()
    assert [words["de"] for words in cut["changes"]] == [
        "Grundfläche von 660,0 auf 599,9 m².",
        "Geschosse von 4 auf 3.",
    ]
    again = planner.post(f"{HERE}/am-muehlbach/check", json={"edits": [cut["edit"]]}).json()
    assert again["counts"]["broken"] == 0
    assert planner.post(f"{HERE}/am-muehlbach/check", params={"variant": "nowhere"}, json={}).status_code == 404


def test_a_drawn_plot_makes_the_measures_known(planner: TestClient) -> None:
    ring = [[365000, 5723020], [365030, 5723020], [365030, 5723060], [365000, 5723060], [365000, 5723020]]
    body = {"edits": [planned(10, 30, 20, 45)], "plot": {"type": "Polygon", "coordinates": [ring]}}
    found = {v["rule"]: v for v in planner.post(f"{HERE}/am-muehlbach/check", json=body).json()["verdicts"]}
    assert (found["grz"]["verdict"], found["grz"]["value"]) == ("kept", 150 / 1200)


def test_a_house_is_cut_to_the_plan_and_then_keeps_it(planner: TestClient) -> None:
    cut = planner.post(f"{HERE}/am-muehlbach/clip", json={"edit": planned(30, 30, 52, 60, 15.0)}).json()
    assert cut["changes"][0]["de"] == "Grundfläche von 660,0 auf 599,9 m²."
    again = planner.post(f"{HERE}/am-muehlbach/check", json={"edits": [cut["edit"]]}).json()
    assert again["counts"]["broken"] == 0
    assert max(x for x, _ in cut["edit"]["footprint"]) == pytest.approx(365050.0, abs=0.003)
    nothing = planner.post(f"{HERE}/am-muehlbach/clip", json={"edit": planned(80, 30, 90, 40)}).json()
    assert nothing["edit"] is None


def test_only_who_plans_checks(client: TestClient) -> None:
    answer = client.post(f"{HERE}/am-muehlbach/check", json={"edits": [planned(30, 30, 40, 40)]})
    assert answer.status_code == 401


def test_what_cannot_be_checked_is_refused(planner: TestClient) -> None:
    wrong = {"edits": [planned(30, 30, 52, 60, -3.0)]}
    answer = planner.post(f"{HERE}/am-muehlbach/check", json=wrong)
    assert answer.status_code == 400
    assert "-3 m" in answer.json()["detail"]
    tree = {"edit": {"kind": "demolish", "id": "x"}}
    assert planner.post(f"{HERE}/am-muehlbach/clip", json=tree).status_code == 400
    assert planner.post(f"{HERE}/am-muehlbach/check", json={"edits": []}).json()["verdicts"] == []


def test_a_plan_comes_in_by_upload_and_asks_where_it_lies(
    tmp_path: Path, acting: Callable[..., TestClient], at_once: None
) -> None:
    """A draft first, seen by those who care for the data; the plan is there once it is published."""
    create_tenant(tmp_path, "musterstadt", "Musterstadt", CRS).close()
    nameless = PLAN.read_bytes().replace(b' srsName="EPSG:25832"', b"")
    with TestClient(create_app(Settings(home=tmp_path, workers=0))) as client:
        acting(client, Role.CARETAKER)
        upload = send(client, {"plan.gml": nameless})
        asked = read(client, upload)
        assert asked["state"] == "asking"
        assert {"EPSG:25832", "EPSG:25833"} <= {one["code"] for one in asked["question"]["crs"]}
        found = read(client, upload, crs="EPSG:25832")
        assert (found["state"], found["result"]["kinds"]) == ("ready", {"plan_area": 7})
        assert client.get(HERE).json() == {"plans": []}
        publish(client, upload)
        (plan,) = client.get(HERE).json()["plans"]
        assert plan["name"] == "Am Mühlbach"
