"""Which ground drains together: whole catchments, cut where much comes together, each after those above it."""

import numpy as np
import pytest

from kastor.simulations.catchments import catchments
from kastor.simulations.scene import SceneError

ROWS, COLS = 40, 60


def valley() -> np.ndarray:
    """A trough that falls to the south, its bottom in the middle, the ground around it unknown but for the mouth."""
    row, col = np.mgrid[:ROWS, :COLS]
    heights = 100.0 - 0.5 * row + 2.0 * np.abs(col - COLS // 2)
    heights[[0, -1]] = heights[:, [0, -1]] = 500.0
    heights[-1, COLS // 2] = 50.0
    return heights


def test_every_cell_belongs_to_one_catchment_and_water_runs_down_from_one_to_the_next() -> None:
    heights = valley()
    found = catchments(heights, 300)
    assert (found.number >= 0).all()
    assert found.number.max() + 1 == len(found.below)
    for one in np.flatnonzero(found.below >= 0):
        outlet, entry = tuple(found.outlet[one]), tuple(found.entry[one])
        assert found.number[outlet] == one
        assert found.number[entry] == found.below[one]
        assert heights[entry] <= heights[outlet]
        assert (found.number == one).sum() >= 300


def test_upper_ones_come_first() -> None:
    found = catchments(valley(), 150)
    place = {one: n for n, one in enumerate(found.order())}
    assert sorted(place) == list(range(len(found.below)))
    inner = np.flatnonzero(found.below >= 0)
    assert len(inner) >= 3
    for one in inner.tolist():
        assert place[one] < place[int(found.below[one])]
        assert one in found.above(int(found.below[one]))
    assert len(found.above(found.order()[0])) == 0


def test_two_valleys_share_no_catchment() -> None:
    heights = np.hstack([valley(), valley()])
    found = catchments(heights, 10**9)
    west, east = found.number[10, COLS // 2], found.number[10, COLS + COLS // 2]
    assert found.below.tolist() == [-1] * len(found.below)
    assert west == east  # grouped by place: what drains over the border within one tile is one task
    cut = catchments(heights, 900)
    left, right = set(np.unique(cut.number[5:-5, 5 : COLS - 5])), set(np.unique(cut.number[5:-5, COLS + 5 : -5]))
    assert not {one for one in left if cut.below[one] >= 0} & right


def test_ground_nobody_knows_belongs_to_none() -> None:
    heights = valley()
    heights[10:14, 10:14] = np.nan
    found = catchments(heights, 300)
    assert (found.number[10:14, 10:14] == -1).all()
    with pytest.raises(SceneError, match="load a terrain model"):
        catchments(np.full((5, 5), np.nan), 10)
