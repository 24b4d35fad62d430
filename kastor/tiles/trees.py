"""Trees as one small mesh drawn many times: real trees with their ids, and woodland that only stands for a wood.

Height and crown come from the tree where they are known; size, turn and tint else follow from
its coordinates, so the same tree looks the same whenever it is drawn. Far away fewer and wider
trees stand for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.model import City, Kind, Semantic, owner
from kastor.city.strings import Strings
from kastor.tiles.crowns import Shape, far_shapes, tree_shapes
from kastor.tiles.glb import FeatureIds, Instances, Material, Node, Primitive, PropertyTable, write_glb, y_up
from kastor.tiles.tile import Tile, ToLocal, pack, unpack

DETAIL_ERROR = 4.0
"""Geometric error of the far trees right above the cells. [m]"""

CONIFER = 2
"""Index of the conifer among the shapes; the shapes before it are broadleaved trees."""

_CONIFERS = (
    "abies", "cedrus", "chamaecyparis", "cupressus", "juniperus", "larix", "metasequoia", "picea", "pinus",
    "pseudotsuga", "sequoia", "taxodium", "taxus", "thuja", "tsuga", "fichte", "kiefer", "tanne", "lärche", "eibe",
    "douglasie", "zeder", "zypresse", "wacholder",
)  # fmt: skip

Columns = dict[str, NDArray[Any] | Strings]


@dataclass(frozen=True, eq=False)
class Trees:
    """
    Trees to draw.

    Parameters
    ----------
    foot
        Where each stands, local frame, shape (n_trees, 3). [m]
    height, crown
        Height and width of the crown, shape (n_trees,). [m]
    shape
        Which of the shapes it has, shape (n_trees,), uint8.
    chance
        Numbers between 0 and 1 that vary turn, tint and the order of thinning, shape (n_trees, 4).
    """

    foot: NDArray[np.float64]
    height: NDArray[np.float64]
    crown: NDArray[np.float64]
    shape: NDArray[np.uint8]
    chance: NDArray[np.float64]


def tree_tile(city: City, to_local: ToLocal) -> Tile | None:
    """
    The trees of one cell.

    Returns
    -------
    Tile or None
        GLB whose instances point into the property table ``tree`` (``id``, ``species``, ``height`` and ``crown`` [m],
        -1 where unknown); None when there is no tree.
    """
    found = trees_of(city, to_local)
    if found is None:
        return None
    trees, columns = found
    return _tile(trees, tree_shapes(), [_table(trees, columns)])


def trees_of(city: City, to_local: ToLocal) -> tuple[Trees, Columns] | None:
    """The trees of a city and what is known of them, None when there is none."""
    first, objects = _positions(city)
    if not len(objects):
        return None
    places = city.xyz[first]
    heights, crowns = (_sizes(city, name, objects) for name in ("height", "crownDiameter"))
    species = _texts(city, "species", objects)
    columns: Columns = {"id": city.ids.take(objects)}
    if any(species):
        columns["species"] = Strings.of(species)
    for name, values in (("height", heights), ("crown", crowns)):
        if np.isfinite(values).any():
            columns[name] = np.where(np.isfinite(values), values, -1.0).astype(np.float32)
    return _grown(places, to_local(places), heights, crowns, _needles(city, species, objects)), columns


def tree_nodes(city: City, to_local: ToLocal, table: int) -> tuple[list[Node], PropertyTable] | None:
    """
    The trees of a city for a file that holds other things too, with material 0; None when there are none.

    Parameters
    ----------
    table
        Index the property table gets in the file.
    """
    found = trees_of(city, to_local)
    if found is None:
        return None
    trees, columns = found
    return _nodes(trees, tree_shapes(), table), _table(trees, columns)


def woodland_tile(points: NDArray[np.float64], to_local: ToLocal) -> Tile | None:
    """
    Trees that stand for a wood, at some points in map coordinates, shape (n, 3). [m]

    They are no objects: nothing can be picked.
    """
    if not len(points):
        return None
    unknown = np.full(len(points), np.nan)
    tall = 1.0 + 0.35 * _chance(points)[:, 3]
    trees = _grown(points, to_local(points), unknown, unknown, np.zeros(len(points), bool))
    return _tile(replace(trees, height=trees.height * tall * 1.2, crown=trees.crown * tall), tree_shapes(), [])


def far_trees_tile(finer: Sequence[bytes], level: int) -> Tile | None:
    """The trees of finer tiles in simple shapes; from level 2 on half as many per level, with wider crowns."""
    parts = [unpack(data) for data in finer]
    if not parts:
        return None
    joined = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    kept = joined["chance"][:, 2] < 0.5 ** (level - 1)
    if not kept.any():
        kept = joined["chance"][:, 2] == joined["chance"][:, 2].min()
    trees = Trees(**{name: values[kept] for name, values in joined.items()})
    wider = replace(trees, crown=trees.crown * 1.3 ** (level - 1), height=trees.height * 1.05 ** (level - 1))
    return replace(_tile(wider, far_shapes(), []), coarse=_packed(trees))


def _positions(city: City) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First vertex of the position of each tree, and the trees."""
    of_object = owner(city.surface_offsets)
    surfaces = np.flatnonzero((city.semantic == Semantic.POSITION) & (city.kind[of_object] == Kind.TREE))
    vertex = city.vertex_offsets[city.ring_offsets[city.polygon_offsets]]
    surfaces = surfaces[vertex[surfaces + 1] > vertex[surfaces]]
    objects, at = np.unique(of_object[surfaces], return_index=True)
    return vertex[surfaces[at]], objects


