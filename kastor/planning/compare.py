"""What do plans change? Today and some variants side by side: indicators, what is better, how sure and how fresh.

Nothing is computed here: values come from kept results, whose id depends on everything they were made of. What is not
there is named, and :func:`missing` gives the orders that would bring it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import shapely

from kastor.city.edits import AddBuilding, Edit, touched
from kastor.city.model import Kind
from kastor.planning import changes, computing, orders
from kastor.planning.costs import Estimate, estimate
from kastor.planning.orders import Order
from kastor.process import LANGUAGES, InvalidInput, Need, Words
from kastor.store import Tenant, variants
from kastor.store.costs import prices, source_of
from kastor.store.expertises import expertises_of
from kastor.store.results import DOCUMENT, Kept, UnknownResult, file_of, result, results_of

MOST = 4
"""Variants beside the city as it is."""

Asked = tuple[str, Mapping[str, Any]]
"""A process and its inputs."""

AROUND = 150.0
"""How far around all edits the comparison looks when nobody names an area. [m]"""

TODAY: Words = {"de": "Bestand", "en": "Today"}
SAME = 1e-9


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


@dataclass(frozen=True, eq=False)
class Column:
    """
    Today, or a revision of a variant.

    Parameters
    ----------
    variant, revision
        None and 0 for today.
    name
        What it is called.
    edits
        What it changes.
    newest
        Revision the variant has by now.
    """

    variant: str | None
    name: str
    revision: int
    edits: tuple[Edit, ...] = ()
    newest: int = 0


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


def columns(tenant: Tenant, named: Sequence[tuple[str, int | None]]) -> list[Column]:
    """
    Today and some variants, each with a revision (the present one where None).

    Raises
    ------
    InvalidInput
        When there are more than ``MOST``.
    UnknownVariant
        When there is no such variant or revision.
    """
    check_number(len(named))
    found = [Column(None, TODAY["de"], 0)]
    for variant_id, revision in named:
        about, saved = (
            variants.variant(tenant.database, variant_id),
            variants.saved(tenant.database, variant_id, revision),
        )
        found.append(Column(variant_id, about.name, saved.revision, changes.read(saved.edits), about.revision))
    return found


def check_number(count: int) -> None:
    """
    See that not too many variants are compared.

    Raises
    ------
    InvalidInput
        When they are more than ``MOST``.
    """
    if count > MOST:
        raise InvalidInput(
            f"variants: {count} are more than {MOST}; compare fewer at once.",
            f"variants: {count} sind mehr als {MOST}; vergleichen Sie weniger auf einmal.",
        )


def area_of(tenant: Tenant, compared: Sequence[Column], reach: float = AROUND) -> shapely.Geometry:
    """
    The box of all edits and of what they touch, with some room around, to the metre.

    Parameters
    ----------
    reach
        How much room. [m]

    Raises
    ------
    InvalidInput
        When no variant changes anything.
    """
    edits = [edit for column in compared for edit in column.edits]
    boxes = [box for box in map(changes.bounds, edits) if box is not None]
    for object_id in sorted({touched(edit) for edit in edits} - {""}):
        record = tenant.object(object_id)
        if record is not None and record.row.box is not None:
            west, south, _, east, north, _ = record.row.box
            boxes.append((west, south, east, north))
    if not boxes:
        raise InvalidInput(
            "area: the variants change nothing yet; name an area to compare.",
            "area: Die Varianten ändern noch nichts; geben Sie ein Gebiet an.",
        )
    all_boxes = np.array(boxes)
    low, high = np.floor(all_boxes[:, :2].min(axis=0) - reach), np.ceil(all_boxes[:, 2:].max(axis=0) + reach)
    west, south = low.tolist()
    east, north = high.tolist()
    box: shapely.Geometry = shapely.box(west, south, east, north)
    return box


def lookup(tenant: Tenant, compared: Sequence[Column], area: shapely.Geometry) -> dict[tuple[int, str], Found]:
    """What is kept for each column and process: the result asked for, else the newest older one of its question."""
    found: dict[tuple[int, str], Found] = {}
    drawn = orjson.loads(shapely.to_geojson(area))
    for process in PROCESSES:
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
    found = lookup(tenant, compared, area)
    waiting = {(process, exact(inputs)) for process, inputs in running}
    broken = {(process, exact(inputs)): why for (process, inputs), why in reversed(failed)}
    badges = {key: _badge(one, waiting, broken) for key, one in found.items()}
    rows = [_row(tenant, compared, found, badges, wanted) for wanted in ROWS]
    rows = [*filter(None, rows), _costs(tenant, compared)]
    west, south, east, north = shapely.bounds(area).tolist()
    return {
        "area": [west, south, east, north],
        "columns": [_head(column, [badges[k, p] for p in PROCESSES]) for k, column in enumerate(compared)],
        "rows": rows,
        "sentence": sentence(compared, rows),
    }


def _head(column: Column, badges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column, with the worst state of what is known of it."""
    worst = max(badges, key=lambda badge: _STATES.index(badge["state"]))
    said = TODAY if column.variant is None else {"de": column.name, "en": column.name}
    return {"variant": column.variant, "name": column.name, "title": said, "revision": column.revision,
            "newest": column.newest, "badge": worst}  # fmt: skip


