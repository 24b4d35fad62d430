"""A layer of tiles on disk: a quadtree over the cells, coarse tiles above, and only what changed made anew.

Neighbouring cells that hold little share a tile, up to a square of four by four: a hundred files
with three farms each would keep a browser longer than what is in them.

A layer is a directory with ``tileset.json``, content files named after the hash of their bytes
(so a browser may keep them for ever), and ``manifest.json`` with what each tile was made from.
Beside each file lie the same bytes packed with Brotli and gzip.

Content is written first, then ``tileset.json`` is replaced in one step, then the manifest; files
nobody refers to go last, and those of the previous tileset only after the next change, because
somebody may still be looking at it. Whenever the work is cut off, the tileset in place is whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import orjson

from kastor.tiles.files import replace_served, retire, settle, write_new
from kastor.tiles.tile import Tile

Json: TypeAlias = dict[str, Any]
Cell: TypeAlias = tuple[int, int]
Place: TypeAlias = tuple[int, int, int]
"""Level, column and row of a tile; level 0 are the cells, each level halves the numbers of the one below."""

TOGETHER = 256
"""Cells that hold no more objects than this together share a tile."""

AT_ONCE = 500
"""Tiles that hold no more objects than this together are made at once: it is the number of steps that costs."""

_WIDEST = 2
"""Highest level of a tile of several cells."""
_ORIGIN = 1 << 30
_WORTH_A_HULL = 65536

Build: TypeAlias = Callable[[Sequence[Sequence[Cell]]], Sequence[Tile | None]]
"""From columns and rows of the cells of some tiles to these tiles."""

Coarsen: TypeAlias = Callable[[Sequence[bytes], int], Tile | None]
"""From ``Tile.coarse`` of the tiles below, and the level (1 right above the cells), to a coarse tile."""


@dataclass(frozen=True)
class CellContent:
    """
    What a layer has in a cell.

    Parameters
    ----------
    column, row
        The cell, see :mod:`kastor.city.cells`.
    hash
        Stands for the content.
    objects
        How many objects it holds.
    """

    column: int
    row: int
    hash: str
    objects: int


@dataclass(frozen=True)
class TilingResult:
    """
    What an update of a layer did.

    Parameters
    ----------
    built, reused, removed
        Cells tiled anew, left as they were, gone.
    coarse
        Coarse tiles made anew.
    bytes
        Size of all contents of the layer, unpacked.
    """

    built: int
    reused: int
    removed: int
    coarse: int
    bytes: int


def update(
    directory: Path,
    layer: str,
    cells: Iterable[CellContent],
    build: Build,
    coarsen: Coarsen,
    transform: Sequence[float],
    error: float = 16.0,
    recipe: str = "1",
    progress: Callable[[int, int], None] | None = None,
    together: int = TOGETHER,
) -> TilingResult:
    """
    Bring a layer up to date.

    Parameters
    ----------
    directory
        Tiles of the tenant; the layer is a directory in it, made when missing.
    layer
        Name of the layer, such as ``"buildings"``.
    cells
        Every cell of the layer; cells not named are removed.
    build
        Makes some tiles, each of a cell or of a few neighbours, on any thread; called only where a hash changed. None
        where there is nothing to draw. See :func:`each`.
    coarsen
        Makes coarse tiles.
    transform
        From the local frame to ECEF, 16 numbers, column by column.
    error
        Geometric error of the tiles right above the cells, doubled with each level. [m]
    recipe
        Name of the way tiles are made; another name makes all anew.
    progress
        Called with the number of cells done and to do.
    together
        Cells that hold no more objects than this together share a tile; 0 gives each its own.

    Returns
    -------
    TilingResult
        What was done.
    """
    place = directory / layer
    place.mkdir(parents=True, exist_ok=True)
    known = _Manifest.read(place, recipe)
    work = _Work(place, known, coarsen, set(os.listdir(place)))
    leaves = _leaves(cells, together)
    stale = [at for at, members in leaves.items() if not work.kept(at, _content(members))]
    to_do = sum(len(leaves[at]) for at in stale)
    done = 0
    for at, tile in _built(build, leaves, stale):
        work.store(at, tile, _content(leaves[at]), leaves[at])
        done += len(leaves[at])
        if progress is not None:
            progress(done, to_do)
    top = work.tree()
    work.publish(orjson.dumps(_tileset(top, transform, error)), recipe)
    wanted = {(cell.column, cell.row) for members in leaves.values() for cell in members}
    return TilingResult(
        built=to_do,
        reused=len(wanted) - to_do,
        removed=len({tuple(cell) for entry in known.entries.values() for cell in entry.get("cells", ())} - wanted),
        coarse=work.coarse_made,
        bytes=sum(entry["bytes"] for entry in work.entries.values()),
    )


def _leaves(cells: Iterable[CellContent], together: int) -> dict[Place, list[CellContent]]:
    """The finest tiles: squares of cells that hold little, and the other cells alone."""
    leaves = {(0, cell.column, cell.row): [cell] for cell in cells}
    for level in range(1, _WIDEST + 1 if together else 0):
        squares: dict[Cell, list[Place]] = {}
        for below, column, row in leaves:
            squares.setdefault((column >> (level - below), row >> (level - below)), []).append((below, column, row))
        for square, places in squares.items():
            if sum(cell.objects for at in places for cell in leaves[at]) <= together:
                leaves[level, *square] = [cell for at in places for cell in leaves.pop(at)]
    return leaves


def _content(cells: list[CellContent]) -> str:
    """Stands for what a few cells hold."""
    return _digest("\n".join(f"{cell.column} {cell.row} {cell.hash}" for cell in cells).encode())


def _built(
    build: Build, leaves: dict[Place, list[CellContent]], places: list[Place]
) -> Iterator[tuple[Place, Tile | None]]:
    """Some of the finest tiles in order, made on all processors, a few ahead of the one that is wanted."""

    def of(run: list[Place]) -> Sequence[Tile | None]:
        return build([[(cell.column, cell.row) for cell in leaves[at]] for at in run])

    runs = list(_runs(leaves, places))
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, len(runs), workers):
            some = runs[first : first + workers]
            for run, tiles in zip(some, pool.map(of, some), strict=True):
                yield from zip(run, tiles, strict=True)


def _runs(leaves: dict[Place, list[CellContent]], places: list[Place]) -> Iterator[list[Place]]:
    """Tiles that are made at once: a few that hold little."""
    run: list[Place] = []
    held = 0
    for at in places:
        objects = sum(cell.objects for cell in leaves[at])
        if run and held + objects > AT_ONCE:
            yield run
            run, held = [], 0
        run.append(at)
        held += objects
    if run:
        yield run


def each(build: Callable[[Sequence[Cell]], Tile | None]) -> Build:
    """Make tiles one by one."""
    return lambda leaves: [build(cells) for cells in leaves]


@dataclass(frozen=True)
class _Manifest:
    entries: dict[Place, Json]
    names: set[str]
    previous: set[str]

    @staticmethod
    def read(place: Path, recipe: str) -> _Manifest:
        """The manifest in place; an empty one when there is none, it is damaged or of another recipe."""
        try:
            found = orjson.loads((place / "manifest.json").read_bytes())
            entries = {tuple(e["place"]): e for e in found["tiles"]}
            names, previous = set(found["names"]), set(found["previous"])
            same = found["recipe"] == recipe
        except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
            return _Manifest({}, set(), set())
        return _Manifest(entries if same else {}, names, previous)


@dataclass(frozen=True)
class _Node:
    """
    A tile with the tiles below it.

    Parameters
    ----------
    entry
        The tile in the manifest.
    reach
        Level at which one tile would cover its cells.
    cells
        Least and greatest column and row: west, south, east, north.
    box
        Box around the tile and all below it: least, then greatest east, north, up. [m]
    children
        The tiles below.
    """

    entry: Json
    reach: int
    cells: tuple[int, int, int, int]
    box: tuple[float, ...]
    children: tuple[_Node, ...] = ()

    @property
    def is_large_leaf(self) -> bool:
        """Whether it is one of the finest tiles and so large that another one should stand for it from afar."""
        return not self.children and self.entry["bytes"] > _WORTH_A_HULL

    @staticmethod
    def leaf(at: Place, entry: Json) -> _Node:
        """One of the finest tiles."""
        level, column, row = at
        last_column, last_row = ((n + 1 << level) - 1 for n in (column, row))
        return _Node(entry, level, (column << level, row << level, last_column, last_row), tuple(entry["box"]))


@dataclass
class _Work:
    """An update under way: the tiles so far."""

    place: Path
    known: _Manifest
    coarsen: Coarsen
    present: set[str]
    entries: dict[Place, Json] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)
    coarse_made: int = 0

    def kept(self, at: Place, digest: str) -> bool:
        """Take over the tile of the last update if it was made from the same and its files lie ready."""
        entry = self.known.entries.get(at)
        if entry is None or entry["hash"] != digest:
            return False
        if not all(name in self.present for name in (entry["content"], entry["coarse"]) if name):
            return False
        self.entries[at] = entry
        return True

    def store(self, at: Place, tile: Tile | None, digest: str, cells: Sequence[CellContent] = ()) -> None:
        """Write the files of a new tile; one of the finest has cells."""
        entry: Json = {"hash": digest, "content": "", "coarse": "", "box": [], "bytes": 0}
        entry["cells"] = [(cell.column, cell.row) for cell in cells]
        if tile is not None:
            entry["content"] = self._written(tile.content, ".glb")
            entry["coarse"] = self._written(tile.coarse, ".coarse") if tile.coarse else ""
            entry["box"] = [round(float(v), 3) for v in tile.box]
            entry["bytes"] = len(tile.content)
        self.entries[at] = entry

    def _written(self, data: bytes, suffix: str) -> str:
        name = _digest(data) + suffix
        if name not in self.known.names or name not in self.present:
            self.written += write_new(self.place / name, data, packed=suffix == ".glb")
        return name

    def tree(self) -> _Node | None:
        """Add the coarse tiles, level by level, until one tile covers all."""
        leaves = {at: _Node.leaf(at, entry) for at, entry in sorted(self.entries.items()) if entry["content"]}
        below: dict[Cell, _Node] = {}
        level = 0
        while True:
            for at in [at for at in leaves if at[0] == level]:
                below[at[1] + (_ORIGIN >> level), at[2] + (_ORIGIN >> level)] = leaves.pop(at)
            if len(below) <= 1 and not leaves:
                return next(iter(below.values()), None)
            level += 1
            groups: dict[Cell, list[_Node]] = {}
            for (column, row), node in below.items():
                groups.setdefault((column >> 1, row >> 1), []).append(node)
            below = {}
            for square, nodes in groups.items():
                alone = len(nodes) == 1 and not (nodes[0].reach == level - 1 and nodes[0].is_large_leaf)
                below[square] = nodes[0] if alone else self._parent((level, *square), nodes)

    def _parent(self, at: Place, nodes: list[_Node]) -> _Node:
        west, south = (min(node.cells[i] for node in nodes) for i in (0, 1))
        east, north = (max(node.cells[i] for node in nodes) for i in (2, 3))
        reach = max(max(east - west, north - south).bit_length(), 1 + max(node.reach for node in nodes))
        parts = [node.entry["coarse"] for node in nodes if node.entry["coarse"]]
        digest = _digest("\n".join([str(reach), *parts]).encode())
        if not self.kept(at, digest):
            self.store(at, self.coarsen([(self.place / part).read_bytes() for part in parts], reach), digest)
            self.coarse_made += 1
        entry = self.entries[at]
        boxes = [node.box for node in nodes] + ([tuple(entry["box"])] if entry["box"] else [])
        box = (*(min(b[i] for b in boxes) for i in (0, 1, 2)), *(max(b[i] for b in boxes) for i in (3, 4, 5)))
        return _Node(entry, reach, (west, south, east, north), box, tuple(nodes))

    def publish(self, tileset: bytes, recipe: str) -> None:
        """Put the new tileset in place, then the manifest, then delete what neither it nor the last one refers to."""
        names = {name for e in self.entries.values() for name in (e["content"], e["coarse"]) if name}
        settle(self.written)
        replace_served(self.place / "tileset.json", tileset)
        previous = self.known.names if self.known.names != names else self.known.previous
        listed = [{**entry, "place": at} for at, entry in sorted(self.entries.items())]
        manifest = {"recipe": recipe, "names": sorted(names), "previous": sorted(previous), "tiles": listed}
        replace_served(self.place / "manifest.json", orjson.dumps(manifest), packed=False)
        retire(self.place, {*names, *previous, "tileset.json", "manifest.json"})


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=12).hexdigest()


def _tileset(top: _Node | None, transform: Sequence[float], error: float) -> Json:
    asset = {"version": "1.1", "generator": "Kastor"}
    if top is None:
        root: Json = {"boundingVolume": {"box": box_volume([0.0] * 6)}, "geometricError": 0.0}
    else:
        root = _tile(top, error)
    root |= {"refine": "REPLACE", "transform": list(transform)}
    return {"asset": asset, "geometricError": 2.0 * error + 2.0 * float(root["geometricError"]), "root": root}


def _tile(node: _Node, error: float) -> Json:
    tile: Json = {
        "boundingVolume": {"box": box_volume(node.box)},
        "geometricError": error * 2.0 ** (node.reach - 1) if node.children else 0.0,
    }
    if node.entry["content"]:
        tile["content"] = {"uri": node.entry["content"]}
    if node.children:
        tile["children"] = [_tile(child, error) for child in node.children]
    return tile


def box_volume(box: Sequence[float]) -> list[float]:
    """A box as 3D Tiles writes it: centre and three half axes; no side shorter than 2 cm."""
    x, y, z = (round((box[i] + box[i + 3]) / 2.0, 3) for i in (0, 1, 2))
    # rounded upwards so that the box of a parent never ends inside that of its child
    a, b, c = (round(max((box[i + 3] - box[i]) / 2.0, 0.01) + 0.001, 3) for i in (0, 1, 2))
    return [x, y, z, a, 0.0, 0.0, 0.0, b, 0.0, 0.0, 0.0, c]


def write_root(directory: Path, layers: Sequence[str]) -> None:
    """
    Write ``tileset.json`` of a tenant: one tileset that shows some of its layers together.

    Layers that are not there or empty are left out.
    """
    children = []
    for layer in layers:
        try:
            tileset = orjson.loads((directory / layer / "tileset.json").read_bytes())
        except FileNotFoundError:
            continue
        root = tileset["root"]
        if "content" not in root and "children" not in root:
            continue
        children.append(
            {
                "boundingVolume": {"box": _moved(root["boundingVolume"]["box"], root["transform"])},
                "geometricError": tileset["geometricError"],
                "content": {"uri": f"{layer}/tileset.json"},
            }
        )
    whole = {"boundingVolume": {"sphere": _around([c["boundingVolume"]["box"] for c in children])}}
    error = max((c["geometricError"] for c in children), default=0.0)
    root = {**whole, "geometricError": error, "refine": "ADD"} | ({"children": children} if children else {})
    asset = {"version": "1.1", "generator": "Kastor"}
    directory.mkdir(parents=True, exist_ok=True)
    replace_served(
        directory / "tileset.json", orjson.dumps({"asset": asset, "geometricError": 2.0 * error, "root": root})
    )


def _moved(box: list[float], transform: list[float]) -> list[float]:
    matrix = np.array(transform).reshape(4, 4).T
    axes = np.array(box[3:]).reshape(3, 3) @ matrix[:3, :3].T
    centre = matrix[:3, :3] @ np.array(box[:3]) + matrix[:3, 3]
    return [round(float(v), 3) for v in np.concatenate([centre, axes.reshape(-1)])]


def _around(volumes: list[list[float]]) -> list[float]:
    """Sphere around some boxes."""
    if not volumes:
        return [0.0, 0.0, 0.0, 0.0]
    boxes = np.array(volumes)
    centre = boxes[:, :3].mean(axis=0)
    radius = np.sqrt((boxes[:, 3:] ** 2).sum(axis=1)) + np.linalg.norm(boxes[:, :3] - centre, axis=1)
    return [round(float(v), 3) for v in (*centre, radius.max() + 0.01)]
