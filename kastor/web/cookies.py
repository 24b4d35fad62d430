"""Cookies of accounts: the secret of a session, and for some minutes that of a sign-in at a provider."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

SESSION, PROVIDER = "kastor", "kastor-provider"
"""Their names."""

SAFER = "__Host-"
"""Before the names over an encrypted connection: browsers take such cookies from nobody else."""


def cookie(headers: Mapping[str, str], which: str = SESSION) -> str | None:
    """The secret a browser sent."""
    for part in headers.get("cookie", "").split(";"):
        name, sign, value = part.strip().partition("=")
        if sign and name in (SAFER + which, which):
            return value
    return None


def set_cookie(request: Request, response: Response, secret: str, days: float, which: str = SESSION) -> None:
    """Let the browser keep a secret, out of reach of scripts and of other sites' requests."""
    safe = encrypted(request)
    response.set_cookie(
        SAFER + which if safe else which, secret, max_age=int(days * 86_400), path="/", secure=safe, httponly=True,
        samesite="lax",
    )  # fmt: skip


def drop_cookie(response: Response, which: str = SESSION) -> None:
    """Let the browser forget it."""
    response.delete_cookie(SAFER + which, path="/", secure=True, httponly=True, samesite="lax")
    response.delete_cookie(which, path="/", httponly=True, samesite="lax")


def encrypted(request: Request) -> bool:
    """Whether the browser came encrypted, also through a proxy that ends the encryption."""
    public = str(request.app.state.settings.public_url)
    return request.url.scheme == "https" or public.startswith("https://")
