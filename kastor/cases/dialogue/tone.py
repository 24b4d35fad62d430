"""Whether somebody is angry, or corrects what they said; by words, so that it can be read what counts."""

from __future__ import annotations

import re

_ANGRY = re.compile(
    r"unversch[äa]mt|frechheit|schn?auze voll|reicht(?:'s| es)? (?:mir|jetzt|langsam)|jetzt reicht|zum kotzen"
    r"|schei(?:ß|ss)"
    r"|saftladen|unm[öo]glich(?:e|er)? (?:laden|verein|zustand)|w[üu]tend|stinksauer"
    r"|nie(?:mand)? (?:reagiert|k[üu]mmert)"
    r"|zum (?:dritten|vierten|f[üu]nften|zehnten|x-ten) mal|anwalt|seit wochen nichts|verarsch|unertr[äa]glich"
    r"|ridiculous|outrageous|fed up|sick of|furious|angry|disgrace|unacceptable|lawyer|useless|bloody hell|third time"
    r"|!{3,}",
    re.IGNORECASE,
)
_CORRECTING = re.compile(
    r"\b(?:nein|nee|ne|doch|sondern|falsch|korrektur|korrigier\w*|vertan|vertippt|verschrieben|stimmt nicht|meinte"
    r"|eigentlich|statt|lieber doch|ver[äa]ndert|[äa]nder\w*"
    r"|no|sorry|actually|instead|i meant|correction|wrong|not \w+ but)\b",
    re.IGNORECASE,
)


def angry(text: str) -> bool:
    """Whether a text sounds angry: strong words, three exclamation marks, or long shouting in capitals."""
    letters = [c for c in text if c.isalpha()]
    shouted = len(letters) >= 25 and sum(c.isupper() for c in letters) > 0.7 * len(letters)
    return shouted or _ANGRY.search(text) is not None


def correcting(text: str) -> bool:
    """Whether a text says that something said before was not right."""
    return _CORRECTING.search(text) is not None
