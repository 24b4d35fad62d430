"""Whoever opens the demo chooses as whom to look around: a tenant writes, a lead finds the desk inhabited."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.demo.examples import COMPUTED
from tests.journeys.conftest import free_port, served
from tests.journeys.test_accessibility import violations


@pytest.fixture(scope="module")
def demo(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the demo over a district of Köln and Dorsten."""
    own = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(home, own)
    # what is computed beside the server is tested elsewhere
    (own / "tenants" / "dorsten" / COMPUTED).touch()
    port = free_port()
    with served(own, port, "demo", "--town", "koeln", "--town", "dorsten"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def start(browser: Browser, demo: str) -> Iterator[Page]:
    context = browser.new_context(
        base_url=demo, locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/")
    yield page
    context.close()
    assert errors == []


def test_one_key_leads_to_the_desk_of_the_lead(start: Page) -> None:
    expect(start.get_by_role("heading", name="Als wen möchten Sie sich umsehen?")).to_be_visible()
    assert violations(start) == []
    start.get_by_role("button", name=re.compile("^Leitung")).press("Enter")
    first = start.get_by_role("list").get_by_role("link", name=re.compile("Schadenmeldung|Haustier")).first
    expect(first).to_contain_text("Gasgeruch")
    expect(first).to_contain_text("Lebensgefahr")
    expect(start.get_by_role("link", name=re.compile("Heizung"))).to_contain_text("3 Meldungen")


def test_a_reported_flush_is_offered_three_times_without_anybody_at_the_firm(start: Page) -> None:
    start.get_by_role("button", name=re.compile("^Mieterin")).click()
    start.get_by_role("textbox", name="Nachricht").fill("Meine WC-Spülung läuft ständig, Kalkweg 5.")
    start.keyboard.press("Enter")
    start.get_by_role("button", name="Nein, keine Gefahr").click()
    start.get_by_role("button", name="Ja", exact=True).click()
    start.get_by_role("button", name="Ja, stimmt").click()
    expect(start.get_by_role("radio").nth(2)).to_be_visible()


def test_the_planner_finds_two_variants_and_the_draft_of_a_decision(start: Page) -> None:
    start.get_by_role("button", name=re.compile("^Planung")).click()
    expect(start.get_by_role("columnheader", name=re.compile("Zwei Häuser"))).to_be_attached()
    start.get_by_role("button", name="Beschlüsse").or_(start.get_by_role("link", name="Beschlüsse")).first.click()
    expect(start.get_by_text("Wohnen am Wald").first).to_be_visible()
