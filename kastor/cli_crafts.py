"""Commands for craftsmen: add, list, absences, import from a table, shorter ways, and the housing company's system."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from kastor.store import open_tenant
from kastor.store.crafts import Craftsman
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
CraftId = Annotated[str, typer.Argument(metavar="CRAFTSMAN", help="Id of the craftsman.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="Craftsmen and their visits.", no_args_is_help=True)
    app.add_typer(own, name="craft")
    own.command("add")(add_command)
    own.command("list")(list_command)
    own.command("absent")(absent_command)
    own.command("import")(import_command)
    own.command("optimise")(optimise_command)
    own.command("nightly")(nightly_command)
    own.command("erp")(erp_command)


def add_command(
    tenant: TenantId,
    craftsman: CraftId,
    name: Annotated[str, typer.Option(help="What people call it.")],
    mail: Annotated[str, typer.Option(help="Where orders go.")],
    trade: Annotated[list[str], typer.Option(help="A trade as the rules name it; may be repeated.")],
    area: Annotated[list[str] | None, typer.Option(help="A postcode or its beginning; may be repeated.")] = None,
    hours: Annotated[str, typer.Option(help="When it works.")] = "mo-fr 08:00-17:00",
    contract: Annotated[bool, typer.Option("--contract", help="There is a framework contract.")] = False,
    priority: Annotated[int, typer.Option(help="Who comes first among equals.")] = 5,
    capacity: Annotated[int, typer.Option(help="Visits on one day at most.")] = 4,
) -> None:
    """Add a craftsman, or replace the one of this id."""
    from kastor.cases.appointments.craftsmen import checked

    try:
        wanted = checked(
            Craftsman(craftsman, name, mail, tuple(trade), tuple(area or ()), hours, contract=contract,
                      priority=priority, capacity=capacity)
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _save(tenant, [wanted])
    out.print(f"{wanted.name} is there.", markup=False)


def list_command(
    tenant: TenantId, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False
) -> None:
    """List craftsmen with their open orders."""
    from dataclasses import asdict

    from kastor.store import crafts

    with open_tenant(Settings().home, tenant) as opened, opened.database.read() as connection:
        found, load = crafts.all_craftsmen(connection), crafts.load(connection)
    if as_json:
        print(orjson.dumps([asdict(one) for one in found], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(Column("id", no_wrap=True), "name", "trades", "areas", "hours", "contract", "open orders")
    for one in found:
        table.add_row(one.id, one.name, " ".join(one.trades), " ".join(one.areas), one.hours,
                      "yes" if one.contract else "", str(load.get(one.id, 0)))  # fmt: skip
    out.print(table)


def absent_command(
    tenant: TenantId,
    craftsman: CraftId,
    first: Annotated[str, typer.Argument(metavar="FIRST", help="First day, such as 2026-12-24.")],
    last: Annotated[str, typer.Argument(metavar="LAST", help="Last day.")],
) -> None:
    """Note that a craftsman does not work on some days; visits that stand already are not touched."""
    from kastor.cases.appointments.craftsmen import absent
    from kastor.store import crafts

    with open_tenant(Settings().home, tenant) as opened:
        with opened.database.read() as connection:
            known = crafts.craftsman(connection, craftsman)
        try:
            wanted = absent(known, date.fromisoformat(first), date.fromisoformat(last))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    _save(tenant, [wanted])
    out.print(f"{wanted.name} is absent {first} to {last}.", markup=False)


def import_command(
    tenant: TenantId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table of craftsmen, CSV.", exists=True, dir_okay=False)],
) -> None:
    """Add craftsmen from a table, or replace those of the same ids; all of them or none."""
    from kastor.cases.appointments.craftsmen import read

    try:
        found = read(file.read_bytes())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None
    _save(tenant, found)
    out.print(f"{len(found)} craftsmen are there.")


def optimise_command(
    tenant: TenantId, land: Annotated[str, typer.Option(help="Land whose holidays count, such as NW.")] = ""
) -> None:
    """Make ways shorter by moving visits nobody relies on; for every night."""
    from kastor.cases.appointments.tours import optimise
    from kastor.cases.hours import LAENDER

    if land and land not in LAENDER:
        raise typer.BadParameter(f"{land!r} is none of {', '.join(LAENDER)}.", param_hint="--land")
    with open_tenant(Settings().home, tenant) as opened:
        found = optimise(opened.database, datetime.now(UTC), land)
    out.print(f"{found.moved} visits were moved; ways {found.before:.1f} km before, {found.after:.1f} km now.")


def nightly_command(
    tenant: TenantId,
    hour: Annotated[int | None, typer.Option(help="Hour of Berlin from which it is done, 0 to 23.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Do it no more.")] = False,
) -> None:
    """Show at which hour the server makes ways shorter every night, set it, or switch it off."""
    from kastor.cases.appointments import nightly

    with open_tenant(Settings().home, tenant) as opened:
        try:
            if off or hour is not None:
                nightly.set_hour(opened.database, None if off else hour, datetime.now(UTC))
        except nightly.HourError as error:
            raise typer.BadParameter(str(error), param_hint="--hour") from None
        found = nightly.hour(opened.database)
    out.print("Off." if found is None else f"Every night at {found:02d}:00.", highlight=False)


def erp_command(
    tenant: TenantId,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Settings, JSON.", dir_okay=False)] = None,
    off: Annotated[bool, typer.Option("--off", help="Tell nobody any more.")] = False,
) -> None:
    """Show how the housing company's system is told of orders, set it from a file, or end it."""
    from kastor.cases.appointments.erp import NAME, read
    from kastor.cases.channels.settings import ChannelError
    from kastor.store import crafts
    from kastor.store.moments import now

    with open_tenant(Settings().home, tenant) as opened:
        if file is not None or off:
            try:
                wanted = None if file is None else orjson.loads(file.read_bytes())
                if wanted is not None:
                    read(wanted if isinstance(wanted, dict) else {})
            except (orjson.JSONDecodeError, ChannelError, OSError) as error:
                raise typer.BadParameter(str(error), param_hint="FILE") from None
            with opened.database.write("The connection cannot be written") as connection:
                crafts.set_connection(connection, NAME, wanted, now(), "")
        with opened.database.read() as connection:
            found = crafts.connection_settings(connection, NAME)
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


def _save(tenant: str, wanted: list[Craftsman]) -> None:
    from kastor.store import crafts
    from kastor.store.moments import now

    with (
        open_tenant(Settings().home, tenant) as opened,
        opened.database.write("Craftsmen cannot be written") as connection,
    ):
        for one in wanted:
            crafts.save(connection, one, now())
