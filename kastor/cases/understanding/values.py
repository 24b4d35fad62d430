"""What was understood, as plain values: facts with their source, the kinds of request, the emergency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from kastor.cases.understanding.lexicon import Lexicon
from kastor.city.model import Json

BERLIN = ZoneInfo("Europe/Berlin")
"""Where the people are who write."""


@dataclass(frozen=True)
class SlotValue:
    """A fact read from a text."""

    slot: str
    value: Json
    """As the form wants it; None where the person says not to know it."""
    span: tuple[int, int]
    """Where it stands in the text: first and one past the last character."""
    confidence: float
    """0 to 1: exact readings 0.95 and more, corrected spellings less."""
    extractor: str
    """What read it, with its version: ``dates/1``."""


@dataclass(frozen=True)
class Slot:
    """A question of a form: what understanding must know of it."""

    name: str
    grammar: str
    """A name in ``GRAMMARS``."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words of each value that may be chosen: labels in all languages, synonyms. In the order they are shown."""
    least: float | None = None
    most: float | None = None
    """Bounds of a number; None for none."""
    cues: tuple[str, ...] = ()
    """Words (or beginnings of words) beside which a number or a yes belongs to this question unasked."""


@dataclass(frozen=True)
class Understood:
    """What a text says."""

    language: str
    """``de`` or ``en``."""
    intents: tuple[tuple[str, float], ...]
    """Kinds of request with their probability, most probable first."""
    slots: tuple[SlotValue, ...]
    emergency: str | None
    """A kind in ``emergencies.KINDS``, None when nobody and nothing is in danger."""
    wants_person: bool
    """A person is asked for."""
    correction: bool = False
    """Something said before is taken back: the facts of this text replace those known."""
    certain: bool = False
    """The first intent is probable enough to go on with it; otherwise three are offered."""


@dataclass(frozen=True)
class Found:
    """A value a grammar read, with its place in the text."""

    value: Json
    start: int
    end: int
    confidence: float = 0.97


@dataclass(frozen=True)
class Context:
    """What reading depends on beside the text."""

    now: datetime
    """Local time of the people, aware."""
    language: str = "de"
    lexicon: Lexicon = field(default_factory=Lexicon)
    asked: bool = False
    """The text answers the question this grammar reads for."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Grammar:
    """A way to read one kind of value from German and English text."""

    name: str
    says: str
    """What it reads and how the value looks in JSON."""
    read: Callable[[str, Context], list[Found]]
    needs_cue: bool = False
    """Unasked, its values belong to a slot only beside one of the slot's cues: numbers, yes and no, choices."""
    module: str = ""
    """Extractor named in facts."""
