"""Commands for procedures: list and show them, and test a folder before it is released."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from kastor.cases.authoring import Report
    from kastor.cases.procedure import Procedure

out = Console()

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Language = Annotated[str, typer.Option(help="Language of what is found, de or en.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="Procedures of the digital colleague.", no_args_is_help=True)
    app.add_typer(own, name="procedure")
    own.command("list")(list_command)
    own.command("show")(show_command)
    own.command("test")(try_command)
    own.command("precheck")(precheck_command)


def list_command(as_json: AsJson = False) -> None:
    """List the procedures that come with Kastor."""
    from kastor.cases.procedure import shipped

    found = [_entry(one) for one in shipped().values()]
    if as_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("id", "name", "law", "autonomy", "slots", "rules", "cases", "version")
    for one in found:
        numbers = [str(one[name]) for name in ("slots", "rules", "cases")]
        table.add_row(one["id"], one["name"]["de"], one["law"], one["autonomy"], *numbers, one["version"][:12])
    out.print(table)


def show_command(
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="Id of a shipped one, or a folder.")],
    as_json: AsJson = False,
) -> None:
    """Show a procedure: its outcomes, questions, deadlines and sources of law."""
    one = _found(procedure)
    if as_json:
        print(orjson.dumps(_whole(one), option=orjson.OPT_INDENT_2).decode())
        return
    about = one.about
    out.print(f"[bold]{about.names['de']}[/bold] ({one.id}, {about.law}, {about.autonomy})", highlight=False)
    out.print(f"  version {one.version}", highlight=False)
    outcomes = Table("outcome", "name", "in favour", "without a person", "letter")
    words = {True: "yes", False: "no", None: "neither"}
    for outcome in about.outcomes:
        outcomes.add_row(
            outcome.id, outcome.names["de"], words[outcome.favourable], words[outcome.automatic], outcome.letter
        )
    out.print(outcomes)
    slots = Table("slot", "title", "type", "source", "asked", "personal")
    for slot in one.form.slots.values():
        asked, personal = words[slot.ask], words[slot.personal]
        slots.add_row(slot.id, slot.title["de"], slot.kind, slot.source, asked, personal)
    out.print(slots)
    for deadline in about.deadlines:
        out.print(f"  {deadline.id}: {deadline.within} ({deadline.counted}). {deadline.reason}", markup=False)
    for basis in about.basis:
        out.print(f"  {basis.source}: {basis.text}", markup=False, highlight=False)


def try_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the procedure.")],
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Run the worked cases of a procedure and all checks for its author; ends with code 1 when something is wrong."""
    from kastor.cases.authoring import report
    from kastor.cases.procedure import InvalidProcedure, read

    if language not in ("de", "en"):
        raise typer.BadParameter(f"{language!r} is neither de nor en.", param_hint="--language")
    try:
        found = report(read(folder))
    except InvalidProcedure as error:
        _say_problems(error.problems, language, as_json)
        raise typer.Exit(1) from error
    if as_json:
        print(orjson.dumps(_report(found), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(found, language)
    if not found.passed:
        raise typer.Exit(1)


def precheck_command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="XPlanGML file or archive.", exists=True)],
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="GeoJSON of the project.", exists=True)],
    name: Annotated[str, typer.Option("--name", help="Name or id of the plan, where the file has several.")] = "",
    number: Annotated[str, typer.Option(help="Number of the case, as it stands in the list.")] = "",
    output: Annotated[Path | None, typer.Option(help="Write the list to this file, .xml or .pdf.")] = None,
    language: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Check a building project against a development plan: a list of findings in the manner of XBau 1140, no permit."""
    from datetime import date

    from kastor.cases import papers, precheck
    from kastor.cases.letters import day_in_words
    from kastor.formats.errors import FormatError
    from kastor.formats.xplanung import read
    from kastor.planning.plan_limits import limits

    try:
        plans = [one for one in read(plan).plans if name in ("", one.name, one.object.id)]
        if len(plans) != 1:
            raise typer.BadParameter(f"{len(plans)} plans fit. Name one with --name.", param_hint="--name")
        planned = precheck.project_of(orjson.loads(project.read_bytes()))
    except (precheck.ProjectError, orjson.JSONDecodeError, FormatError) as error:
        raise typer.BadParameter(str(error)) from error
    found = precheck.precheck(planned, limits(plans[0].object.id, plans[0]))
    if output is not None:
        today = date.today()
        paper = output.suffix.lower() == ".pdf"
        output.write_bytes(
            papers.findings_pdf(found, language, number, day_in_words(today, language))
            if paper
            else precheck.as_xml(found, number, today)
        )
    if as_json:
        print(
            orjson.dumps(
                {"facts": found.facts(), "findings": precheck.as_json(found)}, option=orjson.OPT_INDENT_2
            ).decode()
        )
        return
    table = Table("rule", "result", "finding", "source")
    for row in precheck.rows(found, language):
        table.add_row(*row)
    out.print(table)
    out.print(precheck.NOTICE["en" if language == "en" else "de"], highlight=False)


def _found(named: str) -> Procedure:
    from kastor.cases.procedure import InvalidProcedure, read, shipped

    if named in shipped():
        return shipped()[named]
    try:
        return read(Path(named))
    except InvalidProcedure as error:
        known = ", ".join(shipped())
        raise typer.BadParameter(f"{error}\nShipped are: {known}.", param_hint="PROCEDURE") from error


def _entry(one: Procedure) -> dict[str, Any]:
    from kastor.cases.procedure import tables

    rules = sum(len(table.rules) for _, table in tables(one))
    return {
        "id": one.id, "name": dict(one.about.names), "law": one.about.law, "autonomy": one.about.autonomy,
        "slots": len(one.form.slots), "rules": rules, "cases": len(one.cases), "version": one.version,
    }  # fmt: skip


def _whole(one: Procedure) -> dict[str, Any]:
    return {**_entry(one), "about": one.about.model_dump(mode="json"), "form": one.form.schema}


def _report(found: Report) -> dict[str, Any]:
    return {
        "procedure": found.procedure,
        "version": found.version,
        "passed": found.passed,
        "cases": [{"id": one.id, "name": one.name, "wrong": list(one.wrong)} for one in found.cases],
        "problems": [{"file": one.file, "place": one.place, "de": one.de, "en": one.en} for one in found.problems],
        "hints": [{"file": one.file, "place": one.place, "de": one.de, "en": one.en} for one in found.hints],
    }


def _show(found: Report, language: str) -> None:
    wrong = [one for one in found.cases if one.wrong]
    out.print(f"[bold]{found.procedure}[/bold] {found.version[:12]}", highlight=False)
    out.print(f"  {len(found.cases) - len(wrong)} of {len(found.cases)} worked cases come out", highlight=False)
    for one in wrong:
        out.print(f"  {one.id} {one.name}: {'; '.join(one.wrong)}", markup=False, highlight=False)
    _say_problems(found.problems, language, as_json=False)
    for hint in found.hints:
        words = hint.de if language == "de" else hint.en
        out.print(f"  hint: {hint.file}, {hint.place}: {words}", markup=False, highlight=False)


def _say_problems(problems: Any, language: str, as_json: bool) -> None:
    if as_json:
        listed = [{"file": one.file, "place": one.place, "de": one.de, "en": one.en} for one in problems]
        print(orjson.dumps({"passed": False, "problems": listed}, option=orjson.OPT_INDENT_2).decode())
        return
    for one in problems:
        words = one.de if language == "de" else one.en
        place = f", {one.place}" if one.place else ""
        out.print(f"  {one.file}{place}: {words}", markup=False, highlight=False)
