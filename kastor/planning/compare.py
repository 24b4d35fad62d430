"""What do plans change? Today and some variants side by side: indicators, what is better, how sure and how fresh.

Nothing is computed here: values come from kept results, whose id depends on everything they were made of. What is not
there is named, and :func:`kastor.planning.known.missing` gives the orders that would bring it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.edits import touched
from kastor.city.growth import years_ahead
from kastor.planning.columns import TODAY, Column
from kastor.planning.compare_words import sentence, verdict, word
from kastor.planning.costs import Estimate, estimate
from kastor.planning.known import STATES, Found, badge, exact, lookup
from kastor.planning.orders import Order
from kastor.process import Words
from kastor.store import Tenant
from kastor.store.costs import prices, source_of
from kastor.store.results import Kept, file_of

Asked = tuple[str, Mapping[str, Any]]
"""A process and its inputs."""


@dataclass(frozen=True)
class Wanted:
    """
    A row of the comparison.

    Parameters
    ----------
    process, indicator
        Where it comes from; of the account of a run when ``account``.
    confidence
        1 (rough) to 3 (measured).
    why
        What makes it so sure or unsure.
    """

    process: str
    indicator: str
    confidence: int
    why: Words
    better: str = ""
    account: bool = False


_COUNTED: Words = {"de": "Aus den Daten gezählt und gemessen.", "en": "Counted and measured in the data."}
_MODEL: Words = {"de": "Gerechnet mit üblichen Annahmen.", "en": "Computed with usual assumptions."}
_SUN: Words = {"de": "Geometrie der Sonne; ohne Wolken.", "en": "Geometry of the sun; without clouds."}

ROWS = (
    Wanted("balance", "built_area", 3, _COUNTED),
    Wanted("balance", "floor_area", 2, {"de": "Geschosse teils geschätzt.", "en": "Storeys partly estimated."}),
    Wanted("balance", "dwellings", 2, {"de": "Nur wo angegeben.", "en": "Only where stated."}),
    Wanted("balance", "sealed", 2, {"de": "Höfe und Zufahrten fehlen meist.", "en": "Yards are mostly missing."}),
    Wanted("balance", "green", 2, _COUNTED),
    Wanted("balance", "trees", 3, _COUNTED),
    Wanted("rain", "houses_affected", 2, _MODEL),
    Wanted("rain", "stored_m3", 2, _MODEL, "less", account=True),
    Wanted("sun_hours", "neighbours", 3, _SUN),
    Wanted("sun_hours", "playground_hours", 3, _SUN),
    Wanted("sun_hours", "open_hours", 3, _SUN),
    Wanted("solar", "power", 2, _MODEL),
)
PROCESSES = tuple(dict.fromkeys(row.process for row in ROWS))
NEIGHBOURS: Words = {"de": "Sonnenstunden an Nachbarhäusern", "en": "Sun hours at neighbouring houses"}


def compare(
    tenant: Tenant,
    compared: Sequence[Column],
    area: shapely.Geometry,
    running: Sequence[Asked] = (),
    failed: Sequence[tuple[Asked, Words]] = (),
) -> dict[str, Any]:
    """
    The whole comparison as plain data, see ``docs/reference/web_interface.md``.

    Parameters
    ----------
    running
        Process and inputs of runs under way.
    failed
        The same of runs that failed, each with the reason; the newest first.
    """
    found = lookup(tenant, compared, area, PROCESSES)
    waiting = {(process, exact(inputs)) for process, inputs in running}
    broken = {(process, exact(inputs)): why for (process, inputs), why in reversed(failed)}
    badges = {key: badge(one, waiting, broken) for key, one in found.items()}
    rows = [_row(tenant, compared, found, badges, wanted) for wanted in ROWS]
    rows = [*filter(None, rows), _costs(tenant, compared)]
    west, south, east, north = shapely.bounds(area).tolist()
    return {
        "area": [west, south, east, north],
        "columns": [_head(column, [badges[k, p] for p in PROCESSES]) for k, column in enumerate(compared)],
        "rows": rows,
        "sentence": sentence([column.name for column in compared[1:]], rows),
    }


def _head(column: Column, badges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column, with the worst state of what is known of it."""
    worst = max(badges, key=lambda badge: STATES.index(badge["state"]))
    said = TODAY if column.variant is None else {"de": column.name, "en": column.name}
    return {"variant": column.variant, "name": column.name, "title": said, "revision": column.revision,
            "newest": column.newest, "years": years_ahead(column.edits), "badge": worst}  # fmt: skip


