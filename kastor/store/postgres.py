"""Rows in PostgreSQL: each tenant has a schema of its own, and a role that can enter only that.

Connections of a tenant log in as its role, so no mistake in a query reaches the rows of another
tenant. The role of the setting makes and drops schemas and holds what belongs to no tenant.
"""

from __future__ import annotations

import select
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, RootTransaction, Text, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool

from kastor.store import copying, marks
from kastor.store.database import Database, Statements
from kastor.store.errors import StoreError, database_errors
from kastor.store.marks import Schema
from kastor.store.visibility import ALL, States, narrowing

INSTANCE = "kastor"
"""Schema of what belongs to no tenant."""

POOL = 8
"""Connections of one tenant in one process; more wait for one."""

_LONGEST_QUESTION = "60s"
_PATIENCE = 30.0
"""How long to wait for a free connection. [s]"""

_POSTGIS = (
    "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
)
_ENCODING = "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))"


@compiles(Text, "postgresql")
def _text(_type: Text, _compiler: Any, **context: Any) -> str:
    # texts sort and compare by code point in both stores, whatever the language of the server
    return 'TEXT COLLATE "C"' if context.get("type_expression") is not None else "TEXT"


def server_url(text: str) -> URL:
    """
    The server of a setting.

    Raises
    ------
    StoreError
        When it is no address of a PostgreSQL database.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres") or not url.database:
        # the value may hold a password and is not repeated
        raise StoreError(
            "KASTOR_DATABASE_URL names no PostgreSQL database. Write it as postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )
    return url.set(drivername="postgresql+psycopg")


class PostgresDatabase(Database):
    """
    An open schema.

    Parameters
    ----------
    directory
        The tenant's directory.
    url
        The server, with the role of the setting.
    schema
        The tenant's schema; None for the one of the instance.
    states
        Datasets of these states are in sight.
    """

    dialect: ClassVar[str] = "postgresql"

    def __init__(self, directory: Path, url: URL, schema: Schema | None, states: States = ALL) -> None:
        self._schema = schema
        self._mark = marks.identity(directory)
        own = {} if schema else {"connect_args": {"options": f"-csearch_path={INSTANCE},public"}}
        self._pool = create_engine(
            login(url, schema) if schema else url, isolation_level="AUTOCOMMIT", pool_size=POOL, max_overflow=0,
            pool_timeout=_PATIENCE, **own,
        )  # fmt: skip
        event.listen(self._pool, "checkout", _refuse_ended)
        reading = self._pool.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        super().__init__(directory, reading, states)
        # who forgets to close it leaves no connection to the server behind
        weakref.finalize(self, self._pool.dispose)
        if schema and states != ALL:
            narrow = "; ".join(narrowing(states, schema.name))
            event.listen(self._pool, "connect", lambda driver, _: driver.execute(narrow))

    def reader(self) -> PostgresReader:
        """Questions on any free connection, each one sees the newest state."""
        return PostgresReader(self._pool, self.directory)

    def is_here(self) -> bool:
        """Whether the tenant's rows still are in this schema."""
        return self._schema is None or marks.identity(self.directory) == self._mark

    def lock(self, connection: Connection, wait: float) -> RootTransaction:
        """Begin a transaction that holds the only write lock, had within ``wait`` seconds."""
        connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
        transaction = connection.begin()
        # for PostgreSQL 0 means to wait for ever
        patience = f"{max(1, int(wait * 1000))}ms"
        connection.exec_driver_sql(
            "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', %s, true)", (patience,)
        )
        connection.exec_driver_sql(_LOCK)
        return transaction

    def statements(self, connection: Connection) -> Statements:
        """Named SQL inside a transaction."""
        return statements(connection)

    def written(self, connection: Connection) -> None:
        """Nothing is left to do: the server tidies up by itself."""

    def revision(self) -> str:
        """The migration the tables are at; empty when there are none."""
        with self.read() as connection:
            if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None:
                return ""
            return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")

    def forget(self) -> None:
        """Overwrite what was deleted: rows nobody sees any more are cleared away now, not some time."""
        with self._pool.connect() as connection:
            connection.exec_driver_sql("VACUUM case_keys")

    def backup(self, file: Path) -> None:
        """A consistent copy as an SQLite file, also while others write."""
        copying.save_as_file(self, file)


