"""The ground as 3D Tiles: adaptive triangles with a picture of what lies on them, coarser from afar.

The finest tiles are squares of 250 m, each level above doubles the side and the error allowed.
Vertices lie on a lattice in the map and on a lattice in the local frame, so neighbouring tiles of
one level share their edge exactly; a skirt hides what is left between tiles of different levels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kastor.tiles.canvas import png
from kastor.tiles.glb import Material, Node, Primitive, write_glb, y_up
from kastor.tiles.land import Box
from kastor.tiles.relief import Mesh, Relief, square_mesh
from kastor.tiles.tile import Tile, ToLocal, box_of, pack, unpack
from kastor.tiles.tileset import CellContent, TilingResult, each, update

SIDE = 250.0
"""Side of the finest tiles. [m]"""

STEPS = 256
"""Most lattice steps along the side of a tile."""

FINEST_ERROR = 0.2
"""Largest deviation of the finest tiles from the ground; doubled with each level. [m]"""

PICTURE = 1024
"""Side of the picture on a finest tile in pixels of 0.24 m each; half of that on coarser tiles."""

SWITCH_ERROR = 6.0
"""Geometric error of the tiles right above the finest: twelve of their pixels, which matter more than triangles. [m]"""

RECIPE = "terrain 2"

Paint: TypeAlias = Callable[[Box, int, int], NDArray[np.uint8]]
"""Draws the ground in a box (map coordinates) as a picture of at most a width and height, shape (height, width, 3)."""

PaintDigest: TypeAlias = Callable[[Box], bytes]
"""Stands for all that goes into the picture of a box; another value makes the tile anew."""


@dataclass(frozen=True, eq=False)
class Square:
    """Level, row and column of a square of the ground; level 0 are the finest, 250 m wide."""

    level: int
    row: int
    column: int

    @property
    def box(self) -> Box:
        """West, south, east and north edge. [m]"""
        side = SIDE * 2.0**self.level
        return (self.column * side, self.row * side, (self.column + 1) * side, (self.row + 1) * side)


def update_terrain(
    directory: Path,
    on: Relief,
    paint: Paint,
    paint_digest: PaintDigest,
    to_local: ToLocal,
    transform: Sequence[float],
    layer: str = "terrain",
    picture: int = PICTURE,
    progress: Callable[[int, int], None] | None = None,
) -> TilingResult:
    """
    Bring the terrain of a tenant up to date; only tiles whose ground or picture changed are made anew.

    Parameters
    ----------
    directory
        Tiles of the tenant; the layer is a directory in it.
    on
        The ground.
    paint, paint_digest
        How the ground looks, and what stands for it.
    to_local
        From map coordinates to the local frame.
    transform
        From the local frame to ECEF, 16 numbers, column by column.
    layer
        Name of the layer.
    picture
        Side of the picture on each finest tile. [pixels]
    progress
        Called with the number of finest tiles done and to do.
    """
    steps = _steps(on.terrain.cell)
    cells = [CellContent(column, row, _digest(on, row, column, paint_digest), 1) for row, column in _covered(on)]
    digests = {(cell.column, cell.row): cell.hash for cell in cells}

    def build(cells: Sequence[tuple[int, int]]) -> Tile | None:
        # a square shares no tile
        column, row = cells[0]
        return _tile([Square(0, row, column)], on, steps, paint, picture, to_local, digests[column, row])

    def coarsen(parts: Sequence[bytes], level: int) -> Tile | None:
        if not parts:
            return None
        below = [unpack(part) for part in parts]
        span = np.vstack([part["span"] for part in below])
        west, south = span[:, :2].min(axis=0) >> level
        east, north = span[:, 2:].max(axis=0) >> level
        squares = [Square(level, row, column) for row in range(south, north + 1) for column in range(west, east + 1)]
        joined = blake2b(b"".join(part["digest"].tobytes() for part in below), digest_size=16).hexdigest()
        return _tile(squares, on, steps, paint, picture, to_local, joined, span)

    return update(
        directory, layer, cells, each(build), coarsen, transform, SWITCH_ERROR, f"{RECIPE} {steps} {picture}", progress,
        together=0,
    )  # fmt: skip


def _steps(cell: float) -> int:
    """Lattice steps along a finest tile: the fewest that are not coarser than the terrain's cells."""
    steps = 8
    while steps < STEPS and SIDE / steps > cell:
        steps *= 2
    return steps


