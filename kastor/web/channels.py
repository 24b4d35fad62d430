"""What webhooks of channels have in common: bodies up to a size, and the settings of an open channel."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request

from kastor.cases.channels.outgoing import settings_of
from kastor.cases.channels.settings import ChannelSecrets, Settings
from kastor.store import Tenant
from kastor.web.errors import BodyTooLarge, NotFound
from kastor.web.opened import opened


async def body_of(request: Request, most: int) -> bytes:
    """
    The body of a request, as it came.

    Raises
    ------
    BodyTooLarge
        When it is larger than ``most``. [bytes]
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise BodyTooLarge(f"More than {most:,} bytes were sent; nothing was taken.")
    return bytes(body)


def open_channel(request: Request, tenant: str, channel: str) -> tuple[Tenant, Settings]:
    """
    The tenant and the settings of a channel.

    Raises
    ------
    NotFound
        When the channel is closed.
    """
    twin = opened(request, tenant)
    found = settings_of(twin.database, channel)
    if found is None:
        raise NotFound(f"The channel {channel} of {tenant!r} is closed.")
    return twin, found


def secret(tenant: str, channel: str, name: str) -> str:
    """A secret of a channel; empty for none."""
    return ChannelSecrets().of(tenant, channel, name)


def present() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def wake(request: Request) -> None:
    """Tell who works on what came in that there is something."""
    intake = getattr(request.app.state, "intake", None)
    if intake is not None:
        intake.wake()
