"""What somebody drew or typed: outlines, lines, places and lengths, checked before anything is made of them.

Whatever does not fit is refused with the name of the field, the value and the cure, in German and English.
"""

from __future__ import annotations

import re

import numpy as np
import shapely
from numpy.typing import NDArray

from kastor.city.fields import InvalidValue

Place = tuple[float, float]
"""East and north. [m]"""

SMALLEST = 1.0
"""Least area of an outline. [m²]"""

MOST_CORNERS = 2000
FARTHEST = 1e8
"""Greatest coordinate that can be one. [m]"""


def area(field: str, corners: tuple[Place, ...]) -> shapely.Polygon:
    """
    The polygon of an outline, counter-clockwise.

    Parameters
    ----------
    field
        What the outline is called in a refusal.
    corners
        In order, the last not repeated. [m]

    Raises
    ------
    InvalidValue
        When it has fewer than three corners, crosses itself, is too small or too detailed.
    """
    _check_points(field, corners)
    if len(corners) < 3:
        raise InvalidValue(
            field,
            f"Der Umriss hat {len(corners)} Ecken. Setzen Sie drei oder mehr.",
            f"the outline has {len(corners)} corners; give three or more.",
        )
    found = shapely.Polygon(corners)
    if not shapely.is_valid(found):
        place = re.sub(r".*\[|\]", "", shapely.is_valid_reason(found))
        raise InvalidValue(
            field,
            f"Der Umriss darf sich nicht überschneiden, tut es aber bei {place}. Setzen Sie die Ecken der Reihe nach.",
            f"the outline crosses itself at {place}; give the corners in order.",
        )
    if shapely.area(found) < SMALLEST:
        raise InvalidValue(
            field,
            f"Der Umriss hat {shapely.area(found):.2f} m². Zeichnen Sie ihn mit {SMALLEST:g} m² oder mehr.",
            f"the outline has {shapely.area(found):.2f} m²; draw it with {SMALLEST:g} m² or more.",
        )
    turned: shapely.Polygon = shapely.orient_polygons(found)
    return turned


def line(field: str, points: tuple[Place, ...]) -> shapely.LineString:
    """
    A line of two points or more.

    Raises
    ------
    InvalidValue
        When it has fewer, or no length.
    """
    _check_points(field, points)
    if len(points) < 2:
        raise InvalidValue(field, "Mindestens zwei Punkte angeben.", "give at least two points.")
    found = shapely.LineString(points)
    if found.length < 0.1:
        raise InvalidValue(field, "Die Linie hat keine Länge.", "the line has no length.")
    return found


def point(field: str, given: Place) -> Place:
    """
    A place.

    Raises
    ------
    InvalidValue
        When its coordinates are no numbers.
    """
    _check_points(field, (given,))
    return given


def above_zero(field: str, value: float, most: float, unit: str = "m") -> float:
    """
    A number above 0 and up to ``most``.

    Raises
    ------
    InvalidValue
        When it is not.
    """
    if not 0.0 < value <= most:
        raise _off(field, value, 0.0, most, unit)
    return value


def within(field: str, value: float, least: float, most: float, unit: str = "m") -> float:
    """
    A number from ``least`` to ``most``.

    Raises
    ------
    InvalidValue
        When it is not.
    """
    if not least <= value <= most:
        raise _off(field, value, least, most, unit)
    return value


def _off(field: str, value: float, least: float, most: float, unit: str) -> InvalidValue:
    said, low, high = f"{value:g} {unit}".strip(), f"{least:g}", f"{most:g} {unit}".strip()
    return InvalidValue(
        field, f"{said} liegt nicht zwischen {low} und {high}.", f"{said} is not between {low} and {high}."
    )


def corners_of(outline: shapely.Polygon) -> NDArray[np.float64]:
    """Corners of an outline, the last not repeated, shape (n, 2). [m]"""
    return np.asarray(shapely.get_coordinates(outline.exterior)[:-1])


def _check_points(field: str, points: tuple[Place, ...]) -> None:
    if len(points) > MOST_CORNERS:
        raise InvalidValue(
            field,
            f"{len(points)} Punkte sind mehr als {MOST_CORNERS}; bitte vereinfachen.",
            f"{len(points)} points are more than {MOST_CORNERS}; simplify the shape.",
        )
    xy = np.asarray(points, np.float64)
    if not (np.isfinite(xy).all() and (np.abs(xy) < FARTHEST).all()):
        raise InvalidValue(
            field,
            "Eine Koordinate ist keine Zahl oder liegt außerhalb der Karte.",
            "a coordinate is not a number or lies off the map.",
        )
