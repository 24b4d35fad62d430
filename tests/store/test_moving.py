"""Moved from one store to the other a tenant is the same; killed on the way it is in exactly one of them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kastor.city.model import differences
from kastor.city.sample import flat_ground, four_houses
from kastor.store import Dataset, Tenant, create_tenant, delete_tenant, marks, open_tenant, sqlite, statistics
from kastor.store.errors import StoreError, TenantBusy, TenantMoved
from kastor.store.moving import STORES, move_tenant
from kastor.store.objects import Filters
from tests.store.forking import Helper
from tests.store.houses import CRS, house, numbers
from tests.store.test_loads import put
from tests.store.test_postgres import schemas

FINDING = {"object": "flat", "code": "OPEN_SHELL", "outcome": "kept", "values": {"gap": 0.25}}


@pytest.fixture
def twin(home: Path) -> Iterator[Tenant]:
    """A tenant with a history, a correction, ground and findings."""
    with create_tenant(home, "umzug", "Umzug", CRS, {"de": "Am Rhein."}, view={"heading": 30}) as opened:
        put(opened, ("all", house("gone", 600)))
        with opened.load(Dataset("lod2", "LoD2", owner="Amt")) as load:
            load.put("all", four_houses())
            load.put_terrain("ground", flat_ground())
            load.put_statistics(numbers(100), {"area": "Gebiet"}, ("lod2", "name"))
            load.finish({"source": "houses", "findings": [FINDING]})
        opened.edit_object("flat", {"storeysAboveGround": 7}, "Frau Muster", "gezählt")
    yield opened
    delete_tenant(home, "umzug")


@pytest.fixture
def to(store: str, monkeypatch: pytest.MonkeyPatch, postgres: str) -> str:
    """The other store."""
    monkeypatch.setenv("KASTOR_DATABASE_URL", postgres)
    return next(other for other in STORES if other != store)


def told(home: Path) -> dict[str, Any]:
    """Everything the tenant answers."""
    with open_tenant(home, "umzug") as opened:
        return {
            "info": opened.info, "revision": opened.revision, "datasets": opened.datasets(),
            "reports": [opened.report(r["id"]) for r in opened.reports()], "counts": opened.counts(),
            "cells": opened.cells(), "object": opened.object("flat"), "history": opened.history("flat"),
            "findings": opened.findings("flat"), "box": sorted(r.id for r in opened.in_box((0, 0, 1e6, 1e7))),
            "list": opened.objects(Filters(sort=("-height",))), "words": opened.search("hauptstr"),
            "misspelt": opened.search("Hauptstarsse"), "ground": opened.terrain_boxes(),
            "then": opened.city(at=1).ids.tolist(), "tables": statistics.tables(opened.database),
            "numbers": statistics.values(opened.database, "lod2", past=True),
        }  # fmt: skip


def left_over(directory: Path, postgres: str) -> list[str]:
    """Files of a store that is not the tenant's, and schemas nobody names."""
    found = sorted(p.name for p in directory.iterdir() if p.name.lstrip(".").startswith("kastor."))
    own = marks.schema_of(directory)
    named = [] if own is None else [(own.name,)] * 2
    kept = {marks.MARK} if own else {sqlite.FILE, f"{sqlite.FILE}-wal", f"{sqlite.FILE}-shm"}
    return [name for name in found if name not in kept] + [
        str(row[0]) for row in schemas(postgres, "umzug") if row not in named
    ]


