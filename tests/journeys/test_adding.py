"""A building is added by keyboard, a second person accepts it, and only then it stands in the town."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.store import grants, open_tenant, people
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from kastor.web.corrections import OWN
from tests.journeys.test_accessibility import violations
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN, press, tab_to

PEOPLE = {
    "ergaenzung": ("Ada Ergänzung", Role.CARETAKER),
    "pruefung": ("Paul Prüfung", Role.CARETAKER),
    "leitung": ("Lea Leitung", Role.ADMINISTRATION),
}
NAMED = "/api/tenants/koeln/objects?q=stadtteilhaus"


@pytest.fixture(scope="module")
def staff(home: Path) -> Iterator[None]:
    """Two people who care for the data of Köln, and the administration; rule and new objects end with the tests."""
    instance = open_instance(home)
    for login, (name, role) in PEOPLE.items():
        with instance.write("The person cannot be made") as connection:
            person = people.create(connection, login, name)
            people.set_password(connection, person.id, PASSWORD)
        with open_tenant(home, "koeln") as twin:
            grants.grant(instance, twin.database, person.id, role, "works here")
    instance.close()
    yield
    with open_tenant(home, "koeln") as twin:
        twin.set_four_eyes_everywhere(False, "")
        if OWN.id in {dataset.id for dataset in twin.datasets()}:
            twin.end_dataset(OWN.id)


def as_person(page: Page, login: str) -> None:
    page.context.clear_cookies()
    page.goto("/")
    assert page.evaluate(SIGN_IN, [login, PASSWORD]) == 200


def type_into(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def found(page: Page) -> list[dict[str, object]]:
    """What somebody not signed in finds of the new building."""
    text = page.evaluate("path => fetch(path, {credentials: 'omit'}).then(answer => answer.text())", NAMED)
    rows: list[dict[str, object]] = json.loads(text)["items"]
    return rows


def test_a_building_is_added_by_keyboard_and_stands_after_a_second_person_agreed(page: Page, staff: None) -> None:
    as_person(page, "leitung")
    page.goto("/koeln/berichtigungen")
    press(page, "Vier Augen")
    tab_to(page, "Für alle Datensätze")
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text="Vier Augen gilt.")).to_be_attached()
    assert violations(page) == []

    as_person(page, "ergaenzung")
    page.goto("/koeln")
    expect(page.get_by_role("button", name="Objekt hinzufügen")).to_be_enabled(timeout=120_000)
    press(page, "Objekt hinzufügen")
    expect(page.get_by_role("heading", name="Objekt hinzufügen")).to_be_visible()
    press(page, "Vorschlagen")
    expect(page.get_by_role("alert")).to_contain_text("Der Grundriss fehlt noch")
    tab_to(page, "Länge", backwards=True)
    page.keyboard.type("24,5")
    type_into(page, "Breite", "11")
    type_into(page, "Drehung zu Nord", "65")
    type_into(page, "Name", "Stadtteilhaus")
    expect(page.get_by_text(re.compile(r"^2(69|70) m²$"))).to_be_visible()
    type_into(page, "Geschosse", "4")
    type_into(page, "Grund oder Quelle", "Bauantrag 12/2026")
    assert violations(page) == []
    press(page, "Vorschlagen")
    expect(page.get_by_role("status").filter(has_text="Eine zweite Person entscheidet")).to_be_attached()
    assert found(page) == []

    page.goto("/koeln/berichtigungen")
    expect(page.get_by_role("heading", name="Stadtteilhaus")).to_be_visible()
    expect(page.get_by_text("Ihr eigener Vorschlag")).to_be_visible()
    expect(page.get_by_role("button", name="Annehmen")).to_have_count(0)

    as_person(page, "pruefung")
    page.goto("/koeln/berichtigungen")
    expect(page.get_by_role("heading", name="Stadtteilhaus")).to_be_visible()
    expect(page.get_by_text("269,5 m²")).to_be_visible()
    assert violations(page) == []
    press(page, "Ablehnen")
    expect(page.get_by_role("alert")).to_contain_text("begründen")
    tab_to(page, "Begründung der Entscheidung", backwards=True)
    page.keyboard.type("Vor Ort gesehen")
    press(page, "Annehmen")
    expect(page.get_by_text("Keine Vorschläge")).to_be_visible()
    (row,) = found(page)
    assert (row["storeys"], row["height"], row["dataset"]) == (4, 12.0, "ergaenzungen")
    path = f"/ogc/koeln/collections/buildings/items/{row['id']}?f=json"
    feature = json.loads(page.evaluate("path => fetch(path).then(answer => answer.text())", path))
    assert feature["properties"]["storeys"] == 4
    export = page.evaluate(
        "path => fetch(path).then(answer => answer.text())",
        "/api/tenants/koeln/datasets/ergaenzungen/download.geojson",
    )
    assert "Stadtteilhaus" in export

    press(page, "Verlauf")
    expect(page.get_by_role("row").filter(has_text="Stadtteilhaus").first).to_contain_text("Ada Ergänzung")
    assert violations(page) == []


def test_who_may_only_look_is_asked_to_sign_in(page: Page) -> None:
    page.goto("/koeln/berichtigungen")
    expect(page.get_by_role("heading", name="Anmelden").first).to_be_visible()
    expect(page.get_by_role("heading", name="Berichtigungen")).to_have_count(0)


def test_a_phone_shows_corrections_without_scrolling_sideways(browser: Browser, address: str, staff: None) -> None:
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    as_person(page, "leitung")
    page.goto("/koeln/berichtigungen")
    for part in ("Verlauf", "Vier Augen", "Vorschläge"):
        page.get_by_role("button", name=part, exact=True).click()
        page.wait_for_timeout(400)
        assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0, part
        assert violations(page) == []
    context.close()
