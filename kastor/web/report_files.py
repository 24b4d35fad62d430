"""Import reports to keep: as a table for spreadsheets, and as a PDF for the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from kastor.web.dataset_json import safe_cell

LISTED = 400
"""Findings a PDF lists one by one; all of them are in the table."""

WORDS = {
    "de": {
        "title": "Bericht des Imports", "source": "Datei", "format": "Format", "crs": "Lage", "operation": "Umrechnung",
        "read": "gelesen", "kept": "übernommen", "repaired": "repariert", "check": "zu prüfen",
        "lost": "nicht übernommen", "kind": "Art", "count": "Zahl", "what": "Was und wo",
        "done": "Was wir getan haben", "object": "Objekt", "id": "Kennung", "finding": "Befund",
        "suggestion": "Vorschlag", "decision": "Entscheidung", "east": "Ost", "north": "Nord", "page": "Seite",
        "cut": "Einzeln aufgeführt sind die ersten {n} von {all}. Alle stehen in der Tabelle (CSV).",
        "single": "Die Befunde einzeln", "file": "ganze Datei",
        "outcomes": {"kept": "zu prüfen", "repaired": "repariert", "ignored": "ausgelassen", "refused": "abgelehnt"},
        "decisions": {"kept": "Wert behalten", "taken": "Vorschlag genommen"},
    },
    "en": {
        "title": "Import report", "source": "File", "format": "Format", "crs": "Place", "operation": "Conversion",
        "read": "read", "kept": "taken over", "repaired": "repaired", "check": "to check", "lost": "not taken over",
        "kind": "Kind", "count": "Number", "what": "What and where", "done": "What we did", "object": "Object",
        "id": "id", "finding": "Finding", "suggestion": "Suggestion", "decision": "Decision", "east": "East",
        "north": "North", "page": "Page",
        "cut": "The first {n} of {all} are listed one by one. All of them are in the table (CSV).",
        "single": "The findings one by one", "file": "whole file",
        "outcomes": {"kept": "to check", "repaired": "repaired", "ignored": "left out", "refused": "refused"},
        "decisions": {"kept": "value kept", "taken": "suggestion taken"},
    },
}  # fmt: skip


def as_table(report: Mapping[str, Any], language: str) -> bytes:
    """All findings of a report (see ``report_json``) as CSV; German spreadsheets want semicolons."""
    words: dict[str, Any] = WORDS[language]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if language == "de" else ",")
    heads = ("kind", "object", "id", "finding", "done", "suggestion", "decision", "east", "north")
    writer.writerow([words[name] for name in heads])
    for finding in report["findings"]:
        place = finding.get("place") or (None, None)
        suggestion = finding.get("suggestion")
        cells = (
            words["outcomes"][finding["outcome"]], finding.get("label", ""), finding["object"],
            finding["text"][language], finding["cure"][language],
            suggestion["words"][language] if suggestion else "",
            words["decisions"].get(finding.get("decision"), ""), _number(place[0], language),
            _number(place[1], language),
        )  # fmt: skip
        writer.writerow([safe_cell(cell) for cell in cells])
    return ("\ufeff" + buffer.getvalue()).encode()


def _number(value: float | None, language: str) -> str:
    text = "" if value is None else f"{value:.2f}"
    return text.replace(".", ",") if language == "de" else text


def as_pdf(report: Mapping[str, Any], title: str, town: str, language: str) -> bytes:
    """
    A report (see ``report_json``) as PDF, A4.

    Parameters
    ----------
    title, town
        Title of the dataset and name of the town.
    """
    # takes a tenth of a second to import and is needed for paper only
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    words: dict[str, Any] = WORDS[language]
    buffer = io.BytesIO()
    paper = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=20 * mm, rightMargin=15 * mm, topMargin=18 * mm, bottomMargin=18 * mm,
        title=f"{words['title']}: {title}", author=town, lang=language,
    )  # fmt: skip

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(20 * mm, 10 * mm, _plain(f"{town} · {title} · {report['loaded'][:10]}"))
        canvas.drawRightString(A4[0] - 15 * mm, 10 * mm, f"{words['page']} {document.page}")

    paper.build(_story(report, title, words, language), onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _story(report: Mapping[str, Any], title: str, words: Mapping[str, Any], language: str) -> list[Any]:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Spacer

    styles = getSampleStyleSheet()
    small = styles["BodyText"].clone("small", fontSize=8.5, leading=11)
    facts = [(words[name], str(report.get(name, ""))) for name in ("source", "format", "crs", "operation")]
    totals = report["totals"]
    counters = [
        (words["read"], _objects(report["read"])), (words["kept"], _objects(report["kept"])),
        (words["repaired"], totals["repaired"]), (words["check"], totals["kept"]),
        (words["lost"], totals["ignored"] + totals["refused"]),
    ]  # fmt: skip
    findings = report["findings"]
    groups: list[list[str]] = []
    heads = [words[name] for name in ("kind", "count", "what", "done")]
    for (outcome, code), members in groupby(sorted(findings, key=_key), key=_key):
        first = next(members)
        count = next((c["count"] for c in report["counts"] if (c["outcome"], c["code"]) == (outcome, code)), 1)
        where = first.get("label") or first["object"]
        what = f"{first['text'][language]}{f' ({where})' if where else ''}"
        groups.append([words["outcomes"][outcome], f"{count}", what, first["cure"][language]])
    single = [
        [f.get("label") or f["object"] or words["file"], f["object"], f["text"][language],
         words["decisions"].get(f.get("decision"), "")]
        for f in findings[:LISTED]
    ]  # fmt: skip
    story = [
        Paragraph(escape(_plain(f"{words['title']}: {title}")), styles["Title"]),
        _grid([[name, value] for name, value in facts if value], None, (35, 140), small),
        Spacer(1, 5 * mm),
        _grid([[str(n) for _, n in counters]], [name for name, _ in counters], (35,) * 5, small),
        Spacer(1, 5 * mm),
        _grid(groups, heads, (25, 14, 76, 60), small),
    ]
    if single:
        heads = [words[name] for name in ("object", "id", "finding", "decision")]
        story += [
            Spacer(1, 6 * mm), Paragraph(escape(words["single"]), styles["Heading2"]),
            _grid(single, heads, (42, 40, 68, 25), small),
        ]  # fmt: skip
    if len(findings) > LISTED:
        story.append(Paragraph(escape(words["cut"].format(n=LISTED, all=len(findings))), small))
    return story


def _key(finding: Mapping[str, Any]) -> tuple[str, str]:
    return finding["outcome"], finding["code"]


def _objects(counts: Mapping[str, int]) -> int:
    """Objects among the counts, without the surfaces and heights they are made of."""
    inner = ("surface", "polygon", "solid", "heights", "ring", "vert")
    return sum(n for name, n in counts.items() if not any(part in name.lower() for part in inner))


def _grid(rows: list[list[str]], heads: list[str] | None, widths: tuple[float, ...], style: Any) -> Any:
    from reportlab.lib import colors
    from reportlab.lib.units import mm
    from reportlab.platypus import Paragraph, Table, TableStyle

    shown = [[Paragraph(escape(_plain(cell)), style) for cell in row] for row in rows]
    if heads:
        shown.insert(0, [Paragraph(f"<b>{escape(_plain(head))}</b>", style) for head in heads])
    table = Table(shown or [[""]], colWidths=[w * mm for w in widths], repeatRows=1 if heads else 0)
    line = colors.HexColor("#dfe1ea")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, line)]))
    return table


def _plain(text: str) -> str:
    """Text in the letters the built-in fonts have."""
    return str(text).encode("cp1252", "replace").decode("cp1252")
