"""The city some edits make of another one.

A list of edits applied to the same :class:`~kastor.city.site.Site` always gives the same one. Neither the site nor its
arrays are changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city import alterations, earthworks
from kastor.city.builder import CityBuilder
from kastor.city.edit_kinds import (
    DEEPEST,
    HIGHEST,
    HIGHEST_BUILDING,
    MOST_STOREYS,
    USES,
    AddBuilding,
    AddModel,
    AddStreet,
    AddWall,
    Basin,
    CloseStreet,
    Demolish,
    Edit,
    Fell,
    GroundWork,
    Later,
    Levee,
    Move,
    PlantTree,
    Raise,
    Surface,
    hidden,
    plain,
    touched,
)
from kastor.city.fields import InvalidValue
from kastor.city.growth import MOST_YEARS, grown
from kastor.city.model import City, Kind, Semantic, concat
from kastor.city.roofs import CODES, PITCHES, Roof, add_block, roof_over
from kastor.city.site import Site
from kastor.city.sketches import Place, above_zero, area, corners_of, line, point, within
from kastor.city.solids import add_model, check_model, placed
from kastor.city.terrain import Terrain, height_at

__all__ = [
    "AddBuilding",
    "AddModel",
    "AddStreet",
    "AddWall",
    "Basin",
    "CloseStreet",
    "Demolish",
    "Edit",
    "Fell",
    "GroundWork",
    "Later",
    "Levee",
    "Move",
    "Place",
    "PlantTree",
    "Raise",
    "Surface",
    "apply",
    "check",
    "hidden",
    "plain",
    "touched",
]

LOWEST_EAVES = 0.5
"""Height of walls that a roof must leave. [m]"""

FARTHEST_MOVE = 100_000.0
"""[m]"""


def apply(site: Site, edits: Iterable[Edit]) -> Site:
    """
    The site after some edits, one after the other; planted trees as large as in the year the edits look at.

    Raises
    ------
    InvalidValue
        When an edit cannot be: names field, value and cure.
    """
    begun = None
    for edit in grown(edits):
        begun = begun or _Begun(site, set(site.city.ids.tolist()))
        check(edit)
        _apply(begun, edit)
    return site if begun is None else begun.settled()


def check(edit: Edit) -> None:
    """
    See that an edit makes sense, whatever it is applied to.

    Raises
    ------
    InvalidValue
        When it does not: names field, value and cure.
    """
    match edit:
        case AddBuilding():
            _roof(edit)
        case AddModel():
            _check_model(edit)
        case PlantTree():
            point("place", edit.place)
            above_zero("height", edit.height, 150.0)
            above_zero("crown", edit.crown, 80.0)
            within("age", edit.age, 0.0, 1000.0, "a") if edit.age is not None else None
        case Surface() | GroundWork() | Basin():
            area("outline", edit.outline)
            _check_depth(edit)
        case Levee() | AddWall():
            line("line", edit.line)
            above_zero("height", edit.height, HIGHEST)
            above_zero("width", edit.width, 10 * HIGHEST)
        case AddStreet():
            line("line", edit.line)
            above_zero("width", edit.width, 100.0)
        case Later():
            _whole("years", edit.years, MOST_YEARS)
        case Move():
            within("east", edit.east, -FARTHEST_MOVE, FARTHEST_MOVE)
            within("north", edit.north, -FARTHEST_MOVE, FARTHEST_MOVE)
            within("turn", edit.turn, -360.0, 360.0, "°")
        case Raise():
            above_zero("height", edit.height, HIGHEST_BUILDING)
            _whole("storeys", edit.storeys, MOST_STOREYS)
        case _:
            pass


@lru_cache(maxsize=256)
def _check_model(edit: AddModel) -> None:
    check_model(edit.points, edit.triangles)
    point("place", edit.place)
    within("turn", edit.turn, -360.0, 360.0, "°")
    _whole("storeys", edit.storeys, MOST_STOREYS)
    if edit.base is not None:
        within("base", edit.base, -500.0, 9000.0)


def _check_depth(edit: Surface | GroundWork | Basin) -> None:
    if isinstance(edit, Basin):
        above_zero("depth", edit.depth, DEEPEST)
    if isinstance(edit, GroundWork):
        if (edit.height is None) == (edit.level is None):
            raise InvalidValue(
                "height", "Höhe oder Niveau angeben, nicht beides.", "give a height or a level, not both."
            )
        within("height", edit.height, -DEEPEST, DEEPEST) if edit.height is not None else None
        within("level", edit.level, -500.0, 9000.0) if edit.level is not None else None


def _whole(name: str, value: int | None, most: int) -> None:
    if value is not None and not 1 <= value <= most:
        raise InvalidValue(name, f"{value} liegt nicht zwischen 1 und {most}.", f"{value} is not between 1 and {most}.")


@dataclass(eq=False)
class _Begun:
    """A site with edits under way: what is added or goes waits, so that many edits cost little more than one."""

    site: Site
    ids: set[str]
    added: list[City] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)

    def add(self, city: City) -> None:
        """Objects join the city."""
        for object_id in city.ids.tolist():
            if object_id in self.gone:
                self.settled()
            if object_id in self.ids:
                raise InvalidValue(
                    "id", f"{object_id!r} gibt es schon; eine andere Kennung wählen.",
                    f"{object_id!r} exists; choose another id.",
                )  # fmt: skip
            self.ids.add(object_id)
            self.fresh.add(object_id)
        self.added.append(city)

    def remove(self, object_id: str, field: str) -> None:
        """An object leaves the city with its parts."""
        if object_id in self.fresh:
            self.settled()
        if object_id not in self.ids or object_id in self.gone:
            raise alterations.unknown(object_id, field)
        self.gone.append(object_id)

    def settled(self) -> Site:
        """The site with all that waited."""
        city = alterations.without(self.site.city, self.gone) if self.gone else self.site.city
        self.site = replace(self.site, city=concat([city, *self.added]) if self.added else city)
        if self.gone:
            self.ids = set(self.site.city.ids.tolist())
        self.added, self.gone, self.fresh = [], [], set()
        return self.site


def _apply(begun: _Begun, edit: Edit) -> None:
    match edit:
        case AddBuilding() | AddModel() | PlantTree() | Surface() | AddWall() | AddStreet():
            begun.add(_made(begun.site, edit))
            if isinstance(edit, AddWall) and begun.site.terrain is not None:
                begun.site = replace(begun.site, terrain=_dug(begun.site.terrain, edit))
        case Demolish():
            begun.remove(edit.id, "id")
        case Fell():
            city = begun.settled().city
            index = int(np.flatnonzero(alterations.family_of(city, edit.object))[0])
            trees = (Kind.TREE, Kind.VEGETATION)
            alterations.check_kind(city, index, edit.object, trees, "kein Baum", "no tree")
            begun.remove(edit.object, "object")
        case Basin() | Levee() | GroundWork():
            begun.site = replace(begun.site, terrain=_dug(_ground(begun.site), edit))
        case Move() | Raise() | CloseStreet():
            site = begun.settled()
            begun.site = replace(site, city=_altered(site, edit))


def _altered(site: Site, edit: Move | Raise | CloseStreet) -> City:
    if isinstance(edit, Move):
        return alterations.moved(site.city, edit.object, (edit.east, edit.north), edit.turn, site.terrain)
    if isinstance(edit, Raise):
        return alterations.raised(site.city, edit.object, edit.height, edit.storeys)
    return alterations.closed(site.city, edit.object)


def _dug(terrain: Terrain, edit: Basin | Levee | GroundWork | AddWall) -> Terrain:
    if isinstance(edit, Basin):
        return earthworks.hollowed(terrain, area("outline", edit.outline), edit.depth)
    if isinstance(edit, GroundWork):
        outline = area("outline", edit.outline)
        if edit.level is not None:
            return earthworks.levelled(terrain, outline, edit.level)
        return earthworks.shifted(terrain, outline, edit.height or 0.0)
    return earthworks.banked(terrain, line("line", edit.line), edit.height, edit.width)


def _ground(site: Site) -> Terrain:
    if site.terrain is None:
        raise InvalidValue(
            "edits",
            "Hier ist kein Gelände bekannt; zuerst ein Geländemodell laden.",
            "no ground is known here; load a terrain first.",
        )
    return site.terrain


def _made(site: Site, edit: AddBuilding | AddModel | PlantTree | Surface | AddWall | AddStreet) -> City:
    """The objects an edit adds."""
    if not edit.id:
        raise InvalidValue("id", "Eine Kennung angeben.", "give an id.")
    grow = CityBuilder(site.city.crs)
    match edit:
        case AddBuilding():
            _grow_building(grow, site.terrain, edit)
        case AddModel():
            _grow_model(grow, site.terrain, edit)
        case PlantTree():
            grow.add_object(
                edit.id, Kind.TREE, species=edit.species or None, height=edit.height, crownDiameter=edit.crown,
                age=edit.age,
            )  # fmt: skip
            grow.add_surface(Semantic.POSITION, [[[(*edit.place, 0.0)]]], lod=0)
        case Surface():
            grow.add_object(edit.id, Kind.LAND_USE, cover=edit.cover)
            grow.add_surface(Semantic.AREA, [[_flat(area("outline", edit.outline))]], lod=0)
        case AddWall():
            _grow_wall(grow, site.terrain, edit)
        case AddStreet():
            axis = line("line", edit.line)
            grow.add_object(edit.id, Kind.STREET, name=edit.name or None, highway="residential", width=edit.width)
            grow.add_surface(Semantic.AXIS, [[[(x, y, 0.0) for x, y in edit.line]]], lod=0)
            band = shapely.buffer(axis, edit.width / 2, quad_segs=4)
            grow.add_surface(Semantic.AREA, [[_flat(part)] for part in shapely.get_parts(band)], lod=0)
    return grow.build()


def _flat(outline: shapely.Polygon) -> list[tuple[float, float, float]]:
    """An outline at height 0, which stands for a plan that is laid on the ground later."""
    return [(x, y, 0.0) for x, y in corners_of(shapely.orient_polygons(outline)).tolist()]


@lru_cache(maxsize=4 * 1024)
def _roof(edit: AddBuilding) -> tuple[Roof, float]:
    """The roof of a new building and the height of its eaves above the ground; each is asked for several times."""
    outline = area("footprint", edit.footprint)
    _whole("storeys", edit.storeys, MOST_STOREYS)
    above_zero("storey_height", edit.storey_height, 20.0)
    if edit.pitch is not None:
        within("pitch", edit.pitch, 0.0, 75.0, "°")
    if edit.dwellings is not None:
        within("dwellings", edit.dwellings, 0, 10_000, "")
    roof = roof_over(outline, edit.roof, PITCHES[edit.roof] if edit.pitch is None else edit.pitch)
    if edit.height is None and edit.storeys is None:
        raise InvalidValue("height", "Höhe oder Geschosse angeben.", "give a height or storeys.")
    if edit.height is None:
        return roof, (edit.storeys or 1) * edit.storey_height
    above_zero("height", edit.height, HIGHEST_BUILDING)
    eaves = edit.height - roof.rise
    if eaves < LOWEST_EAVES:
        raise InvalidValue(
            "height",
            f"{edit.height:g} m reichen nicht für das Dach, das {roof.rise:.1f} m hoch ist;"
            " mehr Höhe oder weniger Neigung angeben.",
            f"{edit.height:g} m are not enough for the roof, which is {roof.rise:.1f} m high; give more height or less"
            " pitch.",
        )
    return roof, eaves


def _grow_building(grow: CityBuilder, terrain: Terrain | None, edit: AddBuilding) -> None:
    roof, eaves = _roof(edit)
    base = _lowest(terrain, roof.edge[:, :2])
    grow.add_object(
        edit.id, Kind.BUILDING, measuredHeight=round(eaves + roof.rise, 3), storeysAboveGround=edit.storeys,
        roofType=CODES[edit.roof], function=USES[edit.use] if edit.use else None, dwellings=edit.dwellings,
        greenRoof=edit.green_roof or None, name=edit.name or None,
    )  # fmt: skip
    add_block(grow, roof, base, base + eaves)


def _grow_model(grow: CityBuilder, terrain: Terrain | None, edit: AddModel) -> None:
    xyz = placed(edit.points, edit.place, edit.turn)
    low = xyz[:, 2].min()
    ground = _lowest(terrain, xyz[xyz[:, 2] < low + 0.5, :2])
    xyz[:, 2] += ground - low if edit.base is None else edit.base
    grow.add_object(
        edit.id, Kind.BUILDING, measuredHeight=round(float(np.ptp(xyz[:, 2])), 3), storeysAboveGround=edit.storeys,
        function=USES[edit.use] if edit.use else None, name=edit.name or None,
    )  # fmt: skip
    add_model(grow, xyz, np.asarray(edit.triangles, np.int64))


def _grow_wall(grow: CityBuilder, terrain: Terrain | None, edit: AddWall) -> None:
    """A block along each straight piece; its foot is the lowest ground there."""
    grow.add_object(edit.id, Kind.WALL, height=edit.height)
    line("line", edit.line)
    for start, stop in pairwise(edit.line):
        band = shapely.buffer(shapely.LineString([start, stop]), edit.width / 2, cap_style="square")
        ring = corners_of(shapely.orient_polygons(band))
        base = _lowest(terrain, ring)
        add_block(grow, roof_over(shapely.Polygon(ring), "flat", 0.0), base, base + edit.height)


def _lowest(terrain: Terrain | None, corners: NDArray[np.float64]) -> float:
    if terrain is None:
        return 0.0
    heights = height_at(terrain, corners[:, 0], corners[:, 1])
    return float(np.nanmin(heights)) if np.isfinite(heights).any() else 0.0
