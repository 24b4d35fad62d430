"""
The same facts lead to the same decision by chat, mail, WhatsApp, telephone and over the counter, in German and English.

From the first sentence to the letter, the craftsman and the ERP, with real peers on this machine and nothing beyond it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kastor.cases.dialogue.talk import APPOINTMENT, RATING, SUMMARY
from kastor.cases.knowledge import plane
from tests.cases.crafts import FIRST
from tests.cases.mail_servers import Imap, dovecot, dovecot_is_installed
from tests.cases.people import CHANNELS, Mail, Web, asked
from tests.cases.town import API, CRS, HOUSE, PLACE, STAFF, Town, text_of, town

pytestmark = pytest.mark.skipif(not dovecot_is_installed(), reason="Dovecot is not installed; make build/debian does")

ALL = [(channel, language) for channel in CHANNELS for language in ("de", "en")]
IN_POSTGRESQL = [("web", "de"), ("mail", "en"), ("whatsapp", "de"), ("phone", "en"), ("staff", "de")]
EVERYWHERE = pytest.mark.parametrize(
    ("kept_in", "channel", "language"),
    [*(("sqlite", *one) for one in ALL), *(("postgresql", *one) for one in IN_POSTGRESQL)],
    indirect=["kept_in"],
)

DOG = {
    "anzahl": "1", "mischling": "false", "vorhandene_hunde": "0", "schulterhoehe_cm": "57", "haftpflicht": "true",
    "vertragsnummer": "471112", "geburtsdatum": "31121980",
}  # fmt: skip
FLUSH = {"gefahr": "keine", "absperrbar": "true", "symptom": "laeuft_durch", "bauteil": "spuelung"}


@pytest.fixture(scope="module")
def imap() -> Iterator[Imap]:
    with dovecot() as found:
        yield found


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody beyond this machine can be reached, nor asked for a name."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def refused(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"The network is asked for {address[0]}.")
        connect(self, address)

    def unknown(host: Any, *more: Any, **named: Any) -> Any:
        assert host in (None, "localhost", "127.0.0.1", "::1"), f"The network is asked for the name {host}."
        return resolve(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.fixture
def here(tmp_path: Path, kept_in: str, imap: Imap, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(tmp_path / "home", imap, monkeypatch) as found:
        yield found


def decided(here: Town, person: Web, text: str, facts: Mapping[str, str]) -> None:
    """Say what it is about, answer what is asked, and confirm the summary."""
    person.says(text)
    for _ in range(14):
        question = asked(here)
        if question.slot in ("", APPOINTMENT, RATING):
            return
        assert arrived(person, first_line(question.text)), "the question did not arrive"
        person.answers(question, "yes" if question.slot == SUMMARY else facts[question.slot])
    raise AssertionError(f"It goes on asking: {asked(here)}.")


def arrived(person: Web, words: str) -> bool:
    """Whether something was said on the channel of somebody."""
    return any(words.lower() in one.lower() for one in person.heard())


def first_line(text: str) -> str:
    return text.split("\n")[0]


def decision(here: Town) -> dict[str, Any]:
    """What was decided, by which rules, out of which facts."""
    state = here.state()
    return {
        "procedure": here.case().procedure, "outcome": state["evaluation"]["outcome"],
        "automatic": state["outcome"].get("automatic", False),
        "rules": {rule["rule"] for rule in state["evaluation"]["rules"]},
        "facts": {slot: fact["value"] for slot, fact in state["facts"].items()},
    }  # fmt: skip


LABRADOR = {
    "de": "Ich möchte einen Labrador Retriever in meiner Wohnung halten.",
    "en": "I would like to keep a Labrador Retriever in my flat.",
}
PERMITTED = {
    "procedure": "haustier", "outcome": "genehmigt", "automatic": True,
    "rules": {"entscheidung_r13", "flaeche_noetig_r2", "rasse_lage_r5"},
    "facts": {
        "tierart": "hund", "anzahl": 1, "rasse": ["Labrador Retriever"], "mischling": False, "vorhandene_hunde": 0,
        "schulterhoehe_cm": 57, "haftpflicht": True, "vertragsnummer": "471112", "geburtsdatum": "1980-12-31",
        "bundesland": "NW", "wohnflaeche_m2": 78.5, "etage": 2, "offene_beschwerden": 0, "widerrufene_erlaubnis": False,
        "genehmigungen_im_haus": 0,
    },
}  # fmt: skip
PERMISSION = {"de": "wir genehmigen die Haltung: Hund, Labrador", "en": "we permit you to keep: Dog, Labrador"}


@EVERYWHERE
def test_a_dog_that_may_be_kept_is_permitted_at_once(here: Town, channel: str, language: str) -> None:
    person = CHANNELS[channel](here)
    decided(here, person, LABRADOR[language], DOG)
    assert decision(here) == PERMITTED
    assert arrived(person, PERMISSION[language])
    assert not arrived(person, PERMISSION["en" if language == "de" else "de"])
    assert asked(here).slot == RATING
    person.answers(asked(here), "5")
    assert here.case().status == "closed"
    assert [(one["outcome"], one["procedure"]) for one in here.told("case")] == [("genehmigt", "haustier")]


TERRIER = {
    "de": "Ich möchte einen Staffordshire Bullterrier in meiner Wohnung halten.",
    "en": "I would like to keep a Staffordshire Bull Terrier in my flat.",
}
FOR_A_PERSON = {
    "procedure": "haustier", "outcome": "vorlage", "automatic": False,
    "rules": {"entscheidung_r04", "rasse_lage_r1"},
    "facts": {"tierart": "hund", "anzahl": 1, "rasse": ["Staffordshire Bullterrier"], "bundesland": "NW"},
}  # fmt: skip
INTERIM = {"de": "entscheidet darüber innerhalb von zehn Werktagen", "en": "decides on it within ten working days"}


@EVERYWHERE
def test_a_listed_dog_is_a_persons_matter(here: Town, channel: str, language: str) -> None:
    person = CHANNELS[channel](here)
    decided(here, person, TERRIER[language], DOG)
    assert decision(here) == FOR_A_PERSON
    assert here.case().status == "staff"
    assert arrived(person, INTERIM[language])
    assert here.told("case") == []


TOILET = {
    "de": "Meine Toilettenspülung läuft ständig durch, Kalkweg 5, 2. OG links.",
    "en": "My toilet flush keeps running all the time, Kalkweg 5, 2nd floor left.",
}
ORDERED = {
    "procedure": "schaden", "outcome": "beauftragt", "automatic": True,
    "rules": {"entscheidung_e7", "gewerk_g01", "dringlichkeit_u23"},
    "facts": {
        "bauteil": "spuelung", "symptom": "laeuft_durch", "gefahr": "keine", "absperrbar": True,
        "adresse": "Kalkweg 5, 2. OG links", "gleiche_meldungen": 0,
    },
}  # fmt: skip
SECOND = {"de": "Der zweite Termin passt mir gut.", "en": "The second one, please."}
CALENDAR = {"de": "die Datei für Ihren Kalender", "en": "the file for your calendar"}
REPAIRED = {"de": "ist der Schaden behoben?", "en": "is the damage repaired?"}


@EVERYWHERE
def test_a_running_flush_is_repaired_and_told_to_the_erp(here: Town, channel: str, language: str) -> None:
    person = CHANNELS[channel](here)
    decided(here, person, TOILET[language], FLUSH)
    found = decision(here)
    # the season depends on the day
    found["facts"].pop("heizperiode")
    assert found == ORDERED
    # the craftsman's way is counted from the house, which nobody has pointed at
    here_is = here.state()["place"]
    assert here_is["object"] == HOUSE
    assert plane(CRS, here_is["point"]) == pytest.approx(PLACE, abs=0.1)
    assert "Kalkweg 5, 2. OG links" in text_of(here.mails_to(FIRST.mail)[0])
    here.craftsman_presses("accept")
    _visited(here, person, language)
    _rated(here, person, language)
    assert here.case().status == "closed"
    (order,) = {one["order"] for one in here.told("order")}
    invoiced = here.client.post(f"{API}/erp/orders/{order}", json={"state": "invoiced"}, headers=STAFF)
    assert invoiced.status_code == 200
    here.work()
    assert [one["state"] for one in here.told("order")] == ["ordered", "accepted", "scheduled", "done", "invoiced"]
    assert [(one["outcome"], one["rating"]) for one in here.told("case")] == [("beauftragt", 5)]


def _visited(here: Town, person: Web, language: str) -> None:
    """Three times arrive, the second is taken in words, the craftsman's calendar accepts, the visit is made."""
    person.comes_back()
    question = asked(here)
    assert question.slot == APPOINTMENT
    assert len(question.choices) == 4
    assert arrived(person, first_line(question.text))
    person.says(SECOND[language])
    booked = here.state()["appointment"]
    assert (booked["state"], booked["uid"]) == ("booked", question.choices[1].value)
    assert arrived(person, question.choices[1].label)
    # who cannot be sent files is not told of one
    assert arrived(person, CALENDAR[language]) == (type(person) in (Web, Mail))
    before = here.case()
    here.craftsmans_calendar_accepts()
    assert here.case() == before, "the answer of a calendar is no message, and the visit stays as it is"
    here.visit_is_over()


