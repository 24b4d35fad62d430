"""A newer source meets a clerk's correction: what was corrected stays where the source says nothing new about it.

Compared are three states: what the source said before (``originals``), what it says now, and what the clerk made
of it. Only where the source changed the very thing the clerk changed does the newer source hold; every such case
stands in the import report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select, update

from kastor.city.codelists import attribute_words
from kastor.city.model import City, Json, take
from kastor.city.report import Report
from kastor.store import blocks
from kastor.store.changes import CURRENT_BLOCK, Change
from kastor.store.contents import Contents
from kastor.store.overrides import read_attributes, with_attributes, with_shapes
from kastor.store.schema import originals, versions
from kastor.store.writing import Known

EDITED, ENDED = 1, 2
"""Values of ``objects.edited``: differs from its source; was ended by hand."""

SHAPE = "(shape)"
"""Stands for the geometry among the names of attributes."""


@dataclass(frozen=True)
class Conflict:
    """
    A newer source and a correction of the same object.

    Parameters
    ----------
    object
        Id of the object.
    code
        Key into ``finding_texts.TEXTS``.
    names
        Attributes it is about, ``SHAPE`` for the geometry.
    version
        Number of the corrected version.
    """

    object: str
    code: str
    names: tuple[str, ...]
    version: int


@dataclass(frozen=True, eq=False)
class _State:
    geometry: bytes
    attributes: dict[str, Json]


def keep_original(change: Change, known: Known) -> None:
    """Remember what the source says of an object that is about to be corrected for the first time."""
    here = versions.c.key == known.version_key
    change.connection.execute(delete(originals).where(originals.c.object == known.key))
    change.connection.execute(
        insert(originals).from_select(
            ["object", "geometry", "attributes"],
            select(versions.c.object, versions.c.geometry, versions.c.attributes).where(here),
        )
    )


def corrected(
    change: Change, dataset: int, city: City, corrected_objects: Mapping[int, Known], source: Contents
) -> tuple[City, list[Conflict]]:
    """
    A chunk of a newer source with the corrections that still hold.

    Parameters
    ----------
    dataset
        Its number in the tables.
    city
        The chunk as the source has it, encoded.
    corrected_objects
        Those of its objects that were corrected, by index.
    source
        Contents of the chunk.

    Returns
    -------
    City
        The chunk to be stored.
    list of Conflict
        What the import report has to say.
    """
    attributes: dict[int, Mapping[str, Json]] = {}
    shapes: dict[int, City] = {}
    found: list[Conflict] = []
    ids = city.ids.tolist()
    for i, known in corrected_objects.items():
        now = _State(source.geometry[i], read_attributes(source.attributes[i]))
        before, mine = _before(change, known), _mine(change, known)
        changed = sorted(n for n in before.attributes.keys() | mine.attributes.keys() if _differ(before, mine, n))
        lost = [n for n in changed if _differ(now, before, n) and _differ(now, mine, n)]
        kept = [n for n in changed if n not in lost]
        attributes[i] = now.attributes | {n: mine.attributes.get(n) for n in kept}
        if mine.geometry not in (before.geometry, now.geometry):
            (kept if now.geometry == before.geometry else lost).append(SHAPE)
        if SHAPE in kept:
            shapes[i] = _shape(change, dataset, known, ids[i])
        if source.content[i] != known.source_hash:
            found += [
                Conflict(ids[i], code, tuple(names), known.version)
                for code, names in (("correction_kept", kept), ("correction_overridden", lost))
                if names
            ]
            _remember(change, known, now.geometry, source.attributes[i])
    return with_attributes(with_shapes(city, shapes), attributes), found


def reported(report: Mapping[str, Any], conflicts: list[Conflict]) -> dict[str, Any]:
    """An import report (``Report.as_json``) with the conflicts of a load."""
    if not conflicts:
        return dict(report)
    own = Report("")
    for c in conflicts:
        words = _listed(c.names)
        own.add(c.code, "kept", c.object, kept=words, lost=words, version=c.version)
    added = own.as_json()
    totals = {**report.get("totals", {})}
    totals["kept"] = totals.get("kept", 0) + added["totals"]["kept"]
    return {
        **report,
        "totals": totals,
        "counts": [*report.get("counts", []), *added["counts"]],
        "findings": [*report.get("findings", []), *added["findings"]],
    }


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join("Gestalt (shape)" if name == SHAPE else attribute_words(name)["de"] for name in names)


def _differ(a: _State, b: _State, name: str) -> bool:
    return a.attributes.get(name) != b.attributes.get(name)


def _before(change: Change, known: Known) -> _State:
    row = change.connection.execute(select(originals).where(originals.c.object == known.key)).mappings().first()
    if row is None:
        return _State(b"", {})
    return _State(bytes(row["geometry"]), read_attributes(row["attributes"]))


def _mine(change: Change, known: Known) -> _State:
    row = change.connection.execute(
        select(versions.c.geometry, versions.c.attributes).where(versions.c.key == known.version_key)
    ).one()
    return _State(bytes(row.geometry), read_attributes(row.attributes))


def _remember(change: Change, known: Known, geometry: bytes, attributes: bytes) -> None:
    change.connection.execute(
        update(originals).where(originals.c.object == known.key).values(geometry=geometry, attributes=attributes)
    )


def _shape(change: Change, dataset: int, known: Known, object_id: str) -> City:
    row = change.execute(CURRENT_BLOCK, (known.cell_column, known.cell_row, dataset)).fetchone()
    city = blocks.join([blocks.read(change.directory / "blocks", row[1])], encoded=True)
    return take(city, np.array([city.ids.tolist().index(object_id)]))
