"""Words of CityJSON and what they mean in the city: classes, surfaces, address parts, levels of detail.

References
----------
.. [1] CityJSON Specifications 2.0.1, https://www.cityjson.org/specs/2.0.1/
"""

from __future__ import annotations

import numpy as np

from kastor.city.model import Kind, Semantic

CLASSES: dict[str, Kind] = {
    "Building": Kind.BUILDING,
    "BuildingPart": Kind.BUILDING_PART,
    "BuildingInstallation": Kind.BUILDING_INSTALLATION,
    "BuildingConstructiveElement": Kind.BUILDING_INSTALLATION,
    "BuildingFurniture": Kind.FURNITURE,
    "BuildingRoom": Kind.OTHER,
    "BuildingUnit": Kind.OTHER,
    "BuildingStorey": Kind.OTHER,
    "Bridge": Kind.BRIDGE,
    "BridgePart": Kind.BRIDGE,
    "BridgeInstallation": Kind.BUILDING_INSTALLATION,
    "BridgeConstructiveElement": Kind.BUILDING_INSTALLATION,
    "BridgeConstructionElement": Kind.BUILDING_INSTALLATION,
    "BridgeFurniture": Kind.FURNITURE,
    "BridgeRoom": Kind.OTHER,
    "Tunnel": Kind.TUNNEL,
    "TunnelPart": Kind.TUNNEL,
    "TunnelInstallation": Kind.BUILDING_INSTALLATION,
    "TunnelConstructiveElement": Kind.BUILDING_INSTALLATION,
    "TunnelFurniture": Kind.FURNITURE,
    "TunnelHollowSpace": Kind.OTHER,
    "OtherConstruction": Kind.WALL,
    "SolitaryVegetationObject": Kind.TREE,
    "PlantCover": Kind.VEGETATION,
    "Road": Kind.STREET,
    "Railway": Kind.RAILWAY,
    "TransportSquare": Kind.PARKING,
    "Waterway": Kind.WATER,
    "WaterBody": Kind.WATER,
    "LandUse": Kind.LAND_USE,
    "CityFurniture": Kind.FURNITURE,
    "GenericCityObject": Kind.OTHER,
}
"""Class of CityJSON -> kind."""

WRITTEN: dict[Kind, str] = {
    Kind.BUILDING: "Building",
    Kind.BUILDING_PART: "BuildingPart",
    Kind.BUILDING_INSTALLATION: "BuildingInstallation",
    Kind.BRIDGE: "Bridge",
    Kind.TUNNEL: "Tunnel",
    Kind.WALL: "OtherConstruction",
    Kind.TREE: "SolitaryVegetationObject",
    Kind.VEGETATION: "PlantCover",
    Kind.STREET: "Road",
    Kind.RAILWAY: "Railway",
    Kind.PARKING: "TransportSquare",
    Kind.LAND_USE: "LandUse",
    Kind.WATER: "WaterBody",
    Kind.FURNITURE: "CityFurniture",
}
"""Kind -> class it is written as; all others become GenericCityObject."""

GENERIC = "GenericCityObject"

LOOSE = ("MultiPoint", "MultiLineString", "MultiSurface", "Solid", "CompositeSolid")
AREAS = ("MultiSurface", "Solid", "CompositeSolid")
PERMITTED: dict[str, tuple[str, ...]] = {
    "Building": AREAS,
    "BuildingPart": AREAS,
    "BuildingRoom": AREAS,
    "BuildingUnit": AREAS,
    "BuildingStorey": AREAS,
    "Bridge": AREAS,
    "BridgePart": AREAS,
    "BridgeRoom": AREAS,
    "Tunnel": AREAS,
    "TunnelPart": AREAS,
    "TunnelHollowSpace": AREAS,
    "PlantCover": AREAS,
    "Waterway": ("MultiLineString", "MultiSurface"),
    "Road": ("MultiLineString", "MultiSurface"),
    "Railway": ("MultiLineString", "MultiSurface"),
    "TransportSquare": ("MultiLineString", "MultiSurface"),
    "LandUse": ("MultiSurface",),
    "WaterBody": ("MultiLineString", "MultiSurface", "Solid", "CompositeSolid"),
}
"""Geometry each class may have; classes not listed may have all of ``LOOSE``."""

