"""How much sun do roofs and walls get in a year, and how much power could panels on the roofs give?

A typical year of weather hour by hour, the sky after Perez, panels as in PVWatts; the shade of houses, hills and trees
by the horizons of points on each plane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field

from kastor.city.geometry import polygon_normals, triangulate
from kastor.city.ground import fill_triangles
from kastor.city.model import City, Semantic, owner, root
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
from kastor.simulations import rays
from kastor.simulations.facades import HOUSES, facades, outlines_of
from kastor.simulations.panels import SLICES, Planes, Yields, yields
from kastor.simulations.shadow import ground_notes
from kastor.simulations.skyline import Skyline, skyline
from kastor.simulations.sunlight import place
from kastor.simulations.weather import hours, usual_weather

MARGIN = 150.0
DIRECTIONS = 36
POINTS = 12
"""Most points on a plane."""

LIGHT = (
    LegendClass(None, 500.0, "#5b5f97", {"de": "unter 500", "en": "below 500"}),
    LegendClass(500.0, 800.0, "#b8b8d1", {"de": "500 bis 800", "en": "500 to 800"}),
    LegendClass(800.0, 950.0, "#ffe9a8", {"de": "800 bis 950", "en": "800 to 950"}),
    LegendClass(950.0, 1100.0, "#ffc145", {"de": "950 bis 1100", "en": "950 to 1100"}),
    LegendClass(1100.0, None, "#f07f13", {"de": "über 1100", "en": "more than 1100"}),
)


class Solar(Process):
    """Light and power of roofs."""

    about: ClassVar[About] = About(
        id="solar",
        version="2",
        title={"de": "Solarstrom auf Dächern", "en": "Solar power on roofs"},
        summary={
            "de": "Zeigt, welche Dächer sich für Solarstrom eignen und was sie im Jahr liefern.",
            "en": "Shows which roofs are good for solar power and what they give in a year.",
        },
        outputs=(
            Output("roof_light", "features", {"de": "Sonne auf Dachflächen", "en": "Sun on roofs"}, "kW.h/m2",
                   legend=LIGHT,
                   columns=(Column("area", {"de": "Fläche", "en": "Area"}, "m2"),
                            Column("tilt", {"de": "Neigung", "en": "Tilt"}, "deg"),
                            Column("facing", {"de": "Richtung", "en": "Direction"}, "deg"),
                            Column("peak", {"de": "Leistung", "en": "Peak power"}, "kW"),
                            Column("yield", {"de": "Ertrag im Jahr", "en": "Yield of a year"}, "kW.h"),
                            Column("house", {"de": "Gebäude", "en": "Building"}))),
            Output("house_yield", "features", {"de": "Ertrag je Gebäude im Jahr", "en": "Yield of buildings a year"},
                   "kW.h",
                   columns=(Column("peak", {"de": "Leistung", "en": "Peak power"}, "kW"),
                            Column("area", {"de": "Geeignete Dachfläche", "en": "Suitable roof"}, "m2"))),
            Output("wall_light", "features", {"de": "Sonne auf Wänden", "en": "Sun on walls"}, "kW.h/m2",
                   legend=LIGHT),
            Output("power", "indicator", {"de": "Möglicher Solarstrom im Jahr", "en": "Possible solar power a year"},
                   "MW.h", "more"),
            Output("peak", "indicator", {"de": "Mögliche Leistung", "en": "Possible peak power"}, "kW", "more"),
            Output("suitable", "indicator", {"de": "Geeignete Dachfläche", "en": "Suitable roof"}, "m2", "more"),
            Output("roofs", "indicator", {"de": "Dachfläche", "en": "Roof"}, "m2"),
            Output("mean_light", "indicator", {"de": "Sonne auf Dächern im Mittel", "en": "Mean sun on roofs"},
                   "kW.h/m2", "more"),
        ),
        card=MethodCard(
            method={
                "de": "Jede Dachfläche Stunde für Stunde eines typischen Jahres: direktes Licht nach dem Anteil ihrer"
                " Punkte, den die Sonne erreicht, Himmelslicht nach Perez 1990, Module wie in PVWatts 5 flach auf dem"
                " Dach. Kronen lassen 3 % (mit Laub) oder 50 % des Lichts durch.",
                "en": "Each roof hour by hour of a typical year: direct light by the share of its points the sun"
                " reaches, light of the sky after Perez 1990, panels as in PVWatts 5 flat on the roof. Crowns let 3 %"
                " (in leaf) or 50 % of the light pass.",
            },
            sources=(
                "R. Perez et al. 1990, doi:10.1016/0038-092X(90)90055-H",
                "A. Dobos 2014, PVWatts Version 5, NREL/TP-6A20-62641",
                "D. Faiman 2008, doi:10.1002/pip.813",
                "J. Konarska et al. 2014, doi:10.1007/s00704-013-1000-3 (Baumkronen)",
                "PVGIS TMY 2005-2020, Berlin, © European Union",
            ),
            suited={"de": "Solarkataster, Wärme- und Quartiersplanung, Vergleich von Entwürfen.",
                    "en": "Solar register, planning of heat and quarters, comparing designs."},
            unsuited={
                "de": "Angebot oder Ertragsgutachten; Gauben, Fenster, Statik und Denkmalschutz fehlen. Ohne"
                " eigenes Wetterjahr gilt das von Berlin; anderswo ist es sonniger oder trüber.",
                "en": "An offer or expert report on yields; dormers, windows, statics and monuments are missing."
                " Without a year of its own the weather is that of Berlin; elsewhere there is more or less sun.",
            },
            checked={
                "de": "Gegen pvlib Stunde für Stunde mit demselben Horizont: siehe docs/reference/sun.md.",
                "en": "Against pvlib hour by hour with the same horizon: see docs/reference/sun.md.",
            },
        ),
        needs=frozenset({Need.BUILDINGS}),
        uses=frozenset({Need.TERRAIN, Need.WEATHER}),
        margin=MARGIN,
        largest=25e6,
        keywords=("solar", "pv", "energy"),
        account=(Column("planes", {"de": "Flächen", "en": "Planes"}, "1"),
                 Column("points", {"de": "Punkte", "en": "Points"}, "1"),
                 Column("hours", {"de": "Stunden mit Licht", "en": "Hours with light"}, "1")),
    )  # fmt: skip

    efficiency: float = Field(0.2, ge=0.05, le=0.4, json_schema_extra=said(
        "Wirkungsgrad der Module", "Efficiency of panels", "1", expert=True))  # fmt: skip
    usable: float = Field(0.7, ge=0.05, le=1.0, json_schema_extra=said(
        "Nutzbarer Anteil der Fläche", "Usable share of the area", "1",
        "Abzug für Ränder, Fenster und Aufbauten.", "Less edges, windows and superstructures.",
        expert=True))  # fmt: skip
    least: float = Field(800.0, ge=0, le=2000, json_schema_extra=said(
        "Geeignet ab", "Suitable from", "kW.h/m2", "Sonne im Jahr auf der Fläche.", "Sun of a year on the plane.",
        expert=True))  # fmt: skip
    smallest: float = Field(10.0, ge=0, le=1000, json_schema_extra=said(
        "Kleinste Fläche", "Smallest plane", "m2", expert=True))  # fmt: skip
    walls: bool = Field(False, json_schema_extra=said("Auch Wände", "Walls too", expert=True))

    def demand(self, size: float) -> Demand:
        """Planes of a dense town times hours of the year."""
        return Demand(2.0 + 1.2e-5 * size * (3 if self.walls else 1), 4e8 + 200 * size)

    def run(self, site: Site, progress: Progress) -> Result:
        """Roofs first, then walls."""
        progress.at(0.05, {"de": "Höhen sammeln", "en": "Gathering heights"})
        sky = skyline(site, MARGIN, self.ground)
        found = roofs(site.city, site.area, sky)
        progress.at(0.2, {"de": "Horizonte suchen", "en": "Looking for horizons"})
        planes = _seen(sky, found.tilt, found.facing, found.offsets, found.points)
        progress.at(0.5, {"de": "Ein Jahr Sonne", "en": "A year of sun"})
        weather = site.weather or usual_weather()
        year = hours(weather, place(site))
        given = yields(planes, year)
        good = (given.light >= self.least) & (found.area >= self.smallest)
        peak = np.where(good, found.area * self.usable * self.efficiency, 0.0)
        power = peak * given.power
        progress.at(0.8, {"de": "Zusammenfassen", "en": "Gathering"})
        features = [
            _roof_features(site.city, found, given, peak, power),
            _house_features(site.city, found, peak, power, good),
        ]
        if self.walls:
            features.append(_wall_features(site, sky))
        total = float(found.area.sum())
        return Result(
            indicators=(
                Indicator("power", round(float(power.sum()) / 1000, 3), "MW.h"),
                Indicator("peak", round(float(peak.sum()), 3), "kW"),
                Indicator("suitable", round(float(found.area[good].sum()), 2), "m2"),
                Indicator("roofs", round(total, 2), "m2"),
                Indicator("mean_light", round(float((given.light * found.area).sum()) / total, 1) if total else None,
                          "kW.h/m2"),
            ),
            features=tuple(features),
            notes=(*ground_notes(site), {"de": f"Wetter: {weather.source}.", "en": f"Weather: {weather.source}."}),
            account={"planes": len(found.area), "points": len(found.points), "hours": len(year.azimuth)},
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Roofs:
    """
    Roof planes of an area.

    Parameters
    ----------
    polygon, house
        Polygon of the city, and the building it belongs to, shape (f,).
    tilt, facing
        From level, and where it looks in plan, clockwise from north, shape (f,). [rad]
    area
        Of the plane itself, shape (f,). [m²]
    offsets
        Points of each, ragged, shape (f + 1,).
    points
        Row, column and height, see :func:`~kastor.simulations.rays.horizons`, shape (n, 3).
    """

    polygon: NDArray[np.int64]
    house: NDArray[np.int64]
    tilt: NDArray[np.float64]
    facing: NDArray[np.float64]
    area: NDArray[np.float64]
    offsets: NDArray[np.int64]
    points: NDArray[np.float64]


def roofs(city: City, area: shapely.Geometry, sky: Skyline) -> Roofs:
    """Roof planes of the buildings that stand in an area, each with some points of the grid that lie on it."""
    surface = owner(city.polygon_offsets)
    of = owner(city.surface_offsets)[surface]
    normals = polygon_normals(city)
    size = np.linalg.norm(normals, axis=1)
    wanted = (city.semantic[surface] == Semantic.ROOF) & np.isin(city.kind[of], HOUSES) & (size > 1.0)
    wanted &= normals[:, 2] > 0.1 * size
    triangles, polygon = triangulate(city)
    middle = np.zeros((len(size), 3))
    np.add.at(middle, polygon, city.xyz[triangles].mean(axis=1))
    middle /= np.maximum(np.bincount(polygon, minlength=len(size)), 1)[:, None]
    shapely.prepare(area)
    wanted &= np.asarray(shapely.contains_xy(area, middle[:, 0], middle[:, 1]))
    chosen = np.flatnonzero(wanted)
    unit = normals[chosen] / size[chosen, None]
    tilt = np.arccos(np.clip(unit[:, 2], -1, 1))
    facing = np.arctan2(unit[:, 0], unit[:, 1]) % (2 * np.pi)
    number = np.full(len(size), -1)
    number[chosen] = np.arange(len(chosen))
    offsets, points = _points(city, sky, triangles, number[polygon], middle[chosen], tilt)
    return Roofs(chosen, root(city)[of[chosen]], tilt, facing, size[chosen], offsets, points)


def _points(
    city: City, sky: Skyline, triangles: NDArray[np.int32], number: NDArray[np.int64], middle: NDArray[np.float64],
    tilt: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """At most ``POINTS`` cells of each plane, evenly spread; its middle where it covers none."""
    triangles, number = triangles[number >= 0], number[number >= 0]
    order = np.argsort(city.xyz[triangles, 2].max(axis=1), kind="stable") if len(triangles) else np.zeros(0, np.int64)
    value = np.zeros(len(city.xyz))
    value[triangles.ravel()] = np.repeat(number, 3)
    covered = np.full(sky.solid.shape, np.nan, np.float32)
    x, y = (city.xyz[:, 0] - sky.west) / sky.cell - 0.5, (sky.north - city.xyz[:, 1]) / sky.cell - 0.5
    fill_triangles(triangles[order], x, y, value, covered)
    row, col = np.nonzero(np.isfinite(covered))
    plane = np.rint(covered[row, col]).astype(np.int64)
    by_plane = np.argsort(plane, kind="stable")
    row, col, plane = row[by_plane], col[by_plane], plane[by_plane]
    count = np.bincount(plane, minlength=len(middle))
    place_in = np.arange(len(plane)) - (np.cumsum(count) - count)[plane]
    step = np.maximum(-(-count // POINTS), 1)[plane]
    kept = place_in % step == step // 2
    row, col, plane = row[kept], col[kept], plane[kept]
    height = sky.solid[row, col].astype(np.float64)
    bare = np.setdiff1d(np.arange(len(middle)), plane)
    at = sky.cells(middle[bare, 0], middle[bare, 1])
    plane = np.concatenate([plane, bare])
    points = np.column_stack([
        np.concatenate([row + 0.5, at[:, 0]]), np.concatenate([col + 0.5, at[:, 1]]),
        np.concatenate([height, middle[bare, 2] - sky.zero]),
    ])  # fmt: skip
    order = np.argsort(plane, kind="stable")
    # a ray that rounds to a cell further up the own roof does not see the sky less
    lift = 0.1 + np.minimum(0.6 * sky.cell * np.tan(tilt[plane[order]]), 1.0)
    points = points[order] + np.column_stack([np.zeros((len(order), 2)), lift])
    return np.searchsorted(plane[order], np.arange(len(middle) + 1)), np.ascontiguousarray(points)


def _seen(
    sky: Skyline, tilt: NDArray[np.float64], facing: NDArray[np.float64], offsets: NDArray[np.int64],
    points: NDArray[np.float64],
) -> Planes:  # fmt: skip
    found = np.zeros((len(points), DIRECTIONS), np.float32)
    azimuths = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    rays.horizons(sky.solid, points, azimuths, sky.cell, MARGIN, found)
    crowns = np.zeros((len(points) if sky.trees else 0, DIRECTIONS), np.uint64)
    if sky.trees:
        rays.crown_slices(sky.solid, sky.top, sky.base, points, azimuths, sky.cell, MARGIN, SLICES, crowns)
    return Planes(tilt, facing, offsets, found, crowns)


def _roof_features(
    city: City, found: Roofs, given: Yields, peak: NDArray[np.float64], power: NDArray[np.float64]
) -> Features:
    names = city.ids.take(found.house).tolist()
    ids = tuple(f"{name}/{polygon}" for name, polygon in zip(names, found.polygon.tolist(), strict=True))
    return Features("roof_light", "kW.h/m2", ids, _plans(city, found.polygon), {
        "roof_light": np.round(given.light, 1).tolist(), "area": np.round(found.area, 1).tolist(),
        "tilt": np.round(np.degrees(found.tilt), 1).tolist(), "facing": np.round(np.degrees(found.facing), 1).tolist(),
        "peak": np.round(peak, 2).tolist(), "yield": np.round(power).tolist(), "house": names,
    })  # fmt: skip


def _plans(city: City, polygons: NDArray[np.int64]) -> NDArray[np.object_]:
    """Outer rings of some polygons in plan."""
    rings = city.ring_offsets[polygons]
    ends = city.vertex_offsets
    shapes = [shapely.Polygon(city.xyz[ends[r] : ends[r + 1], :2]) for r in rings.tolist()]
    return np.array([*shapes, None], object)[:-1]


def _house_features(
    city: City, found: Roofs, peak: NDArray[np.float64], power: NDArray[np.float64], good: NDArray[np.bool_]
) -> Features:
    houses, of = np.unique(found.house, return_inverse=True)
    sums = [np.bincount(of, values, minlength=len(houses)) for values in (power, peak, found.area * good)]
    shapes = outlines_of(city, houses)
    kept = np.flatnonzero(~shapely.is_missing(shapes) & (sums[1] > 0))
    kept = kept[np.argsort(-sums[0][kept], kind="stable")]
    return Features("house_yield", "kW.h", tuple(city.ids.take(houses[kept]).tolist()), shapes[kept], {
        "house_yield": np.round(sums[0][kept]).tolist(), "peak": np.round(sums[1][kept], 2).tolist(),
        "area": np.round(sums[2][kept], 1).tolist(),
    })  # fmt: skip


def _wall_features(site: Site, sky: Skyline) -> Features:
    """Light on each wall, the mean of its points."""
    walls = facades(site.city, site.area, sky, 4.0)
    order = np.argsort(walls.wall, kind="stable")
    chosen, first = np.unique(walls.wall[order], return_index=True)
    offsets = np.append(first, len(order)).astype(np.int64)
    facing = np.arctan2(walls.facing[chosen, 0], walls.facing[chosen, 1]) % (2 * np.pi)
    planes = _seen(sky, np.full(len(chosen), np.pi / 2), facing, offsets, np.ascontiguousarray(walls.points[order]))
    given = yields(planes, hours(site.weather or usual_weather(), place(site)))
    names = site.city.ids.take(walls.house[chosen]).tolist()
    ids = tuple(f"{name}/{wall}" for name, wall in zip(names, chosen.tolist(), strict=True))
    return Features(
        "wall_light", "kW.h/m2", ids, walls.lines[chosen], {"wall_light": np.round(given.light, 1).tolist()}
    )
