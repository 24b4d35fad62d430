"""Commands for the remote map services of a tenant: add, remove, list."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.error import URLError
from urllib.request import Request, urlopen

import orjson
import typer
from rich.console import Console
from rich.table import Table

from kastor.formats.errors import FormatError
from kastor.formats.map_services import check, wms, wmts
from kastor.store import open_tenant
from kastor.web.settings import Settings

LARGEST_ANSWER = 20_000_000
"""Of the capabilities of a service. [bytes]"""

PATIENCE = 30.0
"""How long a service may take to answer. [s]"""

out = Console()

TenantId = Annotated[str, typer.Argument(metavar="TENANT", help="Id of the tenant.")]
ServiceId = Annotated[str, typer.Argument(metavar="ID", help="Id of the service, such as luftbild.")]


def add_to(tenant_app: typer.Typer) -> None:
    """Make the commands known."""
    service_app = typer.Typer(help="Remote map services over the ground of a tenant.", no_args_is_help=True)
    tenant_app.add_typer(service_app, name="service")
    service_app.command("add")(add_command)
    service_app.command("remove")(remove_command)
    service_app.command("list")(list_command)


def add_command(
    tenant: TenantId,
    id: ServiceId,
    url: Annotated[str, typer.Argument(metavar="URL", help="Address of the WMS, or of the capabilities of the WMTS.")],
    layer: Annotated[str, typer.Option(help="Name of the layer at the service.")],
    attribution: Annotated[str, typer.Option(help="Who must be named while it is shown.")],
    title: Annotated[str, typer.Option(help="What the layer is called in the browser; the id when left out.")] = "",
    type: Annotated[Literal["wms", "wmts"], typer.Option(help="Kind of service.")] = "wms",
    style: Annotated[str, typer.Option(help="Style of a WMS; the service's own when left out.")] = "",
) -> None:
    """Offer a remote map service in the browser, off at first. One of the same id is replaced."""
    check(id, url)
    with open_tenant(Settings().home, tenant) as opened:
        if type == "wms":
            service = wms(opened.crs, id, title or id, url, layer, attribution, style)
        else:
            service = wmts(opened.crs, id, title or id, url, layer, attribution, _answer(url))
        opened.update(services=[*(one for one in opened.info.services if one["id"] != id), service])
    out.print(f"{service['title']} can be switched on in the layers of {tenant}.")


def remove_command(tenant: TenantId, id: ServiceId) -> None:
    """Offer a remote map service no longer."""
    with open_tenant(Settings().home, tenant) as opened:
        services = list(opened.info.services)
        left = [one for one in services if one["id"] != id]
        if len(left) == len(services):
            known = ", ".join(str(one["id"]) for one in services) or "none"
            raise FormatError(id, f"is no map service of {tenant}.", f"It has: {known}.")
        opened.update(services=left)
    out.print(f"{id} is gone.")


def list_command(
    tenant: TenantId, as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False
) -> None:
    """List the remote map services of a tenant."""
    with open_tenant(Settings().home, tenant) as opened:
        services = [dict(one) for one in opened.info.services]
    if as_json:
        typer.echo(orjson.dumps(services, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("id", "title", "type", "layer", "address", "named")
    for one in services:
        table.add_row(*(str(one[name]) for name in ("id", "title", "type", "layer", "url", "attribution")))
    out.print(table)


def _answer(url: str) -> bytes:
    try:
        with urlopen(Request(url, headers={"User-Agent": "Kastor"}), timeout=PATIENCE) as answer:
            content: bytes = answer.read(LARGEST_ANSWER + 1)
    except (URLError, TimeoutError, ValueError) as error:
        raise FormatError(url, f"does not answer: {error}.", "Try the address in a browser.") from None
    if len(content) > LARGEST_ANSWER:
        raise FormatError(url, "answers with more than 20 MB.", "Give the address of WMTSCapabilities.")
    return content
