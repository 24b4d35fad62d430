"""Plans of XPlanGML 4.x and 5.x become 6.0: valid against the schema, nothing dropped without being named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kastor.formats.xplanung import PlanFile, PlanObject, read, write
from kastor.formats.xplanung.lift import lifted
from kastor.formats.xplanung.plans import plans_of
from kastor.formats.xplanung.schema import check_schema
from tests.conftest import DATA

SMALL = DATA / "xplanung" / "small_plan.gml"

PLANS = {
    "BP_4.0.zip": ("4.0", 0), "BPlan001_4-1.zip": ("4.1", 1), "LA67_v50.gml": ("5.0", 1),
    "BPlan002_5-1.zip": ("5.1", 2), "Rotherbaum27_v52.gml": ("5.2", 1), "SO_5.3.zip": ("5.3", 0),
    "BPlan002_5-3.zip": ("5.3", 0), "BPlan002_5-4.gml": ("5.4", 1),
}  # fmt: skip
"""Plan -> version, and number of objects whose class is gone."""


def small(version: str, *objects: PlanObject) -> PlanFile:
    """The small plan said to be of another version, with other objects in its section."""
    whole = read(SMALL)
    everything = (*whole.objects, *objects)
    return replace(whole, version=version, objects=everything, plans=plans_of(everything))


def only(lift: PlanFile, name: str) -> PlanObject:
    return next(o for o in lift.objects if o.id == name)


@pytest.mark.parametrize("name", list(PLANS))
def test_a_plan_of_an_older_version_is_valid_in_the_new_one(
    name: str, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    version, gone = PLANS[name]
    before = read(shared_data(f"xplanung/plans/{name}"))
    assert before.version == version
    after = lifted(before)
    path = tmp_path / "plan.gml"
    write(after.file, path)
    again = read(path)
    assert again.version == "6.0"
    assert [f.values["problem"] for f in check_schema(path, again, shared_data("xplanung/xsd"))] == []
    lost = [one for one in after.lost if not one.attribute]
    assert len(lost) == gone
    assert {o.id for o in before.objects} - {o.id for o in again.objects} == {one.object_id for one in lost}
    for old, new in zip(before.plans, again.plans, strict=True):
        assert new.name == old.name
        assert new.area is not None
        assert new.area.equals_exact(old.area, 0.0)
        assert len(old.objects) - gone <= len(new.objects) <= len(old.objects)


def test_every_attribute_is_somewhere_or_named(shared_data: Callable[[str], Path]) -> None:
    """Numbers a plan fixes are still there; what is not is in the list."""
    before = read(shared_data("xplanung/plans/BPlan002_5-3.zip"))
    after = lifted(before)
    kept = {o.id: o for o in after.file.objects}
    lost = {(one.object_id, one.attribute) for one in after.lost}
    for o in before.objects:
        for attribute in ("Z", "Zmax", "GRZ", "GFZ", "hoehenangabe", "name", "text", "ebene", "flaechenschluss"):
            if attribute in o.attributes:
                same = kept[o.id].attributes.get(attribute) == o.attributes[attribute]
                assert same or (o.id, attribute) in lost, (o.id, attribute)
    assert Counter(one.attribute for one in after.lost) == {"index": 13}


def test_a_plan_of_the_new_version_stays_as_it_is() -> None:
    file = read(SMALL)
    assert lifted(file).file is file


@pytest.mark.parametrize(
    ("kind", "attributes", "expected_kind", "expected"),
    [
        ("BP_StrassenVerkehrsFlaeche", {"rechtscharakter": "1000", "nutzungsform": "2000", "flaechenschluss": "true"},
         "SO_Strassenverkehr", {"rechtscharakter": "1000", "nutzungsform": "2000",
                                "hatDarstellungMitBesondZweckbest": "false"}),
        ("BP_VerkehrsflaecheBesondererZweckbestimmung", {"zweckbestimmung": "1100", "flaechenschluss": "true"},
         "SO_Strassenverkehr", {"artDerFestlegung": {"type": "SO_KomplexeZweckbestStrassenverkehr",
                                                     "allgemein": "14002"},
                                "hatDarstellungMitBesondZweckbest": "true", "rechtscharakter": "9998"}),
        ("BP_Wegerecht", {"typ": "5000", "rechtscharakter": "3000"},
         "BP_Wegerecht", {"typ": ["1000", "2000", "4000"], "rechtscharakter": "6000"}),
        ("BP_GewaesserFlaeche", {"zweckbestimmung": "1000", "flaechenschluss": "true"},
         "SO_Gewaesser", {"artDerFestlegung": {"type": "SO_KomplexeFestlegungGewaesser", "allgemein": "4000"}}),
        ("BP_UeberbaubareGrundstuecksFlaeche", {"dachform": ["3100", "3200"], "DNmin": {"value": "30", "uom": "grad"}},
         "BP_UeberbaubareGrundstuecksFlaeche", {"dachgestaltung": [
             {"type": "BP_Dachgestaltung", "DNmin": {"value": "30", "uom": "grad"}, "dachform": form}
             for form in ("3100", "3200")]}),
        ("BP_GruenFlaeche", {"zweckbestimmung": "1000", "textlicheErgaenzung": "Bolzplatz", "flaechenschluss": "true"},
         "BP_GruenFlaeche", {"zweckbestimmung": {"type": "BP_KomplexeZweckbestGruen", "allgemein": "1000",
                                                 "textlicheErgaenzung": "Bolzplatz"}}),
    ],
)  # fmt: skip
def test_what_was_renamed_wrapped_or_recoded(
    kind: str, attributes: dict[str, object], expected_kind: str, expected: dict[str, object]
) -> None:
    tree = only(read(SMALL), "tree_1")
    given = replace(
        tree, id="given", kind=kind, attributes={"gehoertZuBP_Bereich": {"href": "#section_1"}, **attributes}
    )  # fmt: skip
    found = only(lifted(small("5.2", given)).file, "given")
    assert found.kind == expected_kind
    assert {name: found.attributes.get(name) for name in expected} == expected
    assert found.attributes["gehoertZuBereich"] == {"href": "#section_1"}


def test_the_edition_of_the_law_moves_to_the_plan() -> None:
    file = small("4.1")
    section = only(file, "section_1")
    stated = replace(section, attributes={**section.attributes, "versionBauNVO": "3000"})
    objects = tuple(stated if o.id == "section_1" else o for o in file.objects)
    after = lifted(replace(file, objects=objects, plans=plans_of(objects))).file
    law = {"type": "XP_GesetzlicheGrundlage", "datum": "1977-09-15"}
    assert only(after, "plan_1").attributes["versionBauNVO"] == law
    assert "versionBauNVO" not in only(after, "section_1").attributes
