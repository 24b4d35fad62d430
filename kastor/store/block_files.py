"""Many blocks read at once from their files: the small arrays into one buffer, coordinates to where they stay.

A town of 100,000 buildings is some thousand blocks of twenty arrays, and each object Python makes for one of them
takes longer than what is in it. So all heads are read as one table, and the arrays are slices of one buffer.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64

from kastor.city.model import City, empty_city
from kastor.store.blocks import ARRAYS, CONSTANT, HEAD, SEALED, TYPES, damaged, joined, named, require_mark

T = TypeVar("T", bound=np.generic)

_ARRAY = np.dtype([("place", "<i8"), ("count", "<u4"), ("type", "|u1")])
_TABLE = np.dtype(
    {
        "names": ["objects", "odd", "arrays"],
        "formats": ["<u4", "|u1", (_ARRAY, len(ARRAYS))],
        "offsets": [16, 20, 21],
        "itemsize": HEAD.size,
    }
)
"""The head of a block, see ``blocks.py``."""

_COORDINATES = struct.Struct("<qI")
_COORDINATES_AT = HEAD.size - 3 - _ARRAY.itemsize
"""Where the head tells of the coordinates, which are the last array."""


@dataclass(frozen=True, eq=False)
class Files:
    """
    Blocks in memory.

    Parameters
    ----------
    starts
        Where each begins in ``small``.
    small
        The blocks without their coordinates.
    heads
        Their heads as a table.
    xyz
        The coordinates of all, flat.
    """

    starts: NDArray[np.int64]
    small: NDArray[np.uint8]
    heads: NDArray[Any]
    xyz: NDArray[np.float64]

    def array(self, name: str, dtype: type[T]) -> NDArray[T]:
        """The arrays of one name, one after the other."""
        if name == "xyz":
            return self.xyz.astype(dtype, copy=False)
        places, counts, types = self._table(name)
        constant = types == CONSTANT
        if constant.all():
            return np.repeat(places.astype(dtype), counts)
        result = np.empty(int(counts.sum()), dtype)
        views = [self.small.view(kind) for kind in TYPES]
        ends = np.cumsum(counts)
        firsts = (self.starts + places) // np.array([*(kind.itemsize for kind in TYPES), 1])[_number(types)]
        columns = (array.tolist() for array in (ends - counts, ends, types, firsts, counts, places))
        for start, end, kind, first, count, value in zip(*columns, strict=True):
            result[start:end] = value if kind == CONSTANT else views[kind][first : first + count]
        return result

    def texts(self, name: str) -> list[bytes]:
        """The arrays of one name that hold text, each as bytes."""
        places, counts, types = self._table(name)
        firsts = self.starts + places
        view = self.small.data
        return [
            bytes([value]) * count if kind == CONSTANT else view[first : first + count].tobytes()
            for value, count, kind, first in zip(
                places.tolist(), counts.tolist(), types.tolist(), firsts.tolist(), strict=True
            )
        ]

    def _table(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
        found = self.heads["arrays"][:, ARRAYS.index(name)]
        return found["place"].astype(np.int64), found["count"].astype(np.int64), found["type"]


def _number(types: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Types as indices, the last for a constant."""
    return np.minimum(types, len(TYPES))


def read_all(directory: Path, names: Sequence[str]) -> tuple[City, NDArray[np.int64]]:
    """
    The city of some blocks, and the number of objects of each.

    Raises
    ------
    DamagedFile
        When one is missing or not what was written.
    """
    if not names:
        return empty_city(), np.zeros(0, np.int64)
    found = _read([f"{directory}{os.sep}{name}.block" for name in names])
    columns = [named(text) for text in found.texts("names")]
    values = [text for text in found.texts("values") if text]
    objects = found.heads["objects"].astype(np.int64)
    city = joined(
        columns[0][0], objects, [own for _, own in columns], found.array,
        b"\n".join(values).split(b"\n") if values else [], encoded=False, odd=bool(found.heads["odd"].any()),
    )  # fmt: skip
    return city, objects


def _read(files: list[str]) -> Files:
    sizes = [_size(file) for file in files]
    # more than is needed: memory that is never touched costs nothing
    room = np.empty(sum(sizes) // 8)
    small = np.empty(sum(sizes) // 8 + 2 * len(sizes) + 1, np.int64).view(np.uint8)
    starts = []
    # arrays lie at multiples of eight bytes behind the head
    start, used = -HEAD.size % 8, 0
    for file, size in zip(files, sizes, strict=True):
        length, count = _read_apart(file, size, small[start:].data, room[used:])
        starts.append(start)
        start += length + -length % 8
        used += count
    begins = np.array(starts, np.int64)
    heads = np.ascontiguousarray(small[begins[:, None] + np.arange(HEAD.size)]).view(_TABLE).ravel()
    return Files(begins, small, heads, room[:used])


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except FileNotFoundError as error:
        raise damaged(os.path.basename(file), "it is missing") from error


def _read_apart(file: str, size: int, small: memoryview, room: NDArray[np.float64]) -> tuple[int, int]:
    """Read a block into the beginning of ``small``, its coordinates into that of ``room``; bytes and numbers read."""
    number = os.open(file, os.O_RDONLY)
    try:
        head = os.pread(number, HEAD.size, 0)
        require_mark(head, os.path.basename(file))
        place, count = _COORDINATES.unpack_from(head, _COORDINATES_AT)
        if place < HEAD.size or place + 8 * count != size:
            raise damaged(os.path.basename(file), "its length does not fit")
        small, xyz = small[:place], room[:count].data
        os.preadv(number, [small, xyz], 0)
    finally:
        os.close(number)
    checksum = xxh3_64(small[SEALED:])
    checksum.update(xyz)
    if checksum.intdigest() != int.from_bytes(head[8:SEALED], "little"):
        raise damaged(os.path.basename(file), "its checksum does not fit")
    return place, count
