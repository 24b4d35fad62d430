"""The dialogue's own sentences in German, English and Leichte Sprache, and values in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
WEEKDAYS = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}

MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
           "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}  # fmt: skip


@cache
def _all() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("words.json").read_bytes())
    return found


def said(key: str, language: str, **values: object) -> str:
    """
    A sentence of the dialogue.

    Parameters
    ----------
    key
        Its name in ``words.json``.
    values
        What stands in its ``{...}``; taken as plain text, whatever it holds.
    """
    text = _all()[key][language]
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def chosen(texts: Mapping[str, str], language: str) -> str:
    """A text in a language; Leichte Sprache falls back to German, everything else to German too."""
    return texts.get(language) or texts.get("de") or next(iter(texts.values()), "")


def joined(names: list[str], language: str) -> str:
    """
    Names in a row.

    Examples
    --------
    >>> joined(["Hund", "Katze", "Maus"], "de")
    'Hund, Katze und Maus'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {'and' if language == 'en' else 'und'} {names[-1]}"


def number_words(value: object, language: str) -> str:
    """
    A number as people write it.

    Examples
    --------
    >>> number_words(58.5, "de"), number_words(3.0, "en")
    ('58,5', '3')
    """
    text = f"{float(str(value)):.4f}".rstrip("0").rstrip(".")
    return text if language == "en" else text.replace(".", ",")


def day_words(day: date, language: str) -> str:
    """
    A day as people say it.

    Examples
    --------
    >>> day_words(date(2026, 11, 24), "de")
    'Dienstag, 24.11.2026'
    """
    name = WEEKDAYS["en" if language == "en" else "de"][day.weekday()]
    return f"{name}, {short_day(day, language)}"


def short_day(day: date, language: str) -> str:
    """
    A day without its weekday.

    Examples
    --------
    >>> short_day(date(1980, 12, 31), "de"), short_day(date(1980, 12, 31), "en")
    ('31.12.1980', '31 December 1980')
    """
    return f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}" if language == "en" else f"{day:%d.%m.%Y}"


def span_words(begin: datetime, end: datetime, language: str) -> str:
    """
    A span of one day in the time of Berlin.

    Examples
    --------
    >>> from datetime import UTC
    >>> span_words(datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 14, tzinfo=UTC), "de")
    'Dienstag, 24.11.2026, 13 bis 15 Uhr'
    """
    first, last = begin.astimezone(BERLIN), end.astimezone(BERLIN)
    day = day_words(first.date(), language)
    if language == "en":
        return f"{day}, {first:%H:%M} to {last:%H:%M}"
    return f"{day}, {_hour(first)} bis {_hour(last)} Uhr"


def _hour(moment: datetime) -> str:
    return f"{moment.hour}" if not moment.minute else f"{moment:%H:%M}"


def value_words(value: Any, labels: Mapping[str, Mapping[str, str]], language: str, unit: str = "") -> str:
    """A value of a slot as people read it: the label of a choice, yes and no, a number with its unit."""
    if value is None:
        return said("not_given", language)
    if isinstance(value, bool):
        return said("yes" if value else "no", language)
    if isinstance(value, list | tuple):
        return joined([value_words(one, labels, language, unit) for one in value], language)
    if str(value) in labels:
        return chosen(labels[str(value)], language)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _day_or_text(value, language)
    if isinstance(value, int | float):
        return f"{number_words(value, language)}{f' {unit}' if unit else ''}"
    return str(value)


def _day_or_text(value: str, language: str) -> str:
    try:
        return short_day(date.fromisoformat(value), language)
    except ValueError:
        return value
