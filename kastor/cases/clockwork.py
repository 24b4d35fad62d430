"""What happens to cases by themselves: timers that are due, effects to deliver, logs to fix, cases whose time is over.

The server's loop calls :func:`turn` every few seconds for each tenant, ``kastor case work`` does the same elsewhere.
What became due while everything stood still is caught up with, the oldest first. Two loops on one tenant do no harm: a
timer rings in a transaction that first looks whether it still stands, an effect is claimed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kastor.cases import casework, signing_in
from kastor.cases import commands as c
from kastor.cases.appointments import nightly
from kastor.cases.casework import Find
from kastor.cases.delivery import Sender, deliver
from kastor.cases.handlers import HANDLERS
from kastor.cases.progress import Handler
from kastor.cases.senders import SENDERS
from kastor.cases.versions import find_procedure
from kastor.store import case_erasures, case_timers, cases, stores
from kastor.store.cases import CaseErased
from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import moment
from kastor.store.tenants import existing_directory, tenant_ids

SELDOM = timedelta(hours=1)
"""How often logs are fixed, cases erased and looked whether the night's hour has come."""

log = logging.getLogger("kastor.cases")


def turn(
    database: Database, now: datetime, senders: Mapping[str, Sender], seldom: bool = False,
    find: Find = find_procedure, handlers: Mapping[str, Handler] = HANDLERS,
) -> int:  # fmt: skip
    """
    Do for one tenant what is due.

    Parameters
    ----------
    seldom
        Whether logs are fixed in the audit log, cases erased whose time is over, ways of craftsmen made shorter at
        night, and older cases looked through for contacts, too.

    Returns
    -------
    int
        How much was done.
    """
    count = ring(database, now, find, handlers) + signing_in.answer(database, now, find)
    count += deliver(database, senders, now, find)
    if seldom:
        count += signing_in.look_through(database, now, find)
        count += casework.anchor(database) + retire(database, now, find) + nightly.run(database, now)
    return count


def ring(
    database: Database, now: datetime, find: Find = find_procedure, handlers: Mapping[str, Handler] = HANDLERS
) -> int:
    """Let all timers ring that are due, the oldest first, each in a transaction of its own; gives their number."""
    count = 0
    while True:
        with database.read() as connection:
            due = case_timers.due_timers(connection, moment(now))
        for case_id, name, at in due:
            _ring(database, now, find, handlers, (case_id, name, at))
        count += len(due)
        if not due:
            return count


def retire(database: Database, now: datetime, find: Find = find_procedure) -> int:
    """Erase closed cases whose time is over, and those a restored backup has brought back; gives their number."""
    with database.read() as connection:
        case_erasures.note(database.directory, case_erasures.erased(connection))
        over = dict.fromkeys(cases.to_erase(connection, moment(now)), "retention")
        over |= dict.fromkeys(case_erasures.returned(connection, database.directory), "again")
    for case_id, why in over.items():
        with casework.begin(database, now, find) as work:
            work.erase(case_id, why)
    if over:
        casework.forget(database)
    return len(over)


def _ring(
    database: Database, now: datetime, find: Find, handlers: Mapping[str, Handler], timer: tuple[str, str, str]
) -> None:
    case_id, name, _ = timer
    try:
        with casework.begin(database, now, find, handlers) as work:
            if case_timers.has_timer(work.connection, *timer):
                case_timers.set_timers(work.connection, case_id, {name: None})
                work.do(case_id, c.Ring(name))
    except CaseErased:
        with database.write("A timer cannot be taken away") as connection:
            case_timers.set_timers(connection, case_id, {name: None})
    except StoreError:
        raise
    except Exception as error:
        # whatever a procedure or a handler does wrong, nothing of it was written: a person is told, the timer does not
        # ring for ever, and the other cases go on
        log.warning("a timer of case %s needs a person", case_id, exc_info=error)
        with casework.begin(database, now, find, handlers) as work:
            work.do(case_id, c.SetTimers({name: None}), c.HandOver("stuck", str(error)))


class CaseLoop:
    """
    Looks after the cases of all tenants until it is told to stop.

    Parameters
    ----------
    home
        Directory of all tenants.
    every
        How often it looks. [s]
    senders
        Who carries out which effects.
    """

    def __init__(self, home: Path, every: float, senders: Mapping[str, Sender] = SENDERS) -> None:
        self.home = home
        self.every = every
        self.senders = senders
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._seldom: dict[str, datetime] = {}

    def work(self) -> None:
        """Work until :meth:`stop`; the first look is taken after a while, when the server answers already."""
        while not self._stop.is_set():
            self._wake.wait(self.every)
            self._wake.clear()
            self.once(datetime.now(UTC))

    def once(self, now: datetime) -> int:
        """One turn for every tenant; what goes wrong with one is written to the log and does not keep the others."""
        count = 0
        for tenant_id in tenant_ids(self.home):
            if self._stop.is_set():
                break
            try:
                count += self._turn(tenant_id, now)
            except (StoreError, OSError) as error:
                log.warning("the cases of tenant %s cannot be looked after: %s", tenant_id, error)
            except Exception:
                # a mistake in one tenant's procedure must not stop the clock of all others
                log.exception("the cases of tenant %s cannot be looked after", tenant_id)
        return count

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after what is being done."""
        self._stop.set()
        self._wake.set()

    def _turn(self, tenant_id: str, now: datetime) -> int:
        seldom = now - self._seldom.get(tenant_id, now - SELDOM) >= SELDOM
        database = stores.open_rows(existing_directory(self.home, tenant_id))
        try:
            with database.read() as connection:
                if not cases.any_case(connection):
                    return 0
            done = turn(database, now, self.senders, seldom)
        finally:
            database.close()
        if seldom:
            self._seldom[tenant_id] = now
        return done
