"""Deciding with a table: which rules hold, which might, and what the hit policy makes of them.

Method: each column tests each different cell text once and keeps the rules it stands in as bits of a number; the rules
that hold are the bits all columns agree on. So a hundred rules cost about as much as their different cells.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kastor.cases import feel
from kastor.cases.dmn.atoms import OTHER_TEXT, constants_of
from kastor.cases.dmn.model import DecisionTable
from kastor.cases.feel import tree
from kastor.cases.feel.compiler import compiled_test
from kastor.cases.feel.functions_lists import maximum, minimum, total
from kastor.cases.feel.operators import equal
from kastor.cases.feel.types import Type, fitted
from kastor.cases.feel.values import NUMBERS, RUN, UNKNOWN, Code, Run, Scope, Value, is_unknown, note

TestCode = Callable[[Value, Scope], Value]
# so many undecided rules are tried in all combinations; with more the outcome counts as unknown
MOST_UNDECIDED: Final = 5


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule in one decision: whether it held (None: not known yet), whether it made the outcome, its reason."""

    id: str
    position: int
    hit: bool | None
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One decision as it was made.

    Attributes
    ----------
    decision : str
        Its name, or that of the knowledge whose table was used.
    value : object
        The outcome.
    inputs : tuple of (str, object)
        What was asked, by label, and the answers.
    table : DecisionTable or None
        The table, if it was made by one.
    """

    decision: str
    value: Value
    inputs: tuple[tuple[str, Value], ...]
    table: DecisionTable | None = None
    certain: int = 0
    possible: int = 0
    used: tuple[int, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the table; empty without one."""
        return "" if self.table is None else self.table.hash

    @property
    def rules(self) -> tuple[RuleTrace, ...]:
        """All rules in order, positions counted from 1."""
        if self.table is None:
            return ()
        return tuple(
            RuleTrace(
                id=rule.id,
                position=at + 1,
                hit=True if self.certain >> at & 1 else None if self.possible >> at & 1 else False,
                applied=at in self.used,
                reason=self.table.reason(at),
            )
            for at, rule in enumerate(self.table.rules)
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of the rules that made the outcome."""
        return tuple(rule.reason for rule in self.rules if rule.applied and rule.reason)


@dataclass(slots=True)
class TableRun(Run):
    """A computation that keeps the traces of its decisions."""

    traces: list[Trace] | None = None


class Column:
    """The conditions of one column, ready to be tested.

    Where all cells compare with constants, the answers they tell apart are worked out beforehand: a text or boolean is
    looked up, a number is searched among the limits. Everything else is tested cell by cell.
    """

    __slots__ = ("allowed", "always", "asking", "expression", "label", "limits", "looked_up", "steps", "tests")

    def __init__(self, label: str, expression: Code, cells: list[feel.Test], allowed: TestCode | None) -> None:
        self.label = label
        self.expression = expression
        self.allowed = allowed
        groups: dict[str, tuple[feel.Test, int]] = {}
        for at, cell in enumerate(cells):
            groups[cell.text] = (cell, groups.get(cell.text, (cell, 0))[1] | 1 << at)
        self.always = sum(mask for cell, mask in groups.values() if not cell.node.items)
        self.tests: list[tuple[TestCode, int]] = [
            (cell.code, mask) for cell, mask in groups.values() if cell.node.items
        ]
        self.asking = sum(mask for _, mask in self.tests)
        self.looked_up: dict[type, tuple[dict[Value, int], int]] = {}
        self.limits: list[Decimal] = []
        self.steps: list[int] = []
        named = [constants_of(cell.node) for cell, _ in groups.values()]
        if all(found is not None for found in named):
            self._work_out([value for found in named for value in found or ()])

    def _work_out(self, named: list[Value]) -> None:
        texts = {value for value in named if isinstance(value, str)}
        self.looked_up = {
            str: ({text: self._tested(text, {})[0] for text in texts}, self._tested(OTHER_TEXT, {})[0]),
            bool: ({value: self._tested(value, {})[0] for value in (True, False)}, 0),
        }
        self.limits = sorted({value for value in named if isinstance(value, Decimal)})
        answers = [NUMBERS.next_minus(self.limits[0]) if self.limits else Decimal(0)]
        for limit in self.limits:
            answers += [limit, NUMBERS.next_plus(limit)]
        self.steps = [self._tested(answer, {})[0] for answer in answers]

    def masks(self, value: Value, scope: Scope, alive: int) -> tuple[int, int]:
        """Rules whose condition holds, and those of which it is not known; only those still alive are asked."""
        kind = type(value)
        if kind is Decimal and self.steps:
            at = bisect.bisect_left(self.limits, value)
            exact = at < len(self.limits) and self.limits[at] == value
            return self.steps[2 * at + exact], 0
        found = self.looked_up.get(kind)
        if found is not None:
            return found[0].get(value, found[1]), 0
        if value is UNKNOWN and self.looked_up:
            return self.always, self.asking
        return self._tested(value, scope, alive)

    def _tested(self, value: Value, scope: Scope, alive: int = -1) -> tuple[int, int]:
        certain, unknown = self.always, 0
        for test, mask in self.tests:
            if mask & alive:
                answer = test(value, scope)
                if answer is True:
                    certain |= mask
                elif answer is UNKNOWN:
                    unknown |= mask
        return certain, unknown


@dataclass(frozen=True, slots=True)
class Output:
    """One column of results: cells, default, type, and how to rank its values."""

    name: str
    cells: tuple[Code, ...]
    default: Code | None
    type: Type | None
    ranks: tuple[TestCode, ...]


class Table:
    """A decision table, ready to decide."""

    def __init__(
        self, table: DecisionTable, owner: str, columns: list[Column], outputs: list[Output], types: Mapping[str, Type]
    ) -> None:
        self.table = table
        self.owner = owner
        self.columns = columns
        self.outputs = outputs
        self.types = types
        self.everything = (1 << len(table.rules)) - 1
        self.policy = table.hit_policy
        # a list has one value more for each rule more, so that one undecided rule leaves it open
        self._lists = table.hit_policy in _LISTS and not table.aggregation

    def __call__(self, scope: Scope) -> Value:
        """The outcome in a scope; leaves a trace in its run."""
        run: Run | None = scope.get(RUN)
        certain = possible = self.everything
        asked: list[tuple[str, Value]] = []
        valid = True
        for column in self.columns:
            value = column.expression(scope)
            asked.append((column.label, value))
            if column.allowed is not None and value is not None and column.allowed(value, scope) is False:
                note(run, f"{self.owner}: {column.label} = {value!r} is none of the values the table allows")
                valid = False
            holds, unknown = column.masks(value, scope, possible)
            certain &= holds
            possible &= holds | unknown
        outcome, used = self._outcome(certain, possible & ~certain, scope, run) if valid else (None, ())
        if isinstance(run, TableRun) and run.traces is not None:
            run.traces.append(Trace(self.owner, outcome, tuple(asked), self.table, certain, possible, used))
        return outcome

    def _outcome(self, certain: int, open_: int, scope: Scope, run: Run | None) -> tuple[Value, tuple[int, ...]]:
        if not open_:
            return self._decided(tuple(_bits(certain)), scope, run)
        if self.policy == "FIRST":
            first = next(_bits(certain), None)
            before = [at for at in _bits(open_) if first is None or at < first]
            ways = [self._decided((at,), scope, run) for at in before]
            ways.append(self._decided(() if first is None else (first,), scope, run))
        else:
            undecided = list(_bits(open_))
            if len(undecided) > MOST_UNDECIDED or self._lists:
                return UNKNOWN, ()
            sure = tuple(_bits(certain))
            ways = [self._decided(tuple(sorted((*sure, *more))), scope, None) for more in _subsets(undecided)]
        outcome = merged([value for value, _ in ways])
        return outcome, ways[-1][1] if len(ways) == 1 else ()

    def _decided(self, hits: tuple[int, ...], scope: Scope, run: Run | None) -> tuple[Value, tuple[int, ...]]:
        """The outcome of rules that hold, and the rules that made it."""
        if not hits and self.policy != "COLLECT":
            return self._default(scope), ()
        return _POLICIES[self.policy](self, hits, scope, run)

    def _default(self, scope: Scope) -> Value:
        if all(output.default is None for output in self.outputs):
            return None
        values = [None if each.default is None else self._fit(each, each.default(scope)) for each in self.outputs]
        return self._joined(values)

    def _fit(self, output: Output, value: Value) -> Value:
        return value if output.type is None else fitted(value, output.type, self.types)

    def result(self, at: int, scope: Scope) -> Value:
        """What a rule says: a value, or with several columns a context."""
        return self._joined([self._fit(each, each.cells[at](scope)) for each in self.outputs])

    def _joined(self, values: list[Value]) -> Value:
        if len(self.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def rank(self, at: int, scope: Scope) -> tuple[int, ...]:
        """Where the results of a rule stand in the order of the allowed values; less is first."""
        found = []
        for output in self.outputs:
            value = self._fit(output, output.cells[at](scope))
            places = (place for place, test in enumerate(output.ranks) if test(value, scope) is True)
            found.append(next(places, len(output.ranks)))
        return tuple(found)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _subsets(items: list[int]) -> Iterator[tuple[int, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(items, size) for size in range(len(items) + 1))


def merged(values: list[Value]) -> Value:
    """What possible outcomes agree on: the value, or a context with what is open in it as UNKNOWN, or UNKNOWN."""
    first = values[0]
    if all(not is_unknown(value) and equal(first, value) is True for value in values):
        return first
    if all(type(value) is dict and value.keys() == first.keys() for value in values):
        return {key: merged([value[key] for value in values]) for key in first}
    return UNKNOWN


# --- hit policies


Decided = tuple[Value, tuple[int, ...]]


def _unique(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    if len(hits) > 1:
        note(run, f"{table.owner}: rules {_listed(hits)} hold, where only one may")
        return None, ()
    return table.result(hits[0], scope), hits


def _listed(hits: tuple[int, ...]) -> str:
    return ", ".join(str(at + 1) for at in hits)


def _any(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    results = [table.result(at, scope) for at in hits]
    if any(equal(results[0], other) is not True for other in results[1:]):
        note(run, f"{table.owner}: rules {_listed(hits)} hold with different results, where they must be the same")
        return None, ()
    return results[0], hits


def _first(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    return table.result(hits[0], scope), hits[:1]


def _priority(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    best = min(hits, key=lambda at: table.rank(at, scope))
    return table.result(best, scope), (best,)


def _rule_order(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    return [table.result(at, scope) for at in hits], hits


def _output_order(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    ordered = sorted(hits, key=lambda at: table.rank(at, scope))
    return [table.result(at, scope) for at in ordered], tuple(ordered)


def _collect(table: Table, hits: tuple[int, ...], scope: Scope, run: Run | None) -> Decided:
    aggregation = table.table.aggregation
    if not hits and aggregation != "COUNT" and any(each.default is not None for each in table.outputs):
        return table._default(scope), ()
    results = [table.result(at, scope) for at in hits]
    if not aggregation:
        return results, hits
    if len(table.outputs) > 1:
        return {
            each.name: _aggregated(aggregation, [found[each.name] for found in results]) for each in table.outputs
        }, hits
    return _aggregated(aggregation, results), hits


def _aggregated(aggregation: str, values: list[Value]) -> Value:
    if any(is_unknown(value) for value in values):
        return UNKNOWN
    if aggregation == "COUNT":
        return Decimal(len(values))
    return {"SUM": total, "MIN": minimum, "MAX": maximum}[aggregation](values)


_LISTS: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})
_POLICIES: Final[Mapping[str, Callable[..., Decided]]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}


def ready_table(
    table: DecisionTable,
    owner: str,
    expression: Callable[[str], Code],
    tests: Callable[[str], feel.Test],
    types: Mapping[str, Type],
    type_of: Callable[[str], Type | None],
) -> Table:
    """A table with its texts read by the functions given.

    Raises
    ------
    FeelError
        A text is no expression.
    """
    columns = []
    for at, clause in enumerate(table.inputs):
        cells = [tests(rule.inputs[at] or "-") for rule in table.rules]
        allowed = tests(clause.values).code if clause.values else None
        columns.append(Column(clause.label, expression(clause.expression), cells, allowed))
    outputs = []
    for at, output in enumerate(table.outputs):
        texts = [rule.outputs[at] for rule in table.rules]
        read: dict[str, Any] = {text: expression(text) for text in set(texts)}
        outputs.append(
            Output(
                name=output.name,
                cells=tuple(read[text] for text in texts),
                default=expression(output.default) if output.default else None,
                type=type_of(output.type_ref),
                ranks=_ranks(output.values, tests),
            )
        )
    return Table(table, owner, columns, outputs, types)


def _ranks(values: str, tests: Callable[[str], feel.Test]) -> tuple[TestCode, ...]:
    """A test for each of the allowed values, in their order."""
    if not values:
        return ()
    found = tests(values)
    return tuple(_single_test(item) for item in found.node.items)


def _single_test(item: tree.Node) -> TestCode:
    return compiled_test(item, {})
