"""Blocks as tiles: joining the blocks of finer tiles, letting them grow together, and drawing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kastor.city.geometry import triangulate
from kastor.city.model import Semantic, empty_city, owner
from kastor.city.strings import Strings, concat_strings
from kastor.tiles.colors import SURFACE_COLORS
from kastor.tiles.glb import FeatureIds, Material, Node, Primitive, PropertyTable, write_glb, y_up
from kastor.tiles.growth import grown_together
from kastor.tiles.hulls import Blocks, Columns, pack_blocks, unpack_blocks
from kastor.tiles.mesh import ROOF, WALL
from kastor.tiles.outlines import Outlines, joined_outlines, simplified
from kastor.tiles.quantise import quantised
from kastor.tiles.tile import Tile, box_of

SMALLEST = 8.0
"""Least area of a block one level above the cells. [m²]"""

HEIGHT_CLASSES = (5.0, 9.0, 14.0, 22.0, 35.0)
"""Blocks between two of these heights grow together. [m]"""

SQUARE = 2.5
"""Grain of the blocks two levels above the cells, doubled with each level. [m]"""

LEAST_SQUARES = 6
"""A joined block smaller than so many squares is left out, unless it stands out."""

TALL_SQUARES = 10
"""A block higher than so many squares' sides stands out."""

NO_HEIGHT = -1.0

HULL_ERROR = 16.0
"""Geometric error of the hulls right above the cells, doubled with each level. [m]"""


def hull_tile(finer: Sequence[bytes], level: int) -> Tile | None:
    """
    A coarse tile.

    Parameters
    ----------
    finer
        Packed blocks of the tiles below, see :attr:`Tile.coarse`.
    level
        1 right above the cells, 2 above that, and so on.

    Returns
    -------
    Tile or None
        GLB of blocks; at level 1 with the id of each building, above without; None when nothing is left to draw.
    """
    if not finer:
        return None
    blocks = _joined([unpack_blocks(data) for data in finer])
    if level > 1 and len(blocks.outlines):
        blocks = _grown(blocks, level)
    blocks = _with_used_rows(blocks)
    large = (blocks.outlines.areas() >= SMALLEST) | (level > 1)
    drawn = blocks.at(np.flatnonzero(large))
    if not len(drawn.outlines):
        return None
    points, meaning, of_block, triangles = _extruded(drawn)
    return Tile(_glb(drawn, points, meaning, of_block, triangles), box_of(points), pack_blocks(blocks))


def _joined(parts: list[Blocks]) -> Blocks:
    rows = [len(next(iter(p.columns.values()))) if p.columns else 0 for p in parts]
    starts = np.cumsum([0, *rows[:-1]])
    return Blocks(
        outlines=joined_outlines([p.outlines for p in parts]),
        base=np.concatenate([p.base for p in parts]),
        top=np.concatenate([p.top for p in parts]),
        feature=np.concatenate([p.feature + s for p, s in zip(parts, starts, strict=True)]),
        columns=_joined_columns([p.columns for p in parts], rows),
    )


def _joined_columns(parts: list[Columns], rows: list[int]) -> Columns:
    joined: Columns = {}
    for name in dict.fromkeys(name for p in parts for name in p):
        example = next(p[name] for p in parts if name in p)
        if isinstance(example, Strings):
            texts = [p.get(name) for p in parts]
            filled = [t if isinstance(t, Strings) else Strings.of([""] * n) for t, n in zip(texts, rows, strict=True)]
            joined[name] = concat_strings(filled)
        else:
            missing = NO_HEIGHT if name == "height" else 0
            numbers = [p.get(name, np.full(n, missing, example.dtype)) for p, n in zip(parts, rows, strict=True)]
            joined[name] = np.concatenate([n for n in numbers if not isinstance(n, Strings)])
    return joined


def _with_used_rows(blocks: Blocks) -> Blocks:
    used, feature = np.unique(blocks.feature, return_inverse=True)
    columns: Columns = {n: c.take(used) if isinstance(c, Strings) else c[used] for n, c in blocks.columns.items()}
    return replace(blocks, feature=feature.astype(np.int64), columns=columns)


