"""Open311 GeoReport v2: the server held to the words of the standard in both forms, and the own client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from lxml import etree
from PIL import Image

from kastor.cases.channels.open311_client import CitySystemError, Client
from kastor.cases.channels.settings import ChannelError, Open311Settings, written
from kastor.cases.message import OPEN311
from kastor.store import Tenant, channels, keys, people
from kastor.store.channels import Publication
from kastor.store.instance import open_instance
from kastor.store.roles import Right, Role
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.serving import served

ROOT = "/open311/musterstadt"
W3_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
PLACE = {"lat": "51.4325", "long": "6.7623"}
REPORT = {"service_code": "strassenlaterne", "description": "Die Laterne vor Haus 7 ist dunkel.", **PLACE}


@pytest.fixture
def key(small_twin: Tenant) -> str:
    home = small_twin.database.directory.parent.parent
    instance = open_instance(home)
    with instance.write("key") as connection:
        made = people.create(connection, "app@example.org", "App", "")
        _, secret = keys.create(connection, made.id, "musterstadt", [Right.SEE], "App", 30, "")
    instance.close()
    return secret


@pytest.fixture
def client(small_twin: Tenant, key: str) -> Iterator[TestClient]:
    opened = Open311Settings("it@musterstadt.example", "Schreiben Sie uns.", jurisdiction="musterstadt.example")
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, OPEN311, written(opened), datetime.now(UTC), "")
    app = create_app(Settings(home=small_twin.database.directory.parent.parent))
    yield TestClient(app, headers={"Accept-Language": "de"})
    for one in [*app.state.tenants.values(), app.state.instance]:
        if one is not None:
            one.close()


def xml(answer: Any) -> etree._Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return etree.fromstring(answer.content)


def json(answer: Any) -> Any:
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return orjson.loads(answer.content)


def post(client: TestClient, key: str, form: str = "json", **more: str) -> Any:
    return client.post(f"{ROOT}/v2/requests.{form}", data={**REPORT, "api_key": key, **more})


def publish(small_twin: Tenant, request_id: str, text: str = "Laterne dunkel", photos: tuple[str, ...] = ()) -> None:
    with small_twin.database.write("publish") as connection:
        channels.publish(connection, request_id, Publication(text, photos), datetime.now(UTC), "7")


def test_discovery_names_the_endpoint_in_both_forms(client):
    root = xml(client.get(f"{ROOT}/discovery.xml"))
    assert root.tag == "discovery"
    assert root.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [f.text for f in root.iterfind("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
    found = json(client.get(f"{ROOT}/discovery.json"))
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    assert found["endpoints"][0]["type"] == "production"
    assert client.get(found["endpoints"][0]["url"] + "/services.json").status_code == 200


def test_services_have_all_fields_and_are_the_same_in_both_forms(client):
    found = json(client.get(f"{ROOT}/v2/services.json"))
    root = xml(client.get(f"{ROOT}/v2/services.xml"))
    assert root.tag == "services"
    assert [s.findtext("service_code") for s in root.iterfind("service")] == [s["service_code"] for s in found]
    assert len(found) >= 20
    for one in found:
        assert set(one) == {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
        assert isinstance(one["metadata"], bool)
        assert one["type"] == "realtime"
    english = json(client.get(f"{ROOT}/v2/services.json", headers={"Accept-Language": "en"}))
    assert [s["service_name"] for s in english] != [s["service_name"] for s in found]
    assert json(client.get(f"{ROOT}/v2/services.json?locale=en")) == english


def test_a_definition_has_ordered_attributes_of_known_types(client):
    found = json(client.get(f"{ROOT}/v2/services/strassenlaterne.json"))
    assert [a["order"] for a in found["attributes"]] == list(range(1, len(found["attributes"]) + 1))
    types = {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"}
    for one in found["attributes"]:
        assert one["datatype"] in types
        assert ("values" in one) == one["datatype"].endswith("list")
    root = xml(client.get(f"{ROOT}/v2/services/{found['service_code']}.xml"))
    assert root.tag == "service_definition"
    assert [a.findtext("code") for a in root.iterfind("attributes/attribute")] == [
        a["code"] for a in found["attributes"]
    ]
    assert client.get(f"{ROOT}/v2/services/unbekannt.json").status_code == 404


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_report_gets_an_id_and_stands_open(client, key, form):
    answer = post(client, key, form)
    assert answer.status_code == 200, answer.text
    request_id = (
        xml(answer).findtext("request/service_request_id") if form == "xml" else json(answer)[0]["service_request_id"]
    )
    if form == "json":
        assert set(json(answer)[0]) == {"service_request_id", "service_notice", "account_id"}
    (found,) = json(client.get(f"{ROOT}/v2/requests/{request_id}.json"))
    assert (found["status"], found["service_code"]) == ("open", "strassenlaterne")
    assert W3_TIME.fullmatch(found["requested_datetime"])
    assert W3_TIME.fullmatch(found["updated_datetime"])
    root = xml(client.get(f"{ROOT}/v2/requests/{request_id}.xml"))
    assert root.tag == "service_requests"
    assert {child.tag for child in root[0]} == set(found)
    (token,) = json(client.get(f"{ROOT}/v2/tokens/{request_id}.json"))
    assert token == {"service_request_id": request_id, "token": request_id}


def test_nothing_but_its_state_is_shown_before_it_is_published(client, key, small_twin):
    request_id = json(post(client, key, email="e@web.example", first_name="Erika", address_string="Markt 1"))[0][
        "service_request_id"
    ]
    assert json(client.get(f"{ROOT}/v2/requests.json")) == []
    (hidden,) = json(client.get(f"{ROOT}/v2/requests/{request_id}.json"))
    assert [hidden[name] for name in ("description", "address", "lat", "long", "media_url")] == [None] * 5
    publish(small_twin, request_id)
    (found,) = json(client.get(f"{ROOT}/v2/requests.json"))
    assert (found["description"], found["lat"], found["long"]) == ("Laterne dunkel", 51.4325, 6.7623)
    everything = client.get(f"{ROOT}/v2/requests.xml").text
    assert "Erika" not in everything
    assert "e@web.example" not in everything
    assert "Haus 7" not in everything


def test_staff_publish_and_hide(client, key, acting):
    request_id = json(post(client, key))[0]["service_request_id"]
    address = f"/api/tenants/musterstadt/cases/{request_id}/publication"
    assert client.put(address, json={"description": "Laterne"}).status_code == 401
    acting(client, Role.CASEWORKER)
    suggested = client.get(address).json()
    assert (suggested["published"], suggested["suggestion"]) == (None, REPORT["description"])
    answer = client.put(address, json={"description": "Laterne dunkel. Rückruf 0171 2345678, Frau Schmidt"}).json()
    assert answer == {"description": "Laterne dunkel. Rückruf [Telefon], Frau [Name]", "left_out": ["phone", "name"]}
    assert client.get(address).json()["published"]["description"] == answer["description"]
    assert len(json(client.get(f"{ROOT}/v2/requests.json"))) == 1
    assert client.delete(address).status_code == 204
    assert json(client.get(f"{ROOT}/v2/requests.json")) == []
    assert client.put(address.replace(request_id, "gibtsnicht"), json={"description": "x"}).status_code == 404


def test_filters_narrow_the_list(client, key, small_twin):
    ids = [json(post(client, key, description=f"Lampe {n}"))[0]["service_request_id"] for n in range(2)]
    ids.append(json(post(client, key, service_code="hinweis"))[0]["service_request_id"])
    for one in ids:
        publish(small_twin, one)

    def listed(**query: str) -> set[str]:
        return {r["service_request_id"] for r in json(client.get(f"{ROOT}/v2/requests.json", params=query))}

    assert listed() == set(ids)
    assert listed(service_code="hinweis") == {ids[2]}
    assert listed(service_code="hinweis,strassenlaterne") == set(ids)
    assert listed(status="closed") == set()
    assert listed(status="open,closed") == set(ids)
    # an id overrides everything else
    assert listed(service_request_id=f"{ids[0]},{ids[2]}", status="closed") == {ids[0], ids[2]}
    now = datetime.now(UTC)
    assert listed(end_date=(now - timedelta(days=1)).isoformat()) == set()
    assert listed(start_date=(now - timedelta(days=1)).isoformat().replace("+00:00", "Z")) == set(ids)
    assert len(listed(page_size="2")) == 2
    assert len(listed(page_size="2", page="2")) == 1


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"api_key": ""}, 403, "api_key"), ({"api_key": "falsch"}, 403, "api_key"),
        ({"service_code": ""}, 400, "not provided"),
        ({"service_code": "unbekannt"}, 404, "not found"), ({"lat": ""}, 400, "together"),
        ({"jurisdiction_id": "woanders.example"}, 404, "jurisdiction_id"), ({"attribute[fremd]": "x"}, 400, "fremd"),
    ],
)  # fmt: skip
def test_errors_are_those_of_the_standard(client, key, form, change, status, words):
    answer = post(client, key, form, **change)
    assert answer.status_code == status
    if form == "json":
        (found,) = json(answer)
        assert (found["code"], words in found["description"]) == (status, True)
    else:
        root = xml(answer)
        assert root.tag == "errors"
        assert root.findtext("error/code") == str(status)
        assert words in str(root.findtext("error/description"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("v2/requests/gibtsnicht.json", 404), ("v2/tokens/gibtsnicht.xml", 404), ("v2/requests.json?status=x", 400),
        ("v2/requests.xml?start_date=2026-01-01T00:00:00Z&end_date=2026-12-31T00:00:00Z", 400),
        ("v2/services.json?jurisdiction_id=x", 404), ("v2/services.html", 404), ("v2/media/a/b", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_or_makes_no_sense_is_refused(client, path, status):
    assert client.get(f"{ROOT}/{path}").status_code == status


def test_the_same_report_sent_twice_is_one(client, key):
    first, second = (json(post(client, key))[0]["service_request_id"] for _ in range(2))
    assert first == second
    assert json(post(client, key, description="Eine andere"))[0]["service_request_id"] != first


def photo() -> bytes:
    made = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Kamera von Erika"
    Image.new("RGB", (40, 30), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_a_photo_is_uploaded_and_shown_bare_when_published(client, key, small_twin):
    sent = client.post(
        f"{ROOT}/v2/requests.json", data={**REPORT, "api_key": key}, files={"media": ("a.jpg", photo(), "image/jpeg")}
    )
    request_id = json(sent)[0]["service_request_id"]
    with small_twin.database.read() as connection:
        from sqlalchemy import select

        from kastor.store.case_schema import case_files

        (kept,) = connection.execute(select(case_files.c.hash).where(case_files.c.case == request_id)).scalars()
    publish(small_twin, request_id)
    (without,) = json(client.get(f"{ROOT}/v2/requests.json"))
    assert without["media_url"] is None
    assert client.get(f"{ROOT}/v2/media/{request_id}/{kept}").status_code == 404
    publish(small_twin, request_id, photos=(kept,))
    (found,) = json(client.get(f"{ROOT}/v2/requests.json"))
    shown = client.get(found["media_url"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"Erika" not in shown.content
    assert Image.open(BytesIO(shown.content)).size == (40, 30)


def test_other_files_are_refused_by_name(client, key):
    sent = client.post(
        f"{ROOT}/v2/requests.json",
        data={**REPORT, "api_key": key},
        files={"media": ("a.exe", b"MZ", "application/x-dosexec")},
    )
    assert (sent.status_code, "a.exe" in sent.text) == (400, True)


def test_bodies_that_are_no_forms_are_refused(client):
    for kind, body in (("application/json", b"{}"), ("multipart/form-data; boundary=x", b"kaputt")):
        answer = client.post(f"{ROOT}/v2/requests.json", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400
    large = client.post(f"{ROOT}/v2/requests.json", content=b"a=" + b"x" * (26 * 2**20))
    assert large.status_code in (400, 413)


def test_everybody_may_report_where_that_is_set(client, small_twin):
    opened = Open311Settings("it@musterstadt.example", open_to_all=True)
    with small_twin.database.write("settings") as connection:
        channels.set_settings(connection, OPEN311, written(opened), datetime.now(UTC), "")
    assert post(client, "").status_code == 200
    assert post(client, "falsch").status_code == 403


@pytest.mark.parametrize("form", ["xml", "json"])
def test_the_own_client_understands_the_own_server(client, key, small_twin, form):
    with served(client.app) as url:
        city = Client(f"{url}{ROOT}/v2", key, "musterstadt.example", form)
        codes = {one.code for one in city.services()}
        assert "strassenlaterne" in codes
        asked = city.service("strassenlaterne")
        request_id, _ = city.post(REPORT, {asked[0].code: asked[0].values[0][0]} if asked[0].values else {})
        assert city.token(request_id) == request_id
        publish(small_twin, request_id, "Dunkel & kalt <ä>")
        found = city.request(request_id)
        assert (found.open, found.description, found.place) == (True, "Dunkel & kalt <ä>", (6.7623, 51.4325))
        assert [one.id for one in city.requests({"status": "open"})] == [request_id]
        with pytest.raises(CitySystemError, match="was not found") as caught:
            city.request("gibtsnicht")
        assert caught.value.lasting
        with pytest.raises(CitySystemError, match="api_key"):
            Client(f"{url}{ROOT}/v2", "falsch", form=form).post(REPORT, {})
    with pytest.raises(CitySystemError, match="does not answer") as gone:
        Client("http://127.0.0.1:9/v2").services()
    assert not gone.value.lasting


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ChannelError, match="contact"):
        Open311Settings("")
    with pytest.raises(ChannelError, match="city"):
        Open311Settings("x", city="http://open311.stadt.example")
