"""One answer of each kind that the cells of a model tell apart, for each of its input data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from kastor.cases import feel
from kastor.cases.dmn.atoms import atoms, constants, is_constant
from kastor.cases.dmn.model import Decision, DecisionTable, Model
from kastor.cases.dmn.program import program_of
from kastor.cases.dmn.types import type_named
from kastor.cases.dmn.words import mentions
from kastor.cases.feel.types import resolved
from kastor.cases.feel.values import Value

MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one question, and whether every possible answer is treated like one of them."""

    values: tuple[Value, ...]
    exact: bool


def representatives(model: Model, names: Iterable[str]) -> dict[str, Answers]:
    """Answers by name of input data.

    They speak for all possible ones if the type lists them, if there are only true and false, or if the model reads the
    name only in columns whose cells compare with constants.
    """
    return {name: _answers(model, name) for name in names}


def _answers(model: Model, name: str) -> Answers:
    named: list[Value] = []
    exact = True
    for decision in model.decisions:
        values, only = _in_decision(decision, name)
        named += values
        exact = exact and only
    declared = allowed_values(model, name)
    if declared is not None:
        return Answers((*(value for value in named if value is None), *declared)[:MOST], len(declared) < MOST)
    kind = kind_of(model, name)
    found = [atom.value for atom in atoms(named, kind)]
    return Answers(tuple(found[:MOST]), kind == "boolean" or (exact and 0 < len(found) <= MOST))


def allowed_values(model: Model, name: str) -> list[Value] | None:
    """The values of input data whose type lists them all; None if it does not."""
    element = next((each for each in model.inputs if each.name == name), None)
    item = next((each for each in model.types if element is not None and each.name == element.type_ref), None)
    if item is None or item.is_collection:
        return None
    return listed_values(item.allowed)


def listed_values(text: str) -> list[Value] | None:
    """The values of a list such as ``"a", "b"``; None for any other text."""
    if not text:
        return None
    try:
        node = feel.parse_tests(text).node
    except feel.FeelError:
        return None
    if node.negated or not all(is_constant(item) for item in node.items):
        return None
    return [feel.compiled(item, {})({}) for item in node.items]


def kind_of(model: Model, name: str) -> str:
    """The kind of values input data has: ``number``, ``string``, ...; empty if its type does not say."""
    element = next((each for each in model.inputs if each.name == name), None)
    wanted = type_named(element.type_ref) if element is not None else None
    found = resolved(wanted, program_of(model).types) if wanted is not None else None
    return "" if found is None else found.kind


def _in_decision(decision: Decision, name: str) -> tuple[list[Value], bool]:
    """Values the cells of one decision name, and whether it reads the name nowhere but in columns of such cells."""
    logic = decision.logic
    if not isinstance(logic, DecisionTable):
        return [], logic is None or name not in repr(logic)
    only = not any(mentions(cell, name) for rule in logic.rules for cell in rule.outputs)
    found: list[Value] = []
    for at, clause in enumerate(logic.inputs):
        if clause.expression != name:
            only = only and not mentions(clause.expression, name)
            continue
        for cell in {rule.inputs[at] for rule in logic.rules}:
            values = constants(cell)
            found += values or ()
            only = only and values is not None
    return found, only
