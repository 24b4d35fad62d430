"""Kinds of request told by a few sentences."""

from __future__ import annotations

import pytest

from kastor.cases.understanding import examples
from kastor.cases.understanding.intents import intents
from kastor.cases.understanding.sentences import learned
from tests.cases.test_own_procedures import SENTENCES

SUBLET = (
    "Ich möchte ein Zimmer untervermieten",
    "Darf ich meine Wohnung untervermieten?",
    "I would like to sublet a room",
)
OWN = learned({"schluessel": SENTENCES, "untermiete": SUBLET})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Schlüssel verloren, brauche neuen", "schluessel"),
        ("Can I get another key for my flat?", "schluessel"),
        ("Ich will untervermieten", "untermiete"),
        ("Ich möchte einen weiteren Hund für meine Wohnung", "haustier"),
        ("Kann ich einen zweiten Stellplatz bekommen?", "balkon_stellplatz"),
        ("Der Schlüssel steckt abgebrochen im Schloss", "schaden"),
    ],
)
def test_a_text_is_of_the_kind_it_is_nearest_to(text: str, kind: str) -> None:
    ranked, certain = intents(text, None, OWN)
    assert ranked[0][0] == kind
    assert certain


def test_chances_add_up_to_one_and_are_in_order() -> None:
    ranked, _ = intents("Guten Tag", None, OWN)
    assert sum(chance for _, chance in ranked) == pytest.approx(1.0)
    assert list(ranked) == sorted(ranked, key=lambda one: -one[1])
    assert {"schluessel", "untermiete", "schaden"} <= {kind for kind, _ in ranked}


def test_no_text_that_comes_with_kastor_is_taken_for_a_kind_of_the_tenant() -> None:
    taken = []
    for example in examples.shipped()[::7]:
        ranked, certain = intents(example.text, None, OWN)
        if certain and ranked[0][0] in ("schluessel", "untermiete"):
            taken.append((example.text, ranked[0]))
    assert taken == []


def test_one_kind_alone_can_be_learned() -> None:
    ranked, _ = intents(SENTENCES[0], None, learned({"schluessel": SENTENCES}))
    assert ranked[0][0] == "schluessel"
