"""Clients municipalities have: GDAL, pyogrio and OWSLib read, OWSLib writes; and a foreign fuzzer asks everything."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from owslib.ogcapi.features import Features

from kastor.city.sample import CRS, ORIGIN, four_houses
from kastor.store import Dataset, create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a free port of this machine, whose every caller who sends a key may edit; once with each store."""
    with pytest.MonkeyPatch.context() as setting:
        if request.param == "postgresql":
            setting.setenv("KASTOR_DATABASE_URL", request.getfixturevalue("postgres"))
        yield from _serving(tmp_path_factory)


def _serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("clients") / "home"
    with create_tenant(home, "musterstadt", "Musterstadt", CRS) as twin, twin.load(Dataset("houses", "Häuser")) as load:
        load.put("houses", four_houses())
        load.finish({"source": "houses", "findings": []})
    app = create_app(Settings(home=home))
    app.state.identify = lambda request: Person("7", {"musterstadt": frozenset({Role.CARETAKER})})
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/ogc/musterstadt"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def gdal() -> None:
    if shutil.which("ogr2ogr") is None:
        pytest.skip("GDAL is not installed; make build/debian installs it")


def ogr2ogr(address, *arguments):
    command = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{address}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["features"]


@pytest.mark.usefixtures("gdal")
def test_gdal_lists_the_layers(address):
    done = subprocess.run(["ogrinfo", f"OAPIF:{address}"], capture_output=True, text=True, timeout=120)
    assert {"buildings", "trees", "streets"} <= {w.strip(" :()") for w in done.stdout.split()}


@pytest.mark.usefixtures("gdal")
def test_gdal_reads_all_buildings_page_by_page(address):
    found = ogr2ogr(address, "buildings", "-oo", "PAGE_SIZE=1")
    assert {f["properties"].get("label") for f in found} >= {"Hauptstraße 1", "Hauptstraße 2"}
    assert len(found) == 4


@pytest.mark.usefixtures("gdal")
def test_gdal_reads_a_box(address):
    (west, south), *_ = ogr2ogr(address, "buildings")[0]["geometry"]["coordinates"][0]
    found = ogr2ogr(address, "buildings", "-spat", *(str(n) for n in (west, south, west + 1e-5, south + 1e-5)))
    assert len(found) == 1


PYOGRIO = """
import json, sys
import pyogrio.raw, shapely
options = json.loads(sys.argv[2])
if "bbox" in options:
    options["bbox"] = tuple(options["bbox"])
meta, _, places, fields = pyogrio.raw.read(sys.argv[1], layer="buildings", **options)
columns = {name: values.tolist() for name, values in zip(meta["fields"], fields, strict=True)}
print(json.dumps({"columns": columns, "bounds": shapely.bounds(shapely.from_wkb(places)).tolist()}, default=str))
"""
"""In a process of its own: it holds the interpreter while it waits, and so would keep the server from answering."""


