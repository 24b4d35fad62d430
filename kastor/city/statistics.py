"""What is counted by district: inhabitants, households, incomes, each for an area and a time.

A :class:`Sheet` is a table as somebody made it, headings and cells as text; a :class:`Statistics` is what it says:
rows of an area and a period, columns of a measure, numbers where there are numbers and the sign of the source where
there is none (DIN 55301: ``.`` unknown or secret, ``x`` senseless, ``/`` not sure enough, ``...`` comes later; ``-``
is exactly nothing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

What = Literal["count", "amount", "share", "mean"]
"""What a column is: things counted, an amount with a unit, a share of a whole, a mean or a number per something."""

WHATS: tuple[What, ...] = get_args(What)

ADDS_UP = frozenset({"count", "amount"})
"""Of these the number of two areas together is the sum; of the others it lies between the two."""

SIGNS: Mapping[str, dict[str, str]] = {
    ".": {"de": "unbekannt oder geheim gehalten", "en": "unknown or kept secret"},
    "·": {"de": "unbekannt oder geheim gehalten", "en": "unknown or kept secret"},
    "*": {"de": "geheim gehalten", "en": "kept secret"},
    "x": {"de": "Angabe nicht sinnvoll", "en": "not meaningful"},
    "/": {"de": "nicht sicher genug", "en": "not certain enough"},
    "...": {"de": "folgt später", "en": "comes later"},
    "…": {"de": "folgt später", "en": "comes later"},
    "k.a.": {"de": "keine Angabe", "en": "not stated"},
    "k. a.": {"de": "keine Angabe", "en": "not stated"},
    "n/a": {"de": "keine Angabe", "en": "not stated"},
    "na": {"de": "keine Angabe", "en": "not stated"},
}
"""Signs that stand where a number cannot, and what they mean."""

NOTHING = frozenset({"-", "–", "—"})
"""Signs for exactly nothing."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_UNITS = re.compile(r"\s*(%|€|EUR|Euro|ha|km²|m²|qm)\s*$", re.IGNORECASE)
_GERMAN = re.compile(r"\d,\d{1,2}(?!\d)|\d,\d{4,}|\d\.\d{3}\.\d{3}|\d\.\d{3},")
_ENGLISH = re.compile(r"\d\.\d{1,2}(?!\d)|\d\.\d{4,}|\d,\d{3},\d{3}|\d,\d{3}\.")
_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}")
_YEAR = r"(?:19|20)\d\d"


@dataclass(frozen=True)
class Sheet:
    """
    A table as somebody made it.

    Parameters
    ----------
    name
        Of the file or sheet.
    headers
        One per column, unique.
    rows
        Number in the file and cells of each row.
    notes
        Title lines and footnotes around it, each with its number in the file.
    others
        Names of other sheets of the same file that were not read.
    english
        Whether its text says numbers the English way where nothing in them tells, as ``1,234``.
    """

    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[tuple[int, str], ...] = ()
    others: tuple[str, ...] = ()
    english: bool = False

    def column(self, header: str) -> list[str]:
        """The cells below a heading."""
        place = self.headers.index(header)
        return [cells[place] for _, cells in self.rows]


@dataclass(frozen=True)
class Measure:
    """
    What a column of numbers says.

    Parameters
    ----------
    name
        As the source heads it.
    what
        How its numbers are to be taken.
    unit
        Of the numbers, empty for things counted.
    """

    name: str
    what: What
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Statistics:
    """
    Numbers by area and period.

    Parameters
    ----------
    measures
        Of the columns.
    areas, periods
        Name or number of the area as the source has it, and the period (``2023``, ``2023-12-31``, ``2023-Q4``) of
        each row; each pair once.
    values
        Shape (n_rows, n_measures), NaN where there is no number.
    signs
        Row and column -> what stands in the source instead of a number.
    notes
        Title lines and footnotes of the source.
    """

    measures: tuple[Measure, ...]
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    values: NDArray[np.float64]
    signs: Mapping[tuple[int, int], str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.areas)


