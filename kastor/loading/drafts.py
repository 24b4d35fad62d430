"""A draft: an upload read into a small twin of its own, to be looked at before anybody else sees it.

It lies in ``uploads/<id>/draft/`` and has nothing in common with the tenant but its reference system and origin.
So nothing can leak from it, it may be read anew at any time, and discarding it is removing a directory. Publishing
loads the same files into the tenant, in one transaction.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from kastor.city.cells import CELL
from kastor.city.model import Kind
from kastor.loading.files import Alongside, Loaded, Progress, load, quiet
from kastor.loading.tiling import origin_of, tile
from kastor.loading.uploads import JOB_ID, main_files, room
from kastor.store import Dataset, Tenant, create_tenant, open_tenant
from kastor.store.jobs import Job
from kastor.store.schema import datasets, objects, parts
from kastor.store.statistics import rows_now
from kastor.store.visibility import State

GROUND = "ground-of-the-town"
"""Id of the dataset in a draft that lends it the ground of the tenant."""

MOST_HEIGHTS = 4_000_000
"""Heights of that ground; above that its cells are widened."""

MOST_AIMED = 50_000
"""Objects looked at to find where a draft opens."""

EXAMPLES = 12
"""Objects named for each kind of difference."""

TOGETHER = 2_000
"""Objects compared at once."""


@dataclass(frozen=True)
class Difference:
    """
    What publishing a draft will change in a dataset.

    Parameters
    ----------
    new, changed, unchanged, ended
        Number of objects.
    examples
        ``new``, ``changed`` and ``ended`` -> some of them, each ``id`` and ``label``.
    """

    new: int
    changed: int
    unchanged: int
    ended: int
    examples: dict[str, list[dict[str, str]]]


def draft_home(tenant: Tenant, job_id: str) -> Path:
    """Home directory of the draft of an upload."""
    return room(tenant, job_id) / "draft"


def draft_id(job_id: str) -> str:
    """Id of the twin that is the draft of an upload."""
    return f"draft-{job_id}"


def upload_of(home: Path, tenant_id: str) -> tuple[str, str] | None:
    """
    Whose draft a twin is: id of the tenant and of the upload; None when it is no draft.

    Parameters
    ----------
    home
        Directory of all tenants.
    """
    job_id = tenant_id.removeprefix("draft-")
    if job_id == tenant_id or not JOB_ID.fullmatch(job_id):
        return None
    found = next((home / "tenants").glob(f"*/uploads/{job_id}/draft"), None)
    return (found.parents[2].name, job_id) if found else None


def open_draft(tenant: Tenant, job_id: str) -> Tenant:
    """
    The draft of an upload as a twin of its own.

    Raises
    ------
    UnknownTenant
        When nothing is read yet.
    """
    return open_tenant(draft_home(tenant, job_id), draft_id(job_id))


def dataset_of(job: Job) -> Dataset:
    """The dataset an upload becomes."""
    known = {f.name for f in fields(Dataset)} - {"kinds", "loaded", "report", "ended", "state"}
    return Dataset(**{name: value for name, value in job.dataset.items() if name in known})


def read_draft(tenant: Tenant, job: Job, progress: Progress = quiet) -> tuple[Loaded, Difference]:
    """
    Read an upload into a fresh draft; gives its report and what it will change.

    Raises
    ------
    FormatError
        When a file cannot be read.
    StoreError
        When the draft cannot be written.
    """
    home = draft_home(tenant, job.id)
    shutil.rmtree(home, ignore_errors=True)
    info = tenant.info
    origin = origin_of(tenant) if tenant.cells() else None
    title = f"{job.dataset.get('title', '')} ({info.title})"
    words = {
        "de": "Das ist ein Entwurf. Was Sie hier sehen, sieht sonst nur die Datenpflege.",
        "en": "This is a draft. What you see here is seen only by those who care for the data.",
    }
    name = draft_id(job.id)
    with create_tenant(home, name, title, info.crs, words, origin, accent=info.accent, in_file=True) as draft:
        loaded = load_files(draft, tenant, job, progress)
        _aim(draft)
        difference = compared(draft, tenant, job.dataset["id"])
    return loaded, difference


def draw_draft(tenant: Tenant, job: Job, progress: Progress = quiet) -> None:
    """Make the tiles of a draft, standing on the ground of the tenant."""
    with open_draft(tenant, job.id) as draft:
        _put_ground(draft, tenant)
        tile(draft, progress)


def _aim(draft: Tenant) -> None:
    """Let a draft open where most of its objects are."""
    middle = (objects.c.west + objects.c.east) / 2, (objects.c.south + objects.c.north) / 2
    with draft.database.read() as connection:
        query = select(*middle, objects.c.low).where(objects.c.west.is_not(None), objects.c.parent.is_(None))
        places = np.array(connection.execute(query.limit(MOST_AIMED)).all(), float).reshape(-1, 3)
    if not len(places):
        return
    east, north, low = np.median(places, axis=0).tolist()
    spread = float(np.median(np.hypot(places[:, 0] - east, places[:, 1] - north)))
    distance = min(max(2.5 * spread, 250.0), 2500.0)
    target = [round(east, 1), round(north, 1), round(low, 1)]
    draft.update(view={"target": target, "heading": 340.0, "pitch": 40.0, "distance": distance})


def _put_ground(draft: Tenant, tenant: Tenant) -> None:
    """Give a draft without heights of its own the ground of the tenant, so that it stands as it will."""
    box = draft.box()
    if draft.terrain_boxes() or box is None or not tenant.terrain_boxes():
        return
    around = (box[0] - CELL, box[1] - CELL, box[3] + CELL, box[4] + CELL)
    cell = min(side for _, side in tenant.terrain_boxes())
    while (around[2] - around[0]) * (around[3] - around[1]) / cell**2 > MOST_HEIGHTS:
        cell *= 2.0
    terrain = tenant.terrain(around, cell)
    if terrain is not None:
        with draft.load(Dataset(GROUND, "Gelände der Stadt")) as loading:
            loading.put_terrain(GROUND, terrain)
            loading.finish()


def load_files(
    target: Tenant, tenant: Tenant, job: Job, progress: Progress = quiet, alongside: Alongside | None = None
) -> Loaded:
    """Load the files of an upload of ``tenant`` into ``target``: its draft, or the tenant itself."""
    state = State(job.options.get("state", State.PUBLIC))
    kind = job.options.get("kind")
    return load(
        target,
        main_files(tenant, job),
        replace(dataset_of(job), state=state),
        kind=Kind[str(kind).upper()] if kind else None,
        source_crs=job.options.get("crs") or None,
        columns=job.options.get("columns") or None,
        progress=progress,
        who=str(job.options.get("publisher", job.who)),
        alongside=alongside,
        town=tenant,
    )


def compared(draft: Tenant, tenant: Tenant, dataset_id: str) -> Difference:
    """What loading the content of a draft into a dataset of the tenant will change."""
    with draft.database.read() as young, tenant.database.read() as old:
        key = old.execute(select(datasets.c.key).where(datasets.c.id == dataset_id)).scalar()
        counts, examples = _walk(young, old, -1 if key is None else int(key))
    _compare_rows(rows_now(draft.database, dataset_id), rows_now(tenant.database, dataset_id), counts, examples)
    return Difference(counts["new"], counts["changed"], counts["unchanged"], counts["ended"], examples)


def _compare_rows(
    young: Mapping[tuple[str, str], Mapping[str, Any]],
    old: Mapping[tuple[str, str], Mapping[str, Any]],
    counts: dict[str, int],
    examples: dict[str, list[dict[str, str]]],
) -> None:
    """Rows of tables by district; what a newer table does not name stays."""
    for row, cells in young.items():
        before = old.get(row)
        same = before is not None and all(before.get(name) == cell for name, cell in cells.items())
        what = "new" if before is None else "unchanged" if same else "changed"
        counts[what] += 1
        if what in examples and len(examples[what]) < EXAMPLES:
            examples[what].append({"id": "", "label": f"{row[0]} ({row[1]})"})


def _walk(young: Connection, old: Connection, key: int) -> tuple[dict[str, int], dict[str, list[dict[str, str]]]]:
    counts = dict.fromkeys(("new", "changed", "unchanged", "ended"), 0)
    examples: dict[str, list[dict[str, str]]] = {"new": [], "changed": [], "ended": []}

    def count(what: str, row: Any) -> None:
        counts[what] += 1
        example = {"id": row.parent or row.id, "label": row.parent or row.label}
        if what in examples and len(examples[what]) < EXAMPLES and example not in examples[what]:
            examples[what].append(example)

    for rows in _chunks(young, objects.c.ended.is_(None)):
        known = _hashes(old, key, [row.id for row in rows])
        for row in rows:
            before = known.get(row.id)
            what = "new" if before is None else "unchanged" if before == row.source_hash else "changed"
            count(what, row)
    names = young.execute(select(parts.c.name)).scalars().all()
    for rows in _chunks(
        old,
        objects.c.ended.is_(None)
        & (objects.c.dataset == key)
        & objects.c.part.in_(select(parts.c.key).where(parts.c.dataset == key, parts.c.name.in_(names))),
    ):
        there = set(young.execute(select(objects.c.id).where(objects.c.id.in_([r.id for r in rows]))).scalars())
        for row in rows:
            if row.id not in there:
                count("ended", row)
    return counts, examples


def _chunks(connection: Connection, wanted: Any) -> Iterator[Sequence[Any]]:
    """Objects in bounded portions."""
    columns = (objects.c.key, objects.c.id, objects.c.source_hash, objects.c.label, objects.c.parent)
    last = -1
    while True:
        query = select(*columns).where(wanted, objects.c.key > last).order_by(objects.c.key).limit(TOGETHER)
        rows = connection.execute(query).all()
        if not rows:
            return
        yield rows
        last = rows[-1].key


def _hashes(connection: Connection, key: int, ids: list[str]) -> dict[str, bytes]:
    found = connection.execute(
        select(objects.c.id, objects.c.source_hash).where(
            objects.c.dataset == key, objects.c.id.in_(ids), objects.c.ended.is_(None)
        )
    )
    return {object_id: bytes(content) for object_id, content in found}
