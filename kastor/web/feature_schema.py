"""What features of a collection hold (Part 5), and what they can be asked (Part 3), as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kastor.city.codelists import attribute_words
from kastor.city.model import Kind
from kastor.store.filter_values import Property
from kastor.web.collections import NAMES
from kastor.web.errors import NotFound
from kastor.web.ogc import Asked

DRAFT = "https://json-schema.org/draft/2020-12/schema"

COMPUTED = ("label", "detail", "area", "date", "dataset", "parent")
"""Standard properties the twin computes; they cannot be written."""

GEOMETRY_FORMAT = "geometry-any"

TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "array": {"type": "array", "items": {}},
    "geometry": {"format": GEOMETRY_FORMAT},
}

_UNITS = {"height": "m", "area": "m2"}

_TITLES = {
    "id": ("Kennung", "Id"),
    "label": ("Bezeichnung", "Label"),
    "detail": ("Zusatz", "Detail"),
    "height": ("Höhe in Metern", "Height in metres"),
    "storeys": ("Geschosse", "Storeys"),
    "roof": ("Dachform (AdV-Schlüssel)", "Roof form (AdV code)"),
    "year": ("Baujahr", "Year of construction"),
    "area": ("Grundfläche in m²", "Area on the ground in m²"),
    "date": ("Stand", "Date"),
    "dataset": ("Datensatz", "Dataset"),
    "parent": ("Teil von", "Part of"),
    "geometry": ("Umriss oder Lage", "Outline or place"),
}


def unknown(collection: str, which: str) -> NotFound:
    """For an address below a collection that leads nowhere."""
    return NotFound(f"There is no {which[:60]!r} of {collection}; there are items, queryables, schema and tiles.")


def queryables(ask: Asked, kind: Kind, known: Mapping[str, Property]) -> dict[str, Any]:
    """What may be asked in filters."""
    found = {name: _shown(ask, p) for name, p in known.items()}
    return {**_head(ask, kind), "properties": found, "additionalProperties": False}


def schema(ask: Asked, kind: Kind, known: Mapping[str, Property]) -> dict[str, Any]:
    """What features hold; what can be written is not marked as read-only."""
    found: dict[str, Any] = {}
    for name, p in known.items():
        found[name] = dict(_shown(ask, p))
        if name == "id":
            found[name] |= {"x-ogc-role": "id", "readOnly": True}
        elif name == "geometry":
            found[name] |= {"x-ogc-role": "primary-geometry"}
        elif name == "date":
            found[name] |= {"x-ogc-role": "primary-instant", "readOnly": True}
        elif name in COMPUTED:
            found[name] |= {"readOnly": True}
        found[name]["x-ogc-propertySeq"] = len(found)
    return {**_head(ask, kind), "properties": found}


def _head(ask: Asked, kind: Kind) -> dict[str, Any]:
    _, german, english = NAMES[kind]
    return {"$schema": DRAFT, "$id": ask.here, "type": "object", "title": german if ask.german else english}


def _shown(ask: Asked, p: Property) -> dict[str, Any]:
    found: dict[str, Any] = {"title": title_of(ask, p.name), **TYPES[p.type]}
    if p.name in _UNITS:
        found["x-ogc-unit"] = _UNITS[p.name]
    return found


def title_of(ask: Asked, name: str) -> str:
    """Name of a property in the language of the reader."""
    return _TITLES[name][0 if ask.german else 1] if name in _TITLES else ask.words(attribute_words(name))


WRITERS: Mapping[str, Callable[[Asked, Kind, Mapping[str, Property]], dict[str, Any]]] = {
    "queryables": queryables,
    "schema": schema,
}
"""What makes each schema of a collection."""
