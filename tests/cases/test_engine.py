"""Commands on cases: what a person and what the colleague may do, and what never leaves without a person."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
import pytest

from kastor.cases import commands as c
from kastor.cases import gate
from kastor.cases.engine import Step, WrongMoment, handle
from kastor.cases.events import CLOSED, DECIDED, OPEN, STAFF, TAKEN, Event, State, canonical, empty, fold
from kastor.cases.gate import GateError, Terms
from kastor.cases.handlers import HANDLERS
from kastor.cases.judging import judge
from kastor.cases.procedure import shipped
from kastor.cases.progress import Handler
from kastor.cases.steps import Work
from kastor.cases.working import Working
from tests.cases.sample import NOW, About, Procedure, message

REASON = "Der Hund hat im Haus schon zweimal gebissen."


def done(state: State, procedure: Terms | None, *commands: c.Command) -> State:
    for command in commands:
        state = handle(state, procedure, command, NOW, HANDLERS).state
    return state


def opened(procedure: Terms, *commands: c.Command) -> State:
    begun = (c.Open("mail", "t1", "anna"), c.Receive(message(channel="mail")), c.Follow())
    return done(empty("c1"), procedure, *begun, *commands)


def said(outcome: str, **more: Any) -> c.Judge:
    return c.Judge(outcome, {"table": "t", "rules": ["r1"], **more}, {"reasons": [{"de": "Weil die Regel es sagt."}]})


def test_a_favourable_outcome_of_complete_rules_leaves_by_itself() -> None:
    state = opened(Procedure(), said("genehmigen"))
    assert (state["status"], state["outcome"]["outcome"], state["outcome"]["who"]) == (DECIDED, "genehmigen", "")


@pytest.mark.parametrize(
    ("procedure", "facts", "outcome", "why"),
    [
        (Procedure(), {}, "ablehnen", "unfavourable"),
        (Procedure(), {}, "heimlich", "unfavourable"),
        (Procedure(), {}, "vorlegen", "outcome"),
        (Procedure(), {}, "", "no_outcome"),
        (Procedure(), {}, "erfunden", "unknown_outcome"),
        (Procedure(about=About(law="public")), {}, "genehmigen", "law"),
        (Procedure(about=About(autonomy="propose")), {}, "genehmigen", "autonomy"),
        (Procedure(about=About(autonomy="human")), {}, "frei", "autonomy"),
        (Procedure(), {"rasse": "Pitbull"}, "genehmigen", "protected"),
        (Procedure(), {"rasse": "pit bull-Mix"}, "genehmigen", "protected"),
        (Procedure(), {"rasse": ["Labrador", "BULLTERRIER"]}, "genehmigen", "protected"),
        (Procedure(), {"rasse": None}, "genehmigen", "protected"),
        (Procedure(), {"assistenzhund": True}, "genehmigen", "protected"),
        (Procedure(), {"haerte": "Ich bin schwer krank."}, "genehmigen", "protected"),
    ],
)
def test_what_may_not_leave_is_proposed_to_a_person(procedure: Procedure, facts: dict[str, Any], outcome: str,
                                                    why: str) -> None:  # fmt: skip
    learned = c.Learn(tuple(c.Fact(slot, value) for slot, value in facts.items()))
    state = opened(procedure, learned, said(outcome))
    assert state["outcome"] == {}
    assert (state["status"], state["wanted"], state["proposal"]["why"]) == (STAFF, why, why)


@pytest.mark.parametrize("facts", [{"rasse": "Labrador"}, {"assistenzhund": False}, {"assistenzhund": None},
                                   {"haerte": ""}, {"haerte": None}, {"name": "Pitbull"}])  # fmt: skip
def test_what_touches_nothing_protected_is_not_held_up(facts: dict[str, Any]) -> None:
    learned = c.Learn(tuple(c.Fact(slot, value) for slot, value in facts.items()))
    assert opened(Procedure(), learned, said("genehmigen"))["status"] == DECIDED


def test_an_outcome_neither_for_nor_against_is_an_interim_one() -> None:
    state = opened(Procedure(), said("frei"))
    assert (state["status"], state["outcome"]["interim"]) == (OPEN, True)
    assert done(state, Procedure(), c.Decide("genehmigen", "7"))["status"] == DECIDED


@pytest.mark.parametrize(
    ("reason", "said_"),
    [("", "0 words"), ("nein", "1 words"), ("a b c", "letters"), ("Weil die Regel es sagt!", "text of the rule")],
)
def test_a_refusal_needs_a_reason_of_ones_own(reason: str, said_: str) -> None:
    state = opened(Procedure(), said("ablehnen"))
    with pytest.raises(GateError, match=said_):
        handle(state, Procedure(), c.Decide("ablehnen", "7", reason), NOW)
    assert done(state, Procedure(), c.Decide("ablehnen", "7", REASON))["outcome"]["who"] == "7"


@pytest.mark.parametrize("who", ["", "requester"])
def test_nobody_but_a_person_decides_by_command(who: str) -> None:
    with pytest.raises(GateError, match="names the person"):
        handle(opened(Procedure()), Procedure(), c.Decide("genehmigen", who, REASON), NOW)


def test_who_follows_the_rules_needs_no_reason_but_who_departs_does() -> None:
    state = opened(Procedure(about=About(autonomy="propose")), said("genehmigen"))
    assert done(state, Procedure(), c.Decide("genehmigen", "7"))["outcome"]["follows"]
    state = opened(Procedure(), said("ablehnen"))
    with pytest.raises(GateError, match="own words"):
        handle(state, Procedure(), c.Decide("genehmigen", "7"), NOW)
    state = opened(Procedure(), c.Learn((c.Fact("rasse", "Pitbull"),)), said("genehmigen"))
    with pytest.raises(GateError, match="own words"):
        handle(state, Procedure(), c.Decide("genehmigen", "7"), NOW)


def test_four_eyes_are_two_people() -> None:
    procedure = Procedure(about=About(four_eyes=True))
    state = opened(procedure, said("ablehnen"), c.Decide("ablehnen", "7", REASON))
    assert (state["outcome"], state["signature"]["who"], state["wanted"]) == ({}, "7", "second_person")
    for who in ("7", ""):
        with pytest.raises(GateError, match="another one"):
            handle(state, procedure, c.Confirm(who, True), NOW)
    with pytest.raises(WrongMoment, match="second person"):
        handle(state, procedure, c.Decide("ablehnen", "8", REASON), NOW)
    agreed = done(state, procedure, c.Confirm("8", True))
    assert (agreed["outcome"]["who"], agreed["outcome"]["second"], agreed["outcome"]["reason"]) == ("7", "8", REASON)
    refused = done(state, procedure, c.Confirm("8", False, "Die Beschwerden sind verjährt."))
    assert (refused["outcome"], refused["signature"]) == ({}, {})


def test_a_person_takes_over_and_gives_back_at_any_time() -> None:
    state = done(opened(Procedure()), Procedure(), c.TakeOver("7"))
    assert (state["status"], state["person"]) == (TAKEN, "7")
    with pytest.raises(WrongMoment, match="Somebody else"):
        handle(state, Procedure(), c.TakeOver("8"), NOW)
    with pytest.raises(WrongMoment, match="Somebody else"):
        handle(state, Procedure(), c.Decide("genehmigen", "8"), NOW)
    assert done(state, Procedure(), said("genehmigen"))["outcome"] == {}, "the colleague decides nothing meanwhile"
    state = done(state, Procedure(), c.GiveBack("7"))
    assert (state["status"], state["person"]) == (OPEN, "")
    assert done(state, Procedure(), said("genehmigen"))["status"] == DECIDED


def test_whoever_wants_a_person_gets_no_machine_decision() -> None:
    state = opened(Procedure(), c.HandOver("asked"), said("genehmigen"))
    assert (state["outcome"], state["wanted"]) == ({}, "asked")


def test_a_decided_case_is_reopened_supplemented_and_closed() -> None:
    state = opened(Procedure(), said("genehmigen"))
    with pytest.raises(WrongMoment, match="decided already"):
        handle(state, Procedure(), c.Decide("ablehnen", "7", REASON), NOW)
    state = done(state, Procedure(), c.Close("done"))
    assert state["status"] == CLOSED
    assert done(state, Procedure(), c.Supplement(text="Noch ein Foto"))["status"] == STAFF
    state = done(state, Procedure(), c.Reopen("not_settled", "requester"))
    assert (state["status"], state["reopened"], state["outcome"]) == (STAFF, 1, {})
    assert done(state, Procedure(), c.Decide("ablehnen", "7", REASON))["outcome"]["outcome"] == "ablehnen"


def test_an_erased_case_takes_nothing_any_more() -> None:
    state = done(opened(Procedure()), Procedure(), c.Erase("request", "7"))
    with pytest.raises(WrongMoment, match="erased"):
        handle(state, Procedure(), c.Note("7", "x"), NOW)


def test_the_same_command_on_the_same_state_gives_the_same_step() -> None:
    state = opened(Procedure())
    before = canonical(state)
    steps = [handle(state, Procedure(), said("genehmigen"), NOW) for _ in range(2)]
    assert steps[0] == steps[1]
    assert canonical(state) == before, "the state that was given is as it was"


@pytest.mark.parametrize(
    "event",
    [
        Event("decided", "x", "", {"outcome": "ablehnen"}),
        Event("decided", "x", "requester", {"outcome": "genehmigen"}),
        Event("decided", "x", "7", {"outcome": "ablehnen"}, {"reason": "nein"}),
        Event("letter", "x", "", {"letter": "ablehnung"}),
        Event("letter", "x", "", {"letter": "genehmigung"}),
        Event("effect", "x", "", {"kind": "charge", "key": "k"}),
    ],
)
def test_no_handler_gets_round_the_gate(event: Event) -> None:
    with pytest.raises(GateError):
        gate.check(opened(Procedure()), Procedure(), event)


class Watched:
    """Folds the events of a case by itself and looks at every one that leaves."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        self.events: list[Event] = []

    def take(self, procedure: Any, step: Step) -> None:
        for event in step.events:
            self.check(procedure, event)
            self.events.append(event)

    def check(self, procedure: Any, event: Event) -> None:
        """The law in the words of this test, not in those of the gate."""
        decided = [one for one in self.events if one.kind == "decided"]
        facts = {one.public["slot"]: one.personal["value"] for one in self.events if one.kind == "fact"}
        if event.kind == "decided":
            outcome = procedure.outcomes[event.public["outcome"]]
            person = event.who.isdigit()
            if outcome.favourable is False:
                assert person
                assert len(event.personal["reason"].split()) > 2
            if outcome.favourable is True and procedure.about.law == "public":
                assert person
            if not person:
                assert event.who == ""
                assert outcome.automatic
                assert procedure.about.autonomy != "human"
                assert facts.get("assistenzhund") is not True
                if procedure.id == "haustier" and outcome.favourable and facts.get("tierart") == "hund":
                    land = procedure.looked_up({"bundesland": facts.get("bundesland")})["listenhunde"]
                    breed = facts.get("rasse")
                    assert not set(breed if isinstance(breed, list) else [breed]) & {*land, "unbekannt"}
        if event.kind == "letter":
            told = [key for key, one in procedure.outcomes.items() if one.letter == event.public["letter"]]
            if any(procedure.outcomes[key].favourable is False for key in told):
                assert decided
                assert decided[-1].who.isdigit()
                assert decided[-1].public["outcome"] in told
        if event.kind == "effect":
            assert event.public["kind"] not in ("charge", "cost_allocation") or decided[-1].who.isdigit()


