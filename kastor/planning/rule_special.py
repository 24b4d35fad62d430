"""Which use is allowed in a special area (Sondergebiet): what its plan says, else what §§ 10 and 11 BauNVO say.

For other special areas (§ 11) a plan has to fix both purpose and kind of use; the ordinance itself allows nothing
there. So what the plan says in words is quoted and left to who reads it. Where it gives a purpose alone, what serves
that purpose is allowed and what plainly does not is not, unless the plan has rules in words somewhere else.

Source: BauNVO §§ 10, 11; purposes by XP_Sondernutzungen of XPlanung 4.1 to 6.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kastor.formats.xplanung.model import PlanObject
from kastor.planning.rule_uses import USES
from kastor.planning.verdicts import Answer, Words

SPECIAL = ("2000", "2100", "3000", "4000")
"""Codes of besondereArtDerBaulNutzung for special areas, older versions of the standard included."""

LONGEST = 240
"""Letters of a text that are quoted."""


@dataclass(frozen=True)
class Purpose:
    """
    What a special area is for.

    Parameters
    ----------
    serves
        Keys of ``USES`` that serve it.
    section
        Paragraph of the BauNVO.
    limits
        What is allowed of a use only under a condition, by key of ``USES``.
    """

    de: str
    en: str
    section: str
    serves: tuple[str, ...] = ()
    limits: Mapping[str, tuple[str, str]] | None = None


_WEEKEND = {
    "residential": (
        "nur Wochenendhäuser, kein dauerhaftes Wohnen",
        "weekend houses only, nobody may live there for good",
    )
}
_HOLIDAY = {
    "residential": ("nur Ferienhäuser für wechselnde Gäste, kein dauerhaftes Wohnen",
                    "holiday homes for changing guests only, nobody may live there for good"),
}  # fmt: skip
_SUPPLY = ("nur was das Gebiet versorgt und der Plan zulässt", "only what supplies the area and the plan admits")


def _leisure(de: str, en: str, limits: Mapping[str, tuple[str, str]]) -> Purpose:
    """An area of § 10, where a plan may admit what supplies it and sports (§ 10 Abs. 2)."""
    supply = {use: _SUPPLY for use in ("commercial", "public")}
    return Purpose(de, en, "§ 10", (), {**supply, **limits})


PURPOSES: Mapping[str, Purpose] = {
    "1000": _leisure("Wochenendhausgebiet", "Weekend-house area", _WEEKEND),
    "1100": _leisure("Ferienhausgebiet", "Holiday-home area", _HOLIDAY),
    "1200": _leisure("Campingplatzgebiet", "Camping area", {}),
    "1300": Purpose("Kurgebiet", "Spa area", "§ 11", ("public",)),
    "1400": _leisure("Sonstiges Sondergebiet für Erholung", "Other special area for recreation", {}),
    "1500": Purpose("Einzelhandelsgebiet", "Retail area", "§ 11", ("commercial",)),
    "1600": Purpose("Gebiet für großflächigen Einzelhandel", "Area for large-scale retail", "§ 11", ("commercial",)),
    "16000": Purpose("Ladengebiet", "Area for shops", "§ 11", ("commercial",)),
    "16001": Purpose("Einkaufszentrum", "Shopping centre", "§ 11", ("commercial",)),
    "16002": Purpose("Sonstiges Gebiet für großflächigen Einzelhandel", "Other area for large-scale retail", "§ 11",
                     ("commercial",)),
    "1650": Purpose("Großhandelsgebiet", "Wholesale area", "§ 11", ("commercial",)),
    "1700": Purpose("Verkehrsübungsplatz", "Driver training ground", "§ 11"),
    "1800": Purpose("Hafengebiet", "Harbour area", "§ 11", ("industrial", "commercial")),
    "1900": Purpose("Sondergebiet für erneuerbare Energien", "Special area for renewable energy", "§ 11",
                    ("industrial",)),
    "2000": Purpose("Militärisches Sondergebiet", "Military special area", "§ 11", ("public",)),
    "2100": Purpose("Sondergebiet Landwirtschaft", "Special area for agriculture", "§ 11", ("industrial",)),
    "2200": Purpose("Sondergebiet Sport", "Special area for sports", "§ 11", ("public",)),
    "2300": Purpose("Sondergebiet für Gesundheit und Soziales", "Special area for health and social affairs", "§ 11",
                    ("public", "nursery")),
    "23000": Purpose("Klinikgebiet", "Hospital area", "§ 11", ("public",)),
    "2400": Purpose("Golfplatz", "Golf course", "§ 11"),
    "2500": Purpose("Sondergebiet für Kultur", "Special area for culture", "§ 11", ("public",)),
    "2600": Purpose("Sondergebiet Tourismus", "Special area for tourism", "§ 11", ("commercial",)),
    "2700": Purpose("Sondergebiet für Büros und Verwaltung", "Special area for offices and administration", "§ 11",
                    ("office", "public")),
    "2720": Purpose("Sondergebiet für Einrichtungen der Justiz", "Special area for courts and prisons", "§ 11",
                    ("public", "office")),
    "2800": Purpose("Sondergebiet Hochschule", "University area", "§ 11", ("public", "school")),
    "2900": Purpose("Sondergebiet für Messe", "Trade-fair area", "§ 11", ("commercial", "public")),
}  # fmt: skip
"""What special areas are for, by their code; 9999 says nothing."""


@dataclass(frozen=True)
class Special:
    """
    A special area as its plan fixes it.

    Parameters
    ----------
    codes
        Of its purposes, keys of ``PURPOSES``.
    texts
        What the plan says about its use in words.
    rules
        Rules in words that hold there, on whatever.
    """

    codes: tuple[str, ...]
    texts: tuple[str, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Permission:
    """Whether a use is allowed in a special area, why, and by which paragraph."""

    answer: Answer
    words: Words
    section: str


def special_of(o: PlanObject, texts: Mapping[str, str]) -> Special | None:
    """
    The special area an object fixes; None when it is none.

    Parameters
    ----------
    texts
        Rules of the plan in words, by their id.
    """
    use = o.text("besondereArtDerBaulNutzung")
    if use not in SPECIAL and (use or o.text("allgArtDerBaulNutzung") != "4000"):
        return None
    codes, said = ["1000"] if use == "3000" else [], []
    for name in ("sondernutzung", "sonderNutzung"):
        for value in o.values(name):
            purpose, words = _purpose(value)
            codes += purpose
            said += words
    said += [text for text in (o.text("nutzungText"),) if text]
    rules = [texts[name] for name in o.targets("refTextInhalt") if texts.get(name)]
    known = tuple(dict.fromkeys(c for c in codes if c in PURPOSES))
    return Special(known, tuple(dict.fromkeys(said)), tuple(rules))


def _purpose(value: Any) -> tuple[list[str], list[str]]:
    """Codes and words of a purpose, a code alone up to version 5, since 6.0 a code with words."""
    if not isinstance(value, dict):
        return [str(value)], []
    parts = {name: list(_plain(value.get(name))) for name in ("value", "allgemein", "nutzungText", "aufschrift")}
    return [*parts["value"], *parts["allgemein"]], [*parts["nutzungText"], *parts["aufschrift"]]


def _plain(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        text = str(one.get("value", "")) if isinstance(one, dict) else str(one or "")
        if text.strip():
            yield text.strip()


def permission(use: str, area: Special, words_elsewhere: bool) -> Permission:
    """
    Whether a use is allowed in a special area.

    Parameters
    ----------
    use
        Key of ``rule_uses.USES``, or another word.
    words_elsewhere
        Whether the plan has rules in words that belong to no object.

    Examples
    --------
    >>> permission("residential", Special(("16001",), ()), False).answer
    'broken'
    >>> permission("residential", Special((), ("Bootshäuser",)), False).words["de"]
    'Wohnen im Sondergebiet: Der Plan sagt dazu „Bootshäuser“. Was das zulässt, ist zu lesen.'
    """
    de, en = USES.get(use, (use, use))
    purposes = [PURPOSES[code] for code in area.codes]
    section = " und ".join(dict.fromkeys(p.section for p in purposes)) or "§ 11"
    serves = any(use in p.serves for p in purposes)
    if area.texts or (area.rules and not serves):
        quote = "; ".join(area.texts or area.rules)
        quote = quote if len(quote) <= LONGEST else f"{quote[: LONGEST - 1].rstrip()}…"
        words = {
            "de": f"{de} im {_named(purposes, 'de')}: Der Plan sagt dazu „{quote}“. Was das zulässt, ist zu lesen.",
            "en": f"{en} in a {_named(purposes, 'en')}: the plan says “{quote}”. What that allows has to be read.",
        }
        return Permission("unknown", words, section)
    answer, why = _by_purpose(use, purposes, words_elsewhere)
    if area.rules:
        why = f"{why[0]}; der Plan hat dazu eigene Texte", f"{why[1]}; the plan has texts of its own on this"
    words = {
        "de": f"{de} im {_named(purposes, 'de')}: {why[0]}",
        "en": f"{en} in a {_named(purposes, 'en')}: {why[1]}",
    }
    return Permission(answer, words, section)


def _named(purposes: list[Purpose], language: str) -> str:
    names = [p.de if language == "de" else p.en for p in purposes]
    return ", ".join(names) or ("Sondergebiet" if language == "de" else "special area")


def _by_purpose(use: str, purposes: list[Purpose], words_elsewhere: bool) -> tuple[Answer, tuple[str, str]]:
    if not purposes:
        return "unknown", (
            "Der Plan nennt keine Zweckbestimmung, die eine Maschine liest (§ 11 Abs. 2 verlangt sie)",
            "the plan gives no purpose a machine can read (§ 11 Abs. 2 asks for one)",
        )
    if any(use in p.serves for p in purposes):
        return "kept", ("dient der Zweckbestimmung", "serves the purpose")
    for purpose in purposes:
        if purpose.limits and use in purpose.limits:
            return "unknown", purpose.limits[use]
    if use == "garage" or use not in USES:
        return "unknown", ("für den Bedarf des Gebiets zulässig (§ 12)", "allowed for the need of the area (§ 12)")
    if words_elsewhere:
        return "unknown", (
            "dient der Zweckbestimmung nicht; ob der Text des Plans es zulässt, ist zu lesen",
            "does not serve the purpose; whether the text of the plan admits it has to be read",
        )
    return "broken", (
        "nicht zulässig, dient der Zweckbestimmung nicht", "not allowed, does not serve the purpose"
    )  # fmt: skip
