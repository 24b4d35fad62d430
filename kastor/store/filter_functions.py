"""What filters ask of the database beyond plain SQL: places, times, words and attributes, in every store.

A filter is written once, with functions named ``kastor_*``. SQLite calls the ones in this file; a
PostGIS store has functions of the same names (``postgres_functions.py``) that lead to PostGIS and to what
PostgreSQL has. Whatever is unknown (NULL) stays unknown, a text that is no time or number is unknown too.
"""

from __future__ import annotations

import math
import operator
import re
import sqlite3
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import lru_cache, wraps
from typing import Any

import orjson
import shapely

from kastor.store.overrides import read_attributes

RELATIONS: dict[str, Callable[..., Any]] = {
    "intersects": shapely.intersects,
    "disjoint": shapely.disjoint,
    "equals": shapely.equals,
    "touches": shapely.touches,
    "within": shapely.within,
    "contains": shapely.contains,
    "overlaps": shapely.overlaps,
    "crosses": shapely.crosses,
}
"""How two places can lie to each other (OGC Simple Features), by the name in CQL2 behind ``s_``."""

_DECIMALS = Context(prec=1000)
"""More digits than any quotient of two numbers has."""

DAY = 86_400_000_000
"""[µs]"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?")


def register(connection: sqlite3.Connection) -> None:
    """Give an SQLite connection all functions."""
    for name, relation in RELATIONS.items():
        _add(connection, f"kastor_s_{name}", 2, _related(relation))
    for name, test in ARRAY_TESTS.items():
        _add(connection, f"kastor_a_{name}", 2, _of_arrays(test))
    for name, arguments, function in (
        ("like", 2, like), ("casei", 1, casei), ("accenti", 1, accenti), ("instant", 1, instant),
        ("power", 2, _power), ("modulo", 2, _modulo), ("whole", 2, _whole), ("ratio", 2, _ratio),
        ("text_of", 2, _text_of), ("number_of", 2, _number_of), ("boolean_of", 2, _boolean_of),
        ("array_of", 2, _array_of),
    ):  # fmt: skip
        _add(connection, f"kastor_{name}", arguments, function)


def _add(connection: sqlite3.Connection, name: str, arguments: int, function: Callable[..., Any]) -> None:
    @wraps(function)
    def known_only(*values: Any) -> Any:
        return None if None in values else function(*values)

    connection.create_function(name, arguments, known_only, deterministic=True)


@lru_cache(maxsize=256)
def _prepared(wkb: bytes) -> Any:
    """A place that is asked about again and again, ready for that."""
    place = shapely.from_wkb(wkb)
    shapely.prepare(place)
    return place


def _related(relation: Callable[..., Any]) -> Callable[[bytes, bytes], bool]:
    mirrored: dict[Any, Callable[..., Any]] = {shapely.within: shapely.contains, shapely.contains: shapely.within}
    reverse = mirrored.get(relation, relation)

    def related(one: bytes, other: bytes) -> bool:
        # the place of the filter is the second argument, see filters.py; prepared it must come first
        return bool(reverse(_prepared(other), shapely.from_wkb(one)))

    return related


def instant(text: str) -> int | None:
    """Microseconds since 1970 of a date (its beginning, UTC) or a time; None for any other text. Without zone: UTC."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH).days * DAY
        if _TIME.fullmatch(text):
            time = datetime.fromisoformat(text)
            since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
            return since.days * DAY + since.seconds * 1_000_000 + since.microseconds
    except ValueError:
        return None
    return None


def casei(text: str) -> str:
    """Text in which case makes no difference."""
    return text.lower().replace("ß", "ss").replace("ς", "σ")


def accenti(text: str) -> str:
    """Text in which accents make no difference."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not "\u0300" <= c <= "\u036f")


def like(text: str, pattern: str) -> bool:
    r"""Whether a text fits a pattern with ``%`` for any characters, ``_`` for one and ``\\`` before a plain one."""
    (first, _), *others = _pieces(pattern)
    begin = first.match(text)
    if begin is None or not others:
        return begin is not None and begin.end() == len(text)
    at = begin.end()
    for piece, _ in others[:-1]:
        # the leftmost place is as good as any: one pass, however many % there are
        found = piece.search(text, at)
        if found is None:
            return False
        at = found.end()
    last, length = others[-1]
    return len(text) - length >= at and last.fullmatch(text, len(text) - length) is not None


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[tuple[re.Pattern[str], int], ...]:
    """What stands between the ``%`` of a pattern, and how many characters each takes."""
    pieces: list[list[str]] = [[]]
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token == "%":
            pieces.append([])
        else:
            pieces[-1].append("." if token == "_" else re.escape(token[-1]))
    return tuple((re.compile("".join(piece), re.DOTALL), len(piece)) for piece in pieces)


def _power(base: float, exponent: float) -> float | None:
    try:
        found = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return None
    return found if isinstance(found, float) and math.isfinite(found) else None


def _modulo(number: float, by: float) -> float | None:
    if not (math.isfinite(number) and math.isfinite(by)):
        return None
    # reckoned in decimals, so that 0.3 % 0.1 leaves nothing
    return float(_DECIMALS.remainder(Decimal(repr(number)), Decimal(repr(by)))) if by else None


def _whole(number: float, by: float) -> float | None:
    return float(math.trunc(number / by)) if by and math.isfinite(number / by) else None


def _ratio(number: float, by: float) -> float | None:
    return number / by if by else None


def _attribute(attributes: bytes, name: str) -> Any:
    return read_attributes(attributes).get(name)


def _text_of(attributes: bytes, name: str) -> str | None:
    value = _attribute(attributes, name)
    return value if isinstance(value, str) else None


def _number_of(attributes: bytes, name: str) -> float | None:
    value = _attribute(attributes, name)
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else None


def _boolean_of(attributes: bytes, name: str) -> bool | None:
    value = _attribute(attributes, name)
    return value if isinstance(value, bool) else None


def _array_of(attributes: bytes, name: str) -> bytes | None:
    value = _attribute(attributes, name)
    return orjson.dumps(value) if isinstance(value, list) else None


def _of_arrays(test: Callable[[set[str], set[str]], bool]) -> Callable[[bytes, bytes], bool]:
    return lambda one, other: bool(test(_members(one), _members(other)))


def _members(array: bytes) -> set[str]:
    """The members of a JSON array, each as a text that equals that of the same value."""
    found = orjson.loads(array)
    return {
        orjson.dumps(float(v) if isinstance(v, int) and not isinstance(v, bool) else v, option=orjson.OPT_SORT_KEYS)
        .decode()
        for v in found
    }  # fmt: skip


ARRAY_TESTS: dict[str, Callable[[set[str], set[str]], bool]] = {
    "equals": operator.eq,
    "contains": operator.ge,
    "containedby": operator.le,
    "overlaps": lambda one, other: not one.isdisjoint(other),
}
"""How two arrays, taken as sets, can stand to each other, by the name in CQL2 behind ``a_``."""
