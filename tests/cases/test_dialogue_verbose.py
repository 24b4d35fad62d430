"""A hundred wordy first messages: what they state is not asked again, and few questions are left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from statistics import median

from kastor.cases.dialogue import Talk, turn
from kastor.cases.dialogue.talk import SUMMARY
from kastor.cases.guides import guide
from kastor.cases.hearing import hear
from kastor.cases.message import Message
from kastor.cases.procedure import shipped
from kastor.cases.understanding import Lexicon

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

DAMAGES = {
    "de": [
        "meine Toilettenspülung läuft seit gestern ununterbrochen durch",
        "im Bad tropft der Wasserhahn am Waschbecken",
        "die Heizung im Wohnzimmer wird seit drei Tagen nicht mehr warm",
        "der Abfluss in der Küche ist komplett verstopft",
        "das Fenster im Schlafzimmer schließt nicht mehr richtig",
    ],
    "en": [
        "the toilet in my bathroom keeps running and does not stop",
        "the kitchen sink is blocked and the water does not drain",
        "the radiator in the living room has been cold for three days",
    ],
}
"""Each names a part and what happens to it."""

SAFE = {"de": "Es besteht keine Gefahr.", "en": "There is no danger at the moment."}
FRAMES = {
    "de": [
        "Guten Tag, hier schreibt Ihre Mieterin aus dem zweiten Stock. Ich melde mich, weil {0}. {1} Viele Grüße",
        "Hallo zusammen, leider habe ich schon wieder ein Problem: {0}. {1} Bitte melden Sie sich, danke.",
        "Sehr geehrte Damen und Herren, {0}. {1} Das ist lästig, ich habe kleine Kinder. Freundliche Grüße",
    ],
    "en": [
        "Dear team, I hope you are well. I have to report that {0}. {1} Thank you very much for your help.",
        "Hello, it is me again, sorry to bother you, but {0}. {1} I am at home most of the day. Best wishes",
        "Hi, could you please send somebody? {0}. {1} We have lived here for years and it never happened before.",
    ],
}
PETS = {
    "de": [
        ("ich möchte gerne zwei Katzen halten", ("tierart", "anzahl")),
        ("meine Tochter wünscht sich zwei Meerschweinchen", ("tierart", "anzahl")),
        ("wir holen einen Dackel zu uns, er wird 25 cm hoch", ("tierart", "anzahl", "rasse", "schulterhoehe_cm")),
        ("ich bekomme einen Hund aus dem Tierheim, einen Pudel", ("tierart", "anzahl", "rasse")),
        ("ich hätte gern eine Katze", ("tierart", "anzahl")),
    ],
    "en": [
        ("we would like to keep a labrador, it gets 55 cm tall", ("tierart", "anzahl", "rasse", "schulterhoehe_cm")),
        ("I would love to have one cat in my flat", ("tierart", "anzahl")),
        ("my son wants to keep two hamsters", ("tierart", "anzahl")),
    ],
}  # fmt: skip
PET_FRAMES = {
    "de": [
        "Sehr geehrte Damen und Herren, {0}. Ich wohne seit acht Jahren hier ohne Ärger im Haus. Darf ich das?",
        "Hallo, kurze Frage zur Haustierhaltung: {0}. Ist das erlaubt? Ich freue mich auf Ihre Antwort.",
        "Guten Abend, wegen der Haustiere wollte ich fragen: {0}. Was brauchen Sie noch von mir? Viele liebe Grüße",
        "Liebe Verwaltung, {0}. Die Nachbarn finden es gut. Genehmigen Sie mir dieses Haustier bitte?",
        "Moin, es geht um die Tierhaltung, und zwar: {0}. Sagen Sie mir bitte Bescheid, ob das so in Ordnung geht.",
        "Guten Tag, laut Mietvertrag muss ich das Haustier anmelden: {0}. Wie geht es jetzt weiter?",
    ],
    "en": [
        "Hello, a quick question: {0}. Is that allowed in the house? Many thanks in advance and kind regards.",
        "Dear landlord, {0}. I have lived here for eight years without any trouble. May I keep this pet?",
        "Hi there, according to the contract I have to ask for permission: {0}. What else do you need from me?",
        "Good evening, {0}. The neighbours are fine with the pet, I asked them already. Thank you!",
    ],
}


def messages() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Text, procedure and the slots it states."""
    for language in ("de", "en"):
        for frame, damage in product(FRAMES[language], DAMAGES[language]):
            yield frame.format(damage, ""), "schaden", ("bauteil", "symptom")
            yield frame.format(damage, SAFE[language]), "schaden", ("bauteil", "symptom", "gefahr")
        for frame, (pet, slots) in product(PET_FRAMES[language], PETS[language]):
            yield frame.format(pet), "haustier", slots
    for text in (
        "Seit heute früh kommt bei mir zu Hause kein warmes Wasser mehr, in der Dusche nicht und in der Küche nicht.",
        "Ich wollte nur sagen, dass im Treppenhaus seit Tagen die Lampe kaputt ist, man sieht abends nichts mehr.",
        "Our door bell has been broken since Monday, visitors have to call us, which is quite annoying.",
        "Könnten Sie bitte jemanden schicken, im Schlafzimmer ist Schimmel an der Wand, und er wird größer.",
        "Der Rollladen am Balkon klemmt, ich bekomme ihn nicht mehr hoch, es ist ganz dunkel im Zimmer.",
        "Die Gegensprechanlage ist defekt, der Paketbote kommt nie rein, das geht schon zwei Wochen so.",
        "Unsere Wohnungstür schließt nicht mehr, das Schloss klemmt, wir müssen sie fest zuziehen.",
        "The washbasin in the bathroom is leaking under the siphon, I have put a bucket below it for now.",
        "Im Keller ist das Licht ausgefallen, mein Mann hat schon nach der Sicherung gesehen.",
        "Die Steckdose in der Küche geht nicht mehr, sonst funktioniert alles in der Wohnung.",
    ):
        yield text, "schaden", ("bauteil",)