def anything(chance: random.Random, slot: Any, procedure: Any) -> Any:
    """A value a slot may have, sometimes one it may not."""
    if slot.unknown and chance.random() < 0.1:
        return None
    if slot.choices:
        return chance.choice(slot.choices).id
    if slot.kind == "boolean":
        return chance.random() < 0.5
    if slot.kind in ("integer", "number"):
        return chance.choice((0, 1, 2, 5, 35, 80, 400))
    breeds = ("Labrador Retriever", "Bullterrier", "Rottweiler", "unbekannt", "Mops", "Tosa Inu", "Kangal", "Alano")
    value = chance.choice(breeds) if slot.id == "rasse" else chance.choice(("", "x", "seit gestern"))
    return [value, "Labrador Retriever"] if slot.kind == "array" else value


def commands(chance: random.Random, procedure: Any) -> c.Command:
    """Something anybody could ask of a case, sensible or not."""
    outcomes = [*procedure.outcomes, "erfunden", ""]
    who = chance.choice(("", "requester", "7", "8"))
    reason = chance.choice(("", "nein", "Im Haus gab es schon zwei Bisse."))
    good = "Im Haus gab es schon zwei Bisse."
    against = [key for key, one in procedure.outcomes.items() if one.favourable is False] or outcomes
    made = chance.randrange(16)
    if made < 3:
        slots = chance.sample(list(procedure.form.slots.values()), 4)
        return c.Learn(tuple(c.Fact(slot.id, anything(chance, slot, procedure)) for slot in slots))
    return (
        c.Complete("ask"), c.Complete(chance.choice(("staff", "survey", "wait", "erp"))), c.Rate(chance.randint(1, 5)),
        c.Judge(chance.choice(outcomes), {}, {}), c.Decide(chance.choice(outcomes), who, reason),
        c.Decide(chance.choice(against), "7", good), c.Confirm(who, chance.random() < 0.7, reason), c.TakeOver(who),
        c.GiveBack(who), c.HandOver("asked"), c.Reopen("x", who), c.Close("x", who),
        c.Signal(chance.choice(("nachweis", "auftrag_angenommen", "ausgefuehrt"))),
    )[made - 3]  # fmt: skip


