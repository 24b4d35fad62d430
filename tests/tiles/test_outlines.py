import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kastor.tiles.outlines import NO_OUTLINES, joined_outlines, outlines_of, outlines_of_polygons, simplified

YARD = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (4, 6), (6, 6), (6, 4)]])
HOUSE = shapely.box(20, 0, 25, 5)
SHED = shapely.Polygon([(30, 0), (30, 3), (33, 0)])


def yards():
    return outlines_of_polygons(np.array([YARD, HOUSE, SHED]))


def test_outlines_become_the_same_polygons_again():
    assert shapely.equals_exact(yards().polygons(), np.array([YARD, HOUSE, SHED])).all()


def test_areas_leave_out_the_holes():
    assert yards().areas().tolist() == [96.0, 25.0, 4.5]
    assert_allclose(yards().turned().areas(), [96.0, 25.0, 4.5])


def test_some_of_them_in_another_order():
    assert yards().at(np.array([2, 0])).areas().tolist() == [4.5, 96.0]
    assert len(joined_outlines([yards(), NO_OUTLINES, yards()])) == 6
    assert joined_outlines([yards(), yards()]).areas().tolist() == [96.0, 25.0, 4.5] * 2


def test_turned_outlines_have_the_inside_to_the_left():
    areas = yards().turned().ring_areas()
    assert areas.tolist() == [100.0, -4.0, 25.0, 4.5]


def test_rings_of_less_than_three_corners_vanish():
    xy = np.array([[0.0, 0], [1, 0], [1, 1], [5, 5], [6, 6]])
    found = outlines_of(xy, np.array([0, 3, 5]), np.array([0, 1, 2]))
    assert found.areas().tolist() == [0.5, 0.0]
    assert len(found.xy) == 3


def test_simpler_outlines_keep_their_area():
    stairs = [(x / 10, 0.1 * (x % 2)) for x in range(101)]
    ragged = outlines_of_polygons(np.array([shapely.Polygon([*stairs, (10, 10), (0, 10)]), YARD, HOUSE]))
    simple = simplified(ragged, 0.3)
    assert len(simple.xy) < 20
    assert_allclose(simple.areas(), ragged.areas(), rtol=0.02)


def test_what_would_lose_its_shape_stays_as_it_is():
    thin = outlines_of_polygons(np.array([shapely.Polygon([(0, 0), (5, 0.2), (10, 0), (10, 0.1), (5, 0.3), (0, 0.1)])]))
    assert_allclose(simplified(thin, 5.0).areas(), thin.areas())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0.5, 90.0), st.integers(3, 12))))
def test_areas_are_those_of_shapely(circles):
    turns = [2 * np.pi * np.arange(corners) / corners for *_, corners in circles]
    drawn = [
        shapely.Polygon(np.column_stack([x + radius * np.cos(turn), y - radius * np.sin(turn)]))
        for (x, y, radius, _), turn in zip(circles, turns, strict=True)
    ]
    polygons = np.array(drawn, object)
    assert_allclose(outlines_of_polygons(polygons).areas(), shapely.area(polygons), rtol=1e-6)
