"""What may be changed in a city: edits, and the city they make of another one.

An edit is plain data and says what is wanted, not how the arrays change; a list of edits applied to the same
:class:`~kastor.city.site.Site` always gives the same one. Neither the site nor its arrays are changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.builder import CityBuilder
from kastor.city.extrude import extrude
from kastor.city.fields import InvalidValue
from kastor.city.model import City, Kind, Semantic, concat, root, take
from kastor.city.site import Site
from kastor.city.terrain import Terrain, height_at

Place = tuple[float, float]
"""East and north. [m]"""

HIGHEST_BUILDING = 500.0
DEEPEST, HIGHEST = 30.0, 20.0
"""Of a basin and a levee. [m]"""


@dataclass(frozen=True)
class AddBuilding:
    """
    A block with a flat roof on a footprint.

    Parameters
    ----------
    id
        Id of the new object, one the city does not have.
    footprint
        Corners in order, the last not repeated. [m]
    height
        Above the lowest ground at a corner. [m]
    """

    id: str
    footprint: tuple[Place, ...]
    height: float
    kind: Literal["add_building"] = "add_building"


@dataclass(frozen=True)
class Demolish:
    """An object is taken away with its parts."""

    id: str
    kind: Literal["demolish"] = "demolish"


@dataclass(frozen=True)
class Basin:
    """
    A hollow with a level floor.

    Parameters
    ----------
    outline
        Corners in order. [m]
    depth
        Of the floor below the lowest ground in the outline. [m]
    """

    outline: tuple[Place, ...]
    depth: float
    kind: Literal["basin"] = "basin"


@dataclass(frozen=True)
class Levee:
    """
    A bank of earth, or a wall, along a line.

    Parameters
    ----------
    line
        Its axis. [m]
    height
        Of the crest above the ground below it. [m]
    width
        Of the crest; at least one cell of the ground is raised. [m]
    """

    line: tuple[Place, ...]
    height: float
    width: float = 2.0
    kind: Literal["levee"] = "levee"


Edit = AddBuilding | Demolish | Basin | Levee


def apply(site: Site, edits: Iterable[Edit]) -> Site:
    """
    The site after some edits, one after the other.

    Raises
    ------
    InvalidValue
        When an edit cannot be: names field, value and cure.
    """
    return reduce(_applied, edits, site)


def _applied(site: Site, edit: Edit) -> Site:
    match edit:
        case AddBuilding():
            return replace(site, city=_with_building(site, edit))
        case Demolish():
            return replace(site, city=_without(site.city, edit.id))
        case Basin():
            return replace(site, terrain=_hollowed(_ground(site), edit))
        case Levee():
            return replace(site, terrain=_raised(_ground(site), edit))


def _with_building(site: Site, edit: AddBuilding) -> City:
    _between("height", edit.height, HIGHEST_BUILDING)
    if edit.id in set(site.city.ids.tolist()):
        raise InvalidValue(
            "id", f"{edit.id!r} gibt es schon; eine andere Kennung wählen.", f"{edit.id!r} exists; choose another id."
        )
    outline = _area("footprint", edit.footprint)
    corners = shapely.get_coordinates(shapely.orient_polygons(outline))[:-1]
    base = _lowest(site.terrain, corners)
    grow = CityBuilder(site.city.crs)
    grow.add_object(edit.id, Kind.BUILDING, measuredHeight=edit.height)
    grow.add_surface(Semantic.FOOTPRINT, [[[(x, y, base) for x, y in corners.tolist()]]], lod=0)
    return concat([site.city, extrude(grow.build())])


def _lowest(terrain: Terrain | None, corners: NDArray[np.float64]) -> float:
    if terrain is None:
        return 0.0
    heights = height_at(terrain, corners[:, 0], corners[:, 1])
    return float(np.nanmin(heights)) if np.isfinite(heights).any() else 0.0


def _without(city: City, object_id: str) -> City:
    ids = city.ids.tolist()
    if object_id not in ids:
        raise InvalidValue(
            "id", f"{object_id!r} gibt es hier nicht.", f"there is no {object_id!r} here; name an object of the area."
        )
    index = ids.index(object_id)
    gone = root(city) == index
    gone[index] = True
    return take(city, np.flatnonzero(~gone))


def _hollowed(terrain: Terrain, edit: Basin) -> Terrain:
    _between("depth", edit.depth, DEEPEST)
    inside = _cells(terrain, _area("outline", edit.outline))
    heights = terrain.heights.copy()
    known = inside & np.isfinite(heights)
    if known.any():
        floor = heights[known].min() - np.float32(edit.depth)
        heights[known] = floor
    return replace(terrain, heights=heights)


def _raised(terrain: Terrain, edit: Levee) -> Terrain:
    _between("height", edit.height, HIGHEST)
    _between("width", edit.width, 10 * HIGHEST)
    if len(edit.line) < 2:
        raise InvalidValue("line", "Mindestens zwei Punkte angeben.", "give at least two points.")
    axis = shapely.LineString(edit.line)
    # a line thinner than a cell would leave gaps water runs through
    band = shapely.buffer(axis, max(edit.width / 2, 0.75 * terrain.cell), cap_style="flat")
    inside = _cells(terrain, band)
    heights = terrain.heights.copy()
    heights[inside] += np.float32(edit.height)
    return replace(terrain, heights=heights)


def _ground(site: Site) -> Terrain:
    if site.terrain is None:
        raise InvalidValue(
            "edits",
            "Hier ist kein Gelände bekannt; zuerst ein Geländemodell laden.",
            "no ground is known here; load a terrain first.",
        )
    return site.terrain


def _cells(terrain: Terrain, area: shapely.Geometry) -> NDArray[np.bool_]:
    """Which cells have their centre in an area, shape (rows, cols)."""
    rows, cols = terrain.heights.shape
    inside = np.zeros((rows, cols), bool)
    west, south, east, north = shapely.bounds(area)
    left, right = (int(np.floor((x - terrain.west) / terrain.cell)) for x in (west, east))
    top, bottom = (int(np.floor((terrain.north - y) / terrain.cell)) for y in (north, south))
    left, right, top, bottom = max(left, 0), min(right + 1, cols), max(top, 0), min(bottom + 1, rows)
    if left >= right or top >= bottom:
        return inside
    x = terrain.west + (np.arange(left, right) + 0.5) * terrain.cell
    y = terrain.north - (np.arange(top, bottom) + 0.5) * terrain.cell
    shapely.prepare(area)
    inside[top:bottom, left:right] = shapely.contains_xy(area, *np.meshgrid(x, y))
    return inside


def _area(field: str, corners: tuple[Place, ...]) -> shapely.Geometry:
    good = len(corners) >= 3 and bool(np.isfinite(corners).all())
    area = shapely.Polygon(corners) if good else shapely.Polygon()
    if not shapely.is_valid(area) or shapely.area(area) < 1.0:
        raise InvalidValue(
            field,
            "Der Umriss braucht drei Ecken oder mehr, darf sich nicht überschneiden und muss 1 m² haben.",
            "the outline needs three corners or more, must not cross itself and have at least 1 m².",
        )
    return area


def _between(field: str, value: float, most: float) -> None:
    if not 0 < value <= most:
        raise InvalidValue(
            field,
            f"{value:g} m liegt nicht zwischen 0 und {most:g} m.",
            f"{value:g} m is not between 0 and {most:g} m.",
        )