def _covered(on: Relief) -> list[tuple[int, int]]:
    """Rows and columns of the finest squares that meet the terrain."""
    west, south, east, north = on.terrain.box
    inside = on.terrain.cell * 1e-6
    columns = range(int(np.floor((west + inside) / SIDE)), int(np.ceil((east - inside) / SIDE)))
    rows = range(int(np.floor((south + inside) / SIDE)), int(np.ceil((north - inside) / SIDE)))
    return [(row, column) for row in rows for column in columns if _any_known(on, row, column)]


def _window(on: Relief, row: int, column: int, margin: float) -> tuple[slice, slice]:
    """Rows and columns of the terrain's cells that lie in a square or at most a margin from it."""
    t = on.terrain
    west, south, east, north = Square(0, row, column).box
    top = max(int(np.floor((t.north - north - margin) / t.cell)), 0)
    left = max(int(np.floor((west - margin - t.west) / t.cell)), 0)
    bottom = max(int(np.ceil((t.north - south + margin) / t.cell)), 0)
    right = max(int(np.ceil((east + margin - t.west) / t.cell)), 0)
    return slice(top, bottom), slice(left, right)


def _any_known(on: Relief, row: int, column: int) -> bool:
    return on.known is None or bool(on.known[_window(on, row, column, 0.0)].any())


def _digest(on: Relief, row: int, column: int, paint_digest: PaintDigest) -> str:
    """Stands for all a finest tile is made from: its picture, and the heights in it and in its neighbours."""
    window = _window(on, row, column, SIDE + on.terrain.cell)
    digest = blake2b(paint_digest(Square(0, row, column).box), digest_size=16)
    digest.update(np.array([on.terrain.west, on.terrain.north, on.terrain.cell]).tobytes())
    digest.update(np.ascontiguousarray(on.terrain.heights[window]).tobytes())
    return digest.hexdigest()


def _tile(
    squares: list[Square], on: Relief, steps: int, paint: Paint, picture: int, to_local: ToLocal, digest: str,
    span: NDArray[np.int64] | None = None,
) -> Tile | None:  # fmt: skip
    """A tile of one or a few squares of the same level."""
    nodes: list[Node] = []
    textures: list[bytes] = []
    boxes: list[NDArray[np.float64]] = []
    for square in squares:
        step = SIDE * 2.0**square.level / steps
        error = FINEST_ERROR * 2.0**square.level
        mesh = square_mesh(on, square.row, square.column, steps, step, error)
        if mesh is None:
            continue
        node, box = _node(mesh, square, step, 8.0 * error, to_local, len(textures))
        nodes.append(node)
        boxes.append(box)
        size = picture if square.level == 0 else picture // 2
        textures.append(png(_plain(paint(square.box, size, size))))
    if not nodes:
        return None
    around = np.concatenate([np.min(boxes, axis=0)[:3], np.max(boxes, axis=0)[3:]])
    content = write_glb(nodes, [Material(texture=i) for i in range(len(textures))], textures=textures)
    if span is None:
        span = np.array([[squares[0].column, squares[0].row, squares[0].column, squares[0].row]], np.int64)
    merged = np.concatenate([span[:, :2].min(axis=0), span[:, 2:].max(axis=0)])[None]
    coarse = pack({"span": merged, "digest": np.frombuffer(bytes.fromhex(digest), np.uint8)})
    return Tile(content, around, coarse)


