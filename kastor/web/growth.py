"""How planted trees grow, over HTTP: what an editor asks for once to show them in later years."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from kastor.city.growth import MOST_YEARS, STAND_INS, Growth, all_growths
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["plans"], dependencies=[needs(Right.SEE)])


@router.get("/growth")
def growth(request: Request, tenant: str) -> Response:
    """Sizes of the measured species year by year, and which of them speak for others."""
    visible(request, tenant)
    return Response(_table(), media_type="application/json", headers={"Cache-Control": "private, max-age=3600"})


@lru_cache(maxsize=1)
def _table() -> bytes:
    return orjson.dumps({
        "most_years": MOST_YEARS, "species": [_species(one) for one in all_growths()], "stand_ins": STAND_INS,
    })  # fmt: skip


def _species(one: Growth) -> dict[str, Any]:
    ages = range(one.oldest + 1)
    sizes, about = [one.size(age) for age in ages], [one.deviation(age) for age in ages]
    return {
        "latin": one.latin, "german": one.german, "region": one.region, "oldest": one.oldest,
        "height": [round(size.height, 2) for size in sizes], "crown": [round(size.crown, 2) for size in sizes],
        "trunk": [round(size.trunk, 1) for size in sizes],
        "height_deviation": [round(size.height, 2) for size in about],
        "crown_deviation": [round(size.crown, 2) for size in about],
    }  # fmt: skip
