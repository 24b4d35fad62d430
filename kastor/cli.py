"""The command ``kastor``: thin, it parses, calls and prints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import kastor
from kastor import (
    cli_backup,
    cli_cases,
    cli_channels,
    cli_contracts,
    cli_crafts,
    cli_dmn,
    cli_people,
    cli_procedure,
    cli_processes,
    cli_rainfall,
    cli_run,
    cli_service,
    cli_understand,
    cli_variants,
    cli_weather,
    cli_xplanung,
)
from kastor.city.model import Kind
from kastor.formats.crs_names import normalise
from kastor.formats.errors import FormatError
from kastor.loading import EXPORTS, Loaded, LoadingError, export, load, tile
from kastor.loading import Progress as Watch
from kastor.loading.features import make_features
from kastor.store import Dataset, StoreError, create_tenant, delete_tenant, open_tenant, tenants
from kastor.store.moving import STORES, move_tenant
from kastor.store.visibility import State
from kastor.web.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

app = typer.Typer(help="Kastor: the open urban digital twin.", no_args_is_help=True, pretty_exceptions_enable=False)
tenant_app = typer.Typer(help="Create, list, move and delete tenants.", no_args_is_help=True)
app.add_typer(tenant_app, name="tenant")
cli_backup.add_to(app, tenant_app)
cli_people.add_to(app)
cli_channels.add_to(app, tenant_app)
cli_service.add_to(tenant_app)
cli_contracts.add_to(tenant_app)
cli_processes.add_to(tenant_app)
cli_rainfall.add_to(tenant_app)
cli_weather.add_to(tenant_app)
cli_variants.add_to(app)
cli_run.add_to(app)
cli_procedure.add_to(app)
cli_xplanung.add_to(app)
cli_understand.add_to(app)
cli_dmn.add_to(app)
cli_cases.add_to(app)
cli_crafts.add_to(app)

out = Console()
err = Console(stderr=True)

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Addresses only this machine reaches."""

KINDS = ", ".join(kind.name.lower() for kind in Kind)


def main() -> None:
    """Run the command; errors of data and store are sentences, not tracebacks."""
    try:
        app()
    except (FormatError, StoreError, LoadingError) as error:
        err.print(f"[red]{type(error).__name__}[/red]: ", end="")
        err.print(str(error), markup=False)
        sys.exit(1)


def print_version(wanted: bool) -> None:
    """Answer ``--version``."""
    if wanted:
        out.print(f"kastor {kastor.__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=print_version)
    ] = False,
) -> None:
    """Kastor: the open urban digital twin."""


@tenant_app.command("create")
def create(
    tenant: TenantId,
    title: Annotated[str, typer.Option(help="Name of the town or company.")] = "",
    crs: Annotated[str, typer.Option(help="Plane and height reference system.")] = "EPSG:25832+7837",
    description: Annotated[str, typer.Option(help="Two sentences in German: what the twin shows.")] = "",
    description_en: Annotated[str, typer.Option(help="The same in English.")] = "",
    accent: Annotated[str, typer.Option(help="Accent colour, such as #2044aa.")] = "",
) -> None:
    """Create a tenant."""
    normalise(crs)
    words = {"de": description, "en": description_en}
    with create_tenant(home(), tenant, title or tenant, crs, words, accent=accent):
        out.print(f"Tenant {tenant} is ready in {home() / 'tenants' / tenant}.")


@tenant_app.command("list")
def list_tenants(as_json: AsJson = False) -> None:
    """List the tenants."""
    rows: list[dict[str, Any]] = []
    for info in tenants(home()):
        with open_tenant(home(), info.id) as opened:
            rows.append(
                {
                    "id": info.id, "title": info.title, "crs": info.crs, "store": opened.database.dialect,
                    "objects": opened.counts(),
                }
            )  # fmt: skip
    if as_json:
        print_json(rows)
        return
    table = Table("id", "title", "reference system", "store", "objects")
    for row in rows:
        counts = ", ".join(f"{n:,} {kind}" for kind, n in row["objects"].items())
        table.add_row(*(str(row[name]) for name in ("id", "title", "crs", "store")), counts)
    out.print(table)


@tenant_app.command("move")
def move(
    tenant: TenantId,
    store: Annotated[str, typer.Argument(metavar="STORE", help=f"Where its rows go: {' or '.join(STORES)}.")],
) -> None:
    """Move the rows of a tenant into another store; may be repeated at any time."""
    moved = move_tenant(home(), tenant, store)
    out.print(f"The rows of tenant {tenant} are in {store}{'' if moved else ' already'}.")


