"""Every shipped procedure does what its author wrote down, and never decides against anybody by itself."""

import random
from datetime import UTC, datetime

import orjson
import pytest

from kastor.cases import dmn, steps
from kastor.cases.authoring import report
from kastor.cases.deciding import decide, inputs, open_slots
from kastor.cases.gate import why_not_automatic
from kastor.cases.procedure import procedure, shipped
from kastor.cases.step_checks import reachable, unguarded

NAMES = sorted(shipped())
FEWEST = {"bauantrag": 40}
"""Worked cases a procedure has at least; 60 where nothing is said."""


@pytest.mark.parametrize("name", NAMES)
def test_all_worked_cases_come_out_and_nothing_is_wrong(name):
    found = report(shipped()[name])
    assert [(one.id, one.wrong) for one in found.cases if one.wrong] == []
    assert [str(one) for one in (*found.problems, *found.hints)] == []
    assert len(found.cases) >= FEWEST.get(name, 60)
    assert len({one.id for one in found.cases}) == len(found.cases)


def changed(name, file, old, new):
    one = shipped()[name]
    content = one.files[file].decode()
    assert old in content
    return procedure({**one.files, file: content.replace(old, new, 1).encode()})


def places(found):
    return {(one.file, one.place) for one in found.problems}


def test_a_changed_rule_is_seen_by_the_worked_cases():
    found = report(changed("haustier", "rules.dmn", "<text>&lt;= 6</text>", "<text>&lt;= 1</text>"))
    assert not found.passed
    assert {one.id for one in found.cases if one.wrong} >= {"h001", "h003"}


def test_a_rule_without_a_case_or_a_reason_is_named():
    empty = changed("haustier", "rules.dmn", "<text>The breed is not known for certain.</text>", "<text></text>")
    assert ("rules.dmn", "rasse_lage_r2") in places(report(empty))
    one = shipped()["haustier"]
    cases = orjson.loads(one.files["cases.json"])
    cases["cases"] = [case for case in cases["cases"] if case["facts"].get("tierart") != "exot"]
    found = report(procedure({**one.files, "cases.json": orjson.dumps(cases)}))
    assert ("cases.json", "entscheidung_r03") in places(found)


def test_a_table_that_refuses_by_itself_is_named():
    one = changed("haustier", "rules.dmn", '<text>"genehmigt"</text>', '<text>"abgelehnt"</text>')
    assert ("rules.dmn", "entscheidung_r11") in places(report(one))


def test_a_way_round_the_person_is_named():
    one = changed("haustier", "steps.bpmn", 'implementation="staff"', 'implementation="erp"')
    assert ("steps.bpmn", "absage") in places(report(one))
    assert ("steps.bpmn", "zusage") in places(report(one))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('kastor:letter="zusage"', 'kastor:letter="jubel"', "zusage"),
        ('kastor:outcomes="zugesagt abgelehnt"', 'kastor:outcomes="vielleicht"', "person"),
        ('kastor:decision="entscheidung"', 'kastor:decision="wuerfeln"', "entscheiden"),
        ('kastor:slots="haftpflicht"', 'kastor:slots="steuer"', "warten"),
        ('implementation="survey"', 'implementation="magic"', "zufrieden"),
    ],
)
def test_what_steps_name_and_is_not_there_is_found(old, new, place):
    assert ("steps.bpmn", place) in places(report(changed("haustier", "steps.bpmn", old, new)))


def test_an_element_that_cannot_be_carried_out_is_named():
    one = changed("haustier", "steps.bpmn", "<bpmn:sendTask", "<bpmn:manualTask")
    one = procedure({**one.files, "steps.bpmn": one.steps.replace(b"</bpmn:sendTask>", b"</bpmn:manualTask>", 1)})
    assert any(file == "steps.bpmn" and place == "auskunft" for file, place in places(report(one)))


def test_a_case_the_form_would_not_take_is_named():
    one = shipped()["haustier"]
    cases = orjson.loads(one.files["cases.json"])
    cases["cases"][0]["facts"]["anzahl"] = 0
    found = report(procedure({**one.files, "cases.json": orjson.dumps(cases)}))
    assert ("cases.json", "h001") in places(found)


@pytest.mark.parametrize("name", NAMES)
def test_no_step_tells_a_refusal_before_a_person_was_there(name):
    one = shipped()[name]
    process = steps.executable(steps.read(one.steps))
    assert unguarded(one, process) == []
    against = {outcome.letter for outcome in one.outcomes.values() if outcome.favourable is False}
    free = reachable(process)
    assert not against & {process.nodes[node].attributes.get("letter") for node in free}


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def first_letter(process, facts, decided):
    """The first letter the steps write when everything is answered and the rules say what they say."""
    known = dict(facts)
    moved = steps.begin(process, known, NOW)
    for _ in range(20):
        work = moved.work[0]
        if work.implementation in ("letter", "offer"):
            return work.attributes["letter"], work.attributes.get("outcome", decided.outcome)
        if work.implementation == "decide":
            known |= {**decided.values, "ergebnis": decided.outcome}
        moved = steps.completed(process, moved.steps, work.token, known, NOW)
    raise AssertionError("no letter is ever written")


