"""Mails between mailbox and case: what came in goes to its conversation, what is to be said goes out."""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from kastor.cases import casework, commands
from kastor.cases.appointments.answers import of_calendar
from kastor.cases.appointments.invitations import answer
from kastor.cases.channels import mail_send
from kastor.cases.channels.inbox import Receive, TooMany, door_for
from kastor.cases.channels.mail import Letter, joined, read
from kastor.cases.channels.mail_kinds import MailKind
from kastor.cases.channels.mail_write import Conversation, id_of, mail_of, new_token
from kastor.cases.channels.outgoing import open_settings, reply_of
from kastor.cases.channels.settings import ChannelSecrets, MailSettings
from kastor.cases.continuing import link
from kastor.cases.delivery import GiveUp
from kastor.cases.message import MAIL, Reply
from kastor.store import Tenant, cases, channels, outbox
from kastor.store.case_links import case_of_thread
from kastor.store.channels import Entry
from kastor.store.database import Database
from kastor.store.outbox import Item

HOUR = timedelta(hours=1)

_NOTES = {
    "too_large": "[Die E-Mail war zu groß; nur ihr Anfang ist hier.]",
    "encrypted": "[Die E-Mail ist verschlüsselt und kann hier nicht gelesen werden.]",
    "too_deep": "[Teile der E-Mail sind zu tief verschachtelt und fehlen.]",
    "too_many_parts": "[Die E-Mail hat zu viele Teile; einige fehlen.]",
}


def take_in(tenant: Tenant, settings: MailSettings, entry: Entry, receive: Receive, now: datetime) -> MailKind:
    """
    Work on a mail that came in; gives who wrote it.

    Raises
    ------
    TooMany
        When its sender writes more in an hour than is worked on.
    """
    arrived = datetime.fromisoformat(entry.at)
    letter = read(entry.content, arrived, frozenset({settings.address.lower()}))
    if letter.kind == "bounce":
        _note_bounce(tenant, letter, now)
    # calendars often answer by themselves and say so
    if letter.kind in ("message", "auto_reply") and _of_calendar(tenant, letter, now):
        return letter.kind
    if letter.kind != "message" or not letter.message.sender:
        return letter.kind
    with tenant.database.write("The thread of a mail cannot be written") as connection:
        if channels.recent(connection, MAIL, letter.message.sender, now - HOUR) > settings.most_per_hour:
            raise TooMany("There are too many mails of one sender.")
        thread = _thread(connection, letter, arrived)
    door = door_for(entry, receive)
    door(tenant, replace(letter.message, thread=thread, text=_with_notes(letter)), now)
    with tenant.database.write("The thread of a mail cannot be written") as connection:
        _keep(connection, letter, thread)
    return letter.kind


def _of_calendar(tenant: Tenant, letter: Letter, now: datetime) -> bool:
    """Whether it is the answer of a calendar to an appointment of ours; it is taken then, and opens no case."""
    for file in letter.message.attachments:
        if file.media_type.startswith("text/calendar") and answer(file.content) is not None:
            with casework.begin(tenant.database, now) as work:
                if of_calendar(work, file.content, letter.message.sender):
                    return True
    return False


def _thread(connection: Any, letter: Letter, arrived: datetime) -> str:
    """The thread of a mail, found or begun; the same when it is asked for again."""
    message = letter.message
    known = channels.thread_named(connection, MAIL, message.key)
    if known is None:
        known = _joined(connection, letter) or new_token()
    identity = message.key.rpartition("#")[0]
    channels.name(connection, MAIL, known, [message.key, identity, *letter.roots[:1], known], arrived)
    channels.heard(connection, MAIL, known, message.sender, arrived)
    return known


def _joined(connection: Any, letter: Letter) -> str:
    """The thread an earlier mail of the same sender began; empty when there is none."""

    def known(name: str) -> tuple[str, str] | None:
        thread = channels.thread_named(connection, MAIL, name)
        found = channels.thread(connection, MAIL, thread) if thread else None
        if found is None:
            return None
        takes_part = channels.sender_is(found, MAIL, letter.message.sender)
        return found.thread, letter.message.sender if takes_part else ""

    thread = joined(letter, known)
    return "" if thread in (letter.message.thread, letter.message.key) else thread


def _with_notes(letter: Letter) -> str:
    """The text, and what of the mail is missing; who reads it should know."""
    notes = [_NOTES.get(note, f"[Anlage fehlt: {note.partition(' ')[2]}]") for note in letter.notes]
    return "\n\n".join(part for part in (letter.message.text, *notes) if part)


