"""The rain model against exact solutions; the figures are those of docs/reference/rain.md."""

from dataclasses import replace

import numpy as np
import pytest

from kastor.simulations import water
from kastor.simulations.scene import Culvert, Edge, Inflow, Rain, Roofs, Scene
from tests.validation.rain_cases import Bowl, dam_break, ground, l1, rough_ground

HOUR = 3600.0


def test_a_lake_on_rough_ground_with_islands_stays_still():
    heights, houses = rough_ground(90, 110)
    lake = np.where(houses, 0.0, np.maximum(101.0 - np.round(heights * 2**16) / 2**16, 0.0))
    ran = water.start(Scene(ground(np.round(heights * 2**16) / 2**16, 2.0, walls=houses)), lake)
    before = ran.depth.copy()
    water.advance(ran, 120.0)
    assert (before > 0).any()
    assert (before[~houses] == 0).any()
    assert not ran.velocity[0].any()
    assert not ran.velocity[1].any()
    assert np.array_equal(ran.depth, before)


@pytest.mark.parametrize(("n", "most"), [(100, 0.013), (400, 0.007)])
def test_a_dam_break_over_a_wet_bed_is_that_of_stoker(n, most):
    x = (np.arange(n) + 0.5) * 10 / n - 5
    ran = water.start(Scene(ground(np.zeros(n), 10 / n)), np.where(x < 0, 0.005, 0.001)[None])
    water.advance(ran, 6.0)
    assert l1(ran.depth[0], dam_break(x, 6.0, 0.005, 0.001)) <= most
    assert water.balance(ran).missing == 0


@pytest.mark.parametrize(("n", "most", "short"), [(400, 0.006, 0.03), (800, 0.0035, 0.02), (1600, 0.0025, 0.02)])
def test_a_dam_break_over_a_dry_bed_is_that_of_ritter(n, most, short):
    x = (np.arange(n) + 0.5) * 10 / n - 5
    ran = water.start(Scene(ground(np.zeros(n), 10 / n)), np.where(x < 0, 0.005, 0.0)[None])
    water.advance(ran, 6.0)
    exact = dam_break(x, 6.0, 0.005, 0.0)
    assert l1(ran.depth[0], exact) <= most
    # the front: how far from the dam 1 % of the depth behind it has come
    front = [x[np.flatnonzero(depth > 5e-5)[-1]] for depth in (ran.depth[0], exact)]
    assert 1 - short <= front[0] / front[1] <= 1.0


@pytest.mark.parametrize(("n", "most"), [(100, 0.075), (200, 0.038)])
def test_water_swings_in_a_bowl_as_thacker_found(n, most):
    bowl = Bowl(n)
    ran = water.start(Scene(ground(bowl.bed, bowl.cell)), bowl.exact(0.0))
    water.advance(ran, 3 * bowl.period)
    assert l1(ran.depth, bowl.exact(3 * bowl.period)) <= most
    assert water.balance(ran).missing == 0


@pytest.mark.parametrize("momentum", [True, False], ids=["full", "preview"])
@pytest.mark.parametrize("manning", [0.015, 0.05])
@pytest.mark.parametrize("slope", [0.005, 0.02, 0.1])
def test_rain_on_a_plane_runs_off_as_a_film_of_known_depth(slope, manning, momentum):
    x, intensity = np.arange(200) + 0.5, 0.06 / HOUR
    scene = Scene(
        ground(slope * (200 - x), 1.0, manning),
        rain=Rain(np.array([0.0, HOUR]), np.array([0.0, 0.06])),
        edges=(Edge(np.array([[0, 199]])),),
    )
    ran = water.start(scene)
    water.advance(ran, HOUR - 60, momentum=momentum)
    before = water.balance(ran)
    water.advance(ran, HOUR, momentum=momentum)
    after = water.balance(ran)
    exact = (manning * intensity * x / np.sqrt(slope)) ** 0.6
    assert l1(ran.depth[0], exact) <= 0.025
    assert abs(ran.depth[0, 99] / exact[99] - 1) <= 0.02
    assert after.outflow - before.outflow == pytest.approx(after.rain - before.rain, rel=1e-3)
    assert after.missing == 0


def test_two_planes_and_a_channel_let_out_what_rains_on_them():
    """The V-catchment of Di Giammarco et al. (1996): 10.8 mm/h on 1.62 km² give 4.86 m³/s."""
    cell = 20.0
    x, y = np.meshgrid(np.arange(81) - 40, np.arange(50))
    heights = np.maximum(np.abs(x) - 0.5, 0) * cell * 0.05 + (49 - y) * cell * 0.02
    one = ground(heights, cell, 0.015)
    channel = (x == 0).astype(np.uint8)
    scene = Scene(
        replace(one, surface=channel, manning=np.array([0.015, 0.15]), infiltration=np.zeros(2), sewer=np.zeros(2)),
        rain=Rain(np.array([0.0, 2 * HOUR]), np.array([0.0, 0.0216])),
        edges=(Edge(np.array([[49, 40]])),),
    )
    ran = water.start(scene)
    water.advance(ran, 2 * HOUR - 300)
    before = water.balance(ran)
    water.advance(ran, 2 * HOUR)
    after = water.balance(ran)
    discharge = after.cubic_metres(after.outflow - before.outflow) / 300
    assert discharge == pytest.approx(0.0108 / HOUR * heights.size * cell**2, rel=0.01)
    assert after.missing == 0


