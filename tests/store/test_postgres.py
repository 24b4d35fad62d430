"""PostgreSQL as the store: each tenant locked in, nothing left behind, clear words when the server does not suit."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from kastor.store import StoreError, Tenant, create_tenant, delete_tenant, marks, open_tenant, postgres, stores
from kastor.store.marks import Schema
from kastor.store.objects import IN_BOX
from tests.store.houses import CRS, house, many_houses
from tests.store.test_loads import put


@pytest.fixture
def store(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything here is about the one store."""
    monkeypatch.setenv("KASTOR_DATABASE_URL", postgres)
    return "postgresql"


@pytest.fixture
def other(home: Path) -> Iterator[Tenant]:
    with create_tenant(home, "nachbarstadt", "Nachbarstadt", CRS) as opened:
        put(opened, ("all", house("secret")))
        yield opened


def schema_of(twin: Tenant) -> Schema:
    found = marks.schema_of(twin.directory)
    assert found is not None
    return found


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    """Rows for the role of the setting."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def schemas(url: str, tenant_id: str) -> list[tuple[object, ...]]:
    """Schemas and roles of a tenant."""
    begins = f"kastor_{tenant_id.replace('-', '_')}_"
    return ask(
        url,
        f"SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '{begins}')"
        f" UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{begins}')",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {other}.objects",
        "INSERT INTO {other}.revisions VALUES (99, '', '', '', '')",
        "DROP SCHEMA {other} CASCADE",
        "CREATE TABLE {other}.mine (a integer)",
        "SET ROLE {other}",
        "SET ROLE kastor",
        "SET SESSION AUTHORIZATION kastor",
        "ALTER ROLE {other} PASSWORD 'known'",
        "SELECT * FROM kastor.secrets",
        "CREATE TABLE public.mine (a integer)",
    ],
)
def test_the_role_of_a_tenant_reaches_nothing_outside_its_schema(
    twin: Tenant, other: Tenant, postgres: str, home: Path, statement: str
) -> None:
    instance = stores.open_instance(home)
    with instance.write("") as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS secrets (a text)")
    instance.close()
    own = schema_of(twin)
    inside = make_url(postgres).set(username=own.name, password=own.password).render_as_string(hide_password=False)
    with psycopg.connect(inside, autocommit=True) as connection:
        assert connection.execute("SELECT current_schema()").fetchone() == (own.name,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.format(other=schema_of(other).name).encode())


def test_every_connection_of_a_tenant_works_as_its_role(twin: Tenant) -> None:
    name = schema_of(twin).name
    assert twin.database.reader().execute("SELECT session_user, current_user").fetchall() == [(name, name)]
    with twin.database.read() as connection:
        assert connection.exec_driver_sql("SELECT session_user").scalar() == name
    with twin.database.write("") as connection:
        assert connection.exec_driver_sql("SELECT session_user").scalar() == name


def test_the_key_of_a_tenant_is_for_the_server_alone(twin: Tenant) -> None:
    assert stat.S_IMODE((twin.directory / marks.MARK).stat().st_mode) == 0o600
    assert not (twin.directory / "kastor.sqlite").exists()


def test_the_role_of_the_setting_is_no_superuser(twin: Tenant, postgres: str) -> None:
    assert ask(postgres, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_a_deleted_tenant_leaves_no_schema_and_no_role(twin: Tenant, home: Path, postgres: str) -> None:
    name = schema_of(twin).name
    found = f"SELECT count(*) FROM pg_roles r, pg_namespace n WHERE rolname = '{name}' AND nspname = '{name}'"
    assert ask(postgres, found) == [(1,)]
    twin.close()
    delete_tenant(home, "musterstadt")
    assert ask(postgres, found) == [(0,)]


def test_what_a_killed_creation_left_is_dropped_by_the_next(home: Path, postgres: str) -> None:
    half = home / "tenants" / ".new-halb.1234"
    half.mkdir(parents=True)
    stores.create(half, "halb").close()
    assert len(schemas(postgres, "halb")) == 2
    create_tenant(home, "halb", "Halb", CRS).close()
    assert len(schemas(postgres, "halb")) == 2
    assert [t.name for t in (home / "tenants").iterdir()] == ["halb"]


def test_no_more_connections_than_allowed(twin: Tenant, postgres: str) -> None:
    with ThreadPoolExecutor(3 * 8) as pool:
        found = list(pool.map(lambda _: len(twin.datasets()) + len(twin.search("x")), range(100)))
    assert found == [0] * 100
    count = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{schema_of(twin).name}'"
    ((connections,),) = ask(postgres, count)
    assert isinstance(connections, int)
    assert 1 <= connections <= 8


def test_a_question_that_takes_too_long_is_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_LONGEST_QUESTION", "100ms")
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        with pytest.raises(StoreError, match="took too long"):
            twin.database.reader().execute("SELECT pg_sleep(60)")
        assert twin.datasets() == []


def test_a_lost_connection_is_replaced(twin: Tenant, postgres: str) -> None:
    put(twin, ("all", house("a")))
    ended = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{schema_of(twin).name}'"
    ask(postgres, ended)
    assert twin.search("a") == twin.search("a")
    assert twin.city().ids.tolist() == ["a"]


def test_a_box_is_looked_up_in_the_box_index(twin: Tenant) -> None:
    put(twin, ("all", many_houses(3000)))
    with twin.database.write("") as connection:
        connection.exec_driver_sql("ANALYZE objects")
    explained = f"EXPLAIN {IN_BOX['postgresql']}"
    values = [356000.0, 5655000.0, 356050.0, 5655050.0] * 2
    plan = "\n".join(row[0] for row in twin.database.reader().execute(explained, values))
    assert "objects_by_box" in plan


def test_a_text_postgresql_cannot_hold_changes_nothing(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    before = twin.revision
    with pytest.raises(StoreError, match=r"NUL.*Nothing was changed"):
        put(twin, ("all", house("a\0b")))
    assert (twin.revision, twin.city().ids.tolist()) == (before, ["a"])


def test_a_tenant_in_postgresql_says_what_it_needs(twin: Tenant, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twin.close()
    monkeypatch.delenv("KASTOR_DATABASE_URL")
    with pytest.raises(StoreError, match=r"musterstadt are in PostgreSQL. Set KASTOR_DATABASE_URL"):
        open_tenant(home, "musterstadt")


@pytest.mark.parametrize("url", ["mysql://a:geheim@b/c", "sqlite:///x", "nonsense", "postgresql://a:geheim@b"])
def test_a_setting_that_names_no_postgresql_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("KASTOR_DATABASE_URL", url)
    with pytest.raises(StoreError, match="names no PostgreSQL database") as refused:
        create_tenant(home, "koeln", "Köln", CRS)
    assert "geheim" not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_DATABASE_URL", "postgresql://kastor:geheim@127.0.0.1:9/kastor")
    with pytest.raises(StoreError, match="does not let Kastor in") as refused:
        create_tenant(home, "koeln", "Köln", CRS)
    assert "geheim" not in str(refused.value)


def test_a_database_without_postgis_is_refused(home: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_DATABASE_URL", postgres.removesuffix("kastor") + "template1")
    with pytest.raises(StoreError, match="has no PostGIS"):
        create_tenant(home, "koeln", "Köln", CRS)


def test_a_damaged_mark_is_named(twin: Tenant, home: Path) -> None:
    twin.close()
    (twin.directory / marks.MARK).write_text("{}")
    with pytest.raises(StoreError, match="does not name a schema"):
        open_tenant(home, "musterstadt")


def test_the_instance_keeps_what_belongs_to_no_tenant_apart(twin: Tenant, home: Path) -> None:
    instance = stores.open_instance(home)
    with instance.write("") as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS people (name text)")
        connection.exec_driver_sql("INSERT INTO people VALUES ('Frau Muster')")
    assert instance.reader().execute("SELECT name FROM people").fetchall() == [("Frau Muster",)]
    with instance.read() as connection:
        assert connection.exec_driver_sql("SELECT current_schema()").scalar() == "kastor"
    with instance.write("") as connection:
        connection.exec_driver_sql("DROP TABLE people")
    instance.close()
    assert twin.datasets() == []
