"""Which mathematical operation leads from one reference system to another, and how good it is.

PROJ answers silently with a "ballpark" guess when a grid is missing: heights end 45 m off.
Here such an answer is an error. The quasigeoid GCG2016 and the BETA2007 grid ship with Kastor,
nothing is fetched from the network.
"""

from __future__ import annotations

import os
import threading
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]
from pyproj.transformer import AreaOfInterest, TransformerGroup

from kastor.formats.errors import UnknownCrs

GRIDS = Path(__file__).parent / "grids"

Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Operation:
    """
    A way from one reference system to another.

    Parameters
    ----------
    title
        PROJ's description.
    accuracy
        Stated accuracy, 0 for pure mathematics. [m]
    """

    transformer: pyproj.Transformer
    title: str
    accuracy: float

    def apply(self, xyz: NDArray[np.float64], inverse: bool = False) -> NDArray[np.float64]:
        """Transform coordinates east (longitude) first, shape (n, 2) or (n, 3); infinite where impossible."""
        # the operation may have been looked up by another thread, and PROJ knows the grids per thread
        prepare_grids()
        east, north, *height = (np.array(xyz[:, i], np.float64) for i in range(xyz.shape[1]))
        way = TransformDirection.INVERSE if inverse else TransformDirection.FORWARD
        if height:
            return np.column_stack(self.transformer.transform(east, north, height[0], direction=way, inplace=True))
        return np.column_stack(self.transformer.transform(east, north, direction=way, inplace=True))


_prepared = threading.local()


def prepare_grids() -> None:
    """Let PROJ find the shipped grids, and keep it off the network; PROJ keeps both apart for every thread."""
    if getattr(_prepared, "done", False):
        return
    set_network_enabled(False)
    known = pyproj.datadir.get_data_dir()
    shipped = str(GRIDS)
    # set again also when another thread has appended it: only that tells this thread's context
    pyproj.datadir.set_data_dir(known if shipped in known else f"{known}{os.pathsep}{shipped}")
    _prepared.done = True


@lru_cache(maxsize=256)
def operation(source: str, target: str, near: Place) -> Operation:
    """
    The best operation at a place.

    Parameters
    ----------
    source, target
        Codes such as ``"EPSG:25832+7837"``.
    near
        Longitude and latitude of the data. [degrees]

    Raises
    ------
    UnknownCrs
        When only a ballpark guess is at hand.
    """
    prepare_grids()
    longitude, latitude = near
    area = AreaOfInterest(longitude - 0.05, latitude - 0.05, longitude + 0.05, latitude + 0.05)
    with warnings.catch_warnings():
        # PROJ warns about the better grid it lacks; the accuracy in the report says the same
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(source, target, always_xy=True, area_of_interest=area, allow_ballpark=False)
    for transformer in group.transformers:
        title, accuracy = transformer.description, transformer.accuracy
        if accuracy >= 0 and "ballpark" not in title.lower():
            # those of a group share one open grid file among all threads, and then give wrong heights
            return Operation(pyproj.Transformer.from_pipeline(transformer.definition), title, float(accuracy))
    missing = sorted({grid.short_name for o in group.unavailable_operations for grid in o.grids if not grid.available})
    lack = f" (grid {', '.join(missing)} is missing)" if missing else ""
    raise UnknownCrs(
        source,
        f"There is no exact way from {source} to {target} near {longitude:.2f} E, {latitude:.2f} N{lack}.",
        "Name another system with crs=..., for example the plane system without its height system.",
    )


def middle(xyz: NDArray[np.float64], code: str) -> Place:
    """Longitude and latitude of the median of some coordinates, to a tenth of a degree. [degrees]"""
    east, north = _median(xyz[:, 0]), _median(xyz[:, 1])
    longitude, latitude = _to_own_degrees(code).transform(east, north)
    return round(float(longitude), 1), round(float(latitude), 1)


def _median(numbers: NDArray[np.float64]) -> float:
    """Median of all that are numbers; that of NumPy takes longer to import than to compute."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return float("nan")
    low, high = (len(known) - 1) // 2, len(known) // 2
    ordered = np.partition(known, (low, high))
    return float((ordered[low] + ordered[high]) / 2.0)


@lru_cache(maxsize=64)
def area_of_use(code: str, margin: float) -> tuple[float, float, float, float]:
    """
    Where a reference system may be used: west, south, east and north in its own units.

    Parameters
    ----------
    margin
        Added on the west and east side, a third of it south and north: every state uses its zone somewhat beyond
        its borders. [degrees]
    """
    prepare_grids()
    area = pyproj.CRS(code).area_of_use
    bounds = (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds
    west, south = max(bounds[0] - margin, -180.0), max(bounds[1] - margin / 3, -90.0)
    east, north = min(bounds[2] + margin, 180.0), min(bounds[3] + margin / 3, 90.0)
    if pyproj.CRS(code).is_geographic:
        return west, south, east, north
    corners = _to_own_degrees(code).transform_bounds(west, south, east, north, direction="INVERSE")
    return tuple(float(c) for c in corners)  # type: ignore[return-value]


@lru_cache(maxsize=64)
def _to_own_degrees(code: str) -> pyproj.Transformer:
    """From a plane to the degrees it is computed from: pure mathematics, no change of datum."""
    prepare_grids()
    system = pyproj.CRS(code)
    own = system.geodetic_crs
    if own is None:
        raise UnknownCrs(code, "This reference system has no geographic base.", "Name another system with crs=... .")
    return pyproj.Transformer.from_crs(system.to_2d(), own.to_2d(), always_xy=True)
