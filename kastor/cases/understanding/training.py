"""Learning a model from labelled texts: deterministic, one core, minutes for ten thousand texts.

One machine per label with squared hinge loss (Fan et al.: LIBLINEAR, JMLR 9, 2008). Every text is also judged by
machines that did not see it; on those margins a multinomial regression learns which labels are taken for each other and
how sure to be (stacking: Wolpert, Neural Networks 5, 1992). Both are linear, so what is kept is one matrix.
Texts of rare labels weigh more in both, for how frequent a label is changes sooner than what people write about it;
a temperature makes honest chances of it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from kastor.cases.understanding.features import Terms, Vocabulary, learn, matrix
from kastor.cases.understanding.model import Model, probabilities

SOFTNESS = 0.3
"""C of the machines: how much a wrong text weighs against small weights."""
FREEDOM = 0.1
"""C of the regression on the margins."""
SPREAD = 3.0
"""Margins are so many times larger for the regression, which ends sooner so."""
FOLDS = 5
BALANCE = 0.5
"""Weight of a text by how rare its label is: 0 all alike, 1 all labels alike, 0.5 between."""
TEMPERATURES = np.geomspace(0.4, 1.6, 61)
"""Tried for honest chances; balancing makes them too low, so most are below one."""
RIGHT = 0.95
"""So often the first label shall be right where it is answered."""
UNSEEN = -1.5
"""Margin of a label that machines have no text of."""


class TrainingError(ValueError):
    """Texts nothing can be learned from; the message says which label has how many."""


@dataclass(frozen=True)
class _Lesson:
    """Texts with the number of their label."""

    texts: Sequence[str]
    places: Sequence[Terms]
    target: NDArray[np.int_]
    size: int
    least: int
    balance: float

    @property
    def importance(self) -> NDArray[np.float64]:
        """Weight of each text, one on average over labels of the same size."""
        counts = np.bincount(self.target, minlength=self.size)
        found: NDArray[np.float64] = (len(self.target) / self.size / counts[self.target]) ** self.balance
        return found


def train(
    texts: Sequence[str], labels: Sequence[str], places: Sequence[Terms] = (), *, least: int = 1,
    groups: Sequence[int] = (), balance: float = BALANCE,
) -> Model:  # fmt: skip
    """
    A model of labelled texts.

    Parameters
    ----------
    places
        Terms about the place of each text.
    least
        A term that is no single word must stand in so many texts.
    groups
        Texts of the same number are alike and never judge each other (texts of one pattern).
    balance
        How much more texts of rare labels weigh: 0 not at all, 1 so that all labels weigh alike.

    Raises
    ------
    TrainingError
        Fewer than two labels, or no label with two texts.
    """
    counts = Counter(labels)
    if len(counts) < 2 or max(counts.values()) < 2:
        raise TrainingError(
            f"Learning needs at least two labels with two texts each; there are {len(texts)} texts of {dict(counts)}."
        )
    names = tuple(sorted(counts))
    target = np.array([names.index(label) for label in labels])
    lesson = _Lesson(texts, places, target, len(names), least, balance)
    held_out = _held_out(lesson, groups)
    slope, offset = _stacked(held_out, lesson)
    vocabulary, weights, bias = _fitted(lesson, np.arange(len(texts)))
    # a regression whose texts weigh alike has the best temperature already
    temperature = _temperature(held_out @ slope + offset, target) if balance else 1.0
    chances = probabilities(held_out @ slope + offset, temperature)
    return Model(
        names,
        vocabulary,
        (weights @ slope).astype(np.float32),
        (bias @ slope + offset).astype(np.float32),
        temperature,
        _threshold(chances, target),
        fingerprint(texts, labels, places),
    )


def fingerprint(texts: Sequence[str], labels: Sequence[str], places: Sequence[Terms] = ()) -> str:
    """What a model is learned from, as SHA-256: another one means that the model is stale."""
    rows = [
        (text, label, *(places[i] if places else ())) for i, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    return sha256(repr(rows).encode()).hexdigest()


def _fitted(lesson: _Lesson, rows: NDArray[np.int_]) -> tuple[Vocabulary, NDArray[np.float32], NDArray[np.float32]]:
    """Vocabulary, weights (terms, labels) and bias learned from some of the texts."""
    from sklearn.svm import LinearSVC

    texts, places = _chosen(lesson, rows)
    vocabulary = learn(texts, places, lesson.least)
    machine = LinearSVC(C=SOFTNESS, random_state=0)
    machine.fit(matrix(vocabulary, texts, places), lesson.target[rows], sample_weight=lesson.importance[rows])
    weights = np.zeros((len(vocabulary.terms), lesson.size), np.float32)
    bias = np.full(lesson.size, UNSEEN, np.float32)
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.hstack([-intercepts, intercepts])
    weights[:, machine.classes_] = coefficients.T
    bias[machine.classes_] = intercepts
    return vocabulary, weights, bias


def _chosen(lesson: _Lesson, rows: NDArray[np.int_]) -> tuple[list[str], list[Terms]]:
    chosen = rows.tolist()
    return [lesson.texts[i] for i in chosen], [lesson.places[i] for i in chosen] if lesson.places else []


def _held_out(lesson: _Lesson, groups: Sequence[int]) -> NDArray[np.float64]:
    """Margins of every text by machines that did not see it."""
    fold = _folds(lesson, groups)
    found = np.full((len(lesson.texts), lesson.size), UNSEEN)
    for part in range(FOLDS):
        seen, unseen = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        if not len(unseen) or len(set(lesson.target[seen].tolist())) < 2:
            continue
        vocabulary, weights, bias = _fitted(lesson, seen)
        found[unseen] = matrix(vocabulary, *_chosen(lesson, unseen)) @ weights + bias
    return found


def _folds(lesson: _Lesson, groups: Sequence[int]) -> NDArray[np.int_]:
    """Part of each text: the texts of a label dealt out in turn, those of a group together."""
    fold = np.empty(len(lesson.texts), int)
    own = groups or range(len(lesson.texts))
    for label in range(lesson.size):
        dealt: dict[int, int] = {}
        for i in np.flatnonzero(lesson.target == label).tolist():
            fold[i] = (dealt.setdefault(own[i], len(dealt)) + label) % FOLDS
    return fold


def _stacked(margins: NDArray[np.float64], lesson: _Lesson) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrix (labels, labels) and offset that turn margins into logarithms of chances."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=FREEDOM, max_iter=600, tol=1e-3)
    regression.fit(SPREAD * margins, lesson.target, sample_weight=lesson.importance)
    slope, offset = SPREAD * regression.coef_.T, regression.intercept_
    if lesson.size == 2:
        return np.hstack([-slope, slope]) / 2, np.hstack([-offset, offset]) / 2
    return slope, offset


def _temperature(margins: NDArray[np.float64], target: NDArray[np.int_]) -> float:
    """The temperature under which the labels that are right are least surprising."""
    rows = np.arange(len(target))
    surprise = [-np.log(probabilities(margins, t)[rows, target] + 1e-12).mean() for t in TEMPERATURES.tolist()]
    return float(TEMPERATURES[int(np.argmin(surprise))])


def _threshold(chances: NDArray[np.float64], target: NDArray[np.int_]) -> float:
    """Lowest probability from which on the first label is right often enough; 0.3 to 0.95."""
    first = chances.max(axis=1)
    order = np.argsort(-first, kind="stable")
    right = np.cumsum(chances.argmax(axis=1)[order] == target[order]) / np.arange(1, len(target) + 1)
    enough = np.flatnonzero(right >= RIGHT)
    return float(min(0.95, max(0.3, first[order][enough[-1]]))) if len(enough) else 0.95
