"""Cases: the log of each, its state, and where it is found again.

An event is written once and never changed. Its hash runs over what is stored, that of the event before included, so
that the chain can be checked even when the personal parts are erased. Everything of one step is written by the
connection of one transaction; the functions here never begin one.

See ``kastor.cases.casework`` for how a case is opened and worked on; nothing else writes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, delete, func, insert, select, update

from kastor.store import crafts, requesters
from kastor.store.audit import BEGINNING, record
from kastor.store.case_schema import (
    case_events,
    case_files,
    case_keys,
    case_places,
    case_threads,
    case_timers,
    cases,
    outbox,
)
from kastor.store.errors import StoreError
from kastor.store.sealing import new_key, seal, unseal

ANCHOR = "case_anchor"
"""The deed in the tenant's audit log that fixes the head of a case's log."""

_NOTHING: Mapping[str, Any] = {}


class UnknownCase(StoreError):
    """The tenant has no such case."""


class CaseErased(StoreError):
    """The personal parts of the case are gone for ever."""


@dataclass(frozen=True)
class Entry:
    """
    An event that is to be written.

    Parameters
    ----------
    kind
        What happened.
    at
        When, ISO 8601 in UTC.
    who
        Number of a person; empty for the colleague; ``requester`` for who asks.
    public
        What of it names nobody and stays when the case is erased.
    personal
        The rest.
    """

    kind: str
    at: str
    who: str
    public: Mapping[str, Any]
    personal: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """
    An event as it is in the log.

    Parameters
    ----------
    entry
        What happened; ``personal`` is empty when the case is erased.
    seq
        1 is the first.
    before, hash
        Hash of the event before and of this one.
    """

    entry: Entry
    seq: int
    before: str
    hash: str


@dataclass(frozen=True)
class Case:
    """
    A case as lists show it; nothing in it is personal.

    Parameters
    ----------
    id
        In addresses and subjects of mails.
    number
        Counts the cases of the tenant, for people.
    procedure, version
        Which procedure it follows, and the version it stays on.
    status
        How it stands, see ``kastor.cases.events``.
    urgency
        Class of the procedure such as ``K2``; empty when it has none.
    person
        Who has taken it over; empty when nobody has.
    opened, changed, closed, erased
        When, ISO 8601; None when not.
    due
        The next deadline people should know of; None when there is none.
    erase_after
        When its personal parts are to go; None while it is open.
    seq, hash
        Where its log ends.
    """

    id: str
    number: int
    procedure: str
    version: str
    status: str
    urgency: str
    person: str
    opened: str
    changed: str
    due: str | None
    closed: str | None
    erase_after: str | None
    erased: str | None
    seq: int
    hash: str


OF_CASE = tuple(cases.c[name] for name in Case.__dataclass_fields__)
"""Columns of a :class:`Case`."""

# made once: making a statement takes longer than running it
_THIS: BindParameter[str] = bindparam("this")
_CASE = select(*OF_CASE).where(cases.c.id == _THIS)
_KEY = select(case_keys.c.key).where(case_keys.c.case == _THIS)
_STATE = select(cases.c.sealed).where(cases.c.id == _THIS)
_EVENTS = insert(case_events)
_WRITTEN = (
    "status", "urgency", "person", "due", "closed", "erase_after", "procedure", "version", "seq", "hash", "sealed",
    "changed",
)  # fmt: skip
_WRITE = update(cases).where(cases.c.id == _THIS).values({name: bindparam(f"new_{name}") for name in _WRITTEN})


def canonical(value: Any) -> bytes:
    """Plain data as bytes: equal data give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def create(connection: Connection, case_id: str, procedure: str, version: str, at: str) -> Case:
    """A case without an event yet, and its key."""
    number = int(connection.execute(select(func.coalesce(func.max(cases.c.number), 0))).scalar_one()) + 1
    connection.execute(
        insert(cases).values(
            id=case_id, number=number, procedure=procedure, version=version, status="", urgency="", person="",
            opened=at, changed=at, seq=0, hash=BEGINNING, anchored=0,
        )
    )  # fmt: skip
    connection.execute(insert(case_keys).values(case=case_id, key=new_key()))
    return case(connection, case_id)


def case(connection: Connection, case_id: str) -> Case:
    """
    A case.

    Raises
    ------
    UnknownCase
        When there is none.
    """
    row = connection.execute(_CASE, {"this": case_id}).one_or_none()
    if row is None:
        raise UnknownCase(f"There is no case {case_id[:40]!r}.")
    return Case(*row)


