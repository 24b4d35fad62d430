"""3D Tiles, terrain and their indexes: ready bytes from the tenant's directory."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/tiles", tags=["tiles"], dependencies=[needs(Right.SEE)])


@router.get("/{tenant}/{path:path}")
def tile(request: Request, tenant: str, path: str) -> Response:
    """A tileset, tile or terrain index; content files bear their hash in their name and never change."""
    file = file_below(visible(request, tenant).tiles, path)
    return send(request, file, IMMUTABLE if file.suffix == ".glb" else REVALIDATE)
