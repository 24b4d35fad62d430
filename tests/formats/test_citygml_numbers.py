"""Coordinates are read as exactly the double that is nearest to their text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.formats.citygml_compiled import PADDING, parse_numbers
from kastor.formats.citygml_values import NotANumber, coordinates, value_of
from kastor.formats.citygml_words import Type


def parsed(text: str) -> list[float] | None:
    data = np.frombuffer(text.encode() + bytes(PADDING), np.uint8)
    out = np.zeros(len(text) + 1)
    n = parse_numbers(data, 0, len(text.encode()), out, 0)
    return None if n < 0 else out[:n].tolist()


@given(whole=st.integers(0, 10**19 - 1), places=st.integers(0, 18), sign=st.sampled_from(["", "-", "+"]))
@settings(max_examples=500, deadline=None)
def test_decimals_are_rounded_as_python_rounds_them(whole: int, places: int, sign: str) -> None:
    digits = str(whole).rjust(places + 1, "0")
    text = sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
    found = parsed(text)
    assert found is None or np.float64(found[0]).tobytes() == np.float64(float(text)).tobytes()
    assert found is not None or len(text) > 19


@given(st.floats(-1e9, 1e9))
@settings(max_examples=300, deadline=None)
def test_what_python_writes_is_read_back(value: float) -> None:
    found = parsed(repr(value))
    assert found is None or found == [value]


@pytest.mark.parametrize("text", ["0.5", "9007199254740993", "4503599627370496.5", "1125899906842624.125", "0.1e1"])
def test_ties_go_to_the_even_neighbour(text: str) -> None:
    assert parsed(text) == [float(text)]


@given(st.lists(st.decimals(-(10**7), 10**7, places=3), max_size=20), st.sampled_from([" ", "\n", "\t ", "\r\n"]))
@settings(deadline=None)
def test_lists_are_split_at_any_white_space(numbers: list[object], gap: str) -> None:
    text = gap + gap.join(str(number) for number in numbers) + gap
    assert parsed(text) == coordinates(text) == [float(str(number)) for number in numbers]


@pytest.mark.parametrize("text", ["1_0", "nan", "inf", "0x1", "1,5", "--1", "1.2.3", "1e", "e5", "٣", "1-2", "+", "."])
def test_neither_reader_takes_for_a_number_what_is_none(text: str) -> None:
    assert parsed(text) is None
    with pytest.raises(NotANumber):
        coordinates(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1962", Type.YEAR, 1962), ("1962-05-01", Type.YEAR, 1962), ("1962Z", Type.YEAR, 1962),
        ("-3", Type.INTEGER, -3), ("2.50", Type.NUMBER, 2.5), ("3.0 2.5", Type.NUMBERS, [3.0, 2.5]),
    ],
)  # fmt: skip
def test_attributes_become_what_they_are(text: str, kind: Type, value: object) -> None:
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [("3.5", Type.INTEGER), ("9" * 19, Type.INTEGER), ("NaN", Type.NUMBER), ("1e999", Type.NUMBER), ("62", Type.YEAR)],
)
def test_attributes_that_are_no_numbers_are_told_apart(text: str, kind: Type) -> None:
    with pytest.raises(NotANumber):
        value_of(text, kind)
