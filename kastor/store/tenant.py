"""One tenant that is open: what it says about itself, what is in it, and every way to change that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import func, select

from kastor.city.model import City, Kind
from kastor.city.terrain import Terrain
from kastor.store import cities, datasets, edits, ending, ground, history, lists, objects, proposals, search, stores
from kastor.store.cities import CellState
from kastor.store.database import Database
from kastor.store.datasets import Dataset
from kastor.store.edits import Edit, Wanted
from kastor.store.history import Correction, Version
from kastor.store.loads import Load, LoadResult, load
from kastor.store.moments import now
from kastor.store.objects import Filters, ObjectRecord, ObjectRow, Page
from kastor.store.proposals import FourEyes, Proposal
from kastor.store.schema import revisions
from kastor.store.schema import tenant as tenant_table
from kastor.store.visibility import State, States

Place = tuple[float, float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class TenantInfo:
    """
    What a tenant says about itself.

    Parameters
    ----------
    id
        Name of its directory and in addresses: lower-case letters, digits and hyphens.
    title
        Name of the municipality or company.
    description
        Two sentences by language (``de``, ``en``).
    crs
        Plane and height reference system of everything in it, such as ``"EPSG:25832+7837"``.
    origin
        Where the local scene frame stands: east, north, height; None until something is loaded. [m]
    view
        Where the camera stands at first, as the browser wrote it; None for the store not to know.
    accent, logo
        Colour (``#rrggbb``) and address of a picture, empty for the default.
    services
        Remote map services.
    created
        When it was made, ISO 8601.
    """

    id: str
    title: str
    description: Mapping[str, str]
    crs: str
    origin: Place | None
    view: Mapping[str, Any] | None
    accent: str
    logo: str
    services: Sequence[Mapping[str, Any]]
    created: str


class Tenant:
    """
    An open tenant, safe to share between threads; :func:`kastor.store.open_tenant` opens it.

    Parameters
    ----------
    database
        Its rows; their directory is ``home/tenants/<id>``.
    """

    def __init__(self, database: Database) -> None:
        self.directory = database.directory
        self.database = database
        self._narrowed: dict[States, Tenant] = {}
        self._narrowing = Lock()

    def __enter__(self) -> Tenant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections of all threads."""
        self.database.close()
        for narrowed in self._narrowed.values():
            narrowed.close()

    def showing(self, states: States) -> Tenant:
        """The tenant for somebody who sees datasets of some states only; closed together with this one."""
        if states == self.database.states:
            return self
        with self._narrowing:
            if states not in self._narrowed:
                self._narrowed[states] = Tenant(stores.open_rows(self.directory, states))
            return self._narrowed[states]

    @property
    def id(self) -> str:
        """Id of the tenant."""
        return self.directory.name

    @property
    def tiles(self) -> Path:
        """Directory of the tiles room."""
        return self.directory / "tiles"

    @property
    def uploads(self) -> Path:
        """Directory for files that wait to be loaded."""
        return self.directory / "uploads"

    @property
    def info(self) -> TenantInfo:
        """What the tenant says about itself, as it is now."""
        with self.database.read() as connection:
            row = connection.execute(select(tenant_table)).mappings().one()
        return TenantInfo(
            id=self.id, title=row["title"], description=row["description"], crs=row["crs"],
            origin=tuple(row["origin"]) if row["origin"] else None, view=row["view"], accent=row["accent"],
            logo=row["logo"], services=row["services"], created=row["created"],
        )  # fmt: skip

    @cached_property
    def crs(self) -> str:
        """Reference system of everything in it, which never changes."""
        with self.database.read() as connection:
            return str(connection.execute(select(tenant_table.c.crs)).scalar_one())

    @property
    def revision(self) -> str:
        """Changes with every committed change of the twin and differs between tenants."""
        with self.database.read() as connection:
            token = connection.execute(select(tenant_table.c.token)).scalar_one()
            return f"{connection.execute(select(func.max(revisions.c.revision))).scalar() or 0}-{token}"

    def update(
        self,
        title: str | None = None,
        description: Mapping[str, str] | None = None,
        origin: Place | None = None,
        view: Mapping[str, Any] | None = None,
        accent: str | None = None,
        logo: str | None = None,
        services: Sequence[Mapping[str, Any]] | None = None,
        who: str = "",
    ) -> None:
        """Change what the tenant says about itself; None leaves a field as it is."""
        given = {
            "title": title, "description": description, "origin": list(origin) if origin else None, "view": view,
            "accent": accent, "logo": logo, "services": list(services) if services is not None else None,
        }  # fmt: skip
        changes = {name: value for name, value in given.items() if value is not None}
        with self.database.write("The tenant's settings cannot be changed") as connection:
            if changes:
                connection.execute(tenant_table.update().values(changes))
            detail = {"changed": sorted(changes)}
            revision = datasets.next_revision(connection)
            datasets.save_revision(connection, revision, now(), "settings", self.id, who, detail=detail)

    # loading and changing

    def load(self, dataset: Dataset, wait: float = 10.0, who: str = "") -> AbstractContextManager[Load]:
        """
        Begin a load: ``put`` parts, then ``finish``; without ``finish`` nothing changes.

        Parameters
        ----------
        wait
            How long to wait for another load or edit of this tenant. [s]
        who
            Number of the person who loads it; empty for the command line.

        Raises
        ------
        TenantBusy
            When another one is still running then.
        """
        return load(self.database, self.crs, dataset, wait, who)

    def end_dataset(self, dataset_id: str, who: str = "", note: str = "") -> LoadResult:
        """Take a dataset out of the twin; its history stays."""
        return ending.end_dataset(self.database, dataset_id, who, note)

    def set_state(self, dataset_id: str, state: State, who: str = "") -> None:
        """Decide who may see a dataset: a draft, internal or public."""
        datasets.set_state(self.database, dataset_id, state, who)

    def correct(self, wanted: Wanted, who: str, note: str = "") -> Edit:
        """
        Correct a single object as a new version, at once; :meth:`submit` asks a second person where that is the rule.

        Parameters
        ----------
        who, note
            By whom and why.

        Raises
        ------
        UnknownObject, VersionConflict
            When there is no such object today, or it has another version by now.
        ObjectExists, InvalidObject
            When the dataset has, or had, an object of this id; when the twin cannot hold it.
        NothingToUndo
            When there is no step to go back or forth.
        """
        return edits.correct(self.database, self.crs, wanted, who, note)

    def add_object(self, city: City, dataset: Dataset, who: str, note: str = "") -> Edit:
        """Add an object, its parts behind it, to a dataset, which is made when the tenant has none of its id."""
        object_id = city.ids[0] if len(city) else ""
        return self.correct(Wanted("add", object_id, dataset.id, city=city, new=dataset), who, note)

    def edit_object(
        self,
        object_id: str,
        attributes: Mapping[str, Any],
        who: str,
        note: str = "",
        dataset: str = "",
        if_version: int | None = None,
    ) -> Edit:
        """Set some attributes of an object (None removes one)."""
        return self.correct(Wanted("edit", object_id, dataset, attributes, if_version=if_version), who, note)

    def replace_object(
        self,
        object_id: str,
        city: City,
        who: str,
        note: str = "",
        dataset: str = "",
        if_version: int | None = None,
    ) -> Edit:
        """Give an object another shape and other attributes; parts that do not come with it end."""
        return self.correct(Wanted("replace", object_id, dataset, city=city, if_version=if_version), who, note)

    def end_object(
        self, object_id: str, who: str, note: str = "", dataset: str = "", if_version: int | None = None
    ) -> Edit:
        """End an object with its parts; its history stays, and the same source does not bring it back."""
        return self.correct(Wanted("end", object_id, dataset, if_version=if_version), who, note)

    def restore_object(
        self,
        object_id: str,
        version: int,
        who: str,
        note: str = "",
        dataset: str = "",
        if_version: int | None = None,
    ) -> Edit:
        """Bring an object and its parts back as they were in an earlier version."""
        return self.correct(Wanted("restore", object_id, dataset, version=version, if_version=if_version), who, note)

    def undo(self, object_id: str, who: str, note: str = "", dataset: str = "", if_version: int | None = None) -> Edit:
        """Take back the last correction of an object; a newer source is never taken back."""
        return self.correct(Wanted("undo", object_id, dataset, if_version=if_version), who, note)

    def redo(self, object_id: str, who: str, note: str = "", dataset: str = "", if_version: int | None = None) -> Edit:
        """Make a correction again that was taken back."""
        return self.correct(Wanted("redo", object_id, dataset, if_version=if_version), who, note)

    def submit(self, wanted: Wanted, who: str, note: str = "") -> Edit | Proposal:
        """Correct a single object; where the dataset asks for four eyes it becomes a proposal. See :meth:`correct`."""
        return proposals.submit(self.database, self.crs, wanted, who, note)

    def four_eyes(self) -> FourEyes:
        """Whose corrections a second person decides."""
        return proposals.rules(self.database)

    def set_four_eyes(self, dataset_id: str, wanted: bool, who: str) -> None:
        """Let a second person decide the corrections of a dataset, or no longer."""
        proposals.set_four_eyes(self.database, dataset_id, wanted, who)

    def set_four_eyes_everywhere(self, wanted: bool, who: str) -> None:
        """Let a second person decide the corrections of every dataset, those to come too, or no longer."""
        proposals.set_four_eyes_everywhere(self.database, wanted, who)

    def proposals(self, state: str | None = "open") -> list[Proposal]:
        """Proposed corrections, newest first; those of all states when None."""
        return proposals.all_proposals(self.database, state)

    def accept(self, number: int, who: str, note: str = "") -> Edit:
        """
        Make a proposed correction.

        Raises
        ------
        UnknownProposal, NotOpen, SamePerson
            When there is none, it is decided already, or was proposed by the same person.
        VersionConflict
            When the object has changed since; the proposal stays open then.
        """
        return proposals.accept(self.database, self.crs, number, who, note)

    def decline(self, number: int, who: str, note: str = "") -> None:
        """Turn a proposed correction down; who made it may do so too."""
        proposals.decline(self.database, number, who, note)

    def steps(self, object_id: str, dataset: str = "") -> tuple[int, int]:
        """How many corrections of an object can be taken back, and how many made again."""
        return edits.steps(self.database, object_id, dataset)

    def corrections(self, limit: int = 50, before: int | None = None) -> list[Correction]:
        """
        The last corrections by hand, newest first.

        Parameters
        ----------
        before
            Only those before this revision, for the next page.
        """
        return history.corrections(self.database, limit, before)

    # reading

    def datasets(self) -> list[Dataset]:
        """All datasets, in the order of their first load."""
        return datasets.all_datasets(self.database)

    def counts(self) -> dict[str, int]:
        """Number of current objects by kind name."""
        return datasets.counts(self.database)

    def box(self) -> tuple[float, float, float, float, float, float] | None:
        """West, south, lowest, east, north, highest of all objects; None for an empty twin. [m]"""
        return cities.box(self.database)

    def dataset_box(self, dataset: str) -> Box | None:
        """West, south, east, north of what a dataset holds, heights too; None where nothing has a place. [m]"""
        return cities.dataset_box(self.database, dataset)

    def reports(self) -> list[dict[str, Any]]:
        """Import reports, newest first, without their lists of findings."""
        return datasets.all_reports(self.database)

    def report(self, report_id: str) -> dict[str, Any]:
        """An import report with its findings."""
        return datasets.report(self.database, report_id)

    def findings(self, object_id: str) -> list[dict[str, Any]]:
        """What the last load of each dataset found about an object and nobody has decided on."""
        return objects.findings_of(self.database, object_id)

    def cells(self) -> list[CellState]:
        """The cells that hold something, by column and row."""
        return cities.cells(self.database)

    def city(
        self,
        cells: Iterable[tuple[int, int]] | None = None,
        box: Box | None = None,
        kinds: Iterable[Kind] | None = None,
        datasets: Iterable[str] | None = None,
        at: date | str | int | None = None,
    ) -> City:
        """
        The city, or a cut of it.

        Parameters
        ----------
        cells, box
            Columns and rows; west, south, east, north: objects whose box meets it. [m]
        kinds, datasets
            Kinds of top-level objects, whose parts come along; ids of datasets. Of several with an id the last wins.
        at
            The city as it was known then: a date (end of that day, UTC), a time, or a revision number.
        """
        return cities.city(self.database, self.crs, cells, box, kinds, datasets, at)

    def cities(self, groups: Sequence[Sequence[tuple[int, int]]], kinds: Iterable[Kind]) -> cities.Grouped:
        """Objects of some kinds of some groups of cells, one after the other; and the group of each, ascending."""
        return cities.grouped(self.database, self.crs, groups, kinds)

    def object(self, object_id: str) -> ObjectRecord | None:
        """An object by its id, from the dataset loaded last when several have it."""
        return objects.object_by_id(self.database, object_id)

    def family(self, object_id: str, dataset: str) -> City | None:
        """A current object of a dataset with everything that is part of it; None when there is none."""
        return cities.family(self.database, object_id, dataset)

    def objects(self, filters: Filters) -> Page:
        """A page of the list of objects."""
        return lists.page(self.database, filters)

    def in_box(self, box: Box, kind: Kind | None = None, limit: int | None = None) -> list[ObjectRow]:
        """Top-level objects whose box meets ``box`` (west, south, east, north). [m]"""
        return objects.in_box(self.database, box, kind, limit)

    def search(self, q: str, limit: int = 8) -> list[ObjectRow]:
        """Objects by address, name or id, best first; forgives spelling."""
        return search.search(self.database, q, limit)

    def nearest(
        self, east: float, north: float, radius: float, kinds: Iterable[Kind] | None = None, limit: int = 20
    ) -> list[tuple[ObjectRow, float]]:
        """Top-level objects within ``radius`` of a place and their distance on the ground, nearest first. [m]"""
        return cities.nearest(self.database, (east, north), radius, kinds, limit)

    def history(self, object_id: str, dataset: str = "") -> list[Version]:
        """The versions of an object, newest first, and what changed in each."""
        return history.history(self.database, object_id, dataset)

    def terrain(self, box: Box | None = None, cell: float | None = None) -> Terrain | None:
        """
        The ground, all parts joined.

        Parameters
        ----------
        box
            West, south, east, north; everything when None. [m]
        cell
            Side of a grid cell; the finest there is when None. [m]

        Returns
        -------
        Terrain or None
            None where nothing is known.
        """
        return ground.terrain(self.database, self.crs, box, cell)

    def terrain_files(self, box: Box | None = None) -> tuple[str, ...]:
        """Names of the terrain files, of those in a box; they change with every change of the ground."""
        return ground.files(self.database, box)

    def heights_of(self, dataset: str) -> list[Path]:
        """Files with the heights of a dataset, from west to east."""
        return ground.files_of(self.database, dataset)

    def terrain_boxes(self) -> list[tuple[Box, float]]:
        """Box and cell side of each terrain part. [m]"""
        return ground.boxes(self.database)
