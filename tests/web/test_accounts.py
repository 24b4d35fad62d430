"""Signing in, accounts, keys and the administration over HTTP; and everything a stranger may try."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from kastor.store import Dataset, Tenant, audit, grants, keys, people, sessions
from kastor.store.database import Database
from kastor.store.instance import open_instance
from kastor.store.instance import sessions as session_table
from kastor.store.moments import later
from kastor.store.roles import Right, Role
from kastor.store.visibility import State
from kastor.web.app import SIGN_INS_AT_ONCE, create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
PASSWORD = "Regen Dachstuhl Ampel sieben"
SAME = {"Sec-Fetch-Site": "same-origin"}

Somebody = Callable[..., TestClient]


@pytest.fixture
def instance(small_twin: Tenant) -> Iterator[Database]:
    opened = open_instance(small_twin.directory.parent.parent)
    yield opened
    opened.close()


@pytest.fixture
def stranger(small_twin: Tenant) -> Iterator[TestClient]:
    """A browser nobody is signed in with."""
    app = create_app(Settings(home=small_twin.directory.parent.parent))
    with TestClient(app, headers={**SAME, "Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
def browser(stranger: TestClient, small_twin: Tenant, instance: Database) -> Somebody:
    """A browser of somebody with some roles, signed in: ``browser("erika", Role.PLANNER)``."""

    def made(login: str, *roles: Role) -> TestClient:
        with instance.write("test") as connection:
            person = people.create(connection, login, f"{login.title()} Muster")
            people.set_password(connection, person.id, PASSWORD)
        for role in roles:
            grants.grant(instance, small_twin.database, person.id, role, "for a test")
        client = TestClient(stranger.app, headers=dict(stranger.headers))
        assert client.post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        return client

    return made


def me(client: TestClient) -> str:
    return str(client.get("/api/session").json()["person"]["id"])


# signing in and out


def test_a_browser_signs_in_and_knows_its_rights(browser: Somebody) -> None:
    found = browser("erika", Role.CARETAKER).get("/api/session").json()
    assert found["person"]["name"] == "Erika Muster"
    assert found["roles"] == {"musterstadt": ["caretaker"]}
    assert "load" in found["rights"]["musterstadt"]
    assert found["everywhere"] == ["account", "see"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: TestClient, browser: Somebody) -> None:
    browser("erika")
    answer = stranger.post("/api/session", json={"login": "erika", "password": PASSWORD})
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["set-cookie"].startswith("kastor=")


def test_an_encrypted_browser_gets_the_safer_cookie(small_twin: Tenant, browser: Somebody) -> None:
    browser("erika")
    app = create_app(Settings(home=small_twin.directory.parent.parent, public_url="https://zwilling.example"))
    with TestClient(app, base_url="https://zwilling.example", headers=SAME) as client:
        answer = client.post("/api/session", json={"login": "erika", "password": PASSWORD})
        given = answer.headers["set-cookie"]
        assert given.startswith("__Host-kastor=")
        assert "Secure" in given
        assert "Domain" not in given
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/api/session").json()["person"]["login"] == "erika"


def test_wrong_login_and_wrong_password_get_the_same_answer(stranger: TestClient, browser: Somebody) -> None:
    browser("erika")
    pairs = [("erika", "wrong wrong wrong"), ("nobody", "wrong wrong wrong"), ("erika", ""), ("", "")]
    answers = [stranger.post("/api/session", json={"login": login, "password": word}) for login, word in pairs]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert "wrong wrong" not in answers[0].text


def test_known_and_unknown_logins_compute_one_password_each(
    stranger: TestClient, browser: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser("erika")
    computed: list[str] = []
    real = people.passwords._HASHER.verify

    class Counting:
        def verify(self, kept: str, plain: str) -> bool:
            computed.append(kept.rpartition("$")[0].rpartition("$")[0])
            return bool(real(kept, plain))

    monkeypatch.setattr(people.passwords, "_HASHER", Counting())
    for login in ("erika", "nobody"):
        stranger.post("/api/session", json={"login": login, "password": "wrong wrong wrong"})
    # same algorithm with the same parameters, once each: the time cannot tell them apart
    assert len(computed) == 2
    assert len(set(computed)) == 1


def test_signing_in_changes_the_secret_and_ends_the_former_session(browser: Somebody, instance: Database) -> None:
    client = browser("erika")
    former = client.cookies["kastor"]
    client.post("/api/session", json={"login": "erika", "password": PASSWORD})
    assert client.cookies["kastor"] != former
    assert sessions.holder(instance, former) is None


def test_a_secret_put_into_a_browser_by_somebody_is_not_taken_over(stranger: TestClient, browser: Somebody) -> None:
    browser("erika")
    stranger.cookies.set("kastor", "fixed-by-an-attacker")
    stranger.post("/api/session", json={"login": "erika", "password": PASSWORD})
    assert stranger.get("/api/account", headers={"Cookie": "kastor=fixed-by-an-attacker"}).status_code == 401


def test_after_signing_out_the_secret_opens_nothing(browser: Somebody) -> None:
    client = browser("erika", Role.ADMINISTRATION)
    secret = client.cookies["kastor"]
    assert client.delete("/api/session").status_code == 200
    client.cookies.set("kastor", secret)
    assert client.get(f"{HERE}/people").status_code == 401
    assert client.get("/api/session").json()["person"] is None


@pytest.mark.parametrize("secret", ["", "x", "kastor", "a" * 5000, "../../etc", "'; DROP TABLE people; --"])
def test_a_forged_secret_opens_nothing_and_breaks_nothing(stranger: TestClient, secret: str) -> None:
    answer = stranger.get("/api/account", headers={"Cookie": f"kastor={secret}"})
    assert answer.status_code == 401
    assert stranger.get(HERE, headers={"Cookie": f"kastor={secret}"}).status_code == 200


def test_a_session_that_ran_out_opens_public_pages_only(browser: Somebody, instance: Database) -> None:
    client = browser("erika", Role.ADMINISTRATION)
    with instance.write("test") as connection:
        connection.execute(update(session_table).values(seen=later(hours=-sessions.IDLE)))
    assert client.get(HERE).status_code == 200
    assert client.get(f"{HERE}/people").status_code == 401


def test_a_withdrawn_role_is_gone_with_the_next_request(
    browser: Somebody, instance: Database, small_twin: Tenant
) -> None:
    client = browser("erika", Role.CARETAKER)
    small_twin.set_state("houses", State.DRAFT)
    assert client.get(HERE).json()["datasets"] != []
    grants.withdraw(instance, small_twin.database, me(client), Role.CARETAKER, "moved on")
    assert client.get(HERE).json()["datasets"] == []


def test_many_tries_from_one_address_have_to_wait(stranger: TestClient) -> None:
    wrong = {"login": "x", "password": "wrong wrong wrong"}
    answers = [
        stranger.post("/api/session/link", json={"link": str(i), **wrong}) for i in range(int(SIGN_INS_AT_ONCE) + 1)
    ]
    assert [a.status_code for a in answers[:-1]] == [401] * int(SIGN_INS_AT_ONCE)
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10


# other sites, too much, too often


CHANGES = [
    ("POST", "/api/session"), ("DELETE", "/api/session"), ("PUT", "/api/account/password"), ("POST", f"{HERE}/people"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
    ],
)
def test_another_sites_page_changes_nothing(browser: Somebody, method: str, path: str, sent: dict[str, str]) -> None:
    client = browser("erika", Role.ADMINISTRATION)
    headers = {name: value for name, value in sent.items() if value}
    if "Origin" in sent:
        del client.headers["Sec-Fetch-Site"]
    answer = client.request(method, path, headers=headers, json={})
    assert answer.status_code == 403
    assert "another site" in answer.json()["detail"]
    assert client.get("/api/session").json()["person"] is not None


def test_a_change_without_any_word_where_it_comes_from_is_refused_with_a_cookie(browser: Somebody) -> None:
    client = browser("erika", Role.ADMINISTRATION)
    del client.headers["Sec-Fetch-Site"]
    assert client.delete("/api/account/sessions").status_code == 403
    assert client.delete("/api/account/sessions", headers={"Origin": "http://testserver"}).status_code == 200


def test_a_body_that_is_too_large_is_refused(stranger: TestClient) -> None:
    answer = stranger.post("/api/session", content=b"x" * (2**23 + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_lines_in_headers_and_names_do_no_harm(stranger: TestClient, browser: Somebody) -> None:
    client = browser("chief", Role.ADMINISTRATION)
    given = {"login": "x", "name": "a\r\nSet-Cookie: kastor=1", "role": "clerk", "reason": "test"}
    assert client.post(f"{HERE}/people", json=given).status_code == 422
    answer = stranger.get(f"{HERE}/objects/a%0d%0aSet-Cookie:%20kastor=1")
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


def test_every_answer_carries_strict_headers(stranger: TestClient) -> None:
    for path in ("/", "/api/tenants", "/nothing/here", f"{HERE}/people"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_what_somebody_signed_in_gets_is_kept_by_no_shared_cache(browser: Somebody) -> None:
    client = browser("erika", Role.CARETAKER)
    answer = client.get(f"{HERE}/preview.png")
    assert "public" not in answer.headers["cache-control"]
    assert {"Cookie", "Authorization"} <= {name.strip() for name in answer.headers["vary"].split(",")}


# links


def test_a_link_chooses_a_password_once(stranger: TestClient, instance: Database) -> None:
    with instance.write("test") as connection:
        person = people.create(connection, "erika", "Erika Muster")
        link = sessions.invite(connection, person.id, sessions.PASSWORD, 1)
    assert stranger.post("/api/session/link", json={"link": link}).json()["login"] == "erika"
    weak = stranger.post("/api/session/password", json={"link": link, "password": "kurz"})
    assert weak.status_code == 422
    assert "15 are the least" in weak.json()["detail"]
    assert stranger.post("/api/session/password", json={"link": link, "password": PASSWORD}).status_code == 200
    assert stranger.get("/api/session").json()["person"]["login"] == "erika"
    again = stranger.post("/api/session/password", json={"link": link, "password": PASSWORD + "!"})
    assert again.status_code == 401
    assert "used already" in again.json()["detail"]


def test_a_link_for_signing_in_sets_no_password(stranger: TestClient, instance: Database) -> None:
    with instance.write("test") as connection:
        person = people.create(connection, "demo", "Demo")
        link = sessions.invite(connection, person.id, sessions.SIGN_IN, 1)
    assert stranger.post("/api/session/password", json={"link": link, "password": PASSWORD}).status_code == 401
    assert stranger.post("/api/session/link", json={"link": link}).status_code == 200
    assert stranger.get("/api/session").json()["person"]["login"] == "demo"
    assert stranger.post("/api/session/link", json={"link": link}).status_code == 401


# the account


def test_only_a_demo_lets_somebody_in_as_one_of_its_people(stranger: TestClient, instance: Database) -> None:
    with instance.write("test") as connection:
        for login in ("petra", "erika"):
            people.create(connection, login, login.title())
    assert stranger.post("/api/session/demo", json={"login": "petra"}).status_code == 404
    assert stranger.get("/api/session").json()["ways"]["demo"] == []
    app = stranger.app
    app.state.demo = ({"login": "petra", "name": "Petra", "opens": "/musterstadt"},)  # type: ignore[attr-defined]
    assert stranger.get("/api/session").json()["ways"]["demo"][0]["login"] == "petra"
    assert stranger.post("/api/session/demo", json={"login": "erika"}).status_code == 404
    assert stranger.post("/api/session/demo", json={"login": "petra"}).json()["name"] == "Petra"
    assert stranger.get("/api/session").json()["person"]["login"] == "petra"


def test_one_sees_ones_sessions_and_ends_them(stranger: TestClient, browser: Somebody) -> None:
    client = browser("erika")
    stranger.post(
        "/api/session", json={"login": "erika", "password": PASSWORD}, headers={"User-Agent": "Firefox/1 (Linux)"}
    )
    shown = client.get("/api/account").json()["sessions"]
    other = next(s for s in shown if not s["present"])
    assert other["device"] == "Firefox, Linux"
    assert client.delete(f"/api/account/sessions/{other['id']}").status_code == 200
    assert stranger.get("/api/account").status_code == 401
    assert client.delete("/api/account/sessions").status_code == 200
    assert client.get("/api/account").status_code == 401


def test_a_new_password_needs_the_present_one(browser: Somebody) -> None:
    client = browser("erika")
    wanted = "Vier andere Wörter hier"
    wrong = client.put("/api/account/password", json={"present": "wrong wrong wrong", "wanted": wanted})
    assert wrong.status_code == 403
    assert client.put("/api/account/password", json={"present": PASSWORD, "wanted": wanted}).status_code == 200
    assert client.get("/api/account").json()["hasPassword"]
    assert client.post("/api/session", json={"login": "erika", "password": PASSWORD}).status_code == 401
    assert client.post("/api/session", json={"login": "erika", "password": wanted}).status_code == 200


def made_key(client: TestClient, *rights: str) -> str:
    wanted = {"tenant": "musterstadt", "rights": list(rights), "title": "Nachtlauf", "days": 30}
    answer = client.post("/api/account/keys", json=wanted)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["key"])


def test_a_key_opens_what_it_is_for_and_nothing_else(
    stranger: TestClient, browser: Somebody, small_twin: Tenant
) -> None:
    client = browser("erika", Role.CARETAKER, Role.ADMINISTRATION)
    small_twin.set_state("houses", State.INTERNAL)
    key = made_key(client, "see_internal")
    as_token = {"Authorization": f"Bearer {key}"}
    as_password = {"Authorization": "Basic " + base64.b64encode(f"any:{key}".encode()).decode()}
    for headers in (as_token, as_password):
        assert stranger.get(HERE, headers=headers).json()["datasets"] != []
        assert stranger.get(f"{HERE}/people", headers=headers).status_code == 403
        assert stranger.get("/api/account", headers=headers).status_code == 403
        assert (
            stranger.put(f"{HERE}/datasets/houses/state", headers=headers, json={"state": "public"}).status_code == 403
        )
    assert stranger.get(HERE).json()["datasets"] == []


def test_a_program_with_a_key_needs_no_proof_where_it_comes_from(stranger: TestClient, browser: Somebody) -> None:
    key = made_key(browser("erika", Role.CARETAKER), "publish", "see_drafts")
    answer = stranger.put(
        f"{HERE}/datasets/houses/state",
        headers={"Authorization": f"Bearer {key}", "Sec-Fetch-Site": "cross-site"},
        json={"state": "internal"},
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("sent", ["Bearer", "Bearer x", "Bearer kastor_0123456789_abc", "Bearer " + "a" * 4000])
def test_a_wrong_key_is_told_even_on_public_pages(stranger: TestClient, sent: str) -> None:
    answer = stranger.get(HERE, headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Kastor"'
    assert "Make another one" in answer.json()["detail"]


@pytest.mark.parametrize("sent", ["Basic !!!", "Basic " + base64.b64encode(b"proxy:secret").decode(), "Digest x"])
def test_what_is_meant_for_a_proxy_is_left_alone(stranger: TestClient, sent: str) -> None:
    assert stranger.get(HERE, headers={"Authorization": sent}).status_code == 200


def test_a_cookie_beside_a_key_does_not_count(browser: Somebody, stranger: TestClient) -> None:
    chief = browser("chief", Role.ADMINISTRATION)
    key = made_key(browser("erika", Role.CARETAKER), "see_internal")
    answer = chief.get(f"{HERE}/people", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403


def test_a_key_loses_the_rights_its_owner_loses(
    stranger: TestClient, browser: Somebody, instance: Database, small_twin: Tenant
) -> None:
    client = browser("erika", Role.CARETAKER)
    headers = {"Authorization": f"Bearer {made_key(client, 'publish', 'see_drafts')}"}
    grants.withdraw(instance, small_twin.database, me(client), Role.CARETAKER, "moved on")
    path = f"{HERE}/datasets/houses/state"
    assert stranger.put(path, headers=headers, json={"state": "internal"}).status_code == 403


def test_nobody_makes_a_key_with_rights_they_have_not(browser: Somebody) -> None:
    wanted = {"tenant": "musterstadt", "rights": ["load"], "title": "zu viel", "days": 30}
    answer = browser("erika", Role.CLERK).post("/api/account/keys", json=wanted)
    assert answer.status_code == 400
    assert "load" in answer.json()["detail"]


def test_a_key_that_is_used_too_often_waits_and_no_other_with_it(small_twin: Tenant, browser: Somebody) -> None:
    client = browser("erika", Role.CARETAKER)
    busy, other = made_key(client, "see_internal"), made_key(client, "see_internal")
    settings = Settings(home=small_twin.directory.parent.parent, key_rate=0.1, key_burst=3)
    with TestClient(create_app(settings)) as program:

        def status(key: str) -> int:
            return program.get(HERE, headers={"Authorization": f"Bearer {key}"}).status_code

        # who guesses at a key costs its owner nothing
        name = busy.rpartition("_")[0]
        assert [status(f"{name}_guessed") for _ in range(5)] == [401] * 5
        assert [status(busy) for _ in range(4)] == [200, 200, 200, 429]
        assert status(other) == 200
        as_password = {"Authorization": "Basic " + base64.b64encode(f"any:{busy}".encode()).decode()}
        answer = program.get(HERE, headers=as_password)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert program.get(HERE).status_code == 200


def test_an_ended_key_is_wrong_at_once(stranger: TestClient, browser: Somebody) -> None:
    client = browser("erika", Role.CARETAKER)
    key = made_key(client, "publish")
    (shown,) = client.get("/api/account").json()["keys"]
    assert key not in str(shown)
    assert client.delete(f"/api/account/keys/{shown['id']}").status_code == 200
    assert stranger.get(HERE, headers={"Authorization": f"Bearer {key}"}).status_code == 401


# the administration


def test_the_administration_invites_grants_and_withdraws_and_all_of_it_is_recorded(
    browser: Somebody, stranger: TestClient, small_twin: Tenant
) -> None:
    chief = browser("chief", Role.ADMINISTRATION)
    given = {"login": "neu@stadt.example", "name": "Nele Neu", "role": "clerk", "reason": "Bürgerbüro"}
    invited = chief.post(f"{HERE}/people", json=given).json()
    assert (
        stranger.post("/api/session/password", json={"link": invited["link"], "password": PASSWORD}).status_code == 200
    )
    until = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    more = {"role": "planner", "reason": "Vertretung", "until": until}
    assert chief.post(f"{HERE}/people/{invited['id']}/roles", json=more).status_code == 200
    less = {"role": "clerk", "reason": "wechselt das Amt"}
    assert chief.post(f"{HERE}/people/{invited['id']}/withdrawal", json=less).status_code == 200
    page = chief.get(f"{HERE}/people").json()
    assert {m["name"]: m["roles"] for m in page["members"]} == {
        "Nele Neu": ["planner"],
        "Chief Muster": ["administration"],
    }
    newest = page["decisions"][0]
    assert (newest["role"], newest["reason"], newest["until"][:10]) == ("planner", "Vertretung", until)
    assert newest["grantedBy"]["name"] == "Chief Muster"
    lines = chief.get(f"{HERE}/audit").json()["lines"]
    assert [line["what"] for line in lines[:3]] == ["withdraw", "grant", "grant"]
    assert lines[0]["who"]["name"] == "Chief Muster"
    assert lines[0]["subjectName"] == "Nele Neu"
    assert chief.get(f"{HERE}/audit/check").json()["faults"] == []
    with small_twin.database.read() as connection:
        assert "Nele" not in str(audit.lines(connection))


def test_the_last_administration_cannot_withdraw_itself(browser: Somebody) -> None:
    chief = browser("chief", Role.ADMINISTRATION)
    answer = chief.post(f"{HERE}/people/{me(chief)}/withdrawal", json={"role": "administration", "reason": "Ruhestand"})
    assert answer.status_code == 409
    assert "somebody else" in answer.json()["detail"]
    assert chief.get(f"{HERE}/people").status_code == 200


def test_a_refused_decision_makes_nobody_known(browser: Somebody, instance: Database) -> None:
    chief = browser("chief", Role.ADMINISTRATION)
    for change in ({"role": "operator"}, {"reason": ""}, {"until": "2020-01-01"}):
        given = {"login": "neu", "name": "Nele", "role": "clerk", "reason": "gut", **change}
        assert chief.post(f"{HERE}/people", json=given).status_code == 409
    with instance.read() as connection:
        assert [p.login for p in people.everybody(connection)] == ["chief"]


def test_an_administration_cannot_take_over_somebody_of_another_town(
    browser: Somebody, instance: Database, small_twin: Tenant
) -> None:
    chief, erika = browser("chief", Role.ADMINISTRATION), browser("erika", Role.CLERK)
    assert "link" in chief.post(f"{HERE}/people/{me(erika)}/link").json()
    with instance.read() as connection:
        person = people.by_login(connection, "erika").id
    grants.grant(instance, None, person, Role.OPERATOR, "Rechenzentrum")
    answer = chief.post(f"{HERE}/people/{person}/link")
    assert answer.status_code == 403
    assert "elsewhere" in answer.json()["detail"]
    assert chief.post(f"{HERE}/people/nobody/link").status_code == 404


def test_the_log_goes_on_page_by_page(browser: Somebody, small_twin: Tenant) -> None:
    for state in (State.DRAFT, State.PUBLIC) * 3:
        small_twin.set_state("houses", state, "7")
    chief = browser("chief", Role.ADMINISTRATION)
    numbers: list[int] = []
    before: int | None = None
    while True:
        page = chief.get(f"{HERE}/audit", params={"limit": 3, **({"before": before} if before else {})}).json()
        numbers += [line["number"] for line in page["lines"]]
        before = page["before"]
        if before is None:
            break
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) == 8


def test_who_publishes_decides_what_everybody_sees(browser: Somebody, stranger: TestClient, small_twin: Tenant) -> None:
    with small_twin.load(Dataset("plan", "Plan", state=State.DRAFT)) as load:
        load.finish({"source": "plan", "findings": []})
    client = browser("erika", Role.CARETAKER)

    def shown() -> list[str]:
        return [d["id"] for d in stranger.get(HERE).json()["datasets"]]

    assert shown() == ["houses"]
    assert client.put(f"{HERE}/datasets/plan/state", json={"state": "public"}).status_code == 200
    assert shown() == ["houses", "plan"]
    assert client.put(f"{HERE}/datasets/plan/state", json={"state": "secret"}).status_code == 422
    assert client.put(f"{HERE}/datasets/none/state", json={"state": "public"}).status_code == 404


def test_rights_a_key_can_have_leave_out_deciding_about_people() -> None:
    assert keys.FOR_KEYS.isdisjoint({Right.ADMINISTER, Right.ACCOUNT, Right.OPERATE})
