"""How to reach somebody and who it is: telephone, e-mail, name, number plate."""

from __future__ import annotations

import re

import phonenumbers

from kastor.cases.understanding.numbers import plain
from kastor.cases.understanding.values import Context, Found

_SPOKEN_DIGITS = re.compile(r"(?<![\w.,])\+?\d(?:[\s,\-–]+\d{1,2}\b){6,14}")
_PHONE_WORD = re.compile(r"tel|nummer|phone|mobil|handy|ruf|call|number|erreich", re.I)
_NOT_PHONE = re.compile(r"vertrag|kunden|vorgang|akten|iban|konto|case|contract|rechnung", re.I)


def read_phone(text: str, context: Context) -> list[Found]:
    """Telephone numbers in E.164; digits said one by one too."""
    found = [
        Found(_e164(m.number), m.start, m.end, 0.98)
        for m in phonenumbers.PhoneNumberMatcher(text, "DE", leniency=phonenumbers.Leniency.POSSIBLE)
        if _plausible(text, m, context)
    ]
    if found:
        return found
    said = plain(text)
    for m in _SPOKEN_DIGITS.finditer(said.text):
        digits = re.sub(r"[^\d+]", "", m[0])
        number = _parsed(digits) if digits[0] in "0+" else None
        if number:
            found.append(Found(_e164(number), said.origin(m.start()), said.origin(m.end()), 0.93))
    return found


def _plausible(text: str, match: phonenumbers.PhoneNumberMatch, context: Context) -> bool:
    raw = match.raw_string.strip()
    before = text[max(0, match.start - 30) : match.start]
    if _NOT_PHONE.search(before) or (re.fullmatch(r"[\d./]*\d{4}", raw) and raw.count(".") == 2):
        return False
    if not raw.lstrip("(").startswith(("0", "+")):
        return False
    return len(re.sub(r"\D", "", raw)) >= 8 or (
        len(re.sub(r"\D", "", raw)) >= 6 and (context.asked or bool(_PHONE_WORD.search(before)))
    )


def _parsed(digits: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(digits, "DE")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")
_AT = re.compile(r"\b(?:at|ät)\b|@|\(at\)|\[at\]", re.I)
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w.\-])([\w.\-]{1,64}(?: (?:punkt|dot|minus|unterstrich) [\w\-]{1,64}){0,4}) ?"
    r"(?:\bat\b|\bät\b|@|\(at\)|\[at\]) ?"
    r"([\w\-]{1,63}) ?(?:\bpunkt\b|\bdot\b|\.) ?([a-z]{2,10})\b",
    re.I,
)


def read_email(text: str, context: Context) -> list[Found]:
    """Addresses of e-mail; said ones in small letters."""
    found = [
        Found(m[0].rstrip(".-"), m.start(), m.start() + len(m[0].rstrip(".-")), 0.99) for m in _EMAIL.finditer(text)
    ]
    if not found and _AT.search(text) and (m := _SPOKEN_EMAIL.search(text)):
        local = re.sub(r"\s(?:punkt|dot)\s", ".", m[1].lower())
        local = re.sub(r"\s(?:minus)\s", "-", re.sub(r"\s(?:unterstrich)\s", "_", local))
        found = [Found(f"{local}@{m[2].lower()}.{m[3].lower()}", m.start(), m.end(), 0.85)]
    return found


