"""Amounts and how long: "1.250,50 €", "30 kg", "65 qm", "zwei Jahre alt", "seit drei Tagen", "nur einen".

SI units inside except where a form speaks of centimetres, months or hours; German and English decimal marks.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from kastor.cases.understanding import dates, times
from kastor.cases.understanding.numbers import Plain, plain
from kastor.cases.understanding.values import Context, Found

_N = r"(?<![\w.,])(?P<n>\d{1,3}(?:[.\s]\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:[.,]\d+)?)"
_UP_TO = r"(?:\d+(?:[.,]\d+)?\s*(?:-|–|bis|to|und|and|oder|or)\s*)?"
_COMMA = re.compile(r"(\d+)\s(?:komma|point)\s((?:\d\s?)+)")


def value(number: str) -> Decimal:
    """
    A number as written in German or English.

    Examples
    --------
    >>> value("1.250,50"), value("1,250.75"), value("3,5"), value("12.000")
    (Decimal('1250.50'), Decimal('1250.75'), Decimal('3.5'), Decimal('12000'))
    """
    number = number.replace(" ", "")
    point, comma = number.rfind("."), number.rfind(",")
    if comma > point:
        whole = number[:comma].replace(".", "").replace(",", "")
        english = point < 0 and len(number) - comma == 4 and not number.startswith("0")
        return Decimal(number.replace(",", "")) if english else Decimal(f"{whole}.{number[comma + 1 :]}")
    if comma >= 0:
        return Decimal(number.replace(",", ""))
    thousands = point > 0 and len(number) - point == 4 and number.count(".") >= 1 and not number.startswith("0")
    return Decimal(number.replace(".", "") if thousands else number)


def short(number: Decimal | float) -> int | float:
    """A whole number where it is one, to JSON's taste."""
    rounded = round(float(number), 6)
    return int(rounded) if rounded == int(rounded) else rounded


def said(text: str) -> Plain:
    """A text with digits, decimals in words joined: "drei Komma fünf"."""
    return _joined(plain(text))


def _joined(read: Plain) -> Plain:
    """The same places: a joined decimal is filled up with blanks."""
    text = _COMMA.sub(lambda m: f"{m[1]},{m[2].replace(' ', '')}".ljust(len(m[0])), read.text)
    return Plain(text, read.marks, read.origins)


def _units(text: str, units: dict[str, Decimal], context: Context, confidence: float = 0.97) -> list[Found]:
    """Numbers followed by a unit, in the first unit; of a range its upper end."""
    read = said(text)
    found: list[Found] = []
    for unit, size in units.items():
        for m in re.finditer(rf"{_UP_TO}{_N}\s?(?:{unit})(?![a-zäöü²³])", read.text):
            if all(read.origin(m.end()) <= f.start or read.origin(m.start()) >= f.end for f in found):
                amount = short(value(m["n"]) * size)
                found.append(Found(amount, read.origin(m.start()), read.origin(m.end()), confidence))
    if not found and context.asked:
        return bare(text, context)
    return sorted(found, key=lambda f: f.start)


def bare(text: str, context: Context) -> list[Found]:
    """A number without unit as the answer to a question for it."""
    read = said(text)
    m = re.search(rf"{_UP_TO}{_N}(?!\s?[a-zäöü²%€]{{1,3}}\b)", read.text)
    return [Found(short(value(m["n"])), read.origin(m.start()), read.origin(m.end()), 0.9)] if m else []


def read_number(text: str, context: Context) -> list[Found]:
    """Numbers; fractions in words; minus."""
    read = said(text)
    found = [
        Found(short(value(m["n"]) * (-1 if m["sign"] else 1)), read.origin(m.start()), read.origin(m.end()))
        for m in re.finditer(rf"(?P<sign>(?:minus\s|(?<!\d)(?<!\w)-))?{_N}", read.text)
    ]
    if not found and (
        m := re.search(r"\b(?:ein(?:e|en)?|a|one)?\s?(viertel|quarter|hälfte|halb\w*|half|drittel|third)\b", read.text)
    ):
        size = {"v": 0.25, "q": 0.25, "h": 0.5, "d": 0.333333, "t": 0.333333}[m[1][0]]
        found = [Found(size, read.origin(m.start()), read.origin(m.end()), 0.9)]
    if not found and context.asked and (m := re.search(r"\b(ein(?:e[mnrs]?)?|one|a)\b", read.text)):
        found = [Found(1, read.origin(m.start()), read.origin(m.end()), 0.85)]
    return found


