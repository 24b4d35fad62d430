"""A case on paper: what is known, what was said, what was decided and why, and how the log can be checked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kastor.cases.hours import BERLIN
from kastor.web.paper import Sheet, plain

WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "title": "Vorgang", "facts": "Angaben", "talk": "Schriftwechsel", "decisions": "Entscheidungen",
        "log": "Verlauf", "proof": "Nachweis", "opened": "Eröffnet", "status": "Stand", "procedure": "Verfahren",
        "place": "Ort", "requester": "Anfragende Person", "colleague": "Digitaler Kollege", "person": "Person {n}",
        "source": "Quelle", "whole": "Die Kette der Prüfsummen ist lückenlos.", "hash": "Prüfsumme (SHA-256)",
        "erased": "Die persönlichen Angaben wurden gelöscht. Erhalten ist nur der Ablauf.", "files": "Anlagen",
        "page": "Seite", "day": "%d.%m.%Y, %H:%M", "automatic": "automatisch", "reason": "Begründung",
    },
    "en": {
        "title": "Case", "facts": "Facts", "talk": "Correspondence", "decisions": "Decisions", "log": "Course",
        "proof": "Proof", "opened": "Opened", "status": "Status", "procedure": "Procedure", "place": "Place",
        "requester": "Requester", "colleague": "Digital colleague", "person": "Person {n}", "source": "source",
        "whole": "The chain of checksums is whole.", "hash": "Checksum (SHA-256)",
        "erased": "The personal parts were erased. Only the course is left.", "files": "Attachments", "page": "Page",
        "day": "%Y-%m-%d, %H:%M", "automatic": "automatic", "reason": "Reason",
    },
}  # fmt: skip


def as_pdf(document: Mapping[str, Any], town: str, language: str = "de") -> bytes:
    """
    A case, A4.

    Parameters
    ----------
    document
        As ``cases.export.exported`` gives it.
    town
        Whose case it is.
    language
        ``de`` or ``en``.
    """
    # takes a tenth of a second to import and is needed for paper only
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    page, words = _Page(language), WORDS[language]
    case = document["case"]
    buffer = io.BytesIO()
    paper = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=18 * mm - 6, rightMargin=18 * mm - 6, topMargin=16 * mm, bottomMargin=18 * mm,
        title=f"{words['title']} {case['number']}", author=plain(town), subject=case["id"], lang=language,
    )  # fmt: skip
    left = plain(f"{town} · {words['title']} {case['number']} ({case['id']}) · {case['hash'][:16]}")

    def foot(canvas: Any, sheet: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(18 * mm, 10 * mm, left)
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"{words['page']} {sheet.page}")

    story = [*page.head(document, town), *page.known(document), *page.decided(document), *page.said(document),
             *page.course(document), *page.proof(document)]  # fmt: skip
    paper.build(story, onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


class _Page(Sheet):
    """The parts of a case in one language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.words = WORDS[language]

    def head(self, document: Mapping[str, Any], town: str) -> list[Any]:
        """Which case it is and how it stands."""
        words, case, state = self.words, document["case"], document["state"]
        rows = [(words["procedure"], case["procedure"]), (words["status"], case["status"]),
                (words["opened"], self.when(case["opened"]))]  # fmt: skip
        place = (state or {}).get("place", {})
        if place.get("address") or place.get("object"):
            rows.append((words["place"], place.get("address") or place["object"]))
        found = [self.text(town, self.soft), self.text(f"{words['title']} {case['number']}", self.title)]
        if state is None:
            found.append(self.text(words["erased"], self.warn))
        return [*found, self.pairs(rows)]

    def known(self, document: Mapping[str, Any]) -> list[Any]:
        """What is known, and from where."""
        facts = (document["state"] or {}).get("facts", {})
        rows = [(slot, f"{_said(f['value'])} ({self.words['source']}: {f['source']})") for slot, f in facts.items()]
        files = [(one["name"], f"{one['media_type']}, {one['size']:,} B") for one in document["files"]]
        found = [*self.section(self.words["facts"]), self.pairs(rows)] if rows else []
        return found + ([*self.section(self.words["files"]), self.pairs(files)] if files else [])

    def decided(self, document: Mapping[str, Any]) -> list[Any]:
        """What was decided, by whom, and why."""
        found: list[Any] = []
        for event in document["events"]:
            if event["kind"] != "decided":
                continue
            by = self.words["automatic"] if event["public"].get("automatic") else self.who(event["who"])
            found.append(self.marked(event["public"]["outcome"], f"{by}, {self.when(event['at'])}"))
            reasons = [one.get("de", "") for one in event["personal"].get("reasons", ()) if isinstance(one, dict)]
            said = filter(None, [event["personal"].get("reason", ""), *reasons])
            found += [self.text(f"{self.words['reason']}: {reason}") for reason in said]
        return [*self.section(self.words["decisions"]), *found] if found else []

    def said(self, document: Mapping[str, Any]) -> list[Any]:
        """What was written and said."""
        found: list[Any] = []
        for event in document["events"]:
            text = str(event["personal"].get("text", ""))
            if event["kind"] not in ("received", "asked", "said", "noted", "supplemented") or not text:
                continue
            found.append(self.marked(self.who(event["who"]), self.when(event["at"])))
            found += [self.text(part) for part in text.splitlines() if part.strip()]
        return [*self.section(self.words["talk"]), *found] if found else []

    def course(self, document: Mapping[str, Any]) -> list[Any]:
        """Every event, in order."""
        rows = [(f"{e['seq']} · {self.when(e['at'])}", f"{e['kind']} · {self.who(e['who'])}")
                for e in document["events"]]  # fmt: skip
        return [*self.section(self.words["log"]), self.pairs(rows)]

    def proof(self, document: Mapping[str, Any]) -> list[Any]:
        """How it can be shown that nothing was changed."""
        value = document["case"]["hash"]
        said = [self.text(one, self.warn) for one in document["faults"]] or [self.text(self.words["whole"])]
        return [
            *self.section(self.words["proof"]),
            self.pairs([(self.words["hash"], f"{value[:32]} {value[32:]}")]),
            *said,
        ]

    def who(self, who: str) -> str:
        """A person, the colleague, or who asks."""
        if who in ("", "requester"):
            return str(self.words["requester" if who else "colleague"])
        return str(self.words["person"]).format(n=who)

    def when(self, at: str) -> str:
        """A moment as people write it, in German time."""
        return datetime.fromisoformat(at).astimezone(BERLIN).strftime(self.words["day"])


def _said(value: Any) -> str:
    return (
        {True: "ja", False: "nein", None: "-"}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
    )
