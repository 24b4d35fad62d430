"""3D Tiles, terrain and their indexes: ready bytes from the tenant's directory."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.loading import tiles_of
from kastor.web.files import IMMUTABLE, PRIVATE, REVALIDATE, file_below, send
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/tiles", tags=["tiles"], dependencies=[needs(Right.SEE)])


@router.get("/{tenant}/{path:path}")
def tile(request: Request, tenant: str, path: str) -> Response:
    """A tileset, tile or terrain index; content files bear their hash in their name and never change."""
    twin = visible(request, tenant)
    directory = tiles_of(twin)
    file = file_below(directory, path)
    if directory != twin.tiles:
        # no cache between here and the staff may keep it
        return send(request, file, PRIVATE)
    return send(request, file, IMMUTABLE if file.suffix == ".glb" else REVALIDATE)
