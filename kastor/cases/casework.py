"""Working on cases: the one place that reads and writes them, each time in one transaction.

How it is done::

    with casework.begin(database, now) as work:             # database = Tenant.database
        known = work.case_of_message(message)               # the same message again changes nothing
        if known is None:
            case_id = work.case_of_thread(message.channel, message.thread) or work.open(message)
            work.receive(case_id, message)                  # attachments are kept, the message is in the log
            work.follow(case_id, "haustier")                # the procedure in force now; the case stays on this version
            work.do(case_id, Learn((Fact("tierart", "hund"),)), Say((reply,)))
            work.do(case_id, Complete("ask"))               # nothing is open any more: the steps go on, the rules are
                                                            # asked, what may leave is decided, else a person is wanted
            state = work.state(case_id)                     # plain JSON, see ``events.py``
    # committed here, all of it or nothing; what is to be sent goes out by ``delivery.py``

A person decides with ``work.do(case_id, TakeOver("7"))`` and ``Decide("ablehnen", "7", reason)``. Nothing that is not
in favour of who asks leaves otherwise: see ``gate.py``. ``work.procedure(case_id)`` is the version a case follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, select

from kastor.cases import commands as c
from kastor.cases import contacts
from kastor.cases.appointments.inside import INSIDE
from kastor.cases.engine import Step, handle
from kastor.cases.events import Event, State, empty
from kastor.cases.gate import Terms
from kastor.cases.handlers import HANDLERS
from kastor.cases.message import Attachment, Message
from kastor.cases.photos import NoPhoto, without_metadata
from kastor.cases.progress import Handler
from kastor.cases.versions import find_procedure
from kastor.cases.working import Office
from kastor.store import case_erasures, case_files, case_links, case_timers, cases, outbox
from kastor.store.cases import Entry
from kastor.store.database import Database
from kastor.store.moments import moment
from kastor.store.outbox import Item
from kastor.store.schema import tenant

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""Letters of a case's id; none looks like another one."""

ANCHORED = frozenset({"decided", "closed", "reopened"})
"""Events after which the head of the log is fixed in the audit log at once; others are fixed by :func:`anchor`."""

RETENTION_WITHOUT = 90
"""How long a closed case that never followed a procedure is kept. [days]"""

_TITLE = select(tenant.c.title)

Find = Callable[[Connection, str, str], Terms]
"""Gives the version of a procedure: connection, id, version (the one in force when empty)."""


@dataclass
class _Open:
    """A case while its transaction is open."""

    row: cases.Case
    key: bytes
    state: State
    procedure: Terms | None
    events: list[Event] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    timers: dict[str, str | None] = field(default_factory=dict)


