"""A planner raises and moves a house by the keys of its handles, cuts the town open and walks past it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.planners import planning
from tests.journeys.test_accessibility import violations

LOGIN = "skizze"
EAST, NORTH = 360540.0, 5721560.0
"""A meadow in Dorsten. [m]"""


@pytest.fixture(scope="module")
def desk(browser: Browser, home: Path, address: str) -> Iterator[Page]:
    """The page of somebody who plans in Dorsten; what they plan is gone afterwards."""
    with planning(browser, home, address, LOGIN, f"/dorsten/planen?view={EAST},{NORTH},40,20,42,170") as page:
        yield page


def test_handles_raise_and_move_a_house_by_keys(desk: Page) -> None:
    page = desk
    expect(page.get_by_role("button", name="Gebäude setzen")).to_be_enabled()
    page.keyboard.press("g")
    expect(page.get_by_label("Einrasten an Linien")).to_be_checked()
    page.keyboard.press("o")
    expect(page.get_by_label("Einrasten an Linien")).not_to_be_checked()
    page.get_by_role("button", name="Hier setzen").press("Enter")
    expect(page.get_by_role("heading", name="Gebäude 1")).to_be_visible()
    page.get_by_role("button", name="Höhe ziehen").press("ArrowUp")
    expect(page.get_by_label("Geschosse", exact=True)).to_have_value("4")
    page.get_by_text("Name, Drehung, Lage").click()
    north = page.get_by_label("Mitte Nord", exact=True)
    before = float(north.input_value().replace(",", "."))
    page.get_by_role("button", name="Verschieben: Pfeile").press("Shift+ArrowUp")
    expect(north).not_to_have_value(f"{before:.2f}".replace(".", ","))
    assert float(north.input_value().replace(",", ".")) - before == pytest.approx(0.094, abs=0.011), "20° off north"
    assert violations(page) == []


def test_a_line_cuts_the_house_open_with_its_height(desk: Page) -> None:
    page = desk
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.get_by_text("Koordinaten eintippen").click()
    page.get_by_label("Punkte, je Zeile Ost und Nord in Metern").fill(f"{EAST - 40} {NORTH}\n{EAST + 40} {NORTH}")
    page.get_by_role("button", name="Schnitt zeigen").press("Enter")
    section = page.get_by_role("region", name="Schnitt", exact=True)
    expect(section.get_by_role("img", name="1 Gebäude")).to_be_visible()
    section.get_by_text("Als Tabelle").click()
    expect(section.get_by_role("row", name="Gebäude 1 geplant")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(section).to_be_hidden()


def test_today_is_one_key_away_and_walking_leads_back_to_the_view(desk: Page) -> None:
    page = desk
    page.keyboard.press("y")
    expect(page.get_by_text("Sie sehen den Bestand ohne die Variante.")).to_be_visible()
    page.keyboard.press("y")
    view = re.compile(re.escape(page.url.split("view=")[1].split("&")[0]))
    page.keyboard.press("i")
    expect(page.get_by_text("Augenhöhe 1,65 m")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Augenhöhe 1,65 m")).to_be_hidden()
    expect(page).to_have_url(view)
