"""Uploads over HTTP: pieces in any order of mishaps, a report to read, published or gone without a trace."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.city.sample import ORIGIN, four_houses
from kastor.formats import write
from kastor.loading import worker
from kastor.store import Tenant, audit, open_tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.settings import Settings

HERE = "/api/tenants/musterstadt"
TREES = "Baumnummer;Rechtswert;Hochwert;Baumart;Kronendurchmesser\n" + "".join(
    f"{n};{ORIGIN[0] + 5 * n};{ORIGIN[1] + 5};Tilia cordata;6\n" for n in range(1, 4)
)
FACTS = {"title": "Neue Häuser", "owner": "Amt", "office": "Vermessungsamt", "licence": "CC0 1.0"}

anywhere = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For what has nothing to do with where the rows are."""


@pytest.fixture
def client(small_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home, upload_limit=5_000_000))) as client:
        yield acting(client, Role.CARETAKER)


@pytest.fixture(autouse=True)
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program's work be done in this process, and draw only where that is the question: both take long."""

    def start(tenant: Tenant, job_id: str) -> bool:
        with open_tenant(tenant.directory.parent.parent, tenant.id) as opened:
            worker.work(opened, job_id)
        return True

    monkeypatch.setattr(worker, "_start", start)
    if "tiled" not in request.keywords:
        monkeypatch.setattr("kastor.loading.drafts.tile", lambda *_: {})
        monkeypatch.setattr("kastor.loading.tiling.tile", lambda *_: {})


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file: Path = tmp_path_factory.mktemp("houses") / "houses.city.json"
    write(four_houses(), file, "cityjson")
    return file.read_bytes()


def send(client: TestClient, files: dict[str, bytes], dataset: str = "", piece: int = 10**9) -> str:
    """Upload files as a browser does; gives the id of the upload."""
    announced = [{"name": name, "size": len(content)} for name, content in files.items()]
    begun = client.post(f"{HERE}/uploads", json={"files": announced, "dataset": dataset})
    assert begun.status_code == 201, begun.text
    upload: str = begun.json()["id"]
    for number, content in enumerate(files.values()):
        for start in range(0, len(content), piece):
            answer = put(client, upload, number, start, content[start : start + piece])
            assert answer.status_code == 200, answer.text
    return upload


def put(client: TestClient, upload: str, number: int, offset: int, content: bytes) -> Any:
    return client.put(f"{HERE}/uploads/{upload}/files/{number}", params={"offset": offset}, content=content)


def read(client: TestClient, upload: str, **answers: Any) -> dict[str, Any]:
    answer = client.post(f"{HERE}/uploads/{upload}/read", json={"facts": FACTS, **answers})
    assert answer.status_code == 200, answer.text
    return settled(client, upload)


def settled(client: TestClient, upload: str) -> dict[str, Any]:
    """The upload once nobody works on it."""
    while True:
        found: dict[str, Any] = client.get(f"{HERE}/uploads/{upload}").json()
        if found["progress"] is None and (found["state"] != "ready" or found["result"].get("drawn")):
            return found
        time.sleep(0.1)


def publish(client: TestClient, upload: str) -> dict[str, Any]:
    answer = client.post(f"{HERE}/uploads/{upload}/publish", json={"read": True})
    assert answer.status_code == 200, answer.text
    return settled(client, upload)


def test_a_dataset_comes_in_by_upload_and_only_when_it_is_published(client: TestClient, houses: bytes) -> None:
    before = client.get(HERE).json()
    upload = send(client, {"houses.json": houses}, piece=1000)
    found = read(client, upload)
    assert (found["state"], found["problem"]) == ("ready", None)
    assert found["result"]["kinds"]["building"] == 4
    assert found["result"]["difference"]["new"] > 0
    assert client.get(HERE).json() == before
    report = client.get(f"{HERE}/uploads/{upload}/report").json()
    assert report["kept"]
    done = publish(client, upload)
    assert (done["state"], done["problem"]) == ("published", None)
    (dataset,) = [d for d in client.get(HERE).json()["datasets"] if d["title"] == FACTS["title"]]
    assert dataset["kinds"]["building"] == 4
    assert dataset["id"] == "neue-haeuser"


