"""Datasets as the browser sees them: how old, who cares, what is missing, what they serve."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kastor.city.codes_datasets import RHYTHMS
from kastor.loading.ground import DERIVED
from kastor.store import Dataset
from kastor.web.tenants import LAYER_KINDS, dataset_json

FUNCTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "scene": (("building",), ("terrain", "tree")),
    "search": (("building",), ("address",)),
    "shadow": (("building",), ("terrain", "tree")),
    "rain": (("terrain",), ("building", "street", "land_use")),
    "trees": (("tree",), ()),
    "parking": (("parking",), ("street",)),
    "routes": (("street",), ()),
    "quarter": (("building",), ("address", "tree", "district", "statistics")),
    "planning": (("building", "terrain"), ("parcel",)),
}
"""What the functions need: kinds without which they cannot work, and kinds that make them better."""

HEADINGS = {
    "de": ("Kennung", "Titel", "Sichtbar", "Herausgeber", "Zuständig", "Kontakt", "Lizenz", "Stand", "Rhythmus",
           "Fällig am", "Eingelesen", "Objekte", "offene Befunde", "fehlt"),
    "en": ("id", "title", "visible", "publisher", "office", "contact", "licence", "date", "rhythm", "due", "loaded",
           "objects", "open findings", "missing"),
}  # fmt: skip

STATES = {
    "draft": ("Entwurf", "draft"),
    "internal": ("intern", "internal"),
    "public": ("öffentlich", "public"),
}

GAPS = {
    "office": ("zuständige Stelle", "responsible office"),
    "licence": ("Lizenz", "licence"),
    "date": ("Stand", "date"),
    "rhythm": ("Rhythmus", "rhythm"),
    "overdue": ("neuer Stand ist überfällig", "a newer state is overdue"),
    "findings": ("offene Befunde", "open findings"),
}
"""What somebody should care for -> German, English."""


def overview_row(dataset: Dataset, open_findings: int, today: date) -> dict[str, Any]:
    """``DatasetRow`` of the browser."""
    due = due_on(dataset)
    overdue = due is not None and due < today
    facts = {
        "office": not dataset.office,
        "licence": not dataset.licence,
        "date": not dataset.date,
        "rhythm": not dataset.rhythm,
        "overdue": overdue,
        "findings": open_findings > 0,
    }
    return {
        **dataset_json(dataset),
        "state": dataset.state,
        "office": dataset.office,
        "contact": dataset.contact,
        "rhythm": dataset.rhythm,
        "theme": dataset.theme,
        "hvd": dataset.hvd,
        "description": dataset.description,
        "objects": sum(n for kind, n in dataset.kinds.items() if kind != "building_part"),
        "openFindings": open_findings,
        "due": due.isoformat() if due else "",
        "overdue": overdue,
        "gaps": [name for name, missing in facts.items() if missing],
        "layers": [layer for layer, kinds in LAYER_KINDS.items() if any(dataset.kinds.get(kind) for kind in kinds)],
        "functions": [name for name, (need, better) in FUNCTIONS.items() if _serves(dataset, (*need, *better))],
    }


def _serves(dataset: Dataset, kinds: Iterable[str]) -> bool:
    return any(dataset.kinds.get(kind) for kind in kinds)


def due_on(dataset: Dataset) -> date | None:
    """When a newer state is due; None when never or unknown."""
    days = RHYTHMS.get(dataset.rhythm, (0, "", ""))[0]
    since = _day(dataset.date) or _day(dataset.loaded[:10])
    return since + timedelta(days=days) if days and since else None


def _day(text: str) -> date | None:
    """A day; of a year or month alone the last one."""
    parts = [int(part) for part in text.split("-")] if text.replace("-", "").isdigit() else []
    try:
        if len(parts) == 1:
            return date(parts[0], 12, 31)
        if len(parts) == 2:
            return date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1) - timedelta(days=1)
        return date(*parts) if len(parts) == 3 else None
    except ValueError:
        return None


def functions_json(datasets: Sequence[Dataset]) -> list[dict[str, Any]]:
    """What the functions need and whether it is there: ``ready``, ``partly`` or ``missing``."""
    have: dict[str, int] = {}
    for dataset in datasets:
        for kind, n in dataset.kinds.items():
            have[kind] = have.get(kind, 0) + n
    derived = any(d.id == DERIVED and d.kinds.get("terrain") for d in datasets)
    measured = any(d.id != DERIVED and d.kinds.get("terrain") for d in datasets)
    found = []
    for name, (need, better) in FUNCTIONS.items():
        lacks = [kind for kind in need if not have.get(kind)]
        guessed = "terrain" in (*need, *better) and derived and not measured
        wants = [kind for kind in better if not have.get(kind)]
        # how water runs cannot be told from heights nobody measured
        if guessed and name == "rain":
            lacks = [*lacks, "terrain"]
        state = "missing" if lacks else "partly" if wants or guessed else "ready"
        found.append({"id": name, "state": state, "lacks": lacks, "wants": wants, "derived": guessed})
    return found


def report_line(report: Mapping[str, Any]) -> dict[str, Any]:
    """A load in the list of loads."""
    names = ("id", "loaded", "source", "format", "totals", "changes", "kept")
    return {name: report[name] for name in names if name in report}


def as_table(rows: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """The overview as CSV: German spreadsheets want semicolons."""
    which = 0 if language == "de" else 1
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if language == "de" else ",")
    writer.writerow(HEADINGS[language])
    for row in rows:
        rhythm = RHYTHMS.get(row["rhythm"], (0, "", ""))[1 + which]
        cells = (
            row["id"], row["title"], STATES[row["state"]][which], row["owner"], row["office"], row["contact"],
            row["licence"], row["date"], rhythm, row["due"], row["loaded"][:10], row["objects"], row["openFindings"],
            ", ".join(GAPS[gap][which] for gap in row["gaps"]),
        )  # fmt: skip
        writer.writerow([safe_cell(cell) for cell in cells])
    return ("\ufeff" + buffer.getvalue()).encode()


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
