"""Do ground and city belong together? What cannot be is refused with what to do, what is odd is told.

Compared are the width of cells, the reference systems, the range of heights, and the feet of houses with the ground
below them. A shift in plan that leaves the heights alone is not noticed.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Kind, object_of_vertex, root
from kastor.city.outlines import outlines
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at
from kastor.process import Words
from kastor.simulations.scene import SceneError

CELLS = (0.1, 100.0)
"""Sides of cells a terrain in metres has. [m]"""

HEIGHTS = (-500.0, 9000.0)
"""Heights there are on land. [m]"""

FOOT = 0.3048
"""Length of a foot. [m]"""

ALIKE = 0.05
"""How near to the length of a foot the relation of heights is when the unit is wrong."""

LOW = 15.0
"""Buildings below this height above the sea say nothing about the unit. [m]"""

ENOUGH = 3
"""Buildings that must agree."""

APART = 20.0
"""Difference between ground and buildings that is worth a word; ellipsoidal heights differ by 36 to 50 m. [m]"""


def check(site: Site) -> tuple[Words, ...]:
    """
    See that the ground of a site can be that of its city; gives what is odd about it.

    Raises
    ------
    SceneError
        When it is in degrees, feet or another plane system than the city, or has heights there are nowhere.
    """
    terrain, city = site.terrain, site.city
    assert terrain is not None
    if not CELLS[0] <= terrain.cell <= CELLS[1]:
        raise SceneError(
            f"the cells of the terrain model are {terrain.cell:g} m wide, {CELLS[0]:g} to {CELLS[1]:g} m can be; its"
            " coordinates may be degrees. Load it again and name its reference system, such as crs=EPSG:25832",
            f"die Zellen des Geländemodells sind {terrain.cell:g} m breit, möglich sind {CELLS[0]:g} bis {CELLS[1]:g}"
            " m; vielleicht sind seine Koordinaten Grad. Laden Sie es neu und nennen Sie sein Bezugssystem, etwa"
            " crs=EPSG:25832",
        )
    if city.crs and _plane(terrain.crs) != _plane(city.crs):
        raise SceneError(
            f"the terrain model is in {_plane(terrain.crs)}, the city in {_plane(city.crs)}. Load the terrain model"
            " again and name its reference system",
            f"das Geländemodell liegt in {_plane(terrain.crs)}, die Stadt in {_plane(city.crs)}. Laden Sie das"
            " Geländemodell neu und nennen Sie sein Bezugssystem",
        )
    _check_heights(terrain)
    ground, base = _feet_of_houses(terrain, city)
    if len(base) < ENOUGH:
        return ()
    _check_unit(ground, base)
    apart = float(np.median(ground - base))
    if abs(apart) <= APART:
        return ()
    return ({
        "de": f"Gelände und Gebäude liegen {abs(apart):.0f} m übereinander: Sie haben wohl verschiedene Höhensysteme."
        " Auf die Wassertiefen wirkt sich das nicht aus.",
        "en": f"Ground and buildings lie {abs(apart):.0f} m above each other: their height systems probably differ."
        " Depths of water do not depend on it.",
    },)  # fmt: skip


def _check_heights(terrain: Terrain) -> None:
    known = terrain.heights[~np.isnan(terrain.heights)]
    beyond = known[(known < HEIGHTS[0]) | (known > HEIGHTS[1])]
    if len(beyond):
        raise SceneError(
            f"the terrain model has {len(beyond):,} heights such as {beyond[0]:g}, {HEIGHTS[0]:g} to {HEIGHTS[1]:g} m"
            " can be. The value probably stands for unknown ground: load the terrain model again and name it as no-data"
            " value",
            f"das Geländemodell hat {len(beyond)} Höhen wie {beyond[0]:g}, möglich sind {HEIGHTS[0]:g} bis"
            f" {HEIGHTS[1]:g} m. Der Wert steht wohl für unbekanntes Gelände: laden Sie das Geländemodell neu"
            " und nennen Sie ihn als Kennwert für fehlende Daten",
        )


def _check_unit(ground: NDArray[np.float64], base: NDArray[np.float64]) -> None:
    high = np.minimum(ground, base) > LOW
    if high.sum() < ENOUGH:
        return
    ratio = float(np.median(ground[high] / base[high]))
    for unit, what, was in (
        (1 / FOOT, "terrain model", "Geländemodell"), (FOOT, "building model", "Gebäudemodell"),
    ):  # fmt: skip
        if abs(ratio / unit - 1) < ALIKE:
            raise SceneError(
                f"the ground at the buildings is at {np.median(ground):.0f}, they stand at {np.median(base):.0f}: the"
                f" {what} seems to be in feet. Convert it to metres and load it again",
                f"das Gelände an den Gebäuden liegt bei {np.median(ground):.0f}, sie stehen bei {np.median(base):.0f}:"
                f" das {was} ist wohl in Fuß. Rechnen Sie es in Meter um und laden Sie es neu",
            )


def _feet_of_houses(terrain: Terrain, city: City) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Height of the ground below each building where it is known, and that of the building's lowest point. [m]"""
    lowest = np.full(len(city), np.inf)
    np.minimum.at(lowest, root(city)[object_of_vertex(city)], city.xyz[:, 2])
    houses = np.flatnonzero((city.kind == Kind.BUILDING) & (city.parent < 0) & np.isfinite(lowest))
    places = outlines(city)[houses]
    drawn = ~shapely.is_missing(places) & ~shapely.is_empty(places)
    middle = shapely.centroid(places[drawn])
    ground = height_at(terrain, shapely.get_x(middle), shapely.get_y(middle))
    known = np.isfinite(ground)
    return ground[known], lowest[houses[drawn]][known]


def _plane(crs: str) -> str:
    return crs.split("+")[0].upper()
