"""A development plan in a town that has nothing else: it shows, raises what may be built, and checks a building."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from kastor.city.sample import CRS
from kastor.store import create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.loading.test_plans import PLAN
from tests.web.test_uploads import at_once as at_once
from tests.web.test_uploads import publish, read, send

TENANT = "/api/tenants/musterstadt"
BEYOND = 2.0
"""How far the building stands over the Baugrenze. [m]"""


@pytest.fixture
def town(tmp_path: Path, acting: Callable[..., TestClient]) -> TestClient:
    """An empty tenant, and somebody who loads and plans there."""
    create_tenant(tmp_path, "musterstadt", "Musterstadt", CRS).close()
    return acting(TestClient(create_app(Settings(home=tmp_path, workers=0))), Role.CARETAKER, Role.PLANNER)


def over_the_line(outline: dict[str, Any], line: BaseGeometry) -> list[list[float]]:
    """A rectangle in a buildable area that reaches two metres over the middle of its longest side on the line."""
    area = shape(outline)
    corners = shapely.get_coordinates(shapely.oriented_envelope(area))
    sides = [(corners[i], corners[i + 1]) for i in range(4)]
    a, b = max(sides, key=lambda side: shapely.LineString(side).intersection(line.buffer(0.05)).length)
    along = (b - a) / np.hypot(*(b - a))
    out = np.array([along[1], -along[0]])
    middle = (a + b) / 2
    if area.contains(shapely.Point(middle + out * 0.5)):
        out = -out
    deep = 6.0
    rectangle = [middle - along * 3 + out * BEYOND, middle + along * 3 + out * BEYOND,
                 middle + along * 3 - out * deep, middle - along * 3 - out * deep]  # fmt: skip
    return [corner.round(3).tolist() for corner in rectangle]


@pytest.mark.parametrize(
    ("file", "ground", "high"),
    [("small", 45.0, "10,50 m über Gehweg"), ("BPlan002_5-3.zip", 38.0, "50,00 m über NHN"),
     ("BPlan005_6-0.zip", 6.0, "m über NHN")],
)  # fmt: skip
def test_a_building_that_breaks_three_rules_of_the_only_plan_is_told_exactly_those(
    town: TestClient, shared_data: Callable[[str], Path], file: str, ground: float, high: str
) -> None:
    source = PLAN if file == "small" else shared_data(f"xplanung/plans/{file}")
    upload = send(town, {source.name: source.read_bytes()})
    assert read(town, upload)["state"] == "ready"
    assert publish(town, upload)["state"] == "published"
    (plan,) = town.get(f"{TENANT}/plans").json()["plans"]
    here = f"{TENANT}/plans/{plan['id']}"
    shown = town.get(here).json()
    assert [one for one in shown["areas"] if one["style"]["fill"]], "the plan shows"

    volumes = town.get(f"{here}/envelopes", params={"ground": ground}).json()
    limited = [v for v in volumes if v["top"] is not None and "storeys_most" in v["limits"]]
    window = max(limited, key=lambda v: shape(v["outline"]).area)
    assert high in window["words"]["de"]
    assert (window["base"], window["top"] > ground) == (ground, True)

    line = shapely.union_all([shape(one["geometry"]) for one in shown["lines"]
                              if one["class"] == "BP_BauGrenze"])  # fmt: skip
    storeys = int(window["limits"]["storeys_most"]["value"]) + 1
    edit = {"kind": "add_building", "id": "house", "footprint": over_the_line(window["outline"], line),
            "storeys": storeys, "height": window["top"] - ground + 1.9, "use": "residential"}  # fmt: skip
    found = town.post(f"{here}/check", json={"edits": [edit], "ground": ground}).json()
    broken = {v["rule"]: v for v in found["verdicts"] if v["verdict"] == "broken"}
    assert set(broken) == {"boundary", "storeys", "height"}
    assert broken["height"]["difference"] == pytest.approx(1.9, abs=0.01)
    assert broken["boundary"]["difference"] == pytest.approx(BEYOND, abs=0.05)
    assert broken["storeys"]["difference"] == 1
    assert found["ground"] == "stated"
    assert found["notes"][-1]["de"].startswith("Wo kein Geländemodell ist, gilt das angegebene Gelände")


def test_heights_above_the_sea_cannot_be_told_where_nobody_knows_the_ground(
    town: TestClient, shared_data: Callable[[str], Path]
) -> None:
    source = shared_data("xplanung/plans/BPlan002_5-3.zip")
    upload = send(town, {source.name: source.read_bytes()})
    read(town, upload)
    publish(town, upload)
    (plan,) = town.get(f"{TENANT}/plans").json()["plans"]
    here = f"{TENANT}/plans/{plan['id']}"
    window = town.get(f"{here}/envelopes").json()[0]
    inside = shape(window["outline"]).representative_point()
    box = shapely.get_coordinates(shapely.box(inside.x - 2, inside.y - 2, inside.x + 2, inside.y + 2))[:4].tolist()
    edit = {"kind": "add_building", "id": "house", "footprint": box, "storeys": 2, "height": 60.0, "use": "residential"}
    found = town.post(f"{here}/check", json={"edits": [edit]}).json()
    (height,) = [v for v in found["verdicts"] if v["rule"] == "height"]
    assert (height["verdict"], found["ground"]) == ("unknown", "unknown")
    wrong = town.post(f"{here}/check", json={"edits": [edit], "ground": 90000})
    assert wrong.status_code == 422
    assert "ground" in wrong.json()["detail"]