SURFACES: dict[str, Semantic] = {
    "GroundSurface": Semantic.GROUND,
    "WallSurface": Semantic.WALL,
    "RoofSurface": Semantic.ROOF,
    "ClosureSurface": Semantic.CLOSURE,
    "OuterCeilingSurface": Semantic.OUTER_CEILING,
    "OuterFloorSurface": Semantic.OUTER_FLOOR,
    "Window": Semantic.WINDOW,
    "Door": Semantic.DOOR,
    "InteriorWallSurface": Semantic.INTERIOR_WALL,
    "CeilingSurface": Semantic.CEILING,
    "FloorSurface": Semantic.FLOOR,
    "TrafficArea": Semantic.AREA,
    "AuxiliaryTrafficArea": Semantic.AREA,
    "TransportationMarking": Semantic.AREA,
    "TransportationHole": Semantic.AREA,
    "WaterSurface": Semantic.AREA,
    "WaterGroundSurface": Semantic.GROUND,
    "WaterClosureSurface": Semantic.CLOSURE,
    "+Unknown": Semantic.UNKNOWN,
    "+Footprint": Semantic.FOOTPRINT,
    "+RoofEdge": Semantic.ROOF_EDGE,
    "+Area": Semantic.AREA,
    "+Axis": Semantic.AXIS,
    "+TerrainIntersection": Semantic.TERRAIN_INTERSECTION,
    "+Position": Semantic.POSITION,
}
"""Semantic surface of CityJSON -> meaning; names with ``+`` are Kastor's own."""

SURFACE_NAMES: dict[int, str] = {
    int(semantic): name for name, semantic in reversed(SURFACES.items()) if not name.startswith(("Water", "Tra", "Aux"))
}
"""Meaning -> semantic surface it is written as."""

ADDRESS: dict[str, str] = {
    "ThoroughfareName": "street",
    "ThoroughfareNumber": "number",
    "Postcode": "postcode",
    "PostalCode": "postcode",
    "PostalCodeNumber": "postcode",
    "Locality": "city",
    "LocalityName": "city",
    "Country": "country",
    "CountryName": "country",
}
"""Address part of CityJSON (2.0 and 1.x) -> name in ``address``."""

ADDRESS_NAMES = {
    "street": "ThoroughfareName",
    "number": "ThoroughfareNumber",
    "postcode": "Postcode",
    "city": "Locality",
    "country": "Country",
}

LINES = "pointsAndLines"
"""Attribute with points and lines of objects whose class may have none, such as terrain intersections of buildings."""

CLASS = "cityjsonClass"
"""Attribute with the class of an object whose kind would be written as another one."""

KIND = "kind"
"""Attribute with the kind of an object that CityJSON has no class for."""

EXACT_TO = 2**53

_BUILT = (Kind.BUILDING, Kind.BUILDING_PART, Kind.BUILDING_INSTALLATION, Kind.BRIDGE, Kind.TUNNEL, Kind.WALL)
_FLAT = (
    Kind.STREET,
    Kind.RAILWAY,
    Kind.PARKING,
    Kind.LAND_USE,
    Kind.WATER,
    Kind.VEGETATION,
    Kind.PARCEL,
    Kind.DISTRICT,
    Kind.PLAN_AREA,
)


def default_semantic(kind: int, geometry: str, lod: int) -> Semantic:
    """What a surface without a stated meaning is."""
    if geometry == "MultiPoint":
        return Semantic.POSITION
    if geometry == "MultiLineString":
        return Semantic.AXIS
    if geometry == "MultiSurface" and kind in _FLAT:
        return Semantic.AREA
    if geometry == "MultiSurface" and lod < 10 and kind in _BUILT:
        return Semantic.FOOTPRINT
    return Semantic.UNKNOWN


def decimals(scale: float, translate: float) -> tuple[int, int] | None:
    """
    A transform in whole numbers, when it is one.

    Coordinates then are ``(vertex + offset) / divisor``, the float nearest to the decimal number
    that was meant; ``vertex * scale + translate`` may miss it by a bit.

    Returns
    -------
    tuple or None
        Offset and divisor.
    """
    if not (np.isfinite(scale) and np.isfinite(translate)) or not 1e-12 <= scale <= 1.0:
        return None
    divisor = round(1.0 / scale)
    if 1.0 / divisor != scale:
        return None
    offset = round(translate * divisor)
    if abs(offset) > EXACT_TO or abs(offset / divisor - translate) > 1e-9 * max(1.0, abs(translate)) * scale:
        return None
    return offset, divisor