def _refuse_ended(driver: psycopg.Connection, _record: Any, _proxy: Any) -> None:
    """Let the pool make another connection in place of one the server has ended, without asking the server."""
    if not driver.closed:
        waiting = select.poll()
        waiting.register(driver.fileno(), select.POLLIN)
        # nothing was asked: what the server says unasked is its farewell
        if not waiting.poll(0):
            return
    raise DisconnectionError


class PostgresReader:
    """
    Asks named SQL on connections of a pool.

    Parameters
    ----------
    pool
        Engine in autocommit mode.
    directory
        The tenant's directory, for messages.
    """

    __slots__ = ("_directory", "_pool")

    def __init__(self, pool: Engine, directory: Path) -> None:
        self._pool = pool
        self._directory = directory

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Found:
        """Rows of a query."""
        with database_errors("The tenant cannot be read", self._directory):
            lent = self._pool.raw_connection()
            try:
                driver = lent.driver_connection
                assert driver is not None
                return Found(driver.execute(native(statement), values).fetchall())
            finally:
                lent.close()


class Found:
    """
    Rows a query has found, all of them fetched.

    Parameters
    ----------
    rows
        One tuple each.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        """The next row, None after the last."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All further rows."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        """One row after the other."""
        return self._rows


@lru_cache(maxsize=512)
def native(statement: str) -> str:
    """Named SQL as the driver wants it."""
    return statement.replace("%", "%%").replace("?", "%s")


def statements(connection: Connection) -> Statements:
    """Named SQL inside a transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()

    def execute(statement: str, values: Sequence[Any] = ()) -> Any:
        return cursor.execute(native(statement), values)

    def executemany(statement: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            cursor.executemany(native(statement), rows)

    def insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with cursor.copy(into) as copy:
            for row in rows:
                copy.write_row(row)

    return Statements(execute, executemany, insert)


def login(url: URL, schema: Schema) -> URL:
    """The server as the role of a tenant enters it."""
    return url.set(username=schema.name, password=schema.password)


@contextmanager
def transaction(url: URL) -> Iterator[Connection]:
    """One transaction on a connection of its own."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


_HELD = "SELECT pg_advisory_xact_lock(hashtext(%s))"
"""One at a time makes or drops a schema: the server may still be making it for a process that was killed."""


def make_schema(url: URL, schema: Schema, directory: Path) -> None:
    """
    A schema and its role, nothing in it yet.

    Raises
    ------
    StoreError
        When the server lacks something, or the role of the setting may not do this.
    """
    with database_errors("The tenant cannot be created", directory), transaction(url) as connection:
        gis = _prepared(connection)
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute(_HELD, (schema.name,))
        role = sql.Identifier(schema.name)
        # what travels and may be logged is not the password
        verifier = driver.pgconn.encrypt_password(schema.password.encode(), schema.name.encode(), b"scram-sha-256")
        for statement in (
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(verifier.decode())),
            sql.SQL("GRANT {} TO CURRENT_USER").format(role),
            sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(role, role),
            sql.SQL("ALTER ROLE {} SET search_path = {}, {}").format(role, role, sql.Identifier(gis)),
            sql.SQL("ALTER ROLE {} SET statement_timeout = {}").format(role, _LONGEST_QUESTION),
            # a process that is killed lets go of its lock soon
            sql.SQL("ALTER ROLE {} SET client_connection_check_interval = '2s'").format(role),
        ):
            driver.execute(statement)


def _prepared(connection: Connection) -> str:
    """Check what the database must have; gives the schema of PostGIS."""
    encoding = connection.exec_driver_sql(_ENCODING).scalar()
    if encoding != "UTF8":
        raise StoreError(f"The PostgreSQL database is encoded in {encoding}. Create one with ENCODING 'UTF8'.")
    found = connection.exec_driver_sql(_POSTGIS).scalar()
    if found is None:
        raise StoreError(
            "The PostgreSQL database has no PostGIS. Let an administrator run CREATE EXTENSION postgis in it once."
        )
    return str(found)


def drop_schema(url: URL, schema: Schema, directory: Path) -> None:
    """Drop a schema with everything in it, and its role; nothing happens when they are gone already."""
    what = f"The schema {schema.name} cannot be dropped"
    with database_errors(what, directory), transaction(url) as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(_HELD, (schema.name,))
        role = sql.Identifier(schema.name)
        driver.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(role))
        driver.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def make_instance_schema(url: URL, home: Path) -> None:
    """The schema of what belongs to no tenant, unless it is there."""
    with database_errors("The schema of the instance cannot be made", home), transaction(url) as connection:
        _prepared(connection)
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {INSTANCE}")
