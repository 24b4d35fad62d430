"""Rows of objects into the tables: new ones, changed ones, ended ones, and their indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from kastor.store.changes import Change
from kastor.store.pieces import Cell
from kastor.store.rows import COLUMNS, Row

KNOWN = (
    "SELECT key, part, source_hash, seen, ended, edited, version, version_key, cell_column, cell_row, part_count,"
    " findings, words FROM objects WHERE id = ? AND dataset = ?"
)
# a server is asked once for many; SQLite, in the same process, is as quick one by one
KNOWN_TOGETHER = KNOWN.replace("SELECT key", "SELECT id, key").replace("id = ?", "id = ANY(?)")
NEW_OBJECT = (
    "key", "dataset", "id", "part", "seen", "source_hash", "edited", "version", "version_key", "findings", *COLUMNS,
)  # fmt: skip
UPDATE = (
    "UPDATE objects SET part = ?, seen = ?, findings = ?, source_hash = ?, edited = ?, version = ?, version_key = ?,"
    f" ended = NULL, {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE key = ?"
)
SEEN = "UPDATE objects SET part = ?, seen = ?, findings = 0 WHERE key = ?"
MOVE = "UPDATE objects SET cell_column = ?, cell_row = ? WHERE key = ?"
NEW_VERSION = ("key", "object", "version", "first", "geometry", "attributes")
END_VERSION = "UPDATE versions SET last = ? WHERE key = ?"
INSERT_BOX = "INSERT OR REPLACE INTO boxes (key, west, east, south, north, kind) VALUES (?, ?, ?, ?, ?, ?)"
DELETE_BOX = "DELETE FROM boxes WHERE key = ?"
INSERT_WORDS = "INSERT INTO words (rowid, text) VALUES (?, ?)"
DELETE_WORDS = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)"
# PostgreSQL keeps its box and word index by itself, but for the list of all words
COUNT_WORDS = (
    "INSERT INTO vocabulary (term, uses) SELECT * FROM unnest(CAST(? AS text[]), CAST(? AS integer[]))"
    " ON CONFLICT (term) DO UPDATE SET uses = vocabulary.uses + excluded.uses"
)
DELETE_UNUSED = "DELETE FROM vocabulary WHERE uses <= 0"
END = "UPDATE objects SET ended = ? WHERE key = ?"

_AT = {name: i for i, name in enumerate(COLUMNS)}
_KIND, _PARENT, _WORDS = _AT["kind"], _AT["parent"], _AT["words"]
_WEST, _SOUTH, _EAST, _NORTH = _AT["west"], _AT["south"], _AT["east"], _AT["north"]
PART_COUNT = _AT["part_count"]


class Known(NamedTuple):
    """What the tables say about an object that is being loaded; see ``KNOWN``."""

    key: int
    part: int
    source_hash: bytes
    seen: int
    ended: int | None
    edited: int
    version: int
    version_key: int
    cell_column: int
    cell_row: int
    part_count: int
    findings: int
    words: str


class Incoming(NamedTuple):
    """
    An object to be written.

    Parameters
    ----------
    id
        Its id in the dataset.
    part
        Number of the part it came with; None for a correction, which leaves origin and findings as they are.
    row
        In the order of ``rows.COLUMNS``.
    source_hash, geometry, attributes
        See ``contents.py``.
    """

    id: str
    part: int | None
    row: Row
    source_hash: bytes
    geometry: bytes
    attributes: bytes


class RowWriter:
    """
    Writes the objects of one dataset in one change.

    Parameters
    ----------
    change
        Holds the transaction.
    dataset
        Number of the dataset in the tables.
    """

    def __init__(self, change: Change, dataset: int) -> None:
        self._change = change
        self._dataset = dataset
        self._next_key = self._last("objects") + 1
        self._next_version = self._last("versions") + 1

    def _last(self, table: str) -> int:
        return int(self._change.execute(f"SELECT coalesce(max(key), 0) FROM {table}").fetchone()[0])

    def known(self, ids: Iterable[str]) -> list[Known | None]:
        """What the tables say about some objects, None for one never seen."""
        execute, dataset, make = self._change.execute, self._dataset, Known._make
        if self._change.dialect == "postgresql":
            wanted = list(ids)
            together = {row[0]: make(row[1:]) for row in execute(KNOWN_TOGETHER, (wanted, dataset))}
            return [together.get(object_id) for object_id in wanted]
        found = []
        for object_id in ids:
            row = execute(KNOWN, (object_id, dataset)).fetchone()
            found.append(make(row) if row else None)
        return found

    def insert(self, objects: list[Incoming], edited: int = 0) -> None:
        """
        Objects never seen before.

        Parameters
        ----------
        edited
            1 for objects a clerk adds.
        """
        change, dataset = self._change, self._dataset
        keys = range(self._next_key, self._next_key + len(objects))
        first_version = self._next_version
        self._next_key += len(objects)
        self._next_version += len(objects)
        change.insert(
            "objects",
            NEW_OBJECT,
            [
                (key, dataset, o.id, o.part, change.revision, o.source_hash, edited, 1, version, 0, *o.row)
                for version, (key, o) in enumerate(zip(keys, objects, strict=True), first_version)
            ],
        )
        change.insert(
            "versions",
            NEW_VERSION,
            [
                (version, key, 1, change.revision, o.geometry, o.attributes)
                for version, (key, o) in enumerate(zip(keys, objects, strict=True), first_version)
            ],
        )
        self._index([(key, o.row) for key, o in zip(keys, objects, strict=True)])

    def update(self, objects: list[tuple[Known, Incoming]], edited: bool = False) -> None:
        """
        Objects with another content than before, or that had ended: a new version each.

        Parameters
        ----------
        edited
            Whether they differ from their source now.
        """
        change = self._change
        first_version = self._next_version
        self._next_version += len(objects)
        change.executemany(
            UPDATE,
            [
                (*self._origin(k, o), o.source_hash, int(edited), k.version + 1, version, *o.row, k.key)
                for version, (k, o) in enumerate(objects, first_version)
            ],
        )
        change.executemany(END_VERSION, [(change.revision, k.version_key) for k, _ in objects if k.ended is None])
        change.insert(
            "versions",
            NEW_VERSION,
            [
                (version, k.key, k.version + 1, change.revision, o.geometry, o.attributes)
                for version, (k, o) in enumerate(objects, first_version)
            ],
        )
        self._reindex(objects)

    def refresh(self, objects: list[tuple[Known, Incoming]]) -> None:
        """Unchanged objects whose row changes all the same, because their parts did: no new version."""
        self._change.executemany(
            UPDATE,
            [
                (*self._origin(k, o), k.source_hash, k.edited, k.version, k.version_key, *o.row, k.key)
                for k, o in objects
            ],
        )
        self._reindex(objects)

    def _origin(self, known: Known, incoming: Incoming) -> tuple[int, int, int]:
        """Part, revision it was seen in, findings."""
        if incoming.part is None:
            return (known.part, known.seen, known.findings)
        return (incoming.part, self._change.revision, 0)

    def seen(self, objects: list[tuple[Known, Incoming]]) -> None:
        """Unchanged objects."""
        self._change.executemany(SEEN, [(o.part, self._change.revision, k.key) for k, o in objects])

    def move(self, cells: list[tuple[Cell, Known]]) -> None:
        """Objects that belong to another cell now, because their family does."""
        self._change.executemany(MOVE, [(*cell, k.key) for cell, k in cells])

    def end(self, objects: list[tuple[int, int, str]]) -> None:
        """Objects that are gone, given as key, version key and words."""
        change = self._change
        change.executemany(END, [(change.revision, key) for key, _, _ in objects])
        change.executemany(END_VERSION, [(change.revision, version) for _, version, _ in objects])
        self._forget([key for key, _, _ in objects], [(key, words) for key, _, words in objects if words])

    def _reindex(self, objects: list[tuple[Known, Incoming]]) -> None:
        self._forget(
            [k.key for k, o in objects if o.row[_WEST] is None or o.row[_PARENT] is not None],
            [(k.key, k.words) for k, _ in objects if k.words and k.ended is None],
        )
        self._index([(k.key, o.row) for k, o in objects])

    def _forget(self, boxes: list[int], words: list[tuple[int, str]]) -> None:
        """Take objects out of the box and the word index."""
        change = self._change
        if change.dialect == "postgresql":
            self._count_words([text for _, text in words], -1)
            return
        change.executemany(DELETE_BOX, [(key,) for key in boxes])
        change.executemany(DELETE_WORDS, words)

    def _index(self, objects: list[tuple[int, Row]]) -> None:
        change = self._change
        if change.dialect == "postgresql":
            self._count_words([row[_WORDS] for _, row in objects], 1)
            return
        change.executemany(
            INSERT_BOX,
            [
                (key, row[_WEST], row[_EAST], row[_SOUTH], row[_NORTH], row[_KIND])
                for key, row in objects
                if row[_PARENT] is None and row[_WEST] is not None
            ],
        )
        change.executemany(INSERT_WORDS, [(key, row[_WORDS]) for key, row in objects if row[_WORDS]])

    def _count_words(self, texts: list[str], sign: int) -> None:
        counted = Counter(word for text in texts for word in text.split())
        if counted:
            self._change.execute(COUNT_WORDS, (list(counted), [sign * n for n in counted.values()]))
        if sign < 0:
            self._change.execute(DELETE_UNUSED)
