"""Which questions are still worth asking: input data whose value can still change an outcome.

Method: the decision is evaluated with what is known, everything else UNKNOWN. Candidates are the unknown input data
that undecided conditions read. A candidate counts if there are answers to the others for which its own answers give
different outcomes. The answers tried are one of each kind the cells tell apart: every value a cell names, one between
and beyond the limits it compares with, true and false. With texts, numbers and booleans compared by cells that is
exact; where a cell computes, or there are too many combinations, a candidate counts as open: rather one question too
many than a wrong outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import Decision, DecisionTable, InputData, Model
from kastor.cases.dmn.program import Session, program_of
from kastor.cases.dmn.representatives import representatives
from kastor.cases.dmn.table import Trace
from kastor.cases.dmn.words import mentions
from kastor.cases.feel import bounded, into_feel
from kastor.cases.feel.operators import equal
from kastor.cases.feel.values import UNKNOWN, Value, is_unknown

# evaluations one call may take, a fraction of a millisecond each
MOST_EVALUATIONS: Final = 500


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
        self.words: dict[str, tuple[str, ...]] = {}
        self.evaluated: dict[frozenset[tuple[str, str]], tuple[Value, list[str]]] = {}

    def open(self) -> tuple[str, ...]:
        """The names whose answers matter."""
        _, candidates = self._evaluated(self.known)
        return tuple(name for name in candidates if self._differs(name, candidates, self.known))

    def _evaluated(self, known: Mapping[str, Value]) -> tuple[Value, list[str]]:
        """The outcome with what is known, and the unknown names that what is undecided reads; none once it is known."""
        key = frozenset((name, repr(value)) for name, value in known.items())
        found = self.evaluated.get(key)
        if found is None:
            self.left -= 1
            run = Session(traces=[], inputs=known, missing=UNKNOWN)
            value = bounded(lambda _: program_of(self.model).value(self.decision, run), {})
            found = self.evaluated[key] = value, self._candidates(value, known, run.traces or [])
        return found

    def _candidates(self, value: Value, known: Mapping[str, Value], traces: list[Trace]) -> list[str]:
        if not is_unknown(value):
            return []
        read: set[str] = set()
        for trace in traces:
            for text in _undecided(trace):
                if text not in self.words:
                    self.words[text] = tuple(_words(text, self.model))
                read.update(self.words[text])
        return [name for name in self.order if name not in known and name in read]

    def _differs(self, name: str, others: list[str], known: Mapping[str, Value]) -> bool:
        """Whether two answers to a question lead to different outcomes for some answers to the others."""
        if self.left <= 0:
            return True
        _, candidates = self._evaluated(known)
        if name not in candidates:
            return False
        if self._seen_to_differ(name, known):
            return True
        following = next((each for each in others if each in candidates and self._can_try(each, name)), None)
        if following is None:
            return not self.answers[name].exact or len(candidates) > 1
        rest = [each for each in others if each != following]
        ways = self.answers[following].values
        return any(self._differs(name, rest, {**known, following: answer}) for answer in ways)

    def _can_try(self, other: str, name: str) -> bool:
        return other != name and self.answers[other].exact

    def _seen_to_differ(self, name: str, known: Mapping[str, Value]) -> bool:
        """Whether two of the answers tried lead to different outcomes already, whatever else is unknown."""
        first: list[Value] = []
        for answer in self.answers[name].values:
            outcome, _ = self._evaluated({**known, name: answer})
            if is_unknown(outcome):
                continue
            if first and equal(first[0], outcome) is not True:
                return True
            first = first or [outcome]
        return False


def _undecided(trace: Trace) -> Iterator[str]:
    """Expressions that conditions not yet decided read: what their column asks, and the results still possible."""
    table = trace.table
    if table is None:
        yield from (name for name, value in trace.inputs if is_unknown(value))
        return
    undecided, possible = trace.possible & ~trace.certain, trace.possible
    if table.hit_policy == "FIRST" and trace.certain:
        first = trace.certain & -trace.certain
        undecided, possible = undecided & (first - 1), possible & (2 * first - 1)
    unknown = [at for at, (_, value) in enumerate(trace.inputs) if is_unknown(value)]
    for at, rule in enumerate(table.rules):
        if undecided >> at & 1:
            yield from (table.inputs[column].expression for column in unknown if rule.inputs[column] not in ("", "-"))
        if possible >> at & 1:
            yield from rule.outputs


def _words(text: str, model: Model) -> Iterator[str]:
    """Names of input data that an expression may read: those whose name stands in it outside quotation marks."""
    for element in model.inputs:
        if mentions(text, element.name):
            yield element.name


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
            if mentions(clause.expression, name):
                return at
    return 10_000
