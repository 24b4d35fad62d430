"""Heavy rain on ground that is not as it should be: an honest result, or a refusal that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely

from kastor.city.model import with_coordinates
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.process import InvalidInput, MissingData, Quiet, Result, TooMuch, check_demand, check_result, made
from kastor.simulations.rain import Rain

E, N, H = ORIGIN
AREA = shapely.box(E, N, E + 50, N + 50)
QUICK = {"storm": "own", "millimetres": 40.0, "minutes": 15, "after": 5, "scheme": "preview"}
GROUND = flat_ground(1.0)


def site(change: Callable[[np.ndarray], np.ndarray] | None = None, **fields: object) -> Site:
    """The sample city on ground that rises to the north, changed."""
    rows, cols = GROUND.heights.shape
    slope = H + 0.02 * np.arange(rows)[::-1, None] + np.zeros((rows, cols))
    heights = slope if change is None else change(slope)
    terrain = replace(GROUND, heights=heights.astype(np.float32), **fields)
    return Site(AREA, four_houses(), terrain)


def run(place: Site, **inputs: object) -> Result:
    result = made(Rain, {**QUICK, **inputs}).run(place, Quiet())
    check_result(Rain.about, result)
    assert result.account["water_missing"] == 0
    return result


def raster(result: Result, name: str = "depth") -> np.ndarray:
    return next(r.values for r in result.rasters if r.id == name)


def holes(heights: np.ndarray) -> np.ndarray:
    """Every tenth cell unknown, and a block of them."""
    heights = heights.copy()
    heights[::10, ::10] = np.nan
    heights[30:40, 30:38] = np.nan
    return heights


def islands(heights: np.ndarray) -> np.ndarray:
    """Only two patches of known ground, which touch nothing."""
    found = np.full_like(heights, np.nan)
    found[12:30, 12:30] = heights[12:30, 12:30]
    found[40:60, 40:60] = heights[40:60, 40:60]
    return found


def walls(heights: np.ndarray) -> np.ndarray:
    """Vertical steps of 20 m, as at a quarry or a dock."""
    heights = heights.copy()
    heights[:, 20:22] += 20.0
    heights[35:38] -= 20.0
    return heights


def pit(heights: np.ndarray) -> np.ndarray:
    """Ground with a rim nothing gets over."""
    heights = heights.copy()
    heights[[0, -1]] += 10.0
    heights[1:-1, [0, -1]] += 10.0
    return heights


def test_holes_and_islands_are_computed_around_and_told() -> None:
    for change in (holes, islands):
        result = run(site(change))
        depth = raster(result)
        assert np.isnan(depth).any()
        assert (depth[np.isfinite(depth)] >= 0).all()
        assert "unbekannt" in " ".join(note["de"] for note in result.notes)
    assert not any("unbekannt" in note["de"] for note in run(site()).notes)


def test_no_water_is_lost_in_a_hole() -> None:
    whole, with_holes = (run(site(change), infiltration=False) for change in (None, holes))
    for result in (whole, with_holes):
        # each figure is rounded to a litre
        account = result.account
        assert float(account["stored_m3"]) + float(account["outflow_m3"]) == pytest.approx(account["rain_m3"], abs=2e-3)
    assert float(with_holes.account["rain_m3"]) < float(whole.account["rain_m3"])


@pytest.mark.parametrize("scheme", ["preview", "full"])
def test_vertical_walls_neither_stop_the_run_nor_make_water(scheme: str) -> None:
    result = run(site(walls), scheme=scheme)
    assert np.isfinite(raster(result, "speed")[np.isfinite(raster(result))]).all()
    assert np.nanmax(raster(result)) < 20.0


def test_from_an_area_without_outlet_nothing_leaves() -> None:
    account = run(site(pit), infiltration=False).account
    # but for what falls on the rim itself
    assert 0 <= float(account["outflow_m3"]) < 0.005 * float(account["rain_m3"])


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (-9999.0, "stands for unknown ground"),
        (-32768.0, "stands for unknown ground"),
        (3.4e38, "stands for unknown ground"),
        (-3.4e38, "stands for unknown ground"),
        (500.0, "outliers"),
    ],
)
def test_a_height_that_is_none_is_refused_with_the_cure(value: float, why: str) -> None:
    def one(heights: np.ndarray) -> np.ndarray:
        heights = heights.copy()
        heights[25:27, 25:27] = value
        return heights

    with pytest.raises(MissingData, match=why) as refused:
        run(site(one))
    assert refused.value.words["de"].startswith("Starkregen: ")
    assert "Geländemodell" in refused.value.words["de"]


@pytest.mark.parametrize(
    ("value", "why"), [(np.nan, "no free ground"), (np.inf, "such as inf"), (-np.inf, "such as -inf")]
)
def test_ground_that_is_no_number_is_no_ground(value: float, why: str) -> None:
    with pytest.raises(MissingData, match=why):
        run(site(lambda heights: np.full_like(heights, value)))


def test_ground_in_feet_is_found_at_the_houses() -> None:
    with pytest.raises(MissingData, match=r"terrain model seems to be in feet.*Convert it to metres"):
        run(site(lambda heights: heights / 0.3048))


def test_houses_in_feet_are_found_at_the_ground() -> None:
    good = site()
    tall = with_coordinates(good.city, good.city.xyz * (1, 1, 1 / 0.3048), good.city.crs)
    with pytest.raises(MissingData, match="building model seems to be in feet"):
        run(replace(good, city=tall))


def test_another_height_system_is_told_and_changes_no_depth() -> None:
    here, higher = run(site()), run(site(lambda heights: heights + 45.0))
    assert any("Höhensystem" in note["de"] for note in higher.notes)
    assert not any("Höhensystem" in note["de"] for note in here.notes)
    assert np.allclose(raster(here), raster(higher), atol=1e-4, equal_nan=True)


def test_ground_in_degrees_is_refused_at_once() -> None:
    degrees = Terrain("EPSG:4326", 7.0, 51.0, 1e-5, GROUND.heights)
    with pytest.raises(MissingData, match=r"may be degrees.*reference system"):
        run(replace(site(), terrain=degrees))


def test_ground_in_another_plane_system_is_refused() -> None:
    with pytest.raises(MissingData, match=r"EPSG:25833.*EPSG:25832"):
        run(site(crs=CRS.replace("25832", "25833")))


def test_ground_elsewhere_is_no_ground() -> None:
    with pytest.raises(MissingData):
        run(site(west=GROUND.west + 5000.0))


def test_no_rain_is_refused_and_very_much_is_computed() -> None:
    with pytest.raises(InvalidInput, match=r"millimetres: '0' does not fit.*greater than 0"):
        run(site(), millimetres=0)
    with pytest.raises(InvalidInput, match="less than or equal to 1000"):
        run(site(), millimetres=1001)
    deep = run(site(), millimetres=1000.0, infiltration=False)
    assert np.nanmax(raster(deep)) > np.nanmax(raster(run(site(), infiltration=False)))


def test_a_hundred_square_kilometres_at_a_metre_are_refused_before_anything_is_read() -> None:
    with pytest.raises(TooMuch, match=r"smaller area"):
        check_demand(made(Rain, {"cell": 1}), shapely.box(0, 0, 10_000, 10_000), 16e9)
