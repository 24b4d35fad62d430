"""Built-in functions that compare points and ranges in time or size (DMN 1.5, 10.3.4.10), and counting through a range.

After Allen's interval algebra; a point is a range of one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from kastor.cases.feel import tree
from kastor.cases.feel.calendar import Date, date_of
from kastor.cases.feel.errors import LimitError
from kastor.cases.feel.operators import equal, less, less_or_equal, order, within
from kastor.cases.feel.signatures import Builtin, builtin, by_name
from kastor.cases.feel.values import LONGEST_LIST, Range, Value, negated_or_null, three_valued_all, three_valued_any

Check = Callable[[Value, Value], Value]


def _is_range(value: Value) -> bool:
    return isinstance(value, Range)


def _and(*answers: Value) -> Value:
    return three_valued_all(answers)


def _or(*answers: Value) -> Value:
    return three_valued_any(answers)


def before(a: Value, b: Value) -> Value:
    """Whether a lies wholly before b."""
    if not _is_range(a) and not _is_range(b):
        return less(a, b)
    last, last_in = (a.end, a.end_included) if _is_range(a) else (a, True)
    first, first_in = (b.start, b.start_included) if _is_range(b) else (b, True)
    return less(last, first) if last_in and first_in else less_or_equal(last, first)


def after(a: Value, b: Value) -> Value:
    """Whether a lies wholly behind b."""
    return before(b, a)


def meets(a: Range, b: Range) -> Value:
    """Whether a ends where b starts, that point included in both."""
    return _and(a.end_included, b.start_included, equal(a.end, b.start))


def met_by(a: Range, b: Range) -> Value:
    """The converse of :func:`meets`."""
    return meets(b, a)


def overlaps(a: Range, b: Range) -> Value:
    """Whether two ranges have a value in common."""
    return _and(negated_or_null(before(a, b)), negated_or_null(before(b, a)))


def overlaps_before(a: Range, b: Range) -> Value:
    """Whether a starts before b, and ends in it."""
    starts = _or(less(a.start, b.start), _and(equal(a.start, b.start), a.start_included, not b.start_included))
    reaches = _or(less(b.start, a.end), _and(equal(b.start, a.end), a.end_included, b.start_included))
    ends = _or(less(a.end, b.end), _and(equal(a.end, b.end), _or(not a.end_included, b.end_included)))
    return _and(starts, reaches, ends)


def overlaps_after(a: Range, b: Range) -> Value:
    """The converse of :func:`overlaps_before`."""
    return overlaps_before(b, a)


def finishes(a: Value, b: Range) -> Value:
    """Whether a ends where b ends, and starts in it."""
    if not _is_range(a):
        return _and(b.end_included, equal(a, b.end))
    return _and(a.end_included == b.end_included, equal(a.end, b.end), _starts_within(a, b))


def _starts_within(a: Range, b: Range) -> Value:
    return _or(less(b.start, a.start), _and(equal(b.start, a.start), _or(b.start_included, not a.start_included)))


def _ends_within(a: Range, b: Range) -> Value:
    return _or(less(a.end, b.end), _and(equal(a.end, b.end), _or(b.end_included, not a.end_included)))


def finished_by(a: Range, b: Value) -> Value:
    """The converse of :func:`finishes`."""
    return finishes(b, a)


def includes(a: Range, b: Value) -> Value:
    """Whether b lies wholly in a."""
    if not _is_range(b):
        return within(b, a)
    return _and(_starts_within(b, a), _ends_within(b, a))


def during(a: Value, b: Range) -> Value:
    """The converse of :func:`includes`."""
    return includes(b, a)


def starts(a: Value, b: Range) -> Value:
    """Whether a starts where b starts, and ends in it."""
    if not _is_range(a):
        return _and(b.start_included, equal(a, b.start))
    return _and(a.start_included == b.start_included, equal(a.start, b.start), _ends_within(a, b))


def started_by(a: Range, b: Value) -> Value:
    """The converse of :func:`starts`."""
    return starts(b, a)


def coincides(a: Value, b: Value) -> Value:
    """Whether both are the same point or the same range."""
    if not _is_range(a):
        return equal(a, b)
    same_ends = (a.start_included, a.end_included) == (b.start_included, b.end_included)
    return _and(same_ends, equal(a.start, b.start), equal(a.end, b.end))


def _comparable(check: Check) -> Check:
    """The check, null where the ends have no order."""

    def run(a: Value, b: Value) -> Value:
        ends = [end for value in (a, b) for end in _ends(value)]
        known = [end for end in ends if end is not None]
        if any(type(order(known[0], end)) is not int for end in known):
            return None
        return check(a, b)

    return run


def _ends(value: Value) -> tuple[Value, ...]:
    return (value.start, value.end) if _is_range(value) else (value,)


# --- from a text

_LITERAL_CALLS: Final = frozenset({"@", "date", "time", "date and time", "duration"})


def range_of_text(text: str) -> Value:
    """The range a text says, with ends that are literals: ``[1..3]``; null of anything else."""
    from kastor.cases.feel import FeelError, parse

    try:
        expression = parse(text)
    except FeelError:
        return None
    node = expression.node
    if not isinstance(node, tree.RangeOf) or not (_is_literal(node.start) and _is_literal(node.end)):
        return None
    found = expression.code({})
    if not isinstance(found, Range):
        return None
    ends = {type(end) for end in (found.start, found.end) if end is not None}
    return found if len(ends) == 1 else None


def _is_literal(node: tree.Node) -> bool:
    if isinstance(node, tree.Negative):
        return isinstance(node.operand, tree.Literal)
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        return node.function.name in _LITERAL_CALLS and all(isinstance(each, tree.Literal) for each in node.arguments)
    return isinstance(node, tree.Literal)


# --- counting through


def stepped(start: Value, end: Value, start_included: bool, end_included: bool) -> Iterable[Value] | None:
    """Whole numbers or days from one end to the other, downwards if the second is less; null of other types.

    Raises
    ------
    LimitError
        There are more than a list may have.
    """
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        if start != start.to_integral_value() or end != end.to_integral_value():
            return None
        first, last = int(start), int(end)
    elif isinstance(start, Date) and isinstance(end, Date):
        first, last = start.number, end.number
    else:
        return None
    step = 1 if first <= last else -1
    first, last = first + (0 if start_included else step), last + (step if end_included else 0)
    if abs(last - first) > LONGEST_LIST:
        raise LimitError(f"a range of more than {LONGEST_LIST} values is too long to be counted: use a shorter one")
    make: Callable[[int], Value] = Decimal if isinstance(start, Decimal) else date_of
    return (make(each) for each in range(first, last, step))


_POINT: Final = "number|string|date|time|date and time|duration"


def _function(name: str, check: Check, *forms: str) -> Builtin:
    """A function over points and ranges; a form is the names of its two parameters."""

    def text(form: str) -> str:
        return ", ".join(f"{each}: {'range' if 'range' in each else _POINT}" for each in form.split(" "))

    return builtin(*((f"{name}({text(form)})", _comparable(check)) for form in forms))


RANGES: Final = by_name(
    _function("before", before, "point1 point2", "point range", "range point", "range1 range2"),
    _function("after", after, "point1 point2", "point range", "range point", "range1 range2"),
    _function("meets", meets, "range1 range2"),
    _function("met by", met_by, "range1 range2"),
    _function("overlaps", overlaps, "range1 range2"),
    _function("overlaps before", overlaps_before, "range1 range2"),
    _function("overlaps after", overlaps_after, "range1 range2"),
    _function("finishes", finishes, "point range", "range1 range2"),
    _function("finished by", finished_by, "range point", "range1 range2"),
    _function("includes", includes, "range point", "range1 range2"),
    _function("during", during, "point range", "range1 range2"),
    _function("starts", starts, "point range", "range1 range2"),
    _function("started by", started_by, "range point", "range1 range2"),
    _function("coincides", coincides, "point1 point2", "range1 range2"),
    builtin(("range(from: string)", range_of_text)),
)
