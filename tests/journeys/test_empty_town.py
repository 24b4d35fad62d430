"""A town that has nothing but a development plan: planning opens with the plan on the ground and what may be built."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from kastor.city.sample import CRS
from kastor.loading import load, tile
from kastor.store import Dataset, create_tenant, delete_tenant, grants, open_tenant, people
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.test_accessibility import violations
from tests.journeys.test_planning import broken, saved, type_number
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN
from tests.loading.test_plans import PLAN


@pytest.fixture(scope="module")
def plan_town(home: Path) -> Iterator[str]:
    """A tenant that holds the small plan and nothing else."""
    with create_tenant(home, "planstadt", "Planstadt", CRS) as twin:
        load(twin, [PLAN], Dataset("am-muehlbach", "Am Mühlbach"))
        tile(twin)
    yield "planstadt"
    delete_tenant(home, "planstadt")


def red(picture: bytes) -> float:
    """Share of a picture that is as red as a place to live in a plan."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return float((pixels[..., 0] - pixels[..., 1] > 20).mean())


def test_a_plan_shows_in_an_empty_town(page: Page, plan_town: str) -> None:
    page.goto(f"/{plan_town}/planen")
    expect(page.get_by_label("Bebauungsplan am Boden zeigen")).to_have_value("am-muehlbach")
    canvas = page.locator("canvas").first
    for _ in range(100):
        if red(canvas.screenshot()) > 0.008:
            return
        page.wait_for_timeout(300)
    raise AssertionError("the plan does not lie on the ground")


def test_plans_are_a_layer_of_the_view_whose_legend_and_clicks_tell_what_is_fixed(page: Page, plan_town: str) -> None:
    page.goto(f"/{plan_town}?view=365028,5723045,0,20,60,140")
    canvas = page.locator("canvas").first
    layers = page.get_by_role("region", name="Ebenen")
    switch = layers.get_by_role("switch", name="Bebauungspläne")
    expect(switch).not_to_be_checked()
    switch.press("Space")
    legend = layers.get_by_role("list", name="Legende: Bebauungspläne")
    expect(legend).to_contain_text("Allgemeines Wohngebiet")
    expect(legend).to_contain_text("Baugrenze")
    for _ in range(100):
        if red(canvas.screenshot()) > 0.05:
            break
        page.wait_for_timeout(300)
    else:
        raise AssertionError("the plan does not lie on the ground")
    expect(page.get_by_text("WA III 0,4 (1,2)")).to_be_visible()
    assert violations(page) == []
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 - 30, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="Allgemeines Wohngebiet")).to_be_visible()
    switch.press("Space")
    expect(legend).to_have_count(0)
    for _ in range(100):
        if red(canvas.screenshot()) < 0.01:
            return
        page.wait_for_timeout(300)
    raise AssertionError("the plan stays on the ground")


def test_there_a_building_that_breaks_three_rules_is_told_exactly_those(page: Page, home: Path, plan_town: str) -> None:
    """The height over the pavement is told as soon as the planner says how high the ground is."""
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, "planstadt", "Paula Plan")
        people.set_password(connection, person.id, PASSWORD)
    with open_tenant(home, plan_town) as twin:
        grants.grant(instance, twin.database, person.id, Role.PLANNER, "plans here")
    instance.close()
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, ["planstadt", PASSWORD]) == 200
    page.goto(f"/{plan_town}/planen?view=365028,5723045,0,20,42,120")
    expect(page.get_by_role("button", name="Gebäude setzen")).to_be_enabled()
    page.keyboard.press("g")
    type_number(page, "Ost", "365027")
    type_number(page, "Nord", "5723045")
    page.get_by_role("button", name="Hier setzen").press("Enter")
    saved(page, 2)
    type_number(page, "Länge", "48,5")
    saved(page, 3)
    type_number(page, "Geschosse", "5")
    saved(page, 4)
    expect(page.get_by_role("status").filter(has_text="2 Verstöße")).to_be_visible()
    assert broken(page) == ["Baugrenze", "Vollgeschosse"]
    type_number(page, "Gelände hier, über NHN", "45")
    expect(page.get_by_role("status").filter(has_text="3 Verstöße")).to_be_visible()
    assert broken(page) == ["Baugrenze", "Vollgeschosse", "Höhe"]
    assert violations(page) == []
