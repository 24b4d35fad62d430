import io

import numpy as np
import pytest
from PIL import Image

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic, concat
from kastor.city.sample import CRS, ORIGIN, four_houses
from kastor.tiles.ground import COLORS, SHADE, fitted, ground_digest, ground_picture, map_image
from kastor.tiles.land import LAYERS, STREET_WIDTHS, land

BOX = (ORIGIN[0], ORIGIN[1], ORIGIN[0] + 50.0, ORIGIN[1] + 50.0)


def rgb(name: str, theme: str = "light") -> list[int]:
    color = COLORS[theme][name]
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def at(picture: np.ndarray, east: float, north: float) -> list[int]:
    """Colour at a place of the sample city, whose picture is ten pixels a metre."""
    return picture[int((50.0 - north) * 10), int(east * 10)].tolist()


def line(*points: tuple[float, float]):
    return [(ORIGIN[0] + x, ORIGIN[1] + y, 0.0) for x, y in points]


def one(kind: Kind, semantic: Semantic, ring, **attributes):
    grow = CityBuilder(CRS)
    grow.add_object("one", kind, **attributes)
    grow.add_surface(semantic, [[ring]], lod=0)
    return grow.build()


def test_streets_grass_and_ground_have_their_colours():
    picture = ground_picture(land(four_houses()), BOX, 500, 500, shade=False)
    assert at(picture, 25.0, 25.0) == rgb("street")
    assert at(picture, 22.2, 10.0) == rgb("street")
    assert at(picture, 21.7, 10.0) == rgb("ground")
    assert at(picture, 30.5, 30.5) == rgb("green")
    assert at(picture, 2.0, 2.0) == rgb("ground")


def test_a_street_is_as_wide_as_its_attributes_say():
    ring = line((0, 25), (50, 25))
    for attributes, width in (
        ({"highway": "residential"}, STREET_WIDTHS["residential"][1]),
        ({"highway": "residential", "width": 9.0}, 9.0),
        ({"highway": "residential", "width": "7.5"}, 7.5),
        ({"highway": "primary", "lanes": 4}, 13.0),
        ({"highway": "footway", "lanes": 4}, STREET_WIDTHS["footway"][1]),
        ({"highway": "residential", "width": 900.0}, STREET_WIDTHS["residential"][1]),
        ({}, STREET_WIDTHS["unclassified"][1]),
    ):
        picture = ground_picture(land(one(Kind.STREET, Semantic.AXIS, ring, **attributes)), BOX, 500, 500)
        changed = np.abs(picture[:, 250].astype(int) - rgb("ground")).sum(axis=1) > 20
        assert abs(changed.sum() / 10.0 - width) <= 0.2


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (Kind.STREET, {"highway": "primary", "tunnel": "yes"}),
        (Kind.STREET, {"highway": "proposed"}),
        (Kind.RAILWAY, {"railway": "abandoned"}),
        (Kind.WATER, {"waterway": "stream", "tunnel": "culvert"}),
    ],
)
def test_what_is_underground_or_gone_is_not_drawn(kind, attributes):
    city = one(kind, Semantic.AXIS, line((0, 25), (50, 25)), **attributes)
    assert (ground_picture(land(city), BOX, 50, 50) == rgb("ground")).all()


def test_a_stream_is_drawn_as_a_line_of_water():
    city = one(Kind.WATER, Semantic.AXIS, line((0, 25), (50, 25)), waterway="stream", tunnel="no")
    assert ground_picture(land(city), BOX, 500, 500)[250, 250].tolist() == rgb("water")


@pytest.mark.parametrize(
    ("kind", "attributes", "layer"),
    [
        (Kind.LAND_USE, {"landuse": "forest"}, "forest"),
        (Kind.LAND_USE, {"natural": "wood"}, "forest"),
        (Kind.LAND_USE, {"leisure": "park"}, "green"),
        (Kind.WATER, {}, "water"),
        (Kind.PARKING, {"parking": "surface"}, "parking"),
        (Kind.VEGETATION, {}, "green"),
        (Kind.STREET, {"highway": "pedestrian"}, "square"),
        (Kind.LAND_USE, {"landuse": "something new"}, "ground"),
        (Kind.PARCEL, {}, "ground"),
    ],
)
def test_areas_are_drawn_as_what_they_are(kind, attributes, layer):
    city = one(kind, Semantic.AREA, line((10, 10), (40, 10), (40, 40), (10, 40)), **attributes)
    picture = ground_picture(land(city), BOX, 100, 100)
    assert picture[50, 50].tolist() == rgb(layer)
    assert picture[5, 5].tolist() == rgb("ground")


def test_an_area_keeps_its_holes_whichever_way_its_rings_turn():
    outer, inner = line((5, 5), (45, 5), (45, 45), (5, 45)), line((20, 20), (30, 20), (30, 30), (20, 30))
    for rings in ([outer, inner], [outer[::-1], inner], [outer[::-1], inner[::-1]], [outer, inner[::-1]]):
        grow = CityBuilder(CRS)
        grow.add_object("wood", Kind.LAND_USE, landuse="forest")
        grow.add_surface(Semantic.AREA, [rings], lod=0)
        picture = ground_picture(land(grow.build()), BOX, 100, 100)
        assert picture[50, 50].tolist() == rgb("ground")
        assert picture[80, 20].tolist() == rgb("forest")


