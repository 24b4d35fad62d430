"""Clerks add, replace and end single objects, take it back, and never tread on each other."""

from __future__ import annotations

import numpy as np
import pytest

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Kind, Semantic, concat, differences
from kastor.city.sample import four_houses
from kastor.store import Dataset, Tenant
from kastor.store.errors import InvalidObject, NothingToUndo, ObjectExists, UnknownObject, VersionConflict
from tests.store.houses import CRS, EAST, NORTH, house
from tests.store.test_loads import by_id, put, sums, two_part_house

OWN = Dataset("ergaenzungen", "Eigene Ergänzungen", owner="Stadt")


def tree(east: float, north: float, tree_id: str = "ahorn") -> City:
    grow = CityBuilder(CRS)
    grow.add_object(tree_id, Kind.TREE, height=8.0, species="Acer campestre")
    grow.add_surface(Semantic.POSITION, [[[(EAST + east, NORTH + north, 0.0)]]], lod=0)
    return grow.build()


def test_an_added_object_is_found_everywhere_and_no_load_ends_it(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    edit = twin.add_object(tree(30, 30), OWN, "Frau Muster", "neu gepflanzt")
    assert (edit.object, edit.dataset, edit.version, edit.cells) == ("ahorn", "ergaenzungen", 1, [(712, 11310)])
    assert twin.counts()["tree"] == 2
    assert [row.id for row in twin.search("acer")] == ["ahorn"]
    assert [v.what for v in twin.history("ahorn")] == ["add"]
    put(twin, ("all", four_houses()), dataset=OWN)
    assert "ahorn" in twin.city().ids.tolist()


def test_an_id_is_given_once(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    with pytest.raises(ObjectExists, match="'a' already"):
        twin.add_object(house("a", 40), Dataset("lod2", "Gebäudemodell"), "Frau Muster")


def test_a_moved_tree_leaves_its_old_cell(twin: Tenant) -> None:
    twin.add_object(tree(30, 30), OWN, "Frau Muster")
    edit = twin.replace_object("ahorn", tree(700, 30), "Frau Muster", "stand falsch", if_version=1)
    assert (edit.version, edit.cells) == (2, [(712, 11310), (713, 11310)])
    assert [(c.column, c.row) for c in twin.cells()] == [(713, 11310)]
    assert twin.history("ahorn")[0].geometry_changed
    assert twin.in_box((EAST, NORTH, EAST + 100, NORTH + 100)) == []
    assert twin.undo("ahorn", "Frau Muster").cells == [(712, 11310), (713, 11310)]
    assert differences(twin.city(), tree(30, 30)) == []


def test_a_new_footprint_ends_the_parts_it_does_not_bring(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8)))
    before = twin.city()
    top = before.ids.tolist()[0]
    twin.replace_object(top, house(top, 10, 10, 7.0), "Frau Muster")
    assert twin.city().ids.tolist() == [top]
    assert twin.counts() == {"building": 1}
    twin.undo(top, "Frau Muster")
    assert differences(twin.city(), before) == []
    assert twin.counts() == {"building": 1, "building_part": len(before) - 1}


def test_an_ended_part_leaves_its_building(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8)))
    before = twin.city()
    top, part = before.ids.tolist()[:2]
    twin.end_object(part, "Frau Muster", "abgebrochen")
    record = twin.object(top)
    assert record is not None
    assert (record.row.part_count, len(record.parts), record.version) == (len(before) - 2, len(before) - 2, 1)
    assert part not in twin.city().ids.tolist()
    twin.undo(part, "Frau Muster")
    assert sorted(twin.city().ids.tolist()) == sorted(before.ids.tolist())


