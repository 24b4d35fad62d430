"""Dates, times and durations as FEEL has them: any year, nanoseconds, offsets and named zones.

Python's own types end at the years 1 and 9999 and at microseconds; where they suffice, values leave as Python's types.
Day numbers are those of the proleptic Gregorian calendar with a year 0 (ISO 8601).
"""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000_000
DAY: Final = 86_400 * SECOND
LAST_YEAR: Final = 999_999_999
_EPOCH_ORDINAL: Final = python.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A duration of years and months, kept as months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.months < 0 else "") + "P" + (text or "0M")


@dataclass(frozen=True, slots=True)
class DaysTime:
    """A duration of days, hours, minutes and seconds, kept as nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, 3600 * SECOND)
        minutes, rest = divmod(rest, 60 * SECOND)
        seconds = seconds_text(rest, pad=False) if rest else ""
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds else "")
        text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
        return ("-" if self.nanos < 0 else "") + "P" + (text or "T0S")


@dataclass(frozen=True, slots=True)
class Date:
    """A day."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"

    @property
    def number(self) -> int:
        """Days since 1970-01-01."""
        return day_number(self.year, self.month, self.day)


Zone = int | str | None


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: nanoseconds since midnight, and an offset in seconds, a zone's name, or nothing."""

    nanos: int
    zone: Zone = None

    def __str__(self) -> str:
        hours, rest = divmod(self.nanos, 3600 * SECOND)
        minutes, rest = divmod(rest, 60 * SECOND)
        return f"{hours:02d}:{minutes:02d}:{seconds_text(rest, pad=True)}{zone_text(self.zone)}"

    @property
    def offset(self) -> int | None:
        """Seconds east of Greenwich; a named zone has one only with a date."""
        return zone_offset(self.zone, None)

    @property
    def instant(self) -> int:
        """Nanoseconds since midnight in Greenwich, for comparing; without offset as it stands."""
        return self.nanos - (self.offset or 0) * SECOND


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day with a time."""

    date: Date
    time: Time

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"

    @property
    def offset(self) -> int | None:
        """Seconds east of Greenwich at that moment."""
        return zone_offset(self.time.zone, self)

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01 on the clock of the place."""
        return self.date.number * DAY + self.time.nanos

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970-01-01 in Greenwich; without offset as it stands."""
        return self.local - (self.offset or 0) * SECOND


def seconds_text(nanos: int, *, pad: bool) -> str:
    """Seconds with as many decimals as they need."""
    seconds, rest = divmod(nanos, SECOND)
    whole = f"{seconds:02d}" if pad else str(seconds)
    return whole + (f".{rest:09d}".rstrip("0") if rest else "")


def zone_text(zone: Zone) -> str:
    """An offset or a zone as it stands behind a time."""
    if zone is None:
        return ""
    if isinstance(zone, str):
        return "@" + zone
    if zone == 0:
        return "Z"
    hours, rest = divmod(abs(zone), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{'-' if zone < 0 else '+'}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo | None:
    """A time zone of the IANA list, or None."""
    if "/" not in name and name not in {"UTC", "GMT", "Z", "CET", "MET", "EET", "WET", "EST", "MST", "HST", "EST5EDT"}:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


def zone_offset(zone: Zone, at: DateTime | None) -> int | None:
    """Seconds east of Greenwich; a named zone needs the moment, outside Python's years that of the nearest year."""
    if not isinstance(zone, str):
        return zone
    found = zone_named(zone)
    if found is None:
        return None
    day = python.datetime(2000, 1, 1) if at is None else _nearest(at)
    offset = day.replace(tzinfo=found).utcoffset()
    return None if offset is None else int(offset.total_seconds())


