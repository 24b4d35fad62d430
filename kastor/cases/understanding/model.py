"""A linear model of kinds of request: weights of terms, calibrated to probabilities, kept as plain data.

Stored as npz of arrays, never as pickle, so that reading a model runs no code. The margins of the kinds become
probabilities by one temperature (Guo et al.: On Calibration of Modern Neural Networks, ICML 2017).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kastor.cases.understanding.features import Terms, Vocabulary, weighed

Ranked = tuple[tuple[str, float], ...]


class ModelError(ValueError):
    """A file is no model of this version; the message says what is missing."""


@dataclass(frozen=True)
class Model:
    """Weights of terms for each label."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: NDArray[np.float32]
    """(terms, labels)"""
    bias: NDArray[np.float32]
    temperature: float
    """Margins are divided by it before they become probabilities."""
    threshold: float
    """From this probability on the first label is answered; below it three are offered."""
    learned_from: str = ""
    """Fingerprint of what it was learned from; empty for models of before there was one."""


def margins(model: Model, text: str, place: Terms = ()) -> NDArray[np.float32]:
    """Margin of each label."""
    places, weights = weighed(model.vocabulary, text, place)
    if not places:
        return model.bias.copy()
    found: NDArray[np.float32] = np.asarray(weights, np.float32) @ model.weights[places].astype(np.float32) + model.bias
    return found


def probabilities(margin: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Softmax of margins over a temperature, along the last axis."""
    scaled = margin.astype(np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    found: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return found


def ranked(model: Model, text: str, place: Terms = ()) -> Ranked:
    """Labels with their probability, most probable first."""
    found = probabilities(margins(model, text, place), model.temperature)
    order = np.argsort(-found, kind="stable")
    return tuple((model.labels[i], float(found[i])) for i in order.tolist())


def write(model: Model) -> bytes:
    """A model as npz; weights in half precision."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        terms=np.frombuffer("\n".join(model.vocabulary.terms).encode(), np.uint8),
        labels=np.frombuffer("\n".join(model.labels).encode(), np.uint8),
        rarity=model.vocabulary.rarity,
        weights=model.weights.astype(np.float16),
        bias=model.bias,
        numbers=np.array([model.temperature, model.threshold]),
        learned_from=np.frombuffer(model.learned_from.encode(), np.uint8),
    )
    return out.getvalue()


def read(content: bytes) -> Model:
    """
    A model written by :func:`write`.

    Raises
    ------
    ModelError
        Content that is none.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("terms", "labels", "rarity", "weights", "bias", "numbers")}
            learned_from = file["learned_from"].tobytes().decode() if "learned_from" in file else ""
    except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
        raise ModelError(
            f"This is no model of kinds of request: {error}. Build one with kastor understand train."
        ) from error
    terms = _lines(arrays["terms"])
    labels = _lines(arrays["labels"])
    if arrays["weights"].shape != (len(terms), len(labels)) or len(arrays["rarity"]) != len(terms):
        shape = arrays["weights"].shape
        raise ModelError(f"The model has {len(terms)} terms and {len(labels)} labels, but weights of shape {shape}.")
    vocabulary = Vocabulary(terms, arrays["rarity"], {term: i for i, term in enumerate(terms)})
    temperature, threshold = arrays["numbers"].tolist()
    weights = arrays["weights"].astype(np.float32)
    return Model(labels, vocabulary, weights, arrays["bias"], temperature, threshold, learned_from)


def _lines(content: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(content.tobytes().decode().split("\n"))


def expected_error(chances: NDArray[np.float64], right: Sequence[bool], bins: int = 15) -> float:
    """
    Expected calibration error: how far the probability of the first label is from how often it is right.

    Parameters
    ----------
    chances
        Probability of the first label of each text.
    right
        Whether that label was right.
    bins
        Equal parts of 0 to 1 (Naeini et al.: Obtaining Well Calibrated Probabilities, AAAI 2015).
    """
    place = np.minimum((chances * bins).astype(int), bins - 1)
    hits = np.asarray(right, float)
    parts = [(hits[place == b], chances[place == b]) for b in range(bins)]
    return float(sum(len(own) / len(chances) * abs(own.mean() - p.mean()) for own, p in parts if len(own)))