def _row(
    tenant: Tenant, compared: Sequence[Column], found: Mapping[tuple[int, str], Found],
    badges: Mapping[tuple[int, str], Mapping[str, Any]], wanted: Wanted,
) -> dict[str, Any]:  # fmt: skip
    mine = [found[k, wanted.process] for k in range(len(compared))]
    values = (
        _neighbours(tenant, compared, mine) if wanted.indicator == "neighbours" else [_value(f, wanted) for f in mine]
    )
    about = _said(mine[0].order, wanted)
    cells = [
        {
            **_cell(value, values[0]["value"], about["better"], one.kept, badges[k, wanted.process]),
            "reports": list(one.reports),
        }
        for k, (value, one) in enumerate(zip(values, mine, strict=True))
    ]
    confidence, why = wanted.confidence, wanted.why
    if wanted.process == "sun_hours" and any(f.document.get("account", {}).get("trees") == 0 for f in mine):
        confidence, why = 2, {"de": "Bäume fehlen in den Daten.", "en": "The data have no trees."}
    return {"indicator": wanted.indicator, "process": wanted.process, **about, "confidence": confidence,
            "confidence_words": why, "cells": cells}  # fmt: skip


def _said(order: Order, wanted: Wanted) -> dict[str, Any]:
    """Title, unit and wanted direction of a row."""
    about = order.process.about
    if wanted.indicator == "neighbours":
        return {"title": NEIGHBOURS, "unit": "h", "better": "more"}
    if wanted.account:
        column = next(c for c in about.account if c.id == wanted.indicator)
        return {"title": column.title, "unit": column.unit, "better": wanted.better}
    output = next(o for o in about.outputs if o.id == wanted.indicator and o.type == "indicator")
    return {"title": output.title, "unit": output.unit, "better": output.better}


def _value(one: Found, wanted: Wanted) -> dict[str, float | None]:
    nothing: dict[str, float | None] = {"value": None, "low": None, "high": None}
    if wanted.account:
        return {**nothing, "value": one.document.get("account", {}).get(wanted.indicator)}
    for indicator in one.document.get("indicators", ()):
        if indicator["id"] == wanted.indicator:
            return {name: indicator[name] for name in nothing}
    return nothing


def _neighbours(tenant: Tenant, compared: Sequence[Column], mine: Sequence[Found]) -> list[dict[str, float | None]]:
    """Mean sun hours of the houses that stand in all columns and that no variant touches."""
    hours = [_house_sun(tenant, one) for one in mine]
    known = [set(h) for h in hours if h is not None]
    common = set.intersection(*known) if known else set()
    common -= {touched(edit) for column in compared for edit in column.edits}
    ordered = sorted(common)
    means = [float(np.mean([h[i] for i in ordered])) if h is not None and ordered else None for h in hours]
    return [{"value": None if m is None else round(m, 3), "low": None, "high": None} for m in means]


def _house_sun(tenant: Tenant, one: Found) -> dict[str, float] | None:
    if one.kept is None:
        return None
    content = orjson.loads(file_of(tenant, one.kept.id, "house_sun.geojson").read_bytes())
    return {f["id"]: f["properties"]["house_sun"] for f in content["features"]}


def _cell(
    value: Mapping[str, float | None], today: float | None, better: str, kept: Kept | None, badge: Mapping[str, Any]
) -> dict[str, Any]:
    own = value["value"]
    difference = None if own is None or today is None else round(own - today, 6)
    return {**value, "difference": difference, "word": word(difference, better), "verdict": verdict(difference, better),
            "result": kept.id if kept else None, "badge": badge}  # fmt: skip


def _costs(tenant: Tenant, compared: Sequence[Column]) -> dict[str, Any]:
    table, said = prices(tenant), source_of(tenant)
    cells = []
    for column in compared:
        made = estimate(tenant, column.edits, table)
        cells.append({
            "value": made.usual, "low": made.low, "high": made.high, "difference": made.usual,
            "word": word(made.usual, "less"), "verdict": verdict(made.usual, "less"), "result": None,
            "badge": _cost_badge(made), "parts": list(made.parts), "lacking": list(made.lacking),
            "unmeasured": list(made.unmeasured), "reports": [], "source": said,
        })  # fmt: skip
    return {
        "indicator": "costs", "process": None, "title": {"de": "Kosten, grob", "en": "Costs, roughly"}, "unit": "EUR",
        "better": "less", "confidence": 1, "cells": cells,
        "confidence_words": {"de": "Mengen aus der Variante mal Preise der Kostentabelle.",
                             "en": "Quantities of the variant times prices of the table of costs."},
    }  # fmt: skip


def _cost_badge(made: Estimate) -> dict[str, Any]:
    if not made.lacking and not made.unmeasured:
        return {"state": "fresh", "words": {"de": "Alles hat einen Preis.", "en": "Everything has a price."}}
    de = ", ".join(part["title"]["de"] for part in made.parts if part["prices"] is None)
    en = ", ".join(part["title"]["en"] for part in made.parts if part["prices"] is None)
    rest = {"de": "Nicht alles ist messbar.", "en": "Not everything can be measured."}
    words = {"de": f"Preise fehlen: {de}.", "en": f"Prices are missing: {en}."} if made.lacking else rest
    return {"state": "missing" if made.usual is None else "stale", "words": words}
