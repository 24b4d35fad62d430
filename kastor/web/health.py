"""Whether this server lives, whether it can work, and its numbers for Prometheus."""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import generate_latest

from kastor.store.runs import counts
from kastor.web.errors import Forbidden
from kastor.web.logbook import Figures
from kastor.web.opened import instance_of
from kastor.web.rights import serves_everybody

router = APIRouter(tags=["operation"], dependencies=[serves_everybody()])

LEAST_FREE = 256 * 2**20
"""Room on the disk below which no load can be trusted to end. [bytes]"""


@router.get("/health/live")
def live() -> Response:
    """Answers while the process answers at all; a supervisor restarts it otherwise."""
    return _answer({"process": ""})


@router.get("/health/ready")
def ready(request: Request) -> Response:
    """Answers 200 when requests can be served, 503 with the reason when not."""
    home = Path(request.app.state.settings.home)
    checks: dict[str, Callable[[Path], str]] = {"data directory": _writable, "disk": _room}
    return _answer({name: check(home) for name, check in checks.items()})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """
    The numbers of this server in the format of Prometheus.

    Raises
    ------
    Forbidden
        When the caller is neither on this machine nor knows ``KASTOR_METRICS_KEY``.
    """
    if not _may_read(request):
        raise Forbidden(
            "These numbers are for the operator: ask from the server itself, or set KASTOR_METRICS_KEY and send it as "
            "'Authorization: Bearer ...'."
        )
    figures: Figures = request.app.state.figures
    figures.tenants.set(len(request.app.state.tenants))
    for state, count in counts(instance_of(request)).items():
        figures.runs.labels(state.value).set(count)
    return Response(generate_latest(figures.registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: Request) -> bool:
    key = request.app.state.settings.metrics_key
    if key:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), key.encode())
    forwarded = {"forwarded", "x-forwarded-for"} & {name.lower() for name in request.headers}
    return not forwarded and request.client is not None and request.client.host in ("127.0.0.1", "::1", "testclient")


def _answer(checks: dict[str, str]) -> Response:
    """Each check's trouble by its name, empty for none."""
    well = not any(checks.values())
    body = {"status": "ok" if well else "unavailable", "checks": {n: t or "ok" for n, t in checks.items()}}
    return Response(
        orjson.dumps(body), 200 if well else 503, {"Cache-Control": "no-store"}, media_type="application/json"
    )


def _writable(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    return "" if os.access(home, os.W_OK | os.X_OK) else "cannot be written"


def _room(home: Path) -> str:
    free = shutil.disk_usage(home).free
    return "" if free >= LEAST_FREE else f"{free // 2**20} MB free, {LEAST_FREE // 2**20} MB needed"
