"""What stands behind a dot: entries of contexts, parts of dates, times, durations and ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from kastor.cases.feel.calendar import DAY, SECOND, Date, DateTime, DaysTime, Time, YearsMonths, weekday
from kastor.cases.feel.values import UNKNOWN, Range, Value

Properties = Mapping[str, Callable[[Value], Value]]


def property_of(value: Value, name: str) -> Value:
    """The property of a value; of a list, the list of those of its elements; null if there is none."""
    if type(value) is dict:
        return value.get(name)
    if type(value) is list:
        return [property_of(each, name) for each in value]
    if value is UNKNOWN:
        return UNKNOWN
    found = _PROPERTIES.get(type(value), {}).get(name)
    return None if found is None else found(value)


def _offset(seconds: int | None) -> DaysTime | None:
    return None if seconds is None else DaysTime(seconds * SECOND)


def _zone(time: Time) -> str | None:
    return time.zone if isinstance(time.zone, str) else None


def _signed(total: int, unit: int, within: int) -> Decimal:
    """Whole units in an amount, what is left of the next larger unit, with the sign of the amount."""
    found = abs(total) // unit % within if within else abs(total) // unit
    return Decimal(-found if total < 0 else found)


_DATE: Final[Properties] = {
    "year": lambda day: Decimal(day.year),
    "month": lambda day: Decimal(day.month),
    "day": lambda day: Decimal(day.day),
    "weekday": lambda day: Decimal(weekday(day)),
}
_TIME: Final[Properties] = {
    "hour": lambda time: Decimal(time.nanos // (3600 * SECOND)),
    "minute": lambda time: Decimal(time.nanos // (60 * SECOND) % 60),
    "second": lambda time: Decimal(time.nanos // SECOND % 60),
    "time offset": lambda time: _offset(time.offset),
    "timezone": _zone,
}
_CLOCK: Final = ("hour", "minute", "second", "timezone")


def _of_date(name: str) -> Callable[[Value], Value]:
    return lambda at: _DATE[name](at.date)


def _of_time(name: str) -> Callable[[Value], Value]:
    return lambda at: _TIME[name](at.time)


# a date is its midnight in UTC where a time is asked of it
_MIDNIGHT: Final[Properties] = {
    "hour": lambda day: Decimal(0),
    "minute": lambda day: Decimal(0),
    "second": lambda day: Decimal(0),
    "time offset": lambda day: DaysTime(0),
}
_PROPERTIES: Final[Mapping[type, Properties]] = {
    Date: {**_DATE, **_MIDNIGHT},
    Time: _TIME,
    DateTime: {
        **{name: _of_date(name) for name in _DATE},
        **{name: _of_time(name) for name in _CLOCK},
        "time offset": lambda at: _offset(at.offset),
    },
    YearsMonths: {
        "years": lambda duration: _signed(duration.months, 12, 0),
        "months": lambda duration: _signed(duration.months, 1, 12),
    },
    DaysTime: {
        "days": lambda duration: _signed(duration.nanos, DAY, 0),
        "hours": lambda duration: _signed(duration.nanos, 3600 * SECOND, 24),
        "minutes": lambda duration: _signed(duration.nanos, 60 * SECOND, 60),
        "seconds": lambda duration: _signed(duration.nanos, SECOND, 60),
    },
    Range: {
        "start": lambda limits: limits.start,
        "end": lambda limits: limits.end,
        "start included": lambda limits: limits.start_included,
        "end included": lambda limits: limits.end_included,
    },
}
