"""Times and ways of craftsmen, their tables, their calendars, and shorter tours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar as Ical

from kastor.cases.appointments import nightly
from kastor.cases.appointments.craftsmen import CraftError, absent, checked, read
from kastor.cases.appointments.invitations import Invitation, answer, invitation
from kastor.cases.appointments.times import (
    HoursError,
    Span,
    distance,
    fits,
    free,
    half_day,
    hours_of,
    proposals,
    way,
)
from kastor.cases.appointments.tours import better, length, optimise
from kastor.cases.clockwork import turn
from kastor.cases.hours import BERLIN, Calendar
from kastor.store import Tenant, audit, crafts
from kastor.store.crafts import Appointment, Craftsman
from kastor.store.moments import moment
from tests.cases.crafts import FIRST, MONDAY, reported, with_craftsmen

NW = Calendar("NW")
HOME = (6.98, 51.66)


def local(span: Span) -> datetime:
    return span.begin.astimezone(BERLIN)


def test_over_the_clock_change_visits_stay_within_the_hours_on_the_wall() -> None:
    """Summer time begins on 29 March 2026."""
    friday = datetime(2026, 3, 27, 6, tzinfo=UTC)
    found = proposals(free(hours_of("mo-fr 08:00-12:00"), (), 4, (), HOME, friday, NW))
    assert [local(one).isoformat() for one in found] == [
        "2026-03-27T08:00:00+01:00", "2026-03-30T08:00:00+02:00", "2026-03-31T08:00:00+02:00",
    ]  # fmt: skip
    assert [one.begin.hour for one in found] == [7, 6, 6]


def test_holidays_weekends_absences_and_full_days_are_left_out() -> None:
    """Good Friday is 3 April 2026, Easter Monday the 6th."""
    thursday = datetime(2026, 4, 2, 6, tzinfo=UTC)
    full = [Span(datetime(2026, 4, 7, 12, tzinfo=UTC), datetime(2026, 4, 7, 14, tzinfo=UTC))]
    found = free(hours_of("mo-fr 08:00-10:00"), (("2026-04-08", "2026-04-09"),), 1, full, HOME, thursday, NW)
    assert [local(next(found)).date() for _ in range(2)] == [date(2026, 4, 2), date(2026, 4, 10)]


def test_the_way_from_the_visit_before_is_left_free() -> None:
    far = (HOME[0], HOME[1] + 9 / 111.19)
    assert distance(HOME, far) == pytest.approx(9, rel=1e-3)
    # 1.3 * 9 km at 20 km/h and ten minutes
    assert way(HOME, far).total_seconds() / 60 == pytest.approx(45.1, abs=0.1)
    begin = datetime(2026, 3, 3, 8, tzinfo=UTC)
    before = Span(begin, begin + timedelta(hours=2), far)
    late = begin + timedelta(hours=2, minutes=45)
    assert not fits(Span(late, late + timedelta(hours=2), HOME), [before])
    assert fits(Span(late + timedelta(minutes=5), late + timedelta(hours=3), HOME), [before])


@given(
    st.lists(st.integers(0, 300), max_size=8), st.integers(0, 60 * 24 * 200), st.integers(1, 5),
    st.sampled_from(["mo-fr 08:00-17:00", "mo 07:30-12:00, mi 13:15-18:00, sa 08:00-12:00"]),
)  # fmt: skip
def test_whatever_stands_three_proposals_keep_every_rule(
    taken: list[int], minute: int, capacity: int, hours: str
) -> None:
    begin = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=minute)
    busy = [
        Span(at, at + timedelta(hours=2), (HOME[0] + n / 500, HOME[1]))
        for n, half_hours in enumerate(taken) for at in [begin + timedelta(minutes=30 * half_hours)]
    ]  # fmt: skip
    found = proposals(free(hours_of(hours), (), capacity, busy, HOME, begin, NW))
    assert len({half_day(one.begin) for one in found}) == len(found) <= 3
    for one in found:
        at, end = local(one), one.end.astimezone(BERLIN)
        assert one.begin >= begin
        assert NW.works(at.date())
        assert any(a <= at.time() and end.time() <= b for a, b in hours_of(hours)[at.weekday()])
        assert fits(one, [other for other in busy if local(other).date() == at.date()])
        assert sum(local(other).date() == at.date() for other in busy) < capacity


@pytest.mark.parametrize("text", ["", "mo", "mo 8-17", "mo-xx 08:00-09:00", "fr-mo 08:00-09:00", "mo 09:00-08:00",
                                  "mo 25:00-26:00"])  # fmt: skip
def test_hours_that_are_none_are_named(text: str) -> None:
    with pytest.raises(HoursError, match="hours: "):
        hours_of(text)
    assert hours_of("mo 08:00-12:00, mo 13:00-17:00")[0] == ((time(8), time(12)), (time(13), time(17)))


def test_a_table_of_craftsmen_is_taken_as_a_whole_or_refused_with_its_line() -> None:
    good = "id;name;mail;trades;areas;contract\nquelle;Sanitär Quelle;q@example.org;sanitaer heizung;46 45;ja\n"
    (one,) = read(good.encode())
    assert (one.trades, one.areas, one.contract) == (("sanitaer", "heizung"), ("46", "45"), True)
    for line, problem in (
        ("x y;N;q@example.org;sanitaer;;", "id"), ("x;N;nowhere;sanitaer;;", "mail"),
        ("x;N;q@example.org;;;", "trades"),
        ("x;N;q@example.org;sanitaer;abc;", "areas"), ("x;N;q@example.org;sanitaer;;vielleicht", "contract"),
        ("quelle;N;q@example.org;sanitaer;;", "same"),
    ):  # fmt: skip
        with pytest.raises(CraftError, match=problem):
            read(f"{good}{line}\n".encode())
    with pytest.raises(CraftError, match="columns"):
        read(b"id;name\n")
    with pytest.raises(CraftError, match="before"):
        absent(one, date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(CraftError, match="capacity"):
        checked(replace(one, capacity=0))


def test_an_invitation_names_its_zone_and_an_answer_is_read_from_it() -> None:
    begin = datetime(2026, 3, 30, 6, tzinfo=UTC)
    wanted = Invitation(
        "a1@example.org", 3, begin, begin + timedelta(hours=2), "Termin; mit, Zeichen", "Zeile\nzwei", "Weg 1",
        "service@example.org", "quelle@example.org", begin,
    )  # fmt: skip
    file = invitation(wanted, "REQUEST")
    calendar = Ical.from_ical(file.content)
    (event,) = calendar.walk("VEVENT")
    (zone,) = calendar.walk("VTIMEZONE")
    assert file.media_type == "text/calendar; method=REQUEST"
    assert event["dtstart"].params["TZID"] == zone["tzid"] == "Europe/Berlin"
    assert {len(zone.walk(kind)) for kind in ("DAYLIGHT", "STANDARD")} == {1}
    assert event.decoded("dtstart") == begin
    assert event.decoded("sequence") == 3
    assert answer(file.content) is None, "it is no answer"
    reply = file.content.replace(b"METHOD:REQUEST", b"METHOD:REPLY").replace(b"RSVP=TRUE", b"PARTSTAT=ACCEPTED")
    assert answer(reply) == ("a1@example.org", 3, True)
    assert answer(reply.replace(b"ACCEPTED", b"TENTATIVE")) is None


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_answer_of_a_calendar_raises(content: bytes) -> None:
    found = answer(b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + content)
    assert found is None or isinstance(found[2], bool)


def visit(number: int, day: int, hour: int, east: float, confirmed: bool = False) -> Appointment:
    begin = datetime(2026, 3, day, hour, tzinfo=UTC)
    return Appointment(
        f"v{number}", f"case{number}", f"o{number}", "quelle", moment(begin), moment(begin + timedelta(hours=2)),
        crafts.BOOKED, None, None, confirmed, 0, HOME[0] + east, HOME[1],
    )  # fmt: skip


def test_ways_get_shorter_and_what_somebody_relies_on_stays() -> None:
    """East and west alternate on three days; sorted by side, two ways across the town are saved."""
    craftsman = Craftsman("quelle", "Quelle", "q@example.org", ("sanitaer",), place=HOME, capacity=2)
    visits = [
        visit(1, 5, 7, 0.05, confirmed=True), visit(2, 5, 11, -0.05), visit(3, 6, 7, 0.05), visit(4, 6, 11, -0.05),
    ]  # fmt: skip
    plan = better(craftsman, visits, MONDAY, NW)
    assert "v1" not in plan
    before, after = length(craftsman, visits, {}), length(craftsman, visits, plan)
    assert after < 0.75 * before
    assert plan == better(craftsman, visits, MONDAY, NW), "the same night gives the same plan"
    assert better(craftsman, [replace(one, confirmed=True) for one in visits], MONDAY, NW) == {}


def test_a_visit_that_is_moved_is_told_to_both(twin: Tenant) -> None:
    with_craftsmen(twin, replace(FIRST, capacity=2))
    assert optimise(twin.database, MONDAY).moved == 0
    cases = [reported(twin, number) for number in (2, 3, 4)]
    told = [visit(2, 5, 11, -0.05), visit(3, 6, 7, 0.05), visit(4, 6, 11, -0.05)]
    with twin.database.write("test") as connection:
        first = visit(1, 5, 7, 0.05, confirmed=True)
        crafts.add_appointments(connection, [replace(first, case=cases[0], order=f"{cases[0]}-o1")])
        crafts.add_appointments(
            connection, [replace(one, case=id_, order=f"{id_}-o1") for one, id_ in zip(told, cases, strict=True)]
        )
    found = optimise(twin.database, MONDAY)
    assert found.moved >= 1
    assert found.after < found.before
    with twin.database.read() as connection:
        moved = [one for one in crafts.standing(connection, ["quelle"], moment(MONDAY)) if one.sequence]
        assert len(moved) == found.moved
    assert optimise(twin.database, MONDAY).moved == 0, "a second night finds nothing better"


def test_the_night_is_computed_once_traced_and_can_be_switched_off(twin: Tenant) -> None:
    night, database = MONDAY + timedelta(hours=12), twin.database
    assert not nightly.due(database, night), "there is no craftsman"
    with_craftsmen(twin)
    assert nightly.due(database, night)
    turn(database, night, {}, seldom=True)
    assert not nightly.due(database, night + timedelta(hours=1))
    assert not nightly.due(database, night + timedelta(hours=4)), "one o'clock is before the hour"
    assert nightly.due(database, night + timedelta(hours=6))
    assert nightly.run(database, night) == 0, "the same night again changes nothing"
    with database.read() as connection:
        lines = [one for one in audit.lines(connection) if one.what == "shortened_tours"]
    assert [(one.subject, one.detail["moved"]) for one in lines] == [("2026-03-02", 0)]
    nightly.set_hour(database, None, night)
    assert not nightly.due(database, night + timedelta(hours=6))
    with pytest.raises(nightly.HourError, match="24"):
        nightly.set_hour(database, 24, night)
