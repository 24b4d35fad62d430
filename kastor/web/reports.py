"""Import reports over HTTP: to read, to keep, and to decide on what they found."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.loading import worker
from kastor.loading.decisions import apply, decided
from kastor.loading.retiling import tile_anew
from kastor.store import Tenant
from kastor.store.care import decisions_of
from kastor.web.errors import BadRequest
from kastor.web.report_bodies import Decisions
from kastor.web.report_files import as_pdf, as_table
from kastor.web.report_json import report_json
from kastor.web.rights import Right, needs, person, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/reports", tags=["reports"])

MAY_SEE, MAY_EDIT = [needs(Right.SEE)], [needs(Right.EDIT)]


@router.get("", dependencies=MAY_SEE)
def all_reports(request: Request, tenant: str) -> Response:
    """All import reports, newest first, without their lists of findings."""
    return json([{"findings": [], **report} for report in visible(request, tenant).reports()])


@router.get("/{report}.csv", dependencies=MAY_SEE)
def report_csv(request: Request, tenant: str, report: str, language: Literal["de", "en"] = "de") -> Response:
    """The findings of a report as a table for spreadsheets."""
    return table_of(_whole(visible(request, tenant), report), report, language)


@router.get("/{report}.pdf", dependencies=MAY_SEE)
def report_pdf(request: Request, tenant: str, report: str, language: Literal["de", "en"] = "de") -> Response:
    """A report as PDF."""
    twin = visible(request, tenant)
    found = _whole(twin, report)
    title = next((d.title for d in twin.datasets() if d.id == found["dataset"]), found["dataset"])
    return pdf_of(found, title, twin.info.title, report, language)


@router.get("/{report}", dependencies=MAY_SEE)
def one_report(request: Request, tenant: str, report: str) -> Response:
    """One import report with its findings, suggestions and decisions."""
    return json(_whole(visible(request, tenant), report))


@router.post("/{report}/decisions", dependencies=MAY_EDIT)
def decide(request: Request, tenant: str, report: str, body: Decisions) -> Response:
    """Take suggestions or keep values: a taken one becomes a version of its object."""
    twin = visible(request, tenant)
    found = twin.report(report)
    findings = {(f["object"], f["code"]): f for f in found["findings"]}
    wanted = []
    for one in body.decisions:
        finding = findings.get((one.object, one.code))
        if finding is None or one.take is None:
            raise BadRequest(f"decisions: {one.code!r} about {one.object!r} is no finding that can be decided so.")
        wanted.append(decided(finding, one.take))
    who = person(request).id
    apply(twin, found["dataset"], wanted, who)
    if any(one.what == "taken" for one in wanted):
        worker.start(twin, tile_anew(twin, found["dataset"], who))
    return json(_whole(twin, report))


def table_of(report: dict[str, Any], name: str, language: str) -> Response:
    """A report as CSV."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(as_table(report, language), media_type="text/csv; charset=utf-8", headers=headers)


def pdf_of(report: dict[str, Any], title: str, town: str, name: str, language: str) -> Response:
    """A report as PDF."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(as_pdf(report, title, town, language), media_type="application/pdf", headers=headers)


def _whole(tenant: Tenant, report_id: str) -> dict[str, Any]:
    found = {"findings": [], **tenant.report(report_id)}
    known = {d.id for d in tenant.datasets()}
    decisions = decisions_of(tenant.database, found["dataset"]) if found["dataset"] in known else []
    return report_json(tenant, found, decisions)
