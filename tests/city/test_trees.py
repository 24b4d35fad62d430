"""Trees from heights: known trees on a made-up canopy, and a real square kilometre with power lines."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from kastor import formats
from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic, concat, empty_city, take
from kastor.city.report import Report
from kastor.city.sample import four_houses
from kastor.city.terrain import Terrain
from kastor.city.trees import TALLEST_TREE, canopy, trees_from_heights

CRS = "EPSG:25832+7837"
DORSTEN = Path(__file__).parents[2] / "kastor" / "demo" / "dorsten"
SIZE = 200


def ground(height: float = 50.0) -> Terrain:
    return Terrain(CRS, 360000.0, 5722000.0, 1.0, np.full((SIZE, SIZE), height, np.float32))


def planted(spacing: float, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Places (column, row) at least ``spacing`` apart, and heights."""
    rng = np.random.default_rng(seed)
    places: list[np.ndarray] = []
    for place in rng.uniform(10, SIZE - 10, (4000, 2)):
        if all(np.hypot(*(place - other)) >= spacing for other in places[-4000:]):
            places.append(place)
    return np.array(places), rng.uniform(8, 30, len(places))


def surface_with(places: np.ndarray, heights: np.ndarray, noise: float = 0.4) -> Terrain:
    """Round crowns as laser points see them: highest in the middle, rough, open between."""
    rng = np.random.default_rng(9)
    row, col = np.mgrid[:SIZE, :SIZE]
    top = np.zeros((SIZE, SIZE))
    for (x, y), height in zip(places, heights, strict=True):
        radius = 1.5 + 0.14 * height
        away = np.hypot(col - x, row - y) / radius
        crown = height * (1 - 0.4 * away**2)
        top = np.where(away <= 1, np.maximum(top, crown), top)
    top += np.where(top > 0, rng.normal(0, noise, top.shape), 0)
    return Terrain(CRS, 360000.0, 5722000.0, 1.0, (50 + top).astype(np.float32))


def found_places(trees) -> np.ndarray:
    """Column and row of each tree."""
    return np.column_stack([trees.xyz[:, 0] - 360000.5, 5721999.5 - trees.xyz[:, 1]])


def test_known_trees_are_found_where_they_stand_with_their_height():
    places, heights = planted(11.0)
    trees = trees_from_heights(surface_with(places, heights), ground(), empty_city(CRS))
    away, nearest = cKDTree(found_places(trees)).query(places)
    hit = away < 2.0
    assert hit.mean() > 0.97
    assert len(trees) <= 1.05 * len(places)
    error = trees.attributes["height"].numbers()[nearest[hit]] - heights[hit]
    assert abs(np.median(error)) < 0.7
    assert np.percentile(np.abs(error), 95) < 2.0
    crown = trees.attributes["crownDiameter"].numbers()[nearest[hit]] / (2 * (1.5 + 0.14 * heights[hit]))
    assert 0.75 < np.median(crown) < 1.25


def test_trees_are_objects_on_the_ground_with_ids_from_their_place():
    places, heights = planted(15.0)
    trees = trees_from_heights(surface_with(places, heights), ground(), empty_city(CRS))
    again = trees_from_heights(surface_with(places, heights), ground(), empty_city(CRS))
    assert trees.ids.tolist() == again.ids.tolist()
    assert len(set(trees.ids.tolist())) == len(trees)
    assert set(trees.kind.tolist()) == {Kind.TREE}
    assert set(trees.semantic.tolist()) == {Semantic.POSITION}
    assert (trees.xyz[:, 2] == 50.0).all()
    x, y = trees.xyz[0, :2]
    assert trees.ids[0] == f"tree/{x:.1f}_{y:.1f}"
    assert len(take(trees, np.array([0])).xyz) == 1


def test_flat_ground_has_no_trees():
    assert len(trees_from_heights(ground(50.5), ground(), empty_city(CRS))) == 0
    nothing = Terrain(CRS, 0.0, 0.0, 1.0, np.full((20, 20), np.nan, np.float32))
    assert len(trees_from_heights(nothing, ground(), empty_city(CRS))) == 0


