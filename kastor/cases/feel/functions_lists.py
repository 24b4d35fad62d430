"""Built-in functions of lists (DMN 1.5, 10.3.4.4 and 10.3.4.5)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from kastor.cases.feel.operators import add, divide, equal, less, multiply, order
from kastor.cases.feel.signatures import Builtin, builtin, by_name
from kastor.cases.feel.values import (
    NUMBERS,
    Function,
    Run,
    Value,
    checked_list,
    three_valued_all,
    three_valued_any,
)  # fmt: skip

List = list[Value]


def same(a: Value, b: Value) -> bool:
    """Whether two values count as one for a list."""
    return equal(a, b) is True


def list_contains(values: List, element: Value) -> bool:
    """Whether an element is in a list."""
    return any(same(value, element) for value in values)


def count(values: List) -> Decimal:
    """How many elements."""
    return Decimal(len(values))


def _extreme(values: List, sign: int) -> Value:
    """Least (sign -1) or greatest element; null if two have no order."""
    if not values or any(value is None for value in values):
        return None
    found = values[0]
    if len(values) == 1 and order(found, found) is None:
        return None
    for value in values[1:]:
        compared = order(value, found)
        if type(compared) is not int:
            return None
        if compared * sign > 0:
            found = value
    return found


def minimum(values: List) -> Value:
    """The least element; null of an empty list."""
    return _extreme(values, -1)


def maximum(values: List) -> Value:
    """The greatest element; null of an empty list."""
    return _extreme(values, 1)


def _numbers(values: List) -> bool:
    return bool(values) and all(type(value) is Decimal for value in values)


def total(values: List) -> Value:
    """The sum of numbers; null of an empty list."""
    return functools.reduce(add, values) if _numbers(values) else None


def product(values: List) -> Value:
    """The product of numbers; null of an empty list."""
    return functools.reduce(multiply, values) if _numbers(values) else None


def mean(values: List) -> Value:
    """The average of numbers; null of an empty list."""
    return divide(total(values), Decimal(len(values))) if _numbers(values) else None


def median(values: List) -> Value:
    """The middle of numbers, or the average of the two in the middle."""
    if not _numbers(values):
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else divide(add(ordered[middle - 1], ordered[middle]), Decimal(2))


def deviation(values: List) -> Value:
    """Standard deviation of a sample; null of fewer than two numbers."""
    if not _numbers(values) or len(values) < 2:
        return None
    middle = mean(values)
    try:
        squares = [NUMBERS.power(NUMBERS.subtract(value, middle), 2) for value in values]
        return NUMBERS.sqrt(NUMBERS.divide(functools.reduce(NUMBERS.add, squares), Decimal(len(values) - 1)))
    except ArithmeticError:
        return None


def mode(values: List) -> Value:
    """The numbers that occur most often, in order; an empty list of an empty list."""
    if not values:
        return []
    if not _numbers(values):
        return None
    counts: dict[Decimal, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values())
    return sorted(value for value, times in counts.items() if times == most)


def all_true(values: List) -> Value:
    """FEEL's ``and`` of all elements; true of an empty list."""
    return three_valued_all(values)


def any_true(values: List) -> Value:
    """FEEL's ``or`` of all elements; false of an empty list."""
    return three_valued_any(values)


def _place(values: List, position: Decimal, *, behind: int = 0) -> int | None:
    """Index of a position counted from 1, or from -1 at the end; None if there is no such place."""
    at = int(position)
    if at == 0 or at > len(values) + behind or -at > len(values):
        return None
    return at - 1 if at > 0 else len(values) + at


def sublist(values: List, start: Decimal, length: Decimal | None = None) -> Value:
    """So many elements from a position on; null where the list ends before."""
    at = _place(values, start)
    if at is None:
        return None
    if length is None:
        return values[at:]
    end = at + int(length)
    return values[at:end] if length >= 1 and end <= len(values) else None


def append(values: List, *items: Value) -> List:
    """The list with elements behind it."""
    return checked_list([*values, *items])


def concatenate(*lists: List) -> List:
    """Lists one behind the other."""
    return checked_list([value for each in lists for value in each])


def insert_before(values: List, position: Decimal, item: Value) -> Value:
    """The list with an element before a position."""
    at = _place(values, position)
    return None if at is None else checked_list([*values[:at], item, *values[at:]])


