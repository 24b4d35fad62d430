"""Every role on every route: nobody gets further than the table of rights says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from kastor.city.sample import CRS, ORIGIN, four_houses
from kastor.store import Dataset, create_tenant
from kastor.store.roles import RIGHTS, Right, Role
from kastor.store.visibility import State
from kastor.web import chat, rights
from kastor.web.app import create_app
from kastor.web.rights import INSTANCE, Need, Person
from kastor.web.settings import Settings

OWN, FOREIGN = "musterstadt", "nachbarstadt"

Acting = Callable[..., TestClient]


@dataclass(frozen=True)
class Route:
    """A route as the tests call it."""

    method: str
    path: str
    needs: tuple[Right, ...]

    def at(self, tenant: str, part: str = "x") -> str:
        """An address of the route in a tenant, with ``part`` for every other part that is no number."""
        filled = self.path.replace("{tenant}", tenant)
        while "{" in filled:
            before, _, rest = filled.partition("{")
            name, _, after = rest.partition("}")
            filled = before + ("1" if name.split(":")[0] in ("level", "column", "row", "number") else part) + after
        return filled


def routes(app: FastAPI) -> list[Route]:
    """All routes of the application; what FastAPI adds by itself aside."""
    found = []
    for route in iter_route_contexts(app.routes):
        if route.path == app.openapi_url:
            continue
        needed = tuple(d.dependency.right for d in route.dependencies if isinstance(d.dependency, Need))
        found += [Route(method, str(route.path), needed) for method in sorted(route.methods or {"GET"})]
    return found


ROUTES = routes(create_app(Settings()))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two towns, each with a dataset of each state; everything in them bears the name of its town and state."""
    home = tmp_path_factory.mktemp("towns")
    for name in (OWN, FOREIGN):
        with create_tenant(home, name, name.title(), CRS) as twin:
            for state in State:
                dataset = f"{state}-of-{name}"
                described = Dataset(dataset, dataset, owner=dataset, attribution=dataset, state=state)
                with twin.load(described) as load:
                    load.put(dataset, four_houses())
                    load.finish({"source": dataset, "findings": []})
    return home


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    # a stream of news ends at once instead of waiting for some
    monkeypatch.setattr(chat, "STREAM", 0.0)
    with TestClient(create_app(Settings(home=home, rate=0)), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_every_route_declares_a_right(route: Route) -> None:
    assert route.needs, f"{route.method} {route.path} needs no right; give it dependencies=[needs(Right.X)]"


def test_a_route_without_a_right_is_found() -> None:
    app = create_app(Settings())
    app.add_api_route("/api/forgotten", lambda: {}, methods=["POST"])
    assert [r for r in routes(app) if not r.needs] == [Route("POST", "/api/forgotten", ())]


@pytest.mark.parametrize("role", Role)
def test_a_role_is_let_in_where_it_has_the_right_and_nowhere_else(
    client: TestClient, acting: Acting, role: Role
) -> None:
    for route in ROUTES:
        in_tenant = "{tenant}" in route.path
        if role is not Role.PUBLIC:
            acting(client, role, tenant=OWN if in_tenant and role is not Role.OPERATOR else INSTANCE)
        stranger = RIGHTS[Role.PUBLIC if role is Role.PUBLIC else Role.CITIZEN]
        here = stranger if in_tenant and role is Role.OPERATOR else RIGHTS[role]
        for tenant, own in ((OWN, here), (FOREIGN, stranger if in_tenant else here)):
            answer = client.request(route.method, route.at(tenant))
            if set(route.needs) <= own:
                assert answer.status_code not in (401, 403) or route.path in ASK_FOR_MORE, (route, answer.text)
            else:
                assert answer.status_code == (401 if role is Role.PUBLIC else 403), (route, answer.text)
                assert answer.headers["content-type"] == "application/problem+json"


ASK_FOR_MORE = {"/metrics"}
"""Routes that are for everybody and look at something besides."""


READS = [r for r in ROUTES if r.method == "GET" and "{tenant}" in r.path]
PLACE = {
    "east": ORIGIN[0] + 10, "north": ORIGIN[1] + 26, "q": "Hauptstr", "kind": "building", "limit": 100,
    "object": "flat", "f": "json",
}  # fmt: skip
"""What most readings want to be told."""


@pytest.mark.parametrize("route_right_on", [True, False], ids=["both locks", "without rights of routes"])
@pytest.mark.parametrize("role", Role)
def test_no_row_of_another_town_or_of_a_hidden_dataset_comes_out(
    client: TestClient, acting: Acting, role: Role, route_right_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if role is not Role.PUBLIC:
        acting(client, role)
    if not route_right_on:

        async def open_door(self: Need, request: rights.Request) -> None:
            request.state.person = ANYBODY if role is Role.PUBLIC else client.app.state.identify(request)  # type: ignore[attr-defined]

        monkeypatch.setattr(Need, "__call__", open_door)
    shown = {
        State.PUBLIC: True,
        State.INTERNAL: Right.SEE_INTERNAL in RIGHTS[role],
        State.DRAFT: Right.SEE_DRAFTS in RIGHTS[role],
    }
    for route in READS:
        for tenant, other in ((OWN, FOREIGN), (FOREIGN, OWN)):
            text = client.get(route.at(tenant), params=PLACE).text
            for part in ("flat", f"internal-of-{tenant}"):
                answer = client.get(route.at(tenant, part), params=PLACE)
                # a refusal says the address back, which bears the name
                text += answer.text if answer.status_code < 400 else ""
            assert f"of-{other}" not in text, route
            for state in State:
                if not (shown[state] if tenant == OWN else state is State.PUBLIC):
                    assert f"{state}-of-" not in text, route
    everything = client.get(f"/api/tenants/{OWN}").text
    assert {state: f"{state}-of-{OWN}" in everything for state in State} == shown


ANYBODY = Person()


def test_with_all_datasets_in_sight_a_lower_role_still_reaches_no_higher_route(
    client: TestClient, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kastor.web.rights.visible", rights.opened)
    acting(client, Role.CITIZEN)
    for route in ROUTES:
        if not set(route.needs) <= RIGHTS[Role.CITIZEN]:
            assert client.request(route.method, route.at(OWN)).status_code == 403, route


def test_an_api_key_has_no_more_than_its_rights_in_its_tenant() -> None:
    roles = {"a": frozenset({Role.CARETAKER}), "b": frozenset({Role.CARETAKER})}
    key = Person("7", roles, only=("a", frozenset({Right.EDIT, Right.ADMINISTER})))
    assert key.rights("a") == {Right.SEE, Right.EDIT}
    assert key.rights("b") == {Right.SEE}
    assert key.rights() == {Right.SEE}


def test_the_error_says_what_to_do(client: TestClient, acting: Acting) -> None:
    refusal = Need(Right.ADMINISTER)
    client.app.add_api_route(  # type: ignore[attr-defined]
        "/api/tenants/{tenant}/higher", lambda: {}, dependencies=[rights.needs(refusal.right)]
    )
    client.app.router.routes.insert(0, client.app.router.routes.pop())  # type: ignore[attr-defined]
    answer = client.get(f"/api/tenants/{OWN}/higher", headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.json()["title"]) == (401, "Bitte melden Sie sich an")
    answer = acting(client, Role.CLERK).get(f"/api/tenants/{OWN}/higher")
    assert answer.status_code == 403
    assert "administer" in answer.json()["detail"]
