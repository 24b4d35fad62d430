"""The import report: what a load read, kept, repaired and ignored, and why.

Nothing that comes into the city is dropped or changed silently: every reader and check writes
what it met into a :class:`Report`. A finding names its object, its place and its cure in both
languages; the texts stand once in ``finding_texts.py``. Long lists are cut, counts never are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from kastor.city.finding_texts import TEXTS

Outcome = Literal["kept", "repaired", "ignored", "refused"]

LISTED_PER_CODE = 5000
"""Findings of one code that are listed one by one; further ones are only counted."""


@dataclass(frozen=True)
class Finding:
    """
    One thing a reader or a check met.

    Parameters
    ----------
    code
        Key into ``finding_texts.TEXTS``.
    outcome
        ``kept`` (taken over as it is), ``repaired``, ``ignored`` (left out) or ``refused`` (nothing was loaded).
    object_id
        Id of the object, empty when the finding is about the file.
    values
        Numbers and names the text speaks of.
    place
        Coordinates in the file's reference system, or None.
    """

    code: str
    outcome: Outcome
    object_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    place: tuple[float, float, float] | None = None

    def text(self, language: str = "de") -> str:
        """What was met, as a sentence."""
        return TEXTS[self.code][language][0].format(**self.values)

    def cure(self, language: str = "de") -> str:
        """What to do about it, as a sentence."""
        return TEXTS[self.code][language][1].format(**self.values)


@dataclass
class Report:
    """
    Report of one load, filled while reading.

    Parameters
    ----------
    source
        Name of the file or files.
    format, crs, operation
        What the file turned out to be; how its coordinates were changed, with the accuracy stated.
    read, kept
        Objects (and surfaces) met and taken over, by class name.
    """

    source: str
    format: str = ""
    crs: str = ""
    operation: str = ""
    read: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        code: str,
        outcome: Outcome,
        object_id: str = "",
        place: tuple[float, float, float] | None = None,
        count: int = 1,
        **values: Any,
    ) -> None:
        """Write down a finding; ``count`` > 1 for a summary of many alike."""
        if code not in TEXTS:
            raise KeyError(f"finding {code!r} has no text in finding_texts.py")
        listed = self.counts[code, outcome]
        self.counts[code, outcome] += count
        if listed < LISTED_PER_CODE:
            self.findings.append(Finding(code, outcome, object_id, values, place))

    def merge(self, other: Report) -> None:
        """Take over the counts and findings of a report on a part of the same load."""
        self.format = self.format or other.format
        self.crs = self.crs or other.crs
        self.operation = self.operation or other.operation
        self.read.update(other.read)
        self.kept.update(other.kept)
        listed = Counter(finding.code for finding in self.findings)
        for finding in other.findings:
            listed[finding.code] += 1
            if listed[finding.code] <= LISTED_PER_CODE:
                self.findings.append(finding)
        self.counts.update(other.counts)

    def total(self, outcome: Outcome) -> int:
        """How many findings ended this way."""
        return sum(n for (_, o), n in self.counts.items() if o == outcome)

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON, texts in both languages."""
        return {
            "source": self.source,
            "format": self.format,
            "crs": self.crs,
            "operation": self.operation,
            "read": dict(sorted(self.read.items())),
            "kept": dict(sorted(self.kept.items())),
            "totals": {o: self.total(o) for o in ("kept", "repaired", "ignored", "refused")},
            "counts": [
                {"code": code, "outcome": outcome, "count": n} for (code, outcome), n in sorted(self.counts.items())
            ],
            "findings": [
                {
                    "code": f.code,
                    "outcome": f.outcome,
                    "object": f.object_id,
                    "place": f.place,
                    "values": f.values,
                    "text": {language: f.text(language) for language in ("de", "en")},
                    "cure": {language: f.cure(language) for language in ("de", "en")},
                }
                for f in self.findings
            ],
        }
