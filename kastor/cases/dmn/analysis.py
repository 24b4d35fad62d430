"""What an author should know about a table before it decides: gaps, rules that overlap, rules that never decide.

Method: each column splits into the answers its cells tell apart (:mod:`kastor.cases.dmn.atoms`); a rule is then a box,
one set of answers a column, and gaps, overlaps and cover are questions about boxes. Numbers are decimal: between
``<= 2`` and ``>= 3`` there is a gap. A gap or overlap at null counts only where a cell names null; a rule
that only null leads to is not called unreachable. A cell that computes is named as not
analysable; its rule covers nothing and overlaps nothing here.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kastor.cases import feel
from kastor.cases.dmn.atoms import NULL, Atom, atoms, constants
from kastor.cases.dmn.errors import DmnError
from kastor.cases.dmn.model import Decision, DecisionTable, InputClause, Model
from kastor.cases.dmn.representatives import allowed_values, kind_of, listed_values
from kastor.cases.feel.types import simple_type
from kastor.cases.feel.values import RUN, Run, Value

MOST_GAPS: Final = 20
MOST_STEPS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules, by position from 1, that hold for the same answers, and whether their results differ."""

    first: int
    second: int
    where: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found in one table.

    Attributes
    ----------
    gaps : tuple of tuple of str
        Answers, a text for each column as a cell would write it, for which no rule holds and nothing is the default.
    overlaps : tuple of Overlap
        Pairs of rules that hold together where the hit policy allows one only, or only equal results.
    unreachable : tuple of int
        Positions of rules, from 1, that never make the outcome.
    not_analysable : tuple of (int, str, str)
        Rule, column and cell that compute; what is said above leaves these rules out.
    complete : bool
        Whether all of the table was looked at; a very large one is left half-way.
    """

    gaps: tuple[tuple[str, ...], ...]
    overlaps: tuple[Overlap, ...]
    unreachable: tuple[int, ...]
    not_analysable: tuple[tuple[int, str, str], ...]
    complete: bool = True


def analyse(model: Model, decision: str) -> Analysis:
    """Gaps, overlaps and unreachable rules of the table of a decision.

    Raises
    ------
    DmnError
        The decision has no table, or there is none of that name.
    """
    element = model.named(decision)
    if not isinstance(element, Decision) or not isinstance(element.logic, DecisionTable):
        raise DmnError(f"{model.name}: {decision!r} is no decision with a table")
    return _Boxes(model, element.logic).analysis()


class _Boxes:
    """The rules of a table as boxes: for each column the set of atoms (bits) a rule's cell takes."""

    def __init__(self, model: Model, table: DecisionTable) -> None:
        self.table = table
        self.steps = 0
        self.unreadable: list[tuple[int, str, str]] = []
        self.columns: list[list[Atom]] = []
        self.told: list[int] = []
        self.boxes: list[list[int]] = [[] for _ in table.rules]
        for at, clause in enumerate(table.inputs):
            self._add_column(model, clause, [rule.inputs[at] or "-" for rule in table.rules])
        computing = {position for position, _, _ in self.unreadable}
        self.known = [at for at in range(len(table.rules)) if at + 1 not in computing]

    def _add_column(self, model: Model, clause: InputClause, cells: list[str]) -> None:
        named: list[Value] = []
        for position, cell in enumerate(cells, 1):
            values = constants(cell)
            if values is None:
                self.unreadable.append((position, clause.label, cell))
            else:
                named += values
        column = _domain(model, clause, named)
        asks_null = any(value is None for value in named)
        column = column if asks_null else [NULL, *column]
        self.columns.append(column)
        self.told.append((1 << len(column)) - (1 if asks_null or len(column) == 1 else 2))
        for at, cell in enumerate(cells):
            known = constants(cell) is not None
            self.boxes[at].append(_mask(cell, column) if known else 0)

    def analysis(self) -> Analysis:
        default = all(output.default for output in self.table.outputs)
        gaps = () if default else tuple(self._gaps(0, frozenset(self.known), ()))[:MOST_GAPS]
        return Analysis(
            gaps=gaps,
            overlaps=tuple(self._overlaps()),
            unreachable=tuple(self._unreachable()),
            not_analysable=tuple(self.unreadable),
            complete=self.steps < MOST_STEPS,
        )

    def _groups(self, column: int, rules: frozenset[int], within: int) -> dict[frozenset[int], int]:
        """Atoms of a column (bits, only those within) by the rules that take them."""
        found: dict[frozenset[int], int] = {}
        for bit in range(len(self.columns[column])):
            if within >> bit & 1:
                taking = frozenset(at for at in rules if self.boxes[at][column] >> bit & 1)
                found[taking] = found.get(taking, 0) | 1 << bit
        return found

    def _gaps(self, column: int, rules: frozenset[int], before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if not rules:
            yield (*before, *("-" for _ in self.columns[column:]))
            return
        if column == len(self.columns):
            return
        for taking, bits in self._groups(column, rules, self.told[column]).items():
            self.steps += 1
            if self.steps >= MOST_STEPS:
                return
            yield from self._gaps(column + 1, taking, (*before, self._text(column, bits)))

    def _text(self, column: int, bits: int) -> str:
        if bits == self.told[column]:
            return "-"
        return ", ".join(atom.text for at, atom in enumerate(self.columns[column]) if bits >> at & 1)

    def _overlaps(self) -> Iterator[Overlap]:
        if self.table.hit_policy not in ("UNIQUE", "ANY"):
            return
        for second in self.known:
            for first in self.known:
                if first >= second:
                    break
                pairs = zip(self.boxes[first], self.boxes[second], self.told, strict=True)
                shared = [a & b & told for a, b, told in pairs]
                differs = self.table.rules[first].outputs != self.table.rules[second].outputs
                if all(shared) and (differs or self.table.hit_policy == "UNIQUE"):
                    where = tuple(self._text(column, bits) for column, bits in enumerate(shared))
                    yield Overlap(first + 1, second + 1, where, differs)

    def _unreachable(self) -> Iterator[int]:
        for at in self.known:
            stronger = frozenset(other for other in self.known if other < at) if self._first_wins() else frozenset()
            if not all(self.boxes[at]) or self._covered(0, at, stronger):
                yield at + 1

    def _first_wins(self) -> bool:
        return self.table.hit_policy == "FIRST"

    def _covered(self, column: int, rule: int, others: frozenset[int]) -> bool:
        """Whether other rules together take everything a rule takes."""
        if not others:
            return False
        if column == len(self.columns):
            return True
        self.steps += 1
        if self.steps >= MOST_STEPS:
            return False
        groups = self._groups(column, others, self.boxes[rule][column])
        return all(self._covered(column + 1, rule, taking) for taking in groups)


def _domain(model: Model, clause: InputClause, named: list[Value]) -> list[Atom]:
    """The answers a column may get: those it or the type of its input lists, else those its cells tell apart."""
    declared = listed_values(clause.values)
    if declared is None:
        declared = allowed_values(model, clause.expression)
    if declared is not None:
        return (
            [atom for atom in atoms(declared) if not atom.text.startswith("not(")]
            if _texts(declared)
            else (atoms(declared, kind_of(model, clause.expression)))
        )
    kind = simple_type(clause.type_ref)
    found = atoms(named, kind.kind if kind is not None else kind_of(model, clause.expression))
    if clause.values:
        within = _mask(clause.values, found)
        found = [atom for at, atom in enumerate(found) if within >> at & 1]
    return found


def _texts(values: list[Value]) -> bool:
    return all(isinstance(value, str) for value in values)


@functools.lru_cache(maxsize=4096)
def _test(cell: str) -> feel.Test:
    return feel.parse_tests(cell)


def _mask(cell: str, column: list[Atom]) -> int:
    """Which answers of a column a cell takes, as bits."""
    try:
        test = _test(cell)
    except feel.FeelError:
        return 0
    found = 0
    for at, atom in enumerate(column):
        if test.code(atom.value, {RUN: Run()}) is True:
            found |= 1 << at
    return found
