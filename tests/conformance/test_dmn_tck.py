"""DMN 1.5: the cases of the DMN Technology Compatibility Kit in tests/data/dmn-tck (see the README there).

Level 2 passes whole. At level 3 only functions computed by Java fail, which Kastor does not run. A case counts as
passed only if each of its results has the value expected; results other than null are counted by themselves, because
an engine that answers nothing but null would pass a good part of the rest.
"""

from pathlib import Path

import pytest

from kastor.cases import dmn
from kastor.cases.dmn import tck

FOLDER = Path(__file__).parent.parent / "data" / "dmn-tck"
RULES = Path(__file__).parent.parent.parent / "docs" / "reference" / "rules.md"


@pytest.fixture(scope="module")
def level_2():
    return tck.run(FOLDER / "compliance-level-2")


@pytest.fixture(scope="module")
def level_3():
    return tck.run(FOLDER / "compliance-level-3")


def failures(outcomes):
    return {(each.file.split("/")[0], each.case) for each in outcomes if not each.passed}


def test_level_2_passes_whole(level_2):
    assert failures(level_2) == set()
    counted = tck.summary(level_2)
    assert (counted.cases_passed, counted.results_passed, counted.non_null_passed) == (116, 126, 110)


def test_level_3_fails_only_where_java_would_compute(level_3):
    assert {folder for folder, _ in failures(level_3)} == {"0076-feel-external-java"}
    failed = [each for each in level_3 if not each.passed]
    assert all(any("Java" in note for note in each.notes) for each in failed)


def test_level_3_passes_97_percent_of_cases_and_95_percent_of_results_that_are_not_null(level_3):
    counted = tck.summary(level_3)
    assert (counted.cases, counted.non_null) == (769, 533)
    assert counted.cases_passed >= 0.97 * counted.cases
    assert counted.non_null_passed >= 0.95 * counted.non_null


def test_the_page_lists_every_failure(level_3):
    page = RULES.read_text(encoding="utf-8")
    for folder, case in failures(level_3):
        assert f"`{folder}`" in page
        assert f"`{case}`" in page


def test_an_engine_that_knows_nothing_would_not_pass(level_3):
    wrong = [each for each in level_3 if tck.same(each.expected, None)]
    assert len(wrong) == sum(each.expected is None for each in level_3) < 0.4 * len(level_3)
    assert not tck.same(1, "1")


MODELS = sorted(FOLDER.rglob("*.dmn"))


def test_every_model_comes_back_byte_for_byte_and_whole_without_its_file():
    assert len(MODELS) == 87
    for path in MODELS:
        data = path.read_bytes()
        model = dmn.read(data)
        assert dmn.write(model) == data
        bare = dmn.Model(model.name, model.namespace, model.elements, model.types)
        again = dmn.read(dmn.write(bare))
        assert (again.elements, again.types) == (model.elements, model.types), path.name
