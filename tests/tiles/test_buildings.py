from dataclasses import replace

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial import cKDTree

from kastor.city.builder import CityBuilder
from kastor.city.geometry import polygon_areas
from kastor.city.model import Kind, Semantic, concat, empty_city, object_of_vertex, owner, root, take
from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles.buildings import building_tile, building_tiles
from kastor.tiles.glb import linear_color
from tests.tiles.glb_contents import accessor, read_contents, split
from tests.tiles.real_buildings import CRS, by_cell, dorsten, frame_of, one_house


def shift(xyz):
    """A frame that only moves the origin."""
    return xyz - np.array(ORIGIN)


def local_by_proj(city, frame):
    """Local coordinates by PROJ alone."""
    to_ecef = pyproj.Transformer.from_crs(CRS, "EPSG:4936", always_xy=True, allow_ballpark=False)
    x, y, z = (float(v) for v in to_ecef.transform(*frame.origin))
    topocentric = pyproj.Transformer.from_pipeline(f"+proj=topocentric +ellps=GRS80 +X_0={x!r} +Y_0={y!r} +Z_0={z!r}")
    return np.column_stack(topocentric.transform(*to_ecef.transform(*city.xyz.T)))


@pytest.fixture(scope="module")
def dorsten_tiles():
    city = dorsten()
    frame = frame_of(city)
    tiles = {cell: building_tile(part, frame.to_local) for cell, part in by_cell(city).items()}
    return {cell: (part, read_contents(tiles[cell].content)) for cell, part in by_cell(city).items()}, frame


def test_every_corner_lies_within_five_millimetres_of_where_proj_puts_it(dorsten_tiles):
    tiles, frame = dorsten_tiles
    for city, contents in tiles.values():
        exact = local_by_proj(city, frame)
        drawn = np.isin(city.semantic, (Semantic.GROUND, Semantic.WALL, Semantic.ROOF, Semantic.CLOSURE))
        of_surface = owner(city.polygon_offsets)[owner(city.ring_offsets)[owner(city.vertex_offsets)]]
        wanted = drawn[of_surface]
        top = root(city)[object_of_vertex(city)]
        names = np.array(city.ids.tolist())[top]
        ids = np.array(contents.tables[0]["id"])[contents.feature]
        for name in np.unique(ids):
            there, here = exact[wanted & (names == name)], contents.points[ids == name]
            assert cKDTree(there).query(here)[0].max() < 0.005
            assert cKDTree(here).query(there)[0].max() < 0.005


def test_the_area_of_ground_walls_and_roofs_is_that_of_the_source(dorsten_tiles):
    tiles, _ = dorsten_tiles
    for city, contents in tiles.values():
        areas = polygon_areas(city)
        semantic = city.semantic[owner(city.polygon_offsets)]
        drawn = np.bincount(contents.meaning[contents.triangles[:, 0]], contents.areas(), 4)
        for meaning, said in ((0, Semantic.CLOSURE), (1, Semantic.GROUND), (2, Semantic.WALL), (3, Semantic.ROOF)):
            # the map projection shortens lengths here by up to 0.4 per mille
            assert_allclose(drawn[meaning], areas[semantic == said].sum(), rtol=1e-3)


def test_every_building_is_a_row_and_has_triangles(dorsten_tiles):
    tiles, _ = dorsten_tiles
    seen = []
    for city, contents in tiles.values():
        table = contents.tables[0]
        assert set(np.unique(contents.feature)) == set(range(len(table["id"])))
        assert set(table["id"]) == {i for i, p in zip(city.ids, city.parent, strict=True) if p < 0}
        seen += table["id"]
    assert len(seen) == len(set(seen)) == int((dorsten().parent < 0).sum())


def test_what_is_known_of_a_building_stands_in_its_row():
    tile = building_tile(four_houses(), shift)
    table = read_contents(tile.content).tables[0]
    rows = {name: {c: v[i] for c, v in table.items()} for i, name in enumerate(table["id"])}
    assert rows["flat"] == {
        "id": "flat", "label": "Hauptstraße 1", "height": 6.0, "storeys": 2, "functionGroup": 1, "roof": 1000,
        "year": 1962, "kind": Kind.BUILDING,
    }  # fmt: skip
    assert rows["pair"]["height"] == -1.0
    assert rows["courtyard"]["storeys"] == rows["courtyard"]["year"] == 0
    assert sorted(rows) == ["courtyard", "flat", "gable", "pair"]


