"""What is learned from a message: facts by buttons and by grammars, changes, and other requests heard in passing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kastor.cases.commands import Fact
from kastor.cases.dialogue.answers import picked, says_no, says_yes
from kastor.cases.dialogue.questions import Question, Unfit
from kastor.cases.dialogue.talk import Guide, Heard, Said, Talk
from kastor.cases.dialogue.tone import correcting
from kastor.cases.dialogue.words import said

SURE = 0.9
"""A reading as sure as this changes a fact without a word such as "no, actually"."""

ASIDE = 0.8
"""How sure another request must be to be heard while a question is open."""


@dataclass(frozen=True)
class Learned:
    """
    What a message has taught.

    Parameters
    ----------
    talk
        With the facts.
    facts
        New or changed.
    say
        That something was changed, or a photo came.
    unfit
        Why a value given for the question asked cannot be, in the language of the talk.
    aside
        Whether something else came that is no wrong answer: another request, which waits now, or only a photo.
    """

    talk: Talk
    facts: tuple[Fact, ...] = ()
    say: tuple[Said, ...] = ()
    unfit: str = ""
    aside: bool = False


def learned(talk: Talk, guide: Guide, heard: Heard) -> Learned:
    """Facts out of a message for one procedure; what is known stays unless it is asked again or corrected."""
    found, unfit = _given(talk, guide, heard)
    read = _read(talk, guide, heard, {fact.slot for fact in found})
    facts = [fact for fact in (*found, *read) if _is_news(talk, fact)]
    say = tuple(_changed(talk, guide.questions[fact.slot], fact) for fact in facts if _is_change(talk, fact))
    known = {**talk.facts, **{fact.slot: fact.value for fact in facts}}
    waiting = _aside(talk, guide, heard) if not facts else talk.waiting
    now = replace(talk, facts=known, confirmed=talk.confirmed and not facts, waiting=waiting)
    only_files = bool(heard.message.attachments) and not heard.message.text.strip()
    return Learned(now, tuple(facts), (*_thanks(talk, heard), *say), unfit, only_files or waiting != talk.waiting)


def noted(talk: Talk, slot: str, value: Any, source: str = "said") -> Learned:
    """One fact as it is, such as that somebody does not know."""
    return Learned(replace(talk, facts={**talk.facts, slot: value}), (Fact(slot, value, source),))


def _given(talk: Talk, guide: Guide, heard: Heard) -> tuple[list[Fact], str]:
    """What was pressed, filled in, or answered to a question with choices."""
    facts, unfit = [], ""
    for slot, value in heard.message.answers.items():
        question = guide.questions.get(slot)
        if question is None or slot in talk.hidden:
            continue
        try:
            facts.append(Fact(slot, question.fitting(value), "button"))
        except Unfit as error:
            unfit = error.words["en" if talk.language == "en" else "de"]
    asked = guide.questions.get(talk.asked)
    if asked is not None and asked.slot not in heard.message.answers:
        answer = _short_answer(asked, talk, heard)
        if answer is not None:
            facts.append(answer)
    return facts, unfit


def _short_answer(question: Question, talk: Talk, heard: Heard) -> Fact | None:
    """The answer to the question just asked where no grammar read one: a yes, a no, or one of the choices."""
    text = heard.message.text
    elsewhere = {read.slot for read in heard.understood.slots}
    # "no, two after all" corrects another fact; its no and its two are no answer to this question
    if question.slot in elsewhere or (elsewhere and correcting(text) and len(text.split()) > 1):
        return None
    if question.kind == "boolean" and (says_yes(text) or says_no(text)):
        return Fact(question.slot, says_yes(text), "said", 0.95, "yes_no")
    value = None if elsewhere or len(text) > 60 else picked(text, talk.choices)
    if value is None:
        return None
    return Fact(question.slot, question.fitting(value), "said", 0.95, "choice")


def _read(talk: Talk, guide: Guide, heard: Heard, given: set[str]) -> list[Fact]:
    """What the grammars read, as far as it fits its slot; records are not overwritten by what is said."""
    best: dict[str, Fact] = {}
    for read in heard.understood.slots:
        question = guide.questions.get(read.slot)
        if question is None or read.slot in given or read.slot in talk.hidden:
            continue
        if read.extractor.startswith("text") and _says_nothing(heard):
            continue
        try:
            source = "proposed" if read.extractor.startswith("proposal:") else "said"
            fact = Fact(read.slot, question.fitting(read.value), source, read.confidence, read.extractor)
        except Unfit:
            continue
        if read.slot in talk.facts and not _may_change(talk, fact, heard):
            continue
        if (fact.value is not None or read.slot == talk.asked) and (
            read.slot not in best or best[read.slot].confidence < fact.confidence
        ):
            best[read.slot] = fact
    return list(best.values())


def _says_nothing(heard: Heard) -> bool:
    """Whether a text is no answer to a question that is answered freely: a bare yes or no, or the wish for a person."""
    text = heard.message.text
    bare = len(text.split()) <= 3 and (says_yes(text) or says_no(text))
    return heard.understood.wants_person or bare


def _may_change(talk: Talk, fact: Fact, heard: Heard) -> bool:
    """Whether a reading may replace what is known: asked for again, said to be a correction, or never known."""
    corrects = heard.understood.correction or correcting(heard.message.text) or fact.confidence >= SURE
    return talk.facts[fact.slot] is None or talk.asked == fact.slot or corrects


def _is_news(talk: Talk, fact: Fact) -> bool:
    """Whether a fact is new; the answer to what was asked is one even when it says the same again."""
    return fact.slot not in talk.facts or talk.facts[fact.slot] != fact.value or talk.asked == fact.slot


def _is_change(talk: Talk, fact: Fact) -> bool:
    old = talk.facts.get(fact.slot)
    return old is not None and old != fact.value


def _changed(talk: Talk, question: Question, fact: Fact) -> Said:
    old = question.words(talk.facts[fact.slot], talk.language)
    new = question.words(fact.value, talk.language)
    return Said(said("changed", talk.language, label=question.called(talk.language), new=new, old=old))


def _thanks(talk: Talk, heard: Heard) -> tuple[Said, ...]:
    kinds = {attachment.media_type.partition("/")[0] for attachment in heard.message.attachments}
    if not kinds:
        return ()
    return (Said(said("photo" if kinds == {"image"} else "file", talk.language)),)


def _aside(talk: Talk, guide: Guide, heard: Heard) -> tuple[str, ...]:
    """Another request that was mentioned while this one is open."""
    for intent, probability in heard.understood.intents[:1]:
        other = intent not in (guide.id, "mensch", "sonstiges", *talk.waiting)
        if other and heard.understood.certain and probability >= ASIDE and len(heard.message.text) > 20:
            return (*talk.waiting, intent)
    return talk.waiting
