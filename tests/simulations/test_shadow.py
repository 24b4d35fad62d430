"""Shade and sun hours of the sample city."""

from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from kastor.city.builder import CityBuilder
from kastor.city.edits import AddBuilding, Later, PlantTree, apply
from kastor.city.model import Kind, Semantic, concat, empty_city
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.process import InvalidInput, MissingData, Quiet, Result, made
from kastor.simulations.shadow import Shadow, SunHours
from kastor.simulations.sunlight import BARE, LEAFED, passing

X, Y = ORIGIN[:2]
AREA = shapely.box(X, Y, X + 50, Y + 50)
TOWER = AddBuilding("tower", ((X + 20, Y + 3), (X + 28, Y + 3), (X + 28, Y + 11), (X + 20, Y + 11)), 40.0)


def site(*, playground: bool = False) -> Site:
    city = four_houses()
    if playground:
        grow = CityBuilder(CRS)
        grow.add_object("swings", Kind.LAND_USE, leisure="playground")
        grow.add_surface(Semantic.AREA, [[[(X + 18, Y + 14, 50), (X + 24, Y + 14, 50), (X + 24, Y + 19, 50)]]], lod=0)
        city = concat([city, grow.build()])
    return Site(AREA, city, flat_ground())


@pytest.fixture(scope="module")
def today() -> Result:
    return SunHours(step=30).run(site(playground=True), Quiet())


@pytest.fixture(scope="module")
def with_tower() -> Result:
    return SunHours(step=30).run(apply(site(playground=True), [TOWER]), Quiet())


def value(result: Result, name: str) -> Any:
    return next(i.value for i in result.indicators if i.id == name)


def test_the_shade_of_a_planted_tree_grows_with_the_years() -> None:
    planted = PlantTree("lime", (X + 30, Y + 20), "Winterlinde", 5.0, 2.0)
    shaded = [
        value(Shadow(day=date(2026, 6, 21), time="13:00").run(apply(site(), edits), Quiet()), "shaded_share")
        for edits in ([], [planted], [planted, Later("y", 10)], [planted, Later("y", 40)])
    ]
    assert shaded[0] < shaded[1] < shaded[2] < shaded[3]


def test_at_night_everything_is_shade() -> None:
    result = Shadow(day=date(2026, 3, 21), time="23:00").run(site(), Quiet())
    assert value(result, "shaded_share") == 100
    assert value(result, "sun_altitude") < 0


def test_at_noon_shade_falls_to_the_north() -> None:
    light = Shadow(day=date(2026, 12, 21), time="12:30").run(site(), Quiet()).rasters[0].values
    # the flat house of 6 m stands 5 to 15 m from the south-west corner; rows count from the north
    assert light[50 - 18, 10] == 0
    assert light[50 - 3, 10] == 100


def test_a_crown_dims_and_the_more_in_leaf() -> None:
    def by_the_oak(day: date) -> set[float]:
        light = Shadow(day=day, time="12:40").run(site(), Quiet()).rasters[0].values
        return set(light[50 - 27 : 50 - 20, 19:22].ravel().tolist())

    assert by_the_oak(date(2026, 6, 21)) == {100.0, 100 * LEAFED}
    assert 100 * BARE in by_the_oak(date(2026, 2, 21))
    assert (passing(date(2026, 4, 5)), passing(date(2026, 4, 6))) == (BARE, LEAFED)


def test_sun_hours_are_those_of_the_day_where_nothing_stands_in_the_way(today: Result) -> None:
    hours = today.rasters[0].values
    assert 11 < np.nanmax(hours) <= 12.2
    assert np.nanmin(hours) < 3


def test_a_tower_takes_sun_from_neighbours_and_playground(today: Result, with_tower: Result) -> None:
    for name in ("open_hours", "playground_hours", "house_hours"):
        assert value(with_tower, name) < value(today, name)
    before, after = (
        dict(zip(r.features[0].ids, r.features[0].properties["best"], strict=True)) for r in (today, with_tower)
    )
    assert "tower" in after
    assert all(after[house] <= before[house] for house in before)


def test_the_mean_of_two_days_lies_between_them(today: Result) -> None:
    summer = SunHours(step=30, day=date(2026, 6, 21)).run(site(), Quiet())
    both = SunHours(step=30, day=date(2026, 3, 21), until=date(2026, 6, 21), cell=4).run(site(), Quiet())
    assert both.account["days"] == 31
    assert value(today, "open_hours") < value(both, "open_hours") < value(summer, "open_hours")


def test_without_terrain_houses_tell_the_ground() -> None:
    bare = Site(AREA, four_houses(), None)
    derived, known = (Shadow(time="13:00").run(s, Quiet()) for s in (bare, site()))
    assert np.array_equal(derived.rasters[0].values, known.rasters[0].values, equal_nan=True)
    assert "abgeleitet" in derived.notes[0]["de"]
    with pytest.raises(MissingData, match="load a terrain"):
        Shadow().run(Site(AREA, empty_city(CRS), None), Quiet())


def test_a_last_day_before_the_first_is_refused() -> None:
    process = made(SunHours, {"day": "2026-03-21", "until": "2026-03-01"})
    with pytest.raises(InvalidInput, match="2026-03-01 is not within a year"):
        process.run(site(), Quiet())


def test_a_time_that_no_clock_shows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="time: '25:00' does not fit"):
        made(Shadow, {"time": "25:00"})
