"""From a city to the ground water runs over: houses, roofs and surfaces."""

import numpy as np
import pytest

from kastor.city.sample import flat_ground, four_houses
from kastor.city.terrain import Terrain
from kastor.simulations import grid, impact, ponds, surfaces, water
from kastor.simulations.faces import WALL
from kastor.simulations.flood import flood, section
from kastor.simulations.scene import Edge, Inflow, Rain, Scene, SceneError

TERRAIN = flat_ground(1.0)
BOX = TERRAIN.box


@pytest.fixture(scope="module")
def place():
    return grid.grid(TERRAIN, four_houses(), BOX, 1.0)


def test_houses_are_walls_and_their_roofs_drain_around_them(place):
    built = place.building >= 0
    assert np.array_equal(built, place.ground.surface == WALL)
    assert len(np.unique(place.building[built])) == 4
    assert place.roofs.areas.sum() == pytest.approx(built.sum())
    assert not built[tuple(place.roofs.cells.T)].any()
    assert len(np.unique(place.roofs.cells, axis=0)) == len(place.roofs.cells)


@pytest.mark.parametrize("cell", [0.5, 2.0, 4.0])
def test_houses_cover_their_area_whatever_the_cell(place, cell):
    other = grid.grid(TERRAIN, four_houses(), BOX, cell)
    assert (other.building >= 0).sum() * cell**2 == pytest.approx((place.building >= 0).sum(), rel=0.25)
    assert other.roofs.areas.sum() == pytest.approx((other.building >= 0).sum() * cell**2)
    assert np.allclose(other.ground.heights[np.isfinite(other.ground.heights)], 50.0)


def test_a_cell_is_the_mean_of_the_ground_in_it():
    heights = np.arange(16, dtype=np.float32).reshape(4, 4)
    ground = grid.grid(Terrain("EPSG:25832", 0.0, 4.0, 1.0, heights), four_houses(), (0, 0, 4, 4), 2.0).ground
    assert np.allclose(ground.heights, [[2.5, 4.5], [10.5, 12.5]])


@pytest.mark.parametrize(("box", "cell"), [((0, 0, 0, 0), 1.0), ((0, 0, 1e6, 1e6), 1.0), (BOX, -1.0)])
def test_a_box_that_cannot_be_is_refused(box, cell):
    with pytest.raises(SceneError):
        grid.grid(TERRAIN, four_houses(), box, cell)


def test_ground_nobody_knows_is_refused_when_it_is_all_there_is():
    nothing = grid.grid(TERRAIN, four_houses(), (0, 0, 10, 10), 1.0)
    with pytest.raises(SceneError, match="load a terrain model"):
        water.start(Scene(nothing.ground))
    with pytest.raises(SceneError, match="load a terrain model"):
        ponds.ponds(nothing.ground, 0.05)


def test_surfaces_have_sources_and_possible_values():
    known = surfaces.surfaces()
    assert known.ids[surfaces.OPEN] == "open"
    assert ((known.manning > 0.01) & (known.manning < 0.2)).all()
    assert set(surfaces.texts()["areas"].values()) <= set(known.ids)
    assert known.sewer(100.0)[known.ids.index("street")] * 3.6e6 == pytest.approx(36.0)
    for name in ("bw", "wuppertal", "essen"):
        bounds = [bound for bound, _ in surfaces.depth_classes(name)["depth_m"]]
        assert bounds == sorted(bounds)
    with pytest.raises(ValueError, match="there are bw, wuppertal, essen"):
        surfaces.depth_classes("atlantis")


def test_a_storm_over_the_sample_city_keeps_all_its_water(place):
    scene = Scene(
        place.ground,
        rain=Rain(np.array([0.0, 600.0]), np.array([0.0, 0.04])),
        roofs=place.roofs,
        edges=(grid.open_border(place.ground),),
    )
    heard = []
    found = flood(scene, 900.0, slices=3, points=np.array([[0, 0], [30, 30]]), progress=heard.append)
    assert found.balance.missing == 0
    total = 0.04 * place.ground.heights.size
    assert found.balance.cubic_metres(found.balance.rain + found.balance.roofs) == pytest.approx(total, rel=1e-5)
    assert found.slices.shape == (3, *place.ground.heights.shape)
    assert heard[-1] == 1.0
    assert (found.depth * 1000 + 0.51 >= found.slices.max(axis=0)).all()
    at_walls = impact.houses(place, found)
    assert len(at_walls.objects) == 4
    assert np.array_equal(at_walls.affected, at_walls.depth >= impact.AFFECTED)