def pyogrio(address, **options):
    command = [sys.executable, "-c", PYOGRIO, f"OAPIF:{address}", json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pyogrio_reads_what_a_filter_leaves(address):
    columns = pyogrio(address, where="height > 8")["columns"]
    assert sorted(columns["id"]) == ["gable", "pair"]
    assert min(columns["height"]) > 8


def test_pyogrio_reads_page_by_page_and_in_a_box(address):
    bounds = pyogrio(address, PAGE_SIZE=1)["bounds"]
    assert len(bounds) == 4
    west, south, *_ = bounds[0]
    assert pyogrio(address, bbox=(west, south, west + 1e-5, south + 1e-5))["bounds"] == [bounds[0]]


def test_owslib_is_refused_when_somebody_was_faster(address, monkeypatch):
    monkeypatch.setattr("owslib.ogcapi.REQUEST_HEADERS", {})
    headers = {"Authorization": "Bearer of-a-test", "Content-Type": "application/geo+json", "If-Match": '"0.0g"'}
    client = Features(f"{address}/", headers=headers)
    before = client.collection_item("buildings", "flat")
    with pytest.raises(RuntimeError, match="412"):
        client.collection_item_update("buildings", "flat", json.dumps(before))
    with pytest.raises(RuntimeError, match="412"):
        client.collection_item_delete("buildings", "flat")
    assert client.collection_item("buildings", "flat") == before


def test_owslib_reads_collections_items_and_queryables(address):
    client = Features(f"{address}/")
    assert "buildings" in client.feature_collections()
    assert client.collection("buildings")["itemType"] == "feature"
    assert "height" in client.collection_queryables("buildings")["properties"]
    page = client.collection_items("buildings", limit=2)
    assert (page["numberMatched"], page["numberReturned"]) == (4, 2)
    assert client.collection_item("buildings", "flat")["id"] == "flat"


def test_owslib_finds_by_filter(address):
    page = Features(f"{address}/").collection_items("buildings", filter="height > 8")
    assert {f["id"] for f in page["features"]} == {"gable", "pair"}


def test_owslib_adds_changes_and_ends_a_tree(address, monkeypatch):
    # the client would keep the key for every other service it is used with
    monkeypatch.setattr("owslib.ogcapi.REQUEST_HEADERS", {})
    headers = {"Authorization": "Bearer of-a-test", "Content-Type": "application/geo+json", "If-Match": "*"}
    crs = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/25832>"}
    client = Features(f"{address}/", headers={**headers, **crs})
    place = {"type": "Point", "coordinates": [ORIGIN[0] + 12, ORIGIN[1] + 12]}
    tree = {"type": "Feature", "id": "linden", "geometry": place, "properties": {"height": 5.0}}
    assert client.collection_item_create("trees", json.dumps(tree))
    assert client.collection_item("trees", "linden")["properties"]["height"] == 5.0
    tree["properties"] = {"height": 6.0}
    assert client.collection_item_update("trees", "linden", json.dumps(tree))
    assert client.collection_item("trees", "linden")["properties"]["height"] == 6.0
    assert client.collection_item_delete("trees", "linden")
    with pytest.raises(RuntimeError):
        client.collection_item("trees", "linden")


def gdal_writes(address, *command):
    service = f"WFS:{address.replace('/ogc/', '/wfs/')}"
    words = [service if word == "SERVICE" else word for word in command]
    words += ["--config", "GDAL_HTTP_HEADERS", "Authorization: Bearer of-a-test"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr


@pytest.mark.usefixtures("gdal")
def test_gdal_adds_changes_and_ends_trees(address, tmp_path):
    east, north = ORIGIN[0] + 12, ORIGIN[1] + 12
    places = [{"type": "Point", "coordinates": [east + i, north]} for i in range(3)]
    trees = [{"type": "Feature", "geometry": g, "properties": {"height": 4.5 + i}} for i, g in enumerate(places)]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    file = tmp_path / "trees.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": trees}))
    # the twin may have trees already, of a test before
    before = {f["id"] for f in items(address)}
    gdal_writes(address, "ogr2ogr", "-append", "-update", "SERVICE", str(file), "-nln", "kastor:trees")
    new = {f["id"]: f["properties"]["height"] for f in items(address) if f["id"] not in before}
    assert sorted(new.values()) == [4.5, 5.5, 6.5]
    first, second, _ = sorted(new, key=lambda name: new[name])
    gdal_writes(address, "ogrinfo", "-update", "SERVICE", "-sql", f"DELETE FROM kastor:trees WHERE id = '{first}'")
    gdal_writes(address, "ogrinfo", "-update", "SERVICE", "-dialect", "SQLITE", "-sql",
                f"UPDATE \"kastor:trees\" SET height = 9 WHERE id = '{second}'")  # fmt: skip
    left = {f["id"]: f["properties"]["height"] for f in items(address) if f["id"] in new}
    assert first not in left
    assert left[second] == 9


def items(address):
    with urlopen(f"{address}/collections/trees/items?f=json&limit=1000") as answer:
        return json.load(answer)["features"]


ANYTHING = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60) | st.sampled_from(
    ["' OR 1=1 --", "1; DROP TABLE objects", '"; --', "%00", "../../etc/passwd", "${7*7}", "<script>", "nan", "1e999"]
)


BRIEFLY = settings(
    max_examples=40, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@BRIEFLY
@given(
    name=st.sampled_from(["bbox", "crs", "datetime", "filter", "limit", "after", "label", "height", "f"]),
    value=ANYTHING,
)
def test_whatever_a_parameter_holds_it_is_answered_and_harms_nothing(api, name, value):
    answer = api.get("collections/buildings/items", params={name: value})
    assert answer.status_code in (200, 400), answer.text
    assert api.get("collections/buildings/items").json()["numberMatched"] == 4


@BRIEFLY
@given(value=ANYTHING)
def test_whatever_an_address_holds_is_found_or_not(api, value):
    for path in ("collections/{}", "collections/{}/items", "collections/buildings/items/{}", "tiles/{}/1/1/1"):
        answer = api.get(path.format(quote(value or "x", safe="")))
        assert answer.status_code < 500, (path, value, answer.text)


def test_schemathesis_finds_no_server_error(api):
    document = api.get("api").json()
    document["servers"] = [{"url": "/ogc/musterstadt"}]
    schema = schemathesis.openapi.from_dict(document)
    schema.app = api.app
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        tried += _tried(operation)
    assert tried > 100


def _tried(operation):
    calls = 0

    @settings(
        max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
    )
    @given(case=operation.as_strategy())
    def answered(case):
        nonlocal calls
        calls += 1
        answer = case.call(base_url="http://testserver/ogc/musterstadt")
        assert answer.status_code < 500, (case.formatted_path, answer.text)

    answered()
    return calls
