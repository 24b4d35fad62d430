"""A table by district is looked at, sorted and followed into the district analysis, by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kastor.city.sample import CRS, flat_ground, four_houses
from kastor.loading import load
from kastor.store import Dataset, create_tenant
from tests.journeys.test_accessibility import violations
from tests.loading.test_statistics import TABLE, districts_file


@pytest.fixture(scope="module")
def town(home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small town with districts and a table of made-up numbers."""
    folder = tmp_path_factory.mktemp("statistics")
    with create_tenant(home, "tafelstadt", "Tafelstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as loading:
            loading.put("houses", four_houses())
            loading.put_terrain("ground", flat_ground())
            loading.finish({"source": "houses", "findings": []})
        areas = districts_file(folder, Westend=(0, 0, 25, 50), Ostend=(25, 0, 50, 50), Hafen=(50, 0, 60, 50))
        load(twin, [areas], Dataset("stadtteile", "Stadtteile"))
        load(twin, [TABLE], Dataset("einwohner", "Erfundene Einwohner"))
    return "/tafelstadt"


def test_a_table_is_read_on_a_map_and_in_rows_by_keyboard(page: Page, town: str) -> None:
    page.goto(f"{town}/daten?source=einwohner")
    expect(page.get_by_role("heading", name="Zahlen nach Gebieten")).to_be_visible()
    expect(page.get_by_role("img", name="Karte: Einwohner männlich, 31.12.2023")).to_be_visible()
    rows = page.get_by_role("region", name="Zahlen nach Gebieten").get_by_role("row")
    expect(rows.filter(has_text="Westend")).to_contain_text("1.030")
    expect(rows.filter(has_text="Nordend")).to_contain_text("passt zu keinem Gebiet")
    # sorted by number, the greatest first
    order = page.get_by_role("button", name="31.12.2023")
    order.focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_contain_text("Stadt insgesamt")
    page.get_by_label("Zahl", exact=True).select_option("Einwohner weiblich")
    expect(rows.filter(has_text="Ostend")).to_contain_text(".")
    page.get_by_label("Zeitraum").select_option(label="31.12.2022")
    expect(rows.filter(has_text="Ostend")).to_contain_text("510")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tabelle (CSV)").focus()
        page.keyboard.press("Enter")
    assert "Stadtteil Westend" in download.value.path().read_text("utf-8-sig")
    # from the area to everything that is known about it
    page.get_by_role("link", name="Westend").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Menschen und Statistik")).to_be_visible()
    people = page.get_by_role("row").filter(has=page.get_by_role("button", name=re.compile("Einwohner männlich")))
    expect(people).to_contain_text("1.030")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_beside_a_table(page: Page, town: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{town}/daten?source=einwohner")
    expect(page.get_by_role("img", name=re.compile("Karte: Einwohner"))).to_be_visible()
    assert violations(page) == []


def test_a_drawn_part_of_a_district_says_what_is_estimated(page: Page, town: str) -> None:
    corners = "355999,5654999;356020,5654999;356020,5655025;355999,5655025"
    page.goto(f"{town}/quartier?area={corners}")
    people = page.get_by_role("row").filter(has=page.get_by_role("button", name=re.compile("Einwohner männlich")))
    expect(people).to_contain_text("100 % geschätzt")
    page.get_by_role("button", name=re.compile("Einwohner männlich")).click()
    expect(page.get_by_text(re.compile("auf das Gebiet umgerechnet")).first).to_be_visible()
    assert violations(page) == []


def test_a_table_fits_on_a_phone(page: Page, town: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{town}/daten?source=einwohner")
    expect(page.get_by_role("img", name=re.compile("Karte: Einwohner"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
