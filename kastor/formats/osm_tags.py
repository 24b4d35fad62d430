"""What the tags of OpenStreetMap make of a node, a way or an area: its kind and its attributes.

Pure functions on plain dictionaries. Heights are honest: ``heightSource`` tells whether the
height was stated, came from the number of storeys or is only assumed.
"""

from __future__ import annotations

import re
from typing import Any

from kastor.city.codelists import function_words, roof_code
from kastor.city.codes_osm import SILENT_AMENITIES
from kastor.city.model import Kind

Tags = dict[str, str]

STOREY = 3.0
"""Height of a storey without a stated height. [m]"""

PITCHED_ROOF = 2.5
"""Mean height a pitched roof adds to the storeys below. [m]"""

TALLEST = 1000.0
"""Heights above are typing errors. [m]"""

FURNITURE = {
    "amenity": {
        "bench", "waste_basket", "waste_disposal", "recycling", "post_box", "drinking_water", "fountain",
        "charging_station", "bicycle_parking", "toilets", "telephone", "vending_machine", "bicycle_rental",
    },
    "highway": {"street_lamp", "bus_stop"},
    "emergency": {"fire_hydrant", "defibrillator"},
}  # fmt: skip

RAILWAYS = {
    "rail", "light_rail", "tram", "subway", "narrow_gauge", "funicular", "monorail", "preserved", "miniature",
    "disused", "construction",
}  # fmt: skip
WATERWAYS = {"river", "stream", "canal", "ditch", "drain", "brook", "fish_pass"}
WATER_AREAS = {
    "natural": {"water"},
    "waterway": {"riverbank", "dock"},
    "landuse": {"basin", "reservoir", "salt_pond"},
    "leisure": {"swimming_pool"},
}
LAND_COVER = {
    "wood", "scrub", "heath", "grassland", "wetland", "beach", "sand", "mud", "bare_rock", "scree", "shingle", "fell",
    "glacier", "shrubbery",
}  # fmt: skip

ASSUMED_HEIGHTS = {
    "house": 8.0, "detached": 8.0, "semidetached_house": 8.0, "terrace": 8.5, "residential": 8.0, "bungalow": 4.5,
    "apartments": 12.0, "dormitory": 12.0, "farm": 8.5, "cabin": 3.5, "hut": 2.8, "shed": 2.5, "allotment_house": 2.8,
    "garage": 2.8, "garages": 2.8, "carport": 2.5, "roof": 4.0, "greenhouse": 3.5, "barn": 7.5, "farm_auxiliary": 6.0,
    "cowshed": 6.0, "stable": 5.0, "industrial": 8.0, "warehouse": 8.0, "manufacture": 8.0, "hangar": 10.0,
    "retail": 6.0, "supermarket": 6.0, "kiosk": 3.0, "commercial": 8.0, "office": 12.0, "hotel": 12.0, "school": 10.0,
    "kindergarten": 5.0, "university": 12.0, "college": 10.0, "hospital": 14.0, "public": 9.0, "civic": 9.0,
    "church": 16.0, "chapel": 7.0, "cathedral": 30.0, "sports_hall": 9.0, "train_station": 9.0, "parking": 9.0,
    "service": 3.0, "transformer_tower": 8.0, "toilets": 3.0, "silo": 12.0, "tower": 20.0, "bunker": 3.0,
}  # fmt: skip
"""Height of a building of unknown height by its type. [m]"""

_NUMBER = re.compile(r"\s*(-?\d{1,6}(?:[.,]\d{1,6})?)\s*(m|metre[s]?|meter[s]?|ft|feet|')?\s*")
_FEET = 0.3048
_YEAR = re.compile(r"(?:[~<>]|ca\.? ?|before |after )?((?:1[0-9]|20)\d\d)(?:-\d\d(?:-\d\d)?|s)?")
_ADDRESS = {
    "addr:street": "street",
    "addr:housenumber": "number",
    "addr:postcode": "postcode",
    "addr:city": "city",
    "addr:country": "country",
}
_WHOLE = {"lanes", "layer", "capacity", "capacity:disabled", "capacity:charging", "building:levels:underground"}
_BUILDING_TAGS = {"height", "building:levels", "building:levels:underground", "start_date", "min_height"}

