"""Care of the data: who is responsible for a dataset, how its facts changed, what was decided about findings.

A decision settles one finding of one object: the value of the source was kept, or a suggestion was taken. It holds
as long as the source says the same; when a later load brings the same finding with other values it is open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, case, delete, func, insert, select, update

from kastor.store.database import Database
from kastor.store.datasets import dataset_key, next_revision, save_revision
from kastor.store.errors import StoreError, UnknownObject
from kastor.store.moments import now
from kastor.store.schema import dataset_changes, datasets, decisions, findings, objects, reports, revisions

FACTS = (
    "title", "owner", "licence", "licence_url", "attribution", "date",
    "office", "contact", "rhythm", "theme", "hvd", "description",
)  # fmt: skip
"""What a person may change about a dataset."""

LONGEST = 2000
"""Most letters of a fact."""

Decided = Literal["kept", "taken"]


@dataclass(frozen=True)
class FactChange:
    """
    One change of the facts of a dataset.

    Parameters
    ----------
    at, who, note
        When (ISO 8601), by whom and why.
    changes
        Fact -> (before, after).
    """

    at: str
    who: str
    note: str
    changes: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Decision:
    """
    What was decided about a finding.

    Parameters
    ----------
    object_id, code
        The object and the finding.
    what
        ``kept``: the value of the source stays; ``taken``: the suggestion was taken.
    stated
        Values of the finding it was decided on.
    at, who
        When (ISO 8601) and by whom.
    """

    object_id: str
    code: str
    what: Decided
    stated: Mapping[str, Any]
    at: str = ""
    who: str = ""


def change_facts(connection: Connection, dataset_id: str, facts: Mapping[str, str], who: str, note: str) -> list[str]:
    """
    Change facts of a dataset inside a transaction; gives the names of those that are others than before.

    Raises
    ------
    UnknownDataset
        When there is none of this id.
    StoreError
        When a fact is none of ``FACTS`` or too long.
    """
    key = dataset_key(connection, dataset_id)
    before = connection.execute(select(datasets).where(datasets.c.key == key)).mappings().one()
    changes = {name: (before[name], _checked(name, value)) for name, value in facts.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if not changes:
        return []
    revision = next_revision(connection)
    values = {name: after for name, (_, after) in changes.items()}
    connection.execute(update(datasets).where(datasets.c.key == key).values(values))
    connection.execute(insert(dataset_changes).values(dataset=key, revision=revision, json=changes))
    save_revision(connection, revision, now(), "facts", dataset_id, who, note, {"changed": sorted(changes)})
    return list(changes)


def _checked(name: str, value: str) -> str:
    if name not in FACTS:
        raise StoreError(f"{name!r} is no fact of a dataset; these are: {', '.join(FACTS)}.")
    if len(value) > LONGEST:
        raise StoreError(f"{name}: {len(value)} letters are too many, at most {LONGEST} are allowed.")
    return value.strip()


def facts_history(database: Database, dataset_id: str) -> list[FactChange]:
    """Changes of the facts of a dataset, newest first."""
    with database.read() as connection:
        key = dataset_key(connection, dataset_id)
        found = connection.execute(
            select(dataset_changes.c.json, revisions.c.at, revisions.c.who, revisions.c.note)
            .join(revisions, revisions.c.revision == dataset_changes.c.revision)
            .where(dataset_changes.c.dataset == key)
            .order_by(dataset_changes.c.revision.desc())
        ).all()
    return [
        FactChange(at, who, note, {name: (before, after) for name, (before, after) in changes.items()})
        for changes, at, who, note in found
    ]


def settle(connection: Connection, dataset_id: str, settled: Sequence[Decision], who: str) -> int:
    """
    Write down decisions about findings of a dataset inside a transaction; gives how many findings were open.

    Raises
    ------
    UnknownDataset, UnknownObject
        When there is no such dataset, or no current object in it.
    """
    key = dataset_key(connection, dataset_id)
    revision = next_revision(connection)
    count = sum(_settle_one(connection, key, decision, revision) for decision in settled)
    if count:
        save_revision(connection, revision, now(), "decision", dataset_id, who, dataset_id, {"findings": count})
    return count


def _settle_one(connection: Connection, key: int, decision: Decision, revision: int) -> bool:
    named = (objects.c.dataset == key) & (objects.c.id == decision.object_id)
    seen = connection.execute(select(objects.c.seen).where(named, objects.c.ended.is_(None))).scalar()
    if seen is None:
        raise UnknownObject(f"There is no current object {decision.object_id[:120]!r} in this dataset.")
    known = (decisions.c.dataset == key, decisions.c.object == decision.object_id, decisions.c.code == decision.code)
    before = connection.execute(select(decisions.c.stated).where(*known)).scalar()
    if before is not None and before == dict(decision.stated):
        return False
    about = connection.execute(
        select(findings.c.json).where(findings.c.object == decision.object_id, findings.c.revision == seen)
    ).scalars()
    count = sum(1 for text in about if _is(orjson.loads(text), decision))
    connection.execute(delete(decisions).where(*known))
    connection.execute(
        insert(decisions).values(
            dataset=key, object=decision.object_id, code=decision.code, what=decision.what,
            stated=dict(decision.stated), revision=revision,
        )
    )  # fmt: skip
    left = objects.c.findings - count
    connection.execute(update(objects).where(named).values(findings=case((left < 0, 0), else_=left)))
    return True


def _is(finding: Mapping[str, Any], decision: Decision) -> bool:
    return finding.get("code") == decision.code and finding.get("values", {}) == dict(decision.stated)


def decisions_of(database: Database, dataset_id: str) -> list[Decision]:
    """All decisions about findings of a dataset."""
    with database.read() as connection:
        return decided(connection, dataset_key(connection, dataset_id))


def decided(connection: Connection, key: int) -> list[Decision]:
    """All decisions about findings of a dataset, by its number in the tables."""
    found = connection.execute(
        select(
            decisions.c.object, decisions.c.code, decisions.c.what, decisions.c.stated, revisions.c.at, revisions.c.who
        )
        .join(revisions, revisions.c.revision == decisions.c.revision)
        .where(decisions.c.dataset == key)
        .order_by(decisions.c.key)
    )
    return [Decision(*row) for row in found]


def settled_codes(connection: Connection, object_id: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Code and values of the findings about an object that are settled."""
    found = connection.execute(select(decisions.c.code, decisions.c.stated).where(decisions.c.object == object_id))
    return [(code, stated) for code, stated in found]


def reports_of(database: Database, dataset_id: str) -> list[dict[str, Any]]:
    """Import reports of a dataset, newest first, without their lists of findings."""
    with database.read() as connection:
        key = dataset_key(connection, dataset_id)
        found = connection.execute(
            select(reports.c.json).where(reports.c.dataset == key).order_by(reports.c.revision.desc())
        ).scalars()
        return [{**orjson.loads(text), "findings": []} for text in found]


def open_findings(database: Database) -> dict[str, int]:
    """Number of objects with open findings, by dataset."""
    with database.read() as connection:
        found = connection.execute(
            select(datasets.c.id, func.count())
            .join(objects, objects.c.dataset == datasets.c.key)
            .where(objects.c.ended.is_(None), objects.c.findings > 0)
            .group_by(datasets.c.id)
        )
        return {name: int(n) for name, n in found}
