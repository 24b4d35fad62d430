"""A cut through the town over HTTP: ground, houses and trees along a line, today and in a variant."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning import orders
from kastor.planning.section import section
from kastor.store import variants
from kastor.web.places import line_of
from kastor.web.rights import Right, needs, visible
from kastor.web.variants import readable

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["variants"], dependencies=[needs(Right.SEE)])


@router.get("/section")
def cut(
    request: Request, tenant: str,
    line: Annotated[str, Query(max_length=4000)],
    variant: Annotated[str, Query(max_length=100)] = "",
    revision: Annotated[int | None, Query(ge=1)] = None,
) -> Response:  # fmt: skip
    """The town cut open along a line ``EAST,NORTH;EAST,NORTH``, with the edits of a variant where one is named."""
    twin, edits = visible(request, tenant), []
    if variant:
        whole, one = readable(request, tenant, variant)
        edits = list(orders.edits(variants.saved(whole.database, one.id, revision).edits))
    found = section(twin, edits, line_of(line))
    return Response(orjson.dumps(found), media_type="application/json", headers={"Cache-Control": "private, no-cache"})
