"""The versions of an object, and what bringing one of them back would change."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.store import Tenant
from kastor.store.earlier import shape_of_version
from kastor.store.history import Version
from kastor.web.differences import of_attributes, of_shapes
from kastor.web.errors import NotFound
from kastor.web.object_json import happened
from kastor.web.rights import Right, needs, visible
from kastor.web.tenants import json

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["corrections"])


@router.get("/versions", dependencies=[needs(Right.EDIT)])
def versions(request: Request, tenant: str, object: str) -> Response:
    """Versions of an object, newest first, with what differs from today."""
    twin = visible(request, tenant)
    record = twin.object(object)
    if record is None:
        raise NotFound(f"There is no object {object[:120]!r} in {twin.id}.")
    row = record.row
    found = twin.history(row.id, row.dataset)
    today = found[0]
    ended = record.ended is not None
    return json(
        {
            "object": row.id,
            "label": row.label,
            "version": record.version,
            "items": [_version_json(twin, row.id, row.dataset, one, None if ended else today) for one in found],
        }
    )


def _version_json(twin: Tenant, object_id: str, dataset: str, one: Version, today: Version | None) -> dict[str, Any]:
    present = today is not None and one.version == today.version
    changes: list[dict[str, Any]] = []
    if today is not None and not present:
        changes = of_attributes(today.attributes, one.attributes)
        if one.shape != today.shape:
            then = shape_of_version(twin.database, object_id, dataset, one.version)
            changes += of_shapes(twin.family(object_id, dataset), then)
    return {
        "version": one.version,
        "from": one.valid_from,
        "to": one.valid_to,
        "what": happened(one),
        "present": present,
        "changes": changes,
    }
