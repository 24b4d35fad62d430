"""The area somebody means: typed corners, a circle around a place or an address, an object, a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import shapely
from shapely.validation import explain_validity

from kastor.city.fields import InvalidValue
from kastor.city.outlines import own_outlines
from kastor.store import Tenant

MOST_CORNERS = 2000
LARGEST_RADIUS = 50_000.0
"""[m]"""

SMALLEST = 1.0
"""Least area. [m²]"""


def area_of(
    tenant: Tenant, corners: str = "", around: str = "", radius: float = 0.0, object_id: str = ""
) -> shapely.Geometry:
    """
    The area, in the tenant's reference system.

    Parameters
    ----------
    corners
        ``east,north;east,north;...``, the border in order.
    around
        ``east,north``, or an address or name the search finds.
    radius
        Around it. [m]
    object_id
        An object with an outline, such as a district.

    Raises
    ------
    InvalidValue
        When nothing, or no area, is meant; names field, value and cure.
    """
    if corners:
        return _polygon(corners)
    if around:
        if not 0 < radius <= LARGEST_RADIUS:
            raise InvalidValue(
                "radius",
                f"{radius:g} m liegt nicht zwischen 1 und 50.000 m.",
                f"{radius:g} m is not between 1 and 50,000 m.",
            )
        return shapely.buffer(_place(tenant, around), radius, quad_segs=32)
    if object_id:
        return _outline(tenant, object_id)
    raise InvalidValue("area", "Bitte ein Gebiet angeben.", "give an area.")


def area_from_file(file: Path) -> shapely.Geometry:
    """
    The union of the polygons of a GeoJSON file, whose coordinates are in the tenant's reference system.

    Raises
    ------
    InvalidValue
        When there is none in it.
    """
    try:
        content = orjson.loads(file.read_bytes())
        features = content.get("features", [content])
        shapes = [shapely.from_geojson(orjson.dumps(f.get("geometry", f))) for f in features]
    except (OSError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise InvalidValue(
            "area", f"{file.name} ist kein GeoJSON ({error}).", f"{file.name} is no GeoJSON ({error})."
        ) from error
    return _good(shapely.union_all([s for s in shapes if s is not None]))


def _polygon(corners: str) -> shapely.Geometry:
    try:
        points = np.array([[float(n) for n in pair.split(",")] for pair in corners.strip(" ;").split(";")], np.float64)
    except ValueError:
        points = np.zeros(0)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise InvalidValue(
            "area",
            "Ecken als Ost,Nord;Ost,Nord;… in Metern angeben.",
            "give corners as east,north;east,north;... in metres.",
        )
    if not 3 <= len(points) <= MOST_CORNERS:
        raise InvalidValue("area", f"Drei bis {MOST_CORNERS} Ecken angeben.", f"give three to {MOST_CORNERS} corners.")
    return _good(shapely.Polygon(points))


def _good(area: shapely.Geometry) -> shapely.Geometry:
    if not shapely.is_valid(area):
        why = explain_validity(area)
        raise InvalidValue(
            "area",
            f"Der Umriss überschneidet sich ({why}).",
            f"the outline crosses itself ({why}); give corners in order.",
        )
    if shapely.area(area) < SMALLEST:
        raise InvalidValue("area", "Das Gebiet hat keine Fläche.", "the area has no size.")
    return area


def _place(tenant: Tenant, around: str) -> shapely.Geometry:
    try:
        east, north = (float(n) for n in around.split(","))
    except ValueError:
        found = next((row for row in tenant.search(around, 1) if row.place), None)
        if found is None or found.place is None:
            raise InvalidValue(
                "around", f"{around[:80]!r} wurde nicht gefunden.", f"{around[:80]!r} was not found."
            ) from None
        east, north, _ = found.place
    if not (np.isfinite(east) and np.isfinite(north)):
        raise InvalidValue("around", "Die Koordinaten sind keine Zahlen.", "the coordinates are not numbers.")
    return shapely.Point(east, north)


def _outline(tenant: Tenant, object_id: str) -> shapely.Geometry:
    record = tenant.object(object_id)
    family = tenant.family(object_id, record.row.dataset) if record and record.ended is None else None
    shapes = [s for s in own_outlines(family) if s is not None] if family is not None else []
    whole = shapely.union_all(shapes)
    if not shapes or shapely.area(whole) < SMALLEST:
        raise InvalidValue(
            "object", f"{object_id[:80]!r} ist keine Fläche.", f"{object_id[:80]!r} is no object with an outline."
        )
    return whole
