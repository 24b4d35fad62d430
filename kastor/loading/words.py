"""What is being done, in the language of the person who waits for it."""

from __future__ import annotations

import os
from types import MappingProxyType

WORDS = MappingProxyType(
    {
        "terrain": {"de": "Gelände", "en": "terrain"},
        "buildings": {"de": "Gebäude", "en": "buildings"},
        "trees": {"de": "Bäume", "en": "trees"},
        "woodland": {"de": "Wald", "en": "woods"},
        "confidence": {"de": "Sicherheit", "en": "confidence"},
        "tiles": {"de": "Kacheln", "en": "Tiles"},
        "deriving": {"de": "Gelände ableiten", "en": "Deriving terrain"},
        "features": {"de": "Objekte", "en": "Features"},
    }
)


def language() -> str:
    """``"de"`` when the environment asks for German (``LC_ALL``, ``LC_MESSAGES``, ``LANG``), else ``"en"``."""
    wanted = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "de" if wanted.lower().startswith("de") else "en"


def word(name: str) -> str:
    """One of ``WORDS`` in the language of the environment."""
    return WORDS[name][language()]
