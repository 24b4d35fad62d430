"""What a run will take: learnt from earlier ones, and refused when the machine is too small for it."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from kastor.city.sample import ORIGIN
from kastor.planning import computing, estimates, orders
from kastor.planning.orders import Order
from kastor.process import Quiet, TooMuch, check_demand, made
from kastor.simulations.rain import Rain
from kastor.store import Tenant, results

E, N, _ = ORIGIN
SHORT = {"storm": "own", "minutes": 5, "after": 0, "scheme": "preview"}


def rain(size: float, **inputs: Any) -> Order:
    return Order(made(Rain, inputs), shapely.box(E, N, E + size, N + size))


def test_an_estimate_learns_from_what_runs_took(small_twin: Tenant) -> None:
    order = orders.read(small_twin, "rain", SHORT)
    before = estimates.expected(small_twin, order)
    taken = results.result(small_twin.database, computing.compute(small_twin, order, Quiet())).seconds
    assert estimates.expected(small_twin, order) == pytest.approx(
        min(max(taken, before / estimates.MOST_WRONG), before * estimates.MOST_WRONG), rel=0.01
    )
    longer = orders.read(small_twin, "rain", {**SHORT, "minutes": 500})
    assert estimates.expected(small_twin, longer) > estimates.expected(small_twin, order)


def test_what_is_left_never_grows_while_a_run_keeps_its_pace() -> None:
    left = [estimates.remaining(100.0, done * 150.0, done) for done in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert left[0] == 100.0
    assert left[-1] == 0.0
    assert left == sorted(left, reverse=True)


def test_a_hundred_square_kilometres_in_metres_are_refused_and_in_four_metres_taken() -> None:
    with pytest.raises(TooMuch, match="larger cells or a smaller area"):
        check_demand(rain(10_000, cell=1).process, rain(10_000).area, 16e9)
    check_demand(rain(10_000, cell=4).process, rain(10_000).area, 16e9)


def test_memory_is_that_of_the_container_when_it_has_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = estimates.memory()
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(estimates, "LIMIT", limit)
    for text, expected in (("max", machine), ("1000000", 1e6)):
        limit.write_text(text)
        assert estimates.memory() <= max(expected, machine)
    assert estimates.memory() == 1e6
