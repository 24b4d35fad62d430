"""Lines to snap to, over HTTP: what stands in the box, each once, and clear words for a box that is none."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.store import Tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings

EAST, NORTH, _ = ORIGIN


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield found


def guides(
    client: TestClient, twin: Tenant, west: float, south: float, east: float, north: float
) -> list[dict[str, Any]]:
    box = f"{EAST + west},{NORTH + south},{EAST + east},{NORTH + north}"
    answer = client.get(f"/api/tenants/{twin.id}/guides", params={"box": box})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["guides"]
    return found


def test_houses_and_streets_are_lines_one_can_snap_to(client: TestClient, small_twin: Tenant) -> None:
    found = guides(client, small_twin, 0, 0, 50, 50)
    kinds = [one["kind"] for one in found]
    assert kinds == ["street"] * 2 + ["building"] * 5, "four outlines and the courtyard, streets first"
    first = next(one for one in found if one["kind"] == "building")
    assert first["closed"]
    assert len(first["line"]) == 4
    axis = [one["line"] for one in found if one["kind"] == "street"]
    assert [[EAST, NORTH + 25], [EAST + 25, NORTH + 25], [EAST + 50, NORTH + 25]] in axis


def test_only_what_meets_the_box_is_given(client: TestClient, small_twin: Tenant) -> None:
    (house,) = guides(client, small_twin, 4, 4, 16, 16)
    assert sorted(house["line"]) == [
        [EAST + 5, NORTH + 5], [EAST + 5, NORTH + 15], [EAST + 15, NORTH + 5], [EAST + 15, NORTH + 15]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("box", "status", "word"),
    [("0,0,10", 400, "0,0,10"), ("a,b,c,d", 400, "a,b,c,d"), ("0,0,9999,10", 400, "9999"), ("5,5,5,9", 400, "0 m")],
)
def test_a_box_that_is_none_is_refused_with_its_name(
    client: TestClient, small_twin: Tenant, box: str, status: int, word: str
) -> None:
    answer = client.get(f"/api/tenants/{small_twin.id}/guides", params={"box": box})
    assert answer.status_code == status
    assert "box" in answer.json()["detail"]
    assert word in answer.json()["detail"]
