"""What is built, sealed and green in an area, and how many trees stand there: the plain figures plans are compared by.

Areas are unions cut at the border, so nothing counts twice. What a plan covers anew lies over streets and parking, not
over buildings. Floor area is storeys times footprint, storeys estimated where nobody states them.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.model import City, Kind, root
from kastor.city.outlines import Geometries, own_outlines, with_parts
from kastor.city.site import Site
from kastor.planning.floors import floor_sizes
from kastor.process import About, Column, Demand, Indicator, MethodCard, Output, Process, Progress, Result
from kastor.tiles.land import LAND_USE, STREET_WIDTHS

STREET_WIDTH = 5.0
"""Width of a street of no known class. [m]"""

GREEN = frozenset({"green", "meadow", "forest", "cemetery", "garden", "farmland"})
"""Layers of land use (``tiles.land``) that are green."""

SEALED_COVERS, GREEN_COVERS = frozenset({"sealed"}), frozenset({"green"})


class Balance(Process):
    """Areas, floor area and trees."""

    about: ClassVar[About] = About(
        id="balance",
        version="1",
        title={"de": "Flächenbilanz", "en": "Balance of areas"},
        summary={
            "de": "Zählt, was im Gebiet bebaut, versiegelt und grün ist, mit Geschossfläche, Wohnungen und Bäumen.",
            "en": "Counts what is built on, sealed and green in the area, with floor area, dwellings and trees.",
        },
        outputs=(
            Output("buildings", "indicator", {"de": "Gebäude", "en": "Buildings"}, "1"),
            Output("built_area", "indicator", {"de": "Bebaute Fläche", "en": "Built-up area"}, "m2", "less"),
            Output("floor_area", "indicator", {"de": "Geschossfläche", "en": "Floor area"}, "m2"),
            Output("dwellings", "indicator", {"de": "Wohnungen, soweit angegeben", "en": "Dwellings where stated"},
                   "1", "more"),
            Output("sealed", "indicator", {"de": "Versiegelte Fläche", "en": "Sealed area"}, "m2", "less"),
            Output("green", "indicator", {"de": "Grünfläche", "en": "Green area"}, "m2", "more"),
            Output("trees", "indicator", {"de": "Bäume", "en": "Trees"}, "1", "more"),
        ),
        card=MethodCard(
            method={
                "de": "Vereinigte Flächen im Gebiet: versiegelt sind Gebäude, Straßen (Länge mal Breite), Parkplätze"
                " und geplante versiegelte Flächen. Geschossfläche ist Grundfläche mal Geschosse; ein Gebäude zählt,"
                " wenn seine Mitte im Gebiet liegt.",
                "en": "Unions of areas: sealed are buildings, streets (length times width), parking and what a plan"
                " seals. Floor area is footprint times storeys; a building counts when its middle lies in the area.",
            },
            sources=(),
            suited={"de": "Vergleich von Varianten, Überblick.", "en": "Comparing variants, an overview."},
            unsuited={
                "de": "Nachweis von GRZ und GFZ nach BauNVO; Höfe, Zufahrten und Terrassen stehen selten in den Daten.",
                "en": "Proof of plot ratios; yards, drives and terraces are rarely in the data.",
            },
            checked={
                "de": "Vier Häuser mit bekannten Maßen: genau.", "en": "Four houses of known size: exact.",
            },
        ),
        largest=100e6,
        keywords=("area", "sealing", "floor area"),
        account=(Column("estimated", {"de": "Geschossfläche aus geschätzten Geschossen",
                                      "en": "Floor area of estimated storeys"}, "m2"),),
    )  # fmt: skip

    def demand(self, size: float) -> Demand:
        """Unions of the outlines of a dense town."""
        return Demand(0.5 + 2e-6 * size, 2e8 + 50 * size)

    def run(self, site: Site, progress: Progress) -> Result:
        """Count and measure."""
        progress.at(0.1, {"de": "Flächen messen", "en": "Measuring areas"})
        city, area = site.city, site.area
        shapely.prepare(area)
        own = own_outlines(city)
        shapes = with_parts(city, own)
        counted = _counted(city, shapes, area)
        size, storeys, estimated, _ = floor_sizes(city, own)
        floor = size * storeys * counted[root(city)]
        built = _union(shapes[(city.kind == Kind.BUILDING) & (city.parent < 0)], area)
        progress.at(0.5, {"de": "Versiegelung", "en": "Sealing"})
        sealed, green = _sealed_and_green(city, shapes, area, built)
        points = shapes[city.kind == Kind.TREE]
        trees = int(shapely.intersects(points, area).sum())
        return Result(
            indicators=(
                Indicator("buildings", float(counted.sum()), "1"),
                Indicator("built_area", _size(built), "m2"),
                Indicator("floor_area", round(float(floor.sum()), 1), "m2"),
                Indicator("dwellings", _dwellings(city, counted), "1"),
                Indicator("sealed", sealed, "m2"),
                Indicator("green", green, "m2"),
                Indicator("trees", float(trees), "1"),
            ),
            account={"estimated": round(float(floor[estimated].sum()), 1)},
        )


def _counted(city: City, shapes: Geometries, area: shapely.Geometry) -> NDArray[np.bool_]:
    """Buildings whose middle lies in the area, shape (n_objects,)."""
    whole = (city.kind == Kind.BUILDING) & (city.parent < 0) & ~shapely.is_missing(shapes)
    found = np.zeros(len(city), bool)
    found[whole] = shapely.intersects(shapely.centroid(shapes[whole]), area)
    return found


def _dwellings(city: City, counted: NDArray[np.bool_]) -> float:
    column = city.attributes.get("dwellings")
    return float(np.nansum(column.numbers()[counted])) if column is not None else 0.0


def _sealed_and_green(
    city: City, shapes: Geometries, area: shapely.Geometry, built: shapely.Geometry
) -> tuple[float, float]:
    """Sealed and green area. [m²]"""
    planned = np.array(_texts(city, "cover"), object)
    covers = (city.kind == Kind.LAND_USE) & (planned != "")
    paved = _union(np.concatenate([_streets(city, shapes), shapes[city.kind == Kind.PARKING]]), area)
    wanted = _union(shapes[covers & np.isin(planned, list(SEALED_COVERS))], area)
    others = _union(shapes[covers & ~np.isin(planned, list(SEALED_COVERS))], area)
    sealed = shapely.union_all([built, wanted, shapely.difference(paved, others)])
    layers = np.array([_layer(*names) for names in zip(*(_texts(city, n) for n in ("landuse", "natural", "leisure")),
                                                       strict=True)], object)  # fmt: skip
    grows = np.isin(city.kind, (Kind.LAND_USE, Kind.VEGETATION)) & np.isin(layers, list(GREEN)) & ~covers
    kept = shapely.difference(_union(shapes[grows], area), _union(shapes[covers], area))
    made = _union(shapes[covers & np.isin(planned, list(GREEN_COVERS))], area)
    green = shapely.difference(shapely.union(kept, made), sealed)
    return _size(sealed), _size(green)


def _streets(city: City, shapes: Geometries) -> Geometries:
    """Streets as areas, by their width or the usual one of their class."""
    chosen = np.flatnonzero((city.kind == Kind.STREET) & ~shapely.is_missing(shapes))
    classes = _texts(city, "highway")
    usual = np.array([STREET_WIDTHS.get(classes[k], ("", STREET_WIDTH))[1] for k in chosen.tolist()], float)
    column = city.attributes.get("width")
    told = column.numbers()[chosen] if column is not None else np.full(len(chosen), np.nan)
    with np.errstate(invalid="ignore"):
        width = np.where((told > 0) & (told < 100), told, usual)
    return np.asarray(shapely.buffer(shapes[chosen], width / 2, cap_style="flat", quad_segs=4), object)


def _layer(*names: str) -> str:
    return next((LAND_USE.get(name, "") for name in names if name), "")


def _texts(city: City, name: str) -> list[str]:
    column = city.attributes.get(name)
    return ["" if v is None else str(v) for v in column.tolist()] if column is not None else [""] * len(city)


def _union(shapes: Geometries, area: shapely.Geometry) -> shapely.Geometry:
    """Those of some shapes that have an area, joined and cut."""
    solid = shapes[~shapely.is_missing(shapes)]
    solid = solid[shapely.area(solid) > 0]
    solid = solid[shapely.intersects(solid, area)]
    return shapely.intersection(shapely.union_all(solid), area)


def _size(shape: shapely.Geometry) -> float:
    return round(float(shapely.area(shape)), 1)
