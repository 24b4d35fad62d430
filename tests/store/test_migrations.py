"""The migrations, one after the other, make exactly the tables the code works with."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

import kastor.store
from kastor.store import schema, sqlite, stores
from kastor.store.tables import upgrade


def tables(file: Path) -> dict[str, str]:
    """Statements of all tables and indexes, by name, spaces and line ends aside."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: plain(sql) for name, sql in rows if name != "alembic_version"}


def plain(sql: str) -> str:
    """A statement without what SQLite does not care for; a table made anew has brackets round its defaults."""
    return re.sub(r"DEFAULT\(('[^']*')\)", r"DEFAULT\1", "".join(sql.replace('"', "").split()))


def test_all_migrations_make_what_a_new_tenant_gets(tmp_path: Path) -> None:
    stores.create(tmp_path, "koeln").close()
    sqlite.make_file(tmp_path / "migrated.sqlite")
    with sqlite.transaction(tmp_path / "migrated.sqlite") as connection:
        upgrade(connection)
    assert tables(tmp_path / "migrated.sqlite") == tables(tmp_path / sqlite.FILE)


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(kastor.store.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]
