"""One answer of each kind that the cells of a model tell apart, for each of its input data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kastor.cases import feel
from kastor.cases.dmn.atoms import atoms, constants, is_constant
from kastor.cases.dmn.model import Decision, DecisionTable, Model
from kastor.cases.dmn.program import program_of
from kastor.cases.dmn.types import type_named
from kastor.cases.feel.types import resolved
from kastor.cases.feel.values import Value

MOST: Final = 60


def representatives(model: Model, names: Iterable[str]) -> dict[str, list[Value] | None]:
    """Answers by name of input data; None where cells compute, so that no finite choice speaks for all."""
    return {name: _answers(model, name) for name in names}


def _answers(model: Model, name: str) -> list[Value] | None:
    declared = allowed_values(model, name)
    if declared is not None:
        return declared
    named: list[Value] = []
    for decision in model.decisions:
        values = _in_decision(decision, name)
        if values is None:
            return None
        named += values
    found = [atom.value for atom in atoms(named, kind_of(model, name))]
    return found if found and len(found) <= MOST else None


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


def _in_decision(decision: Decision, name: str) -> list[Value] | None:
    """Values the cells of one decision name; None if it reads the name elsewhere than as a column's question."""
    logic = decision.logic
    if not isinstance(logic, DecisionTable):
        return None if logic is not None and name in repr(logic) else []
    if any(_reads(cell, name) for rule in logic.rules for cell in rule.outputs):
        return None
    found: list[Value] = []
    for at, clause in enumerate(logic.inputs):
        if clause.expression == name:
            for cell in {rule.inputs[at] for rule in logic.rules}:
                values = constants(cell)
                if values is None:
                    return None
                found += values
        elif name in clause.expression:
            return None
    return found


def _reads(cell: str, name: str) -> bool:
    """Whether a name stands in a cell outside quotation marks."""
    return any(name in part for part in cell.split('"')[::2])
