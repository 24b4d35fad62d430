"""Kastor and feelin, written by others in another language, decide every shipped table the same.

Random inputs, drawn from the answers the cells of a table tell apart, null among them; equal ones are decided once.
``KASTOR_TEST_DRAWN=10000`` draws as many for each table as a release is checked with.
"""

import os
import random
import re
from pathlib import Path

import pytest

from kastor.cases import dmn, feel
from kastor.cases.dmn.atoms import atoms, constants
from kastor.cases.dmn.representatives import allowed_values, kind_of
from tests.cases import feelin
from tests.cases.tables import table_model

pytestmark = pytest.mark.skipif(not feelin.THERE, reason="run `npm ci` in browser/ first")

RULES = sorted((Path(dmn.__file__).parent.parent / "procedures").glob("*/*.dmn"))
DRAWN = int(os.environ.get("KASTOR_TEST_DRAWN", "300"))
SPREAD = {"number": (0, 1, 2, 7, 40, 2.5), "string": ("x", ""), "boolean": (True, False)}


def alone(model, decision):
    """A model of one table: all it requires is input data."""
    needed = [model.resolve(href)[2] for href in decision.requirements]
    elements = {each.id: dmn.InputData(each.id, each.name) for each in needed}
    elements[decision.id] = decision
    return dmn.Model(model.name, model.namespace, elements, model.types)


def answers(model, name):
    """Values a variable is tried with: what types, columns and results speak of, what lies between, others, null."""
    tables = [each for each in model.decisions if isinstance(each.logic, dmn.DecisionTable)]
    named = [*(allowed_values(model, name) or ()), *map(feel.into_feel, SPREAD.get(kind_of(model, name), ()))]
    for other in tables:
        columns = [at for at, clause in enumerate(other.logic.inputs) if clause.expression == name]
        cells = [rule.inputs[at] for rule in other.logic.rules for at in columns]
        cells += [cell for rule in other.logic.rules for cell in rule.outputs if other.name == name]
        named += [value for cell in cells for value in constants(cell) or ()]
    if not named:
        return others(name, " ".join(clause.expression for other in tables for clause in other.logic.inputs))
    return [*(atom.value for atom in atoms(named)), None]


def others(name, asked):
    """Values of a variable that only computing columns read: lists where they count or search it, else numbers."""
    if re.search(rf"(\bin |count\(|list contains\(){name}\b", asked):
        texts = [*re.findall(r'"([^"]*)"', asked)[:3], "x"]
        return [[], *([text] for text in texts), texts, None]
    return [*map(feel.into_feel, SPREAD["number"]), None]


def drawn(model, decision, rng):
    """Random contexts of a table, equal ones once."""
    values = {each.name: answers(model, each.name) for each in (model.resolve(h)[2] for h in decision.requirements)}
    found = [{name: rng.choice(each) for name, each in values.items()} for _ in range(DRAWN)]
    return list({repr(context): context for context in found}.values())


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.parent.name)
def test_shipped_tables_are_decided_as_feelin_decides_them(path):
    model, rng = dmn.read(path.read_bytes()), random.Random(27)
    tables = [each for each in model.decisions if isinstance(each.logic, dmn.DecisionTable)]
    singles = [(each, alone(model, each)) for each in tables]
    tasks = [(each, single, drawn(model, each, rng)) for each, single in singles]
    theirs = feelin.outcomes([(each.logic, contexts) for each, _, contexts in tasks])
    for (each, single, contexts), others in zip(tasks, theirs, strict=True):
        assert len(contexts) == len(others) > 1
        for context, other in zip(contexts, others, strict=True):
            mine = feelin.plain(dmn.evaluate(single, each.name, context).value)
            assert feelin.same(mine, other), (each.name, context)


def test_a_difference_would_be_seen():
    model = table_model([("n", "number")], [("r", "number")], [("> 3", "n * 2"), ("-", "0")])
    table = model.decisions[0].logic
    ((first, second),) = feelin.outcomes([(table, [{"n": 4}, {"n": 3}])])
    assert (first, second) == (8, 0)
    assert not feelin.same(feelin.plain(dmn.evaluate(model, "D", {"n": 4}).value), second)
