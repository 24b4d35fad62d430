"""Tables by district over HTTP, by upload and by command: as JSON, CSV and GeoJSON, seen by those who may."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.cli import app
from kastor.loading import load
from kastor.store import Dataset, Tenant
from kastor.store.roles import Role
from kastor.store.visibility import State
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.loading.test_statistics import TABLE, districts_file
from tests.web.test_uploads import at_once as at_once
from tests.web.test_uploads import publish, read, send

TENANT = "/api/tenants/musterstadt"
HERE = f"{TENANT}/statistics"


@pytest.fixture
def twin(small_twin: Tenant, tmp_path: Path) -> Tenant:
    areas = districts_file(tmp_path, Westend=(0, 0, 25, 50), Ostend=(25, 0, 50, 50), Hafen=(50, 0, 60, 50))
    load(small_twin, [areas], Dataset("stadtteile", "Stadtteile"))
    return small_twin


@pytest.fixture
def client(twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=twin.directory.parent.parent))) as client:
        yield client


def test_the_newest_numbers_stand_beside_their_areas(client: TestClient, twin: Tenant) -> None:
    load(twin, [TABLE], Dataset("einwohner", "Einwohner"))
    (listed,) = client.get(HERE).json()
    assert [period["title"]["de"] for period in listed["periods"]] == ["31.12.2022", "31.12.2023"]
    found = client.get(f"{HERE}/einwohner").json()
    assert found["period"] == "2023-12-31"
    rows = {row["label"]: row for row in found["rows"]}
    assert rows["Westend"]["id"] == "stadtteile/0"
    assert rows["Westend"]["values"]["Einwohner männlich"] == {"value": 1030.0, "sign": ""}
    assert rows["Ostend"]["values"]["Einwohner weiblich"] == {"value": None, "sign": "."}
    assert (rows["Nordend"]["id"], found["without"]) == ("", ["Hafen"])
    assert [area["label"] for area in found["areas"]["items"]] == ["Westend", "Ostend", "Hafen"]
    assert found["areas"]["box"][2] - found["areas"]["box"][0] == pytest.approx(60)
    before = client.get(f"{HERE}/einwohner", params={"period": "2022-12-31"}).json()
    assert {row["label"] for row in before["rows"]} == {"Westend", "Ostend"}


def test_tables_and_areas_are_taken_away(client: TestClient, twin: Tenant) -> None:
    load(twin, [TABLE], Dataset("einwohner", "Einwohner"))
    answer = client.get(f"{HERE}/einwohner.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:4] == ["Gebiet", "Kennung des Gebiets", "Zeitraum", "Einwohner männlich"]
    assert ["Stadtteil Westend", "stadtteile/0", "31.12.2022", "1010", "1090", "17,5"] in rows
    assert ["Stadtteil Ostend", "stadtteile/1", "31.12.2023", "500", ".", "19,8"] in rows
    features = client.get(f"{HERE}/einwohner/areas.geojson").json()
    assert features["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::25832"
    (west,) = [f for f in features["features"] if f["properties"]["area"] == "Westend"]
    assert west["properties"]["Anteil unter 18 Jahren in %"] == 17.3
    assert west["geometry"]["type"] == "Polygon"


def test_what_held_before_is_told(client: TestClient, twin: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    for number in (100, 110):
        file.write_text(f"Gebiet;Jahr;Einwohner\nWestend;2023;{number}\n")
        load(twin, [file], Dataset("einwohner", "Einwohner"))
    found = client.get(f"{HERE}/einwohner/history", params={"area": "Westend"}).json()
    assert [(one["value"], bool(one["until"])) for one in found] == [(100.0, True), (110.0, False)]


@pytest.mark.parametrize(
    ("path", "status"),
    [("nichts", 404), ("houses", 404), ("einwohner?period=1900", 400), ("nichts.csv", 404),
     ("nichts/areas.geojson", 404), ("nichts/history?area=x", 404), ("einwohner/history", 422)],
)  # fmt: skip
def test_what_is_not_there_is_said(client: TestClient, twin: Tenant, path: str, status: int) -> None:
    load(twin, [TABLE], Dataset("einwohner", "Einwohner"))
    answer = client.get(f"{HERE}/{path}")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_table_that_is_not_public_is_seen_by_the_staff_only(
    client: TestClient, twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    load(twin, [TABLE], Dataset("einwohner", "Einwohner", state=State.INTERNAL))
    area = {"area": "0,0;9,0;9,9"}
    assert client.get(HERE).json() == []
    assert client.get(f"{HERE}/einwohner").status_code == 404
    assert client.get(f"{TENANT}/district", params=area).json()["figures"]
    staff = acting(client, Role.CLERK)
    assert [one["dataset"] for one in staff.get(HERE).json()] == ["einwohner"]


def test_a_drawn_area_has_inhabitants_in_page_table_and_paper(client: TestClient, twin: Tenant) -> None:
    load(twin, [TABLE], Dataset("einwohner", "Einwohner", owner="Amt"))
    area = {"object": "stadtteile/0"}
    found = client.get(f"{TENANT}/district", params=area).json()
    people = {f["label"]["de"]: f for f in found["figures"] if f["group"] == "people"}
    assert people["Einwohner männlich (31.12.2023)"]["value"] == 1030
    method = found["methods"][people["Einwohner männlich (31.12.2023)"]["method"]]
    assert [source["title"] for source in method["sources"]] == ["Stadtteile", "Einwohner"]
    rows = client.get(f"{TENANT}/district.csv", params=area).content.decode("utf-8-sig")
    assert "Menschen und Statistik;Einwohner männlich (31.12.2023);1030" in rows
    assert client.get(f"{TENANT}/district.pdf", params=area).content.startswith(b"%PDF-")


def test_a_table_comes_in_by_upload(client: TestClient, twin: Tenant, acting: Callable[..., TestClient]) -> None:
    clerk = acting(client, Role.CARETAKER)
    upload = send(clerk, {"einwohner.csv": TABLE.read_bytes()})
    (offered,) = clerk.get(f"{TENANT}/uploads/{upload}/tables").json()
    guessed = offered["statistics"]
    assert guessed["roles"]["area"] == "Gebiet"
    assert guessed["roles"]["period"] == "Stichtag"
    assert guessed["roles"]["measure:Anteil unter 18 Jahren in %"] == "share"
    assert (guessed["matched"], guessed["without"], guessed["areas"]) == (2, ["Hafen"], {"stadtteile": "Stadtteile"})
    columns = {"measure:Einwohner weiblich": "none"}
    found = read(clerk, upload, columns=columns)
    assert (found["state"], found["problem"]) == ("ready", None)
    assert found["result"]["kinds"] == {"statistics": 6}
    assert found["result"]["difference"]["new"] == 6
    report = clerk.get(f"{TENANT}/uploads/{upload}/report").json()
    assert "statistic_area_without_row" in {one["code"] for one in report["counts"]}
    assert client.get(HERE).json() == []
    done = publish(clerk, upload)
    assert (done["state"], done["problem"]) == ("published", None)
    (table,) = client.get(HERE).json()
    assert [one["name"] for one in table["measures"]] == ["Einwohner männlich", "Anteil unter 18 Jahren in %"]
    # the newer state is read with what was said about the older one
    newer = send(clerk, {"einwohner.csv": TABLE.read_bytes().replace(b"1.030", b"1.031")}, dataset=table["dataset"])
    (offered,) = clerk.get(f"{TENANT}/uploads/{newer}/tables").json()
    assert "measure:Einwohner weiblich" not in offered["statistics"]["roles"]
    found = read(clerk, newer)
    difference = found["result"]["difference"]
    assert (difference["new"], difference["changed"], difference["unchanged"]) == (0, 1, 5)
    assert difference["examples"]["changed"] == [{"id": "", "label": "Stadtteil Westend (2023-12-31)"}]


def test_the_command_loads_a_table(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(twin.directory.parent.parent))
    options = ["--dataset", "einwohner", "--column", "area=Gebiet", "--column", "measure:Einwohner weiblich=none"]
    done = CliRunner().invoke(app, ["load", "musterstadt", str(TABLE), *options, "--no-tile", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["kept"] == {"statistics": 6}
