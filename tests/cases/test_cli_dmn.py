"""`kastor dmn`: tests of models, and what an author is told about a table."""

import json
from pathlib import Path

from typer.testing import CliRunner

from kastor.cli import app
from tests.cases.tables import table_model

TCK = Path(__file__).parent.parent / "data" / "dmn-tck"


def run(*arguments):
    return CliRunner().invoke(app, ["dmn", *map(str, arguments)])


def test_results_are_counted_and_printed_for_programs():
    ran = run("test", TCK / "compliance-level-2" / "0010-multi-output-U", "--json")
    found = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert found["summary"]["cases_passed"] == found["summary"]["cases"] == len(found["files"][0]["cases"])
    assert found["files"][0]["cases"][0]["results"][0]["found"].startswith('{Status: "')


def test_a_case_that_fails_is_told_and_ends_with_code_1(tmp_path):
    folder = TCK / "compliance-level-2" / "0004-simpletable-U"
    for path in folder.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace(">Approved<", ">Refused<"))
    ran = run("test", tmp_path)
    assert ran.exit_code == 1
    assert 'expected "Refused", found "Approved"' in " ".join(ran.stdout.split())


def test_a_model_that_cannot_be_read_fails_its_cases_and_an_empty_folder_is_refused(tmp_path):
    for path in (TCK / "compliance-level-2" / "0004-simpletable-U").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("<definitions ", "<other "))
    assert "is no XML" in " ".join(run("test", tmp_path).stdout.split())
    (tmp_path / "empty").mkdir()
    ran = run("test", tmp_path / "empty")
    assert (ran.exit_code, "choose a folder with tests" in " ".join(ran.output.split())) == (1, True)


def test_an_author_is_told_gaps_overlaps_and_what_cannot_be_read(tmp_path):
    rules = [("<= 2", "-", '"x"'), ("[2..5]", '"u"', '"y"'), ("n > ", "-", '"z"')]
    model = table_model([("n", "number"), ("a", "string")], [("r", "string")], rules, policy="UNIQUE")
    file = tmp_path / "rules.dmn"
    file.write_bytes(model.source)
    ran = run("check", file)
    told = " ".join(ran.stdout.split())
    assert ran.exit_code == 1
    assert "D: expected a value, found the end" in told
    assert 'D: rules 1 and 2 both hold for 2 | "u"' in told
    assert 'D: no rule for (2..5), 5 | not("u")' in told
    assert json.loads(run("check", file, "--json").stdout)["tables"]["D"]["unreachable"] == []
