"""Journey 2: a building is set into a plan, judged, computed, compared with today, and decided on.

Once with the keyboard alone in Dorsten, once with the mouse in Köln. Heavy rain, shade and sun are really computed.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from kastor.loading import load
from kastor.store import Dataset, grants, open_tenant, people, results
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from tests.formats.test_ifc import written
from tests.journeys.test_accessibility import violations
from tests.journeys.test_planning import broken, saved, type_number
from tests.journeys.test_uploading_data import PASSWORD, SIGN_IN
from tests.loading.test_plans import PLAN

LOGIN = "ausschuss"
LONG = 300_000
"""How long computing may take on a busy machine. [ms]"""


@dataclass(frozen=True)
class Place:
    """Where the small plan is laid in a town. [m]"""

    town: str
    east: float
    north: float
    keyboard: bool


PLACES = (Place("dorsten", 360540.0, 5721560.0, keyboard=True), Place("koeln", 364330.0, 5650220.0, keyboard=False))


@pytest.fixture(scope="module")
def planners(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Somebody who plans in both towns, where a plan holds; all is gone afterwards."""
    instance = open_instance(home)
    with instance.write("The person cannot be made") as connection:
        person = people.create(connection, LOGIN, "Anna Ausschuss")
        people.set_password(connection, person.id, PASSWORD)
    before: dict[str, set[str]] = {}
    for place in PLACES:
        file = tmp_path_factory.mktemp("plan") / "am_muehlbach.gml"
        file.write_text(laid(PLAN.read_text(encoding="utf-8"), place), encoding="utf-8")
        with open_tenant(home, place.town) as twin:
            grants.grant(instance, twin.database, person.id, Role.PLANNER, "plans here")
            load(twin, [file], Dataset("plan-journey", "Am Mühlbach"))
            before[place.town] = {kept.id for kept in results.results_of(twin.database)}
    yield
    for place in PLACES:
        with open_tenant(home, place.town) as twin:
            twin.end_dataset("plan-journey")
            grants.withdraw(instance, twin.database, person.id, Role.PLANNER, "the test is over")
    instance.close()


