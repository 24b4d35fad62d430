import gzip
import json

import brotli
import numpy as np
import pytest
from numpy.testing import assert_allclose

from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import HULL_ERROR, hull_tile
from kastor.tiles.tile import Tile
from kastor.tiles.tileset import CellContent, each, update, write_root
from tests.tiles.real_buildings import by_cell, contents, dorsten, frame_of, of_cells

UNIT = np.eye(4).T.reshape(-1).tolist()


def square(cell, words=b"", coarse=b"c"):
    """A tile that fills its cell."""
    x, y = cell[0] * 500.0, cell[1] * 500.0
    return Tile(
        b"glTF %d %d " % cell + words, np.array([x, y, 0, x + 500, y + 500, 10]), coarse and coarse + b"%d %d" % cell
    )


def merged(parts, level):
    return Tile(b"coarse %d " % level + b",".join(parts), np.array([0, 0, 0, 1.0, 1, 1]), b"|".join(parts))


def put(directory, cells, build=square, coarsen=merged, digest="1", **options):
    """Each cell in a tile of its own."""
    listed = [CellContent(c, r, digest if isinstance(digest, str) else digest[c, r], 1) for c, r in cells]

    def alone(members):
        (cell,) = members
        return build(cell)

    return update(
        directory, "buildings", listed, each(alone), coarsen, UNIT, **{"error": 16.0, "together": 0, **options}
    )


def put_together(directory, objects, changed=(), **options):
    """Cells with a number of objects each, drawn into shared tiles; gives what was built."""
    listed = [CellContent(c, r, "2" if (c, r) in changed else "1", n) for (c, r), n in objects.items()]
    built = []

    def build(cells):
        built.append(sorted(cells))
        boxes = np.array([square(cell).box for cell in cells])
        box = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
        content = b"glTF %r %d" % (sorted(cells), sum((*cell, 0) in changed or cell in changed for cell in cells))
        return Tile(content, box, b"c" + content)

    result = update(directory, "buildings", listed, each(build), merged, UNIT, **{"together": 10, **options})
    return result, built


def tileset(directory):
    return json.loads((directory / "buildings" / "tileset.json").read_text())


def tiles(tile):
    yield tile
    for child in tile.get("children", []):
        yield from tiles(child)


def assert_whole(directory):
    """Every content the tileset names is there, with its packed twins, and they agree."""
    place = directory / "buildings"
    named = [tile["content"]["uri"] for tile in tiles(tileset(directory)["root"]) if "content" in tile]
    for name in [*named, "tileset.json"]:
        data = (place / name).read_bytes()
        assert data
        assert brotli.decompress((place / f"{name}.br").read_bytes()) == data
        assert gzip.decompress((place / f"{name}.gz").read_bytes()) == data
    return named


def assert_nested(tile):
    """Children lie in the box of their parent and are no coarser."""
    box = np.array(tile["boundingVolume"]["box"])
    half = np.abs(box[3:].reshape(3, 3)).sum(axis=0)
    for child in tile.get("children", []):
        inner = np.array(child["boundingVolume"]["box"])
        reach = np.abs(inner[3:].reshape(3, 3)).sum(axis=0)
        assert (np.abs(inner[:3] - box[:3]) + reach <= half + 0.01).all()
        assert child["geometricError"] <= tile["geometricError"]
        assert_nested(child)


def test_one_cell_is_a_tileset_of_one_tile(tmp_path):
    result = put(tmp_path, [(712, 11310)])
    assert (result.built, result.reused, result.coarse) == (1, 0, 0)
    root = tileset(tmp_path)["root"]
    assert root["geometricError"] == 0
    assert "children" not in root
    assert root["transform"] == UNIT
    assert len(assert_whole(tmp_path)) == 1


def test_many_cells_make_a_tree_whose_boxes_nest(tmp_path):
    cells = [(column, row) for column in range(700, 706) for row in range(11000, 11005)]
    result = put(tmp_path, cells)
    root = tileset(tmp_path)["root"]
    assert result.built == 30
    assert sum("children" not in tile for tile in tiles(root)) == 30
    assert_nested(root)
    assert_whole(tmp_path)
    errors = sorted({tile["geometricError"] for tile in tiles(root)})
    assert errors[:3] == [0, 16, 32]


