import io

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kastor.tiles import canvas

coordinate = st.floats(-6, 26, allow_nan=False, width=32)


def filled(rings: list[np.ndarray], signs: list[float]) -> np.ndarray:
    edges = np.zeros((20, 22), np.float32)
    offsets = np.cumsum([0] + [len(ring) for ring in rings])
    canvas.add_areas(edges, np.vstack(rings).astype(float), offsets, np.array(signs))
    cover = np.empty((20, 20), np.float32)
    canvas.settle(edges, cover)
    assert not edges.any()
    return cover


def shares(area: shapely.Geometry) -> np.ndarray:
    """Covered share of each pixel of a 20 x 20 picture, worked out one by one."""
    x, y = np.meshgrid(np.arange(20), np.arange(20))
    return shapely.area(shapely.intersection(shapely.box(x, y, x + 1, y + 1), area))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=3))
def test_each_pixel_is_covered_by_the_share_the_area_takes_of_it(corners):
    ring = np.array(corners)
    area = shapely.Polygon(ring)
    expected = shares(area) if area.area > 1e-6 else np.zeros((20, 20))
    inside = (ring >= 0).all() and (ring <= 20).all()
    # an edge that leaves the picture within a pixel may blur that one pixel
    off = np.abs(filled([ring], [1.0]) - expected)
    assert off.max() < 1e-4 if inside else (off > 1e-4).mean() < 0.12


def test_a_hole_stays_open():
    outer = np.array([[2, 2], [18, 2], [18, 18], [2, 18]])
    inner = np.array([[6, 6], [10, 6], [10, 10], [6, 10]])
    cover = filled([outer, inner], [1.0, -1.0])
    assert cover.sum() == 16 * 16 - 4 * 4
    assert (cover[6:10, 6:10] == 0).all()


def test_areas_that_touch_leave_no_seam():
    left = np.array([[2.0, 2.0], [9.4, 2.0], [9.4, 18.0], [2.0, 18.0]])
    right = np.array([[9.4, 2.0], [18.0, 2.0], [18.0, 18.0], [9.4, 18.0]])
    assert np.allclose(filled([left, right], [1.0, 1.0])[2:18, 2:18], 1.0)


def test_a_line_is_as_wide_as_asked_with_round_ends():
    cover = np.zeros((40, 60), np.float32)
    canvas.add_lines(cover, np.array([[10.0, 8.0, 46.0, 31.0]]), np.array([5.0]))
    expected = shapely.LineString([(10, 8), (46, 31)]).buffer(2.5, quad_segs=32).area
    assert abs(cover.sum() / expected - 1.0) < 0.01


def test_a_thin_line_is_pale_and_not_broken():
    cover = np.zeros((20, 60), np.float32)
    canvas.add_lines(cover, np.array([[5.0, 10.5, 55.0, 10.5]]), np.array([0.3]))
    assert np.allclose(cover[10, 6:54], 0.3, atol=0.01)


def test_a_joint_of_two_pieces_does_not_show():
    whole, pieces = np.zeros((30, 60), np.float32), np.zeros((30, 60), np.float32)
    canvas.add_lines(whole, np.array([[5.0, 5.0, 50.0, 20.0]]), np.array([4.0]))
    canvas.add_lines(pieces, np.array([[5.0, 5.0, 20.0, 10.0], [20.0, 10.0, 50.0, 20.0]]), np.array([4.0, 4.0]))
    assert np.allclose(whole, pieces, atol=1e-5)


def test_a_picture_of_few_colours_is_kept_exactly():
    random = np.random.default_rng(5)
    colors = random.integers(0, 256, (40, 3), dtype=np.uint8)
    colors[:, 0] = np.arange(40) * 4
    picture = colors[random.integers(0, 40, (64, 48))]
    image = Image.open(io.BytesIO(canvas.png(picture)))
    assert image.size == (48, 64)
    assert np.array_equal(np.asarray(image.convert("RGB")), picture)


def test_a_picture_of_many_colours_is_kept_closely():
    y, x = np.mgrid[:128, :128]
    picture = np.dstack([100 + x // 2, 120 + y // 4, 140 + (x + y) // 8]).astype(np.uint8)
    image = np.asarray(Image.open(io.BytesIO(canvas.png(picture))).convert("RGB"))
    assert np.abs(image.astype(int) - picture).max() <= 12


def test_blending_lays_colour_on_as_far_as_covered():
    picture = np.full((1, 3, 3), 100, np.uint8)
    canvas.blend(picture, np.array([[0.0, 0.5, 1.0]], np.float32), (200, 0, 100))
    assert picture[0].tolist() == [[100, 100, 100], [150, 50, 100], [200, 0, 100]]
