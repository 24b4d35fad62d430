"""Import reports over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}/reports", tags=["reports"], dependencies=[needs(Right.SEE)])


@router.get("")
def all_reports(request: Request, tenant: str) -> Response:
    """All import reports, newest first, without their lists of findings."""
    return json([_whole(report) for report in visible(request, tenant).reports()])


@router.get("/{report}")
def one_report(request: Request, tenant: str, report: str) -> Response:
    """One import report with its findings."""
    return json(_whole(visible(request, tenant).report(report)))


def _whole(report: dict[str, Any]) -> dict[str, Any]:
    return {"findings": [], **report}
