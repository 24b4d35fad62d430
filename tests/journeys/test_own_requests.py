"""Somebody who wrote by mail and in the chat sees both in one list, by keyboard and without a password."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kastor.cases.channels.settings import MailSettings, written
from kastor.cases.message import MAIL, Message
from kastor.cases.reception import receive
from kastor.city.sample import CRS, four_houses
from kastor.store import Dataset, channels, create_tenant, open_tenant
from tests.cases.mail_servers import Postbox, smtp
from tests.journeys.conftest import free_port, served
from tests.journeys.test_accessibility import violations

CHAT, MINE = "/wohnstadt/chat", "/wohnstadt/chat/mine"
ANNA = "anna@example.org"


@pytest.fixture(scope="module")
def postbox() -> Iterator[tuple[int, Postbox]]:
    """A mail server that takes everything."""
    with smtp() as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, postbox: tuple[int, Postbox]) -> Path:
    """A small town with an open mailbox, in which Anna has written a mail."""
    home, now = tmp_path_factory.mktemp("own") / "home", datetime.now(UTC)
    with create_tenant(home, "wohnstadt", "Wohnstadt", CRS) as twin, twin.load(Dataset("houses", "Häuser")) as loading:
        loading.put("houses", four_houses())
        loading.finish({"source": "houses", "findings": []})
    settings = MailSettings(
        "service@example.org", "127.0.0.1", "127.0.0.1", imap_port=free_port(), imap_security="none",
        smtp_port=postbox[0], smtp_security="none",
    )  # fmt: skip
    with open_tenant(home, "wohnstadt") as twin:
        with twin.database.write("settings") as connection:
            channels.set_settings(connection, MAIL, written(settings), now, "")
        text = "Meine WC-Spülung läuft ständig, Kalkweg 5."
        receive(twin, Message(MAIL, "m1", "ABCDEFGHIJKL", ANNA, text, now, subject="Spülung"), now)
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server that knows its own address, which stands in the links."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KASTOR_PUBLIC_URL", f"http://127.0.0.1:{port}")
        patch.setenv("KASTOR_CASES_EVERY", "0.5")
        with served(home, port, "serve"):
            yield f"http://127.0.0.1:{port}"


def links(postbox: Postbox) -> list[str]:
    """Links that were sent so far; answers to Anna's own mail are none."""
    sent = [mail.get_payload(decode=True) for _, mail in postbox.taken if mail["Auto-Submitted"] == "auto-generated"]
    return [re.findall(r"http://\S+/enter/\S+", text.decode())[0] for text in sent]


def next_link(postbox: Postbox, known: int) -> str:
    """The newest link, once more than ``known`` of them have come."""
    for _ in range(600):
        if len(links(postbox)) > known:
            return links(postbox)[-1]
        time.sleep(0.1)
    raise AssertionError("no link came")


def reach(page: Page, wanted: Locator) -> None:
    """Go to something with the tabulator."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not reach it")


def press(page: Page, wanted: Locator) -> None:
    reach(page, wanted)
    page.keyboard.press("Enter")


def test_requests_of_mail_and_chat_are_found_again_by_keyboard(page: Page, postbox: tuple[int, Postbox]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(CHAT)
    reach(page, page.get_by_role("textbox", name="Nachricht"))
    page.keyboard.type("Ich möchte einen Hund halten, einen Labrador.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Haustiergenehmigung")).to_be_visible()
    press(page, page.get_by_role("link", name="Meine Anliegen"))
    expect(page.get_by_role("heading", name="Meine Anliegen")).to_be_visible()
    assert violations(page) == []
    reach(page, page.get_by_label("Ihre E-Mail-Adresse oder Telefonnummer"))
    page.keyboard.type(ANNA)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sehen Sie in Ihr Postfach")).to_be_visible()
    assert violations(page) == []
    page.goto(next_link(postbox[1], 0))
    press(page, page.get_by_role("button", name="Meine Anliegen öffnen"))
    expect(page.get_by_text(f"Angemeldet als {ANNA}")).to_be_visible()
    flush = page.get_by_role("button", name="Schadenmeldung")
    expect(flush).to_contain_text("Ihre Antwort fehlt noch")
    expect(flush).to_contain_text("Besteht gerade Gefahr?")
    assert violations(page) == []
    press(page, page.get_by_role("button", name="Hinzufügen"))
    expect(page.get_by_role("button", name="Haustiergenehmigung")).to_be_visible()
    expect(page.get_by_role("button", name="Hinzufügen")).to_have_count(0)
    press(page, flush)
    expect(page.get_by_text("Meine WC-Spülung läuft ständig, Kalkweg 5.")).to_be_visible()
    press(page, page.get_by_role("button", name="Nein, keine Gefahr"))
    expect(page.get_by_text("Ist das Wasser abgestellt")).to_be_visible()
    press(page, page.get_by_role("link", name="Meine Anliegen"))
    expect(page.get_by_role("button", name="Schadenmeldung")).to_contain_text("Ist das Wasser abgestellt")
    press(page, page.get_by_role("button", name="Abmelden"))
    expect(page.get_by_label("Ihre E-Mail-Adresse oder Telefonnummer")).to_be_visible()
    page.goto(MINE)
    expect(page.get_by_role("button", name="Link schicken")).to_be_visible()


def test_it_works_without_scripts(browser: Browser, address: str, postbox: tuple[int, Postbox]) -> None:
    known = len(links(postbox[1]))
    context = browser.new_context(base_url=address, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(CHAT)
    page.get_by_role("link", name="My requests").click()
    page.get_by_label("Your e-mail address or telephone number").fill(ANNA)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    page.goto(next_link(postbox[1], known))
    page.get_by_role("button", name="Open my requests").click()
    page.get_by_role("button", name="Damage report").click()
    expect(page.get_by_text("Meine WC-Spülung läuft ständig, Kalkweg 5.")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("language", "theme", "contrast"), [
    ("en", "dark", "no-preference"), ("leicht", "light", "more"), ("de", "dark", "more"),
])  # fmt: skip
def test_axe_finds_nothing_in_any_theme(page: Page, language: str, theme: str, contrast: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.emulate_media(color_scheme=theme, contrast=contrast)  # type: ignore[arg-type]
    page.goto(f"{MINE}?language={language}")
    assert violations(page) == []
    page.locator("#contact").fill("nothing")
    page.locator("#contact").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{MINE}/enter/wrong?language={language}")
    expect(page.locator("main a.btn")).to_be_visible()
    assert violations(page) == []
    page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_what_stays_on_the_device_is_the_empty_chat_alone(page: Page) -> None:
    page.goto(CHAT)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.goto(MINE)
    expect(page.get_by_label("Ihre E-Mail-Adresse oder Telefonnummer")).to_be_visible()
    kept = "caches.open('kastor-chat-1').then(c => c.keys()).then(all => all.map(one => new URL(one.url)))"
    pages = f"{kept}.then(all => all.filter(one => !one.pathname.match(/^\\/assets|theme/)).map(one => one.pathname))"
    page.wait_for_function(f"() => {pages}.then(all => all.length > 0 && all.every(one => one === '{CHAT}'))")
    page.context.set_offline(True)
    page.goto(MINE)
    expect(page.get_by_role("textbox", name="Nachricht")).to_be_visible()
    page.context.set_offline(False)


def test_the_page_behind_the_link_of_an_answer_runs_no_script_of_a_conversation(page: Page) -> None:
    # the fixture of the page fails on any error of a script
    page.goto(f"{CHAT}/continue/wrong")
    expect(page.get_by_role("heading", name="Dieser Link gilt nicht mehr")).to_be_visible()
    assert violations(page) == []