def is_english(cells: Iterable[str], otherwise: bool) -> bool:
    """
    Whether numbers in a table are written the English way, as far as any of them tells.

    Examples
    --------
    >>> is_english(["1.234", "12,5"], True), is_english(["1,234", "12.5"], False), is_english(["1.234"], False)
    (False, True, False)
    """
    german = english = 0
    for cell in cells:
        if _DAY.fullmatch(cell.strip()):
            continue
        german += bool(_GERMAN.search(cell))
        english += bool(_ENGLISH.search(cell))
    return otherwise if german == english else english > german


def number(cell: str, english: bool) -> float | None:
    """
    A number as the table writes it, None when it is none; a percent or euro sign behind it is left aside.

    Examples
    --------
    >>> number("1.234,5", False), number("1,234.5", True), number("12,5 %", False), number("–", False)
    (1234.5, 1234.5, 12.5, 0.0)
    """
    text = cell.strip().replace("\u00a0", "").replace("\u202f", "")
    if text in NOTHING:
        return 0.0
    text = _UNITS.sub("", text).replace(" ", "").replace("'", "").replace("−", "-")
    text = text.replace(",", "") if english else text.replace(".", "").replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def unit_of(cells: Iterable[str]) -> str:
    """The unit that stands behind the numbers of a column themselves."""
    found = {match[1].lower() for cell in cells if (match := _UNITS.search(cell))}
    return {"eur": "€", "euro": "€", "qm": "m²"}.get(unit := found.pop(), unit) if len(found) == 1 else ""


def period(text: str) -> str | None:
    """
    A year, month, quarter or day in one form, None when it is none.

    Examples
    --------
    >>> [period(t) for t in ("2023", "31.12.2023", "4. Quartal 2023", "Dez 2023", "12/2023", "2023-12-31", "Q4/2023")]
    ['2023', '2023-12-31', '2023-Q4', '2023-12', '2023-12', '2023-12-31', '2023-Q4']
    """
    text = text.strip().removesuffix(".0").removesuffix(" 00:00:00").replace("T00:00:00", "")
    text = re.sub(r"^(?:Stand|am|Stichtag)[:\s]+", "", text, flags=re.IGNORECASE)
    if re.fullmatch(_YEAR, text):
        return text
    for pattern, order in (
        (rf"(\d{{1,2}})\.(\d{{1,2}})\.({_YEAR})", (3, 2, 1)), (rf"({_YEAR})[-/](\d{{1,2}})[-/](\d{{1,2}})", (1, 2, 3)),
    ):  # fmt: skip
        if match := re.fullmatch(pattern, text):
            try:
                return date(*(int(match[i]) for i in order)).isoformat()
            except ValueError:
                return None
    return _part_of_year(text)


_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_MONTHS_EN = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _part_of_year(text: str) -> str | None:
    if match := re.fullmatch(rf"(?:Q\s*([1-4])|([1-4])\.?\s*(?:Quartal|Q|quarter))[\s/.-]*({_YEAR})", text, re.I):
        return f"{match[3]}-Q{match[1] or match[2]}"
    if match := re.fullmatch(rf"({_YEAR})[\s/.-]*(?:Q\s*([1-4])|([1-4])\.?\s*Quartal)", text, re.I):
        return f"{match[1]}-Q{match[2] or match[3]}"
    if match := re.fullmatch(rf"(?:(\d\d?)[/.-]({_YEAR})|({_YEAR})-(\d\d))", text):
        year, month = match[2] or match[3], int(match[1] or match[4])
        return f"{year}-{month:02}" if 1 <= month <= 12 else None
    if match := re.fullmatch(rf"([A-Za-zä]{{3,9}})\.?\s*({_YEAR})", text):
        start = match[1].lower()[:3]
        names = next((names for names in (_MONTHS, _MONTHS_EN) if start in names), None)
        return f"{match[2]}-{names.index(start) + 1:02}" if names else None
    return None
