"""Built-in functions that make dates, times and durations and ask about them (DMN 1.5, 10.3.4.1, 7 and 8)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from kastor.cases.feel.calendar import (
    DAY,
    SECOND,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    Zone,
    day_number,
    from_python,
    valid_date,
    week_of_year,
    weekday,
    whole_months,
    zone_named,
)  # fmt: skip
from kastor.cases.feel.signatures import builtin, by_name
from kastor.cases.feel.types import MIDNIGHT_UTC
from kastor.cases.feel.values import Run, Value, note

_DATE: Final = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME: Final = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z0-9_+\-/]+)?", re.ASCII
)
_MONTHS: Final = re.compile(r"(-?)P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_DAYS: Final = re.compile(
    r"(-?)P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.ASCII
)
MOST_OFFSET: Final = 18 * 3600
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def date_of_text(text: str) -> Date | None:
    """``2026-11-27``."""
    found = _DATE.fullmatch(text)
    return valid_date(*(int(each) for each in found.groups())) if found else None


def time_of_text(text: str) -> Time | None:
    """``10:20:30.5``, with ``Z``, an offset or ``@Europe/Berlin`` behind it or not."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = (int(each) for each in found.groups()[:3])
    zone = zone_of_text(found.group(5))
    if hour > 23 or minute > 59 or second > 59 or zone == "":
        return None
    return Time((hour * 3600 + minute * 60 + second) * SECOND + _fraction(found.group(4)), zone)


def _fraction(digits: str | None) -> int:
    return int((digits or "0")[:9].ljust(9, "0"))


def zone_of_text(text: str | None) -> Zone:
    """An offset in seconds, a zone's name, None for nothing, an empty name for what is no zone."""
    if text is None:
        return None
    if text in {"Z", "z"}:
        return 0
    if text[0] == "@":
        return text[1:] if zone_named(text[1:]) is not None else ""
    hours, minutes, *seconds = (int(each) for each in text[1:].split(":"))
    offset = hours * 3600 + minutes * 60 + sum(seconds)
    if offset > MOST_OFFSET or minutes > 59 or sum(seconds) > 59:
        return ""
    return -offset if text[0] == "-" else offset


def moment_of_text(text: str) -> DateTime | None:
    """Date and time with a ``T`` in between; a date alone is its midnight."""
    day, between, time = text.partition("T")
    found = date_of_text(day)
    if found is None or not between:
        return None if found is None else DateTime(found, Time(0))
    clock = time_of_text(time)
    return None if clock is None else DateTime(found, clock)


def duration_of_text(text: str) -> YearsMonths | DaysTime | None:
    """``P1Y2M`` or ``P1DT2H3M4.5S``."""
    if len(text) > 200:
        return None
    found = _MONTHS.fullmatch(text)
    if found is not None:
        months = int(found.group(2) or 0) * 12 + int(found.group(3) or 0)
        return YearsMonths(-months if found.group(1) else months)
    found = _DAYS.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups()[1:5])
    nanos = days * DAY + ((hours * 60 + minutes) * 60 + seconds) * SECOND + _fraction(found.group(6))
    return DaysTime(-nanos if found.group(1) else nanos)


def at_literal(text: str) -> Value:
    """What ``@"..."`` says: a date, date and time, time or duration."""
    for read in (date_of_text, _moment_with_time, time_of_text, duration_of_text):
        found = read(text)
        if found is not None:
            return found
    return None


def _moment_with_time(text: str) -> DateTime | None:
    return moment_of_text(text) if "T" in text else None


# --- constructors


def date(source: Value) -> Value:
    """The date of a text, or the day of a date and time."""
    if isinstance(source, str):
        return date_of_text(source)
    return source.date if isinstance(source, DateTime) else source


def date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> Value:
    """The date of three numbers."""
    parts = (year, month, day)
    if any(part != part.to_integral_value() for part in parts) or abs(year) > 10**10:
        return None
    return valid_date(*(int(part) for part in parts))


def time(source: Value) -> Value:
    """The time of a text or of a date and time; of a date, midnight in UTC."""
    if isinstance(source, str):
        return time_of_text(source)
    if isinstance(source, DateTime):
        return source.time
    return MIDNIGHT_UTC if isinstance(source, Date) else source


def time_of_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None) -> Value:
    """The time of three numbers and an offset."""
    if hour != int(hour) or minute != int(minute) or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    zone = None if offset is None else _offset(offset)
    if zone == "":
        return None
    return Time((int(hour) * 3600 + int(minute) * 60) * SECOND + int(second * SECOND), zone)


