"""A small independent reader of GLB files, for tests."""

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Piece:
    """One drawn mesh in east, north, up."""

    positions: NDArray[np.float64]
    normals: NDArray[np.float64]
    uv: NDArray[np.float64]
    triangles: NDArray[np.int64]
    picture: bytes


def read_pieces(data: bytes) -> list[Piece]:
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    head_length = struct.unpack_from("<I", data, 12)[0]
    head = json.loads(data[20 : 20 + head_length])
    body = data[28 + head_length :]
    pieces = []
    for node in head["nodes"]:
        for primitive in head["meshes"][node["mesh"]]["primitives"]:
            names = primitive["attributes"]
            at = _accessor(head, body, names["POSITION"]) * node.get("scale", [1, 1, 1])
            at = at + node.get("translation", [0, 0, 0])
            normals = _accessor(head, body, names["NORMAL"])
            material = head["materials"][primitive["material"]]["pbrMetallicRoughness"]
            image = head["images"][head["textures"][material["baseColorTexture"]["index"]]["source"]]
            view = head["bufferViews"][image["bufferView"]]
            start = view.get("byteOffset", 0)
            pieces.append(
                Piece(
                    np.column_stack([at[:, 0], -at[:, 2], at[:, 1]]),
                    np.column_stack([normals[:, 0], -normals[:, 2], normals[:, 1]]),
                    _accessor(head, body, names["TEXCOORD_0"]),
                    _accessor(head, body, primitive["indices"]).astype(np.int64).reshape(-1, 3),
                    body[start : start + view["byteLength"]],
                )
            )
    return pieces


def _accessor(head: dict[str, Any], body: bytes, index: int) -> NDArray[np.float64]:
    accessor = head["accessors"][index]
    view = head["bufferViews"][accessor["bufferView"]]
    dtype, width = np.dtype(TYPES[accessor["componentType"]]), WIDTHS[accessor["type"]]
    stride = view.get("byteStride", dtype.itemsize * width)
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    rows = [np.frombuffer(body, dtype, width, start + i * stride) for i in range(accessor["count"])]
    values = np.array(rows, np.float64)
    return values / np.iinfo(dtype).max if accessor.get("normalized") else values
