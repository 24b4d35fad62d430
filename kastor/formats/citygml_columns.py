"""Records of the compiled reader as the arrays of a city: offsets, ids and attribute columns.

Texts are turned into values once per distinct text, so a column of ten thousand roof types costs
as much Python as the handful of different ones in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json
from kastor.city.strings import Strings, ranges
from kastor.formats import citygml_objects
from kastor.formats.citygml_objects import Work, distinct
from kastor.formats.citygml_reference import Tally
from kastor.formats.citygml_tokens import NAME, WORD
from kastor.formats.citygml_values import value_of
from kastor.formats.citygml_words import FIELDS, WORDS, Role, Type, Word


def column_names() -> list[str]:
    """Names of the standard attributes, and of those no generic attribute may take."""
    names = [word.key for word in WORDS.values() if word.role == Role.ATTRIBUTE]
    return [*dict.fromkeys(names), "address", "externalReference", "heights"]


class Reading:
    """
    The records of one block.

    Parameters
    ----------
    work
        As :func:`citygml_objects.read_all` left it.
    words
        What the codes of elements stand for.
    keys
        Names of the standard attributes by number.
    """

    def __init__(self, work: Work, words: list[Word], keys: list[str]) -> None:
        self.work, self.words, self.keys = work, words, keys
        self.records = work.records[: work.counts[citygml_objects.RECORDS]]
        self.bytes = work.text.tobytes()
        self._kinds = self.records[:, 0]
        self._objects = np.flatnonzero(self._kinds == citygml_objects.OBJECT)

    @property
    def tops(self) -> NDArray[np.int32]:
        """Records of the children of the root."""
        return self.records[self._kinds == citygml_objects.TOP]

    @property
    def objects(self) -> int:
        """Number of regular objects."""
        return len(self._objects)

    def members(self) -> Iterator[tuple[list[int], int, int]]:
        """Each child of the root: its record, its first object and the one after its last."""
        rows = np.flatnonzero(self._kinds == citygml_objects.TOP)
        first = np.searchsorted(self._objects, np.append(rows, len(self.records))).tolist()
        return zip(self.records[rows].tolist(), first, first[1:], strict=False)

    def text(self, start: int, end: int) -> str:
        """A stretch of the block, empty for the span -1, -1."""
        return self.bytes[start:end].decode() if start >= 0 else ""

    def local_name(self, element: int) -> str:
        """Name of an element without its prefix."""
        start = int(self.work.elements[element, NAME])
        end = start
        while self.bytes[end] not in b" \t\r\n/>":
            end += 1
        return self.text(start, end).rpartition(":")[2]

    def rows(self, kind: int) -> NDArray[np.int32]:
        """Records of a kind."""
        return self.records[self._kinds == kind]

    def count(self, tally: Tally) -> None:
        """Add what the regular objects contain to the sums of the file."""
        for word, n in Counter(self.rows(citygml_objects.OBJECT)[:, 1].tolist()).items():
            tally.read[self.words[word].local] += n
            tally.kept[self.words[word].local] += n
        seen = self.rows(citygml_objects.SEEN)
        tally.surface_attributes += int(seen[:, 3].sum())
        for word, n in Counter(seen[:, 1].tolist()).items():
            tally.read[self.words[word].local] += n
        for word, n in Counter(seen[seen[:, 2] > 0, 1].tolist()).items():
            tally.kept[self.words[word].local] += n
        skipped = [self.words[word].key for word in self.rows(citygml_objects.SKIPPED)[:, 1].tolist()]
        strange = [self.local_name(element) for element in self.rows(citygml_objects.STRANGE)[:, 1].tolist()]
        for name in (*skipped, *strange):
            tally.ignore(name)

    def city(self) -> City:
        """The regular objects of the block, without a reference system."""
        surfaces, polygons, rings = (
            np.flatnonzero(self._kinds == kind)
            for kind in (citygml_objects.SURFACE, citygml_objects.POLYGON, citygml_objects.RING)
        )
        objects, end = self.records[self._objects], len(self.records)
        kinds = np.array([word.value for word in self.words], np.uint8)
        vertices = int(self.work.counts[citygml_objects.VERTICES])
        return City(
            crs="",
            ids=self._strings(objects[:, 3:5]),
            kind=kinds[objects[:, 1]],
            parent=objects[:, 2].copy(),
            attributes=self._columns() | self._record_columns(),
            surface_offsets=np.searchsorted(surfaces, np.append(self._objects, end)),
            surface_ids=self._strings(self.records[surfaces, 3:5]),
            semantic=self.records[surfaces, 1].astype(np.uint8),
            lod=self.records[surfaces, 2].astype(np.uint8),
            polygon_offsets=np.searchsorted(polygons, np.append(surfaces, end)),
            solid=self.records[polygons, 1].astype(np.int16),
            shell=self.records[polygons, 2].astype(np.int16),
            ring_offsets=np.searchsorted(rings, np.append(polygons, end)),
            vertex_offsets=np.append(self.records[rings, 1], vertices).astype(np.int64),
            xyz=self.work.xyz[: 3 * vertices].reshape(-1, 3).copy(),
        )

    def _strings(self, spans: NDArray[np.int32]) -> Strings:
        """The texts at some spans; -1, -1 is an empty one."""
        bounds = np.maximum(spans, 0).astype(np.int64).ravel()
        positions, offsets = ranges(bounds, np.arange(0, len(bounds), 2))
        return Strings(self.work.text[positions], offsets)

    def _owners(self, kind: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Records of a kind and the object each belongs to."""
        rows = np.flatnonzero(self._kinds == kind)
        return self.records[rows], np.searchsorted(self._objects, rows, "right") - 1

    def _texts(self, rows: NDArray[np.int32], groups: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Number the distinct texts (the last two columns of the rows) within each group."""
        starts, ends = (np.ascontiguousarray(rows[:, column]) for column in (-2, -1))
        return distinct(self.work.text, starts, ends, groups)

    def _columns(self) -> dict[str, Column]:
        """Columns of standard and generic attributes."""
        rows, owners = self._owners(citygml_objects.VALUE_OF)
        names, column = self._attribute_names(rows)
        types = rows[:, 4]
        codes, firsts = self._texts(rows, column * len(Type) + types)
        values: list[dict[tuple[str, str], tuple[int, Json]]] = [{} for _ in names]
        number = np.empty(len(firsts), np.int32)
        details = zip(column[firsts].tolist(), types[firsts].tolist(), rows[firsts, 5:7].tolist(), strict=True)
        for i, (of, kind, (start, end)) in enumerate(details):
            value = value_of(self.text(start, end), Type(kind))
            known = values[of]
            number[i] = known.setdefault((type(value).__name__, repr(value)), (len(known), value))[0]
        table = np.full((len(names), self.objects), -1, np.int32)
        table[column, owners] = number[codes]
        return {
            name: Column(tuple(value for _, value in known.values()), table[i])
            for i, (name, known) in enumerate(zip(names, values, strict=True))
        }

    def _attribute_names(self, rows: NDArray[np.int32]) -> tuple[list[str], NDArray[np.int32]]:
        """The names of all attributes of the block, and which one each record bears."""
        generic = np.flatnonzero(rows[:, 1] < 0)
        spans = rows[generic, 2:4]
        codes, firsts = self._texts(spans, np.zeros(len(spans), np.int32))
        used, column = np.unique(rows[:, 1], return_inverse=True)
        standard = [self.keys[key] for key in used.tolist() if key >= 0]
        column = (column - int(len(generic) > 0)).astype(np.int32)
        column[generic] = codes + len(standard)
        return [*standard, *(self.text(start, end) for start, end in spans[firsts].tolist())], column

    def _record_columns(self) -> dict[str, Column]:
        """The columns ``address`` and ``externalReference``, a list of records for each object."""
        rows, owners = self._owners(citygml_objects.FIELD_OF)
        codes, firsts = self._texts(rows[:, :5], np.zeros(len(rows), np.int32))
        texts = [self.text(start, end) for start, end in rows[firsts, 3:5].tolist()]
        columns = {}
        for name, fields in (("address", range(5)), ("externalReference", range(5, len(FIELDS)))):
            chosen = np.isin(rows[:, 2], fields)
            lists: dict[int, list[dict[str, Json]]] = {}
            last = -1
            for owner, number, field, code in zip(
                owners[chosen].tolist(), rows[chosen, 1].tolist(), rows[chosen, 2].tolist(), codes[chosen].tolist(),
                strict=True,
            ):  # fmt: skip
                if number != last:
                    lists.setdefault(owner, []).append({})
                    last = number
                lists[owner][-1][FIELDS[field]] = texts[code]
            if lists:
                columns[name] = _column_of_lists(lists, self.objects)
        return columns


def _column_of_lists(lists: dict[int, list[dict[str, Json]]], objects: int) -> Column:
    codes = np.full(objects, -1, np.int32)
    known: dict[str, int] = {}
    values: list[Json] = []
    for owner, records in lists.items():
        key = repr(records)
        if key not in known:
            known[key] = len(values)
            values.append(records)
        codes[owner] = known[key]
    return Column(tuple(values), codes)
