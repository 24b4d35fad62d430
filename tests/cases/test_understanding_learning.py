"""A tenant's own model is learned from what staff made of its cases, and takes the place of the shipped one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from kastor.cases import reception
from kastor.cases.lexicons import lexicon_of
from kastor.cases.understanding import learning, understand
from kastor.cases.understanding.examples import Example
from kastor.cli import app as cli
from kastor.store.case_schema import cases as case_table
from tests.cases.sample import message

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = [Example(f"Die Zisterne {n} ist {what}", "schaden" if what == "leer" else "maengel")
       for n in range(10) for what in ("leer", "voll")]  # fmt: skip
BASE = [Example(f"{word} {n}", label) for n in range(4)
        for word, label in (("Heizung kalt", "schaden"), ("Schlagloch tief", "maengel"))]  # fmt: skip


@pytest.fixture(scope="module")
def lesson():
    return learning.learned(OWN, base=BASE)


def test_what_staff_corrected_is_known_afterwards(lesson):
    assert lesson.texts == len(OWN)
    assert lesson.better
    assert lesson.after.accuracy == 1


def test_a_model_that_is_worse_is_seen_to_be(lesson):
    assert not replace(lesson, before=replace(lesson.before, accuracy=1.01)).better


def test_texts_of_the_tenant_are_read_with_its_own_model(twin, lesson):
    assert learning.own_model(twin) is None
    shipped = understand("Zisterne voll", lexicon_of(twin), now=NOW).intents
    learning.keep(twin, lesson.model)
    assert {label for label, _ in understand("Zisterne voll", lexicon_of(twin), now=NOW).intents} == {
        "schaden",
        "maengel",
    }
    assert len(shipped) > 2


def test_closed_cases_are_learned_from_and_erased_ones_are_not(twin):
    for number, text in enumerate(("Darf ich einen Hund halten?", "Unsere Heizung ist kalt", "Katze erlaubt?")):
        later = NOW + timedelta(minutes=number)
        reception.receive(twin, replace(message(number, text), thread=f"t{number}", received=later), later)
    assert learning.closed_cases(twin) == []
    with twin.database.write("closing") as connection:
        connection.execute(update(case_table).values(status="closed", procedure="haustier"))
    found = learning.closed_cases(twin)
    assert [one.text for one in found] == ["Darf ich einen Hund halten?", "Unsere Heizung ist kalt", "Katze erlaubt?"]
    assert {one.label for one in found} == {"haustier"}


def test_the_commands_judge_learn_and_say_what_is_missing(twin, tmp_path, monkeypatch):
    monkeypatch.setenv("KASTOR_HOME", str(twin.directory.parent.parent))
    file = tmp_path / "texts.csv"
    rows = "\n".join(f"{one.text},{one.label},9.1,47.6" for one in OWN)
    file.write_text(f"text,label,lon,lat\n{rows}\n", encoding="utf-8")

    def run(*words, code=0):
        done = CliRunner().invoke(cli, ["understand", *words])
        assert done.exit_code == code, done.output
        return done.output

    found = json.loads(run("evaluate", str(file), "--train", str(file), "--tenant", "musterstadt", "--json"))
    assert (found["texts"], found["labels"], found["accuracy"]) == (20, 2, 1.0)
    assert "accuracy" in run("evaluate", str(file))
    assert "at least 10" in run("train", "--tenant", "musterstadt", code=2)
    assert "--tenant" in run("train", code=2)
    file.write_text("text,kind\na,b\n")
    assert "column" in run("evaluate", str(file), code=2)
    assert "No language model" in run("endpoint", "--tenant", "musterstadt")
    assert "may propose" in run(
        "endpoint", "--tenant", "musterstadt", "--url", "http://localhost:1/v1", "--model", "small"
    )
    assert "No language model" in run("endpoint", "--tenant", "musterstadt", "--off")
