"""Signing in at a real identity provider on this machine; and everything that may be wrong with what it sends."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from sqlalchemy import select, update

from kastor.store import Tenant, audit, grants, people, sessions
from kastor.store.database import Database
from kastor.store.instance import open_instance, sign_ins
from kastor.store.moments import later
from kastor.store.roles import Role
from kastor.web import openid
from kastor.web.app import create_app
from kastor.web.openid import Provider
from kastor.web.settings import Settings
from tests.openid_provider import CLIENT, SECRET, Claims, OpenIdProvider, provider

PASSWORD = "Regen Dachstuhl Ampel sieben"
LOGIN = "erika@stadt.example"
BACK = "/api/session/provider/return"


@pytest.fixture(scope="module")
def _served() -> Iterator[OpenIdProvider]:
    with provider() as made:
        yield made


@pytest.fixture
def login_server(_served: OpenIdProvider) -> OpenIdProvider:
    """The provider, behaving well."""
    fresh = OpenIdProvider(issuer=_served.issuer, key=_served.key)
    for name in ("person", "description", "claims", "sign", "more", "asked"):
        setattr(_served, name, getattr(fresh, name))
    return _served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where ``small_twin`` lives too."""
    return tmp_path / "home"


@pytest.fixture
def instance(home: Path) -> Iterator[Database]:
    opened = open_instance(home)
    yield opened
    opened.close()


@pytest.fixture
def made(home: Path, login_server: OpenIdProvider) -> Callable[..., TestClient]:
    """A browser of an instance with the provider."""

    def make(**settings: Any) -> TestClient:
        known = {"oidc_issuer": login_server.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        app = create_app(Settings(home=home, **{**known, **settings}))
        app.state.sign_in_limits.rate = 0
        return TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)

    return make


@pytest.fixture
def browser(made: Callable[..., TestClient]) -> TestClient:
    return made()


@pytest.fixture
def erika(instance: Database) -> str:
    """Number of somebody who is invited."""
    with instance.write("test") as connection:
        return people.create(connection, LOGIN, "Erika").id


def went(browser: TestClient, target: str = "/musterstadt") -> str:
    """The address the provider sends a browser back to, after it went there."""
    answer = browser.post("/api/session/provider", json={"target": target})
    assert answer.status_code == 200, answer.text
    back = requests.get(answer.json()["address"], allow_redirects=False, timeout=10)
    assert back.status_code == 303, back.text
    return back.headers["location"]


def arrived(browser: TestClient, target: str = "/musterstadt") -> str:
    """The page that is opened in the end."""
    answer = browser.get(went(browser, target))
    assert answer.status_code == 303
    return str(answer.headers["location"])


def who(browser: TestClient) -> str | None:
    person = browser.get("/api/session").json()["person"]
    return person["login"] if person else None


# the way it should be


def test_who_was_invited_signs_in_and_is_bound_to_the_provider(
    browser: TestClient, instance: Database, erika: str, login_server: OpenIdProvider
) -> None:
    assert arrived(browser) == "/musterstadt"
    assert who(browser) == LOGIN
    with instance.read() as connection:
        found = people.by_subject(connection, login_server.issuer, "4711")
        assert found is not None
        assert found.id == erika
        assert [line.what for line in audit.lines(connection)][:1] == ["provider connected"]


def test_who_is_bound_is_found_by_subject_whatever_their_address_is_now(
    browser: TestClient, erika: str, login_server: OpenIdProvider
) -> None:
    arrived(browser)
    login_server.person = {"sub": "4711", "email": "anders@stadt.example", "email_verified": False}
    browser.delete("/api/session")
    assert arrived(browser) == "/musterstadt"
    assert who(browser) == LOGIN


