"""Making the tables, at once for a new tenant or migration by migration for an old one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from kastor.store import schema
from kastor.store.postgres_functions import FILTER_FUNCTIONS


def make(connection: Connection) -> None:
    """
    All tables as they are now.

    A test keeps these the same as what all migrations make; starting them takes longer.
    """
    schema.METADATA.create_all(connection)
    for statement in (*schema.EXTRA[connection.dialect.name], *_STAMP):
        connection.exec_driver_sql(statement)
    _make_functions(connection)


_STAMP = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
    f"INSERT INTO alembic_version VALUES ('{schema.REVISION}')",
)


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
    _make_functions(connection)


def _make_functions(connection: Connection) -> None:
    """What filters ask of PostgreSQL; SQLite gets the same with every connection."""
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("; ".join(FILTER_FUNCTIONS))
