"""What happens when it pours: where water stands and runs after a cloudburst, whom it reaches, which streets it closes.

Two-dimensional shallow water on the ground of the site; see ``water.py`` for the scheme and ``docs/reference/rain.md``
for its equations, validation and limits. While the run goes on, a fill-and-spill map comes first, then runs without
momentum on cells of 8 m and on cells twice as large as wanted, then the result.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.model import take
from kastor.city.outlines import outlines
from kastor.city.rainfall import DesignRain
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at, known_box
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
    MissingData,
    Need,
    Output,
    Process,
    Progress,
    Raster,
    Result,
    Words,
    said,
)
from kastor.simulations.fit import check as check_fit
from kastor.simulations.flood import Flood, flood
from kastor.simulations.grid import Grid, grid, open_border
from kastor.simulations.impact import AFFECTED, houses, streets
from kastor.simulations.ponds import ponds
from kastor.simulations.rain_inputs import (
    Culvert,
    Inflow,
    Line,
    Place,
    cells_of,
    culverts_of,
    inflows_of,
    sections_of,
    series_of,
)
from kastor.simulations.scene import Scene, SceneError
from kastor.simulations.storms import (
    Storm,
    StormError,
    block,
    design_rain_near,
    rain_index,
    recorded,
    scenario,
)

DEPTHS = (
    LegendClass(0.05, 0.1, "#c6dff5", {"de": "5 bis 10 cm", "en": "5 to 10 cm"}),
    LegendClass(0.1, 0.3, "#8fbfec", {"de": "10 bis 30 cm", "en": "10 to 30 cm"}),
    LegendClass(0.3, 0.5, "#4d90d6", {"de": "30 bis 50 cm", "en": "30 to 50 cm"}),
    LegendClass(0.5, 1.0, "#1f5cb0", {"de": "50 cm bis 1 m", "en": "50 cm to 1 m"}),
    LegendClass(1.0, None, "#0b2b6b", {"de": "über 1 m", "en": "more than 1 m"}),
)
SPEEDS = (
    LegendClass(0.2, 0.5, "#8bc34a", {"de": "0,2 bis 0,5 m/s", "en": "0.2 to 0.5 m/s"}),
    LegendClass(0.5, 2.0, "#fb8c00", {"de": "0,5 bis 2 m/s", "en": "0.5 to 2 m/s"}),
    LegendClass(2.0, None, "#d32f2f", {"de": "über 2 m/s", "en": "more than 2 m/s"}),
)
"""Classes of speed of the hazard maps of Baden-Württemberg."""

DEEP = 0.3
"""Depth at a wall from which water runs in through doors and light wells. [m]"""

SLICES, FEWEST, KEPT_CELLS = 24, 6, 60e6
"""Moments that are kept: of large areas fewer, so that all their cells are no more."""

QUICK = 8.0
"""Cells of the first run that is shown; that of 1 km² is there within two seconds after a change. [m]"""

STEP_BY_CELL = 0.16
"""Usual time step by side of a cell. [s/m]"""

RATES = {"full": 1.2e8, "preview": 2.2e8}
"""Cells times steps a second of a small machine; where it is dry nothing is computed."""

BYTES = 180
"""Memory of a cell, without the moments that are kept."""

DERIVED_SHARE = 0.1
"""Share of ground that is not measured from which a result is marked."""

UNKNOWN_SHARE = 0.01
"""Share of ground nothing is known of from which it is told."""

Event = Literal["rare", "exceptional", "extreme"]

EVENTS = (
    Choice("rare", {"de": "Selten", "en": "Rare"}),
    Choice("exceptional", {"de": "Außergewöhnlich", "en": "Exceptional"}),
    Choice("extreme", {"de": "Extrem", "en": "Extreme"}),
    Choice("own", {"de": "Eigener Regen", "en": "Rain of your own"},
           {"de": "Menge und Dauer geben Sie an.", "en": "You state amount and duration."}),
)  # fmt: skip
GUIDELINES = (
    Choice("nrw", {"de": "Nordrhein-Westfalen", "en": "North Rhine-Westphalia"}),
    Choice("lubw", {"de": "Baden-Württemberg", "en": "Baden-Württemberg"}),
    Choice("bkg", {"de": "Hinweiskarte des Bundes", "en": "Federal hazard map"},
           {"de": "Kennt keinen seltenen Fall.", "en": "Has no rare case."}),
)  # fmt: skip
CELLS = (
    Choice(1, {"de": "1 m", "en": "1 m"}, {"de": "Am genauesten, etwa achtmal so langsam wie 2 m.",
                                           "en": "Finest, about eight times as slow as 2 m."}),
    Choice(2, {"de": "2 m", "en": "2 m"}, {"de": "Für Quartiere und Ortsteile.", "en": "For quarters and districts."}),
    Choice(4, {"de": "4 m", "en": "4 m"}, {"de": "Für einen Überblick.", "en": "For an overview."}),
    Choice(8, {"de": "8 m", "en": "8 m"}, {"de": "Für ganze Städte; Straßen fehlen oft.",
                                           "en": "For whole towns; streets are often lost."}),
)  # fmt: skip
SCHEMES = (
    Choice("full", {"de": "Vollständig", "en": "Full"}),
    Choice("preview", {"de": "Schnell", "en": "Fast"},
           {"de": "Ohne die Trägheit der Strömung; halb so lange.",
            "en": "Without the momentum of the flow; takes half the time."}),
)  # fmt: skip
OWN = {"storm": "own"}


class Rain(Process):
    """A cloudburst over an area."""

    about: ClassVar[About] = About(
        id="rain",
        version="6",
        title={"de": "Starkregen", "en": "Heavy rain"},
        summary={
            "de": "Zeigt, wo sich bei einem Wolkenbruch Wasser sammelt und wen es trifft.",
            "en": "Shows where water gathers in a cloudburst and whom it reaches.",
        },
        outputs=(
            Output("depth", "raster", {"de": "Größte Wassertiefe", "en": "Greatest depth"}, "m", legend=DEPTHS),
            Output("speed", "raster", {"de": "Größte Geschwindigkeit", "en": "Greatest speed"}, "m/s", legend=SPEEDS),
            Output("arrival", "raster", {"de": "Eintreffen des Wassers", "en": "Arrival of the water"}, "s"),
            Output("duration", "raster", {"de": "Dauer der Überflutung", "en": "Duration of flooding"}, "s"),
            Output("course", "raster", {"de": "Wassertiefe im Verlauf", "en": "Depth over time"}, "m", legend=DEPTHS),
            Output("house_depth", "features", {"de": "Wasser an Gebäuden", "en": "Water at buildings"}, "m",
                   legend=DEPTHS, columns=(
                       Column("arrival", {"de": "Erstes Wasser nach", "en": "First water after"}, "s"),)),
            Output("street_depth", "features", {"de": "Nicht befahrbare Straßen", "en": "Impassable streets"}, "m",
                   legend=DEPTHS, columns=(
                       Column("length", {"de": "Länge unter Wasser", "en": "Length under water"}, "m"),)),
            Output("point_depth", "series", {"de": "Wassertiefe am Punkt", "en": "Depth at a point"}, "m"),
            Output("section_discharge", "series", {"de": "Durchfluss im Querschnitt", "en": "Discharge in a section"},
                   "m3/s"),
            Output("houses_affected", "indicator", {"de": "Gebäude mit mehr als 10 cm Wasser an der Wand",
                   "en": "Buildings with more than 10 cm of water at a wall"}, "1", "less"),
            Output("houses_deep", "indicator", {"de": "Gebäude mit mehr als 30 cm Wasser an der Wand",
                   "en": "Buildings with more than 30 cm of water at a wall"}, "1", "less"),
            Output("houses_all", "indicator", {"de": "Gebäude im Gebiet", "en": "Buildings in the area"}, "1"),
            Output("flooded", "indicator", {"de": "Fläche mit mehr als 10 cm Wasser",
                   "en": "Area with more than 10 cm of water"}, "m2", "less"),
            Output("closed", "indicator", {"de": "Straßenlänge, die Rettungswagen nicht durchfahren können",
                   "en": "Length of street no rescue vehicle can pass"}, "m", "less"),
            Output("rain", "indicator", {"de": "Regen", "en": "Rain"}, "mm"),
            Output("index", "indicator", {"de": "Starkregenindex", "en": "Heavy-rain index"}, "1"),
            Output("left", "indicator", {"de": "Wasser, das am Rand abfließt", "en": "Water that leaves at the border"},
                   "m3"),
        ),
        card=MethodCard(
            method={
                "de": "Flachwassergleichungen auf dem Geländeraster; Gebäude sind Hindernisse, ihr Dachwasser läuft an"
                " die Wände; Rauheit und Versickerung nach Oberfläche; der Kanal nimmt, was angegeben ist.",
                "en": "Shallow-water equations on the grid of the ground; buildings are obstacles, their roofs drain to"
                " the walls; roughness and infiltration by surface; sewers take what is stated.",
            },
            sources=(
                "Stelling, Duinmeijer 2003, doi:10.1002/fld.537",
                "KOSTRA-DWD-2010R, or the tenant's table such as KOSTRA-DWD-2020",
                "Schmitt et al. 2018, Starkregenindex",
                "LUBW 2016, MULNV NRW 2018, BKG: Szenarien",
            ),
            suited={
                "de": "Vorauswahl, Beteiligung, Vergleich von Varianten.",
                "en": "First selection, participation, comparing variants.",
            },
            unsuited={
                "de": "Kanalnetzberechnung, hydraulischer Nachweis, amtliche Gefahrenkarte. Kanten, die schmaler sind"
                " als eine Zelle, fehlen.",
                "en": "Sewer design, hydraulic proof, official hazard map. Edges narrower than a cell are missing.",
            },
            checked={
                "de": "Analytische Lösungen (Dammbruch, Schwellen, Gerinne nach MacDonald, Regen auf Ebenen) und das"
                " Hochwasser von Merewether 2007; siehe docs/reference/rain.md.",
                "en": "Analytic solutions (dam breaks, bumps, channels of MacDonald, rain on planes) and the flood of"
                " Merewether 2007; see docs/reference/rain.md.",
            },
        ),
        needs=frozenset({Need.TERRAIN}),
        uses=frozenset({Need.DESIGN_RAIN}),
        margin=100.0,
        largest=400e6,
        keywords=("flood", "pluvial", "rain"),
        account=(
            Column("inflow_m3", {"de": "Zugeflossen", "en": "Inflows"}, "m3"),
            Column("rain_m3", {"de": "Regen auf Boden und Dächer", "en": "Rain on ground and roofs"}, "m3"),
            Column("infiltration_m3", {"de": "Versickert", "en": "Infiltrated"}, "m3"),
            Column("sewer_m3", {"de": "Vom Kanal aufgenommen", "en": "Taken by the sewer"}, "m3"),
            Column("outflow_m3", {"de": "Am Rand abgeflossen", "en": "Left at the border"}, "m3"),
            Column("stored_m3", {"de": "Wasser, das am Ende noch steht", "en": "Water still there at the end"}, "m3"),
            Column("water_missing", {"de": "Fehlbetrag der Wasserbilanz, kleinste Einheiten",
                                     "en": "Missing in the balance, least units"}, "1"),
            Column("cells", {"de": "Zellen", "en": "Cells"}, "1"),
            Column("steps", {"de": "Zeitschritte", "en": "Time steps"}, "1"),
            Column("source", {"de": "Quelle des Regens", "en": "Source of the rain"}),
        ),
    )  # fmt: skip

    storm: Literal["rare", "exceptional", "extreme", "own"] = Field(
        "extreme", json_schema_extra=said("Ereignis", "Event", choices=EVENTS)
    )
    guideline: Literal["nrw", "lubw", "bkg"] = Field("nrw", json_schema_extra=said(
        "Leitfaden", "Guideline", help_de="Wessen seltener, außergewöhnlicher und extremer Fall gemeint ist.",
        help_en="Whose rare, exceptional and extreme case is meant.", choices=GUIDELINES))  # fmt: skip
    millimetres: float = Field(50.0, gt=0, le=1000, json_schema_extra=said(
        "Regenmenge", "Rain", "mm", only_with=OWN))  # fmt: skip
    minutes: int = Field(60, ge=5, le=4320, json_schema_extra=said(
        "Regendauer", "Duration of the rain", "min", only_with=OWN))  # fmt: skip
    after: int = Field(60, ge=0, le=1440, json_schema_extra=said(
        "Nachlauf", "Time afterwards", "min", "Wie lange nach dem Regen weitergerechnet wird.",
        "How long the computation goes on after the rain.", expert=True))  # fmt: skip
    cell: Literal[1, 2, 4, 8] = Field(2, json_schema_extra=said("Zelle", "Cell", "m", choices=CELLS, expert=True))
    scheme: Literal["full", "preview"] = Field("full", json_schema_extra=said(
        "Rechnung", "Computation", choices=SCHEMES, expert=True))  # fmt: skip
    sewer: float = Field(0.0, ge=0, le=500, json_schema_extra=said(
        "Kanal nimmt von Straßen", "Sewer takes from streets", "l/(s.ha)", "0, wenn der Kanal voll ist.",
        "0 when the sewer is full.", expert=True))  # fmt: skip
    infiltration: bool = Field(True, json_schema_extra=said(
        "Boden nimmt Wasser auf", "Ground takes water", expert=True))  # fmt: skip
    course: tuple[tuple[float, float], ...] = Field((), max_length=2000, json_schema_extra=said(
        "Verlauf des eigenen Regens", "Course of your own rain", help_de="Statt Menge und Dauer: je Abschnitt das"
        " Ende in Minuten und der Regen in mm, auch aufgezeichnet.", help_en="Instead of amount and duration: for each"
        " interval its end in minutes and its rain in mm, recorded ones too.", expert=True, only_with=OWN,
        form="rain"))  # fmt: skip
    points: tuple[Place, ...] = Field((), max_length=100, json_schema_extra=said(
        "Punkte mit Ganglinie", "Points with a hydrograph", help_de="Ost und Nord je Punkt; dort wird die Wassertiefe"
        " über die Zeit festgehalten.", help_en="East and north of each; the depth is kept over time there.",
        expert=True, form="places"))  # fmt: skip
    sections: tuple[Line, ...] = Field((), max_length=50, json_schema_extra=said(
        "Querschnitte mit Durchfluss", "Sections with discharge", help_de="Linien aus Ost und Nord; was nach rechts"
        " fließt, zählt positiv.", help_en="Lines of east and north; what flows to the right counts positive.",
        expert=True, form="lines"))  # fmt: skip
    inflows: tuple[Inflow, ...] = Field((), max_length=50, json_schema_extra=said(
        "Zuflüsse", "Inflows", help_de="Wasser von außen, etwa ein Bach: Ort und m³/s über die Zeit in Minuten.",
        help_en="Water from outside, such as a brook: place and m³/s over time in minutes.", expert=True,
        form="inflows"))  # fmt: skip
    culverts: tuple[Culvert, ...] = Field((), max_length=200, json_schema_extra=said(
        "Durchlässe", "Culverts", help_de="Rohre und Unterführungen: zwei Enden, lichte Breite und Höhe in m.",
        help_en="Pipes and underpasses: two ends, inner width and height in m.", expert=True,
        form="culverts"))  # fmt: skip

    @property
    def ground(self) -> float:
        """That of the computation, so that a levee made of cells of the ground has no gap."""
        return float(self.cell)

    def demand(self, size: float) -> Demand:
        """Cells times time steps; a step is about as long as a wave of shallow water needs for half a cell."""
        cells = size / self.cell**2
        minutes = self.course[-1][0] if self.course else self.minutes
        minutes = minutes if self.storm == "own" else 60
        steps = (minutes + self.after) * 60 / (STEP_BY_CELL * self.cell)
        rate = RATES[self.scheme]
        return Demand(3.0 + 4e-6 * cells + cells * steps / rate, 4e8 + (BYTES + 6 * _slices(cells)) * cells)

    def run(self, site: Site, progress: Progress) -> Result:
        """Fill-and-spill map, coarse runs, result; all but the last are shown as previews."""
        try:
            return self._run(site, progress)
        except SceneError as error:
            raise MissingData(f"rain: {error}.", f"Starkregen: {error.words['de']}.") from error
        except StormError as error:
            raise InvalidInput(f"storm: {error}", f"storm: {error.words['de']}") from error

    def _run(self, site: Site, progress: Progress) -> Result:
        assert site.terrain is not None
        middle = shapely.centroid(site.area)
        table = site.design_rain or design_rain_near(site.city.crs, middle.x, middle.y)
        storm = self.event(table)
        odd = check_fit(site)
        seconds = float(storm.minutes[-1] + self.after) * 60
        progress.at(0.0, {"de": "Gelände und Gebäude", "en": "Ground and buildings"})
        place = self._place(site, float(self.cell))
        scene, points, lines = (
            self._scene(place, storm),
            cells_of(place, self.points),
            sections_of(place, self.sections),
        )
        slices = _slices(place.ground.heights.size)
        progress.at(0.03, {"de": "Senken füllen", "en": "Filling hollows"})
        progress.show(self._filled(site, place, storm))
        begin = 0.05
        for cell, end in self._previews():
            watched = _watched(progress, begin, end, "Vorschau", "Preview")
            # where the known ground is too small for large cells there is no preview, but a result
            with contextlib.suppress(SceneError):
                coarse = self._place(site, cell)
                first = flood(self._preview_scene(coarse, storm), seconds, momentum=False, slices=slices,
                              progress=watched)  # fmt: skip
                progress.show(self._result(site, coarse, storm, table, first))
            begin = end
        watched = _watched(progress, begin, 0.98, "Wasser läuft", "Water runs")
        found = flood(
            scene, seconds, momentum=self.scheme == "full", slices=slices, points=points, sections=lines,
            progress=watched,
        )  # fmt: skip
        result = self._result(site, place, storm, table, found)
        series = series_of(found, self.points, self.sections)
        return replace(result, notes=(*odd, *result.notes), series=series)

    def _previews(self) -> list[tuple[float, float]]:
        """Cells of the runs that are shown before the result [m], and how much of the work is done after each."""
        quick = [(QUICK, 0.08)] if self.cell <= QUICK / 2 else []
        coarse = [(2.0 * self.cell, 0.25)] if self.scheme == "full" else []
        return quick if quick and quick[0][0] == 2.0 * self.cell else [*quick, *coarse]

    def _scene(self, place: Grid, storm: Storm) -> Scene:
        inflows, culverts = inflows_of(place, self.inflows), culverts_of(place, self.culverts)
        return Scene(place.ground, storm.rain, place.roofs, inflows, culverts, (open_border(place.ground),))

    def _preview_scene(self, place: Grid, storm: Storm) -> Scene:
        """Without inflows and culverts where they have no room in large cells."""
        try:
            return self._scene(place, storm)
        except InvalidInput:
            return Scene(place.ground, storm.rain, place.roofs, edges=(open_border(place.ground),))

    def event(self, table: DesignRain | None) -> Storm:
        """The storm that is meant, by the design rain of the place."""
        if self.storm == "own" and self.course:
            ends, depths = np.array(self.course).T
            return recorded(ends, depths, "")
        if self.storm == "own":
            return block(self.minutes, self.millimetres, "")
        return scenario(self.guideline, self.storm, table)

    def _place(self, site: Site, cell: float) -> Grid:
        assert site.terrain is not None
        around = shapely.bounds(site.area) + self.about.margin * np.array([-1, -1, 1, 1])
        # water leaves where the known ground ends, not only at the margin
        known = known_box(site.terrain)
        low, high = np.array(known[:2]), np.array(known[2:])
        west, south = np.maximum(around[:2], low).tolist()
        east, north = np.minimum(around[2:], high).tolist()
        box = (west, south, east, north)
        return grid(site.terrain, site.city, box, cell, sewer=self.sewer, infiltration=self.infiltration)

    def _filled(self, site: Site, place: Grid, storm: Storm) -> Result:
        standing = ponds(place.ground, storm.depth / 1000, place.roofs).depth.astype(np.float32)
        return Result(rasters=(_raster("depth", "m", place, _inside(standing, place, site.area)),))

    def _result(self, site: Site, place: Grid, storm: Storm, table: DesignRain | None, found: Flood) -> Result:
        inside = _mask(place, site.area)
        cell = place.ground.cell
        walls = houses(place, found)
        outline = outlines(site.city)
        here = shapely.intersects(outline[walls.objects], site.area)
        objects, at_wall, came = walls.objects[here], walls.depth[here], walls.arrival[here]
        closed = streets(place, site.city, found)
        depth = np.where(inside, found.depth, np.float32(np.nan))
        index = None if table is None else float(rain_index(table, float(storm.minutes[-1]), storm.depth))
        balance = found.balance
        return Result(
            indicators=(
                Indicator("houses_affected", float((at_wall >= AFFECTED).sum()), "1"),
                Indicator("houses_deep", float((at_wall >= DEEP).sum()), "1"),
                Indicator("houses_all", float(len(objects)), "1"),
                Indicator("flooded", float((depth >= AFFECTED).sum() * cell**2), "m2"),
                Indicator("closed", float(closed.length.sum()), "m"),
                Indicator("rain", storm.depth, "mm", *_range(storm)),
                Indicator("index", index, "1"),
                Indicator("left", balance.cubic_metres(balance.outflow), "m3"),
            ),
            rasters=(
                _raster("depth", "m", place, depth),
                _raster("speed", "m/s", place, np.where(inside, found.speed, np.float32(np.nan))),
                _raster("arrival", "s", place, np.where(inside, found.arrival, np.float32(np.nan))),
                _raster("duration", "s", place, np.where(inside, found.duration, np.float32(np.nan))),
                Raster("course", "m", place.west, place.north, cell, _course(found, inside),
                       (0.0, *found.slice_times.tolist())),
            ),
            features=(
                _features("house_depth", site, outline, objects, at_wall,
                          {"arrival": [None if np.isnan(c) else round(c) for c in came.tolist()]}),
                _features("street_depth", site, outline, closed.objects, closed.depth,
                          {"length": [round(n, 1) for n in closed.length.tolist()]}),
            ),
            notes=_notes(site, place, storm),
            account={
                "water_missing": balance.missing, "cells": found.depth.size, "steps": found.steps,
                "rain_m3": round(balance.cubic_metres(balance.rain + balance.roofs), 3),
                "inflow_m3": round(balance.cubic_metres(balance.inflow), 3),
                "stored_m3": round(balance.cubic_metres(balance.stored), 3),
                "infiltration_m3": round(balance.cubic_metres(balance.infiltration), 3),
                "sewer_m3": round(balance.cubic_metres(balance.sewer), 3),
                "outflow_m3": round(balance.cubic_metres(balance.outflow), 3),
                "source": storm.source,
            },
        )  # fmt: skip


def _range(storm: Storm) -> tuple[float, float] | tuple[None, None]:
    """Between which depths all the rain lies as far as is known. [mm]"""
    if storm.tolerance is None:
        return None, None
    return storm.depth * (1 - storm.tolerance), storm.depth * (1 + storm.tolerance)


def _course(found: Flood, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Depth at each kept moment, the first when it is dry yet, shape (times, rows, cols). [m]"""
    depth = found.slices / np.float32(1000)
    kept: NDArray[np.float32] = np.where(inside, np.concatenate([np.zeros_like(depth[:1]), depth]), np.float32(np.nan))
    return kept


