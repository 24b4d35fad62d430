"""Objects as the browser sees them: rows, details, values in words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kastor.city.codelists import FUNCTION_GROUPS, attribute_words, function_words, roof_words, value_words
from kastor.city.terrain import Terrain, height_at
from kastor.store import Tenant
from kastor.store.history import Version
from kastor.store.labels import DETAIL
from kastor.store.objects import ObjectRecord, ObjectRow

COARSE = 20.0
"""Cells of the terrain that plan objects get their height from. [m]"""

HIDDEN = frozenset({"address"})
"""Attributes that a detail shows elsewhere."""


def row_json(tenant: Tenant, row: ObjectRow) -> dict[str, Any]:
    """``ObjectRow`` of the browser."""
    return {
        "id": row.id,
        "kind": row.kind.name.lower(),
        "label": row.label,
        "detail": _detail(row),
        "place": _place(tenant, row),
        "height": row.height,
        "storeys": row.storeys,
        "function": function_words(row.function) if row.function else None,
        "functionGroup": FUNCTION_GROUPS[row.function_group],
        "roof": roof_words(row.roof) if row.roof else None,
        "year": row.year,
        "area": row.area,
        "date": row.date,
        "dataset": row.dataset,
        "findings": row.findings,
    }


def _detail(row: ObjectRow) -> dict[str, str]:
    """What says more about an object, codes in words."""
    meant = (value_words(name, row.detail) for name in DETAIL.get(row.kind, ()))
    return next((words for words in meant if words is not None), {"de": row.detail, "en": row.detail})


def detail_json(tenant: Tenant, record: ObjectRecord, source: dict[str, Any]) -> dict[str, Any]:
    """``ObjectDetail`` of the browser."""
    row = record.row
    findings = tenant.findings(row.id)
    settled = [f for f in findings if f["outcome"] == "repaired"]
    return {
        **row_json(tenant, row),
        "attributes": [
            {"name": name, "label": attribute_words(name), "value": value_in_words(name, value)}
            for name, value in sorted(record.attributes.items())
            if name not in HIDDEN
        ],
        "parts": [{"id": p.id, "label": p.label, "height": p.height, "storeys": p.storeys} for p in record.parts],
        "parent": row.parent,
        "box": list(row.box) if row.box else [0.0] * 6,
        "source": source,
        "history": _history(tenant.history(row.id, row.dataset), record, source, settled),
        "findingList": [f for f in findings if f["outcome"] != "repaired"],
    }


def value_in_words(name: str, value: Any) -> dict[str, str]:
    """A value in both languages."""
    if isinstance(value, list) and all(not isinstance(v, (dict, list)) for v in value):
        each = [value_in_words(name, v) for v in value]
        return {language: ", ".join(words[language] for words in each) for language in ("de", "en")}
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {inner}" for key, inner in value.items() if inner not in (None, ""))
        return {"de": text, "en": text}
    if isinstance(value, list):
        each = [value_in_words(name, v) for v in value]
        return {language: "; ".join(words[language] for words in each) for language in ("de", "en")}
    if isinstance(value, float):
        english = f"{value:,.3f}".rstrip("0").rstrip(".")
        return {"de": english.translate(str.maketrans(",.", ".,")), "en": english}
    known = value_words(name, str(value))
    return dict(known) if known else {"de": str(value), "en": str(value)}


def _history(
    versions: list[Version], record: ObjectRecord, source: dict[str, Any], settled: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What happened to an object, newest first; what its last load repaired stands with that load."""
    entries: list[dict[str, Any]] = [{"at": version.valid_from, "what": happened(version)} for version in versions]
    loads = [i for i, version in enumerate(versions) if version.what == "load"]
    for finding in settled if loads else ():
        what = entries[loads[0]]["what"]
        entries[loads[0]]["what"] = {
            language: f"{what[language]}. {finding['text'][language]} {finding['cure'][language]}"
            for language in ("de", "en")
        }
    if record.row.date:
        made = {"de": f"Stand der Quelle: {source['title']}", "en": f"State of the source: {source['title']}"}
        entries.append({"at": record.row.date, "what": made})
    return entries


BY_HAND = {
    "add": {"de": "Von Hand angelegt", "en": "Added by hand"},
    "edit": {"de": "Berichtigt", "en": "Corrected"},
    "replace": {"de": "Ersetzt", "en": "Replaced"},
    "restore": {"de": "Frühere Angaben wiederhergestellt", "en": "Earlier values restored"},
    "undo": {"de": "Berichtigung zurückgenommen", "en": "Correction taken back"},
    "redo": {"de": "Berichtigung wiederholt", "en": "Correction made again"},
}
"""What a person did, by ``Version.what``."""


def happened(version: Version) -> dict[str, str]:
    """What made a version, in a sentence."""
    names = [attribute_words(name) for name in version.changed]
    changed = {language: [words[language] for words in names] for language in ("de", "en")}
    if version.geometry_changed:
        changed["de"].append("Gestalt")
        changed["en"].append("shape")
    said = {language: ", ".join(words) for language, words in changed.items()}
    if version.what in BY_HAND:
        note = f" ({version.note})" if version.note else ""
        did = BY_HAND[version.what]
        return {language: f"{did[language]}{f': {said[language]}' if said[language] else ''}{note}" for language in did}
    if version.version == 1:
        return {"de": "In Kastor übernommen", "en": "Taken over into Kastor"}
    return {
        "de": f"Neuer Stand der Quelle: {said['de']} geändert",
        "en": f"New state of the source: {said['en']} changed",
    }


def _place(tenant: Tenant, row: ObjectRow) -> list[float]:
    """Where an object stands; plan objects without a height stand on the ground."""
    if row.place is None:
        return [0.0, 0.0, 0.0]
    east, north, low = row.place
    if low == 0.0:
        low = ground_height(tenant, east, north)
    return [east, north, low]


def ground_height(tenant: Tenant, east: float, north: float) -> float:
    """Height of the ground, 0 where it is not known. [m]"""
    terrain = _coarse_terrain(tenant, tenant.revision)
    if terrain is None:
        return 0.0
    height = float(height_at(terrain, np.array([east]), np.array([north]))[0])
    return height if np.isfinite(height) else 0.0


@lru_cache(maxsize=16)
def _coarse_terrain(tenant: Tenant, revision: str) -> Terrain | None:
    finest = min((cell for _, cell in tenant.terrain_boxes()), default=COARSE)
    return tenant.terrain(cell=max(finest, COARSE))
