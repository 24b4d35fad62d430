"""What somebody writes or says: language, kind of request, facts, danger, the wish for a person.

Nothing here decides and nothing here learns in secret: emergencies and facts are read by grammars and lists that can be
looked up, the kind of request is weighed by a linear model over words and pieces of words that knows when it is unsure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kastor.cases.understanding.answers import is_correction, wants_person
from kastor.cases.understanding.danger_net import SOUNDS, SOUNDS_BESIDE, SOUNDS_IN_TOWN
from kastor.cases.understanding.emergencies import sensed, told
from kastor.cases.understanding.grammars import GRAMMARS
from kastor.cases.understanding.language import language
from kastor.cases.understanding.lexicon import Lexicon, of_addresses, of_streets
from kastor.cases.understanding.model import Model
from kastor.cases.understanding.slots import UnknownGrammarError, asked, of_form, unasked
from kastor.cases.understanding.values import BERLIN, Context, Grammar, Slot, SlotValue, Understood

__all__ = [
    "GRAMMARS",
    "Grammar",
    "Lexicon",
    "Slot",
    "SlotValue",
    "Understood",
    "UnknownGrammarError",
    "of_addresses",
    "of_form",
    "of_streets",
    "understand",
]

LONGEST = 6_000
"""Letters of a text that are read; longer ones are cut."""
_NO_WORDS = Lexicon()


def understand(
    text: str,
    lexicon: Lexicon = _NO_WORDS,
    *,
    now: datetime,
    expected: Slot | None = None,
    slots: Sequence[Slot] = (),
    spoken: str = "de",
) -> Understood:
    """
    What a text says.

    Parameters
    ----------
    lexicon
        Streets and numbers of the tenant.
    now
        When it was written, aware.
    expected
        The slot just asked for: "2" or "ja" is read for it.
    slots
        All slots of the form, for facts said without being asked.
    spoken
        Language of the conversation so far.
    """
    text = text[:LONGEST]
    found_language = language(text, spoken)
    context = Context(now.astimezone(BERLIN), found_language, lexicon)
    answered = asked(text, expected, context) if expected else []
    others = [slot for slot in slots if expected is None or slot.name != expected.name]
    taken = [v.span for v in answered]
    volunteered = [v for v in unasked(text, others, context) if not _same_place(v, taken)]
    ranked, certain = _intents(text, lexicon.model, lexicon.own)
    return Understood(
        language=found_language,
        intents=ranked,
        slots=(*answered, *volunteered),
        emergency=told(text) or (None if answered else _sensed(text, ranked, certain)),
        wants_person=wants_person(text),
        correction=is_correction(text),
        certain=certain,
    )


def _sensed(text: str, ranked: Sequence[tuple[str, float]], certain: bool) -> str | None:
    """Danger a text only sounds like; it must sound more like it where it seems to be clearly about something else."""
    about, chance = ranked[0]
    if certain and about in CALM and chance >= CLEAR:
        return sensed(text, SOUNDS_BESIDE)
    return sensed(text, SOUNDS_IN_TOWN if about == TOWN else SOUNDS)


TOWN = "maengel"
CALM = ("haustier", "balkon_stellplatz", "bauantrag")
"""Kinds of request that are never an emergency by themselves."""
CLEAR = 0.9
"""Chance from which on a text is clearly of its kind."""


def _same_place(value: SlotValue, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether the same letters already answered the question: a number is not said twice."""
    return any(value.span == span and isinstance(value.value, int | float) for span in taken)


def _intents(text: str, model: Model | None, own: Model | None) -> tuple[tuple[tuple[str, float], ...], bool]:
    from kastor.cases.understanding.intents import intents

    return intents(text, model, own)
