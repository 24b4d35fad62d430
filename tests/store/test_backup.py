"""What is restored is what was saved; what is damaged is found; nothing is half."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from kastor.city.model import concat, differences
from kastor.city.sample import flat_ground
from kastor.store import (
    Dataset,
    Tenant,
    audit,
    backup,
    backup_files,
    backup_people,
    create_tenant,
    open_tenant,
    people,
    sessions,
    snapshots,
    statistics,
    tenants,
)
from kastor.store.errors import DamagedFile, DiskFull, NewerTenant, StoreError, TenantExists, UnknownTenant
from kastor.store.instance import open_instance
from kastor.store.instance import sessions as session_table
from tests.store.houses import CRS, house, numbers


@pytest.fixture
def filled(twin: Tenant) -> Tenant:
    for height in (6.0, 9.0):
        with twin.load(Dataset("lod2", "LoD2", owner="Amt")) as load:
            load.put("all", concat([house("a", height=height), house("b", 600)]))
            load.put_terrain("ground", flat_ground())
            load.put_statistics(numbers(height), {})
            load.finish()
    twin.edit_object("a", {"name": "Rathaus"}, "clerk", "named")
    (twin.directory / "logo.svg").write_text("<svg/>")
    (twin.tiles / "left.glb").write_bytes(b"made again at any time")
    return twin


def table(twin: Tenant) -> object:
    """The table by district with what it held before."""
    return statistics.tables(twin.database), statistics.values(twin.database, "lod2", past=True)


def same(one: Tenant, other: Tenant) -> bool:
    """Whether two tenants hold the same, back to their first revision."""
    latest = int(one.revision.split("-")[0])
    cities = all(not differences(one.city(at=i), other.city(at=i)) for i in range(1, latest + 1))
    facts, others = ([t.datasets(), t.reports(), t.history("a"), t.terrain_boxes(), table(t)] for t in (one, other))
    return cities and facts == others


def objects_of(target: Path) -> list[Path]:
    return sorted((target / "objects").glob("*/*"))


def test_a_restored_tenant_equals_the_original(filled: Tenant, home: Path, tmp_path: Path) -> None:
    saved = backup.save(filled, tmp_path / "backup")
    assert saved.snapshot.objects == 2
    elsewhere = tmp_path / "elsewhere"
    backup.restore(elsewhere, tmp_path / "backup", filled.id)
    with open_tenant(elsewhere, filled.id) as back:
        assert same(filled, back)
        assert back.revision == filled.revision
        assert (back.directory / "logo.svg").read_text() == "<svg/>"
        assert list(back.tiles.iterdir()) == []
        with back.load(Dataset("lod2", "LoD2", owner="Amt")) as load:
            load.put("all", concat([house("a", height=9.0), house("b", 600), house("c", 1200)]))
            assert load.finish().new == 1


def test_a_copy_under_another_name_is_another_tenant(filled: Tenant, home: Path, tmp_path: Path) -> None:
    backup.save(filled, tmp_path / "backup")
    backup.restore(home, tmp_path / "backup", filled.id, as_id="copy")
    with open_tenant(home, "copy") as copy:
        assert copy.info.id == "copy"
        assert copy.revision != filled.revision
        assert same(filled, copy)


def test_a_second_snapshot_costs_only_what_is_new(filled: Tenant, tmp_path: Path) -> None:
    first = backup.save(filled, tmp_path / "backup")
    again = backup.save(filled, tmp_path / "backup")
    assert first.files > 3
    assert {kept.path for kept in again.snapshot.files} == {kept.path for kept in first.snapshot.files}
    assert again.files == 0
    filled.edit_object("b", {"name": "Schule"}, "clerk")
    third = backup.save(filled, tmp_path / "backup")
    assert third.files == 2, "the rows and the one cell that changed"
    assert len(backup_files.list_snapshots(tmp_path / "backup", filled.id)) == 3


def test_old_snapshots_go_and_take_only_what_nobody_else_names(filled: Tenant, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    backup.save(filled, target)
    filled.edit_object("b", {"name": "Schule"}, "clerk")
    newest = backup.save(filled, target, keep=1).snapshot
    assert [s.taken for s in backup_files.list_snapshots(target)] == [newest.taken]
    assert {file.name for file in objects_of(target)} == {kept.sha256 for kept in newest.files}
    assert backup.verify(target) == [newest]


@pytest.mark.parametrize("damage", ["a byte", "shorter", "longer", "gone"])
def test_any_damaged_file_is_found_and_never_restored(filled: Tenant, home: Path, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "backup"
    backup.save(filled, target)
    for file in objects_of(target):
        content = file.read_bytes()
        if damage == "gone":
            file.unlink()
        else:
            middle = len(content) // 2
            changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            file.write_bytes({"a byte": changed, "shorter": content[:-1], "longer": content + b"x"}[damage])
        with pytest.raises(DamagedFile, match="Use another snapshot"):
            backup.verify(target)
        with pytest.raises(DamagedFile):
            backup.restore(home, target, filled.id, as_id="copy")
        assert [info.id for info in tenants(home)] == [filled.id]
        assert not list((home / "tenants").glob(".new-*"))
        file.write_bytes(content)
    assert len(backup.verify(target)) == 1


def test_a_damaged_twin_is_not_backed_up_as_if_it_were_whole(filled: Tenant, tmp_path: Path) -> None:
    block = next((filled.directory / "blocks").iterdir())
    block.write_bytes(block.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedFile, match="was not backed up"):
        backup.save(filled, tmp_path / "backup")
    assert backup_files.list_snapshots(tmp_path / "backup") == []


def test_a_tenant_that_is_there_is_replaced_only_on_request(filled: Tenant, home: Path, tmp_path: Path) -> None:
    backup.save(filled, tmp_path / "backup")
    filled.edit_object("a", {"name": "Bahnhof"}, "clerk")
    with pytest.raises(TenantExists, match="--replace"):
        backup.restore(home, tmp_path / "backup", filled.id)
    filled.close()
    backup.restore(home, tmp_path / "backup", filled.id, replace=True)
    with open_tenant(home, filled.id) as back:
        found = back.object("a")
        assert found is not None
        assert found.attributes["name"] == "Rathaus"
        with back.database.read() as connection:
            assert audit.lines(connection, limit=1)[0].what == "restore"
            assert audit.verify(connection, audit.kept_head(back.directory)).faults == []
    assert sorted(p.name for p in (home / "tenants").iterdir()) == [filled.id]


def test_a_snapshot_is_chosen_by_its_time(filled: Tenant, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    backup.save(filled, target)
    (manifest,) = (target / "snapshots" / filled.id).iterdir()
    old = {**orjson.loads(manifest.read_bytes()), "taken": "2020-01-01T00:00:00Z"}
    (manifest.parent / "2020-01-01T000000Z.json").write_bytes(orjson.dumps(old))
    assert backup.restore(home, target, filled.id, "old", taken="2020").taken == old["taken"]
    with pytest.raises(UnknownTenant, match="1999"):
        backup.restore(home, target, filled.id, "other", taken="1999")


def changed_manifest(target: Path, **changes: object) -> None:
    (manifest,) = target.glob("snapshots/*/*.json")
    manifest.write_bytes(orjson.dumps({**orjson.loads(manifest.read_bytes()), **changes}))


def test_a_snapshot_of_a_newer_kastor_is_refused(filled: Tenant, home: Path, tmp_path: Path) -> None:
    backup.save(filled, tmp_path / "backup")
    changed_manifest(tmp_path / "backup", tables="9999", kastor="99.0")
    with pytest.raises(NewerTenant, match=r"Kastor 99\.0"):
        backup.restore(home, tmp_path / "backup", filled.id, as_id="copy")
    assert [info.id for info in tenants(home)] == [filled.id]


@pytest.mark.parametrize("path", ["../evil", "/etc/passwd", "blocks/../../evil", "", "C:\\evil", "a\0b"])
def test_no_file_of_a_backup_is_written_outside_the_tenant(
    filled: Tenant, home: Path, tmp_path: Path, path: str
) -> None:
    saved = backup.save(filled, tmp_path / "backup").snapshot
    files = [{"path": k.path, "sha256": k.sha256, "size": k.size} for k in saved.files]
    changed_manifest(tmp_path / "backup", files=[*files, {**files[-1], "path": path}])
    with pytest.raises(StoreError, match="Do not use this backup"):
        backup.restore(home, tmp_path / "backup", filled.id, as_id="copy")


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"files": 3}', b'{"files": [], "tenant": "x"}'])
def test_a_damaged_list_is_named(filled: Tenant, tmp_path: Path, content: bytes) -> None:
    backup.save(filled, tmp_path / "backup")
    (manifest,) = (tmp_path / "backup").glob("snapshots/*/*.json")
    manifest.write_bytes(content)
    with pytest.raises(DamagedFile, match=manifest.name):
        backup_files.list_snapshots(tmp_path / "backup")


def test_a_snapshot_larger_than_the_disk_is_refused_before_writing(
    filled: Tenant, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.save(filled, tmp_path / "backup")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(DiskFull, match="Make room"):
        backup.restore(home, tmp_path / "backup", filled.id, as_id="copy")
    assert not list((home / "tenants").glob(".new-*"))


def test_a_directory_with_something_else_in_it_is_left_alone(filled: Tenant, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_bytes(b"")
    with pytest.raises(StoreError, match="something else"):
        backup.save(filled, tmp_path / "photos")
    assert [p.name for p in (tmp_path / "photos").iterdir()] == ["me.jpg"]
    with pytest.raises(StoreError, match="holds no backup"):
        backup_files.list_snapshots(tmp_path / "photos")


def test_a_load_that_runs_meanwhile_is_not_half_in_the_backup(filled: Tenant, tmp_path: Path) -> None:
    before = filled.revision
    with filled.load(Dataset("more", "More")) as load:
        load.put("all", house("c", 1200))
        saved = backup.save(filled, tmp_path / "backup")
        load.finish()
    assert f"{saved.snapshot.revision}-" == before[: before.index("-") + 1]
    backup.restore(tmp_path / "elsewhere", tmp_path / "backup", filled.id)
    with open_tenant(tmp_path / "elsewhere", filled.id) as back:
        assert back.object("c") is None


def test_a_file_that_goes_while_it_is_taken_makes_the_moment_be_taken_anew(
    filled: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = snapshots.described, []

    def gone_once(file: Path, path: str) -> snapshots.Kept:
        if path.startswith("terrain/") and not calls:
            calls.append(path)
            raise FileNotFoundError(path)
        return original(file, path)

    monkeypatch.setattr(snapshots, "described", gone_once)
    saved = backup.save(filled, tmp_path / "backup")
    assert calls
    assert any(kept.path == calls[0] for kept in saved.snapshot.files)


def test_an_empty_tenant_can_be_saved_and_restored(tmp_path: Path) -> None:
    with create_tenant(tmp_path / "home", "leer", "Leer", CRS) as empty:
        backup.save(empty, tmp_path / "backup")
    backup.restore(tmp_path / "home", tmp_path / "backup", "leer", as_id="leer2")
    assert [info.id for info in tenants(tmp_path / "home")] == ["leer", "leer2"]


def test_people_and_their_roles_come_back_without_their_sessions(tmp_path: Path) -> None:
    first, second, target = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    with closing(open_instance(first)) as instance, instance.write("test") as connection:
        person = people.create(connection, "erika", "Erika Muster")
        people.set_password(connection, person.id, "correct horse battery staple")
        secret = sessions.begin(connection, person.id, "browser")
        (row,) = connection.execute(select(session_table.c.hash)).scalars()
    backup_people.save_people(first, target)
    assert [s.tenant for s in backup.verify(target)] == [backup_people.PEOPLE]
    kept = b"".join(file.read_bytes() for file in (target / "objects").glob("*/*"))
    assert b"erika" in kept
    assert row.encode() not in kept
    assert backup_people.restore_people(second, target).objects == 1
    with closing(open_instance(second)) as back:
        with back.read() as connection:
            assert [account.login for account in people.everybody(connection)] == ["erika"]
        assert people.signed_in(back, "erika", "correct horse battery staple") is not None
        assert sessions.holder(back, secret) is None
    with pytest.raises(TenantExists, match="KASTOR_HOME"):
        backup_people.restore_people(second, target)
