"""Tables by district on their way into a twin: understood, joined, told, replaced by area and period."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from kastor.city.column_suggestions import suggested
from kastor.city.district_keys import Districts, best_join, join
from kastor.city.model import Kind
from kastor.city.sample import CRS, ORIGIN
from kastor.city.statistics import Measure, Sheet
from kastor.formats import FormatError, NoData
from kastor.loading import Loaded, load
from kastor.store import Dataset, Tenant, create_tenant, statistics

TABLE = Path(__file__).parents[1] / "data" / "tables" / "constructed_population.csv"
EAST, NORTH = ORIGIN[:2]


def districts_file(folder: Path, **names: tuple[float, float, float, float]) -> Path:
    """Rectangles named and numbered as districts."""
    features = []
    for number, (name, (west, south, east, north)) in enumerate(names.items(), start=1):
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        ring = [[EAST + x, NORTH + y] for x, y in corners]
        properties = {"name": name, "ref": f"{number:02}", "level": 10}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    file = folder / "stadtteile.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return file


@pytest.fixture
def twin(tmp_path: Path, store: str) -> Iterator[Tenant]:
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as made:
        file = districts_file(tmp_path, Westend=(0, 0, 25, 50), Ostend=(25, 0, 50, 50), Hafen=(50, 0, 60, 50))
        loaded = load(made, [file], Dataset("stadtteile", "Stadtteile"))
        assert loaded.result.kinds == {"district": 3}
        yield made


def taken(twin: Tenant, file: Path, text: str = "", **options: Any) -> Loaded:
    if text:
        file.write_text(text)
    return load(twin, [file], Dataset("einwohner", "Einwohner", date=options.pop("date", "")), **options)


def codes(loaded: Loaded) -> dict[str, int]:
    return {one["code"]: one["count"] for one in loaded.report["counts"]}


def numbers(twin: Tenant, period: str = "") -> dict[tuple[str, str, str], float | None]:
    found = statistics.values(twin.database, "einwohner", period)
    return {(one.area, one.period, one.measure): one.value for one in found}


def test_a_table_as_people_keep_it_is_understood_without_help(twin: Tenant) -> None:
    loaded = taken(twin, TABLE)
    assert loaded.result.kinds == {"statistics": 6}
    assert (loaded.result.new, loaded.result.changed, loaded.result.unchanged) == (6, 0, 0)
    (table,) = statistics.tables(twin.database)
    assert (table.areas, table.attribute) == ("stadtteile", "name")
    assert table.periods == ("2022-12-31", "2023-12-31")
    assert table.measures == (
        Measure("Einwohner männlich", "count"), Measure("Einwohner weiblich", "count"),
        Measure("Anteil unter 18 Jahren in %", "share", "%"),
    )  # fmt: skip
    found = numbers(twin, "2023-12-31")
    assert found["Stadtteil Westend", "2023-12-31", "Einwohner männlich"] == 1030
    assert found["Stadtteil Westend", "2023-12-31", "Anteil unter 18 Jahren in %"] == 17.3
    assert found["Stadtteil Ostend", "2023-12-31", "Einwohner weiblich"] is None
    assert found["Nordend", "2023-12-31", "Einwohner weiblich"] == 0


def test_nothing_is_dropped_silently(twin: Tenant) -> None:
    loaded = taken(twin, TABLE)
    assert codes(loaded) == {
        "statistic_note": 3, "statistic_column_left": 1, "statistic_sign": 2, "statistic_nothing": 1,
        "statistic_row_without_area": 1, "statistic_row_total": 1, "statistic_area_without_row": 1,
    }  # fmt: skip
    told = {f["code"]: f for f in loaded.report["findings"]}
    assert told["statistic_row_without_area"]["text"]["de"] == (
        "„Nordend“ ist in der Tabelle, aber kein Gebiet des Zwillings."
    )
    assert told["statistic_area_without_row"]["values"] == {"area": "Hafen"}
    assert all(f["cure"]["de"] and f["cure"]["en"] for f in loaded.report["findings"])


def test_areas_that_come_later_are_joined_then(tmp_path: Path) -> None:
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as made:
        assert codes(taken(made, TABLE))["statistic_no_areas"] == 1
        (table,) = statistics.tables(made.database)
        assert table.areas == ""


def test_areas_and_their_table_come_in_one_archive(tmp_path: Path) -> None:
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as made:
        packed = tmp_path / "stadt.zip"
        areas = districts_file(tmp_path, Westend=(0, 0, 25, 50), Ostend=(25, 0, 50, 50))
        with zipfile.ZipFile(packed, "w") as archive:
            archive.write(areas, areas.name)
            archive.write(TABLE, "einwohner.csv")
            archive.writestr("fremd.csv", "osm_id;value\n1;2\n3;4\n")
        loaded = load(made, [packed], Dataset("einwohner", "Einwohner"))
        assert loaded.result.kinds == {"district": 2, "statistics": 6}
        (table,) = statistics.tables(made.database)
        assert table.areas == "einwohner"
        assert codes(loaded)["member_ignored"] == 1


def test_a_newer_table_replaces_by_area_and_period(twin: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "einwohner.csv"
    taken(twin, file, "Gebiet;Jahr;Einwohner\nWestend;2022;100\nOstend;2022;200\nWestend;2023;110\nOstend;2023;210\n")
    newer = taken(twin, file, "Gebiet;Jahr;Einwohner\nWestend;2023;115\nWestend;2024;120\nOstend;2024;220\n")
    assert (newer.result.new, newer.result.changed, newer.result.unchanged) == (2, 1, 0)
    assert numbers(twin) == {
        ("Westend", "2022", "Einwohner"): 100, ("Ostend", "2022", "Einwohner"): 200,
        ("Westend", "2023", "Einwohner"): 115, ("Ostend", "2023", "Einwohner"): 210,
        ("Westend", "2024", "Einwohner"): 120, ("Ostend", "2024", "Einwohner"): 220,
    }  # fmt: skip
    assert [f["values"] for f in newer.report["findings"] if f["code"] == "statistic_not_in_newer"] == [
        {"value": "Ostend", "period": "2023"}
    ]
    past = statistics.values(twin.database, "einwohner", "2023", "Westend", past=True)
    assert [(one.value, bool(one.until)) for one in past] == [(110.0, True), (115.0, False)]
    assert past[0].until == past[1].since
    again = taken(twin, file)
    assert (again.result.new, again.result.changed, again.result.unchanged) == (0, 0, 3)


def test_columns_for_each_year_are_one_measure(twin: Tenant, tmp_path: Path) -> None:
    text = (
        "Nr;Gebiet;Einwohner 2022;Einwohner 2023;Quote 2022;Quote 2023\n1;Westend;100;110;1,5;2,5\n2;Ostend;5;6;7;8\n"
    )
    taken(twin, tmp_path / "jahre.csv", text)
    (table,) = statistics.tables(twin.database)
    assert table.measures == (Measure("Einwohner", "count"), Measure("Quote", "share"))
    assert numbers(twin)["Westend", "2023", "Quote"] == 2.5
    assert len(numbers(twin)) == 8


def test_what_a_person_said_holds_for_the_next_state_too(twin: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "werte.csv"
    said = {"area": "Ort", "when": "2020", "measure:Punkte": "mean", "unit:Punkte": "Punkte", "measure:Rang": "none"}
    taken(twin, file, "Ort;Punkte;Rang\nWestend;3;1\nOstend;2;2\n", columns=said)
    assert statistics.tables(twin.database)[0].measures == (Measure("Punkte", "mean", "Punkte"),)
    taken(twin, file, "Ort;Punkte;Rang\nWestend;4;1\nOstend;2;2\n")
    assert numbers(twin)["Westend", "2020", "Punkte"] == 4
    assert statistics.tables(twin.database)[0].mapping == said


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("a;b\n1;2\n3;4\n", {}, "No column holds coordinates and none names an area"),
        ("Gebiet;Zahl\nWestend;2\n", {}, "Nothing tells which year"),
        ("Gebiet;Zahl\nWestend;2\n", {"when": "bald"}, "'bald' is no year or day"),
        ("Gebiet;Zahl\nWestend;2\n", {"area": "Ort"}, r"no column 'Ort' \(named for area\); the columns are Gebiet"),
        ("Gebiet;Jahr;Zahl\nWestend;2020;2\n", {"measure:Zahl": "none"}, "No column holds numbers"),
    ],
)
def test_what_cannot_be_understood_is_said_with_its_cure(
    twin: Tenant, tmp_path: Path, text: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises((FormatError, NoData), match=said):
        taken(twin, tmp_path / "t.csv", text, columns=columns)
    assert statistics.tables(twin.database) == []


def test_the_period_comes_from_the_file_else_from_the_date(twin: Tenant, tmp_path: Path) -> None:
    taken(twin, tmp_path / "bevoelkerung_2021.csv", "Gebiet;Zahl\nWestend;2\n", date="2024-12-31")
    taken(twin, tmp_path / "bevoelkerung.csv", "Stand 31.12.2022;\nGebiet;Zahl\nWestend;3\n", date="2024-12-31")
    taken(twin, tmp_path / "bevoelkerung.csv", "Gebiet;Zahl\nWestend;4\n", date="2024-12-31")
    assert {when: value for (_, when, _), value in numbers(twin).items()} == {
        "2021": 2, "2022-12-31": 3, "2024-12-31": 4,
    }  # fmt: skip


def test_a_dataset_that_ends_takes_its_table_along_and_keeps_its_history(twin: Tenant) -> None:
    taken(twin, TABLE)
    assert twin.end_dataset("einwohner").ended == 6
    assert statistics.tables(twin.database) == []
    assert len(statistics.values(twin.database, "einwohner", past=True)) == 18
    assert statistics.values(twin.database, "einwohner") == []
    assert taken(twin, TABLE).result.new == 6


def test_the_areas_meant_are_those_of_one_dataset() -> None:
    parts = Districts("stadtteile", ("a", "b", "c"), ("Nippes", "Kalk", "Mauenheim"), {
        "name": ("Nippes", "Kalk", "Mauenheim"), "ref": ("501", "802", "502"), "id": ("a", "b", "c")})  # fmt: skip
    boroughs = Districts("bezirke", ("x", "y"), ("Nippes", "Kalk"), {
        "name": ("Nippes", "Kalk"), "ref": ("5", "8"), "id": ("x", "y")})  # fmt: skip
    chosen = best_join(["Nippes", "Kalk"], [parts, boroughs])
    assert chosen is not None
    assert chosen.districts.dataset == "bezirke"
    chosen = best_join(["501 Nippes", "Mauenheim (502)", "Kalk"], [boroughs, parts])
    assert chosen is not None
    assert (chosen.districts.dataset, chosen.area) == ("stadtteile", (0, 2, 1))
    assert join(["0501", "999"], parts).area == (0, -1)
    assert best_join(["Deutz"], [parts, boroughs]) is None


def test_a_running_number_is_no_district_and_no_measure() -> None:
    rows = tuple((i, (str(i), name, str(100 * i))) for i, name in enumerate(("Westend", "Ostend", "Hafen"), start=1))
    known = Districts("stadtteile", ("a", "b", "c"), ("Hafen", "Westend", "Ostend"), {
        "name": ("Hafen", "Westend", "Ostend"), "ref": ("1", "2", "3"), "id": ("a", "b", "c")})  # fmt: skip
    found = suggested(Sheet("t", ("lfd. Nr.", "Stadtteil", "Haushalte"), rows), [known], {})
    assert (found.area, list(found.measures)) == ("Stadtteil", ["Haushalte"])


def test_a_kind_somebody_names_is_not_overruled(twin: Tenant, tmp_path: Path) -> None:
    with pytest.raises(NoData, match="No column holds coordinates"):
        taken(twin, tmp_path / "t.csv", "Gebiet;Jahr;Zahl\nWestend;2020;2\n", kind=Kind.TREE)
