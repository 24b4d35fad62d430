from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kastor.city.model import Column, boxes, concat, differences, empty_city, equal, root, take
from kastor.city.sample import four_houses
from kastor.city.strings import Strings, concat_strings, ranges


def test_taking_all_objects_changes_nothing():
    city = four_houses()
    assert differences(city, take(city, np.arange(len(city)))) == []


def test_a_city_cut_in_two_is_whole_again_when_joined():
    city = four_houses()
    assert equal(city, concat([take(city, np.arange(5)), take(city, np.arange(5, len(city)))]))


def test_a_part_without_its_building_stands_alone():
    city = four_houses()
    part = take(city, np.array([city.ids.tolist().index("pair-low")]))
    assert part.parent.tolist() == [-1]
    assert part.attributes["measuredHeight"].tolist() == [4.0]


def test_the_box_of_a_building_holds_its_parts():
    city = four_houses()
    box = boxes(city)[city.ids.tolist().index("pair")]
    assert (box[3:] - box[:3]).tolist() == [10.0, 10.0, 12.0]


def test_every_part_knows_its_building():
    city = four_houses()
    assert [city.ids[i] for i in root(city).tolist()][2:5] == ["pair", "pair", "pair"]


def test_cities_in_different_systems_are_not_joined():
    with pytest.raises(ValueError, match="EPSG:25832\\+7837, EPSG:25833"):
        concat([four_houses(), empty_city("EPSG:25833")])


def test_differences_name_the_field():
    city = four_houses()
    moved = take(city, np.arange(len(city)))
    moved.xyz[0, 2] += 0.001
    assert differences(city, moved) == ["xyz"]


@given(st.lists(st.text()))
def test_strings_come_back_as_they_were(values):
    packed = Strings.of(values)
    assert packed.tolist() == values
    assert [packed[i] for i in range(len(packed))] == values


@given(st.lists(st.text()), st.lists(st.text()))
def test_joined_strings_stand_one_after_the_other(a, b):
    assert concat_strings([Strings.of(a), Strings.of(b)]).tolist() == a + b


json_values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.lists(json_values, min_size=1), st.data())
def test_a_column_gives_back_each_value_with_its_type(values, data):
    column = Column.of(values)
    assert [(type(v), v) for v in column.tolist()] == [(type(v), v) for v in values]
    chosen = data.draw(st.lists(st.integers(0, len(values) - 1)))
    taken = column.take(np.array(chosen, np.int64))
    assert taken.tolist() == [values[i] for i in chosen]
    assert len(taken.values) == len({repr((type(values[i]), values[i])) for i in chosen if values[i] is not None})


@given(st.lists(st.integers(0, 5), min_size=1), st.data())
def test_ranges_pick_the_members_of_groups(counts, data):
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    chosen = data.draw(st.lists(st.integers(0, len(counts) - 1)))
    positions, new = ranges(offsets, np.array(chosen, np.int64))
    expected = [list(range(offsets[i], offsets[i + 1])) for i in chosen]
    assert [positions[a:b].tolist() for a, b in pairwise(new)] == expected
