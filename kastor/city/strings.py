"""Many strings in two arrays: UTF-8 bytes and offsets, as Apache Arrow stores them.

A city has one id per object and per surface; Python strings would take more memory than
the geometry. Compiled kernels can read and write this layout directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Strings:
    """
    Immutable list of ``n`` strings.

    Parameters
    ----------
    data
        UTF-8 bytes of all strings, one after the other, dtype uint8.
    offsets
        String ``i`` is ``data[offsets[i]:offsets[i + 1]]``; shape (n + 1,), dtype int64.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @staticmethod
    def of(values: Iterable[str]) -> Strings:
        """Pack Python strings."""
        encoded = [value.encode() for value in values]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(e) for e in encoded], out=offsets[1:])
        return Strings(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:
        if index < 0:
            index += len(self)
        return self.data[self.offsets[index] : self.offsets[index + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def tolist(self) -> list[str]:
        """All strings as Python objects."""
        whole = self.data.tobytes()
        at = self.offsets.tolist()
        return [whole[a:b].decode() for a, b in pairwise(at)]

    def take(self, indices: NDArray[np.integer]) -> Strings:
        """The strings at ``indices``, in that order."""
        positions, offsets = ranges(self.offsets, indices)
        return Strings(self.data[positions], offsets)

    def cut(self, first: int, last: int) -> Strings:
        """Strings ``first:last`` as views of the same arrays."""
        offsets = self.offsets[first : last + 1]
        return Strings(self.data[offsets[0] : offsets[-1]], offsets - offsets[0])


def concat_strings(parts: list[Strings]) -> Strings:
    """One list after the other."""
    if not parts:
        return Strings.of([])
    return Strings(np.concatenate([p.data for p in parts]), join_offsets([p.offsets for p in parts]))


def ranges(offsets: NDArray[np.int64], indices: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Positions of the members of some groups of a ragged array, and the offsets of the copy.

    Examples
    --------
    >>> positions, new_offsets = ranges(np.array([0, 2, 2, 5]), np.array([2, 0]))
    >>> positions.tolist(), new_offsets.tolist()
    ([2, 3, 4, 0, 1], [0, 3, 5])
    """
    starts = offsets[indices]
    counts = offsets[np.asarray(indices) + 1] - starts
    new_offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=new_offsets[1:])
    positions = np.arange(new_offsets[-1]) + np.repeat(starts - new_offsets[:-1], counts)
    return positions, new_offsets


def join_offsets(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Offsets of ragged arrays laid one after the other."""
    counts = [np.diff(p) for p in parts]
    joined = np.zeros(sum(len(c) for c in counts) + 1, np.int64)
    if counts:
        np.cumsum(np.concatenate(counts), out=joined[1:])
    return joined
