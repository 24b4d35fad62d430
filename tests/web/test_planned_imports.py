"""Planned objects from files: unit and extent told, placed by points or address, as edits; bad files are refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from kastor.city.edits import apply
from kastor.city.outlines import outlines
from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.city.site import Site
from kastor.planning import changes
from kastor.store import Dataset, Tenant, create_tenant
from kastor.store.roles import Role
from kastor.tiles.glb import Node, Primitive, write_glb, y_up
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings
from tests.formats.test_ifc import written

HERE = "/api/tenants/musterstadt/planned"
EAST, NORTH, H = ORIGIN
CORNERS = np.array([(x, y, z) for z in (0, 9) for x, y in ((0, 0), (12, 0), (12, 8), (0, 8))], np.float64)
FACES = [(0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7)] + [
    face for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)) for face in ((a, b, b + 4), (a, b + 4, a + 4))
]


def box(factor: float = 1.0, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> bytes:
    """A block of 12 m x 8 m x 9 m, drawn in some unit and moved by its node."""
    points = y_up(CORNERS * factor).astype(np.float32)
    x, y, z = y_up(np.array([shift])).tolist()[0]
    return write_glb([Node([Primitive({"POSITION": points}, np.array(FACES))], (x, y, z), name="Haus")])


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with create_tenant(tmp_path_factory.mktemp("home"), "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as load:
            load.put("houses", four_houses())
            load.finish({"source": "houses", "findings": []})
        yield twin


@pytest.fixture(scope="module")
def post(twin: Tenant) -> Callable[..., Any]:
    app = create_app(Settings(home=twin.directory.parent.parent, rate=0))
    app.state.identify = lambda request: Person("7", {"musterstadt": frozenset({Role.PLANNER})})
    client = TestClient(app, headers={"Authorization": "x"})
    return lambda path, **more: client.post(f"{HERE}/{path}", **more)


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "m"), (1000.0, "mm"), (100.0, "cm")])
def test_the_unit_a_model_seems_to_have_is_told_with_its_extent(
    post: Callable[..., Any], factor: float, unit: str
) -> None:
    found = post("file", content=box(factor)).json()
    assert (found["unit"], found["unitSaid"], found["place"]) == (unit, False, None)
    assert found["extent"] == pytest.approx([12.0, 8.0, 9.0], abs=0.01)
    said = " ".join(note["de"] for note in found["notes"])
    assert ("scheint aber in mm gezeichnet" in said) == (unit == "mm")
    assert "sagt nicht, wo es steht" in said
    confirmed = post(f"file?unit={unit}", content=box(factor)).json()
    assert (confirmed["unitSaid"], confirmed["extent"]) == (True, found["extent"])


def test_a_model_becomes_a_building_with_walls_and_its_footprint(post: Callable[..., Any]) -> None:
    found = post("file", content=box(1000.0)).json()
    edit = {"kind": "model", "id": "new", "place": [EAST + 25, NORTH + 25], "turn": 90.0,
            "points": found["points"], "triangles": found["triangles"], "storeys": 3}  # fmt: skip
    site = Site(shapely.box(EAST, NORTH, EAST + 50, NORTH + 50), four_houses(), flat_ground())
    city = apply(site, changes.read([edit])).city
    index = city.ids.tolist().index("new")
    outline = outlines(city)[index]
    assert outline.area == pytest.approx(96.0, abs=0.1)
    assert np.diff(np.reshape(outline.bounds, (2, 2)), axis=0).ravel() == pytest.approx([8.0, 12.0], abs=0.01)
    assert city.attributes["measuredHeight"][index] == pytest.approx(9.0)
    assert city.xyz[-1, 2] == pytest.approx(H)
    assert shapely.Polygon(found["outline"]).area == pytest.approx(96.0, abs=0.1)


def test_a_model_with_coordinates_of_the_map_is_placed_by_them(post: Callable[..., Any]) -> None:
    found = post("file", content=box(1.0, (EAST + 100, NORTH, H))).json()
    assert found["place"] == pytest.approx([EAST + 106, NORTH + 4, H], abs=0.3)
    elsewhere = post("file", content=box(1.0, (691000.0, 5335000.0, 500.0))).json()
    assert elsewhere["place"] is None
    assert "liegen nicht in dieser Stadt" in elsewhere["notes"][-1]["de"]


def test_three_points_place_a_model_and_tell_how_well_they_fit(post: Callable[..., Any]) -> None:
    turn = np.radians(30.0)
    model = np.array([(-6.0, -4.0), (6.0, -4.0), (6.0, 4.0)])
    there = model @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (EAST + 20, NORTH + 30)
    pairs = [{"model": a, "map": b} for a, b in zip(model.tolist(), there.tolist(), strict=True)]
    found = post("placing", json={"pairs": pairs}).json()
    assert found["place"] == pytest.approx([EAST + 20, NORTH + 30], abs=1e-6)
    assert (found["turn"], found["scale"]) == pytest.approx((30.0, 1.0))
    assert found["residual"] < 1e-6
    for pair in pairs:
        pair["model"] = [1000 * v for v in pair["model"]]
    assert post("placing", json={"pairs": pairs}).json()["scale"] == pytest.approx(0.001)
    assert post("placing", json={"pairs": pairs[:1]}).status_code == 400


def test_an_address_and_north_place_a_model(post: Callable[..., Any]) -> None:
    found = post("placing", json={"address": "Hauptstraße 1", "north": 15.0}).json()
    assert found["place"] == pytest.approx([EAST + 10, NORTH + 10])
    assert found["turn"] == 15.0
    missing = post("placing", json={"address": "Nirgendwo 99"})
    assert (missing.status_code, "Schreibweise" in missing.json()["detail"]) == (400, True)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(geometry), "properties": properties}


def test_features_become_edits_and_what_is_left_out_is_told(post: Callable[..., Any]) -> None:
    house = shapely.box(EAST + 20, NORTH + 8, EAST + 26, NORTH + 14)
    line = shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)])
    crossed = shapely.Polygon([(EAST, NORTH), (EAST + 9, NORTH + 9), (EAST + 9, NORTH), (EAST, NORTH + 9)])
    collection = {"type": "FeatureCollection", "features": [
        feature(house, storeys=3, roof="gabled"), feature(house), feature(house, surface="grass"),
        feature(shapely.Point(EAST, NORTH), species="Tilia", height="11,5"), feature(line, barrier="wall"),
        feature(line), feature(crossed, height=3),
    ]}  # fmt: skip
    found = post("file", content=json.dumps(collection).encode()).json()
    assert [edit["kind"] for edit in found["edits"]] == ["add_building", "surface", "plant_tree", "wall", "add_street"]
    assert (found["edits"][0]["roof"], found["edits"][2]["height"]) == ("gable", 11.5)
    said = " ".join(note["de"] for note in found["notes"])
    assert "1 Objekte übergangen: Gebäude ohne Höhe" in said
    assert "überschneiden" in said
    assert len(changes.read(found["edits"])) == 5
    more = post("file?storeys=2", content=json.dumps(collection).encode()).json()
    assert len(more["edits"]) == 6


def test_features_in_degrees_come_into_the_plane_and_far_ones_are_refused(post: Callable[..., Any]) -> None:
    tree = {"type": "FeatureCollection", "features": [feature(shapely.Point(6.92, 51.03))]}
    found = post("file", content=json.dumps(tree).encode()).json()
    assert found["extent"][0] == pytest.approx(EAST, abs=5000)
    tree["features"] = [feature(shapely.Point(11.58, 48.13))]
    refused = post("file", content=json.dumps(tree).encode())
    assert (refused.status_code, "nicht in dieser Stadt" in refused.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"ISO-10303-21;", "Export it again as IFC4"),
        (box()[:-40], "damaged"),
        (b'{"asset": {"version": "1.0"}}', "2.0"),
        (b'{"asset": {"version": "2.0"}, "nodes": []}', "no triangles"),
        (b'{"asset": {"version": "2.0"}, "nodes": [{"children": [0]}], "scenes": [{"nodes": [0]}]}', "nested"),
        (b'{"asset": {"version": "2.0"}, "extensionsRequired": ["KHR_draco_mesh_compression"]}', "compression"),
        (b'{"asset": {"version": "2.0"}, "buffers": [{"uri": "house.bin"}]}', "one file"),
        (b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Blob"}}]}', "Geometrie"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(
    post: Callable[..., Any], content: bytes, named: str
) -> None:
    answer = post("file", content=content)
    assert 400 <= answer.status_code < 500, answer.text
    assert named in answer.json()["detail"]


def test_a_building_in_ifc_comes_with_its_place_storeys_and_turn(post: Callable[..., Any]) -> None:
    pytest.importorskip("ifcopenshell")
    here = {"Eastings": EAST + 100.0, "Northings": NORTH + 50.0, "OrthogonalHeight": 40.0, "XAxisAbscissa": 1.0}
    found = post("file", content=written(unit="MILLI", conversion=here), params={"name": "haus.ifc"}).json()
    assert (found["format"], found["unit"], found["unitSaid"], found["storeys"]) == ("ifc", "mm", True, 2)
    assert (found["name"], found["extent"], found["turn"]) == ("Haus am Markt", [10.0, 8.0, 9.0], 0.0)
    # the origin of the edit is the middle of the foot, which is the floor of the cellar
    assert found["place"] == pytest.approx([EAST + 105.0, NORTH + 54.0, 37.0])
    elsewhere = post("file", content=written(conversion={**here, "Northings": 3_000_000.0})).json()
    assert elsewhere["place"] is None
    assert "liegen nicht in dieser Stadt" in elsewhere["notes"][0]["de"]
    nowhere = post("file", content=written()).json()
    assert nowhere["place"] is None
    assert "sagt nicht, wo es steht" in nowhere["notes"][0]["de"]
    broken = post("file", content=b"ISO-10303-21;\nnothing")
    assert broken.status_code == 400
    assert "IFC" in broken.json()["detail"]
