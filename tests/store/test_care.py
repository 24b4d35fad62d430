"""Care of the data: facts change with a history, decisions settle findings until the source says something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kastor.store import Dataset, Tenant, care, create_tenant
from kastor.store.errors import StoreError, UnknownDataset, UnknownObject
from kastor.store.objects import Filters
from tests.store.houses import CRS, house


@pytest.fixture
def twin(home: Path) -> Iterator[Tenant]:
    with create_tenant(home, "koeln", "Köln", CRS) as twin:
        load_house(twin, 6.0, {"storeys": 1})
        yield twin


def finding(values: dict[str, Any]) -> dict[str, Any]:
    return {"code": "storeys_do_not_fit", "outcome": "kept", "object": "a", "values": values}


def load_house(twin: Tenant, height: float, values: dict[str, Any]) -> None:
    with twin.load(Dataset("lod2", "LoD2", office="Vermessungsamt")) as load:
        load.put("all", house("a", height=height))
        load.finish({"findings": [finding(values)]})


def change(twin: Tenant, **facts: str) -> list[str]:
    with twin.database.write("The facts cannot be changed") as connection:
        return care.change_facts(connection, "lod2", facts, "erika", "Bescheid")


def settle(twin: Tenant, what: care.Decided, stated: dict[str, Any], object_id: str = "a") -> int:
    decision = care.Decision(object_id, "storeys_do_not_fit", what, stated)
    with twin.database.write("The decision cannot be kept") as connection:
        return care.settle(connection, "lod2", [decision], "erika")


def doubtful(twin: Tenant) -> list[str]:
    return [row.id for row in twin.objects(Filters(findings=True)).items]


def test_facts_change_and_say_what_they_were(twin: Tenant) -> None:
    before = twin.revision
    assert change(twin, licence="CC0 1.0", rhythm="ANNUAL", title="LoD2") == ["licence", "rhythm"]
    (dataset,) = twin.datasets()
    assert (dataset.licence, dataset.rhythm, dataset.office) == ("CC0 1.0", "ANNUAL", "Vermessungsamt")
    (entry,) = care.facts_history(twin.database, "lod2")
    assert entry.changes == {"licence": ("", "CC0 1.0"), "rhythm": ("", "ANNUAL")}
    assert (entry.who, entry.note) == ("erika", "Bescheid")
    assert twin.revision != before


def test_the_same_facts_are_no_change(twin: Tenant) -> None:
    before = twin.revision
    assert change(twin, title="LoD2") == []
    assert twin.revision == before
    assert care.facts_history(twin.database, "lod2") == []


@pytest.mark.parametrize(("facts", "words"), [({"revision": "9"}, "no fact"), ({"title": "a" * 2001}, "at most 2000")])
def test_what_is_no_fact_is_refused_and_nothing_changes(twin: Tenant, facts: dict[str, str], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        change(twin, licence="CC0 1.0", **facts)
    assert twin.datasets()[0].licence == ""


def test_an_unknown_dataset_has_no_facts(twin: Tenant) -> None:
    with pytest.raises(UnknownDataset, match="lod2"):
        care.facts_history(twin.database, "nothing")


def test_a_decision_settles_a_finding(twin: Tenant) -> None:
    assert doubtful(twin) == ["a"]
    assert care.open_findings(twin.database) == {"lod2": 1}
    assert settle(twin, "kept", {"storeys": 1}) == 1
    assert (doubtful(twin), twin.findings("a"), care.open_findings(twin.database)) == ([], [], {})
    (decision,) = care.decisions_of(twin.database, "lod2")
    assert (decision.object_id, decision.what, decision.who) == ("a", "kept", "erika")


def test_deciding_twice_counts_once(twin: Tenant) -> None:
    settle(twin, "kept", {"storeys": 1})
    assert settle(twin, "kept", {"storeys": 1}) == 0
    assert len(care.decisions_of(twin.database, "lod2")) == 1


def test_another_finding_of_a_newer_state_is_open_again(twin: Tenant) -> None:
    settle(twin, "kept", {"storeys": 1})
    load_house(twin, 9.0, {"storeys": 3})
    assert (doubtful(twin), len(twin.findings("a"))) == (["a"], 1)
    assert settle(twin, "taken", {"storeys": 3}) == 1
    assert doubtful(twin) == []


def test_an_object_that_is_not_there_cannot_be_decided_on(twin: Tenant) -> None:
    with pytest.raises(UnknownObject, match="'b'"):
        settle(twin, "kept", {}, "b")
    assert care.decisions_of(twin.database, "lod2") == []
