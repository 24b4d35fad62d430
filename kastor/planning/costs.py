"""What a variant may cost: quantities from its edits times the prices the municipality keeps, low, usual and high.

Kastor ships no prices: they differ by region and year, and nobody should decide by numbers nobody stands for. What has
no price, or cannot be measured by an edit alone, is named beside the sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from kastor.city.edit_kinds import (
    AddBuilding,
    AddStreet,
    AddWall,
    Basin,
    Demolish,
    Edit,
    Fell,
    GroundWork,
    Levee,
    PlantTree,
    Surface,
)
from kastor.city.outlines import own_outlines
from kastor.planning.storeys import heights
from kastor.process import InvalidInput, Words
from kastor.store import Tenant
from kastor.store.costs import Prices

STOREY = 3.0
"""Of a new building whose storeys nobody states. [m]"""

DEAREST = 1e7
"""Of one unit. [EUR]"""


@dataclass(frozen=True)
class Item:
    """Something that has a price: its name and the unit it is measured in."""

    id: str
    title: Words
    unit: str


ITEMS = (
    Item("floor", {"de": "Neubau, Geschossfläche", "en": "New floor area"}, "m2"),
    Item("green_roof", {"de": "Gründach", "en": "Green roof"}, "m2"),
    Item("demolition", {"de": "Abbruch, umbauter Raum", "en": "Demolition, built volume"}, "m3"),
    Item("tree", {"de": "Baum pflanzen", "en": "Planting a tree"}, "1"),
    Item("felling", {"de": "Baum fällen", "en": "Felling a tree"}, "1"),
    Item("sealed", {"de": "Versiegelte Fläche", "en": "Sealed surface"}, "m2"),
    Item("paved", {"de": "Pflaster mit Fugen", "en": "Paving with joints"}, "m2"),
    Item("green", {"de": "Grünfläche anlegen", "en": "Green surface"}, "m2"),
    Item("soil", {"de": "Boden öffnen", "en": "Opening the soil"}, "m2"),
    Item("water", {"de": "Wasserfläche", "en": "Water surface"}, "m2"),
    Item("street", {"de": "Straße", "en": "Street"}, "m2"),
    Item("wall", {"de": "Mauer, Ansichtsfläche", "en": "Wall, face"}, "m2"),
    Item("earth", {"de": "Erdarbeiten", "en": "Earthworks"}, "m3"),
)
_KNOWN = {item.id: item for item in ITEMS}


@dataclass(frozen=True)
class Estimate:
    """
    What a variant may cost.

    Parameters
    ----------
    low, usual, high
        Sums; None when nothing has a price. [EUR]
    parts
        Quantity and prices of each item, in the order of ``ITEMS``.
    lacking
        Items of the variant without a price.
    unmeasured
        Edits that are not priced, by kind.
    """

    low: float | None
    usual: float | None
    high: float | None
    parts: tuple[dict[str, Any], ...]
    lacking: tuple[str, ...]
    unmeasured: tuple[str, ...]


def read_prices(given: Mapping[str, Any]) -> dict[str, tuple[float, float, float]]:
    """
    Prices as somebody gave them: ``{"tree": [900, 1500, 2500]}``.

    Raises
    ------
    InvalidInput
        When an item is unknown, or its prices are none or not in order.
    """
    found = {}
    for name, values in given.items():
        if name not in _KNOWN:
            raise InvalidInput(
                f"{name[:40]}: there is no such item; known are {', '.join(_KNOWN)}.",
                f"{name[:40]}: gibt es nicht; bekannt sind {', '.join(_KNOWN)}.",
            )
        good = isinstance(values, list) and len(values) == 3 and all(type(v) in (int, float) for v in values)
        if not good or not 0 <= values[0] <= values[1] <= values[2] <= DEAREST:
            raise InvalidInput(
                f"{name}: {str(values)[:60]} are no prices; give low, usual and high in euros, in this order.",
                f"{name}: {str(values)[:60]} sind keine Preise; geben Sie niedrig, üblich und hoch in Euro an.",
            )
        found[name] = (float(values[0]), float(values[1]), float(values[2]))
    return found


def estimate(tenant: Tenant, edits: Sequence[Edit], table: Prices) -> Estimate:
    """What some edits may cost by a table of prices."""
    amounts, unmeasured = quantities(tenant, edits)
    parts = []
    sums = np.zeros(3)
    for item in ITEMS:
        amount = amounts.get(item.id, 0.0)
        if amount <= 0:
            continue
        price = table.get(item.id)
        sums += amount * np.array(price) if price else 0.0
        parts.append({"item": item.id, "title": item.title, "quantity": round(amount, 1), "unit": item.unit,
                      "prices": list(price) if price else None})  # fmt: skip
    lacking = tuple(str(part["item"]) for part in parts if part["prices"] is None)
    if not parts and not unmeasured:
        return Estimate(0.0, 0.0, 0.0, (), (), ())
    if len(lacking) == len(parts):
        return Estimate(None, None, None, tuple(parts), lacking, unmeasured)
    low, usual, high = (round(float(s), 2) for s in sums)
    return Estimate(low, usual, high, tuple(parts), lacking, unmeasured)


def quantities(tenant: Tenant, edits: Sequence[Edit]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Amount of each item, and kinds of edits that say too little to be priced."""
    found: dict[str, float] = defaultdict(float)
    unmeasured: set[str] = set()
    for edit in edits:
        match edit:
            case AddBuilding():
                base = _area(edit.footprint)
                found["floor"] += base * (edit.storeys or max(round((edit.height or STOREY) / STOREY), 1))
                found["green_roof"] += base if edit.green_roof else 0.0
            case Demolish():
                found["demolition"] += _volume(tenant, edit.id)
            case PlantTree():
                found["tree"] += 1
            case Fell():
                found["felling"] += 1
            case Surface():
                found[edit.cover] += _area(edit.outline)
            case AddStreet():
                found["street"] += _length(edit.line) * edit.width
            case AddWall():
                found["wall"] += _length(edit.line) * edit.height
            case Basin():
                found["earth"] += _area(edit.outline) * edit.depth
            case Levee():
                found["earth"] += _length(edit.line) * edit.height * edit.width
            case GroundWork() if edit.height is not None:
                found["earth"] += _area(edit.outline) * abs(edit.height)
            case _:
                unmeasured.add(edit.kind)
    return dict(found), tuple(sorted(unmeasured))


def _area(corners: Sequence[tuple[float, float]]) -> float:
    return float(shapely.area(shapely.Polygon(corners)))


def _length(line: Sequence[tuple[float, float]]) -> float:
    return float(shapely.length(shapely.LineString(line)))


def _volume(tenant: Tenant, object_id: str) -> float:
    """Footprint times height of a building of the city, its parts each by itself; 0 when it is not there. [m³]"""
    record = tenant.object(object_id)
    family = tenant.family(object_id, record.row.dataset) if record is not None else None
    if family is None:
        return 0.0
    base = np.nan_to_num(shapely.area(own_outlines(family)))
    if len(base) > 1 and base[1:].any():
        base[0] = 0.0
    return float((base * np.nan_to_num(heights(family))).sum())
