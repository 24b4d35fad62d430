"""Which questions are still worth asking: input data whose value can still change an outcome.

Method: the decision is evaluated with what is known, everything else UNKNOWN. Candidates are the unknown input data
that undecided conditions read. A candidate counts if there are answers to the others for which its own answers give
different outcomes. The answers tried are one of each kind the cells tell apart: every value a cell names, one between
and beyond the limits it compares with, true and false. With texts, numbers and booleans compared by cells that is
exact; where a cell computes, or there are too many combinations, a candidate counts as open: rather one question too
many than a wrong outcome.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import Decision, DecisionTable, InputData, Model
from kastor.cases.dmn.program import Session, program_of
from kastor.cases.dmn.representatives import representatives
from kastor.cases.dmn.table import Trace
from kastor.cases.feel import bounded, into_feel
from kastor.cases.feel.operators import equal
from kastor.cases.feel.values import UNKNOWN, Value, is_unknown

# evaluations one call may take, a fraction of a millisecond each
MOST_EVALUATIONS: Final = 400

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def open_inputs(model: Model, decision: str, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of input data that can still change the outcome, in the order of the columns that ask them.

    Parameters
    ----------
    model : Model
        The model.
    decision : str
        Name or id of a decision.
    known : mapping
        Values known so far; a name that is missing or UNKNOWN is not known, null is known to be nothing.

    Raises
    ------
    DmnError
        The model has no such decision.
    """
    element = model.named(decision)
    if not isinstance(element, Decision):
        raise DmnError(
            f"{model.name} has no decision {decision!r}; it has {', '.join(d.name for d in model.decisions)}"
        )
    search = _Search(model, element, {name: into_feel(value) for name, value in known.items()})
    return search.open()


class _Search:
    """One search for open inputs, with the evaluations it has left."""

    def __init__(self, model: Model, decision: Decision, known: Mapping[str, Value]) -> None:
        self.model = model
        self.decision = decision
        self.known = {name: value for name, value in known.items() if value is not UNKNOWN}
        self.left = MOST_EVALUATIONS
        self.order = list(_names_in_order(model, decision))
        self.answers = representatives(model, self.order)

    def open(self) -> tuple[str, ...]:
        value, candidates = self._candidates(self.known)
        if not is_unknown(value):
            return ()
        return tuple(name for name in candidates if self._matters(name, candidates))

    def _candidates(self, known: Mapping[str, Value]) -> tuple[Value, list[str]]:
        """The outcome with what is known, and the unknown names that what is undecided reads."""
        value, traces = self._value(known)
        if not is_unknown(value):
            return value, []
        read = self._read(traces)
        return value, [name for name in self.order if name not in known and name in read]

    def _read(self, traces: list[Trace]) -> set[str]:
        """Names that undecided conditions read, beginning with the decision, on through those it still waits for."""
        decisions = {each.name for each in self.model.decisions}
        # tables of knowledge and of imported models have no place in this graph: what they read always counts
        todo = [self.decision.name, *(trace.decision for trace in traces if trace.decision not in decisions)]
        found: set[str] = set()
        while todo:
            named = todo.pop()
            for trace in traces:
                if trace.decision == named:
                    names = set(_undecided(trace, self.model)) - found
                    found |= names
                    todo += sorted(names & decisions)
        return found

    def _value(self, known: Mapping[str, Value]) -> tuple[Value, list[Trace]]:
        self.left -= 1
        run = Session(traces=[], inputs=known, missing=UNKNOWN)
        value = bounded(lambda _: program_of(self.model).value(self.decision, run), {})
        return value, run.traces or []

    def _matters(self, name: str, candidates: list[str]) -> bool:
        """Whether two answers to a question lead to different outcomes, whatever else is answered."""
        answers = self.answers.get(name)
        others = [each for each in candidates if each != name]
        if answers is None or any(self.answers.get(each) is None for each in others):
            return True
        return self._differs(name, answers, others, dict(self.known))

    def _differs(self, name: str, answers: list[Value], others: list[str], known: dict[str, Value]) -> bool:
        if self.left <= 0:
            return True
        _, candidates = self._candidates(known)
        if name not in candidates:
            return False
        outcomes = [self._value({**known, name: answer})[0] for answer in answers]
        decided = [outcome for outcome in outcomes if not is_unknown(outcome)]
        if any(equal(a, b) is not True for a, b in itertools.pairwise(decided)):
            return True
        following = next((each for each in others if each in candidates), None)
        if following is None:
            return False
        rest = [each for each in others if each != following]
        return any(
            self._differs(name, answers, rest, {**known, following: answer}) for answer in self.answers[following] or ()
        )


def _undecided(trace: Trace, model: Model) -> Iterator[str]:
    """Names of input data and decisions that conditions not yet decided read, directly or not."""
    table = trace.table
    if table is None:
        for name, value in trace.inputs:
            if is_unknown(value):
                yield name
        return
    undecided = trace.possible & ~trace.certain
    first = next((at for at in range(len(table.rules)) if trace.certain >> at & 1), None)
    for at, rule in enumerate(table.rules):
        if not undecided >> at & 1 or (table.hit_policy == "FIRST" and first is not None and at > first):
            continue
        for clause, cell, (_, value) in zip(table.inputs, rule.inputs, trace.inputs, strict=True):
            if is_unknown(value) and cell not in ("", "-"):
                yield from _words(clause.expression, model)
    for at, rule in enumerate(table.rules):
        if trace.possible >> at & 1:
            for output in rule.outputs:
                yield from _words(output, model)


@functools.lru_cache(maxsize=4096)
def _words(text: str, model: Model) -> tuple[str, ...]:
    """Names of input data and decisions that stand in an expression, texts in quotation marks left out."""
    bare = _QUOTED.sub("", text)
    elements: tuple[InputData | Decision, ...] = (*model.inputs, *model.decisions)
    return tuple(element.name for element in elements if re.search(rf"(?<!\w){re.escape(element.name)}(?!\w)", bare))


def _names_in_order(model: Model, decision: Decision) -> Iterator[str]:
    """Input data in the order in which the columns of a decision, and of those it requires, ask them."""
    seen: set[str] = set()
    visited: set[str] = set()

    def visit(each: Decision) -> Iterator[str]:
        if each.id in visited:
            return
        visited.add(each.id)
        required = [found[2] for found in map(model.resolve, each.requirements) if found is not None]
        for element in sorted(required, key=lambda found: _place(each, found.name)):
            if isinstance(element, Decision):
                yield from visit(element)
            elif isinstance(element, InputData) and element.name not in seen:
                seen.add(element.name)
                yield element.name

    return visit(decision)


def _place(decision: Decision, name: str) -> int:
    """The column that asks for a name, or behind all."""
    if isinstance(decision.logic, DecisionTable):
        for at, clause in enumerate(decision.logic.inputs):
            if name in clause.expression:
                return at
    return 10_000
