"""Attributes as blocks keep them: JSON values and codes of all columns one after the other; and many made one.

A column is dense (a code for every object, -1 where absent) or sparse (places of objects and their
codes). Joining thousands of blocks goes over all columns of all blocks at once, since there are far
more pairs of block and column than any loop should see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City

Array = NDArray[Any]

_SPARSE = 0.4
"""Columns filled less than this are kept as places and codes."""


@dataclass(frozen=True, eq=False)
class Columns:
    """
    The columns of one block.

    Parameters
    ----------
    objects
        Number of objects.
    names
        Of the columns.
    counts
        Number of values of each column and of its codes, -1 for a dense one; shape (n_columns, 2).
    values
        JSON values of all columns, or the bytes of them with line feeds between.
    codes, places
        Of all columns; places of the sparse ones only.
    """

    objects: int
    names: tuple[str, ...]
    counts: Array
    values: Sequence[bytes] | bytes
    codes: Array
    places: Array

    def listed(self) -> Sequence[bytes]:
        """The values one by one."""
        if isinstance(self.values, bytes):
            return self.values.split(b"\n") if self.values else []
        return self.values


def columns_of(city: City, dense: bool = False) -> Columns:
    """
    The columns of an encoded city.

    Parameters
    ----------
    dense
        Leave all columns dense, for what is not written.
    """
    values: list[bytes] = []
    codes: list[Array] = []
    places: list[Array] = []
    counts: list[tuple[int, int]] = []
    for column in city.attributes.values():
        values += column.values  # type: ignore[arg-type]
        present = np.flatnonzero(column.codes >= 0) if not dense else column.codes
        sparse = not dense and len(present) < _SPARSE * len(city)
        codes.append(column.codes[present] if sparse else column.codes)
        if sparse:
            places.append(present)
        counts.append((len(column.values), len(present) if sparse else -1))
    table = np.array(counts, np.int64).reshape(-1, 2)
    return Columns(len(city), tuple(city.attributes), table, values, _joined(codes), _joined(places))


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int32)


def join(
    names: Sequence[tuple[str, ...]], objects: Array, counts: Array, values: list[bytes], codes: Array, places: Array
) -> dict[str, tuple[list[bytes], NDArray[np.int32]]]:
    """
    Distinct values, in the order they come, and codes of each column over all objects of some blocks.

    Parameters
    ----------
    names, objects
        Names of the columns of each block, and its number of objects.
    counts, values, codes, places
        Those of all blocks one after the other, see :class:`Columns`; ``codes`` is overwritten.
    """
    numbers: dict[str, int] = {}
    known: dict[tuple[str, ...], list[int]] = {}
    for own in names:
        if own not in known:
            known[own] = [numbers.setdefault(name, len(numbers)) for name in own]
    if not numbers:
        return {}
    # a segment is a column of a block
    column = np.array([n for own in names for n in known[own]], np.int32)
    per_block = [len(own) for own in names]
    is_sparse = counts[:, 1] >= 0
    sizes = np.where(is_sparse, counts[:, 1], np.repeat(objects, per_block))
    distinct, new = _numbered(values, np.repeat(column, counts[:, 0]), len(numbers))
    absent = codes < 0
    codes += np.repeat(_before(counts[:, 0]).astype(np.int32), sizes)
    # the last entry of ``new`` stands for absent
    codes[absent] = len(values)
    result = np.full((len(numbers), int(objects.sum())), -1, np.int32)
    # where the first code of each segment goes, were all columns one after the other
    target = column.astype(np.int64) * result.shape[1] + np.repeat(_before(objects), per_block)
    position = np.arange(len(codes)) + np.repeat(target - _before(sizes), sizes)
    if is_sparse.any():
        sparse = np.repeat(is_sparse, sizes)
        position[sparse] = places + np.repeat(target[is_sparse], sizes[is_sparse])
    result.ravel()[position] = new[codes]
    return {name: (distinct[i], result[i]) for name, i in numbers.items()}


def _before(sizes: Array) -> Array:
    """What comes before each of some runs."""
    before: Array = np.cumsum(sizes) - sizes
    return before


def _numbered(values: list[bytes], column: Array, columns: int) -> tuple[list[list[bytes]], NDArray[np.int32]]:
    """Distinct values of each column, and the number of each value among those of its column, -1 added."""
    known = {value: i for i, value in enumerate(dict.fromkeys(values))}
    table = list(known)
    # the number of each value among all
    whole = np.fromiter(map(known.__getitem__, values), np.int32, len(values))
    order = (
        np.argsort(column.astype(np.uint16), kind="stable") if columns < 2**16 else np.argsort(column, kind="stable")
    )
    bounds = np.searchsorted(column[order], np.arange(columns + 1)).tolist()
    numbers = np.full(len(values) + 1, -1, np.int32)
    first_at = np.empty(len(table), np.int64)
    rank = np.empty(len(table), np.int32)
    distinct = []
    for first, last in pairwise(bounds):
        own = whole[order[first:last]]
        at = np.arange(len(own))
        # of equal values the first one is written last, and stays
        first_at[own[::-1]] = at[::-1]
        new = own[first_at[own] == at]
        rank[new] = np.arange(len(new), dtype=np.int32)
        numbers[order[first:last]] = rank[own]
        distinct.append([table[i] for i in new.tolist()])
    return distinct, numbers
