"""Mails on real servers: Dovecot holds them, aiosmtpd takes the answers; crashes, repetitions, loops and refusals."""

from __future__ import annotations

import email
import email.policy
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from imapclient import IMAPClient

from kastor.cases import casework
from kastor.cases.appointments import answers
from kastor.cases.channels import intake, mail_post, mail_send, mailbox
from kastor.cases.channels.settings import ChannelError, MailSettings, written
from kastor.cases.commands import Say
from kastor.cases.delivery import GiveUp, TryLater, deliver
from kastor.cases.message import MAIL, Attachment, Choice, Message, Reply
from kastor.store import Tenant, cases, channels, outbox
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.cases import test_appointments as appointments
from tests.cases.mail_servers import PASSWORD, Imap, Postbox, dovecot, dovecot_is_installed, smtp
from tests.cases.mails import TENANT, mail, part, parts
from tests.serving import served

NOW = datetime.now(UTC)
PICTURE = Attachment("bild.png", "image/png", b"\x89PNG" + bytes(100))
pytestmark = pytest.mark.skipif(not dovecot_is_installed(), reason="Dovecot is not installed; make build/debian does")


@pytest.fixture(scope="module")
def imap() -> Iterator[Imap]:
    with dovecot() as found:
        yield found


@pytest.fixture
def postbox() -> Iterator[tuple[int, Postbox]]:
    with smtp() as found:
        yield found


@pytest.fixture
def settings(imap: Imap, postbox: tuple[int, Postbox], request: pytest.FixtureRequest) -> MailSettings:
    # a mailbox for each test
    return MailSettings(
        address=TENANT, name="Wohnen Musterstadt", imap_host="127.0.0.1", imap_port=imap.port, imap_security="none",
        imap_user=f"u{abs(hash(request.node.name))}", smtp_host="127.0.0.1", smtp_port=postbox[0],
        smtp_security="none", most_per_hour=3,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"musterstadt": {"mail": {"imap": PASSWORD}}}
    monkeypatch.setenv("KASTOR_CHANNEL_SECRETS", orjson.dumps(secret).decode())


@pytest.fixture
def box(settings: MailSettings, twin: Tenant) -> Iterator[IMAPClient]:
    """The mailbox as a mail program has it; the tenant's channel is open."""
    with twin.database.write("settings") as connection:
        channels.set_settings(connection, MAIL, written(settings), NOW, "")
    with IMAPClient("127.0.0.1", settings.imap_port, ssl=False) as client:
        client.login(settings.imap_user, PASSWORD)
        yield client


def echo(tenant: Tenant, message: Message, now: datetime) -> tuple[Reply, ...]:
    """Takes a message in and says it back with a question and a picture: a door without understanding."""
    with casework.begin(tenant.database, now) as work:
        if work.case_of_message(message) is not None:
            return ()
        case_id = work.case_of_thread(message.channel, message.thread) or work.open(message)
        work.receive(case_id, message)
        choices = (Choice("ja", "Ja"), Choice("nein", "Nein"))
        reply = Reply(
            f"Gelesen: {message.text}", "de", f"{case_id}-{message.key}", "question", choices, "x", (PICTURE,)
        )
        work.do(case_id, Say((reply,)))
        return (reply,)


def all_cases(twin: Tenant) -> list[Any]:
    with twin.database.read() as connection:
        return cases.listed(connection)


def messages(twin: Tenant, folder: str, box: IMAPClient) -> int:
    return int(box.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])


def turn(twin: Tenant, later: timedelta = timedelta(seconds=2)) -> int:
    # mails are stamped by the server's clock, which is the machine's
    now = datetime.now(UTC) + later
    done = intake.turn(twin, echo, now)
    deliver(twin.database, {MAIL: mail_post.send}, now + timedelta(seconds=1))
    return done