ANSWERS = {"gefahr": "keine", "mischling": "false", "haftpflicht": "true", "einzige_toilette": "false"}


def asked_after(text: str) -> tuple[str, list[str]]:
    """What is asked after a first message until everything is there to be confirmed, and the procedure."""
    procedures = shipped()
    guides = {name: guide(one) for name, one in procedures.items()}
    # the app of a tenant knows where it is
    talk, asked = Talk(facts={"adresse": "Kalkweg 5"}), []
    message = Message("web", "0", "t", "", text, NOW)
    for number in range(1, 20):
        understood = hear(message, talk, procedures, NOW, Lexicon())
        found = turn(talk, guides, understood.heard)
        talk = found.talk
        last = found.say[-1].ask
        if found.decide or found.hand_over or last == SUMMARY:
            return talk.procedure, asked
        asked.append(last)
        question = guides[talk.procedure].questions.get(last) if talk.procedure else None
        default = "1" if question and question.kind in ("integer", "number") else ""
        message = Message("web", str(number), "t", "", "", NOW, answers={last: ANSWERS.get(last, default)})
    raise AssertionError(f"{asked} never ends")


def test_of_a_hundred_wordy_messages_no_stated_fact_is_asked_again() -> None:
    everything = list(messages())
    assert len(everything) == 100
    counts, again, unclear = [], [], []
    for text, procedure, stated in everything:
        found, asked = asked_after(text)
        if found != procedure:
            unclear.append(text)
            continue
        again += [(slot, text) for slot in asked if slot in stated]
        counts.append(len(asked))
        assert len(asked) == len(set(asked))
    assert again == []
    assert len(unclear) <= 8
    assert median(counts) <= 1
