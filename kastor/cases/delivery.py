"""Carrying out what cases want done outside: again and again until it worked, always with the same key.

An effect stands in the outbox since the transaction that decided on it. Here it is claimed for a while, given to the
sender of its kind, and marked as done together with an event in the log of its case. Who is killed in between leaves it
to the next, who sends it with the same key: at least once, and once at a receiver that knows keys (a Message-ID, an
``Idempotency-Key``, UID and SEQUENCE of iCalendar). SMTP cannot promise more.

A receiver that is down for a day is asked again at growing distances; after ``PATIENCE`` a person is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from kastor.cases import commands as c
from kastor.cases.casework import Casework, Find, begin
from kastor.cases.versions import find_procedure
from kastor.store import case_files, cases, outbox
from kastor.store.cases import CaseErased
from kastor.store.database import Database
from kastor.store.moments import moment
from kastor.store.outbox import Item

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""Distance to the second try, doubled for each further one, and the longest."""

PATIENCE = timedelta(days=5)
"""After this since it was decided on, an effect is given up."""

LEASE = timedelta(minutes=5)
"""For so long an item is the sender's who claimed it; more than any sender takes for one."""

AT_ONCE = 20

log = logging.getLogger("kastor.cases")


class TryLater(Exception):
    """The receiver does not answer or says to come again."""


class GiveUp(Exception):
    """The receiver will never take it: the address is unknown, the content refused. No personal data in the text."""


Sender = Callable[[Database, Item], None]
"""
Carries an effect out: database of the tenant (for settings and attachments), and the item.

Raises ``TryLater`` or ``GiveUp``; any ``OSError`` is a reason to try later too. It tells the receiver ``item.key``.
"""


def deliver(
    database: Database, senders: Mapping[str, Sender], now: datetime, find: Find = find_procedure,
    lease: timedelta = LEASE,
) -> int:  # fmt: skip
    """
    Carry out everything that is due.

    Parameters
    ----------
    senders
        Who carries out which kind; effects of other kinds go on waiting.
    now
        The present moment, UTC.

    Returns
    -------
    int
        Number of effects that were carried out.
    """
    count = 0
    while keys := _claimed(database, senders, now, lease):
        for key in keys:
            count += _deliver(database, senders, key, now, find)
    return count


def attachment(database: Database, item: Item, file_hash: str) -> tuple[str, str, bytes]:
    """Name, media type and content of a file an item refers to by its hash."""
    with database.read() as connection:
        return case_files.file(connection, item.case, cases.key_of(connection, item.case), file_hash)


def _claimed(database: Database, senders: Mapping[str, Sender], now: datetime, lease: timedelta) -> list[str]:
    with database.read() as connection:
        due = outbox.next_due(connection, list(senders))
        if due is None or due > moment(now):
            return []
    with database.write("What is to be sent cannot be claimed") as connection:
        return outbox.claim(connection, list(senders), moment(now), moment(now + lease), AT_ONCE)


def _deliver(database: Database, senders: Mapping[str, Sender], key: str, now: datetime, find: Find) -> bool:
    with database.read() as connection:
        try:
            item = outbox.item(connection, key, cases.key_of(connection, outbox.case_of(connection, key)))
        except CaseErased:
            return False
    try:
        senders[item.kind](database, item)
    except GiveUp as error:
        return _give_up(database, item, now, str(error), find)
    except (TryLater, OSError) as error:
        return _put_off(database, item, now, str(error) or type(error).__name__, find)
    except Exception as error:
        # a mistake in a sender counts as a failed try; the effects of others go on
        log.exception("%s cannot be sent", item.kind)
        return _put_off(database, item, now, type(error).__name__, find)
    with begin(database, now, find) as work:
        if _still_waits(work, item):
            outbox.end(work.connection, key, outbox.DONE, work.at)
            work.do(item.case, c.Delivered(key, item.kind, item.tries + 1))
    return True


def _put_off(database: Database, item: Item, now: datetime, problem: str, find: Find) -> bool:
    if now - datetime.fromisoformat(item.made) > PATIENCE:
        return _give_up(database, item, now, problem, find)
    due = now + min(FIRST * 2 ** min(item.tries, 20), LONGEST)
    with database.write("A try cannot be written down") as connection:
        outbox.put_off(connection, item.key, moment(due), problem)
    log.info("%s is tried again at %s", item.kind, moment(due))
    return False


def _give_up(database: Database, item: Item, now: datetime, problem: str, find: Find) -> bool:
    with begin(database, now, find) as work:
        if _still_waits(work, item):
            outbox.end(work.connection, item.key, outbox.FAILED, work.at, problem)
            work.do(item.case, c.Undeliverable(item.key, item.kind, item.tries + 1))
    log.warning("%s cannot be delivered; a person is told", item.kind)
    return False


def _still_waits(work: Casework, item: Item) -> bool:
    """Whether nobody else has marked it meanwhile, nor the case been erased."""
    return outbox.is_waiting(work.connection, item.key)
