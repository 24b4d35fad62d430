"""Everything in a GLB file of buildings or trees, read by the letter of the standards and without the writer's help."""

import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
COLUMNS = {"INT8": "i1", "UINT8": "u1", "INT16": "i2", "UINT16": "u2", "INT32": "i4", "UINT32": "u4", "FLOAT32": "f4"}


@dataclass(frozen=True)
class Contents:
    """All triangles of a file in east, north, up, what they are, and the property tables."""

    gltf: dict[str, Any]
    points: NDArray[np.float64]
    triangles: NDArray[np.int64]
    feature: NDArray[np.int64]
    meaning: NDArray[np.int64]
    tables: list[dict[str, list[Any]]]

    def areas(self) -> NDArray[np.float64]:
        """Area of each triangle. [m²]"""
        a, b, c = (self.points[self.triangles[:, i]] for i in range(3))
        return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2

    def volume(self) -> float:
        """Volume the triangles enclose. [m³]"""
        a, b, c = (self.points[self.triangles[:, i]] - self.points.mean(axis=0) for i in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and binary part of a GLB file."""
    magic, version, length = struct.unpack_from("<III", data)
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    head_length, head_type = struct.unpack_from("<II", data, 12)
    body_length, body_type = struct.unpack_from("<II", data, 20 + head_length)
    assert (head_type, body_type) == (0x4E4F534A, 0x004E4942)
    assert head_length % 4 == body_length % 4 == 0
    assert 28 + head_length + body_length == length
    return json.loads(data[20 : 20 + head_length]), data[28 + head_length :]


def read_contents(data: bytes) -> Contents:
    gltf, body = split(data)
    points, triangles, feature, meaning = [], [], [], []
    start = 0
    for node in gltf["nodes"]:
        for primitive in gltf["meshes"][node["mesh"]]["primitives"]:
            at = accessor(gltf, body, primitive["attributes"]["POSITION"]) * node.get("scale", [1, 1, 1])
            at = at + node.get("translation", [0, 0, 0])
            points.append(np.column_stack([at[:, 0], -at[:, 2], at[:, 1]]))
            corners = accessor(gltf, body, primitive["indices"]).astype(np.int64).reshape(-1, 3)
            triangles.append(corners + start)
            start += len(at)
            for name, into in (("_FEATURE_ID_0", feature), ("_FEATURE_ID_1", meaning)):
                if name in primitive["attributes"]:
                    into.append(accessor(gltf, body, primitive["attributes"][name])[:, 0].astype(np.int64))
    empty = [np.zeros(0, np.int64)]
    return Contents(
        gltf, np.concatenate(points), np.concatenate(triangles), np.concatenate(feature or empty),
        np.concatenate(meaning or empty), tables(gltf, body),
    )  # fmt: skip


def instances(data: bytes) -> dict[str, NDArray[np.float64]]:
    """Attributes of all instances of a file; TRANSLATION in east, north, up with the node's own added."""
    gltf, body = split(data)
    found: dict[str, list[NDArray[np.float64]]] = {}
    for node in gltf["nodes"]:
        for name, index in node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"].items():
            values = accessor(gltf, body, index)
            if name == "TRANSLATION":
                values = values + node.get("translation", [0, 0, 0])
                values = np.column_stack([values[:, 0], -values[:, 2], values[:, 1]])
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def tables(gltf: dict[str, Any], body: bytes) -> list[dict[str, list[Any]]]:
    """Property tables as lists by column name."""
    extension = gltf.get("extensions", {}).get("EXT_structural_metadata", {})
    found = []
    for table in extension.get("propertyTables", []):
        described = extension["schema"]["classes"][table["class"]]["properties"]
        columns = {}
        for name, stored in table["properties"].items():
            values = _view(gltf, body, stored["values"])
            if described[name]["type"] == "STRING":
                offsets = np.frombuffer(_view(gltf, body, stored["stringOffsets"]), np.uint32)
                assert len(offsets) == table["count"] + 1
                assert offsets[-1] == len(values), "a string buffer must not be padded"
                columns[name] = [values[a:b].decode() for a, b in pairwise(offsets.tolist())]
            else:
                columns[name] = np.frombuffer(values, "<" + COLUMNS[described[name]["componentType"]]).tolist()
            assert len(columns[name]) == table["count"]
        found.append(columns)
    return found


def accessor(gltf: dict[str, Any], body: bytes, index: int) -> NDArray[np.float64]:
    """Values of an accessor, shape (count, width)."""
    described = gltf["accessors"][index]
    view = gltf["bufferViews"][described["bufferView"]]
    dtype, width = np.dtype(TYPES[described["componentType"]]), WIDTHS[described["type"]]
    stride = view.get("byteStride", dtype.itemsize * width)
    raw = np.frombuffer(body, np.uint8, view["byteLength"], view["byteOffset"])
    rows = np.zeros(described["count"] * stride, np.uint8)
    rows[: len(raw)] = raw[: len(rows)]
    used = np.ascontiguousarray(rows.reshape(-1, stride)[:, : dtype.itemsize * width])
    values = used.view(dtype).reshape(-1, width).astype(np.float64)
    return values / np.iinfo(dtype).max if described.get("normalized") else values


def _view(gltf: dict[str, Any], body: bytes, index: int) -> bytes:
    view = gltf["bufferViews"][index]
    assert view["byteOffset"] % 8 == 0
    return body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
