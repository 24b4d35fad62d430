"""The queue of an instance: computations that wait, run or are over; each a row that outlives server and workers.

A worker claims the next run, tells from time to time that it is still alive, and ends it. A run whose worker fell
silent is claimed again; after ``MOST_TRIES`` it has failed. Interactive runs come before others, and of tenants that
wait the one with the fewest running comes first. Times are compared as texts, see ``moments``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.instance import runs
from kastor.store.moments import later, now

SILENCE = 15.0
"""How long a worker may be silent before its run is somebody else's. [s]"""

MOST_TRIES = 3
"""How often a run is begun."""

MOST_WAITING = 200
"""Runs of one tenant that may wait."""

INTERACTIVE, ORDINARY = 1, 0
"""Priority of a run somebody waits for, and of others."""


class State(StrEnum):
    """How far a run is, by the names of OGC API - Processes."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"


OPEN = (State.ACCEPTED, State.RUNNING)
OVER = (State.SUCCESSFUL, State.FAILED, State.DISMISSED)


class UnknownRun(StoreError):
    """The tenant has no such run."""


class TooManyRuns(StoreError):
    """The tenant has too many runs waiting."""


@dataclass(frozen=True)
class Run:
    """
    A computation in the queue.

    Parameters
    ----------
    id, tenant
        Its name, and whose it is.
    process, version
        What computes, and which version when it was wanted.
    inputs
        Parameters of the process, with ``area`` and ``edits``.
    priority
        ``INTERACTIVE`` or ``ORDINARY``.
    callbacks
        Addresses to be told, by state.
    who, created
        Who wanted it, and when (ISO 8601).
    state, done, what
        How far it is; ``done`` is 0..1, ``what`` says in both languages what is being done.
    started, changed, finished
        When; empty while it is not.
    worker, tries
        Who runs it, and how often it was begun.
    problem
        Why it failed, as a sentence.
    result
        Id of its result; empty without.
    """

    id: str
    tenant: str
    process: str
    version: str
    inputs: Mapping[str, Any]
    priority: int
    callbacks: Mapping[str, str]
    who: str
    created: str
    state: State
    started: str = ""
    changed: str = ""
    finished: str = ""
    worker: str = ""
    tries: int = 0
    done: float = 0.0
    what: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    result: str = ""


def add(
    instance: Database, tenant: str, process: str, version: str, inputs: Mapping[str, Any], who: str,
    priority: int = ORDINARY, callbacks: Mapping[str, str] | None = None,
) -> Run:  # fmt: skip
    """
    Put a run into the queue.

    Raises
    ------
    TooManyRuns
        When ``MOST_WAITING`` of the tenant wait already.
    """
    at = now()
    run = Run(
        secrets.token_hex(12), tenant, process, version, dict(inputs), priority, dict(callbacks or {}), who, at,
        State.ACCEPTED, changed=at,
    )  # fmt: skip
    with instance.write("The computation cannot be queued") as connection:
        waiting = connection.execute(
            select(func.count()).where(runs.c.tenant == tenant, runs.c.state == State.ACCEPTED)
        ).scalar_one()
        if waiting >= MOST_WAITING:
            raise TooManyRuns(f"{waiting} computations of {tenant} wait already. Dismiss some or try again later.")
        connection.execute(
            insert(runs).values(
                id=run.id, tenant=tenant, process=process, version=version, inputs=dict(inputs), priority=priority,
                callbacks=dict(run.callbacks), who=who, created=at, state=run.state.value, started="", changed=at,
                finished="", worker="", beat="", tries=0, done=0.0, what={}, problem="", result="",
            )
        )  # fmt: skip
    return run


def claim(instance: Database, worker: str) -> Run | None:
    """
    The next run, now this worker's; None when none waits.

    A run whose worker fell silent waits too. One that was begun too often fails here.
    """
    with instance.read() as connection:
        # asked several times a second, so nobody is kept from writing when nothing waits
        if connection.execute(_waiting()).first() is None:
            return None
    with instance.write("No computation can be claimed") as connection:
        _give_up(connection)
        found = connection.execute(_waiting()).first()
        if found is None:
            return None
        at = now()
        connection.execute(
            update(runs).where(runs.c.id == found.id).values(
                state=State.RUNNING.value, worker=worker, beat=at, tries=runs.c.tries + 1, done=0.0, what={},
                started=at, changed=at,
            )
        )  # fmt: skip
        return _run(connection.execute(select(runs).where(runs.c.id == found.id)).mappings().one())


def _waiting() -> Any:
    """The one to be claimed next."""
    busy = runs.alias("busy")
    running = (
        select(func.count())
        .where(busy.c.tenant == runs.c.tenant, busy.c.state == State.RUNNING)
        .correlate(runs)
        .scalar_subquery()
    )
    waits = or_(runs.c.state == State.ACCEPTED, _silent())
    return select(runs.c.id).where(waits).order_by(runs.c.priority.desc(), running, runs.c.created, runs.c.id).limit(1)


def _silent() -> ColumnElement[bool]:
    return and_(runs.c.state == State.RUNNING, runs.c.beat < later(seconds=-SILENCE))


def _give_up(connection: Connection) -> None:
    at = now()
    connection.execute(
        update(runs).where(_silent(), runs.c.tries >= MOST_TRIES).values(
            state=State.FAILED.value, finished=at, changed=at,
            problem=f"The worker ended unexpectedly {MOST_TRIES} times. Ask the operator; its log says why.",
        )
    )  # fmt: skip


def beat(instance: Database, run: Run, done: float, what: Mapping[str, str]) -> bool:
    """Tell that a run goes on and how far it is; False when it is no longer wanted of this worker."""
    at = now()
    with instance.write("The progress of a computation cannot be written") as connection:
        changed = connection.execute(
            update(runs)
            .where(runs.c.id == run.id, runs.c.state == State.RUNNING, runs.c.worker == run.worker)
            .values(beat=at, changed=at, done=min(max(done, 0.0), 1.0), what=dict(what))
        )
        return bool(changed.rowcount)


def end(
    instance: Database, run: Run, result: str = "", problem: str = "", words: Mapping[str, str] | None = None
) -> bool:
    """
    End a run with a result or a problem; False when it was dismissed or taken over meanwhile.

    Parameters
    ----------
    words
        The problem in both languages; they take the place of what was being done.
    """
    at = now()
    state = State.FAILED if problem else State.SUCCESSFUL
    with instance.write("A computation cannot be ended") as connection:
        changed = connection.execute(
            update(runs)
            .where(runs.c.id == run.id, runs.c.state == State.RUNNING, runs.c.worker == run.worker)
            .values(
                state=state.value, finished=at, changed=at, done=float(not problem), problem=problem, result=result,
                **({"what": dict(words)} if words else {}),
            )
        )  # fmt: skip
        return bool(changed.rowcount)


def release(instance: Database, run: Run) -> None:
    """Give a run back that cannot go on here; another worker begins it anew, unless that happened too often."""
    with instance.write("A computation cannot be given back") as connection:
        connection.execute(update(runs).where(runs.c.id == run.id, runs.c.worker == run.worker).values(beat=""))
        _give_up(connection)


def untold(instance: Database) -> list[Run]:
    """Runs that are over and whose callers are still to be told."""
    over = runs.c.state.in_([state.value for state in OVER])
    with instance.read() as connection:
        rows = connection.execute(select(runs).where(over).order_by(runs.c.changed.desc()).limit(200)).mappings()
        return [run for run in map(_run, rows) if run.callbacks]


def told(instance: Database, run: Run) -> None:
    """The callers of a run have been told, or cannot be."""
    with instance.write("It cannot be noted that the callers of a computation were told") as connection:
        connection.execute(update(runs).where(runs.c.id == run.id).values(callbacks={}))


def dismiss(instance: Database, tenant: str, run_id: str) -> Run:
    """
    Stop a run, or forget one that is over; its result stays.

    Raises
    ------
    UnknownRun
        When there is none.
    """
    with instance.write("The computation cannot be dismissed") as connection:
        found = _found(connection, tenant, run_id)
        at = now()
        if found.state in OPEN:
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(state=State.DISMISSED.value, finished=found.finished or at, changed=at)
            )
        else:
            connection.execute(runs.delete().where(runs.c.id == run_id))
            return found
        return _found(connection, tenant, run_id)


def run(instance: Database, tenant: str, run_id: str) -> Run:
    """
    A run of a tenant.

    Raises
    ------
    UnknownRun
        When there is none.
    """
    with instance.read() as connection:
        return _found(connection, tenant, run_id)


def runs_of(
    instance: Database, tenant: str, processes: tuple[str, ...] = (), states: tuple[State, ...] = (), limit: int = 100
) -> list[Run]:
    """Runs of a tenant, newest first."""
    wanted = [runs.c.tenant == tenant]
    if processes:
        wanted.append(runs.c.process.in_(processes))
    if states:
        wanted.append(runs.c.state.in_([state.value for state in states]))
    with instance.read() as connection:
        rows = connection.execute(select(runs).where(*wanted).order_by(runs.c.created.desc()).limit(limit))
        return [_run(row) for row in rows.mappings()]


def counts(instance: Database) -> dict[State, int]:
    """How many runs are in each state."""
    with instance.read() as connection:
        rows = connection.execute(select(runs.c.state, func.count()).group_by(runs.c.state)).all()
    found = {str(state): int(count) for state, count in rows}
    return {state: found.get(state.value, 0) for state in State}


def _found(connection: Connection, tenant: str, run_id: str) -> Run:
    row = connection.execute(select(runs).where(runs.c.id == run_id, runs.c.tenant == tenant)).mappings().one_or_none()
    if row is None:
        raise UnknownRun(f"There is no computation {run_id[:40]!r}. It may have been dismissed.")
    return _run(row)


def _run(row: Any) -> Run:
    names = Run.__dataclass_fields__
    return Run(**{**{name: row[name] for name in names}, "state": State(row["state"])})
