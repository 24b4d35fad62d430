"""Commands for the ways in and out of a tenant: opening, closing and checking them, and a telephone to try."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.cases.channels import intake, mail_send, mailbox
from kastor.cases.channels.settings import ChannelError, ChannelSecrets, MailSettings, PhoneSettings, read, written
from kastor.cases.delivery import TryLater
from kastor.cases.message import MAIL, OPEN311, PHONE, WHATSAPP
from kastor.store import Tenant, channels, open_tenant
from kastor.web.settings import Settings

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def add_to(app: typer.Typer, tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    tenant_app.command("mail")(mail_command)
    tenant_app.command("whatsapp")(whatsapp_command)
    tenant_app.command("phone")(phone_command)
    tenant_app.command("open311")(open311_command)
    channel_app = typer.Typer(help="Ways in and out of a tenant: list, check, close, collect.", no_args_is_help=True)
    app.add_typer(channel_app, name="channel")
    channel_app.command("list")(list_command)
    channel_app.command("check")(check_command)
    channel_app.command("close")(close_command)
    channel_app.command("collect")(collect_command)
    channel_app.command("again")(again_command)
    call_app = typer.Typer(help="Try the telephone without one.", no_args_is_help=True)
    app.add_typer(call_app, name="phone")
    call_app.callback()(_phone)
    call_app.command("simulate")(simulate_command)


def _phone() -> None:
    """Try the telephone without one."""


def mail_command(
    tenant: TenantId,
    address: Annotated[str, typer.Option(help="Where mails come to and answers come from.")],
    imap_host: Annotated[str, typer.Option(help="Server mails are fetched from.")],
    smtp_host: Annotated[str, typer.Option(help="Server answers go to.")],
    name: Annotated[str, typer.Option(help="What stands before the address.")] = "",
    imap_port: Annotated[int, typer.Option(help="Its port.")] = 993,
    imap_security: Annotated[str, typer.Option(help="tls, starttls, or none on this machine.")] = "tls",
    imap_user: Annotated[str, typer.Option(help="Who signs in there; the address when left out.")] = "",
    folder: Annotated[str, typer.Option(help="Folder mails arrive in.")] = "INBOX",
    done: Annotated[str, typer.Option(help="Folder mails of people go to.")] = "Kastor",
    aside: Annotated[str, typer.Option(help="Folder mails of machines go to.")] = "Kastor-Automatisch",
    smtp_port: Annotated[int, typer.Option(help="Its port.")] = 587,
    smtp_security: Annotated[str, typer.Option(help="tls, starttls, or none on this machine.")] = "starttls",
    smtp_user: Annotated[str, typer.Option(help="Who signs in there; nobody when left out.")] = "",
    most_per_hour: Annotated[int, typer.Option(help="Mails of one sender that are worked on in an hour.")] = 20,
) -> None:
    """Open a mailbox as a way in, and answers by mail as a way out."""
    values = {
        "address": address, "imap_host": imap_host, "smtp_host": smtp_host, "name": name, "imap_port": imap_port,
        "imap_security": imap_security, "imap_user": imap_user, "folder": folder, "done": done, "aside": aside,
        "smtp_port": smtp_port, "smtp_security": smtp_security, "smtp_user": smtp_user, "most_per_hour": most_per_hour,
    }  # fmt: skip
    _opened(tenant, MAIL, values)


def whatsapp_command(
    tenant: TenantId,
    number: Annotated[str, typer.Option(help="Id of the telephone number at WhatsApp.")],
    agreed: Annotated[str, typer.Option(help="Who decided, and when, that messages may go through Meta's servers.")],
    template: Annotated[str, typer.Option(help="Approved template that asks for an answer after 24 hours.")] = "",
    api: Annotated[str, typer.Option(help="Address of the Graph API with its version.")] = "",
) -> None:
    """Open WhatsApp. Messages of people then go through the servers of Meta; a decision about that is needed."""
    values = {"number": number, "agreed": agreed, "template": template, **({"api": api} if api else {})}
    _opened(tenant, WHATSAPP, values)


def phone_command(
    tenant: TenantId,
    name: Annotated[str, typer.Option(help="Who is called, as it is spoken.")],
    person: Annotated[str, typer.Option(help="Number calls are passed on to, as +49...")] = "",
    emergency: Annotated[str, typer.Option(help="Number of the emergency service, as +49...")] = "",
) -> None:
    """Open the webhook of a telephony provider."""
    _opened(tenant, PHONE, {"name": name, "person": person, "emergency": emergency})


def open311_command(
    tenant: TenantId,
    contact: Annotated[str, typer.Option(help="Whom people who write programs may ask.")],
    key_service: Annotated[str, typer.Option(help="How a key is had, in words.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="The jurisdiction_id; any is taken when left out.")] = "",
    open_to_all: Annotated[bool, typer.Option("--open-to-all", help="Take reports without a key too.")] = False,
    city: Annotated[str, typer.Option(help="Endpoint of the city's existing system that gets the reports.")] = "",
    city_jurisdiction: Annotated[str, typer.Option(help="Its jurisdiction_id.")] = "",
    city_codes: Annotated[str, typer.Option(help="JSON object: our service code, and the city's.")] = "{}",
) -> None:
    """Open Open311, for apps that report defects and for handing them to a city's existing system."""
    try:
        codes = orjson.loads(city_codes)
    except orjson.JSONDecodeError:
        codes = None
    if not isinstance(codes, dict) or not all(isinstance(value, str) for value in codes.values()):
        raise ChannelError('city_codes: give a JSON object of codes, such as {"strassenlaterne": "017"}.')
    values = {
        "contact": contact, "key_service": key_service, "jurisdiction": jurisdiction, "open_to_all": open_to_all,
        "city": city, "city_jurisdiction": city_jurisdiction, "city_codes": codes,
    }  # fmt: skip
    _opened(tenant, OPEN311, values)