def laid(plan: str, place: Place) -> str:
    """The small plan with its corner at a place."""

    def moved(found: re.Match[str]) -> str:
        value = float(found[0])
        return f"{value - 365000 + place.east if value < 1e6 else value - 5723000 + place.north:.3f}"

    return re.sub(r"\b(36[45]\d{3}|572[234]\d{3})(\.\d+)?\b", moved, plan)


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str, planners: None) -> Iterator[Page]:
    """A page of the planner."""
    context = browser.new_context(
        base_url=address, locale="de-DE", viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/openapi.json")
    assert page.evaluate(SIGN_IN, [LOGIN, PASSWORD]) == 200
    yield page
    context.close()
    assert errors == []


def use(one: Locator, place: Place) -> None:
    """Press a button or follow a link, as the reader of this place does."""
    expect(one).to_be_enabled()
    if place.keyboard:
        one.press("Enter")
    else:
        one.click()


@pytest.mark.parametrize("place", PLACES, ids=[place.town for place in PLACES])
def test_from_a_building_to_a_signed_decision(desk: Page, place: Place, tmp_path: Path) -> None:
    page = desk
    _build_and_judge(page, place)
    if place.keyboard:
        _compute(page, place)
    _compare(page, place)
    _decide(page, place)
    if not place.keyboard:
        _show(page, place)
        _insert(page, place, tmp_path)


def _build_and_judge(page: Page, place: Place) -> None:
    page.goto(f"/{place.town}/planen?view={place.east + 28},{place.north + 45},40,20,42,170")
    expect(page.get_by_role("button", name="Gebäude setzen")).to_be_enabled()
    page.keyboard.press("g")
    type_number(page, "Ost", str(place.east + 27))
    type_number(page, "Nord", str(place.north + 45))
    use(page.get_by_role("button", name="Hier setzen"), place)
    saved(page, 2)
    type_number(page, "Länge", "48,5")
    saved(page, 3)
    type_number(page, "Geschosse", "5")
    saved(page, 4)
    expect(page.get_by_role("status").filter(has_text="3 Verstöße")).to_be_visible()
    assert broken(page) == ["Baugrenze", "Vollgeschosse", "Höhe"]
    use(page.get_by_role("button", name="Auf Plan kürzen"), place)
    expect(page.get_by_role("status").filter(has_text="kein Verstoß")).to_be_visible()
    saved(page, 5)


def _compute(page: Page, place: Place) -> None:
    """Heavy rain shows a preview while it is computed; shade is computed to the end."""
    use(page.get_by_role("button", name="Wirkung berechnen"), place)
    use(page.get_by_role("link", name="Starkregen"), place)
    use(page.get_by_role("button", name="Berechnen"), place)
    there = page.get_by_text("Vorschau", exact=True).or_(page.get_by_text("aktuell", exact=True))
    expect(there.first).to_be_visible(timeout=LONG)
    # what is computed already cannot be cancelled
    with suppress(TimeoutError):
        page.get_by_role("button", name="Abbrechen").press("Enter", timeout=5_000)
    shade = page.get_by_role("button", name="Berechnen")
    page.goto(re.sub(r"process=\w+.*", "process=shadow", page.url.replace("&job=", "&gone=")))
    use(shade, place)
    expect(page.get_by_text("aktuell", exact=True)).to_be_visible(timeout=LONG)


def _compare(page: Page, place: Place) -> None:
    page.goto(f"/{place.town}/vergleichen?radius=50&way=table")
    use(page.get_by_role("button", name="Alles neu rechnen"), place)
    table = page.get_by_role("region", name="Kennzahlen im Vergleich")
    badges = table.locator("thead .badge")
    expect(badges).to_have_text(["aktuell", "aktuell"], timeout=LONG)
    for name in ("Wasser, das am Ende noch steht", "Sonnenstunden der Freiflächen"):
        row = table.get_by_role("row").filter(has_text=re.compile(name)).first
        expect(row.get_by_role("cell").nth(1)).to_contain_text(re.compile(r"\d"))
    assert violations(page) == []
    use(table.get_by_role("button", name="Sonnenstunden der Freiflächen"), place)
    trace = page.get_by_role("dialog")
    for said in ("Wie gerechnet wird", "Lizenz", "Stand", "Fassung"):
        expect(trace.get_by_text(re.compile(said)).first).to_be_visible()
    page.keyboard.press("Escape")


def _decide(page: Page, place: Place) -> None:
    use(page.get_by_role("button", name="Beschlussvorlage erstellen"), place)
    page.get_by_label("Worum geht es?").fill("Wohnen am Mühlbach")
    use(page.get_by_role("button", name="Entwurf anlegen"), place)
    use(page.get_by_role("button", name="Weiter schreiben"), place)
    page.get_by_label("Gremium").fill("Bauausschuss")
    page.get_by_label("Datum").fill("2026-11-26")
    page.get_by_label("Wortlaut").fill("Variante A wird weiterverfolgt.")
    chosen = page.get_by_role("radio", name="Variante A")
    chosen.press("Space")
    use(page.get_by_role("button", name="Varianten prüfen und übernehmen"), place)
    expect(page.get_by_text(re.compile("0 nicht eingehalten"))).to_be_visible()
    page.get_by_label("Ergebnis", exact=True).select_option("accepted")
    page.get_by_label("Beteiligte Rollen").fill("Vorsitz: leitet die Sitzung\nPlanung")
    expect(page.get_by_role("status").filter(has_text="Gespeichert")).to_be_visible()
    assert violations(page) == []
    use(page.get_by_role("button", name="Unterzeichnen"), place)
    expect(page.get_by_role("dialog")).to_contain_text("Anna Ausschuss")
    page.get_by_role("checkbox", name="Ich habe den Entwurf gelesen.").press("Space")
    use(page.get_by_role("button", name="Jetzt unterzeichnen"), place)
    expect(page.get_by_text("unterzeichnet", exact=True)).to_be_visible()
    use(page.get_by_role("button", name="Beschluss prüfen"), place)
    expect(page.get_by_role("status").filter(has_text="Alles ist wie unterzeichnet.")).to_be_visible()
    assert violations(page) == []

    paper = page.get_by_role("link", name="Als PDF laden").get_attribute("href") or ""
    assert page.request.get(paper).body().startswith(b"%PDF")
    file = page.get_by_role("link", name="Als JSON laden").get_attribute("href") or ""
    record = json.loads(page.request.get(file).body())
    processes = {one["process"]["id"] for one in record["results"]}
    assert {"rain", "sun_hours", "solar", "balance"} <= processes
    assert (record["outcome"], record["signed_by"], record["plan_checks"][0]["broken"]) == ("accepted", "planner", 0)


def _show(page: Page, place: Place) -> None:
    """A view is kept, shown in big type, turned by keyboard, and taken along as a folder."""
    page.goto(f"/{place.town}/vergleichen?radius=50&view={place.east + 28},{place.north + 45},40,20,42,170")
    page.get_by_role("button", name="Vorführen").click()
    show = page.get_by_role("dialog", name="Vorführung")
    expect(show.get_by_role("status")).to_have_text("Seite 1 von 2")
    show.get_by_role("button", name="Ansicht hinzufügen").click()
    show.get_by_label("Überschrift").fill("Der Neubau am Park")
    show.get_by_role("button", name="Ansicht merken").click()
    expect(show.get_by_role("heading", name="Der Neubau am Park")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(show.get_by_role("heading", name="Was ändert sich für wen?")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(show.get_by_role("heading", name="Der Neubau am Park")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        show.get_by_role("button", name="Als Ordner laden").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        names = set(packed.namelist())
        assert {f"{place.town}/index.html", f"{place.town}/pictures/view-1.png"} <= names
        assert "Der Neubau am Park" in packed.read(f"{place.town}/index.html").decode()
    page.keyboard.press("Escape")
    expect(show).to_have_count(0)


def _insert(page: Page, place: Place, folder: Path) -> None:
    """A building in IFC, drawn in millimetres, is placed by three points and becomes part of the variant."""
    house = folder / "haus.ifc"
    house.write_bytes(written(unit="MILLI"))
    page.goto(f"/{place.town}/planen?view={place.east + 28},{place.north + 45},40,20,42,170")
    page.get_by_role("button", name="Aus Datei einfügen").click()
    page.get_by_label("Datei", exact=True).set_input_files(str(house))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("10,0 × 8,0 × 9,0 m")).to_be_visible()
    expect(dialog.get_by_text("sagt nicht, wo es steht")).to_be_visible()
    for number, (east, north) in enumerate(((60.0, 20.0), (70.0, 20.0), (70.0, 28.0)), start=1):
        type_number(page, f"Ost {number}", str(place.east + east))
        type_number(page, f"Nord {number}", str(place.north + north))
    dialog.get_by_role("button", name="Lage berechnen").click()
    expect(dialog.get_by_text("Die Punkte passen auf 0,00 m")).to_be_visible()
    assert violations(page) == []
    dialog.get_by_role("button", name="In die Variante übernehmen").click()
    expect(page.get_by_role("heading", name="Haus am Markt")).to_be_visible()
    saved(page, 2)
