"""Backups: a directory outside of Kastor's own, holding any number of snapshots of any number of tenants.

``objects/ab/<sha256>`` holds each different file once, so a further snapshot costs only what is
new; ``snapshots/<tenant>/<time>.json`` names the files of one snapshot and is written last. Killed
anywhere, a backup leaves at most files nobody names, which the next one removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import orjson
from sqlalchemy import create_engine, inspect, select

import kastor
from kastor.store import audit, instance, moving, snapshots, sqlite, stores
from kastor.store.errors import (
    DamagedFile,
    DiskFull,
    NewerTenant,
    StoreError,
    TenantExists,
    UnknownTenant,
    store_errors,
)
from kastor.store.instance import open_instance
from kastor.store.moments import now
from kastor.store.schema import tenant as tenant_table
from kastor.store.snapshots import Kept, Snapshot
from kastor.store.tenant import Tenant
from kastor.store.tenants import open_tenant, tenant_directory

FORMAT = 1
MARK = "kastor-backup.json"

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Saved:
    """
    What a backup did.

    Parameters
    ----------
    snapshot
        The snapshot.
    files, bytes
        New files and their size; the rest was there already. [bytes]
    """

    snapshot: Snapshot
    files: int
    bytes: int


PEOPLE = "_people"
"""Stands for the people of the instance where a tenant's id is asked for; no tenant can be called so."""

LEFT_OUT = ("sessions", "invitations", "attempts", "sign_ins", "runs")
"""Tables of the instance that are not saved: secrets of the moment, and computations under way."""


def save(tenant: Tenant, target: Path, keep: int = 0) -> Saved:
    """
    Add a snapshot of a tenant to a backup; others may work meanwhile.

    Parameters
    ----------
    target
        Directory of the backup, made when there is none.
    keep
        How many snapshots of the tenant stay, the newest; 0 for all.

    Raises
    ------
    StoreError
        When the directory holds something else, or cannot be written.
    """
    return _saved(target, tenant.id, lambda scratch, put: snapshots.take(tenant, scratch, put), keep)


def save_people(home: Path, target: Path, keep: int = 0) -> Saved:
    """
    Add a snapshot of the people of an instance, their roles and keys; open sessions are left out.

    Parameters
    ----------
    target, keep
        As in :func:`save`.
    """

    def taken(scratch: Path, put: snapshots.Put) -> Snapshot:
        copy = scratch / sqlite.FILE
        opened = open_instance(home)
        try:
            opened.backup(copy)
        finally:
            opened.close()
        with closing(sqlite3.connect(copy)) as rows:
            for table in LEFT_OUT:
                rows.execute(f"DELETE FROM {table}")
            rows.commit()
            # what was deleted must not be readable in the file either
            rows.execute("VACUUM")
            count, granted = rows.execute(
                "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM grants)"
            ).fetchone()
        kept = snapshots.described(snapshots.settled(copy), sqlite.FILE)
        put(copy, kept)
        return Snapshot(
            PEOPLE, "Personen und Rollen", now(), kastor.__version__, instance.REVISION, count, granted, 0,
            (kept,),
        )  # fmt: skip

    return _saved(target, PEOPLE, taken, keep)


def restore_people(home: Path, source: Path, taken: str = "") -> Snapshot:
    """
    Bring the people of an instance back into one that knows nobody yet.

    Raises
    ------
    UnknownTenant
        When the backup has no such snapshot.
    TenantExists
        When somebody is known already.
    """
    found = _chosen(source, PEOPLE, taken)
    if found.tables > instance.REVISION:
        raise NewerTenant(f"The people were saved by Kastor {found.kastor}. Update Kastor to restore them.")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / sqlite.FILE
        with copy.open("wb") as written:
            for piece in snapshots.checked(found.files[0], _opener(source)):
                written.write(piece)
        snapshots.check_database(copy)
        _insert_people(home, copy)
    return found


def _insert_people(home: Path, copy: Path) -> None:
    opened = open_instance(home)
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as source, opened.write("The people cannot be restored") as target:
            there = set(inspect(source).get_table_names())
            for table in instance.METADATA.sorted_tables:
                if target.execute(select(table).limit(1)).first() is not None and table.name not in LEFT_OUT:
                    raise TenantExists(
                        "This instance knows people already. Restore them into a new data directory (KASTOR_HOME)."
                    )
                # an older Kastor saved fewer tables
                rows = [dict(row) for row in source.execute(select(table)).mappings()] if table.name in there else []
                if rows:
                    target.execute(table.insert(), rows)
    finally:
        engine.dispose()
        opened.close()


