import json
import logging

import pytest
from fastapi.testclient import TestClient

from kastor.web import health, logbook
from kastor.web.app import create_app
from kastor.web.settings import Settings


@pytest.fixture
def home(small_twin):
    return small_twin.directory.parent.parent


@pytest.fixture
def client(home):
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def test_a_server_that_can_work_says_so(client):
    assert client.get("/health/live").json()["status"] == "ok"
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_a_server_without_room_on_the_disk_lives_but_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE", 2**70)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "MB needed" in answer.json()["checks"]["disk"]
    assert client.get("/health/live").status_code == 200


def test_figures_count_requests_by_route_not_by_address(client):
    client.get("/api/tenants/musterstadt")
    client.get("/api/tenants/nowhere")
    text = client.get("/metrics").text
    assert 'kastor_http_requests_total{method="GET",route="/api/tenants/{tenant}",status="200"} 1.0' in text
    assert 'kastor_http_requests_total{method="GET",route="/api/tenants/{tenant}",status="404"} 1.0' in text
    assert "musterstadt" not in text
    assert "kastor_http_request_seconds_bucket" in text


def test_figures_are_for_the_operator_only(home):
    app = create_app(Settings(home=home))
    assert TestClient(app, client=("203.0.113.7", 1)).get("/metrics").status_code == 403
    through_a_proxy = TestClient(app).get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert through_a_proxy.status_code == 403
    keyed = TestClient(create_app(Settings(home=home, metrics_key="s3cret")), client=("203.0.113.7", 1))
    assert keyed.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert keyed.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_line_of_the_log_names_the_route_and_no_person(client, caplog):
    with caplog.at_level(logging.INFO, "kastor.web"):
        answer = client.get("/api/tenants/musterstadt/search?q=Erika+Mustermann")
    line = caplog.records[-1]
    assert answer.headers["x-request-id"] == line.request
    assert line.status == answer.status_code
    assert "Erika" not in line.getMessage()
    assert "testclient" not in line.getMessage()


def test_log_lines_are_json_for_machines(capsys):
    logbook.set_up("json")
    logging.getLogger("kastor.web").info("GET", extra={"status": 200})
    for name in ("kastor", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    entry = json.loads(capsys.readouterr().err)
    assert entry["status"] == 200
    assert entry["level"] == "INFO"


def test_an_unforeseen_error_gives_a_number_and_no_inner_text(home, caplog):
    app = create_app(Settings(home=home))

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("password of Erika Mustermann")

    app.router.routes.insert(0, app.router.routes.pop())
    with caplog.at_level(logging.INFO, "kastor.web"):
        answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert caplog.records[-1].request in answer.json()["detail"]
    assert "Erika" not in answer.text
