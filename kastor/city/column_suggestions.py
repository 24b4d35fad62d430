"""What the columns of a statistical table most likely are: the area, the period, and what each number says.

A person takes the suggestion or says better; what was said is kept for the next state of the table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kastor.city.district_keys import Districts, Join, best_join, join
from kastor.city.statistics import NOTHING, SIGNS, WHATS, Measure, Sheet, What, is_english, number, period, unit_of

AREA, PERIOD, AREAS, ATTRIBUTE, WHEN = "area", "period", "areas", "attribute", "when"
"""Words of a mapping: heading of the area and of the period, dataset of the areas, what of them is named, the period
of the whole table."""

MEASURE, UNIT = "measure:", "unit:"
"""Before a heading: what its column is (one of ``WHATS``, or ``none`` to leave it out), and its unit."""

NONE = "none"

_AREA = re.compile(
    r"stadtteil|stadtbezirk|ortsteil|bezirk|quartier|viertel|gebiet|raumeinheit|gemarkung|district|ward|area|gemeinde",
    re.I,
)
_PERIOD = re.compile(r"jahr|year|stichtag|zeit|datum|date|periode?|monat|quartal|stand|berichtsjahr", re.I)
_NUMBERED = re.compile(
    r"\b(nr|nummer|schlüssel|schluessel|kennziffer|kennung|code|id|ags|key|lfd)\b|nummer$|_nr$", re.I
)
_SHARE = re.compile(r"%|prozent|percent|anteil|quote|\brate\b|share", re.I)
_MEAN = re.compile(
    r"durchschnitt|mittel|median|mean|average|ø|\bje\b|\bpro\b|\bper\b|/|dichte|density|index|alter\b|kaufkraft|miete",
    re.I,
)
_AMOUNT = re.compile(r"€|\beur\b|euro|umsatz|steuer|einnahme|ausgabe|fläche|flaeche|\bha\b|km²|m²|verbrauch|kwh", re.I)
_UNIT = re.compile(
    r"[(\[]\s*(?:in\s+)?([^()\[\]]{1,20})[)\]]\s*$|\bin\s+(%|€|EUR|Euro|ha|km²|m²|kWh|MWh|Jahren|years)\s*$"
)
_WORDS_OF_UNITS = {"prozent": "%", "percent": "%", "eur": "€", "euro": "€", "qm": "m²", "jahren": "Jahre"}
_WIDE = re.compile(r"^(?P<name>.*?)[\s_:-]*(?P<when>(?:\d{1,2}\.\d{1,2}\.)?(?:19|20)\d\d)$")


@dataclass(frozen=True)
class Columns:
    """
    What the columns of a table are.

    Parameters
    ----------
    area, period
        Headings; empty where no column says it.
    measures
        Heading -> what its numbers say; of a table with a column for each year the measure without the year.
    whens
        Heading -> period, for columns of one year each.
    joined
        The areas that the cells of the area's column mean; None where they mean none.
    english
        How the numbers are written.
    """

    area: str
    period: str
    measures: Mapping[str, Measure]
    whens: Mapping[str, str]
    joined: Join | None
    english: bool


def suggested(sheet: Sheet, known: Sequence[Districts], said: Mapping[str, str]) -> Columns:
    """
    What the columns are, as far as headings, cells and the areas of the town tell.

    Parameters
    ----------
    known
        The areas of the town, by dataset.
    said
        What a person said: words of a mapping as above; goes before everything else.
    """
    english = is_english((cell for _, cells in sheet.rows for cell in cells), sheet.english)
    area, joined = _area(sheet, known, said)
    when = said[PERIOD] if said.get(PERIOD, "") in ("", *sheet.headers) and PERIOD in said else _period(sheet, area)
    whens = {} if when else _wide(sheet, area)
    named: dict[str, str] = {}
    measures: dict[str, Measure] = {}
    for header in sheet.headers:
        told = said.get(MEASURE + header, "")
        if header in (area, when) or told == NONE or (not told and not _is_measure(sheet, header, english)):
            continue
        name = _without_year(header) or sheet.name if header in whens else header
        unit = said.get(UNIT + header) or _unit(sheet, header)
        what = _what(header, sheet.column(header), unit, english)
        named[header] = name
        # the columns of all years say the same, and what a person said of one holds for all
        if told or name not in measures:
            measures[name] = Measure(name, next((one for one in WHATS if one == told), what), unit)
    by_header = {header: measures[name] for header, name in named.items()}
    return Columns(area, when, by_header, {h: w for h, w in whens.items() if h in by_header}, joined, english)


def as_roles(columns: Columns) -> dict[str, str]:
    """The same as a mapping, for a person to correct."""
    found = {AREA: columns.area, PERIOD: columns.period}
    if columns.joined is not None:
        found |= {AREAS: columns.joined.districts.dataset, ATTRIBUTE: columns.joined.attribute}
    for header, measure in columns.measures.items():
        found |= {MEASURE + header: measure.what, UNIT + header: measure.unit}
    return found


def _area(sheet: Sheet, known: Sequence[Districts], said: Mapping[str, str]) -> tuple[str, Join | None]:
    """The column of the area: as said, else the one that names the most areas, else the one headed so."""
    headers = [said[AREA]] if said.get(AREA) in sheet.headers else list(sheet.headers)
    wanted = [one for one in known if said.get(AREAS, "") in ("", one.dataset)]
    attribute = said.get(ATTRIBUTE, "")
    found: list[tuple[tuple[int, int, bool], str, Join]] = []
    for header in headers:
        cells = [cell.strip() for cell in sheet.column(header) if cell.strip()]
        keys = list(dict.fromkeys(cells))
        numbered = _AREA.search(header) or _NUMBERED.search(header)
        if len(headers) > 1 and _mostly_numbers(cells) and not numbered:
            # small numbers that happen to be those of districts
            continue
        best = best_join(keys, wanted) if not attribute else _joined(keys, wanted, attribute)
        if best is not None and (len(headers) == 1 or best.matched * 2 >= len(keys)):
            # of two that name as many, the one for all rows, and names before numbers
            found.append(((best.matched, len(cells), not _mostly_numbers(cells)), header, best))
    if found:
        _, header, best = max(found, key=lambda one: one[0])
        return header, best
    if len(headers) == 1:
        return headers[0], None
    headed = [header for header in headers if _AREA.search(header)]
    words = [header for header in headed if not _mostly_numbers(sheet.column(header))]
    return next(iter(words or headed), ""), None


def _joined(keys: list[str], known: Iterable[Districts], attribute: str) -> Join | None:
    found = [one for districts in known if (one := join(keys, districts, attribute)).matched]
    return max(found, key=lambda one: one.matched, default=None)


def _mostly_numbers(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return sum(number(cell, False) is not None for cell in filled) * 2 > len(filled)


def _period(sheet: Sheet, area: str) -> str:
    for header in sheet.headers:
        cells = [cell for cell in sheet.column(header) if cell.strip()]
        if header == area or not cells or any(period(cell) is None for cell in cells):
            continue
        if _PERIOD.search(header) or any(not cell.strip().isdigit() for cell in cells):
            return header
    return ""


def _wide(sheet: Sheet, area: str) -> dict[str, str]:
    """Headings of columns for one year each; a year in a single heading is part of its name."""
    found = {h: m for h in sheet.headers if h != area and (m := _WIDE.match(h)) and period(m["when"])}
    stems = Counter(match["name"] for match in found.values())
    whens = {header: period(match["when"]) for header, match in found.items() if stems[match["name"]] > 1}
    return {header: when for header, when in whens.items() if when}


def _without_year(header: str) -> str:
    match = _WIDE.match(header)
    return match["name"].strip() if match else header


def _is_measure(sheet: Sheet, header: str, english: bool) -> bool:
    """Whether a column holds numbers to count with, not numbers that are names."""
    cells = [cell.strip() for cell in sheet.column(header) if cell.strip()]
    numbers = [n for cell in cells if (n := number(cell, english)) is not None]
    signs = sum(cell.lower() in SIGNS or cell in NOTHING for cell in cells)
    return bool(numbers) and not _NUMBERED.search(header) and (len(numbers) + signs) * 2 > len(cells)


def _unit(sheet: Sheet, header: str) -> str:
    match = _UNIT.search(header)
    text = (match[1] or match[2]).strip() if match else ""
    if not text and "%" in header:
        text = "%"
    if not text and ("€" in header or re.search(r"\bEUR\b|Euro", header)):
        text = "€"
    known = _WORDS_OF_UNITS.get(text.lower(), text)
    return known if len(known) <= 12 and not known[:1].isdigit() else unit_of(sheet.column(header))


def _what(header: str, cells: list[str], unit: str, english: bool) -> What:
    if unit == "%" or _SHARE.search(header):
        return "share"
    if _MEAN.search(header):
        return "mean"
    if _AMOUNT.search(header) or unit in ("€", "ha", "km²", "m²"):
        return "amount"
    numbers = [n for cell in cells if (n := number(cell, english)) is not None]
    return "count" if all(n.is_integer() for n in numbers) else "mean"
