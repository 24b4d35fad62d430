"""Terrain from buildings, gaps, merging, and plan data laid on the ground."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor import formats
from kastor.city.builder import CityBuilder
from kastor.city.drape import drape
from kastor.city.ground import fill_gaps, grid_points, ground_points, merge, terrain_from_intersections
from kastor.city.model import Kind, Semantic, boxes, concat, differences, owner
from kastor.city.report import Report
from kastor.city.sample import flat_ground, four_houses
from kastor.city.terrain import Terrain, height_at

CRS = "EPSG:25832+7837"


def slope(west=0.0, north=100.0, cell=1.0, shape=(100, 100), rise=0.1) -> Terrain:
    """Ground rising to the east."""
    x = west + (np.arange(shape[1]) + 0.5) * cell
    return Terrain(CRS, west, north, cell, np.tile(10 + rise * x, (shape[0], 1)).astype(np.float32))


def test_a_plane_through_scattered_points_is_exact_inside_them():
    rng = np.random.default_rng(7)
    xy = rng.uniform(0, 500, (3000, 2))
    points = np.column_stack([xy + np.array([3.5e5, 5.6e6]), 40 + 0.02 * xy[:, 0] - 0.01 * xy[:, 1]])
    terrain = grid_points(points, CRS, 350000.0, 5600500.0, 5.0, (100, 100))
    east, north = np.meshgrid(350002.5 + 5 * np.arange(100), 5600497.5 - 5 * np.arange(100))
    expected = 40 + 0.02 * (east - 3.5e5) - 0.01 * (north - 5.6e6)
    inner = (slice(5, -5), slice(5, -5))
    assert np.abs(terrain.heights - expected)[inner].max() < 1e-4
    assert np.isfinite(terrain.heights).all()


def test_distance_is_that_to_the_nearest_known_height():
    points = np.array([[5.0, 95.0, 10.0], [95.0, 5.0, 20.0]])
    terrain = grid_points(points, CRS, 0.0, 100.0, 10.0, (10, 10))
    assert terrain.distance[0, 0] == 0.0
    assert terrain.distance[0, 3] == pytest.approx(30.0)
    assert set(np.unique(terrain.heights)) == {10.0, 20.0}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9)), min_size=1, max_size=25))
def test_heights_between_points_never_leave_their_range(points):
    known = np.array(points, np.float64)
    terrain = grid_points(known, CRS, -5.0, 45.0, 2.5, (20, 20))
    assert np.isfinite(terrain.heights).all()
    assert terrain.heights.min() >= known[:, 2].min() - 1e-4
    assert terrain.heights.max() <= known[:, 2].max() + 1e-4


def test_buildings_without_an_intersection_give_their_ground_surface_and_bridges_nothing():
    city = four_houses()
    points = ground_points(city)
    assert np.unique(points[:, 2]).tolist() == [50.0]
    terrain = terrain_from_intersections(city, cell=5.0, margin=20.0)
    assert np.unique(terrain.heights).tolist() == [50.0]
    assert terrain.box == (355985.0, 5654985.0, 356065.0, 5655065.0)
    bridge = CityBuilder(CRS)
    bridge.add_object("deck", Kind.BUILDING, function="53001_1800")
    bridge.add_surface(Semantic.GROUND, [[[(0, 0, 60.0), (9, 0, 60.0), (9, 9, 60.0)]]])
    assert len(ground_points(bridge.build())) == 0
    with pytest.raises(ValueError, match="load a terrain model"):
        terrain_from_intersections(bridge.build())


@pytest.fixture(scope="module")
def koeln(shared_data):
    files = sorted(shared_data("citygml/koeln-nord-lod2").glob("*.gml.gz"))
    return concat([part.content for file in files for part in formats.read(file, Report(file.name))])


def test_derived_terrain_of_koeln_agrees_with_an_independent_one(koeln, shared_data):
    lines = (koeln.semantic == Semantic.TERRAIN_INTERSECTION)[
        owner(koeln.polygon_offsets)[owner(koeln.ring_offsets)[owner(koeln.vertex_offsets)]]
    ]
    terrain = grid_points(koeln.xyz[lines], koeln.crs, 354000.0, 5656000.0, 10.0, (400, 400))
    with rasterio.open(shared_data("terrain/koeln-nord-derived/dgm10_derived.tif")) as data:
        difference = terrain.heights - data.read(1)
    with rasterio.open(shared_data("terrain/koeln-nord-derived/distance_to_nearest_height_m.tif")) as data:
        away = terrain.distance - data.read(1)
    assert abs(np.median(difference)) < 0.01
    assert np.sqrt(np.mean(difference**2)) < 0.15
    assert np.percentile(np.abs(difference), 95) < 0.25
    assert np.abs(away).max() < 5.0


def test_masts_add_heights_where_no_building_stands(koeln):
    terrain = terrain_from_intersections(koeln, cell=10.0, margin=100.0)
    assert np.isfinite(terrain.heights).all()
    assert terrain.heights.min() > 36
    assert terrain.heights.max() < 50


def test_intersections_are_read_where_they_are_measured(koeln, shared_data):
    packed = shared_data("terrain/koeln-nord-derived/terrain_points_from_lod2TerrainIntersection.xyz.gz")
    known = np.loadtxt(gzip.decompress(packed.read_bytes()).splitlines())
    points = ground_points(koeln)
    ours = {tuple(p) for p in np.round(points, 2).tolist()}
    assert np.mean([tuple(p) in ours for p in np.round(known, 2).tolist()]) > 0.99


def test_merged_pieces_are_the_whole():
    whole = slope()
    pieces = [
        replace(whole, heights=whole.heights[:60, :50], west=0.0),
        replace(whole, heights=whole.heights[:60, 50:], west=50.0),
        replace(whole, heights=whole.heights[60:], north=40.0),
    ]
    merged = merge(pieces)
    assert merged.box == whole.box
    assert np.array_equal(merged.heights, whole.heights)
    assert merged.distance is None


def test_measured_heights_win_over_derived_ones_whatever_the_order():
    derived = replace(slope(cell=10.0, shape=(10, 10)), distance=np.full((10, 10), 30.0, np.float32))
    measured = Terrain(CRS, 20.0, 80.0, 1.0, np.full((20, 30), 99.0, np.float32))
    for order in ([derived, measured], [measured, derived]):
        merged = merge(order)
        assert merged.cell == 1.0
        assert merged.box == (0.0, 0.0, 100.0, 100.0)
        assert (merged.heights[20:40, 20:50] == 99.0).all()
        assert (merged.distance[20:40, 20:50] == 0.0).all()
        assert height_at(merged, [80.0], [10.0])[0] == pytest.approx(18.0, abs=0.06)


def test_terrains_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="different reference systems"):
        merge([slope(), replace(slope(), crs="EPSG:25833")])
    with pytest.raises(ValueError, match="no terrain"):
        merge([])
    with pytest.raises(ValueError, match="merge fewer pieces"):
        merge([slope(), slope(west=1e7)])


def test_gaps_are_filled_between_their_edges_and_marked():
    whole = slope(rise=0.02)
    holed = whole.heights.copy()
    holed[30:50, 40:70] = np.nan
    filled = fill_gaps(replace(whole, heights=holed))
    assert np.abs(filled.heights - whole.heights).max() < 0.3
    assert np.array_equal(filled.heights[:30], whole.heights[:30])
    assert filled.distance[40, 55] == 10.0
    assert filled.distance[0, 0] == 0.0
    near = fill_gaps(replace(whole, heights=holed), reach=3.0)
    assert np.isnan(near.heights[40, 55])
    assert np.isfinite(near.heights[31, 41])


def test_a_terrain_without_any_height_stays_unknown():
    empty = replace(slope(), heights=np.full((4, 4), np.nan, np.float32))
    assert np.isnan(fill_gaps(empty).heights).all()
    assert fill_gaps(slope()).distance is None


def plan_city():
    grow = CityBuilder(CRS)
    grow.add_object("house", Kind.BUILDING, measuredHeight=6.0)
    grow.add_surface(Semantic.FOOTPRINT, [[[(10, 10, 0), (30, 10, 0), (30, 20, 0), (10, 20, 0)]]], lod=0)
    grow.add_object("tree", Kind.TREE)
    grow.add_surface(Semantic.POSITION, [[[(50, 50, 0)]]], lod=0)
    line = [(0, 30, 0), (50, 30, 0), (99, 30, 0)]
    grow.add_object("road", Kind.STREET)
    grow.add_surface(Semantic.AXIS, [[line]], lod=0)
    grow.add_object("bridge", Kind.STREET, bridge="yes")
    grow.add_surface(Semantic.AXIS, [[line]], lod=0)
    grow.add_object("far", Kind.TREE)
    grow.add_surface(Semantic.POSITION, [[[(5000, 50, 0)]]], lod=0)
    return grow.build()


def test_plan_data_is_laid_on_the_ground_and_houses_become_blocks():
    terrain = slope()
    valley = terrain.heights.copy()
    valley[:, 45:55] -= 5.0
    city = drape(plan_city(), replace(terrain, heights=valley))
    box = boxes(city)
    assert box[0, [2, 5]] == pytest.approx([11.0, 17.0])
    assert box[1, 2] == pytest.approx(10.0, abs=0.1)
    road, bridge = city.xyz[-7:-4, 2], city.xyz[-4:-1, 2]
    assert road == pytest.approx([10.05, 10.0, 19.9], abs=0.1)
    assert bridge == pytest.approx([10.05, 15.0, 19.9], abs=0.1)
    assert box[4, 2] == 0.0
    assert Semantic.ROOF in city.semantic


def test_heights_that_are_known_are_never_touched():
    city = four_houses()
    assert differences(drape(city, flat_ground()), city) == []
    twice = drape(drape(plan_city(), slope()), slope(rise=0.5))
    assert differences(drape(plan_city(), slope()), twice) == []


def test_blocks_whose_heights_count_from_the_ground_are_lifted_once():
    grow = CityBuilder(CRS)
    grow.add_object("block", Kind.BUILDING, heightAboveGround=True)
    grow.add_surface(Semantic.ROOF, [[[(10, 10, 7.0), (30, 10, 7.0), (30, 20, 7.0)]]], lod=10)
    lifted = drape(grow.build(), slope())
    assert np.unique(lifted.xyz[:, 2]) == pytest.approx([18.0])
    assert differences(drape(lifted, slope()), lifted) == []


def test_a_shore_half_off_the_terrain_keeps_to_its_known_side():
    grow = CityBuilder(CRS)
    grow.add_object("lake", Kind.WATER)
    grow.add_surface(Semantic.AREA, [[[(90, 10, 0), (300, 10, 0), (90, 20, 0)]]], lod=0)
    assert drape(grow.build(), slope()).xyz[:, 2] == pytest.approx([19.0, 19.0, 19.0])
