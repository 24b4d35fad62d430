"""When a craftsman can come: working hours, days off, what stands already, and the way in between.

Times are counted on the wall clock of Berlin and given in UTC; a day with 23 or 25 hours changes nothing of that. Ways
are 1.3 times the line between two places at 20 km/h, and ten minutes for parking and stairs: an estimate for a town,
not a route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import cos, hypot, radians

from kastor.cases.hours import BERLIN, Calendar

Point = tuple[float, float]
"""Longitude, latitude (WGS 84). [degree]"""

VISIT = timedelta(hours=2)
"""How long a visit is planned for: the time named to whoever waits."""

GRID = timedelta(minutes=30)
"""Visits begin at full and half hours."""

DAYS = 45
"""So far ahead something is looked for. [days]"""

DETOUR, SPEED, ARRIVAL = 1.3, 20.0, timedelta(minutes=10)
"""Way by line distance, speed [km/h], and what each arrival takes."""

EARTH = 6371.0
"""Radius. [km]"""

DAY_NAMES = ("mo", "di", "mi", "do", "fr", "sa", "so")
_PART = re.compile(r"([a-z]{2})(?:-([a-z]{2}))? +(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")

Hours = Mapping[int, tuple[tuple[time, time], ...]]
"""Working times by weekday, Monday 0."""


class HoursError(ValueError):
    """A text that does not say when somebody works."""


@dataclass(frozen=True)
class Span:
    """From when to when, UTC, and where (None when that is unknown)."""

    begin: datetime
    end: datetime
    place: Point | None = None


@lru_cache(maxsize=512)
def hours_of(text: str) -> Hours:
    """
    Working times in words.

    Raises
    ------
    HoursError
        When it cannot be read.

    Examples
    --------
    >>> hours_of("mo-do 08:00-16:00, fr 08:00-12:00")[4]
    ((datetime.time(8, 0), datetime.time(12, 0)),)
    """
    found: dict[int, tuple[tuple[time, time], ...]] = {}
    for part in text.lower().split(","):
        read = _PART.fullmatch(part.strip())
        first, last = (read[1], read[2] or read[1]) if read else ("", "")
        if read is None or first not in DAY_NAMES or last not in DAY_NAMES:
            raise HoursError(
                f"hours: {part.strip()[:40]!r} is no working time. Write mo-do 08:00-16:00, fr 08:00-12:00."
            )
        try:
            opens, closes = time(int(read[3]), int(read[4])), time(int(read[5]), int(read[6]))
        except ValueError:
            raise HoursError(f"hours: {part.strip()[:40]!r} names a time there is not.") from None
        begin, end = DAY_NAMES.index(first), DAY_NAMES.index(last)
        if opens >= closes or begin > end:
            raise HoursError(f"hours: {part.strip()[:40]!r} ends before it begins.")
        for day in range(begin, end + 1):
            found[day] = tuple(sorted((*found.get(day, ()), (opens, closes))))
    return found


def distance(here: Point, there: Point) -> float:
    """Line between two places of a town. [km]"""
    east = radians(there[0] - here[0]) * cos(radians((here[1] + there[1]) / 2))
    return EARTH * hypot(east, radians(there[1] - here[1]))


def way(here: Point | None, there: Point | None) -> timedelta:
    """
    How long it takes from a visit to the next one.

    Examples
    --------
    >>> way((6.99, 51.66), (6.99, 51.66))
    datetime.timedelta(seconds=600)
    """
    if here is None or there is None:
        return ARRIVAL
    return ARRIVAL + timedelta(hours=DETOUR * distance(here, there) / SPEED)


def half_day(moment: datetime) -> tuple[date, bool]:
    """The day in Berlin, and whether it is after noon."""
    local = moment.astimezone(BERLIN)
    return local.date(), local.hour >= 12


def fits(wanted: Span, busy: Iterable[Span]) -> bool:
    """Whether somebody who has other visits can make another one, with the ways before and after it."""
    for one in busy:
        between = way(one.place, wanted.place)
        if wanted.begin < one.end + between and one.begin < wanted.end + between:
            return False
    return True


def free(
    hours: Hours, absences: Sequence[tuple[str, str]], capacity: int, busy: Sequence[Span], place: Point | None,
    begin: datetime, calendar: Calendar,
) -> Iterator[Span]:  # fmt: skip
    """
    Times a craftsman can come, the earliest first.

    Parameters
    ----------
    absences
        First and last day of each, ISO 8601.
    capacity
        Visits on one day at most.
    busy
        What stands already.
    place
        Where the visit is.
    begin
        Nothing is earlier, UTC.
    """
    first = begin.astimezone(BERLIN).date()
    for day in (first + timedelta(days=n) for n in range(DAYS)):
        if not calendar.works(day) or any(one <= day.isoformat() <= last for one, last in absences):
            continue
        today = [one for one in busy if one.begin.astimezone(BERLIN).date() == day]
        if len(today) >= capacity:
            continue
        for opens, closes in hours.get(day.weekday(), ()):
            yield from (one for one in _of_shift(day, opens, closes, place) if one.begin >= begin and fits(one, today))


def _of_shift(day: date, opens: time, closes: time, place: Point | None) -> Iterator[Span]:
    start = datetime.combine(day, opens)
    start += (datetime.min - start) % GRID
    while start + VISIT <= datetime.combine(day, closes):
        # counted on the wall clock, so that summer time moves nothing
        first, last = (one.replace(tzinfo=BERLIN).astimezone(UTC) for one in (start, start + VISIT))
        yield Span(first, last, place)
        start += GRID


def proposals(candidates: Iterable[Span], without: Iterable[datetime] = (), count: int = 3) -> list[Span]:
    """
    The earliest times in different half-days.

    Parameters
    ----------
    without
        Beginnings of times in half-days that were offered already.
    """
    seen = {half_day(one) for one in without}
    found: list[Span] = []
    for one in candidates:
        if half_day(one.begin) not in seen:
            seen.add(half_day(one.begin))
            found.append(one)
        if len(found) == count:
            break
    return found
