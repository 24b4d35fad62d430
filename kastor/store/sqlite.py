"""Rows in an SQLite file: any number of readers, in any thread or process, next to one writer.

The file is in WAL mode. Readers get a plain connection per thread for the hot queries; everything
else goes through SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, RootTransaction, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from kastor.store import filter_functions, marks
from kastor.store.database import Database, Statements
from kastor.store.errors import StoreError, store_errors
from kastor.store.visibility import ALL, States, narrowing

FILE = "kastor.sqlite"
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
    filter_functions.register(connection)
    return connection


class SqliteDatabase(Database):
    """
    An open SQLite file.

    Parameters
    ----------
    directory
        Where it is, the tenant's directory.
    name
        Name of the file.
    states
        Datasets of these states are in sight.
    """

    dialect: ClassVar[str] = "sqlite"

    def __init__(self, directory: Path, name: str = FILE, states: States = ALL) -> None:
        self.file = directory / name
        engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, pool_reset_on_return="rollback")
        event.listen(engine, "begin", _begin)
        super().__init__(directory, engine, states)
        self._local = threading.local()
        self._readers: list[tuple[threading.Thread, sqlite3.Connection]] = []

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.file)
        for statement in narrowing(self.states, "main"):
            connection.execute(statement)
        return connection

    def reader(self) -> sqlite3.Connection:
        """The connection of the calling thread, for named SQL."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            with store_errors("The tenant cannot be read", self.directory):
                connection = self._connect()
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

    def lock(self, connection: Connection, wait: float) -> RootTransaction:
        """Begin a transaction that holds the only write lock, had within ``wait`` seconds."""
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait * 1000)}")
        connection.rollback()
        return connection.execution_options(kastor_writes=True).begin()

    def statements(self, connection: Connection) -> Statements:
        """Named SQL inside a transaction."""
        return statements(connection)

    def is_here(self) -> bool:
        """Whether the tenant's rows still are in this file."""
        return self.file.exists() and not (self.directory / marks.MARK).exists()

    def revision(self) -> str:
        """The migration the tables are at; empty when there are none."""
        return revision(self.file)

    def backup(self, file: Path) -> None:
        """A consistent copy as an SQLite file, also while others write."""
        backup(self.file, file)

    def written(self, connection: Connection) -> None:
        """Bring a long write-ahead log into the database now, unless a reader still needs it."""
        log = self.file.with_name(self.file.name + "-wal")
        driver = connection.connection.driver_connection
        if driver is None or not log.exists() or log.stat().st_size < _LONG_LOG:
            return
        with suppress(sqlite3.Error):
            driver.execute("PRAGMA busy_timeout=0")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget(self) -> None:
        """Overwrite what was deleted: deleting has done it in the database, here the log is emptied."""
        with closing(connect(self.file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        super().close()
        for _, connection in self._readers:
            connection.close()
        self._readers = []
        self._local = threading.local()


def statements(connection: Connection) -> Statements:
    """Named SQL inside a transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()

    def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)

    return Statements(cursor.execute, cursor.executemany, insert)


def _begin(connection: Connection) -> None:
    # autocommit mode: the driver begins nothing by itself, and a writer must have its lock before it reads
    writes = connection.get_execution_options().get("kastor_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_file(file: Path) -> None:
    """An empty database."""
    with closing(connect(file)) as connection:
        # with larger pages loading takes a quarter less time; both settings stay with the file
        connection.execute("PRAGMA page_size=16384")
        connection.execute("PRAGMA journal_mode=WAL")


@contextmanager
def transaction(file: Path) -> Iterator[Connection]:
    """One transaction that writes, on a connection of its own."""
    engine = create_engine("sqlite://", creator=lambda: connect(file), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection, connection.execution_options(kastor_writes=True).begin():
        yield connection


def revision(file: Path) -> str:
    """The migration the tables of a file are at; empty when it has none."""
    if not file.is_file():
        raise StoreError(f"Tenant {file.parent.name} has no database {FILE}. Restore it from a backup.")
    with store_errors("The tenant cannot be opened", file.parent), closing(connect(file)) as connection:
        tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
        if not tables[0]:
            return ""
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


def remove(file: Path) -> None:
    """Delete a database with its log."""
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)


def backup(file: Path, target: Path) -> None:
    """A consistent copy of the database, also while others write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
