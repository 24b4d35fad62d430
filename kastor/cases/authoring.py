"""What an author of a procedure is told: whether the worked cases come out as written, and what is not well made.

A procedure that :func:`kastor.cases.procedure.read` takes can run; one that passes here does what its author says.
Each worked case gives facts and what the rules must say; beside that every rule must be reached by a case and have a
reason in both languages, every expression of a letter must name something that is known, and no letter against the
requester may be reached without a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kastor.cases import dmn, feel
from kastor.cases.deciding import REASON, Decided, decide, inputs, open_slots
from kastor.cases.letters import Around, LetterError, letter, unknown_names
from kastor.cases.procedure import Problem, Procedure, tables
from kastor.cases.step_checks import step_problems
from kastor.cases.table_hints import Hint, table_hints

NOWHERE = "-"
"""A sender for letters that are only tried."""


@dataclass(frozen=True)
class Worked:
    """
    A worked case and how it came out.

    Parameters
    ----------
    wrong
        What differs from what its author wrote, in words; empty when nothing does.
    """

    id: str
    name: str
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """
    What an author is told.

    Parameters
    ----------
    cases
        All worked cases.
    problems
        What has to be put right.
    hints
        What is worth a look: answers no rule is for, rules that never decide, reasons without Leichte Sprache.
    """

    procedure: str
    version: str
    cases: tuple[Worked, ...]
    problems: tuple[Problem, ...]
    hints: tuple[Hint, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not any(one.wrong for one in self.cases)


def report(procedure: Procedure) -> Report:
    """Run the worked cases and all checks of a procedure."""
    worked = tuple(Worked(str(one.get("id", i)), str(one.get("name", "")), tuple(_wrong(procedure, one)))
                   for i, one in enumerate(procedure.cases))  # fmt: skip
    problems = (
        *_unreached(procedure), *_reasons(procedure), *_outcomes(procedure), *_letters(procedure),
        *step_problems(procedure), *_facts(procedure),
    )  # fmt: skip
    return Report(procedure.id, procedure.version, worked, problems, tuple(table_hints(procedure)))


def _wrong(procedure: Procedure, case: Mapping[str, Any]) -> Iterator[str]:
    """What of a worked case does not come out."""
    facts, expected = case["facts"], case["expect"]
    decided = decide(procedure, facts)
    if decided.outcome != expected.get("outcome", ""):
        yield f"outcome is {decided.outcome or 'open'}, expected {expected.get('outcome') or 'open'}"
    first = decided.hits[0].rule if decided.hits else ""
    if "rule" in expected and first != expected["rule"]:
        yield f"rule is {first or 'none'}, expected {expected['rule']}"
    told = procedure.outcomes[decided.outcome].letter if decided.outcome else ""
    if "letter" in expected and told != expected["letter"]:
        yield f"letter is {told or 'none'}, expected {expected['letter']}"
    for name, value in expected.get("values", {}).items():
        if not _same(decided.values.get(name), value):
            yield f"{name} is {decided.values.get(name)!r}, expected {value!r}"
    if "open" in expected:
        asked = list(open_slots(procedure, facts))
        if asked != list(expected["open"]):
            yield f"open questions are {asked}, expected {expected['open']}"
    if told:
        yield from _unwritten(procedure, told, case.get("language", "de"), facts, decided)


def _same(found: Any, wanted: Any) -> bool:
    """Whether a value is as written; of a context only what is written counts, of a list its length."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_same(found.get(name), one) for name, one in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(_same(a, b) for a, b in zip(found, wanted, strict=True))
    return bool(found == wanted)


def _unwritten(
    procedure: Procedure, name: str, language: str, facts: Mapping[str, Any], decided: Decided
) -> Iterator[str]:
    around = Around("0", date(2026, 1, 2), sender=NOWHERE, more={"termine": []})
    try:
        written = letter(procedure, name, language, facts, decided, around)
    except LetterError as error:
        yield str(error)
        return
    if "{{" in written.body or not written.subject:
        yield f"letter {name} ({language}) comes out unfinished"


def _unreached(procedure: Procedure) -> Iterator[Problem]:
    """Rules no worked case reaches."""
    reached: set[str] = set()
    for case in procedure.cases:
        known = inputs(procedure, case["facts"])
        for decision in procedure.rules.decisions:
            found = dmn.evaluate(procedure.rules, decision.name, known, missing=dmn.UNKNOWN)
            reached |= {rule.id for trace in found.traces for rule in trace.rules if rule.applied}
    for named, table in tables(procedure):
        for rule in table.rules:
            if rule.id not in reached:
                yield Problem(
                    "cases.json", rule.id, f"Kein Fall erreicht diese Regel von {named}. Schreiben Sie einen.",
                    f"No case reaches this rule of {named}. Write one.",
                )  # fmt: skip


def _reasons(procedure: Procedure) -> Iterator[Problem]:
    for _, table in tables(procedure):
        for rule in table.rules:
            texts = dict(zip(table.annotations, rule.annotations, strict=False))
            for column in (REASON["de"], REASON["en"]):
                if not texts.get(column, "").strip():
                    yield Problem(
                        "rules.dmn", rule.id, f"Die Spalte {column} ist leer. Schreiben Sie, warum die Regel gilt.",
                        f"The column {column} is empty. Write why the rule holds.",
                    )  # fmt: skip


def _outcomes(procedure: Procedure) -> Iterator[Problem]:
    """Outcomes the main table names and the procedure does not know, and those that must not come from a table."""
    table = dict(tables(procedure)).get(procedure.about.decision)
    for rule in table.rules if table else ():
        outcome = rule.outputs[0].strip().strip('"')
        known = procedure.outcomes.get(outcome)
        if known is None:
            yield Problem("rules.dmn", rule.id, f"Den Ausgang {outcome!r} gibt es nicht.", f"No outcome {outcome!r}.")
        elif not known.automatic:
            yield Problem(
                "rules.dmn", rule.id, f"Den Ausgang {outcome!r} entscheidet eine Person, keine Regel.",
                f"A person decides the outcome {outcome!r}, no rule.",
            )  # fmt: skip


def _letters(procedure: Procedure) -> Iterator[Problem]:
    for (language, name), text in procedure.letters.items():
        file = f"letters/{language}/{name}.txt"
        try:
            for missing in unknown_names(text, procedure):
                yield Problem(
                    file, missing, "Weder Formular noch Regeln kennen diesen Namen.", "Neither form nor rules know it."
                )
        except feel.FeelError as error:
            yield Problem(
                file, "", f"Ein Ausdruck ist nicht lesbar: {error}", f"An expression is not readable: {error}"
            )
    against = [one for one in procedure.outcomes.values() if one.favourable is False]
    for outcome in against:
        for language in ("de", "en", "leicht"):
            if "eigene_begruendung" not in procedure.letters[language, outcome.letter]:
                yield Problem(
                    f"letters/{language}/{outcome.letter}.txt", "", "Der Brief braucht {{ eigene_begruendung }}.",
                    "The letter needs {{ eigene_begruendung }}.",
                )  # fmt: skip


def _facts(procedure: Procedure) -> Iterator[Problem]:
    """Facts of cases the form would not take."""
    for case in procedure.cases:
        for slot, value in case["facts"].items():
            wrong = procedure.form.problem(slot, value)
            if wrong:
                yield Problem("cases.json", str(case.get("id", "")), f"Passt nicht ins Formular: {wrong}",
                              f"Does not fit the form: {wrong}")  # fmt: skip
