"""DMN 1.5: read, write and evaluate models of decisions, say why, and say which questions are still open.

    model = dmn.read(data)
    found = dmn.evaluate(model, "Haustier", {"tierart": "katze", "anzahl": 1})
    found.value, found.traces[-1].reasons
    dmn.open_inputs(model, "Haustier", {"tierart": "katze"})

Models decide nothing by themselves: what is done with an outcome is the business of the engine of cases.
"""

from __future__ import annotations

from kastor.cases.dmn.analysis import Analysis, Overlap, analyse
from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import (
    Decision,
    DecisionTable,
    InputClause,
    InputData,
    Knowledge,
    Model,
    OutputClause,
    Rule,
    Service,
)  # fmt: skip
from kastor.cases.dmn.program import Evaluation, evaluate, invoke, program_of
from kastor.cases.dmn.questions import open_inputs
from kastor.cases.dmn.reading import read
from kastor.cases.dmn.table import RuleTrace, Trace
from kastor.cases.dmn.writing import write
from kastor.cases.feel import UNKNOWN, FeelError, LimitError

__all__ = [
    "UNKNOWN",
    "Analysis",
    "Decision",
    "DecisionTable",
    "DmnError",
    "Evaluation",
    "FeelError",
    "InputClause",
    "InputData",
    "Knowledge",
    "LimitError",
    "Model",
    "OutputClause",
    "Overlap",
    "Rule",
    "RuleTrace",
    "Service",
    "Trace",
    "analyse",
    "evaluate",
    "invoke",
    "open_inputs",
    "problems",
    "read",
    "write",
]  # fmt: skip


def problems(model: Model) -> list[str]:
    """What in a model cannot be read or resolved, in words; empty for a model in order."""
    return program_of(model).problems()
