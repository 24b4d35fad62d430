"""Journey 3: a running flush is reported by keyboard alone, from the first word to the rating; staff see each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.cases import casework
from kastor.cases.appointments import answers
from kastor.cases.clockwork import ring
from kastor.city.sample import CRS, flat_ground, four_houses
from kastor.store import Dataset, cases, crafts, create_tenant, open_tenant
from tests.cases.crafts import with_craftsmen
from tests.journeys.test_accessibility import violations

CHAT = "/meldestadt/chat"


@pytest.fixture(scope="module")
def town(home: Path) -> str:
    """A small town where things break."""
    with (
        create_tenant(home, "meldestadt", "Meldestadt", CRS) as twin,
        twin.load(Dataset("houses", "Häuser")) as loading,
    ):
        loading.put("houses", four_houses())
        loading.put_terrain("ground", flat_ground())
        loading.finish({"source": "houses", "findings": []})
    with open_tenant(home, "meldestadt") as twin:
        with_craftsmen(twin)
    return "meldestadt"


def newest(home: Path, town: str) -> str:
    """Id of the case opened last."""
    with open_tenant(home, town) as twin, twin.database.read() as connection:
        return max(cases.listed(connection), key=lambda one: one.number).id


def craftsman_accepts(home: Path, town: str, case_id: str) -> None:
    """The craftsman takes the order; three times are kept free."""
    with open_tenant(home, town) as twin, casework.begin(twin.database, datetime.now(UTC)) as work:
        assert answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.ACCEPT)


def work_is_done(home: Path, town: str, case_id: str) -> None:
    """The time of the visit has come and gone."""
    with open_tenant(home, town) as twin:
        visit = casework.read_state(twin.database, case_id)["appointment"]
        assert visit["state"] == "booked"
        ring(twin.database, datetime.fromisoformat(visit["begin"]) + timedelta(hours=5))


def press(page: Page, name: str) -> None:
    """Go to a button with the tabulator and press it."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    for _ in range(40):
        if button.evaluate("button => button === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {name!r}")


