"""Tenants: made, listed, changed, deleted; their ids lead nowhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kastor.store import Dataset, create_tenant, delete_tenant, open_tenant, schema, tenants
from kastor.store.errors import DamagedFile, InvalidTenantId, NewerTenant, StoreError, TenantExists, UnknownTenant
from tests.store.houses import CRS, house


def test_a_tenant_says_what_it_was_told(home: Path) -> None:
    view = {"target": [1.0, 2.0, 3.0], "heading": 30}
    create_tenant(
        home, "koeln", "Köln", CRS, {"de": "Am Rhein."}, (1.0, 2.0, 3.0), view, "#aa0000", "logo.svg", [{"id": "wms"}]
    ).close()
    (info,) = tenants(home)
    assert (info.id, info.title, info.description, info.crs) == ("koeln", "Köln", {"de": "Am Rhein."}, CRS)
    assert (info.origin, info.view, info.accent, info.logo) == ((1.0, 2.0, 3.0), view, "#aa0000", "logo.svg")
    assert info.services == [{"id": "wms"}]
    assert info.created.endswith("Z")


def test_settings_change_one_by_one(home: Path) -> None:
    with create_tenant(home, "koeln", "Köln", CRS, accent="#111111") as twin:
        before = twin.revision
        twin.update(title="Stadt Köln", origin=(1.0, 2.0, 3.0))
        assert (twin.info.title, twin.info.origin, twin.info.accent) == ("Stadt Köln", (1.0, 2.0, 3.0), "#111111")
        assert twin.revision != before


def test_two_tenants_never_have_the_same_revision(home: Path) -> None:
    with create_tenant(home, "a", "A", CRS) as a, create_tenant(home, "b", "B", CRS) as b:
        assert a.revision != b.revision


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "A", "ä", "-a", "a-", "a" * 64, "a\n", "a.b", "a b", "a\0"]
)
def test_ids_that_could_lead_elsewhere_are_refused(home: Path, name: str) -> None:
    for action in (open_tenant, delete_tenant):
        with pytest.raises(InvalidTenantId, match="lower-case letters, digits and hyphens"):
            action(home, name)
    with pytest.raises(InvalidTenantId):
        create_tenant(home, name, "x", CRS)
    assert not home.exists() or not list(home.iterdir())


def test_an_id_is_given_once(home: Path) -> None:
    create_tenant(home, "koeln", "Köln", CRS).close()
    with pytest.raises(TenantExists, match="'koeln' already"):
        create_tenant(home, "koeln", "Köln", CRS)


def test_deleting_the_tenant_deletes_its_directory(home: Path) -> None:
    create_tenant(home, "koeln", "Köln", CRS).close()
    create_tenant(home, "bonn", "Bonn", CRS).close()
    delete_tenant(home, "koeln")
    assert [t.name for t in (home / "tenants").iterdir()] == ["bonn"]
    assert [t.id for t in tenants(home)] == ["bonn"]
    with pytest.raises(UnknownTenant):
        delete_tenant(home, "koeln")
    with pytest.raises(UnknownTenant, match="no tenant 'koeln'"):
        open_tenant(home, "koeln")


def test_a_home_without_tenants_has_none(home: Path) -> None:
    assert tenants(home) == []


def test_a_half_made_tenant_is_not_listed_and_not_in_the_way(home: Path) -> None:
    (home / "tenants" / ".new-koeln.1234").mkdir(parents=True)
    assert tenants(home) == []
    create_tenant(home, "koeln", "Köln", CRS).close()
    assert [t.name for t in (home / "tenants").iterdir()] == ["koeln"]


def test_a_tenant_of_a_newer_kastor_is_not_touched(home: Path) -> None:
    with create_tenant(home, "koeln", "Köln", CRS) as twin, twin.database.write("") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerTenant, match=r"9999.*Update Kastor"):
        open_tenant(home, "koeln")


def test_an_older_tenant_is_backed_up_before_its_tables_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_tenant(home, "koeln", "Köln", CRS) as twin, twin.load(Dataset("a", "A")) as load:
        load.put("a", house("one"))
        load.finish()
    monkeypatch.setattr(schema, "REVISION", f"{schema.REVISION}a")
    with open_tenant(home, "koeln") as twin:
        assert len(twin.city()) == 1
    (copy,) = (home / "tenants" / "koeln" / "backups").iterdir()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT id FROM objects").fetchall() == [("one",)]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_damaged_database_is_named(home: Path) -> None:
    create_tenant(home, "koeln", "Köln", CRS).close()
    (home / "tenants" / "koeln" / "kastor.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(DamagedFile, match=r"koeln is damaged.*backup"):
        open_tenant(home, "koeln")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(StoreError, match="cannot be created"):
        create_tenant(tmp_path / "home", "koeln", "Köln", CRS)
