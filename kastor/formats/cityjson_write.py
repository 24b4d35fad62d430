"""The city as CityJSON 2.0 or CityJSONSeq.

What comes back when the file is read again equals the city, with these exceptions: solids of an
object are numbered through, a part without parent becomes a building of its own, and
coordinates that are no decimal numbers are rounded (micrometres, or 10^-10 degrees).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City, Json, Kind, Semantic, root
from kastor.city.strings import ranges
from kastor.formats.cityjson_words import (
    ADDRESS_NAMES,
    AREAS,
    CLASS,
    CLASSES,
    EXACT_TO,
    GENERIC,
    KIND,
    LINES,
    LOOSE,
    PERMITTED,
    SURFACE_NAMES,
    WRITTEN,
    default_semantic,
)  # fmt: skip
from kastor.formats.crs import normalise

Geometry = dict[str, Any]
Group = tuple[str, int, list[int]]
Numbers = list[int] | dict[int, int]

KNOWN_COMPOUNDS = {"EPSG:25831+5783": 5554, "EPSG:25832+5783": 5555, "EPSG:25833+5783": 5556, "EPSG:28992+5709": 7415}
MILLIMETRES = 3
MICROMETRES = 6
FINEST = 10


def write(city: City, path: Path, format: str = "cityjson") -> None:
    """
    Write a city.

    Parameters
    ----------
    format
        ``"cityjson"`` (one document) or ``"cityjsonseq"`` (one line per top-level object).
    """
    with path.open("wb") as out:
        if format == "cityjsonseq":
            _write_sequence(city, out)
        else:
            out.write(orjson.dumps(document(city)))


def document(city: City) -> dict[str, Any]:
    """The whole city as one CityJSON document."""
    writer = _Writer(city)
    numbers, vertices = writer.numbered(np.flatnonzero(writer.drawn))
    objects = writer.objects(np.arange(len(city)), numbers)
    return {**writer.header(), "CityObjects": objects, "vertices": vertices}


def _write_sequence(city: City, out: BinaryIO) -> None:
    writer = _Writer(city)
    out.write(orjson.dumps({**writer.header(), "CityObjects": {}, "vertices": []}, option=orjson.OPT_APPEND_NEWLINE))
    for members in _families(city):
        numbers, vertices = writer.numbered(writer.vertices_of(members))
        feature = {
            "type": "CityJSONFeature",
            "id": city.ids[int(members[0])],
            "CityObjects": writer.objects(members, numbers),
            "vertices": vertices,
        }
        out.write(orjson.dumps(feature, option=orjson.OPT_APPEND_NEWLINE))


def _families(city: City) -> Iterator[NDArray[np.int64]]:
    """Each top-level object with all below it."""
    top = root(city)
    order = np.argsort(top, kind="stable")
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(top[order])) + 1)


def _precision(xyz: NDArray[np.float64], geographic: bool) -> int:
    """Fewest decimals, from millimetres on, that give every coordinate back bit by bit."""
    for digits in range(MILLIMETRES, FINEST + 1):
        whole = np.rint(xyz * 10.0**digits)
        if np.abs(whole).max(initial=0) > EXACT_TO:
            break
        if np.array_equal(whole / 10**digits, xyz):
            return digits
    return FINEST if geographic else MICROMETRES


class _Writer:
    """A city with all its columns as Python lists, which are much faster to walk than arrays."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.crs = normalise(city.crs) if city.crs else None
        self.digits = _precision(city.xyz, self.crs is not None and self.crs.geographic)
        whole = np.rint(city.xyz * 10.0**self.digits).astype(np.int64)
        # shifted by whole metres, so that vertices are short and the sum stays exact
        self.origin = np.floor(city.xyz.min(axis=0)).astype(np.int64) if len(city.xyz) else np.zeros(3, np.int64)
        self.whole = whole - self.origin * 10**self.digits
        self.ids = city.ids.tolist()
        self.surface_ids = city.surface_ids.tolist()
        self.columns = {name: column.tolist() for name, column in city.attributes.items()}
        self.children: dict[int, list[str]] = {}
        for child, parent in enumerate(city.parent.tolist()):
            if parent >= 0:
                self.children.setdefault(parent, []).append(self.ids[child])
        self.surfaces, self.polygons = city.surface_offsets.tolist(), city.polygon_offsets.tolist()
        self.rings, self.vertices = city.ring_offsets.tolist(), city.vertex_offsets.tolist()
        self.semantic, self.lod = city.semantic.tolist(), city.lod.tolist()
        self.solid: list[int] = city.solid.tolist()
        self.shell: list[int] = city.shell.tolist()
        self.drawn = np.ones(len(city.xyz), bool)
        self.plans = [self._plan(index) for index in range(len(city))]

    def header(self) -> dict[str, Any]:
        """Type, version, transform and metadata."""
        scale = 1.0 / 10**self.digits
        head: dict[str, Any] = {
            "type": "CityJSON",
            "version": "2.0",
            "transform": {"scale": [scale] * 3, "translate": [float(o) for o in self.origin]},
        }
        metadata: dict[str, Any] = {}
        if len(self.city.xyz):
            metadata["geographicalExtent"] = [
                *self.city.xyz.min(axis=0).tolist(), *self.city.xyz.max(axis=0).tolist(),
            ]  # fmt: skip
        if self.crs is not None:
            address = "https://www.opengis.net/def/crs/EPSG/0/"
            compound = KNOWN_COMPOUNDS.get(self.crs.code)
            metadata["referenceSystem"] = f"{address}{compound or self.crs.horizontal}"
            if self.crs.vertical is not None and compound is None:
                metadata["verticalReferenceSystem"] = f"{address}{self.crs.vertical}"
        return {**head, "metadata": metadata} if metadata else head

    def vertices_of(self, objects: NDArray[np.int64]) -> NDArray[np.int64]:
        """Indices of the vertices in the geometries of some objects."""
        city = self.city
        ends = city.vertex_offsets[city.ring_offsets[city.polygon_offsets[city.surface_offsets]]]
        whole, _ = ranges(ends, objects)
        return whole[self.drawn[whole]]

    def numbered(self, used: NDArray[np.int64]) -> tuple[Numbers, list[list[int]]]:
        """Number of each vertex among the distinct ones, and those."""
        if not len(used):
            return {}, []
        distinct, first, inverse = np.unique(self.whole[used], axis=0, return_index=True, return_inverse=True)
        rank = np.empty(len(distinct), np.int64)
        rank[np.argsort(first)] = np.arange(len(distinct))
        numbers: list[int] = rank[inverse.reshape(-1)].tolist()
        vertices = self.whole[used][np.sort(first)].tolist()
        if len(used) == len(self.whole):
            return numbers, vertices
        return dict(zip(used.tolist(), numbers, strict=True)), vertices

    def objects(self, members: NDArray[np.int64], numbers: Numbers) -> dict[str, Any]:
        """Some objects by id."""
        return {self.ids[i]: self._object(i, numbers) for i in members.tolist()}

    def _object(self, index: int, numbers: Numbers) -> dict[str, Any]:
        name, groups, lines = self.plans[index]
        kind, parent = int(self.city.kind[index]), int(self.city.parent[index])
        attributes = {key: values[index] for key, values in self.columns.items() if values[index] is not None}
        if attributes.get(CLASS) == name:
            del attributes[CLASS]
        if name == GENERIC and kind != Kind.OTHER:
            attributes[KIND] = Kind(kind).name.lower()
        if lines:
            attributes[LINES] = [self._line(surface) for surface in lines]
        written: dict[str, Any] = {"type": name}
        address = attributes.get("address")
        if name in ("Building", "BuildingPart", "Bridge", "BridgePart") and _is_address(address):
            del attributes["address"]
            written["address"] = [{ADDRESS_NAMES.get(k, k): v for k, v in entry.items()} for entry in address]
        if attributes:
            written["attributes"] = attributes
        if parent >= 0:
            written["parents"] = [self.ids[parent]]
        if index in self.children:
            written["children"] = self.children[index]
        if groups:
            written["geometry"] = [self._geometry(kind, form, lod, s, numbers) for form, lod, s in groups]
        return written

    def _plan(self, index: int) -> tuple[str, list[Group], list[int]]:
        """Class of an object, its geometries, and the surfaces that must go into an attribute."""
        groups = self._groups(index)
        name = self._class(index, [form for form, _, _ in groups])
        permitted = PERMITTED.get(name, LOOSE)
        lines = [surface for form, _, surfaces in groups if form not in permitted for surface in surfaces]
        for surface in lines:
            first, last = self.polygons[surface], self.polygons[surface + 1]
            self.drawn[self.vertices[self.rings[first]] : self.vertices[self.rings[last]]] = False
        return name, [group for group in groups if group[0] in permitted], lines

    def _class(self, index: int, forms: list[str]) -> str:
        kind, parent = Kind(int(self.city.kind[index])), int(self.city.parent[index])
        noted = self.columns[CLASS][index] if CLASS in self.columns else None
        name = WRITTEN.get(kind, GENERIC)
        if isinstance(noted, str) and CLASSES.get(noted) == kind:
            name = noted
        elif parent >= 0 and name in ("Bridge", "Tunnel"):
            name += "Part"
        elif parent < 0 and name == "BuildingPart":
            name = "Building"
        needs_parent = name == "BuildingInstallation" or name not in (*WRITTEN.values(), GENERIC)
        areas = [form for form in forms if form in AREAS]
        if any(form not in PERMITTED.get(name, LOOSE) for form in areas) or (needs_parent and parent < 0):
            return GENERIC
        return name

    def _groups(self, index: int) -> list[Group]:
        """Surfaces of an object that make one geometry: its form, level of detail and the surfaces."""
        groups: list[Group] = []
        for surface in range(self.surfaces[index], self.surfaces[index + 1]):
            form, lod = self._form(surface), self.lod[surface]
            if not groups or groups[-1][:2] != (form, lod):
                groups.append((form, lod, []))
            groups[-1][2].append(surface)
        for i, (form, lod, surfaces) in enumerate(groups):
            if form == "Solid" and len({s for f in surfaces for s in self._solids(f)}) > 1:
                groups[i] = ("CompositeSolid", lod, surfaces)
        return groups

    def _solids(self, surface: int) -> list[int]:
        return self.solid[self.polygons[surface] : self.polygons[surface + 1]]

    def _form(self, surface: int) -> str:
        semantic = self.semantic[surface]
        if semantic == Semantic.POSITION:
            return "MultiPoint"
        if semantic in (Semantic.AXIS, Semantic.TERRAIN_INTERSECTION):
            return "MultiLineString"
        return "Solid" if min(self._solids(surface), default=-1) >= 0 else "MultiSurface"

    def _line(self, surface: int) -> dict[str, Any]:
        lines = [
            self.city.xyz[self.vertices[ring] : self.vertices[ring + 1]].tolist()
            for polygon in range(self.polygons[surface], self.polygons[surface + 1])
            for ring in range(self.rings[polygon], self.rings[polygon + 1])
        ]
        return {**self._surface(surface), "lod": _lod(self.lod[surface]), "lines": lines}

    def _geometry(self, kind: int, form: str, lod: int, surfaces: list[int], numbers: Numbers) -> Geometry:
        faces = [
            (self._rings(polygon, numbers), number, self.solid[polygon], self.shell[polygon])
            for number, surface in enumerate(surfaces)
            for polygon in range(self.polygons[surface], self.polygons[surface + 1])
        ]
        listed = [self._surface(surface) for surface in surfaces]
        default = default_semantic(kind, form, lod)
        plain = len(surfaces) == 1 and self.semantic[surfaces[0]] == default and not self.surface_ids[surfaces[0]]
        boundaries, values = _nested(form, faces)
        geometry: Geometry = {"type": form, "lod": _lod(lod), "boundaries": boundaries}
        if not plain:
            geometry["semantics"] = {"surfaces": listed, "values": values}
        return geometry

    def _surface(self, surface: int) -> dict[str, str]:
        described = {"type": SURFACE_NAMES[self.semantic[surface]]}
        if self.surface_ids[surface]:
            described["id"] = self.surface_ids[surface]
        return described

    def _rings(self, polygon: int, numbers: Numbers) -> list[list[int]]:
        return [
            [numbers[v] for v in range(self.vertices[ring], self.vertices[ring + 1])]
            for ring in range(self.rings[polygon], self.rings[polygon + 1])
        ]


