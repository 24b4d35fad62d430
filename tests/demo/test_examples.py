"""The demo computes its results once, beside the server, and does not bring back one that was removed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.demo import examples
from kastor.demo.examples import COMPUTED, Example, compute_examples, computed_beside
from kastor.store import Dataset, create_tenant, open_tenant, results
from kastor.store.visibility import State


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with create_tenant(tmp_path, "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Häuser")) as load:
            load.put("houses", four_houses())
            load.finish({"source": "houses", "findings": []})
        with twin.load(Dataset("ground", "Gelände")) as load:
            load.put_terrain("ground", flat_ground(1.0))
            load.finish({"source": "ground", "findings": []})
    east, north = ORIGIN[:2]
    box = (east, north, east + 60.0, north + 60.0)
    monkeypatch.setattr(examples, "EXAMPLES", {"musterstadt": (Example("echo", box), Example("slope", box))})
    return tmp_path


def test_examples_are_computed_once_and_public(home: Path) -> None:
    compute_examples(home, "musterstadt")
    with open_tenant(home, "musterstadt") as twin:
        found = results.results_of(twin.database)
        assert {one.process for one in found} == {"echo", "slope"}
        assert {one.state for one in found} == {State.PUBLIC}
        for one in found:
            results.remove(twin, one.id, "7")
    compute_examples(home, "musterstadt")
    with open_tenant(home, "musterstadt") as twin:
        assert results.results_of(twin.database) == []


def test_a_town_without_examples_is_done_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "EXAMPLES", {})
    compute_examples(home, "musterstadt")
    assert (home / "tenants" / "musterstadt" / COMPUTED).is_file()


def test_computing_beside_the_server_ends_with_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, command: list[str]) -> None:
            super().__init__(command)
            begun.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with computed_beside(home):
        assert begun[0].poll() is None
    assert begun[0].poll() is not None
    (home / "tenants" / "musterstadt" / COMPUTED).touch()
    with computed_beside(home):
        pass
    assert len(begun) == 1
