"""Absolute addresses in what leaves the house: catalogues, service descriptions, links."""

from __future__ import annotations

from fastapi import Request


def root(request: Request) -> str:
    """Address of this instance without a slash at its end: the setting ``public_url``, or what the request used."""
    public: str = request.app.state.settings.public_url
    return (public or str(request.base_url)).rstrip("/")
