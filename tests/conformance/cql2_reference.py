"""CQL2 (OGC 21-065r2) evaluated feature by feature in plain Python and shapely, sharing no code with the stores.

A feature is a dictionary of Python values: text, float, bool, date, datetime, shapely geometry, list, or None
where it is unknown. A filter is the JSON tree of CQL2. The logic has three values, as that of SQL.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import shapely
from shapely.geometry import shape

Feature = Mapping[str, Any]


class NotEvaluable(Exception):
    """The filter calls a function of its own, or a place in it is none."""


def holds(node: Any, feature: Feature) -> bool | None:
    """Whether a feature fulfils a filter; None when that is unknown."""
    found = value(node, feature)
    assert found is None or isinstance(found, bool), node
    return found


def value(node: Any, feature: Feature) -> Any:
    """What a node stands for."""
    if isinstance(node, list):
        # JSON has no times: in an array they are texts
        return [_text(inner) if isinstance(inner, dict) else value(inner, feature) for inner in node]
    if not isinstance(node, dict):
        return float(node) if type(node) is int else node
    if "op" in node:
        return _operation(node["op"].lower(), node["args"], feature)
    if "property" in node:
        return feature[node["property"]]
    if "date" in node or "timestamp" in node:
        return _moment(next(iter(node.values())))
    if "interval" in node:
        return tuple(_end(end, feature) for end in node["interval"])
    return _place(node)


def _text(node: Mapping[str, str]) -> str:
    (text,) = node.values()
    return text


def _operation(op: str, arguments: list[Any], feature: Feature) -> Any:
    if op in ("and", "or"):
        return _joined(op == "or", [holds(a, feature) for a in arguments])
    if op == "isnull":
        return value(arguments[0], feature) is None
    if op == "in":
        one = value(arguments[0], feature)
        return _joined(True, [_compared("=", one, value(choice, feature)) for choice in arguments[1]])
    found = [value(a, feature) for a in arguments]
    if op == "between":
        return _joined(False, [_compared(">=", found[0], found[1]), _compared("<=", found[0], found[2])])
    if op in _COMPARISONS:
        return _compared(op, *found)
    if op in _TEMPORAL:
        return _lies(op, *found)
    known = {**_PLAIN, **_SPATIAL, **_ARRAYS}
    if op not in known:
        raise NotEvaluable(op)
    return None if any(one is None for one in found) else known[op](*found)


def _joined(decides: bool, parts: list[bool | None]) -> bool | None:
    """OR when True decides, AND when False does."""
    return decides if decides in parts else None if None in parts else not decides


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compared(op: str, one: Any, other: Any) -> bool | None:
    if one is None or other is None:
        return None
    if isinstance(one, date) and isinstance(other, date):
        one, other = _beginning(one), _beginning(other)
    return _COMPARISONS[op](one, other)


def _like(text: str, pattern: str) -> bool:
    signs = {"%": ".*", "_": "."}
    tokens = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.fullmatch("".join(signs.get(t, re.escape(t[-1])) for t in tokens), text, re.DOTALL) is not None


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def _power(base: float, exponent: float) -> float | None:
    try:
        return math.pow(base, exponent)
    except (ValueError, OverflowError):
        return None


def _rest(number: Fraction, by: Fraction) -> float:
    """What is left of a number in decimals, with its sign."""
    return float(number - by * math.trunc(number / by))


_PLAIN: dict[str, Callable[..., Any]] = {
    "not": lambda a: not a,
    "like": _like,
    "casei": str.casefold,
    "accenti": _without_accents,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "div": lambda a, b: float(math.trunc(a / b)) if b else None,
    "%": lambda a, b: _rest(Fraction(repr(a)), Fraction(repr(b))) if b else None,
    "^": _power,
}


def _place(node: Mapping[str, Any]) -> Any:
    if "bbox" in node:
        numbers = node["bbox"]
        half = len(numbers) // 2
        (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
        if south > north or (west > east and not (east >= -180 and west <= 180)):
            raise NotEvaluable(str(numbers))
        if west > east:
            return shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))
        return shapely.box(west, south, east, north)
    found = shapely.force_2d(shape(node))
    if not found.is_valid:
        raise NotEvaluable(shapely.is_valid_reason(found))
    return found


def _spatial(name: str) -> Callable[[Any, Any], bool]:
    return lambda one, other: bool(getattr(one, name)(other))


_SPATIAL = {
    f"s_{name}": _spatial(name)
    for name in ("intersects", "disjoint", "equals", "touches", "within", "contains", "overlaps", "crosses")
}


def _moment(text: str) -> date:
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def _end(node: Any, feature: Feature) -> Any:
    if node == "..":
        return ".."
    return _moment(node) if isinstance(node, str) else value(node, feature)


def _beginning(moment: date) -> datetime:
    """A date is taken as its midnight, a time without zone as UTC."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(first: Any, last: Any, whole_days: bool) -> tuple[Any, Any]:
    """First and last moment; None where it is unknown."""
    begin = datetime.min.replace(tzinfo=UTC) if first == ".." else first and _beginning(first)
    end = datetime.max.replace(tzinfo=UTC) if last == ".." else last and _beginning(last)
    if whole_days and end is not None and not isinstance(last, (str, datetime)):
        end += timedelta(days=1, microseconds=-1)
    return begin, end


_TEMPORAL = {
    "t_after": "a>d",
    "t_before": "b<c",
    "t_contains": "a<c and b>d",
    "t_disjoint": "a>d or b<c",
    "t_during": "a>c and b<d",
    "t_equals": "a=c and b=d",
    "t_finishedby": "a<c and b=d",
    "t_finishes": "a>c and b=d",
    "t_intersects": "a<=d and b>=c",
    "t_meets": "b=c",
    "t_metby": "a=d",
    "t_overlappedby": "a>c and a<d and b>d",
    "t_overlaps": "a<c and b>c and b<d",
    "t_startedby": "a=c and b>d",
    "t_starts": "a=c and b<d",
}
"""How [a, b] lies to [c, d]; an unknown end leaves open only what depends on it."""


def _lies(op: str, one: Any, other: Any) -> bool | None:
    spans = [found if isinstance(found, tuple) else (found, found) for found in (one, other)]
    ends = [end for span in spans for end in span]
    # a date is one step of the calendar among dates, a day of 24 hours among times
    whole_days = any(isinstance(end, datetime) for end in ends)
    moments = dict(zip("abcd", [m for first, last in spans for m in _span(first, last, whole_days)], strict=True))
    rule = _TEMPORAL[op]
    tests = [re.fullmatch(r"(\w)(\W+)(\w)", part) for part in re.split(" and | or ", rule)]
    return _joined(" or " in rule, [_compared(t[2], moments[t[1]], moments[t[3]]) for t in tests if t])


def _members(array: list[Any]) -> set[tuple[bool, Any]]:
    """Members by value; the truth value true is not the number 1."""
    return {(isinstance(one, bool), one) for one in array}


_ARRAYS: dict[str, Callable[[Any, Any], bool]] = {
    "a_equals": lambda a, b: _members(a) == _members(b),
    "a_contains": lambda a, b: _members(a) >= _members(b),
    "a_containedby": lambda a, b: _members(a) <= _members(b),
    "a_overlaps": lambda a, b: bool(_members(a) & _members(b)),
}
