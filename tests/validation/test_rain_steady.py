"""The rain model against steady flows of known depth; the figures are those of docs/reference/rain.md."""

import numpy as np
import pytest

from tests.validation.rain_cases import l1
from tests.validation.steady_flows import MACDONALD, bump, flow_over_bump, macdonald, run, still_water


def jump_from(case, depth):
    """How many cells the jump lies behind its exact place."""
    inside = slice(case.lead, len(depth) - case.lead)
    exact, found = case.depth[inside], depth[inside]
    place = round(case.jump / case.cell)
    middle = (exact[place - 1] + exact[place]) / 2
    around = found[place - 10 : place + 10]
    rises = np.flatnonzero((around[:-1] < middle) & (around[1:] >= middle))
    assert len(rises) == 1
    return int(rises[0]) + 1 - 10


@pytest.mark.parametrize(("level", "wet"), [(0.5, True), (0.1, False)], ids=["under water", "an island"])
def test_a_lake_over_a_bump_stays_still(level, wet):
    case = still_water(200, level)
    depth = run(case, 60.0)
    assert depth.all() == wet
    assert depth == pytest.approx(case.depth, abs=1e-6)


@pytest.mark.parametrize(
    ("discharge", "end", "outcome", "most"),
    [(4.42, 2.0, "calm", 0.002), (1.53, 0.66, "rapid", 0.012), (0.18, 0.33, "jump", 0.006)],
)
def test_flow_over_a_bump_is_that_of_bernoulli(discharge, end, outcome, most):
    found = {}
    for n in (100, 400):
        case = flow_over_bump(n, discharge, end, outcome)
        depth = run(case, 300.0, np.maximum(end - bump(n)[2], 0.0))
        found[n] = l1(depth, case.depth)
    assert found[400] <= most
    assert found[400] < 0.3 * found[100]
    if case.jump:
        assert abs(jump_from(case, depth)) <= 2


@pytest.mark.parametrize("name", MACDONALD)
def test_flow_with_friction_and_rain_is_that_of_macdonald(name):
    found = {}
    for n in (200, 800):
        case = macdonald(name, n)
        depth = run(case, 3000.0, case.depth)
        inside = slice(case.lead, case.lead + n)
        found[n] = l1(depth[inside], case.depth[inside])
    assert found[800] <= 0.0015
    assert found[800] < 0.4 * found[200]
    if case.jump:
        assert abs(jump_from(case, depth)) <= 2
