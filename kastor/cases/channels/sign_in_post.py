"""The link to one's own cases, as a mail or by WhatsApp; its secret is made when it leaves and is nowhere kept."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from sqlalchemy import select

from kastor.cases.channels import mail_send
from kastor.cases.channels.mail_headers import plain
from kastor.cases.channels.mail_kinds import LEFT, OURS
from kastor.cases.channels.outgoing import open_settings
from kastor.cases.channels.settings import ChannelSecrets, MailSettings, WhatsAppSettings
from kastor.cases.channels.whatsapp import bodies
from kastor.cases.channels.whatsapp_calls import WindowClosed, post
from kastor.cases.delivery import GiveUp
from kastor.cases.message import MAIL, WHATSAPP, Reply
from kastor.store import requesters
from kastor.store.database import Database
from kastor.store.outbox import Item
from kastor.store.requesters import LINK_HOLDS
from kastor.store.schema import tenant

KIND = "sign_in"
"""Kind of the effect."""

SUBJECT = {
    "de": "Ihre Anliegen bei {title}: Link zum Anmelden",
    "en": "Your requests at {title}: link to sign in",
    "leicht": "Ihre Anliegen bei {title}: Link zum Anmelden",
}

TEXT = {
    "de": "Guten Tag,\n\nmit diesem Link sehen Sie Ihre Anliegen bei {title}. Er gilt {minutes} Minuten und nur einmal:"
    "\n\n{link}\n\nHaben Sie das nicht angefordert? Dann müssen Sie nichts tun. Geben Sie den Link nicht weiter.",
    "en": "Hello,\n\nthis link shows you your requests at {title}. It holds for {minutes} minutes and only once:"
    "\n\n{link}\n\nYou did not ask for it? Then you need not do anything. Do not pass the link on.",
    "leicht": "Guten Tag,\n\nmit diesem Link sehen Sie Ihre Anliegen bei {title}.\nDer Link geht {minutes} Minuten."
    "\nDer Link geht nur ein Mal:\n\n{link}\n\nSie wollten den Link nicht?\nDann müssen Sie nichts tun."
    "\nGeben Sie den Link keinem anderen Menschen.",
}  # fmt: skip

log = logging.getLogger("kastor.cases")


def address() -> str:
    """Address of this instance without a slash at the end (``KASTOR_PUBLIC_URL``); empty when it has none."""
    return os.environ.get("KASTOR_PUBLIC_URL", "").rstrip("/")


def send(database: Database, item: Item) -> None:
    """
    Send a link; a ``Sender`` of effects. A link that would come too late, or that nobody takes, is not sent.

    Nobody of the staff is told of one that cannot be brought: whoever waits for it asks again or writes.

    Raises
    ------
    TryLater
        When it did not work for now.
    """
    now = datetime.now(UTC)
    if now - datetime.fromisoformat(item.made) > LINK_HOLDS or not address():
        return
    with database.write("A link cannot be made") as connection:
        secret = requesters.new_link(connection, item.payload["contact"], now)
        title = str(connection.execute(select(tenant.c.title)).scalar_one())
    link = f"{address()}/{database.directory.name}/chat/mine/enter/{secret}"
    language = item.payload["language"]
    text = _filled(TEXT[language], title, link)
    try:
        if item.payload["channel"] == WHATSAPP:
            _by_whatsapp(database, item, Reply(text, language, f"{item.key}-{secret[:6]}"))
        else:
            _by_mail(database, item, _filled(SUBJECT[language], title), text, now)
    except (GiveUp, WindowClosed) as error:
        log.info("a link to own cases could not be sent: %s", type(error).__name__)


def _filled(text: str, title: str, link: str = "") -> str:
    minutes = f"{LINK_HOLDS.total_seconds() / 60:.0f}"
    return text.replace("{minutes}", minutes).replace("{link}", link).replace("{title}", title)


def _by_mail(database: Database, item: Item, subject: str, text: str, now: datetime) -> None:
    settings = open_settings(database, MAIL)
    assert isinstance(settings, MailSettings)
    recipient = str(item.payload["to"])
    raw = mail_of(settings, recipient, subject, text, item.key, now, item.payload["language"])
    mail_send.send(settings, ChannelSecrets().of(database.directory.name, MAIL, "smtp"), recipient, raw)


def mail_of(
    settings: MailSettings, recipient: str, subject: str, text: str, key: str, now: datetime, language: str
) -> bytes:
    """
    The bytes of a mail, with an id of its own for each moment: each holds another link.

    Raises
    ------
    GiveUp
        When the address is none a mail can go to.
    """
    mail = EmailMessage(policy=SMTP)
    local, _, domain = settings.address.rpartition("@")
    mail["From"] = Address(plain(settings.name, 100), username=local, domain=domain)
    try:
        mail["To"] = Address(addr_spec=recipient) if recipient.isascii() else plain(recipient, 320)
    except (ValueError, IndexError):
        raise GiveUp("The address is none a mail can go to.") from None
    mail["Subject"] = plain(subject, 150)
    mail["Date"] = format_datetime(now)
    mark = sha256(f"{key} {now.isoformat()}".encode()).hexdigest()[:24]
    mail["Message-ID"] = f"<{LEFT}link.{mark}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[OURS] = "1"
    mail["Content-Language"] = "en" if language == "en" else "de"
    mail.set_content(f"{text}\n", cte="quoted-printable")
    return mail.as_bytes()


def _by_whatsapp(database: Database, item: Item, reply: Reply) -> None:
    settings = open_settings(database, WHATSAPP)
    assert isinstance(settings, WhatsAppSettings)
    token = ChannelSecrets().of(database.directory.name, WHATSAPP, "token")
    for body in bodies(reply, str(item.payload["to"])):
        post(settings, token, body)
