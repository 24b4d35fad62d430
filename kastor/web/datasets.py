"""Datasets over HTTP: what a town knows, who cares for it, what it serves, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kastor.city.codes_datasets import HVD_CATEGORIES, LICENCES, RHYTHMS, THEMES
from kastor.loading import worker
from kastor.loading.retiling import tile_anew
from kastor.store import Dataset, Tenant, care
from kastor.store.errors import UnknownDataset
from kastor.store.visibility import State
from kastor.web.dataset_json import FUNCTIONS, as_table, functions_json, overview_row, report_line
from kastor.web.errors import BadRequest
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/datasets", tags=["datasets"])

MAY_SEE, MAY_EDIT, MAY_PUBLISH = [needs(Right.SEE)], [needs(Right.EDIT)], [needs(Right.PUBLISH)]

CHOICES: dict[str, Any] = {"rhythm": RHYTHMS, "theme": THEMES, "hvd": HVD_CATEGORIES}
"""Facts that are one of a list."""

Fact = Annotated[str, Field(max_length=care.LONGEST)]


class Facts(BaseModel):
    """Facts to change; what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    owner: Fact | None = None
    licence: Fact | None = None
    licence_url: Annotated[str | None, Field(alias="licenceUrl", max_length=500, pattern=r"^(https?://\S+)?$")] = None
    attribution: Fact | None = None
    date: Annotated[str | None, Field(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")] = None
    office: Fact | None = None
    contact: Fact | None = None
    rhythm: Fact | None = None
    theme: Fact | None = None
    hvd: Fact | None = None
    description: Fact | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class Visibility(BaseModel):
    """Who may see a dataset."""

    model_config = ConfigDict(extra="forbid")

    state: State


@router.get("", dependencies=MAY_SEE)
def overview(request: Request, tenant: str) -> Response:
    """All datasets with their age, who cares for them and what is missing; and what the functions need."""
    twin = visible(request, tenant)
    return json({"items": _rows(twin), "functions": functions_json(twin.datasets())})


@router.get(".csv", dependencies=MAY_SEE)
def overview_csv(request: Request, tenant: str, language: Literal["de", "en"] = "de") -> Response:
    """The same as a table for spreadsheets."""
    twin = visible(request, tenant)
    headers = {"Content-Disposition": f'attachment; filename="{twin.id}-datensaetze.csv"'}
    return Response(as_table(_rows(twin), language), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/choices", dependencies=MAY_SEE)
def choices(request: Request, tenant: str) -> Response:
    """What may be chosen: licences, rhythms, themes, categories; and what the caller may do here."""
    may = sorted(person(request).rights(tenant))
    return json(
        {
            "licences": [{"id": name, **one._asdict()} for name, one in LICENCES.items()],
            "rhythms": [
                {"id": name, "days": d, "title": {"de": de, "en": en}} for name, (d, de, en) in RHYTHMS.items()
            ],
            "themes": [{"id": name, "title": {"de": de, "en": en}} for name, (de, en) in THEMES.items()],
            "hvd": [{"id": name, "title": {"de": de, "en": en}} for name, (de, en) in HVD_CATEGORIES.items()],
            "functions": list(FUNCTIONS),
            "may": may,
        }
    )


@router.get("/{dataset}", dependencies=MAY_SEE)
def one_dataset(request: Request, tenant: str, dataset: str) -> Response:
    """One dataset: its facts, loads, changes, and what it is used for."""
    twin = visible(request, tenant)
    return json(_page(twin, dataset, person(request).may(Right.EDIT, tenant)))


@router.patch("/{dataset}", dependencies=MAY_EDIT)
def change(request: Request, tenant: str, dataset: str, body: Facts) -> Response:
    """Change facts of a dataset; what they were before is kept."""
    twin = visible(request, tenant)
    facts = {name: value for name, value in body.model_dump(exclude={"note"}).items() if value is not None}
    check_choices(facts)
    with twin.database.write(f"The facts of {dataset} cannot be changed") as connection:
        care.change_facts(connection, dataset, facts, person(request).id, body.note)
    return json(_page(twin, dataset, True))


@router.put("/{dataset}/state", dependencies=MAY_PUBLISH)
def set_state(request: Request, tenant: str, dataset: str, body: Visibility) -> Response:
    """Decide who sees a dataset; the tiles follow."""
    twin = visible(request, tenant)
    before = _found(twin, dataset).state
    twin.set_state(dataset, body.state, person(request).id)
    if State.PUBLIC in (before, body.state) and before is not body.state:
        worker.start(twin, tile_anew(twin, dataset, person(request).id))
    return json(_page(twin, dataset, person(request).may(Right.EDIT, tenant)))


def check_choices(facts: Mapping[str, str]) -> None:
    """
    Refuse facts that are to be chosen from a list and are not in it.

    Raises
    ------
    BadRequest
        Names fact, value and list.
    """
    for name, known in CHOICES.items():
        if facts.get(name) and facts[name] not in known:
            raise BadRequest(f"{name}: {facts[name][:40]!r} is none of {', '.join(known)}.")


def _rows(tenant: Tenant) -> list[dict[str, Any]]:
    open_now = care.open_findings(tenant.database)
    today = date.today()
    return [overview_row(d, open_now.get(d.id, 0), today) for d in tenant.datasets() if not d.ended]


def _found(tenant: Tenant, dataset_id: str) -> Dataset:
    found = next((d for d in tenant.datasets() if d.id == dataset_id), None)
    if found is None:
        raise UnknownDataset(f"There is no dataset {dataset_id[:100]!r} in {tenant.id}.")
    return found


def _page(tenant: Tenant, dataset_id: str, names: bool) -> dict[str, Any]:
    """``DatasetPage`` of the browser; who did what is told to those who work on it."""
    dataset = _found(tenant, dataset_id)
    row = overview_row(dataset, care.open_findings(tenant.database).get(dataset_id, 0), date.today())
    changes = [
        {"at": c.at, "who": c.who if names else "", "note": c.note, "changes": c.changes}
        for c in care.facts_history(tenant.database, dataset_id)
    ]
    decisions = care.decisions_of(tenant.database, dataset_id)
    return {
        **row,
        "loads": [report_line(report) for report in care.reports_of(tenant.database, dataset_id)],
        "changes": changes,
        "decisions": {what: sum(1 for d in decisions if d.what == what) for what in ("kept", "taken")},
    }
