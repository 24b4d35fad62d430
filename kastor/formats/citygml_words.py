"""The words of CityGML: which element of which version means what.

One table serves the reference reader and the fast reader, so both know the same words. A word
is a module (``bldg``, ``con``, ``gml``, ...) and a local name; the versions 1.0, 2.0 and 3.0
differ in a few names only and share one entry where they agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from kastor.city.model import Kind, Semantic


class Role(IntEnum):
    """What a reader does with an element."""

    UNKNOWN = 0
    MEMBER = 1  # holds one top-level object
    OBJECT = 2
    HOLDER = 3  # holds a part of an object
    BOUNDARY = 4  # holds a surface
    SURFACE = 5
    GEOMETRY = 6
    CURVES = 7
    ATTRIBUTE = 8
    GENERIC = 9
    GENERIC_VALUE = 10
    ADDRESS = 11
    REFERENCE = 12
    WRAPPER = 13  # stands between an address or reference and its fields
    FIELD = 14
    ENVELOPE = 15
    IGNORED = 16
    SOLID = 20
    EXTERIOR = 21
    INTERIOR = 22
    COLLECTION = 23  # of surfaces, and the properties that hold its members
    POLYGON = 24
    RING = 25
    POSITIONS = 26
    POSITION = 27
    LINES = 28  # collection of lines, and the properties that hold its members
    LINE = 29


class Type(IntEnum):
    """What the text of an attribute is."""

    TEXT = 0
    INTEGER = 1
    NUMBER = 2
    NUMBERS = 3
    YEAR = 4


@dataclass(frozen=True)
class Word:
    """
    One element name.

    Parameters
    ----------
    family, local
        Module and local name, such as ``bldg`` and ``RoofSurface``.
    role
        What to do with it.
    value
        Kind of an object, semantic of a surface or geometry, index into ``FIELDS`` of a field.
    lod
        Ten times the level of detail of a geometry.
    key
        Name of an attribute, or of what is ignored, in reports.
    type
        Type of an attribute or generic attribute.
    """

    family: str
    local: str
    role: Role
    value: int = 0
    lod: int = 0
    key: str = ""
    type: Type = Type.TEXT


FIELDS = ("country", "city", "street", "number", "postcode", "informationSystem", "name", "uri")
"""What is told of an address (the first five) and of an external reference."""

REPEATABLE = ("function", "usage", "class")
"""Attributes that may be stated several times and become a list then."""

_MODULES = {
    "building": "bldg", "construction": "con", "generics": "gen", "bridge": "brid", "tunnel": "tun",
    "vegetation": "veg", "appearance": "app", "profiles/base": "core",
}  # fmt: skip
_NAMESPACE = re.compile(r"https?://www\.opengis\.net/citygml(?:/([a-z/]+))?/[123]\.0")
_CONSTRUCTIONS = ("bldg", "brid", "tun")
_SURFACES = {
    "GroundSurface": Semantic.GROUND, "WallSurface": Semantic.WALL, "RoofSurface": Semantic.ROOF,
    "ClosureSurface": Semantic.CLOSURE, "OuterCeilingSurface": Semantic.OUTER_CEILING,
    "OuterFloorSurface": Semantic.OUTER_FLOOR, "Window": Semantic.WINDOW, "Door": Semantic.DOOR,
    "WindowSurface": Semantic.WINDOW, "DoorSurface": Semantic.DOOR, "InteriorWallSurface": Semantic.INTERIOR_WALL,
    "CeilingSurface": Semantic.CEILING, "FloorSurface": Semantic.FLOOR,
}  # fmt: skip
_TYPES = {"string": Type.TEXT, "int": Type.INTEGER, "double": Type.NUMBER, "date": Type.TEXT, "uri": Type.TEXT}


def family(namespace: str | None) -> str:
    """Module of a namespace in any version of CityGML, GML or xAL; empty for others."""
    if namespace in ("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2"):
        return "gml"
    if namespace in ("urn:oasis:names:tc:ciq:xsdschema:xAL:2.0", "urn:oasis:names:tc:ciq:xal:3"):
        return "xal"
    if namespace == "http://www.w3.org/1999/xlink":
        return "xlink"
    match = _NAMESPACE.fullmatch(namespace or "")
    if match is None:
        return ""
    return "core" if match.group(1) is None else _MODULES.get(match.group(1), match.group(1))


def _objects() -> list[Word]:
    words = [
        Word("core", "cityObjectMember", Role.MEMBER),
        Word("core", "featureMember", Role.MEMBER),
        Word("gml", "featureMember", Role.MEMBER),
        Word("gml", "featureMembers", Role.MEMBER),
        Word("veg", "SolitaryVegetationObject", Role.OBJECT, Kind.TREE),
    ]
    for module, name, kind, part in (
        ("bldg", "Building", Kind.BUILDING, Kind.BUILDING_PART),
        ("brid", "Bridge", Kind.BRIDGE, Kind.BRIDGE),
        ("tun", "Tunnel", Kind.TUNNEL, Kind.TUNNEL),
    ):
        installation = Kind.BUILDING_INSTALLATION
        words += [Word(module, name, Role.OBJECT, kind), Word(module, f"{name}Part", Role.OBJECT, part)]
        words += [
            Word(module, f"{name}{what}", Role.OBJECT, installation)
            for what in ("Installation", "ConstructionElement", "ConstructiveElement")
        ]
        words += [
            Word(module, holder, Role.HOLDER)
            for holder in (
                f"consistsOf{name}Part", f"outer{name}Installation", f"outer{name}Construction",
                f"{name.lower()}Part", f"{name.lower()}Installation", f"{name.lower()}ConstructiveElement",
            )
        ]  # fmt: skip
        words += [
            Word(module, inside, Role.IGNORED, key=what)
            for inside, what in (
                (f"interior{name}Installation", f"Interior{name}Installation"), ("interiorRoom", "Room"),
                (f"{name.lower()}Room", "Room"), ("interiorFurniture", f"{name}Furniture"),
                (f"{name.lower()}Furniture", f"{name}Furniture"), (f"{name.lower()}Unit", f"{name}Unit"),
                (f"{name.lower()}Subdivision", f"{name}Subdivision"),
            )
        ]  # fmt: skip
    return words


def _surfaces() -> list[Word]:
    words = [Word("core", "boundary", Role.BOUNDARY), Word("con", "fillingSurface", Role.BOUNDARY)]
    words += [Word("con", "filling", Role.BOUNDARY), Word("core", "ClosureSurface", Role.SURFACE, Semantic.CLOSURE)]
    words.append(Word("gen", "GenericThematicSurface", Role.SURFACE, Semantic.UNKNOWN))
    for module in _CONSTRUCTIONS:
        words += [Word(module, "boundedBy", Role.BOUNDARY), Word(module, "opening", Role.BOUNDARY)]
    for module in (*_CONSTRUCTIONS, "con"):
        words += [Word(module, local, Role.SURFACE, semantic) for local, semantic in _SURFACES.items()]
    return words


def _geometries() -> list[Word]:
    words = []
    for module in (*_CONSTRUCTIONS, "core", "con", "veg"):
        words.append(Word(module, "lod0FootPrint", Role.GEOMETRY, Semantic.FOOTPRINT))
        words.append(Word(module, "lod0RoofEdge", Role.GEOMETRY, Semantic.ROOF_EDGE))
        for n in range(4):
            words += [
                Word(module, f"lod{n}{what}", Role.GEOMETRY, Semantic.UNKNOWN, 10 * n)
                for what in ("Solid", "MultiSurface", "Geometry")
            ]
            words += [
                Word(module, f"lod{n}{what}", Role.CURVES, Semantic.TERRAIN_INTERSECTION, 10 * n)
                for what in ("TerrainIntersection", "TerrainIntersectionCurve")
            ]
            words.append(Word(module, f"lod{n}MultiCurve", Role.IGNORED, key="MultiCurve"))
            words.append(Word(module, f"lod{n}ImplicitRepresentation", Role.IGNORED, 0, 10 * n, "ImplicitGeometry"))
        words += [
            Word(module, f"lod4{what}", Role.IGNORED, key="LoD4")
            for what in (
                "Solid", "MultiSurface", "Geometry", "MultiCurve", "TerrainIntersection", "ImplicitRepresentation",
            )
        ]  # fmt: skip
    return words


def _gml() -> list[Word]:
    collections = ("CompositeSurface", "MultiSurface", "Shell", "surfaceMember", "surfaceMembers")
    lines = ("MultiCurve", "curveMember", "curveMembers")
    return [
        Word("gml", "boundedBy", Role.ENVELOPE),
        Word("gml", "Solid", Role.SOLID),
        Word("gml", "exterior", Role.EXTERIOR),
        Word("gml", "interior", Role.INTERIOR),
        *(Word("gml", local, Role.COLLECTION) for local in collections),
        Word("gml", "Polygon", Role.POLYGON),
        Word("gml", "LinearRing", Role.RING),
        Word("gml", "posList", Role.POSITIONS),
        Word("gml", "pos", Role.POSITION),
        *(Word("gml", local, Role.LINES) for local in lines),
        Word("gml", "LineString", Role.LINE),
        Word("gml", "metaDataProperty", Role.IGNORED, key="metaDataProperty"),
        Word("app", "appearance", Role.IGNORED, key="Appearance"),
        Word("core", "appearance", Role.IGNORED, key="Appearance"),
        Word("core", "generalizesTo", Role.IGNORED, key="generalizesTo"),
        Word("core", "relatedTo", Role.IGNORED, key="relatedTo"),
        Word("core", "dynamizer", Role.IGNORED, key="Dynamizer"),
        Word("core", "pointCloud", Role.IGNORED, key="PointCloud"),
    ]


def _attributes() -> list[Word]:
    words = [Word("gml", local, Role.ATTRIBUTE, key=local) for local in ("name", "description")]
    words += [Word("core", local, Role.ATTRIBUTE, key=local) for local in ("creationDate", "terminationDate")]
    building = {
        "class": Type.TEXT, "function": Type.TEXT, "usage": Type.TEXT, "roofType": Type.TEXT,
        "measuredHeight": Type.NUMBER, "storeysAboveGround": Type.INTEGER, "storeysBelowGround": Type.INTEGER,
        "storeyHeightsAboveGround": Type.NUMBERS, "storeyHeightsBelowGround": Type.NUMBERS,
        "yearOfConstruction": Type.YEAR, "yearOfDemolition": Type.YEAR,
    }  # fmt: skip
    for module in _CONSTRUCTIONS:
        words += [Word(module, local, Role.ATTRIBUTE, key=local, type=kind) for local, kind in building.items()]
        words.append(Word(module, "address", Role.ADDRESS))
    tree = {"height": Type.NUMBER, "trunkDiameter": Type.NUMBER, "crownDiameter": Type.NUMBER}
    words += [Word("veg", local, Role.ATTRIBUTE, key=local, type=kind) for local, kind in tree.items()]
    words += [Word("veg", local, Role.ATTRIBUTE, key=local) for local in ("class", "function", "usage", "species")]
    words += [Word("gen", f"{name}Attribute", Role.GENERIC, type=kind) for name, kind in _TYPES.items()]
    words.append(Word("gen", "value", Role.GENERIC_VALUE))
    return words


def _records() -> list[Word]:
    wrappers = (
        ("core", "Address"), ("core", "xalAddress"), ("xal", "AddressDetails"), ("xal", "Country"),
        ("xal", "Locality"), ("xal", "Thoroughfare"), ("xal", "PostalCode"), ("core", "externalObject"),
    )  # fmt: skip
    fields = (
        ("xal", "CountryName", "country"), ("xal", "LocalityName", "city"), ("xal", "ThoroughfareName", "street"),
        ("xal", "ThoroughfareNumber", "number"), ("xal", "PostalCodeNumber", "postcode"),
        ("core", "informationSystem", "informationSystem"), ("core", "name", "name"), ("core", "uri", "uri"),
    )  # fmt: skip
    return [
        Word("core", "externalReference", Role.REFERENCE),
        *(Word(module, local, Role.WRAPPER) for module, local in wrappers),
        *(Word(module, local, Role.FIELD, FIELDS.index(field)) for module, local, field in fields),
    ]


def _words() -> dict[tuple[str, str], Word]:
    known = [*_objects(), *_surfaces(), *_geometries(), *_gml(), *_attributes(), *_records()]
    return {(word.family, word.local): word for word in known}


WORDS: dict[tuple[str, str], Word] = _words()
"""All words by module and local name."""
