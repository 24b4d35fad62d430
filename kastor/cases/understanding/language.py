"""German or English: by the small words of the language, in doubt by the statistics of letters."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from kastor.cases.understanding.lists import data

_BOTH = frozenset(
    {"in", "an", "am", "was", "die", "will", "hat", "a", "i", "so", "also", "man", "bad", "war", "wer", "her", "do"}
)
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str, otherwise: str = "de") -> str:
    """
    Language of a text: ``de`` or ``en``.

    Parameters
    ----------
    otherwise
        Language so far, kept where a text says nothing of it ("2", "ok").

    Examples
    --------
    >>> language("Meine Heizung ist kalt"), language("My radiator is cold"), language("ok", "en")
    ('de', 'en', 'en')
    """
    words = [word.lower() for word in _WORD.findall(text)]
    german = sum(0.5 if word in _BOTH else 1.0 for word in words if word in _small_words("de")) + 1.5 * len(
        set(re.findall("[äöüß]", text))
    )
    english = sum(0.5 if word in _BOTH else 1.0 for word in words if word in _small_words("en"))
    if abs(german - english) >= 0.5:
        return "de" if german > english else "en"
    if len(words) >= 4:
        return str(_identifier().classify(text)[0])
    return otherwise


@cache
def _small_words(language: str) -> frozenset[str]:
    own = data("small_words")[language]
    assert isinstance(own, list)
    return frozenset(map(str, own))


@cache
def _identifier() -> Any:
    """py3langid held to the two languages (Lui, Baldwin: langid.py, ACL 2012)."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["de", "en"])
    return identifier
