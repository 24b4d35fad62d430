"""Places in filters: points, lines, areas and boxes, their exact relations, and what they mean for the box index."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import orjson
import shapely
from sqlalchemy import Boolean, ColumnElement, LargeBinary, and_, false, func, literal, or_, true

from kastor.store.errors import InvalidFilter

Place: TypeAlias = Any
"""A shapely geometry."""

Box = tuple[float, float, float, float]

MOST_CORNERS = 20_000
"""Corners of a place."""

_TOUCHING = frozenset({"intersects", "equals", "touches", "within", "contains", "overlaps", "crosses"})
"""Relations that need a common point, so that the boxes must meet."""
_MIRRORED = {"within": "contains", "contains": "within"}
_TYPES = {
    "Point": 0, "LineString": 1, "Polygon": 3, "MultiPoint": 4, "MultiLineString": 5, "MultiPolygon": 6,
    "GeometryCollection": 7,
}  # fmt: skip


def place(node: Any) -> Place:
    """
    A literal place of a filter: a box or a GeoJSON geometry.

    Raises
    ------
    InvalidFilter
        When it is broken.
    """
    if isinstance(node, dict) and "bbox" in node:
        return box_place(node["bbox"])
    if not isinstance(node, dict) or node.get("type") not in _TYPES:
        raise InvalidFilter(f"filter: {repr(node)[:80]} is no place; write for example POINT(7.1 50.7).")
    try:
        found = shapely.from_geojson(orjson.dumps(node))
    except (shapely.GEOSException, TypeError, ValueError) as error:
        raise InvalidFilter(f"filter: {repr(node)[:80]} is no place: {error}.") from error
    return sound(found, repr(node))


def sound(found: Place, shown: str) -> Place:
    """
    A place that can be reckoned with, in plan.

    Raises
    ------
    InvalidFilter
        When it has no or too many corners, or crosses itself.
    """
    found = shapely.force_2d(found)
    corners = shapely.get_coordinates(found)
    if not 1 <= len(corners) <= MOST_CORNERS or not all(map(math.isfinite, corners.ravel().tolist())):
        raise InvalidFilter(f"filter: {shown[:80]} must have 1 to {MOST_CORNERS} corners, all of them finite numbers.")
    if not shapely.is_valid(found):
        raise InvalidFilter(f"filter: {shown[:80]} is no simple place: {shapely.is_valid_reason(found)}.")
    return found


def box_place(numbers: Any) -> Place:
    """
    A box of four or six numbers as a place; west of east, it goes round the other side of the world.

    Raises
    ------
    InvalidFilter
        When it is none.
    """
    good = isinstance(numbers, (list, tuple)) and len(numbers) in (4, 6)
    if not good or not all(isinstance(n, (int, float)) and math.isfinite(n) for n in numbers):
        raise InvalidFilter(f"bbox: {repr(numbers)[:80]} must be four or six finite numbers.")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if south > north:
        raise InvalidFilter(f"bbox: {repr(numbers)[:80]} begins north of its end; write west,south,east,north.")
    if west <= east:
        return _box(west, south, east, north)
    if not (east >= -180 and west <= 180):
        raise InvalidFilter(f"bbox: {repr(numbers)[:80]} begins east of its end; write west,south,east,north.")
    return shapely.union_all([_box(west, south, 180.0, north), _box(-180.0, south, east, north)])


def _box(west: float, south: float, east: float, north: float) -> Place:
    """A box that may be as thin as a line or a point."""
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def related(relation: str, one: Place | ColumnElement[Any], other: Place | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether two places lie to each other like that; a stored place is asked, a literal answers."""
    if not isinstance(one, ColumnElement):
        if not isinstance(other, ColumnElement):
            return true() if bool(getattr(shapely, relation)(one, other)) else false()
        one, other, relation = other, one, _MIRRORED.get(relation, relation)
    if isinstance(other, ColumnElement):
        return _asked(relation, one, other)
    other = _uniform(other)
    if shapely.is_empty(other):
        # nothing near the town is meant
        return one.is_not(None) if relation == "disjoint" else and_(one.is_not(None), false())
    if shapely.get_type_id(other) != 7:
        return _asked(relation, one, _bound(other))
    if relation == "equals":
        # a stored place is of one type, so that it equals no mixture
        return and_(one.is_not(None), false())
    if relation not in ("intersects", "disjoint"):
        raise InvalidFilter(f"filter: s_{relation} cannot be asked of a collection of different places.")
    any_of = or_(*(_asked("intersects", one, _bound(part)) for part in shapely.get_parts(other)))
    return any_of if relation == "intersects" else ~any_of


def _asked(relation: str, one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = getattr(func, f"kastor_s_{relation}")(one, other, type_=Boolean())
    return found


def _bound(found: Place) -> ColumnElement[Any]:
    return literal(shapely.to_wkb(found), LargeBinary())


def _uniform(found: Place) -> Place:
    """A collection of places of one type, or one in which the others lie, as such a place."""
    return shapely.union_all(shapely.get_parts(found)) if shapely.get_type_id(found) == 7 else found


def box_of(node: Any, place_of: Callable[[Any], Place | None]) -> Box | None:
    """Where objects must be to fulfil a filter; None when they may be anywhere."""
    if not isinstance(node, dict) or not isinstance(node.get("args"), list):
        return None
    op, arguments = str(node.get("op")).lower(), node["args"]
    if op == "and":
        found = [box for a in arguments if (box := box_of(a, place_of)) is not None]
        return common(found) if found else None
    if op == "or":
        every = [box_of(a, place_of) for a in arguments]
        known = [box for box in every if box is not None]
        return _around(known) if known and len(known) == len(every) else None
    if op[:2] == "s_" and op[2:] in _TOUCHING and len(arguments) == 2:
        places = [p for p in map(place_of, arguments) if p is not None]
        if len(places) == 1 and not shapely.is_empty(places[0]):
            west, south, east, north = shapely.bounds(places[0]).tolist()
            return west, south, east, north
    return None


def common(found: Sequence[Box]) -> Box:
    """Where several boxes overlap; turned inside out where they do not."""
    west, south, east, north = zip(*found, strict=True)
    return max(west), max(south), min(east), min(north)


def _around(found: list[Box]) -> Box:
    west, south, east, north = zip(*found, strict=True)
    return min(west), min(south), max(east), max(north)


def inner_box(place: Any) -> Box | None:
    """A large box inside a turned one; None when there is none to speak of."""
    if shapely.get_type_id(place) != 3:
        return None
    west, south, east, north = shapely.bounds(place).tolist()
    centre_x, centre_y = (west + east) / 2, (south + north) / 2
    low, high = 0.0, 1.0
    for _ in range(7):
        share = (low + high) / 2
        half_x, half_y = (east - west) / 2 * share, (north - south) / 2 * share
        box = shapely.box(centre_x - half_x, centre_y - half_y, centre_x + half_x, centre_y + half_y)
        low, high = (share, high) if shapely.contains_properly(place, box) else (low, share)
    if low < 0.1:
        return None
    half_x, half_y = (east - west) / 2 * low, (north - south) / 2 * low
    return centre_x - half_x, centre_y - half_y, centre_x + half_x, centre_y + half_y
