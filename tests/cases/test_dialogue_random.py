"""Ten thousand random conversations over the shipped procedures: what is asked matters, and nothing is asked twice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from kastor.cases import deciding
from kastor.cases.dialogue import Guide, Heard, Question, Talk, turn
from kastor.cases.dialogue.talk import INTENT, SUMMARY
from kastor.cases.guides import guide
from kastor.cases.message import Message
from kastor.cases.procedure import Procedure, shipped
from kastor.cases.understanding import Understood

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CASES = 10_000
NOTHING = Understood("de", (), (), None, wants_person=False)


def values(question: Question, rng: random.Random) -> list[Any]:
    """Some answers to a question, "I don't know" among them; the same ones in every conversation of a run."""
    if question.labels:
        listed = list(question.labels)
        some: list[Any] = rng.sample(listed, min(6, len(listed)))
        some = [[one] for one in some] if question.kind == "array" else some
    elif question.kind == "boolean":
        some = ["true", "false"]
    elif question.kind in ("integer", "number"):
        low = int(question.low or 0)
        some = [low, low + 2, int(question.high or 100)]
    else:
        some = [["Labrador Retriever"], ["American Staffordshire Terrier"]] if question.kind == "array" else ["Text"]
    return [*some, ""] if question.may_be_unknown else some


def remembered(answer: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
    """An answer of the rules, computed once for the same facts."""

    @cache
    def known(facts: bytes) -> Any:
        return answer(orjson.loads(facts))

    return lambda facts: known(orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS))


def test_what_is_asked_can_change_something_and_nothing_is_asked_twice() -> None:
    rng = random.Random(20261127)
    guides, answers = {}, {}
    for name, procedure in shipped().items():
        own = guide(procedure)
        guides[name] = replace(own, still_open=remembered(own.still_open), settled=remembered(own.settled))
        answers[name] = {slot: values(question, rng) for slot, question in own.questions.items()}
    ends: Counter[str] = Counter()
    walked: set[bytes] = set()
    for _ in range(CASES):
        name = rng.choice(list(guides))
        facts, asked = _conversation(name, guides[name], answers[name], rng)
        assert len(asked) == len(set(asked)), asked
        ends[name] += 1
        walked.add(orjson.dumps([name, facts], option=orjson.OPT_SORT_KEYS))
    assert sum(ends.values()) == CASES
    assert min(ends.values()) > CASES / 10
    assert len(walked) > 100
    for way in rng.sample(sorted(walked), 80):
        name, facts = orjson.loads(way)
        _decided_well(shipped()[name], facts)


def _conversation(
    name: str, own: Guide, answers: Mapping[str, list[Any]], rng: random.Random
) -> tuple[Mapping[str, Any], list[str]]:
    """Answer until the rules are asked; gives the facts and what was asked."""
    talk = Talk(met=frozenset({"web"}))
    given: dict[str, Any] = {INTENT: name}
    asked: list[str] = []
    for number in range(60):
        message = Message("web", str(number), "t", "", "", NOW, answers=given)
        found = turn(talk, {name: own}, Heard(message, NOTHING))
        assert not found.hand_over
        talk = found.talk
        if found.decide:
            return talk.facts, asked
        slot = found.say[-1].ask
        if slot == SUMMARY:
            given = {slot: "yes"}
            continue
        required = own.questions[slot].required
        assert slot not in talk.facts
        assert required or slot in own.still_open(talk.facts)
        asked.append(slot)
        given = {slot: rng.choice(answers[slot])}
    raise AssertionError(f"{name} never ends: {asked}")


def _decided_well(procedure: Procedure, facts: Mapping[str, Any]) -> None:
    """The rules know the outcome, whatever else might have been said; nothing against who asks leaves by itself."""
    outcome = deciding.decide(procedure, facts).outcome
    assert outcome
    assert not (procedure.outcomes[outcome].automatic and procedure.outcomes[outcome].favourable is False)
    for slot, question in guide(procedure).questions.items():
        if slot in facts or question.grammar == "rating" or not question.can_be_asked:
            continue
        for value in values(question, random.Random(1))[:2]:
            other = deciding.decide(procedure, {**facts, slot: question.fitting(value)}).outcome
            assert other == outcome, f"{slot} was not asked, but {value!r} gives {other} instead of {outcome}"