def test_a_mail_becomes_a_case_and_is_answered_in_its_conversation(twin, box, settings, postbox):
    kind, body = parts(
        "mixed", part("text/plain; charset=utf-8", "Darf ich eine Katze halten?\r\n\r\nGrüße".encode()),
        part("image/jpeg; name=katze.jpg", b"\xff\xd8" + bytes(9000), "Content-Disposition: attachment"),
    )  # fmt: skip
    box.append("INBOX", mail(body, subject="Katze", kind=kind))
    assert turn(twin) == 1
    ((recipients, answer),) = postbox[1].taken
    assert recipients == ["erika@web.example"]
    assert answer["In-Reply-To"] == "<1@web.example>"
    assert answer["Auto-Submitted"] == "auto-replied"
    assert [p.get_filename() for p in answer.walk() if p.get_filename()] == ["bild.png"]
    # the answer to the answer
    again = mail(
        "Ja\r\n\r\nAm 27.11.2026 um 10:00 schrieb W:\r\n> Gelesen", f"In-Reply-To: {answer['Message-ID']}",
        subject=f"AW: {answer['Subject']}", identity="<2@web.example>",
    )  # fmt: skip
    box.append("INBOX", again)
    assert turn(twin) == 1
    assert len(all_cases(twin)) == 1
    second = postbox[1].taken[1][1]
    assert second["References"].split() == ["<1@web.example>", "<2@web.example>"]
    assert "Gelesen: Ja\r\n" in second.get_payload()[0].get_payload()[0].get_payload(decode=True).decode()
    assert (messages(twin, "INBOX", box), messages(twin, settings.done, box)) == (0, 2)


def test_a_running_server_answers_a_mail_by_itself(twin, box, postbox):
    app = create_app(Settings(home=twin.database.directory.parent.parent, workers=0, cases_every=0.1))
    box.append("INBOX", mail("Meine Toilettenspülung läuft ständig durch.", subject="Spülung"))
    with served(app):
        deadline = time.monotonic() + 20
        while not postbox[1].taken and time.monotonic() < deadline:
            time.sleep(0.05)
        with twin.database.read() as connection:
            (case,) = cases.listed(connection)
        while outbox_of(twin) != {outbox.DONE: 2} and time.monotonic() < deadline:
            time.sleep(0.05)
    # the notice and the question are one mail
    ((_, answer),) = postbox[1].taken
    text = answer.get_payload()[0].get_payload(decode=True).decode()
    assert text.index("automatischen") < text.index("1) Nein, keine Gefahr")
    assert answer["Subject"].startswith("AW: Spülung") or "=?utf-8?" in answer["Subject"]
    assert case.procedure == "schaden"


def outbox_of(twin: Tenant) -> dict[str, int]:
    with twin.database.read() as connection:
        return outbox.counts(connection)


def test_a_mail_the_dialogue_stumbles_over_goes_to_a_person_and_keeps_nobody_waiting(twin, box, postbox):
    def stumbling(tenant: Tenant, message: Message, now: datetime) -> tuple[Reply, ...]:
        if "Stein" in message.text:
            raise RecursionError
        return echo(tenant, message, now)

    box.append("INBOX", mail("Stein"))
    box.append("INBOX", mail("Hallo", sender="zwei@web.example", identity="<2@x>"))
    for minute in range(5):
        now = datetime.now(UTC) + timedelta(seconds=2, minutes=3 * minute)
        intake.turn(twin, stumbling, now)
        deliver(twin.database, {MAIL: mail_post.send}, now + timedelta(seconds=1))
    assert [to for to, _ in postbox[1].taken] == [["zwei@web.example"]]
    assert sorted(case.status for case in all_cases(twin)) == ["open", "staff"]


def test_staff_write_first_and_the_answer_comes_back_to_the_same_case(twin, box, postbox):
    now = datetime.now(UTC)
    with casework.begin(twin.database, now) as work:
        case_id = work.open(Message("staff", "s1", "s1", "7", "Anruf notiert", now))
        work.bind(case_id, MAIL, "erika@web.example", "erika@web.example")
        reply = Reply("Bitte senden Sie uns ein Foto.", "de", f"{case_id}-r", "text")
        work.do(case_id, Say((reply,), MAIL, "erika@web.example", who="7"))
    turn(twin)
    ((recipients, sent),) = postbox[1].taken
    assert recipients == ["erika@web.example"]
    headers = f"In-Reply-To: {sent['Message-ID']}"
    box.append("INBOX", mail("Hier.", headers, subject=f"AW: {sent['Subject']}", identity="<9@x>"))
    turn(twin)
    (case,) = all_cases(twin)
    assert [event.kind for event in events(twin, case.id)].count("received") == 1


def test_the_same_mail_again_changes_nothing(twin, box, postbox):
    for number in range(3):
        box.append("INBOX", f"Received: from mx{number}\r\n".encode() + mail("Hallo"))
    turn(twin)
    box.append("INBOX", mail("Hallo"))
    turn(twin)
    assert (len(all_cases(twin)), len(postbox[1].taken)) == (1, 1)


