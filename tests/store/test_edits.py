"""Clerks correct single objects; sources keep the last word only where they change."""

from __future__ import annotations

import pytest

from kastor.city.model import concat, differences
from kastor.city.sample import four_houses
from kastor.store import Dataset, Tenant
from kastor.store.errors import UnknownObject
from tests.store.houses import house
from tests.store.test_loads import LOD2, by_id, put, sums, two_part_house


def test_a_correction_is_a_version_with_a_name_and_a_reason(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    before = twin.cells()[0].hash
    assert (
        twin.edit_object("flat", {"storeysAboveGround": 3, "roofType": None}, "Frau Muster", "vor Ort gezählt").version
        == 2
    )
    version = twin.history("flat")[0]
    assert (version.what, version.who, version.note) == ("edit", "Frau Muster", "vor Ort gezählt")
    assert version.changed == ["roofType", "storeysAboveGround"]
    found = twin.object("flat")
    assert found is not None
    assert (found.row.storeys, found.row.roof, found.attributes["yearOfConstruction"]) == (3, 0, 1962)
    city = twin.city()
    assert city.attributes["storeysAboveGround"][city.ids.tolist().index("flat")] == 3
    assert twin.cells()[0].hash != before
    assert differences(twin.city(at=1), by_id(four_houses())) == []


def test_a_correction_is_found_by_its_new_words(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    twin.edit_object("flat", {"address": [{"street": "Neugasse", "number": "7"}]}, "Frau Muster")
    assert [row.id for row in twin.search("neugasse 7")] == ["flat"]
    assert "flat" not in [row.id for row in twin.search("hauptstr 1")]


def test_an_earlier_version_comes_back_as_a_new_one(twin: Tenant) -> None:
    put(twin, ("all", four_houses()))
    hash_before = twin.cells()[0].hash
    twin.edit_object("flat", {"storeysAboveGround": 3}, "Frau Muster")
    assert twin.restore_object("flat", 1, "Herr Beispiel", "verzählt").version == 3
    assert [v.what for v in twin.history("flat")] == ["restore", "edit", "load"]
    assert twin.history("flat")[0].attributes == twin.history("flat")[2].attributes
    assert twin.cells()[0].hash == hash_before


def test_a_correction_outlives_the_same_source(twin: Tenant) -> None:
    put(twin, ("all", concat([house("a", storeysAboveGround=2), house("b", 40)])))
    twin.edit_object("a", {"storeysAboveGround": 5}, "Frau Muster")
    result = put(twin, ("all", concat([house("a", storeysAboveGround=2), house("b", 40, height=9.0)])))
    assert (sums(result), result.overridden) == ((0, 1, 1, 0), 0)
    found = twin.object("a")
    assert found is not None
    assert (found.row.storeys, twin.city().attributes["storeysAboveGround"].tolist()) == (5, [5, None])


def test_a_correction_outlives_a_change_of_its_neighbour_in_the_family(twin: Tenant) -> None:
    put(twin, ("all", two_part_house(4, 8)))
    twin.edit_object("house-0", {"storeysAboveGround": 2}, "Frau Muster")
    result = put(twin, ("all", two_part_house(4, 12)))
    assert (sums(result), result.overridden) == ((0, 1, 2, 0), 0)
    city = twin.city()
    assert dict(zip(city.ids.tolist(), city.attributes["storeysAboveGround"].tolist(), strict=True))["house-0"] == 2
    found = twin.object("house-0")
    assert found is not None
    assert found.row.storeys == 2


def test_a_changed_source_overrides_a_correction_and_says_so(twin: Tenant) -> None:
    put(twin, ("all", house("a", storeysAboveGround=2)))
    twin.edit_object("a", {"storeysAboveGround": 5}, "Frau Muster")
    result = put(twin, ("all", house("a", storeysAboveGround=3)))
    assert (sums(result), result.overridden) == ((0, 1, 0, 0), 1)
    found = twin.object("a")
    assert found is not None
    assert (found.row.storeys, found.version) == (3, 3)


def test_findings_stay_when_an_object_is_corrected(twin: Tenant) -> None:
    with twin.load(LOD2) as load:
        load.put("all", house("a"))
        load.finish({"findings": [{"object": "a", "code": "x"}]})
    twin.edit_object("a", {"name": "Rathaus"}, "Frau Muster")
    found = twin.object("a")
    assert found is not None
    assert (found.row.findings, len(twin.findings("a"))) == (1, 1)


def test_unknown_objects_and_versions_are_named(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    with pytest.raises(UnknownObject, match="no current object 'b'"):
        twin.edit_object("b", {"name": "x"}, "Frau Muster")
    with pytest.raises(UnknownObject, match="no version 7"):
        twin.restore_object("a", 7, "Frau Muster")
    with pytest.raises(UnknownObject, match="in dataset 'osm'"):
        twin.edit_object("a", {"name": "x"}, "Frau Muster", dataset="osm")


def test_the_dataset_to_correct_can_be_named(twin: Tenant) -> None:
    put(twin, ("all", house("a")))
    put(twin, ("all", house("a")), dataset=Dataset("osm", "OSM"))
    twin.edit_object("a", {"name": "Rathaus"}, "Frau Muster", dataset="lod2")
    assert [len(twin.history("a", d)) for d in ("lod2", "osm")] == [2, 1]
