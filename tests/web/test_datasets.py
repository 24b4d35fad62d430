"""Datasets over HTTP: facts with a history, gaps somebody should care for, what is missing, who sees it."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import four_houses
from kastor.loading import worker
from kastor.store import Dataset, Tenant, open_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.dataset_json import due_on, functions_json
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
DOUBT = {
    "code": "storeys_do_not_fit", "outcome": "kept", "object": "flat", "values": {"storeys": 2, "per_storey": 1.45},
    "text": {"de": "2 Geschosse passen nicht.", "en": "2 storeys do not fit."},
    "cure": {"de": "Unverändert.", "en": "As it is."}, "place": [356000.0, 5655000.0, 50.0],
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program's work be done in this process, and draw only where that is the question: both take long."""

    def start(tenant: Tenant, job_id: str) -> bool:
        with open_tenant(tenant.directory.parent.parent, tenant.id) as opened:
            worker.work(opened, job_id)
        return True

    monkeypatch.setattr(worker, "_start", start)
    if "tiled" not in request.keywords:
        monkeypatch.setattr("kastor.loading.drafts.tile", lambda *_: {})
        monkeypatch.setattr("kastor.loading.tiling.tile", lambda *_: {})


@pytest.fixture
def client(small_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    dataset = Dataset("lod2", "LoD2", owner="Amt", date="2020-12-23", rhythm="ANNUAL")
    report = {
        "source": "lod2.gml", "format": "citygml", "crs": "EPSG:25832", "operation": "", "read": {"Building": 4},
        "kept": {"Building": 4}, "totals": {"kept": 1, "repaired": 0, "ignored": 0, "refused": 0},
        "counts": [{"code": DOUBT["code"], "outcome": "kept", "count": 1}], "findings": [DOUBT],
    }  # fmt: skip
    with small_twin.load(dataset) as load:
        load.put("lod2", four_houses())
        load.finish(report)
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent))) as client:
        yield acting(client, Role.CARETAKER)


def page(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{HERE}/datasets/lod2").json()
    return found


def test_the_overview_says_what_nobody_cares_for(client: TestClient) -> None:
    rows = {row["id"]: row for row in client.get(f"{HERE}/datasets").json()["items"]}
    assert rows["lod2"]["gaps"] == ["office", "licence", "overdue", "findings"]
    assert (rows["lod2"]["openFindings"], rows["lod2"]["due"]) == (1, "2021-12-24")
    assert "buildings" in rows["lod2"]["layers"]
    assert rows["houses"]["gaps"] == ["office", "date", "rhythm"]


def test_the_functions_say_what_they_lack(client: TestClient) -> None:
    functions = {one["id"]: one for one in client.get(f"{HERE}/datasets").json()["functions"]}
    assert functions["rain"]["state"] == "ready"
    assert (functions["parking"]["state"], functions["parking"]["lacks"]) == ("missing", ["parking"])
    assert functions["planning"]["wants"] == ["parcel"]


def test_heavy_rain_needs_heights_somebody_measured() -> None:
    guessed = Dataset("terrain-derived", "Gelände", kinds={"terrain": 1})
    rain = {one["id"]: one for one in functions_json([guessed])}["rain"]
    assert (rain["state"], rain["lacks"], rain["derived"]) == ("missing", ["terrain"], True)


@pytest.mark.parametrize(
    ("stated", "rhythm", "due"),
    [
        ("2020-12-23", "ANNUAL", date(2021, 12, 24)),
        ("2020", "MONTHLY", date(2021, 1, 31)),
        ("2020-02", "DAILY", date(2020, 3, 1)),
        ("2020-12", "DAILY", date(2021, 1, 1)),
        ("2020-12-23", "NEVER", None),
        ("2020-13-99", "DAILY", None),
        ("", "ANNUAL", None),
    ],
)
def test_a_newer_state_is_due_after_the_rhythm(stated: str, rhythm: str, due: date | None) -> None:
    assert due_on(Dataset("a", "A", date=stated, rhythm=rhythm)) == due


def test_facts_are_changed_with_a_history(client: TestClient) -> None:
    answer = client.patch(f"{HERE}/datasets/lod2", json={"office": "Vermessungsamt", "note": "Organigramm"})
    assert answer.status_code == 200
    assert answer.json()["office"] == "Vermessungsamt"
    (entry,) = page(client)["changes"]
    assert (entry["changes"], entry["who"], entry["note"]) == ({"office": ["", "Vermessungsamt"]}, "7", "Organigramm")
    assert "office" not in page(client)["gaps"]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"rhythm": "HOURLY"}, 400),
        ({"title": ""}, 422),
        ({"licenceUrl": "javascript:alert(1)"}, 422),
        ({"x": "y"}, 422),
    ],
)
def test_facts_that_make_no_sense_are_refused(client: TestClient, facts: dict[str, str], status: int) -> None:
    before = page(client)
    assert client.patch(f"{HERE}/datasets/lod2", json=facts).status_code == status
    assert page(client) == before


