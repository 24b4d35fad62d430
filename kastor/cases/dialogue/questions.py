"""Questions of a form: what is asked, what can be answered, and whether an answer fits.

Buttons, fields and grammars give values as text or as they like; :meth:`Question.fitting` makes of them what the form
(:mod:`kastor.cases.forms`) allows, or says in words why that is not possible.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kastor.cases.dialogue.words import chosen, number_words, said, value_words
from kastor.cases.forms import Form, Slot
from kastor.cases.message import Choice

_NOTHING: Mapping[str, Any] = {}
RATING = "rating"
"""The grammar of a rating from 1 to 5."""

MOST_CHOICES = 12
"""Choices that are shown as buttons; more are written."""


class Unfit(ValueError):
    """A value does not fit its question; ``words`` says so in German and English, naming value and what is allowed."""

    def __init__(self, slot: str, value: Any, words: Mapping[str, str]) -> None:
        super().__init__(f"{slot}: {words['en']}")
        self.slot = slot
        self.value = value
        self.words = words


@dataclass(frozen=True)
class Question:
    """
    What can be asked for a slot.

    Parameters
    ----------
    slot
        Its name in the form and in the rules.
    kind
        JSON type: ``string``, ``integer``, ``number``, ``boolean`` or ``array``.
    title
        What the value is called, by language.
    text, help
        The question, and what is added when the first answer was not understood, by language.
    labels
        Of the values that can be chosen, by value and language, in their order; empty for a free value.
    low, high
        Range of a number, None for no limit. In the unit.
    longest, pattern
        Most letters and regular expression of a free text; None and empty for no limit.
    unit
        Of a number, such as ``cm``.
    source
        Who knows it first, one of ``kastor.cases.forms.SOURCES``.
    grammar
        Which grammar reads an answer.
    required
        Whether it is asked although no rule reads it, since the work cannot be done without it.
    personal
        Whether the value is about a person.
    may_be_unknown
        Whether "I do not know" is an answer.
    """

    slot: str
    kind: str = "string"
    title: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    text: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    help: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    low: float | None = None
    high: float | None = None
    longest: int | None = None
    pattern: str = ""
    unit: str = ""
    source: str = "requester"
    grammar: str = ""
    required: bool = False
    personal: bool = False
    may_be_unknown: bool = True

    @property
    def can_be_asked(self) -> bool:
        """Whether people are asked for it; without a question only records know it."""
        return bool(self.text)

    def choices(self, language: str) -> tuple[Choice, ...]:
        """What can be pressed as an answer, "I don't know" last; nothing for a free value."""
        if self.kind == "boolean":
            found = [Choice("true", said("yes", language)), Choice("false", said("no", language))]
        elif self.grammar == RATING:
            return tuple(Choice(str(stars), str(stars)) for stars in range(1, 6))
        elif self.labels and len(self.labels) <= MOST_CHOICES and self.kind != "array":
            found = [Choice(value, chosen(label, language)) for value, label in self.labels.items()]
        else:
            return ()
        if self.may_be_unknown:
            found.append(Choice("", said("unknown", language)))
        return tuple(found)

    def words(self, value: Any, language: str) -> str:
        """A value as people read it."""
        return value_words(value, self.labels, language, self.unit)

    def called(self, language: str) -> str:
        """What the value is called."""
        return chosen(self.title, language) or self.slot

    def fitting(self, value: Any) -> Any:
        """
        A value as the form wants it, from a button, a field or a grammar; None for "not known".

        Raises
        ------
        Unfit
            When it cannot be a value of this slot.
        """
        if value is None or value == "":
            return None
        return _FITTING[self.kind](self, value)


def _text(question: Question, value: Any) -> str:
    text = str(value).strip()[:2000]
    if question.labels and text not in question.labels:
        names = {lang: ", ".join(chosen(label, lang) for label in question.labels.values()) for lang in ("de", "en")}
        raise Unfit(
            question.slot, value,
            {"de": f"„{text[:80]}“ passt hier nicht. Möglich sind: {names['de']}.",
             "en": f"“{text[:80]}” does not fit here. Possible are: {names['en']}."},
        )  # fmt: skip
    too_long = question.longest is not None and len(text) > question.longest
    if too_long or (question.pattern and not re.search(question.pattern, text)):
        words = {"de": f"„{text[:80]}“ passt hier nicht.", "en": f"“{text[:80]}” does not fit here."}
        raise Unfit(question.slot, value, words)
    return text


def _yes(question: Question, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "ja": True, "yes": True, "false": False, "nein": False, "no": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        words = {
            "de": f"„{str(value)[:80]}“ ist weder Ja noch Nein.",
            "en": f"“{str(value)[:80]}” is neither yes nor no.",
        }
        raise Unfit(question.slot, value, words)
    return found


def _number(question: Question, value: Any) -> float | int:
    try:
        found = float(str(value).strip().replace(",", "."))
    except ValueError:
        found = float("nan")
    whole = question.kind == "integer"
    inside = (question.low is None or found >= question.low) and (question.high is None or found <= question.high)
    if not inside or found != found or abs(found) > 1e15 or (whole and found != int(found)):
        raise Unfit(question.slot, value, _range_words(question, str(value)[:80], whole))
    return int(found) if whole or found == int(found) else found


def _range_words(question: Question, value: str, whole: bool) -> Mapping[str, str]:
    low, high = question.low, question.high
    unit = f" {question.unit}" if question.unit else ""
    wanted = {"de": "eine ganze Zahl" if whole else "eine Zahl", "en": "a whole number" if whole else "a number"}
    if low is not None and high is not None:
        limits = {"de": f" von {number_words(low, 'de')} bis {number_words(high, 'de')}{unit}",
                  "en": f" from {number_words(low, 'en')} to {number_words(high, 'en')}{unit}"}  # fmt: skip
    elif low is not None:
        limits = {"de": f" ab {number_words(low, 'de')}{unit}", "en": f" of {number_words(low, 'en')}{unit} or more"}
    else:
        limits = {"de": "", "en": ""}
    return {
        "de": f"„{value}“ passt hier nicht. Gebraucht wird {wanted['de']}{limits['de']}.",
        "en": f"“{value}” does not fit here. Wanted is {wanted['en']}{limits['en']}.",
    }


def _list(question: Question, value: Any) -> list[str]:
    given = value if isinstance(value, list | tuple) else [part.strip() for part in str(value).split(",")]
    return [_text(question, one) for one in given if str(one).strip()]


_FITTING: Mapping[str, Any] = {
    "string": _text, "boolean": _yes, "integer": _number, "number": _number, "array": _list,
}  # fmt: skip


def questions(form: Form) -> dict[str, Question]:
    """The questions of a form, in its order."""
    properties = form.schema["properties"]
    return {name: _question(slot, properties[name]) for name, slot in form.slots.items()}


def _question(slot: Slot, schema: Mapping[str, Any]) -> Question:
    return Question(
        slot=slot.id,
        kind=slot.kind,
        title=slot.title,
        text=slot.question if slot.ask else {},
        help=slot.help,
        labels={choice.id: choice.names for choice in slot.choices},
        low=schema.get("minimum"),
        high=schema.get("maximum"),
        longest=schema.get("maxLength"),
        pattern=schema.get("pattern", ""),
        unit=slot.unit,
        source=slot.source,
        grammar=slot.grammar,
        required=slot.required,
        personal=slot.personal,
        may_be_unknown=slot.unknown,
    )
