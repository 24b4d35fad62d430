"""A city as one GLB file, to be opened in drawing and modelling programs.

Unlike the tiles of the scene it uses no quantisation and no instancing, which such programs often
lack: every building and every tree is a node of its own that bears its id, with what is known of
it as extras, and walls and roofs have their own materials. The property table is in it as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City
from kastor.city.strings import Strings
from kastor.tiles.buildings import NO_HEIGHT, Columns, building_columns
from kastor.tiles.colors import ROOF_COLOR, WALL_COLOR
from kastor.tiles.crowns import Shape, tree_shapes
from kastor.tiles.glb import FeatureIds, Material, Node, Primitive, PropertyTable, linear_color, write_glb, y_up
from kastor.tiles.mesh import ROOF, Mesh, building_mesh
from kastor.tiles.tile import ToLocal
from kastor.tiles.trees import trees_of

_WALLS, _ROOFS, _TREES = 0, 1, 2
"""Indices of the materials."""


class NothingToDrawError(ValueError):
    """A city without anything a GLB file could show."""

    def __init__(self, objects: int) -> None:
        super().__init__(
            f"none of the {objects} objects has surfaces of LoD1 to LoD3 or is a tree; choose objects with geometry"
        )


def write(city: City, path: Path, to_local: ToLocal) -> None:
    """
    Write buildings and trees of a city into one GLB file.

    Parameters
    ----------
    to_local
        From map coordinates to east, north, up around an origin near the city. [m]

    Raises
    ------
    NothingToDrawError
        When there is neither a building nor a tree.
    """
    nodes: list[Node] = []
    tables: list[PropertyTable] = []
    mesh = building_mesh(city)
    if mesh is not None:
        columns = building_columns(city, mesh.features)
        tables.append(PropertyTable("building", len(mesh.features), columns, {"height": NO_HEIGHT}))
        nodes += _building_nodes(mesh, to_local(mesh.points), columns)
    nodes += _tree_nodes(city, to_local)
    if not nodes:
        raise NothingToDrawError(len(city))
    two_sided = mesh is not None and not mesh.closed
    materials = [
        Material(linear_color(WALL_COLOR), double_sided=two_sided),
        Material(linear_color(ROOF_COLOR), double_sided=two_sided),
        Material(),
    ]
    used = 3 if any(p.material == _TREES for node in nodes for p in node.primitives) else 2
    path.write_bytes(write_glb(nodes, materials[:used], tables))


def _building_nodes(mesh: Mesh, local: NDArray[np.float64], columns: Columns) -> list[Node]:
    positions = y_up(local)
    bounds = np.searchsorted(mesh.feature[mesh.triangles[:, 0]], np.arange(len(mesh.features) + 1))
    names = columns["id"].tolist()
    nodes = []
    for row in range(len(mesh.features)):
        triangles, meaning = (part[bounds[row] : bounds[row + 1]] for part in (mesh.triangles, mesh.meaning))
        if not len(triangles):
            continue
        corner = positions[triangles].reshape(-1, 3).min(axis=0)
        primitives = [
            _primitive(positions, corner, triangles[chosen], row, len(mesh.features), material)
            for material, chosen in ((_WALLS, meaning != ROOF), (_ROOFS, meaning == ROOF))
            if chosen.any()
        ]
        x, y, z = corner.tolist()
        nodes.append(Node(primitives, (x, y, z), name=str(names[row]), extras=_row(columns, row)))
    return nodes


def _primitive(
    positions: NDArray[np.float64],
    corner: NDArray[np.float64],
    triangles: NDArray[np.int64],
    row: int,
    count: int,
    material: int,
) -> Primitive:
    points, corners = np.unique(triangles, return_inverse=True)
    attributes: dict[str, NDArray[Any]] = {
        "POSITION": (positions[points] - corner).astype(np.float32),
        "_FEATURE_ID_0": np.full(len(points), row, np.float32),
    }
    return Primitive(attributes, corners, material, (FeatureIds(count, 0, 0, "building"),))


def _row(columns: Columns, row: int) -> dict[str, Any]:
    """What is known of one building."""
    values = {}
    for name, column in columns.items():
        value = column[row] if isinstance(column, Strings) else round(float(column[row]), 3)
        if name not in ("id", "kind") and value not in ("", 0.0, NO_HEIGHT):
            values[name] = value
    return values


def _tree(shape: Shape) -> Primitive:
    normals = shape.normals.astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    attributes: dict[str, NDArray[Any]] = {"POSITION": shape.positions, "NORMAL": normals, "COLOR_0": shape.colors}
    return Primitive(attributes, shape.triangles, _TREES)


def _tree_nodes(city: City, to_local: ToLocal) -> list[Node]:
    """One node per tree; trees of one shape share a mesh."""
    found = trees_of(city, to_local)
    if found is None:
        return []
    trees, columns = found
    meshes = [[_tree(shape)] for shape in tree_shapes()]
    feet = y_up(trees.foot).tolist()
    nodes = []
    for i, (x, y, z) in enumerate(feet):
        width, height = float(trees.crown[i]), float(trees.height[i])
        extras = {name: value for name, value in _row(columns, i).items() if value != -1.0}
        mesh = meshes[int(trees.shape[i])]
        nodes.append(Node(mesh, (x, y, z), (width, height, width), name=str(columns["id"][i]), extras=extras))
    return nodes
