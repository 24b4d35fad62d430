"""A comparison in words: better or worse, by how much, and one sentence for each variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kastor.process import LANGUAGES, Words

SAME = 1e-9


def verdict(difference: float | None, better: str) -> str:
    """``better``, ``worse``, ``same``, ``more``, ``less`` or ``unknown``."""
    if difference is None:
        return "unknown"
    if abs(difference) <= SAME:
        return "same"
    direction = "more" if difference > 0 else "less"
    return direction if not better else "better" if direction == better else "worse"


_VERDICTS: Mapping[str, Words] = {
    "better": {"de": "besser", "en": "better"}, "worse": {"de": "schlechter", "en": "worse"},
    "same": {"de": "gleich", "en": "the same"}, "more": {"de": "mehr", "en": "more"},
    "less": {"de": "weniger", "en": "less"}, "unknown": {"de": "unbekannt", "en": "unknown"},
}  # fmt: skip


def word(difference: float | None, better: str) -> Words:
    """
    A difference as a word.

    Examples
    --------
    >>> word(-3.0, "less")["en"], word(-3.0, "more")["de"], word(0.0, "less")["en"]
    ('better', 'schlechter', 'the same')
    """
    return _VERDICTS[verdict(difference, better)]


def sentence(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Words:
    """
    What the comparison says, a line a variant: what becomes better, what worse, and what is not known yet.

    Parameters
    ----------
    names
        Of the variants, in the order of the columns behind that of today.
    rows
        Of :func:`kastor.planning.compare.compare`.
    """
    if not names:
        return {"de": "Noch keine Variante zum Vergleich.", "en": "No variant to compare yet."}
    judged = [row for row in rows if row["better"] and row["indicator"] != "costs"]
    return {
        language: "\n".join(_outcome(name, k, judged, language) for k, name in enumerate(names, start=1))
        for language in LANGUAGES
    }


NAMED = 3
"""Indicators a sentence names; of more it says how many."""


def _outcome(name: str, column: int, rows: Sequence[Mapping[str, Any]], language: str) -> str:
    words = _OUTCOME[language]
    found = {kind: [row for row in rows if row["cells"][column]["verdict"] == kind] for kind in ("better", "worse")}
    parts = [f"{words[kind]}: {_named(those, column, language)}." for kind, those in found.items() if those]
    unknown = [row for row in rows if row["cells"][column]["verdict"] == "unknown"]
    missing = len(unknown) if len(unknown) == len(rows) else sum(_waits(row["cells"], column) for row in unknown)
    lacking = words["one missing"] if missing == 1 else words["missing"].format(missing)
    if missing and missing == len(rows):
        return f"{name}. {lacking}"
    said = f"{name}. {' '.join(parts) or words['same']}"
    return f"{said} {lacking}" if missing else said


def _waits(cells: Sequence[Mapping[str, Any]], column: int) -> bool:
    """Whether a difference may still come: what the area has nothing for, such as playgrounds, does not lack."""
    states = [cells[k].get("badge", {}).get("state", "missing") for k in (0, column)]
    return any(state not in ("fresh", "impossible") for state in states)


def _named(rows: Sequence[Mapping[str, Any]], column: int, language: str) -> str:
    shown = [f"{row['title'][language]} ({_change(row, column, language)})" for row in rows]
    more = len(shown) - NAMED
    return ", ".join(shown[:NAMED]) + (_OUTCOME[language]["more"].format(more) if more > 0 else "")


def _change(row: Mapping[str, Any], column: int, language: str) -> str:
    change = row["cells"][column]["difference"]
    size = f"{abs(change):,.{0 if abs(change) >= 10 or change == int(change) else 1}f}"
    size = size.translate(str.maketrans(",.", ".,")) if language == "de" else size
    unit = _SIGNS.get(row["unit"], row["unit"])
    return f"{size}{unit and ' '}{unit} {_VERDICTS['more' if change > 0 else 'less'][language]}"


_SIGNS: Mapping[str, str] = {"1": "", "m2": "m²", "m3": "m³", "MW.h": "MWh"}
"""What units are written as where UCUM writes them otherwise."""

_OUTCOME: Mapping[str, Words] = {
    "de": {"better": "Besser", "worse": "Schlechter", "same": "Keine Kennzahl ändert sich.", "more": " und {} weitere",
           "one missing": "1 Kennzahl fehlt noch.", "missing": "{} Kennzahlen fehlen noch."},
    "en": {"better": "Better", "worse": "Worse", "same": "No indicator changes.", "more": " and {} more",
           "one missing": "1 indicator is missing yet.", "missing": "{} indicators are missing yet."},
}  # fmt: skip
