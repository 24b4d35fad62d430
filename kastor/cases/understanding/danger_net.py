"""A net below the patterns of danger: a small model of what people in danger write, for words no pattern has.

On texts nobody had tuned anything for, the patterns alone found about four dangers of five; both together find more.
The net only adds: what a pattern says stands.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from kastor.cases.understanding.lists import data
from kastor.cases.understanding.model import Model, ranked, read
from kastor.cases.understanding.situations import named

MODEL = "dangers.npz"
HARMLESS = "harmlos"
SOUNDS = 0.4
"""Chance of danger from which on a sentence counts."""
SOUNDS_IN_TOWN = 0.6
"""The same for a text about streets and parks, where much is broken and little dangerous."""
SOUNDS_BESIDE = 0.8
"""The same for a text clearly about an animal, a balcony or building: a balcony may also come down."""
FEWEST = 2
"""Words of a sentence."""


@cache
def shipped() -> Model:
    """The model that comes with Kastor."""
    return read(files("kastor.cases.understanding").joinpath("data", MODEL).read_bytes())


def taught(harmless: Callable[[str], bool]) -> tuple[list[str], list[str], list[tuple[str, ...]]]:
    """
    Texts, kinds and what they name the shipped model is learned from.

    Parameters
    ----------
    harmless
        Whether a text about a request tells of no danger.
    """
    from kastor.cases.understanding import examples

    content = data("danger_texts")
    danger, alike = content["danger"], content["harmless"]
    assert isinstance(danger, dict)
    assert isinstance(alike, list)
    pairs = [(str(text), kind) for kind, texts in danger.items() for text in texts]
    pairs += [(str(text), HARMLESS) for text in alike]
    own = (example.text for example in examples.shipped())
    pairs += [(text, HARMLESS) for text in own if harmless(text)]
    texts = [text for text, _ in pairs]
    return texts, [label for _, label in pairs], [tuple(named(text)) for text in texts]


def built(harmless: Callable[[str], bool]) -> Model:
    """The shipped model, learned again from the shipped texts; most are harmless, as most of what people write is."""
    from kastor.cases.understanding import training

    return training.train(*taught(harmless), least=2, balance=0.0)


def sounds_like(sentence: str, least: float = SOUNDS) -> str | None:
    """Kind of danger a sentence sounds like; None when it sounds harmless."""
    if len(sentence.split()) < FEWEST:
        return None
    found = ranked(shipped(), sentence, named(sentence))
    if dict(found)[HARMLESS] > 1 - least:
        return None
    return next(kind for kind, _ in found if kind != HARMLESS)
