"""Commands for cases: list, show, export, erase, replay, and work on what is due."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from kastor.store import Tenant, open_tenant
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Id or number of the case.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    own = typer.Typer(help="Cases of the digital colleague.", no_args_is_help=True)
    app.add_typer(own, name="case")
    own.command("list")(list_command)
    own.command("show")(show_command)
    own.command("export")(export_command)
    own.command("erase")(erase_command)
    own.command("replay")(replay_command)
    own.command("work")(work_command)


def list_command(
    tenant: TenantId,
    status: Annotated[
        list[str] | None, typer.Option(help="Only these: open, staff, taken, decided, closed, erased.")
    ] = None,
    procedure: Annotated[str, typer.Option(help="Only of this procedure.")] = "",
    as_json: AsJson = False,
) -> None:
    """List cases, the nearest deadline first. Nothing in it is personal."""
    from kastor.cases.events import STATUS
    from kastor.store import cases

    for wrong in set(status or ()) - set(STATUS):
        raise typer.BadParameter(f"{wrong!r} is none of {', '.join(STATUS)}.", param_hint="--status")
    with open_tenant(Settings().home, tenant) as opened, opened.database.read() as connection:
        found = cases.listed(connection, status or (), procedure, limit=10_000)
    if as_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("number", Column("id", no_wrap=True), "procedure", "status", "urgency", "person", "opened", "due")
    for one in found:
        table.add_row(str(one.number), one.id, one.procedure, one.status, one.urgency, one.person, one.opened[:16],
                      (one.due or "")[:16])  # fmt: skip
    out.print(table)


def show_command(
    tenant: TenantId,
    case: CaseId,
    personal: Annotated[bool, typer.Option("--personal", help="Show what is personal too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the course of a case; what is personal only when asked for."""
    from kastor.cases.export import exported

    with open_tenant(Settings().home, tenant) as opened:
        document = exported(opened.database, _id(opened, case), with_files=False)
    if not personal:
        document |= {"state": None, "files": [], "events": [{**one, "personal": {}} for one in document["events"]]}
    if as_json:
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    row = document["case"]
    out.print(f"Case {row['number']} ({row['id']}): {row['procedure'] or 'no procedure yet'}, {row['status']}",
              markup=False, highlight=False)  # fmt: skip
    table = Table("event", "at", "who", "kind", "what")
    for one in document["events"]:
        said = orjson.dumps({**one["public"], **one["personal"]}).decode()
        table.add_row(str(one["seq"]), one["at"][:19], one["who"], one["kind"], said[:400])
    out.print(table, markup=False)
    for fault in document["faults"]:
        out.print(fault, markup=False, style="red")


def export_command(
    tenant: TenantId,
    case: CaseId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, .json or .pdf.", dir_okay=False)],
    language: Annotated[str, typer.Option(help="Of the PDF: de or en.")] = "de",
) -> None:
    """Write everything kept about a case into a file (Art. 15 DSGVO): JSON with attachments, or a PDF to read."""
    from kastor.cases.export import exported
    from kastor.web.case_paper import WORDS, as_pdf

    if language not in WORDS:
        raise typer.BadParameter(f"{language!r} is none of {', '.join(WORDS)}.", param_hint="--language")
    if file.suffix not in (".json", ".pdf"):
        raise typer.BadParameter(f"{file.name} ends neither with .json nor with .pdf.", param_hint="FILE")
    with open_tenant(Settings().home, tenant) as opened:
        document = exported(opened.database, _id(opened, case), with_files=file.suffix == ".json")
        title = opened.info.title
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2) if file.suffix == ".json" else as_pdf(
        document, title, language
    )  # fmt: skip
    file.write_bytes(content)
    out.print(f"Case {document['case']['number']} is in {file}.", highlight=False)


def erase_command(
    tenant: TenantId,
    case: CaseId,
    why: Annotated[str, typer.Option(help="A word for the log, such as request.")] = "request",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase what is personal in a case for ever (Art. 17 DSGVO): its key is thrown away, the log's skeleton stays."""
    from kastor.cases import casework

    if not why.isidentifier():
        raise typer.BadParameter(
            f"{why[:40]!r} is no word. It stays in the log, so it names nobody.", param_hint="--why"
        )
    with open_tenant(Settings().home, tenant) as opened:
        case_id = _id(opened, case)
        if not yes:
            typer.confirm(f"Erase what is personal in case {case} for ever?", abort=True)
        with casework.begin(opened.database, datetime.now(UTC)) as work:
            work.erase(case_id, why)
        casework.forget(opened.database)
    out.print(f"What was personal in case {case} is erased.", highlight=False)


def replay_command(
    tenant: TenantId,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Id or number of the case; all when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fold the log of cases anew: state byte for byte, chain of hashes, every outcome of the rules."""
    from kastor.cases.replay import replay
    from kastor.store import cases

    with open_tenant(Settings().home, tenant) as opened:
        with opened.database.read() as connection:
            wanted = [_id(opened, case)] if case else list(cases.ids(connection))
        found = [replay(opened.database, one) for one in wanted]
    if as_json:
        print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        for one in found:
            for fault in one.faults:
                out.print(f"{one.case}: {fault}", markup=False, style="red")
        events, decisions = sum(one.events for one in found), sum(one.decisions for one in found)
        good = sum(not one.faults for one in found)
        told = f"{good} of {len(found)} cases are what their logs say"
        out.print(f"{told} ({events} events, {decisions} outcomes of rules).", highlight=False)
    if any(one.faults for one in found):
        sys.exit(1)


def work_command(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now and stop.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="How often to look. [s]")] = 5.0,
) -> None:
    """Let timers ring, deliver what waits in the outbox, and erase cases whose time is over; for all tenants."""
    from kastor.cases.clockwork import CaseLoop

    loop = CaseLoop(Settings().home, every)
    while True:
        count = loop.once(datetime.now(UTC))
        if once:
            out.print(f"{count} things were done.", highlight=False)
            return
        time.sleep(every)


def _id(opened: Tenant, case: str) -> str:
    """The id of a case named by its id or its number."""
    from kastor.store import cases

    with opened.database.read() as connection:
        return cases.by_number(connection, int(case)) if case.isdecimal() else cases.case(connection, case).id
