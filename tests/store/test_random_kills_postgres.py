"""The same as ``test_random_kills.py`` where the rows are in PostgreSQL and outlive the files of a place."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kastor.city.model import City, differences
from kastor.store import (
    Dataset,
    Tenant,
    backup,
    create_tenant,
    delete_tenant,
    marks,
    open_tenant,
    sqlite,
    tables,
    tenants,
)
from kastor.store.postgres import login, server_url, transaction
from tests.store.forking import Helper
from tests.store.houses import CRS
from tests.store.test_postgres import schemas
from tests.store.test_random_kills import AFTER, BEFORE, SCRIPT

KILLS = 8
"""Moments per kind of work."""

EMPTY = """
DO $$ DECLARE one record; BEGIN
FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE %%I CASCADE', one.name);
END LOOP;
FOR one IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = current_schema()::regnamespace LOOP
    EXECUTE format('DROP FUNCTION %%s CASCADE', one.name);
END LOOP; END $$
"""
"""Leaves nothing in a schema."""


@pytest.fixture
def store(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything here is about the one store."""
    monkeypatch.setenv("KASTOR_DATABASE_URL", postgres)
    return "postgresql"


@pytest.fixture
def place(home: Path) -> Iterator[Path]:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        put(twin, BEFORE)
    yield home
    for info in tenants(home):
        delete_tenant(home, info.id)


def put(twin: Tenant, city: City) -> None:
    with twin.load(Dataset("lod2", "LoD2")) as load:
        load.put("all", city)
        load.finish()


def killed(
    home: Path, helper: Helper, work: str, begin: Callable[[], None], check: Callable[[bool, str], None]
) -> None:
    """Do some work again and again, killed at ever other lines of the store's code but the first time."""
    lines, chance = 0, random.Random(work)
    for number in range(KILLS + 1):
        begin()
        moment = chance.randrange(1, int(lines * 0.95)) if lines else 0
        ((code, output),) = helper.run(SCRIPT, (home, work, moment, f"Rathaus {number}"))
        assert code == (-signal.SIGKILL if moment else 0), output
        lines = lines or int(output)
        check(moment == 0, f"Rathaus {number}")


def test_a_load_killed_at_any_moment_is_done_or_never_was(place: Path, helper: Helper) -> None:
    def begin() -> None:
        with open_tenant(place, "koeln") as twin:
            put(twin, BEFORE)

    def check(ended: bool, _: str) -> None:
        with open_tenant(place, "koeln") as twin:
            city = twin.city()
            done = "c" in city.ids.tolist()
            assert done or not ended
            assert differences(city, AFTER if done else BEFORE) == []
            assert twin.counts() == {"building": 3 if done else 2}
            assert not (twin.directory / "staging").exists()

    killed(place, helper, "load", begin, check)


def test_an_edit_killed_at_any_moment_is_done_or_never_was(place: Path, helper: Helper) -> None:
    known = [1]

    def check(ended: bool, name: str) -> None:
        with open_tenant(place, "koeln") as twin:
            found = twin.object("a")
            assert found is not None
            done = found.version == known[0] + 1
            assert done or (found.version == known[0] and not ended)
            assert (found.attributes.get("name") == name) == done
            assert len(twin.history("a")) == found.version
            city = twin.city()
            assert city.ids.tolist() == ["a", "b"]
            kept = city.attributes["name"].values if "name" in city.attributes else ()
            assert list(kept) == list(found.attributes.values()), "rows and geometry blocks tell the same"
            known[0] = found.version

    killed(place, helper, "edit", lambda: None, check)


def test_a_migration_killed_at_any_moment_goes_on_with_a_backup_beside_it(
    place: Path, helper: Helper, postgres: str
) -> None:
    directory = place / "tenants" / "koeln"
    own = marks.schema_of(directory)
    assert own is not None
    url = login(server_url(postgres), own)

    def begin() -> None:
        """The first tables Kastor had, made by the migrations themselves."""
        for old in (directory / "backups").glob("*"):
            old.unlink()
        with transaction(url) as connection:
            connection.exec_driver_sql(EMPTY)
            tables.upgrade(connection, "0001")
            connection.exec_driver_sql("INSERT INTO revisions VALUES (7, '2026', 'load', '', 'kept')")
            connection.exec_driver_sql(
                "INSERT INTO tenant VALUES ('koeln', 'Köln', '{}', 'EPSG:25832+7837', NULL, NULL, '', '', '[]', "
                "'2026', 'abc')"
            )

    def check(ended: bool, _: str) -> None:
        with transaction(url) as connection:
            before = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        assert (before == "0001" and not ended) or list((directory / "backups").iterdir())
        with open_tenant(place, "koeln") as twin:
            assert twin.revision == "7-abc"
            assert twin.database.revision() > "0001"
        assert any(sqlite.revision(kept) == "0001" for kept in (directory / "backups").glob("*Z"))

    killed(place, helper, "migration", begin, check)


def test_a_backup_killed_at_any_moment_leaves_every_snapshot_whole(place: Path, helper: Helper) -> None:
    target = place.parent / "backup"
    known = [0]

    def check(ended: bool, _: str) -> None:
        listed = len(backup.verify(target)) if known[0] or ended else 0
        assert listed in ((1,) if ended else (known[0], known[0] + 1))
        with open_tenant(place, "koeln") as twin:
            backup.save(twin, target)
        found = backup.verify(target)
        assert len(found) == listed + 1
        named = {kept.sha256 for snapshot in found for kept in snapshot.files}
        assert {file.name for file in (target / "objects").glob("*/*")} == named
        known[0] = len(found)

    killed(place, helper, "backup", lambda: None, check)


def test_a_restore_killed_at_any_moment_leaves_a_whole_tenant_or_none(
    place: Path, helper: Helper, postgres: str
) -> None:
    with open_tenant(place, "koeln") as twin:
        backup.save(twin, place.parent / "backup")
    # the tests of a session share a server
    others = schemas(postgres, "copy")

    def check(ended: bool, _: str) -> None:
        there = "copy" in {info.id for info in tenants(place)}
        assert there or not ended
        if not there:
            backup.restore(place, place.parent / "backup", "koeln", as_id="copy")
        with open_tenant(place, "copy") as twin, open_tenant(place, "koeln") as original:
            assert differences(twin.city(), original.city()) == []
            assert (twin.history("a"), twin.counts()) == (original.history("a"), original.counts())
        assert sorted(p.name for p in (place / "tenants").iterdir()) == ["copy", "koeln"]
        delete_tenant(place, "copy")
        assert schemas(postgres, "copy") == others

    killed(place, helper, "restore", lambda: None, check)
