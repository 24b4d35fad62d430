"""Facts from a text: which value belongs to which question of a form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kastor.cases.understanding.answers import DONT_KNOW, read_choice
from kastor.cases.understanding.grammars import GRAMMARS, VERSION
from kastor.cases.understanding.values import Context, Found, Slot, SlotValue
from kastor.store.folding import folded

_CLAUSE = re.compile(
    r"(?:[^.!?;\n]|(?<=\d)\.(?=\d|\s?(?:jan|feb|mär|maer|apr|mai|jun|jul|aug|sep|okt|nov|dez)))+", re.IGNORECASE
)
_PART = re.compile(r",|\b(?:und|aber|and|but)\b")
_SENTENCE = re.compile(r"[.!?;\n]|,\s(?=(?:aber|und|but|and)\b)")
NEAR = 45
"""Letters between a cue and the number that belongs to it."""


class UnknownGrammarError(ValueError):
    """A form names a grammar that does not exist; the message lists those that do."""


def of_form(form: Mapping[str, Any]) -> tuple[Slot, ...]:
    """
    Slots of a form (JSON Schema): its properties with ``x-kastor-grammar``, or with an enum to choose from.

    Raises
    ------
    UnknownGrammarError
        A property names a grammar that does not exist.
    """
    slots = []
    for name, own in form.get("properties", {}).items():
        choices = _choices(own)
        grammar = own.get("x-kastor-grammar") or ("choice" if choices else None)
        if grammar is None:
            continue
        if grammar not in GRAMMARS:
            known = ", ".join(GRAMMARS)
            raise UnknownGrammarError(f"Property {name} names the grammar {grammar!r}; there are: {known}.")
        cues = tuple(own.get("x-kastor-cues", ()))
        slots.append(Slot(name, grammar, choices, own.get("minimum"), own.get("maximum"), cues))
    return tuple(slots)


def _choices(own: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Words of each value of an enum: labels in all languages and synonyms."""
    values = [value for value in own.get("enum", own.get("items", {}).get("enum", ())) if isinstance(value, str)]
    labels, words = own.get("x-kastor-labels", {}), own.get("x-kastor-words", {})
    return {v: tuple(dict.fromkeys([*labels.get(v, {}).values(), *words.get(v, ())])) for v in values}


def asked(text: str, slot: Slot, context: Context) -> list[SlotValue]:
    """What a text says in answer to a question; nothing where it says something else."""
    own = replace(context, asked=True, choices=slot.choices)
    found = [f for f in GRAMMARS[slot.grammar].read(text, own) if fits(f, slot)]
    if slot.choices and not found and slot.grammar not in ("choice", "danger"):
        found = read_choice(text, own)
    if not found and slot.grammar not in ("text", "name") and DONT_KNOW.search(text.lower()):
        found = [Found(None, 0, len(text), 0.9)]
    return [_value(slot, found[0])] if found else []


def fits(found: Found, slot: Slot) -> bool:
    """Whether a value may stand in the slot."""
    value = found.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (slot.least is None or value >= slot.least) and (slot.most is None or value <= slot.most)
    return not slot.choices or not isinstance(value, str) or value in slot.choices


def unasked(text: str, slots: Sequence[Slot], context: Context) -> list[SlotValue]:
    """What a text says of its own accord; numbers and yes or no only beside a cue of their slot."""
    values = []
    for slot in slots:
        grammar = GRAMMARS[slot.grammar]
        own = replace(context, asked=False, choices=slot.choices)
        if not grammar.needs_cue:
            found = [f for f in grammar.read(text, own) if fits(f, slot)]
            values += [_value(slot, found[0])] if found else []
        elif slot.cues:
            values += _beside_cue(text, slot, own)
    return values


def _beside_cue(text: str, slot: Slot, context: Context) -> list[SlotValue]:
    """Value in the clause of a cue."""
    for clause in _CLAUSE.finditer(text):
        cue = _cue(clause[0], slot.cues, context)
        if cue is None:
            continue
        found = [f for f in GRAMMARS[slot.grammar].read(clause[0], context) if fits(f, slot)]
        if slot.grammar == "yes_no":
            found = [_said_or_denied(clause[0], cue)]
        near = [f for f in found if f.start - NEAR <= cue[1] and cue[0] <= f.end + NEAR]
        if near:
            best = min(near, key=lambda f: max(f.start - cue[1], cue[0] - f.end))
            return [_value(slot, replace(best, start=best.start + clause.start(), end=best.end + clause.start()), 0.9)]
    return []


def _cue(clause: str, cues: Sequence[str], context: Context) -> tuple[int, int] | None:
    """Where a cue stands, a word's beginning or several words; ``@animal`` is any value of that grammar."""
    for name in (cue[1:] for cue in cues if cue.startswith("@")):
        if found := GRAMMARS[name].read(clause, context):
            return found[0].start, found[0].end
    written = [folded(cue) for cue in cues if not cue.startswith("@")]
    longest = 1 + max((cue.count(" ") for cue in written), default=0)
    words = list(re.finditer(r"\w+", clause))
    for at, word in enumerate(words):
        here = folded(clause[word.start() : words[min(at + longest, len(words)) - 1].end()])
        if any(here.startswith(cue) for cue in written):
            return word.start(), word.end()
    return None


_DENIES = re.compile(
    r"\b(?:kein\w*|nichts?|ohne|nie|noch keine|no|not|nothing|without|don'?t|haven'?t|isn'?t|weder|net|ned)\b"
)


def _said_or_denied(clause: str, cue: tuple[int, int]) -> Found:
    """A thing mentioned is there, unless denied in the same part of the clause."""
    start = max((m.end() for m in _PART.finditer(clause) if m.end() <= cue[0]), default=0)
    end = min((m.start() for m in _PART.finditer(clause) if m.start() >= cue[1]), default=len(clause))
    return Found(not _DENIES.search(clause[start:end].lower()), cue[0], cue[1], 0.85)


def _value(slot: Slot, found: Found, sure: float = 1.0) -> SlotValue:
    extractor = f"{GRAMMARS[slot.grammar].module}/{VERSION}"
    return SlotValue(slot.name, found.value, (found.start, found.end), round(found.confidence * sure, 3), extractor)