class Casework:
    """
    One transaction on cases; made by :func:`begin`.

    Parameters
    ----------
    connection
        From ``Database.write``.
    now
        The present moment, UTC.
    find
        Where procedures come from.
    handlers
        How each kind of work of the steps is done.
    office
        Who the colleague works for.
    tenant
        Id of the tenant.
    """

    def __init__(
        self, connection: Connection, now: datetime, find: Find, handlers: Mapping[str, Handler], office: Office,
        tenant: str = "",
    ) -> None:  # fmt: skip
        self.connection = connection
        self.now = now
        self.at = moment(now)
        self._find = find
        self._handlers = handlers
        self._office = office
        self._tenant = tenant
        self._open: dict[str, _Open] = {}
        self.erased: list[str] = []

    def case_of_message(self, message: Message) -> str | None:
        """The case a message went to when it came before; None when it is new."""
        return case_links.case_of_message(self.connection, message.channel, message.key)

    def case_of_thread(self, channel: str, thread: str) -> str | None:
        """The case a thread belongs to at present."""
        return case_links.case_of_thread(self.connection, channel, thread)

    def open(self, message: Message, language: str = "") -> str:
        """
        Open a case for a message's thread; gives its id. The message itself is received afterwards.

        Parameters
        ----------
        language
            Of who asks; that of the message, or German, when empty.
        """
        case_id = "".join(secrets.choice(LETTERS) for _ in range(10))
        row = cases.create(self.connection, case_id, "", "", self.at)
        key = cases.key_of(self.connection, case_id)
        self._open[case_id] = _Open(row, key, empty(case_id), None)
        spoken = language or message.language or "de"
        self.do(case_id, c.Open(message.channel, message.thread, message.sender, spoken))
        case_links.bind_thread(self.connection, message.channel, message.thread, case_id, self.at)
        return case_id

    def bind(self, case_id: str, channel: str, thread: str, sender: str = "") -> State:
        """Let another thread belong to a case, whatever its channel."""
        case_links.bind_thread(self.connection, channel, thread, case_id, self.at)
        return self.do(case_id, c.Bind(channel, thread, sender))

    def receive(self, case_id: str, message: Message) -> bool:
        """
        Take a message in: keep its attachments, write it into the log, set the place it names.

        Returns
        -------
        bool
            False when it came before; nothing is changed then.
        """
        if self.case_of_message(message) is not None:
            return False
        case_links.remember_message(self.connection, message.channel, message.key, case_id, self.at)
        files = tuple(self._kept(case_id, _bare(file)) for file in message.attachments)
        self.do(case_id, c.Receive(message, files))
        if message.place or message.object:
            self.do(case_id, c.Place(message.object, message.place, "", "requester"))
        return True

    def follow(self, case_id: str, procedure: str, version: str = "") -> State:
        """Let a case follow a procedure, in the version in force now unless another one is named."""
        opened = self._case(case_id)
        opened.procedure = self._find(self.connection, procedure, version)
        return self.do(case_id, c.Follow())

    def procedure(self, case_id: str) -> Terms | None:
        """The version a case follows; None while that is unknown."""
        return self._case(case_id).procedure

    def state(self, case_id: str) -> State:
        """
        The state of a case, with what was done in this transaction.

        Raises
        ------
        UnknownCase, CaseErased
            When there is none, or its personal parts are gone.
        """
        return self._case(case_id).state

    @property
    def tenant(self) -> str:
        """Id of the tenant."""
        return self._tenant

    @property
    def office(self) -> Office:
        """Who the colleague works for."""
        return self._office

    def key(self, case_id: str) -> bytes:
        """What a case's personal parts are sealed with."""
        return self._case(case_id).key

    def row(self, case_id: str) -> cases.Case:
        """The case as it was when the transaction began; its number is there from the beginning."""
        return self._case(case_id).row

    def do(self, case_id: str, *wanted: c.Command) -> State:
        """
        Do something to a case; gives the state afterwards.

        Raises
        ------
        WrongMoment, GateError
            See ``engine.handle``; leave the transaction then, so that nothing is written.
        """
        opened = self._case(case_id)
        for command in wanted:
            step = handle(opened.state, opened.procedure, command, self.now, self._handlers, self._office)
            self._take(opened, step)
            self._do_inside(case_id, step)
        return opened.state

    def events(self, case_id: str) -> list[Event]:
        """All events of a case, those of this transaction last."""
        opened = self._case(case_id)
        return [*read_events(self.connection, case_id, opened.key), *opened.events]

    def file(self, case_id: str, file_hash: str) -> tuple[str, str, bytes]:
        """Name, media type and content of an attachment."""
        return case_files.file(self.connection, case_id, self._case(case_id).key, file_hash)

    def erase(self, case_id: str, why: str, who: str = "") -> None:
        """Throw away the key of a case: everything personal in it is gone for ever, its skeleton stays."""
        self.do(case_id, c.Erase(why, who))
        self._write(self._open.pop(case_id))
        cases.erase(self.connection, case_id, self.at, who)
        self.erased.append(case_id)

    def write(self) -> None:
        """Write what was done; called by :func:`begin` at the end."""
        for opened in self._open.values():
            self._write(opened)

    def _case(self, case_id: str) -> _Open:
        found = self._open.get(case_id)
        if found is None:
            row = cases.case(self.connection, case_id)
            key = cases.key_of(self.connection, case_id)
            state = orjson.loads(cases.state_bytes(self.connection, case_id, key)) or empty(case_id)
            follows = state["procedure"]
            procedure = self._find(self.connection, follows["id"], follows["version"]) if follows else None
            found = self._open[case_id] = _Open(row, key, state, procedure)
        return found

    def _kept(self, case_id: str, file: Attachment) -> Mapping[str, Any]:
        key = self._case(case_id).key
        kept, size = case_files.keep_file(self.connection, case_id, key, file.name, file.media_type, file.content)
        return {"hash": kept, "media_type": file.media_type, "size": size, "name": file.name}

    def _do_inside(self, case_id: str, step: Step) -> None:
        """Effects on the tenant's own rows happen at once, in the same transaction."""
        for one in step.effects:
            if one.kind in INSIDE:
                self.do(case_id, c.Delivered(one.key, one.kind, 1))
                INSIDE[one.kind](self, case_id, one.payload)

    def _take(self, opened: _Open, step: Step) -> None:
        opened.state = step.state
        opened.events += step.events
        opened.timers |= step.timers or {}
        for file in step.files:
            self._kept(opened.row.id, file)
        opened.items += [
            Item(one.key, opened.row.id, one.kind, one.lane, one.payload, self.at, 0)
            for one in step.effects
            if one.kind not in INSIDE
        ]

    def _write(self, opened: _Open) -> None:
        if not opened.events:
            return
        entries = [Entry(e.kind, e.at, e.who, e.public, e.personal) for e in opened.events]
        kinds = {event.kind for event in opened.events}
        case_id = opened.row.id
        columns = _columns(opened.state, opened.procedure)
        cases.append(self.connection, opened.row, opened.key, entries, cases.canonical(opened.state), columns)
        case_timers.set_timers(self.connection, case_id, opened.timers)
        outbox.put(self.connection, opened.key, opened.items)
        if "placed" in kinds:
            place = opened.state["place"]
            case_links.set_place(self.connection, case_id, place["object"], place["point"])
        if any(contacts.may_change(event, opened.procedure) for event in opened.events):
            contacts.keep(self.connection, case_id, opened.state, opened.procedure)
        if kinds & ANCHORED:
            cases.anchor(self.connection, case_id, opened.events[-1].who)


