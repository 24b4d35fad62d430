"""Journey 5: a clerk uploads a dataset, reads the report, corrects one object and sees it changed everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kastor.city.sample import four_houses
from kastor.formats import write
from kastor.store import grants, open_tenant, people
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.journeys.conftest import wait_for_scene
from tests.journeys.test_accessibility import violations

LOGIN, PASSWORD = "datenpflege", "Regen Dachstuhl Ampel sieben"
SIGN_IN = """([login, password]) => fetch("/api/session", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({login, password}),
}).then(answer => answer.status)"""


@pytest.fixture(scope="module")
def clerk(home: Path) -> None:
    """Somebody who cares for the data of Köln."""
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, LOGIN, "Erika Muster")
        people.set_password(connection, person.id, PASSWORD)
    with open_tenant(home, "koeln") as twin:
        grants.grant(instance, twin.database, person.id, Role.CARETAKER, "cares for the data")
    instance.close()


@pytest.fixture
def signed_in(page: Page, clerk: None) -> Page:
    """A page of the clerk."""
    page.goto("/")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    return page


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Four houses, one of which says it has too few storeys."""
    file = tmp_path / "neubau.city.json"
    write(four_houses(), file, "cityjson")
    doubtful = file.read_bytes().replace(b'"storeysAboveGround":2', b'"storeysAboveGround":1')
    file.write_bytes(doubtful)
    return file


def tab_to(page: Page, name: str, backwards: bool = False) -> None:
    """Go to a control with the Tab key alone."""
    focused = """() => {
        const one = document.activeElement;
        const labels = [...(one?.labels ?? [])].map(label => label.textContent);
        const words = [one?.getAttribute("aria-label"), ...labels, one?.textContent];
        return words.filter(Boolean).join(" ").replace(/\\s+/g, " ").trim();
    }"""
    for _ in range(300):
        if page.evaluate(focused).startswith(name):
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"the keyboard does not reach {name!r}")


