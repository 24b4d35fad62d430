"""Whether an expression speaks of a name: it stands there as a whole word outside quotation marks."""

from __future__ import annotations

import functools
import re


@functools.lru_cache(maxsize=8192)
def mentions(text: str, name: str) -> bool:
    """Whether a name stands in an expression. A part of a longer name may count, a part of a word does not."""
    if name not in text:
        return False
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(word.search(part) for part in text.split('"')[::2])
