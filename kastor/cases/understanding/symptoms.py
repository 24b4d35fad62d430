"""What a damaged thing does, how far it reaches, whether the water is off: patterns of German and English text.

The patterns are data (``data/symptoms.json``), so that a word people use can be added without programming.
"""

from __future__ import annotations

import re
from functools import cache

from kastor.cases.understanding.lists import data
from kastor.cases.understanding.numbers import plain
from kastor.cases.understanding.values import Context, Found

_GAP = r"(?:\W+\w+){0,3}?\W+"
_FIRST = ("rohrbruch", "schimmel", "laeuft_durch", "piept", "verstopft")
"""What a damage is named after when several things are said; else the one said first."""


@cache
def _patterns(section: str) -> dict[str, re.Pattern[str]]:
    own = data("symptoms")[section]
    assert isinstance(own, dict)
    return {kind: re.compile("|".join(listed).replace("~", _GAP)) for kind, listed in own.items()}


def read(text: str, context: Context) -> list[Found]:
    """What is wrong, the most telling first; that something simply fails counts last."""
    said = plain(text)
    found = []
    for kind, pattern in _patterns("symptoms").items():
        if m := pattern.search(said.text):
            found.append(Found(kind, said.origin(m.start()), said.origin(m.end()), 0.93))

    def rank(f: Found) -> tuple[int, int, bool]:
        return _FIRST.index(str(f.value)) if f.value in _FIRST else len(_FIRST), f.start, f.value == "ausgefallen"

    return sorted(found, key=rank)


def read_extent(text: str, context: Context) -> list[Found]:
    """A spot, a room, the dwelling or the house."""
    lowered = text.lower()
    matches = ((kind, pattern.search(lowered)) for kind, pattern in _patterns("extent").items())
    return [Found(kind, m.start(), m.end(), 0.9) for kind, m in matches if m]


def read_shut_off(text: str, context: Context) -> list[Found]:
    """Whether the water could be shut off."""
    lowered = text.lower()
    for answer, value in (("no", False), ("yes", True)):
        if m := _patterns("shut_off")[answer].search(lowered):
            return [Found(value, m.start(), m.end(), 0.9)]
    return []


_DENIED = re.compile(r"\b(?:kein\w*|nicht|no|not|isn'?t)\s(?:\w+\s){0,2}$")


def read_flag(name: str, text: str) -> list[Found]:
    """True where something is mentioned and not denied."""
    lowered = text.lower()
    m = _patterns("flags")[name].search(lowered)
    return [Found(not _DENIED.search(lowered[: m.start()]), m.start(), m.end(), 0.93)] if m else []
