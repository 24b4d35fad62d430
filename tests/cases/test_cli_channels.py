"""Channels by command: opened, listed, closed, and a call in the terminal."""

from __future__ import annotations

import orjson
import pytest
from typer.testing import CliRunner

from kastor.cases.channels.settings import ChannelError
from kastor.cli import app
from kastor.store import cases


@pytest.fixture
def run(twin, monkeypatch):
    monkeypatch.setenv("KASTOR_HOME", str(twin.database.directory.parent.parent))
    monkeypatch.delenv("KASTOR_CHANNEL_SECRETS", raising=False)

    def command(*words: str, said: str = ""):
        return CliRunner().invoke(app, list(words), input=said)

    return command


MAIL = (
    "tenant",
    "mail",
    "musterstadt",
    "--address",
    "a@b.example",
    "--imap-host",
    "127.0.0.1",
    "--smtp-host",
    "127.0.0.1",
)


def test_a_channel_is_opened_listed_and_closed(run):
    opened = run(*MAIL, "--imap-port", "1", "--imap-security", "none", "--smtp-port", "1", "--smtp-security", "none")
    assert opened.exit_code == 0
    assert "imap" in opened.stdout.splitlines()[-1]
    found = orjson.loads(run("channel", "list", "musterstadt", "--json").stdout)
    assert found["channels"][0]["settings"]["imap_port"] == 1
    assert "a@b.example" in run("channel", "list", "musterstadt").stdout.replace("\n", "")
    checked = run("channel", "check", "musterstadt")
    assert isinstance(checked.exception, ChannelError)
    assert run("channel", "close", "musterstadt", "mail").exit_code == 0
    again = run("channel", "close", "musterstadt", "mail")
    assert "Open: none" in str(again.exception)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((*MAIL, "--address", "kein"), "address"),
        (("tenant", "whatsapp", "musterstadt", "--number", "1x", "--agreed", "Vorstand 2026"), "number"),
        (("tenant", "phone", "musterstadt", "--name", "W", "--person", "110"), "person"),
        (("tenant", "open311", "musterstadt", "--contact", "x", "--city-codes", "[]"), "city_codes"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(run, words, problem):
    assert problem in str(run(*words).exception)


def test_the_other_channels_open(run):
    for words in (
        ("tenant", "whatsapp", "musterstadt", "--number", "123456", "--agreed", "Vorstand, 2026"),
        ("tenant", "phone", "musterstadt", "--name", "Wohnen"),
        ("tenant", "open311", "musterstadt", "--contact", "it@b.example", "--open-to-all"),
    ):
        assert run(*words).exit_code == 0, words
    found = orjson.loads(run("channel", "list", "musterstadt", "--json").stdout)
    assert [one["channel"] for one in found["channels"]] == ["open311", "phone", "whatsapp"]
    assert run("channel", "again", "musterstadt").stdout.startswith("0 entries")
    assert run("channel", "collect", "musterstadt").stdout.startswith("0 entries")


def test_a_call_in_the_terminal_leads_to_a_case(run, twin):
    call = run("phone", "simulate", "musterstadt", said="Meine Toilettenspülung läuft ständig durch.\n#1\n\n.\n")
    assert call.exit_code == 0, call.output
    lines = call.stdout.splitlines()
    assert "automatischen System" in lines[0]
    assert any("abgestellt" in line for line in lines)
    assert any(line.startswith("> Ich habe nichts gehört.") for line in lines)
    with twin.database.read() as connection:
        (case,) = cases.listed(connection)
    assert case.procedure == "schaden"


def test_a_call_ends_with_the_input(run):
    assert run("phone", "simulate", "musterstadt", said="").exit_code == 0
    assert run("phone", "simulate", "musterstadt", said="#9\n#02362123456#\n").exit_code == 0
