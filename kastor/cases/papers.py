"""Letters and lists of findings on paper, as PDF: the same words always give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from kastor.cases.letters import FRAME, Letter
from kastor.cases.precheck import NOTICE, Findings, rows

INK, SOFT, LINE, PALE, WARN = "#14161f", "#51566b", "#d5d8e3", "#eef3fb", "#fbe3a8"

HEADS = {
    "de": ("Befundliste der Vorprüfung", "Regel", "Ergebnis", "Befund", "Fundstelle"),
    "en": ("List of findings of the pre-check", "Rule", "Result", "Finding", "Where it stands"),
}


def letter_pdf(letter: Letter) -> bytes:
    """A letter on paper."""
    words = FRAME[letter.language]
    page = _Page(letter.language, letter.subject)
    if letter.sender:
        page.add(" · ".join(letter.sender.splitlines()), page.soft)
    page.space(8)
    page.add(letter.receiver or " ", page.body)
    page.space(10)
    page.add(f"{letter.number} · {letter.dated}", page.soft)
    page.space(4)
    page.add(letter.subject, page.head)
    for part in letter.body.split("\n\n"):
        page.add(part, page.soft if part == words["machine"] else page.body)
        page.space(3)
    return page.finished()


def findings_pdf(findings: Findings, language: str, number: str, dated: str, missing: Sequence[str] = ()) -> bytes:
    """
    A list of findings on paper.

    Parameters
    ----------
    language
        ``de`` or ``en``.
    missing
        Documents that are missing, in words.
    """
    tongue = "en" if language == "en" else "de"
    head, *columns = HEADS[tongue]
    page = _Page(tongue, head)
    page.add(head, page.head)
    page.add(f"{FRAME[tongue]['case']} {number} · {dated} · {findings.plan_name}", page.soft)
    page.space(3)
    page.add(NOTICE[tongue], page.warn)
    page.space(4)
    page.table([columns, *(list(row) for row in rows(findings, tongue))], (38, 28, 70, 38))
    for note in findings.notes:
        page.add(note[tongue], page.soft)
    if missing:
        page.space(4)
        page.add({"de": "Fehlende Unterlagen", "en": "Missing documents"}[tongue], page.head)
        page.add("\n".join(f"- {one}" for one in missing), page.body)
    return page.finished()


def _printable(text: str) -> str:
    """Text in the letters the built-in fonts have."""
    return text.encode("cp1252", "replace").decode("cp1252")


class _Page:
    """Paper that is filled from top to bottom."""

    def __init__(self, language: str, title: str) -> None:
        from reportlab.lib.styles import ParagraphStyle
        from reportlab.lib.units import mm

        self.mm, self.language, self.title, self.parts = mm, language, title, list[Any]()
        self.body = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=14.5, textColor=INK)
        self.soft = ParagraphStyle("soft", self.body, fontSize=8.5, leading=11.5, textColor=SOFT)
        self.head = ParagraphStyle(
            "head", self.body, fontName="Helvetica-Bold", fontSize=13, leading=17, spaceAfter=3 * mm
        )
        self.warn = ParagraphStyle("warn", self.soft, backColor=WARN, borderPadding=(4, 6, 4, 6), textColor=INK)

    def add(self, text: str, style: Any) -> None:
        """A paragraph; lines stay lines."""
        from reportlab.platypus import Paragraph

        lines = [escape(_printable(line)) for line in text.split("\n")]
        self.parts.append(Paragraph("<br/>".join(lines), style))

    def space(self, millimetres: float) -> None:
        """Nothing."""
        from reportlab.platypus import Spacer

        self.parts.append(Spacer(1, millimetres * self.mm))

    def table(self, cells: Sequence[Sequence[str]], widths: Sequence[float]) -> None:
        """Rows with a head that is repeated on each page. Widths in millimetres."""
        from reportlab.platypus import Paragraph, Table, TableStyle

        made = [[Paragraph(escape(_printable(cell)), self.soft) for cell in row] for row in cells]
        table = Table(made, colWidths=[width * self.mm for width in widths], repeatRows=1)
        table.setStyle(TableStyle([
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
            ("BACKGROUND", (0, 0), (-1, 0), PALE),
        ]))  # fmt: skip
        self.parts.append(table)

    def finished(self) -> bytes:
        """The file."""
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

        out = io.BytesIO()
        mm = self.mm
        SimpleDocTemplate(
            out, pagesize=A4, leftMargin=25 * mm, rightMargin=11 * mm, topMargin=20 * mm, bottomMargin=20 * mm,
            title=_printable(self.title), lang="en" if self.language == "en" else "de", invariant=1,
        ).build(self.parts)  # fmt: skip
        return out.getvalue()
