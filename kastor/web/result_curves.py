"""Values over time on paper: a curve for each place that was watched, with its greatest value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kastor.web.paper import INK, LINE, SOFT, plain
from kastor.web.result_words import number

MOST = 24
"""Curves that are drawn; all of them are in the description (JSON)."""

EDGE, FILL = "#1f5cb0", "#cfe0f5"

WORDS: dict[str, dict[str, str]] = {
    "de": {"title": "Beobachtete Orte", "peak": "größter Wert {value} nach {when}", "none": "bleibt bei 0",
           "more": "Die ersten {n} von {all}; alle stehen in der Beschreibung (JSON)."},
    "en": {"title": "Watched places", "peak": "greatest value {value} after {when}", "none": "stays at 0",
           "more": "The first {n} of {all}; all of them are in the description (JSON)."},
}  # fmt: skip


def curves(document: Mapping[str, Any], width: float, language: str) -> list[Any]:
    """A drawing for each series of a result, two beside each other, as rows of a table; empty without series."""
    drawn = [curve(series, width / 2 - 8, language) for series in document["series"][:MOST]]
    return [[*pair, *([""] * (2 - len(pair)))] for pair in (drawn[k : k + 2] for k in range(0, len(drawn), 2))]


def curve(series: Mapping[str, Any], width: float, language: str) -> Any:
    """One series: what it is, its greatest value, and its course above an axis of minutes."""
    from reportlab.graphics.shapes import Drawing, Line, Polygon, PolyLine, String
    from reportlab.lib.colors import HexColor

    height, low_edge, top = 92.0, 14.0, 62.0
    times, values = series["times"], [value or 0.0 for value in series["values"]]
    drawing = Drawing(width, height)
    title = plain(f"{series['title'][language]} {series['name']}")
    drawing.add(String(0, height - 9, title, fontName="Helvetica-Bold", fontSize=8.5, fillColor=HexColor(INK)))
    said = plain(peak(series, language))
    drawing.add(String(0, height - 20, said, fontName="Helvetica", fontSize=7.5, fillColor=HexColor(SOFT)))
    low, high = min([0.0, *values]), max([0.0, *values])
    last = max([1.0, *times])
    scale = (top - low_edge) / ((high - low) or 1.0)
    zero = low_edge - low * scale
    points = [x for time, value in zip(times, values, strict=True) for x in (width * time / last, zero + value * scale)]
    if len(times) > 1 and high > low:
        area = [width * times[0] / last, zero, *points, width * times[-1] / last, zero]
        drawing.add(Polygon(area, fillColor=HexColor(FILL), strokeColor=None))
        drawing.add(PolyLine(points, strokeColor=HexColor(EDGE), strokeWidth=1.1))
    drawing.add(Line(0, zero, width, zero, strokeColor=HexColor(LINE), strokeWidth=0.6))
    for x, anchor, text in ((0.0, "start", "0"), (width, "end", number(last, "s", language))):
        drawing.add(String(x, 2, text, fontName="Helvetica", fontSize=7, textAnchor=anchor, fillColor=HexColor(SOFT)))
    return drawing


def peak(series: Mapping[str, Any], language: str) -> str:
    """The value farthest from nothing, and when it came."""
    known = [(abs(value), value, time) for time, value in zip(series["times"], series["values"], strict=True) if value]
    if not known:
        return WORDS[language]["none"]
    _, value, time = max(known)
    return WORDS[language]["peak"].format(
        value=number(value, series["unit"], language), when=number(time, "s", language)
    )


def more(series: Sequence[Any], language: str) -> str:
    """That there are further ones; empty when all are drawn."""
    return WORDS[language]["more"].format(n=MOST, all=len(series)) if len(series) > MOST else ""
