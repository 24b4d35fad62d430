"""How much sun do rooms get? Walls of houses, storey by storey, by the classes of DIN EN 17037.

The standard asks how long the sun may shine on one day between 1 February and 21 March, in Germany from 11° above the
horizon: 1.5 hours at least for one room of a dwelling, 3 hours are medium, 4 hours high.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.model import City
from kastor.city.site import Site
from kastor.process import (
    About,
    Column,
    Demand,
    Features,
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
from kastor.simulations.facades import Facades, facades, outlines_of
from kastor.simulations.shadow import DAY, EQUINOX, MARGIN, STEPS, UNSUITED, WALL_PIECE, notes
from kastor.simulations.skyline import skyline
from kastor.simulations.sun import course
from kastor.simulations.sunlight import CELLS, on_walls, passing, place

LOWEST_SUN = 11.0
"""Altitude from which the sun counts in Germany. [deg]"""

LEAST, MEDIUM, HIGH = 1.5, 3.0, 4.0
"""Classes of sunlight exposure. [h]"""

CLASSES = (
    LegendClass(None, LEAST, "#7b3f61", {"de": "unter 1½ Std.: zu wenig", "en": "below 1½ h: too little"}),
    LegendClass(LEAST, MEDIUM, "#e0a458", {"de": "1½ bis 3 Std.: gering", "en": "1½ to 3 h: minimum"}),
    LegendClass(MEDIUM, HIGH, "#f3d35c", {"de": "3 bis 4 Std.: mittel", "en": "3 to 4 h: medium"}),
    LegendClass(HIGH, None, "#f7efb2", {"de": "ab 4 Std.: hoch", "en": "4 h and more: high"}),
)


class Daylight(Process):
    """Sunlight exposure of walls."""

    about: ClassVar[About] = About(
        id="daylight",
        version="1",
        title={"de": "Besonnung der Häuser", "en": "Sunlight of houses"},
        summary={
            "de": "Zeigt, welche Hauswände genug Sonne bekommen, nach den Stufen der DIN EN 17037.",
            "en": "Shows which walls of houses get enough sun, by the classes of DIN EN 17037.",
        },
        outputs=(
            Output("wall_sun", "features", {"de": "Sonne an Wänden", "en": "Sun at walls"}, "h", legend=CLASSES,
                   columns=(Column("top", {"de": "Oberstes Geschoss", "en": "Top storey"}, "h"),
                            Column("storeys", {"de": "Geschosse", "en": "Storeys"}, "1"),
                            Column("house", {"de": "Gebäude", "en": "Building"}))),
            Output("house_light", "features", {"de": "Schlechtestes Geschoss je Haus", "en": "Worst storey of houses"},
                   "h", legend=CLASSES,
                   columns=(Column("best", {"de": "Bestes Geschoss", "en": "Best storey"}, "h"),
                            Column("storeys", {"de": "Geschosse", "en": "Storeys"}, "1"))),
            Output("houses_dark", "indicator", {"de": "Häuser mit einem Geschoss unter 1½ Stunden",
                                                "en": "Houses with a storey below 1½ hours"}, "1", "less"),
            Output("houses_high", "indicator", {"de": "Häuser mit 4 Stunden in allen Geschossen",
                                                "en": "Houses with 4 hours in all storeys"}, "1", "more"),
            Output("houses_all", "indicator", {"de": "Häuser im Gebiet", "en": "Houses in the area"}, "1"),
            Output("wall_hours", "indicator", {"de": "Sonnenstunden der Wände", "en": "Sun hours of walls"}, "h",
                   "more"),
        ),
        card=MethodCard(
            method={
                "de": "Punkte auf den Wänden alle 4 m und je Geschoss (3 m) in 1,2 m Höhe; zu jeder Sonnenstellung über"
                " 11° wird der Strahl zur Sonne verfolgt. Für ein Geschoss zählt seine beste Stelle.",
                "en": "Points on walls every 4 m and on each storey (3 m) at 1.2 m; for each position of the sun above"
                " 11° the ray to the sun is followed. Of a storey its best place counts.",
            },
            sources=("DIN EN 17037:2022-05", "J. Meeus, Astronomical Algorithms, 2nd ed. 1998"),
            suited={"de": "Ist, Plan und Unterschied je Haus und Geschoss; Vorprüfung.",
                    "en": "Today, plan and difference by house and storey; a first check."},
            unsuited=UNSUITED,
            checked={
                "de": "Sonnenstand: NREL SPA, 0,01°. Freie Südwand, Ostwand und Wand hinter einem Riegel: Stunden aus"
                " dem Sonnenlauf, auf einen Zeitschritt genau.",
                "en": "Sun: NREL SPA, 0.01°. Free south wall, east wall and a wall behind a slab: hours by the course"
                " of the sun, within a step of time.",
            },
        ),
        needs=frozenset({Need.BUILDINGS}),
        uses=frozenset({Need.TERRAIN}),
        margin=MARGIN,
        largest=9e6,
        keywords=("daylight", "sun", "EN 17037"),
        account=(Column("points", {"de": "Punkte", "en": "Points"}, "1"),
                 Column("positions", {"de": "Sonnenstellungen", "en": "Positions of the sun"}, "1")),
    )  # fmt: skip

    day: date = Field(EQUINOX, json_schema_extra=DAY)
    step: Literal[1, 5, 10, 30] = Field(5, json_schema_extra=said(
        "Schritt", "Step", "min", choices=STEPS, expert=True))  # fmt: skip
    cell: Literal[1, 2, 4] = Field(1, json_schema_extra=said("Zelle", "Cell", "m", choices=CELLS, expert=True))

    @property
    def ground(self) -> float:
        """That of the computation."""
        return float(self.cell)

    def demand(self, size: float) -> Demand:
        """Points of the houses of a dense town times positions of the sun."""
        return Demand(2.0 + 2e-6 * size + 2.5e-5 * size * 5 / self.step, 3e8 + 80 * size / self.cell**2)

    def run(self, site: Site, progress: Progress) -> Result:
        """Hours of each wall and house."""
        progress.at(0.05, {"de": "Höhen sammeln", "en": "Gathering heights"})
        sky = skyline(site, MARGIN, self.cell)
        walls = facades(site.city, site.area, sky, WALL_PIECE)
        progress.at(0.4, {"de": "Sonne an Wänden", "en": "Sun at walls"})
        sun = course(self.day, self.day, place(site), self.step, LOWEST_SUN)
        hours = on_walls(sky, walls, sun, passing(self.day)) / 3600.0
        progress.at(0.95, {"de": "Zusammenfassen", "en": "Gathering"})
        houses = _houses(site.city, walls, hours)
        worst, best = (np.array(houses.properties[name], np.float64) for name in ("house_light", "best"))
        return Result(
            indicators=(
                Indicator("houses_dark", float((worst < LEAST).sum()), "1"),
                Indicator("houses_high", float((worst >= HIGH).sum()), "1"),
                Indicator("houses_all", float(len(best)), "1"),
                Indicator("wall_hours", round(float(hours.mean()), 3) if len(hours) else None, "h"),
            ),
            features=(_walls(site.city, walls, hours), houses),
            notes=notes(site, sky),
            account={"points": len(hours), "positions": len(sun.azimuth)},
        )


def _by_storey(
    key: NDArray[np.int64], storey: NDArray[np.int64], hours: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Key and storey of each pair there is, ordered, and the hours of its best point."""
    most = int(storey.max(initial=0)) + 1
    pairs, of = np.unique(key * most + storey, return_inverse=True)
    best = np.zeros(len(pairs))
    np.maximum.at(best, of, hours)
    return pairs // most, pairs % most, best


