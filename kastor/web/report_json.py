"""Import reports as a clerk reads them: objects by their names, with suggestions and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kastor.city.suggestions import suggestion
from kastor.store import Tenant
from kastor.store.care import Decision
from kastor.store.objects import labels


def report_json(tenant: Tenant, report: Mapping[str, Any], decisions: Iterable[Decision] = ()) -> dict[str, Any]:
    """
    ``Report`` of the browser.

    Parameters
    ----------
    tenant
        The twin or draft its objects are in.
    decisions
        About its findings.
    """
    findings = report.get("findings", [])
    names = labels(tenant.database, {f["object"] for f in findings if f.get("object")})
    settled = {(d.object_id, d.code): d for d in decisions}
    return {**report, "findings": [_finding(f, names, settled.get((f.get("object"), f.get("code")))) for f in findings]}


def _finding(finding: Mapping[str, Any], names: Mapping[str, str], decision: Decision | None) -> dict[str, Any]:
    values = finding.get("values", {})
    found = suggestion(finding["code"], values) if finding.get("object") in names else None
    holds = decision is not None and dict(decision.stated) == values
    return {
        **finding,
        "label": names.get(finding.get("object", ""), ""),
        "suggestion": {"found": found.found, "words": found.words} if found else None,
        "decision": decision.what if decision is not None and holds else None,
    }
