"""Geometry blocks: a piece of the city as one immutable file, named by its content.

A block is the arrays of a :class:`~kastor.city.model.City` one after the other behind a short
JSON header; reading is ``numpy.frombuffer`` on the bytes, no parsing. Offsets are stored as
counts in the narrowest integer that holds them, arrays of one repeated value as that value.
Attribute values are JSON, each distinct one once, separated by line feeds.

Layout: ``KASTORB1``, CRC-32 of all that follows, header length (two little-endian u32), the
header padded to 8 bytes, the arrays each padded to 8 bytes. The file's name is the SHA-256 of
the whole file, which any operating system can check.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.model import City, Column, Json, empty_city
from kastor.city.strings import Strings
from kastor.store.errors import DamagedFile

MAGIC = b"KASTORB1"
_HEAD = struct.Struct("<8sII")
_ODD = b" "
"""Begins a value that only the slow JSON reader gives back as it was."""
_SPARSE = 0.4
"""Columns filled less than this are stored as positions and codes."""

Array = NDArray[Any]
T = TypeVar("T", bound=np.generic)

_COUNTS = {
    "surface_offsets": "surfaces",
    "polygon_offsets": "polygons",
    "ring_offsets": "rings",
    "vertex_offsets": "vertices",
}
_PLAIN = ("kind", "semantic", "lod", "solid", "shell")


@dataclass(frozen=True, eq=False)
class Block:
    """
    A read block whose arrays still lie in the file's bytes.

    Parameters
    ----------
    crs
        Reference system.
    objects
        Number of objects.
    odd
        Whether some values need the slow JSON reader (NaN, very large integers, broken Unicode).
    arrays
        Narrow arrays by name.
    columns
        Name, JSON values, positions (None for all objects) and codes of each attribute.
    """

    crs: str
    objects: int
    odd: bool
    arrays: dict[str, Array]
    columns: list[tuple[str, list[bytes], Array | None, Array]]


def pack(city: City) -> bytes:
    """
    A city as the bytes of a block; :func:`unpack` gives back the same city, bit for bit.

    Examples
    --------
    >>> from kastor.city.sample import four_houses
    >>> len(unpack(pack(four_houses())))
    10
    """
    return pack_encoded(encode(city))


def unpack(data: bytes, name: str = "block") -> City:
    """
    The city in a block.

    Raises
    ------
    DamagedFile
        When the bytes are not what :func:`pack` made; ``name`` says which file that is.
    """
    return join([parse(data, name)])


def encode(city: City) -> City:
    """The same city with every attribute value as JSON bytes, ready for :func:`pack_encoded`."""
    columns = {
        name: Column(cast("tuple[Json, ...]", tuple(dump(v) for v in column.values)), column.codes)
        for name, column in city.attributes.items()
    }
    return replace(city, attributes=columns)


def decode(city: City, names: Collection[str] | None = None) -> City:
    """The city of an encoded one; with ``names`` only these attributes."""
    columns = {
        name: Column(tuple(_load(cast("list[bytes]", list(column.values)), odd=True)), column.codes)
        for name, column in city.attributes.items()
        if names is None or name in names
    }
    return replace(city, attributes=columns)


def pack_encoded(city: City) -> bytes:
    """Bytes of a block from a city whose attribute values are JSON bytes already."""
    arrays: list[tuple[str, Array]] = [(name, getattr(city, name)) for name in _PLAIN]
    arrays += [(short, _counts(getattr(city, name))) for name, short in _COUNTS.items()]
    for name, strings in (("ids", city.ids), ("surface_ids", city.surface_ids)):
        arrays += [(f"{name}.data", strings.data), (f"{name}.counts", _counts(strings.offsets))]
    arrays += [("parent", city.parent), ("xyz", city.xyz.ravel())]
    table: list[tuple[str, int, int]] = []
    values: list[bytes] = []
    codes: list[Array] = []
    places: list[Array] = []
    for name, column in city.attributes.items():
        values += cast("tuple[bytes, ...]", column.values)
        present = np.flatnonzero(column.codes >= 0)
        sparse = len(present) < _SPARSE * len(city)
        codes.append(column.codes[present] if sparse else column.codes)
        if sparse:
            places.append(present)
        table.append((name, len(column.values), len(present) if sparse else -1))
    text = b"\n".join(values)
    arrays += [("codes", _joined(codes)), ("places", _joined(places)), ("values", np.frombuffer(text, np.uint8))]
    header = {"crs": city.crs, "objects": len(city), "odd": _is_odd(text), "columns": table}
    return _assemble(header, arrays)


def in_one_way(city: City) -> City:
    """An encoded city with columns and values in alphabetical order, so that the same content is the same bytes."""
    columns = {}
    for name, column in sorted(city.attributes.items()):
        values = list(cast("tuple[bytes, ...]", column.values))
        ordered = sorted(values)
        if ordered != values:
            place = {value: i for i, value in enumerate(ordered)}
            rank = np.array([*(place[value] for value in values), -1], np.int32)
            column = Column(cast("tuple[Json, ...]", tuple(ordered)), rank[column.codes])
        columns[name] = column
    return replace(city, attributes=columns)


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate(arrays) if arrays else np.zeros(0, np.int32)


def _assemble(header: dict[str, Any], arrays: Iterable[tuple[str, Array]]) -> bytes:
    table = []
    pieces: list[bytes] = []
    position = 0
    for name, array in arrays:
        if _is_constant(array):
            table.append((name, "", len(array), int(array[0])))
            continue
        stored = _narrow(array)
        data = stored.tobytes()
        pad = -len(data) % 8
        table.append((name, stored.dtype.str, len(array), position))
        pieces += (data, bytes(pad))
        position += len(data) + pad
    head = orjson.dumps({**header, "arrays": table})
    head += b" " * (-(len(head) + _HEAD.size) % 8)
    body = b"".join([head, *pieces])
    checksum = zlib.crc32(body, zlib.crc32(struct.pack("<I", len(head))))
    return _HEAD.pack(MAGIC, checksum, len(head)) + body


def _is_constant(array: Array) -> bool:
    if not len(array) or array.dtype == np.float64 or array[0] != array[-1]:
        return False
    return bool((array == array[0]).all())


_INTEGERS = [
    (int(np.iinfo(kind).min), int(np.iinfo(kind).max), np.dtype(kind).newbyteorder("<"))
    for kind in (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.int64)
]


def _narrow(array: Array) -> Array:
    """The same numbers, little-endian, integers in the narrowest type that holds them."""
    if array.dtype.kind == "f" or not len(array):
        return array.astype("<f8" if array.dtype.kind == "f" else "|u1", copy=False)
    if array.dtype.itemsize == 1:
        return array
    low, high = int(array.min()), int(array.max())
    return array.astype(next(dtype for least, most, dtype in _INTEGERS if least <= low and high <= most))


def parse(data: bytes, name: str = "block") -> Block:
    """
    Find the arrays in the bytes of a block.

    Raises
    ------
    DamagedFile
        When length, mark or checksum do not fit.
    """
    if len(data) < _HEAD.size:
        raise _damaged(name, f"it has {len(data)} bytes")
    magic, checksum, length = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise _damaged(name, f"it begins with {magic!r}, not {MAGIC!r}")
    if zlib.crc32(memoryview(data)[_HEAD.size - 4 :]) != checksum:
        raise _damaged(name, "its checksum does not fit")
    header = orjson.loads(memoryview(data)[_HEAD.size : _HEAD.size + length])
    start = _HEAD.size + length
    arrays: dict[str, Array] = {}
    for label, dtype, count, at in header["arrays"]:
        arrays[label] = np.frombuffer(data, dtype, count, start + at) if dtype else np.broadcast_to(np.int64(at), count)
    return Block(header["crs"], header["objects"], header["odd"], arrays, _columns(header, arrays))


def _columns(header: dict[str, Any], arrays: dict[str, Array]) -> list[tuple[str, list[bytes], Array | None, Array]]:
    values = arrays["values"].astype(np.uint8, copy=False).tobytes().split(b"\n")
    found: list[tuple[str, list[bytes], Array | None, Array]] = []
    value = code = place = 0
    for name, count, sparse in header["columns"]:
        size = header["objects"] if sparse < 0 else sparse
        positions = None if sparse < 0 else arrays["places"][place : place + size]
        found.append((name, values[value : value + count], positions, arrays["codes"][code : code + size]))
        value, code, place = value + count, code + size, place + max(sparse, 0)
    return found


def join(found: Sequence[Block], encoded: bool = False) -> City:
    """
    One city of some blocks, one after the other.

    Parameters
    ----------
    encoded
        Leave the attribute values JSON bytes.
    """
    if not found:
        return empty_city()

    def all_of(name: str, dtype: type[T]) -> NDArray[T]:
        return np.concatenate([b.arrays[name] for b in found], dtype=dtype, casting="unsafe")

    def offsets(name: str) -> NDArray[np.int64]:
        return _offsets(all_of(name, np.int64))

    sizes = np.array([b.objects for b in found])
    parent = all_of("parent", np.int32)
    parent += np.where(parent < 0, 0, np.repeat(np.cumsum(sizes) - sizes, sizes)).astype(np.int32)
    return City(
        crs=found[0].crs,
        ids=Strings(all_of("ids.data", np.uint8), offsets("ids.counts")),
        kind=all_of("kind", np.uint8),
        parent=parent,
        attributes=_join_columns(found, encoded),
        surface_offsets=offsets("surfaces"),
        surface_ids=Strings(all_of("surface_ids.data", np.uint8), offsets("surface_ids.counts")),
        semantic=all_of("semantic", np.uint8),
        lod=all_of("lod", np.uint8),
        polygon_offsets=offsets("polygons"),
        solid=all_of("solid", np.int16),
        shell=all_of("shell", np.int16),
        ring_offsets=offsets("rings"),
        vertex_offsets=offsets("vertices"),
        xyz=all_of("xyz", np.float64).reshape(-1, 3),
    )


def _join_columns(found: Sequence[Block], encoded: bool) -> dict[str, Column]:
    total = sum(b.objects for b in found)
    tables: dict[str, dict[bytes, int]] = {}
    codes: dict[str, NDArray[np.int32]] = {}
    start = 0
    for block in found:
        for name, values, positions, own in block.columns:
            if name not in tables:
                tables[name] = {}
                codes[name] = np.full(total, -1, np.int32)
            known = tables[name]
            new = [known.setdefault(v, len(known)) for v in values]
            target = codes[name][start : start + block.objects]
            # code -1 (absent) picks the last entry
            translated = np.array([*new, -1], np.int32)[own]
            if positions is None:
                target[:] = translated
            else:
                target[positions] = translated
        start += block.objects
    odd = any(b.odd for b in found)
    return {
        name: Column(cast("tuple[Json, ...]", tuple(known) if encoded else tuple(_load(list(known), odd))), codes[name])
        for name, known in tables.items()
    }


def as_block(city: City) -> Block:
    """An encoded city in memory as a block, for :func:`join`."""
    arrays: dict[str, Array] = {name: getattr(city, name) for name in (*_PLAIN, "parent")}
    arrays |= {short: _counts(getattr(city, name)) for name, short in _COUNTS.items()}
    for name, strings in (("ids", city.ids), ("surface_ids", city.surface_ids)):
        arrays |= {f"{name}.data": strings.data, f"{name}.counts": _counts(strings.offsets)}
    arrays["xyz"] = city.xyz.ravel()
    columns: list[tuple[str, list[bytes], Array | None, Array]] = [
        (name, cast("list[bytes]", list(column.values)), None, column.codes) for name, column in city.attributes.items()
    ]
    return Block(city.crs, len(city), False, arrays, columns)


def ids_of(block: Block) -> list[str]:
    """Ids of the objects of a block."""
    data = block.arrays["ids.data"].astype(np.uint8, copy=False)
    return Strings(data, _offsets(block.arrays["ids.counts"])).tolist()


def write(directory: Path, data: bytes) -> tuple[str, Path | None]:
    """
    Store a block below ``directory``.

    It is not yet forced to the disk.

    Returns
    -------
    name
        Hash of the content, see :func:`path_of`.
    file
        The new file; None when the same block is there already.
    """
    name = hashlib.sha256(data).hexdigest()
    target = path_of(directory, name)
    with suppress(FileNotFoundError):
        if target.stat().st_size == len(data):
            return name, None
    # nobody knows the name before the database says so: no need to write aside and rename
    try:
        target.write_bytes(data)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return name, target


def path_of(directory: Path, name: str) -> Path:
    """File of a block."""
    return directory / f"{name}.block"


def read(directory: Path, name: str) -> Block:
    """
    A block from its file.

    Raises
    ------
    DamagedFile
        When it is missing or not what was written.
    """
    file = path_of(directory, name)
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise _damaged(file.name, "it is missing") from error
    return parse(data, file.name)


def _counts(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    return offsets[1:] - offsets[:-1]


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def dump(value: Json) -> bytes:
    """A value as JSON bytes that :func:`join` turns back into the same value."""
    try:
        text = orjson.dumps(value)
        # orjson writes NaN as null, and so gives it away
        if b"null" in text:
            json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return _ODD + json.dumps(value).encode()
    return text


def _is_odd(text: bytes) -> bool:
    return text.startswith(_ODD) or b"\n" + _ODD in text


def _load(values: list[bytes], odd: bool) -> list[Json]:
    text = b"[" + b",".join(values) + b"]"
    found: list[Json] = json.loads(text) if odd else orjson.loads(text)
    return found


def _damaged(name: str, why: str) -> DamagedFile:
    return DamagedFile(
        f"The file {name} of the twin is damaged: {why}. Restore it from a backup or load its data again."
    )