def test_the_browser_is_sent_with_pkce_state_and_nonce(browser: TestClient) -> None:
    address = browser.post("/api/session/provider", json={}).json()["address"]
    sent = parse_qs(urlsplit(address).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["redirect_uri"] == [f"http://testserver{BACK}"]
    secrets = {sent[name][0] for name in ("state", "nonce", "code_challenge")}
    assert len(secrets) == 3
    assert all(len(secret) == 43 for secret in secrets)
    assert SECRET not in address


def test_the_page_says_which_provider_there_is(made: Callable[..., TestClient]) -> None:
    assert made().get("/api/session").json()["ways"]["provider"] == "127.0.0.1"
    assert made(oidc_name="Stadt-Login").get("/api/session").json()["ways"]["provider"] == "Stadt-Login"
    assert made(oidc_issuer="").get("/api/session").json()["ways"]["provider"] == ""


def test_signing_out_names_the_place_to_sign_out_of_the_provider(
    browser: TestClient, erika: str, login_server: OpenIdProvider
) -> None:
    arrived(browser)
    elsewhere = browser.delete("/api/session").json()["elsewhere"]
    assert elsewhere.startswith(f"{login_server.issuer}/logout?")
    back = requests.get(elsewhere, allow_redirects=False, timeout=10).headers["location"]
    assert back == "http://testserver/konto"
    assert who(browser) is None


def test_a_change_of_the_providers_keys_is_noticed(
    browser: TestClient, erika: str, login_server: OpenIdProvider
) -> None:
    arrived(browser)
    login_server.change_key()
    assert arrived(browser) == "/musterstadt"


def test_what_the_token_does_not_say_the_provider_is_asked_for(
    browser: TestClient, erika: str, login_server: OpenIdProvider
) -> None:
    login_server.person = {"sub": "4711"}
    login_server.more = {"email": LOGIN, "email_verified": True}
    assert arrived(browser) == "/musterstadt"


# who is let in


def test_nobody_comes_in_uninvited(browser: TestClient, instance: Database) -> None:
    assert arrived(browser) == "/konto?problem=unknown"
    assert who(browser) is None
    with instance.read() as connection:
        assert people.everybody(connection) == []


def test_by_a_setting_everybody_of_the_provider_has_an_account_without_any_role(
    made: Callable[..., TestClient], instance: Database
) -> None:
    browser = made(oidc_create=True)
    assert arrived(browser) == "/musterstadt"
    assert who(browser) == LOGIN
    found = browser.get("/api/session").json()
    assert (found["person"]["name"], found["roles"]) == ("Erika Muster", {})
    assert found["everywhere"] == ["account", "see"]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_nobody_verified_proves_nothing(
    browser: TestClient, erika: str, login_server: OpenIdProvider, verified: Any
) -> None:
    login_server.person["email_verified"] = verified
    assert arrived(browser) == "/konto?problem=unknown"


def test_another_claim_may_be_the_login(
    made: Callable[..., TestClient], instance: Database, login_server: OpenIdProvider
) -> None:
    with instance.write("test") as connection:
        people.create(connection, "emuster", "Erika")
    login_server.person["preferred_username"] = "EMuster"
    browser = made(oidc_login_claim="preferred_username")
    assert arrived(browser) == "/musterstadt"
    assert who(browser) == "emuster"


def test_an_account_with_a_password_is_not_taken_over_but_connected_by_its_owner(
    browser: TestClient, erika: str, instance: Database
) -> None:
    with instance.write("test") as connection:
        people.set_password(connection, erika, PASSWORD)
    assert arrived(browser) == "/konto?problem=connect"
    assert who(browser) is None
    browser.post("/api/session", json={"login": LOGIN, "password": PASSWORD})
    assert arrived(browser, "/konto") == "/konto"
    assert browser.get("/api/account").json()["provider"] != ""
    browser.delete("/api/session")
    assert arrived(browser) == "/musterstadt"
    assert browser.delete("/api/session/provider").status_code == 200
    browser.delete("/api/session")
    assert arrived(browser) == "/konto?problem=connect"


def test_two_people_cannot_be_the_same_one_at_the_provider(browser: TestClient, erika: str, instance: Database) -> None:
    arrived(browser)
    browser.delete("/api/session")
    with instance.write("test") as connection:
        other = people.create(connection, "hans", "Hans")
        people.set_password(connection, other.id, PASSWORD)
    browser.post("/api/session", json={"login": "hans", "password": PASSWORD})
    assert arrived(browser) == "/konto?problem=taken"
    assert browser.get("/api/account").json()["provider"] == ""


def test_the_only_way_into_an_account_cannot_be_taken_away(browser: TestClient, erika: str) -> None:
    arrived(browser)
    answer = browser.delete("/api/session/provider")
    assert answer.status_code == 422
    assert "only way" in answer.json()["detail"]
    assert browser.get("/api/account").json()["provider"] != ""


def test_a_closed_account_stays_closed(browser: TestClient, erika: str, instance: Database) -> None:
    arrived(browser)
    with instance.write("test") as connection:
        people.close(connection, erika, "")
    assert who(browser) is None
    assert arrived(browser) == "/konto?problem=unknown"


def test_an_open_link_ends_when_the_person_comes_from_the_provider(
    browser: TestClient, erika: str, instance: Database
) -> None:
    with instance.write("test") as connection:
        link = sessions.invite(connection, erika, sessions.PASSWORD, 1)
    arrived(browser)
    answer = browser.post("/api/session/password", json={"link": link, "password": PASSWORD})
    assert answer.status_code == 401


# tokens that do not count


def changed(**values: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {name: v for name, v in {**claims, **values}.items() if v is not None}


WRONG = {
    "for another program": changed(aud="another"),
    "for several, not issued to us": changed(aud=[CLIENT, "another"], azp="another"),
    "from another provider": changed(iss="https://evil.example"),
    "over": changed(exp=int(time.time()) - openid.SKEW - 10),
    "without an end": changed(exp=None),
    "not valid yet": changed(nbf=int(time.time()) + openid.SKEW + 300),
    "for another sign-in": changed(nonce="another"),
    "without a nonce": changed(nonce=None),
    "about nobody": changed(sub=None),
    "about an empty name": changed(sub=""),
    "about a list": changed(sub=["4711"]),
    "for another access token": changed(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_not_meant_for_this_sign_in_does_not_count(
    browser: TestClient, erika: str, login_server: OpenIdProvider, wrong: str
) -> None:
    login_server.claims = WRONG[wrong]
    assert arrived(browser) == "/konto?problem=refused"
    assert who(browser) is None


def test_clocks_may_differ_a_little(browser: TestClient, erika: str, login_server: OpenIdProvider) -> None:
    login_server.claims = changed(exp=int(time.time()) - openid.SKEW + 60, iat=int(time.time()) + 60)
    assert arrived(browser) == "/musterstadt"


def forged_with_another_key(server: OpenIdProvider, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": server.key.kid}, claims, RSAKey.generate_key(2048))


def signed_with_the_public_key_as_a_secret(server: OpenIdProvider, claims: Claims) -> str:
    _, body, _ = server.token(claims).split(".")
    head = encoded(b'{"alg":"HS256","kid":"%s"}' % str(server.key.kid).encode())
    signature = hmac.digest(server.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{encoded(signature)}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(server: OpenIdProvider, claims: Claims) -> str:
    head = encoded(b'{"alg":"none"}')
    return f"{head}.{server.token(claims).split('.')[1]}."


def altered(server: OpenIdProvider, claims: Claims) -> str:
    head, _, signature = server.token(claims).split(".")
    return ".".join((head, server.token({**claims, "sub": "0815"}).split(".")[1], signature))


def nonsense(server: OpenIdProvider, claims: Claims) -> str:
    return "x.y.z"


def nothing(server: OpenIdProvider, claims: Claims) -> str:
    return ""


@pytest.mark.parametrize(
    "forge",
    [forged_with_another_key, signed_with_the_public_key_as_a_secret, unsigned, altered, nonsense, nothing],
)
def test_a_forged_token_does_not_count(
    browser: TestClient, erika: str, login_server: OpenIdProvider, forge: Callable[[OpenIdProvider, Claims], str]
) -> None:
    login_server.sign = lambda claims: forge(login_server, claims)
    assert arrived(browser) == "/konto?problem=refused"
    assert who(browser) is None


def test_more_about_somebody_else_does_not_count(browser: TestClient, erika: str, login_server: OpenIdProvider) -> None:
    login_server.person = {"sub": "4711"}
    login_server.more = {"sub": "0815", "email": LOGIN, "email_verified": True}
    assert arrived(browser) == "/konto?problem=refused"


# ways back that do not count


def test_a_way_back_counts_once(browser: TestClient, erika: str) -> None:
    back = went(browser)
    kept = dict(browser.cookies)
    assert browser.get(back).headers["location"] == "/musterstadt"
    browser.delete("/api/session")
    for name, value in kept.items():
        browser.cookies.set(name, value)
    assert browser.get(back).headers["location"] == "/konto?problem=late"
    assert who(browser) is None


def test_a_code_counts_once(browser: TestClient, erika: str) -> None:
    used = parse_qs(urlsplit(went(browser)).query)["code"][0]
    fresh = went(browser)
    first = fresh.replace(parse_qs(urlsplit(fresh).query)["code"][0], used)
    # the code belongs to another verifier, and is used up by this try
    assert browser.get(first).headers["location"] == "/konto?problem=refused"
    assert who(browser) is None


def test_the_way_back_of_somebody_else_signs_nobody_in(
    browser: TestClient, made: Callable[..., TestClient], erika: str
) -> None:
    theirs = went(made())
    assert browser.get(theirs).headers["location"] == "/konto?problem=late"
    went(browser)
    assert browser.get(theirs).headers["location"] == "/konto?problem=late"
    assert who(browser) is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"state": "x" * 43}, "late"),
        ({"state": ""}, "late"),
        ({"code": ""}, "refused"),
        ({"code": "guessed"}, "refused"),
        ({"iss": "https://evil.example"}, "refused"),
        ({"error": "access_denied"}, "refused"),
    ],
)
def test_a_way_back_that_was_altered_signs_nobody_in(
    browser: TestClient, erika: str, change: dict[str, str], problem: str
) -> None:
    sent = {name: values[0] for name, values in parse_qs(urlsplit(went(browser)).query).items()}
    answer = browser.get(BACK, params={**sent, **change})
    assert answer.headers["location"] == f"/konto?problem={problem}"
    assert who(browser) is None


def test_who_comes_back_after_a_long_time_begins_again(browser: TestClient, erika: str, instance: Database) -> None:
    back = went(browser)
    with instance.write("test") as connection:
        connection.execute(update(sign_ins).values(until=later(minutes=-1)))
    assert browser.get(back).headers["location"] == "/konto?problem=late"


def test_connecting_needs_the_session_it_was_begun_in(browser: TestClient, erika: str, instance: Database) -> None:
    with instance.write("test") as connection:
        people.set_password(connection, erika, PASSWORD)
    browser.post("/api/session", json={"login": LOGIN, "password": PASSWORD})
    back = went(browser)
    browser.delete("/api/session")
    assert browser.get(back).headers["location"] == "/konto?problem=late"


def test_nothing_that_opens_anything_is_kept(browser: TestClient, instance: Database) -> None:
    went(browser)
    with instance.read() as connection:
        kept = str(connection.execute(select(sign_ins)).fetchall())
    assert browser.cookies["kastor-provider"] not in kept
    cookie = browser.post("/api/session/provider", json={}).headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "max-age=600"))


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
     "/ok\r\nSet-Cookie: a=b", "/%0d%0a\n", "", "/\t/evil.example", "/a\\b", "https:/evil.example", "/x" * 300],
)  # fmt: skip
def test_no_page_of_another_server_is_opened_afterwards(browser: TestClient, target: str) -> None:
    answer = browser.post("/api/session/provider", json={"target": target})
    assert answer.status_code in (400, 422)


