"""What came in is worked on: each entry goes to its channel's door, and what does not work is tried again.

``KINDS`` of channels are worked on here that come in by themselves; calls and web pages answer at once and do not wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from kastor.cases import casework, commands
from kastor.cases.channels.settings import ChannelError
from kastor.cases.delivery import TryLater
from kastor.cases.message import Message, Reply
from kastor.store import Tenant, channels
from kastor.store.channels import Entry
from kastor.store.errors import StoreError

Receive = Callable[[Tenant, Message, datetime], tuple[Reply, ...]]
"""Takes a message in: ``reception.receive``."""

Door = Callable[[Entry], object]
"""Works on an entry of a channel."""

TRIES = 8
"""How often an entry is worked on before a person has to look."""

UNDERSTOOD = 3
"""After so many tries a message goes to a person without being understood, so that nothing urgent waits for a fault."""

FAULTS = (
    TryLater, StoreError, OSError, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError,
    TypeError, ValueError,
)  # fmt: skip
"""What may go wrong with one entry without keeping the others waiting: one bad message must not close a channel."""

FIRST, LONGEST = timedelta(seconds=20), timedelta(hours=2)
"""Time until an entry is tried again, which doubles each time, and its limit."""

log = logging.getLogger(__name__)


class TooMany(Exception):
    """Somebody sends more than is worked on in an hour; the rest waits."""


def work_off(tenant: Tenant, doors: dict[str, Door], now: datetime) -> int:
    """
    Work on what is due; gives the number of entries that are done.

    Parameters
    ----------
    doors
        Who works on entries, by channel.
    """
    with tenant.database.read() as connection:
        entries = channels.waiting(connection, now)
    return sum(_worked(tenant, doors.get(entry.channel), entry, now) for entry in entries)


def door_for(entry: Entry, receive: Receive) -> Receive:
    """Who takes a message in: the dialogue, or a person when that went wrong again and again."""
    return receive if entry.tries < UNDERSTOOD else to_person


def to_person(tenant: Tenant, message: Message, now: datetime) -> tuple[Reply, ...]:
    """Take a message in as it is and hand its case to a person."""
    with casework.begin(tenant.database, now) as work:
        if work.case_of_message(message) is None:
            case_id = work.case_of_thread(message.channel, message.thread) or work.open(message)
            work.receive(case_id, message)
            work.do(case_id, commands.HandOver("failed"))
    return ()


def _worked(tenant: Tenant, door: Door | None, entry: Entry, now: datetime) -> bool:
    """Whether an entry is done; else it waits, or a person has to look."""
    what = "What came in cannot be marked"
    if door is None:
        return False
    try:
        door(entry)
    except TooMany as error:
        with tenant.database.write(what) as connection:
            # it is nobody's fault, so it does not count as a try
            channels.wait(connection, entry, now + timedelta(hours=1), str(error))
        return False
    except FAULTS as error:
        # the text of an error may quote what somebody wrote: only its kind is logged
        log.warning("an entry of %s cannot be worked on: %s", entry.channel, type(error).__name__)
        _later(tenant, entry, error, now)
        return False
    with tenant.database.write(what) as connection:
        channels.done(connection, entry)
    return True


def _later(tenant: Tenant, entry: Entry, error: Exception, now: datetime) -> None:
    problem = str(error) if isinstance(error, TryLater | ChannelError) else type(error).__name__
    with tenant.database.write("What came in cannot be marked") as connection:
        if entry.tries + 1 >= TRIES:
            channels.give_up(connection, entry, problem)
        else:
            channels.put_off(connection, entry, now + min(FIRST * 2**entry.tries, LONGEST), problem)
