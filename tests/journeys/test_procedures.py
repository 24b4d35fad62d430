"""Somebody changes a rule, sees what it does to past cases and signs; a second person releases it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.cases import casework, versions
from kastor.cases.deciding import decide
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


def test_a_procedure_is_switched_off_and_on_by_keyboard(browser: Browser, home: Path, address: str, town: str) -> None:
    with signed_in(browser, home, address, "schaltende") as page:
        page.goto(f"/{town}/anliegen?case=verfahren:maengel")
        for button, then in (("Nicht mehr anbieten", "Ausgeschaltet: Neue"), ("Wieder anbieten", "Wird auf allen")):
            press(page, button)
            save = page.get_by_role("dialog").get_by_role("button", name="Speichern")
            expect(save).to_be_disabled()
            page.get_by_label("Grund").focus()
            page.keyboard.type("Das macht das Portal der Stadt")
            assert violations(page) == []
            save.press("Enter")
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(page.get_by_text(then)).to_be_visible()


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
        expect(page.get_by_role("row", name="Genehmigt mit Auflagen 3 1 −2")).to_be_visible()
        assert violations(page) == []
        press(page, "Unterschreiben")
        expect(page.get_by_text("Nun gibt eine zweite Person frei").first).to_be_visible()
        expect(page.get_by_role("button", name="Freigeben")).to_have_count(0)
        draft = page.url
    with signed_in(browser, home, address, "zweite") as page:
        page.goto(draft)
        press(page, "Fassungen")
        expect(page.get_by_text("Regeln · entscheidung, 11 · Anzahl")).to_be_visible()
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
        press(page, "In die Änderungen übernehmen")
        press(page, "Experten: DMN")
        expect(page.locator(".dmn-drd-container, .dmn-decision-table-container").first).to_be_visible()
        expect(page.locator("[class*=powered-by]").first).to_be_visible()
        press(page, "In die Änderungen übernehmen")
        expect(page.get_by_text("Änderungen: 2", exact=True)).to_be_visible()
        press(page, "Prüfen")
        expect(page.get_by_text("Geprüft: nichts zu beanstanden").first).to_be_visible()
        page.get_by_label("Was ändern Sie, und warum?").fill("Einmal durch beide Werkzeuge")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Entwurf", exact=True)).to_be_visible()
        press(page, "Fassungen")
        expect(page.get_by_text("Datei geändert")).to_be_visible()
        expect(page.get_by_text("Regeln · ")).to_have_count(0), "the tool for tables changes nothing by itself"
    with open_tenant(home, town) as twin:
        new = casework.read_state(twin.database, opened(twin, CATS, 4))
    assert new["evaluation"]["outcome"] == "vorlage"
    assert new["procedure"]["version"] != shipped()["haustier"].version


def test_a_new_procedure_is_written_merged_with_anothers_draft_and_released(
    browser: Browser, home: Path, address: str, town: str
) -> None:
    with signed_in(browser, home, address, "dritte") as page, signed_in(browser, home, address, "vierte") as other:
        page.goto(f"/{town}/anliegen?case=verfahren")
        begin(page)
        add_a_question(page)
        change_the_rule(page)
        somebody_else_changes_the_reason(other, page.url, town, address)
        keep(page, "Nur für Garagenmieter")
        expect(page.get_by_text("Stellen, die beide geändert haben: 1. Wählen Sie.")).to_be_visible()
        expect(page.get_by_text("Änderungen von Ihnen, die dazu passen: 7")).to_be_visible()
        expect(page.get_by_label("Die andere Fassung: Kein Grund dagegen.")).to_be_visible()
        assert violations(page) == []
        page.get_by_label("Ihre Fassung: Sie haben eine Garage.").focus()
        page.keyboard.press("Space")
        press(page, "Zusammenführen")
        expect(page.get_by_text("Änderungen: 8", exact=True)).to_be_visible()
        page.reload()
        expect(page.get_by_text("Änderungen: 8", exact=True)).to_be_visible()
        keep(page, "Nur für Garagenmieter")
        expect(page.get_by_role("heading", name="Nächster Schritt")).to_be_visible()
        press(page, "Unterschreiben")
        expect(page.get_by_text("Nun gibt eine zweite Person frei").first).to_be_visible()
        other.goto(page.url)
        expect(other.get_by_text("Sie haben eine Garage.")).to_be_visible()
        press(other, "Freigeben (zweite Person)")
        expect(other.get_by_text("In Kraft", exact=True)).to_be_visible()
    with open_tenant(home, town) as twin, twin.database.read() as connection:
        new = versions.in_force(connection, "zweiter_garagenschluessel")
    assert new.form.slots["hat_garage"].help == {"de": "Auch ein Stellplatz in der Tiefgarage zählt."}
    assert new.about.basis[0].source == "§ 4 der Hausordnung"
    yes, no = ({"besonderer_grund": False, "hat_garage": value} for value in (True, False))
    assert (decide(new, yes).outcome, decide(new, no).outcome) == ("genehmigt", "vorlage")
    assert decide(new, yes).reasons("de") == ("Sie haben eine Garage.",)


def begin(page: Page) -> None:
    """A new procedure from the template of applications, kept as a draft."""
    press(page, "Neues Verfahren")
    for label, text in {
        "Name (Deutsch)": "Zweiter Garagenschlüssel", "Name (Englisch)": "Second garage key",
        "Wozu, in einem Satz (Deutsch)": "Wer eine Garage hat, bekommt einen zweiten Schlüssel.",
        "Wozu, in einem Satz (Englisch)": "Who has a garage gets a second key.",
        "1. Was gilt": "Schlüssel gibt die Verwaltung aus.", "1. Fundstelle": "§ 4 der Hausordnung",
        "Warum so lange?": "Bis zum Ende der Verjährung", "Warum gibt es dieses Verfahren?": "Viele fragen danach",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Entwurf", exact=True)).to_be_visible()


def add_a_question(page: Page) -> None:
    """A question with texts in all languages and help, before the last one."""
    press(page, "Fragen")
    press(page, "Neue Frage")
    new = page.locator("form").filter(has_text="Art der Antwort")
    for label, text in {
        "Kurzer Name für das Team (Deutsch)": "Hat Garage", "Kurzer Name für das Team (Englisch)": "Has a garage",
        "Frage (Deutsch)": "Haben Sie eine Garage gemietet?", "Frage (Englisch)": "Have you rented a garage?",
        "Frage (Leichte Sprache)": "Haben Sie eine Garage?",
    }.items():  # fmt: skip
        new.get_by_label(label).fill(text)
    page.keyboard.press("Enter")
    question = page.get_by_role("group", name="Hat Garage", exact=True)
    question.locator("summary").focus()
    page.keyboard.press("Enter")
    question.get_by_label("Hilfe, wenn die Antwort nicht verstanden wurde (Deutsch)").fill(
        "Auch ein Stellplatz in der Tiefgarage zählt."
    )
    press(page, "Nach oben: Hat Garage")
    assert violations(page) == []


def change_the_rule(page: Page) -> None:
    """The rule that grants asks the new question; a worked case for it is written."""
    press(page, "Regeln")
    page.locator("summary").filter(has_text="Wonach diese Tabelle fragt").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Neue Spalte").select_option("hat_garage")
    press(page, "Spalte hinzufügen")
    press(page, "Regel 2 ändern")
    page.get_by_label("Wenn Hat Garage").select_option("is")
    page.get_by_role("group", name="Hat Garage").get_by_label("ja").check()
    page.get_by_label("Begründung", exact=True).fill("Sie haben eine Garage.")
    page.keyboard.press("Tab")
    press(page, "Prüfen")
    expect(page.get_by_text("Kein Fall erreicht diese Regel").first).to_be_visible()
    page.get_by_role("listitem").get_by_role("button", name="Durchdachten Fall schreiben").press("Enter")
    expect(page.get_by_label("Wie heißt der Fall?")).to_have_value("Fall für Regel 2")
    press(page, "Fall hinzufügen")
    expect(page.get_by_text("Neuer Fall „Fall für Regel 2“: Genehmigt Regel 2")).to_be_visible()
    press(page, "Neuer Ausgang ist richtig: 002")
    expect(page.get_by_text("Geprüft: nichts zu beanstanden").first).to_be_visible()
    assert violations(page) == []


def somebody_else_changes_the_reason(page: Page, draft: str, town: str, address: str) -> None:
    """Meanwhile another person keeps a draft that says something else at the same place."""
    base = draft.rsplit(":", 1)[1]
    reason = {
        "do": "cell",
        "table": "entscheidung",
        "rule": "entscheidung_r02",
        "column": 2,
        "text": "Kein Grund dagegen.",
    }
    kept = page.request.post(
        f"/api/tenants/{town}/procedures/zweiter_garagenschluessel/versions",
        data={"base": base, "changes": [reason], "note": "Begründung klarer", "seen": base},
        headers={"Origin": address},
    )
    assert kept.ok, kept.text()


def keep(page: Page, why: str) -> None:
    """Keep the changes as a draft."""
    page.get_by_label("Was ändern Sie, und warum?").fill(why)
    page.keyboard.press("Enter")