def _offset(offset: DaysTime) -> Zone:
    seconds, rest = divmod(offset.nanos, SECOND)
    return "" if rest or abs(seconds) > MOST_OFFSET else seconds


def moment(day: Value, clock: Time) -> Value:
    """A date, or the day of a date and time, with a time."""
    return DateTime(day.date if isinstance(day, DateTime) else day, clock)


def moment_from(source: Value) -> Value:
    """The date and time of a text; a date becomes its midnight in UTC."""
    if isinstance(source, str):
        return moment_of_text(source)
    return DateTime(source, MIDNIGHT_UTC) if isinstance(source, Date) else source


def moment_in_zone(source: DateTime, zone: str) -> Value:
    """A date and time on the clock of a named zone."""
    return None if zone_named(zone) is None else DateTime(source.date, Time(source.time.nanos, zone))


def moment_of_parts(
    year: Decimal, month: Decimal, day: Decimal, hour: Decimal, minute: Decimal, second: Decimal, offset: Value = None
) -> Value:
    """The date and time of numbers, with an offset (a duration, or hours) or a zone (a text)."""
    found = date_of_parts(year, month, day)
    if isinstance(offset, Decimal):
        offset = DaysTime(int(offset * 3600) * SECOND) if abs(offset) < 100 else DaysTime(-1)
    clock = time_of_parts(hour, minute, second, offset if isinstance(offset, DaysTime) else None)
    if found is None or clock is None:
        return None
    if isinstance(offset, str):
        return moment_in_zone(DateTime(found, clock), offset)
    return DateTime(found, clock)


def duration(text: Value) -> Value:
    """The duration a text says."""
    return duration_of_text(text) if isinstance(text, str) else text


def years_and_months(start: Value, end: Value) -> Value:
    """Whole months between two days."""
    first, last = date(start), date(end)
    return YearsMonths(whole_months(first, last))


# --- questions


def day_of_year(value: Value) -> Decimal:
    """1 is the first of January."""
    day = date(value)
    return Decimal(day.number - day_number(day.year, 1, 1) + 1)


def day_of_week(value: Value) -> str:
    """``Monday`` ..., in English as the standard has it."""
    return WEEKDAYS[weekday(date(value)) - 1]


def month_of_year(value: Value) -> str:
    """``January`` ..., in English as the standard has it."""
    return MONTHS[date(value).month - 1]


def week(value: Value) -> Decimal:
    """Week of the year by ISO 8601."""
    return Decimal(week_of_year(date(value)))


def now(run: Run | None) -> Value:
    """The moment the computation was given; null if it was given none."""
    if run is None or run.now is None:
        note(run, "now() and today() are null: the computation was given no clock")
        return None
    return from_python(run.now)


def today(run: Run | None) -> Value:
    """The day of :func:`now`."""
    found = now(run)
    return None if found is None else found.date


_PARTS: Final = "year: number, month: number, day: number, hour: number, minute: number, second: number"
_LAST_PARTS: Final = ("offset?: duration?", "hour offset: number?", "timezone: string?")
_A_DAY: Final = "date|date and time"
DATES: Final = by_name(
    builtin(("@(from: string)", at_literal)),
    builtin(
        ("date(from: string|date|date and time)", date),
        ("date(year: number, month: number, day: number)", date_of_parts),
    ),
    builtin(
        ("time(from: string|time|date and time|date)", time),
        ("time(hour: number, minute: number, second: number, offset?: duration?)", time_of_parts),
    ),
    builtin(
        ("date and time(from: string|date|date and time)", moment_from),
        (f"date and time(date: {_A_DAY}, time: time)", moment),
        ("date and time(from: date and time, timezone: string)", moment_in_zone),
        *((f"date and time({_PARTS}, {last})", moment_of_parts) for last in _LAST_PARTS),
    ),
    builtin(("duration(from: string|duration)", duration)),
    builtin((f"years and months duration(from: {_A_DAY}, to: {_A_DAY})", years_and_months)),
    builtin((f"day of year(date: {_A_DAY})", day_of_year)),
    builtin((f"day of week(date: {_A_DAY})", day_of_week)),
    builtin((f"month of year(date: {_A_DAY})", month_of_year)),
    builtin((f"week of year(date: {_A_DAY})", week)),
    builtin(("now()", now), with_run=True),
    builtin(("today()", today), with_run=True),
)
