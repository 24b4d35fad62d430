"""Tiles brought up to date apart from the server, after it was decided who sees a dataset."""

from __future__ import annotations

from kastor.store import Tenant
from kastor.store.jobs import State, begin_job, change_job


def tile_anew(tenant: Tenant, dataset_id: str, who: str) -> str:
    """Put down that the tiles must be made anew; gives the id of the work, which ``worker.start`` begins."""
    with tenant.database.write("The tiles cannot be made anew") as connection:
        begun = begin_job(connection, [], {"id": dataset_id}, who)
        change_job(connection, begun.id, [State.UPLOADING], {"state": State.FINISHING.value})
    return begun.id
