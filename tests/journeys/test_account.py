"""People sign in, look after their account and give others a role, by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.city.sample import CRS, four_houses
from kastor.store import Dataset, create_tenant, grants, open_tenant, people, sessions
from kastor.store.errors import UnknownPerson
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from kastor.store.visibility import State
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.journeys.test_accessibility import violations
from tests.openid_provider import CLIENT, SECRET, OpenIdProvider, provider
from tests.serving import served

OLD, NEW = "Regen Dachstuhl Ampel sieben", "Vier andere Wörter hier"
THEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "contrast": {"contrast": "more"},
}


@dataclass(frozen=True)
class Town:
    """A running Kastor with a provider beside it."""

    home: Path
    address: str
    login_server: OpenIdProvider

    def set_password(self, login: str, password: str) -> None:
        """Give somebody a password, which ends their sessions."""
        instance = open_instance(self.home)
        try:
            with instance.write("test") as connection:
                people.set_password(connection, people.by_login(connection, login).id, password)
        finally:
            instance.close()

    def link(self, login: str, name: str, *roles: Role, purpose: str = sessions.PASSWORD) -> str:
        """The secret of a link for somebody with some roles."""
        instance = open_instance(self.home)
        try:
            with instance.write("test") as connection:
                try:
                    person = people.by_login(connection, login)
                except UnknownPerson:
                    person = people.create(connection, login, name)
                secret = sessions.invite(connection, person.id, purpose, 1)
            held = grants.roles_of(instance, person.id).get("musterstadt", frozenset())
            with open_tenant(self.home, "musterstadt") as twin:
                for role in set(roles) - held:
                    grants.grant(instance, twin.database, person.id, role, "für die Prüfung")
        finally:
            instance.close()
        return secret


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    for name in ("musterstadt", "nachbarstadt"):
        with (
            create_tenant(home, name, name.title(), CRS, {"de": "Vier Häuser.", "en": "Four houses."}) as twin,
            twin.load(Dataset("houses", "Vier Häuser", state=State.INTERNAL)) as load,
        ):
            load.put("houses", four_houses())
            load.finish({"source": "houses", "findings": []})
    with provider() as login_server:
        settings = Settings(
            home=home, oidc_issuer=login_server.issuer, oidc_client_id=CLIENT, oidc_name="Stadt-Login",
            oidc_client_secret=SECRET,  # type: ignore[arg-type]
        )  # fmt: skip
        with served(create_app(settings)) as address:
            # browsers take passkeys for names only
            yield Town(home, address.replace("127.0.0.1", "localhost"), login_server)


@pytest.fixture
def page(browser: Browser, town: Town) -> Iterator[Page]:
    """A fresh page in German; fails the test on script errors."""
    context = browser.new_context(
        base_url=town.address, locale="de-DE", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def sign_in(page: Page, town: Town, login: str, *roles: Role) -> None:
    link = town.link(login, login.title(), *roles, purpose=sessions.SIGN_IN)
    answer = page.request.post("/api/session/link", data={"link": link}, headers={"Origin": town.address})
    assert answer.ok, answer.text()


FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels?.[0]?.innerText ?? "";
  return (one.getAttribute("aria-label") || label || one.innerText || "").trim();
}"""


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Walk by keyboard to what is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


def write(page: Page, texts: dict[str, str]) -> None:
    """Fill fields by keyboard, one after the other."""
    for name, text in texts.items():
        tab_to(page, name)
        page.keyboard.type(text)


def test_an_administration_begins_works_and_leaves_by_keyboard(page: Page, town: Town) -> None:
    page.goto(f"/konto/link#{town.link('chefin@stadt.example', 'Clara Chefin', Role.ADMINISTRATION, Role.CARETAKER)}")
    expect(page.get_by_role("heading", name="Passwort wählen")).to_be_visible()
    assert "#" not in page.url
    write(page, {"Passwort": OLD})
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Konto")).to_be_visible()

    tab_to(page, "Konto")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Clara Chefin")).to_be_visible()
    write(page, {"Jetziges Passwort": OLD, "Neues Passwort": NEW})
    page.keyboard.press("Enter")
    expect(page.get_by_label("Neues Passwort")).to_have_value("")

    tab_to(page, "Wofür ist der Schlüssel?")
    page.keyboard.type("QGIS am Arbeitsplatz")
    tab_to(page, "Interne Daten sehen")
    page.keyboard.press("Space")
    tab_to(page, "Schlüssel erzeugen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kopieren Sie den Schlüssel jetzt.")).to_be_visible()
    key = page.locator("code").inner_text()
    assert violations(page) == []
    shown = page.request.get("/api/tenants/musterstadt", headers={"Authorization": f"Bearer {key}", "Cookie": ""})
    assert [dataset["id"] for dataset in shown.json()["datasets"]] == ["houses"]

    page.goto("/musterstadt/verwaltung")
    expect(page.get_by_role("heading", name="Personen und Rollen")).to_be_visible()
    write(
        page,
        {
            "Anmeldename oder E-Mail": "nele@stadt.example",
            "Name, wenn die Person noch kein Konto hat": "Nele Neu",
            "Rolle": "Planung",
            "Begründung": "Arbeitet am Rahmenplan",
        },
    )
    page.keyboard.press("Enter")
    expect(page.get_by_text("Geben Sie diesen Link persönlich weiter")).to_be_visible()
    expect(page.get_by_text("Oder sie meldet sich mit Stadt-Login an.")).to_be_visible()
    assert "/konto/link#" in page.locator("code").inner_text()

    page.keyboard.press("Shift+Tab")
    tab_to(page, "Entscheidungen")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text="Nele Neu")
    expect(row).to_contain_text("Planung")
    expect(row).to_contain_text("Arbeitet am Rahmenplan")
    expect(row).to_contain_text("Clara Chefin")
    tab_to(page, "Protokoll")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="Rolle vergeben").first).to_contain_text("Clara Chefin")
    tab_to(page, "Protokoll prüfen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Vollständig und unverändert")).to_be_visible()

    tab_to(page, "Konto")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Abmelden", exact=True)).to_be_visible()
    tab_to(page, "Abmelden")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Anmelden")).to_be_visible()
    assert page.request.get("/api/session").json()["person"] is None


