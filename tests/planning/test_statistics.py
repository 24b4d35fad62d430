"""Numbers of districts for a drawn area: analytic values on the sample city, and properties of the division."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import shapely

from kastor.city.sample import ORIGIN
from kastor.city.statistics import Measure
from kastor.loading import load
from kastor.planning.district import district
from kastor.planning.figures import Figure, figures, in_words
from kastor.planning.statistics import Estimate, counts_inhabitants, estimates
from kastor.store import Dataset, Tenant

EAST, NORTH = ORIGIN[:2]


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def with_areas(twin: Tenant, folder: Path, **areas: shapely.Geometry) -> None:
    """Load areas as districts."""
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": orjson.loads(shapely.to_geojson(shape))}
        for name, shape in areas.items()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    file = folder / "stadtteile.geojson"
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    load(twin, [file], Dataset("stadtteile", "Stadtteile"))


def with_table(twin: Tenant, folder: Path, text: str) -> None:
    file = folder / "zahlen.csv"
    file.write_text(text)
    load(twin, [file], Dataset("zahlen", "Zahlen", date="2023-12-31"))


def by_name(found: list[Estimate]) -> dict[str, Estimate]:
    return {one.measure.name: one for one in found}


TABLE = "Gebiet;Einwohner;Haushalte;Anteil Kinder in %;Fläche in ha\nSued;8;4;20;0,12\nNord;4;2;50;0,12\n"


@pytest.fixture
def quarter(small_twin: Tenant, tmp_path: Path) -> Tenant:
    """
    Four houses in two districts.

    In the south are the two homes, the flat and the gable house with 200 m² of floor each around (10, 10) and
    (40, 10); the north holds only trade and a public building.
    """
    with_areas(small_twin, tmp_path, Sued=box(0, 0, 50, 25), Nord=box(0, 25, 50, 50))
    with_table(small_twin, tmp_path, TABLE)
    return small_twin


def test_whole_districts_count_as_the_source_says(quarter: Tenant) -> None:
    found = by_name(estimates(quarter, box(0, 0, 50, 50)))
    assert (found["Einwohner"].value, found["Haushalte"].value) == (12, 6)
    # by inhabitants: (8 · 20 + 4 · 50) / 12
    assert found["Anteil Kinder in %"].value == pytest.approx(30)
    assert {one.basis for one in found.values()} == {"whole"}
    assert {one.estimated for one in found.values()} == {0.0}
    assert {one.other for one in found.values()} == {None}


def test_homes_draw_the_inhabitants_of_a_part(quarter: Tenant) -> None:
    found = by_name(estimates(quarter, box(0, 0, 20, 25)))
    # one of two equal homes, on two fifths of the area
    assert found["Einwohner"].value == pytest.approx(8 / 2)
    assert found["Einwohner"].other == pytest.approx(8 * 2 / 5)
    assert (found["Einwohner"].basis, found["Einwohner"].estimated) == ("floor_area", 1.0)
    # one district alone: its share stays as it is
    assert found["Anteil Kinder in %"].value == pytest.approx(20)


def test_land_is_divided_by_area(quarter: Tenant) -> None:
    found = by_name(estimates(quarter, box(0, 0, 50, 5)))
    assert found["Fläche in ha"].value == pytest.approx(0.12 / 5)
    assert found["Fläche in ha"].basis == "area"
    # nobody lives where no home stands
    assert found["Einwohner"].value == 0


def test_the_parts_of_an_area_add_up_to_it(quarter: Tenant) -> None:
    whole = by_name(estimates(quarter, box(0, 0, 50, 25)))
    parts = [by_name(estimates(quarter, box(*b))) for b in ((0, 0, 20, 25), (20, 0, 50, 25))]
    for name in ("Einwohner", "Haushalte", "Fläche in ha"):
        assert sum(part[name].value or 0 for part in parts) == pytest.approx(whole[name].value)


def test_what_is_partly_whole_says_how_much_is_estimated(quarter: Tenant) -> None:
    # all of the south, and a part of the north, where no homes are and so the area counts
    found = by_name(estimates(quarter, box(0, 0, 50, 30)))
    assert found["Einwohner"].value == pytest.approx(8 + 4 / 5)
    assert found["Einwohner"].estimated == pytest.approx(0.8 / 8.8)
    assert found["Einwohner"].basis == "area"


def test_where_buildings_are_missing_homes_are_not_used(quarter: Tenant, tmp_path: Path) -> None:
    with_table(quarter, tmp_path, TABLE.replace("Sued;8", "Sued;8000"))
    found = by_name(estimates(quarter, box(0, 0, 20, 25)))
    assert found["Einwohner"].basis == "area"
    assert found["Einwohner"].value == pytest.approx(3200)


def test_a_secret_number_makes_none(quarter: Tenant, tmp_path: Path) -> None:
    with_table(quarter, tmp_path, TABLE.replace("Nord;4;2", "Nord;4;."))
    found = by_name(estimates(quarter, box(0, 0, 50, 50)))
    assert (found["Haushalte"].value, found["Haushalte"].lacking) == (None, ("Nord",))
    assert found["Einwohner"].value == 12
    rows = {f.label["de"]: f for f in figures(district(quarter, box(0, 0, 50, 50)))}
    assert rows["Haushalte (31.12.2023)"].lacking == {"de": "keine Zahl für Nord", "en": "no number for Nord"}


def test_a_border_drawn_by_hand_touches_no_neighbour(quarter: Tenant) -> None:
    found = by_name(estimates(quarter, box(-1, -1, 51, 25.01)))
    assert (found["Einwohner"].value, found["Einwohner"].basis) == (8, "whole")


def test_outside_all_districts_there_are_no_numbers(quarter: Tenant) -> None:
    assert estimates(quarter, box(60, 60, 80, 80)) == []


def test_the_figures_tell_number_range_and_density(quarter: Tenant) -> None:
    rows = {f.id: f for f in figures(district(quarter, box(0, 0, 20, 25))) if f.group == "people"}
    people = rows["zahlen:Einwohner"]
    assert people.label["de"] == "Einwohner (31.12.2023)"
    assert people.value == round(people.value or 0)
    assert people.between is not None
    assert people.between == (3.0, 4.0)
    assert people.method == "statistics"
    assert isinstance(rows["density"], Figure)
    assert rows["density"].label["de"] == "Einwohner je Hektar"


def test_areas_loaded_after_the_table_are_found(small_twin: Tenant, tmp_path: Path) -> None:
    with_table(small_twin, tmp_path, TABLE)
    assert estimates(small_twin, box(0, 0, 50, 50)) == []
    with_areas(small_twin, tmp_path, Sued=box(0, 0, 50, 25), Nord=box(0, 25, 50, 50))
    assert by_name(estimates(small_twin, box(0, 0, 50, 50)))["Einwohner"].value == 12


@pytest.mark.parametrize(("period", "german", "english"), [("2023", "2023", "2023"), ("2023-12", "12/2023", "2023-12")])
def test_periods_are_put_into_words(period: str, german: str, english: str) -> None:
    assert in_words(period) == {"de": german, "en": english}


@pytest.mark.parametrize(
    ("name", "all_of_them"),
    [("Einwohner", True), ("Bevölkerung insgesamt", True), ("Einwohner männlich", False), ("Haushalte", False),
     ("Einwohner 65 Jahre und älter", False), ("Ausländische Bevölkerung", False), ("Einwohner je ha", False)],
)  # fmt: skip
def test_density_is_of_all_inhabitants_only(name: str, all_of_them: bool) -> None:
    assert counts_inhabitants(Measure(name, "count")) is all_of_them
