"""Time as people count it: calendar days, working days and office hours in Germany, over both clock changes.

A day is a day on the wall clock: what begins at nine is due at nine, although the day had 23 or 25 hours. Hours are
hours. Working days leave out Saturdays, Sundays and the public holidays of the Land; office hours count only while the
office is open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")

CLOCK, WORKING_DAYS, OFFICE_HOURS = "hours", "working_days", "office_hours"
COUNTED = (CLOCK, WORKING_DAYS, OFFICE_HOURS)
"""How a span is counted: by the clock and the calendar, in working days, or while the office is open."""

LAENDER = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")

LONGEST = 3660
"""Spans end within ten years. [days]"""

_SPAN = re.compile(
    r"P(?=[\dT])(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


class SpanError(ValueError):
    """A text that is no span of time, or one that cannot be counted so."""


@dataclass(frozen=True)
class Calendar:
    """
    When the office is open.

    Parameters
    ----------
    land
        One of ``LAENDER``; empty for the holidays of all of Germany only.
    opens, closes
        Local time, Monday to Friday.
    """

    land: str = ""
    opens: time = time(8)
    closes: time = time(17)

    def works(self, day: date) -> bool:
        """
        Whether the office is open on a day.

        Examples
        --------
        >>> Calendar("NW").works(date(2026, 6, 4)), Calendar("SH").works(date(2026, 6, 4))
        (False, True)
        """
        return day.weekday() < 5 and day not in _holidays(self.land, day.year)


@dataclass(frozen=True)
class Span:
    """A span of time as ISO 8601 writes it: whole months and days, and seconds."""

    months: int
    days: int
    seconds: int


def span(text: str) -> Span:
    """
    A span of ISO 8601.

    Examples
    --------
    >>> span("P14D"), span("PT1H30M"), span("P1Y2W")
    (Span(months=0, days=14, seconds=0), Span(months=0, days=0, seconds=5400), Span(months=12, days=14, seconds=0))

    Raises
    ------
    SpanError
        When it is none, or longer than ten years.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found or not any(found.groups()):
        raise SpanError(f"{text[:40]!r} is no span of time. Write it as P14D (days) or PT10M (minutes).")
    part = {name: int(value or 0) for name, value in found.groupdict().items()}
    seconds = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    read = Span(part["years"] * 12 + part["months"], part["weeks"] * 7 + part["days"], seconds)
    if read.months * 31 + read.days + read.seconds / 86400 > LONGEST:
        raise SpanError(f"{text[:40]!r} is longer than ten years. Choose a shorter one.")
    return read


def later(start: datetime, text: str, counted: str = CLOCK, calendar: Calendar | None = None) -> datetime:
    """
    The moment a span ends.

    Parameters
    ----------
    start
        When it begins, with a zone.
    text
        ISO 8601.
    counted
        One of ``COUNTED``. Working days take whole days and weeks only, office hours no months.
    calendar
        That of all of Germany when None.

    Returns
    -------
    datetime
        UTC.

    Examples
    --------
    Summer time begins on 29 March 2026: a day later it is nine again, 24 hours later it is ten.

    >>> start = datetime(2026, 3, 28, 9, tzinfo=BERLIN)
    >>> later(start, "P1D").astimezone(BERLIN).hour, later(start, "PT24H").astimezone(BERLIN).hour
    (9, 10)
    """
    read, calendar = span(text), calendar or Calendar()
    local = start.astimezone(BERLIN)
    if counted == WORKING_DAYS:
        if read.months or read.seconds:
            raise SpanError(f"{text!r} cannot be counted in working days. Write whole days, such as P10D.")
        return _on(_working_day(local.date(), read.days, calendar), local).astimezone(UTC)
    if counted == OFFICE_HOURS:
        if read.months:
            raise SpanError(f"{text!r} cannot be counted in office hours. Write days or hours, such as PT4H.")
        day = _working_day(local.date(), read.days, calendar) if read.days else local.date()
        return _open_hours(_on(day, local), read.seconds, calendar).astimezone(UTC)
    if counted != CLOCK:
        raise SpanError(f"{counted!r} is no way of counting. There are: {', '.join(COUNTED)}.")
    day = _months_later(local.date(), read.months) + timedelta(days=read.days)
    return _on(day, local).astimezone(UTC) + timedelta(seconds=read.seconds)


def _on(day: date, local: datetime) -> datetime:
    """The same time of another day; a time the clock jumps over is the one after the jump."""
    found = datetime.combine(day, local.time(), BERLIN)
    return found.astimezone(UTC).astimezone(BERLIN)


def _working_day(day: date, count: int, calendar: Calendar) -> date:
    """The so-manieth working day after a day; from a day off, counting begins on the next open one."""
    while not calendar.works(day):
        day += timedelta(days=1)
    while count:
        day += timedelta(days=1)
        count -= calendar.works(day)
    return day


def _open_hours(now: datetime, seconds: int, calendar: Calendar) -> datetime:
    while True:
        opens = datetime.combine(now.date(), calendar.opens, BERLIN)
        closes = datetime.combine(now.date(), calendar.closes, BERLIN)
        if calendar.works(now.date()) and now < closes:
            now = max(now, opens)
            left = (closes.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
            if seconds <= left:
                return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(BERLIN)
            seconds -= int(left)
        now = datetime.combine(now.date() + timedelta(days=1), calendar.opens, BERLIN)


def _months_later(day: date, months: int) -> date:
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@cache
def _holidays(land: str, year: int) -> frozenset[date]:
    # takes a tenth of a second to import
    from holidays import country_holidays

    return frozenset(country_holidays("DE", subdiv=land or None, years=year))
