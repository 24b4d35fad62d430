"""Commands that keep a twin safe: backup, verify, restore, and the tenant as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.store import open_tenant, tenants
from kastor.web.settings import Settings

out = Console()

Backup = Annotated[Path, typer.Option("--in", help="Directory of the backup, on another disk than the twins.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsId = Annotated[str, typer.Option("--as", help="Id of the tenant that is made; the same one when left out.")]
Replace = Annotated[bool, typer.Option("--replace", help="Take the place of a tenant that is there.")]


def add_to(app: typer.Typer, tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("backup")(backup_command)
    app.command("verify")(verify_command)
    app.command("restore")(restore_command)
    app.command("restore-people")(restore_people_command)
    tenant_app.command("export")(export_command)
    tenant_app.command("import")(import_command)


def backup_command(
    directory: Backup,
    only: Annotated[list[str] | None, typer.Argument(metavar="TENANT", help="Ids; all when left out.")] = None,
    keep: Annotated[int, typer.Option(min=0, help="Snapshots of each tenant that stay, the newest; 0 for all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Add a snapshot of each tenant, and of the people, to a backup, while the server runs."""
    from kastor.store.backup import save
    from kastor.store.backup_people import save_people

    home = Settings().home
    rows: list[dict[str, Any]] = []
    for tenant_id in only or [info.id for info in tenants(home)]:
        with open_tenant(home, tenant_id) as opened:
            saved = save(opened, directory, keep)
        snapshot = saved.snapshot
        rows.append(
            {
                "tenant": tenant_id, "taken": snapshot.taken, "objects": snapshot.objects, "bytes": snapshot.size,
                "new_bytes": saved.bytes,
            }
        )  # fmt: skip
    if not only:
        people = save_people(home, directory, keep)
        taken, size = people.snapshot.taken, people.snapshot.size
        rows.append({"tenant": "", "taken": taken, "objects": 0, "bytes": size, "new_bytes": people.bytes})
    show(rows, as_json)


def restore_people_command(
    directory: Backup,
    taken: Annotated[
        str, typer.Option(help="Time of the snapshot, such as 2026-05-01; the newest when left out.")
    ] = "",
) -> None:
    """Bring people, roles and keys back into an instance that knows nobody yet."""
    from kastor.store.backup_people import restore_people

    found = restore_people(Settings().home, directory, taken)
    out.print(f"{found.objects:,} people and their roles are as they were on {found.taken}.")


def verify_command(
    directory: Backup,
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Only this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read every file of a backup and compare it with its hash."""
    from kastor.store.backup import verify

    checked = verify(directory, tenant)
    show([{"tenant": s.tenant, "taken": s.taken, "objects": s.objects, "bytes": s.size} for s in checked], as_json)
    if not as_json:
        out.print(f"{len(checked)} snapshots are whole.")


def restore_command(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Id it had when it was backed up.")],
    directory: Backup,
    as_id: AsId = "",
    taken: Annotated[
        str, typer.Option(help="Time of the snapshot, such as 2026-05-01; the newest when left out.")
    ] = "",
    replace: Replace = False,
) -> None:
    """Bring a tenant back, complete or not at all; its tiles are made again."""
    from kastor.loading import tile
    from kastor.store.backup import restore

    home = Settings().home
    snapshot = restore(home, directory, tenant, as_id, taken, replace)
    with open_tenant(home, as_id or tenant) as opened:
        tile(opened)
    out.print(f"Tenant {as_id or tenant} is as it was on {snapshot.taken}: {snapshot.objects:,} objects.")


def export_command(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")],
    file: Annotated[Path, typer.Argument(help="Zip file to write.")],
) -> None:
    """Write a whole tenant into one zip of open formats."""
    from kastor.loading.packages import pack

    with open_tenant(Settings().home, tenant) as opened:
        snapshot = pack(opened, file)
    out.print(f"Tenant {tenant} with {snapshot.objects:,} objects is in {file} ({file.stat().st_size / 1e6:.1f} MB).")


def import_command(
    file: Annotated[Path, typer.Argument(help="Zip file that `kastor tenant export` wrote.", exists=True)],
    as_id: AsId = "",
    replace: Replace = False,
) -> None:
    """Take in a tenant from a zip of another Kastor."""
    from kastor.loading import tile
    from kastor.loading.packages import take_in

    home = Settings().home
    snapshot = take_in(home, file, as_id, replace)
    with open_tenant(home, as_id or snapshot.tenant) as opened:
        tile(opened)
    out.print(f"Tenant {as_id or snapshot.tenant} is here: {snapshot.objects:,} objects.")


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as a table, or as JSON."""
    if as_json:
        print(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table(*(rows[0] if rows else ("tenant",)))
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    out.print(table)
