"""Slopes of inclined planes are known exactly."""

import numpy as np
import pytest
import shapely

from kastor.city.model import empty_city
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.city.terrain import Terrain
from kastor.process import Quiet, Result
from kastor.simulations.slope import Slope, ground_slope

AREA = shapely.box(ORIGIN[0], ORIGIN[1], ORIGIN[0] + 50, ORIGIN[1] + 50)


def inclined(east: float, north: float) -> Terrain:
    """A plane that rises by so many metres per metre."""
    flat = flat_ground()
    rows, cols = flat.heights.shape
    x, y = np.meshgrid(np.arange(cols), -np.arange(rows))
    return Terrain(CRS, flat.west, flat.north, 1.0, (100 + east * x + north * y).astype(np.float32))


def values(result: Result) -> dict[str, float | None]:
    return {i.id: i.value for i in result.indicators}


@pytest.mark.parametrize(("east", "north", "slope"), [(0.05, 0.0, 5.0), (0.0, -0.1, 10.0), (0.03, 0.04, 5.0)])
def test_a_plane_has_one_slope_everywhere(east: float, north: float, slope: float) -> None:
    assert ground_slope(inclined(east, north)) == pytest.approx(slope, abs=1e-3)


def test_what_lies_outside_the_area_is_not_told() -> None:
    raster = Slope().run(Site(AREA, empty_city(CRS), inclined(0.05, 0.0)), Quiet()).rasters[0]
    assert np.isfinite(raster.values).sum() == 50 * 50
    assert raster.values.shape == (70, 70)


def test_a_street_up_the_hill_is_steep_and_one_along_it_is_not() -> None:
    result = Slope(limit=6.0).run(Site(AREA, four_houses(), inclined(0.08, 0.0)), Quiet())
    streets = dict(zip(result.features[0].ids, result.features[0].properties["street_slope"], strict=True))
    assert streets["way/1"] == pytest.approx(8.0, abs=0.05)
    assert streets["way/2"] == pytest.approx(0.0, abs=0.05)
    assert values(result)["steep_streets"] == pytest.approx(50.0)
    assert values(result)["steep_share"] == 100.0


def test_unknown_ground_has_no_slope() -> None:
    terrain = inclined(0.05, 0.0)
    terrain.heights[:] = np.nan
    result = Slope().run(Site(AREA, four_houses(), terrain), Quiet())
    assert values(result) == {"mean_slope": None, "steep_share": None, "steep_streets": 0.0}
    assert set(result.features[0].properties["street_slope"]) == {None}
