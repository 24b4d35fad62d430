"""What a person calls an object: its address, its name, or its id; and the line below that."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kastor.city.model import City, Json, Kind, root

Address = tuple[str, str, str, str]
"""Street, number, postcode, city."""

DETAIL = {
    Kind.TREE: ("species", "genus"),
    Kind.STREET: ("highway",),
    Kind.RAILWAY: ("railway",),
    Kind.PARKING: ("parking",),
    Kind.LAND_USE: ("landuse", "natural", "leisure", "function"),
    Kind.WATER: ("water", "waterway", "natural"),
    Kind.PLAN_AREA: ("plan", "class"),
    Kind.FURNITURE: ("amenity", "function"),
}
"""Attributes that say more about an object without an address, by kind, first one found."""

USED = frozenset({"address", "name"}.union(*DETAIL.values()))
"""Attributes labels are made of."""


def labels(city: City, ids: list[str]) -> tuple[list[str], list[str], list[str]]:
    """
    Label, detail and extra words of each object.

    A building bears the addresses of its parts too. The extra words (name, further towns) are
    found by the search but not shown.
    """
    names = _texts(city, "name")
    named = [name or object_id for name, object_id in zip(names, ids, strict=True)]
    details = _details(city)
    extra = [""] * len(city)
    shown: dict[int, tuple[str, str]] = {}
    for i, own in _addresses(city).items():
        if id(own) not in shown:
            shown[id(own)] = (address_label(own), _town(own))
        named[i], details[i] = shown[id(own)]
        extra[i] = names[i]
    return named, details, extra


def _details(city: City) -> list[str]:
    found = [""] * len(city)
    for kind, wanted in DETAIL.items():
        for name in reversed(wanted):
            column = city.attributes.get(name)
            if column is None:
                continue
            table = [text(v) for v in column.values]
            chosen = np.flatnonzero((city.kind == kind) & (column.codes >= 0))
            for i, code in zip(chosen.tolist(), column.codes[chosen].tolist(), strict=True):
                found[i] = table[code] or found[i]
    return found


def address_label(addresses: Iterable[Address]) -> str:
    """
    Addresses in one line, the numbers of a street together.

    Examples
    --------
    >>> address_label([("Kalkweg", "1", "", ""), ("Kalkweg", "3", "", ""), ("Ring", "8", "", "")])
    'Kalkweg 1, 3; Ring 8'
    """
    numbers: dict[str, list[str]] = {}
    for street, number, _, _ in addresses:
        listed = numbers.setdefault(street, [])
        if number and number not in listed:
            listed.append(number)
    return "; ".join(f"{street} {', '.join(listed)}".strip() for street, listed in numbers.items())


def _town(addresses: list[Address]) -> str:
    return next((f"{postcode} {town}".strip() for _, _, postcode, town in addresses if postcode or town), "")


def _addresses(city: City) -> dict[int, list[Address]]:
    column = city.attributes.get("address")
    if column is None:
        return {}
    table = [_read(value) for value in column.values]
    present = np.flatnonzero(column.codes >= 0)
    found = {i: table[c] for i, c in zip(present.tolist(), column.codes[present].tolist(), strict=True) if table[c]}
    top = root(city)
    for i in [i for i in found if top[i] != i]:
        above = int(top[i])
        found[above] = [*found.get(above, []), *found[i]]
    return found


def _read(value: Json) -> list[Address]:
    listed = value if isinstance(value, list) else [value]
    found = [
        (_field(a, "street"), _field(a, "number"), _field(a, "postcode"), _field(a, "city"))
        for a in listed
        if isinstance(a, dict)
    ]
    return [a for a in found if a[0]]


def _field(address: dict[str, Json], name: str) -> str:
    value = address.get(name)
    return str(value).strip() if value is not None else ""


def _texts(city: City, name: str) -> list[str]:
    """One text per object, empty where absent."""
    column = city.attributes.get(name)
    if column is None:
        return [""] * len(city)
    table = [*(text(v) for v in column.values), ""]
    return [table[c] for c in column.codes.tolist()]


def text(value: Json) -> str:
    """A value as one line; the first of a list."""
    if isinstance(value, list):
        return text(value[0]) if value else ""
    if value is None or isinstance(value, dict):
        return ""
    return str(value).strip()
