"""Backups: a directory outside of Kastor's own, holding any number of snapshots of any number of tenants.

:func:`save` adds a snapshot of a tenant, :func:`verify` reads all of them, :func:`restore` brings a tenant back,
complete or not at all. What the directory looks like is said in :mod:`kastor.store.backup_files`.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

from kastor.store import audit, moving, snapshots, sqlite, stores
from kastor.store.backup_files import Saved, chosen, list_snapshots, opener, place_of, saved
from kastor.store.errors import DiskFull, TenantExists, store_errors
from kastor.store.schema import tenant as tenant_table
from kastor.store.snapshots import Snapshot
from kastor.store.tenant import Tenant
from kastor.store.tenants import open_tenant, tenant_directory


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
    return saved(target, tenant.id, lambda scratch, put: snapshots.take(tenant, scratch, put), keep)


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
                for _ in snapshots.checked(kept, opener(source)):
                    pass
                seen.add(kept.sha256)
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / sqlite.FILE
            shutil.copyfile(place_of(source, snapshot.files[0].sha256), copy)
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
    found = chosen(source, tenant_id, taken)
    arrive(home, found, opener(source), as_id or tenant_id, replace)
    return found


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
