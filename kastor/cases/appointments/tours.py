"""Shorter ways for visits nobody relies on yet, by PyVRP: every night, each craftsman for the days to come.

A visit somebody has chosen or been promised stays where it is. The others move within the craftsman's working hours and
before their deadline, if that makes all ways together shorter; nothing on the next working day is moved any more. The
same visits and seed give the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from kastor.cases import casework
from kastor.cases.appointments import visits as calendar_of_visits
from kastor.cases.appointments.times import DAYS, Point, Span, distance, fits, hours_of, way
from kastor.cases.hours import BERLIN, Calendar
from kastor.store import crafts
from kastor.store.crafts import Appointment, Craftsman
from kastor.store.database import Database
from kastor.store.moments import moment

STEP = timedelta(minutes=5)
"""Times are counted in these."""

SECONDS, SEED = 2.0, 1
"""Of computing for a craftsman at most [s], and the seed of the search."""

ITERATIONS = 400
"""Of the search; they end it before the seconds do in all usual cases, so that the plan is always the same."""


@dataclass(frozen=True)
class Tours:
    """What a night brought: visits that were moved, ways before and after. [km]"""

    moved: int
    before: float
    after: float


def optimise(database: Database, now: datetime, land: str = "") -> Tours:
    """
    Make the ways of all craftsmen shorter.

    Parameters
    ----------
    land
        Whose holidays count, such as ``NW``.
    """
    with database.read() as connection:
        everybody = [one for one in crafts.all_craftsmen(connection) if one.active]
        planned = {one.id: crafts.standing(connection, [one.id], moment(now)) for one in everybody}
    moved, before, after = 0, 0.0, 0.0
    for craftsman in everybody:
        found = [one for one in planned[craftsman.id] if one.state == crafts.BOOKED]
        plan = better(craftsman, found, now, Calendar(land))
        before += length(craftsman, found, {})
        changed = _take(database, now, found, plan) if plan else {}
        after += length(craftsman, found, changed)
        moved += len(changed)
    return Tours(moved, before, after)


def length(craftsman: Craftsman, visits: Sequence[Appointment], plan: Mapping[str, datetime]) -> float:
    """Ways of all days, from the craftsman's place and back, as lines. [km]"""
    at = [(plan.get(one.id, datetime.fromisoformat(one.begins)), one.place) for one in visits]
    days: dict[object, list[tuple[datetime, Point]]] = {}
    for begin, place in at:
        if place:
            days.setdefault(begin.astimezone(BERLIN).date(), []).append((begin, place))
    total = 0.0
    for day in days.values():
        stops = [place for _, place in sorted(day)]
        home = [craftsman.place] if craftsman.place else []
        round_trip = [*home, *stops, *home]
        total += sum(distance(here, there) for here, there in pairwise(round_trip))
    return total


def better(
    craftsman: Craftsman, visits: Sequence[Appointment], now: datetime, calendar: Calendar
) -> dict[str, datetime]:
    """New beginnings of visits that may move, by id; empty when nothing gets shorter."""
    first = _first_free_day(now, calendar)
    free = [one for one in visits if not one.confirmed and one.place and datetime.fromisoformat(one.begins) >= first]
    fixed = [one for one in visits if one not in free and one.place and datetime.fromisoformat(one.begins) >= first]
    if len(free) < 1 or len(free) + len(fixed) < 2:
        return {}
    plan = _solved(craftsman, free, fixed, first, calendar)
    changed = {one.id: plan[one.id] for one in free if one.id in plan and moment(plan[one.id]) != one.begins}
    shorter = length(craftsman, visits, plan) < length(craftsman, visits, {}) - 0.05
    return changed if changed and shorter and _stands(craftsman, visits, plan) else {}


def _first_free_day(now: datetime, calendar: Calendar) -> datetime:
    """Beginning of the day after the next working day."""
    day = now.astimezone(BERLIN).date() + timedelta(days=1)
    while not calendar.works(day):
        day += timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), BERLIN).astimezone(UTC)


