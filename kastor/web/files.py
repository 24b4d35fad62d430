"""Ready bytes from disk: precompressed, cached for ever when their name is their hash."""

from __future__ import annotations

import mimetypes
from email.utils import formatdate
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, Response

from kastor.web.errors import NotFound

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
PRIVATE = "private, no-cache"

MEDIA_TYPES = {".glb": "model/gltf-binary", ".json": "application/json", ".terrain": "application/vnd.quantized-mesh"}


def file_below(directory: Path, path: str) -> Path:
    """
    The file ``path`` names below ``directory``.

    Raises
    ------
    NotFound
        When there is none, or when the name leads out of the directory.
    """
    # NUL and names of great length are no names for the system
    try:
        found = (directory / path).resolve()
        there = found.is_relative_to(directory.resolve()) and found.is_file()
    except (ValueError, OSError):
        there = False
    if not there:
        raise NotFound(f"There is no file {path[:200]!r} here.")
    return found


def send(request: Request, file: Path, cache: str) -> Response:
    """
    The bytes of a file, compressed as the browser likes when a compressed neighbour (.br, .gz) exists.

    Answers 304 when the browser has them already; ranges are served from the plain file.
    """
    status = file.stat()
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = {
        "ETag": tag,
        "Cache-Control": cache,
        "Vary": "Accept-Encoding",
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    media_type = MEDIA_TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if "range" not in request.headers:
        accepted = {coding.split(";")[0].strip() for coding in request.headers.get("accept-encoding", "").split(",")}
        for suffix, coding in ((".br", "br"), (".gz", "gzip")):
            compressed = file.with_name(file.name + suffix)
            if coding in accepted and compressed.is_file():
                headers["Content-Encoding"] = coding
                return Response(compressed.read_bytes(), media_type=media_type, headers=headers)
    return FileResponse(file, media_type=media_type, headers=headers)