def _sizes(city: City, name: str, objects: NDArray[np.int64]) -> NDArray[np.float64]:
    column = city.attributes.get(name)
    if column is None:
        return np.full(len(objects), np.nan)
    values = column.numbers()[objects]
    return np.where((values > 0.0) & (values < 150.0), values, np.nan)


def _texts(city: City, name: str, objects: NDArray[np.int64]) -> list[str]:
    column = city.attributes.get(name)
    if column is None:
        return [""] * len(objects)
    table = [value if isinstance(value, str) else "" for value in column.values]
    return [table[code] if code >= 0 else "" for code in column.codes[objects].tolist()]


def _needles(city: City, species: list[str], objects: NDArray[np.int64]) -> NDArray[np.bool_]:
    leaves = _texts(city, "leaf_type", objects)
    known = {name: any(word in name.lower() for word in _CONIFERS) for name in set(species)}
    return np.array([known[s] or leaf == "needleleaved" for s, leaf in zip(species, leaves, strict=True)], bool)


def _chance(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four numbers between 0 and 1 from the plane coordinates to the centimetre, shape (n, 4)."""
    east, north = (np.rint(places[:, axis] * 100.0).astype(np.int64).astype(np.uint64) for axis in (0, 1))
    mixed = east * np.uint64(0x9E3779B97F4A7C15) ^ north * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(32)
    parts = [(mixed >> np.uint64(16 * i)) & np.uint64(0xFFFF) for i in range(4)]
    return np.column_stack(parts) / 65536.0


def _grown(
    places: NDArray[np.float64],
    local: NDArray[np.float64],
    heights: NDArray[np.float64],
    crowns: NDArray[np.float64],
    needles: NDArray[np.bool_],
) -> Trees:
    """Trees with the sizes they have, else sizes that go together."""
    chance = _chance(places)
    slender = np.where(needles, 0.42, 0.74)
    height = np.where(np.isfinite(heights), heights, crowns / slender)
    height = np.where(np.isfinite(height), height, 8.0 + 5.0 * chance[:, 0])
    crown = np.where(np.isfinite(crowns), crowns, np.clip(height * slender * (0.85 + 0.3 * chance[:, 1]), 1.0, 14.0))
    shape = np.where(needles, CONIFER, (chance[:, 3] < 0.5).astype(np.uint8)).astype(np.uint8)
    return Trees(local, height, crown, shape, chance)


def _table(trees: Trees, columns: Columns) -> PropertyTable:
    return PropertyTable("tree", len(trees.height), columns, {"height": -1.0, "crown": -1.0})


def _nodes(trees: Trees, shapes: Sequence[Shape], table: int | None) -> list[Node]:
    """A node for each shape; ``table`` is the index of the property table of the trees, None without one."""
    centre = (trees.foot.min(axis=0) + trees.foot.max(axis=0)) / 2.0
    chosen = [np.flatnonzero(trees.shape == number) for number in range(len(shapes))]
    return [_node(trees, own, shape, centre, table) for own, shape in zip(chosen, shapes, strict=True) if len(own)]


def _tile(trees: Trees, shapes: Sequence[Shape], tables: list[PropertyTable]) -> Tile:
    low, high = trees.foot.min(axis=0), trees.foot.max(axis=0)
    nodes = _nodes(trees, shapes, 0 if tables else None)
    reach = trees.crown.max() / 2.0
    box = np.concatenate([low, high]) + np.array([-reach, -reach, 0.0, reach, reach, trees.height.max()])
    content = write_glb(nodes, [Material()], tables)
    return Tile(content, box, _packed(trees))


def _packed(trees: Trees) -> bytes:
    return pack({field.name: getattr(trees, field.name) for field in fields(trees)})


def _node(
    trees: Trees, chosen: NDArray[np.int64], shape: Shape, centre: NDArray[np.float64], table: int | None
) -> Node:
    angle = trees.chance[chosen, 0] * np.pi
    turn = np.zeros((len(chosen), 4))
    turn[:, 1], turn[:, 3] = np.sin(angle), np.cos(angle)
    width, height = np.round(trees.crown[chosen], 1), np.round(trees.height[chosen], 1)
    tint = 1.0 - np.outer(trees.chance[chosen, 1], (0.2, 0.14, 0.2))
    attributes: dict[str, NDArray[Any]] = {
        "TRANSLATION": y_up(trees.foot[chosen] - centre).astype(np.float32),
        "ROTATION": np.rint(turn * 127.0).astype(np.int8),
        "SCALE": np.column_stack([width, height, width]).astype(np.float32),
        "_COLOR_0": np.rint(tint * 255.0).astype(np.uint8),
    }
    ids: tuple[FeatureIds, ...] = ()
    if table is not None:
        count = len(trees.height)
        attributes["_FEATURE_ID_0"] = chosen.astype(np.uint16 if count < 65536 else np.float32)
        ids = (FeatureIds(count, 0, table, "tree"),)
    mesh: dict[str, NDArray[Any]] = {"POSITION": shape.positions, "NORMAL": shape.normals, "COLOR_0": shape.colors}
    x, y, z = y_up(centre[None, :])[0].tolist()
    return Node([Primitive(mesh, shape.triangles)], (x, y, z), instances=Instances(attributes, ids))
