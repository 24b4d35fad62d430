"""Cutting a chunk of the city by cell, and keeping the pieces until all of a cell is known.

Pieces stay in memory up to a bound and go to a scratch file beyond it, so the memory of a load
does not grow with the data.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Column, cut, root
from kastor.city.strings import Strings
from kastor.store.blocks import join, pack_encoded, parse

Cell = tuple[int, int]

IN_MEMORY = 64 * 2**20
"""Bytes of pieces kept in memory."""


def split(city: City, cells: NDArray[np.int64], chosen: NDArray[np.bool_]) -> dict[Cell, City]:
    """
    The chosen objects of an encoded city by cell; in each, families stand by the id of their top-level object.

    Parameters
    ----------
    cells
        Column and row of each object, shape (n_objects, 2).
    chosen
        Which objects to take, shape (n_objects,).
    """
    indices = np.flatnonzero(chosen)
    if not len(indices):
        return {}
    own = cells[indices]
    order = np.lexsort((by_family(city)[indices], own[:, 1], own[:, 0]))
    own = own[order]
    if len(indices) < len(city) or (order[1:] < order[:-1]).any():
        city = _arranged(city, indices[order])
    starts = np.flatnonzero(np.r_[True, (own[1:] != own[:-1]).any(axis=1)])
    ends = np.r_[starts[1:], len(own)]
    columns = _split_columns(city, starts, ends)
    names = [(int(c), int(r)) for c, r in own[starts]]
    bare = replace(city, attributes={})
    return {
        name: replace(cut(bare, a, b), attributes=columns[i])
        for i, (name, a, b) in enumerate(zip(names, starts.tolist(), ends.tolist(), strict=True))
    }


def by_family(city: City) -> NDArray[np.int64]:
    """Rank of each object's family by the id of its top-level object, shape (n_objects,)."""
    top = root(city)
    heads = np.unique(top)
    ids = city.ids.take(heads).tolist()
    rank = np.zeros(len(city), np.int64)
    rank[heads[sorted(range(len(ids)), key=ids.__getitem__)]] = np.arange(len(heads))
    return rank[top]


def _arranged(city: City, objects: NDArray[np.int64]) -> City:
    """
    Whole families of a city in another order, copied run by run.

    The same as ``model.take``, which goes vertex by vertex, where objects are few and long.
    """
    starts = np.flatnonzero(np.r_[True, objects[1:] != objects[:-1] + 1])
    first = objects[starts]
    last = objects[np.r_[starts[1:], len(objects)] - 1] + 1
    surfaces = city.surface_offsets
    polygons = city.polygon_offsets[surfaces]
    rings = city.ring_offsets[polygons]
    vertices = city.vertex_offsets[rings]
    new_index = np.full(len(city) + 1, -1, np.int32)
    new_index[objects] = np.arange(len(objects), dtype=np.int32)
    id_bytes, surface_bytes = city.ids.offsets, city.surface_ids.offsets[surfaces]

    def runs(array: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[Any]:
        cuts = zip(offsets[first].tolist(), offsets[last].tolist(), strict=True)
        return np.concatenate([array[a:b] for a, b in cuts])

    def level(offsets: NDArray[np.int64], above: NDArray[np.int64]) -> NDArray[np.int64]:
        counts = runs(offsets[1:] - offsets[:-1], above)
        new = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=new[1:])
        return new

    each = np.arange(len(city) + 1)
    return City(
        crs=city.crs,
        ids=Strings(runs(city.ids.data, id_bytes), level(id_bytes, each)),
        kind=city.kind[objects],
        parent=new_index[city.parent[objects]],
        attributes={name: Column(c.values, c.codes[objects]) for name, c in city.attributes.items()},
        surface_offsets=level(city.surface_offsets, each),
        surface_ids=Strings(runs(city.surface_ids.data, surface_bytes), level(city.surface_ids.offsets, surfaces)),
        semantic=runs(city.semantic, surfaces),
        lod=runs(city.lod, surfaces),
        polygon_offsets=level(city.polygon_offsets, surfaces),
        solid=runs(city.solid, polygons),
        shell=runs(city.shell, polygons),
        ring_offsets=level(city.ring_offsets, polygons),
        vertex_offsets=level(city.vertex_offsets, rings),
        xyz=runs(city.xyz, vertices),
    )


def _split_columns(city: City, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[dict[str, Column]]:
    found: list[dict[str, Column]] = [{} for _ in starts]
    for name, column in city.attributes.items():
        present = np.flatnonzero(column.codes >= 0)
        new = np.zeros(len(column.values), np.int32)
        lower = np.searchsorted(present, starts).tolist()
        upper = np.searchsorted(present, ends).tolist()
        for i, (a, b) in enumerate(zip(lower, upper, strict=True)):
            if a == b:
                continue
            # most attributes of a map are rare tags, so only the present ones are touched
            at = present[a:b]
            own = column.codes[at]
            new[own] = 1
            used = np.flatnonzero(new)
            new[used] = np.arange(len(used), dtype=np.int32)
            codes = np.full(int(ends[i] - starts[i]), -1, np.int32)
            codes[at - starts[i]] = new[own]
            new[used] = 0
            found[i][name] = Column(tuple([column.values[u] for u in used.tolist()]), codes)
    return found


class Pieces:
    """
    Pieces of a load by cell.

    Parameters
    ----------
    directory
        Where the scratch file goes.
    """

    def __init__(self, directory: Path) -> None:
        self._file: IO[bytes] | None = None
        self._directory = directory
        self._held: dict[Cell, list[City]] = defaultdict(list)
        self._written: dict[Cell, list[tuple[int, int]]] = defaultdict(list)
        self._bytes = 0

    def add(self, pieces: dict[Cell, City]) -> None:
        """Keep the pieces of one chunk."""
        for cell, city in pieces.items():
            self._held[cell].append(city)
            self._bytes += city.xyz.nbytes + city.surface_ids.data.nbytes + 400 * len(city)
        if self._bytes > IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = (self._directory / "pieces").open("w+b")
        self._file.seek(0, 2)
        for cell, cities in self._held.items():
            for city in cities:
                data = pack_encoded(city)
                self._written[cell].append((self._file.tell(), len(data)))
                self._file.write(data)
        self._held.clear()
        self._bytes = 0

    def of(self, cell: Cell) -> list[City]:
        """The pieces of a cell, which are forgotten."""
        found = []
        for position, length in self._written.pop(cell, []):
            assert self._file is not None
            self._file.seek(position)
            found.append(join([parse(self._file.read(length), "pieces")], encoded=True))
        return found + self._held.pop(cell, [])

    def close(self) -> None:
        """Let go of the scratch file."""
        if self._file is not None:
            self._file.close()
