"""Storms over HTTP: the guidelines' cases with the design rain of a place."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN
from kastor.store import Tenant
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt/storms"


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0))) as found:
        yield found


def test_every_case_of_every_guideline_comes_with_amount_and_source(client: TestClient) -> None:
    found = client.get(HERE).json()
    assert found["table"] is True
    names = [(s["guideline"], s["storm"]) for s in found["scenarios"]]
    assert len(names) == len(set(names)) == 8
    assert ("bkg", "rare") not in names
    for storm in found["scenarios"]:
        assert storm["title"].keys() == storm["help"].keys() == {"de", "en"}
        assert sum(storm["course"]["millimetres"]) == pytest.approx(storm["millimetres"], abs=0.2)
        assert storm["course"]["minutes"][-1] == storm["minutes"] == 60
        assert 1 <= storm["index"] <= 12
        assert storm["source"]
    by_name = {(s["guideline"], s["storm"]): s for s in found["scenarios"]}
    assert by_name["nrw", "rare"]["millimetres"] < by_name["nrw", "exceptional"]["millimetres"] < 90.0
    assert by_name["lubw", "extreme"]["millimetres"] == 128.0
    assert by_name["nrw", "exceptional"]["index"] == 7


def test_it_rains_harder_in_the_alps(client: TestClient) -> None:
    alps = client.get(HERE, params={"place": "640000,5264000"}).json()["scenarios"]
    here = client.get(HERE, params={"place": f"{ORIGIN[0]},{ORIGIN[1]}"}).json()["scenarios"]
    assert alps[0]["millimetres"] > here[0]["millimetres"]


def test_outside_of_the_table_only_fixed_depths_are_left(client: TestClient) -> None:
    found = client.get(HERE, params={"place": "500000,4000000"}).json()
    assert found["table"] is False
    assert {(s["storm"], s["millimetres"], s["index"]) for s in found["scenarios"]} == {
        ("extreme", 90.0, None), ("extreme", 100.0, None), ("extreme", 128.0, None),
    }  # fmt: skip


@pytest.mark.parametrize("place", ["here", "1", "1,2,3", "nan,1", "inf,inf", "1e30,1"])
def test_a_place_that_is_none_is_refused(client: TestClient, place: str) -> None:
    answer = client.get(HERE, params={"place": place})
    assert answer.status_code == 400
    assert "EAST,NORTH" in answer.json()["detail"]
