"""Which words and pieces of words a text is made of: the features the linear models weigh.

Two blocks, each brought to length one: words and pairs of words, and pieces of 1 to 6 letters inside words. The
pieces carry what German compounds, endings and typing errors hide from whole words. Counts are damped by their
logarithm and weighed by rarity (TF-IDF with smoothing, as in Manning, Raghavan, Schütze: Introduction to Information
Retrieval, 2008, chapter 6). Own code, because a single text must be weighed in a millisecond without loading a
training library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

SHORTEST, LONGEST = 1, 6
"""Letters of the pieces, the space before and after the word counted."""

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d")


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
    r"""
    Pieces of letters inside words; every digit counts as 0.

    They begin with a tab, so that no piece is taken for a word.

    Examples
    --------
    >>> [piece.strip("\t") for piece in piece_terms("ab")][-3:]
    [' ab', 'ab ', ' ab ']
    """
    found: list[str] = []
    for word in _DIGITS.sub("0", text.lower()).split():
        padded = f" {word} "
        n = len(padded)
        for size in range(SHORTEST, LONGEST + 1):
            found += ["\t" + padded[i : i + size] for i in range(n - size + 1)]
    return found


def learn(texts: Sequence[str], least: int = 1) -> Vocabulary:
    """
    Vocabulary of texts.

    Parameters
    ----------
    least
        A piece of letters must stand in so many texts.
    """
    words: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    for text in texts:
        words.update(set(word_terms(text)))
        pieces.update(set(piece_terms(text)))
    counts = dict(sorted(words.items())) | {k: n for k, n in sorted(pieces.items()) if n >= least}
    terms = tuple(counts)
    rarity = np.array([log((1 + len(texts)) / (1 + n)) + 1 for n in counts.values()], np.float32)
    return Vocabulary(terms, rarity, {term: i for i, term in enumerate(terms)})


def weighed(vocabulary: Vocabulary, text: str) -> tuple[list[int], list[float]]:
    """Places and weights of the terms of one text."""
    places: list[int] = []
    weights: list[float] = []
    index, rarity = vocabulary.index, vocabulary.rarity
    for terms in (word_terms(text), piece_terms(text)):
        counted = [(index[term], n) for term, n in Counter(terms).items() if term in index]
        block = [(1 + log(n)) * float(rarity[i]) for i, n in counted]
        length = sqrt(sum(w * w for w in block)) or 1.0
        places += [i for i, _ in counted]
        weights += [w / length for w in block]
    return places, weights


def matrix(vocabulary: Vocabulary, texts: Iterable[str]) -> csr_matrix[np.float32]:
    """Texts as rows, terms as columns."""
    indices: list[int] = []
    data: list[float] = []
    starts = [0]
    for text in texts:
        places, weights = weighed(vocabulary, text)
        indices += places
        data += weights
        starts.append(len(indices))
    shape = (len(starts) - 1, len(vocabulary.terms))
    return csr_matrix((np.array(data, np.float32), np.array(indices), np.array(starts)), shape=shape)
