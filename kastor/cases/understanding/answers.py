"""Short answers: yes, no, don't know; one of the choices shown; a mark from 1 to 5; the wish for a person."""

from __future__ import annotations

import re

from rapidfuzz.distance import OSA

from kastor.cases.understanding.numbers import plain
from kastor.cases.understanding.values import Context, Found
from kastor.store.folding import folded

DONT_KNOW = re.compile(
    r"wei(?:ss|ß) (?:ich )?(?:es |das )?(?:leider |grad |gerade |jetzt |noch |echt |wirklich )*(?:nicht|net|"
    r"ned|nich)|keine ahnung|keinen plan|ka\b|kp\b|"
    r"don'?t know|do not know|dunno|no idea|not sure|unsure|nicht sicher|unsicher|unbekannt|unklar|vielleicht|"
    r"maybe|perhaps|möglicherweise|"
    r"kann ich (?:\w+ )?nicht sagen|can'?t say|schwer zu sagen|hard to say|woass i ned|weiß i net|was weiß ich|"
    r"keine angabe"
)  # fmt: skip
_NO = re.compile(
    r"\b(?:nein|nee+|nö+|ne|nope|nah|nay|no|na|keinesfalls|keineswegs|niemals|nie|never|auf keinen fall|nicht "
    r"wirklich|not really|eher nicht|lieber nicht|"
    r"stimmt (?:so )?(?:nicht|net|ned)|falsch|wrong|incorrect|(?:hab|habe|hat|haben|bin|ist|will|möchte|kann|"
    r"geht|passt|brauche?)\s(?:ich |es |das |mir |wir )?(?:leider |da )?(?:nicht|net|ned|keine?n?)|not at all|"
    r"ned|net|nicht|kein\w*|gar nicht|überhaupt nicht|leider nicht|i don'?t|i haven'?t|don'?t|doesn'?t|isn'?t|"
    r"haven'?t|negativ|nie im leben)\b"
)  # fmt: skip
_YES = re.compile(
    r"\b(?:ja+|jap|jep|jup|jo+|yes+|yeah|yep|yup|sure|jawohl|jawoll|klar|natürlich|sicher(?:lich)?|"
    r"selbstverständlich|gern(?:e)?|freilich|fei|passt|stimmt|korrekt|richtig|genau|"
    r"ok(?:ay|e)?|in ordnung|einverstanden|absolut|definitiv|auf jeden fall|of course|correct|right|exactly|"
    r"please do|absolutely|definitely|certainly|"
    r"(?:hab|habe|haben|bin|ist) (?:ich|wir|es|vorhanden)|habe ich|hab i|schon|eigentlich schon|doch|vorhanden|"
    r"gut|machen wir|do it|i do|i have|go ahead|bestätigt|positiv|alles klar|yo)\b|👍|✅|✔"
)  # fmt: skip
_TURN = re.compile(r"\b(?:ja nee|nein,? doch|no wait,? yes|nein,? ja)\b")


def read_yes_no(text: str, context: Context) -> list[Found]:
    """True, False, or None where the person says not to know."""
    lowered = text.lower().strip()
    if not lowered:
        return []
    if context.asked and re.fullmatch(r"[1jy]|j\.?|y\.?", lowered):
        return [Found(True, 0, len(text), 0.9)]
    if context.asked and re.fullmatch(r"[2n]|n\.?", lowered):
        return [Found(False, 0, len(text), 0.9)]
    if m := _TURN.search(lowered):
        return [Found(not m[0].startswith("ja nee"), m.start(), m.end(), 0.85)]
    unknown, no, yes = DONT_KNOW.search(lowered), _NO.search(lowered), _YES.search(lowered)
    if unknown and not (no and no.end() <= unknown.start() and no[0] in ("nein", "nee", "no", "nope")):
        return [Found(None, unknown.start(), unknown.end(), 0.9)]
    if no and (yes is None or no.start() <= yes.start() or no.end() > yes.start()):
        return [Found(False, no.start(), no.end(), 0.95)]
    if yes and no and re.match(r"\W*(?:nicht|net|ned)\b", lowered[yes.end() :]):
        return [Found(False, yes.start(), no.end(), 0.95)]
    if yes:
        return [Found(True, yes.start(), yes.end(), 0.95)]
    return []


