"""How well a model tells kinds of request apart: right at once, among three, and when it dares to answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from time import thread_time

import numpy as np

from kastor.cases.understanding.examples import Example
from kastor.cases.understanding.features import Terms
from kastor.cases.understanding.model import Model, expected_error, ranked

OFFERED = 3
"""Kinds shown as buttons when none is certain."""


@dataclass(frozen=True)
class LabelScore:
    """One label: how many texts have it, how many of them were found, how many were given it."""

    label: str
    texts: int
    found: int
    given: int


@dataclass(frozen=True)
class Evaluation:
    """
    What came of judging texts.

    Parameters
    ----------
    texts, labels, unknown
        How many texts and labels; texts whose label the model does not have (they count as wrong).
    accuracy, top3
        Share of texts whose label came first; among the first three.
    threshold, coverage, accuracy_answered
        From which probability on the first label is answered, for which share of texts, and how often that is right
        (None when it never answers).
    calibration_error
        Expected calibration error of the first label's probability (15 bins).
    p95_ms
        CPU time 95 of 100 texts were judged within. [ms]
    per_label
        Most frequent first.
    """

    texts: int
    labels: int
    unknown: int
    accuracy: float
    top3: float
    threshold: float
    coverage: float
    accuracy_answered: float | None
    calibration_error: float
    p95_ms: float
    per_label: tuple[LabelScore, ...]


class EvaluationError(ValueError):
    """Nothing to judge; the message says what is missing."""


def evaluate(model: Model, examples: Sequence[Example], places: Sequence[Terms] = ()) -> Evaluation:
    """
    Judge a model by labelled texts.

    Parameters
    ----------
    places
        Terms about the place of each text, as the model was taught with.

    Raises
    ------
    EvaluationError
        No text at all.
    """
    if not examples:
        raise EvaluationError("There is no labelled text to judge by; fill the columns text and label.")
    spent, chances, first, offered = [], [], [], []
    for i, example in enumerate(examples):
        began = thread_time()
        found = ranked(model, example.text, places[i] if places else ())
        spent.append(thread_time() - began)
        chances.append(found[0][1])
        first.append(found[0][0])
        offered.append(example.label in [label for label, _ in found[:OFFERED]])
    labels = [example.label for example in examples]
    right = np.array([a == b for a, b in zip(first, labels, strict=True)])
    answered = np.array(chances) >= model.threshold
    return Evaluation(
        texts=len(examples),
        labels=len(set(labels)),
        unknown=sum(label not in model.labels for label in labels),
        accuracy=float(right.mean()),
        top3=float(np.mean(offered)),
        threshold=model.threshold,
        coverage=float(answered.mean()),
        accuracy_answered=float(right[answered].mean()) if answered.any() else None,
        calibration_error=expected_error(np.array(chances), right.tolist()),
        p95_ms=float(np.quantile(spent, 0.95) * 1000),
        per_label=_per_label(labels, first),
    )


def _per_label(labels: Sequence[str], first: Sequence[str]) -> tuple[LabelScore, ...]:
    found: dict[str, int] = defaultdict(int)
    for label, given in zip(labels, first, strict=True):
        found[label] += label == given
    answers = Counter(first)
    return tuple(LabelScore(label, n, found[label], answers[label]) for label, n in Counter(labels).most_common())
