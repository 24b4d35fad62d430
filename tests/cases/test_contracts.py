"""What the ERP knows of a contract is given to who shows that it is theirs, and to nobody else."""

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from kastor.cases import casework, contracts
from kastor.cases.deciding import open_slots
from kastor.cases.message import Message
from kastor.cases.offering import switch
from kastor.cases.procedure import shipped
from kastor.cases.reception import receive
from kastor.city.sample import CRS
from kastor.cli import app
from kastor.store import backup, create_tenant, open_tenant

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIST = (
    "vertragsnummer;geburtsdatum;objekt;wohnflaeche_m2;offene_beschwerden;widerrufene_erlaubnis\n"
    "WB-4711;1980-12-31;haus;78,5;0;nein\nWB-4712;01.02.1990;;40;2;ja\n"
)
DOG = {
    "intent": "haustier", "tierart": "hund", "anzahl": 1, "rasse": ["Beagle"], "mischling": False,
    "vorhandene_hunde": 0, "schulterhoehe_cm": 38, "haftpflicht": True, "bundesland": "NW",
}  # fmt: skip


@pytest.fixture
def town(tmp_path):
    with create_tenant(tmp_path, "stadt", "Wohnbau Musterstadt", CRS) as tenant:
        yield tenant


@pytest.fixture
def known(town):
    assert contracts.load(town, LIST.encode()) == 2
    return town


def talk(town, *messages, thread="t"):
    """All replies of a conversation, and the state of its case."""
    replies = []
    for number, said in enumerate(messages):
        text, answers = said if isinstance(said, tuple) else (said, {})
        replies += receive(town, Message("web", f"{thread}{number}", thread, "", text, NOW, language="de",
                                         answers=answers), NOW)  # fmt: skip
    with casework.begin(town.database, NOW) as work:
        return replies, work.state(work.case_of_thread("web", thread))


ASK = ("Darf ich einen Beagle halten?", DOG)


def test_who_shows_the_contract_gets_the_permission_at_once(known):
    replies, state = talk(known, ASK, "WB 4711", "31.12.1980", "Ja, das stimmt")
    assert [one.ask for one in replies if one.ask][:2] == ["vertragsnummer", "geburtsdatum"]
    fact = state["facts"]["offene_beschwerden"]
    assert (fact["value"], fact["source"], fact["extractor"]) == (0, "erp", "contracts/1")
    assert state["outcome"]["outcome"] == "genehmigt"
    assert state["place"]["object"] == "haus"
    assert any("wir genehmigen die Haltung" in one.text for one in replies)


@pytest.mark.parametrize("number", ["WB-4711", "WB-9999"])
def test_who_does_not_gets_no_information_and_a_person(known, number):
    replies, state = talk(known, ASK, number, "01.02.1990", "Ja, das stimmt")
    assert state["outcome"]["outcome"] == "vorlage"
    assert "offene_beschwerden" not in state["facts"]
    text = " ".join(one.text for one in replies)
    assert "Beschwerde" not in text
    assert "78,5" not in text


def test_after_three_wrong_dates_the_right_one_does_not_help(known):
    one = shipped()["haustier"]
    facts = {**DOG, "vertragsnummer": "WB-4711", "geburtsdatum": "1980-12-31"}
    assert contracts.of(known, one, facts, 2) is not None
    assert contracts.of(known, one, facts, 3) is None


def test_complaints_of_the_contract_lead_to_a_person(known):
    _, state = talk(known, ASK, "wb4712", "1.2.1990", "Ja, das stimmt")
    assert state["outcome"]["outcome"] == "vorlage"
    assert state["facts"]["offene_beschwerden"]["value"] == 2


def test_without_a_list_nobody_is_asked_who_they_are(town):
    replies, state = talk(town, ASK, ("", {"wohnflaeche_m2": 80}), "Ja, das stimmt")
    assert not {"vertragsnummer", "geburtsdatum"} & {one.ask for one in replies}
    assert state["outcome"]["outcome"] == "vorlage"


def test_who_asks_matters_only_where_the_contract_does():
    one = shipped()["haustier"]
    assert "vertragsnummer" not in open_slots(one, {"tierart": "kleintier"})
    assert open_slots(one, {"tierart": "kleintier", "anzahl": 2}) == ()
    listed = {"tierart": "hund", "anzahl": 1, "rasse": ["Rottweiler"], "bundesland": "NW"}
    assert open_slots(one, listed) == ()
    cat = {"tierart": "katze", "anzahl": 1, "vorhandene_katzen": 0, "wohnflaeche_m2": 60}
    assert open_slots(one, cat) == ("vertragsnummer", "geburtsdatum")
    assert open_slots(one, {**cat, "vertragsnummer": None, "geburtsdatum": None}) == ()


def test_the_list_holds_neither_numbers_nor_dates(known):
    kept = (known.directory / contracts.FILE).read_text(encoding="utf-8")
    assert "4711" not in kept
    assert "1980" not in kept
    assert (known.directory / contracts.FILE).stat().st_mode & 0o077 == 0


def test_a_backup_brings_the_list_back_still_readable_by_nobody_else(known, tmp_path):
    backup.save(known, tmp_path / "backup")
    known.close()
    home = tmp_path / "new"
    home.mkdir()
    backup.restore(home, tmp_path / "backup", "stadt")
    with open_tenant(home, "stadt") as again:
        assert contracts.find(again, "WB-4711", "1980-12-31").facts["wohnflaeche_m2"] == 78.5
        assert (again.directory / contracts.FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"geburtsdatum\n1980-01-01\n", "vertragsnummer is missing"),
        (b"vertragsnummer,geburtsdatum,miete\n1,1980-01-01,5\n", "'miete' is not known"),
        (b"vertragsnummer,geburtsdatum\n,1980-01-01\n", "Row 2"),
        (b"vertragsnummer,geburtsdatum\n7,gestern\n", "Row 2"),
        (b"vertragsnummer,geburtsdatum,offene_beschwerden\n7,1980-01-01,-4\n", "Row 2, column offene_beschwerden"),
        (b"vertragsnummer,geburtsdatum,widerrufene_erlaubnis\n7,1980-01-01,vielleicht\n", "widerrufene_erlaubnis"),
    ],
)
def test_a_list_that_does_not_fit_changes_nothing_and_tells_no_values(known, content, named):
    with pytest.raises(contracts.ContractsError, match=named) as caught:
        contracts.load(known, content)
    assert "gestern" not in str(caught.value)
    assert contracts.count(known) == 2


def test_the_commands_load_show_and_forget(tmp_path, monkeypatch):
    monkeypatch.setenv("KASTOR_HOME", str(tmp_path))
    create_tenant(tmp_path, "stadt", "Stadt", CRS).close()
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    run = CliRunner().invoke
    assert "No list" in run(app, ["tenant", "contracts", "show", "stadt"]).output
    assert "2 contracts" in run(app, ["tenant", "contracts", "load", "stadt", str(file)]).output
    file.write_text("nichts", encoding="utf-8")
    assert run(app, ["tenant", "contracts", "load", "stadt", str(file)]).exit_code == 2
    assert "2 contracts" in run(app, ["tenant", "contracts", "show", "stadt"]).output
    run(app, ["tenant", "contracts", "remove", "stadt"])
    assert "No list" in run(app, ["tenant", "contracts", "show", "stadt"]).output


def test_a_list_keeps_the_columns_of_what_is_switched_off_since_its_cases_go_on(town):
    with town.database.write("off") as connection:
        switch(connection, "haustier", False, "Das machen andere", NOW.isoformat(), "p1")
    assert contracts.load(town, LIST.encode()) == 2