def _nested(form: str, faces: list[tuple[list[list[int]], int, int, int]]) -> tuple[list[Any], list[Any]]:
    """Boundaries and semantic values, nested as the form wants them."""
    if form == "MultiPoint":
        return [ring[0] for rings, *_ in faces for ring in rings], [n for rings, n, *_ in faces for _ in rings]
    if form == "MultiLineString":
        return [ring for rings, *_ in faces for ring in rings], [n for rings, n, *_ in faces for _ in rings]
    if form == "MultiSurface":
        return [rings for rings, *_ in faces], [number for _, number, *_ in faces]
    shells: dict[int, dict[int, list[tuple[list[list[int]], int]]]] = {}
    for rings, number, solid, shell in faces:
        shells.setdefault(solid, {}).setdefault(shell, []).append((rings, number))
    ordered = [[shells[solid][shell] for shell in sorted(shells[solid])] for solid in sorted(shells)]
    boundaries: list[Any] = [[[rings for rings, _ in shell] for shell in solid] for solid in ordered]
    values: list[Any] = [[[number for _, number in shell] for shell in solid] for solid in ordered]
    return (boundaries[0], values[0]) if form == "Solid" else (boundaries, values)


def _is_address(value: Json) -> TypeGuard[list[dict[str, Json]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _lod(lod: int) -> str:
    """20 -> ``"2"``, 22 -> ``"2.2"``."""
    return str(lod // 10) if lod % 10 == 0 else f"{lod // 10}.{lod % 10}"