def test_a_person_who_was_invited_comes_in_through_the_provider_and_leaves_both(page: Page, town: Town) -> None:
    town.link("erika@stadt.example", "Erika Muster", Role.CLERK)
    page.goto("/konto")
    tab_to(page, "Mit Stadt-Login anmelden")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Konto")).to_be_visible()
    page.goto("/konto")
    expect(page.get_by_text("Ihr Konto ist mit Stadt-Login verbunden.")).to_be_visible()
    expect(page.get_by_text("Das ist Ihr einziger Weg")).to_be_visible()
    expect(page.get_by_role("button", name="Verbindung lösen")).to_have_count(0)
    page.get_by_role("button", name="Abmelden", exact=True).click()
    expect(page.get_by_role("heading", name="Sie sind abgemeldet")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Auch dort abmelden").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert "/realm/logout" in town.login_server.asked


def test_who_is_not_invited_reads_what_to_do(page: Page, town: Town) -> None:
    person = town.login_server.person
    town.login_server.person = {**person, "sub": "0815", "email": "fremd@stadt.example"}
    try:
        page.goto("/konto")
        page.get_by_role("button", name="Mit Stadt-Login anmelden").click()
        expect(page.get_by_role("alert")).to_contain_text("Für Sie gibt es hier noch kein Konto")
        assert violations(page) == []
        assert "problem" not in page.url
    finally:
        town.login_server.person = person


@pytest.fixture
def device(page: Page) -> Callable[[bool], None]:
    """A device with a fingerprint reader in the browser; called with whether the finger is the right one."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    made = browser.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip

    def finger(right: bool) -> None:
        browser.send("WebAuthn.setUserVerified", {"authenticatorId": made["authenticatorId"], "isUserVerified": right})

    return finger


def test_a_passkey_is_made_signs_in_and_is_removed(page: Page, town: Town, device: Callable[[bool], None]) -> None:
    sign_in(page, town, "paula", Role.CLERK)
    page.goto("/konto")
    tab_to(page, "Wie heißt das Gerät?")
    page.keyboard.type("Dienstlaptop")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Dienstlaptop")).to_be_visible()
    page.get_by_role("button", name="Abmelden", exact=True).click()
    expect(page.get_by_role("link", name="Anmelden")).to_be_visible()

    page.goto("/konto")
    tab_to(page, "Mit Passkey anmelden")
    device(False)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Das Gerät hat keinen Passkey gegeben")
    assert page.request.get("/api/session").json()["person"] is None
    device(True)
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.get_by_role("link", name="Konto")).to_be_visible()
    assert page.request.get("/api/session").json()["person"]["login"] == "paula"

    page.goto("/konto")
    expect(page.get_by_text("Das ist Ihr einziger Weg")).to_be_visible()
    town.set_password("paula", OLD)
    page.reload()
    expect(page.get_by_role("button", name="Mit Passkey anmelden")).to_be_visible()
    page.get_by_role("button", name="Mit Passkey anmelden").click()
    expect(page.get_by_role("link", name="Konto")).to_be_visible()
    page.goto("/konto")
    page.get_by_role("button", name="Passkey Dienstlaptop entfernen").click()
    expect(page.get_by_text("Dienstlaptop")).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_while_signing_in_and_administering(page: Page, town: Town, theme: str) -> None:
    page.emulate_media(**THEMES[theme])  # type: ignore[arg-type]
    page.goto("/konto")
    expect(page.get_by_role("button", name="Mit Passkey anmelden")).to_be_visible()
    assert violations(page) == []
    sign_in(page, town, "adam", Role.ADMINISTRATION)
    page.goto("/konto")
    expect(page.get_by_role("heading", name="Schlüssel für Programme")).to_be_visible()
    assert violations(page) == []
    page.goto("/musterstadt/verwaltung")
    expect(page.get_by_role("heading", name="Personen und Rollen")).to_be_visible()
    assert violations(page) == []
    for part in ("Entscheidungen", "Protokoll"):
        page.get_by_role("button", name=part, exact=True).click()
        expect(page.get_by_role("row").nth(1)).to_be_visible()
        assert violations(page) == []


@pytest.mark.parametrize("path", ["/konto", "/musterstadt/verwaltung"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(browser: Browser, town: Town, path: str) -> None:
    context = browser.new_context(
        base_url=town.address, locale="de-DE", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    sign_in(page, town, "adam", Role.ADMINISTRATION)
    page.goto(path)
    expect(page.get_by_role("heading", name=re.compile("Adam|Verwaltung"))).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations(page) == []
    context.close()
