"""Commands for the weather of a tenant: load a typical year, show which is used, go back to the one at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from kastor.store import open_tenant
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]


def add_to(tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    app = typer.Typer(help="Typical year of weather of a tenant.", no_args_is_help=True)
    tenant_app.add_typer(app, name="weather")
    app.command("load")(load_command)
    app.command("show")(show_command)
    app.command("remove")(remove_command)


def load_command(
    tenant: TenantId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="EPW, or CSV of PVGIS.", exists=True, dir_okay=False)],
) -> None:
    """Take a typical year as the weather solar power is computed with."""
    from kastor.planning.weather import load

    with open_tenant(Settings().home, tenant) as opened:
        found = load(opened, file)
    out.print(
        f"{found.source} is the weather of {tenant}: {found.level.sum() / 1000:.0f} kWh/m² a year.", highlight=False
    )


def show_command(
    tenant: TenantId, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False
) -> None:
    """Say which typical year a tenant uses."""
    from kastor.planning.weather import own_weather
    from kastor.simulations.weather import usual_weather

    with open_tenant(Settings().home, tenant) as opened:
        own = own_weather(opened)
    used = own or usual_weather()
    found = {
        "source": used.source, "own": own is not None, "latitude": used.latitude, "longitude": used.longitude,
        "year": round(float(used.level.sum()) / 1000, 1),
    }  # fmt: skip
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    out.print(
        f"{used.source} ({'own' if own else 'comes with Kastor'}), {found['year']} kWh/m² a year", highlight=False
    )


def remove_command(tenant: TenantId) -> None:
    """Go back to the year that comes with Kastor; results of the other one are out of date."""
    from kastor.store.weather import remove

    with open_tenant(Settings().home, tenant) as opened:
        remove(opened, "")
    out.print(f"{tenant} uses the weather that comes with Kastor again.", highlight=False)
