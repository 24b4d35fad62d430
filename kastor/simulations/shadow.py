"""Who stands in the shade, and for how long: at a moment, on a day and over a time of the year.

Direct sun only, without clouds: what would reach the ground on a clear day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.model import City, Kind, take
from kastor.city.outlines import outlines
from kastor.city.site import Site
from kastor.process import (
    About,
    Choice,
    Column,
    Demand,
    Features,
    Indicator,
    InvalidInput,
    LegendClass,
    MethodCard,
    Need,
    Output,
    Process,
    Progress,
    Raster,
    Result,
    Words,
    said,
)
from kastor.simulations.facades import Facades, facades, outlines_of
from kastor.simulations.skyline import Skyline, skyline
from kastor.simulations.sun import Sun, course, moment, position
from kastor.simulations.sunlight import CELLS, on_walls, passing, place, sunlight

MARGIN = 250.0
"""How far around the area things cast shade into it: 50 m high ones down to a sun at 11°. [m]"""

SHARES = (
    LegendClass(None, 1.0, "#3b4252", {"de": "Schatten", "en": "Shade"}),
    LegendClass(1.0, 60.0, "#8a97ad", {"de": "Unter Bäumen", "en": "Under trees"}),
    LegendClass(60.0, None, "#ffe08a", {"de": "Sonne", "en": "Sun"}),
)
HOURS = (
    LegendClass(None, 0.5, "#313a4d", {"de": "unter ½ Std.", "en": "below ½ h"}),
    LegendClass(0.5, 1.5, "#5b6b8c", {"de": "½ bis 1½ Std.", "en": "½ to 1½ h"}),
    LegendClass(1.5, 3.0, "#a3a98f", {"de": "1½ bis 3 Std.", "en": "1½ to 3 h"}),
    LegendClass(3.0, 4.0, "#dcc46a", {"de": "3 bis 4 Std.", "en": "3 to 4 h"}),
    LegendClass(4.0, 6.0, "#f6b73c", {"de": "4 bis 6 Std.", "en": "4 to 6 h"}),
    LegendClass(6.0, 8.0, "#f28c28", {"de": "6 bis 8 Std.", "en": "6 to 8 h"}),
    LegendClass(8.0, None, "#d9531e", {"de": "über 8 Std.", "en": "more than 8 h"}),
)
"""At 1.5, 3 and 4 hours the classes of DIN EN 17037."""

PLAYGROUND = 4.0
"""What a playground should have. [h]"""

MOST_DAYS = 31
"""Days of a longer time that are computed, evenly spread."""

WALL_PIECE = 4.0
"""Distance of points along a wall. [m]"""

EQUINOX = date(2026, 3, 21)
DAY = said("Tag", "Day")
STEPS = tuple(
    Choice(n, {"de": f"{n} Minute" + "n" * (n > 1), "en": f"{n} minute" + "s" * (n > 1)}) for n in (1, 5, 10, 30)
)
SOURCES = (
    "J. Meeus, Astronomical Algorithms, 2nd ed. 1998",
    "V. Timonen, J. Westerholm 2010, doi:10.1111/j.1467-8659.2009.01642.x",
    "J. Konarska et al. 2014, doi:10.1007/s00704-013-1000-3 (Baumkronen)",
)
CHECKED: Words = {
    "de": "Sonnenstand: Beispiel des NREL SPA, 0,01°. Schattenlänge eines Quaders: auf eine Zelle genau. Gegen einen"
    " Strahlenmarsch Zelle für Zelle: mindestens 99 % gleich.",
    "en": "Sun: example of NREL's SPA, 0.01°. Length of the shade of a box: to a cell. Against a march of rays cell by"
    " cell: at least 99 % equal.",
}
UNSUITED: Words = {
    "de": "Gutachten mit vermessenen Fenstern; Wolken, Vorhänge, Brüstungen und Nachbarn außerhalb der Daten fehlen.",
    "en": "Expert reports with surveyed windows; clouds, curtains, parapets neighbours beyond the data are missing.",
}


class Shadow(Process):
    """Shade at a moment."""

    about: ClassVar[About] = About(
        id="shadow",
        version="1",
        title={"de": "Schatten", "en": "Shade"},
        summary={
            "de": "Zeigt, wohin an einem Tag zu einer Uhrzeit Schatten fällt.",
            "en": "Shows where shade falls at a time of a day.",
        },
        outputs=(
            Output("light", "raster", {"de": "Sonne am Boden", "en": "Sun on the ground"}, "%", legend=SHARES),
            Output("shaded", "indicator", {"de": "Freifläche im Schatten", "en": "Open ground in shade"}, "m2"),
            Output("shaded_share", "indicator", {"de": "Anteil der Freifläche im Schatten",
                                                 "en": "Share of open ground in shade"}, "%"),
            Output("sun_altitude", "indicator", {"de": "Sonnenhöhe", "en": "Altitude of the sun"}, "deg"),
            Output("sun_azimuth", "indicator", {"de": "Sonnenrichtung", "en": "Direction of the sun"}, "deg"),
        ),
        card=MethodCard(
            method={
                "de": "Höhenraster aus Gelände, Dächern und Baumkronen, zur Sonne hin verfolgt; Kronen lassen 3 % (mit"
                " Laub) oder 50 % des Lichts durch.",
                "en": "Grid of heights of ground, roofs and crowns, followed towards the sun; crowns let 3 % (in leaf)"
                " or 50 % of the light pass.",
            },
            sources=SOURCES,
            suited={"de": "Bebauungspläne, Plätze, Gespräche mit Nachbarn.",
                    "en": "Development plans, squares, talks with neighbours."},
            unsuited=UNSUITED,
            checked=CHECKED,
        ),
        uses=frozenset({Need.TERRAIN}),
        margin=MARGIN,
        keywords=("shadow", "sun", "shade"),
        account=(Column("cells", {"de": "Zellen", "en": "Cells"}, "1"),
                 Column("trees", {"de": "Bäume", "en": "Trees"}, "1")),
    )  # fmt: skip

    day: date = Field(EQUINOX, json_schema_extra=DAY)
    time: str = Field("14:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", json_schema_extra=said(
        "Uhrzeit", "Time", help_de="Wie die Uhr in Deutschland sie zeigt.",
        help_en="As clocks in Germany show it."))  # fmt: skip
    cell: Literal[1, 2, 4] = Field(1, json_schema_extra=said("Zelle", "Cell", "m", choices=CELLS, expert=True))

    @property
    def ground(self) -> float:
        """That of the computation."""
        return float(self.cell)

    def demand(self, size: float) -> Demand:
        """A few sweeps over all cells."""
        return _demand(size, self.cell, 1)

    def run(self, site: Site, progress: Progress) -> Result:
        """Shade of the sun at that moment; all of it is shade when it has set."""
        progress.at(0.05, {"de": "Höhen sammeln", "en": "Gathering heights"})
        sky = skyline(site, MARGIN, self.cell)
        hour, minute = self.time.split(":")
        azimuth, altitude = position([moment(self.day, 60 * int(hour) + int(minute))], place(site))
        progress.at(0.8, {"de": "Schatten werfen", "en": "Casting shade"})
        sun = Sun(azimuth, altitude, np.full(1, 100, np.int64)).above(0.0)
        lit = sunlight(sky, sun, passing(self.day))
        inside = sky.within(site.area) & (sky.solid > -1e8)
        open_ground = inside & sky.open
        shaded = float((open_ground & (lit < 100)).sum()) * sky.cell**2
        share = 100 * shaded / max(float(open_ground.sum()) * sky.cell**2, 1e-9)
        return Result(
            indicators=(
                Indicator("shaded", shaded, "m2"),
                Indicator("shaded_share", round(share, 2) if open_ground.any() else None, "%"),
                Indicator("sun_altitude", round(float(altitude[0]), 3), "deg"),
                Indicator("sun_azimuth", round(float(azimuth[0]), 3), "deg"),
            ),
            rasters=(raster("light", "%", sky, lit.astype(np.float32), inside),),
            notes=notes(site, sky),
            account={"cells": lit.size, "trees": sky.trees},
        )


class SunHours(Process):
    """Sun over a day or longer."""

    about: ClassVar[About] = About(
        id="sun_hours",
        version="1",
        title={"de": "Sonnenstunden", "en": "Sun hours"},
        summary={
            "de": "Zeigt, wie lange an einem Tag die Sonne auf Plätze, Spielplätze und Häuser scheint.",
            "en": "Shows how long on a day the sun shines on squares, playgrounds and houses.",
        },
        outputs=(
            Output("sun", "raster", {"de": "Sonnenstunden am Tag", "en": "Sun hours a day"}, "h", legend=HOURS),
            Output("house_sun", "features", {"de": "Sonne an Häusern", "en": "Sun at houses"}, "h", legend=HOURS,
                   columns=(Column("best", {"de": "Beste Wand", "en": "Best wall"}, "h"),)),
            Output("playground_sun", "features", {"de": "Sonne auf Spielplätzen", "en": "Sun on playgrounds"}, "h",
                   legend=HOURS),
            Output("open_hours", "indicator", {"de": "Sonnenstunden der Freiflächen", "en": "Sun hours of open ground"},
                   "h", "more"),
            Output("house_hours", "indicator", {"de": "Sonnenstunden an Hauswänden im Erdgeschoss",
                                                "en": "Sun hours at walls of ground floors"}, "h", "more"),
            Output("playground_hours", "indicator", {"de": "Sonnenstunden der Spielplätze",
                                                     "en": "Sun hours of playgrounds"}, "h", "more"),
            Output("dark_playgrounds", "indicator", {"de": "Spielplätze unter 4 Stunden Sonne",
                                                     "en": "Playgrounds below 4 hours of sun"}, "1", "less"),
        ),
        card=MethodCard(
            method={
                "de": "Für jede Sonnenstellung ein Schattenraster, summiert in ganzen Sekunden; längere Zeiten aus bis"
                " zu 31 gleichmäßig verteilten Tagen. Hauswände 1,2 m über dem Boden.",
                "en": "A grid of shade for each position of the sun, summed in whole seconds; longer times by up to 31"
                " evenly spread days. Walls 1.2 m above the ground.",
            },
            sources=SOURCES,
            suited={"de": "Ist, Plan und Unterschied in Bebauungsplänen; Spielplätze, Höfe.",
                    "en": "Today, plan and difference in development plans; playgrounds, courtyards."},
            unsuited=UNSUITED,
            checked=CHECKED,
        ),
        uses=frozenset({Need.TERRAIN}),
        margin=MARGIN,
        keywords=("sun", "daylight", "shade"),
        account=(Column("positions", {"de": "Sonnenstellungen", "en": "Positions of the sun"}, "1"),
                 Column("days", {"de": "Tage", "en": "Days"}, "1"),
                 Column("cells", {"de": "Zellen", "en": "Cells"}, "1"),
                 Column("trees", {"de": "Bäume", "en": "Trees"}, "1")),
    )  # fmt: skip

    day: date = Field(EQUINOX, json_schema_extra=DAY)
    until: date | None = Field(None, json_schema_extra=said(
        "Bis", "Until", help_de="Letzter Tag einer längeren Zeit; dann gilt das Mittel der Tage.",
        help_en="Last day of a longer time; then the mean of the days counts.", expert=True))  # fmt: skip
    step: Literal[1, 5, 10, 30] = Field(5, json_schema_extra=said(
        "Schritt", "Step", "min", choices=STEPS, expert=True))  # fmt: skip
    lowest: float = Field(0.0, ge=0, le=30, json_schema_extra=said(
        "Sonne zählt ab", "Sun counts from", "deg", "DIN EN 17037 zählt in Deutschland ab 11°.",
        "DIN EN 17037 counts from 11° in Germany.", expert=True))  # fmt: skip
    cell: Literal[1, 2, 4] = Field(1, json_schema_extra=said("Zelle", "Cell", "m", choices=CELLS, expert=True))

    @property
    def ground(self) -> float:
        """That of the computation."""
        return float(self.cell)

    @property
    def days(self) -> list[date]:
        """
        The days that are computed.

        Raises
        ------
        InvalidInput
            When the last lies before the first, or more than a year after it.
        """
        last = self.until or self.day
        span = (last - self.day).days
        if not 0 <= span <= 366:
            raise InvalidInput(
                f"until: {last} is not within a year after {self.day}; choose another last day.",
                f"until: {last} liegt nicht im Jahr nach dem {self.day}; wählen Sie einen anderen letzten Tag.",
            )
        count = min(span + 1, MOST_DAYS)
        return [self.day + timedelta(days=round(k * span / max(count - 1, 1))) for k in range(count)]

    def demand(self, size: float) -> Demand:
        """A sweep over all cells for each position of the sun."""
        span = ((self.until or self.day) - self.day).days
        return _demand(size, self.cell, 900 // self.step * min(max(span, 0) + 1, MOST_DAYS))

    def run(self, site: Site, progress: Progress) -> Result:
        """Mean hours of sun of the days."""
        days, where = self.days, place(site)
        progress.at(0.02, {"de": "Höhen sammeln", "en": "Gathering heights"})
        sky = skyline(site, MARGIN, self.cell)
        walls = facades(site.city, site.area, sky, WALL_PIECE, 1)
        total, at_walls = np.zeros(sky.solid.shape, np.int32), np.zeros(len(walls.points), np.int64)
        positions = 0
        for number, day in enumerate(days):
            sun = course(day, day, where, self.step, self.lowest)
            positions += len(sun.azimuth)
            begin, share = 0.1 + 0.85 * number / len(days), 0.85 / len(days)
            total += sunlight(sky, sun, passing(day), lambda d, b=begin, s=share: progress.at(  # type: ignore[misc]
                b + s * 0.8 * d, {"de": "Sonne wandert", "en": "The sun moves"}))  # fmt: skip
            at_walls += on_walls(sky, walls, sun, passing(day))
            progress.at(begin + share, {"de": "Sonne wandert", "en": "The sun moves"})
        hours = (total / np.float32(3600 * len(days))).astype(np.float32)
        inside = sky.within(site.area) & (sky.solid > -1e8)
        houses = house_hours(site.city, walls, at_walls / (3600.0 * len(days)))
        grounds = _playgrounds(site, sky, hours)
        played = np.array(grounds.properties["playground_sun"], np.float64)
        return Result(
            indicators=(
                Indicator("open_hours", _mean(hours[inside & sky.open]), "h"),
                Indicator("house_hours", _mean(np.array(houses.properties["house_sun"])), "h"),
                Indicator("playground_hours", _mean(played), "h"),
                Indicator("dark_playgrounds", float((played < PLAYGROUND).sum()), "1"),
            ),
            rasters=(raster("sun", "h", sky, hours, inside),),
            features=(houses, grounds),
            notes=notes(site, sky),
            account={"positions": positions, "days": len(days), "cells": hours.size, "trees": sky.trees},
        )


def house_hours(city: City, walls: Facades, hours: NDArray[np.float64]) -> Features:
    """Mean and greatest hours of the ground floor of each building; ``hours`` of each point, shape (n,)."""
    low = walls.storey == 0
    house = walls.house[walls.wall[low]]
    objects, of = np.unique(house, return_inverse=True)
    count = np.maximum(np.bincount(of, minlength=len(objects)), 1)
    mean = np.bincount(of, hours[low], minlength=len(objects)) / count
    best = np.zeros(len(objects))
    np.maximum.at(best, of, hours[low])
    shapes = outlines_of(city, objects)
    kept = np.flatnonzero(~shapely.is_missing(shapes))
    return Features("house_sun", "h", tuple(city.ids.take(objects[kept]).tolist()), shapes[kept], {
        "house_sun": np.round(mean[kept], 2).tolist(), "best": np.round(best[kept], 2).tolist(),
    })  # fmt: skip


def _playgrounds(site: Site, sky: Skyline, hours: NDArray[np.float32]) -> Features:
    """Mean hours of each playground of the area, of the part within the grid."""
    column = site.city.attributes.get("leisure")
    named = np.zeros(len(site.city), bool)
    if column is not None:
        named = np.array([v == "playground" for v in column.values] + [False])[column.codes]
    named &= site.city.kind != Kind.FURNITURE
    chosen = take(site.city, np.flatnonzero(named))
    shapes = outlines(chosen)
    kept, means = [], []
    for k, shape in enumerate(shapes):
        if shape is None or not shapely.intersects(shape, site.area):
            continue
        cells = sky.within(shape if shapely.area(shape) > 0 else shapely.buffer(shape, 5.0)) & (sky.solid > -1e8)
        if cells.any():
            kept.append(k)
            means.append(round(float(hours[cells].mean(dtype=np.float64)), 2))
    ids = tuple(chosen.ids[k] for k in kept)
    return Features("playground_sun", "h", ids, shapes[kept], {"playground_sun": means})


def raster(name: str, unit: str, sky: Skyline, values: NDArray[np.float32], inside: NDArray[np.bool_]) -> Raster:
    """A raster of a skyline, cut to the area."""
    rows, cols = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return Raster(name, unit, sky.west, sky.north, sky.cell, np.full((1, 1), np.nan, np.float32))
    part = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
    shown = np.where(inside[part], values[part], np.float32(np.nan)).astype(np.float32)
    return Raster(name, unit, sky.west + cols[0] * sky.cell, sky.north - rows[0] * sky.cell, sky.cell, shown)


def notes(site: Site, sky: Skyline) -> tuple[Words, ...]:
    """What whoever reads the numbers has to know."""
    found = ground_notes(site)
    if sky.trees:
        return found
    return (*found, {
        "de": "In den Daten stehen hier keine Bäume: Ihr Schatten fehlt.",
        "en": "The data have no trees here: their shade is missing.",
    })  # fmt: skip


def ground_notes(site: Site) -> tuple[Words, ...]:
    """Whether the ground is derived."""
    terrain = site.terrain
    if terrain is not None and (terrain.distance is None or np.median(terrain.distance) <= terrain.cell):
        return ()
    return ({
        "de": "Hier ist kein Geländemodell geladen: Das Gelände ist aus den Gebäuden abgeleitet.",
        "en": "No terrain is loaded here: the ground is derived from the buildings.",
    },)  # fmt: skip


def _mean(values: NDArray[np.floating]) -> float | None:
    return round(float(values.mean(dtype=np.float64)), 3) if values.size else None


def _demand(size: float, cell: int, positions: int) -> Demand:
    cells = size / cell**2
    return Demand(1.0 + 2e-6 * cells + 3e-9 * cells * positions, 3e8 + 80 * cells)
