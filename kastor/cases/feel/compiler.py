"""Turn the nodes of an expression into Python closures that take a scope and give a value.

A scope is a plain dict of names. Every closure handles unknown values: what can be said without them is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kastor.cases.feel import tree
from kastor.cases.feel.closures import Closure, External
from kastor.cases.feel.functions import BUILTINS
from kastor.cases.feel.loops import collected, from_to, quantified, selected
from kastor.cases.feel.operators import (
    add,
    between,
    divide,
    equal,
    less,
    less_or_equal,
    matches_value,
    more,
    more_or_equal,
    multiply,
    negated,
    negative,
    not_equal,
    order,
    power,
    subtract,
)  # fmt: skip
from kastor.cases.feel.properties import property_of
from kastor.cases.feel.types import Type, instance_of
from kastor.cases.feel.values import (
    RUN,
    UNKNOWN,
    Code,
    Function,
    Range,
    Scope,
    Unequal,
    Value,
    is_unknown,
    three_valued_all,
    three_valued_any,
)  # fmt: skip

Types = Mapping[str, Type]
_OPERATIONS: Final[Mapping[str, Callable[[Value, Value], Value]]] = {
    "=": equal, "!=": not_equal, "<": less, "<=": less_or_equal, ">": more, ">=": more_or_equal,
    "+": add, "-": subtract, "*": multiply, "/": divide, "**": power,
}  # fmt: skip
INPUT: Final = "?"


def compiled(node: tree.Node, types: Types) -> Code:
    """The closure of a node."""
    return _COMPILERS[type(node)](node, types)


def _literal(node: tree.Literal, types: Types) -> Code:
    value = node.value
    return lambda scope: value


def _name(node: tree.Name, types: Types) -> Code:
    name = node.name
    builtin = BUILTINS.get(name)

    def look_up(scope: Scope) -> Value:
        return scope.get(name, builtin)

    return look_up


def _list(node: tree.ListOf, types: Types) -> Code:
    items = [_as_value(item, types) for item in node.items]
    return lambda scope: [item(scope) for item in items]


def _context(node: tree.ContextOf, types: Types) -> Code:
    entries = [(name, compiled(value, types)) for name, value in node.entries]
    if len({name for name, _ in entries}) < len(entries):
        return lambda scope: None

    def build(scope: Scope) -> Value:
        inner = dict(scope)
        found: dict[str, Value] = {}
        for name, code in entries:
            found[name] = inner[name] = code(inner)
        return found

    return build


def _range(node: tree.RangeOf, types: Types) -> Code:
    start, end = compiled(node.start, types), compiled(node.end, types)
    start_included, end_included = node.start_included, node.end_included

    def build(scope: Scope) -> Value:
        first, last = start(scope), end(scope)
        if first is UNKNOWN or last is UNKNOWN:
            return UNKNOWN
        if first is None and last is None:
            return None
        if first is not None and last is not None:
            found = order(first, last)
            if type(found) is not int or found > 0:
                return None
        return Range(first, last, start_included, end_included)

    return build


def range_of_test(operator: str, value: Value) -> Value:
    """What ``(< 5)`` is as a value."""
    if value is UNKNOWN:
        return UNKNOWN
    if operator == "!=":
        return Unequal(value)
    if operator == "=":
        return Range(value, value, True, True, operator)
    if operator[0] == "<":
        return Range(None, value, False, operator == "<=", operator)
    return Range(value, None, operator == ">=", False, operator)


def _test_as_range(node: tree.Test, types: Types) -> Code:
    operand, operator = compiled(node.operand, types), node.operator
    return lambda scope: range_of_test(operator, operand(scope))


def _as_value(node: tree.Node, types: Types) -> Code:
    return compiled(node, types)


def _logic(node: tree.Logic, types: Types) -> Code:
    items = [compiled(item, types) for item in node.items]
    if node.operator == "and":
        return lambda scope: three_valued_all(item(scope) for item in items)
    return lambda scope: three_valued_any(item(scope) for item in items)


def _binary(node: tree.Binary, types: Types) -> Code:
    left, right = compiled(node.left, types), compiled(node.right, types)
    operation = _OPERATIONS[node.operator]
    return lambda scope: operation(left(scope), right(scope))


def _negative(node: tree.Negative, types: Types) -> Code:
    operand = compiled(node.operand, types)
    return lambda scope: negative(operand(scope))


def _between(node: tree.Between, types: Types) -> Code:
    value, low, high = compiled(node.value, types), compiled(node.low, types), compiled(node.high, types)
    return lambda scope: between(value(scope), low(scope), high(scope))


def _in(node: tree.In, types: Types) -> Code:
    value, test = compiled(node.value, types), compiled_test(node.tests, types)
    if not isinstance(node.tests, tree.Tests | tree.Test | tree.Literal):
        among = compiled(node.tests, types)
        return lambda scope: _among(value(scope), among(scope))

    def check(scope: Scope) -> Value:
        return test(value(scope), scope)

    return check


def _among(value: Value, tests: Value) -> Value:
    """``value in tests``: in a list one of its elements must fit; a list is not in itself."""
    if tests is None:
        return None
    if type(tests) is list:
        return three_valued_any(_false_for_null(_fits(value, each)) for each in tests)
    return matches_value(value, tests)


def _fits(value: Value, element: Value) -> Value:
    return equal(value, element) if type(element) is list else matches_value(value, element)


def _false_for_null(answer: Value) -> Value:
    return False if answer is None else answer


def compiled_test(node: tree.Node, types: Types) -> Callable[[Value, Scope], Value]:
    """The closure of a test or of tests: it takes the input and a scope, and says True, False, null or UNKNOWN."""
    if isinstance(node, tree.Tests):
        return _several_tests(node, types)
    if isinstance(node, tree.Test):
        operation, operand = _OPERATIONS[node.operator], compiled(node.operand, types)
        return lambda value, scope: operation(value, operand(scope))
    code = compiled(node, types)
    if isinstance(node, tree.Literal):
        constant = node.value
        return lambda value, scope: equal(value, constant)
    if reads_input(node):
        return lambda value, scope: _truth(code({**scope, INPUT: value}))
    return lambda value, scope: matches_value(value, code(scope))


def _truth(value: Value) -> Value:
    return value if isinstance(value, bool) or value is UNKNOWN else None


def _several_tests(node: tree.Tests, types: Types) -> Callable[[Value, Scope], Value]:
    tests = [compiled_test(item, types) for item in node.items]
    if not tests:
        return lambda value, scope: True
    if len(tests) == 1 and not node.negated:
        return tests[0]
    if node.negated:
        return lambda value, scope: negated(three_valued_any(test(value, scope) for test in tests))
    return lambda value, scope: three_valued_any(test(value, scope) for test in tests)


def reads_input(node: object) -> bool:
    """Whether ``?`` occurs in a node."""
    if isinstance(node, tree.Name):
        return node.name == INPUT
    if isinstance(node, tuple):
        return any(reads_input(each) for each in node)
    slots = getattr(type(node), "__slots__", ())
    return type(node).__module__ == tree.__name__ and any(reads_input(getattr(node, slot)) for slot in slots)


def _instance_of(node: tree.InstanceOf, types: Types) -> Code:
    value, wanted = compiled(node.value, types), node.type
    return lambda scope: instance_of(value(scope), wanted, types)


def _if(node: tree.If, types: Types) -> Code:
    return chosen(*(compiled(each, types) for each in (node.condition, node.then, node.otherwise)))


def chosen(condition: Code, then: Code, otherwise: Code) -> Code:
    """``if``: with an unknown condition still a value where both sides agree."""

    def choose(scope: Scope) -> Value:
        answer = condition(scope)
        if answer is UNKNOWN:
            first, second = then(scope), otherwise(scope)
            return first if not is_unknown(first) and equal(first, second) is True else UNKNOWN
        return then(scope) if answer is True else otherwise(scope)

    return choose


# --- loops


def _domain(node: tree.Iteration, types: Types) -> Callable[[Scope], Value]:
    """The closure that gives what a loop runs over, as something iterable; null or UNKNOWN if it is that."""
    start = compiled(node.domain, types)
    if node.end is None:
        return start
    end = compiled(node.end, types)
    return lambda scope: from_to(start(scope), end(scope), True, True)


def _for(node: tree.For, types: Types) -> Code:
    return collected(*_loop(node, types))


def _loop(node: tree.For | tree.Quantified, types: Types) -> tuple[list[str], list[Callable[[Scope], Value]], Code]:
    names = [each.name for each in node.iterations]
    return names, [_domain(each, types) for each in node.iterations], compiled(node.body, types)


def _quantified(node: tree.Quantified, types: Types) -> Code:
    return quantified(node.quantifier, *_loop(node, types))


# --- functions


def _function(node: tree.FunctionOf, types: Types) -> Code:
    parameters = node.parameters
    if node.external:
        return lambda scope: External("", tuple(name for name, _ in parameters))
    body = compiled(node.body, types)
    return lambda scope: Closure("", parameters, body, scope, types)


def _call(node: tree.Call, types: Types) -> Code:
    function = compiled(node.function, types)
    arguments = [_as_value(each, types) for each in node.arguments]
    names = node.names
    if names is not None and len(set(names)) < len(names):
        return lambda scope: None

    def call(scope: Scope) -> Value:
        called = function(scope)
        if not isinstance(called, Function):
            return UNKNOWN if called is UNKNOWN else None
        values = [each(scope) for each in arguments]
        if names is None:
            return called.call(values, scope.get(RUN))
        return called.call_named(dict(zip(names, values, strict=True)), scope.get(RUN))

    return call


# --- paths and filters


def _path(node: tree.Path, types: Types) -> Code:
    value, name = compiled(node.value, types), node.name
    return lambda scope: property_of(value(scope), name)


def _filter(node: tree.Filter, types: Types) -> Code:
    return selected(compiled(node.value, types), compiled(node.condition, types))


_COMPILERS: Final[Mapping[type, Callable[[Any, Types], Code]]] = {
    tree.Literal: _literal,
    tree.Name: _name,
    tree.ListOf: _list,
    tree.ContextOf: _context,
    tree.RangeOf: _range,
    tree.Test: _test_as_range,
    tree.Binary: _binary,
    tree.Logic: _logic,
    tree.Negative: _negative,
    tree.Between: _between,
    tree.In: _in,
    tree.InstanceOf: _instance_of,
    tree.If: _if,
    tree.For: _for,
    tree.Quantified: _quantified,
    tree.FunctionOf: _function,
    tree.Call: _call,
    tree.Path: _path,
    tree.Filter: _filter,
}
