"""The types a model defines, as FEEL checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from kastor.cases import feel
from kastor.cases.dmn.model import ItemDefinition, Model
from kastor.cases.feel.types import ANY, Type, simple_type
from kastor.cases.feel.values import RUN, UNKNOWN, Run, Value, three_valued_all

_DEEPEST: Final = 20


def types_of(model: Model, prefix: str = "", depth: int = 0) -> dict[str, Type]:
    """All types of a model and of those it imports, these with the name of the import before theirs."""
    found: dict[str, Type] = {}
    if depth > _DEEPEST:
        return found
    for name, other in model.imported.items():
        found.update(types_of(other, f"{prefix}{name}." if name else prefix, depth + 1))
    for item in model.types:
        found[prefix + item.name] = _type(item, prefix, found)
    return found


def type_named(name: str, prefix: str = "") -> Type | None:
    """The type a ``typeRef`` speaks of: built in, or one to look up by name; None for none."""
    if not name:
        return None
    return simple_type(name) or Type("named", name=prefix + name)


def _type(item: ItemDefinition, prefix: str, types: Mapping[str, Type]) -> Type:
    single = _single(item, prefix, types)
    if item.is_collection:
        element = _restricted(single, item.allowed, types)
        return _restricted(Type("list", parts=(element,)), item.constraint, types)
    return _restricted(_restricted(single, item.allowed, types), item.constraint, types)


def _single(item: ItemDefinition, prefix: str, types: Mapping[str, Type]) -> Type:
    if item.components:
        return Type("context", fields=tuple((each.name, _type(each, prefix, types)) for each in item.components))
    if item.function is not None:
        parameters, result = item.function
        return Type("function", parts=tuple(type_named(name, prefix) or ANY for name in (*parameters, result)))
    return type_named(item.type_ref, prefix) or ANY


def _restricted(base: Type, allowed: str, types: Mapping[str, Type]) -> Type:
    """The type with a restriction; a named one is kept behind a step of its own, so that its own one holds too."""
    if not allowed:
        return base
    check = _check(allowed, types)
    if base.kind == "named":
        return Type("narrowed", parts=(base,), allowed=check)
    if base.allowed is not None:
        inner = base.allowed
        return Type(base.kind, base.name, base.parts, base.fields, lambda value: _both(inner, check, value))
    return Type(base.kind, base.name, base.parts, base.fields, check)


def _both(first: Callable[[Value], Value], second: Callable[[Value], Value], value: Value) -> Value:
    return three_valued_all((first(value), second(value)))


def _check(allowed: str, types: Mapping[str, Type]) -> Callable[[Value], Value]:
    try:
        test = feel.parse_tests(allowed, types=types)
    except feel.FeelError:
        return lambda value: None

    def check(value: Value) -> Value:
        if value is None:
            return test.code(value, {RUN: Run()}) is True
        found = test.code(value, {RUN: Run()})
        return found if found is UNKNOWN else found is True

    return check


def component_names(model: Model, depth: int = 0) -> Iterator[str]:
    """Names that may stand behind a dot: components of types, entries of contexts, names of imports' elements."""
    stack = list(model.types)
    while stack:
        item = stack.pop()
        yield item.name
        stack += item.components
    if depth > 0:
        yield from (element.name for element in model.elements.values())
    if depth < _DEEPEST:
        for other in model.imported.values():
            yield from component_names(other, depth + 1)
