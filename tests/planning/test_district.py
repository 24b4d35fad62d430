"""A district in figures: analytic values on the sample city; see also test_independent_counts.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from kastor.city.fields import InvalidValue
from kastor.city.model import Kind
from kastor.city.sample import ORIGIN
from kastor.demo.towns import HERE
from kastor.loading import load
from kastor.planning.areas import area_of
from kastor.planning.district import District, district
from kastor.planning.figures import METHODS, figures
from kastor.store import Dataset, Tenant, create_tenant

EAST, NORTH = ORIGIN[:2]
TILE, QUARTER = "LoD2_32_364_5650_1_NW.gml", "mulheim_dellbruck.json"
DRAWN = shapely.Polygon(
    [(364130, 5650010), (364480, 5650025), (364610, 5650230), (364520, 5650470), (364260, 5650390), (364090, 5650180)]
)
"""An area in Köln-Dellbrück whose border cuts houses and streets."""


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def test_the_sample_city_in_figures(small_twin: Tenant) -> None:
    found = district(small_twin, box(0, 0, 50, 50))
    assert (found.buildings, found.cut, found.trees, found.addresses) == (4, 0, 1, 2)
    # three squares of 10 m, one of them with a courtyard of 4 m
    assert found.footprint == pytest.approx(3 * 100 + 100 - 16)
    # flat 2 storeys, gable 2, pair 1 and 4 on half each, courtyard estimated from 8 m
    assert found.floor_area == pytest.approx(200 + 200 + 50 + 200 + 84 * 2)
    assert found.floor_area_estimated == pytest.approx(84 * 2)
    assert found.streets == {"residential": pytest.approx(100.0)}
    assert found.land == {"grass": pytest.approx(25.0)}
    assert found.street_area == pytest.approx(600.0)
    assert dict(found.uses) == {"residential": 2, "commercial": 1, "public": 1}
    assert dict(found.storeys) == {2: 3, 4: 1}
    assert found.height_max == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("rule", "west", "buildings", "footprint"),
    [("centroid", 9.9, 4, 384.0), ("centroid", 10.1, 2, 184.0), ("share", 10.1, 4, 184.0 + 2 * 49.0)],
)
def test_houses_on_the_border_count_by_the_rule(
    small_twin: Tenant, rule: str, west: float, buildings: int, footprint: float
) -> None:
    found = district(small_twin, box(west, 0, 50, 50), rule)  # type: ignore[arg-type]
    assert (found.buildings, found.cut) == (buildings, 2)
    assert found.footprint == pytest.approx(footprint)


def test_two_halves_make_the_whole(small_twin: Tenant) -> None:
    whole = district(small_twin, box(0, 0, 50, 50), "share")
    halves = [district(small_twin, box(*b), "share") for b in ((0, 0, 38, 50), (38, 0, 50, 50))]
    for name in ("footprint", "floor_area", "street_area", "green", "height_sum"):
        assert sum(getattr(h, name) for h in halves) == pytest.approx(getattr(whole, name)), name


def test_an_empty_area_has_no_figures_but_its_size(small_twin: Tenant) -> None:
    found = district(small_twin, box(-90, -90, -60, -60))
    assert (found.buildings, found.footprint, found.size) == (0, 0.0, 900.0)
    rows = {(f.group, f.id): f for f in figures(found)}
    assert rows["buildings", "height_mean"].value is None
    # the twin knows no water at all: nothing is said about it
    assert rows["green", "water"].value is None
    assert rows["green", "trees"].value == 0


def test_every_figure_has_a_method(small_twin: Tenant) -> None:
    rows = figures(district(small_twin, box(0, 0, 50, 50)))
    assert {f.method for f in rows} == {name for name in METHODS if not name.startswith("statistics")}
    assert len({(f.group, f.id) for f in rows}) == len(rows)


def test_areas_are_typed_circled_or_chosen(small_twin: Tenant) -> None:
    corners = f"{EAST},{NORTH};{EAST + 50},{NORTH};{EAST + 50},{NORTH + 50};{EAST},{NORTH + 50}"
    assert shapely.area(area_of(small_twin, corners=corners)) == 2500
    around = area_of(small_twin, around="Hauptstraße 1", radius=20)
    assert shapely.get_coordinates(shapely.centroid(around))[0] == pytest.approx((EAST + 10, NORTH + 10))
    assert shapely.area(area_of(small_twin, object_id="park")) == 25


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give an area"),
        ({"corners": "1,2;3"}, "corners as east,north"),
        ({"corners": "1,2;3,4"}, "three to 2000"),
        ({"corners": "nan,2;3,4;5,6"}, "corners as east,north"),
        ({"corners": "0,0;9,9;9,0;0,9"}, "crosses itself"),
        ({"corners": "0,0;1,1;2,2"}, "crosses itself|no size"),
        ({"around": "Nirgendwo 7", "radius": 50}, "was not found"),
        ({"around": "1,2", "radius": 0}, "between 1 and 50,000"),
        ({"object_id": "oak"}, "no object with an outline"),
        ({"object_id": "nothing"}, "no object with an outline"),
    ],
)
def test_what_is_no_area_is_named(small_twin: Tenant, given: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        area_of(small_twin, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def koeln(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Path]]:
    """Köln-Dellbrück from the shipped sources, and the folder of these sources."""
    folder = tmp_path_factory.mktemp("district")
    for archive, member in (("lod2", TILE), ("streets", QUARTER), ("green-leisure", QUARTER)):
        with zipfile.ZipFile(HERE / "koeln" / f"{archive}.zip") as packed:
            packed.extract(member, folder / archive)
    with create_tenant(folder / "home", "koeln", "Köln", "EPSG:25832+7837") as twin:
        load(twin, [folder / "lod2" / TILE], Dataset("lod2", "LoD2"))
        load(twin, [folder / "streets" / QUARTER], Dataset("streets", "Straßen"), kind=Kind.STREET)
        load(twin, [folder / "green-leisure" / QUARTER], Dataset("green", "Grün"), kind=Kind.LAND_USE)
        yield twin, folder


def test_the_whole_is_read_piece_by_piece(koeln: tuple[Tenant, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    twin, _ = koeln
    wanted = _numbers(district(twin, DRAWN))
    monkeypatch.setattr("kastor.planning.reading.TOGETHER", 1)
    assert _numbers(district(twin, DRAWN)) == pytest.approx(wanted)


def _numbers(found: District) -> dict[str, float]:
    return {f"{f.group}.{f.id}": f.value for f in figures(found) if f.value is not None}
