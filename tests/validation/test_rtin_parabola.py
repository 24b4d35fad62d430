"""Error map of the surface z = c x², whose interpolation errors are known exactly."""

import numpy as np

from kastor.tiles import rtin

C = 0.125


def test_errors_of_a_parabola_are_those_of_its_chords():
    side = 64
    x = np.arange(side + 1, dtype=np.float32)
    found = rtin.errors(np.tile(C * x**2, (side + 1, 1)))
    half = 1
    while half < side:
        horizontal = found[:: 2 * half, half :: 2 * half]
        diagonal = found[half :: 2 * half, half :: 2 * half]
        vertical = found[half :: 2 * half, :: 2 * half]
        # a chord of length 2s misses c x² by c s² in its middle; beside a vertical side the chords are half as long
        assert np.allclose(horizontal, C * half**2)
        assert np.allclose(diagonal, C * half**2)
        beside = vertical if half > 1 else np.zeros_like(vertical)
        assert np.allclose(vertical, np.where(beside > 0, C * (half / 2) ** 2, 0.0))
        half *= 2


def test_a_parabola_is_cut_as_finely_as_its_curvature_asks():
    side, limit = 128, 0.5
    x = np.arange(side + 1, dtype=np.float32)
    vertices, _ = rtin.mesh(rtin.errors(np.tile(C * x**2, (side + 1, 1))), limit)
    # c s² <= 0.5 allows chords of 2s = 4 and no longer
    south = np.sort(vertices[vertices[:, 0] == 0, 1])
    assert np.diff(south).max() == 4
    assert np.diff(south).min() == 4
