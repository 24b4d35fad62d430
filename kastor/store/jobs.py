"""Loads on their way: uploaded, read into a draft, looked at, published; each a row that outlives the server.

The row tells how far a load has come and what people said about it. Its files and its draft lie in
``uploads/<id>/`` of the tenant; a load without a row has no files, a removed one leaves nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.moments import now
from kastor.store.schema import load_jobs


class State(StrEnum):
    """How far a load has come."""

    UPLOADING = "uploading"
    """Files are coming in."""
    UPLOADED = "uploaded"
    """All files are there; a person says what they are."""
    READING = "reading"
    """Files are being read into the draft."""
    ASKING = "asking"
    """Reading needs an answer, such as the reference system."""
    READY = "ready"
    """The draft and its report can be looked at."""
    PUBLISHING = "publishing"
    """The files are being loaded into the twin."""
    FINISHING = "finishing"
    """They are in the twin; decisions and tiles follow."""
    PUBLISHED = "published"
    """Done."""
    FAILED = "failed"
    """It could not be read or published; the twin is as it was."""


WORKING = (State.READING, State.PUBLISHING, State.FINISHING)
"""States in which a program works and nobody is asked."""


class UnknownJob(StoreError):
    """The tenant has no such load."""


class WrongState(StoreError):
    """What is asked cannot be done now."""


@dataclass(frozen=True)
class Job:
    """
    A load on its way.

    Parameters
    ----------
    id
        Its name, also that of its directory.
    state
        How far it has come.
    who
        Who began it.
    created, changed
        When it was begun and when its row changed last, ISO 8601.
    dataset
        Facts of the dataset it becomes, by name of ``Dataset``.
    options
        What the person knows better than the files: ``kind``, ``crs``, ``columns``; and the ``state`` to publish in.
    files
        Each with ``name``, ``size`` [bytes] and, once complete, ``digest``.
    question
        What reading needs to know; empty when nothing.
    problem
        Why it failed, as a sentence; empty when it did not.
    decisions
        About findings of the draft: each ``object``, ``code``, ``what`` and ``stated``.
    result
        What reading and publishing gave: ``changes``, ``examples``, ``report`` and so on.
    """

    id: str
    state: State
    who: str
    created: str
    changed: str
    dataset: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    question: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    result: Mapping[str, Any] = field(default_factory=dict)


def begin_job(connection: Connection, files: list[dict[str, Any]], dataset: Mapping[str, Any], who: str) -> Job:
    """A new load, waiting for its files."""
    begun = now()
    job = Job(secrets.token_hex(8), State.UPLOADING, who, begun, begun, dataset, {}, files)
    connection.execute(
        insert(load_jobs).values(
            id=job.id, state=job.state.value, who=who, created=begun, changed=begun, dataset=dict(dataset), options={},
            files=files, question={}, problem="", decisions=[], result={},
        )
    )  # fmt: skip
    return job


def jobs(database: Database) -> list[Job]:
    """All loads, newest first."""
    with database.read() as connection:
        rows = connection.execute(select(load_jobs).order_by(load_jobs.c.created.desc())).mappings().all()
    return [_job(row) for row in rows]


def job(database: Database, job_id: str) -> Job:
    """
    A load.

    Raises
    ------
    UnknownJob
        When there is none of this id, also when it was discarded.
    """
    with database.read() as connection:
        row = connection.execute(select(load_jobs).where(load_jobs.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise UnknownJob(f"There is no upload {job_id[:40]!r}. It may have been discarded.")
    return _job(row)


def change_job(connection: Connection, job_id: str, expected: Iterable[State], values: Mapping[str, Any]) -> None:
    """
    Change a load, provided it stands where the caller thinks.

    Parameters
    ----------
    expected
        States it may be in.
    values
        Columns of ``load_jobs``.

    Raises
    ------
    WrongState
        When it is in another state or gone.
    """
    states = [State(state).value for state in expected]
    named = load_jobs.c.id == job_id
    done = connection.execute(
        update(load_jobs).where(named, load_jobs.c.state.in_(states)).values({**values, "changed": now()})
    )
    if done.rowcount != 1:
        state = connection.execute(select(load_jobs.c.state).where(named)).scalar()
        raise WrongState(
            f"The upload is {state!r}; this can be done only when it is {' or '.join(states)}."
            if state
            else f"There is no upload {job_id[:40]!r}. It may have been discarded."
        )


def remove_job(connection: Connection, job_id: str) -> None:
    """Forget a load; its files are removed by the caller."""
    connection.execute(delete(load_jobs).where(load_jobs.c.id == job_id))


def _job(row: Mapping[Any, Any]) -> Job:
    values = {str(name): value for name, value in row.items()}
    return Job(**{**values, "state": State(values["state"])})
