"""Processes of other servers: a second Kastor on a real port, and servers that answer what none should."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import rasterio
from fastapi import Request

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.planning import computing, orders
from kastor.planning.processes import processes, processes_of
from kastor.planning.remote import calls, running
from kastor.planning.remote.calls import RemoteError, RemoteSettings, Server, below
from kastor.planning.remote.description import process_of
from kastor.planning.remote.offering import offer
from kastor.planning.worker import Worker, elsewhere_of
from kastor.process import InvalidInput, Quiet, WrongResult, parameters
from kastor.store import Dataset, Tenant, create_tenant, remotes, results, runs
from kastor.store.database import Database
from kastor.store.instance import open_instance
from kastor.store.roles import Role
from kastor.store.runs import OVER, State
from kastor.web.app import create_app
from kastor.web.rights import ANONYMOUS, Person
from kastor.web.settings import Settings
from tests.serving import served

E, N, _ = ORIGIN
AREA = {"type": "Polygon", "coordinates": [[[E, N], [E + 40, N], [E + 40, N + 40], [E, N + 40], [E, N]]]}
BASIN = {"kind": "basin", "outline": [[E + 15, N + 15], [E + 25, N + 15], [E + 25, N + 25]], "depth": 2.0}
KEY = "kastor_0123_of-a-test"
MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of another Kastor, whose models are for those who show a key."""
    home = tmp_path_factory.mktemp("there") / "home"
    words = {"de": "Vier Häuser.", "en": "Four houses."}
    with (
        create_tenant(home, "kreis", "Kreis", CRS, words) as twin,
        twin.load(Dataset("survey", "Vermessung", attribution="© Kreis")) as loading,
    ):
        loading.put("houses", four_houses())
        loading.put_terrain("ground", flat_ground())
        loading.finish({"source": "survey", "findings": []})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(MODELS))
        # another test of this process may have looked for models before
        processes.cache_clear()
        app = create_app(Settings(home=home, rate=0))
        planner = Person("7", {"kreis": frozenset({Role.PLANNER})})

        def identify(request: Request) -> Person:
            return planner if request.headers.get("authorization") == f"Bearer {KEY}" else ANONYMOUS

        app.state.identify = identify
        with served(app) as address:
            yield address
    processes.cache_clear()