def remove(values: List, position: Decimal) -> Value:
    """The list without the element of a position."""
    at = _place(values, position)
    return None if at is None else values[:at] + values[at + 1 :]


def list_replace(values: List, position: Decimal, item: Value) -> Value:
    """The list with another element at a position."""
    at = _place(values, position)
    return None if at is None else [*values[:at], item, *values[at + 1 :]]


def list_replace_matching(run: Run | None, values: List, match: Function, item: Value) -> Value:
    """The list with another element wherever a function of element and new element says so."""
    found: List = []
    for value in values:
        answer = match.call([value, item], run)
        if not isinstance(answer, bool):
            return None
        found.append(item if answer else value)
    return found


def reverse(values: List) -> List:
    """The list backwards."""
    return values[::-1]


def index_of(values: List, match: Value) -> List:
    """Positions where an element is."""
    return [Decimal(at) for at, value in enumerate(values, 1) if same(value, match)]


def distinct_values(values: List) -> List:
    """Each element once, where it occurs first."""
    found: List = []
    simple: set[Value] = set()
    for value in values:
        if type(value) in (Decimal, str):
            if (type(value), value) in simple:
                continue
            simple.add((type(value), value))
            found.append(value)
        elif not any(same(value, other) for other in found):
            found.append(value)
    return found


def union(*lists: List) -> List:
    """Lists one behind the other, each element once."""
    return distinct_values(concatenate(*lists))


def flatten(values: List) -> List:
    """The elements of all lists in the list, however deep."""
    found: List = []
    stack = [iter(values)]
    while stack:
        for value in stack[-1]:
            if type(value) is list:
                stack.append(iter(value))
                break
            found.append(value)
        else:
            stack.pop()
    return checked_list(found)


def sort(run: Run | None, values: List, precedes: Function) -> Value:
    """The list in the order a function says; elements it does not order stay as they are."""

    def compared(a: Value, b: Value) -> int:
        if precedes.call([a, b], run) is True:
            return -1
        return 1 if precedes.call([b, a], run) is True else 0

    return sorted(values, key=functools.cmp_to_key(compared))


def sort_plain(run: Run | None, values: List) -> Value:
    """The list from least to greatest; null if two elements have no order."""
    if any(less(a, b) is None for a, b in itertools.pairwise(values)):
        return None
    return sorted(values, key=functools.cmp_to_key(lambda a, b: order(a, b) or 0))


def _of_list_or_several(name: str, run: Callable[[List], Value]) -> Builtin:
    """A function that takes one list or its elements."""
    return builtin((f"{name}(list: list)", run), (f"{name}(c...: any)", lambda *values: run([*values])))


def _list_replace(run: Run | None, values: List, place: Value, item: Value) -> Value:
    if isinstance(place, Function):
        return list_replace_matching(run, values, place, item)
    return list_replace(values, place, item)


LISTS: Final = by_name(
    builtin(("list contains(list: list, element: any)", list_contains)),
    builtin(("count(list: list)", count)),
    _of_list_or_several("min", minimum),
    _of_list_or_several("max", maximum),
    _of_list_or_several("sum", total),
    _of_list_or_several("product", product),
    _of_list_or_several("mean", mean),
    _of_list_or_several("median", median),
    _of_list_or_several("stddev", deviation),
    _of_list_or_several("mode", mode),
    _of_list_or_several("all", all_true),
    _of_list_or_several("any", any_true),
    builtin(("sublist(list: list, start position: number, length?: number)", sublist)),
    builtin(("append(list: list, item...: any)", append)),
    builtin(("concatenate(list...: list)", concatenate)),
    builtin(("insert before(list: list, position: number, newItem: any)", insert_before)),
    builtin(("remove(list: list, position: number)", remove)),
    builtin(
        ("list replace(list: list, position: number, newItem: any)", _list_replace),
        ("list replace(list: list, match: function, newItem: any)", _list_replace),
        with_run=True,
    ),
    builtin(("reverse(list: list)", reverse)),
    builtin(("index of(list: list, match: any)", index_of)),
    builtin(("distinct values(list: list)", distinct_values)),
    builtin(("union(list...: list)", union)),
    builtin(("flatten(list: list)", flatten)),
    builtin(
        ("sort(list: list, precedes: function)", sort),
        ("sort(list: list)", sort_plain),
        with_run=True,
    ),
)
