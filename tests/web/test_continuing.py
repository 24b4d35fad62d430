"""A case that came by mail goes on in the browser, by the link of the answer."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework
from kastor.cases.appointments import answers
from kastor.cases.channels import mail_post
from kastor.cases.channels.settings import MailSettings, written
from kastor.cases.continuing import DAYS, LinkEnded, case_of, link
from kastor.cases.message import MAIL, Message
from kastor.cases.reception import receive
from kastor.store import Tenant, case_links, cases, channels, crafts
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.cases.crafts import sent, with_craftsmen

THREAD, ANNA = "ABCDEFGHIJKL", "anna@example.org"
FLUSH = "Meine WC-Spülung läuft ständig, Kalkweg 5."
HOME = "https://wohnen.example.org"


@pytest.fixture
def mails(small_twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Mails that left, with an open mailbox and an address of this instance."""
    taken: list[bytes] = []
    monkeypatch.setenv("KASTOR_PUBLIC_URL", HOME)
    monkeypatch.setattr(mail_post.mail_send, "send", lambda settings, password, to, raw: taken.append(raw))
    opened = MailSettings("service@example.org", "127.0.0.1", "127.0.0.1", imap_security="none", smtp_security="none")
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, MAIL, written(opened), datetime.now(UTC), "")
    with_craftsmen(small_twin)
    return taken


@pytest.fixture
def client(small_twin: Tenant) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent))) as client:
        yield client


@pytest.fixture
def case_id(small_twin: Tenant, mails: list[bytes]) -> str:
    """A case that came by mail."""
    now = datetime.now(UTC)
    receive(small_twin, Message(MAIL, "m1", THREAD, ANNA, FLUSH, now, subject="Spülung"), now)
    with small_twin.database.read() as connection:
        found = case_links.case_of_thread(connection, MAIL, THREAD)
    assert found is not None
    return found


def mailed(twin: Tenant, case_id: str, mails: list[bytes], words: str = "") -> str:
    """Text of an answer with some words in it; everything that waits is sent now."""
    for item in sent(twin, case_id, MAIL):
        mail_post.send(twin.database, item)
    bodies = [email.message_from_bytes(one, policy=email.policy.default).get_body(("plain",)) for one in mails]
    texts = [str(one.get_content()) for one in bodies if one is not None]
    return next(text for text in reversed(texts) if words in text)


def path_in(text: str) -> str:
    found = re.search(rf"{HOME}\S+", text)
    assert found is not None, text
    return urlsplit(found[0]).path


def test_a_mail_leads_to_the_form_and_the_case_stays_one(small_twin, client, case_id, mails):
    text = mailed(small_twin, case_id, mails)
    assert "Oder antworten Sie im Browser" in text
    path = path_in(text)
    seen = client.get(path)
    assert seen.status_code == 200
    assert FLUSH not in seen.text
    assert seen.headers["referrer-policy"] == "no-referrer"
    page = client.post(path, data={"language": "de"})
    assert page.url.path == "/musterstadt/chat"
    assert FLUSH in page.text
    assert 'name="answer.absperrbar"' in page.text
    page = client.post(
        "/musterstadt/chat", data={"answer.gefahr": "keine", "answer.absperrbar": "true", "language": "de", "key": "b"}
    )
    assert "Habe ich das richtig verstanden?" in page.text
    with small_twin.database.read() as connection:
        assert [one.id for one in cases.listed(connection)] == [case_id]


def test_looking_at_a_link_changes_nothing(small_twin, client, case_id, mails):
    path = path_in(mailed(small_twin, case_id, mails))
    before = casework.read_state(small_twin.database, case_id)
    client.get(path)
    client.head(path)
    assert casework.read_state(small_twin.database, case_id) == before
    assert client.get("/api/tenants/musterstadt/chat").status_code == 404


def test_an_appointment_offered_by_mail_is_taken_with_a_click_and_confirmed_by_mail(small_twin, client, case_id, mails):
    page = client.post(path_in(mailed(small_twin, case_id, mails)), data={"language": "de"})
    for number, given in enumerate(
        ({"answer.gefahr": "keine", "answer.absperrbar": "true"}, {"answer._summary": "yes"})
    ):
        page = client.post("/musterstadt/chat", data={**given, "language": "de", "key": str(number)})
    with casework.begin(small_twin.database, datetime.now(UTC)) as work:
        answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.ACCEPT)
    text = mailed(small_twin, case_id, mails, "Oder wählen Sie den Termin mit einem Klick")
    other = TestClient(client.app)
    page = other.post(path_in(text), data={"language": "de"})
    chosen = re.findall(r'name="answer\._appointment" value="(\w+)"', page.text)
    assert len(chosen) == 4
    page = other.post("/musterstadt/chat", data={"answer._appointment": chosen[1], "language": "de", "key": "t"})
    assert "Ihr Termin steht" in page.text
    assert casework.read_state(small_twin.database, case_id)["appointment"]["uid"] == chosen[1]
    assert mailed(small_twin, case_id, mails, "Ihr Termin steht")
    other.post("/musterstadt/chat", data={"answer._appointment": chosen[0], "language": "de", "key": "u"})
    assert casework.read_state(small_twin.database, case_id)["appointment"]["uid"] == chosen[1]


def test_what_is_asked_in_the_browser_is_not_mailed_as_well(small_twin, client, case_id, mails):
    path = path_in(mailed(small_twin, case_id, mails))
    waiting = len(sent(small_twin, case_id, MAIL))
    client.post(path, data={"language": "de"})
    client.post("/musterstadt/chat", data={"answer.gefahr": "keine", "language": "de", "key": "b"})
    assert len(sent(small_twin, case_id, MAIL)) == waiting


@pytest.mark.parametrize("spoil", [
    lambda path: path[:-1] + ("0" if path[-1] != "0" else "1"), lambda path: path.replace(".20", ".21", 1),
    lambda path: path.rsplit("/", 1)[0] + "/nothing", lambda path: path.rsplit("/", 1)[0] + "/" + "a.b.c" * 90,
    lambda path: path.rsplit("/", 1)[0] + "/%00.20990101.ü",
])  # fmt: skip
def test_a_forged_or_damaged_link_opens_nothing(small_twin, client, case_id, mails, spoil):
    path = spoil(path_in(mailed(small_twin, case_id, mails)))
    for answer in (client.get(path), client.post(path, data={"language": "de"})):
        assert answer.status_code == 404
        assert "Dieser Link gilt nicht mehr" in answer.text
    assert client.get("/api/tenants/musterstadt/chat").status_code == 404


def test_a_link_ends_with_its_time_and_with_its_case(small_twin, client, case_id, mails):
    path = path_in(mailed(small_twin, case_id, mails))
    token = path.rpartition("/")[2]
    now = datetime.now(UTC)
    with small_twin.database.read() as connection:
        assert case_of(connection, token, now + timedelta(days=DAYS)) == case_id
        with pytest.raises(LinkEnded):
            case_of(connection, token, now + timedelta(days=DAYS + 1))
    with casework.begin(small_twin.database, now) as work:
        work.erase(case_id, "requester")
    assert client.get(path).status_code == 404


def test_without_an_address_of_the_instance_there_is_no_link(small_twin, case_id, mails, monkeypatch):
    monkeypatch.delenv("KASTOR_PUBLIC_URL")
    assert link("musterstadt", case_id, b"key", datetime.now(UTC)) == ""
    assert "http" not in mailed(small_twin, case_id, mails)
