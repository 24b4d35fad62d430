"""Polygons and lines of one CityGML object from its XML tree: the readable half of the reference reader.

A geometry becomes a list of faces (a polygon with its holes) and links (``xlink:href`` to a
face that stands elsewhere). Closed rings lose their repeated last vertex; vertices that
follow themselves are removed; what cannot be read is left out. Each of these is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from lxml import etree

from kastor.city.builder import Point
from kastor.city.report import Report
from kastor.formats.citygml_values import NotANumber, coordinates
from kastor.formats.citygml_words import family

HREF = "{http://www.w3.org/1999/xlink}href"
IDS = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id", "id")

_POLYGONS = ("Polygon", "PolygonPatch", "Triangle", "Rectangle")
_COLLECTIONS = (
    "MultiSurface", "CompositeSurface", "Shell", "Surface", "TriangulatedSurface", "Tin", "PolyhedralSurface",
    "surfaceMember", "surfaceMembers", "patches", "polygonPatches", "trianglePatches", "baseSurface",
    "MultiSolid", "CompositeSolid", "solidMember", "solidMembers", "MultiGeometry", "geometryMember",
    "geometryMembers",
)  # fmt: skip
_LINES = ("MultiCurve", "CompositeCurve", "Curve", "curveMember", "curveMembers", "segments", "OrientableCurve")
_LINE = ("LineString", "LineStringSegment", "LinearRing")
_NOT_GEOMETRY = ("name", "description", "boundedBy", "metaDataProperty", "controlPoint", "maxLength")


@dataclass
class Face:
    """A polygon: outer ring and holes, open rings; ``solid`` and ``shell`` as in :class:`kastor.city.model.City`."""

    rings: list[list[Point]]
    solid: int = -1
    shell: int = -1


@dataclass
class Link:
    """A reference to the faces under the id ``target``."""

    target: str
    reverse: bool
    solid: int
    shell: int


@dataclass(frozen=True)
class Context:
    """Where in a geometry the reader stands."""

    reverse: bool = False
    solid: int = -1
    shell: int = -1
    dimension: int = 3


@dataclass
class Gathering:
    """
    What the geometries of one object gave.

    Parameters
    ----------
    object_id, report
        For findings.
    targets
        Faces by the gml:id of the polygon or collection that holds them, for links; of the whole member.
    solids
        Number of solids met.
    """

    object_id: str
    report: Report
    targets: dict[str, list[Face]]
    solids: int = 0
    items: list[Face | Link] = field(default_factory=list)


def children(element: etree._Element) -> Iterator[etree._Element]:
    """The child elements, without what is no element."""
    return (child for child in element if isinstance(child.tag, str))


def local(element: etree._Element) -> str:
    """Name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def module(element: etree._Element) -> str:
    """Module of an element's namespace, empty for foreign ones and for prefixes nobody declared."""
    return family(str(element.tag).rpartition("}")[0][1:])


def id_of(element: etree._Element) -> str:
    """The gml:id of an element, empty when it has none."""
    for name in IDS:
        value = element.get(name)
        if value:
            return str(value)
    return ""


def gather(element: etree._Element, into: Gathering, context: Context) -> None:
    """Add the faces and links of a geometry element, or of a property that holds one, to ``into.items``."""
    name, context = local(element), _with_dimension(element, context)
    target = element.get(HREF)
    if target is not None:
        into.items.append(Link(str(target).rpartition("#")[2], context.reverse, context.solid, context.shell))
        return
    start = len(into.items)
    if name in _POLYGONS:
        face = _face(element, into, context)
        into.items += [face] if face else []
    elif name == "Solid":
        _gather_solid(element, into, context)
    elif name == "OrientableSurface":
        turned = replace(context, reverse=context.reverse != (element.get("orientation") == "-"))
        _gather_all(children(element), into, turned)
    elif name in _COLLECTIONS:
        _gather_all(children(element), into, context)
    elif name not in _NOT_GEOMETRY:
        into.report.add("geometry_ignored", "ignored", into.object_id, name=name)
    own = id_of(element)
    if own and own not in into.targets:
        into.targets[own] = [item for item in into.items[start:] if isinstance(item, Face)]


def gather_lines(element: etree._Element, into: Gathering, context: Context) -> None:
    """Add each line of a curve geometry, or of a property that holds one, to ``into.items``."""
    name, context = local(element), _with_dimension(element, context)
    if name in _LINE:
        try:
            line = _points(element, context.dimension)
        except NotANumber as error:
            into.report.add(
                "coordinates_broken", "ignored", into.object_id, polygon=id_of(element) or name, problem=str(error)
            )
            return
        if len(line) >= 2:
            into.items.append(Face([line]))
        else:
            into.report.add("ring_too_short", "ignored", into.object_id, vertices=len(line))
    elif name in _LINES:
        for child in children(element):
            gather_lines(child, into, context)
    elif name not in _NOT_GEOMETRY:
        into.report.add("geometry_ignored", "ignored", into.object_id, name=name)


