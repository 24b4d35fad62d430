"""Clerks add, correct, replace and end single objects; every correction is a version and can be taken back by another.

A correction is one change: rows, versions and the blocks of the cells it touches, committed together or not at
all. The version named in a :class:`Wanted` is the optimistic lock: who names the one read gets
:class:`VersionConflict` when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from sqlalchemy import select

from kastor.city.model import City, Kind, take
from kastor.store import blocks
from kastor.store.changes import Change, change
from kastor.store.database import Database
from kastor.store.datasets import Dataset, claim_dataset, save_dataset, save_revision
from kastor.store.earlier import last_revision, step, subtree_at
from kastor.store.errors import InvalidObject, ObjectExists, store_errors
from kastor.store.families import (
    Subject,
    attributes_of,
    current,
    end,
    exchange,
    family_of,
    lock,
    part_by_hand,
    row_of,
    select_object,
    unknown,
    write,
)
from kastor.store.history import REDO, UNDO, undoable
from kastor.store.overrides import with_attributes
from kastor.store.pieces import Cell
from kastor.store.schema import datasets, edits, objects

Deed = Literal["add", "edit", "replace", "end", "restore", "undo", "redo"]

_KINDS = {int(kind) for kind in Kind}


@dataclass(frozen=True, eq=False)
class Wanted:
    """
    A correction somebody wants.

    Parameters
    ----------
    what
        What to do.
    object
        Id of the object.
    dataset
        Id of its dataset; the one loaded last that has the object when empty.
    attributes
        What to set for ``edit`` and, as the last word about it, for ``end``; None removes an attribute.
    city
        The object with its parts for ``add`` and ``replace``, in the tenant's reference system.
    version
        The version to go back to for ``restore``.
    if_version
        The version the correction was made for.
    new
        The dataset for ``add`` where the tenant may not have it yet.
    """

    what: Deed
    object: str
    dataset: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    city: City | None = None
    version: int | None = None
    if_version: int | None = None
    new: Dataset | None = None


@dataclass(frozen=True)
class Edit:
    """
    What a correction did.

    Parameters
    ----------
    object, dataset
        Id of the object and of its dataset.
    version
        Number of its present version, or of its last one when it has ended.
    revision
        Number of the change.
    cells
        Column and row of each cell whose content changed, to be tiled again.
    """

    object: str
    dataset: str
    version: int
    revision: int
    cells: list[Cell]


def correct(database: Database, crs: str, wanted: Wanted, who: str, note: str) -> Edit:
    """Make a correction; see ``Tenant.correct``."""
    what = f"Object {wanted.object} cannot be changed"
    with change(database, what) as begun, store_errors(what, database.directory):
        return perform(begun, crs, wanted, who, note)


def perform(begun: Change, crs: str, wanted: Wanted, who: str, note: str) -> Edit:
    """
    Make a correction within a change that has begun.

    Parameters
    ----------
    crs
        Reference system of the tenant.
    who, note
        By whom and why.
    """
    if wanted.what == "add":
        return _add(begun, crs, wanted, who, note)
    if wanted.what in ("restore", UNDO, REDO):
        return _back(begun, wanted, who, note)
    found = current(begun, wanted.object, wanted.dataset, wanted.if_version)
    if wanted.what == "end":
        if wanted.attributes:
            _set(begun, found, wanted.attributes)
        return _record(begun, found, "end", found.version, None, who, note, end(begun, found))
    if wanted.what == "edit":
        cells = _set(begun, found, wanted.attributes)
    else:
        city = checked(wanted.city, crs, found.id)
        cells = exchange(begun, found, family_of(begun, found), blocks.encode(city))
    return _record(begun, found, wanted.what, found.version, found.version + 1, who, note, cells)


def _set(begun: Change, found: Subject, attributes: Mapping[str, Any]) -> list[Cell]:
    """Write a version with some attributes set or removed."""
    family = family_of(begun, found)
    present = {**attributes_of(begun, found), **attributes}
    new = {name: value for name, value in present.items() if value is not None}
    return write(begun, found, with_attributes(family, {family.ids.tolist().index(found.id): new}), [])


def steps(database: Database, object_id: str, dataset: str) -> tuple[int, int]:
    """How many corrections of an object can be taken back, and made again; see ``Tenant.steps``."""
    with database.read() as connection:
        found = connection.execute(select_object(object_id, dataset)).first()
        if found is None:
            raise unknown(object_id, dataset)
        done, undone = undoable(connection, found[0])
        return len(done), len(undone)


def checked(city: City | None, crs: str, object_id: str) -> City:
    """
    One object with its parts, as the twin can hold it.

    Raises
    ------
    InvalidObject
        When it cannot; the message names what and the cure.
    """
    if city is None or not len(city) or (city.parent < 0).sum() != 1 or city.parent[0] >= 0:
        raise InvalidObject("object: exactly one object with its parts can be written at once, the object first.")
    ids = city.ids.tolist()
    if city.crs != crs:
        raise InvalidObject(
            f"crs: the object is in {city.crs or 'no known system'}, the tenant in {crs}. Transform it."
        )
    if ids[0] != object_id or not all(ids) or len(set(ids)) != len(ids):
        raise InvalidObject(f"id: every part needs an id of its own and the first must be {object_id!r}.")
    if not set(city.kind.tolist()) <= _KINDS:
        raise InvalidObject(f"kind: {sorted(set(city.kind.tolist()) - _KINDS)} are none of {sorted(_KINDS)}.")
    if not len(city.xyz) or not np.isfinite(city.xyz).all():
        raise InvalidObject("geometry: the object needs coordinates, and each must be a number.")
    return city


def _add(begun: Change, crs: str, wanted: Wanted, who: str, note: str) -> Edit:
    city = checked(wanted.city, crs, wanted.object)
    key = found_dataset(begun, wanted)
    dataset = begun.connection.execute(select(datasets.c.id, datasets.c.date).where(datasets.c.key == key)).one()
    for object_id in city.ids.tolist():
        if row_of(begun, object_id, dataset.id) is not None:
            raise ObjectExists(
                f"id: dataset {dataset.id!r} has an object {object_id!r} already, or had one; choose another id."
            )
    new = Subject(0, wanted.object, key, dataset.id, dataset.date, 0, 0, None, 0, 0)
    cells = write(begun, new, blocks.encode(city), [], part=part_by_hand(begun, key))
    added = row_of(begun, wanted.object, dataset.id)
    assert added is not None
    return _record(begun, added, "add", None, 1, who, note, cells)


def found_dataset(begun: Change, wanted: Wanted) -> int:
    """Number of the dataset an object is added to, which is founded where the tenant does not have it yet."""
    dataset = wanted.new or Dataset(wanted.dataset, wanted.dataset)
    known = begun.connection.execute(select(datasets.c.key).where(datasets.c.id == dataset.id)).scalar()
    if known is not None:
        return int(known)
    key = claim_dataset(begun.connection, dataset, begun.revision)
    save_dataset(begun.connection, dataset, begun.revision, begun.at, "")
    return key


def _back(begun: Change, wanted: Wanted, who: str, note: str) -> Edit:
    """Go back to an earlier version, or one step back or forth."""
    found = row_of(begun, wanted.object, wanted.dataset)
    if found is None:
        raise unknown(wanted.object, wanted.dataset)
    lock(found, wanted.if_version)
    target = wanted.version if wanted.what == "restore" else step(begun.connection, found, wanted.what)
    if target is None:
        return _record(begun, found, wanted.what, found.version, None, who, note, end(begun, found))
    revision = last_revision(begun.connection, found, target)
    then = subtree_at(begun.connection, begun.directory, found, revision)
    parent = begun.connection.execute(select(objects.c.parent).where(objects.c.key == found.key)).scalar()
    if found.ended is None:
        family = family_of(begun, found)
    elif parent is None:
        family = take(then, np.zeros(0, np.int64))
    else:
        family = family_of(begun, current(begun, parent, found.dataset_id, None))
    cells = exchange(begun, found, family, then, parent)
    before = None if found.ended is not None else found.version
    return _record(begun, found, wanted.what, before, found.version + 1, who, note, cells)


def _record(
    begun: Change, found: Subject, what: str, before: int | None, after: int | None, who: str, note: str,
    cells: list[Cell],
) -> Edit:  # fmt: skip
    save_revision(begun.connection, begun.revision, begun.at, what, found.id, who, note, {"dataset": found.dataset_id})
    begun.connection.execute(
        edits.insert().values(revision=begun.revision, object=found.key, what=what, before=before, after=after)
    )
    return Edit(found.id, found.dataset_id, after or found.version, begun.revision, cells)
