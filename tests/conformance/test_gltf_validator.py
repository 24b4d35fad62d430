"""Every kind of GLB file Kastor writes, judged by the glTF validator of the Khronos Group (npm ``gltf-validator``)."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic
from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles import gltf
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import hull_tile
from kastor.tiles.trees import far_trees_tile, tree_tile, woodland_tile
from tests.tiles.real_buildings import by_cell, dorsten, frame_of, one_house

VALIDATOR = Path(__file__).parent.parent.parent / "browser" / "node_modules" / "gltf-validator"
JUDGE = """
const {validateBytes} = require(process.argv[1]);
const fs = require('fs');
(async () => {
  const found = {};
  for (const file of process.argv.slice(2)) {
    const report = await validateBytes(new Uint8Array(fs.readFileSync(file)), {maxIssues: 0});
    found[file] = report.issues.messages.filter(m => m.severity < 2).map(m => `${m.code} ${m.message} ${m.pointer}`);
  }
  console.log(JSON.stringify(found));
})();
"""


def shift(xyz):
    return xyz - np.array(ORIGIN)


def with_degenerate_polygons():
    grow = CityBuilder("EPSG:25832")
    grow.add_object("odd", Kind.BUILDING)
    x, y, z = ORIGIN
    for ring in (
        [(x, y, z), (x + 5, y, z), (x + 9, y, z)],
        [(x, y, z), (x, y, z), (x + 9, y, z), (x + 9, y + 2, z)],
        [(x, y, z), (x + 5, y + 5, z), (x + 5, y, z), (x, y + 5, z)],
        [(x, y, z), (x + 1e-7, y, z), (x, y + 1e-7, z)],
    ):
        grow.add_surface(Semantic.WALL, [[ring]])
    return grow.build()


def files():
    """Name and bytes of one file of each kind."""
    city = dorsten()
    frame = frame_of(city)
    cells = [building_tile(part, frame.to_local) for part in by_cell(city).values()]
    for number, tile in enumerate(cells):
        yield f"dorsten-{number}", tile.content
    hull = hull_tile([tile.coarse for tile in cells], 1)
    for level in (1, 2, 3):
        yield f"dorsten-hull-{level}", hull.content
        hull = hull_tile([hull.coarse], level + 1) or hull
    yield "houses", building_tile(four_houses(), shift).content
    yield (
        "no-attributes",
        building_tile(one_house([[(0.0, 0.0, 3.0), (9.0, 0.0, 3.0), (9.0, 9.0, 3.0)]]), shift).content,
    )
    yield "degenerate", building_tile(with_degenerate_polygons(), shift).content
    far = one_house([[(4.5e6, 5.5e6, 0.0), (4.5e6 + 900, 5.5e6, 0.0), (4.5e6, 5.5e6 + 3, 9.0)]])
    yield "huge", building_tile(far, lambda xyz: xyz).content
    trees = tree_tile(four_houses(), shift)
    yield "trees", trees.content
    yield "far-trees", far_trees_tile([trees.coarse], 2).content
    yield "wood", woodland_tile(np.add(ORIGIN, np.arange(60.0).reshape(20, 3)), shift).content


def test_the_validator_finds_neither_errors_nor_warnings(tmp_path):
    if shutil.which("node") is None or not VALIDATOR.exists():
        pytest.skip("the glTF validator is not installed; run `npm ci` in the folder browser")
    names = []
    for name, content in files():
        (tmp_path / f"{name}.glb").write_bytes(content)
        names.append(f"{name}.glb")
    gltf.write(four_houses(), tmp_path / "export.glb", shift)
    run = subprocess.run(
        ["node", "-e", JUDGE, str(VALIDATOR), *names, "export.glb"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(run.stdout)
    assert len(found) == len(names) + 1
    assert {name: issues for name, issues in found.items() if issues} == {}
