"""Kinds of request a tenant has added itself: told by the sentences its procedures give for them.

The shipped model knows nothing of them, and is not learned anew for a handful of sentences. A machine of their own
tells each from all texts that come with Kastor (squared hinge, Fan et al.: LIBLINEAR, JMLR 9, 2008, classes weighed
alike); what it says is then held against the shipped model, whose certainty about a kind it knows weighs more than a
few words in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

import numpy as np

from kastor.cases.understanding import examples
from kastor.cases.understanding.features import learn, matrix
from kastor.cases.understanding.model import Model, Ranked, margins

FEWEST = 3
"""Sentences a kind needs."""

REST = ""
"""Label of everything that is none of the tenant's own kinds."""

STEEP, EVEN = 5.0, -0.45
"""How fast a margin becomes odds, and the margin at which they are even."""

MOST = 200.0
"""Odds of a kind the shipped model knows, at most."""

OPEN = ("sonstiges",)
"""Labels of the shipped model that say only that it is none it knows."""


def learned(sentences: Mapping[str, Sequence[str]]) -> Model:
    """
    A machine for some kinds.

    Parameters
    ----------
    sentences
        By kind, in any of the languages, at least ``FEWEST`` each.
    """
    from sklearn.svm import LinearSVC

    others = [example.text for example in examples.shipped()]
    own = [(kind, text) for kind, told in sorted(sentences.items()) for text in told]
    texts = [*others, *(text for _, text in own)]
    labels = [*[REST] * len(others), *(kind for kind, _ in own)]
    vocabulary = learn(texts, least=2)
    machine = LinearSVC(C=1.0, class_weight="balanced", random_state=0).fit(matrix(vocabulary, texts), labels)
    weights, bias = machine.coef_, machine.intercept_
    if len(machine.classes_) == 2:
        weights, bias = np.vstack([-weights, weights]), np.hstack([-bias, bias])
    names = tuple(str(one) for one in machine.classes_)
    return Model(names, vocabulary, weights.T.astype(np.float32), bias.astype(np.float32), 1.0, 0.0)


def joined(text: str, own: Model, known: Ranked) -> Ranked:
    """
    Kinds the shipped model knows together with a tenant's own, the most probable first.

    Parameters
    ----------
    own
        Made by :func:`learned`.
    known
        What the shipped model says, with chances that add up to one.
    """
    told = zip(own.labels, margins(own, text).tolist(), strict=True)
    odds = {kind: exp(STEEP * (margin - EVEN)) for kind, margin in told if kind != REST}
    for kind, chance in known:
        odds[kind] = chance if kind in OPEN else min(chance / max(1.0 - chance, 1e-9), MOST)
    total = sum(odds.values())
    return tuple(sorted(((kind, one / total) for kind, one in odds.items()), key=lambda one: -one[1]))