def _saved(target: Path, tenant_id: str, take: Callable[[Path, snapshots.Put], Snapshot], keep: int) -> Saved:
    with store_errors(f"The backup of {tenant_id} cannot be written", target), _held(target):
        _tidy(target)
        new: list[Kept] = []

        def put(file: Path, kept: Kept) -> None:
            if _store(file, kept, target):
                new.append(kept)

        with tempfile.TemporaryDirectory(prefix=".scratch-", dir=target) as scratch:
            snapshot = take(Path(scratch), put)
        folder = target / "snapshots" / tenant_id
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{snapshot.taken.replace(':', '')}.json", _as_json(snapshot))
        if keep:
            for old in _manifests(target, tenant_id)[:-keep]:
                old.unlink()
            _tidy(target)
    return Saved(snapshot, len(new), sum(kept.size for kept in new))


def list_snapshots(source: Path, tenant_id: str = "") -> list[Snapshot]:
    """
    The snapshots of a backup, oldest first; of one tenant when it is named.

    Raises
    ------
    StoreError, DamagedFile
        When there is no backup or one of its lists cannot be read.
    """
    _require(source)
    return [_read(file) for file in _manifests(source, tenant_id or "*")]


def verify(source: Path, tenant_id: str = "") -> list[Snapshot]:
    """
    Read every file of a backup and compare it with its hash.

    Returns
    -------
    list of Snapshot
        What was checked.

    Raises
    ------
    DamagedFile
        Naming the first file that is missing or damaged.
    """
    checked = list_snapshots(source, tenant_id)
    seen: set[str] = set()
    for snapshot in checked:
        for kept in snapshot.files:
            if kept.sha256 not in seen:
                for _ in snapshots.checked(kept, _opener(source)):
                    pass
                seen.add(kept.sha256)
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / sqlite.FILE
            shutil.copyfile(_place(source, snapshot.files[0].sha256), copy)
            snapshots.check_database(copy)
    return checked


def restore(
    home: Path, source: Path, tenant_id: str, as_id: str = "", taken: str = "", replace: bool = False
) -> Snapshot:
    """
    Bring a tenant back from a backup, complete or not at all.

    Parameters
    ----------
    as_id
        Id of the restored tenant; the same one when empty.
    taken
        Beginning of the time of the snapshot; the newest when empty.
    replace
        Put it in the place of a tenant that is there.

    Raises
    ------
    UnknownTenant
        When the backup has no such snapshot.
    TenantExists
        When the tenant is there and must not be replaced.
    DamagedFile, NewerTenant
        When the snapshot cannot be used; nothing was changed then.
    """
    found = _chosen(source, tenant_id, taken)
    arrive(home, found, _opener(source), as_id or tenant_id, replace)
    return found


def _chosen(source: Path, tenant_id: str, taken: str) -> Snapshot:
    """The newest snapshot whose time begins so."""
    found = [s for s in list_snapshots(source, tenant_id) if s.taken.startswith(taken)]
    if not found:
        raise UnknownTenant(f"The backup has no snapshot of {tenant_id!r}{f' taken {taken}' if taken else ''}.")
    return found[-1]


