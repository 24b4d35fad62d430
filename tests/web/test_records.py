import io
import json
import zipfile

import pyarrow.parquet as pq
import pytest
import rasterio
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from owslib.ogcapi.records import Records
from rdflib import Graph

from kastor.city.sample import four_houses
from kastor.store import Dataset
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.serving import served

ITEMS = "/records/musterstadt/collections/datasets/items"


@pytest.fixture
def app(small_twin):
    for name, state in (("inner", "internal"), ("young", "draft")):
        with small_twin.load(Dataset(name, f"Baumkataster {name}", state=state)) as loading:
            loading.put("houses", four_houses())
            loading.finish({"source": name, "findings": []})
    return create_app(Settings(home=small_twin.directory.parent.parent, public_url="https://zwilling.example"))


@pytest.fixture
def client(app):
    with TestClient(app) as client:
        yield client


def ids(answer):
    return [feature["id"] for feature in answer.json()["features"]]


def test_only_public_datasets_are_in_the_catalogue(client):
    assert ids(client.get(ITEMS)) == ["houses"]
    assert client.get(f"{ITEMS}/inner").status_code == 404
    for ending in ("ttl", "jsonld", "rdf"):
        text = client.get(f"/records/musterstadt/catalog.{ending}").text
        assert "houses" in text
        assert "inner" not in text
        assert "young" not in text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=häuser", ["houses"]), ("q=HAEUSER", ["houses"]), ("q=Bäume", ["houses"]), ("q=brunnen", []),
        ("ids=houses", ["houses"]), ("ids=a,b", []), ("bbox=6,50,8,52", ["houses"]), ("bbox=10,50,11,52", []),
        ("bbox=6,50,0,8,52,100", ["houses"]), ("type=dataset", ["houses"]), ("offset=1", []),
    ],
)  # fmt: skip
def test_records_are_found_by_words_ids_and_place(client, asked, found):
    assert ids(client.get(f"{ITEMS}?{asked}")) == found


@pytest.mark.parametrize(
    "asked", ["bbox=1,2,3", "bbox=a,b,c,d", "bbox=6,52,8,50", "limit=0", "limit=5000", "offset=-1", "type=book"]
)
def test_what_makes_no_sense_is_refused_by_name(client, asked):
    answer = client.get(f"{ITEMS}?{asked}")
    assert answer.status_code in (400, 422)
    assert asked.split("=")[0] in answer.json()["detail"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=40), box=st.text(max_size=40))
def test_no_words_break_the_catalogue(client, q, box):
    assert client.get(ITEMS, params={"q": q, "bbox": box}).status_code in (200, 400)


def test_links_carry_the_public_address(client):
    record = client.get(f"{ITEMS}/houses").json()
    assert all(link["href"].startswith("https://zwilling.example/") for link in record["links"])
    for link in record["links"]:
        assert client.get(link["href"].removeprefix("https://zwilling.example")).status_code == 200, link


# rdflib's own reader of JSON-LD uses a class that rdflib gives up
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_the_catalogue_comes_in_the_syntax_asked_for(client):
    for media_type, syntax in (
        ("text/turtle", "turtle"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ):
        answer = client.get("/records/musterstadt/catalog", headers={"Accept": media_type})
        assert answer.headers["content-type"].startswith(media_type)
        assert len(Graph().parse(data=answer.content, format=syntax)) > 20


def test_a_client_of_the_standard_reads_the_catalogue(small_twin, monkeypatch):
    # the client keeps headers of earlier uses, keys among them
    monkeypatch.setattr("owslib.ogcapi.REQUEST_HEADERS", {})
    with served(create_app(Settings(home=small_twin.directory.parent.parent))) as address:
        records = Records(f"{address}/records/musterstadt")
        assert records.records() == ["datasets"]
        found = records.collection_items("datasets", q="häuser")
        assert found["numberMatched"] == 1
        assert records.collection_item("datasets", "houses")["properties"]["title"] == "Vier Häuser"
        assert any("records-1" in url for url in records.conformance()["conformsTo"])


def test_every_download_holds_the_dataset(client, tmp_path):
    base = "/api/tenants/musterstadt/datasets/houses/download"
    features = json.loads(client.get(f"{base}.geojson").content)["features"]
    assert {f["properties"]["dataset"] for f in features} == {"houses"}
    assert pq.read_table(io.BytesIO(client.get(f"{base}.parquet").content)).num_rows == len(features)
    lines = client.get(f"{base}.city.jsonl").text.splitlines()
    assert json.loads(lines[0])["type"] == "CityJSON"
    assert client.get(f"{base}.gpkg").content.startswith(b"SQLite format 3")
    with zipfile.ZipFile(io.BytesIO(client.get(f"{base}.tif.zip").content)) as packed:
        name = packed.namelist()[0]
        (tmp_path / name).write_bytes(packed.read(name))
    with rasterio.open(tmp_path / name) as ground:
        assert ground.crs.to_epsg() or ground.crs.is_projected


def test_a_download_is_written_once_for_each_state_and_never_for_strangers(client, small_twin):
    base = "/api/tenants/musterstadt/datasets"
    first = client.get(f"{base}/houses/download.geojson")
    again = client.get(f"{base}/houses/download.geojson", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    part = client.get(f"{base}/houses/download.geojson", headers={"Range": "bytes=0-9"})
    assert part.content == first.content[:10]
    building = four_houses().ids.tolist()[0]
    small_twin.edit_object(building, {"name": "Rathaus"}, "clerk", dataset="houses")
    newer = client.get(f"{base}/houses/download.geojson")
    assert "Rathaus" in newer.text
    assert len(list((small_twin.directory / "downloads").glob("*.geojson"))) == 1
    for hidden in ("inner", "young", "nowhere"):
        assert client.get(f"{base}/{hidden}/download.geojson").status_code == 404
    assert client.get(f"{base}/houses/download.exe").status_code == 404
    assert client.get(f"{base}/..%2f..%2fkastor/download.geojson").status_code == 404
