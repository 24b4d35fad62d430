"""How much rain has to be reckoned with at a place: depth by duration and return period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DesignRain:
    """
    Depth of rain at one place by duration and return period.

    Parameters
    ----------
    place
        Number of the cell in the table (INDEX_RC).
    minutes, years
        Durations, shape (d,), and return periods, shape (t,), ascending.
    depths
        Shape (d, t). [mm]
    source
        Credit line.
    tolerance
        How far the true depth may be off either way, as a share of it, shape (d, t); None where nobody says.
    """

    place: int
    minutes: NDArray[np.float64]
    years: NDArray[np.float64]
    depths: NDArray[np.float64]
    source: str = "KOSTRA-DWD-2010R, Deutscher Wetterdienst"
    tolerance: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class RainTable:
    """
    Design rain of many places, each with its cell.

    Parameters
    ----------
    source
        Credit line.
    crs
        Plane or geographic system of the cells, as PROJ reads it.
    cells
        Polygons, shape (n,).
    places
        Their numbers (INDEX_RC), shape (n,).
    minutes, years
        Durations, shape (d,), and return periods, shape (t,), ascending.
    depths
        Shape (n, d, t). [mm]
    tolerance
        Shape (n, d, t), as a share of the depth; None where nobody says.
    """

    source: str
    crs: str
    cells: NDArray[np.object_]
    places: NDArray[np.int64]
    minutes: NDArray[np.float64]
    years: NDArray[np.float64]
    depths: NDArray[np.float32]
    tolerance: NDArray[np.float32] | None = None

    def at(self, x: float, y: float) -> DesignRain | None:
        """Design rain of a place in ``crs``, that of the cell first in the table on a border; None outside."""
        found = np.flatnonzero(shapely.intersects(self.cells, shapely.points(x, y)))
        if not len(found):
            return None
        here = int(found[0])
        off = None if self.tolerance is None else self.tolerance[here].astype(np.float64)
        depths = np.round(self.depths[here].astype(np.float64), 3)
        return DesignRain(int(self.places[here]), self.minutes, self.years, depths, self.source, off)
