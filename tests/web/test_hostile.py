"""Every route, every parameter and every body asked with what attackers and broken programs send: a clear refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from kastor.store import Tenant, audit
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.features import PARAMETERS
from kastor.web.settings import Settings

HOSTILE = ("') OR 1=1; DROP TABLE objects; --", "../../etc/passwd\0%00", "<script>${7*7}</script>", "-1e999")
BODIES = (b"{", b"[]", b"\xff\xfe\x00", b"[" * 5000)
BODY_TYPES = ("application/json", "application/geo+json")
ASKED = (
    *PARAMETERS, "q", "east", "north", "box", "area", "kind", "sort", "object", "offset", "language", "at", "service",
    "request", "typeNames", "count", "startIndex", "layers", "styles", "width", "height", "srsName", "note",
)  # fmt: skip
"""Names of parameters of all kinds of services."""


@pytest.fixture
def client(small_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    settings = Settings(home=small_twin.directory.parent.parent, rate=0)
    with TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False) as client:
        yield acting(client, *(role for role in Role if role is not Role.OPERATOR))


def routes(client: TestClient) -> list[tuple[str, str]]:
    """Methods and paths of the application."""
    app: Any = client.app
    return [(m, str(r.path)) for r in iter_route_contexts(app.routes) for m in sorted(r.methods or {"GET"})]


def filled(path: str, part: str) -> str:
    """A path with the name of the tenant and something else in every other place."""
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        path = before + ("musterstadt" if name == "tenant" else quote(part, safe="")) + after
    return path


def refused(answer: Any, *what: object) -> None:
    assert answer.status_code < 500, (*what, answer.text)
    for word in ("Traceback", "sqlite3.", "psycopg.", "SELECT ", str(Path.home())):
        assert word not in answer.text, what


def state(twin: Tenant) -> tuple[Any, ...]:
    with twin.database.read() as connection:
        assert audit.verify(connection).faults == []
    return twin.revision, twin.counts(), sorted(d.id for d in twin.datasets())


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_route_falls_for_a_hostile_address_or_parameter(client: TestClient, small_twin: Tenant, value: str) -> None:
    before = state(small_twin)
    for method, path in routes(client):
        refused(client.request(method, filled(path, value)), method, path, value)
        if method == "GET":
            place = filled(path, "buildings")
            refused(client.get(place, params=dict.fromkeys(ASKED, value)), path, value)
    assert state(small_twin) == before


@pytest.mark.parametrize("media_type", BODY_TYPES)
def test_no_route_falls_for_a_broken_body(client: TestClient, small_twin: Tenant, media_type: str) -> None:
    before = state(small_twin)
    for method, path in routes(client):
        if method in ("POST", "PUT", "PATCH"):
            for body in BODIES:
                headers = {"Content-Type": media_type, "If-Match": "*"}
                refused(client.request(method, filled(path, "x"), content=body, headers=headers), method, path, body)
    assert state(small_twin) == before


def test_a_body_beyond_the_limit_is_refused_by_every_route(client: TestClient, small_twin: Tenant) -> None:
    before = state(small_twin)
    large = client.app.state.settings.largest_body + 1  # type: ignore[attr-defined]
    for method, path in routes(client):
        if method in ("POST", "PUT", "PATCH"):
            answer = client.request(
                method, filled(path, "x"), headers={"Content-Type": "application/json", "Content-Length": str(large)},
                content=b"{}",
            )  # fmt: skip
            refused(answer, method, path)
            assert answer.status_code >= 400, (method, path)
    assert state(small_twin) == before
