"""The typical year a tenant computes with: its own where it has one, else the one that comes with Kastor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from kastor.city.weather import Weather
from kastor.formats import weather as files
from kastor.simulations.sun import Place, position
from kastor.store import Tenant
from kastor.store.weather import keep, weather_of

MINUTES = range(-120, 125, 5)
"""Shifts of the clock that are tried: EPW of PVGIS names a zone of an hour and tells universal time."""


def load(tenant: Tenant, file: Path, who: str = "") -> Weather:
    """
    Take a typical year as the tenant's own.

    Raises
    ------
    FormatError
        When it cannot be read; the tenant keeps what it had.
    """
    found = settled(files.read(file))
    keep(tenant, files.pack(found), found.source, who)
    return found


def own_weather(tenant: Tenant) -> Weather | None:
    """The tenant's own year; None without one."""
    packed = weather_of(tenant)
    return files.unpack(packed) if packed is not None else None


def settled(found: Weather) -> Weather:
    """The same values at the moments of the hour where direct and diffuse light best make up that of a level plane."""
    place = Place(found.latitude, found.longitude)

    def apart(minutes: int) -> float:
        _, altitude = position(found.moments + 60 * minutes, place)
        level = found.direct * np.sin(np.radians(np.maximum(altitude, 0.0))) + found.diffuse
        return float(np.square(level - found.level).mean())

    best = min(MINUTES, key=apart)
    return replace(found, moments=found.moments + 60 * best)
