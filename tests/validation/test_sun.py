"""The sun against published positions, shade against geometry."""

import math
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from kastor.simulations import rays
from kastor.simulations.sun import Place, course, moment, place_of, position

ESSEN = Place(51.45, 7.01)


def test_the_worked_example_of_the_solar_position_algorithm() -> None:
    """I. Reda, A. Andreas, NREL/TP-560-34302, appendix A.5: 17 October 2003, 12:30:30, 7 hours west."""
    at = datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC).timestamp()
    azimuth, altitude = position([at], Place(39.742476, -105.1786))
    assert azimuth[0] == pytest.approx(194.34024, abs=0.01)
    # without the refraction of 0.01633° the example adds
    assert 90 - altitude[0] == pytest.approx(50.11162 + 0.01633, abs=0.01)


def test_the_browser_means_the_same_sun() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node to run the scene's sun with")
    source = Path(__file__).parents[2] / "browser" / "src" / "scene" / "sun.ts"
    days = [(year, month, 21) for year in (2026, 2050) for month in (3, 6, 12)]
    moments = [datetime(*day, hour, 20, tzinfo=UTC).timestamp() for day in days for hour in (7, 10, 13, 16)]
    script = plain(source.read_text()) + (
        f";console.log(JSON.stringify({[m * 1000 for m in moments]}.map((t) => {{const s ="
        f" sunPosition(new Date(t), {ESSEN.latitude}, {ESSEN.longitude}); return [s.azimuth, s.altitude];}})))"
    )
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    theirs = np.array(re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", done.stdout), float).reshape(-1, 2)
    ours = np.column_stack(position(moments, ESSEN))
    assert np.abs(theirs - ours).max() < 0.05
    assert np.abs(theirs - ours).max() < 1e-6


def plain(typescript: str) -> str:
    """The file without its types, as far as it uses them."""
    text = re.sub(r"export interface \w+ \{.*?\n\}", "", typescript, flags=re.DOTALL)
    text = re.sub(r"\): (?:\[[^\]]*\]|\{[^}]*\}|[A-Za-z |]+)(?= \{| =>)", ")", text)
    text = re.sub(r"(?<=[(, ])(\w+): (?:number|string|Date|\{[^}]*\})(?=[,)])", r"\1", text)
    return text.replace("export ", "")


def test_the_longest_day_is_the_longest_and_the_clock_knows_summer_time() -> None:
    hours = [course(day, day, ESSEN, 1).seconds.sum() / 3600 for day in (date(2026, 6, 21), date(2026, 12, 21))]
    # half a day in hours: arccos(-tan(latitude) tan(declination)) / 15°
    half = [
        math.degrees(math.acos(-math.tan(math.radians(51.45)) * math.tan(math.radians(d)))) for d in (23.44, -23.44)
    ]
    assert hours == pytest.approx([2 * h / 15 for h in half], abs=0.04)
    assert moment(date(2026, 6, 21), 720) - moment(date(2026, 12, 21), 720) == -(183 * 86400 + 3600)


def test_true_north_leans_where_the_meridian_is_not_that_of_the_plane() -> None:
    """Convergence of meridians: (longitude - 9°) times the sine of latitude."""
    dorsten = place_of("EPSG:25832+7837", 360000.0, 5721000.0)
    assert dorsten.turn == pytest.approx((9 - dorsten.longitude) * math.sin(math.radians(dorsten.latitude)), abs=0.01)
    true = position([1.7742e9], Place(dorsten.latitude, dorsten.longitude))[0]
    assert position([1.7742e9], dorsten)[0] == pytest.approx(true + dorsten.turn)


def box(height: float, n: int = 121) -> rays.F4:
    ground = np.zeros((n, n), np.float32)
    ground[50:71, 50:71] = height
    return ground


def shade(solid: rays.F4, azimuth: float, altitude: float, exact: bool = False) -> np.ndarray:
    line = rays.line(azimuth)
    turned = np.ascontiguousarray(solid.T) if line.crosswise else solid
    total = np.zeros(turned.shape, np.int32)
    drop = np.float32(math.tan(math.radians(altitude)) * line.length)
    if exact:
        rays.march(turned, line.backwards, line.slope, drop, np.int32(1), total)
    else:
        rays.light(
            turned, line.backwards, line.slope, rays.first_step(line, 0, 0, solid.shape), drop, np.int32(1), total
        )
    return (total.T if line.crosswise else total) == 0


@pytest.mark.parametrize("altitude", [20, 35, 50])
@pytest.mark.parametrize(("azimuth", "row", "col"), [(180, -1, 0), (0, 1, 0), (90, 0, -1), (270, 0, 1)])
def test_the_shade_of_a_box_is_as_long_as_its_height_over_the_tangent(
    altitude: int, azimuth: int, row: int, col: int
) -> None:
    dark = shade(box(20.0), azimuth, altitude)
    along = [dark[60 + row * k, 60 + col * k] for k in range(11, 60)]
    wanted = min(20 / math.tan(math.radians(altitude)), 49)
    assert abs(sum(along) - wanted) <= 1
    assert not dark[60 - 11 * row, 60 - 11 * col]


@pytest.mark.parametrize("azimuth", range(7, 360, 29))
@pytest.mark.parametrize("altitude", [12, 45])
def test_the_carried_edge_agrees_with_a_march_to_the_sun(azimuth: int, altitude: int) -> None:
    random = np.random.default_rng(5)
    town = np.zeros((160, 160), np.float32)
    for row, col in random.integers(0, 140, (40, 2)):
        town[row : row + 12, col : col + 9] = random.uniform(5, 25)
    assert (shade(town, azimuth, altitude) == shade(town, azimuth, altitude, exact=True)).mean() > 0.98


@pytest.mark.parametrize("azimuth", [20, 110, 205, 290])
def test_shade_is_the_same_whatever_is_cut_out(azimuth: int) -> None:
    random = np.random.default_rng(6)
    town = np.zeros((140, 140), np.float32)
    for row, col in random.integers(40, 80, (12, 2)):
        town[row : row + 12, col : col + 9] = random.uniform(5, 15)
    line, drop = rays.line(azimuth), np.float32(0.7)
    found = []
    for top, left in ((0, 0), (31, 26)):
        cut = town[top:120, left:120]
        turned = np.ascontiguousarray(cut.T) if line.crosswise else np.ascontiguousarray(cut)
        total = np.zeros(turned.shape, np.int32)
        first = rays.first_step(line, top - 700, left + 300, cut.shape)
        rays.light(turned, line.backwards, line.slope, first, drop, np.int32(1), total)
        found.append((total.T if line.crosswise else total)[31 - top :, 26 - left :])
    assert np.array_equal(*found)
