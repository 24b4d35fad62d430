"""Ways in and out of a tenant: which are open and how, what came in and waits, and which thread a name belongs to.

What comes in is written down before anything else happens, under the provider's id; so a provider that is told "I have
it" may forget it, and one that sends it again changes nothing. Whoever works on an entry marks it done afterwards; who
is killed between leaves it to the next, and the case knows the message already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from kastor.store.audit import record
from kastor.store.case_links import digest
from kastor.store.case_schema import cases
from kastor.store.cases import CaseErased, UnknownCase, case, key_of
from kastor.store.channel_schema import channel_inbox, channel_names, channel_threads, channels, publications
from kastor.store.moments import moment
from kastor.store.sealing import seal, unseal

WAITING, DONE, FAILED, NOTED = "waiting", "done", "failed", "noted"
"""States of an entry; failed ones wait for a person, notes are nothing that came in."""

NOTED_FOR = timedelta(days=1)
"""How long a note is kept."""

KEPT = timedelta(days=30)
"""How long the key of an entry that is done is kept; nothing comes again later than that."""


@dataclass(frozen=True)
class Entry:
    """
    Something that came in.

    Parameters
    ----------
    channel, key
        Where it came in, and what it is known by.
    at
        When, ISO 8601.
    tries
        How often it was worked on in vain.
    content
        As it came.
    """

    channel: str
    key: str
    at: str
    tries: int
    content: bytes


@dataclass(frozen=True)
class Thread:
    """
    A conversation on a channel.

    Parameters
    ----------
    thread
        What it is called within the channel.
    sender
        Hash of who takes part.
    case
        Its case; empty while there is none.
    at
        When somebody wrote last, ISO 8601.
    known
        What the channel keeps of it; empty when the case is erased.
    """

    thread: str
    sender: str
    case: str
    at: str
    known: Mapping[str, Any]


def settings(connection: Connection, name: str) -> dict[str, Any] | None:
    """Settings of a channel; None when it is closed."""
    wanted = select(channels.c.settings).where(channels.c.name == name)
    found: dict[str, Any] | None = connection.execute(wanted).scalar_one_or_none()
    return found


def all_settings(connection: Connection) -> dict[str, dict[str, Any]]:
    """Settings of the channels that are open, by name."""
    rows = connection.execute(select(channels.c.name, channels.c.settings).order_by(channels.c.name))
    return {str(name): dict(found) for name, found in rows}


def set_settings(connection: Connection, name: str, values: Mapping[str, Any] | None, now: datetime, who: str) -> None:
    """Open a channel with these settings, or close it (None)."""
    connection.execute(delete(channels).where(channels.c.name == name))
    if values is not None:
        row = {"name": name, "settings": dict(values), "changed": moment(now), "who": who}
        connection.execute(insert(channels).values(row))
    record(connection, who, "open_channel" if values is not None else "close_channel", name, {})


def put(connection: Connection, channel: str, key: str, sender: str, content: bytes, now: datetime) -> bool:
    """Write down what came in; False when the same came before."""
    named = digest(channel, key)
    known = select(channel_inbox.c.key).where(channel_inbox.c.channel == channel, channel_inbox.c.key == named)
    if connection.execute(known).first() is not None:
        return False
    row = {
        "channel": channel, "key": named, "sender": digest(channel, sender), "at": moment(now), "state": WAITING,
        "due": moment(now), "tries": 0, "problem": "", "content": content,
    }  # fmt: skip
    connection.execute(insert(channel_inbox).values(row))
    return True


def waiting(connection: Connection, now: datetime, limit: int = 50) -> list[Entry]:
    """Entries that are due, the oldest first."""
    wanted = select(*_ENTRY).where(channel_inbox.c.state == WAITING, channel_inbox.c.due <= moment(now))
    return [_entry(row) for row in connection.execute(wanted.order_by(channel_inbox.c.at).limit(limit))]


def recent(connection: Connection, channel: str, sender: str, since: datetime) -> int:
    """How much came from somebody since a moment."""
    wanted = select(func.count()).where(
        channel_inbox.c.channel == channel, channel_inbox.c.sender == digest(channel, sender),
        channel_inbox.c.at > moment(since),
    )  # fmt: skip
    return int(connection.execute(wanted).scalar_one())


def done(connection: Connection, entry: Entry) -> None:
    """An entry was worked on; its content goes."""
    _mark(connection, entry, state=DONE, content=b"", problem="")


def put_off(connection: Connection, entry: Entry, due: datetime, problem: str) -> None:
    """It did not work; once more later."""
    _mark(connection, entry, due=moment(due), tries=entry.tries + 1, problem=problem[:500])


def wait(connection: Connection, entry: Entry, due: datetime, why: str) -> None:
    """Its turn has not come yet."""
    _mark(connection, entry, due=moment(due), problem=why[:500])


def give_up(connection: Connection, entry: Entry, problem: str) -> None:
    """It never works; a person has to look."""
    _mark(connection, entry, state=FAILED, tries=entry.tries + 1, problem=problem[:500])


def _mark(connection: Connection, entry: Entry, **values: Any) -> None:
    named = (channel_inbox.c.channel == entry.channel, channel_inbox.c.key == entry.key)
    connection.execute(update(channel_inbox).where(*named).values(values))


def failed(connection: Connection) -> list[dict[str, Any]]:
    """What could not be worked on, without its content."""
    names = ("channel", "key", "at", "tries", "problem")
    wanted = select(*(channel_inbox.c[name] for name in names)).where(channel_inbox.c.state == FAILED)
    return [dict(row) for row in connection.execute(wanted.order_by(channel_inbox.c.at)).mappings()]


def again(connection: Connection, now: datetime) -> int:
    """Let everything that failed be tried once more; gives its number."""
    values = {"state": WAITING, "due": moment(now)}
    return connection.execute(update(channel_inbox).where(channel_inbox.c.state == FAILED).values(values)).rowcount


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Number of entries by channel and state."""
    wanted = select(channel_inbox.c.channel, channel_inbox.c.state, func.count())
    found: dict[str, dict[str, int]] = {}
    for channel, state, count in connection.execute(wanted.group_by(channel_inbox.c.channel, channel_inbox.c.state)):
        found.setdefault(str(channel), {})[str(state)] = int(count)
    return found


