"""Many may read a tenant while one writes; a second writer waits or is told so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kastor.store import Dataset, Tenant, open_tenant
from kastor.store.errors import TenantBusy
from tests.store.forking import Helper
from tests.store.houses import house
from tests.store.test_loads import put

LOADING = """
import sys
from pathlib import Path
from kastor.store import Dataset, open_tenant
from tests.store.houses import house
n = int(sys.argv[2])
with open_tenant(Path(sys.argv[1]), "musterstadt") as twin:
    for i in range(3):
        with twin.load(Dataset(f"set{n}", "x"), wait=60) as load:
            load.put("all", house(f"h{n}-{i}", 15 * n, 15 * i))
            load.finish()
"""


def test_a_second_load_is_told_that_one_is_running(twin: Tenant, home: Path) -> None:
    with open_tenant(home, "musterstadt") as other, twin.load(Dataset("a", "A")) as load:
        load.put("all", house("a"))
        refusal = pytest.raises(TenantBusy, match="Dataset b cannot be loaded: somebody else is writing")
        with refusal, other.load(Dataset("b", "B"), wait=0.1):
            pass
        with pytest.raises(TenantBusy), twin.load(Dataset("b", "B"), wait=0.1):
            pass
        load.finish()
    assert twin.city().ids.tolist() == ["a"]


def test_opening_during_a_load_leaves_it_alone(twin: Tenant, home: Path) -> None:
    with twin.load(Dataset("a", "A")) as load:
        load.put("all", house("a"))
        with open_tenant(home, "musterstadt") as other:
            assert len(other.city()) == 0
        load.finish()
    assert twin.city().ids.tolist() == ["a"]


def test_a_second_load_waits_for_its_turn(twin: Tenant) -> None:
    started = threading.Event()

    def second() -> None:
        started.wait()
        put(twin, ("all", house("b", 40)), dataset=Dataset("b", "B"))

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with twin.load(Dataset("a", "A")) as load:
            started.set()
            load.put("all", house("a"))
            load.finish()
        waiting.result(timeout=60)
    assert sorted(twin.city().ids.tolist()) == ["a", "b"]


def test_readers_see_the_former_city_until_the_load_is_done(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    with ThreadPoolExecutor(2) as pool:
        with twin.load(Dataset("lod2", "LoD2")) as load:
            load.put("all", house("b", 40))
            load.finish()
            assert pool.submit(lambda: twin.city().ids.tolist()).result(timeout=60) == ["a"]
            assert pool.submit(lambda: twin.object("b")).result(timeout=60) is None
        assert pool.submit(lambda: twin.city().ids.tolist()).result(timeout=60) == ["b"]


def test_loads_from_several_programs_all_arrive(twin: Tenant, home: Path, helper: Helper) -> None:
    assert helper.run(LOADING, *((home, n) for n in range(3))) == [(0, "")] * 3
    assert sorted(twin.city().ids.tolist()) == sorted(f"h{n}-{i}" for n in range(3) for i in [2])
    assert twin.revision.startswith("9-")
