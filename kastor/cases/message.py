"""What comes in from people and goes out to them, the same whatever channel carries it.

A channel turns bytes from outside into a :class:`Message` and a :class:`Reply` into bytes; nothing above the channels
knows mail, WhatsApp or a web page. Everything here is plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

Language = Literal["de", "en", "leicht"]
"""German, English, German in Leichte Sprache."""

_NOTHING: Mapping[str, Any] = {}

WEB, MAIL, WHATSAPP, PHONE, OPEN311, STAFF = "web", "mail", "whatsapp", "phone", "open311", "staff"
"""Names of the channels."""

CHANNELS = (WEB, MAIL, WHATSAPP, PHONE, OPEN311, STAFF)


@dataclass(frozen=True)
class Attachment:
    """
    A file somebody sent.

    Parameters
    ----------
    name
        Name of the file as the sender gave it; never used as a path.
    media_type
        Such as ``image/jpeg``.
    content
        Its bytes, as they came.
    """

    name: str
    media_type: str
    content: bytes

    @property
    def hash(self) -> str:
        """SHA-256 of the bytes, hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Message:
    """
    What somebody wrote, said or pressed, once.

    Parameters
    ----------
    channel
        One of ``CHANNELS``.
    key
        The provider's id of it, unique within the channel: the same message again changes nothing.
    thread
        What belongs together in the channel: a chat, the root of a mail thread, a telephone number of WhatsApp, a call.
    sender
        Address of who sent it, in the form of the channel; empty when unknown.
    text
        What it says, as plain text.
    received
        When it came in, UTC.
    subject
        Of a mail; empty elsewhere.
    language
        ``de``, ``en`` or ``leicht`` where the channel knows it (a switch of the page); None to be found out.
    attachments
        Files with it.
    answers
        Values of slots given by buttons or fields, by name of the slot; no reading of text is needed for them.
    place
        A point picked on a map or sent by a telephone: longitude, latitude (WGS 84). [degree]
    object
        Id of a twin's object picked in the scene or known from a contract; empty when none.
    """

    channel: str
    key: str
    thread: str
    sender: str
    text: str
    received: datetime
    subject: str = ""
    language: Language | None = None
    attachments: tuple[Attachment, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    place: tuple[float, float] | None = None
    object: str = ""


@dataclass(frozen=True)
class Choice:
    """
    Something to press instead of writing.

    Parameters
    ----------
    value
        What it means: comes back as the value of the slot asked for.
    label
        What it says, in the language of the reply.
    """

    value: str
    label: str


@dataclass(frozen=True)
class Reply:
    """
    What is said to somebody.

    Parameters
    ----------
    text
        Plain text; paragraphs are separated by an empty line.
    language
        Language of the text.
    key
        Unique for ever: a channel that got it twice sends it once.
    kind
        ``notice`` (one talks to an automated system), ``emergency``, ``question``, ``summary``, ``text``, ``decision``,
        ``letter``, ``appointment``, ``survey`` or ``handed_over``.
    choices
        What can be pressed; writing is possible all the same.
    ask
        Slot the answer is for; empty when nothing is asked.
    attachments
        Files with it, such as a letter as PDF or an appointment as iCalendar.
    """

    text: str
    language: Language
    key: str
    kind: str = "text"
    choices: tuple[Choice, ...] = ()
    ask: str = ""
    attachments: tuple[Attachment, ...] = ()
