"""Comparing and computing with two values: what ``=``, ``<``, ``+`` and their like give for which types.

What has no meaning gives null; what depends on something unknown is unknown. DMN 1.5, tables 42 to 60.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from kastor.cases.feel.calendar import (
    DAY,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    later,
    later_by_months,
    moment,
)  # fmt: skip
from kastor.cases.feel.types import MIDNIGHT_UTC
from kastor.cases.feel.values import (
    NUMBERS,
    UNKNOWN,
    Function,
    Range,
    Unequal,
    Value,
    checked_text,
    three_valued_all,
    three_valued_any,
)  # fmt: skip

_PLAIN: Final = frozenset({Decimal, str, bool, YearsMonths, DaysTime})
_ORDERED: Final = frozenset({Decimal, str})


def equal(a: Value, b: Value) -> Value:
    """Whether two values are the same: True, False, null for different types, UNKNOWN.

    Times are the same if their seconds are; fractions do not count (DMN 1.5, table 42).
    """
    kind = type(a)
    if kind is type(b) and kind in _PLAIN:
        return a == b
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if a is None or b is None:
        return a is b
    if kind is not type(b):
        return _equal_mixed(a, b)
    return _equal_alike(a, b)


def _equal_mixed(a: Value, b: Value) -> Value:
    if isinstance(a, Function) and isinstance(b, Function):
        return a is b
    if type(a) is list and len(a) == 1:
        return equal(a[0], b)
    if type(b) is list and len(b) == 1:
        return equal(a, b[0])
    if {type(a), type(b)} == {Date, DateTime}:
        return equal(_at_midnight(a), _at_midnight(b))
    return None


def _equal_alike(a: Value, b: Value) -> Value:
    if isinstance(a, list):
        return three_valued_all(map(equal, a, b)) if len(a) == len(b) else False
    if isinstance(a, dict):
        return three_valued_all(equal(a[key], b[key]) for key in a) if a.keys() == b.keys() else False
    if isinstance(a, DateTime | Time):
        return (a.offset is None) == (b.offset is None) and a.instant // SECOND == b.instant // SECOND
    if isinstance(a, Range):
        return a.parts()[2:] == b.parts()[2:] and three_valued_all((equal(a.start, b.start), equal(a.end, b.end)))
    if isinstance(a, Unequal):
        return equal(a.value, b.value)
    return a is b if isinstance(a, Function) else bool(a == b)


def _at_midnight(value: Value) -> Value:
    return DateTime(value, MIDNIGHT_UTC) if type(value) is Date else value


def order(a: Value, b: Value) -> Value:
    """Below zero, zero or above as the first value is less, equal or more; null if they have no order."""
    kind = type(a)
    if kind is type(b) and kind in _ORDERED:
        return (a > b) - (a < b)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if type(a) is list and len(a) == 1:
        return order(a[0], b)
    if type(b) is list and len(b) == 1:
        return order(a, b[0])
    first, second = _position(a, b), _position(b, a)
    if first is None or second is None:
        return None
    return (first > second) - (first < second)


def _position(value: Value, other: Value) -> int | None:
    """Where a value stands among those of the type it is compared with."""
    if type(value) is not type(other) and {type(value), type(other)} != {Date, DateTime}:
        return None
    if isinstance(value, YearsMonths):
        return value.months
    if isinstance(value, DaysTime):
        return value.nanos
    if isinstance(value, Date) and isinstance(other, Date):
        return value.number
    if isinstance(value, Date | DateTime):
        first, second = _at_midnight(value), _at_midnight(other)
        return int(first.instant) if (first.offset is None) == (second.offset is None) else None
    if isinstance(value, Time):
        return value.instant if (value.offset is None) == (other.offset is None) else None
    return None


def not_equal(a: Value, b: Value) -> Value:
    """The opposite of :func:`equal`."""
    return negated(equal(a, b))


def negated(value: Value) -> Value:
    """FEEL's ``not``: null of what is no boolean."""
    if value is UNKNOWN:
        return UNKNOWN
    return not value if isinstance(value, bool) else None


