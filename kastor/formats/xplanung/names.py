"""What the objects of a plan are called in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kastor.formats.xplanung.model import PlanObject
from kastor.formats.xplanung.signs import sign_of

NAMES: Mapping[str, tuple[str, str]] = {
    "UeberbaubareGrundstuecksFlaeche": ("Überbaubare Grundstücksfläche", "Buildable area"),
    "BaugebietsTeilFlaeche": ("Baugebiet", "Building area"),
    "BebauungsFlaeche": ("Baufläche", "Building area"),
    "SpezielleBauweise": ("Spezielle Bauweise", "Special way of building"),
    "FirstRichtungsLinie": ("Firstrichtung", "Direction of the ridge"),
    "EinfahrtsbereichLinie": ("Einfahrtsbereich", "Driveway"),
    "BereichOhneEinAusfahrtLinie": ("Bereich ohne Ein- und Ausfahrt", "No driveway"),
    "GemeinschaftsanlagenZuordnung": ("Zuordnung von Gemeinschaftsanlagen", "Shared facilities belong here"),
    "TextlicheFestsetzungsFlaeche": ("Bereich einer textlichen Festsetzung", "Area of a rule in the text"),
    "TextAbschnittFlaeche": ("Bereich eines Textabschnitts", "Area of a rule in the text"),
    "FlaecheOhneFestsetzung": ("Fläche ohne Festsetzung", "Area without rules"),
    "BesondererNutzungszweckFlaeche": ("Fläche mit besonderem Nutzungszweck", "Area of a special purpose"),
    "ZentralerVersorgungsbereich": ("Zentraler Versorgungsbereich", "Central shopping area"),
    "AusgleichsFlaeche": ("Ausgleichsfläche", "Compensation area"),
    "EingriffsBereich": ("Eingriffsbereich", "Area of intervention"),
    "UnverbindlicheVormerkung": ("Unverbindliche Vormerkung", "Note without obligation"),
    "GenerischesObjekt": ("Sonstiges", "Other"),
    "Gebiet": ("Gebiet", "Area"),
    "Wasserrecht": ("Wasserrechtliche Festlegung", "Fixed by water law"),
    "Forstrecht": ("Forstrechtliche Festlegung", "Fixed by forest law"),
    "Luftverkehrsrecht": ("Luftverkehrsrecht", "Air traffic law"),
    "Bereich": ("Bereich des Plans", "Section of the plan"),
    "Plan": ("Räumlicher Geltungsbereich", "Area of the plan"),
}
"""Class without its letters in front -> German, English. Other classes bear the name of the standard."""

PRESENTATION = re.compile(r"XP_(?:PPO|PTO|LPO|LTO|FPO|APO|TPO|Nutzungsschablone|Praesentationsobjekt)")
"""Classes that only say how the plan is drawn."""

_WORDS = re.compile(r"(?<=[a-zäöüß])(?=[A-Z])")
_UMLAUTS = ((re.compile("ae"), "ä"), (re.compile("oe"), "ö"), (re.compile("(?<![aeq])ue"), "ü"))
"""Written out in names of classes; not in "neue" and "Quelle"."""


def title(found: PlanObject) -> dict[str, str]:
    """
    What an object is, in both languages: by its sign, by its class, or the name of the class in words.

    Examples
    --------
    >>> title(PlanObject("a", "RP_RadwegWanderweg"))["de"]
    'Radweg Wanderweg'
    >>> title(PlanObject("a", "RP_ErneuerbareEnergie"))["de"]
    'Erneuerbare Energie'
    """
    bare = found.kind.partition("_")[2]
    if (sign := sign_of(found)) is not None:
        return {"de": sign.de, "en": sign.en}
    if bare in NAMES:
        return dict(zip(("de", "en"), NAMES[bare], strict=True))
    words = _WORDS.sub(" ", bare)
    for plain, umlaut in _UMLAUTS:
        words = plain.sub(umlaut, words)
    return {"de": words, "en": words}


def is_presentation(found: PlanObject) -> bool:
    """Whether an object only says how the plan is drawn."""
    return PRESENTATION.fullmatch(found.kind) is not None
