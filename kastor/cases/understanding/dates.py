"""Days in German and English text: "am 3.12.", "nächsten Dienstag", "in 14 Tagen", "KW 49", "the day after tomorrow".

A day without a year or a weekday without a date is the next one to come, or the last one gone where the text looks back
("seit Montag"). Own grammar: general date parsers misread most German appointment phrases.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from kastor.cases.understanding.numbers import Plain, plain
from kastor.cases.understanding.values import Context, Found

_MONTHS = (
    "jan(?:uar|uary|ner|ner|ner)?|"
    "jän(?:ner)?", "feb(?:ruar|ruary|er)?", "märz|maerz|mrz|mär|mar(?:ch)?", "apr(?:il)?", "mai|may",
    "jun(?:i|e)?", "jul(?:i|y)?", "aug(?:ust)?", "sep(?:t|tember)?", "okt(?:ober)?|oct(?:ober)?", "nov(?:ember)?",
    "dez(?:ember)?|dec(?:ember)?",
)  # fmt: skip
_DAYS = (
    "mo(?:ntags?|nday|n)?", "di(?:enstags?)?|tue(?:sday|"
                            "s)?", "mi(?:ttwochs?)?|wed(?:nesday)?", "do(?:nnerstags?)?|thu(?:rsday|rs|r)?",
    "fr(?:eitags?|iday|i)?", "sa(?:mstags?|turday|t)?|sonnabends?", "so(?:nntags?)?|sun(?:day)?",
)  # fmt: skip
_FEASTS = {
    "heiligabend|heilig abend|christmas "
    "eve": (12, 24), "weihnachten|christmas day|christmas": (12, 25), "silvester|new year'?s eve": (12, 31),
    "neujahr|new year'?s day": (1, 1), "nikolaus": (12, 6),
}  # fmt: skip
M = "(?P<month>" + "|".join(f"(?P<m{i}>{m})" for i, m in enumerate(_MONTHS, 1)) + r")\b\.?"
W = "(?:" + "|".join(f"(?P<w{i}>{w})" for i, w in enumerate(_DAYS)) + r")\b\.?"
_SHORT = re.compile(r"\b(mo|di|mi|do|fr|sa|so|sun|sat|mon|wed|fri|tue|thu)\b")
_AGO_WORDS = r"(?P<n>\d+|ein\w*|ner|'?ner|a|an|one)"
_UNIT = r"(?P<unit>tag\w*|woche\w*|wochen|monat\w*|jahr\w*|days?|weeks?|months?|years?)"


@dataclass(frozen=True)
class Days:
    """A day or a run of days in a plain text."""

    first: date
    last: date
    start: int
    end: int


def month_later(day: date, months: int) -> date:
    """
    The same day some months later (or earlier), the last of the month where there is no such day.

    Examples
    --------
    >>> month_later(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, _length(year, month + 1)))


def _length(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(1)).day


def _month(match: re.Match[str]) -> int:
    return next(i for i in range(1, 13) if match.group(f"m{i}"))


def _weekday(match: re.Match[str]) -> int:
    return next(i for i in range(7) if match.group(f"w{i}"))


def _dated(day: int, month: int, year: str | None, today: date, past: bool) -> date | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    years = [int(year) + (2000 if len(year) < 3 else 0)] if year else [today.year - 1, today.year, today.year + 1]
    found = [date(y, month, day) for y in years if 1900 < y < 2200 and day <= _length(y, month)]
    if year or not found:
        return found[0] if found else None
    return max((d for d in found if d <= today), default=None) if past else min(d for d in found if d >= today)


