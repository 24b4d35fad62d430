"""Light through crowns: slices of the sky, the share of light that passes, hours at walls against rays to the sun."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind, Semantic, concat
from kastor.city.sample import CRS
from kastor.process import Quiet
from kastor.simulations import rays
from kastor.simulations.facades import facades
from kastor.simulations.panels import SLICES, Planes, sky_share, yields
from kastor.simulations.rays import NOWHERE
from kastor.simulations.skyline import skyline
from kastor.simulations.solar import DIRECTIONS, MARGIN, Solar
from kastor.simulations.sun import Place, Sun, position
from kastor.simulations.sunlight import BARE, LEAFED, on_walls, passing, passing_at, place
from kastor.simulations.weather import hours, usual_weather
from tests.validation.test_sky import X, Y, houses, site

SOUTH = np.array([np.pi])
EPOCH = date(1970, 1, 1)


@given(st.dates(date(1995, 1, 1), date(2040, 12, 31)), st.integers(0, 86399))
def test_leaves_are_out_on_the_same_days_whatever_the_year(day: date, second: int) -> None:
    moment = np.array([(day - EPOCH) // timedelta(seconds=1) + second])
    assert passing_at(moment).tolist() == [passing(day)]


def slices_of(low: float, high: float) -> int:
    """Bits of the slices whose middle lies between two angles. [rad]"""
    middles = (np.arange(SLICES) + 0.5) * np.pi / 2 / SLICES
    return sum(1 << k for k in np.flatnonzero((low <= middles) & (middles < high)).tolist())


def seen_southwards(solid: np.ndarray, top: np.ndarray, base: np.ndarray, height: float) -> int:
    """What stands behind crowns, from the first row of a column of cells of 1 m."""
    found = np.zeros((1, 1), np.uint64)
    points = np.array([[0.5, 0.5, height]])
    rays.crown_slices(solid, top, base, points, SOUTH, 1.0, 100.0, SLICES, found)
    return int(found[0, 0])


@settings(deadline=None)
@given(st.integers(2, 60), st.floats(0.5, 5), st.floats(1, 20), st.floats(0, 12))
def test_a_crown_covers_the_sky_between_its_lower_and_its_upper_end(
    away: int, base: float, deep: float, height: float
) -> None:
    solid = np.zeros((80, 1), np.float32)
    top, low = (np.full((80, 1), NOWHERE, np.float32) for _ in range(2))
    top[away], low[away] = base + deep, base
    wanted = [math.atan((float(end[away, 0]) - height) / away) for end in (low, top)]
    assert seen_southwards(solid, top, low, height) == slices_of(max(wanted[0], 0.0), wanted[1])
    solid[1] = 100.0
    assert seen_southwards(solid, top, low, height) == 0


def test_two_crowns_leave_the_sky_between_them_free() -> None:
    solid = np.zeros((80, 1), np.float32)
    top, low = (np.full((80, 1), NOWHERE, np.float32) for _ in range(2))
    top[5], low[5], top[50], low[50] = 12.0, 8.0, 10.0, 2.0
    near = slices_of(math.atan(8 / 5), math.atan(12 / 5))
    assert seen_southwards(solid, top, low, 0.0) == near | slices_of(math.atan(2 / 50), math.atan(10 / 50))


def behind(crowns: int, tilt: float = 0.0) -> Planes:
    """A plane that looks south, with the same crowns in every direction."""
    around = np.full((1, DIRECTIONS), crowns, np.uint64)
    open_ = np.zeros((1, DIRECTIONS), np.float32)
    return Planes(np.array([tilt]), SOUTH, np.array([0, 1]), open_, around)


@pytest.mark.parametrize("tilt", [0.0, 0.6, math.pi / 2])
def test_below_an_endless_canopy_the_share_that_passes_is_left(tilt: float) -> None:
    canopy = behind((1 << SLICES) - 1, tilt)
    assert [sky_share(canopy, share)[0] for share in (0.0, LEAFED, BARE, 1.0)] == pytest.approx(
        [0.0, LEAFED, BARE, 1.0], abs=1e-4
    )
    year = hours(usual_weather(), Place(51.5, 9.0))
    below = yields(canopy, year).light[0]
    ground = 0.5 * (1 - math.cos(tilt)) * 0.2 * year.level
    facing = np.cos(tilt) * np.sin(year.altitude) - np.sin(tilt) * np.cos(year.altitude) * np.cos(year.azimuth)
    facing = np.maximum(facing, 0.0)
    direct = facing * year.direct * year.passing
    sky = (0.5 * (1 + np.cos(tilt)) * year.even + np.sin(tilt) * year.band + facing * year.ring) * year.passing
    assert below == pytest.approx(float((direct + np.maximum(sky, 0.0) + ground).sum()) / 1000, rel=1e-4)


def test_a_canopy_up_to_an_angle_hides_as_much_of_the_sky_as_its_ring() -> None:
    """A level plane gets sin²(a) of an even sky from below the angle a."""
    for edge in (8, 20, 40):
        ring = math.sin(edge / SLICES * math.pi / 2) ** 2
        assert sky_share(behind((1 << edge) - 1), 0.0)[0] == pytest.approx(1 - ring, abs=1e-6)


def grove(*trees: tuple[float, float, float, float]) -> City:
    """Trees from place, height and width of the crown."""
    grow = CityBuilder(CRS)
    for number, (x, y, high, wide) in enumerate(trees):
        grow.add_object(f"tree{number}", Kind.TREE, height=high, crownDiameter=wide)
        grow.add_surface(Semantic.POSITION, [[[(X + x, Y + y, 0.0)]]], lod=0)
    return grow.build()


def random_grove(seed: int) -> City:
    random = np.random.default_rng(seed)
    spots = np.column_stack([random.uniform(-18, 40, 14), random.uniform(-30, -4, 14)])
    sizes = np.column_stack([random.uniform(6, 22, 14), random.uniform(4, 12, 14)])
    return grove(*map(tuple, np.hstack([spots, sizes]).tolist()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hours_at_walls_behind_trees_agree_with_rays_to_the_sun(seed: int) -> None:
    """The other way of shade: every ray to the exact sun, cell by cell, over a sunny year of hours."""
    town = site(concat([houses((0, 0, 20, 20, 12), (25, -20, 10, 10, 9)), random_grove(seed)]))
    sky, where = skyline(town, MARGIN, 1.0), place(town)
    walls = facades(town.city, town.area, sky, 4.0)
    azimuths = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    hard = np.zeros((len(walls.points), DIRECTIONS), np.float32)
    crowns = np.zeros(hard.shape, np.uint64)
    rays.horizons(sky.solid, walls.points, azimuths, 1.0, MARGIN, hard)
    rays.crown_slices(sky.solid, sky.top, sky.base, walls.points, azimuths, 1.0, MARGIN, SLICES, crowns)
    moments = np.arange(0, 365 * 24) * 3600 + 1800
    azimuth, altitude = position(moments, where)
    up = altitude > 1.0
    azimuth, altitude, let = azimuth[up], altitude[up], passing_at(moments[up])
    toward = np.floor(np.radians(azimuth) / (2 * np.pi) * DIRECTIONS + 0.5).astype(int) % DIRECTIONS
    slice_ = (altitude / 90 * SLICES).astype(np.uint64)
    before = walls.facing[walls.wall] @ np.stack([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))]) > 0
    free = hard[:, toward] < np.tan(np.radians(altitude))
    dimmed = (crowns[:, toward] >> slice_ & np.uint64(1)).astype(bool)
    mine = (before & free) * np.where(dimmed, let, 1.0)
    theirs = np.zeros(len(walls.points))
    for share in (LEAFED, BARE):
        some = let == share
        sun = Sun(azimuth[some], altitude[some], np.full(some.sum(), 3600, np.int64))
        theirs += on_walls(sky, walls, sun, share) / 3600
    apart = mine.sum(axis=1) - theirs
    assert mine.sum() == pytest.approx(theirs.sum(), rel=0.01)
    assert np.abs(apart).mean() < 0.05 * theirs.mean()
    bare = (before & free).sum()
    assert mine.sum() < 0.9 * bare


def test_trees_before_a_house_cost_less_light_than_a_wall_of_their_shape_and_more_than_nothing() -> None:
    house = houses((0, 0, 20, 20, 6))
    row = grove(*((x, -7.0, 16.0, 9.0) for x in range(-16, 40, 4)))
    wall = houses((0, 0, 20, 20, 6), (-18, -11, 60, 8, 16))

    def light(city: City) -> float:
        features = Solar(walls=True).run(site(city), Quiet()).features
        shaded = features[2]
        south = [
            value
            for value, line, name in zip(
                shaded.properties["wall_light"], shaded.geometry, shaded.ids, strict=True
            )
            if name.startswith("house0/") and np.ptp(shapely.get_coordinates(line)[:, 1]) < 0.1
            and shapely.get_coordinates(line)[0, 1] < Y + 1
        ]  # fmt: skip
        return float(np.mean(south))

    free, behind_trees, behind_wall = (light(city) for city in (house, concat([house, row]), wall))
    assert behind_wall < behind_trees < 0.75 * free
