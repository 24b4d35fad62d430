"""Footprints become block models."""

import numpy as np
import pytest

from kastor.city.builder import CityBuilder
from kastor.city.extrude import extrude, ring_areas
from kastor.city.geometry import polygon_areas, polygon_normals
from kastor.city.model import City, Kind, Semantic, boxes, differences, owner
from kastor.city.sample import four_houses

SQUARE = [(0.0, 0.0, 50.0), (10.0, 0.0, 51.0), (10.0, 10.0, 50.0), (0.0, 10.0, 50.0)]
HOLE = [(3.0, 3.0, 50.0), (7.0, 3.0, 50.0), (7.0, 7.0, 50.0), (3.0, 7.0, 50.0)]


def plan(*rings, **attributes) -> City:
    grow = CityBuilder("EPSG:25832")
    grow.add_object("lamp", Kind.FURNITURE)
    grow.add_object("house", Kind.BUILDING, **attributes)
    grow.add_surface(Semantic.FOOTPRINT, [list(rings)], lod=0)
    grow.add_object("tree", Kind.TREE, height=3.0)
    grow.add_surface(Semantic.POSITION, [[[(1.0, 2.0, 3.0)]]], lod=0)
    return grow.build()


def volume(city: City) -> float:
    """Volume of all closed surfaces by the divergence theorem."""
    first = city.xyz[city.vertex_offsets[city.ring_offsets[:-1]]]
    return float((first * polygon_normals(city)).sum() / 3.0)


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("hole_turn", [1, -1])
def test_a_courtyard_house_is_closed_and_faces_outwards_however_its_rings_turn(turn, hole_turn):
    city = extrude(plan(SQUARE[::turn], HOLE[::hole_turn], measuredHeight=6.0))
    assert city.ids.tolist() == ["lamp", "house", "tree"]
    assert city.semantic.tolist() == [Semantic.GROUND, Semantic.WALL, Semantic.ROOF, Semantic.POSITION]
    assert boxes(city)[1].tolist() == [0, 0, 50, 10, 10, 56]
    assert volume(city) == pytest.approx((100 - 16) * 6.0)
    assert polygon_normals(city)[: len(city.solid) - 1].sum(axis=0) == pytest.approx([0, 0, 0])
    assert polygon_areas(city)[:-1].sum() == pytest.approx(2 * 84 + 40 * 6 + 16 * 6)
    assert city.attributes["height"].tolist() == [None, None, 3.0]


def test_a_part_may_begin_above_the_ground():
    city = extrude(plan(SQUARE, measuredHeight=9.0, min_height=4.0))
    assert boxes(city)[1].tolist() == [0, 0, 54, 10, 10, 59]


@pytest.mark.parametrize("height", [None, 0.0, -3.0, float("nan"), "tall"])
def test_without_a_height_the_footprint_stays(height):
    city = plan(SQUARE, measuredHeight=height)
    assert differences(extrude(city), city) == []


def test_a_building_with_parts_is_made_of_its_parts():
    grow = CityBuilder("EPSG:25832")
    house = grow.add_object("house", Kind.BUILDING, measuredHeight=9.0)
    grow.add_surface(Semantic.FOOTPRINT, [[SQUARE]], lod=0)
    grow.add_object("tower", Kind.BUILDING_PART, house, measuredHeight=20.0)
    grow.add_surface(Semantic.FOOTPRINT, [[HOLE]], lod=0)
    city = extrude(grow.build())
    assert city.parent.tolist() == [-1, 0]
    assert np.unique(city.semantic[owner(city.surface_offsets) == 0]).tolist() == [Semantic.FOOTPRINT]
    assert boxes(city)[1][5] == 70


def test_two_outlines_are_two_solids():
    grow = CityBuilder("EPSG:25832")
    far = [(x + 1e5, y, z) for x, y, z in SQUARE]
    grow.add_object("house", Kind.BUILDING, measuredHeight=3.0)
    grow.add_surface(Semantic.FOOTPRINT, [[SQUARE], [far]], lod=0)
    city = extrude(grow.build())
    assert volume(city) == pytest.approx(600.0)
    assert city.solid.tolist() == [0, 1] + [0] * 4 + [1] * 4 + [0, 1]


def test_models_with_walls_stay_as_they_are():
    city = four_houses()
    assert differences(extrude(city), city) == []


def test_ring_areas_keep_their_sign_far_from_the_origin():
    city = plan([(x + 3.5e5, y + 5.6e6, z) for x, y, z in SQUARE], measuredHeight=1.0)
    assert ring_areas(city)[0] == pytest.approx(100.0)
