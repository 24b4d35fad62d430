"""Mails to craftsmen: orders, and visits with an invitation for their calendar."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from kastor.cases.channels import mail_send
from kastor.cases.channels.mail_headers import plain
from kastor.cases.channels.mail_write import attach
from kastor.cases.channels.outgoing import open_settings
from kastor.cases.channels.settings import ChannelSecrets, MailSettings
from kastor.cases.delivery import GiveUp
from kastor.cases.message import MAIL, Attachment
from kastor.store.database import Database
from kastor.store.outbox import Item


def send(database: Database, item: Item) -> None:
    """
    Send an order or a visit to a craftsman; a ``Sender`` of effects.

    Raises
    ------
    TryLater, GiveUp
        See ``mail_send.send``; when the tenant has no mailbox, or the address is none.
    """
    settings = open_settings(database, MAIL)
    assert isinstance(settings, MailSettings)
    raw = mail_of(settings, item)
    mail_send.send(settings, ChannelSecrets().of(database.directory.name, MAIL, "smtp"), item.payload["to"], raw)


def mail_of(settings: MailSettings, item: Item) -> bytes:
    """The bytes of a mail; the same for the same item."""
    mail = EmailMessage(policy=SMTP)
    local, _, domain = settings.address.rpartition("@")
    mail["From"] = Address(plain(settings.name, 100), username=local, domain=domain)
    try:
        mail["To"] = Address(addr_spec=item.payload["to"])
    except (ValueError, IndexError):
        raise GiveUp("The craftsman's mail address is none.") from None
    mail["Subject"] = plain(item.payload["subject"], 150)
    mail["Date"] = format_datetime(datetime.fromisoformat(item.made))
    mail["Message-ID"] = f"<craft.{sha256(item.key.encode()).hexdigest()[:24]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "de"
    mail.set_content(item.payload["text"], cte="quoted-printable")
    calendar = item.payload.get("calendar")
    if calendar:
        media_type = f"text/calendar; method={calendar['method']}"
        attach(mail, Attachment("termin.ics", media_type, calendar["content"].encode()))
    return mail.as_bytes()
