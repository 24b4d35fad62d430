import numpy as np
import pytest
from numpy.testing import assert_allclose

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic
from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import hull_tile
from tests.tiles.glb_contents import read_contents
from tests.tiles.real_buildings import CRS, by_cell, dorsten, frame_of


def shift(xyz):
    return xyz - np.array(ORIGIN)


def coarse(city, to_local=shift):
    return building_tile(city, to_local).coarse


def rows_of_houses(columns, rows, gap):
    """Houses of 8 m x 10 m, 6 m high, so far apart."""
    grow = CityBuilder(CRS)
    for row in range(rows):
        for column in range(columns):
            x, y, z = np.add(ORIGIN, (column * (8 + gap), row * 60.0, 0))
            grow.add_object(f"{column}-{row}", Kind.BUILDING, function="31001_1010")
            ring = [(x, y), (x + 8, y), (x + 8, y + 10), (x, y + 10)]
            grow.add_surface(Semantic.GROUND, [[[(a, b, z) for a, b in reversed(ring)]]])
            grow.add_surface(Semantic.ROOF, [[[(a, b, z + 6) for a, b in ring]]])
    return grow.build()


def test_blocks_have_the_outline_and_the_mean_height_of_their_house():
    contents = read_contents(hull_tile([coarse(four_houses())], 1).content)
    by_id = {}
    for row, name in enumerate(contents.tables[0]["id"]):
        mine = contents.points[contents.feature == row]
        by_id[name] = (mine.min(axis=0).round(2).tolist(), mine.max(axis=0).round(2).tolist())
    assert by_id["flat"] == ([5, 5, 0], [15, 15, 6])
    assert by_id["gable"] == ([35, 5, 0], [45, 15, 7.5])
    assert by_id["pair"] == ([5, 35, 0], [15, 45, 12])
    assert sorted(by_id) == ["courtyard", "flat", "gable", "pair"]


def test_a_courtyard_stays_open_and_blocks_face_outwards():
    contents = read_contents(hull_tile([coarse(four_houses())], 1).content)
    roof = contents.meaning[contents.triangles[:, 0]] == 3
    courtyard = contents.tables[0]["id"].index("courtyard")
    mine = contents.feature[contents.triangles[:, 0]] == courtyard
    assert_allclose(contents.areas()[roof & mine].sum(), 84.0, rtol=1e-3)
    a, b, c = (contents.points[contents.triangles[roof, i]] for i in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    a, b, c = (contents.points[contents.triangles[~roof & mine, i]] for i in range(3))
    outward = np.cross(b - a, c - a)
    middle = (a + b + c) / 3 - (40.0, 40.0, 0.0)
    on_rim = np.abs(middle[:, :2]).max(axis=1) > 4.5
    away = np.einsum("ij,ij->i", outward[:, :2], middle[:, :2])
    assert (away[on_rim] > 0).all()
    assert (away[~on_rim] < 0).all()


def test_one_level_above_the_cells_every_real_building_can_still_be_picked():
    city = dorsten()
    frame = frame_of(city)
    parts = [coarse(part, frame.to_local) for part in by_cell(city).values()]
    contents = read_contents(hull_tile(parts, 1).content)
    table = contents.tables[0]
    tops = {i for i, p in zip(city.ids, city.parent, strict=True) if p < 0}
    assert set(table["id"]) == tops
    drawn = set(np.unique(contents.feature).tolist())
    assert len(drawn) > 0.9 * len(tops)
    assert any(table["height"])
    assert any(table["functionGroup"])


def test_further_up_neighbours_of_like_height_become_one_block():
    tile = hull_tile([coarse(rows_of_houses(6, 2, gap=1.0))], 2)
    contents = read_contents(tile.content)
    roof = contents.meaning[contents.triangles[:, 0]] == 3
    assert len(contents.tables[0]["functionGroup"]) == 2
    assert "id" not in contents.tables[0]
    assert_allclose(contents.areas()[roof].sum(), 2 * 53 * 10, rtol=0.15)
    assert_allclose(contents.points[:, 2].max(), 6.0, atol=0.01)


def test_houses_far_from_each_other_do_not_join():
    contents = read_contents(hull_tile([coarse(rows_of_houses(3, 1, gap=20.0))], 2).content)
    assert len(contents.tables[0]["functionGroup"]) == 3


def test_a_tower_does_not_drown_among_low_houses():
    grow = CityBuilder(CRS)
    for i, height in enumerate((6.0, 40.0, 6.0)):
        x, y, z = np.add(ORIGIN, (i * 20.0, 0, 0))
        grow.add_object(f"h{i}", Kind.BUILDING)
        ring = [(x, y), (x + 20, y), (x + 20, y + 20), (x, y + 20)]
        grow.add_surface(Semantic.GROUND, [[[(a, b, z) for a, b in reversed(ring)]]])
        grow.add_surface(Semantic.ROOF, [[[(a, b, z + height) for a, b in ring]]])
    tile = hull_tile([coarse(grow.build())], 3)
    assert_allclose(read_contents(tile.content).points[:, 2].max(), 40.0, atol=0.01)


def test_sheds_vanish_with_distance_and_with_them_the_tile():
    shed = rows_of_houses(1, 1, gap=1.0)
    assert hull_tile([coarse(shed)], 1) is not None
    assert hull_tile([coarse(shed)], 5) is None


def test_coarser_tiles_are_smaller():
    city = dorsten()
    frame = frame_of(city)
    parts = [coarse(part, frame.to_local) for part in by_cell(city).values()]
    first = hull_tile(parts, 1)
    second = hull_tile([first.coarse], 2)
    third = hull_tile([second.coarse], 3)
    assert len(first.content) > len(second.content) > len(third.content)


def test_nothing_below_gives_nothing_above():
    assert hull_tile([], 1) is None


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_house_without_ground_gets_the_outline_of_its_roof(level):
    grow = CityBuilder(CRS)
    grow.add_object("hall", Kind.BUILDING)
    ring = [tuple(np.add(ORIGIN, p)) for p in ((0, 0, 9), (40, 0, 9), (40, 40, 9), (0, 40, 9))]
    wall = [tuple(np.add(ORIGIN, p)) for p in ((0, 0, 0), (40, 0, 0), (40, 0, 9), (0, 0, 9))]
    grow.add_surface(Semantic.ROOF, [[ring]])
    grow.add_surface(Semantic.WALL, [[wall]])
    contents = read_contents(hull_tile([coarse(grow.build())], level).content)
    roof = contents.meaning[contents.triangles[:, 0]] == 3
    assert_allclose(contents.areas()[roof].sum(), 1600, rtol=0.01)
