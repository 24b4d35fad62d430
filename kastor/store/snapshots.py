"""A tenant at one moment, while others go on working: a copy of its rows and the files they name.

Files of a twin never change, they only come and go, so a copy of the database tells which files
belong to it. Should one of them go before it is taken, the moment is simply taken anew.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import kastor
from kastor.store import marks, schema, sqlite, stores
from kastor.store.errors import DamagedFile, NewerTenant, StoreError, TenantBusy, store_errors
from kastor.store.moments import now
from kastor.store.tenant import Tenant
from kastor.store.tenants import DOWNLOADED

RUNS = "runs"
"""Directory for what computations write before it is a result."""

LEFT_OUT = ("tiles", "staging", "uploads", RUNS, DOWNLOADED, stores.BACKUPS)
"""Directories of a tenant that can be made again, or are somebody's work under way."""

TRIES = 5
PIECE = 1 << 20

NAMED = "SELECT 'blocks/' || hash || '.block' FROM blocks UNION SELECT 'terrain/' || file FROM terrain_parts"
COUNTS = "SELECT (SELECT count(*) FROM objects), (SELECT count(*) FROM versions), (SELECT max(revision) FROM revisions)"


@dataclass(frozen=True)
class Kept:
    """
    A file of a snapshot.

    Parameters
    ----------
    path
        Below the tenant's directory, with ``/``.
    sha256
        Of its content, hexadecimal.
    size
        Its length. [bytes]
    """

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Snapshot:
    """
    What a snapshot holds.

    Parameters
    ----------
    tenant, title
        Whose it is.
    taken
        When, ISO 8601 in UTC.
    kastor, tables
        Version of Kastor and of the tables.
    objects, versions, revision
        Number of objects (ended ones too), of their versions, and of the last change.
    files
        Every file, the database first.
    """

    tenant: str
    title: str
    taken: str
    kastor: str
    tables: str
    objects: int
    versions: int
    revision: int
    files: tuple[Kept, ...]

    @property
    def size(self) -> int:
        """All files together. [bytes]"""
        return sum(file.size for file in self.files)


Put = Callable[[Path, Kept], None]
"""Stores a file of a tenant."""

Open = Callable[[Kept], BinaryIO]
"""Opens a stored file for reading."""


def take(tenant: Tenant, scratch: Path, put: Put) -> Snapshot:
    """
    Hand every file of a tenant, as of one moment, to ``put``.

    Parameters
    ----------
    scratch
        Directory for the copy of the database while it is taken.
    put
        Called once for each file.

    Raises
    ------
    TenantBusy
        When the tenant changed so often that no moment could be held.
    """
    for _ in range(TRIES):
        taken = now()
        copy = scratch / sqlite.FILE
        copy.unlink(missing_ok=True)
        stores.copy_rows(tenant.database, copy)
        try:
            return _taken(tenant, taken, settled(copy), put)
        except FileNotFoundError:
            continue
        finally:
            copy.unlink(missing_ok=True)
    raise TenantBusy(f"Tenant {tenant.id} changed during each of {TRIES} tries. Try again when no load is running.")


def _taken(tenant: Tenant, taken: str, copy: Path, put: Put) -> Snapshot:
    with closing(sqlite3.connect(copy)) as rows:
        named = {row[0] for row in rows.execute(NAMED)}
        objects, versions, revision = rows.execute(COUNTS).fetchone()
    kept = [described(copy, sqlite.FILE)]
    put(copy, kept[0])
    for path in sorted(named | _others(tenant.directory)):
        file = tenant.directory / path
        kept.append(described(file, path))
        put(file, kept[-1])
    return Snapshot(
        tenant.id, tenant.info.title, taken, kastor.__version__, schema.REVISION, objects, versions, revision or 0,
        tuple(kept),
    )  # fmt: skip


def _others(directory: Path) -> set[str]:
    """Files beside those the database names, such as a logo."""
    found = set()
    for top in directory.iterdir():
        if top.name in (*LEFT_OUT, "blocks", "terrain") or top.name.startswith((sqlite.FILE, marks.MARK)):
            continue
        files = [top] if top.is_file() else [file for file in top.rglob("*") if file.is_file()]
        found |= {file.relative_to(directory).as_posix() for file in files}
    return found


def settled(file: Path) -> Path:
    """The same database without a write-ahead log, so that it is one file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    return file


def described(file: Path, path: str) -> Kept:
    """Length and hash of a file; blocks carry theirs as their name."""
    if path.startswith("blocks/"):
        return Kept(path, file.stem, file.stat().st_size)
    digest = hashlib.sha256()
    size = 0
    with file.open("rb") as stream:
        for piece in pieces(stream):
            digest.update(piece)
            size += len(piece)
    return Kept(path, digest.hexdigest(), size)


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """A stream a megabyte at a time."""
    return iter(lambda: stream.read(PIECE), b"")


def lay_out(snapshot: Snapshot, opened: Open, directory: Path) -> None:
    """
    Write the files of a snapshot into an empty directory, each checked against its hash.

    Raises
    ------
    DamagedFile
        When a file is missing or not what was stored.
    NewerTenant
        When a newer Kastor made the snapshot.
    """
    refuse_newer(snapshot)
    for name in ("tiles", "uploads", "blocks", "terrain"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    for kept in snapshot.files:
        target = directory / safe(kept.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
            for piece in checked(kept, opened):
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
    database = directory / sqlite.FILE
    check_database(database)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def checked(kept: Kept, opened: Open) -> Iterator[bytes]:
    """
    The bytes of a stored file; the last ones come only when all of them were right.

    Raises
    ------
    DamagedFile
        When length or hash do not fit.
    """
    digest = hashlib.sha256()
    size = 0
    try:
        with opened(kept) as stream:
            for piece in pieces(stream):
                digest.update(piece)
                size += len(piece)
                if size > kept.size:
                    break
                yield piece
    except (FileNotFoundError, KeyError) as error:
        raise DamagedFile(f"The file {kept.path} is missing in the backup. Use another snapshot.") from error
    if size != kept.size or digest.hexdigest() != kept.sha256:
        raise DamagedFile(f"The file {kept.path} in the backup is not what was stored. Use another snapshot.")


def check_database(file: Path) -> None:
    """
    Have SQLite check every page and index.

    Raises
    ------
    DamagedFile
        When it finds something.
    """
    with store_errors("The database of the backup cannot be read", file.parent), closing(sqlite3.connect(file)) as rows:
        try:
            found = rows.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise DamagedFile(f"The database of the backup is damaged: {found}. Use another snapshot.")


def refuse_newer(snapshot: Snapshot) -> None:
    """
    Refuse what this Kastor cannot know.

    Raises
    ------
    NewerTenant
        When the tables are newer.
    """
    if snapshot.tables > schema.REVISION:
        raise NewerTenant(
            f"This snapshot was made by Kastor {snapshot.kastor} with tables of version {snapshot.tables}; this Kastor "
            f"knows up to {schema.REVISION}. Update Kastor to restore it."
        )


def safe(path: str) -> PurePosixPath:
    """
    A path that stays inside the directory it is joined to.

    Raises
    ------
    StoreError
        When it would leave it.
    """
    plain = PurePosixPath(path)
    if not path or plain.is_absolute() or ".." in plain.parts or "\\" in path or ":" in path or "\0" in path:
        raise StoreError(f"The backup names a file {path[:80]!r}, which no tenant has. Do not use this backup.")
    return plain
