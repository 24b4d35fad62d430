"""The mailbox: mails are fetched by IMAP, written down, and only then moved out of the way.

A mail stays in its folder until it is in the inbox of the tenant for good. Who is killed between leaves it there; it
is fetched again, known again by its key, and moved. So none is lost and none counts twice, whatever happens when.

References
----------
RFC 3501 (IMAP4rev1: UIDs), RFC 6851 (MOVE), RFC 4315 (UID EXPUNGE).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from kastor.cases.channels.mail import LARGEST, read
from kastor.cases.channels.settings import MailSettings
from kastor.cases.delivery import TryLater

SECONDS = 30.0
"""How long the server may take."""

AT_ONCE = 50
"""Mails of one look into the mailbox."""

Keep = Callable[[str, str, bytes, datetime], None]
"""Writes a mail down for good: key, sender, bytes, when it arrived."""


@contextmanager
def opened(settings: MailSettings, password: str) -> Iterator[IMAPClient]:
    """
    The mailbox, signed in.

    Raises
    ------
    TryLater
        When the server does not answer, or refuses.
    """
    try:
        with _connected(settings) as client:
            client.login(settings.imap_user or settings.address, password)
            yield client
    except (IMAPClientError, OSError, EOFError) as error:
        # what a server says may hold the password or an address: only its kind is told
        raise TryLater(f"The mail server {settings.imap_host} cannot be used ({type(error).__name__}).") from None


def _connected(settings: MailSettings) -> IMAPClient:
    context = ssl.create_default_context()
    client = IMAPClient(
        settings.imap_host, settings.imap_port, ssl=settings.imap_security == "tls", ssl_context=context,
        timeout=SECONDS,
    )  # fmt: skip
    if settings.imap_security == "starttls":
        client.starttls(context)
    return client


def collect(settings: MailSettings, password: str, keep: Keep) -> int:
    """
    Fetch what has arrived; gives the number of mails.

    Parameters
    ----------
    settings
        Of the mailbox.
    password
        Its password.
    keep
        Writes a mail down; when it raises, the mail stays where it is.

    Raises
    ------
    TryLater
        When the server does not answer, or refuses.
    """
    own = frozenset({settings.address.lower()})
    with opened(settings, password) as client:
        _make_folders(client, settings)
        client.select_folder(settings.folder)
        found = sorted(client.search(["UNDELETED"]))[:AT_ONCE]
        for uid in found:
            raw, arrived = _fetched(client, uid)
            letter = read(raw, arrived, own)
            keep(letter.message.key, letter.message.sender, raw, arrived)
            _move(client, uid, settings.done if letter.kind == "message" else settings.aside)
        return len(found)


def _make_folders(client: IMAPClient, settings: MailSettings) -> None:
    for folder in (settings.done, settings.aside):
        if not client.folder_exists(folder):
            client.create_folder(folder)


def _fetched(client: IMAPClient, uid: int) -> tuple[bytes, datetime]:
    """A mail and when it arrived; of one that is too large the head and the beginning."""
    about: Any = client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"])[uid]
    size = int(about[b"RFC822.SIZE"])
    arrived = _utc(about.get(b"INTERNALDATE"))
    if size <= LARGEST:
        whole: Any = client.fetch([uid], ["BODY.PEEK[]"])[uid]
        return bytes(whole[b"BODY[]"]), arrived
    part: Any = client.fetch([uid], [f"BODY.PEEK[]<0.{LARGEST + 1}>"])[uid]
    return bytes(part[b"BODY[]<0>"]), arrived


def _utc(value: Any) -> datetime:
    if not isinstance(value, datetime):
        return datetime.now(UTC)
    # the client gives local time of this machine without a zone
    return value.astimezone(UTC)


def _move(client: IMAPClient, uid: int, folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move([uid], folder)
        return
    client.copy([uid], folder)
    client.delete_messages([uid])
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])


def check(settings: MailSettings, password: str) -> int:
    """Sign in and count the mails that wait, without changing anything."""
    with opened(settings, password) as client:
        status: Any = client.folder_status(settings.folder, ["MESSAGES"])
        return int(status[b"MESSAGES"])
