"""Commands that compute: run a process, work off the queue, list the processes."""

from __future__ import annotations

import logging
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import shapely
import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from kastor.planning.computing import compute
from kastor.planning.estimates import cell_steps_per_second
from kastor.planning.orders import AREA, EDITS, VARIANT, Order, read
from kastor.planning.processes import processes, processes_of
from kastor.planning.worker import Worker
from kastor.process import InvalidInput, ProcessError, Result, Words, parameters
from kastor.store import Tenant, open_tenant
from kastor.store.results import DOCUMENT, ROOM
from kastor.web.settings import Settings

out = Console()
err = Console(stderr=True)

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("run", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(run_command)
    app.command("work")(work_command)
    app.command("processes")(processes_command)


def run_command(
    context: typer.Context,
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="Id of the process.")],
    tenant: TenantId,
    area: Annotated[
        Path | None, typer.Option(help="GeoJSON with the area, in the tenant's system.", exists=True)
    ] = None,
    corners: Annotated[str, typer.Option(help="Corners of the area as EAST,NORTH;EAST,NORTH;...")] = "",
    around: Annotated[str, typer.Option(help="A place EAST,NORTH, or an address, for a circle.")] = "",
    radius: Annotated[float, typer.Option(help="Radius of the circle in metres.")] = 300.0,
    object_id: Annotated[str, typer.Option("--object", help="Id of an object that is the area.")] = "",
    edits: Annotated[Path | None, typer.Option(help="JSON with a list of edits, made first.", exists=True)] = None,
    variant: Annotated[str, typer.Option(help="Variant that is computed with, as ID or ID@REVISION.")] = "",
    cluster: Annotated[
        str, typer.Option(help="Compute heavy rain by catchments on a Dask cluster: its address, or local.")
    ] = "",
    output: Annotated[Path | None, typer.Option(help="Copy the files of the result into this directory.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    Run a process and print its indicators.

    Parameters of the process are given as options of their names, see `kastor processes`.
    """
    with open_tenant(Settings().home, tenant) as opened, shown_progress(as_json) as progress:
        try:
            inputs: dict[str, Any] = _options(context.args)
            if area is not None:
                inputs[AREA] = _read_json(area)
            elif corners or around or object_id:
                inputs[AREA] = {"corners": corners, "around": around, "radius": radius, "object": object_id}
            if edits is not None:
                inputs[EDITS] = _read_json(edits)
            if variant:
                inputs[VARIANT] = named_variant(variant)
            order = read(opened, process, inputs)
            if cluster:
                _on_cluster(opened, order, cluster, output, progress)
                return
            result_id = compute(opened, order, progress)
        except ProcessError as error:
            raise typer.BadParameter(str(error)) from error
        directory = opened.directory / ROOM / result_id
        found = orjson.loads((directory / DOCUMENT).read_bytes())
        if output is not None:
            shutil.copytree(directory, output, dirs_exist_ok=True)
    if as_json:
        more = {"cell_steps_per_second": cell_steps_per_second(found)}
        print(orjson.dumps({**found, **more}, option=orjson.OPT_INDENT_2).decode())
        return
    print_result(found)


def named_variant(text: str) -> dict[str, Any]:
    """
    A variant as ``ID`` or ``ID@REVISION``.

    Raises
    ------
    InvalidInput
        When the revision is no number.
    """
    name, _, revision = text.partition("@")
    if revision and not revision.isdecimal():
        raise InvalidInput(f"--variant: {revision[:40]!r} is no revision; write ID@3.")
    return {"id": name, **({"revision": int(revision)} if revision else {})}


def _on_cluster(opened: Tenant, order: Order, address: str, output: Path | None, progress: _Terminal) -> None:
    """Compute an area too large for one run, and print what it took."""
    from kastor.planning.large import cluster, compute_large

    if output is None:
        raise InvalidInput("--cluster needs --output, a directory all machines of the cluster can write to.")
    words = {"de": "Einzugsgebiete", "en": "Catchments"}
    with cluster(address) as client:
        room = output.absolute()
        home = Settings().home.absolute()
        found = compute_large(home, opened, order, room, client, lambda done: progress.at(done, words))
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


def work_command(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Stop when nothing waits.")] = False,
) -> None:
    """Compute what waits in the queue, until the command is stopped."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    worker = Worker(Settings().home)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    if until_empty:
        out.print(f"{worker.work_off()} runs.")
    else:
        worker.work()


def processes_command(
    tenant: Annotated[str, typer.Option(help="Also those of other servers this tenant offers.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the processes with their parameters."""
    known = processes()
    if tenant:
        with open_tenant(Settings().home, tenant) as opened:
            known = processes_of(opened)
    if as_json:
        found = [
            {"id": name, "version": p.about.version, "title": p.about.title, "parameters": parameters(p, "en")}
            for name, p in known.items()
        ]
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("process", "parameter", "unit", "default", "meaning")
    for name, process in known.items():
        table.add_row(name, "", "", "", process.about.summary["en"])
        for field, schema in parameters(process, "en").items():
            table.add_row("", f"--{field}", schema.get("x-unit", ""), str(schema.get("default", "")), schema["title"])
    out.print(table)


def print_result(found: dict[str, Any]) -> None:
    """The indicators of a result, and what has to be known about them."""
    table = Table(found["process"]["title"]["en"], "", "")
    for indicator in found["indicators"]:
        value = "–" if indicator["value"] is None else f"{indicator['value']:,.6g}"
        table.add_row(indicator["title"]["en"], value, indicator["unit"])
    out.print(table)
    for note in found["notes"]:
        out.print(f"  {note['en']}", markup=False)
    titles = found.get("account_titles", {})
    for name, value in found["account"].items():
        if name in titles:
            out.print(f"  {titles[name]['title']['en']}: {value} {titles[name]['unit']}".rstrip(), markup=False)
    rate = cell_steps_per_second(found)
    if rate is not None:
        out.print(f"  {rate / 1e6:,.1f} million cell-steps per second")
    out.print(f"  result {found['id']}")


class _Terminal:
    """Progress as a bar on the terminal."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._row = bar.add_task("", total=1.0)

    def at(self, done: float, what: Words) -> None:
        self._bar.update(self._row, description=what["en"][-48:].ljust(48), completed=done)

    def show(self, result: Result) -> None:
        """A terminal waits for the end."""


@contextmanager
def shown_progress(quiet: bool) -> Iterator[_Terminal]:
    """A progress bar on the terminal."""
    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=err, transient=True, disable=quiet or not err.is_terminal,
    )  # fmt: skip
    with bar:
        yield _Terminal(bar)


def _options(arguments: list[str]) -> dict[str, Any]:
    """``--name value`` and ``--name=value`` of the process's own parameters; JSON where it is such, else text."""
    found: dict[str, Any] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            raise InvalidInput(f"{argument!r} is no option; parameters are given as --NAME VALUE.")
        name, sign, value = argument[2:].partition("=")
        given = value if sign else next(rest, None)
        if given is None:
            raise InvalidInput(f"--{name} has no value.")
        try:
            found[name.replace("-", "_")] = orjson.loads(given)
        except orjson.JSONDecodeError:
            found[name.replace("-", "_")] = given
    return found


def _read_json(file: Path) -> Any:
    try:
        content = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{file.name} is no JSON: {error}.") from error
    if isinstance(content, dict) and content.get("type") in ("Feature", "FeatureCollection"):
        shapes = [shapely.from_geojson(orjson.dumps(f["geometry"])) for f in content.get("features", [content])]
        return orjson.loads(shapely.to_geojson(shapely.union_all(shapes)))
    return content
