"""The comparison over HTTP: today and variants, what is missing queued and computed, how fresh and how sure it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.planning.compare import PROCESSES, ROWS
from kastor.planning.compare_words import sentence, verdict, word
from kastor.planning.computing import compute
from kastor.planning.orders import read
from kastor.process import Quiet
from kastor.store import Dataset, Tenant, create_tenant
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from kastor.store.runs import claim, end, runs_of
from kastor.web.app import create_app
from kastor.web.rights import ANONYMOUS, Person
from kastor.web.settings import Settings

EAST, NORTH = ORIGIN[:2]
PLANNING = {"musterstadt": frozenset({Role.PLANNER})}
PEOPLE = {"planner": Person("7", PLANNING), "citizen": Person("10"), "nobody": ANONYMOUS}
HERE = "/api/tenants/musterstadt"
AREA = f"{EAST},{NORTH};{EAST + 50},{NORTH};{EAST + 50},{NORTH + 50};{EAST},{NORTH + 50}"

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Tenant]:
    with create_tenant(tmp_path_factory.mktemp("home"), "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser", licence="dl-de/zero-2-0", date="2026-01-01")) as load:
            load.put("houses", four_houses())
            load.put_terrain("ground", flat_ground(cell=1.0))
            load.finish({"source": "houses", "findings": []})
        yield twin


@pytest.fixture(scope="module")
def ask(twin: Tenant) -> Client:
    app = create_app(Settings(home=twin.directory.parent.parent, rate=0))
    app.state.identify = lambda request: PEOPLE[request.headers["authorization"]]
    client = TestClient(app)

    def asked(who: str, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": who, **more.pop("headers", {})}
        return client.request(method, f"{HERE}/{path}", headers=headers, **more)

    return asked


def tower(height: float) -> dict[str, Any]:
    footprint = [[EAST + x, NORTH + y] for x, y in ((20, 5), (28, 5), (28, 13), (20, 13))]
    return {"kind": "add_building", "id": "tower", "footprint": footprint, "height": height, "storeys": 9,
            "use": "residential", "dwellings": 24}  # fmt: skip


def made(ask: Client, name: str, *edits: dict[str, Any]) -> str:
    new = ask("planner", "POST", "variants", json={"name": name}).json()
    saved = ask(
        "planner", "PUT", f"variants/{new['id']}/edits", headers={"If-Match": '"1"'}, json={"edits": list(edits)}
    )
    assert saved.status_code == 200, saved.text
    return str(new["id"])


@pytest.fixture(scope="module")
def variant(ask: Client) -> str:
    return made(ask, "Hochpunkt", tower(27.0), {"kind": "plant_tree", "id": "lime", "place": [EAST + 25, NORTH + 30]})


@pytest.fixture(scope="module")
def empty(ask: Client, variant: str) -> dict[str, Any]:
    """The comparison before anything is computed."""
    found: dict[str, Any] = ask("planner", "GET", "comparison", params={"variants": variant, "area": AREA}).json()
    return found


@pytest.fixture(scope="module")
def queued(ask: Client, variant: str, empty: dict[str, Any]) -> Any:
    return [ask("planner", "POST", "comparison/runs", params={"variants": variant, "area": AREA}) for _ in range(2)]


@pytest.fixture(scope="module")
def full(ask: Client, twin: Tenant, variant: str, queued: Any) -> dict[str, Any]:
    """The comparison once what was queued has been computed."""
    instance = open_instance(twin.directory.parent.parent)
    for run in runs_of(instance, "musterstadt"):
        compute(twin, read(twin, run.process, run.inputs), Quiet(), "7")
    instance.close()
    answer = ask("planner", "GET", "comparison", params={"variants": f"{variant}@2", "area": AREA})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def row(found: dict[str, Any], indicator: str) -> dict[str, Any]:
    return next(r for r in found["rows"] if r["indicator"] == indicator)


def test_the_comparison_says_which_year_a_variant_looks_at(ask: Client, variant: str) -> None:
    tree = {"kind": "plant_tree", "id": "lime", "place": [EAST + 25, NORTH + 30], "species": "Winterlinde"}
    later = made(ask, "In zwanzig Jahren", tree, {"kind": "later", "id": "jahre", "years": 20})
    found = ask("planner", "GET", "comparison", params={"variants": f"{variant},{later}", "area": AREA}).json()
    assert [column["years"] for column in found["columns"]] == [0, 0, 20]


def test_before_anything_is_computed_all_is_missing_and_says_so(empty: dict[str, Any]) -> None:
    assert [column["name"] for column in empty["columns"]] == ["Bestand", "Hochpunkt"]
    assert [column["revision"] for column in empty["columns"]] == [0, 2]
    assert {cell["badge"]["state"] for r in empty["rows"] if r["process"] for cell in r["cells"]} == {"missing"}
    assert all(cell["value"] is None and cell["result"] is None for r in empty["rows"][:-1] for cell in r["cells"])
    assert "fehlen noch" in empty["sentence"]["de"]


def test_what_is_missing_is_queued_once(queued: Any) -> None:
    first, second = queued
    assert first.status_code == 202
    assert {q["process"] for q in first.json()["queued"]} == set(PROCESSES)
    assert len(first.json()["queued"]) == 2 * len(PROCESSES)
    assert second.json() == {"queued": [], "missing": 2 * len(PROCESSES)}


def test_a_tower_builds_houses_and_takes_sun(full: dict[str, Any]) -> None:
    assert {column["badge"]["state"] for column in full["columns"]} == {"fresh"}
    today, planned = row(full, "built_area")["cells"]
    assert (today["value"], planned["value"], planned["difference"]) == (384.0, 448.0, 64.0)
    assert planned["word"] == {"de": "schlechter", "en": "worse"}
    assert row(full, "floor_area")["cells"][1]["difference"] == 9 * 64
    assert row(full, "floor_area")["cells"][1]["verdict"] == "more"
    assert row(full, "dwellings")["cells"][1]["value"] == 24
    assert row(full, "trees")["cells"][1]["difference"] == 1
    assert row(full, "neighbours")["cells"][1]["verdict"] == "worse"
    assert row(full, "playground_hours")["cells"][1]["verdict"] == "unknown"
    assert {r["indicator"] for r in full["rows"]} == {wanted.indicator for wanted in ROWS} | {"costs"}
    assert all(1 <= r["confidence"] <= 3 and r["confidence_words"]["de"] for r in full["rows"])


def test_a_number_can_be_followed_to_data_licence_and_method(ask: Client, full: dict[str, Any]) -> None:
    result = ask("planner", "GET", f"results/{row(full, 'sealed')['cells'][1]['result']}").json()
    assert result["process"] == {"id": "balance", "version": "1",
                                 "title": {"de": "Flächenbilanz", "en": "Balance of areas"}}  # fmt: skip
    assert result["attribution"][0]["licence"] == "dl-de/zero-2-0"
    assert result["attribution"][0]["date"] == "2026-01-01"
    assert "Grundfläche mal Geschosse" in result["method"]["method"]["de"]
    assert result["variant"]["revision"] == 2


def test_a_changed_variant_makes_its_numbers_old_and_keeps_todays(ask: Client, full: dict[str, Any]) -> None:
    other = made(ask, "Wächst", tower(12.0))
    ask("planner", "POST", "comparison/runs", params={"variants": other, "area": AREA})
    found = ask("planner", "GET", "comparison", params={"variants": other, "area": AREA}).json()
    assert [c["badge"]["state"] for c in found["columns"]][1] == "running"
    again = ask("planner", "GET", "comparison", params={"variants": full["columns"][1]["variant"] + "@1", "area": AREA})
    states = {cell["badge"]["state"] for r in again.json()["rows"][:-1] for cell in r["cells"]}
    # its first revision changed nothing, which is computed already as today
    assert states == {"fresh"}


def test_a_result_of_an_older_revision_is_shown_as_old(ask: Client, twin: Tenant) -> None:
    name = made(ask, "Ändert sich", tower(9.0))
    order = read(twin, "balance", {"area": area(), "variant": {"id": name, "revision": 2}})
    compute(twin, order, Quiet(), "7")
    saved = ask("planner", "PUT", f"variants/{name}/edits", headers={"If-Match": '"2"'}, json={"edits": [tower(15.0)]})
    assert saved.status_code == 200
    cell = row(ask("planner", "GET", "comparison", params={"variants": name, "area": AREA}).json(), "built_area")[
        "cells"
    ][1]
    assert (cell["value"], cell["badge"]["state"]) == (448.0, "stale")
    assert "Stand 2" in cell["badge"]["words"]["de"]


def area() -> dict[str, Any]:
    corners = [[EAST, NORTH], [EAST + 50, NORTH], [EAST + 50, NORTH + 50], [EAST, NORTH + 50], [EAST, NORTH]]
    return {"type": "Polygon", "coordinates": [corners]}


def test_costs_need_prices_and_name_what_lacks_one(ask: Client, variant: str) -> None:
    before = row(ask("planner", "GET", "comparison", params={"variants": variant, "area": AREA}).json(), "costs")
    assert before["cells"][1]["value"] is None
    assert before["cells"][1]["lacking"] == ["floor", "tree"]
    stated = ask("planner", "PUT", "costs", json={"prices": {"floor": [2000, 3000, 4500], "tree": [500, 800, 1200]}})
    assert stated.status_code == 200
    cell = row(ask("planner", "GET", "comparison", params={"variants": variant, "area": AREA}).json(), "costs")[
        "cells"
    ][1]
    assert (cell["low"], cell["value"], cell["high"]) == (1152500.0, 1728800.0, 2593200.0)
    assert [(part["item"], part["quantity"]) for part in cell["parts"]] == [("floor", 576.0), ("tree", 1.0)]
    assert ask("planner", "GET", "costs").json()["items"][0]["prices"] == [2000, 3000, 4500]


@pytest.mark.parametrize(
    "prices", [{"gold": [1, 2, 3]}, {"tree": [3, 2, 1]}, {"tree": [1, 2]}, {"tree": "dear"}, {"tree": [-1, 2, 3]}]
)
def test_prices_that_are_none_are_refused(ask: Client, prices: dict[str, Any]) -> None:
    answer = ask("planner", "PUT", "costs", json={"prices": prices})
    assert answer.status_code == 400
    assert next(iter(prices)) in answer.json()["detail"]


def test_the_table_for_spreadsheets_has_a_line_for_each_number(ask: Client, full: dict[str, Any]) -> None:
    wanted = {"variants": full["columns"][1]["variant"], "area": AREA}
    answer = ask("planner", "GET", "comparison.csv", params=wanted)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(lines) == 1 + 2 * len(full["rows"])
    built = next(line for line in lines if line[:3] == ["Bebaute Fläche", "m2", "Hochpunkt"])
    assert built[4:9] == ["448", "", "", "64", "schlechter"]


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [("citizen", "POST", "comparison/runs", 403), ("nobody", "GET", "costs", 401), ("citizen", "PUT", "costs", 403)],
)
def test_only_who_plans_computes_and_states_prices(ask: Client, who: str, method: str, path: str, status: int) -> None:
    assert ask(who, method, path, json={"prices": {}}).status_code == status


def test_a_draft_is_not_compared_by_others(ask: Client, variant: str) -> None:
    assert ask("citizen", "GET", "comparison", params={"variants": variant, "area": AREA}).status_code == 404


@pytest.mark.parametrize(
    ("variants", "status", "problem"),
    [("", 400, "change nothing yet"), ("a,b,c,d,e", 400, "more than 4"), ("4f2a@x", 400, "names no revision"),
     ("4f2a", 404, "no variant '4f2a'")],
)  # fmt: skip
def test_what_cannot_be_compared_is_told(ask: Client, variants: str, status: int, problem: str) -> None:
    answer = ask("planner", "GET", "comparison", params={"variants": variants}, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert problem in answer.json()["detail"]


def test_the_area_of_a_comparison_holds_all_that_is_changed(ask: Client, variant: str) -> None:
    west, south, east, north = ask("planner", "GET", "comparison", params={"variants": variant}).json()["area"]
    assert west <= EAST + 20 - 150
    assert east >= EAST + 28 + 150
    assert (north - south) > 300


def test_the_area_reaches_as_far_around_as_is_asked(ask: Client, variant: str) -> None:
    found = ask("planner", "GET", "comparison", params={"variants": variant, "radius": 40}).json()["area"]
    assert found == [EAST + 20 - 40, NORTH + 5 - 40, EAST + 28 + 40, NORTH + 33 + 40]
    refused = ask("planner", "GET", "comparison", params={"variants": variant, "radius": -1})
    assert refused.status_code == 422


def test_what_failed_says_why_and_is_queued_again(ask: Client, twin: Tenant) -> None:
    params = {"variants": made(ask, "Gescheitert", tower(30.0)), "radius": 50}
    before = ask("planner", "POST", "comparison/runs", params=params).json()
    instance = open_instance(twin.directory.parent.parent)
    why = {"de": "Der Speicher reicht nicht.", "en": "There is too little memory."}
    ours = {job["job"]: job for job in before["queued"]}
    while ours:
        run = claim(instance, "a worker")
        assert run is not None
        if ours.pop(run.id, None) and run.process == "solar":
            end(instance, run, "", why["en"], why)
    found = ask("planner", "GET", "comparison", params=params).json()
    cells = row(found, "power")["cells"]
    assert [cell["badge"]["state"] for cell in cells] == ["failed", "failed"]
    assert cells[1]["badge"]["words"]["de"] == "Fehlgeschlagen: Der Speicher reicht nicht."
    assert {column["badge"]["state"] for column in found["columns"]} == {"failed"}
    again = ask("planner", "POST", "comparison/runs", params=params).json()["queued"]
    assert [job["process"] for job in again] == ["solar", "solar"]
    instance.close()


def test_what_cannot_be_computed_is_said_and_not_queued(ask: Client) -> None:
    """Far from everything there is neither ground nor a house: only areas can be told."""
    name = made(ask, "Weit weg", {"kind": "plant_tree", "id": "far", "place": [EAST + 9000.0, NORTH + 9000.0]})
    found = ask("planner", "GET", "comparison", params={"variants": name}).json()
    states = {r["process"]: {cell["badge"]["state"] for cell in r["cells"]} for r in found["rows"] if r["process"]}
    assert states == {name: {"missing" if name == "balance" else "impossible"} for name in PROCESSES}
    queued = ask("planner", "POST", "comparison/runs", params={"variants": name}).json()["queued"]
    assert {q["process"] for q in queued} == {"balance"}


def test_words_of_a_comparison() -> None:
    assert word(None, "less")["de"] == "unbekannt"
    assert word(2.0, "")["en"] == "more"
    assert sentence([], [])["en"] == "No variant to compare yet."


def test_a_comparison_says_first_what_becomes_better_and_what_worse() -> None:
    def changed(title: str, unit: str, better: str, difference: float | None) -> dict[str, Any]:
        cell = {"difference": difference, "verdict": verdict(difference, better)}
        return {
            "indicator": title,
            "title": {"de": title, "en": title},
            "unit": unit,
            "better": better,
            "cells": [{}, cell],
        }

    rows = [
        changed("Wohnungen", "1", "more", 12.0),
        changed("Versiegelt", "m2", "less", 1337.4),
        changed("Sonne", "h", "more", -0.4),
        changed("Bäume", "1", "more", 0.0),
        changed("Wasser", "m3", "less", None),
    ]
    assert sentence(["Hochpunkt"], rows) == {
        "de": "Hochpunkt. Besser: Wohnungen (12 mehr). Schlechter: Versiegelt (1.337 m² mehr), Sonne (0,4 h weniger). "
        "1 Kennzahl fehlt noch.",
        "en": "Hochpunkt. Better: Wohnungen (12 more). Worse: Versiegelt (1,337 m² more), Sonne (0.4 h less). "
        "1 indicator is missing yet.",
    }
    assert sentence(["Hochpunkt"], rows[3:4])["de"] == "Hochpunkt. Keine Kennzahl ändert sich."
    unknown = [row for row in rows if row["cells"][1]["verdict"] == "unknown"]
    assert sentence(["Hochpunkt"], unknown)["de"] == "Hochpunkt. 1 Kennzahl fehlt noch."
    known = {"badge": {"state": "fresh"}}
    nowhere = {**unknown[0], "cells": [known, {**unknown[0]["cells"][1], **known}]}
    assert "fehlt" not in sentence(["Hochpunkt"], [*rows[:4], nowhere])["de"], "nothing there to measure lacks nothing"
