"""Files on their way into a twin: received piece by piece, looked into, removed without a trace.

An upload is a row of ``load_jobs`` and a directory ``uploads/<id>/`` of the tenant: ``files/`` as they came,
``draft/`` (see ``drafts.py``), ``progress.json`` and ``lock`` (see ``worker.py``). Pieces are appended where the
file ends, so a broken connection or a killed server costs nothing but the piece under way.
"""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

from kastor.city.report import Report
from kastor.formats import table
from kastor.formats.archive import COMPANIONS, safe_name, sources
from kastor.formats.errors import FormatError
from kastor.loading.errors import LoadingError
from kastor.store import Tenant
from kastor.store.audit import record
from kastor.store.errors import store_errors
from kastor.store.jobs import Job, State, begin_job, change_job, jobs

MOST_FILES = 200
"""Files of one upload; more come in a zip archive."""

BLOCK = 1 << 20
LARGEST_PIECE = 2**36
"""Most one request may bring of a file. [bytes]"""

SPARE = 256 * 2**20
"""Room on the disk that uploads leave to the twin. [bytes]"""

JOB_ID = re.compile(r"[0-9a-f]{16}")


class TooLarge(LoadingError):
    """More than an upload may be."""


class NoRoom(LoadingError):
    """The disk has no room for the files."""


class WrongOffset(LoadingError):
    """
    A piece does not begin where the file ends.

    Parameters
    ----------
    received
        Where it must begin. [bytes]
    """

    def __init__(self, name: str, offset: int, received: int) -> None:
        self.received = received
        super().__init__(f"{name}: the piece begins at {offset}, but {received} bytes are here. Go on from there.")


@dataclass(frozen=True)
class Announced:
    """A file somebody is about to send: its name there, and its size. [bytes]"""

    name: str
    size: int


def room(tenant: Tenant, job_id: str) -> Path:
    """Directory of an upload."""
    if not JOB_ID.fullmatch(job_id):
        raise LoadingError(f"{job_id[:40]!r} is no upload.")
    return tenant.uploads / job_id


def begin(tenant: Tenant, announced: Sequence[Announced], dataset: Mapping[str, Any], who: str, most: int) -> Job:
    """
    Begin an upload; refused before a byte is sent when it cannot succeed.

    Parameters
    ----------
    dataset
        Facts known already, such as the ``id`` of the dataset that gets a newer state.
    most
        How much an upload may be. [bytes]

    Raises
    ------
    TooLarge, NoRoom, LoadingError
        When it is too much for the limit or the disk, or is nothing.
    """
    if not announced:
        raise LoadingError("No file was chosen. Choose at least one.")
    if len(announced) > MOST_FILES:
        raise TooLarge(f"{len(announced)} files are too many for one upload, at most {MOST_FILES}. Pack them in a zip.")
    empty = [one.name for one in announced if one.size <= 0]
    if empty:
        raise LoadingError(f"{safe_name(empty[0])}: the file is empty. Export or download it again.")
    total = sum(one.size for one in announced)
    if total > most:
        raise TooLarge(
            f"{total / 1e9:.1f} GB are too much for one upload, at most {most / 1e9:.1f} GB (KASTOR_UPLOAD_LIMIT). "
            "Load it in several parts, or let the operator load it on the server with `kastor load`."
        )
    free = shutil.disk_usage(tenant.directory).free
    if total + SPARE > free:
        raise NoRoom(
            f"The files need {total / 1e9:.2f} GB, the disk has {max(free - SPARE, 0) / 1e9:.2f} GB left. "
            "Ask the operator to free some space."
        )
    files = [{"name": name, "size": one.size} for name, one in zip(_names(announced), announced, strict=True)]
    with tenant.database.write("The upload cannot be begun") as connection:
        job = begin_job(connection, files, dataset, who)
        record(connection, who, "upload", job.id, {"files": len(files), "bytes": total})
    with store_errors("The upload cannot be begun", tenant.directory):
        (room(tenant, job.id) / "files").mkdir(parents=True)
    return job


def _names(announced: Sequence[Announced]) -> Iterator[str]:
    """Names that lead nowhere else, none twice."""
    taken: set[str] = set()
    for one in announced:
        name = safe_name(one.name)
        stem, dot, suffix = name.partition(".")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}){dot}{suffix}"
        taken.add(name.casefold())
        yield name


def file_of(tenant: Tenant, job: Job, number: int) -> Path:
    """Where a file of an upload lies."""
    if not 0 <= number < len(job.files):
        raise LoadingError(f"The upload has no file {number}; it has {len(job.files)}, counted from 0.")
    return room(tenant, job.id) / "files" / str(job.files[number]["name"])


def received(tenant: Tenant, job: Job) -> list[int]:
    """How much of each file is here. [bytes]"""
    if job.state is not State.UPLOADING:
        return [int(file["size"]) for file in job.files]
    return [_size(file_of(tenant, job, number)) for number in range(len(job.files))]


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


@contextmanager
def appending(tenant: Tenant, job: Job, number: int, offset: int) -> Iterator[BinaryIO]:
    """
    The end of a file of an upload, for a piece of it.

    Raises
    ------
    WrongOffset
        When the piece does not begin where the file ends.
    LoadingError
        When another piece of the same file is coming in.
    """
    file = file_of(tenant, job, number)
    with store_errors(f"{file.name} cannot be received", tenant.directory):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LoadingError(f"{file.name} is being received already. Wait until that is done.") from None
            here = stream.tell()
            if offset != here:
                raise WrongOffset(file.name, offset, here)
            yield stream


def complete(tenant: Tenant, job: Job) -> bool:
    """Whether all files are here; then their digests are taken and the upload goes on."""
    if received(tenant, job) != [file["size"] for file in job.files]:
        return False
    paths = [file_of(tenant, job, number) for number in range(len(job.files))]
    files = [{**file, "digest": _digest(path)} for file, path in zip(job.files, paths, strict=True)]
    with tenant.database.write("The upload cannot be completed") as connection:
        change_job(connection, job.id, [State.UPLOADING], {"state": State.UPLOADED.value, "files": files})
    return True


def _digest(file: Path) -> str:
    digest = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def loaded_before(tenant: Tenant, job: Job) -> Job | None:
    """An earlier upload of the same files that was published."""
    digests = {file.get("digest", "") for file in job.files}
    published = (j for j in jobs(tenant.database) if j.state is State.PUBLISHED and j.id != job.id)
    return next((j for j in published if digests <= {file["digest"] for file in j.files}), None)


def main_files(tenant: Tenant, job: Job) -> list[Path]:
    """The files that are read; those that only accompany another one (``.dbf`` beside ``.shp``) are left to it."""
    paths = [file_of(tenant, job, number) for number in range(len(job.files))]
    stems = {path.with_suffix("") for path in paths if path.suffix.lower() not in COMPANIONS}
    companions = [p for p in paths if p.suffix.lower() in COMPANIONS and p.with_suffix("") in stems]
    return [path for path in paths if path not in companions]


def tables(tenant: Tenant, job: Job) -> list[tuple[str, table.Preview]]:
    """The tables among the files of an upload, each with its beginning; files that cannot be opened are none."""
    found = []
    for path in main_files(tenant, job):
        try:
            for source in sources(path, Report(path.name)):
                if source.format == "csv":
                    with source.stream() as stream:
                        found.append((path.name, table.preview(stream, source.file)))
                    break
        except FormatError:
            # reading will say what is wrong with it
            continue
    return found
