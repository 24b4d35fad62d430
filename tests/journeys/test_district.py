"""A district is typed by keyboard, read in figures, compared and taken away."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

CORNERS = ("364130 5650010", "364480 5650025", "364610 5650230", "364520 5650470", "364260 5650390", "364090 5650180")


def test_an_area_is_typed_read_and_downloaded_by_keyboard(page: Page) -> None:
    page.goto("/koeln")
    page.get_by_role("link", name="Quartier").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quartier", level=1)).to_be_visible()
    page.get_by_role("button", name="Koordinaten").focus()
    page.keyboard.press("Enter")
    page.get_by_label(re.compile("Ecken, je Zeile")).focus()
    for corner in CORNERS:
        page.keyboard.type(corner)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Auswerten").focus()
    page.keyboard.press("Enter")
    buildings = page.get_by_role("row").filter(has=page.get_by_role("button", name="Gebäude", exact=True))
    expect(buildings).to_contain_text("110")
    floor = page.get_by_role("button", name="Geschossfläche", exact=True)
    floor.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ersetzt keine Berechnung nach BauNVO")).to_be_visible()
    expect(page.get_by_text("3D-Gebäudemodell LoD2").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").focus()
        page.keyboard.press("Enter")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    # whoever gets the link sees the same
    page.goto(page.url)
    expect(buildings).to_contain_text("110")


def test_a_second_area_stands_beside_the_first(page: Page) -> None:
    page.goto("/koeln/quartier?area=364395,5650120~200")
    expect(page.get_by_role("button", name="Dachformen")).to_have_count(0)
    page.get_by_role("button", name="Zweites Gebiet daneben").click()
    page.get_by_role("button", name="Umkreis").click()
    page.get_by_label(re.compile("Adresse, Name")).fill("Diepeschrather Straße 55")
    page.get_by_label(re.compile("Umkreis in Metern")).fill("100")
    page.get_by_role("button", name="Auswerten").click()
    size = page.get_by_role("row").filter(has=page.get_by_role("button", name="Fläche", exact=True))
    expect(size).to_contain_text("12,6 ha")
    expect(size).to_contain_text("3,1 ha")


def test_three_corners_are_drawn_on_the_map(page: Page) -> None:
    page.goto("/koeln/quartier")
    picture = page.get_by_role("img", name="Karte des Gebiets")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    for x, y in ((0.2, 0.2), (0.8, 0.25), (0.5, 0.8)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.get_by_role("button", name="Auswerten").click()
    expect(page.get_by_role("button", name="Fläche", exact=True)).to_be_visible()


def test_what_is_no_area_is_said(page: Page) -> None:
    page.goto("/koeln/quartier")
    page.get_by_role("button", name="Koordinaten").click()
    page.get_by_label(re.compile("Ecken, je Zeile")).fill("1 2")
    page.get_by_role("button", name="Auswerten").click()
    expect(page.get_by_role("alert")).to_contain_text("mindestens drei Zeilen")
