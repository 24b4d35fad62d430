"""3D Tiles, terrain and their indexes: ready bytes from the tenant's directory."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web.files import IMMUTABLE, REVALIDATE, file_below, send
from kastor.web.tenants import open_by_id

router = APIRouter(prefix="/tiles", tags=["tiles"])


@router.get("/{tenant}/{path:path}")
def tile(request: Request, tenant: str, path: str) -> Response:
    """A tileset, tile or terrain index; content files bear their hash in their name and never change."""
    file = file_below(open_by_id(request, tenant).tiles, path)
    return send(request, file, IMMUTABLE if file.suffix == ".glb" else REVALIDATE)
