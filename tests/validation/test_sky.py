"""Sky, sunlight of walls and yields of roofs against formulas and against hours of the sun's course."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from kastor.city.builder import CityBuilder
from kastor.city.extrude import extrude
from kastor.city.model import City, Kind, Semantic
from kastor.city.sample import CRS
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.process import Quiet, Result
from kastor.simulations.daylight import CLASSES, Daylight
from kastor.simulations.panels import Planes, sky_share, yields
from kastor.simulations.sky import sky_view
from kastor.simulations.solar import Solar
from kastor.simulations.sun import Place, course
from kastor.simulations.sunlight import LEAFED
from kastor.simulations.weather import hours, usual_weather

X, Y = 500_000.0, 5_700_000.0  # on the central meridian, where north is north
WIDE = Planes(np.zeros(1), np.zeros(1), np.zeros(2, np.int64), np.zeros((0, 36), np.float32))


@pytest.mark.parametrize(("height", "width"), [(10, 21), (20, 21), (30, 11)])
def test_an_endless_street_sees_the_sky_between_its_houses(height: float, width: int) -> None:
    """Middle of a street canyon: cos(arctan(2 H / W)), the walls half a cell outside of the last free ones."""
    town = np.full((401, 61), height, np.float32)
    middle, half = 30, width // 2
    town[:, middle - half : middle + half + 1] = 0
    seen = sky_view(town, town, 1.0, 72)[200, middle]
    wanted = [math.cos(math.atan(height / (half + 0.5 + apart))) for apart in (0.0, 0.5)]
    assert wanted[0] - 0.01 <= seen <= wanted[1] + 0.01


@pytest.mark.parametrize(("height", "radius"), [(20, 50), (50, 50), (30, 20)])
def test_a_round_basin_shows_what_its_rim_leaves(height: float, radius: int) -> None:
    """Middle of a basin: cos²(arctan(H / R)), within half a cell of the radius."""
    y, x = np.mgrid[-70:71, -70:71]
    basin = np.where(np.hypot(x, y) >= radius, np.float32(height), np.float32(0))
    seen = sky_view(basin, basin, 1.0, 72)[70, 70]
    wanted = [math.cos(math.atan(height / (radius + apart))) ** 2 for apart in (-0.5, 0.75)]
    assert wanted[0] - 0.003 <= seen <= wanted[1] + 0.003


def test_open_ground_sees_all_of_the_sky() -> None:
    flat = np.zeros((40, 40), np.float32)
    assert sky_view(flat, flat, 1.0, 36) == pytest.approx(1.0)


def houses(*boxes: tuple[float, float, float, float, float]) -> City:
    """Blocks from west, south, width, depth and height."""
    grow = CityBuilder(CRS)
    for number, (x, y, w, d, high) in enumerate(boxes):
        grow.add_object(f"house{number}", Kind.BUILDING, measuredHeight=high)
        corners = ((x, y), (x + w, y), (x + w, y + d), (x, y + d))
        grow.add_surface(Semantic.FOOTPRINT, [[[(X + a, Y + b, 0.0) for a, b in corners]]], lod=0)
    return extrude(grow.build())


def site(city: City) -> Site:
    heights = np.zeros((160, 160), np.float32)
    return Site(shapely.box(X - 20, Y - 60, X + 60, Y + 60), city, Terrain(CRS, X - 60, Y + 80, 1.0, heights))


def walls(result: Result) -> dict[tuple[int, int], dict[str, Any]]:
    """Walls of the first house by the direction they look in."""
    found = {}
    (features, _) = result.features
    for number, line in enumerate(features.geometry):
        if features.properties["house"][number] != "house0":
            continue
        (x0, y0), (x1, y1) = shapely.get_coordinates(line)
        facing = (round((y1 - y0) / line.length), round(-(x1 - x0) / line.length))
        middle = np.array([(x0 + x1) / 2 - X - 10, (y0 + y1) / 2 - Y - 10])
        facing = facing if np.dot(facing, middle) > 0 else (-facing[0], -facing[1])
        found[facing] = {name: values[number] for name, values in features.properties.items()}
    return found


DAY = date(2026, 3, 21)
STEP = 5


@pytest.fixture(scope="module")
def alone() -> Result:
    return Daylight(day=DAY, step=STEP).run(site(houses((0, 0, 20, 20, 6))), Quiet())


def hours_when(facing: tuple[int, int], slab: float = 0.0, day: date = DAY) -> float:
    """Hours the sun is above 11° and before a wall, over a long slab before it of some height by its distance."""
    sun = course(day, day, Place(51.4524, 9.0), STEP, 11.0)
    azimuth = np.radians(sun.azimuth)
    before = facing[0] * np.sin(azimuth) + facing[1] * np.cos(azimuth)
    free = (before > 0) & (np.tan(np.radians(sun.altitude)) > slab * before)
    return float(sun.seconds[free].sum()) / 3600


@pytest.mark.parametrize("facing", [(0, -1), (1, 0), (-1, 0), (0, 1)])
def test_a_free_wall_has_the_sun_before_it(alone: Result, facing: tuple[int, int]) -> None:
    assert walls(alone)[facing]["wall_sun"] == pytest.approx(hours_when(facing), abs=STEP / 60)


def test_a_long_slab_in_the_south_takes_the_low_sun() -> None:
    """Over an endless slab of height h in distance d the sun stands where tan(altitude) > h / d cos(azimuth)."""
    winter = date(2026, 2, 1)
    slab = (-60.0, -35.0, 140.0, 5.0, 12.0)
    shaded = Daylight(day=winter, step=STEP, cell=1).run(site(houses((0, 0, 20, 20, 6), slab)), Quiet())
    found = walls(shaded)[(0, -1)]["wall_sun"]
    # 30 m before the wall, whose point is 1.2 m high
    assert found == pytest.approx(hours_when((0, -1), 10.8 / 30.0, winter), abs=0.34)
    assert found < hours_when((0, -1), day=winter) - 2


@pytest.mark.parametrize(
    ("found", "word"),
    [(0.0, "too little"), (1.49, "too little"), (1.5, "minimum"), (2.99, "minimum"), (3.0, "medium"), (3.99, "medium"),
     (4.0, "high"), (9.5, "high")],
)  # fmt: skip
def test_the_limits_of_the_standard_belong_to_the_higher_class(found: float, word: str) -> None:
    """DIN EN 17037: at least 1.5, 3 and 4 hours."""
    meant = [c for c in CLASSES if (c.low is None or c.low <= found) and (c.high is None or found < c.high)]
    assert [c.title["en"].rpartition(": ")[2] for c in meant] == [word]


def test_the_sun_counts_from_eleven_degrees_on() -> None:
    whole, high = (course(DAY, DAY, Place(51.45, 9.0), 1, lowest) for lowest in (0.0, 11.0))
    assert high.altitude.min() > 11.0
    # at the equinox the sun climbs about as fast as the equator of the sky leans: 11° / 15° cos(latitude) hours
    lost = (whole.seconds.sum() - high.seconds.sum()) / 3600
    assert lost == pytest.approx(
        2 * math.degrees(math.asin(math.sin(math.radians(11)) / math.cos(math.radians(51.45)))) / 15, abs=0.05
    )


def test_classes_of_the_standard_are_counted(alone: Result) -> None:
    values = {i.id: i.value for i in alone.indicators}
    # a house with a free south wall has more than four hours in its best place
    assert values["houses_high"] == values["houses_all"] == 1
    assert values["houses_dark"] == 0


def test_a_level_plane_gets_what_the_weather_says() -> None:
    weather = usual_weather()
    given = yields(WIDE, hours(weather, Place(weather.latitude, weather.longitude)))
    assert given.sky[0] == 1
    assert given.light[0] == pytest.approx(weather.level.sum() / 1000, rel=0.01)


def test_a_wall_before_a_plane_hides_half_of_the_sky() -> None:
    """A level plane at the foot of an endless high wall sees half of an even sky."""
    horizon = np.zeros((1, 36), np.float32)
    horizon[0, 9 - 8 : 9 + 9] = 1e6
    horizon[0, 0] = 0
    blocked = Planes(np.zeros(1), np.zeros(1), np.array([0, 1]), horizon)
    assert sky_share(blocked, LEAFED)[0] == pytest.approx(19 / 36, abs=1e-6)


def test_a_south_roof_gets_more_than_a_north_roof_and_shade_costs() -> None:
    tilted = [math.radians(35)] * 2
    both = Planes(np.array(tilted), np.radians([180.0, 0.0]), np.zeros(3, np.int64), np.zeros((0, 36), np.float32))
    south, north = yields(both, hours(usual_weather(), Place(51.5, 9.0))).light
    assert 1.1 < south / (usual_weather().level.sum() / 1000) < 1.35
    assert north < 0.75 * south
    free = Solar().run(site(houses((0, 0, 20, 20, 6))), Quiet())
    shaded = Solar().run(site(houses((0, 0, 20, 20, 6), (-10, -25, 40, 10, 40))), Quiet())
    light = [
        f.properties["roof_light"][f.properties["house"].index("house0")]
        for f in (free.features[0], shaded.features[0])
    ]
    assert light[1] < 0.8 * light[0]