@pytest.mark.tiled
def test_a_draft_is_a_twin_of_its_own_until_it_is_gone(client: TestClient, houses: bytes, small_twin: Tenant) -> None:
    upload = send(client, {"houses.json": houses})
    read(client, upload)
    draft = client.get(f"/api/tenants/draft-{upload}").json()
    assert draft["counts"]["building"] == 4
    assert client.get(next(x["tileset"] for x in draft["layers"] if x["id"] == "buildings")).status_code == 200
    assert client.delete(f"{HERE}/uploads/{upload}").status_code == 204
    assert client.get(f"/api/tenants/draft-{upload}").status_code == 404
    assert client.get(f"{HERE}/uploads/{upload}").status_code == 404
    assert list(small_twin.uploads.iterdir()) == []


def test_a_draft_is_for_those_who_see_drafts(
    client: TestClient, houses: bytes, acting: Callable[..., TestClient]
) -> None:
    upload = send(client, {"houses.json": houses})
    read(client, upload)
    draft = f"/api/tenants/draft-{upload}"
    assert acting(client, Role.PLANNER).get(draft).status_code == 200
    assert client.get(f"{HERE}/uploads/{upload}").status_code == 403
    for roles, tenant in ([(Role.CLERK,), "musterstadt"], [(Role.CARETAKER,), "nachbarstadt"], [(), "musterstadt"]):
        assert acting(client, *roles, tenant=tenant).get(draft).status_code == 403
        assert client.get(f"{draft}/objects").status_code == 403
        assert client.get(f"/tiles/draft-{upload}/tileset.json").status_code == 403


def test_what_happened_to_an_upload_is_in_the_audit_log(client: TestClient, houses: bytes, small_twin: Tenant) -> None:
    before = small_twin.revision
    upload = send(client, {"houses.json": houses})
    client.delete(f"{HERE}/uploads/{upload}")
    with small_twin.database.read() as connection:
        entries = [(line.what, line.subject, line.who) for line in audit.lines(connection, limit=2)]
        assert audit.verify(connection).faults == []
    assert entries == [("discard", upload, "7"), ("upload", upload, "7")]
    assert small_twin.revision == before


@anywhere
def test_an_upload_goes_on_where_it_was_cut_off(client: TestClient, houses: bytes) -> None:
    upload = client.post(f"{HERE}/uploads", json={"files": [{"name": "a.json", "size": len(houses)}]}).json()["id"]
    assert put(client, upload, 0, 0, houses[:100]).json() == {"received": 100, "complete": False}
    late = put(client, upload, 0, 50, houses[50:])
    assert late.status_code == 409
    assert "100 bytes are here" in late.json()["detail"]
    here = client.get(f"{HERE}/uploads/{upload}").json()["files"][0]["received"]
    assert put(client, upload, 0, here, houses[here:]).json()["complete"] is True
    assert read(client, upload)["state"] == "ready"


def test_a_newer_state_shows_its_difference_first(client: TestClient) -> None:
    upload = send(client, {"baeume.csv": TREES.encode()})
    read(client, upload, crs="EPSG:25832")
    publish(client, upload)
    dataset = client.get(HERE).json()["datasets"][-1]["id"]
    newer = TREES.replace("Tilia cordata;6", "Tilia cordata;9", 1).rsplit("\n", 2)[0] + "\n"
    second = send(client, {"baeume.csv": newer.encode()}, dataset=dataset)
    found = read(client, second, crs="EPSG:25832")
    difference = found["result"]["difference"]
    assert [difference[n] for n in ("new", "changed", "unchanged", "ended")] == [0, 1, 1, 1]
    assert len(difference["examples"]["ended"]) == 1
    assert client.get(HERE).json()["counts"]["tree"] == 4
    assert publish(client, second)["result"]["changes"] == {"new": 0, "changed": 1, "unchanged": 1, "ended": 1}
    assert client.get(HERE).json()["counts"]["tree"] == 3


