"""Symbolic trees: the same at every call, never on a house, thinned when there are too many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind, Semantic, empty_city
from kastor.city.sample import four_houses
from kastor.city.woodland import CLEARANCE, SPACING, woodland_points

CRS = "EPSG:25832+7837"


def rectangle(west, south, east, north):
    return [(float(x), float(y), 0.0) for x, y in ((west, south), (east, south), (east, north), (west, north))]


def wood(side=1000.0, hole=None, **tags) -> City:
    grow = CityBuilder(CRS)
    grow.add_object("wood", Kind.LAND_USE, **(tags or {"landuse": "forest"}))
    rings = [rectangle(0, 0, side, side)] + ([hole] if hole else [])
    grow.add_surface(Semantic.AREA, [rings], lod=0)
    return grow.build()


def test_a_wood_is_filled_evenly_and_no_two_trees_touch():
    places = woodland_points(wood())
    assert len(places) == pytest.approx(0.9 * 1e6 / SPACING**2, rel=0.05)
    assert cKDTree(places).query(places, k=2)[0][:, 1].min() > 0.25 * SPACING
    counts, _, _ = np.histogram2d(*places.T, bins=5, range=[[0, 1000], [0, 1000]])
    assert counts.std() / counts.mean() < 0.1


@settings(max_examples=25, deadline=None)
@given(x=st.integers(0, 900), y=st.integers(0, 900), width=st.integers(1, 300), depth=st.integers(1, 300))
def test_a_cell_holds_the_same_trees_whatever_else_is_loaded(x, y, width, depth):
    whole = woodland_points(wood())
    box = (float(x), float(y), float(x + width), float(y + depth))
    inside = (whole[:, 0] >= box[0]) & (whole[:, 0] < box[2]) & (whole[:, 1] >= box[1]) & (whole[:, 1] < box[3])
    assert np.array_equal(woodland_points(wood(), box), whole[inside])


def test_clearings_houses_streets_and_water_stay_free():
    grow = CityBuilder(CRS)
    grow.add_object("wood", Kind.LAND_USE, natural="wood")
    grow.add_surface(Semantic.AREA, [[rectangle(0, 0, 300, 300), rectangle(100, 100, 200, 200)[::-1]]], lod=0)
    grow.add_object("hut", Kind.BUILDING)
    grow.add_surface(Semantic.ROOF, [[rectangle(20, 20, 60, 60)]])
    grow.add_object("track", Kind.STREET, highway="track")
    grow.add_surface(Semantic.AXIS, [[[(0.0, 250.0, 0.0), (300.0, 250.0, 0.0)]]], lod=0)
    grow.add_object("lake", Kind.WATER)
    grow.add_surface(Semantic.AREA, [[rectangle(220, 0, 300, 80)]], lod=0)
    x, y = woodland_points(grow.build()).T
    assert len(x) > 300
    assert not ((x > 100) & (x < 200) & (y > 100) & (y < 200)).any()
    assert not ((x > 20 - CLEARANCE) & (x < 60) & (y > 20 - CLEARANCE) & (y < 60)).any()
    assert not (np.abs(y - 250) < CLEARANCE).any()
    assert not ((x > 220) & (y < 80)).any()


def test_parks_are_sparser_than_woods_and_meadows_are_empty():
    forest, park = len(woodland_points(wood())), len(woodland_points(wood(leisure="park")))
    assert 0.1 < park / forest < 0.4
    assert len(woodland_points(wood(landuse="meadow"))) == 0


def test_rows_of_trees_stand_along_their_line():
    grow = CityBuilder(CRS)
    grow.add_object("row", Kind.VEGETATION, natural="tree_row")
    grow.add_surface(Semantic.AXIS, [[[(0.0, 0.0, 0.0), (100.0, 0.0, 0.0)]]], lod=0)
    places = woodland_points(grow.build())
    assert len(places) == 9
    assert not places[:, 1].any()


def test_large_woods_are_thinned_to_the_limit():
    places = woodland_points(wood(side=3000.0), limit=2000)
    assert 1500 < len(places) <= 2000
    assert places[:, 0].max() > 2800
    assert 0 < len(woodland_points(wood(), limit=10)) <= 10


def test_overlapping_woods_do_not_double_their_trees():
    both = CityBuilder(CRS)
    for name in ("a", "b"):
        both.add_object(name, Kind.LAND_USE, landuse="forest")
        both.add_surface(Semantic.AREA, [[rectangle(0, 0, 1000, 1000)]], lod=0)
    assert np.array_equal(woodland_points(both.build()), woodland_points(wood()))


def test_without_woods_there_is_nothing():
    assert woodland_points(empty_city(CRS)).shape == (0, 2)
    assert woodland_points(four_houses()).shape == (0, 2)
    assert woodland_points(replace(wood(), kind=np.array([Kind.WATER], np.uint8))).shape == (0, 2)


def test_a_crooked_outline_is_mended():
    bow = [(0.0, 0.0, 0.0), (200.0, 200.0, 0.0), (200.0, 0.0, 0.0), (0.0, 200.0, 0.0)]
    grow = CityBuilder(CRS)
    grow.add_object("bow", Kind.LAND_USE, natural="wood")
    grow.add_surface(Semantic.AREA, [[bow]], lod=0)
    assert len(woodland_points(grow.build())) > 100
