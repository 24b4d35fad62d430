"""Values of rasters over HTTP: bands for the screen, of results and of runs under way; at a place, along a line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from kastor.planning import grids
from kastor.planning.worker import preview_of
from kastor.store import results, runs
from kastor.store.errors import DamagedFile
from kastor.store.results import DOCUMENT
from kastor.web.errors import NotFound
from kastor.web.ogc import coded
from kastor.web.opened import instance_of
from kastor.web.places import line_of, place_of
from kastor.web.rights import Right, needs, visible

router = APIRouter(prefix="/api/tenants/{tenant}", tags=["results"])

LOOKING = [needs(Right.SEE)]
PLANNING = [needs(Right.PLAN)]

FOREVER = "private, max-age=31536000, immutable"
NUMBERS = "application/octet-stream"


@router.get("/results/{result}/grids/{raster}/{band}", dependencies=LOOKING)
def result_band(request: Request, tenant: str, result: str, raster: str, band: int) -> Response:
    """A band of a raster, quantised to 16 bits; it never changes."""
    described, file, _ = _raster(request, tenant, result, raster)
    return _numbers(request, grids.band(file, described, band), FOREVER)


@router.get("/results/{result}/series", dependencies=LOOKING)
def result_series(
    request: Request, tenant: str, result: str,
    raster: Annotated[str, Query(max_length=100)], place: Annotated[str, Query(max_length=80)],
) -> Response:  # fmt: skip
    """Values at a place over time; they never change."""
    described, file, _ = _raster(request, tenant, result, raster)
    return _json(grids.over_time(file, described, place_of(place)), FOREVER)


@router.get("/results/{result}/profile", dependencies=LOOKING)
def result_profile(
    request: Request, tenant: str, result: str,
    raster: Annotated[str, Query(max_length=100)], line: Annotated[str, Query(max_length=4000)], band: int = 0,
) -> Response:  # fmt: skip
    """Values along a line, and the ground below it."""
    described, file, inputs = _raster(request, tenant, result, raster)
    grids.check_band(described, band)
    found = grids.along(visible(request, tenant), inputs, file, described, line_of(line), band)
    # the ground may change, the values do not
    return _json(found, "private, no-cache")


@router.get("/runs/{job}/preview", dependencies=PLANNING)
def preview(request: Request, tenant: str, job: str) -> Response:
    """What is known of a run so far, as the document of a result without an id."""
    document, _ = _preview(request, tenant, job)
    return _json(document, "no-store")


@router.get("/runs/{job}/preview/grids/{raster}/{band}", dependencies=PLANNING)
def preview_band(
    request: Request, tenant: str, job: str, raster: str, band: int,
    made: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """A band of a raster of a preview, quantised to 16 bits."""
    document, place = _preview(request, tenant, job)
    if made and made != document["made"]:
        raise NotFound("A finer preview has taken the place of this one. Read the preview again.")
    described = grids.raster_of(document, raster)
    try:
        return _numbers(request, grids.band(place / described["href"], described, band), "no-store")
    except (FileNotFoundError, DamagedFile):
        # replaced or removed while it was read
        raise _gone() from None


def _raster(request: Request, tenant: str, result: str, raster: str) -> tuple[dict[str, Any], Path, dict[str, Any]]:
    """What the document of a result says about a raster, its file, and the inputs of the result."""
    twin = visible(request, tenant)
    document = orjson.loads(results.file_of(twin, result, DOCUMENT).read_bytes())
    described = grids.raster_of(document, raster)
    return described, results.file_of(twin, result, described["href"]), document["inputs"]


def _preview(request: Request, tenant: str, job: str) -> tuple[dict[str, Any], Path]:
    """The document of a preview and the directory of its files."""
    visible(request, tenant)
    place = preview_of(request.app.state.settings.home, runs.run(instance_of(request), tenant, job))
    try:
        return orjson.loads((place / DOCUMENT).read_bytes()), place
    except FileNotFoundError:
        raise _gone() from None


def _json(content: Any, cache: str) -> Response:
    return Response(orjson.dumps(content), headers={"Cache-Control": cache}, media_type="application/json")


def _gone() -> NotFound:
    return NotFound("There is no preview of this run now. Ask for its status; the result may be there.")


def _numbers(request: Request, content: bytes, cache: str) -> Response:
    content, coding = coded(content, request.headers.get("accept-encoding", ""))
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    return Response(content, headers=headers | ({"Content-Encoding": coding} if coding else {}), media_type=NUMBERS)
