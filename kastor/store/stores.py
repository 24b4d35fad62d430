"""Which store keeps the rows of a tenant; making, opening and migrating them with a backup first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from kastor.store import schema, sqlite
from kastor.store.database import Database
from kastor.store.errors import NewerTenant, store_errors
from kastor.store.visibility import ALL, States

BACKUPS = "backups"
INSTANCE = "instance.sqlite"


def is_tenant(directory: Path) -> bool:
    """Whether a directory holds a tenant."""
    return (directory / sqlite.FILE).is_file()


def create(directory: Path) -> Database:
    """
    Make empty rows for the tenant of a directory, with the present tables.

    A test keeps these the same as what all migrations make; starting them takes longer.
    """
    with store_errors("The tenant cannot be created", directory):
        sqlite.make_file(directory / sqlite.FILE)
        with sqlite.transaction(directory / sqlite.FILE) as connection:
            make_tables(connection)
    return open_rows(directory)


def make_tables(connection: Connection) -> None:
    """All tables as they are now."""
    schema.METADATA.create_all(connection)
    for statement in (*schema.EXTRA_SQLITE, *_STAMP):
        connection.exec_driver_sql(statement)


_STAMP = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    f"INSERT INTO alembic_version VALUES ('{schema.REVISION}')",
)


def open_rows(directory: Path, states: States = ALL) -> Database:
    """The rows of a tenant, whose tables are as they are now; those of datasets of some states only."""
    return sqlite.SqliteDatabase(directory, states=states)


def copy_rows(database: Database, target: Path) -> None:
    """A consistent copy of all rows as one SQLite file, also while others write."""
    sqlite.backup(database.directory / sqlite.FILE, target)


def open_instance(home: Path) -> Database:
    """
    What an instance knows besides its tenants, such as people and sessions; its tables are the caller's.

    Parameters
    ----------
    home
        Directory of all tenants.
    """
    file = Path(home) / INSTANCE
    if not file.exists():
        with store_errors("The database of the instance cannot be made", Path(home)):
            file.parent.mkdir(parents=True, exist_ok=True)
            sqlite.make_file(file)
    return sqlite.SqliteDatabase(Path(home), INSTANCE)


def migrate(directory: Path) -> None:
    """
    Bring the tables to their present form, after a backup into ``backups/``.

    Raises
    ------
    NewerTenant
        When a newer Kastor has written them.
    """
    file = directory / sqlite.FILE
    found = sqlite.revision(file)
    if found == schema.REVISION:
        return
    if found > schema.REVISION:
        raise NewerTenant(
            f"Tenant {directory.name} has tables of version {found}, this Kastor knows up to {schema.REVISION}. "
            "Update Kastor to open it."
        )
    with store_errors("The tenant cannot be brought up to date", directory):
        sqlite.backup(file, directory / BACKUPS / f"{sqlite.FILE}.{found}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        with sqlite.transaction(file) as connection:
            upgrade(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations tables lack; without any table all."""
    # alembic takes a quarter of a second to import and is needed only when tables change
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
