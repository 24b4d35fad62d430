"""Own cases over HTTP: a link by mail instead of a password, the list of all channels, and nothing of anybody else."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework, signing_in
from kastor.cases.channels import mail_post, sign_in_post
from kastor.cases.channels.settings import MailSettings, written
from kastor.cases.commands import Join
from kastor.cases.delivery import deliver
from kastor.cases.message import MAIL, PHONE, WHATSAPP, Message
from kastor.cases.reception import receive
from kastor.cases.senders import SENDERS
from kastor.city.sample import CRS
from kastor.store import Tenant, case_links, cases, channels, create_tenant, requesters
from kastor.web import app as web_app
from kastor.web.app import create_app
from kastor.web.settings import Settings

HOME = "https://wohnen.example.org"
LIST = "/musterstadt/chat/mine"
ANNA, BEN = "anna@example.org", "ben@example.org"
FLUSH = "Meine WC-Spülung läuft ständig, Kalkweg 5."
DOG = "Ich möchte einen Hund halten, einen Labrador."


@pytest.fixture
def mails(small_twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """Mails that left, with whom they went to; the mailbox is open and this instance has an address."""
    taken: list[tuple[str, bytes]] = []
    monkeypatch.setenv("KASTOR_PUBLIC_URL", HOME)
    monkeypatch.setattr(mail_post.mail_send, "send", lambda settings, password, to, raw: taken.append((to, raw)))
    opened = MailSettings("service@example.org", "127.0.0.1", "127.0.0.1", imap_security="none", smtp_security="none")
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, MAIL, written(opened), datetime.now(UTC), "")
    return taken


@pytest.fixture
def client(small_twin: Tenant, mails: list[tuple[str, bytes]]) -> Iterator[TestClient]:
    app = create_app(Settings(home=small_twin.directory.parent.parent, workers=0, cases_every=0))
    with TestClient(app, base_url=HOME) as client:
        yield client


def case_of(twin: Tenant, channel: str, thread: str, sender: str, text: str = FLUSH) -> str:
    """A case that came on a channel."""
    now = datetime.now(UTC)
    receive(twin, Message(channel, f"m-{thread}", thread, sender, text, now, subject="Anliegen"), now)
    with twin.database.read() as connection:
        found = case_links.case_of_thread(connection, channel, thread)
    assert found is not None
    return found


def links(twin: Tenant, mails: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Whom links went to and their paths, after everything that waits was done."""
    mails.clear()
    now = datetime.now(UTC)
    signing_in.answer(twin.database, now)
    deliver(twin.database, {sign_in_post.KIND: SENDERS[sign_in_post.KIND]}, now)
    found = []
    for to, raw in mails:
        text = str(email.message_from_bytes(raw, policy=email.policy.default).get_content())
        link = re.search(rf"{HOME}\S+", text)
        assert link is not None, text
        found.append((to, urlsplit(link[0]).path))
    return found


