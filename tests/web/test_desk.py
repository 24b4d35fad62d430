"""The desk: who may see a case, what a page tells, what can be decided and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.desk import local_day
from kastor.cases.message import Attachment, Message
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings

CASES = "/api/tenants/musterstadt/cases"
SECOND_DOG = {
    "tierart": "hund", "anzahl": 1, "rasse": "Beagle", "vorhandene_hunde": 1, "vorhandene_tiere": 1,
    "assistenzhund": False, "haftpflicht": True, "bundesland": "NW", "wohnflaeche_m2": 78, "beschwerden": 0,
    "schulterhoehe_cm": 38, "gewicht_kg": 14,
}  # fmt: skip


def picture() -> bytes:
    """A small grey picture."""
    out = io.BytesIO()
    Image.new("L", (4, 4), 128).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def client(tiled_twin: Tenant) -> Iterator[TestClient]:
    settings = Settings(home=tiled_twin.directory.parents[1], rate=0, workers=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def opened(twin: Tenant, facts: dict[str, Any], number: int = 1, procedure: str = "haustier") -> str:
    """A case whose facts are told and whose rules were asked."""
    photo = Attachment("Police.png", "image/png", picture())
    now = datetime.now(UTC)
    told = Message(
        "web", f"m{number}", f"t{number}", "anna", "Darf ich einen zweiten Hund halten?", now, attachments=(photo,)
    )
    with casework.begin(twin.database, now) as work:
        case_id = work.open(told)
        work.receive(case_id, told)
        work.do(case_id, c.Place("b1", None, "Hauptstraße 1"))
        work.follow(case_id, procedure)
        work.do(case_id, c.Learn(tuple(c.Fact(slot, value) for slot, value in facts.items())))
        work.do(case_id, c.Complete("ask"))
    return case_id


def act(client: TestClient, page: dict[str, Any], do: str, status: int = 200, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{CASES}/{page['id']}/deeds", json={"do": do, "seq": page["seq"], **more})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_case_that_needs_somebody_stands_in_the_inbox_with_what_it_is_about(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    with casework.begin(tiled_twin.database, datetime.now(UTC)) as work:
        work.open(Message("web", "m9", "t9", "anna", "Guten Tag", datetime.now(UTC)))
    acting(client, Role.CASEWORKER)
    found = client.get(CASES).json()
    assert found["running"] == 1
    (line,) = found["cases"]
    assert line["id"] == case_id
    assert line["title"].startswith("Haustiergenehmigung: Hund")
    assert line["place"] == "Hauptstraße 1"
    assert line["status"] == "staff"
    assert line["person"] == ""


def test_a_page_says_what_is_known_why_it_is_here_and_holds_both_letters(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASEWORKER)
    page = client.get(f"{CASES}/{case_id}").json()
    facts = {fact["slot"]: fact for fact in page["facts"]}
    assert facts["tierart"]["words"] == "Hund"
    assert facts["wohnflaeche_m2"]["words"] == "78 m²"
    hit = [rule for rule in page["rules"] if rule["hit"]]
    assert hit
    assert all(rule["reason"] for rule in page["rules"])
    letters = {outcome["id"]: page["drafts"].get(outcome["letter"], "") for outcome in page["outcomes"]}
    assert "Beagle" in letters["zugesagt"]
    assert "[Ihre Begründung]" in letters["abgelehnt"]
    assert page["conversation"][0]["text"] == "Darf ich einen zweiten Hund halten?"
    assert [step["kind"] for step in page["history"]][:2] == ["opened", "received"]


def test_a_refusal_takes_a_reason_in_ones_own_words(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASEWORKER)
    page = client.get(f"{CASES}/{case_id}").json()
    problem = act(client, page, "decide", 422, outcome="abgelehnt")
    assert "reason" in problem["detail"]
    assert client.get(f"{CASES}/{case_id}").json()["seq"] == page["seq"], "what is refused changes nothing"
    page = act(client, page, "decide", outcome="abgelehnt", reason="Der erste Hund hat im Haus schon zweimal gebissen.")
    assert page["outcome"]["id"] == "abgelehnt"
    assert not page["outcome"]["automatic"]
    assert page["letters"], "the letter was written"


def test_who_looked_at_an_older_state_decides_nothing(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASEWORKER)
    old = client.get(f"{CASES}/{case_id}").json()
    act(client, old, "note", text="Vermieter hat angerufen.")
    act(client, old, "decide", 412, outcome="zugesagt")
    assert client.get(f"{CASES}/{case_id}").json()["status"] == old["status"] == "staff"


def test_a_person_takes_over_answers_and_gives_back(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASEWORKER)
    page = act(client, client.get(f"{CASES}/{case_id}").json(), "take_over")
    assert page["person"] == "me"
    page = act(client, page, "say", text="Ich sehe mir das heute an.")
    assert page["conversation"][-1]["sender"] == "person"
    page = act(client, page, "learn", slot="gewicht_kg", value=15)
    assert {fact["slot"]: fact for fact in page["facts"]}["gewicht_kg"]["source"] == "staff"
    other = Person("8", {"musterstadt": frozenset({Role.CASEWORKER})})
    client.app.state.identify = lambda request: other  # type: ignore[attr-defined]
    seen = client.get(f"{CASES}/{case_id}").json()
    assert seen["person"] == "other", "not even which other is told"
    act(client, seen, "decide", 409, outcome="zugesagt", reason="Kenne die Mieterin seit Jahren gut.")
    acting(client, Role.CASEWORKER)
    assert act(client, page, "give_back")["person"] == ""


@pytest.mark.parametrize("role", [Role.CLERK, Role.PLANNER, Role.ADMINISTRATION])
def test_cases_are_only_for_those_who_work_on_them(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient], role: Role
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, role)
    for path in (CASES, f"{CASES}/{case_id}", f"{CASES}/figures"):
        assert client.get(path).status_code == 403


def test_a_picture_is_shown_and_an_unknown_case_is_told_as_one(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASEWORKER)
    page = client.get(f"{CASES}/{case_id}").json()
    file = client.get(f"{CASES}/{case_id}/files/{page['files'][0]['hash']}")
    assert file.headers["content-type"] == "image/png"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"{CASES}/nosuchcase").status_code == 404
    assert client.get(f"{CASES}/{case_id}/files/abc").status_code == 404


def test_what_somebody_says_at_the_counter_is_written_down_and_goes_on(
    client: TestClient, acting: Callable[..., TestClient]
) -> None:
    acting(client, Role.CASEWORKER)
    first = client.post(CASES, json={"text": "Meine Toilettenspülung läuft ständig durch.", "key": "k1"}).json()
    assert first["entries"][-1]["ask"] == "gefahr"
    again = client.post(CASES, json={"text": "Meine Toilettenspülung läuft ständig durch.", "key": "k1",
                                     "conversation": first["conversation"]}).json()  # fmt: skip
    assert again["entries"] == first["entries"]
    said = {"answers": {"gefahr": "keine"}, "conversation": first["conversation"], "language": "en"}
    found = client.post(CASES, json=said).json()
    assert (found["case"], found["language"]) == (first["case"], "en")
    assert found["entries"][-1]["ask"] not in ("", "gefahr")


def test_nothing_said_is_no_case(client: TestClient, acting: Callable[..., TestClient]) -> None:
    acting(client, Role.CASEWORKER)
    refused = client.post(CASES, json={"text": " "})
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("text: nothing was written")
    assert client.get(CASES, params={"status": "open"}).json()["cases"] == []


def test_the_lead_says_what_work_costs_and_the_figures_say_from_where(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    body = {"rate": 45, "automatic": 3, "coupled": 90, "person": 150, "source": "Zeitaufnahme", "day": "2026-03-02"}
    acting(client, Role.CASEWORKER)
    assert client.put(f"{CASES}/figures/prices", json=body).status_code == 403
    acting(client, Role.CASE_LEAD)
    assert client.get(f"{CASES}/figures").json()["prices"] is None
    for name, wrong in (("rate", 0), ("person", -1), ("source", " "), ("day", "gestern")):
        refused = client.put(f"{CASES}/figures/prices", json={**body, name: wrong})
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith(f"{name}: ")
    assert client.put(f"{CASES}/figures/prices", json=body).status_code == 200
    assert client.get(f"{CASES}/figures").json()["prices"] == body


def signed_in(client: TestClient, number: str, role: Role) -> None:
    """Let the next requests be those of a person."""
    somebody = Person(number, {"musterstadt": frozenset({role})})
    client.app.state.identify = lambda request: somebody
    client.headers["Authorization"] = "Bearer of-a-test"


def days(first: int, last: int) -> dict[str, str]:
    """An absence by days from today on."""
    today = local_day(datetime.now(UTC))
    return {"begin": (today + timedelta(first)).isoformat(), "end": (today + timedelta(last)).isoformat()}


def test_what_somebody_who_is_away_has_may_be_taken_over_by_the_others(client: TestClient, tiled_twin: Tenant) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    signed_in(client, "1", Role.CASEWORKER)
    seq = client.get(f"{CASES}/{case_id}").json()["seq"]
    assert client.post(f"{CASES}/{case_id}/deeds", json={"do": "take_over", "seq": seq}).status_code == 200
    signed_in(client, "2", Role.CASEWORKER)
    page = client.get(f"{CASES}/{case_id}").json()
    assert page["person"] == "other"
    assert client.post(f"{CASES}/{case_id}/deeds", json={"do": "take_over", "seq": page["seq"]}).status_code == 409
    signed_in(client, "1", Role.CASEWORKER)
    assert client.put(f"{CASES}/absence", json=days(0, 3)).json() == days(0, 3)
    signed_in(client, "2", Role.CASEWORKER)
    assert client.get(f"{CASES}/absence").json() is None
    assert [line["person"] for line in client.get(CASES).json()["cases"]] == ["away"]
    taken = client.post(f"{CASES}/{case_id}/deeds", json={"do": "take_over", "seq": page["seq"]}).json()
    assert taken["person"] == "me"
    assert taken["history"][-1]["about"] == {"instead": True}
    signed_in(client, "1", Role.CASEWORKER)
    assert client.get(f"{CASES}/{case_id}").json()["person"] == "other"


def test_an_absence_begins_and_ends_with_its_days_and_when_somebody_is_back(
    client: TestClient, tiled_twin: Tenant
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    signed_in(client, "1", Role.CASEWORKER)
    seq = client.get(f"{CASES}/{case_id}").json()["seq"]
    client.post(f"{CASES}/{case_id}/deeds", json={"do": "take_over", "seq": seq})
    client.put(f"{CASES}/absence", json=days(2, 3))
    signed_in(client, "2", Role.CASEWORKER)
    assert client.get(f"{CASES}/{case_id}").json()["person"] == "other"
    signed_in(client, "3", Role.CASE_LEAD)
    assert client.put(f"{CASES}/{case_id}/absence", json=days(0, 1)).status_code == 200
    signed_in(client, "2", Role.CASEWORKER)
    assert client.put(f"{CASES}/{case_id}/absence", json=days(0, 1)).status_code == 403
    assert client.get(f"{CASES}/{case_id}").json()["person"] == "away"
    signed_in(client, "1", Role.CASEWORKER)
    assert client.delete(f"{CASES}/absence").status_code == 204
    signed_in(client, "2", Role.CASEWORKER)
    assert client.get(f"{CASES}/{case_id}").json()["person"] == "other"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (days(3, 1), "end: "), (days(-9, -2), "end: "), (days(0, 900), "end: "),
        ({"begin": "morgen", "end": "2026-03-02"}, "begin: 'morgen' is no day"),
    ],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused_by_name(
    client: TestClient, acting: Callable[..., TestClient], body: dict[str, str], words: str
) -> None:
    acting(client, Role.CASEWORKER)
    refused = client.put(f"{CASES}/absence", json=body)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith(words)


def test_nobody_is_away_where_nobody_has_a_case(
    client: TestClient, tiled_twin: Tenant, acting: Callable[..., TestClient]
) -> None:
    case_id = opened(tiled_twin, SECOND_DOG)
    acting(client, Role.CASE_LEAD)
    assert client.put(f"{CASES}/{case_id}/absence", json=days(0, 1)).status_code == 422
