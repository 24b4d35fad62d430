"""What reports on paper share: letters, colours, headings and lists of names and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

INK, SOFT, LINE, ACCENT, PALE, WARN = "#14161f", "#51566b", "#d5d8e3", "#2242a8", "#eef3fb", "#fbe3a8"


def plain(text: str) -> str:
    """Text in the letters the built-in fonts have."""
    return str(text).encode("cp1252", "replace").decode("cp1252")


class Sheet:
    """The parts of a report."""

    def __init__(self) -> None:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.lib.units import mm

        self.mm = mm
        body = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
        self.body = body
        self.soft = ParagraphStyle("soft", body, fontSize=8, leading=10.5, textColor=SOFT)
        self.title = ParagraphStyle("title", body, fontName="Helvetica-Bold", fontSize=22, leading=26)
        self.heading = ParagraphStyle(
            "heading", body, fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=5 * mm,
            spaceAfter=1.5 * mm,
        )  # fmt: skip
        self.big = ParagraphStyle("big", body, fontName="Helvetica-Bold", fontSize=15, leading=18, textColor=ACCENT)
        self.warn = ParagraphStyle("warn", body, backColor=WARN, borderPadding=(4, 6, 4, 6), spaceBefore=3 * mm)

    def text(self, words: str, style: Any = None) -> Any:
        """A paragraph."""
        from reportlab.platypus import Paragraph

        return Paragraph(escape(plain(words)), style or self.body)

    def section(self, words: str) -> list[Any]:
        """A heading with room for the first lines below it."""
        from reportlab.platypus import CondPageBreak

        return [CondPageBreak(30 * self.mm), self.text(words, self.heading)]

    def marked(self, name: str, words: str) -> Any:
        """A name in bold and what there is to say."""
        from reportlab.platypus import Paragraph

        return Paragraph(f"<b>{escape(plain(name))}:</b> {escape(plain(words))}", self.body)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> Any:
        """Names on the left and what there is to say on the right."""
        from reportlab.platypus import Table, TableStyle

        cells = [[self.text(name, self.soft), self.text(value)] for name, value in rows]
        table = Table(cells, colWidths=[60 * self.mm, 114 * self.mm])
        table.setStyle(TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]))  # fmt: skip
        return table
