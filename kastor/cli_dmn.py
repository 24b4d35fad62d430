"""Commands for models of decisions (DMN): run their tests, check them, decide with them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console

if TYPE_CHECKING:
    from kastor.cases.dmn.tck import Outcome

out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    dmn_app = typer.Typer(help="Models of decisions (DMN).", no_args_is_help=True)
    app.add_typer(dmn_app, name="dmn")
    dmn_app.command("test")(run_tests)
    dmn_app.command("check")(check_command)


def refuse(error: Exception) -> NoReturn:
    """Say what is wrong in a sentence and end with code 1."""
    err.print(f"[red]{type(error).__name__}[/red]: ", end="")
    err.print(str(error), markup=False)
    raise typer.Exit(1)


def run_tests(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder with models and tests.", exists=True, file_okay=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Run test files of the form of the DMN TCK and say which cases pass."""
    from kastor.cases.dmn import DmnError
    from kastor.cases.dmn.tck import run, summary

    try:
        outcomes = run(folder)
    except DmnError as error:
        refuse(error)
    counted = summary(outcomes)
    if as_json:
        found = {"summary": asdict(counted), "files": _files(outcomes)}
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        for each in outcomes:
            if not each.passed:
                out.print(_line(each), markup=False, highlight=False)
        out.print(
            f"{counted.cases_passed} of {counted.cases} cases pass ({counted.results_passed} of {counted.results} "
            f"results, {counted.non_null_passed} of {counted.non_null} where something else than null is expected).",
            highlight=False,
        )
    if counted.cases_passed < counted.cases:
        raise typer.Exit(1)


def _files(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    from kastor.cases.feel.functions_texts import written

    files: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for each in outcomes:
        result = {
            "node": each.node, "passed": each.passed, "expected": written(each.expected),
            "found": written(each.found), "notes": list(each.notes),
        }  # fmt: skip
        files.setdefault(each.file, {}).setdefault(each.case, []).append(result)
    return [
        {
            "file": file,
            "cases": [
                {"id": case, "passed": all(result["passed"] for result in results), "results": results}
                for case, results in cases.items()
            ],
        }
        for file, cases in files.items()
    ]


def _line(outcome: Outcome) -> str:
    from kastor.cases.feel.functions_texts import written

    expected, found = (written(value)[:200] for value in (outcome.expected, outcome.found))
    notes = f" ({'; '.join(outcome.notes)})" if outcome.notes else ""
    return f"{outcome.file}, case {outcome.case}, {outcome.node}: expected {expected}, found {found}{notes}"


def check_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DMN file.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Say what an author should know: what cannot be read, gaps, rules that overlap or never decide."""
    from kastor.cases import dmn

    try:
        model = dmn.read(file.read_bytes())
        problems = dmn.problems(model)
        tables = [each.name for each in model.decisions if isinstance(each.logic, dmn.DecisionTable)]
        found = {name: dmn.analyse(model, name) for name in tables}
    except (dmn.DmnError, dmn.FeelError) as error:
        refuse(error)
    if as_json:
        report = {"problems": problems, "tables": {name: asdict(analysis) for name, analysis in found.items()}}
        typer.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        for line in [*problems, *(line for name, each in found.items() for line in _sentences(name, each))]:
            out.print(line, markup=False, highlight=False)
        out.print(f"{len(tables)} tables looked at.", highlight=False)
    if problems:
        raise typer.Exit(1)


def _sentences(name: str, analysis: Any) -> list[str]:
    """What was found in one table, a sentence each."""
    found = [f"{name}: no rule for {' | '.join(gap)}" for gap in analysis.gaps]
    for overlap in analysis.overlaps:
        where = " | ".join(overlap.where)
        found.append(f"{name}: rules {overlap.first} and {overlap.second} both hold for {where}")
    found += [f"{name}: rule {position} never decides" for position in analysis.unreachable]
    for position, column, cell in analysis.not_analysable:
        found.append(f"{name}: rule {position}, {column}: {cell} computes and is not analysable")
    if not analysis.complete:
        found.append(f"{name}: the table is too large to be looked at as a whole")
    return found
