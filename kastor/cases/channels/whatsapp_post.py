"""WhatsApp between webhook and case: notices are written down message by message, replies go out part by part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection

from kastor.cases import casework, commands
from kastor.cases.channels.inbox import Receive, TooMany, door_for
from kastor.cases.channels.outgoing import open_settings, reply_of
from kastor.cases.channels.settings import ChannelSecrets, WhatsAppSettings
from kastor.cases.channels.whatsapp import (
    BadNotice,
    Incoming,
    Notice,
    Status,
    bodies,
    is_open,
    listed,
    notice,
    template,
    values,
    with_files,
)
from kastor.cases.channels.whatsapp_calls import WindowClosed, fetch, post
from kastor.cases.delivery import GiveUp, TryLater
from kastor.cases.message import WHATSAPP, Message, Reply
from kastor.store import Tenant, channels, outbox
from kastor.store.case_links import digest
from kastor.store.channels import Entry
from kastor.store.database import Database
from kastor.store.moments import moment
from kastor.store.outbox import Item

SENT = "whatsapp-sent"
"""Names of this channel are parts of replies WhatsApp has taken."""

FAILED = "whatsapp-failed"
"""Names of this channel are messages WhatsApp could not bring to somebody."""

WITHOUT_FILES = 4
"""After so many tries a message is taken in without the files that cannot be fetched."""

_MISSING = "[Eine Datei konnte nicht abgerufen werden.]"


def write_down(database: Database, settings: WhatsAppSettings, body: bytes, now: datetime) -> int:
    """
    Write down what a webhook call tells, each message for itself; gives the number of new ones.

    Raises
    ------
    BadNotice
        When it is no notice of WhatsApp.
    """
    found = notice(body, settings.number, now)
    singles = _singles(body, settings.number)
    with database.write("A message of WhatsApp cannot be written down") as connection:
        new = sum(
            channels.put(connection, WHATSAPP, one.message.key, one.message.sender, singles[one.message.key], now)
            for one in found.messages
        )
        _note_statuses(connection, found, now)
    for status in found.statuses:
        if status.status == "failed" and status.key:
            _hand_over(database, status, now)
    return new


def _hand_over(database: Database, status: Status, now: datetime) -> None:
    """WhatsApp took a message and could not bring it to somebody: a person has to find another way."""
    key = status.key.rpartition("/")[0]
    with database.read() as connection:
        known = channels.thread_named(connection, FAILED, status.id) is not None
        case_id = outbox.find_case(connection, key)
    if known or case_id is None:
        return
    with casework.begin(database, now) as work:
        channels.name(work.connection, FAILED, key, [status.id], now)
        work.do(case_id, commands.Undeliverable(key, WHATSAPP, 1), commands.HandOver("undeliverable"))


def _singles(body: bytes, number: str) -> dict[str, bytes]:
    """A notice of its own for each message."""
    found: dict[str, bytes] = {}
    for value in values(orjson.loads(body)):
        for single in listed(value, "messages"):
            own = {"metadata": {"phone_number_id": number}, "contacts": listed(value, "contacts"), "messages": [single]}
            entry = {"changes": [{"field": "messages", "value": own}]}
            whole = {"object": "whatsapp_business_account", "entry": [entry]}
            found[str(single.get("id", ""))[:300]] = orjson.dumps(whole)
    return found


def _note_statuses(connection: Connection, found: Notice, now: datetime) -> None:
    """Remember which parts of replies arrived, so that none is sent again; one that failed later goes to a person."""
    for one in found.statuses:
        if one.key and one.status != "failed":
            channels.name(connection, SENT, one.id or one.key, [one.key], now)


def take_in(tenant: Tenant, settings: WhatsAppSettings, entry: Entry, receive: Receive, now: datetime) -> None:
    """
    Work on a message that came in.

    Raises
    ------
    TryLater
        When a file of it cannot be fetched yet.
    TooMany
        When its sender writes more in an hour than is worked on.
    """
    try:
        (incoming,) = notice(entry.content, settings.number, datetime.fromisoformat(entry.at)).messages
    except (BadNotice, ValueError):
        return
    message = incoming.message
    with tenant.database.write("A message of WhatsApp cannot be written down") as connection:
        if channels.recent(connection, WHATSAPP, message.sender, now - timedelta(hours=1)) > settings.most_per_hour:
            raise TooMany("There are too many messages of one sender.")
        channels.heard(connection, WHATSAPP, message.thread, message.sender, message.received)
    door = door_for(entry, receive)
    door(tenant, _whole(tenant, settings, incoming, entry.tries), now)
    with tenant.database.write("A message of WhatsApp cannot be written down") as connection:
        outbox.hurry(connection, f"{WHATSAPP}:{digest(WHATSAPP, message.thread)}", moment(now))


def _whole(tenant: Tenant, settings: WhatsAppSettings, incoming: Incoming, tries: int) -> Message:
    """The message with its files; without them when they cannot be had."""
    token = ChannelSecrets().of(tenant.info.id, WHATSAPP, "token")
    files = []
    missing = False
    for media in incoming.media:
        try:
            file = fetch(settings, token, media)
        except TryLater:
            if tries < WITHOUT_FILES:
                raise
            file = None
        missing = missing or file is None
        files += [file] if file else []
    message = with_files(incoming, files)
    return replace(message, text=f"{message.text}\n\n{_MISSING}".strip()) if missing else message


def send(database: Database, item: Item) -> None:
    """
    Send a reply; a ``Sender`` of effects.

    Outside the 24 hours a template asks for an answer, once, and the reply waits for it.

    Raises
    ------
    TryLater, GiveUp
        When it did not work for now, or for good.
    """
    settings = open_settings(database, WHATSAPP)
    assert isinstance(settings, WhatsAppSettings)
    number = str(item.payload["thread"])
    now = datetime.now(UTC)
    with database.read() as connection:
        found = channels.thread(connection, WHATSAPP, number)
    last = datetime.fromisoformat(found.at) if found else None
    reply = reply_of(database, item)
    token = ChannelSecrets().of(database.directory.name, WHATSAPP, "token")
    try:
        if not is_open(last, now):
            raise WindowClosed
        for body in bodies(reply, number):
            _once(database, settings, token, body, now)
    except WindowClosed:
        _ask_for_answer(database, settings, token, reply, number, last, now)
        raise TryLater("WhatsApp takes free text only within 24 hours of somebody's last message.") from None


def _once(database: Database, settings: WhatsAppSettings, token: str, body: dict[str, object], now: datetime) -> None:
    """Send one part, unless it is known that WhatsApp has it."""
    part = str(body["biz_opaque_callback_data"])
    with database.read() as connection:
        if channels.thread_named(connection, SENT, part) is not None:
            return
    identity = post(settings, token, body)
    with database.write("A message that was sent cannot be noted") as connection:
        channels.name(connection, SENT, identity or part, [part], now)


def _ask_for_answer(
    database: Database, settings: WhatsAppSettings, token: str, reply: Reply, number: str, last: datetime | None,
    now: datetime,
) -> None:  # fmt: skip
    """Send the template once for each silence; without one a person has to find another way."""
    if not settings.template:
        raise GiveUp("The 24 hours of WhatsApp are over and no template is set.")
    since = moment(last) if last else ""
    body = template(settings.template, reply.language, number, f"{number}@{since}")
    try:
        _once(database, settings, token, body, now)
    except WindowClosed:
        raise GiveUp("WhatsApp does not take the template either.") from None
