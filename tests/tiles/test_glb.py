import numpy as np
import pytest
from numpy.testing import assert_allclose

from kastor.city.strings import Strings
from kastor.tiles.glb import FeatureIds, Material, Node, Primitive, PropertyTable, linear_color, write_glb, y_up
from tests.tiles.glb_contents import accessor, split, tables

CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)


def triangle(**attributes):
    return Primitive({"POSITION": CORNERS, **attributes}, np.array([0, 1, 2]))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_vertex_attribute_begins_at_a_multiple_of_four_bytes(dtype):
    gltf, body = split(write_glb([Node([triangle(_FEATURE_ID_0=np.array([1, 2, 3], dtype))])]))
    index = gltf["meshes"][0]["primitives"][0]["attributes"]["_FEATURE_ID_0"]
    view = gltf["bufferViews"][gltf["accessors"][index]["bufferView"]]
    assert view.get("byteStride", 4) % 4 == 0
    assert view["byteOffset"] % 4 == 0
    assert accessor(gltf, body, index)[:, 0].tolist() == [1, 2, 3]


def test_positions_have_bounds_and_quantised_ones_name_their_extension():
    plain = split(write_glb([Node([triangle()])]))[0]
    assert plain["accessors"][0]["min"] == [0, 0, 0]
    assert plain["accessors"][0]["max"] == [1, 1, 0]
    assert "extensionsUsed" not in plain
    whole = Primitive({"POSITION": CORNERS.astype(np.uint16)}, np.array([0, 1, 2]))
    assert split(write_glb([Node([whole])]))[0]["extensionsRequired"] == ["KHR_mesh_quantization"]


def test_many_vertices_get_wide_indices():
    points = np.zeros((70_000, 3), np.float32)
    points[:, 0] = np.arange(70_000)
    gltf, body = split(write_glb([Node([Primitive({"POSITION": points}, np.array([0, 1, 69_999]))])]))
    index = gltf["meshes"][0]["primitives"][0]["indices"]
    assert gltf["accessors"][index]["componentType"] == 5125
    assert accessor(gltf, body, index)[:, 0].tolist() == [0, 1, 69_999]


def test_tables_keep_numbers_text_and_what_means_unknown():
    columns = {"id": Strings.of(["ä", "", "longer"]), "height": np.array([1.5, -1, 3], np.float32)}
    table = PropertyTable("building", 3, columns, {"height": -1.0})
    primitive = Primitive(
        {"POSITION": CORNERS, "_FEATURE_ID_0": np.zeros(3, np.uint16)}, np.array([0, 1, 2]), 0, (FeatureIds(3, 0, 0),)
    )
    gltf, body = split(write_glb([Node([primitive])], tables=[table]))
    assert tables(gltf, body) == [{"id": ["ä", "", "longer"], "height": [1.5, -1.0, 3.0]}]
    properties = gltf["extensions"]["EXT_structural_metadata"]["schema"]["classes"]["building"]["properties"]
    assert properties["height"]["noData"] == -1.0
    assert gltf["extensionsUsed"] == ["EXT_mesh_features", "EXT_structural_metadata"]


def test_textures_are_embedded():
    png = b"\x89PNG\r\n\x1a\n rest"
    gltf, body = split(write_glb([Node([triangle()])], [Material(texture=0)], textures=[png]))
    view = gltf["bufferViews"][gltf["images"][0]["bufferView"]]
    assert body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]] == png
    assert gltf["images"][0]["mimeType"] == "image/png"


def test_nodes_that_share_their_primitives_share_a_mesh():
    mesh = [triangle()]
    gltf, _ = split(write_glb([Node(mesh, name="a"), Node(mesh, (1.0, 0.0, 0.0), name="b", extras={"height": 3.0})]))
    assert len(gltf["meshes"]) == 1
    assert gltf["nodes"][1] == {"mesh": 0, "name": "b", "extras": {"height": 3.0}, "translation": [1.0, 0.0, 0.0]}


def test_north_becomes_minus_z_and_up_becomes_y():
    assert_allclose(y_up(np.array([[1.0, 2.0, 3.0]])), [[1, 3, -2]])
    assert linear_color("#000000") == (0.0, 0.0, 0.0, 1.0)
