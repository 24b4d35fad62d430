"""Links instead of passwords: to whom they go, what of a case finds it, and what is left when it is erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from kastor.cases import casework, clockwork, own_cases, signing_in
from kastor.cases import commands as c
from kastor.cases.channels import mail_send, sign_in_post
from kastor.cases.channels.settings import MailSettings, WhatsAppSettings, written
from kastor.cases.contacts import Contact
from kastor.cases.delivery import GiveUp, TryLater, deliver
from kastor.cases.message import MAIL, STAFF, WEB, WHATSAPP, Message
from kastor.cases.replay import replay
from kastor.store import Tenant, cases, channels, outbox, requesters
from kastor.store.requester_schema import case_contacts
from tests.cases.graph_server import TOKEN, graph
from tests.cases.sample import BOTH

ANNA, NUMBER = Contact("mail", "anna@example.org"), Contact("phone", "+4915123456789")
OPENED = MailSettings("service@example.org", "127.0.0.1", "127.0.0.1", imap_security="none", smtp_security="none")


@pytest.fixture
def mails(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom mails went to."""
    taken: list[str] = []
    monkeypatch.setenv("KASTOR_PUBLIC_URL", "https://wohnen.example.org/")
    monkeypatch.setattr(mail_send, "send", lambda settings, password, to, raw: taken.append(to))
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, MAIL, written(OPENED), datetime.now(UTC), "")
    return taken


def opened(twin: Tenant, channel: str, sender: str, thread: str = "t1", procedure: str = "schaden") -> str:
    now = datetime.now(UTC)
    message = Message(channel, f"m-{thread}", thread, sender, "Die Spülung läuft.", now)
    with casework.begin(twin.database, now) as work:
        case_id = work.open(message)
        work.receive(case_id, message)
        work.follow(case_id, procedure)
    return case_id


def found(twin: Tenant, contact: Contact) -> list[str]:
    """Cases of a contact."""
    with twin.database.write("test") as connection:
        return requesters.cases_of(connection, {requesters.hashed(connection, str(contact))})


def turned(twin: Tenant, later: timedelta = timedelta()) -> None:
    now = datetime.now(UTC) + later
    signing_in.answer(twin.database, now)
    deliver(twin.database, {sign_in_post.KIND: sign_in_post.send}, now)


@BOTH
def test_a_case_is_found_by_what_reaches_who_asks_whatever_the_channel(twin: Tenant) -> None:
    mail = opened(twin, MAIL, "Anna@example.org")
    phone = opened(twin, WHATSAPP, "+4915123456789", "4915123456789")
    desk = opened(twin, STAFF, "7", "t3")
    assert found(twin, ANNA) == [mail]
    assert found(twin, NUMBER) == [phone]
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        work.do(desk, c.Learn((c.Fact("telefon", "0151 23456789"),)))
    assert found(twin, NUMBER) == [desk, phone]
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        work.do(desk, c.Withdraw("telefon"))
    assert found(twin, NUMBER) == [phone]
    assert [replay(twin.database, one).faults for one in (mail, phone, desk)] == [[], [], []]


@BOTH
def test_a_link_goes_to_the_address_of_the_case_by_the_clock_of_the_cases(twin: Tenant, mails: list[str]) -> None:
    case_id = opened(twin, MAIL, "anna@example.org")
    now = datetime.now(UTC)
    for contact in (ANNA, Contact("mail", "ben@example.org")):
        signing_in.ask(twin.database, contact, "de", now)
    clockwork.turn(twin.database, now, {sign_in_post.KIND: sign_in_post.send}, seldom=True)
    clockwork.turn(twin.database, now, {sign_in_post.KIND: sign_in_post.send})
    assert mails == ["anna@example.org"]
    with twin.database.read() as connection:
        assert [one["kind"] for one in outbox.of_case(connection, case_id) if one["state"] == "done"] == ["sign_in"]
    assert replay(twin.database, case_id).faults == []


@BOTH
def test_erasing_a_case_removes_the_way_to_it_and_what_is_nobodys_any_more(twin: Tenant, mails: list[str]) -> None:
    first, second = opened(twin, MAIL, "anna@example.org"), opened(twin, MAIL, "anna@example.org", "t2")
    now = datetime.now(UTC)
    with twin.database.write("test") as connection:
        mark = requesters.hashed(connection, str(ANNA))
        session = requesters.begin_session(connection, requesters.new_link(connection, mark, now), "", now)
    assert session is not None
    for case_id, left in ((second, {mark}), (first, set())):
        with casework.begin(twin.database, now) as work:
            work.erase(case_id, "requester")
        with twin.database.read() as connection:
            assert requesters.contacts_of(connection, requesters.SESSION, session, now) == left
            assert requesters.cases_of(connection, {mark}) == ([first] if left else [])


@BOTH
def test_cases_older_than_this_way_in_are_found_after_the_clock_has_looked_through_them(twin: Tenant) -> None:
    case_id, gone = opened(twin, MAIL, "anna@example.org"), opened(twin, MAIL, "anna@example.org", "t2")
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        work.erase(gone, "requester")
    with twin.database.write("as it was before") as connection:
        connection.execute(delete(case_contacts))
    assert found(twin, ANNA) == []
    assert signing_in.look_through(twin.database, datetime.now(UTC)) == 1
    assert signing_in.look_through(twin.database, datetime.now(UTC)) == 0
    assert found(twin, ANNA) == [case_id]