def _rated(here: Town, person: Web, language: str) -> None:
    person.comes_back()
    assert arrived(person, REPAIRED[language])
    person.answers(asked(here), "true")
    assert arrived(person, first_line(asked(here).text))
    person.answers(asked(here), "5")


@pytest.mark.parametrize("channel", list(CHANNELS))
def test_danger_is_answered_first_on_every_channel(here: Town, channel: str) -> None:
    person = CHANNELS[channel](here)
    person.says("Hilfe, es riecht im ganzen Treppenhaus stark nach Gas!")
    first = next(event for event in here.events() if event.kind in ("said", "asked"))
    assert first.public["kind"] == "emergency"
    assert arrived(person, "112")


@pytest.mark.parametrize("channel", list(CHANNELS))
@pytest.mark.parametrize("word", ["Mensch", "I want to talk to a human"])
def test_a_person_is_reached_on_every_channel(here: Town, channel: str, word: str) -> None:
    person = CHANNELS[channel](here)
    person.says("Ich möchte einen Hund halten.")
    person.says(word)
    assert here.case().status == "staff"


def test_a_time_that_is_not_certain_is_asked_again(here: Town) -> None:
    person = CHANNELS["web"](here)
    decided(here, person, TOILET["de"], FLUSH)
    here.craftsman_presses("accept")
    before = asked(here)
    person.says("Sonntag um 3 Uhr nachts?")
    assert asked(here).choices == before.choices
    assert here.state()["appointment"] == {}
    person.says("Keiner passt.")
    assert asked(here).slot == APPOINTMENT
    assert not {one.value for one in asked(here).choices[:3]} & {one.value for one in before.choices[:3]}


def test_a_case_is_gone_on_with_from_its_own_telephone_only(here: Town) -> None:
    person = CHANNELS["phone"](here)
    decided(here, person, TOILET["de"], FLUSH)
    here.craftsman_presses("accept")
    stranger = CHANNELS["phone"](here)
    stranger.CALLER, stranger.calls = "+491510000002", 10
    stranger.spoken = list(person.spoken)
    stranger.comes_back()
    assert "finde ich keinen Vorgang" in stranger.spoken[-1]
    assert not arrived(stranger, "Uhr")
    for _ in range(2):
        stranger._happens("digits", digits="99#")
    assert "Wir rufen Sie zurück" in stranger.spoken[-1]
