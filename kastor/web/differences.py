"""What differs between two states of an object, in words: attributes, ground area, place, parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from kastor.city.codelists import Words, attribute_words
from kastor.city.fields import FIELDS
from kastor.city.model import City
from kastor.city.outlines import outlines
from kastor.web.object_json import value_in_words

SAME_AREA, SAME_PLACE = 0.05, 0.01
"""Less is no difference. [m²], [m]"""

_UNITS = {field.name: field.unit for fields in FIELDS.values() for field in fields}

NOTHING: Words = {"de": "", "en": ""}
_AREA: Words = {"de": "Grundfläche", "en": "Ground area"}
_PLACE: Words = {"de": "Lage", "en": "Place"}
_PARTS: Words = {"de": "Gebäudeteile", "en": "Building parts"}
_SHAPE: Words = {"de": "Gestalt", "en": "Shape"}
_OTHER: Words = {"de": "verändert", "en": "changed"}


def of_attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``Change`` of the browser for each attribute that is another; empty words where there is none."""
    names = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    return [_change(n, attribute_words(n), _value(n, before.get(n)), _value(n, after.get(n))) for n in names]


def of_shapes(before: City | None, after: City | None) -> list[dict[str, Any]]:
    """The same for the shape of an object with its parts; None where it was not there."""
    if before is None or after is None:
        there = before if before is not None else after
        area = _area(_outline(there)) if there is not None else 0.0
        words = _square_metres(area) if area else NOTHING
        pair = (words, NOTHING) if before is not None else (NOTHING, words)
        return [_change("area", _AREA, *pair)] if area else []
    old, new = _outline(before), _outline(after)
    found = []
    if abs(_area(old) - _area(new)) >= SAME_AREA:
        found.append(_change("area", _AREA, _square_metres(_area(old)), _square_metres(_area(new))))
    if (way := _way(old, new)) is not None:
        found.append(_change("place", _PLACE, NOTHING, way))
    if len(before) != len(after):
        found.append(_change("parts", _PARTS, _count(len(before) - 1), _count(len(after) - 1)))
    return found or [_change("shape", _SHAPE, NOTHING, _OTHER)]


def _change(name: str, label: Words, before: Words, after: Words) -> dict[str, Any]:
    return {"name": name, "label": label, "before": before, "after": after}


def _value(name: str, value: Any) -> Words:
    if value is None:
        return NOTHING
    if name == "address" and isinstance(value, list):
        lines = [_address(one) for one in value if isinstance(one, Mapping)]
        return {"de": "; ".join(lines), "en": "; ".join(lines)}
    words, unit = value_in_words(name, value), _UNITS.get(name, "")
    return {language: f"{said} {unit}".strip() for language, said in words.items()}


def _address(one: Mapping[str, Any]) -> str:
    parts = [
        " ".join(str(one[n]) for n in names if one.get(n)) for names in (("street", "number"), ("postcode", "city"))
    ]
    return ", ".join(part for part in parts if part)


def _outline(city: City) -> Any:
    found = outlines(city)
    return found[0] if len(found) else None


def _area(outline: Any) -> float:
    return 0.0 if outline is None else float(shapely.area(outline))


def _square_metres(area: float) -> Words:
    english = f"{area:,.1f} m²"
    return {"de": english.translate(str.maketrans(",.", ".,")), "en": english}


def _count(n: int) -> Words:
    return {"de": str(n), "en": str(n)}


def _way(old: Any, new: Any) -> Words | None:
    """How far and whereto the middle has moved; None where it has not."""
    if old is None or new is None:
        return None
    east, north = np.subtract(*(shapely.get_coordinates(shapely.centroid(g))[0] for g in (new, old))).tolist()
    if math.hypot(east, north) < SAME_PLACE:
        return None
    de = [("Osten" if east > 0 else "Westen", east), ("Norden" if north > 0 else "Süden", north)]
    en = [("east" if east > 0 else "west", east), ("north" if north > 0 else "south", north)]
    said = {"de": ", ".join(f"{abs(m):.2f} m nach {to}".replace(".", ",") for to, m in de if abs(m) >= SAME_PLACE)}
    return {**said, "en": ", ".join(f"{abs(m):.2f} m {to}" for to, m in en if abs(m) >= SAME_PLACE)}
