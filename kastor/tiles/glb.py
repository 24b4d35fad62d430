"""Binary glTF (GLB) with feature ids and property tables, as 3D Tiles 1.1 wants its content.

One function, :func:`write_glb`, lays arrays into a file: meshes with optional quantised
positions (KHR_mesh_quantization), instances (EXT_mesh_gpu_instancing), feature ids
(EXT_mesh_features, EXT_instance_features), property tables (EXT_structural_metadata) and PNG
or JPEG textures. glTF is y-up: hand over x = east, y = up, z = -north, see :func:`y_up`.
Padding, strides, bounds and the list of used extensions are settled here and nowhere else.

References
----------
.. [1] glTF 2.0, ISO/IEC 12113:2022.
.. [2] OGC 3D Tiles 1.1, OGC 22-025r4, with EXT_mesh_features and EXT_structural_metadata.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from kastor.city.strings import Strings

Json = dict[str, Any]

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
PROPERTY_COMPONENTS = {"i1": "INT8", "u1": "UINT8", "i2": "INT16", "u2": "UINT16", "i4": "INT32", "u4": "UINT32",
                       "f4": "FLOAT32", "f8": "FLOAT64"}  # fmt: skip
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


@dataclass(frozen=True)
class Material:
    """
    How a surface looks.

    Parameters
    ----------
    color
        Linear red, green, blue, opacity, each 0..1; see :func:`linear_color`.
    texture
        Index into the textures of the file, drawn with ``TEXCOORD_0``; None for a plain colour.
    roughness
        0 mirror, 1 matt.
    double_sided
        Draw the back of each triangle too.
    blend
        Let what is behind shine through where the opacity is below 1.
    """

    color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    texture: int | None = None
    roughness: float = 1.0
    double_sided: bool = False
    blend: bool = False


@dataclass(frozen=True)
class FeatureIds:
    """
    What the numbers of an attribute ``_FEATURE_ID_n`` mean.

    Parameters
    ----------
    count
        How many different features the numbers tell apart.
    attribute
        The ``n`` of the attribute.
    table
        Index of the property table the numbers point into, None when there is no table.
    label
        Name by which a program finds this set of ids.
    """

    count: int
    attribute: int
    table: int | None = None
    label: str = ""


@dataclass(frozen=True, eq=False)
class Primitive:
    """
    Triangles drawn in one call.

    Parameters
    ----------
    attributes
        By glTF name: ``POSITION`` (n, 3) float32 or uint16, ``NORMAL`` (n, 3) float32 or int8, ``TEXCOORD_0`` (n, 2)
        float32 or uint16, ``COLOR_0`` (n, 3) or (n, 4) uint8, ``_FEATURE_ID_0`` (n,) uint8, uint16 or float32.
        Integers of ``NORMAL``, ``TEXCOORD_0`` and ``COLOR_0`` are read as fractions of their largest value.
    indices
        Corners of the triangles, shape (3 n_triangles,) or (n_triangles, 3); stored as uint16 where that is enough.
    material
        Index into the materials of the file.
    feature_ids
        Meaning of the ``_FEATURE_ID_n`` attributes.
    """

    attributes: Mapping[str, NDArray[Any]]
    indices: NDArray[Any]
    material: int = 0
    feature_ids: tuple[FeatureIds, ...] = ()


@dataclass(frozen=True, eq=False)
class Instances:
    """
    Places at which the mesh of a node is drawn.

    Parameters
    ----------
    attributes
        ``TRANSLATION`` (n, 3) float32, ``ROTATION`` (n, 4) float32 or int8 quaternions x, y, z, w, ``SCALE`` (n, 3)
        float32, ``_FEATURE_ID_0`` (n,) uint8, uint16 or float32, ``_COLOR_0`` (n, 3) uint8, a tint that three.js
        multiplies with the colour and other viewers ignore.
    feature_ids
        Meaning of the ``_FEATURE_ID_n`` attributes.
    """

    attributes: Mapping[str, NDArray[Any]]
    feature_ids: tuple[FeatureIds, ...] = ()


@dataclass(frozen=True, eq=False)
class Node:
    """
    A mesh at a place.

    Parameters
    ----------
    primitives
        The mesh.
    translation, scale
        Position of the mesh = scale * vertex + translation. Axes x east, y up, z south. [m]
    instances
        Draw the mesh many times, each time moved by these first.
    name, extras
        Shown by programs that edit the file. Nodes that share the very same ``primitives`` share a mesh.
    """

    primitives: Sequence[Primitive]
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    instances: Instances | None = None
    name: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PropertyTable:
    """
    One row of values per feature.

    Parameters
    ----------
    name
        Name of the class of the features, such as ``building``.
    count
        Number of rows.
    columns
        Numbers (numpy array, shape (count,)) or :class:`~kastor.city.strings.Strings` by name.
    no_data
        The value that stands for "unknown" in a column of numbers.
    """

    name: str
    count: int
    columns: Mapping[str, NDArray[Any] | Strings]
    no_data: Mapping[str, float] = field(default_factory=dict)


def write_glb(
    nodes: Sequence[Node],
    materials: Sequence[Material] = (Material(),),
    tables: Sequence[PropertyTable] = (),
    textures: Sequence[bytes] = (),
    schema_id: str = "kastor",
) -> bytes:
    """
    The bytes of a GLB file.

    Parameters
    ----------
    nodes
        What is drawn; at least one, each with at least one triangle.
    materials
        Looked up by ``Primitive.material``.
    tables
        Looked up by ``FeatureIds.table``.
    textures
        PNG or JPEG files, looked up by ``Material.texture``; repeated at no edge.
    schema_id
        Name of the metadata schema.

    Examples
    --------
    >>> corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    >>> write_glb([Node([Primitive({"POSITION": corners}, np.array([0, 1, 2]))])])[:4]
    b'glTF'
    """
    out = _Buffer()
    gltf: Json = {"asset": {"version": "2.0", "generator": "Kastor"}, "scene": 0}
    gltf["scenes"] = [{"nodes": list(range(len(nodes)))}]
    gltf["nodes"], gltf["meshes"] = [], []
    meshes: dict[int, int] = {}
    for node in nodes:
        if id(node.primitives) not in meshes:
            meshes[id(node.primitives)] = len(gltf["meshes"])
            gltf["meshes"].append({"primitives": [_primitive(out, p) for p in node.primitives]})
        gltf["nodes"].append(_node(out, node, meshes[id(node.primitives)]))
    gltf["materials"] = [_material(m) for m in materials]
    if textures:
        gltf["images"] = [{"bufferView": out.view(png), "mimeType": _mime(png)} for png in textures]
        gltf["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}]
        gltf["textures"] = [{"sampler": 0, "source": i} for i in range(len(textures))]
    if tables:
        out.used.add("EXT_structural_metadata")
        gltf["extensions"] = {"EXT_structural_metadata": _metadata(out, tables, schema_id)}
    gltf["accessors"], gltf["bufferViews"] = out.accessors, out.views
    gltf["buffers"] = [{"byteLength": out.size}]
    if out.used:
        gltf["extensionsUsed"] = sorted(out.used)
    required = sorted(out.used & {"KHR_mesh_quantization", "EXT_mesh_gpu_instancing"})
    if required:
        gltf["extensionsRequired"] = required
    return _container(orjson.dumps(gltf), out.parts)


def y_up(enu: NDArray[np.float64]) -> NDArray[np.float64]:
    """East, north, up as glTF wants them: x east, y up, z south; shape (n, 3). [m]"""
    return np.column_stack([enu[:, 0], enu[:, 2], -enu[:, 1]])


def linear_color(name: str) -> tuple[float, float, float, float]:
    """
    Linear colour of an sRGB hex code, opaque.

    Examples
    --------
    >>> [round(c, 3) for c in linear_color("#ff8000")]
    [1.0, 0.216, 0.0, 1.0]
    """
    channels = [int(name[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue, 1.0


@dataclass
class _Buffer:
    """The binary chunk while it grows, with the views and accessors into it."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    views: list[Json] = field(default_factory=list)
    accessors: list[Json] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def view(self, data: bytes, target: int = 0, stride: int = 0) -> int:
        """Append bytes, padded to 8 after their end; the view itself is exact."""
        view: Json = {"buffer": 0, "byteOffset": self.size, "byteLength": len(data)}
        if target:
            view["target"] = target
        if stride:
            view["byteStride"] = stride
        padding = -len(data) % 8
        self.parts.append(data)
        self.parts.append(b"\0" * padding)
        self.size += len(data) + padding
        self.views.append(view)
        return len(self.views) - 1

    def accessor(self, array: NDArray[Any], view: int, normalized: bool = False, bounds: bool = False) -> int:
        """Describe an array of one row per element that lies in a view."""
        rows = array.reshape(len(array), -1)
        accessor: Json = {
            "bufferView": view, "componentType": COMPONENTS[array.dtype.str[1:]], "count": len(rows),
            "type": SHAPES[rows.shape[1]],
        }  # fmt: skip
        if normalized:
            accessor["normalized"] = True
        if bounds:
            accessor["min"], accessor["max"] = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def vertices(self, name: str, array: NDArray[Any]) -> int:
        """Append a vertex attribute; every element begins at a multiple of four bytes."""
        rows = np.ascontiguousarray(array).reshape(len(array), -1)
        fraction = rows.dtype.kind in "iu" and name.split("_")[0] in ("NORMAL", "TEXCOORD", "COLOR")
        width = rows.shape[1] * rows.itemsize
        stride = width + -width % 4
        if stride != width:
            padded = np.zeros((len(rows), stride // rows.itemsize), rows.dtype)
            padded[:, : rows.shape[1]] = rows
            view = self.view(padded.tobytes(), ARRAY_BUFFER, stride)
        else:
            view = self.view(rows.tobytes(), ARRAY_BUFFER)
        if rows.dtype.kind in "iu" and name in ("POSITION", "NORMAL"):
            self.used.add("KHR_mesh_quantization")
        return self.accessor(rows, view, fraction, bounds=name == "POSITION")

    def instances(self, name: str, array: NDArray[Any]) -> int:
        """Append an instance attribute, packed tightly."""
        rows = np.ascontiguousarray(array).reshape(len(array), -1)
        fraction = rows.dtype.kind in "iu" and name in ("ROTATION", "_COLOR_0")
        return self.accessor(rows, self.view(rows.tobytes()), fraction)


def _primitive(out: _Buffer, primitive: Primitive) -> Json:
    corners = np.asarray(primitive.indices).reshape(-1)
    n_vertices = len(next(iter(primitive.attributes.values())))
    corners = corners.astype(np.uint16 if n_vertices < 65536 else np.uint32)
    result: Json = {
        "attributes": {name: out.vertices(name, array) for name, array in primitive.attributes.items()},
        "indices": out.accessor(corners, out.view(corners.tobytes(), ELEMENT_ARRAY_BUFFER)),
        "material": primitive.material,
    }
    if primitive.feature_ids:
        out.used.add("EXT_mesh_features")
        result["extensions"] = {"EXT_mesh_features": _feature_ids(primitive.feature_ids)}
    return result


def _feature_ids(sets: Sequence[FeatureIds]) -> Json:
    listed = []
    for ids in sets:
        entry: Json = {"featureCount": ids.count, "attribute": ids.attribute}
        if ids.label:
            entry["label"] = ids.label
        if ids.table is not None:
            entry["propertyTable"] = ids.table
        listed.append(entry)
    return {"featureIds": listed}


def _node(out: _Buffer, node: Node, mesh: int) -> Json:
    result: Json = {"mesh": mesh}
    if node.name:
        result["name"] = node.name
    if node.extras:
        result["extras"] = dict(node.extras)
    if any(node.translation):
        result["translation"] = list(node.translation)
    if node.scale != (1.0, 1.0, 1.0):
        result["scale"] = list(node.scale)
    if node.instances is not None:
        out.used.add("EXT_mesh_gpu_instancing")
        attributes = {name: out.instances(name, array) for name, array in node.instances.attributes.items()}
        result["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
        if node.instances.feature_ids:
            out.used.add("EXT_instance_features")
            result["extensions"]["EXT_instance_features"] = _feature_ids(node.instances.feature_ids)
    return result


def _material(material: Material) -> Json:
    surface: Json = {"metallicFactor": 0.0, "roughnessFactor": material.roughness}
    if material.color != (1.0, 1.0, 1.0, 1.0):
        surface["baseColorFactor"] = list(material.color)
    if material.texture is not None:
        surface["baseColorTexture"] = {"index": material.texture}
    result: Json = {"pbrMetallicRoughness": surface}
    if material.double_sided:
        result["doubleSided"] = True
    if material.blend:
        result["alphaMode"] = "BLEND"
    return result


def _mime(image: bytes) -> str:
    return "image/png" if image[:4] == b"\x89PNG" else "image/jpeg"


def _metadata(out: _Buffer, tables: Sequence[PropertyTable], schema_id: str) -> Json:
    classes, listed = {}, []
    for table in tables:
        described, stored = {}, {}
        for name, column in table.columns.items():
            described[name], stored[name] = _column(out, column, table.no_data.get(name))
        classes[table.name] = {"properties": described}
        listed.append({"class": table.name, "count": table.count, "properties": stored})
    return {"schema": {"id": schema_id, "classes": classes}, "propertyTables": listed}


def _column(out: _Buffer, column: NDArray[Any] | Strings, no_data: float | None) -> tuple[Json, Json]:
    """Description of a column and where its values lie; a string buffer must be exactly as long as its text."""
    if isinstance(column, Strings):
        offsets = column.offsets.astype(np.uint32)
        stored: Json = {"values": out.view(column.data.tobytes()), "stringOffsets": out.view(offsets.tobytes())}
        return {"type": "STRING"}, stored
    described: Json = {"type": "SCALAR", "componentType": PROPERTY_COMPONENTS[column.dtype.str[1:]]}
    if no_data is not None:
        described["noData"] = no_data
    return described, {"values": out.view(column.tobytes())}


def _container(head: bytes, parts: list[bytes]) -> bytes:
    head += b" " * (-len(head) % 4)
    body = b"".join(parts)
    total = 12 + 8 + len(head) + 8 + len(body)
    return b"".join(
        [
            struct.pack("<III", 0x46546C67, 2, total),
            struct.pack("<II", len(head), 0x4E4F534A), head,
            struct.pack("<II", len(body), 0x004E4942), body,
        ]
    )  # fmt: skip
