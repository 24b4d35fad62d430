"""Plans of the standard XPlanung in a twin: loaded whole, found as objects, refused in the wrong place."""

from dataclasses import replace
from pathlib import Path

import pytest

from kastor.city.model import Kind
from kastor.city.sample import CRS, four_houses
from kastor.formats.errors import FormatError, UnknownCrs
from kastor.formats.xplanung import parse
from kastor.loading import load
from kastor.loading.plans import dataset_name
from kastor.store import Dataset, create_tenant
from kastor.store.objects import Filters
from kastor.store.plans import UnknownPlan, document_of, plan, plans_of
from kastor.store.visibility import PUBLIC, State
from tests.conftest import DATA

PLAN = DATA / "xplanung" / "small_plan.gml"
WHAT_IT_FIXES = {"homes_1", "street_1", "green_1", "buildable_1", "limit_1", "tree_1", "plan_1"}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A twin with the small plan, and what its load gave."""
    with create_tenant(tmp_path_factory.mktemp("plans"), "musterstadt", "Musterstadt", CRS) as twin:
        yield twin, load(twin, [PLAN], Dataset("am-muehlbach", "Am Mühlbach", owner="Amt"))


def test_a_plan_is_kept_whole_and_what_it_fixes_becomes_objects(town):
    twin, loaded = town
    assert loaded.result.kinds == {"plan_area": 7}
    city = twin.city(kinds=[Kind.PLAN_AREA])
    assert set(city.ids.tolist()) == WHAT_IT_FIXES
    kept, findings = document_of(twin.database, "am-muehlbach")
    assert {o.id for o in parse(kept, "kept").objects} == WHAT_IT_FIXES | {"section_1", "sign_1", "text_1"}
    assert findings == []
    (found,) = plans_of(twin.database)
    assert (found.id, found.facts.name, found.facts.kind, found.facts.version) == (
        "am-muehlbach", "Am Mühlbach", "BP", "6.0",
    )  # fmt: skip
    assert found.facts.area is not None
    assert found.facts.area.area == pytest.approx(100 * 80)


def test_what_a_plan_fixes_is_found_by_its_words(town):
    twin, _ = town
    assert {row.id for row in twin.objects(Filters(q="Wohngebiet")).items} == {"homes_1"}
    homes = twin.object("homes_1")
    assert homes.attributes["GRZ"] == 0.4
    assert homes.attributes["class"] == "BP_BaugebietsTeilFlaeche"
    assert homes.attributes["besondereArtDerBaulNutzung"] == "1200"
    assert homes.row.detail == "Am Mühlbach"


def test_the_same_plan_again_changes_nothing(town):
    twin, _ = town
    before = twin.database.reader().execute("SELECT count(*) FROM plan_files").fetchone()
    again = load(twin, [PLAN], Dataset("am-muehlbach", "Am Mühlbach"))
    assert (again.result.new, again.result.changed, again.result.ended, again.result.unchanged) == (0, 0, 0, 7)
    assert twin.database.reader().execute("SELECT count(*) FROM plan_files").fetchone() == before


def test_a_newer_plan_keeps_what_it_was_and_a_draft_is_hidden(tmp_path):
    newer = tmp_path / "newer.gml"
    newer.write_text(PLAN.read_text(encoding="utf-8").replace("<xplan:Z>3<", "<xplan:Z>2<"), encoding="utf-8")
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        load(twin, [PLAN], Dataset("plan", "Plan", state=State.DRAFT))
        assert plans_of(twin.showing(PUBLIC).database) == []
        with pytest.raises(UnknownPlan, match="list of plans"):
            plan(twin.showing(PUBLIC).database, "plan")
        changed = load(twin, [newer], Dataset("plan", "Plan"))
        assert (changed.result.new, changed.result.changed, changed.result.unchanged) == (0, 1, 6)
        twin.set_state("plan", State.PUBLIC)
        assert [p.id for p in plans_of(twin.showing(PUBLIC).database)] == ["plan"]
        files = twin.database.reader().execute("SELECT first, last FROM plan_files ORDER BY key").fetchall()
        assert [last is None for _, last in files] == [False, True]
        twin.end_dataset("plan")
        assert plans_of(twin.database) == []


def test_a_plan_in_the_wrong_place_is_refused_with_the_cure(tmp_path):
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        with twin.load(Dataset("houses", "Häuser")) as loading:
            loading.put("houses", four_houses())
            loading.finish()
        with pytest.raises(FormatError, match=r"69 km from everything in musterstadt.*twin of its own town"):
            load(twin, [PLAN], Dataset("plan", "Plan"))
        assert plans_of(twin.database) == []
        assert [d.id for d in twin.datasets()] == ["houses"]


def test_a_plan_without_or_with_a_wrong_reference_system_is_refused(tmp_path):
    text = PLAN.read_text(encoding="utf-8")
    nameless, wrong = tmp_path / "nameless.gml", tmp_path / "wrong.gml"
    nameless.write_text(text.replace(' srsName="EPSG:25832"', ""), encoding="utf-8")
    wrong.write_text(text.replace(" 5723", " 2723"), encoding="utf-8")
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        with pytest.raises(UnknownCrs, match=r"names no reference system.*srsName"):
            load(twin, [nameless], Dataset("plan", "Plan"))
        with pytest.raises(UnknownCrs, match="crs=EPSG:25833"):
            load(twin, [wrong], Dataset("plan", "Plan"))
        told = load(twin, [nameless], Dataset("plan", "Plan"), source_crs="EPSG:25832")
        assert told.result.kinds == {"plan_area": 7}


def test_plans_that_contradict_each_other_are_reported(tmp_path):
    other = tmp_path / "other.gml"
    text = PLAN.read_text(encoding="utf-8").replace("Am Mühlbach", "Am Bach")
    other.write_text(text.replace("_1", "_2"), encoding="utf-8")
    with create_tenant(tmp_path / "home", "musterstadt", "Musterstadt", CRS) as twin:
        load(twin, [PLAN], Dataset("one", "Eins"))
        found = load(twin, [other], Dataset("two", "Zwei")).report["findings"]
        (overlap,) = [f for f in found if f["code"] == "plans_overlap"]
        assert overlap["text"]["de"] == "„Am Bach“ und „Am Mühlbach“ gelten für dieselben 8000 m²."
        assert "welcher Plan gilt" in overlap["cure"]["de"]


def test_an_archive_of_a_plan_is_told_from_other_archives(tmp_path, shared_data):
    archive = shared_data("xplanung/plans/BPlan002_5-3.zip")
    with create_tenant(tmp_path / "home", "osdorf", "Osdorf", CRS) as twin:
        loaded = load(twin, [archive], Dataset("osdorf", "Osdorf"))
        assert loaded.report["format"] == "xplanung"
        assert loaded.result.kinds == {"plan_area": 43}
        (found,) = plans_of(twin.database)
        assert found.facts.facts["attachments"]


def test_names_of_files_become_ids_of_datasets():
    assert dataset_name(Path("Nr. 12 Am Mühlbach.zip")) == "nr._12_am_muehlbach"
    assert dataset_name(Path("V4_1_ID_103_v51.gml.gz")) == "v4_1_id_103_v51"
    assert replace(Dataset("a", "b"), id=dataset_name(Path("???.gml"))).id == "plan"
