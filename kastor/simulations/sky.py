"""How much of the sky is seen from a place: what makes streets bright, and hot nights cool down.

The sky view factor weighs the sky as a level surface receives its light. From each direction the horizon decides:
between 0 and 1, the mean of cos² of its height. In an endless street of width W between houses of height H its middle
sees cos(arctan(2 H / W)) of it, the middle of a round basin of radius R sees cos²(arctan(H / R)).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.site import Site
from kastor.process import (
    About,
    Choice,
    Column,
    Demand,
    Indicator,
    LegendClass,
    MethodCard,
    Need,
    Output,
    Process,
    Progress,
    Result,
    said,
)
from kastor.simulations import rays
from kastor.simulations.shadow import UNSUITED, notes, raster
from kastor.simulations.skyline import skyline
from kastor.simulations.sunlight import CELLS, LEAFED

MARGIN = 150.0
DIRECTIONS = (
    Choice(36, {"de": "36", "en": "36"}, {"de": "Alle 10°, halb so lange.", "en": "Every 10°, half the time."}),
    Choice(72, {"de": "72", "en": "72"}, {"de": "Alle 5°.", "en": "Every 5°."}),
)
NARROW = 50.0
"""Less of the sky than this makes a street a canyon. [%]"""

SHARES = (
    LegendClass(None, 25.0, "#31324f", {"de": "unter 25 %", "en": "below 25 %"}),
    LegendClass(25.0, 50.0, "#4f5d95", {"de": "25 bis 50 %", "en": "25 to 50 %"}),
    LegendClass(50.0, 70.0, "#6f93c3", {"de": "50 bis 70 %", "en": "50 to 70 %"}),
    LegendClass(70.0, 85.0, "#a3c8df", {"de": "70 bis 85 %", "en": "70 to 85 %"}),
    LegendClass(85.0, None, "#e3f1f5", {"de": "über 85 %", "en": "more than 85 %"}),
)


class SkyView(Process):
    """Sky view factor."""

    about: ClassVar[About] = About(
        id="sky_view",
        version="1",
        title={"de": "Himmelssicht", "en": "Sky view"},
        summary={
            "de": "Zeigt, wie viel vom Himmel man von Plätzen und Straßen aus sieht.",
            "en": "Shows how much of the sky is seen from squares and streets.",
        },
        outputs=(
            Output("sky", "raster", {"de": "Sichtbarer Himmel", "en": "Sky that is seen"}, "%", legend=SHARES),
            Output("open_sky", "indicator", {"de": "Sichtbarer Himmel der Freiflächen",
                                             "en": "Sky seen from open ground"}, "%", "more"),
            Output("narrow", "indicator", {"de": "Freifläche, die weniger als die Hälfte sieht",
                                           "en": "Open ground that sees less than half"}, "m2", "less"),
        ),
        card=MethodCard(
            method={
                "de": "Horizont in 36 oder 72 Richtungen aus dem Höhenraster, gewichtet mit cos²; Kronen lassen 3 % des"
                " Lichts durch.",
                "en": "Horizon in 36 or 72 directions by the grid of heights, weighted by cos²; crowns let 3 % of the"
                " light pass.",
            },
            sources=("V. Timonen, J. Westerholm 2010, doi:10.1111/j.1467-8659.2009.01642.x",
                     "T. Oke 1981, doi:10.1002/joc.3370010304 (Straßenschlucht)"),
            suited={"de": "Vergleich von Entwürfen, Stadtklima im Überblick.",
                    "en": "Comparing designs, an overview of the urban climate."},
            unsuited=UNSUITED,
            checked={
                "de": "Straßenschluchten und runde Becken: auf 0,01 genau; siehe docs/reference/sun.md.",
                "en": "Street canyons and round basins: within 0.01; see docs/reference/sun.md.",
            },
        ),
        uses=frozenset({Need.TERRAIN}),
        margin=MARGIN,
        keywords=("sky", "daylight", "heat"),
        account=(Column("cells", {"de": "Zellen", "en": "Cells"}, "1"),
                 Column("trees", {"de": "Bäume", "en": "Trees"}, "1")),
    )  # fmt: skip

    directions: Literal[36, 72] = Field(72, json_schema_extra=said(
        "Richtungen", "Directions", choices=DIRECTIONS, expert=True))  # fmt: skip
    cell: Literal[1, 2, 4] = Field(1, json_schema_extra=said("Zelle", "Cell", "m", choices=CELLS, expert=True))

    @property
    def ground(self) -> float:
        """That of the computation."""
        return float(self.cell)

    def demand(self, size: float) -> Demand:
        """A sweep for each direction, another with crowns."""
        cells = size / self.cell**2
        return Demand(1.0 + 1.5e-7 * cells * self.directions, 3e8 + 80 * cells)

    def run(self, site: Site, progress: Progress) -> Result:
        """Of the ground, and of roofs."""
        progress.at(0.05, {"de": "Höhen sammeln", "en": "Gathering heights"})
        sky = skyline(site, MARGIN, self.cell)
        progress.at(0.2, {"de": "Horizont suchen", "en": "Looking for the horizon"})
        seen = sky_view(sky.solid, sky.solid, sky.cell, self.directions, sky.first_cell)
        if sky.trees:
            progress.at(0.6, {"de": "Bäume", "en": "Trees"})
            behind = sky_view(np.maximum(sky.solid, sky.top), sky.solid, sky.cell, self.directions, sky.first_cell)
            seen = behind + np.float32(LEAFED) * (seen - behind)
        share = np.float32(100) * seen
        inside = sky.within(site.area) & (sky.solid > -1e8)
        free = inside & sky.open
        mean = round(float(share[free].mean(dtype=np.float64)), 2) if free.any() else None
        return Result(
            indicators=(
                Indicator("open_sky", mean, "%"),
                Indicator("narrow", float((share[free] < NARROW).sum()) * sky.cell**2, "m2"),
            ),
            rasters=(raster("sky", "%", sky, share, inside),),
            notes=notes(site, sky),
            account={"cells": share.size, "trees": sky.trees},
        )


def sky_view(
    casting: rays.F4, receiving: rays.F4, cell: float, directions: int, first_cell: tuple[int, int] = (0, 0)
) -> rays.F4:
    """
    Sky view factor of each cell.

    Parameters
    ----------
    casting, receiving
        Heights of what hides the sky, and of the places that look at it, shape (rows, cols). [m]
    cell
        Side of a cell. [m]
    directions
        How many horizons are looked for.
    first_cell
        Row and column on the grid of the whole world.

    Returns
    -------
    NDArray
        0..1, shape (rows, cols); the same for any number of threads.
    """
    lines = [rays.line((k + 0.5) * 360.0 / directions) for k in range(directions)]

    def along(crosswise: bool) -> rays.F4:
        above, below = (np.ascontiguousarray(v.T if crosswise else v) for v in (casting, receiving))
        seen = np.zeros(above.shape, np.float32)
        for line in lines:
            if line.crosswise == crosswise:
                first = rays.first_step(line, *first_cell, casting.shape)
                rays.sky_seen(above, below, line.backwards, line.slope, first, line.length * cell, seen)
        return np.ascontiguousarray(seen.T) if crosswise else seen

    with ThreadPoolExecutor(2) as pool:
        lengthwise, crosswise = pool.map(along, (False, True))
    seen: NDArray[np.float32] = (lengthwise + crosswise) / np.float32(directions)
    return seen
