from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kastor.tiles import rtin
from tests.tiles.ground_samples import dorsten, interpolated


def rough(side: int, seed: int = 1) -> np.ndarray:
    """Hills with a wall through them."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[: side + 1, : side + 1] / side
    hills = 8.0 * np.sin(5.0 * x) * np.cos(7.0 * y) + random.normal(0.0, 0.1, x.shape)
    return (hills + 4.0 * (x + 0.3 * y > 0.6)).astype(np.float32)


def areas(vertices, triangles):
    a, b, c = (vertices[triangles[:, i]].astype(float) for i in range(3))
    # vertices are (row, column), that is (y, x)
    return ((b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]) - (c[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])) / 2.0


def test_flat_ground_needs_two_triangles():
    vertices, triangles = rtin.mesh(rtin.errors(np.full((257, 257), 60.0, np.float32)), 0.01)
    assert len(vertices) == 4
    assert len(triangles) == 2


def test_a_slope_needs_two_triangles():
    y, x = np.mgrid[:65, :65]
    assert len(rtin.mesh(rtin.errors((0.25 * x - 0.5 * y).astype(np.float32)), 0.001)[1]) == 2


@pytest.mark.parametrize("limit", [0.1, 0.3, 1.0])
def test_real_ground_is_nowhere_missed_by_more_than_the_limit(limit):
    heights = np.ascontiguousarray(dorsten().heights[:129, :129])
    vertices, triangles = rtin.mesh(rtin.errors(heights), limit)
    drawn = interpolated(vertices, triangles, heights[vertices[:, 0], vertices[:, 1]], heights.shape)
    assert np.abs(drawn - heights).max() <= limit + 1e-4
    assert len(triangles) < 2 * 128 * 128


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, (17, 17), elements=st.floats(-50, 50, width=32)),
    st.floats(0.01, 60),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)),
)
def test_any_ground_is_nowhere_missed_by_more_than_the_limit(heights, limit, corner):
    vertices, triangles = rtin.mesh(rtin.errors(heights, corner=corner), limit, corner)
    drawn = interpolated(vertices, triangles, heights[vertices[:, 0], vertices[:, 1]], heights.shape)
    assert np.abs(drawn - heights).max() <= np.float32(limit) + 1e-3


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (3, 5)])
def test_triangles_cover_the_square_once_and_look_up(corner):
    vertices, triangles = rtin.mesh(rtin.errors(rough(128), corner=corner), 0.3, corner)
    size = areas(vertices, triangles)
    assert (size > 0).all()
    assert size.sum() == 128.0**2


def test_triangles_meet_edge_to_edge():
    vertices, triangles = rtin.mesh(rtin.errors(rough(128)), 0.3)
    edges = Counter(tuple(sorted((t[i], t[(i + 1) % 3]))) for t in triangles.tolist() for i in range(3))
    for (a, b), times in edges.items():
        ends = vertices[[a, b]]
        on_border = ((ends == 0).all(axis=0) | (ends == 128).all(axis=0)).any()
        assert times == (1 if on_border else 2)


def test_neighbours_share_their_edge_whatever_they_are_computed_with():
    side, squares = 32, 5
    heights = rough(side * squares, seed=4)
    meshes = {}
    for row in range(1, 4):
        for column in range(1, 4):
            block = heights[(row - 1) * side : (row + 2) * side + 1, (column - 1) * side : (column + 2) * side + 1]
            found = rtin.errors(block, side, (row - 1, column - 1), limit=0.4)
            inner = np.ascontiguousarray(found[side : 2 * side + 1, side : 2 * side + 1])
            meshes[row, column] = rtin.mesh(inner, 0.4, (row, column))[0]
    for (row, column), vertices in meshes.items():
        east, north = meshes.get((row, column + 1)), meshes.get((row + 1, column))
        if east is not None:
            mine, other = vertices[vertices[:, 1] == side, 0], east[east[:, 1] == 0, 0]
            assert sorted(mine.tolist()) == sorted(other.tolist())
            assert len(mine) > 2
        if north is not None:
            mine, other = vertices[vertices[:, 0] == side, 1], north[north[:, 0] == 0, 1]
            assert sorted(mine.tolist()) == sorted(other.tolist())


@pytest.mark.parametrize("limit", [0.05, 0.3, 2.0])
def test_errors_known_only_up_to_the_limit_give_the_same_mesh(limit):
    heights = rough(128)
    exact, quick = rtin.errors(heights), rtin.errors(heights, limit=limit)
    assert np.array_equal(rtin.mesh(exact, limit)[1], rtin.mesh(quick, limit)[1])


def test_errors_never_grow_towards_finer_points():
    found = rtin.errors(rough(64))
    for half in (2, 4, 8, 16):
        centres = found[half :: 2 * half, half :: 2 * half]
        north = found[2 * half :: 2 * half, half :: 2 * half]
        assert (centres >= north).all()


def test_a_point_that_must_stay_stays():
    least = np.zeros((33, 33), np.float32)
    least[7, 11] = np.inf
    vertices, _ = rtin.mesh(rtin.errors(np.zeros((33, 33), np.float32), least=least), 1.0)
    assert [7, 11] in vertices.tolist()


@pytest.mark.parametrize("shape", [(10, 10), (1, 1), (17, 9), (2, 2)])
def test_a_grid_that_does_not_fit_is_refused_with_the_cure(shape):
    with pytest.raises(rtin.GridSizeError, match="resample"):
        rtin.errors(np.zeros(shape, np.float32))
