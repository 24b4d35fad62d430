"""E-mail: what a mail says, which conversation it belongs to, and whether it may be answered.

A conversation is found by the ids our answers carry (``References``, ``In-Reply-To``), else by the mark ``[#…]`` in the
subject. Both hold a token nobody can guess; and a mail joins a conversation only when its sender took part in it, so a
forwarded mail opens nobody else's case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from kastor.cases.channels.mail_headers import addresses, header, message_id, plain, references
from kastor.cases.channels.mail_kinds import LEFT, MailKind, failed_ids, kind_of
from kastor.cases.channels.mail_parts import content_of, parsed
from kastor.cases.channels.mail_text import own_words
from kastor.cases.message import MAIL, Message

LARGEST = 25 * 2**20
"""Of a mail that is read whole; of a larger one the head is. [bytes]"""

TOKEN = re.compile(r"\[#([A-Z2-7]{12})\]")
"""The mark of a conversation in a subject."""

_TOKEN_IN_ID = re.compile(re.escape(LEFT) + r"([a-z2-7]{12})\.[0-9a-f]+@")
_ANSWERS = re.compile(r"(\s*(re|aw|antwort|sv|wg|fw|fwd)\s*(\[\d+\])?\s*:)+\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """
    A mail as it was understood.

    Parameters
    ----------
    kind
        Who wrote it; only a ``message`` is answered.
    why
        How that is known, empty for a message.
    message
        What it says. The thread is that of the mail alone (its root); :func:`joined` finds the conversation.
    name
        What the sender calls himself or herself; empty when nothing.
    tokens
        Tokens of conversations the mail names, in ids first, then in the subject.
    roots
        Ids of mails it answers, the oldest first.
    failed
        Of a bounce: ids of our mails that did not arrive.
    notes
        What could not be read, see ``mail_parts.Content``.
    reply_to
        Where answers go.
    """

    kind: MailKind
    why: str
    message: Message
    name: str
    tokens: tuple[str, ...]
    roots: tuple[str, ...]
    failed: tuple[str, ...]
    notes: tuple[str, ...]
    reply_to: str


def read(raw: bytes, received: datetime, own: frozenset[str] = frozenset()) -> Letter:
    """
    What a mail says; never raises, whatever is in it.

    Parameters
    ----------
    raw
        The mail as it came.
    received
        When it came into the mailbox, UTC.
    own
        Addresses this tenant writes from.
    """
    mime = parsed(raw[:LARGEST])
    kind, why = kind_of(mime, own)
    content = content_of(mime)
    name, sender = (addresses(mime, "From") or addresses(mime, "Sender") or [("", "")])[0]
    subject = header(mime, "Subject")
    answers = tuple(references(mime))
    text = own_words(content.text, subject)
    identity = message_id(mime) or sha256(raw).hexdigest()
    message = Message(
        channel=MAIL, key=_key(identity, raw), thread=_root(answers, identity), sender=sender,
        text=text, received=received, subject=plain(_ANSWERS.sub("", TOKEN.sub("", subject)), 300),
        attachments=tuple(content.attachments),
    )  # fmt: skip
    notes = [*content.notes, *(["too_large"] if len(raw) > LARGEST else [])]
    reply_to = (addresses(mime, "Reply-To") or [("", sender)])[0][1]
    return Letter(
        kind=kind, why=why, message=message, name=name, tokens=_tokens(answers, subject), roots=answers,
        failed=tuple(failed_ids(mime)) if kind == "bounce" else (), notes=tuple(notes), reply_to=reply_to,
    )  # fmt: skip


def _key(identity: str, raw: bytes) -> str:
    """
    The same for the same mail however it travelled, and different for two mails of one id.

    Servers add lines at the head on the way, so only what stands below counts.
    """
    body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1]
    ending = sha256(body.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()[:16]
    return f"{identity[:200]}#{ending}"


def _root(answers: tuple[str, ...], identity: str) -> str:
    return (answers[0] if answers else identity)[:300]


def _tokens(answers: tuple[str, ...], subject: str) -> tuple[str, ...]:
    in_ids = [match.group(1).upper() for one in reversed(answers) if (match := _TOKEN_IN_ID.match(one))]
    return tuple(dict.fromkeys([*in_ids, *TOKEN.findall(subject.upper())]))


def joined(letter: Letter, known: Callable[[str], tuple[str, str] | None]) -> str:
    """
    The thread a mail belongs to.

    Parameters
    ----------
    letter
        The mail.
    known
        Thread and address of the sender of a token or an id of a mail; None when it is not known.

    Returns
    -------
    str
        A known thread where its sender is this one, else that of the mail itself.
    """
    for name in (*letter.tokens, *letter.roots):
        found = known(name)
        if found is not None and found[1] == letter.message.sender:
            return found[0]
    if any(known(name) is not None for name in (*letter.tokens, *letter.roots)):
        # somebody else's conversation: it stays theirs
        return letter.message.key
    return letter.message.thread
