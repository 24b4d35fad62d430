"""Datasets: what was loaded, from whom, under which licence, and the report of each load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from kastor.store.audit import record
from kastor.store.database import Database
from kastor.store.errors import UnknownDataset, UnknownReport
from kastor.store.moments import now
from kastor.store.schema import datasets, reports, revisions
from kastor.store.visibility import State

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Dataset:
    """
    A loaded source.

    Parameters
    ----------
    id
        Short name, unique in the tenant.
    title, owner, licence, licence_url, attribution
        As the catalogue and the credit line show them.
    date
        Date of the data itself, ISO 8601; empty when unknown.
    state
        Who may see it. Counts when the dataset is new; later :func:`set_state` changes it.
    kinds
        Number of current objects by kind name, of terrain files as ``terrain``, of rows of tables as ``statistics``;
        filled by the store.
    loaded, report
        When it was loaded last (ISO 8601) and the id of that load's report; filled by the store.
    ended
        Whether it was taken out of the twin (its history stays); filled by the store.
    office, contact
        Office that answers for it, and how to reach that office (no person's own address).
    rhythm
        How often a newer state is due, a key of ``city.codes_datasets.RHYTHMS``; empty when unknown.
    theme, hvd
        Keys of ``THEMES`` and ``HVD_CATEGORIES`` there, for catalogues.
    description
        What it holds, in a sentence or two.
    """

    id: str
    title: str
    owner: str = ""
    licence: str = ""
    licence_url: str = ""
    attribution: str = ""
    date: str = ""
    state: State = State.PUBLIC
    kinds: Mapping[str, int] = field(default_factory=dict)
    loaded: str = ""
    report: str = ""
    ended: bool = False
    office: str = ""
    contact: str = ""
    rhythm: str = ""
    theme: str = ""
    hvd: str = ""
    description: str = ""


def all_datasets(database: Database) -> list[Dataset]:
    """The datasets of a tenant, in the order of their first load."""
    with database.read() as connection:
        rows = connection.execute(select(datasets).order_by(datasets.c.key)).mappings().all()
    return [_dataset(row) for row in rows]


def dataset_key(connection: Connection, dataset_id: str) -> int:
    """
    Number of a dataset in the tables.

    Raises
    ------
    UnknownDataset
        When there is none of this id.
    """
    key = connection.execute(select(datasets.c.key).where(datasets.c.id == dataset_id)).scalar()
    if key is None:
        known = connection.execute(select(datasets.c.id).order_by(datasets.c.id)).scalars().all()
        raise UnknownDataset(f"There is no dataset {dataset_id!r}; known are: {', '.join(known) or 'none'}.")
    return int(key)


def save_dataset(connection: Connection, dataset: Dataset, revision: int, loaded: str, report: str) -> None:
    """Write down who a dataset is from; its row is made by :func:`claim_dataset`."""
    connection.execute(
        update(datasets)
        .where(datasets.c.id == dataset.id)
        .values(
            title=dataset.title,
            owner=dataset.owner,
            licence=dataset.licence,
            licence_url=dataset.licence_url,
            attribution=dataset.attribution,
            date=dataset.date,
            loaded=loaded,
            report=report,
            revision=revision,
            ended=None,
            office=dataset.office,
            contact=dataset.contact,
            rhythm=dataset.rhythm,
            theme=dataset.theme,
            hvd=dataset.hvd,
            description=dataset.description,
        )
    )


def claim_dataset(connection: Connection, dataset: Dataset, revision: int) -> int:
    """Number of a dataset in the tables, which gets a row when it is new."""
    key = connection.execute(select(datasets.c.key).where(datasets.c.id == dataset.id)).scalar()
    if key is not None:
        return int(key)
    row = {c.name: "" for c in datasets.columns if c.name not in ("key", "kinds", "revision", "ended")}
    row |= {"id": dataset.id, "state": dataset.state}
    result = connection.execute(datasets.insert().values({**row, "kinds": {}, "revision": revision, "ended": None}))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def set_state(database: Database, dataset_id: str, state: State, who: str) -> None:
    """Decide who may see a dataset; see ``Tenant.set_state``."""
    with database.write(f"Dataset {dataset_id} cannot be made {state}") as connection:
        key = dataset_key(connection, dataset_id)
        before = connection.execute(select(datasets.c.state).where(datasets.c.key == key)).scalar_one()
        if before == state:
            return
        connection.execute(update(datasets).where(datasets.c.key == key).values(state=state))
        at = now()
        detail = {"before": before, "after": state}
        save_revision(connection, next_revision(connection), at, "publish", dataset_id, who, detail=detail)


def counts(database: Database) -> dict[str, int]:
    """Number of current objects of each kind, over all datasets."""
    total: Counter[str] = Counter()
    for dataset in all_datasets(database):
        total.update(dataset.kinds)
    return {name: n for name, n in total.items() if n and name not in ("terrain", "statistics")}


def all_reports(database: Database) -> list[dict[str, Any]]:
    """Import reports, newest first, without their lists of findings."""
    with database.read() as connection:
        found = connection.execute(select(reports.c.json).order_by(reports.c.revision.desc())).scalars().all()
    return [{**orjson.loads(text), "findings": []} for text in found]


def report(database: Database, report_id: str) -> dict[str, Any]:
    """
    An import report with its findings.

    Raises
    ------
    UnknownReport
        When there is none of this id.
    """
    with database.read() as connection:
        text = connection.execute(select(reports.c.json).where(reports.c.id == report_id)).scalar()
    if text is None:
        raise UnknownReport(f"There is no import report {report_id!r}; the list of reports names them all.")
    found: dict[str, Any] = orjson.loads(text)
    return found


def next_revision(connection: Connection) -> int:
    """Number of the change that is being made."""
    last = connection.execute(select(revisions.c.revision).order_by(revisions.c.revision.desc()).limit(1)).scalar()
    return int(last or 0) + 1


def save_revision(
    connection: Connection,
    revision: int,
    at: str,
    what: str,
    subject: str,
    who: str = "",
    note: str = "",
    detail: Mapping[str, Any] = _NOTHING,
) -> None:
    """
    Write down a change, as a revision of the twin and in the audit log.

    Parameters
    ----------
    at
        When it was made, ISO 8601.
    what, subject, who, detail
        What was done to what, by whom, and what else is worth knowing; see ``audit.Line``.
    note
        Why, in the words of who did it; not for the audit log, which holds no free text.
    """
    connection.execute(revisions.insert().values(revision=revision, at=at, what=what, who=who, note=note))
    record(connection, who, what, subject, {"revision": revision, **detail})


def _dataset(row: Mapping[Any, Any]) -> Dataset:
    return Dataset(
        id=row["id"],
        title=row["title"],
        owner=row["owner"],
        licence=row["licence"],
        licence_url=row["licence_url"],
        attribution=row["attribution"],
        date=row["date"],
        state=State(row["state"]),
        kinds=row["kinds"],
        loaded=row["loaded"],
        report=row["report"],
        ended=row["ended"] is not None,
        office=row["office"],
        contact=row["contact"],
        rhythm=row["rhythm"],
        theme=row["theme"],
        hvd=row["hvd"],
        description=row["description"],
    )