def test_a_run_can_be_cancelled(place):
    class Cancelled(Exception):
        pass

    def stop(share):
        raise Cancelled

    scene = Scene(place.ground, rain=Rain(np.array([0.0, 600.0]), np.array([0.0, 0.04])))
    with pytest.raises(Cancelled):
        flood(scene, 900.0, progress=stop)
    assert flood(scene, 60.0, slices=1).steps > 0


def test_a_cross_section_measures_what_flows_through_it():
    heights = np.tile(0.02 * (60 - np.arange(60)), (20, 1))
    terrain = Terrain("EPSG:25832", 0.0, 20.0, 1.0, heights.astype(np.float32))
    ground = grid.grid(terrain, four_houses(), (0, 0, 60, 20), 1.0).ground
    scene = Scene(
        ground,
        inflows=(Inflow(np.array([[r, 1] for r in range(20)]), np.array([0.0, 600.0]), np.array([2.0, 2.0])),),
        edges=(Edge(np.array([[r, 59] for r in range(20)])),),
    )
    # walking south, what flows west counts; so from south to north
    across = section("across", np.array([[20.0, 30.0], [0.0, 30.0]]), (20, 60))
    slanted = section("slanted", np.array([[20.0, 35.0], [0.0, 25.0]]), (20, 60))
    found = flood(scene, 600.0, slices=1, sections=[across, slanted])
    assert found.section_discharges[0, -1] == pytest.approx(found.section_discharges[1, -1], rel=0.01)
    assert 1.5 < found.section_discharges[0, -1] <= 2.01


def bowl(n=41):
    x = np.arange(n) - n // 2
    return (x[:, None] ** 2 + x[None, :] ** 2) / 400.0


def test_a_bowl_holds_its_rain_and_spills_the_rest():
    ground = grid.grid(
        Terrain("EPSG:25832", 0.0, 41.0, 1.0, bowl().astype(np.float32)), four_houses(), (0, 0, 41, 41), 1.0
    ).ground
    little, much = ponds.ponds(ground, 0.01), ponds.ponds(ground, 5.0)
    assert little.stored + little.left == pytest.approx(0.01 * 41 * 41, rel=1e-9)
    assert much.stored + much.left == pytest.approx(5.0 * 41 * 41, rel=1e-9)
    level = (ground.heights + little.depth)[little.depth > 0]
    assert np.ptp(level) < 0.002
    # full up to the lowest place of the border
    assert (ground.heights + much.depth)[20, 20] == pytest.approx(ground.heights[0].min(), abs=0.002)


def test_the_first_answer_is_where_water_stands_in_the_end():
    terrain = Terrain("EPSG:25832", 0.0, 41.0, 1.0, bowl().astype(np.float32))
    ground = grid.grid(terrain, four_houses(), (0, 0, 41, 41), 1.0, infiltration=False).ground
    scene = Scene(ground, rain=Rain(np.array([0.0, 600.0]), np.array([0.0, 0.05])))
    ran = water.start(scene)
    water.advance(ran, 3600.0)
    first = ponds.ponds(ground, 0.05)
    # nothing leaves in the run, a little at the border in the first answer
    assert ran.depth[20, 20] == pytest.approx(first.depth[20, 20], rel=0.1)
    assert np.abs(ran.depth - first.depth).max() < 0.03


def test_a_yard_closed_on_all_sides_keeps_its_rain():
    surface = np.zeros((9, 9), np.uint8)
    surface[2:7, 2:7] = WALL
    surface[3:6, 3:6] = 0
    flat = grid.grid(TERRAIN, four_houses(), (BOX[0], BOX[1], BOX[0] + 9, BOX[1] + 9), 1.0).ground
    ground = type(flat)(1.0, np.zeros((9, 9)), surface, flat.manning, flat.infiltration, flat.sewer)
    found = ponds.ponds(ground, 0.04)
    assert np.allclose(found.depth[3:6, 3:6], 0.04)
    assert found.depth[0].max() == 0
