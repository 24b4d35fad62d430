"""A result as a report on paper: map, numbers, whom it concerns, and how far it can be trusted."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from kastor.planning.profile import LABEL
from kastor.store import Tenant
from kastor.web import result_map
from kastor.web.paper import ACCENT, INK, LINE, PALE, SOFT, Sheet, plain
from kastor.web.result_curves import WORDS as CURVE_WORDS
from kastor.web.result_curves import curves, more
from kastor.web.result_tables import rows_of
from kastor.web.result_words import asked_first, inputs, number, size

LISTED = 14
"""Features of an output that are listed; all of them are in the table."""

WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "numbers": "Kennzahlen", "better": {"less": "weniger ist besser", "more": "mehr ist besser", "": ""},
        "listed": "Die ersten {n} von {all}; alle stehen in der Tabelle (CSV).", "name": "Name",
        "inputs": "Eingaben", "account": "Prüfwerte", "method": "Wie gerechnet wurde", "suited": "Geeignet für",
        "unsuited": "Kein Ersatz für", "checked": "Geprüft an", "sources": "Grundlagen", "notes": "Zu beachten",
        "data": "Daten", "state": "Stand", "page": "Seite", "made": "Berechnet am", "stale": "Veraltet",
        "result": "Ergebnis", "version": "Fassung", "preliminary": "Orientierungshilfe, kein amtlicher Nachweis",
        "nothing": "Keine.", "date": "%d.%m.%Y, %H:%M UTC",
        "edits": "Änderungen",
    },
    "en": {
        "numbers": "Indicators", "better": {"less": "less is better", "more": "more is better", "": ""},
        "listed": "The first {n} of {all}; all of them are in the table (CSV).", "name": "Name",
        "inputs": "Inputs", "account": "Account", "method": "How it was computed", "suited": "Suited for",
        "unsuited": "No substitute for", "checked": "Checked against", "sources": "Based on",
        "notes": "To keep in mind",
        "data": "Data", "state": "as of", "page": "Page", "made": "Computed on", "stale": "Out of date",
        "result": "Result", "version": "version", "preliminary": "For orientation, no official proof",
        "nothing": "None.", "date": "%Y-%m-%d, %H:%M UTC",
        "edits": "Changes",
    },
}  # fmt: skip

CHANGED = "#8a4b08"
"""What edits add, on the map."""


def as_pdf(tenant: Tenant, document: Mapping[str, Any], stale: Sequence[Mapping[str, str]], language: str) -> bytes:
    """
    A report, A4.

    Parameters
    ----------
    document
        Of the result.
    stale
        Why it is out of date, in both languages.
    """
    # takes a tenth of a second to import and is needed for paper only
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    words, town, title = WORDS[language], tenant.info.title, document["process"]["title"][language]
    buffer = io.BytesIO()
    paper = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=18 * mm - 6, rightMargin=18 * mm - 6, topMargin=16 * mm, bottomMargin=18 * mm,
        title=plain(f"{title}, {town}"), author=plain(town), subject=document["id"], lang=language,
    )  # fmt: skip
    left = plain(f"{town} · {title} · {words['result']} {document['id'][:12]}")

    def foot(canvas: Any, sheet: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(SOFT)
        canvas.drawString(18 * mm, 10 * mm, left)
        canvas.drawCentredString(A4[0] / 2 + 30 * mm, 10 * mm, plain(words["preliminary"]))
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"{words['page']} {sheet.page}")

    sheet = _Sheet(language)
    story = [
        *sheet.head(tenant, document, stale), *sheet.map(tenant, document), *sheet.numbers(document),
        *sheet.concerned(tenant, document), *sheet.watched(document), *sheet.trust(document),
        *sheet.origin(tenant, document),
    ]  # fmt: skip
    paper.build(story, onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


class _Sheet(Sheet):
    """The parts of the report in one language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.words = language, WORDS[language]

    def head(self, tenant: Tenant, document: Mapping[str, Any], stale: Sequence[Mapping[str, str]]) -> list[Any]:
        """Whose it is, what it is and when it was computed."""
        made = datetime.fromisoformat(document["made"]).strftime(self.words["date"])
        found = [
            self.text(tenant.info.title, self.soft),
            self.text(document["process"]["title"][self.language], self.title),
            self.text(asked_first(tenant, document, self.language)),
            self.text(f"{size(document, self.language)} · {self.words['made']} {made}", self.soft),
        ]
        if stale:
            reasons = " ".join(reason[self.language] for reason in stale)
            found.append(self.text(f"{self.words['stale']}: {reasons}", self.warn))
        return found

    def map(self, tenant: Tenant, document: Mapping[str, Any]) -> list[Any]:
        """The map with its legend."""
        from reportlab.platypus import Spacer

        width = 174 * self.mm
        return [Spacer(1, 3 * self.mm), _drawing(tenant, document, width), *self._legend(document, width)]

    def _legend(self, document: Mapping[str, Any], width: float) -> list[Any]:
        raster = result_map.shown_raster(document)
        shown = raster or next((f for f in document["features"] if f["legend"]), None)
        if shown is None:
            return []
        entries = [(entry["colour"], plain(entry["title"][self.language])) for entry in shown["legend"]]
        if document["inputs"]["edits"]:
            entries.append((CHANGED, plain(self.words["edits"])))
        return [_swatches(plain(shown["title"][self.language]), entries, width)]

    def numbers(self, document: Mapping[str, Any]) -> list[Any]:
        """The indicators as cards, four in a row."""
        from reportlab.platypus import Table, TableStyle

        cards: list[Any] = [
            [self.text(number(i["value"], i["unit"], self.language), self.big),
             self.text(i["title"][self.language], self.soft)]
            for i in document["indicators"]
        ]  # fmt: skip
        if not cards:
            return []
        rows = [cards[k : k + 4] for k in range(0, len(cards), 4)]
        rows[-1] += [""] * (4 - len(rows[-1]))
        table = Table(rows, colWidths=[43.5 * self.mm] * 4)
        table.setStyle(TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, -1), PALE),
            ("INNERGRID", (0, 0), (-1, -1), 3, "#ffffff"), ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
        ]))  # fmt: skip
        return [*self.section(self.words["numbers"]), table]

    def concerned(self, tenant: Tenant, document: Mapping[str, Any]) -> list[Any]:
        """What it concerns most, output by output."""
        found: list[Any] = []
        for features in document["features"]:
            rows = rows_of(tenant, document["id"], features)
            if features["legend"]:
                rows = [row for row in rows if _class(features, row) is not None]
            found += self.section(features["title"][self.language])
            found += self._list(features, rows) if rows else [self.text(self.words["nothing"])]
        return found

    def _list(self, features: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        from reportlab.platypus import Table, TableStyle

        columns = [features, *features.get("columns", ())]
        heads = ["", self.words["name"], *(column["title"][self.language] for column in columns)]
        cells: list[list[Any]] = [["", *(self.text(h, self.soft) for h in heads[1:])]]
        style: list[Any] = [
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]  # fmt: skip
        for k, row in enumerate(rows[:LISTED], 1):
            own = row["properties"]
            values = [number(own.get(column["id"]), column["unit"], self.language) for column in columns]
            cells.append(["", self.text(own.get(LABEL, row["id"])), *(self.text(value) for value in values)])
            number_of_class = _class(features, row)
            if number_of_class is not None:
                style.append(("BACKGROUND", (0, k), (0, k), features["legend"][number_of_class]["colour"]))
        rest = (174 - 4 - 78) / len(columns) * self.mm
        table = Table(cells, colWidths=[4 * self.mm, 78 * self.mm, *[rest] * len(columns)], repeatRows=1)
        table.setStyle(TableStyle(style))
        if len(rows) <= LISTED:
            return [table]
        return [table, self.text(self.words["listed"].format(n=LISTED, all=len(rows)), self.soft)]

    def watched(self, document: Mapping[str, Any]) -> list[Any]:
        """What happened over time at the places that were watched."""
        from reportlab.platypus import Table, TableStyle

        rows = curves(document, 174 * self.mm, self.language)
        if not rows:
            return []
        table = Table(rows, colWidths=[87 * self.mm] * 2)
        table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
        rest = more(document["series"], self.language)
        title = CURVE_WORDS[self.language]["title"]
        return [*self.section(title), table, *([self.text(rest, self.soft)] if rest else [])]

    def trust(self, document: Mapping[str, Any]) -> list[Any]:
        """What whoever uses it has to know."""
        method, language = document["method"], self.language
        found = self.section(self.words["notes"]) if document["notes"] else []
        found += [self.text(f"• {note[language]}") for note in document["notes"]]
        found += self.section(self.words["method"])
        found.append(self.text(method["method"][language]))
        found += [self.marked(self.words[name], method[name][language]) for name in ("suited", "unsuited", "checked")]
        if method["sources"]:
            found.append(self.marked(self.words["sources"], "; ".join(method["sources"])))
        return found

    def origin(self, tenant: Tenant, document: Mapping[str, Any]) -> list[Any]:
        """What was asked for, the account, and whose data it is made of."""
        process = document["process"]
        found = [*self.section(self.words["inputs"]), self.pairs(inputs(tenant, document, self.language))]
        titles = document.get("account_titles", {})
        account = [
            (titles[name]["title"][self.language], self._figure(value, titles[name]["unit"]))
            for name in titles
            if (value := document["account"].get(name)) is not None
        ]
        if account:
            found += [*self.section(self.words["account"]), self.pairs(account)]
        found += self.section(self.words["data"])
        for source in document["attribution"]:
            dated = f"{self.words['state']} {source['date']}" if source["date"] else ""
            found.append(self.text(", ".join(filter(None, (
                source["title"], source["attribution"], source["licence"], dated)))))  # fmt: skip
        line = (
            f"{self.words['result']} {document['id']} · {process['id']}, {self.words['version']} {process['version']}"
        )
        return [*found, self.text(line, self.soft)]

    def _figure(self, value: Any, unit: str) -> str:
        return number(value, unit, self.language) if isinstance(value, int | float) else str(value)


def _class(features: Mapping[str, Any], row: Mapping[str, Any]) -> int | None:
    value = row["properties"].get(features["id"])
    return None if value is None else result_map.class_of(features["legend"], value)


def _drawing(tenant: Tenant, document: Mapping[str, Any], width: float) -> Any:
    """The map with coloured features, the border of the area, north and a scale."""
    from PIL import Image as Picture
    from reportlab.graphics.shapes import Drawing, Image, Rect
    from reportlab.lib.colors import HexColor

    box = result_map.box_of(document)
    height = width * result_map.PICTURE[1] / result_map.PICTURE[0]
    scale = width / (box[2] - box[0])
    drawing = Drawing(width, height)
    with io.BytesIO(result_map.picture(tenant, document)) as png:
        opened = Picture.open(png)
        opened.load()
    drawing.add(Image(0, 0, width, height, opened))
    frame = shapely.box(*box)
    for shape, colour in result_map.coloured(tenant, document):
        for part in shapely.get_parts(shapely.intersection(shape, frame)):
            _draw(drawing, part, box, scale, colour)
    for shape in result_map.changed(document):
        _stroke(drawing, shape, box, scale, CHANGED, 1.8)
    for part in shapely.get_parts(result_map.area_of(document)):
        _stroke(drawing, shapely.get_exterior_ring(part), box, scale, ACCENT, 1.1, [4, 3])
    drawing.add(Rect(0, 0, width, height, fillColor=None, strokeColor=HexColor(LINE), strokeWidth=0.5))
    _north(drawing, width - 14, height - 30)
    _scale_bar(drawing, scale, width)
    return drawing


def _points(shape: Any, box: result_map.Box, scale: float) -> list[float]:
    xy = (shapely.get_coordinates(shape) - np.array(box[:2])) * scale
    found: list[float] = xy.ravel().tolist()
    return found


def _draw(drawing: Any, part: Any, box: result_map.Box, scale: float, colour: str) -> None:
    from reportlab.graphics.shapes import Polygon
    from reportlab.lib.colors import HexColor

    if shapely.get_dimensions(part) == 2:
        points = _points(shapely.get_exterior_ring(part), box, scale)
        drawing.add(Polygon(points, fillColor=HexColor(colour), strokeColor=HexColor(INK), strokeWidth=0.35))
    elif shapely.get_dimensions(part) == 1:
        _stroke(drawing, part, box, scale, "#ffffff", 3.4)
        _stroke(drawing, part, box, scale, colour, 2.0)


def _stroke(
    drawing: Any, line: Any, box: result_map.Box, scale: float, colour: str, width: float,
    dashes: list[int] | None = None,
) -> None:  # fmt: skip
    from reportlab.graphics.shapes import PolyLine
    from reportlab.lib.colors import HexColor

    points = _points(line, box, scale)
    drawing.add(PolyLine(points, strokeColor=HexColor(colour), strokeWidth=width, strokeDashArray=dashes))


def _north(drawing: Any, x: float, y: float) -> None:
    from reportlab.graphics.shapes import Circle, Polygon, String
    from reportlab.lib.colors import HexColor

    drawing.add(Circle(x, y + 9, 13, fillColor=HexColor("#ffffff"), strokeColor=HexColor(LINE), strokeWidth=0.5))
    drawing.add(Polygon([x, y + 14, x - 4, y + 1, x, y + 4, x + 4, y + 1], fillColor=HexColor(INK), strokeColor=None))
    drawing.add(String(x, y + 14.5, "N", fontName="Helvetica-Bold", fontSize=6.5, textAnchor="middle",
                       fillColor=HexColor(INK)))  # fmt: skip


def _scale_bar(drawing: Any, scale: float, width: float) -> None:
    """A round length about a fifth of the map wide."""
    from reportlab.graphics.shapes import Line, Rect, String
    from reportlab.lib.colors import HexColor

    wanted = width / 5 / scale
    power = 10.0 ** np.floor(np.log10(wanted))
    metres = float(max(step * power for step in (1, 2, 5) if step * power <= wanted))
    long, ink = metres * scale, HexColor(INK)
    drawing.add(Rect(6, 6, long + 12, 19, fillColor=HexColor("#ffffff"), strokeColor=HexColor(LINE), strokeWidth=0.5))
    for x1, y1, x2, y2 in ((12, 11, 12 + long, 11), (12, 9, 12, 13), (12 + long, 9, 12 + long, 13)):
        drawing.add(Line(x1, y1, x2, y2, strokeColor=ink, strokeWidth=1))
    label = f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.0f} km"
    drawing.add(String(12 + long / 2, 15.5, label, fontName="Helvetica", fontSize=7, textAnchor="middle",
                       fillColor=ink))  # fmt: skip


def _swatches(title: str, entries: Sequence[tuple[str, str]], width: float) -> Any:
    """Classes in a row below the map."""
    from reportlab.graphics.shapes import Drawing, Rect, String
    from reportlab.lib.colors import HexColor
    from reportlab.pdfbase.pdfmetrics import stringWidth

    drawing, ink = Drawing(width, 22), HexColor(INK)
    drawing.add(String(0, 8, title, fontName="Helvetica-Bold", fontSize=8.5, fillColor=ink))
    x = stringWidth(title, "Helvetica-Bold", 8.5) + 10
    for colour, words in entries:
        drawing.add(Rect(x, 6.5, 12, 9, fillColor=HexColor(colour), strokeColor=HexColor(LINE), strokeWidth=0.4))
        drawing.add(String(x + 16, 8, words, fontName="Helvetica", fontSize=8.5, fillColor=ink))
        x += 16 + stringWidth(words, "Helvetica", 8.5) + 9
    return drawing
