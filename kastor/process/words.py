"""A text in each language people read here."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]
"""A text by language, ``de`` and ``en``."""

LANGUAGES = ("de", "en")
