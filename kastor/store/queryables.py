"""What a filter may ask about the objects of a kind: the standard properties and the attributes they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Double, Text, case, func, literal
from sqlalchemy.types import LargeBinary, TypeEngine

from kastor.city.model import Kind
from kastor.store.database import Database
from kastor.store.filter_values import Property
from kastor.store.ready_features import attribute_names, datasets_with
from kastor.store.schema import datasets, features, objects, versions

_READ: Mapping[str, tuple[str, TypeEngine[Any]]] = {
    "text": ("text_of", Text()), "date": ("text_of", Text()), "timestamp": ("text_of", Text()),
    "number": ("number_of", Double()), "integer": ("number_of", Double()), "boolean": ("boolean_of", Boolean()),
    "array": ("array_of", LargeBinary()),
}  # fmt: skip


def standard(kind: Kind) -> dict[str, Property]:
    """Properties every feature of a kind has."""
    o = objects.c
    day: ColumnElement[Any] = case((func.length(o.date) == 10, o.date))
    found = [
        Property("id", "text", o.id),
        Property("label", "text", o.label),
        Property("detail", "text", o.detail),
        Property("height", "number", o.height),
        Property("storeys", "integer", o.storeys),
        Property("roof", "integer", func.nullif(o.roof, 0)),
        Property("year", "integer", o.year),
        Property("area", "number", o.area),
        Property("date", "date", day),
        Property("dataset", "text", datasets.c.id, "datasets"),
        Property("parent", "text", o.parent),
        Property("geometry", "geometry", features.c.geometry, "", (o.west, o.south, o.east, o.north)),
    ]
    return {p.name: p for p in found}


def properties(database: Database, kind: Kind) -> dict[str, Property]:
    """Everything a filter may ask about the objects of a kind, by name."""
    found = standard(kind)
    for name, held in attribute_names(database, int(kind), datasets_with(database, kind)).items():
        shown = name
        while shown in found:
            shown += "_"
        if held in _READ:
            function, result = _READ[held]
            read = getattr(func, f"kastor_{function}")(versions.c.attributes, literal(name, Text()), type_=result)
            found[shown] = Property(shown, held, read, "versions")
    return found
