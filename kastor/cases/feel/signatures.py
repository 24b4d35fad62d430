"""Built-in functions: their parameters, which values fit them, and calling them by position or by name.

A signature is written as the standard writes it: ``substring(string: string, start position: number, length?:
number)``. A ``?`` behind a name may be left out, behind a type may be null, ``...`` behind a name takes all that
follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kastor.cases.feel.calendar import Date, DateTime, DaysTime, Time, YearsMonths
from kastor.cases.feel.values import UNKNOWN, Function, Range, Run, Unequal, Value, is_unknown

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "duration": (DaysTime, YearsMonths),
    "list": (list,),
    "context": (dict,),
    "range": (Range, Unequal),
    "function": (Function,),
    "any": (object,),
}
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, the Python types it takes, whether it may be left out, be null, or take the rest."""

    name: str
    types: tuple[type, ...]
    optional: bool
    nullable: bool
    several: bool

    def fit(self, value: Value) -> Value:
        """The value as the function gets it, or ``_MISSING`` if it does not fit."""
        if value is None:
            return None if self.nullable else _MISSING
        if isinstance(value, self.types):
            return value
        if self.types == (list,):
            return [value]
        if type(value) is list and len(value) == 1 and isinstance(value[0], self.types):
            return value[0]
        return _MISSING


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters and what is computed from them."""

    parameters: tuple[Parameter, ...]
    run: Callable[..., Value]

    def positional(self, values: Sequence[Value]) -> list[Value] | None:
        """Values in order as the function gets them, or None if they do not fit."""
        last = self.parameters[-1] if self.parameters else None
        if last is not None and last.several:
            return self._with_rest(values)
        if len(values) > len(self.parameters):
            return None
        found = [parameter.fit(value) for parameter, value in zip(self.parameters, values, strict=False)]
        if any(value is _MISSING for value in found):
            return None
        return found if all(parameter.optional for parameter in self.parameters[len(values) :]) else None

    def _with_rest(self, values: Sequence[Value]) -> list[Value] | None:
        single = len(self.parameters) - 1
        if len(values) <= single:
            return None
        pairs = [*zip(self.parameters, values[:single], strict=False)]
        pairs += [(self.parameters[-1], value) for value in values[single:]]
        found = [parameter.fit(value) for parameter, value in pairs]
        return None if any(value is _MISSING for value in found) else found

    def named(self, values: Mapping[str, Value]) -> list[Value] | None:
        """Values by name as the function gets them, or None if names or values do not fit."""
        names = {parameter.name for parameter in self.parameters}
        if not values.keys() <= names:
            return None
        found: list[Value] = []
        for parameter in self.parameters:
            if parameter.name not in values:
                if not parameter.optional:
                    return None
                found.append(None)
                continue
            value = parameter.fit(values[parameter.name])
            if value is _MISSING:
                return None
            found.append(value)
        return found


class Builtin(Function):
    """A function of the standard, with one or more signatures."""

    __slots__ = ("signatures", "with_run")

    def __init__(self, name: str, signatures: tuple[Signature, ...], *, with_run: bool = False) -> None:
        super().__init__(name, tuple(each.name for each in signatures[0].parameters))
        self.signatures = signatures
        self.with_run = with_run

    def call(self, arguments: list[Value], run: Run | None) -> Value:
        """Value of the first signature the arguments fit; null if they fit none."""
        return self._of(arguments, lambda signature: signature.positional(arguments), run)

    def call_named(self, arguments: Mapping[str, Value], run: Run | None) -> Value:
        """Value of the first signature the named arguments fit; null if they fit none."""
        return self._of(list(arguments.values()), lambda signature: signature.named(arguments), run)

    def _of(self, values: list[Value], fit: Callable[[Signature], list[Value] | None], run: Run | None) -> Value:
        if any(is_unknown(value) for value in values):
            return UNKNOWN
        for signature in self.signatures:
            found = fit(signature)
            if found is not None:
                return signature.run(run, *found) if self.with_run else signature.run(*found)
        return None

    def fits(self, parameters: tuple[Any, ...], result: Any) -> bool:
        """Whether it takes as many arguments."""
        return any(
            len([each for each in signature.parameters if not each.optional])
            <= len(parameters)
            <= len(signature.parameters)
            for signature in self.signatures
        )


def builtin(*pairs: tuple[str, Callable[..., Value]], with_run: bool = False) -> Builtin:
    """A function from the texts of its signatures and what each computes."""
    name = pairs[0][0].partition("(")[0]
    return Builtin(name, tuple(_signature(text, run) for text, run in pairs), with_run=with_run)


def _signature(text: str, run: Callable[..., Value]) -> Signature:
    inside = text.partition("(")[2].rstrip(")")
    return Signature(tuple(_parameter(each) for each in inside.split(", ") if each), run)


def _parameter(text: str) -> Parameter:
    name, _, kind = text.partition(": ")
    several, name = name.endswith("..."), name.removesuffix("...")
    optional, name = name.endswith("?"), name.removesuffix("?")
    nullable, kind = kind.endswith("?") or kind == "any", kind.removesuffix("?")
    types = tuple(found for each in kind.split("|") for found in KINDS[each])
    return Parameter(name, types, optional, nullable, several)


def by_name(*functions: Builtin) -> dict[str, Builtin]:
    """Functions by their names."""
    return {function.name: function for function in functions}
