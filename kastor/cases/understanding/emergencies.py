"""Danger to life or to the house, recognised before anything else: gas, fire, smoke, current, locked in, water, hurt.

Missing one is far worse than asking once too often, so dialect, typing errors and English count, and only a clear "kein
Gasgeruch", a question about a thing ("Rauchmelder tauschen") or something long past is taken for harmless. No learning:
patterns can be read and tested.
"""

from __future__ import annotations

import re
from functools import cache

from kastor.cases.understanding.lists import data

GAS, FIRE, SMOKE, CURRENT, TRAPPED, WATER, HURT = (
    "gas",
    "feuer",
    "rauch",
    "strom",
    "eingeschlossen",
    "wasser",
    "verletzt",
)
KINDS = (GAS, FIRE, SMOKE, CURRENT, TRAPPED, WATER, HURT)
"""Kinds in the order they are answered when a text names several."""

_GAP, _SHORT_GAP = r"(?:\W+\w+){0,4}?\W+", r"(?:\W+\w+){0,2}?\W+"


@cache
def _kinds() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """What tells of each kind, and what only seems to."""
    content = data("emergencies")
    kinds = content["kinds"]
    assert isinstance(kinds, dict)
    smell = str(content["smell"])
    return {kind: (_joined(own["tells"], smell), _joined(own["harmless"], smell)) for kind, own in kinds.items()}


def _joined(patterns: list[str], smell: str) -> re.Pattern[str]:
    joined = "|".join(patterns).replace("{SMELL}", smell)
    return re.compile(joined.replace("~~", _SHORT_GAP).replace("~", _GAP))


def text(kind: str, language: str) -> str:
    """What is said at once; German for any language but English."""
    kinds = data("emergencies")["kinds"]
    assert isinstance(kinds, dict)
    said: str = kinds[kind]["text"]["en" if language == "en" else "de"]
    return said


_DENIED_BEFORE = re.compile(
    r"\b(?:kein(?:e|en|er|erlei)?|koan|koa|nicht|nie|niemand|keiner|ohne|no|not|isn'?t|there'?s no|never|"
    r"nobody|without|weder|noch|nor|zum glück kein\w*|any)\s+(?:\w+\s+){0,2}$|"
    r"\b(?:nicht|net|ned|not|doesn'?t|don'?t|didn'?t|kein\w*)\b[^.,;!?]{0,25}$"
)  # fmt: skip
_DENIED_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:nicht|net|ned|keinen|not|nein|no|none)\b(?!\W+(?:mehr\W+)?(?:auf|abstellen|"
    r"stoppen|zu stoppen|aufhören|abdrehen|raus|heraus|schließ|absperren|weg|atmen|warten))"
)
_PAST = re.compile(
    r"\b(?:letztes|voriges|vergangenes) jahr|\bvor (?:\w+ )?(?:jahren|monaten|\d+ (?:jahren|monaten|wochen))|"
    r"\bjahre her|last year|years ago|months ago|weeks ago|\bdamals\b|\bfrüher\b|(?:wurde|ist|war)~~(?:bereits|"
    r"schon|längst|inzwischen)~~(?:repariert|behoben|gelöscht|erledigt)|"
    r"\b(?:wasserschaden|rohrbruch)s?\b (?:vom|von|aus|im) (?:\w+ )?(?:letzten|vergangenen|januar|februar|märz|"
    r"april|mai|juni|juli|august|september|oktober|20\d\d)|has been (?:fixed|repaired)|was (?:fixed|"
    r"repaired)".replace("~~", _SHORT_GAP)
)  # fmt: skip
_WHAT_IF = re.compile(
    r"^\W*(?:was|wie|wo|welche|wen|wem|an wen|what|how|where|who|whom|which)\b[^.!]{0,60}\b(?:falls|wenn|im "
    r"falle?|bei (?:einem |einer )?|if|in case|mache ich bei|tun bei)\b|\b(?:für den fall|im fall(?:e)? "
    r"(?:eines|von)|versicherung\w*|deckt|"
    r"versichert|vorsorg\w*|in case of|insurance|insured|übung|probealarm|test ?alarm|fire drill|nur (?:ein "
    r")?test|wartung|prüfung|jährliche)\b"
)  # fmt: skip


def emergency(text: str) -> str | None:
    """
    Kind of danger a text tells of, None when there is none.

    Examples
    --------
    >>> emergency("Im Flur riecht es nach Gas"), emergency("Es gibt keinen Gasgeruch"), emergency("it drips")
    ('gas', None, None)
    """
    lowered = re.sub(r"\s+", " ", text.lower().replace("’", "'"))
    if _PAST.search(lowered) or _WHAT_IF.search(lowered):
        return None
    for kind in KINDS:
        if _tells_of(kind, lowered):
            return kind
    return None


def _tells_of(kind: str, text: str) -> bool:
    """Whether a text tells of a danger that it neither denies nor only seems to name."""
    cleared = _kinds()[kind][1].sub(" ", text)
    for match in _kinds()[kind][0].finditer(cleared):
        clause = re.split(r"[.;!?\n]|,? (?:aber|but|sondern)\b", cleared[: match.start()])[-1]
        after = re.split(r"[.,;!?\n]", cleared[match.end() :])[0]
        if _DENIED_BEFORE.search(clause) and not re.search(r"nicht (?:nur|mehr auszuhalten)|not only", clause):
            continue
        if _DENIED_AFTER.match(after) and kind != TRAPPED:
            continue
        return True
    return False