def _stands(craftsman: Craftsman, visits: Sequence[Appointment], plan: Mapping[str, datetime]) -> bool:
    """Whether a plan leaves time for every way, and no day has too many visits."""
    spans = [
        Span(begin, begin + (datetime.fromisoformat(one.ends) - datetime.fromisoformat(one.begins)), one.place)
        for one in visits for begin in [plan.get(one.id, datetime.fromisoformat(one.begins))]
    ]  # fmt: skip
    days = Counter(one.begin.astimezone(BERLIN).date() for one in spans)
    if max(days.values()) > craftsman.capacity:
        return False
    return all(fits(one, [other for other in spans if other is not one]) for one in spans)


def _solved(
    craftsman: Craftsman, free: Sequence[Appointment], fixed: Sequence[Appointment], first: datetime, calendar: Calendar
) -> dict[str, datetime]:
    # takes a tenth of a second to import
    from pyvrp import Model
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    def steps(at: datetime) -> int:
        return int((at - first) / STEP)

    model = Model()
    home = craftsman.place or next(one.place for one in (*free, *fixed) if one.place)
    spots = [home, *(one.place or home for one in (*free, *fixed))]
    where = [model.add_location(x=round(x * 1e6), y=round(y * 1e6)) for x, y in spots]
    depot = model.add_depot(where[0])
    for begin, end in _shifts(craftsman, first, calendar):
        if steps(begin) >= 0:
            model.add_vehicle_type(
                capacity=craftsman.capacity, start_depot=depot, end_depot=depot, tw_early=steps(begin),
                tw_late=steps(end),
            )  # fmt: skip
    names = []
    for number, one in enumerate((*free, *fixed), start=1):
        begin, ends = datetime.fromisoformat(one.begins), datetime.fromisoformat(one.ends)
        latest = datetime.fromisoformat(one.latest) if one.latest else first + timedelta(days=DAYS)
        early, late = (0, max(steps(latest), 0)) if one in free else (steps(begin), steps(begin))
        model.add_client(
            where[number], delivery=1, service_duration=int((ends - begin) / STEP), tw_early=early, tw_late=late
        )
        names.append(one.id)
    for a, here in enumerate(spots):
        for b, there in enumerate(spots):
            if a != b:
                # the ways from home and back are no working time
                drive = -(-way(here, there) // STEP) if a and b else 0
                model.add_edge(where[a], where[b], round(1000 * distance(here, there)), int(drive))
    stop = MultipleCriteria([MaxIterations(ITERATIONS), MaxRuntime(SECONDS)])
    found = model.solve(stop, seed=SEED, collect_stats=False, display=False)
    if not found.is_feasible():
        return {}
    plan: dict[str, datetime] = {}
    for route in found.best.routes():
        for visit in route.schedule():
            if visit.is_client():
                plan[names[visit.idx]] = first + STEP * (visit.end_time - visit.duration)
    return plan


def _shifts(craftsman: Craftsman, first: datetime, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    hours, day = hours_of(craftsman.hours), first.astimezone(BERLIN).date()
    found = []
    for date in (day + timedelta(days=n) for n in range(DAYS)):
        off = any(one <= date.isoformat() <= last for one, last in craftsman.absences)
        for opens, closes in () if off or not calendar.works(date) else hours.get(date.weekday(), ()):
            begin, end = (datetime.combine(date, one, BERLIN).astimezone(UTC) for one in (opens, closes))
            found.append((begin, end))
    return found


def _take(
    database: Database, now: datetime, seen: Sequence[Appointment], plan: Mapping[str, datetime]
) -> dict[str, datetime]:
    """Move visits that still stand as they were seen, all of a craftsman in one transaction; gives what was moved."""
    with casework.begin(database, now) as work:
        fresh = crafts.standing(work.connection, {one.craftsman for one in seen}, work.at)
        if [one for one in fresh if one.state == crafts.BOOKED] != list(seen):
            return {}
        for one in seen:
            if one.id in plan:
                calendar_of_visits.move(work, one, plan[one.id])
    return dict(plan)