CASES = 10_000


def drawn(chance: random.Random) -> Mapping[str, Handler]:
    """The product's handlers, but for the rules: they take most of the time, and their outcome is drawn instead."""

    def decide(working: Working, work: Work) -> Mapping[str, Any]:
        procedure: Any = working.procedure
        outcome = chance.choice([*procedure.outcomes, ""])
        return {"ergebnis": judge(working, procedure, outcome, {}, {"reasons": []}) or None}

    return {**HANDLERS, "decide": decide}


def test_in_ten_thousand_random_cases_nothing_against_anybody_leaves_without_a_person() -> None:
    chance, procedures, counted = random.Random(11), list(shipped().values()), Counter[str]()
    quick = drawn(chance)
    for number in range(CASES):
        procedure: Any = procedures[number % len(procedures)]
        watched, handlers = Watched(f"c{number}"), HANDLERS if number % 100 == 0 else quick
        state = empty(watched.case_id)
        todo: list[c.Command] = [c.Open("web", "t"), c.Follow(), *(commands(chance, procedure) for _ in range(7))]
        for command in todo:
            try:
                step = handle(state, procedure, command, NOW + timedelta(minutes=number), handlers)
            except (GateError, WrongMoment) as error:
                counted[type(error).__name__] += 1
                continue
            watched.take(procedure, step)
            state = step.state
        counted.update(event.kind for event in watched.events)
        decided = [event.public["outcome"] for event in watched.events if event.kind == "decided"]
        counted["refused by a person"] += sum(procedure.outcomes[one].favourable is False for one in decided)
        if number % 40 == 0:
            assert canonical(fold(watched.case_id, watched.events)) == canonical(state)
            assert orjson.loads(canonical(state)) == state
    # the cases went far enough to say something
    told = {kind: counted[kind] for kind in ("decided", "proposed", "letter", "handed_over", "refused by a person")}
    assert min(told.values()) > 500, told
    assert counted["GateError"] > 1000


@pytest.mark.parametrize("name", list(shipped()))
def test_worked_cases_have_in_the_engine_the_outcome_their_author_wrote(name: str) -> None:
    procedure = shipped()[name]
    for worked in procedure.cases[::3]:
        learned = c.Learn(tuple(c.Fact(slot, value) for slot, value in worked["facts"].items()))
        state = opened(procedure, learned, c.Complete("ask"))
        assert state["evaluation"]["outcome"] == worked["expect"]["outcome"], worked["id"]
        assert state["wanted"] not in ("stuck", "no_handler"), worked["id"]
        against = [one for one in state["decisions"] if procedure.outcomes[one["outcome"]].favourable is False]
        assert against == []
