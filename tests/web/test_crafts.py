"""Craftsmen over HTTP: the page of an order, what the staff and another system may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework
from kastor.cases.appointments import choosing
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.cases.crafts import choices, orders, reported, sent, state, with_craftsmen

API = "/api/tenants/musterstadt"


@pytest.fixture
def client(tiled_twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("KASTOR_PUBLIC_URL", "https://zwilling.example.org")
    settings = Settings(home=tiled_twin.directory.parents[1], rate=0, workers=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def link(twin: Tenant, case_id: str) -> str:
    text = sent(twin, case_id)[-1].payload["text"]
    return str(text.split("https://zwilling.example.org")[1].split()[0])


def test_a_craftsman_accepts_by_the_link_and_sees_the_time(client: TestClient, tiled_twin: Tenant) -> None:
    with_craftsmen(tiled_twin)
    now = datetime.now(UTC)
    case_id = reported(tiled_twin, 1, now, telefon="<script>030</script>")
    path = link(tiled_twin, case_id)
    assert path.startswith("/musterstadt/orders/")
    shown = client.get(path)
    assert "Auftrag annehmen" in shown.text
    assert "Musterweg 3" in shown.text
    assert "030" not in shown.text, "no telephone before there is a time"
    assert "Auftrag annehmen" not in client.post(path, data={"answer": "accept"}).text
    assert client.post(path, data={"answer": "accept"}).status_code == 200, "the same again changes nothing"
    assert len(orders(tiled_twin, case_id)) == 1
    with casework.begin(tiled_twin.database, now) as work:
        choosing.choose(work, case_id, choices(tiled_twin, case_id)[0])
    booked = client.get(path).text
    assert "Termin: " in booked
    assert "&lt;script&gt;030" in booked
    assert client.post(path, data={"answer": "invoice"}).status_code == 422
    assert client.get("/musterstadt/orders/wrong").status_code == 404


def test_staff_answer_for_a_craftsman_and_call_a_visit_off(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    with_craftsmen(tiled_twin)
    case_id = reported(tiled_twin, 1, datetime.now(UTC))
    order = orders(tiled_twin, case_id)[0].id
    assert client.get(f"{API}/craft-orders").status_code == 401
    acting(client, Role.CASEWORKER)
    (listed,) = client.get(f"{API}/craft-orders").json()["orders"]
    assert listed["id"] == order
    assert listed["reference"] == client.get(f"{API}/cases/{case_id}").json()["reference"], "what people call the case"
    begin = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    told = {"state": "scheduled", "begin": begin.isoformat()}
    assert client.post(f"{API}/erp/orders/{order}", json=told).json()["changed"] is True
    assert client.post(f"{API}/erp/orders/{order}", json=told).json()["changed"] is False
    assert client.post(f"{API}/erp/orders/{order}", json={"state": "scheduled"}).status_code == 422
    assert client.post(f"{API}/erp/orders/{order}", json={"state": "verschollen"}).status_code == 422
    assert client.post(f"{API}/erp/orders/unknown", json={"state": "done"}).status_code == 404
    move = f"{API}/cases/{case_id}/appointment/move"
    later = {"begin": (begin + timedelta(hours=20)).isoformat(), "reason": "Der Monteur ist <krank>."}
    past = {**later, "begin": (begin - timedelta(days=9)).isoformat()}
    assert client.post(move, json=past).status_code == 422
    assert client.post(move, json={"begin": later["begin"]}).status_code == 422, "nobody is moved without a reason"
    assert client.post(move, json=later).status_code == 200
    (listed,) = client.get(f"{API}/craft-orders").json()["orders"]
    assert datetime.fromisoformat(listed["visit"]["begins"]) == begin + timedelta(hours=20)
    mail = sent(tiled_twin, case_id)[-1].payload
    assert "Grund: Der Monteur ist <krank>." in mail["text"]
    assert "METHOD:REQUEST" in mail["calendar"]["content"]
    assert "SEQUENCE:1" in mail["calendar"]["content"]
    assert state(tiled_twin, case_id)["appointment"]["sequence"] == 1
    reason = {"reason": "Der Betrieb hat zu."}
    assert client.post(f"{API}/cases/{case_id}/appointment/cancel", json=reason).status_code == 200
    mail = sent(tiled_twin, case_id)[-1].payload
    assert "Grund: Der Betrieb hat zu." in mail["text"]
    assert "SEQUENCE:2" in mail["calendar"]["content"]
    assert client.post(f"{API}/cases/{case_id}/appointment/cancel").status_code == 404
    assert len(choices(tiled_twin, case_id)) == 4
    assert state(tiled_twin, case_id)["appointment"]["state"] == "cancelled"
    assert client.post(f"{API}/craft-orders/{order}/finish").json()["state"] == "done"


def test_only_who_leads_changes_craftsmen(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    body = {
        "name": "Quelle",
        "mail": "q@example.org",
        "trades": ["sanitaer"],
        "absences": [["2026-12-24", "2026-12-31"]],
    }
    acting(client, Role.CASEWORKER)
    assert client.put(f"{API}/craftsmen/quelle", json=body).status_code == 403
    acting(client, Role.CASE_LEAD)
    assert client.put(f"{API}/craftsmen/quelle", json=body).status_code == 200
    assert client.put(f"{API}/craftsmen/quelle", json={**body, "hours": "immer"}).status_code == 422
    (one,) = client.get(f"{API}/craftsmen").json()["craftsmen"]
    assert (one["hours"], one["absences"], one["open"]) == ("mo-fr 08:00-17:00", [["2026-12-24", "2026-12-31"]], 0)
