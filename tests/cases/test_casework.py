"""Cases in the store: nothing twice, nothing lost, nothing personal outside what is sealed, in both stores."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import text

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.engine import WrongMoment
from kastor.cases.events import fold
from kastor.cases.gate import GateError
from kastor.cases.message import Choice, Reply
from kastor.store import Tenant, case_links, cases, outbox
from kastor.store.cases import CaseErased
from tests.cases.sample import BOTH, NOW, find, message, photo

REASON = "Der Hund hat im Haus schon zweimal gebissen."


def opened(twin: Tenant, *wanted: c.Command, procedure: str = "haustier") -> str:
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message())
        work.receive(case_id, message())
        work.follow(case_id, procedure)
        work.do(case_id, *wanted)
    return case_id


def test_a_message_opens_one_case_however_often_it_comes(twin: Tenant) -> None:
    case_id = opened(twin)
    with casework.begin(twin.database, NOW, find) as work:
        assert work.case_of_message(message()) == case_id
        assert work.case_of_message(message(2)) is None
        assert work.case_of_thread("web", "t1") == case_id
        assert not work.receive(case_id, message())
    with twin.database.read() as connection:
        assert [event.kind for event in casework.read_events(connection, case_id, None)] == [
            "opened", "received", "switched",
        ]  # fmt: skip


def test_threads_of_other_channels_lead_to_the_same_case(twin: Tenant) -> None:
    case_id = opened(twin)
    with casework.begin(twin.database, NOW, find) as work:
        work.bind(case_id, "mail", "<root@example.org>", "anna@example.org")
    with casework.begin(twin.database, NOW, find) as work:
        assert work.case_of_thread("mail", "<root@example.org>") == case_id
        assert [one["channel"] for one in work.state(case_id)["channels"]] == ["web", "mail"]


@BOTH
def test_the_state_that_is_kept_is_the_one_its_events_fold_to(twin: Tenant) -> None:
    facts = (c.Fact("tierart", "hund"), c.Fact("anzahl", 1, "button"))
    case_id = opened(twin, c.Learn(facts), c.Judge("genehmigen", {"table": "abc"}, {"reasons": [{"de": "Passt."}]}))
    with twin.database.read() as connection:
        key = cases.key_of(connection, case_id)
        events = casework.read_events(connection, case_id, key)
        assert cases.state_bytes(connection, case_id, key) == cases.canonical(fold(case_id, events))
        assert cases.faults(connection, case_id) == []


def test_an_error_leaves_nothing_of_what_was_done(twin: Tenant) -> None:
    case_id = opened(twin)
    before = casework.read_state(twin.database, case_id)

    def half() -> None:
        with casework.begin(twin.database, NOW, find) as work:
            work.receive(case_id, message(2))
            work.do(case_id, c.Decide("ablehnen", "7", "nein"))

    with pytest.raises(GateError, match="in your own words"):
        half()
    assert casework.read_state(twin.database, case_id) == before
    with casework.begin(twin.database, NOW, find) as work:
        assert work.case_of_message(message(2)) is None


@BOTH
def test_replies_on_mail_wait_in_the_outbox_with_their_key_and_in_their_order(twin: Tenant) -> None:
    first, second = (Reply(f"Antwort {n}", "de", f"k{n}", choices=(Choice("1", "eins"),)) for n in (1, 2))
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message(channel="mail", thread="<a@b>"))
        work.receive(case_id, message(channel="mail", thread="<a@b>"))
        work.do(case_id, c.Say((first, second)))
    with twin.database.write("test") as connection:
        at, later = "2026-03-02T09:00:00.000000Z", "2026-03-02T09:01:00.000000Z"
        assert outbox.claim(connection, ["mail"], at, later, 10) == ["k1"], "the second waits for the first"
        assert outbox.claim(connection, ["mail"], at, later, 10) == [], "it is somebody's now"
        item = outbox.item(connection, "k1", cases.key_of(connection, case_id))
        assert (item.payload["text"], item.payload["thread"], item.kind) == ("Antwort 1", "<a@b>", "mail")
        outbox.end(connection, "k1", outbox.DONE, at)
        assert outbox.claim(connection, ["mail"], at, later, 10) == ["k2"]


def test_nothing_personal_is_readable_in_the_rows(twin: Tenant) -> None:
    secret = "Zimtschnecke"
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message(thread=secret, sender=secret))
        work.receive(case_id, message(text=secret, thread=secret, sender=secret, attachments=(photo(),)))
        work.follow(case_id, "haustier")
        work.do(case_id, c.Learn((c.Fact("name", secret),)), c.Talk({"said": secret}), c.HandOver("asked", secret))
        work.do(case_id, c.Say((Reply(secret, "de", "k"),), "mail", secret), c.Place("h1", (8.4, 49.0), secret))
        work.do(case_id, c.Note("7", secret), c.Decide("ablehnen", "7", f"{REASON} {secret}", secret))
    with twin.database.read() as connection:
        tables = [t for t in cases.case_events.metadata.tables if t.startswith(("case", "outbox", "audit"))]
        assert len(tables) > 8
        for table in tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                assert secret.encode() not in b"|".join(
                    bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row
                ), table


@BOTH
def test_an_erased_case_keeps_its_chain_and_nothing_else(twin: Tenant) -> None:
    mail = c.Say((Reply("Guten Tag", "de", "k"),), "mail", "<a@b>")
    case_id = opened(twin, c.Learn((c.Fact("name", "Anna"),)), c.Place("h1", (8.4, 49.0)), mail)
    with casework.begin(twin.database, NOW, find) as work:
        work.erase(case_id, "request", "7")
    with pytest.raises(CaseErased, match="were erased"):
        casework.read_state(twin.database, case_id)
    with pytest.raises(CaseErased), casework.begin(twin.database, NOW, find) as work:
        work.do(case_id, c.Note("7", "x"))
    with twin.database.read() as connection:
        assert cases.faults(connection, case_id) == []
        events = casework.read_events(connection, case_id, None)
        assert (events[-1].kind, events[-1].who, events[-1].public) == ("erased", "7", {"why": "request"})
        assert not any(event.personal for event in events)
        assert outbox.of_case(connection, case_id)[0]["state"] == outbox.ERASED
        assert cases.case(connection, case_id).status == "erased"
    with casework.begin(twin.database, NOW, find) as work:
        assert work.case_of_thread("web", "t1") is None
        assert work.case_of_message(message()) == case_id, "a late duplicate opens nothing"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE case_events SET public = '{}' WHERE seq = 2", "was altered"),
        ("DELETE FROM case_events WHERE seq = 2", "removed or inserted"),
        ("DELETE FROM case_events WHERE seq = 4", "cut off"),
        ("UPDATE case_events SET sealed = ? WHERE seq = 2", "was altered"),
        ("REHASH", "another one than when the audit log fixed it"),
    ],
)
def test_whoever_goes_round_the_database_is_found(twin: Tenant, change: str, fault: str) -> None:
    case_id = opened(twin, c.Learn((c.Fact("name", "Anna"),)))
    casework.anchor(twin.database)
    with twin.database.write("test") as connection:
        if connection.dialect.name == "sqlite":
            for name in ("case_events_stay_as_they_are", "case_events_stay_complete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE case_events DISABLE TRIGGER ALL")
        if change == "REHASH":
            # somebody who knows how the hashes are made writes a whole chain of another content
            row = dict(connection.execute(text("SELECT * FROM case_events WHERE seq = 4")).mappings().one())
            row["public"] = orjson.dumps({"slot": "x"}).decode()
            values = {"public": row["public"], "hash": cases._hash(row)}
            connection.execute(text("UPDATE case_events SET public = :public, hash = :hash WHERE seq = 4"), values)
            connection.execute(text("UPDATE cases SET hash = :hash"), values)
        else:
            twin.database.statements(connection).execute(change, (b"x",) if "?" in change else ())
    with twin.database.read() as connection:
        assert any(fault in one for one in cases.faults(connection, case_id))


@BOTH
def test_the_database_refuses_to_change_the_log(twin: Tenant) -> None:
    opened(twin)
    for statement in ("UPDATE case_events SET who = 'x'", "DELETE FROM case_events"):
        with pytest.raises(Exception, match="cannot be"), twin.database.write("test") as connection:
            connection.exec_driver_sql(statement)


@BOTH
def test_lists_show_cases_by_status_person_and_place(twin: Tenant) -> None:
    case_id = opened(twin, c.Place("h1", (8.4, 49.0)), c.HandOver("asked"))
    other = None
    with casework.begin(twin.database, NOW, find) as work:
        other = work.open(message(2, thread="t2"))
        work.do(case_id, c.TakeOver("7"))
    with twin.database.read() as connection:
        assert [one.id for one in cases.listed(connection, ["taken"])] == [case_id]
        assert [one.id for one in cases.listed(connection, person="7")] == [case_id]
        assert [one.id for one in cases.listed(connection, person="")] == [other]
        assert [one.number for one in cases.listed(connection)] == [2, 1]
        assert [one.id for one in case_links.at_object(connection, "h1")] == [case_id]
        assert [(one.id, x) for one, x, _ in case_links.in_box(connection, 8, 48, 9, 50)] == [(case_id, 8.4)]


def test_a_case_goes_when_its_time_is_over_and_not_before(twin: Tenant) -> None:
    case_id = opened(twin, c.Close("done", "7"))
    with twin.database.read() as connection:
        row = cases.case(connection, case_id)
        assert row.erase_after == "2026-08-29T09:00:00.000000Z"
        assert cases.to_erase(connection, "2026-08-29T08:59:59.000000Z") == []
        assert cases.to_erase(connection, "2026-08-29T09:00:00.000000Z") == [case_id]


def test_only_what_can_be_done_is_done(twin: Tenant) -> None:
    case_id = opened(twin)
    for wrong in (c.Reopen("x"), c.Confirm("7", True), c.Rate(6), c.TakeOver(""), c.GiveBack("7")):
        with pytest.raises((WrongMoment, GateError)), casework.begin(twin.database, NOW, find) as work:
            work.do(case_id, wrong)
