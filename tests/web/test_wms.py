import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from owslib.wms import WebMapService
from PIL import Image

from kastor.city.sample import ORIGIN
from kastor.formats.operations import operation
from kastor.tiles.ground import COLORS
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.serving import served

EAST, NORTH = ORIGIN[0], ORIGIN[1]
BOX = (EAST - 20, NORTH - 20, EAST + 80, NORTH + 80)
ASKED = {
    "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": "karte", "STYLES": "", "CRS": "EPSG:25832",
    "BBOX": ",".join(map(str, BOX)), "WIDTH": "200", "HEIGHT": "200", "FORMAT": "image/png",
}  # fmt: skip
NS = {"w": "http://www.opengis.net/wms"}


@pytest.fixture
def home(small_twin):
    return small_twin.directory.parent.parent


@pytest.fixture
def client(home):
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def picture(client, **changes):
    answer = client.get("/wms/musterstadt", params={**ASKED, **changes})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == {**ASKED, **changes}["FORMAT"]
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def rgb(name, theme="light"):
    text = COLORS[theme][name]
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


def near(found, wanted, reach=12):
    return np.abs(found[..., :3].astype(int) - wanted).max(axis=-1) <= reach


def test_the_capabilities_name_layers_systems_and_extent(client):
    answer = client.get("/wms/musterstadt?SERVICE=WMS&REQUEST=GetCapabilities")
    assert answer.headers["content-type"].startswith("text/xml")
    document = etree.fromstring(answer.content)
    names = document.xpath("//w:Layer/w:Name/text()", namespaces=NS)
    assert names == ["karte", "flaechen", "gewaesser", "strassen", "gebaeude"]
    assert {"EPSG:25832", "EPSG:3857", "CRS:84"} <= set(document.xpath("//w:CRS/text()", namespaces=NS))
    west = float(document.xpath("//w:westBoundLongitude/text()", namespaces=NS)[0])
    assert 5.0 < west < 15.0


def test_a_map_shows_houses_where_they_stand(client):
    found = picture(client)
    assert found.shape[:2] == (200, 200)
    assert near(found, rgb("building")).mean() > 0.02
    dark = picture(client, STYLES="dunkel")
    assert near(dark, rgb("building", "dark")).mean() > 0.02


def test_a_layer_alone_lies_on_glass(client):
    found = picture(client, LAYERS="gebaeude", TRANSPARENT="TRUE")
    assert found.shape[2] == 4
    solid = found[..., 3] == 255
    assert 0.02 < solid.mean() < 0.8
    assert near(found[solid], rgb("building")).all()
    assert (found[..., 3] == 0).any()
    on_red = picture(client, LAYERS="gebaeude", BGCOLOR="0xFF0000")
    assert near(on_red, [255, 0, 0], 0).any()


def test_the_same_place_is_the_same_picture_in_every_system(client):
    own = picture(client)
    corners = np.array([(BOX[0], BOX[1]), (BOX[2], BOX[3]), (BOX[0], BOX[3]), (BOX[2], BOX[1])])
    for crs, code in (("EPSG:3857", "EPSG:3857"), ("EPSG:4326", "EPSG:4326"), ("CRS:84", "EPSG:4326")):
        there = operation("EPSG:25832", code, (7.0, 51.0)).apply(corners)
        west, south, east, north = *there.min(axis=0), *there.max(axis=0)
        order = (south, west, north, east) if crs == "EPSG:4326" else (west, south, east, north)
        other = picture(client, CRS=crs, BBOX=",".join(repr(float(v)) for v in order))
        share = near(own, rgb("building")).mean(), near(other, rgb("building")).mean()
        assert share[1] == pytest.approx(share[0], rel=0.15), crs


def test_old_clients_ask_with_easting_first(client):
    found = picture(client, VERSION="1.1.1", SRS="EPSG:4326", CRS="", BBOX="6.9,51.0,7.0,51.1")
    assert found.shape[:2] == (200, 200)


def test_what_lies_at_a_pixel_is_told(client, small_twin):
    house = next(row for row in small_twin.in_box(BOX) if row.kind.name == "BUILDING")
    east, north, _ = house.place
    i, j = round((east - BOX[0]) * 2), round((BOX[3] - north) * 2)
    asked = {**ASKED, "REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "karte", "I": i, "J": j, "FEATURE_COUNT": 5}
    told = client.get("/wms/musterstadt", params={**asked, "INFO_FORMAT": "application/json"}).json()
    assert house.id in [feature["id"] for feature in told["features"]]
    assert house.id in client.get("/wms/musterstadt", params={**asked, "INFO_FORMAT": "text/plain"}).text


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"LAYERS": "wetter"}, "LayerNotDefined", "wetter"),
        ({"STYLES": "bunt"}, "StyleNotDefined", "STYLES"),
        ({"CRS": "EPSG:2154"}, "InvalidCRS", "EPSG:2154"),
        ({"FORMAT": "image/svg"}, "InvalidFormat", "image/svg"),
        ({"BBOX": "1,2,3"}, "InvalidParameterValue", "BBOX"),
        ({"BBOX": "3,2,1,4"}, "InvalidParameterValue", "BBOX"),
        ({"BBOX": "nan,0,1,1"}, "InvalidParameterValue", "BBOX"),
        ({"WIDTH": "0"}, "InvalidParameterValue", "WIDTH"),
        ({"HEIGHT": "99999"}, "InvalidParameterValue", "HEIGHT"),
        ({"WIDTH": "-5"}, "InvalidParameterValue", "WIDTH"),
        ({"BGCOLOR": "red"}, "InvalidParameterValue", "BGCOLOR"),
        ({"REQUEST": "DropTable"}, "OperationNotSupported", "DropTable"),
        ({"CRS": "EPSG:3857", "BBOX": "1e8,1e8,2e8,2e8"}, "InvalidParameterValue", "BBOX"),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_words_of_the_standard(client, changes, code, named):
    answer = client.get("/wms/musterstadt", params={**ASKED, **changes})
    assert answer.status_code == 400
    report = etree.fromstring(answer.content)
    assert report[0].get("code") == code
    assert named in report[0].text


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*ASKED, "I", "J", "QUERY_LAYERS"]), value=st.text(max_size=30))
def test_no_parameter_breaks_the_service(client, name, value):
    for request in ("GetMap", "GetFeatureInfo"):
        answer = client.get("/wms/musterstadt", params={**ASKED, "REQUEST": request, name: value})
        assert answer.status_code in (200, 400)


def test_a_map_of_a_whole_land_is_empty_not_an_hour_of_work(client):
    found = picture(client, BBOX="200000,5000000,900000,6000000", TRANSPARENT="TRUE", LAYERS="gebaeude")
    assert (found[..., 3] == 0).all()


def test_a_client_of_the_standard_reads_the_service(home):
    with served(create_app(Settings(home=home))) as address:
        service = WebMapService(f"{address}/wms/musterstadt", version="1.3.0")
        assert set(service.contents) == {"karte", "flaechen", "gewaesser", "strassen", "gebaeude"}
        image = service.getmap(
            layers=["karte"], srs="EPSG:25832", bbox=BOX, size=(100, 100), format="image/png", styles=[""]
        )
        assert Image.open(io.BytesIO(image.read())).size == (100, 100)
