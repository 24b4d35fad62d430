"""Geometries of GML 3.2 as they stand in plans: points, lines, areas, with arcs and references, as shapely shapes.

Read are the geometries of the XPlanGML profile and their usual relatives. What is wrong with one is told, not hidden:
a ring that is not closed, members of a ring that do not meet, too few points, numbers that are none.

Source: ISO 19136 (GML 3.2.1); OGC 07-036.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from kastor.formats.xplanung import curves
from kastor.formats.xplanung.curves import Points

GML = "http://www.opengis.net/gml/3.2"
HREF = "{http://www.w3.org/1999/xlink}href"
_NS = f"{{{GML}}}"
_ID = f"{_NS}id"

CLOSED = 0.0005
"""Ends of a ring, or of two of its members, that are this close are the same point. [m]"""

FARTHEST = 1e8
"""No coordinate of a place on Earth is larger, a zone in front included. [m]"""

_OWN_GEOMETRY = {
    "Point", "MultiPoint", "LineString", "Curve", "CompositeCurve", "OrientableCurve", "MultiCurve", "MultiLineString",
    "Polygon", "Surface", "CompositeSurface", "MultiSurface", "MultiPolygon", "LinearRing", "Ring",
    "MultiGeometry", "Solid", "MultiSolid", "CompositeSolid", "OrientableSurface", "PolyhedralSurface",
    "TriangulatedSurface", "Tin", "Grid", "RectifiedGrid", "GeometricComplex",
}  # fmt: skip


class GeometryError(Exception):
    """A geometry that cannot be read; the arguments are the code of the finding and its values."""

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(f"{code} {values}")


class Unresolved(Exception):
    """A geometry that points at one that has not been met yet."""

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(target)


@dataclass
class Drawing:
    """
    What is known while the geometries of a file are read.

    Parameters
    ----------
    known
        Shapes, and vertices of curves, by the ids that may be pointed at.
    problems
        Codes and values of what is wrong with the geometry being read, though it could be read.
    curved
        Whether the geometry being read has arcs.
    dimension
        Coordinates of a point where a list does not say.
    """

    known: dict[str, BaseGeometry | Points] = field(default_factory=dict)
    problems: list[tuple[str, dict[str, object], tuple[float, float]]] = field(default_factory=list)
    curved: bool = False
    dimension: int = 2

    def begin(self) -> None:
        """Forget what was noted about the geometry before."""
        self.problems, self.curved, self.dimension = [], False, 2

    def note(self, code: str, at: Points, **values: object) -> None:
        """Something wrong at a place."""
        self.problems.append((code, values, (float(at[0]), float(at[1]))))


def is_geometry(element: etree._Element) -> bool:
    """Whether an element is a geometry of GML."""
    tag = element.tag
    return isinstance(tag, str) and tag.startswith(_NS) and tag[len(_NS) :] in _OWN_GEOMETRY


def srs_name(element: etree._Element) -> str:
    """Reference system a geometry names, itself or in a part."""
    for part in element.iter():
        if name := part.get("srsName"):
            return name
    return ""


def shape(element: etree._Element, drawing: Drawing) -> BaseGeometry:
    """
    A geometry element as a shape.

    Raises
    ------
    GeometryError
        When it has no usable coordinates or is of a kind that is not read.
    Unresolved
        When it points at a geometry that is not known yet.
    """
    name = _local(element)
    read = _SHAPES.get(name)
    if read is None:
        raise GeometryError("geometry_unknown", name=name)
    _take_dimension(element, drawing)
    found = read(element, drawing)
    if identity := element.get(_ID):
        drawing.known[identity] = found
    return found


def _point(element: etree._Element, drawing: Drawing) -> BaseGeometry:
    return shapely.Point(_coordinates(element, drawing)[0])


def _line(element: etree._Element, drawing: Drawing) -> BaseGeometry:
    points = vertices(element, drawing)
    if len(points) < 2 or not (points != points[0]).any():
        raise GeometryError("too_few_points", count=len(points), needed=2)
    return shapely.LineString(points)


def _polygon(element: etree._Element, drawing: Drawing) -> BaseGeometry:
    outer: Points | None = None
    inner: list[Points] = []
    for part in _children(element):
        for ring in _children(part):
            if _local(part) == "exterior":
                outer = _ring(ring, drawing)
            else:
                inner.append(_ring(ring, drawing))
    if outer is None:
        raise GeometryError("exterior_missing")
    return shapely.Polygon(outer, inner)


def _ring(element: etree._Element, drawing: Drawing) -> Points:
    points = vertices(element, drawing)
    gap = float(np.hypot(*(points[-1] - points[0])))
    if gap > CLOSED:
        drawing.note("ring_not_closed", points[0], gap=round(gap, 4))
    if gap > 0.0:
        points = np.concatenate([points[:-1] if gap <= CLOSED else points, points[:1]])
    if len(points) < 4:
        raise GeometryError("too_few_points", count=len(points), needed=4)
    return points


def _members(element: etree._Element, drawing: Drawing) -> Iterator[BaseGeometry]:
    for member in _children(element):
        if target := member.get(HREF):
            found = _known(target, drawing)
            yield found if isinstance(found, BaseGeometry) else shapely.LineString(found)
        for part in _children(member):
            yield shape(part, drawing)


def _many(kind: Callable[[Any], BaseGeometry]) -> Callable[[etree._Element, Drawing], BaseGeometry]:
    def read(element: etree._Element, drawing: Drawing) -> BaseGeometry:
        parts = [part for member in _members(element, drawing) for part in shapely.get_parts(member).tolist()]
        if not parts:
            raise GeometryError("geometry_empty", name=_local(element))
        try:
            return kind(parts)
        except TypeError as error:
            raise GeometryError("geometry_mixed", name=_local(element)) from error

    return read


def _single_or_many(element: etree._Element, drawing: Drawing) -> BaseGeometry:
    """A surface of several patches; of one it is a plain area."""
    found = _many(shapely.MultiPolygon)(element, drawing)
    parts = shapely.get_parts(found)
    return parts[0] if len(parts) == 1 else found


_SHAPES: dict[str, Callable[[etree._Element, Drawing], BaseGeometry]] = {
    "Point": _point,
    "LineString": _line,
    "Curve": _line,
    "CompositeCurve": _line,
    "OrientableCurve": _line,
    "LinearRing": _line,
    "Ring": _line,
    "Polygon": _polygon,
    "PolygonPatch": _polygon,
    "Rectangle": _polygon,
    "Triangle": _polygon,
    "Surface": _single_or_many,
    "CompositeSurface": _single_or_many,
    "MultiSurface": _many(shapely.MultiPolygon),
    "MultiPolygon": _many(shapely.MultiPolygon),
    "MultiCurve": _many(shapely.MultiLineString),
    "MultiLineString": _many(shapely.MultiLineString),
    "MultiPoint": _many(shapely.MultiPoint),
}


def vertices(element: etree._Element, drawing: Drawing) -> Points:
    """
    The vertices of a curve, a segment or a ring, arcs stroked. Shape (n, 2). [m]

    Raises
    ------
    GeometryError, Unresolved
        As :func:`shape`.
    """
    name = _local(element)
    if name in ("Curve", "CompositeCurve", "Ring"):
        points = _joined(element, drawing)
    elif name == "OrientableCurve":
        points = _base_curve(element, drawing)
        if element.get("orientation") == "-":
            points = points[::-1]
    elif name in _CURVED:
        drawing.curved = True
        try:
            points = _CURVED[name](element, drawing)
        except ValueError as error:
            raise GeometryError("arc_impossible", name=name, reason=str(error)) from error
    elif name in ("LineString", "LineStringSegment", "LinearRing"):
        points = _coordinates(element, drawing)
    else:
        raise GeometryError("geometry_unknown", name=name)
    if identity := element.get(_ID):
        drawing.known[identity] = points
    return points


def _joined(element: etree._Element, drawing: Drawing) -> Points:
    """Members or segments one after the other, without the points they share."""
    chain: list[Points] = []
    for member in _children(element):
        parts = [_curve(_known(target, drawing))] if (target := member.get(HREF)) else []
        parts += [vertices(part, drawing) for part in _children(member)]
        for points in parts:
            if not chain:
                chain.append(points)
                continue
            gap = float(np.hypot(*(points[0] - chain[-1][-1])))
            if gap > CLOSED:
                drawing.note("members_apart", points[0], gap=round(gap, 4))
            chain.append(points[1:] if gap <= CLOSED else points)
    if not chain:
        raise GeometryError("geometry_empty", name=_local(element))
    return np.concatenate(chain)


def _base_curve(element: etree._Element, drawing: Drawing) -> Points:
    for base in _children(element):
        if target := base.get(HREF):
            return _curve(_known(target, drawing))
        for part in _children(base):
            return vertices(part, drawing)
    raise GeometryError("geometry_empty", name="OrientableCurve")


def _by_centre(element: etree._Element, drawing: Drawing) -> tuple[Points, float]:
    return _coordinates(element, drawing)[0], _measure(element, "radius")


def _circle_by_centre(element: etree._Element, drawing: Drawing) -> Points:
    return curves.circle_by_centre(*_by_centre(element, drawing))


def _arc_by_centre(element: etree._Element, drawing: Drawing) -> Points:
    start, end = _measure(element, "startAngle"), _measure(element, "endAngle")
    return curves.arc_by_centre(*_by_centre(element, drawing), start, end)


_CURVED: dict[str, Callable[[etree._Element, Drawing], Points]] = {
    "Arc": lambda element, drawing: curves.arc_string(_coordinates(element, drawing)),
    "ArcString": lambda element, drawing: curves.arc_string(_coordinates(element, drawing)),
    "Circle": lambda element, drawing: curves.circle(_coordinates(element, drawing)),
    "CircleByCenterPoint": _circle_by_centre,
    "ArcByCenterPoint": _arc_by_centre,
}


def _measure(element: etree._Element, name: str) -> float:
    text = element.findtext(f"{_NS}{name}")
    if text is None:
        raise GeometryError("geometry_empty", name=name)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) < FARTHEST:
        raise GeometryError("number_wrong", text=text[:40])
    return number


def _coordinates(element: etree._Element, drawing: Drawing) -> Points:
    """The points written directly below an element; a third coordinate is left out."""
    numbers: list[Points] = []
    for part in _children(element):
        name = _local(part)
        if name in ("posList", "pos"):
            numbers.append(_numbers(part.text or "", _dimension(part, element, drawing)))
        elif name in ("pointProperty", "pointRep"):
            numbers += [_coordinates(point, drawing) for point in _children(part)]
        elif name == "coordinates":
            numbers.append(_old_list(part.text or ""))
    points = np.concatenate(numbers) if numbers else np.empty((0, 2))
    if not len(points):
        raise GeometryError("geometry_empty", name=_local(element))
    # not a number is no smaller than the limit either
    wrong = points[~(np.abs(points) < FARTHEST)]
    if len(wrong):
        raise GeometryError("number_wrong", text=f"{wrong[0]:g}")
    return points


def _dimension(part: etree._Element, element: etree._Element, drawing: Drawing) -> int:
    """Coordinates of a point: as the list says, else an element around it, else two."""
    _take_dimension(element, drawing)
    stated = part.get("srsDimension")
    if stated in ("2", "3"):
        return int(stated)
    return max(2, len((part.text or "").split())) if _local(part) == "pos" else drawing.dimension


def _take_dimension(element: etree._Element, drawing: Drawing) -> None:
    if (stated := element.get("srsDimension")) in ("2", "3"):
        drawing.dimension = int(stated)


def _numbers(text: str, dimension: int) -> Points:
    try:
        numbers = np.array(text.split(), dtype=np.float64)
    except ValueError:
        wrong = next((word for word in text.split() if not _is_number(word)), "")
        raise GeometryError("number_wrong", text=wrong[:40]) from None
    if len(numbers) % dimension:
        raise GeometryError("numbers_uneven", count=len(numbers), dimension=dimension)
    return numbers.reshape(-1, dimension)[:, :2]


def _old_list(text: str) -> Points:
    """The list of GML 2: ``east,north east,north``."""
    rows = [row.split(",") for row in text.split()]
    if any(len(row) < 2 for row in rows):
        raise GeometryError("numbers_uneven", count=sum(len(row) for row in rows), dimension=2)
    return _numbers(" ".join(f"{row[0]} {row[1]}" for row in rows), 2)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _known(target: str, drawing: Drawing) -> BaseGeometry | Points:
    found = drawing.known.get(target.removeprefix("#"))
    if found is None:
        raise Unresolved(target)
    return found


def _curve(found: BaseGeometry | Points) -> Points:
    return shapely.get_coordinates(found) if isinstance(found, BaseGeometry) else found


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
