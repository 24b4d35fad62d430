"""How a conversation begins: the language, the notice, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kastor.cases.dialogue.answers import picked
from kastor.cases.dialogue.talk import INTENT, Guide, Heard, Said, Talk, Turn
from kastor.cases.dialogue.words import chosen, joined, said
from kastor.cases.message import PHONE, Choice

OTHER = "sonstiges"
"""What is none of the procedures."""

SHOWN = 3
"""Buttons when it is unclear what a request is about."""


def opened(talk: Talk, heard: Heard) -> tuple[Talk, tuple[Said, ...]]:
    """The language spoken, and first on each channel the notice that nobody human answers (Art. 50 AI Act)."""
    language = heard.message.language or talk.language
    first = heard.message.channel not in talk.met
    if heard.message.language is None and (first or heard.understood.language != talk.language):
        language = "en" if heard.understood.language == "en" else "leicht" if talk.language == "leicht" else "de"
    talk = replace(talk, language=language, met=talk.met | {heard.message.channel})
    if not first:
        return talk, ()
    key = "notice_phone" if heard.message.channel == PHONE else "notice"
    return talk, (Said(said(key, language), "notice"),)


def meant(talk: Talk, guides: Mapping[str, Guide], heard: Heard) -> str:
    """
    The procedure a request is about: pressed, named, or certain by its words.

    Returns
    -------
    str
        Id of a procedure, ``OTHER`` for none of them, empty when it is unclear or there are several.
    """
    choice = heard.message.answers.get(INTENT) or picked(heard.message.text, talk.choices)
    if choice == OTHER or choice in guides:
        return str(choice)
    if len(_several(guides, heard)) > 1 or not heard.understood.intents:
        return ""
    first = heard.understood.intents[0][0]
    return first if heard.understood.certain and first in guides else ""


def about(talk: Talk, guides: Mapping[str, Guide], heard: Heard) -> Turn:
    """
    What a request is about.

    The turn's talk has a procedure when that is clear; else its last reply asks, or a person is to take over.
    """
    choice = meant(talk, guides, heard)
    if choice == OTHER:
        return Turn(talk, hand_over="other")
    if choice:
        waiting = tuple(other for other in talk.waiting if other != choice)
        return Turn(replace(talk, procedure=choice, waiting=waiting, asked="", tries=0, choices=()))
    named = _several(guides, heard)
    if len(named) > 1:
        names = joined([chosen(guides[name].names, talk.language) for name in named], talk.language)
        return _asking(replace(talk, waiting=named), guides, named, said("several", talk.language, names=names), ())
    return _unclear(talk, guides, heard, [name for name, _ in heard.understood.intents if name in guides])


def _unclear(talk: Talk, guides: Mapping[str, Guide], heard: Heard, likely: Sequence[str]) -> Turn:
    """Ask what it is about: all procedures at a mere greeting, the likeliest three else, a person after two tries."""
    something_else = (Choice(OTHER, said("something_else", talk.language)),)
    if talk.asked == INTENT:
        if talk.tries >= 1:
            return Turn(talk, hand_over="not_understood")
        again = said("which_again", talk.language)
        return _asking(
            replace(talk, tries=talk.tries + 1), guides, [*likely[:SHOWN]] or list(guides), again, something_else
        )
    if len(heard.message.text.split()) <= 3 and not heard.message.attachments:
        return _asking(talk, guides, list(guides), said("welcome", talk.language), something_else)
    return _asking(talk, guides, likely[:SHOWN] or list(guides), said("which", talk.language), something_else)


def _asking(talk: Talk, guides: Mapping[str, Guide], names: Sequence[str], text: str, more: tuple[Choice, ...]) -> Turn:
    choices = (*(Choice(name, chosen(guides[name].names, talk.language)) for name in names), *more)
    talk = replace(talk, asked=INTENT, choices=choices)
    return Turn(talk, (Said(text, "question", choices, INTENT),))


def _several(guides: Mapping[str, Guide], heard: Heard) -> tuple[str, ...]:
    """Requests that are clearly named in different sentences of one message."""
    return tuple(dict.fromkeys(name for name in heard.requests if name in guides))