_LETTER = re.compile(r"^\W*([a-h])\W*$", re.I)
_PLACE = re.compile(
    r"^\W*(?:(?:die|der|das|nummer|nr\.?|option|number|the|antwort|punkt)\s)*(\d{1,2})\.?\s*(?:option|one|e|te)?\W*$"
)


def read_choice(text: str, context: Context) -> list[Found]:
    """One of the choices shown: by its words, its number or its letter."""
    values = list(context.choices)
    if not values:
        return []
    said = plain(text)
    place = _PLACE.match(said.text)
    number = int(place[1]) if place else 0
    letter = _LETTER.match(text)
    if letter and not place:
        number = ord(letter[1].lower()) - 96
    words = folded(text).split()
    best, score = _by_words(words, context)
    if best is not None and score > 0.85:
        return [Found(best, 0, len(text), 0.95 if score == 1 else 0.85)]
    if context.asked and 1 <= number <= len(values):
        return [Found(values[number - 1], 0, len(text), 0.93)]
    return []


def _by_words(words: list[str], context: Context) -> tuple[str | None, float]:
    """Value whose words are all in the text, the longest wins; words of five letters and more may have an error."""
    best: tuple[bool, int, float, str] | None = None
    for value, labels in context.choices.items():
        for label in (value, *labels):
            wanted = folded(re.sub(r"\(.*?\)", "", label).replace("_", " ")).split()
            if not wanted:
                continue
            fits = [_in(word, words) for word in wanted]
            if all(fits):
                exact = sum(fit == 2 for fit in fits) / len(fits)
                rank = (not _only_where(wanted[0], words), sum(map(len, wanted)), 0.9 + 0.1 * exact, value)
                best = max(best, rank, key=lambda r: r[:3]) if best else rank
    return (best[3], best[2]) if best else (None, 0.0)


_WHERE = frozenset(
    ("an", "am", "auf", "in", "im", "uber", "neben", "vor", "on", "at", "over", "near", "into", "beside")
)


def _only_where(word: str, words: list[str]) -> bool:
    """Whether a word only says where something is: "wallbox on my parking space" is about the wallbox."""
    return word in words and not _WHERE.isdisjoint(words[max(0, words.index(word) - 2) : words.index(word)])


def _in(word: str, words: list[str]) -> int:
    if word in words:
        return 2
    return int(
        len(word) >= 5 and any(OSA.distance(word, w) <= (1 if len(word) < 8 else 2) for w in words if w[0] == word[0])
    )


_MARKS = {
    5: "sehr gut|very good|excellent|super|perfekt|perfect|great|top|sehr zufrieden|very satisfied",
    1: "sehr schlecht|very bad|katastroph|terrible|miserabel|sehr unzufrieden|awful",
    2: "unzufrieden|schlecht|dissatisfied",
    3: "mittel|geht so|okay|so lala|average",
    4: "zufrieden|satisfied|gut|good",
}


def read_rating(text: str, context: Context) -> list[Found]:
    """Satisfaction from 1 (bad) to 5 (good), as number, stars or word."""
    said = plain(text)
    if m := re.search(r"(?<![\d,.])([1-5])(?![\d])(?!\s?(?:tage|wochen|uhr))", said.text):
        return [Found(int(m[1]), said.origin(m.start()), said.origin(m.end()), 0.95)]
    stars = text.count("⭐") + text.count("★")
    if 1 <= stars <= 5:
        return [Found(stars, 0, len(text), 0.95)]
    lowered = text.lower()
    for mark, words in _MARKS.items():
        if m := re.search(rf"\b(?:{words})", lowered):
            turned = mark >= 4 and re.search(r"\b(?:nicht|not)\s(?:so |wirklich |really )?$", lowered[: m.start()])
            return [Found(2 if turned else mark, m.start(), m.end(), 0.85)]
    return []


