"""Loops and filters over closures: ``for``, ``some``, ``every`` and ``xs[...]``, in expressions and in boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from kastor.cases.feel.functions_ranges import stepped
from kastor.cases.feel.values import (
    RUN,
    UNKNOWN,
    Code,
    Range,
    Run,
    Scope,
    Value,
    checked_list,
    three_valued_all,
    three_valued_any,
)  # fmt: skip

_OPEN: Final = "\0unknown"
Domain = Callable[[Scope], Value]


def iterable(value: Value) -> Value:
    """What a loop runs over: a list, the steps of a range, a single value as a list of one; null and UNKNOWN stay."""
    if isinstance(value, Range):
        return from_to(value.start, value.end, value.start_included, value.end_included)
    if value is None or value is UNKNOWN or type(value) is list:
        return value
    return value if isinstance(value, Iterator) else [value]


def from_to(start: Value, end: Value, start_included: bool, end_included: bool) -> Value:
    """Whole numbers or days from one end to the other, downwards too."""
    if start is UNKNOWN or end is UNKNOWN:
        return UNKNOWN
    return stepped(start, end, start_included, end_included)


def _bindings(names: list[str], domains: list[Domain], scope: Scope, depth: int) -> Iterator[Scope | None]:
    """The scope of each round; None once when a domain is null, a scope with UNKNOWN when one is unknown."""
    run: Run | None = scope.get(RUN)
    values = iterable(domains[depth](scope))
    if values is None:
        yield None
        return
    if values is UNKNOWN:
        yield {**scope, _OPEN: True}
        return
    for value in values:
        if run is not None:
            run.step()
        inner = {**scope, names[depth]: value}
        if depth + 1 == len(names):
            yield inner
        else:
            yield from _bindings(names, domains, inner, depth + 1)


def collected(names: list[str], domains: list[Domain], body: Code) -> Code:
    """``for``: the value of the body for each round; earlier ones are in ``partial``."""

    def collect(scope: Scope) -> Value:
        found: list[Value] = []
        for inner in _bindings(names, domains, {**scope, "partial": found}, 0):
            if inner is None:
                return None
            if _OPEN in inner:
                return UNKNOWN
            inner["partial"] = [*found] if len(found) < 1000 else found
            found.append(body(inner))
        return checked_list(found)

    return collect


class _NoBoolean(Exception):
    """The condition of ``some`` or ``every`` is a text or number: the whole is null."""


def quantified(word: str, names: list[str], domains: list[Domain], body: Code) -> Code:
    """``some`` or ``every``: FEEL's ``or`` or ``and`` of the body over all rounds."""

    def answers(scope: Scope) -> Iterator[Value]:
        for inner in _bindings(names, domains, scope, 0):
            if inner is None:
                yield None
                continue
            answer = UNKNOWN if _OPEN in inner else body(inner)
            if not isinstance(answer, bool) and answer is not None and answer is not UNKNOWN:
                raise _NoBoolean
            yield answer

    combine = three_valued_any if word == "some" else three_valued_all

    def decide(scope: Scope) -> Value:
        try:
            return combine(answers(scope))
        except _NoBoolean:
            return None

    return decide


def selected(value: Code, condition: Code) -> Code:
    """A filter: by a condition the elements that satisfy it, by a number the one at that place."""

    def select(scope: Scope) -> Value:
        found = value(scope)
        if found is UNKNOWN:
            return UNKNOWN
        if found is None:
            return _of_null(condition, scope)
        values = found if type(found) is list else [found]
        first = condition(_of_item(scope, values[0] if values else None))
        return _at(values, first) if type(first) is Decimal else _satisfying(values, condition, scope)

    return select


def filtered(value: Code, condition: Code) -> Code:
    """A filter in boxes: only conditions, and null as soon as one is no boolean, or there is nothing to filter."""

    def select(scope: Scope) -> Value:
        found = iterable(value(scope))
        if found is UNKNOWN or found is None:
            return found
        values = list(found)
        answers = [condition(_of_item(scope, each)) for each in values]
        if any(not isinstance(answer, bool) and answer is not UNKNOWN for answer in answers):
            return None
        if any(answer is UNKNOWN for answer in answers):
            return UNKNOWN
        return [each for each, answer in zip(values, answers, strict=True) if answer]

    return select


def _of_null(condition: Code, scope: Scope) -> Value:
    """Null filtered: an index gives null, a condition an empty list."""
    asked = condition({**scope, "item": None})
    return None if type(asked) is Decimal else []


def _satisfying(values: list[Value], condition: Code, scope: Scope) -> Value:
    run: Run | None = scope.get(RUN)
    found: list[Value] = []
    unknown = False
    for value in values:
        if run is not None:
            run.step()
        answer = condition(_of_item(scope, value))
        unknown = unknown or answer is UNKNOWN
        if answer is True:
            found.append(value)
    return UNKNOWN if unknown else found


def _of_item(scope: Scope, value: Value) -> Scope:
    return {**scope, "item": value, **value} if type(value) is dict else {**scope, "item": value}


def _at(values: list[Value], index: Decimal) -> Value:
    if index != index.to_integral_value() or index == 0 or abs(index) > len(values):
        return None
    return values[int(index) - 1 if index > 0 else int(index)]
