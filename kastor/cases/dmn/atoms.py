"""The answers a column of conditions tells apart: each value its cells name, and what lies between and beyond them.

Every other answer is treated by the cells like one of these, as long as the cells only compare with constants. So a
finite number of answers speaks for all; the analysis of tables and the choice of questions both rest on that.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kastor.cases import feel
from kastor.cases.feel import Date, DateTime, DaysTime, Time, YearsMonths, tree
from kastor.cases.feel.calendar import date_of, moment
from kastor.cases.feel.functions_texts import written
from kastor.cases.feel.operators import equal, order
from kastor.cases.feel.values import NUMBERS, Value

OTHER_TEXT: Final = "\u0000"
_LITERAL_CALLS: Final = frozenset({"@", "date", "time", "date and time", "duration"})


@dataclass(frozen=True, slots=True)
class Atom:
    """A set of answers that all cells treat alike, as a cell would write it, and one of them."""

    text: str
    value: Value


NULL: Final = Atom("null", None)


@functools.lru_cache(maxsize=8192)
def constants(cell: str) -> list[Value] | None:
    """The values a cell compares with (not to be changed); None if it computes or cannot be read."""
    try:
        node = feel.parse_tests(cell or "-").node
    except feel.FeelError:
        return None
    return constants_of(node)


def constants_of(node: tree.Tests) -> list[Value] | None:
    """The values the tests of a cell compare with; None if it computes."""
    found: list[Value] = []
    for item in node.items:
        values = _limits(item)
        if values is None:
            return None
        found += values
    return found


def _limits(item: tree.Node) -> list[Value] | None:
    if isinstance(item, tree.Test):
        item = item.operand
    parts: tuple[tree.Node, ...] = (item,)
    if isinstance(item, tree.RangeOf):
        parts = (item.start, item.end)
    elif isinstance(item, tree.ListOf):
        parts = item.items
    found: list[Value] = []
    for part in parts:
        if not is_constant(part):
            return None
        found.append(feel.compiled(part, {})({}))
    return found


def is_constant(node: tree.Node) -> bool:
    """Whether a node is a literal, perhaps with a sign, or a date, time or duration written down."""
    if isinstance(node, tree.Negative):
        return isinstance(node.operand, tree.Literal)
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        return node.function.name in _LITERAL_CALLS and all(isinstance(each, tree.Literal) for each in node.arguments)
    return isinstance(node, tree.Literal)


def atoms(values: Iterable[Value], kind: str = "") -> list[Atom]:
    """The answers that values tell apart, null among them if it is one of the values.

    Parameters
    ----------
    values : iterable
        What cells compare with.
    kind : str
        The type of the answers, if it is known: a boolean has both values whether cells name them or not.
    """
    named = list(values)
    null = [NULL] if any(value is None for value in named) else []
    if kind == "boolean" or any(isinstance(value, bool) for value in named):
        return [*null, Atom("true", True), Atom("false", False)]
    found: list[Atom] = []
    texts = sorted({value for value in named if isinstance(value, str)})
    if texts:
        found += [Atom(written(text), text) for text in texts]
        found.append(Atom(f"not({', '.join(written(text) for text in texts)})", OTHER_TEXT))
    for each in _KINDS.values():
        found += _ordered([value for value in named if type(value) is each])
    if null and not found:
        found = [Atom("not(null)", _SAMPLES.get(kind, OTHER_TEXT))]
    return [*null, *found]


def _ordered(values: list[Value]) -> list[Atom]:
    """Each of several values of one kind, and what lies below, between and above them."""
    distinct: list[Value] = []
    for value in sorted(values, key=functools.cmp_to_key(lambda a, b: order(a, b) or 0)):
        if not distinct or equal(distinct[-1], value) is not True:
            distinct.append(value)
    if not distinct:
        return []
    first, last = distinct[0], distinct[-1]
    found = [Atom(f"< {_text(first)}", _step(first, -1)), Atom(_text(first), first)]
    for low, high in itertools.pairwise(distinct):
        middle = _middle(low, high)
        if order(low, middle) == -1 and order(middle, high) == -1:
            found.append(Atom(f"({_text(low)}..{_text(high)})", middle))
        found.append(Atom(_text(high), high))
    return [each for each in [*found, Atom(f"> {_text(last)}", _step(last, 1))] if each.value is not None]


def _text(value: Value) -> str:
    return written(value) if isinstance(value, Decimal) else f'@"{value}"'


def _step(value: Value, by: int) -> Value:
    if isinstance(value, Decimal):
        return NUMBERS.add(value, by * max(Decimal(1), abs(value)))
    amount = _amount(value)
    return _of_amount(value, amount + by * _UNITS[type(value)])


def _middle(low: Value, high: Value) -> Value:
    if isinstance(low, Decimal):
        return NUMBERS.divide(NUMBERS.add(low, high), Decimal(2))
    return _of_amount(low, (_amount(low) + _amount(high)) // 2)


def _amount(value: Value) -> int:
    return _AMOUNTS[type(value)](value)


def _of_amount(like: Value, amount: int) -> Value:
    """The value of the same kind at an amount; None where there is none."""
    if isinstance(like, Date):
        return date_of(amount)
    if isinstance(like, DateTime):
        return moment(amount, like.time.zone)
    if isinstance(like, Time):
        return Time(amount, like.zone) if 0 <= amount < 86_400_000_000_000 else None
    return DaysTime(amount) if isinstance(like, DaysTime) else YearsMonths(amount)


_AMOUNTS: Final[Mapping[type, Callable[[Value], int]]] = {
    Date: lambda value: int(value.number),
    DateTime: lambda value: int(value.local),
    Time: lambda value: int(value.nanos),
    DaysTime: lambda value: int(value.nanos),
    YearsMonths: lambda value: int(value.months),
}
_UNITS: Final[Mapping[type, int]] = {
    Date: 1, DateTime: 1_000_000_000, Time: 1_000_000_000, DaysTime: 1_000_000_000, YearsMonths: 1,
}  # fmt: skip
_KINDS: Final[Mapping[str, type]] = {
    "number": Decimal, "date": Date, "date and time": DateTime, "time": Time,
    "days and time duration": DaysTime, "years and months duration": YearsMonths,
}  # fmt: skip
_SAMPLES: Final[Mapping[str, Value]] = {
    "number": Decimal(0), "date": Date(2000, 1, 1), "date and time": DateTime(Date(2000, 1, 1), Time(0)),
    "time": Time(0), "days and time duration": DaysTime(0), "years and months duration": YearsMonths(0),
    "list": [], "context": {},
}  # fmt: skip
