"""Absolute addresses in what leaves the house: catalogues, service descriptions, links."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from fastapi import Request


def root(request: Request) -> str:
    """Address of this instance without a slash at its end: the setting ``public_url``, or what the request used."""
    public: str = request.app.state.settings.public_url
    return (public or str(request.base_url)).rstrip("/")


def can_have_passkeys(address: str) -> bool:
    """
    Whether browsers take passkeys for a server: it needs a name, and encryption unless it is this machine.

    Examples
    --------
    >>> [can_have_passkeys(a) for a in ("https://a.de", "http://a.de", "http://localhost:8080", "https://127.0.0.1")]
    [True, False, True, False]
    """
    parts = urlsplit(address)
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return parts.scheme == "https" or parts.hostname == "localhost"
    return False