def test_what_stands_on_a_building_is_no_tree():
    grow = CityBuilder(CRS)
    corners = [(360050, 5721900, 60), (360100, 5721900, 60), (360100, 5721950, 60), (360050, 5721950, 60)]
    grow.add_object("hall", Kind.BUILDING)
    grow.add_surface(Semantic.ROOF, [[[(float(x), float(y), float(z)) for x, y, z in corners]]])
    hall = grow.build()
    places, heights = planted(11.0)
    trees = trees_from_heights(surface_with(places, heights), ground(), hall)
    x, y = trees.xyz[:, 0], trees.xyz[:, 1]
    assert not ((x > 360049) & (x < 360101) & (y > 5721899) & (y < 5721951)).any()
    assert len(trees) > 50
    assert canopy(surface_with(places, heights), ground(), four_houses()).max() > 8


def test_masts_birds_wires_and_flat_things_are_no_trees():
    top = np.zeros((SIZE, SIZE), np.float32)
    top[20, 20] = 80.0  # a bird
    top[40:42, 40:42] = 60.0  # a mast
    top[60, 60] = 9.0  # a lamp
    top[100:104, 20:60] = 6.0  # an unmapped flat roof
    steps = np.arange(SIZE)
    top[(150 + 0.3 * (steps - 100)).astype(int).clip(0, SIZE - 1), steps] = 25 + 0.01 * steps  # a power line
    surface = Terrain(CRS, 360000.0, 5722000.0, 1.0, 50 + top)
    assert len(trees_from_heights(surface, ground(), empty_city(CRS))) == 0


def test_finer_and_coarser_grids_find_the_same_trees():
    places, heights = planted(16.0)
    fine = surface_with(places, heights)
    double = Terrain(CRS, fine.west, fine.north, 0.5, np.kron(fine.heights, np.ones((2, 2), np.float32)))
    one = trees_from_heights(fine, ground(), empty_city(CRS))
    other = trees_from_heights(double, ground(), empty_city(CRS))
    away, _ = cKDTree(other.xyz[:, :2]).query(one.xyz[:, :2])
    assert np.mean(away < 2.0) > 0.95
    assert abs(len(other) - len(one)) < 0.1 * len(one)


@pytest.fixture(scope="module")
def dorsten():
    def terrain(name):
        return next(formats.read(DORSTEN / name, Report(name))).content

    name = "LoD2_32_360_5721_1_NW.gml.gz"
    buildings = concat([part.content for part in formats.read(DORSTEN / name, Report(name))])
    surface = terrain("dom1_32_360_5721_1_nw.tif")
    below = terrain("dgm1_32_360_5721_1_nw.tif")
    return surface, below, buildings, trees_from_heights(surface, below, buildings)


def test_a_real_square_kilometre_has_a_plausible_number_of_trees(dorsten):
    surface, below, _, trees = dorsten
    share_of_wood = np.nanmean(surface.heights - below.heights > 5.0)
    per_hectare = len(trees) / (share_of_wood * 100)
    assert 60 < per_hectare < 150  # upper storey of a mixed wood
    heights = trees.attributes["height"].numbers()
    assert 20 < np.median(heights) < 30
    assert heights.max() <= TALLEST_TREE
    crowns = trees.attributes["crownDiameter"].numbers()
    assert 7 < np.median(crowns) < 14


def test_no_tree_hangs_in_a_power_line_or_stands_on_a_house(dorsten):
    surface, below, buildings, trees = dorsten
    raw = surface.heights - below.heights
    kept = canopy(surface, below, buildings)
    assert np.mean(kept[raw > TALLEST_TREE + 3] < TALLEST_TREE) == 1.0
    # the lines cross open fields here: nothing tall may be left
    field = (slice(215, 300), slice(180, 350))
    assert np.mean(raw[field] > 20) > 0.05
    assert np.mean(kept[field] > 20) < 0.01
    east, north = trees.xyz[:, 0], trees.xyz[:, 1]
    col, row = (east - surface.west).astype(int), (surface.north - north).astype(int)
    assert (kept[row, col] > 2).all()
