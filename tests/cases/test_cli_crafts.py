"""Commands for craftsmen: what is entered is there, what makes no sense is refused and changes nothing."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from kastor.cli import app
from kastor.store import Tenant, crafts

QUELLE = ("craft", "add", "musterstadt", "quelle", "--name", "Quelle", "--mail", "q@example.org", "--trade", "sanitaer")


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, list(words))
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture(autouse=True)
def home(twin: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(twin.directory.parents[1]))


def test_craftsmen_are_entered_listed_and_absent(twin: Tenant, tmp_path: Path) -> None:
    run(*QUELLE, "--area", "46", "--contract", "--hours", "mo-fr 07:00-15:00")
    run("craft", "absent", "musterstadt", "quelle", "2026-12-24", "2026-12-31")
    (one,) = orjson.loads(run("craft", "list", "musterstadt", "--json"))
    assert (one["trades"], one["areas"], one["contract"]) == (["sanitaer"], ["46"], True)
    assert one["absences"] == [["2026-12-24", "2026-12-31"]]
    run(*QUELLE, "--hours", "immer", code=2)
    run("craft", "absent", "musterstadt", "quelle", "2026-12-31", "2026-12-24", code=2)
    table = tmp_path / "betriebe.csv"
    table.write_text("id;name;mail;trades\nhahn;Hahn;h@example.org;sanitaer\nx y;Falsch;f@example.org;dach\n")
    assert "line 3" in run("craft", "import", "musterstadt", str(table), code=2)
    assert "hahn" not in run("craft", "list", "musterstadt")
    table.write_text("id;name;mail;trades\nhahn;Hahn;h@example.org;sanitaer\n")
    run("craft", "import", "musterstadt", str(table))
    assert "hahn" in run("craft", "list", "musterstadt")
    assert "0 visits were moved" in run("craft", "optimise", "musterstadt", "--land", "NW")
    run("craft", "optimise", "musterstadt", "--land", "XX", code=2)


def test_the_hour_of_the_night_is_shown_set_and_switched_off() -> None:
    assert "02:00" in run("craft", "nightly", "musterstadt")
    assert "04:00" in run("craft", "nightly", "musterstadt", "--hour", "4")
    run("craft", "nightly", "musterstadt", "--hour", "24", code=2)
    assert "Off" in run("craft", "nightly", "musterstadt", "--off")
    assert "Off" in run("craft", "nightly", "musterstadt")


def test_the_erp_is_set_up_from_a_file_and_ended(twin: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "erp.json"
    file.write_text('{"way": "fax"}')
    assert "way" in run("craft", "erp", "musterstadt", str(file), code=2)
    file.write_text('{"way": "csv", "fields": {"order": "AuftragNr"}}')
    run("craft", "erp", "musterstadt", str(file))
    assert orjson.loads(run("craft", "erp", "musterstadt"))["way"] == "csv"
    assert run("craft", "erp", "musterstadt", "--off").strip() == "null"
    with twin.database.read() as connection:
        assert crafts.connection_settings(connection, "erp") is None