def test_neighbours_across_the_border_of_a_square_still_have_a_fine_parent(tmp_path):
    put(tmp_path, [(-1, 1023), (0, 1024)])
    root = tileset(tmp_path)["root"]
    assert root["geometricError"] == 16
    assert len(root["children"]) == 2


def test_only_changed_cells_and_what_stands_above_them_are_made_anew(tmp_path):
    cells = [(column, row) for column in range(8) for row in range(8)]
    digest = dict.fromkeys(cells, "1")
    put(tmp_path, cells, digest=digest)
    built = []
    result = put(
        tmp_path, cells, lambda cell: built.append(cell) or square(cell, b"new", b"new"), digest={**digest, (3, 5): "2"}
    )
    assert built == [(3, 5)]
    assert (result.built, result.reused, result.removed, result.coarse) == (1, 63, 0, 3)
    assert_whole(tmp_path)


def test_nothing_changed_writes_nothing(tmp_path):
    cells = [(0, 0), (1, 0), (0, 1)]
    put(tmp_path, cells)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "buildings").iterdir()}
    result = put(tmp_path, cells)
    assert (result.built, result.reused, result.coarse) == (0, 3, 0)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "buildings").iterdir()} == before


def test_contents_of_the_last_tileset_stay_until_the_next_change(tmp_path):
    put(tmp_path, [(0, 0), (1, 0)], digest="1")
    first = set(assert_whole(tmp_path))
    put(tmp_path, [(0, 0), (1, 0)], lambda c: square(c, b"2", b"2"), digest="2")
    second = set(assert_whole(tmp_path))
    assert all((tmp_path / "buildings" / name).exists() for name in first)
    put(tmp_path, [(0, 0), (1, 0)], lambda c: square(c, b"3", b"3"), digest="3")
    assert not any((tmp_path / "buildings" / name).exists() for name in first)
    assert all((tmp_path / "buildings" / name).exists() for name in second)


def test_cells_no_longer_named_are_removed(tmp_path):
    put(tmp_path, [(0, 0), (1, 0), (5, 5)])
    result = put(tmp_path, [(0, 0)])
    assert (result.built, result.reused, result.removed) == (0, 1, 2)
    assert len(assert_whole(tmp_path)) == 1


def test_a_cell_without_anything_to_draw_is_remembered(tmp_path):
    put(tmp_path, [(0, 0), (1, 0)], lambda cell: None if cell == (0, 0) else square(cell))
    result = put(tmp_path, [(0, 0), (1, 0)])
    assert (result.built, result.reused) == (0, 2)
    assert len(assert_whole(tmp_path)) == 1


def test_neighbours_that_hold_little_share_a_tile(tmp_path):
    result, built = put_together(tmp_path, {(0, 0): 2, (1, 0): 3, (0, 1): 4, (7, 7): 1})
    assert (result.built, result.coarse) == (4, 1)
    assert sorted(built) == [[(0, 0), (0, 1), (1, 0)], [(7, 7)]]
    assert_nested(tileset(tmp_path)["root"])
    assert_whole(tmp_path)


def test_a_full_cell_keeps_its_own_tile_and_so_do_those_beside_it(tmp_path):
    _, built = put_together(tmp_path, {(0, 0): 9, (1, 0): 3, (2, 0): 3, (3, 0): 3})
    assert sorted(built) == [[(0, 0)], [(1, 0)], [(2, 0), (3, 0)]]
    root = tileset(tmp_path)["root"]
    assert_nested(root)
    assert len(assert_whole(tmp_path)) == 5


def test_no_tile_spans_more_than_four_cells(tmp_path):
    _, built = put_together(tmp_path, {(column, row): 0 for column in range(8) for row in range(8)})
    assert sorted(len(cells) for cells in built) == [16, 16, 16, 16]
    assert_nested(tileset(tmp_path)["root"])


def test_a_change_in_a_shared_tile_leaves_the_others(tmp_path):
    cells = {(0, 0): 2, (1, 0): 3, (5, 5): 4, (7, 7): 1}
    put_together(tmp_path, cells)
    result, built = put_together(tmp_path, cells, changed={(1, 0)})
    assert built == [[(0, 0), (1, 0)]]
    assert (result.built, result.reused, result.removed) == (2, 2, 0)
    assert_whole(tmp_path)


