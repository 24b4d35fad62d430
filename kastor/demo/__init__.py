"""The demo: three real towns from open data, loaded once."""

from __future__ import annotations

from pathlib import Path

from kastor.cases.appointments import craftsmen
from kastor.city.model import Kind
from kastor.demo.towns import HERE, TOWNS, Source, Town
from kastor.loading import LoadingError, Progress, derive_terrain, find_trees, load, quiet, tile
from kastor.loading.features import make_features
from kastor.store import Tenant, crafts, create_tenant, open_tenant, tenants
from kastor.store.moments import now

__all__ = ["TOWNS", "add_craftsmen", "load_town", "load_towns"]

READY = "demo-ready"
"""File in a tenant's directory that says its demo is loaded completely."""


def load_towns(home: Path, wanted: list[str] | None = None, progress: Progress = quiet) -> None:
    """
    Load the demo towns that are not there yet.

    Parameters
    ----------
    home
        Directory of all tenants.
    wanted
        Ids of towns; all when None.

    Raises
    ------
    LoadingError
        When there is no demo town of an id.
    """
    known = {town.id: town for town in TOWNS}
    unknown = sorted(set(wanted or ()) - set(known))
    if unknown:
        raise LoadingError(f"There is no demo town {', '.join(unknown)}. There are {', '.join(known)}.")
    for town in [known[i] for i in wanted] if wanted else TOWNS:
        load_town(home, town, progress)


def load_town(home: Path, town: Town, progress: Progress = quiet) -> None:
    """Load one demo town, or go on where an earlier try was cut off."""
    present = {info.id for info in tenants(home)}
    opened = open_tenant(home, town.id) if town.id in present else _created(home, town)
    with opened as tenant:
        add_craftsmen(tenant)
        if (tenant.directory / READY).is_file():
            return
        loaded = {dataset.id for dataset in tenant.datasets()}
        for source in town.sources:
            if source.dataset.id not in loaded:
                _load_source(tenant, town, source, progress)
        derive_terrain(tenant, progress)
        if town.surface is not None:
            credit = town.sources[0].dataset
            find_trees(tenant, HERE / town.id / town.surface, credit, progress)
        tile(tenant, progress)
        make_features(tenant, progress)
        (tenant.directory / READY).touch()


def _created(home: Path, town: Town) -> Tenant:
    return create_tenant(home, town.id, town.title, town.crs, town.description, view=town.view, services=town.services)


def add_craftsmen(tenant: Tenant) -> None:
    """Invented firms that repair what is reported, where nobody has entered any; their mails lead nowhere."""
    with tenant.database.write("The demo's craftsmen cannot be written") as connection:
        if not crafts.all_craftsmen(connection):
            for one in craftsmen.read((HERE / "craftsmen.csv").read_bytes()):
                crafts.save(connection, one, now())


def _load_source(tenant: Tenant, town: Town, source: Source, progress: Progress) -> None:
    load(
        tenant,
        [HERE / town.id / name for name in source.files],
        source.dataset,
        kind=Kind[source.kind.upper()] if source.kind else None,
        progress=lambda what, done: progress(f"{town.title}: {what}", done),
    )
