"""Today and some variants side by side over HTTP: the comparison, as a table too, and what is missing queued."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from kastor.planning import compare, costs, estimates, known
from kastor.planning.areas import MOST_CORNERS, area_of
from kastor.planning.columns import AROUND, Column, check_number, columns_of
from kastor.planning.columns import area_of as compared_area
from kastor.process import Words, check_demand
from kastor.store import Tenant, runs, variants
from kastor.store.costs import prices, set_prices, source_of
from kastor.store.runs import INTERACTIVE, OPEN
from kastor.store.variants import UnknownVariant
from kastor.web.errors import BadRequest
from kastor.web.opened import instance_of, opened
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["comparison"])

LOOKING = [needs(Right.SEE)]
PLANNING = [needs(Right.PLAN)]

Language = Literal["de", "en"]


MOST_REACH = 20_000.0
"""How far from a place an area reaches. [m]"""


class Compared:
    """The variants and the area as they stand in the address."""

    def __init__(
        self,
        variants: Annotated[str, Query(max_length=1000)] = "",
        area: Annotated[str, Query(max_length=MOST_CORNERS * 40)] = "",
        around: Annotated[str, Query(max_length=200)] = "",
        radius: Annotated[float, Query(ge=0.0, le=MOST_REACH)] = 0.0,
        object: Annotated[str, Query(max_length=200)] = "",
    ) -> None:
        self.variants, self.corners = variants, area
        self.around, self.radius, self.object = around, radius, object

    @property
    def named(self) -> list[tuple[str, int | None]]:
        """Id and revision of each variant."""
        return [_named(one) for one in self.variants.split(",") if one.strip()]

    def columns(self, twin: Tenant) -> list[Column]:
        """Today and the variants of a tenant."""
        return columns_of(twin, self.named)

    def area(self, twin: Tenant, columns: list[Column]) -> shapely.Geometry:
        """The area that was named, else that of the variants with ``radius`` around."""
        if self.corners or self.around or self.object:
            return area_of(twin, self.corners, self.around, self.radius, self.object)
        return compared_area(twin, columns, self.radius or AROUND)


Asked = Annotated[Compared, Depends()]


@router.get("/comparison", dependencies=LOOKING)
def comparison(request: Request, tenant: str, asked: Asked) -> Response:
    """Indicators of today and up to four variants, with difference, confidence and what is out of date."""
    return json(_compared(request, tenant, asked))


@router.get("/comparison.csv", dependencies=LOOKING)
def as_csv(request: Request, tenant: str, asked: Asked, language: Language = "de") -> Response:
    """The comparison as a table for spreadsheets, with the result each number comes from."""
    content = csv_of(_compared(request, tenant, asked), language)
    name = f"{tenant}-vergleich-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/comparison/runs", dependencies=PLANNING)
def compute_missing(request: Request, tenant: str, asked: Asked) -> Response:
    """Queue what is missing or out of date; what is under way already is not queued again."""
    _readable(request, tenant, asked)
    twin, instance = opened(request, tenant), instance_of(request)
    columns = asked.columns(twin)
    orders = known.missing(known.lookup(twin, columns, asked.area(twin, columns), compare.PROCESSES))
    for order in orders:
        check_demand(order.process, order.area, estimates.memory())
    waiting = {(process, known.exact(inputs)) for process, inputs in _running(request, tenant)}
    queued = []
    for order in orders:
        about = order.process.about
        question = (about.id, known.exact(order.inputs))
        if question in waiting:
            continue
        waiting.add(question)
        run = runs.add(instance, tenant, about.id, about.version, order.inputs, person(request).id, INTERACTIVE)
        queued.append({"job": run.id, "process": about.id, "variant": order.variant and order.variant["id"]})
    for worker in request.app.state.workers:
        worker.wake()
    return json({"queued": queued, "missing": len(orders)}, 202)


@router.get("/costs", dependencies=PLANNING)
def table_of_costs(request: Request, tenant: str) -> Response:
    """Items and the prices that are stated for them."""
    return json(_costs_json(visible(request, tenant)))


@router.put("/costs", dependencies=PLANNING)
def set_costs(
    request: Request,
    tenant: str,
    prices: Annotated[dict[str, Any], Body()],
    source: Annotated[str, Body(max_length=500)] = "",
) -> Response:
    """Replace all prices: low, usual and high for each item; and where they are from."""
    visible(request, tenant)
    twin = opened(request, tenant)
    set_prices(twin, costs.read_prices(prices), person(request).id, source.strip())
    return json(_costs_json(twin))


def _costs_json(twin: Tenant) -> dict[str, Any]:
    known = prices(twin)
    items = [
        {"id": item.id, "title": item.title, "unit": item.unit, "prices": known.get(item.id)} for item in costs.ITEMS
    ]
    return {"currency": "EUR", "items": items, "source": source_of(twin)}


def csv_of(found: Mapping[str, Any], language: Language) -> bytes:
    """A comparison as a table: a row for each indicator and column."""
    headings = {
        "de": ("Kennzahl", "Einheit", "Spalte", "Stand", "Wert", "von", "bis", "Unterschied", "Urteil", "Zustand",
               "Ergebnis", "Sicherheit"),
        "en": ("Indicator", "Unit", "Column", "Revision", "Value", "low", "high", "Difference", "Verdict", "State",
               "Result", "Confidence"),
    }[language]  # fmt: skip
    text = io.StringIO()
    # German spreadsheets expect semicolons, and commas in numbers
    table = csv.writer(text, delimiter=";" if language == "de" else ",")
    table.writerow(headings)
    for row in found["rows"]:
        for column, cell in zip(found["columns"], row["cells"], strict=True):
            numbers = [_number(cell[name], language) for name in ("value", "low", "high", "difference")]
            words = [cell["word"][language], cell["badge"]["words"][language], cell["result"] or ""]
            table.writerow([_safe(row["title"][language]), row["unit"], _safe(column["title"][language]),
                            column["revision"] or "", *numbers, *words, row["confidence"]])  # fmt: skip
    return "\ufeff".encode() + text.getvalue().encode()


def _number(value: float | None, language: Language) -> str:
    text = "" if value is None else f"{value:.10g}"
    return text.replace(".", ",") if language == "de" else text


def _safe(text: str) -> str:
    """A name no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _compared(request: Request, tenant: str, asked: Compared) -> dict[str, Any]:
    twin = _readable(request, tenant, asked)
    columns = asked.columns(twin)
    return compare.compare(
        twin, columns, asked.area(twin, columns), _running(request, tenant), _failed(request, tenant)
    )