def tidy(connection: Connection, now: datetime) -> None:
    """Forget keys nothing comes for any more, and threads without a case."""
    limit = moment(now - KEPT)
    connection.execute(delete(channel_inbox).where(channel_inbox.c.state == DONE, channel_inbox.c.at < limit))
    over = (channel_inbox.c.state == NOTED, channel_inbox.c.due < moment(now))
    connection.execute(delete(channel_inbox).where(*over))
    gone = select(cases.c.id).where(cases.c.erased.is_not(None))
    connection.execute(delete(publications).where(publications.c.case.in_(gone)))
    lost = select(channel_threads.c.thread).where(channel_threads.c.case == "", channel_threads.c.at < limit)
    connection.execute(delete(channel_threads).where(channel_threads.c.thread.in_(lost)))


def name(connection: Connection, channel: str, thread: str, names: list[str], now: datetime) -> None:
    """Let names lead to a thread; those that lead to one already stay."""
    for one in dict.fromkeys(names):
        if one and thread_named(connection, channel, one) is None:
            row = {"channel": channel, "name": digest(channel, one), "thread": thread, "at": moment(now)}
            connection.execute(insert(channel_names).values(row))


def unname(connection: Connection, channel: str, one: str) -> None:
    """Let a name lead nowhere."""
    named = (channel_names.c.channel == channel, channel_names.c.name == digest(channel, one))
    connection.execute(delete(channel_names).where(*named))


def thread_named(connection: Connection, channel: str, one: str) -> str | None:
    """The thread a name leads to."""
    named = (channel_names.c.channel == channel, channel_names.c.name == digest(channel, one))
    return connection.execute(select(channel_names.c.thread).where(*named)).scalar_one_or_none()


