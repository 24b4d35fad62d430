"""Loads on their way: a row that goes from state to state, and only from where the caller thinks it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kastor.store import Tenant, create_tenant
from kastor.store.jobs import Job, State, UnknownJob, WrongState, begin_job, change_job, job, jobs, remove_job
from tests.store.houses import CRS


@pytest.fixture
def twin(home: Path) -> Iterator[Tenant]:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        yield twin


def begin(twin: Tenant) -> Job:
    with twin.database.write("x") as connection:
        return begin_job(connection, [{"name": "a.gml", "size": 3}], {"title": "A"}, "erika")


def test_a_load_is_kept_as_it_was_begun(twin: Tenant) -> None:
    begun = begin(twin)
    assert job(twin.database, begun.id) == begun
    assert begun.state is State.UPLOADING
    assert [j.id for j in jobs(twin.database)] == [begun.id]


def test_a_load_goes_on_only_from_where_it_stands(twin: Tenant) -> None:
    begun = begin(twin)
    with twin.database.write("x") as connection:
        change_job(connection, begun.id, [State.UPLOADING], {"state": State.UPLOADED})
    assert job(twin.database, begun.id).state is State.UPLOADED
    with pytest.raises(WrongState, match=r"'uploaded'.*uploading or reading"), twin.database.write("x") as connection:
        change_job(connection, begun.id, [State.UPLOADING, State.READING], {"state": State.READY})
    assert job(twin.database, begun.id).state is State.UPLOADED


def test_a_removed_load_is_unknown(twin: Tenant) -> None:
    begun = begin(twin)
    with twin.database.write("x") as connection:
        remove_job(connection, begun.id)
    with pytest.raises(UnknownJob):
        job(twin.database, begun.id)
    with pytest.raises(WrongState, match="discarded"), twin.database.write("x") as connection:
        change_job(connection, begun.id, list(State), {"state": State.READY})
