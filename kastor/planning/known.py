"""What is known of each column: kept results, reports of experts in their place, and what is lacking or out of date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.edits import AddBuilding
from kastor.city.model import Kind
from kastor.planning import computing, orders
from kastor.planning.columns import Column
from kastor.planning.orders import Order
from kastor.process import Need, Words
from kastor.store import Tenant
from kastor.store.expertises import expertises_of
from kastor.store.results import DOCUMENT, Kept, UnknownResult, file_of, result, results_of

STATES = ("fresh", "impossible", "running", "stale", "missing", "failed")
"""Of what is known, from good to bad."""


@dataclass(frozen=True, eq=False)
class Found:
    """
    What is known of a process in a column.

    Parameters
    ----------
    order
        What would be computed.
    kept, document, stale
        The kept result, and why it is out of date.
    reports
        Reports of experts that stand in its place: ``id``, ``title`` and ``office``.
    lacking
        What the area lacks, so that it cannot be computed; empty when it can.
    """

    order: Order
    kept: Kept | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    stale: tuple[Words, ...] = ()
    reports: tuple[Mapping[str, str], ...] = ()
    lacking: Words = field(default_factory=dict)


def lookup(
    tenant: Tenant, compared: Sequence[Column], area: shapely.Geometry, processes: Sequence[str]
) -> dict[tuple[int, str], Found]:
    """What is kept for each column and process: the result asked for, else the newest older one of its question."""
    found: dict[tuple[int, str], Found] = {}
    drawn = orjson.loads(shapely.to_geojson(area))
    for process in processes:
        earlier = results_of(tenant.database, process, 200)
        data = ""
        for number, column in enumerate(compared):
            variant = {"variant": {"id": column.variant, "revision": column.revision}} if column.variant else {}
            order = orders.read(tenant, process, {"area": drawn, **variant})
            # the data around the area are the same for every column
            data = data or str(computing.data_of(tenant, order)["hash"])
            found[number, process] = _found(tenant, order, order.id(data), earlier, column)
    return found


def _found(tenant: Tenant, order: Order, result_id: str, earlier: Sequence[Kept], column: Column) -> Found:
    try:
        kept = result(tenant.database, result_id)
        return Found(order, kept, _document(tenant, kept), reports=_reports(tenant, kept))
    except UnknownResult:
        pass
    wanted = _question(order.inputs)
    for kept in earlier:
        if _question(kept.inputs) == wanted:
            return Found(
                order, kept, _document(tenant, kept), tuple(_why(tenant, kept, column)), _reports(tenant, kept)
            )
    return Found(order, lacking=_lacking(tenant, order))


def _lacking(tenant: Tenant, order: Order) -> Words:
    """What a process needs and the area has not, so that nobody waits for it."""
    about = order.process.about
    west, south, east, north = (shapely.bounds(order.area) + about.margin * np.array([-1, -1, 1, 1])).tolist()
    ground = any(b[0] < east and b[2] > west and b[1] < north and b[3] > south for b, _ in tenant.terrain_boxes())
    houses = bool(tenant.in_box((west, south, east, north), Kind.BUILDING, 1))
    # where there is no terrain, houses tell the ground to what can do with that
    if (Need.TERRAIN in about.needs and not ground) or (Need.TERRAIN in about.uses and not (ground or houses)):
        return {"de": "Hier fehlt ein Geländemodell.", "en": "There is no terrain here."}
    planned = any(isinstance(edit, AddBuilding) for edit in order.edits)
    if Need.BUILDINGS in about.needs and not (houses or planned):
        return {"de": "Hier stehen keine Gebäude.", "en": "There are no buildings here."}
    return {}


def _reports(tenant: Tenant, kept: Kept) -> tuple[Mapping[str, str], ...]:
    found = expertises_of(tenant.database, kept.id)
    return tuple({"id": one.id, "title": one.title, "office": one.office} for one in found)


def _why(tenant: Tenant, kept: Kept, column: Column) -> list[Words]:
    why = computing.stale(tenant, kept)
    used = kept.inputs.get(orders.VARIANT)
    if used and used["revision"] != column.revision:
        revision = used["revision"]
        why.append({"de": f"Gerechnet mit Stand {revision}.", "en": f"Computed with revision {revision}."})
    return why or [{"de": "Die Änderungen sind andere.", "en": "The edits are others."}]


def _question(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is asked, whatever the revision: variant, area and parameters."""
    own = {name: value for name, value in inputs.items() if name not in (orders.VARIANT, orders.EDITS)}
    variant = inputs.get(orders.VARIANT)
    extra = variant["id"] if variant else bool(inputs.get(orders.EDITS))
    return extra, orjson.dumps(own, option=orjson.OPT_SORT_KEYS)


def missing(found: Mapping[tuple[int, str], Found]) -> list[Order]:
    """Orders that have no result of their own, or one out of date."""
    return [one.order for one in found.values() if not one.lacking and (one.kept is None or one.stale)]


def badge(one: Found, waiting: set[tuple[str, bytes]], broken: Mapping[tuple[str, bytes], Words]) -> dict[str, Any]:
    """How fresh what is known is: ``state``, one of ``STATES``, and ``words``."""
    question = (one.order.process.about.id, exact(one.order.inputs))
    if one.kept is not None and not one.stale:
        return {"state": "fresh", "words": {"de": "Aktuell.", "en": "Up to date."}}
    if question in waiting:
        return {"state": "running", "words": {"de": "Wird gerechnet.", "en": "Being computed."}}
    if one.lacking:
        return {"state": "impossible", "words": one.lacking}
    if question in broken:
        why = broken[question]
        return {"state": "failed", "words": {"de": f"Fehlgeschlagen: {why['de']}", "en": f"Failed: {why['en']}"}}
    if one.kept is None:
        return {"state": "missing", "words": {"de": "Noch nicht gerechnet.", "en": "Not computed yet."}}
    de, en = (" ".join(words[language] for words in one.stale) for language in ("de", "en"))
    return {"state": "stale", "words": {"de": f"Veraltet: {de}", "en": f"Out of date: {en}"}}


def exact(inputs: Mapping[str, Any]) -> bytes:
    """What decides a result, as a key: all inputs but the name of the variant."""
    own = {name: value for name, value in inputs.items() if name != orders.VARIANT}
    return orjson.dumps(own, option=orjson.OPT_SORT_KEYS)


def _document(tenant: Tenant, kept: Kept) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(file_of(tenant, kept.id, DOCUMENT).read_bytes())
    return found
