"""Transactions of the Web Feature Service: as a whole or not at all, in the words of both versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from kastor.city.sample import CRS, ORIGIN, four_houses
from kastor.store import Dataset, create_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

NEW = 'xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:fes="http://www.opengis.net/fes/2.0"'
OLD = 'xmlns:wfs="http://www.opengis.net/wfs" xmlns:ogc="http://www.opengis.net/ogc"'
SPACES = 'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:k="http://testserver/wfs/musterstadt"'


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    home = tmp_path / "home"
    with create_tenant(home, "musterstadt", "Musterstadt", CRS) as twin, twin.load(Dataset("houses", "Häuser")) as load:
        load.put("houses", four_houses())
        load.finish({"source": "houses", "findings": []})
    app = create_app(Settings(home=home))
    app.state.identify = lambda request: Person("7", {"musterstadt": frozenset({Role.CARETAKER})})
    with TestClient(app, headers={"Authorization": "Bearer of-a-test"}) as client:
        yield client


def send(client: TestClient, *actions: str, spaces: str = NEW, version: str = "2.0.0") -> etree._Element:
    body = f'<wfs:Transaction service="WFS" version="{version}" {spaces} {SPACES}>{"".join(actions)}</wfs:Transaction>'
    answer = client.post("/wfs/musterstadt", content=body.encode(), headers={"Content-Type": "text/xml"})
    return etree.fromstring(answer.content)


def tree(name: str, east: float = 12.0, height: str = "5.5") -> str:
    place = f"{ORIGIN[0] + east} {ORIGIN[1] + 12}"
    point = f'<gml:Point srsName="urn:ogc:def:crs:EPSG::25832"><gml:pos>{place}</gml:pos></gml:Point>'
    return f"<k:trees><k:id>{name}</k:id><k:height>{height}</k:height><k:geometry>{point}</k:geometry></k:trees>"


def chosen(rid: str) -> str:
    return f'<fes:Filter><fes:ResourceId rid="{rid}"/></fes:Filter>'


def totals(answer: etree._Element) -> dict[str, int]:
    return {etree.QName(e).localname: int(e.text) for e in answer.iter() if "total" in str(e.tag)}


def heights(client: TestClient) -> dict[str, float]:
    found = client.get("/ogc/musterstadt/collections/trees/items?f=json&limit=100").json()
    return {f["id"]: f["properties"]["height"] for f in found["features"] if f["id"].startswith("t-")}


def test_trees_are_added_changed_replaced_and_ended(client: TestClient) -> None:
    answer = send(client, f"<wfs:Insert>{tree('t-1')}{tree('t-2', 14)}</wfs:Insert>")
    assert totals(answer)["totalInserted"] == 2
    assert [e.get("rid") for e in answer.iter("{*}ResourceId")] == ["trees.t-1", "trees.t-2"]
    assert heights(client) == {"t-1": 5.5, "t-2": 5.5}
    value = "<wfs:Property><wfs:ValueReference>k:height</wfs:ValueReference><wfs:Value>7</wfs:Value></wfs:Property>"
    answer = send(client, f'<wfs:Update typeName="k:trees">{value}{chosen("trees.t-1")}</wfs:Update>')
    assert totals(answer)["totalUpdated"] == 1
    answer = send(client, f"<wfs:Replace>{tree('t-2', 15, '9')}{chosen('trees.t-2')}</wfs:Replace>")
    assert totals(answer)["totalReplaced"] == 1
    assert heights(client) == {"t-1": 7.0, "t-2": 9.0}
    answer = send(client, f'<wfs:Delete typeName="k:trees">{chosen("trees.t-1")}</wfs:Delete>')
    assert totals(answer)["totalDeleted"] == 1
    assert heights(client) == {"t-2": 9.0}


def test_a_client_of_the_older_version_is_answered_in_its_words(client: TestClient) -> None:
    answer = send(client, f"<wfs:Insert>{tree('t-1')}</wfs:Insert>", spaces=OLD, version="1.1.0")
    assert answer.tag == "{http://www.opengis.net/wfs}TransactionResponse"
    assert [e.get("fid") for e in answer.iter("{http://www.opengis.net/ogc}FeatureId")] == ["trees.t-1"]
    named = '<ogc:Filter xmlns:gml="http://www.opengis.net/gml"><ogc:GmlObjectId gml:id="trees.t-1"/></ogc:Filter>'
    answer = send(client, f'<wfs:Delete typeName="k:trees">{named}</wfs:Delete>', spaces=OLD, version="1.1.0")
    assert totals(answer)["totalDeleted"] == 1


def test_one_action_that_cannot_be_undoes_all(client: TestClient) -> None:
    before = client.get("/api/tenants/musterstadt").json()["revision"]
    answer = send(client, f"<wfs:Insert>{tree('t-1')}</wfs:Insert>", f"<wfs:Insert>{tree('t-1', 14)}</wfs:Insert>")
    assert answer.tag == "{http://www.opengis.net/ows/1.1}ExceptionReport"
    assert heights(client) == {}
    assert client.get("/api/tenants/musterstadt").json()["revision"] == before


def test_one_object_twice_in_a_transaction_is_refused_as_a_whole(client: TestClient) -> None:
    send(client, f"<wfs:Insert>{tree('t-1')}</wfs:Insert>")
    end = f'<wfs:Delete typeName="k:trees">{chosen("trees.t-1")}</wfs:Delete>'
    value = "<wfs:Property><wfs:ValueReference>height</wfs:ValueReference><wfs:Value>8</wfs:Value></wfs:Property>"
    update = f'<wfs:Update typeName="k:trees">{value}{chosen("trees.t-1")}</wfs:Update>'
    assert "ExceptionReport" in send(client, update, end).tag
    assert heights(client) == {"t-1": 5.5}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<wfs:Transaction", "OperationParsingFailed"),
        (b"", "OperationParsingFailed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "OperationParsingFailed"),
        (f"<wfs:GetFeature {NEW}/>".encode(), "OperationNotSupported"),
        (f"<wfs:Transaction {NEW}/>".encode(), "InvalidValue"),
        (f"<wfs:Transaction {NEW}><wfs:Native/></wfs:Transaction>".encode(), "OperationNotSupported"),
        (f'<wfs:Transaction {NEW}><wfs:Delete typeName="trees"/></wfs:Transaction>'.encode(), "MissingParameterValue"),
        (f'<wfs:Transaction {NEW}><wfs:Delete typeName="x"/></wfs:Transaction>'.encode(), "InvalidValue"),
        (
            f'<wfs:Transaction {NEW}><wfs:Delete typeName="trees">{chosen("trees.none")}</wfs:Delete>'
            "</wfs:Transaction>".encode(),
            "InvalidValue",
        ),
        (
            f"<wfs:Transaction {NEW} {SPACES}><wfs:Insert>{tree('t-1', 12, 'high')}</wfs:Insert>"
            "</wfs:Transaction>".encode(),
            "InvalidValue",
        ),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(client: TestClient, body: bytes, code: str) -> None:
    before = client.get("/api/tenants/musterstadt").json()["revision"]
    answer = client.post("/wfs/musterstadt", content=body)
    assert answer.status_code == 400
    (found,) = etree.fromstring(answer.content).iter("{*}Exception")
    assert found.get("exceptionCode") == code
    assert client.get("/api/tenants/musterstadt").json()["revision"] == before


def test_who_may_not_edit_may_not_send(client: TestClient) -> None:
    client.headers.pop("Authorization")
    assert client.post("/wfs/musterstadt", content=b"<x/>").status_code == 401
