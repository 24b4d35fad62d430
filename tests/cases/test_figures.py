"""Figures count cases and never people: small groups are not told, and a share of people needs five of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kastor.cases import casework
from kastor.cases import commands as c
from kastor.cases.figures import figures
from kastor.cases.prices import Prices
from kastor.store import Tenant
from kastor.store.moments import moment
from tests.cases.sample import NOW, find, message

SINCE, UNTIL = moment(NOW - timedelta(days=1)), moment(NOW + timedelta(days=9))
REASON = "Der Hund hat im Haus schon zweimal gebissen."


@pytest.fixture
def twin(small_twin: Tenant) -> Tenant:
    return small_twin


def told(twin: Tenant, priced: Prices | None = None) -> dict[str, Any]:
    with twin.database.read() as connection:
        return figures(connection, SINCE, UNTIL, priced)


def case(twin: Tenant, number: int, *wanted: c.Command, later: int = 0) -> str:
    with casework.begin(twin.database, NOW, find) as work:
        case_id = work.open(message(number, thread=f"t{number}"))
        work.follow(case_id, "haustier")
    with casework.begin(twin.database, NOW + timedelta(hours=later), find) as work:
        work.do(case_id, *wanted)
    return case_id


def proposed(number: int, outcome: str) -> tuple[c.Command, ...]:
    """A proposal of the rules that a person follows or not."""
    return c.Judge("vorlegen", {"recommendation": "genehmigen"}, {"reasons": []}), c.Decide(
        outcome, f"{number % 5 + 1}", REASON
    )


def test_fewer_than_five_cases_are_not_told(twin: Tenant) -> None:
    for number in range(4):
        case(twin, number)
    found = told(twin)
    assert found["all"] is None
    assert found["procedures"] == {}
    assert found["hidden"] == 4


def test_what_ran_by_itself_and_how_long_it_took_is_told(twin: Tenant) -> None:
    for number in range(5):
        case(twin, number, c.Judge("genehmigen", {"table": "x"}, {"reasons": []}), c.Rate(number % 5 + 1), later=2)
    found = told(twin, Prices(60, 1, 90, 150, "test", "2026-03-02"))["procedures"]["haustier"]
    assert found["cases"] == found["decided"] == 5
    assert found["automatic"] == 1.0
    assert found["hours"] == pytest.approx(2.0)
    assert found["satisfaction"] == 3.0
    assert found["cost"] == 1.0
    assert found["overruled"] is None, "nobody has judged a proposal"


def test_proposals_decided_otherwise_are_a_share_only_where_five_people_decided(twin: Tenant) -> None:
    for number in range(4):
        case(twin, number, *proposed(number, "ablehnen"))
    case(twin, 4, *proposed(0, "genehmigen"))
    assert told(twin)["all"]["overruled"] is None, "four people are too few"
    case(twin, 5, *proposed(4, "genehmigen"))
    found = told(twin)["all"]
    assert found["overruled"] == pytest.approx(4 / 6)
    assert found["alarm"] == "", "six decisions are too few for an alarm"


@pytest.mark.parametrize(("against", "alarm"), [(0, "never"), (3, ""), (12, "often")])
def test_a_share_of_nobody_or_of_many_is_an_alarm(twin: Tenant, against: int, alarm: str) -> None:
    for number in range(20):
        case(twin, number, *proposed(number, "ablehnen" if number < against else "genehmigen"))
    assert told(twin)["all"]["alarm"] == alarm
