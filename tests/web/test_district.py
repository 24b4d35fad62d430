"""Quartiersanalyse over HTTP and by command: figures, tables, paper, download."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.city.sample import ORIGIN
from kastor.cli import app
from kastor.store import Tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt/district"
EAST, NORTH = ORIGIN[:2]
CORNERS = ";".join(f"{EAST + x},{NORTH + y}" for x, y in ((0, 0), (50, 0), (50, 50), (0, 50)))


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent))) as client:
        yield client


def test_each_figure_comes_with_its_method_and_sources(client: TestClient) -> None:
    found = client.get(HERE, params={"area": CORNERS}).json()
    rows = {(f["group"], f["id"]): f for f in found["figures"]}
    assert rows["buildings", "count"]["value"] == 4
    assert rows["area", "size"] == {
        "group": "area", "id": "size", "label": {"de": "Fläche", "en": "Size"}, "value": 2500.0, "unit": "m²",
        "method": "geometry", "estimated": 0.0, "between": None, "lacking": None, "addsUp": True,
    }  # fmt: skip
    floor = rows["buildings", "floor_area"]
    assert floor["estimated"] == pytest.approx(168 / 818, abs=1e-4)
    assert [s["title"] for s in found["methods"][floor["method"]]["sources"]] == ["Vier Häuser"]
    assert found["area"]["type"] == "Polygon"


def test_the_table_opens_in_a_german_spreadsheet(client: TestClient) -> None:
    answer = client.get(f"{HERE}.csv", params={"area": CORNERS})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Gruppe", "Kennzahl", "Wert"]
    assert ["Gebäude", "Grundfläche", "384", "m²"] in [row[:4] for row in rows]
    assert ["Dichte (Anhaltswerte)", "Überbaut, ähnlich GRZ", "0,1536"] in [row[:3] for row in rows]


def test_the_paper_is_a_pdf(client: TestClient) -> None:
    answer = client.get(f"{HERE}.pdf", params={"around": f"{EAST + 25},{NORTH + 25}", "radius": 40})
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 20_000


def test_the_download_holds_the_area_and_its_buildings(client: TestClient) -> None:
    found = client.get(f"{HERE}.geojson", params={"area": CORNERS, "rule": "share"}).json()
    assert found["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::25832"
    assert [f["properties"]["kind"] for f in found["features"]] == ["district", *["building"] * 4]
    flat = next(f for f in found["features"] if f.get("id") == "flat")
    assert flat["properties"]["storeysAboveGround"] == 2
    assert flat["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 422),
        ({"area": "x"}, 422),
        ({"area": CORNERS, "rule": "guess"}, 422),
        ({"around": "Nirgends", "radius": 5}, 422),
    ],
)
def test_what_is_no_area_is_refused(client: TestClient, parameters: dict[str, str], status: int) -> None:
    answer = client.get(HERE, params=parameters)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_the_command_counts_the_same(small_twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))
    run = CliRunner()
    done = run.invoke(app, ["district", "musterstadt", "--corners", CORNERS, "--json"])
    assert json.loads(done.stdout)["buildings.count"] == 4
    area = tmp_path / "area.geojson"
    ring = [[float(n) for n in pair.split(",")] for pair in CORNERS.split(";")]
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))
    table = tmp_path / "figures.csv"
    done = run.invoke(app, ["district", "musterstadt", "--area", str(area), "--file", str(table)])
    assert done.exit_code == 0, done.output
    assert "Grundfläche" in table.read_text("utf-8-sig")
    done = run.invoke(app, ["district", "musterstadt", "--corners", "1,2;3,4"])
    assert done.exit_code == 2
