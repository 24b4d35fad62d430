"""The one cookie Kastor sets: the secret of a session."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

ENCRYPTED, PLAIN = "__Host-kastor", "kastor"
NAMES = (ENCRYPTED, PLAIN)
"""Its names; browsers take the first only over an encrypted connection and from nobody else."""


def cookie(headers: Mapping[str, str]) -> str | None:
    """The secret a browser sent."""
    for part in headers.get("cookie", "").split(";"):
        name, sign, value = part.strip().partition("=")
        if sign and name in NAMES:
            return value
    return None


def set_cookie(request: Request, response: Response, secret: str, days: float) -> None:
    """Let the browser keep the secret of a session, out of reach of scripts and of other sites' requests."""
    safe = encrypted(request)
    response.set_cookie(
        ENCRYPTED if safe else PLAIN, secret, max_age=int(days * 86_400), path="/", secure=safe, httponly=True,
        samesite="lax",
    )  # fmt: skip


def drop_cookie(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(ENCRYPTED, path="/", secure=True, httponly=True, samesite="lax")
    response.delete_cookie(PLAIN, path="/", httponly=True, samesite="lax")


def encrypted(request: Request) -> bool:
    """Whether the browser came encrypted, also through a proxy that ends the encryption."""
    public = str(request.app.state.settings.public_url)
    return request.url.scheme == "https" or public.startswith("https://")
