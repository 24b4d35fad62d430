"""Hours in German and English text, and when somebody is at home: "halb neun", "ab 14 Uhr", "Dienstag Vormittag".

An hour from one to six without a word for the time of day is in the afternoon: nobody orders a craftsman for the night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kastor.cases.understanding import dates
from kastor.cases.understanding.numbers import Plain, plain
from kastor.cases.understanding.values import Context, Found
from kastor.city.model import Json

_PARTS = (
    (r"(?:heute |am )?(?:vormittags?|späten morgen)\b|\bmornings?\b|in the morning", "08:00", "12:00"),
    (r"nachmittags?\b|\bafternoons?\b", "13:00", "17:00"),
    (r"(?<!nach)(?<!vor)mittags?\b|\blunchtime\b|\bmidday\b", "12:00", "14:00"),
    (r"\babends?\b|\bevenings?\b|\bfeierabend\b|\btonight\b", "17:00", "20:00"),
    (r"\bmorgens\b|(?<=\x00 )früh\b|\bin der fr(?:ü|ue)h\w*|\bfrühmorgens\b|\bearly\b|\bfrüh\b|\bam morgen\b|"
     r"(?<=\x00 )morgen\b", "07:00", "10:00"),
)  # fmt: skip
_LATE = re.compile(r"nachmittag|abend|\bp\.?\s?m\b|afternoon|evening|nachts? um 1[0-2]")
_EARLY = re.compile(r"morgens|vormittag|früh|\ba\.?\s?m\b|morning|in der nacht")
_NOON = re.compile(r"(?<!nach)(?<!vor)mittags")
_SUFFIX = r"(?:\s*(?P<s>uhr|h\b|o'?clock|a\.?\s?m\b\.?|p\.?\s?m\b\.?))"
_CLOCK = r"(?P<h>[01]?\d|2[0-4])(?:[:.](?P<m>[0-5]\d))?"
_SAID = r"(?:um|gegen|ab|bis|nach|vor|at|from|by|after|before|until|till|around|so|etwa|ca\.?|kurz nach|kurz vor|since)"
_RULES = tuple(
    re.compile(p)
    for p in (
        r"\b(?P<off>5|10|15|20|25|\d+)\s(?:minuten\s|min\s)?(?P<dir>vor|nach|to|past|before|"
        r"after)\s(?P<half>halb\s)?(?P<h>1\d|2[0-4]|\d)\b(?!\s*(?:tage|wochen|monat|jahr|stunden|days|weeks))",
        r"\b(?P<quarter>viertel|quarter|a quarter)\s?(?P<dir>vor|nach|to|past)\s(?P<h>1\d|2[0-4]|\d)\b",
        r"\b(?P<three>dreiviertel|3viertel|3/4)\s(?P<h>1\d|2[0-4]|\d)\b",
        r"\b(?P<quarterof>viertel)\s(?P<h>1\d|2[0-4]|\d)\b",
        r"\bhalf\spast\s(?P<past>1\d|2[0-4]|\d)\b",
        r"\bhalb(?:e)?\s(?P<halfto>1\d|2[0-4]|\d)\b",
        r"\b(?P<h>[01]?\d|2[0-4])\s?(?:uhr|h)\s?(?P<m>[0-5]\d)\b(?!\s*(?:tage|euro))",
        r"\b(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)\b" + _SUFFIX + "?",
        rf"\b{_CLOCK}{_SUFFIX}",
        rf"\b{_SAID}\s(?:etwa\s|ca\.?\s|about\s|so\s|gegen\s)?(?P<h>[01]?\d|"
        rf"2[0-4])(?:[:.](?P<m>[0-5]\d))?\b(?!\.?\s*(?:\d|tag|woche|monat|jahr|stunde|minute|day|week|month|"
        rf"year|hour|minute|euro|€|%|kg|cm|zimmer|og|stock|etage|personen|hund|katze|m²|qm))(?!\.\s?(?:$|[a-zäöü]))",
        r"\b(?P<noon>noon|mitternacht|midnight|(?<=um )mittag|12 uhr mittags)\b",
        r"\b(?P<h>1[0-2]|\d)\s(?P<m>15|30|45)\b(?!\s*(?:tage|euro|cm|kg))",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """A time of day in a plain text."""

    minutes: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """As HH:MM."""
        return f"{self.minutes // 60 % 24:02d}:{self.minutes % 60:02d}"


def clocks(text: str) -> list[Clock]:
    """Times of day in a plain text whose days are blanked, in its order."""
    found: list[Clock] = []
    text = re.sub(r"\bein(?= uhr\b)", "  1", text)
    for pattern in _RULES:
        for match in pattern.finditer(text):
            minutes = _minutes(match)
            if minutes is not None and minutes <= 24 * 60:
                minutes = _of_day(minutes, match, text)
                found.append(Clock(minutes, match.start(), match.end()))
                text = text[: match.start()] + "\x01" * (match.end() - match.start()) + text[match.end() :]
    return sorted(found, key=lambda c: c.start)


def _minutes(match: re.Match[str]) -> int | None:
    group = match.groupdict()
    if group.get("noon"):
        return (
            0 if (group["noon"].startswith("mi") and "nacht" in group["noon"]) or "midnight" in group["noon"] else 720
        )
    if group.get("past"):
        return int(group["past"]) * 60 + 30
    if group.get("halfto"):
        return int(group["halfto"]) * 60 - 30
    hour = int(group["h"]) * 60
    if group.get("three"):
        return hour - 15
    if group.get("quarterof"):
        return hour - 45
    if group.get("dir"):
        offset = 15 if group.get("quarter") else int(group["off"])
        back = group["dir"] in ("vor", "to", "before")
        hour -= 30 if group.get("half") else 0
        return hour - offset if back else hour + offset if offset < 60 else None
    return hour + int(group.get("m") or 0)


def _of_day(minutes: int, match: re.Match[str], text: str) -> int:
    """Afternoon or morning, from the words about it."""
    suffix = (match.groupdict().get("s") or "").replace(".", "").replace(" ", "")
    around = text[max(0, match.start() - 25) : match.end() + 25]
    if suffix == "pm":
        return minutes + 720 if minutes < 720 else minutes
    if suffix == "am":
        return minutes - 720 if minutes >= 720 else minutes
    if match.groupdict().get("noon") or minutes >= 780:
        return minutes
    if _LATE.search(around) and minutes < 720:
        return minutes + 720
    if _EARLY.search(around) or (_NOON.search(around) and minutes >= 720):
        return minutes
    exact = bool(re.search(r"\d\d[:.]\d\d", match[0]))
    return (
        minutes + 720
        if 60 <= minutes < 420 and not exact and minutes < 420 and minutes // 60 < 7 and minutes < 7 * 60 - 30
        else minutes
    )


def read_time(text: str, context: Context) -> list[Found]:
    """Times of day as HH:MM."""
    said = plain(text)
    blank = _without_days(said, dates.days(said, context.now.date()))
    found = clocks(blank)
    if not found and context.asked:
        match = re.search(r"\b(1\d|2[0-4]|\d)\b", blank)
        found = [Clock(_of_day(int(match[1]) * 60, match, blank), match.start(), match.end())] if match else []
    return [Found(c.text, said.origin(c.start), said.origin(c.end)) for c in found]


def _without_days(said: Plain, days: list[dates.Days]) -> str:
    text = said.text
    for d in days:
        text = text[: d.start] + "\x00" * (d.end - d.start) + text[d.end :]
    return text


_RANGE = re.compile(
    r"(?P<word>zwischen|von|between|from|ab)?\s{0,3}(?P<a>[01]?\d|2[0-4])(?:[:.](?P<am>[0-5]\d))?\s{0,3}(?:uhr|h|am|pm)?\s{0,3}"
    r"(?P<mid>-|–|bis|und|and|to|until|till)\s{0,3}(?P<b>[01]?\d|2[0-4])(?:[:.](?P<bm>[0-5]\d))?\b\s{0,3}(?P<unit>uhr|"
    r"h\b|o'?clock|a\.?m|p\.?m)?"
)
_FROM = re.compile(r"(?:\bab|\bnach|\bafter|\bfrom|frühestens|not before|ab frühestens)\s*(?:etwa|ca\.?)?$")
_UNTIL = re.compile(r"(?:\bbis|\bvor|\bbefore|\buntil|\btill|\bby|spätestens)\s*(?:etwa|ca\.?|spätestens)?$")


def read_window(text: str, context: Context) -> list[Found]:
    """When somebody has time: first and last day, from and until which hour; None where not said."""
    said = plain(text)
    named = dates.days(said, context.now.date())
    blank = _without_days(said, named)
    start, until, places = _hours(blank)
    if not named and not places:
        return []
    first = named[0].first.isoformat() if named else None
    last = max(d.last for d in named).isoformat() if named else None
    if named and not places and re.search(r"\b(ab|from|onwards|after)\s*$", blank[: named[0].start]):
        last = None
    spans = [(d.start, d.end) for d in named] + places
    value: dict[str, Json] = {"first": first, "last": last, "from": start, "until": until}
    return [Found(value, said.origin(min(a for a, _ in spans)), said.origin(max(b for _, b in spans)), 0.95)]


def _hours(text: str) -> tuple[str | None, str | None, list[tuple[int, int]]]:
    """From and until, and where they stand."""
    between = _between(text)
    if between:
        return between
    found = clocks(text)
    if found:
        start: str | None = None
        until: str | None = None
        for clock in found[:2]:
            said = re.match(r"(?:ab|bis|nach|vor|from|after|before|until|till|by)?\b", text[clock.start :])
            before = text[: clock.start] + (said[0] if said else "")
            if _FROM.search(before.rstrip()):
                start = clock.text
            elif _UNTIL.search(before.rstrip()):
                until = clock.text
            else:
                start = until = clock.text
        return start, until, [(c.start, c.end) for c in found[:2]]
    for pattern, start_of, end_of in _PARTS:
        match = re.search(pattern, text)
        if match:
            return start_of, end_of, [(match.start(), match.end())]
    return None, None, []


def _between(text: str) -> tuple[str, str, list[tuple[int, int]]] | None:
    for m in _RANGE.finditer(text):
        if not (m["word"] or m["unit"]) or (m["mid"] in ("und", "and") and not m["word"] and not m["unit"]):
            continue
        a, b = (int(m[k]) * 60 + int(m[f"{k}m"] or 0) for k in "ab")
        late = (m["unit"] or "").startswith("p") or bool(_LATE.search(text))
        b += 720 if b < 720 and (late or (b <= a and b <= 480)) else 0
        a += 720 if a + 720 < b and late and a < 720 else 0
        a += 720 if a < 420 and b > 720 and a + 720 < b else 0
        if a < b <= 1440:
            return Clock(a, 0, 0).text, Clock(b, 0, 0).text, [(m.start(), m.end())]
    return None
