"""A clerk corrects one object by keyboard, sees it in list and history, and takes it back."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from kastor.demo.people import make_people
from kastor.store import sessions
from kastor.store.instance import open_instance
from tests.journeys.test_accessibility import violations

BUILDING = "DENW37AL1000vEnZ"


def sign_in(page: Page, home: Path, address: str) -> None:
    number = make_people(home, ["koeln"])["demo"]
    instance = open_instance(home)
    with instance.write("test") as connection:
        secret = sessions.invite(connection, number, sessions.SIGN_IN, 1)
    instance.close()
    answer = page.request.post(f"{address}/api/session/link", data={"link": secret}, headers={"Origin": address})
    assert answer.ok, answer.text()


def test_a_clerk_corrects_an_object_and_takes_it_back(page: Page, home: Path, address: str) -> None:
    sign_in(page, home, address)
    page.goto(f"/koeln?object={BUILDING}")
    page.get_by_role("button", name="Berichtigen").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Name", exact=True).fill("Altes Spritzenhaus")
    page.get_by_role("button", name="Speichern").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Grund")
    page.get_by_label("Grund der Änderung").fill("Schild am Haus")
    page.get_by_role("button", name="Speichern").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Gespeichert.").first).to_be_visible()
    found = page.request.get(f"{address}/api/tenants/koeln/objects?q=spritzenhaus").json()
    assert [row["id"] for row in found["items"]] == [BUILDING]
    # a reload forgets nothing: the step back is still there
    page.reload()
    expect(page.get_by_text("Schild am Haus")).to_be_visible()
    page.get_by_role("button", name="Berichtigen").click()
    page.get_by_role("button", name="Zurücknehmen").click()
    expect(page.get_by_text("Gespeichert.").first).to_be_visible()
    expect(page.get_by_role("button", name="Wiederholen")).to_be_enabled()
    assert page.request.get(f"{address}/api/tenants/koeln/objects?q=spritzenhaus").json()["total"] == 0


def test_who_may_only_look_is_not_offered_to_correct(page: Page) -> None:
    page.goto(f"/koeln?object={BUILDING}")
    expect(page.get_by_role("button", name="In der Liste zeigen")).to_be_visible()
    expect(page.get_by_role("button", name="Berichtigen")).to_have_count(0)