def _grown(blocks: Blocks, level: int) -> Blocks:
    """
    Blocks of like height joined, in outlines of few corners; small ones vanish.

    A joined block has the lowest base, the mean top and the attributes of its largest member.
    """
    columns: Columns = {name: c for name, c in blocks.columns.items() if name not in ("id", "kind")}
    square = SQUARE * 2.0 ** (level - 2)
    classes = (np.digitize(blocks.top - blocks.base, HEIGHT_CLASSES) + 1).astype(np.uint8)
    grown = grown_together(blocks.outlines, classes, square)
    regions = int(grown.ring_region[-1]) + 1 if len(grown.ring_region) else 0
    order = np.argsort(grown.squares, kind="stable")
    block, region, weight = grown.block[order], grown.region[order], grown.squares[order]
    size = np.bincount(region, weight, regions)
    base = np.full(regions, np.inf)
    np.minimum.at(base, region, blocks.base[block])
    top = np.bincount(region, weight * blocks.top[block], regions) / np.maximum(size, 1)
    feature = np.zeros(regions, np.int64)
    feature[region] = blocks.feature[block]
    region_offsets = np.searchsorted(grown.ring_region, np.arange(regions + 1))
    outlines = simplified(Outlines(grown.xy, grown.vertex_offsets, region_offsets), 0.85 * square)
    seen = (outlines.areas() >= LEAST_SQUARES * square**2) | (top - base >= TALL_SQUARES * square)
    kept = (size > 0) & seen
    return Blocks(outlines, base, top, feature, columns).at(np.flatnonzero(kept))


def _extruded(
    blocks: Blocks,
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Corners, what they belong to (wall or roof), their block, and triangles of roofs and walls."""
    outlines = blocks.outlines.turned()
    xy, offsets, ring_offsets = outlines.xy, outlines.vertex_offsets, outlines.ring_offsets
    ring = owner(offsets)
    block = owner(ring_offsets)[ring]
    number = np.arange(len(xy))
    following = number + 1
    following[offsets[1:] - 1] = offsets[:-1]
    flat = replace(
        empty_city(),
        semantic=np.array([Semantic.ROOF], np.uint8),
        lod=np.array([10], np.uint8),
        polygon_offsets=np.array([0, len(outlines)]),
        ring_offsets=ring_offsets,
        vertex_offsets=offsets,
        xyz=np.column_stack([xy, np.zeros(len(xy))]),
    )
    roofs, of_roof = triangulate(flat)
    low, high = 3 * number, 3 * number + 1
    walls = np.stack([low, 3 * following, 3 * following + 1, low, 3 * following + 1, high], axis=1).reshape(-1, 3)
    triangles = np.concatenate([walls, 3 * roofs.astype(np.int64) + 2])
    order = np.argsort(np.concatenate([np.repeat(block, 2), of_roof]), kind="stable")
    heights = np.column_stack([blocks.base[block], blocks.top[block], blocks.top[block]]).reshape(-1)
    points = np.column_stack([np.repeat(xy, 3, axis=0), heights])
    meaning = np.tile(np.array([WALL, WALL, ROOF], np.uint8), len(xy))
    return points, meaning, np.repeat(block, 3), triangles[order]


def _glb(
    blocks: Blocks,
    points: NDArray[np.float64],
    meaning: NDArray[np.uint8],
    of_block: NDArray[np.int64],
    triangles: NDArray[np.int64],
) -> bytes:
    positions, translation, scale = quantised(y_up(points))
    rows = len(next(iter(blocks.columns.values()))) if blocks.columns else len(blocks.outlines)
    feature: NDArray[Any] = blocks.feature[of_block]
    attributes: dict[str, NDArray[Any]] = {
        "POSITION": positions,
        "COLOR_0": SURFACE_COLORS[meaning],
        "_FEATURE_ID_0": feature.astype(np.uint16 if rows < 65536 else np.float32),
        "_FEATURE_ID_1": meaning,
    }
    columns = {n: c for n, c in blocks.columns.items() if isinstance(c, Strings) or (c != 0).any()}
    tables = [PropertyTable("building", rows, columns, {"height": NO_HEIGHT})] if columns else []
    ids = (FeatureIds(rows, 0, 0 if tables else None, "building"), FeatureIds(4, 1, None, "surface"))
    return write_glb([Node([Primitive(attributes, triangles, 0, ids)], translation, scale)], [Material()], tables)