def by_number(connection: Connection, number: int) -> str:
    """
    Id of a case by its number.

    Raises
    ------
    UnknownCase
        When there is none.
    """
    found = connection.execute(select(cases.c.id).where(cases.c.number == number)).scalar_one_or_none()
    if found is None:
        raise UnknownCase(f"There is no case with the number {number}.")
    return str(found)


def listed(
    connection: Connection, status: Sequence[str] = (), procedure: str = "", person: str | None = None, limit: int = 500
) -> list[Case]:
    """
    Cases, those with the nearest deadline first, then the newest.

    Parameters
    ----------
    status
        Only these; all when empty.
    procedure
        Only of this one; of all when empty.
    person
        Only those this person has, ``""`` for those nobody has; None for all.
    """
    wanted = select(*OF_CASE).order_by(cases.c.due.is_(None), cases.c.due, cases.c.number.desc()).limit(limit)
    if status:
        wanted = wanted.where(cases.c.status.in_(status))
    if procedure:
        wanted = wanted.where(cases.c.procedure == procedure)
    if person is not None:
        wanted = wanted.where(cases.c.person == person)
    return [Case(*row) for row in connection.execute(wanted)]


def number_of(connection: Connection, status: Sequence[str]) -> int:
    """How many cases stand so."""
    wanted = select(func.count()).select_from(cases).where(cases.c.status.in_(status))
    return int(connection.execute(wanted).scalar_one())


def key_of(connection: Connection, case_id: str) -> bytes:
    """
    The key of a case.

    Raises
    ------
    CaseErased
        When it is gone.
    """
    found = connection.execute(_KEY, {"this": case_id}).scalar_one_or_none()
    if found is None:
        raise CaseErased(f"The personal parts of case {case_id[:40]!r} were erased; only its skeleton is left.")
    return bytes(found)


def state_bytes(connection: Connection, case_id: str, key: bytes) -> bytes:
    """The state as it was written last, as canonical JSON; ``null`` before the first event."""
    sealed = connection.execute(_STATE, {"this": case_id}).scalar_one()
    return b"null" if sealed is None else unseal(key, bytes(sealed), f"{case_id}:state")


def append(
    connection: Connection, now_: Case, key: bytes, entries: Sequence[Entry], state: bytes, columns: Mapping[str, Any]
) -> None:
    """
    Add events to the log and write the state they fold to.

    Parameters
    ----------
    now_
        The case as it is; its ``seq`` and ``hash`` are where the log goes on.
    state
        Canonical JSON.
    columns
        What lists show of it: ``status``, ``urgency``, ``person``, ``due``, ``closed``, ``erase_after``,
        ``procedure``, ``version``.
    """
    rows, seq, before = [], now_.seq, now_.hash
    for entry in entries:
        seq += 1
        place = f"{now_.id}:{seq}:{entry.kind}"
        row = {
            "case": now_.id, "seq": seq, "at": entry.at, "who": entry.who, "kind": entry.kind,
            "public": canonical(entry.public).decode(), "before": before,
            "sealed": seal(key, canonical(entry.personal), place) if entry.personal else b"",
        }  # fmt: skip
        row["hash"] = before = _hash(row)
        rows.append(row)
    if rows:
        connection.execute(_EVENTS, rows)
    values = {
        **columns, "seq": seq, "hash": before, "sealed": seal(key, state, f"{now_.id}:state"),
        "changed": rows[-1]["at"] if rows else now_.changed,
    }  # fmt: skip
    connection.execute(_WRITE, {"this": now_.id, **{f"new_{name}": values[name] for name in _WRITTEN}})


def log(connection: Connection, case_id: str, key: bytes | None, after: int = 0) -> list[Stored]:
    """
    Events of a case, in order.

    Parameters
    ----------
    key
        None for the skeleton alone.
    after
        Only events later than this one.
    """
    wanted = select(case_events).where(case_events.c.case == case_id, case_events.c.seq > after)
    rows = connection.execute(wanted.order_by(case_events.c.seq)).mappings()
    return [_stored(row, key) for row in rows]