def test_another_sites_page_begins_nothing(browser: TestClient) -> None:
    answer = browser.post("/api/session/provider", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


# a provider that misbehaves


def test_while_the_provider_is_down_passwords_still_work(
    made: Callable[..., TestClient], erika: str, instance: Database
) -> None:
    with instance.write("test") as connection:
        people.set_password(connection, erika, PASSWORD)
    browser = made(oidc_issuer="http://127.0.0.1:9/realm")
    answer = browser.post("/api/session/provider", json={})
    assert answer.status_code == 503
    assert "password works as before" in answer.json()["detail"]
    assert browser.post("/api/session", json={"login": LOGIN, "password": PASSWORD}).status_code == 200
    assert browser.delete("/api/session").json() == {"elsewhere": ""}


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "authorization_endpoint", "userinfo_endpoint"])
@pytest.mark.parametrize("address", ["http://169.254.169.254/latest", "http://127.0.0.1:9/x", "file:///etc/passwd", 7])
def test_nobody_but_the_provider_is_ever_asked(
    browser: TestClient, login_server: OpenIdProvider, endpoint: str, address: Any
) -> None:
    login_server.description = changed(**{endpoint: address})
    assert browser.post("/api/session/provider", json={}).status_code == 503
    assert set(login_server.asked) == {"/realm/.well-known/openid-configuration"}