@pytest.mark.parametrize("where", ["before it is written down", "before it is moved", "before it is marked done"])
def test_a_crash_anywhere_loses_and_doubles_nothing(twin, box, postbox, monkeypatch, where):
    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    box.append("INBOX", mail("Hallo"))
    place = {
        "before it is written down": (channels, "put"), "before it is moved": (mailbox, "_move"),
        "before it is marked done": (channels, "done"),
    }[where]  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(*place, crash)
        with pytest.raises(KeyboardInterrupt):
            turn(twin)
    turn(twin)
    assert (len(all_cases(twin)), len(postbox[1].taken)) == (1, 1)
    assert messages(twin, "INBOX", box) == 0


def test_machines_get_no_answer_and_lie_aside(twin, box, settings, postbox):
    box.append("INBOX", mail("Ich bin im Urlaub", "Auto-Submitted: auto-replied"))
    box.append("INBOX", mail("Angebote", "List-Id: <n.example>", identity="<2@x>"))
    box.append("INBOX", mail("von mir", sender=TENANT, identity="<3@x>"))
    turn(twin)
    assert (all_cases(twin), postbox[1].taken) == ([], [])
    assert messages(twin, settings.aside, box) == 3


def test_two_programs_that_answer_each_other_stop(twin, box, postbox):
    box.append("INBOX", mail("0", identity="<0@x>"))
    for number in range(1, 12):
        before = len(postbox[1].taken)
        turn(twin)
        if len(postbox[1].taken) == before:
            break
        # a program that marks its answers in no way at all
        ours = postbox[1].taken[-1][1]
        box.append("INBOX", mail(f"{number}", f"In-Reply-To: {ours['Message-ID']}", identity=f"<{number}@x>"))
    assert len(postbox[1].taken) == 3
    with twin.database.read() as connection:
        assert channels.counts(connection)[MAIL]["waiting"] == 1
    # what waited is worked on when an hour has passed
    turn(twin, timedelta(hours=1, minutes=5))
    assert len(postbox[1].taken) == 4


def test_a_bounce_hands_the_case_to_a_person(twin, box, postbox):
    box.append("INBOX", mail("Hallo"))
    turn(twin)
    ours = postbox[1].taken[0][1]
    kind, body = parts(
        "report; report-type=delivery-status", part("text/plain", b"unbekannt"),
        part("message/delivery-status", b"Status: 5.1.1\r\n"),
        part("text/rfc822-headers", f"Message-ID: {ours['Message-ID']}\r\n".encode()),
    )  # fmt: skip
    box.append(
        "INBOX", mail(body, sender="MAILER-DAEMON@mx.example", subject="Undelivered", kind=kind, identity="<b@mx>")
    )
    turn(twin)
    (case,) = all_cases(twin)
    assert (case.status, len(postbox[1].taken)) == ("staff", 1)
    kinds = [event.kind for event in events(twin, case.id)]
    assert "undeliverable" in kinds


def events(twin: Tenant, case_id: str) -> list[Any]:
    with twin.database.read() as connection:
        return casework.read_events(connection, case_id, cases.key_of(connection, case_id))


def test_somebody_elses_conversation_stays_theirs(twin, box, postbox):
    box.append("INBOX", mail("Hallo"))
    turn(twin)
    ours = postbox[1].taken[0][1]
    box.append(
        "INBOX", mail("Was steht da?", f"In-Reply-To: {ours['Message-ID']}", sender="fremd@x.example", identity="<f@x>")
    )
    turn(twin)
    assert len(all_cases(twin)) == 2
    assert postbox[1].taken[1][0] == ["fremd@x.example"]


def test_a_server_that_is_down_for_a_day_loses_nothing(twin, box, settings, postbox):
    postbox[1].answer = "451 later"
    box.append("INBOX", mail("Hallo"))
    turn(twin)
    for hour in range(1, 26, 6):
        deliver(twin.database, {MAIL: mail_post.send}, NOW + timedelta(hours=hour))
    assert postbox[1].taken == []
    postbox[1].answer = "250 OK"
    deliver(twin.database, {MAIL: mail_post.send}, NOW + timedelta(hours=27))
    assert len(postbox[1].taken) == 1


def test_a_recipient_that_is_refused_goes_to_a_person(twin, box, postbox):
    postbox[1].refuse["erika@web.example"] = "550 no such user"
    box.append("INBOX", mail("Hallo"))
    turn(twin)
    with twin.database.read() as connection:
        assert outbox.counts(connection) == {outbox.FAILED: 1}