def arrive(home: Path, snapshot: Snapshot, opened: snapshots.Open, tenant_id: str, replace: bool = False) -> None:
    """
    Make a tenant of a snapshot.

    It is laid out aside and renamed, so that no half tenant is ever seen.

    Raises
    ------
    TenantExists
        When there is one of this id and it must not be replaced.
    """
    directory = tenant_directory(home, tenant_id)
    if directory.exists() and not replace:
        raise TenantExists(
            f"There is a tenant {tenant_id!r} already. Choose another id with --as, or say --replace to give it up."
        )
    with store_errors(f"Tenant {tenant_id} cannot be restored", directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        for left in directory.parent.glob(f".new-{tenant_id}.*"):
            stores.drop(left)
        _require_room(snapshot, directory.parent)
        young = directory.parent / f".new-{tenant_id}.{secrets.token_hex(4)}"
        young.mkdir()
        try:
            snapshots.lay_out(snapshot, opened, young)
            if tenant_id != snapshot.tenant:
                _rename_row(young, tenant_id)
            if directory.exists():
                gone = directory.parent / f".deleted-{tenant_id}.{secrets.token_hex(4)}"
                directory.rename(gone)
                young.rename(directory)
                stores.drop(gone)
            else:
                young.rename(directory)
        except BaseException:
            shutil.rmtree(young, ignore_errors=True)
            raise
    moving.settle(home, tenant_id)
    _note_arrival(home, snapshot, tenant_id)


def _note_arrival(home: Path, snapshot: Snapshot, tenant_id: str) -> None:
    """The log goes on from where the snapshot has it, and says so; the head of what was there before stands in it."""
    directory = tenant_directory(home, tenant_id)
    before = audit.kept_head(directory)
    audit.head_file(directory).unlink(missing_ok=True)
    with open_tenant(home, tenant_id) as opened, opened.database.write("The restoring cannot be noted") as connection:
        audit.record(
            connection, audit.NOBODY, "restore", tenant_id,
            {"taken": snapshot.taken, "from": snapshot.tenant, "head before": str(before)},
        )  # fmt: skip


def _require_room(snapshot: Snapshot, place: Path) -> None:
    """
    Refuse what cannot fit, before anything is written.

    Raises
    ------
    DiskFull
        When the disk has less room than the files take.
    """
    free = shutil.disk_usage(place).free
    if snapshot.size > free:
        raise DiskFull(
            f"The snapshot of {snapshot.tenant} takes {snapshot.size / 1e6:,.0f} MB and only {free / 1e6:,.0f} MB are "
            "free. Make room and try again; nothing was changed."
        )


def _rename_row(directory: Path, tenant_id: str) -> None:
    """Another tenant has another id and another token, so that nobody takes its answers for the first one's."""
    fresh = stores.open_rows(directory)
    try:
        with fresh.write("The tenant cannot get its id") as connection:
            connection.execute(tenant_table.update().values(id=tenant_id, token=secrets.token_hex(4)))
    finally:
        fresh.close()


@contextmanager
def _held(target: Path) -> Iterator[None]:
    """The backup for one writer at a time."""
    if target.exists() and any(target.iterdir()) and not (target / MARK).is_file():
        raise StoreError(f"{target} holds something else. Name an empty directory or one that holds a backup already.")
    target.mkdir(parents=True, exist_ok=True)
    (target / "objects").mkdir(exist_ok=True)
    with (target / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"Another backup is being written to {target}. Wait until it has ended.") from error
        if not (target / MARK).is_file():
            _write(target / MARK, orjson.dumps({"format": FORMAT}))
        _require(target)
        yield


def _require(source: Path) -> None:
    """
    Refuse a directory that is no backup this Kastor knows.

    Raises
    ------
    StoreError
        Saying what it is instead.
    """
    try:
        mark = orjson.loads((source / MARK).read_bytes())
    except FileNotFoundError as error:
        raise StoreError(f"{source} holds no backup: there is no {MARK} in it.") from error
    except ValueError as error:
        raise DamagedFile(f"{MARK} in {source} is damaged. Use another copy of the backup.") from error
    if not isinstance(mark, dict) or mark.get("format") != FORMAT:
        raise StoreError(f"The backup in {source} was written by another version of Kastor. Update Kastor to read it.")


def _tidy(target: Path) -> None:
    """Remove what a killed backup left and what no snapshot names any more."""
    for left in target.glob(".scratch-*"):
        shutil.rmtree(left, ignore_errors=True)
    named = {kept.sha256 for file in _manifests(target, "*") for kept in _read(file).files}
    for file in (target / "objects").glob("*/*"):
        if file.name not in named:
            file.unlink()


def _store(file: Path, kept: Kept, target: Path) -> bool:
    """Keep a file under its hash; gives whether it was new."""
    place = _place(target, kept.sha256)
    if place.is_file() and place.stat().st_size == kept.size:
        return False
    place.parent.mkdir(exist_ok=True)
    young = place.with_name(f"{place.name}.part")
    digest = hashlib.sha256()
    with file.open("rb") as source, young.open("wb") as written:
        for piece in snapshots.pieces(source):
            digest.update(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    if digest.hexdigest() != kept.sha256:
        young.unlink()
        raise DamagedFile(
            f"The file {kept.path} of the twin is damaged and was not backed up. Restore it from an older snapshot, or "
            "load its data again."
        )
    young.rename(place)
    return True


def _write(file: Path, content: bytes) -> None:
    young = file.with_name(f".{file.name}.part")
    with young.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    young.rename(file)


def _place(target: Path, sha256: str) -> Path:
    if not _HASH.fullmatch(sha256):
        raise DamagedFile(f"The backup names a hash {sha256[:80]!r}, which is none. Use another snapshot.")
    return target / "objects" / sha256[:2] / sha256


def _opener(source: Path) -> snapshots.Open:
    def opened(kept: Kept) -> BinaryIO:
        return _place(source, kept.sha256).open("rb")

    return opened


def _manifests(source: Path, tenant_id: str) -> list[Path]:
    return sorted((source / "snapshots").glob(f"{tenant_id}/*.json"))


def _as_json(snapshot: Snapshot) -> bytes:
    return orjson.dumps(asdict(snapshot), option=orjson.OPT_INDENT_2)


def _read(file: Path) -> Snapshot:
    return read_manifest(file.read_bytes(), file.name)


def read_manifest(content: bytes, name: str) -> Snapshot:
    """
    A snapshot from its list.

    Raises
    ------
    DamagedFile
        When the list is not what :func:`save` writes.
    """
    try:
        found = orjson.loads(content)
        files = tuple(Kept(str(f["path"]), str(f["sha256"]), int(f["size"])) for f in found["files"])
        snapshot = Snapshot(
            str(found["tenant"]), str(found["title"]), str(found["taken"]), str(found["kastor"]), str(found["tables"]),
            int(found["objects"]), int(found["versions"]), int(found["revision"]), files,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFile(f"The list {name} of the backup is damaged. Use another snapshot.") from error
    if not files or files[0].path != sqlite.FILE:
        raise DamagedFile(f"The list {name} of the backup names no database. Use another snapshot.")
    for kept in files:
        snapshots.safe(kept.path)
    return snapshot