def _numeric(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    day = _dated(int(m["d"]), int(m["mo"]), m["y"], today, past)
    return (day, day) if day else None


def _named(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    day = _dated(int(m["d"]), _month(m), m["y"], today, past)
    return (day, day) if day else None


def _run(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    month = int(m["mo"]) if m["mo"] else _month(m)
    first, last = (_dated(int(m[k]), month, m["y"], today, past) for k in ("a", "d"))
    return (first, last) if first and last and first <= last else None


def _part_of_month(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    if m["month"]:
        year = today.year
        month = _month(m)
        if past and date(year, month, 1) > today:
            year -= 1
        elif not past and date(year, month, _length(year, month)) < today:
            year += 1
        start = date(year, month, 1)
    else:
        months = 1 if re.search("nächst|kommend|next", m[0]) else -1 if re.search("letzt|vergangen|last", m[0]) else 0
        start = month_later(today.replace(day=1), months)
    last = _length(start.year, start.month)
    part = m["part"] or ""
    if part.startswith(("anfang", "begin", "early", "start")):
        return start, start.replace(day=10)
    if part.startswith(("mitte", "mid")):
        return start.replace(day=11), start.replace(day=20)
    if part.startswith(("ende", "end", "late")):
        return start.replace(day=last), start.replace(day=last)
    return start, start.replace(day=last)


def _relative(m: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    number = int(m["n"]) if m["n"].isdigit() else 1
    sign = -1 if m["back"] else 1
    day = shifted(today, sign * number, m["unit"])
    return day, day


def shifted(today: date, number: int, unit: str) -> date:
    """Day some days, weeks, months or years away; "in acht Tagen" is a week."""
    if unit.startswith(("woche", "week")):
        return today + timedelta(7 * number)
    if unit.startswith(("monat", "month")):
        return month_later(today, number)
    if unit.startswith(("jahr", "year")):
        return month_later(today, 12 * number)
    return today + timedelta(number)


def _week(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    number = int(m["week"])
    if not 1 <= number <= 53:
        return None
    year = today.isocalendar().year
    if number < today.isocalendar().week and not past:
        year += 1
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        return None
    return monday, monday + timedelta(6)


def _whole_week(m: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    monday = today - timedelta(today.weekday())
    word = m["which"]
    if word.startswith(("nächst", "naechst", "kommend", "next", "coming", "nexte")):
        monday += timedelta(7)
    elif word.startswith(("übernächst", "uebernächst")):
        monday += timedelta(14)
    elif word.startswith(("letzt", "vergangen", "vorig", "last")):
        monday -= timedelta(7)
    if any(m.groupdict().get(f"w{i}") for i in range(7)):
        day = monday + timedelta(_weekday(m))
        return day, day
    return monday, monday + timedelta(6)


def _weekend(m: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    saturday = today + timedelta((5 - today.weekday()) % 7)
    if past or re.search("letzt|vergangen|last", m[0]):
        saturday -= timedelta(7)
    return saturday, saturday + timedelta(1)


def _on_weekday(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    word = m["which"] or ""
    back = past or word.startswith(("letzt", "vergangen", "vorig", "last"))
    day = _next(today, _weekday(m), back)
    if word.startswith(("übernächst", "uebernächst")):
        day += timedelta(7)
    if m["later"]:
        number = int(m["later"]) if m["later"].isdigit() else 1
        day += timedelta(7 * number)
    return day, day


def _next(today: date, weekday: int, back: bool) -> date:
    if back:
        return today - timedelta((today.weekday() - weekday - 1) % 7 + 1)
    return today + timedelta((weekday - today.weekday() - 1) % 7 + 1)


def _weekday_run(m: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    first = _next(today, _which(m, "a"), past)
    last = first + timedelta((_which(m, "b") - first.weekday()) % 7)
    return first, last


def _which(m: re.Match[str], side: str) -> int:
    return next(i for i in range(7) if m.group(f"{side}{i}"))


def _word_day(m: re.Match[str], today: date, past: bool) -> tuple[date, date]:
    word = m[0].strip()
    offsets = (
        (-2, "vorgestern|the day before yesterday"),
        (2, "übermorgen|uebermorgen|the day after tomorrow|day after tomorrow"),
        (-1, "gest(?:ern|rig)|yesterday|letzte nacht|last night"),
        (1, "morg(?:en|ig)|tomorrow"),
        (0, "heut|today|tonight"),
    )
    offset = next(days for days, words in offsets if re.search(words, word))
    day = today + timedelta(offset)
    if m["later"]:
        number = int(m["later"])
        day += timedelta(7 if number == 8 else number if m["unit2"].startswith(("tag", "day")) else 7 * number)
    return day, day


def _day_of_month(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    number = int(m["d"])
    for months in range(0, -13, -1) if past else range(13):
        start = month_later(today.replace(day=1), months)
        if 1 <= number <= _length(start.year, start.month):
            day = start.replace(day=number)
            if day <= today if past else day >= today:
                return day, day
    return None


def _feast(m: re.Match[str], today: date, past: bool) -> tuple[date, date] | None:
    month, number = next(day for words, day in _FEASTS.items() if re.search(words, m[0]))
    day = _dated(number, month, None, today, past)
    return (day, day) if day else None


_Y = r"(?:\s*(?P<y>(?:19|20)\d\d|\d\d(?!\d|[:.]\d|\s*uhr)))?"
_WHICH = (
    r"(?P<which>übernächst\w*|nächst\w*|naechst\w*|kommend\w*|dies\w*|letzt\w*|vergangen\w*|vorig\w*|"
    r"next|this|last|coming)"
)
_WA = "(?:" + "|".join(f"(?P<a{i}>{w})" for i, w in enumerate(_DAYS)) + r")\b\.?"
_WB = "(?:" + "|".join(f"(?P<b{i}>{w})" for i, w in enumerate(_DAYS)) + r")\b\.?"
_DAY_WORDS = (
    r"\b(?:vorgestern|übermorgen|uebermorgen|(?:the )?day after tomorrow|the day before yesterday|gestern|"
    r"yesterday|letzte nacht|"
    r"last night|heut(?:e\b|'|\b|ig\w*)|morgig\w*|gestrig\w*|today|tonight|tomorrow|"
    r"(?<!guten )(?<!heute )(?<!gestern )(?<!am )morgen(?!s))"
)
_FULL_MONTHS = (
    r"(?P<month>(?P<m1>januar)|(?P<m2>februar)|(?P<m3>märz)|(?P<m4>april)|(?P<m6>juni)|(?P<m7>juli)|(?P<m8>august)|"
    r"(?P<m9>september)|(?P<m10>oktober|october)|(?P<m11>november)|(?P<m12>dezember|december)|(?P<m5>(?!)))"
)
"""Names that mean a month without a word before them; may and mai do not."""
Reader = Callable[[re.Match[str], date, bool], "tuple[date, date] | None"]
_RULES: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (r"\b(?P<y>(?:19|20)\d\d)-(?P<mo>\d\d)-(?P<d>\d\d)\b", _numeric),
        (rf"\b(?:vom |von |from )?(?:the )?(?P<a>\d{{1,2}})\.?(?:st|nd|rd|th)?\s*(?:bis|-|–|und|to|"
         rf"until)\s*(?:zum |the )?(?P<d>\d{{1,2}})\.?(?:st|nd|rd|th)?\s*(?:(?P<mo>\d{{1,2}})\.|{M}){_Y}", _run),
        (r"\b(?P<d>\d{1,2})\s?[./]\s?(?P<mo>\d{1,2})\s?[./]\s?(?P<y>(?:19|20)\d\d|\d\d)\b(?!\s*uhr)", _numeric),
        (r"\b(?P<d>\d{1,2})\.\s?(?P<mo>\d{1,2})\.(?P<y>(?!))?(?!\d)", _numeric),
        (r"(?:am|zum|den|dem|vom|bis|ab|seit)\s+(?P<d>\d{1,2})[./](?P<mo>\d{1,2})(?P<y>(?!))?\b(?!\s*uhr)", _numeric),
        (rf"\b(?P<d>\d{{1,2}})\.?(?:st|nd|rd|th)?\s?(?:of\s)?{M}{_Y}", _named),
        (rf"\b{M}\s(?:the\s)?(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?\b(?:,?\s(?P<y>20\d\d))?", _named),
        (rf"\b(?P<part>anfang|mitte|ende|beginning of|middle of|mid|end of|early|late|start of)\s(?:des\s|"
         rf"of\s)?(?:{M}|(?:(?:nächst|dies|kommend)\w*|next|this|the)\s?(?:monats|month))", _part_of_month),
        (r"\b(?:zum |am )?(?P<part>end)e?(?:of the )?(?P<month>(?!))?(?:monats?|month)\b|"
         r"\b(?P<part2>monats)ende", lambda m, t, p: _month_end(t)),
        (rf"\b(?P<back>vor|since)?\s?{_AGO_WORDS}\s{_UNIT}\s(?P<ago>ago|her|zuvor)\b", lambda m, t, p: _ago(m, t)),
        (rf"\b(?:{_WHICH}\s)?{W}\sin\s(?P<later>\d+|einer|a|one)\s(?:wochen?|weeks?)\b", _on_weekday),
        (_DAY_WORDS + r"\s(?:in|über)\s(?P<later>\d+)\s(?P<unit2>tagen?|wochen?|days|weeks)\b", _word_day),
        (rf"\b(?:(?P<back>vor)|in)\s(?:etwa\s|ca\.?\s|rund\s|about\s)?{_AGO_WORDS}\s{_UNIT}\b", _relative),
        (r"\b(?:kw|kalenderwoche|week no\.?|calendar week|cw)\s*\.?\s?(?P<week>\d{1,2})\b", _week),
        (rf"\b{_WHICH}\s(?:woche|week)(?:\s(?:am\s|on\s)?{W})?", _whole_week),
        (rf"\b{W}\s(?:in der\s)?{_WHICH}\s(?:woche|week)\b", _whole_week),
        (rf"\b{W}\s(?P<which>next)\sweek\b", _whole_week),
        (r"\b(?:über'?s|am|(?:letzt|dies|nächst|kommend|vergangen)\w*|übers|this|next|last|at the|on "
         r"the)?\s?(?:wochenende|weekend)\b", _weekend),
        (rf"\b(?:von |vom |from )?{_WA}\s*(?:bis|-|–|to|until|through)\s*{_WB}", _weekday_run),
        
        (rf"\b(?:{_WHICH}\s)?{W}(?P<later>(?!))?", _on_weekday),
        (_DAY_WORDS + r"(?P<later>(?!))?", _word_day),
        ("|".join(rf"\b(?:{words})\b" for words in _FEASTS), _feast),
        (r"\b(?:am|zum|den|dem|vom|bis(?: zum)?|ab|seit|on the|the)\s(?P<d>\d{1,2})(?:\.|st|nd|rd|th)(?=$|"
         r"[\s,!?])(?!\s*(?:uhr|og|stock|etage|floor|am|pm|h\b))", _day_of_month),
        (
            r"\b(?P<which>nächst\w*|kommend\w*|dies\w*|letzt\w*|vergangen\w*|next|this|last) "
            r"(?P<month>(?!))?(?P<part>(?!))?(?:monats?|month)\b",
            _part_of_month,
        ),
        (rf"\b(?:im|in|seit|since)\s(?:(?P<part>anfang|mitte|ende)\s)?{M}(?!\s?\d)", _part_of_month),
        (rf"(?P<part>(?!))?\b(?:{_FULL_MONTHS})(?=[\s,.!?]|$)(?!\s?\d)", _part_of_month),
    )
)  # fmt: skip


def _month_end(today: date) -> tuple[date, date]:
    day = today.replace(day=_length(today.year, today.month))
    return day, day


def _ago(m: re.Match[str], today: date) -> tuple[date, date]:
    day = shifted(today, -(int(m["n"]) if m["n"].isdigit() else 1), m["unit"])
    return day, day


def days(plain: Plain, today: date, past: bool = False) -> list[Days]:
    """
    Days named in a plain text, in its order.

    Parameters
    ----------
    past
        A weekday or a day without year is the last one gone.
    """
    text, found = plain.text, []
    for pattern, reader in _RULES:
        for match in pattern.finditer(text):
            if not _meant(match, text):
                continue
            read = reader(match, today, past)
            if read:
                found.append(Days(*read, match.start(), match.end()))
                text = text[: match.start()] + "\x00" * (match.end() - match.start()) + text[match.end() :]
    return _without_weekday_of_date(sorted(found, key=lambda d: d.start), text)


def _without_weekday_of_date(found: list[Days], blanked: str) -> list[Days]:
    """Of "Dienstag, 8. Dezember" the date alone."""
    kept: list[Days] = []
    for day in found:
        before = kept[-1] if kept else None
        if before and before.first == before.last and _JOINED.fullmatch(blanked[before.end : day.start]):
            kept[-1] = Days(day.first, day.last, before.start, day.end)
        else:
            kept.append(day)
    return kept


_JOINED = re.compile(r"[\s,.]*(?:de[nmr]|the|am)?[\s,.]*")
_LOOKS_BACK = re.compile(r"\b(seit|since|fing|angefangen|passiert|started|war|was|vor|letzte\w*|begonnen|began)\b")
_BEFORE_SHORT = re.compile(r"(?:^|\b(?:am|on|bis|ab|von|nächsten|kommenden|seit|jeden|oder|und|ist|,)\s?)$")


def _meant(match: re.Match[str], text: str) -> bool:
    """Whether "mo", "so", "do" stand for a weekday: only alone, after "am", or before a date or an hour."""
    word = match[0].strip(" .")
    if not _SHORT.fullmatch(word):
        return True
    dotted = match[0].endswith(".")
    rest = text[match.end() :].lstrip(" ,")
    common = word in ("so", "do", "sun", "sat")
    return bool(
        _BEFORE_SHORT.search(text[: match.start()])
        and (not rest or dotted or not common or rest[:1].isdigit())
        and (dotted or not rest or re.match(r"\d|\x00|den|ab|vor|nach|um|bis|früh|oder|und|zwischen", rest))
    )


def read(text: str, context: Context) -> list[Found]:
    """Days as ISO dates; of a run its first. Who is asked may type eight figures, as on a telephone: 31121980."""
    if context.asked and (keys := re.fullmatch(r"\s*(\d\d)(\d\d)(\d{4})\s*", text)):
        text = ".".join(keys.groups())
    plain_text = plain(text)
    past = bool(_LOOKS_BACK.search(plain_text.text))
    return [
        Found(d.first.isoformat(), plain_text.origin(d.start), plain_text.origin(d.end))
        for d in days(plain_text, context.now.date(), past)
    ]
