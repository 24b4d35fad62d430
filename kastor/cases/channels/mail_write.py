"""Answers as mails: text and HTML, in the conversation, marked as automatic, with an id that stays the same.

References
----------
RFC 5322, RFC 3834 (``Auto-Submitted: auto-replied``).
"""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from kastor.cases.channels.mail_headers import plain
from kastor.cases.channels.mail_kinds import LEFT, OURS
from kastor.cases.message import Attachment, Choice, Reply

NEWEST = 20
"""Ids an answer refers to: the root and the newest."""

_ANSWER = {
    "de": "Antworten Sie einfach mit der Zahl oder mit eigenen Worten:",
    "en": "Just answer with the number or in your own words:",
    "leicht": "Antworten Sie mit der Zahl. Oder schreiben Sie eigene Wörter:",
}

_CHOOSE = {
    "de": "Oder wählen Sie den Termin mit einem Klick (der Link ist nur für Sie):",
    "en": "Or choose the appointment with a click (the link is for you only):",
    "leicht": "Oder wählen Sie den Termin im Internet aus. Der Link ist nur für Sie:",
}
_BROWSER = {
    "de": "Oder antworten Sie im Browser, dort auch als Formular (der Link ist nur für Sie):",
    "en": "Or answer in the browser, as a form if you like (the link is for you only):",
    "leicht": "Oder antworten Sie im Internet. Der Link ist nur für Sie:",
}


@dataclass(frozen=True)
class Conversation:
    """
    What an answer must know about the mails before.

    Parameters
    ----------
    token
        Of the conversation, see :func:`new_token`.
    recipient, recipient_name
        Whom it goes to.
    subject
        Of the first mail, without marks.
    references
        Ids of the mails so far, the oldest first.
    """

    token: str
    recipient: str
    recipient_name: str
    subject: str
    references: tuple[str, ...] = ()


def new_token() -> str:
    """A token nobody can guess (60 bits), twelve letters and digits that are not confused."""
    return b32encode(secrets.token_bytes(8)).decode("ascii")[:12]


def id_of(token: str, key: str, domain: str) -> str:
    """The id of the mail of a reply, without brackets: the same however often it is sent."""
    return f"{LEFT}{token.lower()}.{sha256(key.encode()).hexdigest()[:24]}@{domain}"


def mail_of(reply: Reply, conversation: Conversation, sender: tuple[str, str], now: datetime, link: str = "") -> bytes:
    """
    The bytes of an answer.

    Parameters
    ----------
    reply
        What is said.
    conversation
        Which mails it follows.
    sender
        Name and address it comes from.
    now
        Date of the mail, UTC.
    link
        Where an answer can be given in the browser too; empty for nowhere.
    """
    name, address = sender
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(name, address)
    mail["To"] = _address(conversation.recipient_name, conversation.recipient)
    mail["Subject"] = _subject(conversation, reply.language)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{id_of(conversation.token, reply.key, address.rpartition('@')[2])}>"
    if conversation.references:
        mail["In-Reply-To"] = f"<{conversation.references[-1]}>"
        mail["References"] = " ".join(f"<{one}>" for one in _few(conversation.references))
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[OURS] = "1"
    mail["Content-Language"] = "en" if reply.language == "en" else "de"
    text = written(reply, link)
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(_html(text, reply.language, link), subtype="html", cte="quoted-printable")
    for attachment in reply.attachments:
        attach(mail, attachment)
    return mail.as_bytes()


def _few(references: Sequence[str]) -> Sequence[str]:
    return references if len(references) <= NEWEST else (references[0], *references[-(NEWEST - 1) :])


def _address(name: str, address: str) -> Address | str:
    shown = plain(name, 100)
    local, _, domain = plain(address, 320).rpartition("@")
    if local and domain and (local + domain).isascii():
        return Address(shown, username=local, domain=domain)
    # a part with umlauts needs a server that takes them (RFC 6531); most do today
    return f"{shown} <{plain(address, 320)}>" if shown else plain(address, 320)


def _subject(conversation: Conversation, language: str) -> str:
    words = plain(conversation.subject, 150) or ("Your request" if language == "en" else "Ihr Anliegen")
    return f"{'Re' if language == 'en' else 'AW'}: {words} [#{conversation.token}]"


def written(reply: Reply, link: str = "") -> str:
    """The text of a reply with what can be chosen as numbered lines, and where to answer in the browser."""
    parts = [reply.text.rstrip()]
    if reply.choices:
        parts.append(f"{_ANSWER[reply.language]}\n{_numbered(reply.choices)}")
    if link and reply.ask:
        words = _CHOOSE if reply.kind == "appointment" else _BROWSER
        parts.append(f"{words[reply.language]}\n{link}")
    return "\n\n".join(parts) + "\n"


def _numbered(choices: Sequence[Choice]) -> str:
    return "\n".join(f"{number}) {choice.label}" for number, choice in enumerate(choices, 1))


def _html(text: str, language: str, link: str = "") -> str:
    """The same text as a plain page; whatever it says is shown, never obeyed."""
    paragraphs = "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>" for one in text.strip().split("\n\n"))
    if link:
        paragraphs = paragraphs.replace(
            f"<br>{escape(link)}</p>", f'<br><a href="{escape(link)}">{escape(link)}</a></p>'
        )
    return (
        f'<!DOCTYPE html><html lang="{"en" if language == "en" else "de"}"><head><meta charset="utf-8"></head>'
        f'<body style="font-family:sans-serif;font-size:1rem;line-height:1.5">{paragraphs}</body></html>'
    )


def attach(mail: EmailMessage, attachment: Attachment) -> None:
    """Put a file into a mail; a calendar file says what is to be done with it (iMIP, RFC 6047)."""
    main, _, sub = attachment.media_type.partition("/")
    if main == "text":
        charset = "utf-8"
        mail.add_attachment(
            attachment.content.decode("utf-8", "replace"), subtype=sub.partition(";")[0] or "plain", charset=charset,
            cte="base64", filename=plain(attachment.name, 120),
        )  # fmt: skip
        method = attachment.media_type.partition("method=")[2]
        if method:
            mail.get_payload()[-1].set_param("method", method)  # type: ignore[index, union-attr]
        return
    mail.add_attachment(
        attachment.content, maintype=main or "application", subtype=sub.partition(";")[0] or "octet-stream",
        filename=plain(attachment.name, 120),
    )  # fmt: skip