_NONE = re.compile(
    r"\b(kein(?:e[mnrs]?|s)?|keins|none|no|zero|nicht eine[nr]?|gar nicht|nein|"
    r"(?:do not|don'?t|haven'?t) (?:\w+ )?any)\b"
)
_STOREY_NUMBERS = {
    "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8,
    "single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
}  # fmt: skip
_STOREYS = re.compile(
    rf"\b({'|'.join(_STOREY_NUMBERS)}|\d{{1,2}})[\s-]?(?:voll)?(?:geschossig|geschoßig|stöckig|stoeckig|etagig|store?y)"
)
"""Numbers inside a word for how many storeys: "zweigeschossig", "three-storey"."""
_HALF_DOZEN = re.compile(r"\b(?:halbes|half an?) (?:12|dozen)\b")
_PAIR = re.compile(r"\b(?:ein (?:paar|pärchen)|a couple|a pair|beide|both|zu zweit)\b")
_ONE = re.compile(r"\b(ein(?:e[mnrs]?)?|one|a|an|single|einzige\w*)\b")
_DONT_KNOW = re.compile(
    r"wei(?:ss|ß) (?:ich )?(?:es )?(?:leider )?(?:noch )?nicht|keine ahnung|don'?t know|no idea|not sure"
)


def read_count(text: str, context: Context) -> list[Found]:
    """How many; "nein, doch zwei" is two, "zwei statt drei" too."""
    read = said(text)
    if _DONT_KNOW.search(read.text):
        return []
    for pattern, number in ((_HALF_DOZEN, 6), (_PAIR, 2)):
        if m := pattern.search(read.text):
            return [Found(number, read.origin(m.start()), read.origin(m.end()), 0.9)]
    storeys = [_storeys(m, read) for m in _STOREYS.finditer(read.text)]
    if storeys and context.asked:
        return storeys[:1]
    numbers = [
        m for m in re.finditer(r"(?<![\d.,:])\d{1,3}(?![\d:]|[.,]\d)(?!\.?\s?(?:og|stock\b|etage\b|uhr|kg|cm|m\b|m²|m2|"
                               r"sqm|met(?:er|re)|qm|quadrat|square|€|euro|jahre?|monate?|wochen|tage|zimmer|stunden))",
                               read.text)
        if not re.search(r"(?:statt|anstatt|instead of|not|nicht|nr\.?|nummer)\s$", read.text[: m.start()])
    ]  # fmt: skip
    if (numbers or storeys) and not context.asked:
        return [*storeys, *(Found(int(m[0]), read.origin(m.start()), read.origin(m.end())) for m in numbers)]
    if numbers:
        m = numbers[-1] if re.search(r"\b(nein|doch|sondern|no|actually|sorry|quatsch)\b", read.text) else numbers[0]
        return [Found(int(m[0]), read.origin(m.start()), read.origin(m.end()))]
    for pattern, number in ((_NONE, 0), (_ONE, 1)):
        if m := pattern.search(read.text):
            return [Found(number, read.origin(m.start()), read.origin(m.end()), 0.9)]
    return []


def _storeys(m: re.Match[str], read: Plain) -> Found:
    number = int(m[1]) if m[1].isdigit() else _STOREY_NUMBERS[m[1]]
    return Found(number, read.origin(m.start()), read.origin(m.end()), 0.95)


def read_amount(text: str, context: Context) -> list[Found]:
    """Euros; a number with another unit is none."""
    read, found = said(text), []
    pattern = (
        rf"(?:(?P<before>€|eur(?:o)?)\s?)?{_N}(?:,-|,--)?\s?(?P<big>mio\.?|millionen|million|tsd\.?|tausend|k)?\s?"
        rf"(?P<after>€|eur(?:os?)?\b|euros?\b|cents?\b|ct\b)?(?:\s(?:und\s|"
        rf"and\s)?(?P<cents>\d{{1,2}})(?:\s?cents?)?(?![\d.,]|\s?(?:€|euro)))?"
    )
    for m in re.finditer(pattern, read.text):
        if not (m["before"] or m["after"]):
            continue
        amount = value(m["n"])
        if m["big"]:
            amount *= 1_000_000 if m["big"].startswith("mi") else 1000
        if m["after"] and m["after"].startswith("c"):
            amount /= 100
        elif m["cents"] and m["after"]:
            amount += value(m["cents"]) / 100
        found.append(Found(short(amount), read.origin(m.start()), read.origin(m.end())))
    if not found and context.asked and not re.search(r"\d\s?(?:kg|cm|m\b|m²|qm|uhr|stück)", read.text):
        return bare(text, context)
    return found


