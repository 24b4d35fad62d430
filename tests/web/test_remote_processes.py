"""Offering processes of other servers: over HTTP and on the command line, by those who administer only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from kastor.city.sample import CRS, four_houses
from kastor.cli import app as cli
from kastor.store import Dataset, Tenant, create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.serving import served

HERE = "/api/tenants/musterstadt/remote-processes"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("other") / "home"
    with create_tenant(home, "kreis", "Kreis", CRS) as twin, twin.load(Dataset("houses", "Häuser")) as loading:
        loading.put("houses", four_houses())
        loading.finish({"source": "houses", "findings": []})
    with served(create_app(Settings(home=home, rate=0, workers=0))) as address:
        yield address


@pytest.fixture
def home(small_twin: Tenant, other: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KASTOR_REMOTES", other)
    home = small_twin.directory.parent.parent
    monkeypatch.setenv("KASTOR_HOME", str(home))
    return home


@pytest.fixture
def administrator(home: Path, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=home, workers=0))) as client:
        yield acting(client, Role.ADMINISTRATION)


def test_a_process_offered_is_in_the_list_with_its_form(administrator: TestClient, other: str) -> None:
    wanted = {"name": "echo-im-kreis", "address": f"{other}/ogc/kreis/processes/echo"}
    answer = administrator.post(HERE, json=wanted)
    assert answer.status_code == 200
    assert answer.json()["units"] == {"echo": "1", "size": "m2"}
    found = administrator.get(HERE).json()
    assert ([one["name"] for one in found["processes"]], found["allowed"]) == (["echo-im-kreis"], [other])
    listed = administrator.get("/ogc/musterstadt/processes").json()["processes"]
    assert [p["title"] for p in listed if p["id"] == "echo-im-kreis"] == ["Echo"]
    asked = {"Accept-Language": "en"}
    own, theirs = (administrator.get(f"/ogc/musterstadt/processes/{name}", headers=asked).json()
                   for name in ("echo", "echo-im-kreis"))  # fmt: skip
    assert theirs["inputs"] == own["inputs"]
    assert theirs["outputs"] == own["outputs"]
    tried = administrator.post(f"{HERE}/echo-im-kreis/check").json()
    assert (tried["reached"], tried["changed"], tried["problem"]) == (True, False, {})
    assert administrator.post(f"{HERE}/nobody/check").status_code == 404
    log = [line["what"] for line in administrator.get("/api/tenants/musterstadt/audit").json()["lines"]]
    assert administrator.delete(f"{HERE}/echo-im-kreis").status_code == 204
    assert administrator.delete(f"{HERE}/echo-im-kreis").status_code == 404
    assert administrator.get("/ogc/musterstadt/processes/echo-im-kreis").status_code == 404
    assert log[0] == "add_process"


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"address": "https://192.168.0.1/processes/x"}, 400, "KASTOR_REMOTES"),
        ({"name": "echo"}, 400, "another name"),
        ({"name": "E"}, 400, "small letters"),
        ({"address": "{other}/ogc/kreis/processes/none"}, 503, "no process 'none'"),
        ({"address": "{other}/ogc/kreis"}, 400, "at least one output"),
        ({"address": 7}, 422, "address"),
    ],
)
def test_what_cannot_be_offered_is_refused_with_the_reason(
    administrator: TestClient, other: str, change: dict[str, object], status: int, named: str
) -> None:
    wanted = {"name": "x", "address": f"{other}/ogc/kreis/processes/echo", **change}
    sent = json.loads(json.dumps(wanted).replace("{other}", other))
    answer = administrator.post(HERE, json=sent, headers={"Accept-Language": "en"})
    assert (answer.status_code, named in answer.json()["detail"]) == (status, True), answer.text


def test_a_server_that_is_gone_is_told_in_both_languages(
    administrator: TestClient, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {"name": "echo-im-kreis", "address": f"{other}/ogc/kreis/processes/echo"}
    assert administrator.post(HERE, json=wanted).json()["with_key"] is False
    monkeypatch.setenv("KASTOR_REMOTE_KEYS", json.dumps({other: "secret"}))
    assert administrator.get(HERE).json()["processes"][0]["with_key"] is True
    monkeypatch.setenv("KASTOR_REMOTES", "https://elsewhere.example/")
    tried = administrator.post(f"{HERE}/echo-im-kreis/check").json()
    assert tried["reached"] is False
    assert "gehört nicht zu den Servern" in tried["problem"]["de"]
    assert "not among the servers" in tried["problem"]["en"]


def test_the_command_line_does_the_same(home: Path, other: str) -> None:
    def said(*words: str) -> str:
        found = CliRunner().invoke(cli, list(words))
        assert found.exit_code == 0, found.output
        return found.output

    said("tenant", "process", "add", "musterstadt", "echo2", f"{other}/ogc/kreis/processes/echo")
    assert [p["name"] for p in json.loads(said("tenant", "process", "list", "musterstadt", "--json"))] == ["echo2"]
    assert "echo2" in [p["id"] for p in json.loads(said("processes", "--tenant", "musterstadt", "--json"))]
    assert "Echo" in said("tenant", "process", "list", "musterstadt")
    said("tenant", "process", "remove", "musterstadt", "echo2")
    assert json.loads(said("tenant", "process", "list", "musterstadt", "--json")) == []
    refused = CliRunner().invoke(cli, ["tenant", "process", "add", "musterstadt", "x", "https://elsewhere.example/p"])
    assert refused.exit_code == 2