def test_the_ground_is_shaded_at_the_foot_of_houses_only():
    bare = ground_picture(land(four_houses()), BOX, 500, 500, shade=False).astype(float)
    shaded = ground_picture(land(four_houses()), BOX, 500, 500).astype(float)
    dim = 1.0 - shaded.mean(axis=2) / bare.mean(axis=2)
    assert abs(dim[500 - 100, 100] - SHADE) < 0.01
    assert 0.02 < dim[500 - 100, 500 - 335] < SHADE
    assert dim[250, 250] < 0.01


def test_pictures_side_by_side_fit_together():
    on = land(four_houses())
    whole = ground_picture(on, BOX, 400, 400)
    west, south, east, north = BOX
    middle = (west + east) / 2
    left = ground_picture(on, (west, south, middle, north), 200, 400)
    right = ground_picture(on, (middle, south, east, north), 200, 400)
    assert np.abs(np.hstack([left, right]).astype(int) - whole).max() <= 4


def test_a_digest_changes_with_what_is_drawn_and_only_with_that():
    houses = four_houses()
    path = one(Kind.STREET, Semantic.AXIS, line((10, 0), (10, 50)), highway="footway")
    far = one(Kind.STREET, Semantic.AXIS, line((10, 5000), (10, 5050)), highway="footway")
    before = ground_digest(land(houses), BOX)
    assert ground_digest(land(four_houses()), BOX) == before
    assert ground_digest(land(concat([houses, path])), BOX) != before
    assert ground_digest(land(concat([houses, far])), BOX) == before


def test_the_map_shows_houses_with_outlines():
    image = Image.open(io.BytesIO(map_image(four_houses(), BOX, 500, 500)))
    assert image.size == (500, 500)
    picture = np.asarray(image.convert("RGB"))
    assert np.abs(np.array(at(picture, 10.0, 10.0)) - rgb("building")).max() <= 2
    assert at(picture, 10.0, 10.0) != at(picture, 5.02, 10.0)
    # the courtyard is open
    assert np.abs(np.array(at(picture, 40.0, 40.0)) - rgb("building")).max() > 10


def test_walls_between_parts_of_one_house_have_no_outline_where_the_ground_is_one():
    grow = CityBuilder(CRS)
    grow.add_object("house", Kind.BUILDING)
    for ring in (line((10, 10), (20, 10), (20, 20)), line((10, 10), (20, 20), (10, 20))):
        grow.add_surface(Semantic.GROUND, [[ring]])
    picture = np.asarray(Image.open(io.BytesIO(map_image(grow.build(), BOX, 500, 500))).convert("RGB"))
    assert np.abs(np.array(at(picture, 15.0, 15.0)) - rgb("building")).max() <= 2


def test_the_dark_map_is_dark():
    light, dark = (
        np.asarray(Image.open(io.BytesIO(map_image(four_houses(), BOX, 100, 100, theme))).convert("L")).mean()
        for theme in ("light", "dark")
    )
    assert dark < 100 < 190 < light


def test_the_map_is_widened_to_the_shape_of_the_picture():
    assert fitted((0.0, 0.0, 100.0, 100.0), 200, 100) == (-50.0, 0.0, 150.0, 100.0)


@pytest.mark.parametrize(
    ("box", "size"), [((0, 0, 0, 0), (10, 10)), ((5, 5, 1, 1), (10, 10)), (BOX, (0, 10)), (BOX, (10, 99999))]
)
def test_a_map_of_nothing_is_refused(box, size):
    with pytest.raises(ValueError, match="give"):
        map_image(four_houses(), box, *size)


def test_a_city_without_anything_gives_plain_ground():
    on = land(one(Kind.BUILDING, Semantic.WALL, line((0, 0), (1, 0), (1, 1))))
    assert (ground_picture(on, BOX, 20, 20) == rgb("ground")).all()


def test_every_layer_has_a_colour_in_every_theme():
    for theme in COLORS.values():
        assert set(LAYERS) <= set(theme)


def test_trees_stand_on_maps_but_not_on_the_ground_of_the_scene():
    tree = one(Kind.TREE, Semantic.POSITION, line((25, 25)), crownDiameter=10.0)
    picture = np.asarray(Image.open(io.BytesIO(map_image(tree, BOX, 500, 500))).convert("RGB"))
    assert np.abs(np.array(at(picture, 25.0, 29.0)) - rgb("tree")).max() <= 2
    assert np.abs(np.array(at(picture, 25.0, 31.0)) - rgb("ground")).max() <= 2
    assert np.abs(ground_picture(land(tree), BOX, 500, 500).astype(int) - rgb("ground")).max() == 0