_STATES = ("fresh", "impossible", "running", "stale", "missing", "failed")


def _badge(one: Found, waiting: set[tuple[str, bytes]], broken: Mapping[tuple[str, bytes], Words]) -> dict[str, Any]:
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


def verdict(difference: float | None, better: str) -> str:
    """``better``, ``worse``, ``same``, ``more``, ``less`` or ``unknown``."""
    if difference is None:
        return "unknown"
    if abs(difference) <= SAME:
        return "same"
    direction = "more" if difference > 0 else "less"
    return direction if not better else "better" if direction == better else "worse"


_VERDICTS: Mapping[str, Words] = {
    "better": {"de": "besser", "en": "better"}, "worse": {"de": "schlechter", "en": "worse"},
    "same": {"de": "gleich", "en": "the same"}, "more": {"de": "mehr", "en": "more"},
    "less": {"de": "weniger", "en": "less"}, "unknown": {"de": "unbekannt", "en": "unknown"},
}  # fmt: skip


def word(difference: float | None, better: str) -> Words:
    """
    A difference as a word.

    Examples
    --------
    >>> word(-3.0, "less")["en"], word(-3.0, "more")["de"], word(0.0, "less")["en"]
    ('better', 'schlechter', 'the same')
    """
    return _VERDICTS[verdict(difference, better)]


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


def sentence(compared: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> Words:
    """What the comparison says: for each variant what becomes better, what worse, and what is not known yet."""
    if len(compared) < 2:
        return {"de": "Noch keine Variante zum Vergleich.", "en": "No variant to compare yet."}
    judged = [row for row in rows if row["better"] and row["indicator"] != "costs"]
    return {
        language: " ".join(_outcome(column.name, k, judged, language) for k, column in enumerate(compared[1:], start=1))
        for language in LANGUAGES
    }


NAMED = 3
"""Indicators a sentence names; of more it says how many."""


def _outcome(name: str, column: int, rows: Sequence[Mapping[str, Any]], language: str) -> str:
    words = _OUTCOME[language]
    found = {kind: [row for row in rows if row["cells"][column]["verdict"] == kind] for kind in ("better", "worse")}
    parts = [f"{words[kind]} {_named(those, column, language)}" for kind, those in found.items() if those]
    missing = sum(row["cells"][column]["verdict"] == "unknown" for row in rows)
    said = f"{name}: {'; '.join(parts) or words['same']}."
    if not missing:
        return said
    return f"{said} {words['one missing'] if missing == 1 else words['missing'].format(missing)}"


def _named(rows: Sequence[Mapping[str, Any]], column: int, language: str) -> str:
    shown = [f"{row['title'][language]} ({_change(row, column, language)})" for row in rows]
    more = len(shown) - NAMED
    return ", ".join(shown[:NAMED]) + (_OUTCOME[language]["more"].format(more) if more > 0 else "")


def _change(row: Mapping[str, Any], column: int, language: str) -> str:
    change = row["cells"][column]["difference"]
    size = f"{abs(change):,.{0 if abs(change) >= 10 or change == int(change) else 1}f}"
    size = size.translate(str.maketrans(",.", ".,")) if language == "de" else size
    unit = _SIGNS.get(row["unit"], row["unit"])
    return f"{size}{unit and ' '}{unit} {_VERDICTS['more' if change > 0 else 'less'][language]}"


_SIGNS: Mapping[str, str] = {"1": "", "m2": "m²", "m3": "m³"}
"""What units are written as where UCUM writes them otherwise."""

_OUTCOME: Mapping[str, Words] = {
    "de": {"better": "besser", "worse": "schlechter", "same": "keine Kennzahl ändert sich", "more": " und {} weitere",
           "one missing": "1 Kennzahl fehlt noch.", "missing": "{} Kennzahlen fehlen noch."},
    "en": {"better": "better", "worse": "worse", "same": "no indicator changes", "more": " and {} more",
           "one missing": "1 indicator is missing yet.", "missing": "{} indicators are missing yet."},
}  # fmt: skip
