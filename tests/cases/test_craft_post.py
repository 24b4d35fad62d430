"""Mails to craftsmen arrive with an invitation calendars understand, and what their calendars answer is heard."""

from __future__ import annotations

from datetime import timedelta

from kastor.cases import casework
from kastor.cases.appointments import answers, choosing, craft_post
from kastor.cases.channels import mail_post
from kastor.cases.channels.settings import MailSettings, written
from kastor.cases.delivery import deliver
from kastor.cases.message import MAIL, Message, Reply
from kastor.store import Tenant, channels, crafts
from kastor.store.channels import Entry
from tests.cases.crafts import FIRST, MONDAY, choices, orders, reported, sent, with_craftsmen
from tests.cases.mail_servers import smtp
from tests.cases.mails import TENANT


def receive(tenant: Tenant, message: Message, now: object) -> tuple[Reply, ...]:
    raise AssertionError("the answer of a calendar opens no case")


def test_an_invitation_goes_out_once_and_its_answer_calls_the_visit_off(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    with casework.begin(twin.database, MONDAY) as work:
        answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.ACCEPT)
    with casework.begin(twin.database, MONDAY) as work:
        choosing.choose(work, case_id, choices(twin, case_id)[0])
    with smtp() as (port, postbox):
        settings = MailSettings(
            TENANT, "127.0.0.1", "127.0.0.1", imap_security="none", smtp_port=port, smtp_security="none"
        )
        with twin.database.write("settings") as connection:
            channels.set_settings(connection, MAIL, written(settings), MONDAY, "")
        assert deliver(twin.database, {"craft": craft_post.send}, MONDAY) == 2
        assert deliver(twin.database, {"craft": craft_post.send}, MONDAY + timedelta(days=1)) == 0
        order, visit = (message for _, message in postbox.taken)
    assert order["To"] == FIRST.mail
    assert order["Auto-Submitted"] == "auto-generated"
    (calendar,) = [part for part in visit.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "REQUEST"
    invitation = sent(twin, case_id)[-1].payload["calendar"]["content"]
    assert calendar.get_payload(decode=True).split() == invitation.encode().split()  # type: ignore[union-attr]

    declined = invitation.replace("METHOD:REQUEST", "METHOD:REPLY").replace("RSVP=TRUE", "PARTSTAT=DECLINED")
    raw = (
        f"From: {FIRST.mail}\r\nTo: {TENANT}\r\nSubject: Abgesagt\r\nMessage-ID: <r1@example.org>\r\n"
        f"Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n{declined}"
    ).encode()
    entry = Entry(MAIL, "r1", MONDAY.isoformat(), 0, raw)
    mail_post.take_in(twin, settings, entry, receive, MONDAY)
    assert [(one.craftsman, one.state) for one in orders(twin, case_id)] == [
        ("quelle", "declined"), ("hahn", "ordered"),
    ]  # fmt: skip
