"""Built-in functions of numbers and truth (DMN 1.5, 10.3.4.1, 10.3.4.5 and 10.3.4.9)."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from kastor.cases.feel.calendar import Date, DateTime, DaysTime, Time, YearsMonths
from kastor.cases.feel.operators import equal, negated
from kastor.cases.feel.signatures import builtin, by_name
from kastor.cases.feel.values import NUMBERS, UNKNOWN, Function, Value

_NUMBER: Final = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LEAST_SCALE: Final = -6111
MOST_SCALE: Final = 6176


def _guarded(operation: Callable[[Decimal], Decimal]) -> Callable[[Decimal], Value]:
    """The operation, null where it has no result."""

    def run(value: Decimal) -> Value:
        try:
            return operation(value)
        except ArithmeticError:
            return None

    return run


def _rounding(mode: str) -> Callable[..., Value]:
    """Rounding of a number to a scale (decimals) in one of the modes of decimal arithmetic."""

    def run(value: Decimal, scale: Decimal | None = None) -> Value:
        places = 0 if scale is None else int(scale)
        if not LEAST_SCALE <= places <= MOST_SCALE:
            return None
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= places:
            return value
        try:
            rounded = value.quantize(Decimal(1).scaleb(-places), rounding=mode, context=_WIDE)
        except ArithmeticError:
            return None
        return NUMBERS.plus(rounded)

    return run


# quantising may need more digits in between than a number keeps
_WIDE: Final = decimal.Context(prec=7000, Emin=-99_999, Emax=99_999)


def absolute(value: Value) -> Value:
    """A number or duration without its sign."""
    if isinstance(value, YearsMonths):
        return YearsMonths(abs(value.months))
    return DaysTime(abs(value.nanos)) if isinstance(value, DaysTime) else NUMBERS.abs(value)


def modulo(dividend: Decimal, divisor: Decimal) -> Value:
    """What is left of a division rounded down, with the sign of the divisor."""
    if divisor == 0:
        return None
    try:
        rest = NUMBERS.remainder(dividend, divisor)
        return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else NUMBERS.plus(rest)
    except ArithmeticError:
        whole = (NUMBERS.divide(dividend, divisor)).to_integral_value(rounding=decimal.ROUND_FLOOR)
        return NUMBERS.subtract(dividend, NUMBERS.multiply(divisor, whole))


def log(value: Decimal) -> Value:
    """Natural logarithm of a positive number."""
    return NUMBERS.ln(value) if value > 0 else None


def odd(value: Decimal) -> Value:
    """Whether a whole number is odd; null of others."""
    return int(value) % 2 == 1 if value == value.to_integral_value() else None


def even(value: Decimal) -> Value:
    """Whether a whole number is even; null of others."""
    return int(value) % 2 == 0 if value == value.to_integral_value() else None


def number(text: Value) -> Value:
    """The number a text says; a number stays as it is."""
    if isinstance(text, Decimal):
        return text
    if not _NUMBER.fullmatch(text) or len(text) > 1000:
        return None
    try:
        return NUMBERS.create_decimal(text)
    except ArithmeticError:
        return None


def number_with_separators(text: str, grouping: str | None, point: str | None) -> Value:
    """The number a text says with separators of thousands and decimals of its own."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ".", ",") or (grouping and grouping == point):
        return None
    if grouping is not None:
        text = text.replace(grouping, "")
    if point is not None and point != ".":
        if "." in text:
            return None
        text = text.replace(point, ".")
    return number(text)


def negation(value: Value) -> Value:
    """FEEL's ``not``."""
    return negated(value)


def identical(a: Value, b: Value) -> Value:
    """Whether two values are the same thing: same type, same value, same offset."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Time | DateTime):
        first, second = (a, b) if isinstance(a, Time) else (a.time, b.time)
        return a == b or (first.zone == second.zone and a == b)
    if isinstance(a, list):
        return len(a) == len(b) and all(identical(x, y) is True for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(a[key], b[key]) is True for key in a)
    if isinstance(a, Function):
        return a is b
    return UNKNOWN if a is UNKNOWN else (a == b if isinstance(a, Date) else equal(a, b) is True)


NUMBERS_AND_LOGIC: Final = by_name(
    builtin(("decimal(n: number, scale: number)", _rounding(decimal.ROUND_HALF_EVEN))),
    builtin(("floor(n: number, scale?: number)", _rounding(decimal.ROUND_FLOOR))),
    builtin(("ceiling(n: number, scale?: number)", _rounding(decimal.ROUND_CEILING))),
    builtin(("round up(n: number, scale: number)", _rounding(decimal.ROUND_UP))),
    builtin(("round down(n: number, scale: number)", _rounding(decimal.ROUND_DOWN))),
    builtin(("round half up(n: number, scale: number)", _rounding(decimal.ROUND_HALF_UP))),
    builtin(("round half down(n: number, scale: number)", _rounding(decimal.ROUND_HALF_DOWN))),
    builtin(("abs(n: number|duration)", absolute), ("abs(number: number|duration)", absolute)),
    builtin(("modulo(dividend: number, divisor: number)", modulo)),
    builtin(("sqrt(number: number)", _guarded(NUMBERS.sqrt))),
    builtin(("log(number: number)", log)),
    builtin(("exp(number: number)", _guarded(NUMBERS.exp))),
    builtin(("odd(number: number)", odd)),
    builtin(("even(number: number)", even)),
    builtin(
        ("number(from: string|number)", number),
        ("number(from: string, grouping separator: string?, decimal separator: string?)", number_with_separators),
    ),
    builtin(("not(negand: any)", negation)),
    builtin(("is(value1: any, value2: any)", identical)),
)
