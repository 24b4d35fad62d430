import numpy as np
import pytest
from numpy.testing import assert_allclose

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic
from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles.crowns import far_shapes, tree_shapes
from kastor.tiles.trees import far_trees_tile, tree_tile, woodland_tile
from tests.tiles.glb_contents import instances, split, tables


def shift(xyz):
    return xyz - np.array(ORIGIN)


def avenue(n=200, **attributes):
    grow = CityBuilder("EPSG:25832")
    for i in range(n):
        grow.add_object(f"tree/{i}", Kind.TREE, **attributes)
        grow.add_surface(Semantic.POSITION, [[[(ORIGIN[0] + 2.5 * i, ORIGIN[1] + 7.3 * (i % 5), ORIGIN[2])]]], lod=0)
    return grow.build()


def test_the_oak_of_the_sample_city_stands_in_its_place_with_its_size():
    tile = tree_tile(four_houses(), shift)
    found = instances(tile.content)
    assert_allclose(found["TRANSLATION"], [[20, 20, 0]], atol=1e-5)
    assert_allclose(found["SCALE"], [[8, 12, 8]], rtol=1e-6)
    assert tables(*split(tile.content)) == [
        {"id": ["oak"], "species": ["Quercus robur"], "height": [12.0], "crown": [8.0]}
    ]


def test_every_tree_is_drawn_once_and_points_to_its_row():
    tile = tree_tile(avenue(), shift)
    found = instances(tile.content)
    rows = found["_FEATURE_ID_0"][:, 0].astype(int)
    assert sorted(rows) == list(range(200))
    assert_allclose(found["TRANSLATION"][np.argsort(rows), 0], 2.5 * np.arange(200), atol=1e-3)
    assert tables(*split(tile.content))[0]["id"] == [f"tree/{i}" for i in range(200)]
    assert list(tables(*split(tile.content))[0]) == ["id"]


def test_a_tree_looks_the_same_whenever_it_is_drawn():
    assert tree_tile(avenue(), shift).content == tree_tile(avenue(), shift).content


def test_trees_of_unknown_size_differ_within_reason():
    scale = instances(tree_tile(avenue(), shift).content)["SCALE"]
    assert len(np.unique(scale[:, 1])) > 20
    assert 5 < scale[:, 1].min() < scale[:, 1].max() < 16
    assert (scale[:, 0] < scale[:, 1]).all()


@pytest.mark.parametrize("species", ["Picea abies", "Waldkiefer", "Europäische Lärche"])
def test_conifers_are_told_by_their_species(species):
    tile = tree_tile(avenue(3, species=species), shift)
    other = tree_tile(avenue(3, species="Tilia cordata"), shift)
    points = [split(t.content)[0]["accessors"][0]["count"] for t in (tile, other)]
    assert points == [len(tree_shapes()[2].positions), len(tree_shapes()[0].positions)]


def test_a_wood_has_trees_but_nothing_to_pick():
    places = np.column_stack([np.linspace(0, 400, 300), np.linspace(0, 300, 300), np.full(300, 3.0)]) + ORIGIN
    tile = woodland_tile(places, shift)
    head = split(tile.content)[0]
    assert len(instances(tile.content)["SCALE"]) == 300
    assert "EXT_structural_metadata" not in head["extensionsUsed"]
    assert "_FEATURE_ID_0" not in instances(tile.content)


def test_far_away_fewer_and_wider_trees_stand_for_all():
    near = tree_tile(avenue(), shift)
    levels = [far_trees_tile([near.coarse], level) for level in (1, 2, 3, 9)]
    found = [instances(tile.content) for tile in levels]
    counts = [len(f["SCALE"]) for f in found]
    assert counts[0] == 200
    assert 60 < counts[1] < 140
    assert 20 < counts[2] < 80
    assert counts[3] >= 1
    assert found[1]["SCALE"][:, 0].mean() > 1.2 * found[0]["SCALE"][:, 0].mean()


def test_thinning_twice_is_thinning_once():
    near = tree_tile(avenue(), shift)
    once = far_trees_tile([near.coarse], 3)
    twice = far_trees_tile([far_trees_tile([near.coarse], 2).coarse], 3)
    assert once.content == twice.content


def test_the_box_holds_the_crowns():
    tile = tree_tile(four_houses(), shift)
    assert_allclose(tile.box, [16, 16, 0, 24, 24, 12])


def test_no_trees_no_tile():
    assert tree_tile(CityBuilder("").build(), shift) is None
    assert woodland_tile(np.zeros((0, 3)), shift) is None
    assert far_trees_tile([], 1) is None


def test_shapes_are_one_metre_high_and_wide_closed_above_and_turn_outwards():
    for shape in (*tree_shapes(), *far_shapes()):
        low, high = shape.positions.min(axis=0), shape.positions.max(axis=0)
        assert_allclose(high[1], 1.0, atol=1e-6)
        assert 0.85 < (high - low)[0] <= 1.0001
        assert 0.85 < (high - low)[2] <= 1.0001
        a, b, c = (shape.positions[shape.triangles[:, i]].astype(float) for i in range(3))
        assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() > 0
        lengths = np.linalg.norm(shape.normals.astype(float), axis=1)
        assert_allclose(lengths, 127, atol=1.0)
