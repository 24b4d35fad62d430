"""A result to take along: the report, the GeoPackage and the table say what the result says."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.planning.computing import compute
from kastor.planning.orders import read
from kastor.process import Quiet
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web import result_map
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.paper import words

HERE = "/api/tenants/musterstadt/results"
E, N, _ = ORIGIN
BASIN = {"kind": "basin", "outline": [[E + 20, N + 40], [E + 28, N + 40], [E + 28, N + 47]], "depth": 1.5}
RAIN = {
    "storm": "own", "millimetres": 90.0, "minutes": 15, "after": 5, "scheme": "preview", "infiltration": False,
    "edits": [BASIN], "points": [[E + 24, N + 43]], "sections": [[[E + 10, N + 20], [E + 10, N + 30]]],
}  # fmt: skip


@pytest.fixture
def client(small_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield acting(found, Role.PLANNER)


@pytest.fixture
def result(small_twin: Tenant) -> str:
    return compute(small_twin, read(small_twin, "rain", RAIN), Quiet(), "7")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Starkregen", "EigenerRegen", "Kennzahlen", "WasseranGebäuden", "NichtbefahrbareStraßen",
                "GeeignetfürVorauswahl", "KeinErsatzfür", "Mulde,1,5mtief,28m²", "Versickert", "©Amt", "90mm",
                "BeobachteteOrte", "WassertiefeamPunkt1", "DurchflussimQuerschnitt1", "größterWert"]),
        ("en", ["Heavyrain", "Rainofyourown", "Indicators", "Wateratbuildings", "Impassablestreets", "Suitedfor",
                "Nosubstitutefor", "basin,1.5mdeep,28m²", "Infiltrated", "©Amt", "90mm",
                "Watchedplaces", "Depthatapoint1", "Dischargeinasection1", "greatestvalue"]),
    ],
)  # fmt: skip
def test_the_report_says_what_was_asked_what_came_out_and_how_far_to_trust_it(
    client: TestClient, result: str, language: str, expected: list[str]
) -> None:
    answer = client.get(f"{HERE}/{result}/report.pdf", params={"language": language})
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="musterstadt-rain-{result[:8]}.pdf"' in answer.headers["content-disposition"]
    text = words(answer.content).replace(":", "")
    assert [word for word in expected if word not in text] == []
    assert result in text
    document = client.get(f"{HERE}/{result}").json()
    for indicator in document["indicators"]:
        assert re.sub(r"\s", "", indicator["title"][language]) in text


def test_the_report_says_when_it_is_out_of_date(client: TestClient, small_twin: Tenant, result: str) -> None:
    assert "Veraltet" not in words(client.get(f"{HERE}/{result}/report.pdf").content)
    small_twin.edit_object("gable", {"storeysAboveGround": 5}, "7")
    assert "DieDatenhabensichgeändert" in words(client.get(f"{HERE}/{result}/report.pdf").content)


def test_every_process_has_a_report(client: TestClient, small_twin: Tenant) -> None:
    for process in ("slope", "echo"):
        found = compute(small_twin, read(small_twin, process, {}), Quiet(), "7")
        answer = client.get(f"{HERE}/{found}/report.pdf")
        assert answer.content.startswith(b"%PDF")


def test_the_map_shows_water_where_the_result_has_it(small_twin: Tenant, client: TestClient, result: str) -> None:
    from PIL import Image

    document = client.get(f"{HERE}/{result}").json()
    picture = Image.open(io.BytesIO(result_map.picture(small_twin, document)))
    assert picture.size == result_map.PICTURE
    west, south, east, north = result_map.box_of(document)
    x = int((E + 26 - west) / (east - west) * picture.width)
    y = int((north - N - 42) / (north - south) * picture.height)
    red, _, blue = picture.getpixel((x, y))[:3]  # type: ignore[index]
    assert blue > red + 60
    outside = picture.getpixel((3, 3))
    assert outside[2] < outside[0] + 30  # type: ignore[index]


def test_the_table_has_a_line_for_each_feature(client: TestClient, result: str) -> None:
    answer = client.get(f"{HERE}/{result}/export.csv", params={"features": "house_depth"})
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert head == ["Name", "Kennung", "Wasser an Gebäuden [m]", "Erstes Wasser nach [s]", "Ost", "Nord"]
    assert {row[1] for row in rows} == {"flat", "gable", "pair", "courtyard"}
    assert any(row[0] != row[1] for row in rows)
    depths = [float(row[2].replace(",", ".")) for row in rows]
    assert depths == sorted(depths, reverse=True)
    english = client.get(f"{HERE}/{result}/export.csv", params={"features": "house_depth", "language": "en"})
    assert english.content.decode("utf-8-sig").startswith("Name,id,Water at buildings [m]")


def test_the_geopackage_has_a_layer_for_each_output(client: TestClient, result: str, tmp_path: Path) -> None:
    file = tmp_path / "result.gpkg"
    file.write_bytes(client.get(f"{HERE}/{result}/export.gpkg").content)
    assert {str(layer) for layer, _ in pyogrio.list_layers(file)} == {"house_depth", "street_depth"}
    described: dict[str, Any] = pyogrio.read_info(file, layer="house_depth")
    assert described["features"] == 4
    assert {"id", "label", "house_depth", "arrival"} <= set(described["fields"].tolist())
    assert "25832" in described["crs"]


@pytest.mark.parametrize(
    ("part", "status"),
    [("export.csv", 422), ("export.csv?features=none", 404), ("report.pdf?language=fr", 422), ("export.shp", 404)],
)
def test_what_does_not_exist_is_told(client: TestClient, result: str, part: str, status: int) -> None:
    assert client.get(f"{HERE}/{result}/{part}").status_code == status


def test_files_are_for_whom_the_result_is_for(client: TestClient, result: str) -> None:
    del client.headers["Authorization"]
    for part in ("report.pdf", "export.gpkg", "export.csv?features=house_depth"):
        assert client.get(f"{HERE}/{result}/{part}").status_code == 404
