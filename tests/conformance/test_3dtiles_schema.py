"""Tilesets and metadata against the JSON schemas of OGC 3D Tiles 1.1 (CesiumGS/3d-tiles, CC BY 4.0)."""

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles.buildings import building_tile
from kastor.tiles.hull_tiles import hull_tile
from kastor.tiles.tileset import each, update, write_root
from kastor.tiles.trees import far_trees_tile, tree_tile
from tests.tiles.glb_contents import split
from tests.tiles.real_buildings import by_cell, contents, dorsten, frame_of, of_cells

SCHEMAS = Path(__file__).parent.parent / "data" / "3d-tiles-schema"


@cache
def registry() -> Registry:
    resources = []
    for file in SCHEMAS.rglob("*.json"):
        schema = json.loads(file.read_text())
        schema.pop("$id", None)
        resources.append((f"http://schemas.invalid/{file.relative_to(SCHEMAS)}", Resource(schema, DRAFT202012)))
    return Registry().with_resources(resources)


def faults(name, document):
    validator = Draft202012Validator({"$ref": f"http://schemas.invalid/{name}"}, registry=registry())
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def tilesets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tiles")
    city = dorsten()
    frame = frame_of(city)
    parts = by_cell(city)
    update(
        directory, "buildings", contents(parts), each(lambda c: building_tile(of_cells(parts, c), frame.to_local)),
        hull_tile, frame.transform, together=0,
    )  # fmt: skip
    trees = by_cell(four_houses())
    update(
        directory, "trees", contents(trees), each(lambda c: tree_tile(of_cells(trees, c), lambda xyz: xyz - ORIGIN)),
        far_trees_tile, frame.transform,
    )  # fmt: skip
    update(directory, "woodland", [], each(lambda c: None), far_trees_tile, frame.transform)
    write_root(directory, ["terrain", "buildings", "trees", "woodland"])
    return directory


@pytest.mark.parametrize(
    "name", ["tileset.json", "buildings/tileset.json", "trees/tileset.json", "woodland/tileset.json"]
)
def test_tilesets_follow_the_schema(tilesets, name):
    assert faults("tileset.schema.json", json.loads((tilesets / name).read_text())) == []


def test_the_schema_would_notice_a_fault():
    assert faults("tileset.schema.json", {"asset": {"version": "1.1"}, "geometricError": -1, "root": {}})


def test_metadata_of_every_tile_follows_the_schema(tilesets):
    for file in tilesets.rglob("*.glb"):
        gltf, _ = split(file.read_bytes())
        metadata = gltf.get("extensions", {}).get("EXT_structural_metadata")
        if metadata is None:
            continue
        assert faults("Schema/schema.schema.json", metadata["schema"]) == []
        for table in metadata["propertyTables"]:
            assert faults("PropertyTable/propertyTable.schema.json", table) == []