def test_who_did_what_is_told_to_those_who_work_on_it(client: TestClient, acting: Callable[..., TestClient]) -> None:
    client.patch(f"{HERE}/datasets/lod2", json={"office": "Vermessungsamt"})
    acting(client, Role.CITIZEN)
    assert page(client)["changes"][0]["who"] == ""
    assert client.patch(f"{HERE}/datasets/lod2", json={"office": "Amt"}).status_code == 403


@pytest.mark.tiled
def test_a_dataset_that_is_no_longer_public_leaves_lists_and_tiles(
    client: TestClient, acting: Callable[..., TestClient], small_twin: Tenant
) -> None:
    for name in ("lod2", "houses"):
        assert client.put(f"{HERE}/datasets/{name}/state", json={"state": "draft"}).status_code == 200
        _wait_for_tiles(small_twin)
    assert page(client)["state"] == "draft"
    acting(client, Role.CITIZEN)
    assert client.get(f"{HERE}/datasets").json()["items"] == []
    assert client.get(f"{HERE}/datasets/lod2").status_code == 404
    assert client.get("/tiles/musterstadt/buildings/tileset.json").status_code == 404
    acting(client, Role.CARETAKER).put(f"{HERE}/datasets/lod2/state", json={"state": "public"})
    _wait_for_tiles(small_twin)
    assert client.get("/tiles/musterstadt/buildings/tileset.json").status_code == 200


def _wait_for_tiles(twin: Tenant) -> None:
    deadline = time.monotonic() + 120
    while any(twin.uploads.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_suggestion_of_a_report_becomes_a_version(client: TestClient, small_twin: Tenant) -> None:
    report = page(client)["report"]
    (finding,) = client.get(f"{HERE}/reports/{report}").json()["findings"]
    assert finding["label"] == "Hauptstraße 1"
    assert finding["suggestion"]["words"]["de"].startswith("1 Geschoss")
    one = {"object": "flat", "code": DOUBT["code"], "take": True}
    answer = client.post(f"{HERE}/reports/{report}/decisions", json={"decisions": [one]})
    assert answer.json()["findings"][0]["decision"] == "taken"
    detail = client.get(f"{HERE}/objects/flat").json()
    assert (detail["storeys"], detail["findings"], detail["findingList"]) == (1, 0, [])
    assert page(client)["decisions"] == {"kept": 0, "taken": 1}
    _wait_for_tiles(small_twin)


def test_a_report_is_kept_as_table_and_on_paper(client: TestClient) -> None:
    report = page(client)["report"]
    text = client.get(f"{HERE}/reports/{report}.csv").content.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text), delimiter=";")
    assert (head[0], row[:3]) == ("Art", ["zu prüfen", "Hauptstraße 1", "flat"])
    assert row[7] == "356000,00"
    paper = client.get(f"{HERE}/reports/{report}.pdf", params={"language": "en"})
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")


def test_the_overview_opens_in_a_spreadsheet(client: TestClient) -> None:
    client.patch(f"{HERE}/datasets/lod2", json={"title": "=SUM(A1)"})
    text = client.get(f"{HERE}/datasets.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0][:3] == ["Kennung", "Titel", "Sichtbar"]
    assert "'=SUM(A1)" in {row[1] for row in rows}
    assert "neuer Stand ist überfällig" in text
