"""What a request for features asks about: box, time, simple parameters and CQL2 as one filter."""

from __future__ import annotations

import math
import re

from sqlalchemy import and_, or_

from kastor.city.model import Kind
from kastor.store import Tenant, filters, queryables
from kastor.store.errors import InvalidFilter
from kastor.store.filter_functions import instant
from kastor.store.filter_places import box_place, inner_box, related
from kastor.store.filter_values import NUMBERS, Property
from kastor.store.filters import Filter
from kastor.store.ready_features import newest_revision
from kastor.store.schema import features, objects
from kastor.web import feature_crs
from kastor.web.collections import KINDS
from kastor.web.errors import BadRequest
from kastor.web.ogc import Asked

LANGUAGES = ("cql2-text", "cql2-json")

RESERVED = frozenset({
    "f", "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "after", "properties",
    "sortby", "profile", "skipGeometry",
})  # fmt: skip
"""Parameters with a meaning of their own; a property of the same name is asked for by a filter."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")

_KNOWN: dict[tuple[str, Kind, int, str], dict[str, Property]] = {}


def properties(twin: Tenant, kind: Kind) -> dict[str, Property]:
    """What may be asked about the objects of a kind, whose features are ready."""
    states = "".join(sorted(twin.database.states))
    key = (str(twin.directory), kind, newest_revision(twin.database), states)
    if key not in _KNOWN:
        if len(_KNOWN) > 200:
            _KNOWN.clear()
        _KNOWN[key] = queryables.properties(twin.database, kind)
    return _KNOWN[key]


def simple_names(twin: Tenant, collection: str) -> list[str]:
    """Names of the properties that are parameters of their own."""
    if collection not in KINDS:
        return []
    return [name for name, p in properties(twin, KINDS[collection]).items() if is_simple(p)]


def is_simple(property: Property) -> bool:
    """Whether a property is a parameter of its own."""
    return property.type not in ("geometry", "array") and property.name not in RESERVED


def read(ask: Asked, kind: Kind) -> Filter | None:
    """
    The filter of a request; None when it asks for everything.

    Raises
    ------
    BadRequest, InvalidFilter
        When a part of it makes no sense.
    """
    found = []
    if "bbox" in ask.parameters:
        found.append(_box(ask, ask.parameters["bbox"]))
    elif "bbox-crs" in ask.parameters:
        feature_crs.system(ask.twin, ask.parameters["bbox-crs"], "bbox-crs")
    if "datetime" in ask.parameters:
        found.append(_time(ask.parameters["datetime"]))
    known = properties(ask.twin, kind) if ask.parameters else {}
    for name, value in ask.parameters.items():
        if name in known and is_simple(known[name]):
            found.append(_equal(known[name], value))
    language = ask.parameters.get("filter-lang", "cql2-text")
    if language not in LANGUAGES:
        raise BadRequest(f"filter-lang: {language[:40]!r} is not read here; {' and '.join(LANGUAGES)} are.")
    system = feature_crs.degrees()
    if "filter-crs" in ask.parameters:
        system = feature_crs.system(ask.twin, ask.parameters["filter-crs"], "filter-crs")
    if "filter" in ask.parameters:
        tree = filters.read(ask.parameters["filter"], language)
        found.append(filters.condition(tree, known, lambda place: feature_crs.to_plane(ask.twin, place, system)))
    return filters.all_of(found)


def _box(ask: Asked, text: str) -> Filter:
    """Objects that meet a box; those whose own box lies inside need no closer look."""
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise BadRequest(f"bbox: {text[:80]!r} is not four or six numbers west,south,east,north.")
    numbers = [float(part) for part in parts]
    system = feature_crs.degrees()
    if "bbox-crs" in ask.parameters:
        system = feature_crs.system(ask.twin, ask.parameters["bbox-crs"], "bbox-crs")
    elif not all(abs(n) <= limit for n, limit in zip(_flat(numbers), (180.0, 90.0, 180.0, 90.0), strict=True)):
        raise BadRequest(f"bbox: {text[:80]!r} goes beyond 180 degrees east or 90 north; or name bbox-crs.")
    # checked before it is turned: a box of an empty twin, too, must make sense
    flat = _flat(numbers)
    place = feature_crs.to_plane(ask.twin, box_place(flat), system)
    met = related("intersects", features.c.geometry, place)
    if place.is_empty:
        return Filter(met)
    inner = inner_box(place)
    if inner is not None:
        c, (west, south, east, north) = objects.c, inner
        met = or_(and_(c.west >= west, c.south >= south, c.east <= east, c.north <= north), met)
    west, south, east, north = place.bounds
    return Filter(met, (west, south, east, north))


def _flat(numbers: list[float]) -> list[float]:
    half = len(numbers) // 2
    return [*numbers[:2], *numbers[half : half + 2]]


def _time(text: str) -> Filter:
    """Objects whose date lies in an interval, or that have none; a date may be a year or a month only."""
    ends = text.split("/")
    if len(ends) > 2:
        raise BadRequest(f"datetime: {text[:80]!r} is no time and no interval of two.")
    first, last = ends[0], ends[-1]
    moments = [_moment(end, text) for end in (first, last)]
    if len(ends) == 1 and moments[0] is None:
        raise BadRequest(f"datetime: {text[:80]!r} needs a time.")
    if None not in moments and moments[0] > moments[1]:  # type: ignore[operator]
        raise BadRequest(f"datetime: {text[:80]!r} ends before it begins.")
    date, conditions = objects.c.date, []
    if moments[0] is not None:
        # '~' sorts behind every digit: a year lasts to its end
        conditions.append(date + "~" >= first[:10])
    if moments[1] is not None:
        conditions.append(date <= last[:10])
    return Filter(or_(date == "", and_(*conditions)))


def _moment(text: str, shown: str) -> int | None:
    if text in ("", ".."):
        return None
    found = instant(text.upper())
    if found is None or (len(text) > 10 and not re.search(r"[zZ]|[+-]\d\d:\d\d$", text)):
        raise BadRequest(f"datetime: {shown[:80]!r} is no RFC 3339 time; write 2026-05-01T12:00:00Z, ../2026-05-01.")
    return found


def _equal(property: Property, text: str) -> Filter:
    """Objects whose property is what a parameter of its name says; ``*`` stands for any characters of a text."""
    tree: object = text
    if property.type in NUMBERS:
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise BadRequest(f"{property.name}: {text[:40]!r} is no number.")
        tree = float(text)
    elif property.type == "boolean":
        if text not in ("true", "false"):
            raise BadRequest(f"{property.name}: {text[:40]!r} must be true or false.")
        tree = text == "true"
    elif property.type in ("date", "timestamp"):
        tree = {property.type: text}
    elif "*" in text:
        pattern = re.sub(r"([\\%_])", r"\\\1", text).replace("*", "%")
        return filters.condition(
            {"op": "like", "args": [{"property": property.name}, pattern]}, {property.name: property}, _no_place
        )
    return filters.condition(
        {"op": "=", "args": [{"property": property.name}, tree]}, {property.name: property}, _no_place
    )


def _no_place(place: object) -> object:
    raise InvalidFilter(f"{place!r} is no value of a property.")
