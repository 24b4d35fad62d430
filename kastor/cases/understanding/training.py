"""Learning a model from labelled texts: deterministic, one core, minutes for ten thousand texts.

One machine per label with squared hinge loss (Fan et al.: LIBLINEAR, JMLR 9, 2008). Temperature and threshold come from
texts the model did not see: each fifth is judged by a model of the other four.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from kastor.cases.understanding.features import Vocabulary, learn, matrix
from kastor.cases.understanding.model import Model, probabilities

SOFTNESS = 0.5
"""C of the machines: how much a wrong text weighs against small weights."""
FOLDS = 5
RIGHT = 0.95
"""So often the first label shall be right where it is answered."""
FEWEST = 2
"""Texts a label needs."""


class TrainingError(ValueError):
    """Texts nothing can be learned from; the message says which label has how many."""


def train(texts: Sequence[str], labels: Sequence[str], *, least: int = 1, softness: float = SOFTNESS) -> Model:
    """
    A model of labelled texts.

    Parameters
    ----------
    least
        A piece of letters must stand in so many texts.
    softness
        C of the machines.

    Raises
    ------
    TrainingError
        Fewer than two labels, or no label with two texts.
    """
    counts = Counter(labels)
    if len(counts) < 2 or max(counts.values()) < FEWEST:
        raise TrainingError(
            f"Learning needs at least two labels with two texts each; there are {len(texts)} texts of {dict(counts)}."
        )
    names = tuple(sorted(counts))
    target = np.array([names.index(label) for label in labels])
    held_out = _held_out(texts, target, len(names), least, softness)
    known = ~np.isnan(held_out).any(axis=1)
    temperature = _temperature(held_out[known], target[known])
    threshold = _threshold(probabilities(held_out[known], temperature), target[known])
    vocabulary, weights, bias = _fitted(texts, target, len(names), least, softness)
    return Model(names, vocabulary, weights, bias, temperature, threshold)


def _fitted(
    texts: Sequence[str], target: NDArray[np.int_], size: int, least: int, softness: float
) -> tuple[Vocabulary, NDArray[np.float32], NDArray[np.float32]]:
    """Vocabulary, weights (terms, labels) and bias; labels without a text are never chosen."""
    from sklearn.svm import LinearSVC

    vocabulary = learn(texts, least)
    machine = LinearSVC(C=softness, random_state=0).fit(matrix(vocabulary, texts), target)
    weights = np.zeros((len(vocabulary.terms), size), np.float32)
    bias = np.full(size, -2.0, np.float32)
    if len(machine.classes_) == 2:
        first, second = machine.classes_
        weights[:, second], weights[:, first] = machine.coef_[0], -machine.coef_[0]
        bias[second], bias[first] = machine.intercept_[0], -machine.intercept_[0]
    else:
        weights[:, machine.classes_] = machine.coef_.T
        bias[machine.classes_] = machine.intercept_
    return vocabulary, weights, bias


def _held_out(
    texts: Sequence[str], target: NDArray[np.int_], size: int, least: int, softness: float
) -> NDArray[np.float64]:
    """Margins of every text by a model that did not see it; NaN where too few texts are left to learn from."""
    fold = np.empty(len(texts), int)
    for label in range(size):
        own = np.flatnonzero(target == label)
        fold[own] = (np.arange(len(own)) + label) % FOLDS
    found = np.full((len(texts), size), np.nan)
    for part in range(FOLDS):
        seen, unseen = np.flatnonzero(fold != part).tolist(), np.flatnonzero(fold == part).tolist()
        if len(unseen) == 0 or len(set(target[seen].tolist())) < 2:
            continue
        vocabulary, weights, bias = _fitted([texts[i] for i in seen], target[seen], size, least, softness)
        found[unseen] = matrix(vocabulary, [texts[i] for i in unseen]) @ weights + bias
    return found


def _temperature(margins: NDArray[np.float64], target: NDArray[np.int_]) -> float:
    """Temperature under which the right labels are most probable."""
    if not len(target):
        return 1.0

    def loss(log_temperature: float) -> float:
        chances = probabilities(margins, float(np.exp(log_temperature)))
        return float(-np.log(chances[np.arange(len(target)), target] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 2.0), method="bounded").x))


def _threshold(chances: NDArray[np.float64], target: NDArray[np.int_]) -> float:
    """Lowest probability from which on the first label is right often enough; at most 0.95."""
    if not len(target):
        return RIGHT
    first = chances.max(axis=1)
    order = np.argsort(-first)
    right = np.cumsum(chances.argmax(axis=1)[order] == target[order]) / np.arange(1, len(target) + 1)
    enough = np.flatnonzero(right >= RIGHT)
    return float(min(0.95, max(0.3, first[order][enough[-1]]))) if len(enough) else 0.95
