"""The check of plans names the rule a plan breaks, the object, the place and the measure; sound plans pass."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kastor.cli import app
from kastor.formats.errors import FormatError
from kastor.formats.xplanung.check import as_json, check
from kastor.formats.xplanung.envelopes import envelopes
from kastor.formats.xplanung.texts import TEXTS, text

DATA = Path(__file__).parents[1] / "data" / "xplanung"
SMALL = DATA / "small_plan.gml"

SOUND = [
    "BPlan002_5-3.zip", "BPlan002_5-4.gml", "BPlan003_4-1.gml", "BPlan005_6-0.zip", "Blankenese29_Test_60.zip",
    "FNP_031545401000_Zusammenzeichnung_v51.gml.gz", "FNP_Test_60.zip", "HafenCity7_v52.gml.gz", "LP-Test_60.zip",
    "Osdorf48_Test_60.zip", "RROP_Landkreis_Test_51.zip", "Rotherbaum27_v52.gml", "SO_5.3.zip", "StErhVO_Hamm_60.zip",
    "xplan-multipleInstances_v52.gml.gz",
]  # fmt: skip
"""Test plans that break no rule."""

BROKEN = {
    # made invalid on purpose
    "BP_6.0_syntaxErrors.gml": {"attribute_missing": 1},
    "BPlan_Kompensationsbereich_6-0-2_Luecke.gml": {"gap": 1},
    "Demo-planinhalt-invalid.gml": {"crs_unfit": 1, "reference_wrong_class": 1},
    "V4_1_ID_103_kein-flaechenschluss_v51.gml.gz": {"overlap": 1, "outside": 1},
    "xplan53-4_1_7_1_Flaechenschlussfehler.gml": {"gap": 1},
    # meant to be sound, but with gaps of 2.7 cm to 45 m, or areas that stand out by 12 cm
    "BP_4.0.zip": {"overlap": 1, "gap": 1},
    "BP_4.0_Laufrichtungsfehler.zip": {"overlap": 1, "gap": 1},
    "BPlan001_4-1.zip": {"gap": 2},
    "BPlan002_5-1.zip": {"gap": 1},
    "HafenCity11_HafenCity14_Bereich_ohne_Geometrie_v54.gml.gz": {"gap": 3},
    "V4_1_ID_103_v51.gml.gz": {"outside": 1},
    # every overlay of these carries flaechenschluss = true
    "BP2070_v41.zip": {"attribute_missing": 1, "overlap": 22, "gap": 11, "outside": 2},
    "LA67_v50.gml": {"overlap": 24, "gap": 7, "overhang": 3, "outside": 6},
}
"""Test plans that break rules, with how often each is broken."""


def errors(checked):
    return dict(Counter(f.code for f in checked.findings if f.severity == "error"))


def changed(tmp_path, *replacements):
    """The check of the small plan with some of its text replaced."""
    content = SMALL.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in content
        content = content.replace(old, new)
    path = tmp_path / "plan.gml"
    path.write_text(content, encoding="utf-8")
    return check(path)


def only(checked, code):
    (finding,) = [f for f in checked.findings if f.code == code]
    return finding


def test_a_sound_plan_has_no_findings():
    checked = check(SMALL)
    assert checked.sound
    assert [f.code for f in checked.findings] == ["schema_not_checked"]


@pytest.mark.parametrize("name", SOUND)
def test_sound_plans_pass(name, shared_data):
    assert errors(check(shared_data(f"xplanung/plans/{name}"))) == {}


@pytest.mark.parametrize("name", list(BROKEN))
def test_broken_plans_are_reported_by_the_right_rule(name, shared_data):
    assert errors(check(shared_data(f"xplanung/plans/{name}"))) == BROKEN[name]


def test_wrong_directions_of_rings_are_reported(shared_data):
    checked = check(shared_data("xplanung/plans/BP_4.0_Laufrichtungsfehler.zip"))
    turned = [f for f in checked.findings if f.code == "ring_direction"]
    assert len(turned) == 29
    assert {f.severity for f in turned} == {"warning"}


def test_a_gap_is_measured_and_placed(tmp_path):
    # the street ends 20 cm earlier than the plan
    checked = changed(
        tmp_path,
        (
            "365000 5723000 365100 5723000 365100 5723020 365060",
            "365000 5723000 365099.8 5723000 365099.8 5723020 365060",
        ),
    )
    gap = only(checked, "gap")
    assert gap.values == {"area": 4.0, "width": 0.2}
    assert gap.place == (pytest.approx(365099.9), pytest.approx(5723010, abs=9))
    assert "4.0 m²" in text(gap, "en")


@pytest.mark.parametrize(("shift", "broken"), [(0.0015, False), (0.003, True)])
def test_what_is_thinner_than_two_millimetres_is_no_gap(tmp_path, shift, broken):
    east = 365100 - shift
    street = f"365000 5723000 {east} 5723000 {east} 5723020 365060"
    checked = changed(tmp_path, ("365000 5723000 365100 5723000 365100 5723020 365060", street))
    assert ("gap" in errors(checked)) is broken


def test_an_overlap_names_both_areas(tmp_path):
    checked = changed(
        tmp_path, ("365100 5723020 365060 5723020 365000 5723020", "365100 5723020 365060 5723021 365000 5723020")
    )
    overlaps = [f for f in checked.findings if f.code == "overlap"]
    assert [{f.object_id, f.values["other"]} for f in overlaps] == [{"homes_1", "street_1"}, {"street_1", "green_1"}]
    assert overlaps[0].values["area"] == pytest.approx(30.2, abs=0.2)
    assert overlaps[0].values["width"] == pytest.approx(0.99, abs=0.01)


def test_a_missing_vertex_on_a_shared_border_is_told(shared_data):
    checked = check(shared_data("xplanung/plans/BPlan002_5-3.zip"))
    found = [(f.kind, f.values["kind"], f.place) for f in checked.findings if f.code == "vertex_missing"]
    place = (557327.161, 5936981.911)
    assert found == [
        ("BP_BaugebietsTeilFlaeche", "BP_FlaecheOhneFestsetzung", place),
        ("BP_GruenFlaeche", "BP_FlaecheOhneFestsetzung", place),
    ]
    assert checked.sound


def test_an_object_outside_tells_how_far(tmp_path):
    outside = only(changed(tmp_path, ("365080 5723060", "365112.5 5723060")), "outside")
    assert (outside.object_id, outside.values["distance"]) == ("tree_1", 12.5)


def test_signs_may_stand_outside(tmp_path):
    assert errors(changed(tmp_path, ("365085 5723040", "365185 5723040"))) == {}


def test_an_area_that_crosses_itself_is_told_with_the_place(tmp_path):
    bow = "365005 5723025 365050 5723070 365050 5723025 365005 5723070 365005 5723025</gml:posList></gml:LinearRing>"
    old = "365005 5723025 365050 5723025 365050 5723070 365005 5723070 365005 5723025</gml:posList></gml:LinearRing>"
    crossing = only(changed(tmp_path, (old, bow)), "self_intersection")
    assert crossing.place == (365027.5, 5723047.5)


def test_a_clockwise_ring_is_a_warning(tmp_path):
    turned = "365005 5723025 365005 5723070 365050 5723070 365050 5723025 365005 5723025</gml:posList></gml:LinearRing>"
    old = "365005 5723025 365050 5723025 365050 5723070 365005 5723070 365005 5723025</gml:posList></gml:LinearRing>"
    found = only(changed(tmp_path, (old, turned)), "ring_direction")
    assert (found.severity, found.values) == ("warning", {"outer": 1, "inner": 0})


@pytest.mark.parametrize(
    ("old", "new", "code", "who"),
    [
        ('xplan:texte xlink:href="#text_1"', 'xplan:texte xlink:href="#text_9"', "reference_nowhere", "plan_1"),
        ('xplan:texte xlink:href="#text_1"', 'xplan:texte xlink:href="#tree_1"', "reference_wrong_class", "plan_1"),
        ('planinhalt xlink:href="#tree_1"', 'planinhalt xlink:href="#plan_1"', "reference_wrong_class", "section_1"),
        ('gml:id="tree_1"', 'gml:id="limit_1"', "id_twice", "limit_1"),
        ("<xplan:name>Am Mühlbach</xplan:name>", "", "attribute_missing", "plan_1"),
        ("<xplan:planArt>1000</xplan:planArt>", "", "attribute_missing", "plan_1"),
        ('<xplan:gehoertZuPlan xlink:href="#plan_1"/>', "", "attribute_missing", "section_1"),
    ],
)  # fmt: skip
def test_what_does_not_hang_together_is_told(tmp_path, old, new, code, who):
    assert (code, who) in {(f.code, f.object_id) for f in changed(tmp_path, (old, new)).findings}


def test_files_a_plan_refers_to_must_be_in_its_archive(shared_data):
    file = shared_data("xplanung/plans/BPlan005_6-0.zip")
    assert [f.code for f in check(file).findings if f.code == "attachment_missing"] == []


NUMBERS = [m.span() for m in re.finditer(rb"\d{6,7}", SMALL.read_bytes())]
WRONG = [b"NaN", b"inf", b"-1e300", b"1e99", b"0", b"", b"abc", b"1,5", b"999999", b"365000"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(WRONG)), min_size=1, max_size=4))
def test_whatever_a_coordinate_says_the_plan_is_checked(tmp_path_factory, damage):
    content = bytearray(SMALL.read_bytes())
    for (start, end), wrong in damage:
        content[start:end] = wrong.ljust(end - start)
    path = tmp_path_factory.mktemp("damaged") / "plan.gml"
    path.write_bytes(content)
    checked = check(path)
    assert checked.file.counts()["BP_Plan"] == 1
    assert all(text(f, "en") for f in checked.findings)
    assert all(e.area.area > 0 for plan in checked.file.plans for e in envelopes(plan))


def test_an_unknown_version_is_read_and_named(tmp_path):
    checked = changed(tmp_path, ("xplangml/6/0", "xplangml/9/3"))
    assert only(checked, "version_unknown").values["version"] == "9.3"
    assert checked.file.counts()["BP_Plan"] == 1


def test_version_6_1_is_known_by_its_namespace(tmp_path):
    checked = changed(tmp_path, ("xplangml/6/0", "xplangml/6/1"))
    assert checked.file.version == "6.1"
    assert [f.code for f in checked.findings] == ["schema_not_checked"]


def test_a_file_cut_off_is_a_finding_with_its_line(tmp_path):
    path = tmp_path / "cut.gml"
    path.write_bytes(SMALL.read_bytes()[:4000])
    (finding,) = check(path).findings
    assert finding.code == "not_readable"
    assert "line" in text(finding, "en")


@pytest.mark.parametrize(
    "name", [*SOUND, *(name for name in BROKEN if name not in ("V4_1_ID_103_v51.gml.gz", "BP_6.0_syntaxErrors.gml"))]
)
def test_no_other_test_plan_violates_its_schema(name, shared_data):
    checked = check(shared_data(f"xplanung/plans/{name}"), shared_data("xplanung/xsd"))
    codes = {f.code for f in checked.findings}
    assert "schema" not in codes
    assert ("schema_not_checked" in codes) is (checked.file.version == "4.0")


def test_violations_of_the_schema_name_the_line_and_the_object(shared_data):
    checked = check(shared_data("xplanung/plans/BP_6.0_syntaxErrors.gml"), shared_data("xplanung/xsd"))
    finding = only(checked, "schema")
    assert (finding.line, finding.kind) == (46, "BP_Plan")
    assert finding.values["problem"].startswith("Element 'planArtCode': This element is not expected.")


def test_the_small_plan_is_valid(shared_data):
    assert check(SMALL, shared_data("xplanung/xsd")).findings == ()


def test_a_schema_that_is_none_is_an_error(tmp_path):
    (tmp_path / "XPlanGML_6_0").mkdir()
    (tmp_path / "XPlanGML_6_0" / "XPlanung-Operationen.xsd").write_text("<schema")
    with pytest.raises(FormatError, match=r"The schema of version 6\.0 cannot be used"):
        check(SMALL, tmp_path)


@pytest.mark.parametrize("code", list(TEXTS))
def test_every_finding_speaks_of_the_same_in_both_languages(code):
    fields = [{name for _, name, _, _ in string.Formatter().parse(TEXTS[code][lang]) if name} for lang in ("de", "en")]
    assert fields[0] == fields[1]


def test_the_command_prints_plans_and_findings(tmp_path):
    run = CliRunner().invoke(app, ["xplanung", "check", "--json", str(SMALL)])
    assert run.exit_code == 0
    (found,) = json.loads(run.output)
    assert found == json.loads(json.dumps(as_json(check(SMALL))))
    assert (found["version"], found["sound"], found["plans"][0]["name"]) == ("6.0", True, "Am Mühlbach")
    assert found["objects"]["BP_BaugebietsTeilFlaeche"] == 1


def test_the_command_ends_with_one_when_a_rule_is_broken(tmp_path):
    path = tmp_path / "cut.gml"
    path.write_bytes(SMALL.read_bytes()[:4000])
    run = CliRunner().invoke(app, ["xplanung", "check", str(SMALL), str(path)])
    assert run.exit_code == 1
    assert "not_readable" in run.output
