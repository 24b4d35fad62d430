"""Which kind of request a text is: pet, damage, balcony or parking, defect in the city, permit, a person, else.

The shipped model is learned from hand-written and grammar-expanded texts in both languages
(``kastor understand build`` learns it again); a tenant's own model, learned from its corrected closed
cases, takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from kastor.cases.understanding import examples
from kastor.cases.understanding.answers import wants_person
from kastor.cases.understanding.grammars import GRAMMARS
from kastor.cases.understanding.model import Model, Ranked, ranked, read
from kastor.cases.understanding.sentences import joined
from kastor.cases.understanding.values import BERLIN, Context

MODEL = "intents.npz"

_ADDRESS = re.compile(
    r"[,;]?\s*(?:\b[A-ZÄÖÜ][\w\-]*?(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|damm)|"
    r"\b[A-ZÄÖÜ][\w\-]*\s(?:Straße|Strasse|Str\.|Weg|Allee|Platz|Gasse|Ring|Damm))\s\d{1,4}\s?[a-z]?\b"
    r"(?:\s?,?\s?(?:\d{5}\s[A-ZÄÖÜ]\w+|\d{1,2}\.?\s?(?:OG|Stock|Etage|floor)|EG|DG|links|rechts|mitte|left|right)\b)*"
)
"""Where somebody lives, which says nothing of what the request is about: a street with a house number, and the flat."""


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model that comes with Kastor."""
    return read(files("kastor.cases.understanding").joinpath("data", MODEL).read_bytes())


def taught() -> tuple[list[str], list[str], list[tuple[str, ...]]]:
    """Texts, labels and things named the shipped model is learned from."""
    own = examples.shipped()
    texts = [example.text for example in own]
    return texts, [example.label for example in own], named_in(texts)


def built() -> Model:
    """The shipped model, learned again from the shipped texts."""
    from kastor.cases.understanding import training

    groups = [example.group or -i for i, example in enumerate(examples.shipped(), 1)]
    # how many texts a kind has was chosen by their author and says nothing of how often it is asked
    learned = training.train(*taught(), least=3, groups=groups, balance=0.0)
    return replace(learned, threshold=max(learned.threshold, SURE))


SURE = 0.55
"""Least threshold of the shipped model: texts of patterns are easier than what people write."""


CONCEPTS = ("animal", "component", "symptom", "room", "plate")
"""Grammars whose readings say what a text is about: "Rottweiler" is an animal though no text learned from has it."""
LONGEST = 1000
"""Letters of a text that are looked at for concepts."""


def named_in(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Terms about the things each text names, for models of kinds of request."""
    context = Context(datetime(2026, 1, 1, tzinfo=BERLIN))
    return [tuple(_concepts(text[:LONGEST], context)) for text in texts]


def _concepts(text: str, context: Context) -> Iterator[str]:
    for name in CONCEPTS:
        found = GRAMMARS[name].read(text, context)
        if found:
            yield f"@{name}"
        if name in ("animal", "component", "symptom"):
            yield from sorted({f"@{name}:{one.value}" for one in found})


def intents(text: str, model: Model | None = None, own: Model | None = None) -> tuple[Ranked, bool]:
    """
    Kinds of request with their probability, and whether the first is certain enough.

    A text without a letter says nothing; the wish for a person needs no learning.

    Parameters
    ----------
    model
        The tenant's model; the shipped one when None.
    own
        What tells the tenant's own kinds; None when it has none.
    """
    used = model or shipped()
    about = _without_address(text)
    found = ranked(used, about, named_in([about])[0])
    if wants_person(text) and len(text.split()) <= 8 and "mensch" in used.labels:
        rest = tuple((label, chance * 0.01) for label, chance in found if label != "mensch")
        return (("mensch", 0.99), *rest), True
    found = joined(about, own, found) if own else found
    certain = found[0][1] >= used.threshold and any(letter.isalpha() for letter in text)
    return found, certain


def _without_address(text: str) -> str:
    """The text without where somebody lives, as long as two words are left."""
    rest = _ADDRESS.sub(" ", text)
    return rest if len(rest.split()) > 1 else text
