"""A caseworker finds what waits, reads why, decides with a reason of one's own and sees it in the case, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.appointments import answers
from kastor.cases.message import Message
from kastor.store import crafts, grants, open_tenant, people
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.cases.crafts import FIRST, orders, reported, with_craftsmen
from tests.journeys.test_accessibility import violations
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN

LOGIN = "tisch"
SECOND_DOG = {
    "tierart": "hund", "anzahl": 1, "rasse": "Beagle", "vorhandene_hunde": 1, "assistenzhund": False,
    "haftpflicht": True, "bundesland": "NW", "wohnflaeche_m2": 78,
}  # fmt: skip


@pytest.fixture(scope="module")
def waiting(home: Path) -> Iterator[None]:
    """Somebody who works on cases in Köln, and a case that waits there."""
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, LOGIN, "Tina Tisch")
        people.set_password(connection, person.id, PASSWORD)
    now = datetime.now(UTC)
    told = Message("web", "desk-1", "desk", "", "Wir möchten einen zweiten Hund aufnehmen, einen Beagle.", now)
    with open_tenant(home, "koeln") as twin:
        grants.grant(instance, twin.database, person.id, Role.CASE_LEAD, "works on cases")
        with casework.begin(twin.database, now) as work:
            case_id = work.open(told)
            work.receive(case_id, told)
            work.do(case_id, c.Place("DENW37AL1000vEnZ", None, "Diepeschrather Straße 55"))
            work.follow(case_id, "haustier")
            work.do(case_id, c.Learn(tuple(c.Fact(slot, value) for slot, value in SECOND_DOG.items())))
            work.do(case_id, c.Complete("ask"))
        with twin.database.read() as connection:
            firms = crafts.all_craftsmen(connection)
        with_craftsmen(twin, FIRST)
        flush = reported(twin, 1, now)
        with casework.begin(twin.database, now) as work:
            answers.scheduled(work, orders(twin, flush)[0], (now + timedelta(days=3)).replace(microsecond=0))
    yield
    with open_tenant(home, "koeln") as twin:
        with casework.begin(twin.database, datetime.now(UTC)) as work:
            work.erase(case_id, "test")
            work.erase(flush, "test")
            for one in (*(replace(one, active=False) for one in crafts.all_craftsmen(work.connection)), *firms):
                crafts.save(work.connection, one, work.at)
        grants.withdraw(instance, twin.database, person.id, Role.CASE_LEAD, "the test is over")
    instance.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str, waiting: None) -> Iterator[Page]:
    """The desk of the caseworker."""
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    page.goto("/koeln/anliegen")
    yield page
    context.close()
    assert errors == []


def test_a_second_dog_waits_with_what_is_known_and_why_it_is_here(desk: Page) -> None:
    line = desk.get_by_role("link", name="Haustiergenehmigung: Hund")
    line.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Haustiergenehmigung: Hund")).to_be_visible()
    expect(desk.get_by_role("row", name="Rasse")).to_contain_text("Beagle")
    expect(desk.get_by_text("trifft zu:").first).to_be_visible()
    for look in ("light", "dark"):
        desk.emulate_media(color_scheme=look)  # type: ignore[arg-type]
        desk.wait_for_timeout(400)
        assert violations(desk) == [], look
    desk.emulate_media(color_scheme="light")


def test_a_refusal_leaves_only_with_a_reason_of_ones_own(desk: Page) -> None:
    desk.get_by_role("button", name="Abgelehnt durch eine Person", exact=True).press("Enter")
    send = desk.get_by_role("button", name="Abgelehnt durch eine Person: entscheiden und senden")
    expect(send).to_be_disabled()
    desk.get_by_label("Ihre eigene Begründung").focus()
    desk.keyboard.type("Der erste Hund hat im Haus schon zweimal gebissen.")
    send.press("Enter")
    expect(desk.get_by_text("Von einem Menschen entschieden")).to_be_visible()
    expect(desk.get_by_role("region", name="Vorgang").get_by_text("Entschieden", exact=False).first).to_be_visible()
    expect(desk.get_by_role("link", name="Haustiergenehmigung: Hund")).to_have_count(0)


def test_what_somebody_says_on_the_telephone_is_taken_down(desk: Page) -> None:
    desk.get_by_role("button", name="Anliegen aufnehmen").press("Enter")
    desk.get_by_label("Was wurde gesagt?").focus()
    desk.keyboard.type("Ich möchte zwei Hamster halten.")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Habe ich das richtig verstanden?")
    for look in ("light", "dark"):
        desk.emulate_media(color_scheme=look)  # type: ignore[arg-type]
        desk.wait_for_timeout(400)
        assert violations(desk) == [], look
    desk.emulate_media(color_scheme="light")
    desk.get_by_role("button", name="Ja, stimmt").press("Enter")
    expect(desk.get_by_role("log")).to_contain_text("Eine Genehmigung ist nicht nötig")
    desk.get_by_role("button", name="öffnen").press("Enter")
    expect(desk.get_by_role("row", name="Anzahl")).to_contain_text("2")


def test_a_visit_is_moved_and_called_off_with_a_reason(desk: Page) -> None:
    desk.get_by_role("button", name="Handwerker").press("Enter")
    order = desk.get_by_role("listitem").filter(has_text="Sanitär, Vorgang")
    expect(order).to_contain_text("Termin steht")
    order.get_by_role("button", name="Termin ändern").press("Enter")
    move = desk.get_by_role("button", name="Verlegen")
    new_time = (datetime.now() + timedelta(days=5)).strftime("%Y-%m-%dT10:00")
    desk.get_by_label("Neue Zeit").fill(new_time)
    expect(move).to_be_disabled()
    desk.get_by_label("Grund", exact=True).focus()
    desk.keyboard.type("Der Monteur ist krank.")
    assert violations(desk) == []
    move.press("Enter")
    expect(order).to_contain_text(", 10:00 Uhr")
    order.get_by_role("button", name="Termin ändern").press("Enter")
    desk.get_by_label("Grund", exact=True).focus()
    desk.keyboard.type("Der Betrieb hat zu.")
    desk.get_by_role("button", name="Absagen").press("Enter")
    expect(order).to_contain_text("noch kein Termin")


def test_a_firm_is_added_is_away_and_is_retired(desk: Page) -> None:
    desk.get_by_role("button", name="Betrieb eintragen").press("Enter")
    desk.get_by_label("Name des Betriebs").focus()
    desk.keyboard.type("Übungs-Dach")
    desk.get_by_label("E-Mail für Aufträge").focus()
    desk.keyboard.type("dach@example.org")
    expect(desk.get_by_role("button", name="Speichern")).to_be_disabled()
    desk.get_by_role("checkbox", name="Dach", exact=True).press("Space")
    desk.get_by_label("Erster Tag").fill("2099-12-24")
    desk.get_by_role("button", name="Speichern").press("Enter")
    firm = desk.get_by_role("listitem").filter(has_text="Übungs-Dach")
    expect(firm).to_contain_text("24.12.2099 – 24.12.2099")
    firm.get_by_role("button", name="Übungs-Dach ändern").press("Enter")
    desk.get_by_role("checkbox", name="Bekommt neue Aufträge").press("Space")
    assert violations(desk) == []
    desk.get_by_role("button", name="Speichern").press("Enter")
    expect(firm).to_contain_text("stillgelegt")
    for look in ("light", "dark"):
        desk.emulate_media(color_scheme=look)  # type: ignore[arg-type]
        desk.wait_for_timeout(400)
        assert violations(desk) == [], look
    desk.emulate_media(color_scheme="light")


def test_a_phone_shows_the_desk_without_scrolling_sideways(desk: Page) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    expect(desk.get_by_role("button", name="Alle Anliegen")).to_be_visible()
    # the page arranges itself anew after the window has changed
    desk.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert violations(desk) == []
    desk.get_by_role("button", name="Alle Anliegen").press("Enter")
    expect(desk.get_by_role("heading", name="Anliegen", exact=True)).to_be_visible()
    desk.get_by_role("button", name="Kennzahlen").press("Enter")
    expect(desk.get_by_text("Noch zu wenige Vorgänge")).to_be_visible()
    desk.get_by_role("button", name="Alle Anliegen").press("Enter")
    desk.get_by_role("button", name="Abwesenheit").press("Enter")
    expect(desk.get_by_role("dialog", name="Abwesenheit")).to_be_visible()
    assert violations(desk) == []
    desk.get_by_label("Letzter Tag").fill(datetime.now(UTC).date().isoformat())
    desk.get_by_role("button", name="Speichern").press("Enter")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.get_by_role("button", name="Handwerker").press("Enter")
    expect(desk.get_by_role("button", name="Betrieb eintragen")).to_be_visible()
    desk.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
