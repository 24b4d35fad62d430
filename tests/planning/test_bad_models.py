"""Models and machines at their end: no memory, no room on the disk; whoever waits is told why, and all goes on."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kastor.planning import computing, orders
from kastor.planning.worker import Worker
from kastor.process import Quiet
from kastor.store import StoreError, Tenant, results, runs
from kastor.store.database import Database
from kastor.store.runs import Run, State


def add(instance: Database, process: str, **inputs: Any) -> Run:
    return runs.add(instance, "musterstadt", process, "1", inputs, "7")


@pytest.mark.usefixtures("models")
def test_a_model_that_takes_memory_without_end_fails_and_the_next_one_runs(
    instance: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_RUN_MEMORY", str(1_500_000_000))
    hungry, after = add(instance, "hungry"), add(instance, "slope")
    assert Worker(home).work_off() == 2
    found = [runs.run(instance, "musterstadt", run.id) for run in (hungry, after)]
    assert found[0].state is State.FAILED
    assert "needs more memory than there is" in found[0].problem
    assert (found[1].state, found[1].problem) == (State.SUCCESSFUL, "")


@pytest.fixture
def hardly_any_room() -> Iterator[None]:
    """A limit on the size of files fails like a full disk, in the operating system itself."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heard)


@pytest.mark.usefixtures("models")
def test_a_result_no_room_is_left_for_is_not_kept_in_part(small_twin: Tenant, request: pytest.FixtureRequest) -> None:
    order = orders.read(small_twin, "fills", {})
    request.getfixturevalue("hardly_any_room")
    with pytest.raises(StoreError, match="room"):
        computing.compute(small_twin, order, Quiet(), "7")
    assert results.results_of(small_twin.database) == []
    assert not (small_twin.directory / results.ROOM).exists()
    assert list((small_twin.directory / "runs").iterdir()) == []


def test_a_document_no_room_is_left_for_is_told_as_a_full_disk(
    small_twin: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    order = orders.read(small_twin, "slope", {})
    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match=r"no room left on the disk.*free some space"):
            computing.compute(small_twin, order, Quiet(), "7")
    assert results.results_of(small_twin.database) == []
    assert computing.compute(small_twin, order, Quiet(), "7")