def test_houses_enclose_their_volume_in_the_local_frame():
    contents = read_contents(building_tile(four_houses(), shift).content)
    assert_allclose(contents.volume(), 600 + 750 + 200 + 600 + 84 * 8, rtol=1e-4)


def test_walls_share_their_corners_but_not_with_the_roof():
    city = take(four_houses(), np.array([0]))
    contents = read_contents(building_tile(city, shift).content)
    assert np.bincount(contents.meaning).tolist() == [0, 4, 8, 4]


def test_a_column_without_values_is_left_out():
    ring = [(0.0, 0.0, 3.0), (9.0, 0.0, 3.0), (9.0, 9.0, 3.0)]
    contents = read_contents(building_tile(one_house([ring]), shift).content)
    assert list(contents.tables[0]) == ["id", "kind"]


def test_walls_and_roofs_have_their_colours_in_any_viewer():
    data = building_tile(four_houses(), shift).content
    gltf, body = split(data)
    primitive = gltf["meshes"][0]["primitives"][0]
    colors = accessor(gltf, body, primitive["attributes"]["COLOR_0"])
    meaning = accessor(gltf, body, primitive["attributes"]["_FEATURE_ID_1"])[:, 0]
    for code, name in ((2, "#efece6"), (3, "#e2c9b6")):
        assert_allclose(
            colors[meaning == code], np.tile(linear_color(name)[:3], ((meaning == code).sum(), 1)), atol=0.01
        )


@pytest.mark.parametrize(
    "city",
    [
        empty_city(CRS),
        one_house([[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (9.0, 9.0, 0.0)]], Semantic.FOOTPRINT, lod=0),
        one_house([[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (9.0, 9.0, 0.0)]], lod=0),
        one_house([[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0)]]),
        one_house([[(1.0, 1.0, 1.0)] * 4]),
        one_house([[(0.0, 0.0, 0.0), (np.nan, 0.0, 0.0), (9.0, 9.0, 0.0)]]),
        one_house([[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (9.0, 9.0, 0.0)]], kind=Kind.LAND_USE),
    ],
    ids=["nothing", "footprint", "plan only", "two corners", "a point", "not a number", "no building"],
)
def test_a_cell_with_nothing_to_draw_has_no_tile(city):
    assert building_tile(city, shift) is None


def test_a_polygon_without_area_does_not_spoil_its_building():
    grow = CityBuilder(CRS)
    grow.add_object("odd", Kind.BUILDING)
    x, y, z = ORIGIN
    grow.add_surface(Semantic.ROOF, [[[(x, y, z), (x + 5, y, z), (x + 9, y, z)]]])
    grow.add_surface(Semantic.ROOF, [[[(x, y, z), (x + 5, y, z), (x + 5, y + 5, z), (x, y + 5, z)]]])
    contents = read_contents(building_tile(grow.build(), shift).content)
    assert_allclose(contents.areas().sum(), 25.0, rtol=1e-4)


def test_buildings_far_apart_keep_their_accuracy():
    grow = CityBuilder(CRS)
    for i, (x, y) in enumerate([(0.0, 0.0), (499.0, 499.0), (3000.0, 40.0), (250.0, 9000.0)]):
        grow.add_object(f"h{i}", Kind.BUILDING)
        ring = [(x, y, 3.123), (x + 10.017, y, 3.123), (x + 10.017, y + 7.013, 9.456), (x, y + 7.013, 9.456)]
        grow.add_surface(Semantic.ROOF, [[[(ORIGIN[0] + a, ORIGIN[1] + b, ORIGIN[2] + c) for a, b, c in ring]]])
    city = grow.build()
    contents = read_contents(building_tile(city, shift).content)
    assert len(contents.gltf["nodes"]) == 4
    assert cKDTree(shift(city.xyz)).query(contents.points)[0].max() < 0.004


