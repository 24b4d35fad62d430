"""The parts of a mail: its text, in whatever it is packed, and its files, also those inside ``winmail.dat``.

A mail may be built to hurt: nested a thousand times, with ten thousand parts or a text of a gigabyte. What is too much
is left out and named; nothing raises.
"""

from __future__ import annotations

import binascii
import email
import email.policy
import logging
import mimetypes
import re
import struct
import zipfile
from dataclasses import dataclass, field
from email.message import Message as Mime
from typing import Any

from kastor.cases.channels.mail_headers import decoded, plain, text_of
from kastor.cases.channels.mail_text import LONGEST, QUOTED_BELOW, html_text, unwrapped
from kastor.cases.message import Attachment

MOST_PARTS = 100
"""Parts of one mail that are looked at."""

DEEPEST = 25
"""Parts within parts."""

LARGEST_FILE = 20 * 2**20
"""Of one attachment. [bytes]"""

SMALL_PICTURE = 4096
"""Pictures inside the text up to this size are logos and smileys, not what somebody wants to show. [bytes]"""

_NESTED = re.compile(rb"(?im)^content-type:\s*(multipart/|message/rfc822)")
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_META = re.compile(rb"""<meta[^>]{0,300}charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_NO_NAME = re.compile(r"[\\/:*?\"<>|]+")


@dataclass
class Content:
    """
    What a mail holds.

    Parameters
    ----------
    text
        Its text, quotes and all.
    attachments
        Its files.
    notes
        What was left out and why: ``too_deep``, ``too_many_parts``, ``too_large NAME``, ``encrypted`` or
        ``unreadable NAME``.
    """

    text: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def parsed(raw: bytes) -> Mime:
    """
    A mail as a tree of parts; of one that is nested too deeply the head only.

    The parser goes down into itself for every part in a part, so depth is looked at before.
    """
    if len(_NESTED.findall(raw[: 50 * 2**20])) <= MOST_PARTS * 2:
        try:
            return email.message_from_bytes(raw, policy=email.policy.compat32)
        except RecursionError:
            pass
    head = re.split(rb"\r?\n\r?\n", raw[: 2**20], maxsplit=1)[0]
    mime = email.message_from_bytes(head + b"\r\n\r\n", policy=email.policy.compat32)
    del mime["Content-Type"]
    mime["Content-Type"] = "text/plain"
    mime.add_header("X-Too-Deep", "yes")
    return mime


def content_of(mime: Mime) -> Content:
    """Text and files of a mail."""
    found = Content()
    if mime["X-Too-Deep"]:
        found.notes.append("too_deep")
    texts: list[str] = []
    _collect(mime, found, texts, 0, [0])
    found.text = "\n".join(one for one in texts if one.strip())
    return found


def _collect(mime: Mime, found: Content, texts: list[str], depth: int, seen: list[int]) -> None:
    seen[0] += 1
    if depth > DEEPEST:
        _note(found, "too_deep")
        return
    if seen[0] > MOST_PARTS:
        _note(found, "too_many_parts")
        return
    kind = mime.get_content_type()
    parts = _parts(mime)
    if kind == "multipart/alternative":
        _alternative(parts, found, texts, depth, seen)
    elif kind == "multipart/encrypted":
        _note(found, "encrypted")
    elif kind == "message/rfc822" and parts:
        _enclosed(mime, parts[0], found, texts, depth, seen)
    elif parts:
        for part in parts:
            _collect(part, found, texts, depth + 1, seen)
    else:
        _leaf(mime, kind, found, texts)


def _parts(mime: Mime) -> list[Mime]:
    # asking for the content of a part that has none decodes it, in whatever charset it states
    payload: Any = mime.get_payload() if mime.is_multipart() else []
    return [part for part in payload if isinstance(part, Mime)]


def _alternative(parts: list[Mime], found: Content, texts: list[str], depth: int, seen: list[int]) -> None:
    """Of several wordings the plain one, unless it is empty or only says that HTML is needed; files of all."""
    readings: list[tuple[str, list[str]]] = []
    for part in parts:
        own: list[str] = []
        _collect(part, found, own, depth + 1, seen)
        readings.append((part.get_content_type(), own))
    plains = "\n".join(text for kind, own in readings if kind == "text/plain" for text in own).strip()
    others = "\n".join(text for kind, own in readings if kind != "text/plain" for text in own).strip()
    placeholder = len(plains) < 200 and len(others) > len(plains) and "html" in plains.lower()
    texts.append(others if not plains or placeholder else plains)


def _enclosed(outer: Mime, inner: Mime, found: Content, texts: list[str], depth: int, seen: list[int]) -> None:
    """A mail within a mail: its text is read when it stands for itself, and it is kept as a file."""
    raw = inner.as_bytes(policy=email.policy.compat32)
    subject = decoded(str(inner.get("Subject", "")))
    _keep(found, Attachment(_name(outer, f"{subject[:60] or 'mail'}.eml"), "message/rfc822", raw))
    own: list[str] = []
    within = Content()
    _collect(inner, within, own, depth + 1, seen)
    for note in within.notes:
        _note(found, note)
    if not any(text.strip() for text in texts) and depth <= 1:
        texts.extend(own)


def _leaf(mime: Mime, kind: str, found: Content, texts: list[str]) -> None:
    disposition = str(mime.get("Content-Disposition", "")).strip().lower()
    named = bool(mime.get_filename())
    if kind in _SIGNATURES:
        return
    content = _bytes(mime)
    if kind in _SEALED and not str(mime.get_param("smime-type", "")).startswith("signed"):
        _note(found, "encrypted")
    elif kind in _TNEF or (mime.get_filename() or "").lower() == "winmail.dat":
        _unpack(content, found, texts)
    elif kind in ("text/plain", "text/html") and _is_read(disposition, named, len(content)):
        texts.append(_text(mime, kind, content))
    else:
        _file(mime, kind, content, disposition, found)


def _is_read(disposition: str, named: bool, size: int) -> bool:
    """Whether a text is part of what somebody wrote, and not a file; some programs name the texts they show within."""
    return not disposition.startswith("attachment") if not named else disposition.startswith("inline") and size < 20_000


def _bytes(mime: Mime) -> bytes:
    """The content of a part; what is encoded badly is read as far as it goes."""
    try:
        payload: Any = mime.get_payload(decode=True)
    except (ValueError, binascii.Error, AssertionError, LookupError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _text(mime: Mime, kind: str, content: bytes) -> str:
    charset = _charset(mime)
    if kind == "text/html":
        if not charset:
            stated = _META.search(content[:4096])
            charset = stated.group(1).decode("ascii") if stated else None
        return html_text(text_of(content[: LONGEST * 20], charset))
    text = text_of(content[: LONGEST * 6], charset).replace("\r\n", "\n").replace("\r", "\n").replace(QUOTED_BELOW, "")
    if str(_param(mime, "format")).lower() == "flowed":
        text = unwrapped(text, str(_param(mime, "delsp")).lower() == "yes")
    return text.replace("\x00", "").rstrip("\n")


def _charset(mime: Mime) -> str | None:
    value = _param(mime, "charset")
    return value or None


def _param(mime: Mime, name: str) -> str:
    try:
        value = mime.get_param(name, "")
    except (ValueError, LookupError, IndexError):
        return ""
    # RFC 2231 gives charset, language and value
    return str(value[2] if isinstance(value, tuple) else value or "")


def _file(mime: Mime, kind: str, content: bytes, disposition: str, found: Content) -> None:
    shown_within = bool(mime.get("Content-ID")) and not disposition.startswith("attachment")
    if shown_within and kind.startswith("image/") and len(content) <= SMALL_PICTURE:
        return
    if content:
        ending = mimetypes.guess_extension(kind) or ".bin"
        _keep(found, Attachment(_name(mime, f"anlage{len(found.attachments) + 1}{ending}"), kind, content))


def _keep(found: Content, attachment: Attachment) -> None:
    if len(attachment.content) > LARGEST_FILE:
        _note(found, f"too_large {attachment.name}")
    else:
        found.attachments.append(attachment)


def _name(mime: Mime, otherwise: str) -> str:
    try:
        given = mime.get_filename() or ""
    except (ValueError, LookupError, IndexError, TypeError):
        given = ""
    return file_name(decoded(given)) or file_name(otherwise)


def file_name(given: str) -> str:
    """A name of a file without folders and without characters that mean something to a system."""
    last = _NO_NAME.sub("_", plain(given, 200).replace("\\", "/").rsplit("/", 1)[-1])
    return last.strip(". ")[:120]


def _unpack(content: bytes, found: Content, texts: list[str]) -> None:
    """What Outlook packed into ``winmail.dat``."""
    # it brings a reader of its own, which most mails do not need
    from tnefparse import TNEF

    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        packed = TNEF(content[:LARGEST_FILE])
        own = html_text(_decoded(packed.htmlbody)) if packed.htmlbody else _decoded(packed.body or "")
        files = [(str(one.long_filename() or one.name or ""), bytes(one.data)) for one in packed.attachments]
    except (
        ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, LookupError, OverflowError,
        struct.error, zipfile.BadZipFile, MemoryError, RecursionError,
    ):  # fmt: skip
        _note(found, "unreadable winmail.dat")
        _keep(found, Attachment("winmail.dat", "application/ms-tnef", content))
        return
    if own.strip() and not any(text.strip() for text in texts):
        texts.append(own)
    for name, data in files[:MOST_PARTS]:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        _keep(found, Attachment(file_name(name.strip("\x00")) or "anlage.bin", kind, data))


def _decoded(value: Any) -> str:
    return text_of(value, None) if isinstance(value, bytes) else str(value)


def _note(found: Content, note: str) -> None:
    if note not in found.notes:
        found.notes.append(note)
