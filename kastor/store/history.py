"""What happened to an object, version by version, and which corrections can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from kastor.city.model import Json
from kastor.store.database import Database
from kastor.store.overrides import read_attributes
from kastor.store.schema import datasets, edits, objects, revisions, versions

UNDO, REDO = "undo", "redo"


@dataclass(frozen=True)
class Version:
    """
    A version of an object.

    Parameters
    ----------
    version
        Its number, 1 is the first.
    valid_from, valid_to
        When it was known to be so, ISO 8601; ``valid_to`` is empty for the present version.
    what, who, note
        Kind of change (``load``, ``add``, ``edit``, ``replace``, ``restore``, ``undo``, ``redo``), by whom, why.
    changed
        Names of the attributes that are others than in the version before, new and gone ones too.
    geometry_changed
        Whether its shape, place or kind is another than in the version before.
    attributes
        All its attributes.
    shape
        Fingerprint of its shape, place and kind.
    """

    version: int
    valid_from: str
    valid_to: str
    what: str
    who: str
    note: str
    changed: list[str]
    geometry_changed: bool
    attributes: Mapping[str, Any]
    shape: bytes


@dataclass(frozen=True)
class Correction:
    """
    A correction by hand, as the list of corrections shows it.

    Parameters
    ----------
    revision, at, who, note
        Number of the change, when (ISO 8601), by whom, why.
    what
        ``add``, ``edit``, ``replace``, ``end``, ``restore``, ``undo`` or ``redo``.
    object, label, kind, dataset
        Id, label and kind (``model.Kind``) of the object, id of its dataset.
    before, after
        Numbers of its versions; None before it was added and after it ended.
    """

    revision: int
    at: str
    who: str
    note: str
    what: str
    object: str
    label: str
    kind: int
    dataset: str
    before: int | None
    after: int | None


def history(database: Database, object_id: str, dataset: str) -> list[Version]:
    """The versions of an object, newest first; see ``Tenant.history``."""
    began, ended = revisions.alias("began"), revisions.alias("ended")
    chosen = (
        select(objects.c.key)
        .join(datasets, datasets.c.key == objects.c.dataset)
        .where(objects.c.id == object_id, *([datasets.c.id == dataset] if dataset else []))
        .order_by(objects.c.ended.is_not(None), datasets.c.revision.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            versions.c.version, versions.c.geometry, versions.c.attributes,
            began.c.at, began.c.what, began.c.who, began.c.note, ended.c.at,
        )
        .join(began, began.c.revision == versions.c.first)
        .outerjoin(ended, ended.c.revision == versions.c.last)
        .where(versions.c.object == chosen)
        .order_by(versions.c.version)
    )  # fmt: skip
    found: list[Version] = []
    before: dict[str, Json] = {}
    shape: bytes | None = None
    with database.read() as connection:
        rows = connection.execute(statement).all()
    for version, geometry, text, at, what, who, note, end in rows:
        attributes = read_attributes(text)
        names = sorted(n for n in before.keys() | attributes.keys() if before.get(n) != attributes.get(n))
        first = not found
        moved = not first and geometry != shape
        changed = [] if first else names
        found.append(Version(version, at, end or "", what, who, note, changed, moved, attributes, bytes(geometry)))
        before, shape = attributes, geometry
    return found[::-1]


def corrections(database: Database, limit: int, before: int | None = None) -> list[Correction]:
    """The last corrections of a tenant, newest first; see ``Tenant.corrections``."""
    statement = (
        select(
            edits.c.revision, revisions.c.at, revisions.c.who, revisions.c.note, edits.c.what, objects.c.id,
            objects.c.label, objects.c.kind, datasets.c.id, edits.c.before, edits.c.after,
        )
        .join(revisions, revisions.c.revision == edits.c.revision)
        .join(objects, objects.c.key == edits.c.object)
        .join(datasets, datasets.c.key == objects.c.dataset)
        .where(*([edits.c.revision < before] if before is not None else []))
        .order_by(edits.c.revision.desc())
        .limit(limit)
    )  # fmt: skip
    with database.read() as connection:
        return [Correction(*row) for row in connection.execute(statement)]


def undoable(connection: Connection, key: int) -> tuple[list[RowMapping], list[RowMapping]]:
    """
    Corrections of an object that can be taken back, and takings back that can be made good again, oldest first.

    A load that brings the object another state clears both: nobody takes back a newer source by accident.

    Parameters
    ----------
    key
        Number of the object in the tables.
    """
    loaded = connection.execute(
        select(func.max(versions.c.first))
        .join(revisions, revisions.c.revision == versions.c.first)
        .where(versions.c.object == key, revisions.c.what == "load")
    ).scalar()
    rows = connection.execute(
        select(edits).where(edits.c.object == key, edits.c.revision > (loaded or 0)).order_by(edits.c.revision)
    ).mappings()
    done: list[RowMapping] = []
    undone: list[RowMapping] = []
    for row in rows:
        if row["what"] == UNDO:
            done.pop()
            undone.append(row)
        elif row["what"] == REDO:
            undone.pop()
            done.append(row)
        else:
            undone.clear()
            done.append(row)
    return done, undone