def press(page: Page, name: str) -> None:
    """Press a button or follow a link with the keyboard."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def answer_file_choosers(page: Page, file: Path) -> None:
    """Answer every dialog for files from now on.

    Asked for long before the key is pressed: a dialog the browser opens before it knows that somebody answers stays
    open unseen, and it opens no second one beside it.
    """
    page.on("filechooser", lambda chooser: chooser.set_files(str(file)))


def test_a_clerk_uploads_corrects_and_publishes_by_keyboard(signed_in: Page, houses: Path) -> None:
    page = signed_in
    answer_file_choosers(page, houses)
    page.goto("/koeln/daten")
    expect(page.get_by_role("link", name="Neuer Datensatz")).to_be_visible()
    press(page, "Neuer Datensatz")
    expect(page.get_by_text("Dateien hier ablegen")).to_be_visible()
    press(page, "Dateien wählen")

    expect(page.get_by_role("button", name="Einlesen und prüfen")).to_be_enabled(timeout=60_000)
    assert violations(page) == []
    tab_to(page, "Titel")
    page.keyboard.press("Control+A")
    page.keyboard.type("Neubau am Feld")
    tab_to(page, "Zuständig")
    page.keyboard.type("Vermessungsamt")
    press(page, "Einlesen und prüfen")

    expect(page.get_by_role("heading", name="Vor dem Veröffentlichen")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Noch sieht niemand außer der Datenpflege")).to_be_visible()
    upload = page.url.rpartition("upload=")[2]
    others = page.evaluate("() => fetch('/api/tenants/koeln', {credentials: 'omit'}).then(answer => answer.text())")
    assert "Neubau am Feld" not in others
    hidden = page.evaluate("id => fetch(`/api/tenants/draft-${id}`, {credentials: 'omit'}).then(a => a.status)", upload)
    assert hidden == 401

    row = page.get_by_role("row").filter(has_text="Höhe passt nicht zu den Geschossen")
    row.get_by_role("button").focus()
    page.keyboard.press("Enter")
    press(page, "Vorschlag nehmen Hauptstraße 1")
    expect(page.get_by_text("Vorschlag genommen", exact=True).first).to_be_visible()
    assert violations(page) == []
    tab_to(page, "Ich habe den Bericht gelesen")
    page.keyboard.press("Space")
    press(page, "Veröffentlichen")
    expect(page.get_by_role("heading", name="Veröffentlicht", exact=True)).to_be_visible(timeout=180_000)
    assert violations(page) == []

    assert _seen_everywhere(page, 2)
    page.goto("/koeln?object=flat")
    panel = page.get_by_role("region", name="Ausgewähltes Objekt")
    expect(panel).to_contain_text("Neubau am Feld")
    expect(panel).to_contain_text("Berichtigt: Geschosse")

    wait_for_scene(page)
    press(page, "Berichtigen")
    expect(page.get_by_label("Geschosse").first).to_be_visible()
    tab_to(page, "Grund der Änderung")
    page.keyboard.type("Bauakte: aufgestockt")
    for label, value in (("Geschosse", "3"), ("Höhe", "9")):
        tab_to(page, label)
        page.keyboard.press("Control+A")
        page.keyboard.type(value)
    tab_to(page, "Speichern")
    with page.expect_response(lambda answer: answer.ok and answer.url.endswith("/buildings/tileset.json")) as tileset:
        page.keyboard.press("Enter")
    assert tileset.value.ok
    expect(page.get_by_role("status").filter(has_text="Gespeichert.").first).to_be_attached()
    assert violations(page) == []
    assert _seen_everywhere(page, 3)
    press(page, "Fertig")
    expect(panel).to_contain_text("9,0 m")
    expect(panel).to_contain_text("Bauakte: aufgestockt")


def _seen_everywhere(page: Page, storeys: int) -> bool:
    """Whether list, feature and export all say so many storeys, to somebody not signed in."""
    text = "path => fetch(path, {credentials: 'omit'}).then(answer => answer.text())"
    listed = json.loads(page.evaluate(text, "/api/tenants/koeln/objects?dataset=neubau-am-feld"))["items"]
    assert {row["id"]: row["storeys"] for row in listed}["flat"] == storeys
    feature = json.loads(page.evaluate(text, "/ogc/koeln/collections/buildings/items/flat?f=json"))
    assert feature["properties"]["storeys"] == storeys
    export = json.loads(page.evaluate(text, "/api/tenants/koeln/datasets/neubau-am-feld/download.geojson"))
    exported = {f["properties"]["id"]: f["properties"] for f in export["features"]}
    assert exported["flat"]["storeysAboveGround"] == storeys
    return True


@pytest.mark.parametrize("theme", ["light", "dark", "more"])
@pytest.mark.parametrize("path", ["/koeln/daten", "/koeln/daten?upload=new", "/koeln/daten?source=lod2"])
def test_axe_finds_nothing_on_the_pages_of_data(signed_in: Page, path: str, theme: str) -> None:
    page = signed_in
    if theme == "more":
        page.emulate_media(contrast="more")
    else:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    page.wait_for_timeout(500)
    assert violations(page) == []


def test_a_phone_shows_data_and_uploads_without_scrolling_sideways(browser: Browser, address: str, clerk: None) -> None:
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    for path in ("/koeln/daten", "/koeln/daten?upload=new", "/koeln/daten?source=lod2"):
        page.goto(path)
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        assert violations(page) == []
    context.close()


def test_an_upload_that_is_discarded_leaves_nothing(signed_in: Page, home: Path, tmp_path: Path) -> None:
    page = signed_in
    broken = tmp_path / "kaputt.gml"
    broken.write_text("<?xml version='1.0'?><CityModel xmlns='http://www.opengis.net/citygml/2.0'><a>")
    page.goto("/koeln/daten?upload=new")
    page.locator("input[type=file]").set_input_files(str(broken))
    page.get_by_role("button", name="Einlesen und prüfen").click()
    expect(page.get_by_text("Die Datei ist beschädigt oder nicht vollständig")).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Verwerfen, nichts wird gespeichert").click()
    expect(page.get_by_role("heading", name="Daten", level=1)).to_be_visible()
    upload = page.url
    assert "upload" not in upload
    assert not [d for d in (home / "tenants" / "koeln" / "uploads").iterdir() if list(d.glob("files/kaputt*"))]
