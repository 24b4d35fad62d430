"""From a running toilet flush to satisfaction: craftsmen, times, calendars, and everything that can go wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.appointments import answers, choosing
from kastor.cases.appointments.alarming import ON_CALL
from kastor.cases.appointments.times import VISIT, half_day
from kastor.cases.clockwork import ring
from kastor.cases.events import fold
from kastor.store import Tenant, cases, crafts
from kastor.store.crafts import Craftsman
from tests.cases.crafts import FIRST, MONDAY, SECOND, choices, orders, repaired, reported, sent, state, with_craftsmen
from tests.cases.sample import BOTH

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


def decided_times(twin: Tenant, case_id: str) -> list[datetime]:
    with twin.database.read() as connection:
        found = crafts.appointments_of(connection, case_id)
    return [datetime.fromisoformat(one.begins) for one in found if one.state == crafts.HELD]


def test_three_times_lie_in_three_half_days_and_are_nobody_elses_for_half_an_hour(twin: Tenant) -> None:
    with_craftsmen(twin, FIRST)
    one, two = reported(twin, 1), reported(twin, 2)
    take(twin, one, answers.ACCEPT)
    take(twin, two, answers.ACCEPT)
    first, second = decided_times(twin, one), decided_times(twin, two)
    assert len({half_day(begin) for begin in first}) == 3
    assert all(abs(mine - theirs) >= VISIT for mine in first for theirs in second), "nothing overlaps"
    third = reported(twin, 3, MONDAY + timedelta(minutes=40))
    take(twin, third, answers.ACCEPT, MONDAY + timedelta(minutes=55))
    assert decided_times(twin, third) == first, "what nobody took is free again"


def test_a_time_that_is_gone_is_not_given_twice(twin: Tenant) -> None:
    with_craftsmen(twin, FIRST)
    one, two = reported(twin, 1), reported(twin, 2, MONDAY + timedelta(minutes=40))
    take(twin, one, answers.ACCEPT, MONDAY)
    take(twin, two, answers.ACCEPT, MONDAY + timedelta(minutes=45))
    mine, theirs = choices(twin, one)[0], choices(twin, two)[0]
    choose(twin, two, theirs, MONDAY + timedelta(minutes=50))
    choose(twin, one, mine, MONDAY + timedelta(minutes=51))
    assert state(twin, two)["appointment"]["state"] == "booked"
    assert state(twin, one)["appointment"] == {}
    assert said(twin, one)[-1].startswith("Dieser Termin ist leider nicht mehr frei.")
    assert mine not in choices(twin, one)
    choose(twin, one, choices(twin, one)[0], MONDAY + timedelta(minutes=52))
    choose(twin, one, choices(twin, one)[0], MONDAY + timedelta(minutes=53))
    with twin.database.read() as connection:
        booked = [one for one in crafts.standing(connection, ["quelle"], "2026-03-02") if one.state == crafts.BOOKED]
    assert len({visit.begins for visit in booked}) == len(booked) == 2


def test_whoever_finds_no_time_twice_is_called(twin: Tenant) -> None:
    with_craftsmen(twin, FIRST)
    case_id = reported(twin)
    take(twin, case_id, answers.ACCEPT)
    first = decided_times(twin, case_id)
    choose(twin, case_id, choosing.NONE)
    second = decided_times(twin, case_id)
    assert not {half_day(one) for one in first} & {half_day(one) for one in second}
    choose(twin, case_id, choosing.NONE)
    assert decided_times(twin, case_id) == []
    assert state(twin, case_id)["wanted"] == "no_appointment"
    assert "rufen wir Sie an" in said(twin, case_id)[-1]


def test_who_does_not_answer_or_declines_is_followed_by_the_next_and_then_by_a_person(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    ring(twin.database, MONDAY + timedelta(hours=25))
    assert [(one.craftsman, one.state) for one in orders(twin, case_id)] == [
        ("quelle", "withdrawn"), ("hahn", "ordered"),
    ]  # fmt: skip
    assert not take(twin, case_id, answers.FINISH), "it was not even accepted"
    assert take(twin, case_id, answers.DECLINE, MONDAY + timedelta(hours=26))
    assert not take(twin, case_id, answers.DECLINE, MONDAY + timedelta(hours=26)), "the same again changes nothing"
    assert state(twin, case_id)["wanted"] == "no_craftsman"


def test_a_craftsman_who_cancels_is_replaced_and_everybody_hears_of_it(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    take(twin, case_id, answers.ACCEPT)
    choose(twin, case_id, choices(twin, case_id)[1])
    invitation = sent(twin, case_id)[-1].payload["calendar"]["content"]
    declined = invitation.replace("METHOD:REQUEST", "METHOD:REPLY").replace("RSVP=TRUE", "PARTSTAT=DECLINED").encode()
    with casework.begin(twin.database, LATER) as work:
        assert answers.of_calendar(work, declined, "stranger@example.org")
    assert orders(twin, case_id)[-1].state == "scheduled", "only the craftsman may"
    with casework.begin(twin.database, LATER) as work:
        assert answers.of_calendar(work, declined, FIRST.mail)
        assert not answers.of_calendar(work, b"BEGIN:VCALENDAR", FIRST.mail)
    cancelled = [one.payload for one in sent(twin, case_id) if "CANCEL" in str(one.payload.get("calendar"))]
    assert "SEQUENCE:1" in cancelled[0]["calendar"]["content"]
    assert state(twin, case_id)["appointment"]["state"] == "cancelled"
    assert [one.craftsman for one in orders(twin, case_id)] == ["quelle", "hahn"]
    take(twin, case_id, answers.ACCEPT)
    choose(twin, case_id, choices(twin, case_id)[0])
    assert state(twin, case_id)["appointment"]["craftsman"] == "Hahn & Rohr"


def test_a_visit_that_settled_nothing_goes_to_a_person(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    repaired(twin, case_id, LATER)
    with casework.begin(twin.database, LATER) as work:
        work.do(case_id, c.Learn((c.Fact("erledigt", False),), "requester"))
    assert state(twin, case_id)["status"] == "staff"


def test_nobody_is_asked_to_be_at_home_for_the_stairwell(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin, ort="treppenhaus")
    take(twin, case_id, answers.ACCEPT)
    assert "nicht zu Hause sein" in said(twin, case_id)[-1]
    with twin.database.read() as connection:
        (visit,) = crafts.standing(connection, ["quelle"], "2026-03-02")
    assert (visit.state, visit.confirmed) == ("booked", False)


def test_what_is_urgent_goes_to_whoever_can_come_in_time(twin: Tenant) -> None:
    away = replace(FIRST, absences=(("2026-03-01", "2026-03-12"),))
    with_craftsmen(twin, away, SECOND)
    assert orders(twin, reported(twin, 1, absperrbar=False))[0].craftsman == "hahn"
    assert orders(twin, reported(twin, 2, absperrbar=True))[0].craftsman == "quelle", "ten days are enough"


def test_an_erased_case_leaves_no_place_and_no_words_of_an_order(twin: Tenant) -> None:
    with_craftsmen(twin)
    case_id = reported(twin)
    take(twin, case_id, answers.ACCEPT)
    with casework.begin(twin.database, LATER) as work:
        work.erase(case_id, "request", "7")
    with twin.database.read() as connection:
        assert crafts.appointments_of(connection, case_id) == []
        assert connection.execute(text("SELECT sealed FROM craft_orders")).scalars().all() == [b""]


@BOTH
def test_two_who_ask_at_the_same_moment_never_get_the_same_time(twin: Tenant) -> None:
    with_craftsmen(twin, replace(FIRST, hours="mo-mi 08:00-12:00"))
    both = [reported(twin, number) for number in (1, 2, 3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda case_id: take(twin, case_id, answers.ACCEPT), both))
        list(pool.map(lambda case_id: choose(twin, case_id, choices(twin, case_id)[0]), both))
    begins = [state(twin, case_id)["appointment"]["begin"] for case_id in both]
    assert len(set(begins)) == 3


def test_danger_is_told_to_one_firm_on_call_after_the_other_until_one_takes_it(twin: Tenant) -> None:
    """People at the desk see it at once, whatever the firms do."""
    on_call = [
        Craftsman(name, name.title(), f"{name}@example.org", (ON_CALL,), priority=at)
        for at, name in enumerate(("bereit", "ersatz"))
    ]
    with_craftsmen(twin, *on_call)
    case_id = reported(twin, gefahr="gas")
    assert state(twin, case_id)["urgency"] == "K0"
    assert state(twin, case_id)["wanted"] == "emergency"
    (first,) = sent(twin, case_id)
    assert first.payload["to"] == "bereit@example.org"
    assert first.payload["subject"].startswith("NOTFALL")
    assert "Musterweg 3" in first.payload["text"]

    later = MONDAY + timedelta(minutes=10)
    with casework.begin(twin.database, later) as work:
        (name,) = [one for one in work.state(case_id)["timers"] if one.endswith(":zehn_minuten")]
        work.do(case_id, c.Ring(name))
    assert [one.payload["to"] for one in sent(twin, case_id)] == ["bereit@example.org", "ersatz@example.org"]
    with casework.begin(twin.database, later) as work:
        assert answers.take(work, crafts.orders_of(work.connection, case_id)[-1], answers.ACCEPT)
        assert not [one for one in work.state(case_id)["timers"] if one.endswith(":zehn_minuten")]


def test_danger_without_a_firm_on_call_stays_with_people(twin: Tenant) -> None:
    case_id = reported(twin, gefahr="gas")
    assert sent(twin, case_id) == []
    assert state(twin, case_id)["status"] == "staff"
