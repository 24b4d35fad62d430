"""The grammars a form may name in ``x-kastor-grammar``: what each reads and how its value looks.

A grammar reads German and English alike. Where the question has just been asked (``asked``) it also takes what only
makes sense as an answer: "2", "60", "habe ich".
"""

from __future__ import annotations

import re

from kastor.cases.understanding import (
    addresses,
    answers,
    contacts,
    dates,
    emergencies,
    kept_animals,
    measures,
    symptoms,
    things,
    times,
)
from kastor.cases.understanding.values import Context, Found, Grammar

VERSION = 1
"""Raised whenever a grammar reads something differently; facts name it."""


def _text(text: str, context: Context) -> list[Found]:
    """The whole answer, as it is."""
    stripped = text.strip()
    start = text.find(stripped)
    return [Found(stripped, start, start + len(stripped), 0.9)] if stripped and context.asked else []


_NO_DANGER = re.compile(
    r"\b(?:keine(?:rlei)? gefahr|gefahr besteht (?:keine|nicht)|no danger|"
    r"nothing dangerous|not dangerous|ungefährlich)\b"
)


def _danger(text: str, context: Context) -> list[Found]:
    """Kind of danger; "keine" only as an answer."""
    kind = emergencies.emergency(text)
    if kind and kind not in emergencies.URGENT:
        return [Found(kind, 0, len(text), 0.9)]
    if m := _NO_DANGER.search(text.lower()):
        return [Found("keine", m.start(), m.end(), 0.9)]
    if context.asked:
        chosen = answers.read_choice(text, context)
        if chosen:
            return chosen
        said = answers.read_yes_no(text, context)
        if said and said[0].value is False:
            return [Found("keine", said[0].start, said[0].end, 0.95)]
    return []


def _breed(text: str, context: Context) -> list[Found]:
    """The breed named first."""
    found = things.breeds(text, context)
    return [Found(f.value[0], f.start, f.end, f.confidence) for f in found if isinstance(f.value, list)]


def _flag(name: str, text: str, context: Context) -> list[Found]:
    found = symptoms.read_flag(name, text)
    return found or (answers.read_yes_no(text, context) if context.asked else [])


def _assistance_dog(text: str, context: Context) -> list[Found]:
    return _flag("assistance_dog", text, context)


def _rent_reduction(text: str, context: Context) -> list[Found]:
    return _flag("rent_reduction", text, context)


def _own_installation(text: str, context: Context) -> list[Found]:
    return _flag("own_installation", text, context)


def _shut_off(text: str, context: Context) -> list[Found]:
    return symptoms.read_shut_off(text, context) or (answers.read_yes_no(text, context) if context.asked else [])


_ALL = (
    Grammar("yes_no", "true, false; null where the person says not to know", answers.read_yes_no, True, "answers"),
    Grammar("choice", "one of the property's enum, by the words of its labels, its number or "
                      "letter", answers.read_choice, True, "answers"),
    Grammar("rating", "1 (bad) to 5 (good)", answers.read_rating, True, "answers"),
    Grammar("text", "the answer as it is", _text, True, "text"),
    Grammar("number", "number, in words too", measures.read_number, True, "numbers"),
    Grammar("count", "whole number of things; keine = 0, ein Hund = 1", measures.read_count, True, "numbers"),
    Grammar("amount_eur", "number of euros", measures.read_amount, False, "measures"),
    Grammar("length_cm", "length or height in cm", measures.read_length, True, "measures"),
    Grammar("weight_kg", "weight in kg", measures.read_weight, False, "measures"),
    Grammar("area_m2", "area in m²", measures.read_area, True, "measures"),
    Grammar("age_months", "age in months", measures.read_months, True, "measures"),
    Grammar("hours", "hours", measures.read_hours, True, "measures"),
    Grammar("date", "day as YYYY-MM-DD", dates.read, True, "dates"),
    Grammar("since", "day something began, YYYY-MM-DD", measures.read_since, False, "dates"),
    Grammar("time", "time of day as HH:MM", times.read_time, True, "times"),
    Grammar("window", "{first, last: day|null, from, until: HH:MM|null}: when somebody has "
                      "time", times.read_window, True, "times"),
    Grammar("duration", "ISO 8601 duration", measures.read_duration, True, "measures"),
    Grammar("phone", "telephone number in E.164", contacts.read_phone, False, "contacts"),
    Grammar("email", "address of e-mail", contacts.read_email, False, "contacts"),
    Grammar("name", "given and family name", contacts.read_name, False, "contacts"),
    Grammar("plate", 'number plate as "KN-AB 123"', contacts.read_plate, False, "contacts"),
    Grammar("address", "{street, number, floor, side}: the parts that are said", addresses.read, False, "addresses"),
    Grammar("animal", "kleintier, katze, hund, exot, sonst", things.animals, False, "animals"),
    Grammar("breed", 'breed of a dog named first; "unbekannt"', _breed, False, "breeds"),
    Grammar("breeds", 'list of breeds of a dog; ["unbekannt"]', things.breeds, False, "breeds"),
    Grammar("dogs_kept", "number of dogs that live there already", kept_animals.read_dogs, False, "numbers"),
    Grammar("cats_kept", "number of cats that live there already", kept_animals.read_cats, False, "numbers"),
    Grammar("assistance_dog", "true where one is mentioned", _assistance_dog, False, "flags"),
    Grammar("rent_reduction", "true where it is asked for", _rent_reduction, False, "flags"),
    Grammar("own_installation", "true where the tenant's own fittings are "
                                "mentioned", _own_installation, False, "flags"),
    Grammar("danger", "kind of emergency, or keine", _danger, False, "emergencies"),
    Grammar("component", "part of a building (keys of data/parts.json)", things.parts, False, "parts"),
    Grammar("trade", "trade that repairs the part named", things.trades, False, "parts"),
    Grammar("room", "room (keys of data/rooms.json)", things.rooms, False, "rooms"),
    Grammar("place", "wohnung, keller, treppenhaus, gemeinschaft, aussen, haus", things.areas, False, "rooms"),
    Grammar("symptom", "what is wrong: laeuft_durch, tropft, undicht, verstopft, kalt "
                       "...", symptoms.read, False, "symptoms"),
    Grammar("extent", "stelle, raum, wohnung, haus", symptoms.read_extent, False, "symptoms"),
    Grammar("shut_off", "true where the water is or can be shut off", _shut_off, False, "symptoms"),
)  # fmt: skip

GRAMMARS: dict[str, Grammar] = {grammar.name: grammar for grammar in _ALL}
"""All grammars by name."""
