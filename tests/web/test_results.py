"""Results over HTTP: seen by whom they are for, told when out of date, the same whichever way they were asked for."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.cli import app as cli
from kastor.planning.computing import compute
from kastor.planning.orders import read
from kastor.process import Quiet
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt/results"


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent))) as found:
        yield found


@pytest.fixture
def result(small_twin: Tenant) -> str:
    return compute(small_twin, read(small_twin, "slope", {}), Quiet(), "7")


@pytest.mark.parametrize(
    ("process", "options", "inputs"),
    [
        ("slope", "--limit 7", {"limit": 7.0}),
        ("rain", "--storm own --minutes 5 --after 0 --cell 4 --scheme preview --around 356025,5655025 --radius 20",
         {"storm": "own", "minutes": 5, "after": 0, "cell": 4, "scheme": "preview",
          "area": {"around": "356025,5655025", "radius": 20}}),
    ],
)  # fmt: skip
def test_command_and_interface_give_the_same_result(
    client: TestClient, small_twin: Tenant, acting: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch,
    process: str, options: str, inputs: dict[str, Any],
) -> None:  # fmt: skip
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))
    printed = CliRunner().invoke(cli, ["run", process, "musterstadt", "--json", *options.split()])
    assert printed.exit_code == 0, printed.output
    planner = acting(client, Role.PLANNER)
    here, body = f"/ogc/musterstadt/processes/{process}/execution", {"inputs": inputs}
    waited = planner.post(here, json=body)
    assert waited.status_code == 200
    queued = planner.post(here, json=body, headers={"Prefer": "respond-async"})
    status: dict[str, Any] = {"status": "accepted"}
    while status["status"] in ("accepted", "running"):
        status = planner.get(queued.headers["location"]).json()
    ids = {json.loads(printed.output)["id"], status["result"], waited.headers["link"].split("/results/")[1][:32]}
    assert len(ids) == 1
    assert len(planner.get(HERE).json()["results"]) == 1


def test_the_command_prints_numbers_balance_and_speed(small_twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(small_twin.directory.parent.parent))
    asked = [
        "run",
        "rain",
        "musterstadt",
        "--storm",
        "own",
        "--minutes",
        "5",
        "--after",
        "0",
        "--cell",
        "4",
        "--scheme",
        "preview",
    ]
    found = json.loads(CliRunner().invoke(cli, [*asked, "--json"]).output)
    account = found["account"]
    assert account["water_missing"] == 0
    assert found["cell_steps_per_second"] == pytest.approx(account["steps"] * account["cells"] / found["seconds"])
    printed = CliRunner().invoke(cli, asked).output
    for words in ("Buildings in the area", "Rain on ground and roofs", "Missing in the balance, least units: 0",
                  "million cell-steps per second", found["id"]):  # fmt: skip
        assert words in printed


def test_the_public_sees_a_result_once_it_is_published(
    client: TestClient, result: str, acting: Callable[..., TestClient]
) -> None:
    assert client.get(HERE).json() == {"results": []}
    for address in (f"{HERE}/{result}", f"{HERE}/{result}/slope.tif"):
        assert client.get(address).status_code == 404
    caretaker = acting(client, Role.CARETAKER)
    assert caretaker.get(f"{HERE}/{result}").json()["state"] == "internal"
    assert caretaker.put(f"{HERE}/{result}/state", json={"state": "secret"}).status_code == 422
    assert caretaker.put(f"{HERE}/{result}/state", json={"state": "public"}).status_code == 200
    del client.headers["Authorization"]
    found = client.get(f"{HERE}/{result}").json()
    assert (found["profile"], found["state"], found["stale"]) == ("kastor-result-1", "public", [])
    assert client.get(f"{HERE}/{result}/street_slope.geojson").headers["content-type"] == "application/geo+json"
    assert client.put(f"{HERE}/{result}/state", json={"state": "draft"}).status_code == 401


def test_a_result_says_when_it_is_out_of_date(
    client: TestClient, small_twin: Tenant, result: str, acting: Callable[..., TestClient]
) -> None:
    planner = acting(client, Role.PLANNER)
    small_twin.edit_object("gable", {"storeysAboveGround": 5}, "7")
    (reason,) = planner.get(f"{HERE}/{result}").json()["stale"]
    assert reason["de"] == "Die Daten haben sich geändert."
    assert planner.get(HERE).json()["results"][0]["stale"] == [reason]


def test_a_removed_result_is_gone(client: TestClient, result: str, acting: Callable[..., TestClient]) -> None:
    planner = acting(client, Role.PLANNER)
    assert planner.delete(f"{HERE}/{result}").status_code == 204
    assert planner.get(f"{HERE}/{result}").status_code == 404
    assert planner.delete(f"{HERE}/{result}").status_code == 404


@pytest.mark.parametrize("file", ["..%2f..%2ftenant.sqlite", "result.json%00", "none.tif", "%2e%2e"])
def test_no_address_leads_out_of_a_result(
    client: TestClient, result: str, acting: Callable[..., TestClient], file: str
) -> None:
    answer = acting(client, Role.PLANNER).get(f"{HERE}/{result}/{file}")
    assert answer.status_code in (404, 405)
    assert b"SQLite" not in answer.content
