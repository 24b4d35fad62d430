"""Loading a dataset: parts in, differences found, everything committed at once or not at all.

A part (a file or a member of an archive) is what is replaced: objects of the same dataset and
part that do not come again have ended. What comes again with the same content stays untouched,
also where a clerk has corrected it since; see ``conflicts.py`` for what a changed source does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, update

from kastor.city.model import City, Kind, root, take
from kastor.city.statistics import Statistics
from kastor.city.terrain import Terrain
from kastor.store import blocks, ground, plans, statistics
from kastor.store.care import decided
from kastor.store.changes import Change, change, rebuild_cell
from kastor.store.conflicts import EDITED, ENDED, Conflict, corrected, reported
from kastor.store.contents import contents
from kastor.store.database import Database
from kastor.store.datasets import Dataset, claim_dataset, save_dataset, save_revision
from kastor.store.errors import StoreError, WrongReferenceSystem, store_errors
from kastor.store.pieces import Cell, Pieces, split
from kastor.store.rows import USED, rows
from kastor.store.schema import datasets
from kastor.store.writing import PART_COUNT, SEEN, Incoming, Known, RowWriter

PART_OF = "SELECT key FROM parts WHERE dataset = ? AND name = ?"
ADD_PART = "INSERT INTO parts (dataset, name) VALUES (?, ?)"
GONE = (
    "SELECT key, version_key, words, cell_column, cell_row, id, version, edited FROM objects"
    " WHERE part = ? AND seen <> ? AND ended IS NULL LIMIT 20000"
)
KINDS_OF = "SELECT kind, count(*) FROM objects WHERE dataset = ? AND ended IS NULL GROUP BY kind"
TERRAIN_OF = "SELECT count(*) FROM terrain_parts t JOIN parts p ON p.key = t.part WHERE p.dataset = ?"
ADD_FINDING = "INSERT INTO findings (object, revision, json) VALUES (?, ?, ?)"
COUNT_FINDINGS = "UPDATE objects SET findings = ? WHERE id = ? AND dataset = ?"
ADD_REPORT = "INSERT INTO reports (id, dataset, revision, json) VALUES (?, ?, ?, ?)"

_DATASET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KINDS = np.array([int(k) for k in Kind], np.uint8)


@dataclass(frozen=True)
class LoadResult:
    """
    What a load did.

    Parameters
    ----------
    revision
        Number of the change.
    new, changed, unchanged, ended
        Number of objects.
    repeated
        Objects left out because the load had brought their id before.
    overridden
        Objects whose source changed so that a clerk's correction gave way.
    kinds
        Current objects of the dataset by kind name, terrain files as ``terrain``, rows of tables as ``statistics``.
    cells
        Column and row of each cell whose content changed, to be tiled again.
    terrain
        Boxes (west, south, east, north) of terrain that changed. [m]
    report
        Id of the import report.
    """

    revision: int
    new: int
    changed: int
    unchanged: int
    ended: int
    repeated: int
    overridden: int
    kinds: Mapping[str, int]
    cells: list[Cell]
    terrain: list[tuple[float, float, float, float]]
    report: str


@contextmanager
def load(database: Database, crs: str, dataset: Dataset, wait: float = 10.0, who: str = "") -> Iterator[Load]:
    """Begin a load; see ``Tenant.load``."""
    if not _DATASET_ID.fullmatch(dataset.id):
        raise StoreError(
            f"{dataset.id[:120]!r} cannot be the id of a dataset. Use letters, digits, '.', '_' and '-', up to 100."
        )
    what = f"Dataset {dataset.id} cannot be loaded"
    with suppress(_Unfinished), change(database, what, wait) as begun:
        under_way = Load(begun, crs, dataset, who)
        try:
            yield under_way
        finally:
            under_way.close()
        if not under_way.finished:
            raise _Unfinished


class _Unfinished(Exception):
    """The caller left without ``finish``: nothing is kept."""


class Load:
    """
    A load under way; made by ``Tenant.load``.

    Parameters
    ----------
    begun
        The change it makes.
    crs
        Reference system of the tenant.
    dataset
        What is being loaded.
    who
        Number of the person who loads it; empty for the command line.
    """

    def __init__(self, begun: Change, crs: str, dataset: Dataset, who: str = "") -> None:
        self.finished = False
        self._who = who
        self._change = begun
        self._crs = crs
        self._dataset = dataset
        self._key = claim_dataset(begun.connection, dataset, begun.revision)
        self._writer = RowWriter(begun, self._key)
        self._parts: dict[str, int] = {}
        self._pieces = Pieces(begun.staging)
        self._dirty: set[Cell] = set()
        self._terrain: dict[str, list[ground.TerrainFile]] = {}
        self._total: Counter[str] = Counter()
        self._conflicts: list[Conflict] = []

    @property
    def connection(self) -> Connection:
        """The transaction of the load, for what must be written together with it."""
        return self._change.connection

    def close(self) -> None:
        """Let go of scratch files."""
        self._pieces.close()

    def replaces(self, part: str) -> None:
        """Say that this load stands for a part even when nothing of it is put: what it brought before has ended."""
        self._part(part)

    def put(self, part: str, city: City) -> None:
        """
        Add a chunk of a part; a part may come in any number of chunks.

        Parameters
        ----------
        part
            Name under which it is replaced.
        city
            In the tenant's reference system; children in the chunk of their parents.

        Raises
        ------
        WrongReferenceSystem
            When the chunk is in another one.
        DiskFull, StoreError
            When it cannot be written; nothing of the load is kept then.
        """
        self.put_together([(part, len(city))], city)

    def put_together(self, parts: Sequence[tuple[str, int]], city: City) -> None:
        """
        Add chunks of several parts at once: it is the number of chunks that costs.

        Parameters
        ----------
        parts
            Name of each part and the number of its objects, in the order of the objects.
        city
            As for :meth:`put`.

        Raises
        ------
        WrongReferenceSystem, DiskFull, StoreError
            As :meth:`put`.
        """
        keys = np.repeat([self._part(name) for name, _ in parts], [count for _, count in parts])
        self._check(city)
        if not len(city):
            return
        with store_errors(f"Dataset {self._dataset.id} cannot be loaded", self._change.directory):
            encoded, keys, known = self._without_repeated(blocks.encode(city), keys)
            if len(encoded):
                self._compare(encoded, keys.tolist(), known)

    def _compare(self, encoded: City, parts: list[int], known: list[Known | None]) -> None:
        ids = encoded.ids.tolist()
        source = contents(encoded, ids)
        state = np.array([_state(k, h) for k, h in zip(known, source.content, strict=True)], np.uint8)
        if (state == _STAYS_ENDED).any():
            self._compare_others(encoded, parts, known, state == _STAYS_ENDED)
            return
        top = root(encoded)
        touched = np.zeros(len(encoded), bool)
        np.logical_or.at(touched, top, (state == _NEW) | (state == _CHANGED))
        touched = touched[top]
        mine = {i: k for i, k in enumerate(known) if k and k.edited == EDITED and k.ended is None and touched[i]}
        content = source
        if mine:
            encoded, found = corrected(self._change, self._key, encoded, mine, source)
            self._conflicts += found
            content = contents(encoded, ids)
        self._conflicts += [
            Conflict(ids[i], "ended_by_hand_returns", (), k.version) for i, k in enumerate(known) if _was_ended(k)
        ]
        table = rows(blocks.decode(encoded, USED), ids, self._dataset.date)
        incoming = list(
            map(
                Incoming._make,
                zip(ids, parts, table.values, source.content, content.geometry, content.attributes, strict=True),
            )
        )
        differs = np.array([a != b for a, b in zip(content.content, source.content, strict=True)], bool)
        self._write(known, incoming, state, touched, differs)
        self._count(state)
        self._stage(encoded, table.cells, touched, known)

    def _compare_others(
        self, encoded: City, parts: list[int], known: list[Known | None], ended: NDArray[np.bool_]
    ) -> None:
        """Leave out what a clerk has ended and the source has as before, with all its parts."""
        ids = encoded.ids.tolist()
        for i in np.flatnonzero(ended).tolist():
            k = known[i]
            assert k is not None
            self._change.execute(SEEN, (parts[i], self._change.revision, k.key))
            self._conflicts.append(Conflict(ids[i], "ended_by_hand", (), k.version))
        keep = np.flatnonzero(~(ended | ended[root(encoded)]))
        if len(keep):
            self._compare(take(encoded, keep), [parts[i] for i in keep], [known[i] for i in keep])

    def put_terrain(self, part: str, terrain: Terrain) -> None:
        """
        Add the ground of a part; several pieces of a part stand side by side.

        Raises
        ------
        WrongReferenceSystem
            When it is in another one than the tenant.
        """
        if terrain.crs != self._crs:
            raise WrongReferenceSystem(_wrong(part, terrain.crs, self._crs))
        self._part(part)
        with store_errors(f"Terrain {part} cannot be stored", self._change.directory):
            self._terrain.setdefault(part, []).append(ground.write(self._change, terrain))

    def put_statistics(
        self, table: Statistics, mapping: Mapping[str, str], joined: tuple[str, str] = ("", "")
    ) -> Counter[str]:
        """
        Write a table by district; gives how many of its rows are ``new``, ``changed`` and ``unchanged``.

        Parameters
        ----------
        mapping
            What a person said about its columns, kept for its next state.
        joined
            Id of the dataset of the areas, and what of them its rows name.
        """
        begun = self._change
        with store_errors(f"Table {self._dataset.id} cannot be stored", begun.directory):
            count = statistics.put(begun.connection, self._key, begun.revision, table, mapping, joined)
        self._total += count
        return count

    def put_plans(self, part: str, file: plans.PlanContent, findings: Sequence[Mapping[str, Any]]) -> bool:
        """
        Keep a file of plans whose objects are put besides; gives whether it is another one than before.

        Parameters
        ----------
        findings
            What the check of the plans found, as JSON.
        """
        begun = self._change
        with store_errors(f"The plans of {self._dataset.id} cannot be stored", begun.directory):
            place = self._key, self._dataset.id, self._part(part)
            return plans.put(begun.connection, place, begun.revision, file, findings)

    def finish(self, report: Mapping[str, Any] | None = None) -> LoadResult:
        """
        Complete the load; it is committed when the ``with`` block ends.

        Parameters
        ----------
        report
            Import report as JSON (``Report.as_json``); its findings become queryable by object.
        """
        begun = self._change
        with store_errors(f"Dataset {self._dataset.id} cannot be loaded", begun.directory):
            for part in self._parts.values():
                self._end_missing(part)
            cells = [c for c in sorted(self._dirty) if rebuild_cell(begun, self._key, c, self._pieces.of(c))]
            changed_terrain = [
                box
                for part, files in self._replaced_terrain()
                for box in ground.replace(begun, self._parts[part], files)
            ]
            result = self._result(cells, changed_terrain)
            self._record(result, reported(report or {}, self._conflicts))
        self.finished = True
        return result

    def _part(self, name: str) -> int:
        if self.finished:
            raise StoreError("The load is finished already; begin another one.")
        if name not in self._parts:
            row = self._change.execute(PART_OF, (self._key, name)).fetchone()
            if row is None:
                self._change.execute(ADD_PART, (self._key, name))
                row = self._change.execute(PART_OF, (self._key, name)).fetchone()
            self._parts[name] = int(row[0])
        return self._parts[name]

    def _check(self, city: City) -> None:
        if len(city) and city.crs != self._crs:
            raise WrongReferenceSystem(_wrong(self._dataset.id, city.crs, self._crs))
        unknown = np.setdiff1d(city.kind, _KINDS)
        if len(unknown):
            raise StoreError(f"Kinds {unknown.tolist()} are none of {_KINDS.tolist()}; nothing was changed.")

    def _without_repeated(
        self, city: City, parts: NDArray[np.int64]
    ) -> tuple[City, NDArray[np.int64], list[Known | None]]:
        """The chunk without objects the load has brought before, and what is known of the others."""
        ids = city.ids.tolist()
        known = self._writer.known(ids)
        now = self._change.revision
        if len(set(ids)) == len(ids) and not any(k is not None and k.seen == now for k in known):
            return city, parts, known
        first: dict[str, int] = {}
        repeated = np.array(
            [
                first.setdefault(o, i) != i or (k is not None and k.seen == now)
                for i, (o, k) in enumerate(zip(ids, known, strict=True))
            ],
            bool,
        )
        # parts of a repeated building would stand without it
        keep = np.flatnonzero(~(repeated | repeated[root(city)]))
        self._total["repeated"] += len(city) - len(keep)
        return take(city, keep), parts[keep], [known[i] for i in keep.tolist()]

    def _write(
        self,
        known: list[Known | None],
        incoming: list[Incoming],
        state: NDArray[np.uint8],
        touched: NDArray[np.bool_],
        differs: NDArray[np.bool_],
    ) -> None:
        new: list[Incoming] = []
        changed: list[tuple[Known, Incoming]] = []
        still_edited: list[tuple[Known, Incoming]] = []
        refreshed: list[tuple[Known, Incoming]] = []
        same: list[tuple[Known, Incoming]] = []
        for k, o, s, t, d in zip(known, incoming, state.tolist(), touched.tolist(), differs.tolist(), strict=True):
            if k is None:
                new.append(o)
            elif s != _SAME:
                (still_edited if d else changed).append((k, o))
            elif t or (o.row[PART_COUNT] != k.part_count and not k.edited):
                refreshed.append((k, o))
            else:
                same.append((k, o))
        self._writer.insert(new)
        self._writer.update(changed)
        self._writer.update(still_edited, edited=True)
        self._writer.refresh(refreshed)
        self._writer.seen(same)

    def _stage(
        self, encoded: City, cells: NDArray[np.int64], touched: NDArray[np.bool_], known: list[Known | None]
    ) -> None:
        moved: list[tuple[Cell, Known]] = []
        here = cells.tolist()
        for i in np.flatnonzero(touched).tolist():
            k = known[i]
            if k is None:
                continue
            before, now = (k.cell_column, k.cell_row), (here[i][0], here[i][1])
            if before != now:
                self._dirty.add(before)
                moved.append((now, k))
        self._writer.move(moved)
        pieces = split(encoded, cells, touched)
        self._dirty.update(pieces)
        self._pieces.add(pieces)

    def _count(self, state: NDArray[np.uint8]) -> None:
        numbers = np.bincount(state, minlength=3).tolist()
        self._total.update(unchanged=numbers[_SAME], new=numbers[_NEW], changed=numbers[_CHANGED])

    def _end_missing(self, part: int) -> None:
        while gone := self._change.execute(GONE, (part, self._change.revision)).fetchall():
            self._writer.end([(key, version, words) for key, version, words, *_ in gone])
            self._dirty.update((column, row) for _, _, _, column, row, *_ in gone)
            self._total["ended"] += len(gone)
            self._conflicts += [
                Conflict(object_id, "corrected_object_gone", (), version)
                for *_, object_id, version, edited in gone
                if edited
            ]

    def _replaced_terrain(self) -> list[tuple[str, list[ground.TerrainFile]]]:
        return [(part, self._terrain.get(part, [])) for part in self._parts]

    def _result(self, cells: list[Cell], terrain: list[tuple[float, float, float, float]]) -> LoadResult:
        total = self._total
        counted = self._change.execute(KINDS_OF, (self._key,)).fetchall()
        grounds = self._change.execute(TERRAIN_OF, (self._key,)).fetchone()[0]
        others = {"terrain": grounds, "statistics": statistics.rows_of(self._change.connection, self._key)}
        return LoadResult(
            revision=self._change.revision,
            new=total["new"], changed=total["changed"], unchanged=total["unchanged"], ended=total["ended"],
            repeated=total["repeated"],
            overridden=sum(c.code == "correction_overridden" for c in self._conflicts),
            kinds={Kind(kind).name.lower(): n for kind, n in counted} | {name: n for name, n in others.items() if n},
            cells=cells, terrain=terrain, report=f"{self._dataset.id}-{self._change.revision}",
        )  # fmt: skip

    def _record(self, result: LoadResult, report: Mapping[str, Any]) -> None:
        begun, dataset = self._change, self._dataset
        save_dataset(begun.connection, dataset, begun.revision, begun.at, result.report)
        begun.connection.execute(update(datasets).where(datasets.c.key == self._key).values(kinds=dict(result.kinds)))
        changes = {name: asdict(result)[name] for name in ("new", "changed", "unchanged", "ended")}
        save_revision(begun.connection, begun.revision, begun.at, "load", dataset.id, self._who, dataset.id, changes)
        text = orjson.dumps(
            {**report, "id": result.report, "dataset": dataset.id, "loaded": begun.at, "changes": changes},
            option=orjson.OPT_NON_STR_KEYS,
            default=str,
        )
        begun.execute(ADD_REPORT, (result.report, self._key, begun.revision, text))
        about = [f for f in report.get("findings", []) if f.get("object")]
        begun.executemany(ADD_FINDING, [(f["object"], begun.revision, orjson.dumps(f, default=str)) for f in about])
        # what was repaired or decided on before needs nobody's attention
        settled = {(d.object_id, d.code): d.stated for d in decided(begun.connection, self._key)}
        per_object = Counter(
            f["object"]
            for f in about
            if f.get("outcome") != "repaired" and settled.get((f["object"], f.get("code"))) != f.get("values", {})
        )
        begun.executemany(COUNT_FINDINGS, [(n, object_id, self._key) for object_id, n in per_object.items()])


_SAME, _NEW, _CHANGED, _STAYS_ENDED = 0, 1, 2, 3


def _state(known: Known | None, source_hash: bytes) -> int:
    if known is None:
        return _NEW
    if known.ended is not None:
        return _STAYS_ENDED if known.edited == ENDED and known.source_hash == source_hash else _NEW
    return _SAME if known.source_hash == source_hash else _CHANGED


def _was_ended(known: Known | None) -> TypeGuard[Known]:
    return known is not None and known.ended is not None and known.edited == ENDED


def _wrong(what: str, found: str, wanted: str) -> str:
    return f"{what} is in {found or 'no known reference system'}, the tenant in {wanted}. Transform it before loading."