_MAIN_TAGS = (
    "barrier", "boundary", "route", "power", "amenity", "shop", "highway", "railway", "waterway", "man_made", "place",
    "public_transport", "tourism", "historic", "natural", "leisure", "landuse", "type",
)  # fmt: skip


def node_kind(tags: Tags) -> Kind | None:
    """What a node is; None when it is nothing of the city."""
    if tags.get("natural") == "tree":
        return Kind.TREE
    if tags.get("amenity") in ("parking", "parking_space"):
        return Kind.PARKING
    if any(tags.get(key) in values for key, values in FURNITURE.items()):
        return Kind.FURNITURE
    return Kind.ADDRESS if "addr:housenumber" in tags else None


def line_kind(tags: Tags) -> Kind | None:
    """What a way is as a line; None when it is an area or nothing of the city."""
    if "highway" in tags and tags.get("area") != "yes":
        return Kind.STREET
    if tags.get("railway") in RAILWAYS:
        return Kind.RAILWAY
    if tags.get("waterway") in WATERWAYS and tags.get("area") != "yes":
        return Kind.WATER
    return Kind.VEGETATION if tags.get("natural") == "tree_row" else None


def area_kind(tags: Tags) -> Kind | None:
    """What a closed outline is; None when it is nothing of the city."""
    if tags.get("building", "no") != "no":
        return Kind.BUILDING
    if tags.get("building:part", "no") != "no":
        return Kind.BUILDING_PART
    if tags.get("amenity") in ("parking", "parking_space"):
        return Kind.PARKING
    if any(tags.get(key) in values for key, values in WATER_AREAS.items()):
        return Kind.WATER
    if "highway" in tags:
        return Kind.STREET
    if "landuse" in tags or "leisure" in tags or tags.get("natural") in LAND_COVER:
        return Kind.LAND_USE
    return Kind.ADDRESS if "addr:housenumber" in tags else None


def ignored_class(tags: Tags) -> str:
    """Name under which a thing that is not taken over is counted: its main tag."""
    for key in _MAIN_TAGS:
        if key in tags:
            return key if key != "type" else tags["type"]
    return "other"


def attributes(kind: Kind, tags: Tags) -> dict[str, Any]:
    """
    Attributes of an object: the ones Kastor knows under their own names, all other tags under their key.

    Lengths are metres, ``measuredHeight`` of a building comes with its ``heightSource`` and is absent when
    the tags do not tell it.
    """
    found: dict[str, Any] = {}
    for key, value in tags.items():
        if key in _ADDRESS or key == "created_by" or (kind <= Kind.BUILDING_PART and key in _BUILDING_TAGS):
            continue
        found[key if key != "address" else "osm:address"] = _whole(value) if key in _WHOLE else value
    address = addresses(tags)
    if address:
        found["address"] = address
    if kind <= Kind.BUILDING_PART:
        found.update(_building(tags))
    elif kind == Kind.TREE:
        found.update(_tree(tags))
    elif kind in (Kind.STREET, Kind.RAILWAY, Kind.WATER):
        found.update(_street(tags))
    return {key: value for key, value in found.items() if value is not None}


def addresses(tags: Tags) -> list[dict[str, str]]:
    """
    Addresses of an object, one for each house number.

    Examples
    --------
    >>> addresses({"addr:street": "Markt", "addr:housenumber": "1;3"})
    [{'street': 'Markt', 'number': '1'}, {'street': 'Markt', 'number': '3'}]
    """
    known = {name: tags[key] for key, name in _ADDRESS.items() if key in tags}
    if "street" not in known and "addr:place" in tags:
        known["street"] = tags["addr:place"]
    if "number" not in known and "street" not in known:
        return []
    numbers = [n.strip() for n in re.split("[;,]", known.get("number", "")) if n.strip()]
    return [{**known, "number": number} for number in numbers[:50]] or [known]


