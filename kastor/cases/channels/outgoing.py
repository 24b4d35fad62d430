"""What waits in the outbox, as a reply with its files, and the settings it goes out with."""

from __future__ import annotations

from kastor.cases.channels.settings import Settings, read
from kastor.cases.delivery import TryLater, attachment
from kastor.cases.message import Attachment, Choice, Reply
from kastor.store import channels
from kastor.store.database import Database
from kastor.store.outbox import Item


def settings_of(database: Database, channel: str) -> Settings | None:
    """The settings of a channel; None when it is closed."""
    with database.read() as connection:
        found = channels.settings(connection, channel)
    return None if found is None else read(channel, found)


def open_settings(database: Database, channel: str) -> Settings:
    """
    The settings of a channel that something is to be sent on.

    Raises
    ------
    TryLater
        When it is closed; it may be opened again.
    """
    found = settings_of(database, channel)
    if found is None:
        raise TryLater(f"The channel {channel} is closed.")
    return found


def reply_of(database: Database, item: Item) -> Reply:
    """The reply an item of the outbox carries; files are read from the case."""
    payload = item.payload
    choices = tuple(Choice(one["value"], one["label"]) for one in payload.get("choices", ()))
    files = tuple(Attachment(*attachment(database, item, str(one["hash"]))) for one in payload.get("files", ()))
    return Reply(
        payload["text"], payload.get("language") or "de", str(payload.get("key") or item.key),
        payload.get("kind") or "text", choices, payload.get("ask") or "", files,
    )  # fmt: skip
