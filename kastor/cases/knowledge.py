"""What the twin and the calendar know, so that nobody has to be asked: the Land, streets and ways at a point, plans.

Each answer is a fact with its source and with what it was read from. Where the twin does not know, nothing is said;
records of a contract come from the ERP of the tenant, never from guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from kastor.cases.commands import Fact
from kastor.cases.forms import Slot
from kastor.cases.procedure import Procedure
from kastor.cases.understanding.lexicon import of_addresses
from kastor.city.model import Kind
from kastor.formats.errors import UnknownCrs
from kastor.formats.operations import middle, operation
from kastor.store import Tenant
from kastor.store.folding import folded
from kastor.store.objects import Box, ObjectRecord, ObjectRow

DEGREES = "EPSG:4258"
"""ETRS89, in which a point of a telephone (WGS 84) lies within a metre."""

BERLIN = ZoneInfo("Europe/Berlin")
HEATING = frozenset({10, 11, 12, 1, 2, 3, 4})
"""Months of the heating season, October to April; default of the procedures, no rule of law."""

ON_WAY, AT_STREET = 4.0, 25.0
"""How near a point must lie to a way to lie on it, and to a street to belong to it. [m]"""

LANDS = frozenset(
    {"BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"}
)  # fmt: skip
_CADASTRAL = re.compile(r"DE([A-Z]{2})[A-Z0-9]{6,}")
_REF = re.compile(r"^(A|B|L|K|St|S)\s?\d")
_CLASSES = {"A": "bund", "B": "bund", "L": "land", "St": "land", "S": "land", "K": "kreis"}


@dataclass(frozen=True)
class Spot:
    """
    Where a case is.

    Parameters
    ----------
    object
        Id of an object of the twin; empty when none is known.
    label
        What people call it, such as an address; empty when unknown.
    plane
        East and north in the plane of the tenant; None when unknown. [m]
    """

    object: str = ""
    label: str = ""
    plane: tuple[float, float] | None = None


def spot_of(tenant: Tenant, object_id: str, point: tuple[float, float] | None, address: str = "") -> Spot:
    """
    The spot an object, a point (longitude, latitude) [degree] or an address in words names.

    An object counts first, then a point, then the building an address finds.
    """
    record = tenant.object(object_id) if object_id else None
    if record is not None:
        return _spot(record.row)
    if point is not None:
        return Spot(plane=plane(tenant.crs, point))
    for row in tenant.search(address, 20) if address.strip() else ():
        if row.kind in (Kind.BUILDING, Kind.BUILDING_PART, Kind.ADDRESS, Kind.PARCEL) and _is_called(row, address):
            return replace(_spot(row), label=row.label if row.id == address else address)
    return Spot()


def _is_called(row: ObjectRow, address: str) -> bool:
    """Whether an object bears an address: the search gives other houses of a street where it has no such number."""
    if folded(address) in (folded(row.id), folded(row.label)):
        return True
    borne = of_addresses([row.label]).streets
    return any(number in borne[name].numbers for name, number in _numbered(address) if name in borne)


def _numbered(address: str) -> list[tuple[str, str]]:
    """Streets of an address as they are compared, with their house numbers."""
    return [(name, number) for name, street in of_addresses([address]).streets.items() for number in street.numbers]


def _spot(row: ObjectRow) -> Spot:
    place = row.place
    return Spot(row.id, row.label, place[:2] if place else None)


def plane(crs: str, point: tuple[float, float]) -> tuple[float, float] | None:
    """A point (longitude, latitude) [degree] in a tenant's plane [m]; None where that is not valid."""
    near = (round(point[0], 1), round(point[1], 1))
    try:
        found = operation(DEGREES, crs.partition("+")[0], near).apply(np.array([point]))[0]
    except UnknownCrs:
        return None
    east, north = map(float, found)
    return (east, north) if abs(east) < 1e8 and abs(north) < 1e8 else None


def degrees(crs: str, place: tuple[float, float]) -> tuple[float, float] | None:
    """A place in a tenant's plane [m] as longitude, latitude [degree]; None where that is not valid."""
    code, here = crs.partition("+")[0], np.array([place])
    try:
        found = operation(DEGREES, code, middle(here, code)).apply(here, inverse=True)[0]
    except UnknownCrs:
        return None
    longitude, latitude = round(float(found[0]), 7), round(float(found[1]), 7)
    return (longitude, latitude) if -180 <= longitude <= 180 and -90 <= latitude <= 90 else None


def records(tenant: Tenant, procedure: Procedure, spot: Spot, now: datetime) -> tuple[Fact, ...]:
    """
    What is known for the slots of a procedure without asking anybody.

    Parameters
    ----------
    spot
        Where the case is.
    now
        The present moment, for the season.
    """
    found = []
    for name, slot in procedure.form.slots.items():
        answer = _ANSWERS.get(name)
        if answer is None or slot.source not in ("twin", "tenant"):
            continue
        value = answer(tenant, spot, now)
        if value is not None and not procedure.form.problem(name, value):
            found.append(Fact(name, value, slot.source, 1.0, _extractor(slot, spot)))
    return tuple(found)


