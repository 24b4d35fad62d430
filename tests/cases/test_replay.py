"""A case is what its log says: byte for byte, also years later, also after its rules were changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from kastor.cases import casework, procedure
from kastor.cases import commands as c
from kastor.cases.export import exported
from kastor.cases.procedure import Procedure, shipped
from kastor.cases.replay import differences, replay
from kastor.cli import app
from kastor.store import Tenant, cases, procedure_versions
from kastor.store.case_schema import cases as table
from kastor.store.procedure_versions import ReleaseRefused
from kastor.store.sealing import seal
from tests.cases.sample import NOW, message, photo
from tests.cases.test_engine import REASON
from tests.paper import words

CAT = {"tierart": "kleintier", "anzahl": 1, "bundesland": "NW", "wohnflaeche_m2": 70}
DOG = {"tierart": "hund", "anzahl": 1, "rasse": "Bullterrier", "bundesland": "NW", "vorhandene_hunde": 0}


def asked(twin: Tenant, number: int, facts: dict[str, object], text: str = "Guten Tag") -> str:
    got = message(number, text, channel="mail", thread=f"t{number}", attachments=(photo(),))
    with casework.begin(twin.database, NOW) as work:
        case_id = work.open(got)
        work.receive(case_id, got)
        work.follow(case_id, "haustier")
        work.do(case_id, c.Learn(tuple(c.Fact(slot, value) for slot, value in facts.items())), c.Complete("ask"))
    return case_id


def stricter() -> Procedure:
    """The same procedure, with the outcome for small animals changed as a clerk may change it."""
    files = dict(shipped()["haustier"].files)
    text = files["rules.dmn"].decode()
    assert '"frei"' in text
    files["rules.dmn"] = text.replace('<text>"frei"</text>', '<text>"vorlage"</text>').encode()
    return procedure.procedure(files)


def test_the_two_ends_of_a_real_procedure(twin: Tenant) -> None:
    small, dog = asked(twin, 1, CAT), asked(twin, 2, DOG)
    state = casework.read_state(twin.database, small)
    assert (state["status"], state["outcome"]["outcome"], state["letters"][0]["letter"]) == (
        "decided", "frei", "auskunft_frei",
    )  # fmt: skip
    state = casework.read_state(twin.database, dog)
    assert (state["status"], state["wanted"], state["outcome"]) == ("staff", "protected", {})
    with casework.begin(twin.database, NOW) as work:
        work.do(dog, c.TakeOver("7"), c.Decide("abgelehnt", "7", REASON))
    state = casework.read_state(twin.database, dog)
    assert REASON in state["letters"][-1]["body"]
    assert [one["letter"] for one in state["letters"]] == ["zwischenbescheid", "absage"]
    for case_id in (small, dog):
        found = replay(twin.database, case_id)
        assert (found.faults, found.decisions) == ([], 1)
    assert replay(twin.database, dog).events > 20


@pytest.mark.parametrize(
    ("outcome", "letter"), [("abgelehnt", "absage"), ("zugesagt", "zusage"), ("frei", "auskunft_frei")]
)
def test_a_person_decides_before_the_steps_foresee_it_and_the_letter_goes_out(
    twin: Tenant, outcome: str, letter: str
) -> None:
    with casework.begin(twin.database, NOW) as work:
        case_id = work.open(message(channel="mail"))
        work.follow(case_id, "haustier")
        work.do(case_id, c.TakeOver("7"), c.Decide(outcome, "7", REASON))
        state = work.state(case_id)
    assert [one["letter"] for one in state["letters"]] == [letter]
    assert [entry["node"] for entry in state["steps"]["tokens"].values()] == ["zufrieden"]
    with casework.begin(twin.database, NOW) as work:
        work.do(case_id, c.Rate(1), c.Reopen("unhappy", "requester"), c.Decide("zugesagt", "8", REASON))
        state = work.state(case_id)
    assert [one["letter"] for one in state["letters"]] == [letter, "zusage"]
    assert replay(twin.database, case_id).faults == []


def test_a_case_stays_on_its_version_and_its_outcome_can_be_computed_again(twin: Tenant) -> None:
    before = asked(twin, 1, CAT)
    changed = stricter()
    with twin.database.write("test") as connection:
        procedure_versions.keep(connection, "haustier", changed.version, procedure.pack(changed), "7", "strenger")
        procedure_versions.release(connection, "haustier", changed.version, "7")
    assert casework.read_state(twin.database, asked(twin, 2, CAT))["outcome"]["outcome"] == "frei", "one person alone"
    with twin.database.write("test") as connection:
        with pytest.raises(ReleaseRefused, match="second one"):
            procedure_versions.release(connection, "haustier", changed.version, "7")
        assert procedure_versions.release(connection, "haustier", changed.version, "8").state == "released"
    after = casework.read_state(twin.database, asked(twin, 3, CAT))
    assert (after["outcome"]["outcome"], after["procedure"]["version"]) == ("vorlage", changed.version)
    assert replay(twin.database, before).faults == []
    assert casework.read_state(twin.database, before)["procedure"]["version"] == shipped()["haustier"].version


def test_changed_rules_are_tried_on_past_cases_before_their_release(twin: Tenant) -> None:
    small, dog = asked(twin, 1, CAT), asked(twin, 2, DOG)
    found = list(differences(twin.database, stricter()))
    assert [(one.case, one.before, one.after) for one in found] == [(small, "frei", "vorlage")]
    assert list(differences(twin.database, shipped()["haustier"])) == []
    assert replay(twin.database, dog).faults == []


def test_a_state_somebody_changed_is_found(twin: Tenant) -> None:
    case_id = asked(twin, 1, CAT)
    with twin.database.write("test") as connection:
        key = cases.key_of(connection, case_id)
        state = orjson.loads(cases.state_bytes(connection, case_id, key))
        state["outcome"]["outcome"] = "abgelehnt"
        sealed = seal(key, cases.canonical(state), f"{case_id}:state")
        connection.execute(table.update().values(sealed=sealed))
    assert any("another state" in one for one in replay(twin.database, case_id).faults)


def test_what_is_kept_about_somebody_is_given_out_whole(twin: Tenant) -> None:
    case_id = asked(twin, 1, CAT, "Ich heiße Zimtschnecke")
    found = exported(twin.database, case_id)
    assert found["faults"] == []
    assert found["state"]["facts"]["tierart"]["value"] == "kleintier"
    texts = [one["personal"].get("text") for one in found["events"] if one["kind"] == "received"]
    assert texts == ["Ich heiße Zimtschnecke"]
    assert [one["name"] for one in found["files"]] == ["Bild.jpg"]
    assert [one["kind"] for one in found["outbox"]] == ["mail", "erp", "mail"]
    assert orjson.loads(orjson.dumps(found)) == found
    with casework.begin(twin.database, NOW) as work:
        work.erase(case_id, "request", "7")
    found = exported(twin.database, case_id)
    assert (found["state"], found["files"], found["faults"]) == (None, [], [])
    assert b"Zimtschnecke" not in orjson.dumps(found)


def test_the_commands_do_what_they_say(twin: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASTOR_HOME", str(twin.directory.parent.parent))
    small, dog = asked(twin, 1, CAT, "Zimtschnecke"), asked(twin, 2, DOG)

    def run(*arguments: str, code: int = 0) -> str:
        ran = CliRunner().invoke(app, ["case", *arguments])
        assert ran.exit_code == code, ran.output
        return ran.output

    listed = orjson.loads(run("list", "musterstadt", "--json"))
    assert [(one["number"], one["status"]) for one in listed] == [(2, "staff"), (1, "decided")]
    assert dog in run("list", "musterstadt", "--status", "staff")
    assert "none of" in CliRunner().invoke(app, ["case", "list", "musterstadt", "--status", "x"]).output
    assert "Zimtschnecke" not in run("show", "musterstadt", "1", "--json")
    assert "Zimtschnecke" in run("show", "musterstadt", "1", "--json", "--personal")
    assert "2 of 2 cases" in run("replay", "musterstadt")
    run("export", "musterstadt", small, str(tmp_path / "case.json"))
    assert orjson.loads((tmp_path / "case.json").read_bytes())["case"]["id"] == small
    run("export", "musterstadt", "2", str(tmp_path / "case.pdf"))
    paper = words((tmp_path / "case.pdf").read_bytes())
    for said in ("Vorgang2", "Bullterrier", "lückenlos", "handed_over"):
        assert said in paper
    assert "erased" in run("erase", "musterstadt", "1", "--yes")
    assert orjson.loads(run("replay", "musterstadt", "--json"))[0]["erased"]
    assert "things were done" in run("work", "--once")
    assert run("show", "musterstadt", "99", code=1) is not None


def test_erasing_leaves_the_key_nowhere_in_the_files(twin: Tenant) -> None:
    case_id = asked(twin, 1, CAT)
    with twin.database.read() as connection:
        key = cases.key_of(connection, case_id)
    files = [file for file in twin.directory.rglob("kastor.sqlite*") if file.is_file()]
    assert any(key in file.read_bytes() for file in files)
    with casework.begin(twin.database, NOW) as work:
        work.erase(case_id, "request", "7")
    casework.forget(twin.database)
    assert not any(key in file.read_bytes() for file in files if file.exists())


def test_a_procedure_with_another_name_in_it_has_another_version() -> None:
    one = shipped()["haustier"]
    files = {**one.files, "procedure.json": one.files["procedure.json"].replace(b"Haustiergenehmigung", b"Haustiere")}
    assert procedure.procedure(files).version != one.version
    assert replace(one).version == one.version
