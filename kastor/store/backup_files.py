"""The directory of a backup: each different file once under its hash, and a list of files for each snapshot.

``objects/ab/<sha256>`` holds the files, so a further snapshot costs only what is new;
``snapshots/<tenant>/<time>.json`` names the files of one snapshot and is written last. Killed anywhere, a backup
leaves at most files nobody names, which the next one removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from kastor.store import snapshots, sqlite
from kastor.store.errors import DamagedFile, StoreError, UnknownTenant, store_errors
from kastor.store.snapshots import Kept, Snapshot

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


def saved(target: Path, tenant_id: str, take: Callable[[Path, snapshots.Put], Snapshot], keep: int) -> Saved:
    """
    Add a snapshot to a backup.

    Parameters
    ----------
    take
        Makes the snapshot in an empty directory and puts each file of it.
    keep
        How many snapshots of the tenant stay, the newest; 0 for all.

    Raises
    ------
    StoreError
        When the directory holds something else, or cannot be written.
    """
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


def chosen(source: Path, tenant_id: str, taken: str) -> Snapshot:
    """
    The newest snapshot whose time begins so.

    Raises
    ------
    UnknownTenant
        When the backup has none.
    """
    found = [s for s in list_snapshots(source, tenant_id) if s.taken.startswith(taken)]
    if not found:
        raise UnknownTenant(f"The backup has no snapshot of {tenant_id!r}{f' taken {taken}' if taken else ''}.")
    return found[-1]


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
    place = place_of(target, kept.sha256)
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


def place_of(target: Path, sha256: str) -> Path:
    """Where a backup keeps the file of this hash; what is no hash is refused as :class:`DamagedFile`."""
    if not _HASH.fullmatch(sha256):
        raise DamagedFile(f"The backup names a hash {sha256[:80]!r}, which is none. Use another snapshot.")
    return target / "objects" / sha256[:2] / sha256


def opener(source: Path) -> snapshots.Open:
    """Opens the files a backup keeps."""

    def opened(kept: Kept) -> BinaryIO:
        return place_of(source, kept.sha256).open("rb")

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
        When the list is not what a backup writes.
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
