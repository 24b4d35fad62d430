"""The classes of XPlanGML 6.0 as a table: which properties each has, in which order, of what type and how often."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

VERSION = "6.0"

GEOMETRY = ("GeometryPropertyType", "inline")
"""Types of properties that hold a geometry."""


@dataclass(frozen=True)
class Property:
    """
    A property of a class.

    Parameters
    ----------
    type
        Name of a simple type, of an enumeration, or of a data type with ``PropertyType`` behind it.
    least, most
        How often; ``most`` 0 stands for any number.
    """

    name: str
    type: str
    least: int
    most: int

    @property
    def data_type(self) -> str:
        """Name of its data type, empty where it is of a simple type."""
        return self.type.removesuffix("PropertyType") if self.type.endswith("PropertyType") else ""


@cache
def _table() -> Mapping[str, Any]:
    text = files("kastor.formats.xplanung").joinpath("classes_6_0.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def is_class(name: str) -> bool:
    """Whether there is a class, or data type, of this name that objects can have."""
    return name in _table()["classes"] and name not in _table()["abstract"]


@cache
def properties(name: str) -> tuple[Property, ...]:
    """The properties of a class in the order the schema asks for, those of what it extends first."""
    found = _table()["classes"][name]
    above = properties(found["base"]) if found["base"] in _table()["classes"] else ()
    return (*above, *(Property(*row) for row in found["own"]))


def codes(type_name: str) -> frozenset[str] | None:
    """The codes of an enumeration; None for types that are none."""
    found = _table()["codes"].get(type_name)
    return None if found is None else frozenset(found)


def extends(name: str, base: str) -> bool:
    """Whether a class is another one or extends it."""
    while name in _table()["classes"]:
        if name == base:
            return True
        name = _table()["classes"][name]["base"]
    return False