def _opened(tenant_id: str, channel: str, values: dict[str, Any]) -> None:
    settings = read(channel, values)
    what = "The channel cannot be opened"
    with open_tenant(Settings().home, tenant_id) as tenant, tenant.database.write(what) as connection:
        channels.set_settings(connection, channel, written(settings), datetime.now(UTC), "")
    missing = [name for name in _SECRETS[channel] if not ChannelSecrets().of(tenant_id, channel, name)]
    out.print(f"{channel} of {tenant_id} is open.")
    if missing:
        out.print(f"It still needs in KASTOR_CHANNEL_SECRETS: {', '.join(missing)}.", markup=False)


_SECRETS = {MAIL: ("imap",), WHATSAPP: ("app", "verify", "token"), PHONE: ("signature",), OPEN311: ()}


def list_command(tenant: TenantId, as_json: AsJson = False) -> None:
    """List the ways in and out that are open, and what came in over them."""
    with open_tenant(Settings().home, tenant) as opened, opened.database.read() as connection:
        found = channels.all_settings(connection)
        counts = channels.counts(connection)
        failed = channels.failed(connection)
    rows = [{"channel": name, "settings": values, "entries": counts.get(name, {})} for name, values in found.items()]
    if as_json:
        typer.echo(orjson.dumps({"channels": rows, "failed": failed}, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("channel", "settings", "done", "waiting", "failed")
    for name, values in found.items():
        shown = ", ".join(f"{key}={value}" for key, value in values.items() if value)
        table.add_row(name, shown, *(str(counts.get(name, {}).get(one, 0)) for one in ("done", "waiting", "failed")))
    out.print(table)
    for row in failed:
        out.print(f"{row['channel']} of {row['at'][:16]}: {row['problem']}", markup=False)


def check_command(tenant: TenantId) -> None:
    """Sign in at the mail servers of a tenant, without changing anything there."""
    with open_tenant(Settings().home, tenant) as opened:
        settings = intake.settings_of(opened).get(MAIL)
    if not isinstance(settings, MailSettings):
        raise ChannelError(f"{tenant} has no mailbox. Open one with kastor tenant mail.")
    secrets = ChannelSecrets()
    try:
        waiting = mailbox.check(settings, secrets.of(tenant, MAIL, "imap"))
        mail_send.check(settings, secrets.of(tenant, MAIL, "smtp"))
    except TryLater as error:
        raise ChannelError(str(error)) from None
    out.print(f"Both mail servers answer; {waiting} mails wait in {settings.folder}.")


def close_command(
    tenant: TenantId,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="mail, whatsapp, phone or open311.")],
) -> None:
    """Close a way in and out; what came in stays, what is to be sent waits."""
    what = "The channel cannot be closed"
    with open_tenant(Settings().home, tenant) as opened, opened.database.write(what) as connection:
        if channels.settings(connection, channel) is None:
            known = ", ".join(channels.all_settings(connection)) or "none"
            raise ChannelError(f"{channel[:40]!r} is no open channel of {tenant}. Open: {known}.")
        channels.set_settings(connection, channel, None, datetime.now(UTC), "")
    out.print(f"{channel} of {tenant} is closed.")


