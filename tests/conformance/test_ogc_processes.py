"""Abstract tests of OGC API - Processes Part 1 (18-062r2), one test each."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pyproj
import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.store import Dataset, create_tenant
from kastor.store.roles import Role
from kastor.web import processes
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

EXCEPTION = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"


class Heard(BaseHTTPRequestHandler):
    """Somebody who wants to be told."""

    told: list[Any]

    def do_POST(self) -> None:
        self.told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[Any]]]:
    told: list[Any] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Heard,), {"told": told}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/told", told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, listener: tuple[str, list[Any]]) -> Iterator[TestClient]:
    home: Path = tmp_path_factory.mktemp("api") / "home"
    words = {"de": "Vier Häuser.", "en": "Four houses."}
    houses = Dataset("houses", "Vier Häuser", attribution="© Amt")
    with create_tenant(home, "musterstadt", "Musterstadt", CRS, words) as twin, twin.load(houses) as loading:
        loading.put("houses", four_houses())
        loading.put_terrain("ground", flat_ground())
        loading.finish({"source": "houses", "findings": []})
    app = create_app(Settings(home=home, callbacks=listener[0]))
    somebody = Person("7", {"musterstadt": frozenset({Role.PLANNER})})
    app.state.identify = lambda request: somebody
    with TestClient(app, base_url="http://testserver/ogc/musterstadt/") as client:
        client.headers["Authorization"] = "Bearer of-a-test"
        yield client


def run(api: TestClient, process: str = "echo", prefer: str = "", **body: Any) -> Any:
    headers = {"Prefer": prefer} if prefer else {}
    return api.post(f"processes/{process}/execution", json=body, headers=headers)


def finished(api: TestClient, location: str) -> dict[str, Any]:
    for _ in range(600):
        status: dict[str, Any] = api.get(location).json()
        if status["status"] in ("successful", "failed", "dismissed"):
            return status
        threading.Event().wait(0.05)
    raise AssertionError(f"{location} never ended")


def rels(document: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


# /conf/core


def test_conf_core_landing_page_links_to_processes_and_jobs(api: TestClient) -> None:
    found = rels(api.get("").json())
    assert api.get(found[f"{REL}processes"]).status_code == 200
    assert api.get(found[f"{REL}job-list"]).status_code == 200


@pytest.mark.parametrize(
    "name", ["core", "ogc-process-description", "json", "oas30", "job-list", "callback", "dismiss"]
)
def test_conf_core_conformance_names_the_class(api: TestClient, name: str) -> None:
    assert (
        f"http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/{name}" in api.get("conformance").json()["conformsTo"]
    )


def test_conf_core_process_list(api: TestClient) -> None:
    found = api.get("processes").json()
    assert {"slope", "echo"} <= {p["id"] for p in found["processes"]}
    for process in found["processes"]:
        assert process["version"]
        assert set(process["jobControlOptions"]) == {"sync-execute", "async-execute", "dismiss"}
        assert api.get(rels(process)["self"]).json()["id"] == process["id"]
    assert len(api.get("processes", params={"limit": 1}).json()["processes"]) == 1
    assert api.get("processes", params={"limit": 0}).status_code == 400


def test_conf_core_process_description(api: TestClient) -> None:
    found = api.get("processes/slope", headers={"Accept-Language": "en"}).json()
    assert found["inputs"]["limit"]["schema"]["maximum"] == 100
    assert found["inputs"]["limit"]["schema"]["x-unit"] == "%"
    assert found["inputs"]["limit"]["title"] == "Limit"
    assert found["inputs"]["area"]["minOccurs"] == 0
    assert found["outputs"]["slope"]["schema"]["contentMediaType"].startswith("image/tiff")
    assert found["method"]["unsuited"]


def test_a_description_says_what_a_form_needs(api: TestClient) -> None:
    found = api.get("processes/rain", headers={"Accept-Language": "en"}).json()["inputs"]
    storm = found["storm"]["schema"]
    assert storm["enum"] == [choice["value"] for choice in storm["x-choices"]]
    assert storm["x-choices"][-1] == {
        "value": "own", "title": "Rain of your own", "help": "You state amount and duration.",
    }  # fmt: skip
    assert found["millimetres"]["schema"]["x-only-with"] == {"storm": "own"}
    assert found["cell"]["schema"]["x-expert"] is True
    assert "x-expert" not in storm
    german = api.get("processes/rain", headers={"Accept-Language": "de"}).json()["inputs"]
    assert german["storm"]["schema"]["x-choices"][0]["title"] == "Selten"


def test_conf_core_no_such_process(api: TestClient) -> None:
    for answer in (api.get("processes/magic"), run(api, "magic")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"{EXCEPTION}no-such-process"


def test_conf_core_sync_document(api: TestClient) -> None:
    answer = run(api, inputs={"number": 4.5}, response="document")
    assert answer.status_code == 200
    assert answer.json() == {"echo": 4.5, "size": 2500.0}


def test_conf_core_sync_raw_value_one(api: TestClient) -> None:
    answer = run(api, inputs={"number": {"value": 4.5}}, outputs={"echo": {"transmissionMode": "value"}})
    assert (answer.status_code, answer.json()) == (200, 4.5)


def test_conf_core_sync_raw_value_multi(api: TestClient) -> None:
    answer = run(api, inputs={"number": 4.5}, response="raw")
    message = message_from_bytes(f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.content)
    assert message.get_content_type() == "multipart/related"
    parts = {part["Content-ID"]: json.loads(part.get_payload()) for part in message.get_payload()}
    assert parts == {"<echo>": 4.5, "<size>": 2500.0}


def test_conf_core_sync_raw_ref(api: TestClient) -> None:
    answer = run(api, "slope", outputs={"slope": {"transmissionMode": "reference"}})
    assert (answer.status_code, answer.content) == (204, b"")
    address = re.match(r'<([^>]+)>; rel="slope"', answer.headers["link"])
    assert address
    raster = api.get(address[1])
    assert raster.headers["content-type"] == "image/tiff"
    assert raster.content[:2] in (b"II", b"MM")


def test_conf_core_features_by_value_and_by_reference(api: TestClient) -> None:
    value = run(api, "slope", outputs={"street_slope": {}}, response="document").json()["street_slope"]
    assert {f["id"] for f in value["value"]["features"]} == {"way/1", "way/2"}
    how = {"street_slope": {"transmissionMode": "reference"}}
    found = run(api, "slope", outputs=how, response="document").json()["street_slope"]
    assert api.get(found["href"]).json() == value["value"]


def test_conf_core_async(api: TestClient) -> None:
    answer = run(api, inputs={"number": 2}, prefer="respond-async")
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.json()["status"] in ("accepted", "running", "successful")
    status = finished(api, answer.headers["location"])
    assert status["status"] == "successful"
    assert (status["type"], status["processID"], status["progress"]) == ("process", "echo", 100)
    assert status["created"] <= status["started"] <= status["finished"]
    assert api.get(rels(status)[f"{REL}results"]).json()["echo"] == 2


def test_conf_core_no_such_job(api: TestClient) -> None:
    for answer in (api.get("jobs/0"), api.get("jobs/0/results"), api.delete("jobs/0")):
        assert answer.status_code == 404
        assert answer.json()["type"] == f"{EXCEPTION}no-such-job"


def test_conf_core_a_failed_run_says_why(api: TestClient) -> None:
    far = {"type": "Polygon", "coordinates": [[[6.0, 51.0], [6.001, 51.0], [6.001, 51.001], [6.0, 51.0]]]}
    answer = run(api, "slope", inputs={"area": far}, prefer="respond-async")
    status = finished(api, answer.headers["location"])
    assert status["status"] == "failed"
    assert "Geländemodell" in status["message"]
    results = api.get(rels(status)[f"{REL}exceptions"], headers={"Accept-Language": "en"})
    assert results.status_code == 422
    assert "terrain" in results.json()["detail"]


def test_conf_core_area_in_degrees_and_in_metres_are_one(api: TestClient) -> None:
    e, n, _ = ORIGIN
    metres = [[e, n], [e + 40, n], [e + 40, n + 40], [e, n + 40], [e, n]]
    utm = {"type": "Polygon", "coordinates": [metres], "coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/25832"}
    assert run(api, inputs={"area": utm}, outputs={"size": {}}).json() == 1600.0
    to_degrees = pyproj.Transformer.from_crs("EPSG:25832", "OGC:CRS84", always_xy=True)
    degrees = {"type": "Polygon", "coordinates": [[list(to_degrees.transform(*xy)) for xy in metres]]}
    assert run(api, inputs={"area": degrees}, outputs={"size": {}}).json() == pytest.approx(1600.0, abs=0.01)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"inputs": {"number": "much"}}, "number"),
        ({"inputs": {"nombre": 1}}, "nombre"),
        ({"inputs": {"number": {"href": "http://127.0.0.1/secret"}}}, "not fetched"),
        ({"inputs": []}, "inputs"),
        ({"outputs": {"depth": {}}}, "outputs"),
        ({"outputs": {"echo": {"transmissionMode": "pigeon"}}}, "transmissionMode"),
        ({"response": "loud"}, "response"),
        ({"inputs": {"area": {"type": "Polygon", "coordinates": [], "coordRefSys": "Mars"}}}, "coordRefSys"),
        ({"inputs": {"area": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}}, "area"),
        ({"subscriber": {"successUri": "http://192.168.0.1/router"}}, "KASTOR_CALLBACKS"),
        ({"subscriber": "me"}, "subscriber"),
    ],
)  # fmt: skip
def test_conf_core_what_makes_no_sense_is_named(api: TestClient, body: dict[str, Any], named: str) -> None:
    answer = run(api, **body)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_a_body_that_is_no_json_is_refused(api: TestClient) -> None:
    assert api.post("processes/echo/execution", content=b"{").status_code == 400
    assert api.post("processes/echo/execution", content=b"[]").status_code == 400
    assert api.post("processes/echo/execution", content=b" " * (3 * 2**20)).status_code == 413


# /conf/oas30


def test_conf_oas30_every_path_of_processes_and_jobs_is_described(api: TestClient) -> None:
    document = api.get("api").json()
    described = {path for path in document["paths"] if path.startswith(("/processes", "/jobs"))}
    own = {route.path.removeprefix("/ogc/{tenant}").replace("{process}", "{processId}").replace("{job}", "{jobId}")
           for route in processes.router.routes}  # fmt: skip
    # files of a preview are found by the links of a status
    assert described == {path for path in own if "preview" not in path}


@pytest.mark.parametrize(
    ("address", "schema"),
    [("processes", "ProcessList"), ("processes/rain", "Process"), ("jobs", "JobList")],
)
def test_conf_oas30_answers_are_as_described(api: TestClient, address: str, schema: str) -> None:
    run(api)
    assert faults(api, schema, api.get(address).json()) == []


def test_conf_oas30_a_status_and_an_estimate_are_as_described(api: TestClient) -> None:
    answer = run(api, prefer="respond-async")
    assert faults(api, "StatusInfo", answer.json()) == []
    assert faults(api, "StatusInfo", finished(api, answer.headers["location"])) == []
    assert faults(api, "Estimate", api.post("processes/echo/estimate", json={}).json()) == []


def test_conf_oas30_the_description_is_strict_enough_to_refuse(api: TestClient) -> None:
    assert faults(api, "StatusInfo", {"jobID": 7}) != []


def faults(api: TestClient, schema: str, content: Any) -> list[str]:
    """What in an answer is not as a schema of the API document says."""
    described = {"$ref": f"#/components/schemas/{schema}", "components": api.get("api").json()["components"]}
    return [error.message for error in jsonschema.Draft4Validator(described).iter_errors(content)]


# /conf/job-list


def test_conf_job_list(api: TestClient) -> None:
    wanted = [finished(api, run(api, prefer="respond-async").headers["location"])["jobID"] for _ in range(2)]
    found = api.get("jobs", params={"limit": 2}).json()["jobs"]
    assert [job["jobID"] for job in found] == wanted[::-1]
    ids = {job["jobID"] for job in api.get("jobs", params={"processID": "echo", "status": "successful"}).json()["jobs"]}
    assert set(wanted) <= ids
    assert api.get("jobs", params={"processID": "slope,none", "status": "accepted"}).json()["jobs"] == []
    assert api.get("jobs", params={"type": "wms"}).json()["jobs"] == []
    assert api.get("jobs", params={"status": "lost"}).status_code == 400


def test_a_job_and_an_order_say_how_long_they_will_take(api: TestClient) -> None:
    answer = run(api, "slope", prefer="respond-async, interactive", inputs={"limit": 7.5})
    accepted = answer.json()
    assert accepted["status"] in ("accepted", "running")
    # a quick machine is nearly done with it when it is asked
    assert accepted["remaining"] >= 0
    assert "remaining" not in finished(api, answer.headers["location"])
    estimate = api.post("processes/slope/estimate", json={"inputs": {"limit": 7.5}})
    assert estimate.json()["seconds"] > 0
    assert estimate.json()["area"] == 2500.0


@pytest.mark.parametrize("below", ["execution", "estimate"])
def test_what_is_too_much_for_the_machine_is_refused_at_once(api: TestClient, below: str) -> None:
    south, east = ORIGIN[1], ORIGIN[0]
    corners = f"{east},{south};{east + 30000},{south};{east + 30000},{south + 30000};{east},{south + 30000}"
    body = {"inputs": {"area": {"corners": corners}, "cell": 1}}
    answer = api.post(f"processes/rain/{below}", json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "Choose a smaller area" in answer.json()["detail"]


def test_what_is_wrong_is_told_in_the_language_of_the_reader(api: TestClient) -> None:
    body = {"inputs": {"limit": 500}}
    german, english = (
        api.post("processes/slope/execution", json=body, headers={"Accept-Language": language}).json()["detail"]
        for language in ("de", "en")
    )
    assert german == "limit: '500' passt nicht: darf höchstens 100 sein"
    assert english.startswith("limit: '500' does not fit")
    far = {"corners": "1,1;9,1;9,9;1,9"}
    location = run(api, "slope", prefer="respond-async", inputs={"area": far}).headers["location"]
    assert finished(api, location)["status"] == "failed"
    said = {lang: api.get(location, headers={"Accept-Language": lang}).json()["message"] for lang in ("de", "en")}
    assert "Im Gebiet fehlt: ein Geländemodell" in said["de"]
    assert "the area has no terrain" in said["en"]


# /conf/callback


def test_conf_callback(api: TestClient, listener: tuple[str, list[Any]]) -> None:
    address, told = listener
    answer = run(api, prefer="respond-async", subscriber={"successUri": f"{address}/done"})
    job = finished(api, answer.headers["location"])
    for _ in range(200):
        if any(one["jobID"] == job["jobID"] for one in told):
            break
        threading.Event().wait(0.05)
    assert [one["status"] for one in told if one["jobID"] == job["jobID"]] == ["successful"]


@pytest.mark.parametrize("change", [
    lambda a: a.replace("http://", "https://"), lambda a: a.replace("127.0.0.1", "127.0.0.1.example.org"),
    lambda a: a.replace("http://", "http://127.0.0.1@"), lambda a: a.replace("/told", "/told/../else"),
    lambda a: a.replace("/told", "/other"), lambda a: "file:///etc/passwd", lambda a: "http://[",
])  # fmt: skip
def test_only_allowed_addresses_are_called(
    api: TestClient, listener: tuple[str, list[Any]], change: Callable[[str], str]
) -> None:
    assert run(api, subscriber={"successUri": change(listener[0])}).status_code == 400


# /conf/dismiss


def test_conf_dismiss(api: TestClient) -> None:
    location = run(api, prefer="respond-async").headers["location"]
    finished(api, location)
    answer = api.delete(location)
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert api.get(location).status_code == 404
