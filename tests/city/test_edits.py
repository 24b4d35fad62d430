"""Edits change a copy of the city, exactly as they say."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.edits import (
    AddBuilding,
    AddStreet,
    AddWall,
    Basin,
    CloseStreet,
    Demolish,
    Edit,
    Fell,
    GroundWork,
    Levee,
    Move,
    PlantTree,
    Raise,
    Surface,
    apply,
)
from kastor.city.fields import InvalidValue
from kastor.city.model import Kind, boxes, equal, object_of_vertex
from kastor.city.outlines import outlines
from kastor.city.sample import ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.city.streets import street_graph
from kastor.simulations.grid import grid
from kastor.simulations.surfaces import surfaces

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


def test_every_kind_of_edit_leaves_the_city_it_began_with_as_it_was() -> None:
    before = site()
    after = apply(
        before,
        [
            AddBuilding("new", square(20, 8, 6), storeys=3, roof="gable", use="residential", dwellings=4),
            Move("m", "pair", 3.0, -2.0, 30.0),
            Raise("r", "gable", 12.0, storeys=3),
            Raise("t", "oak", 14.0),
            PlantTree("lime", (E + 22, N + 40), "Tilia", 9.0, 6.0),
            Surface("lawn", square(0, 20, 8), "green"),
            GroundWork("fill", square(30, 20, 5), height=0.5),
            GroundWork("level", square(40, 20, 5), level=H - 1),
            AddWall("wall", ((E, N), (E + 9, N), (E + 9, N + 9)), 2.0),
            CloseStreet("c", "way/2"),
            AddStreet("lane", ((E, N + 2), (E + 20, N + 2)), 4.0),
            Fell("f", "oak"),
            Demolish("new"),
        ],
    )
    assert equal(before.city, four_houses())
    assert (heights(before) == H).all()
    ids = after.city.ids.tolist()
    assert {"lime", "lawn", "wall", "lane"} <= set(ids)
    assert not {"new", "oak"} & set(ids)
    assert len(street_graph(after.city)) != len(street_graph(before.city))


def test_a_moved_house_keeps_its_shape_and_stands_on_the_ground() -> None:
    slope = replace(flat_ground(), heights=np.add(flat_ground().heights, np.arange(70), dtype=np.float32))
    before = Site(shapely.box(E, N, E + 50, N + 50), four_houses(), slope)
    after = apply(before, [Move("m", "pair", 10.0, 0.0, 90.0)]).city
    index = after.ids.tolist().index("pair")
    one, other = (outlines(city)[index] for city in (before.city, after))
    assert other.area == pytest.approx(one.area)
    assert other.centroid.x == pytest.approx(one.centroid.x + 10)
    moved = boxes(after)[index] - boxes(before.city)[index]
    assert moved[2] == pytest.approx(10.0, abs=0.01)
    assert moved[5] == pytest.approx(10.0, abs=0.01)


def test_a_raised_house_keeps_its_roof_and_its_footing() -> None:
    city = apply(site(), [Raise("r", "gable", 12.0, storeys=3)]).city
    index = city.ids.tolist().index("gable")
    z = np.unique(city.xyz[object_of_vertex(city) == index, 2])
    assert z.tolist() == [H, H + 9.0, H + 12.0]
    assert (city.attributes["measuredHeight"][index], city.attributes["storeysAboveGround"][index]) == (12.0, 3)
    parts = apply(site(), [Raise("r", "pair", 15.0)]).city
    assert parts.attributes["measuredHeight"][3] == 7.0
    with pytest.raises(InvalidValue, match=r"give 3\.5 m or more"):
        apply(site(), [Raise("r", "gable", 2.0)])


def test_storeys_carry_the_roof_and_height_includes_it() -> None:
    by_storeys = apply(site(), [AddBuilding("new", square(20, 8, 6), storeys=2, roof="gable", pitch=45.0)]).city
    by_height = apply(site(), [AddBuilding("new", square(20, 8, 6), height=9.0, roof="gable", pitch=45.0)]).city
    assert equal(by_storeys, replace(by_height, attributes=by_storeys.attributes))
    assert by_storeys.attributes["measuredHeight"][-1] == 9.0


def test_a_planned_cover_lies_over_streets() -> None:
    after = apply(site(), [Surface("lawn", square(0, 20, 10), "green")])
    assert after.terrain is not None
    found = grid(after.terrain, after.city, (E, N, E + 50, N + 50), 1.0).ground.surface
    assert (found[20:30, 0:10] == surfaces().ids.index("green")).all()


def test_many_edits_cost_little_more_than_one() -> None:
    trees = [PlantTree(f"t{n}", (E + n % 50, N + n // 50)) for n in range(2000)]
    assert len(apply(site(), [*trees, *(Demolish(f"t{n}") for n in range(1999))]).city) == len(four_houses()) + 1


_PLACES = st.tuples(st.floats(0, 40), st.floats(0, 40))
_EDITS = st.one_of(
    st.builds(lambda p, h, roof: AddBuilding("", square(p[0], p[1], 6), height=h, roof=roof), _PLACES, st.floats(6, 40),
              st.sampled_from(["flat", "gable", "hip", "pent"])),
    st.builds(lambda p: PlantTree("", (E + p[0], N + p[1])), _PLACES),
    st.builds(lambda p, d: Basin(square(p[0], p[1], 5), d), _PLACES, st.floats(0.1, 20)),
    st.builds(lambda p, h: GroundWork("g", square(p[0], p[1], 5), height=h), _PLACES, st.floats(-9, 9)),
    st.builds(lambda o, p, t: Move("m", o, p[0], p[1], t), st.sampled_from(["flat", "pair", "oak", "way/1"]), _PLACES,
              st.floats(-180, 180)),
    st.builds(lambda o, h: Raise("r", o, h), st.sampled_from(["flat", "pair", "courtyard"]), st.floats(13, 90)),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(_EDITS, max_size=6))
def test_no_list_of_edits_changes_what_it_is_applied_to(given_: list[Edit]) -> None:
    before = site()
    edits = [replace(edit, id=edit.id or f"n{k}") for k, edit in enumerate(given_)]
    one, other = apply(before, edits), apply(before, edits)
    assert equal(before.city, four_houses())
    assert (heights(before) == H).all()
    assert equal(one.city, other.city)
    assert np.array_equal(heights(one), heights(other))
