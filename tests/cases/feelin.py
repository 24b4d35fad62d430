"""Decide with feelin in node: an independent implementation of FEEL to compare Kastor's with.

One node process takes all tables and contexts at once.
"""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

from kastor.cases import feel
from kastor.cases.dmn import DecisionTable
from kastor.cases.feel.functions_texts import written

SHELL = Path(__file__).parent / "feelin.mjs"
FEELIN = Path(__file__).parent.parent.parent / "browser" / "node_modules" / "feelin"
THERE = shutil.which("node") is not None and FEELIN.exists()


def outcomes(tables, timeout=240):
    """Outcomes of decision tables: a list of (table, contexts), for each a list of outcomes as plain JSON."""
    return _asked({"tables": [_task(table, contexts) for table, contexts in tables]}, timeout)["tables"]


def values(expressions, timeout=120):
    """Values of (expression, context) pairs as plain JSON."""
    return _asked({"expressions": [[text, _plain_context(context)] for text, context in expressions]}, timeout)[
        "expressions"
    ]


def _asked(task, timeout):
    node = subprocess.run(
        ["node", str(SHELL)], input=json.dumps(task), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert node.returncode == 0, node.stderr[-2000:]
    return json.loads(node.stdout)


def _task(table: DecisionTable, contexts):
    return {
        "inputs": [clause.expression for clause in table.inputs],
        "outputs": [
            {"name": output.name, "values": output.values, "default": output.default} for output in table.outputs
        ],
        "rules": [{"inputs": rule.inputs, "outputs": rule.outputs} for rule in table.rules],
        "policy": table.hit_policy,
        "aggregation": table.aggregation,
        "contexts": [_plain_context(context) for context in contexts],
    }


def _plain_context(context):
    """A context as JSON, or as text in FEEL where a value is a date, time or duration."""
    found = {name: feel.into_feel(value) for name, value in context.items()}
    if all(_is_plain(value) for value in found.values()):
        return {name: plain(value) for name, value in found.items()}
    return "{" + ", ".join(f"{json.dumps(name)}: {_literal(value)}" for name, value in found.items()) + "}"


def _is_plain(value):
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return value is None or isinstance(value, bool | str | Decimal)


def _literal(value):
    return written(value) if _is_plain(value) else f'@"{value}"'


def plain(value):
    """A value as feelin's are written: numbers as floats, dates and durations as ``{"text": ...}``."""
    value = feel.into_feel(value)
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return {"text": str(value)}


def same(mine, other):
    """Whether two plain values are the same, numbers but for the last bits of a float."""
    if isinstance(mine, bool) or isinstance(other, bool):
        return mine is other
    if isinstance(mine, int | float) and isinstance(other, int | float):
        return abs(mine - other) <= 1e-9 * max(1.0, abs(mine))
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(same, mine, other))
    if isinstance(mine, dict) and isinstance(other, dict):
        return mine.keys() == other.keys() and all(same(mine[key], other[key]) for key in mine)
    return mine == other
