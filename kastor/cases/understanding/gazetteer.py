"""Words that mean a thing of a list: synonyms, compounds and typing errors brought to one id.

"Labradormischling" is a Labrador, "Toilettenspülung" a flush, "Spühlkasten" a cistern. Own splitting: a German compound
is what its last part says, so the longest known ending counts; for lists whose words also determine ("Labradorwelpe"),
the longest known beginning. Typing errors: at most one letter in five (Damerau-Levenshtein), never in short words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kastor.cases.understanding.values import Found
from kastor.store.folding import folded

_TOKEN = re.compile(r"[^\W_]+")
_ENDINGS = ("chens", "chen", "ern", "en", "er", "es", "e", "n", "s")
LONGEST = 5
"""Words of a synonym."""


@dataclass(frozen=True)
class Gazetteer:
    """A list of things with their words, ready to be found in texts."""

    meant: Mapping[str, str]
    """Id by folded word without blanks."""
    endings: bool
    """Whether a compound ending in a word means it."""
    beginnings: bool
    """Whether a compound beginning with a word means it."""
    never: frozenset[str]
    """Folded words that look like it and mean something else."""


def make(
    words: Mapping[str, Iterable[str]], *, endings: bool = True, beginnings: bool = False, never: Iterable[str] = ()
) -> Gazetteer:
    """Gazetteer of synonyms by id; where two things claim a word the first keeps it."""
    meant: dict[str, str] = {}
    for thing, synonyms in words.items():
        for synonym in synonyms:
            meant.setdefault(_joined(synonym), thing)
    meant.pop("", None)
    return Gazetteer(meant, endings, beginnings, frozenset(_joined(word) for word in never))


EXACT = 0.93
"""How sure the longest run of words must be that no shorter one is tried."""


def find(gazetteer: Gazetteer, text: str) -> list[Found]:
    """All things named in a text, in its order; values are their ids."""
    tokens = [(m.start(), m.end(), _joined(m[0])) for m in _TOKEN.finditer(text)]
    found: list[Found] = []
    at = 0
    while at < len(tokens):
        used, best = 1, 0.0
        for length in range(min(LONGEST, len(tokens) - at), 0, -1):
            run = tokens[at : at + length]
            hit = _meaning(gazetteer, [word for _, _, word in run])
            # "labrador it" is nearly a breed, but "labrador" is one
            if hit and hit[1] > best:
                found = [*(found[:-1] if best else found), Found(hit[0], run[0][0], run[-1][1], hit[1])]
                used, best = length, hit[1]
            if best >= EXACT:
                break
        at += used
    return found


def _meaning(gazetteer: Gazetteer, run: list[str]) -> tuple[str, float] | None:
    word = "".join(run)
    if not word or word in gazetteer.never:
        return None
    exact = _inflected(gazetteer, word)
    if exact:
        return exact, 0.98
    # two words were meant as one when both are words: "auf zu" is no lift
    if len(run) > 2 or (len(run) == 2 and min(map(len, run)) < 3):
        return None
    if len(run) == 1 and (part := _part(gazetteer, word)):
        return part, 0.93
    return _nearly(gazetteer, word)


def _inflected(gazetteer: Gazetteer, word: str) -> str | None:
    """Thing of a word, with or without an ending of declension."""
    if word in gazetteer.meant:
        return gazetteer.meant[word]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and stem in gazetteer.meant:
            return gazetteer.meant[stem]
    return None


def _part(gazetteer: Gazetteer, word: str) -> str | None:
    """Thing of the last part of a compound, or of its first."""
    if gazetteer.endings:
        for start in range(2, len(word) - 3):
            thing = _inflected(gazetteer, word[start:])
            if thing and word[start:] not in gazetteer.never:
                return thing
    if gazetteer.beginnings:
        for end in range(len(word) - 2, 3, -1):
            if word[:end] in gazetteer.meant:
                return gazetteer.meant[word[:end]]
    return None


def _nearly(gazetteer: Gazetteer, word: str) -> tuple[str, float] | None:
    """Thing whose word was typed with an error or two."""
    most = 0 if len(word) < 5 else 1 if len(word) < 8 else 2
    if not most or word.isdigit():
        return None
    hit = process.extractOne(word, gazetteer.meant.keys(), scorer=OSA.distance, score_cutoff=most)
    if hit is None or len(hit[0]) < 4 or hit[0][0] != word[0]:
        return None
    return gazetteer.meant[hit[0]], 0.9 - 0.1 * hit[1]


def _joined(text: str) -> str:
    return folded(text).replace(" ", "")