def length(value: str | None) -> float | None:
    """
    A length as people type it; None when it is not one.

    Examples
    --------
    >>> length("12,5 m"), length("40'"), length("high")
    (12.5, 12.192, None)
    """
    match = _NUMBER.fullmatch(value or "")
    if not match:
        return None
    number = float(match[1].replace(",", "."))
    return number if not match[2] or match[2].startswith("m") else round(number * _FEET, 3)


def stated_height(tags: Tags) -> tuple[float | None, str | None]:
    """Height of a building [m] and where it is from: ``height`` or ``levels``; nothing when the tags are silent."""
    height = length(tags.get("height") or tags.get("building:height"))
    if height is not None and 0 < height <= TALLEST:
        return height, "height"
    levels = length(tags.get("building:levels"))
    if levels is None or not 0 < levels <= TALLEST / STOREY:
        return None, None
    roof = length(tags.get("roof:height"))
    if roof is None or not 0 <= roof <= TALLEST:
        under_roof = length(tags.get("roof:levels"))
        pitched = roof_code(tags.get("roof:shape", "flat")) != 1000
        roof = min(under_roof, 10.0) * STOREY if under_roof and under_roof > 0 else PITCHED_ROOF * pitched
    return levels * STOREY + roof, "levels"


def assumed_height(building: str, area: float) -> float:
    """Height of a building of which only the type and the footprint area [m²] are known. [m]"""
    if building in ASSUMED_HEIGHTS:
        return ASSUMED_HEIGHTS[building]
    if area < 40.0:
        return 2.8
    return 4.0 if area < 70.0 else 8.0


def building_function(tags: Tags) -> str:
    """The word that tells most about the use of a building."""
    building = tags.get("building", tags.get("building:part", "yes"))
    if building not in ("yes", "roof", "entrance") and function_words(building):
        return building
    amenity = tags.get("amenity", "")
    if amenity not in SILENT_AMENITIES and function_words(amenity):
        return amenity
    if amenity == "parking":
        return "parking"
    if "shop" in tags:
        return "retail"
    for key in ("tourism", "leisure", "man_made"):
        if function_words(tags.get(key, "")):
            return tags[key]
    return "office" if "office" in tags else building


def _building(tags: Tags) -> dict[str, Any]:
    height, source = stated_height(tags)
    year = _YEAR.fullmatch(tags.get("start_date", ""))
    levels = length(tags.get("building:levels"))
    roof = roof_code(tags.get("roof:shape", ""))
    return {
        "measuredHeight": height,
        "heightSource": source,
        "min_height": length(tags.get("min_height")) or _low_levels(tags),
        "storeysAboveGround": int(levels) if levels is not None and 0 <= levels < 300 else None,
        "storeysBelowGround": _whole(tags.get("building:levels:underground"), strict=True),
        "yearOfConstruction": int(year[1]) if year else None,
        "start_date": None if year else tags.get("start_date"),
        "roofType": str(roof) if roof else None,
        "function": building_function(tags),
    }


def _low_levels(tags: Tags) -> float | None:
    levels = length(tags.get("building:min_level"))
    return levels * STOREY if levels else None


def _tree(tags: Tags) -> dict[str, Any]:
    girth = length(tags.get("circumference"))
    return {
        "height": _between(length(tags.get("height")), 0.1, 140.0) or tags.get("height"),
        "crownDiameter": _between(length(tags.get("diameter_crown")), 0.1, 60.0),
        "trunkDiameter": _between(round(girth / 3.14159265, 3) if girth else None, 0.01, 12.0),
        "species": tags.get("species") or tags.get("taxon") or tags.get("genus"),
    }


def _street(tags: Tags) -> dict[str, Any]:
    speed = tags.get("maxspeed")
    return {
        "width": _between(length(tags.get("width")), 0.1, 500.0) or tags.get("width"),
        "maxspeed": int(speed) if speed and re.fullmatch(r"\d{1,3}", speed) else speed,
    }


def _between(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None


def _whole(value: str | None, strict: bool = False) -> int | str | None:
    if value is not None and re.fullmatch(r"-?\d{1,6}", value):
        return int(value)
    return None if strict else value