_LENGTH = {
    "cm|zentimeter|centimet(?:er|re)s?": Decimal(1), "mm|millimeter|millimet(?:er|re)s?": Decimal("0.1"),
    "m|meter|metern|met(?:er|"
    "re)s?": Decimal(100), "in|inch|inches|zoll": Decimal("2.54"), "ft|feet|foot": Decimal("30.48"),
}  # fmt: skip


def read_length(text: str, context: Context) -> list[Found]:
    """Lengths and heights in centimetres."""
    read = said(text)
    if m := re.search(r"\b(?:(\d+)|ein(?:en)?|one|a)\s?m(?:eter|etre)?\s(\d{1,2})\b(?!\s?(?:cm|x|m\b))", read.text):
        return [Found(100 * int(m[1] or 1) + int(m[2]), read.origin(m.start()), read.origin(m.end()))]
    if m := re.search(r"\bkniehoch|knee.?high|knietief|knee.?deep", read.text):
        return [Found(50, read.origin(m.start()), read.origin(m.end()), 0.7)]
    if m := re.search(r"\b(?:half an? |halben? |halber )met(?:er|re)s?\b", read.text):
        return [Found(50, read.origin(m.start()), read.origin(m.end()))]
    return _units(text, _LENGTH, context)


def read_weight(text: str, context: Context) -> list[Found]:
    """Weights in kilograms."""
    units = {
        "kg|kilo(?:s|gramm?s?)?|kgs": Decimal(1), "g|gramm?s?": Decimal("0.001"), "pfund": Decimal("0.5"),
        "lbs?|pounds?": Decimal("0.4536"), "t|tonnen?|tons?": Decimal(1000),
    }  # fmt: skip
    return _units(text, units, context)


def read_area(text: str, context: Context) -> list[Found]:
    """Areas in square metres."""
    read = said(text)
    if m := re.search(r"\bhalber hektar|half a hectare", read.text):
        return [Found(5000, read.origin(m.start()), read.origin(m.end()))]
    units = {
        r"m²|m2|qm|m\^2|quadratmetern?|sq\.? ?m|sqm|square met(?:er|"
        r"re)s?": Decimal(1), "ha|hektar|hectares?": Decimal(10_000),
        "ar": Decimal(100),
    }  # fmt: skip
    found = _units(text, units, context)
    return (
        []
        if re.search(r"zimmer|rooms?\b", read.text) and not re.search("m²|qm|quadrat|square|m2", read.text)
        else found
    )


_TIME_UNITS = (
    (r"jahre?n?|years?|j\.", "Y"), (r"monate?n?|months?|mon\.", "M"), (r"wochen?|weeks?", "W"), (r"tage?n?|days?", "D"),
    (r"stunden?|std\.?|hours?|hrs?|h", "H"), (r"minuten?|min\.?|minutes?", "m"),
)  # fmt: skip
_ONE_OF = r"(?P<one>ein(?:e[mnrs]?)?|ner|'ner|an?|one)"
_DURATION = re.compile(
    rf"(?:{_UP_TO}{_N}|{_ONE_OF})(?P<half>\s(?:halb\w*|half)|(?: half an?))?\s(?P<unit>"
    + "|".join(f"(?P<{letter}>{words})" for words, letter in _TIME_UNITS) + r")\b(?:\s(?P<more>and a half|6 monate|"
                                                                            r"(?:und|and) (?P<n2>\d+) (?P<u2>monate?|"
                                                                            r"months?)))?"
)  # fmt: skip


def _durations(text: str) -> list[tuple[Decimal, str, re.Match[str], Plain]]:
    """Amount, unit letter and place of each duration."""
    read = said(text)
    plain_text = re.sub(r"\bhalf (an?) ", lambda m: f"{m[1]} half ", read.text)
    found = []
    for m in _DURATION.finditer(plain_text):
        letter = next(letter for _, letter in _TIME_UNITS if m[letter])
        amount = value(m["n"]) if m["n"] else Decimal(1)
        if m["half"]:
            amount = amount / 2 if not m["n"] else amount + Decimal("0.5")
        if m["more"] and "half" in m["more"]:
            amount += Decimal("0.5")
        found.append((amount, letter, m, read))
    return found


def read_duration(text: str, context: Context) -> list[Found]:
    """How long, as ISO 8601 duration."""
    found = []
    for amount, letter, m, read in _durations(text):
        found.append(Found(_iso(amount, letter), read.origin(m.start()), read.origin(m.end())))
    return found