def test_a_moved_tenant_answers_as_before_and_goes_on(twin: Tenant, home: Path, to: str, postgres: str) -> None:
    before = told(home)
    assert move_tenant(home, "umzug", to)
    assert told(home) == before
    assert left_over(twin.directory, postgres) == []
    with open_tenant(home, "umzug") as opened:
        assert opened.database.dialect == to
        put(opened, ("more", house("new", 900)), dataset=Dataset("second", "Zweiter"))
        opened.edit_object("new", {"storeysAboveGround": 2}, "Frau Muster")
        assert len(opened.history("new")) == 2
        assert len(opened.datasets()) == 2
        city = opened.city()
    again = told(home)
    back = next(other for other in STORES if other != to)
    assert move_tenant(home, "umzug", back)
    assert told(home) == again
    with open_tenant(home, "umzug") as opened:
        assert differences(opened.city(), city) == []
    assert left_over(twin.directory, postgres) == []


def test_moving_to_where_it_is_does_nothing(twin: Tenant, home: Path, store: str, to: str) -> None:
    before = told(home)
    assert not move_tenant(home, "umzug", store)
    assert told(home) == before


def test_an_unknown_store_is_refused(twin: Tenant, home: Path) -> None:
    with pytest.raises(StoreError, match="no store 'oracle'; there are sqlite and postgresql"):
        move_tenant(home, "umzug", "oracle")


def test_nobody_moves_a_tenant_during_a_load(twin: Tenant, home: Path, to: str) -> None:
    with open_tenant(home, "umzug") as opened, opened.load(Dataset("a", "A")) as load:
        with pytest.raises(TenantBusy):
            move_tenant(home, "umzug", to, wait=0.1)
        load.put("all", house("a", 1200))
        load.finish()
    with open_tenant(home, "umzug") as opened:
        assert opened.object("a") is not None


def test_who_opened_it_before_writes_nothing_to_where_it_was(twin: Tenant, home: Path, to: str) -> None:
    with open_tenant(home, "umzug") as early:
        assert early.database.is_here()
        move_tenant(home, "umzug", to)
        assert not early.database.is_here()
        with pytest.raises((TenantMoved, StoreError)):
            early.edit_object("flat", {"storeysAboveGround": 1}, "Frau Muster")
    with open_tenant(home, "umzug") as opened:
        assert len(opened.history("flat")) == 2


SCRIPT = """
import os, signal, sys
from pathlib import Path
from kastor.store import copying, marks, moving, postgres, sqlite, stores, tables

def die_in(module, name, call, after):
    original, calls = getattr(module, name), [0]
    def dying(*args, **kwargs):
        calls[0] += 1
        if calls[0] == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, dying)

home, to, moment, after = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "after"
module, name, call = {
    "mark": (marks, "write", 1),
    "schema": (postgres, "make_schema", 1),
    "file": (sqlite, "make_file", 1),
    "tables": (tables, "make", 1),
    "first table": (copying, "_insert", 1),
    "some table": (copying, "_insert", 7),
    "all tables": (copying, "copy", 1),
    "forced": (moving, "_force", 1),
    "switch": (marks, "rename", 1),
    "old file": (sqlite, "remove", 1),
    "old schema": (postgres, "drop_schema", 1),
    "synced": (marks, "sync", 2),
}[moment]
die_in(module, name, call, after)
moving.move_tenant(home, "umzug", to)
os._exit(0)
"""

MOMENTS = {
    "postgresql": (
        "mark",
        "schema",
        "tables",
        "first table",
        "some table",
        "all tables",
        "switch",
        "old file",
        "synced",
    ),
    "sqlite": ("file", "tables", "first table", "some table", "all tables", "forced", "switch", "old schema"),
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("turn", range(9))
def test_a_killed_move_leaves_the_tenant_in_one_place_and_can_be_repeated(
    twin: Tenant, home: Path, to: str, postgres: str, helper: Helper, turn: int, when: str
) -> None:
    moments = MOMENTS[to]
    moment = moments[turn % len(moments)]
    before = told(home)
    ((code, output),) = helper.run(SCRIPT, (home, to, moment, when))
    assert code == -signal.SIGKILL, output
    assert told(home) == before
    move_tenant(home, "umzug", to)
    assert told(home) == before
    assert left_over(twin.directory, postgres) == []