@BOTH
def test_links_and_sessions_end_and_are_let_go(twin: Tenant) -> None:
    opened(twin, MAIL, "anna@example.org")
    now = datetime.now(UTC)
    with twin.database.write("test") as connection:
        mark = requesters.hashed(connection, str(ANNA))
        link = requesters.new_link(connection, mark, now)
        assert requesters.begin_session(connection, "x" * 43, "", now) is None
        assert requesters.begin_session(connection, link, "", now + requesters.LINK_HOLDS) is None
        session = requesters.begin_session(connection, link, "", now)
        assert session is not None
        assert requesters.begin_session(connection, link, "", now) is None
        # a secret of one kind is none of the other
        assert not requesters.contacts_of(connection, requesters.LINK, session, now)
        end = now + requesters.SESSION_HOLDS
        assert requesters.contacts_of(connection, requesters.SESSION, session, end - timedelta(seconds=1)) == {mark}
        assert not requesters.contacts_of(connection, requesters.SESSION, session, end)
    signing_in.look_through(twin.database, end)
    with twin.database.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM contact_secrets").all() == []


def test_a_link_that_would_come_too_late_is_not_sent_and_none_goes_to_the_staff(
    twin: Tenant, mails: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = opened(twin, MAIL, "anna@example.org")
    down = [TryLater("down")]

    def send(settings: MailSettings, password: str, to: str, raw: bytes) -> None:
        if down:
            raise down[0]
        mails.append(to)

    monkeypatch.setattr(mail_send, "send", send)
    signing_in.ask(twin.database, ANNA, "de", datetime.now(UTC) - timedelta(minutes=20))
    signing_in.answer(twin.database, datetime.now(UTC) - timedelta(minutes=20))
    turned(twin)
    down.clear()
    turned(twin, timedelta(hours=1))
    assert mails == []
    down.append(GiveUp("refused"))
    signing_in.ask(twin.database, ANNA, "de", datetime.now(UTC))
    turned(twin)
    state = casework.read_state(twin.database, case_id)
    assert (state["status"], state["wanted"]) == ("open", "")


def test_a_number_that_wrote_by_whatsapp_gets_its_link_there_while_the_window_is_open(
    twin: Tenant, mails: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = opened(twin, WHATSAPP, NUMBER.value, "4915123456789")
    now = datetime.now(UTC)
    with graph() as peer:
        monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", f'{{"musterstadt": {{"whatsapp": {{"token": "{TOKEN}"}}}}}}')
        settings = WhatsAppSettings(
            number="106540352242922", agreed="Stadtrat, 1. November 2026", api=f"{peer.url}/v21.0"
        )
        with twin.database.write("settings") as connection:
            channels.set_settings(connection, WHATSAPP, written(settings), now, "")
        signing_in.ask(twin.database, NUMBER, "en", now)
        turned(twin)
        assert peer.sent == []
        with twin.database.write("somebody writes") as connection:
            channels.heard(connection, WHATSAPP, "4915123456789", NUMBER.value, now)
        signing_in.ask(twin.database, NUMBER, "en", now)
        turned(twin)
        (body,) = peer.sent
    assert body["to"] == "4915123456789"
    assert "https://wohnen.example.org/musterstadt/chat/mine/enter/" in body["text"]["body"]
    secret = body["text"]["body"].partition("/enter/")[2].split()[0]
    with twin.database.read() as connection:
        shown = requesters.contacts_of(connection, requesters.LINK, secret, now)
        assert [one.id for one in own_cases.own_cases(connection, shown, "en", now.isoformat())] == [case_id]
    assert mails == []


@BOTH
def test_the_list_says_in_words_how_each_case_stands(twin: Tenant) -> None:
    now = datetime.now(UTC)
    with_person, done, quiet = (opened(twin, MAIL, "anna@example.org", f"t{number}") for number in range(3))
    with casework.begin(twin.database, now) as work:
        work.do(with_person, c.HandOver("requester"))
        work.do(done, c.Close("staff", "7"))
        begin, end = now + timedelta(days=1), now + timedelta(days=1, hours=2)
        visit = {"begin": begin.isoformat(), "end": end.isoformat(), "craftsman": "Sanitär Quelle"}
        work.do(quiet, c.Appoint({"state": "booked", "uid": "x", "sequence": 0}, visit))
        work.do(quiet, c.Place("", None, "Kalkweg 5"))
    with twin.database.write("test") as connection:
        shown = {requesters.hashed(connection, str(ANNA))}
        listed = {one.id: one for one in own_cases.own_cases(connection, shown, "de", now.isoformat())}
        later = {
            one.id: one for one in own_cases.own_cases(connection, shown, "en", (now + timedelta(days=2)).isoformat())
        }
        assert own_cases.address_of(connection, shown) == ANNA
    assert {one.standing for one in listed.values()} == {"person", "done", "work"}
    assert listed[with_person].standing == "person"
    assert "Sanitär Quelle" in listed[quiet].appointment
    assert listed[quiet].place == "Kalkweg 5"
    assert later[quiet].appointment == ""
    assert later[quiet].title == "Damage report"
    with casework.begin(twin.database, now) as work, pytest.raises(own_cases.NotOwn):
        own_cases.open_in_browser(work, quiet, frozenset(), "secret-of-a-stranger")
    with casework.begin(twin.database, now) as work:
        own_cases.open_in_browser(work, quiet, shown, "secret-of-a-browser")
        assert work.case_of_thread(WEB, "secret-of-a-browser") == quiet


def test_cases_joined_in_a_circle_are_all_shown(twin: Tenant) -> None:
    first, second = opened(twin, MAIL, "anna@example.org"), opened(twin, MAIL, "anna@example.org", "t2")
    with casework.begin(twin.database, datetime.now(UTC)) as work:
        work.do(first, c.Join(second))
        work.do(second, c.Join(first))
    with twin.database.read() as connection:
        shown = {requesters.hashed(connection, str(ANNA))}
        assert len(own_cases.own_cases(connection, shown, "de", "2026")) == 2
        assert cases.case(connection, first).status == "open"