def test_the_same_file_twice_is_told_and_changes_nothing(client: TestClient, houses: bytes) -> None:
    first = send(client, {"houses.json": houses})
    read(client, first)
    publish(client, first)
    dataset = client.get(HERE).json()["datasets"][-1]["id"]
    second = send(client, {"houses.json": houses}, dataset=dataset)
    assert client.get(f"{HERE}/uploads/{second}").json()["before"]["id"] == first
    difference = read(client, second)["result"]["difference"]
    assert (difference["new"], difference["changed"], difference["ended"]) == (0, 0, 0)


@anywhere
def test_a_table_shows_its_columns_and_they_can_be_named(client: TestClient) -> None:
    table = f"Nr,A,B,Was\n1,{ORIGIN[0] + 3},{ORIGIN[1] + 4},Linde\n"
    upload = send(client, {"liste.csv": table.encode()})
    (one,) = client.get(f"{HERE}/uploads/{upload}/tables").json()
    assert one["headers"] == ["Nr", "A", "B", "Was"]
    assert one["rows"][0][3] == "Linde"
    failed = read(client, upload)
    assert failed["state"] == "failed"
    assert "Spalten" in failed["problem"]["de"]
    columns = {"east": "A", "north": "B", "species": "Was", "id": ""}
    ready = read(client, upload, kind="tree", crs="EPSG:25832", columns=columns)
    assert ready["result"]["kinds"] == {"tree": 1}


@anywhere
def test_the_reference_system_is_asked_only_when_nothing_names_it(client: TestClient) -> None:
    upload = send(client, {"baeume.csv": TREES.encode()})
    found = read(client, upload)
    assert found["state"] == "asking"
    first = found["question"]["crs"][0]
    assert (first["code"], first["fits"], first["distance"]) == ("EPSG:25832", True, 0)
    assert [one["fits"] for one in found["question"]["crs"] if one["code"] == "EPSG:25833"] != [True]
    assert read(client, upload, crs=first["code"])["state"] == "ready"


@anywhere
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.gml",
            b"<?xml version='1.0'?><core:CityModel xmlns:core='http://www.opengis.net/citygml/2.0'><a>",
            "nicht v",
        ),
        ("a.pdf", b"%PDF-1.7 ...", "Dieses Format liest Kastor nicht"),
        ("a.json", b'{"type": "CityJSON", "version": "2.0", "CityObjects": ', "beschädigt"),
        ("a.zip", b"PK\x03\x04" + b"\0" * 200, "beschädigt"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_german(
    client: TestClient, name: str, content: bytes, words: str
) -> None:
    found = read(client, send(client, {name: content}))
    assert found["state"] == "failed"
    assert words in found["problem"]["de"]
    assert client.get(HERE).json()["counts"]["building"] == 4


@anywhere
def test_an_archive_that_unpacks_to_far_too_much_is_refused(client: TestClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 60 * 2**20)
    found = read(client, send(client, {"bomb.zip": packed.getvalue()}))
    assert found["state"] == "failed"
    assert "viel zu groß" in found["problem"]["de"]


@anywhere
@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ([{"name": "a.gml", "size": 10 * 10**9}], 413, "at most 0.0 GB (KASTOR_UPLOAD_LIMIT)"),
        ([{"name": "a.gml", "size": 0}], 400, "a.gml: the file is empty"),
        ([], 400, "No file was chosen"),
        ([{"name": f"{n}.gml", "size": 1} for n in range(201)], 413, "201 files"),
        ([{"name": "a.gml", "size": -1}], 422, "size"),
    ],
)
def test_what_cannot_succeed_is_refused_before_a_byte_is_sent(
    client: TestClient, files: list[dict[str, Any]], status: int, words: str
) -> None:
    answer = client.post(f"{HERE}/uploads", json={"files": files}, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert client.get(f"{HERE}/uploads").json()["items"] == []


@anywhere
def test_more_bytes_than_announced_are_refused(client: TestClient) -> None:
    upload = client.post(f"{HERE}/uploads", json={"files": [{"name": "a.csv", "size": 10}]}).json()["id"]
    assert put(client, upload, 0, 0, b"0" * 1000).status_code == 413
    assert put(client, upload, 7, 0, b"0").status_code == 400


@anywhere
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\a.gml", "/etc/a.gml", "C:\\a.gml", ".lock", "a\0b", "ü" * 300]
)
def test_names_of_files_lead_nowhere_else(client: TestClient, small_twin: Tenant, name: str) -> None:
    upload = send(client, {name: b"x"})
    (file,) = (small_twin.uploads / upload / "files").iterdir()
    assert "/" not in file.name
    assert not file.name.startswith(".")
    assert {p.name for p in small_twin.directory.iterdir()} >= {"uploads", "blocks"}


