"""Decisions: complete before they are signed, fixed afterwards, found out when tampered with, on paper."""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, delete, insert, select, update
from typer.testing import CliRunner

from kastor.city.sample import CRS, ORIGIN, flat_ground, four_houses
from kastor.cli import app as cli
from kastor.planning.computing import compute
from kastor.planning.orders import read
from kastor.process import Quiet
from kastor.store import Dataset, Tenant, create_tenant
from kastor.store.roles import Role
from kastor.store.schema import resolutions, variant_revisions
from kastor.web.app import create_app
from kastor.web.rights import ANONYMOUS, Person
from kastor.web.settings import Settings
from tests.paper import words

TENANT = "/api/tenants/musterstadt"
PEOPLE = {
    "planner": Person("7", {"musterstadt": frozenset({Role.PLANNER})}),
    "head": Person("9", {"musterstadt": frozenset({Role.ADMINISTRATION})}),
    "clerk": Person("8", {"musterstadt": frozenset({Role.CLERK})}),
    "nobody": ANONYMOUS,
}

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, store: str) -> Iterator[Tenant]:
    with create_tenant(tmp_path_factory.mktemp("home"), "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Vier Häuser")) as load:
            load.put("houses", four_houses())
            load.put_terrain("ground", flat_ground())
            load.finish({"source": "houses", "findings": []})
        yield twin


@pytest.fixture(scope="module")
def ask(twin: Tenant) -> Client:
    app = create_app(Settings(home=twin.directory.parent.parent, rate=0))
    app.state.identify = lambda request: PEOPLE[request.headers["authorization"]]
    client = TestClient(app)

    def asked(who: str, method: str, path: str, revision: int | None = None, **more: Any) -> Any:
        headers = {"Authorization": who} | ({"If-Match": f'"{revision}"'} if revision is not None else {})
        return client.request(method, f"{TENANT}/{path}", headers=headers, **more)

    return asked


@pytest.fixture(scope="module")
def variant(ask: Client) -> str:
    made: str = ask("planner", "POST", "variants", json={"name": "Neue Mitte"}).json()["id"]
    fell = {"edits": [{"kind": "fell", "id": "f", "object": "oak"}]}
    assert ask("planner", "PUT", f"variants/{made}/edits", 1, json=fell).status_code == 200
    return made


@pytest.fixture(scope="module")
def result(twin: Tenant, variant: str) -> str:
    return compute(twin, read(twin, "slope", {"variant": {"id": variant, "revision": 2}}), Quiet(), "7")


def draft(variant: str, result: str, **more: Any) -> dict[str, Any]:
    return {
        "title": "Bebauung am Markt", "body": "Bauausschuss", "date": "2026-11-26", "outcome": "accepted",
        "text": "Die Variante „Neue Mitte“ wird weiterverfolgt.", "number": "26/114",
        "variants": [{"id": ""}, {"id": variant, "revision": 2, "chosen": True}], "results": [result],
        "plan_checks": [{"plan": "BP 12", "variant": variant, "revision": 2, "kept": 5, "broken": 1, "unknown": 2}],
        "participation": [{"title": "Auslegung", "period": "1.-30.9.2026", "contributions": 14}],
        "roles": [{"role": "Vorsitz", "part": "Leitung"}], "votes": {"yes": 9, "no": 2}, **more,
    }  # fmt: skip


def signed(ask: Client, variant: str, result: str) -> dict[str, Any]:
    made = ask("planner", "POST", "decisions", json=draft(variant, result)).json()
    answer = ask("planner", "POST", f"decisions/{made['id']}/sign", 1)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_draft_changes_until_it_is_signed_and_is_then_fixed(ask: Client, variant: str, result: str) -> None:
    made = ask("planner", "POST", "decisions", json=draft(variant, result, text="")).json()
    here = f"decisions/{made['id']}"
    refused = ask("planner", "POST", f"{here}/sign", 1)
    assert (refused.status_code, "Wortlaut" in refused.json()["detail"]) == (400, True)
    assert ask("planner", "PUT", here, 7, json=draft(variant, result)).status_code == 412
    assert ask("planner", "PUT", here, 1, json=draft(variant, result)).json()["revision"] == 2
    assert ask("planner", "POST", f"{here}/sign", 2).status_code == 200
    assert ask("planner", "PUT", here, 2, json=draft(variant, result)).status_code == 409
    assert ask("planner", "POST", f"{here}/sign", 2).status_code == 409
    assert ask("planner", "DELETE", here).status_code == 409


