"""Plans over HTTP: listed, drawn with their signs, raised to volumes; a twin that holds only a plan opens on it."""

from collections.abc import Iterator

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.city.sample import CRS
from kastor.city.terrain import Terrain
from kastor.cli import app
from kastor.loading import load
from kastor.store import Dataset, create_tenant
from kastor.store.visibility import State
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.loading.test_plans import PLAN, WHAT_IT_FIXES

TENANT = "/api/tenants/musterstadt"
HERE = f"{TENANT}/plans"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
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
