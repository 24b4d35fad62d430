"""Buildings of one cell as a tile: triangles, what each is, and what is known of each building.

Positions are 16-bit numbers; a cell is cut into meshes small enough that no vertex moves more
than 4 mm. Vertices are shared by the surfaces of one meaning in one building. There are no
normals: buildings are flat-shaded, which three.js does by itself (glTF 2.0, 3.7.2.1 asks it of
every viewer), and normals would keep the walls from sharing vertices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.codelists import function_group, roof_code
from kastor.city.model import City, Column, Json
from kastor.city.strings import Strings
from kastor.tiles.colors import SURFACE_COLORS
from kastor.tiles.glb import FeatureIds, Material, Node, Primitive, PropertyTable, write_glb, y_up
from kastor.tiles.hulls import blocks_of, pack_blocks
from kastor.tiles.mesh import Mesh, building_meshes
from kastor.tiles.quantise import precise
from kastor.tiles.tile import Tile, ToLocal, box_of

NO_HEIGHT = -1.0
"""Height of a building whose height is unknown."""

Columns = dict[str, NDArray[Any] | Strings]


def building_tile(city: City, to_local: ToLocal) -> Tile | None:
    """
    The buildings of one cell.

    Parameters
    ----------
    city
        Objects of the cell; what is no building is left out.
    to_local
        From map coordinates to the local frame.

    Returns
    -------
    Tile or None
        GLB with one row per top-level building in the property table ``building``, ``_FEATURE_ID_0``
        pointing into it and ``_FEATURE_ID_1`` telling ground, wall and roof; None when there is no building.
    """
    return building_tiles(city, np.zeros(len(city), np.int64), 1, to_local)[0]


def building_tiles(city: City, leaf: NDArray[np.int64], leaves: int, to_local: ToLocal) -> list[Tile | None]:
    """
    The buildings of some tiles, each as of :func:`building_tile`.

    Parameters
    ----------
    city, leaf, leaves
        See :func:`kastor.tiles.mesh.building_meshes`.
    to_local
        From map coordinates to the local frame.
    """
    meshes = building_meshes(city, leaf, leaves)
    drawn = [mesh for mesh in meshes if mesh is not None]
    columns = iter(_columns(city, [mesh.features for mesh in drawn]))
    return [None if mesh is None else _tile(mesh, next(columns), to_local) for mesh in meshes]


def _tile(mesh: Mesh, columns: Columns, to_local: ToLocal) -> Tile:
    local = to_local(mesh.points)
    table = PropertyTable("building", len(mesh.features), columns, {"height": NO_HEIGHT})
    content = write_glb(_nodes(mesh, local), [Material(double_sided=not mesh.closed)], [table])
    blocks = blocks_of(mesh, local, {name: c for name, c in columns.items() if name != "label"})
    return Tile(content, box_of(local), pack_blocks(blocks))


def building_nodes(city: City, to_local: ToLocal) -> tuple[list[Node], PropertyTable, bool] | None:
    """
    The buildings of a city for a file that holds other things too.

    Returns
    -------
        Nodes with material 0 whose ``_FEATURE_ID_0`` point into the table, which must be the first of the file; and
        whether all are closed, so that their backs need not be drawn. None when there is nothing to draw.
    """
    mesh = building_meshes(city, np.zeros(len(city), np.int64), 1)[0]
    if mesh is None:
        return None
    table = PropertyTable("building", len(mesh.features), building_columns(city, mesh.features), {"height": NO_HEIGHT})
    return _nodes(mesh, to_local(mesh.points)), table, mesh.closed


def building_columns(city: City, features: NDArray[np.int64]) -> Columns:
    """
    What is known of some buildings, as columns of a property table; a column nobody has a value in is left out.

    ``id`` and ``label`` (address or name), ``height`` [m] (-1 unknown), ``storeys``, ``roof`` (AdV code),
    ``year``, ``functionGroup`` (index into ``FUNCTION_GROUPS``) and ``kind``, each 0 where unknown.
    """
    return _columns(city, [features])[0]


def _columns(city: City, of_tiles: Sequence[NDArray[np.int64]]) -> list[Columns]:
    """The columns of the buildings of some tiles."""
    if not of_tiles:
        return []
    features = np.concatenate(of_tiles)
    ids, labels, kinds = city.ids.take(features), _labels(city, features), city.kind[features]
    heights = _numbers(city, "measuredHeight", features)
    known = np.isfinite(heights)
    heights = np.where(known, heights, NO_HEIGHT).astype(np.float32)
    numbers: dict[str, NDArray[Any]] = {
        "storeys": np.clip(np.nan_to_num(_numbers(city, "storeysAboveGround", features)), 0, 255).astype(np.uint8),
        "functionGroup": _coded(city, "function", features, function_group).astype(np.uint8),
        "roof": _coded(city, "roofType", features, roof_code).astype(np.uint16),
        "year": np.clip(np.nan_to_num(_years(city, features)), 0, 65535).astype(np.uint16),
    }
    found = []
    for first, last in pairwise([0, *np.cumsum([len(own) for own in of_tiles]).tolist()]):
        columns: Columns = {"id": ids.cut(first, last)}
        if any(labels[first:last]):
            columns["label"] = Strings.of(labels[first:last])
        if known[first:last].any():
            columns["height"] = heights[first:last]
        columns.update({name: own for name, all_ in numbers.items() if (own := all_[first:last]).any()})
        columns["kind"] = kinds[first:last]
        found.append(columns)
    return found


@dataclass(frozen=True, eq=False)
class _Vertices:
    """Vertices each of one point and one meaning, ordered by feature."""

    point: NDArray[np.int64]
    meaning: NDArray[np.uint8]
    triangles: NDArray[np.int64]


def _vertices(mesh: Mesh) -> _Vertices:
    """Split points where surfaces of different meaning meet; the number of a vertex grows with feature and point."""
    key = mesh.triangles * 4 + mesh.meaning[:, None]
    used = np.zeros(4 * len(mesh.points), bool)
    used[key.reshape(-1)] = True
    number = np.cumsum(used) - 1
    kept = np.flatnonzero(used)
    return _Vertices(kept // 4, (kept % 4).astype(np.uint8), number[key])


def _nodes(mesh: Mesh, local: NDArray[np.float64]) -> list[Node]:
    """One quantised mesh per group of features."""
    vertices = _vertices(mesh)
    positions = y_up(local)[vertices.point]
    feature = mesh.feature[vertices.point]
    of_triangle = feature[vertices.triangles[:, 0]]
    colors = SURFACE_COLORS[vertices.meaning]
    starts, firsts = np.searchsorted(feature, mesh.groups), np.searchsorted(of_triangle, mesh.groups)
    drawn = np.flatnonzero(np.diff(firsts) > 0)
    starts, firsts = starts[[*drawn, -1]], firsts[[*drawn, -1]]
    row = feature.astype(np.uint16 if len(mesh.features) < 65536 else np.float32)
    ids = (FeatureIds(len(mesh.features), 0, 0, "building"), FeatureIds(4, 1, None, "surface"))
    nodes = []
    for i, (part, translation, scale) in enumerate(precise(positions, starts)):
        mine = slice(starts[i], starts[i + 1])
        attributes: dict[str, NDArray[Any]] = {
            "POSITION": part,
            "COLOR_0": colors[mine],
            "_FEATURE_ID_0": row[mine],
            "_FEATURE_ID_1": vertices.meaning[mine],
        }
        triangles = vertices.triangles[firsts[i] : firsts[i + 1]] - starts[i]
        nodes.append(Node([Primitive(attributes, triangles, 0, ids)], translation, scale))
    return nodes


def _numbers(city: City, name: str, features: NDArray[np.int64]) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    return np.full(len(features), np.nan) if column is None else column.numbers()[features]


def _years(city: City, features: NDArray[np.int64]) -> NDArray[np.float64]:
    column = city.attributes.get("yearOfConstruction")
    if column is None:
        return np.full(len(features), np.nan)
    table = [float(str(v)[:4]) if str(v)[:4].isascii() and str(v)[:4].isdigit() else np.nan for v in column.values]
    return np.array([*table, np.nan])[column.codes[features]]


def _coded(city: City, name: str, features: NDArray[np.int64], code: Callable[[str], int]) -> NDArray[np.int64]:
    column = city.attributes.get(name)
    if column is None:
        return np.zeros(len(features), np.int64)
    return np.array([*(code(_first(v)) for v in column.values), 0], np.int64)[column.codes[features]]


def _first(value: Json) -> str:
    """A value as text; of several the first."""
    if isinstance(value, list):
        return _first(value[0]) if value else ""
    return "" if value is None else str(value)


def _labels(city: City, features: NDArray[np.int64]) -> list[str]:
    """What a person would call each building: its address, else its name, else nothing."""
    addresses, names = city.attributes.get("address"), city.attributes.get("name")
    streets, known_as = (
        [""] * len(features) if column is None else _read(column, features, read)
        for column, read in ((addresses, _street), (names, _first))
    )
    return [street or name for street, name in zip(streets, known_as, strict=True)]


def _read(column: Column, features: NDArray[np.int64], read: Callable[[Json], str]) -> list[str]:
    """A text for each feature, each distinct value read once."""
    table = [*(read(value) for value in column.values), ""]
    return [table[code] for code in column.codes[features].tolist()]


def _street(address: Json) -> str:
    first = address[0] if isinstance(address, list) and address else address
    if not isinstance(first, dict) or not first.get("street"):
        return ""
    return " ".join(str(first[part]) for part in ("street", "number") if first.get(part))
