"""Tables decide, say why, and say which questions are still open."""

from decimal import Decimal

import pytest

from kastor.cases import dmn
from tests.cases.tables import table_model

PETS = table_model(
    [("tierart", "string"), ("anzahl", "number"), ("assistenzhund", "boolean")],
    [("ergebnis", "string"), ("frist", "number")],
    [
        ('"kleintier"', "<= 3", "-", '"frei"', "0", "Kleintiere sind erlaubt."),
        ("-", "-", "true", '"vorlegen"', "5", "Assistenzhunde entscheidet ein Mensch."),
        ('"katze"', "<= 2", "-", '"genehmigen"', "14", "Zwei Katzen sind üblich."),
        ("-", "-", "-", '"vorlegen"', "10", "Alles andere entscheidet ein Mensch."),
    ],
    annotations=("Begründung",),
)


def decide(model, **inputs):
    return dmn.evaluate(model, "D", inputs).value


def test_the_first_rule_that_holds_decides_and_its_reason_is_in_the_trace():
    found = dmn.evaluate(PETS, "D", {"tierart": "katze", "anzahl": 1, "assistenzhund": False})
    assert found.value == {"ergebnis": "genehmigen", "frist": 14}
    (trace,) = found.traces
    assert [(rule.id, rule.position, rule.hit, rule.applied) for rule in trace.rules] == [
        ("r1", 1, False, False), ("r2", 2, False, False), ("r3", 3, True, True), ("r4", 4, True, False),
    ]  # fmt: skip
    assert trace.reasons == ("Zwei Katzen sind üblich.",)
    assert trace.inputs == (("tierart", "katze"), ("anzahl", Decimal(1)), ("assistenzhund", False))


def test_the_hash_of_a_table_changes_with_a_cell_and_not_with_the_layout():
    again = dmn.read(PETS.source.replace(b"><", b">\n <"))
    other = dmn.read(PETS.source.replace(b"14", b"15"))
    hashes = [dmn.evaluate(model, "D", {}).traces[0].hash for model in (PETS, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_a_rule_that_nobody_can_tell_yet_is_neither_hit_nor_missed():
    found = dmn.evaluate(PETS, "D", {"tierart": "katze", "anzahl": 1}, missing=dmn.UNKNOWN)
    assert [rule.hit for rule in found.traces[0].rules] == [False, None, True, True]
    assert found.value == {"ergebnis": dmn.UNKNOWN, "frist": dmn.UNKNOWN}


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ({}, ("tierart", "anzahl", "assistenzhund")),
        ({"tierart": "hund"}, ("assistenzhund",)),
        ({"tierart": "kleintier"}, ("anzahl", "assistenzhund")),
        ({"tierart": "kleintier", "anzahl": 2}, ()),
        ({"tierart": "katze", "anzahl": 5}, ("assistenzhund",)),
        ({"assistenzhund": False, "anzahl": 9}, ()),
        ({"tierart": None, "anzahl": None, "assistenzhund": False}, ()),
    ],
)
def test_only_questions_that_can_change_the_outcome_are_open(known, asked):
    assert dmn.open_inputs(PETS, "D", known) == asked
