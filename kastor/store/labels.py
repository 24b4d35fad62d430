"""What a person calls an object: its address, its name, or its id; and the line below that."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kastor.city.model import City, Json, Kind, root

Address = tuple[str, str, str, str]
"""Street, number, postcode, city."""

_DETAIL = {
    Kind.TREE: ("species", "genus"),
    Kind.STREET: ("highway",),
    Kind.RAILWAY: ("railway",),
    Kind.PARKING: ("parking",),
    Kind.LAND_USE: ("landuse", "natural", "leisure", "function"),
    Kind.WATER: ("water", "waterway", "natural"),
    Kind.FURNITURE: ("amenity", "function"),
}
"""Attributes that say more about an object without an address, first one found."""


def labels(city: City, ids: list[str]) -> tuple[list[str], list[str], list[str]]:
    """
    Label, detail and extra words of each object.

    A building bears the addresses of its parts too. The extra words (name, further towns) are
    found by the search but not shown.
    """
    addresses = _addresses(city)
    names = _texts(city, "name")
    named: list[str] = []
    details: list[str] = []
    extra: list[str] = []
    fallback = {kind: [_texts(city, name) for name in wanted] for kind, wanted in _DETAIL.items()}
    for i, kind in enumerate(city.kind.tolist()):
        own = addresses.get(i)
        if own:
            named.append(address_label(own))
            details.append(_town(own))
            extra.append(names[i])
            continue
        named.append(names[i] or ids[i])
        details.append(next((t[i] for t in fallback.get(kind, ()) if t[i]), ""))
        extra.append("")
    return named, details, extra


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
    found: dict[int, list[Address]] = {}
    top = root(city)
    for i in np.flatnonzero(column.codes >= 0).tolist():
        own = table[column.codes[i]]
        if not own:
            continue
        found.setdefault(i, []).extend(own)
        if top[i] != i:
            found.setdefault(int(top[i]), []).extend(own)
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
