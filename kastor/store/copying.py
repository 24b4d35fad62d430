"""All rows of a tenant from one store into the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect

from kastor.store import schema, sqlite, tables
from kastor.store.database import Database
from kastor.store.errors import StoreError

_AT_ONCE = 5000
"""Rows that are fetched together."""

_JSON = (
    "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = %s AND data_type = 'json'"
)


def save_as_file(rows: Database, file: Path) -> None:
    """A copy of the rows, as they are at this moment, as an SQLite file with the same tables."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sqlite.make_file(file)
    with rows.read() as source, sqlite.transaction(file) as target:
        tables.upgrade(target, rows.revision())
        copy(source, target)


def copy(source: Connection, target: Connection) -> None:
    """
    Copy the rows of all tables and fill the box and word index.

    Parameters
    ----------
    source, target
        One of each store, the same migration, the target without rows.

    Raises
    ------
    StoreError
        When the target has another number of rows in the end.
    """
    plain = source if source.dialect.name == "sqlite" else target
    for table, columns in _tables(plain).items():
        order = _quoted(inspect(plain).get_pk_constraint(table)["constrained_columns"])
        _insert(target, table, columns, _rows(source, table, columns, order))
        count = f'SELECT count(*) FROM "{table}"'
        there, here = (c.exec_driver_sql(count).scalar_one() for c in (source, target))
        if there != here:
            raise StoreError(f"Of {there} rows of the table {table} {here} arrived. Nothing was changed; try again.")
    for statement in schema.FILL[target.dialect.name]:
        target.exec_driver_sql(statement)


def _tables(plain: Connection) -> dict[str, list[str]]:
    """Tables and their columns in SQLite, where all of them are plain, but for the indexes that are tables there."""
    found = inspect(plain)
    listed = plain.exec_driver_sql("SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
    names = {row[0] for row in listed} - {"alembic_version", "sqlite_schema", "sqlite_sequence"}
    return {name: [c["name"] for c in found.get_columns(name)] for name in sorted(names)}


def _rows(source: Connection, table: str, columns: list[str], order: str) -> Iterator[Any]:
    driver = source.connection.driver_connection
    assert driver is not None
    if source.dialect.name == "sqlite":
        yield from driver.execute(f'SELECT {_quoted(columns)} FROM "{table}" ORDER BY {order}')
        return
    # JSON as the text it is
    texts = {row[0] for row in driver.execute(_JSON, (table,))}
    wanted = ", ".join(f'"{c}"::text' if c in texts else f'"{c}"' for c in columns)
    with driver.cursor(name=f"copy_{table}") as cursor:
        cursor.itersize = _AT_ONCE
        yield from cursor.execute(f'SELECT {wanted} FROM "{table}" ORDER BY {order}')


def _insert(target: Connection, table: str, columns: list[str], rows: Iterator[Any]) -> None:
    driver = target.connection.driver_connection
    assert driver is not None
    if target.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table}" ({_quoted(columns)}) VALUES ({marks})', rows)
        return
    with driver.cursor() as cursor:
        with cursor.copy(f'COPY "{table}" ({_quoted(columns)}) FROM STDIN') as writer:
            for row in rows:
                writer.write_row(row)
        for column in columns:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (f'"{table}"', column))
            (sequence,) = cursor.fetchone()
            if sequence:
                cursor.execute(
                    f'SELECT setval(%s, coalesce(max("{column}"), 0) + 1, false) FROM "{table}"', (sequence,)
                )


def _quoted(columns: list[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
