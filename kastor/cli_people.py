"""Commands about people: who there is, who has which role, keys, and the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.store import Tenant, audit, grants, keys, open_tenant, people, sessions
from kastor.store.database import Database
from kastor.store.instance import open_instance
from kastor.store.roles import GRANTED, Right, Role
from kastor.web.settings import Settings

person_app = typer.Typer(help="People, their roles and keys.", no_args_is_help=True)
audit_app = typer.Typer(help="Read and check the audit log of a tenant.", no_args_is_help=True)

out = Console()

LINK_HOURS = 72.0
"""How long a link for choosing a password can be used. [h]"""

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="What the person types to sign in, such as an e-mail.")]
TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Reason = Annotated[str, typer.Option(help="Why; it is recorded.")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(person_app, name="person")
    app.add_typer(audit_app, name="audit")


@person_app.command("create")
def create_command(
    login: Login,
    name: Annotated[str, typer.Option(help="How the person is called.")] = "",
    tenant: Annotated[str, typer.Option(help="Tenant in which the person gets a role.")] = "",
    role: Annotated[Role, typer.Option(help="The role there.")] = Role.ADMINISTRATION,
    operator: Annotated[bool, typer.Option("--operator", help="Let the person look after the instance.")] = False,
    reason: Reason = "made known on the command line",
) -> None:
    """Make a person known, with a role, and print the link for choosing a password."""
    with opened(tenant) as (instance, twin):
        with instance.write("The person cannot be made known") as connection:
            known = people.create(connection, login, name or login)
            secret = sessions.invite(connection, known.id, sessions.PASSWORD, LINK_HOURS)
        if twin is not None:
            grants.grant(instance, twin.database, known.id, role, reason)
        if operator:
            grants.grant(instance, None, known.id, Role.OPERATOR, reason)
    print_link(secret)


@person_app.command("link")
def link_command(login: Login) -> None:
    """Print a new link for choosing a password; it works once, within three days."""
    with opened() as (instance, _), instance.write("The link cannot be made") as connection:
        known = people.by_login(connection, login)
        secret = sessions.invite(connection, known.id, sessions.PASSWORD, LINK_HOURS)
    print_link(secret)


@person_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the people and their roles."""
    with opened() as (instance, _):
        with instance.read() as connection:
            known = people.everybody(connection)
        rows = [{**asdict(one), "roles": grants.roles_of(instance, one.id)} for one in known]
    if as_json:
        print_json([{**row, "roles": {t: sorted(r) for t, r in row["roles"].items()}} for row in rows])
        return
    table = Table("login", "name", "roles", "closed")
    for row in rows:
        roles = "; ".join(f"{tenant or 'instance'}: {', '.join(sorted(r))}" for tenant, r in row["roles"].items())
        table.add_row(row["login"], row["name"], roles, (row["closed"] or "")[:10])
    out.print(table)


@person_app.command("role")
def role_command(
    login: Login,
    tenant: TenantId,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help=", ".join(GRANTED))],
    reason: Reason,
    until: Annotated[str, typer.Option(help="Last day it counts, such as 2027-12-31; for good when left out.")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the role away.")] = False,
) -> None:
    """Grant or withdraw a role; the decision is recorded."""
    with opened(tenant) as (instance, twin):
        assert twin is not None
        with instance.read() as connection:
            known = people.by_login(connection, login)
        if withdraw:
            grants.withdraw(instance, twin.database, known.id, role, reason)
        else:
            grants.grant(instance, twin.database, known.id, role, reason, until=until or None)
    out.print(f"{login} has {'no longer ' if withdraw else ''}the role {role} in {tenant}.")


@person_app.command("key")
def key_command(
    login: Login,
    tenant: TenantId,
    title: Annotated[str, typer.Option(help="What the key is for.")],
    right: Annotated[list[Right], typer.Option(help="A right of the key; may be repeated.")],
    days: Annotated[int, typer.Option(help="How long it lives.")] = 90,
) -> None:
    """Make an API key for programs of a person; it is printed once and nowhere kept."""
    with opened(tenant) as (instance, _), instance.write("The key cannot be made") as connection:
        known = people.by_login(connection, login)
        key, secret = keys.create(connection, known.id, tenant, right, title, days, audit.NOBODY)
    out.print(f"Key {key.id}, until {key.until[:10]}. Programs send it as Authorization: Bearer ...")
    print(secret)


@person_app.command("close")
def close_command(login: Login) -> None:
    """Close an account: the person cannot sign in any more."""
    with opened() as (instance, _), instance.write("The account cannot be closed") as connection:
        people.close(connection, people.by_login(connection, login).id, audit.NOBODY)
    out.print(f"The account {login} is closed.")


@person_app.command("erase")
def erase_command(login: Login, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Erase what is known of a person, for ever; logs keep a number that means nobody."""
    if not yes:
        typer.confirm(f"Erase everything known of {login} for ever?", abort=True)
    with opened() as (instance, _), instance.write("The person cannot be erased") as connection:
        people.erase(connection, people.by_login(connection, login).id, audit.NOBODY)
    out.print("The person is erased.")


@audit_app.command("verify")
def verify_command(
    tenant: TenantId,
    head: Annotated[str, typer.Option(help="A head that was kept elsewhere, as NUMBER:HASH.")] = "",
) -> None:
    """Check that nobody altered log, cases, signed decisions and what they cite; ends with 1 when somebody did."""
    from kastor.planning import decision
    from kastor.store import cases

    try:
        noted = [audit.parse_head(head)] if head else []
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--head") from None
    with open_tenant(home(), tenant) as twin, twin.database.read() as connection:
        verdict = audit.verify(connection, audit.kept_head(twin.directory), *noted)
        told = [f"Case {one}: {fault}" for one in cases.ids(connection) for fault in cases.faults(connection, one)]
        faults = [*verdict.faults, *(fault["en"] for fault in decision.faults(twin)), *told]
    for fault in faults:
        out.print(fault, style="red", markup=False)
    if faults:
        raise typer.Exit(1)
    out.print(f"The log is whole: {verdict.lines:,} lines. Its head, to be kept elsewhere:")
    print(verdict.head)


@audit_app.command("show")
def show_command(
    tenant: TenantId,
    limit: Annotated[int, typer.Option(min=1, help="Number of lines, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Print the newest lines of the log."""
    with open_tenant(home(), tenant) as twin, twin.database.read() as connection:
        found = audit.lines(connection, limit=limit)
    if as_json:
        print_json([asdict(line) for line in found])
        return
    table = Table("number", "at", "who", "what", "subject", "detail")
    for line in found:
        detail = ", ".join(f"{name}: {value}" for name, value in line.detail.items())
        table.add_row(str(line.number), line.at[:19], line.who or "command line", line.what, line.subject, detail)
    out.print(table)


@contextmanager
def opened(tenant: str = "") -> Iterator[tuple[Database, Tenant | None]]:
    """The list of people, and a tenant when one is named."""
    instance = open_instance(home())
    try:
        if tenant:
            with open_tenant(home(), tenant) as twin:
                yield instance, twin
        else:
            yield instance, None
    finally:
        instance.close()


def home() -> Path:
    """Directory of all tenants."""
    return Settings().home


def address() -> str:
    """Address of this instance as people type it."""
    settings = Settings()
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"


def print_link(secret: str) -> None:
    """The address of a link, alone on its line."""
    out.print(f"Hand this link over; it works once, within {LINK_HOURS:.0f} hours:")
    print(f"{address()}/konto/link#{secret}")


def print_json(content: Any) -> None:
    """JSON on standard output, without colours or wrapping."""
    print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
