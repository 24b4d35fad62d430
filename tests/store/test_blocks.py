"""A block gives back exactly what was packed, or says that it is damaged."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.builder import CityBuilder
from kastor.city.model import Json, Kind, Semantic, concat, differences, empty_city, take
from kastor.city.sample import CRS, four_houses
from kastor.store import blocks
from kastor.store.block_files import read_all
from kastor.store.errors import DamagedFile
from tests.store.houses import house, many_houses

SCALARS = st.one_of(
    st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.integers(2**63, 2**90)
)  # fmt: skip
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3))
)


def test_the_sample_city_comes_back_bit_for_bit() -> None:
    city = four_houses()
    assert differences(city, blocks.unpack(blocks.pack(city))) == []


def test_a_city_without_objects_comes_back() -> None:
    assert differences(empty_city(CRS), blocks.unpack(blocks.pack(empty_city(CRS)))) == []


def test_packing_the_same_city_gives_the_same_bytes() -> None:
    assert blocks.pack(four_houses()) == blocks.pack(four_houses())


def test_blocks_joined_are_the_cities_one_after_the_other() -> None:
    city = four_houses()
    first, second = take(city, np.arange(4)), take(city, np.arange(4, len(city)))
    joined = blocks.join([blocks.parse(blocks.pack(first)), blocks.parse(blocks.pack(second))])
    assert differences(joined, concat([first, second])) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), VALUES), min_size=1, max_size=6), st.text())
def test_any_json_value_comes_back_as_it_was(values: list[Json], name: str) -> None:
    grow = CityBuilder(CRS)
    for i, value in enumerate(values):
        grow.add_object(f"{name}{i}", Kind.OTHER, **{name: value})
    city = grow.build()
    found = blocks.unpack(blocks.pack(city))
    assert differences(city, found) == []
    column = found.attributes.get(name)
    if column is not None:
        assert [repr(v) for v in column.tolist()] == [repr(v) for v in values]


def test_numbers_json_does_not_know_come_back() -> None:
    grow = CityBuilder(CRS)
    grow.add_object("odd", Kind.OTHER, a=float("nan"), b=[float("inf")], c="\ud800", d=2**70, e=-0.0)
    found = blocks.unpack(blocks.pack(grow.build()))
    assert repr([found.attributes[n][0] for n in "abcde"]) == repr(
        [float("nan"), [float("inf")], "\ud800", 2**70, -0.0]
    )


COORDINATES = st.one_of(
    st.integers(-(10**10), 10**10).map(lambda n: n / 1000), st.floats(-1e9, 1e9),
    st.sampled_from([0.0, -0.0, 0.0005, float("nan"), float("inf"), 1e300, 5655000.123, 356000.9999]),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(COORDINATES, COORDINATES, COORDINATES), min_size=3, max_size=9))
def test_coordinates_come_back_bit_for_bit(ring: list[tuple[float, float, float]]) -> None:
    grow = CityBuilder(CRS)
    grow.add_object("a", Kind.OTHER)
    grow.add_surface(Semantic.ROOF, [[ring]])
    city = grow.build()
    found = blocks.unpack(blocks.pack(city))
    assert found.xyz.tobytes() == city.xyz.tobytes()


def test_blocks_are_read_together_as_they_are_one_by_one(tmp_path: Path) -> None:
    odd = house("odd", 40)
    cities = [four_houses(), empty_city(CRS), many_houses(50), replace(odd, xyz=odd.xyz + 1e-5)]
    names = [blocks.write(tmp_path, blocks.pack(city))[0] for city in cities]
    one_by_one = blocks.join([blocks.read(tmp_path, name) for name in names])
    together, counts = read_all(tmp_path, names)
    assert differences(together, one_by_one) == []
    assert counts.tolist() == [len(city) for city in cities]
    assert together.xyz.tobytes() == one_by_one.xyz.tobytes()
    assert differences(together, concat([c for c in cities if len(c)])) == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damage_is_noticed_when_many_are_read(data: st.DataObject) -> None:
    packed = blocks.pack(four_houses())
    damage = data.draw(st.sampled_from(["a byte", "shorter", "longer"]))
    position = data.draw(st.integers(0, len(packed) - 1))
    changed = {
        "a byte": packed[:position] + bytes([packed[position] ^ 0x55]) + packed[position + 1 :],
        "shorter": packed[:position],
        "longer": packed + b"\0" * (position + 1),
    }[damage]
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        whole = blocks.write(directory, blocks.pack(many_houses(20)))[0]
        blocks.path_of(directory, "broken").write_bytes(changed)
        with pytest.raises(DamagedFile, match=r"broken.block of the twin is damaged"):
            read_all(directory, [whole, "broken"])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    packed = bytearray(blocks.pack(four_houses()))
    position = data.draw(st.integers(0, len(packed) - 1))
    packed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedFile, match="damaged"):
        blocks.unpack(bytes(packed))


@pytest.mark.parametrize("length", [0, 5, 16, 200, -8])
def test_a_cut_block_is_noticed(length: int) -> None:
    with pytest.raises(DamagedFile, match="Restore it from a backup"):
        blocks.unpack(blocks.pack(four_houses())[:length], "cut.block")


def test_the_name_of_a_block_is_its_sha256(tmp_path: Path) -> None:
    import hashlib

    data = blocks.pack(four_houses())
    name, file = blocks.write(tmp_path, data)
    assert file is not None
    assert hashlib.sha256(file.read_bytes()).hexdigest() == name == file.stem
    assert blocks.write(tmp_path, data) == (name, None)


def test_a_missing_block_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match=r"abc\.block of the twin is damaged: it is missing"):
        blocks.read(tmp_path, "abc")
    with pytest.raises(DamagedFile, match=r"abc\.block of the twin is damaged: it is missing"):
        read_all(tmp_path, ["abc"])


def test_many_blocks_with_different_columns_are_joined_as_their_cities_are() -> None:
    rng = np.random.default_rng(3)
    cities = []
    for number in range(40):
        grow = CityBuilder(CRS)
        for i in range(int(rng.integers(0, 30))):
            chosen = rng.choice([f"column {k}" for k in range(12)], int(rng.integers(0, 6)), replace=False)
            grow.add_object(f"{number}-{i}", Kind.OTHER, **{str(c): int(rng.integers(0, 5)) for c in chosen})
        cities.append(grow.build())
    joined = blocks.join([blocks.parse(blocks.pack(city)) for city in cities])
    assert differences(joined, concat([c for c in cities if len(c)])) == []