def test_what_a_clerk_ended_stays_ended_until_the_source_changes(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a"), house("b", 40)])))
    twin.end_object("a", "Frau Muster", "abgebrochen am 1. Mai")
    assert twin.object("a").ended is not None  # type: ignore[union-attr]
    same = put(twin, ("all", concat([house("a"), house("b", 40)])))
    assert sums(same) == (0, 0, 1, 0)
    assert twin.city().ids.tolist() == ["b"]
    assert codes(twin, same.report) == {"ended_by_hand": ["a"]}
    changed = put(twin, ("all", concat([house("a", height=9.0), house("b", 40)])))
    assert twin.city().ids.tolist() == ["a", "b"]
    assert codes(twin, changed.report) == {"ended_by_hand_returns": ["a"]}


def test_every_step_can_be_taken_back_and_made_again(twin: Tenant) -> None:
    put(twin, ("all", house("a", storeysAboveGround=2)))
    states = [twin.city()]
    twin.edit_object("a", {"storeysAboveGround": 3}, "Frau Muster")
    states.append(twin.city())
    twin.replace_object("a", house("a", 20, storeysAboveGround=4), "Frau Muster")
    states.append(twin.city())
    twin.end_object("a", "Frau Muster")
    for wanted, left in ((2, (2, 1)), (1, (1, 2)), (0, (0, 3))):
        twin.undo("a", "Herr Beispiel")
        assert differences(twin.city(), states[wanted]) == []
        assert twin.steps("a") == left
    with pytest.raises(NothingToUndo, match="no correction left"):
        twin.undo("a", "Herr Beispiel")
    for wanted in (1, 2):
        twin.redo("a", "Herr Beispiel")
        assert differences(twin.city(), states[wanted]) == []
    twin.redo("a", "Herr Beispiel")
    assert len(twin.city()) == 0
    with pytest.raises(NothingToUndo):
        twin.redo("a", "Herr Beispiel")


def test_a_new_correction_ends_the_way_forward(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    twin.edit_object("a", {"name": "eins"}, "Frau Muster")
    twin.undo("a", "Frau Muster")
    twin.edit_object("a", {"name": "zwei"}, "Frau Muster")
    assert twin.steps("a") == (1, 0)


def test_a_newer_source_is_not_taken_back_by_accident(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    twin.edit_object("a", {"name": "Rathaus"}, "Frau Muster")
    put(twin, ("all", house("a", height=9.0)))
    assert twin.steps("a") == (0, 0)
    with pytest.raises(NothingToUndo):
        twin.undo("a", "Frau Muster")


def test_who_was_slower_learns_of_it(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    twin.edit_object("a", {"name": "eins"}, "Frau Muster", if_version=1)
    for late in (
        lambda: twin.edit_object("a", {"name": "zwei"}, "Herr Beispiel", if_version=1),
        lambda: twin.replace_object("a", house("a", 50), "Herr Beispiel", if_version=1),
        lambda: twin.end_object("a", "Herr Beispiel", if_version=1),
        lambda: twin.restore_object("a", 1, "Herr Beispiel", if_version=1),
        lambda: twin.undo("a", "Herr Beispiel", if_version=1),
    ):
        with pytest.raises(VersionConflict, match="version 2 now, not 1"):
            late()
    assert [v.what for v in twin.history("a")] == ["edit", "load"]


def test_an_ended_object_cannot_be_corrected(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    twin.end_object("a", "Frau Muster")
    with pytest.raises(UnknownObject):
        twin.edit_object("a", {"name": "x"}, "Frau Muster")
    with pytest.raises(VersionConflict, match="has ended meanwhile"):
        twin.edit_object("a", {"name": "x"}, "Frau Muster", if_version=1)


@pytest.mark.parametrize(
    ("city", "why"),
    [
        (concat([house("a"), house("b", 40)]), "exactly one object"),
        (house("b"), "first must be 'a'"),
        (house("a", float("nan")), "each must be a number"),
        (house("a", height=float("inf")), "each must be a number"),
    ],
)
def test_what_the_twin_cannot_hold_is_refused(twin: Tenant, city: City, why: str) -> None:
    put(twin, ("all", house("a")))
    before = twin.revision
    with pytest.raises(InvalidObject, match=why):
        twin.replace_object("a", city, "Frau Muster")
    assert twin.revision == before


def test_corrections_are_listed_newest_first(twin: Tenant) -> None:
    put(twin, ("all", by_id(four_houses())))
    twin.edit_object("flat", {"name": "Rathaus"}, "Frau Muster", "laut Aushang")
    twin.end_object("oak", "Herr Beispiel")
    listed = twin.corrections()
    assert [(c.what, c.object, c.who, c.before, c.after) for c in listed] == [
        ("end", "oak", "Herr Beispiel", 1, None), ("edit", "flat", "Frau Muster", 1, 2),
    ]  # fmt: skip
    assert [c.object for c in twin.corrections(before=listed[0].revision)] == ["flat"]


def test_a_newer_source_leaves_corrections_it_says_nothing_about(twin: Tenant) -> None:
    put(twin, ("all", house("a", storeysAboveGround=2, name="Alt")))
    twin.edit_object("a", {"storeysAboveGround": 5, "name": "Rathaus"}, "Frau Muster")
    result = put(twin, ("all", house("a", storeysAboveGround=2, name="Neu", creationDate="2026-01-01")))
    record = twin.object("a")
    assert record is not None
    assert record.attributes == {"storeysAboveGround": 5, "name": "Neu", "creationDate": "2026-01-01"}
    assert result.overridden == 1
    assert codes(twin, result.report) == {"correction_kept": ["a"], "correction_overridden": ["a"]}
    found = {f["code"]: f for f in twin.report(result.report)["findings"]}
    assert "Name" in found["correction_overridden"]["text"]["de"]
    # and the next one too, although the last state was written by a load
    put(twin, ("all", house("a", storeysAboveGround=2, name="Neu", creationDate="2026-02-01")))
    record = twin.object("a")
    assert record is not None
    assert record.attributes["storeysAboveGround"] == 5


def test_a_moved_house_stays_where_the_clerk_put_it(twin: Tenant) -> None:
    put(twin, ("all", house("a", 10, name="Alt")))
    twin.replace_object("a", house("a", 700, name="Alt"), "Frau Muster")
    result = put(twin, ("all", house("a", 10, name="Neu")))
    assert differences(twin.city(), house("a", 700, name="Neu")) == []
    assert [(c.column, c.row) for c in twin.cells()] == [(713, 11310)]
    assert codes(twin, result.report) == {"correction_kept": ["a"]}
    put(twin, ("all", house("a", 40, name="Neu")))
    assert float(np.min(twin.city().xyz[:, 0])) == EAST + 40


def test_a_corrected_object_the_source_drops_is_reported(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a"), house("b", 40)])))
    twin.edit_object("a", {"name": "Rathaus"}, "Frau Muster")
    result = put(twin, ("all", house("b", 40)))
    assert codes(twin, result.report) == {"corrected_object_gone": ["a"]}


def codes(twin: Tenant, report: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in twin.report(report)["findings"]:
        found.setdefault(finding["code"], []).append(finding["object"])
    return found
