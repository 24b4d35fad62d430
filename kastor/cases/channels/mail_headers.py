"""Headers of mails as people's programs really write them: encoded words, raw bytes, broken addresses.

Standard parsers stop at what is malformed; here something readable comes out of everything, on one line, without
control characters, so that nothing of it can become a header of an answer.

References
----------
RFC 5322 (format), RFC 2047 (encoded words).
"""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message as Mime
from email.utils import getaddresses, parsedate_to_datetime

LONGEST = 998
"""Of a header that is kept. [characters]"""

MOST_IDS = 100
"""Message ids of one ``References`` that are looked at."""

_ALIASES = {
    "iso-8859-1": "windows-1252", "latin1": "windows-1252", "latin-1": "windows-1252", "iso8859-1": "windows-1252",
    "us-ascii": "windows-1252", "ascii": "windows-1252", "ansi_x3.4-1968": "windows-1252", "x-unknown": "utf-8",
    "unknown-8bit": "utf-8", "default": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "cp-850": "cp850",
    "unicode": "utf-8", "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8", "gb2312": "gb18030",
}  # fmt: skip
_ID = re.compile(r"<([^<>\s]{1,900})>")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def text_of(content: bytes, charset: str | None) -> str:
    """
    Bytes as text, whatever the charset is said to be; nothing is ever refused.

    Without a charset, and where the stated one does not fit, UTF-8 is tried before Windows-1252. ISO 8859-1 is read
    as Windows-1252, as browsers do, since programs that state it write typographic quotes and the euro sign too.
    """
    stated = (charset or "").strip().strip("\"'").lower()
    name = _ALIASES.get(stated, stated)
    if name == "windows-1252" and _is_utf8(content):
        # pure ASCII is the same in both; what is valid UTF-8 beyond that is never meant as Windows-1252
        name = "utf-8"
    for candidate in (name, "utf-8"):
        try:
            if candidate and codecs.lookup(candidate)._is_text_encoding:
                return content.decode(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("windows-1252", "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def plain(value: str, longest: int = LONGEST) -> str:
    """One line without control characters, and without those that turn the direction of writing."""
    return _CONTROL.sub(" ", value[: longest * 4]).strip()[:longest]


def header(mime: Mime, name: str) -> str:
    """A header in plain words; empty when there is none."""
    return decoded(_raw(mime, name))


def _raw(mime: Mime, name: str) -> str:
    wanted = name.lower()
    return next((str(value) for key, value in mime.raw_items() if key.lower() == wanted), "")


def decoded(value: str) -> str:
    """The words of a header value: encoded words, and bytes that were sent without encoding."""
    unfolded = re.sub(r"\r?\n[ \t]*", " ", value)
    try:
        pieces = decode_header(unfolded)
    except (ValueError, LookupError, AssertionError):
        pieces = [(unfolded, None)]
    words = []
    for piece, charset in pieces:
        content = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
        words.append(text_of(content, charset))
    return plain("".join(words))


def addresses(mime: Mime, name: str) -> list[tuple[str, str]]:
    """Name and address of everybody a header names; addresses in small letters, broken ones left out."""
    raw = re.sub(r"\r?\n[ \t]*", " ", _raw(mime, name))[:20_000]
    found = []
    for shown, address in getaddresses([raw]):
        match = _ADDRESS.fullmatch(address.strip())
        if match:
            found.append((decoded(shown), match.group().lower()))
    if not found:
        # comments and quotes may be broken; an address in the line is one all the same
        loose = _ADDRESS.search(decoded(raw))
        found = [("", loose.group().lower())] if loose else []
    return found


def message_id(mime: Mime) -> str:
    """The id of a mail without its brackets; empty when it has none."""
    ids = _ids(_raw(mime, "Message-ID"))
    return ids[0] if ids else ""


def references(mime: Mime) -> list[str]:
    """Ids of the mails this one answers, the oldest first."""
    found = _ids(_raw(mime, "References"))
    return list(dict.fromkeys([*found, *_ids(_raw(mime, "In-Reply-To"))]))


def _ids(value: str) -> list[str]:
    found = _ID.findall(value[: LONGEST * 20])
    # the root and the youngest matter, whatever a program has collected between
    return found if len(found) <= MOST_IDS else [found[0], *found[-(MOST_IDS - 1) :]]


def date_of(mime: Mime) -> datetime | None:
    """When the sender's clock says it was written, UTC; None when it says nothing readable."""
    try:
        found = parsedate_to_datetime(_raw(mime, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
