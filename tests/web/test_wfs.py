import io
import subprocess
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from owslib.wfs import WebFeatureService

from kastor.city.builder import CityBuilder
from kastor.city.model import Kind, Semantic
from kastor.city.sample import CRS, ORIGIN
from kastor.formats.operations import operation
from kastor.store import Dataset
from kastor.web import wfs
from kastor.web.app import create_app
from kastor.web.gml import plain_name, xml_name
from kastor.web.settings import Settings
from tests.serving import served

NS = {
    "wfs": "http://www.opengis.net/wfs/2.0", "ows": "http://www.opengis.net/ows/1.1",
    "gml": "http://www.opengis.net/gml/3.2", "k": "http://testserver/wfs/musterstadt",
}  # fmt: skip
EAST, NORTH = ORIGIN[0], ORIGIN[1]


@pytest.fixture
def home(small_twin):
    grow = CityBuilder(CRS)
    for i in range(2500):
        grow.add_object(f"tree/{i}", Kind.TREE, height=float(i % 30), **{"Höhe in m": i, "species": f"Linde <{i}>"})
        grow.add_surface(Semantic.POSITION, [[[(EAST + i % 50, NORTH + i // 50, 50.0)]]], lod=0)
    with small_twin.load(Dataset("trees", "Bäume")) as loading:
        loading.put("trees", grow.build())
        loading.finish({"source": "trees", "findings": []})
    return small_twin.directory.parent.parent


@pytest.fixture
def client(home):
    with TestClient(create_app(Settings(home=home))) as client:
        yield client


def ask(client, **parameters):
    asked = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", **parameters}
    return client.get("/wfs/musterstadt", params=asked)


def members(answer):
    assert answer.status_code == 200, answer.text
    document = etree.fromstring(answer.content)
    return document, document.xpath("wfs:member/*", namespaces=NS)


def ids(answer):
    return [element.findtext("k:id", namespaces=NS) for element in members(answer)[1]]


def filtered(inner, types="kastor:trees"):
    spaces = 'xmlns:fes="http://www.opengis.net/fes/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"'
    return {"TYPENAMES": types, "FILTER": f"<fes:Filter {spaces}>{inner}</fes:Filter>"}


def test_the_capabilities_name_types_systems_and_filters(client):
    answer = client.get("/wfs/musterstadt?SERVICE=WFS&REQUEST=GetCapabilities")
    document = etree.fromstring(answer.content)
    names = document.xpath("//wfs:FeatureType/wfs:Name/text()", namespaces=NS)
    assert {"kastor:buildings", "kastor:trees", "kastor:streets"} <= set(names)
    systems = document.xpath("//wfs:FeatureType[1]/wfs:DefaultCRS/text()", namespaces=NS)
    assert systems == ["urn:ogc:def:crs:EPSG::25832"]
    others = document.xpath("//wfs:FeatureType[1]/wfs:OtherCRS/text()", namespaces=NS)
    assert {"urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:EPSG::3857", "urn:ogc:def:crs:EPSG::31467"} <= set(others)
    for name in document.xpath("//ows:Operation[.//ows:Get]/@name", namespaces=NS):
        assert ask(client, REQUEST=name, TYPENAMES="trees").status_code == 200


def test_pages_together_hold_every_feature_once(client):
    seen, address, pages = [], None, 0
    answer = ask(client, TYPENAMES="kastor:trees", COUNT="700")
    while True:
        document, found = members(answer)
        pages += 1
        assert document.get("numberMatched") == "2501" or pages > 1
        assert int(document.get("numberReturned")) == len(found) <= 700
        seen += [element.findtext("k:id", namespaces=NS) for element in found]
        address = document.get("next")
        if address is None:
            break
        answer = client.get("/wfs/musterstadt", params=dict(parse_qsl(urlsplit(address).query)))
    assert pages == 4
    assert len(seen) == len(set(seen)) == 2501


def test_a_start_nobody_asked_for_before_is_found_too(client):
    everything = ids(ask(client, TYPENAMES="trees"))
    wfs._marks.clear()
    assert ids(ask(client, TYPENAMES="trees", STARTINDEX="1234", COUNT="3")) == everything[1234:1237]
    assert ids(ask(client, TYPENAMES="trees", STARTINDEX="99999", COUNT="3")) == []


def test_hits_are_counted_without_features(client):
    document, found = members(ask(client, TYPENAMES="trees", RESULTTYPE="hits"))
    assert (document.get("numberMatched"), found) == ("2501", [])


def test_a_box_is_read_in_the_order_of_its_system(client):
    inside = (EAST - 0.5, NORTH - 0.5, EAST + 9.5, NORTH + 0.5)
    own = ids(ask(client, TYPENAMES="trees", BBOX=",".join(map(str, inside))))
    assert sorted(own) == sorted(f"tree/{i}" for i in range(10))
    corners = operation("EPSG:25832", "EPSG:4326", (7.0, 51.0)).apply(np.array([inside[:2], inside[2:]]))
    (west, south), (east, north) = corners.tolist()
    for box in (
        f"{south},{west},{north},{east},urn:ogc:def:crs:EPSG::4326",
        f"{west},{south},{east},{north},urn:ogc:def:crs:OGC:1.3:CRS84",
    ):
        assert set(own) <= set(ids(ask(client, TYPENAMES="trees", BBOX=box)))


def test_places_come_in_the_system_asked_for(client):
    def first(**more):
        _, (element,) = members(ask(client, TYPENAMES="trees", RESOURCEID="trees." + xml_name("tree/0"), **more))
        position = element.find(".//gml:pos", NS)
        return position.getparent().get("srsName"), [float(n) for n in position.text.split()]

    assert first() == ("urn:ogc:def:crs:EPSG::25832", [EAST, NORTH])
    name, (latitude, longitude) = first(SRSNAME="urn:ogc:def:crs:EPSG::4326")
    assert name == "urn:ogc:def:crs:EPSG::4326"
    ((x, y),) = operation("EPSG:25832", "EPSG:4326", (7.0, 51.0)).apply(np.array([[EAST, NORTH]])).tolist()
    assert (longitude, latitude) == pytest.approx((x, y), abs=1e-8)


FILTERS = [
    ("<fes:PropertyIsEqualTo><fes:ValueReference>kastor:height</fes:ValueReference><fes:Literal>29</fes:Literal>"
     "</fes:PropertyIsEqualTo>", lambda i: i % 30 == 29),
    ("<fes:PropertyIsGreaterThanOrEqualTo><fes:ValueReference>H_x00F6_he_x0020_in_x0020_m</fes:ValueReference>"
     "<fes:Literal>2490</fes:Literal></fes:PropertyIsGreaterThanOrEqualTo>", lambda i: i >= 2490),
    ("<fes:And><fes:PropertyIsBetween><fes:ValueReference>height</fes:ValueReference><fes:LowerBoundary><fes:Literal>3"
     "</fes:Literal></fes:LowerBoundary><fes:UpperBoundary><fes:Literal>4</fes:Literal></fes:UpperBoundary>"
     "</fes:PropertyIsBetween><fes:Not><fes:PropertyIsLike wildCard='*' singleChar='?' escapeChar='!'>"
     "<fes:ValueReference>species</fes:ValueReference><fes:Literal>*3*</fes:Literal></fes:PropertyIsLike></fes:Not>"
     "</fes:And>", lambda i: i % 30 in (3, 4) and "3" not in str(i)),
    ("<fes:PropertyIsLike wildCard='*' singleChar='?' escapeChar='!' matchCase='false'><fes:ValueReference>species"
     "</fes:ValueReference><fes:Literal>LINDE &lt;?&gt;</fes:Literal></fes:PropertyIsLike>", lambda i: i < 10),
    ("<fes:BBOX><fes:ValueReference>geometry</fes:ValueReference><gml:Envelope srsName='urn:ogc:def:crs:EPSG::25832'>"
     f"<gml:lowerCorner>{EAST - 0.5} {NORTH - 0.5}</gml:lowerCorner><gml:upperCorner>{EAST + 1.5} {NORTH + 0.5}"
     "</gml:upperCorner></gml:Envelope></fes:BBOX>", lambda i: i in (0, 1)),
    ("<fes:Within><fes:ValueReference>geometry</fes:ValueReference><gml:Polygon gml:id='p'><gml:exterior>"
     f"<gml:LinearRing><gml:posList>{EAST - 1} {NORTH - 1} {EAST + 3} {NORTH - 1} {EAST - 1} {NORTH + 3} {EAST - 1} "
     f"{NORTH - 1}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></fes:Within>",
     lambda i: i % 50 + i // 50 < 2),
    (f"<fes:ResourceId rid='trees.{xml_name('tree/7')}'/><fes:ResourceId rid='trees.{xml_name('tree/8')}'/>",
     lambda i: i in (7, 8)),
    ("<fes:PropertyIsNull><fes:ValueReference>species</fes:ValueReference></fes:PropertyIsNull>", lambda i: False),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "wanted"), FILTERS)
def test_filters_find_what_a_count_by_hand_finds(client, inner, wanted):
    found = ids(ask(client, **filtered(inner)))
    assert sorted(i for i in found if i.startswith("tree/")) == sorted(f"tree/{i}" for i in range(2500) if wanted(i))


def test_one_feature_comes_by_its_id(client):
    rid = "trees." + xml_name("tree/42")
    answer = ask(client, STOREDQUERY_ID=wfs.STORED, ID=rid)
    element = etree.fromstring(answer.content)
    assert element.get("{http://www.opengis.net/gml/3.2}id") == rid
    assert element.findtext("k:species", namespaces=NS) == "Linde <42>"
    assert ask(client, STOREDQUERY_ID=wfs.STORED, ID="trees.nowhere").status_code == 404


def test_geojson_is_in_longitude_and_latitude(client):
    content = ask(client, TYPENAMES="buildings", OUTPUTFORMAT="application/json", COUNT="2").json()
    assert content["numberReturned"] == 2
    west, south, *_ = shapely.geometry.shape(content["features"][0]["geometry"]).bounds
    assert (5 < west < 15, 47 < south < 56) == (True, True)


def test_the_schema_describes_what_the_features_hold(client):
    schema = etree.fromstring(ask(client, REQUEST="DescribeFeatureType", TYPENAMES="trees").content)
    fields = set(schema.xpath("//xs:sequence/xs:element/@name", namespaces={"xs": "http://www.w3.org/2001/XMLSchema"}))
    _, found = members(ask(client, TYPENAMES="trees", COUNT="5"))
    for element in found:
        assert {etree.QName(child).localname for child in element} <= fields


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"TYPENAMES": "dragons"}, "InvalidParameterValue", "dragons"),
        ({}, "MissingParameterValue", "TYPENAMES"),
        ({"TYPENAMES": "trees", "BBOX": "1,2,3"}, "InvalidParameterValue", "BBOX"),
        ({"TYPENAMES": "trees", "BBOX": "5,5,1,1"}, "InvalidParameterValue", "BBOX"),
        ({"TYPENAMES": "trees", "BBOX": "1,2,nan,4"}, "InvalidParameterValue", "BBOX"),
        ({"TYPENAMES": "trees", "COUNT": "-1"}, "InvalidParameterValue", "COUNT"),
        ({"TYPENAMES": "trees", "SRSNAME": "EPSG:2154"}, "InvalidParameterValue", "2154"),
        ({"TYPENAMES": "trees", "OUTPUTFORMAT": "shape"}, "InvalidParameterValue", "shape"),
        ({"TYPENAMES": "trees", "SORTBY": "height"}, "OptionNotSupported", "SORTBY"),
        ({"TYPENAMES": "trees", "FILTER": "<a"}, "InvalidParameterValue", "XML"),
        ({"TYPENAMES": "trees", "FILTER": "<a/>"}, "InvalidParameterValue", "Filter"),
        (filtered("<fes:DropTable/>"), "InvalidParameterValue", "DropTable"),
        (filtered("<fes:PropertyIsNull><fes:ValueReference>x</fes:ValueReference></fes:PropertyIsNull>"),
         "InvalidParameterValue", "'x'"),
        (filtered("<fes:PropertyIsEqualTo><fes:ValueReference>height</fes:ValueReference><fes:Literal>hoch</fes:Literal>"
                  "</fes:PropertyIsEqualTo>"), "InvalidParameterValue", "hoch"),
        ({"REQUEST": "Transaction"}, "OperationNotSupported", "Transaction"),
        ({"REQUEST": "GetCapabilities", "ACCEPTVERSIONS": "1.0.0"}, "VersionNegotiationFailed", "2.0.0"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_the_words_of_the_standard(client, changes, code, named):
    answer = ask(client, **changes)
    assert answer.status_code == 400
    (error,) = etree.fromstring(answer.content)
    assert error.get("exceptionCode") == code
    assert named in error[0].text


def test_entities_in_a_filter_are_not_resolved(client):
    bomb = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + filtered("<fes:ResourceId rid='&b;'/>")["FILTER"]
    answer = ask(client, TYPENAMES="trees", FILTER=bomb)
    assert answer.status_code == 400
    assert "root:" not in answer.text


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["TYPENAMES", "BBOX", "FILTER", "COUNT", "STARTINDEX", "SRSNAME", "OUTPUTFORMAT", "RESOURCEID"]
    ),
    value=st.text(max_size=40),
)
def test_no_parameter_breaks_the_service(client, name, value):
    answer = ask(client, **{"TYPENAMES": "trees", "COUNT": "1", name: value})
    assert answer.status_code in (200, 400)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_name_comes_back_from_xml(text):
    name = xml_name(text)
    assert plain_name(name) == text
    if text:
        etree.Element(name)


def test_clients_of_the_standard_read_the_service(home, tmp_path):
    with served(create_app(Settings(home=home))) as address:
        service = WebFeatureService(f"{address}/wfs/musterstadt", version="2.0.0")
        assert "kastor:trees" in service.contents
        answer = service.getfeature(typename=["kastor:trees"], maxfeatures=3)
        assert len(etree.parse(io.BytesIO(answer.read())).xpath("//wfs:member", namespaces=NS)) == 3
        source = f"WFS:{address}/wfs/musterstadt"
        told = subprocess.run(["ogrinfo", "-so", source, "kastor:trees"], capture_output=True, text=True, timeout=120)
        assert "Feature Count: 2501" in told.stdout, told.stdout + told.stderr
        target = tmp_path / "trees.geojson"
        made = subprocess.run(
            ["ogr2ogr", "-f", "GeoJSON", target, source, "kastor:trees", "-where", "height > 28"],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert target.read_text().count('"Feature"') == sum(1 for i in range(2500) if i % 30 > 28)
