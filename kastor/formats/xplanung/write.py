"""Writes plans as XPlanGML, in the version they were read in: objects, attributes in their order, geometries, arcs.

What is written and read again is equal, object by object. A file that was valid stays valid.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import shapely
from lxml import etree
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import parser
from kastor.formats.xplanung.gml import GML, HREF
from kastor.formats.xplanung.model import PlanFile, PlanObject

_XLINK, _XSI = "http://www.w3.org/1999/xlink", "http://www.w3.org/2001/XMLSchema-instance"
_ID = f"{{{GML}}}id"
_SCHEMAS = "https://repository.gdi-de.org/schemas/de.xleitstelle.xplanung"


def write(file: PlanFile, path: Path) -> int:
    """
    Write the plans of a file as one XPlanGML file.

    Attachments are not written: a plan read from an archive holds their names, not their content.

    Returns
    -------
    int
        How many objects were written.

    Raises
    ------
    FormatError
        When an object has a geometry XPlanGML cannot hold.
    """
    namespace = f"http://www.xplanung.de/xplangml/{file.version.replace('.', '/')}"
    names = {"xplan": namespace, "gml": GML, "xlink": _XLINK, "xsi": _XSI}
    location = f"{namespace} {_SCHEMAS}/{file.version}/XPlanung-Operationen.xsd"
    writer = _Writer(namespace, file)
    with etree.xmlfile(str(path), encoding="UTF-8") as out:
        out.write_declaration()
        head = {_ID: writer.fresh("collection"), f"{{{_XSI}}}schemaLocation": location}
        with out.element(f"{{{namespace}}}XPlanAuszug", head, nsmap=names):
            shapes = [o.geometry for o in file.objects if o.geometry is not None]
            if shapes:
                out.write(writer.bounds(shapely.total_bounds(shapes).tolist()), pretty_print=True)
            for o in file.objects:
                with out.element(f"{{{GML}}}featureMember"):
                    out.write(writer.feature(o), pretty_print=True)
    return len(file.objects)


class _Writer:
    """Makes the elements of one file."""

    def __init__(self, namespace: str, file: PlanFile) -> None:
        self._namespace, self._file = namespace, file
        self._names = {"xplan": namespace, "gml": GML, "xlink": _XLINK}
        self._taken = {o.id for o in file.objects}
        self._numbers = count(1)

    def fresh(self, start: str) -> str:
        """An id nobody has yet."""
        for n in self._numbers:
            name = f"{start}_{n}"
            if name not in self._taken:
                break
        self._taken.add(name)
        return name

    def feature(self, o: PlanObject) -> etree._Element:
        """An object as an element, its properties in their order."""
        element = etree.Element(f"{{{self._namespace}}}{o.kind}", {_ID: o.id}, nsmap=self._names)
        shapes = ({o.place_name: o.geometry} if o.geometry is not None else {}) | o.others
        if o.geometry is not None:
            element.append(self.bounds(list(o.geometry.bounds)))
        for name in dict.fromkeys((*o.order, *o.attributes, *shapes)):
            for value in o.values(name):
                self._property(element, name, value)
            if name in shapes:
                under = etree.SubElement(element, self._tag(name))
                under.append(self._geometry(o, shapes[name], o.exact.get(name)))
        return element

    def bounds(self, box: list[float]) -> etree._Element:
        """The box around a geometry."""
        element = etree.Element(f"{{{GML}}}boundedBy", nsmap={"gml": GML})
        envelope = etree.SubElement(element, f"{{{GML}}}Envelope", {"srsName": self._file.crs})
        for name, corner in (("lowerCorner", box[:2]), ("upperCorner", box[2:])):
            etree.SubElement(envelope, f"{{{GML}}}{name}").text = _numbers(corner)
        return element

    def _tag(self, name: str) -> str:
        return f"{{{self._namespace}}}{name}"

    def _property(self, under: etree._Element, name: str, value: Any) -> None:
        element = etree.SubElement(under, self._tag(name))
        if not isinstance(value, dict):
            element.text = str(value)
        elif "type" in value:
            self._data_type(element, value)
        elif "href" in value:
            element.set(HREF, value["href"])
        elif "nil" in value:
            element.set(f"{{{_XSI}}}nil", "true")
            if value["nil"]:
                element.set("nilReason", value["nil"])
        else:
            element.text = str(value["value"])
            for unit in ("uom", "codeSpace"):
                if unit in value:
                    element.set(unit, value[unit])

    def _data_type(self, under: etree._Element, value: dict[str, Any]) -> None:
        if "gml" in value:
            under.append(etree.fromstring(value["gml"], parser()))
            return
        element = etree.SubElement(under, self._tag(value["type"]))
        if "id" in value:
            element.set(_ID, value["id"])
        for name, part in value.items():
            if name not in ("type", "id"):
                for one in part if isinstance(part, list) else [part]:
                    self._property(element, name, one)

    def _geometry(self, o: PlanObject, shape: BaseGeometry, exact: bytes | None) -> etree._Element:
        """The geometry as it was written where it has arcs, else made from its shape."""
        if exact is not None:
            return etree.fromstring(exact, parser())
        element = self._shape(o, shape)
        element.set("srsName", self._file.crs)
        return element

    def _shape(self, o: PlanObject, shape: BaseGeometry) -> etree._Element:
        name, member = _GEOMETRIES.get(shape.geom_type, ("", ""))
        if not name:
            problem = f"The object {o.id} has a geometry of kind {shape.geom_type}."
            raise FormatError(self._file.source, problem, f"XPlanGML knows {', '.join(_GEOMETRIES)}.")
        element = etree.Element(f"{{{GML}}}{name}", {_ID: self.fresh(f"{o.id}_geometry")}, nsmap={"gml": GML})
        if isinstance(shape, Polygon):
            for part, ring in (("exterior", shape.exterior), *(("interior", r) for r in shape.interiors)):
                linear = etree.SubElement(etree.SubElement(element, f"{{{GML}}}{part}"), f"{{{GML}}}LinearRing")
                etree.SubElement(linear, f"{{{GML}}}posList").text = _numbers(shapely.get_coordinates(ring).ravel())
        elif member in ("pos", "posList"):
            etree.SubElement(element, f"{{{GML}}}{member}").text = _numbers(shapely.get_coordinates(shape).ravel())
        else:
            for part in shapely.get_parts(shape):
                etree.SubElement(element, f"{{{GML}}}{member}").append(self._shape(o, part))
        return element


_GEOMETRIES = {
    "Point": ("Point", "pos"),
    "LineString": ("LineString", "posList"),
    "LinearRing": ("LineString", "posList"),
    "Polygon": ("Polygon", "exterior"),
    "MultiPoint": ("MultiPoint", "pointMember"),
    "MultiLineString": ("MultiCurve", "curveMember"),
    "MultiPolygon": ("MultiSurface", "surfaceMember"),
}
"""Shapes, and the geometry of GML with its members they are written as."""


def _numbers(numbers: Any) -> str:
    """Coordinates in full, so that they are read back the same to the last bit."""
    return " ".join(repr(float(number)) for number in numbers)
