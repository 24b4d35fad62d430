"""Edits change a copy of the city, exactly as they say."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kastor.city.edits import AddBuilding, Basin, Demolish, Edit, Levee, apply
from kastor.city.fields import InvalidValue
from kastor.city.model import Kind, equal
from kastor.city.outlines import outlines
from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.site import Site

E, N, H = ORIGIN


def site() -> Site:
    return Site(shapely.box(E, N, E + 50, N + 50), four_houses(), flat_ground())


def square(east: float, north: float, side: float) -> tuple[tuple[float, float], ...]:
    x, y = E + east, N + north
    return ((x, y), (x + side, y), (x + side, y + side), (x, y + side))


def heights(found: Site) -> np.ndarray:
    assert found.terrain is not None
    return found.terrain.heights


def test_no_edit_changes_nothing() -> None:
    before = site()
    after = apply(before, ())
    assert after is before


def test_a_new_building_stands_on_the_ground_with_its_height() -> None:
    before = site()
    city = apply(before, [AddBuilding("new", square(20, 8, 6), 9.0)]).city
    index = city.ids.tolist().index("new")
    assert city.kind[index] == Kind.BUILDING
    assert outlines(city)[index].area == pytest.approx(36.0)
    assert city.xyz[-1, 2] in (H, H + 9.0)
    assert city.xyz[:, 2].max() == 62.0
    assert equal(before.city, four_houses())


def test_the_direction_in_which_corners_are_given_does_not_matter() -> None:
    one = apply(site(), [AddBuilding("new", square(20, 8, 6), 9.0)]).city
    other = apply(site(), [AddBuilding("new", square(20, 8, 6)[::-1], 9.0)]).city
    assert sorted(map(tuple, one.xyz.tolist())) == sorted(map(tuple, other.xyz.tolist()))


def test_what_is_demolished_goes_with_its_parts() -> None:
    ids = apply(site(), [Demolish("pair")]).city.ids.tolist()
    assert "pair" not in ids
    assert "pair-low" not in ids
    assert "gable" in ids


def test_a_basin_has_a_level_floor_below_the_lowest_ground() -> None:
    before = site()
    found = heights(apply(before, [Basin(square(20, 20, 10), 1.5)]))
    assert (found == H - 1.5).sum() == 100
    assert (found == H).sum() == found.size - 100
    assert (heights(before) == H).all()


def test_a_levee_has_no_gap_water_could_run_through() -> None:
    crooked = ((E + 5, N + 5), (E + 30, N + 20), (E + 12, N + 45))
    raised = heights(apply(site(), [Levee(crooked, 2.0, 0.1)])) > H
    # cells that touch by a side only: walk along the levee without a diagonal step
    rows, cols = np.nonzero(raised)
    seen, todo = set(), [(int(rows[0]), int(cols[0]))]
    while todo:
        row, col = todo.pop()
        if (row, col) in seen or not raised[row, col]:
            continue
        seen.add((row, col))
        todo += [(row + 1, col), (row - 1, col), (row, col + 1), (row, col - 1)]
    assert len(seen) == raised.sum() > 40


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (AddBuilding("flat", square(20, 8, 6), 9.0), "exists"),
        (AddBuilding("new", square(20, 8, 6)[:2], 9.0), "footprint"),
        (AddBuilding("new", ((E, N), (E + 9, N + 9), (E + 9, N), (E, N + 9)), 9.0), "cross"),
        (AddBuilding("new", square(20, 8, 6), 0.0), "height"),
        (AddBuilding("new", square(20, 8, 6), float("nan")), "height"),
        (Demolish("nothing"), "no 'nothing'"),
        (Basin(square(20, 20, 10), -1.0), "depth"),
        (Basin(square(20, 20, 0.1), 1.0), "outline"),
        (Levee(((E, N),), 1.0), "line"),
        (Levee(((E, N), (E + 9, N)), 99.0), "height"),
    ],
)
def test_an_edit_that_cannot_be_names_the_field_and_the_cure(edit: Edit, named: str) -> None:
    with pytest.raises(InvalidValue, match=named):
        apply(site(), [edit])


def test_without_ground_nothing_can_be_dug() -> None:
    bare = Site(shapely.box(E, N, E + 50, N + 50), four_houses(), None)
    with pytest.raises(InvalidValue, match="load a terrain"):
        apply(bare, [Basin(square(20, 20, 10), 1.0)])


@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(1.5, 300), st.floats(0.1, 20))
def test_digging_anywhere_never_raises_the_ground(east: float, north: float, side: float, depth: float) -> None:
    found = heights(apply(site(), [Basin(square(east, north, side), depth)]))
    assert found.shape == flat_ground().heights.shape
    assert (found <= H).all()