def _nearest(at: DateTime) -> python.datetime:
    year = min(max(at.date.year, 2), 9998)
    day = min(at.date.day, days_in_month(year, at.date.month))
    seconds = at.time.nanos // SECOND
    return python.datetime(year, at.date.month, day, seconds // 3600, seconds // 60 % 60, seconds % 60)


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of any proleptic Gregorian date."""
    cycles, within = divmod(year - 1, 400)
    return (
        python.date(within + 1, month, day).toordinal() - _EPOCH_ORDINAL + cycles * 146_097
        if day < 29
        else (day_number(year, month, 28) + day - 28)
    )


def date_of(number: int) -> Date | None:
    """The date so many days after 1970-01-01, or None beyond the years FEEL has."""
    cycles, within = divmod(number + _EPOCH_ORDINAL - 1, 146_097)
    found = python.date.fromordinal(within + 1)
    year = found.year + 400 * cycles
    return Date(year, found.month, found.day) if abs(year) <= LAST_YEAR else None


def days_in_month(year: int, month: int) -> int:
    """Days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def valid_date(year: int, month: int, day: int) -> Date | None:
    """A date, or None if there is no such day."""
    if not (abs(year) <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return None
    return Date(year, month, day)


def moment(local: int, zone: Zone) -> DateTime | None:
    """Date and time so many nanoseconds after 1970-01-01 on the clock of the place."""
    days, nanos = divmod(local, DAY)
    day = date_of(days)
    return None if day is None else DateTime(day, Time(nanos, zone))


def later_by_months(day: Date, months: int) -> Date | None:
    """The same day so many months later; the last of the month where there is no such day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return valid_date(years, month + 1, min(day.day, days_in_month(years, month + 1)))


def later(at: DateTime, nanos: int) -> DateTime | None:
    """A moment so much later; with a named zone on the clock of the place."""
    return moment(at.local + nanos, at.time.zone)


def weekday(day: Date) -> int:
    """1 is Monday, 7 is Sunday."""
    return (day.number + 3) % 7 + 1


def whole_months(start: Date, end: Date) -> int:
    """Whole months from one day to another."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        return months - 1
    if months < 0 and end.day > start.day:
        return months + 1
    return months


def week_of_year(day: Date) -> int:
    """Week of ISO 8601: week 1 has the first Thursday."""
    thursday = date_of(day.number - weekday(day) + 4)
    year = day.year if thursday is None else thursday.year
    first = day_number(year, 1, 1)
    return (day.number - weekday(day) + 4 - first) // 7 + 1


def from_python(value: python.date | python.time | python.timedelta) -> Date | Time | DateTime | DaysTime:
    """A value of Python as FEEL has it."""
    if isinstance(value, python.timedelta):
        return DaysTime(((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000)
    if isinstance(value, python.datetime):
        return DateTime(Date(value.year, value.month, value.day), _time(value, value.utcoffset()))
    if isinstance(value, python.time):
        return _time(value, value.utcoffset())
    return Date(value.year, value.month, value.day)


def _time(value: python.time | python.datetime, offset: python.timedelta | None) -> Time:
    nanos = ((value.hour * 60 + value.minute) * 60 + value.second) * SECOND + value.microsecond * 1000
    zone: Zone = None if offset is None else int(offset.total_seconds())
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key and zone_named(value.tzinfo.key) is not None:
        zone = 0 if value.tzinfo.key == "UTC" else value.tzinfo.key
    return Time(nanos, zone)


def to_python(value: Date | Time | DateTime) -> Date | Time | DateTime | python.date | python.time | python.datetime:
    """A value as Python has it, or as it is where Python has none."""
    if isinstance(value, Date):
        return python.date(value.year, value.month, value.day) if 1 <= value.year <= 9999 else value
    if isinstance(value, Time):
        found = _python_time(value)
        return value if found is None else found
    time = _python_time(value.time)
    if time is None or not 1 <= value.date.year <= 9999:
        return value
    return python.datetime.combine(python.date(value.date.year, value.date.month, value.date.day), time)


def _python_time(value: Time) -> python.time | None:
    micros, rest = divmod(value.nanos, 1000)
    if rest:
        return None
    seconds, micros = divmod(micros, 1_000_000)
    zone: python.tzinfo | None = None
    if isinstance(value.zone, int):
        zone = python.timezone(python.timedelta(seconds=value.zone))
    elif isinstance(value.zone, str):
        zone = zone_named(value.zone)
    return python.time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros, tzinfo=zone)
