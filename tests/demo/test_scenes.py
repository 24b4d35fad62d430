"""The demo's people, requests and plans happen once, through the real doors, and end as varied as a desk is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kastor.cases import casework, contracts, figures
from kastor.city.sample import CRS, four_houses
from kastor.demo import add_craftsmen, scenes
from kastor.demo.plans import PLAN
from kastor.demo.requests import MADE, make_requests
from kastor.planning import changes
from kastor.planning.plan_check import check_edits
from kastor.store import (
    Dataset,
    Tenant,
    cases,
    crafts,
    create_tenant,
    grants,
    open_tenant,
    people,
    procedure_versions,
    resolutions,
    variants,
)
from kastor.store.instance import open_instance
from kastor.store.roles import Role

NOW = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
STAFF: Mapping[str, str] = {"anliegen": "a1", "leitung": "l1"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        with twin.load(Dataset("houses", "Häuser")) as load:
            load.put("houses", four_houses())
            load.finish({"source": "houses", "findings": []})
        add_craftsmen(twin)
        make_requests(twin, NOW, STAFF)
    create_tenant(home, "dorsten", "Dorsten", CRS).close()
    return home


@pytest.fixture
def twin(home: Path) -> Tenant:
    return open_tenant(home, "koeln")


def test_the_desk_is_as_varied_as_a_real_one(twin: Tenant) -> None:
    with twin, twin.database.read() as connection:
        rows = cases.listed(connection)
        told = figures.figures(connection, "2026-01-01", "2027-01-01")
        orders = Counter(order.state for row in rows for order in crafts.orders_of(connection, row.id))
        faults = [fault for row in rows for fault in cases.faults(connection, row.id)]
    assert len(rows) >= 35
    assert {row.status for row in rows} == {"open", "staff", "taken", "decided", "closed"}
    assert {row.procedure for row in rows} == {*told["procedures"], ""}
    assert (told["hidden"], len(told["procedures"])) == (0, 5)
    assert told["procedures"]["bauantrag"]["decided"] == 2
    assert told["all"]["ratings"] >= 5
    assert 0 < told["all"]["reopened"] < 0.5
    assert [row.urgency for row in rows].count("K0") == 1
    assert orders[crafts.FINISHED] >= 5
    assert orders[crafts.ACCEPTED] >= 1
    assert faults == []


def test_nothing_happens_after_the_present_moment(twin: Tenant) -> None:
    with twin, twin.database.read() as connection:
        for row in cases.listed(connection):
            events = casework.read_events(connection, row.id, cases.key_of(connection, row.id))
            assert all(datetime.fromisoformat(event.at) <= NOW + timedelta(hours=1) for event in events)


def test_one_rule_waits_for_a_second_person(twin: Tenant) -> None:
    with twin, twin.database.read() as connection:
        signed = [one for one in procedure_versions.versions(connection) if one.state == procedure_versions.SIGNED]
    assert [(one.procedure, one.first, one.second) for one in signed] == [("haustier", "l1", "")]


def test_requests_are_made_once(twin: Tenant) -> None:
    with twin:
        assert make_requests(twin, NOW, STAFF) == 0
        assert (twin.directory / MADE).is_file()
        assert contracts.find(twin, "K-2155", "1985-05-05") is not None


def test_people_of_the_demo_have_their_roles_and_no_password(home: Path) -> None:
    scenes.make(home, ["koeln"])
    numbers = scenes.make_people(home, ["koeln"])
    instance = open_instance(home)
    with instance.read() as connection:
        assert not any(people.account(connection, number).has_password for number in numbers.values())
    assert grants.roles_of(instance, numbers["leitung"]) == {"koeln": frozenset({Role.CASE_LEAD})}
    instance.close()
    assert {one["login"] for one in scenes.people_to_be(["koeln"])} == {*numbers, scenes.TENANT}
    assert scenes.people_to_be(["bad-hersfeld"])[0]["opens"] == "/bad-hersfeld/chat"


def test_the_chosen_variant_keeps_the_plan_and_the_other_breaks_it(home: Path) -> None:
    scenes.make(home, ["dorsten"])
    with open_tenant(home, "dorsten") as twin:
        (record,) = resolutions.all_resolutions(twin.database)
        made = {one.name: one for one in variants.all_variants(twin.database)}
        assert [one["chosen"] for one in record.document["variants"]] == [True, False]
        assert record.document["variants"][0]["id"] == made["Zwei Häuser"].id
        found = {name: _broken(twin, one.id) for name, one in made.items()}
    assert found == {"Zwei Häuser": set(), "Ein Riegel": {"boundary", "storeys", "height"}}


def _broken(twin: Tenant, variant: str) -> set[str]:
    edits = changes.read(variants.saved(twin.database, variant).edits)
    checked = check_edits(twin, PLAN.id, edits, ground=60.0)
    return {one.rule for one in checked.verdicts if one.verdict == "broken"}
