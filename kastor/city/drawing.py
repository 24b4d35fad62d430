"""What a person draws or types becomes an object: point, line or outline with attributes.

A drawn house is its outline and its height; the block is made where the ground is known
(:mod:`kastor.city.extrude`), as with plan data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.validation import explain_validity

from kastor.city.builder import CityBuilder, Ring
from kastor.city.fields import InvalidValue
from kastor.city.model import City, Json, Kind, Semantic

SHAPES: Mapping[Kind, tuple[str, ...]] = {
    Kind.BUILDING: ("Polygon",),
    Kind.BUILDING_PART: ("Polygon",),
    Kind.TREE: ("Point",),
    Kind.FURNITURE: ("Point",),
    Kind.ADDRESS: ("Point",),
    Kind.STREET: ("LineString",),
    Kind.RAILWAY: ("LineString",),
    Kind.WALL: ("LineString",),
    Kind.WATER: ("Polygon", "LineString"),
    Kind.PARKING: ("Polygon",),
    Kind.LAND_USE: ("Polygon",),
    Kind.VEGETATION: ("Polygon", "LineString"),
    Kind.PARCEL: ("Polygon",),
    Kind.DISTRICT: ("Polygon",),
    Kind.OTHER: ("Point", "LineString", "Polygon"),
}
"""GeoJSON geometries by what is drawn; other kinds cannot be drawn."""

SMALLEST = 0.25
"""Least area of an outline. [m²]"""

MOST_VERTICES = 10_000
STOREY_HEIGHT = 3.0
"""Height of a storey of a drawn house whose height is not said. [m]"""

_SEMANTICS = {"Point": Semantic.POSITION, "LineString": Semantic.AXIS, "Polygon": Semantic.AREA}
_WORDS = {
    "Point": ("ein Punkt", "a point"),
    "LineString": ("eine Linie", "a line"),
    "Polygon": ("ein Umriss", "an outline"),
}


def drawn(crs: str, object_id: str, kind: Kind, geometry: Mapping[str, Any], attributes: Mapping[str, Json]) -> City:
    """
    One drawn object.

    Parameters
    ----------
    crs
        Reference system of the coordinates.
    geometry
        GeoJSON geometry with coordinates in ``crs``, see ``SHAPES``; heights may be left out. [m]
    attributes
        As :func:`kastor.city.fields.checked` gives them. A building needs ``measuredHeight`` or
        ``storeysAboveGround``; the missing one of the two follows from ``STOREY_HEIGHT``.

    Raises
    ------
    InvalidValue
        When shape and kind do not fit, or the shape makes no sense.
    """
    shape = _shape(kind, geometry)
    given: dict[str, Json] = {name: value for name, value in attributes.items() if value is not None}
    semantic = _SEMANTICS[str(geometry["type"])]
    if kind in (Kind.BUILDING, Kind.BUILDING_PART):
        semantic, given = Semantic.FOOTPRINT, _with_height(given)
    grow = CityBuilder(crs)
    grow.ids.append(object_id)
    grow.kinds.append(kind)
    grow.parents.append(-1)
    grow.surfaces.append(0)
    grow.attributes.update({name: {0: value} for name, value in given.items()})
    grow.add_surface(semantic, [_rings(shape)], lod=0)
    return grow.build()


def moved(city: City, east: float, north: float) -> City:
    """The same objects shifted, roofs, parts and all. [m]"""
    if not (np.isfinite(east) and np.isfinite(north)):
        raise InvalidValue("geometry", "Die Verschiebung ist keine Zahl.", "the shift is not a number.")
    return replace(city, xyz=city.xyz + np.array([east, north, 0.0]))


def _with_height(attributes: dict[str, Json]) -> dict[str, Json]:
    height, storeys = attributes.get("measuredHeight"), attributes.get("storeysAboveGround")
    if height is None and not isinstance(storeys, (int, float)):
        raise InvalidValue(
            "measuredHeight", "Ein Gebäude braucht Höhe oder Geschosse.", "a building needs a height or storeys."
        )
    if height is None and isinstance(storeys, (int, float)):
        return {**attributes, "measuredHeight": max(float(storeys), 1.0) * STOREY_HEIGHT}
    return attributes


def _shape(kind: Kind, geometry: Mapping[str, Any]) -> shapely.Geometry:
    """The geometry, valid, of a type the kind can have."""
    allowed = SHAPES.get(kind, ())
    name = geometry.get("type")
    if name not in allowed:
        de, en = (" oder ".join(_WORDS[a][0] for a in allowed), " or ".join(_WORDS[a][1] for a in allowed))
        raise InvalidValue(
            "geometry", f"Gebraucht wird {de or 'etwas anderes'}.", f"needed is {en or 'something else'}."
        )
    coordinates = _coordinates(geometry.get("coordinates"), str(name))
    if name == "Point":
        return shapely.Point(coordinates[0][0])
    if name == "LineString":
        line = shapely.LineString(coordinates[0])
        if line.length < SMALLEST:
            raise InvalidValue("geometry", "Die Linie hat keine Länge.", "the line has no length.")
        return line
    return _polygon(coordinates)


def _polygon(rings: list[NDArray[np.float64]]) -> shapely.Polygon:
    if any(len(ring) < 3 for ring in rings):
        raise InvalidValue("geometry", "Ein Umriss braucht drei Ecken.", "an outline needs three corners.")
    polygon = shapely.Polygon(rings[0], rings[1:])
    if not polygon.is_valid:
        why = explain_validity(polygon)
        raise InvalidValue(
            "geometry",
            f"Der Umriss überschneidet sich ({why}). Bitte die Ecken der Reihe nach setzen.",
            f"the outline crosses itself ({why}); give the corners in order.",
        )
    if polygon.area < SMALLEST:
        raise InvalidValue("geometry", "Der Umriss hat keine Fläche.", "the outline has no area.")
    # walls face outwards only when the corners run counter-clockwise, and people draw both ways
    return shapely.orient_polygons(polygon)


def _coordinates(value: Any, name: str) -> list[NDArray[np.float64]]:
    """Rings, or one run of positions, as arrays of shape (n, 2)."""
    runs = [[value]] if name == "Point" else [value] if name == "LineString" else value
    wrong = InvalidValue("geometry", "Die Koordinaten sind keine Zahlen.", "the coordinates are not numbers.")
    try:
        found = [np.array([[float(p[0]), float(p[1])] for p in run], np.float64).reshape(-1, 2) for run in runs]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise wrong from None
    total = sum(len(run) for run in found)
    if not total or (name == "LineString" and total < 2) or not all(np.isfinite(run).all() for run in found):
        raise wrong
    if total > MOST_VERTICES:
        raise InvalidValue(
            "geometry",
            f"Mehr als {MOST_VERTICES} Punkte; bitte als Datei laden.",
            "too many points; load a file instead.",
        )
    return found


def _rings(shape: shapely.Geometry) -> list[Ring]:
    if isinstance(shape, shapely.Polygon):
        rings = [shapely.get_coordinates(r)[:-1] for r in (shape.exterior, *shape.interiors)]
    else:
        rings = [shapely.get_coordinates(shape)]
    return [[(float(x), float(y), 0.0) for x, y in ring] for ring in rings]
