"""A typical year of weather at a place, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weather:
    """
    Hours of a year.

    Parameters
    ----------
    latitude, longitude
        Where it was, east positive. [deg]
    moments
        Seconds since 1970-01-01 in universal time the values are of, shape (n,).
    level, direct, diffuse
        Irradiance of a level plane, of one that faces the sun, and of a level plane by the sky, shape (n,). [W/m²]
    temperature, wind
        Of the air, and its speed at 10 m, shape (n,). [°C], [m/s]
    source
        What it is and who has to be credited.
    """

    latitude: float
    longitude: float
    moments: NDArray[np.int64]
    level: F8
    direct: F8
    diffuse: F8
    temperature: F8
    wind: F8
    source: str