def test_two_uploads_at_once_do_not_meet(client: TestClient, houses: bytes) -> None:
    first, second = send(client, {"a.json": houses}), send(client, {"b.csv": TREES.encode()})
    client.post(f"{HERE}/uploads/{first}/read", json={"facts": FACTS})
    client.post(f"{HERE}/uploads/{second}/read", json={"facts": {**FACTS, "title": "Bäume"}, "crs": "EPSG:25832"})
    assert settled(client, first)["result"]["kinds"]["building"] == 4
    assert settled(client, second)["result"]["kinds"] == {"tree": 3}
    for upload in (first, second):
        client.post(f"{HERE}/uploads/{upload}/publish", json={"read": True})
    assert [settled(client, upload)["state"] for upload in (first, second)] == ["published", "published"]
    assert sorted(d["kinds"]["tree"] for d in client.get(HERE).json()["datasets"]) == [1, 1, 3]


@anywhere
def test_nothing_is_published_unread(client: TestClient, houses: bytes) -> None:
    upload = send(client, {"houses.json": houses})
    assert client.post(f"{HERE}/uploads/{upload}/publish", json={"read": False}).status_code == 422
    assert client.post(f"{HERE}/uploads/{upload}/publish", json={"read": True}).status_code == 409
    read(client, upload)
    publish(client, upload)
    assert client.delete(f"{HERE}/uploads/{upload}").status_code == 409
    assert [d["kinds"]["building"] for d in client.get(HERE).json()["datasets"]] == [4, 4]


def test_a_suggestion_is_taken_with_the_publication(client: TestClient, houses: bytes) -> None:
    doubtful = houses.replace(b'"storeysAboveGround":2', b'"storeysAboveGround":1')
    assert doubtful != houses
    upload = send(client, {"houses.json": doubtful})
    read(client, upload)
    report = client.get(f"{HERE}/uploads/{upload}/report").json()
    (finding, *_) = [f for f in report["findings"] if f["suggestion"]]
    one = {"object": finding["object"], "code": finding["code"], "take": True}
    assert client.post(f"{HERE}/uploads/{upload}/decisions", json={"decisions": [one]}).status_code == 200
    again = client.get(f"{HERE}/uploads/{upload}/report").json()
    assert [f["decision"] for f in again["findings"] if f["object"] == finding["object"]] == ["taken"]
    publish(client, upload)
    detail = client.get(f"{HERE}/objects/{finding['object']}").json()
    assert detail["dataset"] == "neue-haeuser"
    assert "Berichtigt" in detail["history"][0]["what"]["de"]
    assert detail["findingList"] == []
    nothing = {"object": "nobody", "code": "height_differs", "take": True}
    second = send(client, {"houses.json": doubtful})
    read(client, second)
    assert client.post(f"{HERE}/uploads/{second}/decisions", json={"decisions": [nothing]}).status_code == 400


def test_a_server_that_runs_for_long_looks_after_abandoned_uploads(
    small_twin: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[Path, int]] = []
    monkeypatch.setattr("kastor.web.app.TENDED", 0.01)
    monkeypatch.setattr("kastor.web.app.resume_all", lambda home, days: looked.append((home, days)))
    home = small_twin.directory.parent.parent
    with TestClient(create_app(Settings(home=home, upload_days=3))) as client:
        deadline = time.monotonic() + 10
        while len(looked) < 3 and time.monotonic() < deadline:
            client.get("/health/live")
    assert looked[:3] == [(home, 3)] * 3
