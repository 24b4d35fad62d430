"""Types of values: what ``instance of`` asks, what item definitions and parameters promise, and what is done to fit.

Conformance and implicit conversions follow DMN 1.5, 10.3.2.9: a single value becomes a list of one where a list is
wanted, a list of one becomes its value where none is wanted, a date becomes its midnight in UTC; what does not fit
becomes null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from kastor.cases.feel.calendar import Date, DateTime, DaysTime, Time, YearsMonths
from kastor.cases.feel.values import UNKNOWN, Function, Range, Unequal, Value, is_unknown

MIDNIGHT_UTC: Final = Time(0, 0)


@dataclass(frozen=True, slots=True)
class Type:
    """A type.

    Attributes
    ----------
    kind : str
        ``number``, ``string``, ..., ``list``, ``context``, ``range``, ``function``, ``Any``, ``Null``, or ``named``.
    name : str
        Of a named type, as written; resolved when it is asked for.
    parts : tuple of Type
        Element of a list or range; parameters and result of a function.
    fields : tuple of (str, Type)
        Entries of a context.
    allowed : callable or None
        Whether a value of the type is allowed (three-valued); null always is unless ``allowed`` says otherwise.
    """

    kind: str
    name: str = ""
    parts: tuple[Type, ...] = ()
    fields: tuple[tuple[str, Type], ...] = ()
    allowed: Callable[[Value], Value] | None = field(default=None, compare=False)


ANY: Final = Type("Any")
SIMPLE: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "days and time duration": (DaysTime,),
    "years and months duration": (YearsMonths,),
}
# names of older versions and of XML Schema that files use
ALIASES: Final[Mapping[str, str]] = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days duration": "days and time duration",
    "Any": "Any",
    "any": "Any",
    "Null": "Null",
    "context": "context",
    "list": "list",
    "function": "function",
    "range": "range",
}
TYPE_NAMES: Final = (*SIMPLE, *ALIASES)


def simple_type(name: str) -> Type | None:
    """The built-in type of a name, or None."""
    kind = ALIASES.get(name, name)
    if kind in SIMPLE or kind in {"Any", "Null"}:
        return Type(kind)
    if kind in {"list", "range"}:
        return Type(kind, parts=(ANY,))
    return Type(kind) if kind in {"context", "function"} else None


def resolved(wanted: Type, types: Mapping[str, Type]) -> Type | None:
    """A type with its name looked up, or None if nobody defines it."""
    narrowing: list[Callable[[Value], Value]] = []
    for _ in range(50):
        if wanted.kind == "narrowed":
            if wanted.allowed is not None:
                narrowing.append(wanted.allowed)
            wanted = wanted.parts[0]
            continue
        if wanted.kind != "named":
            return _narrowed(wanted, narrowing) if narrowing else wanted
        found = types.get(wanted.name)
        if found is None:
            return None
        wanted = found
    return None


def _narrowed(base: Type, narrowing: list[Callable[[Value], Value]]) -> Type:
    checks = [*narrowing] if base.allowed is None else [base.allowed, *narrowing]
    return Type(base.kind, base.name, base.parts, base.fields, lambda value: all_of(check(value) for check in checks))


def all_of(answers: Iterable[Value]) -> Value:
    """False if one answer is, else UNKNOWN if one is, else True."""
    found = list(answers)
    return False if any(each is False for each in found) else UNKNOWN if UNKNOWN in found else True


def conforms(value: Value, wanted: Type, types: Mapping[str, Type]) -> Value:
    """Whether a value is of a type: True, False, or UNKNOWN; null is of every type."""
    if value is UNKNOWN:
        return UNKNOWN
    found = resolved(wanted, types)
    if found is None:
        return False
    if value is None:
        return True
    if found.kind != "Any" and not _of_kind(value, found, types):
        return False
    return found.allowed is None or found.allowed(value) is not False


def _of_kind(value: Value, wanted: Type, types: Mapping[str, Type]) -> bool:
    simple = SIMPLE.get(wanted.kind)
    if simple is not None:
        return type(value) in simple
    check = _COMPOSED.get(wanted.kind)
    return check is not None and check(value, wanted, types)


def _is_list(value: Value, wanted: Type, types: Mapping[str, Type]) -> bool:
    return type(value) is list and all(conforms(each, wanted.parts[0], types) is not False for each in value)


def _is_context(value: Value, wanted: Type, types: Mapping[str, Type]) -> bool:
    return type(value) is dict and all(
        name in value and conforms(value[name], kind, types) is not False for name, kind in wanted.fields
    )


def _is_range(value: Value, wanted: Type, types: Mapping[str, Type]) -> bool:
    if isinstance(value, Unequal):
        return conforms(value.value, wanted.parts[0], types) is not False
    return isinstance(value, Range) and all(
        conforms(end, wanted.parts[0], types) is not False for end in (value.start, value.end)
    )


def _is_function(value: Value, wanted: Type, types: Mapping[str, Type]) -> bool:
    if not isinstance(value, Function):
        return False
    return not wanted.parts or value.fits(wanted.parts[:-1], wanted.parts[-1])


_COMPOSED: Final[Mapping[str, Callable[[Value, Type, Mapping[str, Type]], bool]]] = {
    "list": _is_list,
    "context": _is_context,
    "range": _is_range,
    "function": _is_function,
    "Null": lambda value, wanted, types: value is None,
}


def instance_of(value: Value, wanted: Type, types: Mapping[str, Type]) -> Value:
    """What ``value instance of wanted`` is; null is an instance of Null only."""
    if is_unknown(value):
        return UNKNOWN
    found = resolved(wanted, types)
    if found is None:
        return None
    if value is None:
        return found.kind == "Null"
    return conforms(value, found, types)


def fitted(value: Value, wanted: Type, types: Mapping[str, Type]) -> Value:
    """A value made to fit a type by the implicit conversions, or null."""
    if wanted.allowed is None and type(value) in SIMPLE.get(wanted.kind, ()):
        return value
    found = resolved(wanted, types)
    if found is None or value is None or value is UNKNOWN:
        return value
    if conforms(value, found, types) is not False:
        return value
    if found.kind == "list" and type(value) is not list:
        converted: Value = [value]
    elif type(value) is list and len(value) == 1 and found.kind != "list":
        converted = value[0]
    elif found.kind == "date and time" and type(value) is Date:
        converted = DateTime(value, MIDNIGHT_UTC)
    else:
        return None
    return converted if conforms(converted, found, types) is not False else None


def subtype(narrow: Type, wide: Type, types: Mapping[str, Type]) -> bool:
    """Whether every value of one type is a value of the other."""
    first, second = resolved(narrow, types), resolved(wide, types)
    if first is None or second is None:
        return False
    if second.kind == "Any" or first.kind == "Null":
        return True
    if first.kind != second.kind:
        return False
    if first.kind in {"list", "range"}:
        return subtype(first.parts[0], second.parts[0], types)
    if first.kind == "context":
        have = dict(first.fields)
        return all(name in have and subtype(have[name], kind, types) for name, kind in second.fields)
    return first.kind != "function" or not second.parts or _function_subtype(first, second, types)


def _function_subtype(first: Type, second: Type, types: Mapping[str, Type]) -> bool:
    if len(first.parts) != len(second.parts):
        return False
    pairs: Iterable[tuple[Type, Type]] = zip(second.parts[:-1], first.parts[:-1], strict=True)
    return all(subtype(a, b, types) for a, b in pairs) and subtype(first.parts[-1], second.parts[-1], types)