def test_a_building_larger_than_a_cell_keeps_its_accuracy_too():
    ring = [tuple(np.add(ORIGIN, p)) for p in ((0, 0, 0), (1234.567, 0.123, 0), (1234.789, 40.321, 9.1), (0, 41, 9))]
    city = one_house([ring])
    contents = read_contents(building_tile(city, shift).content)
    assert cKDTree(shift(city.xyz)).query(contents.points)[0].max() < 0.004


@settings(max_examples=25, deadline=None)
@given(st.floats(-5e6, 5e6), st.floats(-5e6, 9e6), st.floats(-400, 4000), st.floats(3, 200))
def test_accuracy_does_not_depend_on_where_the_city_lies(east, north, height, size):
    ring = [(east, north, height), (east + size, north, height), (east + size / 3, north + size, height + 5)]
    city = one_house([ring])
    contents = read_contents(building_tile(city, lambda xyz: xyz).content)
    assert cKDTree(city.xyz).query(contents.points)[0].max() < 0.004


def test_parts_more_detailed_than_their_building_are_drawn_alone():
    grow = CityBuilder(CRS)
    x, y, z = ORIGIN
    house = grow.add_object("house", Kind.BUILDING)
    grow.add_surface(Semantic.UNKNOWN, [[[(x, y, z), (x + 50, y, z), (x, y + 50, z)]]], lod=10)
    grow.add_object("part", Kind.BUILDING_PART, house)
    grow.add_surface(Semantic.ROOF, [[[(x, y, z), (x + 2, y, z), (x, y + 2, z)]]], lod=20)
    grow.add_object("crude part", Kind.BUILDING_PART, house)
    grow.add_surface(Semantic.ROOF, [[[(x, y, z), (x + 4, y, z), (x, y + 4, z)]]], lod=10)
    contents = read_contents(building_tile(grow.build(), shift).content)
    assert_allclose(contents.areas().sum(), 2.0 + 8.0, rtol=1e-3)
    assert contents.tables[0]["id"] == ["house"]


def test_blocks_that_do_not_say_what_their_sides_are_get_walls_and_roofs():
    source = four_houses()
    silent = take(source, np.array([0]))
    silent.semantic[:] = Semantic.UNKNOWN
    silent.lod[:] = 10
    contents = read_contents(building_tile(silent, shift).content)
    drawn = np.bincount(contents.meaning[contents.triangles[:, 0]], contents.areas(), 4)
    assert_allclose(drawn, [0, 100, 240, 100], rtol=1e-4)


def test_inner_walls_are_not_drawn_and_lod4_gives_way():
    grow = CityBuilder(CRS)
    grow.add_object("house", Kind.BUILDING)
    ring = [tuple(np.add(ORIGIN, p)) for p in ((0, 0, 0), (4, 0, 0), (0, 4, 0))]
    grow.add_surface(Semantic.ROOF, [[ring]], lod=30)
    grow.add_surface(Semantic.ROOF, [[ring]], lod=40)
    grow.add_surface(Semantic.INTERIOR_WALL, [[ring]], lod=30)
    contents = read_contents(building_tile(grow.build(), shift).content)
    assert_allclose(contents.areas().sum(), 8.0, rtol=1e-3)


def test_surfaces_that_bound_no_solid_are_seen_from_both_sides():
    ring = [tuple(np.add(ORIGIN, p)) for p in ((0, 0, 0), (4, 0, 0), (0, 4, 0))]
    loose = split(building_tile(one_house([ring]), shift).content)[0]
    closed = split(building_tile(four_houses(), shift).content)[0]
    assert loose["materials"][0]["doubleSided"]
    assert "doubleSided" not in closed["materials"][0]


def test_tiles_made_at_once_are_the_same_bytes_as_tiles_made_alone():
    city = dorsten()
    frame = frame_of(city)
    tree = replace(take(four_houses(), np.flatnonzero(four_houses().kind == Kind.TREE)), crs=CRS)
    parts = [*by_cell(city).values()]
    parts.insert(1, tree)
    leaf = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    together = building_tiles(concat(parts), leaf, len(parts), frame.to_local)
    alone = [building_tile(part, frame.to_local) for part in parts]
    assert [tile is None for tile in alone].count(True) == 1
    for one, other in zip(together, alone, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert (one.content, one.coarse) == (other.content, other.coarse)
            assert one.box.tolist() == other.box.tolist()
