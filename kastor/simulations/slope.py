"""How steep the ground is: where wheelchairs have trouble, snow has to be cleared first and water runs fast.

The slope of a cell is that of the plane through its four neighbours (central differences). Of a street the
steepest stretch of a given length counts, its heights taken from the terrain below the axis. Bridges and
tunnels follow the terrain below or above them, so their slopes are wrong.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.model import Kind, take
from kastor.city.outlines import own_outlines
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at
from kastor.process import (
    About,
    Features,
    Indicator,
    LegendClass,
    MethodCard,
    Need,
    Output,
    Process,
    Progress,
    Raster,
    Result,
    said,
)

CLASSES = (
    LegendClass(None, 3.0, "#d9f0d3", {"de": "unter 3 %", "en": "below 3 %"}),
    LegendClass(3.0, 6.0, "#fee8a2", {"de": "3 bis 6 %", "en": "3 to 6 %"}),
    LegendClass(6.0, 12.0, "#f6a15a", {"de": "6 bis 12 %", "en": "6 to 12 %"}),
    LegendClass(12.0, None, "#b5482f", {"de": "ab 12 %", "en": "12 % and more"}),
)
"""DIN 18040-3: paths up to 3 % without, up to 6 % with places to rest."""

STEP = 5.0
"""Distance between heights along a street. [m]"""


class Slope(Process):
    """Steepness of the ground and of the streets."""

    about: ClassVar[About] = About(
        id="slope",
        version="1",
        title={"de": "Gefälle", "en": "Slope"},
        summary={
            "de": "Zeigt, wie steil das Gelände und die Straßen sind: für Barrierefreiheit und Winterdienst.",
            "en": "Shows how steep the ground and the streets are: for accessibility and winter service.",
        },
        outputs=(
            Output("slope", "raster", {"de": "Gefälle", "en": "Slope"}, "%", legend=CLASSES),
            Output("street_slope", "features", {"de": "Straßen", "en": "Streets"}, "%", legend=CLASSES),
            Output("mean_slope", "indicator", {"de": "Mittleres Gefälle", "en": "Mean slope"}, "%"),
            Output("steep_share", "indicator", {"de": "Anteil steiler als die Grenze", "en": "Share above the limit"},
                   "%", "less"),
            Output("steep_streets", "indicator", {"de": "Straßen steiler als die Grenze",
                                                  "en": "Streets above the limit"}, "m", "less"),
        ),
        card=MethodCard(
            method={
                "de": "Gefälle aus den Höhen der Nachbarzellen; bei Straßen das steilste Stück von gegebener Länge.",
                "en": "Slope from the heights of neighbouring cells; of streets the steepest stretch of given length.",
            },
            sources=("DIN 18040-3:2014-12",),
            suited={"de": "Überblick, Vorauswahl von Strecken.", "en": "Overview, choosing stretches to look at."},
            unsuited={
                "de": "Vermessung; Rampen, Treppen, Brücken und Tunnel stehen nicht im Geländemodell.",
                "en": "Surveying; ramps, stairs, bridges and tunnels are not part of the terrain.",
            },
            checked={"de": "Schiefe Ebenen: genau bis auf Rundung.", "en": "Inclined planes: exact but for rounding."},
        ),
        needs=frozenset({Need.TERRAIN}),
        margin=20.0,
        keywords=("terrain", "accessibility", "winter"),
    )  # fmt: skip

    limit: float = Field(
        6.0, gt=0, le=100,
        json_schema_extra=said("Grenze", "Limit", "%", "Was steiler ist, zählt als steil.", "Steeper counts as steep."),
    )  # fmt: skip
    stretch: float = Field(
        20.0,
        ge=STEP,
        le=200,
        json_schema_extra=said("Länge eines Straßenstücks", "Length of a stretch", "m", expert=True),
    )

    def run(self, site: Site, progress: Progress) -> Result:
        """Slopes of ground and streets."""
        assert site.terrain is not None
        progress.at(0.0, {"de": "Gefälle des Geländes", "en": "Slope of the ground"})
        terrain = site.terrain
        slope = _masked(ground_slope(terrain), terrain, site.area)
        known = slope[np.isfinite(slope)].astype(np.float64)
        progress.at(0.5, {"de": "Gefälle der Straßen", "en": "Slope of the streets"})
        streets, steep_length = self._streets(site, terrain)
        return Result(
            indicators=(
                Indicator("mean_slope", float(known.mean()) if len(known) else None, "%"),
                Indicator("steep_share", float((known > self.limit).mean() * 100) if len(known) else None, "%"),
                Indicator("steep_streets", steep_length, "m"),
            ),
            rasters=(Raster("slope", "%", terrain.west, terrain.north, terrain.cell, slope),),
            features=(streets,),
        )

    def _streets(self, site: Site, terrain: Terrain) -> tuple[Features, float]:
        city = take(site.city, np.flatnonzero((site.city.kind == Kind.STREET) & (site.city.parent < 0)))
        axes = shapely.intersection(own_outlines(city), site.area)
        found = [(i, axis) for i, axis in enumerate(axes.tolist()) if axis is not None and axis.length > 0]
        steepest = [_steepest(axis, terrain, self.stretch) for _, axis in found]
        ids = city.ids.tolist()
        steep = sum(
            axis.length for (_, axis), s in zip(found, steepest, strict=True) if s is not None and s > self.limit
        )
        return Features(
            "street_slope",
            "%",
            tuple(ids[i] for i, _ in found),
            np.array([axis for _, axis in found], object),
            {"street_slope": [None if s is None else round(s, 2) for s in steepest]},
        ), float(steep)


def ground_slope(terrain: Terrain) -> NDArray[np.float32]:
    """Slope of each cell, NaN next to unknown heights, shape (rows, cols). [%]"""
    if min(terrain.heights.shape) < 2:
        return np.full(terrain.heights.shape, np.nan, np.float32)
    down, across = np.gradient(terrain.heights.astype(np.float64), terrain.cell)
    slope: NDArray[np.float32] = (np.hypot(down, across) * 100).astype(np.float32)
    return slope


def _masked(values: NDArray[np.float32], terrain: Terrain, area: shapely.Geometry) -> NDArray[np.float32]:
    rows, cols = values.shape
    x = terrain.west + (np.arange(cols) + 0.5) * terrain.cell
    y = terrain.north - (np.arange(rows) + 0.5) * terrain.cell
    shapely.prepare(area)
    masked: NDArray[np.float32] = values.copy()
    masked[~shapely.contains_xy(area, *np.meshgrid(x, y))] = np.nan
    return masked


def _steepest(axis: shapely.Geometry, terrain: Terrain, stretch: float) -> float | None:
    """Steepest stretch of a street, None where the ground is unknown. [%]"""
    steepest: list[float] = []
    for line in shapely.get_parts(axis).tolist():
        if line.length < 1.0:
            continue
        along = np.linspace(0.0, line.length, max(2, round(line.length / STEP) + 1))
        places = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
        heights = height_at(terrain, places[:, 0], places[:, 1])
        ahead = min(max(1, round(stretch / (along[1] - along[0]))), len(along) - 1)
        rise = np.abs(heights[ahead:] - heights[:-ahead]) / (along[ahead:] - along[:-ahead]) * 100
        rise = rise[np.isfinite(rise)]
        if len(rise):
            steepest.append(float(rise.max()))
    return max(steepest, default=None)
