import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from kastor.tiles.growth import grown_together
from kastor.tiles.outlines import Outlines, outlines_of_polygons

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])


def grown(outlines, classes, square=1.0):
    result = grown_together(outlines_of_polygons(np.array(outlines)), np.array(classes, np.uint8), square)
    regions = int(result.ring_region.max(initial=-1)) + 1
    offsets = np.searchsorted(result.ring_region, np.arange(regions + 1))
    return result, Outlines(result.xy, result.vertex_offsets, offsets).polygons()


def box(x, y, width=10.0, depth=10.0):
    return shapely.box(x, y, x + width, y + depth)


def test_neighbours_of_one_class_join_and_others_do_not():
    result, polygons = grown([box(0, 0), box(11, 0), box(21, 0), box(40, 0)], [1, 1, 2, 1])
    assert sorted(shapely.area(polygons)) == [100, 100, 210]
    joined = int(np.argmax(shapely.area(polygons)))
    assert set(result.block[result.region == joined]) == {0, 1}


def test_a_hole_stays_a_hole():
    ring = shapely.difference(box(0, 0, 30, 30), box(10, 10))
    _, polygons = grown([ring], [1])
    assert_allclose(shapely.area(polygons), [800])
    assert shapely.get_num_interior_rings(polygons).tolist() == [1]


def test_squares_that_touch_at_a_corner_only_stay_apart_or_close_the_notch():
    _, polygons = grown([box(0, 0, 2, 2), box(20, 20, 2, 2)], [1, 1])
    assert shapely.is_valid(polygons).all()
    assert len(polygons) == 2


def test_broken_outlines_do_no_harm():
    bowtie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    line = shapely.Polygon([(50, 0), (60, 0), (55, 0)])
    _, polygons = grown([bowtie, line], [1, 1])
    assert shapely.is_valid(polygons).all()


def test_a_stray_block_far_away_does_not_fill_the_memory():
    _, polygons = grown([box(0, 0), box(1e7, 1e7)], [1, 1])
    assert len(polygons) <= 2


boxes = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 20), st.integers(1, 20), st.integers(1, 3))


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes, min_size=1, max_size=12))
def test_regions_are_valid_cover_what_was_drawn_and_do_not_overlap(drawn):
    outlines = [box(float(x), float(y), float(w), float(d)) for x, y, w, d, _ in drawn]
    result, polygons = grown(outlines, [c for *_, c in drawn])
    assert shapely.is_valid(polygons).all()
    union = shapely.union_all(np.array(outlines))
    assert shapely.area(shapely.difference(union, shapely.union_all(polygons))) < 1e-6
    assert_allclose(shapely.area(polygons).sum(), shapely.area(shapely.union_all(polygons)))
    assert result.squares.sum() == round(shapely.area(union))