def _readable(request: Request, tenant: str, asked: Compared) -> Tenant:
    """The tenant as the caller sees it, with the drafts when one of the variants is a draft of the caller."""
    check_number(len(asked.named))
    twin = visible(request, tenant)
    mine = False
    for variant_id, _ in asked.named:
        try:
            variants.variant(twin.database, variant_id)
        except UnknownVariant:
            me = person(request)
            if not me.signed_in or variants.variant(opened(request, tenant).database, variant_id).who != me.id:
                raise
            mine = True
    return opened(request, tenant) if mine else twin


def _running(request: Request, tenant: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Process and inputs of what waits or runs."""
    under_way = runs.runs_of(instance_of(request), tenant, compare.PROCESSES, OPEN, 200)
    return [(run.process, run.inputs) for run in under_way]


def _failed(request: Request, tenant: str) -> list[tuple[compare.Asked, Words]]:
    """Process and inputs of the last runs that failed, each with the reason."""
    failed = runs.runs_of(instance_of(request), tenant, compare.PROCESSES, (runs.State.FAILED,), 200)
    return [((run.process, run.inputs), _reason(run)) for run in failed]


def _reason(run: runs.Run) -> Words:
    """Why a run failed; in German too where whoever ended it said so."""
    de = run.what.get("de", "") if run.what.get("en") == run.problem else ""
    return {"de": de or run.problem, "en": run.problem}


def _named(text: str) -> tuple[str, int | None]:
    name, _, revision = text.strip().partition("@")
    if revision and not (revision.isdigit() and 0 < int(revision) < 10**9):
        raise BadRequest(f"variants: {text[:60]!r} names no revision; write id@number, such as 4f2a@3.")
    return name, int(revision) if revision else None
