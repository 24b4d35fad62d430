"""What can go wrong while planning, over HTTP: each answer names the field or object, the value and the cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from kastor.city.sample import CRS, ORIGIN
from kastor.planning.computing import compute
from kastor.planning.orders import read as order
from kastor.process import Quiet
from kastor.store import Tenant, create_tenant
from kastor.store.roles import Role
from kastor.store.schema import resolutions
from kastor.web.app import create_app
from kastor.web.settings import Settings
from tests.formats.test_ifc import written
from tests.loading.test_plans import PLAN
from tests.paper import words
from tests.web.test_uploads import at_once as at_once
from tests.web.test_uploads import publish, read, send

HERE = "/api/tenants/musterstadt"
EAST, NORTH, _ = ORIGIN
NAMELESS = PLAN.read_bytes().replace(b' srsName="EPSG:25832"', b"")


@pytest.fixture
def client(small_twin: Tenant, acting: Callable[..., TestClient], at_once: None) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(home=small_twin.directory.parent.parent, workers=0, rate=0))) as found:
        yield acting(found, Role.PLANNER, Role.CARETAKER, Role.ADMINISTRATION)


def saved(client: TestClient, variant: str, revision: int, *edits: dict[str, Any], language: str = "de") -> Any:
    headers = {"If-Match": f'"{revision}"', "Accept-Language": language}
    return client.put(f"{HERE}/variants/{variant}/edits", json={"edits": edits}, headers=headers)


@pytest.fixture
def variant(client: TestClient) -> str:
    return str(client.post(f"{HERE}/variants", json={"name": "Neue Mitte"}).json()["id"])


def house(*corners: tuple[float, float], **more: Any) -> dict[str, Any]:
    footprint = [[EAST + x, NORTH + y] for x, y in corners or ((20, 8), (26, 8), (26, 14), (20, 14))]
    return {"kind": "add_building", "id": "n", "footprint": footprint, "storeys": 3, **more}


@pytest.mark.parametrize(
    ("content", "answers", "german", "english"),
    [
        (PLAN.read_bytes(), {},
         "Der Plan „Am Mühlbach“ liegt bei 365050, 5723040, 69 km von allem entfernt, was dieser Zwilling enthält."
         " Bitte im Zwilling der richtigen Stadt laden oder beim Laden das richtige Bezugssystem wählen.",
         "69 km from everything in musterstadt. Load it into the twin of its own town"),
        (PLAN.read_bytes().replace(b" 5723", b" 2723"), {},
         "Koordinaten wie 365005, 2723022.5 liegen nicht im angegebenen Bezugssystem EPSG:25832."
         " Bitte ein anderes wählen.",
         "Name the right system when loading"),
        (NAMELESS, {}, "nennt nicht, in welchem Bezugssystem", "Export it again with srsName, or name the system"),
        (NAMELESS, {"crs": "EPSG:25833"}, "430 km von allem entfernt", "430 km from everything"),
        (PLAN.read_bytes().replace(b"EPSG:25832", b"EPSG:31467"), {}, "67 km von allem entfernt", "67 km from"),
        (PLAN.read_bytes(), {"crs": "EPSG:99"},
         "Das Bezugssystem EPSG:99 kennt Kastor nicht. Bitte ein anderes wählen, etwa EPSG:25832.",
         "EPSG:99: This name is no plane or geographic reference system"),
    ],
    ids=["another town", "not in its system", "no system", "wrong system told", "wrong system", "unknown system"],
)  # fmt: skip
def test_a_plan_in_the_wrong_place_is_refused(
    client: TestClient, content: bytes, answers: dict[str, str], german: str, english: str
) -> None:
    found = read(client, send(client, {"plan.gml": content}), **answers)
    assert found["state"] in ("failed", "asking")
    assert found["problem"]["de"].startswith("plan.gml: ")
    assert german in found["problem"]["de"]
    assert english in found["problem"]["en"]
    assert client.get(f"{HERE}/plans").json() == {"plans": []}


def test_plans_that_contradict_each_other_are_told_before_the_second_is_published(
    tmp_path: Any, acting: Callable[..., TestClient], at_once: None
) -> None:
    create_tenant(tmp_path, "musterstadt", "Musterstadt", CRS).close()
    other = PLAN.read_text(encoding="utf-8").replace("Am Mühlbach", "Am Bach").replace("_1", "_2").encode()
    with TestClient(create_app(Settings(home=tmp_path, workers=0, rate=0))) as client:
        acting(client, Role.CARETAKER)
        first = send(client, {"plan.gml": PLAN.read_bytes()})
        read(client, first)
        publish(client, first)
        second = send(client, {"other.gml": other})
        assert read(client, second)["state"] == "ready"
        report = client.get(f"{HERE}/uploads/{second}/report").json()
    (overlap,) = [f for f in report["findings"] if f["code"] == "plans_overlap"]
    assert overlap["text"]["de"] == "„Am Bach“ und „Am Mühlbach“ gelten für dieselben 8000 m²."
    assert "welcher Plan gilt" in overlap["cure"]["de"]


def test_a_model_in_millimetres_without_a_place_tells_its_unit_size_and_how_to_place_it(client: TestClient) -> None:
    pytest.importorskip("ifcopenshell")
    found = client.post(f"{HERE}/planned/file", content=written(unit="MILLI"), params={"name": "haus.ifc"}).json()
    assert (found["unit"], found["extent"], found["place"]) == ("mm", [10.0, 8.0, 9.0], None)
    (note,) = found["notes"]
    assert note["de"].endswith("Setzen Sie es mit drei Punkten oder mit Adresse und Norden.")
    assert note["en"].endswith("Place it by three points, or by address and north.")


@pytest.mark.parametrize(
    ("edit", "german", "english"),
    [
        (house((0, 0), (9, 9), (9, 0), (0, 9)),
         f"Grundriss: Der Umriss darf sich nicht überschneiden, tut es aber bei {EAST + 4.5:.1f} {NORTH + 4.5:.1f}."
         " Setzen Sie die Ecken der Reihe nach.",
         f"edits.0.footprint: the outline crosses itself at {EAST + 4.5:.1f} {NORTH + 4.5:.1f}"),
        (house((0, 0), (9, 0)), "Grundriss: Der Umriss hat 2 Ecken. Setzen Sie drei oder mehr.", "has 2 corners"),
        (house((0, 0), (1, 0), (0, 1)), "hat 0.50 m². Zeichnen Sie ihn mit 1 m² oder mehr.", "has 0.50 m²; draw it"),
        (house(storeys=-3), "Geschosse: -3 liegt nicht zwischen 1 und 120.", "edits.0.storeys: -3 is not between"),
        (house(storeys=0), "Geschosse: 0 liegt nicht zwischen 1 und 120.", "edits.0.storeys: 0 is not between"),
        (house(height=-4), "Höhe: -4 m liegt nicht zwischen 0 und 500 m.", "edits.0.height: -4 m is not between"),
    ],
)  # fmt: skip
def test_a_building_that_cannot_be_is_refused(
    client: TestClient, variant: str, edit: dict[str, Any], german: str, english: str
) -> None:
    for language, named in (("de", german), ("en", english)):
        answer = saved(client, variant, 1, edit, language=language)
        assert answer.status_code == 400
        assert named in answer.json()["detail"]
    body = {"edits": [edit]}
    run = client.post("/ogc/musterstadt/processes/slope/execution", json={"inputs": body})
    assert 400 <= run.status_code < 500
    assert german in run.json()["detail"]


def test_the_second_of_two_planners_is_told_the_object_both_sides_and_what_to_do(
    client: TestClient, variant: str
) -> None:
    raised = {"kind": "raise", "id": "a", "object": "flat", "height": 9.0}
    assert saved(client, variant, 1, raised).status_code == 200
    answer = saved(client, variant, 1, {"kind": "demolish", "id": "flat"})
    problem = answer.json()
    assert (answer.status_code, problem["objects"], problem["revision"]) == (412, ["flat"], 2)
    assert (problem["theirs"][0]["height"], problem["mine"][0]["kind"]) == (9.0, "demolish")
    assert problem["detail"] == "Jemand anderes hat inzwischen dasselbe geändert: flat. Entscheiden Sie, was gilt."


def test_an_object_that_ended_is_named_with_its_day_and_the_cure(
    client: TestClient, small_twin: Tenant, variant: str
) -> None:
    raised = {"kind": "raise", "id": "a", "object": "courtyard", "height": 9.0}
    assert saved(client, variant, 1, raised).status_code == 200
    small_twin.end_object("courtyard", "7")
    (conflict,) = client.get(f"{HERE}/variants/{variant}").json()["conflicts"]
    assert (conflict["edit"], conflict["number"]) == ("a", 0)
    assert conflict["words"]["de"].endswith("nicht mehr. Nehmen Sie die Änderung heraus.")
    refused = saved(client, variant, 2, raised, {"kind": "demolish", "id": "courtyard"}, language="en")
    assert refused.status_code == 400
    assert refused.json()["detail"].startswith("edits.1.object: courtyard ended on ")
    assert refused.json()["detail"].endswith("Take the edit out.")


@pytest.fixture
def decided(client: TestClient, small_twin: Tenant, variant: str) -> str:
    """A signed decision that cites a result of an older revision."""
    saved(client, variant, 1, {"kind": "demolish", "id": "flat"})
    found = compute(small_twin, order(small_twin, "slope", {"variant": {"id": variant}}), Quiet(), "7")
    saved(client, variant, 2, {"kind": "demolish", "id": "gable"})
    draft = {
        "title": "Markt", "body": "Bauausschuss", "date": "2026-11-26", "outcome": "accepted", "text": "Wird gebaut.",
        "variants": [{"id": variant, "revision": 3, "chosen": True}], "results": [found],
        "roles": [{"role": "Vorsitz", "part": "Leitung"}],
    }  # fmt: skip
    made = client.post(f"{HERE}/decisions", json=draft).json()["id"]
    signed = client.post(f"{HERE}/decisions/{made}/sign", headers={"If-Match": '"1"'})
    assert signed.status_code == 200, signed.text
    return str(made)


def test_a_result_of_an_older_revision_is_marked_in_the_result_the_record_and_on_paper(
    client: TestClient, decided: str
) -> None:
    record = client.get(f"{HERE}/decisions/{decided}").json()["document"]
    (cited,) = record["results"]
    changed = [{"de": "Die Variante hat sich seitdem geändert.", "en": "The variant has changed since."}]
    assert client.get(f"{HERE}/results/{cited['id']}").json()["stale"] == changed
    assert cited["stale"] == changed
    assert "warbeiUnterzeichnungveraltet" in words(client.get(f"{HERE}/decisions/{decided}/decision.pdf").content)


def test_a_signed_decision_that_was_tampered_with_is_told_wherever_it_is_read(
    client: TestClient, small_twin: Tenant, decided: str
) -> None:
    whole = client.get(f"{HERE}/decisions/{decided}/decision.pdf").content
    assert "giltnicht" not in words(whole)
    with small_twin.database.write("tamper") as connection:
        document = connection.execute(select(resolutions.c.document)).scalar_one()
        connection.execute(update(resolutions).values(document=document.replace(b"Wird gebaut", b"Wird verworfen")))
    hash_ = client.get(f"{HERE}/decisions/{decided}").json()["hash"][:16]
    for language, begins, cure in (
        ("de", f"Der Beschluss {decided} wurde nach dem Unterzeichnen verändert: Prüfsumme ",
         f" statt {hash_}. Stellen Sie den Mandanten aus einer älteren Sicherung wieder her."),
        ("en", f"The record {decided} was altered after it was signed: checksum ",
         f" instead of {hash_}. Restore the tenant from an older backup."),
    ):  # fmt: skip
        for place in (f"decisions/{decided}/check", "audit/check"):
            (fault,) = client.get(f"{HERE}/{place}", headers={"Accept-Language": language}).json()["faults"]
            assert fault.startswith(begins)
            assert fault.endswith(cure)
    assert "DiesesPapiergiltnicht" in words(client.get(f"{HERE}/decisions/{decided}/decision.pdf").content)
