"""The database file of one tenant: opening, migrating with a backup first, reading and writing.

SQLite in WAL mode: any number of readers, in any thread or process, next to one writer. Readers
get a plain connection per thread for the hot queries; everything else goes through SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from kastor.store import schema
from kastor.store.errors import NewerTenant, StoreError, database_errors, store_errors

FILE = "kastor.sqlite"
BACKUPS = "backups"
_LONG_LOG = 4 * 2**20
"""Bytes of write-ahead log that are brought into the database right after a change."""


def connect(file: Path, wait: float = 10.0) -> sqlite3.Connection:
    """
    A plain connection in autocommit mode.

    Parameters
    ----------
    wait
        How long to wait for somebody else's write. [s]
    """
    connection = sqlite3.connect(file, timeout=wait, isolation_level=None, check_same_thread=False)
    for pragma in ("synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Database:
    """
    The open database of one tenant.

    Parameters
    ----------
    directory
        The tenant's directory.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / FILE
        self.engine = create_engine(
            "sqlite://", creator=lambda: connect(self.file), poolclass=QueuePool, pool_reset_on_return="rollback"
        )
        event.listen(self.engine, "begin", _begin)
        self._local = threading.local()
        self._readers: list[tuple[threading.Thread, sqlite3.Connection]] = []

    def reader(self) -> sqlite3.Connection:
        """The connection of the calling thread, for named SQL."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with store_errors("The tenant cannot be read", self.directory):
                connection = connect(self.file)
                connection.execute("PRAGMA mmap_size=1073741824")
                connection.execute("PRAGMA query_only=1")
            self._local.connection = connection
            self._keep(connection)
        return connection

    def _keep(self, connection: sqlite3.Connection) -> None:
        """Remember a connection to close it, and close those whose threads have ended."""
        for thread, idle in self._readers:
            if not thread.is_alive():
                idle.close()
        alive = [(thread, other) for thread, other in self._readers if thread.is_alive()]
        self._readers = [*alive, (threading.current_thread(), connection)]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the twin until it is given back."""
        with (
            database_errors("The tenant cannot be read", self.directory),
            self.engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def write(self, what: str, wait: float = 10.0) -> Iterator[Connection]:
        """
        A transaction that holds the tenant's only write lock; committed at the end, undone on an error.

        Parameters
        ----------
        what
            Beginning of the error message.
        wait
            How long to wait for somebody else's write. [s]

        Raises
        ------
        TenantBusy
            When the lock is not free in time.
        """
        with database_errors(what, self.directory), self.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait * 1000)}")
            connection.rollback()
            writing = connection.execution_options(kastor_writes=True)
            with writing.begin():
                yield writing
            self._shorten_log(connection)

    def _shorten_log(self, connection: Connection) -> None:
        """Bring a long write-ahead log into the database now, unless a reader still needs it."""
        log = self.file.with_name(self.file.name + "-wal")
        driver = connection.connection.driver_connection
        if driver is None or not log.exists() or log.stat().st_size < _LONG_LOG:
            return
        with suppress(sqlite3.Error):
            driver.execute("PRAGMA busy_timeout=0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        for _, connection in self._readers:
            connection.close()
        self._readers = []
        self._local = threading.local()


def _begin(connection: Connection) -> None:
    # autocommit mode: the driver begins nothing by itself, and a writer must have its lock before it reads
    writes = connection.get_execution_options().get("kastor_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def create(directory: Path) -> None:
    """
    Make an empty database in ``directory``, with the present tables.

    A test keeps these the same as what all migrations make; starting them takes longer.
    """
    file = directory / FILE
    with store_errors("The tenant cannot be created", directory):
        with closing(connect(file)) as connection:
            # with larger pages loading takes a quarter less time; both settings stay with the file
            connection.execute("PRAGMA page_size=16384")
            connection.execute("PRAGMA journal_mode=WAL")
        with _engine(file).begin() as made:
            schema.METADATA.create_all(made)
            for statement in (*schema.EXTRA_SQLITE, *_STAMP):
                made.exec_driver_sql(statement)


_STAMP = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    f"INSERT INTO alembic_version VALUES ('{schema.REVISION}')",
)


def _engine(file: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: connect(file), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(directory: Path) -> None:
    """
    Bring the database to the present tables, after a backup into ``backups/``.

    Raises
    ------
    NewerTenant
        When a newer Kastor has written it.
    """
    file = directory / FILE
    found = _revision(file)
    if found == schema.REVISION:
        return
    if found > schema.REVISION:
        raise NewerTenant(
            f"Tenant {directory.name} has tables of version {found}, this Kastor knows up to {schema.REVISION}. "
            "Update Kastor to open it."
        )
    with store_errors("The tenant cannot be brought up to date", directory):
        backup(file, directory / BACKUPS / f"{FILE}.{found}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        upgrade(file)


def backup(file: Path, target: Path) -> None:
    """A consistent copy of the database, also while others write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def _revision(file: Path) -> str:
    if not file.is_file():
        raise StoreError(f"Tenant {file.parent.name} has no database {FILE}. Restore it from a backup.")
    with store_errors("The tenant cannot be opened", file.parent), closing(connect(file)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
        if not tables[0]:
            return ""
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


def upgrade(file: Path) -> None:
    """Run the migrations a database lacks; an empty file lacks all."""
    # alembic takes a quarter of a second to import and is needed only when tables change
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _engine(file).connect() as connection, connection.execution_options(kastor_writes=True).begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
