"""What is talked about once the rules were asked: appointments, a rating, another request, something more.

The outcome itself is told by the letters of the procedure, with the reasons of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kastor.cases.dialogue import learning
from kastor.cases.dialogue.answers import picked, says_no, says_yes
from kastor.cases.dialogue.learning import Learned
from kastor.cases.dialogue.talk import (
    APPOINTMENT,
    CLOSED,
    NEXT,
    RATING,
    WITH_PERSON,
    Guide,
    Heard,
    Said,
    Talk,
    Turn,
)
from kastor.cases.dialogue.times_meant import meant, names_a_time
from kastor.cases.dialogue.words import BERLIN, chosen, said
from kastor.cases.message import Choice

TRIES = 2
"""How often it is asked again which time is meant."""

UNHAPPY = 2
"""A rating up to this opens a case again."""


def ask_appointment(talk: Talk, offers: Sequence[Choice], minutes: int = 30) -> tuple[Talk, Said]:
    """Let somebody choose one of the offered appointments, or none."""
    choices = (*offers, Choice("none", said("none_fits", talk.language)))
    text = said("appointments", talk.language, minutes=minutes)
    talk = replace(talk, asked=APPOINTMENT, tries=0, choices=choices)
    return talk, Said(text, "appointment", choices, APPOINTMENT)


def ask_rating(talk: Talk) -> tuple[Talk, Said]:
    """Ask for a rating from 1 to 5."""
    choices = tuple(Choice(str(n), str(n)) for n in range(1, 6))
    talk = replace(talk, asked=RATING, tries=0, choices=choices)
    return talk, Said(said("rating", talk.language), "survey", choices, RATING)


def offer_next(talk: Talk, guides: Mapping[str, Guide]) -> tuple[Talk, tuple[Said, ...]]:
    """Offer to go on with another request that was heard; nothing when there is none."""
    waiting = [name for name in talk.waiting if name in guides]
    if not waiting:
        return talk, ()
    name = chosen(guides[waiting[0]].names, talk.language)
    choices = (Choice(waiting[0], said("yes", talk.language)), Choice("no", said("no", talk.language)))
    talk = replace(talk, asked=NEXT, choices=choices)
    return talk, (Said(said("next_request", talk.language, name=name), "question", choices, NEXT),)


def other_request(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn | None:
    """The answer to whether to go on with another request; None when it is no answer to that."""
    answer = heard.message.answers.get(NEXT) or picked(heard.message.text, talk.choices)
    if answer is None and says_yes(heard.message.text):
        answer = talk.choices[0].value if talk.choices else None
    if answer is None and not says_no(heard.message.text):
        return None
    talk = replace(talk, asked="", choices=(), waiting=talk.waiting[1:])
    return Turn(talk, say, begin=str(answer) if answer in guides else "")


def afterwards(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn:
    """What somebody writes after the rules were asked: an answer to what was asked then, or something more."""
    answer = heard.message.answers.get(talk.asked) if talk.asked else None
    if talk.asked == APPOINTMENT:
        return _time_chosen(talk, guides, heard, say, answer)
    answer = str(answer) if answer is not None else picked(heard.message.text, talk.choices)
    rating = _stars(talk, answer, heard)
    if rating is not None:
        return _rated(talk, heard, say, rating)
    return _supplement(talk, guides, heard, say)


def _time_chosen(
    talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...], answer: Any
) -> Turn:  # fmt: skip
    """One of the offered times is taken, or none; what names a time but not one of them is asked again."""
    text, day = heard.message.text, heard.message.received.astimezone(BERLIN).date()
    answer = str(answer) if answer is not None else meant(text, talk.choices, day) or picked(text, talk.choices)
    if answer:
        return Turn(replace(talk, asked="", tries=0, choices=()), say, appointment=answer)
    if not names_a_time(text, day) or talk.tries + 1 > TRIES:
        return _supplement(talk, guides, heard, say)
    again = Said(said("which_time", talk.language), "appointment", talk.choices, APPOINTMENT)
    return Turn(replace(talk, tries=talk.tries + 1), (*say, again))


def _stars(talk: Talk, answer: str | None, heard: Heard) -> int | None:
    if talk.asked != RATING:
        return None
    digits = [c for c in heard.message.text if c in "12345"]
    found = answer if answer in ("1", "2", "3", "4", "5") else digits[0] if len(digits) == 1 else None
    return int(found) if found else None


def _rated(talk: Talk, heard: Heard, say: tuple[Said, ...], rating: int) -> Turn:
    remark = heard.message.text.strip()
    remark = "" if remark in ("1", "2", "3", "4", "5") else remark
    found = Turn(talk, rating=rating, remark=remark)
    if rating <= UNHAPPY:
        return _reopened(talk, say, found)
    thanks = Said(said("rated", talk.language))
    return replace(found, talk=replace(talk, asked="", choices=(), phase=CLOSED), say=(*say, thanks))


def _reopened(talk: Talk, say: tuple[Said, ...], found: Turn) -> Turn:
    talk = replace(talk, asked="", choices=(), phase=WITH_PERSON, told=True)
    sorry = Said(said("reopened", talk.language), "handed_over")
    return replace(found, talk=talk, say=(*say, sorry), hand_over="reopened")


def _supplement(talk: Talk, guides: Mapping[str, Guide], heard: Heard, say: tuple[Said, ...]) -> Turn:
    """Something more is written after the decision: it is kept, and a person looks at it."""
    guide = guides.get(talk.procedure)
    learned = learning.learned(talk, guide, heard) if guide else Learned(talk)
    thanks = Said(said("supplement", talk.language, reference=talk.reference))
    return Turn(replace(talk, told=True), (*say, thanks), learned.facts, hand_over="supplement")
