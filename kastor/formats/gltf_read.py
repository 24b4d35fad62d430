"""Models in glTF 2.0, as GLB or as one file with its buffers inside: triangles with their place in the model.

Only what stands somewhere is read: meshes of triangles, moved by the nodes above them. Materials, pictures, skins and
animation are passed over; what is packed in a way that needs another program (Draco, meshopt) is refused.

References
----------
.. [1] glTF 2.0, ISO/IEC 12113:2022.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.formats.errors import FormatError, NoData

Json = dict[str, Any]

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_PACKED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")
_DEEPEST = 64
_MAGIC = 0x46546C67
_TRIANGLES, _STRIP, _FAN = 4, 5, 6

MOST_VALUES = 30_000_000
"""Numbers one file may hold."""


@dataclass(frozen=True, eq=False)
class Model:
    """
    A drawn model.

    Parameters
    ----------
    points
        East, north, up in the units of the file, shape (n, 3).
    triangles
        Three points each, shape (m, 3).
    names
        Of its nodes, as far as they have any.
    generator
        The program that wrote it.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.int64]
    names: tuple[str, ...]
    generator: str


def read(content: bytes, name: str = "model.glb") -> Model:
    """
    Read a model.

    Parameters
    ----------
    name
        Of the file, for messages.

    Raises
    ------
    FormatError
        When it is no glTF, is packed, or refers to other files.
    NoData
        When it has no triangles.
    """
    head, body = _split(content, name)
    packed = [one for one in head.get("extensionsRequired", ()) if one in _PACKED]
    if packed:
        raise FormatError(name, f"The model is packed with {packed[0]}.", "Export it without compression.")
    try:
        pieces = list(_pieces(head, _buffers(head, body, name)))
    except (KeyError, IndexError, TypeError, ValueError, struct.error) as error:
        raise FormatError(name, f"The model is damaged ({error}).", "Export it again.") from error
    if not pieces:
        raise NoData(name, "The model has no triangles.", "Export the surfaces, not lines or points.")
    starts = np.cumsum([0] + [len(points) for points, _ in pieces[:-1]])
    points = np.concatenate([points for points, _ in pieces])
    triangles = np.concatenate([corners + start for (_, corners), start in zip(pieces, starts, strict=True)])
    if not np.isfinite(points).all():
        raise FormatError(name, "The model has coordinates that are no numbers.", "Export it again.")
    names = tuple(str(node["name"]) for node in head.get("nodes", ()) if node.get("name"))
    # glTF is y-up: x east, y up, z south
    return Model(points[:, [0, 2, 1]] * (1.0, -1.0, 1.0), triangles, names, str(head["asset"].get("generator", "")))


def _split(content: bytes, name: str) -> tuple[Json, bytes]:
    """The document and the binary part."""
    text, body = content, b""
    if len(content) >= 20 and struct.unpack_from("<I", content)[0] == _MAGIC:
        size = struct.unpack_from("<I", content, 12)[0]
        text, body = content[20 : 20 + size], content[28 + size :]
    try:
        head = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FormatError(name, f"It is no glTF ({error}).", "Give a .glb or .gltf file of version 2.0.") from error
    if not isinstance(head, dict) or str(head.get("asset", {}).get("version", "")).split(".")[0] != "2":
        raise FormatError(name, "It is no glTF 2.0.", "Give a .glb or .gltf file of version 2.0.")
    return head, body


def _buffers(head: Json, body: bytes, name: str) -> list[bytes]:
    found = []
    for buffer in head.get("buffers", ()):
        uri = buffer.get("uri")
        if uri is None:
            found.append(body)
        elif str(uri).startswith("data:"):
            try:
                found.append(base64.b64decode(str(uri).partition(",")[2], validate=True))
            except binascii.Error as error:
                raise FormatError(name, f"A buffer is damaged ({error}).", "Export it again.") from error
        else:
            raise FormatError(name, f"It refers to the file {str(uri)[:60]!r}.", "Export it as one file (.glb).")
    return found


def _pieces(head: Json, buffers: list[bytes]) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    nodes = head.get("nodes", [])
    scenes = head.get("scenes", [])
    below = {child for node in nodes for child in node.get("children", ())}
    roots = scenes[head.get("scene", 0)]["nodes"] if scenes else [i for i in range(len(nodes)) if i not in below]
    todo = [(number, np.eye(4), 0) for number in roots]
    while todo:
        number, above, depth = todo.pop()
        if depth > _DEEPEST:
            raise ValueError("nodes are nested without end")
        node = nodes[number]
        matrix = above @ _matrix(node)
        todo += [(child, matrix, depth + 1) for child in node.get("children", ())]
        if "mesh" in node:
            for primitive in head["meshes"][node["mesh"]]["primitives"]:
                yield from _piece(head, buffers, primitive, matrix)


def _piece(
    head: Json, buffers: list[bytes], primitive: Json, matrix: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    mode = primitive.get("mode", _TRIANGLES)
    if mode not in (_TRIANGLES, _STRIP, _FAN) or "POSITION" not in primitive["attributes"]:
        return
    own = _accessor(head, buffers, primitive["attributes"]["POSITION"])
    index = primitive.get("indices")
    run = np.arange(len(own)) if index is None else _accessor(head, buffers, index)[:, 0].astype(np.int64)
    corners = _corners(run, mode)
    if len(corners) and (corners.min() < 0 or corners.max() >= len(own)):
        raise ValueError("a triangle names a point there is not")
    if np.linalg.det(matrix[:3, :3]) < 0:
        corners = corners[:, ::-1]
    yield own @ matrix[:3, :3].T + matrix[:3, 3], corners


def _corners(run: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    if mode == _TRIANGLES:
        return run[: len(run) // 3 * 3].reshape(-1, 3)
    if mode == _FAN:
        return np.column_stack([np.full(max(len(run) - 2, 0), run[0]), run[1:-1], run[2:]])
    found = np.column_stack([run[:-2], run[1:-1], run[2:]])
    found[1::2] = found[1::2, ::-1]
    return found


def _matrix(node: Json) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    found = np.eye(4)
    found[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64)
    found[:3, 3] = node.get("translation", (0, 0, 0))
    return found


def _accessor(head: Json, buffers: list[bytes], number: int) -> NDArray[np.float64]:
    """Values of an accessor, shape (count, width)."""
    accessor = head["accessors"][number]
    if "sparse" in accessor:
        raise ValueError("sparse values are not read")
    dtype, width = np.dtype(_COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]]
    count = int(accessor["count"])
    if not 0 <= count * width <= MOST_VALUES:
        raise ValueError(f"{count} values are too many")
    view = head["bufferViews"][accessor["bufferView"]]
    start = int(view.get("byteOffset", 0)) + int(accessor.get("byteOffset", 0))
    row = dtype.itemsize * width
    stride = int(view.get("byteStride", row))
    buffer = buffers[view["buffer"]]
    if start < 0 or stride < row or start + (count - 1) * stride + row > len(buffer):
        raise ValueError("values lie outside of the file")
    values = np.ndarray((count, width), dtype, buffer, start, (stride, dtype.itemsize)).astype(np.float64)
    if accessor.get("normalized"):
        values /= np.iinfo(dtype).max
    return values