_PERSON = re.compile(
    r"\b(?:mensch(?:en)?|human(?: being)?|real person|richtige[nr]? person|echte[nr]? person|a person|"
    r"mitarbeiter(?:in)?|sachbearbeiter(?:in)?|ansprechpartner(?:in)?|"
    r"agent|representative|operator|kundenservice|kundendienst|customer service|jemand(?:en|em)? "
    r"(?:richtige[ns]|echte[ns]|persönlich)|somebody real|someone real)\b"
)  # fmt: skip
_WANTS = re.compile(
    r"\b(?:möchte|will|wollen|würde|kann|könnte|bitte|gib|geben|sprechen|reden|verbind\w*|telefonier\w*|want|"
    r"like|need|speak|talk|please|connect|get me|let me|rufen|zurückruf\w*|kontakt|brauche|hätte|lieber|statt)\b"
)  # fmt: skip
_CALL_BACK = re.compile(
    r"\b(?:rückruf|ruf\w* (?:sie |mich )?(?:bitte )?(?:mich )?(?:zurück|an)|zurückgerufen|call(?: me)? back|"
    r"call me|persönlich(?:es)? (?:sprechen|gespräch)|persönlich vorbei|"
    r"keine maschine|kein(?:en)? (?:computer|bot|roboter|ki)|not (?:a )?(?:robot|bot|machine)|nicht mit "
    r"(?:einem|einer|nem|ner|so einem) (?:computer|maschine|roboter|bot|automaten|ki))\b"
)  # fmt: skip


SHORT = 12
"""Words of a text that is nothing but the wish to be called; in a longer one it says how to be reached."""


def wants_person(text: str) -> bool:
    """
    Whether somebody asks for a person.

    Examples
    --------
    >>> wants_person("Mensch"), wants_person("Can I talk to a human?"), wants_person("Menschenskind, es tropft")
    (True, True, False)
    """
    lowered = text.lower()
    if re.search(r"\b(?:kein(?:en)?|no|not) (?:mensch(?:en)?|human|person)\b", lowered):
        return bool(_CALL_BACK.search(lowered))
    found = _PERSON.search(lowered)
    if found and (len(lowered.split()) <= 3 or _WANTS.search(lowered)):
        return not re.match(r"\W*(?:mensch),", lowered)
    asks_back = bool(_CALL_BACK.search(lowered)) and not re.search(r"\b(?:falls|wenn)\b", lowered)
    return asks_back and len(lowered.split()) <= SHORT


_CORRECTION = re.compile(
    r"^\W*(?:nein|nee|quatsch|moment|halt|stopp|sorry|entschuldigung|pardon|no|wait|oops|"
    r"ups)\b.{0,25}\b(?:doch|sondern|meinte?|stattdessen|i meant?|actually|it'?s|es (?:ist|sind|war)|lieber)|"
    r"\b(?:korrektur|correction|ich meinte?|i meant|verschrieben|vertippt|versehentlich|falsch (?:angegeben|"
    r"geschrieben|verstanden)|doch nicht|actually|"
    r"ich korrigiere|muss (?:mich )?korrigieren|richtig (?:ist|wäre|muss)|nicht \w+,? sondern|statt \w+|not "
    r"\w+,? but|change (?:that|it) to|ändern|hab\w* mich (?:vertan|geirrt)|made a mistake|my mistake)\b"
)  # fmt: skip


def is_correction(text: str) -> bool:
    """
    Whether something said before is taken back.

    Examples
    --------
    >>> is_correction("nein, doch zwei"), is_correction("nein")
    (True, False)
    """
    return bool(_CORRECTION.search(text.lower()))