@tenant_app.command("delete")
def delete(tenant: TenantId, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete a tenant with everything in it, for ever."""
    if not yes:
        typer.confirm(f"Delete tenant {tenant} and all its data for ever?", abort=True)
    delete_tenant(home(), tenant)
    out.print(f"Tenant {tenant} is deleted.")


@app.command("load")
def load_command(
    tenant: TenantId,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of any known format.", exists=True)],
    dataset: Annotated[str, typer.Option(help="Id of the dataset; the first file's name when left out.")] = "",
    title: Annotated[str, typer.Option(help="Title of the dataset.")] = "",
    owner: Annotated[str, typer.Option(help="Who owns the data.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the data.")] = "",
    licence_url: Annotated[str, typer.Option(help="Address of the licence text.")] = "",
    attribution: Annotated[str, typer.Option(help="Credit line to show.")] = "",
    date: Annotated[str, typer.Option(help="Date of the data, ISO 8601.")] = "",
    state: Annotated[
        State | None, typer.Option(help="Who may see the dataset; a new one is public when left out.")
    ] = None,
    kind: Annotated[str, typer.Option(help=f"What the objects of a table or vector file are: {KINDS}.")] = "",
    source_crs: Annotated[
        str, typer.Option(help="Reference system of files that name none; wins over the one a file names.")
    ] = "",
    column: Annotated[list[str] | None, typer.Option(help="A column of a table, as FIELD=COLUMN.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the import report to this file.")] = None,
    tiles: Annotated[bool, typer.Option("--tile/--no-tile", help="Bring the tiles up to date after.")] = True,
    as_json: AsJson = False,
) -> None:
    """Load files into a tenant, all or nothing."""
    name = dataset or files[0].name.split(".")[0].lower()
    with open_tenant(home(), tenant) as opened, watched(quiet=as_json) as watch:
        # what is said about a dataset holds until something else is said
        known = next((d for d in opened.datasets() if d.id == name), Dataset(name, name))
        if state is not None and known.loaded:
            opened.set_state(name, state)
        loaded = load(
            opened,
            files,
            replace(
                known, title=title or known.title, owner=owner or known.owner, licence=licence or known.licence,
                licence_url=licence_url or known.licence_url,
                attribution=attribution or known.attribution or owner, date=date or known.date,
                state=state or known.state,
            ),
            kind=kind_named(kind),
            source_crs=source_crs or None,
            columns=columns_of(column or []),
            progress=watch,
        )  # fmt: skip
        if tiles:
            tile(opened, progress=watch)
            make_features(opened, watch)
    if report is not None:
        report.write_bytes(orjson.dumps(loaded.report, option=orjson.OPT_INDENT_2))
    if as_json:
        print_json(loaded.report)
    else:
        print_loaded(loaded)


@app.command("tile")
def tile_command(tenant: TenantId, as_json: AsJson = False) -> None:
    """Bring the tiles of a tenant up to date."""
    with open_tenant(home(), tenant) as opened, watched(quiet=as_json) as watch:
        results = tile(opened, progress=watch)
    if as_json:
        print_json({layer: asdict(result) for layer, result in results.items()})
        return
    for layer, result in results.items():
        out.print(f"{layer}: {result.built} built, {result.reused} reused, {result.bytes / 1e6:.1f} MB")


@app.command("export")
def export_command(
    tenant: TenantId,
    format: Annotated[str, typer.Argument(help=f"One of {', '.join(EXPORTS)}.")],
    file: Annotated[Path, typer.Argument(help="File to write.")],
    dataset: Annotated[str, typer.Option(help="Only the objects of this dataset.")] = "",
) -> None:
    """Write everything a tenant holds into one file."""
    with open_tenant(home(), tenant) as opened:
        count = export(opened, format, file, dataset)
    out.print(f"{count:,} objects written to {file}.")


@app.command("district")
def district_command(
    tenant: TenantId,
    area: Annotated[
        Path | None, typer.Option(help="GeoJSON with the area, in the tenant's system.", exists=True)
    ] = None,
    corners: Annotated[str, typer.Option(help="Corners of the area as EAST,NORTH;EAST,NORTH;...")] = "",
    around: Annotated[str, typer.Option(help="A place EAST,NORTH, or an address, for a circle.")] = "",
    radius: Annotated[float, typer.Option(help="Radius of the circle in metres.")] = 300.0,
    object_id: Annotated[str, typer.Option("--object", help="Id of an object that is the area.")] = "",
    rule: Annotated[str, typer.Option(help="How buildings on the border count: centroid or share.")] = "centroid",
    file: Annotated[Path | None, typer.Option(help="Write a .csv or .pdf file.")] = None,
    language: Annotated[str, typer.Option(help="de or en.")] = "de",
    as_json: AsJson = False,
) -> None:
    """Count what is in an area: buildings, floor area, uses, green, streets."""
    from kastor.planning.areas import area_from_file, area_of
    from kastor.planning.district import district
    from kastor.planning.figures import GROUPS, figures
    from kastor.web import district_files

    if rule not in ("centroid", "share"):
        raise typer.BadParameter(f"{rule!r} is neither centroid nor share.", param_hint="--rule")
    if language not in district_files.WORDS:
        raise typer.BadParameter(f"{language!r} is neither de nor en.", param_hint="--language")
    with open_tenant(home(), tenant) as opened:
        try:
            shape = area_from_file(area) if area else area_of(opened, corners, around, radius, object_id)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        found = district(opened, shape, "share" if rule == "share" else "centroid")
        rows = figures(found)
        if file is not None:
            content = district_files.as_csv(rows, language)
            file.write_bytes(district_files.as_pdf(opened, found, language) if file.suffix == ".pdf" else content)
    if as_json:
        print_json({f"{f.group}.{f.id}": f.value for f in rows})
        return
    table = Table("", "", "")
    for f in rows:
        guess = f" ({f.estimated:.0%} ≈)" if f.estimated else ""
        number = district_files.shown(f.value, f.unit, language)
        table.add_row(GROUPS[f.group][language], f.label[language], number + guess)
    out.print(table)


@app.command("serve")
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve all tenants on the web."""
    from kastor.web.app import create_app

    settings = Settings()
    _serve(create_app(settings), settings, host, port)


def _serve(app: FastAPI, settings: Settings, host: str | None, port: int | None) -> None:
    import uvicorn

    from kastor.web import logbook
    from kastor.web.guard import patient_protocol

    logbook.set_up(settings.log, settings.log_level)
    uvicorn.run(
        app, host=host or settings.host, port=port or settings.port, log_config=None,
        access_log=False, server_header=False, timeout_graceful_shutdown=settings.shutdown_seconds,
        http=patient_protocol(),
    )  # fmt: skip


@app.command("demo")
def demo(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    towns: Annotated[list[str] | None, typer.Option("--town", help="Only this town; may be repeated.")] = None,
    only_load: Annotated[bool, typer.Option("--only-load", help="Load the towns and stop.")] = False,
) -> None:
    """Load the demo towns, if they are not there yet, and serve them."""
    from kastor.demo import TOWNS, load_towns, scenes
    from kastor.demo.examples import computed_beside
    from kastor.web.app import create_app

    with watched() as watch:
        load_towns(home(), towns, watch)
        wanted = towns or [town.id for town in TOWNS]
        scenes.make(home(), wanted, watch)
    if only_load:
        return
    settings = Settings()
    app = create_app(settings)
    app.state.senders = {**app.state.senders, **scenes.SENDERS}
    print(f"Kastor is ready: http://{settings.host}:{port or settings.port}  (stop with Ctrl+C)", flush=True)
    if settings.host in LOOPBACK:
        app.state.demo = scenes.people_to_be(wanted)
        print("Choose there as whom you look around: planner, caseworker, lead, tenant and others.", flush=True)
    with computed_beside(home()):
        _serve(app, settings, None, port)


def home() -> Path:
    """Directory of all tenants."""
    return Settings().home


def kind_named(name: str) -> Kind | None:
    """The kind a person typed."""
    if not name:
        return None
    if name.upper() not in Kind.__members__:
        raise typer.BadParameter(f"{name!r} is no kind of object. Known are {KINDS}.", param_hint="--kind")
    return Kind[name.upper()]


def columns_of(pairs: list[str]) -> dict[str, str] | None:
    """The mapping of ``--column FIELD=COLUMN``."""
    columns = {}
    for pair in pairs:
        field, sign, column = pair.partition("=")
        if not (field and sign and column):
            raise typer.BadParameter(f"{pair!r} is not of the form FIELD=COLUMN.", param_hint="--column")
        columns[field] = column
    return columns or None


@contextmanager
def watched(quiet: bool = False) -> Iterator[Watch]:
    """A progress bar on the terminal."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=err, transient=True, disable=quiet or not err.is_terminal,
    )  # fmt: skip
    with bar:
        row = bar.add_task("", total=1.0)
        yield lambda what, done: bar.update(row, description=what[-48:].ljust(48), completed=done)


def print_json(content: Any) -> None:
    """JSON on standard output, without colours or wrapping."""
    print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())


def print_loaded(loaded: Loaded) -> None:
    """The import report in short."""
    report, result = loaded.report, loaded.result
    out.print(f"[bold]{report['source']}[/bold]  {report['format']}  {report['crs']}")
    if report["operation"]:
        out.print(f"  {report['operation']}", markup=False)
    table = Table("class", "read", "kept")
    for name in sorted({*report["read"], *report["kept"]}):
        table.add_row(name, f"{report['read'].get(name, 0):,}", f"{report['kept'].get(name, 0):,}")
    out.print(table)
    out.print(
        f"  {result.new:,} new, {result.changed:,} changed, {result.unchanged:,} unchanged, {result.ended:,} ended"
    )
    for count in report["counts"]:
        out.print(f"  {count['outcome']}: {count['count']:,} x {count['code']}", markup=False)