def less(a: Value, b: Value) -> Value:
    """``a < b``."""
    found = order(a, b)
    return found < 0 if type(found) is int else found


def less_or_equal(a: Value, b: Value) -> Value:
    """``a <= b``."""
    found = order(a, b)
    return found <= 0 if type(found) is int else found


def more(a: Value, b: Value) -> Value:
    """``a > b``."""
    found = order(a, b)
    return found > 0 if type(found) is int else found


def more_or_equal(a: Value, b: Value) -> Value:
    """``a >= b``."""
    found = order(a, b)
    return found >= 0 if type(found) is int else found


def between(value: Value, low: Value, high: Value) -> Value:
    """``value between low and high``, both included."""
    if low is None or high is None or value is None:
        return None
    first, second = more_or_equal(value, low), less_or_equal(value, high)
    if first is None or second is None:
        return None
    return three_valued_all((first, second))


def within(value: Value, limits: Range) -> Value:
    """Whether a value lies in a range."""
    if value is UNKNOWN:
        return UNKNOWN
    above = _beyond(limits.start, value, included=limits.start_included)
    below = _beyond(value, limits.end, included=limits.end_included, end=True)
    if above is None or below is None:
        return None
    return three_valued_all((above, below))


def _beyond(a: Value, b: Value, *, included: bool, end: bool = False) -> Value:
    """Whether a value is on the right side of one end; an end that is None does not limit."""
    limit = b if end else a
    if limit is None:
        return None if included else True
    return less_or_equal(a, b) if included else less(a, b)


def matches_value(value: Value, test: Value) -> Value:
    """Whether an input satisfies a test that is a value: a range it lies in, a list it is in, or itself."""
    if isinstance(test, Range):
        if isinstance(value, Range):
            return equal(value, test)
        return within(value, test)
    if isinstance(test, Unequal):
        return not_equal(value, test.value)
    if type(test) is list:
        if type(value) is list and equal(value, test) is True:
            return True
        return three_valued_any(matches_value(value, each) for each in test)
    return equal(value, test)


# --- arithmetic


def add(a: Value, b: Value) -> Value:
    """``a + b``."""
    if type(a) is Decimal and type(b) is Decimal:
        return _number(NUMBERS.add, a, b)
    if type(a) is str and type(b) is str:
        return checked_text(a + b)
    return _looked_up(_ADD, a, b)


def subtract(a: Value, b: Value) -> Value:
    """``a - b``."""
    if type(a) is Decimal and type(b) is Decimal:
        return _number(NUMBERS.subtract, a, b)
    return _looked_up(_SUBTRACT, a, b)


def multiply(a: Value, b: Value) -> Value:
    """``a * b``."""
    if type(a) is Decimal and type(b) is Decimal:
        return _number(NUMBERS.multiply, a, b)
    return _looked_up(_MULTIPLY, a, b)


def divide(a: Value, b: Value) -> Value:
    """``a / b``; nothing can be divided by zero."""
    if type(a) is Decimal and type(b) is Decimal:
        return _number(NUMBERS.divide, a, b)
    return _looked_up(_DIVIDE, a, b)


def power(a: Value, b: Value) -> Value:
    """``a ** b``."""
    if type(a) is Decimal and type(b) is Decimal:
        return Decimal(1) if b == 0 else _number(NUMBERS.power, a, b)
    return _looked_up({}, a, b)


