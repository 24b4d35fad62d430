"""Loading again: what is new, changed, the same or gone, and what stays of the former."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kastor.city.builder import CityBuilder
from kastor.city.model import City, Column, Kind, concat, differences, take
from kastor.city.sample import four_houses
from kastor.store import Dataset, Tenant, pieces
from kastor.store.errors import StoreError, WrongReferenceSystem
from kastor.store.loads import LoadResult
from tests.store.houses import CRS, add_house, house

LOD2 = Dataset("lod2", "Gebäudemodell", date="2024-01-01")


def put(twin: Tenant, *parts: tuple[str, City], dataset: Dataset = LOD2) -> LoadResult:
    with twin.load(dataset) as load:
        for name, city in parts:
            load.put(name, city)
        return load.finish()


def sums(result: LoadResult) -> tuple[int, int, int, int]:
    return result.new, result.changed, result.unchanged, result.ended


def by_id(city: City) -> City:
    """Families by id, without columns nobody uses: the order and shape the store gives back."""
    tops = [city.ids[i] if city.parent[i] < 0 else city.ids[int(city.parent[i])] for i in range(len(city))]
    return take(city, np.array(sorted(range(len(city)), key=lambda i: tops[i])))


def test_the_sample_city_comes_back_from_the_store(twin: Tenant) -> None:
    result = put(twin, ("houses", four_houses()))
    assert sums(result) == (10, 0, 0, 0)
    assert result.cells == [(712, 11310)]
    assert differences(twin.city(), by_id(four_houses())) == []
    assert twin.counts() == {"building": 4, "building_part": 2, "tree": 1, "street": 2, "land_use": 1}
    assert twin.datasets()[0].kinds == twin.counts()


def test_the_same_again_changes_nothing(twin: Tenant) -> None:
    put(twin, ("houses", four_houses()))
    files = sorted(p.name for p in (twin.directory / "blocks").iterdir())
    before = twin.revision
    result = put(twin, ("houses", four_houses()))
    assert sums(result) == (0, 0, 10, 0)
    assert result.cells == []
    assert sorted(p.name for p in (twin.directory / "blocks").iterdir()) == files
    assert len(twin.history("flat")) == 1
    assert twin.revision != before


def test_what_is_missing_in_a_part_has_ended(twin: Tenant) -> None:
    put(twin, ("west", concat([house("a"), house("b", 40)])), ("east", house("c", 600)))
    result = put(twin, ("west", house("a")))
    assert sums(result) == (0, 0, 1, 1)
    assert twin.city().ids.tolist() == ["a", "c"]
    gone = twin.object("b")
    assert gone is not None
    assert gone.ended == 2
    assert twin.history("b")[0].valid_to != ""
    assert twin.in_box((356000, 5655000, 356100, 5655100)) == [twin.object("a").row]  # type: ignore[union-attr]
    assert twin.search("b") == []


def test_an_empty_part_ends_all_its_objects(twin: Tenant) -> None:
    put(twin, ("west", house("a")), ("east", house("b", 600)))
    with twin.load(LOD2) as load:
        load.replaces("west")
        result = load.finish()
    assert sums(result) == (0, 0, 0, 1)
    assert [(c.column, c.row) for c in twin.cells()] == [(713, 11310)]


def test_a_part_in_several_chunks_is_one_part(twin: Tenant) -> None:
    put(twin, ("all", house("a")), ("all", house("b", 40)))
    assert sums(put(twin, ("all", house("b", 40)), ("all", house("a")))) == (0, 0, 2, 0)


def test_a_changed_attribute_is_a_new_version(twin: Tenant) -> None:
    put(twin, ("all", house("a", storeysAboveGround=2, name="Alt")))
    assert sums(put(twin, ("all", house("a", storeysAboveGround=3, function="31001_1010")))) == (0, 1, 0, 0)
    now, then = twin.history("a")
    assert (now.version, now.changed, now.geometry_changed) == (
        2, ["function", "name", "storeysAboveGround"], False,
    )  # fmt: skip
    assert then.attributes == {"storeysAboveGround": 2, "name": "Alt"}
    assert then.valid_to == now.valid_from
    assert twin.city().attributes["storeysAboveGround"].tolist() == [3]
    assert twin.city(at=1).attributes["storeysAboveGround"].tolist() == [2]


def test_a_changed_shape_is_a_new_version(twin: Tenant) -> None:
    put(twin, ("all", house("a", height=6.0)))
    assert sums(put(twin, ("all", house("a", height=9.0)))) == (0, 1, 0, 0)
    assert (twin.history("a")[0].changed, twin.history("a")[0].geometry_changed) == ([], True)


def test_new_ids_of_polygons_are_no_change(twin: Tenant) -> None:
    from dataclasses import replace

    from kastor.city.strings import Strings

    city = house("a")
    put(twin, ("all", city))
    assert sums(put(twin, ("all", replace(city, surface_ids=Strings.of(["new", "ids"]))))) == (0, 0, 1, 0)


def test_a_house_that_comes_back_continues_its_history(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a"), house("b", 40)])))
    put(twin, ("all", house("b", 40)))
    assert sums(put(twin, ("all", concat([house("a"), house("b", 40)])))) == (1, 0, 1, 0)
    assert [v.version for v in twin.history("a")] == [2, 1]
    assert twin.history("a")[1].valid_to < twin.history("a")[0].valid_from
    assert [len(twin.city(at=r)) for r in (0, 1, 2, 3)] == [0, 2, 1, 2]


def test_a_house_moved_to_another_cell_leaves_the_old_one(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a"), house("b", 40)])))
    result = put(twin, ("all", concat([house("a", 700), house("b", 40)])))
    assert result.cells == [(712, 11310), (713, 11310)]
    assert twin.city([(712, 11310)]).ids.tolist() == ["b"]
    assert twin.city([(713, 11310)]).ids.tolist() == ["a"]
    assert twin.city(at=1).ids.tolist() == ["a", "b"]


def two_part_house(low: float, high: float, east: float = 10.0, parts: int = 2) -> City:
    grow = CityBuilder(CRS)
    top = grow.add_object("house", Kind.BUILDING, name="Rathaus")
    for i, height in list(enumerate((low, high)))[:parts]:
        add_house(grow, f"house-{i}", east + 10 * i, 10, height, Kind.BUILDING_PART, top)
    return grow.build()


def test_a_changed_part_renews_the_row_of_its_house_but_not_its_version(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8)))
    assert sums(put(twin, ("all", two_part_house(4, 12)))) == (0, 1, 2, 0)
    found = twin.object("house")
    assert found is not None
    assert (found.row.height, found.version, found.row.area) == (12.0, 1, 200.0)
    assert [(p.id, p.height) for p in found.parts] == [("house-0", 4.0), ("house-1", 12.0)]


def test_a_lost_part_leaves_its_house(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8)))
    assert sums(put(twin, ("all", two_part_house(4, 8, parts=1)))) == (0, 0, 2, 1)
    assert twin.city().ids.tolist() == ["house", "house-0"]
    found = twin.object("house")
    assert found is not None
    assert (found.row.part_count, found.row.height, len(found.parts)) == (1, 4.0, 1)


def test_a_moved_part_takes_the_whole_house_to_another_cell(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8, east=470)))
    grow = CityBuilder(CRS)
    top = grow.add_object("house", Kind.BUILDING, name="Rathaus")
    add_house(grow, "house-0", 470, 10, 4, Kind.BUILDING_PART, top)
    add_house(grow, "house-1", 560, 10, 8, Kind.BUILDING_PART, top)
    result = put(twin, ("all", grow.build()))
    assert result.cells == [(712, 11310), (713, 11310)]
    assert twin.city([(713, 11310)]).ids.tolist() == ["house", "house-0", "house-1"]
    assert sums(put(twin, ("all", grow.build()))) == (0, 0, 3, 0)


def test_each_dataset_has_its_own_object_of_an_id(twin: Tenant) -> None:
    put(twin, ("all", house("a", height=6.0)))
    put(twin, ("all", house("a", height=9.0)), dataset=Dataset("lod1", "Klötzchen"))
    found = twin.object("a")
    assert found is not None
    assert (found.row.dataset, found.row.height) == ("lod1", 9.0)
    assert twin.city().ids.tolist() == ["a"]
    assert twin.city().xyz[:, 2].max() == 59.0
    assert twin.city(datasets=["lod2"]).xyz[:, 2].max() == 56.0
    assert len(twin.history("a", "lod2")) == 1
    put(twin, ("all", house("b")), dataset=Dataset("lod1", "Klötzchen"))
    found = twin.object("a")
    assert found is not None
    assert found.row.dataset == "lod2"


def test_an_id_that_comes_twice_in_a_load_counts_once(twin: Tenant) -> None:
    result = put(twin, ("west", concat([house("a"), house("b", 40)])), ("east", house("a", height=9.0)))
    assert (sums(result), result.repeated) == ((2, 0, 0, 0), 1)
    assert twin.city().xyz[:, 2].max() == 56.0
    result = put(twin, ("west", concat([house("a"), house("a", 30)])))
    assert (sums(result), result.repeated) == ((0, 0, 1, 1), 1)


def test_an_object_may_move_to_another_part(twin: Tenant) -> None:
    put(twin, ("west", house("a")), ("east", house("b", 40)))
    assert sums(put(twin, ("east", concat([house("a"), house("b", 40)])))) == (0, 0, 2, 0)
    with twin.load(LOD2) as load:
        load.replaces("west")
        assert load.finish().ended == 0


def test_leaving_without_finish_changes_nothing(twin: Tenant) -> None:
    before = twin.revision
    with twin.load(LOD2) as load:
        load.put("all", house("a"))
    assert (twin.revision, len(twin.city()), twin.datasets()) == (before, 0, [])
    assert list((twin.directory / "blocks").iterdir()) == []


def test_an_error_while_reading_changes_nothing_and_stays_what_it_is(twin: Tenant) -> None:
    put(twin, ("all", house("a")))

    def failing() -> None:
        with twin.load(LOD2) as load:
            load.put("all", house("b"))
            load.finish()
            Path("nowhere").read_text()

    with pytest.raises(FileNotFoundError):
        failing()
    assert twin.city().ids.tolist() == ["a"]
    assert len(list((twin.directory / "blocks").iterdir())) == 1


def test_another_reference_system_is_refused(twin: Tenant) -> None:
    from dataclasses import replace

    with pytest.raises(WrongReferenceSystem, match=r"EPSG:25833.*EPSG:25832\+7837"), twin.load(LOD2) as load:
        load.put("all", replace(house("a"), crs="EPSG:25833"))


@pytest.mark.parametrize("name", ["", "a/b", "ä", "x" * 101])
def test_odd_ids_of_datasets_are_refused(twin: Tenant, name: str) -> None:
    with pytest.raises(StoreError, match="cannot be the id of a dataset"), twin.load(Dataset(name, "x")):
        pass


def test_objects_without_coordinates_are_kept(twin: Tenant) -> None:
    grow = CityBuilder(CRS)
    grow.add_object("nowhere", Kind.BUILDING, name="Luftschloss")
    put(twin, ("all", grow.build()))
    found = twin.object("nowhere")
    assert found is not None
    assert (found.row.place, found.row.label) == (None, "Luftschloss")
    assert twin.city().ids.tolist() == ["nowhere"]
    assert twin.cells()[0].box is None
    assert twin.city(box=(0, 0, 1e7, 1e7)).ids.tolist() == []


def test_pieces_beyond_the_bound_go_through_a_file(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "IN_MEMORY", 1000)
    city = four_houses()
    put(twin, *(("all", chunk) for chunk in (take(city, np.arange(3)), take(city, np.arange(3, 6)))))
    put(twin, ("more", take(city, np.arange(6, 10))), dataset=Dataset("osm", "OSM"))
    assert sorted(twin.city().ids.tolist()) == sorted(city.ids.tolist())
    assert differences(twin.city(datasets=["osm"]), by_id(take(city, np.arange(6, 10)))) == []


def test_an_ended_dataset_leaves_its_history(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    put(twin, ("all", house("b", 40)), dataset=Dataset("osm", "OSM"))
    result = twin.end_dataset("lod2", "Frau Muster", "Lizenz abgelaufen")
    assert (result.ended, result.cells) == (1, [(712, 11310)])
    assert twin.city().ids.tolist() == ["b"]
    assert twin.city(at=2).ids.tolist() == ["b", "a"]
    assert [(d.id, d.ended) for d in twin.datasets()] == [("lod2", True), ("osm", False)]
    assert sums(put(twin, ("all", house("a")))) == (1, 0, 0, 0)
    assert [d.ended for d in twin.datasets()] == [False, False]


def test_reports_keep_their_findings_by_object(twin: Tenant) -> None:
    finding = {"code": "not_flat", "object": "a", "outcome": "kept"}
    with twin.load(LOD2) as load:
        load.put("all", concat([house("a"), house("b", 40)]))
        result = load.finish({"source": "a.gml", "findings": [finding, {"code": "x", "object": ""}]})
    report = twin.report(result.report)
    assert (report["source"], report["dataset"], report["changes"]) == (
        "a.gml", "lod2", {"new": 2, "changed": 0, "unchanged": 0, "ended": 0},
    )  # fmt: skip
    assert len(report["findings"]) == 2
    assert [r["findings"] for r in twin.reports()] == [[]]
    assert twin.findings("a") == [finding]
    found = twin.object("a")
    assert found is not None
    assert found.row.findings == 1
    put(twin, ("all", concat([house("a"), house("b", 40)])))
    assert twin.findings("a") == []
    found = twin.object("a")
    assert found is not None
    assert found.row.findings == 0


def test_the_city_is_known_as_of_any_time(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    loaded = twin.datasets()[0].loaded
    put(twin, ("all", house("b", 40)))
    assert twin.city(at=loaded).ids.tolist() == ["a"]
    assert twin.city(at=loaded[:10]).ids.tolist() == ["b"]
    assert len(twin.city(at="2000-01-01")) == 0
    with pytest.raises(StoreError, match="is no date"):
        twin.city(at="yesterday")


def test_cuts_of_the_city(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    assert set(twin.city(kinds=[Kind.BUILDING]).ids.tolist()) == {
        "flat", "gable", "pair", "pair-low", "pair-high", "courtyard",
    }  # fmt: skip
    assert twin.city(box=(356000, 5655000, 356011, 5655011)).ids.tolist() == ["flat"]
    assert len(twin.city(cells=[(712, 11310)])) == 10
    assert len(twin.city(cells=[(1, 1)])) == 0
    assert len(twin.city(datasets=["none"])) == 0


def test_attributes_that_are_rare_do_not_get_lost(twin: Tenant) -> None:
    from dataclasses import replace

    city = concat([house(f"h{i}", 15 * (i % 40), 15 * (i // 40)) for i in range(120)])
    codes = np.full(120, -1, np.int32)
    codes[[3, 77]] = [0, 1]
    put(twin, ("all", replace(city, attributes={"wheelchair": Column(("yes", "no"), codes)})))
    found = twin.city()
    column = dict(zip(found.ids.tolist(), found.attributes["wheelchair"].tolist(), strict=True))
    assert {k: v for k, v in column.items() if v} == {"h3": "yes", "h77": "no"}


def test_groups_of_cells_are_read_together_as_they_are_alone(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a"), house("b", 40), house("tree", 60, kind=Kind.TREE), house("c", 700)])))
    put(twin, ("all", concat([house("a", height=9.0), house("c")])), dataset=Dataset("newer", "Neuer"))
    groups = [[(712, 11310)], [(715, 11310)], [(713, 11310), (712, 11311)]]
    together, group = twin.cities(groups, [Kind.BUILDING])
    alone = [twin.city(cells, kinds=[Kind.BUILDING]) for cells in groups]
    # an id stands for one object within a group, and may be another one's in the next
    assert [city.ids.tolist() for city in alone] == [["a", "c", "b"], [], ["c"]]
    assert together.ids.tolist() == ["a", "c", "b", "c"]
    assert group.tolist() == [0, 0, 0, 2]
    assert together.xyz.tobytes() == concat([alone[0], alone[2]]).xyz.tobytes()
