"""Commands for the design rain of a tenant: load a table of its own, show which is used, go back to the one at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from kastor.store import open_tenant
from kastor.web.settings import Settings

out = Console()

SHIPPED = "KOSTRA-DWD-2010R, Deutscher Wetterdienst"

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]


def add_to(tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    app = typer.Typer(help="Design rain (KOSTRA-DWD) of a tenant.", no_args_is_help=True)
    tenant_app.add_typer(app, name="rainfall")
    app.command("load")(load_command)
    app.command("show")(show_command)
    app.command("remove")(remove_command)


def load_command(
    tenant: TenantId,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Shapefiles, archives or folders.", exists=True)
    ],
) -> None:
    """Take tables of KOSTRA-DWD, such as the edition of 2020, as the tenant's design rain."""
    from kastor.planning.rainfall import load

    with open_tenant(Settings().home, tenant) as opened:
        kept = load(opened, files)
    out.print(f"{kept.source}: {kept.cells:,} cells are the design rain of {tenant}.", highlight=False)


def show_command(
    tenant: TenantId, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False
) -> None:
    """Say which table of design rain a tenant uses."""
    from kastor.store.rainfall import rainfall_of

    with open_tenant(Settings().home, tenant) as opened:
        kept = rainfall_of(opened.database)
    found = {"source": SHIPPED if kept is None else kept.source, "own": kept is not None}
    if kept is not None:
        found |= {"cells": kept.cells, "added": kept.added}
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    more = "comes with Kastor" if kept is None else f"{kept.cells:,} cells, loaded {kept.added}"
    out.print(f"{found['source']} ({more})", highlight=False)


def remove_command(tenant: TenantId) -> None:
    """Go back to the table that comes with Kastor; results of the other one are out of date."""
    from kastor.store import rainfall

    with open_tenant(Settings().home, tenant) as opened:
        rainfall.remove(opened.database, "")
    out.print(f"{tenant} uses {SHIPPED} again.", highlight=False)
