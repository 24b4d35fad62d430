"""Procedures over HTTP: a rule is changed, tried on past cases and released by two people; what is wrong is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.cases.procedure import shipped
from kastor.store import Tenant
from kastor.store.roles import Role
from kastor.web.app import create_app
from kastor.web.rights import Person
from kastor.web.settings import Settings
from tests.cases.test_drafting import GARAGE
from tests.web.test_desk import opened

AT = "/api/tenants/musterstadt/procedures"
CATS = {
    "tierart": "katze", "anzahl": 2, "vorhandene_katzen": 0, "assistenzhund": False, "bundesland": "NW",
    "wohnflaeche_m2": 78, "offene_beschwerden": 0, "widerrufene_erlaubnis": False,
}  # fmt: skip
ONE_CAT = {
    "do": "cell", "table": "entscheidung", "rule": "entscheidung_r11", "column": 1, "text": "<= 1",
}  # fmt: skip
RIGHT = {"do": "expected", "case": "h011"}


@pytest.fixture
def client(tiled_twin: Tenant, acting: Callable[..., TestClient]) -> Iterator[TestClient]:
    settings = Settings(home=tiled_twin.directory.parents[1], rate=0, workers=0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield acting(client, Role.CASE_LEAD)


def as_another(client: TestClient) -> None:
    other = Person("8", {"musterstadt": frozenset({Role.CASE_LEAD})})
    client.app.state.identify = lambda request: other  # type: ignore[attr-defined]


def base() -> str:
    return shipped()["haustier"].version


def drafted(client: TestClient, *changes: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = client.post(
        f"{AT}/haustier/versions", json={"base": base(), "changes": list(changes), "note": "Nur noch eine Katze."}
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_card_tells_questions_rules_in_words_reasons_and_law(client: TestClient) -> None:
    listed = client.get(AT).json()["procedures"]
    assert {one["id"] for one in listed} >= set(shipped())
    card = client.get(f"{AT}/haustier").json()
    (table,) = [one for one in card["tables"] if one["name"] == "entscheidung"]
    (rule,) = [one for one in table["rules"] if one["id"] == "entscheidung_r11"]
    told = {column["label"]: words for column, words in zip(table["columns"], rule["words"], strict=False) if words}
    assert told["Tier"] == "Katze"
    assert told["Anzahl"] == "höchstens 2"
    assert told["Fläche reicht"] == "ja"
    assert list(told.values())[-1] == "Genehmigt mit Auflagen"
    assert rule["reason"].startswith("Bis zu zwei Katzen")
    assert card["checks"]["passed"]
    assert all(one["source"] for one in card["basis"])
    english = client.get(f"{AT}/haustier?language=en").json()
    (table,) = [one for one in english["tables"] if one["name"] == "entscheidung"]
    assert "at most 2" in next(rule for rule in table["rules"] if rule["id"] == "entscheidung_r11")["words"]


def test_a_changed_rule_is_tried_released_by_two_and_followed_by_new_cases_only(
    client: TestClient, tiled_twin: Tenant
) -> None:
    old = opened(tiled_twin, CATS, 1)
    checked = client.post(f"{AT}/haustier/check", json={"base": base(), "changes": [ONE_CAT]}).json()
    assert checked["usable"]
    assert not checked["passed"], "a worked case says otherwise"
    assert [one["case"] for one in checked["cases"]] == ["h011"]
    draft = drafted(client, ONE_CAT, RIGHT)
    assert (draft["state"], draft["who"]) == ("draft", "me")
    at = f"{AT}/haustier/versions/{draft['version']}"
    effect = client.get(f"{at}/effect").json()
    assert (effect["total"], effect["looked"]) == (1, 1)
    assert effect["counts"] == [
        {"outcome": "genehmigt", "before": 1, "after": 0}, {"outcome": "vorlage", "before": 0, "after": 1},
    ]  # fmt: skip
    (one,) = effect["differences"]
    assert one["case"] == old
    assert one["reference"].endswith("-0001")
    assert (one["before"]["outcome"], one["after"]["outcome"]) == ("genehmigt", "vorlage")
    assert (one["before"]["rule"], one["after"]["rule"]) == ("entscheidung_r11", "entscheidung_r14")
    assert client.get(f"{at}/effect?offset=1").json()["looked"] == 0
    (place, *_) = client.get(f"{at}/differences").json()["differences"]
    assert (place["column"], place["before"], place["after"]) == ("Anzahl", "<= 2", "<= 1")
    assert client.post(f"{at}/release").json()["state"] == "signed"
    assert client.post(f"{at}/release").status_code == 409, "the same person again"
    assert client.get(f"{AT}/haustier").json()["in_force"] == base()
    as_another(client)
    assert client.post(f"{at}/release").json()["state"] == "released"
    card = client.get(f"{AT}/haustier").json()
    assert card["in_force"] == card["version"] == draft["version"]
    new = opened(tiled_twin, CATS, 2)
    pages = [client.get(f"/api/tenants/musterstadt/cases/{case}").json() for case in (old, new)]
    assert [page["procedure"]["version"] for page in pages] == [base(), draft["version"]]
    assert [page["outcome"] and page["outcome"]["id"] for page in pages] == ["genehmigt", "vorlage"]


def test_a_version_with_faults_is_not_signed(client: TestClient) -> None:
    draft = drafted(client, ONE_CAT)
    answer = client.post(f"{AT}/haustier/versions/{draft['version']}/release")
    assert answer.status_code == 422
    assert "h011" in answer.json()["detail"]
    reason = {**ONE_CAT, "column": 11, "text": ""}
    checked = client.post(f"{AT}/haustier/check", json={"base": base(), "changes": [reason]}).json()
    assert [one["place"] for one in checked["problems"]] == ["entscheidung_r11"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": "<= ("}, ["entscheidung", "Regel 11", "'Anzahl'", "'<= ('", "So geht es"]),
        ({"column": 0, "text": '"kazte"'}, ["'Tier'", "kazte", '"katze"']),
        ({"rule": "r99"}, ["r99", "gibt es nicht"]),
        ({"table": "nirgends"}, ["nirgends", "gibt es nicht"]),
        ({"column": 90}, ["keine Spalte 91"]),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place_and_cure(
    client: TestClient, change: dict[str, Any], named: list[str]
) -> None:
    wrong = {**ONE_CAT, **change}
    checked = client.post(f"{AT}/haustier/check", json={"base": base(), "changes": [wrong]}).json()
    assert not checked["usable"]
    (problem,) = checked["problems"]
    said = drafted(client, wrong, status=422)["detail"]
    for word in named:
        assert word in f"{problem['place']} {problem['text']}"
        assert word in said
    assert client.get(f"{AT}/haustier").json()["versions"] == [], "nothing is kept"


def test_a_condition_is_tried_on_sample_values(client: TestClient) -> None:
    body = {"expression": "anzahl", "tests": "<= 2", "values": {"anzahl": 3}}
    assert client.post(f"{AT}/feel", json=body).json() == {"value": False}
    assert client.post(f"{AT}/feel", json={**body, "tests": "<= ("}).status_code == 422


def test_those_who_work_on_cases_read_and_do_not_change(client: TestClient, acting: Callable[..., TestClient]) -> None:
    acting(client, Role.CASEWORKER)
    assert client.get(f"{AT}/haustier").status_code == 200
    drafted(client, ONE_CAT, status=403)
    acting(client, Role.PLANNER)
    assert client.get(f"{AT}/haustier").status_code == 403
    acting(client, Role.CASE_LEAD)
    assert client.get(f"{AT}/nosuch").status_code == 404
    assert client.get(f"{AT}/haustier?version=abc").status_code == 404


def test_who_did_not_see_a_newer_draft_merges_and_loses_nothing(client: TestClient) -> None:
    mine = {**ONE_CAT, "text": "<= 3"}
    deadline = {"do": "deadline", "id": "antwort", "within": "P5D"}
    theirs = drafted(client, ONE_CAT)
    as_another(client)
    body = {"base": base(), "changes": [mine, deadline], "note": "Drei Katzen und fünf Tage.", "seen": ""}
    late = client.post(f"{AT}/haustier/versions", json=body)
    assert late.status_code == 409
    assert "in the meantime" in late.json()["detail"]
    found = client.post(
        f"{AT}/haustier/versions/{theirs['version']}/merge", json={"base": base(), "changes": body["changes"]}
    ).json()
    assert found["fits"] == [deadline]
    (one,) = found["conflicts"]
    assert (one["before"], one["theirs"], one["mine"], one["change"]) == ("<= 2", "<= 1", "<= 3", mine)
    both = {**body, "base": theirs["version"], "changes": [deadline, mine], "seen": theirs["version"]}
    assert client.post(f"{AT}/haustier/versions", json=both).status_code == 201


def test_a_new_procedure_is_a_draft_until_two_people_have_released_it(client: TestClient, tiled_twin: Tenant) -> None:
    wanted = {**GARAGE, "note": "Viele fragen danach."}
    made = client.post(AT, json=wanted)
    assert made.status_code == 201, made.text
    assert client.post(AT, json=wanted).status_code == 409
    assert client.post(AT, json={**wanted, "id": "anderes", "law": "public"}).status_code == 422
    version = made.json()["version"]
    (listed,) = [one for one in client.get(AT).json()["procedures"] if one["id"] == "garagenschluessel"]
    assert (listed["in_force"], listed["versions"][0]["state"]) == ("", "draft")
    card = client.get(f"{AT}/garagenschluessel").json()
    assert (card["version"], card["in_force"], card["checks"]["passed"]) == (version, "", True)
    at = f"{AT}/garagenschluessel/versions/{version}"
    assert client.get(f"{at}/differences").json() == {"against": "", "differences": []}
    assert client.get(f"{at}/effect").json()["total"] == 0
    case = {"do": "worked_case", "case": "neu1", "name": "Ohne Grund", "facts": {"besonderer_grund": False}}
    checked = client.post(f"{AT}/garagenschluessel/check", json={"base": version, "changes": [case]}).json()
    assert checked["passed"]
    assert checked["added"] == [
        {"case": "neu1", "name": "Ohne Grund", "outcome": "genehmigt", "rule": "entscheidung_r02"}
    ]  # fmt: skip
    assert client.post(f"{at}/release").json()["state"] == "signed"
    as_another(client)
    assert client.post(f"{at}/release").json()["state"] == "released"
    assert client.get(f"{AT}/garagenschluessel").json()["in_force"] == version


def test_hints_say_where_they_are_and_how_a_gap_is_closed(client: TestClient) -> None:
    small = {"do": "cell", "table": "flaeche_noetig", "rule": "flaeche_noetig_r1", "column": 1, "text": "< 30"}
    checked = client.post(f"{AT}/haustier/check", json={"base": base(), "changes": [small]}).json()
    (hint,) = checked["hints"]
    assert (hint["kind"], hint["table"]) == ("gap", "flaeche_noetig")
    assert hint["cells"][0] == '"hund"'
    assert "Hund" in hint["text"]


def test_a_procedure_is_switched_off_with_a_reason_by_who_may_release(
    client: TestClient, acting: Callable[..., TestClient]
) -> None:
    def listed() -> dict[str, bool]:
        return {one["id"]: one["offered"] for one in client.get(AT).json()["procedures"]}

    assert all(listed().values())
    assert client.put(f"{AT}/haustier/offered", json={"offered": False, "reason": ""}).status_code == 422
    assert client.put(f"{AT}/nirgends/offered", json={"offered": False, "reason": "Gibt es nicht"}).status_code == 404
    answer = client.put(f"{AT}/haustier/offered", json={"offered": False, "reason": "Das klärt der Vermieter"})
    assert answer.json() == {"id": "haustier", "offered": False}
    assert not listed()["haustier"]
    assert listed()["schaden"]
    assert client.get(f"{AT}/haustier").json()["offered"] is False
    acting(client, Role.CASEWORKER)
    assert client.put(f"{AT}/haustier/offered", json={"offered": True, "reason": "Doch wieder"}).status_code == 403
