"""The program that works on uploads: killed at any moment it leaves no half data, and goes on when started again."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from kastor.city.sample import CRS, four_houses
from kastor.formats import write
from kastor.loading import uploads, worker
from kastor.loading.errors import LoadingError
from kastor.loading.uploads import Announced
from kastor.store import Tenant, create_tenant
from kastor.store.audit import lines, record
from kastor.store.jobs import WORKING, Job, State, UnknownJob, change_job, job, jobs
from kastor.store.moments import later
from kastor.store.schema import load_jobs


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Tenant]:
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        yield twin
        for one in jobs(twin.database):
            worker.stop(twin, one.id)


@pytest.fixture
def upload(twin: Tenant, tmp_path: Path) -> str:
    """Four houses, uploaded."""
    file = tmp_path / "houses.city.json"
    write(four_houses(), file, "cityjson")
    content = file.read_bytes()
    facts = {"id": "houses", "title": "Häuser"}
    begun = uploads.begin(twin, [Announced(file.name, len(content))], facts, "7", 10**9)
    with uploads.appending(twin, begun, 0, 0) as stream:
        stream.write(content)
    assert uploads.complete(twin, begun)
    return begun.id


def go(twin: Tenant, upload: str, before: State, after: State) -> None:
    worker.stop(twin, upload)
    with twin.database.write("x") as connection:
        change_job(connection, upload, [before], {"state": after.value})
    worker.start(twin, upload)


def kill(twin: Tenant, upload: str, after: float) -> None:
    """End the program as the system does when memory runs out."""
    time.sleep(after)
    told = (uploads.room(twin, upload) / worker.LOCK).read_text()
    if told and worker.is_running(twin, upload):
        os.kill(int(told), signal.SIGKILL)
    while worker.is_running(twin, upload):
        time.sleep(0.01)


def settled(twin: Tenant, upload: str) -> Job:
    deadline = time.monotonic() + 200
    while (found := job(twin.database, upload)).state in WORKING:
        assert time.monotonic() < deadline, found
        if not worker.is_running(twin, upload):
            worker.resume(twin)
        time.sleep(0.05)
    return found


def test_killed_work_is_done_once_all_the_same(twin: Tenant, upload: str) -> None:
    moments = random.Random(5)
    go(twin, upload, State.UPLOADED, State.READING)
    kill(twin, upload, moments.uniform(0.5, 4.0))
    assert settled(twin, upload).state is State.READY
    assert twin.datasets() == []
    go(twin, upload, State.READY, State.PUBLISHING)
    for _ in range(2):
        kill(twin, upload, moments.uniform(0.5, 4.0))
        state, known = job(twin.database, upload).state, [d.kinds.get("building") for d in twin.datasets()]
        assert known == ([] if state is State.PUBLISHING else [4])
        worker.start(twin, upload)
    assert settled(twin, upload).state is State.PUBLISHED
    assert [d.kinds["building"] for d in twin.datasets()] == [4]
    assert len(twin.reports()) == 1


def test_work_that_is_always_cut_off_is_given_up(twin: Tenant, upload: str) -> None:
    with twin.database.write("x") as connection:
        change_job(connection, upload, [State.UPLOADED], {"state": State.READING.value})
    (uploads.room(twin, upload) / worker.TRIES).write_bytes(b"." * worker.MOST_TRIES)
    worker.resume(twin)
    found = job(twin.database, upload)
    assert found.state is State.FAILED
    assert "cut off 3 times" in found.problem


def test_cancelling_at_work_leaves_nothing(twin: Tenant, upload: str) -> None:
    go(twin, upload, State.UPLOADED, State.READING)
    assert worker.is_running(twin, upload)
    worker.discard(twin, upload, lambda connection, found: record(connection, "7", "discard", found.id, {}) and None)
    with pytest.raises(UnknownJob):
        job(twin.database, upload)
    assert list(twin.uploads.iterdir()) == []
    assert twin.datasets() == []


def test_what_a_killed_server_left_without_a_row_is_removed(twin: Tenant, upload: str) -> None:
    left = twin.uploads / "0123456789abcdef"
    left.mkdir()
    (left / "files").mkdir()
    (twin.uploads / "kastor-scratch").mkdir()
    worker.resume(twin)
    assert sorted(p.name for p in twin.uploads.iterdir()) == sorted([upload, "kastor-scratch"])


def test_an_upload_nobody_went_on_with_is_removed_and_its_room_freed(twin: Tenant, upload: str) -> None:
    assert worker.expire(twin, 14) == []
    age(twin, upload, 13.9)
    assert worker.expire(twin, 14) == []
    age(twin, upload, 14.1)
    assert worker.expire(twin, 14) == [upload]
    assert list(twin.uploads.iterdir()) == []
    assert jobs(twin.database) == []
    with twin.database.read() as connection:
        line = lines(connection)[0]
    assert (line.who, line.what, line.subject) == ("", "expire", upload)
    assert line.detail["files"] == 1
    assert worker.expire(twin, 14) == []


def test_a_piece_of_a_file_keeps_an_upload(twin: Tenant) -> None:
    begun = uploads.begin(twin, [Announced("a.gml", 10)], {"id": ""}, "7", 100)
    age(twin, begun.id, 20)
    with uploads.appending(twin, begun, 0, 0) as stream:
        stream.write(b"<gml")
    assert worker.expire(twin, 14) == []
    file = uploads.file_of(twin, begun, 0)
    old = time.time() - 15 * 86_400
    os.utime(file, (old, old))
    assert worker.expire(twin, 14) == [begun.id]


@pytest.mark.parametrize("state", [*WORKING, State.PUBLISHED])
def test_what_is_at_work_or_in_the_twin_does_not_expire(twin: Tenant, upload: str, state: State) -> None:
    with twin.database.write("x") as connection:
        change_job(connection, upload, [State.UPLOADED], {"state": state.value})
    age(twin, upload, 100)
    assert worker.expire(twin, 14) == []
    assert job(twin.database, upload).state is state


def test_an_upload_somebody_goes_on_with_at_that_moment_stays(
    twin: Tenant, upload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    age(twin, upload, 20)

    def meanwhile(tenant: Tenant, job_id: str) -> None:
        with tenant.database.write("x") as connection:
            change_job(connection, job_id, [State.UPLOADED], {"problem": "looked at"})

    monkeypatch.setattr(worker, "stop", meanwhile)
    assert worker.expire(twin, 14) == []
    assert job(twin.database, upload).problem == "looked at"
    assert uploads.file_of(twin, job(twin.database, upload), 0).is_file()


def age(twin: Tenant, upload: str, days: float) -> None:
    """Let an upload have been left alone for some days."""
    with twin.database.write("x") as connection:
        changed = later(days=-days)
        connection.execute(update(load_jobs).where(load_jobs.c.id == upload).values(changed=changed, created=changed))
    old = time.time() - days * 86_400
    for file in (uploads.room(twin, upload) / "files").glob("*"):
        os.utime(file, (old, old))


def test_a_tenant_that_cannot_be_opened_keeps_no_other_waiting(
    twin: Tenant, upload: str, caplog: pytest.LogCaptureFixture
) -> None:
    home = twin.directory.parent.parent
    with create_tenant(home, "altstadt", "Altstadt", CRS) as other:
        (other.uploads / upload).mkdir(parents=True)
        database = other.directory / "kastor.sqlite"
    assert database.is_file()
    database.write_bytes(b"no database" * 1000)
    worker.resume_all(home, -1)
    assert "uploads of tenant altstadt wait" in caplog.text
    with pytest.raises(UnknownJob):
        job(twin.database, upload)


def test_a_full_disk_refuses_an_upload_at_once(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SPARE", 2**62)
    with pytest.raises(uploads.NoRoom, match=r"the disk has 0\.00 GB left"):
        uploads.begin(twin, [Announced("a.gml", 10)], {"id": ""}, "7", 100)
    assert jobs(twin.database) == []


def test_a_file_is_received_by_one_at_a_time(twin: Tenant) -> None:
    begun = uploads.begin(twin, [Announced("a.csv", 10)], {"id": ""}, "7", 100)
    with (
        uploads.appending(twin, begun, 0, 0),
        pytest.raises(LoadingError, match="being received already"),
        uploads.appending(twin, begun, 0, 0),
    ):
        pass


def test_names_are_told_apart_and_lead_nowhere(twin: Tenant) -> None:
    names = ["../a.gml", "x/a.gml", "A.GML", "..", "C:\\b.gml"]
    begun = uploads.begin(twin, [Announced(name, 1) for name in names], {"id": ""}, "7", 100)
    assert [f["name"] for f in begun.files] == ["a.gml", "a (2).gml", "A (3).GML", "unnamed", "b.gml"]
