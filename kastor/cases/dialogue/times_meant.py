"""Which of the offered times somebody means in their own words: "the second one", "Dienstag Vormittag passt"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kastor.cases.dialogue.words import MONTHS, WEEKDAYS
from kastor.cases.message import Choice

NONE = "none"
"""Value of the choice that no time fits."""

_LABELS = (
    re.compile(r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4}), (?P<h>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2}) (?P<name>[A-Z]\w+) (?P<y>\d{4}), (?P<h>\d\d)"),
)
"""How ``span_words`` writes a span in German and in English."""

_PLACES = {
    0: r"erste[nrs]?|first|früheste[nrs]?|earliest|soonest|so früh wie|as (?:early|soon) as|egal|any time|whichever"
    r"|any of them (?:is|works|fits|will)",
    1: r"zweite[nrs]?|second|mittlere[nrs]?|middle",
    2: r"dritte[nrs]?|third",
    -1: r"letzte[nrs]?|last|späteste[nrs]?|latest",
}
_EARLY = r"vormittags?|am morgen|morgens|(?<!so )früh|in the morning|mornings?|before noon"
_LATE = r"nachmittags?|abends?|am abend|afternoons?|evenings?"
_DAYS = {"übermorgen": 2, "day after tomorrow": 2, "morgen": 1, "tomorrow": 1, "heute": 0, "today": 0}
_REFUSED = re.compile(
    r"\b(?:kein\w*|nicht|nie|none|neither|not|can'?t|cannot|won'?t|doesn'?t|don'?t|unmöglich|impossible)\b"
)
_NO_TIME = re.compile(
    r"\bkeine?[rs]?\b(?:\W*$| (?:davon|der|von|pass\w+|termin\w*))|\b(?:none of|neither|nothing (?:fits|works))\b"
    r"|\bpass(?:t|en)\b.*\bnicht\b|\bnicht\b.*\bpass(?:t|en)\b|^\W*(?:da |dann )?(?:kann|geht) (?:\w+ )*nicht\W*$"
    r"|\b(?:can'?t|cannot) (?:do|make) (?:any|it|them|those)\b|^\W*none\b"
    r"|\b(?:don'?t|do not) (?:fit|suit|work)\b|\b(?:doesn'?t|does not) (?:fit|suit)\b"
)
"""Words that refuse all of the times; that a bell does not work refuses none."""

_GREETING = re.compile(r"\b(?:guten (?:morgen|tag|abend)|good (?:morning|afternoon|evening))\b")
_HOURS = re.compile(
    r"\b(?P<how>um|at|ab|gegen|from|after|nach|vor|before|zwischen|between|von)?\s?(?<![\d.])(?P<h>[01]?\d|2[0-3])"
    r"(?::(?P<min>[0-5]\d))?\s?(?:(?:bis|und|to|and|-|–)\s?\d{1,2}(?::\d\d)?\s?)?"
    r"(?P<unit>uhr\b|o'?clock\b|a\.m\.|p\.m\.|pm\b|am\b(?! (?:\d|mo|di|mi|do|fr|sa|so|vor|nach|ab)))?"
)
"""An hour, or the first one of a span."""
_NUMBERED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.")


@dataclass(frozen=True)
class _Offer:
    """An offered time in the time of Berlin."""

    value: str
    day: date
    hour: int


_Limit = Callable[[_Offer], bool]
"""What a text says of day or hour, as a question to an offer."""


def meant(text: str, choices: Sequence[Choice], received: date) -> str | None:
    """
    The value of the time a text means; ``none`` for none of them, None when that is not certain.

    Parameters
    ----------
    choices
        Times as ``span_words`` writes them.
    received
        Day the text came in, for "tomorrow".

    Examples
    --------
    >>> days = "Dienstag, 01.12.2026, 8 bis 10 Uhr", "Dienstag, 01.12.2026, 12 bis 14 Uhr"
    >>> offered = [Choice("a", days[0]), Choice("b", days[1])]
    >>> meant("Dienstag Vormittag passt mir", offered, date(2026, 11, 27))
    'a'
    >>> meant("the second one, please", offered, date(2026, 11, 27))
    'b'
    """
    said = _plain(text)
    offers = list(_offers(choices))
    limits = list(_limits(said, received))
    place = _place(said, len(offers))
    if _REFUSED.search(said):
        return NONE if _NO_TIME.search(said) and not limits and place is None else None
    left = [one for one in offers if all(limit(one) for limit in limits)]
    if place is not None:
        named = offers[place]
        return named.value if named in left else None
    return left[0].value if limits and len(left) == 1 else None


def names_a_time(text: str, received: date) -> bool:
    """Whether a text says something of days or hours at all, so that it is worth asking again."""
    said = _plain(text)
    return bool(_NO_TIME.search(said)) or any(True for _ in _limits(said, received)) or _place(said, 3) is not None


def _plain(text: str) -> str:
    return _GREETING.sub("", re.sub(r"\s+", " ", text.lower())).strip()


def _offers(choices: Sequence[Choice]) -> Iterator[_Offer]:
    for choice in choices:
        found = next((match for match in (one.search(choice.label) for one in _LABELS) if match), None)
        if found is not None:
            parts = found.groupdict()
            month = int(parts["m"]) if "m" in parts else 1 + MONTHS["en"].index(parts["name"])
            yield _Offer(choice.value, date(int(parts["y"]), month, int(parts["d"])), int(parts["h"]))


def _place(said: str, count: int) -> int | None:
    """Place among the offers that is named; a day of the month ("am zweiten") is none."""
    if match := re.fullmatch(r"\W*(?:(?:nr|nummer|number|no|option|termin|appointment)\W*)?([1-9])\W*", said):
        return int(match[1]) - 1 if int(match[1]) <= count else None
    found = {
        at % count
        for at, words in _PLACES.items()
        if count and at < count and re.search(rf"(?<!\bam )(?<!\bon the )\b(?:{words})\b", said)
    }
    return found.pop() if len(found) == 1 else None


def _limits(said: str, received: date) -> Iterator[_Limit]:
    """What a text says of day and hour, each as a question to an offer."""
    for number, (german, english) in enumerate(zip(*WEEKDAYS.values(), strict=True)):
        long = rf"\b(?:{german}|{english})(?:s|en)?(?=\b|vor|nach|früh|abend)"
        short = rf"\b{german[:2]}\b\.?(?= ?(?:\d|vor|nach|früh|um\b))|\b{english[:3]}(?:s|rs|r)?\b\.?"
        if re.search(long if number > 4 else f"{long}|{short}", said, re.IGNORECASE):
            yield _on_weekday(number)
    for words, days in _DAYS.items():
        if re.search(rf"\b{words}\b", said) and f"am {words}" not in said:
            yield _on_day(received + timedelta(days=days))
            break
    for match in _NUMBERED.finditer(said):
        yield _on_date(int(match[1]), int(match[2]))
    yield from _named_dates(said)
    if re.search(rf"(?:\b|(?<=tag)|(?<=woch))(?:{_EARLY})\b", said):
        yield lambda one: one.hour < 12
    if re.search(rf"(?:\b|(?<=tag)|(?<=woch))(?:{_LATE})\b", said):
        yield lambda one: one.hour >= 12
    yield from _hours(said)


def _named_dates(said: str) -> Iterator[_Limit]:
    for names in MONTHS.values():
        for month, name in enumerate(names, 1):
            day = rf"(\d{{1,2}})(?:\.|st|nd|rd|th)?(?: of)? {name.lower()}\b|\b{name.lower()} (\d{{1,2}})\b"
            if match := re.search(day, said):
                yield _on_date(int(match[1] or match[2]), month)
                return


def _hours(said: str) -> Iterator[_Limit]:
    for match in _HOURS.finditer(said):
        how = match["how"] or ""
        if not (how or match["min"] or match["unit"]) or said[match.end() : match.end() + 1] == ".":
            continue
        late = (match["unit"] or "").startswith("p") and int(match["h"]) < 12
        yield _at(how, int(match["h"]) + 12 * late)
        return


def _on_weekday(number: int) -> _Limit:
    return lambda one: one.day.weekday() == number


def _on_day(day: date) -> _Limit:
    return lambda one: one.day == day


def _on_date(day: int, month: int) -> _Limit:
    return lambda one: (one.day.day, one.day.month) == (day, month)


def _at(how: str, hour: int) -> _Limit:
    if how in ("ab", "from", "after", "nach"):
        return lambda one: one.hour >= hour
    if how in ("vor", "before"):
        return lambda one: one.hour < hour
    return lambda one: one.hour == hour
