"""Journey 2: a planner draws a basin and a levee, lets it pour, watches the water and takes the report away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.store import grants, open_tenant, people, results
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.conftest import wait_for_scene
from tests.journeys.test_accessibility import violations
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN, press, tab_to

LOGIN = "planung"
RESULTS = "/api/tenants/dorsten/results"
VIEW = "view=360560,5721600,40,20,40,420"
MIDDLE = "360520, 5721620"
BASIN = "360500 5721560\n360540 5721560\n360540 5721590\n360500 5721590"
LEVEE = "360480 5721640\n360560 5721645"
LONG = 400_000
"""How long a run may take on a busy machine; the first one compiles. [ms]"""


@pytest.fixture(scope="module")
def planner(home: Path) -> Iterator[None]:
    """Somebody who plans in Dorsten; what was computed is gone afterwards."""
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, LOGIN, "Petra Planung")
        people.set_password(connection, person.id, PASSWORD)
    with open_tenant(home, "dorsten") as twin:
        grants.grant(instance, twin.database, person.id, Role.PLANNER, "plans here")
        before = {kept.id for kept in results.results_of(twin.database)}
    yield
    with open_tenant(home, "dorsten") as twin:
        for kept in results.results_of(twin.database):
            if kept.id not in before:
                results.remove(twin, kept.id, person.id)
        grants.withdraw(instance, twin.database, person.id, Role.PLANNER, "the test is over")
    instance.close()


@pytest.fixture
def signed_in(page: Page, planner: None) -> Page:
    """A page of the planner."""
    page.goto("/")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    return page


def type_points(page: Page, points: str) -> None:
    """Type the points of a measure, where the keyboard is already in the form."""
    tab_to(page, "Punkte, je Zeile")
    page.keyboard.insert_text(points)


def result_id(page: Page) -> str:
    """Of the result the address names."""
    named = re.compile(r"[?&]result=([0-9a-f]+)")
    expect(page).to_have_url(named)
    found = named.search(page.url)
    assert found is not None, page.url
    return found[1]


def document(page: Page, result: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(
        page.evaluate("path => fetch(path).then(answer => answer.text())", f"{RESULTS}/{result}")
    )
    return answer


def test_a_planner_draws_a_basin_and_a_levee_and_reads_by_keyboard_whom_the_rain_reaches(signed_in: Page) -> None:
    page = signed_in
    page.goto(f"/dorsten?{VIEW}")
    press(page, "Planen")
    expect(page.get_by_role("heading", name="Planen", level=1)).to_be_visible()
    assert violations(page) == []
    press(page, "Starkregen")
    expect(page.get_by_role("heading", name="Starkregen", level=1)).to_be_visible()
    expect(page.get_by_text("mm in 1 h").first).to_be_visible()

    press(page, "Gebiet")
    page.get_by_role("radio", name="Umkreis").focus()
    page.keyboard.press("Space")
    tab_to(page, "Adresse, Name oder Ost,Nord")
    page.keyboard.type(MIDDLE)
    tab_to(page, "Umkreis")
    page.keyboard.press("Control+A")
    page.keyboard.type("100")
    press(page, "Weitere Einstellungen")
    page.get_by_role("radio", name="4 m").focus()
    page.keyboard.press("Space")
    press(page, "Punkt hinzufügen")
    for name, value in (("Ost", "360520"), ("Nord", "5721575")):
        tab_to(page, name)
        page.keyboard.type(value)
    press(page, "Übernehmen")
    expect(page.get_by_text("Punkt 1 360.520 · 5.721.575")).to_be_visible()
    assert violations(page) == []

    press(page, "Maßnahme planen")
    expect(page.get_by_role("heading", name="Maßnahme planen", level=1)).to_be_visible()
    press(page, "Maßnahme übernehmen")
    expect(page.get_by_role("alert")).to_contain_text("Der Umriss des Beckens fehlt noch")
    press(page, "Koordinaten eintippen")
    type_points(page, BASIN)
    press(page, "Punkte übernehmen")
    expect(page.get_by_text("1.200 m²")).to_be_visible()
    assert violations(page) == []
    press(page, "Maßnahme übernehmen")
    press(page, "Maßnahme planen")
    page.get_by_role("radio", name="Damm oder Mauer").focus()
    page.keyboard.press("Space")
    type_points(page, LEVEE)
    press(page, "Maßnahme übernehmen")
    expect(page.get_by_text("Bestand und 2 Maßnahmen")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Bestand und 2 Maßnahmen")).to_be_visible()

    press(page, "Berechnen")
    # a machine that computes this faster than the page asks shows neither progress nor preview
    expect(
        page.get_by_role("progressbar", name="Berechnung").or_(page.get_by_text("aktuell", exact=True)).first
    ).to_be_visible()
    there = page.get_by_text("Vorschau", exact=True).or_(page.get_by_text("aktuell", exact=True))
    expect(there.first).to_be_visible(timeout=LONG)
    # a run is not lost with the page
    page.reload()
    expect(page.get_by_text("aktuell", exact=True)).to_be_visible(timeout=LONG)
    found = document(page, result_id(page))
    assert [edit["kind"] for edit in found["inputs"]["edits"]] == ["basin", "levee"]  # type: ignore[index]
    assert found["account"]["water_missing"] == 0  # type: ignore[index]
    expect(page.get_by_text("Wen trifft es?")).to_be_visible()
    expect(page.get_by_role("img", name="Wassertiefe am Punkt 1")).to_be_visible()
    assert violations(page) == []

    time = page.get_by_role("slider", name="Zeit seit Regenbeginn")
    time.focus()
    page.keyboard.press("Home")
    expect(time).to_have_attribute("aria-valuetext", "0 min")
    page.keyboard.press("PageUp")
    expect(page).to_have_url(re.compile(r"raster=course&time=[1-9]"))
    press(page, "Koordinaten eintippen")
    tab_to(page, "Ort: Ost, Nord")
    page.keyboard.type("360520, 5721575")
    press(page, "Zeigen")
    expect(page.get_by_text(re.compile("Höchster Stand .* nach")).first).to_be_visible()
    press(page, "Formeln, Eingaben und Prüfwerte")
    expect(page.get_by_text("Flachwassergleichungen")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")

    with page.expect_download() as download:
        press(page, "Bericht laden")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    # whoever gets the link sees the same
    page.goto(page.url)
    expect(page.get_by_text("Wen trifft es?")).to_be_visible()
    expect(page.get_by_text("Rückhaltebecken").first).to_be_visible()


def test_a_run_can_be_cancelled_and_a_wrong_value_is_told_at_its_field(signed_in: Page) -> None:
    page = signed_in
    page.goto(f"/dorsten/planen?process=rain&{VIEW}")
    page.get_by_role("radio", name="Eigener Regen").check()
    amount = page.get_by_role("textbox", name="Regenmenge")
    amount.fill("5000")
    amount.blur()
    expect(page.get_by_role("alert").filter(has_text="0 bis 1.000")).to_be_visible()
    expect(page.get_by_role("button", name="Berechnen")).to_be_disabled()
    amount.fill("80")
    amount.blur()
    page.get_by_text("Verlauf als Tabelle").click()
    page.get_by_role("button", name="Zeile", exact=True).click()
    paste = "text => navigator.clipboard.writeText(text)"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(paste, "bis;mm\n30;20,5\n60;4,5")
    page.get_by_role("textbox", name="bis Minute, Zeile 1").press("Control+V")
    expect(page.get_by_text("25,0 mm in 60 min")).to_be_visible()
    page.get_by_role("button", name="Berechnen").click()
    page.get_by_role("button", name="Abbrechen").click()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_role("button", name="Berechnen")).to_be_enabled()


def test_who_may_not_plan_reads_public_results_and_is_asked_to_sign_in(page: Page) -> None:
    page.goto("/dorsten/planen")
    expect(page.get_by_text("Noch kein öffentliches Ergebnis.")).to_be_visible()
    page.get_by_role("link", name="Starkregen").click()
    expect(page.get_by_text("Zum Rechnen melden Sie sich an")).to_be_visible()
    expect(page.get_by_role("button", name="Berechnen")).to_have_count(0)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_form_and_scene_without_scrolling_sideways(
    browser: Browser, address: str, planner: None, theme: str
) -> None:
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        color_scheme=theme,  # type: ignore[arg-type]
    )  # fmt: skip
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    page.goto(f"/dorsten/planen?process=rain&{VIEW}")
    expect(page.get_by_role("heading", name="Starkregen", level=1)).to_be_visible()
    wait_for_scene(page)
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations(page) == []
    context.close()
