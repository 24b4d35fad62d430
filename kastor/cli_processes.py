"""Commands for the processes of other servers a tenant offers: add, remove, list."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.planning.remote.description import process_of
from kastor.planning.remote.offering import offer
from kastor.process import ProcessError
from kastor.store import open_tenant, remotes
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the process is called here.")]


def add_to(tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    app = typer.Typer(help="Processes of other servers (OGC API - Processes).", no_args_is_help=True)
    tenant_app.add_typer(app, name="process")
    app.command("add")(add_command)
    app.command("remove")(remove_command)
    app.command("list")(list_command)


def add_command(
    tenant: TenantId,
    name: Name,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Of its description, .../processes/ID.")],
    unit: Annotated[list[str] | None, typer.Option(help="Unit of an output that has none, OUTPUT=UNIT.")] = None,
) -> None:
    """Offer a process of another server. One of the same name is described anew."""
    units = dict(_pair(text) for text in unit or ())
    with open_tenant(Settings().home, tenant) as opened:
        try:
            kept = offer(opened, name, address, units)
        except ProcessError as error:
            raise typer.BadParameter(str(error)) from error
    about = process_of(kept).about
    out.print(f"{about.title['en']} ({kept.address}) can be run in {tenant} as {name}.", markup=False)


def remove_command(tenant: TenantId, name: Name) -> None:
    """Offer a process of another server no longer; its results stay."""
    with open_tenant(Settings().home, tenant) as opened:
        remotes.remove(opened.database, name, "")
    out.print(f"{name} is gone.")


def list_command(
    tenant: TenantId, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False
) -> None:
    """List the processes of other servers a tenant offers."""
    with open_tenant(Settings().home, tenant) as opened:
        found = remotes.remotes(opened.database)
    if as_json:
        entries = [{"name": one.name, "address": one.address, "added": one.added} for one in found]
        typer.echo(orjson.dumps(entries, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("name", "title", "address", "added")
    for one in found:
        table.add_row(one.name, process_of(one).about.title["en"], one.address, one.added)
    out.print(table)


def _pair(text: str) -> tuple[str, str]:
    output, sign, unit = text.partition("=")
    if not sign or not output or not unit:
        raise typer.BadParameter(f"{text!r} is no OUTPUT=UNIT, such as depth=m.")
    return output, unit
