"""From a running toilet flush to satisfaction: craftsmen, times, calendars, and everything that can go wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.appointments import answers, choosing
from kastor.cases.clockwork import ring
from kastor.cases.events import fold
from kastor.store import Tenant, cases, crafts
from tests.cases.crafts import FIRST, MONDAY, choices, orders, reported, sent, state, with_craftsmen

LATER = MONDAY + timedelta(minutes=20)


def take(twin: Tenant, case_id: str, what: str, now: datetime = LATER) -> bool:
    with casework.begin(twin.database, now) as work:
        return answers.take(work, crafts.orders_of(work.connection, case_id)[-1], what)


def choose(twin: Tenant, case_id: str, value: str, now: datetime = LATER) -> None:
    with casework.begin(twin.database, now) as work:
        choosing.choose(work, case_id, value)


def test_a_running_flush_goes_from_the_report_to_satisfaction(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    (order,) = orders(twin, case_id)
    assert (order.craftsman, order.trade, order.state) == ("quelle", "sanitaer", "ordered")
    (mail,) = sent(twin, case_id)
    assert mail.payload["to"] == FIRST.mail
    assert "spülung" in mail.payload["text"]
    assert "901820" not in mail.payload["text"], "nobody needs the telephone before there is a time"
    assert "anna" not in mail.payload["text"]

    assert take(twin, case_id, answers.ACCEPT)
    offered = choices(twin, case_id)
    assert len(offered) == 4
    assert offered[-1] == "none"
    choose(twin, case_id, offered[2])
    now = state(twin, case_id)
    assert now["appointment"]["state"] == "booked"
    assert orders(twin, case_id)[0].state == "scheduled"
    visit = sent(twin, case_id)[-1].payload
    assert "METHOD:REQUEST" in visit["calendar"]["content"]
    assert "901820" in visit["text"]

    begin = datetime.fromisoformat(now["appointment"]["begin"])
    assert ring(twin.database, begin - timedelta(hours=23)) >= 1
    assert "Erinnerung" in said(twin, case_id)[-1]
    ring(twin.database, begin + timedelta(hours=5))
    assert orders(twin, case_id)[0].state == "done"
    assert "behoben?" in said(twin, case_id)[-1]
    with casework.begin(twin.database, begin + timedelta(hours=6)) as work:
        work.do(case_id, c.Learn((c.Fact("erledigt", True),), "requester"))
    now = state(twin, case_id)
    print(now["status"], now["wanted"], now["steps"], now["variables"])
    with twin.database.read() as k:
        print([e for e in casework.read_events(k, case_id, cases.key_of(k, case_id)) if e.kind == "handed_over"])
    assert "zufrieden" in said(twin, case_id)[-1]
    with casework.begin(twin.database, begin + timedelta(hours=7)) as work:
        work.do(case_id, c.Rate(5, "Sehr nett"))
        work.do(case_id, c.Learn((c.Fact("zufriedenheit", 5),), "requester"))
    assert state(twin, case_id)["status"] == "closed"
    with twin.database.read() as connection:
        key = cases.key_of(connection, case_id)
        events = casework.read_events(connection, case_id, key)
        assert cases.state_bytes(connection, case_id, key) == cases.canonical(fold(case_id, events))


def said(twin: Tenant, case_id: str) -> list[str]:
    with twin.database.read() as connection:
        events = casework.read_events(connection, case_id, cases.key_of(connection, case_id))
    return [one.personal["text"] for one in events if one.kind in ("said", "asked")]