def negative(value: Value) -> Value:
    """``-value``."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is YearsMonths:
        return YearsMonths(-value.months)
    if type(value) is DaysTime:
        return DaysTime(-value.nanos)
    return UNKNOWN if value is UNKNOWN else None


def _number(operation: Callable[[Decimal, Decimal], Decimal], a: Decimal, b: Decimal) -> Decimal | None:
    try:
        return operation(a, b)
    except ArithmeticError:
        return None


Operation = Callable[[Value, Value], Value]


def _looked_up(table: dict[tuple[type, type], Operation], a: Value, b: Value) -> Value:
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    found = table.get((type(a), type(b)))
    return None if found is None else found(a, b)


def _date_plus(day: Date, duration: DaysTime) -> Date | None:
    found = later(DateTime(day, Time(0)), duration.nanos)
    return None if found is None else found.date


def _moment_plus_months(at: DateTime, duration: YearsMonths) -> DateTime | None:
    day = later_by_months(at.date, duration.months)
    return None if day is None else DateTime(day, at.time)


def _moment_plus(at: DateTime, duration: DaysTime) -> DateTime | None:
    return moment(at.local + duration.nanos, at.time.zone)


def _time_plus(time: Time, duration: DaysTime) -> Time:
    return Time((time.nanos + duration.nanos) % DAY, time.zone)


def _apart(a: Value, b: Value) -> DaysTime | None:
    first, second = _at_midnight(a), _at_midnight(b)
    if (first.offset is None) != (second.offset is None):
        return None
    return DaysTime(first.instant - second.instant)


def _swapped(operation: Operation) -> Operation:
    return lambda a, b: operation(b, a)


_ADD: Final[dict[tuple[type, type], Operation]] = {
    (YearsMonths, YearsMonths): lambda a, b: YearsMonths(a.months + b.months),
    (DaysTime, DaysTime): lambda a, b: DaysTime(a.nanos + b.nanos),
    (Date, YearsMonths): lambda a, b: later_by_months(a, b.months),
    (Date, DaysTime): _date_plus,
    (DateTime, YearsMonths): _moment_plus_months,
    (DateTime, DaysTime): _moment_plus,
    (Time, DaysTime): _time_plus,
}
_ADD.update({(b, a): _swapped(found) for (a, b), found in tuple(_ADD.items()) if a is not b})
_SUBTRACT: Final[dict[tuple[type, type], Operation]] = {
    (YearsMonths, YearsMonths): lambda a, b: YearsMonths(a.months - b.months),
    (DaysTime, DaysTime): lambda a, b: DaysTime(a.nanos - b.nanos),
    (Date, YearsMonths): lambda a, b: later_by_months(a, -b.months),
    (Date, DaysTime): lambda a, b: _date_plus(a, negative(b)),
    (DateTime, YearsMonths): lambda a, b: _moment_plus_months(a, negative(b)),
    (DateTime, DaysTime): lambda a, b: _moment_plus(a, negative(b)),
    (Time, DaysTime): lambda a, b: _time_plus(a, negative(b)),
    (Date, Date): _apart,
    (DateTime, DateTime): _apart,
    (Date, DateTime): _apart,
    (DateTime, Date): _apart,
    (Time, Time): lambda a, b: DaysTime(a.instant - b.instant) if (a.offset is None) == (b.offset is None) else None,
}


def _times(amount: int, factor: Decimal) -> int | None:
    found = _number(NUMBERS.multiply, Decimal(amount), factor)
    return None if found is None else int(found)


def _over(amount: int, divisor: Decimal) -> int | None:
    found = _number(NUMBERS.divide, Decimal(amount), divisor)
    return None if found is None else int(found)


def _as_months(value: int | None) -> YearsMonths | None:
    return None if value is None else YearsMonths(value)


def _as_days(value: int | None) -> DaysTime | None:
    return None if value is None else DaysTime(value)


_MULTIPLY: Final[dict[tuple[type, type], Operation]] = {
    (YearsMonths, Decimal): lambda a, b: _as_months(_times(a.months, b)),
    (DaysTime, Decimal): lambda a, b: _as_days(_times(a.nanos, b)),
    (Decimal, YearsMonths): lambda a, b: _as_months(_times(b.months, a)),
    (Decimal, DaysTime): lambda a, b: _as_days(_times(b.nanos, a)),
}
_DIVIDE: Final[dict[tuple[type, type], Operation]] = {
    (YearsMonths, Decimal): lambda a, b: _as_months(_over(a.months, b)),
    (DaysTime, Decimal): lambda a, b: _as_days(_over(a.nanos, b)),
    (YearsMonths, YearsMonths): lambda a, b: _number(NUMBERS.divide, Decimal(a.months), Decimal(b.months)),
    (DaysTime, DaysTime): lambda a, b: _number(NUMBERS.divide, Decimal(a.nanos), Decimal(b.nanos)),
}
