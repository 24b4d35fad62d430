"""Commands for plans in the standard XPlanung: what is in a file, and what in it breaks the standard."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.store.visibility import State
from kastor.web.settings import Settings

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


@xplanung_app.command("load")
def load_command(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="XPlanGML files or archives.", exists=True)],
    state: Annotated[
        State | None, typer.Option(help="Who may see the plans; new ones are public when left out.")
    ] = None,
    owner: Annotated[str, typer.Option(help="Whose plans they are.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the plans.")] = "",
    date: Annotated[str, typer.Option(help="Date of the plans, ISO 8601.")] = "",
    source_crs: Annotated[str, typer.Option(help="Reference system of files that name none or the wrong one.")] = "",
    tiles: Annotated[bool, typer.Option("--tile/--no-tile", help="Bring the tiles up to date after.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Load plans into a tenant, each file as a dataset of its own, each all or nothing."""
    from kastor.loading import load, tile
    from kastor.loading.features import make_features
    from kastor.loading.plans import dataset_name
    from kastor.store import Dataset, open_tenant
    from kastor.store.plans import plans_of

    done = []
    with open_tenant(Settings().home, tenant) as opened:
        for path in files:
            dataset = dataset_name(path)
            known = next((d for d in opened.datasets() if d.id == dataset), Dataset(dataset, path.stem))
            if state is not None and known.loaded:
                opened.set_state(dataset, state)
            facts = replace(
                known, owner=owner or known.owner, licence=licence or known.licence, date=date or known.date,
                attribution=known.attribution or owner, state=state or known.state,
            )  # fmt: skip
            loaded = load(opened, [path], facts, source_crs=source_crs or None)
            named = [p for p in plans_of(opened.database) if p.dataset == dataset]
            done.append(
                {"file": path.name, "dataset": dataset, "plans": [p.id for p in named], "report": loaded.report}
            )
            if not as_json:
                counts = Counter(f["code"] for f in loaded.report["findings"])
                found = "".join(f", {n} x {code}" for code, n in counts.items())
                names = ", ".join(p.facts.name or p.id for p in named)
                out.print(f"{dataset}: {names} ({loaded.result.kinds.get('plan_area', 0)}){found}", markup=False)
        if tiles:
            tile(opened)
            make_features(opened)
    if as_json:
        print(orjson.dumps(done, option=orjson.OPT_INDENT_2).decode())


@xplanung_app.command("lift")
def lift_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="XPlanGML file or archive of version 4.x or 5.x.", exists=True)
    ],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="XPlanGML 6.0 file to write.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was not taken as JSON.")] = False,
) -> None:
    """Write a plan in XPlanGML 6.0, and list what 6.0 has no place for."""
    from kastor.formats.xplanung import read, write
    from kastor.formats.xplanung.lift import lifted

    done = lifted(read(file))
    count = write(done.file, target)
    if as_json:
        print(orjson.dumps([asdict(one) for one in done.lost], option=orjson.OPT_INDENT_2).decode())
        return
    out.print(f"{count:,} objects written to {target} as XPlanGML {done.file.version}.", highlight=False)
    for (kind, name), number in Counter((one.kind, one.attribute) for one in done.lost).most_common():
        out.print(f"  not taken: {number} x {kind} {name}".rstrip(), markup=False, highlight=False)


@xplanung_app.command("export")
def export_command(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")],
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="Id of the variant.")],
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="XPlanGML 6.0 file to write.")],
    revision: Annotated[
        int | None, typer.Option(help="Revision of the variant; the present one when left out.")
    ] = None,
    plan: Annotated[str, typer.Option(help="Id of a plan whose area the draft is for.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was not taken as JSON.")] = False,
) -> None:
    """Write a variant as the draft of a plan in XPlanGML 6.0, and list what is not in it."""
    from kastor.formats.xplanung import write
    from kastor.planning import changes
    from kastor.planning.plan_draft import left_json, plan_draft
    from kastor.store import open_tenant, variants

    with open_tenant(Settings().home, tenant) as opened:
        found = variants.variant(opened.database, variant)
        edits = changes.read(variants.saved(opened.database, variant, revision).edits)
        draft = plan_draft(opened, found.name, edits, plan)
        count = write(draft.file, target)
    if as_json:
        print(orjson.dumps(list(left_json(draft.left)), option=orjson.OPT_INDENT_2).decode())
        return
    out.print(f"{count:,} objects written to {target} as XPlanGML {draft.file.version}.", highlight=False)
    for one in draft.left:
        out.print(f"  not taken: {one.edit} ({one.kind}). {one.words['en']}", markup=False, highlight=False)


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
