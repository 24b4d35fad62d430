"""Killed at any of a hundred and more moments, a load, edit, migration, backup or restore is done or never was."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kastor.city.model import concat, differences
from kastor.store import Dataset, backup, create_tenant, open_tenant, sqlite, tenants
from tests.store.forking import Helper
from tests.store.houses import CRS, house

KILLS = 26
"""Moments per kind of work; with five kinds more than a hundred."""

SCRIPT = """
import os, signal, sys
from pathlib import Path
import kastor.store
from kastor.city.model import concat
from kastor.store import Dataset, backup, open_tenant, snapshots
from tests.store.houses import house

home, work, moment = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = str(Path(kastor.store.__file__).parent)
lines = 0

def watch(frame, event, argument):
    global lines
    if not frame.f_code.co_filename.startswith(store):
        return None
    if event == "line":
        lines += 1
        if lines == moment:
            os.kill(os.getpid(), signal.SIGKILL)
    return watch

sys.settrace(watch)
if work == "restore":
    backup.restore(home, home.parent / "backup", "koeln", as_id="copy")
else:
    with open_tenant(home, "koeln") as twin:
        if work == "load":
            with twin.load(Dataset("lod2", "LoD2")) as load:
                load.put("all", concat([house("a", height=9.0), house("c", 1200), house("d", 1800)]))
                load.finish()
        if work == "edit":
            twin.edit_object("a", {"name": sys.argv[4]}, "clerk")
        if work == "backup":
            backup.save(twin, home.parent / "backup")
sys.settrace(None)
print(lines)
"""

AFTER = concat([house("a", height=9.0), house("c", 1200), house("d", 1800)])
BEFORE = concat([house("a"), house("b", 600)])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a tenant and a first backup, copied for every kill."""
    with create_tenant(tmp_path / "original" / "home", "koeln", "Köln", CRS) as twin:
        with twin.load(Dataset("lod2", "LoD2")) as load:
            load.put("all", BEFORE)
            load.finish()
        backup.save(twin, tmp_path / "original" / "backup")
    return tmp_path


def killed(place: Path, helper: Helper, work: str, check: Callable[[Path, bool], None]) -> None:
    """Do some work, killed at ever other lines of the store's code; ``check`` gets the place and whether it ended."""
    copy = fresh(place)
    ((code, output),) = helper.run(SCRIPT, (copy / "home", work, 0, "Rathaus"))
    assert code == 0, output
    check(copy, True)
    lines = int(output)
    moments = sorted(random.Random(work).sample(range(1, lines), KILLS))
    for moment in moments:
        copy = fresh(place)
        ((code, output),) = helper.run(SCRIPT, (copy / "home", work, moment, "Rathaus"))
        assert code == -signal.SIGKILL, output
        check(copy, False)


def fresh(place: Path) -> Path:
    copy = place / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place / "original", copy)
    return copy


def test_a_load_killed_at_any_moment_is_done_or_never_was(place: Path, helper: Helper) -> None:
    def check(copy: Path, ended: bool) -> None:
        with open_tenant(copy / "home", "koeln") as twin:
            done = twin.revision.startswith("2-")
            assert done or not ended
            assert differences(twin.city(), AFTER if done else BEFORE) == []
            assert twin.counts() == {"building": 3 if done else 2}
            with twin.load(Dataset("lod2", "LoD2")) as load:
                load.put("all", AFTER)
                load.finish()
            assert differences(twin.city(), AFTER) == []

    killed(place, helper, "load", check)


def test_an_edit_killed_at_any_moment_is_done_or_never_was(place: Path, helper: Helper) -> None:
    def check(copy: Path, ended: bool) -> None:
        with open_tenant(copy / "home", "koeln") as twin:
            found = twin.object("a")
            assert found is not None
            done = found.version == 2
            assert done or not ended
            assert found.attributes == ({"name": "Rathaus"} if done else {})
            assert len(twin.history("a")) == found.version
            city = twin.city()
            assert city.ids.tolist() == ["a", "b"]
            assert ("name" in city.attributes) == done, "rows and geometry blocks tell the same"

    killed(place, helper, "edit", check)


def test_a_migration_killed_at_any_moment_goes_on_with_a_backup_beside_it(place: Path, helper: Helper) -> None:
    # the first tables Kastor had, made by the migrations themselves
    script = (
        "import sys; from pathlib import Path; from kastor.store import sqlite, tables\n"
        "file = Path(sys.argv[1]); file.unlink(); sqlite.make_file(file)\n"
        "with sqlite.transaction(file) as connection:\n"
        "    tables.upgrade(connection, '0001')\n"
        "    connection.exec_driver_sql(\"INSERT INTO revisions VALUES (7, '2026', 'load', '', 'kept')\")\n"
        "    connection.exec_driver_sql(\"INSERT INTO tenant VALUES ('koeln', 'Köln', '{}', 'EPSG:25832+7837', "
        "NULL, NULL, '', '', '[]', '2026', 'abc')\")\n"
    )
    file = place / "original" / "home" / "tenants" / "koeln" / sqlite.FILE
    for leftover in file.parent.glob(f"{sqlite.FILE}-*"):
        leftover.unlink()
    subprocess.run([sys.executable, "-c", script, file], check=True)

    def check(copy: Path, ended: bool) -> None:
        directory = copy / "home" / "tenants" / "koeln"
        before = sqlite.revision(directory / sqlite.FILE)
        assert before == "0001" or list((directory / "backups").iterdir())
        with open_tenant(copy / "home", "koeln") as twin:
            assert twin.revision == "7-abc"
        assert sqlite.revision(directory / sqlite.FILE) > "0001"
        assert any(sqlite.revision(kept) == "0001" for kept in (directory / "backups").iterdir())

    killed(place, helper, "migration", check)


def test_a_backup_killed_at_any_moment_leaves_every_snapshot_whole(place: Path, helper: Helper) -> None:
    def check(copy: Path, ended: bool) -> None:
        target = copy / "backup"
        listed = backup.verify(target)
        assert len(listed) in ((2,) if ended else (1, 2))
        with open_tenant(copy / "home", "koeln") as twin:
            backup.save(twin, target)
        named = {kept.sha256 for snapshot in backup.verify(target) for kept in snapshot.files}
        assert {file.name for file in (target / "objects").glob("*/*")} == named
        assert not list(target.glob(".scratch-*"))

    killed(place, helper, "backup", check)


def test_a_restore_killed_at_any_moment_leaves_a_whole_tenant_or_none(place: Path, helper: Helper) -> None:
    def check(copy: Path, ended: bool) -> None:
        there = "copy" in {info.id for info in tenants(copy / "home")}
        assert there or not ended
        if not there:
            backup.restore(copy / "home", copy / "backup", "koeln", as_id="copy")
        with open_tenant(copy / "home", "copy") as twin:
            assert differences(twin.city(), BEFORE) == []
        assert sorted(p.name for p in (copy / "home" / "tenants").iterdir()) == ["copy", "koeln"]

    killed(place, helper, "restore", check)
