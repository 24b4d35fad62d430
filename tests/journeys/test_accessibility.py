"""Every page passes axe in every theme, works by keyboard alone and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PROJECT, wait_for_scene

AXE = PROJECT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
AREA = "364130,5650010;364480,5650025;364610,5650230;364520,5650470;364260,5650390;364090,5650180"
PAGES = ["/", "/koeln", "/koeln/liste", "/koeln/daten", "/koeln/planen?process=rain", f"/koeln/quartier?area={AREA}"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, script: Path = AXE) -> list[str]:
    """What axe finds on a page: rule, and where."""
    # evaluated, not inserted, because the page lets no foreign script in
    page.evaluate(script.read_text())
    found: list[str] = []
    # what is just being switched or faded in is judged once it stands still
    for _ in range(3):
        found = _found(page)
        if not found:
            break
        page.wait_for_timeout(700)
    return found


def _found(page: Page) -> list[str]:
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    nodes = [(v["id"], node) for v in found["violations"] for node in v["nodes"]]
    return [f"{rule}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}" for rule, node in nodes]


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_any_theme(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    if path == "/koeln":
        expect(page.locator("canvas").first).to_be_visible()
    for look in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "light", "contrast": "more"}):
        page.emulate_media(**look)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        assert violations(page) == [], look


def test_axe_finds_nothing_beside_a_selected_building(page: Page) -> None:
    page.goto("/koeln")
    page.get_by_role("combobox", name=re.compile("suchen")).fill("Diepeschrather Straße 55")
    page.locator("[role=listbox] [role=option]").first.click()
    expect(page.get_by_text("Woher wir das wissen")).to_be_visible()
    assert violations(page) == []


def test_the_keyboard_alone_finds_a_building_and_reads_it(page: Page) -> None:
    page.goto("/koeln")
    expect(page.get_by_role("combobox").first).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement?.getAttribute('role') === 'combobox'"):
            break
    page.keyboard.type("Diepeschrather Str. 55")
    expect(page.locator("[role=listbox] [role=option]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Woher wir das wissen")).to_be_visible()


def test_the_keyboard_moves_the_camera(page: Page) -> None:
    page.goto("/koeln")
    wait_for_scene(page)
    page.locator("canvas").first.focus()
    before = page.url
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(page).not_to_have_url(before)


def test_the_list_works_by_keyboard(page: Page) -> None:
    page.goto("/koeln/liste")
    expect(page.get_by_role("row").nth(3)).to_be_visible()
    page.get_by_role("row").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("canvas").first).to_be_visible()


def test_a_phone_shows_the_scene_and_a_sheet(browser: Browser, address: str) -> None:
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto("/koeln?object=DENW37AL1000vEnZ")
    expect(page.locator("canvas").first).to_be_visible()
    overflow = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert violations(page) == []
    context.close()


@pytest.mark.parametrize(("locale", "word"), [("de-DE", "Ebenen"), ("en-GB", "Layers")])
def test_the_page_speaks_the_language_of_the_reader(browser: Browser, address: str, locale: str, word: str) -> None:
    context = browser.new_context(base_url=address, locale=locale, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/koeln")
    expect(page.get_by_text(word, exact=True).first).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == locale[:2]
    context.close()
