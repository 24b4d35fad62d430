"""A planner sets a building into a plan, reads what breaks it, takes a step back, and finds it all after a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.loading import load
from kastor.store import Dataset, grants, open_tenant, people, variants
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.test_accessibility import violations
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN
from tests.loading.test_plans import PLAN

LOGIN, CITIZEN = "entwurf", "buergerin"
EAST, NORTH = 360540.0, 5721560.0
"""Where the small plan is laid in Dorsten; its buildable area is 45 m by 45 m, 5 m east and 25 m north of it. [m]"""
OTHER = """async () => {
    const at = location.pathname.split("/")[1], id = new URLSearchParams(location.search).get("variant");
    const path = `/api/tenants/${at}/variants/${id}`;
    const { edits, revision } = await (await fetch(path)).json();
    edits[0].name = "Haus der anderen";
    const headers = { "Content-Type": "application/json", "If-Match": `"${revision}"` };
    return (await fetch(`${path}/edits`, { method: "PUT", headers, body: JSON.stringify({ edits }) })).status;
}"""
"""Somebody else saves another name for the first building."""


def moved(plan: str) -> str:
    """The small plan, laid into Dorsten."""

    def place(found: re.Match[str]) -> str:
        value = float(found[0])
        return f"{value - 365000 + EAST if value < 1e6 else value - 5723000 + NORTH:.3f}"

    return re.sub(r"\b(36[45]\d{3}|572[234]\d{3})(\.\d+)?\b", place, plan)


@pytest.fixture(scope="module")
def planner(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Somebody who plans in Dorsten, where a plan holds; both are gone afterwards."""
    file = tmp_path_factory.mktemp("plan") / "am_muehlbach.gml"
    file.write_text(moved(PLAN.read_text(encoding="utf-8")), encoding="utf-8")
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, LOGIN, "Emil Entwurf")
        people.set_password(connection, person.id, PASSWORD)
        people.set_password(connection, people.create(connection, CITIZEN, "Berta Bürgerin").id, PASSWORD)
    with open_tenant(home, "dorsten") as twin:
        grants.grant(instance, twin.database, person.id, Role.PLANNER, "plans here")
        load(twin, [file], Dataset("am-muehlbach", "Am Mühlbach"))
    yield
    with open_tenant(home, "dorsten") as twin:
        for one in variants.all_variants(twin.database):
            variants.remove(twin.database, one.id, person.id)
        twin.end_dataset("am-muehlbach")
        grants.withdraw(instance, twin.database, person.id, Role.PLANNER, "the test is over")
    instance.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str, planner: None) -> Iterator[Page]:
    """One page of the planner for all steps, with the keyboard alone."""
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    page.goto(f"/dorsten/planen?view={EAST + 28},{NORTH + 45},40,20,42,170")
    yield page
    context.close()
    assert errors == []


