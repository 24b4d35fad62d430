"""A cut through the sample city: what stands on the line, how high, and what a plan changes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from kastor.city.edits import AddBuilding, Basin, Demolish, Edit, PlantTree, Raise
from kastor.city.sample import ORIGIN
from kastor.planning.section import section
from kastor.process import InvalidInput
from kastor.store import Tenant

EAST, NORTH, UP = ORIGIN


def line(*places: tuple[float, float]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.array(places, float) + np.array([EAST, NORTH])
    return found


def test_a_flat_house_and_a_gable_stand_on_the_line_with_their_heights(small_twin: Tenant) -> None:
    found = section(small_twin, [], line((0, 10), (50, 10)))
    flat, gable = sorted(found["bodies"], key=lambda body: body["rings"][0][0][0])
    assert found["length"] == 50.0
    assert (flat["id"], flat["state"], gable["id"]) == ("flat", "standing", "gable")
    (ring,) = flat["rings"]
    assert {tuple(place) for place in ring} == {(5, UP + 6), (15, UP + 6), (5, UP), (15, UP)}
    heights = [up for _, up in gable["rings"][0]]
    assert max(heights) == pytest.approx(UP + 9)
    assert all(up == pytest.approx(UP) for _, up in found["ground"])


def test_a_courtyard_parts_a_house_in_two(small_twin: Tenant) -> None:
    (house,) = section(small_twin, [], line((30, 40), (50, 40)))["bodies"]
    assert house["id"] == "courtyard"
    assert len(house["rings"]) == 2


def test_parts_of_a_house_are_one_body_of_two_heights(small_twin: Tenant) -> None:
    (house,) = section(small_twin, [], line((0, 40), (20, 40)))["bodies"]
    assert house["id"] == "pair"
    tops = {place: up - UP for place, up in house["rings"][0] if up > UP}
    assert set(tops.values()) == {4.0, 12.0}


def test_a_bent_line_counts_on_behind_its_corner(small_twin: Tenant) -> None:
    found = section(small_twin, [], line((0, 2), (10, 2), (10, 20)))
    (house,) = found["bodies"]
    assert found["length"] == 28.0
    assert sorted({place for place, _ in house["rings"][0]}) == [13.0, 23.0]


def test_what_is_planned_raised_and_gone_is_told_apart(small_twin: Tenant) -> None:
    corners = tuple((EAST + x, NORTH + y) for x, y in ((18, 5), (28, 5), (28, 15), (18, 15)))
    edits: list[Edit] = [
        AddBuilding("new", corners, storeys=4, name="Neubau"),
        Demolish("flat"),
        Raise("raised", "gable", 12.0),
        PlantTree("linde", (EAST + 2, NORTH + 11), height=10.0, crown=6.0),
    ]
    found = section(small_twin, edits, line((0, 10), (50, 10)))
    bodies = {(body["id"], body["state"]): body for body in found["bodies"]}
    assert set(bodies) == {("flat", "gone"), ("gable", "gone"), ("new", "planned"), ("gable", "planned")}
    assert bodies["new", "planned"]["label"] == "Neubau"
    tall = bodies["gable", "planned"]["rings"][0]
    assert max(up for _, up in tall) == pytest.approx(UP + 12, abs=0.01)
    (tree,) = found["trees"]
    assert (tree["id"], tree["state"], tree["at"]) == ("linde", "planned", 2.0)
    assert tree["half"] == pytest.approx(np.sqrt(8), abs=0.01)


def test_a_hollow_shows_the_ground_before_and_after(small_twin: Tenant) -> None:
    outline = tuple((EAST + x, NORTH + y) for x, y in ((17, 5), (23, 5), (23, 15), (17, 15)))
    found = section(small_twin, [Basin(outline, 1.5, id="hollow")], line((16, 10), (24, 10)))
    assert min(up for _, up in found["ground"]) == pytest.approx(UP - 1.5)
    assert min(up for _, up in found["ground_before"]) == pytest.approx(UP)


def test_too_long_a_line_is_refused(small_twin: Tenant) -> None:
    with pytest.raises(InvalidInput, match="line: 4000 m"):
        section(small_twin, [], line((0, 0), (4000, 0)))
