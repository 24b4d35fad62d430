"""Commands for plans in the standard XPlanung: what is in a file, and what in it breaks the standard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from kastor.formats.xplanung.check import Checked

out = Console()
xplanung_app = typer.Typer(help="Plans in the standard XPlanung.", no_args_is_help=True)

LISTED = 10
"""Findings of one code that are printed; the rest is counted. JSON has them all."""


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(xplanung_app, name="xplanung")


@xplanung_app.callback()
def about() -> None:
    """Plans in the standard XPlanung."""


@xplanung_app.command("check")
def check_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="XPlanGML files or archives.", exists=True)],
    schemas: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the schemas of XPlanGML, such as XPlanGML_6_0.zip.", exists=True, file_okay=False
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the findings, de or en.")] = "de",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say what plan files hold and what breaks the standard; ends with code 1 when something does."""
    from kastor.formats.xplanung.check import as_json as plain
    from kastor.formats.xplanung.check import check

    if language not in ("de", "en"):
        raise typer.BadParameter(f"{language!r} is neither de nor en.", param_hint="--language")
    checks = [check(path, schemas) for path in files]
    if as_json:
        print(orjson.dumps([plain(one) for one in checks], option=orjson.OPT_INDENT_2).decode())
    else:
        for one in checks:
            show(one, language)
    if not all(one.sound for one in checks):
        raise typer.Exit(1)


def show(checked: Checked, language: str) -> None:
    """One file in short."""
    from kastor.formats.xplanung.texts import text

    out.print(f"[bold]{checked.source}[/bold]", highlight=False)
    if file := checked.file:
        out.print(f"  XPlanGML {file.version}, {file.crs or '?'}", highlight=False)
        for plan in file.plans:
            sections = f"{len(plan.sections)} Bereiche" if language == "de" else f"{len(plan.sections)} sections"
            out.print(
                f"  {plan.object.kind} {plan.name or plan.object.id}: {sections}, {len(plan.objects)}", markup=False
            )
        table = Table("Klasse" if language == "de" else "class", "Objekte" if language == "de" else "objects")
        for kind, count in file.counts().items():
            table.add_row(kind, f"{count:,}")
        out.print(table)
    listed: Counter[str] = Counter()
    for finding in checked.findings:
        listed[finding.code] += 1
        if listed[finding.code] <= LISTED:
            who = f"{finding.kind} {finding.object_id}".strip()
            out.print(f"  {finding.severity}  {finding.code}  {who}", markup=False, highlight=False)
            out.print(f"    {text(finding, language)}", markup=False, highlight=False)
    for code, count in listed.items():
        if count > LISTED:
            more = "weitere" if language == "de" else "more"
            out.print(f"  {code}: {count - LISTED} {more} (--json)", markup=False, highlight=False)