def test_a_signed_record_holds_what_it_cites_and_its_hash_is_in_the_log(
    ask: Client, twin: Tenant, variant: str, result: str
) -> None:
    found = signed(ask, variant, result)
    file = ask("planner", "GET", f"decisions/{found['id']}/decision.json").content
    assert sha256(file).hexdigest() == found["hash"]
    document = orjson.loads(file)
    assert [(v.get("name"), v["chosen"], len(v["edits"])) for v in document["variants"]] == [
        ("Bestand", False, 0), ("Neue Mitte", True, 1),
    ]  # fmt: skip
    assert document["results"][0]["variant"]["name"] == "Neue Mitte"
    assert "result.json" in document["results"][0]["files"]
    assert document["signed_by"] == "planner"
    assert b'"7"' not in file
    lines = ask("head", "GET", "audit").json()["lines"]
    assert found["hash"] in [line["detail"].get("hash") for line in lines if line["subject"] == found["id"]]
    for path in (f"variants/{variant}", f"results/{result}"):
        assert ask("planner", "DELETE", path).status_code == 409


def test_a_record_is_seen_by_whom_it_is_for(ask: Client, variant: str, result: str) -> None:
    here = f"decisions/{signed(ask, variant, result)['id']}"
    seen = {}
    for state in ("draft", "internal", "public"):
        assert ask("planner", "PUT", f"{here}/state", json={"state": state}).status_code == 200
        seen[state] = [who for who in PEOPLE if ask(who, "GET", here).status_code == 200]
    assert seen == {"draft": ["planner", "head"], "internal": ["planner", "head", "clerk"], "public": list(PEOPLE)}
    assert ask("nobody", "GET", f"{here}/check").json()["faults"] == []


def reworded(old: bytes, new: bytes, **more: str) -> Callable[[Connection], None]:
    """Change the words of every record in the database, and perhaps other columns."""

    def tamper(connection: Connection) -> None:
        for record, document in connection.execute(select(resolutions.c.id, resolutions.c.document)).all():
            changed = {"document": document.replace(old, new), **more}
            connection.execute(update(resolutions).where(resolutions.c.id == record).values(changed))

    return tamper


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (reworded(b"weiterverfolgt", b"gestoppt"), "wurde nach dem Unterzeichnen verändert"),
        (reworded(b"weiter", b"", hash="x"), "wurde nach dem Unterzeichnen verändert"),
        (lambda rows: rows.execute(update(resolutions).values(signed="", hash="")), "nicht mehr da"),
        (lambda rows: rows.execute(delete(resolutions)), "nicht mehr da"),
        (lambda rows: rows.execute(update(variant_revisions).values(edits=zlib.compress(b"[]"))), "Die Variante"),
    ],
    ids=["reworded", "reworded with another hash", "signature taken off", "removed", "cited variant changed"],
)
def test_tampering_is_found(
    ask: Client, twin: Tenant, variant: str, result: str, tamper: Callable[[Connection], object], named: str
) -> None:
    found = signed(ask, variant, result)
    assert ask("head", "GET", "audit/check").json()["faults"] == []
    with tampered(twin, tamper):
        faults = ask("head", "GET", "audit/check").json()["faults"]
    assert any(named in fault for fault in faults), faults
    assert any(found["id"] in fault for fault in faults)


@contextmanager
def tampered(twin: Tenant, tamper: Callable[[Connection], object]) -> Iterator[None]:
    """Change the database behind the log's back, for a while."""
    tables = (resolutions, variant_revisions)
    with twin.database.write("tamper") as connection:
        before = [[dict(row) for row in connection.execute(select(table)).mappings()] for table in tables]
        tamper(connection)
    try:
        yield
    finally:
        with twin.database.write("restore") as connection:
            for table, rows in zip(tables, before, strict=True):
                connection.execute(delete(table))
                connection.execute(insert(table), rows)


def test_an_altered_file_of_a_cited_result_is_found(ask: Client, twin: Tenant, variant: str, result: str) -> None:
    found = signed(ask, variant, result)
    file = twin.directory / "results" / result / "result.json"
    before = file.read_bytes()
    file.write_bytes(before.replace(b'"seconds"', b'"seconde"'))
    (fault,) = ask("planner", "GET", f"decisions/{found['id']}/check").json()["faults"]
    file.write_bytes(before)
    assert "result.json" in fault