def _keep(connection: Any, letter: Letter, thread: str) -> None:
    """Keep what an answer needs: whom it goes to, its subject, and the ids of the mails before."""
    found = channels.thread(connection, MAIL, thread)
    case_id = case_of_thread(connection, MAIL, thread)
    if found is None or case_id is None:
        return
    before = dict(found.known) if found.case == case_id else {}
    identity = letter.message.key.rpartition("#")[0]
    ids = [one for one in before.get("references", list(letter.roots)) if one != identity]
    known = {
        "address": before.get("address") or letter.reply_to or letter.message.sender,
        "name": before.get("name") or letter.name, "subject": before.get("subject") or letter.message.subject,
        "references": [*ids, identity][-40:],
    }  # fmt: skip
    channels.keep(connection, MAIL, thread, case_id, known)


def _token(thread: str) -> str:
    """The token of a thread: itself, or one made from it where somebody of the staff began it by another name."""
    if re.fullmatch(r"[A-Z2-7]{12}", thread):
        return thread
    return b32encode(sha256(thread.encode()).digest()).decode("ascii")[:12]


def _note_bounce(tenant: Tenant, letter: Letter, now: datetime) -> None:
    """A mail of ours did not arrive: its case goes to a person."""
    for identity in letter.failed:
        with tenant.database.read() as connection:
            key = channels.thread_named(connection, SENT, identity)
            thread = channels.thread_named(connection, MAIL, identity)
            found = channels.thread(connection, MAIL, thread) if thread else None
        if key is None or found is None or not found.case:
            continue
        with casework.begin(tenant.database, now) as work:
            work.do(found.case, commands.Undeliverable(key, MAIL, 1), commands.HandOver("undeliverable"))


TOGETHER = "mail-together"
"""Names of this channel are keys of replies that left in the mail of another one, to whose key they lead."""

SENT = "mail-sent"
"""Names of this channel are ids of mails we sent; they lead to the key of the reply."""


def send(database: Database, item: Item) -> None:
    """
    Send a reply as a mail, with everything else that was said in the same moment; a ``Sender`` of effects.

    Raises
    ------
    TryLater, GiveUp
        See ``mail_send.send``; when the channel is closed or no address is known.
    """
    with database.read() as connection:
        if channels.thread_named(connection, TOGETHER, item.key) is not None:
            return
        behind = outbox.following(connection, item.key)
        case_key = cases.key_of(connection, item.case)
        items = [item, *(outbox.item(connection, key, case_key) for key in behind)]
        onwards = link(database.directory.name, item.case, case_key, datetime.fromisoformat(item.made))
    settings = open_settings(database, MAIL)
    assert isinstance(settings, MailSettings)
    tenant = database.directory.name
    conversation = _conversation(database, items)
    made = datetime.fromisoformat(item.made)
    reply = _one([reply_of(database, one) for one in items])
    raw = mail_of(reply, conversation, (settings.name or tenant, settings.address), made, onwards)
    mail_send.send(settings, ChannelSecrets().of(tenant, MAIL, "smtp"), conversation.recipient, raw)
    identity = id_of(conversation.token, reply.key, settings.address.rpartition("@")[2])
    with database.write("A mail that was sent cannot be noted") as connection:
        thread = str(item.payload["thread"])
        channels.name(connection, MAIL, thread, [identity, conversation.token], made)
        channels.heard(connection, MAIL, thread, conversation.recipient, made)
        channels.name(connection, SENT, item.key, [identity], made)
        channels.name(connection, TOGETHER, item.key, behind, made)


def _one(replies: Sequence[Reply]) -> Reply:
    """What was said in one moment as one reply: who asked once gets one mail. What is asked last stands at the end."""
    last = replies[-1]
    return replace(
        last, key=replies[0].key, text="\n\n".join(one.text.strip() for one in replies),
        attachments=tuple(file for one in replies for file in one.attachments),
    )  # fmt: skip


def _conversation(database: Database, items: Sequence[Item]) -> Conversation:
    """What an answer must know; a thread somebody of the staff began has an address only."""
    payload: Mapping[str, Any] = items[0].payload
    with database.read() as connection:
        found = channels.thread(connection, MAIL, str(payload["thread"]))
    known = found.known if found else {}
    recipient = str(known.get("address") or payload.get("sender") or "")
    if "@" not in recipient:
        raise GiveUp("It is not known which address the answer goes to.")
    own = next((str(one.payload["subject"]) for one in items if one.payload.get("subject")), "")
    subject = own or str(known.get("subject") or "")
    references = tuple(known.get("references", ()))
    return Conversation(_token(str(payload["thread"])), recipient, str(known.get("name", "")), subject, references)