def asked(client: TestClient, contact: str, language: str = "de") -> str:
    answer = client.post(LIST, data={"contact": contact, "language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def signed_in(client: TestClient, twin: Tenant, mails: list[tuple[str, bytes]], contact: str = ANNA) -> str:
    """The list somebody sees after using a link."""
    asked(client, contact)
    ((_, path),) = links(twin, mails)
    answer = client.post(path, data={"language": "de"})
    assert answer.status_code == 200
    assert answer.url.path == LIST
    return answer.text


def test_a_link_by_mail_shows_the_cases_of_an_address_and_opens_them_in_the_chat(small_twin, client, mails):
    case_id = case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    case_of(small_twin, MAIL, "MNOPQRSTUVWX", BEN, DOG)
    assert "Link schicken" in client.get(LIST).text
    asked(client, " Anna@Example.ORG ")
    ((to, path),) = links(small_twin, mails)
    assert to == ANNA
    seen = client.get(path)
    assert seen.headers["referrer-policy"] == "no-referrer"
    assert "Schadenmeldung" not in seen.text
    answer = client.post(path, data={"language": "de"}, follow_redirects=False)
    kept = answer.headers["set-cookie"]
    assert "HttpOnly" in kept and "SameSite=lax" in kept and "Max-Age=2592000" in kept  # noqa: PT018
    page = client.get(LIST)
    assert page.headers["cache-control"] == "no-store"
    assert "Schadenmeldung" in page.text
    assert "Kalkweg 5" in page.text
    assert "Ihre Antwort fehlt noch" in page.text
    assert "Besteht gerade Gefahr?" in page.text
    assert f"Angemeldet als {ANNA}" in page.text
    assert "Haustier" not in page.text
    chat = client.post(f"{LIST}/open", data={"case": case_id, "language": "de"})
    assert chat.url.path == "/musterstadt/chat"
    assert FLUSH in chat.text
    assert 'name="answer.gefahr"' in chat.text


def test_whoever_asks_is_answered_the_same_whether_known_or_not_and_nothing_is_sent_to_strangers(
    small_twin, client, mails
):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    known, unknown = asked(client, ANNA), asked(client, BEN)
    assert known == unknown
    assert ANNA not in known
    assert [to for to, _ in links(small_twin, mails)] == [ANNA]


def test_a_link_is_good_once_and_for_a_quarter_of_an_hour(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    asked(client, ANNA)
    ((_, path),) = links(small_twin, mails)
    secret = path.rpartition("/")[2]
    with small_twin.database.read() as connection:
        now = datetime.now(UTC)
        assert requesters.contacts_of(connection, requesters.LINK, secret, now + timedelta(minutes=14))
        assert not requesters.contacts_of(connection, requesters.LINK, secret, now + timedelta(minutes=15))
        # neither the secret nor the address stand anywhere in the clear
        for table in ("contact_asks", "contact_secrets", "case_contacts"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert rows
            assert secret not in str(rows)
            assert ANNA not in str(rows)
    client.get(path)
    assert client.post(path).status_code == 200
    other = TestClient(client.app, base_url=HOME)
    for answer in (other.get(path), other.post(path)):
        assert answer.status_code == 404
        assert "Dieser Link gilt nicht mehr" in answer.text
    assert "Link schicken" in other.get(LIST).text


def test_an_address_is_sent_three_links_an_hour_and_a_client_may_not_ask_for_ever(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    for _ in range(5):
        asked(client, ANNA)
    assert len(links(small_twin, mails)) == requesters.MOST_ASKS
    for _ in range(int(web_app.LINKS_AT_ONCE)):
        answer = client.post(LIST, data={"contact": BEN})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_signing_out_ends_the_session_wherever_its_secret_is(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    signed_in(client, small_twin, mails)
    thief = TestClient(client.app, base_url=HOME, cookies=dict(client.cookies))
    assert "Schadenmeldung" in thief.get(LIST).text
    assert "Link schicken" in client.post(f"{LIST}/leave", data={"language": "de"}).text
    assert "Schadenmeldung" not in thief.get(LIST).text


def test_cases_of_other_people_and_other_towns_are_never_reached(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    other = case_of(small_twin, MAIL, "MNOPQRSTUVWX", BEN, DOG)
    with create_tenant(small_twin.directory.parent.parent, "nachbarstadt", "Nachbarstadt", CRS) as neighbour:
        far = case_of(neighbour, MAIL, "ABCDEFGHIJKL", ANNA, DOG)
    signed_in(client, small_twin, mails)
    for case_id in (other, far, "", "x' OR 1=1 --", "nothing"):
        answer = client.post(f"{LIST}/open", data={"case": case_id, "language": "de"})
        assert answer.status_code == 404
        assert "Dieses Anliegen gibt es nicht" in answer.text
    assert client.get("/api/tenants/musterstadt/chat").status_code == 404
    there = client.get("/nachbarstadt/chat/mine")
    assert "Nachbarstadt" in there.text
    assert "Haustier" not in there.text
    client.cookies.set("__Host-kastor-mine-nachbarstadt", client.cookies["__Host-kastor-mine-musterstadt"])
    assert "Haustier" not in client.get("/nachbarstadt/chat/mine").text


def test_an_erased_case_vanishes_and_the_session_with_the_last_one(small_twin, client, mails):
    case_id = case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    signed_in(client, small_twin, mails)
    with casework.begin(small_twin.database, datetime.now(UTC)) as work:
        work.erase(case_id, "requester")
    assert "Schadenmeldung" not in client.get(LIST).text
    assert client.post(f"{LIST}/open", data={"case": case_id}).status_code == 404
    with small_twin.database.read() as connection:
        for table in ("contact_asks", "contact_secrets", "case_contacts"):
            assert connection.exec_driver_sql(f"SELECT * FROM {table}").all() == []


def test_a_case_joined_to_ones_own_is_shown_there_and_one_joined_to_somebody_elses_stays(small_twin, client, mails):
    first = case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    again = case_of(small_twin, MAIL, "AAAAAAAAAAAA", ANNA)
    third = case_of(small_twin, MAIL, "BBBBBBBBBBBB", ANNA)
    other = case_of(small_twin, MAIL, "MNOPQRSTUVWX", BEN)
    with casework.begin(small_twin.database, datetime.now(UTC)) as work:
        work.do(again, Join(first))
        work.do(third, Join(other))
    page = signed_in(client, small_twin, mails)
    assert sorted(re.findall(r'name="case" value="(\w+)"', page)) == sorted((first, third))
    client.post(f"{LIST}/open", data={"case": again})
    with small_twin.database.read() as connection:
        thread = client.cookies["__Host-kastor-chat-musterstadt"]
        assert case_links.case_of_thread(connection, "web", thread) == first


def test_a_conversation_of_this_browser_can_be_added(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    client.post("/musterstadt/chat", data={"text": DOG, "language": "de", "key": "k"})
    page = signed_in(client, small_twin, mails)
    assert "Haustier" not in page
    with small_twin.database.read() as connection:
        newest = max(cases.listed(connection), key=lambda one: one.number).number
    assert re.search(rf"Das Gespräch \d{{4}}-{newest:04d} auf diesem Gerät", page)
    page = client.post(f"{LIST}/add", data={"language": "de"}).text
    assert "Haustier" in page
    assert "auf diesem Gerät gehört" not in page
    stranger = TestClient(client.app, base_url=HOME)
    assert stranger.post(f"{LIST}/add", data={"language": "de"}).status_code == 404


def test_a_second_address_shows_its_cases_beside_those_of_the_first(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    case_of(small_twin, MAIL, "MNOPQRSTUVWX", BEN, DOG)
    assert "Haustier" not in signed_in(client, small_twin, mails)
    assert "Link schicken" in client.get(f"{LIST}?other=1").text
    page = signed_in(client, small_twin, mails, BEN)
    assert "Haustier" in page
    assert "Schadenmeldung" in page


def test_a_number_leads_to_the_mail_address_of_the_same_case_and_to_no_case_of_the_number_alone(
    small_twin, client, mails
):
    case_id = case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    case_of(small_twin, PHONE, "call-1", "+4930901820", DOG)
    with casework.begin(small_twin.database, datetime.now(UTC)) as work:
        work.bind(case_id, PHONE, "call-2", "+4930901820")
    page = signed_in(client, small_twin, mails, "030 901820")
    assert "Schadenmeldung" in page
    assert "Haustier" not in page


@pytest.mark.parametrize(("contact", "language", "words"), [
    ("", "de", "weder eine E-Mail-Adresse"), ("<script>", "de", "weder eine E-Mail-Adresse"),
    ("a@b@c", "en", "neither an e-mail address"), ("110", "leicht", "keine E-Mail"),
    ("x" * 300 + "@y.de", "de", "weder"), ("a@b.de\r\nBcc: c@d.de", "de", "weder"),
])  # fmt: skip
def test_what_is_no_address_is_told_in_the_language_of_the_page(client, contact, language, words):
    answer = client.post(LIST, data={"contact": contact, "language": language})
    assert answer.status_code == 422
    assert words in answer.text
    assert "<script>" not in answer.text


def test_damaged_links_and_foreign_pages_open_nothing(small_twin, client, mails):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    asked(client, ANNA)
    ((_, path),) = links(small_twin, mails)
    for spoilt in (path[:-1], f"{path}x", f"{LIST}/enter/%00ü", f"{LIST}/enter/{'a' * 900}"):
        assert client.post(spoilt).status_code == 404
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for where in (path, LIST, f"{LIST}/open", f"{LIST}/add", f"{LIST}/leave"):
        assert client.post(where, headers=foreign).status_code == 403
    assert client.post(LIST, content=b"contact=" + b"a" * 5000).status_code == 413
    client.cookies.set("__Host-kastor-mine-musterstadt", "a" * 3000)
    assert "Link schicken" in client.get(LIST).text


def test_where_no_links_can_be_sent_the_page_says_so_and_the_chat_does_not_lead_there(small_twin, client, monkeypatch):
    assert f'href="{LIST}' in client.get("/musterstadt/chat").text
    monkeypatch.delenv("KASTOR_PUBLIC_URL")
    assert f'href="{LIST}' not in client.get("/musterstadt/chat").text
    assert "zurzeit nicht verschickt" in client.get(LIST).text


@pytest.mark.parametrize(("language", "words"), [
    ("de", "Ihre Anliegen bei Musterstadt: Link zum Anmelden"), ("en", "Your requests at Musterstadt: link to sign in"),
    ("leicht", "Ihre Anliegen bei Musterstadt: Link zum Anmelden"),
])  # fmt: skip
def test_the_mail_is_in_the_language_of_the_page_and_says_that_a_machine_wrote_it(
    small_twin, client, mails, language, words
):
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA)
    asked(client, ANNA, language)
    links(small_twin, mails)
    sent = email.message_from_bytes(mails[0][1], policy=email.policy.default)
    assert sent["subject"] == words
    assert sent["auto-submitted"] == "auto-generated"
    assert "15" in str(sent.get_content())


def test_texts_of_people_are_shown_and_never_obeyed(small_twin, client, mails):
    hostile = "<img src=x onerror=alert(1)> Die Heizung ist kalt, Kalkweg 5 <b>"
    case_of(small_twin, MAIL, "ABCDEFGHIJKL", ANNA, hostile)
    page = signed_in(client, small_twin, mails)
    assert "<img" not in page
    assert WHATSAPP not in page.lower()
