"""The local frame of a tenant against pyproj, step by step."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest

from kastor.formats.errors import UnknownCrs
from kastor.formats.frame import Frame, frame_at
from kastor.formats.operations import prepare_grids

KOELN = ("EPSG:25832+7837", (356_000.0, 5_655_000.0, 50.0))
TOWNS = [
    KOELN,
    ("EPSG:25832+7837", (691_000.0, 5_336_000.0, 515.0)),
    ("EPSG:25833+7837", (390_000.0, 5_820_000.0, 35.0)),
    ("EPSG:31467+7837", (3_526_000.0, 5_940_000.0, 20.0)),
    ("EPSG:31466", (2_560_000.0, 5_650_000.0, 50.0)),
    ("EPSG:28992", (90_000.0, 437_000.0, 0.0)),
    ("EPSG:2056", (2_683_000.0, 1_247_000.0, 400.0)),
]


def around(origin: tuple[float, float, float], reach: float, count: int = 500) -> np.ndarray:
    spread = np.random.default_rng(1).uniform(-1, 1, (count, 3)) * (reach, reach, 100)
    return spread + origin


def geocentric(crs: str, xyz: np.ndarray) -> np.ndarray:
    prepare_grids()
    return np.column_stack(pyproj.Transformer.from_crs(crs, "EPSG:4936", always_xy=True).transform(*xyz.T))


def to_earth(frame: Frame, local: np.ndarray) -> np.ndarray:
    matrix = np.array(frame.transform).reshape(4, 4).T
    return local @ matrix[:3, :3].T + matrix[:3, 3]


def test_local_metres_lead_to_the_same_place_on_earth_as_pyproj() -> None:
    crs, origin = KOELN
    frame, xyz = frame_at(crs, origin), around(origin, 10_000)
    assert np.abs(to_earth(frame, frame.to_local(xyz)) - geocentric(crs, xyz)).max() < 2e-4


@pytest.mark.parametrize(("crs", "origin"), TOWNS)
def test_the_way_back_gives_the_map_coordinates_again(crs: str, origin: tuple[float, float, float]) -> None:
    frame, xyz = frame_at(crs, origin), around(origin, 10_000)
    assert np.abs(frame.to_map(frame.to_local(xyz)) - xyz).max() < 2e-3
    assert np.abs(frame.to_local(np.array([origin]))).max() < 1e-6


@pytest.mark.parametrize(("crs", "origin"), TOWNS)
def test_the_browsers_polynomials_fit_within_a_centimetre_over_a_town(
    crs: str, origin: tuple[float, float, float]
) -> None:
    frame = frame_at(crs, origin)
    fitted = frame.polynomials(reach=5_000)
    assert fitted.residual < 0.01
    xyz = around(origin, 3_500)
    x, y, h = ((xyz - origin) / (1000, 1000, 1)).T
    terms = [np.ones_like(x), x, y, x * x, x * y, y * y, x**3, x * x * y, x * y * y, y**3, h, h * x, h * y]
    scene = np.column_stack([np.array(row) @ np.array(terms) for row in fitted.to_scene])
    assert np.abs(scene - frame.to_local(xyz)).max() < 0.01


def test_up_is_away_from_the_earth_and_north_is_north() -> None:
    crs, (east, north, height) = KOELN
    frame = frame_at(crs, KOELN[1])
    up, northward = frame.to_local(np.array([[east, north, height + 10], [east, north + 1000, height]]))
    assert up == pytest.approx([0, 0, 10], abs=1e-6)
    # grid north and true north differ by the convergence of the meridians, 1.6 degrees here
    assert northward == pytest.approx([-28.0, 1000.0, 0.0], abs=3)
    matrix = np.array(frame.transform).reshape(4, 4).T
    assert np.allclose(matrix[:3, :3].T @ matrix[:3, :3], np.eye(3), atol=1e-12)


def test_degrees_come_with_the_height_above_the_ellipsoid() -> None:
    crs, origin = KOELN
    frame = frame_at(crs, origin)
    longitude, latitude, height = frame.to_geographic(np.array([origin]))[0]
    assert (longitude, latitude) == pytest.approx((6.946, 51.028), abs=1e-3)
    assert height - 50.0 == pytest.approx(46.41, abs=0.02)
    assert (frame.longitude, frame.latitude, frame.height) == pytest.approx((longitude, latitude, height))


def test_a_frame_states_its_operation_and_accuracy() -> None:
    frame = frame_at(*KOELN)
    assert "DHHN2016" in frame.title
    assert frame.accuracy == 0.1


@pytest.mark.parametrize("crs", ["EPSG:28992+5709", "EPSG:2056+5728"])
def test_a_height_system_without_grid_is_refused(crs: str) -> None:
    origin = (90_000.0, 437_000.0, 0.0) if "28992" in crs else (2_683_000.0, 1_247_000.0, 400.0)
    with pytest.raises(UnknownCrs, match=r"grid .* is missing"):
        frame_at(crs, origin)


def test_coordinates_outside_the_quasigeoid_are_an_error() -> None:
    frame = frame_at(*KOELN)
    with pytest.raises(UnknownCrs, match="outside"):
        frame.to_local(np.array([[356_000.0, 4_000_000.0, 0.0]]))


@pytest.mark.parametrize(("crs", "origin"), [KOELN, TOWNS[1], TOWNS[2]])
def test_over_twenty_kilometres_the_polynomials_miss_less_than_a_centimetre(
    crs: str, origin: tuple[float, float, float]
) -> None:
    assert frame_at(crs, origin).polynomials().residual < 0.01


def test_many_threads_get_the_same_as_one() -> None:
    rng = np.random.default_rng(4)
    places = rng.uniform((325e3, 564e4, 0.0), (365e3, 573e4, 200.0), (4000, 3))
    frame = frame_at("EPSG:25832+7837", (345000.0, 5685000.0, 50.0))
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda start: frame.to_local(places[start : start + 40]), range(0, 4000, 40)))
    np.testing.assert_array_equal(np.concatenate(parts), frame.to_local(places))


def test_a_frame_that_another_thread_asked_for_first_is_the_same():
    origin = (356_111.0, 5_655_222.0, 51.0)
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(frame_at, "EPSG:25832+7837", origin).result()
    here = frame_at("EPSG:25832+7837", origin)
    assert (here.longitude, here.latitude) == (there.longitude, there.latitude)
    assert np.isfinite(here.to_local(np.array([origin]))).all()
