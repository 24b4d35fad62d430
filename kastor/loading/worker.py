"""The program that reads and publishes one upload, apart from the server.

A broken file cannot harm the server, killing the program is how work is cancelled, and a server that stops does not
stop the work. While it lives it holds the lock of the upload's directory, so everybody can tell whether it does;
when it was killed, :func:`resume` starts it again. What it does is repeatable: a draft is read anew, a load is one
transaction together with the row of the upload, decisions and tiles are brought up to date.

Run as ``python -m kastor.loading.worker DIRECTORY UPLOAD``.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from kastor.loading.uploads import JOB_ID, room
from kastor.store import Tenant, open_tenant
from kastor.store.audit import NOBODY, record
from kastor.store.errors import StoreError, TenantBusy
from kastor.store.jobs import WORKING, Job, State, UnknownJob, WrongState, change_job, job, jobs, remove_job
from kastor.store.moments import later, moment

log = logging.getLogger(__name__)

LOCK = "lock"
PROGRESS = "progress.json"
BEAT = 0.2
"""Progress is written at most this often. [s]"""

TRIES = "tries"
MOST_TRIES = 3
"""How often work that was cut off is begun again."""

WAITING = (State.UPLOADING, State.UPLOADED, State.ASKING, State.READY, State.FAILED)
"""States in which an upload waits for a person, who may have forgotten it."""

PATIENCE = 15.0
"""How long to wait for a program that was told to stop. [s]"""


# what the server does


def start(tenant: Tenant, job_id: str) -> bool:
    """Let a program work on an upload from a new beginning; False when one does already."""
    (room(tenant, job_id) / TRIES).unlink(missing_ok=True)
    return _start(tenant, job_id)


def _start(tenant: Tenant, job_id: str) -> bool:
    directory = room(tenant, job_id)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK).open("a+b") as lock, (directory / "log").open("ab") as log:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        (directory / PROGRESS).unlink(missing_ok=True)
        # the lock goes over to the program and ends with it, however that ends
        program = subprocess.Popen(
            [sys.executable, "-m", "kastor.loading.worker", str(tenant.directory), job_id],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[lock.fileno()],
            start_new_session=True,
        )
        lock.truncate(0)
        lock.write(str(program.pid).encode())
        lock.flush()
        with (directory / TRIES).open("ab") as tries:
            tries.write(b".")
    threading.Thread(target=program.wait, daemon=True).start()
    return True


def is_running(tenant: Tenant, job_id: str) -> bool:
    """Whether a program works on an upload."""
    file = room(tenant, job_id) / LOCK
    if not file.exists():
        return False
    with file.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def progress_of(tenant: Tenant, job_id: str) -> dict[str, Any]:
    """What the program does now: ``what`` and how much of it is ``done``, 0..1."""
    file = room(tenant, job_id) / PROGRESS
    try:
        found: dict[str, Any] = orjson.loads(file.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {"what": "", "done": 0.0}
    return found


def resume_all(home: Path, days: int) -> None:
    """
    Go on with the uploads of all tenants, and remove those that were abandoned; see :func:`resume`.

    A tenant that cannot be opened is left out and logged, so that it keeps no other one waiting.
    """
    for uploads in sorted(Path(home).glob("tenants/*/uploads")):
        if not any(JOB_ID.fullmatch(entry.name) for entry in uploads.iterdir()):
            continue
        try:
            with open_tenant(home, uploads.parent.name) as tenant:
                resume(tenant)
                expire(tenant, days)
        except StoreError as error:
            log.error("The uploads of tenant %s wait: %s", uploads.parent.name, error)


def expire(tenant: Tenant, days: int) -> list[str]:
    """
    Remove uploads nobody went on with, and free their room on the disk; what is in the twin stays.

    Parameters
    ----------
    days
        How long nothing has happened to them.

    Returns
    -------
    list of str
        Ids of those that were removed.
    """
    gone = []
    for one in jobs(tenant.database):
        if one.state in WAITING and touched(tenant, one) < later(days=-days):
            with contextlib.suppress(WrongState, UnknownJob):
                discard(tenant, one.id, partial(_expired, one))
                gone.append(one.id)
    return gone


def touched(tenant: Tenant, one: Job) -> str:
    """When somebody went on with an upload last, or a piece of a file came in; ISO 8601."""
    files = (room(tenant, one.id) / "files").glob("*")
    arrived = (moment(datetime.fromtimestamp(file.stat().st_mtime, UTC)) for file in files)
    return max(one.changed, *arrived, one.created)


def _expired(expected: Job, connection: Connection, found: Job) -> None:
    if found.changed != expected.changed:
        raise WrongState("Somebody went on with the upload meanwhile.")
    sizes = sum(int(file["size"]) for file in found.files)
    detail = {"state": found.state.value, "files": len(found.files), "bytes": sizes}
    record(connection, NOBODY, "expire", found.id, detail)


def resume(tenant: Tenant) -> None:
    """Go on with uploads whose program was killed, and remove directories nothing belongs to."""
    known = {one.id: one for one in jobs(tenant.database)}
    for one in known.values():
        if one.state in WORKING and not is_running(tenant, one.id):
            _again(tenant, one)
    for directory in tenant.uploads.glob("*"):
        if JOB_ID.fullmatch(directory.name) and directory.name not in known and not is_running(tenant, directory.name):
            shutil.rmtree(directory, ignore_errors=True)


def _again(tenant: Tenant, one: Job) -> None:
    """Start work that was cut off once more, or give it up when that happened too often."""
    tries = room(tenant, one.id) / TRIES
    if not tries.exists() or tries.stat().st_size < MOST_TRIES:
        _start(tenant, one.id)
        return
    after = {State.READING: State.FAILED, State.PUBLISHING: State.READY, State.FINISHING: State.PUBLISHED}[one.state]
    problem = f"The work was cut off {MOST_TRIES} times. Ask the operator; the log of the upload says why."
    _advance(tenant, one, one.state, after, problem=problem)


def discard(tenant: Tenant, job_id: str, alongside: Callable[[Connection, Job], None]) -> None:
    """
    Stop the work on an upload and remove it without a trace.

    Parameters
    ----------
    alongside
        Writes into the same transaction that it happened.

    Raises
    ------
    WrongState
        When it is in the twin already.
    """
    stop(tenant, job_id)
    with tenant.database.write("The upload cannot be discarded") as connection:
        found = job(tenant.database, job_id)
        if found.state in (State.FINISHING, State.PUBLISHED):
            again = found.state is State.FINISHING
        else:
            again = None
            remove_job(connection, job_id)
            alongside(connection, found)
    if again is not None:
        if again:
            start(tenant, job_id)
        raise WrongState("The upload is published already. Take its dataset out of the twin, or make it a draft.")
    shutil.rmtree(room(tenant, job_id), ignore_errors=True)


def stop(tenant: Tenant, job_id: str) -> None:
    """End the program that works on an upload, if there is one."""
    deadline = time.monotonic() + PATIENCE
    while is_running(tenant, job_id):
        told = (room(tenant, job_id) / LOCK).read_bytes()
        if told.isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(told), signal.SIGKILL)
        if time.monotonic() > deadline:
            raise StoreError("The work on the upload cannot be stopped. Try again in a minute.")
        time.sleep(0.02)


# what the program does


def main(arguments: list[str]) -> None:
    """Work on one upload until a person is needed or everything is done."""
    directory, job_id = Path(arguments[0]), arguments[1]
    with open_tenant(directory.parent.parent, directory.name) as tenant:
        work(tenant, job_id)


def work(tenant: Tenant, job_id: str) -> None:
    """Take an upload as far as it goes without a person."""
    steps = {State.READING: read, State.PUBLISHING: publish, State.FINISHING: finish}
    progress = _Progress(room(tenant, job_id) / PROGRESS)
    while True:
        try:
            found = job(tenant.database, job_id)
        except UnknownJob:
            return
        if found.state not in steps:
            return
        steps[found.state](tenant, found, progress)


class _Progress:
    """Writes down what is done, not too often."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = 0.0

    def __call__(self, what: str, done: float) -> None:
        now = time.monotonic()
        if now - self._last < BEAT and done < 1.0:
            return
        self._last = now
        young = self._file.with_suffix(".young")
        with contextlib.suppress(OSError):
            young.write_bytes(orjson.dumps({"what": what, "done": min(max(done, 0.0), 1.0)}))
            young.replace(self._file)


