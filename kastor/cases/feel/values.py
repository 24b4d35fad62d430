"""Values of expressions that Python has no type for: unknown, ranges, functions; and what one computation may cost."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from kastor.cases.feel.errors import LimitError

Value = Any
Scope = dict[str, Any]
Code = Callable[[Scope], Value]

RUN: Final = "\0run"
LONGEST_TEXT: Final = 1_000_000
LONGEST_LIST: Final = 1_000_000
MOST_STEPS: Final = 500_000

# 34 digits, the precision of IEEE 754-2008 Decimal128 that DMN asks for
NUMBERS: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.DivisionByZero, decimal.Overflow, decimal.InvalidOperation],
)


class Unknown:
    """The one value that says: this is not known yet. Not the same as null, which says: there is none."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false: compare with 'is'")


UNKNOWN: Final = Unknown()


@dataclass(slots=True)
class Run:
    """What one computation carries along: the clock, the steps it may still take, remarks about nulls."""

    now: datetime | None = None
    steps: int = MOST_STEPS
    notes: list[str] = field(default_factory=list)

    def step(self, count: int = 1) -> None:
        """Count steps.

        Raises
        ------
        LimitError
            All steps are used up.
        """
        self.steps -= count
        if self.steps < 0:
            raise LimitError(f"the expression takes more than {MOST_STEPS} steps: use shorter lists or ranges")


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """All values between two ends; an end that is None and not included is open to that side.

    ``written`` is the operator of one written as ``(< 10)``: FEEL does not take it as equal to the same range written
    with two ends.
    """

    start: Value
    end: Value
    start_included: bool
    end_included: bool
    written: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Range) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash(self.parts())

    def parts(self) -> tuple[Value, Value, bool, bool, str]:
        """Both ends, whether they belong to the range, and how it is written."""
        return self.start, self.end, self.start_included, self.end_included, self.written


@dataclass(frozen=True, slots=True)
class Unequal:
    """The value of ``(!= x)``: everything that is not x."""

    value: Value


class Function:
    """Something an expression can call.

    Attributes
    ----------
    name : str
        For messages; empty for a function written in place.
    parameters : tuple of str
        Names of the parameters of its first signature, in order.
    """

    __slots__ = ("name", "parameters")

    def __init__(self, name: str, parameters: tuple[str, ...]) -> None:
        self.name = name
        self.parameters = parameters

    def call(self, arguments: list[Value], run: Run | None) -> Value:
        """Value for arguments in order."""
        raise NotImplementedError

    def call_named(self, arguments: Mapping[str, Value], run: Run | None) -> Value:
        """Value for arguments by name; null when the names are not those of the parameters."""
        if set(arguments) - set(self.parameters):
            return None
        return self.call([arguments.get(name) for name in self.parameters], run)

    def fits(self, parameters: tuple[Any, ...], result: Any) -> bool:
        """Whether it can stand where a function of these types is wanted; by default only the number counts."""
        return len(parameters) == len(self.parameters)


def note(run: Run | None, text: str) -> None:
    """Keep a remark, say why something is null; a computation keeps at most 100."""
    if run is not None and len(run.notes) < 100:
        run.notes.append(text)


def is_unknown(value: Value) -> bool:
    """Whether a value, or something in a list or context, is not known yet."""
    if value is UNKNOWN:
        return True
    if type(value) is list:
        return any(is_unknown(each) for each in value)
    if type(value) is dict:
        return any(is_unknown(each) for each in value.values())
    return False


def checked_list(values: list[Value]) -> list[Value]:
    """The list, if it is not longer than a list may be.

    Raises
    ------
    LimitError
        It is longer.
    """
    if len(values) > LONGEST_LIST:
        raise LimitError(f"a list of {len(values)} values is longer than {LONGEST_LIST}: use fewer")
    return values


def checked_text(text: str) -> str:
    """The text, if it is not longer than a text may be.

    Raises
    ------
    LimitError
        It is longer.
    """
    if len(text) > LONGEST_TEXT:
        raise LimitError(f"a text of {len(text)} characters is longer than {LONGEST_TEXT}: use a shorter one")
    return text


def three_valued_all(answers: Iterable[Value]) -> Value:
    """FEEL's ``and`` over answers: false beats unknown, unknown beats null, null beats true."""
    result: Value = True
    for answer in answers:
        if answer is False:
            return False
        if answer is UNKNOWN:
            result = UNKNOWN
        elif answer is not True and result is not UNKNOWN:
            result = None
    return result


def three_valued_any(answers: Iterable[Value]) -> Value:
    """FEEL's ``or`` over answers: true beats unknown, unknown beats null, null beats false."""
    result: Value = False
    for answer in answers:
        if answer is True:
            return True
        if answer is UNKNOWN:
            result = UNKNOWN
        elif answer is not False and result is not UNKNOWN:
            result = None
    return result


def negated_or_null(answer: Value) -> Value:
    """FEEL's ``not`` of an answer."""
    return not answer if isinstance(answer, bool) else answer