def faults(connection: Connection, case_id: str) -> list[str]:
    """What is wrong with the chain of a case's log, in sentences; empty for a whole one. Needs no key."""
    found: list[str] = []
    head = case(connection, case_id)
    before, number, anchored = BEGINNING, 0, _anchors(connection, case_id)
    rows = connection.execute(select(case_events).where(case_events.c.case == case_id).order_by(case_events.c.seq))
    for row in rows.mappings():
        if row["seq"] != number + 1:
            found.append(f"After event {number} comes event {row['seq']}: events were removed or inserted.")
        if row["before"] != before:
            found.append(f"Event {row['seq']} does not follow the event before it.")
        if row["hash"] != _hash(row):
            found.append(f"Event {row['seq']} was altered.")
        number, before = int(row["seq"]), str(row["hash"])
        if anchored.pop(number, before) != before:
            found.append(f"Event {number} is another one than when the audit log fixed it.")
    found += [f"The audit log knows event {missing}, which is gone." for missing in sorted(anchored)]
    if (head.seq, head.hash) != (number, before):
        found.append(f"The log ends at event {number}, but the case says {head.seq}: the end was cut off or changed.")
    return found


def anchor(connection: Connection, case_id: str, who: str) -> None:
    """Fix the head of a case's log in the tenant's audit log."""
    head = case(connection, case_id)
    record(connection, who, ANCHOR, case_id, {"seq": head.seq, "hash": head.hash})
    connection.execute(update(cases).where(cases.c.id == case_id).values(anchored=head.seq))


def unanchored(connection: Connection, limit: int = 1000) -> list[str]:
    """Cases whose log has grown since it was fixed."""
    wanted = select(cases.c.id).where(cases.c.anchored < cases.c.seq).order_by(cases.c.number).limit(limit)
    return list(connection.execute(wanted).scalars())


def erase(connection: Connection, case_id: str, at: str, who: str) -> None:
    """
    Throw away the key of a case and whatever names somebody; the log stays with its hashes.

    The caller has written the event ``erased`` already.
    """
    if connection.dialect.name == "sqlite":
        # what is deleted is overwritten in the file, not only forgotten
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    named = {"status": "erased", "erased": at, "sealed": None, "due": None, "erase_after": None, "person": ""}
    connection.execute(update(cases).where(cases.c.id == case_id).values(named))
    for table in (case_keys, case_threads, case_timers, case_files, case_places):
        connection.execute(delete(table).where(table.c.case == case_id))
    crafts.forget_case(connection, case_id)
    requesters.forget_case(connection, case_id)
    stopped = {"sealed": b"", "problem": ""}
    connection.execute(update(outbox).where(outbox.c.case == case_id).values(stopped))
    waiting = (outbox.c.case == case_id, outbox.c.state == "waiting")
    connection.execute(update(outbox).where(*waiting).values(state="erased", ended=at))
    anchor(connection, case_id, who)


def to_erase(connection: Connection, now_: str, limit: int = 500) -> list[str]:
    """Cases whose time is over."""
    wanted = select(cases.c.id).where(cases.c.erase_after <= now_, cases.c.erased.is_(None)).limit(limit)
    return list(connection.execute(wanted.order_by(cases.c.number)).scalars())


def _anchors(connection: Connection, case_id: str) -> dict[int, str]:
    from kastor.store.schema import audit

    wanted = select(audit.c.detail).where(audit.c.what == ANCHOR, audit.c.subject == case_id)
    found = (orjson.loads(detail) for detail in connection.execute(wanted).scalars())
    return {int(one["seq"]): str(one["hash"]) for one in found}


def _hash(row: Mapping[Any, Any]) -> str:
    sealed = sha256(bytes(row["sealed"])).hexdigest()
    parts = [row[name] for name in ("case", "seq", "at", "who", "kind", "public", "before")]
    return sha256(orjson.dumps([*parts, sealed])).hexdigest()


def _stored(row: RowMapping, key: bytes | None) -> Stored:
    personal = _NOTHING
    if key is not None and row["sealed"]:
        place = f"{row['case']}:{row['seq']}:{row['kind']}"
        personal = orjson.loads(unseal(key, bytes(row["sealed"]), place))
    entry = Entry(row["kind"], row["at"], row["who"], orjson.loads(row["public"]), personal)
    return Stored(entry, row["seq"], row["before"], row["hash"])


def ids(connection: Connection) -> Iterable[str]:
    """Ids of all cases, in order of their numbers."""
    return connection.execute(select(cases.c.id).order_by(cases.c.number)).scalars().all()


def any_case(connection: Connection) -> bool:
    """Whether the tenant has a case at all."""
    return connection.execute(select(cases.c.id).limit(1)).first() is not None
