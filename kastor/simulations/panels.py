"""Light and power of planes on houses, hour by hour: the part of :mod:`~kastor.simulations.solar` that takes the time.

Each plane looks at the sun, the sky and the ground through the horizons of some points on it. Direct light counts by
the share of points the sun reaches, light of the sky by the share of it that is seen.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.simulations.weather import Hours

F8 = NDArray[np.float64]

ALBEDO = 0.2
"""Share of light the ground throws back."""

GLASS = 0.05
"""How much glass takes from slanting light (ASHRAE 93-2003)."""

COOLED = (25.0, 6.84)
"""How well a panel gives off heat: D. Faiman 2008, doi:10.1002/pip.813. [W/m²K], [Ws/m³K]"""

WARM = -0.0035
"""Power by temperature of the cells (PVWatts 5, NREL/TP-6A20-62641, premium). [1/K]"""

LOSSES, INVERTER = 0.1408, 0.96
"""PVWatts 5: all losses, and efficiency of the inverter."""


@dataclass(frozen=True, eq=False)
class Planes:
    """
    Planes and what they see.

    Parameters
    ----------
    tilt, azimuth
        From level, and clockwise from the north of the grid, shape (f,). [rad]
    offsets
        Points of each plane in ``horizons``, ragged, shape (f + 1,); none means an open horizon.
    horizons
        Tangent of the horizon of each point in directions evenly spread from north clockwise, shape (n, k).
    """

    tilt: F8
    azimuth: F8
    offsets: NDArray[np.int64]
    horizons: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Yields:
    """
    What each plane gets and gives in a year, shape (f,).

    Parameters
    ----------
    light
        On the plane. [kWh/m²]
    power
        Of panels on it, by the kilowatt of their peak. [kWh/kW]
    sky
        Share of the sky in front of the plane that is seen.
    """

    light: F8
    power: F8
    sky: F8


def yields(planes: Planes, hours: Hours) -> Yields:
    """What planes get and give; each by itself, so the same for any number of threads."""
    sky = sky_share(planes)
    light, power = np.zeros(len(planes.tilt)), np.zeros(len(planes.tilt))
    weather = np.column_stack([
        np.sin(hours.azimuth) * np.cos(hours.altitude), np.cos(hours.azimuth) * np.cos(hours.altitude),
        np.sin(hours.altitude), np.tan(hours.altitude), hours.direct, hours.level, hours.even, hours.ring, hours.band,
        hours.temperature, hours.wind,
    ])  # fmt: skip
    directions = planes.horizons.shape[1]
    towards = np.floor(hours.azimuth / (2 * np.pi) * directions + 0.5).astype(np.int64) % directions
    physics = np.array([ALBEDO, GLASS, *COOLED, WARM, (1 - LOSSES) * INVERTER])

    def some(first: int, last: int) -> None:
        _yields(planes.tilt, planes.azimuth, planes.offsets, planes.horizons, sky, weather, towards, physics,
                first, last, light, power)  # fmt: skip

    middle = len(light) // 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(some, (0, middle), (middle, len(light))))
    return Yields(light, power, sky)


def sky_share(planes: Planes) -> F8:
    """Share of the light of an even sky in front of each plane that its points see."""
    count = planes.horizons.shape[1]
    azimuths = 2 * np.pi * np.arange(count) / count
    of = np.repeat(np.arange(len(planes.tilt)), np.diff(planes.offsets))
    toward = np.cos(azimuths[None, :] - planes.azimuth[:, None])
    lean, level = np.sin(planes.tilt)[:, None] * toward, np.cos(planes.tilt)[:, None]
    own = np.maximum(np.arctan2(-lean, np.maximum(level, 1e-9)), 0.0)
    whole = _light_above(own, lean, level).sum(axis=1)
    above = np.maximum(np.arctan(planes.horizons.astype(np.float64)), own[of])
    seen = _light_above(above, lean[of], np.broadcast_to(level, lean.shape)[of]).sum(axis=1)
    points = np.diff(planes.offsets)
    mean = np.bincount(of, seen, minlength=len(points)) / np.maximum(points, 1)
    return np.where(points > 0, np.clip(mean / np.maximum(whole, 1e-12), 0.0, 1.0), 1.0)


def _light_above(height: F8, lean: F8, level: F8) -> F8:
    """Light of an even sky from a slice above a height on a plane. [rad]"""
    across = lean * 0.5 * (np.pi / 2 - height - np.sin(height) * np.cos(height))
    found: F8 = np.maximum(across + level * 0.5 * np.cos(height) ** 2, 0.0)
    return found


@compiled(nogil=True, error_model="numpy")
def _yields(
    tilt: F8, azimuth: F8, offsets: NDArray[np.int64], horizons: NDArray[np.float32], sky: F8, weather: F8,
    towards: NDArray[np.int64], physics: F8, first: int, last: int, light: F8, power: F8,
) -> None:  # fmt: skip
    """Sum the hours for the planes ``first:last``."""
    for plane in range(first, last):
        up, side = np.cos(tilt[plane]), np.sin(tilt[plane])
        east, north = side * np.sin(azimuth[plane]), side * np.cos(azimuth[plane])
        begin, end = offsets[plane], offsets[plane + 1]
        above, below = 0.5 * (1 + up) * sky[plane], 0.5 * (1 - up) * physics[0]
        total, given = 0.0, 0.0
        for hour in range(len(weather)):
            w = weather[hour]
            facing = east * w[0] + north * w[1] + up * w[2]
            straight, ring = 0.0, 0.0
            if facing > 0.0:
                free = end - begin
                for point in range(begin, end):
                    free -= horizons[point, towards[hour]] >= w[3]
                share = free / (end - begin) if end > begin else 1.0
                straight, ring = facing * w[4] * share, facing * w[7] * share
            spread = max(w[6] * above + ring + w[8] * side * sky[plane], 0.0)
            ground = w[5] * below
            received = straight + spread + ground
            if received <= 0.0:
                continue
            total += received
            through = max(1.0 - physics[1] * (1.0 / facing - 1.0), 0.0) if facing > 0.0 else 0.0
            used = straight * through + spread + ground
            cells = w[9] + received / (physics[2] + physics[3] * w[10])
            given += used * max(1.0 + physics[4] * (cells - 25.0), 0.0)
        light[plane] = total / 1000.0
        power[plane] = given / 1000.0 * physics[5]