def _extractor(slot: Slot, spot: Spot) -> str:
    return f"{slot.source}/{spot.object}" if slot.source == "twin" and spot.object else f"{slot.source}/1"


def land(tenant: Tenant) -> str | None:
    """The Land the buildings are registered in, by cadastral ids such as ``DENW...``; None when unknown."""
    box = tenant.box()
    if box is None:
        return None
    west, south, _, east, north, _ = box
    middle = (west + east) / 2, (south + north) / 2
    for reach in (250.0, 1500.0, 1e6):
        around = (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach)
        found = _land(row.id for row in tenant.in_box(around, Kind.BUILDING, limit=20))
        if found:
            return found
    return None


def _land(ids: Iterable[str]) -> str | None:
    codes = [match[1] for match in map(_CADASTRAL.match, ids) if match and match[1] in LANDS]
    return max(set(codes), key=codes.count) if codes else None


def street_class(tenant: Tenant, spot: Spot) -> str | None:
    """Who keeps the street at a point: ``bund``, ``land``, ``kreis``, ``gemeinde``, ``privat``; None when unknown."""
    record = _street(tenant, spot, AT_STREET, lambda record: not _is_path(record))
    if record is None:
        return None
    match = _REF.match(str(record.attributes.get("ref") or ""))
    if match:
        return _CLASSES[match[1]]
    return "privat" if record.attributes.get("access") in ("private", "no") else "gemeinde"


def on_way(tenant: Tenant, spot: Spot, highway: str) -> bool | None:
    """Whether a point lies on a way of a kind such as ``cycleway``; None where the twin has no ways near."""
    if spot.plane is None or not tenant.nearest(*spot.plane, 200.0, [Kind.STREET], 1):
        return None
    return _street(tenant, spot, ON_WAY, lambda record: record.attributes.get("highway") == highway) is not None


def has_plan(tenant: Tenant, spot: Spot) -> bool | None:
    """Whether a development plan lies at a place; None where the twin has no plans at all."""
    if spot.plane is None or not tenant.counts().get("plan_area"):
        return None
    return bool(tenant.in_box(_around(spot.plane, 1.0), Kind.PLAN_AREA, limit=1))


def parcel_area(tenant: Tenant, spot: Spot) -> float | None:
    """Area of the parcel a place lies in; None when the twin has none there. [m²]"""
    if spot.plane is None:
        return None
    found = tenant.nearest(*spot.plane, 0.5, [Kind.PARCEL], 1)
    return round(found[0][0].area, 1) if found and found[0][0].area else None


def storeys(tenant: Tenant, spot: Spot) -> int | None:
    """Storeys above ground of the building; None when unknown."""
    record = tenant.object(spot.object) if spot.object else None
    return record.row.storeys if record else None


def protected(tenant: Tenant, spot: Spot) -> bool | None:
    """Whether the building is listed, where the twin says so at all."""
    record = tenant.object(spot.object) if spot.object else None
    said = (
        [record.attributes[name] for name in ("heritage", "denkmal", "Denkmal") if name in record.attributes]
        if record
        else []
    )
    return str(said[0]).lower() not in ("", "no", "nein", "false", "0", "none") if said else None


def _street(tenant: Tenant, spot: Spot, reach: float, fits: Callable[[ObjectRecord], bool]) -> ObjectRecord | None:
    """The nearest street within a distance of which something holds."""
    if spot.plane is None:
        return None
    for row, _ in tenant.nearest(*spot.plane, reach, [Kind.STREET], 12):
        record = tenant.object(row.id)
        if record is not None and fits(record):
            return record
    return None


def _is_path(record: ObjectRecord) -> bool:
    return record.attributes.get("highway") in ("footway", "cycleway", "path", "steps", "track", "bridleway")


def _around(place: tuple[float, float], reach: float) -> Box:
    return (place[0] - reach, place[1] - reach, place[0] + reach, place[1] + reach)


Answer = Callable[[Tenant, Spot, datetime], Any]

_ANSWERS: Mapping[str, Answer] = {
    "bundesland": lambda tenant, spot, now: land(tenant),
    "heizperiode": lambda tenant, spot, now: now.astimezone(BERLIN).month in HEATING,
    "strassenklasse": lambda tenant, spot, now: street_class(tenant, spot),
    "auf_radweg": lambda tenant, spot, now: on_way(tenant, spot, "cycleway"),
    "auf_fussweg": lambda tenant, spot, now: on_way(tenant, spot, "footway"),
    "plan_vorhanden": lambda tenant, spot, now: has_plan(tenant, spot),
    "grundstueck_m2": lambda tenant, spot, now: parcel_area(tenant, spot),
    "denkmal": lambda tenant, spot, now: protected(tenant, spot),
}
"""Which question of a form the twin answers, and how."""
