"""How much light comes straight from the sun and how much from the sky, hour by hour of a typical year?

The weather is a typical year of PVGIS, shifted to the solar time of the place; its sky is that of R. Perez et al. 1990.
A town without weather of its own has that of Berlin: what is usual elsewhere, in mountains above all, is not known.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from kastor.city.weather import Weather
from kastor.simulations.sun import Place, position
from kastor.simulations.sunlight import passing_at

F8 = NDArray[np.float64]

SOLAR_CONSTANT = 1366.1
"""As in the model of the sky. [W/m²]"""


@dataclass(frozen=True, eq=False)
class Hours:
    """
    Hours with light at a place, ready for any plane; every array has shape (n,).

    Parameters
    ----------
    azimuth, altitude
        Of the sun, as in :class:`~kastor.simulations.sun.Sun`. [rad]
    direct, level
        As in :class:`Weather`. [W/m²]
    even, ring, band
        Light of the whole sky, of the ring around the sun (already over the sine of its altitude) and of the band
        above the horizon, on a plane that sees all of each. [W/m²]
    temperature, wind
        As in :class:`Weather`.
    passing
        Share of direct light a crown lets pass then.
    """

    azimuth: F8
    altitude: F8
    direct: F8
    level: F8
    even: F8
    ring: F8
    band: F8
    temperature: F8
    wind: F8
    passing: F8


@functools.cache
def usual_weather() -> Weather:
    """The typical year that ships with Kastor, see ``data/README.md``."""
    with resources.files("kastor.simulations").joinpath("data", "weather.npz").open("rb") as file:
        packed = {name: values for name, values in np.load(file).items()}
    tenths = {
        name: values.astype(np.float64) / 10 for name, values in packed.items() if name not in ("moments", "place")
    }
    latitude, longitude = packed["place"].tolist()
    return Weather(
        latitude, longitude, packed["moments"], tenths["global_horizontal"], tenths["direct_normal"],
        tenths["diffuse_horizontal"], tenths["temperature"], tenths["wind"],
        "PVGIS TMY 2005-2020, Berlin 52,50° N 13,41° O, © European Union, 2001-2024",
    )  # fmt: skip


def hours(weather: Weather, place: Place) -> Hours:
    """
    The hours of a year with light at a place: its own sun, at the same solar time, with the sky of the weather.

    The sky after R. Perez et al. 1990, Modeling daylight availability and irradiance components from direct and global
    irradiance, doi:10.1016/0038-092X(90)90055-H, coefficients of all sites.
    """
    seen = replace(place, longitude=weather.longitude)
    azimuth, altitude = position(weather.moments, seen)
    light = (altitude > 0) & (weather.level > 0)
    azimuth, altitude = np.radians(azimuth[light]), np.radians(altitude[light])
    direct, diffuse = weather.direct[light], weather.diffuse[light]
    around, band = _sky(altitude, direct, diffuse, weather.moments[light])
    return Hours(
        azimuth, altitude, direct, weather.level[light], diffuse * (1 - around),
        diffuse * around / np.maximum(np.sin(altitude), np.cos(np.radians(85.0))), diffuse * band,
        weather.temperature[light], weather.wind[light], passing_at(weather.moments[light]),
    )  # fmt: skip


_EDGES = (1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2)
_PEREZ = np.array([
    [-0.008, 0.588, -0.062, -0.060, 0.072, -0.022],
    [0.130, 0.683, -0.151, -0.019, 0.066, -0.029],
    [0.330, 0.487, -0.221, 0.055, -0.064, -0.026],
    [0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
    [0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
    [1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
    [1.060, -1.600, -0.359, 0.264, -1.127, 0.131],
    [0.678, -0.327, -0.250, 0.156, -1.377, 0.251],
])  # fmt: skip


def _sky(altitude: F8, direct: F8, diffuse: F8, moments: NDArray[np.int64]) -> tuple[F8, F8]:
    """Share of the diffuse light around the sun, and in the band above the horizon."""
    zenith = np.pi / 2 - altitude
    with np.errstate(divide="ignore", invalid="ignore"):
        clear = ((diffuse + direct) / diffuse + 1.041 * zenith**3) / (1 + 1.041 * zenith**3)
    row = np.digitize(np.nan_to_num(clear, nan=1.0), _EDGES)
    day = (moments % (365.2422 * 86400)) / (365.2422 * 86400) * 2 * np.pi
    outside = SOLAR_CONSTANT * (1.00011 + 0.034221 * np.cos(day) + 0.00128 * np.sin(day) + 0.000719 * np.cos(2 * day)
                                + 0.000077 * np.sin(2 * day))  # fmt: skip
    # F. Kasten, A. Young 1989, doi:10.1364/AO.28.004735
    mass = 1 / (np.sin(altitude) + 0.50572 * (np.degrees(altitude) + 6.07995) ** -1.6364)
    bright = diffuse * mass / outside
    factors = _PEREZ[row]
    around = factors[:, 0] + factors[:, 1] * bright + factors[:, 2] * zenith
    return np.maximum(around, 0.0), factors[:, 3] + factors[:, 4] * bright + factors[:, 5] * zenith