@pytest.fixture
def allowed(there: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KASTOR_REMOTES", f"{there}/")
    monkeypatch.setenv("KASTOR_REMOTE_KEYS", json.dumps({f"{there}/": KEY}))
    monkeypatch.setattr(running, "POLL", 0.05)
    return f"{there}/ogc/kreis/processes"


def compute(twin: Tenant, process: str, **inputs: Any) -> dict[str, Any]:
    result_id = computing.compute(twin, orders.read(twin, process, {"area": AREA, **inputs}), Quiet(), "7")
    found: dict[str, Any] = orjson.loads(results.file_of(twin, result_id, results.DOCUMENT).read_bytes())
    return found


@pytest.mark.parametrize("process", ["slope", "rain"])
def test_a_process_of_another_kastor_looks_like_an_own_one(small_twin: Tenant, allowed: str, process: str) -> None:
    offer(small_twin, "dort", f"{allowed}/{process}", {}, "7")
    own, remote = processes_of(small_twin)[process], processes_of(small_twin)["dort"]
    for language in ("de", "en"):
        assert parameters(remote, language) == parameters(own, language)
    assert remote.about.title == own.about.title
    assert remote.about.outputs == own.about.outputs
    assert remote.about.card == own.about.card


def test_parameters_are_judged_before_anybody_is_asked(small_twin: Tenant, allowed: str) -> None:
    offer(small_twin, "neigung", f"{allowed}/slope", {}, "7")
    with pytest.raises(InvalidInput, match="limit"):
        orders.read(small_twin, "neigung", {"area": AREA, "limit": 500})
    with pytest.raises(InvalidInput, match="known are limit"):
        orders.read(small_twin, "neigung", {"area": AREA, "volume": 11})


def test_its_result_is_that_of_the_other_server_taken_whole(small_twin: Tenant, allowed: str) -> None:
    offer(small_twin, "neigung", f"{allowed}/slope", {}, "7")
    here, there = compute(small_twin, "slope", edits=[BASIN]), compute(small_twin, "neigung", edits=[BASIN])
    assert there["indicators"] == here["indicators"]
    assert there["process"]["id"] == "neigung"
    assert there["account"]["remote_result"]
    assert [source["attribution"] for source in there["attribution"]][1:] == ["© Kreis"]
    assert there["method"] == here["method"]
    same = [raster | {"href": ""} for raster in there["rasters"]], [raster | {"href": ""} for raster in here["rasters"]]
    assert same[0] == same[1]
    with (
        rasterio.open(results.file_of(small_twin, here["id"], "slope.tif")) as one,
        rasterio.open(results.file_of(small_twin, there["id"], "slope.tif")) as other,
    ):
        assert np.array_equal(one.read(), other.read(), equal_nan=True)
    files = [results.file_of(small_twin, found["id"], "street_slope.geojson").read_bytes() for found in (here, there)]
    assert orjson.loads(files[0]) == orjson.loads(files[1])
    assert compute(small_twin, "neigung", edits=[BASIN])["id"] == there["id"]
    assert [p.name for p in (small_twin.directory / "runs").iterdir()] == []


def test_a_reason_of_the_other_server_is_passed_on(small_twin: Tenant, allowed: str) -> None:
    offer(small_twin, "neigung", f"{allowed}/slope", {}, "7")
    far = {"type": "Polygon", "coordinates": [[[x + 9000, y] for x, y in AREA["coordinates"][0]]]}
    with pytest.raises(RemoteError, match=r"failed.*no terrain"):
        compute(small_twin, "neigung", area=far)


def test_who_shows_no_key_computes_nothing(small_twin: Tenant, allowed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(small_twin, "neigung", f"{allowed}/slope", {}, "7")
    monkeypatch.setenv("KASTOR_REMOTE_KEYS", "")
    with pytest.raises(RemoteError, match=r"refused \(401\)"):
        compute(small_twin, "neigung")


def test_a_process_removed_leaves_its_results_out_of_date(small_twin: Tenant, allowed: str) -> None:
    offer(small_twin, "neigung", f"{allowed}/slope", {}, "7")
    kept = results.result(small_twin.database, compute(small_twin, "neigung")["id"])
    assert computing.stale(small_twin, kept) == []
    remotes.remove(small_twin.database, "neigung", "7")
    assert "gibt es hier nicht" in computing.stale(small_twin, kept)[0]["de"]
    with pytest.raises(InvalidInput, match="no process 'neigung'"):
        orders.read(small_twin, "neigung", {})


# the queue


@pytest.fixture
def instance(small_twin: Tenant) -> Iterator[Database]:
    opened = open_instance(small_twin.directory.parent.parent)
    yield opened
    opened.close()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def jobs_there(there: str) -> list[dict[str, Any]]:
    found, _ = Server(f"{there}/ogc/kreis/jobs").json(f"{there}/ogc/kreis/jobs?processID=endless")
    jobs: list[dict[str, Any]] = found["jobs"]
    return jobs


def test_who_dismisses_a_run_dismisses_it_there_too(
    small_twin: Tenant, instance: Database, there: str, allowed: str
) -> None:
    offer(small_twin, "endlos", f"{allowed}/endless", {}, "7")
    home = small_twin.directory.parent.parent
    wanted = runs.add(instance, "musterstadt", "endlos", "1", {"area": AREA}, "7")
    worker = Worker(home)
    thread = threading.Thread(target=worker.work)
    thread.start()
    try:
        until(lambda: runs.run(instance, "musterstadt", wanted.id).done == 0.5)
        assert "Rechnet auf 127.0.0.1" in runs.run(instance, "musterstadt", wanted.id).what["de"]
        (job,) = [one for one in jobs_there(there) if one["status"] == "running"]
        runs.dismiss(instance, "musterstadt", wanted.id)
        until(lambda: [one["status"] for one in jobs_there(there) if one["jobID"] == job["jobID"]] == ["dismissed"])
        until(lambda: not elsewhere_of(home, wanted).exists())
    finally:
        worker.stop()
        thread.join(60)


def test_a_worker_begun_anew_waits_for_the_job_it_had(
    small_twin: Tenant, instance: Database, there: str, allowed: str
) -> None:
    offer(small_twin, "endlos", f"{allowed}/endless", {}, "7")
    home = small_twin.directory.parent.parent
    before = {one["jobID"] for one in jobs_there(there)}
    wanted = runs.add(instance, "musterstadt", "endlos", "1", {"area": AREA}, "7")
    for _ in range(2):
        worker = Worker(home)
        thread = threading.Thread(target=worker.work)
        thread.start()
        until(lambda: runs.run(instance, "musterstadt", wanted.id).done == 0.5)
        worker.stop()
        thread.join(60)
    assert len({one["jobID"] for one in jobs_there(there)} - before) == 1
    running.dismiss(elsewhere_of(home, wanted))
    assert {one["status"] for one in jobs_there(there)} == {"dismissed"}


def test_the_queue_computes_elsewhere_like_here(small_twin: Tenant, instance: Database, allowed: str) -> None:
    offer(small_twin, "echo-dort", f"{allowed}/echo", {}, "7")
    wanted = runs.add(instance, "musterstadt", "echo-dort", "1", {"area": AREA, "number": 4.5}, "7")
    Worker(small_twin.directory.parent.parent).work_off()
    found = runs.run(instance, "musterstadt", wanted.id)
    assert (found.state, found.problem) == (State.SUCCESSFUL, "")
    document = orjson.loads(results.file_of(small_twin, found.result, results.DOCUMENT).read_bytes())
    assert {i["id"]: i["value"] for i in document["indicators"]} == {"echo": 4.5, "size": pytest.approx(1600, abs=0.01)}
    assert found.state in OVER


# who may be asked


@pytest.mark.parametrize(
    ("address", "allowed", "is_below"),
    [
        ("https://a.example/ogc/x", "https://a.example/", True),
        ("https://a.example/ogc/x", "https://a.example/ogc", True),
        ("https://a.example/ogcx", "https://a.example/ogc", False),
        ("http://a.example/ogc", "https://a.example/", False),
        ("https://a.example:444/ogc", "https://a.example/", False),
        ("https://a.example.org/ogc", "https://a.example", False),
        ("https://a.example@b.example/", "https://a.example/", False),
        ("https://a.example/ogc/../admin", "https://a.example/ogc", False),
        ("https://a.example/ogc/%2e%2e/admin", "https://a.example/ogc", False),
        ("https://a.example\\@b.example/", "https://a.example/", False),
        ("file:///etc/passwd", "file:///", False),
        ("https://[", "https://a.example/", False),
    ],
)
def test_only_what_lies_below_an_allowed_address_is_asked(address: str, allowed: str, is_below: bool) -> None:
    assert below(address, allowed) is is_below


def test_without_leave_of_the_operator_nobody_is_asked(
    small_twin: Tenant, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KASTOR_REMOTES", raising=False)
    with pytest.raises(InvalidInput, match="KASTOR_REMOTES"):
        offer(small_twin, "neigung", f"{there}/ogc/kreis/processes/slope", {})
    assert remotes.remotes(small_twin.database) == []


@pytest.mark.parametrize(("name", "problem"), [("slope", "process of this server"), ("Zu Groß", "small letters")])
def test_a_name_that_is_taken_or_none_is_refused(small_twin: Tenant, allowed: str, name: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        offer(small_twin, name, f"{allowed}/slope", {})


# servers that are not Kastor, or not what they should be


class Odd:
    """A server of the standard, whose answers the test sets by path."""

    def __init__(self) -> None:
        answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        orders_seen: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if body:
                    orders_seen.append(json.loads(body))
                status, headers, content = answers.get(self.path, (404, {}, b"{}"))
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self.answers, self.orders = answers, orders_seen
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.says("/p/noise", NOISE)

    def says(self, path: str, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answers[path] = (status, headers, body)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


NOISE: dict[str, Any] = {
    "id": "noise", "version": "2.1", "title": "Lärm", "description": "Lärm an Fassaden",
    "jobControlOptions": ["sync-execute"],
    "inputs": {
        "where": {"title": "Wo", "schema": {"type": "object", "format": "geojson-geometry"}},
        "cars": {"title": "Autos", "schema": {"type": "integer", "minimum": 0, "maximum": 90000}},
        "time-of-day": {"title": "Zeit", "schema": {"type": "string", "enum": ["day", "night"], "default": "day"}},
        "options": {"title": "Weiteres", "minOccurs": 0, "schema": {"type": "object"}},
    },
    "outputs": {
        "Level": {"title": "Pegel", "schema": {"type": "number"}},
        "map": {"title": "Karte", "schema": {"type": "string", "contentMediaType": "image/tiff; application=geotiff"}},
        "facades": {"title": "Fassaden", "schema": {"type": "object", "contentMediaType": "application/geo+json"}},
        "log": {"title": "Protokoll", "schema": {"type": "string"}},
    },
}  # fmt: skip
UNITS = {"Level": "dB", "map": "dB"}


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Odd]:
    server = Odd()
    monkeypatch.setenv("KASTOR_REMOTES", f"{server.address}/p")
    monkeypatch.setattr(running, "POLL", 0.01)
    yield server
    server.close()


def geotiff(tmp_path: Path, crs: str = "EPSG:4326", **more: Any) -> bytes:
    corner = rasterio.transform.from_origin(*more.pop("corner", (7.0, 51.0)), *more.pop("cell", (1e-5, 1e-5)))
    with rasterio.open(tmp_path / "x.tif", "w", driver="GTiff", width=40, height=40, count=1, dtype="float32",
                       crs=crs, transform=corner) as file:  # fmt: skip
        file.write(np.full((1, 40, 40), 55.5, np.float32))
        if "unit" in more:
            file.units = (more["unit"],)
    return (tmp_path / "x.tif").read_bytes()


def test_a_server_of_the_standard_that_is_no_kastor(small_twin: Tenant, odd: Odd, tmp_path: Path) -> None:
    facade = {"type": "Feature", "id": 3, "geometry": {"type": "Point", "coordinates": [7.0, 51.0]},
              "properties": {"facades": 61.0, "side": ["N"]}}  # fmt: skip
    odd.says("/p/noise/execution", {
        "Level": {"value": 57.25, "uom": "dB"}, "map": {"href": "/p/map.tif", "type": "image/tiff"},
        "facades": {"value": {"type": "FeatureCollection", "features": [facade]}}, "log": "fine",
    })  # fmt: skip
    odd.says("/p/map.tif", geotiff(tmp_path))
    offer(small_twin, "laerm", f"{odd.address}/p/noise", UNITS)
    found = compute(small_twin, "laerm", cars=1200, **{"time-of-day": "night"})
    (sent,) = odd.orders
    assert {name: value for name, value in sent["inputs"].items() if name != "where"} == {
        "cars": 1200, "time-of-day": "night"
    }  # fmt: skip
    longitude, latitude = sent["inputs"]["where"]["coordinates"][0][0]
    assert (5 < longitude < 15, 47 < latitude < 56) == (True, True)
    assert [(i["id"], i["value"], i["unit"]) for i in found["indicators"]] == [("level", 57.25, "dB")]
    (raster,) = found["rasters"]
    assert raster["range"] == [55.5, 55.5]
    assert 0.5 < raster["cell"] < 1.5
    features = orjson.loads(results.file_of(small_twin, found["id"], "facades.geojson").read_bytes())["features"]
    assert [f["id"] for f in features] == ["3"]
    assert features[0]["properties"] == {"label": "3", "facades": 61.0, "side": '["N"]'}
    assert features[0]["geometry"]["coordinates"][0] == pytest.approx(359666, abs=2)
    assert found["attribution"][0]["attribution"] == odd.address.removeprefix("http://")
    with pytest.raises(InvalidInput, match="takes none"):
        compute(small_twin, "laerm", cars=1, edits=[BASIN])


def test_an_output_without_a_unit_is_asked_for(small_twin: Tenant, odd: Odd) -> None:
    with pytest.raises(InvalidInput, match="in which unit 'Level' is"):
        offer(small_twin, "laerm", f"{odd.address}/p/noise", {})


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"Level": {"value": 3, "uom": "ft"}}, "came in 'ft', declared is 'dB'"),
        ({"Level": "loud"}, "is no number"),
        ({"Level": True}, "is no number"),
        ({"map": {"href": "https://192.168.0.1/router.tif"}}, "KASTOR_REMOTES"),
        ({"map": {"href": "/admin/map.tif"}}, "KASTOR_REMOTES"),
        ({"map": {"href": "file:///etc/passwd"}}, "KASTOR_REMOTES"),
        ({"map": "AAAA"}, "come by href"),
        ({"map": {"href": "/p/none.tif"}}, r"refused \(404\)"),
        ({"map": {"href": "/p/noise"}}, "cannot be read"),
        ({"map": {"href": "/p/feet.tif"}}, "came in 'ft'"),
        ({"facades": {"value": {"features": [{"geometry": {"type": "Blob"}}]}}}, "geometry"),
        ({"facades": {"value": 7}}, "no GeoJSON"),
        ([1, 2], "no object of outputs"),
        (b"<html>", "no JSON"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused_with_the_reason(
    small_twin: Tenant, odd: Odd, tmp_path: Path, answer: Any, problem: str
) -> None:
    odd.says("/p/noise/execution", answer)
    odd.says("/p/feet.tif", geotiff(tmp_path, unit="ft"))
    offer(small_twin, "laerm", f"{odd.address}/p/noise", UNITS)
    with pytest.raises((RemoteError, WrongResult, InvalidInput), match=problem):
        compute(small_twin, "laerm", cars=1)
    assert results.results_of(small_twin.database) == []
    assert list((small_twin.directory / "runs").iterdir()) == []


def test_a_server_that_points_elsewhere_is_not_followed(small_twin: Tenant, odd: Odd) -> None:
    odd.says("/p/moved", {}, 302, location=f"{odd.address}/p/noise")
    with pytest.raises(RemoteError, match="points elsewhere"):
        offer(small_twin, "laerm", f"{odd.address}/p/moved", UNITS)
    odd.says("/p/noise/execution", {}, 201, location="http://192.168.0.1/jobs/1")
    offer(small_twin, "laerm", f"{odd.address}/p/noise", UNITS)
    with pytest.raises(InvalidInput, match="KASTOR_REMOTES"):
        compute(small_twin, "laerm", cars=1)


def test_a_job_that_never_is_successful_ends(small_twin: Tenant, odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    odd.says("/p/noise/execution", {}, 201, location="/p/job")
    offer(small_twin, "laerm", f"{odd.address}/p/noise", UNITS)
    odd.says("/p/job", {"status": "failed", "message": "no roads"})
    with pytest.raises(RemoteError, match=r"failed\. no roads"):
        compute(small_twin, "laerm", cars=1)
    odd.says("/p/job", {"status": "running", "progress": "much"})
    monkeypatch.setattr(running, "LONGEST_RUN", 0.1)
    with pytest.raises(RemoteError, match="told to stop"):
        compute(small_twin, "laerm", cars=1)
    odd.says("/p/job", {}, 404)
    with pytest.raises(RemoteError, match="404"):
        compute(small_twin, "laerm", cars=1)


def test_an_answer_without_end_is_not_read_to_its_end(
    small_twin: Tenant, odd: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "LARGEST_JSON", 10_000)
    odd.says("/p/noise", b" " * 20_000 + json.dumps(NOISE).encode())
    with pytest.raises(RemoteError, match="sent more than"):
        offer(small_twin, "laerm", f"{odd.address}/p/noise", UNITS)


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"a": {"schema": {"type": "number", "minimum": "low", "x-title": 7}}}},
        {"inputs": {"a": {"schema": {"type": "integer", "multipleOf": 0, "maximum": 0.5, "minimum": -3}}}},
        {"inputs": {"a": {"schema": {"type": "string", "maxLength": -1, "minimum": 3, "pattern": "("}}}},
        {"inputs": {"a": {"schema": {"$ref": "#/nowhere"}}}},
        {"inputs": {"a": {"schema": {"enum": [1.5, None]}}}},
        {"inputs": {"model_config": {"schema": {}}, "run": {"schema": {}}, "about": {"title": 3, "schema": {}}}},
        {"inputs": {"a": {"minOccurs": "many", "maxOccurs": "unbounded", "schema": {"type": "integer"}}}},
        {"keywords": "noise", "version": 7, "method": "guess", "jobControlOptions": None},
    ],
)
def test_descriptions_that_are_odd_are_read_as_far_as_they_can_be(change: dict[str, Any]) -> None:
    described = {**NOISE, **change}
    process = process_of(remotes.Remote("laerm", "https://a.example", {"de": described, "en": described}, UNITS))
    for name, schema in parameters(process, "de").items():
        assert name in described["inputs"]
        assert isinstance(schema["title"], str)


@pytest.mark.parametrize(
    "change",
    [
        {"outputs": {}},
        {"outputs": {"log": {"schema": {"type": "string"}}}},
        {"inputs": {"a": None}},
        {"inputs": []},
        {"inputs": {str(n): {"schema": {}} for n in range(201)}},
    ],
)
def test_descriptions_that_are_none_are_refused(change: dict[str, Any]) -> None:
    described = {**NOISE, **change}
    with pytest.raises(InvalidInput, match=r"https://a\.example"):
        process_of(remotes.Remote("laerm", "https://a.example", {"de": described, "en": described}, UNITS))


def test_the_key_is_shown_to_its_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_REMOTE_KEYS", json.dumps({"https://a.example/": "secret"}))
    settings = RemoteSettings()
    assert settings.key_for("https://a.example/ogc") == "secret"
    assert settings.key_for("https://b.example/ogc") == ""
    assert "secret" not in repr(settings)
    with pytest.raises(RemoteError, match="KASTOR_REMOTE_KEYS"):
        replace(settings, remote_keys="[").key_for("https://a.example/ogc")
