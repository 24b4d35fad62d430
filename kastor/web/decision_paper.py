"""A decision on paper: what was decided, among what, on which grounds, and how it can be checked."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from kastor.planning.decision import altered
from kastor.store import Tenant
from kastor.store.resolutions import Resolution
from kastor.web.paper import Sheet, plain
from kastor.web.result_words import number

WORDS: dict[str, dict[str, Any]] = {
    "de": {
        "kind": "Beschluss", "draft": "Entwurf, noch nicht unterzeichnet",
        "altered": "Dieses Papier gilt nicht: Nach dem Unterzeichnen wurde etwas verändert.",
        "facts": "Angaben", "number": "Nummer",
        "body": "Gremium", "date": "Datum", "outcome": "Ergebnis", "votes": "Abstimmung",
        "outcomes": {"accepted": "angenommen", "declined": "abgelehnt", "postponed": "vertagt", "": "offen"},
        "voted": "{yes} ja, {no} nein, {abstained} Enthaltungen", "text": "Wortlaut", "reasons": "Begründung",
        "subject": "Gegenstand", "variants": "Varianten", "chosen": "beschlossen", "revision": "Fassung",
        "changes": "Änderungen", "today": "Bestand", "results": "Ergebnisse",
        "stale": "war bei Unterzeichnung veraltet",
        "of": "für", "expertise": "Gutachten statt dessen", "checks": "Prüfung gegen den Plan",
        "checked": "{kept} eingehalten, {broken} nicht eingehalten, {unknown} nicht prüfbar",
        "participation": "Beteiligung", "contributions": "{n} Beiträge", "roles": "Beteiligte Rollen",
        "proof": "Nachweis", "signed": "Unterzeichnet am", "as": "als", "hash": "Prüfsumme (SHA-256)",
        "how": "Die Prüfsumme steht im Protokoll des Mandanten. „Beschluss prüfen“ vergleicht Beschluss, Varianten,"
        " Ergebnisse und Protokoll.", "page": "Seite", "day": "%d.%m.%Y",
        "role": {"planner": "Planung", "administration": "Verwaltung", "caretaker": "Datenpflege",
                 "clerk": "Sachbearbeitung", "caseworker": "Anliegen", "case_lead": "Leitung der Anliegen",
                 "citizen": "Bürgerin, Bürger"},
    },
    "en": {
        "kind": "Decision", "draft": "Draft, not signed yet",
        "altered": "This paper is not valid: something was altered after signing.",
        "facts": "Facts", "number": "Number", "body": "Body",
        "date": "Date", "outcome": "Outcome", "votes": "Votes",
        "outcomes": {"accepted": "accepted", "declined": "declined", "postponed": "postponed", "": "open"},
        "voted": "{yes} in favour, {no} against, {abstained} abstained", "text": "Wording", "reasons": "Reasons",
        "subject": "Subject", "variants": "Variants", "chosen": "chosen", "revision": "revision",
        "changes": "Changes", "today": "City as it is", "results": "Results", "stale": "was out of date at signing",
        "of": "for", "expertise": "Expert report instead", "checks": "Check against the plan",
        "checked": "{kept} kept, {broken} broken, {unknown} could not be checked",
        "participation": "Participation", "contributions": "{n} contributions", "roles": "Roles that took part",
        "proof": "Proof", "signed": "Signed on", "as": "as", "hash": "Checksum (SHA-256)",
        "how": "The checksum stands in the log of the tenant. Checking the decision compares record, variants, results"
        " and log.", "page": "Page", "day": "%Y-%m-%d",
        "role": {"planner": "planning", "administration": "administration", "caretaker": "data care",
                 "clerk": "clerk", "caseworker": "requests", "case_lead": "lead for requests",
                 "citizen": "citizen"},
    },
}  # fmt: skip


def as_pdf(tenant: Tenant, record: Resolution, language: str) -> bytes:
    """
    A decision, A4; where something was altered since it was signed, the paper begins with that.

    Parameters
    ----------
    language
        ``de`` or ``en``.
    """
    # takes a tenth of a second to import and is needed for paper only
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    words, town = WORDS[language], tenant.info.title
    buffer = io.BytesIO()
    paper = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=18 * mm - 6, rightMargin=18 * mm - 6, topMargin=16 * mm, bottomMargin=18 * mm,
        title=plain(record.title), author=plain(town), subject=record.id, lang=language,
    )  # fmt: skip
    left = plain(f"{town} · {words['kind']} {record.id} · {record.hash[:16]}")

    def foot(canvas: Any, sheet: Any) -> None:
        canvas.setFont("Helvetica", 7.5)
        canvas.drawString(18 * mm, 10 * mm, left)
        canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, f"{words['page']} {sheet.page}")

    page = _Page(language)
    document = record.document
    faults = [said[language] for said in altered(tenant, record)]
    story = [
        *page.head(town, record, document, faults), *page.prose(document), *page.options(document),
        *page.grounds(document), *page.people(document), *page.proof(record, document),
    ]  # fmt: skip
    paper.build(story, onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


class _Page(Sheet):
    """The parts of a decision in one language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.words = language, WORDS[language]

    def head(self, town: str, record: Resolution, document: Mapping[str, Any], faults: Sequence[str]) -> list[Any]:
        """Whose decision it is, on what, and how it came out."""
        words = self.words
        votes = document["votes"]
        facts = [
            (words["number"], document["number"]), (words["body"], document["body"]),
            (words["date"], self._day(document["date"])), (words["outcome"], words["outcomes"][document["outcome"]]),
            (words["votes"], words["voted"].format(**votes) if votes else ""),
        ]  # fmt: skip
        found = [self.text(f"{town} · {words['kind']}", self.soft), self.text(record.title, self.title)]
        if not record.signed:
            found.append(self.text(words["draft"], self.warn))
        found += [self.text(said, self.warn) for said in ([words["altered"], *faults] if faults else [])]
        return [*found, *self.section(words["facts"]), self.pairs([(name, said) for name, said in facts if said])]

    def prose(self, document: Mapping[str, Any]) -> list[Any]:
        """What was decided and why."""
        found: list[Any] = []
        for name in ("text", "subject", "reasons"):
            if document[name].strip():
                found += self.section(self.words[name])
                found += [self.text(part) for part in document[name].splitlines() if part.strip()]
        return found

    def options(self, document: Mapping[str, Any]) -> list[Any]:
        """The variants that were decided on."""
        rows = []
        for one in document["variants"]:
            name = one.get("name") or one["id"] or self.words["today"]
            name = self.words["today"] if not one["id"] else name
            mark = f" ({self.words['chosen']})" if one["chosen"] else ""
            said = [f"{self.words['revision']} {one['revision']}"] if one["id"] else []
            if "edits" in one and one["id"]:
                said.append(f"{self.words['changes']}: {len(one['edits'])}")
            rows.append((f"{name}{mark}", ", ".join([*said, *filter(None, [one["note"]])])))
        return [*self.section(self.words["variants"]), self.pairs(rows)] if rows else []

    def grounds(self, document: Mapping[str, Any]) -> list[Any]:
        """The results, checks and contributions it rests on."""
        found: list[Any] = []
        signed = [one for one in document["results"] if isinstance(one, dict)]
        if document["results"]:
            found += self.section(self.words["results"])
            found += [self.text(f"• {one}") for one in document["results"] if isinstance(one, str)]
            for one in signed:
                found += self._result(one)
        checks = [(f"{c['plan']}", self.words["checked"].format(**c)) for c in document["plan_checks"]]
        found += [*self.section(self.words["checks"]), self.pairs(checks)] if checks else []
        took_part = [
            (p["title"], ", ".join(filter(None, [
                p["period"], self.words["contributions"].format(n=p["contributions"]), p["summary"]])))
            for p in document["participation"]
        ]  # fmt: skip
        return found + ([*self.section(self.words["participation"]), self.pairs(took_part)] if took_part else [])

    def _result(self, one: Mapping[str, Any]) -> list[Any]:
        title = one["process"]["title"][self.language]
        named = f" {self.words['of']} {one['variant']['name']}" if one["variant"] else ""
        stale = f" ({self.words['stale']})" if one["stale"] else ""
        rows = [(i["title"][self.language], number(i["value"], i["unit"], self.language)) for i in one["indicators"]]
        rows += [(self.words["expertise"], f"{e['title']}, {e['office']}") for e in one["expertises"]]
        head = self.marked(f"{title}{named}{stale}", f"{self._day(one['made'][:10])}, {one['id'][:12]}")
        return [head, self.pairs(rows)] if rows else [head]

    def people(self, document: Mapping[str, Any]) -> list[Any]:
        """Who took part in which role."""
        rows = [(one["role"], one["part"]) for one in document["roles"]]
        return [*self.section(self.words["roles"]), self.pairs(rows)] if rows else []

    def proof(self, record: Resolution, document: Mapping[str, Any]) -> list[Any]:
        """How it can be shown that nothing was changed."""
        if not record.signed:
            return []
        words = self.words
        when = datetime.fromisoformat(record.signed).strftime(f"{words['day']}, %H:%M UTC")
        role = words["role"].get(document["signed_by"], document["signed_by"])
        rows = [
            (words["signed"], f"{when}, {words['as']} {role}"),
            (words["hash"], f"{record.hash[:32]} {record.hash[32:]}"),
        ]
        return [*self.section(words["proof"]), self.pairs(rows), self.text(words["how"], self.soft)]

    def _day(self, given: str | None) -> str:
        return date.fromisoformat(given).strftime(self.words["day"]) if given else ""
