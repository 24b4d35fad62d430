"""Journey 1: a district stands in 3D, a building is picked, read, found again, shared and printed."""

from __future__ import annotations

import re
from contextlib import suppress

from playwright.sync_api import Page, TimeoutError, expect

from tests.journeys.conftest import wait_for_scene

TOWER = "Diepeschrather Str. 55"


def later(page: Page) -> None:
    """Put the welcome aside."""
    page.get_by_role("button", name="Später").click()


def test_the_towns_are_offered_with_what_they_show(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Städte in 3D")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Köln"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Dorsten"))).to_be_visible()


def test_a_building_is_picked_in_the_scene(page: Page) -> None:
    page.goto("/koeln")
    wait_for_scene(page)
    later(page)
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    for share in (0.45, 0.5, 0.4, 0.55, 0.35):
        page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * share)
        with suppress(TimeoutError):
            page.wait_for_url(re.compile("object="), timeout=10_000)
            break
    expect(page.get_by_text("Woher wir das wissen")).to_be_visible()
    expect(page.get_by_text("Geobasis NRW").first).to_be_visible()
    expect(page.locator("h1, h2").filter(has_text=re.compile(r"\d")).first).to_be_visible()


def test_a_building_is_found_read_shared_and_found_again(page: Page) -> None:
    page.goto("/koeln")
    later(page)
    search = page.get_by_role("combobox", name=re.compile("suchen"))
    search.fill("Diepeschrather Straße 55")
    page.locator("[role=listbox] [role=option]").first.click()
    expect(page.get_by_role("heading", name=TOWER)).to_be_visible()
    panel = page.get_by_role("region", name="Ausgewähltes Objekt")
    for fact in ("23,2 m", "Flachdach", "Datenlizenz Deutschland Zero 2.0", "3D-Gebäudemodell LoD2, Geobasis NRW"):
        expect(panel).to_contain_text(fact)
    expect(page.get_by_text("In Kastor übernommen")).to_be_visible()
    link = page.url
    assert "DENW37AL1000vEnZ" in link
    page.get_by_role("button", name="Link teilen").first.click()
    expect(page.get_by_role("textbox", name="Link")).to_have_value(re.compile("DENW37AL1000vEnZ"))
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("heading", name=TOWER)).to_be_visible()


def test_the_list_shows_the_same_and_leads_back(page: Page) -> None:
    page.goto("/koeln/liste")
    expect(page.get_by_role("heading", name="Gebäude", level=1)).to_be_visible()
    expect(page.get_by_role("row").nth(5)).to_be_visible()
    page.get_by_role("button", name=re.compile("Höhe in m")).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("34,1")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).click()
    assert download.value.suggested_filename == "koeln-building.csv"
    page.get_by_role("button", name="In 3D zeigen").first.click()
    expect(page.locator("canvas").first).to_be_visible()
    expect(page.get_by_text("Woher wir das wissen")).to_be_visible()


def test_a_sheet_is_printed_with_legend_scale_and_source(page: Page) -> None:
    page.goto("/koeln")
    wait_for_scene(page)
    later(page)
    page.get_by_role("button", name="Drucken").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile("Maßstab"))).to_be_visible(timeout=120_000)
    expect(dialog.get_by_text(re.compile("Geobasis NRW"))).to_be_visible()


def test_the_sun_moves_and_the_link_remembers_it(page: Page) -> None:
    page.goto("/koeln")
    later(page)
    slider = page.get_by_role("slider", name="Uhrzeit")
    minutes = int(slider.input_value())
    for step in (5, 10):
        slider.press("ArrowRight")
        expect(slider).to_have_value(str(minutes + step))
    clock = "{:02}:{:02}".format(*divmod(minutes + 10, 60))
    # the address follows within a moment, not with each step
    expect(page).to_have_url(re.compile(rf"[?&]sun=[-\d]+T{clock}"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(slider).to_have_attribute("aria-valuetext", f"{clock} Uhr")


def test_without_3d_there_is_a_map_and_the_list(page: Page) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto("/koeln")
    expect(page.get_by_text("Karte statt 3D-Szene")).to_be_visible()
