"""Colours and signs of plans by the ordinance on plan symbols, for classes of XPlanung in every version.

The Planzeichenverordnung names colours in words ("Rot mittel"), not in numbers; the numbers here are a choice that
keeps the words apart on a screen. Hatches and symbols are named, drawing them is left to who draws.

Source: Planzeichenverordnung 1990 (PlanZV), Anlage; the number of the section stands with each sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kastor.formats.xplanung.model import PlanObject

Pattern = Literal["solid", "hatched", "dotted", "dashed", "dash-dot", "none"]

Mark = Literal["kept_tree", "new_tree", "height", "cross", "ring", "square"]
"""What stands for an object that is a place: a tree that stays or is planted, a mark of height, a cross, a ring with
letters; a square where the ordinance has none."""


@dataclass(frozen=True)
class Sign:
    """
    How an object is drawn.

    Parameters
    ----------
    kind, attribute, codes
        Class without its letters in front, and the codes of an attribute it holds for; no codes: for all others.
    fill, stroke
        Colours ``#rrggbb``, empty for none.
    pattern
        Of the area, or of the line of objects that are lines.
    label
        Short sign in the area, such as WA.
    section
        Number in the Anlage of the PlanZV.
    mark
        Of objects that are a place.
    """

    kind: str
    attribute: str
    codes: tuple[str, ...]
    fill: str
    stroke: str
    pattern: Pattern
    label: str
    de: str
    en: str
    section: str
    mark: Mark = "square"


_RED, _BROWN, _GREY, _ORANGE = "#e8837c", "#c79a72", "#b3b3b3", "#f3a45c"
_USE, _GENERAL = "besondereArtDerBaulNutzung", "allgArtDerBaulNutzung"


def _use(code: str, fill: str, label: str, de: str, en: str, section: str) -> tuple[Sign, ...]:
    """A kind of building area, in development and land-use plans."""
    kinds = ("BaugebietsTeilFlaeche", "BebauungsFlaeche")
    return tuple(Sign(kind, _USE, (code,), fill, "#4d4d4d", "solid", label, de, en, section) for kind in kinds)


def _general(code: str, fill: str, label: str, de: str, en: str, section: str) -> tuple[Sign, ...]:
    kinds = ("BaugebietsTeilFlaeche", "BebauungsFlaeche")
    return tuple(Sign(kind, _GENERAL, (code,), fill, "#4d4d4d", "solid", label, de, en, section) for kind in kinds)


def _area(kinds: str, fill: str, de: str, en: str, section: str) -> tuple[Sign, ...]:
    return tuple(Sign(kind, "", (), fill, "#4d4d4d", "solid", "", de, en, section) for kind in kinds.split())


def _mark(kind: str, codes: str, stroke: str, mark: Mark, label: str, de: str, en: str, section: str) -> Sign:
    """What is mostly a place or an outline with letters, by its kind (artDerFestlegung)."""
    attribute = "artDerFestlegung" if codes else ""
    return Sign(kind, attribute, tuple(codes.split()), "", stroke, "dashed", label, de, en, section, mark)


def _nature(codes: str, label: str, de: str, en: str) -> tuple[Sign, ...]:
    kinds = ("SchutzBestimmterTeileVonNaturUndLandschaft", "SchutzgebietNaturschutzrecht")
    return tuple(_mark(kind, codes, "#3f8f3f", "ring", label, de, en, "13.3") for kind in kinds)


def _line(kind: str, stroke: str, pattern: Pattern, de: str, en: str, section: str) -> tuple[Sign, ...]:
    return (Sign(kind, "", (), "", stroke, pattern, "", de, en, section),)


SIGNS: tuple[Sign, ...] = (
    *_use("1000", _RED, "WS", "Kleinsiedlungsgebiet", "Small-holding area", "1.1.1"),
    *_use("1100", _RED, "WR", "Reines Wohngebiet", "Purely residential area", "1.1.2"),
    *_use("1200", _RED, "WA", "Allgemeines Wohngebiet", "General residential area", "1.1.3"),
    *_use("1300", _RED, "WB", "Besonderes Wohngebiet", "Special residential area", "1.1.4"),
    *_use("1400", _BROWN, "MD", "Dorfgebiet", "Village area", "1.2.1"),
    *_use("1450", _BROWN, "MDW", "Dörfliches Wohngebiet", "Village residential area", "1.2"),
    *_use("1500", _BROWN, "MI", "Mischgebiet", "Mixed area", "1.2.2"),
    *_use("1550", _BROWN, "MU", "Urbanes Gebiet", "Urban area", "1.2"),
    *_use("1600", _BROWN, "MK", "Kerngebiet", "Core area", "1.2.3"),
    *_use("1700", _GREY, "GE", "Gewerbegebiet", "Commercial area", "1.3.1"),
    *_use("1800", _GREY, "GI", "Industriegebiet", "Industrial area", "1.3.2"),
    *_use("2000", _ORANGE, "SO", "Sondergebiet Erholung", "Special area for recreation", "1.4.1"),
    *_use("2100", _ORANGE, "SO", "Sonstiges Sondergebiet", "Other special area", "1.4.2"),
    *_use("3000", _ORANGE, "SO", "Wochenendhausgebiet", "Weekend-house area", "1.4.1"),
    *_use("4000", _ORANGE, "SO", "Sondergebiet", "Special area", "1.4"),
    *_general("1000", _RED, "W", "Wohnbaufläche", "Residential building area", "1.1"),
    *_general("2000", _BROWN, "M", "Gemischte Baufläche", "Mixed building area", "1.2"),
    *_general("3000", _GREY, "G", "Gewerbliche Baufläche", "Commercial building area", "1.3"),
    *_general("4000", _ORANGE, "S", "Sonderbaufläche", "Special building area", "1.4"),
    *_line("BauLinie", "#d7263d", "dash-dot", "Baulinie", "Building line", "3.4"),
    *_line("BauGrenze", "#1f4fbf", "dash-dot", "Baugrenze", "Building limit", "3.5"),
    *_area("GemeinbedarfsFlaeche Gemeinbedarf", "#d9799f", "Fläche für den Gemeinbedarf",
           "Community facilities", "4.1"),
    *_area("SpielSportanlagenFlaeche SpielSportanlage", "#d9799f", "Sport- und Spielanlage", "Sports and play", "4.2"),
    *_area("SO_Schienenverkehrsrecht", "#b79bd0", "Bahnanlage", "Railway", "5"),
    *_area("StrassenVerkehrsFlaeche Strassenverkehr SO_Strassenverkehr SO_Strassenverkehrsrecht", "#f2cf63",
           "Straßenverkehrsfläche", "Street", "6.1"),
    *_line("StrassenbegrenzungsLinie", "#1f8f5f", "solid", "Straßenbegrenzungslinie", "Street boundary line", "6.2"),
    *_area("VerkehrsflaecheBesondererZweckbestimmung VerkehrsFlaecheBesondererZweckbestimmung", "#f2cf63",
           "Verkehrsfläche besonderer Zweckbestimmung", "Traffic area of special purpose", "6.3"),
    *_area("VerEntsorgung", "#f7ee9a", "Fläche für Versorgung und Entsorgung", "Supply and disposal", "7"),
    *_area("GruenFlaeche Gruen", "#9fcf7c", "Grünfläche", "Green area", "9"),
    *_area("GewaesserFlaeche Gewaesser SO_Gewaesser", "#8fc1e8", "Wasserfläche", "Water", "10.1"),
    *_area("LandwirtschaftsFlaeche Landwirtschaft LandwirtschaftsFlaeche", "#d5df8a", "Fläche für die Landwirtschaft",
           "Agriculture", "12.1"),
    *_area("WaldFlaeche", "#6fae8e", "Wald", "Woodland", "12.2"),
    *_line("SchutzPflegeEntwicklungsFlaeche", "#3f8f3f", "dotted",
           "Fläche zum Schutz, zur Pflege und zur Entwicklung von Boden, Natur und Landschaft",
           "Area to protect, care for and develop soil, nature and landscape", "13.1"),
    Sign("AnpflanzungBindungErhaltung", "massnahme", ("2000",), "", "#3f8f3f", "dotted", "",
         "Anpflanzen von Bäumen und Sträuchern", "Planting of trees and shrubs", "13.2.1", "new_tree"),
    Sign("AnpflanzungBindungErhaltung", "", (), "", "#3f8f3f", "dotted", "",
         "Anpflanzen und Erhalten von Bäumen und Sträuchern", "Planting and keeping of trees and shrubs", "13.2",
         "kept_tree"),
    *_nature("1000", "N", "Naturschutzgebiet", "Nature reserve"),
    *_nature("1300", "L", "Landschaftsschutzgebiet", "Protected landscape"),
    *_nature("1500", "ND", "Naturdenkmal", "Natural monument"),
    *_nature("1600", "LB", "Geschützter Landschaftsbestandteil", "Protected part of the landscape"),
    *_nature("", "", "Schutzgebiet oder Schutzobjekt des Naturschutzrechts", "Protected by nature conservation law"),
    _mark("HoehenMass", "", "#333333", "height", "", "Höhenmaß", "Height", "2.8"),
    _mark("SchutzgebietWasserrecht", "10001", "#2b6cb0", "ring", "O", "Schutzgebiet für Oberflächengewässer",
          "Surface water protection area", "10.3"),
    _mark("SchutzgebietWasserrecht", "1000 10000", "#2b6cb0", "ring", "W", "Wasserschutzgebiet",
          "Water protection area", "10.3"),
    _mark("SchutzgebietWasserrecht", "", "#2b6cb0", "ring", "", "Schutzgebiet des Wasserrechts",
          "Protected by water law", "10.3"),
    _mark("Bodenschutzrecht", "", "#7a3b12", "cross", "", "Altlast oder Verdachtsfläche",
          "Contaminated soil, proven or suspected", "15.12"),
    *_line("Denkmalschutzrecht", "#8a2b2b", "dashed", "Denkmalschutz", "Monument protection", "14"),
    *_line("NebenanlagenFlaeche", "#a33a3a", "dashed", "Fläche für Nebenanlagen und Stellplätze",
           "Ancillary buildings and parking", "15.3"),
    *_line("GemeinschaftsanlagenFlaeche", "#a33a3a", "dashed", "Fläche für Gemeinschaftsanlagen",
           "Shared facilities", "15.3"),
    *_line("Wegerecht", "#7a7a7a", "dashed", "Geh-, Fahr- und Leitungsrecht", "Right of way and of lines", "15.5"),
    *_line("KennzeichnungsFlaeche", "#555555", "hatched", "Kennzeichnung", "Marking", "15.12"),
    *_line("Plan", "#222222", "dashed", "Grenze des räumlichen Geltungsbereichs", "Limit of the plan", "15.13"),
    *_line("NutzungsartenGrenze", "#222222", "dotted", "Abgrenzung unterschiedlicher Nutzung",
           "Limit between different uses", "15.14"),
)  # fmt: skip
"""All signs; for an object the first one that fits counts."""


def sign_of(found: PlanObject) -> Sign | None:
    """How an object is drawn; None for classes without a sign of their own."""
    bare = found.kind.partition("_")[2]
    for sign in SIGNS:
        if sign.kind in (bare, found.kind) and (not sign.codes or found.text(sign.attribute) in sign.codes):
            return sign
    return None