@contextmanager
def begin(
    database: Database, now: datetime, find: Find = find_procedure, handlers: Mapping[str, Handler] = HANDLERS
) -> Iterator[Casework]:
    """
    A transaction on cases: everything done in it is written at the end, or nothing when an error leaves it.

    Parameters
    ----------
    database
        Rows of the tenant.
    now
        The present moment, UTC.
    find
        Where procedures come from: the versions released here and the shipped ones, unless a test has its own.
    handlers
        How each kind of work of the steps is done.

    Raises
    ------
    TenantBusy
        When somebody else writes for too long; try again.
    """
    with database.write("The case cannot be written") as connection:
        name = str(connection.execute(_TITLE).scalar_one_or_none() or "")
        work = Casework(connection, now.astimezone(UTC), find, handlers, Office(name), database.directory.name)
        yield work
        work.write()
    if work.erased:
        case_erasures.note(database.directory, work.erased)


def read_state(database: Database, case_id: str) -> State:
    """
    The state of a case.

    Raises
    ------
    UnknownCase, CaseErased
        When there is none, or its personal parts are gone.
    """
    with database.read() as connection:
        return state_in(connection, case_id)


def state_in(connection: Connection, case_id: str) -> State:
    """
    The state of a case as a connection sees it.

    Raises
    ------
    UnknownCase, CaseErased
        As :func:`read_state`.
    """
    key = cases.key_of(connection, cases.case(connection, case_id).id)
    state: State = orjson.loads(cases.state_bytes(connection, case_id, key)) or empty(case_id)
    return state


def read_events(connection: Connection, case_id: str, key: bytes | None) -> list[Event]:
    """Events of a case as they are in the log; without personal parts when there is no key."""
    return [
        Event(one.entry.kind, one.entry.at, one.entry.who, one.entry.public, one.entry.personal)
        for one in cases.log(connection, case_id, key)
    ]


def anchor(database: Database, limit: int = 1000) -> int:
    """Fix the heads of all logs that have grown in the tenant's audit log; gives their number."""
    with database.write("The logs of cases cannot be fixed") as connection:
        grown = cases.unanchored(connection, limit)
        for case_id in grown:
            cases.anchor(connection, case_id, "")
        return len(grown)


def forget(database: Database) -> None:
    """Let nothing of erased keys stay behind in the files of the store; may be repeated."""
    database.forget()


def _bare(file: Attachment) -> Attachment:
    """A file as it is kept: a picture without what the camera wrote into it."""
    if not file.media_type.startswith("image/"):
        return file
    try:
        content, media_type = without_metadata(file.content)
    except NoPhoto:
        # whatever it is, nobody's browser shall show it as a picture
        return replace(file, media_type="application/octet-stream")
    return Attachment(file.name, media_type, content)


def _columns(state: State, procedure: Terms | None) -> dict[str, Any]:
    """What lists show of a case; nothing personal."""
    closed = state["closed"] or None
    days = procedure.about.retention.days if procedure else RETENTION_WITHOUT
    erase_after = moment(datetime.fromisoformat(closed) + timedelta(days=days)) if closed else None
    return {
        "status": state["status"], "urgency": state["urgency"], "person": state["person"], "due": state["due"],
        "closed": closed, "erase_after": erase_after, "procedure": state["procedure"].get("id", ""),
        "version": state["procedure"].get("version", ""),
    }  # fmt: skip