_LETTERS = r"[A-ZÄÖÜÇĞİŞÁÉÓÚÑŁŚŽČĆ][\wÀ-ž'’]*"
_PARTICLES = r"(?:(?:von|van|de|der|den|zu|zum|vom|al|el|bin|ben|da|dos|la|le|ter)\s)*"
_FULL = rf"{_LETTERS}(?:-{_LETTERS})*(?:\s{_PARTICLES}{_LETTERS}(?:-{_LETTERS})*){{1,3}}"
_TITLE = r"(?:(?:Herr|Frau|Hr\.|Fr\.|Mr\.?|Mrs\.?|Ms\.?|Miss|Dr\.|Prof\.|Dipl\.-Ing\.)\s)*"
_ANY_LETTERS = r"[^\W\d_][\w'’]*"
_INTRODUCED = re.compile(
    r"(?:\b(?:mein name ist|ich hei(?:ß|ss)e|my name is|i am called|hier (?:ist|spricht|schreibt)|this is|"
    r"name\s?:|name lautet)\s*)"
    rf"(?P<name>(?-i:{_TITLE})(?-i:{_FULL}|{_LETTERS}(?:-{_LETTERS})*))", re.I
)  # fmt: skip
_I_AM = re.compile(
    rf"(?:\b(?:ich bin|i am|i'm|i’m|bin die|bin der)\s(?:die |der )?)(?P<name>(?-i:{_TITLE})(?-i:{_FULL}))", re.I
)
_TITLED = re.compile(rf"\b(?:Herr|Frau|Hr\.|Fr\.|Mr\.?|Mrs\.?|Ms\.?)\s(?P<name>(?:Dr\.\s)?{_LETTERS}(?:-{_LETTERS})*)")
_CLOSING = re.compile(
    r"(?:mit (?:freundlichen|besten|lieben|herzlichen) grü(?:ß|ss)en|(?:viele|beste|liebe|freundliche|"
    r"herzliche) grü(?:ß|ss)e|mfg|vg|lg|"
    rf"(?:kind|best|warm)?\s?regards|sincerely|thanks|gru(?:ß|ss)|yours "
    rf"faithfully)[,.!]?\s*\n?\s*(?P<name>(?-i:{_FULL}))", re.I
)  # fmt: skip
_NAME_ONLY = re.compile(
    rf"^\s*{_TITLE}(?P<name>{_FULL}|{_ANY_LETTERS}(?:-{_ANY_LETTERS})*\s{_ANY_LETTERS}(?:-{_ANY_LETTERS})*)\s*[.!]?\s*$"
)
_TURNED = re.compile(
    rf"^\s*(?P<last>{_ANY_LETTERS}(?:-{_ANY_LETTERS})*),\s*(?P<first>{_ANY_LETTERS}(?:[\s-]{_ANY_LETTERS})?)\s*$"
)
_NO_NAME = re.compile(
    r"\b(?:die|der|das|ein|eine|ist|nicht|ich|sage|kein|keine|ja|nein|the|is|not|no|my|mein|meine|und|bitte|"
    r"danke|mieter|mieterin|"
    r"nachbar\w*|heizung|wohnung|wasser|hund|katze|guten|tag|hallo|so|sehr|leider|von|weiß|habe|will)\b", re.I
)  # fmt: skip
_SURE = re.compile(
    r"\b(?:die|das|ist|nicht|ich|sage|kein|keine|the|is|not|guten|hallo|weiß|habe|will|heizung|wohnung|wasser)\b", re.I
)


def read_name(text: str, context: Context) -> list[Found]:
    """Names of people as "given family"; introductions, closings, or the whole answer."""
    for pattern, confidence in ((_INTRODUCED, 0.95), (_I_AM, 0.9), (_CLOSING, 0.9), (_TITLED, 0.85)):
        m = pattern.search(text)
        if m and not _SURE.search(_bare_name(m["name"])):
            return [Found(_bare_name(m["name"]), m.start("name"), m.end("name"), confidence)]
    if not context.asked:
        return []
    if m := _TURNED.match(text):
        name = f"{m['first']} {m['last']}"
        return [Found(name.title() if name.islower() else name, m.start("last"), m.end("first"), 0.9)]
    m = _NAME_ONLY.match(text)
    if m is None or (_NO_NAME.search(m["name"]) and not re.search(r"\bvon\b", m["name"])):
        return []
    name = _bare_name(m["name"])
    return [Found(name.title() if name.islower() else name, m.start("name"), m.end("name"), 0.85)]


def _bare_name(name: str) -> str:
    """A name without titles."""
    return re.sub(rf"^{_TITLE}", "", name.strip()).strip()


_PLATE = re.compile(
    r"(?<![\wÄÖÜäöü\-])([A-ZÄÖÜa-zäöü]{1,3})\s?[-:·]\s?([A-Za-z]{1,2})[\s\-]?([1-9]\d{0,3})\s?([EHeh]?)(?![\w])|"
    r"(?<![\wÄÖÜäöü\-])([A-ZÄÖÜ]{1,3})\s([A-Z]{1,2})\s?([1-9]\d{0,3})\s?([EH]?)(?![\w])"
)
_LOOSE_PLATE = re.compile(
    r"(?<![\wÄÖÜäöü\-])([a-zäöü]{1,3})[\s\-:]{0,2}([a-z]{1,2})[\s\-]{0,2}([1-9]\d{0,3})\s?([eh]?)(?![\w])", re.I
)
_NO_PLATES = frozenset(
    {"EG", "OG", "DG", "UG", "NR", "WE", "KW", "UM", "IM", "BIS", "STR", "ST", "DER", "DEN", "EUR", "VON", "ZU", "IN"}
)


def read_plate(text: str, context: Context) -> list[Found]:
    """German number plates as "KN-AB 123", with E or H."""
    pattern = _LOOSE_PLATE if context.asked else _PLATE
    found = []
    for m in pattern.finditer(text):
        town, letters, number, ending = (g for g in (m.groups()[:4] if m[1] else m.groups()[4:]))
        if town.upper() in _NO_PLATES or letters.upper() in _NO_PLATES or len(town + letters + number + ending) > 8:
            continue
        found.append(Found(f"{town.upper()}-{letters.upper()} {number}{ending.upper()}", m.start(), m.end(), 0.93))
    return found
