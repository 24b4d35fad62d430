"""An address somebody writes becomes a house of the twin and a point; a house it does not have becomes none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kastor.cases import casework
from kastor.cases.knowledge import degrees, plane, spot_of
from kastor.cases.message import Message
from kastor.cases.reception import receive
from kastor.city.sample import CRS, four_houses
from kastor.store import Dataset, Tenant, create_tenant

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[Tenant]:
    """The sample city: Hauptstraße 1 and 2."""
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Häuser")) as loading:
            loading.put("houses", four_houses())
            loading.finish({"source": "houses", "findings": []})
        yield twin


def place_of(twin: Tenant, text: str, **more: Any) -> dict[str, Any]:
    receive(twin, Message("web", "m1", "t1", "", text, NOW, **more), NOW)
    with casework.begin(twin.database, NOW) as work:
        found: dict[str, Any] = work.state(work.case_of_thread("web", "t1") or "")["place"]
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Meine Toilettenspülung läuft ständig durch, Hauptstraße 2, 3. OG rechts.", "Hauptstraße 2, 3. OG rechts"),
        ("My toilet flush keeps running, Hauptstr. 2, ground floor left.", "Hauptstraße 2, EG links"),
        ("Die Spülung in der Toilette läuft, Haupstrasse 2", "Hauptstraße 2"),
    ],
)
def test_an_address_in_words_has_a_house_and_a_point_and_keeps_the_flat(houses: Tenant, text: str, words: str) -> None:
    found = place_of(houses, text)
    assert (found["object"], found["address"]) == ("gable", words)
    spot = spot_of(houses, "gable", None)
    assert spot.plane is not None
    assert plane(CRS, found["point"]) == pytest.approx(spot.plane, abs=0.05)


@pytest.mark.parametrize("number", ["77", "2a"])
def test_a_house_the_twin_does_not_have_is_not_taken_for_its_neighbour(houses: Tenant, number: str) -> None:
    found = place_of(houses, f"Meine Toilettenspülung läuft ständig durch, Hauptstraße {number}.")
    assert (found["object"], found["point"]) == ("", None)
    assert found["address"] == f"Hauptstraße {number}"


def test_a_street_alone_is_no_house(houses: Tenant) -> None:
    assert spot_of(houses, "", None, "Hauptstraße").object == ""
    assert spot_of(houses, "", None, "Hauptstraße 1").object == "flat"


def test_a_house_that_was_pointed_at_gets_its_point_too(houses: Tenant) -> None:
    found = place_of(houses, "Meine Toilettenspülung läuft ständig durch.", object="gable")
    assert found["point"] is not None
    assert found["address"] == "Hauptstraße 2"


def test_a_point_that_was_given_stays(houses: Tenant) -> None:
    found = place_of(houses, "Meine Toilettenspülung läuft durch, Hauptstraße 2.", place=(6.97, 51.66))
    assert found["point"] == [6.97, 51.66]


def test_degrees_undo_the_plane() -> None:
    point = degrees(CRS, (359500.0, 5724000.0))
    assert point is not None
    assert plane(CRS, point) == pytest.approx((359500.0, 5724000.0), abs=0.01)