def _iso(amount: Decimal, letter: str) -> str:
    if letter == "W":
        return f"P{short(amount * 7)}D"
    if letter == "Y" and amount != int(amount):
        return f"P{short(amount * 12)}M"
    if letter == "H":
        return f"PT{short(amount)}H" if amount == int(amount) else f"PT{short(amount * 60)}M"
    return f"PT{short(amount)}M" if letter == "m" else f"P{short(amount)}{letter}"


_IN_MONTHS = {"Y": Decimal(12), "M": Decimal(1), "W": Decimal(7) / Decimal("30.4"), "D": 1 / Decimal("30.4")}
_IN_HOURS = {"D": Decimal(24), "H": Decimal(1), "m": 1 / Decimal(60)}


def read_months(text: str, context: Context) -> list[Found]:
    """Ages in whole months, rounded; a bare number is years."""
    parts = [
        (amount * _IN_MONTHS[letter], m, read) for amount, letter, m, read in _durations(text) if letter in _IN_MONTHS
    ]
    if parts:
        joined = sum(amount for amount, _, _ in parts[:2]) if re.search(r"\b(und|and|,)\b", text) else parts[0][0]
        read = parts[0][2]
        extra = Decimal(parts[0][1]["n2"]) if parts[0][1]["n2"] else Decimal(0)
        return [Found(round(joined + extra), read.origin(parts[0][1].start()), read.origin(parts[-1][1].end()))]
    if context.asked:
        return [Found(round(12 * float(str(f.value))), f.start, f.end, 0.8) for f in bare(text, context)]
    return []


def read_hours(text: str, context: Context) -> list[Found]:
    """Hours a day."""
    read = said(text)
    hours = [(amount * _IN_HOURS[letter], m, r) for amount, letter, m, r in _durations(text) if letter in _IN_HOURS]
    if m := re.search(r"\b(?:ganzen?|whole|all) (?:tag|day)\b", read.text):
        return [Found(24, read.origin(m.start()), read.origin(m.end()), 0.8)]
    if m := re.search(r"\b(?:halben|half (?:the|a)) (?:tag|day)\b", read.text):
        return [Found(12, read.origin(m.start()), read.origin(m.end()), 0.8)]
    if hours:
        amount, match, r = hours[0]
        return [Found(short(amount), r.origin(match.start()), r.origin(match.end()))]
    window = times.read_window(text, context)
    if window and isinstance(window[0].value, dict) and window[0].value["from"] and window[0].value["until"]:
        start, until = (_minutes(str(window[0].value[k])) for k in ("from", "until"))
        if until > start:
            return [Found(short(Decimal(until - start) / 60), window[0].start, window[0].end, 0.9)]
    if m := re.search(r"\b(nie|niemals|never|gar nicht|überhaupt nicht|not at all|immer jemand)\b", read.text):
        return [Found(0, read.origin(m.start()), read.origin(m.end()), 0.9)] if context.asked else []
    return bare(text, context) if context.asked else []


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


_SINCE = re.compile(
    r"\b(seit|since|for|schon|fing|angefangen|begonnen|begann|started|began|ago|vor|passiert|erst|it began)\b"
)
_JUST_NOW = re.compile(r"\b(eben|gerade(?: eben)?|just now|soeben|heut\w*|grad|jetzt|vorhin|paar stunden|few hours)\b")
_BACK = {"Y": "jahr", "M": "monat", "W": "woche", "D": "tag"}


def read_since(text: str, context: Context) -> list[Found]:
    """The day something began, as ISO date."""
    read = said(text)
    if not (context.asked or _SINCE.search(read.text)):
        return []
    today = context.now.date()
    dated = dates.days(read, today, past=True)
    for amount, letter, m, _ in _durations(text):
        if any(d.start <= m.start() < d.end for d in dated):
            continue
        if context.asked or re.search(
            r"(seit|schon|for|vor|about|etwa|since|over)\s(?:\w+\s)?$", read.text[: m.start()]
        ):
            day = _began(today, amount, letter)
            return [Found(day.isoformat(), read.origin(m.start()), read.origin(m.end()), 0.95)]
    if dated:
        return [Found(dated[0].first.isoformat(), read.origin(dated[0].start), read.origin(dated[0].end), 0.95)]
    if now_said := _JUST_NOW.search(read.text):
        return [Found(today.isoformat(), read.origin(now_said.start()), read.origin(now_said.end()), 0.85)]
    return []


def _began(today: date, amount: Decimal, letter: str) -> date:
    if letter in "Hm":
        return today if amount < 24 else dates.shifted(today, -int(amount / 24), "tag")
    if letter == "Y":
        return dates.month_later(today, -int(amount * 12))
    return dates.shifted(today, -int(amount), _BACK[letter])
