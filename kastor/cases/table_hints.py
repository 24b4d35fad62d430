"""What of the tables of a procedure is worth a look: gaps, overlaps, rules that never decide, words that are missing.

None of it keeps a procedure from being used. Each hint says in plain words what it is and where, so that a page marks
the place; a gap comes with the cells of the rule that would close it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kastor.cases import dmn
from kastor.cases.condition_words import ANY, in_words
from kastor.cases.deciding import REASON
from kastor.cases.procedure import Problem, Procedure, tables

QUOTED = re.compile(r'"([^"]*)"')

BETWEEN = re.compile(r"^(< 0|\(\d+\.\.\d+\))$")
"""Numbers a count cannot be: below nothing, between two whole ones."""


@dataclass(frozen=True)
class Hint(Problem):
    """
    Something in a table that is worth a look.

    Parameters
    ----------
    kind
        What it is.
    table
        Name of the decision.
    rules
        Ids of the rules it is about; empty for a gap.
    cells
        Of a gap: conditions as a new rule would write them, a text for each column.
    """

    kind: Literal["gap", "overlap", "unreachable", "plain"]
    table: str
    rules: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


def table_hints(procedure: Procedure) -> Iterator[Hint]:
    """Everything in the tables that is worth a look, as far as they can be looked over."""
    for named, table in tables(procedure):
        found = dmn.analyse(procedure.rules, named)
        if table.hit_policy != "COLLECT":
            yield from _gaps(procedure, named, table, found)
        for at in found.unreachable:
            rule = table.rules[at - 1].id
            yield Hint(
                "rules.dmn", rule,
                f"Regel {at} bestimmt nie den Ausgang: Die Regeln darüber sind immer schneller, oder keine Antwort "
                "erfüllt sie. Schieben Sie sie nach oben, ändern oder entfernen Sie sie.",
                f"Rule {at} never makes the outcome: the rules above are always faster, or no answer fulfils it. Move "
                "it up, change or remove it.",
                "unreachable", named, (rule,),
            )  # fmt: skip
        for one in found.overlaps:
            if one.differs:
                yield _overlap(procedure, named, table, one)
        yield from _plain(named, table)


def _gaps(procedure: Procedure, named: str, table: dmn.DecisionTable, found: dmn.Analysis) -> Iterator[Hint]:
    for gap in found.gaps:
        if not _impossible(procedure, table, gap):
            de, en = (_answers_in_words(procedure, table, gap, language) for language in ("de", "en"))
            yield Hint(
                "rules.dmn", named, f"Für diese Antworten gilt keine Regel: {de}.",
                f"No rule is for these answers: {en}.", "gap", named, cells=gap,
            )  # fmt: skip


def _overlap(procedure: Procedure, named: str, table: dmn.DecisionTable, one: dmn.Overlap) -> Hint:
    de, en = (_answers_in_words(procedure, table, one.where, language) for language in ("de", "en"))
    return Hint(
        "rules.dmn", named,
        f"Regel {one.first} und {one.second} gelten zugleich und sagen Verschiedenes. Das geschieht bei: {de}.",
        f"Rules {one.first} and {one.second} hold together and say different things. It happens with: {en}.",
        "overlap", named, (table.rules[one.first - 1].id, table.rules[one.second - 1].id),
    )  # fmt: skip


def _plain(named: str, table: dmn.DecisionTable) -> Iterator[Hint]:
    """Reasons that letters in Leichte Sprache tell in ordinary German, since nobody wrote them in it."""
    column = REASON["leicht"]
    at = table.annotations.index(column) if column in table.annotations else len(table.annotations)
    silent = [rule.id for rule in table.rules if not "".join(rule.annotations[at : at + 1]).strip()]
    if silent:
        yield Hint(
            "rules.dmn", named,
            f"{len(silent)} von {len(table.rules)} Regeln haben keinen Grund in Leichter Sprache. Briefe in Leichter "
            "Sprache nennen dort den gewöhnlichen.",
            f"{len(silent)} of {len(table.rules)} rules have no reason in Leichte Sprache. Letters in it tell the "
            "ordinary German one there.",
            "plain", named, tuple(silent),
        )  # fmt: skip


def _answers_in_words(procedure: Procedure, table: dmn.DecisionTable, cells: tuple[str, ...], language: str) -> str:
    """Answers of each column in words; what may be anything is left out."""
    told = [
        f"{clause.label or clause.expression}: {in_words(cell, procedure.form.slots.get(clause.expression), language)}"
        for clause, cell in zip(table.inputs, cells, strict=True)
        if cell.strip() not in ANY
    ]
    return "; ".join(told) or {"de": "alle", "en": "all"}[language]


def _impossible(procedure: Procedure, table: dmn.DecisionTable, gap: tuple[str, ...]) -> bool:
    """Whether answers of a gap cannot be given: outside of the choices of a slot, or of what a decision says."""
    for clause, cell in zip(table.inputs, gap, strict=True):
        allowed = _answers(procedure, clause.expression)
        if allowed and cell.startswith("not(") and allowed <= set(QUOTED.findall(cell)):
            return True
        slot = procedure.form.slots.get(clause.expression)
        if slot is not None and slot.kind == "integer" and all(BETWEEN.match(part) for part in cell.split(", ")):
            return True
    return False


def _answers(procedure: Procedure, expression: str) -> set[str]:
    """Texts an expression can give; empty when that is open."""
    if expression in procedure.form.slots:
        return {choice.id for choice in procedure.form.slots[expression].choices}
    named, _, part = expression.partition(".")
    table = dict(tables(procedure)).get(named)
    if table is None or table.hit_policy == "COLLECT":
        return set()
    column = [one.name for one in table.outputs].index(part) if part else 0
    cells = [rule.outputs[column] for rule in table.rules]
    return {cell.strip('"') for cell in cells} if all(QUOTED.fullmatch(cell) for cell in cells) else set()
