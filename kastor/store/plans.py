"""The plans of a tenant: XPlanGML as it was loaded, with what it was before, and the plans that hold now.

What a plan fixes at a place is kept as objects of its dataset too. The file is kept besides, because only it has
everything: texts, references, arcs. Who may see a plan is told by the state of its dataset.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Row, delete, insert, select, update

from kastor.store.database import Database
from kastor.store.errors import StoreError
from kastor.store.schema import datasets, plan_files, plans


class UnknownPlan(StoreError):
    """The tenant has no such plan."""


@dataclass(frozen=True)
class PlanFacts:
    """
    What a plan says about itself.

    Parameters
    ----------
    object_id
        Its id in the file.
    kind
        ``BP``, ``FP``, ``RP``, ``LP`` or ``SO``.
    version
        Of XPlanGML.
    facts
        Codes, dates, municipalities and counts, as JSON.
    area
        What it is for, in the reference system of the tenant; None when it does not say.
    """

    object_id: str
    name: str
    number: str
    kind: str
    version: str
    facts: Mapping[str, Any]
    area: BaseGeometry | None


@dataclass(frozen=True)
class PlanContent:
    """A file of plans: its XPlanGML, and the facts of its plans in their order."""

    document: bytes
    plans: tuple[PlanFacts, ...]


@dataclass(frozen=True)
class StoredPlan:
    """
    A plan that holds now.

    Parameters
    ----------
    id
        Its name in addresses.
    dataset, title, state, date
        Of the dataset it came with.
    content
        Hash of its file, which changes with it.
    """

    id: str
    dataset: str
    title: str
    state: str
    date: str
    content: str
    facts: PlanFacts


def content_hash(document: bytes) -> str:
    """Stands for a file."""
    return blake2b(document, digest_size=16).hexdigest()


def put(
    connection: Connection,
    place: tuple[int, str, int],
    revision: int,
    file: PlanContent,
    findings: Sequence[Mapping[str, Any]],
) -> bool:
    """
    Write a file of plans inside a transaction; gives whether it is another one than before.

    It takes the place of the file its part had, and of those in the dataset that hold one of its plans.

    Parameters
    ----------
    place
        Number and id of its dataset, number of its part.
    """
    key, dataset, part = place
    content = content_hash(file.document)
    current = plan_files.c.dataset == key, plan_files.c.last.is_(None)
    before = connection.execute(select(plan_files.c.key, plan_files.c.part, plan_files.c.content).where(*current)).all()
    if any((row.part, row.content) == (part, content) for row in before):
        return False
    young = [plan.object_id for plan in file.plans]
    same = select(plans.c.file).where(plans.c.dataset == key, plans.c.object.in_(young))
    gone = {row.key for row in before if row.part == part} | set(connection.execute(same).scalars())
    connection.execute(update(plan_files).where(plan_files.c.key.in_(gone)).values(last=revision))
    connection.execute(delete(plans).where(plans.c.file.in_(gone)))
    row = {
        "dataset": key, "part": part, "content": content, "document": gzip.compress(file.document, 6, mtime=0),
        "findings": [dict(f) for f in findings], "first": revision, "last": None,
    }  # fmt: skip
    made = connection.execute(insert(plan_files).values(row)).inserted_primary_key
    assert made is not None
    _name(connection, key, dataset, int(made[0]), file.plans)
    return True


def _name(connection: Connection, key: int, dataset: str, file: int, found: Sequence[PlanFacts]) -> None:
    """Write the plans of a file; the only plan of a dataset bears its name."""
    taken = set(connection.execute(select(plans.c.id)).scalars())
    alone = len(found) == 1
    for number, plan in enumerate(found, 1):
        name = _free(dataset if alone else f"{dataset}.{number}", taken)
        taken.add(name)
        connection.execute(insert(plans).values(_row(name, key, file, plan)))


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}~{number}"
    return free


def _row(name: str, key: int, file: int, plan: PlanFacts) -> dict[str, Any]:
    return {
        "id": name, "dataset": key, "file": file, "object": plan.object_id, "name": plan.name, "number": plan.number,
        "kind": plan.kind, "version": plan.version, "facts": dict(plan.facts),
        "area": None if plan.area is None else shapely.to_wkb(plan.area),
    }  # fmt: skip


_ASKED = (
    select(
        plans, plan_files.c.content, datasets.c.id.label("source"), datasets.c.title, datasets.c.state, datasets.c.date
    )
    .join(plan_files, plan_files.c.key == plans.c.file)
    .join(datasets, datasets.c.key == plans.c.dataset)
    .where(datasets.c.ended.is_(None))
)  # fmt: skip


def plans_of(database: Database) -> list[StoredPlan]:
    """The plans of a tenant that may be seen, in the order they were loaded first."""
    with database.read() as connection:
        return [_stored(row) for row in connection.execute(_ASKED.order_by(plans.c.dataset, plans.c.key))]


def plan(database: Database, plan_id: str) -> StoredPlan:
    """
    A plan that may be seen.

    Raises
    ------
    UnknownPlan
        When there is none of this id.
    """
    with database.read() as connection:
        row = connection.execute(_ASKED.where(plans.c.id == plan_id)).first()
    if row is None:
        raise UnknownPlan(f"There is no plan {plan_id[:100]!r}. The list of plans names them all.")
    return _stored(row)


def document_of(database: Database, plan_id: str) -> tuple[bytes, list[dict[str, Any]]]:
    """
    The XPlanGML a plan came with, and what the check found in it.

    Raises
    ------
    UnknownPlan
        When there is no such plan.
    """
    with database.read() as connection:
        row = connection.execute(
            select(plan_files.c.document, plan_files.c.findings)
            .join(plans, plans.c.file == plan_files.c.key)
            .where(plans.c.id == plan_id)
        ).first()
    if row is None:
        raise UnknownPlan(f"There is no plan {plan_id[:100]!r}. The list of plans names them all.")
    return gzip.decompress(bytes(row.document)), list(row.findings)


def _stored(row: Row[Any]) -> StoredPlan:
    area = shapely.from_wkb(bytes(row.area)) if row.area is not None else None
    facts = PlanFacts(row.object, row.name, row.number, row.kind, row.version, row.facts, area)
    return StoredPlan(row.id, row.source, row.title, row.state, row.date, row.content, facts)
