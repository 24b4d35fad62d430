"""Which store keeps the rows of a tenant; making, opening, migrating (with a backup first) and dropping them.

The tenant's directory tells: with a mark (``marks.py``) the rows are in the schema of PostgreSQL
it names, else in the SQLite file beside. Only new tenants ask the setting where to go.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kastor.store import marks, schema, sqlite, tables
from kastor.store.database import Database
from kastor.store.errors import NewerTenant, StoreError, store_errors
from kastor.store.settings import StoreSettings
from kastor.store.visibility import ALL, States

if TYPE_CHECKING:
    from sqlalchemy import URL

BACKUPS = "backups"
INSTANCE = "instance.sqlite"


def is_tenant(directory: Path) -> bool:
    """Whether a directory holds a tenant."""
    return (directory / marks.MARK).is_file() or (directory / sqlite.FILE).is_file()


def server(why: str = "") -> URL:
    """
    The PostgreSQL server of the setting.

    Parameters
    ----------
    why
        Who needs it, for the message when nothing is set.
    """
    # its driver takes a tenth of a second to import, and most instances do without
    from kastor.store import postgres

    text = StoreSettings().database_url
    if not text:
        raise StoreError(f"{why} Set KASTOR_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    return postgres.server_url(text)


def create(directory: Path, tenant_id: str, in_file: bool = False) -> Database:
    """
    Make empty rows for a tenant, with the present tables, where the setting says.

    Parameters
    ----------
    directory
        The tenant's directory.
    tenant_id
        Its name once it is complete.
    in_file
        Whether the rows go into an SQLite file whatever the setting says.
    """
    with store_errors("The tenant cannot be created", directory):
        if StoreSettings().database_url and not in_file:
            from kastor.store import postgres

            own = marks.new_schema(tenant_id)
            marks.write(directory, own)
            postgres.make_schema(server(), own, directory)
        else:
            sqlite.make_file(directory / sqlite.FILE)
    rows = _rows(directory, ALL)
    with rows.write("The tenant cannot be created") as connection:
        tables.make(connection)
    return rows


def open_rows(directory: Path, states: States = ALL) -> Database:
    """
    The rows of a tenant; old tables are brought to their present form first, after a backup into ``backups/``.

    Parameters
    ----------
    states
        Datasets of these states are in sight.

    Raises
    ------
    NewerTenant
        When a newer Kastor has written them.
    """
    rows = _rows(directory, states)
    try:
        _migrate(rows)
    except StoreError:
        rows.close()
        raise
    return rows


def _rows(directory: Path, states: States) -> Database:
    own = marks.schema_of(directory)
    if own is None:
        return sqlite.SqliteDatabase(directory, states=states)
    # left behind by a move that was killed
    sqlite.remove(directory / sqlite.FILE)
    from kastor.store import postgres

    why = f"The rows of tenant {directory.name} are in PostgreSQL."
    return postgres.PostgresDatabase(directory, server(why), own, states)


def _migrate(rows: Database) -> None:
    directory = rows.directory
    with store_errors("The tenant cannot be opened", directory):
        found = rows.revision()
    if found == schema.REVISION:
        return
    if found > schema.REVISION:
        raise NewerTenant(
            f"Tenant {directory.name} has tables of version {found}, this Kastor knows up to {schema.REVISION}. "
            "Update Kastor to open it."
        )
    what = "The tenant cannot be brought up to date"
    with store_errors(what, directory):
        rows.backup(directory / BACKUPS / f"{sqlite.FILE}.{found}.{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
        with rows.write(what) as connection:
            # somebody else may have done it while this one waited
            if rows.revision() == found:
                tables.upgrade(connection)


def drop(directory: Path) -> None:
    """Drop the rows of a tenant and its directory."""
    for name in (marks.MARK, marks.COMING, marks.GOING):
        drop_schema(directory, name)
    shutil.rmtree(directory)


def drop_schema(directory: Path, mark: str) -> None:
    """Drop the schema a mark names, and the mark."""
    own = marks.schema_of(directory, mark)
    if own is None:
        return
    from kastor.store import postgres

    postgres.drop_schema(server(f"Rows of {directory.name} are in PostgreSQL."), own, directory)
    (directory / mark).unlink()


def copy_rows(database: Database, target: Path) -> None:
    """A consistent copy of all rows as one SQLite file, also while others write."""
    database.backup(target)


def open_instance(home: Path) -> Database:
    """
    What an instance knows besides its tenants, such as people and sessions; its tables are the caller's.

    Parameters
    ----------
    home
        Directory of all tenants.
    """
    home = Path(home)
    what = "The database of the instance cannot be made"
    if StoreSettings().database_url:
        from kastor.store import postgres

        found = server()
        postgres.make_instance_schema(found, home)
        return postgres.PostgresDatabase(home, found, None)
    if not (home / INSTANCE).exists():
        with store_errors(what, home):
            home.mkdir(parents=True, exist_ok=True)
            sqlite.make_file(home / INSTANCE)
    return sqlite.SqliteDatabase(home, INSTANCE)
