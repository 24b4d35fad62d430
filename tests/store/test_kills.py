"""A load killed at any moment leaves the twin as it was, and the next one cleans up."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from kastor.city.model import City, concat, differences
from kastor.store import Dataset, create_tenant, open_tenant
from tests.store.forking import Helper
from tests.store.houses import CRS, house

SCRIPT = """
import os, signal, sys
from pathlib import Path
from kastor.city.model import concat
from kastor.city.sample import flat_ground
from kastor.store import Dataset, blocks, changes, geotiff, loads, open_tenant, pieces, writing
from tests.store.houses import house

def die_in(module, name, call=1):
    original, calls = getattr(module, name), [0]
    def dying(*args, **kwargs):
        calls[0] += 1
        if calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)
    setattr(module, name, dying)

home, moment = Path(sys.argv[1]), sys.argv[2]
twin = open_tenant(home, "koeln")
pieces.IN_MEMORY = 0
module, name, call = {
    "while putting": (writing.RowWriter, "insert", 1),
    "while spilling": (pieces, "pack_encoded", 2),
    "before ending": (loads.Load, "_end_missing", 1),
    "at the first cell": (loads, "rebuild_cell", 1),
    "in the middle of the cells": (loads, "rebuild_cell", 3),
    "between block and row": (changes, "_kinds", 2),
    "while writing terrain": (geotiff, "write", 1),
    "after terrain": (loads.Load, "_record", 1),
    "before forcing to disk": (changes, "sync", 1),
    "before the commit": (changes.os, "fsync", 4),
}[moment]
die_in(module, name, call)
with twin.load(Dataset("lod2", "LoD2")) as load:
    load.put("all", concat([house("a", 10, height=9.0), house("c", 1200), house("d", 1800), house("e", 2400)]))
    load.put_terrain("all", flat_ground())
    load.finish()
os._exit(0)
"""

MOMENTS = (
    "while putting", "while spilling", "before ending", "at the first cell", "in the middle of the cells",
    "between block and row", "while writing terrain", "after terrain", "before forcing to disk", "before the commit",
)  # fmt: skip


def former() -> City:
    return concat([house("a"), house("b", 600)])


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_load_never_happened(home: Path, helper: Helper, moment: str) -> None:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        with twin.load(Dataset("lod2", "LoD2")) as load:
            load.put("all", former())
            load.finish()
        before = twin.revision, sorted(p.name for p in (twin.directory / "blocks").iterdir())
    ((code, output),) = helper.run(SCRIPT, (home, moment))
    assert code == -signal.SIGKILL, output
    assert (home / "tenants" / "koeln" / "staging").exists()
    with open_tenant(home, "koeln") as twin:
        assert (twin.revision, sorted(p.name for p in (twin.directory / "blocks").iterdir())) == before
        assert differences(twin.city(), former()) == []
        assert list((twin.directory / "terrain").iterdir()) == []
        assert not (twin.directory / "staging").exists()
        with twin.load(Dataset("lod2", "LoD2")) as load:
            load.put("all", concat([former(), house("c", 1200)]))
            result = load.finish()
        assert (result.new, result.unchanged, result.ended) == (1, 2, 0)


def test_cleaning_up_spares_what_history_needs(home: Path) -> None:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        for height in (6.0, 9.0):
            with twin.load(Dataset("lod2", "LoD2")) as load:
                load.put("all", house("a", height=height))
                load.finish()
        (twin.directory / "staging").mkdir()
        (twin.directory / "blocks" / "left.block").write_bytes(b"left behind")
    with open_tenant(home, "koeln") as twin:
        assert len(list((twin.directory / "blocks").iterdir())) == 2
        assert differences(twin.city(at=1), house("a")) == []