def read(tenant: Tenant, found: Job, progress: Callable[[str, float], None]) -> None:
    """Read the files into a draft, or ask what is needed for it."""
    from kastor.formats.errors import FormatError, UnknownCrs
    from kastor.loading.drafts import draft_home, draw_draft, read_draft
    from kastor.loading.errors import LoadingError
    from kastor.loading.questions import reference_systems

    began = time.monotonic()
    try:
        loaded, difference = read_draft(tenant, found, progress)
    except (FormatError, StoreError, LoadingError) as error:
        shutil.rmtree(draft_home(tenant, found.id), ignore_errors=True)
        asks = isinstance(error, UnknownCrs) and not found.options.get("crs")
        systems = reference_systems(tenant, found) if asks else []
        question = {"crs": systems} if asks else {}
        state = State.ASKING if asks else State.FAILED
        _advance(tenant, found, State.READING, state, question=question, problem=str(error))
        return
    result = {
        "report": loaded.result.report,
        "seconds": round(time.monotonic() - began, 1),
        "difference": asdict(difference),
        "kinds": dict(loaded.result.kinds),
        "totals": loaded.report["totals"],
    }
    _advance(tenant, found, State.READING, State.READY, question={}, problem="", result=result)
    # the report can be read meanwhile
    draw_draft(tenant, found, progress)
    _advance(tenant, found, State.READY, State.READY, result={**result, "drawn": True})


