"""The queue: who comes first, what a silent worker loses, what is never done twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import update

from kastor.store import runs
from kastor.store.database import Database
from kastor.store.instance import open_instance
from kastor.store.instance import runs as table
from kastor.store.runs import INTERACTIVE, MOST_TRIES, OPEN, Run, State, TooManyRuns, UnknownRun


@pytest.fixture
def instance(home: Path) -> Iterator[Database]:
    opened = open_instance(home)
    yield opened
    opened.close()


def add(instance: Database, tenant: str = "musterstadt", priority: int = 0) -> Run:
    return runs.add(instance, tenant, "rain", "1", {"depth": 90}, "7", priority)


def fall_silent(instance: Database, run: Run) -> None:
    with instance.write("test") as connection:
        connection.execute(update(table).where(table.c.id == run.id).values(beat="2001-01-01T00:00:00.000000Z"))


def test_a_run_waits_is_claimed_and_ends(instance: Database) -> None:
    wanted = add(instance)
    assert runs.run(instance, "musterstadt", wanted.id) == wanted
    claimed = runs.claim(instance, "a")
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.worker, claimed.tries) == (wanted.id, State.RUNNING, "a", 1)
    assert runs.claim(instance, "b") is None
    assert runs.beat(instance, claimed, 0.4, {"de": "Regen", "en": "Rain"})
    assert runs.run(instance, "musterstadt", wanted.id).done == 0.4
    assert runs.end(instance, claimed, "f" * 32)
    over = runs.run(instance, "musterstadt", wanted.id)
    assert (over.state, over.done, over.result) == (State.SUCCESSFUL, 1.0, "f" * 32)
    assert over.finished >= over.started >= over.created
    assert runs.claim(instance, "a") is None


def test_who_waits_at_the_screen_comes_first_then_who_has_least(instance: Database) -> None:
    slow = [add(instance, "big") for _ in range(3)]
    other = add(instance, "small")
    quick = add(instance, "big", INTERACTIVE)
    order = []
    while (run := runs.claim(instance, "a")) is not None:
        order.append(run.id)
    assert order == [quick.id, other.id, slow[0].id, slow[1].id, slow[2].id]


def test_the_run_of_a_silent_worker_is_begun_anew_and_given_up_at_last(instance: Database) -> None:
    wanted = add(instance)
    for number in range(1, MOST_TRIES + 1):
        claimed = runs.claim(instance, f"worker {number}")
        assert claimed is not None
        assert claimed.tries == number
        fall_silent(instance, claimed)
    assert runs.claim(instance, "last") is None
    # nobody needs to look for it again: the next worker that asks finds it failed
    add(instance)
    assert runs.claim(instance, "last") is not None
    over = runs.run(instance, "musterstadt", wanted.id)
    assert over.state is State.FAILED
    assert "3 times" in over.problem


def test_a_worker_that_lost_its_run_cannot_end_it(instance: Database) -> None:
    add(instance)
    first = runs.claim(instance, "a")
    assert first is not None
    fall_silent(instance, first)
    second = runs.claim(instance, "b")
    assert second is not None
    assert not runs.beat(instance, first, 0.9, {})
    assert not runs.end(instance, first, "0" * 32)
    assert runs.end(instance, second, "1" * 32)
    assert runs.run(instance, "musterstadt", first.id).result == "1" * 32


def test_a_dismissed_run_is_over_and_forgotten_when_dismissed_again(instance: Database) -> None:
    add(instance)
    claimed = runs.claim(instance, "a")
    assert claimed is not None
    assert runs.dismiss(instance, "musterstadt", claimed.id).state is State.DISMISSED
    assert not runs.beat(instance, claimed, 0.5, {})
    assert not runs.end(instance, claimed, "0" * 32)
    runs.dismiss(instance, "musterstadt", claimed.id)
    with pytest.raises(UnknownRun):
        runs.run(instance, "musterstadt", claimed.id)


def test_nobody_reaches_the_runs_of_another_tenant(instance: Database) -> None:
    wanted = add(instance, "big")
    for reach in (runs.run, runs.dismiss):
        with pytest.raises(UnknownRun):
            reach(instance, "small", wanted.id)
    assert runs.runs_of(instance, "small") == []
    assert runs.run(instance, "big", wanted.id).state is State.ACCEPTED


def test_a_tenant_cannot_fill_the_queue(instance: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_WAITING", 3)
    for _ in range(3):
        add(instance, "big")
    with pytest.raises(TooManyRuns, match="3 computations of big wait"):
        add(instance, "big")
    add(instance, "small")


def test_lists_are_newest_first_and_can_be_narrowed(instance: Database) -> None:
    made = [add(instance) for _ in range(3)]
    runs.dismiss(instance, "musterstadt", made[1].id)
    assert [r.id for r in runs.runs_of(instance, "musterstadt")] == [r.id for r in reversed(made)]
    assert [r.id for r in runs.runs_of(instance, "musterstadt", states=(State.DISMISSED,))] == [made[1].id]
    assert runs.runs_of(instance, "musterstadt", processes=("noise",)) == []
    assert len(runs.runs_of(instance, "musterstadt", limit=2)) == 2
    waiting = {state: n for state, n in runs.counts(instance).items() if n}
    assert waiting == {State.ACCEPTED: 2, State.DISMISSED: 1}


def test_who_is_to_be_told_stays_known_until_told(instance: Database) -> None:
    runs.add(instance, "musterstadt", "rain", "1", {}, "7", callbacks={"success": "https://example.org/done"})
    claimed = runs.claim(instance, "a")
    assert claimed is not None
    assert runs.untold(instance) == []
    runs.end(instance, claimed, "", "broken")
    assert [r.id for r in runs.untold(instance)] == [claimed.id]
    runs.told(instance, claimed)
    assert runs.untold(instance) == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_whatever_workers_do_no_run_is_lost_or_ended_twice(home: Path) -> None:
    opened = open_instance(home)

    class Workers(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            with opened.write("test") as connection:
                connection.execute(table.delete())
            self.held: list[Run] = []
            self.ended: list[str] = []
            self.added = 0

        @rule()
        def want(self) -> None:
            add(opened)
            self.added += 1

        @rule()
        def claim(self) -> None:
            if (run := runs.claim(opened, f"worker {len(self.held)}")) is not None:
                self.held.append(run)

        @rule(index=st.integers(0, 9))
        def end(self, index: int) -> None:
            if self.held and runs.end(opened, self.held[index % len(self.held)], "0" * 32):
                self.ended.append(self.held[index % len(self.held)].id)

        @rule(index=st.integers(0, 9))
        def silent(self, index: int) -> None:
            if self.held:
                fall_silent(opened, self.held[index % len(self.held)])

        @rule(index=st.integers(0, 9))
        def give_back(self, index: int) -> None:
            if self.held:
                runs.release(opened, self.held[index % len(self.held)])

        def teardown(self) -> None:
            if not hasattr(self, "ended"):
                return
            assert len(set(self.ended)) == len(self.ended)
            rows = runs.runs_of(opened, "musterstadt", limit=1000)
            assert len(rows) == self.added
            assert {r.id for r in rows if r.state is State.SUCCESSFUL} == set(self.ended)
            assert all(r.state in (*OPEN, State.SUCCESSFUL, State.FAILED) for r in rows)

    try:
        run_state_machine_as_test(
            Workers,
            settings=settings(max_examples=25, stateful_step_count=25, deadline=None,
                              suppress_health_check=list(HealthCheck)),
        )  # fmt: skip
    finally:
        opened.close()