def test_a_provider_that_sends_elsewhere_is_not_followed(
    browser: TestClient, login_server: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    login_server.description = changed(jwks_uri=f"{login_server.issuer}/logout?post_logout_redirect_uri=/realm/keys")
    assert browser.post("/api/session/provider", json={}).status_code == 503
    assert "/realm/keys" not in login_server.asked


def test_a_provider_of_another_name_is_not_believed(browser: TestClient, login_server: OpenIdProvider) -> None:
    login_server.description = changed(issuer="https://evil.example")
    assert browser.post("/api/session/provider", json={}).status_code == 503


def test_an_endless_answer_is_not_read_to_its_end(browser: TestClient, login_server: OpenIdProvider) -> None:
    login_server.description = changed(filling="x" * (openid.LARGEST + 1))
    assert browser.post("/api/session/provider", json={}).status_code == 503


def test_a_provider_that_does_not_answer_is_left_alone_for_a_while(login_server: OpenIdProvider) -> None:
    present = [1000.0]
    asked = Provider(Settings(oidc_issuer=login_server.issuer, oidc_client_id=CLIENT), clock=lambda: present[0])
    login_server.description = changed(issuer="x")
    for _ in range(3):
        with pytest.raises(openid.ProviderDown):
            asked.description()
    assert len(login_server.asked) == 1
    login_server.description = lambda found: found
    present[0] += openid.AGAIN
    assert asked.description()["issuer"] == login_server.issuer


@pytest.mark.parametrize("issuer", ["http://login.stadt.example", "ftp://x", "login.stadt.example", "https://"])
def test_a_provider_without_encryption_is_refused_at_the_start(issuer: str) -> None:
    with pytest.raises(ValidationError, match="https://"):
        Settings(oidc_issuer=issuer)


def test_the_secret_of_the_instance_is_not_shown() -> None:
    assert SECRET not in repr(Settings(oidc_client_secret=SECRET))  # type: ignore[arg-type]


def test_a_role_given_to_who_comes_from_the_provider_counts(
    browser: TestClient, erika: str, instance: Database, small_twin: Tenant
) -> None:
    grants.grant(instance, small_twin.database, erika, Role.PLANNER, "for a test")
    arrived(browser)
    assert browser.get("/api/session").json()["roles"] == {"musterstadt": ["planner"]}
