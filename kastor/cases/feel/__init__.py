"""FEEL, the expression language of DMN 1.5: read once, compute often.

Method: recursive-descent parser to a tree, tree to Python closures; no ``eval``. Numbers are decimal with 34 digits,
logic has three values, and a fourth one, UNKNOWN, says that a fact is still missing: whatever can be said without the
fact is said, everything else is UNKNOWN too. Limits on steps, lengths and nesting keep hostile expressions harmless.

Not here: functions computed by Java or PMML (null, with a note).
"""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from kastor.cases.feel import tree
from kastor.cases.feel.calendar import Date, DateTime, DaysTime, Time, YearsMonths, from_python, to_python
from kastor.cases.feel.compiler import compiled, compiled_test
from kastor.cases.feel.cursor import Names
from kastor.cases.feel.errors import FeelError, LimitError
from kastor.cases.feel.functions import BUILTINS
from kastor.cases.feel.parser import Parser
from kastor.cases.feel.types import Type
from kastor.cases.feel.values import NUMBERS, RUN, UNKNOWN, Code, Function, Range, Run, Scope, Unequal, Value

__all__ = [
    "BUILTIN_NAMES", "UNKNOWN", "Date", "DateTime", "DaysTime", "Expression", "FeelError", "Function", "LimitError",
    "Names", "Range", "Test", "Time", "Type", "Unequal", "YearsMonths", "compiled", "into_feel", "out_of_feel", "parse",
    "parse_tests",
]  # fmt: skip

BUILTIN_NAMES: Final = Names(BUILTINS)
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Expression:
    """A read expression.

    Attributes
    ----------
    text : str
        As written.
    node : tree.Node
        What it consists of.
    code : callable
        Takes a scope with FEEL values, gives a FEEL value.
    """

    text: str
    node: tree.Node
    code: Code = field(repr=False, compare=False)

    def evaluate(self, context: Mapping[str, Any] | None = None, now: python.datetime | None = None) -> Value:
        """The value for variables, which may be values of Python.

        Parameters
        ----------
        context : mapping
            Variables by name; a name that is missing is null, one that is UNKNOWN is unknown.
        now : datetime, optional
            What ``now()`` and ``today()`` say; without it they are null.

        Raises
        ------
        LimitError
            The computation takes too many steps, too much memory, or nests too deep.
        """
        scope: Scope = {name: into_feel(value) for name, value in (context or {}).items()}
        scope[RUN] = Run(now)
        return out_of_feel(bounded(self.code, scope))


@dataclass(frozen=True, slots=True)
class Test:
    """A read cell of a decision table: it says whether an input satisfies it."""

    text: str
    node: tree.Tests
    code: Callable[[Value, Scope], Value] = field(repr=False, compare=False)

    def evaluate(self, value: Any, context: Mapping[str, Any] | None = None) -> Value:
        """True, False, null or UNKNOWN for an input."""
        scope: Scope = {name: into_feel(each) for name, each in (context or {}).items()}
        scope[RUN] = Run()
        return bounded(lambda inner: self.code(into_feel(value), inner), scope)


def parse(
    text: str,
    names: Iterable[str] | Names = (),
    *,
    properties: Iterable[str] | Names = (),
    types: Mapping[str, Type] | None = None,
) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        The expression.
    names : iterable of str or Names
        Variables it may use; needed for names with spaces or operators in them.
    properties : iterable of str or Names
        Names that may stand behind a dot, where they have spaces or operators in them.
    types : mapping, optional
        Types by name.

    Raises
    ------
    FeelError
        It is no expression; the message says where and why.
    """
    node = _read(text, names, properties, Parser.expression)
    known = {} if types is None else types
    return Expression(text, node, _guarded(text, lambda: compiled(node, known)))


def parse_tests(
    text: str,
    names: Iterable[str] | Names = (),
    *,
    properties: Iterable[str] | Names = (),
    types: Mapping[str, Type] | None = None,
) -> Test:
    """Read what stands in an input cell of a decision table: ``-``, ``"a", "b"``, ``not(> 3)``, ``[1..5]``.

    Raises
    ------
    FeelError
        It is none; the message says where and why.
    """
    node = _read(text, names, properties, Parser.unary_tests)
    known = {} if types is None else types
    return Test(text, node, _guarded(text, lambda: compiled_test(node, known)))


def _read(
    text: str, names: Iterable[str] | Names, properties: Iterable[str] | Names, read: Callable[[Parser], _Made]
) -> _Made:
    known = names if isinstance(names, Names) else Names(names)
    behind_dots = properties if isinstance(properties, Names) else Names(properties)

    def whole() -> _Made:
        parser = Parser(text, (BUILTIN_NAMES, known), behind_dots)
        node = read(parser)
        parser.end()
        return node

    return _guarded(text, whole)


def _guarded(text: str, make: Callable[[], _Made]) -> _Made:
    try:
        return make()
    except RecursionError:
        raise FeelError("nested too deep: split the expression", text) from None


def bounded(code: Code, scope: Scope) -> Value:
    """The value of a closure, with recursion that never ends reported as what it is.

    Raises
    ------
    LimitError
        It is called too deep, takes too many steps or too much memory.
    """
    try:
        return code(scope)
    except RecursionError:
        raise LimitError("functions call each other too deep: end the recursion earlier") from None


# --- the border to Python


def _same(value: Value) -> Value:
    return value


def _number(value: Any) -> Decimal | None:
    try:
        found = NUMBERS.create_decimal(repr(value) if isinstance(value, float) else value)
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


_INTO: Final[Mapping[type, Callable[[Any], Value]]] = {
    type(None): _same, bool: _same, str: _same, Decimal: _number, int: _number, float: _number,
    Date: _same, Time: _same, DateTime: _same, DaysTime: _same, YearsMonths: _same, Range: _same,
    python.date: from_python, python.time: from_python, python.datetime: from_python, python.timedelta: from_python,
    list: lambda value: [into_feel(each) for each in value],
    tuple: lambda value: [into_feel(each) for each in value],
    dict: lambda value: {str(key): into_feel(each) for key, each in value.items()},
}  # fmt: skip


def into_feel(value: Any) -> Value:
    """A value of Python as FEEL has it.

    Raises
    ------
    FeelError
        FEEL has no such type.
    """
    convert = _INTO.get(type(value))
    if convert is not None:
        return convert(value)
    if value is UNKNOWN or isinstance(value, Function | Unequal):
        return value
    if isinstance(value, Mapping):
        return {str(key): into_feel(each) for key, each in value.items()}
    for kind in (python.datetime, python.date, python.time, str, int, float, list):
        if isinstance(value, kind):
            return _INTO[kind](value)
    raise FeelError(f"a value of type {type(value).__name__} has no counterpart in FEEL: use a text, number, date, ...")


def out_of_feel(value: Value) -> Value:
    """A value of FEEL as Python has it; as it is where Python has none."""
    kind = type(value)
    if kind is Date or kind is Time or kind is DateTime:
        return to_python(value)
    if kind is list:
        return [out_of_feel(each) for each in value]
    if kind is dict:
        return {key: out_of_feel(each) for key, each in value.items()}
    return value
