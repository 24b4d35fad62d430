"""The browser app: one page for every address, its assets by hash."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web.errors import NotFound
from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.rights import serves_everybody

STATIC = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False, dependencies=[serves_everybody()])


@router.get("/assets/{path:path}")
def asset(request: Request, path: str) -> Response:
    """A file of the browser app whose name holds its hash."""
    return send(request, file_below(STATIC / "assets", path), IMMUTABLE)


@router.get("/{path:path}")
def page(request: Request, path: str) -> Response:
    """The app itself; it reads the address and asks for what it needs."""
    if path.startswith(("api/", "ogc/", "tiles/", "records/", "wms/", "wfs/", "masterportal/")):
        raise NotFound(f"There is nothing at /{path}.")
    file = STATIC / path
    if path and "." in path.rsplit("/", 1)[-1] and file.is_file():
        return send(request, file_below(STATIC, path), REVALIDATE)
    if not (STATIC / "index.html").is_file():
        raise NotFound("The browser app is not built yet; run `make build/browser`.")
    return send(request, STATIC / "index.html", REVALIDATE)
