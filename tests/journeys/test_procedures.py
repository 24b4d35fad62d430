"""Somebody changes a rule, sees what it does to past cases and signs; a second person releases it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.cases import casework
from kastor.cases.procedure import shipped
from kastor.city.sample import CRS, four_houses
from kastor.store import Dataset, create_tenant, grants, open_tenant, people, sessions
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.test_accessibility import violations
from tests.web.test_desk import opened
from tests.web.test_procedures import CATS

TOWN = "regelstadt"


@pytest.fixture(scope="module")
def town(home: Path) -> str:
    """A small town in which three pets were asked for: two cats twice, one cat once."""
    with (
        create_tenant(home, TOWN, "Regelstadt", CRS) as twin,
        twin.load(Dataset("houses", "Häuser")) as loading,
    ):
        loading.put("houses", four_houses())
        loading.finish({"source": "houses", "findings": []})
    with open_tenant(home, TOWN) as twin:
        for number, count in enumerate((2, 2, 1), 1):
            opened(twin, {**CATS, "anzahl": count}, number)
    return TOWN


@contextmanager
def signed_in(browser: Browser, home: Path, address: str, login: str) -> Iterator[Page]:
    """A page of somebody who leads those who work on cases."""
    instance = open_instance(home)
    try:
        with instance.write("test") as connection:
            somebody = people.create(connection, login, login.title())
            secret = sessions.invite(connection, somebody.id, sessions.SIGN_IN, 1)
        with open_tenant(home, TOWN) as twin:
            grants.grant(instance, twin.database, somebody.id, Role.CASE_LEAD, "für die Prüfung")
    finally:
        instance.close()
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    answer = page.request.post("/api/session/link", data={"link": secret}, headers={"Origin": address})
    assert answer.ok, answer.text()
    yield page
    context.close()
    assert errors == []


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button by keyboard."""
    button = page.get_by_role("button", name=name, exact=isinstance(name, str))
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")


def test_a_rule_is_changed_tried_on_past_cases_and_released_by_a_second_person(
    browser: Browser, home: Path, address: str, town: str
) -> None:
    with signed_in(browser, home, address, "erste") as page:
        page.goto(f"/{town}/anliegen?case=verfahren")
        press(page, re.compile("^Haustiergenehmigung"))
        expect(page.get_by_text("Anzahl: höchstens 2")).to_be_visible()
        assert violations(page) == []
        press(page, "Regel 11 ändern")
        expect(page.get_by_label("Wenn Anzahl", exact=True)).to_have_value("<=")
        expect(page.get_by_label("Katze", exact=True)).to_be_checked()
        press(page, "FEEL: Anzahl als Ausdruck schreiben")
        page.get_by_label("Wenn Anzahl", exact=True).focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("<= eins (")
        page.keyboard.press("Tab")
        press(page, "Prüfen")
        expect(page.get_by_text("ist nicht lesbar")).to_contain_text("Regel 11 (entscheidung_r11), Spalte 'Anzahl'")
        page.get_by_label("Wenn Anzahl", exact=True).fill("<= 3")
        page.keyboard.press("Tab")
        press(page, "FEEL: Anzahl als Ausdruck schreiben")
        page.get_by_label("Anzahl: Zahl", exact=True).fill("1")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Regel 11, Anzahl: höchstens 1")).to_be_visible()
        press(page, "Prüfen")
        expect(page.get_by_text("Durchdachte Fälle, die anders ausgehen: 1")).to_be_visible()
        assert violations(page) == []
        press(page, "Neuer Ausgang ist richtig: h011")
        expect(page.get_by_text("Geprüft: nichts zu beanstanden").first).to_be_visible()
        page.get_by_label("Was ändern Sie, und warum?").fill("Nur noch eine Katze ohne Rückfrage")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Entwurf", exact=True)).to_be_visible()
        press(page, "Wirkung auf frühere Fälle")
        expect(page.get_by_text("2 von 3 früheren Fällen gingen anders aus.").first).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="-0001")).to_contain_text("An Sachbearbeitung vorgelegt")
        assert violations(page) == []
        press(page, "Unterschreiben")
        expect(page.get_by_text("Nun gibt eine zweite Person frei").first).to_be_visible()
        expect(page.get_by_role("button", name="Freigeben")).to_have_count(0)
        draft = page.url
    with signed_in(browser, home, address, "zweite") as page:
        page.goto(draft)
        press(page, "Fassungen")
        expect(page.get_by_text("rules.dmn · entscheidung, 11 · Anzahl")).to_be_visible()
        press(page, "Freigeben (zweite Person)")
        expect(page.get_by_text("In Kraft", exact=True)).to_be_visible()
        press(page, "Experten")
        page.get_by_label("Regel Nummer").select_option("11")
        page.get_by_label("Spalte").select_option("Anzahl")
        expect(page.get_by_label("Bedingung", exact=True)).to_have_value("<= 1")
        page.get_by_label("Anzahl", exact=True).fill("2")
        press(page, "Ausprobieren")
        expect(page.get_by_text("Kollege: trifft nicht zu. Browser: trifft nicht zu.")).to_be_visible()
        press(page, "Experten: BPMN")
        expect(page.locator(".bjs-powered-by")).to_be_visible()
        press(page, "Experten: DMN")
        expect(page.locator(".dmn-drd-container, .dmn-decision-table-container").first).to_be_visible()
        expect(page.locator("[class*=powered-by]").first).to_be_visible()
    with open_tenant(home, town) as twin:
        new = casework.read_state(twin.database, opened(twin, CATS, 4))
    assert new["evaluation"]["outcome"] == "vorlage"
    assert new["procedure"]["version"] != shipped()["haustier"].version
