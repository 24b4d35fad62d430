"""The browser app: one page for every address, its assets by hash."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kastor.formats.map_services import origin
from kastor.store import StoreError
from kastor.store.tenants import INTERFACES
from kastor.web.errors import NotFound
from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.guard import SECURITY_HEADERS
from kastor.web.opened import opened
from kastor.web.rights import serves_everybody

STATIC = Path(__file__).parent / "static"


def policy(hosts: Iterable[str]) -> str:
    """What a page may load: what every page may, and pictures of the map services its tenant has configured."""
    strict = SECURITY_HEADERS["Content-Security-Policy"]
    return strict.replace("img-src 'self'", " ".join(("img-src 'self'", *hosts)))


router = APIRouter(include_in_schema=False, dependencies=[serves_everybody()])


@router.get("/assets/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A file of the browser app whose name holds its hash."""
    return send(request, file_below(STATIC / "assets", path), IMMUTABLE)


@router.get("/{path:path}")
def page(request: Request, path: str) -> Response:
    """The app itself; it reads the address and asks for what it needs."""
    if path.partition("/")[0] in INTERFACES:
        raise NotFound(f"There is nothing at /{path}.")
    file = STATIC / path
    if path and "." in path.rsplit("/", 1)[-1] and file.is_file():
        return send(request, file_below(STATIC, path), REVALIDATE)
    if not (STATIC / "index.html").is_file():
        raise NotFound("The browser app is not built yet; run `make build/browser`.")
    hosts = _hosts(request, path.split("/", 1)[0])
    if not hosts:
        return send(request, STATIC / "index.html", REVALIDATE)
    # Always whole: a browser that keeps the page would keep what it was allowed to load before, too.
    headers = {"Cache-Control": REVALIDATE, "Content-Security-Policy": policy(hosts)}
    return HTMLResponse((STATIC / "index.html").read_bytes(), headers=headers)


def _hosts(request: Request, tenant: str) -> list[str]:
    """Hosts of the map services of a tenant, none where there is no such tenant."""
    try:
        services = opened(request, tenant).info.services if tenant else ()
    # the app says what is wrong when it asks for the twin
    except StoreError:
        return []
    return sorted({origin(service) for service in services})
