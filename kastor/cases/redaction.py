"""What must not be published of a text: names, telephone numbers, mail addresses, plates of cars, bank accounts.

Patterns, not understanding: what stands behind a salutation, a greeting or "mein Name ist" is taken for a name, and so
is every name that is known already, such as that of who asks. A name somebody only mentions stays; so a person looks
before a text is published whose rules say so. Addresses stay: a defect has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NAME, PHONE, MAIL, PLATE, ACCOUNT = "name", "phone", "mail", "plate", "account"

WORDS = {
    "de": {NAME: "[Name]", PHONE: "[Telefon]", MAIL: "[E-Mail]", PLATE: "[Kennzeichen]", ACCOUNT: "[Bankverbindung]"},
    "en": {NAME: "[name]", PHONE: "[phone]", MAIL: "[e-mail]", PLATE: "[plate]", ACCOUNT: "[bank account]"},
}

LONGEST = 20_000
"""Only so much of a text is looked at; the rest is left out. [character]"""

_MAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.IGNORECASE)
_ACCOUNT = re.compile(r"\b([A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?)\b")
_PLATE = re.compile(r"\b([A-ZÄÖÜ]{1,3})[ -]{1,3}([A-Z]{1,2})[ -]?([1-9]\d{0,3})([EH]?)\b")
_PHONE = re.compile(r"(?<![\w-])(?:(?:\+|00)\d{1,3}[ /()-]{0,3})?\(?0\d{1,4}(?:[ /()-]{0,3}\d){5,12}(?!\d)")
_NAME = r"[A-ZÄÖÜ][a-zäöüßéèáàóòçñ]+(?:-[A-ZÄÖÜ][a-zäöüßéèáàóòçñ]+)?"
_TITLE = r"(?:Dr\.|Prof\.|Dipl\.-Ing\.|von|van|de|zu)"
_SALUTATION = re.compile(
    rf"\b(?:Herrn?|Frau|Fr\.|Hr\.|Familie|Fam\.|Mr\.?|Mrs\.?|Ms\.?)\s+((?:{_TITLE}\s+)*{_NAME}(?:\s+{_NAME})?)"
)
_PRESENTED = re.compile(
    rf"\b(?:[Mm]ein Name ist|[Ii]ch heiße|[Ii]ch bin (?:der|die)|[Mm]y name is|[Ii] am|[Ii]'m)\s+"
    rf"((?:{_TITLE}\s+)*{_NAME}(?:\s+{_NAME}){{0,2}})"
)
_GREETING = re.compile(
    r"(?:Grüße?n?|Gruß|MfG|LG|VG|Hochachtungsvoll|[Rr]egards|[Ss]incerely|[Tt]hanks)(?:\s+aus \S+)?[,.!]?\s*\n?\s*"
    rf"((?:{_TITLE}\s+)*(?:{_NAME}|[A-ZÄÖÜ]\.)(?:\s+{_NAME}){{0,2}})\s*$",
    re.MULTILINE,
)
_NO_NAMES = re.compile(
    r"(?:(?:Ober)?Bürgermeister|Minister|Direktor|Professor|Doktor|Rektor)(?:in)?|Damen|Herren|Mr|Mrs"
)


@dataclass(frozen=True)
class Redacted:
    """
    A text without personal data.

    Parameters
    ----------
    text
        With a word in square brackets in the place of each.
    kinds
        What was left out, in order.
    """

    text: str
    kinds: tuple[str, ...]


def redact(text: str, language: str = "de", names: Iterable[str] = ()) -> Redacted:
    r"""
    Leave out what must not be published.

    Parameters
    ----------
    language
        Of the words put in its place.
    names
        Names that are known, such as that of who asks; each of their words of three letters or more is left out.

    Examples
    --------
    >>> redact("Rufen Sie mich an: 0171 2345678. Gruß\nAnna Schmidt").text
    'Rufen Sie mich an: [Telefon]. Gruß\n[Name]'
    """
    text = text[:LONGEST]
    words = WORDS["en" if language == "en" else "de"]
    out, kinds, end = [], [], 0
    for begin, stop, kind in _apart(sorted(_spans(text, names))):
        out += [text[end:begin], words[kind]]
        kinds.append(kind)
        end = stop
    return Redacted("".join([*out, text[end:]]), tuple(kinds))


def _spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    yield from ((*found.span(), MAIL) for found in _MAIL.finditer(text))
    yield from ((*found.span(1), ACCOUNT) for found in _ACCOUNT.finditer(text) if _is_account(found[1]))
    yield from ((*found.span(), PLATE) for found in _PLATE.finditer(text))
    yield from _phones(text)
    for pattern in (_SALUTATION, _PRESENTED, _GREETING):
        for found in pattern.finditer(text):
            if not _NO_NAMES.fullmatch(found[1].split()[0]):
                yield (*found.span(1), NAME)
    for name in names:
        for part in re.findall(r"[^\W\d_]{3,}", name):
            yield from ((*found.span(), NAME) for found in re.finditer(rf"\b{re.escape(part)}\b", text, re.IGNORECASE))


def _phones(text: str) -> Iterator[tuple[int, int, str]]:
    yield from ((*found.span(), PHONE) for found in _PHONE.finditer(text))
    # takes a tenth of a second to import
    import phonenumbers

    for found in phonenumbers.PhoneNumberMatcher(text, "DE", leniency=phonenumbers.Leniency.POSSIBLE, max_tries=200):
        digits = sum(letter.isdigit() for letter in found.raw_string)
        if digits >= 7 and (found.raw_string.lstrip("(+ ")[0] == "0" or "+" in found.raw_string):
            yield found.start, found.end, PHONE


def _is_account(text: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1


def _apart(spans: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Spans that do not overlap, of two that do the one that begins first."""
    end = 0
    for begin, stop, kind in spans:
        if begin >= end:
            yield begin, stop, kind
            end = stop
        elif stop > end:
            # what reaches out of the one before is left out too
            yield end, stop, kind
            end = stop
