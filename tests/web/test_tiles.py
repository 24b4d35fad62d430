"""Tiles over HTTP: the public gets its tree, the staff another one, and no way leads from one into the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urljoin

import numpy as np
import pytest
from fastapi.testclient import TestClient

from kastor.city.model import take
from kastor.city.sample import four_houses
from kastor.city.strings import Strings
from kastor.loading import tile
from kastor.store import Dataset, Tenant
from kastor.store.roles import RIGHTS, Right, Role
from kastor.store.visibility import State
from kastor.web.app import create_app
from kastor.web.settings import Settings

ROOT = "/tiles/musterstadt/tileset.json"
HIDDEN = b"secret-hall"

Acting = Callable[..., TestClient]


@pytest.fixture
def two_trees(small_twin: Tenant) -> Tenant:
    """A town with an internal building, and its tiles."""
    hall = replace(take(four_houses(), np.array([0])), ids=Strings.of([HIDDEN.decode()]))
    with small_twin.load(Dataset("secret", "Nur für das Amt", state=State.INTERNAL)) as loading:
        loading.put("hall", hall)
        loading.finish()
    tile(small_twin)
    return small_twin


@pytest.fixture
def client(two_trees: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=two_trees.directory.parent.parent))) as client:
        yield client


def tree(client: TestClient) -> dict[str, bytes]:
    """Every file of the tree as a viewer finds it, by its address."""
    found: dict[str, bytes] = {}
    wanted = [ROOT]
    while wanted:
        address = wanted.pop()
        if address in found:
            continue
        answer = client.get(address)
        assert answer.status_code == 200, address
        found[address] = answer.content
        if address.endswith(".json") and "tileset" in address:
            wanted += [urljoin(address, uri) for uri in uris(answer.json()["root"])]
    return found


def uris(node: dict[str, object]) -> Iterator[str]:
    contents = [node["content"]] if "content" in node else node.get("contents", [])
    yield from (content["uri"] for content in contents)  # type: ignore[attr-defined]
    for child in node.get("children", []):  # type: ignore[attr-defined]
        yield from uris(child)


@pytest.mark.parametrize("role", Role)
def test_who_sees_internal_data_gets_the_tree_that_shows_it(client: TestClient, acting: Acting, role: Role) -> None:
    if role is not Role.PUBLIC:
        acting(client, role)
    drawn = b"".join(tree(client).values())
    assert (HIDDEN in drawn) is (Right.SEE_INTERNAL in RIGHTS[role])
    assert b"flat" in drawn


def test_the_public_reaches_no_file_of_the_staff_by_its_address(
    client: TestClient, acting: Acting, two_trees: Tenant
) -> None:
    public = tree(client)
    staff = tree(acting(client, Role.CLERK))
    own = [address for address, content in staff.items() if HIDDEN in content]
    assert own
    assert not set(own) & set(public)
    stranger = TestClient(client.app)
    for address in own:
        assert stranger.get(address).status_code == 404, address
    for way in ("../tiles-staff/tileset.json", "%2e%2e/tiles-staff/tileset.json", "..%2ftiles-staff%2ftileset.json"):
        answer = stranger.get(f"/tiles/musterstadt/{way}")
        assert answer.status_code == 404 or HIDDEN not in answer.content, way
    assert (two_trees.directory / "tiles-staff" / "tileset.json").is_file()


def test_what_the_staff_sees_is_kept_by_no_cache_on_the_way(client: TestClient, acting: Acting) -> None:
    public = client.get(ROOT)
    assert "Cookie" in public.headers["vary"]
    acting(client, Role.CLERK)
    for address in tree(client):
        kept = client.get(address).headers["cache-control"]
        assert "public" not in kept, address
        assert "private" in kept or "no-store" in kept, address


def test_a_clerk_of_another_town_gets_the_tree_of_the_public(client: TestClient, acting: Acting) -> None:
    acting(client, Role.CLERK, tenant="nachbarstadt")
    assert HIDDEN not in b"".join(tree(client).values())
