"""The browser app: one page for every address, its assets by hash, and the headers that keep it safe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web.errors import NotFound
from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.rights import serves_everybody

STATIC = Path(__file__).parent / "static"

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' blob:; "
    "worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=()",
}

router = APIRouter(include_in_schema=False, dependencies=[serves_everybody()])


@router.get("/assets/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A file of the browser app whose name holds its hash."""
    return send(request, file_below(STATIC / "assets", path), IMMUTABLE)


@router.get("/{path:path}")
def page(request: Request, path: str) -> Response:
    """The app itself; it reads the address and asks for what it needs."""
    if path.startswith(("api/", "ogc/", "tiles/", "records/", "wms/", "masterportal/")):
        raise NotFound(f"There is nothing at /{path}.")
    file = STATIC / path
    if path and "." in path.rsplit("/", 1)[-1] and file.is_file():
        return send(request, file_below(STATIC, path), REVALIDATE)
    if not (STATIC / "index.html").is_file():
        raise NotFound("The browser app is not built yet; run `make build/browser`.")
    return send(request, STATIC / "index.html", REVALIDATE)


async def add_security_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Let the page load nothing from elsewhere; tiles and data stay open to other sites' viewers."""
    response = await call_next(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith(("/tiles/", "/api/", "/ogc/")):
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response.headers.setdefault("Access-Control-Expose-Headers", "Content-Crs, ETag, Link, Location")
    return response
