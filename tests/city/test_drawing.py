"""What a person draws becomes an object."""

from __future__ import annotations

import numpy as np
import pytest

from kastor.city.drawing import drawn
from kastor.city.fields import InvalidValue
from kastor.city.model import Kind, equal

RING = [(364000.0, 5650000.0), (364010.0, 5650000.0), (364010.0, 5650008.0), (364000.0, 5650008.0)]


def outline(ring: list[tuple[float, float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def test_a_house_is_the_same_whichever_way_round_it_is_drawn() -> None:
    ways = (RING, [RING[0], *RING[:0:-1]])
    one, other = (drawn("EPSG:25832", "a", Kind.BUILDING, outline(way), {"measuredHeight": 6.0}) for way in ways)
    assert equal(one, other)
    x, y = one.xyz[:, 0] - RING[0][0], one.xyz[:, 1] - RING[0][1]
    assert np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) == pytest.approx(160.0)


def test_an_outline_that_crosses_itself_is_refused() -> None:
    crossed = outline([RING[0], RING[2], RING[1], RING[3]])
    with pytest.raises(InvalidValue, match="crosses itself"):
        drawn("EPSG:25832", "a", Kind.BUILDING, crossed, {"measuredHeight": 6.0})