def test_mail_servers_that_do_not_answer_are_tried_later(settings):
    gone = MailSettings(**{**written(settings), "imap_port": 1, "smtp_port": 1})
    with pytest.raises(TryLater, match="cannot be used"):
        mailbox.check(gone, PASSWORD)
    with pytest.raises(TryLater, match="cannot be used"):
        mail_send.send(gone, "", "a@b.example", b"x")
    with pytest.raises(TryLater, match="cannot be used"):
        mailbox.check(settings, "falsch")


def test_a_refused_mail_is_given_up(settings, postbox):
    postbox[1].answer = "554 no"
    with pytest.raises(GiveUp, match="554"):
        mail_send.send(settings, "", "a@b.example", b"Subject: x\r\n\r\nx")


def test_servers_are_talked_to_encrypted_and_must_be_who_they_say(imap, settings, monkeypatch):
    tls = {"imap_host": "localhost", "imap_port": imap.tls_port, "imap_security": "tls"}
    starttls = {"imap_host": "localhost", "imap_port": imap.port, "imap_security": "starttls"}
    with pytest.raises(TryLater):
        mailbox.check(MailSettings(**{**written(settings), **tls}), PASSWORD)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(imap.certificate, str(Path(imap.certificate).parent / "key.pem"))
    with smtp(context) as (port, taken):
        sending = {"smtp_host": "localhost", "smtp_port": port, "smtp_security": "starttls"}
        encrypted = MailSettings(**{**written(settings), **sending})
        with pytest.raises(TryLater):
            mail_send.check(encrypted, "")
        monkeypatch.setenv("SSL_CERT_FILE", imap.certificate)
        assert mailbox.check(MailSettings(**{**written(settings), **tls}), PASSWORD) == 0
        assert mailbox.check(MailSettings(**{**written(settings), **starttls}), PASSWORD) == 0
        mail_send.send(encrypted, "", "a@b.example", b"Subject: x\r\n\r\nx")
        assert len(taken.taken) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"address": "kein"}, "address"), ({"imap_host": "mail.example", "imap_security": "none"}, "in the clear"),
        ({"smtp_port": 0}, "smtp_port"), ({"imap_security": "ssl"}, "imap_security"),
        ({"imap_host": "a b"}, "imap_host"),
        ({"done": "INBOX"}, "three folders"), ({"most_per_hour": 0}, "most_per_hour"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(change, word):
    good = {"address": TENANT, "imap_host": "127.0.0.1", "smtp_host": "127.0.0.1"}
    with pytest.raises(ChannelError, match=word):
        MailSettings(**{**good, **change})


def test_a_mail_that_is_too_large_is_read_in_part(twin, box, monkeypatch, postbox):
    for module in (mailbox, __import__("kastor.cases.channels.mail", fromlist=["x"])):
        monkeypatch.setattr(module, "LARGEST", 5000)
    box.append("INBOX", mail("Anfang " + "x" * 20_000))
    turn(twin)
    text = email.message_from_bytes(postbox[1].taken[0][1].as_bytes(), policy=email.policy.default)
    assert "nur ihr Anfang ist hier" in text.get_body(("plain",)).get_content()


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Auto-Submitted: auto-generated"])
def test_the_answer_of_a_craftsmans_calendar_is_taken_from_the_mail(twin, settings, header):
    appointments.with_craftsmen(twin)
    case_id = appointments.reported(twin)
    appointments.take(twin, case_id, answers.ACCEPT)
    appointments.choose(twin, case_id, appointments.choices(twin, case_id)[1])
    invited = appointments.sent(twin, case_id)[-1].payload["calendar"]["content"]
    declined = invited.replace("METHOD:REQUEST", "METHOD:REPLY").replace("RSVP=TRUE", "PARTSTAT=DECLINED").encode()
    kind, body = parts(
        "mixed", part("text/plain", b"Abgelehnt"), part("text/calendar; method=REPLY; charset=utf-8", declined)
    )  # fmt: skip
    raw = mail(body, header, sender=appointments.FIRST.mail, subject="Abgelehnt: Termin", kind=kind)
    entry = channels.Entry(MAIL, "m1", appointments.LATER.isoformat(), 0, raw)
    mail_post.take_in(twin, settings, entry, echo, appointments.LATER)
    states = [order.state for order in appointments.orders(twin, case_id)]
    assert "declined" in states
    assert len(all_cases(twin)) == 1
