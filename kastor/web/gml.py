"""Places and properties as GML 3.2 (ISO 19136): written for WFS answers, read from WFS filters.

Names of objects and attributes become names XML allows: a character that may not stand there is
written as ``_x0020_`` with its code, and so is an underscore that would look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import shapely
from lxml import etree

from kastor.store.errors import InvalidFilter

GML = "http://www.opengis.net/gml/3.2"
GML_OLD = "http://www.opengis.net/gml"
"""Namespace of GML up to 3.1."""

_ODD = re.compile(r"_(?=x[0-9A-F]{4,6}_)|[^A-Za-z0-9_.\-]")
_CODED = re.compile(r"_x([0-9A-F]{4,6})_")
_STARTS = re.compile(r"[A-Za-z_]")
MOST_CORNERS = 20_000
"""Corners a place of a filter may have."""


def xml_name(text: str) -> str:
    """
    A name for an element or an id.

    Examples
    --------
    >>> xml_name("Höhe in m"), xml_name("1st")
    ('H_x00F6_he_x0020_in_x0020_m', '_x0031_st')
    """
    name = _ODD.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
    if name and not _STARTS.match(name):
        name = f"_x{ord(name[0]):04X}_{name[1:]}"
    return name


def plain_name(name: str) -> str:
    """
    What :func:`xml_name` made a name of.

    Examples
    --------
    >>> plain_name(xml_name("tree/1 _x0020_ä"))
    'tree/1 _x0020_ä'
    """
    return _CODED.sub(lambda found: chr(min(int(found.group(1), 16), 0x10FFFF)), name)


def geometry(place: Any, srs: str, name: str, digits: int) -> str:
    """
    A place as GML.

    Parameters
    ----------
    place
        Axes in the order of the system.
    srs
        Name of the reference system.
    name
        ``gml:id``; parts get it with a number.
    digits
        Decimals worth writing.
    """
    kind = place.geom_type
    head = f'gml:id="{name}" srsName="{srs}"'
    if kind == "Point":
        return f"<gml:Point {head}><gml:pos>{_numbers(place, digits)}</gml:pos></gml:Point>"
    if kind == "LineString":
        return f"<gml:LineString {head}><gml:posList>{_numbers(place, digits)}</gml:posList></gml:LineString>"
    if kind == "Polygon":
        inner = "".join(f"<gml:interior>{_ring(ring, digits)}</gml:interior>" for ring in place.interiors)
        return f"<gml:Polygon {head}><gml:exterior>{_ring(place.exterior, digits)}</gml:exterior>{inner}</gml:Polygon>"
    outer, member = {
        "MultiPoint": ("MultiPoint", "pointMember"),
        "MultiLineString": ("MultiCurve", "curveMember"),
        "MultiPolygon": ("MultiSurface", "surfaceMember"),
        "GeometryCollection": ("MultiGeometry", "geometryMember"),
    }[kind]
    parts = "".join(
        f"<gml:{member}>{geometry(part, srs, f'{name}.{i}', digits)}</gml:{member}>"
        for i, part in enumerate(shapely.get_parts(place).tolist(), start=1)
    )
    return f"<gml:{outer} {head}>{parts}</gml:{outer}>"


def _ring(ring: Any, digits: int) -> str:
    return f"<gml:LinearRing><gml:posList>{_numbers(ring, digits)}</gml:posList></gml:LinearRing>"


def _numbers(place: Any, digits: int) -> str:
    return " ".join(f"{n:.{digits}f}" for n in shapely.get_coordinates(place).ravel().tolist())


def read_place(element: etree._Element) -> tuple[dict[str, Any], str]:
    """
    A place of a filter as GeoJSON (axes as written) and the name of its reference system, empty when it has none.

    Raises
    ------
    InvalidFilter
        When it is no place WFS clients send.
    """
    kind = etree.QName(element).localname
    srs = str(element.get("srsName", ""))
    try:
        if kind == "Envelope":
            low, high = (_corners(element, name)[0] for name in ("lowerCorner", "upperCorner"))
            ring = [low, [high[0], low[1]], high, [low[0], high[1]], low]
            return {"type": "Polygon", "coordinates": [ring]}, srs
        if kind == "Point":
            return {"type": "Point", "coordinates": _corners(element, "pos")[0]}, srs
        if kind in ("LineString", "Curve"):
            return {"type": "LineString", "coordinates": _corners(element, "posList")}, srs
        if kind == "Polygon":
            rings = [_corners(ring, "posList") for ring in _below(element, "LinearRing")]
            return {"type": "Polygon", "coordinates": rings}, srs
        if kind in ("MultiSurface", "MultiPolygon"):
            polygons = [read_place(p)[0]["coordinates"] for p in _below(element, "Polygon")]
            return {"type": "MultiPolygon", "coordinates": polygons}, srs
    except (ValueError, IndexError) as error:
        raise InvalidFilter(f"FILTER: the coordinates of gml:{kind} are not pairs of numbers.") from error
    raise InvalidFilter(
        f"FILTER: gml:{kind} is no place that is read here; Envelope, Point, LineString, Polygon, MultiSurface are."
    )


def _corners(element: etree._Element, name: str) -> list[list[float]]:
    texts = [str(found.text or "") for found in _below(element, name)]
    numbers = [float(part) for part in " ".join(texts).replace(",", " ").split()]
    if not numbers or len(numbers) % 2 or len(numbers) > 2 * MOST_CORNERS or not all(abs(n) < 1e12 for n in numbers):
        raise ValueError(name)
    return [numbers[i : i + 2] for i in range(0, len(numbers), 2)]


def _below(element: etree._Element, name: str) -> Iterator[etree._Element]:
    for inner in element.iter():
        if isinstance(inner.tag, str) and etree.QName(inner).localname == name:
            yield inner
