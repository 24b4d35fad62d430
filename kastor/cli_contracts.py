"""Commands for the list of contracts from the ERP, with which the digital colleague knows who asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kastor.store import open_tenant
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]


def add_to(tenants: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="Contracts from the ERP.", no_args_is_help=True)
    tenants.add_typer(own, name="contracts")
    own.command("load")(load_command)
    own.command("show")(show_command)
    own.command("remove")(remove_command)


def load_command(
    tenant: TenantId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV from the ERP.", exists=True, dir_okay=False)],
) -> None:
    """Take a list of contracts in place of the one before; all of it or nothing."""
    from kastor.cases import contracts

    with open_tenant(Settings().home, tenant) as opened:
        try:
            number = contracts.load(opened, file.read_bytes())
        except contracts.ContractsError as error:
            raise typer.BadParameter(str(error), param_hint="FILE") from error
    out.print(f"{number:,} contracts.", highlight=False)


def show_command(tenant: TenantId) -> None:
    """Say how many contracts are known."""
    from kastor.cases import contracts

    with open_tenant(Settings().home, tenant) as opened:
        number = contracts.count(opened)
    out.print("No list was loaded." if number is None else f"{number:,} contracts.", highlight=False)


def remove_command(tenant: TenantId) -> None:
    """Forget all contracts; who asks is not known then."""
    from kastor.cases import contracts

    with open_tenant(Settings().home, tenant) as opened:
        contracts.remove(opened)
    out.print("Contracts are forgotten.", highlight=False)
