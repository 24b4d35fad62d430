import json

import pytest
from fastapi.testclient import TestClient

from kastor.web.app import create_app
from kastor.web.settings import Settings

REQUIRED = {
    "WMS": {"id", "name", "url", "typ", "layers", "format", "version", "featureCount", "gfiAttributes", "gfiTheme"},
    "TileSet3D": {"id", "name", "url", "typ", "gfiAttributes"},
    "Terrain3D": {"id", "name", "url", "typ"},
}
"""Fields the Masterportal asks for, by type of service."""


@pytest.fixture
def client(tiled_twin):
    with TestClient(create_app(Settings(home=tiled_twin.directory.parent.parent))) as client:
        yield client


@pytest.fixture
def services(client):
    return client.get("/masterportal/musterstadt/services.json").json()


def test_every_service_has_what_the_masterportal_asks_for(services):
    assert {layer["typ"] for layer in services} == {"WMS", "TileSet3D", "Terrain3D"}
    for layer in services:
        assert set(layer) >= REQUIRED[layer["typ"]], layer["id"]
    assert len({layer["id"] for layer in services}) == len(services)


def test_every_service_answers_at_its_address(client, services):
    for layer in services:
        path = layer["url"].removeprefix("http://testserver")
        first = {
            "WMS": f"{path}?SERVICE=WMS&VERSION={layer.get('version')}&REQUEST=GetCapabilities",
            "TileSet3D": f"{path}/tileset.json",
            "Terrain3D": f"{path}/layer.json",
        }[layer["typ"]]
        answer = client.get(first)
        assert answer.status_code == 200, first
        if layer["typ"] == "WMS":
            assert f"<Name>{layer['layers']}</Name>" in answer.text


def test_the_portal_shows_exactly_these_services(client, services):
    portal = client.get("/masterportal/musterstadt/config.json").json()
    trees = portal["layerConfig"]
    shown = [element["id"] for tree in trees.values() for element in tree["elements"]]
    assert sorted(shown) == sorted(layer["id"] for layer in services)
    view = portal["portalConfig"]["map"]["mapView"]
    assert view["epsg"] == "EPSG:25832"
    west, south, east, north = view["extent"]
    assert west <= view["startCenter"][0] <= east
    assert south <= view["startCenter"][1] <= north


def test_the_portal_is_built_like_the_official_examples(client, shared_data):
    folder = shared_data("metadata") / "masterportal"
    basic, full = (json.loads((folder / f"{name}-config.json").read_text()) for name in ("basic", "master"))
    portal = client.get("/masterportal/musterstadt/config.json").json()
    assert set(portal) == set(basic)
    assert set(portal["portalConfig"]) <= set(full["portalConfig"])
    assert set(portal["layerConfig"]) == set(basic["layerConfig"])
    for menu in ("mainMenu", "secondaryMenu"):
        known = {item["type"] for e in (basic, full) for s in e["portalConfig"][menu]["sections"] for item in s}
        used = {item["type"] for section in portal["portalConfig"][menu]["sections"] for item in section}
        assert used <= known
