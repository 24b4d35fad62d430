"""How a message is understood in the place of a conversation where it comes: language, request, facts, danger.

Nothing is written here. A message is read with the form of the procedure it belongs to; while that is unknown, with
the form of the one it is most certainly about, and then all that was written before is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kastor.cases.dialogue import Guide, Heard, Talk
from kastor.cases.dialogue.openings import OTHER, meant
from kastor.cases.dialogue.turn import EMERGENCY_PROCEDURE
from kastor.cases.guides import guide
from kastor.cases.message import Message
from kastor.cases.procedure import Procedure
from kastor.cases.understanding import Lexicon, Slot, Understood, emergencies, of_form, understand
from kastor.cases.understanding.intents import intents

SENTENCES = 12
"""Sentences of a message that are looked at for requests of their own."""

SURE = 0.92
"""How sure the classifier must be that a sentence is a request of its own."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SLOTS: dict[tuple[str, str], tuple[Slot, ...]] = {}


@dataclass(frozen=True)
class Understanding:
    """
    A message as it was understood.

    Parameters
    ----------
    heard
        For the dialogue.
    candidate
        The procedure it is read for; empty while that is unclear.
    """

    heard: Heard
    candidate: str


def hear(
    message: Message, talk: Talk, procedures: Mapping[str, Procedure], now: datetime, lexicon: Lexicon,
    before: Iterable[str] = (),
) -> Understanding:  # fmt: skip
    """
    Understand a message.

    Parameters
    ----------
    talk
        Where the conversation stands.
    procedures
        Those offered here, by id; the case's own version for the one it follows.
    now
        When it came.
    lexicon
        Streets and house numbers of the tenant.
    before
        What was written in this case before; read again where it becomes clear only now what it is about.
    """
    guides = {name: guide(one) for name, one in procedures.items()}
    text = f"{message.subject}\n{message.text}" if message.subject and not talk.met else message.text
    own = procedures.get(talk.procedure)
    slots = _slots(own) if own else ()
    expected = next((slot for slot in slots if slot.name == talk.asked), None)
    spoken = "en" if talk.language == "en" else "de"
    found = understand(text, lexicon, now=now, expected=expected, slots=slots, spoken=spoken)
    urgent = found.emergency in emergencies.URGENT
    heard = Heard(message, found, emergency_text=_emergency_text(found, message, talk), in_danger=not urgent)
    if own is not None:
        return Understanding(heard, talk.procedure)
    heard = replace(heard, requests=_requests(text, lexicon))
    candidate = _candidate(talk, guides, heard)
    if not candidate:
        return Understanding(heard, "")
    whole = "\n".join([*before, text])
    read = understand(whole, lexicon, now=now, slots=_slots(procedures[candidate]), spoken=spoken)
    return Understanding(replace(heard, understood=replace(found, slots=read.slots)), candidate)


def _candidate(talk: Talk, guides: Mapping[str, Guide], heard: Heard) -> str:
    """The procedure the dialogue is going to choose."""
    if heard.emergency_text:
        return EMERGENCY_PROCEDURE if EMERGENCY_PROCEDURE in guides else ""
    found = meant(talk, guides, heard)
    return "" if found == OTHER else found


def _requests(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What the sentences of a longer text are about, as far as each is certain by itself."""
    sentences = [part for part in _SENTENCE.split(text) if len(part.split()) >= 4][:SENTENCES]
    if len(sentences) < 2:
        return ()
    found = (intents(sentence, lexicon.model, lexicon.own) for sentence in sentences)
    return tuple(dict.fromkeys(ranked[0][0] for ranked, certain in found if certain and ranked[0][1] >= SURE))


def _emergency_text(found: Understood, message: Message, talk: Talk) -> str:
    if found.emergency is None:
        return ""
    language = message.language or ("en" if found.language == "en" else talk.language)
    return emergencies.text(found.emergency, language)


def _slots(procedure: Procedure) -> tuple[Slot, ...]:
    key = (procedure.id, procedure.version)
    if key not in _SLOTS:
        if len(_SLOTS) > 200:
            _SLOTS.clear()
        _SLOTS[key] = of_form(procedure.form.schema)
    return _SLOTS[key]
