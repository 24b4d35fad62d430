"""One answer of each kind that the cells of a model tell apart, for each of its input data.

For a question that only columns ask directly, with cells of literals, comparisons and ranges, every possible answer is
treated like one of these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from kastor.cases import feel
from kastor.cases.dmn.model import Decision, DecisionTable, Model
from kastor.cases.dmn.program import program_of
from kastor.cases.dmn.types import type_named
from kastor.cases.feel import tree
from kastor.cases.feel.types import Type, resolved
from kastor.cases.feel.values import Value

_OTHER: Final = "\u0000another text"
MOST: Final = 60


def representatives(model: Model, names: Iterable[str]) -> dict[str, list[Value] | None]:
    """Answers by name of input data; None where cells compute, so that no finite choice speaks for all."""
    return {name: _answers(model, name) for name in names}


def _answers(model: Model, name: str) -> list[Value] | None:
    declared = _declared(model, name)
    if declared is not None:
        return declared
    found: list[Value] = []
    for decision in model.decisions:
        values = _in_decision(decision, name)
        if values is None:
            return None
        found += values
    return _spread(found, _kind(model, name))


def _declared(model: Model, name: str) -> list[Value] | None:
    """The allowed values of a type that lists them all."""
    element = next((each for each in model.inputs if each.name == name), None)
    item = next((each for each in model.types if element is not None and each.name == element.type_ref), None)
    if item is None or not item.allowed or item.is_collection:
        return None
    try:
        node = feel.parse_tests(item.allowed).node
    except feel.FeelError:
        return None
    if node.negated or not all(isinstance(each, tree.Literal) for each in node.items):
        return None
    return [each.value for each in node.items if isinstance(each, tree.Literal)]


def _kind(model: Model, name: str) -> str:
    element = next((each for each in model.inputs if each.name == name), None)
    wanted = type_named(element.type_ref) if element is not None else None
    found: Type | None = resolved(wanted, program_of(model).types) if wanted is not None else None
    return "" if found is None else found.kind


def _in_decision(decision: Decision, name: str) -> list[Value] | None:
    """Values the cells of one decision name; None if it reads the name elsewhere than as a column's question."""
    logic = decision.logic
    if not isinstance(logic, DecisionTable):
        return None if logic is not None and name in repr(logic) else []
    if any(name in cell for rule in logic.rules for cell in (*rule.outputs,)) and _in_outputs(logic, name):
        return None
    found: list[Value] = []
    for at, clause in enumerate(logic.inputs):
        if clause.expression == name:
            for rule in logic.rules:
                values = _named(rule.inputs[at])
                if values is None:
                    return None
                found += values
        elif name in clause.expression:
            return None
    return found


def _in_outputs(logic: DecisionTable, name: str) -> bool:
    """Whether a result reads a name: it stands there outside quotation marks."""
    return any(name in part for rule in logic.rules for cell in rule.outputs for part in cell.split('"')[::2])


def _named(cell: str) -> list[Value] | None:
    """The values a cell compares with; None if it computes."""
    try:
        node = feel.parse_tests(cell or "-").node
    except feel.FeelError:
        return None
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
    parts = (item.start, item.end) if isinstance(item, tree.RangeOf) else (item,)
    found: list[Value] = []
    for part in parts:
        value = constant(part)
        if value is None:
            return None
        found += value
    return found


def constant(node: tree.Node) -> list[Value] | None:
    """The value of a literal, perhaps with a sign or an ``@``, in a list of one; None if it is none."""
    if isinstance(node, tree.Literal):
        return [node.value]
    if isinstance(node, tree.Negative) and isinstance(node.operand, tree.Literal):
        value = node.operand.value
        return [-value] if isinstance(value, Decimal) else None
    return None


def _spread(values: list[Value], kind: str) -> list[Value] | None:
    """Each value, and for numbers one between and beyond them, for texts another one, for booleans both."""
    found: list[Value] = [None] if None in values else []
    booleans = kind == "boolean" or any(isinstance(value, bool) for value in values)
    if booleans:
        return [*found, True, False]
    numbers = sorted({value for value in values if isinstance(value, Decimal)})
    texts = sorted({value for value in values if isinstance(value, str)})
    if numbers:
        between = [(a + b) / 2 for a, b in itertools.pairwise(numbers)]
        found += sorted({numbers[0] - 1, *numbers, *between, numbers[-1] + 1})
    if texts:
        found += [*texts, _OTHER]
    return found if found and len(found) <= MOST else None
