"""Danger to life or to the house, recognised before anything else: gas, fire, smoke, current, locked in, water, hurt;
and what cannot wait though nobody is in danger yet: no heating, no water, no power, sewage, a house standing open.

Missing one is far worse than asking once too often, so dialect, typing errors and English count, and only a clear "kein
Gasgeruch", a question about a thing ("Rauchmelder tauschen") or something long past is taken for harmless. Patterns
and situations come first, they can be read and tested; below them a small model catches words neither has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from rapidfuzz.distance import OSA

from kastor.cases.understanding.danger_net import SOUNDS, sounds_like
from kastor.cases.understanding.lists import data
from kastor.cases.understanding.situations import situations

GAS, FIRE, SMOKE, CURRENT, TRAPPED, WATER, HURT = (
    "gas",
    "feuer",
    "rauch",
    "strom",
    "eingeschlossen",
    "wasser",
    "verletzt",
)
HEATING, NO_WATER, NO_POWER, SEWAGE, DOOR = "heizung", "kein_wasser", "kein_strom", "abwasser", "tuer"
URGENT = (HEATING, NO_WATER, NO_POWER, SEWAGE, DOOR)
"""Kinds nobody is in danger of at once: the emergency service is needed, and the conversation goes on."""
KINDS = (GAS, FIRE, SMOKE, CURRENT, TRAPPED, WATER, HURT, *URGENT)
"""Kinds in the order they are answered when a text names several."""

_NOTHING = "(?!)"
_GAP, _SHORT_GAP = r"(?:\W+\w+){0,6}?\W+", r"(?:\W+\w+){0,2}?\W+"


@dataclass(frozen=True)
class _Danger:
    """How a kind is recognised."""

    tells: re.Pattern[str]
    together: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    """Pairs that tell of it when near each other in a sentence."""
    harmless: re.Pattern[str]
    words: tuple[str, ...]
    """Told by themselves, though misspelt."""


@cache
def _kinds() -> dict[str, _Danger]:
    content = data("emergencies")
    kinds = content["kinds"]
    assert isinstance(kinds, dict)
    smell = str(content["smell"])
    return {
        kind: _Danger(
            _joined(own["tells"], smell),
            tuple((_joined([one], smell), _joined([other], smell)) for one, other in own.get("together", ())),
            _joined(own["harmless"], smell, r"(?: \w+){0,6}? ", r"(?: \w+){0,2}? "),
            tuple(word.replace("ß", "ss") for word in own.get("words", ())),
        )
        for kind, own in kinds.items()
    }


def _joined(patterns: list[str], smell: str, gap: str = _GAP, short_gap: str = _SHORT_GAP) -> re.Pattern[str]:
    joined = "|".join(patterns or [_NOTHING]).replace("{SMELL}", smell).replace("ß", "ss")
    return re.compile(joined.replace("~~", short_gap).replace("~", gap))


def text(kind: str, language: str) -> str:
    """What is said at once, in ``de``, ``en`` or ``leicht``."""
    kinds = data("emergencies")["kinds"]
    assert isinstance(kinds, dict)
    said: str = kinds[kind]["text"][language]
    return said


_DENIED_BEFORE = re.compile(
    r"\b(?:kein(?:e|en|er|erlei)?|koan|koa|nicht|nie|niemand|keiner|ohne|no|not|isn'?t|there'?s no|never|"
    r"nobody|without|weder|noch|nor|zum glück kein\w*|any)\s+(?:\w+\s+){0,2}$|"
    r"\b(?:nicht|net|ned|not|doesn'?t|don'?t|didn'?t|kein\w*)\b[^.,;!?]{0,25}$"
)  # fmt: skip
_DENIED_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:nicht|net|ned|keinen|not|nein|no|none)\b(?!\W+(?:mehr\W+)?(?:auf|abstellen|"
    r"stoppen|zu stoppen|aufhören|abdrehen|raus|heraus|naus|aussi|rut|rein|runter|nunter|oba|da\b|dahoam|daheim|"
    r"zu ?haus|schließ|absperren|weg|atmen|warten))"
)
_PAST = re.compile(
    r"\b(?:letzt|vorig|vergangen)e[nsmr]? (?:jahr|monat|winter|sommer|herbst|frühling|frühjahr)|last (?:month|winter|"
    r"summer|spring|autumn)|\bim (?:frühjahr|frühling|sommer|herbst)\b|"
    r"\bvor (?:\w+ )?(?:jahren|monaten|\d+ (?:jahren|monaten|wochen))|"
    r"\bjahre her|last year|years ago|months ago|weeks ago|\bdamals\b|\bfrüher\b|"
    r"(?:wurde|ist|war|sind)(?: (?!nicht|noch)\w+){0,2} "
    r"(?:repariert|behoben|gelöscht|erledigt|saniert|beseitigt)\b|"
    r"\b(?:wasserschaden|rohrbruch)s?\b (?:vom|von|aus|im) (?:\w+ )?(?:letzten|vergangenen|januar|februar|märz|"
    r"april|mai|juni|juli|august|september|oktober|20\d\d)|has been (?:fixed|repaired)|was (?:fixed|"
    r"repaired)|\bwar (?:dann |doch |aber |zum glück )*nur (?:\w+ )?(?:farbe|lack|essen|toast|staub|dampf|übung)\b|"
    r"^(?!.*(?:riech|stink|qualm|glimm|glüh|schwel|kokel|\bnoch\b|smell|smok)).*\b(?:vor)?gestern\b.*\b(?:gebrannt|brannte)\b|"
    r"\b(?:im|in einem|in dem) (?:film|krimi|tatort|fernsehen|traum|roman)\b|\bin (?:der|einer) (?:serie|zeitung)\b|"
    r"\bin den nachrichten\b|\bkrimi (?:geschaut|gesehen|gelesen)\b|\bin (?:a|the) (?:film|movie|dream|news)\b"
    .replace("~~", _SHORT_GAP)
)  # fmt: skip
"""Something over, or that happened in a story."""
_WHAT_IF = re.compile(
    r"^\W*falls\b|^\W*(?:was|wie|wo|welche|wen|wem|an wen|what|how|where|who|whom|which)\b"
    r"[^.!]{0,60}\b(?:falls|wenn|im "
    r"falle?|bei (?:einem |einer )?|if|in case|mache ich bei|tun bei)\b|\b(?:für den fall|im fall(?:e)? "
    r"(?:eines|von)|versicherung\w*|deckt|"
    r"alles (?:wieder |schon )?(?:gut|ok|okay|in ordnung)\b|kein problem|no problem|all (?:good|ok|fine)\b|works again|"
    r"(?:läuft|geht|fährt|funktioniert) (?:jetzt |nun )?wieder\b(?! nicht)|"
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
    return told(text) or sensed(text)


def sensed(text: str, least: float = SOUNDS) -> str | None:
    """Kind of danger a text sounds like with at least so much chance, though nothing else knows it."""
    if _SAFE.search(text.lower()):
        return None
    plain = (_bare(sentence) for sentence in _present(text) if not _NO_DANGER.search(sentence))
    return next((kind for sentence in plain if sentence and (kind := sounds_like(sentence, least))), None)


def told(text: str) -> str | None:
    """Kind of danger the patterns or the situations find in a text."""
    sentences = _present(text)
    found = _by_patterns(". ".join(sentences))
    if not _SAFE.search(text.lower()):
        found |= _by_situations(sentences)
    return next((kind for kind in KINDS if kind in found), None)


def _by_situations(sentences: list[str]) -> frozenset[str]:
    """Kinds of which a situation is left when what only seems to name them is taken out."""
    return frozenset(kind for kind in situations(sentences) if kind in situations(_cleared(kind, sentences)))


def _cleared(kind: str, sentences: list[str]) -> list[str]:
    return [_kinds()[kind].harmless.sub(" ", sentence) for sentence in sentences]


def _present(text: str) -> list[str]:
    """Sentences in small letters that tell of something present."""
    lowered = text.lower().replace("’", "'").replace("ß", "ss")
    sentences = (re.sub(r"\s+", " ", sentence).strip() for sentence in _SENTENCE.split(lowered))
    return [sentence for sentence in sentences if sentence and not _over_or_asked(sentence)]


def _by_patterns(text: str) -> frozenset[str]:
    readings = [text]
    if not re.search("[äöü]", text) and (umlauts := _DIGRAPH.sub(lambda m: _UMLAUT[m[0]], text)) != text:
        readings.append(umlauts)
    return frozenset(kind for kind in KINDS if any(_tells_of(kind, reading) for reading in readings))


def _bare(sentence: str) -> str:
    """A sentence without what only sounds like danger."""
    for danger in _kinds().values():
        sentence = danger.harmless.sub(" ", sentence)
    return sentence


_NO_DANGER = re.compile(
    r"\b(?:kein\w*|nicht|ohne|no|not|never|nie) (?:\w+ ){0,2}(?:\w*geruch|gefahr|danger|rauch|feuer|smell|smoke|fire)"
)
_SAFE = re.compile(
    r"\bkeine(?:rlei)? (?:akute |unmittelbare )?gefahr\b|\bgefahr besteht (?:keine|nicht)\b|\bungefährlich\b|"
    r"\bno (?:immediate )?danger\b|\bnot (?:dangerous|in danger)\b|\bniemand(?: ist)? in gefahr\b"
)
"""Where somebody says so, only a pattern counts."""
_SENTENCE = re.compile(r"(?<=\D)[.!?\n]+(?=\s|$)|[!?\n]+")
_NOW = re.compile(r"\b(?:jetzt|now|gerade|heute|aktuell|wieder|again|right now|today|akut)\b")


def _over_or_asked(sentence: str) -> bool:
    """Whether a sentence tells of something past, or asks what to do if."""
    return bool(_WHAT_IF.search(sentence) or (_PAST.search(sentence) and not _NOW.search(sentence)))


_DIGRAPH, _UMLAUT = re.compile(r"(?<![aeq])ue|ae|oe"), {"ue": "ü", "ae": "ä", "oe": "ö"}
_CLAUSE = re.compile(
    r"[.;:!?\n]|,? (?:aber|but|sondern|weil|because|denn|jetzt|now)\b|"
    r",|\b(?:und|and) (?=(?:es|wir|ich|er|sie|das|der|die|im|in|aus|da|it|we|i|there|the|he|she|mein\w*|my)\b|$)"
)
_NOT_INSIDE = re.compile(r"\b(?:nicht|net|ned|kein(?:e|en|em)?|not|no|doesn'?t|isn'?t|nie|never)\b")
_TURNED = (GAS, FIRE, SMOKE, CURRENT)
"""Kinds a "nicht" between the words turns round; in others it belongs to the danger: "kommen nicht heraus"."""


def _tells_of(kind: str, text: str) -> bool:
    """Whether a text tells of a danger that it neither denies nor only seems to name."""
    danger = _kinds()[kind]
    cleared = danger.harmless.sub(" ", text)
    spans = [m.span() for m in danger.tells.finditer(cleared)]
    spans += [m.span() for m in re.finditer(r"\w{7,}", cleared) if _nearly(m[0], danger.words)]
    spans += [span for pair in danger.together for span in _near(cleared, *pair)]
    return any(not _denied(kind, cleared, start, end) for start, end in spans)


NEAR = 70
"""Letters between two things that belong together."""


def _near(text: str, one: re.Pattern[str], other: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Places where both patterns stand near each other in a sentence."""
    firsts = [m.span() for m in one.finditer(text)]
    seconds = [m.span() for m in other.finditer(text)] if firsts else []
    for first, second in product(firsts, seconds):
        start, end = min(first[0], second[0]), max(first[1], second[1])
        apart = max(first[0], second[0]) - min(first[1], second[1])
        if 0 <= apart <= NEAR and not re.search(r"[.!?]\s", text[start:end]):
            yield start, end


def _nearly(word: str, words: tuple[str, ...]) -> bool:
    """Whether a word is one that tells of danger, typed with an error or two."""
    return any(
        word[0] == meant[0] and OSA.distance(word, meant, score_cutoff=2) <= (2 if len(meant) > 8 else 1)
        for meant in words
    )


def _denied(kind: str, text: str, start: int, end: int) -> bool:
    """Whether the clause says that there is none."""
    before = _CLAUSE.split(text[:start])[-1]
    after = _CLAUSE.split(text[end:])[0]
    if kind in _TURNED and _NOT_INSIDE.search(text[start:end]) and "zisch" not in text[start:end]:
        return True
    if _DENIED_BEFORE.search(before) and not re.search(r"nicht (?:nur|mehr auszuhalten)|not only", before):
        return True
    return kind != TRAPPED and _DENIED_AFTER.match(after) is not None
