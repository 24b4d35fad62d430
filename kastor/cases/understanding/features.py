"""Which words and pieces of words a text is made of: the features the linear models weigh.

Four blocks, each brought to length one: words and pairs of words; pieces of letters inside words, which carry what
German compounds, endings and typing errors hide from whole words; basic forms of words with their pairs near and
further apart; beginnings of words. Where a text has a place, terms about the place are a fifth. Counts are damped by
their logarithm and weighed by rarity (TF-IDF with smoothing, as in Manning, Raghavan, Schütze: Introduction to
Information Retrieval, 2008, chapter 6). Own code, because a single text must be weighed in a millisecond without
loading a training library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kastor.cases.understanding.numbers import plain

SHORTEST, LONGEST = 2, 5
"""Letters of the pieces, the space before and after the word counted."""
APART = 5
"""Words up to which two basic forms count as a pair."""
BEGINNING = 4
"""Letters of the beginning of a word."""

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
Terms = Sequence[str]


@dataclass(frozen=True)
class Vocabulary:
    """Terms of the training texts: place of each and its rarity."""

    terms: tuple[str, ...]
    rarity: NDArray[np.float32]
    """Inverse document frequency of each term."""
    index: dict[str, int]


def word_terms(text: str) -> list[str]:
    """
    Words and pairs of neighbouring words.

    Examples
    --------
    >>> word_terms("Kein Licht!")
    ['kein', 'licht', 'kein licht']
    """
    found = _WORD.findall(text.lower())
    return found + [f"{a} {b}" for a, b in pairwise(found)]


def piece_terms(text: str) -> list[str]:
    """
    Pieces of letters inside words, marked ``p:``; numbers count as 0.

    Examples
    --------
    >>> piece_terms("ab")
    ['p: a', 'p:ab', 'p:b ', 'p: ab', 'p:ab ', 'p: ab ']
    """
    found: list[str] = []
    for word in _DIGITS.sub("0", text.lower()).split():
        padded = f" {word} "
        n = len(padded)
        for size in range(SHORTEST, LONGEST + 1):
            found += ["p:" + padded[i : i + size] for i in range(n - size + 1)]
    return found


def basic_terms(text: str) -> list[str]:
    """
    Basic forms of words, marked ``l:``, and their pairs.

    Examples
    --------
    >>> basic_terms("Zwei Hunde bellen")
    ['l:0', 'l:hund', 'l:bellen', 'l:0_hund', 'l:hund_bellen', 'l:0__bellen']
    """
    words = [_basic(word) for word in _DIGITS.sub("0", plain(text).text).split()]
    near = [f"l:{a}_{b}" for a, b in pairwise(words)]
    far = [f"l:{a}__{b}" for i, a in enumerate(words) for b in words[i + 2 : i + 1 + APART]]
    return [f"l:{word}" for word in words] + near + far


@lru_cache(maxsize=50_000)
def _basic(word: str) -> str:
    import simplemma

    own = word.strip(".,;:!?()\"'")
    return str(simplemma.lemmatize(own, lang="de")).lower() if own else word


def beginning_terms(text: str) -> list[str]:
    """
    Beginnings of words and their pairs, marked ``b:``, and the word or two the text begins with, marked ``^``.

    Examples
    --------
    >>> beginning_terms("Heizung kalt")
    ['b:heiz', 'b:kalt', 'b:heiz_kalt', '^heizung', '^^heizung kalt']
    """
    words = text.lower().split()
    starts = [word[:BEGINNING] for word in words]
    found = [f"b:{start}" for start in starts] + [f"b:{a}_{b}" for a, b in pairwise(starts)]
    return [*found, *(f"^{word}" for word in words[:1]), f"^^{' '.join(words[:2])}"]


_BLOCKS: tuple[Callable[[str], list[str]], ...] = (word_terms, piece_terms, basic_terms, beginning_terms)


def learn(texts: Sequence[str], places: Sequence[Terms] = (), least: int = 1) -> Vocabulary:
    """
    Vocabulary of texts.

    Parameters
    ----------
    places
        Terms about the place of each text.
    least
        A term that is no single word must stand in so many texts.
    """
    counts: Counter[str] = Counter()
    for i, text in enumerate(texts):
        counts.update({term for block in _BLOCKS for term in block(text)})
        counts.update(set(places[i]) if places else ())
    kept = {term: n for term, n in sorted(counts.items()) if "\n" not in term and (n >= least or term.isalnum())}
    rarity = np.array([log((1 + len(texts)) / (1 + n)) + 1 for n in kept.values()], np.float32)
    return Vocabulary(tuple(kept), rarity, {term: i for i, term in enumerate(kept)})


def weighed(vocabulary: Vocabulary, text: str, place: Terms = ()) -> tuple[list[int], list[float]]:
    """Places in the vocabulary and weights of the terms of one text."""
    places: list[int] = []
    weights: list[float] = []
    index, rarity = vocabulary.index, vocabulary.rarity
    for terms in (*(block(text) for block in _BLOCKS), place):
        counted = [(index[term], n) for term, n in Counter(terms).items() if term in index]
        block = [(1 + log(n)) * float(rarity[i]) for i, n in counted]
        length = sqrt(sum(w * w for w in block)) or 1.0
        places += [i for i, _ in counted]
        weights += [w / length for w in block]
    return places, weights


def matrix(vocabulary: Vocabulary, texts: Sequence[str], places: Sequence[Terms] = ()) -> csr_matrix[np.float32]:
    """Texts as rows, terms as columns."""
    indices: list[int] = []
    data: list[float] = []
    starts = [0]
    for i, text in enumerate(texts):
        columns, weights = weighed(vocabulary, text, places[i] if places else ())
        indices += columns
        data += weights
        starts.append(len(indices))
    shape = (len(starts) - 1, len(vocabulary.terms))
    return csr_matrix((np.array(data, np.float32), np.array(indices), np.array(starts)), shape=shape)