def write(page: Page, text: str) -> None:
    """Go to the field with the tabulator, write and send."""
    field = page.get_by_role("textbox", name="Nachricht")
    for _ in range(40):
        if field.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_running_flush_from_the_first_word_to_the_rating(page: Page, home: Path, town: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(CHAT)
    expect(page.get_by_role("heading", name="Anliegen melden")).to_be_visible()
    expect(page.get_by_text("automatischen Kollegen")).to_be_visible()
    assert violations(page) == []
    write(page, "Meine WC-Spülung läuft ständig, Kalkweg 5.")
    expect(page.get_by_text("Besteht gerade Gefahr?")).to_be_visible()
    press(page, "Nein, keine Gefahr")
    expect(page.get_by_text("Ist das Wasser abgestellt")).to_be_visible()
    write(page, "ja, das Ventil unter dem Kasten ist zugedreht")
    expect(page.get_by_text("Habe ich das richtig verstanden?")).to_be_visible()
    expect(page.get_by_text("Bauteil: Toilettenspülung")).to_be_visible()
    assert violations(page) == []
    press(page, "Ja, stimmt")
    expect(page.get_by_text("Weil das Wasser abgestellt ist, reicht ein normaler Termin.")).to_be_visible()
    case_id = newest(home, town)
    craftsman_accepts(home, town, case_id)
    # it comes by itself, without reloading
    first = page.get_by_role("radio").first
    expect(first).to_be_visible()
    assert violations(page) == []
    for _ in range(40):
        if first.evaluate("radio => radio === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    take = page.locator("#offered .btn.p")
    expect(take).to_contain_text("nehmen")
    page.keyboard.press("Enter")
    expect(page.locator("#offered .cards")).to_have_count(0)
    expect(page.locator("#log li.waits")).to_have_count(0)
    work_is_done(home, town, case_id)
    expect(page.get_by_text("Ist der Schaden behoben?")).to_be_visible()
    press(page, "Ja")
    expect(page.get_by_text("Wie zufrieden sind Sie", exact=False)).to_be_visible()
    press(page, "5")
    expect(page.locator("#log li.me").last).to_contain_text("5")
    assert violations(page) == []
    with open_tenant(home, town) as twin:
        state = casework.read_state(twin.database, case_id)
        with twin.database.read() as connection:
            log = casework.read_events(connection, case_id, cases.key_of(connection, case_id))
            assert cases.faults(connection, case_id) == []
    assert state["outcome"]["outcome"] == "beauftragt"
    assert state["rating"]["score"] == 5
    kinds = [event.kind for event in log]
    assert {
        "opened",
        "received",
        "understood",
        "fact",
        "asked",
        "evaluated",
        "decided",
        "letter",
        "effect",
        "rated",
    } <= set(kinds)
    # a reload shows the whole conversation, drawn by the server
    page.reload()
    expect(page.get_by_text("Meine WC-Spülung läuft ständig, Kalkweg 5.")).to_be_visible()
    expect(page.get_by_text("Ist der Schaden behoben?")).to_be_visible()


def test_what_is_open_is_there_again_after_reloading_and_can_be_filled_in_at_once(page: Page, town: str) -> None:
    page.goto(CHAT)
    write(page, "Meine WC-Spülung läuft ständig, Kalkweg 5.")
    expect(page.get_by_role("button", name="Nein, keine Gefahr")).to_be_visible()
    with page.expect_response(lambda answer: "/chat/events" in answer.url):
        page.reload()
    # news of the stream take nothing away that is asked
    page.wait_for_timeout(700)
    expect(page.get_by_role("button", name="Nein, keine Gefahr")).to_be_visible()
    page.get_by_role("link", name="Alles auf einmal ausfüllen").click()
    page.get_by_label("Besteht gerade Gefahr?").select_option(label="Nein, keine Gefahr")
    page.get_by_label("Ist das Wasser abgestellt").select_option(index=1)
    assert violations(page) == []
    page.get_by_role("button", name="Angaben senden").click()
    expect(page.get_by_text("Habe ich das richtig verstanden?")).to_be_visible()


def test_a_message_without_connection_waits_and_goes_once(page: Page, home: Path, town: str) -> None:
    page.goto(f"{CHAT}?new=1")
    write(page, "Darf ich zwei Katzen halten?")
    expect(page.get_by_text("Habe ich das richtig verstanden?")).to_be_visible()
    page.context.set_offline(True)
    press(page, "Ja, stimmt")
    expect(page.get_by_text("Keine Verbindung", exact=False)).to_be_visible()
    expect(page.locator("#log li.waits")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("#log li.waits")).to_have_count(0)
    expect(page.get_by_text("Warum?").first).to_be_visible()
    with open_tenant(home, town) as twin:
        state = casework.read_state(twin.database, newest(home, town))
    assert len(state["decisions"]) == 1


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("leicht", "light")])
def test_axe_finds_nothing_in_the_chat(page: Page, town: str, language: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(f"{CHAT}?language={language}&new=1")
    assert violations(page) == []
    page.locator("textarea").fill("There is a smell of gas!" if language == "en" else "Ich möchte einen Hund haben")
    page.locator("#write button").click()
    expect(page.locator("#log li.colleague").last).to_be_visible()
    expect(page.locator("#log li.waits")).to_have_count(0)
    page.emulate_media(color_scheme=theme, contrast="more")  # type: ignore[arg-type]
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_chat_works_without_scripts(browser: Browser, address: str, town: str) -> None:
    context = browser.new_context(base_url=address, locale="de-DE", java_script_enabled=False)
    page = context.new_page()
    page.goto(CHAT)
    page.get_by_role("textbox", name="Nachricht").fill("Meine WC-Spülung läuft ständig, Kalkweg 5.")
    page.get_by_role("button", name="Senden", exact=True).click()
    page.get_by_role("button", name="Nein, keine Gefahr").click()
    page.get_by_role("button", name="Ja", exact=True).click()
    expect(page.get_by_text("Habe ich das richtig verstanden?")).to_be_visible()
    page.get_by_role("button", name="Mit einem Menschen sprechen").click()
    expect(page.get_by_text("Ein Mensch übernimmt Ihr Anliegen.", exact=False)).to_be_visible()
    context.close()


def test_whoever_is_not_staff_comes_from_the_rail_to_the_chat(page: Page, town: str) -> None:
    page.goto(f"/{town}/liste")
    page.get_by_role("navigation").get_by_role("link", name="Anliegen").click()
    expect(page).to_have_url(f"{page.url.partition('/meldestadt')[0]}{CHAT}?language=de")
    expect(page.get_by_role("heading", name="Anliegen melden")).to_be_visible()
