"""Situations of danger: things, states and people that together tell of one, however the sentence is built.

"Der Aufzug steht und meine Mutter ist drin" and "Mutti hockt seit zehn Minuten im Fahrstuhl fest" name the same: a
lift, that it does not move, somebody inside. ``data/situations.json`` holds families of words (with dialect and
English) and, for each kind of danger, which families near each other tell of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA
from simplemma import is_known

from kastor.cases.understanding.lists import data
from kastor.store.folding import folded

WINDOW = 14
"""Words within which the families of a situation stand."""
GAP = 2
"""Words that may stand between the words of a phrase."""
NAMED = 2
"""Words between "kein" and what it denies."""


@dataclass(frozen=True)
class _Lists:
    """The families, ready to be looked up."""

    words: dict[str, tuple[str, ...]]
    """Families of a word, as it is written in the list (``gas``, ``gasleitung*``, ``*rohr``, ``*wasser*``)."""
    phrases: dict[str, tuple[tuple[str, tuple[str, ...]], ...]]
    """Family and words of each phrase, by its first word."""
    inside: tuple[str, ...]
    """Words found in the middle of others."""
    by_letter: dict[str, tuple[str, ...]]
    """Words long enough to be misspelt, by first letter."""
    by_sound: dict[str, tuple[str, ...]]
    """The same words by how they sound, beginnings with their star."""
    known: frozenset[str]
    situations: tuple[tuple[str, frozenset[str], frozenset[str]], ...]
    """Kind, families that must be there, families that must not."""


@cache
def _lists() -> _Lists:
    content = data("situations")
    families: dict[str, list[str]] = content["families"]  # type: ignore[assignment]
    kinds: dict[str, list[str]] = content["situations"]  # type: ignore[assignment]
    words, phrases = defaultdict(list), defaultdict(list)
    for family, own in families.items():
        for entry in own:
            parts = tuple(_written(part) for part in entry.split())
            if len(parts) == 1:
                words[parts[0]].append(family)
            else:
                phrases[parts[0]].append((family, parts))
    known = {*words, *(part for own_phrases in phrases.values() for _, parts in own_phrases for part in parts)}
    by_letter, by_sound = defaultdict(list), defaultdict(list)
    for word in known:
        if len(word.strip("*")) >= SHORTEST - 1 and word[0] != "*":
            by_letter[word[0]].append(word)
            by_sound[_sound(word.rstrip("*")) + "*" * word.endswith("*")].append(word)
    return _Lists(
        {word: tuple(own) for word, own in words.items()},
        {word: tuple(own) for word, own in phrases.items()},
        tuple(word for word in known if word[0] == "*" and word[-1] == "*"),
        {letter: tuple(own) for letter, own in by_letter.items()},
        {sound: tuple(own) for sound, own in by_sound.items()},
        frozenset(known),
        tuple(_situation(kind, names.split()) for kind, own in kinds.items() for names in own),
    )


def _situation(kind: str, names: list[str]) -> tuple[str, frozenset[str], frozenset[str]]:
    absent = {name[1:] for name in names if name[0] == "-"}
    return kind, frozenset(name for name in names if name[0] != "-"), frozenset(absent)


def _written(word: str) -> str:
    """A word of the list in the spelling words are compared in, with its stars."""
    return "*" * word.startswith("*") + folded(word.strip("*")) + "*" * (len(word) > 1 and word.endswith("*"))


SHORTEST = 6
"""Letters of a word that may be misspelt."""


@lru_cache(maxsize=20_000)
def _entries(token: str, typed: str) -> frozenset[str]:
    """Words of the lists a word of a text is; a typing error or two are allowed in long ones no dictionary has."""
    lists = _lists()
    found = {token} if token in lists.known else set()
    found.update(f"{token[:i]}*" for i in range(1, len(token) + 1) if f"{token[:i]}*" in lists.known)
    found.update(f"*{token[i:]}" for i in range(len(token)) if f"*{token[i:]}" in lists.known)
    found.update(word for word in lists.inside if word.strip("*") in token)
    if not found and len(token) >= SHORTEST - 1 and not is_known(typed, lang=("de", "en")):
        sound = _sound(token)
        keys = (sound, *(f"{sound[:i]}*" for i in range(3, len(sound) + 1)))
        found.update(word for key in keys for word in lists.by_sound.get(key, ()))
        found.update(word for word in lists.by_letter.get(token[0], ()) if _nearly(token, word))
    return frozenset(found)


_SOFT = str.maketrans("bdgvyz", "ptkfis")
_SPOKEN = (("sch", "s"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("ie", "i"), ("ey", "ei"), ("ai", "ei"))


def _sound(word: str) -> str:
    """How a word sounds, soft and hard letters alike, as dialects write it: "schdingt" and "stinkt" are the same."""
    for written, spoken in _SPOKEN:
        word = word.replace(written, spoken)
    return _DOUBLED.sub(r"\1", word.translate(_SOFT))


_DOUBLED = re.compile(r"(.)\1+")


def _nearly(token: str, word: str) -> bool:
    stem = word.strip("*")
    if len(stem) < SHORTEST:
        return False
    most = 2 if len(stem) >= 10 else 1
    ends = range(len(stem) - 1, len(stem) + 2) if word[-1] == "*" else (len(token),)
    return any(OSA.distance(token[:end], stem, score_cutoff=most) <= most for end in ends)


@dataclass(frozen=True)
class _Hit:
    """A family found in a text: from word to word."""

    family: str
    first: int
    last: int


def _hits(words: list[tuple[str, str]]) -> Iterator[_Hit]:
    lists = _lists()
    entries = [_entries(*word) for word in words]
    for i, own in enumerate(entries):
        for entry in own:
            yield from (_Hit(family, i, i) for family in lists.words.get(entry, ()))
            for family, parts in lists.phrases.get(entry, ()):
                if (last := _phrase_end(entries, i, parts)) is not None:
                    yield _Hit(family, i, last)


def _phrase_end(entries: list[frozenset[str]], first: int, parts: tuple[str, ...]) -> int | None:
    """Last word of a phrase that begins at a word; None where it does not go on."""
    at = first
    for part in parts[1:]:
        following = range(at + 1, min(at + GAP + 2, len(entries)))
        at = next((i for i in following if part in entries[i]), -1)
        if at < 0:
            return None
    return at


_NOT_BEFORE = frozenset(
    ("kein", "keine", "keinen", "keinem", "keiner", "keinerlei", "koan", "koa", "no", "not", "nicht", "ohne", "without",
     "never", "nie")
)  # fmt: skip
_NOT_AFTER = frozenset(("nicht", "net", "ned", "not", "nie", "never"))


def _denied(tokens: list[str], hit: _Hit, happening: bool) -> bool:
    """Whether "kein" stands before a hit or, where the hit is something that happens, "nicht" behind it."""
    before = tokens[max(0, hit.first - NAMED) : hit.first]
    after = tokens[hit.last + 1 : hit.last + 1 + NAMED] if happening else []
    return not _NOT_BEFORE.isdisjoint(_clause_end(before)) or not _NOT_AFTER.isdisjoint(_clause_start(after))


def _clause_end(tokens: list[str]) -> list[str]:
    return tokens[max((i + 1 for i, token in enumerate(tokens) if token in BORDERS), default=0) :]


def _clause_start(tokens: list[str]) -> list[str]:
    return tokens[: next((i for i, token in enumerate(tokens) if token in BORDERS), None)]


BORDERS = frozenset((",", ".", ";", ":", "!", "?", "und", "and", "aber", "but"))


def situations(sentences: Iterable[str]) -> frozenset[str]:
    """Kinds of danger whose things, states and people stand near each other in sentences in small letters."""
    words = _words(" . ".join(sentences))
    tokens = [token for token, _ in words]
    happens = _happening()
    hits = list(_hits(words))
    named, present = defaultdict(list), defaultdict(list)
    for hit in hits:
        named[hit.first].append(hit)
        if not _denied(tokens, hit, hit.family in happens):
            present[hit.first].append(hit)
    return frozenset(
        kind for start in sorted(present) for kind in _told(_families(start, present), _families(start, named))
    )


def named(text: str) -> tuple[str, ...]:
    """Pairs of families a text names, as terms for a model; one alone says little."""
    words = _words(text.lower())
    tokens = [token for token, _ in words]
    happens = _happening()
    found = sorted({hit.family for hit in _hits(words) if not _denied(tokens, hit, hit.family in happens)})
    return tuple(f"@{one}+{other}" for one, other in combinations(found, 2))


@cache
def _happening() -> frozenset[str]:
    return frozenset(str(name) for name in data("situations")["happening"])  # type: ignore[union-attr]


def _families(start: int, hits: dict[int, list[_Hit]]) -> set[str]:
    """Families in the words from one on."""
    end = start + WINDOW
    return {hit.family for i in range(start, end) for hit in hits.get(i, ()) if hit.last < end}


def _told(present: set[str], named: set[str]) -> Iterator[str]:
    """Kinds that families tell of, some of which may be named only to deny them."""
    for kind, wanted, absent in _lists().situations:
        if wanted <= present and absent.isdisjoint(named):
            yield kind


def _words(text: str) -> list[tuple[str, str]]:
    """Words as they are compared and as they are typed, and the signs between clauses."""
    spaced = "".join(f" {sign} " if sign in ",.;:!?" else sign for sign in text.replace("'", ""))
    return [(part, word if part == folded(word) else part) for word in spaced.split() for part in _parts(word)]


def _parts(word: str) -> list[str]:
    return [word] if word in BORDERS else folded(word).split()
