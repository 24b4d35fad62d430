"""A planner plants a tree by keyboard, reads how it grows, and looks at the variant in twenty years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.planners import planning
from tests.journeys.test_accessibility import violations
from tests.journeys.test_planning import saved, type_number

LOGIN = "gruenplanung"
EAST, NORTH = 360545.0, 5721575.0


@pytest.fixture(scope="module")
def desk(browser: Browser, home: Path, address: str) -> Iterator[Page]:
    """One page of somebody who plans in Dorsten; their variants are gone afterwards."""
    with planning(browser, home, address, LOGIN, f"/dorsten/planen?view={EAST},{NORTH},40,20,42,170") as page:
        yield page


def test_a_planted_tree_says_how_it_grows(desk: Page) -> None:
    page = desk
    expect(page.get_by_role("button", name="Baum pflanzen")).to_be_enabled()
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="Baum pflanzen")).to_be_visible()
    type_number(page, "Ost", str(EAST))
    type_number(page, "Nord", str(NORTH))
    page.get_by_role("button", name="Hier pflanzen").press("Enter")
    saved(page, 2)
    page.get_by_role("button", name="Weglegen").press("Enter")
    expect(page.get_by_role("heading", name="Winterlinde")).to_be_visible()
    growth = page.get_by_role("region", name="Wie der Baum wächst")
    expect(growth.get_by_role("row", name="heute, wie gepflanzt")).to_contain_text("5,0 m")
    expect(growth.get_by_role("row", name="in 20 Jahren")).to_contain_text("10,3 m")
    assert violations(page) == []


def test_the_year_that_is_looked_at_is_saved_with_the_variant(desk: Page) -> None:
    page = desk
    page.get_by_label("Die Variante ansehen").select_option("20")
    saved(page, 3)
    expect(page.get_by_role("region", name="Wie der Baum wächst").locator("tr[aria-current]")).to_contain_text(
        "in 20 Jahren"
    )
    page.reload()
    expect(page.get_by_label("Die Variante ansehen")).to_have_value("20")
    saved(page, 3)


def test_a_tree_kept_in_shape_and_a_species_nobody_measured_stay_as_they_are(desk: Page) -> None:
    page = desk
    growth = page.get_by_role("region", name="Wie der Baum wächst")
    page.get_by_label("Wird geschnitten und bleibt so groß").press("Space")
    expect(growth).to_contain_text("Der Baum bleibt, wie er gepflanzt ist.")
    saved(page, 4)
    page.get_by_label("Wird geschnitten und bleibt so groß").press("Space")
    expect(growth.get_by_role("row", name="in 20 Jahren")).to_be_visible()
    saved(page, 5)
    page.get_by_label("Art", exact=True).select_option("Stieleiche")
    expect(growth).to_contain_text("Quercus rubra")
    saved(page, 6)
