"""What is said about appointments in German, English and Leichte Sprache; craftsmen are written to in German."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kastor.cases.dialogue.words import span_words

_SAID: Mapping[str, Mapping[str, str]] = {
    "booked": {
        "de": "Ihr Termin steht: {when}. Es kommt {craftsman}.",
        "en": "Your appointment is set: {when}. {craftsman} will come.",
        "leicht": "Ihr Termin ist: {when}.\nEs kommt: {craftsman}.",
    },
    "calendar": {
        "de": " Die Datei für Ihren Kalender liegt bei.",
        "en": " The file for your calendar is attached.",
        "leicht": "\nDabei ist eine Datei für Ihren Kalender.",
    },
    "planned": {
        "de": "{craftsman} kommt voraussichtlich {when}. Sie müssen nicht zu Hause sein.",
        "en": "{craftsman} will probably come {when}. You need not be at home.",
        "leicht": "{craftsman} kommt: {when}.\nSie müssen nicht zu Hause sein.",
    },
    "moved": {
        "de": "Der Termin hat sich geändert. {craftsman} kommt jetzt voraussichtlich {when}. Sie müssen nicht zu Hause "
        "sein.",
        "en": "The appointment has changed. {craftsman} will now probably come {when}. You need not be at home.",
        "leicht": "Der Termin ist anders.\n{craftsman} kommt: {when}.\nSie müssen nicht zu Hause sein.",
    },
    "rescheduled": {
        "de": "Ihr Termin wurde verlegt: {when}. Es kommt {craftsman}.",
        "en": "Your appointment has been moved: {when}. {craftsman} will come.",
        "leicht": "Ihr Termin ist anders.\nDer neue Termin ist: {when}.\nEs kommt: {craftsman}.",
    },
    "reason": {"de": "Grund: {reason}", "en": "Reason: {reason}", "leicht": "Der Grund ist: {reason}"},
    "gone": {
        "de": "Dieser Termin ist leider nicht mehr frei.",
        "en": "Sorry, this appointment is no longer free.",
        "leicht": "Dieser Termin ist nicht mehr frei.",
    },
    "cancelled": {
        "de": "Ihr Termin {when} fällt leider aus. Wir kümmern uns um einen neuen.",
        "en": "Your appointment {when} is cancelled. We are looking for a new one.",
        "leicht": "Ihr Termin fällt aus: {when}.\nWir suchen einen neuen Termin.",
    },
    "called_back": {
        "de": "Dann rufen wir Sie an und finden zusammen einen Termin. Eine Person aus unserem Team meldet sich.",
        "en": "Then we will call you and find a time together. A member of our team will get in touch.",
        "leicht": "Wir rufen Sie an.\nDann finden wir zusammen einen Termin.",
    },
    "reminder": {
        "de": "Erinnerung an Ihren Termin: {when}. Es kommt {craftsman}.",
        "en": "A reminder of your appointment: {when}. {craftsman} will come.",
        "leicht": "Denken Sie an Ihren Termin: {when}.\nEs kommt: {craftsman}.",
    },
}

ORDER_MAIL = """{body}

Annehmen oder ablehnen: {link}"""

ORDER_MAIL_WITHOUT_LINK = """{body}

Bitte rufen Sie uns an, um den Auftrag anzunehmen oder abzulehnen."""

VISIT_MAIL = """{what} ({order})

Termin: {when}
Ort: {place}
{phone}
{link}"""

CANCEL_MAIL = """Der Termin {when} zum Auftrag {order} fällt aus. Ort: {place}"""


def said(key: str, language: str, **values: str) -> str:
    """A sentence; values are taken as plain text, whatever they hold."""
    text = _SAID[key].get(language) or _SAID[key]["de"]
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def when(begin: str, end: str, language: str) -> str:
    """A visit in words, in the time of Berlin."""
    return span_words(datetime.fromisoformat(begin), datetime.fromisoformat(end), language)