def test_a_report_of_an_expert_stands_beside_the_result(ask: Client, variant: str, result: str) -> None:
    here = f"results/{result}/expertises"
    assert ask("planner", "POST", f"{here}?title=x", content=b"hello").status_code == 422
    assert ask("clerk", "POST", f"{here}?title=x", content=b"%PDF-1.7").status_code == 403
    made = ask("planner", "POST", f"{here}?title=Gutachten&office=Büro Muster", content=b"%PDF-1.7 ...")
    assert made.status_code == 201, made.text
    assert ask("planner", "GET", f"{here}/{made.json()['id']}").content == b"%PDF-1.7 ..."
    found = signed(ask, variant, result)
    assert found["document"]["results"][0]["expertises"][0]["hash"] == made.json()["hash"]
    beside = ask("planner", "GET", f"results/{result}").json()
    assert [(one["title"], one["office"]) for one in beside["expertises"]] == [("Gutachten", "Büro Muster")]
    assert beside["indicators"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_paper_says_what_was_decided_and_how_it_can_be_checked(
    ask: Client, variant: str, result: str, language: str
) -> None:
    found = signed(ask, variant, result)
    answer = ask("planner", "GET", f"decisions/{found['id']}/decision.pdf?language={language}")
    text = words(answer.content)
    for said in ("BebauungamMarkt", "Bauausschuss", "weiterverfolgt", "NeueMitte", "Auslegung", found["hash"][:40]):
        assert said in text, said


def test_the_report_of_a_result_names_every_kind_of_edit_and_the_variant(ask: Client, twin: Tenant) -> None:
    east, north, _ = ORIGIN
    square = [[east + x, north + y] for x, y in ((20, 8), (26, 8), (26, 14), (20, 14))]
    line = [[east, north + 20], [east + 9, north + 20]]
    edits = [
        {"kind": "add_building", "id": "n", "footprint": square, "storeys": 2}, {"kind": "demolish", "id": "flat"},
        {"kind": "plant_tree", "id": "t", "place": line[0]}, {"kind": "surface", "id": "s", "outline": square,
                                                              "cover": "green"},
        {"kind": "ground", "id": "g", "outline": square, "level": 51.0}, {"kind": "wall", "id": "w", "line": line,
                                                                          "height": 1.5},
        {"kind": "raise", "id": "r", "object": "gable", "height": 12}, {"kind": "fell", "id": "f", "object": "oak"},
    ]  # fmt: skip
    made = ask("planner", "POST", "variants", json={"name": "Alles"}).json()["id"]
    assert ask("planner", "PUT", f"variants/{made}/edits", 1, json={"edits": edits}).status_code == 200
    found = compute(twin, read(twin, "slope", {"variant": {"id": made}}), Quiet(), "7")
    answer = ask("planner", "GET", f"results/{found}/report.pdf")
    text = words(answer.content)
    assert "neuesGebäuden,2Geschosse;Abrissvonflat;neuerBaum" in text
    assert "Alles,Fassung2" in text


def shown(ask: Client, who: str, **wanted: Any) -> dict[str, bytes]:
    answer = ask(who, "POST", "presentation", json={"title": "Am Markt", **wanted})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name.removeprefix("musterstadt/"): packed.read(name) for name in packed.namelist()}


def test_the_presentation_is_a_folder_that_needs_no_network(ask: Client, variant: str, result: str) -> None:
    record = signed(ask, variant, result)["id"]
    dot = "data:image/png;base64," + base64.b64encode(b"\x89PNG rest").decode()
    files = shown(
        ask, "planner", text="<b>Drei Ideen</b>", views=[{"title": "Blick vom Markt", "picture": dot}],
        variants=[{"id": variant}], results=[result], decision=record,
    )  # fmt: skip
    page = files["index.html"].decode()
    assert "http" not in page.replace('charset="utf-8"', "")
    assert "&lt;b&gt;Drei Ideen&lt;/b&gt;" in page
    for said in ("Blick vom Markt", "Geplant: 1 gefällter Baum.", "Gefälle", "wird weiterverfolgt", "Kein Ersatz für"):
        assert said in page, said
    pictures = set(re.findall(r'src="([^"]+)"', page))
    assert pictures <= set(files)
    assert pictures >= {"pictures/view-1.png", "pictures/variant-1.png"}
    assert all(re.findall(r'alt="([^"]*)"', page))
    assert {"decision.pdf", "decision.json", "data/variant-1.json", "data/comparison.json"} <= set(files)


def test_a_presentation_shows_nothing_its_reader_may_not_see(ask: Client, variant: str, result: str) -> None:
    for wanted in ({"variants": [{"id": variant}]}, {"results": [result]}, {"decision": "nothing"}):
        assert ask("nobody", "POST", "presentation", json={"title": "x", **wanted}).status_code == 404
    bad = {"title": "x", "views": [{"title": "y", "picture": "data:text/html;base64,PGI+"}]}
    assert ask("planner", "POST", "presentation", json=bad).status_code == 400
    assert "index.html" in shown(ask, "nobody")


def test_the_command_that_checks_the_log_checks_decisions_too(
    ask: Client, twin: Tenant, variant: str, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(twin.directory.parent.parent))
    record = signed(ask, variant, result)["id"]
    assert CliRunner().invoke(cli, ["audit", "verify", "musterstadt"]).exit_code == 0
    forged = update(resolutions).where(resolutions.c.id == record).values(hash="x")
    with tampered(twin, lambda rows: rows.execute(forged)):
        found = CliRunner().invoke(cli, ["audit", "verify", "musterstadt"])
    assert found.exit_code == 1
    assert record in found.output
