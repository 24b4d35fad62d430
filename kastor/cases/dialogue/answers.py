"""What somebody answered to a question with choices: pressed, by number, by word, yes or no, or "I don't know"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kastor.cases.message import Choice

_YES = re.compile(
    r"^\W*(?:ja+|jo|jep|jup|klar|genau|stimmt|richtig|passt|korrekt|gerne?|erledigt|ok(?:ay)?|so ist es"
    r"|yes|yep|yeah|correct|right|sure|that'?s right|done|fixed|settled)\b(?!.*\b(?:nicht|not|aber|but)\b)",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*(?:nein|nee|nö|ne|noch nicht|nicht|falsch|stimmt nicht|no|nope|not|wrong)\b", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"wei(?:ß|ss)\s+(?:ich\s+)?(?:(?:das|es|leider|noch|gar|auch)\s+)*nicht|keine ahnung|kein plan|unbekannt"
    r"|kann ich (?:\w+ )?nicht sagen|don'?t know|do not know|no idea|not sure|unsure|unknown|can'?t say",
    re.IGNORECASE,
)
_ORDINALS = {
    "erste": 1, "erster": 1, "ersten": 1, "zweite": 2, "zweiter": 2, "zweiten": 2, "dritte": 3, "dritter": 3,
    "dritten": 3, "vierte": 4, "vierten": 4, "first": 1, "second": 2, "third": 3, "fourth": 4, "eins": 1, "zwei": 2,
    "drei": 3, "vier": 4, "one": 1, "two": 2, "three": 3, "four": 4,
}  # fmt: skip


def says_yes(text: str) -> bool:
    """Whether an answer begins with a yes that nothing takes back."""
    return _YES.search(text) is not None


def says_no(text: str) -> bool:
    """Whether an answer begins with a no."""
    return _NO.search(text) is not None


def says_unknown(text: str) -> bool:
    """Whether an answer is that one does not know."""
    return _UNKNOWN.search(text) is not None


def picked(text: str, choices: Sequence[Choice]) -> str | None:
    """
    The value of the choice a short text means; None when it means none or several.

    Examples
    --------
    >>> picked("die zweite", [Choice("a", "Dienstag"), Choice("b", "Donnerstag")])
    'b'
    >>> picked("Donnerstag passt", [Choice("a", "Dienstag, 24.11."), Choice("b", "Donnerstag, 26.11.")])
    'b'
    """
    said = text.strip().lower()
    if not said or not choices:
        return None
    exact = [c.value for c in choices if said in (c.label.lower(), c.value.lower())]
    if len(exact) == 1:
        return exact[0]
    number = _number(said)
    if number is not None and 1 <= number <= len(choices):
        return choices[number - 1].value
    spoken = set(re.findall(r"\w{4,}", said))
    hits = [c.value for c in choices if spoken & set(re.findall(r"\w{4,}", c.label.lower()))]
    return hits[0] if len(hits) == 1 else None


def _number(said: str) -> int | None:
    """The place in a list a short answer names."""
    found = re.fullmatch(r"(?:nr\.?|nummer|number|option|die|der|den|das|the)?\s*(\d{1,2})[.)!]?", said)
    if found:
        return int(found[1])
    words = re.findall(r"\w+", said)
    named = [_ORDINALS[word] for word in words if word in _ORDINALS]
    return named[0] if len(named) == 1 and len(words) <= 4 else None