def publish(tenant: Tenant, found: Job, progress: Callable[[str, float], None]) -> None:
    """Load the files into the twin; the row of the upload changes in the same transaction."""
    from kastor.formats.errors import FormatError
    from kastor.loading.drafts import load_files
    from kastor.store.loads import LoadResult

    def mark(connection: Connection, result: LoadResult) -> None:
        done = {
            **found.result, "published": result.report, "revision": result.revision,
            "changes": {"new": result.new, "changed": result.changed, "unchanged": result.unchanged,
                        "ended": result.ended},
        }  # fmt: skip
        change_job(connection, found.id, [State.PUBLISHING], {"state": State.FINISHING.value, "result": done})

    try:
        while True:
            try:
                load_files(tenant, tenant, found, progress, alongside=mark)
            except TenantBusy:
                progress("", 0.0)
            else:
                return
    except (FormatError, StoreError) as error:
        _advance(tenant, found, State.PUBLISHING, State.READY, problem=str(error))


def finish(tenant: Tenant, found: Job, progress: Callable[[str, float], None]) -> None:
    """Write decisions as versions, bring the tiles up to date and let go of the files."""
    from kastor.loading.decisions import apply, kept_in
    from kastor.loading.features import make_features
    from kastor.loading.tiling import tile

    try:
        apply(tenant, found.dataset["id"], kept_in(found), str(found.options.get("publisher", found.who)))
        tile(tenant, progress)
        make_features(tenant, progress)
    except StoreError as error:
        # it is in the twin; only what follows is missing, and the next start of the server tries again
        _advance(tenant, found, State.FINISHING, State.PUBLISHED, problem=str(error))
        return
    directory = room(tenant, found.id)
    if not found.files:
        # only the tiles were wanted; nobody needs to remember that
        with tenant.database.write("The work cannot be ended", 60.0) as connection:
            remove_job(connection, found.id)
        shutil.rmtree(directory, ignore_errors=True)
        return
    for name in ("files", "draft"):
        shutil.rmtree(directory / name, ignore_errors=True)
    _advance(tenant, found, State.FINISHING, State.PUBLISHED, problem="")


def _advance(tenant: Tenant, found: Job, before: State, after: State, **values: Any) -> None:
    changes: Mapping[str, Any] = {"state": after.value, **values}
    with contextlib.suppress(WrongState), tenant.database.write("The upload cannot go on", 60.0) as connection:
        change_job(connection, found.id, [before], changes)


if __name__ == "__main__":
    main(sys.argv[1:])
