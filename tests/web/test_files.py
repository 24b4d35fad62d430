import json

import brotli
import pytest
from fastapi.testclient import TestClient

from kastor.formats.map_services import wms
from kastor.store.tenants import INTERFACES, RESERVED
from kastor.web import pages
from kastor.web.app import create_app
from kastor.web.settings import Settings


@pytest.fixture
def client(tiled_twin):
    home = tiled_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def content_uri(tileset):
    root = tileset["root"]
    return root["content"]["uri"] if "content" in root else root["children"][0]["content"]["uri"]


def test_a_tile_comes_packed_and_may_be_kept_for_ever(client, tiled_twin):
    tileset = client.get("/tiles/musterstadt/buildings/tileset.json")
    assert tileset.headers["cache-control"] == "no-cache"
    uri = content_uri(tileset.json())
    address = f"/tiles/musterstadt/buildings/{uri}"
    packed = client.get(address, headers={"Accept-Encoding": "br"})
    assert packed.headers["content-encoding"] == "br"
    assert "immutable" in packed.headers["cache-control"]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert plain.content.startswith(b"glTF")
    assert plain.headers["content-type"] == "model/gltf-binary"
    assert packed.content == plain.content, "the client unpacks what the header says is packed"
    on_disk = tiled_twin.tiles / "buildings" / f"{uri}.br"
    assert brotli.decompress(on_disk.read_bytes()) == plain.content
    assert int(packed.headers["content-length"]) == on_disk.stat().st_size


def test_what_the_browser_has_is_not_sent_again(client):
    first = client.get("/tiles/musterstadt/tileset.json")
    again = client.get("/tiles/musterstadt/tileset.json", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_part_of_a_tile_can_be_asked_for(client):
    uri = content_uri(client.get("/tiles/musterstadt/buildings/tileset.json").json())
    part = client.get(f"/tiles/musterstadt/buildings/{uri}", headers={"Range": "bytes=0-3"})
    assert part.status_code == 206
    assert part.content == b"glTF"


@pytest.mark.parametrize(
    "path", ["../kastor.sqlite", "%2e%2e/kastor.sqlite", "..%2fkastor.sqlite", "buildings", "/etc/passwd"]
)
def test_nothing_outside_the_tiles_is_given_away(client, path):
    assert client.get(f"/tiles/musterstadt/{path}").status_code == 404


def test_the_ground_is_published_as_quantized_mesh(client):
    layer = client.get("/tiles/musterstadt/quantized-mesh/layer.json").json()
    assert layer["format"] == "quantized-mesh-1.0"
    last = len(layer["available"]) - 1
    area = layer["available"][last][0]
    tile = client.get(f"/tiles/musterstadt/quantized-mesh/{last}/{area['startX']}/{area['startY']}.terrain")
    assert tile.headers["content-encoding"] == "gzip"
    assert len(tile.content) > 92
    assert client.get("/tiles/musterstadt/quantized-mesh/0/9/9.terrain").status_code == 404


def test_pages_load_nothing_from_elsewhere(client):
    headers = client.get("/api/tenants").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"


def test_only_pages_of_a_tenant_may_load_pictures_from_its_map_services(client, tiled_twin, tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("<!doctype html>")
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    before = client.get("/musterstadt")
    service = wms(tiled_twin.crs, "luft", "Luftbild", "https://maps.example:8443/wms?x=1", "a", "Amt")
    tiled_twin.update(services=[service])
    try:
        page = client.get("/musterstadt/liste", headers={"If-None-Match": before.headers["etag"]})
        policy = page.headers["content-security-policy"]
        assert page.status_code == 200
        assert "img-src 'self' https://maps.example:8443 data: blob:;" in policy
        assert policy.count("maps.example") == 1
        for other in ("/", "/anderswo", "/api/tenants/musterstadt"):
            assert "maps.example" not in client.get(other).headers["content-security-policy"]
    finally:
        tiled_twin.update(services=[])
    assert "maps.example" not in client.get("/musterstadt").headers["content-security-policy"]


def test_the_page_of_a_scene_announces_what_it_will_ask_for(client, tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("<!doctype html>")
    manifest = {
        "src/scene/index.ts": {"file": "assets/scene-1.js", "imports": ["_sun.js"]},
        "src/panels/ansehen/Ansehen.vue": {"file": "assets/view-2.js", "imports": ["_sun.js", "index.html"]},
        "_sun.js": {"file": "assets/sun-3.js"},
        "index.html": {"file": "assets/index-4.js"},
        "src/panels/liste/Liste.vue": {"file": "assets/list-5.js"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    announced = client.get("/musterstadt").headers["link"].split(", ")
    assert announced == [
        *(f"</assets/{name}.js>; rel=modulepreload" for name in ("scene-1", "view-2", "sun-3", "index-4")),
        "</api/tenants/musterstadt>; rel=preload; as=fetch; crossorigin",
    ]
    assert client.get("/api/tenants/musterstadt").status_code == 200
    for other in ("/", "/musterstadt/liste", "/nirgendwo", "/konto"):
        assert "link" not in client.get(other).headers


def test_other_sites_may_show_the_tiles(client):
    assert client.get("/tiles/musterstadt/tileset.json").headers["access-control-allow-origin"] == "*"


def test_no_tenant_can_be_called_like_what_addresses_begin_with(client):
    begins = {path.split("/")[1] for path in client.app.openapi()["paths"]} | {"assets", "ogc"}
    assert {name for name in begins if "{" not in name and "." not in name} <= RESERVED
    for name in sorted(INTERFACES):
        assert client.get(f"/{name}/nowhere/at/all").status_code == 404
