import numpy as np
import pytest
from numpy.testing import assert_allclose

from kastor.city.model import empty_city
from kastor.city.sample import ORIGIN, four_houses
from kastor.tiles import gltf
from tests.tiles.glb_contents import read_contents, split
from tests.tiles.real_buildings import dorsten, frame_of


def shift(xyz):
    return xyz - np.array(ORIGIN)


def test_every_house_and_tree_is_a_node_with_its_id(tmp_path):
    gltf.write(four_houses(), tmp_path / "city.glb", shift)
    head, _ = split((tmp_path / "city.glb").read_bytes())
    nodes = {node["name"]: node for node in head["nodes"]}
    assert sorted(nodes) == ["courtyard", "flat", "gable", "oak", "pair"]
    assert nodes["flat"]["extras"]["label"] == "Hauptstraße 1"
    assert nodes["oak"]["extras"] == {"species": "Quercus robur", "height": 12.0, "crown": 8.0}
    assert "extensionsRequired" not in head


def test_an_export_of_real_buildings_keeps_place_and_number(tmp_path):
    city = dorsten()
    frame = frame_of(city)
    gltf.write(city, tmp_path / "city.glb", frame.to_local)
    contents = read_contents((tmp_path / "city.glb").read_bytes())
    assert len(contents.gltf["nodes"]) == 30
    local = frame.to_local(city.xyz)
    assert_allclose(contents.points.max(axis=0), local.max(axis=0), atol=1e-3)
    assert sorted(contents.tables[0]["id"]) == sorted(n["name"] for n in contents.gltf["nodes"])


def test_a_city_with_nothing_to_show_is_refused_with_a_cure(tmp_path):
    with pytest.raises(gltf.NothingToDrawError, match="choose objects with geometry"):
        gltf.write(empty_city(), tmp_path / "city.glb", shift)
    assert not (tmp_path / "city.glb").exists()
