"""Light and power of planes on houses, hour by hour: the part of :mod:`~kastor.simulations.solar` that takes the time.

Each plane looks at the sun, the sky and the ground through the horizons of some points on it. Direct light counts by
the share of points the sun reaches, light of the sky by the share of it that is seen. Crowns let some
of both pass, more when they are bare.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kastor.city.kernels import compiled
from kastor.simulations.sunlight import BARE, LEAFED
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

SLICES = 64
"""Slices of the sky from the level to the zenith, each of which a crown covers or not: 1.4° each."""


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
    crowns
        Slices of the sky behind crowns, see :func:`~kastor.simulations.rays.crown_slices`, shape (n, k); (0, k) where
        there are no trees.
    """

    tilt: F8
    azimuth: F8
    offsets: NDArray[np.int64]
    horizons: NDArray[np.float32]
    crowns: NDArray[np.uint64] = field(default_factory=lambda: np.zeros((0, 0), np.uint64))


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
        Share of the light of an even sky that reaches the plane, crowns in leaf.
    """

    light: F8
    power: F8
    sky: F8


def yields(planes: Planes, hours: Hours) -> Yields:
    """What planes get and give; each by itself, so the same for any number of threads."""
    sky = np.column_stack([sky_share(planes, LEAFED), sky_share(planes, BARE)])
    light, power = np.zeros(len(planes.tilt)), np.zeros(len(planes.tilt))
    weather = np.column_stack([
        np.sin(hours.azimuth) * np.cos(hours.altitude), np.cos(hours.azimuth) * np.cos(hours.altitude),
        np.sin(hours.altitude), np.tan(hours.altitude), hours.direct, hours.level, hours.even, hours.ring, hours.band,
        hours.temperature, hours.wind, hours.passing,
    ])  # fmt: skip
    directions = planes.horizons.shape[1]
    towards = np.column_stack([
        np.floor(hours.azimuth / (2 * np.pi) * directions + 0.5).astype(np.int64) % directions,
        np.clip(hours.altitude / (np.pi / 2) * SLICES, 0, SLICES - 1).astype(np.int64),
        (hours.passing == BARE).astype(np.int64),
    ])  # fmt: skip
    physics = np.array([ALBEDO, GLASS, *COOLED, WARM, (1 - LOSSES) * INVERTER])

    def some(first: int, last: int) -> None:
        _yields(planes.tilt, planes.azimuth, planes.offsets, planes.horizons, planes.crowns, sky, weather, towards,
                physics, first, last, light, power)  # fmt: skip

    middle = len(light) // 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(some, (0, middle), (middle, len(light))))
    return Yields(light, power, sky[:, 0])


def sky_share(planes: Planes, passing: float) -> F8:
    """
    Share of the light of an even sky in front of each plane that reaches its points.

    Parameters
    ----------
    passing
        Share of the light that passes a crown.
    """
    count = planes.horizons.shape[1]
    azimuths = 2 * np.pi * np.arange(count) / count
    of = np.repeat(np.arange(len(planes.tilt)), np.diff(planes.offsets))
    toward = np.cos(azimuths[None, :] - planes.azimuth[:, None])
    lean, level = np.sin(planes.tilt)[:, None] * toward, np.cos(planes.tilt)[:, None]
    own = np.maximum(np.arctan2(-lean, np.maximum(level, 1e-9)), 0.0)
    whole = _light_above(own, lean, level).sum(axis=1)
    above = np.maximum(np.arctan(planes.horizons.astype(np.float64)), own[of])
    upright = np.broadcast_to(level, lean.shape)
    seen = _light_above(above, lean[of], upright[of]).sum(axis=1)
    if len(planes.crowns):
        edges = np.linspace(0, np.pi / 2, SLICES + 1)
        across = -np.diff(0.5 * (np.pi / 2 - edges - np.sin(edges) * np.cos(edges)))
        seen -= (1 - passing) * _behind_crowns(planes.crowns, of, above, lean, upright, across, edges)
    points = np.diff(planes.offsets)
    mean = np.bincount(of, seen, minlength=len(points)) / np.maximum(points, 1)
    return np.where(points > 0, np.clip(mean / np.maximum(whole, 1e-12), 0.0, 1.0), 1.0)


@compiled(nogil=True, error_model="numpy")
def _behind_crowns(
    crowns: NDArray[np.uint64], of: NDArray[np.int64], above: F8, lean: F8, level: F8, across: F8, edges: F8
) -> F8:  # fmt: skip
    """
    Light of an even sky on the plane of each point from the slices behind crowns, shape (n,).

    Parameters
    ----------
    of, above
        Plane of each point, and what hides the sky below, shape (n,), (n, k). [rad]
    lean, level
        Of each plane towards each direction, shape (f, k).
    across, edges
        See :func:`_light_above`: its first part for each slice, and where slices end, shape (s,), (s + 1,).
    """
    found = np.zeros(len(crowns))
    for i in range(len(crowns)):
        for k in range(crowns.shape[1]):
            bits = crowns[i, k]
            for slice_ in range(len(across)):
                if not bits >> np.uint64(slice_) & np.uint64(1):
                    continue
                if 0.5 * (edges[slice_] + edges[slice_ + 1]) > above[i, k]:
                    up = 0.5 * (np.cos(edges[slice_]) ** 2 - np.cos(edges[slice_ + 1]) ** 2)
                    found[i] += max(lean[of[i], k] * across[slice_] + level[of[i], k] * up, 0.0)
    return found


def _light_above(height: F8, lean: F8, level: F8) -> F8:
    """Light of an even sky from a slice above a height on a plane. [rad]"""
    across = lean * 0.5 * (np.pi / 2 - height - np.sin(height) * np.cos(height))
    found: F8 = np.maximum(across + level * 0.5 * np.cos(height) ** 2, 0.0)
    return found


@compiled(nogil=True, error_model="numpy")
def _yields(
    tilt: F8, azimuth: F8, offsets: NDArray[np.int64], horizons: NDArray[np.float32],
    crowns: NDArray[np.uint64], sky: F8, weather: F8, towards: NDArray[np.int64], physics: F8, first: int, last: int,
    light: F8, power: F8,
) -> None:  # fmt: skip
    """Sum the hours for the planes ``first:last``."""
    shaded = len(crowns) > 0
    for plane in range(first, last):
        up, side = np.cos(tilt[plane]), np.sin(tilt[plane])
        east, north = side * np.sin(azimuth[plane]), side * np.cos(azimuth[plane])
        begin, end = offsets[plane], offsets[plane + 1]
        below = 0.5 * (1 - up) * physics[0]
        total, given = 0.0, 0.0
        for hour in range(len(weather)):
            w = weather[hour]
            seen = sky[plane, towards[hour, 2]]
            facing = east * w[0] + north * w[1] + up * w[2]
            straight, ring = 0.0, 0.0
            if facing > 0.0:
                free = float(end - begin)
                for point in range(begin, end):
                    if horizons[point, towards[hour, 0]] >= w[3]:
                        free -= 1.0
                    elif shaded and crowns[point, towards[hour, 0]] >> np.uint64(towards[hour, 1]) & np.uint64(1):
                        free -= 1.0 - w[11]
                share = free / (end - begin) if end > begin else 1.0
                straight, ring = facing * w[4] * share, facing * w[7] * share
            spread = max(w[6] * 0.5 * (1 + up) * seen + ring + w[8] * side * seen, 0.0)
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
