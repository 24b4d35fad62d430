"""Checks of how the objects of a plan hang together: ids, references, what every plan must state, attachments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from kastor.formats.archive import safe_name
from kastor.formats.xplanung.areas import PRESENTATION
from kastor.formats.xplanung.model import Finding, PlanFile, PlanObject, Severity
from kastor.formats.xplanung.plans import is_plan, is_section

_TEXT = re.compile(r"(XP|BP|FP|LP|RP|SO)_(TextAbschnitt|BegruendungAbschnitt)\Z")


def _is_content(kind: str) -> bool:
    """Whether a class is something a plan fixes or shows, not a plan, a section, a text or a drawing."""
    return not (kind.endswith(("_Plan", "_Bereich")) or kind in PRESENTATION or _TEXT.match(kind))


TARGETS: dict[str, Callable[[str], object]] = {
    "planinhalt": _is_content,
    "praesentationsobjekt": lambda kind: kind in PRESENTATION,
    "wirdDargestelltDurch": lambda kind: kind in PRESENTATION,
    "dientZurDarstellungVon": lambda kind: kind not in PRESENTATION,
    "gehoertZuBereich": lambda kind: kind.endswith("_Bereich"),
    "bereich": lambda kind: kind.endswith("_Bereich"),
    "gehoertZuPlan": lambda kind: kind.endswith("_Plan"),
    "texte": lambda kind: kind.endswith("_TextAbschnitt"),
    "refTextInhalt": lambda kind: kind.endswith("_TextAbschnitt"),
    "begruendungsTexte": lambda kind: kind.endswith("_BegruendungAbschnitt"),
    "refBegruendungInhalt": lambda kind: kind.endswith("_BegruendungAbschnitt"),
}
"""What a reference may point at."""

BACK = {"planinhalt": "gehoertZuBereich", "bereich": "gehoertZuPlan"}
"""References that are written on both sides."""

MANDATORY = {"_Plan": ("name",), "BP_Plan": ("gemeinde", "planArt"), "FP_Plan": ("gemeinde", "planArt"),
             "RP_Plan": ("planArt",), "SO_Plan": ("planArt",), "LP_Plan": ("planArt",),
             "_Bereich": ("nummer",)}  # fmt: skip
"""Attributes every version from 4.0 on asks for, by the end of the class name."""


def check_references(file: PlanFile) -> list[Finding]:
    """Everything that is wrong with ids, references and mandatory statements."""
    found: list[Finding] = []
    if not file.plans:
        found.append(Finding("no_plan", "error", values={"count": len(file.objects)}))
    if not file.crs and any(o.geometry is not None for o in file.objects):
        found.append(Finding("crs_missing", "error"))
    kinds = {o.id: o.kind for o in file.objects}
    by_id = {o.id: o for o in file.objects}
    found += _twice(file)
    for o in file.objects:
        found += _missing(o)
        found += _targets(o, kinds)
        found += _one_sided(o, by_id)
    found += [_finding("belongs_nowhere", o, "hint") for o in file.loose()]
    return found + list(_attachments(file))


def _twice(file: PlanFile) -> Iterator[Finding]:
    counts = Counter(o.id for o in file.objects)
    for o in file.objects:
        if counts[o.id] > 1:
            yield _finding("id_twice", o, count=counts.pop(o.id))


def _missing(o: PlanObject) -> Iterator[Finding]:
    for end, names in MANDATORY.items():
        if o.kind.endswith(end):
            yield from (_finding("attribute_missing", o, name=name) for name in names if not o.values(name))
    if is_plan(o):
        if o.geometry is None:
            yield _finding("area_missing", o)
    elif is_section(o):
        if not o.values("gehoertZuPlan"):
            yield _finding("attribute_missing", o, name="gehoertZuPlan")
    elif o.geometry is None and o.values("gehoertZuBereich") and "Raster" not in o.kind and not _TEXT.match(o.kind):
        yield _finding("position_missing", o, "warning")


def _targets(o: PlanObject, kinds: dict[str, str]) -> Iterator[Finding]:
    for name, value in o.attributes.items():
        for target in _hrefs(value):
            if target not in kinds:
                yield _finding("reference_nowhere", o, name=name, target=target)
            elif name in TARGETS and not TARGETS[name](kinds[target]):
                yield _finding("reference_wrong_class", o, name=name, target=target, kind=kinds[target])


def _one_sided(o: PlanObject, by_id: dict[str, PlanObject]) -> Iterator[Finding]:
    for name, back in BACK.items():
        for target in o.targets(name):
            other = by_id.get(target)
            if other is not None and TARGETS[name](other.kind) and o.id not in other.targets(back):
                yield _finding("reference_one_sided", o, "warning", name=name, target=target, back=back)


def _hrefs(value: Any) -> Iterator[str]:
    """Ids of this file a value points at, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _hrefs(one)
    elif isinstance(value, dict):
        if value.get("href", "")[:1] == "#":
            yield value["href"][1:]
        for name, part in value.items():
            if name not in ("type", "href", "gml"):
                yield from _hrefs(part)


def _attachments(file: PlanFile) -> Iterator[Finding]:
    """Files the plan refers to that are not beside it; only an archive can lack one."""
    if not file.attachments:
        return
    there = {a.name.lower() for a in file.attachments}
    for o in file.objects:
        for address in _addresses(o.attributes):
            name = safe_name(PurePosixPath(address).name)
            if not re.match(r"[a-z]+:", address, re.IGNORECASE) and address and name.lower() not in there:
                yield _finding("attachment_missing", o, "warning", file=address)


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _addresses(one)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in ("referenzURL", "georefURL") and isinstance(part, str):
                yield part
            else:
                yield from _addresses(part)


def _finding(code: str, o: PlanObject, severity: Severity = "error", **values: object) -> Finding:
    return Finding(code, severity, o.id, o.kind, dict(values), None, o.line)
