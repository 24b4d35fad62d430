"""How long does the sun shine on the cells of a skyline and on points of walls, through crowns too?

The skyline is marched along the direction of the sun at each of its moments (:mod:`~kastor.simulations.rays`), and the
seconds between them are added up. Direct light of a clear day only; leaves come and go on fixed days.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.site import Site
from kastor.process import Choice
from kastor.simulations import rays
from kastor.simulations.facades import Facades
from kastor.simulations.skyline import Skyline
from kastor.simulations.sun import Place, Sun, place_of

LEAVES = (date(2000, 4, 6), date(2000, 10, 26))
"""First and last day with leaves (days 97 and 300 of the year)."""

LEAFED, BARE = 0.03, 0.5
"""Share of direct light a crown lets pass: J. Konarska et al. 2014, doi:10.1007/s00704-013-1000-3."""

CELLS = (
    Choice(1, {"de": "1 m", "en": "1 m"}),
    Choice(2, {"de": "2 m", "en": "2 m"}, {"de": "Viermal so schnell wie 1 m.", "en": "Four times as fast as 1 m."}),
    Choice(4, {"de": "4 m", "en": "4 m"}, {"de": "Für einen Überblick.", "en": "For an overview."}),
)


def passing(day: date) -> float:
    """Share of direct light a crown lets pass on a day."""
    return LEAFED if LEAVES[0] <= day.replace(year=2000) <= LEAVES[1] else BARE


def passing_at(moments: NDArray[np.int64]) -> NDArray[np.float64]:
    """As :func:`passing` at moments, seconds since 1970 UTC, shape (n,)."""
    days = moments.astype("datetime64[s]").astype("datetime64[D]")
    day_of_year = (days - days.astype("datetime64[Y]")).astype(np.int64)
    leaps = (days.astype("datetime64[Y]").astype(np.int64) + 1970) % 4 == 0
    first, last = ((day - date(2000, 1, 1)).days for day in LEAVES)
    day_of_leap_year = day_of_year + (~leaps & (day_of_year >= 59))
    leafed = (first <= day_of_leap_year) & (day_of_leap_year <= last)
    return np.where(leafed, LEAFED, BARE)


def place(site: Site) -> Place:
    """Where on Earth the middle of a site is."""
    west, south, east, north = shapely.bounds(site.area).tolist()
    return place_of(site.city.crs or (site.terrain.crs if site.terrain else ""), (west + east) / 2, (south + north) / 2)


def sunlight(
    sky: Skyline, sun: Sun, through: float, done: Callable[[float], None] = lambda _: None
) -> NDArray[np.int32]:
    """
    Seconds the sun shines on each cell, shape (rows, cols).

    Parameters
    ----------
    through
        Share of the light that passes a crown.
    done
        Told the share of the work that is done.
    """
    lines = [rays.line(azimuth) for azimuth in sun.azimuth.tolist()]
    rises = np.tan(np.radians(sun.altitude)) * sky.cell
    left = [len(lines)]

    def along(crosswise: bool) -> NDArray[np.int32]:
        solid, top, base = (np.ascontiguousarray(v.T if crosswise else v) for v in (sky.solid, sky.top, sky.base))
        total = np.zeros(solid.shape, np.int32)
        for line, rise, seconds in zip(lines, rises.tolist(), sun.seconds.tolist(), strict=True):
            if line.crosswise != crosswise:
                continue
            drop, full = np.float32(rise * line.length), np.int32(seconds)
            first = rays.first_step(line, *sky.first_cell, sky.solid.shape)
            if sky.trees:
                dimmed = np.int32(round(seconds * through))
                rays.light_through_crowns(
                    solid, top, base, line.backwards, line.slope, first, drop, full, dimmed, total
                )
            else:
                rays.light(solid, line.backwards, line.slope, first, drop, full, total)
            left[0] -= 1
        return np.ascontiguousarray(total.T) if crosswise else total

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(along, crosswise) for crosswise in (False, True)]
        while wait(jobs, timeout=0.5).not_done:
            done(1.0 - left[0] / max(len(lines), 1))
        lengthwise, crosswise = (job.result() for job in jobs)
    total: NDArray[np.int32] = lengthwise + crosswise
    return total


def on_walls(sky: Skyline, walls: Facades, sun: Sun, through: float) -> NDArray[np.int64]:
    """Seconds the sun shines on each point of some walls, shape (n,)."""
    total = np.zeros(len(walls.points), np.int64)
    suns = np.column_stack([np.radians(sun.azimuth), np.tan(np.radians(sun.altitude))])
    facing = np.ascontiguousarray(walls.facing[walls.wall])
    rays.point_light(sky.solid, sky.top, sky.base, walls.points, facing, suns, sun.seconds, through, sky.cell, total)
    return total
