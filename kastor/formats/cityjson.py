"""CityJSON 1.0, 1.1, 2.0 and CityJSONSeq: into the city.

A sequence is read line by line in bounded memory. A broken geometry is left out with a finding,
its object stays; a file that is no CityJSON at all is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Json, Kind, Semantic
from kastor.city.report import Report
from kastor.formats.cityjson_words import (
    ADDRESS,
    CLASS,
    CLASSES,
    GENERIC,
    KIND,
    LINES,
    SURFACES,
    WRITTEN,
    decimals,
    default_semantic,
)  # fmt: skip
from kastor.formats.crs import normalise
from kastor.formats.errors import FormatError, UnknownCrs
from kastor.formats.part import Part

CHUNK = 5_000
"""Objects per part."""

CHUNK_VERTICES = 700_000

LONGEST_LINE = 256 * 1024**2
LARGEST_FILE = 2 * 1024**3
EXPORT_AGAIN = "Export it again from the source, or check it with a CityJSON validator."

Vertices = NDArray[np.float64]
Face = tuple[list[list[int]], int | None, int, int]
"""Rings, semantic surface, solid, shell."""


def read(stream: BinaryIO, report: Report, name: str, *, sequence: bool = False) -> Iterator[Part]:
    """
    Read CityJSON.

    Parameters
    ----------
    stream
        The file.
    name
        Name of the parts.
    sequence
        Whether the file is a CityJSONSeq: one JSON object per line.

    Yields
    ------
    Part
        Chunks of about 5,000 objects, in the file's reference system.

    Raises
    ------
    FormatError
        When the file is no CityJSON.
    """
    if sequence:
        yield from _sequence(stream, report, name)
        return
    data = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FormatError(
            report.source, f"A CityJSON file of more than {LARGEST_FILE >> 30} GB.", "Convert it to CityJSONSeq."
        )
    whole = _parsed(data, report.source, "")
    del data
    yield from _whole(whole, report, name)


def _whole(whole: dict[str, Any], report: Report, name: str) -> Iterator[Part]:
    objects = whole.get("CityObjects")
    if not isinstance(objects, dict):
        raise FormatError(report.source, "There is no object CityObjects.", EXPORT_AGAIN)
    vertices = _vertices(whole.get("vertices"), whole.get("transform"), report.source)
    grown = _Grown(_crs(whole), report)
    _note_ignored(whole, report)
    for group in _families(objects, report):
        for object_id, parent in group:
            grown.add(object_id, parent, objects[object_id], vertices)
        if grown.full():
            yield Part(name, grown.city())
            grown = _Grown(grown.crs, report)
    if grown.index:
        yield Part(name, grown.city())


def _sequence(stream: BinaryIO, report: Report, name: str) -> Iterator[Part]:
    grown, transform, known = _Grown("", report), None, set[int]()
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FormatError(report.source, f"Line {number} is longer than 256 MB.", EXPORT_AGAIN)
        if not line.strip():
            continue
        feature = _parsed(line, report.source, f"Line {number}: ")
        kind = feature.get("type")
        if kind == "CityJSON":
            transform = feature.get("transform")
            _note_ignored(feature, report)
            if grown.index:
                yield Part(name, grown.city())
            grown = _Grown(_crs(feature), report)
        elif kind != "CityJSONFeature":
            raise FormatError(report.source, f"Line {number} is no CityJSONFeature but {kind!r}.", EXPORT_AGAIN)
        objects = feature.get("CityObjects")
        if not isinstance(objects, dict):
            raise FormatError(report.source, f"Line {number} has no object CityObjects.", EXPORT_AGAIN)
        vertices = _vertices(feature.get("vertices"), transform, f"{report.source}, line {number}")
        if kind == "CityJSONFeature" and transform is None and len(vertices) and (vertices % 1 == 0).all():
            raise FormatError(
                report.source,
                "The first line with transform and reference system is missing.",
                "Put the CityJSON line of the source before the features.",
            )
        names = _unique_names(objects, known, report)
        for group in _families(objects, report):
            for object_id, parent in group:
                grown.add(names[object_id], names.get(parent, ""), objects[object_id], vertices)
        if grown.full():
            yield Part(name, grown.city())
            grown = _Grown(grown.crs, report)
    if number == 0:
        raise FormatError(report.source, "The file is empty.", EXPORT_AGAIN)
    if grown.index:
        yield Part(name, grown.city())


def _unique_names(objects: dict[str, Any], known: set[int], report: Report) -> dict[str, str]:
    """Ids of one feature; one that an earlier feature had gets a number."""
    names = {}
    for object_id in objects:
        new, count = object_id, 1
        while hash(new) in known:
            count += 1
            new = f"{object_id}_{count}"
        if new != object_id:
            report.add("id_repeated", "repaired", object_id, new=new)
        known.add(hash(new))
        names[object_id] = new
    return names


def _parsed(data: bytes, file: str, where: str) -> dict[str, Any]:
    try:
        value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FormatError(file, f"{where}this is no valid JSON ({error}).", EXPORT_AGAIN) from error
    if not isinstance(value, dict):
        raise FormatError(file, f"{where}this is no JSON object.", EXPORT_AGAIN)
    return value


def _vertices(vertices: Any, transform: Any, file: str) -> Vertices:
    try:
        whole = np.array(vertices or np.zeros((0, 3)), np.float64)
    except (TypeError, ValueError) as error:
        raise FormatError(file, f"The vertices are no list of triples of numbers ({error}).", EXPORT_AGAIN) from error
    if whole.ndim != 2 or whole.shape[1] != 3:
        raise FormatError(file, f"The vertices have the shape {whole.shape}, not (n, 3).", EXPORT_AGAIN)
    if transform is None:
        return whole
    try:
        scale = np.array(transform["scale"], np.float64)
        translate = np.array(transform["translate"], np.float64)
    except (TypeError, KeyError, ValueError) as error:
        raise FormatError(file, f"The transform has no scale and translate ({error}).", EXPORT_AGAIN) from error
    if scale.shape != (3,) or translate.shape != (3,):
        raise FormatError(file, "Scale and translate of the transform must have three numbers each.", EXPORT_AGAIN)
    exact = [decimals(s, t) for s, t in zip(scale.tolist(), translate.tolist(), strict=True)]
    columns = [
        whole[:, i] * scale[i] + translate[i] if known is None else (whole[:, i] + known[0]) / known[1]
        for i, known in enumerate(exact)
    ]
    return np.column_stack(columns)


def _crs(whole: dict[str, Any]) -> str:
    """Reference system of the file; as written when it is unknown, so that the person can be told."""
    metadata = whole.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    name = metadata.get("referenceSystem") or metadata.get("crs") or ""
    if isinstance(name, dict):
        name = f"EPSG:{name.get('epsg', '')}"
    height = metadata.get("verticalReferenceSystem")
    try:
        crs = normalise(str(name))
        if crs.vertical is None and isinstance(height, str):
            crs = normalise(f"{name} {height}")
    except UnknownCrs:
        return str(name)[:200]
    return crs.code


def _note_ignored(whole: dict[str, Any], report: Report) -> None:
    appearance = whole.get("appearance")
    if isinstance(appearance, dict) and any(appearance.get(k) for k in ("textures", "materials")):
        _once(report, "class_ignored", name="appearance (textures, materials)")
    if whole.get("geometry-templates"):
        _once(report, "geometry_ignored", name="GeometryInstance (geometry-templates)")


def _once(report: Report, code: str, **values: Any) -> None:
    if not any(f.code == code and f.values == values for f in report.findings):
        report.add(code, "ignored", **values)


def _families(objects: dict[str, Any], report: Report) -> Iterator[list[tuple[str, str]]]:
    """Each top-level object with all below it, as (id, id of parent), parents first."""
    children: dict[str, list[str]] = {}
    parent_of: dict[str, str] = {}
    for object_id, value in objects.items():
        parents = value.get("parents") if isinstance(value, dict) else None
        parent = parents[0] if isinstance(parents, list) and parents else ""
        if isinstance(parent, str) and parent in objects and parent != object_id and not _is_group(objects[parent]):
            parent_of[object_id] = parent
            children.setdefault(parent, []).append(object_id)
        elif parent and not (isinstance(parent, str) and _is_group(objects.get(parent))):
            report.add("link_unresolved", "ignored", object_id, target=str(parent)[:80])
    done = 0
    for object_id in objects:
        if object_id in parent_of:
            continue
        family = [(object_id, "")]
        for member, _ in family:
            family += [(child, member) for child in children.get(member, ())]
        done += len(family)
        yield family
    if done < len(objects):
        yield from _rings_of_parents(parent_of, children, report)


def _rings_of_parents(
    parent_of: dict[str, str], children: dict[str, list[str]], report: Report
) -> Iterator[list[tuple[str, str]]]:
    """Objects that are their own ancestors become top-level ones."""
    for object_id, parent in parent_of.items():
        seen = {object_id}
        while parent and parent not in seen:
            seen.add(parent)
            parent = parent_of.get(parent, "")
        if parent:
            report.add("link_unresolved", "ignored", object_id, target=parent_of[object_id][:80])
            yield [(object_id, "")]


def _is_group(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "CityObjectGroup"


class _Grown:
    """
    A city grown from the objects of a file; vertices are looked up per geometry, all at once.

    Parameters
    ----------
    crs
        Reference system of the file.
    report
        Receives counts and findings.
    """

    def __init__(self, crs: str, report: Report) -> None:
        self.crs = crs
        self.report = report
        self.index: dict[str, int] = {}
        self._grow = CityBuilder(crs)

    def full(self) -> bool:
        """Whether it is time for a part."""
        return len(self.index) >= CHUNK or self._grow.vertices[-1] >= CHUNK_VERTICES

    def city(self) -> City:
        """The city so far."""
        return self._grow.build()

    def add(self, object_id: str, parent: str, value: Any, vertices: Vertices) -> None:
        """Take over one object with its geometries."""
        name = str(value.get("type", "")) if isinstance(value, dict) else ""
        self.report.read[name or "?"] += 1
        if not isinstance(value, dict) or not name:
            self.report.add("object_broken", "ignored", object_id)
            return
        if name in ("CityObjectGroup", "TINRelief"):
            self.report.add("class_ignored", "ignored", object_id, name=name)
            return
        attributes = value.get("attributes")
        attributes = dict(attributes) if isinstance(attributes, dict) else {}
        kind = _kind(name, attributes)
        lines = attributes.pop(LINES, None)
        address = value.get("address", attributes.pop("address", None))
        if address:
            attributes["address"] = _address(address)
        self.index[object_id] = self._grow.add_object(object_id, kind, self.index.get(parent, -1))
        self._grow.describe(attributes)
        self._add_lines(lines)
        self._add_geometries(object_id, kind, value.get("geometry"), vertices)
        self.report.kept[name] += 1

    def _add_geometries(self, object_id: str, kind: Kind, geometries: Any, vertices: Vertices) -> None:
        solid = 0
        for geometry in geometries if isinstance(geometries, list) else []:
            form = geometry.get("type") if isinstance(geometry, dict) else None
            if form == "GeometryInstance":
                _once(self.report, "geometry_ignored", name="GeometryInstance (geometry-templates)")
                continue
            if form not in FORMS:
                self.report.add("geometry_ignored", "ignored", object_id, name=str(form)[:40])
                continue
            try:
                lod = _lod(geometry.get("lod", 0))
                faces = _faces(form, geometry["boundaries"], geometry.get("semantics"), solid)
                faces, order = self._checked(object_id, form, faces, vertices)
            except (TypeError, ValueError, KeyError, OverflowError) as error:
                self.report.add("coordinates_broken", "ignored", object_id, polygon=form, problem=str(error)[:120])
                continue
            solid = max([solid] + [face[2] + 1 for face in faces])
            self._put(faces, _listed(geometry.get("semantics")), default_semantic(kind, form, lod), lod)
            self._grow.add_vertices(vertices[order])

    def _checked(
        self, object_id: str, form: str, faces: list[Face], vertices: Vertices
    ) -> tuple[list[Face], NDArray[np.int64]]:
        """The faces grouped by surface, without those too short; all their vertex numbers, in order."""
        faces = sorted(faces, key=lambda face: -1 if face[1] is None else face[1])
        order = _order(faces, len(vertices))
        least = {"MultiPoint": 1, "MultiLineString": 2}.get(form, 3)
        rings_in_turn = [ring for rings, *_ in faces for ring in rings]
        if least == 3:
            rings_in_turn, changed = _tidied(rings_in_turn, vertices[order])
        shortest = min((len(ring) for rings, *_ in faces for ring in rings or [[]]), default=least)
        if shortest >= least and not (least == 3 and changed):
            return faces, order
        kept = []
        tidied = iter(rings_in_turn)
        for rings, semantic, solid, shell in faces:
            tidy = [next(tidied) for _ in rings]
            if not tidy or len(tidy[0]) < least:
                self.report.add("ring_too_short", "ignored", object_id, vertices=len(tidy[0]) if tidy else 0)
                continue
            holes = [ring for ring in tidy[1:] if len(ring) >= least]
            if len(holes) + 1 < len(tidy):
                self.report.add("hole_too_short", "ignored", object_id, vertices=min(map(len, tidy[1:])))
            kept.append(([tidy[0], *holes], semantic, solid, shell))
        return kept, _order(kept, len(vertices))

    def _put(self, faces: list[Face], listed: list[Any], default: Semantic, lod: int) -> None:
        last: int | None = -2
        for rings, semantic, solid, shell in faces:
            if semantic != last:
                self._begin_surface(listed[semantic] if semantic is not None else None, default, lod)
                last = semantic
            self._grow.begin_polygon([len(ring) for ring in rings], solid, shell)

    def _begin_surface(self, described: Any, default: Semantic, lod: int) -> None:
        meaning, surface_id = default, ""
        if isinstance(described, dict):
            meaning = SURFACES.get(str(described.get("type")), Semantic.UNKNOWN)
            surface_id = described.get("id", "")
            if len(described.keys() - {"type", "id", "parent", "children", "lod", "lines"}):
                _once(self.report, "surface_attributes_ignored")
        self._grow.begin_surface(meaning, lod, surface_id if isinstance(surface_id, str) else "")

    def _add_lines(self, entries: Any) -> None:
        """Points and lines that :mod:`kastor.formats.cityjson_write` keeps as an attribute."""
        for entry in entries if isinstance(entries, list) else []:
            try:
                lod, lines = _lod(entry["lod"]), [np.array(line, np.float64).reshape(-1, 3) for line in entry["lines"]]
            except (TypeError, ValueError, KeyError):
                continue
            self._begin_surface(entry, Semantic.UNKNOWN, lod)
            for line in lines:
                self._grow.begin_polygon([len(line)])
                self._grow.add_vertices(line)


def _kind(name: str, attributes: dict[str, Any]) -> Kind:
    """Kind of an object; what Kastor itself noted in the attributes is taken out of them again."""
    noted = attributes.get(KIND)
    if name == GENERIC and isinstance(noted, str) and noted.upper() in Kind.__members__:
        del attributes[KIND]
        return Kind[noted.upper()]
    kind = CLASSES.get(name, Kind.OTHER)
    if WRITTEN.get(kind, GENERIC) != name and not (kind in (Kind.BRIDGE, Kind.TUNNEL) and name.endswith("Part")):
        attributes.setdefault(CLASS, name)
    return kind


def _address(address: Any) -> Json:
    """Addresses with the names used inside; parts without such a name keep their own."""
    entries = address if isinstance(address, list) else [address]
    if not all(isinstance(entry, dict) for entry in entries):
        return address  # type: ignore[no-any-return]
    return [
        {ADDRESS.get(part, part): value for part, value in entry.items() if part != "location"} for entry in entries
    ]


def _order(faces: list[Face], count: int) -> NDArray[np.int64]:
    """All vertex numbers of some faces; ValueError when one does not exist."""
    order = np.array([corner for rings, *_ in faces for ring in rings for corner in ring])
    if len(order) and order.dtype.kind not in "iu":
        raise ValueError("vertex numbers must be whole numbers")
    order = order.astype(np.int64)
    if len(order) and (order.min() < 0 or order.max() >= count):
        raise ValueError(f"vertex {order[(order < 0) | (order >= count)][0]} does not exist, there are {count}")
    return order


def _tidied(rings: list[list[int]], corners: Vertices) -> tuple[list[list[int]], bool]:
    """
    Rings without vertices that repeat the one before, or end the ring they began; and whether any was left out.

    Parameters
    ----------
    corners
        Coordinates of all corners of the rings.
    """
    counts = np.array([len(ring) for ring in rings], np.int64)
    ends = np.cumsum(counts)
    filled = counts > 0
    following = np.arange(1, len(corners) + 1)
    following[ends[filled] - 1] = (ends - counts)[filled]
    differs = (corners != corners[following]).any(axis=1)
    if differs.all():
        return rings, False
    kept = iter(differs.tolist())
    return [[corner for corner in ring if next(kept)] for ring in rings], True


def _lod(value: Any) -> int:
    """``"2.2"`` -> 22."""
    lod = round(float(value) * 10)
    if not 0 <= lod <= 99:
        raise ValueError(f"level of detail {value!r}, allowed are 0 to 9.9")
    return lod


def _listed(semantics: Any) -> list[Any]:
    surfaces = semantics.get("surfaces") if isinstance(semantics, dict) else None
    return surfaces if isinstance(surfaces, list) else []


def _faces(form: str, boundaries: Any, semantics: Any, first_solid: int) -> list[Face]:
    """All polygons, lines or points of a geometry with their surface, solid and shell."""
    values = semantics.get("values") if isinstance(semantics, dict) else None
    count = len(_listed(semantics))
    if form == "MultiPoint":
        return [([[corner]], _known(v, count), -1, -1) for corner, v in _paired(boundaries, values)]
    if form == "MultiLineString":
        return [([line], _known(v, count), -1, -1) for line, v in _paired(boundaries, values)]
    if form in ("MultiSurface", "CompositeSurface"):
        return [(rings, _known(v, count), -1, -1) for rings, v in _paired(boundaries, values)]
    solids = [(boundaries, values)] if form == "Solid" else _paired(boundaries, values)
    return [
        (rings, _known(v, count), first_solid + number, shell)
        for number, (shells, of_shells) in enumerate(solids)
        for shell, (polygons, of_polygons) in enumerate(_paired(shells, of_shells))
        for rings, v in _paired(polygons, of_polygons)
    ]


def _paired(items: Any, values: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(items, list):
        raise TypeError("the boundaries are nested wrongly")
    if not isinstance(values, list) or len(values) != len(items):
        return [(item, None) for item in items]
    return zip(items, values, strict=True)


def _known(value: Any, count: int) -> int | None:
    return value if isinstance(value, int) and 0 <= value < count else None


FORMS = ("MultiPoint", "MultiLineString", "MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid")