def _walls(city: City, walls: Facades, hours: NDArray[np.float64]) -> Features:
    """Each wall with the hours of its lowest and highest storey."""
    wall, _, best = _by_storey(walls.wall, walls.storey, hours)
    first = np.flatnonzero(np.diff(wall, prepend=-1))
    last = np.append(first[1:], len(wall))[: len(first)] - 1
    chosen = wall[first]
    names = city.ids.take(walls.house[chosen]).tolist()
    ids = tuple(f"{name}/{number}" for name, number in zip(names, chosen.tolist(), strict=True))
    return Features("wall_sun", "h", ids, walls.lines[chosen], {
        "wall_sun": np.round(best[first], 2).tolist(), "top": np.round(best[last], 2).tolist(),
        "storeys": (last - first + 1).tolist(), "house": names,
    })  # fmt: skip


def _houses(city: City, walls: Facades, hours: NDArray[np.float64]) -> Features:
    """Each building with the hours of its worst and its best storey."""
    house, _, best = _by_storey(walls.house[walls.wall], walls.storey, hours)
    first = np.flatnonzero(np.diff(house, prepend=-1))
    worst = np.minimum.reduceat(best, first) if len(first) else np.zeros(0)
    greatest = np.maximum.reduceat(best, first) if len(first) else np.zeros(0)
    storeys = np.diff(np.append(first, len(house)))
    shapes = outlines_of(city, house[first])
    kept = np.flatnonzero(~shapely.is_missing(shapes))
    return Features("house_light", "h", tuple(city.ids.take(house[first][kept]).tolist()), shapes[kept], {
        "house_light": np.round(worst[kept], 2).tolist(), "best": np.round(greatest[kept], 2).tolist(),
        "storeys": storeys[kept].tolist(),
    })  # fmt: skip