def everything():
    """A scene with all that adds and takes water."""
    heights, houses = rough_ground(70, 90)
    heights[:, 40] += 3.0
    one = ground(heights, 2.0, 0.03, houses)
    border = np.array([[r, 0] for r in range(10, 30)])
    return Scene(
        replace(one, infiltration=np.array([2e-6]), sewer=np.array([3e-6])),
        rain=Rain(np.array([0.0, 300.0, 900.0]), np.array([0.0, 0.02, 0.03])),
        roofs=Roofs(np.array([[8, 8], [8, 9]]), np.array([40.0, 17.5])),
        inflows=(Inflow(np.array([[50, 60], [51, 60]]), np.array([0.0, 60.0, 600.0]), np.array([0.0, 1.5, 0.2])),),
        culverts=(Culvert(np.array([[35, 39], [35, 42]]), 1.0, 0.5),),
        edges=(Edge(border), Edge(np.array([[69, 20], [69, 21]]), level=101.2)),
    )


def test_not_one_unit_of_water_is_lost_or_made():
    ran = water.start(everything(), np.full((70, 90), 0.01))
    for until in (60.0, 300.0, 960.0):
        water.advance(ran, until)
        found = water.balance(ran)
        assert found.missing == 0
        assert ran.state.h.min() >= 0
    assert min(found.rain, found.roofs, found.inflow, found.infiltration, found.sewer, abs(found.outflow)) > 0
    rained = 0.03 * (ran.layout.open_to_rain * 4.0)
    assert found.cubic_metres(found.rain) == pytest.approx(rained, rel=1e-5)
    assert found.cubic_metres(found.roofs) == pytest.approx(0.03 * 57.5, rel=1e-5)
    assert found.cubic_metres(found.inflow) == pytest.approx(0.5 * 60 * 1.5 + 540 * 0.85, rel=1e-5)


@pytest.mark.parametrize("momentum", [True, False], ids=["full", "preview"])
def test_threads_and_pieces_change_no_bit(momentum):
    def run(threads, piece):
        ran = water.start(everything(), piece=piece)
        water.advance(ran, 150.0, threads=threads, momentum=momentum)
        layer = ran.state.counts[2]
        return (*(a[layer] for a in ran.state[:3]), *ran.seen, ran.state.ledger, ran.state.counts[:3])

    once = run(1, (128, 512))
    for other in (run(2, (128, 512)), run(2, (16, 512)), run(1, (9, 23)), run(2, (33, 64))):
        assert all(np.array_equal(a, b) for a, b in zip(once, other, strict=True))


@pytest.mark.parametrize("piece", [(128, 1024), (7, 9)])
def test_water_comes_in_over_an_edge_with_a_level(piece):
    border = Edge(np.array([[r, 0] for r in range(20)]), level=0.5)
    ran = water.start(Scene(ground(np.zeros((20, 30)), 1.0, 0.03), edges=(border,)), piece=piece)
    water.advance(ran, 1800.0)
    assert ran.depth == pytest.approx(np.full((20, 30), 0.5), abs=0.01)
    assert water.balance(ran).missing == 0


def test_walls_stay_dry_and_water_goes_around_them():
    walls = np.zeros((40, 60), bool)
    walls[10:30, 20:25] = True
    scene = Scene(
        ground(np.tile(0.01 * (60 - np.arange(60)), (40, 1)), 1.0, 0.03, walls),
        inflows=(Inflow(np.array([[20, 2]]), np.array([0.0, 300.0]), np.array([0.5, 0.5])),),
        edges=(Edge(np.array([[r, 59] for r in range(40)])),),
    )
    ran = water.start(scene)
    water.advance(ran, 300.0)
    assert not ran.depth[walls].any()
    assert ran.depth[20, 15] > 0.03
    assert water.balance(ran).outflow > 0
    # the same above and below the middle, as the ground is
    assert ran.depth[5, 40] == pytest.approx(ran.depth[35, 40], abs=0.005)


def test_a_culvert_lets_water_under_a_dam():
    heights = np.tile(0.0, (9, 31))
    heights[:, 15] = 2.0
    one = ground(heights, 1.0, 0.03)
    start = np.zeros((9, 31))
    start[:, :15] = 1.0
    ran = water.start(Scene(one, culverts=(Culvert(np.array([[4, 14], [4, 16]]), 0.5, 0.4),)), start)
    water.advance(ran, 1800.0)
    west, east = ran.depth[:, :15].mean(), ran.depth[:, 16:].mean()
    assert west == pytest.approx(east, abs=0.02)
    shut = water.start(Scene(one), start)
    water.advance(shut, 60.0)
    assert not shut.depth[:, 16:].any()