def type_number(page: Page, label: str, text: str) -> None:
    """Type into a field by its label, and leave it with the Tab key."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def saved(page: Page, revision: int) -> None:
    """Wait until a revision of the variant is saved."""
    expect(page.get_by_role("status").filter(has_text=f"Gespeichert · Stand {revision}")).to_be_visible()


def broken(page: Page) -> list[str]:
    """Rules that are broken, as they are named."""
    return page.locator(".check li.broken b").all_inner_texts()


def test_a_building_of_one_key_breaks_three_rules_and_is_cut_to_the_plan(desk: Page) -> None:
    page = desk
    expect(page.get_by_role("button", name="Gebäude setzen")).to_be_enabled()
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="Gebäude setzen")).to_be_visible()
    type_number(page, "Ost", str(EAST + 27))
    type_number(page, "Nord", str(NORTH + 45))
    page.get_by_role("button", name="Hier setzen").press("Enter")
    expect(page.get_by_role("heading", name="Gebäude 1")).to_be_visible()
    saved(page, 2)
    expect(page.get_by_role("status").filter(has_text="kein Verstoß")).to_be_visible()

    type_number(page, "Länge", "60")
    saved(page, 3)
    type_number(page, "Geschosse", "5")
    saved(page, 4)
    expect(page.get_by_text("4 Verstöße")).to_be_visible()
    type_number(page, "Länge", "48,5")
    saved(page, 5)
    expect(page.get_by_role("status").filter(has_text="3 Verstöße")).to_be_visible()
    assert broken(page) == ["Baugrenze", "Vollgeschosse", "Höhe"]
    expect(page.get_by_text("Sie ersetzt keinen Bescheid der Bauaufsicht")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Auf Plan kürzen").press("Enter")
    expect(page.get_by_role("status").filter(has_text="kein Verstoß")).to_be_visible()
    expect(page.get_by_label("Geschosse", exact=True)).to_have_value("3")
    saved(page, 6)


def test_a_step_is_taken_back_and_made_again_after_a_reload(desk: Page) -> None:
    page = desk
    page.get_by_role("button", name="Rückgängig").press("Enter")
    expect(page.get_by_role("status").filter(has_text="3 Verstöße")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Gebäude 1")).to_be_visible()
    expect(page.get_by_label("Länge", exact=True)).to_have_value("48,50")
    expect(page.get_by_role("status").filter(has_text="3 Verstöße")).to_be_visible()
    page.get_by_role("button", name="Wiederherstellen").press("Enter")
    expect(page.get_by_label("Geschosse", exact=True)).to_have_value("3")


def test_where_two_people_change_the_same_both_sides_are_shown(desk: Page) -> None:
    page = desk
    assert page.evaluate(OTHER) == 200
    type_number(page, "Geschosshöhe", "3,2")
    expect(page.get_by_role("heading", name="Zwei Personen haben dasselbe geändert")).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("Haus der anderen")
    assert violations(page) == []
    page.get_by_role("button", name="Meine behalten").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Gespeichert")).to_be_visible()
    expect(page.get_by_label("Geschosshöhe", exact=True)).to_have_value("3,20")


def test_all_changes_stand_in_a_list_where_they_are_opened_and_removed(desk: Page) -> None:
    page = desk
    page.keyboard.press("b")
    page.get_by_role("button", name="Hier pflanzen").press("Enter")
    page.get_by_role("button", name="Weglegen").press("Enter")
    expect(page.get_by_role("heading", name="Winterlinde")).to_be_visible()
    page.keyboard.press("Escape")
    listed = page.get_by_role("region", name="Änderungen der Variante")
    expect(listed.get_by_role("heading", name="2 Änderungen")).to_be_visible()
    assert violations(page) == []
    listed.get_by_role("button", name="Winterlinde entfernen").press("Enter")
    expect(listed.get_by_role("heading", name="1 Änderung")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Starkregen"))).to_be_visible()


def test_the_variant_stands_beside_today_in_a_table_and_goes_into_a_draft_for_the_council(desk: Page) -> None:
    page = desk
    page.get_by_role("link", name="Vergleichen").press("Enter")
    page.get_by_role("button", name="Nur Tabelle").press("Enter")
    table = page.get_by_role("region", name="Kennzahlen im Vergleich")
    expect(table.get_by_role("columnheader").first).to_have_text("Kennzahl")
    expect(table.get_by_role("columnheader").nth(1)).to_contain_text("Bestand")
    expect(table.get_by_role("columnheader").nth(2)).to_contain_text("Variante A")
    assert violations(page) == []
    table.get_by_role("button", name="Bebaute Fläche").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Noch nicht gerechnet")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Beschlussvorlage erstellen").press("Enter")
    page.get_by_label("Worum geht es?").fill("Wohnen am Mühlbach")
    page.get_by_role("button", name="Entwurf anlegen").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Wohnen am Mühlbach")).to_be_visible()
    paper = page.get_by_role("link", name="Als PDF laden").get_attribute("href")
    assert paper is not None
    answer = page.request.get(paper)
    assert answer.body().startswith(b"%PDF")
    page.request.delete(paper.split("/decision.pdf")[0])


def test_who_only_has_an_account_proposes_and_hands_in(browser: Browser, address: str, planner: None) -> None:
    context = browser.new_context(base_url=address, locale="de-DE", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, [CITIZEN, PASSWORD]) == 200
    page.goto(f"/dorsten/planen?view={EAST + 28},{NORTH + 45},40,20,42,170")
    expect(page.get_by_text("Den Vorschlag sehen erst nur Sie")).to_be_visible()
    page.keyboard.press("b")
    page.get_by_role("button", name="Hier pflanzen").press("Enter")
    saved(page, 2)
    page.get_by_role("button", name="Weglegen").press("Enter")
    page.locator("button.chooser").press("Enter")
    page.get_by_role("button", name="Einreichen").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("öffentlich", exact=True)).to_have_count(0)
    dialog.get_by_text("intern", exact=True).click()
    assert violations(page) == []
    dialog.get_by_role("button").filter(has_text="Übernehmen").or_(dialog.locator("button[type=submit]")).first.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Rückgängig")).to_have_count(0)
    context.close()
