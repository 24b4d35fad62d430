import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kastor.city.terrain import Terrain, height_at
from kastor.tiles.relief import relief, square_mesh
from kastor.tiles.terrain import FINEST_ERROR, SIDE, update_terrain
from tests.tiles.glb_reading import Piece, read_pieces
from tests.tiles.ground_samples import UNIT, dorsten, from_local, to_local


def paint(box, width, height):
    """Red grows to the east."""
    x = box[0] + (np.arange(width) + 0.5) * (box[2] - box[0]) / width
    red = np.tile((x / 4) % 256, (height, 1))
    return np.dstack([red, np.full_like(red, 120), np.full_like(red, 90)]).astype(np.uint8)


def build(directory: Path, terrain: Terrain, digest=b""):
    return update_terrain(directory, relief(terrain), paint, lambda box: digest, to_local, UNIT, picture=64)


def contents(directory: Path) -> list[tuple[int, Path]]:
    """Depth below the finest tiles and content of every tile."""
    found = []

    def walk(tile):
        depth = 1 + max((walk(child) for child in tile.get("children", [])), default=-1)
        found.append((depth, directory / "terrain" / tile["content"]["uri"]))
        return depth

    walk(json.loads((directory / "terrain" / "tileset.json").read_text())["root"])
    return found


def pieces(directory: Path, depth: int) -> list[Piece]:
    return [piece for d, path in contents(directory) if d == depth for piece in read_pieces(path.read_bytes())]


def surface(piece: Piece) -> np.ndarray:
    """Vertices of the ground without those of the skirt, in map coordinates."""
    drawn = np.unique(piece.triangles[top_triangles(piece)])
    return from_local(piece.positions[drawn])


def top_triangles(piece: Piece) -> np.ndarray:
    a, b, c = (piece.positions[piece.triangles[:, i]] for i in range(3))
    return np.cross(b - a, c - a)[:, 2] > 1e-3


def test_vertices_lie_on_the_ground(tmp_path):
    terrain = dorsten()
    build(tmp_path, terrain)
    finest = pieces(tmp_path, 0)
    assert len(finest) == 2
    for piece in finest:
        points = surface(piece)
        inside = (points[:, 0] > 360251) & (points[:, 0] < 360749) & (points[:, 1] > 5721501) & (points[:, 1] < 5721749)
        points = points[inside]
        assert np.abs(points[:, 2] - height_at(terrain, points[:, 0], points[:, 1])).max() < 0.02


def test_the_ground_is_nowhere_missed_by_more_than_the_error_of_the_level(tmp_path):
    heights = dorsten().heights[:, :250].astype(np.float64)
    terrain = Terrain("", 0.0, 250.0, 1.0, heights.astype(np.float32))
    for limit in (0.3, 0.6):
        mesh = square_mesh(relief(terrain), 0, 0, 256, SIDE / 256, limit)
        assert mesh is not None
        corners = mesh.vertices[mesh.triangles] * (SIDE / 256)
        middle = corners.mean(axis=1)
        drawn = mesh.heights[mesh.triangles].mean(axis=1)
        ground = height_at(terrain, middle[:, 1], middle[:, 0])
        # between lattice points the ground may bend once more
        assert np.nanquantile(np.abs(drawn - ground), 0.99) < limit
        assert np.nanmax(np.abs(drawn - ground)) < limit + 0.1


def test_neighbouring_tiles_share_the_vertices_of_their_edge_exactly(tmp_path):
    build(tmp_path, dorsten())
    for depth, side in ((0, SIDE), (1, 2 * SIDE)):
        edges: dict[tuple[str, int], list[np.ndarray]] = {}
        for piece in pieces(tmp_path, depth):
            local = piece.positions[np.unique(piece.triangles[top_triangles(piece)])]
            on_map = from_local(local)
            for axis, name in ((0, "east"), (1, "north")):
                lines = np.rint(on_map[:, axis] / side)
                near = np.abs(on_map[:, axis] - lines * side) < 0.05
                for line in np.unique(lines[near]):
                    other = on_map[:, 1 - axis]
                    square = int(np.floor((other[near].mean()) / side))
                    points = local[near & (lines == line)]
                    edges.setdefault((f"{name} {square}", int(line)), []).append(points[np.lexsort(points.T)])
        shared = [pair for pair in edges.values() if len(pair) == 2]
        assert shared
        for mine, other in shared:
            assert np.array_equal(mine, other)
            assert len(mine) > 2


