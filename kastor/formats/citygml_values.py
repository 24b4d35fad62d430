"""Texts of CityGML as values: numbers, years, lists; and exact coordinates.

Only what XML Schema calls a decimal or a float is a number here: Python would also take
``1_000`` or Arabic-Indic digits.
"""

from __future__ import annotations

import math
import re

from kastor.city.model import Json
from kastor.formats.citygml_words import Type

WHITESPACE = " \t\r\n"

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_YEAR = re.compile(r"([0-9]{4})(?:-[0-9]{2}(?:-[0-9]{2})?.*|Z)?")
_NOT_IN_NUMBERS = re.compile(r"[^0-9eE+\-. \t\r\n]")


class NotANumber(ValueError):
    """A text that should be a number and is none."""


def value_of(text: str, kind: Type) -> Json:
    """
    The value of an attribute's text.

    Raises
    ------
    NotANumber
        When the type asks for a number and the text is none; keep the text then.

    Examples
    --------
    >>> value_of("11.785", Type.NUMBER), value_of("3", Type.INTEGER), value_of("1929-01-01", Type.YEAR)
    (11.785, 3, 1929)
    """
    if kind == Type.TEXT:
        return text
    if kind == Type.NUMBERS:
        return [_number(part) for part in text.split()]
    if kind == Type.NUMBER:
        return _number(text)
    match = (_YEAR if kind == Type.YEAR else _INTEGER).fullmatch(text)
    if match is None:
        raise NotANumber(text)
    return int(match.group(1) if kind == Type.YEAR else text)


def _number(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise NotANumber(text)
    return value


def coordinates(text: str) -> list[float]:
    """
    The numbers of a list of coordinates, each the double nearest to its text.

    Raises
    ------
    NotANumber
        At anything that is not a finite number.
    """
    odd = _NOT_IN_NUMBERS.search(text)
    if odd is not None:
        raise NotANumber(text[max(0, odd.start() - 10) : odd.start() + 10].strip())
    try:
        numbers = [float(token) for token in text.split()]
    except ValueError:
        raise NotANumber(text.strip()[:30]) from None
    if not all(map(math.isfinite, numbers)):
        raise NotANumber("a number beyond 1e308")
    return numbers
