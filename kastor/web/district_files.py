"""The figures of a district to keep: as a table for spreadsheets, and as a PDF with map, methods and sources."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely

from kastor.loading.layers import MAPPED
from kastor.planning.district import District
from kastor.planning.figures import GROUPS, METHODS, Figure, figures, sources_of
from kastor.store import Tenant
from kastor.tiles.ground import map_image
from kastor.web.dataset_json import safe_cell

WORDS = {
    "de": {
        "title": "Quartiersanalyse",
        "heads": ("Gruppe", "Kennzahl", "Wert", "Einheit", "davon geschätzt in %", "von", "bis", "Methode"),
        "rule": {"centroid": "Gebäude zählen ganz, wenn ihr Schwerpunkt im Gebiet liegt.",
                 "share": "Gebäude zählen mit dem Anteil ihrer Grundfläche im Gebiet."},
        "figure": "Kennzahl", "value": "Wert", "estimated": "{n} % geschätzt",
        "between": "zwischen {low} und {high}", "methods": "So ist gerechnet",
        "sources": "Daten", "page": "Seite", "none": "keine Angabe", "made": "erstellt am", "state": "Stand",
    },
    "en": {
        "title": "District analysis",
        "heads": ("group", "figure", "value", "unit", "of it estimated in %", "from", "to", "method"),
        "rule": {"centroid": "Buildings count as a whole when their centroid lies in the area.",
                 "share": "Buildings count by the share of their footprint in the area."},
        "figure": "Figure", "value": "Value", "estimated": "{n} % estimated",
        "between": "between {low} and {high}", "methods": "How it is computed",
        "sources": "Data", "page": "Page", "none": "not stated", "made": "made on", "state": "state",
    },
}  # fmt: skip

PICTURE = (1400, 900)
"""Pixels of the map."""


def as_csv(rows: Iterable[Figure], language: str) -> bytes:
    """The figures as CSV; German spreadsheets want semicolons and decimal commas."""
    words: dict[str, Any] = WORDS[language]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if language == "de" else ",")
    writer.writerow(words["heads"])
    for f in rows:
        low, high = f.between or (None, None)
        cells = (
            GROUPS[f.group][language], f.label[language], _cell(f.value, language), f.unit, f"{f.estimated * 100:.0f}",
            _cell(low, language), _cell(high, language), METHODS[f.method][language],
        )  # fmt: skip
        writer.writerow([safe_cell(cell) for cell in cells])
    return ("\ufeff" + buffer.getvalue()).encode()


def _cell(value: float | None, language: str) -> str:
    number = "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
    return number.replace(".", ",") if language == "de" else number


def shown(value: float | None, unit: str, language: str) -> str:
    """A figure as people read it, rounded to what it is worth."""
    if value is None:
        return str(WORDS[language]["none"])
    digits = 0 if (unit in ("m²", "m") and abs(value) >= 100) or float(value).is_integer() else 1 if unit else 2
    text = f"{value:,.{digits}f}"
    return (text.translate(str.maketrans(",.", ".,")) if language == "de" else text) + (f" {unit}" if unit else "")


def as_pdf(twin: Tenant, found: District, language: str) -> bytes:
    """The figures as PDF, A4."""
    # takes a tenth of a second to import and is needed for paper only
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    words: dict[str, Any] = WORDS[language]
    town, today = twin.info.title, datetime.now(UTC).date().isoformat()
    styles = getSampleStyleSheet()
    small = styles["BodyText"].clone("small", fontSize=8.5, leading=11)
    buffer = io.BytesIO()
    paper = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=20 * mm, rightMargin=15 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"{words['title']} {town}", author=town, lang=language,
    )  # fmt: skip

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(20 * mm, 10 * mm, _plain(f"{words['title']} · {town} · {words['made']} {today}"))
        canvas.drawRightString(A4[0] - 15 * mm, 10 * mm, f"{words['page']} {document.page}")

    rows = figures(found)
    story: list[Any] = [
        Paragraph(escape(_plain(f"{words['title']} {town}")), styles["Title"]),
        _picture(twin, found, 175 * mm),
        Spacer(1, 3 * mm),
        Paragraph(escape(_plain(words["rule"][found.rule])), small),
    ]
    for name, label in GROUPS.items():
        some = [f for f in rows if f.group == name]
        if some:
            story += [
                Paragraph(escape(_plain(label[language])), styles["Heading2"]),
                _table(some, words, language, small),
            ]
    story.append(Paragraph(escape(words["methods"]), styles["Heading2"]))
    for method in dict.fromkeys(f.method for f in rows):
        names = ", ".join(dict.fromkeys(f.label[language] for f in rows if f.method == method))
        short = names if len(names) < 120 else names[:117] + "..."
        story.append(Paragraph(f"<b>{escape(_plain(short))}:</b> {escape(_plain(METHODS[method][language]))}", small))
    story.append(Paragraph(escape(words["sources"]), styles["Heading2"]))
    datasets = twin.datasets()
    used = {d.id: d for f in rows for d in sources_of(f.method, datasets)}
    for d in used.values():
        dated = f"{words['state']} {d.date}" if d.date else ""
        text = ", ".join(filter(None, (d.title, d.owner, d.licence, dated)))
        story.append(Paragraph(escape(_plain(text)), small))
    paper.build(story, onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _table(rows: list[Figure], words: dict[str, Any], language: str, style: Any) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Table, TableStyle

    content = []
    for f in rows:
        guess = words["estimated"].format(n=f"{f.estimated * 100:.0f}") if f.estimated >= 0.005 else ""
        if f.between:
            low, high = (shown(n, "", language) for n in f.between)
            guess = f"{guess}, {words['between'].format(low=low, high=high)}"
        elif f.lacking:
            guess = f.lacking[language]
        cells = (f.label[language], shown(f.value, f.unit, language), guess)
        content.append([Paragraph(escape(_plain(cell)), style) for cell in cells])
    table = Table(content, colWidths=[85 * mm, 45 * mm, 45 * mm])
    line = colors.HexColor("#dfe1ea")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, line)]))
    return table


def _picture(twin: Tenant, found: District, width: float) -> Any:
    """The map with the border of the area."""
    from reportlab.graphics.shapes import Drawing, Image, Polygon
    from reportlab.lib import colors

    box = _widened(shapely.bounds(found.area))
    height = width * PICTURE[1] / PICTURE[0]
    drawing = Drawing(width, height)
    with io.BytesIO(map_image(twin.city(box=box, kinds=MAPPED), box, *PICTURE)) as png:
        drawing.add(Image(0, 0, width, height, _opened(png)))
    scale = width / (box[2] - box[0])
    for part in shapely.get_parts(found.area):
        xy = (shapely.get_coordinates(shapely.get_exterior_ring(part)) - np.array(box[:2])) * scale
        drawing.add(
            Polygon(xy.ravel().tolist(), strokeColor=colors.HexColor("#c2185b"), strokeWidth=1.6, fillColor=None)
        )
    return drawing


def _opened(png: io.BytesIO) -> Any:
    from PIL import Image

    picture = Image.open(png)
    picture.load()
    return picture


def _widened(bounds: Any) -> tuple[float, float, float, float]:
    """The box around an area with a margin, in the shape of the picture."""
    west, south, east, north = (float(v) for v in bounds)
    reach = max((east - west) * 1.15, (north - south) * 1.15 * PICTURE[0] / PICTURE[1], 60.0)
    across, up = reach / 2, reach / 2 * PICTURE[1] / PICTURE[0]
    east_mid, north_mid = (west + east) / 2, (south + north) / 2
    return (east_mid - across, north_mid - up, east_mid + across, north_mid + up)


def _plain(text: str) -> str:
    """Text in the letters the built-in fonts have."""
    return text.encode("cp1252", "replace").decode("cp1252")
