"""Where does the sun stand over a town, on any day and at any time of its clocks?

The chain of J. Meeus, Astronomical Algorithms, 2nd ed. 1998, chapters 12, 22, 25 (0.01°) and 40, for the years 1900 to
2100: the same as in the scene of the browser (``browser/src/scene/sun.ts``), so the slider there and a computed report
mean the same sun. Within 0.01° of NREL's SPA (I. Reda, A. Andreas, NREL/TP-560-34302), a fiftieth of its diameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

F8 = NDArray[np.float64]

CLOCK = ZoneInfo("Europe/Berlin")
"""What the clocks of the towns show."""

DELTA_T = 68.0
"""Terrestrial time minus universal time: 64 s in 2000, 69 s in 2020. [s]"""

EPOCH, DAY = 2_440_587.5, 86_400.0
"""Julian day of 1970-01-01 and seconds of a day."""


@dataclass(frozen=True)
class Place:
    """
    A place on Earth.

    Parameters
    ----------
    latitude, longitude
        East positive. [deg]
    turn
        Angle from the north of the plane system to true north, clockwise positive. [deg]
    """

    latitude: float
    longitude: float
    turn: float = 0.0


@dataclass(frozen=True, eq=False)
class Sun:
    """
    Positions of the sun.

    Parameters
    ----------
    azimuth
        Clockwise from the north of the place's plane system, shape (n,). [deg]
    altitude
        Of the sun's centre, geometric, shape (n,). [deg]
    seconds
        How long the sun stands for each, shape (n,), int64. [s]
    """

    azimuth: F8
    altitude: F8
    seconds: NDArray[np.int64]

    def above(self, lowest: float) -> Sun:
        """Those positions that are higher than some altitude. [deg]"""
        kept = self.altitude > lowest
        return Sun(self.azimuth[kept], self.altitude[kept], self.seconds[kept])


def place_of(crs: str, east: float, north: float) -> Place:
    """Latitude, longitude and convergence of the meridians of a point in a plane system. [m]"""
    plane = pyproj.CRS(crs.split("+")[0])
    to_degrees = pyproj.Transformer.from_crs(plane, 4326, always_xy=True)
    longitude, latitude = to_degrees.transform(east, north)
    factors = pyproj.Proj(plane).get_factors(longitude, latitude)
    return Place(float(latitude), float(longitude), -float(factors.meridian_convergence))


def position(moments: ArrayLike, place: Place) -> tuple[F8, F8]:
    """
    Azimuth and altitude of the sun.

    Parameters
    ----------
    moments
        Seconds since 1970-01-01 in universal time, shape (n,).

    Returns
    -------
    azimuth, altitude
        As in :class:`Sun`, shape (n,). [deg]
    """
    day = np.asarray(moments, np.float64) / DAY + EPOCH
    ascension, declination, sidereal = _equatorial(day)
    hour = np.radians(sidereal + place.longitude) - ascension
    latitude = np.radians(place.latitude)
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour)
    altitude = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    along = np.cos(hour) * np.cos(declination) * np.sin(latitude) - np.sin(declination) * np.cos(latitude)
    azimuth = np.degrees(np.arctan2(np.sin(hour) * np.cos(declination), along)) + 180.0
    # the observer stands on the surface of the Earth, not in its middle
    return (azimuth + place.turn) % 360.0, altitude - 0.00244 * np.cos(np.radians(altitude))


def _equatorial(day: F8) -> tuple[F8, F8, F8]:
    """Right ascension and declination [rad], and apparent sidereal time at Greenwich [deg], by Julian day."""
    t = (day + DELTA_T / DAY - 2_451_545.0) / 36_525.0
    anomaly = np.radians(357.52911 + t * (35_999.05029 - 0.0001537 * t))
    centre = (
        (1.914602 - t * (0.004817 + 0.000014 * t)) * np.sin(anomaly)
        + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * t)
    apparent = np.radians(280.46646 + t * (36_000.76983 + 0.0003032 * t) + centre - 0.00569 - 0.00478 * np.sin(node))
    mean = 23.4392911 - t * (0.0130042 + t * (0.00000016 - 0.000000504 * t))
    tilt = np.radians(mean + 0.00256 * np.cos(node))
    universal = (day - 2_451_545.0) / 36_525.0
    sidereal = (
        280.46061837 + 360.98564736629 * (day - 2_451_545.0) + 0.000387933 * universal**2
        - 0.00478 * np.sin(node) * np.cos(np.radians(mean))
    )  # fmt: skip
    ascension = np.arctan2(np.cos(tilt) * np.sin(apparent), np.cos(apparent))
    return ascension, np.arcsin(np.sin(tilt) * np.sin(apparent)), sidereal % 360.0


def moment(day: date, minutes: int) -> float:
    """Seconds since 1970-01-01 in universal time of some minutes after midnight, as clocks show them."""
    told = datetime.combine(day, time(minutes // 60, minutes % 60), CLOCK)
    return told.astimezone(UTC).timestamp()


def course(first: date, last: date, place: Place, step: int, lowest: float = 0.0) -> Sun:
    """
    Where the sun stands from one day to another, both included, in the middle of each of some minutes.

    Parameters
    ----------
    step
        Minutes each position stands for.
    lowest
        Positions at or below this altitude are left out. [deg]
    """
    begin, end = moment(first, 0), moment(last + timedelta(days=1), 0)
    moments = np.arange(begin + 30.0 * step, end, 60.0 * step)
    azimuth, altitude = position(moments, place)
    return Sun(azimuth, altitude, np.full(len(moments), 60 * step, np.int64)).above(lowest)
