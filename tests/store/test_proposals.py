"""Four eyes: a correction waits for a second person where the dataset asks for it."""

from __future__ import annotations

import pytest

from kastor.store import Dataset, Tenant, audit
from kastor.store.edits import Edit, Wanted
from kastor.store.errors import (
    InvalidObject,
    NotOpen,
    SamePerson,
    UnknownDataset,
    UnknownObject,
    UnknownProposal,
    VersionConflict,
)
from kastor.store.proposals import FourEyes, Proposal
from tests.store.houses import house
from tests.store.test_loads import put


@pytest.fixture
def ruled(twin: Tenant) -> Tenant:
    put(twin, ("all", house("a", name="Alt")))
    twin.set_four_eyes("lod2", True, "Leitung")
    return twin


def test_without_the_rule_a_correction_is_made_at_once(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    assert isinstance(twin.submit(Wanted("edit", "a", attributes={"name": "x"}), "Frau Muster"), Edit)
    assert twin.proposals() == []


def test_with_the_rule_it_waits_for_a_second_person(ruled: Tenant) -> None:
    made = ruled.submit(Wanted("edit", "a", attributes={"name": "Neu"}, if_version=1), "Frau Muster", "vor Ort")
    assert isinstance(made, Proposal)
    assert ruled.object("a").attributes["name"] == "Alt"  # type: ignore[union-attr]
    with pytest.raises(SamePerson, match="somebody else"):
        ruled.accept(made.number, "Frau Muster")
    edit = ruled.accept(made.number, "Herr Beispiel")
    assert (edit.version, edit.cells) == (2, [(712, 11310)])
    newest = ruled.history("a")[0]
    assert (newest.who, newest.note, newest.attributes["name"]) == ("Frau Muster", "vor Ort", "Neu")
    (done,) = ruled.proposals(None)
    assert (done.state, done.decided_by) == ("accepted", "Herr Beispiel")
    with pytest.raises(NotOpen, match="accepted already"):
        ruled.accept(made.number, "Herr Beispiel")


def test_a_declined_proposal_changes_nothing(ruled: Tenant) -> None:
    made = ruled.submit(Wanted("end", "a"), "Frau Muster", "abgebrochen")
    assert isinstance(made, Proposal)
    ruled.decline(made.number, "Herr Beispiel", "steht noch")
    assert ruled.object("a").ended is None  # type: ignore[union-attr]
    assert [(p.state, p.decision_note) for p in ruled.proposals(None)] == [("declined", "steht noch")]
    with pytest.raises(NotOpen):
        ruled.decline(made.number, "Herr Beispiel")


def test_a_proposed_shape_is_kept_as_it_was_drawn(ruled: Tenant) -> None:
    made = ruled.submit(Wanted("replace", "a", city=house("a", 40)), "Frau Muster")
    new = ruled.submit(Wanted("add", "b", "lod2", city=house("b", 80)), "Frau Muster")
    assert isinstance(made, Proposal)
    assert isinstance(new, Proposal)
    assert [p.wanted.what for p in ruled.proposals()] == ["add", "replace"]
    ruled.accept(made.number, "Herr Beispiel")
    ruled.accept(new.number, "Herr Beispiel")
    assert {row.id: row.box[0] for row in ruled.in_box((0, 0, 1e7, 1e7)) if row.box} == {"a": 356040, "b": 356080}


def test_steps_back_are_proposed_too(ruled: Tenant) -> None:
    first = ruled.submit(Wanted("edit", "a", attributes={"name": "Neu"}), "Frau Muster")
    assert isinstance(first, Proposal)
    ruled.accept(first.number, "Herr Beispiel")
    back = ruled.submit(Wanted("undo", "a", if_version=2), "Frau Muster")
    assert isinstance(back, Proposal)
    ruled.accept(back.number, "Herr Beispiel")
    assert ruled.object("a").attributes["name"] == "Alt"  # type: ignore[union-attr]


def test_a_proposal_overtaken_by_another_change_stays_open(ruled: Tenant) -> None:
    made = ruled.submit(Wanted("edit", "a", attributes={"name": "Neu"}, if_version=1), "Frau Muster")
    assert isinstance(made, Proposal)
    put(ruled, ("all", house("a", height=9.0, name="Alt")))
    with pytest.raises(VersionConflict):
        ruled.accept(made.number, "Herr Beispiel")
    assert [p.state for p in ruled.proposals()] == ["open"]


def test_what_could_not_be_accepted_is_refused_at_once(ruled: Tenant) -> None:
    with pytest.raises(UnknownObject):
        ruled.submit(Wanted("edit", "z", attributes={"name": "x"}), "Frau Muster")
    with pytest.raises(VersionConflict):
        ruled.submit(Wanted("end", "a", if_version=7), "Frau Muster")
    with pytest.raises(InvalidObject):
        ruled.submit(Wanted("replace", "a", city=house("b")), "Frau Muster")
    assert ruled.proposals(None) == []


def test_rules_and_proposals_that_are_not_there_are_named(ruled: Tenant) -> None:
    assert ruled.four_eyes() == FourEyes(False, frozenset({"lod2"}))
    ruled.set_four_eyes("lod2", False, "Leitung")
    assert not ruled.four_eyes().bind("lod2")
    with pytest.raises(UnknownDataset):
        ruled.set_four_eyes("nothing", True, "Leitung")
    with pytest.raises(UnknownProposal, match="no proposal 77"):
        ruled.decline(77, "Leitung")
    added = ruled.submit(Wanted("add", "b", city=house("b", 80), new=Dataset("own", "Eigenes")), "Frau Muster")
    assert isinstance(added, Edit)


def test_the_rule_for_every_dataset_holds_for_those_to_come_too(twin: Tenant) -> None:
    put(twin, ("all", house("a", name="Alt")))
    twin.set_four_eyes_everywhere(True, "Leitung")
    twin.set_four_eyes_everywhere(True, "Leitung")
    assert twin.four_eyes().bind("never loaded")
    made = twin.submit(Wanted("add", "b", city=house("b", 80), new=Dataset("own", "Eigenes")), "Frau Muster")
    assert isinstance(made, Proposal)
    assert twin.object("b") is None
    twin.accept(made.number, "Herr Beispiel")
    assert twin.object("b").row.dataset == "own"  # type: ignore[union-attr]
    assert {d.id: d.title for d in twin.datasets()}["own"] == "Eigenes"
    twin.set_four_eyes_everywhere(False, "Leitung")
    assert isinstance(twin.submit(Wanted("end", "a"), "Frau Muster"), Edit)
    with twin.database.read() as connection:
        rules = [line for line in audit.lines(connection, None, 50) if line.what == "rule"]
    assert [(line.who, line.detail["four_eyes"]) for line in rules] == [("Leitung", False), ("Leitung", True)]
