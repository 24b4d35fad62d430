"""Reads plans: XPlanGML 4.0 to 6.1 as a file, packed, or an archive with drawings and texts beside it.

Classes and attributes are taken as the file has them, in any version, so nothing is lost that the reader does not
know. Files are read one object at a time; document types, bombs and path tricks are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from kastor.city.report import Report
from kastor.formats.archive import DEFAULT_LIMITS, Limits, Packed, contents
from kastor.formats.errors import FormatError
from kastor.formats.xml_safety import malformed, pull_parser, split_head, utf8_blocks
from kastor.formats.xplanung import gml
from kastor.formats.xplanung.model import AREAS, Attachment, Finding, PlanFile, PlanObject
from kastor.formats.xplanung.places import placed
from kastor.formats.xplanung.plans import plans_of

VERSIONS = ("4.0", "4.1", "5.0", "5.1", "5.2", "5.3", "5.4", "6.0", "6.1")
"""Versions of XPlanGML the checks know."""

MAIN = "xplan.gml"
"""Name of the plan in an archive (XPlanArchiv)."""

_NAMESPACE = re.compile(r"http://www\.xplanung\.de/xplangml/(\d+)/(\d+)\Z")
_MEMBERS = tuple(f"{{{ns}}}{name}" for ns, name in (
    (gml.GML, "featureMember"), (gml.GML, "featureMembers"), (gml.GML, "member"),
    ("http://www.opengis.net/wfs/2.0", "member"),
))  # fmt: skip
_ID = f"{{{gml.GML}}}id"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SKIPPED = f"{{{gml.GML}}}boundedBy"


def read(path: Path, limits: Limits = DEFAULT_LIMITS) -> PlanFile:
    """
    The plans in a file or archive.

    An archive gives its ``xplan.gml``, or where it has none all its XPlanGML files; the rest are its attachments.

    Raises
    ------
    FormatError
        When the file cannot be read safely, is not well-formed, or is no XPlanGML.
    """
    with contents(path, limits) as members:
        chosen, others = plan_members(path, members)
        reading = _Reading(path.name)
        for member in chosen:
            with member.stream() as stream:
                reading.take(utf8_blocks(stream, reading.report, member.file), member.file)
    return reading.finish(tuple(Attachment(m.name, m.bytes) for m in others))


def parse(document: bytes, source: str) -> PlanFile:
    """
    The plans of one XPlanGML file in memory.

    Raises
    ------
    FormatError
        As :func:`read`.
    """
    reading = _Reading(source)
    reading.take(utf8_blocks(BytesIO(document), reading.report, source), source)
    return reading.finish(())


def plan_members(path: Path, members: list[Packed]) -> tuple[list[Packed], list[Packed]]:
    """The plans of an archive, and the rest."""
    main = [m for m in members if m.name.lower() == MAIN]
    if len(members) == 1:
        main = members
    if not main:
        main = [m for m in members if m.name.lower().endswith((".gml", ".xml")) and _is_plan(m)]
    if not main:
        raise FormatError(
            path, f"None of its {len(members)} files is XPlanGML.", f"Pack the plan as {MAIN}, or choose another file."
        )
    return main, [m for m in members if m not in main]


def _is_plan(member: Packed) -> bool:
    with member.stream() as stream:
        return b"http://www.xplanung.de/xplangml/" in stream.read(1 << 16)


@dataclass(frozen=True)
class _Waiting:
    """A geometry that is, or has parts, elsewhere in the file."""

    index: int
    name: str
    element: etree._Element | None
    target: str


@dataclass
class _Reading:
    """What has been read of a file so far."""

    source: str
    version: str = ""
    systems: list[str] = field(default_factory=list)
    objects: list[PlanObject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    waiting: list[_Waiting] = field(default_factory=list)
    drawing: gml.Drawing = field(default_factory=gml.Drawing)

    def __post_init__(self) -> None:
        self.report = Report(self.source)

    def take(self, blocks: Iterator[bytes], file: str) -> None:
        """Read one GML file; every member is let go as soon as it is read."""
        head, rest = split_head(blocks, file)
        self._state_version(head.namespaces.values())
        parser = pull_parser(_MEMBERS)
        try:
            for block in (head.text, rest):
                parser.feed(block)
            for block in blocks:
                self._members(parser)
                parser.feed(block)
            self._members(parser)
            parser.close()
        except etree.XMLSyntaxError as error:
            raise malformed(error, file) from None
        if not self.version:
            raise FormatError(
                file,
                f"This is an XML file with the root element {head.root.decode(errors='replace')[:60]}, no XPlanGML.",
                "Choose a file in the namespace http://www.xplanung.de/xplangml/.",
            )

    def finish(self, attachments: tuple[Attachment, ...]) -> PlanFile:
        """Everything that was read, with what could only be told at the end."""
        self._resolve()
        crs = ""
        objects = tuple(self.objects)
        if self.systems:
            crs, objects, findings = placed(objects, self.systems[0], self.report)
            self.findings += findings
        return PlanFile(self.source, self.version, crs, plans_of(objects), objects, attachments, tuple(self.findings))

    def _members(self, parser: etree.XMLPullParser) -> None:
        for _, member in parser.read_events():
            if not isinstance(member, etree._Element):
                continue
            for feature in member:
                if isinstance(feature.tag, str):
                    self._feature(feature)
            member.clear()
            while (before := member.getprevious()) is not None and (parent := member.getparent()) is not None:
                parent.remove(before)

    def _state_version(self, namespaces: Iterable[str]) -> None:
        for namespace in namespaces:
            match = _NAMESPACE.match(namespace)
            if match and not self.version:
                self.version = f"{match[1]}.{match[2]}"

    def _feature(self, element: etree._Element) -> None:
        namespace, name = _split(element)
        self._state_version([namespace])
        index = len(self.objects)
        owner = PlanObject(element.get(_ID) or f"unnamed-{index + 1}", name, line=_line(element))
        if element.get(_ID) is None:
            self._find("id_missing", owner)
        order: dict[str, None] = {}
        for child in element:
            if not isinstance(child.tag, str) or child.tag == _SKIPPED:
                continue
            local = _split(child)[1]
            order[local] = None
            geometry = next((c for c in child if gml.is_geometry(c)), None)
            if geometry is not None:
                owner = self._with_geometry(index, owner, local, geometry)
            elif local in ("position", *AREAS) and (target := child.get(gml.HREF)):
                self.waiting.append(_Waiting(index, local, None, target))
            else:
                _put(owner.attributes, local, _value(child))
        self.objects.append(replace(owner, order=tuple(order)))

    def _with_geometry(self, index: int, owner: PlanObject, name: str, element: etree._Element) -> PlanObject:
        """The object with a geometry; one that points at a later one waits for the end of the file."""
        if system := gml.srs_name(element):
            self._state_system(system, owner)
        self.drawing.begin()
        try:
            shape = gml.shape(element, self.drawing)
        except gml.Unresolved as later:
            self.waiting.append(_Waiting(index, name, deepcopy(element), later.target))
            return owner
        except gml.GeometryError as error:
            self._find(error.code, owner, **error.values)
            return owner
        for code, values, place in self.drawing.problems:
            self.findings.append(Finding(code, "error", owner.id, owner.kind, dict(values), place, owner.line))
        exact = {name: _as_written(element)} if self.drawing.curved else {}
        return _placed_under(name, shape, replace(owner, exact=owner.exact | exact))

    def _resolve(self) -> None:
        """Read the geometries that waited, as long as that makes others known."""
        waiting, self.waiting = self.waiting, []
        while waiting:
            for item in waiting:
                owner = self.objects[item.index]
                if item.element is not None:
                    self.objects[item.index] = self._with_geometry(item.index, owner, item.name, item.element)
                elif (found := self.drawing.known.get(item.target.removeprefix("#"))) is None:
                    self.waiting.append(item)
                else:
                    shape = found if isinstance(found, BaseGeometry) else LineString(found)
                    self.objects[item.index] = _placed_under(item.name, shape, owner)
            if len(self.waiting) == len(waiting):
                break
            waiting, self.waiting = self.waiting, []
        for item in self.waiting:
            self._find("reference_nowhere", self.objects[item.index], name=item.name, target=item.target)

    def _state_system(self, system: str, owner: PlanObject) -> None:
        if system not in self.systems:
            self.systems.append(system)
            if len(self.systems) > 1:
                self._find("crs_several", owner, first=self.systems[0], other=system)

    def _find(self, code: str, owner: PlanObject, **values: object) -> None:
        self.findings.append(Finding(code, "error", owner.id, owner.kind, dict(values), None, owner.line))


def _placed_under(name: str, shape: BaseGeometry, owner: PlanObject) -> PlanObject:
    """The object with one more geometry; the one that bounds a plan or section is its main one."""
    if owner.geometry is None:
        return replace(owner, geometry=shape, place_name=name)
    if name in AREAS and owner.place_name not in AREAS:
        others = owner.others | {owner.place_name: owner.geometry}
        return replace(owner, geometry=shape, place_name=name, others=others)
    return replace(owner, others=owner.others | {name: shape})


def _put(attributes: dict[str, Any], name: str, value: Any) -> None:
    """Add a value; several of one name become a list."""
    if name not in attributes:
        attributes[name] = value
    elif isinstance(attributes[name], list):
        attributes[name].append(value)
    else:
        attributes[name] = [attributes[name], value]


def _value(element: etree._Element) -> Any:
    """A property as plain data, see :class:`PlanObject`."""
    parts = [child for child in element if isinstance(child.tag, str)]
    if parts:
        return _complex(parts[0])
    if target := element.get(gml.HREF):
        return {"href": target}
    text = (element.text or "").strip()
    if element.get(_NIL) in ("true", "1"):
        return {"nil": element.get("nilReason", "")}
    stated = {name: element.attrib[name] for name in ("uom", "codeSpace") if name in element.attrib}
    return {"value": text, **stated} if stated else text


def _complex(element: etree._Element) -> Any:
    """A data type: an element with a capital name and properties below."""
    found: dict[str, Any] = {"type": _split(element)[1]}
    if gml.is_geometry(element):
        found["gml"] = etree.tostring(element, with_tail=False, encoding="unicode")
        return found
    if identity := element.get(_ID):
        found["id"] = identity
    for child in element:
        if isinstance(child.tag, str) and child.tag != _SKIPPED:
            _put(found, _split(child)[1], _value(child))
    return found


def _as_written(element: etree._Element) -> bytes:
    """A geometry as canonical XML without the blanks between its tags, so that the same one is equal everywhere."""
    text = etree.tostring(element, method="c14n", exclusive=True, with_tail=False)
    return re.sub(rb">\s+<", b"><", text)


def _line(element: etree._Element) -> int:
    return int(getattr(element, "sourceline", None) or 0)


def _split(element: etree._Element) -> tuple[str, str]:
    """Namespace and name of an element."""
    namespace, _, name = str(element.tag).rpartition("}")
    return namespace[1:], name