def first_point(element: etree._Element) -> Point | None:
    """The first ``gml:pos`` (or one-point list) below an element, None when there is none that can be read."""
    context = Context()
    for child in element.iter():
        if isinstance(child.tag, str):
            context = _with_dimension(child, context)
            if local(child) in ("pos", "posList", "coordinates") and child.text:
                try:
                    points = _tuples(child, context.dimension)
                except NotANumber:
                    return None
                return points[0] if points else None
    return None


def _with_dimension(element: etree._Element, context: Context) -> Context:
    stated = element.get("srsDimension") or element.get("dimension")
    if stated in ("2", "3") and int(stated) != context.dimension:
        return replace(context, dimension=int(stated))
    return context


def _gather_all(elements: Iterable[etree._Element], into: Gathering, context: Context) -> None:
    for element in elements:
        gather(element, into, context)


def _gather_solid(element: etree._Element, into: Gathering, context: Context) -> None:
    number, cavities = into.solids, 0
    into.solids += 1
    for child in children(element):
        if local(child) == "exterior":
            _gather_all(children(child), into, replace(context, solid=number, shell=0))
        elif local(child) == "interior":
            cavities += 1
            _gather_all(children(child), into, replace(context, solid=number, shell=cavities))


def _face(element: etree._Element, into: Gathering, context: Context) -> Face | None:
    """A polygon of an object; None when its outer ring cannot be read."""
    rings: list[list[Point]] = []
    for boundary in children(element):
        outer = local(boundary) in ("exterior", "outerBoundaryIs")
        if not outer and local(boundary) not in ("interior", "innerBoundaryIs"):
            continue
        for ring in children(boundary):
            try:
                points = _ring(ring, into, _with_dimension(boundary, context), outer)
            except NotANumber as error:
                into.report.add(
                    "coordinates_broken", "ignored", into.object_id,
                    polygon=id_of(element) or id_of(ring) or local(element), problem=str(error),
                )  # fmt: skip
                return None
            if points is None and outer:
                return None
            if points is not None:
                rings.insert(0 if outer else len(rings), points[::-1] if context.reverse else points)
    if not rings:
        into.report.add("ring_too_short", "ignored", into.object_id, vertices=0)
        return None
    return Face(rings, context.solid, context.shell)


def _ring(element: etree._Element, into: Gathering, context: Context, outer: bool) -> list[Point] | None:
    """An open ring without repeated vertices; None when fewer than three distinct vertices are left."""
    context = _with_dimension(element, context)
    points = _points(element, context.dimension)
    closed = len(points) > 1 and points[0] == points[-1]
    ring = points[:-1] if closed else points
    clean = [point for i, point in enumerate(ring) if i == 0 or point != ring[i - 1]]
    while len(clean) > 1 and clean[0] == clean[-1]:
        clean.pop()
    distinct = len(set(clean))
    if distinct < 3:
        code = "ring_too_short" if outer else "hole_too_short"
        into.report.add(code, "ignored", into.object_id, points[0] if points else None, vertices=distinct)
        return None
    if not closed:
        into.report.add("ring_not_closed", "repaired", into.object_id, points[0])
    if len(clean) < len(ring):
        into.report.add("vertices_repeated", "repaired", into.object_id, points[0], times=len(ring) - len(clean))
    return clean


def _points(element: etree._Element, dimension: int) -> list[Point]:
    """All vertices of a ring or line, in ``posList``, ``pos``, ``pointProperty`` or ``coordinates``."""
    points: list[Point] = []
    for child in element.iter():
        if isinstance(child.tag, str) and local(child) in ("pos", "posList", "coordinates"):
            points += _tuples(child, dimension)
    return points


def _tuples(element: etree._Element, dimension: int) -> list[Point]:
    dimension = _with_dimension(element, Context(dimension=dimension)).dimension
    text = "".join(map(str, element.itertext()))
    if local(element) == "coordinates":
        if element.get("decimal", ".") != "." or module(element) != "gml":
            raise NotANumber(text.strip()[:30])
        first = text.split(element.get("ts", " ").strip() or None, 1)[0]
        dimension = 2 if first.count(element.get("cs", ",")) == 1 else 3
        text = text.replace(element.get("cs", ","), " ").replace(element.get("ts", " "), " ")
    numbers = coordinates(text)
    if local(element) == "pos" and len(numbers) == 2:
        dimension = 2
    if len(numbers) % dimension:
        raise NotANumber(f"{len(numbers)} numbers do not make points of {dimension}")
    if dimension == 2:
        return [(x, y, 0.0) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