@pytest.mark.parametrize("name", NAMES)
def test_steps_write_the_letter_of_the_outcome(name):
    one = shipped()[name]
    process = steps.executable(steps.read(one.steps))
    told = set()
    for case in one.cases:
        decided = decide(one, case["facts"])
        if decided.outcome:
            expected = one.outcomes[decided.outcome].letter, decided.outcome
            assert first_letter(process, case["facts"], decided) == expected, case["id"]
            told.add(decided.outcome)
    assert told == {outcome.id for outcome in one.outcomes.values() if outcome.automatic}


def some_value(slot, draw):
    """Any value the form takes, those at the limits of the rules more often."""
    if slot.unknown and draw.random() < 0.1:
        return None
    if slot.id == "rasse":
        return draw.sample(BREEDS, draw.randint(0, 2))
    if slot.choices:
        return (
            draw.choice(slot.choices).id
            if slot.kind != "array"
            else [c.id for c in slot.choices if draw.random() < 0.6]
        )
    if slot.kind == "boolean":
        return draw.random() < 0.5
    if slot.kind in ("integer", "number"):
        return draw.choice([0, 1, 1, 2, 3, 6, 8, 20, 25, 40, 60, 61, 110, 150, 430, 500])
    return "etwas"


BREEDS = ["Beagle", "Rottweiler", "American Staffordshire Terrier", "Kangal", "unbekannt", "Pudel", "Dobermann"]


def random_facts(one, draw):
    known = draw.random()
    return {name: some_value(slot, draw) for name, slot in one.form.slots.items() if draw.random() < 0.4 + 0.6 * known}


@pytest.mark.parametrize("name", NAMES)
def test_rules_never_decide_against_anybody_and_never_grant_what_is_protected(name):
    """2,000 random sets of facts a procedure, 10,000 in all: what rules say, and what the gate lets leave."""
    one, draw = shipped()[name], random.Random(name)
    automatic = 0
    for _ in range(2000):
        facts = random_facts(one, draw)
        said = dmn.evaluate(one.rules, one.about.decision, inputs(one, facts), missing=dmn.UNKNOWN).value
        if not isinstance(said, str):
            continue
        outcome = one.outcomes[said]
        assert outcome.automatic
        assert outcome.favourable is not False
        assert outcome.favourable is None or one.about.law == "private"
        known = {slot: {"value": value} for slot, value in facts.items()}
        state = {"facts": known, "status": "open", "person": "", "wanted": ""}
        if not why_not_automatic(state, one, said):
            automatic += 1
            if name == "haustier" and facts.get("tierart") == "hund" and outcome.favourable:
                listed = set(one.looked_up(facts)["listenhunde"])
                assert not listed & set(facts["rasse"])
                assert "unbekannt" not in facts["rasse"]
                assert facts.get("assistenzhund") is not True
    assert automatic > 20


@pytest.mark.parametrize("name", NAMES)
def test_when_nothing_is_open_the_outcome_stands(name):
    """Asked one by one, the open questions end with an outcome, and no fact is asked twice."""
    one, draw = shipped()[name], random.Random(name)
    for _ in range(12):
        facts = {
            slot.id: some_value(slot, draw) for slot in one.form.slots.values() if not slot.ask and draw.random() < 0.8
        }
        asked = []
        while wanted := open_slots(one, facts):
            assert wanted[0] not in asked
            asked.append(wanted[0])
            facts[wanted[0]] = some_value(one.form.slots[wanted[0]], draw)
        assert decide(one, facts).outcome


def test_a_gap_and_a_contradiction_are_hinted_at():
    gap = report(changed("haustier", "rules.dmn", "<text>&lt; 40</text>", "<text>&lt; 30</text>"))
    assert [(one.place, "more than 30 and less than 40" in one.en) for one in gap.hints] == [("flaeche_noetig", True)]
    both = report(changed("haustier", "rules.dmn", "<text>&lt; 40</text>", "<text>&lt; 45</text>"))
    assert any("Rules 1 and 2 hold together" in one.en for one in both.hints)


def test_a_rule_that_never_decides_is_hinted_at():
    dead = report(changed("schaden", "rules.dmn", '<text>"gas"</text>', "<text>-</text>"))
    assert any(one.kind == "unreachable" for one in dead.hints)
