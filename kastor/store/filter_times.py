"""Times in filters: instants and intervals, and how they lie to each other (Allen's relations, as CQL2 names them).

Times are numbers of microseconds since 1970. Where only dates meet, a date is one step of a
calendar; where a date meets a time of day, it lasts from its first to its last microsecond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, and_, func, literal, not_

from kastor.store.errors import InvalidFilter
from kastor.store.filter_functions import DAY, instant
from kastor.store.filter_values import Value

ALWAYS = 9.0e15
"""Beyond every time of the calendar. [µs]"""

Number = ColumnElement[Any]


@dataclass(frozen=True, eq=False)
class Span:
    """First and last moment, None where it is open, and whether both are dates."""

    first: Value | None
    last: Value | None

    @property
    def of_dates(self) -> bool:
        """Whether no time of day is in it."""
        return all(end is None or end.type == "date" for end in (self.first, self.last))


RELATIONS: dict[str, Callable[[Number, Number, Number, Number], ColumnElement[bool]]] = {
    "after": lambda a, b, c, d: a > d,
    "before": lambda a, b, c, d: b < c,
    "contains": lambda a, b, c, d: and_(a < c, b > d),
    "disjoint": lambda a, b, c, d: not_(and_(a <= d, b >= c)),
    "during": lambda a, b, c, d: and_(a > c, b < d),
    "equals": lambda a, b, c, d: and_(a == c, b == d),
    "finishedby": lambda a, b, c, d: and_(a < c, b == d),
    "finishes": lambda a, b, c, d: and_(a > c, b == d),
    "intersects": lambda a, b, c, d: and_(a <= d, b >= c),
    "meets": lambda a, b, c, d: b == c,
    "metby": lambda a, b, c, d: a == d,
    "overlappedby": lambda a, b, c, d: and_(a > c, a < d, b > d),
    "overlaps": lambda a, b, c, d: and_(a < c, b > c, b < d),
    "startedby": lambda a, b, c, d: and_(a == c, b > d),
    "starts": lambda a, b, c, d: and_(a == c, b < d),
}
"""Relations of [a, b] to [c, d], by the name in CQL2 behind ``t_``."""


def related(relation: str, one: Span, other: Span) -> ColumnElement[bool]:
    """Whether two spans lie to each other like that."""
    whole_days = not (one.of_dates and other.of_dates)
    return RELATIONS[relation](*_ends(one, whole_days), *_ends(other, whole_days))


def at(value: Value) -> Span:
    """A single date or time as a span."""
    return Span(value, value)


def interval(first: Value | None, last: Value | None) -> Span:
    """From one time to another."""
    return Span(first, last)


def literal_time(text: Any, wanted: str = "") -> Value:
    """
    A date or time that stands in the filter itself.

    Raises
    ------
    InvalidFilter
        When it is none.
    """
    found = instant(text) if isinstance(text, str) else None
    kind = "date" if isinstance(text, str) and len(text) == 10 else "timestamp"
    if found is None or (wanted and wanted != kind):
        raise InvalidFilter(
            f"filter: {str(text)[:60]!r} is no {wanted or 'date or timestamp'}; "
            "write 2026-05-01 or 2026-05-01T12:00:00Z."
        )
    return Value(kind, literal(text), text)


def moment(value: Value) -> Number:
    """A date or time as a number, a date as its beginning. [µs]"""
    if value.text:
        return literal(float(instant(value.text) or 0), Double())
    return func.kastor_instant(value.expression, type_=Double())


def _ends(span: Span, whole_days: bool) -> tuple[Number, Number]:
    first = literal(-ALWAYS, Double()) if span.first is None else moment(span.first)
    if span.last is None:
        return first, literal(ALWAYS, Double())
    last = moment(span.last)
    if whole_days and span.last.type == "date":
        last = last + literal(float(DAY - 1), Double())
    return first, last
