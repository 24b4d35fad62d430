"""Backups of the people of an instance, their roles and keys; they lie beside those of the tenants."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import create_engine, inspect, select

import kastor
from kastor.store import instance, snapshots, sqlite
from kastor.store.backup_files import Saved, chosen, opener, saved
from kastor.store.errors import NewerTenant, TenantExists
from kastor.store.instance import open_instance
from kastor.store.moments import now
from kastor.store.snapshots import Snapshot

PEOPLE = "_people"
"""Stands for the people of the instance where a tenant's id is asked for; no tenant can be called so."""

LEFT_OUT = ("sessions", "invitations", "attempts", "sign_ins", "runs")
"""Tables of the instance that are not saved: secrets of the moment, and computations under way."""


def save_people(home: Path, target: Path, keep: int = 0) -> Saved:
    """
    Add a snapshot of the people of an instance, their roles and keys; open sessions are left out.

    Parameters
    ----------
    target, keep
        As in :func:`kastor.store.backup.save`.
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

    return saved(target, PEOPLE, taken, keep)


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
    found = chosen(source, PEOPLE, taken)
    if found.tables > instance.REVISION:
        raise NewerTenant(f"The people were saved by Kastor {found.kastor}. Update Kastor to restore them.")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / sqlite.FILE
        with copy.open("wb") as written:
            for piece in snapshots.checked(found.files[0], opener(source)):
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