def _slices(cells: float) -> int:
    """How many moments are kept."""
    return int(np.clip(KEPT_CELLS / max(cells, 1.0), FEWEST, SLICES))


class _watched:
    """Progress of a part of the run, from ``begin`` to ``end`` of the whole."""

    def __init__(self, progress: Progress, begin: float, end: float, de: str, en: str) -> None:
        self._progress, self._begin, self._end = progress, begin, end
        self._what: Words = {"de": de, "en": en}

    def __call__(self, done: float) -> None:
        self._progress.at(self._begin + (self._end - self._begin) * done, self._what)


def _mask(place: Grid, area: shapely.Geometry) -> NDArray[np.bool_]:
    """Which cells lie in the area and are free ground, shape (rows, cols)."""
    free: NDArray[np.bool_] = (place.building < 0) & np.isfinite(place.ground.heights)
    return _within(place, area) & free


def _within(place: Grid, area: shapely.Geometry) -> NDArray[np.bool_]:
    """Which cells have their middle in the area, shape (rows, cols)."""
    rows, cols = place.ground.heights.shape
    x = place.west + (np.arange(cols) + 0.5) * place.ground.cell
    y = place.north - (np.arange(rows) + 0.5) * place.ground.cell
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, *np.meshgrid(x, y)), bool)


