"""What a builder of tiles hands over: the bytes to draw, the box they fill and what coarser tiles are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

ToLocal: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From map coordinates to the local frame (east, north, up), both of shape (n, 3). [m]"""


@dataclass(frozen=True, eq=False)
class Tile:
    """
    One tile.

    Parameters
    ----------
    content
        A GLB file.
    box
        Least and greatest east, north, up in the local frame, shape (6,). [m]
    coarse
        What the tile above is made from, in whatever form its layer packs it; empty when nothing.
    """

    content: bytes
    box: NDArray[np.float64]
    coarse: bytes = b""


def box_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least and greatest coordinates of some points, shape (6,). [m]"""
    # by column: along rows of three numpy takes several times as long
    columns = [np.ascontiguousarray(points[:, axis]) for axis in range(3)]
    return np.array([*(c.min() for c in columns), *(c.max() for c in columns)])


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """
    Some arrays as bytes.

    Examples
    --------
    >>> unpack(pack({"height": np.array([3.0, 6.0])}))["height"].tolist()
    [3.0, 6.0]
    """
    head = orjson.dumps([[name, array.dtype.str, array.shape] for name, array in arrays.items()])
    head += b" " * (-(len(head) + 8) % 8)
    parts = [len(head).to_bytes(8, "little"), head]
    for array in arrays.values():
        data = np.ascontiguousarray(array).tobytes()
        parts += [data, b"\0" * (-len(data) % 8)]
    return b"".join(parts)


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of :func:`pack`, read-only."""
    at = 8 + int.from_bytes(data[:8], "little")
    arrays = {}
    for name, dtype, shape in orjson.loads(data[8:at]):
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(data, np.dtype(dtype), count, at).reshape(shape)
        at += arrays[name].nbytes + -arrays[name].nbytes % 8
    return arrays