def heard(connection: Connection, channel: str, thread: str, sender: str, at: datetime) -> None:
    """Somebody wrote in a thread, which begins with it when there was none; late news change nothing."""
    known = connection.execute(select(channel_threads.c.at).where(*_of(channel, thread))).scalar_one_or_none()
    if known is None:
        row = {
            "channel": channel, "thread": digest(channel, thread), "sender": digest(channel, sender), "case": "",
            "at": moment(at), "sealed": b"",
        }  # fmt: skip
        connection.execute(insert(channel_threads).values(row))
    elif known < moment(at):
        connection.execute(update(channel_threads).where(*_of(channel, thread)).values(at=moment(at)))


def thread(connection: Connection, channel: str, named: str) -> Thread | None:
    """A thread; None when nobody wrote in it."""
    row = connection.execute(select(channel_threads).where(*_of(channel, named))).one_or_none()
    if row is None:
        return None
    known: Mapping[str, Any] = {}
    if row.sealed:
        try:
            place = f"channel:{channel}:{row.thread}"
            known = orjson.loads(unseal(key_of(connection, row.case), bytes(row.sealed), place))
        except CaseErased:
            known = {}
    return Thread(named, row.sender, row.case, row.at, known)


def keep(connection: Connection, channel: str, named: str, case_id: str, known: Mapping[str, Any]) -> None:
    """Keep what a channel must know of a thread, sealed with the key of its case; nothing when that is erased."""
    place = f"channel:{channel}:{digest(channel, named)}"
    try:
        sealed = seal(key_of(connection, case(connection, case_id).id), orjson.dumps(known), place)
    except (CaseErased, UnknownCase):
        return
    connection.execute(update(channel_threads).where(*_of(channel, named)).values(case=case_id, sealed=sealed))


def sender_is(found: Thread, channel: str, sender: str) -> bool:
    """Whether somebody takes part in a thread."""
    return found.sender == digest(channel, sender)


def _of(channel: str, named: str) -> tuple[Any, Any]:
    return channel_threads.c.channel == channel, channel_threads.c.thread == digest(channel, named)


@dataclass(frozen=True)
class Publication:
    """What everybody may see of a case: a description that names nobody, and photos by the hash of their content."""

    description: str
    photos: tuple[str, ...] = ()


def publish(connection: Connection, case_id: str, wanted: Publication | None, now: datetime, who: str) -> None:
    """
    Let everybody see a case like this; None takes it back.

    Raises
    ------
    UnknownCase
        When there is no such case.
    """
    case(connection, case_id)
    connection.execute(delete(publications).where(publications.c.case == case_id))
    if wanted is not None:
        row = {"case": case_id, "description": wanted.description, "photos": list(wanted.photos)}
        connection.execute(insert(publications).values(**row, at=moment(now), who=who))
    record(connection, who, "publish_case" if wanted is not None else "hide_case", case_id, {})


def published(connection: Connection, case_id: str) -> Publication | None:
    """What everybody may see of a case; None when it is not published."""
    wanted = select(publications.c.description, publications.c.photos).where(publications.c.case == case_id)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Publication(row.description, tuple(row.photos))


_ENTRY = tuple(channel_inbox.c[name_] for name_ in ("channel", "key", "at", "tries", "content"))


def _entry(row: Any) -> Entry:
    return Entry(row.channel, row.key, row.at, row.tries, bytes(row.content))


def note(connection: Connection, channel: str, named: str) -> bytes:
    """What a channel noted under a name; empty when nothing."""
    wanted = select(channel_inbox.c.content).where(
        channel_inbox.c.channel == channel, channel_inbox.c.key == digest(channel, named)
    )
    found = connection.execute(wanted).scalar_one_or_none()
    return b"" if found is None else bytes(found)


def set_note(connection: Connection, channel: str, named: str, content: bytes, now: datetime) -> None:
    """Note something under a name for a day."""
    key = digest(channel, named)
    connection.execute(delete(channel_inbox).where(channel_inbox.c.channel == channel, channel_inbox.c.key == key))
    row = {
        "channel": channel, "key": key, "sender": "", "at": moment(now), "state": NOTED, "due": moment(now + NOTED_FOR),
        "tries": 0, "problem": "", "content": content,
    }  # fmt: skip
    connection.execute(insert(channel_inbox).values(row))
