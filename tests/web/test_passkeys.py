"""Passkeys over HTTP, with a device as software; and devices that lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from kastor.store import audit, passkeys, people, sessions
from kastor.store.database import Database
from kastor.store.instance import open_instance, sign_ins
from kastor.store.moments import later
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.authenticator import PRESENT, Authenticator, content, text

PASSWORD = "Regen Dachstuhl Ampel sieben"
HERE = "https://zwilling.example"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Database]:
    opened = open_instance(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def browser(tmp_path: Path) -> TestClient:
    """A browser nobody is signed in with."""
    app = create_app(Settings(home=tmp_path, public_url=HERE))
    app.state.sign_in_limits.rate = 0
    return TestClient(app, base_url=HERE, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.fixture
def erika(browser: TestClient, instance: Database) -> str:
    """Number of somebody, who is signed in."""
    with instance.write("test") as connection:
        person = people.create(connection, "erika", "Erika Muster")
        link = sessions.invite(connection, person.id, sessions.SIGN_IN, 1)
    assert browser.post("/api/session/link", json={"link": link}).status_code == 200
    return person.id


@pytest.fixture
def device() -> Authenticator:
    return Authenticator("zwilling.example", HERE)


def made(browser: TestClient, device: Authenticator, title: str = "Laptop") -> Any:
    options = browser.post("/api/account/passkeys/options").json()
    return browser.post("/api/account/passkeys", json={"title": title, "credential": device.create(options)})


def used(browser: TestClient, device: Authenticator) -> Any:
    options = browser.post("/api/session/passkey/options").json()
    return browser.post("/api/session/passkey", json={"credential": device.get(options)})


def test_a_passkey_signs_in_without_login_or_password(
    browser: TestClient, erika: str, device: Authenticator, instance: Database
) -> None:
    assert made(browser, device).json()["title"] == "Laptop"
    browser.delete("/api/session")
    assert used(browser, device).status_code == 200
    assert browser.get("/api/session").json()["person"]["id"] == erika
    (shown,) = browser.get("/api/account").json()["passkeys"]
    assert shown["used"] != ""
    with instance.read() as connection:
        assert audit.lines(connection)[0].what == "passkey made"
        kept = passkeys.of_person(connection, erika)[0]
        assert kept.uses == device.uses
        assert text(device.id) == kept.id


def test_the_device_is_asked_for_its_owner_and_for_a_key_it_keeps(browser: TestClient, erika: str) -> None:
    options = browser.post("/api/account/passkeys/options").json()
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["rp"]["id"] == "zwilling.example"
    assert content(options["user"]["id"]) == erika.encode()
    assert browser.post("/api/session/passkey/options").json()["userVerification"] == "required"


def test_a_question_is_answered_once(browser: TestClient, erika: str, device: Authenticator) -> None:
    made(browser, device)
    browser.delete("/api/session")
    answer = {"credential": device.get(browser.post("/api/session/passkey/options").json())}
    assert browser.post("/api/session/passkey", json=answer).status_code == 200
    assert browser.post("/api/session/passkey", json=answer).status_code == 401


def test_an_answer_that_comes_late_does_not_count(
    browser: TestClient, erika: str, device: Authenticator, instance: Database
) -> None:
    made(browser, device)
    answer = {"credential": device.get(browser.post("/api/session/passkey/options").json())}
    with instance.write("test") as connection:
        connection.execute(update(sign_ins).values(until=later(minutes=-1)))
    assert browser.post("/api/session/passkey", json=answer).status_code == 401


def test_a_question_for_one_purpose_serves_no_other(browser: TestClient, erika: str, device: Authenticator) -> None:
    made(browser, device)
    options = browser.post("/api/account/passkeys/options").json()
    assert browser.post("/api/session/passkey", json={"credential": device.get(options)}).status_code == 401


LIES: dict[str, dict[str, Any]] = {
    "on another site": {"origin": "https://evil.example"},
    "for another site": {"host": "evil.example"},
    "without asking its owner": {"flags": PRESENT},
    "without anybody there": {"flags": 0},
    "a copy that was used less often": {"uses": -1},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_device_that_was_somewhere_else_signs_nobody_in(
    browser: TestClient, erika: str, device: Authenticator, lie: str
) -> None:
    device.uses = 7
    made(browser, device)
    browser.delete("/api/session")
    change = {**LIES[lie], **({"uses": 3} if "uses" in LIES[lie] else {})}
    assert used(browser, replace(device, **change)).status_code == 401
    assert browser.get("/api/session").json()["person"] is None


@pytest.mark.parametrize("lie", [name for name in LIES if "uses" not in LIES[name]])
def test_a_device_that_was_somewhere_else_makes_no_passkey(
    browser: TestClient, erika: str, device: Authenticator, lie: str
) -> None:
    assert made(browser, replace(device, **LIES[lie])).status_code == 400
    assert browser.get("/api/account").json()["passkeys"] == []


def test_another_key_under_the_same_name_signs_nobody_in(
    browser: TestClient, erika: str, device: Authenticator
) -> None:
    made(browser, device)
    other = Authenticator(device.host, device.origin, id=device.id)
    assert used(browser, other).status_code == 401


def test_an_unknown_passkey_signs_nobody_in(browser: TestClient, device: Authenticator) -> None:
    assert used(browser, device).status_code == 401


NONSENSE = ["", "%%%", "AAAA", text(b"[]"), text(b"{}"), text(b"\xff" * 90), "ä" * 10, "a", text(b"\xa3cfmt")]


@pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature"])
def test_nonsense_from_a_device_signs_nobody_in(
    browser: TestClient, erika: str, device: Authenticator, field: str
) -> None:
    made(browser, device)
    for value in NONSENSE:
        credential = device.get(browser.post("/api/session/passkey/options").json())
        credential["response"][field] = value
        answer = browser.post("/api/session/passkey", json={"credential": credential})
        assert answer.status_code in (400, 401), (value, answer.text)


@pytest.mark.parametrize("field", ["clientDataJSON", "attestationObject"])
def test_nonsense_from_a_device_makes_no_passkey(
    browser: TestClient, erika: str, device: Authenticator, field: str
) -> None:
    for value in NONSENSE:
        credential = device.create(browser.post("/api/account/passkeys/options").json())
        credential["response"][field] = value
        answer = browser.post("/api/account/passkeys", json={"title": "x", "credential": credential})
        assert answer.status_code in (400, 401), (value, answer.text)


def test_a_passkey_begun_by_somebody_else_is_not_taken(
    browser: TestClient, erika: str, device: Authenticator, instance: Database
) -> None:
    answer = {"title": "x", "credential": device.create(browser.post("/api/account/passkeys/options").json())}
    with instance.write("test") as connection:
        hans = people.create(connection, "hans", "Hans")
        link = sessions.invite(connection, hans.id, sessions.SIGN_IN, 1)
    browser.post("/api/session/link", json={"link": link})
    assert browser.post("/api/account/passkeys", json=answer).status_code == 400


def test_the_only_way_into_an_account_stays(
    browser: TestClient, erika: str, device: Authenticator, instance: Database
) -> None:
    made(browser, device)
    path = f"/api/account/passkeys/{text(device.id)}"
    assert browser.delete(path).status_code == 422
    with instance.write("test") as connection:
        people.set_password(connection, erika, PASSWORD)
    browser.post("/api/session", json={"login": "erika", "password": PASSWORD})
    assert browser.delete(path).status_code == 200
    assert used(browser, device).status_code == 401
    assert browser.delete(path).status_code == 404


def test_a_passkey_of_a_closed_account_opens_nothing(
    browser: TestClient, erika: str, device: Authenticator, instance: Database
) -> None:
    made(browser, device)
    with instance.write("test") as connection:
        people.close(connection, erika, "")
    assert used(browser, device).status_code == 401


@pytest.mark.parametrize("title", ["", "  ", "a\nb"])
def test_a_passkey_needs_a_name_to_be_found_again(
    browser: TestClient, erika: str, device: Authenticator, title: str
) -> None:
    assert made(browser, device, title).status_code == 422


def test_there_are_so_many_passkeys_and_no_more(browser: TestClient, erika: str) -> None:
    devices = [Authenticator("zwilling.example", HERE) for _ in range(passkeys.MOST + 1)]
    assert [made(browser, one).status_code for one in devices] == [200] * passkeys.MOST + [422]
    assert made(browser, devices[0]).status_code == 422


def test_where_browsers_take_no_passkeys_none_is_begun(tmp_path: Path) -> None:
    browser = TestClient(create_app(Settings(home=tmp_path)), base_url="http://10.0.0.1:8080")
    answer = browser.post("/api/session/passkey/options", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert "https://" in answer.json()["detail"]
    assert browser.get("/api/session").json()["ways"]["passkey"] is False
