"""Vector tiles (Mapbox Vector Tile 2.1): places with a few properties as one layer of a tile.

Coordinates come in units of the tile (0 to ``EXTENT``, y downwards); here they are rounded, written as
the commands of the format, and properties as indexes into shared lists of names and values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Units along the side of a tile."""

_POINT, _LINE, _AREA = 1, 2, 3
_MOVE, _DRAW, _CLOSE = 1, 2, 7
_TYPES = {0: _POINT, 1: _LINE, 3: _AREA, 4: _POINT, 5: _LINE, 6: _AREA}

Values = Mapping[str, str | float | int | bool]


def layer(name: str, shapes: NDArray[np.object_], properties: Iterable[Values], ids: Iterable[int]) -> bytes:
    """
    One layer of a tile.

    Parameters
    ----------
    shapes
        Points, lines and areas in tile units, shape (n,).
    properties, ids
        Of each shape.

    Returns
    -------
    bytes
        A whole tile of one layer; several of them one after the other are a tile of several layers. Empty when
        nothing of it can be seen.
    """
    keys: dict[str, int] = {}
    values: dict[tuple[type, Any], int] = {}
    features = []
    for shape, given, number in zip(shapes.tolist(), properties, ids, strict=True):
        kind, commands = _geometry(shape)
        if not commands:
            continue
        tags: list[int] = []
        for key, value in given.items():
            tags.append(keys.setdefault(key, len(keys)))
            tags.append(values.setdefault((type(value), value), len(values)))
        features.append(_number(1, number) + _packed(2, tags) + _number(3, kind) + _packed(4, commands))
    if not features:
        return b""
    body = [_bytes(1, name.encode()), *(_bytes(2, feature) for feature in features)]
    body += [_bytes(3, key.encode()) for key in keys]
    body += [_bytes(4, _value(value)) for _, value in values]
    body += [_number(5, EXTENT), _number(15, 2)]
    return _bytes(3, b"".join(body))


def _geometry(shape: Any) -> tuple[int, list[int]]:
    kind = _TYPES.get(int(shapely.get_type_id(shape)), 0)
    pen = np.zeros(2, np.int64)
    commands: list[int] = []
    for part in shapely.get_parts(shape).tolist() if kind else ():
        if kind == _AREA:
            rings = [shapely.get_exterior_ring(part), *shapely.get_rings(part)[1:].tolist()]
            for place, ring in enumerate(rings):
                points = _distinct(shapely.get_coordinates(ring)[:-1], closed=True)
                # clockwise on the screen, where y goes down, is outside; holes the other way round
                twice = _doubled_area(points)
                if len(points) < 3 or twice == 0:
                    if place == 0:
                        break
                    continue
                if (twice > 0) != (place == 0):
                    points = points[::-1]
                pen = _draw(commands, points, pen)
                commands.append(_CLOSE | 1 << 3)
        else:
            points = _distinct(shapely.get_coordinates(part), closed=False)
            if kind == _LINE and len(points) < 2:
                continue
            pen = _draw(commands, points, pen)
    if kind == _POINT and len(commands) > 3:
        commands = [_MOVE | len(commands) // 3 << 3, *(c for i, c in enumerate(commands) if i % 3)]
    return kind, commands


def _distinct(coordinates: NDArray[np.float64], closed: bool) -> NDArray[np.int64]:
    """Rounded points without repetitions."""
    points = np.rint(coordinates).astype(np.int64)
    if len(points) > 1:
        keep = np.r_[True, (points[1:] != points[:-1]).any(axis=1)]
        points = points[keep]
    if closed and len(points) > 1 and (points[0] == points[-1]).all():
        points = points[:-1]
    return points


def _doubled_area(points: NDArray[np.int64]) -> int:
    following = np.roll(points, -1, axis=0)
    return int((points[:, 0] * following[:, 1] - following[:, 0] * points[:, 1]).sum())


def _draw(commands: list[int], points: NDArray[np.int64], pen: NDArray[np.int64]) -> NDArray[np.int64]:
    steps: NDArray[np.int64] = points - np.vstack([pen, points[:-1]])
    zigzag = ((steps << 1) ^ (steps >> 63)).ravel().tolist()
    commands += [_MOVE | 1 << 3, *zigzag[:2]]
    if len(points) > 1:
        commands += [_DRAW | (len(points) - 1) << 3, *zigzag[2:]]
    last: NDArray[np.int64] = points[-1]
    return last


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _packed(field: int, values: list[int]) -> bytes:
    return _bytes(field, b"".join(map(_varint, values))) if values else b""


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return _number(7, int(value))
    if isinstance(value, int) and abs(value) < 2**62:
        return _number(6, value << 1 ^ value >> 63)
    if isinstance(value, (int, float)):
        return _varint(3 << 3 | 1) + struct.pack("<d", float(value))
    return _bytes(1, str(value).encode())
