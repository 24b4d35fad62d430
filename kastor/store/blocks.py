"""Geometry blocks: a piece of the city as one immutable file, named by its content.

A block is the arrays of a :class:`~kastor.city.model.City` one after the other behind a head of
fixed length that says where each is; nothing is parsed. Offsets are stored as counts in the narrowest
integer that holds them, arrays of one repeated value as that value. Attributes are columns of
JSON values, see ``block_columns.py``. Coordinates come last, so that they can be read from many files
straight to where they stay.

Layout: ``KASTORB2``, XXH3 of all that follows (u64), number of objects (u32), whether values need the
slow JSON reader (u8), then place (or value, i64), length (u32) and type (u8) of each array of ``ARRAYS``,
little-endian without gaps; then the arrays, all but the last padded to 8 bytes. The file's name is the SHA-256
of the whole file, which any operating system can check.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np
import orjson
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from kastor.city.model import City, Column, Json, empty_city
from kastor.city.strings import Strings
from kastor.store import block_columns
from kastor.store.block_columns import Columns, columns_of
from kastor.store.errors import DamagedFile

MAGIC = b"KASTORB2"
_ODD = b" "
"""Begins a value that only the slow JSON reader gives back as it was."""

Array = NDArray[Any]
T = TypeVar("T", bound=np.generic)

_COUNTS = {
    "surface_offsets": "surfaces",
    "polygon_offsets": "polygons",
    "ring_offsets": "rings",
    "vertex_offsets": "vertices",
}
_PLAIN = ("kind", "semantic", "lod", "solid", "shell")
ARRAYS = (
    *_PLAIN, *_COUNTS.values(), "ids.data", "ids.counts", "surface_ids.data", "surface_ids.counts", "parent",
    "codes", "places", "counts", "values", "names", "xyz",
)  # fmt: skip
_NUMBER = {name: i for i, name in enumerate(ARRAYS)}
TYPES = tuple(np.dtype(name) for name in ("|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<f8"))
_CODES = {kind: i for i, kind in enumerate(TYPES)}
CONSTANT = 255
HEAD = struct.Struct("<8sQIB" + "qIB" * len(ARRAYS) + "3x")
SEALED = 16
"""Bytes the checksum does not cover: the mark and itself."""


@dataclass(frozen=True, eq=False)
class Block:
    """
    A piece of a city, either in the bytes of a file or in memory.

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
        Its attributes.
    """

    crs: str
    objects: int
    odd: bool
    arrays: Mapping[str, Array]
    columns: Columns


class _Stored(Mapping[str, Array]):
    """Arrays in the bytes of a block, found when they are asked for."""

    __slots__ = ("_data", "_head")

    def __init__(self, data: bytes | bytearray, head: tuple[Any, ...]) -> None:
        self._data = data
        self._head = head

    def __getitem__(self, name: str) -> Array:
        at = 4 + 3 * _NUMBER[name]
        place, count, kind = self._head[at : at + 3]
        if kind == CONSTANT:
            return np.full(count, place, np.int64)
        return np.frombuffer(self._data, TYPES[kind], count, place)

    def __iter__(self) -> Iterator[str]:
        return iter(ARRAYS)

    def __len__(self) -> int:
        return len(ARRAYS)


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
    columns = columns_of(city)
    text = b"\n".join(columns.listed())
    arrays = _arrays_of(city) | {
        "codes": columns.codes,
        "places": columns.places,
        "counts": columns.counts.ravel(),
        "values": np.frombuffer(text, np.uint8),
        "names": np.frombuffer(orjson.dumps([city.crs, *columns.names]), np.uint8),
    }
    head: list[int] = []
    pieces: list[bytes] = []
    place = HEAD.size
    for name in ARRAYS:
        array = arrays[name]
        if _is_constant(array):
            head += (int(array[0]), len(array), CONSTANT)
            continue
        stored = _narrow(array)
        data = stored.tobytes()
        pad = -len(data) % 8 if name != "xyz" else 0
        head += (place, len(array), _CODES[stored.dtype])
        pieces += (data, bytes(pad))
        place += len(data) + pad
    begin = HEAD.pack(MAGIC, 0, len(city), _is_odd(text), *head)
    body = b"".join([begin[SEALED:], *pieces])
    return MAGIC + xxh3_64_intdigest(body).to_bytes(8, "little") + body


def _arrays_of(city: City) -> dict[str, Array]:
    arrays: dict[str, Array] = {name: getattr(city, name) for name in (*_PLAIN, "parent")}
    arrays |= {short: _counts(getattr(city, name)) for name, short in _COUNTS.items()}
    for name, strings in (("ids", city.ids), ("surface_ids", city.surface_ids)):
        arrays |= {f"{name}.data": strings.data, f"{name}.counts": _counts(strings.offsets)}
    arrays["xyz"] = city.xyz.ravel()
    return arrays


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


def _is_constant(array: Array) -> bool:
    if not len(array) or array.dtype == np.float64 or array[0] != array[-1]:
        return False
    return bool((array == array[0]).all())


_INTEGERS = [(int(np.iinfo(kind).min), int(np.iinfo(kind).max), kind) for kind in TYPES if kind.kind != "f"]


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
    require_mark(data, name)
    if xxh3_64_intdigest(memoryview(data)[SEALED:]) != int.from_bytes(data[8:SEALED], "little"):
        raise damaged(name, "its checksum does not fit")
    return _found(data)


def require_mark(head: bytes, name: str) -> None:
    """Refuse what does not begin as a block does."""
    if len(head) < HEAD.size:
        raise damaged(name, f"it has {len(head)} bytes")
    if head[:8] != MAGIC:
        raise damaged(name, f"it begins with {bytes(head[:8])!r}, not {MAGIC!r}")


def _found(data: bytes | bytearray) -> Block:
    head = HEAD.unpack_from(data)
    arrays = _Stored(data, head)
    crs, names = named(arrays["names"].tobytes())
    columns = Columns(
        head[2], names, arrays["counts"].reshape(-1, 2), arrays["values"].astype(np.uint8, copy=False).tobytes(),
        arrays["codes"], arrays["places"],
    )  # fmt: skip
    return Block(crs, head[2], bool(head[3]), arrays, columns)


@lru_cache(maxsize=4096)
def named(text: bytes) -> tuple[str, tuple[str, ...]]:
    """Reference system and names of columns, from the array ``names``."""
    crs, *names = orjson.loads(text)
    return crs, tuple(names)


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

    def array(name: str, dtype: type[T]) -> NDArray[T]:
        parts = [getattr(b.columns, name).ravel() if name in _OF_COLUMNS else b.arrays[name] for b in found]
        return np.concatenate(parts, dtype=dtype, casting="unsafe")

    return joined(
        found[0].crs, np.array([b.objects for b in found]), [b.columns.names for b in found], array,
        [value for b in found for value in b.columns.listed()], encoded, any(b.odd for b in found),
    )  # fmt: skip


_OF_COLUMNS = ("counts", "codes", "places")


class Arrays(Protocol):
    """The arrays of a name of all blocks, one after the other; a new array."""

    def __call__(self, name: str, dtype: type[T], /) -> NDArray[T]:
        """Those of one name."""


def joined(
    crs: str, objects: NDArray[np.int64], names: Sequence[tuple[str, ...]], array: Arrays, values: list[bytes],
    encoded: bool, odd: bool,
) -> City:  # fmt: skip
    """
    One city of some blocks, however they are kept.

    Parameters
    ----------
    crs
        Reference system.
    objects, names
        Number of objects of each block, and the names of its columns.
    array
        Gives the arrays of the blocks.
    values
        Attribute values of all blocks.
    encoded
        Leave them JSON bytes.
    odd
        Whether some of them need the slow JSON reader.
    """

    def offsets(name: str) -> NDArray[np.int64]:
        return _offsets(array(name, np.int32))

    parent = array("parent", np.int32)
    parent += np.where(parent < 0, 0, np.repeat(np.cumsum(objects) - objects, objects)).astype(np.int32)
    columns: dict[str, tuple[list[Any], NDArray[np.int32]]] = dict(
        block_columns.join(
            names, objects, array("counts", np.int64).reshape(-1, 2), values, array("codes", np.int32),
            array("places", np.int64),
        )
    )  # fmt: skip
    if not encoded:
        columns = {name: (_load(listed, odd), codes) for name, (listed, codes) in columns.items()}
    return City(
        crs=crs,
        ids=Strings(array("ids.data", np.uint8), offsets("ids.counts")),
        kind=array("kind", np.uint8),
        parent=parent,
        attributes={name: Column(tuple(listed), codes) for name, (listed, codes) in columns.items()},
        surface_offsets=offsets("surfaces"),
        surface_ids=Strings(array("surface_ids.data", np.uint8), offsets("surface_ids.counts")),
        semantic=array("semantic", np.uint8),
        lod=array("lod", np.uint8),
        polygon_offsets=offsets("polygons"),
        solid=array("solid", np.int16),
        shell=array("shell", np.int16),
        ring_offsets=offsets("rings"),
        vertex_offsets=offsets("vertices"),
        xyz=array("xyz", np.float64).reshape(-1, 3),
    )


def as_block(city: City) -> Block:
    """An encoded city in memory as a block, for :func:`join`."""
    return Block(city.crs, len(city), False, _arrays_of(city), columns_of(city, dense=True))


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
        raise damaged(file.name, "it is missing") from error
    return parse(data, file.name)


def _counts(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    return offsets[1:] - offsets[:-1]


def _offsets(counts: NDArray[np.integer]) -> NDArray[np.int64]:
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


def damaged(name: str, why: str) -> DamagedFile:
    """The error of a file that is not what was written."""
    return DamagedFile(
        f"The file {name} of the twin is damaged: {why}. Restore it from a backup or load its data again."
    )