def _inside(values: NDArray[np.float32], place: Grid, area: shapely.Geometry) -> NDArray[np.float32]:
    found: NDArray[np.float32] = np.where(_mask(place, area), values, np.float32(np.nan))
    return found


def _raster(name: str, unit: str, place: Grid, values: NDArray[np.float32]) -> Raster:
    return Raster(name, unit, place.west, place.north, place.ground.cell, values)


def _features(
    name: str, site: Site, outline: NDArray[np.object_], objects: NDArray[np.int64], depth: NDArray[np.float64],
    more: dict[str, list[float | None]],
) -> Features:  # fmt: skip
    """Objects with the water at them, the deepest first."""
    order = np.argsort(-depth, kind="stable")
    chosen = objects[order]
    ids = tuple(take(site.city, chosen).ids.tolist()) if len(chosen) else ()
    sorted_more = {key: [values[i] for i in order.tolist()] for key, values in more.items()}
    return Features(
        name, "m", ids, outline[chosen], {name: [round(d, 3) for d in depth[order].tolist()], **sorted_more}
    )


def _notes(site: Site, place: Grid, storm: Storm) -> tuple[Words, ...]:
    found: list[Words] = []
    assert site.terrain is not None
    if _derived(site.terrain, site.area) > DERIVED_SHARE:
        found.append({
            "de": "Das Gelände ist hier aus Gebäudedaten abgeleitet: Das Ergebnis ist nur ein Hinweis.",
            "en": "The ground is derived from building data here: the result is a hint only.",
        })  # fmt: skip
    unknown = _unknown(place, site.area)
    if unknown > UNKNOWN_SHARE:
        found.append({
            "de": f"Auf {unknown:.0%} der Fläche ist das Gelände unbekannt: Dort fließt nichts.",
            "en": f"The ground is unknown on {unknown:.0%} of the area: nothing flows there.",
        })  # fmt: skip
    if len(place.too_small):
        found.append({
            "de": f"Gebäude, die kleiner sind als eine Zelle und kein Wasser aufhalten: {len(place.too_small)}.",
            "en": f"Buildings smaller than a cell, which do not hold water back: {len(place.too_small)}.",
        })  # fmt: skip
    if storm.source:
        found.append({"de": f"Regen: {storm.source}.", "en": f"Rain: {storm.source}."})
    return tuple(found)


def _unknown(place: Grid, area: shapely.Geometry) -> float:
    """Share of the area in which the ground is not known."""
    inside = _within(place, area)
    return float((inside & ~np.isfinite(place.ground.heights)).sum() / max(inside.sum(), 1))


def _derived(terrain: Terrain, area: shapely.Geometry) -> float:
    """Share of the area whose heights are not measured."""
    if terrain.distance is None:
        return 0.0
    west, south, east, north = shapely.bounds(area).tolist()
    x, y = np.meshgrid(np.linspace(west, east, 64), np.linspace(south, north, 64))
    apart = height_at(Terrain(terrain.crs, terrain.west, terrain.north, terrain.cell, terrain.distance), x.ravel(),
                      y.ravel())  # fmt: skip
    return float((apart > terrain.cell).mean())