def test_skirts_hang_from_every_edge(tmp_path):
    build(tmp_path, dorsten())
    for piece in pieces(tmp_path, 0):
        count = len(np.unique(piece.triangles[top_triangles(piece)]))
        hanging = piece.positions[count:]
        assert len(hanging) > 8
        assert (piece.positions[:count, 2].min() - hanging[:, 2].min()) > 4 * FINEST_ERROR


def test_normals_are_units_and_look_up(tmp_path):
    build(tmp_path, dorsten())
    for piece in pieces(tmp_path, 0):
        assert np.abs(np.linalg.norm(piece.normals, axis=1) - 1.0).max() < 0.02
        assert (piece.normals[:, 2] > 0.1).all()


def test_the_picture_lies_where_it_was_painted(tmp_path):
    build(tmp_path, dorsten())
    for piece in pieces(tmp_path, 0):
        image = np.asarray(Image.open(io.BytesIO(piece.picture)).convert("RGB")).astype(int)
        points = from_local(piece.positions)
        at = np.clip((piece.uv * 64).astype(int), 0, 63)
        red = (points[:, 0] / 4) % 256
        off = np.abs(image[at[:, 1], at[:, 0], 0] - red)
        # a pixel is 4 m wide, which is one step of red; the palette joins two
        assert np.minimum(off, 256 - off).max() < 3


def test_coarser_tiles_have_fewer_triangles(tmp_path):
    build(tmp_path, dorsten())
    fine = sum(len(piece.triangles) for piece in pieces(tmp_path, 0))
    coarse = sum(len(piece.triangles) for piece in pieces(tmp_path, 1))
    assert coarse < fine / 2


def test_nothing_is_made_anew_when_nothing_changed(tmp_path):
    build(tmp_path, dorsten())
    again = build(tmp_path, dorsten())
    assert (again.built, again.coarse) == (0, 0)


def test_a_changed_height_changes_only_the_tiles_around_it(tmp_path):
    ground = np.add.outer(np.arange(200.0), np.arange(200.0)) / 40.0
    terrain = Terrain("", 0.0, 1000.0, 5.0, ground.astype(np.float32))
    first = build(tmp_path, terrain)
    assert first.built == 16
    heights = terrain.heights.copy()
    heights[15, 15] += 3.0
    again = build(tmp_path, replace(terrain, heights=heights))
    assert 1 <= again.built <= 4
    # what was not made anew is the same as if all had been
    whole = tmp_path / "whole"
    build(whole, replace(terrain, heights=heights))
    assert {path.name for _, path in contents(tmp_path)} == {path.name for _, path in contents(whole)}


def test_a_changed_picture_makes_its_tiles_anew(tmp_path):
    build(tmp_path, dorsten(), b"one")
    assert build(tmp_path, dorsten(), b"two").built == 2


def test_no_ground_is_drawn_where_none_is_known(tmp_path):
    heights = np.full((200, 200), 50.0, np.float32)
    heights[:, 90:] = np.nan
    build(tmp_path, Terrain("", 0.0, 1000.0, 5.0, heights))
    drawn = np.vstack([surface(piece) for piece in pieces(tmp_path, 0)])
    assert drawn[:, 0].max() < 450.0 + 10 * 5.0
    assert drawn[:, 0].max() > 440.0
    assert np.abs(drawn[:, 2] - 50.0).max() < 0.02


def test_a_hole_in_the_ground_stays_open_and_its_surroundings_are_drawn(tmp_path):
    heights = np.full((100, 100), 50.0, np.float32)
    heights[40:60, 40:60] = np.nan
    mesh = square_mesh(relief(Terrain("", 0.0, 250.0, 2.5, heights)), 0, 0, 128, 250 / 128, 0.2)
    assert mesh is not None
    middle = mesh.vertices[mesh.triangles].mean(axis=1) * 250 / 128
    assert not (np.abs(middle - 125.0).max(axis=1) < 5.0).any()
    corners = mesh.vertices[mesh.triangles].astype(float) * 250 / 128
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    size = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum() / 2.0
    assert size >= 250.0**2 - 50.0**2 - 1.0
    assert size < 250.0**2 - 20.0**2


def test_terrain_without_any_height_is_refused_with_the_cure():
    with pytest.raises(ValueError, match="load heights first"):
        relief(Terrain("", 0.0, 0.0, 1.0, np.full((4, 4), np.nan, np.float32)))


def test_unknown_heights_are_taken_from_nearby():
    heights = np.full((5, 9), np.nan, np.float32)
    heights[2, 1], heights[2, 7] = 10.0, 20.0
    filled = relief(Terrain("", 0.0, 5.0, 1.0, heights)).heights
    assert (filled[:, :4] == 10.0).all()
    assert (filled[:, 5:] == 20.0).all()