def test_a_growing_cell_moves_out_of_its_shared_tile(tmp_path):
    put_together(tmp_path, {(0, 0): 2, (1, 0): 3})
    result, built = put_together(tmp_path, {(0, 0): 9, (1, 0): 3}, changed={(0, 0)})
    assert sorted(built) == [[(0, 0)], [(1, 0)]]
    assert (result.built, result.removed) == (2, 0)
    assert put_together(tmp_path, {(1, 0): 3})[0].removed == 1
    assert_whole(tmp_path)


def test_no_cells_make_an_empty_tileset(tmp_path):
    result = put(tmp_path, [])
    assert result.bytes == 0
    assert "content" not in tileset(tmp_path)["root"]


def test_coarse_tiles_without_content_still_lead_to_the_cells(tmp_path):
    put(tmp_path, [(0, 0), (1, 0)], coarsen=lambda parts, level: None)
    root = tileset(tmp_path)["root"]
    assert "content" not in root
    assert len(root["children"]) == 2
    assert_nested(root)


class Cut(Exception):
    """The work is cut off."""


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_update_cut_off_while_building_leaves_the_old_tileset_whole(tmp_path, after):
    cells = [(0, 0), (1, 0), (0, 1), (1, 1)]
    put(tmp_path, cells)
    before = tileset(tmp_path)
    count = iter(range(10))

    def build(cell):
        if next(count) >= after:
            raise Cut
        return square(cell, b"2", b"2")

    with pytest.raises(Cut):
        put(tmp_path, cells, build, digest="2")
    assert tileset(tmp_path) == before
    assert_whole(tmp_path)
    result = put(tmp_path, cells, lambda c: square(c, b"2", b"2"), digest="2")
    assert result.built == 4
    assert_whole(tmp_path)


def test_an_update_cut_off_above_the_cells_leaves_the_old_tileset_whole(tmp_path):
    cells = [(0, 0), (1, 0)]
    put(tmp_path, cells)
    before = tileset(tmp_path)

    def coarsen(parts, level):
        raise Cut

    with pytest.raises(Cut):
        put(tmp_path, cells, lambda c: square(c, b"2", b"2"), coarsen, digest="2")
    assert tileset(tmp_path) == before
    assert_whole(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b'{"tiles": 3}'])
def test_a_damaged_manifest_means_tiling_anew(tmp_path, damage):
    put(tmp_path, [(0, 0), (1, 0)])
    (tmp_path / "buildings" / "manifest.json").write_bytes(damage)
    assert put(tmp_path, [(0, 0), (1, 0)]).built == 2
    assert_whole(tmp_path)


def test_lost_contents_are_made_again(tmp_path):
    put(tmp_path, [(0, 0), (1, 0)])
    names = [tile["content"]["uri"] for tile in tileset(tmp_path)["root"]["children"]]
    (tmp_path / "buildings" / names[0]).unlink()
    assert put(tmp_path, [(0, 0), (1, 0)]).built == 1
    assert_whole(tmp_path)


def test_another_recipe_makes_all_anew(tmp_path):
    put(tmp_path, [(0, 0), (1, 0)], recipe="1")
    assert put(tmp_path, [(0, 0), (1, 0)], recipe="2").built == 2


def test_progress_counts_cells_to_do(tmp_path):
    told = []
    put(tmp_path, [(0, 0), (1, 0)], progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_the_tileset_of_a_tenant_shows_its_layers_where_they_are_on_earth(tmp_path):
    city = dorsten()
    frame = frame_of(city)
    parts = by_cell(city)
    update(
        tmp_path,
        "buildings",
        contents(parts),
        each(lambda cells: building_tile(of_cells(parts, cells), frame.to_local)),
        hull_tile,
        frame.transform,
        HULL_ERROR,
    )
    write_root(tmp_path, ["terrain", "buildings"])
    whole = json.loads((tmp_path / "tileset.json").read_text())
    child = whole["root"]["children"][0]
    assert child["content"]["uri"] == "buildings/tileset.json"
    centre = np.array(child["boundingVolume"]["box"][:3])
    assert_allclose(np.linalg.norm(centre), 6_365_000, atol=5_000)
    x, y, z, radius = whole["root"]["boundingVolume"]["sphere"]
    assert np.linalg.norm(centre - (x, y, z)) <= radius
    assert len(whole["root"]["children"]) == 1


def test_a_tenant_without_tiles_has_an_empty_tileset(tmp_path):
    write_root(tmp_path, ["terrain", "buildings"])
    assert "children" not in json.loads((tmp_path / "tileset.json").read_text())["root"]