def collect_command(tenant: TenantId) -> None:
    """Look into the mailbox and work on what came in, once; the server does this by itself."""
    from kastor.cases.reception import receive

    with open_tenant(Settings().home, tenant) as opened:
        done = intake.turn(opened, receive, datetime.now(UTC), seldom=True)
    out.print(f"{done} entries were worked on.")


def again_command(tenant: TenantId) -> None:
    """Let everything that could not be worked on be tried once more."""
    what = "The entries cannot be marked"
    with open_tenant(Settings().home, tenant) as opened, opened.database.write(what) as connection:
        count = channels.again(connection, datetime.now(UTC))
    out.print(f"{count} entries are tried again.")


def simulate_command(
    tenant: TenantId,
    caller: Annotated[str, typer.Option(help="Number of who calls; withheld when left out.")] = "",
    confidence: Annotated[float, typer.Option(help="How sure words are recognised, 0 to 1.")] = 0.9,
) -> None:
    """Call in this terminal: write what you say, #1 for the key 1, an empty line for silence, . to hang up."""
    with open_tenant(Settings().home, tenant) as opened:
        found = intake.settings_of(opened).get(PHONE)
        settings = found if isinstance(found, PhoneSettings) else PhoneSettings(opened.info.title)
        _call(opened, settings, caller, confidence)


def _call(tenant: Tenant, settings: PhoneSettings, caller: str, confidence: float) -> None:
    from kastor.cases.channels.calls import answered
    from kastor.cases.channels.phone_events import Event
    from kastor.cases.reception import receive

    begun = datetime.now(UTC)
    call, number, going = f"simulated-{begun.timestamp():.6f}", 1, True
    kind, given = "started", ""
    while going:
        text, digits = (given, "") if kind == "transcript" else ("", given)
        event = Event(call, number, kind, caller, text, confidence, digits, "", datetime.now(UTC))
        going = _told(orjson.loads(answered(tenant, settings, event, receive, datetime.now(UTC)))["actions"])
        number += 1
        if going:
            kind, given = _typed()


def _told(actions: list[dict[str, Any]]) -> bool:
    """Print what is said and done; whether the call goes on."""
    for action in actions:
        if action["do"] in ("say", "ask") and action["text"]:
            typer.echo(f"> {action['text']}")
        elif action["do"] == "transfer":
            typer.echo(f"> [{action['to']}]")
    return bool(actions) and actions[-1]["do"] not in ("hangup", "transfer")


def _typed() -> tuple[str, str]:
    """What somebody types: kind of event and what is in it."""
    line = typer.get_text_stream("stdin").readline()
    said = line.strip()
    if not line or said == ".":
        return "hangup", ""
    if not said:
        return "silence", ""
    return ("digits", said[1:]) if said.startswith("#") and len(said) > 1 else ("transcript", said)