def _plain(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of one colour needs only a few pixels."""
    if (picture[0] != picture[0, 0]).any() or (picture != picture[0, 0]).any():
        return picture
    return picture[:4, :4]


def _node(
    mesh: Mesh, square: Square, step: float, skirt: float, to_local: ToLocal, texture: int
) -> tuple[Node, NDArray[np.float64]]:
    """The mesh of a square with its skirt, in the local frame, and the box around it."""
    west, south, east, _ = square.box
    side = round((east - west) / step)
    on_map = np.column_stack(
        [west + mesh.vertices[:, 1] * step, south + mesh.vertices[:, 0] * step, mesh.heights.astype(np.float64)]
    )
    local = to_local(on_map)
    normals = _normals(mesh.slopes, on_map.mean(axis=0), to_local)
    rim, skirt_triangles = _skirt(mesh, side)
    local = np.vstack([local, local[rim] - [0.0, 0.0, skirt]])
    normals = np.vstack([normals, normals[rim]])
    place = np.vstack([mesh.vertices, mesh.vertices[rim]]) / float(side)
    uv = np.rint(65535.0 * np.column_stack([place[:, 1], 1.0 - place[:, 0]])).astype(np.uint16)
    positions, origin, scale = _on_lattice(y_up(local), square.level)
    attributes: dict[str, NDArray[Any]] = {"POSITION": positions, "NORMAL": normals, "TEXCOORD_0": uv}
    primitive = Primitive(attributes, np.vstack([mesh.triangles, skirt_triangles]), texture)
    return Node([primitive], origin, scale), box_of(local)


def _normals(slopes: NDArray[np.float32], centre: NDArray[np.float64], to_local: ToLocal) -> NDArray[np.int8]:
    """Unit normals in glTF axes; the map's north is turned into the local frame's."""
    ahead = to_local(centre + np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0]]))
    along = ahead[1, :2] - ahead[0, :2]
    cosine, sine = along / np.linalg.norm(along)
    east, north = -slopes[:, 0], -slopes[:, 1]
    turned = np.column_stack([cosine * east - sine * north, np.ones(len(slopes)), -(sine * east + cosine * north)])
    turned /= np.linalg.norm(turned, axis=1)[:, None]
    return np.rint(127.0 * turned).astype(np.int8)


def _skirt(mesh: Mesh, side: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Vertices on the edges of the square, and the triangles from them to their copies further down."""
    rims, triangles = [], []
    first = len(mesh.vertices)
    row, column = mesh.vertices[:, 0], mesh.vertices[:, 1]
    # walked counter-clockwise, so that the outside is to the right
    for at, order in ((row == 0, column), (column == side, row), (row == side, -column), (column == 0, -row)):
        rim = np.flatnonzero(at)
        rim = rim[np.argsort(order[rim], kind="stable")]
        if len(rim) < 2:
            continue
        top = np.column_stack([rim[:-1], rim[1:]])
        low = first + np.arange(len(rim) - 1)
        triangles.append(np.column_stack([top[:, 0], low, low + 1]))
        triangles.append(np.column_stack([top[:, 0], low + 1, top[:, 1]]))
        rims.append(rim)
        first += len(rim)
    if not rims:
        return np.zeros(0, np.int64), np.zeros((0, 3), np.int32)
    return np.concatenate(rims), np.vstack(triangles).astype(np.int32)


def _on_lattice(
    positions: NDArray[np.float64], level: int
) -> tuple[NDArray[np.uint16], tuple[float, float, float], tuple[float, float, float]]:
    """
    Positions as 16-bit numbers on a lattice that all tiles of a level share.

    Rounding to steps of the tile's own extent would move the same point differently in two tiles.
    """
    flat = 2.0 ** (level - 7)
    up = 2.0**-7
    extent = positions.max(axis=0) - positions.min(axis=0)
    while extent[1] > 65000.0 * up:
        up *= 2.0
    while max(extent[0], extent[2]) > 65000.0 * flat:
        flat *= 2.0
    scale = np.array([flat, up, flat])
    whole = np.rint(positions / scale)
    low = whole.min(axis=0)
    x, y, z = (low * scale).tolist()
    return (whole - low).astype(np.uint16), (x, y, z), (flat, up, flat)
