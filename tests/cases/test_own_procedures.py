"""A procedure a tenant has written itself: offered on every channel once two people have released it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kastor.cases import casework
from kastor.cases.channels import defects
from kastor.cases.channels.calls import menu
from kastor.cases.channels.open311_read import Open311Error, posted, wanted
from kastor.cases.drafting import NewProcedure, drafted
from kastor.cases.message import Message
from kastor.cases.offering import offered_by, switch
from kastor.cases.procedure import Procedure, pack
from kastor.cases.reception import conversation, followed, receive
from kastor.store import Tenant, audit, case_links, channels, procedure_versions
from kastor.store.channels import Publication
from kastor.store.procedure_versions import UnknownVersion
from kastor.web.app import create_app
from kastor.web.settings import Settings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SENTENCES = (
    "Ich brauche einen weiteren Schlüssel für meine Wohnung", "Mein Haustürschlüssel ist verloren gegangen",
    "Kann ich einen Briefkastenschlüssel nachbestellen?", "I lost my key and need a new one",
    "Please order a spare key for the front door",
)  # fmt: skip
_numbers = count()


def keys(**more: Any) -> Procedure:
    given = {
        "id": "schluessel", "template": "antrag", "law": "private", "autonomy": "automatic", "place": "dwelling",
        "names": {"de": "Schlüssel nachbestellen", "en": "Order a key"}, "sentences": SENTENCES,
        "purpose": {"de": "Mieter bestellen Schlüssel nach.", "en": "Tenants order further keys."},
        "basis": [{"text": "Schlüssel gehören zur Wohnung.", "source": "§ 535 Abs. 1 BGB"}],
        "retention": {"days": 365, "reason": "Ein Jahr."},
    }  # fmt: skip
    return drafted(NewProcedure.model_validate(given | more))


def kept(twin: Tenant, wanted: Procedure, *people: str) -> None:
    with twin.database.write("kept") as connection:
        procedure_versions.keep(connection, wanted.id, wanted.version, pack(wanted), "p1", "Neu")
        for one in people:
            procedure_versions.release(connection, wanted.id, wanted.version, one)


@pytest.fixture
def twin(small_twin: Tenant) -> Tenant:
    kept(small_twin, keys(), "p1", "p2")
    return small_twin


def write(twin: Tenant, channel: str, text: str, **more: Any) -> str:
    message = Message(channel, str(next(_numbers)), "t", "anna@example.org", text, NOW, **more)
    return "\n".join(reply.text for reply in receive(twin, message, NOW))


def state(twin: Tenant, channel: str) -> dict[str, Any]:
    with twin.database.read() as connection:
        case_id = case_links.case_of_thread(connection, channel, "t")
    assert case_id is not None
    return dict(casework.read_state(twin.database, case_id))


@pytest.mark.parametrize("channel", ["web", "mail", "whatsapp", "phone"])
@pytest.mark.parametrize(
    ("text", "question", "answers"),
    [
        ("Ich habe meinen Schlüssel verloren und brauche einen neuen.", "besonderen Grund", ("nein", "ja")),
        ("I have lost my front door key, please order a new one.", "special reason", ("no", "yes")),
    ],
)
def test_it_is_understood_asked_for_and_decided_by_its_own_rules(
    twin: Tenant, channel: str, text: str, question: str, answers: tuple[str, ...]
) -> None:
    assert question in write(twin, channel, text)
    for answer in answers:
        write(twin, channel, answer)
    found = state(twin, channel)
    assert (found["procedure"]["id"], found["procedure"]["version"]) == ("schluessel", keys().version)
    assert found["evaluation"]["outcome"] == "genehmigt"
    about = conversation(twin, channel, "t")
    assert about is not None
    assert about.names["en"] == "Order a key"


def test_it_stands_among_what_can_be_pressed_and_chosen_by_keys(twin: Tenant) -> None:
    assert [one.label for one in menu(twin, "en")][-2] == "Order a key"
    client = TestClient(create_app(Settings(home=twin.directory.parent.parent)))
    page = client.get("/musterstadt/chat?language=de").text
    assert 'value="schluessel"' in page
    assert "Schlüssel nachbestellen" in page


@pytest.mark.parametrize("people", [(), ("p1",)])
def test_a_draft_is_not_offered(small_twin: Tenant, people: tuple[str, ...]) -> None:
    kept(small_twin, keys(), *people)
    assert "schluessel" not in offered_by(small_twin)
    write(small_twin, "web", SENTENCES[1])
    assert state(small_twin, "web")["procedure"].get("id") != "schluessel"


def test_what_is_known_already_is_understood_as_before(twin: Tenant) -> None:
    write(twin, "web", "Meine WC-Spülung läuft ständig.")
    assert state(twin, "web")["procedure"]["id"] == "schaden"


def test_one_without_sentences_is_offered_as_a_button(small_twin: Tenant) -> None:
    kept(small_twin, keys(sentences=()), "p1", "p2")
    write(small_twin, "web", "", answers={"_intent": "schluessel"})
    assert state(small_twin, "web")["procedure"]["id"] == "schluessel"


def test_a_case_stays_on_its_version_when_a_newer_one_is_released(twin: Tenant) -> None:
    write(twin, "web", SENTENCES[0])
    newer = keys(names={"de": "Schlüssel bestellen", "en": "Get a key"})
    kept(twin, newer, "p1", "p2")
    procedure = followed(twin, state(twin, "web")["id"])
    assert procedure is not None
    assert procedure.version == keys().version
    assert offered_by(twin)["schluessel"].version == newer.version


def off(twin: Tenant, *procedures: str) -> None:
    with twin.database.write("off") as connection:
        for one in procedures:
            switch(connection, one, False, "Das machen andere", NOW.isoformat(), "p1")


def test_one_switched_off_is_offered_nowhere_and_its_cases_go_on(twin: Tenant) -> None:
    assert "richtig verstanden" in write(twin, "mail", "Darf ich zwei Katzen halten?")
    off(twin, "haustier", "maengel")
    for names in (set(offered_by(twin)), {one.value for one in menu(twin, "de")}):
        assert "schaden" in names
        assert not {"haustier", "maengel"} & names
    assert defects.services(twin, "de") == {}
    said = receive(twin, Message("web", "fresh", "t", "", "Darf ich zwei Katzen halten?", NOW), NOW)
    assert "haustier" not in {choice.value for reply in said for choice in reply.choices}
    assert state(twin, "web")["procedure"] == {}
    write(twin, "mail", "Ja, stimmt")
    assert state(twin, "mail")["decisions"] or state(twin, "mail")["evaluation"]
    with twin.database.write("on") as connection:
        switch(connection, "haustier", True, "Doch wieder hier", NOW.isoformat(), "p1")
        deeds = [(line.what, line.subject, line.detail) for line in audit.lines(connection)]
    assert "haustier" in offered_by(twin)
    assert ("offer_procedure", "haustier", {"reason": "Doch wieder hier"}) in deeds


def test_only_what_is_in_force_can_be_switched_off(twin: Tenant) -> None:
    with pytest.raises(UnknownVersion, match="gibtsnicht"), twin.database.write("none") as connection:
        switch(connection, "gibtsnicht", False, "nichts", NOW.isoformat(), "p1")


def test_in_danger_the_right_words_are_said_although_reports_of_damage_are_switched_off(twin: Tenant) -> None:
    off(twin, "schaden")
    assert "112" in write(twin, "web", "Hilfe, es brennt in der Küche!")


def test_open311_offers_a_procedure_of_public_law_about_a_point_and_takes_its_reports(small_twin: Tenant) -> None:
    tree = keys(id="baum", template="meldung", law="public", autonomy="propose", place="point", sentences=(),
                names={"de": "Baumpate", "en": "Tree care"})  # fmt: skip
    kept(small_twin, tree, "p1", "p2")
    found = defects.services(small_twin, "en")
    assert "strassenlaterne" in found
    assert found["baum-report"].name == "Tree care"
    fields = [("service_code", "baum-report"), ("lat", "51.43"), ("long", "6.76"), ("description", "Linde ist dürr.")]
    case_id = defects.report(small_twin, posted(fields, found), (), "de", receive, NOW)
    reported = casework.read_state(small_twin.database, case_id)
    assert reported["procedure"]["id"] == "baum"
    assert reported["facts"]["beschreibung"]["value"] == "Linde ist dürr."
    with small_twin.database.write("published") as connection:
        channels.publish(connection, case_id, Publication("Linde dürr", ()), NOW, "p1")
    (shown,) = defects.requests(small_twin, wanted({}, NOW), "en", "")
    assert (shown.code, shown.name) == ("baum-report", "Tree care")
    off(small_twin, "maengel", "baum")
    assert defects.services(small_twin, "de") == {}
    assert len(defects.requests(small_twin, wanted({}, NOW), "en", "")) == 1
    with pytest.raises(Open311Error, match="baum-report"):
        defects.report(small_twin, posted(fields, found), (), "de", receive, NOW)
